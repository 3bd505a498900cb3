//! What the C backend is told of each language: natives with a C form, helpers, words of errors. The backend itself
//! knows no language; languages without a row have no C form at all.
//!
//! Functions whose results C libraries disagree about in the last digit (`sin`, `exp`, …) have no row.

use alloc::{format, string::String};

use motet_backend_c::CType::{Bool, Float, Int, Never, Nil, Str};
use motet_backend_c::{CType, ErrorForm, LanguageC, NativeC, ResultForm};

/// What the backend is told of a language, by its name.
pub(crate) fn c_form(language: &str) -> Option<&'static LanguageC> {
    FORMS.iter().find(|(name, _)| *name == language).map(|(_, form)| form)
}

static FORMS: &[(&str, LanguageC)] = &[("moon", MOON), ("rae", RAE)];

/// A native whose helper cannot fail.
const fn row(name: &'static str, params: &'static [CType], result: CType, helper: &'static str) -> NativeC {
    NativeC { name, params, result, helper, fails: false }
}

/// A native whose helper takes the place of the call.
const fn placed(name: &'static str, params: &'static [CType], result: CType, helper: &'static str) -> NativeC {
    NativeC { name, params, result, helper, fails: true }
}

const MOON: LanguageC = LanguageC {
    natives: &[
        placed("moon.print", &[Int], Nil, "moon_print_int"),
        placed("moon.print", &[Float], Nil, "moon_print_float"),
        placed("moon.print", &[Bool], Nil, "moon_print_bool"),
        placed("moon.print", &[Str], Nil, "moon_print_str"),
        placed("moon.write", &[Int], Nil, "moon_write_int"),
        placed("moon.write", &[Float], Nil, "moon_write_float"),
        placed("moon.write", &[Bool], Nil, "moon_write_bool"),
        placed("moon.write", &[Str], Nil, "moon_write_str"),
        placed("moon.eprint", &[Str], Nil, "moon_eprint_str"),
        placed("moon.str", &[Int], Str, "m_int_text"),
        placed("moon.str", &[Float], Str, "moon_float_text"),
        row("moon.str", &[Bool], Str, "m_bool_text"),
        row("moon.str", &[Str], Str, "moon_str"),
        placed("moon.panic", &[Str], Never, "moon_panic"),
        placed("moon.assert", &[Bool, Str], Nil, "moon_assert"),
        row("moon.exit", &[Int], Never, "moon_exit"),
        row("moon.len", &[Str], Int, "moon_len"),
        row("moon.substr", &[Str, Int, Int], Str, "moon_substr"),
        placed("moon.char_at", &[Str, Int], Str, "moon_char_at"),
        placed("moon.ord", &[Str], Int, "moon_ord"),
        placed("moon.chr", &[Int], Str, "moon_chr"),
        row("moon.compare", &[Str, Str], Int, "moon_compare"),
        row("moon.find", &[Str, Str], Int, "moon_find"),
        row("moon.contains", &[Str, Str], Bool, "moon_contains"),
        row("moon.starts_with", &[Str, Str], Bool, "moon_starts_with"),
        row("moon.ends_with", &[Str, Str], Bool, "moon_ends_with"),
        placed("moon.int", &[Float], Int, "moon_int"),
        row("moon.abs", &[Int], Int, "m_iabs"),
        row("moon.abs", &[Float], Float, "fabs"),
        row("moon.min", &[Int, Int], Int, "m_imin"),
        row("moon.min", &[Float, Float], Float, "moon_fmin"),
        row("moon.max", &[Int, Int], Int, "m_imax"),
        row("moon.max", &[Float, Float], Float, "moon_fmax"),
        row("moon.sqrt", &[Float], Float, "sqrt"),
        row("moon.floor", &[Float], Float, "floor"),
        row("moon.ceil", &[Float], Float, "ceil"),
        row("moon.round", &[Float], Float, "round"),
        row("moon.trunc", &[Float], Float, "trunc"),
    ],
    helpers: include_str!("c_forms/moon.c"),
    errors: ErrorForm {
        word: "vm error: ",
        excerpt: true,
        status: 1,
        division_by_zero: "division by zero",
        remainder_by_zero: "modulo by zero",
        division_overflow: Some("attempt to divide with overflow"),
        remainder_overflow: Some("attempt to calculate the remainder with overflow"),
        stack_overflow: "stack overflow",
        out_of_memory: "out of memory",
        undefined: moon_undefined,
    },
    text: Some("moon.str"),
    result: ResultForm::Shown("moon.print"),
};

fn moon_undefined(name: &str) -> String {
    // Globals of imported files carry the file's number in front.
    format!("undefined variable: {}", name.rsplit(':').next().unwrap_or(name))
}

const RAE: LanguageC = LanguageC {
    natives: &[
        placed("rae.log", &[Int], Nil, "rae_log_int"),
        placed("rae.log", &[Float], Nil, "rae_log_float"),
        placed("rae.log", &[Bool], Nil, "rae_log_bool"),
        placed("rae.log", &[Str], Nil, "rae_log_str"),
        placed("rae.log_s", &[Int], Nil, "rae_log_s_int"),
        placed("rae.log_s", &[Float], Nil, "rae_log_s_float"),
        placed("rae.log_s", &[Bool], Nil, "rae_log_s_bool"),
        placed("rae.log_s", &[Str], Nil, "rae_log_s_str"),
        placed("rae.text", &[Int], Str, "m_int_text"),
        placed("rae.text", &[Float], Str, "rae_float_text"),
        row("rae.text", &[Bool], Str, "m_bool_text"),
        row("rae.text", &[Str], Str, "rae_str"),
        placed("rae.float_text", &[Float], Str, "rae_float_text"),
        row("rae.abs", &[Int], Int, "m_iabs"),
        row("rae.abs", &[Float], Float, "fabs"),
        row("rae.sqrt", &[Float], Float, "rae_sqrt"),
        row("rae.floor", &[Float], Float, "floor"),
        row("rae.ceil", &[Float], Float, "ceil"),
        row("rae.exit", &[Int], Never, "rae_exit"),
        row("rae.copy", &[Str], Str, "rae_str"),
    ],
    helpers: include_str!("c_forms/rae.c"),
    errors: ErrorForm {
        word: "",
        excerpt: false,
        status: 1,
        division_by_zero: "division by zero",
        remainder_by_zero: "modulo by zero",
        division_overflow: None,
        remainder_overflow: None,
        stack_overflow: "call stack overflow",
        out_of_memory: "out of memory",
        undefined: rae_undefined,
    },
    text: Some("rae.text"),
    result: ResultForm::Status,
};

fn rae_undefined(name: &str) -> String {
    format!("'{name}' is used before it has a value")
}

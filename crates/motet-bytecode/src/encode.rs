//! `Module` → `.pbc` bytes. The grammar is in `docs/bytecode.md`; `decode.rs`
//! mirrors this file function by function.
//!
//! Invariant: equal modules give equal bytes, on every platform.

use alloc::{string::String, vec::Vec};

use crate::container::{self, Compression};
use crate::module::{
    Class, ClassKind, Const, Debug, Function, FunctionDebug, FunctionKind, Global, GlobalInit, Layout, Module, Native,
};
use crate::{FuncIdx, Type};

/// Numbers of the sections. From [`section::OPTIONAL`] on, a reader that does not know a section skips it.
pub mod section {
    /// Name, languages, entry points.
    pub const PROGRAM: u8 = 1;
    /// Constant pool.
    pub const CONSTANTS: u8 = 2;
    /// Classes.
    pub const CLASSES: u8 = 3;
    /// Record layouts.
    pub const LAYOUTS: u8 = 4;
    /// Native functions.
    pub const NATIVES: u8 = 5;
    /// Global variables.
    pub const GLOBALS: u8 = 6;
    /// Functions with their code.
    pub const FUNCTIONS: u8 = 7;
    /// First number of sections that may be skipped.
    pub const OPTIONAL: u8 = 0x80;
    /// Names and places for people.
    pub const DEBUG: u8 = 0x80;
    /// What replacing a running program needs.
    pub const LIVE: u8 = 0x81;

    /// Name of a section, for messages.
    #[must_use]
    pub fn name(id: u8) -> &'static str {
        match id {
            PROGRAM => "program",
            CONSTANTS => "constants",
            CLASSES => "classes",
            LAYOUTS => "layouts",
            NATIVES => "natives",
            GLOBALS => "globals",
            FUNCTIONS => "functions",
            DEBUG => "debug",
            LIVE => "live",
            _ => "unknown",
        }
    }
}

/// Encodes a module as a `.pbc` file, neither compressed nor signed.
#[must_use]
pub fn encode(module: &Module) -> Vec<u8> {
    encode_with(module, Compression::None)
}

/// Encodes a module as a `.pbc` file without a signature.
#[must_use]
pub fn encode_with(module: &Module, compression: Compression) -> Vec<u8> {
    let mut sections = alloc::vec![
        (section::PROGRAM, body(|out| program(out, module))),
        (section::CONSTANTS, body(|out| list(out, &module.constants, constant))),
        (section::CLASSES, body(|out| list(out, &module.classes, class))),
        (section::LAYOUTS, body(|out| list(out, &module.layouts, layout))),
        (section::NATIVES, body(|out| list(out, &module.natives, native))),
        (section::GLOBALS, body(|out| list(out, &module.globals, global))),
        (section::FUNCTIONS, body(|out| list(out, &module.functions, function))),
    ];
    if let Some(names) = &module.debug {
        sections.push((section::DEBUG, body(|out| debug(out, names))));
    }
    if module.main.is_some() || !module.live.is_empty() {
        sections.push((section::LIVE, body(|out| live(out, module))));
    }
    container::write(&sections, compression, None)
}

fn body(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}

/// An unsigned LEB128 number in its shortest form.
pub(crate) fn number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn signed(out: &mut Vec<u8>, value: i64) {
    number(out, (value << 1 ^ value >> 63) as u64);
}

fn text(out: &mut Vec<u8>, text: &str) {
    number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn list<T>(out: &mut Vec<u8>, items: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    number(out, items.len() as u64);
    for item in items {
        write(out, item);
    }
}

fn texts(out: &mut Vec<u8>, items: &[String]) {
    list(out, items, |out, item| text(out, item));
}

fn program(out: &mut Vec<u8>, module: &Module) {
    text(out, &module.name);
    texts(out, &module.languages);
    number(out, u64::from(module.init.0));
    list(out, &module.tests, |out, test| {
        text(out, &test.name);
        number(out, u64::from(test.func.0));
    });
}

fn constant(out: &mut Vec<u8>, constant: &Const) {
    match constant {
        Const::Nil => out.push(0),
        Const::Bool(false) => out.push(1),
        Const::Bool(true) => out.push(2),
        Const::Int(value) => {
            out.push(3);
            signed(out, *value);
        }
        Const::Float(value) => {
            out.push(4);
            out.extend_from_slice(&value.to_bits().to_le_bytes());
        }
        Const::Str(value) => {
            out.push(5);
            text(out, value);
        }
        Const::Func(func) => {
            out.push(6);
            number(out, u64::from(func.0));
        }
        Const::Selector(value) => {
            out.push(7);
            text(out, value);
        }
    }
}

fn ty(out: &mut Vec<u8>, ty: Type) {
    out.push(match ty {
        Type::Never => 0,
        Type::Any => 1,
        Type::Nil => 2,
        Type::Bool => 3,
        Type::Int => 4,
        Type::Float => 5,
        Type::Str => 6,
        Type::List => 7,
        Type::Map => 8,
        Type::Func => 9,
        Type::Record(_) => 10,
    });
    if let Type::Record(class) = ty {
        number(out, u64::from(class.0));
    }
}

fn types(out: &mut Vec<u8>, items: &[Type]) {
    list(out, items, |out, item| ty(out, *item));
}

fn class(out: &mut Vec<u8>, class: &Class) {
    text(out, &class.name);
    number(out, u64::from(class.language));
    out.push(match class.kind {
        ClassKind::Struct => 0,
        ClassKind::Variant => 1,
    });
    list(out, &class.fields, |out, field| {
        text(out, &field.name);
        ty(out, field.ty);
    });
    list(out, &class.methods, |out, (name, func)| {
        text(out, name);
        number(out, u64::from(func.0));
    });
}

fn layout(out: &mut Vec<u8>, layout: &Layout) {
    number(out, u64::from(layout.class.0));
    out.push(u8::from(layout.canonical));
    texts(out, &layout.names);
}

fn native(out: &mut Vec<u8>, native: &Native) {
    text(out, &native.name);
    ty(out, native.result);
    let e = native.effects;
    out.push(u8::from(e.pure) | u8::from(e.consumes_first) << 1 | u8::from(e.retains) << 2);
}

fn global(out: &mut Vec<u8>, global: &Global) {
    text(out, &global.name);
    ty(out, global.ty);
    match global.init {
        GlobalInit::Unset => out.push(0),
        GlobalInit::Nil => out.push(1),
        GlobalInit::Func(func) => {
            out.push(2);
            number(out, u64::from(func.0));
        }
        GlobalInit::Native(native) => {
            out.push(3);
            number(out, u64::from(native.0));
        }
    }
}

/// Bit of a function's kind: the number of optional parameters follows that of all. Files from before there were any lack it.
pub(crate) const HAS_OPTIONAL: u8 = 4;

fn function(out: &mut Vec<u8>, function: &Function) {
    text(out, &function.name);
    number(out, u64::from(function.language));
    let kind = match function.kind {
        FunctionKind::Normal => 0,
        FunctionKind::Generator => 1,
        FunctionKind::Async => 2,
    };
    out.push(if function.optional > 0 { kind | HAS_OPTIONAL } else { kind });
    out.push(u8::from(function.hidden));
    number(out, u64::from(function.params));
    if function.optional > 0 {
        number(out, u64::from(function.optional));
    }
    types(out, &function.locals);
    types(out, &function.captures);
    ty(out, function.result);
    number(out, u64::from(function.max_stack));
    list(out, &function.handlers, |out, handler| {
        number(out, u64::from(handler.start));
        number(out, u64::from(handler.end));
        number(out, u64::from(handler.handler));
        number(out, u64::from(handler.depth));
    });
    number(out, function.code.len() as u64);
    out.extend_from_slice(&function.code);
}

fn debug(out: &mut Vec<u8>, debug: &Debug) {
    list(out, &debug.sources, |out, source| {
        text(out, &source.name);
        out.push(u8::from(source.text.is_some()));
        if let Some(content) = &source.text {
            text(out, content);
        }
    });
    list(out, &debug.functions, function_debug);
}

fn live(out: &mut Vec<u8>, module: &Module) {
    optional(out, module.main);
    list(out, &module.live, |out, global| {
        number(out, u64::from(global.source));
        optional(out, global.initializer);
    });
}

/// A function, plus 1; 0 for none.
fn optional(out: &mut Vec<u8>, func: Option<FuncIdx>) {
    number(out, func.map_or(0, |f| u64::from(f.0) + 1));
}

/// Spans are stored as differences: bytes of code since the last entry, start relative to the last start, length.
fn function_debug(out: &mut Vec<u8>, names: &FunctionDebug) {
    number(out, u64::from(names.source));
    number(out, u64::from(names.span.start));
    number(out, u64::from(names.span.end));
    texts(out, &names.locals);
    texts(out, &names.captures);
    let (mut pc, mut start) = (0u32, names.span.start);
    number(out, names.spans.len() as u64);
    for entry in &names.spans {
        number(out, u64::from(entry.pc.wrapping_sub(pc)));
        signed(out, i64::from(entry.span.start) - i64::from(start));
        signed(out, i64::from(entry.span.end) - i64::from(entry.span.start));
        (pc, start) = (entry.pc, entry.span.start);
    }
}

//! The body of one C function: statements, temporaries, places, and what has no C form.

use alloc::{format, string::String, vec::Vec};
use core::fmt::Write as _;

use motet_ir::{ClassIdx, Expr, Function, Label, LocalIdx};
use motet_source::{Code, Diagnostic, Span};

use crate::names::mangled;
use crate::program::Shared;
use crate::typing::Ty;

/// A C expression without effects.
#[derive(Clone, Debug)]
pub(crate) struct Val {
    /// Its text; brackets stand where they are needed.
    pub(crate) text: String,
    /// Whether nothing that runs later can change what it means.
    pub(crate) stable: bool,
}

impl Val {
    pub(crate) fn stable(text: impl Into<String>) -> Self {
        Self { text: text.into(), stable: true }
    }
}

/// A loop that is being emitted.
pub(crate) struct Loop {
    pub(crate) label: Label,
    /// Number in the names of its labels; unique in the function.
    pub(crate) number: usize,
    pub(crate) breaks: bool,
    pub(crate) continues: bool,
}

/// One function's emission.
pub(crate) struct Body<'s, 'a> {
    pub(crate) shared: &'s mut Shared<'a>,
    pub(crate) function: &'a Function,
    /// Its result.
    pub(crate) result: Ty,
    pub(crate) out: String,
    pub(crate) indent: usize,
    pub(crate) loops: Vec<Loop>,
    pub(crate) loop_count: usize,
    /// Whether the function calls others, so that it looks at the stack first.
    pub(crate) calls: bool,
    temporaries: usize,
    /// Source line that the C compiler takes the next line for.
    line: u32,
}

impl<'s, 'a> Body<'s, 'a> {
    pub(crate) fn new(shared: &'s mut Shared<'a>, function: &'a Function, result: Ty) -> Self {
        Self {
            shared,
            function,
            result,
            out: String::new(),
            indent: 1,
            loops: Vec::new(),
            loop_count: 0,
            calls: false,
            temporaries: 0,
            line: 0,
        }
    }

    /// Static type of an expression.
    pub(crate) fn ty(&self, e: &Expr) -> Ty {
        self.shared.typing.of(e)
    }

    /// Writes one line, that of a statement at `span`.
    pub(crate) fn line(&mut self, span: Span, text: &str) {
        let at = self.shared.line_col(self.function.source, span).line;
        if at != self.line {
            let name = self.shared.file_literal(self.function.source);
            let _ = writeln!(self.out, "#line {at} {name}");
        }
        self.line = at + 1;
        let _ = writeln!(self.out, "{:width$}{text}", "", width = (self.indent * 4).min(80));
    }

    /// A block: `head {`.
    pub(crate) fn open(&mut self, span: Span, head: &str) {
        self.line(span, head);
        self.indent += 1;
    }

    /// The end of a block, and perhaps the beginning of the next.
    pub(crate) fn close(&mut self, span: Span, text: &str) {
        self.indent -= 1;
        self.line(span, text);
    }

    /// Keeps a value in a new variable.
    pub(crate) fn temporary(&mut self, ty: Ty, text: &str, span: Span) -> Val {
        self.temporaries += 1;
        let name = format!("t{}", self.temporaries);
        let ty = self.shared.c_type(ty);
        self.line(span, &format!("{ty} {name} = {text};"));
        Val::stable(name)
    }

    /// A new variable that is assigned later, on several ways.
    pub(crate) fn declare(&mut self, ty: Ty, span: Span) -> String {
        let zero = self.shared.zero(ty);
        self.temporary(ty, zero, span).text
    }

    /// Name of a local.
    pub(crate) fn local_name(&self, local: LocalIdx) -> String {
        let name = self.function.locals.get(local.index()).map_or("", |l| l.name.as_str());
        mangled('l', local.index(), name)
    }

    /// Name of a field.
    pub(crate) fn field_name(&mut self, class: ClassIdx, slot: u32) -> String {
        self.shared.field_name(class, slot as usize)
    }

    /// A pointer to the place of a node, for errors.
    pub(crate) fn place(&mut self, span: Span) -> String {
        let number = self.shared.place(self.function.source, span);
        format!("&m_places[{number}]")
    }

    /// Says that something has no C form yet; once per function and construct.
    pub(crate) fn unsupported(&mut self, what: &str, span: Span) -> Option<Val> {
        let message = format!("{what} has no C form yet (function `{}`)", self.function.name);
        let file = self.function.source;
        self.shared.report(Diagnostic::error(Code::NoNativeForm, file, span, message));
        Some(Val::stable("0"))
    }
}

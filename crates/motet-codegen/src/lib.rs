//! Core IR → portable bytecode: [`emit`].
//!
//! Invariants: the input has passed the IR's check, so every index is in range
//! and the tree is at most `motet_ir::MAX_DEPTH` deep; the output of such
//! input passes verification, except that it may exceed size limits. Nothing
//! is emitted for code that cannot be reached. Conditions become branches.
//!
//! The only order that IR leaves open is settled here: elements, entries and
//! arguments that are spread act when they have been evaluated, before the
//! next element is evaluated.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod code;
mod control;
mod data;
mod expr;
mod pool;

use alloc::{string::String, vec::Vec};

use motet_bytecode as bc;
use motet_ir as ir;
use motet_source::Span;

use code::{Code, Target};
use pool::Pool;

/// Something does not fit the portable format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmitError {
    /// What there is too much of.
    pub kind: EmitErrorKind,
    /// The function.
    pub func: ir::FuncIdx,
    /// Where, in the function's source file.
    pub span: Span,
}

/// What there is too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmitErrorKind {
    /// More than 65,535 parameters and local variables.
    Locals,
    /// More than 65,535 captured variables.
    Captures,
    /// More than 65,535 fields.
    Fields,
    /// More than 65,535 values at once on the operand stack.
    Stack,
    /// More than 4 GiB of code.
    Code,
}

impl core::fmt::Display for EmitError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self.kind {
            EmitErrorKind::Locals => "a function has more than 65535 local variables",
            EmitErrorKind::Captures => "a closure captures more than 65535 variables",
            EmitErrorKind::Fields => "a record has more than 65535 fields",
            EmitErrorKind::Stack => "an expression needs more than 65535 values at once",
            EmitErrorKind::Code => "a function has more than 4 GiB of code",
        })
    }
}

impl core::error::Error for EmitError {}

/// Emits a checked program.
///
/// # Errors
/// [`EmitError`] when a function exceeds what the format can number.
pub fn emit(module: &ir::Module) -> Result<bc::Module, EmitError> {
    let mut pool = Pool::default();
    let mut scratch = Code::default();
    let mut functions = Vec::with_capacity(module.functions.len());
    let mut debug = bc::Debug { sources: sources(module), functions: Vec::with_capacity(module.functions.len()) };
    for (i, function) in module.functions.iter().enumerate() {
        let (code, names) = emit_function(module, &mut pool, &mut scratch, ir::FuncIdx(i as u32), function)?;
        functions.push(code);
        debug.functions.push(names);
    }
    Ok(bc::Module {
        name: module.name.clone(),
        languages: module.languages.clone(),
        constants: pool.constants,
        functions,
        globals: module.globals.iter().map(global).collect(),
        classes: module.classes.iter().map(class).collect(),
        layouts: pool.layouts,
        natives: module.natives.iter().map(native).collect(),
        init: func(module.init),
        main: module.main.map(func),
        live: module.live.iter().map(live).collect(),
        tests: module.tests.iter().map(|t| bc::TestEntry { name: t.name.clone(), func: func(t.func) }).collect(),
        debug: Some(debug),
    })
}

/// One function's emission.
struct Emitter<'a> {
    module: &'a ir::Module,
    pool: &'a mut Pool,
    code: Code,
    loops: Vec<Loop>,
    func: ir::FuncIdx,
    error: Option<EmitError>,
}

/// A loop whose body is being emitted.
struct Loop {
    label: ir::Label,
    on_break: Target,
    break_depth: u32,
    on_continue: Target,
    continue_depth: u32,
}

impl Emitter<'_> {
    /// Remembers the first error.
    fn fail(&mut self, kind: EmitErrorKind, span: Span) {
        let func = self.func;
        self.error.get_or_insert(EmitError { kind, func, span });
    }

    /// A number that must fit 16 bits.
    fn narrow(&mut self, number: usize, kind: EmitErrorKind, span: Span) -> u16 {
        u16::try_from(number).unwrap_or_else(|_| {
            self.fail(kind, span);
            0
        })
    }

    fn local(&mut self, local: ir::LocalIdx, span: Span) -> bc::LocalIdx {
        bc::LocalIdx(self.narrow(local.index(), EmitErrorKind::Locals, span))
    }

    fn capture(&mut self, capture: ir::CaptureIdx, span: Span) -> bc::CaptureIdx {
        bc::CaptureIdx(self.narrow(capture.index(), EmitErrorKind::Captures, span))
    }
}

fn emit_function(
    module: &ir::Module,
    pool: &mut Pool,
    scratch: &mut Code,
    index: ir::FuncIdx,
    function: &ir::Function,
) -> Result<(bc::Function, bc::FunctionDebug), EmitError> {
    let code = Code::starting(core::mem::take(scratch));
    let mut emitter = Emitter { module, pool, code, loops: Vec::new(), func: index, error: None };
    emitter.narrow(function.locals.len(), EmitErrorKind::Locals, function.span);
    emitter.narrow(function.captures.len(), EmitErrorKind::Captures, function.span);
    let params = emitter.narrow(function.params as usize, EmitErrorKind::Locals, function.span);
    let optional = emitter.narrow(function.optional as usize, EmitErrorKind::Locals, function.span);
    emitter.return_value(&function.body, function.body.span);
    let error = emitter.error.take();
    let code = emitter.code.finish();
    *scratch = emitter.code;
    if let Some(error) = error {
        return Err(error);
    }
    let too_much = |kind| EmitError { kind, func: index, span: function.span };
    let max_stack = u16::try_from(code.max_depth).map_err(|_| too_much(EmitErrorKind::Stack))?;
    u32::try_from(code.bytes.len()).map_err(|_| too_much(EmitErrorKind::Code))?;
    let kind = match function.kind {
        ir::FunctionKind::Normal => bc::FunctionKind::Normal,
        ir::FunctionKind::Generator => bc::FunctionKind::Generator,
        ir::FunctionKind::Async => bc::FunctionKind::Async,
    };
    let result = if kind == bc::FunctionKind::Normal { ty(function.result) } else { bc::Type::Any };
    let emitted = bc::Function {
        name: function.name.clone(),
        language: function.language,
        params,
        optional,
        locals: function.locals.iter().map(|l| ty(l.ty)).collect(),
        captures: function.captures.iter().map(|c| ty(c.ty)).collect(),
        result,
        kind,
        hidden: function.hidden,
        max_stack,
        code: code.bytes,
        handlers: code.handlers,
    };
    let names = bc::FunctionDebug {
        source: function.source.0,
        span: bc::Span { start: function.span.start, end: function.span.end },
        spans: code.spans,
        locals: function.locals.iter().map(|l| l.name.clone()).collect(),
        captures: function.captures.iter().map(|c| c.name.clone()).collect(),
    };
    Ok((emitted, names))
}

fn sources(module: &ir::Module) -> Vec<bc::Source> {
    module.sources.iter().map(|(_, f)| bc::Source { name: f.name.clone(), text: Some(f.text.clone()) }).collect()
}

fn func(func: ir::FuncIdx) -> bc::FuncIdx {
    bc::FuncIdx(func.0)
}

fn ty(ty: ir::Type) -> bc::Type {
    match ty {
        ir::Type::Never => bc::Type::Never,
        ir::Type::Any => bc::Type::Any,
        ir::Type::Nil => bc::Type::Nil,
        ir::Type::Bool => bc::Type::Bool,
        ir::Type::Int => bc::Type::Int,
        ir::Type::Float => bc::Type::Float,
        ir::Type::Str => bc::Type::Str,
        ir::Type::List => bc::Type::List,
        ir::Type::Map => bc::Type::Map,
        ir::Type::Record(class) => bc::Type::Record(bc::ClassIdx(class.0)),
        ir::Type::Func => bc::Type::Func,
    }
}

fn global(global: &ir::Global) -> bc::Global {
    let init = match global.init {
        ir::GlobalInit::Unset => bc::GlobalInit::Unset,
        ir::GlobalInit::Nil => bc::GlobalInit::Nil,
        ir::GlobalInit::Func(f) => bc::GlobalInit::Func(func(f)),
        ir::GlobalInit::Native(n) => bc::GlobalInit::Native(bc::NativeIdx(n.0)),
    };
    bc::Global { name: global.name.clone(), ty: ty(global.ty), init }
}

fn live(global: &ir::LiveGlobal) -> bc::LiveGlobal {
    bc::LiveGlobal { source: global.source.0, initializer: global.initializer.map(func) }
}

fn class(class: &ir::Class) -> bc::Class {
    let kind = match class.kind {
        ir::ClassKind::Struct => bc::ClassKind::Struct,
        ir::ClassKind::Variant => bc::ClassKind::Variant,
    };
    let methods: Vec<(String, bc::FuncIdx)> = class.methods.iter().map(|(n, f)| (n.clone(), func(*f))).collect();
    let fields = class.fields.iter().map(|f| bc::Field { name: f.name.clone(), ty: ty(f.ty) }).collect();
    bc::Class { name: class.name.clone(), language: class.language, kind, fields, methods }
}

fn native(native: &ir::Native) -> bc::Native {
    let e = native.effects;
    let effects = bc::NativeEffects { pure: e.pure, consumes_first: e.consumes_first, retains: e.retains };
    bc::Native { name: native.name.clone(), result: ty(native.result), effects }
}

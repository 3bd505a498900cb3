//! Syntax tree → core IR, checking types on the way: one pass that yields the
//! first type error or the lowered code, with exactly the order of checks that
//! the language prescribes.
//!
//! Invariants:
//! - An expression of type Unit whose IR type is `Nil` has no value yet; where
//!   it is stored it becomes the token `moon.unit` (see [`Lowerer::store`]), so
//!   that Unit and `nil` stay apart at run time.
//! - Normally every Moon type has the IR type of [`Lowerer::ir`]. When a
//!   global or function was re-declared with another type, the whole program
//!   is lowered again in *dynamic* mode: every IR type is `Any` and every
//!   operator dynamic.
//! - Recursion is bounded by [`crate::ast::MAX_HEIGHT`].

mod call;
mod expr;
mod literal;
mod names;
mod stmt;
mod types;
mod unit;

pub use unit::UnitPlan;

use alloc::{boxed::Box, collections::BTreeMap, rc::Rc, string::String, vec::Vec};

use motet_ir::{self as ir, build};
use motet_source::{Code, Diagnostic, FileId, Span};

use crate::{
    names::{Name, Names},
    prelude::{BUILTINS, Builtin, HostSignature},
    types::{Kind, Ty, Types},
};

type R<T> = Result<T, Box<Diagnostic>>;

/// A lowered expression and its Moon type.
struct V {
    e: ir::Expr,
    t: Ty,
}

/// A local variable in scope.
#[derive(Clone, Copy)]
struct Binding {
    name: Name,
    /// Level of the function that declares it.
    level: usize,
    /// Scope in which it was declared, unique in the compilation.
    scope: u32,
    local: ir::LocalIdx,
    ty: Ty,
    /// Unique in the compilation.
    id: u32,
}

/// A function being lowered.
struct Context {
    locals: Vec<ir::Local>,
    captures: Vec<ir::Capture>,
    /// Binding id → capture of this function.
    captured: BTreeMap<u32, u32>,
    /// What the enclosing function puts into each capture.
    values: Vec<Binding>,
    /// Declared result; `None` for the top level.
    result: Option<Ty>,
    /// Enclosing loops, and whether each has a `break`.
    loops: Vec<(ir::Label, bool)>,
    labels: u32,
}

/// A struct type.
struct Struct {
    class: ir::ClassIdx,
    fields: Vec<(Name, Ty)>,
}

/// A named function.
#[derive(Clone)]
struct Item {
    func: ir::FuncIdx,
    type_params: Rc<[Ty]>,
    params: Rc<[Ty]>,
    result: Ty,
    ty: Ty,
    /// Whether a top-level `let` of this name exists.
    replaced: bool,
}

/// A global variable.
#[derive(Clone, Copy)]
struct GlobalVar {
    index: ir::GlobalIdx,
    /// Type, once its `let` was checked.
    ty: Option<Ty>,
}

/// The names of one file.
#[derive(Default)]
struct UnitNames {
    globals: BTreeMap<Name, GlobalVar>,
    items: BTreeMap<Name, Item>,
    structs: BTreeMap<Name, Ty>,
    imports: BTreeMap<Name, usize>,
    init: ir::FuncIdx,
}

/// State of the pass over a whole program.
pub struct Lowerer<'a> {
    names: &'a Names,
    types: Types,
    module: ir::Module,
    structs: Vec<Struct>,
    units: Vec<UnitNames>,
    natives: BTreeMap<&'a str, ir::NativeIdx>,
    wrappers: BTreeMap<&'a str, ir::FuncIdx>,
    builtins: BTreeMap<Name, Builtin<'a>>,
    dynamic: bool,
    core: bool,
    /// A name was re-declared with another type: lower again, dynamically.
    retyped: bool,
    /// The unit with the part of the prelude written in Moon.
    prelude: Option<usize>,
    // Of the unit being lowered:
    unit: usize,
    file: FileId,
    strings: &'a [String],
    // Of the function being lowered:
    contexts: Vec<Context>,
    /// By number of the name: its bindings, the innermost last.
    bindings: Vec<Vec<Binding>>,
    scopes: Vec<(u32, Vec<Name>)>,
    next_id: u32,
    lambdas: u32,
    /// Number of functions before those of this unit.
    unit_functions: usize,
    type_params: BTreeMap<Name, Ty>,
}

impl<'a> Lowerer<'a> {
    /// An empty program.
    #[must_use]
    pub fn new(names: &'a Names, host: &'a [HostSignature], core: bool, dynamic: bool) -> Self {
        let mut builtins = BTreeMap::new();
        for b in BUILTINS {
            if let Some(name) = names.find(b.name)
                && (!core || b.name == "gc")
            {
                builtins.insert(name, *b);
            }
        }
        for signature in host {
            let builtin = signature.builtin();
            if let Some(name) = names.find(builtin.name) {
                builtins.insert(name, builtin);
            }
        }
        Self {
            names,
            types: Types::default(),
            module: ir::Module { languages: alloc::vec![String::from("moon")], ..ir::Module::default() },
            structs: Vec::new(),
            units: Vec::new(),
            natives: BTreeMap::new(),
            wrappers: BTreeMap::new(),
            builtins,
            dynamic,
            core,
            retyped: false,
            prelude: None,
            unit: 0,
            file: FileId(0),
            strings: &[],
            contexts: Vec::new(),
            bindings: Vec::new(),
            scopes: Vec::new(),
            next_id: 0,
            lambdas: 0,
            unit_functions: 0,
            type_params: BTreeMap::new(),
        }
    }

    #[cold]
    fn fail<T>(&self, code: Code, span: Span, message: impl Into<String>) -> R<T> {
        Err(Box::new(Diagnostic::error(code, self.file, span, message).with_kind("type error")))
    }

    fn show(&self, ty: Ty) -> String {
        self.types.show(ty, self.names)
    }

    /// The IR type of values of a Moon type.
    fn ir(&self, ty: Ty) -> ir::Type {
        if self.dynamic {
            return ir::Type::Any;
        }
        match self.types.kind(ty) {
            Kind::Int => ir::Type::Int,
            Kind::Bool => ir::Type::Bool,
            Kind::String => ir::Type::Str,
            Kind::Float => ir::Type::Float,
            Kind::Never => ir::Type::Never,
            Kind::Array(_) => ir::Type::List,
            Kind::Object(_) => ir::Type::Map,
            Kind::Func(..) => ir::Type::Func,
            Kind::Struct(i, _) => self.structs.get(*i as usize).map_or(ir::Type::Any, |s| ir::Type::Record(s.class)),
            Kind::Unit | Kind::Nil | Kind::Anything | Kind::Optional(_) | Kind::Param(..) => ir::Type::Any,
        }
    }

    /// A type for variables: as [`Lowerer::ir`], but never `Never`.
    fn ir_stored(&self, ty: Ty) -> ir::Type {
        match self.ir(ty) {
            ir::Type::Never => ir::Type::Any,
            t => t,
        }
    }

    /// The value, fit to be stored where type `want` is expected.
    fn store(&mut self, v: V, want: Ty) -> ir::Expr {
        let ty = self.ir_stored(want);
        let e = self.materialize(v);
        build::cast(ty, e)
    }

    /// The value, with Unit made explicit.
    fn materialize(&mut self, v: V) -> ir::Expr {
        if v.t != Ty::UNIT || v.e.ty != ir::Type::Nil {
            return v.e;
        }
        let span = v.e.span;
        let token = self.native("moon.unit", ir::Type::Nil, true);
        let token = build::expr(ir::ExprKind::Native(token), ir::Type::Func, span);
        match v.e.kind {
            ir::ExprKind::Nil => token,
            _ => build::block(alloc::vec![v.e, token], span),
        }
    }

    /// The native function, added on first use.
    fn native(&mut self, name: &'a str, result: ir::Type, pure: bool) -> ir::NativeIdx {
        if let Some(&n) = self.natives.get(name) {
            return n;
        }
        let n = ir::NativeIdx(self.module.natives.len() as u32);
        let effects = ir::NativeEffects { pure, retains: !pure, ..ir::NativeEffects::default() };
        self.module.natives.push(ir::Native { name: name.into(), result, effects });
        self.natives.insert(name, n);
        n
    }

    // ---- functions and scopes

    fn level(&self) -> usize {
        self.contexts.len().saturating_sub(1)
    }

    fn open_function(&mut self, result: Option<Ty>) {
        self.contexts.push(Context {
            locals: Vec::new(),
            captures: Vec::new(),
            captured: BTreeMap::new(),
            values: Vec::new(),
            result,
            loops: Vec::new(),
            labels: 0,
        });
    }

    fn context(&mut self) -> &mut Context {
        if self.contexts.is_empty() {
            self.open_function(None);
        }
        let last = self.contexts.len() - 1;
        &mut self.contexts[last]
    }

    fn open_scope(&mut self) {
        self.next_id += 1;
        self.scopes.push((self.next_id, Vec::new()));
    }

    fn close_scope(&mut self) {
        let Some((_, declared)) = self.scopes.pop() else { return };
        for name in declared {
            if let Some(stack) = self.bindings.get_mut(name.0 as usize) {
                stack.pop();
            }
        }
    }

    fn new_local(&mut self, name: &str, ty: ir::Type) -> ir::LocalIdx {
        let locals = &mut self.context().locals;
        locals.push(ir::Local { name: name.into(), ty });
        ir::LocalIdx(locals.len() as u32 - 1)
    }

    /// Declares a local variable in the innermost scope.
    fn declare(&mut self, name: Name, ty: Ty) -> ir::LocalIdx {
        let level = self.level();
        let scope = self.scopes.last().map_or(0, |s| s.0);
        let known = self.bindings.get(name.0 as usize).and_then(|s| s.last());
        if let Some(b) = known
            && b.scope == scope
            && b.ty == ty
        {
            return b.local;
        }
        let text = self.names.text(name);
        let ir_type = self.ir_stored(ty);
        let local = self.new_local(text, ir_type);
        self.bind(name, Binding { name, level, scope, local, ty, id: 0 });
        local
    }

    fn bind(&mut self, name: Name, binding: Binding) {
        self.next_id += 1;
        let binding = Binding { id: self.next_id, ..binding };
        let number = name.0 as usize;
        if number >= self.bindings.len() {
            self.bindings.resize_with(number + 1, Vec::new);
        }
        if let Some(stack) = self.bindings.get_mut(number) {
            stack.push(binding);
        }
        if let Some((_, declared)) = self.scopes.last_mut() {
            declared.push(name);
        }
    }

    /// Finishes the innermost function and adds it at `index`.
    fn close_function(
        &mut self,
        index: ir::FuncIdx,
        name: String,
        span: Span,
        params: u32,
        body: ir::Expr,
    ) -> Vec<Binding> {
        let Some(context) = self.contexts.pop() else { return Vec::new() };
        let result = context.result.map_or(ir::Type::Any, |t| self.ir_stored(t));
        let hidden = Some(self.unit) == self.prelude;
        if let Some(slot) = self.module.functions.get_mut(index.index()) {
            *slot = ir::Function {
                name,
                language: 0,
                source: self.file,
                span,
                params,
                optional: 0,
                locals: context.locals,
                captures: context.captures,
                result,
                kind: ir::FunctionKind::Normal,
                hidden,
                body,
            };
        }
        context.values
    }

    /// Reserves the index of a function; its parameters and result must be known to callers.
    fn reserve_function(&mut self) -> ir::FuncIdx {
        self.module.functions.push(ir::Function {
            name: String::new(),
            language: 0,
            source: self.file,
            span: Span::default(),
            params: 0,
            optional: 0,
            locals: Vec::new(),
            captures: Vec::new(),
            result: ir::Type::Any,
            kind: ir::FunctionKind::Normal,
            hidden: false,
            body: build::nil(Span::default()),
        });
        ir::FuncIdx(self.module.functions.len() as u32 - 1)
    }
}

/// A sequence that never finishes: the parts evaluated so far, the last of which does not.
fn diverge(parts: Vec<ir::Expr>, span: Span) -> V {
    V { e: build::block(parts, span), t: Ty::NEVER }
}

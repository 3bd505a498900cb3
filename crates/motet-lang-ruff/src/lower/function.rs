//! Functions, closures, methods.

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_ir::{Expr as Ir, ExprKind as Kind, FuncIdx, Function, FunctionKind, Type, build};
use motet_source::{Code, Span};

use super::{Lowerer, variable::share};
use crate::{
    ast::{Block, DeclKind, ExprKind, Func, Pattern, Stmt, StmtKind, StructDecl},
    resolve::{BindingState, Frame},
    symbol::{NameMap, NameSet, Sym, known},
};

/// Which bare assignments a creation scope claims.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claims {
    /// Those in all blocks.
    All,
    /// Those outside `if` branches, which are creation scopes of their own.
    OutsideBranches,
}

/// Names that the statements assign without declaring them, functions left out.
pub(crate) fn bare_names(stmts: &[Stmt], claims: Claims, out: &mut NameSet<Sym>) {
    for stmt in stmts {
        bare_names_of(stmt, claims, out);
    }
}

fn bare_names_of(stmt: &Stmt, claims: Claims, out: &mut NameSet<Sym>) {
    let mut inner = |block: &Block| bare_names(&block.stmts, claims, out);
    match &stmt.kind {
        StmtKind::Assign(target, _, _) => {
            if let ExprKind::Name(sym) = target.kind {
                out.insert(sym);
            }
        }
        StmtKind::If(arms, otherwise) => {
            if claims == Claims::All {
                arms.iter().for_each(|arm| inner(&arm.1));
                otherwise.iter().for_each(inner);
            }
        }
        StmtKind::While(_, body) | StmtKind::Loop(body) | StmtKind::For(_, _, body) => inner(body),
        StmtKind::Match(_, cases, default) => {
            cases.iter().for_each(|c| inner(&c.body));
            default.iter().for_each(inner);
        }
        StmtKind::Try(body, _, handler) => {
            inner(body);
            inner(handler);
        }
        StmtKind::Export(inner) => bare_names_of(inner, claims, out),
        StmtKind::Declare(..)
        | StmtKind::Func(_)
        | StmtKind::Struct(_)
        | StmtKind::Enum(..)
        | StmtKind::Return(_)
        | StmtKind::Break
        | StmtKind::Continue
        | StmtKind::Import(..)
        | StmtKind::Spawn(_)
        | StmtKind::Test(..)
        | StmtKind::TestGroup(..)
        | StmtKind::TestSetup(_)
        | StmtKind::TestTeardown(_)
        | StmtKind::Expr(_) => {}
    }
}

/// Names bound by a destructuring pattern, in order.
pub(crate) fn pattern_names(pattern: &Pattern, out: &mut Vec<Sym>) {
    match pattern {
        Pattern::Name(sym, _) => out.push(*sym),
        Pattern::Skip => {}
        Pattern::Array(items, rest) => {
            items.iter().for_each(|p| pattern_names(p, out));
            out.extend(rest);
        }
        Pattern::Dict(keys, rest) => {
            out.extend(keys);
            out.extend(rest);
        }
    }
}

impl Lowerer<'_> {
    pub(crate) fn arity(&self, func: FuncIdx) -> Option<usize> {
        self.arities.get(&func).copied()
    }

    /// A function expression or nested definition as a value.
    pub(crate) fn closure(&mut self, func: &Func, span: Span) -> Ir {
        let index = self.reserve_function();
        let name = func.name.map_or_else(|| "<lambda>".to_string(), |n| self.text(n));
        let captures = self.function(index, func, name, false, None);
        if captures.is_empty() {
            return build::expr(Kind::Func(index), Type::Func, span);
        }
        build::expr(Kind::Closure(index, captures), Type::Func, span)
    }

    /// Lowers a function into its reserved place; returns the values of its captures.
    /// `fields`: for methods without `self`, the fields of the receiver.
    pub(crate) fn function(
        &mut self,
        index: FuncIdx,
        func: &Func,
        name: String,
        isolated: bool,
        fields: Option<NameMap<Sym, ()>>,
    ) -> Vec<Ir> {
        let kind = match (func.is_generator, func.is_async) {
            (true, _) => FunctionKind::Generator,
            (false, true) => FunctionKind::Async,
            (false, false) => FunctionKind::Normal,
        };
        if let Some((sym, span)) = crate::parser::repeated_name(&func.params) {
            let message = format!("Duplicate declaration in the same scope: {}", self.names.text(sym));
            self.compile_error(Code::DuplicateName, span, message);
        }
        self.begin_frame(Frame::new(kind, false, isolated));
        let hidden_receiver = fields.is_some();
        if let Some(fields) = fields {
            self.parameter(None, "$self");
            self.frame().receiver_fields = fields;
        }
        let mut bare = NameSet::default();
        bare_names(&func.body.stmts, Claims::All, &mut bare);
        self.claim(bare, &func.params.iter().map(|p| p.0).collect());
        for (sym, _) in &func.params {
            let name = self.text(*sym);
            self.parameter(Some(*sym), &name);
        }
        self.frame().params = func.params.len() as u32 + u32::from(hidden_receiver);
        let mut parts = self.body(&func.body);
        if parts.last().is_none_or(|p| p.ty != Type::Never) {
            parts.push(build::nil(func.span));
        }
        self.end_frame(index, name, parts, func.span)
    }

    fn parameter(&mut self, sym: Option<Sym>, name: &str) {
        let slot = self.frame().new_local(name, Type::Any);
        if let Some(sym) = sym {
            // `self` may be the very object that the caller's variable holds.
            self.frame().bind(sym, BindingState::Declared, Some(slot), DeclKind::Mut);
        }
        self.frame().set_sure(slot, true);
    }

    /// Binds the names that bare assignments of the creation scope may create, in a fixed order.
    pub(crate) fn claim(&mut self, names: NameSet<Sym>, except: &NameSet<Sym>) {
        let mut names: Vec<Sym> = names.into_iter().filter(|n| !except.contains(n)).collect();
        names.sort_unstable();
        for sym in names {
            self.frame().bind(sym, BindingState::Candidate, None, DeclKind::Mut);
        }
    }

    pub(crate) fn begin_frame(&mut self, frame: Frame) {
        let log = self.take_log();
        self.saved_logs.push(log);
        self.frames.push(frame);
        self.frame().enter_scope();
    }

    /// Finishes the running frame as function `index`; returns the values of its captures.
    pub(crate) fn end_frame(&mut self, index: FuncIdx, name: String, body: Vec<Ir>, span: Span) -> Vec<Ir> {
        let log = self.saved_logs.pop().unwrap_or_default();
        self.restore_log(log);
        let Some(mut frame) = self.frames.pop() else { return Vec::new() };
        let mut parts = core::mem::take(&mut frame.prologue);
        parts.extend(body);
        let function = Function {
            name,
            language: 0,
            source: self.cx.file,
            span,
            params: frame.params,
            optional: 0,
            locals: frame.locals,
            captures: frame.captures,
            result: Type::Any,
            kind: frame.kind,
            hidden: self.cx.prelude || frame.top,
            body: build::block(parts, span),
        };
        self.arities.insert(index, function.params as usize);
        self.define_function(index, function);
        frame.capture_values
    }

    // ---- nested named functions

    /// Announces the named functions of a block inside a function.
    pub(crate) fn announce_functions(&mut self, stmts: &[Stmt]) {
        if self.frame().top {
            return;
        }
        for stmt in stmts {
            let StmtKind::Func(func) = &stmt.kind else { continue };
            let Some(sym) = func.name else { continue };
            let frame = self.frame();
            let known = frame
                .in_this_scope(sym)
                .and_then(|i| frame.binding(i))
                .is_some_and(|b| b.state == BindingState::Pending || b.state == BindingState::Declared);
            if !known {
                let name = self.text(sym);
                let slot = self.frame().new_local(name, Type::Any);
                self.frame().bind(sym, BindingState::Pending, Some(slot), DeclKind::Mut);
            }
        }
    }

    /// Cells for functions of the block that were captured before their definition.
    pub(crate) fn function_cells(&mut self, stmts: &[Stmt], span: Span) -> Vec<Ir> {
        if self.frame().top {
            return Vec::new();
        }
        let mut seen = NameSet::default();
        let mut cells = Vec::new();
        for stmt in stmts {
            let StmtKind::Func(func) = &stmt.kind else { continue };
            let Some(sym) = func.name.filter(|&n| seen.insert(n)) else { continue };
            let frame = self.frame();
            let Some(binding) = frame.in_this_scope(sym).and_then(|i| frame.binding(i)) else { continue };
            if let (true, Some(slot)) = (binding.cell, binding.slot) {
                let cell = build::expr(Kind::NewCell(Box::new(build::unset(span))), Type::Any, span);
                cells.push(build::set_local(slot, cell, span));
            }
        }
        cells
    }

    /// A named function definition that is executed where it stands.
    pub(crate) fn nested_definition(&mut self, func: &Func, span: Span) -> Ir {
        let Some(sym) = func.name else { return build::nil(span) };
        let value = self.closure(func, span);
        if self.frame().top {
            return self.define_global_function(sym, value, span);
        }
        let frame = self.frame();
        if let Some(i) = frame.in_this_scope(sym)
            && let Some(binding) = frame.binding_mut(i)
            && let Some(slot) = binding.slot
        {
            if binding.state == BindingState::Pending {
                binding.state = BindingState::Declared;
            }
            let cell = binding.cell;
            self.mark_local(slot);
            if cell {
                let cell = build::local(slot, Type::Any, span);
                return build::expr(Kind::CellSet(Box::new(cell), Box::new(value)), Type::Nil, span);
            }
            return build::set_local(slot, share(value), span);
        }
        self.assign(sym, value, span)
    }

    fn define_global_function(&mut self, sym: Sym, value: Ir, span: Span) -> Ir {
        let global = self.global(sym);
        self.mark_global(global);
        self.cx.touched.insert(sym);
        build::expr(Kind::SetGlobal(global, Box::new(value)), Type::Nil, span)
    }

    // ---- structs

    pub(crate) fn struct_declaration(&mut self, decl: &StructDecl) {
        let text = self.text(decl.name);
        let fields: Vec<String> = decl.fields.iter().map(|f| self.text(*f)).collect();
        let class = self.struct_class(decl.name, &fields);
        for method in &decl.methods {
            let Some(sym) = method.name else { continue };
            let name = self.text(sym);
            let full = format!("{text}.{name}");
            if method.is_generator {
                let message = format!("Generator methods are not supported for structs: {full}");
                self.compile_error(Code::CompileTime, method.span, message);
            }
            let takes_self = method.params.first().is_some_and(|p| p.0 == known::SELF);
            let fields = (!takes_self).then(|| decl.fields.iter().map(|f| (*f, ())).collect());
            let index = self.reserve_function();
            self.function(index, method, full, true, fields);
            self.add_method(class, name, index);
        }
    }
}

//! Functions: of the program, specialisations, and those that stand for parts of the language.

use alloc::{string::String, vec, vec::Vec};

use motet_ir::{self as ir, build};
use motet_source::{Code, Span};

use super::{
    Body, Generated, Lowerer, Role, Variable, Work,
    call::without_reference,
    place::{Kind, Place},
    types::is_object,
};
use crate::{
    ast::{Decl, FuncDecl, Mode},
    decls::Origin,
    names::Name,
    types::Ty,
};

impl<'a> Lowerer<'a> {
    /// A place in the table of functions, to be filled later.
    pub(super) fn reserve(
        &mut self,
        name: String,
        params: Vec<ir::Type>,
        result: ir::Type,
        hidden: bool,
        span: Span,
    ) -> ir::FuncIdx {
        let at = ir::FuncIdx(self.module.functions.len() as u32);
        let locals: Vec<ir::Local> =
            params.into_iter().enumerate().map(|(i, ty)| ir::Local { name: alloc::format!("${i}"), ty }).collect();
        self.module.functions.push(ir::Function {
            name,
            language: 0,
            source: self.file,
            span,
            params: locals.len() as u32,
            optional: 0,
            locals,
            captures: Vec::new(),
            result,
            kind: ir::FunctionKind::Normal,
            hidden,
            body: build::nil(span),
        });
        at
    }

    /// Lowers everything that is waiting.
    pub(super) fn drain(&mut self) {
        while let Some(work) = self.queue.pop_front() {
            match work {
                Work::Instance { func, args, at } => self.function(func, &args, Some(at)),
                Work::Generated { what, at } => self.generate(what, at),
            }
        }
    }

    /// Lowers a function with its type arguments, or checks one with its parameters open.
    pub(super) fn function(&mut self, func: usize, args: &[Ty], at: Option<ir::FuncIdx>) {
        let Some(info) = self.decls.funcs.get(func) else { return };
        let Some(origin) = info.origin else { return };
        let type_params = info.type_params.clone();
        let bound: Vec<(Name, Ty)> = type_params.iter().copied().zip(args.iter().cloned()).collect();
        let params: Vec<(Name, Option<Mode>, Ty)> =
            info.params.iter().map(|p| (p.name, p.mode, p.ty.substitute(&bound))).collect();
        let result = info.result.substitute(&bound);
        let Some(decl) = self.func_decl(origin) else { return };
        let Some(block) = &decl.body else { return };
        self.enter_unit(origin.unit);
        let uses = self.scan(block, result.is_reference());
        self.body = Body {
            type_params,
            bound,
            result: result.clone(),
            celled: uses.celled,
            aliases: uses.aliases,
            ..Body::default()
        };
        let mut first = Vec::new();
        // Parameters and the outermost bindings share a block: neither may repeat the other.
        self.body.blocks.push(0);
        for ((name, mode, ty), declared) in params.into_iter().zip(&decl.params) {
            self.parameter(name, mode, ty, declared.name.span);
        }
        for (i, v) in self.body.scope.iter().enumerate() {
            if let Some(local) = self.body.locals.get_mut(i) {
                local.name = self.names.text(v.name).into();
            }
        }
        self.wrapped_parameters(&mut first, decl.span);
        let start = if first.is_empty() { None } else { Some(build::block(first, decl.span)) };
        let mut body = self.stmts(block, start);
        if result == Ty::Void {
            body = build::block(vec![body, build::nil(decl.span)], decl.span);
        } else if body.ty != ir::Type::Never {
            let default = self.default_of(&result, decl.span);
            let repr = self.repr(&result);
            body = build::block(vec![body, build::cast(repr, default)], decl.span);
        }
        if let Some(at) = at {
            self.finish_function(at, body, decl.name.span);
        }
    }

    fn func_decl(&self, origin: Origin) -> Option<&'a FuncDecl> {
        match self.units.get(origin.unit)?.tree.decls.get(origin.item)? {
            Decl::Func(d) => Some(d),
            _ => None,
        }
    }

    /// The next local, which holds the parameter.
    fn parameter(&mut self, name: Name, mode: Option<Mode>, ty: Ty, span: Span) {
        let repr = self.param_repr(mode, &ty);
        let text = self.text(name);
        let local = self.local(text, repr);
        let value = match mode {
            Some(Mode::View) => without_reference(&ty),
            _ => ty.clone(),
        };
        let place = match &value {
            Ty::Ref(_, t) if is_object(t) => Place::new(Kind::Alias(local), (**t).clone(), span),
            Ty::Ref(_, t) => Place::new(Kind::Reference(self.read(local, span)), (**t).clone(), span),
            t if mode == Some(Mode::View) && is_object(t) => Place::new(Kind::Alias(local), value, span),
            _ => Place::new(Kind::Local(local), value, span),
        };
        self.body.scope.push(Variable { name, ty, role: Role::Param(mode), iterated: 0, place });
    }

    /// Parameters to which references are handed over move into cells.
    fn wrapped_parameters(&mut self, first: &mut Vec<ir::Expr>, span: Span) {
        for i in 0..self.body.scope.len() {
            let Some(v) = self.body.scope.get(i) else { continue };
            let Kind::Local(local) = v.place.kind else { continue };
            if !self.body.celled.contains(&v.name) || is_object(&v.place.ty) {
                continue;
            }
            let value = self.read(local, span);
            let cell = self.local("$cell", ir::Type::Any);
            let new = build::expr(ir::ExprKind::NewCell(value.into()), ir::Type::Any, span);
            first.push(build::set_local(cell, new, span));
            let kind = Kind::Cell(self.read(cell, span));
            if let Some(v) = self.body.scope.get_mut(i) {
                v.place.kind = kind;
            }
        }
    }

    /// Puts a body into its place in the table.
    pub(super) fn finish_function(&mut self, at: ir::FuncIdx, body: ir::Expr, span: Span) {
        if body.depth() > ir::MAX_DEPTH {
            self.note(Code::TooDeep, span, "this function nests too deeply");
            return;
        }
        let (locals, source) = (core::mem::take(&mut self.body.locals), self.file);
        if let Some(f) = self.module.functions.get_mut(at.index()) {
            f.body = body;
            f.locals = locals;
            f.source = source;
            f.span = span;
        }
    }

    /// A function that stands for a part of the language.
    fn generate(&mut self, what: Generated, at: ir::FuncIdx) {
        let span = Span::default();
        let params = self.module.functions.get(at.index()).map(|f| f.locals.clone()).unwrap_or_default();
        self.body = Body { locals: params, ..Body::default() };
        let body = match &what {
            Generated::New(ty) => {
                let class = self.class(ty);
                let mut fields = Vec::new();
                for (name, field, default) in self.fields_of(ty) {
                    let value = self.field_default(&field, default, span);
                    fields.push((name, value));
                }
                build::record(class, fields, span)
            }
            Generated::Text(ty) => self.text_body(ty, false),
            Generated::Quoted(ty) => self.text_body(ty, true),
            Generated::ToJson(ty) => self.json_body(ty),
            Generated::FromJson(ty) => self.parsed_body(ty),
        };
        self.finish_function(at, body, span);
    }
}

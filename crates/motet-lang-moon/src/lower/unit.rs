//! One file: declarations first, then its statements in textual order.

use alloc::{boxed::Box, collections::BTreeSet, format, string::String, vec, vec::Vec};

use motet_ir::{self as ir, build};
use motet_source::{Code, Diagnostic, FileId, Span};

use super::{GlobalVar, Item, Lowerer, R, Struct, UnitNames, V};
use crate::{
    ast::{Expr, FnDecl, Ident, Sequence, Stmt, StructDecl},
    names::Name,
    types::{Kind, Ty},
};

/// A parsed file, ready to be lowered.
#[derive(Debug)]
pub struct UnitPlan {
    /// Its text among the sources.
    pub file: FileId,
    /// Its tree.
    pub ast: Sequence,
    /// Its string literals.
    pub strings: Vec<String>,
    /// Local names of imported units.
    pub imports: Vec<(Name, usize)>,
    /// Statements of the file before this offset are checked but not run.
    pub replay_until: u32,
    /// Whether its top level is run at all.
    pub run: bool,
}

/// What became of a program.
pub struct UnitTypes {
    /// The lowered program.
    pub module: ir::Module,
    /// Type of the main file's tail, `Unit` without one.
    pub result: String,
    /// A name was re-declared with another type: the module is void, lower again in dynamic mode.
    pub retyped: bool,
}

impl<'a> Lowerer<'a> {
    /// Reserves the tables of `count` units; unit `prelude` holds library code.
    pub fn start(&mut self, count: usize, prelude: Option<usize>) {
        self.units.resize_with(count, UnitNames::default);
        self.prelude = prelude;
    }

    /// Checks and lowers one file, after the files that it imports. The main file comes last.
    ///
    /// # Errors
    /// The first type error.
    pub fn unit(&mut self, index: usize, plan: &'a UnitPlan, before: &[usize]) -> Result<Ty, Box<Diagnostic>> {
        self.unit = index;
        self.file = plan.file;
        self.strings = &plan.strings;
        self.lambdas = 0;
        self.unit_functions = self.module.functions.len();
        if let Some(unit) = self.units.get_mut(index) {
            unit.imports = plan.imports.iter().copied().collect();
        }
        self.structs(&plan.ast)?;
        self.globals(&plan.ast);
        self.signatures(&plan.ast)?;
        let init = self.reserve_function();
        if let Some(unit) = self.units.get_mut(index) {
            unit.init = init;
        }
        self.open_function(None);
        let mut parts = Vec::new();
        for &unit in before {
            let init = self.units.get(unit).map_or(init, |u| u.init);
            parts.push(build::call(init, Vec::new(), ir::Type::Any, Span::default()));
        }
        for stmt in &plan.ast.stmts {
            let v = self.top_level(stmt)?;
            if v.e.span.start >= plan.replay_until && !matches!(stmt, Stmt::Fn(_) | Stmt::Struct(_) | Stmt::Import(_)) {
                parts.push(v.e);
            }
        }
        let mut result = Ty::UNIT;
        if let Some(tail) = &plan.ast.tail {
            result = self.tail(tail, plan.replay_until, &mut parts)?;
        } else {
            parts.push(build::nil(Span::default()));
        }
        let name = if index == 0 { String::from("<main>") } else { format!("<main of {index}>") };
        let body = build::block(parts, Span::default());
        self.close_function(init, name, Span::default(), 0, body);
        Ok(result)
    }

    /// Turns the program into one that runs the given files and nothing else: drops what was lowered of a file
    /// with an error, which was the last one, and of the main file.
    pub fn only_imports(&mut self, units: &[usize]) {
        if self.contexts.is_empty() && self.unit != 0 {
            self.unit_functions = self.module.functions.len();
        }
        self.module.functions.truncate(self.unit_functions);
        self.contexts.clear();
        let init = self.reserve_function();
        let nowhere = Span::default();
        let calls = units.iter().filter_map(|&u| self.units.get(u)).map(|u| u.init);
        let mut parts: Vec<ir::Expr> =
            calls.map(|init| build::call(init, Vec::new(), ir::Type::Any, nowhere)).collect();
        parts.push(build::nil(nowhere));
        self.open_function(None);
        self.close_function(init, String::from("<main>"), nowhere, 0, build::block(parts, nowhere));
        if let Some(main) = self.units.first_mut() {
            main.init = init;
        }
    }

    /// The program, whose main file is unit 0.
    #[must_use]
    pub fn finish(mut self, name: &str, result: Ty) -> UnitTypes {
        self.module.name = name.into();
        self.module.init = self.units.first().map_or(ir::FuncIdx(0), |u| u.init);
        let result = self.show(result);
        UnitTypes { module: self.module, result, retyped: self.retyped }
    }

    /// The result of the program: Unit becomes `nil`, and a `nil` that is a value becomes its text.
    fn tail(&mut self, tail: &Expr, replay_until: u32, parts: &mut Vec<ir::Expr>) -> R<Ty> {
        let v = self.expr(tail)?;
        let (t, span) = (v.t, tail.span);
        if span.start < replay_until {
            parts.push(build::nil(span));
            return Ok(t);
        }
        if matches!(self.types.kind(t), Kind::Optional(_) | Kind::Nil) {
            let kept = self.new_local("$result", ir::Type::Any);
            parts.push(build::set_local(kept, v.e, span));
            let read = || build::local(kept, ir::Type::Any, span);
            let test = build::expr(ir::ExprKind::IsNil(Box::new(read())), ir::Type::Bool, span);
            parts.push(build::if_(test, build::str("nil", span), read(), span));
        } else {
            parts.push(v.e);
            if t == Ty::UNIT {
                parts.push(build::nil(span));
            }
        }
        Ok(t)
    }

    // ---- declarations

    fn structs(&mut self, ast: &Sequence) -> R<()> {
        let mut found: Vec<(&StructDecl, usize)> = Vec::new();
        for stmt in &ast.stmts {
            let Stmt::Struct(decl) = stmt else { continue };
            let taken = self.is_predefined_type(decl.name.name) || self.declared_type(decl.name.name).is_some();
            if taken {
                return self.duplicate_type(decl.name, decl.span);
            }
            let number = self.structs.len();
            let class = ir::ClassIdx(self.module.classes.len() as u32);
            self.module.classes.push(ir::Class {
                name: self.names.text(decl.name.name).into(),
                language: 0,
                kind: ir::ClassKind::Struct,
                fields: Vec::new(),
                methods: Vec::new(),
            });
            self.structs.push(Struct { class, fields: Vec::new() });
            let ty = self.types.intern(Kind::Struct(number as u32, decl.name.name));
            if let Some(unit) = self.units.get_mut(self.unit) {
                unit.structs.insert(decl.name.name, ty);
            }
            found.push((decl, number));
        }
        for (decl, number) in found {
            self.struct_fields(decl, number)?;
        }
        Ok(())
    }

    fn struct_fields(&mut self, decl: &StructDecl, number: usize) -> R<()> {
        let mut seen = BTreeSet::new();
        let mut fields = Vec::new();
        let mut layout = Vec::new();
        for (name, ty) in &decl.fields {
            let text = self.names.text(name.name);
            if !seen.insert(name.name) {
                return self.fail(Code::DuplicateName, decl.span, format!("duplicate field: {text}"));
            }
            let t = self.ty(ty)?;
            fields.push((name.name, t));
            layout.push(ir::Field { name: text.into(), ty: self.ir_stored(t) });
        }
        if let Some(s) = self.structs.get_mut(number) {
            s.fields = fields;
            if let Some(class) = self.module.classes.get_mut(s.class.index()) {
                class.fields = layout;
            }
        }
        Ok(())
    }

    fn duplicate_type<T>(&self, name: Ident, span: Span) -> R<T> {
        self.fail(Code::DuplicateName, span, format!("duplicate type: {}", self.names.text(name.name)))
    }

    /// A place for every top-level variable; its type is known when its `let` is checked.
    fn globals(&mut self, ast: &Sequence) {
        for stmt in &ast.stmts {
            let Stmt::Let { name, .. } = stmt else { continue };
            let Some(unit) = self.units.get_mut(self.unit) else { continue };
            if unit.globals.contains_key(&name.name) {
                continue;
            }
            let index = ir::GlobalIdx(self.module.globals.len() as u32);
            unit.globals.insert(name.name, GlobalVar { index, ty: None });
            let text = self.names.text(name.name);
            // Names of imported files get the file's number, so that names are unique in the program.
            let text = if self.unit == 0 { String::from(text) } else { format!("{}:{text}", self.unit) };
            self.module.globals.push(ir::Global { name: text, ty: ir::Type::Any, init: ir::GlobalInit::Unset });
        }
    }

    fn signatures(&mut self, ast: &Sequence) -> R<()> {
        for stmt in &ast.stmts {
            let Stmt::Fn(decl) = stmt else { continue };
            let name = decl.name.name;
            let text = self.names.text(name);
            let known = self.units.get(self.unit).is_some_and(|u| u.items.contains_key(&name));
            if known || text == "gc" {
                return self.fail(Code::DuplicateName, decl.func.span, format!("duplicate function: {text}"));
            }
            let item = self.signature(decl)?;
            if let Some(unit) = self.units.get_mut(self.unit) {
                unit.items.insert(name, item);
            }
        }
        Ok(())
    }

    fn signature(&mut self, decl: &FnDecl) -> R<Item> {
        let mut type_params = Vec::new();
        for param in &decl.type_params {
            let taken = self.is_predefined_type(param.name) || self.type_params.contains_key(&param.name);
            if taken {
                return self.duplicate_type(*param, param.span);
            }
            self.next_id += 1;
            let ty = self.types.intern(Kind::Param(self.next_id, param.name));
            self.type_params.insert(param.name, ty);
            type_params.push(ty);
        }
        let mut params = Vec::new();
        for p in &decl.func.params {
            params.push(self.ty(&p.ty)?);
        }
        let result = self.ty(&decl.func.result)?;
        self.type_params.clear();
        let ty = self.types.intern(Kind::Func(params.clone(), result));
        let replaced = self.units.get(self.unit).is_some_and(|u| u.globals.contains_key(&decl.name.name));
        Ok(Item {
            func: self.reserve_function(),
            type_params: type_params.into(),
            params: params.into(),
            result,
            ty,
            replaced,
        })
    }

    // ---- statements

    fn top_level(&mut self, stmt: &Stmt) -> R<V> {
        match stmt {
            Stmt::Fn(decl) => self.function(decl),
            Stmt::Let { name, ty, value, span } => {
                let v = self.initialiser(ty.as_ref(), value)?;
                if v.t == Ty::NEVER {
                    return Ok(v);
                }
                self.set_global(*name, v, *span)
            }
            _ => self.statement(stmt),
        }
    }

    fn set_global(&mut self, name: Ident, v: V, span: Span) -> R<V> {
        let t = v.t;
        let value = self.store(v, t);
        let ty = self.ir_stored(t);
        let unit = self.units.get_mut(self.unit);
        let Some((global, item)) = unit.and_then(|u| Some((u.globals.get_mut(&name.name)?, u.items.get(&name.name))))
        else {
            return Ok(V { e: value, t });
        };
        let differs = global.ty.is_some_and(|old| old != t) || item.is_some_and(|i| i.ty != t);
        global.ty = Some(t);
        let index = global.index;
        self.retyped |= differs;
        if let Some(g) = self.module.globals.get_mut(index.index()) {
            g.ty = ty;
        }
        let kind = ir::ExprKind::SetGlobal(index, Box::new(value));
        Ok(V { e: build::expr(kind, ir::Type::Nil, span), t: Ty::UNIT })
    }

    fn function(&mut self, decl: &FnDecl) -> R<V> {
        let item = self.units.get(self.unit).and_then(|u| u.items.get(&decl.name.name)).cloned();
        let Some(item) = item else { return Ok(V { e: build::nil(decl.func.span), t: Ty::UNIT }) };
        self.type_params = decl.type_params.iter().map(|p| p.name).zip(item.type_params.iter().copied()).collect();
        let name = String::from(self.names.text(decl.name.name));
        self.function_body(&decl.func, &item.params, item.result, item.func, name)?;
        self.type_params.clear();
        let parts = vec![];
        Ok(V { e: build::block(parts, decl.func.span), t: Ty::UNIT })
    }
}

//! The tree as indented text.

use alloc::{format, string::String};
use core::fmt::Write as _;

use motet_source::Span;

use crate::{
    ast::{Block, Expr, ExprKind, Key, Lambda, Sequence, Stmt, TypeExpr, TypeKind},
    names::{Name, Names},
};

/// The tree of a whole file: one node per line, fields below their node.
#[must_use]
pub fn dump(tree: &Sequence, names: &Names, strings: &[String]) -> String {
    let mut d = Dumper { out: String::new(), names, strings };
    d.line(0, "Program");
    d.sequence(1, tree);
    d.out
}

struct Dumper<'a> {
    out: String,
    names: &'a Names,
    strings: &'a [String],
}

impl Dumper<'_> {
    fn line(&mut self, depth: usize, text: &str) {
        let _ = writeln!(self.out, "{:1$}{text}", "", depth * 4);
    }

    fn node(&mut self, depth: usize, text: &str, span: Span) {
        self.line(depth, &format!("{text} {}..{}", span.start, span.end));
    }

    fn name(&self, name: Name) -> String {
        format!("{:?}", self.names.text(name))
    }

    fn sequence(&mut self, depth: usize, seq: &Sequence) {
        self.line(depth, "stmts:");
        for stmt in &seq.stmts {
            self.stmt(depth + 1, stmt);
        }
        match &seq.tail {
            Some(tail) => {
                self.line(depth, "tail:");
                self.expr(depth + 1, tail);
            }
            None => self.line(depth, "tail: None"),
        }
    }

    fn stmt(&mut self, depth: usize, stmt: &Stmt) {
        match stmt {
            Stmt::Let { name, ty, value, span } => {
                let head = format!("Let {}", self.name(name.name));
                self.node(depth, &head, *span);
                if let Some(ty) = ty {
                    self.ty(depth + 1, ty);
                }
                self.expr(depth + 1, value);
            }
            Stmt::Assign { target, op, value, span } => {
                let head = op.map_or_else(|| String::from("Assign"), |op| format!("Assign {op:?}"));
                self.node(depth, &head, *span);
                self.expr(depth + 1, target);
                self.expr(depth + 1, value);
            }
            Stmt::Return { value, span } => {
                self.node(depth, "Return", *span);
                if let Some(value) = value {
                    self.expr(depth + 1, value);
                }
            }
            Stmt::Fn(decl) => {
                let mut head = format!("Fn {}", self.name(decl.name.name));
                for p in &decl.type_params {
                    let _ = write!(head, " <{}>", self.names.text(p.name));
                }
                self.node(depth, &head, decl.func.span);
                self.lambda(depth + 1, &decl.func);
            }
            Stmt::Expr { value, .. } => {
                self.node(depth, "Expr", value.span);
                self.expr(depth + 1, value);
            }
            Stmt::While { cond, body, span } => {
                self.node(depth, "While", *span);
                self.expr(depth + 1, cond);
                self.block(depth + 1, body);
            }
            Stmt::For(f) => {
                let head = format!("For {}", self.name(f.var.name));
                self.node(depth, &head, f.span);
                self.expr(depth + 1, &f.source);
                if let Some((to, inclusive)) = &f.to {
                    self.line(depth + 1, if *inclusive { "through:" } else { "to:" });
                    self.expr(depth + 2, to);
                }
                self.block(depth + 1, &f.body);
            }
            Stmt::Break(span) => self.node(depth, "Break", *span),
            Stmt::Continue(span) => self.node(depth, "Continue", *span),
            Stmt::Struct(decl) => {
                let head = format!("Struct {}", self.name(decl.name.name));
                self.node(depth, &head, decl.span);
                for (field, ty) in &decl.fields {
                    let head = format!("Field {}", self.name(field.name));
                    self.node(depth + 1, &head, field.span);
                    self.ty(depth + 2, ty);
                }
            }
            Stmt::Import(import) => {
                let path = self.strings.get(import.path as usize).map_or("", |s| s);
                let alias = import.alias.map_or(String::new(), |a| format!(" as {}", self.names.text(a.name)));
                let head = format!("Import {path:?}{alias}");
                self.node(depth, &head, import.span);
            }
        }
    }

    fn lambda(&mut self, depth: usize, lambda: &Lambda) {
        for p in &lambda.params {
            let head = format!("Param {}", self.name(p.name.name));
            self.node(depth, &head, p.span);
            self.ty(depth + 1, &p.ty);
        }
        self.line(depth, "ret_ty:");
        self.ty(depth + 1, &lambda.result);
        self.block(depth, &lambda.body);
    }

    fn block(&mut self, depth: usize, block: &Block) {
        self.node(depth, "Block", block.span);
        self.sequence(depth + 1, &block.body);
    }

    fn ty(&mut self, depth: usize, ty: &TypeExpr) {
        match &ty.kind {
            TypeKind::Named { module, name, args } => {
                let module = module.map_or(String::new(), |m| format!("{}.", self.names.text(m.name)));
                let kind = if args.is_empty() { "Named" } else { "Generic" };
                let head = format!("{kind} {module}{}", self.names.text(name.name));
                self.node(depth, &head, ty.span);
                for arg in args {
                    self.ty(depth + 1, arg);
                }
            }
            TypeKind::Optional(inner) => {
                self.node(depth, "Optional", ty.span);
                self.ty(depth + 1, inner);
            }
            TypeKind::Func { params, result } => {
                self.node(depth, "FnType", ty.span);
                for p in params {
                    self.ty(depth + 1, p);
                }
                self.line(depth + 1, "->");
                self.ty(depth + 1, result);
            }
        }
    }

    fn expr(&mut self, depth: usize, e: &Expr) {
        let head = match &e.kind {
            ExprKind::Int(v) => format!("Int({v})"),
            ExprKind::Float(v) => format!("Float({v:?})"),
            ExprKind::Bool(v) => format!("Bool({v})"),
            ExprKind::Str(i) => format!("String({:?})", self.strings.get(*i as usize).map_or("", |s| s)),
            ExprKind::Ident(name) => format!("Ident({})", self.name(*name)),
            ExprKind::Group(_) => "Group".into(),
            ExprKind::Unary(op, _) => format!("Unary {op:?}"),
            ExprKind::Binary(op, ..) => format!("Binary {op:?}"),
            ExprKind::Call(..) => "Call".into(),
            ExprKind::Index(..) => "Index".into(),
            ExprKind::Field(_, field) => format!("Field {}", self.name(field.name)),
            ExprKind::Array(_) => "Array".into(),
            ExprKind::Object(_) => "Object".into(),
            ExprKind::StructLit(lit) => format!("Struct {}", self.name(lit.name.name)),
            ExprKind::Block(_) => "Block".into(),
            ExprKind::If(_) => "If".into(),
            ExprKind::Lambda(_) => "Fn".into(),
        };
        self.node(depth, &head, e.span);
        match &e.kind {
            ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Bool(_) | ExprKind::Str(_) | ExprKind::Ident(_) => {}
            ExprKind::Group(a) | ExprKind::Unary(_, a) | ExprKind::Field(a, _) => self.expr(depth + 1, a),
            ExprKind::Binary(_, a, b) | ExprKind::Index(a, b) => {
                self.expr(depth + 1, a);
                self.expr(depth + 1, b);
            }
            ExprKind::Call(callee, args) => {
                self.expr(depth + 1, callee);
                for arg in args {
                    self.expr(depth + 1, arg);
                }
            }
            ExprKind::Array(items) => {
                for item in items {
                    self.expr(depth + 1, item);
                }
            }
            ExprKind::Object(entries) => {
                for (key, span, value) in entries {
                    let text = match *key {
                        Key::Ident(name) => self.name(name),
                        Key::Str(i) => format!("{:?}", self.strings.get(i as usize).map_or("", |s| s)),
                    };
                    self.node(depth + 1, &format!("Key {text}"), *span);
                    self.expr(depth + 2, value);
                }
            }
            ExprKind::StructLit(lit) => {
                for (field, value) in &lit.fields {
                    let head = format!("Key {}", self.name(field.name));
                    self.node(depth + 1, &head, field.span);
                    self.expr(depth + 2, value);
                }
            }
            ExprKind::Block(block) => self.sequence(depth + 1, &block.body),
            ExprKind::If(link) => {
                self.expr(depth + 1, &link.cond);
                self.block(depth + 1, &link.then);
                if let Some(otherwise) = &link.otherwise {
                    self.expr(depth + 1, otherwise);
                }
            }
            ExprKind::Lambda(lambda) => self.lambda(depth + 1, lambda),
        }
    }
}

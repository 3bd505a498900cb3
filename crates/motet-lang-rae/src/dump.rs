//! The tree as indented text: two blanks per level, binary expressions fully
//! parenthesised, type arguments in brackets.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use core::fmt::Write as _;

use crate::{
    ast::{
        Arg, Binding, Block, Cond, Decl, DirectiveKind, Expr, ExprKind, FuncDecl, LiteralBody, Loop, LoopHead,
        LoopInit, Match, MatchExpr, Piece, Stmt, StmtKind, TypeArg, TypeDecl, TypeRef, Unit,
    },
    names::{Name, Names},
};

/// The tree of a whole file.
#[must_use]
pub fn dump(unit: &Unit, names: &Names, strings: &[String]) -> String {
    let mut d = Dumper { out: String::new(), names, strings };
    d.unit(unit);
    d.out
}

struct Dumper<'a> {
    out: String,
    names: &'a Names,
    strings: &'a [String],
}

impl Dumper<'_> {
    fn line(&mut self, depth: usize, text: &str) {
        self.out.push_str(&"  ".repeat(depth));
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn name(&self, name: Name) -> &str {
        self.names.text(name)
    }

    fn string(&self, index: u32) -> String {
        format!("{:?}", self.strings.get(index as usize).map_or("", |s| s))
    }

    fn unit(&mut self, unit: &Unit) {
        self.line(0, "MODULE");
        for d in &unit.directives {
            let word = match d.kind {
                DirectiveKind::Import => "import",
                DirectiveKind::Open => "open",
                DirectiveKind::Export => "export",
                DirectiveKind::CHeader => "cheader",
            };
            let alias = d.alias.map_or(String::new(), |a| format!(" as {}", self.name(a.name)));
            let line = format!("{word} {}{alias}", self.name(d.path));
            self.line(1, &line);
        }
        for decl in &unit.decls {
            match decl {
                Decl::Type(d) => self.type_declaration(d),
                Decl::Enum(d) => {
                    let head = format!("enum {}", self.name(d.name.name));
                    self.line(1, &head);
                    for member in &d.members {
                        let text = self.name(member.name).to_string();
                        self.line(2, &text);
                    }
                }
                Decl::Func(d) => self.function(d),
                Decl::Global(b) => {
                    let text = self.binding(b);
                    self.line(1, &text);
                }
            }
        }
    }

    fn type_declaration(&mut self, d: &TypeDecl) {
        let head = format!("type {}", self.name(d.name.name));
        self.line(1, &head);
        for p in &d.type_params {
            let text = format!("param {}: type", self.name(p.name));
            self.line(2, &text);
        }
        for field in &d.fields {
            let default = field.default.as_ref().map_or(String::new(), |e| format!(" = {}", self.expr(e)));
            let text = format!("field {}: {}{default}", self.name(field.name.name), self.ty(&field.ty));
            self.line(2, &text);
        }
    }

    fn function(&mut self, d: &FuncDecl) {
        let word = if d.is_extern { "extern func" } else { "func" };
        let head = format!("{word} {}", self.name(d.name.name));
        self.line(1, &head);
        for p in &d.type_params {
            let text = format!("param {}: type", self.name(p.name));
            self.line(2, &text);
        }
        for p in &d.params {
            let text = format!("param {}: {}", self.name(p.name.name), self.ty(&p.ty));
            self.line(2, &text);
        }
        for (label, ty) in &d.results {
            let label = label.map_or(String::new(), |l| format!("{}: ", self.name(l.name)));
            let text = format!("return {label}{}", self.ty(ty));
            self.line(2, &text);
        }
        if let Some(body) = &d.body {
            self.line(2, "body");
            self.block(3, body);
        }
    }

    fn ty(&self, ty: &TypeRef) -> String {
        let mut text = String::new();
        if ty.optional {
            text.push_str("opt ");
        }
        if let Some(mode) = ty.mode {
            text.push_str(mode.text());
            text.push(' ');
        }
        text.push_str(self.name(ty.name.name));
        if !ty.args.is_empty() {
            let args: Vec<String> = ty.args.iter().map(|a| self.type_arg(a)).collect();
            text.push_str(&format!("[{}]", args.join(", ")));
        }
        text
    }

    fn type_arg(&self, arg: &TypeArg) -> String {
        match arg {
            TypeArg::Type(ty) => self.ty(ty),
            TypeArg::Value(name, value) => format!("{}: {}", self.name(name.name), self.expr(value)),
        }
    }

    fn binding(&self, b: &Binding) -> String {
        let ty = b.ty.as_ref().map_or(String::new(), |t| format!(": {}", self.ty(t)));
        let sign = if b.ty.as_ref().is_some_and(TypeRef::is_reference) { "=>" } else { "=" };
        let value = b.value.as_ref().map_or(String::new(), |e| format!(" {sign} {}", self.expr(e)));
        format!("{} {}{ty}{value}", b.kind.text(), self.name(b.name.name))
    }

    fn block(&mut self, depth: usize, block: &Block) {
        for stmt in &block.stmts {
            self.stmt(depth, stmt);
        }
    }

    fn headed(&mut self, depth: usize, head: &str, block: &Block) {
        self.line(depth, head);
        self.block(depth + 1, block);
    }

    fn stmt(&mut self, depth: usize, stmt: &Stmt) {
        let text = match &stmt.kind {
            StmtKind::Binding(b) => self.binding(b),
            StmtKind::Destructure(bindings, value) => {
                let parts: Vec<String> = bindings
                    .iter()
                    .map(|(name, label)| format!("let {}: {}", self.name(name.name), self.name(label.name)))
                    .collect();
                format!("{} = {}", parts.join(", "), self.expr(value))
            }
            StmtKind::Ret(values) => {
                let parts: Vec<String> = values
                    .iter()
                    .map(|(label, value)| {
                        let label = label.map_or(String::new(), |l| format!("{}: ", self.name(l.name)));
                        format!(" {label}{}", self.expr(value))
                    })
                    .collect();
                format!("ret{}", parts.join(","))
            }
            StmtKind::If(s) => {
                for (i, (cond, then)) in s.arms.iter().enumerate() {
                    let cond = match cond {
                        Cond::Expr(e) => self.expr(e),
                        Cond::Let(b) => self.binding(b),
                    };
                    let word = if i == 0 { "if" } else { "else if" };
                    self.line(depth, &format!("{word} ({cond})"));
                    self.headed(depth + 1, "then", then);
                }
                if let Some(block) = &s.otherwise {
                    self.headed(depth + 1, "else", block);
                }
                return;
            }
            StmtKind::Loop(s) => return self.loop_statement(depth, s),
            StmtKind::Break => "break".into(),
            StmtKind::Continue => "continue".into(),
            StmtKind::Match(s) => return self.match_statement(depth, s),
            StmtKind::Defer(block) => return self.headed(depth, "defer", block),
            StmtKind::TaskScope(block) => return self.headed(depth, "taskScope", block),
            StmtKind::Assign(target, value) => format!("assign {} = {}", self.expr(target), self.expr(value)),
            StmtKind::Expr(e) => format!("expr {}", self.expr(e)),
        };
        self.line(depth, &text);
    }

    fn loop_statement(&mut self, depth: usize, s: &Loop) {
        let head = match &s.head {
            LoopHead::While(e) => self.expr(e),
            LoopHead::Count(init, cond, step) => {
                let init = match &**init {
                    LoopInit::Binding(b) => self.binding(b),
                    LoopInit::Expr(e) => self.expr(e),
                };
                format!("{init}, {}, {}", self.expr(cond), self.expr(step))
            }
            LoopHead::Each(name, ty, list) => {
                let ty = ty.as_ref().map_or(String::new(), |t| format!(": {}", self.ty(t)));
                format!("{}{ty} in {}", self.name(name.name), self.expr(list))
            }
        };
        let word = if s.parallel { "parallelLoop" } else { "loop" };
        self.headed(depth, &format!("{word} {head}"), &s.body);
    }

    fn match_statement(&mut self, depth: usize, s: &Match) {
        let head = format!("match {}", self.expr(&s.subject));
        self.line(depth, &head);
        for (patterns, block) in &s.arms {
            let head = format!("case {}", self.exprs(patterns));
            self.headed(depth + 1, &head, block);
        }
        if let Some((_, block)) = &s.otherwise {
            self.headed(depth + 1, "default", block);
        }
    }

    fn exprs(&self, exprs: &[Expr]) -> String {
        let mut out = String::new();
        self.list(&mut out, exprs, |d, out, e| d.write(out, e));
        out
    }

    fn expr(&self, e: &Expr) -> String {
        let mut out = String::new();
        self.write(&mut out, e);
        out
    }

    /// Items with commas between them.
    fn list<T>(&self, out: &mut String, items: &[T], write: impl Fn(&Self, &mut String, &T)) {
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            write(self, out, item);
        }
    }

    fn args(&self, out: &mut String, args: &[Arg]) {
        out.push('(');
        self.list(out, args, |d, out, arg| {
            if let Some(name) = arg.name {
                let _ = write!(out, "{}: ", d.name(name.name));
            }
            d.write(out, &arg.value);
        });
        out.push(')');
    }

    /// Appends, so that the cost of a deep tree is that of its text.
    fn write(&self, out: &mut String, e: &Expr) {
        let _ = match &e.kind {
            ExprKind::Int(n) => write!(out, "{n}"),
            ExprKind::Float(n) => write!(out, "{n:?}"),
            ExprKind::Str(i) => write!(out, "{}", self.string(*i)),
            ExprKind::Char(c) => write!(out, "{:?}", char::from_u32(*c).unwrap_or('\u{fffd}')),
            ExprKind::Bool(b) => write!(out, "{b}"),
            ExprKind::None => write!(out, "none"),
            ExprKind::Ident(name) => write!(out, "{}", self.name(*name)),
            ExprKind::Interpolated(pieces) => return self.pieces(out, pieces),
            ExprKind::Group(inner) => return self.write(out, inner),
            ExprKind::Unary(op, a) => {
                let gap = if op.text().starts_with(|c: char| c.is_ascii_alphabetic()) { " " } else { "" };
                let _ = write!(out, "({}{gap}", op.text());
                self.write(out, a);
                write!(out, ")")
            }
            ExprKind::Postfix(op, a) => {
                out.push('(');
                self.write(out, a);
                write!(out, "{})", op.text())
            }
            ExprKind::Binary(op, a, b) => {
                out.push('(');
                self.write(out, a);
                let _ = write!(out, " {} ", op.text());
                self.write(out, b);
                write!(out, ")")
            }
            ExprKind::Cast(a, ty) => {
                out.push('(');
                self.write(out, a);
                write!(out, " as {})", self.ty(ty))
            }
            ExprKind::Call(callee, args) => {
                self.write(out, callee);
                return self.args(out, args);
            }
            ExprKind::Method(base, name, args) => {
                self.write(out, base);
                let _ = write!(out, ".{}", self.name(name.name));
                return self.args(out, args);
            }
            ExprKind::Field(base, name) => {
                self.write(out, base);
                write!(out, ".{}", self.name(name.name))
            }
            ExprKind::Index(base, index) => {
                self.write(out, base);
                out.push('[');
                self.write(out, index);
                write!(out, "]")
            }
            ExprKind::Literal(ty, body) => {
                if let Some(ty) = ty {
                    let _ = write!(out, "{} ", self.ty(ty));
                }
                return self.literal(out, body);
            }
            ExprKind::List(items) => {
                out.push('[');
                self.list(out, items, |d, out, e| d.write(out, e));
                write!(out, "]")
            }
            ExprKind::Match(m) => return self.match_expr(out, m),
        };
    }

    fn pieces(&self, out: &mut String, pieces: &[Piece]) {
        for (i, piece) in pieces.iter().enumerate() {
            if i > 0 {
                out.push(' ');
            }
            match piece {
                Piece::Text(text) => out.push_str(&self.string(*text)),
                Piece::Expr(e) => {
                    out.push('{');
                    self.write(out, e);
                    out.push('}');
                }
            }
        }
    }

    fn literal(&self, out: &mut String, body: &LiteralBody) {
        match body {
            LiteralBody::Empty => return out.push_str("{}"),
            LiteralBody::Fields(fields) => {
                out.push_str("{ ");
                self.list(out, fields, |d, out, (name, value)| {
                    let _ = write!(out, "{}: ", d.name(name.name));
                    d.write(out, value);
                });
            }
            LiteralBody::Elements(items) => {
                out.push_str("{ ");
                self.list(out, items, |d, out, e| d.write(out, e));
            }
        }
        out.push_str(" }");
    }

    fn match_expr(&self, out: &mut String, m: &MatchExpr) {
        out.push_str("match ");
        self.write(out, &m.subject);
        out.push_str(" { ");
        self.list(out, &m.arms, |d, out, (pattern, value)| {
            out.push_str("case ");
            d.write(out, pattern);
            out.push_str(" => ");
            d.write(out, value);
        });
        if let Some(value) = &m.otherwise {
            out.push_str(if m.arms.is_empty() { "default => " } else { ", default => " });
            self.write(out, value);
        }
        out.push_str(" }");
    }
}

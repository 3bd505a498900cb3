//! The syntax tree as indented text: one statement a line, expressions with
//! the operator first.

use alloc::string::String;
use core::fmt::{self, Write as _};

use crate::ast::{BinOp, Body, Call, Expr, ExprKind, Function, Ident, Program, Stmt, StmtKind};

/// The tree of a program.
#[must_use]
pub fn dump(program: &Program<'_>) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = Dump { out: &mut out, depth: 0 }.block(&program.body);
    out
}

struct Dump<'o> {
    out: &'o mut String,
    depth: usize,
}

impl Dump<'_> {
    fn line(&mut self, words: fmt::Arguments<'_>) -> fmt::Result {
        for _ in 0..self.depth {
            self.out.push_str("  ");
        }
        self.out.write_fmt(words)?;
        self.out.push('\n');
        Ok(())
    }

    fn block(&mut self, body: &[Stmt<'_>]) -> fmt::Result {
        body.iter().try_for_each(|stmt| self.stmt(&stmt.kind))
    }

    fn inner(&mut self, body: &[Stmt<'_>]) -> fmt::Result {
        self.depth += 1;
        let result = self.block(body);
        self.depth -= 1;
        result
    }

    fn stmt(&mut self, kind: &StmtKind<'_>) -> fmt::Result {
        match kind {
            StmtKind::Write(e) => self.line(format_args!("write {}", Tree(e))),
            StmtKind::Ask { name, prompt, number } => {
                let kind = if *number { " number" } else { "" };
                match prompt {
                    Some(prompt) => self.line(format_args!("ask{kind} {} {}", name.text, Tree(prompt))),
                    None => self.line(format_args!("ask{kind} {}", name.text)),
                }
            }
            StmtKind::Set(name, e) => self.line(format_args!("set {} {}", name.text, Tree(e))),
            StmtKind::Change(name, op, e) => {
                self.line(format_args!("change {} {} {}", name.text, operator(*op), Tree(e)))
            }
            StmtKind::Choose { cond, then, otherwise } => match otherwise {
                Some(e) => self.line(format_args!("choose {} {} {}", Tree(cond), Tree(then), Tree(e))),
                None => self.line(format_args!("choose {} {}", Tree(cond), Tree(then))),
            },
            StmtKind::If { cond, then, otherwise } => {
                self.line(format_args!("if {}", Tree(cond)))?;
                self.inner(then)?;
                if otherwise.is_empty() {
                    return Ok(());
                }
                self.line(format_args!("otherwise"))?;
                self.inner(otherwise)
            }
            StmtKind::While(cond, body) => {
                self.line(format_args!("while {}", Tree(cond)))?;
                self.inner(body)
            }
            StmtKind::Repeat(count, body) => {
                self.line(format_args!("repeat {}", Tree(count)))?;
                self.inner(body)
            }
            StmtKind::Define(function) => self.function(function),
            StmtKind::Use(call) => self.line(format_args!("use {}", CallTree(call))),
            StmtKind::Return(Some(e)) => self.line(format_args!("return {}", Tree(e))),
            StmtKind::Return(None) => self.line(format_args!("return")),
            StmtKind::Try { body, handlers, finally } => {
                self.line(format_args!("try"))?;
                self.inner(body)?;
                for handler in handlers {
                    let name = handler.name.map_or("_", |n| n.text);
                    match handler.kind {
                        Some(kind) => self.line(format_args!("error {kind:?} {name}"))?,
                        None => self.line(format_args!("error {name}"))?,
                    }
                    self.inner(&handler.body)?;
                }
                let Some(finally) = finally else { return Ok(()) };
                self.line(format_args!("finally"))?;
                self.inner(finally)
            }
            StmtKind::Throw(e) => self.line(format_args!("throw {}", Tree(e))),
            StmtKind::Import { path, .. } => self.line(format_args!("import {path:?}")),
            StmtKind::ImportSystem { name, alias, exposing } => {
                let alias = alias.map_or("_", |a| a.text);
                self.line(format_args!("import system {:?} {alias} ({})", name.text, Names(exposing)))
            }
            StmtKind::CreateServer(e) => self.line(format_args!("create-server {}", Tree(e))),
            StmtKind::AddRoute { path, method, handler } => {
                self.line(format_args!("route {} {}", Tree(path), Tree(method)))?;
                self.inner(handler)
            }
            StmtKind::AddMiddleware { kind, config } => {
                self.line(format_args!("middleware {:?}", kind.text))?;
                self.depth += 1;
                for (key, value) in config {
                    self.line(format_args!("{} {}", key.text, Tree(value)))?;
                }
                self.depth -= 1;
                Ok(())
            }
            StmtKind::ServeStatic(e) => self.line(format_args!("serve-static {}", Tree(e))),
            StmtKind::StartServer => self.line(format_args!("start-server")),
        }
    }

    fn function(&mut self, function: &Function<'_>) -> fmt::Result {
        let mut params = String::new();
        for (number, param) in function.params.iter().enumerate() {
            let blank = if number == 0 { "" } else { " " };
            match &param.default {
                Some(default) => write!(params, "{blank}({} {})", param.name.text, Tree(default))?,
                None => write!(params, "{blank}{}", param.name.text)?,
            }
        }
        match &function.body {
            Body::Expr(e) => self.line(format_args!("make {} ({params}) {}", function.name.text, Tree(e))),
            Body::Block(body) => {
                self.line(format_args!("make {} ({params})", function.name.text))?;
                self.inner(body)
            }
        }
    }
}

struct Names<'n, 'a>(&'n [Ident<'a>]);

impl fmt::Display for Names<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, name) in self.0.iter().enumerate() {
            write!(f, "{}{}", if number == 0 { "" } else { " " }, name.text)?;
        }
        Ok(())
    }
}

/// An operator's sign.
fn operator(op: BinOp) -> &'static str {
    match op {
        BinOp::Add => "+",
        BinOp::Sub => "-",
        BinOp::Mul => "*",
        BinOp::Div => "/",
        BinOp::Eq => "=",
        BinOp::Ne => "!=",
        BinOp::Lt => "<",
        BinOp::Le => "<=",
        BinOp::Gt => ">",
        BinOp::Ge => ">=",
    }
}

struct CallTree<'e, 'a>(&'e Call<'a>);

impl fmt::Display for CallTree<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let call = self.0;
        f.write_str("(call ")?;
        if let Some(module) = call.module {
            write!(f, "{}::", module.text)?;
        }
        f.write_str(call.name.text)?;
        finish(f, &call.args)
    }
}

fn finish(f: &mut fmt::Formatter<'_>, parts: &[Expr<'_>]) -> fmt::Result {
    parts.iter().try_for_each(|part| write!(f, " {}", Tree(part)))?;
    f.write_str(")")
}

struct Tree<'e, 'a>(&'e Expr<'a>);

impl fmt::Display for Tree<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            ExprKind::Number(n) => write!(f, "{n}"),
            ExprKind::Text(text) => write!(f, "{text:?}"),
            ExprKind::Bool(true) => f.write_str("True"),
            ExprKind::Bool(false) => f.write_str("False"),
            ExprKind::Nothing => f.write_str("None"),
            ExprKind::Name(name) => f.write_str(name),
            ExprKind::List(items) => {
                f.write_str("(list")?;
                finish(f, items)
            }
            ExprKind::Dictionary(pairs) => {
                f.write_str("(dictionary")?;
                pairs.iter().try_for_each(|(key, value)| write!(f, " ({:?} {})", key.text, Tree(value)))?;
                f.write_str(")")
            }
            ExprKind::Binary(op, a, b) => write!(f, "({} {} {})", operator(*op), Tree(a), Tree(b)),
            ExprKind::And(a, b) => write!(f, "(and {} {})", Tree(a), Tree(b)),
            ExprKind::Or(a, b) => write!(f, "(or {} {})", Tree(a), Tree(b)),
            ExprKind::Not(a) => write!(f, "(not {})", Tree(a)),
            ExprKind::Index(base, index) => write!(f, "(index {} {})", Tree(base), Tree(index)),
            ExprKind::Call(call) => write!(f, "{}", CallTree(call)),
            ExprKind::Phrase(phrase, operands) => {
                let name = phrase.native();
                write!(f, "({}", name.rsplit('.').next().unwrap_or(name))?;
                finish(f, operands)
            }
            ExprKind::Error(kind, message) => write!(f, "(error {kind:?} {})", Tree(message)),
        }
    }
}

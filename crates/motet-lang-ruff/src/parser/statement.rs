//! Statements.

use alloc::{boxed::Box, string::String, vec, vec::Vec};

use motet_source::Code;

use super::{Parse, Parser};
use crate::{
    ast::{BinOp, Case, DeclKind, Expr, ExprKind, Func, Pattern, Stmt, StmtKind, StructDecl},
    symbol::{Sym, known},
    token::{Kw, Op, Tok},
};

/// Whether recovery may stop before this word.
pub(super) fn starts_statement(kw: Kw) -> bool {
    match kw {
        Kw::Let | Kw::Mut | Kw::Const | Kw::Func | Kw::Enum | Kw::Return | Kw::Match | Kw::If | Kw::Loop => true,
        Kw::While | Kw::For | Kw::Break | Kw::Continue | Kw::Try | Kw::Import | Kw::Export | Kw::From => true,
        Kw::Struct | Kw::Spawn | Kw::Test | Kw::TestSetup | Kw::TestTeardown | Kw::TestGroup => true,
        Kw::Case | Kw::Default | Kw::Else | Kw::In | Kw::Except | Kw::Int | Kw::Float | Kw::String | Kw::Bool => false,
        Kw::Impl | Kw::SelfWord | Kw::Null | Kw::Yield | Kw::Async | Kw::Await => false,
    }
}

fn compound(op: Op) -> Option<BinOp> {
    Some(match op {
        Op::PlusEq => BinOp::Add,
        Op::MinusEq => BinOp::Sub,
        Op::StarEq => BinOp::Mul,
        Op::SlashEq => BinOp::Div,
        Op::PercentEq => BinOp::Rem,
        _ => return None,
    })
}

/// The variable at the root of `x`, `x.f`, `x[i]`, if the expression is such a path.
fn root(expr: &Expr) -> Option<Sym> {
    let mut at = expr;
    loop {
        match &at.kind {
            ExprKind::Name(sym) => return Some(*sym),
            ExprKind::Field(base, _) | ExprKind::Index(base, _) => at = base,
            _ => return None,
        }
    }
}

impl Parser<'_> {
    pub(super) fn statement(&mut self) -> Parse<Stmt> {
        let start = self.span();
        let kind = match self.tok() {
            Tok::Keyword(kw) => self.keyword_statement(kw)?,
            Tok::Punct(b'[' | b'{') if self.at_destructuring() => {
                let pattern = self.pattern()?;
                self.advance();
                let value = self.assigned_value()?;
                StmtKind::Declare(DeclKind::Let, pattern, value)
            }
            _ => self.expression_statement()?,
        };
        Ok(Stmt { kind, span: self.span_from(start) })
    }

    fn keyword_statement(&mut self, kw: Kw) -> Parse<StmtKind> {
        match kw {
            Kw::Let => self.declaration(DeclKind::Let),
            Kw::Mut => self.declaration(DeclKind::Mut),
            Kw::Const => self.constant(),
            Kw::Func if self.named_func_follows(0) => self.named_func(),
            Kw::Func if !matches!(self.tok_at(1), Tok::Punct(b'(') | Tok::Op(Op::Star)) => {
                self.advance();
                self.error("Expected function name after 'func'")
            }
            Kw::Async if self.tok_at(1) == Tok::Keyword(Kw::Func) && self.named_func_follows(1) => self.named_func(),
            Kw::Struct => self.struct_declaration(),
            Kw::Enum => self.enum_declaration(),
            Kw::If => self.if_statement(),
            Kw::While => {
                self.advance();
                let cond = self.condition_expr()?;
                Ok(StmtKind::While(cond, self.block("while body")?))
            }
            Kw::Loop => self.loop_statement(),
            Kw::For => self.for_statement(),
            Kw::Match => self.match_statement(),
            Kw::Try => self.try_statement(),
            Kw::Return => {
                self.advance();
                let done = matches!(self.tok(), Tok::Eof | Tok::Punct(b';' | b'}'));
                Ok(StmtKind::Return(if done { None } else { Some(self.expr()?) }))
            }
            Kw::Break => {
                self.advance();
                Ok(StmtKind::Break)
            }
            Kw::Continue => {
                self.advance();
                Ok(StmtKind::Continue)
            }
            Kw::Import => {
                self.advance();
                let module = self.ident("Expected module name after 'import'")?;
                self.program.imports.push(module);
                self.program.imported.push((module, None));
                Ok(StmtKind::Import(module, None))
            }
            Kw::From => self.import_from(),
            Kw::Export => {
                self.advance();
                if self.expr_depth >= super::MAX_EXPR_NESTING {
                    return self.error("Invalid statement");
                }
                self.expr_depth += 1;
                let inner = self.statement();
                self.expr_depth -= 1;
                Ok(StmtKind::Export(Box::new(inner?)))
            }
            Kw::Spawn => {
                self.advance();
                Ok(StmtKind::Spawn(self.block("spawn block")?))
            }
            Kw::Test => {
                self.advance();
                let name = self.plain_string("Expected test name string after 'test'")?;
                Ok(StmtKind::Test(name, self.block("test block")?))
            }
            Kw::TestGroup => {
                self.advance();
                let name = self.plain_string("Expected test group name string after 'test_group'")?;
                Ok(StmtKind::TestGroup(name, self.block("test group block")?))
            }
            Kw::TestSetup => {
                self.advance();
                Ok(StmtKind::TestSetup(self.block("test setup block")?))
            }
            Kw::TestTeardown => {
                self.advance();
                Ok(StmtKind::TestTeardown(self.block("test teardown block")?))
            }
            Kw::Func | Kw::Async | Kw::Await | Kw::Yield | Kw::Null | Kw::SelfWord => self.expression_statement(),
            Kw::Case | Kw::Default | Kw::Else | Kw::In | Kw::Except | Kw::Impl => self.error("Invalid statement"),
            Kw::Int | Kw::Float | Kw::String | Kw::Bool => self.error("Invalid statement"),
        }
    }

    // ---- declarations and assignments

    fn declaration(&mut self, kind: DeclKind) -> Parse<StmtKind> {
        let context = if kind == DeclKind::Let { "let" } else { "mut" };
        self.advance();
        let pattern = self.pattern()?;
        self.optional_type()?;
        self.assign_operator(context)?;
        Ok(StmtKind::Declare(kind, pattern, self.assigned_value()?))
    }

    fn constant(&mut self) -> Parse<StmtKind> {
        self.advance();
        let span = self.span();
        let name = self.ident("Expected constant name after 'const'")?;
        self.optional_type()?;
        self.assign_operator("const")?;
        Ok(StmtKind::Declare(DeclKind::Const, Pattern::Name(name, span), self.assigned_value()?))
    }

    fn assign_operator(&mut self, context: &str) -> Parse<()> {
        if self.at_assign() {
            self.advance();
            return Ok(());
        }
        let message = alloc::format!("Expected assignment operator (':=' or '=') in {context} declaration");
        self.error_found(&message)
    }

    /// The right-hand side of an assignment or declaration.
    fn assigned_value(&mut self) -> Parse<Expr> {
        let value = self.expr()?;
        if self.at_assign() && root(&value) != Some(known::SELF) {
            return self.error("Chained assignment is not supported; split the assignment into separate statements");
        }
        Ok(value)
    }

    fn expression_statement(&mut self) -> Parse<StmtKind> {
        let target = self.expr()?;
        let op = match self.tok() {
            Tok::Op(Op::Colonq | Op::Assign) => None,
            Tok::Op(op) if compound(op).is_some() => compound(op),
            _ => return Ok(StmtKind::Expr(target)),
        };
        match root(&target) {
            // There is no way to assign to `self`: the operator begins nothing.
            Some(known::SELF) => return self.error("Expected expression"),
            Some(sym) => self.note_assigned(sym),
            None => {
                let span = target.span;
                return self.error_at(Code::InvalidTarget, span, "Invalid assignment target");
            }
        }
        self.advance();
        let value = self.assigned_value()?;
        Ok(StmtKind::Assign(target, op, value))
    }

    /// Whether the bracket at the cursor is closed right before an assignment operator.
    fn at_destructuring(&self) -> bool {
        let mut depth = 0usize;
        let mut at = self.pos;
        while let Some(token) = self.tokens.get(at) {
            match token.tok {
                Tok::Punct(b'[' | b'{') => depth += 1,
                Tok::Punct(b']' | b'}') => depth -= 1,
                Tok::Ident(_) | Tok::Punct(b',') | Tok::Op(Op::Ellipsis) => {}
                _ => return false,
            }
            at += 1;
            if depth == 0 {
                return matches!(self.tokens.get(at).map(|t| t.tok), Some(Tok::Op(Op::Colonq | Op::Assign)));
            }
        }
        false
    }

    // ---- types (parsed, checked for form, and dropped)

    pub(super) fn optional_type(&mut self) -> Parse<()> {
        if self.eat_punct(b':') { self.type_name(true) } else { Ok(()) }
    }

    pub(super) fn type_name(&mut self, generic: bool) -> Parse<()> {
        match self.tok() {
            Tok::Keyword(Kw::Int | Kw::Float | Kw::String | Kw::Bool) => {
                self.advance();
                Ok(())
            }
            Tok::Ident(name @ (known::RESULT | known::OPTION)) if generic && self.tok_at(1) == Tok::Op(Op::Lt) => {
                self.advance();
                self.advance();
                self.nested(|p| p.type_name(true))?;
                if name == known::RESULT {
                    if !self.eat_punct(b',') {
                        return self.error_found("Expected ',' in Result type annotation");
                    }
                    self.nested(|p| p.type_name(true))?;
                }
                if self.eat_op(Op::Gt) {
                    return Ok(());
                }
                self.error_found("Expected '>' to close type annotation")
            }
            _ => self.error_found("Expected type annotation"),
        }
    }

    /// The type of a struct field: unknown names are skipped.
    fn field_type(&mut self) -> Parse<()> {
        match (self.tok(), self.tok_at(1)) {
            (Tok::Ident(known::RESULT | known::OPTION), Tok::Op(Op::Lt)) => self.type_name(true),
            (Tok::Ident(_), _) => {
                self.advance();
                Ok(())
            }
            _ => self.type_name(true),
        }
    }

    // ---- functions, structs, enums

    fn named_func_follows(&self, ahead: usize) -> bool {
        let next = (self.tok_at(ahead + 1), self.tok_at(ahead + 2));
        matches!(next, (Tok::Ident(_), _) | (Tok::Op(Op::Star), Tok::Ident(_)))
    }

    fn named_func(&mut self) -> Parse<StmtKind> {
        Ok(StmtKind::Func(Box::new(self.named_func_parts()?)))
    }

    fn named_func_parts(&mut self) -> Parse<Func> {
        let start = self.span();
        let is_async = self.eat_keyword(Kw::Async);
        if !self.eat_keyword(Kw::Func) {
            return self.error("Expected 'func' after 'async'");
        }
        let is_generator = self.eat_op(Op::Star);
        let name = self.ident("Expected function name after 'func'")?;
        self.func_rest(start, Some(name), is_async, is_generator)
    }

    fn struct_declaration(&mut self) -> Parse<StmtKind> {
        self.advance();
        let name = self.ident("Expected struct name after 'struct'")?;
        self.program.structs.insert(name);
        self.expect(b'{', "start", "struct body")?;
        let mut decl = StructDecl { name, fields: Vec::new(), methods: Vec::new() };
        while !self.at_punct(b'}') {
            match self.tok() {
                Tok::Punct(b',' | b';') => self.advance(),
                Tok::Keyword(Kw::Func | Kw::Async) => {
                    let method = self.named_func_parts()?;
                    if let Some(name) = method.name {
                        self.program.overloads_operators |= self.names.text(name).starts_with("op_");
                    }
                    decl.methods.push(method);
                }
                Tok::Ident(field) => {
                    self.advance();
                    if self.eat_punct(b':') {
                        self.field_type()?;
                    }
                    decl.fields.push(field);
                }
                _ => return self.error_found("Expected field or method in struct body"),
            }
        }
        self.expect(b'}', "close", "struct body")?;
        Ok(StmtKind::Struct(Box::new(decl)))
    }

    fn enum_declaration(&mut self) -> Parse<StmtKind> {
        self.advance();
        let name = self.ident("Expected enum name after 'enum'")?;
        self.expect(b'{', "start", "enum body")?;
        let mut variants = Vec::new();
        while !self.at_punct(b'}') {
            variants.push(self.ident("Expected enum variant name")?);
            if !self.eat_punct(b',') {
                break;
            }
        }
        self.expect(b'}', "close", "enum body")?;
        Ok(StmtKind::Enum(name, variants))
    }

    // ---- control

    /// An expression before a block.
    fn condition_expr(&mut self) -> Parse<Expr> {
        let outer = core::mem::replace(&mut self.condition, true);
        let result = self.expr();
        self.condition = outer;
        result
    }

    fn if_statement(&mut self) -> Parse<StmtKind> {
        self.advance();
        let cond = self.condition_expr()?;
        let mut arms = vec![(cond, self.block("if block")?)];
        while self.eat_keyword(Kw::Else) {
            if !self.eat_keyword(Kw::If) {
                let otherwise = self.block("else block")?;
                return Ok(StmtKind::If(arms, Some(otherwise)));
            }
            let cond = self.condition_expr()?;
            arms.push((cond, self.block("if block")?));
        }
        Ok(StmtKind::If(arms, None))
    }

    fn loop_statement(&mut self) -> Parse<StmtKind> {
        self.advance();
        if self.eat_keyword(Kw::While) {
            let cond = self.condition_expr()?;
            return Ok(StmtKind::While(cond, self.block("loop body")?));
        }
        Ok(StmtKind::Loop(self.block("loop body")?))
    }

    fn for_statement(&mut self) -> Parse<StmtKind> {
        self.advance();
        let var = self.ident("Expected loop variable name after 'for'")?;
        if !self.eat_keyword(Kw::In) {
            return self.error_found("Expected 'in' in for loop");
        }
        let outer = core::mem::replace(&mut self.condition, true);
        let iter = self.nested(Self::postfix);
        self.condition = outer;
        let iter = iter?;
        Ok(StmtKind::For(var, iter, self.block("for loop body")?))
    }

    fn match_statement(&mut self) -> Parse<StmtKind> {
        self.advance();
        let subject = self.condition_expr()?;
        self.expect(b'{', "start", "match body")?;
        let mut cases = Vec::new();
        let mut default = None;
        loop {
            if self.eat_keyword(Kw::Case) {
                let start = self.span();
                let pattern = self.case_pattern()?;
                let guard =
                    if !self.core && self.eat_keyword(Kw::If) { Some(self.bracketed(Self::expr)?) } else { None };
                let span = self.span_from(start);
                if !self.eat_punct(b':') {
                    return self.error("Invalid statement");
                }
                let body = self.block("match case block")?;
                cases.push(Case { pattern, guard, body, span });
            } else if self.eat_keyword(Kw::Default) {
                if !self.eat_punct(b':') {
                    return self.error("Invalid statement");
                }
                default = Some(self.block("match case block")?);
            } else if !self.eat_punct(b';') {
                break;
            }
        }
        self.expect(b'}', "close", "match body")?;
        Ok(StmtKind::Match(subject, cases, default))
    }

    fn try_statement(&mut self) -> Parse<StmtKind> {
        self.advance();
        let body = self.block("try block")?;
        if !self.eat_keyword(Kw::Except) {
            return self.error_found("Expected 'except' after try block");
        }
        let var = self.ident("Expected exception variable after 'except'")?;
        Ok(StmtKind::Try(body, var, self.block("except block")?))
    }

    fn import_from(&mut self) -> Parse<StmtKind> {
        self.advance();
        let first = self.ident("Expected module name after 'from'")?;
        let mut path: String = self.name_text(first);
        while self.eat_op(Op::Dot) {
            let part = self.ident("Expected module name after 'from'")?;
            path.push('.');
            path.push_str(self.names.text(part));
        }
        if !self.eat_keyword(Kw::Import) {
            return self.error_found("Expected 'import' after module name");
        }
        let mut symbols = vec![self.ident("Expected imported symbol name")?];
        while self.eat_punct(b',') {
            symbols.push(self.ident("Expected imported symbol name")?);
        }
        let module = self.names.intern(&path);
        self.program.imports.push(module);
        self.program.imported.push((module, Some(symbols.clone())));
        Ok(StmtKind::Import(module, Some(symbols)))
    }
}

//! Imports (section 7). A file is a function that runs once, when the first
//! import of it is reached.
//!
//! A file that certainly runs at a known point is lowered there, with what is
//! known of the globals at that point. Any other file is lowered at the end:
//! every global may hold a value when it runs, and none certainly does.

use alloc::{boxed::Box, format, vec, vec::Vec};

use motet_ir::{Expr as Ir, ExprKind as Kind, FuncIdx, GlobalIdx, Type, build};
use motet_source::Span;

use super::{
    Effect, Key, Lowerer, any_typed,
    frame::{Frame, FrameKind},
    is_unset, raise, share,
};
use crate::{ast::Ident, program::Import};

/// Files nested deeper than this are lowered at the end.
const MAX_NESTED: usize = 40;

impl<'a> Lowerer<'a> {
    /// `Import "path"`; nothing in functions.
    pub(super) fn import(&mut self, path: &'a str, span: Span) -> Ir {
        if self.frame().kind != FrameKind::Program {
            return build::nil(span);
        }
        let units = self.units;
        match units.get(self.unit).and_then(|u| u.imports.get(path)) {
            Some(Import::Unit(unit)) => self.run_unit(*unit, span),
            Some(Import::Failed(message)) => raise(message.as_str(), span),
            Some(Import::Absent) | None => build::nil(span),
        }
    }

    /// `Import system "name" as alias exposing a, b`.
    pub(super) fn import_system(
        &mut self,
        name: &'a str,
        alias: Option<Ident<'a>>,
        exposing: &'a [Ident<'a>],
        span: Span,
    ) -> Ir {
        if self.frame().kind != FrameKind::Program {
            return build::nil(span);
        }
        let units = self.units;
        let mut parts = Vec::new();
        let space = match units.get(self.unit).and_then(|u| u.systems.get(name)) {
            Some(Import::Unit(unit)) => {
                parts.push(self.run_unit(*unit, span));
                self.reaches.get(*unit).and_then(|r| r.space)
            }
            Some(Import::Failed(message)) => return raise(message.as_str(), span),
            Some(Import::Absent) | None => None,
        };
        self.modules.insert(name, (name, space));
        if let Some(alias) = alias {
            match self.modules.get(alias.text) {
                Some(&(other, _)) if other != name => {
                    parts.push(raise(format!("Alias '{}' already bound to module '{other}'", alias.text), alias.span));
                    return build::block(parts, span);
                }
                _ => {
                    self.modules.insert(alias.text, (name, space));
                }
            }
        }
        for symbol in exposing {
            let part = self.expose(name, space, *symbol);
            parts.push(part);
        }
        self.sequence(parts, span)
    }

    fn expose(&mut self, module: &'a str, space: Option<usize>, symbol: Ident<'a>) -> Ir {
        let (name, span) = (symbol.text, symbol.span);
        match self.exposed.get(name) {
            Some(&other) if other != module => {
                return raise(format!("Symbol '{name}' already exposed from module '{other}'"), span);
            }
            _ => self.exposed.insert(name, module),
        };
        let absent = raise(format!("Module '{module}' does not export '{name}'"), span);
        let Some(number) = space.and_then(|s| self.spaces.get(s)).and_then(|names| names.get(name)).copied() else {
            return absent;
        };
        let value = any_typed(Kind::GlobalOrUnset(self.globals[number].index), span);
        let value = if self.globals[number].sure {
            value
        } else {
            build::if_(is_unset(value.clone(), span), absent, value, span)
        };
        self.assign(name, share(value), span)
    }

    // ---- files

    /// Runs a file unless it ran.
    fn run_unit(&mut self, unit: usize, span: Span) -> Ir {
        let circular = || format!("Circular import detected: {}", self.units.get(unit).map_or("", |u| u.canonical));
        if unit == 0 {
            return raise(circular(), span);
        }
        let Some(reach) = self.reaches.get(unit).copied() else { return build::nil(span) };
        let certain = reach.sites == 1 || (self.conditional == 0 && self.import_depth < MAX_NESTED);
        let body = self.unit_body(unit);
        if reach.lowered {
            return self.run_again(unit, body, circular(), span);
        }
        if let Some(reach) = self.reaches.get_mut(unit) {
            reach.lowered = true;
        }
        if !certain || self.import_depth >= MAX_NESTED {
            self.deferred.push(unit);
            self.anything_assigned();
            return self.run_again(unit, body, circular(), span);
        }
        self.lower_unit(unit, body);
        let call = any_typed(Kind::Call(body, Vec::new()), span);
        if !self.whole {
            return self.run_again(unit, body, circular(), span);
        }
        if reach.sites == 1 {
            return self.sequence(vec![call], span);
        }
        let state = self.unit_state(unit);
        let begin = self.set_hidden(state, build::bool(true, span), span);
        let end = self.set_hidden(state, build::nil(span), span);
        build::block(vec![begin, call, end], span)
    }

    /// An import that may not be the first.
    fn run_again(&mut self, unit: usize, body: FuncIdx, circular: alloc::string::String, span: Span) -> Ir {
        let state = self.unit_state(unit);
        let read = || any_typed(Kind::GlobalOrUnset(state), span);
        let var = self.frame().temp("$error", Type::Any);
        let begin = self.set_hidden(state, build::bool(true, span), span);
        let end = self.set_hidden(state, build::nil(span), span);
        let forget = self.set_hidden(state, build::unset(span), span);
        let error = build::local(var, Type::Any, span);
        let rethrow = self.native_call("rethrow", Type::Nil, Effect::Reads, vec![error], span);
        let call = any_typed(Kind::Call(body, Vec::new()), span);
        let run = build::block(vec![call, end], span);
        let failed = build::block(vec![forget, rethrow], span);
        let protected = build::expr(Kind::Try { body: Box::new(run), var, handler: Box::new(failed) }, Type::Nil, span);
        let first = build::block(vec![begin, protected], span);
        let done = build::expr(Kind::IsNil(Box::new(read())), Type::Bool, span);
        let again = build::if_(done, build::nil(span), raise(circular, span), span);
        build::if_(is_unset(read(), span), first, again, span)
    }

    fn unit_body(&mut self, unit: usize) -> FuncIdx {
        if let Some(body) = self.reaches.get(unit).and_then(|r| r.body) {
            return body;
        }
        let body = self.tables.reserve_function();
        if let Some(reach) = self.reaches.get_mut(unit) {
            reach.body = Some(body);
        }
        body
    }

    fn unit_state(&mut self, unit: usize) -> GlobalIdx {
        if let Some(state) = self.reaches.get(unit).and_then(|r| r.state) {
            return state;
        }
        let path = self.units.get(unit).map_or("", |u| u.canonical);
        let state = self.tables.new_global(format!("$import {path}"));
        if let Some(reach) = self.reaches.get_mut(unit) {
            reach.state = Some(state);
        }
        state
    }

    /// Lowers a file as a function, with what is known here.
    fn lower_unit(&mut self, unit: usize, body: FuncIdx) {
        let units = self.units;
        let Some(source) = units.get(unit) else { return };
        let space = self.reaches.get(unit).and_then(|r| r.space).unwrap_or(0);
        let outside = (self.unit, self.space, self.loops);
        (self.unit, self.space, self.loops) = (unit, space, 0);
        self.import_depth += 1;
        self.begin_frame(Frame::new(FrameKind::Program, body));
        let mut parts: Vec<Ir> = source.program.body.iter().map(|s| self.statement(s)).collect();
        let span = Span::new(0, 0);
        parts.push(build::nil(span));
        let assigned: Vec<Key> = self.log.iter().copied().filter(|k| matches!(k, Key::Global(_))).collect();
        self.end_frame(&format!("<{}>", source.path), 0..=0, parts, span);
        self.log.extend(assigned);
        self.import_depth -= 1;
        (self.unit, self.space, self.loops) = outside;
    }

    /// Lowers the files that run nobody knows when.
    pub(super) fn deferred_units(&mut self) {
        self.conditional = 1;
        while let Some(unit) = self.deferred.pop() {
            for global in &mut self.globals {
                global.maybe = true;
                global.sure = false;
            }
            self.log.clear();
            self.import_depth = 0;
            let body = self.unit_body(unit);
            self.lower_unit(unit, body);
        }
    }
}

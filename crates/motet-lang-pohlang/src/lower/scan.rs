//! What the statements of a body assign and import, and the facts about globals
//! that follow from the whole program.

use alloc::{collections::BTreeMap, string::ToString, vec, vec::Vec};

use super::{GlobalName, Lowerer};
use crate::{
    ast::{Expr, ExprKind, Function, Stmt, StmtKind},
    program::Import,
};

/// What is assigned to a name.
#[derive(Clone, Copy)]
pub(super) enum Assigned<'a> {
    /// A function.
    Definition(&'a Function<'a>),
    /// A number written as such.
    Number(f64),
    /// Anything.
    Other,
}

/// Something that a body does.
#[derive(Clone, Copy)]
pub(super) enum Event<'a> {
    /// Assigns a name.
    Assign(&'a str, Assigned<'a>),
    /// Imports a file, by the text between the quotes.
    Import(&'a str),
    /// Imports a system module.
    System(&'a str),
}

/// Reports what the statements do themselves, and whether in a loop; function bodies and handlers of routes are left out.
pub(super) fn events<'a>(stmts: &'a [Stmt<'a>], in_loop: bool, f: &mut dyn FnMut(Event<'a>, bool)) {
    for stmt in stmts {
        match &stmt.kind {
            StmtKind::Set(name, value) => f(Event::Assign(name.text, of_value(value)), in_loop),
            StmtKind::Change(name, ..) | StmtKind::Ask { name, .. } => {
                f(Event::Assign(name.text, Assigned::Other), in_loop);
            }
            StmtKind::Define(function) => f(Event::Assign(function.name.text, Assigned::Definition(function)), in_loop),
            StmtKind::CreateServer(_) => f(Event::Assign("server", Assigned::Other), in_loop),
            StmtKind::If { then, otherwise, .. } => {
                events(then, in_loop, f);
                events(otherwise, in_loop, f);
            }
            StmtKind::While(_, body) | StmtKind::Repeat(_, body) => events(body, true, f),
            StmtKind::Try { body, handlers, finally } => {
                events(body, in_loop, f);
                for handler in handlers {
                    if let Some(name) = handler.name {
                        f(Event::Assign(name.text, Assigned::Other), in_loop);
                    }
                    events(&handler.body, in_loop, f);
                }
                if let Some(finally) = finally {
                    events(finally, in_loop, f);
                }
            }
            StmtKind::Import { path, .. } => f(Event::Import(path), in_loop),
            StmtKind::ImportSystem { name, exposing, .. } => {
                f(Event::System(name.text), in_loop);
                exposing.iter().for_each(|name| f(Event::Assign(name.text, Assigned::Other), in_loop));
            }
            StmtKind::Write(_)
            | StmtKind::Choose { .. }
            | StmtKind::Use(_)
            | StmtKind::Return(_)
            | StmtKind::Throw(_)
            | StmtKind::AddRoute { .. }
            | StmtKind::AddMiddleware { .. }
            | StmtKind::ServeStatic(_)
            | StmtKind::StartServer => {}
        }
    }
}

fn of_value<'a>(value: &Expr<'a>) -> Assigned<'a> {
    match value.kind {
        ExprKind::Number(n) => Assigned::Number(n),
        _ => Assigned::Other,
    }
}

impl<'a> Lowerer<'a> {
    /// Finds all globals, where files' names live, and how often each global is assigned. `session`: earlier modules
    /// assigned them, too.
    pub(super) fn scan_program(&mut self, session: bool) {
        let units = self.units;
        if let Some(main) = self.reaches.first_mut() {
            main.space = Some(0);
            main.lowered = true;
        }
        let mut found = vec![0];
        while let Some(u) = found.pop() {
            let (Some(unit), Some(space)) = (units.get(u), self.reaches.get(u).and_then(|r| r.space)) else { continue };
            events(&unit.program.body, false, &mut |event, in_loop| match event {
                Event::Assign(name, what) => self.scan_assignment(space, name, what, in_loop),
                Event::Import(path) => {
                    if let Some(Import::Unit(k)) = unit.imports.get(path) {
                        self.scan_import(*k, Some(space), in_loop, &mut found);
                    }
                }
                Event::System(name) => {
                    if let Some(Import::Unit(k)) = unit.systems.get(name) {
                        self.scan_import(*k, None, in_loop, &mut found);
                    }
                }
            });
        }
        for number in 0..self.globals.len() {
            if session {
                self.globals[number].sets = 2;
            } else if self.globals[number].sets == 1 && self.globals[number].definition.is_some() {
                self.globals[number].func = Some(self.tables.reserve_function());
            }
        }
    }

    /// `space`: where its names go, if it is the first to import the file; a new place if there is none.
    fn scan_import(&mut self, unit: usize, space: Option<usize>, in_loop: bool, found: &mut Vec<usize>) {
        let spaces = self.spaces.len();
        let Some(reach) = self.reaches.get_mut(unit) else { return };
        reach.sites += if in_loop { 2 } else { 1 };
        if reach.space.is_some() {
            return;
        }
        reach.space = Some(space.unwrap_or(spaces));
        if space.is_none() {
            self.spaces.push(BTreeMap::new());
        }
        found.push(unit);
    }

    fn scan_assignment(&mut self, space: usize, name: &'a str, what: Assigned<'a>, in_loop: bool) {
        let known = self.spaces.get(space).and_then(|names| names.get(name)).copied();
        let number = known.unwrap_or(self.globals.len());
        if known.is_none() {
            let index = self.tables.new_global(name.to_string());
            self.globals.push(GlobalName {
                index,
                sets: 0,
                definition: None,
                literal: None,
                func: None,
                sure: false,
                maybe: false,
            });
            if let Some(names) = self.spaces.get_mut(space) {
                names.insert(name, number);
            }
        }
        let global = &mut self.globals[number];
        global.sets = global.sets.saturating_add(if in_loop { 2 } else { 1 });
        match what {
            Assigned::Definition(function) => global.definition = Some(function),
            Assigned::Number(n) => global.literal = Some(n),
            Assigned::Other => {}
        }
    }

    /// Everything that the statements of a loop assign may hold a value when they run.
    pub(super) fn loop_assigns(&mut self, stmts: &'a [Stmt<'a>]) {
        let program = self.frame().kind == super::FrameKind::Program;
        events(stmts, true, &mut |event, _| match event {
            Event::Assign(name, _) if program => {
                if let Some(number) = self.global_named(name) {
                    self.globals[number].maybe = true;
                }
            }
            Event::Assign(name, _) => {
                let local = self.frame().declare(name);
                self.frame().mark_maybe(local);
            }
            Event::Import(_) | Event::System(_) if program => self.anything_assigned(),
            Event::Import(_) | Event::System(_) => {}
        });
    }

    /// Any global may hold a value from here on.
    pub(super) fn anything_assigned(&mut self) {
        self.globals.iter_mut().for_each(|g| g.maybe = true);
    }

    /// Gives the running function the variables that its statements assign.
    pub(super) fn declare_assigned(&mut self, stmts: &'a [Stmt<'a>]) {
        events(stmts, false, &mut |event, _| {
            if let Event::Assign(name, _) = event {
                self.frame().declare(name);
            }
        });
    }
}

//! Which parts of a new version take the place of which of the running one.
//!
//! A function of the new version takes over the id of the old one, and thereby everybody who holds or calls it, if file
//! and name are the same, it captures nothing, and whoever was compiled against the old signature may call it.

use alloc::{vec, vec::Vec};

use motet_bytecode::{Class, Const, FuncIdx, Function, Module, Type, instructions, operand::OperandKind};
use motet_runtime::{PartKey, Print, ReloadPlan, ReloadReport, match_parts};

use crate::load::is_shared_variant;

/// Compares two versions.
#[must_use]
pub fn plan(old: &Module, new: &Module) -> ReloadPlan {
    let (before, after) = (Names::of(old), Names::of(new));
    let successors =
        match_parts(&before.functions, &after.functions, &|i| before.print(old, FuncIdx(i as u32)), &|i| {
            after.print(new, FuncIdx(i as u32))
        });
    let globals = match_parts(&before.globals, &after.globals, &|_| 0, &|_| 0);
    let classes = match_classes(old, new);
    let mut plan = ReloadPlan { successors, globals, classes, ..ReloadPlan::default() };
    let same =
        |(n, o): (usize, &Option<usize>)| o.is_some_and(|o| same_fields(&plan, &old.classes[o], &new.classes[n]));
    plan.same_fields = plan.classes.iter().enumerate().map(same).collect();
    let heir = |(n, o): (usize, &Option<usize>)| o.filter(|&o| same_signature(&plan, (old, o), (new, n)));
    plan.heirs = plan.successors.iter().enumerate().map(heir).collect();
    plan
}

/// Whether a type of the old version is what the other is in the new one.
pub(super) fn same_type(plan: &ReloadPlan, old: Type, new: Type) -> bool {
    match (old, new) {
        (Type::Record(o), Type::Record(n)) => plan.classes[n.index()] == Some(o.index()),
        (old, new) => old == new,
    }
}

fn same_signature(plan: &ReloadPlan, old: (&Module, usize), new: (&Module, usize)) -> bool {
    let (o, n) = (&old.0.functions[old.1], &new.0.functions[new.1]);
    let params = |f: &Function| f.locals[..usize::from(f.params)].to_vec();
    o.captures.is_empty()
        && n.captures.is_empty()
        && o.kind == n.kind
        && (o.params, o.optional) == (n.params, n.optional)
        && old.0.languages[o.language as usize] == new.0.languages[n.language as usize]
        && same_type(plan, o.result, n.result)
        && params(o).into_iter().zip(params(n)).all(|(o, n)| same_type(plan, o, n))
}

/// Whether the fields of a class are what they were.
fn same_fields(plan: &ReloadPlan, old: &Class, new: &Class) -> bool {
    old.fields.len() == new.fields.len()
        && old.fields.iter().zip(&new.fields).all(|(o, n)| o.name == n.name && same_type(plan, o.ty, n.ty))
}

fn match_classes(old: &Module, new: &Module) -> Vec<Option<usize>> {
    fn keys(m: &Module) -> Vec<PartKey<'_>> {
        m.classes.iter().map(|c| PartKey { file: &m.languages[c.language as usize], name: &c.name }).collect()
    }
    let print = |m: &Module, i: usize| {
        let mut print = Print::default();
        m.classes[i].fields.iter().for_each(|f| print.bytes(f.name.as_bytes()));
        print.finish()
    };
    let mut found = match_parts(&keys(old), &keys(new), &|i| print(old, i), &|i| print(new, i));
    for (n, o) in found.iter_mut().enumerate() {
        // Variants that are the same everywhere are not the module's own.
        let own = |c: &Class| !is_shared_variant(c);
        *o = o.filter(|&o| {
            let (o, n) = (&old.classes[o], &new.classes[n]);
            o.kind == n.kind && own(o) && own(n)
        });
    }
    found
}

/// Names of functions that have none begin like this; as a key it stands for all of them.
const ANONYMOUS: &str = "<";
/// Deepest nesting of anonymous functions that is looked at for differences.
const NESTING: u32 = 8;

/// What the parts of a module are known by.
pub(super) struct Names<'a> {
    pub(super) functions: Vec<PartKey<'a>>,
    pub(super) globals: Vec<PartKey<'a>>,
}

impl<'a> Names<'a> {
    pub(super) fn of(m: &'a Module) -> Self {
        let file = |source: Option<u32>| {
            let sources = m.debug.as_ref().map_or(&[][..], |d| &d.sources);
            source.and_then(|s| sources.get(s as usize)).map_or("", |s| s.name.as_str())
        };
        let source = |i: usize| m.debug.as_ref().and_then(|d| d.functions.get(i)).map(|f| f.source);
        let functions = m.functions.iter().enumerate();
        let globals = m.globals.iter().enumerate();
        Self {
            functions: functions
                .map(|(i, f)| {
                    let named = FuncIdx(i as u32) == m.init || !f.name.starts_with(ANONYMOUS);
                    PartKey { file: file(source(i)), name: if named { &f.name } else { ANONYMOUS } }
                })
                .collect(),
            globals: globals
                .map(|(i, g)| PartKey { file: file(m.live.get(i).map(|l| l.source)), name: &g.name })
                .collect(),
        }
    }

    /// A hash over what a function says: equal in two versions if nobody can tell the difference by calling it.
    /// Anonymous functions are part of what contains them.
    pub(super) fn print(&self, m: &Module, func: FuncIdx) -> u64 {
        self.nested_print(m, func, NESTING)
    }

    fn nested_print(&self, m: &Module, func: FuncIdx, nesting: u32) -> u64 {
        let f = &m.functions[func.index()];
        let mut print = Print::default();
        let ty = |print: &mut Print, ty: Type| match ty {
            Type::Record(c) => print.bytes(m.classes[c.index()].name.as_bytes()),
            Type::Never => print.number(0),
            Type::Any => print.number(1),
            Type::Nil => print.number(2),
            Type::Bool => print.number(3),
            Type::Int => print.number(4),
            Type::Float => print.number(5),
            Type::Str => print.number(6),
            Type::List => print.number(7),
            Type::Map => print.number(8),
            Type::Func => print.number(9),
        };
        print
            .number(u64::from(f.optional) << 48 | u64::from(f.params) << 32 | u64::from(f.hidden) << 8 | f.kind as u64);
        print.bytes(m.languages[f.language as usize].as_bytes());
        for &t in f.locals.iter().chain(&f.captures).chain([&f.result]) {
            ty(&mut print, t);
        }
        for h in &f.handlers {
            print.number(u64::from(h.start) << 32 | u64::from(h.end));
            print.number(u64::from(h.handler) << 32 | u64::from(h.depth));
        }
        for op in instructions(&f.code) {
            let Ok((pc, op)) = op else { break };
            print.number(u64::from(f.code[pc as usize]));
            let index = |kind| op.operand(kind).map(|i| i as usize);
            let mut part = |key: &PartKey<'_>| {
                print.bytes(key.file.as_bytes());
                print.bytes(key.name.as_bytes());
            };
            if let Some(func) = index(OperandKind::Func) {
                part(&self.functions[func]);
                if self.functions[func].name == ANONYMOUS && nesting > 0 {
                    print.number(self.nested_print(m, FuncIdx(func as u32), nesting - 1));
                }
            } else if let Some(global) = index(OperandKind::Global) {
                part(&self.globals[global]);
            } else if let Some(k) = index(OperandKind::Const) {
                self.constant(m, k, &mut print);
            } else if let Some(class) = index(OperandKind::Class) {
                print.bytes(m.classes[class].name.as_bytes());
            } else if let Some(layout) = index(OperandKind::Layout) {
                let layout = &m.layouts[layout];
                print.bytes(m.classes[layout.class.index()].name.as_bytes());
                layout.names.iter().for_each(|n| print.bytes(n.as_bytes()));
            } else if let Some(native) = index(OperandKind::Native) {
                print.bytes(m.natives[native].name.as_bytes());
            }
            for kind in [
                OperandKind::Local,
                OperandKind::Capture,
                OperandKind::Label,
                OperandKind::Count,
                OperandKind::Slot,
                OperandKind::Imm,
                OperandKind::Kind,
            ] {
                if let Some(raw) = op.operand(kind) {
                    print.number(u64::from(raw));
                }
            }
        }
        print.finish()
    }

    fn constant(&self, m: &Module, index: usize, print: &mut Print) {
        match &m.constants[index] {
            Const::Nil => print.number(0),
            Const::Bool(b) => print.number(1 + u64::from(*b)),
            Const::Int(n) => {
                print.number(3);
                print.number(*n as u64);
            }
            Const::Float(x) => {
                print.number(4);
                print.number(x.to_bits());
            }
            Const::Str(s) => {
                print.number(5);
                print.bytes(s.as_bytes());
            }
            Const::Selector(s) => {
                print.number(6);
                print.bytes(s.as_bytes());
            }
            Const::Func(f) => {
                print.number(7);
                print.bytes(self.functions[f.index()].name.as_bytes());
            }
        }
    }
}

/// Enters the differences between the functions of two versions into a report. Library code and code that the compiler
/// made are left out.
pub fn report_functions(old: &Module, new: &Module, plan: &ReloadPlan, report: &mut ReloadReport) {
    let (before, after) = (Names::of(old), Names::of(new));
    let shown = |f: &Function| !f.hidden && !f.name.starts_with(ANONYMOUS);
    let mut stays = vec![false; old.functions.len()];
    let main = new.main.unwrap_or(new.init).index();
    report.main_changed = plan.successors[main] != Some(old.main.unwrap_or(old.init).index());
    for (i, f) in new.functions.iter().enumerate() {
        let Some(o) = plan.successors[i] else {
            if shown(f) {
                report.added.push(f.name.clone());
            }
            continue;
        };
        stays[o] = true;
        if before.print(old, FuncIdx(o as u32)) != after.print(new, FuncIdx(i as u32)) {
            report.main_changed |= i == main;
            if shown(f) {
                report.changed.push(f.name.clone());
            }
        }
    }
    let gone = old.functions.iter().zip(stays).filter(|(f, stays)| !stays && shown(f));
    report.removed = gone.map(|(f, _)| f.name.clone()).collect();
}

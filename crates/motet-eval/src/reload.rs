//! Replacement of a module by another version between runs.
//!
//! Frames hold their code, so suspended generators go on with theirs; what stands behind a function's id is what new
//! calls run. Ids of functions that are gone are not given to others.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use motet_ir::{FuncIdx, Module, Type};
use motet_runtime::{
    ClassId, ClassInfo, FuncId, FuncInfo, MigrationLog, NewField, ReloadPlan, ReloadReport, Reshaping, Shared, Stop,
    Symbol, TypeTag, Value, is_reload_hook, ops,
};

use crate::{
    Evaluator, LoadError, ModuleId,
    load::{Loaded, class_keys, initial},
    tree::Code,
};

/// Why the old version still runs.
pub type ReloadError = motet_runtime::ReloadError<LoadError>;

/// What it takes to put the old version back.
struct Undo {
    functions: Vec<(u32, Shared<Code>, FuncInfo)>,
    classes: Vec<(ClassId, ClassInfo)>,
    globals: Vec<(u32, Value)>,
    migration: MigrationLog,
}

impl Evaluator {
    /// Replaces a module; nothing may run. `plan` says what takes whose place, and `report` what differs between the
    /// functions. On any error the old version stays as it was, except for what initialisers and the reload hook of the new
    /// one changed in objects.
    ///
    /// # Errors
    /// See [`ReloadError`].
    pub fn reload(
        &mut self,
        id: ModuleId,
        module: Module,
        plan: &ReloadPlan,
        report: ReloadReport,
    ) -> Result<ReloadReport, ReloadError> {
        let mut report = report;
        let old = self.modules[id.0 as usize].current.clone().ok_or(ReloadError::Unloaded)?;
        motet_ir::check(&module).map_err(|e| ReloadError::Load(LoadError::Malformed(e)))?;
        let mut links = self.find_names(&module).map_err(ReloadError::Load)?;
        let (changes, typed) = self.changes(&old, &module, plan);
        let records = self.rt.plan_migration(&changes).map_err(ReloadError::Refused)?;

        // From here on things change.
        let mut undo = Undo {
            functions: self.retire_readers(&typed),
            classes: Vec::new(),
            globals: Vec::new(),
            migration: MigrationLog::default(),
        };
        let shapes = changes.iter().map(|c| (c.class, self.rt.classes.class(c.class).shape)).collect();
        for &o in plan.heirs.iter().flatten() {
            let at = old.links.funcs[o];
            undo.functions.push((at, self.codes[at as usize].clone(), self.rt.funcs[at as usize].clone()));
        }
        for (index, key) in class_keys(&module).into_iter().enumerate() {
            let class = match plan.classes[index].map(|o| old.links.classes[o]) {
                Some(class) => {
                    undo.classes.push((class, self.rt.classes.class(class).clone()));
                    if let Some(change) = changes.iter().find(|c| c.class == class) {
                        let fields: Vec<Symbol> = change.fields.iter().map(|f| f.name).collect();
                        self.rt.classes.redefine(class, &key, &fields, records.is_apart(class));
                    }
                    let info = self.rt.classes.class_mut(class);
                    info.methods.clear();
                    info.operators = false;
                    class
                }
                None => self.define_class(&module, index, &key, &links.languages),
            };
            links.classes.push(class);
        }
        let moved = changes.iter().filter(|c| records.has_records(c.class));
        report.migrated = moved.map(|c| String::from(&*self.rt.classes.class(c.class).name)).collect();
        undo.migration = self.rt.migrate(records, &changes, &shapes);
        let heirs = plan.heirs.iter();
        links.funcs = heirs.map(|o| o.map_or_else(|| self.new_func(), |o| old.links.funcs[o])).collect();
        let types: Vec<_> = module.globals.iter().map(|g| links.type_tag(g.ty)).collect();
        let place = |vm: &mut Self, i: usize| {
            let same =
                plan.globals[i].map(|o| old.links.globals[o]).filter(|&at| vm.global_types[at as usize] == types[i]);
            same.unwrap_or_else(|| vm.new_global())
        };
        links.globals = (0..types.len()).map(|i| place(self, i)).collect();
        let loaded = self.define(id, module, links);
        self.complete_classes(&loaded);
        let fresh = self.swap_globals(&old, &loaded, plan, &mut undo, &mut report);
        let entry = &mut self.modules[id.0 as usize];
        entry.current = Some(loaded.clone());
        let started = entry.started;
        let held = self.rt.hold(undo.globals.iter().map(|g| g.1).collect());
        let outcome = if started { self.greet(&loaded, &fresh) } else { Ok(()) };
        self.rt.let_go(held);
        let entry = &mut self.modules[id.0 as usize];
        match outcome {
            Ok(()) => {
                entry.version += 1;
                report.version = entry.version;
                self.rt.finish_migration(undo.migration);
                Ok(report)
            }
            Err(stop) => {
                entry.current = Some(old);
                for (at, code, info) in undo.functions.into_iter().rev() {
                    self.codes[at as usize] = code;
                    self.rt.funcs[at as usize] = info;
                }
                self.rt.unmigrate(undo.migration);
                for (class, info) in undo.classes {
                    self.rt.classes.restore(class, info);
                }
                for (at, value) in undo.globals {
                    self.globals[at as usize] = value;
                }
                Err(ReloadError::Stopped(stop))
            }
        }
    }

    /// Classes whose fields differ; those among them whose layouts code relies on.
    fn changes(&mut self, old: &Loaded, module: &Module, plan: &ReloadPlan) -> (Vec<Reshaping>, Vec<ClassId>) {
        let (mut changes, mut typed) = (Vec::new(), Vec::new());
        for (index, now) in module.classes.iter().enumerate() {
            let Some(o) = plan.classes[index].filter(|_| !plan.same_fields[index]) else { continue };
            let class = old.links.classes[o];
            let before = &old.module.classes[o];
            let mut fields = Vec::with_capacity(now.fields.len());
            for f in &now.fields {
                let same = |old: Type| match (old, f.ty) {
                    (Type::Record(o), Type::Record(n)) => plan.classes[n.index()] == Some(o.index()),
                    (old, new) => old == new,
                };
                let want = match f.ty {
                    // Of a class that is new there can be no records yet.
                    Type::Record(c) => Some(TypeTag::Record(
                        plan.classes[c.index()].map_or(ClassId(u32::MAX), |o| old.links.classes[o]),
                    )),
                    ty => old.links.type_tag(ty),
                };
                let kept = before.fields.iter().any(|b| b.name == f.name && same(b.ty));
                fields.push(NewField { name: self.rt.symbols.intern(&f.name), want, kept });
            }
            if before.fields.iter().chain(&now.fields).any(|f| f.ty != Type::Any) {
                typed.push(class);
            }
            changes.push(Reshaping { class, fields });
        }
        (changes, typed)
    }

    /// Makes functions that rely on the layouts of `classes` refuse to be called; those of the new version take their places
    /// afterwards. Returns what was there.
    fn retire_readers(&mut self, classes: &[ClassId]) -> Vec<(u32, Shared<Code>, FuncInfo)> {
        let mut retired = Vec::new();
        for at in 0..self.codes.len() {
            let code = &self.codes[at];
            if !code.layouts.iter().any(|c| classes.contains(c)) {
                continue;
            }
            let message = format!(
                "`{}` was replaced, and its old code does not know the fields that records have now",
                code.name
            );
            let stale = code.refusing(&message);
            retired.push((
                at as u32,
                core::mem::replace(&mut self.codes[at], Shared::new(stale)),
                self.rt.funcs[at].clone(),
            ));
        }
        retired
    }

    /// Carries values over; returns the globals that need a first value.
    fn swap_globals(
        &mut self,
        old: &Loaded,
        new: &Loaded,
        plan: &ReloadPlan,
        undo: &mut Undo,
        report: &mut ReloadReport,
    ) -> Vec<usize> {
        let mut stand_ins = BTreeMap::new();
        for (n, o) in plan.successors.iter().enumerate() {
            if let (Some(o), None, true) = (*o, plan.heirs[n], new.module.functions[n].captures.is_empty()) {
                stand_ins.insert(old.links.funcs[o], new.links.funcs[n]);
            }
        }
        let mut fresh = Vec::new();
        for (i, g) in new.module.globals.iter().enumerate() {
            let at = new.links.globals[i] as usize;
            let want = new.links.type_tag(g.ty);
            self.global_types[at] = want;
            self.global_names[at] = Shared::from(g.name.as_str());
            let Some(before) = plan.globals[i].map(|o| old.links.globals[o] as usize) else {
                self.globals[at] = initial(new, g);
                fresh.push(i);
                report.globals_new.push(g.name.clone());
                continue;
            };
            let mut value = self.globals[before];
            if before == at {
                undo.globals.push((at as u32, value));
            }
            if let Some(stand_in) = value.as_func().and_then(|f| stand_ins.get(&f.0)) {
                value = Value::func(FuncId(*stand_in));
            }
            let fits = value.is_unset() || want.is_none_or(|want| ops::passes_cast(&self.rt, value, want));
            self.globals[at] = if fits { value } else { initial(new, g) };
            if fits {
                report.globals_kept.push(g.name.clone());
            } else {
                fresh.push(i);
                report.globals_reset.push(g.name.clone());
            }
        }
        fresh
    }

    /// Runs the initialisers of `fresh` globals, then the reload hook.
    fn greet(&mut self, loaded: &Loaded, fresh: &[usize]) -> Result<(), Stop> {
        for &i in fresh {
            if let Some(initializer) = loaded.module.live.get(i).and_then(|l| l.initializer) {
                self.run(loaded.func(initializer), &[])?;
            }
        }
        let mut functions = loaded.module.functions.iter();
        let hook =
            functions.position(|f| is_reload_hook(&f.name) && f.params == 0 && f.captures.is_empty() && !f.hidden);
        if let Some(hook) = hook {
            self.run(loaded.func(FuncIdx(hook as u32)), &[])?;
        }
        Ok(())
    }

    /// Takes a module out of the registry. Its handle means nothing afterwards; functions of it that others hold stay
    /// callable.
    pub fn unload(&mut self, id: ModuleId) {
        self.modules[id.0 as usize].current = None;
    }

    /// Version (from 1) and functions of a module, and whether its program was begun; `None` if it was unloaded.
    #[must_use]
    pub fn module_state(&self, id: ModuleId) -> Option<(u32, usize, bool)> {
        let entry = self.modules.get(id.0 as usize)?;
        Some((entry.version, entry.current.as_ref()?.module.functions.len(), entry.started))
    }

    /// A module's `main` function, if it has one.
    #[must_use]
    pub fn main(&self, id: ModuleId) -> Option<Value> {
        Some(self.loaded(id).func(self.loaded(id).module.main?))
    }

    /// Gives every global of a module the value that it had before the program ran.
    pub fn reset_globals(&mut self, id: ModuleId) {
        let loaded = self.loaded(id).clone();
        for (g, &at) in loaded.module.globals.iter().zip(&loaded.links.globals) {
            self.globals[at as usize] = initial(&loaded, g);
        }
    }
}

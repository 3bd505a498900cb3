//! Replacement of a module by another version between runs.
//!
//! Frames hold their code, so suspended generators go on with theirs; what stands behind a function's id is what new
//! calls run. Ids of functions that are gone are not given to others.

use alloc::{collections::BTreeMap, vec::Vec};

use motet_ir::{FuncIdx, Module};
use motet_runtime::{
    ClassId, ClassInfo, FuncId, FuncInfo, ReloadPlan, ReloadReport, Shared, Stop, Symbol, Value, is_reload_hook, ops,
};

use crate::{
    Evaluator, LoadError, ModuleId,
    load::{Loaded, class_keys, initial},
    tree::Code,
};

/// Why the old version still runs.
#[derive(Debug)]
pub enum ReloadError {
    /// The isolate lacks something that the new version needs, or that is malformed.
    Load(LoadError),
    /// The module was unloaded.
    Unloaded,
    /// An initialiser or the reload hook of the new version stopped.
    Stopped(Stop),
}

/// What it takes to put the old version back.
struct Undo {
    functions: Vec<(u32, Shared<Code>, FuncInfo)>,
    classes: Vec<(ClassId, ClassInfo)>,
    globals: Vec<(u32, Value)>,
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

        // From here on things change.
        let mut undo = Undo { functions: Vec::new(), classes: Vec::new(), globals: Vec::new() };
        for &o in plan.heirs.iter().flatten() {
            let at = old.links.funcs[o];
            undo.functions.push((at, self.codes[at as usize].clone(), self.rt.funcs[at as usize].clone()));
        }
        for (index, key) in class_keys(&module).into_iter().enumerate() {
            let class = match plan.classes[index].map(|o| old.links.classes[o]) {
                Some(class) => {
                    undo.classes.push((class, self.rt.classes.class(class).clone()));
                    if !plan.same_fields[index] {
                        let fields = module.classes[index].fields.iter();
                        let fields: Vec<Symbol> = fields.map(|f| self.rt.symbols.intern(&f.name)).collect();
                        self.rt.classes.redefine(class, &key, &fields, false);
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
        self.add_methods(&loaded);
        let fresh = self.swap_globals(&old, &loaded, plan, &mut undo, &mut report);
        let entry = &mut self.modules[id.0 as usize];
        entry.current = Some(loaded.clone());
        let outcome = if entry.started { self.greet(&loaded, &fresh) } else { Ok(()) };
        let entry = &mut self.modules[id.0 as usize];
        match outcome {
            Ok(()) => {
                entry.version += 1;
                report.version = entry.version;
                Ok(report)
            }
            Err(stop) => {
                entry.current = Some(old);
                for (at, code, info) in undo.functions {
                    self.codes[at as usize] = code;
                    self.rt.funcs[at as usize] = info;
                }
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

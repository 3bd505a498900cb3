//! Replacement of a module by another version while its values, and possibly its calls, live on.
//!
//! A function id is an entry cell: calls, function values and inline caches name the id, so what stands behind it is what
//! they run. A function of the new version takes over the id of its predecessor ([`plan`]). Calls that run keep their
//! code: it moves to a *retired* id of its own, and their frames are told.
//!
//! Order: everything that can fail is tried before the first change, except guest code: initialisers of new globals and
//! the reload hook run with the new version in place, and if one of them raises, [`Undo`] puts the old one back.
//!
//! Invariants:
//! - an id, a global's place or a constant's place is given to somebody else only after [`reclaim`] proved that no
//!   frame, value or code that may still run refers to it;
//! - the places of the globals of one version have one static type for ever: a global whose type changed moves.
#![allow(unsafe_code)]

mod plan;
mod reach;
mod reclaim;

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use motet_bytecode::{Module, Type};
use motet_runtime::{
    ClassId, ClassInfo, FuncInfo, Held, MigrationLog, NewField, PlannedMigration, ReloadPlan, ReloadReport, Reshaping,
    ShapeId, Shared, Stop, Symbol, TypeTag, Value, is_reload_hook, ops,
};
use motet_verify::VerifiedModule;

use crate::{
    LoadError, ModuleId, Vm,
    load::{Loaded, initial},
    stack::{Frame, Stack},
    vm::{Code, CodeInfo},
};
pub use plan::{plan, report_functions};
pub use reclaim::TableSizes;
pub(crate) use reclaim::size_of_module;

/// Why the old version still runs.
pub type ReloadError = motet_runtime::ReloadError<LoadError>;

/// A module of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModuleState {
    /// Number of the version that runs, from 1.
    pub version: u32,
    /// Number of its functions.
    pub functions: usize,
    /// Bytes of its portable code.
    pub code_bytes: usize,
    /// Whether its program was begun.
    pub started: bool,
}

/// What stood behind an id.
struct Old {
    id: u32,
    code: Code,
    info: CodeInfo,
    func: FuncInfo,
    curious: Vec<Option<bool>>,
    /// The id that its frames name now.
    retired: Option<u32>,
}

/// What it takes to put the old version back.
#[derive(Default)]
struct Undo {
    functions: Vec<Old>,
    classes: Vec<(ClassId, ClassInfo)>,
    globals: Vec<(u32, Value)>,
    /// The values among these: initialisers may assign the globals.
    held: Held,
    migration: MigrationLog,
    /// Functions that were made to refuse calls.
    stale: Vec<u32>,
}

/// What becomes of calls that run while their module is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frames {
    /// They go on in their old code.
    Keep,
    /// The paused run is going to be given up, and the program starts over: initialisers and the hook run if it has a
    /// `main` function, else globals begin anew.
    Drop,
}

/// Classes that get other fields.
#[derive(Default)]
struct Changes {
    /// Index in the new version and key.
    keys: Vec<(usize, String)>,
    /// Their new fields, in the same order.
    reshaped: Vec<Reshaping>,
    /// Those whose layout code relies on.
    typed: BTreeSet<ClassId>,
}

impl Vm {
    /// Replaces a module. On any error the old version stays as it was, except for what initialisers and the reload hook
    /// of the new one changed in objects.
    ///
    /// # Errors
    /// See [`ReloadError`].
    pub fn reload(
        &mut self,
        id: ModuleId,
        module: Shared<VerifiedModule>,
        frames: Frames,
    ) -> Result<ReloadReport, ReloadError> {
        let old = self.modules[id.0 as usize].current.clone().ok_or(ReloadError::Unloaded)?;
        let m: &Module = &module;
        let languages = self.languages(m).map_err(ReloadError::Load)?;
        let natives = self.natives(m).map_err(ReloadError::Load)?;
        let plan = plan(&old.module, m);
        let mut report = ReloadReport::default();
        report_functions(&old.module, m, &plan, &mut report);
        self.sync_depth();
        let changes = self.changes(&old, m, &plan);
        let records = self.rt.plan_migration(&changes.reshaped).map_err(ReloadError::Refused)?;
        self.check_frames(&changes.typed, frames == Frames::Drop).map_err(ReloadError::Refused)?;

        // From here on things change.
        let mut undo = Undo { stale: self.retire_readers(&changes.typed), ..Undo::default() };
        let shapes = self.old_shapes(&changes);
        let classes = self.swap_classes(&old, m, &plan, &languages, &changes, &records, &mut undo);
        report.migrated = self.names_of(&changes, &records);
        undo.migration = self.rt.migrate(records, &changes.reshaped, &shapes);
        let funcs: Vec<u32> =
            plan.heirs.iter().map(|heir| heir.map_or_else(|| self.new_func(), |o| old.funcs[o])).collect();
        let types: Vec<_> = m.globals.iter().map(|g| self.type_tag(g.ty, &classes)).collect();
        let stays = |vm: &Self, i: usize| {
            let o = plan.globals[i]?;
            (vm.global_types[old.globals[o] as usize] == types[i]).then_some(old.globals[o])
        };
        let globals: Vec<u32> = (0..types.len()).map(|i| stays(self, i).unwrap_or_else(|| self.new_global())).collect();
        let loaded = self.link(id, module.clone(), languages, natives, funcs, globals, classes);
        self.swap_functions(&old, &loaded, &plan, &mut undo);
        self.swap_methods(&loaded);
        let fresh = self.swap_globals(&old, &loaded, &plan, &types, &mut undo, &mut report);
        undo.held = self.rt.hold(undo.globals.iter().map(|g| g.1).collect());
        let entry = &mut self.modules[id.0 as usize];
        entry.current = Some(loaded.clone());
        let runs_on = entry.started && (frames == Frames::Keep || m.main.is_some());
        self.refresh();

        let outcome = if runs_on { self.greet(&loaded, &fresh) } else { Ok(()) };
        if let Err(stop) = outcome {
            self.undo(undo, &old);
            self.refresh();
            self.forget_garbage(1);
            return Err(ReloadError::Stopped(stop));
        }
        let entry = &mut self.modules[id.0 as usize];
        entry.version += 1;
        report.version = entry.version;
        self.rt.let_go(core::mem::take(&mut undo.held));
        self.rt.finish_migration(core::mem::take(&mut undo.migration));
        drop((undo, old));
        self.forget_garbage(0);
        Ok(report)
    }

    /// Classes whose fields differ, and that are the module's own.
    fn changes(&mut self, old: &Loaded, m: &Module, plan: &ReloadPlan) -> Changes {
        let mut changes = Changes::default();
        let ids: Vec<Option<u32>> = plan.classes.iter().map(|o| o.map(|o| old.classes[o].0)).collect();
        for (index, key) in self.class_keys(m).into_iter().enumerate() {
            let Some(o) = plan.classes[index].filter(|_| !plan.same_fields[index]) else { continue };
            let class = ClassId(old.classes[o].0);
            if self.is_shared(class, old.id) {
                continue;
            }
            let (before, now) = (&old.module.classes[o], &m.classes[index]);
            let mut fields = Vec::with_capacity(now.fields.len());
            for f in &now.fields {
                let kept = before.fields.iter().any(|b| b.name == f.name && plan::same_type(plan, b.ty, f.ty));
                let name = self.rt.symbols.intern(&f.name);
                // Of a class that is new there can be no records yet.
                let want = match f.ty {
                    Type::Record(c) => Some(TypeTag::Record(ClassId(ids[c.index()].unwrap_or(u32::MAX)))),
                    ty => self.type_tag(ty, &[]),
                };
                fields.push(NewField { name, want, kept });
            }
            let typed = |c: &motet_bytecode::Class| c.fields.iter().any(|f| f.ty != Type::Any);
            if typed(before) || typed(now) {
                changes.typed.insert(class);
            }
            changes.keys.push((index, key));
            changes.reshaped.push(Reshaping { class, fields });
        }
        changes
    }

    /// Declared shapes of classes that are about to change.
    fn old_shapes(&self, changes: &Changes) -> BTreeMap<ClassId, ShapeId> {
        changes.reshaped.iter().map(|c| (c.class, self.rt.classes.class(c.class).shape)).collect()
    }

    /// Names of the classes that have records to move.
    fn names_of(&self, changes: &Changes, records: &PlannedMigration) -> Vec<String> {
        let moved = changes.reshaped.iter().filter(|c| records.has_records(c.class));
        moved.map(|c| String::from(&*self.rt.classes.class(c.class).name)).collect()
    }

    /// Classes that both versions have stay the same classes.
    #[allow(clippy::too_many_arguments)]
    fn swap_classes(
        &mut self,
        old: &Loaded,
        m: &Module,
        plan: &ReloadPlan,
        languages: &[u32],
        changes: &Changes,
        records: &PlannedMigration,
        undo: &mut Undo,
    ) -> Vec<(u32, u32)> {
        let mut classes = Vec::with_capacity(m.classes.len());
        for (index, key) in self.class_keys(m).into_iter().enumerate() {
            let Some(o) = plan.classes[index] else {
                classes.push(self.define_class(m, index, &key, languages));
                continue;
            };
            let class = ClassId(old.classes[o].0);
            let shared = self.is_shared(class, old.id);
            if shared && !plan.same_fields[index] {
                // Others rely on its fields.
                let key = format!("{key} of {}.{}", old.id.0, self.links + 1);
                classes.push(self.define_class(m, index, &key, languages));
                continue;
            }
            undo.classes.push((class, self.rt.classes.class(class).clone()));
            if let Some(change) = changes.reshaped.iter().find(|c| c.class == class) {
                let fields: Vec<Symbol> = change.fields.iter().map(|f| f.name).collect();
                self.rt.classes.redefine(class, &key, &fields, records.is_apart(class));
            }
            let info = self.rt.classes.class_mut(class);
            if !shared {
                info.methods.clear();
                info.operators = false;
            }
            classes.push((class.0, info.shape.0));
        }
        self.declare_field_types(m, &classes);
        classes
    }

    /// Whether a module other than `id` has the class.
    fn is_shared(&self, class: ClassId, id: ModuleId) -> bool {
        self.versions.iter().any(|v| v.id != id && v.classes.iter().any(|c| c.0 == class.0))
    }

    /// Puts the new version's functions behind their ids; code that runs moves to ids of its own.
    fn swap_functions(&mut self, old: &Shared<Loaded>, new: &Shared<Loaded>, plan: &ReloadPlan, undo: &mut Undo) {
        let mut active: BTreeMap<u32, u32> = BTreeMap::new();
        self.for_each_frame(&mut |frame| {
            active.insert(frame.func, frame.func);
        });
        let replaced = plan.heirs.iter().flatten().map(|&o| old.funcs[o]);
        let mut moved: BTreeMap<u32, u32> = BTreeMap::new();
        for id in replaced {
            let at = id as usize;
            let retired = active.contains_key(&id).then(|| self.new_func());
            let nobody = self.no_code();
            let mut old = Old {
                id,
                code: core::mem::replace(&mut self.codes[at], nobody),
                info: core::mem::take(&mut self.infos[at]),
                func: self.rt.funcs[at].clone(),
                curious: self.curious.get_mut(at).map(core::mem::take).unwrap_or_default(),
                retired,
            };
            if let Some(retired) = retired {
                moved.insert(id, retired);
                self.install(retired, &mut old);
            }
            undo.functions.push(old);
        }
        if !moved.is_empty() {
            self.for_each_frame(&mut |frame| {
                if let Some(retired) = moved.get(&frame.func) {
                    frame.func = *retired;
                }
            });
        }
        for i in 0..new.funcs.len() {
            self.define(new, i);
        }
    }

    /// Moves code behind an id.
    fn install(&mut self, id: u32, old: &mut Old) {
        let at = id as usize;
        let Code { entry, checks, regs, signature } = old.code;
        self.codes[at] = Code { entry, checks, regs, signature };
        self.infos[at] = core::mem::take(&mut old.info);
        self.rt.funcs[at] = old.func.clone();
        if !old.curious.is_empty() {
            let len = self.curious.len().max(at + 1);
            self.curious.resize_with(len, Default::default);
            self.curious[at] = core::mem::take(&mut old.curious);
        }
    }

    /// Methods of the new version; code that goes on must not remember those of the old one.
    fn swap_methods(&mut self, loaded: &Loaded) {
        self.add_methods(loaded);
        self.forget_sends();
    }

    /// Carries values over; returns the globals that need a first value.
    fn swap_globals(
        &mut self,
        old: &Shared<Loaded>,
        new: &Shared<Loaded>,
        plan: &ReloadPlan,
        types: &[Option<TypeTag>],
        undo: &mut Undo,
        report: &mut ReloadReport,
    ) -> Vec<usize> {
        // Functions of the old version whose ids nobody took over, and what stands in for them.
        let mut stand_ins = BTreeMap::new();
        for (n, o) in plan.successors.iter().enumerate() {
            if let Some(o) = *o
                && plan.heirs[n].is_none()
                && new.module.functions[n].captures.is_empty()
            {
                stand_ins.insert(old.funcs[o], new.funcs[n]);
            }
        }
        let mut fresh = Vec::new();
        for (i, g) in new.module.globals.iter().enumerate() {
            let at = new.globals[i] as usize;
            self.global_types[at] = types[i];
            self.global_names[at] = Shared::from(g.name.as_str());
            let before = plan.globals[i].map(|o| old.globals[o] as usize);
            let Some(before) = before else {
                self.globals[at] = initial(new, g);
                fresh.push(i);
                report.globals_new.push(g.name.clone());
                continue;
            };
            let mut value = self.globals[before];
            if before == at {
                undo.globals.push((at as u32, value));
            }
            if let Some(func) = value.as_func()
                && let Some(stand_in) = stand_ins.get(&func.0)
            {
                value = Value::func(motet_runtime::FuncId(*stand_in));
            }
            let fits = value.is_unset() || types[i].is_none_or(|want| ops::passes_cast(&self.rt, value, want));
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
    fn greet(&mut self, loaded: &Shared<Loaded>, fresh: &[usize]) -> Result<(), Stop> {
        for &i in fresh {
            if let Some(initializer) = loaded.module.live.get(i).and_then(|l| l.initializer) {
                self.run(loaded.func(initializer), &[])?;
            }
        }
        let m: &Module = &loaded.module;
        let hook = |f: &motet_bytecode::Function| {
            is_reload_hook(&f.name) && f.params == 0 && f.captures.is_empty() && !f.hidden
        };
        if let Some(hook) = m.functions.iter().position(hook) {
            self.run(loaded.func(motet_bytecode::FuncIdx(hook as u32)), &[])?;
        }
        Ok(())
    }

    /// Puts the old version back. Ids of the new one stay until nobody refers to them.
    fn undo(&mut self, undo: Undo, old: &Shared<Loaded>) {
        self.forget_sends();
        let mut moved = BTreeMap::new();
        for mut function in undo.functions {
            if let Some(retired) = function.retired {
                moved.insert(retired, function.id);
                let at = retired as usize;
                let nobody = self.no_code();
                function.code = core::mem::replace(&mut self.codes[at], nobody);
                function.info = core::mem::take(&mut self.infos[at]);
            }
            self.install(function.id, &mut function);
        }
        if !moved.is_empty() {
            self.for_each_frame(&mut |frame| {
                if let Some(id) = moved.get(&frame.func) {
                    frame.func = *id;
                }
            });
        }
        self.rt.let_go(undo.held);
        self.rt.unmigrate(undo.migration);
        for (class, info) in undo.classes {
            self.rt.classes.restore(class, info);
        }
        for id in undo.stale {
            self.set_stale(id, false);
        }
        for (at, value) in undo.globals {
            self.globals[at as usize] = value;
        }
        self.modules[old.id.0 as usize].current = Some(old.clone());
    }

    /// Every activation record: of the running fiber, of those that wait for it, of those that are suspended.
    pub(crate) fn for_each_frame(&mut self, f: &mut dyn FnMut(&mut Frame)) {
        self.for_each_stack(&mut |stack| stack.frames[..stack.depth].iter_mut().for_each(&mut *f));
    }

    /// Every stack but those of suspended fibers.
    pub(crate) fn for_each_running_stack(&mut self, f: &mut dyn FnMut(&mut Stack)) {
        self.sync_depth();
        f(&mut self.stack);
        self.resumers.iter_mut().for_each(|r| f(&mut r.stack));
        self.tasks.for_each_stack(f);
        if let Some(tasks) = &mut self.paused {
            tasks.for_each_stack(f);
        }
    }

    /// Every stack with frames.
    pub(crate) fn for_each_stack(&mut self, f: &mut dyn FnMut(&mut Stack)) {
        self.for_each_running_stack(f);
        for v in self.rt.heap.fibers() {
            let Some(fiber) = self.rt.heap.fiber_mut(v) else { continue };
            if let Some(mut stack) = fiber.take::<Stack>() {
                f(&mut stack);
                fiber.put(stack);
            }
        }
    }

    /// Takes a module out of the registry. Its handle means nothing afterwards; functions of it that others hold stay
    /// callable.
    pub fn unload(&mut self, id: ModuleId) {
        if self.modules[id.0 as usize].current.take().is_some() {
            self.forget_garbage(1);
        }
    }

    /// What the registry knows of a module; `None` if it was unloaded.
    #[must_use]
    pub fn module_state(&self, id: ModuleId) -> Option<ModuleState> {
        let entry = self.modules.get(id.0 as usize)?;
        let m: &Module = &entry.current.as_ref()?.module;
        Some(ModuleState {
            version: entry.version,
            functions: m.functions.len(),
            code_bytes: m.functions.iter().map(|f| f.code.len()).sum(),
            started: entry.started,
        })
    }

    /// A module's `main` function, if it has one.
    #[must_use]
    pub fn main(&self, id: ModuleId) -> Option<Value> {
        let loaded = self.loaded(id);
        Some(loaded.func(loaded.module.main?))
    }

    /// Gives every global of a module the value that it had before the program ran.
    pub fn reset_globals(&mut self, id: ModuleId) {
        let loaded = self.loaded(id).clone();
        for (g, &at) in loaded.module.globals.iter().zip(&loaded.globals) {
            self.globals[at as usize] = initial(&loaded, g);
        }
    }
}

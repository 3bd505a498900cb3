//! The evaluator's state, its host-facing API, and the main loop.

use alloc::{string::String, vec::Vec};

use motet_ir::Module;
use motet_runtime::{Control, Runtime, Shared, Stop, Trap, Value};

use crate::{
    load::{Entry, Loaded, ModuleId},
    stack::{Resumer, Stack},
    tasks::Tasks,
    tree::{Code, NodeIdx},
};

/// Units of work between two looks at the clock.
const CLOCK_SLICE: u64 = 4_096;

/// How the walk goes on.
pub(crate) enum Next {
    /// Evaluate this node of the running function.
    Eval(NodeIdx),
    /// Hand the value to the node that waits for it.
    Give(Value),
    /// A frame was pushed: evaluate its function's body.
    Called,
    /// Another frame is the newest one now: hand it the value.
    Switched(Value),
    /// Another frame is the newest one now: evaluate this node of it.
    Caught(NodeIdx),
    /// The outermost call returned.
    Done(Value),
}

/// What a piece of the walk leads to.
pub(crate) type Walk = Result<Next, Control>;

/// An isolate with the reference evaluator.
pub struct Evaluator {
    /// The isolate's state.
    pub rt: Runtime,
    pub(crate) stack: Stack,
    /// Fibers that wait for the running one, outermost first.
    pub(crate) resumers: Vec<Resumer>,
    /// Frames of `resumers`.
    pub(crate) outer_depth: usize,
    /// Who runs, and who waits.
    pub(crate) tasks: Tasks,
    /// The node that runs, for traces.
    pub(crate) at: NodeIdx,
    pub(crate) codes: Vec<Shared<Code>>,
    pub(crate) globals: Vec<Value>,
    pub(crate) global_names: Vec<Shared<str>>,
    /// What the host must prove of a value that it puts into a typed global.
    pub(crate) global_types: Vec<Option<motet_runtime::TypeTag>>,
    /// Of each version; the first part counts the functions that use them.
    pub(crate) constants: Vec<(Shared<()>, Vec<Value>)>,
    pub(crate) modules: Vec<Entry>,
    /// Result of the last run, kept alive for the host.
    pub(crate) result: Value,
    /// Work at which the clock is read next.
    next_clock: u64,
    /// Work at which another task takes over, or the run pauses.
    pub(crate) next_switch: u64,
    /// The tasks of a run that can be resumed.
    pub(crate) paused: Option<Tasks>,
    /// Whether the current run is paused, rather than given up, at a limit.
    pub(crate) resumable: bool,
    /// Whether the evaluator waits when every task does.
    pub(crate) patient: bool,
}

impl Evaluator {
    /// An evaluator for an isolate to which languages were added. Functions that were registered in it are forgotten.
    #[must_use]
    pub fn new(mut rt: Runtime) -> Self {
        rt.funcs.clear();
        Self {
            rt,
            stack: Stack::default(),
            resumers: Vec::new(),
            outer_depth: 0,
            tasks: Tasks::default(),
            at: NodeIdx(0),
            codes: Vec::new(),
            globals: Vec::new(),
            global_names: Vec::new(),
            global_types: Vec::new(),
            constants: Vec::new(),
            modules: Vec::new(),
            result: Value::NIL,
            next_clock: 0,
            next_switch: 0,
            paused: None,
            resumable: false,
            patient: true,
        }
    }

    /// Runs a module's init function: the program. Its value is the program's result.
    ///
    /// # Errors
    /// Why it stopped without a value.
    pub fn run_init(&mut self, module: ModuleId) -> Result<Value, Stop> {
        let func = self.init(module);
        self.run(func, &[])
    }

    /// A module's init function, for a run of the program.
    #[must_use]
    pub fn init(&mut self, module: ModuleId) -> Value {
        self.modules[module.0 as usize].started = true;
        let loaded = self.loaded(module);
        loaded.func(loaded.module.init)
    }

    /// Calls a value with arguments and runs until it returns. The result stays alive until the next run.
    ///
    /// # Errors
    /// Why it stopped without a value.
    pub fn run(&mut self, callee: Value, args: &[Value]) -> Result<Value, Stop> {
        self.abandon();
        self.result = Value::NIL;
        let step = self.request(callee, args.to_vec());
        let outcome = self.walk(step);
        self.finish_run(outcome)
    }

    /// Keeps the result for the host.
    pub(crate) fn finish_run(&mut self, outcome: Result<Value, Stop>) -> Result<Value, Stop> {
        self.abandon();
        self.result = *outcome.as_ref().unwrap_or(&Value::NIL);
        outcome
    }

    /// Titles of a module's tests, and what runs each.
    #[must_use]
    pub fn tests(&self, module: ModuleId) -> Vec<(String, Value)> {
        let loaded = self.loaded(module);
        loaded.module.tests.iter().map(|t| (t.name.clone(), loaded.func(t.func))).collect()
    }

    /// The module behind an id.
    #[must_use]
    pub fn module(&self, module: ModuleId) -> &Shared<Module> {
        &self.loaded(module).module
    }

    /// The current version of a module.
    pub(crate) fn loaded(&self, module: ModuleId) -> &Shared<Loaded> {
        self.modules[module.0 as usize].current.as_ref().expect("the facade asks for modules that are loaded")
    }

    /// Value of a module's global by name; `None` when there is none or it is unset.
    #[must_use]
    pub fn global(&self, module: ModuleId, name: &str) -> Option<Value> {
        let v = self.globals[self.global_index(module, name)?];
        (!v.is_unset()).then_some(v)
    }

    /// A function of a module by name: the first that needs no captured variables and is no library code.
    #[must_use]
    pub fn function(&self, module: ModuleId, name: &str) -> Option<Value> {
        let loaded = self.loaded(module);
        let functions = &loaded.module.functions;
        let found = functions.iter().position(|f| f.name == name && f.captures.is_empty() && !f.hidden)?;
        Some(loaded.func(motet_ir::FuncIdx(found as u32)))
    }

    /// Presets a module's global by name; false when it has none, or one of another type.
    pub fn set_global(&mut self, module: ModuleId, name: &str, value: Value) -> bool {
        let Some(i) = self.global_index(module, name) else { return false };
        if !motet_runtime::ops::global_takes(&self.rt, self.global_types[i], value) {
            return false;
        }
        self.globals[i] = value;
        true
    }

    /// Names and values of a module's globals that hold a value.
    #[must_use]
    pub fn global_values(&self, module: ModuleId) -> Vec<(String, Value)> {
        let loaded = self.loaded(module);
        let names = loaded.module.globals.iter().map(|g| g.name.clone());
        let values = loaded.links.globals.iter().map(|&at| self.globals[at as usize]);
        names.zip(values).filter(|(_, v)| !v.is_unset()).collect()
    }

    /// All globals of a module by position.
    #[must_use]
    pub fn all_globals(&self, module: ModuleId) -> Vec<Value> {
        self.loaded(module).links.globals.iter().map(|&at| self.globals[at as usize]).collect()
    }

    /// Presets all globals of a module by position; false (and nothing happens) when their number or a type differs.
    pub fn set_all_globals(&mut self, module: ModuleId, values: &[Value]) -> bool {
        let places = self.loaded(module).links.globals.clone();
        motet_runtime::ops::preset_globals(&self.rt, &self.global_types, &mut self.globals, &places, values)
    }

    fn global_index(&self, module: ModuleId, name: &str) -> Option<usize> {
        let loaded = self.loaded(module);
        let index = loaded.module.globals.iter().rposition(|g| g.name == name)?;
        Some(loaded.links.globals[index] as usize)
    }

    /// Asks for a collection at every safepoint.
    pub fn set_gc_stress(&mut self, on: bool) {
        self.rt.heap.set_stress(on);
    }

    /// Drops whatever an earlier run left.
    pub(crate) fn abandon(&mut self) {
        self.stack.clear();
        self.resumers.clear();
        self.outer_depth = 0;
        self.tasks = Tasks::default();
        self.at = NodeIdx(0);
        self.rt.enter_task(0);
        self.rt.kept.clear();
        self.next_clock = 0;
        self.next_switch = u64::MAX;
        self.resumable = false;
        self.patient = true;
    }

    /// Goes on from a step until the run ends or is paused.
    pub(crate) fn walk(&mut self, step: Walk) -> Result<Value, Stop> {
        let mut step = step;
        let mut code: Option<Shared<Code>> = None;
        loop {
            let next = match step {
                Ok(next) => next,
                Err(control) => self.recover(control)?,
            };
            step = match (next, &code) {
                (Next::Eval(n), Some(_)) if self.rt.charged >= self.next_switch => {
                    if let Some(stop) = self.pause(n) {
                        return Err(stop);
                    }
                    self.give_way(n)
                }
                (Next::Eval(n), Some(code)) => self.eval(code, n),
                (Next::Give(v), Some(code)) => self.give(code, v),
                (Next::Called, _) => {
                    let callee = self.running();
                    let root = callee.as_ref().map_or(NodeIdx(0), |c| c.root);
                    code = callee;
                    Ok(Next::Eval(root))
                }
                (Next::Switched(v), _) => {
                    code = self.running();
                    Ok(Next::Give(v))
                }
                (Next::Caught(n), _) => {
                    code = self.running();
                    Ok(Next::Eval(n))
                }
                (Next::Done(v), _) if self.tasks.schedule.runs_first() => return Ok(v),
                (Next::Done(v), _) => self.finish_task(Ok(v)),
                // No function was ever entered: a chain of callbacks ended in native code.
                (Next::Give(v), None) => Ok(Next::Done(v)),
                (Next::Eval(_), None) => Err(Control::Trap(Trap::Corrupt)),
            };
        }
    }

    /// The function that runs.
    pub(crate) fn running(&self) -> Option<Shared<Code>> {
        self.stack.frames.last().map(|f| f.code.clone())
    }

    /// Language of the function that runs.
    pub(crate) fn language(&self) -> u32 {
        self.stack.frames.last().map_or(0, |f| f.code.language)
    }

    /// Books one unit of work; looks at fuel and deadline.
    ///
    /// # Errors
    /// The trap, when a limit is reached.
    pub(crate) fn unit(&mut self) -> Result<(), Control> {
        if self.rt.limits.fuel.is_some_and(|fuel| self.rt.charged >= fuel) {
            return Err(Control::Trap(Trap::OutOfFuel));
        }
        self.rt.charged = self.rt.charged.saturating_add(1);
        if self.rt.charged >= self.next_clock {
            self.next_clock = self.rt.charged.saturating_add(CLOCK_SLICE);
            self.limits()?;
        }
        Ok(())
    }

    /// Looks at the clock.
    ///
    /// # Errors
    /// The trap, when the deadline has passed.
    pub(crate) fn limits(&mut self) -> Result<(), Control> {
        if let Some(deadline) = self.rt.limits.deadline_nanos
            && self.rt.host.monotonic_nanos() >= deadline
        {
            return Err(Control::Trap(Trap::Deadline));
        }
        if self.rt.is_interrupted() {
            return Err(Control::Trap(Trap::Interrupted));
        }
        Ok(())
    }
}

//! The machine's state and its host-facing API.
#![allow(unsafe_code)]

use alloc::{boxed::Box, vec, vec::Vec};
use core::ptr;

use motet_bytecode::{FuncIdx, Module};
use motet_regcode::{Link, Op, RegFunction, translate};
use motet_runtime::{
    Control, FuncId, FuncKind, Heap, QUANTUM, Runtime, Shared, Stop, Tag, Thrown, TraceFrame, Trap, TypeTag, Value,
};
use motet_verify::VerifiedModule;

use crate::{
    ModuleId,
    interp::dispatch,
    load::{Entry, Loaded},
    profile::Probe,
    stack::{Frame, Stack},
    tasks::Tasks,
};

/// Units of work between two looks at limits, when none is near.
const SLICE: u64 = 10_000;
/// Registers and frames that a machine starts with.
pub(crate) const FIRST_REGS: usize = if size_of::<usize>() > 4 { 4096 } else { 256 };
pub(crate) const FIRST_FRAMES: usize = if size_of::<usize>() > 4 { 256 } else { 64 };
/// Most frames that a trace lists: the innermost ones.
pub(crate) const MAX_TRACE: usize = 1_000;

/// What calls need of a function.
#[repr(C)]
pub(crate) struct Code {
    /// First instruction: the code, or a stub.
    pub(crate) entry: *mut u64,
    /// What dynamic calls must prove of the arguments; as many as `signature` says.
    pub(crate) checks: *const ParamCheck,
    /// Registers of a frame.
    pub(crate) regs: u32,
    /// Number of parameters; above it, in the upper half, the number of `checks`.
    pub(crate) signature: u32,
}

/// A typed parameter: a dynamic call must prove the argument's kind.
#[derive(Clone, Copy)]
pub(crate) struct ParamCheck {
    pub(crate) index: u16,
    /// Tag of the kind's values; [`ParamCheck::CALLABLE`] for functions, which have several.
    pub(crate) tag: u16,
    /// For records: the shape of the class's declared layout.
    pub(crate) shape: u32,
}

impl ParamCheck {
    /// Stands for the tags of functions, native functions and closures.
    pub(crate) const CALLABLE: u16 = u16::MAX;

    /// The check for a kind.
    pub(crate) fn new(rt: &Runtime, index: usize, want: TypeTag) -> Self {
        let (tag, shape) = match want {
            TypeTag::Nil => (Tag::Nil as u16, 0),
            TypeTag::Bool => (Tag::Bool as u16, 0),
            TypeTag::Int => (Tag::Int as u16, 0),
            TypeTag::Float => (Tag::Float as u16, 0),
            TypeTag::Str => (Tag::Str as u16, 0),
            TypeTag::List => (Tag::List as u16, 0),
            TypeTag::Map => (Tag::Map as u16, 0),
            TypeTag::Record(class) => (Tag::Record as u16, rt.classes.class(class).shape.0),
            TypeTag::Func => (Self::CALLABLE, 0),
        };
        Self { index: index as u16, tag, shape }
    }

    /// Whether the argument passes; as `motet_runtime::ops::passes_cast`.
    ///
    /// # Safety
    /// `args` points to values, more than `index` of them; heap values are live.
    #[inline(always)]
    pub(crate) unsafe fn passes(self, args: *const Value) -> bool {
        // SAFETY: by the caller's promise; only records have a shape.
        unsafe {
            let v = &*args.add(usize::from(self.index));
            match self.tag {
                Self::CALLABLE => v.is_callable(),
                tag if v.tag() as u16 != tag => false,
                tag => tag != Tag::Record as u16 || Heap::shape_unchecked(*v).0 == self.shape,
            }
        }
    }
}

/// What everybody else needs. Without `loaded` the id belongs to no function.
#[derive(Default)]
pub(crate) struct CodeInfo {
    /// The version that the function is part of.
    pub(crate) loaded: Option<Shared<Loaded>>,
    pub(crate) func: u32,
    pub(crate) language: u32,
    /// See [`motet_runtime::Semantics::promotes`].
    pub(crate) promotes: bool,
    /// See [`motet_runtime::Semantics::zero_is_false`].
    pub(crate) zero_is_false: bool,
    /// See [`motet_runtime::Semantics::cuts_indices`].
    pub(crate) cuts_indices: bool,
    pub(crate) kind: FuncKind,
    /// Typed parameters: position and kind that dynamic calls must prove.
    pub(crate) params: Vec<(usize, TypeTag)>,
    /// The same, for the fast path: what `Code::checks` points to.
    #[allow(dead_code)]
    pub(crate) checks: Box<[ParamCheck]>,
    /// Whether the code relies on the layout that a class had before: it must not be entered.
    pub(crate) stale: bool,
    /// The code, once translated.
    pub(crate) reg: Option<RegFunction>,
}

/// A fiber that waits for a generator it resumed.
pub(crate) struct Resumer {
    pub(crate) stack: Box<Stack>,
    /// The generator that runs meanwhile.
    pub(crate) fiber: Value,
}

/// What the stacks of all [`Vm::resumers`] take together; `bytes` leaves out the outermost one, which the collector
/// shrinks by and by.
#[derive(Default)]
pub(crate) struct Outer {
    pub(crate) frames: usize,
    pub(crate) bytes: usize,
}

impl Outer {
    /// The last of `resumers` becomes the current stack again.
    #[inline(always)]
    pub(crate) fn leave(&mut self, stack: &Stack, resumers: &[Resumer]) {
        self.frames = self.frames.saturating_sub(stack.depth);
        self.bytes = if resumers.is_empty() { 0 } else { self.bytes.saturating_sub(stack.bytes()) };
    }
}

/// Counters of a machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct VmStats {
    /// Calls and loop turns.
    pub work: u64,
    /// Functions translated.
    pub translated: u64,
    /// Most heap bytes in use before a collection; [`Vm::stats`] also looks at what is in use now.
    pub peak_heap: usize,
    /// Heap bytes that collections gave back.
    pub released: u64,
}

/// An isolate with its interpreter.
#[repr(C)]
pub struct Vm {
    // What handlers touch comes first.
    pub(crate) budget: i64,
    pub(crate) frame: *mut Frame,
    pub(crate) frame_end: *mut Frame,
    pub(crate) stack_end: *mut Value,
    pub(crate) codes_ptr: *const Code,
    pub(crate) globals_ptr: *mut Value,
    pub(crate) consts_ptr: *const Value,
    pub(crate) pc: *mut u64,
    pub(crate) base: *mut Value,
    /// The accumulator between two handlers, where they do not call each other.
    #[cfg(not(motet_tail_calls))]
    pub(crate) accumulator: f64,
    /// Result of the outermost call, of a generator's body, of an async body.
    pub(crate) result: Box<Value>,
    /// The isolate's state.
    pub rt: Runtime,
    pub(crate) stack: Box<Stack>,
    pub(crate) resumers: Vec<Resumer>,
    /// Stacks of generators that ended, for new ones.
    #[allow(clippy::vec_box)]
    pub(crate) spare: Vec<Box<Stack>>,
    /// Finished collections.
    pub(crate) collections: u64,
    /// Active calls at a throw; empty in between.
    pub(crate) calls: Vec<FuncId>,
    /// By function and handler: whether its exceptions need the active calls, as far as known.
    pub(crate) curious: Vec<Vec<Option<bool>>>,
    pub(crate) outer: Outer,
    pub(crate) tasks: Tasks,
    /// The tasks of a run that can be resumed.
    pub(crate) paused: Option<Tasks>,
    /// Whether the current run is paused, rather than given up, at a limit.
    pub(crate) resumable: bool,
    /// Whether the machine waits when every task does.
    pub(crate) patient: bool,
    pub(crate) codes: Vec<Code>,
    pub(crate) infos: Vec<CodeInfo>,
    pub(crate) globals: Vec<Value>,
    pub(crate) global_names: Vec<Shared<str>>,
    pub(crate) global_types: Vec<Option<TypeTag>>,
    pub(crate) consts: Vec<Value>,
    pub(crate) permutations: Vec<Vec<u16>>,
    pub(crate) native_results: Vec<Option<TypeTag>>,
    /// The registry, by [`ModuleId`].
    pub(crate) modules: Vec<Entry>,
    /// Every version that something may still use.
    pub(crate) versions: Vec<Shared<Loaded>>,
    /// Versions that there ever were.
    pub(crate) links: u64,
    /// Bytes of replaced versions at which it pays to look who needs them.
    pub(crate) reclaim_at: usize,
    /// About how much memory the texts take that programs compiled, those included that are gone since it was last looked at.
    pub(crate) text_bytes: usize,
    /// Ids, places of globals and constants that nothing refers to.
    pub(crate) free_funcs: Vec<u32>,
    pub(crate) free_globals: Vec<u32>,
    pub(crate) free_consts: Vec<u32>,
    /// One word per op, for stubs and special return addresses.
    pub(crate) stubs: Box<[u64]>,
    pub(crate) slice: i64,
    pub(crate) outcome: Option<Stop>,
    pub(crate) stats: VmStats,
    /// What sends remember.
    pub(crate) methods: crate::methods::Methods,
    /// What is measured, if anything is.
    pub(crate) probe: Option<Box<Probe>>,
    /// Short instructions until the next look at the clock, while the machine samples.
    pub(crate) countdown: i64,
}

// SAFETY: all raw pointers lead into what the machine owns: code, stacks, tables, the result. Where it lies in memory
// does not matter to them, and nothing else keeps such pointers. What it owns besides is `Send`, which
// `owned_parts_can_move` proves.
#[cfg(target_has_atomic = "ptr")]
unsafe impl Send for Vm {}

/// Does not compile unless everything that a machine owns, but for pointers into itself, is `Send`.
#[cfg(target_has_atomic = "ptr")]
const _: () = {
    const fn can_move<T: Send>(_: fn(&Vm) -> &T) {}
    can_move(|vm| &vm.rt);
    can_move(|vm| &vm.result);
    can_move(|vm| &vm.stack);
    can_move(|vm| &vm.spare);
    can_move(|vm| &vm.modules);
    can_move(|vm| &vm.infos);
    can_move(|vm| &vm.globals);
    can_move(|vm| &vm.outcome);
    const fn is_send<T: Send>() {}
    is_send::<crate::profile::Clock>();
    is_send::<motet_runtime::Stop>();
};

impl Vm {
    /// A machine for an isolate to which languages were added.
    #[must_use]
    pub fn new(rt: Runtime) -> Self {
        let mut vm = Self {
            budget: 0,
            frame: ptr::null_mut(),
            frame_end: ptr::null_mut(),
            stack_end: ptr::null_mut(),
            codes_ptr: ptr::null(),
            globals_ptr: ptr::null_mut(),
            consts_ptr: ptr::null(),
            pc: ptr::null_mut(),
            base: ptr::null_mut(),
            #[cfg(not(motet_tail_calls))]
            accumulator: 0.0,
            result: Box::new(Value::NIL),
            rt,
            stack: Box::new(Stack::new(FIRST_REGS, FIRST_FRAMES)),
            resumers: Vec::new(),
            spare: Vec::new(),
            collections: 0,
            calls: Vec::new(),
            curious: Vec::new(),
            outer: Outer::default(),
            tasks: Tasks::default(),
            paused: None,
            resumable: false,
            patient: true,
            codes: Vec::new(),
            infos: Vec::new(),
            globals: Vec::new(),
            global_names: Vec::new(),
            global_types: Vec::new(),
            consts: Vec::new(),
            permutations: Vec::new(),
            native_results: Vec::new(),
            modules: Vec::new(),
            versions: Vec::new(),
            links: 0,
            reclaim_at: 0,
            text_bytes: 0,
            free_funcs: Vec::new(),
            free_globals: Vec::new(),
            free_consts: Vec::new(),
            stubs: (0..Op::ALL.len() as u64).collect(),
            slice: 0,
            outcome: None,
            stats: VmStats::default(),
            methods: crate::methods::Methods::default(),
            probe: None,
            countdown: i64::MAX,
        };
        // Function ids of the runtime and of the machine agree from the start.
        vm.rt.funcs.clear();
        vm.refresh();
        vm
    }

    /// Repairs the cached pointers after tables or the current stack changed.
    pub(crate) fn refresh(&mut self) {
        self.codes_ptr = self.codes.as_ptr();
        self.globals_ptr = self.globals.as_mut_ptr();
        self.consts_ptr = self.consts.as_ptr();
        self.enter_stack();
    }

    /// Takes over `self.stack` as the current stack.
    #[inline(always)]
    pub(crate) fn enter_stack(&mut self) {
        let stack = &mut self.stack;
        let frames = stack.frames.as_mut_ptr();
        // One below the first frame when none is in use: never read.
        self.frame = frames.wrapping_add(stack.depth).wrapping_sub(1);
        self.frame_end = frames.wrapping_add(stack.frames.len());
        self.stack_end = stack.regs.as_mut_ptr().wrapping_add(stack.regs.len());
    }

    /// Writes the cached frame pointer back into `self.stack`.
    pub(crate) fn sync_depth(&mut self) {
        self.stack.depth = self.stack_depth();
    }

    /// Address of the stub or return address for an op without operands.
    pub(crate) fn stub(&mut self, op: Op) -> *mut u64 {
        &raw mut self.stubs[op as usize]
    }

    /// Address of the result, which stays the same when the machine moves.
    pub(crate) fn result_ptr(&mut self) -> *mut Value {
        &raw mut *self.result
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

    /// Titles of a module's tests, and what runs each.
    #[must_use]
    pub fn tests(&self, module: ModuleId) -> Vec<(alloc::string::String, Value)> {
        let loaded = self.loaded(module);
        loaded.module.tests.iter().map(|t| (t.name.clone(), loaded.func(t.func))).collect()
    }

    /// The verified module behind an id.
    #[must_use]
    pub fn module(&self, module: ModuleId) -> &Shared<VerifiedModule> {
        &self.loaded(module).module
    }

    /// The current version of a module.
    pub(crate) fn loaded(&self, module: ModuleId) -> &Shared<Loaded> {
        self.modules[module.0 as usize].current.as_ref().expect("the facade asks for modules that are loaded")
    }

    /// Value of a module's global by name; `None` when there is none or it is unset.
    #[must_use]
    pub fn global(&self, module: ModuleId, name: &str) -> Option<Value> {
        let i = self.global_index(module, name)?;
        let v = self.globals[i];
        (!v.is_unset()).then_some(v)
    }

    /// A function of a module by name: the first that needs no captured variables and is no library code.
    #[must_use]
    pub fn function(&self, module: ModuleId, name: &str) -> Option<Value> {
        let loaded = self.loaded(module);
        let m: &Module = &loaded.module;
        let found = m.functions.iter().position(|f| f.name == name && f.captures.is_empty() && !f.hidden)?;
        Some(loaded.func(FuncIdx(found as u32)))
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

    /// Names of a module's globals that hold a value.
    #[must_use]
    pub fn global_values(&self, module: ModuleId) -> Vec<(alloc::string::String, Value)> {
        let loaded = self.loaded(module);
        let m: &Module = &loaded.module;
        let value = |i: usize| self.globals[loaded.globals[i] as usize];
        (0..m.globals.len()).filter(|&i| !value(i).is_unset()).map(|i| (m.globals[i].name.clone(), value(i))).collect()
    }

    /// All globals of a module by position.
    #[must_use]
    pub fn all_globals(&self, module: ModuleId) -> Vec<Value> {
        self.loaded(module).globals.iter().map(|&at| self.globals[at as usize]).collect()
    }

    /// Presets all globals of a module by position; false (and nothing happens) when their number or a type differs.
    pub fn set_all_globals(&mut self, module: ModuleId, values: &[Value]) -> bool {
        let places = self.loaded(module).globals.clone();
        motet_runtime::ops::preset_globals(&self.rt, &self.global_types, &mut self.globals, &places, values)
    }

    fn global_index(&self, module: ModuleId, name: &str) -> Option<usize> {
        let loaded = self.loaded(module);
        let m: &Module = &loaded.module;
        m.globals.iter().rposition(|g| g.name == name).map(|i| loaded.globals[i] as usize)
    }

    /// Calls a value with arguments and runs until it returns.
    ///
    /// # Errors
    /// Why it stopped without a value.
    pub fn run(&mut self, callee: Value, args: &[Value]) -> Result<Value, Stop> {
        self.prepare();
        let base = self.stack.regs.as_mut_ptr();
        let halt = self.stub(Op::Halt);
        let result = self.result_ptr();
        let next = self.call_at(callee, args.to_vec(), halt, result, 0, halt, base);
        self.go(next)
    }

    /// Forgets the last run, except for one that is paused.
    pub(crate) fn prepare(&mut self) {
        self.outcome = None;
        *self.result = Value::NIL;
        self.rt.enter_task(0);
        self.rt.kept.clear();
        self.resumable = false;
        self.drop_tasks();
        self.budget = 0;
        self.slice = 0;
    }

    /// Runs from an instruction on until the run ends or is paused.
    pub(crate) fn go(&mut self, next: crate::calls::Next) -> Result<Value, Stop> {
        (self.pc, self.base) = next;
        self.look_at_methods();
        self.probe_run();
        dispatch(self);
        self.spend();
        self.drop_tasks();
        match self.outcome.take() {
            None => Ok(*self.result),
            Some(stop) => Err(stop),
        }
    }

    /// Counters.
    #[must_use]
    pub fn stats(&self) -> VmStats {
        VmStats { peak_heap: self.stats.peak_heap.max(self.rt.heap.bytes()), ..self.stats }
    }

    /// Asks every collection to happen at every safepoint.
    pub fn set_gc_stress(&mut self, on: bool) {
        self.rt.heap.set_stress(on);
    }

    /// Books the work done since the last look.
    fn spend(&mut self) {
        let done = (self.slice - self.budget).max(0) as u64;
        self.slice = 0;
        self.budget = 0;
        self.stats.work += done;
        self.rt.charged = self.rt.charged.saturating_add(done);
    }

    /// Starts the next slice of work; looks at fuel and deadline.
    pub(crate) fn poll(&mut self) -> Result<(), Control> {
        if self.rt.awaits_host() {
            self.wake_finished();
        }
        self.start_slice();
        if self.rt.charged >= self.rt.limits.fuel.unwrap_or(u64::MAX).min(self.pause_at()) {
            return Err(Control::Trap(Trap::OutOfFuel));
        }
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

    /// The limits are looked at with the next call or turn of a loop.
    pub(crate) fn look_soon(&mut self) {
        self.spend();
    }

    /// Work at which the current run pauses.
    fn pause_at(&self) -> u64 {
        if self.resumable { self.rt.pause_at.unwrap_or(u64::MAX) } else { u64::MAX }
    }

    /// Starts a new slice of work, within the fuel.
    pub(crate) fn start_slice(&mut self) {
        self.spend();
        let slice = if self.tasks.schedule.compete(&self.rt) { QUANTUM } else { SLICE };
        let end = self.rt.limits.fuel.unwrap_or(u64::MAX).min(self.pause_at());
        let left = end.saturating_sub(self.rt.charged);
        self.slice = slice.min(left) as i64;
        self.budget = self.slice;
    }

    /// Register code of a function, translating it now if it was never called.
    ///
    /// # Errors
    /// When the function exceeds what register code can address.
    pub(crate) fn translate(&mut self, func: u32) -> Result<(), Control> {
        let info = &self.infos[func as usize];
        if info.stale {
            let name = self.rt.funcs[func as usize].name.clone();
            return Err(Control::error(alloc::format!(
                "`{name}` was replaced, and its old code does not know the fields that records have now"
            )));
        }
        if info.reg.is_some() {
            return Ok(());
        }
        let start = self.probe_begin();
        let mut reg = self
            .reg_function(func)
            .map_err(|e| Control::error(alloc::format!("function is too large to run: {e:?}")))?;
        self.stats.translated += 1;
        self.probe_translated(start);
        match self.infos[func as usize].kind {
            FuncKind::Normal => {}
            FuncKind::Generator => reg.prepend(&[Op::EnterGenerator as u64]),
            FuncKind::Async => reg.prepend(&[Op::EnterAsync as u64]),
        }
        let info = &mut self.infos[func as usize];
        let reg = info.reg.insert(reg);
        let code = &mut self.codes[func as usize];
        code.entry = reg.words.as_mut_ptr();
        code.regs = reg.regs;
        Ok(())
    }

    fn reg_function(&mut self, func: u32) -> Result<RegFunction, motet_regcode::TranslateError> {
        let info = &self.infos[func as usize];
        // Nothing can refer to an id without a function.
        let loaded = info.loaded.clone().ok_or(motet_regcode::TranslateError::TooLong)?;
        let symbols = self.intern_names(&loaded, FuncIdx(self.infos[func as usize].func));
        let info = &self.infos[func as usize];
        let is_apart = |c: &(u32, u32)| self.rt.classes.shape(motet_runtime::ShapeId(c.1)).grown;
        let apart: Vec<bool> = loaded.classes.iter().map(is_apart).collect();
        let link = Link {
            funcs: &loaded.funcs,
            globals: &loaded.globals,
            consts: &loaded.consts,
            natives: &loaded.natives,
            classes: &loaded.classes,
            apart: &apart,
            layouts: &loaded.layouts,
            symbols: &symbols,
            language: info.language,
            coerces: self.rt.languages[info.language as usize].coerces(),
        };
        translate(&loaded.module, FuncIdx(info.func), &link)
    }

    /// Register code of all functions of a module as text.
    #[must_use]
    pub fn dump_regcode(&mut self, module: ModuleId) -> alloc::string::String {
        let loaded = self.loaded(module).clone();
        let mut out = alloc::string::String::new();
        for (i, f) in loaded.module.functions.iter().enumerate() {
            out.push_str(&alloc::format!("function {} {}\n", i, f.name));
            match self.reg_function(loaded.funcs[i]) {
                Ok(reg) => out.push_str(&motet_regcode::print(&reg)),
                Err(e) => out.push_str(&alloc::format!("cannot be translated: {e:?}\n")),
            }
            out.push('\n');
        }
        out
    }

    /// Active calls, innermost first, at most [`MAX_TRACE`]. `pc` is any word of the current instruction.
    pub(crate) fn trace(&mut self, pc: *mut u64) -> Vec<TraceFrame> {
        let mut trace = vec![];
        self.sync_depth();
        self.trace_stack(&self.stack, pc, &mut trace);
        for r in self.resumers.iter().rev() {
            self.trace_stack(&r.stack, r.stack.pc, &mut trace);
        }
        trace
    }

    /// Names of the functions that are active now, innermost first, for reports of failures of the machine itself: it
    /// may be in the middle of an instruction, and nothing is allocated.
    pub fn each_call(&self, visit: &mut dyn FnMut(&str)) {
        let outer = self.resumers.iter().rev().map(|r| (&*r.stack, r.stack.depth));
        for (stack, depth) in core::iter::once((&*self.stack, self.stack_depth())).chain(outer) {
            for frame in stack.frames.get(..depth).into_iter().flatten().rev() {
                let info = self.rt.funcs.get(frame.func as usize);
                if let Some(info) = info.filter(|f| !f.hidden) {
                    visit(&info.name);
                }
            }
        }
    }

    fn trace_stack(&self, stack: &Stack, mut pc: *mut u64, trace: &mut Vec<TraceFrame>) {
        for frame in stack.frames[..stack.depth].iter().rev() {
            if trace.len() >= MAX_TRACE {
                return;
            }
            if let Some(entry) = self.trace_frame(frame.func, pc) {
                trace.push(entry);
            }
            pc = frame.ret_pc.wrapping_sub(1);
        }
    }

    /// `None` for the auxiliary frame of an async call.
    fn trace_frame(&self, func: u32, pc: *mut u64) -> Option<TraceFrame> {
        let info = self.infos.get(func as usize)?;
        let name = self.rt.funcs[func as usize].name.clone();
        let loaded = info.loaded.as_ref()?;
        let debug = loaded.module.function_debug(FuncIdx(info.func));
        let span = debug
            .and_then(|d| {
                let word = self.word_of(func, pc)?;
                d.span_at(info.reg.as_ref()?.pc_of(word))
            })
            .unwrap_or_default();
        Some(TraceFrame {
            function: name,
            source: debug.map_or(0, |d| d.source),
            start: span.start,
            end: span.end,
            module: loaded.id.0,
            hidden: self.rt.funcs[func as usize].hidden,
        })
    }

    /// Position of `pc` in the function's code, if it lies there.
    pub(crate) fn word_of(&self, func: u32, pc: *mut u64) -> Option<u32> {
        let reg = self.infos.get(func as usize)?.reg.as_ref()?;
        let at = (pc as usize).checked_sub(reg.words.as_ptr() as usize)? / 8;
        (at < reg.words.len()).then_some(at as u32)
    }

    /// What an uncaught throw becomes for the host.
    pub(crate) fn uncaught(&self, thrown: Thrown, language: u32, trace: Vec<TraceFrame>) -> Stop {
        let message = match &thrown {
            Thrown::Error(e) if self.rt.languages.is_empty() => e.message.clone(),
            _ => self.rt.language(language).uncaught(&self.rt, &thrown),
        };
        Stop::Uncaught { thrown, message, language, trace }
    }
}

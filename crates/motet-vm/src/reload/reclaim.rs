//! What becomes of code that nobody needs: which ids, versions, globals and constants can be given to others.
//!
//! A function lives while its module's current version has it, a frame runs it, a value somewhere is it or a closure over
//! it, or the code of a living function of an older version names it. That takes a look at the whole heap, so it is done
//! only when enough has piled up.

use alloc::{vec, vec::Vec};

use hashbrown::HashTable;
use motet_bytecode::{Const, Module, instructions, operand::OperandKind};
use motet_runtime::{Fiber, Shared, Tag, Value};

use crate::{Vm, load::Loaded, stack::Stack, vm::CodeInfo};

/// Bytes of replaced versions that are not worth looking for, beside an eighth of the heap.
const SLACK: usize = 256 * 1024;

/// How much of each table is in use, and how long the tables are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableSizes {
    /// Functions of all versions that something may still use.
    pub functions: usize,
    /// Versions that have such functions.
    pub versions: usize,
    /// Places for functions.
    pub function_places: usize,
    /// Places for globals.
    pub global_places: usize,
    /// Places for constants.
    pub constant_places: usize,
}

impl Vm {
    /// How large the machine's tables are: replacing modules must not make them grow for ever.
    #[must_use]
    pub fn table_sizes(&self) -> TableSizes {
        TableSizes {
            functions: self.codes.len() - self.free_funcs.len(),
            versions: self.versions.len(),
            function_places: self.codes.len(),
            global_places: self.globals.len(),
            constant_places: self.consts.len(),
        }
    }

    /// Frees what nobody needs, if there is enough of it; `least` bytes count as enough if it is not 0. No call may be
    /// running: all are paused.
    pub(crate) fn forget_garbage(&mut self, least: usize) {
        self.forget_versions();
        let enough = if least > 0 { least } else { self.reclaim_at.max(SLACK + self.rt.heap.bytes() / 8) };
        if self.stale_bytes() >= enough {
            // Also clears the registers that are not in use: they may hold objects that are gone.
            let base = self.stack.regs.as_mut_ptr();
            let (_, _fits) = self.collect(base);
            self.reclaim();
            self.forget_versions();
            // What is still in use does not count twice.
            self.reclaim_at = self.stale_bytes() * 2;
        }
    }

    /// Frees what nobody needs of the texts that the program compiled, if there may be enough of it. Calls may be running;
    /// the registers of the newest frame, at `base`, may move: how far.
    pub(crate) fn forget_texts(&mut self, base: *mut Value) -> isize {
        let enough = self.reclaim_at.max(SLACK + self.rt.heap.bytes() / 8);
        if self.text_bytes < enough || self.stack_depth() == 0 {
            return 0;
        }
        // Also clears the registers that are not in use: they may hold objects that are gone.
        let (moved, _fits) = self.collect(base);
        self.reclaim();
        self.forget_versions();
        self.text_bytes = self.stale_bytes();
        self.reclaim_at = self.text_bytes * 2;
        moved as isize - base as isize
    }

    /// About how much memory replaced versions take.
    fn stale_bytes(&self) -> usize {
        let is_current = |v: &Shared<Loaded>| {
            self.modules[v.id.0 as usize].current.as_ref().is_some_and(|current| Shared::ptr_eq(current, v))
        };
        self.versions.iter().filter(|v| !is_current(v)).map(|v| size_of_module(&v.module)).sum()
    }

    /// Frees ids that nobody refers to.
    fn reclaim(&mut self) {
        // Sends in code that goes must not be remembered as such.
        self.forget_sends();
        let live = Marker::new(self).run();
        for id in (0..live.len()).filter(|&id| !live[id]) {
            self.codes[id] = self.no_code();
            self.infos[id] = CodeInfo::default();
            self.rt.funcs[id] = motet_runtime::FuncInfo::nobody();
            if let Some(curious) = self.curious.get_mut(id) {
                *curious = Vec::new();
            }
            self.free_funcs.push(id as u32);
        }
        self.refresh();
    }

    /// Drops versions without functions, and gives back their constants and globals.
    fn forget_versions(&mut self) {
        let (kept, gone): (Vec<_>, Vec<_>) =
            core::mem::take(&mut self.versions).into_iter().partition(|v| Shared::strong_count(v) > 1);
        self.versions = kept;
        for loaded in gone {
            for &k in &loaded.consts {
                self.consts[k as usize] = Value::NIL;
                self.free_consts.push(k);
            }
            let used = |at: &u32| self.versions.iter().any(|v| v.id == loaded.id && v.globals.contains(at));
            let unused: Vec<u32> = loaded.globals.iter().copied().filter(|at| !used(at)).collect();
            for at in unused {
                self.globals[at as usize] = Value::UNSET;
                self.free_globals.push(at);
            }
        }
    }
}

/// Finds the functions that may still run. Globals of a replaced version count only if code of it may run; so a function
/// that is held by nothing but a global of its own version goes together with that.
struct Marker<'a> {
    vm: &'a mut Vm,
    live: Vec<bool>,
    /// Functions to look at.
    functions: Vec<u32>,
    /// Objects that were seen, by address, and those to look at.
    seen: HashTable<u64>,
    objects: Vec<Value>,
    /// Versions whose globals count.
    versions: Vec<Shared<Loaded>>,
}

impl<'a> Marker<'a> {
    fn new(vm: &'a mut Vm) -> Self {
        let live = vec![false; vm.codes.len()];
        let (functions, objects, versions) = (Vec::new(), Vec::new(), Vec::new());
        Self { vm, live, functions, seen: HashTable::new(), objects, versions }
    }

    /// By id: whether it is in use, or free already.
    fn run(mut self) -> Vec<bool> {
        for at in 0..self.vm.free_funcs.len() {
            let id = self.vm.free_funcs[at];
            self.live[id as usize] = true;
        }
        let current: Vec<_> = self.vm.modules.iter().filter_map(|e| e.current.clone()).collect();
        for loaded in current {
            loaded.funcs.iter().for_each(|id| self.function(*id));
            self.version(&loaded);
        }
        let mut values = Vec::new();
        let mut frames = Vec::new();
        // Fibers are objects: they count only if somebody reaches them.
        self.vm.for_each_running_stack(&mut |stack| note_stack(stack, &mut values, &mut frames));
        self.vm.trace_tables(&mut |v| values.push(v));
        values.into_iter().for_each(|v| self.value(v));
        frames.into_iter().for_each(|id| self.function(id));
        loop {
            if let Some(id) = self.functions.pop() {
                self.code(id);
            } else if let Some(v) = self.objects.pop() {
                self.object(v);
            } else {
                return self.live;
            }
        }
    }

    fn function(&mut self, id: u32) {
        if let Some(known) = self.live.get_mut(id as usize)
            && !core::mem::replace(known, true)
        {
            self.functions.push(id);
        }
    }

    fn value(&mut self, v: Value) {
        if let Some(f) = v.as_func() {
            self.function(f.0);
        } else if v.tag().is_heap() && v.tag() != Tag::Str && self.is_new(v.bits()) {
            self.objects.push(v);
        }
    }

    fn is_new(&mut self, address: u64) -> bool {
        let hash = |address: &u64| address.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        if self.seen.find(hash(&address), |known| *known == address).is_some() {
            return false;
        }
        self.seen.insert_unique(hash(&address), address, hash);
        true
    }

    /// What the globals of a version hold is in use.
    fn version(&mut self, loaded: &Shared<Loaded>) {
        if self.versions.iter().any(|v| Shared::ptr_eq(v, loaded)) {
            return;
        }
        self.versions.push(loaded.clone());
        for &at in &loaded.globals {
            self.value(self.vm.globals[at as usize]);
        }
    }

    fn object(&mut self, v: Value) {
        if let Some(f) = self.vm.rt.heap.closure_func(v) {
            self.function(f.0);
        }
        let mut parts = Vec::new();
        self.vm.rt.heap.for_each_part(v, &mut |part| parts.push(part));
        parts.into_iter().for_each(|part| self.value(part));
        let mut frames = Vec::new();
        if let Some(stack) = self.vm.rt.heap.fiber_mut(v).and_then(Fiber::take::<Stack>) {
            note_stack(&stack, &mut Vec::new(), &mut frames);
            if let Some(fiber) = self.vm.rt.heap.fiber_mut(v) {
                fiber.put(stack);
            }
        }
        frames.into_iter().for_each(|id| self.function(id));
    }

    /// What a function's code names.
    fn code(&mut self, id: u32) {
        let info = &self.vm.infos[id as usize];
        let Some(loaded) = info.loaded.clone() else { return };
        let m: &Module = &loaded.module;
        let mut named = Vec::new();
        for (_, op) in instructions(&m.functions[info.func as usize].code).map_while(Result::ok) {
            match (op.operand(OperandKind::Func), op.operand(OperandKind::Const)) {
                (Some(f), _) => named.push(f as usize),
                (None, Some(k)) => {
                    if let Const::Func(f) = m.constants[k as usize] {
                        named.push(f.index());
                    }
                }
                (None, None) => {}
            }
        }
        named.into_iter().for_each(|f| self.function(loaded.funcs[f]));
        self.version(&loaded);
    }
}

/// Values and functions of a stack that does not run.
fn note_stack(stack: &Stack, values: &mut Vec<Value>, frames: &mut Vec<u32>) {
    values.extend_from_slice(&stack.regs);
    for frame in &stack.frames[..stack.depth] {
        values.push(frame.closure);
        frames.push(frame.func);
    }
}

/// About how much memory a version takes.
pub(crate) fn size_of_module(m: &Module) -> usize {
    let debug = m.debug.as_ref().map_or(0, |d| {
        let texts: usize = d.sources.iter().map(|s| s.text.as_ref().map_or(0, alloc::string::String::len)).sum();
        texts + d.functions.iter().map(|f| f.spans.len() * 12 + f.locals.len() * 32).sum::<usize>()
    });
    let code: usize = m.functions.iter().map(|f| f.code.len() * 4 + 400).sum();
    code + m.constants.len() * 64 + m.globals.len() * 64 + debug
}

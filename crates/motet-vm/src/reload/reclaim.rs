//! What becomes of code that nobody needs: which ids, versions, globals and constants can be given to others.
//!
//! A function lives while its module's current version has it, a frame runs it, a value somewhere is it or a closure over
//! it, or the code of a living function of an older version names it. That takes a look at the whole heap, so it is done
//! only when enough has piled up.

use alloc::{vec, vec::Vec};

use motet_bytecode::{Const, Module, instructions, operand::OperandKind};
use motet_runtime::{Shared, Tag, Value};

use crate::{Vm, load::nobody, vm::CodeInfo};

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

    /// Frees what nobody needs, if there is enough of it; `at_least` bytes count as enough.
    pub(crate) fn forget_garbage(&mut self, least: usize) {
        self.forget_versions();
        let current: Vec<_> = self.modules.iter().filter_map(|e| e.current.clone()).collect();
        let is_current = |v: &Shared<crate::load::Loaded>| current.iter().any(|c| Shared::ptr_eq(c, v));
        let stale: usize = self.versions.iter().filter(|v| !is_current(v)).map(|v| size_of_module(&v.module)).sum();
        let enough = if least > 0 { least } else { SLACK + self.rt.heap.bytes() / 8 };
        if stale >= enough {
            if self.stack.depth == 0 && self.resumers.is_empty() {
                // Objects that nobody reaches would count as users.
                let base = self.stack.regs.as_mut_ptr();
                let (_, _fits) = self.collect(base);
            }
            self.reclaim();
            self.forget_versions();
        }
    }

    /// Frees ids that nobody refers to.
    fn reclaim(&mut self) {
        let mut live = vec![false; self.codes.len()];
        for &id in &self.free_funcs {
            live[id as usize] = true;
        }
        for loaded in self.modules.iter().filter_map(|e| e.current.as_ref()) {
            for &id in &loaded.funcs {
                live[id as usize] = true;
            }
        }
        // What follows is only of interest where it is not live yet.
        let mut open: Vec<u32> = Vec::new();
        let mut mark = |live: &mut Vec<bool>, id: u32| {
            if let Some(known) = live.get_mut(id as usize)
                && !core::mem::replace(known, true)
            {
                open.push(id);
            }
        };
        self.for_each_stack(&mut |stack| {
            stack.frames[..stack.depth].iter().for_each(|frame| mark(&mut live, frame.func));
            stack.regs.iter().filter_map(|v| v.as_func()).for_each(|f| mark(&mut live, f.0));
        });
        let this = &*self;
        this.trace_tables(&mut |v: Value| {
            if let Some(f) = v.as_func() {
                mark(&mut live, f.0);
            }
        });
        this.rt.heap.for_each_object(|v| {
            if let Some(f) = this.rt.heap.closure_func(v) {
                mark(&mut live, f.0);
            }
            if v.tag() != Tag::Str {
                this.rt.heap.for_each_part(v, &mut |part| {
                    if let Some(f) = part.as_func() {
                        mark(&mut live, f.0);
                    }
                });
            }
        });
        while let Some(id) = open.pop() {
            let info = &self.infos[id as usize];
            let Some(loaded) = &info.loaded else { continue };
            let m: &Module = &loaded.module;
            for op in instructions(&m.functions[info.func as usize].code).map_while(Result::ok) {
                let named = match (op.1.operand(OperandKind::Func), op.1.operand(OperandKind::Const)) {
                    (Some(f), _) => Some(f as usize),
                    (None, Some(k)) => match m.constants[k as usize] {
                        Const::Func(f) => Some(f.index()),
                        _ => None,
                    },
                    (None, None) => None,
                };
                if let Some(f) = named
                    && let Some(known) = live.get_mut(loaded.funcs[f] as usize)
                    && !core::mem::replace(known, true)
                {
                    open.push(loaded.funcs[f]);
                }
            }
        }
        for id in (0..live.len()).filter(|&id| !live[id]) {
            self.codes[id] = self.no_code();
            self.infos[id] = CodeInfo::default();
            self.rt.funcs[id] = nobody();
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

/// About how much memory a version takes.
fn size_of_module(m: &Module) -> usize {
    let debug = m.debug.as_ref().map_or(0, |d| {
        let texts: usize = d.sources.iter().map(|s| s.text.as_ref().map_or(0, alloc::string::String::len)).sum();
        texts + d.functions.iter().map(|f| f.spans.len() * 12 + f.locals.len() * 32).sum::<usize>()
    });
    let code: usize = m.functions.iter().map(|f| f.code.len() * 4 + 400).sum();
    code + m.constants.len() * 64 + m.globals.len() * 64 + debug
}

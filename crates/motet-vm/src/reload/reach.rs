//! Old code that relies on the layout of a class.
//!
//! Code of another version than the current one goes on in frames and in functions that somebody holds. If the class of a
//! record changes, such code must not meet it: a call that could still reach an instruction that names the class's layout
//! refuses the change, and a function with such an instruction cannot be called any more.
#![allow(unsafe_code)]

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use motet_bytecode::{Op, instructions};
use motet_runtime::{ClassId, Fiber};

use crate::{
    Vm,
    stack::Stack,
    vm::{Code, CodeInfo},
};

/// A frame and where it goes on.
struct Place {
    func: u32,
    pc: *mut u64,
}

/// The frames of a stack that does not run, innermost first.
fn places(stack: &Stack) -> Vec<Place> {
    let mut pc = stack.pc;
    let mut found = Vec::with_capacity(stack.depth);
    for frame in stack.frames[..stack.depth].iter().rev() {
        found.push(Place { func: frame.func, pc });
        // The call itself may have been counted as finished: code from there on counts.
        pc = frame.ret_pc.wrapping_sub(1);
    }
    found
}

impl Vm {
    /// Looks for calls that rely on the layouts of `classes`. With `drop_frames` those of the paused run do not count, and
    /// suspended fibers that do end.
    ///
    /// # Errors
    /// The class and the function, in words.
    pub(super) fn check_frames(&mut self, classes: &BTreeSet<ClassId>, drop_frames: bool) -> Result<(), String> {
        if classes.is_empty() {
            return Ok(());
        }
        let mut found = Vec::new();
        if !drop_frames && let Some(tasks) = &mut self.paused {
            tasks.for_each_stack(&mut |stack| found.extend(places(stack)));
        }
        let mut ended = Vec::new();
        for v in self.rt.heap.fibers() {
            let Some(stack) = self.rt.heap.fiber_mut(v).and_then(Fiber::take::<Stack>) else { continue };
            let places = places(&stack);
            if drop_frames && self.first_conflict(&places, classes).is_some() {
                ended.push((v, stack));
                continue;
            }
            if let Some(fiber) = self.rt.heap.fiber_mut(v) {
                fiber.put(stack);
            }
            found.extend(places);
        }
        match self.first_conflict(&found, classes) {
            None => Ok(()),
            Some((class, func)) => {
                for (v, stack) in ended {
                    if let Some(fiber) = self.rt.heap.fiber_mut(v) {
                        fiber.put(stack);
                    }
                }
                let (class, func) = (&self.rt.classes.class(class).name, &self.rt.funcs[func as usize].name);
                Err(format!(
                    "`{class}` has other fields now, but the call of `{func}` that still runs needs them as they were"
                ))
            }
        }
    }

    fn first_conflict(&self, places: &[Place], classes: &BTreeSet<ClassId>) -> Option<(ClassId, u32)> {
        places.iter().find_map(|place| {
            let info = self.infos.get(place.func as usize)?;
            let reg = info.reg.as_ref()?;
            let from = self.word_of(place.func, place.pc).map_or(0, |word| reg.pc_of(word));
            Some((relies_on(info, from, classes)?, place.func))
        })
    }

    /// Makes functions that rely on the layouts of `classes` refuse to be called, except those of the new version.
    pub(super) fn retire_readers(&mut self, classes: &BTreeSet<ClassId>) -> Vec<u32> {
        let mut retired = Vec::new();
        if classes.is_empty() {
            return retired;
        }
        for id in 0..self.infos.len() {
            let info = &self.infos[id];
            if !info.stale && info.loaded.is_some() && relies_on(info, 0, classes).is_some() {
                retired.push(id as u32);
            }
        }
        for &id in &retired {
            self.set_stale(id, true);
        }
        retired
    }

    /// Whether a function refuses to be called.
    pub(super) fn set_stale(&mut self, id: u32, stale: bool) {
        let stub = self.no_code().entry;
        let info = &mut self.infos[id as usize];
        info.stale = stale;
        let code: &mut Code = &mut self.codes[id as usize];
        code.entry = match &mut info.reg {
            Some(reg) if !stale => reg.words.as_mut_ptr(),
            _ => stub,
        };
    }
}

/// The class among `classes` whose layout an instruction relies on that can be reached from byte `from` of a function.
fn relies_on(info: &CodeInfo, from: u32, classes: &BTreeSet<ClassId>) -> Option<ClassId> {
    let loaded = info.loaded.as_ref()?;
    // Most modules have none of these classes.
    if !loaded.classes.iter().any(|c| classes.contains(&ClassId(c.0))) {
        return None;
    }
    let m = &loaded.module;
    let function = &m.functions[info.func as usize];
    let ops: Vec<(u32, Op)> = instructions(&function.code).map_while(Result::ok).collect();
    let at: BTreeMap<u32, usize> = ops.iter().enumerate().map(|(i, (pc, _))| (*pc, i)).collect();
    let mut seen = alloc::vec![false; ops.len()];
    let mut open = Vec::from([*at.get(&from).unwrap_or(&0)]);
    while let Some(i) = open.pop() {
        let Some(&(pc, op)) = ops.get(i) else { continue };
        if core::mem::replace(&mut seen[i], true) {
            continue;
        }
        let named = match op {
            Op::Slot { class, .. } | Op::SetSlot { class, .. } | Op::CastRecord { class } | Op::IsRecord { class } => {
                Some(class)
            }
            Op::Record { layout } => Some(m.layouts[layout.index()].class),
            _ => None,
        };
        if let Some(class) = named.map(|c| ClassId(loaded.classes[c.index()].0)).filter(|c| classes.contains(c)) {
            return Some(class);
        }
        let target = op.operand(motet_bytecode::operand::OperandKind::Label);
        open.extend(target.and_then(|to| at.get(&to)));
        if !matches!(op, Op::Jump { .. }) {
            open.push(i + 1);
        }
        for handler in function.handlers.iter().filter(|h| h.start <= pc && pc < h.end) {
            open.extend(at.get(&handler.handler));
        }
    }
    None
}

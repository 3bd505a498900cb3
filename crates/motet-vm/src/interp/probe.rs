//! Handlers of a machine that measures: each looks at what is asked for, then goes on in the ordinary handler.
//!
//! The table of handlers is an argument of every handler, so a run that starts over [`SAMPLED`] or [`COUNTED`] stays
//! there, and the ordinary handlers know nothing of it.
#![allow(unsafe_code)]

use motet_regcode::{NATIVE_KEY, OPS, Op, Role, SEND_CACHE, SEND_WAYS};
use motet_runtime::{Heap, Tag, Value};

use super::{Handler, TABLE, a, b, handlers, reg, tag};
use crate::Vm;

/// Handlers for the machine as it is.
pub(super) fn table(vm: &Vm) -> *const Handler {
    match vm.probe.as_deref() {
        Some(probe) if probe.counting.is_some() => COUNTED.as_ptr(),
        Some(probe) if probe.sampler.is_some() => SAMPLED.as_ptr(),
        _ => TABLE.as_ptr(),
    }
}

macro_rules! tables {
    ($($name:ident)*) => {
        /// Handlers that sample.
        static SAMPLED: [Handler; Op::ALL.len()] = [$(Handler(step::<{ Op::$name as usize }, false>)),*];
        /// Handlers that count, and sample if that is on.
        static COUNTED: [Handler; Op::ALL.len()] = [$(Handler(step::<{ Op::$name as usize }, true>)),*];
    };
}
motet_regcode::for_each_reg_op!(tables);

macro_rules! step {
    ($abi:literal) => {
        /// The handler of an op in the two tables.
        unsafe extern $abi fn step<const OP: usize, const COUNT: bool>(
            pc: *mut u64,
            base: *mut Value,
            vm: *mut Vm,
            t: *const Handler,
            accumulator: f64,
        ) {
            // SAFETY: as for handlers (I1–I3).
            unsafe {
                (*vm).countdown -= 1;
                if (*vm).countdown < 0 {
                    return expired(pc, base, vm, t, accumulator);
                }
                if COUNT {
                    count::<OP>(pc, base, vm);
                }
                if is_long::<OP>(pc, base) {
                    (*vm).probe_long(pc);
                }
                (TABLE[OP].0)(pc, base, vm, t, accumulator)
            }
        }
    };
}
#[cfg(target_arch = "x86_64")]
step!("sysv64-unwind");
#[cfg(not(target_arch = "x86_64"))]
step!("C-unwind");

handlers! {
    /// Looks at the clock; then the same instruction again.
    #[cold]
    #[inline(never)]
    fn expired(pc, base, vm, t) {
        (*vm).probe_expired(pc);
        let handler = (*t.0.add(*pc as u16 as usize)).0;
        return handler(pc, base, vm, t.0, t.1);
    }
}

/// Whether the time of the instruction should be its own rather than be spread over its neighbours: it may run native
/// code, copy, or wait.
#[inline(always)]
unsafe fn is_long<const OP: usize>(pc: *mut u64, base: *mut Value) -> bool {
    const LONG: &[Op] = &[
        Op::Translate,
        Op::Await,
        Op::CallNative,
        Op::CallNative1,
        Op::CallNative2,
        Op::CallNativeSpread,
        Op::CallValueSpread,
        Op::SendSpread,
        Op::Concat,
        Op::StrAdd,
        Op::List,
        Op::ListAppend,
        Op::ListExtend,
        Op::Map,
        Op::MapPut,
        Op::MapSpread,
        Op::OwnIndex,
        Op::OwnField,
        Op::OwnCapture,
        Op::OwnGlobal,
    ];
    // SAFETY: as for handlers.
    unsafe {
        if OP == Op::CallValue as usize {
            return tag(reg(base, a(pc))) == Tag::Native;
        }
        if OP == Op::Own as usize {
            return Heap::is_shared_cell(*reg(base, b(pc)));
        }
        if OP == Op::SetIndexOwn as usize || OP == Op::SetFieldOwn as usize {
            return Heap::is_shared_cell(*reg(base, a(pc)));
        }
        if OP == Op::Send as usize || OP == Op::SendFrom as usize {
            // Also a native function.
            return !is_remembered(reg(base, a(pc)), pc, 0);
        }
        if OP == Op::Add as usize {
            return tag(reg(base, b(pc))) == Tag::Str;
        }
    }
    let mut i = 0;
    while i < LONG.len() {
        if LONG[i] as usize == OP {
            return true;
        }
        i += 1;
    }
    false
}

/// Books the instruction, unless it runs again.
#[inline(always)]
unsafe fn count<const OP: usize>(pc: *mut u64, base: *mut Value, vm: *mut Vm) {
    // SAFETY: as for handlers; there is a counter when this table is in use.
    unsafe {
        let Some(counter) = (*vm).probe.as_deref_mut().and_then(|p| p.counting.as_deref_mut()) else { return };
        let frame = ((*vm).frame as usize).wrapping_sub((&(*vm).stack.frames).as_ptr() as usize);
        let budget = (*vm).budget;
        let again = pc == counter.pc && frame == counter.frame && is_retry(OP, budget, counter.budget);
        (counter.pc, counter.frame, counter.budget) = (pc, frame, budget);
        if again {
            return;
        }
        counter.ops[OP] += 1;
        if OP == Op::Send as usize || OP == Op::SendFrom as usize {
            let r = reg(base, a(pc));
            counter.send_hits += u64::from(is_remembered(r, pc, 0) || is_remembered(r, pc, NATIVE_KEY));
        }
        if OP == Op::Field as usize || OP == Op::OwnField as usize {
            counter.field_hits += u64::from(is_cached(reg(base, b(pc)), pc));
        }
        if OP == Op::SetField as usize || OP == Op::SetFieldOwn as usize {
            counter.field_hits += u64::from(is_cached(reg(base, a(pc)), pc));
        }
    }
}

/// Whether an instruction that follows itself in the same frame is run again, because a limit was looked at, the stack
/// grew, or a cache was filled. Only a jump can follow itself otherwise; that uses up budget, which a look at the limits
/// renews.
#[cold]
#[inline(never)]
fn is_retry(op: usize, budget: i64, before: i64) -> bool {
    let jumps = OPS[op].roles.iter().any(|r| matches!(r, Role::Jump | Role::JumpLow));
    !(jumps && budget < before)
}

/// Whether a send remembers a function (`native`: 0) or a native function for the value.
#[inline(always)]
unsafe fn is_remembered(r: *mut Value, pc: *mut u64, native: u32) -> bool {
    // SAFETY: as for handlers; the cache lies behind the instruction.
    unsafe {
        let key = Heap::send_key_unchecked(*r) | native;
        (0..SEND_WAYS).any(|way| *pc.add(SEND_CACHE + way) as u32 == key)
    }
}

/// Whether a record's layout is the one in the cache behind the instruction.
#[inline(always)]
unsafe fn is_cached(r: *mut Value, pc: *mut u64) -> bool {
    // SAFETY: as for handlers; the cache is the word behind the instruction.
    unsafe { tag(r) == Tag::Record && Heap::shape_unchecked(*r).0 == *pc.add(1) as u32 }
}

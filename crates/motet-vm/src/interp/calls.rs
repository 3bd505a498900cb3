//! Handlers of calls.
#![allow(unsafe_code)]

use motet_runtime::{Control, FuncId, Heap, NativeResult, Symbol, Tag, Value};

use super::{Handler, a, b, bits, c, handlers, next, outlined, reg, slow, tag};
use crate::{Vm, stack::Frame, vm::Code};

handlers! {
    fn call(pc, base, vm, t) {
        let func = *pc.add(1) as usize;
        let code = (*vm).codes_ptr.add(func);
        let at = reg(base, a(pc));
        let frame = (*vm).frame.add(1);
        (*vm).budget -= 1;
        if (*vm).budget < 0
            || at.wrapping_add((*code).regs as usize) >= (*vm).stack_end
            || frame.wrapping_add(1) >= (*vm).frame_end
        {
            slow!(call_slow, pc, base, vm, t);
        }
        (*frame).ret_pc = pc.add(2);
        (*frame).ret_base = base;
        (*frame).closure = Value::NIL;
        (*frame).func = func as u32;
        (*frame).dst = b(pc) as u32;
        (*vm).frame = frame;
        next!((*code).entry, at, vm, t)
    }

    /// Limits, room; then the call again.
    #[cold]
    #[inline(never)]
    fn call_slow(pc, base, vm, t) {
        let func = *pc.add(1) as u32;
        let (pc, base) = retry(&mut *vm, pc, base, reg(base, a(pc)), func);
        next!(pc, base, vm, t)
    }

    fn call_value(pc, base, vm, t) {
        let callee = reg(base, a(pc));
        let func = match tag(callee) {
            Tag::Closure => (*vm).rt.heap.closure_func(*callee).unwrap_or(FuncId(u32::MAX)).0,
            Tag::Func => bits(callee) as u32,
            _ => slow!(call_any, pc, base, vm, t),
        };
        let code: *const Code = (*vm).codes_ptr.add(func as usize);
        if (*code).params as usize != b(pc) {
            slow!(call_any, pc, base, vm, t);
        }
        let at = callee.add(1);
        let frame = (*vm).frame.add(1);
        (*vm).budget -= 1;
        if (*vm).budget < 0
            || at.wrapping_add((*code).regs as usize) >= (*vm).stack_end
            || frame.wrapping_add(1) >= (*vm).frame_end
        {
            slow!(call_value_slow, pc, base, vm, t);
        }
        (*frame).ret_pc = pc.add(1);
        (*frame).ret_base = base;
        (*frame).closure = *callee;
        (*frame).func = func;
        (*frame).dst = c(pc) as u32;
        (*vm).frame = frame;
        next!((*code).entry, at, vm, t)
    }

    #[cold]
    #[inline(never)]
    fn call_value_slow(pc, base, vm, t) {
        let callee = reg(base, a(pc));
        let func = (*callee).as_func().or_else(|| (*vm).rt.heap.closure_func(*callee)).map_or(0, |f| f.0);
        let (pc, base) = retry(&mut *vm, pc, base, callee.add(1), func);
        next!(pc, base, vm, t)
    }

    /// Natives, typed parameters, wrong counts, things that cannot be called.
    #[inline(never)]
    fn call_any(pc, base, vm, t) {
        let callee = reg(base, a(pc));
        let (n, dst) = (b(pc), c(pc) as u32);
        let args = core::slice::from_raw_parts(callee.add(1), n);
        if (*callee).tag() == Tag::Native {
            slow!(call_native_value, pc, base, vm, t);
        }
        let func = (*callee).as_func().or_else(|| (*vm).rt.heap.closure_func(*callee)).map_or(u32::MAX, |f| f.0);
        if let Some(code) = (&(*vm).codes).get(func as usize)
            && (&(*vm).rt.funcs)[func as usize].params as usize == n
            && (&(*vm).infos)[func as usize].params.iter().all(|&(i, want)| has_kind(&(*vm).rt, args[i], want))
        {
            // The arguments are proven: as on the fast path.
            let at = callee.add(1);
            let frame = (*vm).frame.add(1);
            (*vm).budget -= 1;
            if (*vm).budget < 0
                || at.wrapping_add(code.regs as usize) >= (*vm).stack_end
                || frame.wrapping_add(1) >= (*vm).frame_end
            {
                slow!(call_value_slow, pc, base, vm, t);
            }
            frame.write(Frame { ret_pc: pc.add(1), ret_base: base, closure: *callee, func, dst });
            (*vm).frame = frame;
            next!(code.entry, at, vm, t)
        }
        slow!(call_checked, pc, base, vm, t)
    }

    fn send(pc, base, vm, t) {
        let recv = reg(base, a(pc));
        let cached = *pc.add(1);
        if tag(recv) != Tag::Record || Heap::shape_unchecked(*recv).0 != cached as u32 {
            slow!(send_slow, pc, base, vm, t);
        }
        let func = (cached >> 32) as usize;
        let code: *const Code = (*vm).codes_ptr.add(func);
        let frame = (*vm).frame.add(1);
        (*vm).budget -= 1;
        if (*vm).budget < 0
            || recv.wrapping_add((*code).regs as usize) >= (*vm).stack_end
            || frame.wrapping_add(1) >= (*vm).frame_end
        {
            slow!(send_retry, pc, base, vm, t);
        }
        (*frame).ret_pc = pc.add(3);
        (*frame).ret_base = base;
        (*frame).closure = Value::NIL;
        (*frame).func = func as u32;
        (*frame).dst = c(pc) as u32;
        (*vm).frame = frame;
        next!((*code).entry, recv, vm, t)
    }

    #[cold]
    #[inline(never)]
    fn send_retry(pc, base, vm, t) {
        let func = (*pc.add(1) >> 32) as u32;
        let (pc, base) = retry(&mut *vm, pc, base, reg(base, a(pc)), func);
        next!(pc, base, vm, t)
    }

}

/// Limits and room for a call of `func` whose frame begins at `at`; then the same instruction again.
#[inline(never)]
fn retry(vm: &mut Vm, pc: *mut u64, base: *mut Value, at: *mut Value, func: u32) -> crate::calls::Next {
    if vm.budget < 0
        && let Err(e) = vm.poll()
    {
        return vm.throw(pc, base, e);
    }
    let regs = vm.codes[func as usize].regs as usize;
    match vm.make_room(at, regs, func) {
        Ok(delta) => (pc, base.wrapping_byte_offset(delta)),
        Err(e) => vm.throw(pc, base, e),
    }
}

/// The library broke its word about a result type, on which the verifier relied.
fn corrupt() -> Control {
    Control::Trap(motet_runtime::Trap::Corrupt)
}

/// As `passes_cast`, with the scalar kinds inline.
#[inline(always)]
fn has_kind(rt: &motet_runtime::Runtime, v: Value, want: motet_runtime::TypeTag) -> bool {
    use motet_runtime::TypeTag;
    match want {
        TypeTag::Int => v.tag() == Tag::Int,
        TypeTag::Float => v.tag() == Tag::Float,
        TypeTag::Bool => v.tag() == Tag::Bool,
        TypeTag::List => v.tag() == Tag::List,
        want => motet_runtime::ops::passes_cast(rt, v, want),
    }
}

/// Calls a native function and proves its declared result type.
#[inline(always)]
unsafe fn call_typed(vm: *mut Vm, native: usize, args: &[Value]) -> NativeResult {
    // SAFETY: as for handlers; the number was linked, and both tables have an entry for each native function.
    unsafe {
        let run = (*(&(*vm).rt.natives).as_ptr().add(native)).run;
        let want = *(&(*vm).native_results).as_ptr().add(native);
        match (run(&mut (*vm).rt, args), want) {
            (Ok(v), Some(want)) if !motet_runtime::ops::passes_cast(&(*vm).rt, v, want) => Err(corrupt()),
            // A native of declared result type cannot let somebody else make the result.
            (Err(Control::Call(_)), Some(_)) => Err(corrupt()),
            (result, _) => result,
        }
    }
}

outlined! {
    fn call_native(pc, base, vm) {
        let native = *pc.add(1) as usize;
        let args = core::slice::from_raw_parts(reg(base, a(pc)), b(pc));
        let result = call_typed(vm, native, args);
        (*vm).deliver(result, c(pc) as u32, pc, pc.add(2), base)
    }

    /// A native function as a value.
    fn call_native_value(pc, base, vm) {
        let callee = reg(base, a(pc));
        let args = core::slice::from_raw_parts(callee.add(1), b(pc));
        let native = (*callee).bits() as usize;
        let run = (&(*vm).rt.natives)[native].run;
        let result = run(&mut (*vm).rt, args);
        (*vm).deliver(result, c(pc) as u32, pc, pc.add(1), base)
    }

    /// Any callee, every check.
    fn call_checked(pc, base, vm) {
        let callee = reg(base, a(pc));
        let args = core::slice::from_raw_parts(callee.add(1), b(pc)).to_vec();
        (*vm).call_at(*callee, args, pc.add(1), base, c(pc) as u32, pc, base)
    }

    /// Asks the language; remembers a plain method for the receiver's shape.
    #[cold]
    fn send_slow(pc, base, vm) {
        let recv = reg(base, a(pc));
        let n = b(pc);
        let name = Symbol(*pc.add(2) as u32);
        let language = (*vm).rt.language((*vm).language_index());
        if let Some(shape) = (*vm).rt.heap.shape_of(*recv)
            && let Some(func) = language.method(&(*vm).rt, *recv, name).and_then(Value::as_func)
            && (&(*vm).codes)[func.0 as usize].params as usize == n + 1
            && (&(*vm).infos)[func.0 as usize].params.is_empty()
        {
            *pc.add(1) = u64::from(shape.0) | u64::from(func.0) << 32;
            return (pc, base);
        }
        let args = core::slice::from_raw_parts(recv.add(1), n);
        let result = language.send(&mut (*vm).rt, *recv, name, args);
        (*vm).deliver(result, c(pc) as u32, pc, pc.add(3), base)
    }

    #[cold]
    fn call_value_spread(pc, base, vm) {
        let callee = *reg(base, a(pc));
        let args = (*vm).rt.heap.items(*reg(base, b(pc))).cloned().unwrap_or_default();
        (*vm).call_at(callee, args, pc.add(1), base, c(pc) as u32, pc, base)
    }

    #[cold]
    fn call_native_spread(pc, base, vm) {
        let native = *pc.add(1) as usize;
        let args = (*vm).rt.heap.items(*reg(base, a(pc))).cloned().unwrap_or_default();
        let result = call_typed(vm, native, &args);
        (*vm).deliver(result, b(pc) as u32, pc, pc.add(2), base)
    }

    #[cold]
    fn send_spread(pc, base, vm) {
        let recv = *reg(base, a(pc));
        let args = (*vm).rt.heap.items(*reg(base, b(pc))).cloned().unwrap_or_default();
        let language = (*vm).rt.language((*vm).language_index());
        let result = language.send(&mut (*vm).rt, recv, Symbol(*pc.add(1) as u32), &args);
        (*vm).deliver(result, c(pc) as u32, pc, pc.add(2), base)
    }
}

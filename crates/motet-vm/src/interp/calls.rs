//! Handlers of calls.
#![allow(unsafe_code)]

use motet_regcode::{NATIVE_KEY, NO_METHOD, SEND_CACHE, SEND_WAYS, SEND_WORDS};
use motet_runtime::{Control, FuncId, Heap, NativeResult, Symbol, Tag, Value};

use super::{Handler, a, acc, b, bits, c, copy, get, handlers, next, outlined, reg, slow, tag};
use crate::{Vm, stack::Frame, tasks::Site, vm::Code};

/// Enters a function whose registers begin at `$at`; out of budget, registers or frames, `$slow` sees to it. The frame is
/// made after these tests: before, it would only occupy registers.
macro_rules! enter {
    ($code:expr, $at:expr, $frame:expr, $slow:path, $pc:expr, $base:expr, $vm:expr, $t:expr) => {{
        let new = (*$vm).frame.add(1);
        (*$vm).budget -= 1;
        if (*$vm).budget < 0
            || $at.wrapping_add((*$code).regs as usize) >= (*$vm).stack_end
            || new.wrapping_add(1) >= (*$vm).frame_end
        {
            slow!($slow, $pc, $base, $vm, $t);
        }
        new.write($frame);
        (*$vm).frame = new;
        next!((*$code).entry, $at, $vm, $t)
    }};
}

/// Enters the method `$func` that a send found; its registers, the receiver first, begin at `$at`.
macro_rules! enter_method {
    ($func:expr, $at:expr, $retry:path, $pc:expr, $base:expr, $vm:expr, $t:expr) => {{
        let code: *const Code = (*$vm).codes_ptr.add($func);
        enter!(
            code,
            $at,
            Frame {
                ret_pc: $pc.add(SEND_WORDS),
                ret_base: $base,
                closure: Value::NIL,
                func: $func as u32,
                dst: c($pc) as u32,
            },
            $retry,
            $pc,
            $base,
            $vm,
            $t
        )
    }};
}

/// The largest integer that is not greater.
#[inline(always)]
fn floor_of(x: f64) -> f64 {
    // From here on floats are integers; so is what does not compare.
    const INTEGERS: f64 = 4_503_599_627_370_496.0;
    if !(x > -INTEGERS && x < INTEGERS) {
        return x;
    }
    let cut = x as i64 as f64;
    match cut > x {
        true => cut - 1.0,
        // Not the zero of the other sign.
        false if cut == x => x,
        false => cut,
    }
}

handlers! {
    fn call(pc, base, vm, t) {
        let func = *pc.add(1) as usize;
        let code = (*vm).codes_ptr.add(func);
        let at = reg(base, a(pc));
        enter!(
            code,
            at,
            Frame { ret_pc: pc.add(2), ret_base: base, closure: Value::NIL, func: func as u32, dst: b(pc) as u32 },
            call_slow,
            pc,
            base,
            vm,
            t
        )
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
        if (*code).signature as usize != b(pc) {
            slow!(call_value_typed, pc, base, vm, t);
        }
        let at = callee.add(1);
        enter!(
            code,
            at,
            Frame { ret_pc: pc.add(1), ret_base: base, closure: *callee, func, dst: c(pc) as u32 },
            call_value_slow,
            pc,
            base,
            vm,
            t
        )
    }

    #[cold]
    #[inline(never)]
    fn call_value_slow(pc, base, vm, t) {
        let callee = reg(base, a(pc));
        let func = (*callee).as_func().or_else(|| (*vm).rt.heap.closure_func(*callee)).map_or(0, |f| f.0);
        let (pc, base) = retry(&mut *vm, pc, base, callee.add(1), func);
        next!(pc, base, vm, t)
    }

    /// A function with typed parameters, or with another number of them.
    #[inline(never)]
    fn call_value_typed(pc, base, vm, t) {
        let callee = reg(base, a(pc));
        let func = match tag(callee) {
            Tag::Closure => (*vm).rt.heap.closure_func(*callee).unwrap_or(FuncId(u32::MAX)).0,
            _ => bits(callee) as u32,
        };
        let code: *const Code = (*vm).codes_ptr.add(func as usize);
        if (*code).signature as u16 as usize != b(pc) {
            slow!(call_checked, pc, base, vm, t);
        }
        let at = callee.add(1);
        for i in 0..((*code).signature >> 16) as usize {
            if !(*(*code).checks.add(i)).passes(at) {
                slow!(call_checked, pc, base, vm, t);
            }
        }
        enter!(
            code,
            at,
            Frame { ret_pc: pc.add(1), ret_base: base, closure: *callee, func, dst: c(pc) as u32 },
            call_value_slow,
            pc,
            base,
            vm,
            t
        )
    }

    /// Natives, things that cannot be called.
    #[inline(never)]
    fn call_any(pc, base, vm, t) {
        if tag(reg(base, a(pc))) == Tag::Native {
            slow!(call_native_value, pc, base, vm, t);
        }
        slow!(call_checked, pc, base, vm, t)
    }

    // ---- natives done inline

    fn len(pc, base, vm, t) {
        let Some(items) = (*vm).rt.heap.items(get(base, a(pc))) else {
            slow!(call_native1, pc, base, vm, t);
        };
        let n = items.len() as i64;
        reg(base, c(pc)).write(Value::int(n));
        next!(pc.add(2), base, vm, t)
    }

    fn floor(pc, base, vm, t) {
        let r = reg(base, a(pc));
        if tag(r) != Tag::Float {
            slow!(call_native1, pc, base, vm, t);
        }
        reg(base, c(pc)).write(Value::float(floor_of(f64::from_bits(bits(r)))));
        next!(pc.add(2), base, vm, t)
    }

    fn push(pc, base, vm, t) {
        if (*vm).rt.heap.push_in_place(get(base, a(pc)), get(base, b(pc))) {
            reg(base, c(pc)).write(Value::NIL);
            next!(pc.add(2), base, vm, t)
        }
        slow!(call_native2, pc, base, vm, t)
    }

    fn append(pc, base, vm, t) {
        let (list, item) = (get(base, a(pc)), get(base, b(pc)));
        if !Heap::is_shared_cell(list) && (*vm).rt.heap.push_in_place(list, item) {
            (*vm).rt.heap.share(item);
            reg(base, c(pc)).write(list);
            next!(pc.add(2), base, vm, t)
        }
        slow!(call_native2, pc, base, vm, t)
    }

    fn not_nil(pc, base, vm, t) {
        let r = reg(base, a(pc));
        if tag(r) == Tag::Nil {
            slow!(call_native1, pc, base, vm, t);
        }
        copy(reg(base, c(pc)), r);
        next!(pc.add(2), base, vm, t)
    }

    fn not_nil_record(pc, base, vm, t) {
        let r = reg(base, a(pc));
        if tag(r) == Tag::Record && Heap::shape_unchecked(*r).0 == *pc.add(2) as u32 {
            copy(reg(base, c(pc)), r);
            next!(pc.add(3), base, vm, t)
        }
        slow!(not_nil_record_slow, pc, base, vm, t)
    }

    fn has(pc, base, vm, t) {
        if (*vm).rt.heap.has_key(get(base, a(pc)), get(base, b(pc))) {
            reg(base, c(pc)).write(Value::TRUE);
            next!(pc.add(2), base, vm, t)
        }
        slow!(call_native2, pc, base, vm, t)
    }

    fn has_int(pc, base, vm, t) {
        if (*vm).rt.heap.has_key(get(base, a(pc)), get(base, b(pc))) {
            reg(base, c(pc)).write(Value::int(1));
            next!(pc.add(2), base, vm, t)
        }
        if tag(reg(base, a(pc))) == Tag::Map
            && let Some(text) = (*vm).rt.heap.text(get(base, b(pc)))
            && text.as_bytes().first().is_some_and(|b| *b != b'-' && !b.is_ascii_digit())
        {
            reg(base, c(pc)).write(Value::int(0));
            next!(pc.add(2), base, vm, t)
        }
        slow!(call_native2, pc, base, vm, t)
    }

}

/// Sends. `$skip`: registers from operand a to the receiver; what lies at a itself decides which method it is.
macro_rules! sends {
    ($($name:ident $any:ident $retry:ident $miss:ident $skip:literal;)*) => {
        handlers! {$(
            fn $name(pc, base, vm, t) {
                let start = reg(base, a(pc));
                if tag(start) != Tag::Record {
                    slow!($any, pc, base, vm, t);
                }
                let shape = Heap::shape_unchecked(*start).0;
                let mut way = 0;
                let mut cached = *pc.add(SEND_CACHE);
                while cached as u32 != shape {
                    way += 1;
                    if way == SEND_WAYS {
                        slow!($any, pc, base, vm, t);
                    }
                    cached = *pc.add(SEND_CACHE + way);
                }
                let func = (cached >> 32) as usize;
                enter_method!(func, start.add($skip), $retry, pc, base, vm, t)
            }

            /// Other receivers than records, native functions, more classes than the instruction remembers.
            #[inline(never)]
            fn $any(pc, base, vm, t) {
                let start = reg(base, a(pc));
                let key = Heap::send_key_unchecked(*start);
                let mut way = 0;
                let mut cached = *pc.add(SEND_CACHE);
                while (cached as u32) & !NATIVE_KEY != key && way + 1 < SEND_WAYS {
                    way += 1;
                    cached = *pc.add(SEND_CACHE + way);
                }
                if (cached as u32) & !NATIVE_KEY != key && cached != NO_METHOD {
                    cached = (*vm).found_method(key, *pc.add(1));
                    let func = (cached >> 32) as usize;
                    if cached as u32 == key && (*(*vm).codes_ptr.add(func)).signature as usize != b(pc) + 1 {
                        slow!($miss, pc, base, vm, t);
                    }
                }
                let func = (cached >> 32) as usize;
                if cached as u32 == key | NATIVE_KEY {
                    let args = core::slice::from_raw_parts(start.add($skip), b(pc) + 1);
                    let (pc, base) = native_send(vm, func, args, pc, base);
                    next!(pc, base, vm, acc(t, 0))
                }
                if cached as u32 != key {
                    slow!($miss, pc, base, vm, t);
                }
                enter_method!(func, start.add($skip), $retry, pc, base, vm, t)
            }

            #[cold]
            #[inline(never)]
            fn $retry(pc, base, vm, t) {
                let start = reg(base, a(pc));
                let key = Heap::send_key_unchecked(*start);
                let ways = core::slice::from_raw_parts(pc.add(SEND_CACHE), SEND_WAYS);
                let remembered = ways.iter().copied().find(|&cached| cached as u32 == key);
                let func = remembered.unwrap_or_else(|| (*vm).found_method(key, *pc.add(1))) >> 32;
                let (pc, base) = retry(&mut *vm, pc, base, start.add($skip), func as u32);
                next!(pc, base, vm, t)
            }
        )*}
    };
}

sends! {
    send send_any send_retry send_miss 0;
    send_from send_from_any send_from_retry send_from_miss 1;
}

/// A native function as a method; the result goes to c.
#[inline(never)]
unsafe fn native_send(
    vm: *mut Vm,
    native: usize,
    args: &[Value],
    pc: *mut u64,
    base: *mut Value,
) -> crate::calls::Next {
    // SAFETY: as for handlers; the number is one of a native function.
    unsafe {
        let run = (*(&(*vm).rt.natives).as_ptr().add(native)).run;
        let result = run(&mut (*vm).rt, args);
        if let Ok(v) = &result {
            copy(reg(base, c(pc)), (&raw const *v).cast_mut());
            return (*vm).safepoint(pc, pc.add(SEND_WORDS), base);
        }
        (*vm).deliver(result, c(pc) as u32, pc, pc.add(SEND_WORDS), base)
    }
}

/// Limits and room for a call of `func` whose frame begins at `at`; then the same instruction again.
#[inline(never)]
fn retry(vm: &mut Vm, pc: *mut u64, base: *mut Value, at: *mut Value, func: u32) -> crate::calls::Next {
    if vm.budget < 0 {
        return match vm.poll() {
            Ok(()) => vm.give_way(pc, base),
            Err(e) => vm.limit_reached(pc, base, e),
        };
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
        TypeTag::Nil => v.tag() == Tag::Nil,
        TypeTag::Str => v.tag() == Tag::Str,
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
        let result = run(&mut (*vm).rt, args);
        let broken = match (&result, want) {
            (Ok(v), Some(want)) => !has_kind(&(*vm).rt, *v, want),
            // A native of declared result type cannot let somebody else make the result.
            (Err(Control::Call(_) | Control::Load(_)), Some(_)) => true,
            (Err(Control::Task(request)), Some(want)) => !request.fits(want),
            _ => false,
        };
        if broken { Err(corrupt()) } else { result }
    }
}

/// The native call at `pc`: c is the result's register, the extension word the function.
#[inline(always)]
unsafe fn native_call(vm: *mut Vm, args: &[Value], pc: *mut u64, base: *mut Value) -> crate::calls::Next {
    // SAFETY: as for handlers.
    unsafe {
        let native = *pc.add(1) as usize;
        let run = (*(&(*vm).rt.natives).as_ptr().add(native)).run;
        let want = *(&(*vm).native_results).as_ptr().add(native);
        let result = run(&mut (*vm).rt, args);
        if let Ok(v) = &result
            && want.is_none_or(|want| has_kind(&(*vm).rt, *v, want))
        {
            // Read where it lies: moving the whole result would wait for its parts to be stored.
            copy(reg(base, c(pc)), (&raw const *v).cast_mut());
            return (*vm).safepoint(pc, pc.add(2), base);
        }
        native_failed(vm, result, want, pc, base)
    }
}

/// Everything but a value of the right kind.
#[cold]
#[inline(never)]
unsafe fn native_failed(
    vm: *mut Vm,
    result: NativeResult,
    want: Option<motet_runtime::TypeTag>,
    pc: *mut u64,
    base: *mut Value,
) -> crate::calls::Next {
    // SAFETY: as for handlers.
    unsafe {
        let result = match result {
            Err(Control::Task(request)) if want.is_none_or(|want| request.fits(want)) => {
                return suspend(vm, *request, want, c(pc) as u32, pc, pc.add(2), base);
            }
            Err(Control::Task(_)) => Err(corrupt()),
            Err(Control::Call(_) | Control::Load(_)) | Ok(_) if want.is_some() => Err(corrupt()),
            result => result,
        };
        (*vm).deliver(result, c(pc) as u32, pc, pc.add(2), base)
    }
}

/// Does what a native function of declared result type asked for.
#[cold]
unsafe fn suspend(
    vm: *mut Vm,
    request: motet_runtime::TaskRequest,
    want: Option<motet_runtime::TypeTag>,
    dst: u32,
    pc: *mut u64,
    next: *mut u64,
    base: *mut Value,
) -> crate::calls::Next {
    // SAFETY: as for handlers.
    unsafe { (*vm).task_request(request, Site { pc, base, next, ret_base: base, dst, want }) }
}

outlined! {
    fn call_native(pc, base, vm) {
        native_call(vm, core::slice::from_raw_parts(reg(base, a(pc)), b(pc)), pc, base)
    }

    fn call_native1(pc, base, vm) {
        // A native does not change its arguments and cannot start a collection: they may stay where they are.
        native_call(vm, core::slice::from_raw_parts(reg(base, a(pc)), 1), pc, base)
    }

    fn call_native2(pc, base, vm) {
        native_call(vm, &[get(base, a(pc)), get(base, b(pc))], pc, base)
    }

    #[cold]
    fn not_nil_record_slow(pc, base, vm) {
        let v = get(base, a(pc));
        let result = call_typed(vm, *pc.add(1) as usize, &[v]).and_then(|v| {
            let want = super::data::record_type(*pc.add(2));
            match motet_runtime::ops::passes_cast(&(*vm).rt, v, want) {
                true => Ok(v),
                false => {
                    let language = (*vm).rt.language((*vm).language_index());
                    Err(language.cast_failed(&mut (*vm).rt, want, v))
                }
            }
        });
        (*vm).deliver(result, c(pc) as u32, pc, pc.add(3), base)
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

    /// Finds the method and remembers it, or asks the language.
    fn send_miss(pc, base, vm) {
        let recv = reg(base, a(pc));
        let n = b(pc);
        if (*vm).find_method(pc, *recv, n) {
            return (pc, base);
        }
        let language = (*vm).rt.language((*vm).language_index());
        let args = core::slice::from_raw_parts(recv.add(1), n);
        let result = language.send(&mut (*vm).rt, *recv, Symbol(*pc.add(1) as u32), args);
        (*vm).deliver(result, c(pc) as u32, pc, pc.add(SEND_WORDS), base)
    }

    /// Likewise.
    fn send_from_miss(pc, base, vm) {
        let start = reg(base, a(pc));
        let n = b(pc);
        if (*vm).find_method(pc, *start, n) {
            return (pc, base);
        }
        let language = (*vm).rt.language((*vm).language_index());
        let args = core::slice::from_raw_parts(start.add(1), n + 1);
        let result = language.send_from(&mut (*vm).rt, *start, Symbol(*pc.add(1) as u32), args);
        (*vm).deliver(result, c(pc) as u32, pc, pc.add(SEND_WORDS), base)
    }

    #[cold]
    fn call_value_spread(pc, base, vm) {
        let callee = get(base, a(pc));
        let args = (*vm).rt.heap.items(get(base, b(pc))).cloned().unwrap_or_default();
        (*vm).call_at(callee, args, pc.add(1), base, c(pc) as u32, pc, base)
    }

    #[cold]
    fn call_native_spread(pc, base, vm) {
        let native = *pc.add(1) as usize;
        let args = (*vm).rt.heap.items(get(base, a(pc))).cloned().unwrap_or_default();
        let result = call_typed(vm, native, &args);
        if let Err(Control::Task(request)) = result {
            let want = *(&(*vm).native_results).as_ptr().add(native);
            return suspend(vm, *request, want, b(pc) as u32, pc, pc.add(2), base);
        }
        (*vm).deliver(result, b(pc) as u32, pc, pc.add(2), base)
    }

    #[cold]
    fn send_spread(pc, base, vm) {
        let recv = get(base, a(pc));
        let args = (*vm).rt.heap.items(get(base, b(pc))).cloned().unwrap_or_default();
        let language = (*vm).rt.language((*vm).language_index());
        let result = language.send(&mut (*vm).rt, recv, Symbol(*pc.add(1) as u32), &args);
        (*vm).deliver(result, c(pc) as u32, pc, pc.add(2), base)
    }
}

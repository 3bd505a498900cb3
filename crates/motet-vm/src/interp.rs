//! Dispatch and handlers.
//!
//! Each register op has one handler, a small function over (pc, base, vm,
//! table). Where the optimiser turns tail calls into jumps
//! (`cfg(motet_tail_calls)`, decided by `build.rs`), a handler ends by calling
//! the next one; elsewhere it stores pc and base and returns to a loop. What
//! an op does is written once.
//!
//! Invariants handlers rely on:
//! - I1: `pc` points to an instruction of translated code or to a stub; operand
//!   registers lie within the newest frame's registers at `base` (translator).
//! - I2: operands of typed ops have the static kind (verifier).
//! - I3: nothing that a handler calls keeps a pointer into registers, and
//!   what may move the registers returns the new `base`.
#![allow(unsafe_code)]
// Borrows of places behind `vm` are spelled out: rustc warns of implicit ones behind raw pointers.
#![allow(clippy::needless_borrow)]

mod arith;
mod calls;
mod control;
mod data;
mod floored;
mod parts;
mod probe;

use motet_regcode::Op;
use motet_runtime::{Tag, Value};

use crate::Vm;

/// A handler.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Handler(pub(crate) RawHandler);

#[cfg(target_arch = "x86_64")]
pub(crate) type RawHandler = unsafe extern "sysv64-unwind" fn(*mut u64, *mut Value, *mut Vm, *const Handler, f64);
#[cfg(not(target_arch = "x86_64"))]
pub(crate) type RawHandler = unsafe extern "C-unwind" fn(*mut u64, *mut Value, *mut Vm, *const Handler, f64);

/// Defines handlers. The body sees pc, base, vm and the tail — table and accumulator —, and ends with `next!` or `slow!`.
///
/// The accumulator is the payload, as a float, of the register that the instruction before wrote, if that goes on
/// with the tail `acc(t, payload)`; only the accumulator forms of operators look at it. A chain of float
/// operations through registers would wait for a store and a load at every step (after wasmi 2.0).
macro_rules! handlers {
    ($($(#[$attr:meta])* fn $name:ident($pc:ident, $base:ident, $vm:ident, $t:ident) $body:block)*) => {$(
        $(#[$attr])*
        #[cfg(target_arch = "x86_64")]
        pub(super) unsafe extern "sysv64-unwind" fn $name(
            $pc: *mut u64, $base: *mut Value, $vm: *mut Vm, $t: *const Handler, accumulator: f64,
        ) {
            #[allow(unused_variables)]
            let $t = ($t, accumulator);
            // SAFETY: I1–I3; each access names a register, word or field that these cover.
            unsafe { $body }
        }

        $(#[$attr])*
        #[cfg(not(target_arch = "x86_64"))]
        pub(super) unsafe extern "C-unwind" fn $name(
            $pc: *mut u64, $base: *mut Value, $vm: *mut Vm, $t: *const Handler, accumulator: f64,
        ) {
            #[allow(unused_variables)]
            let $t = ($t, accumulator);
            // SAFETY: I1–I3; each access names a register, word or field that these cover.
            unsafe { $body }
        }
    )*};
}
pub(crate) use handlers;

/// Defines handlers whose work is done in a function of its own, which returns where to go on. Whatever owns
/// memory (results, texts, counted pointers) must live there: a handler with a value to drop at its end could not
/// tail-call.
macro_rules! outlined {
    ($($(#[$attr:meta])* fn $name:ident($pc:ident, $base:ident, $vm:ident) $body:block)*) => {$(
        $crate::interp::handlers! {
            $(#[$attr])*
            // A fast path that goes on here must not get this one's prologue.
            #[inline(never)]
            fn $name(pc, base, vm, t) {
                #[inline(never)]
                unsafe fn work($pc: *mut u64, $base: *mut Value, $vm: *mut Vm) -> $crate::calls::Next {
                    // SAFETY: I1–I3; each access names a register, word or field that these cover.
                    unsafe { $body }
                }
                let (pc, base) = work(pc, base, vm);
                next!(pc, base, vm, $crate::interp::acc(t, 0))
            }
        }
    )*};
}
pub(crate) use outlined;

/// Goes on at another instruction.
#[cfg(motet_tail_calls)]
macro_rules! next {
    ($pc:expr, $base:expr, $vm:expr, $t:expr) => {{
        let (pc, tail): (*mut u64, $crate::interp::Tail) = ($pc, $t);
        let handler = (*tail.0.add(*pc as u16 as usize)).0;
        return handler(pc, $base, $vm, tail.0, tail.1);
    }};
}
/// Goes on at another instruction.
#[cfg(not(motet_tail_calls))]
macro_rules! next {
    ($pc:expr, $base:expr, $vm:expr, $t:expr) => {{
        let tail: $crate::interp::Tail = $t;
        (*$vm).pc = $pc;
        (*$vm).base = $base;
        (*$vm).accumulator = tail.1;
        return;
    }};
}
pub(crate) use next;

/// Hands over to a cold handler.
macro_rules! slow {
    ($handler:path, $pc:expr, $base:expr, $vm:expr, $t:expr) => {
        return $handler($pc, $base, $vm, $t.0, $t.1)
    };
}
pub(crate) use slow;

/// What handlers pass on besides pc, base and machine: table and accumulator.
pub(crate) type Tail = (*const Handler, f64);

/// The tail with another payload in the accumulator.
#[inline(always)]
pub(crate) fn acc(tail: Tail, payload: u64) -> Tail {
    (tail.0, f64::from_bits(payload))
}

/// Where the slow path of an instruction goes on, whose accumulator is not the result: behind the accumulator form at
/// `next`, if there is one, at the plain form.
#[inline(always)]
pub(crate) unsafe fn behind(next: *mut u64) -> *mut u64 {
    // SAFETY: `next` points to an instruction (I1).
    if motet_regcode::is_accumulator_form(unsafe { *next } as u16) { next.wrapping_add(1) } else { next }
}

/// Operand fields of the instruction word: a, b, c.
#[inline(always)]
pub(crate) unsafe fn a(pc: *mut u64) -> usize {
    // SAFETY: `pc` points to an instruction word (I1).
    unsafe { usize::from(*pc.cast::<u16>().add(1)) }
}
#[inline(always)]
pub(crate) unsafe fn b(pc: *mut u64) -> usize {
    // SAFETY: `pc` points to an instruction word (I1).
    unsafe { usize::from(*pc.cast::<u16>().add(2)) }
}
#[inline(always)]
pub(crate) unsafe fn c(pc: *mut u64) -> usize {
    // SAFETY: `pc` points to an instruction word (I1).
    unsafe { usize::from(*pc.cast::<u16>().add(3)) }
}
/// Operand c as a signed number.
#[inline(always)]
pub(crate) unsafe fn imm(pc: *mut u64) -> i64 {
    // SAFETY: `pc` points to an instruction word (I1).
    unsafe { i64::from(*pc.cast::<i16>().add(3)) }
}
/// Operand b as a signed number.
#[inline(always)]
pub(crate) unsafe fn imm_b(pc: *mut u64) -> i64 {
    // SAFETY: `pc` points to an instruction word (I1).
    unsafe { i64::from(*pc.cast::<i16>().add(2)) }
}
/// Operands b and c as one signed number.
#[inline(always)]
pub(crate) unsafe fn wide(pc: *mut u64) -> i32 {
    // SAFETY: `pc` points to an instruction word (I1).
    unsafe { *pc.cast::<i32>().add(1) }
}

/// Address of a register.
#[inline(always)]
pub(crate) fn reg(base: *mut Value, operand: usize) -> *mut Value {
    base.wrapping_byte_add(operand * 8)
}

/// Tag of a register.
#[inline(always)]
pub(crate) unsafe fn tag(r: *mut Value) -> Tag {
    // SAFETY: a register holds a value (I1).
    unsafe { (*r).tag() }
}

/// Payload of a register.
#[inline(always)]
pub(crate) unsafe fn bits(r: *mut Value) -> u64 {
    // SAFETY: a register holds a value (I1).
    unsafe { (*r).bits() }
}

/// Content of a register, read by halves (see [`copy`]).
#[inline(always)]
pub(crate) unsafe fn get(base: *mut Value, operand: usize) -> Value {
    // SAFETY: a register holds a value (I1); a value is two words, of which the first is a tag.
    unsafe {
        let r = reg(base, operand);
        let (tag, bits) = (r.cast::<Tag>().read_volatile(), r.byte_add(8).cast::<u64>().read_volatile());
        Value::from_parts(tag, bits)
    }
}

/// Copies a register by halves: a 16-byte load right after two 8-byte stores would defeat store forwarding.
#[inline(always)]
pub(crate) unsafe fn copy(to: *mut Value, from: *mut Value) {
    // SAFETY: both are registers (I1); a value is two words.
    unsafe {
        let (x, y) = (from.cast::<usize>().read_volatile(), from.byte_add(8).cast::<u64>().read_volatile());
        to.cast::<usize>().write(x);
        to.byte_add(8).cast::<u64>().write(y);
    }
}

/// As [`copy`]; the payload.
#[inline(always)]
pub(crate) unsafe fn load(to: *mut Value, from: *mut Value) -> u64 {
    // SAFETY: as for `copy`.
    unsafe {
        let (x, y) = (from.cast::<usize>().read_volatile(), from.byte_add(8).cast::<u64>().read_volatile());
        to.cast::<usize>().write(x);
        to.byte_add(8).cast::<u64>().write(y);
        y
    }
}

/// Keeps a conditional branch a branch: as a conditional move, the next
/// instruction's address would depend on the compared data, and the processor
/// could not run ahead.
#[inline(always)]
pub(crate) fn keep_branch() {
    #[cfg(all(
        not(miri),
        any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv32", target_arch = "riscv64")
    ))]
    // SAFETY: emits nothing.
    unsafe {
        core::arch::asm!("", options(nomem, nostack, preserves_flags));
    }
}

macro_rules! table {
    ($($name:ident)*) => {
        /// Handlers in op order.
        static TABLE: [Handler; Op::ALL.len()] = [$(Handler(by_op::$name)),*];
    };
}
motet_regcode::for_each_reg_op!(table);

/// The handler of each op, under the op's name.
#[allow(non_snake_case, non_upper_case_globals)]
mod by_op {
    use super::{RawHandler, arith, calls, control, data, floored, parts};

    macro_rules! bind {
        ($module:ident: $($op:ident = $handler:ident),* $(,)?) => {
            $(pub(super) const $op: RawHandler = $module::$handler;)*
        };
    }

    bind!(control: Halt = halt, Translate = translate, EnterGenerator = enter_generator, EnterAsync = enter_async,
        FiberEnd = fiber_end, AsyncEnd = async_end, Jump = jump, Loop = loop_, JumpIf = jump_if,
        JumpUnless = jump_unless, JumpTruthy = jump_truthy, JumpFalsy = jump_falsy,
        JumpUnlessBool = jump_unless_bool, Choose = choose, ChooseNot = choose_not, JType = jtype, JTypeNot = jtype_not, JumpNil = jump_nil, JumpNotNil = jump_not_nil, JSame = jsame, JSameNot = jsame_not, Return = return_, Raise = raise,
        RaiseError = raise_error, Yield = yield_, Await = await_, RangeStart = range_start, RangeNext = range_next,
        IterStart = iter_start, IterNext = iter_next);
    bind!(data: Move = move_, LoadK = load_k, LoadInt = load_int, LoadImm = load_imm, LoadFunc = load_func,
        LoadNative = load_native, GetGlobal = get_global, GetGlobalRaw = get_global_raw, SetGlobal = set_global,
        GetCapture = get_capture, SetCapture = set_capture, IsUnset = is_unset, CheckSet = check_set, Not = not,
        Same = same, SameNot = same_not, Truthy = truthy, IsNil = is_nil, IsClass = is_class, IsRecord = is_record,
        IsType = is_type, Cast = cast, CastMove = cast_move, CastRecord = cast_record, Share = share,
        SharePart = share_part, Concat = concat, List = list,
        ListAppend = list_append, ListExtend = list_extend, Map = map, MapPut = map_put, MapSpread = map_spread,
        Record = record, Closure = closure, 
        Index = index, IndexShare = index_share, IndexPart = index_part, IndexCast = index_cast, IndexRecord = index_record,
        SetIndex = set_index, SetIndexOwn = set_index_own, SetFieldOwn = set_field_own, Field = field, SetField = set_field, Slot = slot, SetSlot = set_slot, SlotApart = slot_apart, SetSlotApart = set_slot_apart,
        Own = own, OwnCapture = own_capture, OwnGlobal = own_global, OwnIndex = own_index, OwnField = own_field);
    bind!(parts: Part = part, SetPart = set_part, CellNew = cell_new, CellGet = cell_get, CellSet = cell_set);
    bind!(floored: FloorDiv = floordiv, Mod = mod_, FloorDivI = floordiv_i, ModI = mod_i);
    bind!(calls: Call = call, CallValue = call_value, CallNative = call_native, CallNative1 = call_native1,
        CallNative2 = call_native2, Len = len, Push = push, Append = append, Has = has, HasInt = has_int, Floor = floor, NotNil = not_nil, NotNilRecord = not_nil_record, Send = send, SendFrom = send_from,
        CallValueSpread = call_value_spread, CallNativeSpread = call_native_spread, SendSpread = send_spread);
    bind!(arith: AddL = add_l, SubL = sub_l, SubR = sub_r, MulL = mul_l, DivL = div_l, DivR = div_r,
        FloatAddL = float_add_l, FloatSubL = float_sub_l, FloatSubR = float_sub_r, FloatMulL = float_mul_l,
        FloatDivL = float_div_l, FloatDivR = float_div_r,
        Add = add, Sub = sub, Mul = mul, Div = div, Rem = rem, AddI = add_i, SubI = sub_i, MulI = mul_i,
        DivI = div_i, RemI = rem_i, Eq = eq, Ne = ne, Lt = lt, Le = le, Gt = gt, Ge = ge, Bin = bin, Un = un,
        JEq = jeq, JNe = jne, JLt = jlt, JLe = jle, JGt = jgt, JGe = jge,
        JEqNot = jeq_not, JNeNot = jne_not, JLtNot = jlt_not, JLeNot = jle_not, JGtNot = jgt_not, JGeNot = jge_not,
        JEqI = jeq_i, JNeI = jne_i, JLtI = jlt_i, JLeI = jle_i, JGtI = jgt_i, JGeI = jge_i,
        JEqINot = jeq_i_not, JNeINot = jne_i_not, JLtINot = jlt_i_not, JLeINot = jle_i_not, JGtINot = jgt_i_not,
        JGeINot = jge_i_not,
        JEqNil = jeq_nil, JEqNilNot = jeq_nil_not, JNeNil = jne_nil, JNeNilNot = jne_nil_not,
        IntAdd = int_add, IntSub = int_sub, IntMul = int_mul, IntDiv = int_div, IntRem = int_rem,
        IntAddI = int_add_i, IntSubI = int_sub_i, IntMulI = int_mul_i, IntDivI = int_div_i, IntRemI = int_rem_i,
        IntAnd = int_and, IntOr = int_or, IntXor = int_xor, IntShl = int_shl, IntShr = int_shr, IntUshr = int_ushr,
        IntNeg = int_neg, IntBitNot = int_bitnot, IntToFloat = int_to_float,
        IntEq = int_eq, IntNe = int_ne, IntLt = int_lt, IntLe = int_le,
        IntJEq = int_jeq, IntJNe = int_jne, IntJLt = int_jlt, IntJLe = int_jle,
        IntJEqI = int_jeq_i, IntJNeI = int_jne_i, IntJLtI = int_jlt_i, IntJLeI = int_jle_i, IntJGtI = int_jgt_i,
        IntJGeI = int_jge_i,
        ChkAdd = chk_add, ChkSub = chk_sub, ChkMul = chk_mul, ChkAddI = chk_add_i, ChkSubI = chk_sub_i,
        ChkMulI = chk_mul_i, ChkNeg = chk_neg,
        FloatAdd = float_add, FloatSub = float_sub, FloatMul = float_mul, FloatDiv = float_div, FloatRem = float_rem,
        FloatNeg = float_neg, FloatToInt = float_to_int, FloatToFloat32 = float_to_float32, FloatEq = float_eq, FloatNe = float_ne, FloatLt = float_lt, FloatLe = float_le,
        FloatJLt = float_jlt, FloatJLe = float_jle, FloatJLtNot = float_jlt_not, FloatJLeNot = float_jle_not,
        JEqLoop = jeq_loop, JNeLoop = jne_loop, JLtLoop = jlt_loop, JLeLoop = jle_loop, JGtLoop = jgt_loop, JGeLoop = jge_loop, JEqILoop = jeq_i_loop, JNeILoop = jne_i_loop, JLtILoop = jlt_i_loop, JLeILoop = jle_i_loop, JGtILoop = jgt_i_loop, JGeILoop = jge_i_loop, IntJEqLoop = int_jeq_loop, IntJNeLoop = int_jne_loop, IntJLtLoop = int_jlt_loop, IntJLeLoop = int_jle_loop, IntJEqILoop = int_jeq_i_loop, IntJNeILoop = int_jne_i_loop, IntJLtILoop = int_jlt_i_loop, IntJLeILoop = int_jle_i_loop, IntJGtILoop = int_jgt_i_loop, IntJGeILoop = int_jge_i_loop, FloatJLtLoop = float_jlt_loop, FloatJLeLoop = float_jle_loop, 
        StrAdd = str_add, StrCmp = str_cmp);
}

/// Runs from `vm.pc` and `vm.base` until `halt`.
pub(crate) fn dispatch(vm: &mut Vm) {
    let table = probe::table(vm);
    let vm: *mut Vm = vm;
    // SAFETY: the machine was set up by `Vm::run`: pc and base are those of a frame or of the halt stub (I1).
    unsafe {
        #[cfg(motet_tail_calls)]
        {
            let pc = (*vm).pc;
            ((*table.add(*pc as u16 as usize)).0)(pc, (*vm).base, vm, table, 0.0);
        }
        #[cfg(not(motet_tail_calls))]
        loop {
            let pc = (*vm).pc;
            let op = *pc as u16;
            if op == Op::Halt as u16 {
                return;
            }
            ((*table.add(op as usize)).0)(pc, (*vm).base, vm, table, (*vm).accumulator);
        }
    }
}

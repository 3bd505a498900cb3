//! Handlers of operators and of compare-and-branch.
#![allow(unsafe_code)]

use motet_runtime::{BinOp, Heap, Tag, UnOp, Value, ops};

use super::{
    Handler, a, acc, b, behind, bits, c, control::poll_again, get, handlers, imm, imm_b, keep_branch, next, outlined,
    reg, slow, tag, wide,
};
use crate::{Vm, calls::Next, methods::Operator};

const BIN: [BinOp; 19] = [
    BinOp::Add,
    BinOp::Sub,
    BinOp::Mul,
    BinOp::Div,
    BinOp::Rem,
    BinOp::Eq,
    BinOp::Ne,
    BinOp::Lt,
    BinOp::Le,
    BinOp::Gt,
    BinOp::Ge,
    BinOp::BitAnd,
    BinOp::BitOr,
    BinOp::BitXor,
    BinOp::Shl,
    BinOp::Shr,
    BinOp::Ushr,
    BinOp::FloorDiv,
    BinOp::Mod,
];

/// The dynamic operator off the inline path.
#[inline(never)]
#[allow(clippy::too_many_arguments)] // One call, eight scalars.
pub(super) unsafe fn dynamic(
    vm: *mut Vm,
    op: BinOp,
    x: Value,
    y: Value,
    dst: u32,
    pc: *mut u64,
    next: *mut u64,
    base: *mut Value,
) -> Next {
    // SAFETY: as for handlers.
    unsafe {
        let language = (*vm).language_index();
        let result = match ops::binary_inline(&mut (*vm).rt, language, op, x, y) {
            Ok(Some(v)) => Ok(v),
            Err(e) => Err(e),
            Ok(None) => match (*vm).operator_method(language, op, x) {
                Some(Operator::Function(func)) => {
                    return (*vm).enter_at(func, Value::NIL, &[x, y], next, base, dst, pc, base);
                }
                Some(Operator::Native(native)) => {
                    let run = (&(*vm).rt.natives)[native as usize].run;
                    run(&mut (*vm).rt, &[x, y])
                }
                None => (*vm).rt.language(language).binary(&mut (*vm).rt, op, x, y),
            },
        };
        (*vm).deliver(result, dst, pc, next, base)
    }
}

/// An operator on integer and float, where the language promotes.
#[inline(always)]
unsafe fn mixed(vm: *mut Vm, op: BinOp, x: Value, y: Value) -> Option<Value> {
    if !matches!((x.tag(), y.tag()), (Tag::Int, Tag::Float) | (Tag::Float, Tag::Int)) {
        return None;
    }
    // SAFETY: as for handlers.
    let promotes = unsafe { (*vm).promotes() };
    if promotes { ops::mixed(op, x, y) } else { None }
}

/// A comparison off the first inline path, where the language is not asked.
#[inline(always)]
unsafe fn compare(vm: *mut Vm, op: BinOp, x: Value, y: Value) -> Option<Value> {
    // SAFETY: as for handlers.
    unsafe {
        match op {
            BinOp::Eq | BinOp::Ne => ops::equal(&(*vm).rt, x, y).map(|e| Value::bool(e == (op == BinOp::Eq))),
            _ => mixed(vm, op, x, y),
        }
    }
}

/// A typed integer operator that asks the language; its answer must be an integer again.
#[inline(never)]
unsafe fn ask_int(vm: *mut Vm, op: BinOp, x: i64, y: i64, pc: *mut u64, base: *mut Value) -> Next {
    // SAFETY: as for handlers.
    unsafe {
        let language = (*vm).rt.language((*vm).language_index());
        let result = language.binary(&mut (*vm).rt, op, Value::int(x), Value::int(y));
        answer_int(vm, result, pc, base)
    }
}

#[inline(never)]
unsafe fn answer_int(vm: *mut Vm, result: motet_runtime::NativeResult, pc: *mut u64, base: *mut Value) -> Next {
    // SAFETY: as for handlers.
    unsafe {
        let result = match result {
            Ok(v) if v.tag() != Tag::Int => Err(motet_runtime::Control::Trap(motet_runtime::Trap::Corrupt)),
            Err(
                motet_runtime::Control::Call(_) | motet_runtime::Control::Task(_) | motet_runtime::Control::Load(_),
            ) => Err(motet_runtime::Control::Trap(motet_runtime::Trap::Corrupt)),
            other => other,
        };
        (*vm).deliver(result, a(pc) as u32, pc, pc.add(1), base)
    }
}

/// Every right operand will do.
fn any(_: f64) -> bool {
    true
}

/// Zero divisors are the language's.
fn not_zero(y: f64) -> bool {
    y != 0.0
}

/// `$fits`: whether float with float is decided inline for this right operand.
macro_rules! dyn_arith {
    ($($name:ident $name_i:ident $slow:ident $slow_i:ident $op:ident $checked:ident $float:tt $fits:ident;)*) => {
        handlers! {$(
            fn $name(pc, base, vm, t) {
                let (x, y) = (reg(base, b(pc)), reg(base, c(pc)));
                if tag(x) == Tag::Int && tag(y) == Tag::Int {
                    if let Some(n) = (bits(x) as i64).$checked(bits(y) as i64) {
                        reg(base, a(pc)).write(Value::int(n));
                        next!(pc.add(1), base, vm, t)
                    }
                } else if tag(x) == Tag::Float && tag(y) == Tag::Float && $fits(f64::from_bits(bits(y))) {
                    let n = f64::from_bits(bits(x)) $float f64::from_bits(bits(y));
                    reg(base, a(pc)).write(Value::float(n));
                    next!(pc.add(1), base, vm, (t.0, n))
                }
                slow!($slow, pc, base, vm, t)
            }

            #[inline(never)]
            fn $slow(pc, base, vm, t) {
                let (x, y) = (get(base, b(pc)), get(base, c(pc)));
                if let Some(v) = mixed(vm, BinOp::$op, x, y) {
                    reg(base, a(pc)).write(v);
                    next!(pc.add(1), base, vm, acc(t, v.bits()))
                }
                let (pc, base) = dynamic(vm, BinOp::$op, x, y, a(pc) as u32, pc, behind(pc.add(1)), base);
                next!(pc, base, vm, t)
            }

            fn $name_i(pc, base, vm, t) {
                let x = reg(base, b(pc));
                if tag(x) == Tag::Int
                    && let Some(n) = (bits(x) as i64).$checked(imm(pc))
                {
                    reg(base, a(pc)).write(Value::int(n));
                    next!(pc.add(1), base, vm, t)
                }
                slow!($slow_i, pc, base, vm, t)
            }

            #[inline(never)]
            fn $slow_i(pc, base, vm, t) {
                let (x, y) = (get(base, b(pc)), Value::int(imm(pc)));
                if let Some(v) = mixed(vm, BinOp::$op, x, y) {
                    reg(base, a(pc)).write(v);
                    next!(pc.add(1), base, vm, acc(t, v.bits()))
                }
                let (pc, base) = dynamic(vm, BinOp::$op, x, y, a(pc) as u32, pc, behind(pc.add(1)), base);
                next!(pc, base, vm, t)
            }
        )*}
    };
}

dyn_arith! {
    add add_i add_slow add_i_slow Add checked_add + any;
    sub sub_i sub_slow sub_i_slow Sub checked_sub - any;
    mul mul_i mul_slow mul_i_slow Mul checked_mul * any;
    div div_i div_slow div_i_slow Div checked_div / not_zero;
    rem rem_i rem_slow rem_i_slow Rem checked_rem % not_zero;
}

/// Accumulator forms of dynamic operators: floats with the left (`$left`) or the right operand in the accumulator,
/// integers as ever; for anything else the plain form stands behind.
macro_rules! dyn_accumulated {
    ($($name:ident $checked:ident $float:tt $left:literal $fits:ident;)*) => {
        handlers! {$(
            fn $name(pc, base, vm, t) {
                let (x, y) = (reg(base, b(pc)), reg(base, c(pc)));
                if tag(x) == Tag::Float && tag(y) == Tag::Float {
                    let x = if $left { t.1 } else { f64::from_bits(bits(x)) };
                    let y = if $left { f64::from_bits(bits(y)) } else { t.1 };
                    if $fits(y) {
                        let n = x $float y;
                        reg(base, a(pc)).write(Value::float(n));
                        // The ways on must not be joined: they would be one jump that nobody can predict.
                        keep_branch();
                        next!(pc.add(2), base, vm, (t.0, n))
                    }
                } else if tag(x) == Tag::Int && tag(y) == Tag::Int
                    && let Some(n) = (bits(x) as i64).$checked(bits(y) as i64)
                {
                    reg(base, a(pc)).write(Value::int(n));
                    next!(pc.add(2), base, vm, t)
                }
                next!(pc.add(1), base, vm, t)
            }
        )*}
    };
}

dyn_accumulated! {
    add_l checked_add + true any;
    sub_l checked_sub - true any;
    sub_r checked_sub - false any;
    mul_l checked_mul * true any;
    div_l checked_div / true not_zero;
    div_r checked_div / false not_zero;
}

/// Back to the loop head that operand c names, which is a safepoint. With the budget used up, the limits are looked at
/// and the same instruction runs again.
macro_rules! go_back {
    ($pc:expr, $base:expr, $vm:expr, $t:expr) => {{
        (*$vm).budget -= 1;
        if (*$vm).budget < 0 {
            slow!(poll_again, $pc, $base, $vm, $t);
        }
        keep_branch();
        next!($pc.offset(imm($pc) as isize), $base, $vm, $t)
    }};
}

/// `$float`: whether float with float is decided inline (equality of floats is the language's).
macro_rules! dyn_compare {
    ($($name:ident $slow:ident
        $jump:ident $jump_slow:ident $jump_not:ident
        $jump_i:ident $jump_i_slow:ident $jump_i_not:ident
        $jump_loop:ident $jump_i_loop:ident
        $op:ident $cmp:tt $float:literal;)*) => {
        handlers! {$(
            fn $name(pc, base, vm, t) {
                let (x, y) = (reg(base, b(pc)), reg(base, c(pc)));
                if tag(x) == Tag::Int && tag(y) == Tag::Int {
                    reg(base, a(pc)).write(Value::bool((bits(x) as i64) $cmp (bits(y) as i64)));
                    next!(pc.add(1), base, vm, t)
                }
                slow!($slow, pc, base, vm, t)
            }

            #[inline(never)]
            fn $slow(pc, base, vm, t) {
                let (x, y) = (get(base, b(pc)), get(base, c(pc)));
                let (pc, base) = dynamic(vm, BinOp::$op, x, y, a(pc) as u32, pc, pc.add(1), base);
                next!(pc, base, vm, t)
            }

            fn $jump(pc, base, vm, t) {
                let (x, y) = (reg(base, a(pc)), reg(base, b(pc)));
                if tag(x) == Tag::Int && tag(y) == Tag::Int {
                    if (bits(x) as i64) $cmp (bits(y) as i64) {
                        keep_branch();
                        next!(pc.offset(imm(pc) as isize), base, vm, t)
                    }
                    next!(pc.add(2), base, vm, t)
                }
                if $float && tag(x) == Tag::Float && tag(y) == Tag::Float {
                    if f64::from_bits(bits(x)) $cmp f64::from_bits(bits(y)) {
                        keep_branch();
                        next!(pc.offset(imm(pc) as isize), base, vm, t)
                    }
                    next!(pc.add(2), base, vm, t)
                }
                slow!($jump_slow, pc, base, vm, t)
            }

            #[inline(never)]
            fn $jump_slow(pc, base, vm, t) {
                let (x, y) = (get(base, a(pc)), get(base, b(pc)));
                if let Some(v) = compare(vm, BinOp::$op, x, y) {
                    reg(base, a(pc.add(1))).write(v);
                    next!(pc.add(1), base, vm, t)
                }
                let (pc, base) = dynamic(vm, BinOp::$op, x, y, a(pc.add(1)) as u32, pc, pc.add(1), base);
                next!(pc, base, vm, t)
            }

            fn $jump_not(pc, base, vm, t) {
                let (x, y) = (reg(base, a(pc)), reg(base, b(pc)));
                if tag(x) == Tag::Int && tag(y) == Tag::Int {
                    if (bits(x) as i64) $cmp (bits(y) as i64) {
                        keep_branch();
                        next!(pc.add(2), base, vm, t)
                    }
                    next!(pc.offset(imm(pc) as isize), base, vm, t)
                }
                if $float && tag(x) == Tag::Float && tag(y) == Tag::Float {
                    if f64::from_bits(bits(x)) $cmp f64::from_bits(bits(y)) {
                        keep_branch();
                        next!(pc.add(2), base, vm, t)
                    }
                    next!(pc.offset(imm(pc) as isize), base, vm, t)
                }
                slow!($jump_slow, pc, base, vm, t)
            }

            fn $jump_i(pc, base, vm, t) {
                let x = reg(base, a(pc));
                if tag(x) == Tag::Int {
                    if (bits(x) as i64) $cmp imm_b(pc) {
                        keep_branch();
                        next!(pc.offset(imm(pc) as isize), base, vm, t)
                    }
                    next!(pc.add(2), base, vm, t)
                }
                slow!($jump_i_slow, pc, base, vm, t)
            }

            #[inline(never)]
            fn $jump_i_slow(pc, base, vm, t) {
                let (x, y) = (get(base, a(pc)), Value::int(imm_b(pc)));
                if let Some(v) = compare(vm, BinOp::$op, x, y) {
                    reg(base, a(pc.add(1))).write(v);
                    next!(pc.add(1), base, vm, t)
                }
                let (pc, base) = dynamic(vm, BinOp::$op, x, y, a(pc.add(1)) as u32, pc, pc.add(1), base);
                next!(pc, base, vm, t)
            }

            fn $jump_i_not(pc, base, vm, t) {
                let x = reg(base, a(pc));
                if tag(x) == Tag::Int {
                    if (bits(x) as i64) $cmp imm_b(pc) {
                        keep_branch();
                        next!(pc.add(2), base, vm, t)
                    }
                    next!(pc.offset(imm(pc) as isize), base, vm, t)
                }
                slow!($jump_i_slow, pc, base, vm, t)
            }

            fn $jump_loop(pc, base, vm, t) {
                let (x, y) = (reg(base, a(pc)), reg(base, b(pc)));
                let holds = if tag(x) == Tag::Int && tag(y) == Tag::Int {
                    (bits(x) as i64) $cmp (bits(y) as i64)
                } else if $float && tag(x) == Tag::Float && tag(y) == Tag::Float {
                    f64::from_bits(bits(x)) $cmp f64::from_bits(bits(y))
                } else {
                    slow!($jump_slow, pc, base, vm, t)
                };
                if holds {
                    go_back!(pc, base, vm, t)
                }
                next!(pc.add(3), base, vm, t)
            }

            fn $jump_i_loop(pc, base, vm, t) {
                let x = reg(base, a(pc));
                if tag(x) == Tag::Int {
                    if (bits(x) as i64) $cmp imm_b(pc) {
                        go_back!(pc, base, vm, t)
                    }
                    next!(pc.add(3), base, vm, t)
                }
                slow!($jump_i_slow, pc, base, vm, t)
            }
        )*}
    };
}

dyn_compare! {
    eq eq_slow jeq jeq_slow jeq_not jeq_i jeq_i_slow jeq_i_not jeq_loop jeq_i_loop Eq == false;
    ne ne_slow jne jne_slow jne_not jne_i jne_i_slow jne_i_not jne_loop jne_i_loop Ne != false;
    lt lt_slow jlt jlt_slow jlt_not jlt_i jlt_i_slow jlt_i_not jlt_loop jlt_i_loop Lt < true;
    le le_slow jle jle_slow jle_not jle_i jle_i_slow jle_i_not jle_loop jle_i_loop Le <= true;
    gt gt_slow jgt jgt_slow jgt_not jgt_i jgt_i_slow jgt_i_not jgt_loop jgt_i_loop Gt > true;
    ge ge_slow jge jge_slow jge_not jge_i jge_i_slow jge_i_not jge_loop jge_i_loop Ge >= true;
}

/// Dynamic comparison with nil and branch: `$eq` is the operator, `$sense` what it must say.
macro_rules! nil_jumps {
    ($($name:ident $slow:ident $op:ident $sense:literal;)*) => {
        handlers! {$(
            fn $name(pc, base, vm, t) {
                let r = reg(base, a(pc));
                let equal = match tag(r) {
                    Tag::Nil => true,
                    Tag::Record if (*vm).rt.classes.has_operators(Heap::shape_unchecked(*r)) => {
                        slow!($slow, pc, base, vm, t)
                    }
                    Tag::Foreign => slow!($slow, pc, base, vm, t),
                    _ => false,
                };
                if (equal == (BinOp::$op as u8 == BinOp::Eq as u8)) == $sense {
                    keep_branch();
                    next!(pc.offset(wide(pc) as isize), base, vm, t)
                }
                next!(pc.add(2), base, vm, t)
            }

            #[cold]
            #[inline(never)]
            fn $slow(pc, base, vm, t) {
                let x = get(base, a(pc));
                let dst = a(pc.add(1)) as u32;
                let (pc, base) = dynamic(vm, BinOp::$op, x, Value::NIL, dst, pc, pc.add(1), base);
                next!(pc, base, vm, t)
            }
        )*}
    };
}

nil_jumps! {
    jeq_nil jeq_nil_slow Eq true;
    jeq_nil_not jeq_nil_not_slow Eq false;
    jne_nil jne_nil_slow Ne true;
    jne_nil_not jne_nil_not_slow Ne false;
}

macro_rules! int_ops {
    ($($name:ident |$x:ident, $y:ident| $value:expr;)*) => {
        handlers! {$(
            fn $name(pc, base, vm, t) {
                let ($x, $y) = (bits(reg(base, b(pc))) as i64, bits(reg(base, c(pc))) as i64);
                reg(base, a(pc)).write($value);
                next!(pc.add(1), base, vm, t)
            }
        )*}
    };
}

int_ops! {
    int_add |x, y| Value::int(x.wrapping_add(y));
    int_sub |x, y| Value::int(x.wrapping_sub(y));
    int_mul |x, y| Value::int(x.wrapping_mul(y));
    int_and |x, y| Value::int(x & y);
    int_or |x, y| Value::int(x | y);
    int_xor |x, y| Value::int(x ^ y);
    int_shl |x, y| Value::int(x.wrapping_shl(y as u32));
    int_shr |x, y| Value::int(x.wrapping_shr(y as u32));
    int_ushr |x, y| Value::int((x as u64).wrapping_shr(y as u32) as i64);
    int_eq |x, y| Value::bool(x == y);
    int_ne |x, y| Value::bool(x != y);
    int_lt |x, y| Value::bool(x < y);
    int_le |x, y| Value::bool(x <= y);
}

macro_rules! int_imm_ops {
    ($($name:ident |$x:ident, $n:ident| $value:expr;)*) => {
        handlers! {$(
            fn $name(pc, base, vm, t) {
                let ($x, $n) = (bits(reg(base, b(pc))) as i64, imm(pc));
                reg(base, a(pc)).write(Value::int($value));
                next!(pc.add(1), base, vm, t)
            }
        )*}
    };
}

int_imm_ops! {
    int_add_i |x, n| x.wrapping_add(n);
    int_sub_i |x, n| x.wrapping_sub(n);
    int_mul_i |x, n| x.wrapping_mul(n);
    // The translator emits these for divisors other than 0 and -1 only.
    int_div_i |x, n| x.wrapping_div(if n == 0 { 1 } else { n });
    int_rem_i |x, n| x.wrapping_rem(if n == 0 { 1 } else { n });
}

macro_rules! int_partial {
    ($($name:ident $slow:ident $op:ident $checked:ident;)*) => {
        handlers! {$(
            fn $name(pc, base, vm, t) {
                let (x, y) = (bits(reg(base, b(pc))) as i64, bits(reg(base, c(pc))) as i64);
                match x.$checked(y) {
                    Some(n) => {
                        reg(base, a(pc)).write(Value::int(n));
                        next!(pc.add(1), base, vm, t)
                    }
                    None => slow!($slow, pc, base, vm, t),
                }
            }

            #[cold]
            #[inline(never)]
            fn $slow(pc, base, vm, t) {
                let (x, y) = (bits(reg(base, b(pc))) as i64, bits(reg(base, c(pc))) as i64);
                let (pc, base) = ask_int(vm, BinOp::$op, x, y, pc, base);
                next!(pc, base, vm, t)
            }
        )*}
    };
}

int_partial! {
    int_div int_div_slow Div checked_div;
    int_rem int_rem_slow Rem checked_rem;
    chk_add chk_add_slow Add checked_add;
    chk_sub chk_sub_slow Sub checked_sub;
    chk_mul chk_mul_slow Mul checked_mul;
}

macro_rules! checked_imm {
    ($($name:ident $slow:ident $op:ident $checked:ident;)*) => {
        handlers! {$(
            fn $name(pc, base, vm, t) {
                match (bits(reg(base, b(pc))) as i64).$checked(imm(pc)) {
                    Some(n) => {
                        reg(base, a(pc)).write(Value::int(n));
                        next!(pc.add(1), base, vm, t)
                    }
                    None => slow!($slow, pc, base, vm, t),
                }
            }

            #[cold]
            #[inline(never)]
            fn $slow(pc, base, vm, t) {
                let (pc, base) = ask_int(vm, BinOp::$op, bits(reg(base, b(pc))) as i64, imm(pc), pc, base);
                next!(pc, base, vm, t)
            }
        )*}
    };
}

checked_imm! {
    chk_add_i chk_add_i_slow Add checked_add;
    chk_sub_i chk_sub_i_slow Sub checked_sub;
    chk_mul_i chk_mul_i_slow Mul checked_mul;
}

macro_rules! int_jumps {
    ($($($name:ident $name_loop:ident)? / $name_i:ident $name_i_loop:ident $cmp:tt;)*) => {
        handlers! {$($(
            fn $name(pc, base, vm, t) {
                if (bits(reg(base, a(pc))) as i64) $cmp (bits(reg(base, b(pc))) as i64) {
                    keep_branch();
                    next!(pc.offset(imm(pc) as isize), base, vm, t)
                }
                next!(pc.add(1), base, vm, t)
            }

            fn $name_loop(pc, base, vm, t) {
                if (bits(reg(base, a(pc))) as i64) $cmp (bits(reg(base, b(pc))) as i64) {
                    go_back!(pc, base, vm, t)
                }
                next!(pc.add(1), base, vm, t)
            })?

            fn $name_i(pc, base, vm, t) {
                if (bits(reg(base, a(pc))) as i64) $cmp imm_b(pc) {
                    keep_branch();
                    next!(pc.offset(imm(pc) as isize), base, vm, t)
                }
                next!(pc.add(1), base, vm, t)
            }

            fn $name_i_loop(pc, base, vm, t) {
                if (bits(reg(base, a(pc))) as i64) $cmp imm_b(pc) {
                    go_back!(pc, base, vm, t)
                }
                next!(pc.add(1), base, vm, t)
            }
        )*}
    };
}

int_jumps! {
    int_jeq int_jeq_loop / int_jeq_i int_jeq_i_loop ==;
    int_jne int_jne_loop / int_jne_i int_jne_i_loop !=;
    int_jlt int_jlt_loop / int_jlt_i int_jlt_i_loop <;
    int_jle int_jle_loop / int_jle_i int_jle_i_loop <=;
    / int_jgt_i int_jgt_i_loop >;
    / int_jge_i int_jge_i_loop >=;
}

macro_rules! float_arith {
    ($($name:ident [$($left:ident)?] [$($right:ident)?] $op:tt;)*) => {
        handlers! {$(
            fn $name(pc, base, vm, t) {
                let n = f64::from_bits(bits(reg(base, b(pc)))) $op f64::from_bits(bits(reg(base, c(pc))));
                reg(base, a(pc)).write(Value::float(n));
                next!(pc.add(1), base, vm, (t.0, n))
            }

            $(fn $left(pc, base, vm, t) {
                let n = t.1 $op f64::from_bits(bits(reg(base, c(pc))));
                reg(base, a(pc)).write(Value::float(n));
                next!(pc.add(2), base, vm, (t.0, n))
            })?

            $(fn $right(pc, base, vm, t) {
                let n = f64::from_bits(bits(reg(base, b(pc)))) $op t.1;
                reg(base, a(pc)).write(Value::float(n));
                next!(pc.add(2), base, vm, (t.0, n))
            })?
        )*}
    };
}

float_arith! {
    float_add [float_add_l] [] +;
    float_sub [float_sub_l] [float_sub_r] -;
    float_mul [float_mul_l] [] *;
    float_div [float_div_l] [float_div_r] /;
    float_rem [] [] %;
}

macro_rules! float_compare {
    ($($name:ident $cmp:tt;)*) => {
        handlers! {$(
            fn $name(pc, base, vm, t) {
                let (x, y) = (f64::from_bits(bits(reg(base, b(pc)))), f64::from_bits(bits(reg(base, c(pc)))));
                reg(base, a(pc)).write(Value::bool(x $cmp y));
                next!(pc.add(1), base, vm, t)
            }
        )*}
    };
}

float_compare! {
    float_eq ==;
    float_ne !=;
    float_lt <;
    float_le <=;
}

macro_rules! float_jumps {
    ($($name:ident $name_not:ident $name_loop:ident $cmp:tt;)*) => {
        handlers! {$(
            fn $name_loop(pc, base, vm, t) {
                if f64::from_bits(bits(reg(base, a(pc)))) $cmp f64::from_bits(bits(reg(base, b(pc)))) {
                    go_back!(pc, base, vm, t)
                }
                next!(pc.add(1), base, vm, t)
            }

            fn $name(pc, base, vm, t) {
                if f64::from_bits(bits(reg(base, a(pc)))) $cmp f64::from_bits(bits(reg(base, b(pc)))) {
                    keep_branch();
                    next!(pc.offset(imm(pc) as isize), base, vm, t)
                }
                next!(pc.add(1), base, vm, t)
            }

            fn $name_not(pc, base, vm, t) {
                if f64::from_bits(bits(reg(base, a(pc)))) $cmp f64::from_bits(bits(reg(base, b(pc)))) {
                    keep_branch();
                    next!(pc.add(1), base, vm, t)
                }
                next!(pc.offset(imm(pc) as isize), base, vm, t)
            }
        )*}
    };
}

float_jumps! {
    float_jlt float_jlt_not float_jlt_loop <;
    float_jle float_jle_not float_jle_loop <=;
}

handlers! {
    fn un(pc, base, vm, t) {
        let x = reg(base, b(pc));
        if c(pc) == 1 && tag(x) == Tag::Bool {
            reg(base, a(pc)).write(Value::bool(bits(x) == 0));
            next!(pc.add(1), base, vm, t)
        }
        if c(pc) == 0 && tag(x) == Tag::Float {
            reg(base, a(pc)).write(Value::float(-f64::from_bits(bits(x))));
            next!(pc.add(1), base, vm, t)
        }
        if c(pc) == 0 && tag(x) == Tag::Int && bits(x) as i64 != i64::MIN {
            reg(base, a(pc)).write(Value::int(-(bits(x) as i64)));
            next!(pc.add(1), base, vm, t)
        }
        slow!(un_slow, pc, base, vm, t)
    }

    fn int_neg(pc, base, vm, t) {
        reg(base, a(pc)).write(Value::int((bits(reg(base, b(pc))) as i64).wrapping_neg()));
        next!(pc.add(1), base, vm, t)
    }

    fn int_bitnot(pc, base, vm, t) {
        reg(base, a(pc)).write(Value::int(!(bits(reg(base, b(pc))) as i64)));
        next!(pc.add(1), base, vm, t)
    }

    fn int_to_float(pc, base, vm, t) {
        let n = bits(reg(base, b(pc))) as i64 as f64;
        reg(base, a(pc)).write(Value::float(n));
        next!(pc.add(1), base, vm, (t.0, n))
    }

    fn chk_neg(pc, base, vm, t) {
        let x = bits(reg(base, b(pc))) as i64;
        if x == i64::MIN {
            slow!(chk_neg_slow, pc, base, vm, t);
        }
        reg(base, a(pc)).write(Value::int(-x));
        next!(pc.add(1), base, vm, t)
    }

    fn float_neg(pc, base, vm, t) {
        reg(base, a(pc)).write(Value::float(-f64::from_bits(bits(reg(base, b(pc))))));
        next!(pc.add(1), base, vm, t)
    }

    fn float_to_int(pc, base, vm, t) {
        reg(base, a(pc)).write(Value::int(f64::from_bits(bits(reg(base, b(pc)))) as i64));
        next!(pc.add(1), base, vm, t)
    }

    fn float_to_float32(pc, base, vm, t) {
        let x = f64::from(f64::from_bits(bits(reg(base, b(pc)))) as f32);
        reg(base, a(pc)).write(Value::float(x));
        next!(pc.add(1), base, vm, (t.0, x))
    }

    fn str_cmp(pc, base, vm, t) {
        let op = BIN[(*pc.add(1) as usize).min(BIN.len() - 1)];
        let (x, y) = (get(base, b(pc)), get(base, c(pc)));
        let v = ops::string(&mut (*vm).rt.heap, op, x, y).unwrap_or(Value::FALSE);
        reg(base, a(pc)).write(v);
        next!(pc.add(2), base, vm, t)
    }
}

outlined! {
    fn bin(pc, base, vm) {
        let op = BIN[(*pc.add(1) as usize).min(BIN.len() - 1)];
        let (x, y) = (get(base, b(pc)), get(base, c(pc)));
        dynamic(vm, op, x, y, a(pc) as u32, pc, pc.add(2), base)
    }

    fn un_slow(pc, base, vm) {
        let op = [UnOp::Neg, UnOp::Not, UnOp::BitNot][c(pc).min(2)];
        let language = (*vm).language_index();
        let result = ops::unary(&mut (*vm).rt, language, op, get(base, b(pc)));
        (*vm).deliver(result, a(pc) as u32, pc, pc.add(1), base)
    }

    #[cold]
    fn chk_neg_slow(pc, base, vm) {
        let language = (*vm).rt.language((*vm).language_index());
        let result = language.unary(&mut (*vm).rt, UnOp::Neg, get(base, b(pc)));
        answer_int(vm, result, pc, base)
    }

    fn str_add(pc, base, vm) {
        let (x, y) = (get(base, b(pc)), get(base, c(pc)));
        if let Err(e) = ops::room_for_sum(&(*vm).rt, x, y) {
            return (*vm).throw(pc, base, e);
        }
        let v = (*vm).rt.heap.concat(x, y);
        reg(base, a(pc)).write(v);
        (*vm).safepoint(pc, pc.add(1), base)
    }
}

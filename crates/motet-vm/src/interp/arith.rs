//! Handlers of operators and of compare-and-branch.
#![allow(unsafe_code)]

use motet_runtime::{BinOp, Tag, UnOp, Value, ops};

use super::{Handler, a, b, bits, c, handlers, imm, imm_b, keep_branch, next, outlined, reg, slow, tag};
use crate::{Vm, calls::Next};

const BIN: [BinOp; 17] = [
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
];

/// The dynamic operator off the inline path.
#[inline(never)]
#[allow(clippy::too_many_arguments)] // One call, eight scalars.
unsafe fn dynamic(
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
        let result = ops::binary(&mut (*vm).rt, language, op, x, y);
        (*vm).deliver(result, dst, pc, next, base)
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
            Err(motet_runtime::Control::Call(_)) => Err(motet_runtime::Control::Trap(motet_runtime::Trap::Corrupt)),
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
                    next!(pc.add(1), base, vm, t)
                }
                slow!($slow, pc, base, vm, t)
            }

            #[inline(never)]
            fn $slow(pc, base, vm, t) {
                let (x, y) = (*reg(base, b(pc)), *reg(base, c(pc)));
                let (pc, base) = dynamic(vm, BinOp::$op, x, y, a(pc) as u32, pc, pc.add(1), base);
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
                let (x, y) = (*reg(base, b(pc)), Value::int(imm(pc)));
                let (pc, base) = dynamic(vm, BinOp::$op, x, y, a(pc) as u32, pc, pc.add(1), base);
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

/// `$float`: whether float with float is decided inline (equality of floats is the language's).
macro_rules! dyn_compare {
    ($($name:ident $slow:ident
        $jump:ident $jump_slow:ident $jump_not:ident
        $jump_i:ident $jump_i_slow:ident $jump_i_not:ident
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
                let (x, y) = (*reg(base, b(pc)), *reg(base, c(pc)));
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
                let (x, y) = (*reg(base, a(pc)), *reg(base, b(pc)));
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
                let (x, y) = (*reg(base, a(pc)), Value::int(imm_b(pc)));
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
        )*}
    };
}

dyn_compare! {
    eq eq_slow jeq jeq_slow jeq_not jeq_i jeq_i_slow jeq_i_not Eq == false;
    ne ne_slow jne jne_slow jne_not jne_i jne_i_slow jne_i_not Ne != false;
    lt lt_slow jlt jlt_slow jlt_not jlt_i jlt_i_slow jlt_i_not Lt < true;
    le le_slow jle jle_slow jle_not jle_i jle_i_slow jle_i_not Le <= true;
    gt gt_slow jgt jgt_slow jgt_not jgt_i jgt_i_slow jgt_i_not Gt > true;
    ge ge_slow jge jge_slow jge_not jge_i jge_i_slow jge_i_not Ge >= true;
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
    ($($($name:ident)? / $name_i:ident $cmp:tt;)*) => {
        handlers! {$($(
            fn $name(pc, base, vm, t) {
                if (bits(reg(base, a(pc))) as i64) $cmp (bits(reg(base, b(pc))) as i64) {
                    keep_branch();
                    next!(pc.offset(imm(pc) as isize), base, vm, t)
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
        )*}
    };
}

int_jumps! {
    int_jeq / int_jeq_i ==;
    int_jne / int_jne_i !=;
    int_jlt / int_jlt_i <;
    int_jle / int_jle_i <=;
    / int_jgt_i >;
    / int_jge_i >=;
}

macro_rules! float_ops {
    ($($name:ident |$x:ident, $y:ident| $value:expr;)*) => {
        handlers! {$(
            fn $name(pc, base, vm, t) {
                let ($x, $y) = (f64::from_bits(bits(reg(base, b(pc)))), f64::from_bits(bits(reg(base, c(pc)))));
                reg(base, a(pc)).write($value);
                next!(pc.add(1), base, vm, t)
            }
        )*}
    };
}

float_ops! {
    float_add |x, y| Value::float(x + y);
    float_sub |x, y| Value::float(x - y);
    float_mul |x, y| Value::float(x * y);
    float_div |x, y| Value::float(x / y);
    float_rem |x, y| Value::float(x % y);
    float_eq |x, y| Value::bool(x == y);
    float_ne |x, y| Value::bool(x != y);
    float_lt |x, y| Value::bool(x < y);
    float_le |x, y| Value::bool(x <= y);
}

macro_rules! float_jumps {
    ($($name:ident $name_not:ident $cmp:tt;)*) => {
        handlers! {$(
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
    float_jlt float_jlt_not <;
    float_jle float_jle_not <=;
}

handlers! {
    fn int_neg(pc, base, vm, t) {
        reg(base, a(pc)).write(Value::int((bits(reg(base, b(pc))) as i64).wrapping_neg()));
        next!(pc.add(1), base, vm, t)
    }

    fn int_bitnot(pc, base, vm, t) {
        reg(base, a(pc)).write(Value::int(!(bits(reg(base, b(pc))) as i64)));
        next!(pc.add(1), base, vm, t)
    }

    fn int_to_float(pc, base, vm, t) {
        reg(base, a(pc)).write(Value::float(bits(reg(base, b(pc))) as i64 as f64));
        next!(pc.add(1), base, vm, t)
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

    fn str_cmp(pc, base, vm, t) {
        let op = BIN[(*pc.add(1) as usize).min(16)];
        let (x, y) = (*reg(base, b(pc)), *reg(base, c(pc)));
        let v = ops::string(&mut (*vm).rt.heap, op, x, y).unwrap_or(Value::FALSE);
        reg(base, a(pc)).write(v);
        next!(pc.add(2), base, vm, t)
    }
}

outlined! {
    fn bin(pc, base, vm) {
        let op = BIN[(*pc.add(1) as usize).min(16)];
        let (x, y) = (*reg(base, b(pc)), *reg(base, c(pc)));
        dynamic(vm, op, x, y, a(pc) as u32, pc, pc.add(2), base)
    }

    fn un(pc, base, vm) {
        let op = [UnOp::Neg, UnOp::Not, UnOp::BitNot][c(pc).min(2)];
        let language = (*vm).language_index();
        let result = ops::unary(&mut (*vm).rt, language, op, *reg(base, b(pc)));
        (*vm).deliver(result, a(pc) as u32, pc, pc.add(1), base)
    }

    #[cold]
    fn chk_neg_slow(pc, base, vm) {
        let language = (*vm).rt.language((*vm).language_index());
        let result = language.unary(&mut (*vm).rt, UnOp::Neg, *reg(base, b(pc)));
        answer_int(vm, result, pc, base)
    }

    fn str_add(pc, base, vm) {
        let (x, y) = (*reg(base, b(pc)), *reg(base, c(pc)));
        if let Err(e) = ops::room_for_sum(&(*vm).rt, x, y) {
            return (*vm).throw(pc, base, e);
        }
        let v = (*vm).rt.heap.concat(x, y);
        reg(base, a(pc)).write(v);
        (*vm).safepoint(pc, pc.add(1), base)
    }
}

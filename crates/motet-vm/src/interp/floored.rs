//! Handlers of floored division.
#![allow(unsafe_code)]

use motet_runtime::{BinOp, Tag, Value, ops};

use super::{Handler, a, arith::dynamic, b, bits, c, get, handlers, imm, next, reg, slow, tag};
use crate::Vm;

/// Floored division: of integers only.
macro_rules! floored {
    ($($name:ident $name_i:ident $slow:ident $slow_i:ident $op:ident $value:path;)*) => {
        handlers! {$(
            fn $name(pc, base, vm, t) {
                let (x, y) = (reg(base, b(pc)), reg(base, c(pc)));
                if tag(x) == Tag::Int && tag(y) == Tag::Int && let Some(n) = $value(bits(x) as i64, bits(y) as i64) {
                    reg(base, a(pc)).write(Value::int(n));
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

            fn $name_i(pc, base, vm, t) {
                let x = reg(base, b(pc));
                if tag(x) == Tag::Int && let Some(n) = $value(bits(x) as i64, imm(pc)) {
                    reg(base, a(pc)).write(Value::int(n));
                    next!(pc.add(1), base, vm, t)
                }
                slow!($slow_i, pc, base, vm, t)
            }

            #[inline(never)]
            fn $slow_i(pc, base, vm, t) {
                let (x, y) = (get(base, b(pc)), Value::int(imm(pc)));
                let (pc, base) = dynamic(vm, BinOp::$op, x, y, a(pc) as u32, pc, pc.add(1), base);
                next!(pc, base, vm, t)
            }
        )*}
    };
}

floored! {
    floordiv floordiv_i floordiv_slow floordiv_i_slow FloorDiv ops::floor_div;
    mod_ mod_i mod_slow mod_i_slow Mod ops::floor_mod;
}

//! Numbers (8.2).

use alloc::{format, vec::Vec};

use motet_builtins::math;
use motet_runtime::{Control, NativeResult, Runtime, Tag, Value};

use super::{
    arguments::{arity, as_number},
    fail,
};
use crate::semantics::display::debug_form;

natives! {
    "abs" => unary_math;
    "sqrt" => unary_math;
    "floor" => unary_math;
    "ceil" => unary_math;
    "round" => unary_math;
    "sin" => unary_math;
    "cos" => unary_math;
    "tan" => unary_math;
    "log" => unary_math;
    "exp" => unary_math;
    "pow" => binary_math;
    "min" => binary_math;
    "max" => binary_math;
    "bit_and" => bits;
    "bit_or" => bits;
    "bit_xor" => bits;
    "bit_not" => bit_not;
    "bit_shl" => shift;
    "bit_shr" => shift;
    "range" => range;
    "sum" => sum;
}

fn unary_math(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    let &[v] = args else { return fail(format!("{name}() expects 1 argument")) };
    let Some(x) = as_number(v) else {
        return fail(format!("{name}() expects numeric argument 'value' , got {}", debug_form(rt, v)));
    };
    Ok(Value::float(match name {
        "abs" => x.abs(),
        "sqrt" if x < 0.0 => return fail("sqrt() domain error: value must be >= 0"),
        "sqrt" => math::sqrt(x),
        "floor" => math::floor(x),
        "ceil" => math::ceil(x),
        "round" => math::round(x),
        "sin" => math::sin(x),
        "cos" => math::cos(x),
        "tan" => math::tan(x),
        "log" if x <= 0.0 => return fail("log() domain error: value must be > 0"),
        "log" => math::log(x),
        _ => math::exp(x),
    }))
}

fn binary_math(_rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    let &[a, b] = args else { return fail(format!("{name}() expects 2 arguments")) };
    let (Some(x), Some(y)) = (as_number(a), as_number(b)) else {
        return fail(format!("{name}() expects numeric arguments"));
    };
    Ok(Value::float(match name {
        "pow" => math::pow(x, y),
        "min" => x.min(y),
        _ => x.max(y),
    }))
}

fn int_operand(rt: &Runtime, v: Value, name: &str, role: &str) -> Result<i64, Control> {
    match v.as_int() {
        Some(i) => Ok(i),
        None => fail(format!("{name}() expects integer argument '{role}' , got {}", debug_form(rt, v))),
    }
}

fn bits(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let a = int_operand(rt, args[0], name, "left")?;
    let b = int_operand(rt, args[1], name, "right")?;
    Ok(Value::int(match name {
        "bit_and" => a & b,
        "bit_or" => a | b,
        _ => a ^ b,
    }))
}

fn bit_not(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    Ok(Value::int(!int_operand(rt, args[0], name, "value")?))
}

fn shift(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let a = int_operand(rt, args[0], name, "left")?;
    let k = int_operand(rt, args[1], name, "right")?;
    if !(0..64).contains(&k) {
        return fail(format!("{name}() expects a shift amount between 0 and 63"));
    }
    Ok(Value::int(if name == "bit_shl" { a << k } else { a >> k }))
}

fn range(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    if !(1..=3).contains(&args.len()) {
        return fail("range() requires 1, 2, or 3 arguments");
    }
    let mut bounds = Vec::with_capacity(3);
    for &v in args {
        match (v.as_int(), v.as_float()) {
            (Some(i), _) => bounds.push(i),
            (_, Some(x)) => bounds.push(x as i64),
            _ => return fail("range() requires numeric arguments"),
        }
    }
    let (start, stop, step) = match bounds[..] {
        [stop] => (0, stop, 1),
        [start, stop] => (start, stop, 1),
        _ => (bounds[0], bounds[1], bounds[2]),
    };
    if step == 0 {
        return fail("range() step cannot be zero");
    }
    let distance = if step > 0 { i128::from(stop) - i128::from(start) } else { i128::from(start) - i128::from(stop) };
    let step_size = i128::from(step).abs();
    let count = if distance <= 0 { 0 } else { (distance + step_size - 1) / step_size };
    let bytes = usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(size_of::<Value>());
    rt.reserve(bytes)?;
    rt.charge(count as usize)?;
    let mut items = Vec::with_capacity(count as usize);
    let mut at = start;
    for _ in 0..count {
        items.push(Value::int(at));
        at = at.wrapping_add(step);
    }
    Ok(rt.heap.list(items))
}

fn sum(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let Some(items) = rt.heap.items(args[0]) else { return fail("sum() requires an array argument") };
    let (mut ints, mut floats, mut any_float) = (0i64, 0.0, false);
    for v in items {
        match v.tag() {
            Tag::Int => ints = ints.wrapping_add(v.as_int().unwrap_or(0)),
            Tag::Float => {
                any_float = true;
                floats += v.as_float().unwrap_or(0.0);
            }
            _ => {}
        }
    }
    let count = items.len();
    rt.charge(count)?;
    Ok(if any_float { Value::float(ints as f64 + floats) } else { Value::int(ints) })
}

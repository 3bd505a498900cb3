//! Integers and floats.

use motet_runtime::{Control, NativeResult, Runtime, Value};

use super::{any, float as float_arg, int as int_arg};

pub fn int(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let x = libm::trunc(float_arg(args, 0)?);
    // -2^63 is exact; 2^63 is the first float that is too large. NaN is in no range.
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&x) {
        Ok(Value::int(x as i64))
    } else {
        Err(Control::error("float out of range"))
    }
}

pub fn float(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::float(int_arg(args, 0)? as f64))
}

pub fn abs(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    match any(args, 0)?.as_int() {
        Some(v) => Ok(Value::int(v.wrapping_abs())),
        None => Ok(Value::float(libm::fabs(float_arg(args, 0)?))),
    }
}

pub fn min(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    pick(args, |a, b| a < b)
}

pub fn max(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    pick(args, |a, b| a > b)
}

/// The operand that is before the other; a NaN wins, and of two zeros the sign decides.
fn pick(args: &[Value], before: fn(f64, f64) -> bool) -> NativeResult {
    let (a, b) = (any(args, 0)?, any(args, 1)?);
    if let (Some(x), Some(y)) = (a.as_int(), b.as_int()) {
        let smaller_first = before(0.0, 1.0);
        return Ok(if (x < y) == smaller_first { a } else { b });
    }
    let (x, y) = (float_arg(args, 0)?, float_arg(args, 1)?);
    let first = if x.is_nan() || y.is_nan() {
        x.is_nan()
    } else if x == y {
        x.is_sign_negative() == before(0.0, 1.0)
    } else {
        before(x, y)
    };
    Ok(if first { a } else { b })
}

macro_rules! float_functions {
    ($($name:ident)*) => {$(
        pub fn $name(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
            Ok(Value::float(libm::$name(float_arg(args, 0)?)))
        }
    )*};
}

float_functions! { sqrt floor ceil round trunc sin cos tan atan exp }

pub fn ln(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::float(libm::log(float_arg(args, 0)?)))
}

pub fn pow(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::float(libm::pow(float_arg(args, 0)?, float_arg(args, 1)?)))
}

pub fn atan2(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::float(libm::atan2(float_arg(args, 0)?, float_arg(args, 1)?)))
}

macro_rules! int_functions {
    ($($name:ident |$a:ident, $b:ident| $result:expr;)*) => {$(
        pub fn $name(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
            let ($a, $b) = (int_arg(args, 0)?, int_arg(args, 1)?);
            Ok(Value::int($result))
        }
    )*};
}

int_functions! {
    bit_and |a, b| a & b;
    bit_or |a, b| a | b;
    bit_xor |a, b| a ^ b;
    shl |a, b| a.wrapping_shl(b as u32);
    shr |a, b| a.wrapping_shr(b as u32);
    ushr |a, b| (a as u64).wrapping_shr(b as u32) as i64;
}

pub fn bit_not(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::int(!int_arg(args, 0)?))
}

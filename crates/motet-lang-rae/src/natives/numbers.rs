//! Numbers. `Float` is binary32 throughout: results are rounded to it and kept
//! as binary64.

use motet_runtime::{Control, NativeResult, Runtime, Value};

use super::{any, bad_argument, float as float_arg, int as int_arg};

fn float32(x: f32) -> NativeResult {
    Ok(Value::float(f64::from(x)))
}

macro_rules! float_functions {
    ($($name:ident $code:ident;)*) => {$(
        pub fn $name(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
            float32(libm::$code(float_arg(args, 0)? as f32))
        }
    )*};
}

float_functions! {
    sin sinf;
    cos cosf;
    tan tanf;
    asin asinf;
    acos acosf;
    atan atanf;
    sqrt sqrtf;
    exp expf;
    floor floorf;
    ceil ceilf;
    round roundf;
    math_log logf;
}

pub fn atan2(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    float32(libm::atan2f(float_arg(args, 0)? as f32, float_arg(args, 1)? as f32))
}

pub fn pow(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    float32(libm::powf(float_arg(args, 0)? as f32, float_arg(args, 1)? as f32))
}

pub fn abs(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    match any(args, 0)?.as_int() {
        Some(n) => Ok(Value::int(n.wrapping_abs())),
        None => Ok(Value::float(libm::fabs(float_arg(args, 0)?))),
    }
}

macro_rules! int_functions {
    ($($name:ident |$a:ident| $result:expr;)*) => {$(
        pub fn $name(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
            let $a = int_arg(args, 0)?;
            Ok(Value::int(i64::from($result)))
        }
    )*};
}

int_functions! {
    popcount |n| n.count_ones();
    leading_zeros |n| n.leading_zeros();
    trailing_zeros |n| n.trailing_zeros();
}

// ---- conversions

/// Toward zero; beyond the range the nearest integer, 0 for what is no number. Characters are integers already.
pub fn to_int(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = any(args, 0)?;
    match (v.as_int(), v.as_float(), rt.heap.text(v)) {
        (Some(_), ..) => Ok(v),
        (None, Some(x), _) => Ok(Value::int(x as i64)),
        (None, None, Some(s)) => Ok(Value::int(parse_int(s))),
        _ => Err(bad_argument(0)),
    }
}

pub fn to_float(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = any(args, 0)?;
    match (v.as_int(), v.as_float(), rt.heap.text(v)) {
        (Some(n), ..) => float32(n as f32),
        (None, Some(x), _) => float32(x as f32),
        (None, None, Some(s)) => float32(parse_float(s) as f32),
        _ => Err(bad_argument(0)),
    }
}

/// As [`to_float`], with all digits.
pub fn to_float64(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    match rt.heap.text(any(args, 0)?) {
        Some(s) => Ok(Value::float(parse_float(s))),
        None => Err(bad_argument(0)),
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}

/// C's `atoll`: blanks, a sign, digits; beyond the range the nearest integer.
pub(super) fn parse_int(s: &str) -> i64 {
    let s = s.trim_start_matches(is_blank);
    let (negative, digits) = match s.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, s.strip_prefix('+').unwrap_or(s)),
    };
    let mut n: i64 = 0;
    for digit in digits.bytes().take_while(u8::is_ascii_digit) {
        let digit = i64::from(digit - b'0');
        let next = n.checked_mul(10).and_then(|n| if negative { n.checked_sub(digit) } else { n.checked_add(digit) });
        match next {
            Some(next) => n = next,
            None => return if negative { i64::MIN } else { i64::MAX },
        }
    }
    n
}

/// C's `atof` for decimal numbers, `inf` and `nan`; 0 for other texts.
pub(super) fn parse_float(s: &str) -> f64 {
    let s = s.trim_start_matches(is_blank);
    let unsigned = s.strip_prefix(['-', '+']).unwrap_or(s);
    let sign = if s.starts_with('-') { -1.0 } else { 1.0 };
    let lower = |n: usize| unsigned.get(..n).map(str::to_ascii_lowercase);
    match lower(3).as_deref() {
        Some("inf") => return sign * f64::INFINITY,
        Some("nan") => return sign * f64::NAN,
        _ => {}
    }
    let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(unsigned);
    let mut end = whole;
    if let Some(rest) = unsigned.get(end..).and_then(|r| r.strip_prefix('.')) {
        let fraction = digits(rest);
        if whole + fraction > 0 {
            end += 1 + fraction;
        }
    }
    if end == 0 {
        return 0.0;
    }
    if let Some(rest) = unsigned.get(end..).and_then(|r| r.strip_prefix(['e', 'E'])) {
        let bare = rest.strip_prefix(['-', '+']).unwrap_or(rest);
        if digits(bare) > 0 {
            end += 1 + (rest.len() - bare.len()) + digits(bare);
        }
    }
    sign * unsigned.get(..end).and_then(|number| number.parse::<f64>().ok()).unwrap_or(0.0)
}

// ---- unsigned 64-bit integers, kept as the same bits

pub fn u64_div(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (a, b) = (int_arg(args, 0)? as u64, int_arg(args, 1)? as u64);
    a.checked_div(b).map(|n| Value::int(n as i64)).ok_or_else(|| Control::error("division by zero"))
}

pub fn u64_rem(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (a, b) = (int_arg(args, 0)? as u64, int_arg(args, 1)? as u64);
    a.checked_rem(b).map(|n| Value::int(n as i64)).ok_or_else(|| Control::error("modulo by zero"))
}

pub fn u64_less(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::bool((int_arg(args, 0)? as u64) < int_arg(args, 1)? as u64))
}

pub fn u64_to_float(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    Ok(Value::float(int_arg(args, 0)? as u64 as f64))
}

pub fn float_to_u64(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let x = float_arg(args, 0)?;
    Ok(Value::int(if x < 0.0 { x as i64 } else { x as u64 as i64 }))
}

// ---- random numbers

/// State of the generator.
struct Generator(u64);

impl Default for Generator {
    fn default() -> Self {
        Self(0x1234_5678_9ABC_DEF0)
    }
}

fn draw(rt: &mut Runtime) -> u64 {
    let generator = rt.state_of::<Generator>("rae.random");
    generator.0 = generator.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    generator.0 >> 32
}

pub fn seed(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    rt.state_of::<Generator>("rae.random").0 = int_arg(args, 0)? as u64;
    Ok(Value::NIL)
}

/// `()`: a Float from 0 to 1. `(min, max)`: an Int in this range, both inclusive; `min` if it is empty.
pub fn random(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    if args.is_empty() {
        return float32((draw(rt) as f64 / 4_294_967_295.0) as f32);
    }
    let (min, max) = (int_arg(args, 0)?, int_arg(args, 1)?);
    if min >= max {
        return Ok(Value::int(min));
    }
    let u = draw(rt);
    // The whole range of integers has no size in 64 bits; every draw is within it.
    let size = (max.wrapping_sub(min) as u64).wrapping_add(1);
    let offset = u.checked_rem(size).unwrap_or(u);
    Ok(Value::int(min.wrapping_add(offset as i64)))
}

#[cfg(test)]
mod tests {
    use super::{parse_float, parse_int};

    #[test]
    fn texts_are_read_as_c_reads_them() {
        for (text, int, float) in [
            ("42", 42, 42.0),
            (" \t-7x", -7, -7.0),
            ("+5", 5, 5.0),
            ("x", 0, 0.0),
            ("", 0, 0.0),
            ("2.5e3z", 2, 2500.0),
            (".5", 0, 0.5),
            ("5.", 5, 5.0),
            (".", 0, 0.0),
            ("1e", 1, 1.0),
            ("1e+", 1, 1.0),
            ("--1", 0, 0.0),
            ("99999999999999999999", i64::MAX, 1e20),
            ("-99999999999999999999", i64::MIN, -1e20),
            ("-inf", 0, f64::NEG_INFINITY),
        ] {
            assert_eq!((parse_int(text), parse_float(text)), (int, float), "for {text:?}");
        }
        assert!(parse_float("nan").is_nan());
    }
}

//! Numbers: arithmetic, functions, bits, text.

use alloc::{format, string::String};

use motet_runtime::{Control, NativeResult, Runtime, Value};
use num_bigint::{BigInt, Sign};

use super::{arg, char_of, character, count, invalid, is, library, send, string, text};
use crate::{
    arith::{self, Num, Op},
    big,
    classes::Builtin,
    float::{self, Number},
};

natives! {
    "Number" {
        "+" => |rt, args| operate(rt, Op::Add, args);
        "-" => |rt, args| operate(rt, Op::Sub, args);
        "*" => |rt, args| operate(rt, Op::Mul, args);
        "/" => |rt, args| operate(rt, Op::Div, args);
        "//" => |rt, args| operate(rt, Op::FloorDiv, args);
        "\\\\" => |rt, args| operate(rt, Op::Mod, args);
        "quo:" => |rt, args| operate(rt, Op::Quo, args);
        "rem:" => |rt, args| operate(rt, Op::Rem, args);
        "<" => |rt, args| operate(rt, Op::Lt, args);
        "<=" => |rt, args| operate(rt, Op::Le, args);
        ">" => |rt, args| operate(rt, Op::Gt, args);
        ">=" => |rt, args| operate(rt, Op::Ge, args);
        "=" => |rt, args| Ok(Value::bool(equal(rt, args)));
        "~=" => |rt, args| Ok(Value::bool(!equal(rt, args)));
        "hash" => |rt, args| Ok(Value::int(arith::number(rt, arg(args, 0)).map_or(0, |n| n.hash())));
        "negated" => |rt, args| match arg(args, 0).as_float() {
            Some(x) => Ok(Value::float(-x)),
            None => operate(rt, Op::Sub, &[Value::int(0), arg(args, 0)]),
        };
        "sign" => sign;
        "isZero" => |rt, args| Ok(Value::bool(arith::number(rt, arg(args, 0)).is_some_and(|n| n.is_zero())));
        "floor" => |rt, args| rounded(rt, args, Rounding::Floor);
        "ceiling" => |rt, args| rounded(rt, args, Rounding::Ceiling);
        "truncated" => |rt, args| rounded(rt, args, Rounding::Truncate);
        "asInteger" => |rt, args| rounded(rt, args, Rounding::Truncate);
        "rounded" => |rt, args| rounded(rt, args, Rounding::Nearest);
        "asFloat" => |rt, args| function(rt, args, |x| x);
        "sqrt" => |rt, args| function(rt, args, libm::sqrt);
        "ln" => |rt, args| function(rt, args, libm::log);
        "log" => |rt, args| function(rt, args, libm::log10);
        "log:" => |rt, args| {
            let base = float_arg(rt, arg(args, 1))?;
            function(rt, args, |x| libm::log(x) / libm::log(base))
        };
        "exp" => |rt, args| function(rt, args, float::exp);
        "sin" => |rt, args| function(rt, args, libm::sin);
        "cos" => |rt, args| function(rt, args, libm::cos);
        "tan" => |rt, args| function(rt, args, libm::tan);
        "arcTan" => |rt, args| function(rt, args, libm::atan);
        "arcSin" => |rt, args| function(rt, args, libm::asin);
        "arcCos" => |rt, args| function(rt, args, libm::acos);
        "degreesToRadians" => |rt, args| function(rt, args, |x| x * core::f64::consts::PI / 180.0);
        "radiansToDegrees" => |rt, args| function(rt, args, |x| x * 180.0 / core::f64::consts::PI);
        "raisedTo:" => raised;
        "**" => raised;
        "asExactFraction" => exact;
        "asScaledDecimal:" => as_scaled;
    }
    "Float" {
        "isNaN" => |_, args| Ok(Value::bool(arg(args, 0).as_float().is_some_and(f64::is_nan)));
        "isInfinite" => |_, args| Ok(Value::bool(arg(args, 0).as_float().is_some_and(f64::is_infinite)));
    }
    "Float class" {
        "pi" => |_, _| Ok(Value::float(core::f64::consts::PI));
        "e" => |_, _| Ok(Value::float(core::f64::consts::E));
        "infinity" => |_, _| Ok(Value::float(f64::INFINITY));
        "nan" => |_, _| Ok(Value::float(f64::NAN));
    }
    "Fraction class" {
        "numerator:denominator:" => |rt, args| {
            let (n, d) = (integer(rt, arg(args, 1))?, integer(rt, arg(args, 2))?);
            arith::ratio(rt, n, d)
        };
    }
    "Number class" {
        "readFrom:" => |rt, args| {
            let read = text(rt, arg(args, 1)).and_then(|text| float::parse_number(&text));
            read.map_or(Ok(Value::int(0)), |n| number_value(rt, n))
        };
    }
    "Integer class" {
        "readFrom:" => |rt, args| {
            let read = text(rt, arg(args, 1)).and_then(|text| leading_integer(&text));
            read.map_or(Ok(Value::int(0)), |n| big::checked_value(rt, n))
        };
    }
    "SmallInteger class" {
        "maxVal" => |_, _| Ok(Value::int((1 << 61) - 1));
        "minVal" => |_, _| Ok(Value::int(-(1 << 61)));
    }
    "Integer" {
        "even" => |rt, args| parity(rt, args, 0);
        "odd" => |rt, args| parity(rt, args, 1);
        "isPrime" => is_prime;
        "factorial" => factorial;
        "gcd:" => |rt, args| {
            let (a, b) = (integer(rt, arg(args, 0))?, integer(rt, arg(args, 1))?);
            let n = arith::gcd(rt, &a, &b)?;
            big::checked_value(rt, n)
        };
        "lcm:" => lcm;
        "bitAnd:" => |rt, args| bits(rt, args, |a, b| a & b, |a, b| a & b);
        "bitOr:" => |rt, args| bits(rt, args, |a, b| a | b, |a, b| a | b);
        "bitXor:" => |rt, args| bits(rt, args, |a, b| a ^ b, |a, b| a ^ b);
        "bitInvert" => |rt, args| operate(rt, Op::Sub, &[Value::int(-1), arg(args, 0)]);
        "bitShift:" => |rt, args| shift(rt, args, false);
        "<<" => |rt, args| shift(rt, args, false);
        ">>" => |rt, args| shift(rt, args, true);
        "bitAt:" => bit_at;
        "isPowerOfTwo" => |rt, args| {
            let n = integer(rt, arg(args, 0))?;
            Ok(Value::bool(n.sign() == Sign::Plus && n.trailing_zeros() == Some(n.bits() - 1)))
        };
        "sqrtFloor" => square_root;
        "numberOfDigits" => |rt, args| {
            let n = integer(rt, arg(args, 0))?;
            let digits = big::digits(rt, &BigInt::from(n.magnitude().clone()), 10)?;
            Ok(Value::int(digits.len() as i64))
        };
        "asCharacter" => |rt, args| to_character(rt, arg(args, 0));
        "printString:" => |rt, args| in_base(rt, args, false);
        "radix:" => |rt, args| in_base(rt, args, true);
        "storeString:" => |rt, args| in_base(rt, args, true);
        "printPaddedWith:to:" => |rt, args| padded(rt, arg(args, 0), arg(args, 1), arg(args, 2), Value::int(10));
        "printPaddedWith:to:base:" => |rt, args| padded(rt, arg(args, 0), arg(args, 1), arg(args, 2), arg(args, 3));
    }
}

/// An arithmetic message; what is no number may still be a point or say itself what is to be done.
fn operate(rt: &mut Runtime, op: Op, args: &[Value]) -> NativeResult {
    let (a, b) = (arg(args, 0), arg(args, 1));
    match arith::binary(rt, op, a, b) {
        Some(result) => result,
        None if is(rt, b, Builtin::Point) => {
            let selector = rt.heap.str(op.selector());
            Err(library(rt, "_retry:with:", &[a, selector, b]))
        }
        None => Err(send(rt, b, "generality", &[])),
    }
}

fn equal(rt: &mut Runtime, args: &[Value]) -> bool {
    let result = arith::binary(rt, Op::Eq, arg(args, 0), arg(args, 1));
    matches!(result, Some(Ok(v)) if v.as_bool() == Some(true))
}

fn sign(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let sign = match arith::number(rt, arg(args, 0)) {
        Some(Num::Int(n)) => n.signum(),
        Some(Num::Big(n) | Num::Ratio(n, _) | Num::Scaled(n, ..)) => match n.sign() {
            Sign::Minus => -1,
            Sign::NoSign => 0,
            Sign::Plus => 1,
        },
        Some(Num::Float(x)) => i64::from(x > 0.0) - i64::from(x < 0.0),
        None => 0,
    };
    Ok(Value::int(sign))
}

/// The integer that an argument is.
fn integer(rt: &mut Runtime, v: Value) -> Result<BigInt, Control> {
    match big::integer(rt, v).map(alloc::borrow::Cow::into_owned) {
        Some(n) => Ok(n),
        None => Err(invalid(rt, "expected an integer")),
    }
}

/// The float that is nearest to an argument.
fn float_arg(rt: &mut Runtime, v: Value) -> Result<f64, Control> {
    match arith::number(rt, v) {
        Some(n) => Ok(n.to_float()),
        None => Err(invalid(rt, "expected a number")),
    }
}

fn function(rt: &mut Runtime, args: &[Value], f: impl FnOnce(f64) -> f64) -> NativeResult {
    Ok(Value::float(f(float_arg(rt, arg(args, 0))?)))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rounding {
    Floor,
    Ceiling,
    Truncate,
    Nearest,
}

fn rounded(rt: &mut Runtime, args: &[Value], how: Rounding) -> NativeResult {
    let v = arg(args, 0);
    match arith::number(rt, v) {
        Some(Num::Float(x)) => {
            let x = match how {
                Rounding::Floor => libm::floor(x),
                Rounding::Ceiling => libm::ceil(x),
                Rounding::Truncate => x,
                Rounding::Nearest => libm::round(x),
            };
            arith::truncated(rt, x)
        }
        Some(Num::Ratio(n, d) | Num::Scaled(n, d, _)) => {
            rt.charge((n.bits() / 64) as usize)?;
            let floor = |n: &BigInt, d: &BigInt| big::div_mod_floor(n, d).0;
            let n = match how {
                Rounding::Floor => floor(&n, &d),
                Rounding::Ceiling => -floor(&-n, &d),
                Rounding::Truncate => n / d,
                // Half away from zero.
                Rounding::Nearest if n.sign() == Sign::Minus => -floor(&(-n * 2 + &d), &(d * 2)),
                Rounding::Nearest => floor(&(n * 2 + &d), &(d * 2)),
            };
            big::checked_value(rt, n)
        }
        _ => Ok(v),
    }
}

fn raised(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (base, exponent) = (arg(args, 0), arg(args, 1));
    let Some(base) = arith::number(rt, base) else { return Ok(base) };
    match arith::number(rt, exponent) {
        Some(Num::Int(n)) => match base {
            Num::Float(x) => Ok(Value::float(libm::pow(x, n as f64))),
            base => exact_power(rt, base, n),
        },
        Some(Num::Big(n)) => match base {
            Num::Int(0 | 1) => Ok(arg(args, 0)),
            Num::Float(x) => Ok(Value::float(libm::pow(x, big::to_float(&n)))),
            _ => Err(motet_runtime::out_of_memory()),
        },
        Some(exponent) => Ok(Value::float(libm::pow(base.to_float(), exponent.to_float()))),
        None => Err(invalid(rt, "expected a number as exponent")),
    }
}

fn exact_power(rt: &mut Runtime, base: Num, exponent: i64) -> NativeResult {
    let scale = if let Num::Scaled(.., scale) = base { Some(scale) } else { None };
    let Some((n, d)) = base.into_ratio() else { return Ok(Value::NIL) };
    let size = exponent.unsigned_abs();
    let (mut n, mut d) = (big::pow(rt, &n, size)?, big::pow(rt, &d, size)?);
    if exponent < 0 {
        (n, d) = (d, n);
    }
    match scale {
        Some(scale) => arith::scaled(rt, n, d, scale),
        None => arith::ratio(rt, n, d),
    }
}

fn exact(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = arg(args, 0);
    match arith::number(rt, v) {
        Some(Num::Float(x)) => match big::exact_ratio(x) {
            Some((n, d)) => arith::ratio(rt, n, d),
            None => Err(invalid(rt, "a float that is infinite or no number is no fraction")),
        },
        Some(Num::Scaled(n, d, _)) => arith::ratio(rt, n, d),
        _ => Ok(v),
    }
}

fn as_scaled(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let scale = count(rt, arg(args, 1))?;
    let exact = exact(rt, args)?;
    match arith::number(rt, exact).and_then(Num::into_ratio) {
        Some((n, d)) => arith::scaled(rt, n, d, scale as i64),
        None => Ok(exact),
    }
}

fn parity(rt: &mut Runtime, args: &[Value], want: i64) -> NativeResult {
    let odd = match arg(args, 0).as_int() {
        Some(n) => n & 1,
        None => i64::from(integer(rt, arg(args, 0))?.bit(0)),
    };
    Ok(Value::bool(odd == want))
}

/// Bases of Miller and Rabin's test, with which it is exact below 3.3e24.
const PRIMES: &[u32] = &[2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41];

fn is_prime(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let n = integer(rt, arg(args, 0))?;
    if n < BigInt::from(2) {
        return Ok(Value::FALSE);
    }
    for &p in PRIMES {
        if (&n % p).sign() == Sign::NoSign {
            return Ok(Value::bool(n == BigInt::from(p)));
        }
    }
    let one = BigInt::from(1);
    let less = &n - &one;
    let twos = less.trailing_zeros().unwrap_or(0);
    let odd = &less >> twos;
    for &p in PRIMES {
        rt.charge((n.bits() * n.bits() / 64) as usize)?;
        let mut x = BigInt::from(p).modpow(&odd, &n);
        let mut composite = x != one && x != less;
        for _ in 1..twos {
            if !composite {
                break;
            }
            rt.charge((n.bits() / 8) as usize)?;
            x = &x * &x % &n;
            composite = x != less;
        }
        if composite {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}

fn factorial(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let n = integer(rt, arg(args, 0))?;
    if n.sign() == Sign::Minus {
        return Err(super::signal(rt, Builtin::Error, "factorial: receiver must not be negative"));
    }
    // The factorial of 10 million already has more bits than integers may have.
    let n = u64::try_from(&n).ok().filter(|&n| n < 10_000_000).ok_or_else(motet_runtime::out_of_memory)?;
    let n = big::factorial(rt, n)?;
    big::checked_value(rt, n)
}

fn lcm(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (a, b) = (integer(rt, arg(args, 0))?, integer(rt, arg(args, 1))?);
    let common = arith::gcd(rt, &a, &b)?;
    if common.sign() == Sign::NoSign {
        return Ok(Value::int(0));
    }
    let n = big::mul(rt, &(a / common), &b)?;
    big::checked_value(rt, BigInt::from(n.magnitude().clone()))
}

fn bits(
    rt: &mut Runtime,
    args: &[Value],
    small: fn(i64, i64) -> i64,
    large: fn(BigInt, BigInt) -> BigInt,
) -> NativeResult {
    if let (Some(a), Some(b)) = (arg(args, 0).as_int(), arg(args, 1).as_int()) {
        return Ok(Value::int(small(a, b)));
    }
    let (a, b) = (integer(rt, arg(args, 0))?, integer(rt, arg(args, 1))?);
    rt.charge((a.bits().max(b.bits()) / 512) as usize)?;
    big::checked_value(rt, large(a, b))
}

fn shift(rt: &mut Runtime, args: &[Value], right: bool) -> NativeResult {
    let Some(by) = arg(args, 1).as_int() else { return Err(invalid(rt, "expected an integer")) };
    let by = if right { by.saturating_neg() } else { by };
    if let Some(n) = arg(args, 0).as_int() {
        if by <= 0 {
            return Ok(Value::int(n >> by.unsigned_abs().min(63)));
        }
        if by < 63 && (n << by) >> by == n {
            return Ok(Value::int(n << by));
        }
    }
    let n = integer(rt, arg(args, 0))?;
    if n.sign() == Sign::NoSign {
        return Ok(Value::int(0));
    }
    if by >= 0 {
        big::admit(rt, n.bits().saturating_add(by as u64), n.bits(), 1)?;
        return big::checked_value(rt, n << by as u64);
    }
    rt.charge((n.bits() / 4096) as usize)?;
    // Rounds toward negative infinity.
    big::checked_value(rt, n >> by.unsigned_abs())
}

fn bit_at(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let n = integer(rt, arg(args, 0))?;
    match arg(args, 1).as_int() {
        Some(i) if i > 0 => Ok(Value::int(i64::from(n.bit(i as u64 - 1)))),
        _ => Err(invalid(rt, "expected a positive integer")),
    }
}

fn square_root(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let n = integer(rt, arg(args, 0))?;
    if n.sign() == Sign::Minus {
        return Err(invalid(rt, "a negative number has no square root"));
    }
    for _ in 0..8 {
        big::admit(rt, n.bits(), n.bits(), n.bits())?;
    }
    big::checked_value(rt, n.sqrt())
}

/// The character of a code.
pub(super) fn to_character(rt: &mut Runtime, v: Value) -> NativeResult {
    match v.as_int().and_then(|n| char::from_u32(u32::try_from(n).ok()?)) {
        Some(c) => Ok(character(rt, c)),
        None => Err(invalid(rt, "there is no character of this code")),
    }
}

/// Digits in the base that an argument says.
fn digits(rt: &mut Runtime, n: Value, base: Value) -> Result<(String, i64), Control> {
    let n = integer(rt, n)?;
    match base.as_int() {
        Some(base @ 2..=36) => Ok((big::digits(rt, &n, base as u32)?, base)),
        _ => Err(invalid(rt, "a base is an integer from 2 to 36")),
    }
}

fn in_base(rt: &mut Runtime, args: &[Value], prefix: bool) -> NativeResult {
    let (digits, base) = digits(rt, arg(args, 0), arg(args, 1))?;
    if !prefix {
        return string(rt, digits);
    }
    let text = match digits.strip_prefix('-') {
        Some(digits) => format!("-{base}r{digits}"),
        None => format!("{base}r{digits}"),
    };
    string(rt, text)
}

fn padded(rt: &mut Runtime, n: Value, with: Value, width: Value, base: Value) -> NativeResult {
    let (digits, _) = digits(rt, n, base)?;
    let Some(with) = char_of(rt, with) else { return Err(invalid(rt, "expected a character")) };
    let width = count(rt, width)?;
    rt.reserve(width)?;
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", &*digits),
    };
    let mut out = String::from(sign);
    for _ in sign.len() + digits.len()..width {
        out.push(with);
    }
    out.push_str(digits);
    string(rt, out)
}

/// A number that was read from text.
pub(super) fn number_value(rt: &mut Runtime, n: Number) -> NativeResult {
    match n {
        Number::Integer(n) => big::checked_value(rt, n),
        Number::Float(x) => Ok(Value::float(x)),
        Number::Scaled(n, decimals, scale) => {
            let unit = big::pow(rt, &BigInt::from(10), u64::from(decimals))?;
            arith::scaled(rt, n, unit, i64::from(scale))
        }
    }
}

/// The integer with which a text begins.
pub(super) fn leading_integer(text: &str) -> Option<BigInt> {
    let text = text.trim_start();
    let (negative, body) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let end = body.bytes().take_while(u8::is_ascii_digit).count();
    let n = big::parse(&body[..end], 10)?;
    Some(if negative { -n } else { n })
}

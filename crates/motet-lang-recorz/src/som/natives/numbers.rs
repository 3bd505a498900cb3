//! Integers of any size and doubles.

use alloc::string::ToString;
use core::cmp::Ordering;

use motet_runtime::{BinOp, NativeResult, Runtime, Tag, Value};
use num_bigint::{BigInt, Sign};

use super::take;
use crate::{
    big::{self, Big},
    float::push_float,
    som::world::{self, fail},
};

natives! {
    "large" => large;
    "last_integer" => last_integer;
    "same" => same;
    "Integer>>+" => |rt, args| operator(rt, BinOp::Add, args);
    "Integer>>-" => |rt, args| operator(rt, BinOp::Sub, args);
    "Integer>>*" => |rt, args| operator(rt, BinOp::Mul, args);
    "Integer>>/" => |rt, args| operator(rt, BinOp::FloorDiv, args);
    "Integer>>//" => |rt, args| operator(rt, BinOp::Div, args);
    "Integer>>%" => |rt, args| operator(rt, BinOp::Mod, args);
    "Integer>>rem:" => |rt, args| operator(rt, BinOp::Rem, args);
    "Integer>>&" => |rt, args| operator(rt, BinOp::BitAnd, args);
    "Integer>>bitXor:" => |rt, args| operator(rt, BinOp::BitXor, args);
    "Integer>><<" => |rt, args| operator(rt, BinOp::Shl, args);
    "Integer>>>>>" => |rt, args| operator(rt, BinOp::Ushr, args);
    "Integer>>=" => |rt, args| operator(rt, BinOp::Eq, args);
    "Integer>>==" => same;
    "Integer>>~=" => |rt, args| same(rt, args).map(|v| Value::bool(v.as_bool() != Some(true)));
    "Integer>><>" => |rt, args| operator(rt, BinOp::Ne, args);
    "Integer>><" => |rt, args| operator(rt, BinOp::Lt, args);
    "Integer>>>" => |rt, args| operator(rt, BinOp::Gt, args);
    "Integer>><=" => |rt, args| operator(rt, BinOp::Le, args);
    "Integer>>>=" => |rt, args| operator(rt, BinOp::Ge, args);
    "Integer>>sqrt" => sqrt;
    "Integer>>atRandom" => at_random;
    "Integer>>asString" => as_string;
    "Integer>>asDouble" => as_double;
    "Integer>>abs" => abs;
    "Integer>>as32BitSignedValue" => |rt, args| low_32(rt, args, true);
    "Integer>>as32BitUnsignedValue" => |rt, args| low_32(rt, args, false);
    "Integer class>>fromString:" => integer_from_string;
    "Double>>+" => |rt, args| operator(rt, BinOp::Add, args);
    "Double>>-" => |rt, args| operator(rt, BinOp::Sub, args);
    "Double>>*" => |rt, args| operator(rt, BinOp::Mul, args);
    "Double>>/" => |rt, args| operator(rt, BinOp::Div, args);
    "Double>>//" => |rt, args| operator(rt, BinOp::Div, args);
    "Double>>%" => |rt, args| operator(rt, BinOp::Mod, args);
    "Double>>=" => |rt, args| operator(rt, BinOp::Eq, args);
    "Double>><" => |rt, args| operator(rt, BinOp::Lt, args);
    "Double>>>" => |rt, args| operator(rt, BinOp::Gt, args);
    "Double>><=" => |rt, args| operator(rt, BinOp::Le, args);
    "Double>>>=" => |rt, args| operator(rt, BinOp::Ge, args);
    "Double>>sqrt" => |_, args| float(args, libm::sqrt);
    "Double>>sin" => |_, args| float(args, libm::sin);
    "Double>>cos" => |_, args| float(args, libm::cos);
    "Double>>abs" => |_, args| float(args, libm::fabs);
    "Double>>round" => |rt, args| integral(rt, args, libm::round);
    "Double>>asInteger" => |rt, args| integral(rt, args, libm::trunc);
    "Double>>asString" => as_string;
    "Double class>>PositiveInfinity" => |_, _| Ok(Value::float(f64::INFINITY));
    "Double class>>fromString:" => double_from_string;
}

/// Operator on two numbers; `None` if one of them is none and a method may know it.
pub(crate) fn binary(rt: &mut Runtime, op: BinOp, a: Value, b: Value) -> Option<NativeResult> {
    let number = |v: Value| matches!(v.tag(), Tag::Int | Tag::Float) || rt.heap.foreign_as::<Big>(v).is_some();
    if !number(a) {
        return None;
    }
    if !number(b) {
        return match op {
            BinOp::Eq => Some(Ok(Value::FALSE)),
            BinOp::Ne => Some(Ok(Value::TRUE)),
            // Not a message of both classes; they say so themselves.
            BinOp::BitAnd | BinOp::BitXor | BinOp::Rem if a.tag() == Tag::Float => None,
            _ => Some(wrong(rt, b)),
        };
    }
    if a.tag() == Tag::Float || b.tag() == Tag::Float {
        if a.tag() == Tag::Float && matches!(op, BinOp::BitAnd | BinOp::BitXor) {
            return None;
        }
        return Some(floats(rt, op, a, b));
    }
    Some(integers(rt, op, a, b))
}

fn wrong(rt: &mut Runtime, v: Value) -> NativeResult {
    let number = world::class(rt, v);
    let name = world::class_name(rt, number);
    fail(alloc::format!("a number is required, not an instance of {name}"))
}

fn to_float(rt: &Runtime, v: Value) -> f64 {
    match (v.as_float(), v.as_int()) {
        (Some(x), _) => x,
        (None, Some(n)) => n as f64,
        (None, None) => rt.heap.foreign_as::<Big>(v).map_or(0.0, |big| big::to_float(&big.0)),
    }
}

fn compared(op: BinOp, order: Option<Ordering>) -> Option<Value> {
    Some(Value::bool(match op {
        BinOp::Eq => order == Some(Ordering::Equal),
        BinOp::Ne => order != Some(Ordering::Equal),
        BinOp::Lt => order == Some(Ordering::Less),
        BinOp::Le => order.is_some_and(Ordering::is_le),
        BinOp::Gt => order == Some(Ordering::Greater),
        BinOp::Ge => order.is_some_and(Ordering::is_ge),
        _ => return None,
    }))
}

/// An operator with a double.
fn floats(rt: &mut Runtime, op: BinOp, a: Value, b: Value) -> NativeResult {
    let (x, y) = (to_float(rt, a), to_float(rt, b));
    if let Some(result) = compared(op, x.partial_cmp(&y)) {
        return Ok(result);
    }
    Ok(Value::float(match op {
        BinOp::Add => x + y,
        BinOp::Sub => x - y,
        BinOp::Mul => x * y,
        BinOp::Div | BinOp::FloorDiv => x / y,
        BinOp::Rem | BinOp::Mod => libm::fmod(x, y),
        _ => return wrong(rt, b),
    }))
}

/// An operator on two integers of any size.
fn integers(rt: &mut Runtime, op: BinOp, a: Value, b: Value) -> NativeResult {
    if op == BinOp::Div {
        return Ok(Value::float(to_float(rt, a) / to_float(rt, b)));
    }
    if let (Some(x), Some(y)) = (a.as_int(), b.as_int())
        && let Some(result) = small(op, x, y)
    {
        return Ok(Value::int(result));
    }
    let (Some(x), Some(y)) = (big::integer(rt, a), big::integer(rt, b)) else { return fail("a number is required") };
    let (x, y) = (x.into_owned(), y.into_owned());
    if let Some(result) = compared(op, Some(x.cmp(&y))) {
        return Ok(result);
    }
    if matches!(op, BinOp::FloorDiv | BinOp::Mod | BinOp::Rem) && y.sign() == Sign::NoSign {
        return fail("an Integer was divided by zero");
    }
    let (long, short) = (x.bits().max(y.bits()), x.bits().min(y.bits()));
    let bits = if op == BinOp::Mul { long + short } else { long + 1 };
    let result = match op {
        BinOp::Shl | BinOp::Ushr => return shift(rt, op, x, &y),
        BinOp::Mul => big::mul(rt, &x, &y)?,
        _ => {
            big::admit(rt, bits, x.bits(), y.bits())?;
            match op {
                BinOp::Add => x + y,
                BinOp::Sub => x - y,
                BinOp::FloorDiv => big::div_mod_floor(&x, &y).0,
                BinOp::Mod => big::div_mod_floor(&x, &y).1,
                BinOp::Rem => x % y,
                BinOp::BitAnd => x & y,
                BinOp::BitOr => x | y,
                BinOp::BitXor => x ^ y,
                _ => return fail("Integers have no such operator"),
            }
        }
    };
    big::checked_value(rt, result)
}

/// The result, if it is surely what the large operation gives.
fn small(op: BinOp, x: i64, y: i64) -> Option<i64> {
    match op {
        BinOp::Add => x.checked_add(y),
        BinOp::Sub => x.checked_sub(y),
        BinOp::Mul => x.checked_mul(y),
        BinOp::FloorDiv => {
            let quotient = x.checked_div(y)?;
            Some(if x % y != 0 && (x < 0) != (y < 0) { quotient - 1 } else { quotient })
        }
        BinOp::Mod => {
            let rest = x.checked_rem(y)?;
            Some(if rest != 0 && (rest < 0) != (y < 0) { rest + y } else { rest })
        }
        BinOp::Rem => x.checked_rem(y),
        BinOp::BitAnd => Some(x & y),
        BinOp::BitOr => Some(x | y),
        BinOp::BitXor => Some(x ^ y),
        BinOp::Shl => {
            let count = u32::try_from(y).ok().filter(|&count| count < 64)?;
            let shifted = x << count;
            (shifted >> count == x).then_some(shifted)
        }
        _ => None,
    }
}

/// Shifts by counts that are not negative. A negative number shifted right counts as one of 64 bits without sign.
fn shift(rt: &mut Runtime, op: BinOp, x: BigInt, count: &BigInt) -> NativeResult {
    let Ok(count) = u64::try_from(count) else { return fail("numbers are shifted by counts that are not negative") };
    if op == BinOp::Ushr {
        let x = if x.sign() == Sign::Minus { (x % (BigInt::from(1) << 64u32)) + (BigInt::from(1) << 64u32) } else { x };
        return big::checked_value(rt, x >> count);
    }
    if x.sign() == Sign::NoSign {
        return Ok(Value::int(0));
    }
    big::admit(rt, x.bits().saturating_add(count), 1, 1)?;
    big::checked_value(rt, x << count)
}

fn operator(rt: &mut Runtime, op: BinOp, args: &[Value]) -> NativeResult {
    let [a, b] = take(args)?;
    match binary(rt, op, a, b) {
        Some(result) => result,
        None => wrong(rt, a),
    }
}

/// Whether two values are identical; numbers are when they are equal and of one class.
pub(crate) fn same(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [a, b] = take(args)?;
    let same = match (rt.heap.foreign_as::<Big>(a), rt.heap.foreign_as::<Big>(b)) {
        (Some(a), Some(b)) => a == b,
        _ => motet_runtime::ops::same(&rt.heap, a, b),
    };
    Ok(Value::bool(same))
}

/// A literal beyond 64 bits.
fn large(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [text] = take(args)?;
    match rt.heap.text(text).and_then(parse_integer) {
        Some(n) => big::checked_value(rt, n),
        None => fail("malformed number"),
    }
}

/// The last integer that is not greater than a double.
fn last_integer(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [last] = take(args)?;
    Ok(Value::int(libm::floor(last.as_float().unwrap_or(f64::NEG_INFINITY)) as i64))
}

fn parse_integer(text: &str) -> Option<BigInt> {
    match text.strip_prefix('-') {
        Some(digits) => big::parse(digits, 10).map(|n| -n),
        None => big::parse(text, 10),
    }
}

fn integer_from_string(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [_, text] = take(args)?;
    match world::text(rt, text).map(str::trim).and_then(parse_integer) {
        Some(n) => big::checked_value(rt, n),
        None => fail("the text is no Integer"),
    }
}

fn double_from_string(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [_, text] = take(args)?;
    let number = world::text(rt, text).map(str::trim).filter(|t| t.bytes().any(|b| b.is_ascii_digit()));
    match number.and_then(|text| text.parse::<f64>().ok()) {
        Some(x) => Ok(Value::float(x)),
        None => fail("the text is no Double"),
    }
}

fn as_string(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [v] = take(args)?;
    if let Some(n) = v.as_int() {
        return Ok(rt.heap.decimal(n));
    }
    let text = match (v.as_float(), rt.heap.foreign_as::<Big>(v)) {
        (Some(x), _) => {
            let mut text = alloc::string::String::new();
            push_float(x, &mut text);
            text
        }
        (None, Some(big)) => {
            let n = big.0.clone();
            big::digits(rt, &n, 10)?
        }
        (None, None) => return wrong(rt, v),
    };
    Ok(rt.heap.string(text.to_string()))
}

fn as_double(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [v] = take(args)?;
    Ok(Value::float(to_float(rt, v)))
}

fn abs(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [v] = take(args)?;
    match big::integer(rt, v) {
        Some(n) => {
            let n = BigInt::from(n.magnitude().clone());
            big::checked_value(rt, n)
        }
        None => wrong(rt, v),
    }
}

/// An Integer for perfect squares, otherwise a Double.
fn sqrt(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [v] = take(args)?;
    let Some(n) = big::integer(rt, v).map(|n| n.into_owned()) else { return wrong(rt, v) };
    if n.sign() != Sign::Minus {
        big::admit(rt, n.bits(), n.bits(), n.bits())?;
        let root = n.sqrt();
        if &root * &root == n {
            return big::checked_value(rt, root);
        }
    }
    Ok(Value::float(libm::sqrt(big::to_float(&n))))
}

/// A number from 0 to before the receiver.
fn at_random(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [v] = take(args)?;
    let Some(n) = v.as_int().filter(|&n| n > 0) else { return fail("a positive Integer is required") };
    let mut bytes = [0; 8];
    if let Err(error) = rt.host.random(&mut bytes) {
        return fail(error.0);
    }
    Ok(Value::int((u64::from_le_bytes(bytes) % n as u64) as i64))
}

fn low_32(rt: &mut Runtime, args: &[Value], signed: bool) -> NativeResult {
    let [v] = take(args)?;
    let Some(n) = big::integer(rt, v) else { return wrong(rt, v) };
    let low = u32::try_from(n.into_owned() & BigInt::from(u32::MAX)).unwrap_or(0);
    Ok(Value::int(if signed { i64::from(low as i32) } else { i64::from(low) }))
}

fn float(args: &[Value], run: fn(f64) -> f64) -> NativeResult {
    let [v] = take(args)?;
    match v.as_float() {
        Some(x) => Ok(Value::float(run(x))),
        None => fail("a Double is required"),
    }
}

/// The integer that a double is once it is rounded.
fn integral(rt: &mut Runtime, args: &[Value], round: fn(f64) -> f64) -> NativeResult {
    let [v] = take(args)?;
    match v.as_float().map(round).and_then(big::from_float) {
        Some(n) => big::checked_value(rt, n),
        None => fail("the Double is no number"),
    }
}

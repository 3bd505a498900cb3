//! Arithmetic on numbers of all classes.
//!
//! Invariants: fractions and scaled decimals are reduced, their denominators positive; a fraction's is above 1. Operands
//! of different classes are converted upward: Integer, Fraction, ScaledDecimal, Float.

use core::cmp::Ordering;

use motet_runtime::{BinOp, Control, NativeResult, Runtime, Tag, Value};
use num_bigint::{BigInt, Sign};

use crate::{
    big::{self, Big},
    classes::Builtin,
    natives::{is, make, signal},
};

/// A number.
#[derive(Clone, Debug)]
pub enum Num {
    /// An integer of 64 bits.
    Int(i64),
    /// A larger one.
    Big(BigInt),
    /// A fraction.
    Ratio(BigInt, BigInt),
    /// A scaled decimal: the fraction that it is, and its scale.
    Scaled(BigInt, BigInt, i64),
    /// A float.
    Float(f64),
}

/// What two numbers are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Op {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
    Quo,
    Rem,
    Lt,
    Le,
    Gt,
    Ge,
    Eq,
    Ne,
}

impl Op {
    /// The operator that the core knows it as, if it is one of Recorz.
    #[must_use]
    pub fn of(op: BinOp) -> Option<Op> {
        Some(match op {
            BinOp::Add => Op::Add,
            BinOp::Sub => Op::Sub,
            BinOp::Mul => Op::Mul,
            BinOp::Div => Op::Div,
            BinOp::Eq => Op::Eq,
            BinOp::Ne => Op::Ne,
            BinOp::Lt => Op::Lt,
            BinOp::Le => Op::Le,
            BinOp::Gt => Op::Gt,
            BinOp::Ge => Op::Ge,
            _ => return None,
        })
    }

    /// Its selector.
    #[must_use]
    pub fn selector(self) -> &'static str {
        match self {
            Op::Add => "+",
            Op::Sub => "-",
            Op::Mul => "*",
            Op::Div => "/",
            Op::FloorDiv => "//",
            Op::Mod => "\\\\",
            Op::Quo => "quo:",
            Op::Rem => "rem:",
            Op::Lt => "<",
            Op::Le => "<=",
            Op::Gt => ">",
            Op::Ge => ">=",
            Op::Eq => "=",
            Op::Ne => "~=",
        }
    }

    fn divides(self) -> bool {
        matches!(self, Op::Div | Op::FloorDiv | Op::Mod | Op::Quo | Op::Rem)
    }

    /// What an order says of `< <= > >= = ~=`.
    fn holds(self, order: Option<Ordering>) -> bool {
        match self {
            Op::Lt => order == Some(Ordering::Less),
            Op::Le => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Op::Gt => order == Some(Ordering::Greater),
            Op::Ge => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
            Op::Ne => order != Some(Ordering::Equal),
            _ => order == Some(Ordering::Equal),
        }
    }
}

/// Text of divisions by zero.
pub const DIVIDED_BY_ZERO: &str = "The program attempted to divide a number by zero";

/// The number that a value is.
#[must_use]
pub fn number(rt: &Runtime, v: Value) -> Option<Num> {
    match v.tag() {
        Tag::Int => v.as_int().map(Num::Int),
        Tag::Float => v.as_float().map(Num::Float),
        Tag::Foreign => rt.heap.foreign_as::<Big>(v).map(|big| Num::Big(big.0.clone())),
        Tag::Record if is(rt, v, Builtin::Fraction) => {
            let (n, d) = parts(rt, v)?;
            Some(Num::Ratio(n, d))
        }
        Tag::Record if is(rt, v, Builtin::ScaledDecimal) => {
            let (n, d) = parts(rt, v)?;
            let scale = rt.heap.fields(v)?.get(2)?.as_int()?;
            Some(Num::Scaled(n, d, scale))
        }
        _ => None,
    }
}

fn parts(rt: &Runtime, v: Value) -> Option<(BigInt, BigInt)> {
    let fields = rt.heap.fields(v)?;
    let (n, d) = (*fields.first()?, *fields.get(1)?);
    Some((big::integer(rt, n)?.into_owned(), big::integer(rt, d)?.into_owned()))
}

impl Num {
    /// The nearest float.
    #[must_use]
    pub fn to_float(&self) -> f64 {
        match self {
            Num::Int(n) => *n as f64,
            Num::Big(n) => big::to_float(n),
            Num::Ratio(n, d) | Num::Scaled(n, d, _) => big::ratio_to_float(n, d),
            Num::Float(x) => *x,
        }
    }

    /// The integer, if it is one.
    #[must_use]
    pub fn to_integer(&self) -> Option<BigInt> {
        match self {
            Num::Int(n) => Some(BigInt::from(*n)),
            Num::Big(n) => Some(n.clone()),
            _ => None,
        }
    }

    /// The exact ratio; none of a float.
    #[must_use]
    pub fn into_ratio(self) -> Option<(BigInt, BigInt)> {
        match self {
            Num::Int(n) => Some((BigInt::from(n), BigInt::from(1))),
            Num::Big(n) => Some((n, BigInt::from(1))),
            Num::Ratio(n, d) | Num::Scaled(n, d, _) => Some((n, d)),
            Num::Float(_) => None,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Num::Int(_) | Num::Big(_) => 0,
            Num::Ratio(..) => 1,
            Num::Scaled(..) => 2,
            Num::Float(_) => 3,
        }
    }

    fn bits(&self) -> u64 {
        match self {
            Num::Int(_) | Num::Float(_) => 64,
            Num::Big(n) => n.bits(),
            Num::Ratio(n, d) | Num::Scaled(n, d, _) => n.bits() + d.bits(),
        }
    }

    fn scale(&self) -> i64 {
        if let Num::Scaled(_, _, scale) = self { *scale } else { 0 }
    }

    /// Whether it is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        match self {
            Num::Int(n) => *n == 0,
            Num::Big(n) | Num::Ratio(n, _) | Num::Scaled(n, ..) => n.sign() == Sign::NoSign,
            Num::Float(x) => *x == 0.0,
        }
    }

    /// Hash under which equal numbers of all classes agree.
    #[must_use]
    pub fn hash(&self) -> i64 {
        let float = match self {
            Num::Int(n) => return *n,
            _ => self.to_float(),
        };
        if libm::trunc(float) == float && float.abs() < 9.0e18 { float as i64 } else { float.to_bits() as i64 }
    }
}

/// `a op b`, if both are numbers.
pub fn binary(rt: &mut Runtime, op: Op, a: Value, b: Value) -> Option<NativeResult> {
    if let (Some(x), Some(y)) = (a.as_int(), b.as_int())
        && let Some(v) = small(op, x, y)
    {
        return Some(Ok(v));
    }
    if let (Some(x), Some(y)) = (a.as_float(), b.as_float()) {
        return Some(floats(rt, op, x, y));
    }
    let (a, b) = (number(rt, a)?, number(rt, b)?);
    Some(mixed(rt, op, a, b))
}

/// On integers of 64 bits, if the result is one.
fn small(op: Op, a: i64, b: i64) -> Option<Value> {
    let n = match op {
        Op::Add => a.checked_add(b)?,
        Op::Sub => a.checked_sub(b)?,
        Op::Mul => a.checked_mul(b)?,
        Op::Div if a.checked_rem(b)? == 0 => a.checked_div(b)?,
        Op::Div => return None,
        Op::FloorDiv => {
            let quotient = a.checked_div(b)?;
            if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient }
        }
        Op::Mod => {
            let rest = a.checked_rem(b)?;
            if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }
        }
        Op::Quo => a.checked_div(b)?,
        Op::Rem => a.checked_rem(b)?,
        Op::Lt | Op::Le | Op::Gt | Op::Ge | Op::Eq | Op::Ne => return Some(Value::bool(op.holds(Some(a.cmp(&b))))),
    };
    Some(Value::int(n))
}

fn mixed(rt: &mut Runtime, op: Op, a: Num, b: Num) -> NativeResult {
    if op.divides() && b.is_zero() {
        return Err(signal(rt, Builtin::ZeroDivide, DIVIDED_BY_ZERO));
    }
    if a.rank() == 3 || b.rank() == 3 {
        return floats(rt, op, a.to_float(), b.to_float());
    }
    let (x, y) = (a.bits(), b.bits());
    big::admit(rt, if op == Op::Mul { x + y } else { x.max(y) }, x, y)?;
    if let (Some(x), Some(y)) = (a.to_integer(), b.to_integer()) {
        return integers(rt, op, x, y);
    }
    let scale = (a.rank().max(b.rank()) == 2).then(|| a.scale().max(b.scale()));
    let (Some((an, ad)), Some((bn, bd))) = (a.into_ratio(), b.into_ratio()) else { return Ok(Value::NIL) };
    let (n, d) = match op {
        Op::Add => (an * &bd + bn * &ad, ad * bd),
        Op::Sub => (an * &bd - bn * &ad, ad * bd),
        Op::Mul => (an * bn, ad * bd),
        Op::Div => (an * bd, ad * bn),
        Op::FloorDiv => return big::checked_value(rt, big::div_mod_floor(&(an * bd), &(ad * bn)).0),
        Op::Quo => return big::checked_value(rt, (an * bd) / (ad * bn)),
        Op::Mod => {
            let quotient = big::div_mod_floor(&(&an * &bd), &(&ad * &bn)).0;
            (an * &bd - quotient * bn * &ad, ad * bd)
        }
        Op::Rem => {
            let quotient = (&an * &bd) / (&ad * &bn);
            (an * &bd - quotient * bn * &ad, ad * bd)
        }
        Op::Lt | Op::Le | Op::Gt | Op::Ge | Op::Eq | Op::Ne => {
            return Ok(Value::bool(op.holds(Some((an * bd).cmp(&(bn * ad))))));
        }
    };
    match scale {
        Some(scale) => scaled(rt, n, d, scale),
        None => ratio(rt, n, d),
    }
}

fn integers(rt: &mut Runtime, op: Op, a: BigInt, b: BigInt) -> NativeResult {
    let n = match op {
        Op::Add => a + b,
        Op::Sub => a - b,
        Op::Mul => a * b,
        Op::Div => {
            let quotient = &a / &b;
            if &quotient * &b != a {
                return ratio(rt, a, b);
            }
            quotient
        }
        Op::FloorDiv => big::div_mod_floor(&a, &b).0,
        Op::Mod => big::div_mod_floor(&a, &b).1,
        Op::Quo => a / b,
        Op::Rem => a % b,
        Op::Lt | Op::Le | Op::Gt | Op::Ge | Op::Eq | Op::Ne => return Ok(Value::bool(op.holds(Some(a.cmp(&b))))),
    };
    big::checked_value(rt, n)
}

fn floats(rt: &mut Runtime, op: Op, a: f64, b: f64) -> NativeResult {
    if op.divides() && b == 0.0 {
        return Err(signal(rt, Builtin::ZeroDivide, DIVIDED_BY_ZERO));
    }
    let x = match op {
        Op::Add => a + b,
        Op::Sub => a - b,
        Op::Mul => a * b,
        Op::Div => a / b,
        Op::FloorDiv => return truncated(rt, libm::floor(a / b)),
        Op::Quo => return truncated(rt, a / b),
        Op::Mod => {
            let rest = libm::fmod(a, b);
            if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest }
        }
        Op::Rem => libm::fmod(a, b),
        Op::Lt | Op::Le | Op::Gt | Op::Ge | Op::Eq | Op::Ne => return Ok(Value::bool(op.holds(a.partial_cmp(&b)))),
    };
    Ok(Value::float(x))
}

/// A float cut toward zero, as an integer.
///
/// # Errors
/// It is no number or infinite.
pub fn truncated(rt: &mut Runtime, x: f64) -> NativeResult {
    // Beyond 2^53 every float is an integer, so that this range is exact.
    if x.abs() < 9.0e15 {
        return Ok(Value::int(x as i64));
    }
    match big::from_float(x) {
        Some(n) => Ok(big::value(rt, n)),
        None => Err(signal(rt, Builtin::InvalidArgument, "a float that is infinite or no number has no integer")),
    }
}

/// The quotient of two integers, which are not both zero: an integer or a fraction.
///
/// # Errors
/// The divisor is zero, or there is no more time.
pub fn ratio(rt: &mut Runtime, n: BigInt, d: BigInt) -> NativeResult {
    let (n, d) = reduced(rt, n, d)?;
    let (n, whole) = (big::checked_value(rt, n)?, d == BigInt::from(1));
    if whole {
        return Ok(n);
    }
    let d = big::checked_value(rt, d)?;
    Ok(make(rt, Builtin::Fraction, &[n, d]))
}

/// A scaled decimal.
///
/// # Errors
/// The divisor is zero, or there is no more time.
pub fn scaled(rt: &mut Runtime, n: BigInt, d: BigInt, scale: i64) -> NativeResult {
    let (n, d) = reduced(rt, n, d)?;
    let (n, d) = (big::checked_value(rt, n)?, big::checked_value(rt, d)?);
    Ok(make(rt, Builtin::ScaledDecimal, &[n, d, Value::int(scale)]))
}

fn reduced(rt: &mut Runtime, n: BigInt, d: BigInt) -> Result<(BigInt, BigInt), Control> {
    if d.sign() == Sign::NoSign {
        return Err(signal(rt, Builtin::ZeroDivide, DIVIDED_BY_ZERO));
    }
    let common = gcd(rt, &n, &d)?;
    let (n, d) = if common == BigInt::from(1) { (n, d) } else { (n / &common, d / common) };
    Ok(if d.sign() == Sign::Minus { (-n, -d) } else { (n, d) })
}

/// Greatest common divisor; not negative.
///
/// # Errors
/// There is no more time.
pub fn gcd(rt: &mut Runtime, a: &BigInt, b: &BigInt) -> Result<BigInt, Control> {
    let (mut a, mut b) = (a.magnitude().clone(), b.magnitude().clone());
    while a.bits() > 64 || b.bits() > 64 {
        if b.bits() == 0 {
            return Ok(BigInt::from(a));
        }
        rt.charge((a.bits() / 1024) as usize + 1)?;
        let rest = &a % &b;
        (a, b) = (b, rest);
    }
    let (mut a, mut b) = (u64::try_from(a).unwrap_or(0), u64::try_from(b).unwrap_or(0));
    while b != 0 {
        (a, b) = (b, a % b);
    }
    Ok(BigInt::from(a))
}

//! Integers of any size.
//!
//! Invariants: a [`Big`] in the heap is beyond 64 bits; before each operation its work is charged and the memory of its
//! result reserved, and no integer has more than [`MAX_BITS`] bits, so that one operation takes a second or so at most.

use alloc::{borrow::Cow, boxed::Box, string::String, vec::Vec};
use core::any::Any;

use motet_runtime::{Control, Foreign, NativeResult, Runtime, Tracer, Value, out_of_memory};
use num_bigint::{BigInt, BigUint, Sign};

use crate::world::kind;

/// Largest size of an integer, in bits.
pub const MAX_BITS: u64 = 1 << 27;

/// An integer beyond 64 bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Big(pub BigInt);

impl Foreign for Big {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}

    fn extra_bytes(&self) -> usize {
        size_of::<Big>() + (self.0.bits() / 8) as usize
    }

    fn copy(&self) -> Option<Box<dyn Foreign>> {
        Some(Box::new(self.clone()))
    }

    fn kind(&self) -> u32 {
        if self.0.sign() == Sign::Minus { kind::LARGE_NEGATIVE } else { kind::LARGE_POSITIVE }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// The integer as a value.
pub fn value(rt: &mut Runtime, n: BigInt) -> Value {
    match i64::try_from(&n) {
        Ok(small) => Value::int(small),
        Err(_) => rt.heap.foreign(Box::new(Big(n))),
    }
}

/// The integer as a value, if there is room for it.
///
/// # Errors
/// A catchable out-of-memory error.
pub fn checked_value(rt: &mut Runtime, n: BigInt) -> NativeResult {
    rt.room((n.bits() / 8) as usize)?;
    Ok(value(rt, n))
}

/// The integer that a value is.
#[must_use]
pub fn integer(rt: &Runtime, v: Value) -> Option<Cow<'_, BigInt>> {
    match v.as_int() {
        Some(n) => Some(Cow::Owned(BigInt::from(n))),
        None => rt.heap.foreign_as::<Big>(v).map(|big| Cow::Borrowed(&big.0)),
    }
}

fn words(bits: u64) -> u64 {
    bits / 64 + 1
}

/// Work of multiplying or dividing numbers of these sizes in bits, in units of 64 operations on words.
fn work(a: u64, b: u64) -> usize {
    let (long, short) = (words(a.max(b)), words(a.min(b)));
    // Short factors are multiplied word by word, long ones in parts.
    let each = if short < 64 { short } else { 64 + (short - 64) / 8 };
    usize::try_from(long.saturating_mul(each) / 64).unwrap_or(usize::MAX)
}

/// To be asked before a result of about `bits` bits is computed from operands of `a` and `b` bits.
///
/// # Errors
/// No room, or no more time.
pub fn admit(rt: &mut Runtime, bits: u64, a: u64, b: u64) -> Result<(), Control> {
    if bits > MAX_BITS {
        return Err(out_of_memory());
    }
    rt.reserve((bits / 8) as usize)?;
    rt.charge(work(a, b))
}

/// The product.
///
/// # Errors
/// No room, or no more time.
pub fn mul(rt: &mut Runtime, a: &BigInt, b: &BigInt) -> Result<BigInt, Control> {
    admit(rt, a.bits() + b.bits(), a.bits(), b.bits())?;
    Ok(a * b)
}

/// The power.
///
/// # Errors
/// No room, or no more time.
pub fn pow(rt: &mut Runtime, base: &BigInt, exponent: u64) -> Result<BigInt, Control> {
    let one = BigInt::from(1);
    if exponent == 0 || *base == one {
        return Ok(one);
    }
    if base.sign() == Sign::NoSign {
        return Ok(BigInt::ZERO);
    }
    if *base == -one {
        return Ok(BigInt::from(if exponent.is_multiple_of(2) { 1 } else { -1 }));
    }
    // The least power with so many bits.
    if (base.bits() - 1).saturating_mul(exponent) > MAX_BITS {
        return Err(out_of_memory());
    }
    // Powers of two are shifts.
    let twos = base.trailing_zeros().unwrap_or(0);
    let odd = base >> twos;
    let mut result = BigInt::from(1);
    let mut square = odd;
    let mut rest = exponent;
    loop {
        if rest & 1 == 1 {
            result = mul(rt, &result, &square)?;
        }
        rest >>= 1;
        if rest == 0 {
            break;
        }
        square = mul(rt, &square.clone(), &square)?;
    }
    let shift = twos * exponent;
    admit(rt, result.bits() + shift, 1, 1)?;
    Ok(result << shift)
}

/// The factorial of a number, by products of halves.
///
/// # Errors
/// No room, or no more time.
pub fn factorial(rt: &mut Runtime, n: u64) -> Result<BigInt, Control> {
    // Partial products of consecutive factors, longest at the bottom; each is at least twice as long as the next.
    let mut parts: Vec<(u32, BigInt)> = Vec::new();
    let mut factor = 2;
    while factor <= n {
        let mut product = factor;
        factor += 1;
        while factor <= n
            && let Some(more) = product.checked_mul(factor)
        {
            product = more;
            factor += 1;
        }
        parts.push((0, BigInt::from(product)));
        rt.charge(1)?;
        while let [.., (a, _), (b, _)] = parts.as_slice()
            && a == b
        {
            join(rt, &mut parts)?;
        }
    }
    while parts.len() > 1 {
        join(rt, &mut parts)?;
    }
    Ok(parts.pop().map_or_else(|| BigInt::from(1), |(_, n)| n))
}

fn join(rt: &mut Runtime, parts: &mut Vec<(u32, BigInt)>) -> Result<(), Control> {
    if let (Some((_, b)), Some((rank, a))) = (parts.pop(), parts.pop()) {
        let product = mul(rt, &a, &b)?;
        parts.push((rank + 1, product));
    }
    Ok(())
}

/// Size from which numbers are printed in halves, in bits.
const HALVES: u64 = 1 << 14;

/// The digits in a base from 2 to 36, in capitals.
///
/// # Errors
/// No room, or no more time.
pub fn digits(rt: &mut Runtime, n: &BigInt, base: u32) -> Result<String, Control> {
    rt.reserve((n.bits() / u64::from(base.ilog2())) as usize + 1)?;
    let mut out = String::new();
    if n.sign() == Sign::Minus {
        out.push('-');
    }
    let n = n.magnitude();
    if n.bits() < HALVES || base.is_power_of_two() {
        rt.charge(work(n.bits(), n.bits()))?;
        out.push_str(&n.to_str_radix(base));
    } else {
        // Powers base^(k*2^i), each with an approximation of its reciprocal, so that halving costs products only.
        let first = (HALVES as f64 / 2.0 / f64::from(base.ilog2() + 1)) as u32;
        let mut powers = alloc::vec![Power::of(rt, BigUint::from(base).pow(first), first as usize)?];
        while let Some(last) = powers.last()
            && last.value.bits() * 2 < n.bits() + 2
        {
            admit(rt, last.value.bits() * 2, last.value.bits(), last.value.bits())?;
            let (value, places) = (&last.value * &last.value, last.places * 2);
            powers.push(Power::of(rt, value, places)?);
        }
        push_digits(rt, n.clone(), base, &powers, None, &mut out)?;
    }
    out.make_ascii_uppercase();
    Ok(out)
}

/// A power of the base, and what division by it needs.
struct Power {
    value: BigUint,
    /// Digits of a remainder.
    places: usize,
    /// `2^(2 * bits) / value`, up to a small error.
    reciprocal: BigUint,
    bits: u64,
}

impl Power {
    fn of(rt: &mut Runtime, value: BigUint, places: usize) -> Result<Self, Control> {
        let bits = value.bits();
        admit(rt, bits, bits, bits)?;
        Ok(Self { reciprocal: reciprocal(&value, bits), value, places, bits })
    }

    /// Quotient and remainder of a number below the square of the power.
    fn divide(&self, n: &BigUint) -> (BigUint, BigUint) {
        // The upper half of the number is enough to estimate the quotient.
        let low = self.bits.saturating_sub(2);
        let mut quotient = ((n >> low) * &self.reciprocal) >> (2 * self.bits - low);
        let mut product = &quotient * &self.value;
        while product > *n {
            product -= &self.value;
            quotient -= 1u32;
        }
        let mut rest = n - product;
        while rest >= self.value {
            rest -= &self.value;
            quotient += 1u32;
        }
        (quotient, rest)
    }
}

/// About `2^(2 * bits) / d` for a number of `bits` bits: Newton's iteration on ever more of its bits.
fn reciprocal(d: &BigUint, bits: u64) -> BigUint {
    if bits < 2048 {
        return (BigUint::from(1u32) << (2 * bits)) / d;
    }
    let half = bits / 2 + 2;
    // r / 2^(2 half) approximates 1 / (d / 2^(bits - half)).
    let r = reciprocal(&(d >> (bits - half)), half);
    // x = r * 2^(bits - half) approximates 2^(2 bits) / d; a step: x * (2 - x * d / 2^(2 bits)).
    let x = r << (bits - half);
    let two = BigUint::from(2u32) << (2 * bits);
    let error = two - &x * d;
    (x * error) >> (2 * bits)
}

fn push_digits(
    rt: &mut Runtime,
    n: BigUint,
    base: u32,
    powers: &[Power],
    places: Option<usize>,
    out: &mut String,
) -> Result<(), Control> {
    let Some((power, smaller)) = powers.split_last() else {
        let text = n.to_str_radix(base);
        for _ in text.len()..places.unwrap_or(0) {
            out.push('0');
        }
        rt.charge(work(n.bits(), n.bits()))?;
        out.push_str(&text);
        return Ok(());
    };
    if places.is_none() && n < power.value {
        return push_digits(rt, n, base, smaller, None, out);
    }
    rt.charge(work(n.bits(), power.bits))?;
    let (high, low) = power.divide(&n);
    drop(n);
    push_digits(rt, high, base, smaller, places.map(|all| all - power.places), out)?;
    push_digits(rt, low, base, smaller, Some(power.places), out)
}

/// The number that digits in a base spell, without a sign. `None` if they do not.
#[must_use]
pub fn parse(digits: &str, base: u32) -> Option<BigInt> {
    if !(2..=36).contains(&base) || digits.is_empty() || !digits.chars().all(|c| c.is_digit(base)) {
        return None;
    }
    Some(parse_part(digits.as_bytes(), base))
}

fn parse_part(digits: &[u8], base: u32) -> BigInt {
    if digits.len() <= 2000 {
        return BigInt::parse_bytes(digits, base).unwrap_or_default();
    }
    let (high, low) = digits.split_at(digits.len() / 2);
    parse_part(high, base) * BigInt::from(base).pow(low.len() as u32) + parse_part(low, base)
}

/// The nearest float.
#[must_use]
pub fn to_float(n: &BigInt) -> f64 {
    let bits = n.bits();
    let size = n.magnitude();
    let float = if bits <= 64 {
        u64::try_from(size).unwrap_or(0) as f64
    } else if bits > 1024 {
        f64::INFINITY
    } else {
        let shift = bits - 64;
        let top: u64 = u64::try_from(size >> shift).unwrap_or(0);
        // What is cut off only breaks ties.
        let sticky = size.trailing_zeros().unwrap_or(0) < shift;
        libm::ldexp((top | u64::from(sticky)) as f64, shift as i32)
    };
    if n.sign() == Sign::Minus { -float } else { float }
}

/// The nearest float to a fraction with a positive denominator.
#[must_use]
pub fn ratio_to_float(numerator: &BigInt, denominator: &BigInt) -> f64 {
    let (n, d) = (numerator.magnitude(), denominator.magnitude());
    if n.bits() <= 53 && d.bits() <= 53 {
        return to_float(numerator) / to_float(denominator);
    }
    // A quotient of at least 66 bits, whose last bit tells of a remainder.
    let shift = 66 + d.bits() as i64 - n.bits() as i64;
    let (n, d) = if shift >= 0 { (n << shift as u64, d.clone()) } else { (n.clone(), d << (-shift) as u64) };
    let (mut quotient, rest) = (&n / &d, &n % &d);
    if rest != BigUint::ZERO {
        quotient |= BigUint::from(1u32);
    }
    let bits = quotient.bits();
    let down = bits.saturating_sub(64);
    let sticky = quotient.trailing_zeros().unwrap_or(0) < down;
    let top = u64::try_from(&quotient >> down).unwrap_or(0) | u64::from(sticky);
    let float = scale(top, down as i64 - shift);
    if numerator.sign() == Sign::Minus { -float } else { float }
}

/// `top * 2^exponent`, rounded once.
fn scale(top: u64, exponent: i64) -> f64 {
    let exponent = exponent.clamp(-4000, 4000) as i32;
    // Denormal results have fewer bits: rounding to 53 first would round twice.
    let least = exponent + 63 - top.leading_zeros() as i32;
    if top != 0 && least < -1022 {
        let drop = (-1074 - exponent).clamp(0, 64) as u32;
        if drop >= 64 {
            return if drop == 64 && top > 1 << 63 { f64::from_bits(1) } else { 0.0 };
        }
        let (kept, half) = (top >> drop, if drop == 0 { 0 } else { 1u64 << (drop - 1) });
        let rest = top & ((1u64 << drop) - 1);
        let up = rest > half || (rest == half && half != 0 && kept & 1 == 1);
        return libm::ldexp((kept + u64::from(up)) as f64, exponent + drop as i32);
    }
    libm::ldexp(top as f64, exponent)
}

/// The integer that a float is when cut toward zero; `None` for those without.
#[must_use]
pub fn from_float(x: f64) -> Option<BigInt> {
    if !x.is_finite() {
        return None;
    }
    let x = libm::trunc(x);
    if x.abs() < 9.0e18 {
        return Some(BigInt::from(x as i64));
    }
    let bits = x.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i64 - 1075;
    let mantissa = BigInt::from((bits & ((1 << 52) - 1)) | 1 << 52) << exponent as u64;
    Some(if x < 0.0 { -mantissa } else { mantissa })
}

/// A float as an exact ratio; `None` for those without.
#[must_use]
pub fn exact_ratio(x: f64) -> Option<(BigInt, BigInt)> {
    if !x.is_finite() {
        return None;
    }
    let (mut scaled, mut power) = (x, 0u32);
    while scaled != libm::trunc(scaled) {
        scaled *= 2.0;
        power += 1;
    }
    Some((from_float(scaled)?, BigInt::from(1) << power))
}

/// Quotient and remainder toward negative infinity; the divisor is not zero.
#[must_use]
pub fn div_mod_floor(a: &BigInt, b: &BigInt) -> (BigInt, BigInt) {
    let (quotient, rest) = (a / b, a % b);
    if rest.sign() != Sign::NoSign && (rest.sign() == Sign::Minus) != (b.sign() == Sign::Minus) {
        (quotient - 1, rest + b)
    } else {
        (quotient, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use motet_runtime::{Limits, NullHost};

    fn runtime() -> Runtime {
        Runtime::new(Box::new(NullHost), Limits::default())
    }

    #[test]
    fn long_numbers_are_printed_and_read_in_halves() {
        let mut rt = runtime();
        for (base, exponent) in [(3u64, 20_000u64), (7, 31_000), (10, 9_999), (12, 100_000)] {
            let n = pow(&mut rt, &BigInt::from(base), exponent).unwrap() - 1;
            for radix in [10, 36] {
                let text = digits(&mut rt, &n, radix).unwrap();
                assert_eq!(text.to_lowercase(), n.to_str_radix(radix));
                assert_eq!(parse(&text, radix), Some(n.clone()));
            }
        }
        let n = -(pow(&mut rt, &BigInt::from(10), 20_000).unwrap());
        assert_eq!(digits(&mut rt, &n, 10).unwrap(), alloc::format!("-1{}", "0".repeat(20_000)));
    }

    #[test]
    fn factorials_are_products() {
        let mut rt = runtime();
        let mut expected = BigInt::from(1);
        for n in 0..200u64 {
            if n > 0 {
                expected *= n;
            }
            assert_eq!(factorial(&mut rt, n).unwrap(), expected);
        }
    }

    #[test]
    fn floats_are_the_nearest() {
        for text in
            ["0.1", "1e300", "123456789.123456789", "5e-324", "2.2250738585072011e-308", "1.7976931348623157e308"]
        {
            let x: f64 = text.parse().unwrap();
            let (n, d) = exact_ratio(x).unwrap();
            assert_eq!(ratio_to_float(&n, &d).to_bits(), x.to_bits(), "{text}");
        }
        let third = ratio_to_float(&BigInt::from(1), &BigInt::from(3));
        assert_eq!(third.to_string(), "0.3333333333333333");
        assert_eq!(to_float(&(BigInt::from(1) << 70u32)), 1180591620717411303424.0);
    }

    #[test]
    fn too_large_powers_are_refused() {
        assert!(pow(&mut runtime(), &BigInt::from(2), 10_000_000_000).is_err());
    }
}

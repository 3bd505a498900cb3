//! Floats as text, and numbers from text.

use alloc::{format, string::String};

use num_bigint::BigInt;

use crate::big;

/// The shortest decimal text that reads back as the same float.
pub fn push_float(x: f64, out: &mut String) {
    if x.is_nan() {
        return out.push_str("NaN");
    }
    if x.is_infinite() {
        return out.push_str(if x > 0.0 { "Inf" } else { "-Inf" });
    }
    if x.is_sign_negative() {
        out.push('-');
    }
    let x = x.abs();
    if x == 0.0 {
        return out.push_str("0.0");
    }
    // Digits and exponent of the shortest form, such as `1.25e-7`.
    let text = format!("{x:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    if (1e-4..1e16).contains(&x) {
        let digits = format!("{x}");
        out.push_str(&digits);
        if !digits.contains('.') {
            out.push_str(".0");
        }
        return;
    }
    out.push_str(mantissa);
    if !mantissa.contains('.') {
        out.push_str(".0");
    }
    out.push('e');
    out.push_str(exponent);
}

/// The exponential function, rounded to the nearest float but for the rarest arguments: computed with twice the digits.
#[must_use]
pub fn exp(x: f64) -> f64 {
    if x.is_nan() || x.abs() > 700.0 {
        return libm::exp(x);
    }
    // e^x = 2^k e^r; k ln 2 in three parts, the first two of which have few digits.
    let k = libm::round(x * core::f64::consts::LOG2_E);
    let high = x - k * 6.931_471_803_691_238e-1;
    let low = k * 1.908_214_929_270_587_7e-10;
    let (mut r, mut rest) = (high - low, 0.0);
    rest += (high - r) - low;
    (r, rest) = (r + rest, rest - ((r + rest) - r));
    // 1 + r (1 + r/2 (1 + r/3 …)), each sum and product as a pair.
    let mut sum = (1.0, 0.0);
    for n in (1..=24).rev() {
        let n = f64::from(n);
        let product = times(sum, (r, rest));
        let quotient = product.0 / n;
        let back = times((quotient, 0.0), (n, 0.0));
        let error = ((product.0 - back.0) - back.1 + product.1) / n;
        let total = 1.0 + quotient;
        sum = (total, (quotient - (total - 1.0)) + error);
    }
    libm::ldexp(sum.0 + sum.1, k as i32)
}

/// The product of two pairs.
fn times(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    let split = |x: f64| {
        let big = x * 134_217_729.0;
        let high = big - (big - x);
        (high, x - high)
    };
    let ((ah, al), (bh, bl)) = (split(a.0), split(b.0));
    let product = a.0 * b.0;
    let error = ((ah * bh - product) + ah * bl + al * bh) + al * bl;
    (product, error + a.0 * b.1 + a.1 * b.0)
}

/// A number read from text.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    /// An integer.
    Integer(BigInt),
    /// A float.
    Float(f64),
    /// Numerator, number of decimals, scale.
    Scaled(BigInt, u32, u32),
}

/// The number that a text spells as a literal would, white space around it aside. `None` if it is none.
#[must_use]
pub fn parse_number(text: &str) -> Option<Number> {
    let text = text.trim();
    let (negative, body) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let sign = |n: BigInt| if negative { -n } else { n };
    if let Some((base, digits)) = body.split_once('r') {
        let base: u32 = base.parse().ok()?;
        return big::parse(digits, base).map(|n| Number::Integer(sign(n)));
    }
    let whole = body.bytes().take_while(u8::is_ascii_digit).count();
    if whole == 0 {
        return None;
    }
    let mut end = whole;
    let rest = &body[whole..];
    let decimals = match rest.strip_prefix('.') {
        Some(rest) => rest.bytes().take_while(u8::is_ascii_digit).count(),
        None => 0,
    };
    if decimals > 0 {
        end += 1 + decimals;
    }
    let tail = &body[end..];
    if tail.is_empty() && decimals == 0 {
        return big::parse(body, 10).map(|n| Number::Integer(sign(n)));
    }
    if let Some(scale) = tail.strip_prefix('s') {
        let scale = if scale.is_empty() { decimals as u32 } else { scale.parse().ok().filter(|&s| s <= 10_000)? };
        let digits = format!("{}{}", &body[..whole], if decimals > 0 { &body[whole + 1..end] } else { "" });
        return big::parse(&digits, 10).map(|n| Number::Scaled(sign(n), decimals as u32, scale));
    }
    let exponent = match tail.as_bytes() {
        [] => "",
        [b'e' | b'd' | b'q', ..] => &tail[1..],
        _ => return None,
    };
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if !tail.is_empty() && (digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let mut form = String::from(&body[..end]);
    if !tail.is_empty() {
        form.push('e');
        form.push_str(exponent);
    }
    let x: f64 = form.parse().ok()?;
    Some(Number::Float(if negative { -x } else { x }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(x: f64, expected: &str) {
        let mut out = String::new();
        push_float(x, &mut out);
        assert_eq!(out, expected);
    }

    #[test]
    fn floats_have_the_shortest_text() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (100.0, "100.0"),
            (0.001, "0.001"),
            (1e-4, "0.0001"),
            (0.00001, "1.0e-5"),
            (1.5e-5, "1.5e-5"),
            (1e16, "1.0e16"),
            (9007199254740993.0, "9007199254740992.0"),
            (1e15, "1000000000000000.0"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e300, "1.0e300"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
            (f64::INFINITY, "Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ];
        for (x, expected) in cases {
            check(x, expected);
        }
    }

    #[test]
    fn the_exponential_function_is_exact_to_the_last_digit() {
        let cases = [
            (0.0, 1.0),
            (1.0, core::f64::consts::E),
            (2.0, 7.38905609893065),
            (10.0, 22026.465794806718),
            (-1.0, 0.36787944117144233),
            (0.5, 1.6487212707001282),
            (100.0, 2.6881171418161356e43),
            (-20.5, 1.2501528663867426e-9),
        ];
        for (x, expected) in cases {
            assert_eq!(exp(x), expected, "{x}");
        }
    }

    #[test]
    fn numbers_are_read_as_literals_are() {
        let integer = |n: i64| Some(Number::Integer(BigInt::from(n)));
        let cases = [
            ("12", integer(12)),
            (" -7 ", integer(-7)),
            ("16rFF", integer(255)),
            ("-2r101", integer(-5)),
            ("3.5", Some(Number::Float(3.5))),
            ("1e3", Some(Number::Float(1000.0))),
            ("-1.5e-2", Some(Number::Float(-0.015))),
            ("3.14s2", Some(Number::Scaled(BigInt::from(314), 2, 2))),
            ("", None),
            ("abc", None),
            ("12x", None),
            ("1.", None),
            ("1e", None),
            ("--1", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_number(text), expected, "{text}");
        }
    }
}

//! Names and literals of the emitted text.
//!
//! Invariant: names of one kind differ in the number behind their first letter, and no other name of the file looks
//! like that letter and a digit.

use alloc::{format, string::String};
use core::fmt::Write as _;

/// Longest part of a source name that is kept, in bytes.
const KEPT: usize = 40;

/// `letter`, number, and as much of the source's name as C can spell.
pub(crate) fn mangled(letter: char, number: usize, source: &str) -> String {
    let mut out = format!("{letter}{number}_");
    let spelled = source.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' });
    out.extend(spelled.take(KEPT));
    out
}

/// A C string literal of the bytes.
pub(crate) fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for b in text.bytes() {
        match b {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(b));
            }
            b'\n' => out.push_str("\\n"),
            // Trigraphs begin with question marks.
            b'?' | 0..=31 | 127..=255 => {
                let _ = write!(out, "\\{b:03o}");
            }
            _ => out.push(char::from(b)),
        }
    }
    out.push('"');
    out
}

/// An `m_str` of the text.
pub(crate) fn str_value(text: &str) -> String {
    format!("M_S({}, {})", string(text), text.len())
}

/// An `int64_t`.
pub(crate) fn int(value: i64) -> String {
    match value {
        i64::MIN => "INT64_MIN".into(),
        _ if value < 0 => format!("(-INT64_C({}))", value.unsigned_abs()),
        _ => format!("INT64_C({value})"),
    }
}

/// A `double`, exactly.
pub(crate) fn float(value: f64) -> String {
    if value.is_nan() {
        return "((double)NAN)".into();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value.is_infinite() {
        return format!("({sign}(double)INFINITY)");
    }
    let bits = value.to_bits();
    let (exponent, fraction) = ((bits >> 52) & 0x7ff, bits & ((1 << 52) - 1));
    match (exponent, fraction) {
        (0, 0) => format!("({sign}0.0)"),
        (0, _) => format!("({sign}0x0.{fraction:013x}p-1022)"),
        _ => format!("({sign}0x1.{fraction:013x}p{})", exponent as i64 - 1023),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_apart_and_are_spelled_in_ascii() {
        assert_eq!(mangled('f', 3, "größe"), "f3_gr__e");
        assert_ne!(mangled('f', 3, "größe"), mangled('f', 4, "größe"));
        assert_eq!(mangled('l', 0, ""), "l0_");
        assert!(mangled('g', 1, &"x".repeat(1000)).len() < 60);
    }

    #[test]
    fn literals_are_exact_and_contain_no_trigraphs() {
        assert_eq!(string("a\"\\\n??=\u{e9}\0"), "\"a\\\"\\\\\\n\\077\\077=\\303\\251\\000\"");
        assert_eq!(int(i64::MIN), "INT64_MIN");
        assert_eq!(int(-5), "(-INT64_C(5))");
        assert_eq!(float(1.5), "(0x1.8000000000000p0)");
        assert_eq!(float(-0.0), "(-0.0)");
        assert_eq!(float(5e-324), "(0x0.0000000000001p-1022)");
        assert_eq!(float(f64::NEG_INFINITY), "(-(double)INFINITY)");
    }
}

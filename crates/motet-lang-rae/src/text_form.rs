//! Text of values, as far as their kind at run time decides it (section 3.4 of
//! the reference). What depends on the static type – names of enum members,
//! characters, narrow integers – is chosen by the lowering.
//!
//! Invariant: nothing recurses; the work is kept on a stack.

use alloc::{format, string::String, vec::Vec};

use motet_runtime::{Runtime, Tag, Value};

/// Longest text form in bytes.
pub(crate) const MAX_TEXT: usize = 64 << 20;

/// Longest name quoted in an error message, in characters.
pub(crate) const MAX_QUOTED: usize = 200;

/// What is left to write.
enum Piece {
    /// A value at the outermost level.
    Outer(Value),
    /// A field of a struct.
    Field(Value),
    /// An element of a list.
    Element(Value),
    Text(&'static str),
    Owned(String),
}

/// Appends the text of a value, cut after about `limit` bytes.
pub(crate) fn push(rt: &Runtime, v: Value, out: &mut String, limit: usize) {
    let end = out.len().saturating_add(limit);
    let mut todo = alloc::vec![Piece::Outer(v)];
    while let Some(piece) = todo.pop() {
        if out.len() >= end || todo.len() > limit {
            out.push_str("...");
            return;
        }
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Owned(text) => out.push_str(&text),
            Piece::Outer(v) => match v.tag() {
                Tag::List => list(rt, v, &mut todo),
                Tag::Record => record(rt, v, &mut todo),
                _ => scalar(rt, v, out),
            },
            Piece::Element(v) => match v.tag() {
                Tag::Str => {
                    out.push('"');
                    scalar(rt, v, out);
                    out.push('"');
                }
                Tag::List => list(rt, v, &mut todo),
                Tag::Record => record(rt, v, &mut todo),
                _ => scalar(rt, v, out),
            },
            Piece::Field(v) => match v.tag() {
                Tag::List if rt.heap.is_fixed(v) => out.push_str("<Array>"),
                Tag::List => out.push_str("<List>"),
                Tag::Record => match container(rt, v) {
                    Some(name) => out.push_str(name),
                    None => record(rt, v, &mut todo),
                },
                _ => scalar(rt, v, out),
            },
        }
    }
}

/// The text of a record that is one of the library's maps.
fn container(rt: &Runtime, v: Value) -> Option<&'static str> {
    let class = rt.class_of(v)?;
    let name = &rt.classes.class(class).name;
    match name.split('(').next() {
        Some("StringMap") => Some("<StringMap>"),
        Some("IntMap") => Some("<IntMap>"),
        _ => None,
    }
}

/// `{ #(e0, e1, none), length, cap }`: unused slots show as `none`.
fn list(rt: &Runtime, v: Value, todo: &mut Vec<Piece>) {
    let Some(items) = rt.heap.items(v) else { return };
    let (len, cap) = (items.len(), items.capacity());
    let start = todo.len();
    todo.push(Piece::Text("{ #("));
    // A capacity far beyond the length would make a long text of nothing.
    let slots = cap.min(len.saturating_add(MAX_TEXT / 8));
    for i in 0..slots {
        if i > 0 {
            todo.push(Piece::Text(", "));
        }
        todo.push(items.get(i).map_or(Piece::Text("none"), |&e| Piece::Element(e)));
    }
    todo.push(Piece::Owned(format!("), {len}, {cap} }}")));
    if let Some(pieces) = todo.get_mut(start..) {
        pieces.reverse();
    }
}

/// `{ f1, f2 }`: the fields in order.
fn record(rt: &Runtime, v: Value, todo: &mut Vec<Piece>) {
    let start = todo.len();
    todo.push(Piece::Text("{ "));
    for (i, (_, value)) in rt.record_fields(v).into_iter().enumerate() {
        if i > 0 {
            todo.push(Piece::Text(", "));
        }
        todo.push(Piece::Field(value));
    }
    todo.push(Piece::Text(" }"));
    if let Some(pieces) = todo.get_mut(start..) {
        pieces.reverse();
    }
}

fn scalar(rt: &Runtime, v: Value, out: &mut String) {
    match v.tag() {
        Tag::Int => motet_runtime::push_decimal(out, v.bits() as i64),
        Tag::Float => push_float(out, f64::from_bits(v.bits())),
        Tag::Bool => out.push_str(if v.bits() != 0 { "true" } else { "false" }),
        Tag::Nil | Tag::Unset => out.push_str("none"),
        Tag::Str => out.push_str(rt.heap.text(v).unwrap_or("")),
        Tag::Func | Tag::Native | Tag::Closure => out.push_str("<function>"),
        Tag::Cell => match rt.heap.cell_get(v) {
            Some(content) if !matches!(content.tag(), Tag::Cell | Tag::List | Tag::Record) => scalar(rt, content, out),
            _ => out.push_str("<reference>"),
        },
        Tag::Foreign => out.push_str("<Task>"),
        Tag::Map => out.push_str("<Map>"),
        Tag::List => out.push_str("<List>"),
        Tag::Record => out.push_str("<struct>"),
    }
}

/// C's `%g`: six significant digits without trailing zeros, exponents below -4 and from 6 on.
pub(crate) fn push_float(out: &mut String, x: f64) {
    if x.is_nan() {
        out.push_str(if x.is_sign_negative() { "-nan" } else { "nan" });
        return;
    }
    if x.is_infinite() {
        out.push_str(if x < 0.0 { "-inf" } else { "inf" });
        return;
    }
    // Whole numbers of at most six digits are their own text; the largest share of what programs write.
    if x.abs() < 1e6 && x == x as i64 as f64 && !(x == 0.0 && x.is_sign_negative()) {
        motet_runtime::push_decimal(out, x as i64);
        return;
    }
    let scientific = format!("{x:.5e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |m| ("-", m));
    out.push_str(sign);
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    let kept = digits.trim_end_matches('0');
    let kept = if kept.is_empty() { "0" } else { kept };
    if !(-4..6).contains(&exponent) {
        let (first, rest) = kept.split_at(1);
        out.push_str(first);
        if !rest.is_empty() {
            out.push('.');
            out.push_str(rest);
        }
        let mark = if exponent < 0 { '-' } else { '+' };
        out.push_str(&format!("e{mark}{:02}", exponent.unsigned_abs()));
    } else if exponent < 0 {
        out.push_str("0.");
        out.extend(core::iter::repeat_n('0', exponent.unsigned_abs() as usize - 1));
        out.push_str(kept);
    } else {
        let whole = exponent as usize + 1;
        match kept.get(whole..).filter(|rest| !rest.is_empty()) {
            Some(rest) => {
                out.push_str(kept.get(..whole).unwrap_or(kept));
                out.push('.');
                out.push_str(rest);
            }
            None => {
                out.push_str(kept);
                out.extend(core::iter::repeat_n('0', whole - kept.len()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::push_float;

    #[test]
    fn floats_have_six_significant_digits() {
        for (x, expected) in [
            (3.0, "3"),
            (100_000.0, "100000"),
            (1_000_000.0, "1e+06"),
            (123_456.789, "123457"),
            (999_999.5, "1e+06"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.0 / 3.0, "0.333333"),
            (-0.0, "-0"),
            (16_777_216.0, "1.67772e+07"),
            (-1.5, "-1.5"),
            (0.1, "0.1"),
            (12.5, "12.5"),
            (1e100, "1e+100"),
            (-2.5e-300, "-2.5e-300"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
            (-f64::NAN, "-nan"),
            (123.456, "123.456"),
            (0.000_123_456_7, "0.000123457"),
        ] {
            let mut out = String::new();
            push_float(&mut out, x);
            assert_eq!(out, expected);
        }
    }
}

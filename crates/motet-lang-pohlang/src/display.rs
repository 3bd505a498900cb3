//! The printed form of values (section 3), the debug form of some messages,
//! and equality, which compares printed forms.
//!
//! Invariants: no native recursion over guest data; everything that a program
//! can make large is charged, and bounded by the heap limit.

use alloc::{string::String, vec::Vec};
use core::fmt::Write;

use hashbrown::HashTable;
use motet_builtins::math::trunc;
use motet_runtime::{Control, NativeResult, Runtime, Tag, Value, push_decimal};

/// Output between two looks at the limits, in bytes.
const CHUNK: usize = 1 << 14;

/// Whether a number prints as an integer.
fn is_whole(n: f64) -> bool {
    (n - trunc(n)).abs() < f64::EPSILON
}

/// Appends the text of a number: whole numbers without a point, cut to 64 bits; others with the fewest digits that read
/// back as the same number, never with an exponent.
pub fn number(n: f64, out: &mut String) {
    if is_whole(n) {
        push_decimal(out, n as i64);
    } else if n.is_finite() {
        _ = write!(out, "{n}");
    } else if n.is_nan() {
        out.push_str("NaN");
    } else {
        out.push_str(if n > 0.0 { "inf" } else { "-inf" });
    }
}

/// Whether two numbers have the same text.
#[must_use]
pub fn same_number(a: f64, b: f64) -> bool {
    a == b || a.is_nan() && b.is_nan() || is_whole(a) && is_whole(b) && a as i64 == b as i64
}

/// Which text of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// What `Write` shows.
    Printed,
    /// The same with dictionaries in the order of their keys, for comparing.
    Sorted,
    /// That of messages: `List([Num(1.0), Str("a")])`.
    Debug,
}

/// An open container.
enum Frame {
    /// A list and the next position.
    List(Value, usize),
    /// A dictionary, its next raw position, and whether no entry was written yet.
    Map(Value, usize, bool),
    /// The entries of a dictionary in the order of their keys, and the next position.
    Entries(Vec<(Value, Value)>, usize),
}

/// A text in the making.
struct Printer {
    form: Form,
    open: Vec<Frame>,
}

impl Printer {
    /// Starts the text of `v`.
    fn start(rt: &Runtime, form: Form, v: Value, out: &mut String) -> Self {
        let mut printer = Self { form, open: Vec::new() };
        printer.begin(rt, v, out);
        printer
    }

    /// Writes on until `out` has `until` bytes; whether the text is complete.
    fn advance(&mut self, rt: &Runtime, out: &mut String, until: usize) -> bool {
        while let Some(frame) = self.open.last_mut() {
            if out.len() >= until {
                return false;
            }
            match next_part(rt, self.form, frame, out) {
                Some(part) => self.begin(rt, part, out),
                None => _ = self.open.pop(),
            }
        }
        true
    }

    /// Writes an atom, or the start of a container that it opens.
    fn begin(&mut self, rt: &Runtime, v: Value, out: &mut String) {
        match v.tag() {
            Tag::List => {
                out.push_str(if self.form == Form::Debug { "List([" } else { "[" });
                self.open.push(Frame::List(v, 0));
            }
            Tag::Map => {
                out.push_str(if self.form == Form::Debug { "Dict({" } else { "{" });
                self.open.push(match self.form {
                    Form::Sorted => Frame::Entries(sorted(rt, v), 0),
                    Form::Printed | Form::Debug => Frame::Map(v, 0, true),
                });
            }
            _ if self.form == Form::Debug => debug_atom(rt, v, out),
            _ => atom(rt, v, out),
        }
    }
}

/// Entries in the order of their keys.
fn sorted(rt: &Runtime, map: Value) -> Vec<(Value, Value)> {
    let mut entries: Vec<_> = rt.heap.entries(map).map(|m| m.iter().collect()).unwrap_or_default();
    entries.sort_by(|a, b| rt.heap.text(a.0).cmp(&rt.heap.text(b.0)));
    entries
}

/// Writes separator and key of the next part; closes the container when there is none.
fn next_part(rt: &Runtime, form: Form, frame: &mut Frame, out: &mut String) -> Option<Value> {
    let (first, entry) = match frame {
        Frame::List(list, at) => {
            let item = rt.heap.items(*list).and_then(|l| l.get(*at)).copied();
            *at += 1;
            (*at == 1, item.map(|v| (None, v)))
        }
        Frame::Map(map, at, first) => {
            let entry = rt.heap.entries(*map).and_then(|m| m.next_from(*at));
            *at = entry.map_or(*at, |e| e.2);
            (core::mem::take(first), entry.map(|(k, v, _)| (Some(k), v)))
        }
        Frame::Entries(entries, at) => {
            let entry = entries.get(*at).copied();
            *at += 1;
            (*at == 1, entry.map(|(k, v)| (Some(k), v)))
        }
    };
    let Some((key, value)) = entry else {
        out.push(if matches!(frame, Frame::List(..)) { ']' } else { '}' });
        out.push_str(if form == Form::Debug { ")" } else { "" });
        return None;
    };
    out.push_str(if first { "" } else { ", " });
    if let Some(key) = key {
        let key = rt.heap.text(key).unwrap_or("");
        _ = match form {
            Form::Debug => write!(out, "{key:?}: "),
            Form::Printed | Form::Sorted => write!(out, "\"{key}\": "),
        };
    }
    Some(value)
}

/// Printed form of anything but a list and a dictionary.
fn atom(rt: &Runtime, v: Value, out: &mut String) {
    match v.tag() {
        Tag::Float => number(v.as_float().unwrap_or(0.0), out),
        Tag::Int => push_decimal(out, v.as_int().unwrap_or(0)),
        Tag::Str => out.push_str(rt.heap.text(v).unwrap_or("")),
        Tag::Bool => out.push_str(if v.as_bool() == Some(true) { "True" } else { "False" }),
        Tag::Nil | Tag::Unset => out.push_str("None"),
        Tag::Func | Tag::Closure | Tag::Native => {
            let name = rt.callable_name(v).unwrap_or_default();
            let name = name.strip_prefix("pohlang.").unwrap_or(&name);
            _ = write!(out, "<function {}>", name.strip_prefix("call_").unwrap_or(name));
        }
        Tag::Foreign => match rt.heap.foreign_ref(v).and_then(|object| object.printed()) {
            Some(text) => out.push_str(&text),
            None => out.push_str("<object>"),
        },
        Tag::List | Tag::Map | Tag::Record | Tag::Cell => out.push_str("<object>"),
    }
}

/// Debug form of anything but a list and a dictionary.
fn debug_atom(rt: &Runtime, v: Value, out: &mut String) {
    match v.tag() {
        Tag::Float => _ = write!(out, "Num({:?})", v.as_float().unwrap_or(0.0)),
        Tag::Str => _ = write!(out, "Str({:?})", rt.heap.text(v).unwrap_or("")),
        Tag::Bool => _ = write!(out, "Bool({})", v.as_bool() == Some(true)),
        Tag::Nil | Tag::Unset => out.push_str("Null"),
        _ => atom(rt, v, out),
    }
}

/// Appends the printed form as far as the heap limit allows, after which `…` stands for the rest. For reports; programs
/// get [`append`].
pub fn display(rt: &Runtime, v: Value, out: &mut String) {
    let until = out.len().saturating_add(rt.heap.limit());
    if !Printer::start(rt, Form::Printed, v, out).advance(rt, out, until) {
        out.push('…');
    }
}

fn append_form(rt: &mut Runtime, form: Form, v: Value, out: &mut String) -> Result<(), Control> {
    let mut before = out.len();
    let mut printer = Printer::start(rt, form, v, out);
    loop {
        let done = printer.advance(rt, out, out.len() + CHUNK);
        rt.room(out.len())?;
        rt.charge((out.len() - before) / 64)?;
        if done {
            return Ok(());
        }
        before = out.len();
    }
}

/// Appends the printed form.
///
/// # Errors
/// Out of memory, out of fuel.
pub fn append(rt: &mut Runtime, v: Value, out: &mut String) -> Result<(), Control> {
    match v.tag() {
        Tag::Float => number(v.as_float().unwrap_or(0.0), out),
        Tag::Str => out.push_str(rt.heap.text(v).unwrap_or("")),
        _ => return append_form(rt, Form::Printed, v, out),
    }
    Ok(())
}

/// The printed form.
///
/// # Errors
/// Out of memory, out of fuel.
pub fn text(rt: &mut Runtime, v: Value) -> Result<String, Control> {
    let mut out = String::new();
    append(rt, v, &mut out)?;
    Ok(out)
}

/// The printed form as a text value: texts are their own.
///
/// # Errors
/// Out of memory, out of fuel.
pub fn text_value(rt: &mut Runtime, v: Value) -> NativeResult {
    if v.tag() == Tag::Str {
        return Ok(v);
    }
    let text = text(rt, v)?;
    Ok(rt.heap.string(text))
}

/// The debug form of messages, such as `List([Num(1.0), Str("q")])`.
///
/// # Errors
/// Out of memory, out of fuel.
pub fn debug(rt: &mut Runtime, v: Value) -> Result<String, Control> {
    let mut out = String::new();
    append_form(rt, Form::Debug, v, &mut out)?;
    Ok(out)
}

/// Whether two values are equal: whether they print alike. Dictionaries are equal when they have the same keys with equal
/// values, in any order.
///
/// # Errors
/// Out of memory, out of fuel.
pub fn same(rt: &mut Runtime, a: Value, b: Value) -> Result<bool, Control> {
    match (a.tag(), b.tag()) {
        (Tag::Float, Tag::Float) => Ok(same_number(f64::from_bits(a.bits()), f64::from_bits(b.bits()))),
        (Tag::Str, Tag::Str) => Ok(rt.heap.same_text(a, b)),
        (Tag::Nil, Tag::Float | Tag::Bool) | (Tag::Float | Tag::Bool, Tag::Nil) => Ok(false),
        (Tag::Float, Tag::Bool) | (Tag::Bool, Tag::Float) => Ok(false),
        (Tag::Bool | Tag::Nil, Tag::Bool | Tag::Nil) => Ok(a.is_identical(b)),
        _ => same_containers(rt, a, b),
    }
}

/// Pairs compared before it is looked whether a pair comes again.
const PLAIN_PAIRS: usize = 4096;

/// Pairs of values that all have to be equal.
struct Pairs {
    todo: Vec<(Value, Value)>,
    steps: usize,
    /// Containers met lately: values that share parts many times over take no longer than others.
    seen: HashTable<(u64, u64)>,
}

impl Pairs {
    fn new(a: Value, b: Value) -> Self {
        Self { todo: Vec::from([(a, b)]), steps: 0, seen: HashTable::new() }
    }

    /// The next pair.
    fn next(&mut self, rt: &mut Runtime) -> Result<Option<(Value, Value)>, Control> {
        while let Some((a, b)) = self.todo.pop() {
            self.steps += 1;
            if self.steps.is_multiple_of(64) {
                rt.charge(8)?;
            }
            if a.is_identical(b) || self.steps > PLAIN_PAIRS && self.is_seen(a, b) {
                continue;
            }
            return Ok(Some((a, b)));
        }
        Ok(None)
    }

    fn is_seen(&mut self, a: Value, b: Value) -> bool {
        if !matches!(a.tag(), Tag::List | Tag::Map) {
            return false;
        }
        let pair = (a.bits(), b.bits());
        let hash = |p: &(u64, u64)| (p.0 ^ p.1.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let known = self.seen.find(hash(&pair), |p| *p == pair).is_some();
        if !known {
            self.seen.insert_unique(hash(&pair), pair, hash);
        }
        known
    }
}

fn same_containers(rt: &mut Runtime, a: Value, b: Value) -> Result<bool, Control> {
    let mut pairs = Pairs::new(a, b);
    while let Some((a, b)) = pairs.next(rt)? {
        let equal = match (a.tag(), b.tag()) {
            (Tag::Map, Tag::Map) => push_entries(rt, a, b, &mut pairs.todo),
            (Tag::List, Tag::List) => have_same_parts(rt, a, b)? || same_text(rt, Form::Sorted, a, b)?,
            (Tag::Str, Tag::Str) => rt.heap.same_text(a, b),
            (Tag::Float, Tag::Float) => same_number(f64::from_bits(a.bits()), f64::from_bits(b.bits())),
            _ => same_text(rt, Form::Printed, a, b)?,
        };
        if !equal {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether two dictionaries have the same keys; their values are left to compare.
fn push_entries(rt: &Runtime, a: Value, b: Value, pairs: &mut Vec<(Value, Value)>) -> bool {
    let (Some(x), Some(y)) = (rt.heap.entries(a), rt.heap.entries(b)) else { return false };
    x.len() == y.len()
        && x.iter().all(|(key, v)| {
            let other = y.get(rt.heap.key(key));
            pairs.extend(other.map(|w| (v, w)));
            other.is_some()
        })
}

/// Whether two lists are equal part by part. If not, they may still print alike.
fn have_same_parts(rt: &mut Runtime, a: Value, b: Value) -> Result<bool, Control> {
    let mut pairs = Pairs::new(a, b);
    while let Some((a, b)) = pairs.next(rt)? {
        let equal = match (a.tag(), b.tag()) {
            (Tag::Float, Tag::Float) => same_number(f64::from_bits(a.bits()), f64::from_bits(b.bits())),
            (Tag::Str, Tag::Str) => rt.heap.same_text(a, b),
            (Tag::Map, Tag::Map) => push_entries(rt, a, b, &mut pairs.todo),
            (Tag::List, Tag::List) => {
                let (x, y) = (rt.heap.items(a), rt.heap.items(b));
                let (x, y) = (x.map_or(&[][..], |l| l), y.map_or(&[][..], |l| l));
                pairs.todo.extend(x.iter().copied().zip(y.iter().copied()).rev());
                x.len() == y.len()
            }
            _ => false,
        };
        if !equal {
            return Ok(false);
        }
    }
    Ok(true)
}

fn same_text(rt: &mut Runtime, form: Form, a: Value, b: Value) -> Result<bool, Control> {
    let (mut x, mut y) = (String::new(), String::new());
    append_form(rt, form, a, &mut x)?;
    append_form(rt, form, b, &mut y)?;
    Ok(x == y)
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    #[test]
    fn numbers_print_without_exponents_and_whole_ones_as_integers_of_64_bits() {
        for (n, expected) in [
            (2.5, "2.5"),
            (1.0 / 3.0, "0.3333333333333333"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e15, "1000000000000000"),
            (1e20, "9223372036854775807"),
            (-1e20, "-9223372036854775808"),
            (1e-7, "0.0000001"),
            (1e-17, "0"),
            (-1e-17, "0"),
            (2.3e-16, "0.00000000000000023"),
            (-0.0, "0"),
            (9_007_199_254_740_993.0, "9007199254740992"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "NaN"),
            (-f64::NAN, "NaN"),
            (-1234.5678, "-1234.5678"),
        ] {
            let mut out = String::new();
            number(n, &mut out);
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn numbers_are_equal_exactly_when_their_texts_are() {
        let all = [
            0.0,
            -0.0,
            1e-17,
            -1e-17,
            2.3e-16,
            1.0,
            1.5,
            -1.5,
            1e15,
            1e18,
            9.3e18,
            1e20,
            1e300,
            -9.3e18,
            -1e20,
            0.1,
            0.30000000000000004,
            0.3,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            -f64::NAN,
            1.0 + f64::EPSILON,
            4_503_599_627_370_495.5,
            1.0 - f64::EPSILON / 2.0,
        ];
        for a in all {
            for b in all {
                let (mut x, mut y) = (String::new(), String::new());
                number(a, &mut x);
                number(b, &mut y);
                assert_eq!(same_number(a, b), x == y, "{a:?} {b:?}");
            }
        }
    }
}

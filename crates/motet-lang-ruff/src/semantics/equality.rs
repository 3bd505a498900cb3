//! Structural equality, with an explicit stack.
//!
//! Invariant: terminates on shared and cyclic data. After [`PLAIN_STEPS`]
//! comparisons, pairs of containers are remembered and not compared twice: a
//! pair that is met again is equal unless some other pair differs.

use alloc::{vec, vec::Vec};

use hashbrown::HashTable;
use motet_runtime::{ClassKind, Map, Runtime, Tag, Value};

use super::{dict, objects::Bytes};

/// Comparisons before pairs are remembered.
const PLAIN_STEPS: usize = 10_000;

/// `a == b` by Ruff's rules, operator methods aside.
#[must_use]
pub fn equal(rt: &Runtime, a: Value, b: Value) -> bool {
    match shallow(rt, a, b) {
        Some(result) => result,
        None => deep(rt, a, b),
    }
}

/// Two numbers: finite floats are equal when they differ by less than the machine epsilon.
#[must_use]
pub fn numbers_equal(x: f64, y: f64) -> bool {
    x == y || (x.is_finite() && y.is_finite() && (x - y).abs() < f64::EPSILON)
}

/// The answer where no parts have to be compared.
fn shallow(rt: &Runtime, a: Value, b: Value) -> Option<bool> {
    let number = |v: Value| v.as_float().or_else(|| v.as_int().map(|i| i as f64));
    Some(match (a.tag(), b.tag()) {
        (Tag::Float, Tag::Float | Tag::Int) | (Tag::Int, Tag::Float) => {
            numbers_equal(number(a).unwrap_or(f64::NAN), number(b).unwrap_or(f64::NAN))
        }
        (Tag::Str, Tag::Str) => rt.heap.text(a) == rt.heap.text(b),
        (Tag::Native, Tag::Native) => {
            let name = |v: Value| v.as_native().map(|id| rt.natives[id.0 as usize].name.as_ref());
            name(a) == name(b)
        }
        (Tag::List, Tag::List) | (Tag::Map, Tag::Map) | (Tag::Record, Tag::Record) => return None,
        (Tag::Foreign, Tag::Foreign) => match (rt.heap.foreign_as::<Bytes>(a), rt.heap.foreign_as::<Bytes>(b)) {
            (Some(x), Some(y)) => x.0 == y.0,
            _ => false,
        },
        _ => a.is_identical(b),
    })
}

fn deep(rt: &Runtime, a: Value, b: Value) -> bool {
    let mut stack = vec![(a, b)];
    let mut seen: HashTable<(u64, u64)> = HashTable::new();
    let mut steps = 0;
    while let Some((a, b)) = stack.pop() {
        steps += 1;
        match shallow(rt, a, b) {
            Some(true) => continue,
            Some(false) => return false,
            None => {}
        }
        if steps > PLAIN_STEPS {
            let pair = (a.bits(), b.bits());
            let hash = |p: &(u64, u64)| (p.0 ^ p.1.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            if seen.find(hash(&pair), |p| *p == pair).is_some() {
                continue;
            }
            seen.insert_unique(hash(&pair), pair, hash);
        }
        let same_outline = match a.tag() {
            Tag::List => push_lists(rt, a, b, &mut stack),
            Tag::Map => push_maps(rt, a, b, &mut stack),
            _ => push_records(rt, a, b, &mut stack),
        };
        if !same_outline {
            return false;
        }
    }
    true
}

fn push_lists(rt: &Runtime, a: Value, b: Value, stack: &mut Vec<(Value, Value)>) -> bool {
    let (Some(x), Some(y)) = (rt.heap.items(a), rt.heap.items(b)) else { return false };
    if x.len() == y.len() {
        stack.extend(x.iter().copied().zip(y.iter().copied()).rev());
    }
    x.len() == y.len()
}

fn push_maps(rt: &Runtime, a: Value, b: Value, stack: &mut Vec<(Value, Value)>) -> bool {
    let (Some(x), Some(y)) = (rt.heap.entries(a), rt.heap.entries(b)) else { return false };
    if x.len() != y.len() {
        return false;
    }
    let plain_keys = |m: &Map| m.iter().all(|(k, _)| k.tag() == Tag::Str);
    let same_spelling = plain_keys(x) && plain_keys(y);
    for (k, v) in x.iter() {
        let found = if same_spelling { y.get(rt.heap.key(k)) } else { dict::find_text(rt, y, k) };
        let Some(w) = found else { return false };
        stack.push((v, w));
    }
    true
}

fn push_records(rt: &Runtime, a: Value, b: Value, stack: &mut Vec<(Value, Value)>) -> bool {
    let (Some(s), Some(t)) = (rt.heap.shape_of(a), rt.heap.shape_of(b)) else { return false };
    let (Some(x), Some(y)) = (rt.heap.fields(a), rt.heap.fields(b)) else { return false };
    if s == t {
        stack.extend(x.iter().copied().zip(y.iter().copied()).rev());
        return true;
    }
    let (s, t) = (rt.classes.shape(s), rt.classes.shape(t));
    let (c, d) = (rt.classes.class(s.class), rt.classes.class(t.class));
    if c.name != d.name || c.kind != d.kind || x.len() != y.len() {
        return false;
    }
    if c.kind == ClassKind::Variant {
        stack.extend(x.iter().copied().zip(y.iter().copied()).rev());
        return true;
    }
    for (name, &v) in s.fields.iter().zip(x) {
        let Some(&w) = t.slot(*name).and_then(|i| y.get(i)) else { return false };
        stack.push((v, w));
    }
    true
}

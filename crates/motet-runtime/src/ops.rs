//! Operators on values: the inline rules that every engine follows, and where
//! they hand over to the language. Engines may specialise these paths but not
//! change them.
//!
//! Dynamic operators, inline:
//! - int op int: checked arithmetic (overflow, zero divisor: the language); `Div` and `Rem` truncate;
//!   comparisons, bit operators;
//! - float op float: IEEE arithmetic (zero divisor of `Div`/`Rem`: the language); `Lt Le Gt Ge`
//!   (equality: the language);
//! - str op str: `Add` concatenates; comparisons by code points;
//! - int op float and float op int, in languages that say so ([`crate::Semantics::promotes`]): as float op float;
//! - `Eq`, `Ne` of two booleans; of nil with anything but foreign objects and records of classes that define
//!   operators: by kind.
//!
//! Elements of lists by float, cut toward zero, in languages that say so ([`crate::Semantics::cuts_indices`]).
//!
//! Everything else is asked of the language.

use crate::{Control, Heap, NativeResult, Runtime, Tag, Value};

/// Binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum BinOp {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    BitAnd,
    BitOr,
    BitXor,
    Shl,
    Shr,
    Ushr,
    /// Quotient rounded toward negative infinity.
    FloorDiv,
    /// Remainder with the sign of the divisor.
    Mod,
}

/// Prefix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum UnOp {
    Neg,
    Not,
    BitNot,
}

/// A kind that a cast or test demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum TypeTag {
    Nil,
    Bool,
    Int,
    Float,
    Str,
    List,
    Map,
    /// Record of this class in its declared layout (casts), or of this class at all (tests).
    Record(crate::ClassId),
    Func,
}

/// Spelling of an operator in messages.
#[must_use]
pub fn spelling(op: BinOp) -> &'static str {
    match op {
        BinOp::Add => "+",
        BinOp::Sub => "-",
        BinOp::Mul => "*",
        BinOp::Div => "/",
        BinOp::Rem => "%",
        BinOp::Eq => "==",
        BinOp::Ne => "!=",
        BinOp::Lt => "<",
        BinOp::Le => "<=",
        BinOp::Gt => ">",
        BinOp::Ge => ">=",
        BinOp::BitAnd => "&",
        BinOp::BitOr => "|",
        BinOp::BitXor => "^",
        BinOp::Shl => "<<",
        BinOp::Shr => ">>",
        BinOp::Ushr => ">>>",
        BinOp::FloorDiv => "//",
        BinOp::Mod => "\\\\",
    }
}

/// Quotient rounded toward negative infinity; `None` for a zero divisor and for MIN by -1.
#[inline(always)]
#[must_use]
pub fn floor_div(a: i64, b: i64) -> Option<i64> {
    let (quotient, rem) = (a.checked_div(b)?, a.wrapping_rem(b));
    Some(quotient - i64::from(rem != 0 && (rem ^ b) < 0))
}

/// Remainder with the sign of the divisor; `None` for a zero divisor and for MIN by -1.
#[inline(always)]
#[must_use]
pub fn floor_mod(a: i64, b: i64) -> Option<i64> {
    let rem = a.checked_rem(b)?;
    Some(if rem != 0 && (rem ^ b) < 0 { rem + b } else { rem })
}

/// Checked integer operator; `None` on overflow and on zero divisors.
#[inline]
#[must_use]
pub fn int_checked(op: BinOp, a: i64, b: i64) -> Option<Value> {
    let n = match op {
        BinOp::Add => a.checked_add(b)?,
        BinOp::Sub => a.checked_sub(b)?,
        BinOp::Mul => a.checked_mul(b)?,
        BinOp::Div => a.checked_div(b)?,
        BinOp::Rem => a.checked_rem(b)?,
        BinOp::FloorDiv => floor_div(a, b)?,
        BinOp::Mod => floor_mod(a, b)?,
        _ => return Some(int_total(op, a, b)),
    };
    Some(Value::int(n))
}

/// Wrapping integer operator; `None` on zero divisors and MIN / -1, MIN % -1.
#[inline]
#[must_use]
pub fn int_wrapping(op: BinOp, a: i64, b: i64) -> Option<Value> {
    let n = match op {
        BinOp::Add => a.wrapping_add(b),
        BinOp::Sub => a.wrapping_sub(b),
        BinOp::Mul => a.wrapping_mul(b),
        BinOp::Div => a.checked_div(b)?,
        BinOp::Rem => a.checked_rem(b)?,
        BinOp::FloorDiv => floor_div(a, b)?,
        BinOp::Mod => floor_mod(a, b)?,
        _ => return Some(int_total(op, a, b)),
    };
    Some(Value::int(n))
}

/// Comparisons and bit operators, which cannot fail; shift counts are taken modulo 64.
fn int_total(op: BinOp, a: i64, b: i64) -> Value {
    match op {
        BinOp::Eq => Value::bool(a == b),
        BinOp::Ne => Value::bool(a != b),
        BinOp::Lt => Value::bool(a < b),
        BinOp::Le => Value::bool(a <= b),
        BinOp::Gt => Value::bool(a > b),
        BinOp::Ge => Value::bool(a >= b),
        BinOp::BitAnd => Value::int(a & b),
        BinOp::BitOr => Value::int(a | b),
        BinOp::BitXor => Value::int(a ^ b),
        BinOp::Shl => Value::int(a.wrapping_shl(b as u32)),
        BinOp::Shr => Value::int(a.wrapping_shr(b as u32)),
        BinOp::Ushr => Value::int((a as u64).wrapping_shr(b as u32) as i64),
        BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::Div | BinOp::Rem | BinOp::FloorDiv | BinOp::Mod => Value::NIL,
    }
}

/// IEEE operator; `None` for bit operators, which floats do not have.
#[inline]
#[must_use]
pub fn float_ieee(op: BinOp, a: f64, b: f64) -> Option<Value> {
    Some(match op {
        BinOp::Add => Value::float(a + b),
        BinOp::Sub => Value::float(a - b),
        BinOp::Mul => Value::float(a * b),
        BinOp::Div => Value::float(a / b),
        BinOp::Rem => Value::float(a % b),
        BinOp::Eq => Value::bool(a == b),
        BinOp::Ne => Value::bool(a != b),
        BinOp::Lt => Value::bool(a < b),
        BinOp::Le => Value::bool(a <= b),
        BinOp::Gt => Value::bool(a > b),
        BinOp::Ge => Value::bool(a >= b),
        _ => return None,
    })
}

/// Whether a global of a kind, if it has one, may hold a value.
#[must_use]
pub fn global_takes(rt: &Runtime, want: Option<TypeTag>, value: Value) -> bool {
    want.is_none_or(|want| passes_cast(rt, value, want))
}

/// Presets the globals at `places`, in order, to `values`, of which each may be unset; false (and nothing happens) when
/// their number or a kind differs.
pub fn preset_globals(
    rt: &Runtime,
    kinds: &[Option<TypeTag>],
    globals: &mut [Value],
    places: &[u32],
    values: &[Value],
) -> bool {
    let fits = |(&at, &value): (&u32, &Value)| value.is_unset() || global_takes(rt, kinds[at as usize], value);
    if places.len() != values.len() || !places.iter().zip(values).all(fits) {
        return false;
    }
    for (&at, &value) in places.iter().zip(values) {
        globals[at as usize] = value;
    }
    true
}

/// To be asked before two strings are joined.
///
/// # Errors
/// A catchable out-of-memory error when the sum would exceed the heap limit.
#[inline]
pub fn room_for_sum(rt: &Runtime, a: Value, b: Value) -> Result<(), Control> {
    let len = |v| rt.heap.text(v).map_or(0, str::len);
    rt.room(len(a).saturating_add(len(b)))
}

/// Operator on two strings; `None` for operators that strings do not have.
pub fn string(heap: &mut Heap, op: BinOp, a: Value, b: Value) -> Option<Value> {
    if op == BinOp::Add {
        return Some(heap.concat(a, b));
    }
    let (x, y) = (heap.text(a)?, heap.text(b)?);
    Some(Value::bool(match op {
        BinOp::Eq => x == y,
        BinOp::Ne => x != y,
        BinOp::Lt => x < y,
        BinOp::Le => x <= y,
        BinOp::Gt => x > y,
        BinOp::Ge => x >= y,
        _ => return None,
    }))
}

/// The dynamic binary operator.
///
/// # Errors
/// Whatever the language says.
pub fn binary(rt: &mut Runtime, language: u32, op: BinOp, a: Value, b: Value) -> NativeResult {
    match binary_inline(rt, language, op, a, b)? {
        Some(v) => Ok(v),
        None => rt.language(language).binary(rt, op, a, b),
    }
}

/// The inline part of [`binary`]; `None` where it does not apply.
///
/// # Errors
/// When two strings do not fit into the heap.
pub fn binary_inline(rt: &mut Runtime, language: u32, op: BinOp, a: Value, b: Value) -> Result<Option<Value>, Control> {
    Ok(match (a.tag(), b.tag()) {
        (Tag::Int, Tag::Int) => int_checked(op, a.bits() as i64, b.bits() as i64),
        (Tag::Float, Tag::Float) => {
            let (x, y) = (f64::from_bits(a.bits()), f64::from_bits(b.bits()));
            match op {
                BinOp::Eq | BinOp::Ne => None,
                BinOp::Div | BinOp::Rem if y == 0.0 => None,
                _ => float_ieee(op, x, y),
            }
        }
        (Tag::Str, Tag::Str) => {
            if op == BinOp::Add {
                room_for_sum(rt, a, b)?;
            }
            string(&mut rt.heap, op, a, b)
        }
        _ if matches!(op, BinOp::Eq | BinOp::Ne) => equal(rt, a, b).map(|e| Value::bool(e == (op == BinOp::Eq))),
        (Tag::Int | Tag::Float, Tag::Int | Tag::Float) if rt.languages[language as usize].promotes() => mixed(op, a, b),
        _ => None,
    })
}

/// Whether two values are equal, where that is decided inline.
#[inline]
#[must_use]
pub fn equal(rt: &Runtime, a: Value, b: Value) -> Option<bool> {
    match (a.tag(), b.tag()) {
        (Tag::Int, Tag::Int) | (Tag::Bool, Tag::Bool) => Some(a.bits() == b.bits()),
        (Tag::Str, Tag::Str) => Some(rt.heap.same_text(a, b)),
        (_, Tag::Nil) => equals_nil(rt, a),
        (Tag::Nil, _) => equals_nil(rt, b),
        _ => None,
    }
}

/// Whether a value is equal to nil, where that is decided inline.
#[inline]
#[must_use]
pub fn equals_nil(rt: &Runtime, v: Value) -> Option<bool> {
    match v.tag() {
        Tag::Nil => Some(true),
        Tag::Record => rt.class_of(v).and_then(|c| (!rt.classes.class(c).operators).then_some(false)),
        Tag::Foreign => None,
        _ => Some(false),
    }
}

/// An operator on an integer and a float, in languages that promote.
#[inline]
#[must_use]
pub fn mixed(op: BinOp, a: Value, b: Value) -> Option<Value> {
    let (x, y) = match (a.tag(), b.tag()) {
        (Tag::Int, Tag::Float) => (a.bits() as i64 as f64, f64::from_bits(b.bits())),
        (Tag::Float, Tag::Int) => (f64::from_bits(a.bits()), b.bits() as i64 as f64),
        _ => return None,
    };
    match op {
        BinOp::Eq | BinOp::Ne => None,
        BinOp::Div | BinOp::Rem if y == 0.0 => None,
        _ => float_ieee(op, x, y),
    }
}

/// The dynamic prefix operator. Inline: `Neg` of an int (not MIN) and of a float, `Not` of a boolean,
/// `BitNot` of an int.
///
/// # Errors
/// Whatever the language says.
pub fn unary(rt: &mut Runtime, language: u32, op: UnOp, a: Value) -> NativeResult {
    match (op, a.tag()) {
        (UnOp::Neg, Tag::Int) if a.bits() as i64 != i64::MIN => Ok(Value::int(-(a.bits() as i64))),
        (UnOp::Neg, Tag::Float) => Ok(Value::float(-f64::from_bits(a.bits()))),
        (UnOp::Not, Tag::Bool) => Ok(Value::bool(a.bits() == 0)),
        (UnOp::BitNot, Tag::Int) => Ok(Value::int(!(a.bits() as i64))),
        _ => rt.language(language).unary(rt, op, a),
    }
}

/// Truth of any value. Inline: booleans.
#[must_use]
pub fn truthy(rt: &Runtime, language: u32, v: Value) -> bool {
    match v.as_bool() {
        Some(b) => b,
        None => rt.languages[language as usize].truthy(rt, v),
    }
}

/// The family `Same`: ints, booleans, nil and functions by value, floats by IEEE, strings by content,
/// other heap objects by identity; different kinds are never the same.
#[must_use]
pub fn same(heap: &Heap, a: Value, b: Value) -> bool {
    match (a.tag(), b.tag()) {
        (Tag::Float, Tag::Float) => f64::from_bits(a.bits()) == f64::from_bits(b.bits()),
        (Tag::Str, Tag::Str) => heap.same_text(a, b),
        _ => a.is_identical(b),
    }
}

/// `base[index]`. Inline: list by int in range, map by a key that is present.
///
/// # Errors
/// Whatever the language says.
pub fn index(rt: &mut Runtime, language: u32, base: Value, index: Value) -> NativeResult {
    match index_inline(&rt.heap, base, index) {
        Some(v) => Ok(v),
        None => rt.language(language).index(rt, base, index),
    }
}

/// The inline part of [`index`].
#[inline]
#[must_use]
pub fn index_inline(heap: &Heap, base: Value, index: Value) -> Option<Value> {
    match base.tag() {
        Tag::List => heap.items(base)?.get(usize::try_from(index.as_int()?).ok()?).copied(),
        Tag::Map => heap.entries(base)?.get(heap.key(index)),
        _ => None,
    }
}

/// `base[index] = value` on a container that may be changed in place; the result is ignored.
/// Inline: list by int in range, map by a key that is present.
///
/// # Errors
/// Whatever the language says.
pub fn set_index(rt: &mut Runtime, language: u32, base: Value, index: Value, value: Value) -> NativeResult {
    if set_index_inline(&mut rt.heap, base, index, value) {
        return Ok(base);
    }
    rt.language(language).set_index(rt, base, index, value)
}

/// The inline part of [`set_index`]; false (and nothing happens) when it does not apply.
#[inline]
pub fn set_index_inline(heap: &mut Heap, base: Value, index: Value, value: Value) -> bool {
    match base.tag() {
        Tag::List => {
            let i = index.as_int().and_then(|i| usize::try_from(i).ok());
            let slot = i.and_then(|i| heap.items_mut(base)?.get_mut(i));
            slot.map(|slot| *slot = value).is_some()
        }
        Tag::Map => {
            let key = heap.key(index);
            heap.entries_mut(base).is_some_and(|map| map.replace(key, value))
        }
        _ => false,
    }
}

/// `base.name`. Inline: a record's own field.
///
/// # Errors
/// Whatever the language says.
pub fn field(rt: &mut Runtime, language: u32, base: Value, name: crate::Symbol) -> NativeResult {
    match rt.field(base, name) {
        Some(v) => Ok(v),
        None => rt.language(language).field(rt, base, name),
    }
}

/// `base.name = value` on a container that may be changed in place; the result is ignored.
/// Inline: a record's existing field.
///
/// # Errors
/// Whatever the language says.
pub fn set_field(rt: &mut Runtime, language: u32, base: Value, name: crate::Symbol, value: Value) -> NativeResult {
    if rt.field(base, name).is_some() {
        if rt.set_field(base, name, value) {
            return Ok(base);
        }
        let want = field_type(rt, base, name);
        let language = rt.language(language);
        return Err(language.cast_failed(rt, want.unwrap_or(TypeTag::Nil), value));
    }
    rt.language(language).set_field(rt, base, name, value)
}

/// Field number `number` of whatever record `base` is. Inline: a record with so many fields; else the language is asked for the
/// field whose name is the number.
///
/// # Errors
/// Whatever the language says.
pub fn part(rt: &mut Runtime, language: u32, base: Value, number: u32) -> NativeResult {
    match rt.heap.fields(base).and_then(|fields| fields.get(number as usize)) {
        Some(v) => Ok(*v),
        None => {
            let name = part_name(rt, number);
            rt.language(language).field(rt, base, name)
        }
    }
}

/// `base`'s field number `number` = `value`, likewise. A field on whose kind typed code relies takes only values of the kind.
///
/// # Errors
/// Whatever the language says.
pub fn set_part(rt: &mut Runtime, language: u32, base: Value, number: u32, value: Value) -> NativeResult {
    if let Some(want) = part_type(rt, base, number)
        && !passes_cast(rt, value, want)
    {
        return Err(rt.language(language).cast_failed(rt, want, value));
    }
    match rt.heap.fields_mut(base).and_then(|fields| fields.get_mut(number as usize)) {
        Some(field) => {
            *field = value;
            Ok(base)
        }
        None => {
            let name = part_name(rt, number);
            rt.language(language).set_field(rt, base, name, value)
        }
    }
}

fn part_name(rt: &mut Runtime, number: u32) -> crate::Symbol {
    let name = alloc::format!("{number}");
    rt.symbols.intern(&name)
}

/// Kind that typed code relies on for a field of a record, if there is one.
fn part_type(rt: &Runtime, record: Value, number: u32) -> Option<TypeTag> {
    let shape = rt.classes.shape(rt.heap.shape_of(record)?);
    *rt.classes.class(shape.class).field_types.get(number as usize)?
}

/// Whether a value has the kind (for `Record`: the class, whatever its fields).
#[must_use]
pub fn is_type(rt: &Runtime, v: Value, want: TypeTag) -> bool {
    match want {
        TypeTag::Nil => v.tag() == Tag::Nil,
        TypeTag::Bool => v.tag() == Tag::Bool,
        TypeTag::Int => v.tag() == Tag::Int,
        TypeTag::Float => v.tag() == Tag::Float,
        TypeTag::Str => v.tag() == Tag::Str,
        TypeTag::List => v.tag() == Tag::List,
        TypeTag::Map => v.tag() == Tag::Map,
        TypeTag::Record(class) => rt.class_of(v) == Some(class),
        TypeTag::Func => v.is_callable(),
    }
}

/// Whether a value passes a cast: as [`is_type`], and records have the class's declared layout.
#[must_use]
pub fn passes_cast(rt: &Runtime, v: Value, want: TypeTag) -> bool {
    match want {
        TypeTag::Record(class) => rt.heap.shape_of(v) == Some(rt.classes.class(class).shape),
        _ => is_type(rt, v, want),
    }
}

/// A value that is to be of a kind: itself, or what the language takes instead.
///
/// # Errors
/// The language's.
#[inline(never)]
pub fn cast(rt: &mut Runtime, language: u32, want: TypeTag, v: Value) -> NativeResult {
    if passes_cast(rt, v, want) {
        return Ok(v);
    }
    let language = rt.language(language);
    match language.coerce(rt, want, v) {
        Some(other) if passes_cast(rt, other, want) => Ok(other),
        _ => Err(language.cast_failed(rt, want, v)),
    }
}

/// Kind that typed code relies on for a field of a record, if there is one.
#[must_use]
pub fn field_type(rt: &Runtime, record: Value, name: crate::Symbol) -> Option<TypeTag> {
    let shape = rt.classes.shape(rt.heap.shape_of(record)?);
    *rt.classes.class(shape.class).field_types.get(shape.slot(name)?)?
}

//! Messages that every object understands: identity, equality, copies, reflection, computed sends.

use alloc::{string::String, vec::Vec};

use motet_runtime::{Control, NativeResult, Runtime, Tag, Value, hash_bytes};

use super::{
    arg, array, char_of, class_object, class_of, field, invalid, is, is_kind, make, owned_text, position, send,
    set_field, signal, text, uses_native,
};
use crate::{
    arith::{self, Op},
    classes::{Builtin, is_private},
    library,
    table::Table,
    text::{Bytes, Text},
    world::{ClassNo, RECORZ, World},
};

natives! {
    "Object" {
        "class" => |rt, args| {
            let class = class_of(rt, arg(args, 0));
            Ok(class_object(rt, class))
        };
        "==" => |rt, args| Ok(Value::bool(identical(rt, arg(args, 0), arg(args, 1))));
        "~~" => |rt, args| Ok(Value::bool(!identical(rt, arg(args, 0), arg(args, 1))));
        "=" => |rt, args| Ok(Value::bool(identical(rt, arg(args, 0), arg(args, 1))));
        "hash" => |rt, args| Ok(Value::int(identity_hash(rt, arg(args, 0))));
        "identityHash" => |rt, args| Ok(Value::int(identity_hash(rt, arg(args, 0))));
        "isKindOf:" => |rt, args| {
            let Some(class) = class_arg(rt, arg(args, 1)) else { return Ok(Value::FALSE) };
            let own = class_of(rt, arg(args, 0));
            Ok(Value::bool(super::world(rt).inherits(own, class)))
        };
        "isMemberOf:" => |rt, args| {
            let class = class_arg(rt, arg(args, 1));
            Ok(Value::bool(class == Some(class_of(rt, arg(args, 0)))))
        };
        "respondsTo:" => |rt, args| {
            let class = class_of(rt, arg(args, 0));
            understands(rt, class, arg(args, 1)).map(Value::bool)
        };
        "perform:" => |rt, args| perform(rt, args, &args[2.min(args.len())..]);
        "perform:with:" => |rt, args| perform(rt, args, &args[2.min(args.len())..]);
        "perform:with:with:" => |rt, args| perform(rt, args, &args[2.min(args.len())..]);
        "perform:with:with:with:" => |rt, args| perform(rt, args, &args[2.min(args.len())..]);
        "perform:with:with:with:with:" => |rt, args| perform(rt, args, &args[2.min(args.len())..]);
        "perform:withArguments:" => |rt, args| match rt.heap.items(arg(args, 2)).cloned() {
            Some(all) => perform(rt, args, &all),
            None => Err(invalid(rt, "expected an Array of arguments")),
        };
        "shallowCopy" => |rt, args| shallow_copy(rt, arg(args, 0));
        "instVarAt:" => |rt, args| {
            let size = rt.heap.fields(arg(args, 0)).map_or(0, <[Value]>::len);
            let at = position(rt, arg(args, 1), size)?;
            Ok(field(rt, arg(args, 0), at))
        };
        "instVarAt:put:" => |rt, args| {
            let size = rt.heap.fields(arg(args, 0)).map_or(0, <[Value]>::len);
            let at = position(rt, arg(args, 1), size)?;
            set_field(rt, arg(args, 0), at, arg(args, 2));
            Ok(arg(args, 2))
        };
        "instVarNamed:" => |rt, args| {
            let at = variable_named(rt, args)?;
            Ok(field(rt, arg(args, 0), at))
        };
        "instVarNamed:put:" => |rt, args| {
            let at = variable_named(rt, args)?;
            set_field(rt, arg(args, 0), at, arg(args, 2));
            Ok(arg(args, 2))
        };
        "->" => |rt, args| Ok(make(rt, Builtin::Association, &[arg(args, 0), arg(args, 1)]));
        "_parts" => |rt, args| Ok(Value::int(rt.heap.fields(arg(args, 0)).map_or(0, |f| f.len() as i64)));
    }
    "ArrayedCollection" {
        "=" => |rt, args| match equal(rt, arg(args, 0), arg(args, 1)) {
            Some(same) => Ok(Value::bool(same)),
            None => Err(super::library(rt, "_equal:", args)),
        };
        "hash" => |rt, args| match plain_hash(rt, arg(args, 0), 0) {
            Some(hash) => Ok(Value::int(hash)),
            None => Err(super::library(rt, "_hash", args)),
        };
    }
}

/// Deepest nesting of arrays that is compared or hashed here; deeper ones do it by messages.
const MAX_DEPTH: usize = 64;

/// Whether two values are one object.
#[must_use]
pub fn identical(rt: &Runtime, a: Value, b: Value) -> bool {
    a.is_identical(b) || (a.tag() == Tag::Str && rt.heap.same_text(a, b))
}

/// What `a = b` answers; `None` if a message must be sent for it.
pub fn equal(rt: &mut Runtime, a: Value, b: Value) -> Option<bool> {
    if super::overridden(rt, "=") {
        return None;
    }
    plain_equal(rt, a, b, 0)
}

fn plain_equal(rt: &mut Runtime, a: Value, b: Value, depth: usize) -> Option<bool> {
    match a.tag() {
        Tag::Int | Tag::Float => numbers_equal(rt, a, b),
        Tag::Str | Tag::Nil | Tag::Bool | Tag::Unset => Some(identical(rt, a, b)),
        Tag::List => {
            if a.is_identical(b) {
                return Some(true);
            }
            let size = rt.heap.items(a).map_or(0, Vec::len);
            if b.tag() != Tag::List || rt.heap.items(b).map_or(0, Vec::len) != size {
                return Some(false);
            }
            if depth > MAX_DEPTH || rt.charge(size / 8).is_err() {
                return None;
            }
            let mut all = Some(true);
            for at in 0..size {
                let item = |rt: &Runtime, v| rt.heap.items(v).and_then(|items| items.get(at)).copied();
                let (x, y) = (item(rt, a).unwrap_or(Value::NIL), item(rt, b).unwrap_or(Value::NIL));
                match plain_equal(rt, x, y, depth + 1) {
                    Some(true) => {}
                    Some(false) => return Some(false),
                    None => all = None,
                }
            }
            all
        }
        Tag::Foreign => {
            if let Some(text) = rt.heap.foreign_as::<Text>(a) {
                return Some(rt.heap.foreign_as::<Text>(b) == Some(text));
            }
            if let Some(bytes) = rt.heap.foreign_as::<Bytes>(a) {
                return Some(rt.heap.foreign_as::<Bytes>(b) == Some(bytes));
            }
            if a.is_identical(b) {
                return Some(true);
            }
            numbers_equal(rt, a, b)
        }
        Tag::Record => {
            if is(rt, a, Builtin::Fraction) || is(rt, a, Builtin::ScaledDecimal) {
                return numbers_equal(rt, a, b);
            }
            let class = class_of(rt, a);
            uses_native(rt, class, "=").then(|| a.is_identical(b))
        }
        _ => Some(a.is_identical(b)),
    }
}

fn numbers_equal(rt: &mut Runtime, a: Value, b: Value) -> Option<bool> {
    match arith::binary(rt, Op::Eq, a, b) {
        Some(Ok(v)) => v.as_bool(),
        Some(Err(_)) => None,
        None => Some(false),
    }
}

/// What `v hash` answers; `None` if a message must be sent for it.
pub(super) fn plain_hash(rt: &mut Runtime, v: Value, depth: usize) -> Option<i64> {
    match v.tag() {
        Tag::Int => v.as_int(),
        Tag::Str => Some(i64::from(hash_bytes(rt.heap.text(v)?.as_bytes()))),
        Tag::List => {
            let size = rt.heap.items(v).map_or(0, Vec::len);
            if depth > MAX_DEPTH || rt.charge(size / 8).is_err() {
                return None;
            }
            let mut hash = size as i64;
            for at in 0..size {
                let item = rt.heap.items(v)?.get(at).copied()?;
                hash = combine(hash, plain_hash(rt, item, depth + 1)?);
            }
            Some(hash)
        }
        Tag::Foreign => {
            if let Some(text) = rt.heap.foreign_as::<Text>(v) {
                return Some(i64::from(text.hash()));
            }
            if let Some(bytes) = rt.heap.foreign_as::<Bytes>(v) {
                return Some(i64::from(hash_bytes(&bytes.0)));
            }
            arith::number(rt, v).map(|n| n.hash())
        }
        Tag::Float => arith::number(rt, v).map(|n| n.hash()),
        Tag::Record => {
            if let Some(c) = char_of(rt, v) {
                return Some(i64::from(u32::from(c)));
            }
            if is(rt, v, Builtin::Fraction) || is(rt, v, Builtin::ScaledDecimal) {
                return arith::number(rt, v).map(|n| n.hash());
            }
            let class = class_of(rt, v);
            uses_native(rt, class, "hash").then(|| identity_hash(rt, v))
        }
        _ => Some(identity_hash(rt, v)),
    }
}

/// One hash of two; positive.
fn combine(a: i64, b: i64) -> i64 {
    (a.wrapping_mul(31).wrapping_add(b)) & 0x0fff_ffff
}

/// Hash by identity: the same in every run of a program, and in a saved state that goes on (except of Strings and other
/// foreign objects, by which tables must be told again, see [`rehash`]).
pub(super) fn identity_hash(rt: &mut Runtime, v: Value) -> i64 {
    match v.tag() {
        Tag::Int => v.as_int().unwrap_or(0),
        Tag::Str => i64::from(hash_bytes(rt.heap.text(v).unwrap_or("").as_bytes())),
        Tag::Record => match char_of(rt, v) {
            Some(c) => i64::from(u32::from(c)),
            None => i64::from(rt.heap.identity(v)),
        },
        Tag::Float | Tag::Foreign => (v.bits() >> 4) as i64 & 0x0fff_ffff,
        tag if tag.is_heap() => i64::from(rt.heap.identity(v)),
        tag => tag as i64 * 1000 + v.bits() as i64,
    }
}

/// Finds the places of the keys of an identity collection's table again, in a state that was loaded.
pub fn rehash(rt: &mut Runtime, table: Value) {
    let Some(old) = rt.heap.foreign_as::<Table>(table).filter(|table| table.by_identity).cloned() else { return };
    let mut new = Table::default();
    new.by_identity = true;
    for entry in old.iter() {
        let hash = identity_hash(rt, entry.key);
        new.add((hash ^ (hash >> 32)) as u32, entry.key, entry.value);
    }
    rt.heap.update_foreign(table, |table: &mut Table| *table = new);
}

/// The class that an argument is.
pub(super) fn class_arg(rt: &Runtime, v: Value) -> Option<ClassNo> {
    World::get(rt, &RECORZ)?.class_from(rt, v)
}

/// Whether instances of a class understand a message, be the library's method compiled in or not.
pub(super) fn understands(rt: &mut Runtime, class: ClassNo, selector: Value) -> Result<bool, Control> {
    let Some(name) = owned_text(rt, selector) else { return Err(invalid(rt, "expected a selector")) };
    if is_private(&name) {
        return Ok(false);
    }
    let symbol = rt.symbols.intern(&name);
    let world = super::world(rt);
    let mut lineage = world.lineage(class);
    Ok(world.lookup(class, symbol).is_some() || lineage.any(|class| library::defines(world, class, &name)))
}

/// `a Foo` or `an Apple`.
pub(crate) fn make_name(world: &World, class: ClassNo, out: &mut String) {
    let name = world.class_name(class);
    out.push_str(if name.starts_with(['A', 'E', 'I', 'O', 'U']) { "an " } else { "a " });
    out.push_str(&name);
}

/// What `Object` prints for a record of a class that programs defined.
pub(super) fn plain_name(rt: &Runtime, v: Value) -> Option<String> {
    let world = World::get(rt, &RECORZ)?;
    let class = world.class_of(rt, v);
    if v.tag() != Tag::Record || !world.class(class).is_user || class.is_meta() {
        return None;
    }
    // Classes that inherit a print form of the library's have it from a method nearer than Object's.
    let mut out = String::new();
    make_name(world, class, &mut out);
    Some(out)
}

/// Number of arguments that a selector takes.
pub(super) fn arity(selector: &str) -> usize {
    match selector.bytes().next() {
        Some(b) if b.is_ascii_alphabetic() || b == b'_' => selector.bytes().filter(|&b| b == b':').count(),
        _ => 1,
    }
}

fn perform(rt: &mut Runtime, args: &[Value], arguments: &[Value]) -> NativeResult {
    let Some(selector) = owned_text(rt, arg(args, 1)) else { return Err(invalid(rt, "expected a selector")) };
    if arity(&selector) != arguments.len() {
        return Err(signal(rt, Builtin::WrongArgumentCount, "wrong argument count"));
    }
    Err(send(rt, arg(args, 0), &selector, arguments))
}

/// A copy that shares its parts; what a collection of the library keeps its elements in is copied, too.
fn shallow_copy(rt: &mut Runtime, v: Value) -> NativeResult {
    match v.tag() {
        Tag::List => {
            let items = rt.heap.items(v).cloned().unwrap_or_default();
            array(rt, items)
        }
        Tag::Foreign => {
            let bytes = rt.heap.foreign_ref(v).map_or(0, |object| object.extra_bytes());
            rt.reserve(bytes)?;
            let copy = rt.heap.foreign_ref(v).and_then(motet_runtime::Foreign::copy);
            Ok(copy.map_or(v, |copy| rt.heap.foreign(copy)))
        }
        Tag::Record => {
            if char_of(rt, v).is_some() || class_arg(rt, v).is_some() {
                return Ok(v);
            }
            let (Some(shape), Some(mut fields)) = (rt.heap.shape_of(v), rt.heap.fields(v).map(<[Value]>::to_vec))
            else {
                return Ok(v);
            };
            if (is_kind(rt, v, Builtin::Collection) || is_kind(rt, v, Builtin::Stream))
                && let Some(content) = fields.first_mut()
            {
                *content = copy_content(rt, *content)?;
            }
            Ok(rt.heap.record(shape, &fields))
        }
        _ => Ok(v),
    }
}

fn copy_content(rt: &mut Runtime, content: Value) -> NativeResult {
    if let Some(items) = rt.heap.items(content) {
        let bytes = items.len() * size_of::<Value>();
        let items = items.clone();
        rt.reserve(bytes)?;
        return Ok(rt.heap.list(items));
    }
    if rt.heap.foreign_as::<Table>(content).is_some() || rt.heap.foreign_as::<Text>(content).is_some() {
        return shallow_copy(rt, content);
    }
    Ok(content)
}

fn variable_named(rt: &mut Runtime, args: &[Value]) -> Result<usize, Control> {
    let class = class_of(rt, arg(args, 0));
    let name = text(rt, arg(args, 1)).map(alloc::borrow::Cow::into_owned);
    let world = super::world(rt);
    let found = name.and_then(|name| world.all_instance_variables(class).iter().position(|&v| v == name));
    match found {
        Some(at) => Ok(at),
        None => Err(signal(rt, Builtin::NotFound, "no instance variable of this name")),
    }
}

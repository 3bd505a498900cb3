//! What Set, Bag and Dictionary keep their elements in.
//!
//! Keys whose equality needs no message are found here; for others the library's methods send `hash` and `=` and look
//! at candidates with the natives that take a hash.
//!
//! Invariant: the first instance variable of these classes is nil (nothing yet) or a [`Table`]; a table of an identity
//! collection knows that it is one.

use alloc::{boxed::Box, vec::Vec};

use motet_runtime::{Control, Runtime, Value};

use super::{arg, array, field, invalid, is_kind, library, make, objects, send, set_field, signal};
use crate::{
    classes::Builtin,
    table::Table,
    text::Text,
    world::{RECORZ, World},
};

natives! {
    "Collection" {
        "_find:" => |rt, args| match find(rt, arg(args, 0), arg(args, 1))? {
            Found::At(at) => Ok(Value::int(at as i64 + 1)),
            Found::Nowhere(_) => Ok(Value::int(0)),
            Found::Ask => Err(library(rt, "_slowFind:", args)),
        };
        "_next:from:" => |rt, args| {
            let hash = hash_arg(rt, arg(args, 1))?;
            let from = arg(args, 2).as_int().map_or(0, |n| n as usize - 1);
            let found = table(rt, arg(args, 0)).and_then(|table| table.next(hash, from));
            Ok(Value::int(found.map_or(0, |at| at as i64 + 1)))
        };
        "_keyAt:" => |rt, args| Ok(entry(rt, args).map_or(Value::NIL, |e| e.key));
        "_valueAt:" => |rt, args| Ok(entry(rt, args).map_or(Value::NIL, |e| e.value));
        "_at:value:" => |rt, args| {
            let at = place(args);
            let v = field(rt, arg(args, 0), 0);
            let value = arg(args, 2);
            rt.heap.update_foreign(v, |table: &mut Table| table.set(at, value));
            Ok(value)
        };
        "_add:hash:value:" => |rt, args| {
            let hash = hash_arg(rt, arg(args, 2))?;
            add(rt, arg(args, 0), hash, arg(args, 1), arg(args, 3))?;
            Ok(arg(args, 1))
        };
        "_removeAt:" => |rt, args| {
            let at = place(args);
            let v = field(rt, arg(args, 0), 0);
            let entry = rt.heap.update_foreign(v, |table: &mut Table| table.remove(at)).flatten();
            Ok(entry.map_or(Value::NIL, |e| e.value))
        };
        "_count" => |rt, args| Ok(Value::int(table(rt, arg(args, 0)).map_or(0, |table| table.len() as i64)));
        "_keys" => |rt, args| {
            let all: Vec<Value> = table(rt, arg(args, 0)).into_iter().flat_map(Table::iter).map(|e| e.key).collect();
            array(rt, all)
        };
        "_values" => |rt, args| {
            let all: Vec<Value> = table(rt, arg(args, 0)).into_iter().flat_map(Table::iter).map(|e| e.value).collect();
            array(rt, all)
        };
        "_clear" => |rt, args| {
            set_field(rt, arg(args, 0), 0, Value::NIL);
            Ok(arg(args, 0))
        };
    }
    "Set" {
        "size" => |rt, args| Ok(Value::int(table(rt, arg(args, 0)).map_or(0, |table| table.len() as i64)));
        "add:" => |rt, args| match find(rt, arg(args, 0), arg(args, 1))? {
            Found::At(_) => Ok(arg(args, 1)),
            Found::Nowhere(hash) => {
                add(rt, arg(args, 0), hash, arg(args, 1), Value::NIL)?;
                Ok(arg(args, 1))
            }
            Found::Ask => Err(library(rt, "_slowAdd:", args)),
        };
        "includes:" => |rt, args| match find(rt, arg(args, 0), arg(args, 1))? {
            Found::At(_) => Ok(Value::TRUE),
            Found::Nowhere(_) => Ok(Value::FALSE),
            Found::Ask => Err(library(rt, "_slowIncludes:", args)),
        };
    }
    "Dictionary" {
        "size" => |rt, args| Ok(Value::int(table(rt, arg(args, 0)).map_or(0, |table| table.len() as i64)));
        "at:" => |rt, args| match find(rt, arg(args, 0), arg(args, 1))? {
            Found::At(at) => Ok(table(rt, arg(args, 0)).and_then(|t| t.entry(at)).map_or(Value::NIL, |e| e.value)),
            Found::Nowhere(_) => Err(signal(rt, Builtin::NotFound, "key not found")),
            Found::Ask => Err(library(rt, "_slowAt:", args)),
        };
        "at:ifAbsent:" => |rt, args| match find(rt, arg(args, 0), arg(args, 1))? {
            Found::At(at) => Ok(table(rt, arg(args, 0)).and_then(|t| t.entry(at)).map_or(Value::NIL, |e| e.value)),
            Found::Nowhere(_) => Err(send(rt, arg(args, 2), "value", &[])),
            Found::Ask => Err(library(rt, "_slowAt:ifAbsent:", args)),
        };
        "at:put:" => |rt, args| match find(rt, arg(args, 0), arg(args, 1))? {
            Found::At(at) => {
                let (v, value) = (field(rt, arg(args, 0), 0), arg(args, 2));
                if let Some(table) = rt.heap.foreign_as_mut::<Table>(v) {
                    table.set(at, value);
                }
                Ok(value)
            }
            Found::Nowhere(hash) => {
                add(rt, arg(args, 0), hash, arg(args, 1), arg(args, 2))?;
                Ok(arg(args, 2))
            }
            Found::Ask => Err(library(rt, "_slowAt:put:", args)),
        };
        "includesKey:" => |rt, args| match find(rt, arg(args, 0), arg(args, 1))? {
            Found::At(_) => Ok(Value::TRUE),
            Found::Nowhere(_) => Ok(Value::FALSE),
            Found::Ask => Err(library(rt, "_slowIncludes:", args)),
        };
        "keys" => |rt, args| {
            let all: Vec<Value> = table(rt, arg(args, 0)).into_iter().flat_map(Table::iter).map(|e| e.key).collect();
            array(rt, all)
        };
        "values" => |rt, args| {
            let all: Vec<Value> = table(rt, arg(args, 0)).into_iter().flat_map(Table::iter).map(|e| e.value).collect();
            array(rt, all)
        };
        "associations" => |rt, args| {
            let all: Vec<_> = table(rt, arg(args, 0)).into_iter().flat_map(Table::iter).collect();
            let mut items = Vec::with_capacity(all.len());
            for entry in all {
                items.push(make(rt, Builtin::Association, &[entry.key, entry.value]));
            }
            array(rt, items)
        };
    }
}

/// Where a key is.
enum Found {
    At(usize),
    /// It is not there; its hash.
    Nowhere(u32),
    /// A message must be sent to know.
    Ask,
}

fn table(rt: &Runtime, v: Value) -> Option<&Table> {
    rt.heap.foreign_as(field(rt, v, 0))
}

/// The table, made now if there was none.
fn make_table(rt: &mut Runtime, v: Value) -> Value {
    let table = field(rt, v, 0);
    if !table.is_nil() {
        return table;
    }
    let by_identity = is_kind(rt, v, Builtin::IdentitySet) || is_kind(rt, v, Builtin::IdentityDictionary);
    let mut new = Table::default();
    new.by_identity = by_identity;
    let table = rt.heap.foreign(Box::new(new));
    set_field(rt, v, 0, table);
    table
}

#[inline]
fn find(rt: &mut Runtime, v: Value, key: Value) -> Result<Found, Control> {
    let object = make_table(rt, v);
    let Some(by_identity) = rt.heap.foreign_as::<Table>(object).map(|table| table.by_identity) else {
        return Err(invalid(rt, "the collection is not one any more"));
    };
    if by_identity {
        let hash = fold(objects::identity_hash(rt, key));
        let found = table(rt, v).and_then(|table| table.find(hash, |k| objects::identical(rt, k, key)));
        return Ok(found.map_or(Found::Nowhere(hash), Found::At));
    }
    // The commonest keys.
    if let Some(n) = key.as_int() {
        let hash = fold(n);
        let mut other = false;
        let found = table(rt, v).and_then(|table| {
            table.find(hash, |k| match k.as_int() {
                Some(k) => k == n,
                None => {
                    other = true;
                    false
                }
            })
        });
        if found.is_some() || !other {
            return Ok(found.map_or(Found::Nowhere(hash), Found::At));
        }
    }
    if !World::get(rt, &RECORZ).is_some_and(World::compares_plainly) {
        return Ok(Found::Ask);
    }
    let Some(hash) = objects::plain_hash(rt, key, 0) else { return Ok(Found::Ask) };
    let hash = fold(hash);
    if let (Some(text), Some(table)) = (rt.heap.foreign_as::<Text>(key), table(rt, v)) {
        let mut other = false;
        let found = table.find(hash, |k| match rt.heap.foreign_as::<Text>(k) {
            Some(k) => k == text,
            None => {
                other = true;
                false
            }
        });
        if found.is_some() || !other {
            return Ok(found.map_or(Found::Nowhere(hash), Found::At));
        }
    }
    let mut from = 0;
    // Keys with the same hash: the key itself, or rarely others.
    while let Some(at) = table(rt, v).and_then(|table| table.next(hash, from)) {
        let each = table(rt, v).and_then(|table| table.entry(at)).map_or(Value::NIL, |e| e.key);
        match objects::equal(rt, key, each) {
            Some(true) => return Ok(Found::At(at)),
            Some(false) => from = at + 1,
            None => return Ok(Found::Ask),
        }
    }
    Ok(Found::Nowhere(hash))
}

/// The 32 bits of a hash that tables use.
fn fold(hash: i64) -> u32 {
    (hash ^ (hash >> 32)) as u32
}

fn hash_arg(rt: &mut Runtime, v: Value) -> Result<u32, Control> {
    match v.as_int().or_else(|| crate::arith::number(rt, v).map(|n| n.hash())) {
        Some(hash) => Ok(fold(hash)),
        None => Err(invalid(rt, "a hash is an integer")),
    }
}

fn add(rt: &mut Runtime, v: Value, hash: u32, key: Value, value: Value) -> Result<(), Control> {
    let object = make_table(rt, v);
    let bytes = rt.heap.foreign_ref(object).map_or(0, |table| table.extra_bytes());
    rt.room(bytes)?;
    let work = rt.heap.update_foreign(object, |table: &mut Table| {
        table.compact();
        table.add(hash, key, value)
    });
    rt.charge(usize::from(work.is_none()))
}

/// The position that the first argument says.
fn place(args: &[Value]) -> usize {
    arg(args, 1).as_int().map_or(usize::MAX, |n| (n as usize).wrapping_sub(1))
}

fn entry(rt: &Runtime, args: &[Value]) -> Option<crate::table::Entry> {
    table(rt, arg(args, 0))?.entry(place(args))
}

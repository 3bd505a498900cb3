//! Lists, maps, records and objects of the host.

use std::ffi::{c_char, c_void};

use motet::{Context, Fault, Local};

use crate::{
    boundary::{Out, c_text, enter, items},
    callbacks::User,
    convert::{export, import},
    failure::{Failure, fail},
    isolate::Cell,
    table,
    types::{motet_destructor, motet_isolate, motet_ref, motet_status, motet_type, motet_value},
};

fn lift<T>(result: Result<T, Fault>) -> Result<T, Failure> {
    result.map_err(|fault| Failure::of_fault(&fault))
}

/// Makes a value in a visit of the isolate and hands it out.
///
/// # Safety
/// `value` is null or valid for writes.
unsafe fn made(
    isolate: motet_isolate,
    value: *mut motet_value,
    make: impl for<'h> FnOnce(&Cell, &mut Context<'h>) -> Result<Local<'h>, Failure>,
) -> motet_status {
    enter(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::new(value, motet_value::NIL) }?;
        let cell = table::isolate(isolate.id)?;
        let value = cell.visit(|cx| {
            let local = make(&cell, cx)?;
            lift(export(&cell, cx, local))
        })?;
        out.set(value);
        Ok(())
    })
}

/// Lets the compiler see that a closure is one for every brand.
fn branded<F: for<'h> FnOnce(&Cell, &mut Context<'h>) -> Result<Local<'h>, Failure>>(make: F) -> F {
    make
}

/// What a reference refers to.
fn open<'h>(cell: &Cell, cx: &mut Context<'h>, r: motet_ref) -> Result<Local<'h>, Failure> {
    let handle = cell.handle(r)?;
    lift(cx.open(&handle))
}

fn expect(value: Local<'_>, kinds: &[&str]) -> Result<(), Failure> {
    if kinds.contains(&value.kind()) {
        return Ok(());
    }
    fail(motet_status::WrongKind, format!("expected {}, got {}", kinds.join(" or "), value.kind()))
}

/// Makes a list of `count` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_list_new(
    isolate: motet_isolate,
    elements: *const motet_value,
    count: usize,
    list: *mut motet_value,
) -> motet_status {
    let make = branded(|cell, cx| {
        // SAFETY: the contract of the header.
        let values = unsafe { items(elements, count, "the elements") }?;
        // SAFETY: likewise.
        let locals = values.iter().map(|value| unsafe { import(cell, cx, value) }).collect::<Result<Vec<_>, _>>()?;
        lift(cx.new_list(&locals))
    });
    // SAFETY: the contract of the header.
    unsafe { made(isolate, list, make) }
}

/// Makes a map of `count` entries in this order; of equal keys the last counts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_map_new(
    isolate: motet_isolate,
    keys: *const motet_value,
    values: *const motet_value,
    count: usize,
    map: *mut motet_value,
) -> motet_status {
    let make = branded(|cell, cx| {
        // SAFETY: the contract of the header.
        let (keys, values) = unsafe { (items(keys, count, "the keys")?, items(values, count, "the values")?) };
        let mut entries = Vec::with_capacity(count);
        for (key, value) in keys.iter().zip(values) {
            // SAFETY: likewise.
            entries.push(unsafe { (import(cell, cx, key)?, import(cell, cx, value)?) });
        }
        lift(cx.new_map(&entries))
    });
    // SAFETY: the contract of the header.
    unsafe { made(isolate, map, make) }
}

/// Number of elements of a list, or of entries of a map.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_length(
    isolate: motet_isolate,
    container: motet_ref,
    length: *mut usize,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let out = unsafe { Out::new(length, 0) }?;
        let cell = table::isolate(isolate.id)?;
        out.set(cell.visit(|cx| {
            let value = open(&cell, cx, container)?;
            expect(value, &["list", "map"])?;
            Ok(cx.length(value).unwrap_or(0))
        })?);
        Ok(())
    })
}

/// An element of a list, from 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_list_get(
    isolate: motet_isolate,
    list: motet_ref,
    index: usize,
    element: *mut motet_value,
) -> motet_status {
    let make = branded(|cell, cx| {
        let list = open(cell, cx, list)?;
        expect(list, &["list"])?;
        match cx.item(list, index) {
            Some(item) => Ok(item),
            None => fail(motet_status::NotFound, format!("the list has no element {index}")),
        }
    });
    // SAFETY: the contract of the header.
    unsafe { made(isolate, element, make) }
}

/// What a map has under a key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_map_get(
    isolate: motet_isolate,
    map: motet_ref,
    key: *const motet_value,
    value: *mut motet_value,
) -> motet_status {
    let make = branded(|cell, cx| {
        let map = open(cell, cx, map)?;
        expect(map, &["map"])?;
        // SAFETY: the contract of the header.
        let key = unsafe { import(cell, cx, &items(key, 1, "the key")?[0]) }?;
        match cx.entry(map, key) {
            Some(item) => Ok(item),
            None => fail(motet_status::NotFound, "the map has no such key"),
        }
    });
    // SAFETY: the contract of the header.
    unsafe { made(isolate, value, make) }
}

/// The keys of a map, as a list in the map's order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_map_keys(
    isolate: motet_isolate,
    map: motet_ref,
    keys: *mut motet_value,
) -> motet_status {
    let make = branded(|cell, cx| {
        let map = open(cell, cx, map)?;
        let keys = lift(cx.keys(map))?;
        lift(cx.new_list(&keys))
    });
    // SAFETY: the contract of the header.
    unsafe { made(isolate, keys, make) }
}

/// A field of a record or of an instance of a class.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_record_get(
    isolate: motet_isolate,
    record: motet_ref,
    name: *const c_char,
    value: *mut motet_value,
) -> motet_status {
    let make = branded(|cell, cx| {
        // SAFETY: the contract of the header.
        let name = unsafe { crate::boundary::c_str(name, "the name") }?;
        let record = open(cell, cx, record)?;
        expect(record, &["record"])?;
        match cx.field(record, name) {
            Some(field) => Ok(field),
            None => fail(motet_status::NotFound, format!("the record has no field `{name}`")),
        }
    });
    // SAFETY: the contract of the header.
    unsafe { made(isolate, value, make) }
}

/// Makes a string in the isolate, with a reference: for strings that are passed more often than once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_string_new(
    isolate: motet_isolate,
    text: *const c_char,
    length: usize,
    string: *mut motet_value,
) -> motet_status {
    let make = branded(|_, cx| {
        // SAFETY: the contract of the header.
        let text = unsafe { c_text(text, length, "the text") }?;
        lift(cx.to_guest(text))
    });
    // SAFETY: the contract of the header.
    unsafe { made(isolate, string, make) }
}

/// Another reference to a value, with a life of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_ref_copy(
    isolate: motet_isolate,
    r#ref: motet_ref,
    copy: *mut motet_value,
) -> motet_status {
    // SAFETY: the contract of the header.
    unsafe { made(isolate, copy, branded(|cell, cx| open(cell, cx, r#ref))) }
}

/// Makes an object of a type of the isolate's config. `bytes` is what it holds in memory, for the heap limit.
/// `destructor` (which may be null) is called with `data` when the object is gone, also when this call fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_object_new(
    isolate: motet_isolate,
    r#type: motet_type,
    data: *mut c_void,
    bytes: usize,
    destructor: motet_destructor,
    object: *mut motet_value,
) -> motet_status {
    let user = User::new(data, destructor);
    let make = branded(|cell, cx| {
        let name = cell.blueprint.type_name(r#type.id)?;
        lift(cx.new_object(name, user, bytes))
    });
    // SAFETY: the contract of the header.
    unsafe { made(isolate, object, make) }
}

/// The data of an object, if it is of this type. It is valid as long as the reference, or the program, keeps the object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_object_data(
    isolate: motet_isolate,
    object: motet_ref,
    r#type: motet_type,
    data: *mut *mut c_void,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let out = unsafe { Out::new(data, std::ptr::null_mut()) }?;
        let cell = table::isolate(isolate.id)?;
        let name = cell.blueprint.type_name(r#type.id)?;
        out.set(cell.visit(|cx| {
            let value = open(&cell, cx, object)?;
            let kind = value.kind();
            match cx.object::<User>(value) {
                Some((found, user)) if found == name => Ok(user.data),
                Some((found, _)) => fail(motet_status::WrongKind, format!("expected {name}, got {found}")),
                None => fail(motet_status::WrongKind, format!("expected {name}, got {kind}")),
            }
        })?);
        Ok(())
    })
}

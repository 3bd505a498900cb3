//! Handlers of moves, variables, tests, data structures.
#![allow(unsafe_code)]

use alloc::{string::String, vec::Vec};

use motet_runtime::{Control, FuncId, Heap, Map, NativeId, NativeResult, ShapeId, Symbol, Tag, TypeTag, Value, ops};

use super::{Handler, a, b, bits, c, copy, handlers, next, outlined, reg, slow, tag, wide};
use crate::{Vm, calls::Next};

/// Kinds in the numbering of `cast` and `is_type`.
const KINDS: [TypeTag; 8] = [
    TypeTag::Nil,
    TypeTag::Bool,
    TypeTag::Int,
    TypeTag::Float,
    TypeTag::Str,
    TypeTag::List,
    TypeTag::Map,
    TypeTag::Func,
];

/// Offset of the running function's scratch register.
unsafe fn scratch(vm: *mut Vm) -> u32 {
    // SAFETY: a frame is in use while handlers run; its function has a code entry.
    unsafe { ((&(*vm).codes)[(*(*vm).frame).func as usize].regs - 1) * 2 }
}

/// Goes on after an operation that has no result.
#[inline(never)]
unsafe fn done(vm: *mut Vm, result: Result<(), Control>, pc: *mut u64, words: usize, base: *mut Value) -> Next {
    // SAFETY: as for handlers.
    unsafe {
        let result: NativeResult = result.map(|()| Value::NIL);
        (*vm).deliver(result, scratch(vm), pc, pc.add(words), base)
    }
}

handlers! {
    fn move_(pc, base, vm, t) {
        copy(reg(base, a(pc)), reg(base, b(pc)));
        next!(pc.add(1), base, vm, t)
    }

    fn load_k(pc, base, vm, t) {
        reg(base, a(pc)).write(*(*vm).consts_ptr.add(wide(pc) as u32 as usize));
        next!(pc.add(1), base, vm, t)
    }

    fn load_int(pc, base, vm, t) {
        reg(base, a(pc)).write(Value::int(i64::from(wide(pc))));
        next!(pc.add(1), base, vm, t)
    }

    fn load_imm(pc, base, vm, t) {
        let v = match b(pc) {
            3 => Value::bool(c(pc) != 0),
            4 => Value::UNSET,
            _ => Value::NIL,
        };
        reg(base, a(pc)).write(v);
        next!(pc.add(1), base, vm, t)
    }

    fn load_func(pc, base, vm, t) {
        reg(base, a(pc)).write(Value::func(FuncId(wide(pc) as u32)));
        next!(pc.add(1), base, vm, t)
    }

    fn load_native(pc, base, vm, t) {
        reg(base, a(pc)).write(Value::native(NativeId(wide(pc) as u32)));
        next!(pc.add(1), base, vm, t)
    }

    fn get_global(pc, base, vm, t) {
        let g = (*vm).globals_ptr.add(wide(pc) as u32 as usize);
        if tag(g) == Tag::Unset {
            slow!(undefined_global, pc, base, vm, t);
        }
        copy(reg(base, a(pc)), g);
        next!(pc.add(1), base, vm, t)
    }

    fn get_global_raw(pc, base, vm, t) {
        copy(reg(base, a(pc)), (*vm).globals_ptr.add(wide(pc) as u32 as usize));
        next!(pc.add(1), base, vm, t)
    }

    fn set_global(pc, base, vm, t) {
        copy((*vm).globals_ptr.add(wide(pc) as u32 as usize), reg(base, a(pc)));
        next!(pc.add(1), base, vm, t)
    }

    fn get_capture(pc, base, vm, t) {
        copy(reg(base, a(pc)), Heap::capture_ptr((*(*vm).frame).closure, b(pc)));
        next!(pc.add(1), base, vm, t)
    }

    fn set_capture(pc, base, vm, t) {
        copy(Heap::capture_ptr((*(*vm).frame).closure, b(pc)), reg(base, a(pc)));
        next!(pc.add(1), base, vm, t)
    }

    fn is_unset(pc, base, vm, t) {
        reg(base, a(pc)).write(Value::bool(tag(reg(base, b(pc))) == Tag::Unset));
        next!(pc.add(1), base, vm, t)
    }

    fn check_set(pc, base, vm, t) {
        if tag(reg(base, a(pc))) == Tag::Unset {
            slow!(undefined_local, pc, base, vm, t);
        }
        next!(pc.add(1), base, vm, t)
    }

    fn not(pc, base, vm, t) {
        reg(base, a(pc)).write(Value::bool(bits(reg(base, b(pc))) == 0));
        next!(pc.add(1), base, vm, t)
    }

    fn same(pc, base, vm, t) {
        let same = ops::same(&(*vm).rt.heap, *reg(base, b(pc)), *reg(base, c(pc)));
        reg(base, a(pc)).write(Value::bool(same));
        next!(pc.add(1), base, vm, t)
    }

    fn same_not(pc, base, vm, t) {
        let same = ops::same(&(*vm).rt.heap, *reg(base, b(pc)), *reg(base, c(pc)));
        reg(base, a(pc)).write(Value::bool(!same));
        next!(pc.add(1), base, vm, t)
    }

    fn truthy(pc, base, vm, t) {
        let truth = ops::truthy(&(*vm).rt, (*vm).language_index(), *reg(base, b(pc)));
        reg(base, a(pc)).write(Value::bool(truth));
        next!(pc.add(1), base, vm, t)
    }

    fn is_nil(pc, base, vm, t) {
        reg(base, a(pc)).write(Value::bool(tag(reg(base, b(pc))) == Tag::Nil));
        next!(pc.add(1), base, vm, t)
    }

    fn is_class(pc, base, vm, t) {
        let class = (*vm).rt.class_of(*reg(base, b(pc))).map(|c| u64::from(c.0));
        reg(base, a(pc)).write(Value::bool(class == Some(*pc.add(1))));
        next!(pc.add(2), base, vm, t)
    }

    fn is_record(pc, base, vm, t) {
        let shape = (*vm).rt.heap.shape_of(*reg(base, b(pc))).map(|s| u64::from(s.0));
        reg(base, a(pc)).write(Value::bool(shape == Some(*pc.add(1))));
        next!(pc.add(2), base, vm, t)
    }

    fn is_type(pc, base, vm, t) {
        let is = ops::is_type(&(*vm).rt, *reg(base, b(pc)), KINDS[c(pc) & 7]);
        reg(base, a(pc)).write(Value::bool(is));
        next!(pc.add(1), base, vm, t)
    }

    fn cast(pc, base, vm, t) {
        let have = tag(reg(base, a(pc)));
        let fits = match b(pc) {
            0 => have == Tag::Nil,
            1 => have == Tag::Bool,
            2 => have == Tag::Int,
            3 => have == Tag::Float,
            4 => have == Tag::Str,
            5 => have == Tag::List,
            6 => have == Tag::Map,
            _ => matches!(have, Tag::Func | Tag::Native | Tag::Closure),
        };
        if fits {
            next!(pc.add(1), base, vm, t)
        }
        slow!(cast_failed, pc, base, vm, t)
    }

    fn cast_record(pc, base, vm, t) {
        let r = reg(base, a(pc));
        if tag(r) == Tag::Record && Heap::shape_unchecked(*r).0 == *pc.add(1) as u32 {
            next!(pc.add(2), base, vm, t)
        }
        slow!(cast_record_failed, pc, base, vm, t)
    }

    fn share(pc, base, vm, t) {
        (*vm).rt.heap.share(*reg(base, a(pc)));
        next!(pc.add(1), base, vm, t)
    }

    fn index(pc, base, vm, t) {
        let (r, k) = (reg(base, b(pc)), reg(base, c(pc)));
        if tag(r) == Tag::List && tag(k) == Tag::Int {
            let items = (*vm).rt.heap.items(*r).map_or(&[][..], Vec::as_slice);
            let i = bits(k) as usize;
            if i < items.len() {
                copy(reg(base, a(pc)), items.as_ptr().add(i).cast_mut());
                next!(pc.add(1), base, vm, t)
            }
        }
        slow!(index_slow, pc, base, vm, t)
    }

    fn set_index(pc, base, vm, t) {
        let (r, k) = (reg(base, a(pc)), reg(base, b(pc)));
        if tag(r) == Tag::List && tag(k) == Tag::Int {
            let i = bits(k) as usize;
            if let Some(items) = (*vm).rt.heap.items_mut(*r)
                && i < items.len()
            {
                copy(items.as_mut_ptr().add(i), reg(base, c(pc)));
                next!(pc.add(1), base, vm, t)
            }
        }
        slow!(set_index_slow, pc, base, vm, t)
    }

    fn field(pc, base, vm, t) {
        let r = reg(base, b(pc));
        let cached = *pc.add(1);
        if tag(r) == Tag::Record && Heap::shape_unchecked(*r).0 == cached as u32 {
            copy(reg(base, a(pc)), Heap::slot_ptr(*r, (cached >> 32) as usize));
            next!(pc.add(3), base, vm, t)
        }
        slow!(field_slow, pc, base, vm, t)
    }

    fn set_field(pc, base, vm, t) {
        let r = reg(base, a(pc));
        let cached = *pc.add(1);
        if tag(r) == Tag::Record && Heap::shape_unchecked(*r).0 == cached as u32 {
            copy(Heap::slot_ptr(*r, (cached >> 32) as usize), reg(base, b(pc)));
            next!(pc.add(3), base, vm, t)
        }
        slow!(set_field_slow, pc, base, vm, t)
    }

    fn slot(pc, base, vm, t) {
        copy(reg(base, a(pc)), Heap::slot_ptr(*reg(base, b(pc)), c(pc)));
        next!(pc.add(1), base, vm, t)
    }

    fn set_slot(pc, base, vm, t) {
        copy(Heap::slot_ptr(*reg(base, a(pc)), b(pc)), reg(base, c(pc)));
        next!(pc.add(1), base, vm, t)
    }

    fn own(pc, base, vm, t) {
        let r = reg(base, b(pc));
        if (*vm).rt.heap.is_shared(*r) {
            let v = (*vm).rt.heap.copy_container(*r);
            r.write(v);
        }
        copy(reg(base, a(pc)), r);
        let (pc, base) = (*vm).safepoint(pc, pc.add(1), base);
        next!(pc, base, vm, t)
    }

    fn own_capture(pc, base, vm, t) {
        let cell = Heap::capture_ptr((*(*vm).frame).closure, b(pc));
        let v = (*vm).rt.heap.unshare(*cell);
        cell.write(v);
        reg(base, a(pc)).write(v);
        let (pc, base) = (*vm).safepoint(pc, pc.add(1), base);
        next!(pc, base, vm, t)
    }

    fn own_global(pc, base, vm, t) {
        let g = (*vm).globals_ptr.add(wide(pc) as u32 as usize);
        if tag(g) == Tag::Unset {
            slow!(undefined_global, pc, base, vm, t);
        }
        let v = (*vm).rt.heap.unshare(*g);
        g.write(v);
        reg(base, a(pc)).write(v);
        let (pc, base) = (*vm).safepoint(pc, pc.add(1), base);
        next!(pc, base, vm, t)
    }

}

unsafe fn language_of(vm: *mut Vm) -> u32 {
    // SAFETY: as for handlers.
    unsafe { (*vm).language_index() }
}

/// Fills the inline cache behind a field access when the record's layout has the field.
#[inline(never)]
unsafe fn remember(vm: *mut Vm, pc: *mut u64, v: Value, name: Symbol) {
    // SAFETY: as for handlers; the cache is the word behind the instruction.
    unsafe {
        if let Some(shape) = (*vm).rt.heap.shape_of(v)
            && !(*vm).rt.classes.shape(shape).grown
            && let Some(slot) = (*vm).rt.classes.shape(shape).slot(name)
        {
            *pc.add(1) = u64::from(shape.0) | (slot as u64) << 32;
        }
    }
}

/// Puts key–value pairs into a map.
#[inline(never)]
unsafe fn put_all(vm: *mut Vm, map: &mut Map, pairs: &[Value]) -> Result<Map, Control> {
    // SAFETY: as for handlers.
    let (rt, language) = unsafe { (&mut (*vm).rt, language_of(vm)) };
    for pair in pairs.chunks_exact(2) {
        let key = match pair[0].tag() {
            Tag::Str => pair[0],
            _ => rt.language(language).map_key(rt, pair[0])?,
        };
        map.insert(rt.heap.key(key), pair[1]);
    }
    Ok(core::mem::take(map))
}

outlined! {
    #[cold]
    fn undefined_global(pc, base, vm) {
        let name = (&(*vm).global_names)[wide(pc) as u32 as usize];
        let name = (*vm).rt.symbols.shared_name(name);
        let language = (*vm).rt.language((*vm).language_index());
        let e = language.undefined(&mut (*vm).rt, &name);
        (*vm).throw(pc, base, e)
    }

    #[cold]
    fn undefined_local(pc, base, vm) {
        let name = String::from((*vm).rt.heap.text((&(*vm).consts)[wide(pc) as u32 as usize]).unwrap_or_default());
        let language = (*vm).rt.language((*vm).language_index());
        let e = language.undefined(&mut (*vm).rt, &name);
        (*vm).throw(pc, base, e)
    }

    #[cold]
    fn cast_failed(pc, base, vm) {
        let language = (*vm).rt.language((*vm).language_index());
        let e = language.cast_failed(&mut (*vm).rt, KINDS[b(pc) & 7], *reg(base, a(pc)));
        (*vm).throw(pc, base, e)
    }

    #[cold]
    fn cast_record_failed(pc, base, vm) {
        let class = motet_runtime::ClassId((*pc.add(1) >> 32) as u32);
        let language = (*vm).rt.language((*vm).language_index());
        let e = language.cast_failed(&mut (*vm).rt, TypeTag::Record(class), *reg(base, a(pc)));
        (*vm).throw(pc, base, e)
    }

    fn concat(pc, base, vm) {
        let parts = core::slice::from_raw_parts(reg(base, b(pc)), c(pc));
        let rt = &mut (*vm).rt;
        let language = rt.language(language_of(vm));
        // A first string is appended to: building a text in a loop stays linear.
        let (mut text, rest) = match parts {
            [first, rest @ ..] if first.tag() == Tag::Str && !rest.is_empty() => (*first, rest),
            _ => (Value::NIL, parts),
        };
        let mut out = String::new();
        for v in rest {
            match rt.heap.text(*v) {
                Some(s) => out.push_str(s),
                None => language.display(rt, *v, &mut out),
            }
            if let Err(e) = rt.room(out.len()) {
                return (*vm).throw(pc, base, e);
            }
        }
        text = if text.is_nil() { rt.heap.string(out) } else { rt.heap.append(text, &out) };
        reg(base, a(pc)).write(text);
        (*vm).safepoint(pc, pc.add(1), base)
    }

    fn list(pc, base, vm) {
        let items = core::slice::from_raw_parts(reg(base, b(pc)), c(pc)).to_vec();
        let v = (*vm).rt.heap.list(items);
        reg(base, a(pc)).write(v);
        (*vm).safepoint(pc, pc.add(1), base)
    }

    fn list_append(pc, base, vm) {
        let items = core::slice::from_raw_parts(reg(base, b(pc)), c(pc));
        (*vm).rt.heap.update_list(*reg(base, a(pc)), |l| l.extend_from_slice(items));
        (*vm).safepoint(pc, pc.add(1), base)
    }

    fn list_extend(pc, base, vm) {
        let from = *reg(base, b(pc));
        match (*vm).rt.heap.items(from).cloned() {
            Some(items) => {
                for &i in &items {
                    (*vm).rt.heap.share(i);
                }
                (*vm).rt.heap.update_list(*reg(base, a(pc)), |l| l.extend_from_slice(&items));
                (*vm).safepoint(pc, pc.add(1), base)
            }
            None => {
                let language = (*vm).rt.language(language_of(vm));
                let e = language.bad_spread(&mut (*vm).rt, from, false);
                (*vm).throw(pc, base, e)
            }
        }
    }

    fn map(pc, base, vm) {
        let pairs = core::slice::from_raw_parts(reg(base, b(pc)), c(pc) * 2);
        match put_all(vm, &mut Map::default(), pairs) {
            Ok(map) => {
                let v = (*vm).rt.heap.map(map);
                reg(base, a(pc)).write(v);
                (*vm).safepoint(pc, pc.add(1), base)
            }
            Err(e) => (*vm).throw(pc, base, e),
        }
    }

    fn map_put(pc, base, vm) {
        let pairs = core::slice::from_raw_parts(reg(base, b(pc)), c(pc) * 2);
        let target = *reg(base, a(pc));
        let mut map = (*vm).rt.heap.update_map(target, core::mem::take).unwrap_or_default();
        let result = put_all(vm, &mut map, pairs).map(|map| {
            (*vm).rt.heap.update_map(target, |m| *m = map);
        });
        done(vm, result, pc, 1, base)
    }

    fn map_spread(pc, base, vm) {
        let from = *reg(base, b(pc));
        let entries: Option<Vec<(Value, Value)>> = (*vm).rt.heap.entries(from).map(|m| m.iter().collect());
        let result = match entries {
            Some(entries) => {
                let heap = &mut (*vm).rt.heap;
                for (k, v) in entries {
                    heap.share(v);
                    let key = heap.key(k);
                    heap.update_map(*reg(base, a(pc)), |m| m.insert(key, v));
                }
                Ok(())
            }
            None => {
                let language = (*vm).rt.language(language_of(vm));
                Err(language.bad_spread(&mut (*vm).rt, from, true))
            }
        };
        done(vm, result, pc, 1, base)
    }

    fn record(pc, base, vm) {
        let values = core::slice::from_raw_parts(reg(base, b(pc)), c(pc));
        let word = *pc.add(1);
        let shape = ShapeId(word as u32);
        let v = (*vm).rt.heap.record(shape, values);
        if let Some(places) = (&(*vm).permutations).get((word >> 32) as usize)
            && let Some(fields) = (*vm).rt.heap.fields_mut(v)
        {
            for (value, &place) in values.iter().zip(places) {
                fields[usize::from(place)] = *value;
            }
        }
        reg(base, a(pc)).write(v);
        (*vm).safepoint(pc, pc.add(2), base)
    }

    fn closure(pc, base, vm) {
        let cells = core::slice::from_raw_parts(reg(base, b(pc)), c(pc));
        let v = (*vm).rt.heap.closure(FuncId(*pc.add(1) as u32), cells);
        reg(base, a(pc)).write(v);
        (*vm).safepoint(pc, pc.add(2), base)
    }

    fn cell_new(pc, base, vm) {
        let v = (*vm).rt.heap.new_cell(*reg(base, b(pc)));
        reg(base, a(pc)).write(v);
        (*vm).safepoint(pc, pc.add(1), base)
    }

    fn cell_get(pc, base, vm) {
        match (*vm).rt.heap.cell_get(*reg(base, b(pc))) {
            Some(v) => {
                reg(base, a(pc)).write(v);
                (pc.add(1), base)
            }
            None => (*vm).throw(pc, base, Control::error("internal error: not a cell")),
        }
    }

    fn cell_set(pc, base, vm) {
        let ok = (*vm).rt.heap.cell_set(*reg(base, a(pc)), *reg(base, b(pc)));
        let result = if ok { Ok(()) } else { Err(Control::error("internal error: not a cell")) };
        done(vm, result, pc, 1, base)
    }

    fn index_slow(pc, base, vm) {
        if let Some(v) = ops::index_inline(&(*vm).rt.heap, *reg(base, b(pc)), *reg(base, c(pc))) {
            reg(base, a(pc)).write(v);
            return (pc.add(1), base);
        }
        let language = language_of(vm);
        let result = ops::index(&mut (*vm).rt, language, *reg(base, b(pc)), *reg(base, c(pc)));
        (*vm).deliver(result, a(pc) as u32, pc, pc.add(1), base)
    }

    fn set_index_slow(pc, base, vm) {
        let language = language_of(vm);
        let (target, key, value) = (*reg(base, a(pc)), *reg(base, b(pc)), *reg(base, c(pc)));
        if ops::set_index_inline(&mut (*vm).rt.heap, target, key, value) {
            return (pc.add(1), base);
        }
        let result = ops::set_index(&mut (*vm).rt, language, target, key, value);
        (*vm).deliver(result, scratch(vm), pc, pc.add(1), base)
    }

    #[cold]
    fn field_slow(pc, base, vm) {
        let v = *reg(base, b(pc));
        let name = Symbol(*pc.add(2) as u32);
        remember(vm, pc, v, name);
        let language = language_of(vm);
        let result = ops::field(&mut (*vm).rt, language, v, name);
        (*vm).deliver(result, a(pc) as u32, pc, pc.add(3), base)
    }

    #[cold]
    fn set_field_slow(pc, base, vm) {
        let v = *reg(base, a(pc));
        let name = Symbol(*pc.add(2) as u32);
        // A typed field is checked at every store.
        if ops::field_type(&(*vm).rt, v, name).is_none() {
            remember(vm, pc, v, name);
        }
        let language = language_of(vm);
        let result = ops::set_field(&mut (*vm).rt, language, v, name, *reg(base, b(pc)));
        (*vm).deliver(result, scratch(vm), pc, pc.add(3), base)
    }

    fn own_index(pc, base, vm) {
        let (container, key) = (*reg(base, b(pc)), *reg(base, c(pc)));
        if let Some(v) = ops::index_inline(&(*vm).rt.heap, container, key)
            && !(*vm).rt.heap.is_shared(v)
        {
            reg(base, a(pc)).write(v);
            return (pc.add(1), base);
        }
        let language = language_of(vm);
        let result = ops::index(&mut (*vm).rt, language, container, key).and_then(|v| {
            let own = (*vm).rt.heap.unshare(v);
            if !own.is_identical(v) {
                ops::set_index(&mut (*vm).rt, language, container, key, own)?;
            }
            Ok(own)
        });
        (*vm).deliver(result, a(pc) as u32, pc, pc.add(1), base)
    }

    fn own_field(pc, base, vm) {
        let language = language_of(vm);
        let container = *reg(base, b(pc));
        let name = Symbol(*pc.add(1) as u32);
        let result = ops::field(&mut (*vm).rt, language, container, name).and_then(|v| {
            let own = (*vm).rt.heap.unshare(v);
            if !own.is_identical(v) {
                ops::set_field(&mut (*vm).rt, language, container, name, own)?;
            }
            Ok(own)
        });
        (*vm).deliver(result, a(pc) as u32, pc, pc.add(2), base)
    }
}

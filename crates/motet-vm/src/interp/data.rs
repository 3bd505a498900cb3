//! Handlers of moves, variables, tests, data structures.
#![allow(unsafe_code)]

use alloc::{string::String, vec::Vec};

use motet_runtime::{
    ClassId, Control, FuncId, Heap, Map, NativeId, NativeResult, ShapeId, Symbol, Tag, TypeTag, Value, ops,
};

use super::{Handler, a, acc, b, behind, bits, c, copy, get, handlers, load, next, outlined, reg, slow, tag, wide};
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
pub(super) unsafe fn scratch(vm: *mut Vm) -> u32 {
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

/// Tag of the values of each kind, in the numbering of `cast`; 0xff where there is more than one.
const KIND_TAGS: [u8; 8] = [2, 3, 0, 1, 7, 8, 9, 0xff];

/// Whether a tag is that of a kind in the numbering of `cast`.
#[inline(always)]
pub(super) fn fits(have: Tag, kind: usize) -> bool {
    match KIND_TAGS[kind & 7] {
        0xff => matches!(have, Tag::Func | Tag::Native | Tag::Closure),
        tag => have as usize == usize::from(tag),
    }
}

/// The element of a list at an integer index in range.
#[inline(always)]
unsafe fn element(list: *mut Value, index: *mut Value) -> Option<*mut Value> {
    // SAFETY: both are registers (I1); the element is in range.
    unsafe {
        if tag(list) != Tag::List || tag(index) != Tag::Int {
            return None;
        }
        let items = Heap::list_ptr(*list);
        let i = bits(index) as usize;
        (i < (*items).len()).then(|| (*items).as_mut_ptr().add(i))
    }
}

/// The element of a list at a float index in range.
#[inline(always)]
unsafe fn element_by_float(list: *mut Value, index: *mut Value) -> Option<*mut Value> {
    // SAFETY: both are registers (I1); the element is in range.
    unsafe {
        if tag(list) != Tag::List || tag(index) != Tag::Float {
            return None;
        }
        let items = Heap::list_ptr(*list);
        let n = f64::from_bits(bits(index));
        (n > -1.0 && n < (*items).len() as f64).then(|| (*items).as_mut_ptr().add(n as usize))
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
        let same = ops::same(&(*vm).rt.heap, get(base, b(pc)), get(base, c(pc)));
        reg(base, a(pc)).write(Value::bool(same));
        next!(pc.add(1), base, vm, t)
    }

    fn same_not(pc, base, vm, t) {
        let same = ops::same(&(*vm).rt.heap, get(base, b(pc)), get(base, c(pc)));
        reg(base, a(pc)).write(Value::bool(!same));
        next!(pc.add(1), base, vm, t)
    }

    fn truthy(pc, base, vm, t) {
        let truth = ops::truthy(&(*vm).rt, (*vm).language_index(), get(base, b(pc)));
        reg(base, a(pc)).write(Value::bool(truth));
        next!(pc.add(1), base, vm, t)
    }

    fn is_nil(pc, base, vm, t) {
        reg(base, a(pc)).write(Value::bool(tag(reg(base, b(pc))) == Tag::Nil));
        next!(pc.add(1), base, vm, t)
    }

    fn is_class(pc, base, vm, t) {
        let class = (*vm).rt.class_of(get(base, b(pc))).map(|c| u64::from(c.0));
        reg(base, a(pc)).write(Value::bool(class == Some(*pc.add(1))));
        next!(pc.add(2), base, vm, t)
    }

    fn is_record(pc, base, vm, t) {
        let shape = (*vm).rt.heap.shape_of(get(base, b(pc))).map(|s| u64::from(s.0));
        reg(base, a(pc)).write(Value::bool(shape == Some(*pc.add(1))));
        next!(pc.add(2), base, vm, t)
    }

    fn is_type(pc, base, vm, t) {
        let is = fits(tag(reg(base, b(pc))), c(pc));
        reg(base, a(pc)).write(Value::bool(is));
        next!(pc.add(1), base, vm, t)
    }

    fn cast(pc, base, vm, t) {
        if fits(tag(reg(base, a(pc))), b(pc)) {
            next!(pc.add(1), base, vm, t)
        }
        slow!(cast_failed, pc, base, vm, t)
    }

    fn cast_move(pc, base, vm, t) {
        let r = reg(base, b(pc));
        if fits(tag(r), c(pc)) {
            copy(reg(base, a(pc)), r);
            next!(pc.add(1), base, vm, t)
        }
        slow!(cast_move_failed, pc, base, vm, t)
    }

    fn cast_record(pc, base, vm, t) {
        let r = reg(base, a(pc));
        if tag(r) == Tag::Record && Heap::shape_unchecked(*r).0 == *pc.add(1) as u32 {
            next!(pc.add(2), base, vm, t)
        }
        slow!(cast_record_failed, pc, base, vm, t)
    }

    fn share(pc, base, vm, t) {
        (*vm).rt.heap.share(get(base, a(pc)));
        next!(pc.add(1), base, vm, t)
    }

    fn share_part(pc, base, vm, t) {
        let part = reg(base, c(pc));
        if (*vm).rt.heap.is_shared(*reg(base, b(pc))) {
            (*vm).rt.heap.share(*part);
        }
        copy(reg(base, a(pc)), part);
        next!(pc.add(1), base, vm, t)
    }

    fn index(pc, base, vm, t) {
        if let Some(item) = element(reg(base, b(pc)), reg(base, c(pc))) {
            let payload = load(reg(base, a(pc)), item);
            next!(pc.add(1), base, vm, acc(t, payload))
        }
        if let Some(item) = element_by_float(reg(base, b(pc)), reg(base, c(pc)))
            && (*vm).cuts_indices()
        {
            let payload = load(reg(base, a(pc)), item);
            next!(pc.add(1), base, vm, acc(t, payload))
        }
        slow!(index_slow, pc, base, vm, t)
    }

    fn index_share(pc, base, vm, t) {
        if let Some(item) = element(reg(base, b(pc)), reg(base, c(pc))) {
            (*vm).rt.heap.share(*item);
            copy(reg(base, a(pc)), item);
            next!(pc.add(2), base, vm, t)
        }
        if let Some(item) = element_by_float(reg(base, b(pc)), reg(base, c(pc)))
            && (*vm).cuts_indices()
        {
            (*vm).rt.heap.share(*item);
            copy(reg(base, a(pc)), item);
            next!(pc.add(2), base, vm, t)
        }
        slow!(index_slow, pc, base, vm, t)
    }

    fn index_part(pc, base, vm, t) {
        let r = reg(base, b(pc));
        if let Some(item) = element(r, reg(base, c(pc)))
            && !Heap::is_shared_cell(*r)
        {
            copy(reg(base, a(pc)), item);
            next!(pc.add(2), base, vm, t)
        }
        slow!(index_slow, pc, base, vm, t)
    }

    fn index_cast(pc, base, vm, t) {
        if let Some(item) = element(reg(base, b(pc)), reg(base, c(pc))) {
            // The upper half of the word is the kind's tag.
            if tag(item) as u64 == *pc.add(1) >> 32 {
                let payload = load(reg(base, a(pc)), item);
                next!(pc.add(2), base, vm, acc(t, payload))
            }
        }
        slow!(index_cast_slow, pc, base, vm, t)
    }

    fn index_record(pc, base, vm, t) {
        if let Some(item) = element(reg(base, b(pc)), reg(base, c(pc)))
            && tag(item) == Tag::Record
            && Heap::shape_unchecked(*item).0 == *pc.add(1) as u32
        {
            copy(reg(base, a(pc)), item);
            next!(pc.add(2), base, vm, t)
        }
        slow!(index_record_slow, pc, base, vm, t)
    }

    fn set_index_own(pc, base, vm, t) {
        let r = reg(base, a(pc));
        if let Some(item) = element(r, reg(base, b(pc)))
            && !Heap::is_shared_cell(*r)
        {
            copy(item, reg(base, c(pc)));
            next!(pc.add(1), base, vm, t)
        }
        slow!(set_index_own_slow, pc, base, vm, t)
    }

    fn set_field_own(pc, base, vm, t) {
        let r = reg(base, a(pc));
        let cached = *pc.add(1);
        if tag(r) == Tag::Record && Heap::shape_unchecked(*r).0 == cached as u32 && !Heap::is_shared_cell(*r) {
            copy(Heap::slot_ptr(*r, (cached >> 32) as usize), reg(base, b(pc)));
            next!(pc.add(3), base, vm, t)
        }
        slow!(set_field_own_slow, pc, base, vm, t)
    }

    fn set_index(pc, base, vm, t) {
        if let Some(item) = element(reg(base, a(pc)), reg(base, b(pc))) {
            copy(item, reg(base, c(pc)));
            next!(pc.add(1), base, vm, t)
        }
        slow!(set_index_slow, pc, base, vm, t)
    }

    fn field(pc, base, vm, t) {
        let r = reg(base, b(pc));
        let cached = *pc.add(1);
        if tag(r) == Tag::Record && Heap::shape_unchecked(*r).0 == cached as u32 {
            let payload = load(reg(base, a(pc)), Heap::slot_ptr(*r, (cached >> 32) as usize));
            next!(pc.add(3), base, vm, acc(t, payload))
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
        let payload = load(reg(base, a(pc)), Heap::slot_ptr(get(base, b(pc)), c(pc)));
        next!(pc.add(1), base, vm, acc(t, payload))
    }

    fn set_slot(pc, base, vm, t) {
        copy(Heap::slot_ptr(get(base, a(pc)), b(pc)), reg(base, c(pc)));
        next!(pc.add(1), base, vm, t)
    }

    fn record(pc, base, vm, t) {
        let word = *pc.add(1);
        if word >> 32 != u64::from(u32::MAX) {
            slow!(record_permuted, pc, base, vm, t);
        }
        let values = core::slice::from_raw_parts(reg(base, b(pc)), c(pc));
        let v = (*vm).rt.heap.record(ShapeId(word as u32), values);
        reg(base, a(pc)).write(v);
        if (*vm).rt.heap.wants_collection() {
            slow!(collect_behind, pc, base, vm, t);
        }
        next!(pc.add(2), base, vm, t)
    }

    fn closure(pc, base, vm, t) {
        let cells = core::slice::from_raw_parts(reg(base, b(pc)), c(pc));
        let v = (*vm).rt.heap.closure(FuncId(*pc.add(1) as u32), cells);
        reg(base, a(pc)).write(v);
        if (*vm).rt.heap.wants_collection() {
            slow!(collect_behind, pc, base, vm, t);
        }
        next!(pc.add(2), base, vm, t)
    }

    fn own(pc, base, vm, t) {
        let r = reg(base, b(pc));
        if Heap::is_shared_cell(*r) {
            slow!(own_copy, pc, base, vm, t);
        }
        copy(reg(base, a(pc)), r);
        next!(pc.add(1), base, vm, t)
    }

    fn own_capture(pc, base, vm, t) {
        let cell = Heap::capture_ptr((*(*vm).frame).closure, b(pc));
        if Heap::is_shared_cell(*cell) {
            slow!(own_capture_copy, pc, base, vm, t);
        }
        copy(reg(base, a(pc)), cell);
        next!(pc.add(1), base, vm, t)
    }

    fn own_global(pc, base, vm, t) {
        let g = (*vm).globals_ptr.add(wide(pc) as u32 as usize);
        if tag(g) == Tag::Unset {
            slow!(undefined_global, pc, base, vm, t);
        }
        if Heap::is_shared_cell(*g) {
            slow!(own_global_copy, pc, base, vm, t);
        }
        copy(reg(base, a(pc)), g);
        next!(pc.add(1), base, vm, t)
    }

    fn own_index(pc, base, vm, t) {
        if let Some(item) = element(reg(base, b(pc)), reg(base, c(pc)))
            && !Heap::is_shared_cell(*item)
        {
            copy(reg(base, a(pc)), item);
            next!(pc.add(1), base, vm, t)
        }
        slow!(own_index_slow, pc, base, vm, t)
    }

    fn own_field(pc, base, vm, t) {
        let r = reg(base, b(pc));
        let cached = *pc.add(1);
        if tag(r) == Tag::Record && Heap::shape_unchecked(*r).0 == cached as u32 {
            let slot = Heap::slot_ptr(*r, (cached >> 32) as usize);
            if !Heap::is_shared_cell(*slot) {
                copy(reg(base, a(pc)), slot);
                next!(pc.add(3), base, vm, t)
            }
        }
        slow!(own_field_slow, pc, base, vm, t)
    }
}

pub(super) unsafe fn language_of(vm: *mut Vm) -> u32 {
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

/// Kind that an extension word with shape and class demands.
pub(super) fn record_type(word: u64) -> TypeTag {
    TypeTag::Record(ClassId((word >> 32) as u32))
}

/// The element access at `pc` off the inline path; the element must have the kind.
#[inline(never)]
unsafe fn index_typed(vm: *mut Vm, want: TypeTag, pc: *mut u64, base: *mut Value) -> Next {
    // SAFETY: as for handlers.
    unsafe {
        let next = behind(pc.add(2));
        let (container, key) = (get(base, b(pc)), get(base, c(pc)));
        if let Some(v) = ops::index_inline(&(*vm).rt.heap, container, key)
            && ops::passes_cast(&(*vm).rt, v, want)
        {
            reg(base, a(pc)).write(v);
            return (next, base);
        }
        let language = language_of(vm);
        let result = ops::index(&mut (*vm).rt, language, container, key)
            .and_then(|v| ops::cast(&mut (*vm).rt, language, want, v));
        (*vm).deliver(result, a(pc) as u32, pc, next, base)
    }
}

/// Makes the register the only holder of its container.
#[inline(always)]
unsafe fn unshared(vm: *mut Vm, r: *mut Value) -> Value {
    // SAFETY: as for handlers.
    unsafe {
        let own = (*vm).rt.heap.unshare(*r);
        r.write(own);
        own
    }
}

/// The element store at `pc` off the inline path, into a container that may be changed.
#[inline(never)]
unsafe fn store_index(vm: *mut Vm, target: Value, pc: *mut u64, base: *mut Value) -> Next {
    // SAFETY: as for handlers.
    unsafe {
        let (key, value) = (get(base, b(pc)), get(base, c(pc)));
        if ops::set_index_inline(&mut (*vm).rt.heap, target, key, value) {
            return (*vm).safepoint(pc, pc.add(1), base);
        }
        let language = language_of(vm);
        let result = ops::set_index(&mut (*vm).rt, language, target, key, value);
        (*vm).deliver(result, scratch(vm), pc, pc.add(1), base)
    }
}

/// The field store at `pc` off the inline path, into a record that may be changed.
#[inline(never)]
unsafe fn store_field(vm: *mut Vm, v: Value, pc: *mut u64, base: *mut Value) -> Next {
    // SAFETY: as for handlers.
    unsafe {
        let name = Symbol(*pc.add(2) as u32);
        // A typed field is checked at every store.
        if ops::field_type(&(*vm).rt, v, name).is_none() {
            remember(vm, pc, v, name);
        }
        let language = language_of(vm);
        let result = ops::set_field(&mut (*vm).rt, language, v, name, get(base, b(pc)));
        (*vm).deliver(result, scratch(vm), pc, pc.add(3), base)
    }
}

outlined! {
    fn slot_apart(pc, base, vm) {
        let fields = (*vm).rt.heap.fields(get(base, b(pc))).unwrap_or_default();
        reg(base, a(pc)).write(fields.get(c(pc)).copied().unwrap_or(Value::NIL));
        (pc.add(1), base)
    }

    fn set_slot_apart(pc, base, vm) {
        let value = get(base, c(pc));
        if let Some(place) = (*vm).rt.heap.fields_mut(get(base, a(pc))).and_then(|f| f.get_mut(b(pc))) {
            *place = value;
        }
        (pc.add(1), base)
    }

    #[cold]
    fn undefined_global(pc, base, vm) {
        let name = (&(*vm).global_names)[wide(pc) as u32 as usize].clone();
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
        let result = ops::cast(&mut (*vm).rt, language_of(vm), KINDS[b(pc) & 7], get(base, a(pc)));
        (*vm).deliver(result, a(pc) as u32, pc, pc.add(1), base)
    }

    #[cold]
    fn cast_move_failed(pc, base, vm) {
        let result = ops::cast(&mut (*vm).rt, language_of(vm), KINDS[c(pc) & 7], get(base, b(pc)));
        (*vm).deliver(result, a(pc) as u32, pc, pc.add(1), base)
    }

    #[cold]
    fn cast_record_failed(pc, base, vm) {
        let language = (*vm).rt.language((*vm).language_index());
        let e = language.cast_failed(&mut (*vm).rt, record_type(*pc.add(1)), get(base, a(pc)));
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
        (*vm).rt.heap.update_list(get(base, a(pc)), |l| l.extend_from_slice(items));
        (*vm).safepoint(pc, pc.add(1), base)
    }

    fn list_extend(pc, base, vm) {
        let from = get(base, b(pc));
        match (*vm).rt.heap.items(from).cloned() {
            Some(items) => {
                for &i in &items {
                    (*vm).rt.heap.share(i);
                }
                (*vm).rt.heap.update_list(get(base, a(pc)), |l| l.extend_from_slice(&items));
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
        let target = get(base, a(pc));
        let mut map = (*vm).rt.heap.update_map(target, core::mem::take).unwrap_or_default();
        let result = put_all(vm, &mut map, pairs).map(|map| {
            (*vm).rt.heap.update_map(target, |m| *m = map);
        });
        done(vm, result, pc, 1, base)
    }

    fn map_spread(pc, base, vm) {
        let from = get(base, b(pc));
        let entries: Option<Vec<(Value, Value)>> = (*vm).rt.heap.entries(from).map(|m| m.iter().collect());
        let result = match entries {
            Some(entries) => {
                let heap = &mut (*vm).rt.heap;
                for (k, v) in entries {
                    heap.share(v);
                    let key = heap.key(k);
                    heap.update_map(get(base, a(pc)), |m| m.insert(key, v));
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

    /// A record whose fields are written in another order than the layout's.
    fn record_permuted(pc, base, vm) {
        let values = core::slice::from_raw_parts(reg(base, b(pc)), c(pc));
        let word = *pc.add(1);
        let v = (*vm).rt.heap.record(ShapeId(word as u32), values);
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

    /// Behind an allocating instruction of two words, when the heap wants a collection.
    #[cold]
    fn collect_behind(pc, base, vm) {
        (*vm).safepoint(pc, pc.add(2), base)
    }

    fn index_slow(pc, base, vm) {
        if let Some(v) = ops::index_inline(&(*vm).rt.heap, get(base, b(pc)), get(base, c(pc))) {
            reg(base, a(pc)).write(v);
            return (behind(pc.add(1)), base);
        }
        let language = language_of(vm);
        let result = ops::index(&mut (*vm).rt, language, get(base, b(pc)), get(base, c(pc)));
        (*vm).deliver(result, a(pc) as u32, pc, behind(pc.add(1)), base)
    }

    fn set_index_slow(pc, base, vm) {
        store_index(vm, get(base, a(pc)), pc, base)
    }

    fn index_cast_slow(pc, base, vm) {
        index_typed(vm, KINDS[*pc.add(1) as usize & 7], pc, base)
    }

    fn index_record_slow(pc, base, vm) {
        index_typed(vm, record_type(*pc.add(1)), pc, base)
    }

    fn set_index_own_slow(pc, base, vm) {
        store_index(vm, unshared(vm, reg(base, a(pc))), pc, base)
    }

    #[cold]
    fn set_field_own_slow(pc, base, vm) {
        store_field(vm, unshared(vm, reg(base, a(pc))), pc, base)
    }

    #[cold]
    fn field_slow(pc, base, vm) {
        let v = get(base, b(pc));
        let name = Symbol(*pc.add(2) as u32);
        remember(vm, pc, v, name);
        let language = language_of(vm);
        let result = ops::field(&mut (*vm).rt, language, v, name);
        (*vm).deliver(result, a(pc) as u32, pc, behind(pc.add(3)), base)
    }

    #[cold]
    fn set_field_slow(pc, base, vm) {
        store_field(vm, get(base, a(pc)), pc, base)
    }

    fn own_copy(pc, base, vm) {
        let r = reg(base, b(pc));
        let v = (*vm).rt.heap.copy_container(*r);
        r.write(v);
        reg(base, a(pc)).write(v);
        (*vm).safepoint(pc, pc.add(1), base)
    }

    fn own_capture_copy(pc, base, vm) {
        let cell = Heap::capture_ptr((*(*vm).frame).closure, b(pc));
        let v = (*vm).rt.heap.copy_container(*cell);
        cell.write(v);
        reg(base, a(pc)).write(v);
        (*vm).safepoint(pc, pc.add(1), base)
    }

    fn own_global_copy(pc, base, vm) {
        let g = (*vm).globals_ptr.add(wide(pc) as u32 as usize);
        let v = (*vm).rt.heap.copy_container(*g);
        g.write(v);
        reg(base, a(pc)).write(v);
        (*vm).safepoint(pc, pc.add(1), base)
    }

    fn own_index_slow(pc, base, vm) {
        let (container, key) = (get(base, b(pc)), get(base, c(pc)));
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

    fn own_field_slow(pc, base, vm) {
        let language = language_of(vm);
        let container = get(base, b(pc));
        let name = Symbol(*pc.add(2) as u32);
        remember(vm, pc, container, name);
        let result = ops::field(&mut (*vm).rt, language, container, name).and_then(|v| {
            let own = (*vm).rt.heap.unshare(v);
            if !own.is_identical(v) {
                ops::set_field(&mut (*vm).rt, language, container, name, own)?;
            }
            Ok(own)
        });
        (*vm).deliver(result, a(pc) as u32, pc, pc.add(3), base)
    }
}

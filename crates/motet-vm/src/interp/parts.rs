//! Handlers of fields by number in records of any class, and of cells.
#![allow(unsafe_code)]

use motet_runtime::{Control, Heap, Tag, Value, ops};

use super::{
    Handler, a, acc, b, behind, c, copy,
    data::{language_of, scratch},
    get, handlers, load, next, outlined, reg, slow, tag,
};
use crate::Vm;

handlers! {
    fn part(pc, base, vm, t) {
        let r = reg(base, b(pc));
        if tag(r) == Tag::Record && let Some(field) = Heap::part_ptr(*r, c(pc)) {
            let payload = load(reg(base, a(pc)), field);
            next!(pc.add(1), base, vm, acc(t, payload))
        }
        slow!(part_slow, pc, base, vm, t)
    }

    fn set_part(pc, base, vm, t) {
        let r = reg(base, a(pc));
        if tag(r) == Tag::Record
            && !(*vm).rt.classes.has_types(Heap::shape_unchecked(*r))
            && let Some(field) = Heap::part_ptr(*r, b(pc))
        {
            copy(field, reg(base, c(pc)));
            next!(pc.add(1), base, vm, t)
        }
        slow!(set_part_slow, pc, base, vm, t)
    }

    fn cell_get(pc, base, vm, t) {
        let cell = reg(base, b(pc));
        if tag(cell) != Tag::Cell {
            slow!(no_cell, pc, base, vm, t);
        }
        let payload = load(reg(base, a(pc)), Heap::cell_ptr(*cell));
        next!(pc.add(1), base, vm, acc(t, payload))
    }

    fn cell_set(pc, base, vm, t) {
        let cell = reg(base, a(pc));
        if tag(cell) != Tag::Cell {
            slow!(no_cell, pc, base, vm, t);
        }
        copy(Heap::cell_ptr(*cell), reg(base, b(pc)));
        next!(pc.add(1), base, vm, t)
    }
}

outlined! {
    #[cold]
    fn part_slow(pc, base, vm) {
        let language = language_of(vm);
        let result = ops::part(&mut (*vm).rt, language, get(base, b(pc)), c(pc) as u32);
        (*vm).deliver(result, a(pc) as u32, pc, behind(pc.add(1)), base)
    }

    #[cold]
    fn set_part_slow(pc, base, vm) {
        let language = language_of(vm);
        let result = ops::set_part(&mut (*vm).rt, language, get(base, a(pc)), b(pc) as u32, get(base, c(pc)));
        (*vm).deliver(result, scratch(vm), pc, pc.add(1), base)
    }

    #[cold]
    fn no_cell(pc, base, vm) {
        (*vm).throw(pc, base, Control::error("internal error: not a cell"))
    }

    fn cell_new(pc, base, vm) {
        let v = (*vm).rt.heap.new_cell(get(base, b(pc)));
        reg(base, a(pc)).write(v);
        (*vm).safepoint(pc, pc.add(1), base)
    }
}

//! Handlers of jumps, returns, raising, iteration, entries.
#![allow(unsafe_code)]

use motet_runtime::{Control, Tag, Value};

use super::{
    Handler, a, b, bits, c, copy, data::fits, get, handlers, imm, imm_b, keep_branch, next, outlined, reg, slow, tag,
    wide,
};
use crate::{Vm, stack::Frame};

/// Sameness: identity decides most cases; texts and floats are compared.
#[inline(always)]
unsafe fn same(vm: *mut Vm, x: Value, y: Value) -> bool {
    match x.tag() {
        // SAFETY: as for handlers.
        Tag::Str | Tag::Float => motet_runtime::ops::same(unsafe { &(*vm).rt.heap }, x, y),
        _ => x.is_identical(y),
    }
}

handlers! {
    fn halt(pc, base, vm, _t) {
        (*vm).pc = pc;
        (*vm).base = base;
    }

    #[cold]
    fn fiber_end(_pc, _base, vm, t) {
        let (pc, base) = (*vm).fiber_end();
        next!(pc, base, vm, t)
    }

    fn jump(pc, base, vm, t) {
        next!(pc.offset(wide(pc) as isize), base, vm, t)
    }

    fn loop_(pc, base, vm, t) {
        (*vm).budget -= 1;
        if (*vm).budget < 0 {
            slow!(poll_again, pc, base, vm, t);
        }
        next!(pc.offset(wide(pc) as isize), base, vm, t)
    }

    fn jump_if(pc, base, vm, t) {
        if bits(reg(base, a(pc))) != 0 {
            keep_branch();
            next!(pc.offset(wide(pc) as isize), base, vm, t)
        }
        next!(pc.add(1), base, vm, t)
    }

    fn jump_unless(pc, base, vm, t) {
        if bits(reg(base, a(pc))) == 0 {
            keep_branch();
            next!(pc.offset(wide(pc) as isize), base, vm, t)
        }
        next!(pc.add(1), base, vm, t)
    }

    fn jump_unless_bool(pc, base, vm, t) {
        if tag(reg(base, a(pc))) != Tag::Bool {
            next!(pc.offset(wide(pc) as isize), base, vm, t)
        }
        next!(pc.add(1), base, vm, t)
    }

    fn choose(pc, base, vm, t) {
        let r = reg(base, a(pc));
        if tag(r) == Tag::Bool {
            if bits(r) != 0 {
                keep_branch();
                next!(pc.add(1), base, vm, t)
            }
            next!(pc.offset(imm_b(pc) as isize), base, vm, t)
        }
        next!(pc.offset(imm(pc) as isize), base, vm, t)
    }

    fn choose_not(pc, base, vm, t) {
        let r = reg(base, a(pc));
        if tag(r) == Tag::Bool {
            if bits(r) == 0 {
                keep_branch();
                next!(pc.add(1), base, vm, t)
            }
            next!(pc.offset(imm_b(pc) as isize), base, vm, t)
        }
        next!(pc.offset(imm(pc) as isize), base, vm, t)
    }

    fn jtype(pc, base, vm, t) {
        if fits(tag(reg(base, a(pc))), b(pc)) {
            keep_branch();
            next!(pc.offset(imm(pc) as isize), base, vm, t)
        }
        next!(pc.add(1), base, vm, t)
    }

    fn jtype_not(pc, base, vm, t) {
        if fits(tag(reg(base, a(pc))), b(pc)) {
            keep_branch();
            next!(pc.add(1), base, vm, t)
        }
        next!(pc.offset(imm(pc) as isize), base, vm, t)
    }

    fn jump_nil(pc, base, vm, t) {
        if tag(reg(base, a(pc))) == Tag::Nil {
            keep_branch();
            next!(pc.offset(wide(pc) as isize), base, vm, t)
        }
        next!(pc.add(1), base, vm, t)
    }

    fn jump_not_nil(pc, base, vm, t) {
        if tag(reg(base, a(pc))) != Tag::Nil {
            keep_branch();
            next!(pc.offset(wide(pc) as isize), base, vm, t)
        }
        next!(pc.add(1), base, vm, t)
    }

    fn jsame(pc, base, vm, t) {
        if same(vm, get(base, a(pc)), get(base, b(pc))) {
            keep_branch();
            next!(pc.offset(imm(pc) as isize), base, vm, t)
        }
        next!(pc.add(1), base, vm, t)
    }

    fn jsame_not(pc, base, vm, t) {
        if same(vm, get(base, a(pc)), get(base, b(pc))) {
            keep_branch();
            next!(pc.add(1), base, vm, t)
        }
        next!(pc.offset(imm(pc) as isize), base, vm, t)
    }

    fn jump_truthy(pc, base, vm, t) {
        let r = reg(base, a(pc));
        if tag(r) != Tag::Bool {
            slow!(jump_truthy_slow, pc, base, vm, t);
        }
        if bits(r) != 0 {
            keep_branch();
            next!(pc.offset(wide(pc) as isize), base, vm, t)
        }
        next!(pc.add(1), base, vm, t)
    }

    #[cold]
    #[inline(never)]
    fn jump_truthy_slow(pc, base, vm, t) {
        let truth = (*vm).truth(get(base, a(pc)));
        let next = if truth { pc.offset(wide(pc) as isize) } else { pc.add(1) };
        next!(next, base, vm, t)
    }

    fn jump_falsy(pc, base, vm, t) {
        let r = reg(base, a(pc));
        if tag(r) != Tag::Bool {
            slow!(jump_falsy_slow, pc, base, vm, t);
        }
        if bits(r) == 0 {
            keep_branch();
            next!(pc.offset(wide(pc) as isize), base, vm, t)
        }
        next!(pc.add(1), base, vm, t)
    }

    #[cold]
    #[inline(never)]
    fn jump_falsy_slow(pc, base, vm, t) {
        let truth = (*vm).truth(get(base, a(pc)));
        let next = if truth { pc.add(1) } else { pc.offset(wide(pc) as isize) };
        next!(next, base, vm, t)
    }

    fn return_(pc, base, vm, t) {
        let frame: *mut Frame = (*vm).frame;
        (*vm).frame = frame.sub(1);
        let ret_base = (*frame).ret_base;
        copy(ret_base.byte_add((*frame).dst as usize * 8), reg(base, a(pc)));
        next!((*frame).ret_pc, ret_base, vm, t)
    }

    fn range_start(pc, base, vm, t) {
        let state = reg(base, a(pc));
        let (first, end) = (bits(state) as i64, bits(state.add(1)) as i64);
        let inclusive = c(pc) != 0;
        if first < end || (inclusive && first == end) {
            let last = if inclusive { end } else { end - 1 };
            state.add(1).write(Value::int(last));
            reg(base, b(pc)).write(Value::int(first));
            next!(pc.add(2), base, vm, t)
        }
        next!(pc.offset(*pc.add(1) as i64 as isize), base, vm, t)
    }

    fn range_next(pc, base, vm, t) {
        let state = reg(base, a(pc));
        let current = bits(state) as i64;
        if current < bits(state.add(1)) as i64 {
            (*vm).budget -= 1;
            if (*vm).budget < 0 {
                slow!(poll_again, pc, base, vm, t);
            }
            state.write(Value::int(current + 1));
            reg(base, b(pc)).write(Value::int(current + 1));
            next!(pc.offset(imm(pc) as isize), base, vm, t)
        }
        next!(pc.add(1), base, vm, t)
    }

    fn iter_start(pc, base, vm, t) {
        let v = get(base, b(pc));
        let state = reg(base, a(pc));
        state.add(1).write(Value::int(0));
        if matches!(v.tag(), Tag::Int | Tag::List) {
            state.write(v);
            next!(pc.add(1), base, vm, t)
        }
        slow!(iter_start_slow, pc, base, vm, t)
    }

    fn iter_next(pc, base, vm, t) {
        let state = reg(base, a(pc));
        (*vm).budget -= 1;
        if (*vm).budget < 0 {
            slow!(poll_again, pc, base, vm, t);
        }
        let at = bits(state.add(1)) as usize;
        if tag(state) == Tag::List {
            if let Some(items) = (*vm).rt.heap.items(*state)
                && at < items.len()
            {
                copy(reg(base, b(pc)), items.as_ptr().add(at).cast_mut());
                state.add(1).write(Value::int(at as i64 + 1));
                next!(pc.offset(imm(pc) as isize), base, vm, t)
            }
            next!(pc.add(1), base, vm, t)
        }
        if tag(state) == Tag::Int {
            if (at as i64) < bits(state) as i64 {
                reg(base, b(pc)).write(Value::int(at as i64));
                state.add(1).write(Value::int(at as i64 + 1));
                next!(pc.offset(imm(pc) as isize), base, vm, t)
            }
            next!(pc.add(1), base, vm, t)
        }
        if tag(state) == Tag::Foreign {
            slow!(iter_next_fiber, pc, base, vm, t);
        }
        slow!(iter_next_slow, pc, base, vm, t)
    }

}

outlined! {
    #[cold]
    fn translate(pc, base, vm) {
        let func = (*(*vm).frame).func;
        let done = (*vm).translate(func).and_then(|()| {
            let regs = (&(*vm).codes)[func as usize].regs as usize;
            (*vm).make_room(base, regs, func)
        });
        match done {
            Ok(delta) => ((&(*vm).codes)[func as usize].entry, base.wrapping_byte_offset(delta)),
            Err(e) => (*vm).throw(pc, base, e),
        }
    }

    #[cold]
    fn enter_generator(pc, base, vm) {
        (*vm).enter_generator(pc, base)
    }

    #[cold]
    fn enter_async(pc, base, vm) {
        (*vm).enter_async(pc, base)
    }

    #[cold]
    fn async_end(_pc, _base, vm) {
        (*vm).async_end()
    }

    /// Looks at the limits and lets other tasks run, then runs the same instruction again.
    #[cold]
    fn poll_again(pc, base, vm) {
        match (*vm).poll() {
            Ok(()) => (*vm).give_way(pc, base),
            Err(e) => (*vm).limit_reached(pc, base, e),
        }
    }

    #[cold]
    fn raise(pc, base, vm) {
        let v = get(base, a(pc));
        (*vm).throw(pc, base, Control::Raise(v))
    }

    #[cold]
    fn raise_error(pc, base, vm) {
        let k = wide(pc) as u32 as usize;
        let message = (*vm).rt.heap.text((&(*vm).consts)[k]).unwrap_or_default();
        (*vm).throw(pc, base, Control::error(message))
    }

    fn yield_(pc, base, vm) {
        let value = get(base, b(pc));
        (*vm).yield_value(value, a(pc) as u32, pc.add(1), base)
    }

    fn await_(pc, base, vm) {
        let language = (*vm).rt.language((*vm).language_index());
        let result = language.wait(&mut (*vm).rt, get(base, b(pc)));
        (*vm).deliver(result, a(pc) as u32, pc, pc.add(1), base)
    }

    #[cold]
    fn iter_start_slow(pc, base, vm) {
        let language = (*vm).rt.language((*vm).language_index());
        let v = get(base, b(pc));
        let result = language.iterate(&mut (*vm).rt, v);
        (*vm).deliver(result, a(pc) as u32, pc, pc.add(1), base)
    }

    fn iter_next_fiber(pc, base, vm) {
        (*vm).resume_fiber(get(base, a(pc)), pc, base)
    }

    fn iter_next_slow(pc, base, vm) {
        let state = reg(base, a(pc));
        let at = bits(state.add(1)) as usize;
        let heap = &mut (*vm).rt.heap;
        let found = match tag(state) {
            Tag::Str => {
                let text = heap.text(*state).unwrap_or_default();
                text.get(at..).and_then(|rest| rest.chars().next()).map(|ch| {
                    let mut buffer = [0; 4];
                    let piece = alloc::string::String::from(ch.encode_utf8(&mut buffer));
                    (heap.string(piece), at + ch.len_utf8())
                })
            }
            Tag::Map => heap.entries(*state).and_then(|m| m.next_from(at)).map(|(k, _, next)| (k, next)),
            _ => None,
        };
        let (pc, base) = match found {
            Some((v, after)) => {
                reg(base, b(pc)).write(v);
                state.add(1).write(Value::int(after as i64));
                (*vm).safepoint(pc, pc.offset(imm(pc) as isize), base)
            }
            None => (pc.add(1), base),
        };
        (pc, base)
    }
}

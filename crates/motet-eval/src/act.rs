//! What a node does once its operands are on the stack.

use alloc::string::String;

use motet_ir::{Family, UnOp};
use motet_runtime::{BinOp, Control, Key, NativeResult, Tag, Trap, Value, ops};

use crate::{
    Evaluator,
    evaluator::{Next, Walk},
    stack::AFTER,
    tree::{Code, Fold, Node, NodeIdx, Op},
};

/// Waits for the end of an assignment, whose value is `nil`.
const DISCARD: u32 = 0;
/// Step width of waits for a map key: `operands done * KEYS + 1 + number of the pair`.
const KEYS: u32 = 128;

impl Evaluator {
    /// Takes the operands off the stack and acts.
    pub(crate) fn act(&mut self, n: NodeIdx, node: &Node) -> Walk {
        self.at = n;
        match &node.op {
            Op::SetLocal(_)
            | Op::SetCapture(_)
            | Op::SetGlobal(_)
            | Op::CellSet
            | Op::SetIndex
            | Op::SetField(_)
            | Op::SetSlot(_)
            | Op::SetPart(_) => self.assign(n, node),
            Op::SetPlace(..) => self.set_place(n, node),
            Op::Call(_) | Op::CallValue(_) | Op::CallNative(..) | Op::Send(..) | Op::SendFrom(_) => self.act_call(node),
            Op::Return => {
                let v = self.stack.pop();
                Ok(self.leave(v))
            }
            Op::Raise => Err(Control::Raise(self.stack.pop())),
            Op::Yield => {
                let v = self.stack.pop();
                self.yield_value(v)
            }
            _ => self.compute(node).map(Next::Give),
        }
    }

    /// Nodes that compute a value without control effects.
    fn compute(&mut self, node: &Node) -> NativeResult {
        match &node.op {
            Op::Binary(family, op) => {
                let b = self.stack.pop();
                let a = self.stack.pop();
                self.binary(*family, *op, a, b)
            }
            Op::List | Op::Map => Ok(self.stack.pop()),
            Op::Concat => self.concat(node.kids.len()),
            Op::Record(shape, slots) => {
                let mut fields = self.stack.take(node.kids.len());
                if let Some(slots) = slots {
                    let given = fields.clone();
                    for (&slot, v) in slots.iter().zip(given) {
                        fields[slot as usize] = v;
                    }
                }
                Ok(self.rt.heap.record(*shape, &fields))
            }
            Op::Closure(func) => {
                let cells = self.stack.take(node.kids.len());
                Ok(self.rt.heap.closure(*func, &cells))
            }
            Op::SharePart => {
                let part = self.stack.pop();
                let container = self.stack.pop();
                if self.rt.heap.is_shared(container) {
                    self.rt.heap.share(part);
                }
                Ok(part)
            }
            Op::Index => {
                let index = self.stack.pop();
                let base = self.stack.pop();
                let language = self.language();
                ops::index(&mut self.rt, language, base, index)
            }
            _ => {
                let a = self.stack.pop();
                self.compute_unary(&node.op, a)
            }
        }
    }

    fn compute_unary(&mut self, op: &Op, a: Value) -> NativeResult {
        let language = self.language();
        match op {
            Op::IsUnset => Ok(Value::bool(a.is_unset())),
            Op::CheckSet(name) if a.is_unset() => Err(self.undefined(name)),
            Op::Unary(family, op) => self.unary(*family, *op, a),
            Op::Truthy => Ok(Value::bool(ops::truthy(&self.rt, language, a))),
            Op::IsNil => Ok(Value::bool(a.is_nil())),
            Op::IsClass(tag) => Ok(Value::bool(ops::is_type(&self.rt, a, *tag))),
            Op::IsType(tag) => Ok(Value::bool(ops::passes_cast(&self.rt, a, *tag))),
            Op::Cast(tag) => ops::cast(&mut self.rt, language, *tag, a),
            Op::Share => {
                self.rt.heap.share(a);
                Ok(a)
            }
            Op::NewCell => Ok(self.rt.heap.new_cell(a)),
            Op::CellGet => self.rt.heap.cell_get(a).ok_or_else(not_a_cell),
            Op::Field(name) => ops::field(&mut self.rt, language, a, *name),
            Op::Part(number) => ops::part(&mut self.rt, language, a, *number),
            Op::Slot(slot) => {
                let field = self.rt.heap.fields(a).and_then(|f| f.get(*slot as usize)).copied();
                field.ok_or(Control::Trap(Trap::Corrupt))
            }
            Op::Await => self.rt.language(language).wait(&mut self.rt, a),
            // `Pass`, and checks that succeeded.
            _ => Ok(a),
        }
    }

    // ---- operators

    fn binary(&mut self, family: Family, op: BinOp, a: Value, b: Value) -> NativeResult {
        let language = self.language();
        let inline = match family {
            Family::Dyn | Family::Grow => {
                if a.tag() == Tag::Str && b.tag() == Tag::Str && op == BinOp::Add {
                    self.reserve_joined(a, b)?;
                }
                return ops::binary(&mut self.rt, language, op, a, b);
            }
            Family::Int => ops::int_wrapping(op, int(a), int(b)),
            Family::IntChecked => ops::int_checked(op, int(a), int(b)),
            Family::Float => ops::float_ieee(op, float(a), float(b)),
            Family::Str => {
                debug_assert!(a.tag() == Tag::Str && b.tag() == Tag::Str);
                if op == BinOp::Add {
                    self.reserve_joined(a, b)?;
                }
                ops::string(&mut self.rt.heap, op, a, b)
            }
            Family::Same | Family::Bool => {
                let same = ops::same(&self.rt.heap, a, b);
                Some(Value::bool(same == (op == BinOp::Eq)))
            }
        };
        match inline {
            Some(v) => Ok(v),
            None => self.rt.language(language).binary(&mut self.rt, op, a, b),
        }
    }

    /// Fails instead of joining texts that would exceed the heap.
    fn reserve_joined(&self, a: Value, b: Value) -> Result<(), Control> {
        let heap = &self.rt.heap;
        let len = |v| heap.text(v).map_or(0, str::len);
        let joined = len(a).saturating_add(len(b));
        if joined > 1 << 16 && joined > heap.limit().saturating_sub(heap.bytes()) {
            return Err(motet_runtime::out_of_memory());
        }
        Ok(())
    }

    fn unary(&mut self, family: Family, op: UnOp, a: Value) -> NativeResult {
        let op = match (family, op) {
            (_, UnOp::ToFloat) => return Ok(Value::float(int(a) as f64)),
            (Family::Int, UnOp::Neg) => return Ok(Value::int(int(a).wrapping_neg())),
            (Family::Float, UnOp::Neg) => return Ok(Value::float(-float(a))),
            (_, UnOp::ToInt) => return Ok(Value::int(float(a) as i64)),
            (_, UnOp::ToFloat32) => return Ok(Value::float(f64::from(float(a) as f32))),
            (_, UnOp::Neg) => ops::UnOp::Neg,
            (_, UnOp::Not) => ops::UnOp::Not,
            (_, UnOp::BitNot) => ops::UnOp::BitNot,
        };
        let language = self.language();
        ops::unary(&mut self.rt, language, op, a)
    }

    fn concat(&mut self, n: usize) -> NativeResult {
        let parts = self.stack.take(n);
        let language = self.rt.language(self.language());
        let mut text = String::new();
        for v in parts {
            match self.rt.heap.text(v) {
                Some(s) => text.push_str(s),
                None => language.display(&self.rt, v, &mut text),
            }
            if text.len() > 1 << 16 && text.len() > self.rt.heap.limit().saturating_sub(self.rt.heap.bytes()) {
                return Err(motet_runtime::out_of_memory());
            }
        }
        Ok(self.rt.heap.string(text))
    }

    // ---- assignments

    fn assign(&mut self, n: NodeIdx, node: &Node) -> Walk {
        let value = self.stack.pop();
        let language = self.language();
        match node.op {
            Op::SetLocal(l) => self.set_local(l, value),
            Op::SetCapture(c) => self.set_capture(c, value),
            Op::SetGlobal(g) => self.globals[g as usize] = value,
            Op::CellSet => {
                let cell = self.stack.pop();
                if !self.rt.heap.cell_set(cell, value) {
                    return Err(not_a_cell());
                }
            }
            Op::SetSlot(slot) => {
                let base = self.stack.pop();
                match self.rt.heap.fields_mut(base).and_then(|f| f.get_mut(slot as usize)) {
                    Some(field) => *field = value,
                    None => return Err(Control::Trap(Trap::Corrupt)),
                }
            }
            Op::SetPart(number) => {
                let base = self.stack.pop();
                let result = ops::set_part(&mut self.rt, language, base, number, value);
                self.or_wait(result, n, DISCARD)?;
            }
            Op::SetField(name) => {
                let base = self.stack.pop();
                let result = ops::set_field(&mut self.rt, language, base, name, value);
                self.or_wait(result, n, DISCARD)?;
            }
            _ => {
                let index = self.stack.pop();
                let base = self.stack.pop();
                let result = ops::set_index(&mut self.rt, language, base, index, value);
                self.or_wait(result, n, DISCARD)?;
            }
        }
        Ok(Next::Give(Value::NIL))
    }

    // ---- calls

    fn act_call(&mut self, node: &Node) -> Walk {
        match node.op {
            Op::Call(func) => {
                let argc = node.kids.len();
                let bottom = self.stack.values.len() - argc;
                let Some(code) = self.codes.get(func.0 as usize).cloned() else {
                    return Err(Control::Trap(Trap::Corrupt));
                };
                self.call(code, Value::NIL, argc, bottom)
            }
            Op::CallValue(listed) => {
                let argc = if listed { self.spread_args() } else { node.kids.len() - 1 };
                let bottom = self.stack.values.len() - argc - 1;
                self.call_value(self.stack.values[bottom], argc, bottom)
            }
            Op::CallNative(native, result, listed) => {
                let argc = if listed { self.spread_args() } else { node.kids.len() };
                let bottom = self.stack.values.len() - argc;
                match self.call_native(native, argc, bottom) {
                    // A native function of declared result type cannot let somebody else make the result.
                    Err(Control::Call(_) | Control::Load(_)) if result.is_some() => Err(Control::Trap(Trap::Corrupt)),
                    Err(Control::Task(request)) if result.is_some_and(|want| !request.fits(want)) => {
                        Err(Control::Trap(Trap::Corrupt))
                    }
                    Err(request @ Control::Task(_)) if result.is_some() => {
                        self.stack.wait(self.at, AFTER);
                        Err(request)
                    }
                    v => self.check_result(v?, result),
                }
            }
            Op::Send(name, listed) => {
                let argc = if listed { self.spread_args() } else { node.kids.len() - 1 };
                let args = self.stack.take(argc);
                let receiver = self.stack.pop();
                let language = self.rt.language(self.language());
                let v = language.send(&mut self.rt, receiver, name, &args)?;
                self.rooted(v).map(Next::Give)
            }
            Op::SendFrom(name) => {
                let args = self.stack.take(node.kids.len() - 1);
                let start = self.stack.pop();
                let language = self.rt.language(self.language());
                let v = language.send_from(&mut self.rt, start, name, &args)?;
                self.rooted(v).map(Next::Give)
            }
            _ => Err(Control::Trap(Trap::Corrupt)),
        }
    }

    // ---- waits

    /// A call that an operation asked for has returned `v`.
    pub(crate) fn after(&mut self, code: &Code, n: NodeIdx, node: &Node, step: u32, v: Value) -> Walk {
        match node.op {
            Op::SetPlace(..) => self.place_step(n, node, step, v),
            Op::CallNative(_, result, _) => self.check_result(v, result),
            Op::SetIndex | Op::SetField(_) | Op::SetPart(_) => Ok(Next::Give(Value::NIL)),
            _ => {
                // A map key: the operand before `done` ended the run of pairs.
                let (done, pair) = ((step - AFTER) / KEYS, (step - AFTER) % KEYS - 1);
                let done = done as usize;
                if let Some(Fold::Map(pairs) | Fold::Put(pairs)) = done.checked_sub(1).and_then(|i| node.folds.get(i)) {
                    let first = self.stack.values.len() - 2 * *pairs as usize;
                    self.stack.values[first + 2 * pair as usize] = v;
                    self.put_pairs(n, node.folds[done - 1], done, pair as usize + 1)?;
                }
                self.operands(code, n, node, done)
            }
        }
    }

    // ---- constructors

    /// Performs the fold after operand number `done - 1`.
    pub(crate) fn apply_fold(&mut self, n: NodeIdx, fold: Fold, done: usize) -> Result<(), Control> {
        match fold {
            Fold::Keep => Ok(()),
            Fold::List(count) => {
                let items = self.stack.take(count as usize);
                let list = self.rt.heap.list(items);
                self.stack.push(list);
                Ok(())
            }
            Fold::Append(count) => {
                let items = self.stack.take(count as usize);
                self.extend_top(&items);
                Ok(())
            }
            Fold::Extend => {
                let spread = self.stack.pop();
                let Some(items) = self.rt.heap.items(spread).cloned() else {
                    return Err(self.bad_spread(spread, false));
                };
                self.rt.charge(items.len())?;
                self.extend_top(&items);
                Ok(())
            }
            Fold::Map(_) | Fold::Put(_) => self.put_pairs(n, fold, done, 0),
            Fold::PutAll => {
                let spread = self.stack.pop();
                let Some(entries) = self.rt.heap.entries(spread) else { return Err(self.bad_spread(spread, true)) };
                let entries: alloc::vec::Vec<(Key, Value)> =
                    entries.iter().map(|(k, v)| (self.rt.heap.key(k), v)).collect();
                self.rt.charge(entries.len())?;
                self.put_top(&entries);
                Ok(())
            }
        }
    }

    fn bad_spread(&mut self, v: Value, map: bool) -> Control {
        let language = self.rt.language(self.language());
        language.bad_spread(&mut self.rt, v, map)
    }

    fn extend_top(&mut self, items: &[Value]) {
        if let Some(&list) = self.stack.values.last() {
            self.rt.heap.update_list(list, |l| l.extend_from_slice(items));
        }
    }

    fn put_top(&mut self, entries: &[(Key, Value)]) {
        if let Some(&map) = self.stack.values.last() {
            self.rt.heap.update_map(map, |m| {
                for &(key, value) in entries {
                    m.insert(key, value);
                }
            });
        }
    }

    /// Asks the language for the keys of the pairs on top, from number `from` on, then puts them all.
    fn put_pairs(&mut self, n: NodeIdx, fold: Fold, done: usize, from: usize) -> Result<(), Control> {
        let (Fold::Map(pairs) | Fold::Put(pairs)) = fold else { return Ok(()) };
        let first = self.stack.values.len() - 2 * pairs as usize;
        let language = self.rt.language(self.language());
        for i in from..pairs as usize {
            let key = language.map_key(&mut self.rt, self.stack.values[first + 2 * i]);
            let key = self.or_wait(key, n, done as u32 * KEYS + 1 + i as u32)?;
            self.stack.values[first + 2 * i] = key;
        }
        let pairs = self.stack.take(2 * pairs as usize);
        if matches!(fold, Fold::Map(_)) {
            let map = self.rt.heap.map(Default::default());
            self.stack.push(map);
        }
        let entries: alloc::vec::Vec<(Key, Value)> =
            pairs.chunks_exact(2).map(|pair| (self.rt.heap.key(pair[0]), pair[1])).collect();
        self.put_top(&entries);
        Ok(())
    }
}

/// An integer operand, as the checker proved.
fn int(v: Value) -> i64 {
    debug_assert!(v.tag() == Tag::Int);
    v.bits() as i64
}

/// A float operand, as the checker proved.
fn float(v: Value) -> f64 {
    debug_assert!(v.tag() == Tag::Float);
    f64::from_bits(v.bits())
}

#[cold]
fn not_a_cell() -> Control {
    Control::error("internal error: a captured variable has no cell")
}

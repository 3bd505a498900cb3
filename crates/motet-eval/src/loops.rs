//! Loops and handlers: entering, turning, leaving.
//!
//! State of a loop on the operand stack, below what its body pushes: a
//! counting loop keeps current value and bound, an iteration keeps what it
//! iterates and a position in it.

use motet_runtime::{Control, Fiber, Tag, Trap, Value};

use crate::{
    Evaluator,
    evaluator::{Next, Walk},
    stack::{AFTER, Resumer, Scope, Stack, Suspended},
    tree::{Code, Node, NodeIdx, Op},
};

/// Waits for the condition.
const COND: u32 = AFTER;
/// Waits for the body.
const BODY: u32 = AFTER + 1;
/// Waits for the step.
const STEP: u32 = AFTER + 2;
/// Waits for what the language makes of an iterable.
const ITERABLE: u32 = AFTER + 3;
/// Waits for a generator's next value.
const ELEMENT: u32 = AFTER + 4;

impl Evaluator {
    fn enter_scope(&mut self, n: NodeIdx) {
        let scope = Scope { node: n, work: self.stack.work.len(), values: self.stack.values.len() };
        self.stack.scopes.push(scope);
    }

    /// Leaves the innermost scope, whose loop keeps `state` values; the loop's value is `nil`.
    fn leave_scope(&mut self, op: &Op) -> Next {
        if let Some(scope) = self.stack.scopes.pop() {
            self.stack.work.truncate(scope.work);
            self.stack.values.truncate(scope.values - state(op));
        }
        Next::Give(Value::NIL)
    }

    /// Safepoint and limits, whenever a loop goes back to its start: before each turn but the first of a counting
    /// or endless loop, and before each look at an iteration.
    fn turn(&mut self) -> Result<(), Control> {
        self.unit()?;
        self.collect_if_wanted()
    }

    // ---- jumps

    /// Makes the loop `target` the innermost scope.
    fn unwind_to(&mut self, target: NodeIdx) {
        while let Some(scope) = self.stack.scopes.last() {
            if scope.node == target {
                self.stack.work.truncate(scope.work);
                self.stack.values.truncate(scope.values);
                return;
            }
            self.stack.scopes.pop();
        }
    }

    pub(crate) fn break_to(&mut self, code: &Code, target: NodeIdx) -> Next {
        self.unwind_to(target);
        self.leave_scope(&code.node(target).op)
    }

    pub(crate) fn continue_to(&mut self, code: &Code, target: NodeIdx) -> Walk {
        self.unwind_to(target);
        self.at = target;
        self.loop_step(code, target, code.node(target), BODY, Value::NIL)
    }

    // ---- `try`

    pub(crate) fn start_try(&mut self, n: NodeIdx, node: &Node) -> Walk {
        self.enter_scope(n);
        self.stack.wait(n, AFTER);
        Ok(Next::Eval(node.kids[0]))
    }

    // ---- loops

    /// The value for which a loop waited has come.
    pub(crate) fn loop_step(&mut self, code: &Code, n: NodeIdx, node: &Node, step: u32, v: Value) -> Walk {
        match (&node.op, step) {
            (Op::While(..), COND) if v.as_bool() == Some(true) => {
                self.turn()?;
                self.while_body(n, node)
            }
            (Op::While(..), COND) => Ok(self.leave_scope(&node.op)),
            (Op::While(has_cond, true), BODY) => {
                self.stack.wait(n, STEP);
                Ok(Next::Eval(node.kids[usize::from(*has_cond) + 1]))
            }
            (Op::While(true, _), _) => self.while_cond(n, node),
            (Op::While(false, _), _) => {
                self.turn()?;
                self.while_body(n, node)
            }
            (Op::ForRange(..), _) => self.next_in_range(n, node),
            (Op::ForEach(_), 1) => self.iterate(n, node, v),
            (Op::ForEach(_), ITERABLE) => {
                self.at = n;
                self.stack.push(v);
                self.stack.push(Value::int(0));
                self.enter_scope(n);
                self.next_element(n, node)
            }
            (Op::ForEach(_), ELEMENT) if v.is_unset() => Ok(self.leave_scope(&node.op)),
            (Op::ForEach(_), ELEMENT) => self.element(n, node, v),
            (Op::ForEach(_), _) => self.next_element(n, node),
            _ => self.after(code, n, node, step, v),
        }
    }

    pub(crate) fn start_while(&mut self, n: NodeIdx, node: &Node) -> Walk {
        self.enter_scope(n);
        if matches!(node.op, Op::While(true, _)) { self.while_cond(n, node) } else { self.while_body(n, node) }
    }

    fn while_cond(&mut self, n: NodeIdx, node: &Node) -> Walk {
        self.stack.wait(n, COND);
        Ok(Next::Eval(node.kids[0]))
    }

    fn while_body(&mut self, n: NodeIdx, node: &Node) -> Walk {
        self.stack.wait(n, BODY);
        let has_cond = matches!(node.op, Op::While(true, _));
        Ok(Next::Eval(node.kids[usize::from(has_cond)]))
    }

    /// Both bounds are on the stack.
    pub(crate) fn start_range(&mut self, _code: &Code, n: NodeIdx, node: &Node) -> Walk {
        self.enter_scope(n);
        let (from, to) = self.range_state();
        let Op::ForRange(var, inclusive) = node.op else { return Err(Control::Trap(Trap::Corrupt)) };
        let empty = if inclusive { from > to } else { from >= to };
        if empty {
            return Ok(self.leave_scope(&node.op));
        }
        if !inclusive {
            self.set_state(0, Value::int(to - 1));
        }
        self.range_body(n, node, var, from)
    }

    /// Current value and last value.
    fn range_state(&self) -> (i64, i64) {
        let len = self.stack.values.len();
        let int = |v: Value| v.as_int().unwrap_or(0);
        (int(self.stack.values[len - 2]), int(self.stack.values[len - 1]))
    }

    fn set_state(&mut self, from_top: usize, v: Value) {
        let len = self.stack.values.len();
        self.stack.values[len - 1 - from_top] = v;
    }

    fn next_in_range(&mut self, n: NodeIdx, node: &Node) -> Walk {
        let (current, last) = self.range_state();
        let Op::ForRange(var, _) = node.op else { return Err(Control::Trap(Trap::Corrupt)) };
        if current >= last {
            return Ok(self.leave_scope(&node.op));
        }
        self.turn()?;
        self.set_state(1, Value::int(current + 1));
        self.range_body(n, node, var, current + 1)
    }

    fn range_body(&mut self, n: NodeIdx, node: &Node, var: u32, value: i64) -> Walk {
        self.set_local(var, Value::int(value));
        self.stack.wait(n, BODY);
        Ok(Next::Eval(node.kids[2]))
    }

    // ---- iteration

    /// Asks the language what a loop over `v` iterates; errors count as those of the iterable's expression.
    /// Lists and integers mean the same in every language.
    fn iterate(&mut self, n: NodeIdx, node: &Node, v: Value) -> Walk {
        self.at = node.kids[0];
        self.stack.wait(n, ITERABLE);
        if matches!(v.tag(), Tag::Int | Tag::List) {
            return Ok(Next::Give(v));
        }
        let language = self.rt.language(self.language());
        language.iterate(&mut self.rt, v).map(Next::Give)
    }

    fn next_element(&mut self, n: NodeIdx, node: &Node) -> Walk {
        self.turn()?;
        let len = self.stack.values.len();
        let (iterable, at) = (self.stack.values[len - 2], self.stack.values[len - 1].as_int().unwrap_or(0));
        let position = usize::try_from(at).unwrap_or(usize::MAX);
        let found = match iterable.tag() {
            Tag::Int => iterable.as_int().filter(|&n| at < n).map(|_| (Value::int(at), at + 1)),
            Tag::List => self.rt.heap.items(iterable).and_then(|l| l.get(position)).map(|&v| (v, at + 1)),
            Tag::Map => {
                let next = self.rt.heap.entries(iterable).and_then(|m| m.next_from(position));
                next.map(|(key, _, after)| (key, after as i64))
            }
            Tag::Str => self.next_char(iterable, position),
            Tag::Foreign => return self.resume_fiber(n, node, iterable),
            _ => None,
        };
        match found {
            None => Ok(self.leave_scope(&node.op)),
            Some((v, after)) => {
                self.set_state(0, Value::int(after));
                self.element(n, node, v)
            }
        }
    }

    fn next_char(&mut self, text: Value, at: usize) -> Option<(Value, i64)> {
        let c = self.rt.heap.text(text)?.get(at..)?.chars().next()?;
        let v = self.rt.heap.str(c.encode_utf8(&mut [0; 4]));
        Some((v, (at + c.len_utf8()) as i64))
    }

    fn element(&mut self, n: NodeIdx, node: &Node, v: Value) -> Walk {
        let Op::ForEach(var) = node.op else { return Err(Control::Trap(Trap::Corrupt)) };
        self.set_local(var, v);
        self.stack.wait(n, BODY);
        Ok(Next::Eval(node.kids[1]))
    }

    // ---- generators

    /// Runs a generator up to its next value; one that ended (or runs already) has none.
    fn resume_fiber(&mut self, n: NodeIdx, node: &Node, fiber: Value) -> Walk {
        let state = self.rt.heap.fiber_mut(fiber).and_then(Fiber::take::<Suspended>);
        let Some(suspended) = state else { return Ok(self.leave_scope(&node.op)) };
        self.stack.wait(n, ELEMENT);
        if let Some(frame) = self.stack.frames.last_mut() {
            frame.at = n;
        }
        let outer = core::mem::replace(&mut self.stack, suspended.stack);
        self.outer_depth += outer.frames.len();
        self.resumers.push(Resumer { stack: outer, fiber });
        Ok(suspended.value.map_or(Next::Called, Next::Switched))
    }

    /// Goes back to the fiber that resumed the running one; that one's stack, and its generator.
    pub(crate) fn leave_fiber(&mut self) -> Option<(Stack, Value)> {
        let resumer = self.resumers.pop()?;
        self.outer_depth -= resumer.stack.frames.len();
        let inner = core::mem::replace(&mut self.stack, resumer.stack);
        Some((inner, resumer.fiber))
    }

    /// Hands a value out of the running generator.
    pub(crate) fn yield_value(&mut self, v: Value) -> Walk {
        let Some((stack, fiber)) = self.leave_fiber() else { return Err(Control::Trap(Trap::Corrupt)) };
        if let Some(fiber) = self.rt.heap.fiber_mut(fiber) {
            fiber.put(alloc::boxed::Box::new(Suspended { stack, value: Some(v) }));
        }
        Ok(Next::Switched(v))
    }
}

/// Values that a loop or handler keeps on the operand stack.
fn state(op: &Op) -> usize {
    match op {
        Op::ForRange(..) | Op::ForEach(_) => 2,
        _ => 0,
    }
}

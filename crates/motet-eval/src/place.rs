//! Place assignments: `root.step…step = value` with value semantics.
//!
//! Operand stack while one runs: value, index operands, then the containers
//! from the root inwards, each made the only one of its kind.

use motet_runtime::{Control, NativeResult, Value, ops};

use crate::{
    Evaluator,
    evaluator::{Next, Walk},
    stack::AFTER,
    tree::{Node, NodeIdx, Op, Root, Step},
};

/// Waits, as `kind + 3 * step`: for the part at the step.
const PART: u32 = 0;
/// For the storing of the step's own copy.
const COPIED: u32 = 1;
/// For the storing of the value.
const STORED: u32 = 2;

impl Evaluator {
    /// Value and index operands are on the stack.
    pub(crate) fn set_place(&mut self, n: NodeIdx, node: &Node) -> Walk {
        let Op::SetPlace(root, _) = &node.op else { return Ok(Next::Give(Value::NIL)) };
        let held = match *root {
            Root::Local(l) => self.local(l),
            Root::Capture(c) => self.capture(c),
            Root::Global(g) if self.globals[g as usize].is_unset() => return Err(self.undefined_global(g)),
            Root::Global(g) => self.globals[g as usize],
        };
        let own = self.rt.heap.unshare(held);
        if !own.is_identical(held) {
            match *root {
                Root::Local(l) => self.set_local(l, own),
                Root::Capture(c) => self.set_capture(c, own),
                Root::Global(g) => self.globals[g as usize] = own,
            }
        }
        self.stack.push(own);
        self.descend(n, node, 0)
    }

    /// Goes on at step `i`, whose container is on top.
    fn descend(&mut self, n: NodeIdx, node: &Node, i: usize) -> Walk {
        let Op::SetPlace(_, steps) = &node.op else { return Ok(Next::Give(Value::NIL)) };
        if i + 1 == steps.len() {
            let value = self.operand(node, i, 0);
            let result = self.store(node, i, value);
            self.or_wait(result, n, STORED + 3 * i as u32)?;
            return Ok(self.finish_place(node, i));
        }
        let container = self.container(node, i);
        let language = self.language();
        let part = match steps[i] {
            Step::Key(k) => {
                let key = self.operand(node, i, 1 + k as usize);
                ops::index(&mut self.rt, language, container, key)
            }
            Step::Field(name) => ops::field(&mut self.rt, language, container, name),
        };
        let part = self.or_wait(part, n, PART + 3 * i as u32)?;
        self.own_part(n, node, i, part)
    }

    /// Makes the part at step `i` the container's own.
    fn own_part(&mut self, n: NodeIdx, node: &Node, i: usize, part: Value) -> Walk {
        let own = self.rt.heap.unshare(part);
        if !own.is_identical(part) {
            let result = self.store(node, i, own);
            self.stack.push(own);
            self.or_wait(result, n, COPIED + 3 * i as u32)?;
        } else {
            self.stack.push(own);
        }
        self.descend(n, node, i + 1)
    }

    /// `container.step = v`. Containers change in place, so the result is of no interest.
    fn store(&mut self, node: &Node, i: usize, v: Value) -> NativeResult {
        let Op::SetPlace(_, steps) = &node.op else { return Ok(Value::NIL) };
        let container = self.container(node, i);
        let language = self.language();
        match steps[i] {
            Step::Key(k) => {
                let key = self.operand(node, i, 1 + k as usize);
                ops::set_index(&mut self.rt, language, container, key, v)
            }
            Step::Field(name) => ops::set_field(&mut self.rt, language, container, name, v),
        }
    }

    /// A call on the way has returned.
    pub(crate) fn place_step(&mut self, n: NodeIdx, node: &Node, step: u32, v: Value) -> Walk {
        let (kind, i) = ((step - AFTER) % 3, ((step - AFTER) / 3) as usize);
        match kind {
            PART => self.own_part(n, node, i, v),
            COPIED => self.descend(n, node, i + 1),
            _ => Ok(self.finish_place(node, i)),
        }
    }

    fn finish_place(&mut self, node: &Node, i: usize) -> Next {
        let place = self.place(node, i);
        self.stack.values.truncate(place);
        Next::Give(Value::NIL)
    }

    /// Where the assignment's operands begin, while `i + 1` containers lie on top of them.
    fn place(&self, node: &Node, i: usize) -> usize {
        self.stack.values.len() - (i + 1) - node.kids.len()
    }

    fn operand(&self, node: &Node, i: usize, k: usize) -> Value {
        self.stack.values[self.place(node, i) + k]
    }

    fn container(&self, node: &Node, i: usize) -> Value {
        self.stack.values[self.place(node, i) + node.kids.len() + i]
    }

    /// The error for reading an unset variable by name.
    pub(crate) fn undefined(&mut self, name: &str) -> Control {
        let language = self.rt.language(self.language());
        language.undefined(&mut self.rt, name)
    }
}

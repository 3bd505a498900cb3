//! Going down the tree (`eval`) and back up with values (`give`).

use motet_runtime::{Control, Value};

use crate::{
    Evaluator,
    evaluator::{Next, Walk},
    stack::{AFTER, Work},
    tree::{Code, Fold, Node, NodeIdx, Op},
};

impl Evaluator {
    /// Begins a node.
    pub(crate) fn eval(&mut self, code: &Code, n: NodeIdx) -> Walk {
        let node = code.node(n);
        if let Some(v) = self.leaf(node) {
            return Ok(Next::Give(v));
        }
        self.at = n;
        match &node.op {
            Op::And | Op::Or | Op::If | Op::Choose(_) => {
                self.stack.wait(n, 1);
                Ok(Next::Eval(node.kids[0]))
            }
            Op::Block => self.block(n, node, 0),
            Op::While(..) => self.start_while(n, node),
            Op::ForRange(..) => self.bounds(code, n, node),
            Op::ForEach(_) => {
                self.stack.wait(n, 1);
                Ok(Next::Eval(node.kids[0]))
            }
            Op::Try(_) => self.start_try(n, node),
            Op::Break(target) => Ok(self.break_to(code, *target)),
            Op::Continue(target) => self.continue_to(code, *target),
            Op::RaiseError(message) => Err(Control::error(&**message)),
            Op::Global(g) => Err(self.undefined_global(*g)),
            _ => {
                self.begin_container(node);
                self.operands(code, n, node, 0)
            }
        }
    }

    /// Value of a node without operands and effects.
    fn leaf(&self, node: &Node) -> Option<Value> {
        Some(match node.op {
            Op::Const(v) => v,
            Op::Local(l) => self.local(l),
            Op::Capture(c) => self.capture(c),
            Op::GlobalOrUnset(g) => self.globals[g as usize],
            Op::Global(g) => Some(self.globals[g as usize]).filter(|v| !v.is_unset())?,
            _ => return None,
        })
    }

    /// Makes the container that a node's folds fill, if it must exist before the first operand.
    fn begin_container(&mut self, node: &Node) {
        let v = match (node.folds.first(), &node.op) {
            (Some(Fold::Extend), _) | (None, Op::List) => self.rt.heap.list(alloc::vec![]),
            (Some(Fold::PutAll), _) | (None, Op::Map) => self.rt.heap.map(Default::default()),
            _ => return,
        };
        self.stack.push(v);
    }

    /// Evaluates the operands from number `i` on, then acts.
    pub(crate) fn operands(&mut self, code: &Code, n: NodeIdx, node: &Node, mut i: usize) -> Walk {
        while let Some(&kid) = node.kids.get(i) {
            let Some(v) = self.leaf(code.node(kid)) else {
                self.stack.wait(n, i as u32 + 1);
                return Ok(Next::Eval(kid));
            };
            self.stack.push(v);
            i += 1;
            self.fold(n, node, i)?;
        }
        self.act(n, node)
    }

    /// What a constructor does after its operand number `done - 1` was pushed.
    fn fold(&mut self, n: NodeIdx, node: &Node, done: usize) -> Result<(), Control> {
        match done.checked_sub(1).and_then(|i| node.folds.get(i)) {
            None => Ok(()),
            Some(&fold) => {
                self.at = n;
                self.apply_fold(n, fold, done)
            }
        }
    }

    /// Hands a value to the node that waits for it.
    pub(crate) fn give(&mut self, code: &Code, v: Value) -> Walk {
        let Some(Work { node: n, step }) = self.stack.work.pop() else { return Ok(Next::Done(v)) };
        if n == Work::END.node {
            return Ok(self.leave(v));
        }
        self.at = n;
        let node = code.node(n);
        match &node.op {
            Op::And => Ok(if v.as_bool() == Some(true) { Next::Eval(node.kids[1]) } else { Next::Give(v) }),
            Op::Or => Ok(if v.as_bool() == Some(true) { Next::Give(v) } else { Next::Eval(node.kids[1]) }),
            Op::If => Ok(Next::Eval(node.kids[if v.as_bool() == Some(true) { 1 } else { 2 }])),
            Op::Choose(var) => Ok(Next::Eval(match v.as_bool() {
                Some(true) => node.kids[1],
                Some(false) => node.kids[2],
                None => {
                    self.set_local(*var, v);
                    node.kids[3]
                }
            })),
            Op::Block => self.block(n, node, step as usize),
            Op::While(..) | Op::ForEach(_) => self.loop_step(code, n, node, step, v),
            Op::ForRange(..) if step >= AFTER => self.loop_step(code, n, node, step, v),
            Op::ForRange(..) => {
                self.stack.push(v);
                self.bounds_from(code, n, node, step as usize)
            }
            Op::Try(_) => {
                self.stack.scopes.pop();
                Ok(Next::Give(v))
            }
            _ if step >= AFTER => self.after(code, n, node, step, v),
            _ => {
                self.stack.push(v);
                self.fold(n, node, step as usize)?;
                self.operands(code, n, node, step as usize)
            }
        }
    }

    /// The statements from number `i` on; the last one takes the block's place.
    fn block(&mut self, n: NodeIdx, node: &Node, i: usize) -> Walk {
        match node.kids.get(i) {
            None => Ok(Next::Give(Value::NIL)),
            Some(&last) if i + 1 == node.kids.len() => Ok(Next::Eval(last)),
            Some(&part) => {
                self.stack.wait(n, i as u32 + 1);
                Ok(Next::Eval(part))
            }
        }
    }

    /// Counts of a counting loop, first value first.
    fn bounds(&mut self, code: &Code, n: NodeIdx, node: &Node) -> Walk {
        self.bounds_from(code, n, node, 0)
    }

    fn bounds_from(&mut self, code: &Code, n: NodeIdx, node: &Node, i: usize) -> Walk {
        if i == 2 {
            return self.start_range(code, n, node);
        }
        self.stack.wait(n, i as u32 + 1);
        Ok(Next::Eval(node.kids[i]))
    }

    pub(crate) fn local(&self, l: u32) -> Value {
        let base = self.stack.frames.last().map_or(0, |f| f.base);
        self.stack.values[base + l as usize]
    }

    pub(crate) fn set_local(&mut self, l: u32, v: Value) {
        let base = self.stack.frames.last().map_or(0, |f| f.base);
        self.stack.values[base + l as usize] = v;
    }

    pub(crate) fn capture(&self, c: u32) -> Value {
        let closure = self.stack.frames.last().map_or(Value::NIL, |f| f.closure);
        let cells = self.rt.heap.captures(closure);
        cells.and_then(|cells| cells.get(c as usize)).copied().unwrap_or(Value::UNSET)
    }

    pub(crate) fn set_capture(&mut self, c: u32, v: Value) {
        let closure = self.stack.frames.last().map_or(Value::NIL, |f| f.closure);
        if let Some(cell) = self.rt.heap.captures_mut(closure).and_then(|cells| cells.get_mut(c as usize)) {
            *cell = v;
        }
    }

    pub(crate) fn undefined_global(&mut self, g: u32) -> Control {
        let name = self.global_names[g as usize].clone();
        let language = self.rt.language(self.language());
        language.undefined(&mut self.rt, &name)
    }
}

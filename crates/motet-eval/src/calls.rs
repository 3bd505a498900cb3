//! Calls and returns.

use alloc::{boxed::Box, vec::Vec};

use motet_runtime::{Control, Fiber, FuncKind, NativeId, NativeResult, Shared, TypeTag, Value, ops};

use crate::{
    Evaluator,
    evaluator::{Next, Walk},
    stack::{AFTER, Frame, Stack, Suspended, Work},
    tree::{Code, NodeIdx},
};

impl Evaluator {
    /// Makes a call that native code or the host asked for.
    pub(crate) fn request(&mut self, callee: Value, args: Vec<Value>) -> Walk {
        let bottom = self.stack.values.len();
        if callee.as_native().is_some() {
            // Native code that asks for native code could go on for ever.
            self.unit()?;
        }
        // The callee stays on the stack as a root.
        self.stack.push(callee);
        self.stack.values.extend_from_slice(&args);
        self.call_value(callee, args.len(), bottom)
    }

    /// Calls any value with the top `argc` operands; afterwards the operand stack is `bottom` values high.
    pub(crate) fn call_value(&mut self, callee: Value, argc: usize, bottom: usize) -> Walk {
        if let Some(native) = callee.as_native() {
            return self.call_native(native, argc, bottom).map(Next::Give);
        }
        let func = callee.as_func().or_else(|| self.rt.heap.closure_func(callee));
        let Some(code) = func.and_then(|f| self.codes.get(f.0 as usize)).cloned() else {
            let language = self.rt.language(self.language());
            return Err(language.not_callable(&mut self.rt, callee));
        };
        let argc = match self.check_args(&code, argc) {
            Ok(argc) => argc,
            // The language has something else called instead.
            Err(Control::Call(request)) => {
                self.unit()?;
                self.stack.values.truncate(bottom);
                return self.request(request.callee, request.args);
            }
            Err(e) => return Err(e),
        };
        let closure = if callee.as_func().is_some() { Value::NIL } else { callee };
        self.call(code, closure, argc, bottom)
    }

    /// Count and kinds of the arguments of a dynamic call; adds those that the call leaves out, and returns how many
    /// there are then.
    ///
    /// # Errors
    /// The callee's language's error.
    fn check_args(&mut self, code: &Code, argc: usize) -> Result<usize, Control> {
        let expected = code.params - code.optional..=code.params;
        if !expected.contains(&argc) {
            let language = self.rt.language(code.language);
            return Err(language.wrong_arity(&mut self.rt, &code.name, expected, argc));
        }
        for _ in argc..code.params {
            self.stack.values.push(Value::UNSET);
        }
        let argc = code.params;
        let first = self.stack.values.len() - argc;
        for &(i, want) in &code.typed_params {
            let given = self.stack.values[first + i];
            if !ops::passes_cast(&self.rt, given, want) {
                let language = self.rt.language(code.language);
                return Err(language.cast_failed(&mut self.rt, want, given));
            }
        }
        Ok(argc)
    }

    /// Calls a function with as many operands as it has parameters.
    pub(crate) fn call(&mut self, code: Shared<Code>, closure: Value, argc: usize, bottom: usize) -> Walk {
        self.unit()?;
        let limit = self.rt.limits.depth;
        if self.outer_depth + self.tasks.frames + self.stack.frames.len() >= limit {
            let language = self.rt.language(self.language());
            return Err(language.stack_overflow(&mut self.rt, &code.name, limit));
        }
        self.collect_if_wanted()?;
        if code.kind == FuncKind::Generator {
            return Ok(Next::Give(self.new_generator(code, closure, argc, bottom)));
        }
        if let Some(caller) = self.stack.frames.last_mut() {
            caller.at = self.at;
        }
        push_frame(&mut self.stack, code, closure, argc, bottom);
        Ok(Next::Called)
    }

    /// A generator suspended before its body.
    fn new_generator(&mut self, code: Shared<Code>, closure: Value, argc: usize, bottom: usize) -> Value {
        let mut stack = Stack { values: self.stack.take(argc), ..Stack::default() };
        self.stack.values.truncate(bottom);
        let func = code.func;
        push_frame(&mut stack, code, closure, argc, 0);
        self.rt.heap.fiber(Fiber::new(func, Box::new(Suspended { stack, value: None })))
    }

    /// Calls native code with the top `argc` operands.
    pub(crate) fn call_native(&mut self, native: NativeId, argc: usize, bottom: usize) -> NativeResult {
        let run = self.rt.natives[native.0 as usize].run;
        let result = run(&mut self.rt, &self.stack.values[self.stack.values.len() - argc..]);
        self.stack.values.truncate(bottom);
        self.rooted(result?)
    }

    /// A safepoint at which `v`, a fresh result, must survive.
    pub(crate) fn rooted(&mut self, v: Value) -> NativeResult {
        if !self.rt.heap.wants_collection() {
            return Ok(v);
        }
        self.stack.push(v);
        let fits = self.collect_if_wanted();
        self.stack.pop();
        fits.map(|()| v)
    }

    /// Replaces the list of arguments on top by its elements; how many.
    pub(crate) fn spread_args(&mut self) -> usize {
        let list = self.stack.pop();
        let items = self.rt.heap.items(list).cloned().unwrap_or_default();
        self.stack.values.extend_from_slice(&items);
        items.len()
    }

    /// The running function's value is `v`.
    pub(crate) fn leave(&mut self, v: Value) -> Next {
        let Some(frame) = self.stack.frames.pop() else { return Next::Done(v) };
        self.stack.values.truncate(frame.bottom);
        self.stack.work.truncate(frame.work);
        self.stack.scopes.truncate(frame.scopes);
        let v = match frame.code.kind {
            FuncKind::Async => self.rt.language(frame.code.language).wrap_async(&mut self.rt, v),
            FuncKind::Normal | FuncKind::Generator => v,
        };
        if !self.stack.frames.is_empty() {
            return Next::Switched(v);
        }
        match self.leave_fiber() {
            // The generator ended: its loop gets no further value.
            Some(_) => Next::Switched(Value::UNSET),
            None => Next::Done(v),
        }
    }

    /// What remains to be done if the operation must wait for a call: the node gets `step` with the result.
    pub(crate) fn or_wait(&mut self, result: NativeResult, n: NodeIdx, step: u32) -> NativeResult {
        if matches!(result, Err(Control::Call(_) | Control::Task(_) | Control::Load(_))) {
            self.stack.wait(n, AFTER + step);
        }
        result
    }

    /// A native function's declared result, which the static types rely on.
    pub(crate) fn check_result(&self, v: Value, want: Option<TypeTag>) -> Walk {
        match want {
            Some(want) if !ops::passes_cast(&self.rt, v, want) => Err(Control::Trap(motet_runtime::Trap::Corrupt)),
            _ => Ok(Next::Give(v)),
        }
    }
}

fn push_frame(stack: &mut Stack, code: Shared<Code>, closure: Value, argc: usize, bottom: usize) {
    let base = stack.values.len() - argc;
    let (work, scopes) = (stack.work.len(), stack.scopes.len());
    stack.values.resize(base + code.locals.max(argc), Value::UNSET);
    stack.work.push(Work::END);
    stack.frames.push(Frame { at: code.root, code, closure, base, bottom, work, scopes });
}

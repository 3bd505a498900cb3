//! Constructors, calls and place assignments.
//!
//! Long lists, maps, concatenations and argument lists are built in runs, so
//! that the operand stack stays small.

use alloc::{string::String, vec::Vec};

use motet_bytecode::{Count, FuncIdx, GlobalIdx, LayoutIdx, NativeIdx, Op, Slot};
use motet_ir::{Arg, Elem, Entry, Expr, ExprKind, PlaceRoot, PlaceStep};
use motet_source::Span;

use crate::{EmitErrorKind, Emitter};

/// Values that a constructor takes from the stack at once.
const RUN: usize = 64;
/// Most arguments that are passed on the stack; more go through a list.
const MAX_ARGS: usize = 200;

impl Emitter<'_> {
    /// Field number.
    pub fn slot(&mut self, slot: u32, span: Span) -> Slot {
        Slot(self.narrow(slot as usize, EmitErrorKind::Fields, span))
    }

    /// Data constructors and calls as values.
    pub fn construct(&mut self, e: &Expr) {
        let span = e.span;
        match &e.kind {
            ExprKind::Concat(parts) => self.concat(parts, span),
            ExprKind::List(elems) => {
                let elems = elems.iter().map(|elem| match elem {
                    Elem::One(e) => (e, false),
                    Elem::Spread(e) => (e, true),
                });
                self.list(elems.collect(), span);
            }
            ExprKind::Map(entries) => self.map(entries, span),
            ExprKind::Record(class, fields) => self.record(*class, fields, span),
            ExprKind::Closure(func, values) => {
                self.narrow(values.len(), EmitErrorKind::Captures, span);
                self.listed_op(values.iter().collect(), Op::Closure { func: FuncIdx(func.0) }, span);
            }
            ExprKind::Call(func, args) => {
                self.listed_op(args.iter().collect(), Op::Call { func: FuncIdx(func.0) }, span);
            }
            ExprKind::CallValue(callee, args) => {
                self.value(callee);
                let op = match self.args(args, span) {
                    Some(n) => Op::CallValue { n },
                    None => Op::CallValueSpread {},
                };
                self.code.emit(op, span);
            }
            ExprKind::CallNative(native, args) => {
                let native = NativeIdx(native.0);
                let op = match self.args(args, span) {
                    Some(n) => Op::CallNative { native, n },
                    None => Op::CallNativeSpread { native },
                };
                self.code.emit(op, span);
            }
            ExprKind::Send(receiver, name, args) => {
                let selector = self.pool.selector(name);
                self.value(receiver);
                let op = match self.args(args, span) {
                    Some(n) => Op::Send { selector, n },
                    None => Op::SendSpread { selector },
                };
                self.code.emit(op, span);
            }
            ExprKind::SendFrom(start, receiver, name, args) => {
                let selector = self.pool.selector(name);
                let n = Count(self.narrow(args.len(), EmitErrorKind::Stack, span));
                self.value(start);
                self.value(receiver);
                self.values(args);
                self.code.emit(Op::SendFrom { selector, n }, span);
            }
            _ => {}
        }
    }

    /// Arguments on the stack and their count, or (`None`) one list of them.
    fn args(&mut self, args: &[Arg], span: Span) -> Option<Count> {
        if args.len() <= MAX_ARGS && !args.iter().any(|a| a.spread) {
            self.values(args.iter().map(|a| &a.expr));
            return Some(Count(args.len() as u16));
        }
        self.list(args.iter().map(|a| (&a.expr, a.spread)).collect(), span);
        None
    }

    fn list(&mut self, elems: Vec<(&Expr, bool)>, span: Span) {
        let run = |from: usize| elems.iter().skip(from).take(RUN).take_while(|e| !e.1).count();
        let mut at = run(0);
        self.values(elems.iter().take(at).map(|e| e.0));
        self.code.emit(Op::List { n: Count(at as u16) }, span);
        while let Some(&(elem, spread)) = elems.get(at) {
            if spread {
                self.unary_op(elem, Op::ListExtend {}, span);
                at += 1;
            } else {
                let n = run(at);
                self.values(elems.iter().skip(at).take(n).map(|e| e.0));
                self.code.emit(Op::ListAppend { n: Count(n as u16) }, span);
                at += n;
            }
        }
    }

    fn map(&mut self, entries: &[Entry], span: Span) {
        let mut at = self.map_run(entries);
        self.code.emit(Op::Map { n: Count(at as u16) }, span);
        while let Some(entry) = entries.get(at) {
            match entry {
                Entry::Spread(e) => {
                    self.unary_op(e, Op::MapSpread {}, span);
                    at += 1;
                }
                Entry::One(..) => {
                    let n = self.map_run(entries.get(at..).unwrap_or(&[]));
                    self.code.emit(Op::MapPut { n: Count(n as u16) }, span);
                    at += n;
                }
            }
        }
    }

    /// Pushes the keys and values of the first entries, up to a spread one or a full run; tells how many.
    fn map_run(&mut self, entries: &[Entry]) -> usize {
        let mut n = 0;
        for entry in entries.iter().take(RUN) {
            let Entry::One(key, value) = entry else { break };
            self.value(key);
            self.value(value);
            n += 1;
        }
        n
    }

    fn concat(&mut self, parts: &[Expr], span: Span) {
        for (i, run) in parts.chunks(MAX_ARGS).enumerate() {
            self.values(run);
            self.code.emit(Op::Concat { n: Count(run.len() as u16) }, span);
            if i > 0 {
                self.code.emit(Op::StrAdd {}, span);
            }
        }
        if parts.is_empty() {
            self.code.emit(Op::Concat { n: Count(0) }, span);
        }
    }

    fn record(&mut self, class: motet_ir::ClassIdx, fields: &[(String, Expr)], span: Span) {
        self.narrow(fields.len(), EmitErrorKind::Fields, span);
        let names = fields.iter().map(|f| f.0.clone()).collect();
        let layout: LayoutIdx = self.pool.layout(self.module, class, names);
        self.listed_op(fields.iter().map(|f| &f.1).collect(), Op::Record { layout }, span);
    }

    /// Pushes a copy of the value that was pushed as number `at` (from 0) of the stack.
    fn pick(&mut self, at: u32, span: Span) {
        let depth = self.code.depth.saturating_sub(at + 1) as usize;
        let depth = Count(self.narrow(depth, EmitErrorKind::Stack, span));
        self.code.emit(Op::Pick { depth }, span);
    }

    /// Value, keys; then every container on the way is made the variable's own; then the last one is updated.
    pub fn set_place(&mut self, root: PlaceRoot, steps: &[PlaceStep], value: &Expr, span: Span) {
        let Some((last, inner)) = steps.split_last() else { return };
        let value_at = self.code.depth;
        self.value(value);
        for step in steps {
            if let PlaceStep::Index(key) = step {
                self.value(key);
            }
        }
        let above = self.code.depth;
        let own = match root {
            PlaceRoot::Local(local) => Op::OwnLocal { local: self.local(local, span) },
            PlaceRoot::Capture(capture) => Op::OwnCapture { capture: self.capture(capture, span) },
            PlaceRoot::Global(global) => Op::OwnGlobal { global: GlobalIdx(global.0) },
        };
        self.code.emit(own, span);
        let mut key_at = value_at + 1;
        for step in inner {
            match step {
                PlaceStep::Index(_) => {
                    self.pick(key_at, span);
                    self.code.emit(Op::OwnIndex {}, span);
                    key_at += 1;
                }
                PlaceStep::Field(name) => {
                    let name = self.pool.str(name);
                    self.code.emit(Op::OwnField { name }, span);
                }
            }
        }
        let store = match last {
            PlaceStep::Index(_) => {
                self.pick(key_at, span);
                Op::PlaceSetIndex {}
            }
            PlaceStep::Field(name) => Op::PlaceSetField { name: self.pool.str(name) },
        };
        self.pick(value_at, span);
        self.code.emit(store, span);
        for _ in value_at..above {
            self.code.emit(Op::Pop {}, span);
        }
    }
}

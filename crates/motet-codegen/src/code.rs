//! The instructions of one function while they grow: labels, spans, stack
//! depth, reachability and exception ranges.
//!
//! Invariants: nothing is appended while the current point is unreachable;
//! `depth` is the operand stack's depth at the current point; a protected
//! range covers no instruction at which the stack is lower than at its entry.

use alloc::vec::Vec;

use motet_bytecode::{Handler, Label, Op, PcSpan, Span};

/// A jump target that may not have an address yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target(usize);

#[derive(Clone, Copy, Default)]
struct TargetState {
    at: Option<u32>,
    used: bool,
}

/// A `try` whose body is being emitted.
struct OpenTry {
    start: u32,
    depth: u32,
    closed: Vec<(u32, u32)>,
}

/// Code of one function.
#[derive(Default)]
pub struct Code {
    bytes: Vec<u8>,
    spans: Vec<PcSpan>,
    targets: Vec<TargetState>,
    fixups: Vec<(usize, Target)>,
    tries: Vec<OpenTry>,
    handlers: Vec<Handler>,
    /// Offset of the last instruction.
    last_at: usize,
    /// The last offset that something other than a fixup refers to: code up to it stays as it is.
    marked: u32,
    /// Operand stack's depth at the current point.
    pub depth: u32,
    /// Greatest depth so far.
    max_depth: u32,
    /// Whether execution can get to the current point.
    pub reachable: bool,
}

/// What [`Code::finish`] hands over.
pub struct Finished {
    /// Encoded instructions.
    pub bytes: Vec<u8>,
    /// Span table.
    pub spans: Vec<PcSpan>,
    /// Exception table.
    pub handlers: Vec<Handler>,
    /// Greatest operand stack depth.
    pub max_depth: u32,
}

impl Code {
    /// Empty code, whose start is reachable; it takes over the memory of code that is [finished](Code::finish).
    pub fn starting(finished: Self) -> Self {
        let Code { mut bytes, mut spans, mut targets, mut fixups, mut tries, mut handlers, .. } = finished;
        bytes.clear();
        spans.clear();
        targets.clear();
        fixups.clear();
        tries.clear();
        handlers.clear();
        Code { bytes, spans, targets, fixups, tries, handlers, reachable: true, ..Code::default() }
    }

    fn pc(&self) -> u32 {
        u32::try_from(self.bytes.len()).unwrap_or(u32::MAX)
    }

    /// Appends an instruction; `listed` is the number of parameters, captures or fields that it takes, if it does.
    pub fn emit_listed(&mut self, op: Op, listed: u32, span: motet_source::Span) {
        if !self.reachable {
            return;
        }
        let span = Span { start: span.start, end: span.end };
        if self.spans.last().is_none_or(|last| last.span != span) {
            self.spans.push(PcSpan { pc: self.pc(), span });
        }
        self.last_at = self.bytes.len();
        op.encode(&mut self.bytes);
        let row = op.info();
        self.depth = self.depth.saturating_sub(op.pops(listed)) + row.pushes.len() as u32;
        self.max_depth = self.max_depth.max(self.depth);
        if row.flags.has(motet_bytecode::ops::Flags::TERMINATES) {
            self.reachable = false;
        }
    }

    /// Appends an instruction.
    pub fn emit(&mut self, op: Op, span: motet_source::Span) {
        self.emit_listed(op, 0, span);
    }

    /// A new target without an address.
    pub fn target(&mut self) -> Target {
        self.targets.push(TargetState::default());
        Target(self.targets.len() - 1)
    }

    /// Appends a branch; `make` gets its label operand, which is filled in by [`Code::finish`].
    /// The label must be the last operand.
    pub fn branch(&mut self, make: impl FnOnce(Label) -> Op, to: Target, span: motet_source::Span) {
        if !self.reachable {
            return;
        }
        self.emit(make(Label(0)), span);
        self.fixups.push((self.bytes.len() - 4, to));
        if let Some(state) = self.targets.get_mut(to.0) {
            state.used = true;
        }
    }

    /// Puts a target here. The stack has `depth` values at it.
    pub fn bind(&mut self, target: Target, depth: u32) {
        self.drop_jump_to_next(target);
        let used = self.targets.get(target.0).is_some_and(|state| state.used);
        let at = if used { self.mark() } else { self.pc() };
        if let Some(state) = self.targets.get_mut(target.0) {
            state.at = Some(at);
            self.reachable |= state.used;
        }
        self.depth = depth;
    }

    /// Removes the last instruction if it is a jump to the target that is about to be put here.
    fn drop_jump_to_next(&mut self, target: Target) {
        let end = self.bytes.len();
        let is_jump = Op::decode(&self.bytes, self.last_at) == Ok((Op::Jump { to: Label(0) }, end));
        if is_jump && self.marked != self.pc() && self.fixups.last() == Some(&(end - 4, target)) {
            self.fixups.pop();
            self.bytes.truncate(self.last_at);
            self.spans.pop_if(|span| span.pc as usize == end - 5);
        }
    }

    /// The current offset, which is kept somewhere.
    fn mark(&mut self) -> u32 {
        self.marked = self.pc();
        self.marked
    }

    /// Puts a loop's head here, which a later branch will reach.
    pub fn bind_loop(&mut self, target: Target, depth: u32, span: motet_source::Span) {
        self.bind(target, depth);
        self.mark();
        self.reachable = true;
        self.emit(Op::LoopHead {}, span);
    }

    /// Opens a protected range at the current depth.
    pub fn open_try(&mut self) {
        let open = OpenTry { start: self.mark(), depth: self.depth, closed: Vec::new() };
        self.tries.push(open);
    }

    /// Closes the innermost protected range; tells its parts, which may be none.
    pub fn close_try(&mut self) -> Vec<(u32, u32)> {
        let end = self.mark();
        let Some(mut open) = self.tries.pop() else { return Vec::new() };
        open.closed.push((open.start, end));
        open.closed.retain(|(start, end)| start < end);
        open.closed
    }

    /// Starts a handler of the given parts here: the exception value is on the stack, above `depth` others.
    pub fn start_handler(&mut self, parts: &[(u32, u32)], depth: u32) {
        let handler = self.mark();
        let depth16 = u16::try_from(depth).unwrap_or(u16::MAX);
        self.handlers.extend(parts.iter().map(|&(start, end)| Handler { start, end, handler, depth: depth16 }));
        self.reachable = true;
        self.depth = depth + 1;
        self.max_depth = self.max_depth.max(self.depth);
    }

    /// Drops values down to `depth` and jumps. Protected ranges that were entered with more values are interrupted.
    pub fn unwind_to(&mut self, depth: u32, to: Target, span: motet_source::Span) {
        let from = self.pc();
        while self.reachable && self.depth > depth {
            self.emit(Op::Pop {}, span);
        }
        self.branch(|to| Op::Jump { to }, to, span);
        let end = self.pc();
        for open in self.tries.iter_mut().filter(|t| t.depth > depth) {
            open.closed.push((open.start, from));
            open.start = end;
            self.marked = end;
        }
    }

    /// Fills in the labels. What is handed over takes no more memory than it needs.
    pub fn finish(&mut self) -> Finished {
        for (at, target) in &self.fixups {
            let address = self.targets.get(target.0).and_then(|t| t.at).unwrap_or(u32::MAX);
            if let Some(bytes) = self.bytes.get_mut(*at..*at + 4) {
                bytes.copy_from_slice(&address.to_le_bytes());
            }
        }
        let (bytes, spans) = (self.bytes.as_slice().into(), self.spans.as_slice().into());
        Finished { bytes, spans, handlers: self.handlers.as_slice().into(), max_depth: self.max_depth }
    }
}

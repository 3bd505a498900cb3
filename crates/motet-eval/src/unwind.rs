//! Raising: from an error to its handler, through frames and fibers, or to the host.

use alloc::vec::Vec;

use motet_runtime::{Control, FuncId, KeptError, Stop, Thrown, TraceFrame};

use crate::{
    Evaluator,
    evaluator::{Next, Walk},
    stack::Stack,
    tree::{NodeIdx, Op},
};

/// Most frames that a trace lists: the innermost ones.
const MAX_TRACE: usize = 1_000;

impl Evaluator {
    /// Performs what native code or semantics asked for instead of giving a value.
    ///
    /// # Errors
    /// Why the program stops.
    pub(crate) fn recover(&mut self, control: Control) -> Result<Next, Stop> {
        let mut control = control;
        loop {
            let step = match control {
                Control::Call(request) => self.request(request.callee, request.args),
                Control::Task(request) => self.task_request(*request),
                Control::Load(request) => Err(self.load_text(&request)),
                Control::Raise(v) => self.throw(Thrown::Value(v))?,
                Control::Error(e) => self.throw(Thrown::Error(*e))?,
                Control::Trap(trap) => return Err(Stop::Trap { trap, trace: self.trace() }),
                Control::Exit(status) => return Err(Stop::Exit(status)),
            };
            match step {
                Ok(next) => return Ok(next),
                Err(again) => control = again,
            }
        }
    }

    /// Finds the handler; drops the frames and fibers above it.
    fn throw(&mut self, thrown: Thrown) -> Result<Walk, Stop> {
        let trace = self.trace();
        let calls = self.calls();
        let language = self.language();
        loop {
            let Some(frame) = self.stack.frames.last() else {
                // The generator ends; the error goes on in the loop that resumed it.
                if self.leave_fiber().is_some() {
                    continue;
                }
                if !self.tasks.errors_stop() {
                    return Ok(self.finish_task(Err(thrown)));
                }
                let kept = match &thrown {
                    Thrown::Value(v) => self.rt.kept.find(*v).cloned(),
                    Thrown::Error(_) => None,
                };
                let (thrown, language, trace) = match kept {
                    Some(kept) => (Thrown::Error(kept.error), kept.language, kept.trace),
                    None => (thrown, language, trace),
                };
                let message = match &thrown {
                    Thrown::Error(e) if self.rt.languages.is_empty() => e.message.clone(),
                    _ => self.rt.language(language).uncaught(&self.rt, &thrown),
                };
                return Err(Stop::Uncaught { thrown, message, language, trace });
            };
            let code = frame.code.clone();
            let bottom = (frame.scopes, frame.work, frame.bottom);
            while self.stack.scopes.len() > bottom.0 {
                let Some(scope) = self.stack.scopes.pop() else { break };
                let node = code.node(scope.node);
                if let Op::Try(var) = node.op {
                    self.stack.work.truncate(scope.work);
                    self.stack.values.truncate(scope.values);
                    let handler = node.kids[1];
                    let kept = match &thrown {
                        Thrown::Error(e) if self.rt.language(code.language).keeps_trace() => {
                            Some(KeptError { error: e.clone(), language, trace })
                        }
                        _ => None,
                    };
                    return Ok(self.catch(thrown, kept, &calls, code.language, var, handler));
                }
            }
            self.stack.frames.pop();
            self.stack.work.truncate(bottom.1);
            self.stack.values.truncate(bottom.2);
        }
    }

    fn catch(
        &mut self,
        thrown: Thrown,
        kept: Option<KeptError>,
        calls: &[FuncId],
        language: u32,
        var: u32,
        handler: NodeIdx,
    ) -> Walk {
        self.at = handler;
        let value = self.rt.language(language).exception(&mut self.rt, thrown, calls);
        if let Some(kept) = kept {
            self.rt.kept.keep(value, kept);
        }
        self.set_local(var, value);
        self.collect_if_wanted()?;
        Ok(Next::Caught(handler))
    }

    /// Functions of the active calls, innermost first, at most [`MAX_TRACE`].
    fn calls(&self) -> Vec<FuncId> {
        let outer = self.resumers.iter().rev().map(|r| &r.stack);
        let stacks = core::iter::once(&self.stack).chain(outer);
        stacks.flat_map(|s| s.frames.iter().rev()).take(MAX_TRACE).map(|f| f.code.func).collect()
    }

    /// Active calls, innermost first, at most [`MAX_TRACE`].
    pub(crate) fn trace(&self) -> Vec<TraceFrame> {
        let mut trace = Vec::new();
        trace_stack(&self.stack, Some(self.at), &mut trace);
        for resumer in self.resumers.iter().rev() {
            trace_stack(&resumer.stack, None, &mut trace);
        }
        trace
    }
}

/// `running` is the node that runs in the newest frame, unless that waits for a callee or fiber.
fn trace_stack(stack: &Stack, running: Option<NodeIdx>, trace: &mut Vec<TraceFrame>) {
    let mut running = running;
    for frame in stack.frames.iter().rev().take(MAX_TRACE - trace.len().min(MAX_TRACE)) {
        let code = &frame.code;
        let at = running.take().unwrap_or(frame.at);
        let span = code.nodes.get(at.0 as usize).map_or_else(Default::default, |n| n.span);
        trace.push(TraceFrame {
            function: code.name.clone(),
            source: code.source,
            start: span.start,
            end: span.end,
            module: code.module,
            hidden: code.hidden,
        });
    }
}

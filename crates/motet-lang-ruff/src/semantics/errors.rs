//! Errors as handlers and the host receive them (5.7).
//!
//! Invariant: the values that are kept between errors are used only until the next collection: the number of
//! collections is compared before each use. So they need no rooting, and keep nothing alive.

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_runtime::{ClassKind, FuncId, Heap, Runtime, ShapeId, Symbol, Tag, Thrown, Value};

use super::{
    LANGUAGE,
    display::{self, debug_form},
    kind,
};

/// Lists of active calls that are kept: a power of two.
const STACKS: usize = 8;

/// Names and layouts of `Error`, resolved once.
#[derive(Clone, Copy)]
struct Layout {
    message: Symbol,
    cause: Symbol,
    plain: ShapeId,
    caused: ShapeId,
}

/// A list of names and the calls of which it tells.
struct Stack {
    calls: Vec<FuncId>,
    names: Value,
}

/// What one error leaves for the next.
struct Errors {
    layout: Layout,
    /// Collections when the values below were made.
    collections: u64,
    /// Functions' names as values; unset where they were not needed yet.
    names: Vec<Value>,
    stacks: [Stack; STACKS],
}

impl Errors {
    fn new(rt: &mut Runtime) -> Self {
        let [message, stack, line, cause] = ["message", "stack", "line", "cause"].map(|name| rt.symbols.intern(name));
        let language = rt.find_language(LANGUAGE).unwrap_or(0);
        let key = format!("builtin {LANGUAGE} Error");
        let class = rt.classes.define(&key, "Error", language, ClassKind::Struct, &[message, stack, line]);
        let plain = rt.classes.shape_for(class, &[message, stack, line]);
        let caused = rt.classes.shape_for(class, &[message, stack, line, cause]);
        let stacks = core::array::from_fn(|_| Stack { calls: Vec::new(), names: Value::UNSET });
        Self { layout: Layout { message, cause, plain, caused }, collections: 0, names: Vec::new(), stacks }
    }

    /// The list of the names of these calls that traces show, outermost first.
    fn stack(&mut self, heap: &mut Heap, funcs: &[motet_runtime::FuncInfo], calls: &[FuncId]) -> Value {
        let collections = heap.stats().collections;
        if self.collections != collections {
            self.collections = collections;
            self.names.clear();
            self.stacks.iter_mut().for_each(|s| s.names = Value::UNSET);
        }
        let hash = calls.iter().take(8).fold(calls.len() as u32, |h, f| (h ^ f.0).wrapping_mul(0x9E37_79B1));
        let kept = &mut self.stacks[(hash >> 16) as usize % STACKS];
        if !kept.names.is_unset() && kept.calls == calls {
            return kept.names;
        }
        let mut names = Vec::with_capacity(calls.len());
        for func in calls.iter().rev().map(|f| f.0 as usize) {
            let Some(info) = funcs.get(func).filter(|f| !f.hidden) else { continue };
            if self.names.len() <= func {
                self.names.resize(func + 1, Value::UNSET);
            }
            if self.names[func].is_unset() {
                self.names[func] = heap.str(&info.name);
            }
            names.push(self.names[func]);
        }
        kept.names = heap.list(names);
        // Every error of these calls holds it.
        heap.share(kept.names);
        kept.calls.clear();
        kept.calls.extend_from_slice(calls);
        kept.names
    }
}

/// The layout of errors, and the list of the active calls' names.
fn prepare(rt: &mut Runtime, calls: &[FuncId]) -> (Layout, Value) {
    const STATE: &str = "ruff.errors";
    let Some(errors) = rt.state.get_mut(STATE).and_then(|s| s.downcast_mut::<Errors>()) else {
        let mut errors = Errors::new(rt);
        let prepared = (errors.layout, errors.stack(&mut rt.heap, &rt.funcs, calls));
        rt.state.insert(STATE, Box::new(errors));
        return prepared;
    };
    (errors.layout, errors.stack(&mut rt.heap, &rt.funcs, calls))
}

/// The struct that a handler receives.
pub(crate) fn exception(rt: &mut Runtime, thrown: Thrown, calls: &[FuncId]) -> Value {
    let (layout, stack) = prepare(rt, calls);
    let (message, cause) = match thrown {
        Thrown::Error(e) => (rt.heap.string(e.message), None),
        Thrown::Value(v) => (message(rt, v, layout.message), rt.field(v, layout.cause)),
    };
    let line = Value::int(0);
    match cause {
        None => rt.heap.record(layout.plain, &[message, stack, line]),
        Some(cause) => {
            rt.heap.share(cause);
            rt.heap.record(layout.caused, &[message, stack, line, cause])
        }
    }
}

/// Message of a thrown value, as a string value.
fn message(rt: &mut Runtime, v: Value, name: Symbol) -> Value {
    if v.tag() == Tag::Str {
        return v;
    }
    if let Some(m) = rt.field(v, name)
        && m.tag() == Tag::Str
        && kind::is_struct(rt, v)
    {
        return m;
    }
    let text = message_text(rt, v);
    rt.heap.string(text)
}

fn message_text(rt: &Runtime, v: Value) -> String {
    if let Some(text) = rt.heap.text(v) {
        return text.to_string();
    }
    if kind::is_struct(rt, v) {
        let message = rt.symbols.find("message").and_then(|name| rt.field(v, name));
        return match message {
            Some(m) => display::text(rt, m),
            None => format!("{} error", rt.class_of(v).map_or("", |c| &rt.classes.class(c).name)),
        };
    }
    debug_form(rt, v)
}

/// Message of an error that nobody caught.
pub(crate) fn uncaught(rt: &Runtime, thrown: &Thrown) -> String {
    match thrown {
        Thrown::Error(e) => e.message.clone(),
        Thrown::Value(v) => message_text(rt, *v),
    }
}

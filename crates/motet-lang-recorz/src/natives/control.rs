//! Blocks, messages that are not understood, and what exceptions need of the engine.
//!
//! The handlers of a process are a chain of library objects; natives only keep the innermost one of each process.

use alloc::{format, string::String, vec::Vec};

use motet_runtime::{Control, ErrorKind, GuestError, NativeResult, Runtime, Value};

use super::{arg, array, class_of, field, invalid, make, output, owned_text, set_field, signal, string};
use crate::{
    classes::Builtin,
    print,
    world::{RECORZ, World},
};

natives! {
    "BlockClosure" {
        "numArgs" => |rt, args| Ok(Value::int(parameters(rt, arg(args, 0)) as i64));
        "value" => |rt, args| call(rt, args[0], &args[1..]);
        "value:" => |rt, args| call(rt, args[0], &args[1..]);
        "value:value:" => |rt, args| call(rt, args[0], &args[1..]);
        "value:value:value:" => |rt, args| call(rt, args[0], &args[1..]);
        "value:value:value:value:" => |rt, args| call(rt, args[0], &args[1..]);
        "valueWithArguments:" => |rt, args| match rt.heap.items(arg(args, 1)).cloned() {
            Some(all) => call(rt, arg(args, 0), &all),
            None => Err(invalid(rt, "expected an Array of arguments")),
        };
        "_valueUpTo:" => |rt, args| {
            // As many of the arguments as the block takes.
            let all = rt.heap.items(arg(args, 1)).cloned().unwrap_or_default();
            let wanted = parameters(rt, arg(args, 0)).min(all.len());
            call(rt, arg(args, 0), &all[..wanted])
        };
    }
    "Object" {
        "doesNotUnderstand:" => default_not_understood;
        "_handlers" => |rt, _| Ok(handlers(rt));
        "_handlers:" => |rt, args| {
            set_handlers(rt, arg(args, 1));
            Ok(arg(args, 0))
        };
        "_isEngineError" => |rt, args| Ok(Value::bool(super::is_kind(rt, arg(args, 0), Builtin::Exception)));
        "_same:" => |_, args| Ok(Value::bool(arg(args, 0).is_identical(arg(args, 1))));
    }
    "Exception" {
        "_fail:" => |rt, args| {
            let text = owned_text(rt, arg(args, 1)).unwrap_or_default();
            let name = print::class_name(rt, arg(args, 0));
            Err(Control::error(format!("{name}: {text}")))
        };
        "_warn:" => |rt, args| {
            let text = owned_text(rt, arg(args, 1)).unwrap_or_default();
            rt.host.write_err(format!("{text}\n").as_bytes());
            Ok(Value::NIL)
        };
    }
}

/// Number of parameters of a block.
fn parameters(rt: &Runtime, block: Value) -> usize {
    let id = block.as_func().or_else(|| rt.heap.closure_func(block));
    id.and_then(|id| rt.funcs.get(id.0 as usize)).map_or(0, |func| func.params as usize)
}

/// Evaluates a block.
fn call(rt: &mut Runtime, block: Value, args: &[Value]) -> NativeResult {
    let expected = parameters(rt, block);
    if expected != args.len() {
        let text = format!("Block expected {expected} arguments but received {}", args.len());
        return Err(signal(rt, Builtin::WrongArgumentCount, &text));
    }
    Err(Control::call(block, args.to_vec()))
}

/// The message `doesNotUnderstand:` for a message that an object does not understand.
#[cold]
pub fn not_understood(rt: &mut Runtime, receiver: Value, selector: &str, args: &[Value]) -> Control {
    let selector = rt.heap.str(selector);
    let arguments = match array(rt, args.to_vec()) {
        Ok(arguments) => arguments,
        Err(control) => return control,
    };
    let message = make(rt, Builtin::Message, &[selector, arguments]);
    let symbol = rt.symbols.intern("doesNotUnderstand:");
    let class = class_of(rt, receiver);
    match super::world(rt).lookup(class, symbol) {
        Some(method) => Control::call(method, alloc::vec![receiver, message]),
        None => Control::error("MessageNotUnderstood: doesNotUnderstand:"),
    }
}

/// Signals MessageNotUnderstood: by the library if programs can handle exceptions.
fn default_not_understood(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (receiver, message) = (arg(args, 0), arg(args, 1));
    let class = class_of(rt, receiver);
    let by_library = rt.symbols.intern("_notUnderstood:");
    if let Some(method) = super::world(rt).lookup(class, by_library) {
        return Err(Control::call(method, alloc::vec![receiver, message]));
    }
    let shown = match output::print_text(rt, receiver)? {
        Some(text) => text,
        None => {
            let mut name = String::new();
            super::make_name(super::world(rt), class, &mut name);
            name
        }
    };
    let selector = field(rt, message, 0);
    let selector = owned_text(rt, selector).unwrap_or_default();
    Err(Control::error(format!("MessageNotUnderstood: {shown} does not understand #{selector}")))
}

/// Where the innermost handlers of all processes are: a list among the roots, of process numbers and handlers.
#[derive(Default)]
struct Handlers(Option<usize>);

fn places(rt: &mut Runtime) -> (Value, i64) {
    let task = rt.current_task() as i64;
    if let Some(at) = rt.state_of::<Handlers>("recorz.handlers").0 {
        return (rt.roots[at], task);
    }
    let list = rt.heap.list(Vec::new());
    let at = rt.roots.len();
    rt.roots.push(list);
    rt.state_of::<Handlers>("recorz.handlers").0 = Some(at);
    (list, task)
}

fn handlers(rt: &mut Runtime) -> Value {
    let (list, task) = places(rt);
    let items = rt.heap.items(list).map(Vec::as_slice).unwrap_or_default();
    let found = items.chunks_exact(2).find(|pair| pair[0].as_int() == Some(task));
    found.map_or(Value::NIL, |pair| pair[1])
}

fn set_handlers(rt: &mut Runtime, handler: Value) {
    let (list, task) = places(rt);
    let items = rt.heap.items(list).map(Vec::as_slice).unwrap_or_default();
    let at = items.chunks_exact(2).position(|pair| pair[0].as_int() == Some(task));
    rt.heap.update_list(list, |items| match at {
        // Processes without handlers have no place in the list.
        Some(at) if handler.is_nil() => {
            items.drain(at * 2..at * 2 + 2);
        }
        Some(at) => items[at * 2 + 1] = handler,
        None if handler.is_nil() => {}
        None => items.extend([Value::int(task), handler]),
    });
}

/// What a handler of the core receives for an error: errors of the engine's own are exceptions that programs may handle;
/// an error of the language's is an exception that nobody handled, and a mark that only `ensure:` sees.
pub fn failure(rt: &mut Runtime, error: &GuestError) -> Value {
    let (class, text) = match error.kind {
        ErrorKind::Language => (Builtin::Failure, error.message.clone()),
        ErrorKind::StackOverflow => (Builtin::Error, String::from("call nesting too deep")),
        _ => (Builtin::Error, error.message.clone()),
    };
    // There may be no room for it: then the exception has no text.
    let text = string(rt, text).unwrap_or(Value::NIL);
    let object = World::with(rt, &RECORZ, |world, rt| world.instance(rt, class.class()));
    set_field(rt, object, 0, text);
    object
}

/// Text of an exception or mark that left the program: `ZeroDivide: The program attempted …`.
#[must_use]
pub fn uncaught_text(rt: &Runtime, v: Value) -> String {
    let text = super::text(rt, field(rt, v, 0)).map(alloc::borrow::Cow::into_owned);
    match text {
        Some(text) if super::is(rt, v, Builtin::Failure) => text,
        Some(text) if super::is_kind(rt, v, Builtin::Exception) => format!("{}: {text}", print::class_name(rt, v)),
        _ => String::from("Error: control left the program"),
    }
}

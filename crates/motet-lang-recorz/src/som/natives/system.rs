//! The system: globals, output, time, the end of the program.

use alloc::{string::String, string::ToString};

use motet_runtime::{Capability, Control, NativeResult, Runtime, Value};

use super::take;
use crate::{
    som::world::{self, SOM, fail},
    world::World,
};

natives! {
    "System>>global:" => global;
    "System>>global:put:" => set_global;
    "System>>hasGlobal:" => has_global;
    "System>>loadFile:" => load_file;
    "System>>exit:" => exit;
    "System>>fail:" => fail_with;
    "System>>printString:" => print;
    "System>>printNewline" => print_newline;
    "System>>errorPrintln:" => |rt, args| print_error(rt, args, "\n");
    "System>>errorPrint:" => |rt, args| print_error(rt, args, "");
    "System>>printStackTrace" => |_, args| take::<1>(args).map(|[system]| system);
    "System>>time" => |rt, args| time(rt, args, 1_000_000);
    "System>>ticks" => |rt, args| time(rt, args, 1_000);
    "System>>fullGC" => full_gc;
}

fn name(rt: &Runtime, v: Value) -> Result<String, Control> {
    match world::text(rt, v) {
        Some(text) => Ok(text.to_string()),
        None => fail("a String or a Symbol is required"),
    }
}

fn global(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [_, key] = take(args)?;
    let name = name(rt, key)?;
    World::of(rt, &SOM);
    Ok(World::get(rt, &SOM).and_then(|world| world.global(rt, &name)).unwrap_or(Value::NIL))
}

fn set_global(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [_, key, value] = take(args)?;
    let name = name(rt, key)?;
    World::with(rt, &SOM, |world, rt| world.set_binding(rt, &name, value));
    Ok(value)
}

fn has_global(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [_, key] = take(args)?;
    let name = name(rt, key)?;
    World::of(rt, &SOM);
    Ok(Value::bool(World::get(rt, &SOM).and_then(|world| world.global(rt, &name)).is_some()))
}

/// The text of a file; nil if it cannot be read.
fn load_file(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [_, path] = take(args)?;
    let path = name(rt, path)?;
    rt.require(Capability::FsRead, "loadFile:")?;
    let limit = rt.heap.limit().saturating_sub(rt.heap.bytes()) as u64;
    match rt.host.read_file(&path, limit).ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(text) => {
            rt.reserve(text.len())?;
            Ok(rt.heap.string(text))
        }
        None => Ok(Value::NIL),
    }
}

fn exit(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [_, status] = take(args)?;
    match status.as_int() {
        Some(status) => Err(Control::Exit(status as i32)),
        None => fail("the exit status must be an Integer"),
    }
}

fn fail_with(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [_, text] = take(args)?;
    let mut message = String::new();
    super::text::push_shown(rt, text, &mut message);
    fail(message)
}

fn print(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [system, text] = take(args)?;
    let Some(text) = world::text(rt, text) else { return fail("a String is required") };
    let text = text.as_bytes().to_vec();
    rt.charge(text.len() / 64)?;
    rt.host.write_out(&text);
    Ok(system)
}

fn print_newline(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [system] = take(args)?;
    rt.host.write_out(b"\n");
    Ok(system)
}

fn print_error(rt: &mut Runtime, args: &[Value], end: &str) -> NativeResult {
    let [system, text] = take(args)?;
    let mut text = name(rt, text)?;
    text.push_str(end);
    rt.host.write_err(text.as_bytes());
    Ok(system)
}

/// When the program began, by the host's clock.
#[derive(Default)]
struct Begin(Option<u64>);

/// Notes when the program began.
pub(super) fn begin(rt: &mut Runtime) -> u64 {
    let now = rt.host.monotonic_nanos();
    *rt.state_of::<Begin>("som.begin").0.get_or_insert(now)
}

/// Time since the program began, in units of so many nanoseconds; at least 1.
fn time(rt: &mut Runtime, args: &[Value], unit: u64) -> NativeResult {
    let [_] = take(args)?;
    let begin = begin(rt);
    let nanos = rt.host.monotonic_nanos().saturating_sub(begin);
    Ok(Value::int((nanos / unit).max(1) as i64))
}

/// The engine collects garbage when it is time; it cannot be made to.
fn full_gc(_rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [_] = take(args)?;
    Ok(Value::TRUE)
}

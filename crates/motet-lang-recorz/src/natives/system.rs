//! The system: globals, the end of the program, time, random numbers, processes.

use alloc::vec::Vec;

use motet_runtime::{Capability, Control, NativeDef, NativeResult, Runtime, Uncaught, Value};

use super::{arg, array, field, invalid, owned_text, set_field, signal, string};
use crate::{
    classes::Builtin,
    world::{RECORZ, World},
};

natives! {
    "SystemDictionary" {
        "at:" => |rt, args| match global(rt, args)? {
            Some(v) => Ok(v),
            None => Err(signal(rt, Builtin::NotFound, "key not found")),
        };
        "_at:" => |rt, args| Ok(global(rt, args)?.unwrap_or(arg(args, 0)));
        "includesKey:" => |rt, args| Ok(Value::bool(global(rt, args)?.is_some()));
        "at:put:" => |rt, args| {
            let Some(name) = owned_text(rt, arg(args, 1)) else { return Err(invalid(rt, "expected a name")) };
            World::with(rt, &RECORZ, |world, rt| world.set_binding(rt, &name, arg(args, 2)));
            Ok(arg(args, 2))
        };
        "quit" => |_, _| Err(Control::Exit(0));
        "quit:" => |rt, args| match arg(args, 1).as_int() {
            Some(status) => Err(Control::Exit(status as i32)),
            None => Err(invalid(rt, "expected an integer")),
        };
        "arguments" => |rt, _| {
            let mut items = Vec::new();
            for text in rt.host.args() {
                items.push(string(rt, text)?);
            }
            array(rt, items)
        };
        "version" => |rt, _| string(rt, concat!("Recorz ", env!("CARGO_PKG_VERSION")));
    }
    "Time class" {
        "millisecondClock" => |rt, _| {
            rt.require(Capability::Clock, "Time")?;
            Ok(Value::int((rt.host.monotonic_nanos() / 1_000_000) as i64))
        };
        "_microseconds" => |rt, _| {
            rt.require(Capability::Clock, "Time")?;
            Ok(Value::int((rt.host.monotonic_nanos() / 1_000) as i64))
        };
        "_unixSeconds" => |rt, _| {
            rt.require(Capability::Clock, "Time")?;
            Ok(Value::int((rt.host.unix_nanos() / 1_000_000_000) as i64))
        };
    }
    "Random" {
        "_step" => |rt, args| {
            // SplitMix64.
            let state = (field(rt, arg(args, 0), 0).as_int().unwrap_or(0) as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
            set_field(rt, arg(args, 0), 0, Value::int(state as i64));
            let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            Ok(Value::int(((z ^ (z >> 31)) >> 11) as i64))
        };
        "_entropy" => |rt, _| {
            let mut bytes = [0; 8];
            rt.require(Capability::Random, "Random")?;
            rt.host.random(&mut bytes).map_err(|error| Control::error(error.0))?;
            Ok(Value::int(i64::from_le_bytes(bytes)))
        };
    }
    "Object" {
        "_newTask" => |rt, _| Ok(rt.new_task());
        "_await:" => |_, args| Err(Control::wait_for(arg(args, 1)));
        "_finishTask:" => |rt, args| {
            rt.finish_task(arg(args, 1), Ok(Value::NIL));
            Ok(arg(args, 0))
        };
        "_busy:" => |rt, args| {
            let by = arg(args, 1).as_int().unwrap_or(0);
            let busy = &mut rt.state_of::<Processes>("recorz.processes").busy;
            *busy += by;
            Ok(Value::int(*busy))
        };
    }
    "ProcessorScheduler" {
        "yield" => |_, _| Err(Control::yield_now());
        "_sleep:" => |_, args| Err(Control::sleep(arg(args, 1).as_int().map_or(0, |n| n.max(0) as u64)));
        "_spawn:" => |rt, args| {
            rt.cooperative = true;
            Err(Control::spawn(arg(args, 1), Vec::new(), Uncaught::Stops))
        };
    }
}

/// How many processes are neither finished nor waiting for a semaphore, the first one aside.
#[derive(Default)]
struct Processes {
    busy: i64,
}

/// Functions that lowered code calls.
pub(crate) const HELPERS: &[NativeDef] = &[NativeDef { name: "recorz.finish", run: finish, inline: None }];

/// At the end of a program: lets the processes run that are still at work.
fn finish(rt: &mut Runtime, _args: &[Value]) -> NativeResult {
    let selector = rt.symbols.intern("_finish");
    let world = World::of(rt, &RECORZ);
    let class = Builtin::ProcessorScheduler.class();
    let found = world.lookup(class, selector);
    let receiver = World::get(rt, &RECORZ).and_then(|world| world.global(rt, "Processor"));
    match (found, receiver) {
        (Some(method), Some(receiver)) => Err(Control::call(method, alloc::vec![receiver])),
        _ => Ok(Value::NIL),
    }
}

/// The value of the global that the first argument names.
fn global(rt: &mut Runtime, args: &[Value]) -> Result<Option<Value>, Control> {
    let Some(name) = owned_text(rt, arg(args, 1)) else { return Err(invalid(rt, "expected a name")) };
    Ok(World::get(rt, &RECORZ).and_then(|world| world.global(rt, &name)))
}

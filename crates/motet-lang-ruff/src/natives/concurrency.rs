//! Promises, timers, the shared store, channels (8.7).
//!
//! A program runs in one thread: promises are settled when they are made, and
//! only the moment at which timers become visible lies ahead.

use alloc::{format, string::String, vec::Vec};

use motet_runtime::{Control, Map, NativeResult, Runtime, Tag, Value};

use super::{
    arguments::{arity, arity_between, as_number, text},
    fail, object, promise,
};
use crate::semantics::{
    dict,
    objects::{Channel, Promise},
    sleep,
};

natives! {
    "async_sleep" => async_sleep;
    "promise_all" => promise_all;
    "await_all" => promise_all;
    "async_timeout" => async_timeout;
    "sleep" => blocking_sleep;
    "get_task_pool_size" => get_task_pool_size;
    "set_task_pool_size" => set_task_pool_size;
    "shared_set" => shared_set;
    "shared_get" => shared_get;
    "shared_has" => shared_has;
    "shared_delete" => shared_delete;
    "shared_add_int" => shared_add_int;
    "channel" => channel;
    "$channel_send" => channel_send;
    "$channel_receive" => channel_receive;
}

const NANOS_PER_MS: u64 = 1_000_000;

/// A promise that is settled now.
pub(crate) fn settled(rt: &mut Runtime, outcome: Result<Value, String>) -> Value {
    promise(rt, Promise { ready_at: 0, outcome })
}

/// A duration in milliseconds: an int that is not negative.
fn milliseconds(v: Value, name: &str) -> Result<u64, Control> {
    match v.as_int().map(u64::try_from) {
        Some(Ok(ms)) => Ok(ms),
        Some(Err(_)) => fail(format!("{name}() requires non-negative milliseconds, got {}", v.as_int().unwrap_or(0))),
        None => fail(format!("{name}() requires an integer milliseconds argument")),
    }
}

/// The moment in `ms` milliseconds, on the host's monotonic clock.
fn moment_in(rt: &mut Runtime, ms: u64) -> u64 {
    rt.host.monotonic_nanos().saturating_add(ms.saturating_mul(NANOS_PER_MS)).max(1)
}

fn async_sleep(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let ms = milliseconds(args[0], name)?;
    let ready_at = moment_in(rt, ms);
    Ok(promise(rt, Promise { ready_at, outcome: Ok(Value::NIL) }))
}

fn promise_all(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity_between(args, name, 1, 2)?;
    let Some(items) = rt.heap.items(args[0]).cloned() else {
        return fail("Promise.all() requires an array of promises");
    };
    rt.charge(items.len())?;
    let (mut ready_at, mut values) = (0, Vec::with_capacity(items.len()));
    let mut rejection: Option<(u64, String)> = None;
    for (i, &item) in items.iter().enumerate() {
        let Some(part) = rt.heap.foreign_as::<Promise>(item) else {
            return fail(format!("Promise.all() array element {i} is not a Promise"));
        };
        ready_at = ready_at.max(part.ready_at);
        match &part.outcome {
            Ok(v) => values.push(*v),
            Err(m) if rejection.is_none() => rejection = Some((part.ready_at, format!("Promise {i} rejected: {m}"))),
            Err(_) => {}
        }
    }
    if let Some((at, message)) = rejection {
        return Ok(promise(rt, Promise { ready_at: at, outcome: Err(message) }));
    }
    let list = super::shared_list(rt, values)?;
    Ok(promise(rt, Promise { ready_at, outcome: Ok(list) }))
}

fn async_timeout(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let ms = milliseconds(args[1], name)?;
    let limit = moment_in(rt, ms);
    let Some(part) = rt.heap.foreign_as::<Promise>(args[0]) else {
        return fail(format!("{name}() requires a promise as the first argument"));
    };
    let (ready_at, outcome) = (part.ready_at, part.outcome.clone());
    if ready_at <= limit {
        if let Ok(v) = outcome {
            rt.heap.share(v);
        }
        return Ok(promise(rt, Promise { ready_at, outcome }));
    }
    Ok(promise(rt, Promise { ready_at: limit, outcome: Err(format!("Timeout after {ms}ms")) }))
}

fn blocking_sleep(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let Some(ms) = as_number(args[0]) else { return fail("sleep() requires a number argument") };
    // A float cast saturates; negative and NaN become 0.
    sleep(rt, (ms * NANOS_PER_MS as f64) as u64)?;
    Ok(Value::int(0))
}

/// Size of the task pool, which a single-threaded program only stores.
struct PoolSize(i64);

impl Default for PoolSize {
    fn default() -> Self {
        PoolSize(256)
    }
}

fn get_task_pool_size(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 0)?;
    Ok(Value::int(rt.state_of::<PoolSize>("ruff.pool").0))
}

fn set_task_pool_size(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let Some(n) = args[0].as_int().filter(|&n| n > 0) else {
        return fail("set_task_pool_size() requires a positive integer");
    };
    let size = rt.state_of::<PoolSize>("ruff.pool");
    Ok(Value::int(core::mem::replace(&mut size.0, n)))
}

/// Index of the shared store's dictionary in [`Runtime::roots`].
#[derive(Default)]
struct Store(Option<usize>);

fn store(rt: &mut Runtime) -> Value {
    if let Some(at) = rt.state_of::<Store>("ruff.shared").0
        && let Some(&map) = rt.roots.get(at)
    {
        return map;
    }
    let map = rt.heap.map(Map::default());
    let at = rt.roots.len();
    rt.roots.push(map);
    rt.state_of::<Store>("ruff.shared").0 = Some(at);
    map
}

fn store_key(rt: &Runtime, args: &[Value], name: &str, n: usize) -> Result<Value, Control> {
    arity(args, name, n)?;
    text(rt, args, 0, name)?;
    Ok(args[0])
}

fn shared_set(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    let key = store_key(rt, args, name, 2)?;
    rt.heap.share(args[1]);
    let map = store(rt);
    dict::set(rt, map, key, args[1]);
    Ok(Value::TRUE)
}

fn shared_get(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    let key = store_key(rt, args, name, 1)?;
    let map = store(rt);
    match dict::get(rt, map, key) {
        Some(v) => {
            rt.heap.share(v);
            Ok(v)
        }
        None => fail(format!("{name} key '{}' not found", rt.heap.text(key).unwrap_or(""))),
    }
}

fn shared_has(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    let key = store_key(rt, args, name, 1)?;
    let map = store(rt);
    Ok(Value::bool(dict::present(rt, map, key).is_some()))
}

fn shared_delete(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    let key = store_key(rt, args, name, 1)?;
    let map = store(rt);
    Ok(Value::bool(dict::remove(rt, map, key).is_some()))
}

fn shared_add_int(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    let key = store_key(rt, args, name, 2)?;
    let Some(n) = args[1].as_int() else { return fail("shared_add_int requires an integer delta") };
    let map = store(rt);
    let text = || rt.heap.text(key).unwrap_or("");
    let Some(old) = dict::find_text(rt, rt.heap.entries(map).unwrap_or(&Map::default()), key) else {
        return fail(format!("{name} key '{}' not found", text()));
    };
    let Some(old) = old.as_int() else { return fail(format!("{name} key '{}' is not an integer", text())) };
    let Some(sum) = old.checked_add(n) else { return fail(format!("Integer overflow: {old} + {n}")) };
    dict::set(rt, map, key, Value::int(sum));
    Ok(Value::int(sum))
}

fn channel(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 0)?;
    object(rt, Channel::default())
}

fn channel_send(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    arity(args.get(1..).unwrap_or_default(), "send", 1)?;
    if args[1].tag().is_heap() && args[1].tag() != Tag::Str {
        rt.heap.share(args[1]);
    }
    rt.charge(1)?;
    if let Some(channel) = rt.heap.foreign_as_mut::<Channel>(args[0]) {
        channel.0.push_back(args[1]);
    }
    Ok(Value::TRUE)
}

fn channel_receive(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    arity(args.get(1..).unwrap_or_default(), "receive", 0)?;
    let channel = args.first().copied().unwrap_or(Value::NIL);
    match rt.heap.foreign_as_mut::<Channel>(channel).and_then(|c| c.0.pop_front()) {
        Some(v) => Ok(v),
        None => fail("receive() on an empty channel: no other task can send"),
    }
}

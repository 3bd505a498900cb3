//! Randomness (8.8).

use alloc::{format, string::String};

use motet_builtins::{encoding::hex, random::Random};
use motet_runtime::{Capability, Control, NativeResult, Runtime, Value};

use super::{
    arguments::{arity, int},
    fail, string,
};

natives! {
    "random" => random;
    "random_int" => random_int;
    "random_choice" => random_choice;
    "random_id" => random_id;
    "uuid_v4" => uuid_v4;
    "set_random_seed" => set_random_seed;
    "clear_random_seed" => clear_random_seed;
}

/// The stream that the program seeded, and the one seeded by the host.
#[derive(Default)]
struct Streams {
    seeded: Option<Random>,
    ambient: Option<Random>,
}

/// A fresh stream from the host's randomness.
pub(crate) fn secure(rt: &mut Runtime, operation: &str) -> Result<Random, Control> {
    rt.require(Capability::Random, operation)?;
    let mut seed = [0; 32];
    match rt.host.random(&mut seed) {
        Ok(()) => Ok(Random::from_seed(seed)),
        Err(e) => fail(format!("{operation}: no source of randomness: {}", e.0)),
    }
}

/// The stream to draw from.
fn stream<'a>(rt: &'a mut Runtime, operation: &str) -> Result<&'a mut Random, Control> {
    let streams = rt.state_of::<Streams>("ruff.random");
    if streams.seeded.is_none() {
        let ambient = match streams.ambient.take() {
            Some(ambient) => {
                rt.require(Capability::Random, operation)?;
                ambient
            }
            None => secure(rt, operation)?,
        };
        rt.state_of::<Streams>("ruff.random").ambient = Some(ambient);
    }
    let streams = rt.state_of::<Streams>("ruff.random");
    match (&mut streams.seeded, &mut streams.ambient) {
        (Some(stream), _) | (None, Some(stream)) => Ok(stream),
        (None, None) => fail("no source of randomness"),
    }
}

fn random(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 0)?;
    Ok(Value::float(stream(rt, name)?.float()))
}

fn random_int(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let (low, high) = (int(args, 0, name)?, int(args, 1, name)?);
    if low > high {
        return fail(format!("{name}() requires min <= max, got {low} and {high}"));
    }
    Ok(Value::int(stream(rt, name)?.int(low, high)))
}

fn random_choice(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let Some(len) = rt.heap.items(args[0]).map(|l| l.len()) else {
        return fail(format!("{name}() requires an array argument"));
    };
    if len == 0 {
        return Ok(Value::int(0));
    }
    let at = stream(rt, name)?.int(0, len as i64 - 1) as usize;
    let v = rt.heap.items(args[0]).and_then(|l| l.get(at)).copied().unwrap_or(Value::NIL);
    rt.heap.share(v);
    Ok(v)
}

fn random_id(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    arity(args, name, 1)?;
    let n = usize::try_from(int(args, 0, name)?).unwrap_or(0);
    rt.reserve(n)?;
    rt.charge(n)?;
    let stream = stream(rt, name)?;
    let out: String = (0..n).map(|_| char::from(LETTERS[stream.int(0, 35) as usize])).collect();
    string(rt, out)
}

fn uuid_v4(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 0)?;
    let mut bytes = [0; 16];
    stream(rt, name)?.fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let h = hex(&bytes);
    string(rt, format!("{}-{}-{}-{}-{}", &h[..8], &h[8..12], &h[12..16], &h[16..20], &h[20..]))
}

fn set_random_seed(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let seed = int(args, 0, name)? as u64;
    rt.state_of::<Streams>("ruff.random").seeded = Some(Random::from_number(seed));
    Ok(Value::NIL)
}

fn clear_random_seed(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 0)?;
    rt.state_of::<Streams>("ruff.random").seeded = None;
    Ok(Value::NIL)
}

//! Arrays and blocks.

use motet_runtime::{Control, NativeResult, Runtime, Tag, Value};

use super::take;
use crate::som::world::{block_params, fail};

natives! {
    "length" => length, Len;
    "array" => array;
    "Array>>at:" => at;
    "Array>>at:put:" => at_put;
    "Array>>length" => length;
    "Array class>>new:" => new;
    "Block>>restart" => restart;
    "Block>>value" => value;
    "Block>>value:" => value;
    "Block>>value:with:" => value;
    "Block1>>value" => value;
    "Block2>>value:" => value;
    "Block3>>value:with:" => value;
}

fn length(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [array] = take(args)?;
    match rt.heap.items(array) {
        Some(items) => Ok(Value::int(items.len() as i64)),
        None => fail("the receiver is no Array"),
    }
}

/// A literal array: its length is fixed.
fn array(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [list] = take(args)?;
    rt.heap.fix_length(list);
    Ok(list)
}

/// Position of the element with an index that counts from 1.
fn position(rt: &Runtime, array: Value, index: Value) -> Result<usize, Control> {
    let Some(items) = rt.heap.items(array) else { return fail("the receiver is no Array") };
    let Some(index) = index.as_int() else { return fail("an index must be an Integer") };
    match usize::try_from(index.wrapping_sub(1)) {
        Ok(at) if at < items.len() => Ok(at),
        _ => fail(alloc::format!("index {index} is outside of 1 to {}", items.len())),
    }
}

fn at(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [array, index] = take(args)?;
    let at = position(rt, array, index)?;
    Ok(rt.heap.items(array).map_or(Value::NIL, |items| items[at]))
}

fn at_put(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [array, index, value] = take(args)?;
    let at = position(rt, array, index)?;
    if let Some(items) = rt.heap.items_mut(array) {
        items[at] = value;
    }
    Ok(value)
}

fn new(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [_, length] = take(args)?;
    let Some(length) = length.as_int().and_then(|n| usize::try_from(n).ok()) else {
        return fail("the length of an Array must be an Integer that is not negative");
    };
    rt.reserve(length.saturating_mul(size_of::<Value>()))?;
    let array = rt.heap.list(alloc::vec![Value::NIL; length]);
    rt.heap.fix_length(array);
    Ok(array)
}

/// Blocks are restarted by the code around them.
fn restart(_rt: &mut Runtime, _args: &[Value]) -> NativeResult {
    fail("a block can be restarted only by its own code")
}

/// Calls a block with the arguments that follow; it takes no fewer.
fn value(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let Some((&block, args)) = args.split_first() else { return fail("a message without receiver") };
    if !matches!(block.tag(), Tag::Func | Tag::Closure) {
        return fail("the receiver is no Block");
    }
    if block_params(rt, block).is_some_and(|params| args.len() > params as usize) {
        return fail("a block was called with too many arguments");
    }
    Err(Control::call(block, args.to_vec()))
}

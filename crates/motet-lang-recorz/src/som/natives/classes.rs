//! Classes and methods as objects.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_runtime::{Control, NativeResult, Runtime, Symbol, Value};

use super::{
    objects::{arity, class_arg},
    take,
};
use crate::{
    som::world::{self, METHOD, PRIMITIVE, SOM, STRING, SYMBOL, fail, is_hidden, plain_name, symbol},
    world::{ClassNo, World},
};

natives! {
    "Class>>name" => name;
    "Class>>new" => new;
    "Class>>superclass" => superclass;
    "Class>>fields" => fields;
    "Class>>methods" => methods;
    "Class>>selectors" => selectors;
    "Class>>hasMethod:" => has_method;
    "Method>>signature" => |rt, args| part(rt, args, 0);
    "Method>>holder" => |rt, args| part(rt, args, 1);
    "Method>>invokeOn:with:" => invoke;
    "Primitive>>signature" => |rt, args| part(rt, args, 0);
    "Primitive>>holder" => |rt, args| part(rt, args, 1);
    "Primitive>>invokeOn:with:" => invoke;
    "Metaclass>>name" => name;
    "Metaclass>>new" => new;
    "Metaclass>>superclass" => superclass;
    "Metaclass>>fields" => fields;
    "Metaclass>>methods" => methods;
}

fn name(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [class] = take(args)?;
    let number = class_arg(rt, class)?;
    let name = world::class_name(rt, number);
    Ok(symbol(rt, &name))
}

fn new(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [class] = take(args)?;
    let number = class_arg(rt, class)?;
    if number == STRING || number == SYMBOL {
        return Ok(rt.heap.str(""));
    }
    let world = World::of(rt, &SOM);
    let (shape, size) = (world.class(number).shape, world.instance_size(number));
    const NILS: [Value; 16] = [Value::NIL; 16];
    Ok(match NILS.get(..size) {
        Some(nils) => rt.heap.record(shape, nils),
        None => rt.heap.record(shape, &alloc::vec![Value::NIL; size]),
    })
}

fn superclass(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [class] = take(args)?;
    let number = class_arg(rt, class)?;
    let world = World::of(rt, &SOM);
    Ok(world.class(number).superclass.map_or(Value::NIL, |above| world.class(above).object))
}

fn array(rt: &mut Runtime, items: Vec<Value>) -> Value {
    let list = rt.heap.list(items);
    rt.heap.fix_length(list);
    list
}

fn fields(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [class] = take(args)?;
    let number = class_arg(rt, class)?;
    let names = World::of(rt, &SOM).all_instance_variables(number);
    let names: Vec<String> = names.into_iter().filter(|n| !is_hidden(n)).map(|n| plain_name(n).to_string()).collect();
    let items = names.iter().map(|name| symbol(rt, name)).collect();
    Ok(array(rt, items))
}

/// Selectors of a class's own methods, in the order of its source.
fn own_selectors(rt: &mut Runtime, number: ClassNo) -> Vec<Symbol> {
    World::of(rt, &SOM).selectors(number)
}

fn methods(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [class] = take(args)?;
    let number = class_arg(rt, class)?;
    let mut items = Vec::new();
    for selector in own_selectors(rt, number) {
        let text = String::from(rt.symbols.name(selector));
        let signature = symbol(rt, &text);
        let world = World::of(rt, &SOM);
        let Some(func) = world.own_method(number, selector).map(|method| method.func) else { continue };
        let shape = world.class(if func.as_native().is_some() { PRIMITIVE } else { METHOD }).shape;
        items.push(rt.heap.record(shape, &[signature, class, func]));
    }
    Ok(array(rt, items))
}

fn selectors(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [class] = take(args)?;
    let number = class_arg(rt, class)?;
    let mut items = Vec::new();
    for selector in own_selectors(rt, number) {
        let text = String::from(rt.symbols.name(selector));
        items.push(symbol(rt, &text));
    }
    Ok(array(rt, items))
}

fn has_method(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [class, selector] = take(args)?;
    let number = class_arg(rt, class)?;
    let Some(name) = world::text(rt, selector).map(String::from) else { return fail("a Symbol is required") };
    let found = match rt.symbols.find(&name) {
        Some(selector) => World::of(rt, &SOM).own_method(number, selector).is_some(),
        None => false,
    };
    Ok(Value::bool(found))
}

/// A part of a method object.
fn method_part(rt: &mut Runtime, method: Value, at: usize) -> Result<Value, Control> {
    let number = world::class(rt, method);
    if number != METHOD && number != PRIMITIVE {
        return fail("the receiver is no Method");
    }
    Ok(rt.heap.fields(method).and_then(|fields| fields.get(at).copied()).unwrap_or(Value::NIL))
}

fn part(rt: &mut Runtime, args: &[Value], at: usize) -> NativeResult {
    let [method] = take(args)?;
    method_part(rt, method, at)
}

fn invoke(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [method, receiver, args] = take(args)?;
    let (signature, func) = (method_part(rt, method, 0)?, method_part(rt, method, 2)?);
    let Some(items) = rt.heap.items(args) else { return fail("an Array of arguments is required") };
    let expected = world::text(rt, signature).map_or(0, arity);
    if items.len() != expected {
        return fail(format!("the method takes {expected} arguments but got {}", items.len()));
    }
    let mut all = Vec::from([receiver]);
    all.extend_from_slice(items);
    Err(Control::call(func, all))
}

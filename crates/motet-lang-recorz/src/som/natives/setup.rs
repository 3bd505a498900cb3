//! What the code of a program calls to define its classes and to fetch what it names.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_runtime::{Control, NativeResult, Runtime, Value};

use super::{load, text::array_of};
use crate::{
    som::world::{self, SOM, fail},
    world::{self as worlds, ClassNo, Definition, Installed, World, words},
};

natives! {
    "define" => define;
    "install" => install;
    "binding" => |rt, args| worlds::binding(rt, args, &SOM);
    "symbol" => symbol;
    "above" => above;
    "arguments" => arguments;
    "class_path" => class_path;
    "unknown_primitive" => |_, _| fail("this primitive is not known");
}

fn text(rt: &Runtime, v: Option<&Value>) -> Option<String> {
    v.and_then(|&v| rt.heap.text(v)).map(ToString::to_string)
}

/// A defect of the compiler: the code of a program calls these functions with what it knows.
fn misused() -> Control {
    Control::error("a function of the compiler is misused")
}

/// Defines a class: name, superclass or nil, variables of its instances, variables of the class.
fn define(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let name = text(rt, args.first()).ok_or_else(misused)?;
    let superclass = text(rt, args.get(1));
    let (instance, class) = (text(rt, args.get(2)).unwrap_or_default(), text(rt, args.get(3)).unwrap_or_default());
    let defined = World::with(rt, &SOM, |world, rt| {
        let number = match world.find_class(&name) {
            Some(number) => number,
            None => {
                let definition = Definition {
                    name: &name,
                    superclass: superclass.as_deref(),
                    instance_variables: Some(words(&instance)),
                    options: true,
                    ..Definition::default()
                };
                world.define_class(rt, &definition)?.0
            }
        };
        if !class.is_empty() {
            world.define_class_side(rt, number, &words(&class))?;
        }
        if name == "System" {
            let system = world.instance(rt, number);
            world.set_binding(rt, "system", system);
            for (name, value) in [("nil", Value::NIL), ("true", Value::TRUE), ("false", Value::FALSE)] {
                world.set_binding(rt, name, value);
            }
        }
        Ok(world.class(number).object)
    });
    defined.or_else(|message: String| fail(message))
}

fn side(rt: &mut Runtime, args: &[Value]) -> Result<ClassNo, Control> {
    let name = text(rt, args.first()).ok_or_else(misused)?;
    let class = World::of(rt, &SOM).find_class(&name).ok_or_else(misused)?;
    Ok(if args.get(1).and_then(|v| v.as_bool()) == Some(true) { class.meta() } else { class })
}

/// Gives a class a method: class, whether its class side, selector, function or nil for a primitive.
fn install(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let number = side(rt, args)?;
    let selector = text(rt, args.get(2)).ok_or_else(misused)?;
    let func = match args.get(3).copied().ok_or_else(misused)? {
        func if func.is_nil() => primitive(rt, number, &selector)?,
        func => func,
    };
    let method = Installed { selector: &selector, func, source: None, protocol: None };
    World::with(rt, &SOM, |world, rt| world.install(rt, number, &method));
    Ok(Value::NIL)
}

/// The native function that is a primitive of a class or of one above.
fn primitive(rt: &mut Runtime, number: ClassNo, selector: &str) -> NativeResult {
    let world = World::of(rt, &SOM);
    let names: Vec<String> = world.lineage(number).map(|n| world.class_name(n)).collect();
    let found = names.iter().find_map(|name| rt.find_native(&format!("som.{name}>>{selector}")));
    match found.or_else(|| rt.find_native("som.unknown_primitive")) {
        Some(native) => Ok(Value::native(native)),
        None => fail("this primitive is not known"),
    }
}

fn symbol(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let name = text(rt, args.first()).ok_or_else(misused)?;
    Ok(world::symbol(rt, &name))
}

/// The class above a class: name, whether its class side.
fn above(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let number = side(rt, args)?;
    let world = World::of(rt, &SOM);
    Ok(world.class(number).superclass.map_or(Value::NIL, |above| world.class(above).object))
}

/// Name of the main class, then the program's arguments.
fn arguments(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let mut all = Vec::from([text(rt, args.first()).ok_or_else(misused)?]);
    all.extend(rt.host.args());
    Ok(array_of(rt, all.iter().map(String::as_str)))
}

/// Says where classes are looked for while the program runs: folders, one a line.
fn class_path(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let folders = text(rt, args.first()).ok_or_else(misused)?;
    load::set_path(rt, folders.split('\n').map(ToString::to_string).collect());
    Ok(Value::NIL)
}

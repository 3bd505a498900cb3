//! Classes: instances, reflection, definition by messages.

use alloc::{
    collections::BTreeSet,
    string::{String, ToString},
    vec::Vec,
};

use motet_runtime::{Control, NativeResult, Runtime, Value};

use super::{arg, array, bytes, class_object, count, invalid, make, objects, owned_text, signal, string};
use crate::{
    classes::{Builtin, is_private},
    library,
    text::Text,
    world::{ClassNo, RECORZ, World},
};

natives! {
    "Behavior" {
        "new" => |rt, args| {
            let class = receiver(rt, args)?;
            instance(rt, class, 0)
        };
        "basicNew" => |rt, args| {
            let class = receiver(rt, args)?;
            instance(rt, class, 0)
        };
        "new:" => |rt, args| {
            let class = receiver(rt, args)?;
            let size = count(rt, arg(args, 1))?;
            instance(rt, class, size)
        };
        "basicNew:" => |rt, args| {
            let class = receiver(rt, args)?;
            let size = count(rt, arg(args, 1))?;
            instance(rt, class, size)
        };
        "name" => |rt, args| {
            let class = receiver(rt, args)?;
            let name = super::world(rt).class_name(class);
            string(rt, name)
        };
        "superclass" => |rt, args| {
            let class = receiver(rt, args)?;
            let superclass = super::world(rt).class(class).superclass;
            Ok(superclass.map_or(Value::NIL, |class| class_object(rt, class)))
        };
        "subclasses" => |rt, args| {
            let class = receiver(rt, args)?;
            list(rt, |world| subclasses(world, class))
        };
        "allSubclasses" => |rt, args| {
            let class = receiver(rt, args)?;
            list(rt, |world| {
                let mut all = subclasses(world, class);
                let mut at = 0;
                while let Some(&next) = all.get(at) {
                    all.extend(subclasses(world, next));
                    at += 1;
                }
                all
            })
        };
        "allSuperclasses" => |rt, args| {
            let class = receiver(rt, args)?;
            list(rt, |world| world.lineage(class).skip(1).collect())
        };
        "withAllSuperclasses" => |rt, args| {
            let class = receiver(rt, args)?;
            list(rt, |world| world.lineage(class).collect())
        };
        "inheritsFrom:" => |rt, args| {
            let class = receiver(rt, args)?;
            let Some(other) = objects::class_arg(rt, arg(args, 1)) else { return Ok(Value::FALSE) };
            Ok(Value::bool(class != other && super::world(rt).inherits(class, other)))
        };
        "includesSelector:" => |rt, args| {
            let class = receiver(rt, args)?;
            let Some(name) = owned_text(rt, arg(args, 1)) else { return Err(invalid(rt, "expected a selector")) };
            let symbol = rt.symbols.intern(&name);
            let world = super::world(rt);
            let has = world.own_method(class, symbol).is_some() || library::defines(world, class, &name);
            Ok(Value::bool(has && !is_private(&name)))
        };
        "canUnderstand:" => |rt, args| {
            let class = receiver(rt, args)?;
            objects::understands(rt, class, arg(args, 1)).map(Value::bool)
        };
        "selectors" => |rt, args| {
            let class = receiver(rt, args)?;
            let names = selectors(rt, class);
            symbols(rt, &names)
        };
        "instanceVariableNames" => |rt, args| {
            let class = receiver(rt, args)?;
            let names: Vec<String> = {
                let variables = &super::world(rt).class(class).instance_variables;
                variables.iter().map(|v| v.to_string()).filter(|v| !is_private(v)).collect()
            };
            symbols(rt, &names)
        };
        "allInstVarNames" => |rt, args| {
            let class = receiver(rt, args)?;
            let all = super::world(rt).all_instance_variables(class);
            let names: Vec<String> = all.into_iter().filter(|v| !is_private(v)).map(String::from).collect();
            symbols(rt, &names)
        };
        "category" => |rt, args| {
            let class = receiver(rt, args)?;
            let category = super::world(rt).class(class).package.clone();
            category.map_or(Ok(Value::NIL), |text| string(rt, &*text))
        };
        "category:" => |rt, args| {
            let class = receiver(rt, args)?;
            let text = owned_text(rt, arg(args, 1)).map(String::into_boxed_str);
            super::world(rt).class_mut(class).package = text;
            Ok(arg(args, 0))
        };
        "comment" => |rt, args| {
            let class = receiver(rt, args)?;
            let comment = super::world(rt).class(class).comment.clone();
            comment.map_or(Ok(Value::NIL), |text| string(rt, &*text))
        };
        "comment:" => |rt, args| {
            let class = receiver(rt, args)?;
            let text = owned_text(rt, arg(args, 1)).map(String::into_boxed_str);
            super::world(rt).class_mut(class).comment = text;
            Ok(arg(args, 0))
        };
        ">>" => |rt, args| {
            let class = receiver(rt, args)?;
            let Some(name) = owned_text(rt, arg(args, 1)) else { return Err(invalid(rt, "expected a selector")) };
            let symbol = rt.symbols.intern(&name);
            let world = super::world(rt);
            if world.own_method(class, symbol).is_none() && !library::defines(world, class, &name) {
                return Err(signal(rt, Builtin::NotFound, "key not found"));
            }
            let selector = rt.heap.str(&name);
            Ok(make(rt, Builtin::CompiledMethod, &[arg(args, 0), selector]))
        };
    }
    "CompiledMethod" {
        "selector" => |rt, args| Ok(super::field(rt, arg(args, 0), 1));
        "methodClass" => |rt, args| Ok(super::field(rt, arg(args, 0), 0));
        "sourceString" => |rt, args| {
            let (class, selector) = (super::field(rt, arg(args, 0), 0), super::field(rt, arg(args, 0), 1));
            let Some(class) = objects::class_arg(rt, class) else { return Ok(Value::NIL) };
            let symbol = rt.heap.text(selector).map(String::from).map(|name| rt.symbols.intern(&name));
            let world = super::world(rt);
            let source = symbol.and_then(|s| world.own_method(class, s)).and_then(|m| m.source.clone());
            source.map_or(Ok(Value::NIL), |text| string(rt, &*text))
        };
        "valueWithReceiver:withArguments:" => |rt, args| {
            let (class, selector) = (super::field(rt, arg(args, 0), 0), super::field(rt, arg(args, 0), 1));
            let Some(class) = objects::class_arg(rt, class) else { return Ok(Value::NIL) };
            let name = rt.heap.text(selector).map(String::from).unwrap_or_default();
            let symbol = rt.symbols.intern(&name);
            let arguments = rt.heap.items(arg(args, 2)).cloned().unwrap_or_default();
            if objects::arity(&name) != arguments.len() {
                return Err(signal(rt, Builtin::WrongArgumentCount, "wrong argument count"));
            }
            let Some(method) = super::world(rt).lookup(class, symbol) else {
                return Err(signal(rt, Builtin::NotFound, "key not found"));
            };
            let mut all = alloc::vec![arg(args, 1)];
            all.extend(arguments);
            Err(Control::call(method, all))
        };
    }
}

/// The class that the receiver is.
fn receiver(rt: &mut Runtime, args: &[Value]) -> Result<ClassNo, Control> {
    match objects::class_arg(rt, arg(args, 0)) {
        Some(class) => Ok(class),
        None => Err(invalid(rt, "expected a class")),
    }
}

/// A new instance with `size` elements, if it has elements.
fn instance(rt: &mut Runtime, class: ClassNo, size: usize) -> NativeResult {
    let world = super::world(rt);
    let kinds =
        [Builtin::Array, Builtin::String, Builtin::ByteArray, Builtin::Symbol, Builtin::Integer, Builtin::Float];
    let Some(kind) = kinds.into_iter().find(|kind| world.inherits(class, kind.class())) else {
        let own = [Builtin::Character, Builtin::BlockClosure, Builtin::UndefinedObject, Builtin::Boolean];
        if own.into_iter().any(|own| world.inherits(class, own.class())) {
            return Err(signal(rt, Builtin::ShouldNotImplement, super::arrays::SHOULD_NOT));
        }
        return World::with(rt, &RECORZ, |world, rt| Ok(world.instance(rt, class)));
    };
    match kind {
        Builtin::Array => {
            rt.reserve(size.saturating_mul(size_of::<Value>()))?;
            array(rt, alloc::vec![Value::NIL; size])
        }
        Builtin::String => {
            rt.reserve(size)?;
            string(rt, Text::filled(' ', size))
        }
        Builtin::ByteArray => {
            rt.reserve(size)?;
            bytes(rt, alloc::vec![0; size])
        }
        _ => Err(signal(rt, Builtin::ShouldNotImplement, super::arrays::SHOULD_NOT)),
    }
}

/// Direct subclasses, in the order of their definition.
fn subclasses(world: &World, class: ClassNo) -> Vec<ClassNo> {
    let side = |number: ClassNo| if class.is_meta() { number.meta() } else { number };
    let all = world.all_classes().map(side).filter(|&c| world.class(c).superclass == Some(class));
    all.filter(|&c| !is_private(&world.class(c).name)).collect()
}

/// An Array of classes.
fn list(rt: &mut Runtime, classes: impl FnOnce(&World) -> Vec<ClassNo>) -> NativeResult {
    let classes = classes(super::world(rt));
    rt.charge(classes.len())?;
    let items = classes.into_iter().map(|class| class_object(rt, class)).collect();
    array(rt, items)
}

/// An Array of Symbols.
fn symbols(rt: &mut Runtime, names: &[String]) -> NativeResult {
    let items = names.iter().map(|name| rt.heap.str(name)).collect();
    array(rt, items)
}

/// Selectors of a class's own methods: those installed, then those of the library that were not compiled in.
fn selectors(rt: &mut Runtime, class: ClassNo) -> Vec<String> {
    let installed = super::world(rt).selectors(class);
    let mut names: Vec<String> = installed.into_iter().map(|s| String::from(rt.symbols.name(s))).collect();
    let seen: BTreeSet<String> = names.iter().cloned().collect();
    let more = library::selectors(super::world(rt), class);
    names.extend(more.filter(|name| !seen.contains(*name)).map(String::from));
    names.retain(|name| !is_private(name));
    names
}

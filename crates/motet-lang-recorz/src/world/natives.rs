//! Native functions with which the code of a program defines classes and methods and reaches globals.

use alloc::{string::ToString, vec::Vec};

use motet_runtime::{Control, NativeDef, NativeResult, Runtime, Value};

use super::{ClassNo, Definition, Dialect, Installed, RECORZ, World, words};
use crate::classes::Builtin;

/// The functions that lowered code calls.
pub(crate) const TABLE: &[NativeDef] = &[
    NativeDef { name: "recorz.binding", run: |rt, args| binding(rt, args, &RECORZ), inline: None },
    NativeDef { name: "recorz.workspace", run: workspace, inline: None },
    NativeDef { name: "recorz.class_variable", run: class_variable, inline: None },
    NativeDef { name: "recorz.define_class", run: define_class, inline: None },
    NativeDef { name: "recorz.define_class_side", run: define_class_side, inline: None },
    NativeDef { name: "recorz.install", run: |rt, args| install(rt, args, &RECORZ), inline: None },
    NativeDef { name: "recorz.class_object", run: class_object, inline: None },
    NativeDef { name: "recorz.character", run: character, inline: None },
    NativeDef { name: "recorz.cannot_return", run: cannot_return, inline: None },
    NativeDef { name: "recorz.undefined", run: undefined, inline: None },
    NativeDef { name: "recorz.is_number", run: is_number, inline: None },
    NativeDef { name: "recorz.loop_bound", run: loop_bound, inline: None },
];

fn text(rt: &Runtime, v: Option<&Value>) -> Option<alloc::string::String> {
    v.and_then(|&v| rt.heap.text(v)).map(ToString::to_string)
}

/// A defect of the compiler: the code of a program calls these functions with what it knows.
fn misused() -> Control {
    Control::error("a function of the compiler is misused")
}

/// The cell of a global: name.
pub(crate) fn binding(rt: &mut Runtime, args: &[Value], dialect: &'static Dialect) -> NativeResult {
    let name = text(rt, args.first()).ok_or_else(misused)?;
    let (world, heap) = World::split(rt, dialect);
    Ok(world.binding(heap, &name))
}

/// The cell of a workspace variable, which holds nil at first: name.
fn workspace(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let cell = binding(rt, args, &RECORZ)?;
    if rt.heap.cell_get(cell).is_some_and(Value::is_unset) {
        rt.heap.cell_set(cell, Value::NIL);
    }
    Ok(cell)
}

fn class_named(rt: &mut Runtime, v: Option<&Value>, dialect: &'static Dialect) -> Result<ClassNo, Control> {
    let name = text(rt, v).ok_or_else(misused)?;
    World::of(rt, dialect).find_class(&name).ok_or_else(misused)
}

/// The cell of a class variable: class, name. A class that neither has nor inherits one gets it.
fn class_variable(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let class = class_named(rt, args.first(), &RECORZ)?;
    let name = text(rt, args.get(1)).ok_or_else(misused)?;
    World::with(rt, &RECORZ, |world, rt| {
        let found = world.class_variable(class, &name);
        Ok(found.unwrap_or_else(|| world.add_class_variable(rt, class, &name)))
    })
}

/// Defines, redefines or finds a class: name; then, each or nil, superclass, instance variables, class variables,
/// package, comment; then whether there was any option. The class.
fn define_class(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let texts: Vec<_> = (0..6).map(|i| text(rt, args.get(i))).collect();
    let given = |i: usize| texts[i].as_deref();
    let definition = Definition {
        name: given(0).ok_or_else(misused)?,
        superclass: given(1),
        instance_variables: given(2).map(words),
        class_variables: given(3).map(words),
        package: given(4),
        comment: given(5),
        options: args.get(6).and_then(|v| v.as_bool()) == Some(true),
    };
    let defined = World::with(rt, &RECORZ, |world, rt| {
        world.define_class(rt, &definition).map(|(number, _)| world.class(number).object)
    });
    defined.map_err(|message| crate::natives::signal(rt, Builtin::Error, &message))
}

/// Declares instance variables of a class side: class, variables.
fn define_class_side(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let class = class_named(rt, args.first(), &RECORZ)?;
    let variables = text(rt, args.get(1)).ok_or_else(misused)?;
    let defined = World::with(rt, &RECORZ, |world, rt| world.define_class_side(rt, class, &words(&variables)));
    defined.map(|()| Value::NIL).map_err(|message| crate::natives::signal(rt, Builtin::Error, &message))
}

/// Gives a class a method: class, whether its class side, selector, function; then, each or nil, source text and
/// protocol. A method without source is one of the library's.
pub(crate) fn install(rt: &mut Runtime, args: &[Value], dialect: &'static Dialect) -> NativeResult {
    let class = class_named(rt, args.first(), dialect)?;
    let number = if args.get(1).and_then(|v| v.as_bool()) == Some(true) { class.meta() } else { class };
    let selector = text(rt, args.get(2)).ok_or_else(misused)?;
    let func = args.get(3).copied().ok_or_else(misused)?;
    let (source, protocol) = (text(rt, args.get(4)), text(rt, args.get(5)));
    let method = Installed { selector: &selector, func, source: source.as_deref(), protocol: protocol.as_deref() };
    World::with(rt, dialect, |world, rt| world.install(rt, number, &method));
    Ok(Value::NIL)
}

/// The character of a code.
fn character(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let code = args.first().and_then(|v| v.as_int()).and_then(|n| u32::try_from(n).ok()).ok_or_else(misused)?;
    let (world, heap) = World::split(rt, &RECORZ);
    Ok(world.character(heap, Builtin::Character.class(), code))
}

/// A class or metaclass as an object: class, whether the metaclass.
fn class_object(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let class = class_named(rt, args.first(), &RECORZ)?;
    let meta = args.get(1).and_then(|v| v.as_bool()) == Some(true);
    Ok(World::of(rt, &RECORZ).class(if meta { class.meta() } else { class }).object)
}

/// Signals that the method of a block has returned already; what a handler answers is the block's value.
fn cannot_return(rt: &mut Runtime, _args: &[Value]) -> NativeResult {
    let text = "Block attempted to return to a dead home context";
    Err(crate::natives::signal(rt, Builtin::BlockCannotReturn, text))
}

/// Whether a loop can count from a value.
fn is_number(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let v = args.first().copied().unwrap_or(Value::NIL);
    World::of(rt, &RECORZ);
    let world = World::get(rt, &RECORZ).ok_or_else(misused)?;
    Ok(Value::bool(world.inherits(world.class_of(rt, v), Builtin::Number.class())))
}

/// The last integer that a loop from an integer reaches: first integer, bound.
fn loop_bound(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (Some(&first), Some(&bound)) = (args.first(), args.get(1)) else { return Err(misused()) };
    if let Some(n) = bound.as_int() {
        return Ok(Value::int(n));
    }
    if let Some(n) = bound.as_float() {
        // Beyond the range this is the nearest integer; NaN bounds no loop.
        let below = if n.is_nan() { i64::MIN } else { n as i64 };
        return Ok(Value::int(if below as f64 > n { below.saturating_sub(1) } else { below }));
    }
    // Fractions and large integers say themselves what is the last integer; anything else does not compare with one.
    World::of(rt, &RECORZ);
    let world = World::get(rt, &RECORZ).ok_or_else(misused)?;
    let class = world.class_of(rt, bound);
    if class == Builtin::LargePositiveInteger.class() {
        return Ok(Value::int(i64::MAX));
    }
    if class == Builtin::LargeNegativeInteger.class() {
        return Ok(Value::int(i64::MIN));
    }
    let is_number = world.inherits(class, Builtin::Number.class());
    let (receiver, selector, args) = if is_number { (bound, "floor", &[][..]) } else { (first, "<=", &args[1..]) };
    Err(crate::natives::send(rt, receiver, selector, args))
}

/// Signals that a global has no value: its name. What a handler resumes with is the value.
fn undefined(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let name = text(rt, args.first()).ok_or_else(misused)?;
    Err(crate::natives::signal(rt, Builtin::Error, &alloc::format!("undefined variable '{name}'")))
}

//! The world of SOM: its dialect, interned symbols, and how messages find their methods.

use alloc::{boxed::Box, collections::BTreeMap, format, string::String, vec, vec::Vec};

use motet_runtime::{Control, NativeDef, NativeResult, Runtime, Symbol, Tag, Value};

use super::LANGUAGE;
use crate::{
    big::Big,
    world::{ClassNo, ClassRow, Dialect, World},
};

/// SOM. Methods are installed one by one, primitives included, because their order can be observed.
pub(crate) static SOM: Dialect = Dialect { name: LANGUAGE, classes: rows, natives: no_methods, class_of };

fn no_methods() -> &'static [NativeDef] {
    &[]
}

macro_rules! classes {
    ($($name:ident = $number:literal: $text:literal, $superclass:literal, $variables:expr;)*) => {
        $(#[allow(dead_code)] pub(crate) const $name: ClassNo = ClassNo($number * 2);)*

        /// The classes of the engine's values. Their variables are hidden.
        const ROWS: &[(&str, &str, &[&str])] = &[$(($text, $superclass, $variables)),*];
    };
}

classes! {
    OBJECT = 0: "Object", "", &[];
    CLASS = 1: "Class", "Object", &["_number"];
    METACLASS = 2: "Metaclass", "Class", &[];
    METHOD = 3: "Method", "Object", &["_signature", "_holder", "_function"];
    PRIMITIVE = 4: "Primitive", "Method", &[];
    NIL = 5: "Nil", "Object", &[];
    BOOLEAN = 6: "Boolean", "Object", &[];
    TRUE = 7: "True", "Boolean", &[];
    FALSE = 8: "False", "Boolean", &[];
    INTEGER = 9: "Integer", "Object", &[];
    DOUBLE = 10: "Double", "Object", &[];
    STRING = 11: "String", "Object", &[];
    SYMBOL = 12: "Symbol", "String", &["_text"];
    ARRAY = 13: "Array", "Object", &[];
    BLOCK = 14: "Block", "Object", &[];
    BLOCK1 = 15: "Block1", "Block", &[];
    BLOCK2 = 16: "Block2", "Block", &[];
    BLOCK3 = 17: "Block3", "Block", &[];
}

fn rows() -> Vec<ClassRow> {
    let row = |&(name, superclass, instance_variables)| ClassRow { name, superclass, instance_variables, instance: "" };
    ROWS.iter().map(row).collect()
}

/// Whether a variable is the engine's own.
pub(crate) fn is_hidden(variable: &str) -> bool {
    variable.starts_with('_')
}

/// A variable's name as programs know it.
pub(crate) fn plain_name(variable: &str) -> &str {
    variable.trim_end_matches(super::lower::REPEATED)
}

/// Number of arguments that a block takes.
pub(crate) fn block_params(rt: &Runtime, v: Value) -> Option<u32> {
    let id = v.as_func().or_else(|| rt.heap.closure_func(v))?;
    rt.funcs.get(id.0 as usize).map(|f| f.params)
}

fn class_of(rt: &Runtime, v: Value) -> ClassNo {
    match v.tag() {
        Tag::Nil | Tag::Unset => NIL,
        Tag::Bool if v.as_bool() == Some(true) => TRUE,
        Tag::Bool => FALSE,
        Tag::Int => INTEGER,
        Tag::Float => DOUBLE,
        Tag::Str => STRING,
        Tag::List => ARRAY,
        Tag::Func | Tag::Closure | Tag::Native => match block_params(rt, v) {
            Some(0) => BLOCK1,
            Some(1) => BLOCK2,
            Some(2) => BLOCK3,
            _ => BLOCK,
        },
        Tag::Foreign if rt.heap.foreign_as::<Big>(v).is_some() => INTEGER,
        Tag::Foreign | Tag::Map | Tag::Record | Tag::Cell => OBJECT,
    }
}

/// The class of a value.
pub(crate) fn class(rt: &mut Runtime, v: Value) -> ClassNo {
    World::of(rt, &SOM);
    World::get(rt, &SOM).map_or(OBJECT, |world| world.class_of(rt, v))
}

/// Name of a class: `Foo`, `Foo class`.
pub(crate) fn class_name(rt: &mut Runtime, number: ClassNo) -> String {
    World::of(rt, &SOM).class_name(number)
}

// ---- symbols

/// Interned symbols.
#[derive(Default)]
struct Interned {
    by_text: BTreeMap<Box<str>, Value>,
    /// The list that keeps them alive.
    anchor: Option<Value>,
}

/// Key of the symbols in the runtime's state.
const INTERNED: &str = "som.symbols";

/// The symbol of a text.
pub(crate) fn symbol(rt: &mut Runtime, text: &str) -> Value {
    if let Some(&symbol) = rt.state_of::<Interned>(INTERNED).by_text.get(text) {
        return symbol;
    }
    let shape = World::of(rt, &SOM).class(SYMBOL).shape;
    let content = rt.heap.str(text);
    let symbol = rt.heap.record(shape, &[content]);
    let anchor = match rt.state_of::<Interned>(INTERNED).anchor {
        Some(anchor) => anchor,
        None => {
            let anchor = rt.heap.list(Vec::new());
            rt.roots.push(anchor);
            rt.state_of::<Interned>(INTERNED).anchor = Some(anchor);
            anchor
        }
    };
    rt.heap.push(anchor, symbol);
    rt.state_of::<Interned>(INTERNED).by_text.insert(Box::from(text), symbol);
    symbol
}

/// The text of a symbol, as a value.
pub(crate) fn symbol_text(rt: &Runtime, v: Value) -> Option<Value> {
    if v.tag() != Tag::Record {
        return None;
    }
    let world = World::get(rt, &SOM)?;
    (world.class_of(rt, v) == SYMBOL).then(|| rt.heap.fields(v)?.first().copied()).flatten()
}

/// The characters of a string or symbol.
pub(crate) fn text(rt: &Runtime, v: Value) -> Option<&str> {
    match v.tag() {
        Tag::Str => rt.heap.text(v),
        _ => rt.heap.text(symbol_text(rt, v)?),
    }
}

/// The core's symbol for a selector.
pub(crate) fn selector(rt: &mut Runtime, v: Value) -> Option<Symbol> {
    let content = symbol_text(rt, v)?;
    let text = rt.heap.text(content)?;
    Some(rt.symbols.intern(text))
}

// ---- messages

/// What a message to instances of a class calls.
pub(crate) fn lookup(rt: &mut Runtime, number: ClassNo, selector: Symbol) -> Option<Value> {
    World::of(rt, &SOM).lookup(number, selector)
}

/// Sends a message; `args` begins with the receiver.
pub(crate) fn send(rt: &mut Runtime, selector: Symbol, args: Vec<Value>) -> NativeResult {
    let Some(&receiver) = args.first() else { return fail("a message without receiver") };
    let number = class(rt, receiver);
    send_as(rt, number, selector, args)
}

/// Sends a message as if the receiver were of a class.
pub(crate) fn send_as(rt: &mut Runtime, number: ClassNo, selector: Symbol, args: Vec<Value>) -> NativeResult {
    match lookup(rt, number, selector) {
        Some(method) => Err(Control::call(method, args)),
        None => not_understood(rt, selector, &args),
    }
}

/// Sends a message named by its text.
pub(crate) fn send_named(rt: &mut Runtime, selector: &str, args: Vec<Value>) -> NativeResult {
    let selector = rt.symbols.intern(selector);
    send(rt, selector, args)
}

/// The receiver has no such method: `doesNotUnderstand:arguments:`.
pub(crate) fn not_understood(rt: &mut Runtime, selector: Symbol, args: &[Value]) -> NativeResult {
    let Some((&receiver, args)) = args.split_first() else { return fail("a message without receiver") };
    let number = class(rt, receiver);
    let name = String::from(rt.symbols.name(selector));
    let hook = rt.symbols.intern("doesNotUnderstand:arguments:");
    match lookup(rt, number, hook) {
        Some(method) => {
            let name = symbol(rt, &name);
            let list = rt.heap.list(args.to_vec());
            rt.heap.fix_length(list);
            Err(Control::call(method, vec![receiver, name, list]))
        }
        None => {
            let class = class_name(rt, number);
            fail(format!("Method {name} not found in class {class}"))
        }
    }
}

// ---- failures

/// Ends the program, as primitives do that cannot do what they are asked to.
pub(crate) fn fail<T>(message: impl Into<String>) -> Result<T, Control> {
    Err(Control::error(message))
}

/// As [`fail`], and as `error:` does: with the text on standard output, too.
pub(crate) fn fail_aloud(rt: &mut Runtime, message: String) -> Control {
    rt.host.write_out(format!("\nERROR: {message}\n").as_bytes());
    Control::error(message)
}

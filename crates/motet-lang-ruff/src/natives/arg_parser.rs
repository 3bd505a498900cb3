//! The command-line parser that programs build with `arg_parser` (8.8).
//!
//! A parser is a struct `ArgParser` with one field, the array of argument
//! descriptions (dictionaries with the keys `long short type required help
//! default`).

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_runtime::{Control, NativeResult, Runtime, Value};

use super::{arguments::owned, fail, new_dict, string};
use crate::semantics::{dict, display::text as display_text, is_truthy, new_struct};

natives! {
    "arg_parser" => arg_parser;
    "$parser_add" => add;
    "$parser_parse" => parse;
    "$parser_help" => help;
}

const FIELD: &str = "arguments";
const OPTIONS: [&str; 5] = ["short", "type", "required", "help", "default"];

fn make(rt: &mut Runtime, arguments: Vec<Value>) -> Value {
    let list = rt.heap.list(arguments);
    new_struct(rt, "ArgParser", &[(FIELD, list)])
}

fn arg_parser(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    super::arguments::arity(args, name, 0)?;
    Ok(make(rt, Vec::new()))
}

/// The descriptions of a parser.
fn descriptions(rt: &Runtime, args: &[Value]) -> Vec<Value> {
    let field = rt.symbols.find(FIELD);
    let list = args.first().zip(field).and_then(|(&parser, name)| rt.field(parser, name));
    list.and_then(|l| rt.heap.items(l)).cloned().unwrap_or_default()
}

/// Text of a description's entry; empty when missing.
fn entry(rt: &mut Runtime, description: Value, key: &str) -> String {
    match super::option(rt, description, key) {
        Some(v) => display_text(rt, v),
        None => String::new(),
    }
}

fn add(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    const NAME: &str = "add_argument";
    let long = match args.get(1).and_then(|&v| rt.heap.text(v)) {
        Some(text) => text.to_string(),
        None => return fail(format!("{NAME}() requires an argument name")),
    };
    let mut rest = args.get(2..).unwrap_or_default();
    let description = new_dict(rt, []);
    let set = |rt: &mut Runtime, key: &str, value: Value| {
        let key = rt.heap.str(key);
        rt.heap.share(value);
        dict::set(rt, description, key, value);
    };
    set(rt, "long", args[1]);
    // An odd number of further arguments: the first is the short name.
    if rest.len() % 2 == 1 {
        set(rt, "short", rest[0]);
        rest = &rest[1..];
    }
    for option in rest.chunks_exact(2) {
        let key = owned(rt, option, 0, NAME)?;
        if !OPTIONS.contains(&key.as_str()) {
            return fail(format!("{NAME}() unknown option '{key}' for {long}"));
        }
        set(rt, &key, option[1]);
    }
    let mut all = descriptions(rt, args);
    for &v in &all {
        rt.heap.share(v);
    }
    all.push(description);
    Ok(make(rt, all))
}

/// Value of an argument from its text.
fn convert(rt: &mut Runtime, kind: &str, long: &str, text: &str) -> NativeResult {
    match kind {
        "int" => match text.parse() {
            Ok(n) => Ok(Value::int(n)),
            Err(_) => fail(format!("Argument {long} requires an integer value, got: {text}")),
        },
        "float" => match text.parse() {
            Ok(x) => Ok(Value::float(x)),
            Err(_) => fail(format!("Argument {long} requires a float value, got: {text}")),
        },
        _ => Ok(rt.heap.str(text)),
    }
}

fn parse(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    let known = descriptions(rt, args);
    let given = rt.host.args();
    let result = new_dict(rt, []);
    let mut positional = Vec::new();
    let mut words = given.iter();
    while let Some(word) = words.next() {
        if !word.starts_with('-') || word.len() < 2 {
            positional.push(rt.heap.str(word));
            continue;
        }
        let Some((description, long)) = find(rt, &known, word) else {
            return fail(format!("Unknown argument: {word}"));
        };
        let kind = entry(rt, description, "type");
        let value = if kind == "bool" {
            Value::TRUE
        } else {
            match words.next() {
                Some(text) => convert(rt, &kind, &long, text)?,
                None => return fail(format!("Argument {long} requires a value")),
            }
        };
        set_result(rt, result, &long, value);
    }
    fill_missing(rt, result, &known)?;
    let positional = rt.heap.list(positional);
    set_result(rt, result, "_positional", positional);
    Ok(result)
}

/// The description with this long or short name, and the long name.
fn find(rt: &mut Runtime, known: &[Value], word: &str) -> Option<(Value, String)> {
    for &description in known {
        let long = entry(rt, description, "long");
        if long == word || entry(rt, description, "short") == word {
            return Some((description, long));
        }
    }
    None
}

fn set_result(rt: &mut Runtime, result: Value, long: &str, value: Value) {
    let key = rt.heap.str(long.trim_start_matches('-'));
    dict::set(rt, result, key, value);
}

fn fill_missing(rt: &mut Runtime, result: Value, known: &[Value]) -> Result<(), Control> {
    for &description in known {
        let long = entry(rt, description, "long");
        if super::option(rt, result, long.trim_start_matches('-')).is_some() {
            continue;
        }
        if is_required(rt, description) {
            return fail(format!("Required argument {long} is missing"));
        }
        let value = match super::option(rt, description, "default") {
            Some(v) => v,
            None if entry(rt, description, "type") == "bool" => Value::FALSE,
            None => Value::NIL,
        };
        rt.heap.share(value);
        set_result(rt, result, &long, value);
    }
    Ok(())
}

fn is_required(rt: &mut Runtime, description: Value) -> bool {
    super::option(rt, description, "required").is_some_and(|v| is_truthy(rt, v))
}

fn help(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    let mut out = String::from("\n\n\n\nOptions:\n");
    for description in descriptions(rt, args) {
        let (long, short) = (entry(rt, description, "long"), entry(rt, description, "short"));
        out.push_str(&if short.is_empty() { format!("      {long}") } else { format!("  {short}, {long}") });
        let kind = entry(rt, description, "type");
        if kind != "bool" {
            out.push_str(&format!(" <{}>", if kind.is_empty() { "string" } else { &kind }));
        }
        if is_required(rt, description) {
            out.push_str(" (required)");
        }
        if super::option(rt, description, "default").is_some() {
            out.push_str(&format!(" [default: {}]", entry(rt, description, "default")));
        }
        out.push('\n');
        let text = entry(rt, description, "help");
        if !text.is_empty() {
            out.push_str(&format!("        {text}\n"));
        }
    }
    string(rt, out)
}

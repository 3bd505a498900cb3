//! Output, input, ending, errors, assertions (8.1).

use alloc::{
    format,
    string::{String, ToString},
};

use motet_runtime::{Control, NativeResult, Runtime, Tag, Value};

use super::{arguments::arity, arity_between, fail, string};
use crate::semantics::{
    dict,
    display::{debug_form, display, inspect},
    equality::equal,
    is_truthy,
};

natives! {
    "print" => print;
    "println" => print;
    "eprint" => eprint;
    "debug" => debug;
    "input" => input;
    "exit" => exit;
    "error" => error;
    "assert" => assert;
    "assert_equal" => assert_equal;
    "assert_true" => assert_bool;
    "assert_false" => assert_bool;
    "assert_contains" => assert_contains;
}

fn line(rt: &mut Runtime, args: &[Value]) -> Result<String, Control> {
    let mut out = String::new();
    for (i, &v) in args.iter().enumerate() {
        if i > 0 {
            out.push(' ');
        }
        display(rt, v, &mut out);
    }
    out.push('\n');
    rt.charge(out.len() / 64)?;
    Ok(out)
}

fn print(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    let out = line(rt, args)?;
    rt.host.write_out(out.as_bytes());
    Ok(Value::NIL)
}

fn eprint(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    let out = line(rt, args)?;
    rt.host.flush();
    rt.host.write_err(out.as_bytes());
    Ok(Value::NIL)
}

fn debug(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    let mut out = String::from("[DEBUG] ");
    for (i, &v) in args.iter().enumerate() {
        if i > 0 {
            out.push(' ');
        }
        out.push_str(&inspect(rt, v));
    }
    out.push('\n');
    rt.charge(out.len() / 64)?;
    rt.host.write_out(out.as_bytes());
    Ok(Value::NIL)
}

fn input(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity_between(args, name, 0, 1)?;
    if let Some(&prompt) = args.first() {
        let Some(prompt) = rt.heap.text(prompt).map(ToString::to_string) else {
            return fail("input() requires a string prompt when provided");
        };
        rt.host.write_out(prompt.as_bytes());
    }
    rt.host.flush();
    let line = rt.host.read_line().unwrap_or_default();
    rt.waited();
    string(rt, line.trim_end().to_string())
}

fn exit(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity_between(args, name, 0, 1)?;
    let status = match args.first() {
        None => 0,
        Some(v) => match (v.as_int(), v.as_float()) {
            (Some(n), _) => n as i32,
            (_, Some(x)) => x as i32,
            _ => return fail("exit() requires a numeric argument"),
        },
    };
    rt.host.flush();
    Err(Control::Exit(status))
}

fn error(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    match rt.heap.text(args[0]) {
        Some(text) => fail(text),
        None => fail(debug_form(rt, args[0])),
    }
}

fn assert(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    if !(1..=2).contains(&args.len()) {
        return fail(format!("{name} expects 1 to 2 arguments, got {}", args.len()));
    }
    if is_truthy(rt, args[0]) {
        return Ok(Value::TRUE);
    }
    fail(args.get(1).and_then(|&m| rt.heap.text(m)).unwrap_or("Assertion failed"))
}

fn assert_equal(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    if equal(rt, args[0], args[1]) {
        return Ok(Value::TRUE);
    }
    fail(format!("Assertion failed: expected {}, got {}", debug_form(rt, args[1]), debug_form(rt, args[0])))
}

fn assert_bool(_rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let want = name == "assert_true";
    match args[0].as_bool() {
        Some(b) if b == want => Ok(Value::TRUE),
        Some(b) => fail(format!("Assertion failed: expected {want}, got {b}")),
        None => fail(format!("{name} requires a boolean argument")),
    }
}

fn assert_contains(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let (whole, part) = (args[0], args[1]);
    let found = match whole.tag() {
        Tag::List => rt.heap.items(whole).is_some_and(|l| l.iter().any(|&v| equal(rt, v, part))),
        Tag::Str => match (rt.heap.text(whole), rt.heap.text(part)) {
            (Some(whole), Some(part)) => whole.contains(part),
            _ => false,
        },
        Tag::Map => dict::present(rt, whole, part).is_some(),
        _ => return fail("assert_contains requires an array, string, or dict as the first argument"),
    };
    if found {
        return Ok(Value::TRUE);
    }
    fail(format!("Assertion failed: {} does not contain {}", debug_form(rt, whole), debug_form(rt, part)))
}

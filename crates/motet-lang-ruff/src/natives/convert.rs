//! Conversions and types (8.3).

use alloc::{format, string::String, vec::Vec};

use motet_runtime::{Map, NativeResult, Runtime, Tag, Value};

use super::{
    arguments::{arity, as_number},
    bytes, fail, kind_name, shared_list, string,
};
use crate::semantics::{
    display::{debug_form, display, text},
    is_truthy, kind,
};

natives! {
    "to_string" => to_string;
    "str" => to_string;
    "to_int" => to_int;
    "to_float" => to_float;
    "parse_int" => parse_int;
    "parse_float" => parse_float;
    "to_bool" => to_bool;
    "is_truthy" => truthy;
    "type" => type_of;
    "type_of" => type_of;
    "is_int" => is_kind;
    "is_float" => is_kind;
    "is_string" => is_kind;
    "is_bool" => is_kind;
    "is_array" => is_kind;
    "is_dict" => is_kind;
    "is_null" => is_kind;
    "is_function" => is_kind;
    "bytes" => make_bytes;
    "array" => array;
    "dict" => dict;
    "format" => format;
}

fn to_string(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    if args[0].tag() == Tag::Str {
        return Ok(args[0]);
    }
    if let Some(n) = args[0].as_int() {
        return Ok(rt.heap.decimal(n));
    }
    let out = text(rt, args[0]);
    string(rt, out)
}

fn to_int(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let v = args[0];
    match v.tag() {
        Tag::Int => Ok(v),
        Tag::Float => Ok(Value::int(v.as_float().unwrap_or(0.0) as i64)),
        Tag::Bool => Ok(Value::int(i64::from(v.as_bool() == Some(true)))),
        Tag::Str => {
            let s = rt.heap.text(v).unwrap_or("");
            match s.trim().parse() {
                Ok(n) => Ok(Value::int(n)),
                Err(_) => fail(format!("Cannot convert '{s}' to int")),
            }
        }
        _ => fail(format!("Cannot convert {} to int", kind_name(rt, v))),
    }
}

fn to_float(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let v = args[0];
    match v.tag() {
        Tag::Int | Tag::Float => Ok(Value::float(as_number(v).unwrap_or(0.0))),
        Tag::Bool => Ok(Value::float(if v.as_bool() == Some(true) { 1.0 } else { 0.0 })),
        Tag::Str => {
            let s = rt.heap.text(v).unwrap_or("");
            match s.trim().parse() {
                Ok(x) => Ok(Value::float(x)),
                Err(_) => fail(format!("Cannot convert '{s}' to float")),
            }
        }
        _ => fail(format!("Cannot convert {} to float", kind_name(rt, v))),
    }
}

fn parse_int(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let Some(s) = rt.heap.text(args[0]) else { return fail("parse_int requires a string argument") };
    match s.trim().parse() {
        Ok(n) => Ok(Value::int(n)),
        Err(_) => fail(format!("Cannot parse '{s}' as integer")),
    }
}

fn parse_float(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let Some(s) = rt.heap.text(args[0]) else { return fail("parse_float requires a string argument") };
    match s.trim().parse() {
        Ok(x) => Ok(Value::float(x)),
        Err(_) => fail(format!("Cannot parse '{s}' as float")),
    }
}

fn to_bool(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    Ok(Value::bool(match rt.heap.text(args[0]) {
        Some(s) => !s.is_empty() && s != "0" && !s.eq_ignore_ascii_case("false"),
        None => is_truthy(rt, args[0]),
    }))
}

fn truthy(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    Ok(Value::bool(is_truthy(rt, args[0])))
}

fn type_of(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let name = kind::type_name(rt, args[0]);
    Ok(rt.heap.str(name))
}

fn is_kind(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    Ok(Value::bool(kind::type_name(rt, args[0]) == &name["is_".len()..]))
}

fn make_bytes(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let Some(items) = rt.heap.items(args[0]) else { return fail("bytes() requires an array of integers") };
    let mut data = Vec::with_capacity(items.len());
    for v in items {
        match v.as_int() {
            Some(i) => match u8::try_from(i) {
                Ok(b) => data.push(b),
                Err(_) => return fail(format!("bytes() requires integers in range 0-255, got {i}")),
            },
            None => return fail("bytes() requires an array of integers"),
        }
    }
    rt.charge(data.len())?;
    bytes(rt, data)
}

fn array(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    shared_list(rt, args.to_vec())
}

fn dict(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    if !args.is_empty() {
        return fail(format!("{name}() expects 0 arguments"));
    }
    Ok(rt.heap.map(Map::default()))
}

fn format(rt: &mut Runtime, args: &[Value], _name: &str) -> NativeResult {
    let Some(template) = args.first().and_then(|&v| rt.heap.text(v)) else {
        return fail("format() first argument must be a string");
    };
    let mut values = args[1..].iter().copied();
    let mut out = String::with_capacity(template.len());
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let Some(&spec @ ('s' | 'd' | 'f' | '%')) = chars.peek() else {
            out.push('%');
            continue;
        };
        chars.next();
        if spec == '%' {
            out.push('%');
            continue;
        }
        let Some(v) = values.next() else { return fail(format!("format() missing argument for placeholder %{spec}")) };
        match (spec, v.tag()) {
            ('s', Tag::List) => out.push_str("[Array]"),
            ('s', Tag::Map) => out.push_str("{Dict}"),
            ('s', _) | ('d' | 'f', Tag::Int) | ('f', Tag::Float) => display(rt, v, &mut out),
            ('d', Tag::Float) => display(rt, Value::int(v.as_float().unwrap_or(0.0) as i64), &mut out),
            ('d', Tag::Bool) => out.push(if v.as_bool() == Some(true) { '1' } else { '0' }),
            _ => return fail(format!("format() %{spec} requires numeric argument, got {}", debug_form(rt, v))),
        }
    }
    string(rt, out)
}

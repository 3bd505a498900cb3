//! Regular expressions (8.8).

use alloc::{string::String, vec::Vec};

use motet_builtins::regexes::{Patterns, Regex};
use motet_runtime::{Control, NativeResult, Runtime, Value};

use super::{
    arguments::{arity, owned, text},
    string,
};

natives! {
    "regex_match" => regex_match;
    "regex_find_all" => regex_find_all;
    "regex_replace" => regex_replace;
    "regex_split" => regex_split;
}

/// Text, compiled pattern; `None` for an invalid pattern.
fn text_and_pattern(
    rt: &mut Runtime,
    args: &[Value],
    name: &str,
    n: usize,
) -> Result<(String, Option<Regex>), Control> {
    arity(args, name, n)?;
    let (s, pattern) = (owned(rt, args, 0, name)?, owned(rt, args, 1, name)?);
    rt.charge(s.len() / 8 + pattern.len())?;
    Ok((s, rt.state_of::<Patterns>("ruff.patterns").get(&pattern)))
}

fn regex_match(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    let (s, pattern) = text_and_pattern(rt, args, name, 2)?;
    Ok(Value::bool(pattern.is_some_and(|p| p.is_match(&s))))
}

fn regex_find_all(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    let (s, pattern) = text_and_pattern(rt, args, name, 2)?;
    match pattern {
        Some(p) => super::strings(rt, p.find_iter(&s).map(|m| m.as_str())),
        None => Ok(rt.heap.list(Vec::new())),
    }
}

fn regex_replace(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    let (s, pattern) = text_and_pattern(rt, args, name, 3)?;
    let Some(p) = pattern else { return Ok(args[0]) };
    let replacement = text(rt, args, 2, name)?;
    let room = rt.heap.limit().saturating_sub(rt.heap.bytes());
    let (mut out, mut last) = (String::new(), 0);
    for captures in p.captures_iter(&s) {
        let Some(whole) = captures.get(0) else { continue };
        out.push_str(&s[last..whole.start()]);
        captures.expand(replacement, &mut out);
        last = whole.end();
        if out.len() > room {
            return Err(motet_runtime::out_of_memory());
        }
    }
    out.push_str(&s[last..]);
    string(rt, out)
}

fn regex_split(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    let (s, pattern) = text_and_pattern(rt, args, name, 2)?;
    match pattern {
        Some(p) => super::strings(rt, p.split(&s)),
        None => Ok(rt.heap.list(Vec::from([args[0]]))),
    }
}

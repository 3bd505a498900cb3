//! Types of parameters and results as text, and names that live as long as the process.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use motet::HostType;

use crate::{failure::Failure, types::motet_status};

/// Deepest type.
const MAX_DEPTH: usize = 16;
/// Most parameters: what languages can number.
const MAX_PARAMS: usize = 64;

/// Reads types like `int, [string], {float}, any?`; an empty text is no type.
pub(crate) fn types(text: &str) -> Result<Vec<HostType>, Failure> {
    let mut rest = text.trim();
    let mut types = Vec::new();
    while !rest.is_empty() {
        types.push(one(&mut rest, 0).map_err(|()| bad(text))?);
        rest = rest.trim_start();
        match rest.strip_prefix(',') {
            Some(after) if !after.trim().is_empty() && types.len() < MAX_PARAMS => rest = after.trim_start(),
            _ if rest.is_empty() => {}
            _ => return Err(bad(text)),
        }
    }
    Ok(types)
}

/// Reads one type.
pub(crate) fn one_type(text: &str) -> Result<HostType, Failure> {
    let mut found = types(text)?;
    if found.len() > 1 { Err(bad(text)) } else { found.pop().ok_or_else(|| bad(text)) }
}

fn bad(text: &str) -> Failure {
    Failure::new(motet_status::BadArgument, format!("`{text}` is not a list of types like `int, [string], any?`"))
}

fn one(rest: &mut &str, depth: usize) -> Result<HostType, ()> {
    if depth > MAX_DEPTH {
        return Err(());
    }
    let text = rest.trim_start();
    let mut found = if let Some(inner) = text.strip_prefix('[') {
        *rest = inner;
        let element = one(rest, depth + 1)?;
        *rest = rest.trim_start().strip_prefix(']').ok_or(())?;
        HostType::List(Box::new(element))
    } else if let Some(inner) = text.strip_prefix('{') {
        *rest = inner;
        let element = one(rest, depth + 1)?;
        *rest = rest.trim_start().strip_prefix('}').ok_or(())?;
        HostType::Map(Box::new(element))
    } else {
        let end = text.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(text.len());
        *rest = &text[end..];
        match &text[..end] {
            "any" => HostType::Any,
            "nil" => HostType::Nil,
            "bool" => HostType::Bool,
            "int" => HostType::Int,
            "float" => HostType::Float,
            "string" => HostType::Str,
            _ => return Err(()),
        }
    };
    if let Some(after) = rest.trim_start().strip_prefix('?') {
        *rest = after;
        found = HostType::Optional(Box::new(found));
    }
    Ok(found)
}

/// The same name, for the rest of the process: native functions have such names. Each name is kept once.
pub(crate) fn intern(name: &str) -> &'static str {
    static NAMES: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    // Nothing that can panic happens between two halves of a change.
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let names = names.get_or_insert_default();
    if let Some(found) = names.get(name) {
        return found;
    }
    let kept: &'static str = Box::leak(name.into());
    names.insert(kept);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_from_text() {
        let check = |text: &str, expected: Option<&str>| {
            let found = types(text).ok().map(|t| format!("{t:?}"));
            assert_eq!(found.as_deref(), expected, "{text}");
        };
        check("", Some("[]"));
        check(" int ,string? ", Some("[Int, Optional(Str)]"));
        check("[ {float} ]?, any", Some("[Optional(List(Map(Float))), Any]"));
        check("bool,nil", Some("[Bool, Nil]"));
        for wrong in ["int,", ",int", "integer", "[int", "{int]", "int string", "??", "int??", "Int"] {
            check(wrong, None);
        }
        check(&"[".repeat(100_000), None);
        check(&format!("int{}", ",int".repeat(63)), Some(&format!("[Int{}]", ", Int".repeat(63))));
        check(&format!("int{}", ",int".repeat(64)), None);
    }
}

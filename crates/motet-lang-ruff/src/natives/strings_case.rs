//! Letter case and identifier styles of strings (8.4).

use alloc::string::String;

use motet_runtime::{NativeResult, Runtime, Value};

use super::{
    arguments::{arity, text},
    string,
};

natives! {
    "to_upper" => change;
    "upper" => change;
    "to_lower" => change;
    "lower" => change;
    "capitalize" => change;
    "slugify" => change;
    "to_camel_case" => change;
    "to_snake_case" => change;
    "to_kebab_case" => change;
}

fn change(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let upper = matches!(name, "to_upper" | "upper");
    if (upper || matches!(name, "to_lower" | "lower"))
        && let Some(v) = rt.heap.ascii_case(args[0], upper)
    {
        return Ok(v);
    }
    let s = text(rt, args, 0, name)?;
    let out = match name {
        "to_upper" | "upper" => s.to_uppercase(),
        "to_lower" | "lower" => s.to_lowercase(),
        "capitalize" => capitalize(s),
        "slugify" => slugify(s),
        "to_camel_case" => camel_case(s),
        "to_snake_case" => snake_case(s),
        _ => snake_case(s).replace('_', "-"),
    };
    string(rt, out)
}

fn capitalize(s: &str) -> String {
    let mut chars = s.chars();
    let Some(first) = chars.next() else { return String::new() };
    let mut out: String = first.to_uppercase().collect();
    out.push_str(&chars.as_str().to_lowercase());
    out
}

fn slugify(s: &str) -> String {
    let kept: String = s
        .to_lowercase()
        .chars()
        .filter_map(|c| {
            if c.is_alphanumeric() || c == '-' { Some(c) } else { (c.is_whitespace() || c == '_').then_some('-') }
        })
        .collect();
    String::from(kept.replace("--", "-").trim_matches('-'))
}

fn camel_case(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for (i, word) in s.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).enumerate() {
        out.push_str(&if i == 0 { word.to_lowercase() } else { capitalize(word) });
    }
    out
}

fn snake_case(s: &str) -> String {
    let mut out = String::with_capacity(s.len() + 8);
    let mut after_upper = false;
    for c in s.chars() {
        if c.is_uppercase() {
            if !out.is_empty() && !after_upper && !out.ends_with('_') {
                out.push('_');
            }
            out.extend(c.to_lowercase());
            after_upper = true;
            continue;
        }
        after_upper = false;
        if c.is_alphanumeric() {
            out.push(c);
        } else if (c.is_whitespace() || c == '_' || c == '-') && !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
    }
    String::from(out.trim_matches('_'))
}

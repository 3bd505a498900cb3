//! Environment, script arguments, processes, the key-value store (8.8).

#[cfg(feature = "std")]
use alloc::vec::Vec;
use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
};

#[cfg(feature = "std")]
use motet_builtins::{
    process::{self, Output, Request},
    system,
};
use motet_runtime::{Capability, Control, Map, NativeResult, Runtime, Tag, Value};

#[cfg(feature = "std")]
use super::option;
use super::{
    arguments::{arity, owned, text},
    data::{as_json, from_json},
    fail, new_dict, string, strings,
};
#[cfg(feature = "std")]
use crate::semantics::new_struct;
use crate::semantics::{dict, display::text as display_text};

natives! {
    "env" => env;
    "env_or" => env;
    "env_int" => env_typed;
    "env_float" => env_typed;
    "env_bool" => env_typed;
    "env_required" => env_typed;
    "env_set" => env_set;
    "env_list" => env_list;
    "os_environ" => env_list;
    "args" => script_args;
    "kv_set" => kv_set;
    "kv_get" => kv_get;
    #[cfg(feature = "std")]
    "execute" => execute;
    #[cfg(feature = "std")]
    "execute_status" => execute;
    #[cfg(feature = "std")]
    "spawn_process" => execute;
    #[cfg(feature = "std")]
    "pipe_commands" => pipe_commands;
}

/// Variables that the program set. They are visible to it and its children only: the environment of
/// the host process stays as it is.
#[derive(Default)]
struct Overlay(BTreeMap<String, String>);

fn variable(rt: &mut Runtime, name: &str, operation: &str) -> Result<Option<String>, Control> {
    rt.require(Capability::EnvRead, operation)?;
    if let Some(value) = rt.state_of::<Overlay>("ruff.env").0.get(name) {
        return Ok(Some(value.clone()));
    }
    #[cfg(feature = "std")]
    return Ok(system::variable(name));
    #[cfg(not(feature = "std"))]
    return Ok(None);
}

/// The whole environment of the program.
fn environment(rt: &mut Runtime) -> BTreeMap<String, String> {
    #[cfg(feature = "std")]
    let mut all: BTreeMap<String, String> = system::variables().into_iter().collect();
    #[cfg(not(feature = "std"))]
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    all.extend(rt.state_of::<Overlay>("ruff.env").0.clone());
    all
}

fn env(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, if name == "env" { 1 } else { 2 })?;
    let key = owned(rt, args, 0, name)?;
    match variable(rt, &key, name)? {
        Some(value) => string(rt, value),
        None if name == "env" => Ok(rt.heap.str("")),
        None => Ok(args[1]),
    }
}

fn env_typed(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let key = owned(rt, args, 0, name)?;
    let Some(value) = variable(rt, &key, name)? else {
        return fail(if name == "env_required" {
            format!("Required environment variable '{key}' is not set")
        } else {
            format!("Environment variable '{key}' not found")
        });
    };
    let (parsed, kind) = match name {
        "env_required" => return string(rt, value),
        "env_int" => (value.trim().parse().ok().map(Value::int), "integer"),
        "env_float" => (value.trim().parse().ok().map(Value::float), "float"),
        _ => {
            let flag = match value.trim().to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Some(Value::TRUE),
                "false" | "0" | "no" | "off" => Some(Value::FALSE),
                _ => None,
            };
            (flag, "bool")
        }
    };
    parsed.map_or_else(|| fail(format!("Environment variable '{key}' value '{value}' is not a valid {kind}")), Ok)
}

fn env_set(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    rt.require(Capability::EnvWrite, name)?;
    let (key, value) = (owned(rt, args, 0, name)?, owned(rt, args, 1, name)?);
    if key.is_empty() || key.contains(['=', '\0']) || value.contains('\0') {
        return fail(format!("{name}() requires a valid variable name and value"));
    }
    rt.state_of::<Overlay>("ruff.env").0.insert(key, value);
    Ok(Value::NIL)
}

fn env_list(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 0)?;
    rt.require(Capability::EnvRead, name)?;
    let out = new_dict(rt, []);
    for (key, value) in environment(rt) {
        let (key, value) = (rt.heap.string(key), rt.heap.string(value));
        dict::set(rt, out, key, value);
    }
    Ok(out)
}

fn script_args(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 0)?;
    let list = rt.host.args();
    strings(rt, list.iter().map(String::as_str))
}

/// Most bytes of the key-value file.
const KV_LIMIT: u64 = 1 << 20;

/// Path and content of the key-value file.
fn kv_store(rt: &mut Runtime, name: &str) -> Result<(String, Value), Control> {
    rt.require(Capability::FsRead, name)?;
    let path = rt.state_of::<Overlay>("ruff.env").0.get("RUFF_KV_PATH").cloned();
    #[cfg(feature = "std")]
    let path = path.or_else(|| system::variable("RUFF_KV_PATH"));
    let path = path.unwrap_or_else(|| ".ruff_kv.json".to_string());
    let map = match rt.host.read_file(&path, KV_LIMIT) {
        Ok(data) => {
            let text = String::from_utf8(data).unwrap_or_default();
            from_json(rt, &text)?
        }
        Err(_) => rt.heap.map(Map::default()),
    };
    if map.tag() != Tag::Map {
        return fail(format!("{name}: '{path}' does not hold a JSON object"));
    }
    Ok((path, map))
}

fn kv_set(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    text(rt, args, 0, name)?;
    rt.require(Capability::FsWrite, name)?;
    let (path, map) = kv_store(rt, name)?;
    let value = display_text(rt, args[1]);
    let value = rt.heap.string(value);
    dict::set(rt, map, args[0], value);
    let json = as_json(rt, map, true)?;
    match rt.host.write_file(&path, json.as_bytes()) {
        Ok(()) => Ok(Value::TRUE),
        Err(e) => fail(format!("Cannot write file '{path}': {}", e.0)),
    }
}

fn kv_get(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    text(rt, args, 0, name)?;
    let (_, map) = kv_store(rt, name)?;
    Ok(dict::get(rt, map, args[0]).unwrap_or(Value::NIL))
}

/// Bytes kept of a child's output unless the options say otherwise.
#[cfg(feature = "std")]
const MAX_OUTPUT: i64 = 8 << 20;

/// The strings of an array option.
#[cfg(feature = "std")]
fn names(rt: &mut Runtime, options: Value, key: &str) -> Option<Vec<String>> {
    let list = option(rt, options, key)?;
    Some(rt.heap.items(list)?.iter().filter_map(|&v| rt.heap.text(v)).map(String::from).collect())
}

/// A request with the options of argument `options`.
#[cfg(feature = "std")]
fn request(rt: &mut Runtime, argv: Vec<String>, options: Value, name: &str) -> Result<Request, Control> {
    if !options.is_nil() && options.tag() != Tag::Map {
        return fail(format!("{name}() options must be a dictionary"));
    }
    let number = |rt: &mut Runtime, key: &str| match option(rt, options, key).map(Value::as_int) {
        None => Ok(None),
        Some(Some(n)) if n >= 0 => Ok(Some(n)),
        Some(_) => fail(format!("{name}() option {key} must be a non-negative integer")),
    };
    let timeout_ms = number(rt, "timeout_ms")?.map(|n| n as u64);
    let max_output = number(rt, "max_output_bytes")?.unwrap_or(MAX_OUTPUT).min(MAX_OUTPUT * 8) as usize;
    let inherit = option(rt, options, "inherit_env").and_then(Value::as_bool).unwrap_or(true);
    let mut all = if inherit { environment(rt) } else { BTreeMap::new() };
    if let Some(allow) = names(rt, options, "env_allow") {
        let whole = environment(rt);
        all = whole.into_iter().filter(|(k, _)| allow.contains(k)).collect();
    }
    if let Some(deny) = names(rt, options, "env_deny") {
        all.retain(|k, _| !deny.contains(k));
    }
    if let Some(own) = option(rt, options, "env") {
        all.extend(dict::sorted(rt, own).into_iter().map(|(k, v)| (k, display_text(rt, v))));
    }
    Ok(Request { argv, input: Vec::new(), timeout_ms, max_output, environment: all.into_iter().collect() })
}

/// Runs within the isolate's deadline.
#[cfg(feature = "std")]
fn run(rt: &mut Runtime, mut request: Request, name: &str) -> Result<Output, Control> {
    rt.host.flush();
    let mut bounded = false;
    if let Some(deadline) = rt.limits.deadline_nanos {
        let left = deadline.saturating_sub(rt.host.monotonic_nanos()) / 1_000_000 + 1;
        bounded = request.timeout_ms.is_none_or(|ms| ms > left);
        request.timeout_ms = Some(request.timeout_ms.map_or(left, |ms| ms.min(left)));
    }
    match process::run(&request) {
        Ok(output) if output.timed_out && bounded => Err(Control::Trap(motet_runtime::Trap::Deadline)),
        Ok(output) => Ok(output),
        Err(cause) => fail(format!("{name}() failed to start command: {cause}")),
    }
}

/// The argument vector in an array of strings.
#[cfg(feature = "std")]
fn argv(rt: &Runtime, v: Value, name: &str) -> Result<Vec<String>, Control> {
    let words = rt.heap.items(v).map(|items| items.iter().map(|&w| rt.heap.text(w).map(String::from)).collect());
    match words {
        Some(Some(words)) => Ok(words),
        _ => fail(format!("{name}() requires an array of strings")),
    }
}

#[cfg(feature = "std")]
fn execute(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    super::arity_between(args, name, 1, 2)?;
    let words = if name == "spawn_process" {
        rt.require(Capability::ProcessExec, name)?;
        argv(rt, args[0], name)?
    } else {
        rt.require(Capability::ShellExec, name)?;
        Vec::from(["sh".to_string(), "-c".to_string(), owned(rt, args, 0, name)?])
    };
    let request = request(rt, words, args.get(1).copied().unwrap_or(Value::NIL), name)?;
    let timeout = request.timeout_ms;
    let output = run(rt, request, name)?;
    if name != "execute" {
        return result_struct(rt, output);
    }
    if output.timed_out {
        return fail(format!("{name}() command timed out after {}ms", timeout.unwrap_or(0)));
    }
    if output.status != 0 {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return fail(format!("{name}() command failed with exit code {}: {}", output.status, stderr.trim_end()));
    }
    string(rt, String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(feature = "std")]
fn result_struct(rt: &mut Runtime, output: Output) -> NativeResult {
    rt.reserve(output.stdout.len() + output.stderr.len())?;
    let stdout = rt.heap.str(&String::from_utf8_lossy(&output.stdout));
    let stderr = rt.heap.str(&String::from_utf8_lossy(&output.stderr));
    Ok(new_struct(
        rt,
        "ProcessResult",
        &[
            ("exitcode", Value::int(output.status)),
            ("stdout", stdout),
            ("stderr", stderr),
            ("success", Value::bool(output.status == 0 && !output.timed_out)),
            ("timed_out", Value::bool(output.timed_out)),
            ("stdout_truncated", Value::bool(output.stdout_truncated)),
            ("stderr_truncated", Value::bool(output.stderr_truncated)),
        ],
    ))
}

#[cfg(feature = "std")]
fn pipe_commands(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    super::arity_between(args, name, 1, 2)?;
    rt.require(Capability::ProcessExec, name)?;
    let Some(commands) = rt.heap.items(args[0]).cloned().filter(|c| !c.is_empty()) else {
        return fail(format!("{name}() requires a non-empty array of commands"));
    };
    let options = args.get(1).copied().unwrap_or(Value::NIL);
    let mut data = Vec::new();
    for command in commands {
        let words = argv(rt, command, name)?;
        let mut request = request(rt, words, options, name)?;
        request.input = data;
        let output = run(rt, request, name)?;
        if output.timed_out {
            return fail(format!("{name}() command timed out"));
        }
        if output.status != 0 {
            let stderr = String::from_utf8_lossy(&output.stderr);
            return fail(format!("{name}() command failed with exit code {}: {}", output.status, stderr.trim_end()));
        }
        data = output.stdout;
    }
    string(rt, String::from_utf8_lossy(&data).into_owned())
}

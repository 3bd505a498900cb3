//! `Write` and `Ask for` (section 4).

use alloc::{format, string::ToString};

use motet_runtime::{Capability, NativeResult, Runtime, Value};

use super::{arg, fail, string};
use crate::display;

natives! {
    "write" => write;
    "ask" => ask;
}

/// `(value)`: the printed form and the end of the line.
fn write(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let mut text = display::text(rt, arg(args, 0))?;
    text.push('\n');
    rt.charge(text.len() / 64)?;
    rt.host.write_out(text.as_bytes());
    Ok(Value::NIL)
}

/// `(number, prompt)`: a line of the input without surrounding blanks, as a number if it is one; `number`: it must be.
fn ask(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    rt.require(Capability::Stdin, "Ask for")?;
    if let Some(&prompt) = args.get(1) {
        let prompt = display::text(rt, prompt)?;
        rt.host.write_out(prompt.as_bytes());
    }
    rt.host.flush();
    let line = rt.host.read_line().unwrap_or_default();
    rt.waited();
    let line = line.trim();
    match line.parse::<f64>() {
        Ok(n) => Ok(Value::float(n)),
        Err(_) if arg(args, 0).as_bool() == Some(true) => fail(format!("Expected a number but got \"{line}\"")),
        Err(_) => string(rt, line.to_string()),
    }
}

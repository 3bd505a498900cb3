//! Clock and dates (8.8). All dates are in UTC.

use alloc::{format, string::String};

use motet_builtins::dates::{Civil, civil, day_start};
use motet_runtime::{Capability, Control, NativeResult, Runtime, Value};

use super::{
    arguments::{arity, number, owned, text},
    fail, string,
};

natives! {
    "now" => clock;
    "now_unix" => clock;
    "now_utc_seconds" => clock;
    "now_utc" => clock;
    "current_timestamp" => clock;
    "time" => clock;
    "time_us" => clock;
    "time_ns" => clock;
    "performance_now" => performance_now;
    "format_date" => format_date;
    "parse_date" => parse_date;
    "format_duration" => format_duration;
    "elapsed" => elapsed;
}

const NANOS: i128 = 1_000_000_000;

fn clock(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 0)?;
    rt.require(Capability::Clock, name)?;
    let nanos = rt.host.unix_nanos();
    Ok(match name {
        "now" => Value::float(nanos as f64 / NANOS as f64),
        "now_unix" | "now_utc_seconds" => Value::int(nanos.div_euclid(NANOS) as i64),
        "current_timestamp" | "time" => Value::int(nanos.div_euclid(1_000_000) as i64),
        "time_us" => Value::float((nanos / 1000) as f64),
        "time_ns" => Value::float(nanos as f64),
        _ => {
            let c = civil(nanos.div_euclid(NANOS) as i64);
            let out =
                format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second);
            return string(rt, out);
        }
    })
}

fn performance_now(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 0)?;
    rt.require(Capability::Clock, name)?;
    Ok(Value::float(rt.host.monotonic_nanos() as f64 / 1e6))
}

/// The calendar at a moment given in seconds.
fn moment(args: &[Value], name: &str) -> Result<Civil, Control> {
    let seconds = number(args, 0, name)?;
    if !(-62_167_219_200.0..253_402_300_800.0).contains(&seconds) {
        return fail(format!("{name}() timestamp out of range"));
    }
    Ok(civil(motet_builtins::math::floor(seconds) as i64))
}

fn format_date(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let c = moment(args, name)?;
    let parts = [
        ("YYYY", format!("{:04}", c.year)),
        ("MM", format!("{:02}", c.month)),
        ("DD", format!("{:02}", c.day)),
        ("HH", format!("{:02}", c.hour)),
        ("mm", format!("{:02}", c.minute)),
        ("ss", format!("{:02}", c.second)),
    ];
    let out = parts.iter().fold(owned(rt, args, 1, name)?, |s, (from, to)| s.replace(from, to));
    string(rt, out)
}

fn parse_date(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let (s, format) = (text(rt, args, 0, name)?, text(rt, args, 1, name)?);
    if format != "YYYY-MM-DD" {
        return fail(format!("parse_date failed: unsupported format '{format}'"));
    }
    let mut parts = s.split('-');
    let mut part = |len: usize| -> Option<u32> {
        let digits = parts.next().filter(|p| p.len() == len && p.bytes().all(|b| b.is_ascii_digit()))?;
        digits.parse().ok()
    };
    let date = (part(4), part(2), part(2));
    if parts.next().is_none()
        && let (Some(y), Some(m), Some(d)) = date
        && let Some(start) = day_start(i64::from(y), m, d)
    {
        return Ok(Value::float(start as f64));
    }
    fail(format!("parse_date failed: '{s}' is not a date of the form YYYY-MM-DD"))
}

fn format_duration(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let ms = number(args, 0, name)?;
    let out: String = if ms >= 1000.0 {
        format!("{:.2}s", ms / 1000.0)
    } else if ms >= 1.0 {
        format!("{ms:.2}ms")
    } else if ms >= 0.001 {
        format!("{:.2}μs", ms * 1000.0)
    } else {
        format!("{:.0}ns", ms * 1e6)
    };
    string(rt, out)
}

fn elapsed(_rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    Ok(Value::float(number(args, 1, name)? - number(args, 0, name)?))
}

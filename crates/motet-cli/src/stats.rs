//! `--stats`: figures about a run, on standard error.

use std::fmt::Write as _;
use std::time::Duration;

use motet::Stats;

use crate::profile::duration;

/// What `--stats` measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Also what slows the program down: instructions, calls, caches.
    All,
    /// Only what does not.
    Time,
}

/// Wall-clock time of the steps.
#[derive(Clone, Copy, Debug, Default)]
pub struct Steps {
    /// Reading imports, compiling, optimising; for modules decoding and verifying.
    pub compile: Duration,
    /// Generating and verifying bytecode, linking.
    pub load: Duration,
    /// Running.
    pub run: Duration,
}

/// The figures in lines.
pub fn text(stats: &Stats, steps: &Steps) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{:24}{value}", format!("{name}:"));
    };
    line("time to compile", duration(nanos(steps.compile)));
    line("time to load", duration(nanos(steps.load)));
    let note = if stats.counts.is_some() { " (slowed down by counting; not with --stats=time)" } else { "" };
    line("time to run", format!("{}{note}", duration(nanos(steps.run))));
    if let Some(timings) = &stats.timings {
        line("  of it translation", format!("{} ({} functions)", duration(timings.translation), stats.translated));
        let pauses = Pauses::of(&timings.pauses);
        let each = format!(", median {}, longest {}", duration(pauses.median), duration(pauses.longest));
        let each = if timings.pauses.is_empty() { "" } else { &each };
        line("  of it collections", format!("{} ({} pauses{each})", duration(pauses.total), stats.collections));
    }
    line("fuel used", stats.fuel.to_string());
    if let Some(counts) = &stats.counts {
        line("instructions", format!("{} of register code", counts.instructions));
        line("calls", format!("{} of functions and methods, {} of natives", counts.calls, counts.native_calls));
        line("field cache", rate(counts.field_hits, counts.field_misses));
        line("method cache", rate(counts.send_hits, counts.send_misses));
    }
    let bytes = stats.allocated_bytes.map_or(String::new(), |b| format!(", {}", size(b)));
    line("allocations", format!("{} objects{bytes}", stats.allocations));
    let peak = stats.peak_heap.map_or(String::new(), |b| format!(", at most {}", size(b as u64)));
    line("heap", format!("{} at the end{peak}; {} objects freed", size(stats.heap_bytes as u64), stats.freed));
    out
}

/// The figures as one line of JSON; times in nanoseconds, sizes in bytes, `null` for what was not measured.
pub fn json(stats: &Stats, steps: &Steps) -> String {
    let timings = stats.timings.as_ref();
    let pauses = timings.map(|t| Pauses::of(&t.pauses));
    let counts = stats.counts.as_ref();
    let fields: [(&str, Option<u64>); 23] = [
        ("compile_nanos", Some(nanos(steps.compile))),
        ("load_nanos", Some(nanos(steps.load))),
        ("run_nanos", Some(nanos(steps.run))),
        ("translation_nanos", timings.map(|t| t.translation)),
        ("pause_nanos_total", pauses.map(|p| p.total)),
        ("pause_nanos_median", pauses.map(|p| p.median)),
        ("pause_nanos_max", pauses.map(|p| p.longest)),
        ("collections", Some(stats.collections)),
        ("functions_translated", Some(stats.translated)),
        ("fuel", Some(stats.fuel)),
        ("instructions", counts.map(|c| c.instructions)),
        ("calls", counts.map(|c| c.calls)),
        ("native_calls", counts.map(|c| c.native_calls)),
        ("field_cache_hits", counts.map(|c| c.field_hits)),
        ("field_cache_misses", counts.map(|c| c.field_misses)),
        ("method_cache_hits", counts.map(|c| c.send_hits)),
        ("method_cache_misses", counts.map(|c| c.send_misses)),
        ("allocations", Some(stats.allocations)),
        ("allocated_bytes", stats.allocated_bytes),
        ("freed", Some(stats.freed)),
        ("heap_bytes", Some(stats.heap_bytes as u64)),
        ("peak_heap_bytes", stats.peak_heap.map(|b| b as u64)),
        ("pauses_measured", timings.map(|t| t.pauses.len() as u64)),
    ];
    let value = |v: Option<u64>| v.map_or("null".to_string(), |v| v.to_string());
    let fields: Vec<String> = fields.iter().map(|(name, v)| format!("\"{name}\":{}", value(*v))).collect();
    format!("{{\"stats\":{{{}}}}}\n", fields.join(","))
}

#[derive(Clone, Copy, Default)]
struct Pauses {
    total: u64,
    median: u64,
    longest: u64,
}

impl Pauses {
    fn of(pauses: &[u64]) -> Pauses {
        let mut sorted = pauses.to_vec();
        sorted.sort_unstable();
        let median = sorted.get(sorted.len() / 2).copied().unwrap_or(0);
        Pauses { total: sorted.iter().sum(), median, longest: sorted.last().copied().unwrap_or(0) }
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn rate(hits: u64, misses: u64) -> String {
    match hits + misses {
        0 => "not used".into(),
        all => format!("{:.2} % of {all} hit, {misses} missed", 100.0 * hits as f64 / all as f64),
    }
}

fn size(bytes: u64) -> String {
    let x = bytes as f64;
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{:.1} KiB", x / 1024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", x / 1_048_576.0),
        _ => format!("{:.2} GiB", x / 1_073_741_824.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_units_and_rates() {
        assert_eq!(size(512), "512 bytes");
        assert_eq!(size(3 << 20), "3.0 MiB");
        assert_eq!(rate(0, 0), "not used");
        assert_eq!(rate(3, 1), "75.00 % of 4 hit, 1 missed");
        let pauses = Pauses::of(&[5, 1, 9]);
        assert_eq!((pauses.total, pauses.median, pauses.longest), (15, 5, 9));
    }
}

//! Test blocks: runs them and prints the report that Ruff's own tool prints.

use std::time::{Duration, Instant};

use crate::exit;
use crate::input::Input;
use crate::session::Session;

/// How one test ended.
pub struct TestResult {
    /// Title, with group titles in front.
    pub name: String,
    /// Message of the error that failed it.
    pub error: Option<String>,
    /// How long it took.
    pub time: Duration,
}

/// Runs the tests of a program and prints the report; returns the exit status.
pub fn run(input: &Input, session: &Session, verbose: bool) -> u8 {
    let start = Instant::now();
    let results = match session.tests(input) {
        Ok(results) => results,
        Err(status) => return status,
    };
    if session.json {
        print!("{}", json(&results));
    } else {
        print!("{}", report(&results, start.elapsed(), verbose));
    }
    if results.iter().any(|r| r.error.is_some()) { exit::FAILED } else { exit::OK }
}

fn report(results: &[TestResult], time: Duration, verbose: bool) -> String {
    let rule = "=".repeat(60);
    let failed = results.iter().filter(|r| r.error.is_some()).count();
    let mut out = format!("\n{rule}\nTest Results\n{rule}\n");
    if verbose {
        for result in results {
            let mark = if result.error.is_some() { '✗' } else { '✓' };
            out.push_str(&format!("  {mark} {} ({}ms)\n", result.name, result.time.as_millis()));
            if let Some(error) = &result.error {
                out.push_str(&format!("    Error: {error}\n"));
            }
        }
        out.push('\n');
    }
    out.push_str(&format!(
        "Tests: {} total, {} passed, {failed} failed\nTime:  {}ms\n{rule}\n\n",
        results.len(),
        results.len() - failed,
        time.as_millis()
    ));
    if failed == 0 {
        out.push_str("All tests passed! ✨\n");
    } else {
        out.push_str(&format!("{failed} test(s) failed\n"));
    }
    out
}

fn json(results: &[TestResult]) -> String {
    let mut out = String::new();
    for result in results {
        let error = result.error.as_deref().map_or("null".to_string(), crate::json::string);
        out.push_str(&format!(
            "{{\"test\":{},\"passed\":{},\"error\":{error},\"milliseconds\":{}}}\n",
            crate::json::string(&result.name),
            result.error.is_none(),
            result.time.as_millis()
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_counts_and_names_failures() {
        let result = |name: &str, error: Option<&str>| TestResult {
            name: name.into(),
            error: error.map(str::to_string),
            time: Duration::ZERO,
        };
        let results = [result("adds", None), result("fails", Some("boom"))];
        let text = report(&results, Duration::from_millis(1), true);
        assert!(
            text.contains("  ✓ adds (0ms)\n  ✗ fails (0ms)\n    Error: boom\n\nTests: 2 total, 1 passed, 1 failed\n")
        );
        assert!(text.ends_with("1 test(s) failed\n"));
        assert!(report(&[], Duration::ZERO, false).ends_with("All tests passed! ✨\n"));
    }
}

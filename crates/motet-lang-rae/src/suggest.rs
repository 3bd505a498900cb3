//! "Did you mean": the known name that is closest to a misspelt one.

use alloc::{format, string::String, vec::Vec};

/// Longest name that is compared; longer ones are not misspelt but wrong.
const MAX_LEN: usize = 40;

/// `; did you mean 'name'?` if one of the candidates is close, else nothing.
#[must_use]
pub fn among<'t>(wrong: &str, candidates: impl Iterator<Item = &'t str>) -> String {
    let allowed = if wrong.len() <= 3 { 1 } else { 1 + wrong.len() / 4 };
    let close = candidates.filter(|c| !c.starts_with("__") && !c.starts_with("rae_") && *c != wrong);
    let best = close.filter_map(|c| distance(wrong, c, allowed).map(|d| (d, c))).min();
    best.map_or(String::new(), |(_, name)| format!("; did you mean '{name}'?"))
}

/// Number of edits (replace, insert, delete, swap neighbours) between two names, if at most `limit`.
fn distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() > MAX_LEN || b.len() > MAX_LEN || a.len().abs_diff(b.len()) > limit {
        return None;
    }
    if a.eq_ignore_ascii_case(b) {
        return Some(0);
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, &y) in b.iter().enumerate() {
            let mut cost = (above[j] + usize::from(x != y)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = above;
        above = row;
    }
    above.last().copied().filter(|&d| d <= limit && d < a.len())
}

//! Regular expressions: linear-time matching, with a cache of compiled patterns.

use alloc::{collections::BTreeMap, string::String};

pub use regex::Regex;
use regex::RegexBuilder;

/// Compiled size above which a pattern is refused, in bytes.
const SIZE_LIMIT: usize = 1 << 20;
/// Patterns kept.
const CACHED: usize = 64;

/// Compiled patterns by text; `None` for invalid ones.
#[derive(Default)]
pub struct Patterns(BTreeMap<String, Option<Regex>>);

impl Patterns {
    /// The compiled pattern; `None` if it is invalid or too large.
    pub fn get(&mut self, pattern: &str) -> Option<Regex> {
        if let Some(known) = self.0.get(pattern) {
            return known.clone();
        }
        if self.0.len() >= CACHED {
            self.0.clear();
        }
        let compiled = RegexBuilder::new(pattern).size_limit(SIZE_LIMIT).build().ok();
        self.0.insert(String::from(pattern), compiled.clone());
        compiled
    }
}

//! What engines share about replacing a running program: which parts of two versions are the same, and the report.

use alloc::{collections::BTreeMap, string::String, vec::Vec};
use core::fmt;

use crate::Stop;

/// What a reload did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReloadReport {
    /// Number of the version that runs now; the first is 1.
    pub version: u32,
    /// Functions whose code differs.
    pub changed: Vec<String>,
    /// Functions that only the new version has.
    pub added: Vec<String>,
    /// Functions that only the old version had.
    pub removed: Vec<String>,
    /// Globals that kept their values.
    pub globals_kept: Vec<String>,
    /// Globals that only the new version has.
    pub globals_new: Vec<String>,
    /// Globals whose type no longer admits the value: they begin anew.
    pub globals_reset: Vec<String>,
    /// Record types whose instances were given another shape.
    pub migrated: Vec<String>,
    /// Whether the main function, or else the top level, differs.
    pub main_changed: bool,
}

/// Why the old version still runs.
#[derive(Debug)]
pub enum ReloadError<L> {
    /// The new version cannot be loaded into the isolate; in the engine's terms.
    Load(L),
    /// The module was unloaded.
    Unloaded,
    /// The change cannot be made to the program in its present state; in words.
    Refused(String),
    /// An initialiser or the reload hook of the new version stopped.
    Stopped(Stop),
}

impl<L: fmt::Display> fmt::Display for ReloadError<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReloadError::Load(e) => write!(f, "{e}"),
            ReloadError::Unloaded => f.write_str("the module was unloaded"),
            ReloadError::Refused(why) => f.write_str(why),
            ReloadError::Stopped(Stop::Uncaught { message, .. }) => f.write_str(message),
            ReloadError::Stopped(Stop::Trap { trap, .. }) => write!(f, "{trap}"),
            ReloadError::Stopped(Stop::Exit(status)) => write!(f, "the program ended with status {status}"),
        }
    }
}

impl<L: fmt::Debug + fmt::Display> core::error::Error for ReloadError<L> {}

/// Which parts of a new version take the place of which of the running one: by index in the new version, the index in the
/// old one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReloadPlan {
    /// Functions of the same file and name, whatever became of their signatures.
    pub successors: Vec<Option<usize>>,
    /// Of these, functions that whoever holds or calls the old one may call instead.
    pub heirs: Vec<Option<usize>>,
    /// Globals of the same file and name.
    pub globals: Vec<Option<usize>>,
    /// Classes of the same name.
    pub classes: Vec<Option<usize>>,
    /// Of these, classes whose fields are the same.
    pub same_fields: Vec<bool>,
}

/// Whether a function that the engine calls after a reload, if the new version has one without parameters, goes by
/// this name.
#[must_use]
pub fn is_reload_hook(name: &str) -> bool {
    matches!(name, "onReload" | "on_reload")
}

/// What a part of a program is known by in all its versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartKey<'a> {
    /// File that declares it; empty if unknown.
    pub file: &'a str,
    /// Its name there.
    pub name: &'a str,
}

/// For each part of the new version the part of the old one that it replaces. Parts of one key belong together by order if
/// both versions have as many; otherwise, and always if the name is `<`, those do whose `print` (of what they say)
/// is equal.
#[must_use]
pub fn match_parts(
    old: &[PartKey<'_>],
    new: &[PartKey<'_>],
    old_print: &dyn Fn(usize) -> u64,
    new_print: &dyn Fn(usize) -> u64,
) -> Vec<Option<usize>> {
    let mut groups: BTreeMap<PartKey<'_>, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (i, key) in old.iter().enumerate() {
        groups.entry(*key).or_default().0.push(i);
    }
    for (i, key) in new.iter().enumerate() {
        groups.entry(*key).or_default().1.push(i);
    }
    let mut found = alloc::vec![None; new.len()];
    for (key, (mut before, after)) in groups {
        if before.len() == after.len() && key.name != "<" {
            for (old, new) in before.into_iter().zip(after) {
                found[new] = Some(old);
            }
            continue;
        }
        for new in after {
            let print = if before.is_empty() { break } else { new_print(new) };
            if let Some(at) = before.iter().position(|&old| old_print(old) == print) {
                found[new] = Some(before.remove(at));
            }
        }
    }
    found
}

/// A hash over what a part of a program says (FNV-1a, 64 bits): equal parts have equal prints.
#[derive(Clone, Copy, Debug)]
pub struct Print(u64);

impl Default for Print {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Print {
    /// Adds bytes, told apart from what follows by their number.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        for &byte in bytes {
            self.byte(byte);
        }
    }

    /// Adds a number.
    pub fn number(&mut self, number: u64) {
        for byte in number.to_le_bytes() {
            self.byte(byte);
        }
    }

    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }

    /// The hash.
    #[must_use]
    pub fn finish(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(old: &[&str], new: &[&str], expected: &[Option<usize>]) {
        fn keys<'a>(names: &[&'a str]) -> Vec<PartKey<'a>> {
            names.iter().map(|n| PartKey { file: "", name: n.split('=').next().unwrap_or("") }).collect()
        }
        let print = |names: &[&str], i: usize| {
            let mut print = Print::default();
            print.bytes(names[i].as_bytes());
            print.finish()
        };
        let found = match_parts(&keys(old), &keys(new), &|i| print(old, i), &|i| print(new, i));
        assert_eq!(found, expected, "{old:?} to {new:?}");
    }

    #[test]
    fn parts_are_matched_by_name_then_by_order_or_by_what_they_say() {
        check(&["a=1", "b=2"], &["b=3", "c=4", "a=1"], &[Some(1), None, Some(0)]);
        check(&["f=1", "f=2"], &["f=3", "f=4"], &[Some(0), Some(1)]);
        check(&["f=1", "f=2"], &["f=0", "f=1", "f=2"], &[None, Some(0), Some(1)]);
        check(&["f=1", "f=2"], &["f=2"], &[Some(1)]);
        check(&[], &["f=2"], &[None]);
        check(&["<=1", "<=2"], &["<=2", "<=3"], &[Some(1), None]);
    }
}

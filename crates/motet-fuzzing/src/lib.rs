//! Generators of hostile input and random programs, and oracles that say what
//! must hold for them. Independent of any fuzzer: the targets in `fuzz/` and
//! the seeded, bounded runs in `tests/` are a few lines each.
//!
//! Invariants: a seed gives the same case everywhere; generated programs end.
#![forbid(unsafe_code)]

pub mod module;
pub mod oracle;
pub mod program;
pub mod reload;
mod rng;
pub mod source;

pub use rng::Rng;

/// A language that cases are generated for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Ruff.
    Ruff,
    /// Moon.
    Moon,
    /// Rae.
    Rae,
    /// PohLang.
    PohLang,
    /// Recorz.
    Recorz,
    /// SOM.
    Som,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 6] =
        [Language::Ruff, Language::Moon, Language::Rae, Language::PohLang, Language::Recorz, Language::Som];

    /// Name in the language table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Language::Ruff => "ruff",
            Language::Moon => "moon",
            Language::Rae => "rae",
            Language::PohLang => "pohlang",
            Language::Recorz => "recorz",
            Language::Som => "som",
        }
    }
}

/// Number of cases for a bounded run: the environment variable, or `default`.
#[must_use]
pub fn cases(variable: &str, default: usize) -> usize {
    std::env::var(variable).ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

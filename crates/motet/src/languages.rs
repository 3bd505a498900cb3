//! The one table of languages. Everything that lists, detects or dispatches on
//! languages reads it; adding a language means adding a row.

#[cfg(feature = "compiler")]
mod c_forms;
#[cfg(feature = "lang-moon")]
mod moon;
#[cfg(feature = "lang-pohlang")]
mod pohlang;
#[cfg(feature = "lang-rae")]
mod rae;
#[cfg(feature = "lang-recorz")]
mod recorz;
#[cfg(feature = "lang-ruff")]
mod ruff;
#[cfg(feature = "lang-recorz")]
mod som;

#[cfg(feature = "compiler")]
pub(crate) use c_forms::c_form;

use alloc::string::String;

#[cfg(feature = "compiler")]
use motet_ir::Frontend;
use motet_runtime::Semantics;

use crate::RunReport;

/// One language.
#[derive(Clone, Copy)]
pub struct Language {
    /// Lower-case name, such as `ruff`.
    pub name: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// File extensions without the dot; the first is the customary one.
    pub extensions: &'static [&'static str],
    /// The compile side.
    #[cfg(feature = "compiler")]
    pub frontend: fn() -> &'static dyn Frontend,
    /// The run side.
    pub semantics: fn() -> &'static dyn Semantics,
    /// An uncaught run-time error as the language's own tools show it, ending in a newline.
    pub report: fn(&RunReport<'_>) -> String,
}

impl core::fmt::Debug for Language {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Language").field("name", &self.name).field("extensions", &self.extensions).finish()
    }
}

/// All languages of this build, by name.
pub static LANGUAGES: &[Language] = &[
    #[cfg(feature = "lang-moon")]
    moon::LANGUAGE,
    #[cfg(feature = "lang-pohlang")]
    pohlang::LANGUAGE,
    #[cfg(feature = "lang-rae")]
    rae::LANGUAGE,
    #[cfg(feature = "lang-recorz")]
    recorz::LANGUAGE,
    #[cfg(feature = "lang-ruff")]
    ruff::LANGUAGE,
    #[cfg(feature = "lang-recorz")]
    som::LANGUAGE,
];

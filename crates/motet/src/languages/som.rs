//! The row of SOM, the second surface of Recorz.

#[cfg(feature = "compiler")]
use motet_ir::Frontend;
#[cfg(feature = "compiler")]
use motet_lang_recorz::som::Som;
use motet_lang_recorz::som::SomSemantics;
use motet_runtime::Semantics;

use super::{Language, recorz::report};

pub(super) const LANGUAGE: Language = Language {
    name: "som",
    title: "SOM",
    extensions: &["som"],
    #[cfg(feature = "compiler")]
    frontend,
    semantics,
    report,
};

#[cfg(feature = "compiler")]
fn frontend() -> &'static dyn Frontend {
    &Som
}

fn semantics() -> &'static dyn Semantics {
    &SomSemantics
}

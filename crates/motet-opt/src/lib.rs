//! The optimiser: passes over core IR, one file each.
//!
//! Invariants: output, errors, the spans and traces of errors, and the order
//! of evaluation never change; whatever a pass leaves behind passes
//! [`motet_ir::check`] (asserted after each pass in debug builds); every pass
//! takes time close to linear in the size of the module.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod borrow;
mod checks;
mod effects;
mod events;
mod fold;
mod globals;
mod inline;
mod last_use;
mod licm;
mod narrow;
mod propagate;
mod retype;
mod rewrite;
mod share;
mod simplify;

use motet_ir::Module;

pub use globals::promote_globals;

/// How much effort to spend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// None: the module stays as it is.
    O0,
    /// Cheap passes.
    #[default]
    O1,
    /// All passes, twice.
    O2,
}

/// One pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Computes operators on constants.
    Fold,
    /// Removes code without effect, unreachable code and decided branches.
    Simplify,
    /// Gives `any` locals the one type they ever hold.
    Narrow,
    /// Gives operators the family that their operands' types allow.
    Retype,
    /// Removes run-time checks that static types decide.
    Checks,
    /// Replaces locals by the constants they hold.
    Constants,
    /// Replaces locals by the constants or locals they are copies of.
    Copies,
    /// Replaces calls of small functions that only compute by their bodies.
    Inline,
    /// Computes what does not change in a loop before it.
    Licm,
    /// Removes second-holder marks that cannot matter.
    Share,
}

impl Pass {
    /// Every pass.
    pub const ALL: [Pass; 10] = [
        Pass::Fold,
        Pass::Simplify,
        Pass::Narrow,
        Pass::Retype,
        Pass::Checks,
        Pass::Constants,
        Pass::Copies,
        Pass::Inline,
        Pass::Licm,
        Pass::Share,
    ];

    /// The name, in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Pass::Fold => "fold",
            Pass::Simplify => "simplify",
            Pass::Narrow => "narrow",
            Pass::Retype => "retype",
            Pass::Checks => "checks",
            Pass::Constants => "constants",
            Pass::Copies => "copies",
            Pass::Inline => "inline",
            Pass::Licm => "licm",
            Pass::Share => "share",
        }
    }

    /// Runs this pass alone on a module that passes [`motet_ir::check`].
    ///
    /// # Panics
    /// In debug builds, when the pass breaks an invariant of the IR.
    pub fn run(self, module: &mut Module) {
        match self {
            Pass::Fold => fold::run(module),
            Pass::Simplify => simplify::run(module),
            Pass::Narrow => narrow::run(module),
            Pass::Retype => retype::run(module),
            Pass::Checks => checks::run(module),
            Pass::Constants => propagate::run(module, false),
            Pass::Copies => propagate::run(module, true),
            Pass::Inline => inline::run(module),
            Pass::Licm => licm::run(module),
            Pass::Share => share::run(module),
        }
        #[cfg(debug_assertions)]
        if let Err(error) = motet_ir::check(module) {
            panic!("pass {} left a malformed module: {error}", self.name());
        }
    }
}

const O1: &[Pass] = &[Pass::Fold, Pass::Narrow, Pass::Checks, Pass::Constants, Pass::Fold, Pass::Simplify, Pass::Share];

const O2: &[Pass] = &[
    Pass::Fold,
    Pass::Narrow,
    Pass::Checks,
    Pass::Inline,
    Pass::Copies,
    Pass::Fold,
    Pass::Simplify,
    Pass::Narrow,
    Pass::Checks,
    Pass::Inline,
    Pass::Copies,
    Pass::Fold,
    Pass::Simplify,
    Pass::Licm,
    Pass::Share,
];

/// Optimises a module that passes [`motet_ir::check`].
///
/// # Panics
/// In debug builds, when a pass breaks an invariant of the IR.
pub fn optimize(module: &mut Module, level: Level) {
    let passes = match level {
        Level::O0 => return,
        Level::O1 => O1,
        Level::O2 => O2,
    };
    for pass in passes {
        pass.run(module);
    }
}

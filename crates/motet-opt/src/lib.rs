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
mod global_changes;
mod global_moves;
mod globals;
mod inline;
mod last_use;
mod licm;
mod live;
mod narrow;
mod parts;
mod propagate;
mod retype;
mod rewrite;
mod share;
mod signatures;
mod simplify;

use alloc::vec::Vec;

use motet_ir::{Function, Module, Native};

pub use globals::promote_globals;
pub use live::outline_initializers;

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
    /// Gives functions that are only called the types of their arguments, and functions those of their results.
    Signatures,
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
    pub const ALL: [Pass; 11] = [
        Pass::Fold,
        Pass::Simplify,
        Pass::Narrow,
        Pass::Signatures,
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
            Pass::Signatures => "signatures",
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
            Pass::Fold => each(module, |function, _| fold::run(function)),
            Pass::Simplify => each(module, simplify::run),
            Pass::Narrow => each(module, |function, _| narrow::run(function)),
            Pass::Signatures => {
                signatures::run(module);
            }
            Pass::Retype => each(module, |function, _| retype::run(function)),
            Pass::Checks => each(module, |function, _| checks::run(function)),
            Pass::Constants => each(module, |function, _| propagate::run(function, false, false)),
            Pass::Copies => each(module, |function, _| propagate::run(function, true, false)),
            Pass::Inline => inline::run(module),
            Pass::Licm => each(module, |function, _| licm::run(function)),
            Pass::Share => share::run(module),
        }
        assert_well_formed(module, self.name());
    }
}

/// Applies a pass that looks at one function at a time.
fn each(module: &mut Module, mut pass: impl FnMut(&mut Function, &[Native])) {
    let Module { functions, natives, .. } = module;
    for function in functions {
        pass(function, natives);
    }
}

fn assert_well_formed(module: &Module, what: &str) {
    if cfg!(debug_assertions)
        && let Err(error) = motet_ir::check(module)
    {
        panic!("{what} left a malformed module: {error}");
    }
}

/// Optimises a module that passes [`motet_ir::check`].
///
/// A function goes through everything that concerns only itself before the next one is looked at, while it is
/// in the processor's caches; walks that can share one are one. Both matter more than what the passes compute.
///
/// # Panics
/// In debug builds, when a pass breaks an invariant of the IR.
pub fn optimize(module: &mut Module, level: Level) {
    optimize_for(module, level, false);
}

/// As [`optimize`]. A `live` program's functions may be replaced one by one: nothing is assumed of a caller or callee
/// that another version might not keep.
///
/// # Panics
/// In debug builds, when a pass breaks an invariant of the IR.
pub fn optimize_for(module: &mut Module, level: Level, live: bool) {
    let mut marked = Vec::with_capacity(module.functions.len());
    match level {
        Level::O0 => return,
        Level::O1 => {
            each(module, |function, natives| {
                strengthen(function);
                propagate(function, natives, false);
                marked.push(share::within(function, natives));
            });
            if !live {
                let mut changed = signatures::run(module).into_iter();
                each(module, |function, natives| {
                    if changed.next() == Some(true) {
                        fold::run(function);
                        simplify::run(function, natives);
                    }
                });
            }
        }
        Level::O2 => {
            each(module, |function, _| strengthen(function));
            inline::run(module);
            if !live {
                signatures::run(module);
            }
            each(module, |function, natives| {
                propagate(function, natives, true);
                strengthen_types(function);
            });
            inline::run(module);
            each(module, |function, natives| {
                propagate(function, natives, true);
                licm::run(function);
                marked.push(share::within(function, natives));
            });
        }
    }
    if !live {
        share::borrow_arguments(module, &marked);
    }
    assert_well_formed(module, "optimising");
}

/// [`Pass::Fold`], [`Pass::Narrow`], [`Pass::Checks`].
fn strengthen(function: &mut Function) {
    fold::run(function);
    strengthen_types(function);
}

/// [`Pass::Narrow`], [`Pass::Checks`].
fn strengthen_types(function: &mut Function) {
    narrow::narrow_locals(function);
    let Function { body, locals, .. } = function;
    rewrite::bottom_up(body, &mut |node| {
        retype::retype_node(locals, node);
        checks::check_node(node);
    });
}

/// [`Pass::Constants`] or [`Pass::Copies`], [`Pass::Fold`], [`Pass::Simplify`].
fn propagate(function: &mut Function, natives: &[Native], copies: bool) {
    propagate::run(function, copies, true);
    simplify::run(function, natives);
}

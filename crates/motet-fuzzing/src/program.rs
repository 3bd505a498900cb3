//! Random programs that are valid by construction, for comparing engines.
//!
//! Every program ends: loops count up to small bounds, recursion counts down.
//! Errors at run time are part of the game: overflow, division by zero and
//! indices out of range must be the same everywhere.

mod moon;
mod pohlang;
mod rae;
mod recorz;
mod ruff;
mod som;

pub use moon::{moon, moon_scalars};
pub use pohlang::pohlang;
pub use rae::rae;
pub use recorz::recorz;
pub use ruff::ruff;
pub use som::som;

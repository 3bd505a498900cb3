//! Lists.

use alloc::vec::Vec;

/// Content of a list.
pub type List = Vec<crate::Value>;

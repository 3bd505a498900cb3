//! Declarations of the library, written in Rae itself: names, parameter modes
//! and types of what every program can use without an import.

/// Module name and text of each part, in load order.
pub const PRELUDE: &[(&str, &str)] = &[
    ("core", include_str!("prelude/core.rae")),
    ("string", include_str!("prelude/string.rae")),
    ("math", include_str!("prelude/math.rae")),
];

//! The library's texts, written in Rae itself: what every program can use, and
//! the modules that it can import.
//!
//! A function without a body is the native of its name; see [`crate::natives`].

/// Module name and text of each part that every program has, in load order.
pub const PRELUDE: &[(&str, &str)] = &[
    ("core", include_str!("prelude/core.rae")),
    ("string", include_str!("prelude/string.rae")),
    ("char", include_str!("prelude/char.rae")),
    ("math", include_str!("prelude/math.rae")),
    ("io", include_str!("prelude/io.rae")),
    ("sys", include_str!("prelude/sys.rae")),
    ("list2", include_str!("prelude/list2.rae")),
    ("list2_int", include_str!("prelude/list2_int.rae")),
];

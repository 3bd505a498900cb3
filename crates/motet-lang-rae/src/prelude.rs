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

/// Modules that a program can import, by name.
const LIBRARY: &[(&str, &str)] = &[
    ("calendar", include_str!("prelude/lib/calendar.rae")),
    ("channel", include_str!("prelude/lib/channel.rae")),
    ("compress/checksums", include_str!("prelude/lib/compress/checksums.rae")),
    ("compress/deflate", include_str!("prelude/lib/compress/deflate.rae")),
    ("compress/inflate", include_str!("prelude/lib/compress/inflate.rae")),
    ("compress/zlib", include_str!("prelude/lib/compress/zlib.rae")),
    ("easing", include_str!("prelude/lib/easing.rae")),
    ("file_watch", include_str!("prelude/lib/file_watch.rae")),
    ("filesystem", include_str!("prelude/lib/filesystem.rae")),
    ("fs", include_str!("prelude/lib/fs.rae")),
    ("hot_reload", include_str!("prelude/lib/hot_reload.rae")),
    ("json", include_str!("prelude/lib/json.rae")),
    ("math3d", include_str!("prelude/lib/math3d.rae")),
    ("png", include_str!("prelude/lib/png.rae")),
    ("quat", include_str!("prelude/lib/quat.rae")),
    ("time", include_str!("prelude/lib/time.rae")),
    ("vec2", include_str!("prelude/lib/vec2.rae")),
    ("vec3", include_str!("prelude/lib/vec3.rae")),
    ("vec4", include_str!("prelude/lib/vec4.rae")),
];

/// The text of a module of the library that is not part of the prelude.
#[must_use]
pub fn library(module: &str) -> Option<&'static str> {
    let at = LIBRARY.binary_search_by_key(&module, |m| m.0).ok()?;
    LIBRARY.get(at).map(|m| m.1)
}

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec::Vec};

    use super::{LIBRARY, PRELUDE, library};
    use crate::frontend::problems;

    /// All functions of a program are checked and lowered, those of the library only when they are called: here each
    /// text is a program.
    #[test]
    fn the_library_has_no_problems() {
        let texts = PRELUDE.iter().filter(|m| m.0 != "core").chain(LIBRARY);
        let found: Vec<(&str, String)> =
            texts.flat_map(|(module, text)| problems(text).into_iter().map(|d| (*module, d.message))).collect();
        assert_eq!(found, []);
    }

    #[test]
    fn modules_are_found_by_name() {
        assert!(LIBRARY.iter().all(|(m, t)| library(m) == Some(*t)));
        assert_eq!(library("nothere"), None);
    }
}

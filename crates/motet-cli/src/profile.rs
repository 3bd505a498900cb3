//! `--profile`: files that show where a program's time went.
//!
//! Invariant: what cannot be written is found out before the program runs.

mod flame;
mod speedscope;

use std::io;
use std::path::{Path, PathBuf};

use motet::Profile;

/// Forms of profiles, by the file name's extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Flame,
    Speedscope,
}

/// Extensions and what they hold, for messages.
const FORMS: [(&str, Form, &str); 2] =
    [("svg", Form::Flame, "a flame graph"), ("json", Form::Speedscope, "for www.speedscope.app")];

/// A file that will hold a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    path: PathBuf,
    form: Form,
}

impl Target {
    /// The target that a file name stands for.
    ///
    /// # Errors
    /// When the extension is none that is supported; the message lists those that are.
    pub fn parse(name: &str) -> Result<Target, String> {
        let path = PathBuf::from(name);
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("").to_ascii_lowercase();
        match FORMS.iter().find(|f| f.0 == extension) {
            Some(&(_, form, _)) => Ok(Target { path, form }),
            None => {
                let forms: Vec<String> = FORMS.iter().map(|(e, _, what)| format!("`.{e}` ({what})")).collect();
                Err(format!("the name of a profile ends in {}", forms.join(" or ")))
            }
        }
    }

    /// Where it will be written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Fails when the file could not be written now.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn probe(&self) -> io::Result<()> {
        motet::probe_write(&self.path)
    }

    /// Writes a profile of the program of this name.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(&self, profile: &Profile, program: &str) -> io::Result<()> {
        let text = match self.form {
            Form::Flame => flame::render(profile, program),
            Form::Speedscope => speedscope::render(profile, program),
        };
        motet::write_atomically(&self.path, text.as_bytes())
    }
}

/// Last part of a path.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Nanoseconds for people.
pub fn duration(nanos: u64) -> String {
    let x = nanos as f64;
    match nanos {
        0..1_000 => format!("{nanos} ns"),
        1_000..1_000_000 => format!("{:.1} µs", x / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} ms", x / 1e6),
        _ => format!("{:.2} s", x / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use motet::{ProfileFrame, ProfileFunction, ProfileSample};

    use super::*;

    /// Two functions, one of which has a name that needs escaping.
    pub(super) fn sample_profile() -> Profile {
        let function = |name: &str, id: u32| ProfileFunction { name: name.into(), file: "dir/a.moon".into(), id };
        let frame = |function: u32, line: u32| ProfileFrame { function, line, column: 3 };
        let sample = |stack: &[u32], nanos: u64| ProfileSample { stack: stack.to_vec(), nanos };
        Profile {
            functions: vec![function("main", 0), function("a<\"&\u{1}>", 1)],
            frames: vec![frame(0, 9), frame(1, 2), frame(1, 3)],
            samples: vec![sample(&[0, 1], 3_000_000), sample(&[0, 2], 6_000_000), sample(&[0], 1_000_000)],
        }
    }

    #[test]
    fn the_extension_tells_the_form() {
        let check = |name: &str, expected: Option<Form>| {
            assert_eq!(Target::parse(name).ok().map(|t| t.form), expected, "{name}");
        };
        check("a.svg", Some(Form::Flame));
        check("x/y.SVG", Some(Form::Flame));
        check("a.b.json", Some(Form::Speedscope));
        check("a.txt", None);
        check("svg", None);
        let message = Target::parse("a.png").unwrap_err();
        assert!(message.contains(".svg") && message.contains(".json"), "{message}");
    }

    #[test]
    fn durations_have_fitting_units() {
        let check = |nanos: u64, expected: &str| assert_eq!(duration(nanos), expected);
        check(12, "12 ns");
        check(1_500, "1.5 µs");
        check(12_340_000, "12.3 ms");
        check(1_234_000_000, "1.23 s");
    }
}

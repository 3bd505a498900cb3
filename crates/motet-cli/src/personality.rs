//! The command lines of the languages' own tools, accepted by the same binary:
//! under the name `ruff`, `moon`, `rae`, `pohlang` or `recorz` (a copy or a link), or as `motet as ruff …`.

pub mod moon;
pub mod pohlang;
pub mod rae;
pub mod recorz;
pub mod ruff;

use std::path::Path;

/// A tool whose command line is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// `ruff`.
    Ruff,
    /// `moon`.
    Moon,
    /// `rae`.
    Rae,
    /// `pohlang`.
    Pohlang,
    /// `recorz`, also for SOM.
    Recorz,
}

/// All tools by name.
pub const TOOLS: [(&str, Tool); 5] = [
    ("ruff", Tool::Ruff),
    ("moon", Tool::Moon),
    ("rae", Tool::Rae),
    ("pohlang", Tool::Pohlang),
    ("recorz", Tool::Recorz),
];

impl Tool {
    /// The tool of a program name such as `/usr/bin/ruff` or `moon.exe`.
    pub fn of_program(argv0: &str) -> Option<Tool> {
        let stem = Path::new(argv0).file_stem()?.to_str()?;
        TOOLS.iter().find(|t| t.0 == stem).map(|t| t.1)
    }

    /// Runs the tool with its arguments; returns the exit status.
    pub fn run(self, args: &[String]) -> u8 {
        match self {
            Tool::Ruff => ruff::run(args),
            Tool::Moon => moon::run(args),
            Tool::Rae => rae::run(args),
            Tool::Pohlang => pohlang::run(args),
            Tool::Recorz => recorz::run(args),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_name_chooses_the_tool() {
        let check = |name: &str, expected: Option<Tool>| assert_eq!(Tool::of_program(name), expected, "{name}");
        check("ruff", Some(Tool::Ruff));
        check("/usr/local/bin/moon", Some(Tool::Moon));
        check("rae", Some(Tool::Rae));
        check("./pohlang", Some(Tool::Pohlang));
        check("bin/recorz", Some(Tool::Recorz));
        check("moon.exe", Some(Tool::Moon));
        check("motet", None);
        check("", None);
    }
}

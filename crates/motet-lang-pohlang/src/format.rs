//! The customary layout: blocks indented by four blanks, no white space at the
//! ends of lines, at most one blank line in a row.
//!
//! Invariant: the result has the tree of the text. Lines are moved, not
//! changed, except for the case of `Start Program` and `End Program`. A comment
//! goes along with the line after it, so that none ends a handler of a route
//! that went on after it, whose end is told by indentation alone.

use alloc::{string::String, vec::Vec};

use motet_source::{Diagnostic, FileId};

use crate::parser::{self, Placed};

/// Blanks for each level.
const STEP: usize = 4;

/// The text in the customary layout.
///
/// # Errors
/// What is wrong with it, if it does not parse.
pub fn format(text: &str, file: FileId) -> Result<String, Vec<Diagnostic>> {
    let mut places = parser::layout(text, file)?.into_iter().peekable();
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    let mut blank = false;
    let mut at = 0;
    for line in text.split('\n') {
        let start = at;
        at += line.len() + 1;
        let words = line.trim_start_matches('\u{feff}').trim();
        if words.is_empty() {
            blank = !out.is_empty();
            continue;
        }
        if core::mem::take(&mut blank) {
            out.push('\n');
        }
        let level = match places.peek() {
            Some(place) if place.start < start + line.len() => places.next().map_or(0, |place| place.level),
            // A comment.
            Some(Placed { level, closes: true, .. }) => level + 1,
            Some(Placed { level, closes: false, .. }) => *level,
            None => 0,
        };
        out.extend(core::iter::repeat_n(' ', STEP * level));
        out.push_str(match words {
            _ if words.eq_ignore_ascii_case("start program") => "Start Program",
            _ if words.eq_ignore_ascii_case("end program") => "End Program",
            _ => words,
        });
        out.push('\n');
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn check(text: &str, expected: &str) {
        let tree = |text: &str| parser::parse(text, FileId(0), true).map(|p| crate::dump(&p));
        let formatted = format(text, FileId(0)).expect("a program");
        assert_eq!(formatted, expected);
        assert_eq!(format(&formatted, FileId(0)), Ok(formatted.clone()), "a second time");
        assert_eq!(tree(&formatted), tree(text), "the same program");
    }

    #[test]
    fn blocks_are_indented_and_comments_go_with_the_next_line() {
        check(
            "\u{feff}# top\r\n\n\nstart program\r\n  Set x to 1  \n  # about the loop\n While x\n# inside\nDecrease x\n\n\n//last\nEnd\n\
             If x\nWrite 1\n# other\nOtherwise\nWrite 2\nEnd If\nEND PROGRAM\n\n",
            "# top\n\nStart Program\nSet x to 1\n# about the loop\nWhile x\n    # inside\n    Decrease x\n\n    //last\nEnd\n\
             If x\n    Write 1\n    # other\nOtherwise\n    Write 2\nEnd If\nEnd Program\n",
        );
        check(
            "try this:\nMake f with a\nReturn a\nEnd\nif error as e\nWrite e\nfinally:\nWrite \"  é  \"\nend try",
            "try this:\n    Make f with a\n        Return a\n    End\nif error as e\n    Write e\nfinally:\n    Write \"  é  \"\nend try\n",
        );
    }

    #[test]
    fn handlers_of_routes_keep_their_lines() {
        check(
            "If a\n   Add route \"/\" with method \"GET\" to server:\n\n     Write 1\n     # more\n     Write 2\n   # outside\n   Write 3\nEnd",
            "If a\n    Add route \"/\" with method \"GET\" to server:\n\n        Write 1\n        # more\n        Write 2\n    # outside\n    Write 3\nEnd\n",
        );
        check(
            "Add route \"/\" with method \"GET\" to server:\n  Write 1\n# this ends the handler\n  Write 2\n",
            "Add route \"/\" with method \"GET\" to server:\n    Write 1\n# this ends the handler\nWrite 2\n",
        );
        check(
            "Add route \"/\" with method \"GET\" to server:\n  # nothing\nAdd route \"/a\" with method \"GET\" to server:\n Write 1",
            "Add route \"/\" with method \"GET\" to server:\n# nothing\nAdd route \"/a\" with method \"GET\" to server:\n    Write 1\n",
        );
    }

    #[test]
    fn a_text_that_does_not_parse_is_left_alone() {
        let problems = format("Start Program\nWrite )\nEnd Program", FileId(0)).unwrap_err();
        assert_eq!(
            problems[0].message.lines().next().map(ToString::to_string).as_deref(),
            Some("Could not parse expression: ).")
        );
    }
}

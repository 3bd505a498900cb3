//! Hostile PohLang. Its lines are statements by their first words, so the
//! pieces are words with their blanks, and most cases get a frame.

use super::Bomb;
use crate::rng::Rng;

pub(super) const TOKENS: &[&str] = &[
    "\n",
    "\nEnd\n",
    "\nOtherwise\n",
    "\nEnd If\n",
    "\nWrite ",
    "\nSet x to ",
    "\nSet ",
    "\nIncrease x by ",
    "\nDecrease x",
    "\nAsk for y",
    "\nIf ",
    "\nWhile 0 and ",
    "\nRepeat 2 times\n",
    "\nMake f with a, b set to 2\n",
    "\nMake f with a Write ",
    "\nDefine function g with parameters a as ",
    "\nUse f with ",
    "\nCall ",
    "\nReturn ",
    "\ntry this:\n",
    "\nif error as e\n",
    "\nif error of type \"A\" as e\n",
    "\nfinally:\n",
    "\nend try\n",
    "\nthrow ",
    "\nImport \"lib\"\n",
    "\nImport system \"m\" as n exposing a, b and c\n",
    "\nAdd route \"/\" with method \"GET\" to server:\n    Write ",
    "\nAdd middleware \"cors\" with origins ",
    " to server\n",
    "\nCreate web server on port 0\n",
    "\nStart Program\n",
    "\nEnd Program\n",
    "\n# c\n",
    " Write ",
    " Otherwise ",
    " times",
    " plus ",
    " minus ",
    " times ",
    " divided by ",
    " + ",
    " - ",
    " and ",
    " or ",
    "not ",
    " is ",
    " is not ",
    " is at least ",
    " is greater than or equal to ",
    " < ",
    " = ",
    " with ",
    " by ",
    " in ",
    " from ",
    " to ",
    " at ",
    " into file at ",
    " in json ",
    " from json ",
    " and status ",
    " and message ",
    " as ",
    " set to ",
    "Make a list of ",
    "Make a dictionary with ",
    "\"k\" set to ",
    "count of ",
    "total of ",
    "round ",
    "make uppercase ",
    "first in ",
    "reverse of ",
    "join ",
    "split ",
    "contains ",
    "append ",
    "insert ",
    "remove ",
    "parse json from ",
    "convert to json ",
    "new json array",
    "new json object",
    "get ",
    "set ",
    "push ",
    "error of type T with message ",
    "error message of ",
    "json response with ",
    "error response with status ",
    "render template ",
    "get path parameter ",
    "range(",
    "f(",
    "m::f(",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "\"a\"",
    "'b'",
    "\"é\"",
    ",",
    ", ",
    ":",
    ";",
    "x",
    "xs",
    "e",
    "0",
    "1",
    "-2",
    "2.5",
    "1e400",
    "inf",
    "True",
    "None",
    "é",
    "#",
    "//",
    "\t",
    "\r",
    "\u{0}",
    "\u{feff}",
    "    ",
];

/// Programs stand between two lines: without them most cases would be refused for that alone.
pub(super) fn in_program(text: &str, rng: &mut Rng) -> String {
    if rng.one_in(4) { text.to_string() } else { format!("Start Program\n{text}\nEnd Program\n") }
}

/// A program with other indentation, blank lines and comments, but no white space inside its lines. It must have no
/// routes, whose handlers are told by indentation.
#[must_use]
pub fn reindent(text: &str, rng: &mut Rng) -> String {
    let mut out = String::new();
    for line in text.lines() {
        if rng.one_in(6) {
            out.push_str(rng.pick::<&str>(&["\n", "\n\n\n", "# c\n", "  // c \n", "\t\n", "   \r\n"]));
        }
        out.push_str(rng.pick::<&str>(&["", "  ", "\t", "        ", "\u{a0}"]));
        out.push_str(line.trim());
        out.push_str(rng.pick::<&str>(&["\n", "\n", " \n", "\r\n"]));
    }
    out
}

/// The bombs of all languages as expressions, and PohLang's own.
pub(super) fn bombs(all: Vec<Bomb>, n: usize) -> Vec<Bomb> {
    let around = |open: &str, middle: &str, close: &str| format!("{}{middle}{}", open.repeat(n), close.repeat(n));
    // What compiles as a whole takes its time.
    let many = n.min(100_000);
    let program = |name, text: String| Bomb { name, text: format!("Start Program\n{text}\nEnd Program\n") };
    let mut bombs: Vec<Bomb> = all.into_iter().map(|b| program(b.name, format!("Write {}", b.text))).collect();
    bombs.extend([
        program("words of addition", format!("Write 1{}", " plus 1".repeat(n))),
        program("words of logic", format!("Write 1{}", " and 1".repeat(n))),
        program("words of choice", format!("Write 1{}", " or 1".repeat(n))),
        program("comparisons", format!("Write 1{}", " is 1".repeat(n))),
        program("words of negation", format!("Write {}1", "not ".repeat(n))),
        program("unary phrases", format!("Write {}1", "count of ".repeat(n))),
        program("binary phrases", format!("Write {}1", "join 1 with ".repeat(n))),
        program("openings of binary phrases", format!("Write {}", around("join ", "1", " with 1"))),
        program("openings of ternary phrases", format!("Write {}", around("insert ", "1", " at 1 in 1"))),
        program("calls without parentheses", format!("Write {}1", "f with ".repeat(n))),
        program("calls that do not parse", format!("Write {}(", "f with ".repeat(n.min(390)))),
        program(
            "alternatives that do not parse",
            format!("Write {}(", "f with 1, a or f with 2 and ".repeat(n.min(390))),
        ),
        program("nested calls", format!("Write {}", around("f(", "1", ")"))),
        program("items", format!("Write Make a list of 1{}", ", 1".repeat(many))),
        program("pairs", format!("Write Make a dictionary with \"a\" as 1{}", " and \"a\" as 1".repeat(many))),
        program("lists in lists", format!("Write {}1", "Make a list of ".repeat(n))),
        program("errors in errors", format!("Write {}1", "error of type T with message ".repeat(n))),
        program("responses", format!("Write json response with 1{}", " and status 1".repeat(n))),
        program("open conditions", "If 1\n".repeat(n)),
        program("open loops", "While 0\n".repeat(n)),
        program("open functions", "Make f with a\n".repeat(n)),
        program("open handlers", "try this:\nif error\n".repeat(n)),
        program("nested blocks", around("Repeat 1 times\n", "", "End\n")),
        program("handlers", format!("try this:\n{}End", "if error of type \"A\" as e\n".repeat(many))),
        program("parameters", format!("Make f with a{} Write 1", ", a".repeat(many))),
        program("statements", "Set x to 1\n".repeat(many)),
        program("functions", "Make f with a Write a plus f\n".repeat(many)),
        program("unknown statements", "What\n".repeat(n)),
        program("ends", "End\n".repeat(n)),
        program("comments", "# c\n".repeat(n)),
        program("routes", "Add route \"/\" with method \"GET\" to server:\n".repeat(many)),
        program(
            "routes in routes",
            (0..n.min(3_000))
                .map(|i| format!("{}Add route \"/\" with method \"GET\" to server:\n", " ".repeat(i)))
                .collect(),
        ),
    ]);
    bombs
}

/// Programs that build and print deep values.
pub(super) fn deep_values() -> Vec<Bomb> {
    let bomb = |name, body: &str| Bomb { name, text: format!("Start Program\n{body}\nEnd Program\n") };
    let print_true = |condition: &str| format!("If {condition} Write \"true\"");
    vec![
        bomb(
            "deep list",
            &format!(
                "Set a to range(1)\nRepeat 100000 times\nSet a to append a to new json array\nEnd\n{}",
                print_true("count of (\"\" plus a) > 0")
            ),
        ),
        bomb(
            "deep dictionary",
            &format!(
                "Set a to 1\nRepeat 100000 times\nSet a to set \"k\" in json new json object to a\nEnd\n{}",
                print_true("a is a")
            ),
        ),
        bomb(
            "deep recursion",
            &format!(
                "Make f with n\nIf n is 0\nReturn 0\nEnd\nReturn f(n - 1) + 1\nEnd\n{}",
                print_true("f(10000) is 10000")
            ),
        ),
        bomb(
            "endless recursion",
            "Make f with n\nReturn f(n + 1) + 1\nEnd\ntry this:\nWrite f(0)\nif error\nWrite \"true\"\nEnd",
        ),
        bomb(
            "deep closures",
            &format!(
                "Make id with n Write n\nMake wrap with f\nMake g with n\nReturn f(n)\nEnd\nReturn g\nEnd\nSet h to id\n\
                 Repeat 1000 times\nSet h to wrap(h)\nEnd\n{}",
                print_true("h(3) is 3")
            ),
        ),
    ]
}

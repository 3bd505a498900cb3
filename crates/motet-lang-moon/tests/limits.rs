//! Inputs at and beyond the limits get a diagnostic, never a crash.

use motet_ir::{Frontend as _, NoLoader, Options};
use motet_lang_moon::Moon;

fn check(input: &str, expected: Option<&str>) {
    let out = Moon.compile("t.moon", input, &mut NoLoader, &Options::default());
    assert_eq!(out.diagnostics.first().map(|d| d.message.as_str()), expected, "{:.60}", input);
    if let Some(module) = out.module {
        motet_ir::check(&module).expect("the IR is well-formed");
    }
}

#[test]
fn deep_nesting_is_reported() {
    let deep = Some("expression is nested too deeply");
    for (open, close) in [("(", ")"), ("[", "]"), ("-", ""), ("{", "}"), ("!", "")] {
        check(&format!("{}1{}", open.repeat(100_000), close.repeat(100_000)), deep);
    }
    check(&format!("let a: {}Int{} = 1;", "Array<".repeat(100_000), ">".repeat(100_000)), deep);
    check(&format!("1{}", " + 1".repeat(100_000)), deep);
    check(&format!("if true {{ }}{}", " else if true { }".repeat(10_000)), deep);
    check(&format!("1{}", " + 1".repeat(850)), None);
    check(&format!("if true {{ }}{}", " else if true { }".repeat(800)), None);
}

#[test]
fn unfinished_input_is_recognised() {
    for (text, expected) in
        [("let a = 1;", false), ("fn f() -> Int {", true), ("let a =", true), ("\"abc", true), ("1 +* 2", false)]
    {
        assert_eq!(Moon.is_incomplete(text), expected, "{text}");
    }
}

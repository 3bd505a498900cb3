//! The examples, run.
#![cfg(all(feature = "std", feature = "lang-ruff", feature = "lang-moon"))]

#[path = "../examples/fetch.rs"]
mod fetch;
#[path = "../examples/game.rs"]
mod game;
#[path = "../examples/hello.rs"]
mod hello;
#[path = "../examples/plugins.rs"]
mod plugins;
#[path = "../examples/rules.rs"]
mod rules;

#[test]
fn hello_greets() {
    assert_eq!(hello::hello().expect("runs"), "hello, world\n");
}

#[test]
fn the_game_goes_on_while_scripts_fail_and_wait() {
    let log = game::game().expect("runs");
    let lines: Vec<&str> = log.lines().collect();
    let at = |line: &str| lines.iter().position(|l| *l == line).unwrap_or_else(|| panic!("no `{line}` in\n{log}"));
    assert!(at("frame 0: x = 0.16") < at("story: off we go"));
    assert!(at("story: off we go") < at("story: half way"));
    assert!(at("story: half way") < at("story: after 10000 thoughts"));
    // Each frame until the edit moves the ship by 0.16, each later one by 0.08.
    assert!(at("frame 2: x = 0.48") < at("the new version has errors"));
    assert!(at("the new version has errors") < at("frame 3: x = 0.64"));
    assert!(at("frame 3: x = 0.64") < at("version 2: update changed"));
    assert!(at("version 2: update changed") < at("frame 4: x = 0.72"));
    assert!(at("frame 7: x = 0.96") < at("update: out of fuel"));
    assert_eq!(lines.iter().filter(|l| **l == "update: out of fuel").count(), 1);
    assert!(lines.iter().any(|l| l.ends_with(": the end")), "{log}");
    // The variable `seconds` outlived the old version.
    assert_eq!(lines.last(), Some(&"0.004 of fuel left after 0.160 s"));
}

#[test]
fn rules_are_stopped_at_their_limits() {
    let expected = "\
large orders ann  250: true
large orders bob    5: false
endless      ann  250: stopped: the program used up its fuel
endless      bob    5: stopped: the program used up its fuel
";
    let report = rules::rules();
    assert!(report.starts_with(expected), "{report}");
    for part in [
        "greedy       ann  250: stopped: out of memory",
        "deep         ann  250: stopped: ",
        "curious      bob    5: stopped: Capability denied",
    ] {
        assert!(report.contains(part), "`{part}` in\n{report}");
    }
    assert!(report.ends_with("small orders ann  250: false\nsmall orders bob    5: true\n"), "{report}");
}

#[test]
fn plug_ins_are_limited_unless_they_are_known() {
    let expected = [
        "upper: XOF NWORB KCIUQ EHT",
        "count: 4 (known)",
        "impatient: refused: the program used up its fuel",
        "hang: refused: the program used up its fuel",
    ];
    let report = plugins::plugins(std::iter::empty()).expect("runs");
    assert_eq!(report[..4], expected);
    assert!(report[4].starts_with("damaged: refused: "), "{report:?}");
}

#[test]
fn fetches_run_side_by_side() {
    let expected: Vec<i64> = (0..10).map(|n| 2 * (n + 11) + 2 + 7).collect();
    assert_eq!(fetch::fetch().expect("runs"), expected);
}

//! The harness itself: it accepts what is right and can fail.

use std::path::PathBuf;

use motet_testkit::{Case, Mode, check};

fn case(language: &str, text: &str, out: &str) -> Case {
    Case {
        name: "inline".into(),
        language: language.into(),
        path: PathBuf::from(format!("inline.{language}")),
        text: text.into(),
        out: out.into(),
        ..Case::default()
    }
}

#[test]
fn a_right_golden_output_passes_in_every_mode() {
    for mode in Mode::ALL {
        check(&case("ruff", "for i in 3 { print(i * 2) }", "0\n2\n4\n"), mode).expect("ruff");
        check(&case("moon", "let f = fn(n: Int) -> Int { n * 2 }; f(21)", "42\n"), mode).expect("moon");
    }
}

#[test]
fn a_wrong_golden_output_fails_in_every_mode() {
    for mode in Mode::ALL {
        let problem = check(&case("ruff", "print(1 + 1)", "3\n"), mode).expect_err("must fail");
        assert!(problem.contains("expected \"3\"") && problem.contains("got      \"2\""), "{problem}");
    }
}

#[test]
fn a_wrong_exit_status_fails() {
    let mut wrong = case("ruff", "exit(3)", "");
    assert!(check(&wrong, Mode::O1).expect_err("must fail").contains("exit status"));
    wrong.exit = Some(3);
    check(&wrong, Mode::O1).expect("right status");
}

#[test]
fn a_difference_between_modes_names_the_stage() {
    // The skewed golden output is right for no mode; the one that is right for some is found by comparing dumps of
    // two levels, which differ for this program.
    let folded = case("ruff", "print(2 + 3)", "5\n");
    let problem = motet_testkit::stage_difference(&folded, Mode::O0, Mode::O2);
    assert!(problem.contains("the first stage that differs is ir"), "{problem}");
}

//! Long functions, many functions and many branches, to notice a pass that is
//! not linear: with one, this test takes minutes instead of a second.

use motet_ir::{check, parse_module};
use motet_opt::{Level, optimize};

/// A function with many locals, statements, branches, loops and jumps.
fn long_function(turns: usize) -> String {
    let mut text = String::from(
        "module \"m\" language \"l\" native ~0 \"push\" list consumes retains init &0\n\
         function &0 \"main\" any nil\nfunction &1 \"f\" any param %0 \"p\" any",
    );
    for i in 0..turns {
        text += &format!(" local %{} \"x\" any local %{} \"y\" any", 1 + 2 * i, 2 + 2 * i);
    }
    text += "(while L0 _ (do ";
    for i in 0..turns {
        let (x, y) = (1 + 2 * i, 2 + 2 * i);
        text += &format!(
            "(set %{x} (dyn.add 1 2)) (set %{y} (list %{x} (dyn.mul %{x} 2)))
             (if (truthy (dyn.lt %{x} p%0)) (set %{x} (call:list ~0 (share %{y}) %{x})) (set p%0 %{x}))
             (while L{} (truthy p%0) (do (set %{y} (call:list ~0 (share %{y}) 1)) (call &1 (share %{y}))))
             (if (truthy p%0) (break L0) nil) (if (truthy p%0) (return (share %{y})) nil) ",
            i + 1
        );
    }
    text + "))"
}

/// One function with a chain of `else if`, then many small functions that call each other.
fn many_functions(count: usize) -> String {
    let mut text = String::from("module \"m\" language \"l\" init &0\nfunction &0 \"main\" any nil\n");
    for i in 1..=count {
        text += &format!(
            "function &{i} \"f\" any param %0 \"p\" any local %1 \"x\" any
             (do (set %1 (dyn.add p%0 1)) (call &{} (share %1)) (return (share p%0)))\n",
            i.max(2) - 1,
        )
        .replace("(call &1 (share %1))", "nil");
    }
    text
}

fn check_levels(text: &str) {
    let module = parse_module(text).unwrap();
    check(&module).unwrap();
    for level in [Level::O1, Level::O2] {
        let mut optimized = module.clone();
        optimize(&mut optimized, level);
        check(&optimized).unwrap();
    }
}

#[test]
fn a_long_function_takes_linear_time() {
    check_levels(&long_function(size()));
}

#[test]
fn many_functions_take_linear_time() {
    check_levels(&many_functions(size()));
}

/// Turns or functions per program.
fn size() -> usize {
    std::env::var("MOTET_SCALE").ok().and_then(|n| n.parse().ok()).unwrap_or(5_000)
}

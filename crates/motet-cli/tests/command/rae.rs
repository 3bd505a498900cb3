//! The `rae` tool and `motet fmt` as their users see them: output, errors, exit statuses.

use std::fs;

use super::{Folder, check, motet};

const HELLO: &str = "func main() ret Int {\n log( \"hi\" )\n ret 3\n}\n";
const LAID_OUT: &str = "func main() ret Int {\n  log(\"hi\")\n  ret 3\n}\n";

/// Checks `motet as rae …`; of the errors a part.
fn rae(folder: &Folder, args: &[&str], status: i32, out: &str, err: &str) {
    check(folder, &[&["as", "rae"], args].concat(), "", status, out, err);
}

#[test]
fn programs_run_with_their_own_status() {
    let folder = Folder::new("rae-run").with("main.rae", HELLO).with("other/lib.rae", "func f() {}\n");
    rae(&folder, &["run"], 3, "hi\n", "");
    rae(&folder, &["run", "main.rae"], 3, "hi\n", "");
    rae(&folder, &["run", "--target", "compiled", "--profile=dev", "--release", "./main.rae"], 3, "hi\n", "");
    rae(&folder, &["run", "--project", "."], 3, "hi\n", "");
    rae(&folder, &["run", "other/lib.rae"], 1, "", "other/lib.rae:0:0: no `func main` found for VM execution\n");
}

#[test]
fn wrong_command_lines_exit_with_1() {
    let folder = Folder::new("rae-usage");
    let seen = motet(&folder.0, &["as", "rae"], "");
    assert_eq!((seen.status, seen.out.starts_with("Usage: rae <command>")), (1, true));
    rae(&folder, &["jump"], 1, "", "error: unknown command 'jump'\n");
    rae(
        &folder,
        &["run"],
        1,
        "",
        "error: run requires a file argument, or a main.rae / devtools.json in the current directory\n",
    );
    rae(&folder, &["run", "--fast"], 1, "", "error: unknown run option '--fast'\n");
    rae(&folder, &["run", "a", "b"], 1, "", "error: multiple input files provided ('a' and 'b')\n");
    rae(&folder, &["run", "--target", "wasm"], 1, "", "error: unknown target 'wasm' for run command\n");
    rae(&folder, &["run", "no.rae"], 1, "", "error: could not read file 'no.rae'\n");
    rae(&folder, &["build", "--entry", "no.rae"], 1, "", "error: entry file 'no.rae' not found\n");
    rae(&folder, &["init"], 1, "", "not part of Motet");
}

#[test]
fn problems_are_shown_in_the_form_of_rae() {
    let folder = Folder::new("rae-errors")
        .with("bad.rae", "func main() {\n  let x: Int = 1\n  x = 2\n}\n")
        .with("zero.rae", "func main() {\n  let x: Int = 0\n  log(1)\n  log(1 / x)\n}\n")
        .with("loop.rae", "func main() {\n  loop true {}\n}\n");
    let text = "bad.rae:3:5: cannot reassign immutable 'let' binding 'x'; declare it with 'var' to allow reassignment\n     \
                3 |   x = 2\n       |     ^~~~\n";
    rae(&folder, &["run", "bad.rae"], 1, "", text);
    let here = fs::canonicalize(&folder.0).expect("exists").join("bad.rae").display().to_string();
    rae(&folder, &["run", &here], 1, "", text);
    rae(&folder, &["run", "zero.rae"], 1, "1\n", "zero.rae:4:9: division by zero\n");
    rae(&folder, &["run", "--timeout", "0.1", "loop.rae"], 124, "", "deadline");
}

#[test]
fn a_project_is_where_imports_are_looked_for() {
    let folder = Folder::new("rae-project")
        .with("project/util/greet.rae", "func hi() ret String { ret \"hi\" }\n")
        .with("app/main.rae", "import util/greet\nfunc main() {\n  log(greet.hi())\n}\n")
        .with("app/beside.rae", "func answer() ret Int { ret 42 }\n")
        .with("app/uses.rae", "import core\nfunc main() {\n  log(answer())\n}\n");
    rae(
        &folder,
        &["run", "app/main.rae"],
        1,
        "",
        "error: imported module 'util/greet' not found (required by 'main')\n",
    );
    rae(&folder, &["run", "-p", "./project/", "app/main.rae"], 0, "hi\n", "");
    rae(&folder, &["run", "app/uses.rae"], 0, "42\n", "");
    rae(&folder, &["run", "--no-implicit", "app/uses.rae"], 1, "", "unknown function 'answer'");
}

#[test]
fn tokens_and_trees_are_listed() {
    let folder = Folder::new("rae-lex").with("a.rae", "# c\nvar x: Int = 1\n").with("b.rae", "var x Int\n");
    let tokens = "TOK_COMMENT \"# c\" at 1:1\nTOK_VAR \"var\" at 2:1\nTOK_IDENT \"x\" at 2:5\nTOK_COLON \":\" at 2:6\n\
                  TOK_IDENT \"Int\" at 2:8\nTOK_ASSIGN \"=\" at 2:12\nTOK_INTEGER \"1\" at 2:14\nTOK_EOF \"\" at 3:1\n";
    rae(&folder, &["lex", "a.rae"], 0, tokens, "");
    check(&folder, &["dump", "--stage", "tokens", "a.rae"], "", 0, tokens, "");
    rae(&folder, &["parse", "a.rae"], 0, "MODULE\n  var x: Int = 1\n", "");
    rae(&folder, &["parse", "b.rae"], 1, "", "b.rae:1:1: ");
    rae(&folder, &["lex"], 1, "", "error: lex requires a file argument\n");
}

#[test]
fn sources_are_laid_out() {
    let folder = Folder::new("rae-format").with("a.rae", HELLO).with("bad.rae", "func (\n").with("b.moon", "1");
    let a = folder.0.join("a.rae");
    rae(&folder, &["format", "a.rae"], 0, LAID_OUT, "");
    rae(&folder, &["format", "a.rae", "--output", "c.rae"], 0, "", "");
    assert_eq!(fs::read_to_string(folder.0.join("c.rae")).expect("written"), LAID_OUT);
    rae(&folder, &["format", "bad.rae", "-w"], 1, "", "bad.rae:1:6: expected function name\n");
    check(&folder, &["fmt", "--check", "a.rae", "c.rae"], "", 1, "a.rae\n", "");
    assert_eq!(fs::read_to_string(&a).expect("kept"), HELLO);
    check(&folder, &["fmt", "-w", "a.rae"], "", 0, "", "");
    assert_eq!(fs::read_to_string(&a).expect("written"), LAID_OUT);
    check(&folder, &["fmt", "--check", "a.rae", "c.rae"], "", 0, "", "");
    check(&folder, &["fmt", "-", "--lang", "rae"], "var  x: Int", 0, "var x: Int\n", "");
    check(&folder, &["fmt", "b.moon"], "", 2, "", "there is no formatter for Moon");
}

#[test]
fn programs_are_built_as_modules() {
    let folder = Folder::new("rae-build").with("a.rae", HELLO);
    rae(&folder, &["build", "a.rae"], 0, "", "");
    check(&folder, &["run", "a.pbc"], "", 3, "hi\n", "");
    rae(&folder, &["build", "--target", "live", "--out", "b.pbc", "--entry", "a.rae"], 0, "", "");
    rae(&folder, &["run", "b.pbc"], 3, "hi\n", "");
    rae(&folder, &["build", "--target", "wasm", "a.rae"], 1, "", "error: there are no wasm builds");
}

#[test]
fn a_watched_program_starts_and_ends_with_its_input() {
    let folder = Folder::new("rae-watch").with("a.rae", HELLO);
    for args in [["as", "rae", "run", "--watch", "a.rae"].as_slice(), &["as", "rae", "watch", "a.rae"]] {
        let seen = motet(&folder.0, args, "");
        assert_eq!((seen.status, seen.out.as_str()), (0, "hi\n"), "{}", seen.err);
    }
}

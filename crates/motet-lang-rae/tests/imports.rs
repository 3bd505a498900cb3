//! Programs of several files.

use std::collections::BTreeMap;

use motet_ir::{Frontend, LoadError, Loader, Options};
use motet_lang_rae::Rae;

/// Files by path.
struct Files(BTreeMap<&'static str, &'static str>);

impl Loader for Files {
    fn read(&mut self, path: &str) -> Result<String, LoadError> {
        self.0.get(path).map(|t| t.to_string()).ok_or(LoadError::NotFound)
    }
}

fn check(files: &[(&'static str, &'static str)], expected: &str) {
    let mut loader = Files(files.iter().copied().collect());
    let (name, text) = files[0];
    let program = Rae.compile(name, text, &mut loader, &Options::default());
    let said = Rae.render(&program.diagnostics, &program.sources);
    assert_eq!(said, expected, "for {files:?}");
}

#[test]
fn modules_are_found_and_called_by_their_last_name() {
    let main = "import util/greet\nimport extra\n\nfunc main() {\n  log(greet.hello(name: \"Bo\"))\n  log(answer())\n  \
                log(\"x\".decorate())\n}\n";
    let greet = "import ../extra\nfunc hello(name: view String) ret String { ret \"hello {name}\" }\n";
    let extra = "func answer() ret Int { ret 42 }\nfunc decorate(s: view String) ret String { ret \"<{s}>\" }\n";
    check(&[("main.rae", main), ("util/greet.rae", greet), ("extra.rae", extra)], "");
    check(&[("p/main.rae", main), ("p/util/greet.rae", greet), ("p/extra.rae", extra)], "");
    check(&[("p/src/main.rae", main), ("p/lib/core.rae", ""), ("p/util/greet.rae", greet), ("p/extra.rae", extra)], "");
}

#[test]
fn imports_fail_with_a_trace() {
    check(
        &[("main.rae", "import nothere\nfunc main() { }\n")],
        "error: imported module 'nothere' not found (required by 'main')\n  import trace:\n    -> main\n    -> nothere\n",
    );
    check(
        &[("main.rae", "import one\n"), ("one.rae", "import two\n"), ("two.rae", "import one\n")],
        "error: cyclic import detected involving 'one'\n  import trace:\n    -> main\n    -> one\n    -> two\n    -> one\n",
    );
    check(&[("main.rae", "import ../x\n")], "error: module path '../x' escapes project root\n");
    check(&[("main.rae", "import math\nfunc f() ret Float { ret math.sin(x: 1.0) }\n")], "");
}

#[test]
fn problems_of_an_imported_file_are_shown_in_it() {
    check(
        &[("main.rae", "import a\n"), ("a.rae", "func f() {\n  let x: Int = 1\n  x = 2\n}\n")],
        "a.rae:3:5: cannot reassign immutable 'let' binding 'x'; declare it with 'var' to allow reassignment\n     3 |   \
         x = 2\n       |     ^~~~\n",
    );
}

//! The command line as its users see it: output, errors, exit statuses.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[path = "command/modules.rs"]
mod modules;
#[path = "command/pohlang.rs"]
mod pohlang;
#[path = "command/rae.rs"]
mod rae;
#[path = "command/recorz.rs"]
mod recorz;

/// A folder that is removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("motet-cli-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("temporary folder");
        Folder(path)
    }

    fn with(self, name: &str, text: &str) -> Folder {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("has a folder")).expect("folder");
        fs::write(path, text).expect("file");
        self
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Seen {
    out: String,
    err: String,
    status: i32,
}

/// Runs the command in a folder.
fn motet(folder: &Path, args: &[&str], input: &str) -> Seen {
    let mut child = Command::new(env!("CARGO_BIN_EXE_motet"))
        .args(args)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env("MOTET_CACHE_DIR", folder.join("cache"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    // A command that does not read its input closes the pipe early.
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("the command ends");
    Seen {
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        status: output.status.code().unwrap_or(-1),
    }
}

/// Checks the status, all of the output, and a part of the errors.
fn check(folder: &Folder, args: &[&str], input: &str, status: i32, out: &str, err: &str) {
    let seen = motet(&folder.0, args, input);
    assert_eq!(seen.status, status, "{args:?}\nstdout: {}\nstderr: {}", seen.out, seen.err);
    assert_eq!(seen.out, out, "{args:?}\nstderr: {}", seen.err);
    assert!(seen.err.contains(err), "{args:?}: no `{err}` in:\n{}", seen.err);
    assert!(!err.is_empty() || seen.err.is_empty(), "{args:?}: unexpected errors:\n{}", seen.err);
}

#[test]
fn build_makes_c_text_or_says_what_has_no_c_form() {
    let folder = Folder::new("emit-c")
        .with("a.moon", "fn f(n: Int) -> Int { n * 2 }\nprint(f(21));")
        .with("b.moon", "let a = 1;\nlet b = [a];\nprint(2);")
        .with("b.c", "kept");
    check(&folder, &["build", "--emit", "c", "a.moon"], "", 0, "", "");
    let text = fs::read_to_string(folder.0.join("a.c")).expect("written beside the source");
    assert!(text.contains("#line 1 \"a.moon\"") && text.contains("int main(void)"), "{text}");
    check(&folder, &["build", "--emit", "c", "b.moon"], "", 1, "", "error[E0301]: a list has no C form yet");
    check(&folder, &["build", "--emit", "c", "b.moon"], "", 1, "", "b.moon:2:9");
    assert_eq!(fs::read_to_string(folder.0.join("b.c")).expect("still there"), "kept");
    check(&folder, &["build", "a.moon"], "", 0, "", "");
    check(&folder, &["build", "--emit", "c", "a.pbc"], "", 1, "", "this program is bytecode");
}

#[test]
fn programs_run_from_files_and_from_standard_input() {
    let folder = Folder::new("run").with("a.ruff", "print(\"hi\", args())").with("b.moon", "6 * 7");
    check(&folder, &["run", "a.ruff", "--", "x", "-y"], "", 0, "hi [x, -y]\n", "");
    check(&folder, &["run", "b.moon"], "", 0, "42\n", "");
    check(&folder, &["run", "--tier", "ast", "b.moon"], "", 0, "42\n", "");
    check(&folder, &["run", "-", "--lang", "moon"], "1 + 1", 0, "2\n", "");
    check(&folder, &["run", "-O2", "b.moon"], "", 0, "42\n", "");
    check(&folder, &["run", "-"], "1", 2, "", "--lang");
}

#[test]
fn every_kind_of_failure_has_its_status() {
    let folder = Folder::new("status")
        .with("lex.ruff", "x := @")
        .with("syntax.ruff", "print(")
        .with("compile.ruff", "break")
        .with("run.ruff", "print(1 / 0)")
        .with("exit.ruff", "exit(42)")
        .with("loop.ruff", "while true { 1 }")
        .with("type.moon", "1 + true")
        .with("run.moon", "1 / 0");
    check(&folder, &["run", "lex.ruff"], "", 3, "", "error[E0101]");
    check(&folder, &["run", "syntax.ruff"], "", 3, "", "--> syntax.ruff:1:");
    check(&folder, &["run", "compile.ruff"], "", 4, "", "break can only be used inside a loop");
    check(&folder, &["run", "run.ruff"], "", 4, "", "1 | print(1 / 0)");
    check(&folder, &["run", "exit.ruff"], "", 42, "", "");
    check(&folder, &["run", "--fuel", "1000", "loop.ruff"], "", 124, "", "fuel");
    check(&folder, &["run", "--timeout", "0.05", "loop.ruff"], "", 124, "", "deadline");
    check(&folder, &["run", "type.moon"], "", 1, "", "cannot add Int and Bool");
    check(
        &folder,
        &["run", "--native-errors", "run.moon"],
        "",
        1,
        "",
        "run.moon:1:1: vm error: division by zero\n1 / 0\n^^^^^\n",
    );
    check(&folder, &["run", "missing.ruff"], "", 5, "", "No such file or directory");
    check(&folder, &["run", "."], "", 5, "", "directory");
}

#[test]
fn near_misses_are_suggested() {
    let folder = Folder::new("suggest").with("hello.ruff", "print(1)").with("notes.txt", "");
    check(&folder, &["run", "helo.ruff"], "", 5, "", "did you mean `hello.ruff`?");
    check(&folder, &["run", "hello"], "", 5, "", "did you mean `hello.ruff`?");
    check(&folder, &["rnu", "hello.ruff"], "", 2, "", "did you mean `motet run`?");
    check(&folder, &["hello.ruff"], "", 2, "", "motet run hello.ruff");
    check(&folder, &["run", "--fule", "1", "hello.ruff"], "", 2, "", "'--fuel'");
    check(&folder, &["run", "--tier", "vn", "hello.ruff"], "", 2, "", "vm");
    check(&folder, &["run", "notes.txt"], "", 2, "", "--lang NAME");
    check(&folder, &["run", "--lang", "ruf", "notes.txt"], "", 2, "", "did you mean `ruff`?");
    check(&folder, &["ruff"], "", 2, "", "motet as ruff");
}

#[test]
fn help_and_version_go_to_standard_output() {
    let folder = Folder::new("help");
    let help = motet(&folder.0, &["--help"], "");
    assert_eq!(help.status, 0);
    for word in ["run", "build", "check", "dump", "disasm", "verify", "repl", "test", "languages", "Exit status", "124"]
    {
        assert!(help.out.contains(word), "no `{word}` in:\n{}", help.out);
    }
    let run = motet(&folder.0, &["run", "--help"], "");
    assert!(run.status == 0 && run.out.contains("--allow-fs-read") && run.out.contains("--fuel"), "{}", run.out);
    assert_eq!(motet(&folder.0, &["--version"], "").out, format!("motet {}\n", env!("CARGO_PKG_VERSION")));
    assert!(motet(&folder.0, &["languages"], "").out.contains(".ruff"));
}

#[test]
fn a_built_module_runs_verifies_and_is_told_by_content() {
    let folder = Folder::new("build").with("a.ruff", "func f(n) { return 1 / n }\nprint(\"one\")\nf(0)\n");
    check(&folder, &["build", "a.ruff", "-o", "odd.name"], "", 0, "", "");
    check(&folder, &["run", "odd.name"], "", 4, "one\n", "1 | func f(n) { return 1 / n }");
    let verified = motet(&folder.0, &["verify", "odd.name"], "");
    assert!(verified.status == 0 && verified.out.starts_with("verified: odd.name ("), "{}", verified.out);
    check(&folder, &["build", "--strip", "a.ruff"], "", 0, "", "");
    check(&folder, &["run", "a.pbc"], "", 4, "one\n", "Division by zero");
    let first = fs::read(folder.0.join("odd.name")).expect("built");
    check(&folder, &["build", "a.ruff", "-o", "again"], "", 0, "", "");
    assert_eq!(first, fs::read(folder.0.join("again")).expect("built"), "equal input gives equal bytes");
    let mut damaged = first;
    damaged[40] ^= 1;
    fs::write(folder.0.join("bad.pbc"), &damaged).expect("write");
    check(&folder, &["run", "bad.pbc"], "", 1, "", "bad.pbc: ");
    check(&folder, &["verify", "bad.pbc"], "", 1, "", "bad.pbc: ");
    check(&folder, &["verify", "a.ruff"], "", 1, "", "a.ruff: this is not a .pbc file");
    check(&folder, &["run", "--tier", "ast", "a.pbc"], "", 2, "", "--tier vm");
    check(&folder, &["build", "a.ruff", "-o", "no/such/folder/x"], "", 5, "", "cannot write");
}

#[test]
fn every_stage_can_be_dumped() {
    let folder = Folder::new("dump").with("a.ruff", "func twice(n) { return n * 2 }\nprint(twice(21))\n");
    for stage in ["ast", "ir", "opt", "bytecode", "regcode"] {
        let seen = motet(&folder.0, &["dump", "--stage", stage, "a.ruff"], "");
        assert!(seen.status == 0 && seen.out.contains("twice"), "{stage}: {}{}", seen.out, seen.err);
    }
    let disasm = motet(&folder.0, &["disasm", "a.ruff"], "");
    assert!(disasm.out.contains("return n * 2"), "source beside the instructions:\n{}", disasm.out);
    check(&folder, &["build", "a.ruff"], "", 0, "", "");
    assert!(motet(&folder.0, &["disasm", "a.pbc"], "").out.contains("twice"));
    check(&folder, &["dump", "--stage", "ir", "a.pbc"], "", 2, "", "needs source text");
}

#[test]
fn diagnostics_are_json_when_asked() {
    let folder = Folder::new("json").with("bad.moon", "let x = 1;\nx + true").with("good.moon", "1");
    let seen = motet(&folder.0, &["check", "--json", "bad.moon"], "");
    assert_eq!(seen.status, 1);
    for part in ["\"code\":\"E0205\"", "\"line\":2", "\"file\":\"bad.moon\""] {
        assert!(seen.out.contains(part), "no {part} in {}", seen.out);
    }
    assert_eq!(motet(&folder.0, &["check", "--json", "good.moon"], "").out, "[]\n");
}

#[test]
fn capabilities_are_granted_by_flags() {
    let folder =
        Folder::new("capabilities").with("a.ruff", "print(read_file(\"data.txt\"))").with("data.txt", "secret");
    check(&folder, &["run", "a.ruff"], "", 0, "secret\n", "");
    check(&folder, &["run", "--untrusted", "a.ruff"], "", 4, "", "rerun with --allow-fs-read");
    check(&folder, &["run", "--allow-clock", "a.ruff"], "", 4, "", "filesystem-read required");
    check(&folder, &["run", "--untrusted", "--allow-fs-read", "a.ruff"], "", 0, "secret\n", "");
}

#[test]
fn the_moon_tool_is_accepted() {
    let folder = Folder::new("moon")
        .with("a.moon", "let xs = [1];\nxs[0]")
        .with("bad.moon", "let x = y;")
        .with("run.moon", "1 / 0")
        .with("ext.moon", "print(1.5);");
    check(&folder, &["as", "moon", "run", "a.moon"], "", 0, "1\n", "");
    check(&folder, &["as", "moon", "vm", "-"], "2", 0, "2\n", "");
    check(&folder, &["as", "moon", "check", "a.moon"], "", 0, "ok: Int\n", "");
    check(&folder, &["as", "moon", "run", "run.moon"], "", 1, "", "run.moon:1:1: runtime error: division by zero");
    check(&folder, &["as", "moon", "vm", "run.moon"], "", 1, "", "run.moon:1:1: vm error: division by zero");
    check(&folder, &["as", "moon", "vm", "bad.moon"], "", 1, "", "bad.moon:1:9: type error: undefined variable: y");
    check(&folder, &["as", "moon", "run", "none.moon"], "", 1, "", "io error: No such file or directory (os error 2)");
    check(&folder, &["as", "moon", "run", "ext.moon"], "", 0, "1.5\n", "");
    let core = motet(&folder.0, &["as", "moon", "--core", "run", "ext.moon"], "");
    assert_eq!(core.status, 1, "{}", core.err);
    let help = motet(&folder.0, &["as", "moon"], "");
    assert!(help.status == 0 && help.out.starts_with("moon (prototype)\n"), "{}", help.out);
    check(&folder, &["as", "moon", "fly"], "", 2, &help.out, "unknown command: fly\n\n");
    check(&folder, &["as", "moon", "run"], "", 2, &help.out, "missing <file> for `moon run`.\n\n");
    for command in ["ast", "disasm"] {
        assert_eq!(motet(&folder.0, &["as", "moon", command, "a.moon"], "").status, 0, "{command}");
    }
}

#[test]
fn the_ruff_tool_is_accepted() {
    let folder = Folder::new("ruff")
        .with("a.ruff", "print(args())")
        .with("bad.ruff", "print(\"a\"")
        .with("div.ruff", "print(\"first\")\n1 / 0")
        .with("stop.ruff", "print(1)\nbreak")
        .with("t.ruff", "test \"adds\" { assert_equal(1 + 1, 2) }\ntest \"fails\" { assert(false, \"boom\") }\n")
        .with("tests/golden.ruff", "print(1)")
        .with("tests/golden.out", "1\n");
    check(&folder, &["as", "ruff", "run", "a.ruff", "x", "--flag", "--untrusted"], "", 0, "[x, --flag]\n", "");
    check(
        &folder,
        &["as", "ruff", "run", "div.ruff"],
        "",
        4,
        "first\n",
        "[RUFVM001] [vm] Runtime Error: Division by zero\n  --> 0:0\n",
    );
    check(&folder, &["as", "ruff", "run", "bad.ruff"], "", 3, "", "[RUFPARSE001] [parser] error: Expected ')'");
    let missing = "[RUFCLI001] [cli] error: Failed to read .ruff file 'x.ruff': No such file or directory (os error 2)";
    check(&folder, &["as", "ruff", "run", "x.ruff"], "", 5, "", missing);
    check(&folder, &["as", "ruff", "--version"], "", 0, "ruff 1.0.0\n", "");
    check(&folder, &["as", "ruff", "check", "a.ruff"], "", 0, "check passed: a.ruff\n", "");
    check(&folder, &["as", "ruff", "check", "-q", "a.ruff"], "", 0, "", "");
    let outside = "[RUFVM001] [vm] error: Compilation error: break can only be used inside a loop";
    check(&folder, &["as", "ruff", "check", "stop.ruff"], "", 4, "", outside);
    let json = motet(&folder.0, &["as", "ruff", "run", "--json-runtime-diagnostics", "div.ruff"], "");
    assert!(json.out.contains("\"message\":\"Division by zero\"") && json.status == 4, "{}", json.out);
    let tests = motet(&folder.0, &["as", "ruff", "test-run", "-v", "t.ruff"], "");
    assert_eq!(tests.status, 1, "{}{}", tests.out, tests.err);
    for part in ["✓ adds", "✗ fails", "    Error: boom", "Tests: 2 total, 1 passed, 1 failed", "1 test(s) failed"] {
        assert!(tests.out.contains(part), "no `{part}` in:\n{}", tests.out);
    }
    assert_eq!(motet(&folder.0, &["as", "ruff", "test"], "").status, 0);
    check(&folder, &["as", "ruff", "format", "a.ruff"], "", 2, "", "not part of Motet yet");
    check(&folder, &["as", "ruff", "runn"], "", 2, "", "'run'");
    let help = motet(&folder.0, &["as", "ruff"], "");
    assert!(help.status == 0 && help.out.contains("test-run"), "{}", help.out);
}

#[cfg(unix)]
#[test]
fn the_name_of_the_binary_chooses_the_tool() {
    let folder = Folder::new("link").with("a.moon", "1 + 2");
    let link = folder.0.join("moon");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_motet"), &link).expect("link");
    let output = Command::new(&link)
        .args(["vm", "a.moon"])
        .env("MOTET_CACHE", "off")
        .current_dir(&folder.0)
        .output()
        .expect("runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "3\n");
}

#[test]
fn the_repl_keeps_variables_and_survives_errors() {
    let folder = Folder::new("repl");
    let check = |lang: &str, input: &str, out: &[&str], err: &str| {
        let seen = motet(&folder.0, &["repl", "--lang", lang], input);
        assert_eq!(seen.status, 0, "{}", seen.err);
        assert_eq!(seen.out.lines().collect::<Vec<_>>(), out, "{lang}: {}", seen.err);
        assert!(seen.err.contains(err), "{}", seen.err);
    };
    check("ruff", "x := 20\nx + 1\n\"s\"\n", &["=> 21", "=> \"s\""], "");
    check("ruff", "func f(n) {\n return n * 2\n}\nf(4)\nfunc f(n) { return n }\nf(4)\n", &["=> 8", "=> 4"], "");
    check("ruff", "y := 5\n1 / 0\ny\n", &["=> 5"], "Division by zero");
    check("ruff", "print(1)\n", &["1", "=> Null"], "");
    check("moon", "let a = 3;\nfn d(n: Int) -> Int { n * 2 }\nd(a)\n", &["6"], "");
    check("moon", "let a = 3;\na + true\na\n", &["3"], "cannot add");
}

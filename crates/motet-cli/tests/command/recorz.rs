//! The `recorz` tool as its users see it: files, expressions, images, SOM programs, errors, exit statuses.

use std::fs;

use super::{Folder, check, motet};

const SHAPE: &str =
    "RecorzKernelClass: #Shape superclass: #Object instanceVariableNames: 'n'\n!\nn: x\n    n := x\n!\nn\n    ^n\n";
const SQUARE: &str = "RecorzKernelClass: #Square superclass: #Shape\n!\narea\n    ^self n squared\n";
const MAIN: &str = "RecorzKernelDoIt:\n(Square new n: 4; area) printNl.\n";

const SAVE: &str = "\
| cls acc |
cls := KernelInstaller fileInClassChunks: 'RecorzKernelClass: #Tally superclass: #Object instanceVariableNames: ''value''
!
value
    ^value
!
setValue: v
    value := v.
    ^self
!'.
acc := cls new.
KernelInstaller rememberObject: acc named: 'acc'.
acc setValue: 41.
Transcript show: 'saving'; cr.
KernelInstaller saveSnapshot.
Transcript show: 'never'; cr.
";

const RELOAD: &str = "\
| acc |
acc := KernelInstaller objectNamed: 'acc'.
Transcript show: acc value printString; cr.
acc setValue: acc value + 1.
Transcript show: (KernelInstaller objectNamed: 'acc') value printString; cr.
";

/// Checks `motet as recorz …`; of the errors a part.
fn recorz(folder: &Folder, args: &[&str], status: i32, out: &str, err: &str) {
    check(folder, &[&["as", "recorz"], args].concat(), "", status, out, err);
}

#[test]
fn wrong_command_lines_say_what_is_meant() {
    let folder = Folder::new("recorz-usage").with("hello.rz", "'hi' displayNl.\n").with("sub/a.rz", "3 printNl.\n");
    let usage = |args: &[&str], err: &str| recorz(&folder, args, 2, "", err);
    usage(&[], "error: no file is named\n  = help: name it: recorz program.rz");
    usage(&["-e"], "error: -e needs the source of an expression\n");
    usage(&["--imag", "x"], "error: unknown option '--imag'\n  = help: did you mean '--image'?\n");
    usage(&["hello.rz", "x.som"], "error: Recorz and SOM have classes of their own");
    let failed = |args: &[&str], err: &str| recorz(&folder, args, 1, "", err);
    failed(&["helo.rz"], "error: cannot read 'helo.rz'");
    failed(&["helo.rz"], "= help: did you mean 'hello.rz'?\n");
    failed(&["missing.rz", "hello.rz"], "error: cannot read 'missing.rz'");
    failed(&["sub"], "= help: did you mean 'sub/a.rz'?\n");
    failed(&["old.rcz"], "error: 'old.rcz': the prototype surface of Recorz is not part of Motet\n");
    failed(&["build"], "error: there is no folder platform/riscv32 here or above\n");
}

#[test]
fn help_and_version_are_output() {
    let folder = Folder::new("recorz-help");
    let seen = motet(&folder.0, &["as", "recorz", "--help"], "");
    assert_eq!((seen.status, seen.err.as_str()), (0, ""));
    for flag in ["--eval ", "--image ", "--save-image ", "--disasm", "--classpath ", "--call ", "build ", "clean "] {
        assert!(seen.out.contains(flag), "{flag}: {}", seen.out);
    }
    let version = format!("recorz (motet {})\n", env!("CARGO_PKG_VERSION"));
    recorz(&folder, &["--version"], 0, &version, "");
}

#[test]
fn expressions_show_their_value() {
    let folder = Folder::new("recorz-eval").with("shape.rz", SHAPE).with("square.rz", SQUARE);
    let value = |source: &str, out: &str| recorz(&folder, &["-e", source], 0, out, "");
    value("3 + 4 * 5", "35\n");
    value("'it''s'", "it's\n");
    value("#at:put:", "#at:put:\n");
    value("nil", "nil\n");
    value("[^5] value. 6", "5\n");
    value("3 + 4; * 10", "30\n");
    value("x := 3. x + 1", "4\n");
    value("[] value", "nil\n");
    recorz(&folder, &["eval", "1 / 2"], 0, "1/2\n", "");
    recorz(&folder, &["-e", "3 foo"], 1, "", "error: MessageNotUnderstood: 3 does not understand #foo\n");
    recorz(&folder, &["-e", "3 +"], 1, "", "error: <eval>:1: Unexpected token EOF\n");
    recorz(&folder, &["shape.rz", "square.rz", "-e", "(Square new n: 5) area"], 0, "25\n", "");
}

#[test]
fn files_are_run_in_order() {
    let folder = Folder::new("recorz-files")
        .with("shape.rz", SHAPE)
        .with("square.rz", SQUARE)
        .with("main.rz", MAIN)
        .with("bad.rz", "RecorzKernelDoIt:\n'before' displayNl.\n!\nRecorzKernelDoIt:\n\n3 + .\n");
    recorz(&folder, &["shape.rz", "square.rz", "main.rz"], 0, "16\n", "");
    recorz(&folder, &["shape.rz", "main.rz"], 1, "", "error: Error: undefined variable 'Square'\n");
    recorz(&folder, &["bad.rz", "main.rz"], 1, "before\n", "error: bad.rz:6: Unexpected token PERIOD\n");
    recorz(&folder, &["shape.rz", "bad.rz"], 1, "before\n", "error: bad.rz:6: Unexpected token PERIOD\n");
    let seen = motet(&folder.0, &["as", "recorz", "--disasm", "square.rz"], "");
    assert_eq!((seen.status, seen.err.as_str()), (0, ""));
    assert!(seen.out.contains("area"), "{}", seen.out);
}

#[test]
fn programs_see_their_arguments() {
    let folder = Folder::new("recorz-args").with("args.rz", "Smalltalk arguments printNl.\n");
    recorz(&folder, &["args.rz"], 0, "()\n", "");
    recorz(&folder, &["args.rz", "--", "one", "-e"], 0, "('one' '-e' )\n", "");
}

#[test]
fn a_snapshot_goes_on_in_another_process() {
    let folder = Folder::new("recorz-image").with("save.rz", SAVE).with("reload.rz", RELOAD);
    recorz(&folder, &["--save-image", "tally.image", "save.rz"], 0, "saving\n", "");
    recorz(&folder, &["--image", "tally.image", "reload.rz"], 0, "41\n42\n", "");
    let line = [
        "--image",
        "tally.image",
        "--save-image",
        "next.image",
        "-e",
        "(KernelInstaller objectNamed: 'acc') setValue: 7",
    ];
    recorz(&folder, &line, 0, "a Tally\n", "");
    recorz(&folder, &["--image", "next.image", "reload.rz"], 0, "7\n8\n", "");
    recorz(&folder, &["save.rz"], 0, "saving\n", "");
    assert!(folder.0.join("recorz.image").is_file());
    let mut bytes = fs::read(folder.0.join("tally.image")).expect("written");
    bytes[0] ^= 1;
    fs::write(folder.0.join("bad.image"), &bytes).expect("written");
    recorz(&folder, &["--image", "bad.image", "reload.rz"], 1, "", "snapshot magic mismatch");
    bytes[0] ^= 1;
    bytes.truncate(bytes.len() - 3);
    fs::write(folder.0.join("short.image"), &bytes).expect("written");
    recorz(&folder, &["--image", "short.image", "reload.rz"], 1, "", "snapshot size mismatch");
}

#[test]
fn som_programs_find_their_classes() {
    let folder = Folder::new("recorz-som")
        .with("Main.som", "Main = (\n  run: args = ( (args at: 1) println. (Twice new of: 21) println )\n)\n")
        .with("lib/Twice.som", "Twice = (\n  of: n = ( ^ n + n )\n  ----\n  answer = ( ^ self new of: 4 )\n)\n");
    recorz(&folder, &["-cp", "lib", "Main.som"], 0, "Main\n42\n", "");
    recorz(&folder, &["-cp", "lib", "--call", "Twice.answer"], 0, "8\n", "");
    recorz(
        &folder,
        &["-cp", "lib", "--call", "Thrice.answer"],
        1,
        "",
        "error: no folder of the class path holds Thrice.som\n",
    );
}

#[test]
fn som_programs_load_classes_whose_names_they_compute() {
    let folder = Folder::new("recorz-som-late")
        .with(
            "Main.som",
            "Main = (\n  run = (\n    | class |\n    class := system load: ('La' + 'te') asSymbol.\n    \
             (class new describe: 5) println.\n    (class == (system load: #Late)) println.\n    \
             (class == (system global: #Late)) println )\n)\n",
        )
        .with("Late.som", "Late = Base (\n  describe: n = ( ^ 'late ' + (self next: n) )\n)\n")
        .with("Base.som", "Base = (\n  next: n = ( ^ n + 1 )\n)\n");
    recorz(&folder, &["Main.som"], 0, "late 6\ntrue\ntrue\n", "");
}

#[test]
fn a_session_takes_statements_and_chunks() {
    let folder = Folder::new("recorz-repl");
    let typed =
        "x := 3.\nx + 4\nRecorzKernelClass: #Foo\n!\ntwice: n\n    ^n + n\n\nFoo new twice: x\n'it' , 's'\nfoo\n#a\n";
    let seen = motet(&folder.0, &["repl", "--lang", "recorz"], typed);
    assert_eq!(seen.out, "3\n7\na Workspace\n6\n'its'\n#a\n", "{}", seen.err);
    assert!(seen.err.contains("undefined variable 'foo'"), "{}", seen.err);
}

//! Watch mode as its users see it: the real command, real files, saves of all kinds.

use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Long enough for the busiest machine.
const LONG: Duration = Duration::from_secs(30);

/// The command, watching a program in a folder of its own.
struct Watching {
    folder: PathBuf,
    child: Child,
    input: Option<ChildStdin>,
    out: Receiver<String>,
    err: Receiver<String>,
    /// Lines that were looked at, for messages.
    log: Vec<String>,
}

fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

impl Watching {
    /// Watches the first of the files.
    fn new(name: &str, files: &[(&str, &str)], args: &[&str]) -> Watching {
        let folder = std::env::temp_dir().join(format!("motet-watch-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        for (file, text) in files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().expect("has a folder")).expect("folder");
            fs::write(path, text).expect("file");
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_motet"))
            .args(["run", "--watch"])
            .args(args)
            .arg(files[0].0)
            .current_dir(&folder)
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let input = child.stdin.take();
        let out = lines(child.stdout.take().expect("piped"));
        let err = lines(child.stderr.take().expect("piped"));
        Watching { folder, child, input, out, err, log: Vec::new() }
    }

    fn save(&self, file: &str, text: &str) {
        fs::write(self.folder.join(file), text).expect("saved");
    }

    /// Waits for a line of output that contains this.
    fn out(&mut self, part: &str) -> String {
        Self::find(&self.out, &mut self.log, part)
    }

    /// Waits for a line about watching that contains this.
    fn err(&mut self, part: &str) -> String {
        Self::find(&self.err, &mut self.log, part)
    }

    fn find(stream: &Receiver<String>, log: &mut Vec<String>, part: &str) -> String {
        let end = Instant::now() + LONG;
        while let Ok(line) = stream.recv_timeout(end.saturating_duration_since(Instant::now())) {
            if line.contains(part) {
                return line;
            }
            log.push(line);
        }
        panic!("no `{part}` in:\n{}", log.join("\n"));
    }

    /// Everything that was printed so far and not looked at.
    fn rest(&mut self) -> String {
        let rest: Vec<String> = self.out.try_iter().chain(self.err.try_iter()).collect();
        rest.join("\n")
    }

    /// Ends the input; the exit status.
    fn end(mut self) -> i32 {
        drop(self.input.take());
        self.status()
    }

    fn status(&mut self) -> i32 {
        let end = Instant::now() + LONG;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status.code().unwrap_or(-1);
            }
            assert!(Instant::now() < end, "the command goes on");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A program that says its version and goes on.
fn version(text: &str) -> String {
    format!("print(\"{text}\")\nwhile true {{ sleep(5) }}\n")
}

#[test]
fn a_save_replaces_the_running_program() {
    let mut w = Watching::new("save", &[("a.ruff", &version("one"))], &[]);
    w.err("watching a.ruff");
    w.out("one");
    w.save("a.ruff", &version("two"));
    assert!(w.err("reloaded a.ruff in ").contains("s: main restarted"));
    w.out("two");
    // One save is one reload.
    thread::sleep(Duration::from_millis(300));
    assert_eq!(w.rest(), "");
    assert_eq!(w.end(), 0);
}

#[test]
fn a_program_that_has_ended_starts_again_and_its_own_errors_are_shown() {
    let mut w = Watching::new("ended", &[("a.moon", "print(\"one\")")], &[]);
    w.out("one");
    w.err("the program ended; waiting for changes");
    w.save("a.moon", "print(\"two\"); 1 / 0");
    assert!(w.err("reloaded a.moon").contains("main started"));
    w.out("two");
    w.err("runtime error: division by zero");
    w.err("ended with status 1");
    assert_eq!(w.end(), 0);
}

#[test]
fn a_save_by_renaming_is_a_save() {
    let mut w = Watching::new("rename", &[("a.ruff", &version("one"))], &[]);
    w.out("one");
    for text in ["two", "three"] {
        w.save(".a.ruff.tmp", &version(text));
        fs::rename(w.folder.join(".a.ruff.tmp"), w.folder.join("a.ruff")).expect("renamed");
        w.err("reloaded a.ruff");
        w.out(text);
    }
    // The old file may also be moved away first, as some editors do.
    fs::rename(w.folder.join("a.ruff"), w.folder.join("a.ruff~")).expect("renamed");
    w.save("a.ruff", &version("four"));
    w.out("four");
}

#[test]
fn a_deleted_file_comes_back() {
    let mut w = Watching::new("delete", &[("a.ruff", &version("one"))], &[]);
    w.out("one");
    // For a moment: nobody notices.
    fs::remove_file(w.folder.join("a.ruff")).expect("removed");
    thread::sleep(Duration::from_millis(20));
    w.save("a.ruff", &version("two"));
    w.out("two");
    // For long: that is said, and the program goes on.
    fs::remove_file(w.folder.join("a.ruff")).expect("removed");
    w.err("the running version goes on");
    w.save("a.ruff", &version("three"));
    w.out("three");
}

#[test]
fn a_folder_that_is_replaced_is_followed() {
    let files = [
        ("main.ruff", "import part\nprint(part.word)\nwhile true { sleep(5) }\n"),
        ("modules/part.ruff", "export word := \"one\""),
    ];
    let mut w = Watching::new("folder", &files, &[]);
    w.out("one");
    fs::remove_dir_all(w.folder.join("modules")).expect("removed");
    thread::sleep(Duration::from_millis(150));
    fs::create_dir(w.folder.join("modules")).expect("made");
    w.save("modules/part.ruff", "export word := \"two\"");
    w.out("two");
    w.save("modules/part.ruff", "export word := \"three\"");
    w.out("three");
}

#[test]
fn half_of_a_save_changes_nothing() {
    let mut w = Watching::new("half", &[("a.ruff", &version("one"))], &[]);
    w.out("one");
    let text = version("two");
    // The writer keeps the file open and pauses within a word.
    let mut file = fs::File::create(w.folder.join("a.ruff")).expect("created");
    for part in [&text[..3], &text[3..9], &text[9..]] {
        file.write_all(part.as_bytes()).expect("written");
        thread::sleep(Duration::from_millis(10));
    }
    drop(file);
    w.out("two");
    assert!(!w.log.iter().any(|l| l.contains("error")), "{:?}", w.log);
    // An empty file would be a program too.
    w.save("a.ruff", "");
    thread::sleep(Duration::from_millis(30));
    w.save("a.ruff", &version("three"));
    w.out("three");
    let rest = w.rest();
    assert_eq!(
        w.log.iter().chain([&rest]).map(|l| l.matches("reloaded").count()).sum::<usize>(),
        2,
        "{:?}{rest}",
        w.log
    );
    // A pause that is too long shows an error, and nothing else happens.
    let text = version("four");
    w.save("a.ruff", &text[..9]);
    w.err("error[E");
    w.err("a.ruff does not compile; the running version goes on");
    w.save("a.ruff", &text);
    w.out("four");
}

#[test]
fn an_error_keeps_the_running_version_and_its_repair_goes_on() {
    let counting = |step: &str| format!("n := 0\nwhile true {{ n = n + 1\n print(\"{step}\", n)\n sleep(5) }}\n");
    let mut w = Watching::new("error", &[("a.ruff", &counting("one"))], &[]);
    w.out("one 1");
    w.save("a.ruff", "print(");
    w.err("does not compile; the running version goes on");
    while w.out.try_recv().is_ok() {}
    w.out("one ");
    w.save("a.ruff", &counting("one"));
    // The text is what it was: the program has not started over.
    w.err("no change in a.ruff");
    w.save("a.ruff", &counting("two"));
    w.out("two 1");
}

#[test]
fn a_kept_loop_goes_on_with_new_functions_and_old_globals() {
    let text = |word: &str, more: &str| {
        format!(
            "mut n := 0\nfunc say(n) {{ return \"{word} \" + to_string(n) }}\n{more}while true {{ n = n + 1\n print(say(n))\n sleep(5) }}\n"
        )
    };
    let mut w = Watching::new("keep", &[("a.ruff", &text("one", ""))], &["--keep"]);
    w.out("one 5");
    w.save("a.ruff", &text("two", "func extra() { return 1 }\n"));
    let line = w.err("reloaded a.ruff in ");
    assert!(line.contains("1 function changed, 1 added; ") && line.ends_with("main goes on"), "{line}");
    let first = w.out("two ");
    let number = |line: &str| line.rsplit(' ').next().and_then(|n| n.parse::<u32>().ok()).expect("a number");
    assert!(number(&first) > 5, "{first}");
    assert!(!w.log.iter().any(|l| l == "two 1"), "{:?}", w.log);
    // An error changes nothing; the loop counts on.
    w.save("a.ruff", "print(");
    w.err("does not compile; the running version goes on");
    w.save("a.ruff", &text("three", ""));
    assert!(number(&w.out("three ")) > number(&first));
}

#[test]
fn a_wait_for_input_or_time_does_not_delay_a_reload() {
    let mut w = Watching::new("wait", &[("a.ruff", "print(\"one\")\nline := input(\"\")\nprint(\"got\", line)")], &[]);
    w.out("one");
    w.save("a.ruff", "print(\"two\")\nwhile true { sleep(3600000)\n print(\"awake\") }");
    w.err("main restarted");
    w.out("two");
    let start = Instant::now();
    w.save("a.ruff", &version("three"));
    w.out("three");
    assert!(start.elapsed() < Duration::from_secs(20));
    assert!(!w.log.iter().any(|l| l.contains("got") || l.contains("awake")), "{:?}", w.log);
}

#[test]
fn imported_files_are_followed_also_those_that_are_not_there_yet() {
    let files = [("main.ruff", "import part\nprint(part.word())\nwhile true { sleep(5) }\n"), ("other.txt", "")];
    let mut w = Watching::new("import", &files, &[]);
    w.err("ended with status 4");
    w.save("part.ruff", "export func word() { return \"one\" }");
    assert!(w.err("reloaded").contains("part.ruff"));
    w.out("one");
    w.save("part.ruff", "import deep\nexport func word() { return deep.depth }");
    w.err("reloaded part.ruff");
    w.save("deep.ruff", "export depth := \"deep\"");
    w.out("deep");
    w.save("deep.ruff", "export depth := \"deeper\"");
    w.out("deeper");
    // Both reloads have been reported before nothing more may come.
    w.err("reloaded deep.ruff");
    w.err("reloaded deep.ruff");
    // What the program does not use does not matter.
    w.rest();
    w.save("other.txt", "x");
    w.save("unused.ruff", "print(");
    thread::sleep(Duration::from_millis(200));
    assert_eq!(w.rest(), "");
}

#[test]
fn saves_without_a_change_do_nothing() {
    let mut w = Watching::new("same", &[("a.ruff", &version("one"))], &[]);
    w.out("one");
    thread::sleep(Duration::from_millis(60));
    w.save("a.ruff", &version("one"));
    w.err("no change in a.ruff");
    thread::sleep(Duration::from_millis(200));
    assert_eq!(w.rest(), "");
}

#[test]
fn of_rapid_saves_the_last_one_runs() {
    let mut w = Watching::new("rapid", &[("a.ruff", &version("one"))], &[]);
    w.out("one");
    for i in 0..200 {
        w.save("a.ruff", &version(&format!("save {i}.")));
    }
    w.out("save 199.");
    thread::sleep(Duration::from_millis(200));
    let rest = w.rest();
    assert!(!rest.contains("save 19") && !rest.contains("error"), "{rest}");
    assert!(!w.log.iter().any(|l| l.contains("error")), "{:?}", w.log);
}

#[test]
fn programs_that_never_wait_are_replaced_too() {
    let busy = |text: &str| format!("print(\"{text}\")\nn := 0\nwhile true {{ n = n + 1 }}\n");
    let mut w = Watching::new("busy", &[("a.ruff", &busy("one"))], &[]);
    w.out("one");
    w.save("a.ruff", &busy("two"));
    w.out("two");
    assert_eq!(w.end(), 0);
}

#[test]
fn polling_sees_what_events_would_tell() {
    let mut w = Watching::new("poll", &[("a.ruff", &version("one"))], &["--poll", "20"]);
    w.out("one");
    w.save("a.ruff", &version("two"));
    w.out("two");
    w.save(".tmp", &version("three"));
    fs::rename(w.folder.join(".tmp"), w.folder.join("a.ruff")).expect("renamed");
    w.out("three");
}

#[test]
fn input_goes_to_the_program_and_its_end_ends_watching() {
    let text = "while true { line := input(\"\")\n print(\"got\", line) }";
    let mut w = Watching::new("input", &[("a.ruff", text)], &[]);
    w.err("watching");
    w.input.as_mut().expect("open").write_all(b"hello\n").expect("written");
    w.out("got hello");
    assert_eq!(w.end(), 0);
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_watching_and_no_output_is_lost() {
    let mut w = Watching::new(
        "interrupt",
        &[("a.ruff", "n := 0\nwhile n < 3 { n = n + 1\nprint(n) }\nwhile true { n = n + 1 }")],
        &[],
    );
    w.out("3");
    let id = w.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill runs").success());
    assert_eq!(w.status(), 130);
}

#[test]
fn what_cannot_be_watched_is_refused() {
    let check = |args: &[&str], status: i32, part: &str| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_motet")).args(args).stdin(Stdio::null()).output().expect("it runs");
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{args:?}: {err}");
        assert!(err.contains(part), "{args:?}: {err}");
    };
    check(&["run", "--watch", "-", "--lang", "ruff"], 2, "standard input cannot be watched");
    check(&["watch", "missing.ruff"], 5, "No such file");
    check(&["run", "--poll", "5", "a.ruff"], 2, "--watch");
    check(&["run", "--watch", "--stats", "a.ruff"], 2, "cannot be used with");
    check(&["watch", "--poll", "0", "a.ruff"], 2, "0 is not in");
}

/// A version of a Rae program that counts by `step` and says so, with short sleeps.
fn counting(word: &str, step: usize) -> String {
    let count = format!("func count() {{\n  total = total + {step}\n  log(\"{word} {{total}}\")\n}}\n");
    format!(
        "var total: Int = 0\n{count}func main() {{\n  log(\"main {word}\")\n  loop true {{\n    count()\n    sleep(ms: 2)\n  }}\n}}\n"
    )
}

#[test]
fn a_program_that_sleeps_does_no_unseen_work_before_it_starts_over() {
    let mut w = Watching::new("unseen", &[("main.rae", &counting("v0", 1))], &[]);
    let number = |line: &str| line.rsplit(' ').next().and_then(|n| n.parse::<usize>().ok());
    let mut last = number(&w.out("v0 5"));
    for round in 1..=12 {
        let step = if round % 2 == 0 { 1 } else { 1_000 };
        let seen = w.log.len();
        w.save("main.rae", &counting(&format!("v{round}"), step));
        w.out(&format!("main v{round}"));
        // The count goes on from the last line that the version before wrote.
        last = w.log[seen..].iter().rev().find_map(|line| number(line)).or(last);
        let first = number(&w.out(&format!("v{round} ")));
        assert_eq!(first, last.map(|n| n + step), "round {round}");
        last = first;
    }
}

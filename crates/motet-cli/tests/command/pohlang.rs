//! The `pohlang` tool as its users see it: output, errors, exit statuses, examples.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Folder, check, motet};

const HELLO: &str = "Start Program\nWrite \"hi\"\nEnd Program\n";
const FACT: &str = include_str!("../../../../examples/pohlang/fact.poh");

/// Checks `motet as pohlang …`; of the errors a part.
fn pohlang(folder: &Folder, args: &[&str], status: i32, out: &str, err: &str) {
    check(folder, &[&["as", "pohlang"], args].concat(), "", status, out, err);
}

#[test]
fn wrong_command_lines_say_what_is_meant() {
    let folder = Folder::new("poh-usage").with("hello.poh", HELLO).with("sub/a.poh", HELLO);
    let usage = |args: &[&str], err: &str| pohlang(&folder, args, 2, "", err);
    usage(&[], "Error: no file is named\n  = help: name it: pohlang --run program.poh");
    usage(&["--run-bytecode"], "name it: pohlang --run-bytecode program.pbc");
    usage(&["--rnu", "hello.poh"], "Error: unknown option '--rnu'\n  = help: did you mean '--run'?\n");
    usage(&["--run", "--compile", "hello.poh"], "Error: --run and --compile cannot be used together\n");
    usage(&["run", "hello.poh"], "did you mean: pohlang --run hello.poh\n");
    usage(&["--run", "hello.poh", "hello.poh"], "Error: one file at a time, please");
    usage(&["--compile", "hello.poh", "-o"], "Error: -o needs the name of a file\n");
    usage(&["--run", "hello.poh", "-o", "x"], "there is no --compile\n");
    let failed = |args: &[&str], err: &str| pohlang(&folder, args, 1, "", err);
    failed(&["--run", "helo.poh"], "Error: there is no file 'helo.poh'\n  = help: did you mean 'hello.poh'?\n");
    failed(&["--run", "hello"], "did you mean 'hello.poh'?\n");
    check(&folder, &["run", "sub"], "", 5, "", "(os error 21)\n  = help: did you mean `sub/a.poh`?\n");
    failed(&["--run", "sub"], "Error: 'sub' is a folder, not a program\n  = help: did you mean 'sub/a.poh'?\n");
    failed(&["--compile", "hello.poh", "-o", "hello.poh"], "would replace the program 'hello.poh'\n");
    failed(
        &["--compile", "hello.poh", "-o", "sub"],
        "Error: 'sub' is a folder\n  = help: name a file: -o sub/hello.pbc\n",
    );
    failed(&["--aot", "hello.poh"], "AOT compilation is not yet implemented. Use --compile to generate bytecode.\n");
    assert_eq!(fs::read_to_string(folder.0.join("hello.poh")).expect("still there"), HELLO);
}

#[test]
fn help_and_version_are_output() {
    let folder = Folder::new("poh-help");
    let seen = motet(&folder.0, &["as", "pohlang", "--help"], "");
    assert_eq!((seen.status, seen.err.as_str()), (0, ""));
    for flag in ["--run ", "--bytecode", "--compile", "--run-bytecode", "--disassemble", "--watch", "--out FILE"] {
        assert!(seen.out.contains(flag), "{flag}: {}", seen.out);
    }
    pohlang(&folder, &["--version"], 0, "pohlang 0.6.7\n", "");
}

#[test]
fn a_program_is_compiled_and_its_bytecode_run_and_shown() {
    let folder = Folder::new("poh-compile").with("fact.poh", FACT);
    let seen = motet(&folder.0, &["as", "pohlang", "--compile", "fact.poh"], "");
    assert_eq!((seen.status, seen.err.as_str()), (0, ""));
    let size = fs::metadata(folder.0.join("fact.pbc")).expect("written").len();
    assert_eq!(seen.out, format!("✅ Compiled to bytecode: fact.pbc ({:.1} KB)\n", size as f64 / 1024.0));
    let line = ["as", "pohlang", "--run-bytecode", "fact.pbc"];
    check(&folder, &line, "10\n", 0, "Enter a number: Factorial of 10 is 3628800\n", "");
    let seen = motet(&folder.0, &["as", "pohlang", "--disassemble", "fact.pbc"], "");
    assert_eq!((seen.status, seen.err.as_str()), (0, ""));
    assert!(seen.out.contains("Factorial of "), "{}", seen.out);
    let line = ["as", "pohlang", "--run", "fact.poh"];
    check(
        &folder,
        &line,
        "0.5\n",
        0,
        "Enter a number: A whole number that is not negative is needed, such as 10.\n",
        "",
    );
    pohlang(
        &folder,
        &["--run", "fact.pbc"],
        1,
        "",
        "Error: 'fact.pbc' is bytecode, not the text of a program\n  = help: to run it: pohlang --run-bytecode fact.pbc\n",
    );
}

#[test]
fn bytecode_mode_tells_of_the_cache_on_standard_error() {
    let folder = Folder::new("poh-bytecode").with("hello.poh", HELLO);
    for _ in 0..2 {
        pohlang(&folder, &["--bytecode", "hello.poh"], 0, "hi\n", "✅ Compiled to bytecode cache\n");
    }
}

#[test]
fn without_a_mode_the_modes_are_listed() {
    let folder =
        Folder::new("poh-nothing").with("hello.poh", HELLO).with("bad.poh", "Start Program\nPrint 1\nEnd Program\n");
    pohlang(&folder, &["hello.poh"], 0, "", "Nothing to do. Use one of:\n  --run ");
    pohlang(&folder, &["bad.poh"], 1, "", "Error: Unsupported statement: Print 1\n");
}

#[test]
fn bad_bytecode_is_told_in_the_words_of_pohlang() {
    let folder = Folder::new("poh-pbc").with("hello.poh", HELLO).with("empty.pbc", "");
    pohlang(&folder, &["--compile", "hello.poh"], 0, &compiled(&folder, "hello"), "");
    let bytes = fs::read(folder.0.join("hello.pbc")).expect("written");
    let mut newer = bytes.clone();
    newer[4..8].copy_from_slice(&77u32.to_le_bytes());
    fs::write(folder.0.join("newer.pbc"), newer).expect("written");
    fs::write(folder.0.join("short.pbc"), &bytes[..bytes.len() / 2]).expect("written");
    let mut changed = bytes.clone();
    let last = changed.len() - 1;
    changed[last] ^= 0x40;
    fs::write(folder.0.join("changed.pbc"), changed).expect("written");
    for mode in ["--run-bytecode", "--disassemble"] {
        let failed = |file: &str, err: &str| pohlang(&folder, &[mode, file], 1, "", err);
        failed("empty.pbc", "Error: Invalid magic header (not a .pbc file)\n");
        failed("hello.poh", "Error: Invalid magic header (not a .pbc file)\n  = help: 'hello.poh' looks like text");
        failed("newer.pbc", "Error: Unsupported bytecode version: 77\n");
        failed("short.pbc", "Error: Invalid data: ");
        failed("changed.pbc", "Error: Invalid data: ");
    }
}

/// The line that `--compile` shows; compiles to learn the size.
fn compiled(folder: &Folder, stem: &str) -> String {
    motet(&folder.0, &["as", "pohlang", "--compile", &format!("{stem}.poh")], "");
    let size = fs::metadata(folder.0.join(format!("{stem}.pbc"))).expect("written").len();
    format!("✅ Compiled to bytecode: {stem}.pbc ({:.1} KB)\n", size as f64 / 1024.0)
}

#[test]
fn problems_show_the_line_of_the_tool_then_the_place() {
    let folder = Folder::new("poh-errors")
        .with("print.poh", "Start Program\nPrint \"x\"\nEnd Program\n")
        .with("list.poh", "Start Program\nSet xs to [1, 2]\nEnd Program\n")
        .with("zero.poh", "Start Program\nWrite 1\nWrite 1 / 0\nEnd Program\n");
    let shown = |file: &str, out: &str, first: &str, parts: &[&str]| {
        let seen = motet(&folder.0, &["as", "pohlang", "--run", file], "");
        assert_eq!((seen.status, seen.out.as_str()), (1, out), "{file}: {}", seen.err);
        assert!(seen.err.starts_with(first), "{file}: {}", seen.err);
        for part in parts {
            assert!(seen.err.contains(part), "{file}: no `{part}` in {}", seen.err);
        }
    };
    shown(
        "print.poh",
        "",
        "Error: Unsupported statement: Print \"x\"\n",
        &["--> print.poh:2:1", "2 | Print \"x\"", "^", "`Write`"],
    );
    shown(
        "list.poh",
        "",
        "Error: Bracket list literals '[]' are not supported. Use: Make a list of ...\n",
        &["--> list.poh:2:", "2 | Set xs to [1, 2]", "^"],
    );
    shown(
        "zero.poh",
        "1\n",
        "Error: Division by zero\n  in file: zero.poh\n",
        &["--> zero.poh:3:", "3 | Write 1 / 0", "^"],
    );
}

/// A web program that serves while it is not dropped.
struct Serving {
    child: Child,
    port: u16,
}

impl Serving {
    /// Runs a program of a folder; its port 3000 is replaced by a free one.
    fn start(folder: &Folder, file: &str) -> Serving {
        let free =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|l| l.local_addr()).expect("a free port").port();
        let path = folder.0.join(file);
        let text = fs::read_to_string(&path).expect("program").replace("on port 3000", &format!("on port {free}"));
        fs::write(&path, text).expect("program");
        let mut child = Command::new(env!("CARGO_BIN_EXE_motet"))
            .args(["as", "pohlang", "--run", file])
            .current_dir(&folder.0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("the command starts");
        let end = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, free)).is_err() {
            let ended = child.try_wait().expect("can be asked");
            assert!(ended.is_none() && Instant::now() < end, "{file}: no server on port {free}: {ended:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
        Serving { child, port: free }
    }

    /// Status line, headers and body of an answer.
    fn ask(&self, method: &str, path: &str, form: &str) -> String {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).expect("connects");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        let length = form.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
        );
        stream.write_all(head.as_bytes()).expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("received");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Checks the status and parts of an answer.
    fn check(&self, method: &str, path: &str, form: &str, status: u16, parts: &[&str]) {
        let answer = self.ask(method, path, form);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{method} {path}: {answer}");
        for part in parts {
            assert!(answer.contains(part), "{method} {path}: no `{part}` in {answer}");
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The examples' folder, copied.
fn example(name: &str, files: &[&str]) -> Folder {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/pohlang");
    files.iter().fold(Folder::new(name), |folder, file| {
        let text = fs::read_to_string(from.join(file)).expect("an example");
        folder.with(file, &text)
    })
}

#[test]
fn the_hello_example_answers() {
    let folder = example("poh-hello-web", &["web_hello.poh"]);
    let web = Serving::start(&folder, "web_hello.poh");
    web.check("GET", "/", "", 200, &["text/html; charset=utf-8", "<h1>Hello from PohLang</h1>"]);
    web.check("GET", "/hello/Bo", "", 200, &["application/json", "{\"greeting\":\"Hello, Bo!\",\"letters\":2.0}"]);
    web.check("GET", "/nowhere", "", 404, &["{\"error\":\"Not Found\",\"status\":404}"]);
}

#[test]
fn the_todo_example_keeps_a_list() {
    let files = ["todo/app.poh", "todo/page.html", "todo/public/style.css"];
    let all = example("poh-todo", &files);
    let folder = files.iter().fold(Folder::new("poh-todo-app"), |folder, file| {
        let text = fs::read_to_string(all.0.join(file)).expect("copied");
        folder.with(file.strip_prefix("todo/").expect("below"), &text)
    });
    let web = Serving::start(&folder, "app.poh");
    web.check("GET", "/", "", 200, &["<p>0 left</p>", "Nothing yet", "x-content-type-options: nosniff"]);
    web.check("GET", "/style.css", "", 200, &["text/css", "line-through"]);
    web.check("POST", "/todos", "title=buy+%3Cb%3Etea", 200, &["<p>1 left</p>", "class=\"open\"", "buy &lt;b&gt;tea"]);
    web.check("POST", "/todos", "title=+", 400, &["{\"error\":\"A title is needed.\",\"status\":400}"]);
    web.check("POST", "/todos/0/done", "", 200, &["<p>0 left</p>", "class=\"done\""]);
    web.check("GET", "/api/todos", "", 200, &["[{\"done\":true,\"title\":\"buy <b>tea\"}]"]);
    web.check("GET", "/../app.poh", "", 403, &[]);
}

#[test]
fn limits_hold_within_one_operation_and_for_one_function() {
    let doubled = "Start Program\nSet t to Make a list of 1, 2\nRepeat 60 times\n    Set t to Make a list of t, t\nEnd\n\
                   Write t\nEnd Program\n";
    let params: Vec<String> = (0..300).map(|i| format!("p{i}")).collect();
    let wide = format!("Start Program\nMake f with {} Write p0\nEnd Program\n", params.join(", "));
    let folder = Folder::new("poh-limits").with("doubled.poh", doubled).with("wide.poh", &wide);
    check(&folder, &["run", "--timeout", "0.2", "doubled.poh"], "", 124, "", "deadline");
    check(&folder, &["check", "wide.poh"], "", 1, "", "`f` takes 300 parameters; the most is 255");
    check(&folder, &["run", "wide.poh"], "", 1, "", "pass a list instead");
}

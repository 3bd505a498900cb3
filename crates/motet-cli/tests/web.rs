//! Web programs from the command line: served, stopped, edited while they are in use, and seen in a browser.
#![cfg(all(unix, feature = "web"))]

#[path = "../../motet-dev/tests/browser/chromium.rs"]
#[allow(dead_code)]
mod chromium;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Long enough for the busiest machine.
const LONG: Duration = Duration::from_secs(60);

/// A folder that goes away.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("motet-cli-web-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("written");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A running command.
struct Tool {
    child: Child,
    lines: Receiver<String>,
    errors: Arc<Mutex<String>>,
    address: SocketAddr,
    /// What it printed before it served.
    before: Vec<String>,
}

impl Tool {
    fn spawn(args: &[&str], folder: &Path) -> (Child, Receiver<String>, Arc<Mutex<String>>) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_motet"))
            .args(args)
            .current_dir(folder)
            .env("MOTET_CACHE_DIR", folder.join(".cache"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let (sender, lines) = channel();
        let out = child.stdout.take().expect("a pipe");
        thread::spawn(move || BufReader::new(out).lines().map_while(Result::ok).for_each(|l| drop(sender.send(l))));
        let errors = Arc::new(Mutex::new(String::new()));
        let (mut err, kept) = (child.stderr.take().expect("a pipe"), errors.clone());
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = err.read(&mut buffer) {
                kept.lock().expect("no panic").push_str(&String::from_utf8_lossy(&buffer[..n]));
            }
        });
        (child, lines, errors)
    }

    /// Starts a server and waits until it listens.
    fn serve(args: &[&str], folder: &Path) -> Tool {
        let (child, lines, errors) = Tool::spawn(args, folder);
        let mut before = Vec::new();
        loop {
            let line = lines.recv_timeout(LONG);
            let line = line.unwrap_or_else(|_| panic!("no server: {before:?} {}", errors.lock().expect("no panic")));
            if let Some(port) = line.strip_prefix("🚀 Server listening on http://localhost:") {
                let address = SocketAddr::from(([127, 0, 0, 1], port.parse().expect("a port")));
                return Tool { child, lines, errors, address, before };
            }
            before.push(line);
        }
    }

    fn errors(&self) -> String {
        self.errors.lock().expect("no panic").clone()
    }

    fn wait_for_error(&self, text: &str) {
        let end = Instant::now() + LONG;
        while !self.errors().contains(text) {
            assert!(Instant::now() < end, "no {text:?} in {:?}", self.errors());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends a signal; the exit status.
    fn stop(&mut self, signal: &str) -> Option<i32> {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Tool {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("connects");
    stream.set_read_timeout(Some(LONG)).expect("a timeout");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").expect("sent");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("a response");
    let (head, body) = reply.split_once("\r\n\r\n").expect("a head");
    (head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status"), body.to_string())
}

fn program(body: &str) -> String {
    format!(
        "Start Program\nSet server to create web server on port 0\n{body}\nStart server\nWrite \"never\"\nEnd Program\n"
    )
}

const ROUTES: &str = r#"
Set greeting to "Hi "
Make shout with t
    Return make uppercase t
End
Add middleware "security" to server
Add route "/hi/:name" with method "get" to server:
    Set who to get path parameter "name"
    Write html response with (greeting plus shout(who))
Add route "/n" with method "GET" to server:

    Write json response with Make a dictionary with "n" set to 5, "a" set to "x"
Add route "/bad" with method "GET" to server:
    Write 1 / 0
Add route "/missing" with method "GET" to server:
    Write get path parameter "nope"
Add route "/none" with method "GET" to server:
    Set x to 1
Add route "/inside" with method "GET" to server:
    If request["query"]["a"] is "1"
        Write json response with request["method"] and status 201
    End
    Write error response with status 418 and message "tea"
Set greeting to "Late ""#;

#[test]
fn web_programs_run_as_text_and_as_bytecode() {
    let folder = Folder::new("run");
    folder.write("app.poh", &program(ROUTES));
    let built = Command::new(env!("CARGO_BIN_EXE_motet"))
        .args(["build", "app.poh", "-o", "app.pbc"])
        .current_dir(&folder.0)
        .status();
    assert!(built.expect("runs").success());
    let runs: [(&[&str], &str); 3] = [
        (&["run", "app.poh"], "-TERM"),
        (&["run", "app.pbc"], "-INT"),
        (&["serve", "app.poh", "--tier", "ast"], "-TERM"),
    ];
    for (args, signal) in runs {
        let mut tool = Tool::serve(args, &folder.0);
        let check = |path: &str, status: u16, body: &str| {
            assert_eq!(get(tool.address, path), (status, body.to_string()), "{args:?} {path}");
        };
        assert_eq!(tool.before[..2], ["✓ Security headers middleware added", "✓ Route added: GET /hi/:name"]);
        for _ in 0..5 {
            check("/hi/Bo", 200, "Hi BO");
        }
        check("/n?x=1", 200, r#"{"a":"x","n":5.0}"#);
        check("/zip", 404, r#"{"error":"Not Found","status":404}"#);
        check("/bad", 500, r#"{"error":"Handler error: Division by zero\n  in file: <main>","status":500}"#);
        check("/missing", 500, r#"{"error":"Handler error: Path parameter 'nope' not found","status":500}"#);
        check("/inside?a=1", 201, "\"GET\"");
        check("/inside?a=2", 418, r#"{"error":"tea","status":418}"#);
        assert!(get(tool.address, "/none").1.starts_with("<h1>Handler executed</h1>"));
        assert_eq!(tool.stop(signal), Some(0), "{args:?} {}", tool.errors());
        assert_eq!(tool.errors(), "");
    }
}

#[test]
fn a_port_that_is_taken_is_an_error_of_the_program() {
    let folder = Folder::new("port");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let start = program("").replace("port 0", &format!("port {port}"));
    folder.write("app.poh", &start);
    let caught = "try this:\nStart server\nif error as e\nWrite \"caught: \" plus e\nend try";
    folder.write("caught.poh", &start.replace("Start server", caught));
    let run = |file: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_motet")).args(["run", file]).current_dir(&folder.0).output();
        let output = output.expect("runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (status, out, err) = run("app.poh");
    assert_eq!((status, out.as_str()), (Some(1), ""));
    assert!(err.contains("Failed to start server: Address already in use"), "{err}");
    let (status, out, _) = run("caught.poh");
    assert_eq!(status, Some(0));
    assert!(out.starts_with("caught: Failed to start server: Address already in use"), "{out}");
    assert!(out.ends_with("never\n"), "{out}");
}

/// A keep-alive client that asks again and again.
fn ask_again(address: SocketAddr, end: &AtomicBool, asked: &AtomicU64) -> Result<(), String> {
    let error = |e: std::io::Error| e.to_string();
    let mut stream = TcpStream::connect(address).map_err(error)?;
    stream.set_read_timeout(Some(LONG)).map_err(error)?;
    stream.set_nodelay(true).map_err(error)?;
    let mut reader = BufReader::new(stream.try_clone().map_err(error)?);
    while !end.load(Ordering::SeqCst) {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").map_err(error)?;
        let (mut line, mut length) = (String::new(), None);
        let mut head = String::new();
        loop {
            line.clear();
            if reader.read_line(&mut line).map_err(error)? == 0 {
                return Err(format!("closed after {head:?}"));
            }
            if let Some(n) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = n.trim().parse::<usize>().ok();
            }
            if line == "\r\n" {
                break;
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length.ok_or("no length")?];
        reader.read_exact(&mut body).map_err(error)?;
        let body = String::from_utf8_lossy(&body);
        if !head.starts_with("HTTP/1.1 200") || !body.starts_with("version ") {
            return Err(format!("{head}{body}"));
        }
        asked.fetch_add(1, Ordering::SeqCst);
    }
    Ok(())
}

fn versioned(version: &str) -> String {
    program(&format!(
        "Import \"part\"\nAdd route \"/\" with method \"GET\" to server:\n    Write html response with (\"version {version} \" plus part(1))"
    ))
}

fn wait_for_version(tool: &Tool, expected: &str) {
    let end = Instant::now() + LONG;
    while get(tool.address, "/").1 != expected {
        assert!(Instant::now() < end, "never {expected:?}: {:?} {}", get(tool.address, "/"), tool.errors());
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn fifty_edits_under_load_fail_no_request() {
    let folder = Folder::new("edits");
    let part = |n: &str| format!("Start Program\nMake part with x Write \"p{n}\"\nEnd Program\n");
    folder.write("part.poh", &part("0"));
    folder.write("app.poh", &versioned("0"));
    let mut tool = Tool::serve(&["run", "--watch", "app.poh"], &folder.0);
    assert_eq!(
        tool.before[..6],
        [
            "[LiveReload] Tracking 2 files",
            "[LiveReload] Tracker initialized",
            "[LiveReload] Watching: [\".\"]",
            "[LiveReload] Polling endpoint: GET /__reload_check",
            "🔥 Hot reload enabled! Changes will be detected automatically.",
            "💡 Watching: .",
        ]
    );
    let (end, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let (address, end, asked) = (tool.address, end.clone(), asked.clone());
            thread::spawn(move || ask_again(address, &end, &asked))
        })
        .collect();
    let mut shown = "version 0 p0".to_string();
    let mut part_now = "0".to_string();
    for n in 1..=50 {
        match n % 5 {
            // A version that does not compile, and one that stops before it serves: the old one stays.
            3 => {
                folder.write("app.poh", &versioned("broken").replace("Import", "Imprt"));
                tool.wait_for_error("the version before goes on");
                assert_eq!(get(tool.address, "/").1, shown);
                folder.write("app.poh", &versioned(&format!("{n}")));
                shown = format!("version {n} p{part_now}");
            }
            4 => {
                part_now = n.to_string();
                folder.write("part.poh", &part(&part_now));
                shown = format!("{} p{part_now}", shown.rsplit_once(' ').expect("two words").0);
            }
            _ => {
                folder.write("app.poh", &versioned(&format!("{n}")));
                shown = format!("version {n} p{part_now}");
            }
        }
        wait_for_version(&tool, &shown);
    }
    folder.write("app.poh", &versioned("late").replace("Start server", "Write 1 / 0"));
    tool.wait_for_error("Division by zero");
    assert_eq!(get(tool.address, "/").1, shown);
    end.store(true, Ordering::SeqCst);
    for client in clients {
        assert_eq!(client.join().expect("no panic"), Ok(()));
    }
    assert!(asked.load(Ordering::SeqCst) > 200, "{asked:?} requests");
    assert_eq!(tool.stop("-INT"), Some(0));
    let _ = tool.lines;
}

#[test]
fn pages_are_told_of_changes_and_problems() {
    let folder = Folder::new("pages");
    let page = |text: &str| {
        program(&format!(
            "Add route \"/\" with method \"GET\" to server:\n    Write html response with \"<html><body><h1>{text}</h1></body></html>\""
        ))
    };
    folder.write("app.poh", &page("one"));
    let tool = Tool::serve(&["run", "--watch", "app.poh"], &folder.0);
    let (_, body) = get(tool.address, "/");
    assert!(body.contains("<script data-version=") && body.ends_with("</script>\n</body></html>"), "{body}");
    assert!(get(tool.address, "/__reload_check").1.starts_with("{\"changed\":false,\"timestamp\":"));
    folder.write("style.css", "h1 { color: red }");
    tool.wait_for_error("reloaded style.css");
    assert!(get(tool.address, "/__reload_check").1.starts_with("{\"changed\":true,\"timestamp\":"));
    assert!(get(tool.address, "/__reload_check").1.starts_with("{\"changed\":false,\"timestamp\":"));

    let Some(browser) = chromium::find() else {
        eprintln!("SKIPPED: no Chromium on this machine; scripts/install-browser.sh installs it");
        return;
    };
    let mut chrome = chromium::Page::new(&browser, &folder.0.join(".browser"), 800, 600);
    chrome.open(&format!("http://127.0.0.1:{}/", tool.address.port()));
    chrome.wait("document.querySelector('h1')?.textContent === 'one'");
    folder.write("app.poh", &page("two"));
    chrome.wait("document.querySelector('h1')?.textContent === 'two'");
    folder.write("app.poh", &page("three").replace("Write", "Wrte"));
    chrome.wait("document.querySelector('#motet-problem')?.textContent.includes('Wrte')");
    assert_eq!(chrome.eval("document.querySelector('h1').textContent"), "two");
    chrome.picture("web-problem");
    folder.write("app.poh", &page("two"));
    chrome.wait("!document.querySelector('#motet-problem')");
    folder.write("app.poh", &page("four"));
    chrome.wait("document.querySelector('h1')?.textContent === 'four'");
    // Browsers ask for an icon that the program does not have.
    chrome.complaints.retain(|c| !c.contains("favicon.ico"));
    assert!(chrome.complaints.is_empty(), "{:?}", chrome.complaints);
}

#[test]
fn programs_that_are_not_watched_have_neither_script_nor_endpoints() {
    let folder = Folder::new("plain");
    folder.write(
        "app.poh",
        &program("Add route \"/\" with method \"GET\" to server:\n    Write html response with \"<body></body>\""),
    );
    let mut tool = Tool::serve(&["run", "app.poh"], &folder.0);
    assert_eq!(get(tool.address, "/"), (200, "<body></body>".into()));
    assert_eq!(get(tool.address, "/__reload_check").0, 404);
    assert_eq!(get(tool.address, "/__reload_events").0, 404);
    assert_eq!(tool.stop("-TERM"), Some(0));
}

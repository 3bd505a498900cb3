//! The server as programs on the same machine see it: every address, and everything that is refused.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use motet::Capabilities;
use motet_dev::{Options, Server, Stopper};
use serde_json::{Value, json};

/// Long enough for the busiest machine.
const LONG: Duration = Duration::from_secs(40);

/// A folder of programs, served.
struct Site {
    folder: PathBuf,
    stopper: Stopper,
    thread: Option<thread::JoinHandle<()>>,
    port: u16,
    token: String,
}

/// An answer.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }
}

impl Site {
    fn new(name: &str, files: &[(&str, &str)]) -> Site {
        let folder = std::env::temp_dir().join(format!("motet-server-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        for (file, text) in files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        }
        let options = Options { folder: folder.join("in"), port: 0, capabilities: Capabilities::ALL };
        let (server, stopper) = Server::new(&options).expect("a server");
        let (port, token) = (server.port(), server.token().to_string());
        assert_eq!(server.url(), format!("http://127.0.0.1:{port}/?token={token}"));
        let thread = thread::spawn(move || server.run());
        Site { folder, stopper, thread: Some(thread), port, token }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        stream.set_read_timeout(Some(LONG)).expect("a time limit");
        stream
    }

    /// Sends bytes as they are.
    fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        // What is refused early is not read to its end.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
        Answer { status, head: head.into(), body: body.into() }
    }

    /// A request with these headers and no others.
    fn with(&self, method: &str, target: &str, headers: &str, body: &str) -> Answer {
        let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        self.raw(format!("{method} {target} HTTP/1.1\r\n{headers}{length}\r\n{body}").as_bytes())
    }

    fn own(&self) -> String {
        format!("Host: 127.0.0.1:{}\r\nCookie: motet-dev-{}={}\r\n", self.port, self.port, self.token)
    }

    fn get(&self, target: &str) -> Answer {
        self.with("GET", target, &self.own(), "")
    }

    fn post(&self, target: &str, body: &Value) -> Answer {
        let headers = self.own() + "Content-Type: application/json\r\n";
        self.with("POST", target, &headers, &body.to_string())
    }

    /// Starts a program; its number.
    fn start(&self, body: &Value) -> u64 {
        let answer = self.post("/api/runs", body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["id"].as_u64().expect("a number")
    }

    /// Waits until a run is as wanted.
    fn run_when(&self, id: u64, wanted: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + LONG;
        loop {
            let run = self.get(&format!("/api/runs/{id}")).json();
            if wanted(&run) {
                return run;
            }
            assert!(Instant::now() < end, "never: {run}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn save(&self, file: &str, text: &str) {
        fs::write(self.folder.join("in").join(file), text).expect("saved");
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stopper.stop();
        self.thread.take().expect("runs").join().expect("the server ends");
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Everything that a run has printed to a stream.
fn output(run: &Value, stream: &str) -> String {
    let pieces = run["output"].as_array().expect("pieces").iter();
    pieces.filter(|p| p["stream"] == stream).filter_map(|p| p["text"].as_str()).collect()
}

/// Events of a server as they come.
struct Events(BufReader<TcpStream>);

impl Events {
    fn new(site: &Site) -> Events {
        let mut stream = site.connect();
        stream.write_all(format!("GET /api/events HTTP/1.1\r\n{}\r\n", site.own()).as_bytes()).expect("sent");
        let mut events = Events(BufReader::new(stream));
        events.line("event: hello");
        events
    }

    fn line(&mut self, part: &str) -> String {
        let end = Instant::now() + LONG;
        loop {
            assert!(Instant::now() < end, "never: {part}");
            let mut line = String::new();
            let n = self.0.read_line(&mut line).expect("an event in time");
            assert!(n > 0, "the stream ended before `{part}`");
            if line.contains(part) {
                return line;
            }
        }
    }

    fn next(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + LONG;
        let mut log = Vec::new();
        loop {
            assert!(Instant::now() < end, "never, but: {log:?}");
            let line = self.line("data: {\"");
            let event = serde_json::from_str(line.trim_start_matches("data: ")).expect("JSON");
            log.push(line);
            if wanted(&event) {
                return event;
            }
        }
    }
}

const FILES: &[(&str, &str)] = &[
    ("in/a.moon", "fn twice(n: Int) -> Int {\n    n * 2\n}\nprint(twice(21))\n"),
    ("in/sub/bad.moon", "let x = 1 +\n"),
    ("in/echo.ruff", "name := input(\"\")\nprint(\"hello\", name, args())\n"),
    ("in/loop.ruff", "print(\"started\")\nwhile true { sleep(5) }\n"),
    ("in/notes.txt", "secret notes"),
    ("out.moon", "\"secret\""),
];

#[test]
fn the_page_and_its_parts_are_served() {
    let site = Site::new("parts", FILES);
    let check = |target: &str, kind: &str, part: &str| {
        let answer = site.get(target);
        assert_eq!(answer.status, 200, "{target}");
        assert!(answer.head.contains(&format!("Content-Type: {kind}")), "{target}: {}", answer.head);
        assert!(answer.head.contains("default-src 'none'") && answer.head.contains("nosniff"), "{}", answer.head);
        assert!(answer.body.contains(part), "{target}");
        // Nothing is fetched from elsewhere.
        let elsewhere = answer.body.replace("http://www.w3.org/2000/svg", "");
        assert!(!elsewhere.contains("http://") && !elsewhere.contains("https://"), "{target}");
    };
    check("/", "text/html", "/app.js");
    check("/app.js", "text/javascript", "EventSource");
    check("/views.js", "text/javascript", "export");
    check("/flame.js", "text/javascript", "export");
    check("/style.css", "text/css", "--accent");
    check("/icon.svg", "image/svg+xml", "<svg");
}

#[test]
fn only_those_who_know_the_token_are_answered() {
    let site = Site::new("guard", FILES);
    let host = format!("Host: 127.0.0.1:{}\r\n", site.port);
    let cookie = format!("Cookie: motet-dev-{}={}\r\n", site.port, site.token);
    let check = |method: &str, target: &str, headers: &str, status: u16| {
        let answer = site.with(method, target, headers, "");
        assert_eq!(answer.status, status, "{method} {target} {headers}: {}", answer.body);
        assert!(status != 403 || !answer.body.contains("secret") && !answer.head.contains("Set-Cookie"));
    };
    for target in ["/", "/app.js", "/api/tree", "/api/source?path=a.moon", "/api/runs", "/api/events", "/none"] {
        check("GET", target, &host, 403);
    }
    check("POST", "/api/runs", &host, 403);
    check("GET", "/api/tree", &(host.clone() + &cookie), 200);
    check("GET", "/api/tree", &format!("{host}Authorization: Bearer {}\r\n", site.token), 200);
    check("GET", "/api/tree", &format!("{host}Authorization: Bearer {}0\r\n", site.token), 403);
    check("GET", "/api/tree", &format!("{host}Cookie: motet-dev-{}={}\r\n", site.port, "0".repeat(48)), 403);
    check("GET", "/?token=00", &host, 403);
    // The token in the address gets the cookie, and only for the page itself.
    let answer = site.with("GET", &format!("/?token={}", site.token), &host, "");
    assert_eq!(answer.status, 200);
    assert!(
        answer.head.contains(&format!(
            "Set-Cookie: motet-dev-{}={}; Path=/; HttpOnly; SameSite=Strict",
            site.port, site.token
        ))
    );
    check("GET", &format!("/api/tree?token={}", site.token), &host, 403);
    // A name that was made to point here, another site, another port, no host at all.
    check("GET", "/api/tree", &format!("Host: evil.example:{}\r\n{cookie}", site.port), 403);
    check("GET", "/api/tree", &format!("Host: 127.0.0.1\r\n{cookie}"), 403);
    check("GET", "/api/tree", &cookie, 403);
    check("GET", "/api/tree", &format!("{host}{host}{cookie}"), 403);
    check("GET", "/api/tree", &format!("{host}{cookie}Origin: http://evil.example\r\n"), 403);
    check("GET", "/api/tree", &format!("{host}{cookie}Origin: null\r\n"), 403);
    check("GET", "/api/tree", &format!("{host}{cookie}Origin: http://127.0.0.1:{}\r\n", site.port), 200);
    check("GET", "/api/tree", &format!("{host}{cookie}Sec-Fetch-Site: cross-site\r\n"), 403);
}

#[test]
fn nothing_outside_of_the_folder_can_be_reached() {
    let site = Site::new("outside", FILES);
    #[cfg(unix)]
    std::os::unix::fs::symlink(site.folder.join("out.moon"), site.folder.join("in/link.moon")).expect("linked");
    let absolute = site.folder.join("out.moon").to_string_lossy().into_owned();
    let paths = [
        "../out.moon",
        "sub/../../out.moon",
        "..%2Fout.moon",
        "%2e%2e/out.moon",
        "..\\out.moon",
        "link.moon",
        "notes.txt",
        "/etc/passwd",
        &absolute,
        "a.moon%00",
        "",
        "sub",
        ".",
        "missing.moon",
    ];
    for path in paths {
        for target in ["source", "check", "view"] {
            let answer = site.get(&format!("/api/{target}?path={path}"));
            assert_eq!(answer.status, 404, "{target} {path}: {}", answer.body);
            assert!(!answer.body.contains("secret"), "{target} {path}");
        }
        let answer = site.post("/api/runs", &json!({ "path": path }));
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
    }
    for target in [
        "/../out.moon",
        "/in/a.moon",
        "/notes.txt",
        "/api",
        "/api/",
        "/api/tree/x",
        "//",
        "/api/runs/1/x",
        "/api/runs/x",
    ] {
        assert_eq!(site.get(target).status, 404, "{target}");
    }
}

#[test]
fn damaged_and_oversized_requests_are_refused() {
    let site = Site::new("damaged", FILES);
    let own = site.own();
    let check = |bytes: &[u8], status: u16| {
        let answer = site.raw(bytes);
        assert_eq!(answer.status, status, "{}", String::from_utf8_lossy(&bytes[..bytes.len().min(200)]));
    };
    check(b"\x16\x03\x01\x02\x00\r\n\r\n", 400);
    check(b"GET\r\n\r\n", 400);
    check(format!("GET /api/tree HTTP/1.1\r\nX: {}\r\n{own}\r\n", "x".repeat(20_000)).as_bytes(), 431);
    check(format!("GET /api/tree HTTP/1.1\r\n{}{own}\r\n", "X: 1\r\n".repeat(100)).as_bytes(), 431);
    check(format!("GET /{} HTTP/1.1\r\n{own}\r\n", "a".repeat(20_000)).as_bytes(), 431);
    check(format!("GET /api/source?path=%zz HTTP/1.1\r\n{own}\r\n").as_bytes(), 400);
    check(format!("PUT /api/tree HTTP/1.1\r\n{own}\r\n").as_bytes(), 405);
    let post = |headers: &str, body: &str, status: u16| {
        let answer = site.with("POST", "/api/runs", &(own.clone() + headers), body);
        assert_eq!(answer.status, status, "{headers} {}: {}", &body[..body.len().min(50)], answer.body);
    };
    let kind = "Content-Type: application/json\r\n";
    post(kind, "{", 400);
    post(kind, "[]", 400);
    post(kind, &"[".repeat(100_000), 400);
    post(kind, "{}", 400);
    post(kind, r#"{"path":1}"#, 400);
    post(kind, r#"{"path":"a.moon","args":[1]}"#, 400);
    post(kind, &json!({ "path": "a.moon", "args": vec!["x"; 65] }).to_string(), 400);
    post("Content-Type: text/plain\r\n", r#"{"path":"a.moon"}"#, 415);
    post(kind, &" ".repeat(300_000), 413);
    check(format!("POST /api/runs HTTP/1.1\r\n{own}{kind}Content-Length: 999999999999\r\n\r\n").as_bytes(), 413);
    check(format!("POST /api/runs HTTP/1.1\r\n{own}{kind}Content-Length: -1\r\n\r\n").as_bytes(), 400);
    check(
        format!("POST /api/runs HTTP/1.1\r\n{own}{kind}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}").as_bytes(),
        400,
    );
    check(format!("POST /api/runs HTTP/1.1\r\n{own}{kind}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n").as_bytes(), 411);
    assert_eq!(site.post("/api/runs/7/stop", &json!({})).status, 404);
    assert_eq!(site.post("/api/runs/7/input", &json!({ "line": "" })).status, 404);
    assert_eq!(site.with("DELETE", "/api/runs/7", &own, "").status, 404);
    assert_eq!(site.get("/api/view?path=a.moon&stage=x").status, 400);
    assert_eq!(site.get("/api/view?path=a.moon&level=9").status, 400);
    // After all that it still answers.
    assert_eq!(site.get("/api/tree").status, 200);
}

#[test]
fn programs_are_listed_read_checked_and_looked_into() {
    let site = Site::new("inspect", FILES);
    let tree = site.get("/api/tree").json();
    let paths: Vec<&str> =
        tree["programs"].as_array().expect("a list").iter().filter_map(|p| p["path"].as_str()).collect();
    assert_eq!(paths, ["a.moon", "echo.ruff", "loop.ruff", "sub/bad.moon"]);
    assert_eq!(tree["programs"][0]["language"], "moon");
    let source = site.get("/api/source?path=a.moon").json();
    assert!(source["text"].as_str().is_some_and(|t| t.starts_with("fn twice")), "{source}");

    let good = site.get("/api/check?path=a.moon").json();
    assert_eq!((&good["ok"], &good["diagnostics"]), (&json!(true), &json!([])));
    let bad = site.get("/api/check?path=sub%2Fbad.moon").json();
    assert_eq!((&bad["ok"], &bad["diagnostics"][0]["file"]), (&json!(false), &json!("sub/bad.moon")));
    assert!(
        bad["diagnostics"][0]["at"]["line"].is_u64()
            && bad["diagnostics"][0]["excerpt"].as_str().is_some_and(|e| e.contains('^'))
    );

    let view = |stage: &str| site.get(&format!("/api/view?path=a.moon&stage={stage}")).json();
    for stage in ["ast", "ir", "opt", "regcode"] {
        let text = view(stage)["text"].as_str().map(String::from);
        assert!(text.is_some_and(|t| t.contains("twice")), "{stage}");
    }
    let code = view("bytecode");
    let twice = code["functions"].as_array().expect("functions").iter().find(|f| f["name"] == "twice").expect("twice");
    let multiply =
        twice["rows"].as_array().expect("rows").iter().find(|r| r["text"].as_str().is_some_and(|t| t.contains("mul")));
    assert_eq!(
        multiply.expect("a multiplication")["at"],
        json!({ "line": 2, "column": 5, "endLine": 2, "endColumn": 10 })
    );
    assert_eq!(code["files"][0], "a.moon");
    let refused = site.get("/api/view?path=sub/bad.moon&stage=bytecode").json();
    assert!(refused["error"].is_string() && refused["diagnostics"][0]["message"].is_string(), "{refused}");

    // A compiled module has instructions and nothing before them.
    let engine = motet::Engine::new();
    let program = engine.compile("moon", "m.moon", "fn f(n: Int) -> Int { n + 1 }\nprint(f(1))").expect("compiles");
    fs::write(site.folder.join("in/m.pbc"), program.to_pbc(true).expect("encodes")).expect("written");
    assert_eq!(site.get("/api/source?path=m.pbc").json()["text"], Value::Null);
    let code = site.get("/api/view?path=m.pbc&stage=bytecode").json();
    assert!(code["functions"].as_array().is_some_and(|f| f.len() >= 2), "{code}");
    assert!(site.get("/api/view?path=m.pbc&stage=ir").json()["error"].is_string());
    let id = site.start(&json!({ "path": "m.pbc" }));
    let run = site.run_when(id, |r| r["phase"] == "ended");
    assert_eq!(output(&run, "out"), "2\n");
}

#[test]
fn programs_run_with_input_arguments_figures_and_a_profile() {
    let site = Site::new("run", FILES);
    let mut events = Events::new(&site);
    let id = site.start(&json!({ "path": "echo.ruff", "args": ["x", "y z"] }));
    site.run_when(id, |r| r["phase"] == "running");
    assert_eq!(site.post(&format!("/api/runs/{id}/input"), &json!({})).status, 400);
    assert_eq!(site.post(&format!("/api/runs/{id}/input"), &json!({ "line": "Ada" })).status, 200);
    let run = site.run_when(id, |r| r["phase"] == "ended");
    assert_eq!((output(&run, "out"), output(&run, "in")), ("hello Ada [x, y z]\n".into(), "Ada\n".into()));
    assert_eq!((&run["status"], &run["active"]), (&json!(0), &json!(true)));
    assert!(run["stats"]["fuel"].as_u64().is_some_and(|f| f > 0) && run["stats"]["runNanos"].is_u64());
    let last = |e: &Value| e["pieces"].as_array().and_then(|p| p.last().cloned()).unwrap_or_default();
    let event = events.next(|e| e["type"] == "output" && last(e)["stream"] == "out");
    assert_eq!((&event["run"], last(&event)), (&json!(id), json!({ "stream": "out", "text": "hello Ada [x, y z]\n" })));
    events.next(|e| e["type"] == "run" && e["run"]["phase"] == "ended" && e["entry"]["kind"] == "ended");
    assert_eq!(site.get(&format!("/api/runs/{id}/profile")).status, 404);

    let spin = "func spin(n) { x := 0\n while x < n { x = x + 1 }\n return x }\nprint(spin(3000000))\n";
    site.save("spin.ruff", spin);
    let id = site.start(&json!({ "path": "spin.ruff", "profile": true }));
    site.run_when(id, |r| r["phase"] == "ended" && r["hasProfile"] == true);
    let profile = site.get(&format!("/api/runs/{id}/profile")).json();
    let boxes = profile["boxes"].as_array().expect("boxes");
    let spin = boxes.iter().find(|b| b["name"] == "spin").expect("spin was seen");
    assert!(spin["nanos"].as_u64() > profile["nanos"].as_u64().map(|n| n / 2), "{profile}");
    assert!(spin["caller"].as_u64().is_some_and(|c| boxes[c as usize]["name"] == "<main>"), "{profile}");

    // An uncaught error has its status and an excerpt.
    site.save("fail.moon", "let zero = 0;\n1 / zero");
    let id = site.start(&json!({ "path": "fail.moon" }));
    let run = site.run_when(id, |r| r["phase"] == "ended");
    assert_eq!(run["status"], 1);
    assert!(output(&run, "err").contains("division by zero"), "{run}");
    assert_eq!(site.with("DELETE", &format!("/api/runs/{id}"), &site.own(), "").status, 200);
    assert_eq!(site.get(&format!("/api/runs/{id}")).status, 404);
}

#[test]
fn saves_reach_the_page_and_the_running_program() {
    let site = Site::new("saves", FILES);
    let mut events = Events::new(&site);
    let id = site.start(&json!({ "path": "loop.ruff" }));
    site.run_when(id, |r| output(r, "out").contains("started"));
    site.save("loop.ruff", "print(\"changed\")\nwhile true { sleep(5) }\n");
    let event = events.next(|e| e["entry"]["kind"] == "reloaded");
    assert_eq!((&event["entry"]["files"], &event["run"]["version"]), (&json!(["loop.ruff"]), &json!(2)));
    assert!(event["entry"]["nanos"].as_u64().is_some_and(|n| n > 0));
    site.run_when(id, |r| output(r, "out").contains("changed"));
    site.save("loop.ruff", "print(");
    let event = events.next(|e| e["entry"]["kind"] == "refused");
    assert!(event["entry"]["diagnostics"][0]["code"].is_string() && event["run"]["phase"] == "running", "{event}");
    site.save("new.moon", "1");
    events.next(|e| e["type"] == "files" && e["tree"] == true && e["changed"] == json!(["new.moon"]));
    assert_eq!(site.post(&format!("/api/runs/{id}/stop"), &json!({})).status, 200);
    let run = site.run_when(id, |r| r["phase"] == "stopped");
    let kinds: Vec<&str> =
        run["history"].as_array().expect("entries").iter().filter_map(|e| e["kind"].as_str()).collect();
    assert_eq!(kinds, ["started", "reloaded", "refused"]);
    assert_eq!(site.post(&format!("/api/runs/{id}/input"), &json!({ "line": "x".repeat(100) })).status, 409);
}

#[test]
fn many_programs_run_side_by_side_up_to_a_limit() {
    let site = Site::new("many", FILES);
    let ids: Vec<u64> = thread::scope(|scope| {
        let starts: Vec<_> = (0..16).map(|_| scope.spawn(|| site.start(&json!({ "path": "loop.ruff" })))).collect();
        starts.into_iter().map(|s| s.join().expect("started")).collect()
    });
    for id in &ids {
        site.run_when(*id, |r| output(r, "out") == "started\n");
    }
    let answer = site.post("/api/runs", &json!({ "path": "loop.ruff" }));
    assert_eq!(answer.status, 429, "{}", answer.body);
    // One save reaches all of them.
    site.save("loop.ruff", "print(\"again\")\nwhile true { sleep(5) }\n");
    for id in &ids {
        site.run_when(*id, |r| output(r, "out") == "started\nagain\n");
    }
    assert_eq!(site.post(&format!("/api/runs/{}/stop", ids[0]), &json!({})).status, 200);
    site.run_when(ids[0], |r| r["phase"] == "stopped");
    site.start(&json!({ "path": "loop.ruff" }));
    assert_eq!(site.get("/api/runs").json()["runs"].as_array().map(Vec::len), Some(17));
}

#[test]
fn too_many_connections_are_turned_away_and_room_comes_back() {
    let site = Site::new("connections", FILES);
    let open: Vec<TcpStream> = (0..64).map(|_| site.connect()).collect();
    let end = Instant::now() + LONG;
    while site.get("/api/tree").status != 503 {
        assert!(Instant::now() < end, "no limit");
    }
    drop(open);
    while site.get("/api/tree").status != 200 {
        assert!(Instant::now() < end, "no room");
    }
}

//! A server for tests: programs in Ruff with natives that set up servers, and a blocking client.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use motet::web::{Middleware, Response, Route, Server as Draft};
use motet::{
    Capabilities, CompileOptions, Config, Engine, Gate, HostFunction, HostType, Limits, NativeDef, NoLoader, Runtime,
    Shared, StdHost, Tier, Value,
};
use motet_web::{Options, Server, Setting, Site};

/// What programs of tests can call.
pub const NATIVES: &[NativeDef] = &[
    NativeDef { name: "server", run: |rt, _| Ok(rt.heap.foreign(Box::new(Draft::new(0)))), inline: None },
    NativeDef {
        name: "route",
        run: |rt, args| {
            route(rt, args);
            Ok(Value::NIL)
        },
        inline: None,
    },
    NativeDef {
        name: "middleware",
        run: |rt, args| {
            middleware(rt, args);
            Ok(Value::NIL)
        },
        inline: None,
    },
    NativeDef {
        name: "files",
        run: |rt, args| {
            files(rt, args);
            Ok(Value::NIL)
        },
        inline: None,
    },
    NativeDef { name: "start", run: |rt, args| Err(rt.start_serving(args[0], str::to_string)), inline: None },
    NativeDef { name: "html", run: html, inline: None },
    NativeDef {
        name: "status",
        run: |rt, args| Ok(object(rt, Response::error(args[0].as_int().unwrap_or(0) as u16, "x"))),
        inline: None,
    },
    NativeDef {
        name: "doze",
        run: |_, args| {
            std::thread::sleep(Duration::from_millis(args[0].as_int().unwrap_or(0) as u64));
            Ok(Value::NIL)
        },
        inline: None,
    },
    NativeDef { name: "crash", run: |_, _| panic!("on purpose"), inline: None },
];

fn object(rt: &mut Runtime, response: Response) -> Value {
    rt.heap.foreign(Box::new(response))
}

fn text(rt: &Runtime, v: Value) -> String {
    let mut out = String::new();
    rt.languages[rt.find_language("ruff").unwrap_or(0) as usize].display(rt, v, &mut out);
    out
}

fn html(rt: &mut Runtime, args: &[Value]) -> Result<Value, motet::Control> {
    let body = text(rt, args[0]);
    Ok(object(rt, Response::html(body)))
}

fn draft(rt: &mut Runtime, v: Value) -> &mut Draft {
    rt.heap.foreign_as_mut(v).expect("a server")
}

fn route(rt: &mut Runtime, args: &[Value]) {
    let (method, path) = (text(rt, args[1]), text(rt, args[2]));
    draft(rt, args[0]).routes.push(Route { method, path, handler: args[3] });
}

fn middleware(rt: &mut Runtime, args: &[Value]) {
    let middleware = match text(rt, args[1]).as_str() {
        "cors" => Middleware::Cors { origins: "*".into(), methods: "GET".into(), headers: "X-A".into() },
        "auth" => Middleware::Auth { token: "s3".into(), name: "X-Key".into() },
        "security" => Middleware::Security,
        "timing" => Middleware::Timing,
        other => panic!("no middleware {other}"),
    };
    draft(rt, args[0]).middleware.push(middleware);
}

fn files(rt: &mut Runtime, args: &[Value]) {
    let folder = text(rt, args[1]);
    draft(rt, args[0]).folders.push(folder);
}

/// Compiles a program of tests.
pub fn compile_options(live: bool) -> CompileOptions {
    let mut options = CompileOptions { live, ..CompileOptions::default() };
    let host = NATIVES.iter().map(|n| HostFunction { name: n.name.to_string(), params: vec![], result: HostType::Any });
    options.frontend.host = host.collect();
    options
}

pub fn setting(tier: Tier) -> Setting {
    Setting {
        engine: Engine::new(),
        tier,
        capabilities: Capabilities::ALL,
        limits: Limits::default(),
        natives: NATIVES.to_vec(),
        args: Vec::new(),
    }
}

/// Runs a program up to its start of the server.
pub fn site(text: &str, tier: Tier, options: &Options) -> (Site, TcpListener) {
    let setting = setting(tier);
    let engine = &setting.engine;
    let language = engine.language("ruff").expect("ruff");
    let program = engine
        .compile_with(language, "app.ruff", text, &mut NoLoader, &compile_options(false))
        .unwrap_or_else(|e| panic!("{e}"));
    let gate = Shared::new(Gate::default());
    let config = Config::new(StdHost::default().gate(gate.clone()));
    let config = config.tier(tier).capabilities(Capabilities::ALL).natives(NATIVES);
    let mut isolate = engine.isolate(config);
    let module = isolate.load(&program).expect("loads");
    let stopped = isolate.run(module).expect_err("starts the server");
    let application = isolate.application(module).expect("portable");
    let application = application.unwrap_or_else(|| panic!("no server: {stopped}"));
    let site = Site::new(setting, program, application, options).expect("a site");
    (site, gate.take().expect("a listener"))
}

/// Serves a program, given without its first and last line.
pub fn serve(text: &str, options: Options) -> Server {
    let text = format!("app := server()\n{text}\nstart(app)\n");
    let (site, listener) = site(&text, Tier::Vm, &options);
    Server::start(site, listener, options, false).expect("starts")
}

/// Limits that tests do not wait for.
pub fn quick() -> Options {
    Options { grace: Duration::from_secs(2), ..Options::default() }
}

/// A response.
#[derive(Debug, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }
}

/// Sends bytes and reads until the server closes or nothing comes for a while.
pub fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = connect(address);
    // The server may refuse before it has read everything.
    let _ = stream.write_all(bytes);
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return String::from_utf8_lossy(&all).into_owned(),
            Ok(n) => all.extend_from_slice(&buffer[..n]),
        }
    }
}

pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("connects");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    stream
}

/// A whole request on a connection of its own.
pub fn request(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    let reply = raw(address, &[head.as_bytes(), b"\r\n", body].concat());
    parse(&reply)
}

pub fn get(address: SocketAddr, path: &str) -> Reply {
    request(address, "GET", path, &[], b"")
}

pub fn parse(text: &str) -> Reply {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    let field = |l: &str| l.split_once(": ").map(|(n, v)| (n.to_ascii_lowercase(), v.to_string()));
    Reply { status, headers: head.lines().skip(1).filter_map(field).collect(), body: body.to_string() }
}

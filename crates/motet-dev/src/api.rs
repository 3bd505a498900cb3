//! What each address answers; `docs/dev.md` lists them.

use std::sync::Arc;

use motet::{Engine, Level};
use serde_json::{Value, json};

use crate::catalogue::Catalogue;
use crate::guard::{Guard, Verdict};
use crate::http::{Reply, Request, Response};
use crate::hub::Hub;
use crate::inspect;
use crate::runs::{Launch, Runs};

/// Largest source text that is handed to the page, in bytes.
const MAX_SOURCE: u64 = 4 << 20;
/// Most arguments of a program, and most bytes of each.
const MAX_ARGS: (usize, usize) = (64, 4096);

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";

/// Everything that answers are made from.
pub struct Api {
    pub(crate) guard: Guard,
    pub(crate) engine: Engine,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) runs: Arc<Runs>,
    pub(crate) title: String,
}

/// An answer that is no success.
fn problem(status: u16, why: &str) -> Response {
    Response::new(status, JSON, json!({ "error": why }).to_string())
}

fn ok(value: &Value) -> Response {
    Response::new(200, JSON, value.to_string())
}

fn no_program() -> Response {
    problem(404, "there is no such program below the folder")
}

impl Api {
    /// The answer to a request.
    pub fn answer(self: &Arc<Self>, request: &Request) -> Reply {
        match self.guard.judge(request) {
            Verdict::Refuse(why) => {
                let page = format!("<!doctype html><title>motet dev</title><p>{why}.</p>\n");
                let html = request.method == "GET" && request.path == "/";
                Reply::Whole(if html { Response::new(403, HTML, page) } else { problem(403, why) })
            }
            // No redirection: the browser would not send the cookie if a link of another site led here.
            Verdict::Introduce => Reply::Whole(index().with("Set-Cookie", self.guard.cookie())),
            Verdict::Welcome if request.path == "/api/events" && request.method == "GET" => {
                let api = self.clone();
                let head = Response::new(200, "text/event-stream", "");
                Reply::Stream(head, Box::new(move |stream| api.hub.stream(stream)))
            }
            Verdict::Welcome => Reply::Whole(self.route(request)),
        }
    }

    fn route(&self, request: &Request) -> Response {
        let path: Vec<&str> = request.path.split('/').skip(1).collect();
        match (request.method.as_str(), path.as_slice()) {
            ("GET", [""]) => index(),
            ("GET", ["style.css"]) => Response::new(200, "text/css; charset=utf-8", include_str!("page/style.css")),
            ("GET", ["app.js"]) => script(include_str!("page/app.js")),
            ("GET", ["views.js"]) => script(include_str!("page/views.js")),
            ("GET", ["flame.js"]) => script(include_str!("page/flame.js")),
            ("GET", ["icon.svg"]) => Response::new(200, "image/svg+xml", include_str!("page/icon.svg")),
            ("GET", ["api", "tree"]) => self.tree(),
            ("GET", ["api", "source"]) => self.source(request),
            ("GET", ["api", "check"]) => match self.path(request) {
                Some(path) => inspect::check(&self.engine, &self.catalogue, path).map_or_else(no_program, |v| ok(&v)),
                None => no_program(),
            },
            ("GET", ["api", "view"]) => self.view(request),
            ("GET", ["api", "runs"]) => ok(&json!({ "runs": self.runs.all() })),
            ("POST", ["api", "runs"]) => self.start(request),
            ("GET", ["api", "runs", id]) => self.of_run(id, |run| ok(&run.details())),
            ("GET", ["api", "runs", id, "profile"]) => self.of_run(id, |run| match run.profile() {
                Some(profile) => ok(&profile),
                None => problem(404, "there is no profile yet: run with profiling, until it ends or is replaced"),
            }),
            ("POST", ["api", "runs", id, "stop"]) => self.of_run(id, |run| {
                run.stop();
                ok(&json!({}))
            }),
            ("POST", ["api", "runs", id, "input"]) => self.input(id, request),
            ("DELETE", ["api", "runs", id]) => match id.parse().is_ok_and(|id| self.runs.remove(id)) {
                true => ok(&json!({})),
                false => problem(404, "there is no such run"),
            },
            ("GET" | "POST" | "DELETE", _) => problem(404, "there is nothing at this address"),
            _ => problem(405, "the method is not supported"),
        }
    }

    /// The path of a program that the query names.
    fn path<'a>(&self, request: &'a Request) -> Option<&'a str> {
        request.value("path")
    }

    fn tree(&self) -> Response {
        let listing = self.catalogue.list();
        let programs =
            listing.entries.iter().map(|e| json!({ "path": e.path, "language": e.language, "bytes": e.bytes }));
        let programs: Vec<Value> = programs.collect();
        let languages: Vec<Value> =
            self.engine.languages().iter().map(|l| json!({ "name": l.name, "title": l.title })).collect();
        ok(&json!({
            "title": self.title, "version": env!("CARGO_PKG_VERSION"), "programs": programs, "languages": languages,
            "cut": listing.cut,
        }))
    }

    fn source(&self, request: &Request) -> Response {
        let Some((path, file)) = self.path(request).and_then(|p| Some((p, self.catalogue.find(p)?))) else {
            return no_program();
        };
        let Some(language) = self.catalogue.language(path) else {
            return ok(&json!({ "path": path, "language": null, "text": null }));
        };
        match std::fs::metadata(&file)
            .and_then(|m| if m.len() > MAX_SOURCE { Ok(None) } else { std::fs::read(&file).map(Some) })
        {
            Ok(Some(bytes)) => {
                ok(&json!({ "path": path, "language": language.name, "text": String::from_utf8_lossy(&bytes) }))
            }
            Ok(None) => problem(413, "the file is too large to be shown"),
            Err(e) => problem(404, &e.to_string()),
        }
    }

    fn view(&self, request: &Request) -> Response {
        let stage = request.value("stage").unwrap_or("bytecode");
        if !inspect::STAGES.contains(&stage) {
            return problem(400, "there is no such stage");
        }
        let level = match request.value("level") {
            Some("0") => Level::O0,
            None | Some("1") => Level::O1,
            Some("2") => Level::O2,
            Some(_) => return problem(400, "there is no such level"),
        };
        let path = self.path(request).unwrap_or("");
        inspect::view(&self.engine, &self.catalogue, path, stage, level).map_or_else(no_program, |v| ok(&v))
    }

    fn start(&self, request: &Request) -> Response {
        let body = match object(request) {
            Ok(body) => body,
            Err(response) => return *response,
        };
        let Some(path) = body["path"].as_str() else { return problem(400, "`path` is missing") };
        let args: Option<Vec<String>> = match &body["args"] {
            Value::Null => Some(Vec::new()),
            Value::Array(args) => args.iter().map(|a| a.as_str().map(String::from)).collect(),
            _ => None,
        };
        let fits = |args: &Vec<String>| args.len() <= MAX_ARGS.0 && args.iter().all(|a| a.len() <= MAX_ARGS.1);
        let Some(args) = args.filter(fits) else { return problem(400, "`args` is not a short list of texts") };
        let choice = |name: &str| body[name].as_bool().unwrap_or(false);
        let (keep, profile) = (choice("keep"), choice("profile"));
        match self.runs.start(Launch { path: path.to_string(), args, keep, profile }) {
            Ok(Some(id)) => ok(&json!({ "id": id })),
            Ok(None) => no_program(),
            Err(why) => problem(429, &why),
        }
    }

    fn input(&self, id: &str, request: &Request) -> Response {
        let body = match object(request) {
            Ok(body) => body,
            Err(response) => return *response,
        };
        let line = match (&body["line"], &body["end"]) {
            (Value::String(line), _) => Some(line.trim_end_matches('\n')),
            (_, Value::Bool(true)) => None,
            _ => return problem(400, "`line` or `end` is needed"),
        };
        self.of_run(id, |run| match run.input(line) {
            true => ok(&json!({})),
            false => problem(409, "the program takes no more input now"),
        })
    }

    fn of_run(&self, id: &str, answer: impl FnOnce(&crate::runs::Run) -> Response) -> Response {
        match id.parse().ok().and_then(|id| self.runs.get(id)) {
            Some(run) => answer(&run),
            None => problem(404, "there is no such run"),
        }
    }
}

fn index() -> Response {
    Response::new(200, HTML, include_str!("page/index.html"))
}

fn script(text: &str) -> Response {
    Response::new(200, "text/javascript; charset=utf-8", text)
}

/// The JSON object in a request's body.
fn object(request: &Request) -> Result<Value, Box<Response>> {
    let kind = request.header("content-type").unwrap_or("").split(';').next().unwrap_or("").trim();
    if !kind.eq_ignore_ascii_case(JSON) {
        return Err(Box::new(problem(415, "the body must be application/json")));
    }
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(object)) => Ok(Value::Object(object)),
        Ok(_) => Err(Box::new(problem(400, "the body must be a JSON object"))),
        Err(e) => Err(Box::new(problem(400, &format!("the body is not JSON: {e}")))),
    }
}

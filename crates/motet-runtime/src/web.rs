//! What languages with a web library share: the server that a program sets up, responses, requests.
//!
//! A program builds a [`Server`], an object of its isolate. To start it, a native function takes the port
//! ([`crate::Host::listen`], so that a failure is an error of the program), puts the server into
//! [`crate::Runtime::serving`] and ends the run; whoever ran the program then makes an [`Application`] of it and serves
//! that. Handlers run in isolates of their own, which share nothing.

use alloc::{borrow::Cow, boxed::Box, string::String, vec::Vec};
use core::any::Any;

use crate::{Capability, Control, Foreign, Heap, Map, Portable, PortableObject, Runtime, Tracer, Value};

/// An answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Status code, 100 to 599.
    pub status: u16,
    /// Value of `Content-Type`.
    pub content_type: Cow<'static, str>,
    /// More header fields.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Response {
    /// HTML with status 200.
    #[must_use]
    pub fn html(body: String) -> Self {
        let content_type = Cow::Borrowed("text/html; charset=utf-8");
        Self { status: 200, content_type, headers: Vec::new(), body: body.into_bytes() }
    }

    /// JSON text.
    #[must_use]
    pub fn json(status: u16, body: String) -> Self {
        let content_type = Cow::Borrowed("application/json");
        Self { status, content_type, headers: Vec::new(), body: body.into_bytes() }
    }

    /// The JSON object of an error: `{"error":…,"status":…}`.
    #[must_use]
    pub fn error(status: u16, message: &str) -> Self {
        let mut body = String::from("{\"error\":");
        push_json_text(message, &mut body);
        body.push_str(",\"status\":");
        crate::push_decimal(&mut body, i64::from(status));
        body.push('}');
        Self::json(status, body)
    }
}

/// Appends a JSON string literal: quotes, backslashes and control characters escaped, everything else raw.
pub fn push_json_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if u32::from(c) < 0x20 => {
                out.push_str("\\u00");
                let digit = |n: u32| char::from_digit(n, 16).unwrap_or('0');
                out.push(digit(u32::from(c) >> 4));
                out.push(digit(u32::from(c) & 15));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

impl Foreign for Response {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}

    fn extra_bytes(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(n, v)| n.capacity() + v.capacity() + 48).sum();
        self.body.capacity() + headers
    }

    fn portable(&self) -> Option<Box<dyn PortableObject>> {
        Some(Box::new(self.clone()))
    }

    fn printed(&self) -> Option<String> {
        Some(alloc::format!("<HttpResponse status={}>", self.status))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

impl PortableObject for Response {
    fn restore(&self) -> Box<dyn Foreign> {
        Box::new(self.clone())
    }
}

/// Work around every handler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Middleware {
    /// Header fields for scripts of other origins.
    Cors {
        /// `Access-Control-Allow-Origin`.
        origins: String,
        /// `Access-Control-Allow-Methods`.
        methods: String,
        /// `Access-Control-Allow-Headers`.
        headers: String,
    },
    /// A line of output for each request.
    Logging,
    /// A header field must have a value.
    Auth {
        /// The value.
        token: String,
        /// Name of the field.
        name: String,
    },
    /// Header fields that restrict what browsers do with responses.
    Security,
    /// A header field with the time that the response took.
    Timing,
}

/// A path and method with what answers requests for them.
#[derive(Clone, Debug)]
pub struct Route {
    /// In upper case.
    pub method: String,
    /// Path with `:name` and `*` segments.
    pub path: String,
    /// A callable that takes the request.
    pub handler: Value,
}

/// A web server that a program sets up: an object with identity.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// TCP port; 0 lets the system choose.
    pub port: u16,
    /// Routes in the order of their definition.
    pub routes: Vec<Route>,
    /// Middleware in the order of its definition.
    pub middleware: Vec<Middleware>,
    /// Folders with static files.
    pub folders: Vec<String>,
}

impl Server {
    /// A server without routes.
    #[must_use]
    pub fn new(port: u16) -> Self {
        Self { port, ..Self::default() }
    }
}

impl Foreign for Server {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        for route in &self.routes {
            tracer.value(route.handler);
        }
    }

    fn extra_bytes(&self) -> usize {
        let routes: usize = self.routes.iter().map(|r| size_of::<Route>() + r.method.len() + r.path.len()).sum();
        routes + self.middleware.len() * size_of::<Middleware>() + self.folders.iter().map(String::len).sum::<usize>()
    }

    fn portable(&self) -> Option<Box<dyn PortableObject>> {
        Some(Box::new(ServerHandle { port: self.port }))
    }

    fn printed(&self) -> Option<String> {
        Some("<WebServer>".into())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// A server as handlers see it: it runs, so its set-up is of no use to them.
struct ServerHandle {
    port: u16,
}

impl PortableObject for ServerHandle {
    fn restore(&self) -> Box<dyn Foreign> {
        Box::new(Server::new(self.port))
    }
}

/// A server on its way from the isolate that set it up to those that run its handlers.
#[derive(Debug)]
pub struct Application {
    /// TCP port that the program chose.
    pub port: u16,
    /// Method and path of each route.
    pub routes: Vec<(String, String)>,
    /// Middleware in order.
    pub middleware: Vec<Middleware>,
    /// Folders with static files.
    pub folders: Vec<String>,
    /// First the handlers of the routes, then the globals of the module.
    pub values: Portable,
}

/// A request, for [`Request::value`].
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Method in upper case.
    pub method: String,
    /// Path up to `?`, as it was sent.
    pub path: String,
    /// Parts of the path that stand for `:name` and `*`.
    pub params: Vec<(String, String)>,
    /// Query parameters, decoded.
    pub query: Vec<(String, String)>,
    /// Header fields; names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body as text; bytes that are not UTF-8 became U+FFFD.
    pub body: String,
    /// Fields of a form, decoded.
    pub form: Vec<(String, String)>,
    /// Uploaded files.
    pub files: Vec<File>,
}

/// An uploaded file.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// Name of the form's field.
    pub field: String,
    /// Name of the file without folders; empty if none was sent.
    pub filename: String,
    /// `Content-Type`.
    pub content_type: String,
    /// Size in bytes.
    pub size: usize,
    /// Content as text; bytes that are not UTF-8 became U+FFFD.
    pub content: String,
}

impl Request {
    /// The request as a map of a language whose numbers are floats: `method`, `path`, `query`, `headers`, `body`, `params`,
    /// `form`, `files`.
    ///
    /// # Errors
    /// Out of memory, out of fuel.
    pub fn value(&self, rt: &mut Runtime) -> Result<Value, Control> {
        let files: usize = self.files.iter().map(|f| f.content.len() + 1024).sum();
        rt.reserve(self.body.len() + files)?;
        let heap = &mut rt.heap;
        let mut map = Map::default();
        let method = heap.str(&self.method);
        put(heap, &mut map, "method", method);
        let path = heap.str(&self.path);
        put(heap, &mut map, "path", path);
        let texts =
            [("query", &self.query), ("headers", &self.headers), ("params", &self.params), ("form", &self.form)];
        for (name, pairs) in texts {
            let texts = text_map(heap, pairs);
            put(heap, &mut map, name, texts);
        }
        let body = heap.str(&self.body);
        put(heap, &mut map, "body", body);
        let files = self.files.iter().map(|f| f.value(heap)).collect();
        let files = heap.list(files);
        put(heap, &mut map, "files", files);
        Ok(heap.map(map))
    }
}

impl File {
    fn value(&self, heap: &mut Heap) -> Value {
        let mut map = Map::default();
        let texts = [
            ("name", &self.field),
            ("filename", &self.filename),
            ("type", &self.content_type),
            ("content", &self.content),
        ];
        for (name, text) in texts {
            let text = heap.str(text);
            put(heap, &mut map, name, text);
        }
        put(heap, &mut map, "size", Value::float(self.size as f64));
        heap.map(map)
    }
}

fn put(heap: &mut Heap, map: &mut Map, name: &str, value: Value) {
    let name = heap.str(name);
    map.insert(heap.key(name), value);
}

fn text_map(heap: &mut Heap, pairs: &[(String, String)]) -> Value {
    let mut map = Map::default();
    for (name, value) in pairs {
        let value = heap.str(value);
        put(heap, &mut map, name, value);
    }
    heap.map(map)
}

impl Runtime {
    /// Takes a server's port and ends the run, so that the host serves: what a native function that starts a server
    /// returns.
    ///
    /// # Errors
    /// Always: the end of the run, or why the port cannot be had, made a message by `failed`.
    pub fn start_serving(&mut self, server: Value, failed: impl FnOnce(&str) -> String) -> Control {
        if let Err(denied) = self.require(Capability::NetServer, "starting a web server") {
            return denied;
        }
        let Some(port) = self.heap.foreign_as::<Server>(server).map(|s| s.port) else {
            return Control::error("not a web server");
        };
        if let Err(e) = self.host.listen(port) {
            return Control::error(failed(&e.0));
        }
        self.roots.push(server);
        self.serving = Some(server);
        Control::Exit(0)
    }

    /// What a server is for other isolates; `globals` are those of the module of its handlers.
    ///
    /// # Errors
    /// See [`Runtime::export`].
    pub fn application(&mut self, server: Value, globals: &[Value]) -> Result<Application, Control> {
        let Some(server) = self.heap.foreign_as::<Server>(server).cloned() else {
            return Err(Control::error("not a web server"));
        };
        let mut values: Vec<Value> = server.routes.iter().map(|r| r.handler).collect();
        values.extend_from_slice(globals);
        let values = self.export(&values)?;
        let routes = server.routes.into_iter().map(|r| (r.method, r.path)).collect();
        let Server { port, middleware, folders, .. } = server;
        Ok(Application { port, routes, middleware, folders, values })
    }
}

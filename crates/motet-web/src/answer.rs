//! From a request to its response: middleware, routes, static files.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use motet::web::{Middleware, Request, Response};
use motet::{Host as _, StdHost};

use crate::content::Content;
use crate::files::{self, Found};
use crate::reload::{CHECK_PATH, EVENTS_PATH};
use crate::request::{fields, headers, take_body};
use crate::server::Shared;
use crate::site::{Failure, Site, Step};

pub(crate) type Reply = hyper::Response<Content>;

/// How much longer than its time a handler is waited for that looks at no clock because native code runs in it.
const PATIENCE: Duration = Duration::from_secs(1);

const NO_RESPONSE: &str = "<h1>Handler executed</h1><p>No response returned. Use 'Write html response with ...' or \
                           'Write json response with ...'</p>";

/// Answers a request.
pub(crate) async fn answer(shared: &Arc<Shared>, request: hyper::Request<Incoming>) -> Reply {
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    if let Some(reply) = live_reply(shared, &parts) {
        return reply;
    }
    let site = shared.site();
    let mut reply = match before(&site, &parts) {
        Some(reply) => reply,
        None => dispatch(shared, &site, &parts, body, started).await,
    };
    inject(shared, &mut reply);
    after(&site, started, reply.headers_mut());
    reply
}

/// The answers for pages that keep themselves up to date.
fn live_reply(shared: &Shared, parts: &Parts) -> Option<Reply> {
    let live = shared.live.as_ref().filter(|_| parts.method == Method::GET)?;
    let (kind, content) = match parts.uri.path() {
        CHECK_PATH => ("application/json", Content::of(live.check())),
        EVENTS_PATH => ("text/event-stream", live.events(shared.stopping.subscribe())),
        _ => return None,
    };
    let mut reply = hyper::Response::new(content);
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    reply.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Some(reply)
}

/// Middleware before the handler, in order; the reply if one of them answers.
fn before(site: &Site, parts: &Parts) -> Option<Reply> {
    let asks_first = parts.method == Method::OPTIONS
        && parts.headers.contains_key(header::ORIGIN)
        && parts.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    for middleware in site.middleware() {
        match middleware {
            Middleware::Logging => {
                let line = format!("[REQUEST] {} {}\n", parts.method, parts.uri.path());
                StdHost::default().write_out(line.as_bytes());
            }
            // Browsers ask before they send the token.
            Middleware::Cors { .. } if asks_first && site.router().find("OPTIONS", parts.uri.path()).is_none() => {
                let mut reply = hyper::Response::new(Content::none());
                *reply.status_mut() = StatusCode::NO_CONTENT;
                return Some(reply);
            }
            Middleware::Auth { token, name } => {
                let sent = parts.headers.get(name.as_str()).map_or(&b""[..], HeaderValue::as_bytes);
                if !same(sent, token.as_bytes()) {
                    return Some(error(401, "Unauthorized"));
                }
            }
            Middleware::Cors { .. } | Middleware::Security | Middleware::Timing => {}
        }
    }
    None
}

/// Whether two secrets are the same, in a time that does not tell how much of them is.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

/// Middleware behind the handler.
fn after(site: &Site, started: Instant, headers: &mut HeaderMap) {
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    for middleware in site.middleware() {
        match middleware {
            Middleware::Cors { origins, methods, headers } => {
                set("access-control-allow-origin", origins);
                set("access-control-allow-methods", methods);
                set("access-control-allow-headers", headers);
            }
            Middleware::Security => {
                set("x-content-type-options", "nosniff");
                set("x-frame-options", "DENY");
                set("x-xss-protection", "1; mode=block");
                set("strict-transport-security", "max-age=31536000; includeSubDomains");
            }
            Middleware::Timing => set("x-response-time", &format!("{}ms", started.elapsed().as_millis())),
            Middleware::Logging | Middleware::Auth { .. } => {}
        }
    }
}

async fn dispatch(shared: &Arc<Shared>, site: &Arc<Site>, parts: &Parts, body: Incoming, started: Instant) -> Reply {
    let path = parts.uri.path();
    let Some((route, params)) = site.router().find(parts.method.as_str(), path) else {
        let found = static_file(shared, site, parts).await;
        return found.unwrap_or_else(|| error(404, "Not Found"));
    };
    let mut request = Request {
        method: parts.method.as_str().to_string(),
        path: path.to_string(),
        params,
        query: parts.uri.query().map(fields).unwrap_or_default(),
        headers: headers(&parts.headers),
        ..Request::default()
    };
    if !body.is_end_stream() {
        let bytes = match read(shared, parts, body).await {
            Ok(bytes) => bytes,
            Err(reply) => return reply,
        };
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if !take_body(&mut request, kind, &bytes) {
            return error(400, "Bad Request");
        }
    }
    let until = started.max(Instant::now()) + shared.options.request_timeout;
    let result = run(shared, site, route, request, until).await;
    match result {
        Ok(Some(response)) if response.body.len() > shared.options.max_response => error(500, "Response too large"),
        Ok(Some(response)) => reply(response),
        Ok(None) => reply(Response::html(NO_RESPONSE.into())),
        Err(Failure::Error(message)) => error(500, &format!("Handler error: {message}")),
        Err(Failure::Late) => error(503, "Handler took too long"),
        Err(Failure::Broken(why)) => {
            StdHost::default().write_err(format!("{} {path}: {why}\n", parts.method).as_bytes());
            error(500, &format!("Handler error: {why}"))
        }
    }
}

/// The body of a request, or why it is refused.
async fn read(shared: &Shared, parts: &Parts, body: Incoming) -> Result<hyper::body::Bytes, Reply> {
    let limit = shared.options.max_body;
    let close = |mut reply: Reply| {
        reply.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        reply
    };
    let length = parts.headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|n| n > limit as u64) {
        return Err(close(error(413, "Payload Too Large")));
    }
    let all = Limited::new(body, limit).collect();
    match tokio::time::timeout(shared.options.read_timeout, all).await {
        Ok(Ok(all)) => Ok(all.to_bytes()),
        Ok(Err(e)) if e.is::<LengthLimitError>() => Err(close(error(413, "Payload Too Large"))),
        Ok(Err(_)) => Err(close(error(400, "Bad Request"))),
        Err(_) => Err(close(error(408, "Request Timeout"))),
    }
}

/// Runs a handler, here if it is quick, else on a thread of its own.
async fn run(
    shared: &Arc<Shared>,
    site: &Arc<Site>,
    route: usize,
    request: Request,
    until: Instant,
) -> Result<Option<Response>, Failure> {
    let permit = match shared.permits.clone().try_acquire_owned() {
        Ok(permit) => permit,
        Err(_) => {
            if shared.waiting.fetch_add(1, Ordering::SeqCst) >= shared.options.queue {
                shared.waiting.fetch_sub(1, Ordering::SeqCst);
                return Err(Failure::Late);
            }
            let permit = tokio::time::timeout_at(until.into(), shared.permits.clone().acquire_owned()).await;
            shared.waiting.fetch_sub(1, Ordering::SeqCst);
            match permit {
                Ok(Ok(permit)) => permit,
                _ => return Err(Failure::Late),
            }
        }
    };
    let step = if site.is_quick(route) { site.run_slice(route, &request, until) } else { None };
    let step = match step {
        Some(Step::Done(result)) => return result,
        Some(Step::More(worker)) => Some(worker),
        None => None,
    };
    let site = site.clone();
    let work = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        match step {
            Some(worker) => site.go_on(worker),
            None => site.run(route, &request, until),
        }
    });
    match tokio::time::timeout_at((until + PATIENCE).into(), work).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Failure::Broken("internal error".into())),
        Err(_) => Err(Failure::Late),
    }
}

async fn static_file(shared: &Shared, site: &Site, parts: &Parts) -> Option<Reply> {
    let folders = site.folders().to_vec();
    if folders.is_empty() || !matches!(parts.method, Method::GET | Method::HEAD) {
        return None;
    }
    let path = parts.uri.path().to_string();
    let known = parts.headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).map(str::to_string);
    let find = move || {
        let mut found = folders.iter().map(|folder| files::find(folder, &path, known.as_deref()));
        found.find(|f| !matches!(f, Found::Nothing)).unwrap_or(Found::Nothing)
    };
    let (status, etag, kind, content) = match tokio::task::spawn_blocking(find).await {
        Ok(Found::Nothing) | Err(_) => return None,
        Ok(Found::Forbidden) => return Some(error(403, "Forbidden")),
        Ok(Found::Unchanged { etag }) => (StatusCode::NOT_MODIFIED, etag, None, Content::none()),
        Ok(Found::File { kind, etag, content }) => (StatusCode::OK, etag, Some(kind), content),
    };
    let mut reply = hyper::Response::new(content);
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    // While files are being edited browsers must ask each time.
    let caching = if shared.live.is_some() { "no-cache" } else { "public, max-age=3600" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Some(kind) = kind {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    Some(reply)
}

/// Puts the script into a page, if pages are kept up to date.
fn inject(shared: &Shared, reply: &mut Reply) {
    let Some(live) = &shared.live else { return };
    let kind = reply.headers().get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    if kind.starts_with(b"text/html")
        && let Content::Whole(Some(page)) = reply.body()
        && let Some(page) = live.with_script(page)
    {
        *reply.body_mut() = Content::of(page);
    }
}

/// The JSON reply of an error.
pub(crate) fn error(status: u16, message: &str) -> Reply {
    reply(Response::error(status, message))
}

fn reply(response: Response) -> Reply {
    let status = StatusCode::from_u16(response.status).ok().filter(|s| !s.is_informational());
    let Some(status) = status else {
        return error(500, &format!("Handler error: {} is no status of a response", response.status));
    };
    let bodiless = matches!(status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED);
    let mut reply = hyper::Response::new(if bodiless { Content::none() } else { Content::of(response.body) });
    *reply.status_mut() = status;
    let kind = match response.content_type {
        std::borrow::Cow::Borrowed(kind) => HeaderValue::try_from(kind),
        std::borrow::Cow::Owned(kind) => HeaderValue::try_from(kind),
    };
    if let Ok(kind) = kind
        && !kind.is_empty()
    {
        reply.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    for (name, value) in response.headers {
        // What is no header field cannot be sent.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            reply.headers_mut().append(name, value);
        }
    }
    reply
}

//! The web framework of PohLang: servers, routes, middleware, responses.

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
};

use motet_runtime::{
    Control, NativeResult, Runtime, Value,
    web::{Middleware, Response, Route, Server},
};

use super::json;
use crate::display::text;

natives! {
    "create_server" => create_server;
    "add_route" => add_route;
    "add_middleware" => add_middleware;
    "serve_static" => serve_static;
    "start_server" => start_server;
    "html_response" => html_response;
    "json_response" => json_response;
    "json_status_response" => json_status_response;
    "error_response" => error_response;
    "is_response" => is_response;
    "path_parameter" => path_parameter;
}

const NO_SERVER: &str = "No web server found. Create a server first";

/// The arguments, as many as the lowering passes.
fn arguments<const N: usize>(args: &[Value]) -> Result<[Value; N], Control> {
    <[Value; N]>::try_from(args).map_err(|_| Control::error("wrong number of arguments"))
}

/// A number from a range, without its fraction.
fn number(v: Value, from: u16, to: u16) -> Option<u16> {
    let n = v.as_float()?;
    (n >= f64::from(from) && n < f64::from(to) + 1.0).then_some(n as u16)
}

/// The content of the variable `server`, if it is a server.
fn server<'a>(rt: &'a mut Runtime, v: Value, none: &str) -> Result<&'a mut Server, Control> {
    if v.is_unset() || v.is_nil() {
        return Err(Control::error(none));
    }
    rt.heap.foreign_as_mut::<Server>(v).ok_or_else(|| Control::error("server variable is not a web server"))
}

fn no_server() -> String {
    format!("{NO_SERVER} with: Make server to Create web server on port <port>")
}

fn response(rt: &mut Runtime, response: Response) -> NativeResult {
    rt.reserve(response.body.len())?;
    Ok(rt.heap.foreign(Box::new(response)))
}

fn create_server(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [port] = arguments(args)?;
    let port = number(port, 0, u16::MAX)
        .ok_or_else(|| Control::error("create web server on port: port must be a number between 0 and 65535"))?;
    Ok(rt.heap.foreign(Box::new(Server::new(port))))
}

fn add_route(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [target, path, method, handler] = arguments(args)?;
    let path = rt.heap.text(path).map(ToString::to_string);
    let path = path.ok_or_else(|| Control::error("add route: path must be a string"))?;
    let method = rt.heap.text(method).map(str::to_uppercase);
    let method = method.ok_or_else(|| Control::error("add route: method must be a string (GET, POST, PUT, DELETE)"))?;
    let line = format!("✓ Route added: {method} {path}\n");
    server(rt, target, &no_server())?.routes.push(Route { method, path, handler });
    rt.host.write_out(line.as_bytes());
    Ok(Value::NIL)
}

fn add_middleware(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [target, kind, config] = arguments(args)?;
    let kind = text(rt, kind)?;
    let setting = |rt: &Runtime, name: &str| {
        let found = rt.heap.entries(config)?.iter().find(|(key, _)| rt.heap.text(*key) == Some(name));
        rt.heap.text(found?.1).map(ToString::to_string)
    };
    let or = |rt: &Runtime, name: &str, default: &str| setting(rt, name).unwrap_or_else(|| default.into());
    server(rt, target, NO_SERVER)?;
    let (middleware, line) = match kind.as_str() {
        "cors" => {
            let origins = or(rt, "origins", "*");
            let methods = or(rt, "methods", "GET, POST, PUT, DELETE");
            let headers = or(rt, "headers", "Content-Type");
            (Middleware::Cors { origins, methods, headers }, "CORS middleware")
        }
        "logging" => (Middleware::Logging, "Logging middleware"),
        "auth" => {
            let token = setting(rt, "token");
            let token = token.ok_or_else(|| Control::error("auth middleware requires 'token' config"))?;
            (Middleware::Auth { token, name: or(rt, "token_name", "Authorization") }, "Auth middleware")
        }
        "security" => (Middleware::Security, "Security headers middleware"),
        "timing" => (Middleware::Timing, "Response timing middleware"),
        _ => {
            let known = "cors, logging, auth, security, timing";
            return Err(Control::error(format!("Unknown middleware type: {kind}. Available: {known}")));
        }
    };
    server(rt, target, NO_SERVER)?.middleware.push(middleware);
    rt.host.write_out(format!("✓ {line} added\n").as_bytes());
    Ok(Value::NIL)
}

fn serve_static(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [target, folder] = arguments(args)?;
    let folder = rt.heap.text(folder).map(ToString::to_string);
    let folder = folder.ok_or_else(|| Control::error("serve static files: directory must be a string"))?;
    server(rt, target, &no_server())?.folders.push(folder);
    Ok(Value::NIL)
}

/// Never returns: the run ends, and the host serves.
fn start_server(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [target] = arguments(args)?;
    server(rt, target, &no_server())?;
    Err(rt.start_serving(target, |why| format!("Failed to start server: {why}")))
}

fn html_response(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [body] = arguments(args)?;
    let body = text(rt, body)?;
    response(rt, Response::html(body))
}

fn json_response(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [value] = arguments(args)?;
    let body = json::to_json(rt, value, false)?;
    response(rt, Response::json(200, body))
}

fn json_status_response(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [value, status] = arguments(args)?;
    let body = json::to_json(rt, value, false)?;
    let status = number(status, 100, 599)
        .ok_or_else(|| Control::error("json response with status: status must be a number between 100 and 599"))?;
    response(rt, Response::json(status, body))
}

fn error_response(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [status, message] = arguments(args)?;
    let status = number(status, 100, 599)
        .ok_or_else(|| Control::error("error response: status must be a number between 100 and 599"))?;
    let message = text(rt, message)?;
    response(rt, Response::error(status, &message))
}

fn is_response(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [v] = arguments(args)?;
    Ok(Value::bool(rt.heap.foreign_as::<Response>(v).is_some()))
}

/// A part of the path; `request` is unset outside of handlers.
fn path_parameter(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [name, request] = arguments(args)?;
    let name = text(rt, name)?;
    let entry = |rt: &mut Runtime, map: Value, name: &str| {
        let name = rt.heap.str(name);
        let key = rt.heap.key(name);
        rt.heap.entries(map).and_then(|m| m.get(key))
    };
    let params = entry(rt, request, "params")
        .ok_or_else(|| Control::error("get path parameter: no request context available"))?;
    entry(rt, params, &name).ok_or_else(|| Control::error(format!("Path parameter '{name}' not found")))
}

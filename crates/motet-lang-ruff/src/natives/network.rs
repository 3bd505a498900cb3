//! Network functions. This build has no network: they raise.

use alloc::format;

use motet_runtime::{Capability, NativeResult, Runtime, Value};

use super::{concurrency::settled, fail};

natives! {
    "http_get" => unsupported;
    "http_delete" => unsupported;
    "http_post" => unsupported;
    "http_put" => unsupported;
    "http_request" => unsupported;
    "http_get_binary" => unsupported;
    "parallel_http" => unsupported;
    "async_http_get" => rejected;
    "async_http_post" => rejected;
    "http_response" => no_server;
    "json_response" => no_server;
    "html_response" => no_server;
    "redirect_response" => no_server;
    "set_header" => no_server;
    "set_headers" => no_server;
    "http_server" => no_server;
    "http_listen" => no_server;
}

fn unsupported(rt: &mut Runtime, _args: &[Value], name: &str) -> NativeResult {
    rt.require(Capability::NetClient, name)?;
    fail(format!("{name} is not supported by this build"))
}

fn no_server(rt: &mut Runtime, _args: &[Value], name: &str) -> NativeResult {
    if matches!(name, "http_server" | "http_listen") {
        rt.require(Capability::NetServer, name)?;
    }
    fail(format!("{name} is not supported by this build"))
}

fn rejected(rt: &mut Runtime, _args: &[Value], name: &str) -> NativeResult {
    rt.require(Capability::NetClient, name)?;
    Ok(settled(rt, Err(format!("{name} is not supported by this build"))))
}

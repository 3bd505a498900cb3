//! The smallest embedding: a script calls a closure of the host. `cargo run -p motet --example hello`.

use motet::{CaptureHost, Config, Engine, Error, HostModule};

/// Runs the script; what it printed.
pub fn hello() -> Result<String, Error> {
    let mut host = HostModule::new();
    host.function("greet", |_, (name,): (String,)| Ok(format!("hello, {name}")));
    let (console, output) = CaptureHost::new();
    let mut isolate = Engine::new().isolate(Config::new(console).module(host));
    isolate.eval::<()>("ruff", "main.ruff", "print(greet(\"world\"))")?;
    Ok(output.out())
}

#[allow(dead_code)]
fn main() -> Result<(), Error> {
    print!("{}", hello()?);
    Ok(())
}

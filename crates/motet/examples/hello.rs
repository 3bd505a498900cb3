//! The smallest embedding: a script calls a closure of the host. `cargo run -p motet --example hello`.

use motet::{Config, Engine, Error, HostModule, StdHost};

fn main() -> Result<(), Error> {
    let mut host = HostModule::new();
    host.function("greet", |_, (name,): (String,)| Ok(format!("hello, {name}")));
    let mut isolate = Engine::new().isolate(Config::new(StdHost::default()).module(host));
    isolate.eval::<()>("ruff", "main.ruff", "print(greet(\"world\"))")
}

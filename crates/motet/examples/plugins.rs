//! A host of plug-ins: loads `.pbc` files from strangers, gives them two functions and nothing else, and calls them on
//! threads of their own. `cargo run -p motet --example plugins [FILE.pbc…]`; without files it makes some.

use std::thread;

use motet::{Config, Engine, Error, FormatLimits, HostModule, Isolate, Limits, NullHost, Program};

fn isolate(engine: &Engine) -> Isolate {
    let mut host = HostModule::new();
    host.function("log", |_, (text,): (String,)| {
        // Whatever a stranger prints cannot drive the terminal.
        println!("  log: {}", text.escape_debug());
        Ok(())
    });
    host.function("word_count", |cx, (text,): (String,)| {
        cx.charge(text.len() / 64)?;
        Ok(text.split_whitespace().count() as i64)
    });
    let limits = Limits { fuel: Some(1_000_000), heap_bytes: 8 << 20, depth: 1_000, ..Limits::default() };
    engine.isolate(Config::new(NullHost).limits(limits).module(host))
}

/// Decodes, verifies, links and runs a plug-in, then calls its `transform`. Each step can refuse.
fn run(engine: &Engine, bytes: &[u8], text: &str) -> Result<String, Error> {
    let program = Program::from_pbc(bytes, &FormatLimits::strict())?;
    let mut isolate = isolate(engine);
    let module = isolate.load(&program)?;
    isolate.run(module)?;
    isolate.call((module, "transform"), (text,))
}

/// Plug-ins for the demonstration, the last two damaged and hostile.
fn samples(engine: &Engine) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let texts = [
        ("upper", "moon", "fn transform(s: String) -> String { log(\"moon here\"); upper(s) }"),
        ("count", "ruff", "func transform(s) { return to_string(word_count(s)) + \" words\" }"),
        ("hang", "moon", "fn transform(s: String) -> String { while true { word_count(s); } s }"),
    ];
    let mut samples = Vec::new();
    for (name, language, text) in texts {
        samples.push((name.to_string(), isolate(engine).compile(language, name, text)?.to_pbc(false)?));
    }
    let mut damaged = samples[0].1.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x55;
    samples.push(("damaged".to_string(), damaged));
    Ok(samples)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::new();
    let mut plugins = Vec::new();
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path)?;
        plugins.push((path, bytes));
    }
    if plugins.is_empty() {
        plugins = samples(&engine)?;
    }
    // The engine and the bytes are shared by the threads; each isolate stays in its own.
    thread::scope(|scope| {
        for (name, bytes) in &plugins {
            let engine = &engine;
            let worker = scope.spawn(move || run(engine, bytes, "the quick brown fox").map_err(|e| e.to_string()));
            match worker.join() {
                Ok(Ok(text)) => println!("{name}: {text}"),
                Ok(Err(e)) => println!("{name}: refused: {e}"),
                Err(_) => println!("{name}: the host has a defect"),
            }
        }
    });
    Ok(())
}

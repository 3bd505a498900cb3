//! A host of plug-ins: loads `.pbc` files from strangers, gives them two functions and nothing else, and runs them on
//! threads. Files that somebody vouched for, by their hashes, get more time; of the others nothing is believed.
//! `cargo run -p motet --example plugins [FILE.pbc…]`; without files it makes some.

use std::{collections::BTreeSet, error::Error as StdError, thread};

use motet::{Config, Engine, Error, FormatLimits, HostModule, Isolate, Limits, NullHost, Program};

/// A file, as it came.
struct Plugin {
    name: String,
    bytes: Vec<u8>,
}

fn host() -> HostModule {
    let mut host = HostModule::new();
    host.function("word_count", |cx, (text,): (String,)| {
        cx.charge(text.len() / 64)?;
        Ok(text.split_whitespace().count() as i64)
    });
    host.function("reversed", |_, (text,): (String,)| Ok(text.chars().rev().collect::<String>()));
    host
}

fn isolate(engine: &Engine, fuel: u64) -> Isolate {
    let limits = Limits { fuel: Some(fuel), heap_bytes: 8 << 20, depth: 1_000, ..Limits::default() };
    engine.isolate(Config::new(NullHost).limits(limits).module(host()))
}

/// Decodes, verifies, links and runs a plug-in, then calls its `transform`. Each step can refuse.
fn run(engine: &Engine, known: &BTreeSet<[u8; 32]>, plugin: &Plugin, text: &str) -> Result<String, Error> {
    // Reading the file proves that this hash is the content's.
    let is_known = Program::content_hash(&plugin.bytes).is_some_and(|hash| known.contains(&hash));
    let program = Program::from_pbc(&plugin.bytes, &FormatLimits::strict())?;
    let mut isolate = isolate(engine, if is_known { 10_000_000 } else { 100_000 });
    let module = isolate.load(&program)?;
    isolate.run(module)?;
    let answer: String = isolate.call((module, "transform"), (text,))?;
    Ok(if is_known { format!("{answer} (known)") } else { answer })
}

/// Plug-ins for the demonstration, the last two hostile and damaged.
fn samples(engine: &Engine) -> Result<Vec<Plugin>, Error> {
    let count = "func transform(s) { mut n := 0 for i in range(200000) { n = n + 1 } return to_string(word_count(s)) }";
    let texts = [
        ("upper", "moon", "fn transform(s: String) -> String { upper(reversed(s)) }"),
        ("count", "ruff", count),
        ("impatient", "ruff", count),
        ("hang", "moon", "fn transform(s: String) -> String { while true { word_count(s); } s }"),
    ];
    let mut samples = Vec::new();
    for (name, language, text) in texts {
        let bytes = isolate(engine, 0).compile(language, name, text)?.to_pbc(name == "count")?;
        samples.push(Plugin { name: name.to_string(), bytes });
    }
    let mut bytes = samples[0].bytes.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    samples.push(Plugin { name: "damaged".to_string(), bytes });
    Ok(samples)
}

/// What came of each plug-in: of these files or, if there are none, of samples.
pub fn plugins(paths: impl Iterator<Item = String>) -> Result<Vec<String>, Box<dyn StdError>> {
    let engine = Engine::new();
    let mut plugins = Vec::new();
    for name in paths {
        let bytes = std::fs::read(&name)?;
        plugins.push(Plugin { name, bytes });
    }
    let mut known = BTreeSet::new();
    if plugins.is_empty() {
        plugins = samples(&engine)?;
        // The list would come with the application.
        known.extend(Program::content_hash(&plugins[1].bytes));
    }
    // Each plug-in has an isolate and a thread of its own, so that a slow one holds up nobody.
    let report = thread::scope(|scope| {
        let start = |plugin| {
            let (engine, known) = (&engine, &known);
            (plugin, scope.spawn(move || run(engine, known, plugin, "the quick brown fox")))
        };
        let running: Vec<_> = plugins.iter().map(start).collect();
        let finish = |(plugin, thread): (&Plugin, thread::ScopedJoinHandle<'_, Result<String, Error>>)| {
            let answer = match thread.join() {
                Ok(Ok(text)) => text,
                Ok(Err(e)) => format!("refused: {e}"),
                Err(_) => "the host has a defect".to_string(),
            };
            // Whatever a stranger says cannot drive the terminal.
            format!("{}: {}", plugin.name, answer.escape_debug())
        };
        running.into_iter().map(finish).collect()
    });
    Ok(report)
}

#[allow(dead_code)]
fn main() -> Result<(), Box<dyn StdError>> {
    for line in plugins(std::env::args().skip(1))? {
        println!("{line}");
    }
    Ok(())
}

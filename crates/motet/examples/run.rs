//! Runs one source or `.pbc` file: `cargo run -p motet --example run -- [--ast] [--stress] FILE [ARGS…]`.

use std::process::ExitCode;

use motet::{Capabilities, CompileOptions, Config, Engine, Error, FileLoader, StdHost, Stop, Tier};

fn main() -> ExitCode {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let mut flag = |name: &str| {
        let found = args.iter().position(|a| a == name).map(|i| args.remove(i));
        found.is_some()
    };
    let tier = if flag("--ast") { Tier::Ast } else { Tier::Vm };
    let stress = flag("--stress");
    let Some((path, rest)) = args.split_first() else {
        eprintln!("usage: run [--ast] [--stress] FILE [ARGS…]");
        return ExitCode::from(2);
    };
    let config = Config::new(StdHost::new(rest.to_vec()));
    match run(path, config.tier(tier).capabilities(Capabilities::ALL).gc_stress(stress)) {
        Ok(status) => ExitCode::from(status),
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}

fn run(path: &str, config: Config) -> Result<u8, Box<dyn std::error::Error>> {
    let engine = Engine::new();
    let content = std::fs::read(path)?;
    let limits = motet::FormatLimits::trusted();
    let program =
        engine.program_from_file(path, &content, &mut FileLoader::default(), &CompileOptions::default(), &limits)?;
    let mut isolate = engine.isolate(config);
    let module = isolate.load(&program)?;
    match isolate.run(module) {
        Ok(value) => {
            if let Some(text) = isolate.result_text(module, value) {
                println!("{text}");
            }
            Ok(0)
        }
        Err(Error::Stopped(stop)) => {
            eprint!("{}", isolate.report(module, &stop));
            Ok(if let Stop::Exit(status) = *stop { status as u8 } else { 4 })
        }
        Err(e) => Err(e.into()),
    }
}

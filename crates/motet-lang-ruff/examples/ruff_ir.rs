//! Prints the IR of a Ruff file: `cargo run -p motet-lang-ruff --example ruff_ir FILE`.

use motet_ir::{Frontend, NoLoader, Options, check, print_module};
use motet_lang_ruff::RuffFrontend;

fn main() {
    let path = std::env::args().nth(1).unwrap_or_default();
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let start = std::time::Instant::now();
    let compiled = RuffFrontend.compile(&path, &text, &mut NoLoader, &Options::default());
    let elapsed = start.elapsed();
    print!("{}", RuffFrontend.render(&compiled.diagnostics, &compiled.sources));
    if let Some(module) = compiled.module {
        if text.len() < 20_000 {
            println!("{}", print_module(&module));
        }
        if let Err(e) = check(&module) {
            println!("{e}");
        }
    }
    eprintln!("{} bytes in {elapsed:?}", text.len());
}

//! How long it takes from the text of a changed 1,000-line module to the moment when its functions run: compile, verify, swap.
//!
//! `cargo run --release -p motet --example save_to_running`

use std::time::{Duration, Instant};

use motet::{CompileOptions, Config, Engine, NoLoader, NullHost};

/// A module of about a thousand lines; `n` makes it differ from the last one.
fn text(language: &str, n: usize) -> String {
    let mut out = String::new();
    for i in 0..100 {
        match language {
            "moon" => {
                out += &format!(
                    "struct Item{i} {{ id: Int, label: String }}\nlet total{i} = {i};\nlet item{i} = Item{i}#{{ id: {i}, label: \"item {i}\" }};\n\
                     fn work{i}(limit: Int) -> Int {{\n  let sum = 0;\n  let i = 0;\n  while i < limit {{ sum += i * {n}; i += 1; }}\n  \
                     total{i} += sum;\n  sum + item{i}.id\n}}\n"
                );
            }
            _ => {
                out += &format!(
                    "struct Item{i} {{ id: int, label: string }}\nmut total{i} := {i}\nlet item{i} := Item{i} {{ id: {i}, label: \"item {i}\" }}\n\
                     func work{i}(limit) {{\n  mut sum := 0\n  for k in range(limit) {{ sum = sum + k * {n} }}\n  \
                     total{i} = total{i} + sum\n  print(\"\")\n  return sum + item{i}.id\n}}\n"
                );
            }
        }
    }
    out
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::new();
    let options = CompileOptions { live: true, ..CompileOptions::default() };
    for language in ["moon", "ruff"] {
        let compile = |n: usize| {
            engine.compile_with(engine.language(language)?, "main", &text(language, n), &mut NoLoader, &options)
        };
        let mut isolate = engine.isolate(Config::new(NullHost));
        let module = isolate.register("main", &compile(0)?)?;
        isolate.execute(module, "")?;
        let mut times = Vec::new();
        for n in 1..=200 {
            let start = Instant::now();
            let program = compile(n)?;
            let compiled = start.elapsed();
            isolate.reload(module, &program)?;
            times.push((start.elapsed(), compiled));
        }
        times.sort();
        let millis = |d: Duration| d.as_secs_f64() * 1000.0;
        let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
        println!(
            "{language}: {} lines, median {:.2} ms (compile {:.2}), worst {:.2} ms",
            text(language, 0).lines().count(),
            millis(median.0),
            millis(median.1),
            millis(worst.0)
        );
    }
    Ok(())
}

//! Every native function, called with every count and kind of arguments by a module that keeps all rules: it answers
//! or raises, and never panics.

use std::panic::{AssertUnwindSafe, catch_unwind};

use motet::{Capabilities, CaptureHost, Config, Engine, FormatLimits, Limits, Program};
use motet_bytecode::assemble;
use motet_fuzzing::{Language, Rng, cases};
use motet_runtime::Semantics;
use motet_testkit::on_large_stack;

/// Ways to push one value, all kinds, edge cases included.
const VALUES: &[&str] = &[
    "nil",
    "unset",
    "true",
    "false",
    "int 0",
    "int 1",
    "int -1",
    "int 2147483647",
    "const 1",
    "const 2",
    "const 3",
    "const 4",
    "const 5",
    "const 6",
    "const 0",
    "const 7",
    "const 8",
    "const 9",
    "const 10",
    "list 0",
    "int 1; int 2; list 2",
    "const 0; const 7; list 2",
    "map 0",
    "const 0; int 1; map 1",
    "func 1",
    "func 2",
    "func 3",
    "native 0",
    "nil; record 0",
    "int 7; unset; record 1",
    "nil; cell.new",
    "call 3",
    "const 0; list 1; list 1; list 1",
    "record 2",
    "int 5; closure 4",
    "const 0; list 1; pick 0; list 2",
    "unset; list 1",
    "const 0; unset; map 1",
    "const 11",
    "const 12",
];

const TABLES: &str = r#"init 0
const 0 str "s"
const 1 int 9223372036854775807
const 2 int -9223372036854775808
const 3 float 1.5
const 4 float 0x7ff8000000000000
const 5 float 0x7ff0000000000000
const 6 float -1e300
const 7 str ""
const 8 str "é\u{0}😀 a,b\n{}"
const 9 str "%s %d {0} $1 (a+)+$ [x"
const 10 str "{\"a\": [1, 2, null]}"
const 11 int 1000000000000
const 12 str "2024-01-31T10:00:00Z"
class 0 variant "Ok" language 0
  field "0" any
class 1 struct "P" language 0
  field "x" int
  field "y" any
class 2 variant "Err" language 0
layout 0 class 0 canonical "0"
layout 1 class 1 canonical "x" "y"
layout 2 class 2 canonical
"#;

const OTHERS: &str = r#"
function 1 "none"
  language 0
  params 0
  locals
  result any
  stack 1
code
  nil
  return
end
function 2 "one"
  language 0
  params 1
  locals int
  result any
  stack 1
code
  local 0
  return
end
function 3 "gen"
  language 0
  kind generator
  params 0
  locals
  result any
  stack 1
code
  int 1
  yield
  return
end
function 4 "captures"
  language 0
  params 1
  locals any
  captures any
  result any
  stack 1
code
  capture 0
  return
end
"#;

fn program(language: Language, native: &str, rng: &mut Rng) -> String {
    let count = rng.below(6);
    let args: Vec<&str> = (0..count).map(|_| *rng.pick(VALUES)).collect();
    let code = args.join("\n").replace("; ", "\n");
    let mut text = format!("module \"m\"\nlanguage 0 \"{}\"\n{TABLES}native 0 \"{native}\" any\n", language.name());
    text += "function 0 \"main\"\n  language 0\n  params 0\n  locals any\n  result any\n  stack 40\ncode\n";
    text += &code;
    text += &format!(
        "\ncall_native 0 {count}\nset_local 0\nlocal 0\nlocal 0\nconcat 2\npop\nlocal 0\nreturn\nend\n{OTHERS}"
    );
    text
}

/// Runs one; a panic is reported by the caller.
fn run(engine: &Engine, text: &str) -> bool {
    let Ok(module) = assemble(text) else { panic!("does not assemble:\n{text}") };
    let program = Program::from_bytecode(module, &FormatLimits::strict()).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let (host, _output) = CaptureHost::new();
    let limits = Limits { fuel: Some(100_000), heap_bytes: 4 << 20, depth: 1_000, ..Limits::default() };
    let mut isolate = engine.isolate(Config::new(host).limits(limits).capabilities(Capabilities::NONE));
    let module = isolate.load(&program).expect("links");
    match isolate.run(module) {
        Ok(value) => {
            let _ = isolate.result_text(module, value);
            true
        }
        Err(motet::Error::Stopped(stop)) => {
            let _ = isolate.report(module, &stop);
            false
        }
        Err(_) => false,
    }
}

#[test]
fn natives_check_their_arguments() {
    on_large_stack(|| {
        let engine = Engine::new();
        let tables: [(Language, &[motet_runtime::NativeDef]); 2] = [
            (Language::Ruff, motet_lang_ruff::RuffSemantics.natives()),
            (Language::Moon, motet_lang_moon::MoonSemantics.natives()),
        ];
        let (mut bad, mut calls, mut answered) = (Vec::new(), 0, 0);
        for (language, natives) in tables {
            for def in natives {
                for seed in 0..cases("MOTET_FUZZ_NATIVES", 60) as u64 {
                    let text = program(language, def.name, &mut Rng::new(seed));
                    calls += 1;
                    let start = std::time::Instant::now();
                    match catch_unwind(AssertUnwindSafe(|| run(&engine, &text))) {
                        Ok(value) => answered += usize::from(value),
                        Err(_) => bad.push(format!("{} seed {seed}: panic", def.name)),
                    }
                    if start.elapsed().as_millis() > 2_000 {
                        bad.push(format!("{} seed {seed}: {:?}", def.name, start.elapsed()));
                    }
                }
            }
        }
        println!("{calls} calls, {answered} answered");
        assert!(bad.is_empty(), "{bad:#?}");
    });
}

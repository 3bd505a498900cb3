//! Rae under a host: modules without `main`, and replacement as the language's reference has it.
#![cfg(feature = "lang-rae")]

use motet::{
    CaptureHost, CompileOptions, Config, Engine, Isolate, Level, ModuleHandle, NoLoader, Output, Program, Tier,
};

fn compile(text: &str) -> Program {
    let engine = Engine::new();
    let options = CompileOptions { live: true, level: Level::O1, ..CompileOptions::default() };
    let language = engine.language("rae").expect("built in");
    match engine.compile_with(language, "main.rae", text, &mut NoLoader, &options) {
        Ok(program) => program,
        Err(e) => panic!("{e}\nin\n{text}"),
    }
}

/// Loads a first version and runs it, on each tier.
fn on_each_tier(text: &str, test: impl Fn(&mut Isolate, ModuleHandle, &Output)) {
    for tier in [Tier::Ast, Tier::Vm] {
        let (host, output) = CaptureHost::new();
        let mut isolate = Engine::new().isolate(Config::new(host).tier(tier));
        let module = isolate.register("main", &compile(text)).expect("loads");
        isolate.run(module).expect("runs");
        test(&mut isolate, module, &output);
    }
}

#[test]
fn hosts_call_functions_of_modules_without_main() {
    let text = "var hits: Int = 40\nfunc hit(by: view Int) ret Int {\n  hits = hits + by\n  ret hits\n}\n";
    on_each_tier(text, |isolate, _, _| {
        assert_eq!(isolate.call::<_, i64>("hit", (2,)).expect("calls"), 42);
    });
}

#[test]
fn globals_survive_replacement_and_records_get_new_fields() {
    let first = "type P { x: Int }\nvar total: Int = 10\nlet at: P = { x: 3 }\n\
                 func step() ret Int {\n  total = total + 1\n  ret total\n}\n";
    let second = "type P { x: Int, y: Int = 5 }\nvar total: Int = 500\nlet at: P = { x: 3 }\nvar more: String = \"new\"\n\
                  func step() ret Int {\n  total = total + 100\n  ret total + at.x + at.y + more.length()\n}\n";
    on_each_tier(first, |isolate, module, _| {
        assert_eq!(isolate.call::<_, i64>("step", ()).expect("calls"), 11);
        let report = isolate.reload(module, &compile(second)).expect("fits");
        assert!(report.globals_kept.contains(&"total".into()) && report.globals_new.contains(&"more".into()));
        assert_eq!(report.migrated, ["P"]);
        let seen = isolate.call::<_, i64>("step", ()).expect("calls");
        assert!(seen == 111 + 3 + 3 || seen == 111 + 3 + 5 + 3, "{seen}");
    });
}

#[test]
fn main_starts_over_with_the_values_of_globals() {
    let version =
        |word: &str| format!("var runs: Int = 0\nfunc main() {{\n  runs = runs + 1\n  log(\"{word} {{runs}}\")\n}}\n");
    on_each_tier(&version("a"), |isolate, module, output| {
        isolate.reload(module, &compile(&version("b"))).expect("fits");
        isolate.execute(module, "main").expect("runs");
        assert_eq!(output.out(), "a 1\nb 2\n");
    });
}

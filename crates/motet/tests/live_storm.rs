//! Thousands of replacements, valid and invalid ones: nothing is lost, nothing is torn, nothing piles up.
#![cfg(feature = "lang-ruff")]

use motet::{
    After, CaptureHost, CompileOptions, Config, Engine, Error, FormatLimits, Isolate, Level, ModuleHandle, NoLoader,
    Program, Progress,
};

fn compile(engine: &Engine, text: &str) -> Result<Program, Error> {
    let options = CompileOptions { live: true, level: Level::O1, ..CompileOptions::default() };
    engine.compile_with(engine.language("ruff")?, "main.ruff", text, &mut NoLoader, &options)
}

/// Numbers that look random (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// A version of the program: whatever else it has, `turns`, `kept` and `state.total` say how often `tick` was called.
fn version(random: &mut Random, n: u64) -> String {
    let mut parts = vec![
        "mut turns := 0".to_string(),
        "mut kept := []".to_string(),
        format!(
            "func tick() {{ turns = turns + 1
                kept = push(kept, turns)
                state.total = state.total + 1
                return {n} }}"
        ),
        "func audit() { return [turns, len(kept), state.total, kept] }".to_string(),
        format!("func* walk() {{ mut i := 0\n loop {{ yield i + {n} * 0\n i = i + 1 }} }}"),
        "func spin() { for i in walk() { step(i)\n if i > 100000000 { break } } }".to_string(),
        format!("func step(i) {{ return i + {n} }}"),
        format!("let add{} := func(a) {{ return a + {n} + turns }}", random.below(5)),
        format!("func name{n}() {{ return \"text {n}\" }}"),
        format!("let global{n} := name{n}()"),
        "let keep := [func(a) { return a }, walk()]".to_string(),
    ];
    let fields = ["x", "y", "z", "u", "v"];
    let chosen: Vec<&str> = fields.into_iter().filter(|_| random.below(2) == 0).collect();
    let mut declared: Vec<String> = chosen.iter().map(|f| format!("{f}: int")).collect();
    declared.insert(random.below(declared.len() as u64 + 1) as usize, "total: int".into());
    let values: Vec<String> = chosen.iter().map(|f| format!("{f}: {n}")).chain(["total: 0".into()]).collect();
    parts.push(format!(
        "struct State {{ {}\n func double(self) {{ return self.total * 2 + {n} * 0 }} }}",
        declared.join(", ")
    ));
    parts.push(format!("mut state := State {{ {} }}", values.join(", ")));
    // Declarations in another order.
    let at = random.below(parts.len() as u64) as usize;
    if parts[at].starts_with("func") {
        let part = parts.remove(at);
        parts.insert(0, part);
    }
    parts.join("\n")
}

struct Storm {
    engine: Engine,
    isolate: Isolate,
    module: ModuleHandle,
    random: Random,
    ticks: i64,
    version: u32,
}

impl Storm {
    fn new(seed: u64, stress: bool) -> Self {
        let engine = Engine::new();
        let mut random = Random(seed);
        let (host, _) = CaptureHost::new();
        let mut isolate = engine.isolate(Config::new(host).gc_stress(stress));
        let first = compile(&engine, &version(&mut random, 0)).expect("a valid program");
        let module = isolate.register("main", &first).expect("loads");
        isolate.execute(module, "").expect("runs");
        isolate.start_call((module, "spin"), ()).expect("begins");
        Self { engine, isolate, module, random, ticks: 0, version: 1 }
    }

    /// Whether everything that was done shows in the program's state.
    fn audit(&mut self) {
        let found = self.isolate.execute(self.module, "audit").expect("runs");
        let heap = &self.isolate.runtime().heap;
        let found = heap.items(found).expect("a list");
        let numbers: Vec<_> = found[..3].iter().map(|v| v.as_int()).collect();
        assert_eq!(numbers, [Some(self.ticks); 3], "state was lost or torn");
        let items = heap.items(found[3]).expect("a list");
        assert!(items.iter().map(|v| v.as_int()).eq((1..=self.ticks).map(Some)));
    }

    fn step(&mut self, n: u64) {
        match self.random.below(10) {
            0..=3 => {
                let text = version(&mut self.random, n);
                let program = compile(&self.engine, &text).expect("a valid program");
                let report = self.isolate.reload(self.module, &program).unwrap_or_else(|e| panic!("{e} in\n{text}"));
                self.version += 1;
                assert_eq!(report.version, self.version);
            }
            4 => {
                // Half of the file is there.
                let text = version(&mut self.random, n);
                let end = self.random.below(text.len() as u64) as usize;
                let half = text.get(..end).unwrap_or(&text);
                let _ = compile(&self.engine, &format!("{half}\n(((")).expect_err("is not complete");
            }
            5 => {
                // Fails as late as can be.
                let text = version(&mut self.random, n);
                let tail = ["let broken := 1 / 0", "func on_reload() { state.none = tick(1) }"];
                let tail = tail[self.random.below(2) as usize];
                let program = compile(&self.engine, &format!("{text}\n{tail}")).expect("compiles");
                let e = self.isolate.reload(self.module, &program).expect_err("the new code raises");
                assert!(matches!(e, Error::Stopped(_)), "{e}");
            }
            6 => {
                let program = compile(&self.engine, &version(&mut self.random, n)).expect("a valid program");
                let mut bytes = program.to_pbc(true).expect("fits");
                let at = self.random.below(bytes.len() as u64) as usize;
                bytes[at] ^= 1 << self.random.below(8);
                Program::from_pbc(&bytes, &FormatLimits::trusted()).expect_err("the hash differs");
            }
            7 => {
                let units = 1 + self.random.below(200);
                assert!(matches!(self.isolate.step(units), Ok(Progress::Running)), "the run goes on");
            }
            _ => {
                self.isolate.execute(self.module, "tick").expect("runs");
                self.ticks += 1;
            }
        }
    }
}

#[test]
fn a_storm_of_versions_loses_and_tears_nothing() {
    for (seed, steps, stress) in [(1, 3000, false), (2, 400, true), (3, 400, true)] {
        let mut storm = Storm::new(seed, stress);
        for n in 1..=steps {
            storm.step(n);
            storm.audit();
        }
    }
}

/// Kibibytes of memory that the process has now.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0)
}

#[test]
fn ten_thousand_reloads_leave_memory_flat() {
    let mut storm = Storm::new(7, false);
    let mut before = None;
    let reloads = 10_000;
    for n in 1..=reloads {
        let text = version(&mut storm.random, n);
        let program = compile(&storm.engine, &text).expect("a valid program");
        storm.isolate.reload(storm.module, &program).expect("fits");
        if n % 16 == 0 {
            storm.isolate.execute(storm.module, "tick").expect("runs");
            storm.ticks += 1;
            assert!(matches!(storm.isolate.step(50), Ok(Progress::Running)));
        }
        if n == 1000 {
            before = Some((storm.isolate.vm().expect("the default tier").table_sizes(), resident()));
        }
    }
    storm.audit();
    let (tables, memory) = before.expect("was noted");
    let now = storm.isolate.vm().expect("the default tier").table_sizes();
    for (before, now) in [
        (tables.function_places, now.function_places),
        (tables.global_places, now.global_places),
        (tables.constant_places, now.constant_places),
        (tables.versions + 8, now.versions),
    ] {
        assert!(now <= before + before / 4, "{tables:?} became {now:?}");
    }
    let grown = resident().saturating_sub(memory);
    println!("{grown} KiB more than after 1000 reloads; {now:?}");
    assert!(grown < 1024, "{grown} KiB more than after 1000 reloads");
}

#[test]
fn other_threads_replace_and_restart_a_running_program() {
    let engine = Engine::new();
    let text = |n: u64| {
        format!(
            "mut turns := 0\nfunc turn() {{ turns = turns + 1\n return {n} }}\nwhile turn() < 7 {{ }}\nprint(\"done\")"
        )
    };
    let text = |n: u64| text(n).replace("{ }", "{ turns = turns + 0 }");
    let (host, output) = CaptureHost::new();
    let mut isolate = engine.isolate(Config::new(host));
    let module = isolate.register("main", &compile(&engine, &text(1)).expect("valid")).expect("loads");
    let remote = isolate.remote();
    let (told, outcomes) = std::sync::mpsc::channel();
    isolate.on_reload(move |o| told.send((o.result.is_ok(), o.restarted)).expect("is awaited"));
    let versions: Vec<Vec<u8>> =
        (2..8).map(|n| compile(&engine, &text(n)).and_then(|p| p.to_pbc(true)).expect("valid")).collect();
    let sender = {
        let remote = remote.clone();
        std::thread::spawn(move || {
            for (i, version) in versions.into_iter().enumerate() {
                let after = if i % 2 == 0 { After::RestartMain } else { After::Continue };
                remote.reload(module, vec![1, 2, 3], After::Continue);
                remote.reload(module, version, after);
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        })
    };
    isolate.run(module).expect("the last version ends");
    sender.join().expect("sends all");
    isolate.serve_requests();
    assert_eq!(output.out(), "done\n");
    let outcomes: Vec<_> = outcomes.try_iter().collect();
    assert_eq!((outcomes.len(), outcomes.iter().filter(|o| o.0).count()), (12, 6));
    // Interrupting ends a program that would never end.
    let endless = compile(&engine, "mut n := 0\nwhile true { n = n + 1 }").expect("valid");
    let module = isolate.load(&endless).expect("loads");
    let other = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(30));
        remote.interrupt();
    });
    let e = isolate.run(module).expect_err("was interrupted");
    assert_eq!(e.trap(), Some(motet::Trap::Interrupted));
    other.join().expect("ends");
}

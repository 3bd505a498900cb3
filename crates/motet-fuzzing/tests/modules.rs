//! Hostile `.pbc` files: mutants, truncations, single-byte changes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use motet::Engine;
use motet_fuzzing::oracle::{Reached, decode_any, module};
use motet_fuzzing::{Language, Rng, cases, module as mutants};
use motet_testkit::on_large_stack;

/// Programs that together use most of what a module can hold.
const SAMPLES: [(Language, &str); 4] = [
    (
        Language::Ruff,
        "struct P { x: int, y: int\n func sum(self) { return self.x + self.y } }\n\
         func gen(n) { mut i := 0\n while i < n { i += 1\n if i % 2 == 0 { continue }\n print(i) } }\n\
         func risky(n) { if n > 1 { throw(\"big ${n}\") }\n return Ok(n) }\n\
         p := P { x: 1, y: 2 }\nprint(p.sum(), [1, 2.5, \"s\"], {\"k\": p})\ngen(4)\n\
         for n in [1, 2] { try { print(risky(n)) } except e { print(e.message) } }\n\
         add := func(a) { return func(b) { return a + b } }\nprint(add(1)(2), map([1, 2], add(3)))\n",
    ),
    (
        Language::Ruff,
        "func* numbers(n) { mut i := 0\n while i < n { yield i\n i += 1 } }\n\
         for v in numbers(3) { print(v) }\nlet [a, ...rest] := [1, 2, 3]\nprint(a, rest, {...{\"a\": 1}, \"b\": 2})\n\
         match Some(3) { case Some(x): { print(x) } default: { print(\"no\") } }\nd := {}\nd[\"k\"] := [1]\nd[\"k\"][0] := 2\nprint(d)\n",
    ),
    (
        Language::Moon,
        "struct N { v: Int, next: N? }\nfn build(n: Int) -> N? { if n == 0 { nil } else { N#{ v: n, next: build(n - 1) } } }\n\
         let total = 0;\nlet at = build(5);\nwhile !is_nil(at) { total += unwrap(at).v; at = unwrap(at).next; }\n\
         let xs = [3, 1, 2];\nsort(xs);\nprint(xs);\nlet f = fn(x: Float) -> Float { x * 2.5 };\nprint(f(1.5));\n\
         for i in 0..3 { xs[i] = xs[i] + total; }\nlet o = #{ a: 1, b: 2 };\no[\"c\"] = 3;\nstr(o) + str(xs)\n",
    ),
    (Language::Moon, "fn fib(n: Int) -> Int { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } }\nfib(9)\n"),
];

fn samples(debug: bool) -> Vec<Vec<u8>> {
    let engine = Engine::new();
    let encode = |(language, text): &(Language, &str)| {
        let program = engine.compile(language.name(), "sample", text);
        let program = program.unwrap_or_else(|e| panic!("{} sample: {e}", language.name()));
        program.to_pbc(debug).expect("fits the format")
    };
    SAMPLES.iter().map(encode).collect()
}

/// Runs one case; a panic is reported with what it was.
fn guarded(what: &str, bytes: &[u8]) -> Reached {
    match catch_unwind(AssertUnwindSafe(|| {
        decode_any(bytes);
        module(bytes)
    })) {
        Ok(reached) => reached,
        Err(_) => panic!("{what}: a panic, see above"),
    }
}

#[test]
fn mutants_are_refused_or_run_within_their_limits() {
    let (decode, verify, run) = on_large_stack(|| {
        let mut reached = (0, 0, 0);
        let samples: Vec<Vec<u8>> = samples(true).into_iter().chain(samples(false)).collect();
        for seed in 0..cases("MOTET_FUZZ_MUTANTS", 2_000) {
            let mut rng = Rng::new(seed as u64);
            let mutant = mutants::mutate(&samples[seed % samples.len()], &mut rng);
            match guarded(&format!("mutant {seed}"), &mutant) {
                Reached::Decode => reached.0 += 1,
                Reached::Verify => reached.1 += 1,
                Reached::Run => reached.2 += 1,
            }
        }
        reached
    });
    println!("{decode} do not decode, {verify} do not verify, {run} ran");
    assert!(decode > 0 && verify > 0 && run > 0, "the mutator misses a stage: {decode}, {verify}, {run}");
}

#[test]
fn every_truncation_is_refused() {
    for sample in samples(true) {
        for length in 0..sample.len() {
            let mut cut = sample[..length].to_vec();
            assert_eq!(guarded("truncation", &cut), Reached::Decode, "{length} bytes");
            // The same with a right hash: nothing but the content tells.
            mutants::repair_hash(&mut cut);
            assert_ne!(guarded("truncation with a repaired hash", &cut), Reached::Run, "{length} bytes");
        }
    }
}

#[test]
fn every_changed_byte_is_noticed_or_harmless() {
    on_large_stack(|| {
        for sample in samples(false) {
            for at in 0..sample.len() {
                let mut changed = sample.clone();
                changed[at] ^= 0x55;
                assert_eq!(guarded("changed byte", &changed), Reached::Decode, "byte {at}");
                for bits in [0x01, 0x80, 0xff] {
                    let mut changed = sample.clone();
                    changed[at] ^= bits;
                    mutants::repair_hash(&mut changed);
                    guarded(&format!("byte {at} changed by {bits:#x}, hash repaired"), &changed);
                }
            }
        }
    });
}

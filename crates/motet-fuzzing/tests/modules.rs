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

/// Instructions that those languages do not use, on a record whose fields have kinds.
const ASSEMBLED: &str = r#"
module "m"
language 0 "ruff"
init 0
const 0 selector "sum"
class 0 struct "P" language 0
  field "n" int
  field "l" list
layout 0 class 0 canonical "n" "l"
function 0 "main"
  params 0
  locals any any
  result any
  stack 4
code
  int 1
  list 0
  record 0
  set_local 0
  local 0
  int 5
  set_part 0
  L1:
  loop_head
  local 0
  part 0
  int 3
  dyn.lt
  unless_bool L3
  jump_unless L2
  local 0
  int 7
  int 2
  dyn.floordiv
  set_part 0
  jump L1
  L2:
  local 0
  int 1
  set_part 0
  local 0
  part 1
  is_type int
  jump_if L1
  local 0
  local 0
  int -7
  int 2
  dyn.mod
  send.from 0, 1
  L3:
  return
end
"#;

fn samples(debug: bool) -> Vec<Vec<u8>> {
    let engine = Engine::new();
    let encode = |(language, text): &(Language, &str)| {
        let program = engine.compile(language.name(), "sample", text);
        let program = program.unwrap_or_else(|e| panic!("{} sample: {e}", language.name()));
        program.to_pbc(debug).expect("fits the format")
    };
    let assembled = motet_bytecode::assemble(ASSEMBLED).unwrap_or_else(|e| panic!("{e}"));
    SAMPLES.iter().map(encode).chain([motet_bytecode::encode(&assembled)]).collect()
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

//! Compressed and signed `.pbc` files: real programs there and back, and damaged ones.

use std::panic::{AssertUnwindSafe, catch_unwind};

use motet::{Compression, Engine, Error, FormatLimits, PbcOptions, Program, PublicKey, SEED_LEN, SecretKey};
use motet_fuzzing::oracle::{Origin, container, decode_any, run_bounded};
use motet_fuzzing::{Rng, cases, module as mutants};
use motet_testkit::{Mode, compile, corpus, on_large_stack, repository};

fn key(number: u8) -> SecretKey {
    SecretKey::from_seed(&[number; SEED_LEN])
}

/// Programs of all languages that compile.
fn programs() -> Vec<(String, Program)> {
    let cases = corpus(&repository().join("corpus")).unwrap_or_else(|problems| panic!("{}", problems.join("\n")));
    let compiled = cases.iter().filter_map(|case| Some((case.name.clone(), compile(case, Mode::O1).ok()?)));
    compiled.filter(|(_, program)| program.verified().is_ok()).collect()
}

#[test]
fn every_program_survives_every_combination_of_flags() {
    let (me, other) = (key(1), key(2));
    on_large_stack(move || {
        let programs = programs();
        assert!(programs.len() > 100, "{} programs", programs.len());
        for (name, program) in programs {
            for (debug, compression) in [
                (true, Compression::None),
                (true, Compression::Lz4),
                (false, Compression::None),
                (false, Compression::Lz4),
            ] {
                let expected = program.bytecode(debug).expect("it verified");
                for key in [None, Some(&me)] {
                    let options = PbcOptions { debug, compression, key };
                    let bytes = program.to_pbc_with(&options).expect("it verified");
                    let limits = FormatLimits::trusted();
                    let loaded = Program::from_pbc(&bytes, &limits).unwrap_or_else(|e| panic!("{name}: {e}"));
                    assert!(loaded.bytecode(true).is_ok_and(|m| m == expected), "{name}: {options:?}");
                    let keys = [other.public(), me.public()];
                    let signed = Program::from_pbc_signed(&bytes, &limits, &keys);
                    assert_eq!(signed.is_ok(), key.is_some(), "{name}");
                    assert_eq!(signed.ok().and_then(|p| p.signer().copied()), key.map(SecretKey::public), "{name}");
                }
            }
        }
    });
}

/// What became of a damaged file.
#[derive(Debug, Default)]
struct Count {
    decode: usize,
    signature: usize,
    verify: usize,
    unsigned: usize,
    signed: usize,
}

impl Count {
    /// Loads a file with and without a demand for a signature, and runs what verifies.
    fn load(&mut self, bytes: &[u8], keys: &[PublicKey], original: &Program) {
        let limits = FormatLimits::strict();
        container(bytes, keys);
        decode_any(bytes);
        match Program::from_pbc_signed(bytes, &limits, keys) {
            Ok(program) => {
                // The debug section may be packed in another way, and that is all.
                let same = program.bytecode(true).ok() == original.bytecode(true).ok();
                assert!(same, "a changed program counts as signed");
                self.signed += 1;
            }
            Err(Error::Decode(e)) => {
                assert!(e.offset <= bytes.len().saturating_mul(200) && !e.to_string().is_empty());
                self.decode += 1;
                return;
            }
            Err(Error::Signature(_)) => self.signature += 1,
            Err(Error::Verify(_)) => panic!("the signature was not checked first"),
            Err(e) => panic!("{e}"),
        }
        match Program::from_pbc(bytes, &limits) {
            Ok(program) => {
                self.unsigned += 1;
                run_bounded(&program, Origin::Stranger);
            }
            Err(Error::Verify(_)) => self.verify += 1,
            Err(Error::Decode(_)) => self.decode += 1,
            Err(e) => panic!("{e}"),
        }
    }
}

#[test]
fn damaged_files_are_refused_or_run_unsigned_within_their_limits() {
    let key = key(1);
    let keys = [key.public()];
    let count = on_large_stack(move || {
        let engine = Engine::new();
        let text = "func fib(n) { if n < 2 { return n }\n return fib(n - 1) + fib(n - 2) }\n\
                    struct P { x: int, y: int }\np := P { x: 1, y: 2 }\nprint(fib(9), p.x, [1, 2.5, \"s\"], {\"k\": p})\n\
                    try { throw(\"big\") } except e { print(e.message) }\n";
        let program = engine.compile("ruff", "sample", &(text.to_string() + "# the same again\n".repeat(40).as_str()));
        let program = program.expect("compiles");
        let mut samples = Vec::new();
        for compression in [Compression::None, Compression::Lz4] {
            for key in [None, Some(&key)] {
                let options = PbcOptions { debug: true, compression, key };
                samples.push(program.to_pbc_with(&options).expect("fits"));
            }
        }
        let mut count = Count::default();
        for seed in 0..cases("MOTET_FUZZ_CONTAINERS", 10_000) {
            let mut rng = Rng::new(seed as u64);
            let sample = &samples[seed % samples.len()];
            let mutant =
                if rng.one_in(8) { mutants::damage(sample, &mut rng) } else { mutants::mutate(sample, &mut rng) };
            let loaded = catch_unwind(AssertUnwindSafe(|| count.load(&mutant, &keys, &program)));
            assert!(loaded.is_ok(), "mutant {seed}: a panic, see above");
        }
        count
    });
    println!("{count:?}");
    let Count { decode, signature, verify, unsigned, .. } = count;
    assert!([decode, signature, verify, unsigned].iter().all(|&n| n > 100), "the mutator misses a stage: {count:?}");
}

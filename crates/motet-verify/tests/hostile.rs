//! Damaged files: each is a typed error or a module that verifies; nothing
//! panics, nothing takes long.

use std::time::{Duration, Instant};

use motet_bytecode::{Limits, Module, Style, assemble, decode, disassemble, encode};
use motet_verify::verify;

fn sample() -> Module {
    assemble(include_str!("../../motet-bytecode/tests/sample.masm")).expect("the sample is well-formed")
}

fn repaired(mut bytes: Vec<u8>) -> Vec<u8> {
    motet_bytecode::rehash(&mut bytes);
    bytes
}

/// Tells whether the file loads and verifies.
fn survives(bytes: &[u8]) -> bool {
    match decode(bytes) {
        Ok(module) => verify(module, &Limits::strict()).is_ok(),
        Err(error) => {
            assert!(error.offset <= bytes.len());
            false
        }
    }
}

#[test]
fn the_sample_verifies() {
    let module = sample();
    if let Err(error) = verify(module.clone(), &Limits::strict()) {
        panic!("{error}\n{}", disassemble(&module, &Style::full()));
    }
}

#[test]
fn files_of_every_released_version_verify() {
    let check = |file: &[u8]| assert!(verify(decode(file).expect("loads"), &Limits::strict()).is_ok());
    check(include_bytes!("../../motet-bytecode/tests/version-1.pbc"));
    check(include_bytes!("../../motet-bytecode/tests/version-2.pbc"));
}

#[test]
fn the_example_in_the_documentation_verifies() {
    let page = include_str!("../../../docs/bytecode.md");
    let start = page.find("```\nmodule ").expect("has an example") + 4;
    let example = page[start..].split("```").next().expect("is closed");
    let module = assemble(example).unwrap_or_else(|e| panic!("{e}"));
    assert!(verify(module, &Limits::strict()).is_ok());
}

#[test]
fn every_single_byte_change_is_harmless() {
    let bytes = encode(&sample());
    let begun = Instant::now();
    let mut survived = 0;
    for at in 0..bytes.len() {
        for with in 0..=255 {
            if with != bytes[at] {
                let mut changed = bytes.clone();
                changed[at] = with;
                survived += u32::from(survives(&repaired(changed)));
            }
        }
    }
    assert!(survived > 0, "changed names and constants are still modules");
    assert!(begun.elapsed() < Duration::from_secs(120));
}

#[test]
fn every_truncation_with_a_right_hash_is_an_error() {
    let bytes = encode(&sample());
    for len in 33..bytes.len() - 1 {
        assert!(!survives(&repaired(bytes[..len].to_vec())), "cut to {len} bytes");
    }
}

#[test]
fn random_damage_to_code_is_harmless() {
    let module = sample();
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for _ in 0..20_000 {
        let mut changed = module.clone();
        let at = random(changed.functions.len());
        let f = &mut changed.functions[at];
        for _ in 0..=random(4) {
            let i = random(f.code.len());
            match random(4) {
                0 => f.code[i] = random(256) as u8,
                1 => f.code[i] = f.code[random(f.code.len())],
                2 => drop(f.code.remove(i)),
                _ => f.code.insert(i, random(0xb8) as u8),
            }
        }
        if let Ok(verified) = verify(changed, &Limits::strict()) {
            // What verifies can be walked with the facts alone.
            for (i, function) in verified.functions.iter().enumerate() {
                for block in verified.facts(motet_bytecode::FuncIdx(i as u32)).blocks() {
                    let mut stack = block.stack.to_vec();
                    let mut pc = block.start as usize;
                    while pc < block.end as usize {
                        let (op, next) = motet_bytecode::Op::decode(&function.code, pc).expect("is an instruction");
                        motet_verify::step(&verified, function, op, &mut stack).expect("fits");
                        assert!(stack.len() <= usize::from(function.max_stack));
                        pc = next;
                    }
                }
            }
        }
    }
}

#[test]
fn large_functions_verify_in_linear_time() {
    let build = |n: usize| {
        let mut text = String::from(
            "module \"m\"\nlanguage 0 \"l\"\ninit 0\nfunction 0 \"f\"\n  params 0\n  locals any any\n  result any\n  stack 3\ncode\n",
        );
        for i in 0..n {
            text.push_str(&format!(
                "int 1\nset_local 0\nlocal 0\nint 2\ndyn.lt\ntruthy\njump_unless L{i}\nlocal 0\nset_local 1\nL{i}:\n"
            ));
        }
        text.push_str("nil\nreturn\nend\n");
        assemble(&text).expect("is well-formed")
    };
    let time = |n| {
        let module = build(n);
        let begun = Instant::now();
        verify(module, &Limits::trusted()).expect("verifies");
        begun.elapsed()
    };
    time(1_000);
    let (small, large) = (time(20_000), time(160_000));
    assert!(large < small * 24 + Duration::from_millis(50), "{small:?} for 20,000, {large:?} for 160,000");
}

//! The `.pbc` container, the op table and assembly text.

use motet_bytecode::operand::OperandKind;
use motet_bytecode::ops::{MAX_OPERANDS, Op, OpError, TABLE, by_mnemonic, info, reference_markdown};
use motet_bytecode::{
    Compression, Const, DecodeErrorKind as Kind, HASH_LEN, Limits, Module, Style, assemble, content_hash, decode,
    decode_with, disassemble, encode, rehash, section, strip, write_sections,
};

const SAMPLE: &str = include_str!("sample.masm");

fn sample() -> Module {
    assemble(SAMPLE).expect("the sample is well-formed")
}

/// A file with its hashes made right again.
fn rehashed(mut bytes: Vec<u8>) -> Vec<u8> {
    rehash(&mut bytes);
    bytes
}

#[test]
fn every_op_survives_encoding_and_text() {
    for row in TABLE {
        assert!(row.operands.len() <= MAX_OPERANDS);
        let mut raw = [0x0102_0304, 0x0506];
        for (bits, operand) in raw.iter_mut().zip(row.operands) {
            *bits &= u32::MAX >> (32 - 8 * operand.2);
        }
        let op = Op::from_raw(row.number, raw).expect("all operands are in range");
        let mut code = vec![0xff];
        op.encode(&mut code);
        assert_eq!(code.len() - 1, row.size());
        assert_eq!(Op::decode(&code, 1), Ok((op, code.len())));
        assert!(Op::decode(&code[..code.len() - 1], 1).is_err());
        assert_eq!(by_mnemonic(row.mnemonic).map(|r| r.number), Some(row.number));
        assert_eq!(info(row.number).map(|r| r.name), Some(row.name));
        assert_eq!(op.label().is_some(), row.flags.has(motet_bytecode::ops::Flags::BRANCHES));
        let label_is_last =
            row.operands.iter().position(|o| o.1 == OperandKind::Label).is_none_or(|i| i + 1 == row.operands.len());
        assert!(label_is_last, "{}", row.mnemonic);
    }
    assert_eq!(Op::decode(&[0xff], 0), Err(OpError::UnknownOpcode(0xff)));
    assert_eq!(Op::decode(&[0x88, 99], 0), Err(OpError::BadOperand));
}

#[test]
fn the_sample_survives_every_form() {
    let module = sample();
    for (style, exact) in [(Style::full(), true), (Style::readable(), false), (Style::plain(), false)] {
        let text = disassemble(&module, &style);
        let mut expected = module.clone();
        if !exact {
            strip(&mut expected);
        }
        assert_eq!(assemble(&text).as_ref(), Ok(&expected), "{text}");
    }
    let bytes = encode(&module);
    assert_eq!(decode(&bytes).as_ref(), Ok(&module));
    assert_eq!(encode(&decode(&bytes).expect("just encoded")), bytes);
}

#[test]
fn the_same_module_gives_the_same_bytes_on_every_platform() {
    let hash = blake3::hash(&encode(&sample())).to_hex();
    assert_eq!(&hash[..16], "999ed62b3ac119a5");
}

#[test]
fn files_of_every_released_version_load() {
    let check = |file: &[u8], expected: &Module| assert_eq!(decode(file).as_ref(), Ok(expected));
    let mut module = sample();
    check(include_bytes!("version-1.pbc"), &module);
    module.functions[1].optional = 1;
    module.constants.push(Const::Str("again and ".repeat(40)));
    check(include_bytes!("version-2.pbc"), &module);
    check(include_bytes!("version-2-compressed.pbc"), &module);
}

#[test]
fn files_of_version_1_are_checked_as_they_were() {
    let bytes = include_bytes!("version-1.pbc");
    for len in 0..bytes.len() {
        assert!(decode(&bytes[..len]).is_err(), "cut to {len} bytes");
        let mut changed = bytes.to_vec();
        changed[len] ^= 1;
        assert!(decode(&changed).is_err(), "byte {len} changed");
        // Whatever comes out of it, it is no panic.
        let _ = decode(&rehashed(changed));
    }
    assert_eq!(content_hash(bytes).as_ref().map(|h| &h[..]), bytes.get(bytes.len() - HASH_LEN..));
}

#[test]
fn broken_code_is_shown_as_bytes() {
    let text = "module \"m\"\nlanguage 0 \"l\"\ninit 0\nfunction 0 \"f\"\n  params 0\n  locals\n  result any\n  stack 0\ncode\n  jump =3\n  byte 0xff\n  byte 0x01\nend\n";
    let module = assemble(text).expect("broken code is not the assembler's business");
    assert_eq!(module.functions[0].code, [0x20, 3, 0, 0, 0, 0xff, 1]);
    assert_eq!(assemble(&disassemble(&module, &Style::full())), Ok(module));
}

#[test]
fn the_assembler_names_the_line() {
    let check = |text: &str, line: u32| assert_eq!(assemble(text).expect_err(text).line, line);
    check("module \"a\"\nnonsense", 2);
    check("module \"a", 1);
    check("module \"\\q\"", 1);
    check("module \"\\u{110000}\"", 1);
    check("const 1 nil", 1);
    check("const 0 int 99999999999999999999", 1);
    check("function 0 \"f\"\ncode\n  nop\nend", 3);
    check("function 0 \"f\"\ncode\n  nil", 3);
    check("function 0 \"f\"\ncode\n  jump L9\nend", 4);
    check("function 0 \"f\"\ncode\n  local 65536\nend", 3);
    check("function 0 \"f\"\ncode\nL1:\nL1:\nend", 4);
    check("function 0 \"f\"\ncode\n  cast frog\nend", 3);
    check("init 0 0", 1);
}

#[test]
fn headers_are_refused_by_name() {
    let bytes = encode(&sample());
    let check = |at: usize, with: &[u8], expected: Kind| {
        let mut changed = bytes.clone();
        changed[at..at + with.len()].copy_from_slice(with);
        let error = decode(&rehashed(changed)).expect_err("changed");
        assert_eq!(error.kind, expected, "{error}");
    };
    check(0, b"PK", Kind::NotBytecode);
    check(4, &[3], Kind::UnsupportedVersion(3));
    check(4, &[0], Kind::UnsupportedVersion(0));
    check(8, &[4], Kind::UnknownFlag(4));
    check(11, &[0x80], Kind::UnknownFlag(0x8000_0000));
    // The flags contradict the table.
    check(8, &[1], Kind::BadSections);
    check(8, &[2], Kind::Truncated);
    assert_eq!(decode(b"").map_err(|e| e.kind), Err(Kind::NotBytecode));
    assert_eq!(decode(b"POH").map_err(|e| e.kind), Err(Kind::CutShort { expected: 16, actual: 3 }));
    let small = Limits { file_bytes: 10, ..Limits::strict() };
    assert_eq!(decode_with(&bytes, &small).map_err(|e| e.kind), Err(Kind::TooLarge));
    let mut damaged = bytes.clone();
    damaged[40] ^= 1;
    assert_eq!(decode(&damaged).map_err(|e| (e.kind, e.section)), Err((Kind::HashMismatch, None)));
    *damaged.last_mut().expect("not empty") ^= 1;
    damaged[40] ^= 1;
    assert_eq!(decode(&damaged).map_err(|e| (e.kind, e.section)), Err((Kind::HashMismatch, Some(section::DEBUG))));
}

/// A file from sections.
fn file(sections: &[(u8, &[u8])]) -> Vec<u8> {
    write_sections(sections, Compression::None, None)
}

/// Name, no languages, init 0, no tests; six empty tables.
const EMPTY: [(u8, &[u8]); 7] = [(1, &[0, 0, 0, 0]), (2, &[0]), (3, &[0]), (4, &[0]), (5, &[0]), (6, &[0]), (7, &[0])];

/// The sections of an empty module, with another one in its place.
fn replaced<'a>(section: &(u8, &'a [u8])) -> Vec<(u8, &'a [u8])> {
    EMPTY.iter().map(|(id, body)| if *id == section.0 { *section } else { (*id, *body) }).collect()
}

#[test]
fn sections_must_be_complete_ordered_and_known() {
    let check = |sections: &[(u8, &[u8])], expected: Result<(), Kind>| {
        assert_eq!(decode(&file(sections)).map(|_| ()).map_err(|e| e.kind), expected, "{sections:?}");
    };
    let with = |more: &[(u8, &'static [u8])]| [&EMPTY[..], more].concat();
    check(&EMPTY, Ok(()));
    check(&with(&[(0x90, &[1, 2, 3])]), Ok(()));
    check(&with(&[(0x80, &[0, 0])]), Ok(()));
    check(&with(&[(8, &[])]), Err(Kind::UnknownSection));
    check(&EMPTY[..6], Err(Kind::BadSections));
    check(&EMPTY[1..], Err(Kind::BadSections));
    check(&[EMPTY[0], EMPTY[0]], Err(Kind::BadSections));
    check(&[EMPTY[1], EMPTY[0]], Err(Kind::BadSections));
    check(&with(&[(0x80, &[0, 0, 0])]), Err(Kind::TrailingBytes));
    check(&replaced(&(1, &[0, 0, 0x80, 0, 0])), Err(Kind::BadNumber));
    check(&replaced(&(1, &[1, 0xff, 0, 0, 0])), Err(Kind::BadText));
    check(&replaced(&(2, &[1, 8])), Err(Kind::BadTag));
    let mut long = file(&EMPTY);
    long.push(0);
    assert_eq!(decode(&rehashed(long)).map_err(|e| e.kind), Err(Kind::TrailingBytes));
}

#[test]
fn a_count_of_billions_allocates_nothing() {
    // Eighty billion constants, functions, bytes of text: each in five bytes.
    let huge: &[u8] = &[0x80, 0xd0, 0xac, 0x83, 0xaa, 0x02];
    let mut program = huge.to_vec();
    program.extend_from_slice(&[0, 0, 0]);
    let check = |sections: &[(u8, &[u8])]| {
        let error = decode(&file(sections)).expect_err("there are no such bytes");
        assert_eq!(error.kind, Kind::CountTooLarge);
    };
    check(&replaced(&(1, &program)));
    for id in 2..=7 {
        check(&replaced(&(id, huge)));
    }
    check(&[EMPTY.as_slice(), &[(0x80, huge)]].concat());
}

#[test]
fn limits_are_kept_when_reading() {
    let bytes = encode(&sample());
    let strict = Limits::strict();
    let check = |limits: Limits| {
        assert_eq!(decode_with(&bytes, &limits).map_err(|e| e.kind), Err(Kind::TooLarge));
    };
    assert!(decode_with(&bytes, &strict).is_ok());
    check(Limits { functions: 4, ..strict });
    check(Limits { constants: 8, ..strict });
    check(Limits { table: 1, ..strict });
    check(Limits { members: 1, ..strict });
    check(Limits { locals: 3, ..strict });
    check(Limits { code_bytes: 20, ..strict });
    check(Limits { debug_bytes: 20, ..strict });
    check(Limits { name_bytes: 3, ..strict });
}

#[test]
fn every_truncation_and_every_changed_byte_is_an_error_or_another_module() {
    let bytes = encode(&sample());
    for len in 0..bytes.len() {
        assert!(decode(&bytes[..len]).is_err(), "cut to {len} bytes");
    }
    for at in 0..bytes.len() {
        for with in [bytes[at] ^ 1, bytes[at] ^ 0x80, 0, 0x7f, 0xff] {
            let mut changed = bytes.clone();
            changed[at] = with;
            assert!(with == bytes[at] || decode(&changed).is_err(), "byte {at} set to {with}");
            if let Ok(module) = decode(&rehashed(changed)) {
                assert!(!disassemble(&module, &Style::full()).is_empty());
            }
        }
    }
}

#[test]
fn spans_are_found_by_offset() {
    let module = sample();
    let names = module.function_debug(motet_bytecode::FuncIdx(0)).expect("has names");
    let at = |pc| names.span_at(pc).map(|s| (s.start, s.end));
    assert_eq!([at(0), at(5), at(9999)], [Some((0, 5)), Some((0, 5)), Some((0, 0))]);
    assert_eq!(motet_bytecode::FunctionDebug::default().span_at(0), None);
}

#[test]
fn floats_are_told_apart_by_bits() {
    assert_ne!(Const::Float(0.0), Const::Float(-0.0));
    assert_eq!(Const::Float(f64::NAN), Const::Float(f64::NAN));
}

#[test]
fn the_op_reference_in_the_documentation_is_current() {
    let page = include_str!("../../../docs/bytecode.md");
    let (_, rest) = page.split_once("<!-- ops: begin -->\n").expect("has the marker");
    let (table, _) = rest.split_once("<!-- ops: end -->").expect("has the marker");
    assert_eq!(
        table.trim(),
        reference_markdown().trim(),
        "run `cargo run -p motet-bytecode --example op_reference docs/bytecode.md`"
    );
}

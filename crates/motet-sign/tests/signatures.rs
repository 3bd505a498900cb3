//! Signed and compressed files, and everything that may be done to them.

use motet_bytecode::{
    Compression, Const, Container, DecodeErrorKind as Kind, HASH_LEN, Limits, Module, Signature, assemble, decode,
    decode_with, encode, encode_with, rehash, section, strip, write_sections,
};
use motet_sign::{KeyError, PublicKey, SEED_LEN, SecretKey, SignatureError, check, sign, signature};

fn key(number: u8) -> SecretKey {
    SecretKey::from_seed(&[number; SEED_LEN])
}

fn sample() -> Module {
    assemble(include_str!("../../motet-bytecode/tests/sample.masm")).expect("the sample is well-formed")
}

/// A module whose file is a little more than 10 KiB, half of which gets shorter when it is compressed.
fn large() -> Module {
    let mut module = sample();
    let mut state = 1u32;
    let mut noise = String::new();
    while noise.len() < 5_000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise.push(char::from(b' ' + (state >> 24) as u8 % 95));
    }
    module.constants.push(Const::Str(noise));
    module.constants.push(Const::Str("the same again, ".repeat(300)));
    module
}

fn signed(module: &Module, compression: Compression, key: &SecretKey) -> Vec<u8> {
    sign(&encode_with(module, compression), key, &Limits::trusted()).expect("just encoded")
}

type Sections = Vec<(u8, Vec<u8>)>;

/// What somebody who trusts these keys makes of a file.
fn load(bytes: &[u8], keys: &[PublicKey]) -> Result<Module, String> {
    let container = Container::open(bytes, &Limits::trusted()).map_err(|e| e.to_string())?;
    check(&container, keys).map_err(|e| e.to_string())?;
    container.decode(&Limits::trusted()).map_err(|e| e.to_string())
}

fn why(bytes: &[u8], keys: &[PublicKey]) -> SignatureError {
    let container = Container::open(bytes, &Limits::trusted()).expect("the container is whole");
    check(&container, keys).expect_err("nobody signed this")
}

/// Sections and signature of a file.
fn parts(bytes: &[u8]) -> (Sections, Option<Signature>) {
    let container = Container::open(bytes, &Limits::trusted()).expect("whole");
    let part = |part: Result<(u8, std::borrow::Cow<'_, [u8]>), _>| part.map(|(id, content)| (id, content.into_owned()));
    let sections: Result<_, motet_bytecode::DecodeError> = container.sections().map(part).collect();
    (sections.expect("unpacks"), container.signature().copied())
}

#[test]
fn every_combination_of_flags_gives_the_module_back() {
    for (module, stripped) in [(sample(), false), (large(), false), (large(), true)] {
        let mut module = module;
        if stripped {
            strip(&mut module);
        }
        for compression in [Compression::None, Compression::Lz4] {
            let plain = encode_with(&module, compression);
            assert_eq!(decode(&plain).as_ref(), Ok(&module));
            assert_eq!(encode_with(&module, compression), plain, "building again gives the same bytes");
            let bytes = signed(&module, compression, &key(1));
            assert_eq!(signed(&module, compression, &key(1)), bytes, "signing again gives the same bytes");
            assert_eq!(decode(&bytes).as_ref(), Ok(&module), "a signature is in nobody's way");
            assert_eq!(load(&bytes, &[key(2).public(), key(1).public()]).as_ref(), Ok(&module));
        }
    }
    let (plain, packed) = (encode(&large()), encode_with(&large(), Compression::Lz4));
    assert!(plain.len() > 10 << 10 && packed.len() < plain.len() * 2 / 3, "{} {}", plain.len(), packed.len());
}

#[test]
fn packing_again_keeps_a_signature_and_any_other_change_loses_it() {
    let bytes = signed(&large(), Compression::None, &key(1));
    let keys = [key(1).public()];
    let container = Container::open(&bytes, &Limits::trusted()).expect("whole");
    let packed = container.rewrite(Compression::Lz4, container.signature()).expect("unpacks");
    assert!(packed.len() < bytes.len());
    assert_eq!(load(&packed, &keys), Ok(large()));
    let container = Container::open(&packed, &Limits::trusted()).expect("whole");
    assert_eq!(container.rewrite(Compression::None, container.signature()).as_ref(), Ok(&bytes));
    assert_eq!(why(&container.rewrite(Compression::Lz4, None).expect("unpacks"), &keys), SignatureError::Missing);

    let (sections, signature) = parts(&bytes);
    let bad = SignatureError::Bad(keys[0].id());
    let refused = |sections: &[(u8, Vec<u8>)]| {
        for compression in [Compression::None, Compression::Lz4] {
            let changed = write_sections(sections, compression, signature.as_ref());
            match Container::open(&changed, &Limits::trusted()) {
                Ok(container) => assert_eq!(check(&container, &keys), Err(bad)),
                Err(error) => assert_eq!(error.kind, Kind::BadSections),
            }
        }
    };
    for at in 0..sections.len() {
        let change = |change: fn(&mut Sections, usize)| {
            let mut changed = sections.clone();
            change(&mut changed, at);
            refused(&changed);
        };
        // Left out, doubled, doubled as another one, emptied, longer, moved.
        change(|sections, at| drop(sections.remove(at)));
        change(|sections, at| sections.insert(at, sections[at].clone()));
        change(|sections, at| sections.push((0xf0, sections[at].1.clone())));
        change(|sections, at| sections[at].1.push(0));
        change(|sections, at| sections[at].0 |= 0x40);
        change(|sections, at| {
            let other = (at + 1) % sections.len();
            sections.swap(at, other);
        });
        change(|sections, at| {
            let other = (at + 1) % sections.len();
            let content = sections[at].1.clone();
            sections[at].1 = std::mem::replace(&mut sections[other].1, content);
        });
    }
    let mut appended = sections.clone();
    appended.push((0xff, Vec::new()));
    refused(&appended);
}

#[test]
fn every_changed_bit_of_a_signed_file_is_noticed() {
    let keys = [key(1).public()];
    for compression in [Compression::None, Compression::Lz4] {
        let bytes = signed(&large(), compression, &key(1));
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                assert!(Container::open(&changed, &Limits::trusted()).is_err(), "bit {bit} of byte {at}");
            }
        }
        assert_eq!(load(&bytes, &keys), Ok(large()));
    }
}

#[test]
fn every_changed_byte_is_noticed_by_the_signature_when_the_hashes_are_made_right() {
    let (module, keys) = (large(), [key(1).public()]);
    for compression in [Compression::None, Compression::Lz4] {
        let bytes = signed(&module, compression, &key(1));
        let mut opened = 0;
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            rehash(&mut changed);
            if changed == bytes {
                // It was a hash.
                continue;
            }
            opened += usize::from(Container::open(&changed, &Limits::trusted()).is_ok());
            // LZ4 can say some things in two ways; then nothing that was signed has changed.
            if let Ok(loaded) = load(&changed, &keys) {
                assert!(loaded == module && compression == Compression::Lz4, "byte {at}");
            }
        }
        assert!(opened * 2 > bytes.len(), "most changes reach the signature: {opened}");
    }
}

#[test]
fn every_truncation_says_what_is_missing() {
    for compression in [Compression::None, Compression::Lz4] {
        let bytes = signed(&large(), compression, &key(1));
        let mut sections = std::collections::BTreeSet::new();
        for len in 1..bytes.len() {
            let error = Container::open(&bytes[..len], &Limits::trusted()).expect_err("cut");
            let Kind::CutShort { expected, actual } = error.kind else { panic!("{len} bytes: {error}") };
            assert!(actual < expected && actual <= len, "{len} bytes: {error}");
            sections.insert(error.section);
        }
        // The head and all sections that have content.
        assert!(sections.contains(&None) && sections.contains(&Some(section::DEBUG)) && sections.len() > 7);
        let mut long = bytes.clone();
        long.push(0);
        assert_eq!(
            Container::open(&long, &Limits::trusted()).map(|_| ()).map_err(|e| e.kind),
            Err(Kind::TrailingBytes)
        );
    }
}

#[test]
fn a_signature_is_good_for_one_key_and_one_file() {
    let (one, two) = (key(1), key(2));
    let bytes = signed(&large(), Compression::Lz4, &one);
    assert_eq!(why(&bytes, &[two.public()]), SignatureError::UnknownKey(one.public().id()));
    assert_eq!(why(&bytes, &[]), SignatureError::UnknownKey(one.public().id()));
    assert_eq!(why(&encode(&large()), &[one.public()]), SignatureError::Missing);

    let with = |module: &Module, signature: Signature| {
        write_sections(&parts(&encode(module)).0, Compression::None, Some(&signature))
    };
    let container = Container::open(&bytes, &Limits::trusted()).expect("whole");
    let by_one = signature(&container, &one);
    // Another file, another key's name, another key's signature.
    let bad = |key: &SecretKey| SignatureError::Bad(key.public().id());
    assert_eq!(why(&with(&sample(), by_one), &[one.public()]), bad(&one));
    let renamed = Signature { key: two.public().id().0, ..by_one };
    assert_eq!(why(&with(&large(), renamed), &[one.public(), two.public()]), bad(&two));
    let by_two = Signature { key: one.public().id().0, ..signature(&container, &two) };
    assert_eq!(why(&with(&large(), by_two), &[one.public(), two.public()]), bad(&one));
    // Numbers that some checkers let through: nothing, everything, a scalar that is not reduced.
    for fill in [0, 0xff] {
        assert_eq!(why(&with(&large(), Signature { bytes: [fill; 64], ..by_one }), &[one.public()]), bad(&one));
    }
    let mut unreduced = by_one;
    unreduced.bytes[63] |= 0xe0;
    assert_eq!(why(&with(&large(), unreduced), &[one.public()]), bad(&one));
    assert!(load(&with(&large(), by_one), &[one.public()]).is_ok());
    // Signing a signed file replaces the signature.
    let again = sign(&bytes, &two, &Limits::trusted()).expect("whole");
    assert_eq!(why(&again, &[one.public()]), SignatureError::UnknownKey(two.public().id()));
    assert!(load(&again, &[two.public()]).is_ok());
}

/// A file of seven sections, where the constants say that they unpack to `size` bytes with this hash.
fn bomb(stored: &[u8], size: u64, hash: [u8; HASH_LEN]) -> Vec<u8> {
    let mut head = b"POHC\x02\0\0\0\x01\0\0\0\0\0\0\0\x07".to_vec();
    let number = |out: &mut Vec<u8>, mut value: u64| {
        while value >= 0x80 {
            out.push(value as u8 | 0x80);
            value >>= 7;
        }
        out.push(value as u8);
    };
    let others: [&[u8]; 7] = [&[0, 0, 0, 0], stored, &[0], &[0], &[0], &[0], &[0]];
    for (i, content) in others.iter().enumerate() {
        head.push(i as u8 + 1);
        let packed = i == 1;
        number(&mut head, if packed { size } else { content.len() as u64 });
        head.extend_from_slice(&if packed { hash } else { [0; HASH_LEN] });
        head.push(u8::from(packed));
        if packed {
            number(&mut head, stored.len() as u64);
            head.extend_from_slice(&[0; HASH_LEN]);
        }
    }
    let length = (head.len() as u32).to_le_bytes();
    head[12..16].copy_from_slice(&length);
    head.extend_from_slice(&[0; HASH_LEN]);
    for content in others {
        head.extend_from_slice(content);
    }
    rehash(&mut head);
    head
}

#[test]
fn decompression_bombs_are_refused_before_anything_is_unpacked() {
    let zeros = lz4_flex::block::compress(&vec![0; 4 << 20]);
    let kind = |bytes: &[u8], limits: &Limits| decode_with(bytes, limits).map(|_| ()).map_err(|e| e.kind);
    let stored = zeros.len();
    let trusted = Limits::trusted();
    // More than 200 times its stored size, whether or not that is true.
    for size in [4 << 20, stored * 200 + 1, 200 << 20] {
        let expected = if size > stored * 200 { Err(Kind::Bomb { size, stored }) } else { Err(Kind::BadCompression) };
        assert_eq!(kind(&bomb(&zeros, size as u64, [0; HASH_LEN]), &trusted), expected, "{size}");
    }
    for size in [u64::MAX, 1 << 62, 80 << 30, 257 << 20] {
        assert_eq!(kind(&bomb(&zeros, size, [0; HASH_LEN]), &trusted), Err(Kind::TooLarge), "{size}");
    }
    // Within the ratio, but beyond the limits of the reader.
    let text = lz4_flex::block::compress("0123456789".repeat(1 << 20).as_bytes());
    let padded = [text, vec![0; 60_000]].concat();
    assert_eq!(kind(&bomb(&padded, 10 << 20, [0; HASH_LEN]), &Limits::strict()), Err(Kind::TooLarge));
    // Less or more than what is there.
    let content = b"more and more and more and more and more and more".repeat(9);
    let block = lz4_flex::block::compress(&content);
    for size in [0, 1, content.len() as u64 - 1, content.len() as u64 + 1, 2 * content.len() as u64] {
        assert_eq!(kind(&bomb(&block, size, [0; HASH_LEN]), &trusted), Err(Kind::BadCompression), "{size}");
    }
    // The right size, and another content than the table says; `rehash` makes that right, so it is spoiled again.
    let mut other = bomb(&block, content.len() as u64, [0; HASH_LEN]);
    assert_eq!(
        kind(&other, &trusted).map_err(|k| matches!(k, Kind::BadTag | Kind::BadNumber | Kind::CountTooLarge)),
        Err(true)
    );
    let at = 17 + 35 + 3;
    other[at] ^= 1;
    let head = u32::from_le_bytes([other[12], other[13], other[14], other[15]]) as usize;
    let (front, rest) = other.split_at_mut(head);
    rest[..HASH_LEN].copy_from_slice(&hash(front));
    assert_eq!(kind(&other, &trusted), Err(Kind::HashMismatch));
}

fn hash(bytes: &[u8]) -> [u8; HASH_LEN] {
    *blake3::hash(bytes).as_bytes()
}

#[test]
fn ten_thousand_crafted_streams_end_soon_and_within_their_bounds() {
    let content = b"some text that can be packed, some text that can be packed, some more of it".repeat(3);
    let block = lz4_flex::block::compress(&content);
    let mut state = 7u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for case in 0..10_000 {
        let mut stream = block.clone();
        for _ in 0..=random(4) {
            let at = random(stream.len());
            match random(4) {
                0 => stream[at] = 0xff,
                1 => stream[at] ^= 1 << random(8),
                2 => stream.truncate(at.max(1)),
                _ => stream.insert(at, [0, 0x1f, 0xf0, 0xff][random(4)]),
            }
        }
        let size = [content.len(), random(stream.len() * 200), stream.len() * 200][random(3)];
        let file = bomb(&stream, size as u64, [0; HASH_LEN]);
        // Whatever comes out of it is an error of the stream or of what it unpacks to.
        if let Ok(module) = decode(&file) {
            assert!(module.functions.is_empty(), "case {case}");
        }
    }
}

#[test]
fn keys_are_read_strictly() {
    let secret = key(9);
    let text = secret.to_text();
    assert_eq!(SecretKey::from_text(&text).map(|k| k.public()), Ok(secret.public()));
    assert_eq!(SecretKey::from_text(&text.replace('\n', "\r\n")).map(|k| k.public()), Ok(secret.public()));
    let public = secret.public().to_string();
    assert_eq!(PublicKey::from_text(&public), Ok(secret.public()));
    let many = format!("# those who may release\n\n{public} me, at work\n  {}\n", key(8).public());
    assert_eq!(PublicKey::list(&many), Ok(vec![secret.public(), key(8).public()]));
    assert!(!format!("{secret:?}").contains("0909"), "a secret key is not shown");

    let check = |text: &str, expected: KeyError| {
        assert_eq!(PublicKey::list(text), Err(expected), "{text}");
    };
    check("", KeyError::Empty);
    check("# nothing\n", KeyError::Empty);
    check(&text, KeyError::IsSecret);
    check("ed25519:12", KeyError::Malformed);
    check(&public.replace("ed25519:", ""), KeyError::Malformed);
    check(&format!("{public}0"), KeyError::Malformed);
    check(&format!("{public}\nnonsense"), KeyError::Malformed);
    // The neutral element, for which anybody can sign; and no point at all.
    check(&format!("ed25519:01{}", "00".repeat(31)), KeyError::WeakKey);
    check(&format!("ed25519:02{}", "00".repeat(31)), KeyError::WeakKey);

    let check = |text: &str, expected: KeyError| {
        assert_eq!(SecretKey::from_text(text).map(|k| k.public()), Err(expected), "{text}");
    };
    check("", KeyError::Empty);
    check(&public, KeyError::IsPublic);
    check("secret 12", KeyError::Malformed);
    check(text.trim_end().rsplit_once('\n').expect("has lines").0, KeyError::Malformed);
    check(&format!("{text}more"), KeyError::Malformed);
    check(&text.replace("secret 0909", "secret 0908"), KeyError::Mismatch);
    check(&text.replace(&public, &key(8).public().to_string()), KeyError::Mismatch);
}

//! The bytes of an entry: what it holds for, then a `.pbc` module.
//!
//! ```text
//! entry    = magic:8 key:32 manifest_length:u32 module_length:u64 manifest hash:32 module
//! manifest = text:32 module:32 count:u32 question* count:u32 origin:u32*
//! question = kind:u8 path extension answer:32          path, extension = length:u32 bytes
//! origin   = 0: the module has the text of this source itself; 1: it is the program's; n + 2: it is the answer of question n
//! ```
//!
//! Numbers are little-endian. `hash` covers everything before it; the manifest has the module's own hash, which covers
//! the rest. So any change of any byte is found, and no two entries can be mixed.
//!
//! Invariant: any bytes give an entry or `None`; nothing is allocated that the bytes do not pay for.

use motet_bytecode::{HASH_LEN, Module, content_hash};

use crate::key::Key;
use crate::record::{Digest, Kind, Question};

const MAGIC: [u8; 8] = *b"MotetC\r\n";
const HEADER: usize = 8 + 32 + 4 + 8;

/// Where the text of one of the module's sources is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Module,
    Program,
    Question(usize),
}

/// What an entry says about its module.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// Hash of the program's text.
    pub(crate) text: Digest,
    pub(crate) questions: Vec<(Question, Digest)>,
    /// One for each source of the module.
    pub(crate) origins: Vec<Origin>,
}

impl Manifest {
    /// A manifest for a module. Texts of the module that are in files are taken out of it, and returned in order.
    pub(crate) fn take_texts(
        text: Digest,
        questions: &[(Question, Digest)],
        module: &mut Module,
    ) -> (Manifest, Vec<Option<String>>) {
        let (mut origins, mut taken) = (Vec::new(), Vec::new());
        for source in module.debug.iter_mut().flat_map(|debug| &mut debug.sources) {
            let digest = source.text.as_deref().map(crate::record::of_text);
            let read = |(q, answer): &(Question, Digest)| q.kind == Kind::Read && Some(*answer) == digest;
            let origin = match questions.iter().position(read) {
                _ if digest == Some(text) => Origin::Program,
                Some(number) => Origin::Question(number),
                None => Origin::Module,
            };
            origins.push(origin);
            taken.push(if origin == Origin::Module { None } else { source.text.take() });
        }
        (Manifest { text, questions: questions.to_vec(), origins }, taken)
    }

    /// The parts of an entry with this manifest.
    pub(crate) fn encode(&self, key: Key, module: &[u8]) -> Vec<u8> {
        let mut manifest = Vec::new();
        manifest.extend_from_slice(&self.text);
        manifest.extend_from_slice(&content_hash(module).unwrap_or([0; HASH_LEN]));
        number(&mut manifest, self.questions.len());
        for (question, answer) in &self.questions {
            manifest.push(question.kind as u8);
            for part in [&question.path, &question.extension] {
                number(&mut manifest, part.len());
                manifest.extend_from_slice(part.as_bytes());
            }
            manifest.extend_from_slice(answer);
        }
        number(&mut manifest, self.origins.len());
        for origin in &self.origins {
            number(
                &mut manifest,
                match origin {
                    Origin::Module => 0,
                    Origin::Program => 1,
                    Origin::Question(n) => n + 2,
                },
            );
        }
        let mut out = Vec::with_capacity(HEADER + manifest.len() + 32);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&key.0);
        number(&mut out, manifest.len());
        out.extend_from_slice(&(module.len() as u64).to_le_bytes());
        out.extend_from_slice(&manifest);
        let hash = blake3::hash(&out);
        out.extend_from_slice(hash.as_bytes());
        out
    }
}

fn number(out: &mut Vec<u8>, value: usize) {
    // Lists and texts that do not fit make an entry that is not read back.
    out.extend_from_slice(&u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes());
}

/// An entry for `key`: its manifest and the bytes of its module.
pub(crate) fn decode(bytes: &[u8], key: Key) -> Option<(Manifest, &[u8])> {
    let mut header = Reader { rest: bytes };
    if header.bytes(8)? != MAGIC || header.bytes(32)? != key.0 {
        return None;
    }
    let manifest_length = header.number()?;
    let module_length = u64::from_le_bytes(header.array()?);
    let manifest = header.bytes(manifest_length)?;
    let covered = bytes.get(..HEADER.checked_add(manifest_length)?)?;
    if *blake3::hash(covered).as_bytes() != header.array()? || header.rest.len() as u64 != module_length {
        return None;
    }
    let module = header.rest;
    let mut reader = Reader { rest: manifest };
    let text = reader.array()?;
    if content_hash(module)? != reader.array()? {
        return None;
    }
    let mut questions = Vec::new();
    for _ in 0..reader.number()? {
        let kind = Kind::of(*reader.bytes(1)?.first()?)?;
        let question = Question { kind, path: reader.text()?, extension: reader.text()? };
        questions.push((question, reader.array()?));
    }
    let mut origins = Vec::new();
    for _ in 0..reader.number()? {
        origins.push(match reader.number()? {
            0 => Origin::Module,
            1 => Origin::Program,
            n => Origin::Question(n - 2),
        });
    }
    reader.rest.is_empty().then_some((Manifest { text, questions, origins }, module))
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (found, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(found)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    fn number(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.array()?)).ok()
    }

    fn text(&mut self) -> Option<String> {
        let length = self.number()?;
        String::from_utf8(self.bytes(length)?.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_back_and_any_change_of_a_byte_is_found() {
        let mut module = Module::default();
        let source = |name: &str, text: &str| motet_bytecode::Source { name: name.into(), text: Some(text.into()) };
        let sources = vec![source("main", "the program"), source("library", "a file"), source("prelude", "built in")];
        module.debug = Some(motet_bytecode::Debug { sources: sources.clone(), functions: Vec::new() });
        let question = |kind, path: &str| Question { kind, path: path.into(), extension: "x".into() };
        let digest = crate::record::of_text;
        let questions =
            [(question(Kind::Exists, "library"), [1; 32]), (question(Kind::Read, "library"), digest("a file"))];
        let (manifest, taken) = Manifest::take_texts(digest("the program"), &questions, &mut module);
        assert_eq!(manifest.origins, [Origin::Program, Origin::Question(1), Origin::Module]);
        assert_eq!(taken, [Some("the program".into()), Some("a file".into()), None]);

        let pbc = motet_bytecode::encode(&module);
        let key = Key([7; 32]);
        let mut bytes = manifest.encode(key, &pbc);
        bytes.extend_from_slice(&pbc);
        assert_eq!(decode(&bytes, key), Some((manifest, pbc.as_slice())));
        assert_eq!(decode(&bytes, Key([8; 32])), None, "the entry of another key");
        for at in 0..bytes.len() {
            for bit in 0..8 {
                bytes[at] ^= 1 << bit;
                let read = decode(&bytes, key).is_some_and(|(_, module)| motet_bytecode::decode(module).is_ok());
                assert!(!read, "bit {bit} of byte {at}");
                bytes[at] ^= 1 << bit;
            }
            assert_eq!(decode(&bytes[..at], key), None, "cut at {at}");
        }
        bytes.push(0);
        assert_eq!(decode(&bytes, key), None, "a byte more");
    }

    #[test]
    fn counts_that_nothing_pays_for_are_refused_also_when_the_hash_is_right() {
        let module = motet_bytecode::encode(&Module::default());
        let mut manifest = vec![0u8; 32];
        manifest.extend_from_slice(&content_hash(&module).expect("has one"));
        manifest.extend_from_slice(&u32::MAX.to_le_bytes());
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&[7; 32]);
        number(&mut bytes, manifest.len());
        bytes.extend_from_slice(&(module.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&manifest);
        let hash = *blake3::hash(&bytes).as_bytes();
        bytes.extend_from_slice(&hash);
        bytes.extend_from_slice(&module);
        assert_eq!(decode(&bytes, Key([7; 32])), None);
    }
}

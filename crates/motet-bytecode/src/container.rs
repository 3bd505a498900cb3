//! The container of a `.pbc` file: what stands around the sections, and how
//! much of it may be believed at which moment.
//!
//! Invariants: bytes are believed in this order: magic, version, flags and
//! sizes; the hash of the head; the hashes of the sections as stored; the
//! signature, when the caller demands one ([`Container::signed_message`]);
//! then sections are unpacked, and their hashes compared again; only then is
//! anything decoded. Nothing is allocated from a size that exceeds the limits
//! or [`MAX_RATIO`] times the bytes that are there. The signed message names
//! the unpacked sections, so packing again leaves a signature valid.

use alloc::{borrow::Cow, vec, vec::Vec};

use crate::encode::{number, section};
use crate::reader::{DecodeError, DecodeErrorKind as Kind, Reader};
use crate::{FORMAT_VERSION, Limits, MAGIC, OLDEST_VERSION};

type Result<T> = core::result::Result<T, DecodeError>;

/// Length of every hash in a file, in bytes.
pub const HASH_LEN: usize = 32;
/// A BLAKE3 hash.
pub type Hash = [u8; HASH_LEN];
/// A section is never unpacked to more than so many times its stored size.
pub const MAX_RATIO: usize = 200;

/// Magic, version, flags, length of the head.
const PREFIX_LEN: usize = 16;
/// Magic, version, flags: what files of version 1 begin with.
const FIRST_PREFIX_LEN: usize = 12;
/// Longest head, in bytes: more than 256 sections and a signature need.
const MAX_HEAD: usize = 64 << 10;
/// Header flag: at least one section is compressed.
const FLAG_COMPRESSED: u32 = 1;
/// Header flag: the head holds a signature.
const FLAG_SIGNED: u32 = 2;
/// First bytes of what is signed; nothing else that anybody signs begins with them.
const SIGNED_DOMAIN: &[u8] = b"motet .pbc signature\0";
/// Number of the only signature scheme: Ed25519 over the signed message.
const ED25519: u8 = 1;
/// What a compressed section adds to the table, in bytes: the smallest gain that compression must bring.
const PACKED_ENTRY: usize = HASH_LEN + 2;

/// How sections are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// As they are.
    #[default]
    None,
    /// As LZ4 blocks, where that is shorter.
    Lz4,
}

/// A signature as a file holds it. What it proves is for whoever knows keys to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Which key made it.
    pub key: [u8; 16],
    /// The Ed25519 signature.
    pub bytes: [u8; 64],
}

/// The head of a file, and its sections as stored; all hashes of stored bytes are right.
#[derive(Clone, Debug)]
pub struct Container<'a> {
    entries: Vec<Entry<'a>>,
    signature: Option<Signature>,
    hash: Hash,
}

/// One row of the section table.
#[derive(Clone, Debug)]
struct Entry<'a> {
    id: u8,
    /// Bytes when unpacked.
    size: usize,
    /// Hash of the unpacked bytes.
    hash: Hash,
    /// Length and hash of the stored bytes, of a compressed section.
    packed: Option<(usize, Hash)>,
    stored: &'a [u8],
}

impl<'a> Container<'a> {
    /// Reads everything around the sections.
    ///
    /// # Errors
    /// The first thing that cannot be believed.
    pub fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self> {
        let (version, flags, head) = prefix(bytes, limits)?;
        if version == 1 {
            return Self::open_first(bytes, limits);
        }
        let fail = |kind, offset| Err(DecodeError { kind, section: None, offset });
        let Some((head, rest)) = bytes.split_at_checked(head) else {
            return fail(Kind::CutShort { expected: head + HASH_LEN, actual: bytes.len() }, bytes.len());
        };
        let Some((hash, rest)) = rest.split_first_chunk::<HASH_LEN>() else {
            return fail(Kind::CutShort { expected: head.len() + HASH_LEN, actual: bytes.len() }, bytes.len());
        };
        if blake3::hash(head).as_bytes() != hash {
            return fail(Kind::HashMismatch, head.len());
        }
        let mut reader = Reader::new(head.get(PREFIX_LEN..).unwrap_or(&[]), PREFIX_LEN);
        let mut entries = section_table(&mut reader, limits)?;
        let compressed = entries.iter().any(|e| e.packed.is_some());
        let signature = if flags & FLAG_SIGNED == 0 { None } else { Some(signature(&mut reader)?) };
        reader.finish()?;
        if compressed != (flags & FLAG_COMPRESSED != 0) {
            return fail(Kind::BadSections, 8);
        }
        cut(&mut entries, rest, head.len() + HASH_LEN)?;
        for entry in &entries {
            let expected = entry.packed.map_or(entry.hash, |p| p.1);
            if *blake3::hash(entry.stored).as_bytes() != expected {
                return Err(entry.error(Kind::HashMismatch));
            }
        }
        Ok(Container { entries, signature, hash: *hash })
    }

    /// Reads everything around the sections of a file of version 1: magic, version, no flags, a table of numbers and
    /// lengths, the sections, and a hash of all that.
    fn open_first(bytes: &'a [u8], limits: &Limits) -> Result<Self> {
        let fail = |kind, offset| Err(DecodeError { kind, section: None, offset });
        let Some((content, hash)) = bytes.split_last_chunk::<HASH_LEN>() else {
            return fail(Kind::CutShort { expected: FIRST_PREFIX_LEN + HASH_LEN, actual: bytes.len() }, bytes.len());
        };
        if blake3::hash(content).as_bytes() != hash {
            return fail(Kind::HashMismatch, content.len());
        }
        let mut reader = Reader::new(content.get(FIRST_PREFIX_LEN..).unwrap_or(&[]), FIRST_PREFIX_LEN);
        let mut entries = Vec::new();
        for _ in 0..reader.count(2, 256)? {
            let unordered = reader.error(Kind::BadSections);
            let id = reader.u8()?;
            if entries.last().is_some_and(|last: &Entry<'_>| last.id >= id) {
                return Err(unordered);
            }
            let size = reader.count(1, usize::MAX)?;
            if id == section::DEBUG && size > limits.debug_bytes {
                return Err(DecodeError { section: Some(id), ..reader.error(Kind::TooLarge) });
            }
            entries.push(Entry { id, size, hash: [0; HASH_LEN], packed: None, stored: &[] });
        }
        let base = reader.offset();
        cut(&mut entries, content.get(base..).unwrap_or(&[]), base)?;
        for entry in &mut entries {
            entry.hash = *blake3::hash(entry.stored).as_bytes();
        }
        Ok(Container { entries, signature: None, hash: *hash })
    }

    /// The hash of the head. The head holds the hashes of all sections, so this one stands for the whole file.
    #[must_use]
    pub fn hash(&self) -> &Hash {
        &self.hash
    }

    /// The signature, of which nothing is proven yet.
    #[must_use]
    pub fn signature(&self) -> Option<&Signature> {
        self.signature.as_ref()
    }

    /// Whether a section is compressed.
    #[must_use]
    pub fn is_compressed(&self) -> bool {
        self.entries.iter().any(|e| e.packed.is_some())
    }

    /// What a signature by this key must cover: the format version, and number, size and hash of every unpacked section.
    #[must_use]
    pub fn signed_message(&self, key: &[u8; 16]) -> Vec<u8> {
        let mut out = SIGNED_DOMAIN.to_vec();
        out.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        out.push(ED25519);
        out.extend_from_slice(key);
        out.extend_from_slice(&(self.entries.len() as u32).to_le_bytes());
        for entry in &self.entries {
            out.push(entry.id);
            out.extend_from_slice(&(entry.size as u64).to_le_bytes());
            out.extend_from_slice(&entry.hash);
        }
        out
    }

    /// Numbers and sizes of the sections, unpacked and as stored.
    pub fn sizes(&self) -> impl Iterator<Item = (u8, usize, usize)> {
        self.entries.iter().map(|e| (e.id, e.size, e.stored.len()))
    }

    /// The sections, unpacked one by one as the iterator goes on. Their content may be anything.
    pub fn sections(&self) -> impl Iterator<Item = Result<(u8, Cow<'a, [u8]>)>> {
        self.entries.iter().map(|entry| Ok((entry.id, entry.content()?)))
    }

    /// The file with sections stored in this way and this signature.
    ///
    /// # Errors
    /// Compressed sections that cannot be unpacked.
    pub fn rewrite(&self, compression: Compression, signature: Option<&Signature>) -> Result<Vec<u8>> {
        let sections: Vec<(u8, Cow<'a, [u8]>)> = self.sections().collect::<Result<_>>()?;
        Ok(write(&sections, compression, signature))
    }
}

impl<'a> Entry<'a> {
    fn error(&self, kind: Kind) -> DecodeError {
        DecodeError { kind, section: Some(self.id), offset: 0 }
    }

    fn content(&self) -> Result<Cow<'a, [u8]>> {
        if self.packed.is_none() {
            return Ok(Cow::Borrowed(self.stored));
        }
        // The size was compared with the limits and with the stored bytes when the table was read.
        let mut content = vec![0; self.size];
        match lz4_flex::block::decompress_into(self.stored, &mut content) {
            Ok(len) if len == self.size => {}
            _ => return Err(self.error(Kind::BadCompression)),
        }
        if *blake3::hash(&content).as_bytes() != self.hash {
            return Err(self.error(Kind::HashMismatch));
        }
        Ok(Cow::Owned(content))
    }
}

/// The hash that a file says its head has: [`Container::open`] refuses files where it is another one, so that it
/// names everything a file says. `None` for what is too short to have one.
#[must_use]
pub fn content_hash(bytes: &[u8]) -> Option<Hash> {
    if bytes.get(4..8)? == 1u32.to_le_bytes() {
        return bytes.last_chunk().copied();
    }
    let head = bytes.get(12..PREFIX_LEN)?;
    let head = u32::from_le_bytes(head.try_into().ok()?);
    bytes.get(usize::try_from(head).ok()?..)?.first_chunk().copied()
}

/// Checks magic, version, flags and sizes; tells version, flags and length of the head (0 in version 1, which has none).
fn prefix(bytes: &[u8], limits: &Limits) -> Result<(u32, u32, usize)> {
    let fail = |kind, offset| Err(DecodeError { kind, section: None, offset });
    let magic = bytes.get(..MAGIC.len().min(bytes.len())).unwrap_or(&[]);
    if magic.is_empty() || !MAGIC.starts_with(magic) {
        return fail(Kind::NotBytecode, 0);
    }
    let short = DecodeError {
        kind: Kind::CutShort { expected: PREFIX_LEN, actual: bytes.len() },
        section: None,
        offset: bytes.len(),
    };
    let mut reader = Reader::new(bytes, 0);
    reader.bytes(MAGIC.len()).map_err(|_| short)?;
    let version = reader.fixed_u32().map_err(|_| short)?;
    if !(OLDEST_VERSION..=FORMAT_VERSION).contains(&version) {
        return fail(Kind::UnsupportedVersion(version), 4);
    }
    let flags = reader.fixed_u32().map_err(|_| short)?;
    let known = if version == 1 { 0 } else { FLAG_COMPRESSED | FLAG_SIGNED };
    if flags & !known != 0 {
        return fail(Kind::UnknownFlag(flags & !known), 8);
    }
    if bytes.len() > limits.file_bytes {
        return fail(Kind::TooLarge, limits.file_bytes);
    }
    if version == 1 {
        return Ok((version, flags, 0));
    }
    let head = reader.fixed_u32().map_err(|_| short)? as usize;
    if head <= PREFIX_LEN || head > MAX_HEAD {
        return fail(Kind::BadSections, 12);
    }
    Ok((version, flags, head))
}

/// The rows of the table, without their stored bytes.
fn section_table<'a>(reader: &mut Reader<'_>, limits: &Limits) -> Result<Vec<Entry<'a>>> {
    // Number, size, hash, coding.
    let count = reader.count(3 + HASH_LEN, 256)?;
    let mut entries: Vec<Entry<'a>> = Vec::with_capacity(count);
    let mut total = 0usize;
    for _ in 0..count {
        let unordered = reader.error(Kind::BadSections);
        let id = reader.u8()?;
        if entries.last().is_some_and(|last| last.id >= id) {
            return Err(unordered);
        }
        let too_large = DecodeError { section: Some(id), ..reader.error(Kind::TooLarge) };
        let size = usize::try_from(reader.u64()?).map_err(|_| too_large)?;
        total = total.checked_add(size).filter(|&t| t <= limits.file_bytes).ok_or(too_large)?;
        if id == section::DEBUG && size > limits.debug_bytes {
            return Err(too_large);
        }
        let hash = hash(reader)?;
        let coding = reader.error(Kind::UnknownCoding);
        let packed = match reader.u8()? {
            0 => None,
            1 => {
                let stored = usize::try_from(reader.u64()?).map_err(|_| too_large)?;
                if size > stored.saturating_mul(MAX_RATIO) {
                    return Err(DecodeError { kind: Kind::Bomb { size, stored }, section: Some(id), offset: 0 });
                }
                Some((stored, self::hash(reader)?))
            }
            _ => return Err(DecodeError { section: Some(id), ..coding }),
        };
        entries.push(Entry { id, size, hash, packed, stored: &[] });
    }
    Ok(entries)
}

fn hash(reader: &mut Reader<'_>) -> Result<Hash> {
    let mut hash = [0; HASH_LEN];
    hash.copy_from_slice(reader.bytes(HASH_LEN)?);
    Ok(hash)
}

fn signature(reader: &mut Reader<'_>) -> Result<Signature> {
    let unknown = reader.error(Kind::UnknownSignature);
    if reader.u8()? != ED25519 {
        return Err(unknown);
    }
    let mut signature = Signature { key: [0; 16], bytes: [0; 64] };
    signature.key.copy_from_slice(reader.bytes(16)?);
    signature.bytes.copy_from_slice(reader.bytes(64)?);
    Ok(signature)
}

/// Gives every entry its stored bytes; `base` is where they begin in the file.
fn cut<'a>(entries: &mut [Entry<'a>], mut rest: &'a [u8], base: usize) -> Result<()> {
    let end = base + rest.len();
    for entry in entries {
        let len = entry.packed.map_or(entry.size, |p| p.0);
        let Some((stored, after)) = rest.split_at_checked(len) else {
            let kind = Kind::CutShort { expected: len, actual: rest.len() };
            return Err(DecodeError { kind, section: Some(entry.id), offset: end });
        };
        (entry.stored, rest) = (stored, after);
    }
    if rest.is_empty() {
        Ok(())
    } else {
        Err(DecodeError { kind: Kind::TrailingBytes, section: None, offset: end - rest.len() })
    }
}

/// A file from sections in ascending order of their numbers. Readers find out whether they make sense.
#[must_use]
pub fn write<B: AsRef<[u8]>>(sections: &[(u8, B)], compression: Compression, signature: Option<&Signature>) -> Vec<u8> {
    let packed: Vec<Option<Vec<u8>>> =
        sections.iter().map(|(_, content)| pack(content.as_ref(), compression)).collect();
    let flag = |set: bool, flag: u32| if set { flag } else { 0 };
    let flags = flag(packed.iter().any(Option::is_some), FLAG_COMPRESSED) | flag(signature.is_some(), FLAG_SIGNED);
    let mut out = Vec::new();
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    out.extend_from_slice(&flags.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    number(&mut out, sections.len() as u64);
    for ((id, content), packed) in sections.iter().zip(&packed) {
        let content = content.as_ref();
        out.push(*id);
        number(&mut out, content.len() as u64);
        out.extend_from_slice(blake3::hash(content).as_bytes());
        out.push(u8::from(packed.is_some()));
        if let Some(packed) = packed {
            number(&mut out, packed.len() as u64);
            out.extend_from_slice(blake3::hash(packed).as_bytes());
        }
    }
    if let Some(signature) = signature {
        out.push(ED25519);
        out.extend_from_slice(&signature.key);
        out.extend_from_slice(&signature.bytes);
    }
    let head = (out.len() as u32).to_le_bytes();
    for (to, from) in out.iter_mut().skip(12).zip(head) {
        *to = from;
    }
    let hash = blake3::hash(&out);
    out.extend_from_slice(hash.as_bytes());
    for ((_, content), packed) in sections.iter().zip(&packed) {
        out.extend_from_slice(packed.as_deref().unwrap_or(content.as_ref()));
    }
    out
}

/// The packed form of a section, if it is worth having and readers unpack it.
fn pack(content: &[u8], compression: Compression) -> Option<Vec<u8>> {
    let packed = match compression {
        Compression::None => return None,
        Compression::Lz4 => lz4_flex::block::compress(content),
    };
    let worth = packed.len().saturating_add(PACKED_ENTRY) < content.len();
    (worth && content.len() <= packed.len().saturating_mul(MAX_RATIO)).then_some(packed)
}

/// Makes the hashes of a file right again after its bytes were changed, as far as its head can still be read: for
/// tools that alter files, such as tests. A signature stays what it was.
pub fn rehash(bytes: &mut [u8]) {
    if bytes.get(4..8) == Some(&1u32.to_le_bytes()) {
        if let Some((content, hash)) = bytes.split_last_chunk_mut::<HASH_LEN>() {
            *hash = *blake3::hash(content).as_bytes();
        }
        return;
    }
    let Some(head) = bytes.get(12..PREFIX_LEN).and_then(|b| <[u8; 4]>::try_from(b).ok()) else { return };
    let head = u32::from_le_bytes(head) as usize;
    // Where a hash stands, and what it is.
    let mut patches: Vec<(usize, Hash)> = Vec::new();
    if let Some((front, stored)) = bytes.split_at_checked(head.saturating_add(HASH_LEN)) {
        section_hashes(front.get(..head).unwrap_or(&[]), stored, &mut patches);
    }
    for (at, hash) in patches {
        patch(bytes, at, &hash);
    }
    if let Some(front) = bytes.get(..head) {
        let hash = *blake3::hash(front).as_bytes();
        patch(bytes, head, &hash);
    }
}

fn patch(bytes: &mut [u8], at: usize, hash: &Hash) {
    if let Some(place) = bytes.get_mut(at..).and_then(|rest| rest.get_mut(..HASH_LEN)) {
        place.copy_from_slice(hash);
    }
}

/// The hashes of the table that the stored bytes really have; stops where the table makes no sense.
fn section_hashes(head: &[u8], mut stored: &[u8], patches: &mut Vec<(usize, Hash)>) -> Option<()> {
    let mut reader = Reader::new(head.get(PREFIX_LEN..)?, PREFIX_LEN);
    for _ in 0..reader.count(1, 256).ok()? {
        reader.u8().ok()?;
        let size = usize::try_from(reader.u64().ok()?).ok()?;
        let at = reader.offset();
        reader.bytes(HASH_LEN).ok()?;
        let packed = reader.u8().ok()? == 1;
        let len = if packed { usize::try_from(reader.u64().ok()?).ok()? } else { size };
        let (content, rest) = stored.split_at_checked(len)?;
        stored = rest;
        let hash = *blake3::hash(content).as_bytes();
        if !packed {
            patches.push((at, hash));
            continue;
        }
        patches.push((reader.offset(), hash));
        reader.bytes(HASH_LEN).ok()?;
        if size <= len.saturating_mul(MAX_RATIO) {
            let mut content_bytes = vec![0; size];
            if lz4_flex::block::decompress_into(content, &mut content_bytes).is_ok() {
                patches.push((at, *blake3::hash(&content_bytes).as_bytes()));
            }
        }
    }
    Some(())
}

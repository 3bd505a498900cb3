//! Packs: several modules one after the other in memory, for instance in a flash that was written on the desk.
//!
//! Form, all numbers 32 bits little-endian: `MTPK`, number of entries, then for each entry flags, length of the name,
//! length of the content, name, content, zeros up to a multiple of four bytes.
//!
//! Invariant: reading takes nothing for granted; bytes that do not fit end the list with [`Damaged`].

use alloc::vec::Vec;

/// First bytes of a pack.
pub const MAGIC: [u8; 4] = *b"MTPK";

/// Power off when all entries have run, instead of reading lines.
pub const THEN_OFF: u32 = 1;
/// Say in lines of their own where the output of each entry begins and ends.
pub const FRAMED: u32 = 2;

/// The pack is cut off or was overwritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged;

/// One module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its name.
    pub name: &'a str,
    /// The bytes of a `.pbc` file, or source text whose language the name's extension tells.
    pub content: &'a [u8],
}

/// A pack's content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pack<'a> {
    /// A union of [`THEN_OFF`] and [`FRAMED`].
    pub flags: u32,
    /// The modules in order.
    pub entries: Vec<Entry<'a>>,
}

/// Reads a pack. `None` if there is none.
///
/// # Errors
/// [`Damaged`].
pub fn read(bytes: &[u8]) -> Option<Result<Pack<'_>, Damaged>> {
    bytes.starts_with(&MAGIC).then(|| entries(&bytes[MAGIC.len()..]).ok_or(Damaged))
}

fn entries(mut rest: &[u8]) -> Option<Pack<'_>> {
    let flags = number(&mut rest)?;
    let count = number(&mut rest)?;
    let mut pack = Pack { flags, entries: Vec::new() };
    for _ in 0..count {
        let (name, content) = (number(&mut rest)? as usize, number(&mut rest)? as usize);
        let name = core::str::from_utf8(take(&mut rest, name)?).ok()?;
        let content = take(&mut rest, content)?;
        let padding = (4 - (name.len() + content.len()) % 4) % 4;
        take(&mut rest, padding)?;
        pack.entries.push(Entry { name, content });
    }
    Some(pack)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(head)
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(take(rest, 4)?.try_into().ok()?))
}

/// The bytes of a pack.
#[must_use]
pub fn write(pack: &Pack<'_>) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    let number = |out: &mut Vec<u8>, n: usize| out.extend(u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes());
    number(&mut out, pack.flags as usize);
    number(&mut out, pack.entries.len());
    for entry in &pack.entries {
        number(&mut out, entry.name.len());
        number(&mut out, entry.content.len());
        out.extend_from_slice(entry.name.as_bytes());
        out.extend_from_slice(entry.content);
        out.resize(out.len().next_multiple_of(4), 0);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Pack<'static> {
        let entries = [("a.pbc", &b"12345"[..]), ("", b""), ("\u{e4}.moon", b"print(1)")];
        let entries = entries.map(|(name, content)| Entry { name, content }).to_vec();
        Pack { flags: FRAMED, entries }
    }

    #[test]
    fn a_pack_is_read_as_it_was_written() {
        let mut bytes = write(&example());
        assert_eq!(read(&bytes), Some(Ok(example())));
        // What lies behind it in memory does not matter.
        bytes.extend([0xff; 9]);
        assert_eq!(read(&bytes), Some(Ok(example())));
    }

    #[test]
    fn other_memory_is_no_pack_and_cut_packs_are_damaged() {
        assert_eq!(read(&[0xff; 64]), None);
        assert_eq!(read(b"MTP"), None);
        let bytes = write(&example());
        for length in MAGIC.len()..bytes.len() {
            assert_eq!(read(&bytes[..length]), Some(Err(Damaged)), "cut at {length}");
        }
    }
}

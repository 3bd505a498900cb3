//! The outside of an image file: magic, version, checksum, size.
//!
//! Layout, little-endian: eight bytes of magic, `u32` version, `u32` checksum of the body, `u64` size of the body, the
//! body.

use alloc::vec::Vec;

/// The first bytes of an image.
pub const MAGIC: [u8; 8] = *b"RCZIMAGE";
/// The version of the form that this build writes and reads.
pub const VERSION: u32 = 1;
/// Bytes before the body.
pub(super) const HEADER: usize = 24;

/// An image file around a body.
#[must_use]
pub fn seal(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + body.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&crc32(body).to_le_bytes());
    bytes.extend_from_slice(&(body.len() as u64).to_le_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// The body of an image file.
///
/// # Errors
/// Why the bytes are no image, in words.
pub fn open(bytes: &[u8]) -> Result<&[u8], &'static str> {
    let rest = bytes.strip_prefix(&MAGIC).ok_or("snapshot magic mismatch")?;
    let (version, rest) = rest.split_first_chunk::<4>().ok_or("snapshot size mismatch")?;
    if u32::from_le_bytes(*version) != VERSION {
        return Err("snapshot version mismatch");
    }
    let (sum, rest) = rest.split_first_chunk::<4>().ok_or("snapshot size mismatch")?;
    let (size, body) = rest.split_first_chunk::<8>().ok_or("snapshot size mismatch")?;
    if u64::from_le_bytes(*size) != body.len() as u64 {
        return Err("snapshot size mismatch");
    }
    if u32::from_le_bytes(*sum) != crc32(body) {
        return Err("snapshot checksum mismatch");
    }
    Ok(body)
}

/// CRC-32 as in IEEE 802.3.
fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for &byte in bytes {
        sum ^= u32::from(byte);
        for _ in 0..8 {
            sum = sum >> 1 ^ (0xedb8_8320 & (sum & 1).wrapping_neg());
        }
    }
    !sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_usual_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn damaged_files_are_refused_with_a_reason() {
        let good = seal(b"body");
        assert_eq!(open(&good), Ok(&b"body"[..]));
        let changed = |at: usize| {
            let mut bytes = good.clone();
            bytes[at] ^= 1;
            bytes
        };
        let cases: [(Vec<u8>, &str); 8] = [
            (Vec::new(), "snapshot magic mismatch"),
            (good[..5].to_vec(), "snapshot magic mismatch"),
            (changed(3), "snapshot magic mismatch"),
            (changed(8), "snapshot version mismatch"),
            (changed(12), "snapshot checksum mismatch"),
            (changed(16), "snapshot size mismatch"),
            (good[..good.len() - 1].to_vec(), "snapshot size mismatch"),
            (changed(26), "snapshot checksum mismatch"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(open(&bytes), Err(expected), "{bytes:?}");
        }
    }
}

//! DEFLATE, its zlib form, and the checksums that go with them.

use alloc::vec::Vec;

use miniz_oxide::{
    deflate::{compress_to_vec, compress_to_vec_zlib},
    inflate::{decompress_to_vec_with_limit, decompress_to_vec_zlib_with_limit},
};

/// Effort of compression, 0 to 10.
const LEVEL: u8 = 6;

/// How compressed data are wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapping {
    /// Not at all (RFC 1951).
    Raw,
    /// With header and checksum (RFC 1950).
    Zlib,
}

/// Compresses.
#[must_use]
pub fn deflate(data: &[u8], wrapping: Wrapping) -> Vec<u8> {
    match wrapping {
        Wrapping::Raw => compress_to_vec(data, LEVEL),
        Wrapping::Zlib => compress_to_vec_zlib(data, LEVEL),
    }
}

/// Decompresses to at most `limit` bytes; `None` for damaged data and for more.
#[must_use]
pub fn inflate(data: &[u8], wrapping: Wrapping, limit: usize) -> Option<Vec<u8>> {
    match wrapping {
        Wrapping::Raw => decompress_to_vec_with_limit(data, limit).ok(),
        Wrapping::Zlib => decompress_to_vec_zlib_with_limit(data, limit).ok(),
    }
}

/// CRC-32 as in PNG and zip (polynomial 0xEDB88320, reflected).
#[must_use]
pub fn crc32(data: &[u8]) -> u32 {
    let bit = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
    let step = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |c, _| bit(c));
    !data.iter().fold(u32::MAX, step)
}

/// Adler-32 as in zlib.
#[must_use]
pub fn adler32(data: &[u8]) -> u32 {
    let step = |(a, b): (u32, u32), byte: &u8| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    };
    let (a, b) = data.iter().fold((1, 0), step);
    b << 16 | a
}

#[cfg(test)]
mod tests {
    use super::{Wrapping, adler32, crc32, deflate, inflate};

    #[test]
    fn what_is_compressed_comes_back() {
        let data = b"abcabcabcabcabcabc, and so on".repeat(50);
        for wrapping in [Wrapping::Raw, Wrapping::Zlib] {
            let small = deflate(&data, wrapping);
            assert!(small.len() < data.len() / 4);
            assert_eq!(inflate(&small, wrapping, data.len()).as_deref(), Some(&data[..]));
            assert_eq!(inflate(&small, wrapping, data.len() - 1), None);
            assert_eq!(inflate(&small[..small.len() / 2], wrapping, 1 << 20), None);
        }
    }

    #[test]
    fn checksums_are_the_published_ones() {
        assert_eq!((crc32(b"123456789"), adler32(b"Wikipedia")), (0xCBF4_3926, 0x11E6_0398));
        assert_eq!((crc32(b""), adler32(b"")), (0, 1));
    }
}

//! Who vouches for a `.pbc` file: Ed25519 keys, their text forms, signing and
//! checking.
//!
//! Invariants: a signature is checked strictly (`verify_strict`) over
//! [`Container::signed_message`], which names this purpose, the format version,
//! the key and every unpacked section; only keys that the caller trusts are
//! tried; secret keys are wiped from memory when dropped and never shown by
//! `Debug`.
#![no_std]
#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used, clippy::indexing_slicing)]

extern crate alloc;

mod key;

use core::fmt;

use motet_bytecode::{Compression, Container, DecodeError, Limits, Signature};

pub use key::{KeyError, KeyId, PublicKey, SEED_LEN, SecretKey};

/// Why a file is not vouched for by any of the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureError {
    /// It holds no signature.
    Missing,
    /// It is signed with a key that is not among those asked for.
    UnknownKey(KeyId),
    /// The signature is not by the key that it names, or the file was changed after it was signed.
    Bad(KeyId),
}

impl SignatureError {
    /// What somebody who has such a file can do.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            SignatureError::Missing => {
                "sign it with `motet sign FILE --key KEY`, or ask its author for a signed file; `--strip` takes a signature away"
            }
            SignatureError::UnknownKey(_) => {
                "ask the author for the public key and compare it with a copy that you trust; `motet key public KEY` prints it"
            }
            SignatureError::Bad(_) => "do not run it: get the file again from somebody you trust",
        }
    }
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SignatureError::Missing => f.write_str("the file is not signed"),
            SignatureError::UnknownKey(key) => {
                write!(f, "the file is signed with another key ({key}), which is not one of those asked for")
            }
            SignatureError::Bad(key) => {
                write!(f, "bad signature: the file was changed after it was signed, or key {key} never signed it")
            }
        }
    }
}

impl core::error::Error for SignatureError {}

/// Checks that one of the keys signed what a file says its sections hold; tells which. Unpacking the sections proves that
/// they hold it.
///
/// # Errors
/// [`SignatureError`]. Without keys every signature is of an unknown one.
pub fn check<'k>(container: &Container<'_>, keys: &'k [PublicKey]) -> Result<&'k PublicKey, SignatureError> {
    let signature = container.signature().ok_or(SignatureError::Missing)?;
    let id = KeyId(signature.key);
    let key = keys.iter().find(|key| key.id() == id).ok_or(SignatureError::UnknownKey(id))?;
    if key.verifies(&container.signed_message(&signature.key), &signature.bytes) {
        Ok(key)
    } else {
        Err(SignatureError::Bad(id))
    }
}

/// The signature of a file by a key.
#[must_use]
pub fn signature(container: &Container<'_>, key: &SecretKey) -> Signature {
    let id = key.public().id().0;
    Signature { key: id, bytes: key.sign(&container.signed_message(&id)) }
}

/// A file with a signature by this key, in place of one that it may have. Its sections stay compressed, or not, as they are.
///
/// # Errors
/// What is wrong with the file.
pub fn sign(bytes: &[u8], key: &SecretKey, limits: &Limits) -> Result<alloc::vec::Vec<u8>, DecodeError> {
    let container = Container::open(bytes, limits)?;
    let compression = if container.is_compressed() { Compression::Lz4 } else { Compression::None };
    container.rewrite(compression, Some(&signature(&container, key)))
}

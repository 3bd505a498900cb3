//! Ed25519 keys and their text forms.
//!
//! Invariant: texts are read strictly; a secret key's file also names its
//! public key, so that a damaged file cannot pass for another key.

use alloc::{format, string::String, vec::Vec};
use core::fmt;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

/// Random bytes that a secret key is made of.
pub const SEED_LEN: usize = 32;

/// First line of a secret key's file.
const HEADER: &str = "MOTET SECRET KEY 1";
/// What the text form of a public key begins with.
const PREFIX: &str = "ed25519:";
/// Makes ids of public keys differ from any other hash.
const ID_DOMAIN: &[u8] = b"motet key id\0";

/// A short name of a public key, which files carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub [u8; 16]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A key that checks signatures: a point of the curve, encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

/// A key that signs.
pub struct SecretKey(SigningKey);

/// Why a text is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// A secret key stands where a public one is needed.
    IsSecret,
    /// A public key stands where a secret one is needed.
    IsPublic,
    /// The text has another form.
    Malformed,
    /// There is no key in the text.
    Empty,
    /// The number is no point of the curve, or one that anybody could sign for.
    WeakKey,
    /// The public key that the file names does not belong to its secret key.
    Mismatch,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyError::IsSecret => {
                "this is a secret key; a public one is needed here, which `motet key public KEY` prints"
            }
            KeyError::IsPublic => "this is a public key; signing needs the secret one, which `motet key new` makes",
            KeyError::Malformed => {
                "this is not a key: a public key looks like `ed25519:` and 64 hexadecimal digits, a secret key's file begins with `MOTET SECRET KEY 1`"
            }
            KeyError::Empty => "there is no key in it",
            KeyError::WeakKey => "the key is not valid: no secret key belongs to it",
            KeyError::Mismatch => "the file is damaged: its public key does not belong to its secret key",
        })
    }
}

impl core::error::Error for KeyError {}

impl PublicKey {
    /// The key of these bytes.
    ///
    /// # Errors
    /// [`KeyError::WeakKey`].
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::WeakKey)?;
        if key.is_weak() { Err(KeyError::WeakKey) } else { Ok(PublicKey(key.to_bytes())) }
    }

    /// The key's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0
    }

    /// One key in its text form.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        if text.starts_with(HEADER) {
            return Err(KeyError::IsSecret);
        }
        let digits = text.strip_prefix(PREFIX).ok_or(KeyError::Malformed)?;
        Self::from_bytes(&from_hex(digits)?)
    }

    /// The keys of a text: one a line; the first word counts, lines that are blank or begin with `#` do not.
    ///
    /// # Errors
    /// [`KeyError`] of the first line that is no key; [`KeyError::Empty`].
    pub fn list(text: &str) -> Result<Vec<Self>, KeyError> {
        if text.trim_start().starts_with(HEADER) {
            return Err(KeyError::IsSecret);
        }
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let keys: Vec<Self> = lines
            .map(|line| Self::from_text(line.split_whitespace().next().unwrap_or("")))
            .collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(KeyError::Empty) } else { Ok(keys) }
    }

    /// The key's short name.
    #[must_use]
    pub fn id(&self) -> KeyId {
        let mut hasher = blake3::Hasher::new();
        hasher.update(ID_DOMAIN);
        hasher.update(&self.0);
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(hasher.finalize().as_bytes()) {
            *to = *from;
        }
        KeyId(id)
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        VerifyingKey::from_bytes(&self.0).is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
    }
}

/// The text form: `ed25519:` and 64 hexadecimal digits.
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.public().id())
    }
}

impl SecretKey {
    /// The key of so many random bytes.
    #[must_use]
    pub fn from_seed(seed: &[u8; SEED_LEN]) -> Self {
        SecretKey(SigningKey::from_bytes(seed))
    }

    /// The key that checks what this one signs.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// The content of a file that keeps the key. Whoever can read it can sign.
    #[must_use]
    pub fn to_text(&self) -> String {
        let secret: String = self.0.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{HEADER}\n# Whoever can read this file can sign as you.\npublic {}\nsecret {secret}\n", self.public())
    }

    /// The key that a file keeps.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        match lines.next() {
            None => return Err(KeyError::Empty),
            Some(HEADER) => {}
            Some(line) if line.starts_with(PREFIX) => return Err(KeyError::IsPublic),
            Some(_) => return Err(KeyError::Malformed),
        }
        let (Some(public), Some(secret), None) = (lines.next(), lines.next(), lines.next()) else {
            return Err(KeyError::Malformed);
        };
        let public = PublicKey::from_text(public.strip_prefix("public ").ok_or(KeyError::Malformed)?)?;
        let key = Self::from_seed(&from_hex(secret.strip_prefix("secret ").ok_or(KeyError::Malformed)?)?);
        if key.public() == public { Ok(key) } else { Err(KeyError::Mismatch) }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

/// 32 bytes from 64 hexadecimal digits.
fn from_hex(digits: &str) -> Result<[u8; 32], KeyError> {
    let mut nibbles = digits.bytes().map(|byte| char::from(byte).to_digit(16).map(|n| n as u8));
    let mut out = [0; 32];
    for byte in &mut out {
        let (Some(Some(high)), Some(Some(low))) = (nibbles.next(), nibbles.next()) else {
            return Err(KeyError::Malformed);
        };
        *byte = high << 4 | low;
    }
    if nibbles.next().is_some() { Err(KeyError::Malformed) } else { Ok(out) }
}

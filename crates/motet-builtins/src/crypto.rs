//! Passwords (bcrypt), AES-256-GCM, RSA. Randomness is handed in.
//!
//! Invariant: every failure is a message; nothing panics on foreign keys,
//! texts or ciphertexts.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use aes_gcm::{Aes256Gcm, Key, KeyInit, Nonce, aead::Aead};
use rsa::{
    Oaep, Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey,
    pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding},
    sha2::{Digest, Sha256},
};

use crate::{encoding, random::Random};

/// Cost of new password hashes: 2^12 rounds.
const BCRYPT_COST: u32 = 12;
const NONCE_LEN: usize = 12;

/// The stream as the `rand_core` traits want it.
struct Source<'a>(&'a mut Random);

impl rand_core::RngCore for Source<'_> {
    fn next_u32(&mut self) -> u32 {
        let mut b = [0; 4];
        self.0.fill(&mut b);
        u32::from_le_bytes(b)
    }

    fn next_u64(&mut self) -> u64 {
        let mut b = [0; 8];
        self.0.fill(&mut b);
        u64::from_le_bytes(b)
    }

    fn fill_bytes(&mut self, dest: &mut [u8]) {
        self.0.fill(dest);
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), rand_core::Error> {
        self.0.fill(dest);
        Ok(())
    }
}

impl rand_core::CryptoRng for Source<'_> {}

/// A bcrypt hash.
///
/// # Errors
/// In the words of the `bcrypt` crate.
pub fn hash_password(password: &str, random: &mut Random) -> Result<String, String> {
    let mut salt = [0; 16];
    random.fill(&mut salt);
    let parts = bcrypt::hash_with_salt(password, BCRYPT_COST, salt).map_err(|e| e.to_string())?;
    Ok(parts.to_string())
}

/// Whether a password has this bcrypt hash.
///
/// # Errors
/// When the hash is malformed.
pub fn verify_password(password: &str, hash: &str) -> Result<bool, String> {
    bcrypt::verify(password, hash).map_err(|e| e.to_string())
}

fn cipher(key: &str) -> Aes256Gcm {
    Aes256Gcm::new(&Key::<Aes256Gcm>::from(encoding::sha256(key.as_bytes())))
}

/// AES-256-GCM under the SHA-256 of `key`: nonce, ciphertext and tag.
///
/// # Errors
/// When the data are too long for one message.
pub fn aes_encrypt(data: &[u8], key: &str, random: &mut Random) -> Result<Vec<u8>, String> {
    let mut out = [0; NONCE_LEN].to_vec();
    random.fill(&mut out);
    let nonce: [u8; NONCE_LEN] = out[..].try_into().map_err(|_| "nonce".to_string())?;
    let sealed = cipher(key).encrypt(&Nonce::from(nonce), data).map_err(|_| "encryption failed".to_string())?;
    out.extend_from_slice(&sealed);
    Ok(out)
}

/// Reverses [`aes_encrypt`].
///
/// # Errors
/// When the key is wrong or the data were changed.
pub fn aes_decrypt(data: &[u8], key: &str) -> Result<Vec<u8>, String> {
    let (nonce, sealed) = data.split_at_checked(NONCE_LEN).ok_or("ciphertext is too short")?;
    let nonce: [u8; NONCE_LEN] = nonce.try_into().map_err(|_| "ciphertext is too short".to_string())?;
    cipher(key)
        .decrypt(&Nonce::from(nonce), sealed)
        .map_err(|_| "decryption failed: wrong key or corrupted data".to_string())
}

/// A key pair: PKCS#8 and SPKI in PEM.
///
/// # Errors
/// When no key can be made.
pub fn rsa_generate(bits: usize, random: &mut Random) -> Result<(String, String), String> {
    let private = RsaPrivateKey::new(&mut Source(random), bits).map_err(|e| e.to_string())?;
    let public = RsaPublicKey::from(&private).to_public_key_pem(LineEnding::LF).map_err(|e| e.to_string())?;
    let private = private.to_pkcs8_pem(LineEnding::LF).map_err(|e| e.to_string())?;
    Ok((private.to_string(), public))
}

fn private_key(pem: &str) -> Result<RsaPrivateKey, String> {
    RsaPrivateKey::from_pkcs8_pem(pem).map_err(|e| format!("invalid private key: {e}"))
}

fn public_key(pem: &str) -> Result<RsaPublicKey, String> {
    RsaPublicKey::from_public_key_pem(pem).map_err(|e| format!("invalid public key: {e}"))
}

/// OAEP with SHA-256.
///
/// # Errors
/// When the key is invalid or the data are too long.
pub fn rsa_encrypt(data: &[u8], public: &str, random: &mut Random) -> Result<Vec<u8>, String> {
    public_key(public)?.encrypt(&mut Source(random), Oaep::new::<Sha256>(), data).map_err(|e| e.to_string())
}

/// Reverses [`rsa_encrypt`]. Blinded: the time taken does not depend on the key.
///
/// # Errors
/// When the key is invalid or does not fit.
pub fn rsa_decrypt(data: &[u8], private: &str, random: &mut Random) -> Result<Vec<u8>, String> {
    private_key(private)?.decrypt_blinded(&mut Source(random), Oaep::new::<Sha256>(), data).map_err(|e| e.to_string())
}

/// PKCS#1 v1.5 signature with SHA-256.
///
/// # Errors
/// When the key is invalid.
pub fn rsa_sign(data: &[u8], private: &str, random: &mut Random) -> Result<Vec<u8>, String> {
    let digest = Sha256::digest(data);
    private_key(private)?
        .sign_with_rng(&mut Source(random), Pkcs1v15Sign::new::<Sha256>(), &digest)
        .map_err(|e| e.to_string())
}

/// Whether a signature fits.
///
/// # Errors
/// When the key is invalid.
pub fn rsa_verify(data: &[u8], signature: &[u8], public: &str) -> Result<bool, String> {
    let digest = Sha256::digest(data);
    Ok(public_key(public)?.verify(Pkcs1v15Sign::new::<Sha256>(), &digest, signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rsa_keys_encrypt_and_sign() {
        let mut random = Random::from_number(1);
        let (private, public) = rsa_generate(1024, &mut random).expect("a key");
        let sealed = rsa_encrypt(b"text", &public, &mut random).expect("encrypts");
        assert_eq!(rsa_decrypt(&sealed, &private, &mut random).as_deref(), Ok(&b"text"[..]));
        let signature = rsa_sign(b"text", &private, &mut random).expect("signs");
        assert_eq!(rsa_verify(b"text", &signature, &public), Ok(true));
        assert_eq!(rsa_verify(b"other", &signature, &public), Ok(false));
        assert!(rsa_decrypt(&sealed[1..], &private, &mut random).is_err());
    }

    #[test]
    fn passwords_are_verified() {
        let hash = bcrypt::hash_with_salt("secret", 4, [7; 16]).expect("hashes").to_string();
        assert_eq!(verify_password("secret", &hash), Ok(true));
        assert_eq!(verify_password("other", &hash), Ok(false));
        assert!(verify_password("secret", "no hash").is_err());
    }
}

//! JSON Web Tokens (RFC 7519) with HS256.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// A token over a payload (a JSON object).
///
/// # Errors
/// When the secret cannot be a key.
pub fn encode(payload: &str, secret: &str) -> Result<String, String> {
    let header = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"HS256"}"#);
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload));
    let tag = mac(&signed, secret)?.finalize().into_bytes();
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag)))
}

/// The payload of a token whose signature is right. Expiry is for the caller to judge.
///
/// # Errors
/// What is wrong with the token.
pub fn decode(token: &str, secret: &str) -> Result<String, String> {
    let parts: Vec<&str> = token.split('.').collect();
    let &[header, payload, signature] = parts.as_slice() else { return Err("InvalidToken".to_string()) };
    let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| "InvalidToken".to_string());
    let header = String::from_utf8(bytes(header)?).map_err(|_| "InvalidToken".to_string())?;
    let compact: String = header.chars().filter(|c| !c.is_whitespace()).collect();
    if !compact.contains(r#""alg":"HS256""#) {
        return Err("InvalidAlgorithm".to_string());
    }
    let signed = token.rsplit_once('.').map_or("", |(signed, _)| signed);
    mac(signed, secret)?.verify_slice(&bytes(signature)?).map_err(|_| "InvalidSignature".to_string())?;
    String::from_utf8(bytes(payload)?).map_err(|_| "InvalidToken".to_string())
}

fn mac(signed: &str, secret: &str) -> Result<Hmac<Sha256>, String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|e| e.to_string())?;
    mac.update(signed.as_bytes());
    Ok(mac)
}

//! Passwords, encryption, signatures, tokens (8.8).

use alloc::format;
#[cfg(feature = "crypto")]
use alloc::string::String;

use motet_builtins::jwt;
#[cfg(feature = "crypto")]
use motet_builtins::{crypto, encoding};
use motet_runtime::{Control, NativeResult, Runtime, Tag, Value};

use super::{
    arguments::{arity, text},
    data::{as_json, from_json},
    fail, option, string,
};
#[cfg(feature = "crypto")]
use super::{
    arguments::{data, int},
    bytes, new_dict,
    random::secure,
};

natives! {
    "jwt_encode" => jwt_encode;
    "jwt_decode" => jwt_decode;
    "jwt_verify" => jwt_verify;
    #[cfg(feature = "crypto")]
    "hash_password" => hash_password;
    #[cfg(feature = "crypto")]
    "verify_password" => verify_password;
    #[cfg(feature = "crypto")]
    "aes_encrypt" => aes_encrypt;
    #[cfg(feature = "crypto")]
    "aes_encrypt_bytes" => aes_encrypt;
    #[cfg(feature = "crypto")]
    "aes_decrypt" => aes_decrypt;
    #[cfg(feature = "crypto")]
    "aes_decrypt_bytes" => aes_decrypt;
    #[cfg(feature = "crypto")]
    "rsa_generate_keypair" => rsa_generate_keypair;
    #[cfg(feature = "crypto")]
    "rsa_encrypt" => rsa_encrypt;
    #[cfg(feature = "crypto")]
    "rsa_decrypt" => rsa_decrypt;
    #[cfg(feature = "crypto")]
    "rsa_sign" => rsa_sign;
    #[cfg(feature = "crypto")]
    "rsa_verify" => rsa_verify;
    #[cfg(not(feature = "crypto"))]
    "hash_password" => unsupported;
    #[cfg(not(feature = "crypto"))]
    "verify_password" => unsupported;
    #[cfg(not(feature = "crypto"))]
    "aes_encrypt" => unsupported;
    #[cfg(not(feature = "crypto"))]
    "aes_encrypt_bytes" => unsupported;
    #[cfg(not(feature = "crypto"))]
    "aes_decrypt" => unsupported;
    #[cfg(not(feature = "crypto"))]
    "aes_decrypt_bytes" => unsupported;
    #[cfg(not(feature = "crypto"))]
    "rsa_generate_keypair" => unsupported;
    #[cfg(not(feature = "crypto"))]
    "rsa_encrypt" => unsupported;
    #[cfg(not(feature = "crypto"))]
    "rsa_decrypt" => unsupported;
    #[cfg(not(feature = "crypto"))]
    "rsa_sign" => unsupported;
    #[cfg(not(feature = "crypto"))]
    "rsa_verify" => unsupported;
}

#[cfg(not(feature = "crypto"))]
fn unsupported(_rt: &mut Runtime, _args: &[Value], name: &str) -> NativeResult {
    fail(format!("{name} is not supported by this build"))
}

fn jwt_encode(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    if args[0].tag() != Tag::Map {
        return fail(format!("{name} requires a dictionary payload"));
    }
    let payload = as_json(rt, args[0], false)?;
    let token = jwt::encode(&payload, text(rt, args, 1, name)?).map_err(|e| Control::error(format!("{name}: {e}")))?;
    string(rt, token)
}

/// The payload of a token that is valid now.
fn claims(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let failed = |e: &str| Control::error(format!("JWT decode failed: {e}"));
    let payload = jwt::decode(text(rt, args, 0, name)?, text(rt, args, 1, name)?).map_err(|e| failed(&e))?;
    let claims = from_json(rt, &payload)?;
    let now = (rt.host.unix_nanos() / 1_000_000_000) as i64;
    if option(rt, claims, "exp").and_then(Value::as_int).is_some_and(|exp| exp < now) {
        return Err(failed("ExpiredSignature"));
    }
    Ok(claims)
}

fn jwt_decode(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    claims(rt, args, name)
}

fn jwt_verify(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    text(rt, args, 0, name)?;
    text(rt, args, 1, name)?;
    match claims(rt, args, name) {
        Ok(_) => Ok(Value::TRUE),
        Err(Control::Error(_)) => Ok(Value::FALSE),
        Err(other) => Err(other),
    }
}

#[cfg(feature = "crypto")]
fn failed(name: &str) -> impl Fn(String) -> Control {
    move |e| Control::error(format!("{name} failed: {e}"))
}

/// Work units charged for one slow key operation.
#[cfg(feature = "crypto")]
const SLOW: usize = 100_000;

#[cfg(feature = "crypto")]
fn hash_password(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    text(rt, args, 0, name)?;
    rt.charge(SLOW)?;
    let mut random = secure(rt, name)?;
    let hash = crypto::hash_password(text(rt, args, 0, name)?, &mut random).map_err(failed(name))?;
    string(rt, hash)
}

#[cfg(feature = "crypto")]
fn verify_password(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    rt.charge(SLOW)?;
    let ok = crypto::verify_password(text(rt, args, 0, name)?, text(rt, args, 1, name)?).map_err(failed(name))?;
    Ok(Value::bool(ok))
}

#[cfg(feature = "crypto")]
fn aes_encrypt(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let mut random = secure(rt, name)?;
    let sealed = crypto::aes_encrypt(data(rt, args, 0, name)?, text(rt, args, 1, name)?, &mut random);
    let out = encoding::base64_encode(&sealed.map_err(failed(name))?);
    string(rt, out)
}

#[cfg(feature = "crypto")]
fn aes_decrypt(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let sealed = encoding::base64_decode(text(rt, args, 0, name)?).map_err(failed(name))?;
    let plain = crypto::aes_decrypt(&sealed, text(rt, args, 1, name)?).map_err(failed(name))?;
    if name.ends_with("bytes") {
        return bytes(rt, plain);
    }
    let plain = String::from_utf8(plain).map_err(|_| Control::error(format!("{name} failed: not a UTF-8 text")))?;
    string(rt, plain)
}

#[cfg(feature = "crypto")]
fn rsa_generate_keypair(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 1)?;
    let bits = int(args, 0, name)?;
    if !matches!(bits, 2048 | 4096) {
        return fail("RSA key size must be 2048 or 4096 bits");
    }
    rt.charge(SLOW * 10)?;
    let mut random = secure(rt, name)?;
    let (private, public) = crypto::rsa_generate(bits as usize, &mut random).map_err(failed(name))?;
    let (private, public) = (rt.heap.string(private), rt.heap.string(public));
    Ok(new_dict(rt, [("private", private), ("public", public)]))
}

#[cfg(feature = "crypto")]
fn rsa_encrypt(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    let mut random = secure(rt, name)?;
    let sealed = crypto::rsa_encrypt(data(rt, args, 0, name)?, text(rt, args, 1, name)?, &mut random);
    let out = encoding::base64_encode(&sealed.map_err(failed(name))?);
    string(rt, out)
}

#[cfg(feature = "crypto")]
fn rsa_decrypt(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    rt.charge(SLOW)?;
    let mut random = secure(rt, name)?;
    let sealed = encoding::base64_decode(text(rt, args, 0, name)?).map_err(failed(name))?;
    let plain = crypto::rsa_decrypt(&sealed, text(rt, args, 1, name)?, &mut random).map_err(failed(name))?;
    let plain = String::from_utf8(plain).map_err(|_| Control::error(format!("{name} failed: not a UTF-8 text")))?;
    string(rt, plain)
}

#[cfg(feature = "crypto")]
fn rsa_sign(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 2)?;
    rt.charge(SLOW)?;
    let mut random = secure(rt, name)?;
    let signature = crypto::rsa_sign(data(rt, args, 0, name)?, text(rt, args, 1, name)?, &mut random);
    let out = encoding::base64_encode(&signature.map_err(failed(name))?);
    string(rt, out)
}

#[cfg(feature = "crypto")]
fn rsa_verify(rt: &mut Runtime, args: &[Value], name: &str) -> NativeResult {
    arity(args, name, 3)?;
    let Ok(signature) = encoding::base64_decode(text(rt, args, 1, name)?) else { return Ok(Value::FALSE) };
    let ok =
        crypto::rsa_verify(data(rt, args, 0, name)?, &signature, text(rt, args, 2, name)?).map_err(failed(name))?;
    Ok(Value::bool(ok))
}

//! Keys on the command line: `motet key`, and reading the keys that options
//! name.
//!
//! Invariants: a secret key's file can be read by its owner only, from its
//! first moment on; it is replaced only when that is asked for by name.

use std::path::Path;

use clap::ArgMatches;
use motet::files::{self, Output};
use motet::{KeyError, PublicKey, SecretKey};

use crate::session::{Session, print_err};
use crate::{cli, exit, json};

/// Largest file of keys that is read, in bytes.
const MAX_KEY_FILE: u64 = 1 << 20;

/// `motet key new`, `motet key public`.
pub fn run(matches: &ArgMatches, session: &Session) -> u8 {
    let Some((name, matches)) = matches.subcommand() else { return exit::USAGE };
    let session = Session { json: cli::is_set(matches, "json"), ..session.clone() };
    let text = |name: &str| matches.get_one::<String>(name).cloned().unwrap_or_default();
    match name {
        "new" => new(&text("output"), cli::is_set(matches, "force"), &session),
        _ => match secret(&text("file"), &session) {
            Ok(key) => show(&key, &session),
            Err(status) => status,
        },
    }
}

fn new(path: &str, force: bool, session: &Session) -> u8 {
    let key = match motet::generate_key() {
        Ok(key) => key,
        Err(e) => return session.fail(&format!("no random numbers for a key: {e}"), exit::IO),
    };
    let output = if force { Output::Private } else { Output::NewPrivate };
    match files::write_as(Path::new(path), &[key.to_text().as_bytes()], output) {
        Ok(()) => {
            if !session.json {
                print_err(&format!("secret key written to {path}: keep it to yourself. Its public key:\n"));
            }
            show(&key, session)
        }
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => session.fail_with(
            &format!("`{path}` exists already"),
            "name another file with `-o PATH`; `--force` replaces it, and its key is lost",
            exit::IO,
        ),
        Err(e) => session.fail(&format!("cannot write `{path}`: {e}"), exit::IO),
    }
}

fn show(key: &SecretKey, session: &Session) -> u8 {
    let public = key.public();
    if session.json {
        let (key, id) = (json::string(&public.to_string()), json::string(&public.id().to_string()));
        println!("{{\"public\":{key},\"key_id\":{id}}}");
    } else {
        println!("{public}");
    }
    exit::OK
}

/// Takes over the keys that `--require-signed` or `--key` demands.
///
/// # Errors
/// The exit status, after saying what is wrong with a key.
pub fn require(matches: &ArgMatches, session: &mut Session) -> Result<(), u8> {
    for name in ["require-signed", "key"] {
        let Some(values) = matches.try_get_many::<String>(name).ok().flatten() else { continue };
        let mut keys = Vec::new();
        for value in values {
            keys.extend(public(value, session)?);
        }
        session.trusted = Some(keys);
    }
    Ok(())
}

/// The public keys of an option: one in its text form, or a file of them.
fn public(value: &str, session: &Session) -> Result<Vec<PublicKey>, u8> {
    let bad = |e: KeyError| session.fail(&format!("`{value}`: {e}"), exit::USAGE);
    if value.starts_with("ed25519:") {
        return PublicKey::from_text(value).map(|key| vec![key]).map_err(bad);
    }
    PublicKey::list(&read(value, session)?).map_err(bad)
}

/// The secret key of a file.
///
/// # Errors
/// The exit status, after saying what is wrong.
pub fn secret(path: &str, session: &Session) -> Result<SecretKey, u8> {
    let text = read(path, session)?;
    let key = SecretKey::from_text(&text).map_err(|e| session.fail(&format!("`{path}`: {e}"), exit::USAGE))?;
    #[cfg(unix)]
    if std::fs::metadata(path).is_ok_and(|m| std::os::unix::fs::PermissionsExt::mode(&m.permissions()) & 0o077 != 0) {
        print_err(&format!("warning: other users can read the secret key `{path}`; `chmod 600 {path}` stops that\n"));
    }
    Ok(key)
}

fn read(path: &str, session: &Session) -> Result<String, u8> {
    let read = || {
        let mut text = String::new();
        std::io::Read::read_to_string(&mut std::io::Read::take(std::fs::File::open(path)?, MAX_KEY_FILE), &mut text)?;
        Ok::<_, std::io::Error>(text)
    };
    read().map_err(|e| session.fail(&format!("cannot read the key `{path}`: {e}"), exit::IO))
}

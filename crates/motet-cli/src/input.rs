//! From a name on the command line to a program: reading, and telling source
//! text from a module by its content.

use std::fs::File;
use std::io::{self, Read as _};

use motet::LANGUAGES;

use crate::{exit, suggest};

/// Largest program or module that is read, in bytes.
const MAX_FILE: u64 = 512 << 20;

/// A program as it was read.
#[derive(Clone, Debug)]
pub struct Input {
    /// Name for messages: as given, or `<stdin>`.
    pub name: String,
    /// What it holds.
    pub content: Content,
}

/// What a program file holds.
#[derive(Clone, Debug)]
pub enum Content {
    /// Source text in the language of this name.
    Source {
        /// Language name.
        language: String,
        /// The text.
        text: String,
    },
    /// A `.pbc` file.
    Module(Vec<u8>),
}

/// Reads a program, or says on standard error why not and returns the exit status.
///
/// # Errors
/// [`exit::IO`] for files that cannot be read, [`exit::USAGE`] when the language is not known.
pub fn read(path: &str, lang: Option<&str>) -> Result<Input, u8> {
    let bytes = read_bytes(path)?;
    let name = name_of(path);
    if bytes.starts_with(&motet_bytecode::MAGIC) || is_module_name(path) {
        return Ok(Input { name, content: Content::Module(bytes) });
    }
    let text = String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        eprintln!("error: `{path}` is neither a .pbc module nor UTF-8 text (byte {at})");
        exit::IO
    })?;
    let language = language_of(path, lang)?;
    Ok(Input { name, content: Content::Source { language, text } })
}

/// Reads a file that has to be a module, whatever it really is.
///
/// # Errors
/// [`exit::IO`] for files that cannot be read.
pub fn read_module(path: &str) -> Result<Input, u8> {
    Ok(Input { name: name_of(path), content: Content::Module(read_bytes(path)?) })
}

/// Reads a saved state, or says why not.
pub fn read_image(path: &str) -> Result<Vec<u8>, u8> {
    read_bytes(path)
}

/// Whether a file is to be a module by its name.
fn is_module_name(path: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|e| e == "pbc")
}

/// The name of a file for messages.
fn name_of(path: &str) -> String {
    if path == "-" { "<stdin>".to_string() } else { path.to_string() }
}

/// Reads a file, or says why not.
fn read_bytes(path: &str) -> Result<Vec<u8>, u8> {
    bytes_of(path).map_err(|e| {
        let extensions: Vec<&str> = LANGUAGES.iter().flat_map(|l| l.extensions.iter().copied()).collect();
        eprintln!("error: cannot read `{path}`: {e}");
        let near = match e.kind() {
            io::ErrorKind::NotFound => suggest::nearest_file(path, &extensions),
            io::ErrorKind::IsADirectory => suggest::first_in(path, &extensions),
            _ => None,
        };
        if let Some(near) = near {
            eprintln!("  = help: did you mean `{near}`?");
        }
        exit::IO
    })
}

/// Reads source text of a known language.
///
/// # Errors
/// The system's words.
pub fn read_text(path: &str, language: &str) -> Result<Input, String> {
    let bytes = bytes_of(path).map_err(|e| e.to_string())?;
    let name = name_of(path);
    if bytes.starts_with(&motet_bytecode::MAGIC) {
        return Ok(Input { name, content: Content::Module(bytes) });
    }
    let text = String::from_utf8(bytes).map_err(|_| "stream did not contain valid UTF-8".to_string())?;
    Ok(Input { name, content: Content::Source { language: language.to_string(), text } })
}

/// Reads a file, or standard input for `-`.
fn bytes_of(path: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == "-" {
        io::stdin().lock().take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    } else {
        let file = File::open(path)?;
        let length = file.metadata()?.len().min(MAX_FILE);
        bytes.reserve(usize::try_from(length).unwrap_or(0) + 1);
        file.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > MAX_FILE {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is larger than 512 MiB"));
    }
    Ok(bytes)
}

/// The language that was asked for, or that the file name tells.
fn language_of(path: &str, lang: Option<&str>) -> Result<String, u8> {
    let all = LANGUAGES;
    let names = || all.iter().map(|l| l.name).collect::<Vec<_>>().join(", ");
    if let Some(lang) = lang {
        if let Some(found) = all.iter().find(|l| l.name == lang) {
            return Ok(found.name.to_string());
        }
        eprintln!("error: unknown language `{lang}`; there are: {}", names());
        if let Some(near) = suggest::nearest(lang, all.iter().map(|l| l.name)) {
            eprintln!("  = help: did you mean `{near}`?");
        }
        return Err(exit::USAGE);
    }
    let extension = std::path::Path::new(path).extension().and_then(|e| e.to_str()).unwrap_or("");
    match all.iter().find(|l| l.extensions.contains(&extension)) {
        Some(found) => Ok(found.name.to_string()),
        None => {
            eprintln!("error: the name `{path}` does not tell the language; add `--lang NAME` ({})", names());
            Err(exit::USAGE)
        }
    }
}

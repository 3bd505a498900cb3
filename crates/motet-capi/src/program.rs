//! Programs: from text, from files, from and to `.pbc` bytes.

use std::{ffi::c_char, fs, sync::OnceLock};

use motet::{CompileOptions, FileLoader, FormatLimits, Program};

use crate::{
    boundary::{Out, c_bytes, c_str, c_text, enter},
    failure::{Failure, fail},
    isolate::Cell,
    table,
    types::{motet_isolate, motet_program, motet_status},
};

/// Largest source or `.pbc` file.
const MAX_FILE: u64 = 256 << 20;

/// A program, and the bytes of it that C may be reading.
pub(crate) struct Compiled {
    program: Program,
    /// With and without names and places.
    pbc: [OnceLock<Vec<u8>>; 2],
}

impl Compiled {
    pub(crate) fn program(&self) -> &Program {
        &self.program
    }
}

fn add(program: Program) -> motet_program {
    motet_program { id: table::add_program(Compiled { program, pbc: Default::default() }) }
}

/// What all programs for an isolate are compiled with.
pub(crate) fn options(cell: &Cell) -> Result<CompileOptions, Failure> {
    let host = cell.with(|isolate| Ok(isolate.host_functions().to_vec()))?;
    let mut options = CompileOptions { live: true, ..CompileOptions::default() };
    options.frontend.host = host;
    Ok(options)
}

/// Compiles a text in a language (`motet_engine_language`), for isolates that offer the same host functions as this one.
/// `name` is the file name for messages, and the base of imports.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_compile(
    isolate: motet_isolate,
    language: *const c_char,
    name: *const c_char,
    text: *const c_char,
    length: usize,
    program: *mut motet_program,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let (out, language, name, text) = unsafe {
            (
                Out::new(program, motet_program::default())?,
                c_str(language, "the language")?,
                c_str(name, "the name")?,
                c_text(text, length, "the text")?,
            )
        };
        let cell = table::isolate(isolate.id)?;
        let options = options(&cell)?;
        let engine = motet::Engine::new();
        let compiled = engine
            .language(language)
            .and_then(|language| engine.compile_with(language, name, text, &mut FileLoader::default(), &options));
        out.set(add(compiled.map_err(|e| Failure::plain(&e))?));
        Ok(())
    })
}

/// Compiles a file, in the language of its extension, and what it imports. The file may also be a `.pbc` file of
/// somebody who is trusted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_compile_file(
    isolate: motet_isolate,
    path: *const c_char,
    program: *mut motet_program,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let (out, path) = unsafe { (Out::new(program, motet_program::default())?, c_str(path, "the path")?) };
        let cell = table::isolate(isolate.id)?;
        out.set(add(compile_file(&cell, path)?));
        Ok(())
    })
}

/// Reads and compiles a file.
pub(crate) fn compile_file(cell: &Cell, path: &str) -> Result<Program, Failure> {
    let options = options(cell)?;
    let size = fs::metadata(path).map(|m| m.len());
    let content = match size {
        Ok(size) if size > MAX_FILE => fail(motet_status::Io, format!("{path}: the file is larger than 256 MiB")),
        _ => fs::read(path).map_err(|e| Failure::new(motet_status::Io, format!("{path}: {e}"))),
    }?;
    let (engine, limits) = (motet::Engine::new(), FormatLimits::trusted());
    let compiled = engine.program_from_file(path, &content, &mut FileLoader::default(), &options, &limits);
    compiled.map_err(|e| Failure::plain(&e))
}

/// Makes a program from the bytes of a `.pbc` file, which are copied. All of it is verified. With `strict` not 0 the
/// limits for files of strangers apply: at most 8 MiB, and so on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_program_from_pbc(
    bytes: *const c_char,
    length: usize,
    strict: i32,
    program: *mut motet_program,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let (out, bytes) =
            unsafe { (Out::new(program, motet_program::default())?, c_bytes(bytes, length, "the bytes")?) };
        let limits = if strict == 0 { FormatLimits::trusted() } else { FormatLimits::strict() };
        out.set(add(Program::from_pbc(bytes, &limits).map_err(|e| Failure::plain(&e))?));
        Ok(())
    })
}

/// As `motet_program_from_pbc`, of a file that one of the keys signed, which is checked before anything else in it is
/// believed. `keys` holds public keys as `motet key public` prints them, one a line.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_program_from_signed_pbc(
    bytes: *const c_char,
    length: usize,
    strict: i32,
    keys: *const c_char,
    program: *mut motet_program,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let (out, bytes, keys) = unsafe {
            let out = Out::new(program, motet_program::default())?;
            (out, c_bytes(bytes, length, "the bytes")?, c_str(keys, "the keys")?)
        };
        let keys =
            motet::PublicKey::list(keys).or_else(|e| fail(motet_status::BadArgument, format!("the keys: {e}")))?;
        let limits = if strict == 0 { FormatLimits::trusted() } else { FormatLimits::strict() };
        out.set(add(Program::from_pbc_signed(bytes, &limits, &keys).map_err(|e| Failure::plain(&e))?));
        Ok(())
    })
}

/// The bytes of the program's `.pbc` file, with names, places and source text if `debug` is not 0. They are valid until
/// the program is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_program_to_pbc(
    program: motet_program,
    debug: i32,
    bytes: *mut *const c_char,
    length: *mut usize,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let (bytes, length) = unsafe { (Out::new(bytes, std::ptr::null())?, Out::new(length, 0)?) };
        let compiled = table::program(program.id)?;
        let slot = &compiled.pbc[usize::from(debug != 0)];
        if slot.get().is_none() {
            let made = compiled.program.to_pbc(debug != 0).map_err(|e| Failure::plain(&e))?;
            // Another thread may have been faster, with the same bytes.
            let _ = slot.set(made);
        }
        let made = slot.get().map_or(&[][..], Vec::as_slice);
        bytes.set(made.as_ptr().cast());
        length.set(made.len());
        Ok(())
    })
}

/// Name of the language of the program's main file. The text lives as long as the process.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_program_language(program: motet_program, name: *mut *const c_char) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let out = unsafe { Out::new(name, std::ptr::null()) }?;
        let compiled = table::program(program.id)?;
        let language = compiled.program.language();
        // Only names of languages are kept for ever, not what a file of a stranger says.
        let known = motet::LANGUAGES.iter().find(|l| l.name == language).map_or("", |l| l.name);
        out.set(crate::signature::intern(&format!("{known}\0")).as_ptr().cast());
        Ok(())
    })
}

/// Frees a program. Isolates that loaded it keep what they need.
#[unsafe(no_mangle)]
pub extern "C" fn motet_program_free(program: motet_program) -> motet_status {
    enter(|| table::remove_program(program.id))
}

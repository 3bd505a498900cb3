//! Programs of one file: a copy of the `motet` executable with a `.pbc` module
//! behind it, and at the end of the file a footer that says where the module is.
//!
//! ```text
//! executable module footer
//! footer = "MOTET PBC FOOTER" version:u32 zero:u32 offset:u64 length:u64 content-hash:32 bytes
//! ```
//!
//! Invariants: an executable knows from its own data ([`SLOT`], which is
//! changed in the copy) whether it holds a program, so Motet's own starts
//! without looking for one, and a copy that lost its end says so; one with a
//! program is that program and nothing else: all of its arguments are the
//! program's.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use motet::Program;
use motet::files::{self, Output};
use motet_bytecode::{HASH_LEN, Hash};

use crate::exit;
use crate::input::{Content, Input};
use crate::session::{Build, Session};

/// Says whether this executable holds a program: the copy that does has [`FULL`] in place of [`EMPTY`].
#[used]
static SLOT: [u8; MARK_LEN + 4] = *b"MOTET STANDALONE PROGRAM: none";
/// Length of what finds the slot in an executable file.
const MARK_LEN: usize = 26;
/// State of the slot in Motet's own executable.
const EMPTY: [u8; 4] = *b"none";
/// State of the slot in an executable with a program.
const FULL: [u8; 4] = *b"tail";

/// What every footer begins with.
const FOOTER_MARK: [u8; 16] = *b"MOTET PBC FOOTER";
/// Version of the footer's layout.
const VERSION: u32 = 1;
/// Length of the footer in bytes.
const FOOTER_LEN: usize = 16 + 4 + 4 + 8 + 8 + HASH_LEN;
/// Largest module that is read, in bytes.
const MAX_MODULE: u64 = 512 << 20;

/// Why a standalone program cannot start.
#[derive(Debug)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// What can be done about it.
    pub help: &'static str,
    /// Exit status.
    pub status: u8,
}

/// Where the module of an executable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Footer {
    offset: u64,
    length: u64,
    hash: Hash,
}

impl Footer {
    fn write(&self) -> Vec<u8> {
        let mut out = FOOTER_MARK.to_vec();
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&self.offset.to_le_bytes());
        out.extend_from_slice(&self.length.to_le_bytes());
        out.extend_from_slice(&self.hash);
        out
    }

    /// The footer in the last bytes of a file of `size` bytes. `None` if there is none.
    fn read(tail: &[u8], size: u64) -> Option<Result<Footer, &'static str>> {
        let (mark, rest) = tail.split_first_chunk::<16>()?;
        if *mark != FOOTER_MARK {
            return None;
        }
        let number = |at: usize| rest.get(at..at + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes);
        let footer = Footer { offset: number(8), length: number(16), hash: *rest.last_chunk()? };
        if number(0) != u64::from(VERSION) {
            return Some(Err("its footer has another version"));
        }
        let end = footer.offset.checked_add(footer.length).and_then(|end| end.checked_add(FOOTER_LEN as u64));
        if end != Some(size) || footer.length > MAX_MODULE {
            return Some(Err("its footer and its size contradict each other"));
        }
        Some(Ok(footer))
    }
}

/// Mark and state of the slot as they are in the running executable, whatever the compiler knows of them.
fn slot() -> &'static [u8; MARK_LEN + 4] {
    std::hint::black_box(&SLOT)
}

/// The module at the end of a file, which has to be there.
fn read_module(file: &mut File) -> io::Result<Result<Vec<u8>, &'static str>> {
    let at = file.seek(SeekFrom::End(-(FOOTER_LEN as i64)))?;
    let mut tail = [0; FOOTER_LEN];
    file.read_exact(&mut tail)?;
    let footer = match Footer::read(&tail, at + FOOTER_LEN as u64) {
        None => return Ok(Err("its footer is missing; perhaps the file was cut short")),
        Some(Err(what)) => return Ok(Err(what)),
        Some(Ok(footer)) => footer,
    };
    let mut bytes = Vec::with_capacity(usize::try_from(footer.length).unwrap_or(0));
    file.seek(SeekFrom::Start(footer.offset))?;
    file.take(footer.length).read_to_end(&mut bytes)?;
    if Program::content_hash(&bytes) != Some(footer.hash) {
        return Ok(Err("the module is not the one of its footer"));
    }
    Ok(Ok(bytes))
}

/// The program that this executable holds; `None` if it is Motet's own.
///
/// # Errors
/// It holds one that is damaged.
pub fn program() -> Result<Option<Input>, Problem> {
    if !slot().ends_with(&FULL) {
        return Ok(None);
    }
    let path = std::env::current_exe();
    let name = path.as_ref().ok().and_then(|p| p.file_name());
    let name = name.map_or("program".into(), |n| n.to_string_lossy().into_owned());
    match path.and_then(File::open).and_then(|mut file| read_module(&mut file)) {
        Ok(Ok(bytes)) => Ok(Some(Input { name, content: Content::Module(bytes) })),
        Ok(Err(what)) => Err(Problem {
            message: format!("{name}: the program in this file is damaged: {what}"),
            help: "get the file again, or build it again with `motet build --standalone`",
            status: exit::FAILED,
        }),
        Err(e) => Err(Problem {
            message: format!("{name}: cannot read the program in this file: {e}"),
            help: "whoever runs it must be able to read it",
            status: exit::IO,
        }),
    }
}

/// Runs the program of this executable.
pub fn run(program: &Input, args: &[String]) -> u8 {
    Session { args: args.to_vec(), ..Session::default() }.run(program)
}

/// `build --standalone`. `vm`: the executable to use instead of this one.
pub fn build(session: &Session, input: &Input, build: &Build, vm: Option<&str>, output: &str) -> u8 {
    let module = match session.pbc(input, build) {
        Ok(module) => module,
        Err(status) => return status,
    };
    let vm = match executable(vm) {
        Ok(vm) => vm,
        Err(message) => return session.fail(&message, exit::IO),
    };
    let Some(hash) = Program::content_hash(&module) else { return exit::INTERNAL };
    let footer = Footer { offset: vm.len() as u64, length: module.len() as u64, hash }.write();
    if output == "-" {
        return session.write_output(output, &[vm, module, footer].concat());
    }
    match files::write_as(Path::new(output), &[&vm, &module, &footer], Output::Executable) {
        Ok(()) => exit::OK,
        Err(e) => session.fail(&format!("cannot write `{output}`: {e}"), exit::IO),
    }
}

/// The bytes of a `motet` executable that is to hold a program, without one that it may hold.
fn executable(path: Option<&str>) -> Result<Vec<u8>, String> {
    let path = match path {
        Some(path) => path.into(),
        None => std::env::current_exe().map_err(|e| format!("cannot find this executable: {e}"))?,
    };
    let shown = path.display();
    let bytes = std::fs::read(&path).map_err(|e| format!("cannot read the executable `{shown}`: {e}"))?;
    vm_part(bytes).ok_or_else(|| format!("`{shown}` is not an executable of Motet that can hold a program"))
}

/// An executable without the program in it, and with a slot that says that there is one. `None` if it is none of Motet's.
fn vm_part(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    if let Some(tail) = bytes.last_chunk::<FOOTER_LEN>()
        && let Some(footer) = Footer::read(tail, bytes.len() as u64)
    {
        bytes.truncate(usize::try_from(footer.ok()?.offset).ok()?);
    }
    // The mark is taken from the slot, so that there is no second copy of it.
    let (mark, _) = slot().split_at(MARK_LEN);
    let mut found = false;
    let mut at = 0;
    while let Some(next) = bytes.get(at..).and_then(|rest| rest.windows(MARK_LEN).position(|window| window == mark)) {
        at += next + MARK_LEN;
        if let Some(state) = bytes.get_mut(at..at + FULL.len())
            && (*state == EMPTY || *state == FULL)
        {
            state.copy_from_slice(&FULL);
            found = true;
        }
    }
    found.then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_fits_its_file_is_a_footer() {
        let footer = Footer { offset: 100, length: 50, hash: [7; HASH_LEN] };
        let bytes = footer.write();
        let size = 150 + FOOTER_LEN as u64;
        assert_eq!((bytes.len(), Footer::read(&bytes, size)), (FOOTER_LEN, Some(Ok(footer))));
        assert!(matches!(Footer::read(&bytes, size + 1), Some(Err(_))));
        let far = Footer { offset: u64::MAX, length: 50, ..footer };
        assert!(matches!(Footer::read(&far.write(), size), Some(Err(_))));
        for at in 0..FOOTER_MARK.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert_eq!(Footer::read(&other, size), None);
        }
        for at in FOOTER_MARK.len()..FOOTER_MARK.len() + 24 {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert!(matches!(Footer::read(&other, size), Some(Err(_))), "byte {at}");
        }
    }

    #[test]
    fn a_program_is_taken_out_of_an_executable_before_another_one_is_put_in() {
        let (mark, state) = slot().split_at(MARK_LEN);
        assert_eq!(state, EMPTY);
        let vm = |state: &[u8; 4]| [b"code ".as_slice(), mark, state, b" code"].concat();
        let full = vm(&FULL);
        assert_eq!(vm_part(vm(&EMPTY)).as_ref(), Some(&full));
        let footer = Footer { offset: full.len() as u64, length: 3, hash: [0; HASH_LEN] };
        let whole = [&full[..], b"pbc", &footer.write()].concat();
        assert_eq!(vm_part(whole).as_ref(), Some(&full));
        assert_eq!(vm_part(vm(b"what")), None);
        assert_eq!(vm_part(b"#!/bin/sh\n".repeat(20)), None);
    }
}

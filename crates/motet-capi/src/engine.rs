//! The engine and versions.

use std::ffi::c_char;

use crate::{
    boundary::{Out, enter},
    failure::fail,
    table,
    types::{MOTET_ABI_VERSION, motet_engine, motet_status},
};

/// The version, such as `1.2.3`.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");

/// The library's version, such as `1.2.3`.
#[unsafe(no_mangle)]
pub extern "C" fn motet_version() -> *const c_char {
    VERSION.as_ptr().cast()
}

/// The library's `MOTET_ABI_VERSION`.
#[unsafe(no_mangle)]
pub extern "C" fn motet_abi_version() -> u32 {
    MOTET_ABI_VERSION
}

/// Makes an engine, which knows all languages of the library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_engine_new(engine: *mut motet_engine) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let out = unsafe { Out::new(engine, motet_engine::default()) }?;
        out.set(motet_engine { id: table::add_engine() });
        Ok(())
    })
}

/// Frees an engine. Isolates that were made with it stay as they are.
#[unsafe(no_mangle)]
pub extern "C" fn motet_engine_free(engine: motet_engine) -> motet_status {
    enter(|| table::remove_engine(engine.id))
}

/// Name of a language, such as `rae`, from 0; `MOTET_STATUS_NOT_FOUND` after the last. The text lives as long as the
/// process.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_engine_language(
    engine: motet_engine,
    index: usize,
    name: *mut *const c_char,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let out = unsafe { Out::new(name, std::ptr::null()) }?;
        let engine = table::engine(engine.id)?;
        let Some(language) = engine.languages().get(index) else {
            return fail(motet_status::NotFound, format!("there are {} languages", engine.languages().len()));
        };
        out.set(crate::signature::intern(&format!("{}\0", language.name)).as_ptr().cast());
        Ok(())
    })
}

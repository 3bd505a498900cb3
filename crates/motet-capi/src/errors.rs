//! What the thread's last failure was.

use std::ffi::c_char;

use crate::{
    boundary::{Out, enter},
    failure::{fail, last},
    types::{motet_diagnostic, motet_error_sort, motet_frame, motet_status},
};

/// Status of the calling thread's last failure; `MOTET_STATUS_OK` if there was none. Successful calls do not change it.
#[unsafe(no_mangle)]
pub extern "C" fn motet_error_status() -> motet_status {
    last().map_or(motet_status::Ok, |last| last.status)
}

/// What went wrong, in words, up to the first NUL byte. Never null. As all texts of the last error, it is valid until the
/// thread's next failure.
#[unsafe(no_mangle)]
pub extern "C" fn motet_error_message() -> *const c_char {
    // The thread keeps the error until the next one.
    last().map_or(c"".as_ptr(), |last| last.message.as_ptr())
}

/// What went wrong, for people, in several lines: the diagnostics of a compilation in the language's own form, or the
/// message of a run-time error with an excerpt of the source and the call stack. Otherwise the message. Never null.
#[unsafe(no_mangle)]
pub extern "C" fn motet_error_report() -> *const c_char {
    last().map_or(c"".as_ptr(), |last| last.report.as_ptr())
}

/// What sort of run-time error it was.
#[unsafe(no_mangle)]
pub extern "C" fn motet_error_kind() -> motet_error_sort {
    last().and_then(|last| last.detail.sort).unwrap_or(motet_error_sort::None)
}

/// With what the program ended itself, after `MOTET_STATUS_EXIT`; otherwise 0.
#[unsafe(no_mangle)]
pub extern "C" fn motet_error_exit_status() -> i32 {
    last().map_or(0, |last| last.detail.exit_status)
}

/// Number of calls that were active when the program stopped.
#[unsafe(no_mangle)]
pub extern "C" fn motet_error_frame_count() -> usize {
    last().map_or(0, |last| last.detail.frames.len())
}

/// An active call, from 0, innermost first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_error_frame(index: usize, frame: *mut motet_frame) -> motet_status {
    let nothing = motet_frame { function: c"".as_ptr(), file: c"".as_ptr(), line: 0, column: 0 };
    // Not `enter`: a failure would replace the error that is asked about.
    // SAFETY: the contract of the header.
    let Ok(out) = (unsafe { Out::new(frame, nothing) }) else { return motet_status::Null };
    let Some(last) = last() else { return motet_status::NotFound };
    let Some(found) = last.detail.frames.get(index) else { return motet_status::NotFound };
    out.set(motet_frame {
        function: found.function.as_ptr(),
        file: found.file.as_ptr(),
        line: found.line,
        column: found.column,
    });
    motet_status::Ok
}

/// Number of problems that the compilation found.
#[unsafe(no_mangle)]
pub extern "C" fn motet_error_diagnostic_count() -> usize {
    last().map_or(0, |last| last.detail.diagnostics.len())
}

/// A problem that the compilation found, from 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_error_diagnostic(index: usize, diagnostic: *mut motet_diagnostic) -> motet_status {
    let empty = c"".as_ptr();
    let nothing =
        motet_diagnostic { code: empty, message: empty, help: empty, file: empty, line: 0, column: 0, is_error: 0 };
    // Not `enter`: a failure would replace the error that is asked about.
    // SAFETY: the contract of the header.
    let Ok(out) = (unsafe { Out::new(diagnostic, nothing) }) else { return motet_status::Null };
    let Some(last) = last() else { return motet_status::NotFound };
    let Some(found) = last.detail.diagnostics.get(index) else { return motet_status::NotFound };
    out.set(motet_diagnostic {
        code: found.code.as_ptr(),
        message: found.message.as_ptr(),
        help: found.help.as_ptr(),
        file: found.file.as_ptr(),
        line: found.line,
        column: found.column,
        is_error: i32::from(found.is_error),
    });
    motet_status::Ok
}

/// Text of a status, such as `stale handle`. It lives as long as the process; never null.
#[unsafe(no_mangle)]
pub extern "C" fn motet_status_text(status: i32) -> *const c_char {
    let texts = [
        c"ok",
        c"null pointer or handle",
        c"stale handle",
        c"handle of another type",
        c"object of another thread",
        c"isolate is busy",
        c"text is not UTF-8",
        c"argument out of range",
        c"errors in the source text",
        c"no valid program",
        c"the isolate lacks something that the program needs",
        c"not found",
        c"value of another kind",
        c"run-time error",
        c"limit reached",
        c"interrupted",
        c"the program ended itself",
        c"file error",
        c"not supported",
        c"raised by the host",
        c"taken already",
        c"internal error",
        c"the running program cannot be replaced now",
        c"tail call",
    ];
    let found = usize::try_from(status).ok().and_then(|at| texts.get(at));
    found.copied().unwrap_or(c"unknown status").as_ptr()
}

/// Forgets the thread's last failure.
#[unsafe(no_mangle)]
pub extern "C" fn motet_error_clear() -> motet_status {
    enter(|| {
        crate::failure::forget();
        if last().is_some() { fail(motet_status::Busy, "the error is in use") } else { Ok(()) }
    })
}

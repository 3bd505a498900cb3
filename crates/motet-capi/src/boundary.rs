//! What stands between C and the rest: checks of pointers, and a place where panics end.

use std::{
    ffi::{CStr, c_char},
    panic::{AssertUnwindSafe, catch_unwind},
    slice,
};

use crate::{
    failure::{Failure, fail, remember},
    types::{MOTET_NUL_TERMINATED, motet_status},
};

/// Runs a function of the API. A failure becomes the thread's last error; so does a panic.
pub(crate) fn enter(body: impl FnOnce() -> Result<(), Failure>) -> motet_status {
    // After a panic nothing but whole operations happened to what is looked up here; isolates note it themselves.
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => motet_status::Ok,
        Ok(Err(failure)) => remember(failure),
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|s| (*s).to_string());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            remember(Failure::new(motet_status::Internal, format!("internal error: {text}")))
        }
    }
}

/// Where a function leaves a result. What stands for no result is stored if none was: not before the end, because the
/// place may be one that an argument is read from.
pub(crate) struct Out<T> {
    place: *mut T,
    nothing: Option<T>,
}

impl<T> Out<T> {
    /// Checks the pointer.
    ///
    /// # Safety
    /// `place` is null or valid for writes until this is dropped, and nobody reads what it refers to then.
    pub(crate) unsafe fn new(place: *mut T, nothing: T) -> Result<Self, Failure> {
        if place.is_null() {
            return fail(motet_status::Null, "the pointer for the result is null");
        }
        if !place.is_aligned() {
            return fail(motet_status::BadArgument, "the pointer for the result is not aligned");
        }
        Ok(Self { place, nothing: Some(nothing) })
    }

    /// Stores the result.
    pub(crate) fn set(mut self, value: T) {
        self.nothing = Some(value);
    }
}

impl<T> Drop for Out<T> {
    fn drop(&mut self) {
        if let Some(value) = self.nothing.take() {
            // SAFETY: not null and aligned; valid for writes as promised to `new`.
            unsafe { self.place.write(value) };
        }
    }
}

/// A NUL-terminated text.
///
/// # Safety
/// `text` is null or a NUL-terminated text that outlives `'a`.
pub(crate) unsafe fn c_str<'a>(text: *const c_char, what: &str) -> Result<&'a str, Failure> {
    if text.is_null() {
        return fail(motet_status::Null, format!("{what} is null"));
    }
    // SAFETY: not null, so NUL-terminated by the contract.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().or_else(|_| fail(motet_status::NotUtf8, format!("{what} is not UTF-8")))
}

/// Bytes with a length, or up to a NUL byte. Null is allowed for a length of 0.
///
/// # Safety
/// `bytes` is null or valid for `length` bytes (NUL-terminated for [`MOTET_NUL_TERMINATED`]) that outlive `'a`.
pub(crate) unsafe fn c_bytes<'a>(bytes: *const c_char, length: usize, what: &str) -> Result<&'a [u8], Failure> {
    if length == 0 {
        return Ok(&[]);
    }
    if bytes.is_null() {
        return fail(motet_status::Null, format!("{what} is null"));
    }
    if length == MOTET_NUL_TERMINATED {
        // SAFETY: not null, so NUL-terminated by the contract.
        return Ok(unsafe { CStr::from_ptr(bytes) }.to_bytes());
    }
    // SAFETY: not null, so valid for `length` bytes by the contract; lengths that no object has are refused.
    unsafe { items(bytes.cast(), length, what) }
}

/// A text with a length.
///
/// # Safety
/// As for [`c_bytes`].
pub(crate) unsafe fn c_text<'a>(text: *const c_char, length: usize, what: &str) -> Result<&'a str, Failure> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { c_bytes(text, length, what) }?;
    std::str::from_utf8(bytes)
        .or_else(|e| fail(motet_status::NotUtf8, format!("{what} is not UTF-8 (byte {})", e.valid_up_to())))
}

/// `count` items in a row. Null is allowed for a count of 0.
///
/// # Safety
/// `first` is null or valid for `count` items that outlive `'a`.
pub(crate) unsafe fn items<'a, T>(first: *const T, count: usize, what: &str) -> Result<&'a [T], Failure> {
    if count == 0 {
        return Ok(&[]);
    }
    if first.is_null() {
        return fail(motet_status::Null, format!("{what} is null"));
    }
    if !first.is_aligned() {
        return fail(motet_status::BadArgument, format!("{what} is not aligned"));
    }
    if count.checked_mul(size_of::<T>()).is_none_or(|bytes| bytes > isize::MAX as usize) {
        return fail(motet_status::BadArgument, format!("{what} is longer than any object can be"));
    }
    // SAFETY: not null, aligned, of a possible length; valid for `count` items by the contract.
    Ok(unsafe { slice::from_raw_parts(first, count) })
}

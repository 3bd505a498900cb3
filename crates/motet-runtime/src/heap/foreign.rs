//! Foreign objects, and what sends remember methods by.
#![allow(unsafe_code)]

use alloc::boxed::Box;

use super::{FLAG_FIBER, Heap};
use crate::{Fiber, Foreign, Tag, Value};

/// No receiver's key; larger than every other one.
pub const NO_SEND_KEY: u32 = (1 << 30) - 1;
/// Keys of values that are known by their tag. Layouts of records lie below those of foreign objects, these above.
const SEND_KEY_TAG: u32 = 3 << 28;
/// Keys of foreign objects.
const SEND_KEY_FOREIGN: u32 = 2 << 28;

fn foreign_key(kind: u32) -> u32 {
    if kind == 0 || kind >= 1 << 28 { NO_SEND_KEY } else { SEND_KEY_FOREIGN | kind }
}

impl Heap {
    /// A new foreign object.
    pub fn foreign(&mut self, object: Box<dyn Foreign>) -> Value {
        self.bytes += object.extra_bytes() + 64;
        let key = foreign_key(object.kind());
        let v = self.raw(Tag::Foreign, object);
        // SAFETY: the cell was just allocated; the header is ours (H4).
        unsafe { (*Self::header(v)).serial = key };
        v
    }

    /// What sends remember a receiver's methods under: the layout of a record, the kind of a foreign object (see
    /// [`Foreign::kind`]), the tag of anything else, `true` and `false` apart. `None`: nothing is remembered.
    #[inline]
    #[must_use]
    pub fn send_key(&self, v: Value) -> Option<u32> {
        // SAFETY: heap values refer to live cells (H2); shared borrow.
        Some(unsafe { Self::send_key_unchecked(v) }).filter(|&key| key != NO_SEND_KEY)
    }

    /// As [`Heap::send_key`], without a borrow; [`NO_SEND_KEY`] for none.
    ///
    /// # Safety
    /// If `v` is a heap value, its cell is live and nobody changes it now.
    #[inline(always)]
    #[must_use]
    pub unsafe fn send_key_unchecked(v: Value) -> u32 {
        // SAFETY: by the caller's promise.
        unsafe {
            match v.tag() {
                Tag::Record => Self::shape_unchecked(v).0,
                Tag::Foreign => (*Self::header(v)).serial,
                Tag::Bool => SEND_KEY_TAG | 16 | v.bits() as u32,
                tag => SEND_KEY_TAG | tag as u32,
            }
        }
    }

    /// A foreign object.
    #[must_use]
    pub fn foreign_ref(&self, v: Value) -> Option<&dyn Foreign> {
        // SAFETY: tag `Foreign` means payload `Box<dyn Foreign>` (H1, H2); shared borrow.
        (v.tag() == Tag::Foreign).then(|| unsafe { &**Self::payload::<Box<dyn Foreign>>(v) })
    }

    /// A foreign object, for changes.
    pub fn foreign_mut(&mut self, v: Value) -> Option<&mut dyn Foreign> {
        // SAFETY: as in `foreign_ref`, with exclusive borrow (H4).
        (v.tag() == Tag::Foreign).then(|| unsafe { &mut **Self::payload::<Box<dyn Foreign>>(v) })
    }

    /// A foreign object of type `T`.
    #[must_use]
    pub fn foreign_as<T: Foreign>(&self, v: Value) -> Option<&T> {
        self.foreign_ref(v)?.as_any().downcast_ref()
    }

    /// A foreign object of type `T`, for changes.
    pub fn foreign_as_mut<T: Foreign>(&mut self, v: Value) -> Option<&mut T> {
        self.foreign_mut(v)?.as_any_mut().downcast_mut()
    }

    /// Changes a foreign object of type `T` in any way; keeps the accounts.
    pub fn update_foreign<T: Foreign, R>(&mut self, v: Value, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        let object = self.foreign_as_mut::<T>(v)?;
        let before = object.extra_bytes();
        let r = f(object);
        let after = object.extra_bytes();
        self.account(before, after);
        Some(r)
    }

    /// A new fiber.
    pub fn fiber(&mut self, fiber: Fiber) -> Value {
        let v = self.foreign(Box::new(fiber));
        // SAFETY: the cell was just allocated (H4).
        unsafe { (*Self::header(v)).flags |= FLAG_FIBER };
        self.fiber_cells += 1;
        v
    }

    /// What [`Heap::fiber`] made.
    #[inline(always)]
    pub fn fiber_mut(&mut self, v: Value) -> Option<&mut Fiber> {
        // SAFETY: a foreign object's cell has a header and a box (H1, H2), whose object is a `Fiber` if the flag says
        // so: only `fiber` sets it, and foreign objects are never exchanged; exclusive borrow (H4).
        unsafe {
            if v.tag() != Tag::Foreign || (*Self::header(v)).flags & FLAG_FIBER == 0 {
                return None;
            }
            let object: *mut dyn Foreign = &raw mut **Self::payload::<Box<dyn Foreign>>(v);
            Some(&mut *object.cast::<Fiber>())
        }
    }
}

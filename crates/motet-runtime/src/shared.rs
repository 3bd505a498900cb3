//! Sharing: counted pointers, marker traits and a lock that are fit for threads where the target has them.
//!
//! An isolate is used by one thread at a time and may move between threads. Whatever it shares with others is
//! behind [`Shared`]; targets without atomic operations have no threads, and pay nothing for them.
//!
//! Invariant: the content of a [`Lock`] is reached only through its one guard.
#![allow(unsafe_code)]

use core::{
    cell::UnsafeCell,
    fmt,
    marker::PhantomData,
    ops::{Deref, DerefMut},
};

/// A counted pointer: `Arc`, or `Rc` where there are no atomic operations.
#[cfg(target_has_atomic = "ptr")]
pub type Shared<T> = alloc::sync::Arc<T>;
/// A counted pointer: `Arc`, or `Rc` where there are no atomic operations.
#[cfg(not(target_has_atomic = "ptr"))]
pub type Shared<T> = alloc::rc::Rc<T>;

/// `Send`, where there are threads; elsewhere everything.
#[cfg(target_has_atomic = "ptr")]
pub trait MaybeSend: Send {}
#[cfg(target_has_atomic = "ptr")]
impl<T: Send + ?Sized> MaybeSend for T {}

/// `Send`, where there are threads; elsewhere everything.
#[cfg(not(target_has_atomic = "ptr"))]
pub trait MaybeSend {}
#[cfg(not(target_has_atomic = "ptr"))]
impl<T: ?Sized> MaybeSend for T {}

/// `Sync`, where there are threads; elsewhere everything.
#[cfg(target_has_atomic = "ptr")]
pub trait MaybeSync: Sync {}
#[cfg(target_has_atomic = "ptr")]
impl<T: Sync + ?Sized> MaybeSync for T {}

/// `Sync`, where there are threads; elsewhere everything.
#[cfg(not(target_has_atomic = "ptr"))]
pub trait MaybeSync {}
#[cfg(not(target_has_atomic = "ptr"))]
impl<T: ?Sized> MaybeSync for T {}

/// Any object that may move with its isolate.
#[cfg(target_has_atomic = "ptr")]
pub type AnyState = dyn core::any::Any + Send;
/// Any object that may move with its isolate.
#[cfg(not(target_has_atomic = "ptr"))]
pub type AnyState = dyn core::any::Any;

#[cfg(target_has_atomic = "ptr")]
mod flag {
    use core::sync::atomic::{AtomicBool, Ordering};

    #[derive(Default)]
    pub(super) struct Flag(AtomicBool);

    impl Flag {
        /// Sets the flag; whether it was clear.
        pub(super) fn take(&self) -> bool {
            !self.0.swap(true, Ordering::Acquire)
        }

        pub(super) fn clear(&self) {
            self.0.store(false, Ordering::Release);
        }
    }
}

#[cfg(not(target_has_atomic = "ptr"))]
mod flag {
    use core::cell::Cell;

    #[derive(Default)]
    pub(super) struct Flag(Cell<bool>);

    impl Flag {
        /// Sets the flag; whether it was clear.
        pub(super) fn take(&self) -> bool {
            !self.0.replace(true)
        }

        pub(super) fn clear(&self) {
            self.0.set(false);
        }
    }
}

/// Content for one at a time, for moments only: whoever waits for it spins.
#[derive(Default)]
pub struct Lock<T: ?Sized> {
    taken: flag::Flag,
    content: UnsafeCell<T>,
}

// SAFETY: the flag, set with acquire and cleared with release order, lets one guard at a time reach the content, from
// whichever thread; so the content need not be `Sync` itself.
#[cfg(target_has_atomic = "ptr")]
unsafe impl<T: Send + ?Sized> Sync for Lock<T> {}

impl<T> Lock<T> {
    /// A lock around a content.
    pub fn new(content: T) -> Self {
        Self { taken: flag::Flag::default(), content: UnsafeCell::new(content) }
    }
}

impl<T: ?Sized> Lock<T> {
    /// The content, unless somebody has it.
    pub fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        self.taken.take().then(|| LockGuard { lock: self, here: PhantomData })
    }

    /// The content, as soon as nobody else has it. Whoever holds a guard already must not ask again.
    pub fn lock(&self) -> LockGuard<'_, T> {
        loop {
            if let Some(guard) = self.try_lock() {
                return guard;
            }
            core::hint::spin_loop();
        }
    }
}

impl<T> fmt::Debug for Lock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock").finish_non_exhaustive()
    }
}

/// The right to use the content of a [`Lock`], until dropped.
pub struct LockGuard<'a, T: ?Sized> {
    lock: &'a Lock<T>,
    /// A guard stays in its thread: shared with another, it would share a content that need not be `Sync`.
    here: PhantomData<*const ()>,
}

impl<T: ?Sized> Deref for LockGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: there is one guard at a time, and this borrows it.
        unsafe { &*self.lock.content.get() }
    }
}

impl<T: ?Sized> DerefMut for LockGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: there is one guard at a time, and this borrows it exclusively.
        unsafe { &mut *self.lock.content.get() }
    }
}

impl<T: ?Sized> Drop for LockGuard<'_, T> {
    fn drop(&mut self) {
        self.lock.taken.clear();
    }
}

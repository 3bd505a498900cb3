//! Traces of errors that programs raise again.
//!
//! In languages that ask for it ([`crate::Semantics::keeps_trace`]) the handler of an error may raise what it received once more:
//! to run clean-up code on the way out. What the host then shows is the place of the first raise. Engines note the error
//! where they catch it and look here when a value reaches the host.
//!
//! Invariant: the values are roots of the collector while they are here.

use alloc::{collections::VecDeque, vec::Vec};

use crate::{GuestError, TraceFrame, Value};

/// Errors that may be raised again at the same time: clean-up code can fail, too.
const MOST: usize = 8;

/// An error that a handler received.
#[derive(Clone, Debug)]
pub struct KeptError {
    /// The error itself.
    pub error: GuestError,
    /// Language of the innermost function.
    pub language: u32,
    /// Active calls at the throw, innermost first.
    pub trace: Vec<TraceFrame>,
}

/// The latest errors that handlers received.
#[derive(Default)]
pub struct KeptErrors {
    errors: VecDeque<(Value, KeptError)>,
}

impl KeptErrors {
    /// Notes the error that a handler receives as `value`.
    pub fn keep(&mut self, value: Value, kept: KeptError) {
        if self.errors.len() == MOST {
            self.errors.pop_front();
        }
        self.errors.push_back((value, kept));
    }

    /// The error that a handler received as `value`, if it did lately.
    #[must_use]
    pub fn find(&self, value: Value) -> Option<&KeptError> {
        let same = |other: &Value| value.tag().is_heap() && other.tag() == value.tag() && other.bits() == value.bits();
        self.errors.iter().rev().find(|(v, _)| same(v)).map(|(_, kept)| kept)
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.errors.clear();
    }

    /// The values, for the collector.
    pub fn values(&self) -> impl Iterator<Item = Value> + '_ {
        self.errors.iter().map(|(v, _)| *v)
    }
}

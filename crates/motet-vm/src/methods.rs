//! Methods that sends remember: in the instruction, and in one table behind all instructions.
//!
//! Invariants: what is remembered holds for every receiver of the key until [`Vm::forget_sends`]; a remembered function takes
//! as many arguments as the send has, none of a declared kind; `sites` names every instruction that remembers something, and no
//! instruction of code that is gone.
#![allow(unsafe_code)]

use alloc::{vec, vec::Vec};

use motet_regcode::{NATIVE_KEY, NO_METHOD, SEND_CACHE, SEND_WAYS};
use motet_runtime::{BinOp, Symbol, Value};

use crate::Vm;

/// Entries of the table.
const TABLE: usize = if size_of::<usize>() > 4 { 1024 } else { 128 };

/// A method that was found.
#[derive(Clone, Copy)]
struct Entry {
    /// As in an instruction: key and callee; [`NO_METHOD`]: none.
    method: u64,
    /// The word of the send that was looked up: selector, language, whether the key is that of the lookup's start.
    wanted: u64,
}

const NOTHING: Entry = Entry { method: NO_METHOD, wanted: 0 };

/// Place in the table.
#[inline(always)]
fn place(key: u32, wanted: u64) -> usize {
    let hash = key.wrapping_mul(0x9e37_79b1) ^ (wanted as u32).wrapping_mul(0x85eb_ca6b) ^ (wanted >> 32) as u32;
    (hash ^ hash >> 15) as usize % TABLE
}

/// Binary operators of a language.
const OPERATORS: usize = BinOp::Mod as usize + 1;

/// What is known of an operator of a language.
#[derive(Clone, Copy)]
enum Known {
    Unasked,
    NoMessage,
    /// The message, a symbol.
    Message(u32),
}

/// What an operator calls.
pub(crate) enum Operator {
    Native(u32),
    Function(u32),
}

/// What sends remember.
#[derive(Default)]
pub(crate) struct Methods {
    /// Found methods by hash of what they were found for; empty until the first one, never again thereafter.
    table: Vec<Entry>,
    /// Whether anything was found since the table was cleared.
    filled: bool,
    /// Messages of operators, by language and operator.
    operators: Vec<Known>,
    /// Instructions that remember methods.
    sites: Vec<*mut u64>,
}

impl Vm {
    /// The method for what has the key of `start`, as it is remembered; found now if it was not before. `None` if there is
    /// none that can be remembered. `wanted`: see [`Entry`].
    fn look_up(&mut self, key: u32, wanted: u64, start: Value) -> Option<u64> {
        let at = place(key, wanted);
        let known = self.methods.table.get(at).copied().unwrap_or(NOTHING);
        if known.method as u32 & !NATIVE_KEY == key && known.wanted == wanted {
            return Some(known.method);
        }
        let context = (wanted >> 32) as u32;
        let (semantics, name) = (self.rt.language(context / 2), Symbol(wanted as u32));
        let callee = match context % 2 {
            0 => semantics.method(&self.rt, start, name),
            _ => semantics.method_from(&self.rt, start, name),
        }?;
        let method = match (callee.as_func(), callee.as_native()) {
            (Some(func), _) => u64::from(key) | u64::from(func.0) << 32,
            (_, Some(native)) => u64::from(key | NATIVE_KEY) | u64::from(native.0) << 32,
            _ => return None,
        };
        if self.methods.table.is_empty() {
            self.methods.table = vec![NOTHING; TABLE];
        }
        self.methods.table[at] = Entry { method, wanted };
        self.methods.filled = true;
        Some(method)
    }

    /// The method that an operator calls as a message, in languages whose operators are messages.
    pub(crate) fn operator_method(&mut self, language: u32, op: BinOp, left: Value) -> Option<Operator> {
        let key = self.rt.heap.send_key(left)?;
        let wanted = self.operator_word(language, op)?;
        let method = self.look_up(key, wanted, left)?;
        let callee = (method >> 32) as u32;
        if method as u32 & NATIVE_KEY != 0 {
            return Some(Operator::Native(callee));
        }
        (self.codes[callee as usize].signature == 2).then_some(Operator::Function(callee))
    }

    /// What the method of an operator is found by.
    fn operator_word(&mut self, language: u32, op: BinOp) -> Option<u64> {
        let at = language as usize * OPERATORS + op as usize;
        if self.methods.operators.len() <= at {
            self.methods.operators.resize((language as usize + 1) * OPERATORS, Known::Unasked);
        }
        if let Known::Unasked = self.methods.operators[at] {
            let name = self.rt.language(language).operator(op);
            self.methods.operators[at] = match name {
                Some(name) => Known::Message(self.rt.symbols.intern(name).0),
                None => Known::NoMessage,
            };
        }
        match self.methods.operators[at] {
            Known::Message(name) => Some(u64::from(name) | u64::from(language * 2) << 32),
            Known::NoMessage | Known::Unasked => None,
        }
    }

    /// Finds the method for a send at `pc` with `n` arguments beside the receiver, by the receiver or by the start of the lookup,
    /// and remembers it in the instruction. False if there is none that can be remembered.
    ///
    /// # Safety
    /// `pc` is a send of the running function.
    #[inline(never)]
    pub(crate) unsafe fn find_method(&mut self, pc: *mut u64, start: Value, n: usize) -> bool {
        let Some(key) = self.rt.heap.send_key(start) else { return false };
        // SAFETY: what is wanted stands behind the instruction word.
        let wanted = unsafe { *pc.add(1) };
        let Some(method) = self.look_up(key, wanted, start) else { return false };
        let is_native = method as u32 & NATIVE_KEY != 0;
        // Without checks of arguments.
        if !is_native && self.codes[(method >> 32) as usize].signature as usize != n + 1 {
            return false;
        }
        // SAFETY: the words behind the selector are the instruction's.
        unsafe {
            let cache = pc.add(SEND_CACHE);
            if *cache == NO_METHOD {
                self.methods.sites.push(pc);
            }
            // When all places are taken, the last one gets another method, unless the table knew it: see `found_method`.
            let way = (0..SEND_WAYS).find(|&way| *cache.add(way) == NO_METHOD).unwrap_or(SEND_WAYS - 1);
            *cache.add(way) = method;
        }
        true
    }

    /// The method that some send found for the key and what is wanted, or [`NO_METHOD`].
    ///
    /// # Safety
    /// A send remembers something.
    #[inline(always)]
    pub(crate) unsafe fn found_method(&self, key: u32, wanted: u64) -> u64 {
        // SAFETY: who made the send remember filled the table, which has `TABLE` entries from then on.
        let entry = unsafe { *self.methods.table.as_ptr().add(place(key, wanted)) };
        let found = entry.method as u32 & !NATIVE_KEY == key && entry.wanted == wanted;
        if found { entry.method } else { NO_METHOD }
    }

    /// Forgets all methods that sends remember: because methods changed, or code is about to go.
    #[cold]
    pub(crate) fn forget_sends(&mut self) {
        for pc in core::mem::take(&mut self.methods.sites) {
            for way in 0..SEND_WAYS {
                // SAFETY: the instruction exists still: whoever drops code calls this before.
                unsafe { *pc.add(SEND_CACHE + way) = NO_METHOD };
            }
        }
        // Programs define many methods in a row.
        if core::mem::take(&mut self.methods.filled) {
            self.methods.table.fill(NOTHING);
        }
    }

    /// Forgets methods if the language said that they changed.
    #[inline(always)]
    pub(crate) fn look_at_methods(&mut self) {
        if self.rt.take_methods_changed() {
            self.forget_sends();
        }
    }
}

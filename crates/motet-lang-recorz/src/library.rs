//! The class library's methods in Recorz source, and which of them a program needs.
//!
//! The build script splits the sources into methods and lists the words in each; so nothing is parsed before a method is
//! known to be needed. A method is needed when its selector is mentioned and instances of its class may exist; its words
//! are mentioned then.
//!
//! Invariants: [`WORDS`] is sorted; methods are in the order of the sources; `BY_SELECTOR` holds, for each word, the
//! methods of which it is the selector.

use alloc::{vec, vec::Vec};

use crate::{
    classes::{Builtin, CLASSES},
    natives,
    world::{ClassNo, World},
};

include!(concat!(env!("OUT_DIR"), "/library.rs"));

/// A method of the library.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    /// Its class.
    pub class: Builtin,
    /// Whether it belongs to the class side.
    pub meta: bool,
    /// Its selector.
    pub selector: &'static str,
    /// Its source text.
    pub source: &'static str,
    words: &'static [u16],
}

/// What somebody who mentions a word needs, because natives hand over to it or make instances of it.
#[derive(Clone, Copy, Debug)]
struct Needs {
    /// The words, of which each one will do.
    words: &'static [&'static str],
    /// Whether the program must define a method of such a selector; to send it is not enough.
    defined: bool,
    /// Selectors of library methods, and classes.
    needs: &'static [&'static [&'static str]],
}

const NEEDS: &[Needs] = &[
    Needs { words: &["on:do:", "on:do:on:do:"], defined: false, needs: &[&["_signal:", "_notUnderstood:"], ERRORS] },
    Needs { words: &["printOn:", "printString", "displayString", "do:"], defined: true, needs: &[PRINTING] },
    Needs { words: &["Time", "Date", "to:by:", "from:to:by:"], defined: false, needs: &[PRINTING] },
    Needs { words: &["=", "hash"], defined: true, needs: &[EQUALITY, KEYS] },
    Needs { words: &["Set", "IdentitySet", "Bag", "Dictionary", "IdentityDictionary"], defined: false, needs: &[KEYS] },
    Needs { words: COLLECTIONS, defined: false, needs: &[EQUALITY, ELEMENTS] },
    Needs { words: &["Association", "Point", "Time", "Date"], defined: false, needs: &[EQUALITY] },
    Needs { words: &["Point"], defined: false, needs: &[&["_retry:with:"]] },
    Needs { words: &["@"], defined: false, needs: &[&["Point"]] },
    Needs { words: &["->", "associations", "associationsDo:"], defined: false, needs: &[&["Association"]] },
    Needs { words: &["fork", "newProcess"], defined: false, needs: &[&["_finish", "Processor"]] },
    Needs { words: &["Smalltalk"], defined: false, needs: &[&["SystemDictionary"]] },
    Needs { words: &["Processor"], defined: false, needs: &[&["ProcessorScheduler"]] },
    Needs {
        words: &["substrings", "subStrings", "substrings:", "subStrings:", "tokenize:", "lines"],
        defined: false,
        needs: &[&["OrderedCollection"]],
    },
    Needs { words: &["asNumber", "asScaledDecimal:"], defined: false, needs: &[&["ScaledDecimal"]] },
];

/// Collections that natives do not know from inside.
const COLLECTIONS: &[&str] = &[
    "Collection",
    "SequenceableCollection",
    "Bag",
    "Set",
    "IdentitySet",
    "Dictionary",
    "IdentityDictionary",
    "Interval",
    "OrderedCollection",
    "SortedCollection",
];

/// To print objects that have a form of their own.
const PRINTING: &[&str] = &[
    "_printString",
    "_printNl",
    "_displayNl",
    "_nextPutAll:on:",
    "_show:",
    "_showCr:",
    "_print:",
    "_display:",
    "printOn:",
    "_nextPutAll:",
];

/// To compare arrays of objects that have an equality of their own.
const EQUALITY: &[&str] = &["_equal:", "_hash", "_indexOf:", "_upTo:"];

/// To find such objects among keys.
const KEYS: &[&str] = &["_slowFind:", "_slowAdd:", "_slowIncludes:", "_slowAt:", "_slowAt:put:", "_slowAt:ifAbsent:"];

/// To take the elements of other collections.
const ELEMENTS: &[&str] = &["_elements", "_join:", "_onElements:", "_nextPutAll:", "_replaceFrom:to:with:startingAt:"];

/// Exceptions that natives signal.
const ERRORS: &[&str] = &[
    "Error",
    "ZeroDivide",
    "MessageNotUnderstood",
    "IndexOutOfRange",
    "NotFound",
    "EmptyCollection",
    "InvalidArgument",
    "WrongArgumentCount",
    "BlockCannotReturn",
    "ShouldNotImplement",
];

/// Classes of which there are instances only where the class is mentioned.
fn is_dormant(class: Builtin) -> bool {
    let roots = [
        Builtin::Bag,
        Builtin::Set,
        Builtin::Dictionary,
        Builtin::Interval,
        Builtin::OrderedCollection,
        Builtin::Stream,
        Builtin::Exception,
        Builtin::ExceptionSet,
        Builtin::Process,
        Builtin::Semaphore,
        Builtin::ProcessorScheduler,
        Builtin::Delay,
        Builtin::Time,
        Builtin::Date,
        Builtin::Random,
        Builtin::SystemDictionary,
        Builtin::KernelInstaller,
        Builtin::Workspace,
        Builtin::TestRunner,
        Builtin::Handler,
        Builtin::Failure,
        Builtin::Point,
        Builtin::LookupKey,
        Builtin::ScaledDecimal,
    ];
    roots.into_iter().any(|root| class.is_within(root))
}

/// Finds out which methods a program needs.
#[derive(Clone)]
pub struct Reach {
    mentioned: Vec<bool>,
    live: Vec<bool>,
    needed: Vec<bool>,
    /// Whether there may be collections that natives do not know from inside.
    collections: bool,
    /// Mentioned words whose methods were not looked at yet.
    waiting: Vec<u16>,
}

impl Default for Reach {
    fn default() -> Self {
        Self::new()
    }
}

impl Reach {
    /// Nothing is mentioned.
    #[must_use]
    pub fn new() -> Self {
        let live = (0..CLASSES.len()).map(|n| Builtin::numbered(n).is_some_and(|class| !is_dormant(class))).collect();
        Self {
            mentioned: vec![false; WORDS.len()],
            live,
            needed: vec![false; METHODS.len()],
            collections: false,
            waiting: Vec::new(),
        }
    }

    /// The program mentions a word: a selector that it sends or defines, a symbol, or the name of a class or other global.
    pub fn word(&mut self, word: &str) {
        self.mention(word);
        self.settle();
    }

    /// The program defines a method of this selector.
    pub fn defines(&mut self, selector: &str) {
        self.mention(selector);
        self.mention_needs(selector, true);
        self.settle();
    }

    /// The program may mention any word.
    pub fn everything(&mut self) {
        self.needed.fill(true);
        self.mentioned.fill(true);
        self.live.fill(true);
    }

    /// The methods that are needed, in the order of the sources.
    pub fn methods(&self) -> impl Iterator<Item = &'static Piece> {
        METHODS.iter().zip(&self.needed).filter(|(_, needed)| **needed).map(|(piece, _)| piece)
    }

    /// Classes of which there may be instances because they are mentioned.
    pub fn alive(&self) -> impl Iterator<Item = Builtin> + '_ {
        let classes = (0..CLASSES.len()).filter_map(Builtin::numbered).filter(|&class| is_dormant(class));
        classes.filter(|class| self.live[class.number()])
    }

    fn mention(&mut self, word: &str) {
        match WORDS.binary_search(&word) {
            Ok(at) => self.mention_number(at as u16),
            // The sources may not have what natives need others for, and may not mention all classes.
            Err(_) => {
                self.mention_needs(word, false);
                if let Some(class) = Builtin::named(word) {
                    self.enliven(class);
                }
            }
        }
    }

    fn mention_number(&mut self, at: u16) {
        if !core::mem::replace(&mut self.mentioned[at as usize], true) {
            self.waiting.push(at);
        }
    }

    fn mention_needs(&mut self, word: &str, defined: bool) {
        for row in NEEDS.iter().filter(|row| row.defined == defined && row.words.contains(&word)) {
            for need in row.needs.iter().copied().flatten() {
                self.mention(need);
            }
        }
    }

    fn settle(&mut self) {
        while let Some(at) = self.waiting.pop() {
            let word = WORDS[at as usize];
            self.mention_needs(word, false);
            for &method in BY_SELECTOR[at as usize] {
                if self.applies(&METHODS[method as usize]) {
                    self.need(method);
                }
            }
            if word.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
                && let Some(class) = Builtin::named(word)
            {
                self.enliven(class);
            }
        }
    }

    /// Whether there may be receivers of a method.
    fn applies(&self, method: &Piece) -> bool {
        let general = matches!(method.class, Builtin::Collection | Builtin::SequenceableCollection) && !method.meta;
        self.live[method.class.number()] && (self.collections || !general || !natives::arrays::defines(method.selector))
    }

    /// There may be instances of a class.
    fn enliven(&mut self, class: Builtin) {
        if !self.collections && COLLECTIONS.contains(&class.row().name) {
            self.collections = true;
            for (at, method) in METHODS.iter().enumerate() {
                if self.is_mentioned(method.selector) && self.applies(method) {
                    self.need(at as u16);
                }
            }
        }
        let mut next = Some(class);
        while let Some(class) = next {
            if core::mem::replace(&mut self.live[class.number()], true) {
                return;
            }
            for (at, method) in METHODS.iter().enumerate() {
                if method.class == class && self.is_mentioned(method.selector) {
                    self.need(at as u16);
                }
            }
            next = class.row().superclass;
        }
    }

    fn is_mentioned(&self, selector: &str) -> bool {
        WORDS.binary_search(&selector).is_ok_and(|at| self.mentioned[at])
    }

    fn need(&mut self, method: u16) {
        if !core::mem::replace(&mut self.needed[method as usize], true) {
            for &word in METHODS[method as usize].words {
                self.mention_number(word);
            }
        }
    }
}

fn own(world: &World, class: ClassNo) -> impl Iterator<Item = &'static Piece> {
    let number = class.instance_side().0 as usize / 2;
    let is_user = world.class(class).is_user;
    METHODS.iter().filter(move |m| !is_user && m.class.number() == number && m.meta == class.is_meta())
}

/// Whether the library has a method of a class, be it compiled in or not.
#[must_use]
pub fn defines(world: &World, class: ClassNo, selector: &str) -> bool {
    own(world, class).any(|method| method.selector == selector)
}

/// Selectors of the library's methods of a class.
pub fn selectors(world: &World, class: ClassNo) -> impl Iterator<Item = &'static str> {
    own(world, class).map(|method| method.selector)
}

#[cfg(test)]
mod tests;

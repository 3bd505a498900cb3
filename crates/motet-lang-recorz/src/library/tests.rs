//! Which methods of the library programs bring in, and that its sources hold together.

use alloc::{string::String, vec::Vec};

use super::{METHODS, NEEDS, Reach, WORDS};
use crate::classes::Builtin;

fn reached(words: &[&str]) -> Vec<String> {
    let mut reach = Reach::new();
    for word in words {
        reach.word(word);
    }
    let name = |piece: &super::Piece| alloc::format!("{:?}>>{}", piece.class, piece.selector);
    reach.methods().map(name).collect()
}

#[test]
fn words_are_sorted_and_every_method_parses() {
    assert!(WORDS.is_sorted());
    let file = motet_source::FileId(0);
    for method in METHODS {
        let parsed = crate::parser::parse_method(method.source, 0, method.source.len(), file);
        let parsed = parsed.unwrap_or_else(|error| panic!("{:?}>>{}: {error:?}", method.class, method.selector));
        assert_eq!(parsed.selector, method.selector);
    }
}

#[test]
fn what_natives_hand_over_to_exists() {
    for row in NEEDS {
        for need in row.needs.iter().copied().flatten() {
            let global = ["Processor", "Smalltalk"].contains(need);
            let there = METHODS.iter().any(|m| m.selector == *need) || Builtin::named(need).is_some() || global;
            assert!(there, "{:?} need {need}", row.words);
        }
    }
}

#[test]
fn no_method_is_there_twice() {
    let mut all: Vec<_> = METHODS.iter().map(|m| (m.class, m.meta, m.selector)).collect();
    all.sort_unstable();
    for pair in all.windows(2) {
        assert_ne!(pair[0], pair[1]);
    }
}

#[test]
fn a_program_brings_in_only_what_it_mentions() {
    assert_eq!(reached(&["displayNl", "printNl", "print", "+", ",", "at:", "size"]), Vec::<String>::new());
    let set = reached(&["Set", "add:", "do:"]);
    assert!(set.iter().any(|m| m == "Set>>do:") && !set.iter().any(|m| m == "Bag>>do:"), "{set:?}");
    let errors = reached(&["on:do:"]);
    assert!(errors.iter().any(|m| m == "Exception>>_signal:") && errors.iter().any(|m| m == "Exception>>signal"));
    let mut all = Reach::new();
    all.everything();
    assert_eq!(all.methods().count(), METHODS.len());
}

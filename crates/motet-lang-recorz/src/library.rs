//! Stand-in.
use alloc::{
    string::{String, ToString},
    vec::Vec,
};
/// Words.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    words: Vec<String>,
}
/// A method.
pub struct Piece {
    pub class: &'static str,
    pub meta: bool,
    pub selector: &'static str,
    pub source: &'static str,
}
impl Reach {
    /// Mentions.
    pub fn word(&mut self, word: &str) {
        self.words.push(word.to_string());
    }
    /// Methods.
    pub fn methods(&self) -> Vec<Piece> {
        Vec::new()
    }
}

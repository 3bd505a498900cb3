//! What a compilation asked the file system, and what it was told.
//!
//! Invariant: a front end is a function of its text, its options and these answers. So as long as asking again gives the
//! same answers, compiling again gives the same program.

use std::collections::BTreeMap;

use motet::{FileError, FileLoader, Loader};

/// Hash of an answer.
pub(crate) type Digest = [u8; 32];

/// Kinds of questions, one for each method of [`Loader`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// [`Loader::read`].
    Read = 0,
    /// [`Loader::canonical`].
    Canonical = 1,
    /// [`Loader::exists`].
    Exists = 2,
    /// [`Loader::list`].
    List = 3,
}

impl Kind {
    /// The kind with this number.
    pub(crate) fn of(number: u8) -> Option<Kind> {
        [Kind::Read, Kind::Canonical, Kind::Exists, Kind::List].into_iter().find(|kind| *kind as u8 == number)
    }
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Question {
    pub(crate) kind: Kind,
    pub(crate) path: String,
    /// The extension that is listed; empty for other kinds.
    pub(crate) extension: String,
}

impl Question {
    /// Asks the file system now. The text of a file that was read comes along.
    pub(crate) fn ask(&self, loader: &mut FileLoader) -> Option<(Digest, Option<String>)> {
        Some(match self.kind {
            Kind::Read => match loader.read(&self.path) {
                Ok(text) => (of_text(&text), Some(text)),
                Err(error) => (of_error(&error)?, None),
            },
            Kind::Canonical => (of_text(&loader.canonical(&self.path)), None),
            Kind::Exists => (of_bool(loader.exists(&self.path)), None),
            Kind::List => (of_list(&loader.list(&self.path, &self.extension)), None),
        })
    }
}

/// Hash of a text.
pub(crate) fn of_text(text: &str) -> Digest {
    *blake3::hash(text.as_bytes()).as_bytes()
}

/// Only the absence of a file is an answer that can be given again.
fn of_error(error: &FileError) -> Option<Digest> {
    (*error == FileError::NotFound).then_some([0; 32])
}

fn of_bool(yes: bool) -> Digest {
    [u8::from(yes); 32]
}

fn of_list(paths: &[String]) -> Digest {
    let mut hasher = blake3::Hasher::new();
    for path in paths {
        hasher.update(&(path.len() as u64).to_le_bytes());
        hasher.update(path.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

/// Loads files, and keeps a record of the questions and answers.
#[derive(Debug, Default)]
pub struct Recorder {
    loader: FileLoader,
    questions: Vec<(Question, Digest)>,
    known: BTreeMap<Question, Digest>,
    unsettled: bool,
}

impl Recorder {
    /// The record, in the order of asking; `None` if it cannot be relied on: a file could not be read, or changed
    /// meanwhile.
    pub(crate) fn questions(&self) -> Option<&[(Question, Digest)]> {
        (!self.unsettled).then_some(&self.questions)
    }

    fn note(&mut self, kind: Kind, path: &str, extension: &str, answer: Option<Digest>) {
        let Some(answer) = answer else {
            self.unsettled = true;
            return;
        };
        let question = Question { kind, path: path.to_string(), extension: extension.to_string() };
        match self.known.insert(question.clone(), answer) {
            None => self.questions.push((question, answer)),
            Some(before) => self.unsettled |= before != answer,
        }
    }
}

impl Loader for Recorder {
    fn read(&mut self, path: &str) -> Result<String, FileError> {
        let read = self.loader.read(path);
        let answer = match &read {
            Ok(text) => Some(of_text(text)),
            Err(error) => of_error(error),
        };
        self.note(Kind::Read, path, "", answer);
        read
    }

    fn canonical(&mut self, path: &str) -> String {
        let canonical = self.loader.canonical(path);
        self.note(Kind::Canonical, path, "", Some(of_text(&canonical)));
        canonical
    }

    fn list(&mut self, folder: &str, extension: &str) -> Vec<String> {
        let listed = self.loader.list(folder, extension);
        self.note(Kind::List, folder, extension, Some(of_list(&listed)));
        listed
    }

    fn exists(&mut self, path: &str) -> bool {
        let exists = self.loader.exists(path);
        self.note(Kind::Exists, path, "", Some(of_bool(exists)));
        exists
    }
}

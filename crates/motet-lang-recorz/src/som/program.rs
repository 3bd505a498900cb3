//! The class path: from the main file to all classes that it names.
//!
//! A class is looked for in the main file, then in its folder, then in the folders of the class path in order, then in
//! the built-in library.

use alloc::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_ir::{LoadError, Loader, Options};
use motet_source::{Code, Diagnostic, FileId, Sources, Span};

use super::library;
use crate::{
    lexer::{Kind, Surface, lex},
    parser::{SomClass, parse_class},
};

/// Stands for the folder of the built-in library.
const BUILT_IN: &str = "<som>";

fn in_folder(folder: &str, class: &str) -> String {
    match folder {
        "" => format!("{class}.som"),
        folder if folder.ends_with('/') => format!("{folder}{class}.som"),
        folder => format!("{folder}/{class}.som"),
    }
}

/// A file of the program.
pub(crate) struct File {
    /// In the sources.
    pub id: FileId,
    /// Its text.
    pub text: Cow<'static, str>,
    /// Whether it is of the built-in library.
    pub built_in: bool,
}

/// All files of a program, the main file first.
pub(crate) struct Files {
    /// In the order in which they were found.
    pub files: Vec<File>,
    /// For diagnostics.
    pub sources: Sources,
    /// What could not be read.
    pub diagnostics: Vec<Diagnostic>,
}

/// A class with where it stands.
pub(crate) struct Unit<'a> {
    /// What was parsed.
    pub class: SomClass<'a>,
    /// Its file.
    pub file: FileId,
    /// Whether it is of the built-in library.
    pub built_in: bool,
}

/// What is known before a program is compiled.
#[derive(Clone, Copy)]
pub(crate) struct Known<'k> {
    /// Whether the running world has a class of this name already.
    pub class: &'k dyn Fn(&str) -> bool,
    /// Whether the classes of the engine's values are to be compiled too.
    pub core: bool,
}

/// Folders in which classes are looked for: that of the main file, then those of the class path.
pub(crate) fn folders(name: &str, options: &Options) -> Vec<String> {
    let folder = name.rfind('/').map_or("", |at| &name[..at]);
    let mut folders = Vec::from([folder.to_string()]);
    for folder in &options.path {
        if !folders.contains(folder) {
            folders.push(folder.clone());
        }
    }
    folders
}

impl Files {
    /// Reads the main file and everything that it names.
    pub fn read(name: &str, text: &str, loader: &mut dyn Loader, options: &Options, known: Known<'_>) -> Files {
        let folders = folders(name, options);
        let mut all = Files { files: Vec::new(), sources: Sources::default(), diagnostics: Vec::new() };
        let mut wanted: Vec<String> = Vec::new();
        // Classes of the main file are found there.
        let mut seen: BTreeSet<String> = BTreeSet::new();
        // What is called may be all that is named.
        if options.call.is_none() || !text.trim().is_empty() {
            all.add(name, Cow::Owned(text.to_string()), false, &mut wanted, &mut seen);
        }
        if known.core {
            wanted.extend(library::CORE.iter().map(ToString::to_string));
        }
        if let Some((class, _)) = options.call.as_deref().and_then(|call| call.split_once('.')) {
            wanted.push(class.to_string());
        }
        while let Some(class) = wanted.pop() {
            if seen.contains(&class) || (known.class)(&class) {
                continue;
            }
            seen.insert(class.clone());
            all.find(&class, &folders, loader, &mut wanted, &mut seen);
        }
        all
    }

    /// Path and text of the file of a class: in one of the folders, or in the built-in library.
    pub fn locate(class: &str, folders: &[String], loader: &mut dyn Loader) -> Option<(String, Cow<'static, str>)> {
        for folder in folders {
            let path = in_folder(folder, class);
            if let Ok(text) = loader.read(&path) {
                return Some((path, Cow::Owned(text)));
            }
        }
        Some((in_folder(BUILT_IN, class), Cow::Borrowed(library::source(class)?)))
    }

    /// Looks for a class along the class path.
    fn find(
        &mut self,
        class: &str,
        folders: &[String],
        loader: &mut dyn Loader,
        wanted: &mut Vec<String>,
        seen: &mut BTreeSet<String>,
    ) {
        for folder in folders {
            let path = in_folder(folder, class);
            match loader.read(&path) {
                Ok(text) => return self.add(&path, Cow::Owned(text), false, wanted, seen),
                Err(LoadError::NotFound) => {}
                Err(error) => {
                    let reason = match error {
                        LoadError::Other(text) => text,
                        LoadError::NotText | LoadError::NotFound => "it is not UTF-8".to_string(),
                    };
                    let message = format!("cannot read {path}: {reason}");
                    self.diagnostics.push(Diagnostic::error(Code::BadImport, FileId(0), Span::new(0, 0), message));
                    return;
                }
            }
        }
        if let Some(text) = library::source(class) {
            self.add(&in_folder(BUILT_IN, class), Cow::Borrowed(text), true, wanted, seen);
        }
    }

    /// Takes a file and notes the names in it that may be classes.
    fn add(
        &mut self,
        path: &str,
        text: Cow<'static, str>,
        built_in: bool,
        wanted: &mut Vec<String>,
        seen: &mut BTreeSet<String>,
    ) {
        let id = self.sources.add(path, &*text);
        if built_in {
            seen.extend(path.rsplit('/').next().and_then(|file| file.strip_suffix(".som")).map(ToString::to_string));
        } else if let Ok(classes) = parse_class(&text, id) {
            seen.extend(classes.iter().map(|class| class.name.text.to_string()));
        }
        let tokens = lex(&text, 0, text.len(), id, Surface::Som).unwrap_or_default();
        // The class of a file with errors is not looked for elsewhere.
        if let Some(Kind::Ident(name)) = tokens.first().map(|token| &token.kind) {
            seen.insert(name.to_string());
        }
        for token in &tokens {
            if let Kind::Ident(name) = token.kind
                && name.starts_with(char::is_uppercase)
            {
                wanted.push(name.to_string());
            }
        }
        self.files.push(File { id, text, built_in });
    }

    /// Parses everything.
    ///
    /// # Errors
    /// The first error of each file, and classes that are missing or wrong.
    pub fn parse(&self) -> Result<Vec<Unit<'_>>, Vec<Diagnostic>> {
        let mut diagnostics = self.diagnostics.clone();
        let mut units: Vec<Unit<'_>> = Vec::new();
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        for file in &self.files {
            match parse_class(&file.text, file.id) {
                Ok(classes) => {
                    for class in classes {
                        let name = class.name;
                        if names.contains_key(name.text) {
                            // The first of a name on the class path wins; two in one file are an error.
                            if units.iter().any(|u| u.file == file.id && u.class.name.text == name.text) {
                                let message = format!("class {} is defined twice", name.text);
                                diagnostics.push(Diagnostic::error(Code::DuplicateName, file.id, name.span, message));
                            }
                            continue;
                        }
                        names.insert(name.text, units.len());
                        units.push(Unit { class, file: file.id, built_in: file.built_in });
                    }
                }
                Err(error) => diagnostics.push(error),
            }
        }
        if diagnostics.is_empty() { Ok(units) } else { Err(diagnostics) }
    }
}

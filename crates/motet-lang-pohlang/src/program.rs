//! From a main file to all files of its program: the import graph.
//!
//! Invariants: unit 0 is the main file; a file reached by several ways is one
//! unit; cycles are allowed here. A file that is missing or does not parse is
//! no problem of the program: it is the text that the import fails with.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use motet_ir::{LoadError, Loader, Options};
use motet_source::{Diagnostic, FileId, Sources};

use crate::{
    ast::Program,
    parser::{self, Imported},
};

/// The extension of source files.
const EXTENSION: &str = "poh";

/// Where system modules lie, below the program's folder or one above it.
const LIBRARY: &str = "Interpreter/stdlib";

/// What an import statement reaches.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Import {
    /// The unit with this number.
    Unit(usize),
    /// A system module that nobody provides, which is empty.
    Absent,
    /// It cannot be used: the message that the statement fails with when it is reached.
    Failed(String),
}

/// One file of the program, parsed.
#[derive(Debug)]
pub(crate) struct Unit<'a> {
    /// Its tree.
    pub program: Program<'a>,
    /// Its text among the sources.
    pub file: FileId,
    /// As the user gave it, or as the importing file's folder and the import say.
    pub path: &'a str,
    /// The one spelling of its path.
    pub canonical: &'a str,
    /// What `Import "…"` reaches, by the text between the quotes.
    pub imports: BTreeMap<&'a str, Import>,
    /// What `Import system "…"` reaches, by the module's name.
    pub systems: BTreeMap<&'a str, Import>,
}

/// A file before it is parsed.
#[derive(Debug)]
struct Source {
    path: String,
    canonical: String,
    imports: BTreeMap<String, Target>,
    systems: BTreeMap<String, Target>,
}

#[derive(Clone, Debug)]
enum Target {
    Source(usize),
    Absent,
    Failed(String),
}

/// The texts of a program.
#[derive(Debug)]
pub(crate) struct Files {
    /// Names and texts, the main file's first.
    pub sources: Sources,
    files: Vec<Source>,
    snippet: bool,
}

impl Files {
    /// Reads everything that a main file can import.
    pub fn read(name: &str, text: &str, loader: &mut dyn Loader, options: &Options) -> Self {
        let mut files = Self { sources: Sources::default(), files: Vec::new(), snippet: !options.whole };
        let canonical = loader.canonical(name);
        let places = library_folders(&canonical, options.root.as_deref());
        let mut known = BTreeMap::from([(canonical.clone(), 0)]);
        files.add(name.to_string(), canonical, text);
        let mut next = 0;
        while next < files.files.len() {
            for (import, written) in files.imports_of(next) {
                let target = match import {
                    Imported::File => {
                        let path = beside(&files.files[next].path, &written);
                        files.find(&path, &mut known, loader).unwrap_or_else(Target::Failed)
                    }
                    Imported::System => files.system(&written, &places, &mut known, loader),
                };
                let source = &mut files.files[next];
                let table = match import {
                    Imported::File => &mut source.imports,
                    Imported::System => &mut source.systems,
                };
                table.insert(written, target);
            }
            next += 1;
        }
        files
    }

    fn add(&mut self, path: String, canonical: String, text: &str) {
        self.sources.add(path.as_str(), text);
        self.files.push(Source { path, canonical, imports: BTreeMap::new(), systems: BTreeMap::new() });
    }

    fn text(&self, index: usize) -> &str {
        self.sources.get(FileId(index as u32)).map_or("", |file| &file.text)
    }

    fn imports_of(&self, index: usize) -> Vec<(Imported, String)> {
        parser::imports(self.text(index)).map(|(import, written)| (import, written.to_string())).collect()
    }

    fn system(
        &mut self,
        name: &str,
        places: &[String],
        known: &mut BTreeMap<String, usize>,
        loader: &mut dyn Loader,
    ) -> Target {
        for place in places {
            let path = join(place, &format!("{name}.{EXTENSION}"));
            if loader.exists(&path) {
                return self.find(&path, known, loader).unwrap_or_else(Target::Failed);
            }
        }
        Target::Absent
    }

    /// The file at a path, which is read if it is new; else why not, in the system's words.
    fn find(
        &mut self,
        path: &str,
        known: &mut BTreeMap<String, usize>,
        loader: &mut dyn Loader,
    ) -> Result<Target, String> {
        let canonical = loader.canonical(path);
        if let Some(&index) = known.get(&canonical) {
            return Ok(Target::Source(index));
        }
        let text = loader.read(path).map_err(|e| match e {
            LoadError::NotFound => "No such file or directory (os error 2)".to_string(),
            LoadError::NotText => "stream did not contain valid UTF-8".to_string(),
            LoadError::Other(cause) => cause,
        })?;
        known.insert(canonical.clone(), self.files.len());
        self.add(path.to_string(), canonical, &text);
        Ok(Target::Source(self.files.len() - 1))
    }

    /// Parses all files.
    ///
    /// # Errors
    /// What is wrong with the main file.
    pub fn parse(&self) -> Result<Vec<Unit<'_>>, Vec<Diagnostic>> {
        // Files that do not parse get no unit, so that the numbers change.
        let mut reached = vec![Import::Absent; self.files.len()];
        let mut programs = Vec::new();
        for (index, reached) in reached.iter_mut().enumerate() {
            let file = FileId(index as u32);
            match parser::parse(self.text(index), file, self.snippet && index == 0) {
                Ok(program) => {
                    *reached = Import::Unit(programs.len());
                    programs.push((index, program));
                }
                Err(diagnostics) if index == 0 => return Err(diagnostics),
                Err(diagnostics) => {
                    *reached = Import::Failed(diagnostics.into_iter().next().map_or_else(String::new, |d| d.message));
                }
            }
        }
        let resolve = |table: &'_ BTreeMap<String, Target>| -> Vec<Import> {
            let import = |target: &Target| match target {
                Target::Source(index) => reached[*index].clone(),
                Target::Absent => Import::Absent,
                Target::Failed(text) => Import::Failed(text.clone()),
            };
            table.values().map(import).collect()
        };
        let units = programs.into_iter().map(|(index, program)| {
            let source = &self.files[index];
            Unit {
                program,
                file: FileId(index as u32),
                path: &source.path,
                canonical: &source.canonical,
                imports: source.imports.keys().map(String::as_str).zip(resolve(&source.imports)).collect(),
                systems: source.systems.keys().map(String::as_str).zip(resolve(&source.systems)).collect(),
            }
        });
        Ok(units.collect())
    }
}

/// The folder that a path lies in, without the final `/`.
fn folder(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) => "/",
        Some(at) => &path[..at],
        None => "",
    }
}

fn join(folder: &str, path: &str) -> String {
    match folder {
        "" => path.to_string(),
        _ if path.starts_with('/') => path.to_string(),
        _ => format!("{}/{path}", folder.trim_end_matches('/')),
    }
}

/// The file that an import in the file `importer` means.
fn beside(importer: &str, written: &str) -> String {
    let mut path = join(folder(importer), written);
    let name = path.rsplit('/').next().unwrap_or("");
    if !name.is_empty() && name != ".." && name.rfind('.').is_none_or(|at| at == 0) {
        path.push('.');
        path.push_str(EXTENSION);
    }
    path
}

/// Where system modules are looked for: the folder that the user named, then below the program's folder and all above it,
/// then below the working folder.
fn library_folders(program: &str, named: Option<&str>) -> Vec<String> {
    let mut places: Vec<String> = named.into_iter().map(str::to_string).collect();
    let mut here = folder(program);
    while !here.is_empty() {
        places.push(join(here, LIBRARY));
        if here == "/" {
            break;
        }
        here = folder(here);
    }
    places.push(LIBRARY.to_string());
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files in memory; links lead from one path to another.
    struct Disk(BTreeMap<&'static str, &'static str>);

    impl Loader for Disk {
        fn read(&mut self, path: &str) -> Result<String, LoadError> {
            let canonical = self.canonical(path);
            match self.0.get(canonical.as_str()) {
                Some(&"<other>") => Err(LoadError::Other("Is a directory (os error 21)".into())),
                Some(text) => Ok((*text).to_string()),
                None => Err(LoadError::NotFound),
            }
        }

        fn canonical(&mut self, path: &str) -> String {
            let mut parts: Vec<&str> = Vec::new();
            for part in path.split('/') {
                match part {
                    "." => {}
                    ".." => drop(parts.pop()),
                    part => parts.push(part),
                }
            }
            parts.join("/")
        }
    }

    /// The units' paths with what each of their imports reaches.
    fn loaded(name: &str, files: &[(&'static str, &'static str)], options: &Options) -> Vec<String> {
        let mut disk = Disk(files.iter().copied().collect());
        let text = disk.read(name).expect("the main file");
        let files = Files::read(name, &text, &mut disk, options);
        let units = files.parse().expect("the main file parses");
        let shown = |unit: &Unit<'_>| {
            let imports = unit.imports.iter().chain(&unit.systems).map(|(written, import)| match import {
                Import::Unit(number) => format!(" {written}={number}"),
                Import::Absent => format!(" {written}=absent"),
                Import::Failed(text) => format!(" {written}=({})", text.lines().next().unwrap_or("")),
            });
            format!("{}:{}{}", unit.path, unit.canonical, imports.collect::<String>())
        };
        units.iter().map(shown).collect()
    }

    #[test]
    fn imports_are_relative_to_their_file_and_read_once() {
        let files = [
            (
                "a/main.poh",
                "Start Program\nImport \"lib/one\"\n  Import \"./lib/../lib/one.poh\"\nImport \"/abs\"\nEnd Program",
            ),
            ("a/lib/one.poh", "Start Program\nImport \"../main\"\nImport \"two.v2\"\nEnd Program"),
            ("a/lib/two.v2", "Start Program\nEnd Program"),
            ("/abs.poh", "start program\nend program"),
        ];
        let expected = [
            "a/main.poh:a/main.poh ./lib/../lib/one.poh=1 /abs=2 lib/one=1",
            "a/lib/one.poh:a/lib/one.poh ../main=0 two.v2=3",
            "/abs.poh:/abs.poh",
            "a/lib/two.v2:a/lib/two.v2",
        ];
        assert_eq!(loaded("a/main.poh", &files, &Options::default()), expected);
    }

    #[test]
    fn what_is_wrong_with_an_import_is_kept_for_the_statement() {
        let files = [
            (
                "main.poh",
                "Start Program\nImport \"none\"\nImport \"bad\"\nImport \"dir\"\nImport \"good\"\n# Import \"x\"\nEnd Program",
            ),
            ("bad.poh", "Start Program\nPrint 1\nEnd Program"),
            ("dir.poh", "<other>"),
            ("good.poh", "Start Program\nEnd Program"),
        ];
        let expected = [
            "main.poh:main.poh bad=(Unsupported statement: Print 1) dir=(Is a directory (os error 21)) good=1 \
             none=(No such file or directory (os error 2))",
            "good.poh:good.poh",
        ];
        assert_eq!(loaded("main.poh", &files, &Options::default()), expected);
    }

    #[test]
    fn system_modules_are_found_in_the_order_of_the_reference() {
        const MAIN: &str = "Start Program\nImport system \"m\" as n\nEnd Program";
        const EMPTY: &str = "Start Program\nEnd Program";
        let main = ("/a/b/main.poh", MAIN);
        let places =
            ["named/m.poh", "/a/b/Interpreter/stdlib/m.poh", "/a/Interpreter/stdlib/m.poh", "Interpreter/stdlib/m.poh"];
        for number in 0..places.len() {
            let mut files: Vec<_> = places[number..].iter().map(|&place| (place, EMPTY)).collect();
            files.push(main);
            let options = Options { root: Some("named".into()), ..Options::default() };
            let found = loaded("/a/b/main.poh", &files, &options);
            let place = places[number];
            assert_eq!(found, ["/a/b/main.poh:/a/b/main.poh m=1".to_string(), format!("{place}:{place}")]);
        }
        assert_eq!(loaded("/a/b/main.poh", &[main], &Options::default()), ["/a/b/main.poh:/a/b/main.poh m=absent"]);
    }
}

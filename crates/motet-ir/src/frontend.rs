//! What a language provides on the compile side.

use alloc::{
    boxed::Box,
    string::{String, ToString},
    vec::Vec,
};

use motet_source::{Diagnostic, Severity, Sources};

use crate::Module;

/// A language's compile side.
pub trait Frontend {
    /// Name of the language: lower case, such as `ruff`.
    fn name(&self) -> &'static str;

    /// Parses, checks and lowers a main file and everything it imports.
    /// `name` is shown in messages and is the base of relative imports.
    fn compile(&self, name: &str, text: &str, loader: &mut dyn Loader, options: &Options) -> Compilation;

    /// The syntax tree as indented text.
    ///
    /// # Errors
    /// The diagnostics, when the text does not parse.
    fn dump_ast(&self, name: &str, text: &str, options: &Options) -> Result<String, Box<Compilation>>;

    /// The tokens, one a line, as the language's own tool lists them; `None` for a language that has no such listing.
    fn dump_tokens(&self, name: &str, text: &str) -> Option<Result<String, Box<Compilation>>> {
        let _ = (name, text);
        None
    }

    /// The text in the language's customary layout, with the same meaning and the same comments; the diagnostics,
    /// when it does not parse. `None` for a language without a formatter.
    fn format(&self, name: &str, text: &str) -> Option<Result<String, Box<Compilation>>> {
        let _ = (name, text);
        None
    }

    /// Diagnostics in the language's own customary form, one text per call.
    fn render(&self, diagnostics: &[Diagnostic], sources: &Sources) -> String;

    /// Whether `text` looks unfinished, so that a REPL should ask for another line.
    fn is_incomplete(&self, text: &str) -> bool;
}

/// Choices that front ends honour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Only the language as its own author defined it, without Motet's extensions.
    pub core: bool,
    /// Fill [`Module::tests`].
    pub tests: bool,
    /// Byte offset in the main file before which top-level statements are checked but not run
    /// again (declarations still count): how a REPL replays its history.
    pub replay_until: u32,
    /// Functions of the host that the program may call by name, as if they were built in. They hide builtins of the
    /// same name; what the program declares hides them.
    pub host: Vec<HostFunction>,
    /// The folder in which imports are looked for, in languages whose programs have one; the language finds it when this
    /// is absent.
    pub root: Option<String>,
    /// It is to be run as a whole: where programs begin with a `main` function, one without it fails when it is run.
    /// Otherwise such a program only sets up its variables, for a host that calls its functions.
    pub whole: bool,
    /// Only what the program imports by name, in languages in which files and libraries also come of themselves.
    pub explicit: bool,
    /// Files that come before the main one, in order, in languages whose programs may consist of several (Recorz). The
    /// loader reads them.
    pub files: Vec<String>,
    /// Folders that are searched for what the program names, besides its own (SOM's class path).
    pub path: Vec<String>,
    /// What is called instead of the program's own beginning, and its result shown: `Class.selector` (SOM).
    pub call: Option<String>,
    /// The program is one expression or do-it, whose value is the result that is shown.
    pub evaluate: bool,
    /// For text that a running program compiles: what the language's native code tells about the isolate
    /// (`motet_runtime::LoadRequest::context`), in a form that is the language's own.
    pub context: Option<Vec<u8>>,
    /// The isolate begins with a saved state, in which the program goes on.
    pub image: bool,
}

/// A function that the host provides, as front ends see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFunction {
    /// Name in programs, and of the native function: an identifier.
    pub name: String,
    /// Types of the parameters.
    pub params: Vec<HostType>,
    /// Type of the result.
    pub result: HostType,
}

/// Type of a value that crosses between host and program. Languages without static types ignore it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostType {
    /// Anything, such as a function or an object of the host.
    Any,
    /// No value.
    Nil,
    /// A boolean.
    Bool,
    /// A 64-bit integer.
    Int,
    /// A float.
    Float,
    /// Text.
    Str,
    /// A list of values of one type.
    List(Box<HostType>),
    /// A map from text to values of one type.
    Map(Box<HostType>),
    /// A value or none.
    Optional(Box<HostType>),
}

/// What a front end hands back.
#[derive(Clone, Debug, Default)]
pub struct Compilation {
    /// The program; present if and only if no diagnostic is an error.
    pub module: Option<Module>,
    /// Everything found, in the order in which it should be shown.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that the diagnostics refer to.
    pub sources: Sources,
    /// For languages that report it: the type of the program's result.
    pub result_type: Option<String>,
    /// When an error was found: what the language runs before it reports the error, namely the imports that
    /// were complete by then. Its result is not shown, and if it stops, the error is never reported.
    pub before: Option<Module>,
}

impl Compilation {
    /// Whether any diagnostic is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|d| d.severity == Severity::Error)
    }
}

/// Why a file could not be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// There is no such file.
    NotFound,
    /// It is not UTF-8.
    NotText,
    /// Anything else, in the system's words.
    Other(String),
}

/// How a front end reaches imported files. Paths use `/`.
pub trait Loader {
    /// Text of the file.
    ///
    /// # Errors
    /// See [`LoadError`].
    fn read(&mut self, path: &str) -> Result<String, LoadError>;

    /// One spelling per file, so that a file imported twice is recognised; also resolves `.` and
    /// `..` and symbolic links where the host can.
    fn canonical(&mut self, path: &str) -> String {
        path.to_string()
    }

    /// Paths of all files below a folder, at any depth, that end in `.` and the extension; sorted. Folders and files whose
    /// name begins with a dot are left out.
    fn list(&mut self, folder: &str, extension: &str) -> Vec<String> {
        let _ = (folder, extension);
        Vec::new()
    }

    /// Whether a file exists there.
    fn exists(&mut self, path: &str) -> bool {
        self.read(path).is_ok()
    }
}

/// A loader that finds nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLoader;

impl Loader for NoLoader {
    fn read(&mut self, _path: &str) -> Result<String, LoadError> {
        Err(LoadError::NotFound)
    }
}

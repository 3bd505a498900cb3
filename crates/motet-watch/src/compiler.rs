//! Compiling a program from its file, with a note of everything that was looked at.

use std::path::Path;
use std::time::{Duration, Instant};

use motet::{Compilation, CompileError, CompileOptions, Engine, Error, FileLoader, FormatLimits, Language, Program};

use crate::reads::{NotingLoader, Reads};

/// Largest main file that is read, in bytes.
const MAX_FILE: u64 = 512 << 20;

/// How to compile one program again and again.
#[derive(Clone, Debug)]
pub struct Compiler {
    /// The languages.
    pub engine: Engine,
    /// The main file, as messages show it.
    pub path: String,
    /// Its language; `None` for what the name tells.
    pub language: Option<&'static Language>,
    /// Choices.
    pub options: CompileOptions,
}

/// What became of a compilation.
pub struct Build {
    /// The program, or why there is none.
    pub result: Result<Version, Refusal>,
    /// Everything that it looked at.
    pub reads: Reads,
    /// How long it took.
    pub time: Duration,
}

/// A version of a program that compiles.
pub struct Version {
    /// The program.
    pub program: Program,
    /// Its `.pbc` form, with debug information.
    pub pbc: Vec<u8>,
    /// The program has a `main` function, which is the same as in the version before: one that runs may go on.
    pub same_main: bool,
    /// Its language; `None` for modules.
    pub language: Option<&'static Language>,
    /// Warnings are among the diagnostics of this; it has no module.
    pub compilation: Compilation,
}

/// Why there is no program.
#[derive(Debug)]
pub enum Refusal {
    /// The main file cannot be read, in the system's words.
    Unreadable(String),
    /// The text has errors.
    Errors(&'static Language, Box<Compilation>),
    /// Anything else.
    Other(Error),
}

impl Refusal {
    /// What there is to say in Motet's own form, ending in a newline.
    #[must_use]
    pub fn text(&self, path: &str, colour: bool) -> String {
        match self {
            Refusal::Unreadable(why) => format!("error: cannot read `{path}`: {why}\n"),
            Refusal::Errors(_, compilation) => {
                motet_source::render_text(&compilation.diagnostics, &compilation.sources, colour)
            }
            Refusal::Other(error) => format!("error: {error}\n"),
        }
    }
}

impl Compiler {
    /// Compiles what the files hold now.
    #[must_use]
    pub fn compile(&self) -> Build {
        let start = Instant::now();
        let mut reads = Reads::default();
        let result = self.version(&mut reads);
        Build { result, reads, time: start.elapsed() }
    }

    fn version(&self, reads: &mut Reads) -> Result<Version, Refusal> {
        let content = match read(&self.path) {
            Ok(content) => content,
            Err(e) => {
                reads.note(&self.path, None);
                return Err(Refusal::Unreadable(e.to_string()));
            }
        };
        reads.note(&self.path, Some(&content));
        if Program::is_pbc(&content) {
            let program = Program::from_pbc(&content, &FormatLimits::trusted()).map_err(Refusal::Other)?;
            return Ok(Version {
                program,
                pbc: content,
                same_main: false,
                language: None,
                compilation: Compilation::default(),
            });
        }
        let language = match self.language {
            Some(language) => language,
            None => self.engine.language_of_path(&self.path).map_err(Refusal::Other)?,
        };
        let text = String::from_utf8(content).map_err(|e| {
            Refusal::Unreadable(format!("it is not UTF-8 text (byte {})", e.utf8_error().valid_up_to()))
        })?;
        let mut loader = NotingLoader { loader: FileLoader::default(), reads };
        let mut compilation = (language.frontend)().compile(&self.path, &text, &mut loader, &self.options.frontend);
        if compilation.has_errors() {
            return Err(Refusal::Errors(language, Box::new(compilation)));
        }
        let made = Compilation { module: compilation.module.take(), ..Compilation::default() };
        let program = Engine::finish_with(language, made, &self.options).map_err(|e| match e {
            Error::Compile(e) => {
                let CompileError { compilation, .. } = *e;
                Refusal::Errors(language, Box::new(compilation))
            }
            other => Refusal::Other(other),
        })?;
        let pbc = program.to_pbc(true).map_err(Refusal::Other)?;
        Ok(Version { program, pbc, same_main: false, language: Some(language), compilation })
    }
}

fn read(path: &str) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut content = Vec::new();
    let file = std::fs::File::open(Path::new(path))?;
    file.take(MAX_FILE + 1).read_to_end(&mut content)?;
    if content.len() as u64 > MAX_FILE {
        return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, "it is larger than 512 MiB"));
    }
    Ok(content)
}

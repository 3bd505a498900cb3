//! The engine: which languages there are, and how text becomes programs.

#[cfg(feature = "compiler")]
use alloc::boxed::Box;
use alloc::{
    string::{String, ToString},
    vec::Vec,
};

#[cfg(feature = "compiler")]
use motet_bytecode::Limits as FormatLimits;
use motet_ir::Options;
#[cfg(feature = "compiler")]
use motet_ir::{Compilation, Loader, NoLoader};
use motet_opt::Level;
#[cfg(feature = "compiler")]
use motet_source::{Code, Diagnostic};

#[cfg(feature = "compiler")]
use crate::{CompileError, Program};
use crate::{Config, Error, Isolate, LANGUAGES, Language};

/// Choices for compiling.
#[derive(Clone, Debug, Default)]
pub struct CompileOptions {
    /// What the front end is told.
    pub frontend: Options,
    /// How much to optimise.
    pub level: Level,
    /// Keep every top-level variable readable by name ([`Isolate::global`]). Otherwise, from `O1` on, variables that
    /// no function uses become locals of the program's top level, which is faster.
    pub keep_globals: bool,
    /// Compile for live replacement ([`Isolate::reload`]): implies `keep_globals`, new globals of a later version get their
    /// values without a restart, and the optimiser assumes nothing of other functions.
    pub live: bool,
}

/// A function that takes more than any `.pbc` file may say. Front ends leave this to the one place where the limit is
/// known.
#[cfg(feature = "compiler")]
fn too_many_parameters(module: &motet_ir::Module) -> Option<Diagnostic> {
    let most = FormatLimits::trusted().params;
    let function = module.functions.iter().find(|f| f.params as usize > most)?;
    let message = alloc::format!("`{}` takes {} parameters; the most is {most}", function.name, function.params);
    let problem = Diagnostic::error(Code::TooLarge, function.source, function.span, message);
    Some(problem.with_help("pass a list instead"))
}

/// A set of languages.
#[derive(Clone, Debug)]
pub struct Engine {
    languages: Vec<&'static Language>,
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine {
    /// An engine for all languages of this build.
    #[must_use]
    pub fn new() -> Self {
        Self { languages: LANGUAGES.iter().collect() }
    }

    /// An engine for languages of one's own choice.
    #[must_use]
    pub fn with_languages(languages: Vec<&'static Language>) -> Self {
        Self { languages }
    }

    /// The languages.
    #[must_use]
    pub fn languages(&self) -> &[&'static Language] {
        &self.languages
    }

    /// A language by name.
    ///
    /// # Errors
    /// [`Error::UnknownLanguage`].
    pub fn language(&self, name: &str) -> Result<&'static Language, Error> {
        let found = self.languages.iter().find(|l| l.name == name);
        found.copied().ok_or_else(|| Error::UnknownLanguage(name.to_string()))
    }

    /// The language of a file, by its extension.
    ///
    /// # Errors
    /// [`Error::UnknownLanguage`], with the extension or, if there is none, the path.
    pub fn language_of_path(&self, path: &str) -> Result<&'static Language, Error> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let extension = name.rsplit_once('.').map_or("", |(_, e)| e);
        let found = self.languages.iter().find(|l| l.extensions.contains(&extension));
        let unknown = if extension.is_empty() { path } else { extension };
        found.copied().ok_or_else(|| Error::UnknownLanguage(unknown.to_string()))
    }

    /// Compiles and optimises a text that imports nothing. `name` is shown in messages.
    ///
    /// # Errors
    /// [`Error::UnknownLanguage`], [`Error::Compile`].
    #[cfg(feature = "compiler")]
    pub fn compile(&self, language: &str, name: &str, text: &str) -> Result<Program, Error> {
        let language = self.language(language)?;
        self.compile_with(language, name, text, &mut NoLoader, &CompileOptions::default())
    }

    /// Compiles and optimises a text and what it imports.
    ///
    /// # Errors
    /// [`Error::Compile`].
    #[cfg(feature = "compiler")]
    pub fn compile_with(
        &self,
        language: &'static Language,
        name: &str,
        text: &str,
        loader: &mut dyn Loader,
        options: &CompileOptions,
    ) -> Result<Program, Error> {
        let compilation = (language.frontend)().compile(name, text, loader, &options.frontend);
        Self::finish_with(language, compilation, options)
    }

    /// What a front end handed back, as a program. From `O1` on, top-level variables that no function uses become
    /// locals ([`CompileOptions::keep_globals`]).
    ///
    /// # Errors
    /// [`Error::Compile`] if there were errors.
    #[cfg(feature = "compiler")]
    pub fn finish(language: &'static Language, compilation: Compilation, level: Level) -> Result<Program, Error> {
        Self::finish_with(language, compilation, &CompileOptions { level, ..CompileOptions::default() })
    }

    /// As [`Engine::finish`], with all choices.
    ///
    /// # Errors
    /// [`Error::Compile`] if there were errors.
    #[cfg(feature = "compiler")]
    pub fn finish_with(
        language: &'static Language,
        compilation: Compilation,
        options: &CompileOptions,
    ) -> Result<Program, Error> {
        let mut compilation = compilation;
        let problem = compilation.module.as_ref().and_then(too_many_parameters);
        compilation.diagnostics.extend(problem);
        if compilation.has_errors() || compilation.module.is_none() {
            let rendered = (language.frontend)().render(&compilation.diagnostics, &compilation.sources);
            return Err(Error::Compile(Box::new(CompileError { compilation, rendered })));
        }
        let mut module = compilation.module.take().unwrap_or_default();
        if options.live {
            motet_opt::outline_initializers(&mut module);
            return Ok(Program::from_ir(module).optimized_for(options.level, true));
        }
        if options.level > Level::O0 && !options.keep_globals {
            motet_opt::promote_globals(&mut module);
        }
        Ok(Program::from_ir(module).optimized(options.level))
    }

    /// A program from a file's content: `.pbc` by its magic number (proven within `limits`), else source text
    /// in the language of the extension.
    ///
    /// # Errors
    /// Any error of decoding, verifying or compiling; [`Error::Compile`] also for text that is not UTF-8.
    #[cfg(feature = "compiler")]
    pub fn program_from_file(
        &self,
        path: &str,
        content: &[u8],
        loader: &mut dyn Loader,
        options: &CompileOptions,
        limits: &FormatLimits,
    ) -> Result<Program, Error> {
        if Program::is_pbc(content) {
            return Program::from_pbc(content, limits);
        }
        let language = self.language_of_path(path)?;
        match core::str::from_utf8(content) {
            Ok(text) => self.compile_with(language, path, text, loader, options),
            Err(e) => Err(Error::Compile(Box::new(CompileError {
                compilation: Compilation::default(),
                rendered: alloc::format!("{path}: the file is not UTF-8 text (byte {})\n", e.valid_up_to()),
            }))),
        }
    }

    /// An isolate in which programs of the engine's languages run.
    #[must_use]
    pub fn isolate(&self, config: Config) -> Isolate {
        Isolate::new(self, config)
    }

    /// An uncaught error as the program's language shows it; see [`Isolate::report`].
    pub(crate) fn report_of(&self, name: &str) -> Option<fn(&crate::RunReport<'_>) -> String> {
        self.languages.iter().find(|l| l.name == name).map(|l| l.report)
    }
}

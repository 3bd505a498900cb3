//! The language and the definitions of the lines typed so far.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use motet::{Engine, Error, Language, NoLoader, Repl, Stop};

#[cfg(feature = "lang-recorz")]
use motet_lang_recorz::snapshot::text::Parser;

use crate::app;
use crate::uart::Uart;

/// The language that a session begins with, if the image has it.
const FIRST: &str = "recorz";

/// What the lines so far have led to.
pub(super) struct Session<'a> {
    engine: &'a Engine,
    language: &'static Language,
    prompt: String,
    /// Made with the first entry: it takes its limits from the memory that is left then.
    repl: Option<Repl<'a>>,
    /// An image that is being read.
    #[cfg(feature = "lang-recorz")]
    image: Option<Parser>,
}

impl<'a> Session<'a> {
    pub(super) fn new(engine: &'a Engine) -> Self {
        let languages = engine.languages();
        let language = languages.iter().find(|l| l.name == FIRST).or(languages.first());
        let language = *language.expect("an image has a language");
        let prompt = format!("{}> ", language.name);
        Self {
            engine,
            language,
            prompt,
            repl: None,
            #[cfg(feature = "lang-recorz")]
            image: None,
        }
    }

    pub(super) fn prompt(&self) -> &str {
        &self.prompt
    }

    /// Whether a line that begins with a colon belongs to the language.
    pub(super) fn is_text(&self, line: &str) -> bool {
        line.trim_start().starts_with(":=")
    }

    pub(super) fn is_incomplete(&self, entry: &str) -> bool {
        (self.language.frontend)().is_incomplete(entry)
    }

    pub(super) fn choose(&mut self, name: &str) {
        match self.engine.language(name) {
            Ok(language) => {
                self.language = language;
                self.prompt = format!("{}> ", language.name);
                self.reset();
            }
            Err(e) => {
                let _ = writeln!(Uart, "error: {e}; :lang lists them");
            }
        }
    }

    pub(super) fn reset(&mut self) {
        self.repl = None;
    }

    /// A session in a new isolate.
    fn begin(&self, image: Option<Vec<u8>>) -> Repl<'a> {
        let isolate = app::isolate(self.engine, false, image);
        Repl::new(self.engine, self.language, isolate).around(app::watched)
    }

    /// Takes a line if it belongs to the text of an image; the whole of it becomes the session's state.
    #[cfg(feature = "lang-recorz")]
    pub(super) fn takes_image(&mut self, line: &str) -> bool {
        if self.language.name != FIRST || self.image.is_none() && !line.trim().starts_with("recorz-snapshot-begin ") {
            return false;
        }
        if !line.trim().starts_with("recorz-snapshot-") {
            self.image = None;
            let _ = writeln!(Uart, "error: the image ends too early; it is given up");
            return false;
        }
        match self.image.get_or_insert_default().line(line) {
            Ok(None) => {}
            Ok(Some(bytes)) => {
                self.image = None;
                self.resume(bytes);
            }
            Err(e) => {
                self.image = None;
                let _ = writeln!(Uart, "error: {e}");
            }
        }
        true
    }

    #[cfg(not(feature = "lang-recorz"))]
    pub(super) fn takes_image(&mut self, _line: &str) -> bool {
        false
    }

    /// Begins anew with a saved state.
    #[cfg(feature = "lang-recorz")]
    fn resume(&mut self, image: Vec<u8>) {
        let bytes = image.len();
        self.repl = None;
        app::set_phase("snapshot");
        let mut repl = self.begin(Some(image));
        match repl.begin(&mut NoLoader) {
            Ok(()) => {
                let _ = writeln!(Uart, "resumed from an image of {bytes} bytes");
                self.repl = Some(repl);
            }
            Err(e) => tell(&repl, e),
        }
    }

    /// Compiles and runs one entry.
    pub(super) fn enter(&mut self, entry: &str) {
        app::set_phase("compile");
        let mut repl = match self.repl.take() {
            Some(repl) => repl,
            None => self.begin(None),
        };
        match repl.enter(entry, &mut NoLoader) {
            Ok(Some(text)) => {
                let _ = writeln!(Uart, "{text}");
            }
            Ok(None) => {}
            Err(e) => tell(&repl, e),
        }
        if let Some(vm) = repl.isolate_mut().vm() {
            vm.give_back();
        }
        self.repl = Some(repl);
    }
}

/// Says what went wrong.
fn tell(repl: &Repl<'_>, error: Error) {
    let text = match error {
        Error::Compile(e) => e.rendered,
        Error::Stopped(stop) => match (*stop, repl.module()) {
            (Stop::Exit(status), _) => format!("the program ended with status {status}\n"),
            (stop, Some(module)) => repl.isolate().report(module, &stop),
            (stop, None) => format!("error: {}\n", Error::from(stop)),
        },
        e => format!("error: {e}\n"),
    };
    let _ = Uart.write_str(&text);
}

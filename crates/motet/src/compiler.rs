//! Compiling for programs that run: the [`Compiler`] of an isolate.
//!
//! Invariant: what it makes has the form that the isolate's tier loads; it went through the same passes as the program
//! itself, bytecode through the verifier, too.

use alloc::{boxed::Box, format, string::ToString, vec::Vec};
use core::any::Any;

use motet_ir::{HostFunction, NoLoader, Options};
use motet_opt::Level;
use motet_runtime::{Compiler, LoadRequest, Refusal};
use motet_source::{LineIndex, Severity};

use crate::{CompileError, CompileOptions, Engine, Error, Tier};

/// Makes modules of text for one isolate.
pub(crate) struct LiveCompiler {
    engine: Engine,
    tier: Tier,
    level: Level,
    host: Vec<HostFunction>,
}

impl LiveCompiler {
    pub(crate) fn new(engine: &Engine, tier: Tier, level: Level, host: &[HostFunction]) -> Self {
        Self { engine: engine.clone(), tier, level, host: host.to_vec() }
    }

    fn module(&self, request: &LoadRequest) -> Result<Box<dyn Any>, Error> {
        let language = self.engine.language(request.language)?;
        let frontend = Options {
            whole: true,
            host: self.host.clone(),
            context: Some(request.context.clone()),
            ..Options::default()
        };
        let options = CompileOptions { frontend, level: self.level, ..CompileOptions::default() };
        let program = self.engine.compile_with(language, &request.name, &request.source, &mut NoLoader, &options)?;
        match self.tier {
            #[cfg(feature = "ast")]
            Tier::Ast => Ok(Box::new(program.ir().ok_or(Error::NeedsSource)?.clone())),
            Tier::Vm => Ok(Box::new(program.verified()?)),
        }
    }
}

impl Compiler for LiveCompiler {
    fn compile(&mut self, request: &LoadRequest) -> Result<Box<dyn Any>, Refusal> {
        self.module(request).map_err(|e| match e {
            Error::Compile(e) => refusal(&e),
            other => Refusal { message: other.to_string(), line: 0 },
        })
    }
}

/// The first error.
fn refusal(error: &CompileError) -> Refusal {
    let compilation = &error.compilation;
    match compilation.diagnostics.iter().find(|d| d.severity == Severity::Error) {
        Some(first) => {
            let file = compilation.sources.get(first.file);
            let line = file.map_or(0, |file| LineIndex::new(&file.text).line_col(first.span.start).line);
            Refusal { message: first.message.clone(), line }
        }
        None => Refusal { message: format!("{}: the text cannot be compiled", error.rendered), line: 0 },
    }
}

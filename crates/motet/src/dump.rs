//! Texts of the pipeline's last stage, for people and for comparing.

use alloc::string::{String, ToString};

use motet_runtime::NullHost;

use crate::{Config, Engine, Error, Program};

impl Program {
    /// Register code of all functions as text.
    ///
    /// # Errors
    /// [`Error::Emit`], [`Error::Verify`], [`Error::Link`].
    pub fn regcode_text(&self, engine: &Engine) -> Result<String, Error> {
        let verified = self.verified()?;
        let mut isolate = engine.isolate(Config::new(NullHost));
        let Some(vm) = isolate.vm() else { return Ok(String::new()) };
        let module = vm.load(verified).map_err(|e| Error::Link(e.to_string()))?;
        Ok(vm.dump_regcode(module))
    }
}

//! Programs between compilation and execution.

use alloc::{string::String, vec::Vec};

use motet_bytecode::{self as bc, Compression, Container, Limits as FormatLimits};
#[cfg(feature = "compiler")]
use motet_ir as ir;
#[cfg(feature = "compiler")]
use motet_opt::Level;
use motet_runtime::Shared;
use motet_sign::{PublicKey, SecretKey};
use motet_source::Sources;
use motet_verify::{VerifiedModule, verify};

#[cfg(feature = "compiler")]
use crate::{EmitCError, languages::c_form};
use crate::{Error, Language};

/// Whether the native function of this name starts servers.
fn starts_server(name: &str) -> bool {
    name.ends_with(".start_server")
}

impl Language {
    /// Whether programs in it may start servers.
    #[must_use]
    pub fn may_serve(&self) -> bool {
        (self.semantics)().natives().iter().any(|n| starts_server(n.name))
    }
}

/// A program that can be loaded: core IR, or verified bytecode.
#[derive(Clone, Debug)]
pub struct Program {
    form: Form,
    sources: Shared<Sources>,
    language: String,
    signer: Option<PublicKey>,
}

/// What a `.pbc` file is to be like.
#[derive(Clone, Copy, Debug)]
pub struct PbcOptions<'a> {
    /// With names, places and source texts.
    pub debug: bool,
    /// How sections are stored.
    pub compression: Compression,
    /// Who signs it.
    pub key: Option<&'a SecretKey>,
}

impl Default for PbcOptions<'_> {
    /// With everything, neither compressed nor signed.
    fn default() -> Self {
        PbcOptions { debug: true, compression: Compression::None, key: None }
    }
}

#[derive(Clone, Debug)]
enum Form {
    #[cfg(feature = "compiler")]
    Ir(Shared<ir::Module>),
    Bytecode(Shared<VerifiedModule>),
}

impl Program {
    /// A program in core IR.
    #[must_use]
    #[cfg(feature = "compiler")]
    pub fn from_ir(module: ir::Module) -> Self {
        let language = module.functions.get(module.init.index()).map_or(0, |f| f.language);
        let language = module.languages.get(language as usize).cloned().unwrap_or_default();
        let sources = Shared::new(module.sources.clone());
        Self { sources, language, form: Form::Ir(Shared::new(module)), signer: None }
    }

    /// A program in bytecode, verified now. The limits are those for sizes.
    ///
    /// # Errors
    /// [`Error::Verify`].
    pub fn from_bytecode(module: bc::Module, limits: &FormatLimits) -> Result<Self, Error> {
        let module = verify(module, limits)?;
        let language = module.functions.get(module.init.index()).map_or(0, |f| f.language);
        let language = module.languages.get(language as usize).cloned().unwrap_or_default();
        let mut sources = Sources::default();
        for source in module.debug.iter().flat_map(|d| &d.sources) {
            sources.add(source.name.as_str(), source.text.as_deref().unwrap_or(""));
        }
        Ok(Self { form: Form::Bytecode(Shared::new(module)), sources: Shared::new(sources), language, signer: None })
    }

    /// A program from the bytes of a `.pbc` file, whoever made it: a signature is not looked at.
    ///
    /// # Errors
    /// [`Error::Decode`], [`Error::Verify`].
    pub fn from_pbc(bytes: &[u8], limits: &FormatLimits) -> Result<Self, Error> {
        Self::from_bytecode(bc::decode_with(bytes, limits)?, limits)
    }

    /// A program from the bytes of a `.pbc` file that one of the keys signed; [`Program::signer`] tells which. The
    /// signature is checked before anything is unpacked or decoded.
    ///
    /// # Errors
    /// [`Error::Decode`], [`Error::Signature`], [`Error::Verify`].
    pub fn from_pbc_signed(bytes: &[u8], limits: &FormatLimits, keys: &[PublicKey]) -> Result<Self, Error> {
        let container = Container::open(bytes, limits)?;
        let signer = *motet_sign::check(&container, keys)?;
        let program = Self::from_bytecode(container.decode(limits)?, limits)?;
        Ok(Self { signer: Some(signer), ..program })
    }

    /// The key that [`Program::from_pbc_signed`] found the file to be signed with.
    #[must_use]
    pub fn signer(&self) -> Option<&PublicKey> {
        self.signer.as_ref()
    }

    /// The hash that a `.pbc` file says its content has; reading the file proves it. So a host can keep lists of files
    /// that it knows. `None` for bytes that are too few.
    #[must_use]
    pub fn content_hash(bytes: &[u8]) -> Option<[u8; bc::HASH_LEN]> {
        bc::content_hash(bytes)
    }

    /// Whether bytes are those of a `.pbc` file, by their first four.
    #[must_use]
    pub fn is_pbc(bytes: &[u8]) -> bool {
        bytes.starts_with(&bc::MAGIC)
    }

    /// The program with its IR optimised; bytecode stays as it is.
    #[must_use]
    #[cfg(feature = "compiler")]
    pub fn optimized(self, level: Level) -> Self {
        self.optimized_for(level, false)
    }

    /// As [`Program::optimized`]; a `live` program's functions can be replaced one by one.
    #[cfg(feature = "compiler")]
    pub(crate) fn optimized_for(self, level: Level, live: bool) -> Self {
        if level == Level::O0 {
            return self;
        }
        let Self { form: Form::Ir(module), sources, language, signer } = self else { return self };
        // Copied only if another program shares it.
        let mut module = Shared::unwrap_or_clone(module);
        motet_opt::optimize_for(&mut module, level, live);
        Self { form: Form::Ir(Shared::new(module)), sources, language, signer }
    }

    /// Core IR, if the program has it.
    #[must_use]
    #[cfg(feature = "compiler")]
    pub fn ir(&self) -> Option<&ir::Module> {
        match &self.form {
            Form::Ir(module) => Some(module),
            Form::Bytecode(_) => None,
        }
    }

    /// The program in portable bytecode; with `debug`, names, places and source texts.
    ///
    /// # Errors
    /// [`Error::Emit`].
    pub fn bytecode(&self, debug: bool) -> Result<bc::Module, Error> {
        let mut module = match &self.form {
            #[cfg(feature = "compiler")]
            Form::Ir(module) => motet_codegen::emit(module)?,
            Form::Bytecode(module) => bc::Module::clone(module),
        };
        if !debug {
            bc::strip(&mut module);
        }
        Ok(module)
    }

    /// The bytes of a `.pbc` file.
    ///
    /// # Errors
    /// [`Error::Emit`].
    pub fn to_pbc(&self, debug: bool) -> Result<Vec<u8>, Error> {
        self.to_pbc_with(&PbcOptions { debug, ..PbcOptions::default() })
    }

    /// The bytes of a `.pbc` file of this kind.
    ///
    /// # Errors
    /// [`Error::Emit`].
    pub fn to_pbc_with(&self, options: &PbcOptions<'_>) -> Result<Vec<u8>, Error> {
        let bytes = bc::encode_with(&self.bytecode(options.debug)?, options.compression);
        match options.key {
            Some(key) => {
                Ok(motet_sign::sign(&bytes, key, &FormatLimits { file_bytes: usize::MAX, ..FormatLimits::trusted() })?)
            }
            None => Ok(bytes),
        }
    }

    /// The program as one self-contained C11 file, if all of it that can be reached is statically typed; see
    /// `docs/native-backend.md`.
    ///
    /// # Errors
    /// [`EmitCError`] names every construct that has no C form yet, with its place.
    #[cfg(feature = "compiler")]
    pub fn emit_c(&self) -> Result<String, EmitCError> {
        match (&self.form, c_form(&self.language)) {
            (Form::Ir(module), Some(form)) => motet_backend_c::emit(module, form),
            (Form::Ir(_), None) => Err(EmitCError::Language(self.language.clone())),
            (Form::Bytecode(_), _) => Err(EmitCError::NeedsSource),
        }
    }

    /// Verified bytecode.
    ///
    /// # Errors
    /// [`Error::Emit`]; [`Error::Verify`] would be a defect of Motet.
    pub fn verified(&self) -> Result<Shared<VerifiedModule>, Error> {
        match &self.form {
            #[cfg(feature = "compiler")]
            Form::Ir(module) => Ok(Shared::new(verify(motet_codegen::emit(module)?, &FormatLimits::trusted())?)),
            Form::Bytecode(module) => Ok(module.clone()),
        }
    }

    /// Whether any of the program's files has a function of this name.
    #[must_use]
    pub fn has_function(&self, name: &str) -> bool {
        match &self.form {
            #[cfg(feature = "compiler")]
            Form::Ir(module) => module.functions.iter().any(|f| f.name == name),
            Form::Bytecode(module) => module.functions.iter().any(|f| f.name == name),
        }
    }

    /// Whether it may start a server: it names a native function for that (`….start_server`).
    #[must_use]
    pub fn may_serve(&self) -> bool {
        match &self.form {
            #[cfg(feature = "compiler")]
            Form::Ir(module) => module.natives.iter().any(|n| starts_server(&n.name)),
            Form::Bytecode(module) => module.natives.iter().any(|n| starts_server(&n.name)),
        }
    }

    /// Source files, for messages; texts are empty when the program was stripped.
    #[must_use]
    pub fn sources(&self) -> &Shared<Sources> {
        &self.sources
    }

    /// Name of the language of the main file.
    #[must_use]
    pub fn language(&self) -> &str {
        &self.language
    }
}

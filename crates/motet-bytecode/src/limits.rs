//! Size limits on modules. Reading and verifying take the same [`Limits`].

/// How large a module may be. Counts are entries, sizes bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Size of a `.pbc` file.
    pub file_bytes: usize,
    /// Functions of a module.
    pub functions: usize,
    /// Constants of a module.
    pub constants: usize,
    /// Entries of each other table: globals, classes, layouts, natives, languages, tests, sources.
    pub table: usize,
    /// Fields or methods of a class, captures of a function.
    pub members: usize,
    /// Locals of a function, parameters included.
    pub locals: usize,
    /// Operand stack of a function.
    pub stack: usize,
    /// Parameters of a function.
    pub params: usize,
    /// Protected ranges around one instruction.
    pub nesting: usize,
    /// Code of a function.
    pub code_bytes: usize,
    /// Debug section.
    pub debug_bytes: usize,
    /// Name of anything. String constants are bounded by the file only.
    pub name_bytes: usize,
}

impl Limits {
    /// For modules that were compiled here.
    #[must_use]
    pub const fn trusted() -> Self {
        Limits {
            file_bytes: 256 << 20,
            functions: 65_535,
            constants: 16 << 20,
            table: 1 << 20,
            members: 65_535,
            locals: 65_535,
            stack: 65_535,
            params: 255,
            nesting: 1_024,
            code_bytes: 64 << 20,
            debug_bytes: 256 << 20,
            name_bytes: 64 << 10,
        }
    }

    /// For modules of strangers.
    #[must_use]
    pub const fn strict() -> Self {
        Limits {
            file_bytes: 8 << 20,
            functions: 10_000,
            constants: 100_000,
            table: 10_000,
            members: 256,
            locals: 256,
            stack: 256,
            params: 32,
            nesting: 64,
            code_bytes: 256 << 10,
            debug_bytes: 8 << 20,
            name_bytes: 1 << 10,
        }
    }
}

impl Default for Limits {
    /// [`Limits::trusted`].
    fn default() -> Self {
        Limits::trusted()
    }
}

//! Types and constants of the header.

use std::ffi::{c_char, c_void};

/// Number of the binary interface. Programs compiled with a header of another number must not use the library:
/// compare it with `motet_abi_version()`.
pub const MOTET_ABI_VERSION: u32 = 1;

/// As a length: the text ends at its first NUL byte.
pub const MOTET_NUL_TERMINATED: usize = usize::MAX;

/// What became of a call. 0 is success. Everything else leaves the handles that were passed as they are, and fills the
/// calling thread's last error (`motet_error_message` and the functions beside it).
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum motet_status {
    /// It worked.
    Ok = 0,
    /// A pointer or handle that must not be null is.
    Null = 1,
    /// The handle was freed before, or was never one, or belongs to another isolate.
    Stale = 2,
    /// The handle is one for something else.
    WrongType = 3,
    /// The object belongs to another thread.
    WrongThread = 4,
    /// The isolate is running a program: what was asked for is not possible inside a callback.
    Busy = 5,
    /// A text is not UTF-8.
    NotUtf8 = 6,
    /// An argument is out of its range.
    BadArgument = 7,
    /// The source text has errors; `motet_error_diagnostic` lists them.
    Compile = 8,
    /// The bytes are no `.pbc` file, or one that breaks a rule.
    BadProgram = 9,
    /// The isolate lacks something that the program needs.
    Link = 10,
    /// There is no function, variable, element or entry of this name or position.
    NotFound = 11,
    /// The value is of another kind.
    WrongKind = 12,
    /// The program stopped with an error that it did not catch.
    Runtime = 13,
    /// The program used up its fuel or its time.
    Limit = 14,
    /// The program was interrupted.
    Interrupted = 15,
    /// The program ended itself; `motet_error_exit_status` says with what.
    Exit = 16,
    /// A file could not be read or written.
    Io = 17,
    /// The tier or the build cannot do this.
    Unsupported = 18,
    /// `motet_raise` was called; callbacks hand it back.
    Raised = 19,
    /// The handle or name is taken.
    Taken = 20,
    /// A defect of Motet; the isolate should be freed.
    Internal = 21,
    /// The running program cannot be replaced in its present state; it runs on as it was.
    Refused = 22,
    /// `motet_tail_call` was called; callbacks hand it back.
    TailCall = 23,
    /// The `.pbc` file is not signed by one of the keys.
    Unsigned = 24,
}

/// Sort of a run-time error.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum motet_error_sort {
    /// The last error is no run-time error.
    None = 0,
    /// Defined by the language, or raised by the host.
    Language = 1,
    /// More nested calls than allowed.
    StackOverflow = 2,
    /// The heap limit was reached.
    OutOfMemory = 3,
    /// The host did not grant what the operation needs.
    CapabilityDenied = 4,
    /// All tasks wait for each other.
    Deadlock = 5,
}

/// What runs programs. All tiers give the same output, errors and traces.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum motet_tier {
    /// The register interpreter.
    Vm = 0,
    /// The reference evaluator: slow, for comparisons. It runs source text only, not `.pbc`.
    Ast = 1,
}

/// What becomes of the running program after a reload that another thread asked for.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum motet_after {
    /// It goes on: calls that run finish in their old code.
    Continue = 0,
    /// If what runs is the module's program itself, it starts over: `main` with the global variables as they are in languages
    /// that have it, else the top-level code with fresh ones. Everything else goes on.
    RestartMain = 1,
}

/// A permission. None is granted unless `motet_config_allow` does.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum motet_capability {
    /// Read files.
    FsRead = 0,
    /// Write files.
    FsWrite = 1,
    /// Delete files.
    FsDelete = 2,
    /// Run programs.
    ProcessExec = 3,
    /// Run shell commands.
    ShellExec = 4,
    /// Read environment variables.
    EnvRead = 5,
    /// Change environment variables.
    EnvWrite = 6,
    /// Make network connections.
    NetClient = 7,
    /// Accept network connections.
    NetServer = 8,
    /// Use databases.
    Database = 9,
    /// Read clocks, and wait.
    Clock = 10,
    /// Use randomness.
    Random = 11,
    /// Read standard input.
    Stdin = 12,
}

/// What sort of value a `motet_value` is.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum motet_kind {
    /// No value.
    Nil = 0,
    /// A boolean: `integer` is 0 or 1.
    Bool = 1,
    /// A 64-bit integer: `integer`.
    Int = 2,
    /// A float: `number`.
    Float = 3,
    /// A string: `text` and `length`; `ref`, if it came from the isolate.
    String = 4,
    /// A list: `ref`.
    List = 5,
    /// A map: `ref`.
    Map = 6,
    /// A function: `ref`.
    Function = 7,
    /// A record or instance of a class of the program: `ref`.
    Record = 8,
    /// An object of the host (`motet_object_new`), or one of the program's libraries: `ref`.
    Object = 9,
}

/// The languages. Of use in all threads at once.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct motet_engine {
    /// 0: no object.
    pub id: u64,
}

/// How to set up an isolate. Of use in the thread that made it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct motet_config {
    /// 0: no object.
    pub id: u64,
}

/// A type of objects of the host that programs can use; belongs to a `motet_config`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct motet_type {
    /// 0: no object.
    pub id: u64,
}

/// A heap, limits, and the programs in it. Of use in the thread that made it, except for `motet_interrupt`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct motet_isolate {
    /// 0: no object.
    pub id: u64,
}

/// A compiled program. Of use in all threads at once.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct motet_program {
    /// 0: no object.
    pub id: u64,
}

/// A program that was loaded into an isolate. Goes away with the isolate.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct motet_module {
    /// 0: no object.
    pub id: u64,
}

/// A value of an isolate that is kept alive until it is released. Goes away with the isolate.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct motet_ref {
    /// 0: no object.
    pub id: u64,
}

/// A value on its way between host and program.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct motet_value {
    /// A `motet_kind`; says which of the other members count.
    pub kind: i32,
    /// The integer; 0 or 1 for a boolean.
    pub integer: i64,
    /// The float.
    pub number: f64,
    /// The UTF-8 bytes of a string. From the isolate: followed by a NUL byte, and valid until `ref` is released.
    /// To the isolate: may be null if `ref` is the string.
    pub text: *const c_char,
    /// Number of bytes; to the isolate also `MOTET_NUL_TERMINATED`.
    pub length: usize,
    /// The value itself, for all kinds that live in the isolate's heap; {0} for the others.
    pub r#ref: motet_ref,
}

/// What `motet_reload` did.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct motet_reload_report {
    /// Number of the version that runs now; the first is 1.
    pub version: u32,
    /// Whether the main function, or else the top-level code, differs: 0 or 1.
    pub main_changed: i32,
    /// Number of functions whose code differs.
    pub changed: usize,
    /// Number of functions that only the new version has.
    pub added: usize,
    /// Number of functions that only the old version had.
    pub removed: usize,
    /// Number of global variables that kept their values.
    pub globals_kept: usize,
    /// Number of global variables that only the new version has.
    pub globals_new: usize,
    /// Number of global variables whose type no longer admits the value: they begin anew.
    pub globals_reset: usize,
    /// Number of record types whose instances were given another shape.
    pub migrated: usize,
    /// The names behind the numbers, for people: lines like `changed: update, draw`. Valid until the isolate's next reload.
    pub names: *const c_char,
}

impl motet_reload_report {
    pub(crate) const NOTHING: Self = Self {
        version: 0,
        main_changed: 0,
        changed: 0,
        added: 0,
        removed: 0,
        globals_kept: 0,
        globals_new: 0,
        globals_reset: 0,
        migrated: 0,
        names: c"".as_ptr(),
    };
}

/// A module. The texts are valid until the isolate's next `motet_module_at`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct motet_module_info {
    /// The module.
    pub module: motet_module,
    /// Name under which it was registered; empty for modules that were only loaded.
    pub name: *const c_char,
    /// Language of its main file.
    pub language: *const c_char,
    /// Number of the version that runs, from 1.
    pub version: u32,
    /// Number of its functions, library code included.
    pub functions: usize,
    /// Bytes of its portable code; 0 with `MOTET_TIER_AST`.
    pub code_bytes: usize,
}

impl motet_module_info {
    pub(crate) const NOTHING: Self = Self {
        module: motet_module { id: 0 },
        name: c"".as_ptr(),
        language: c"".as_ptr(),
        version: 0,
        functions: 0,
        code_bytes: 0,
    };
}

/// An active call of a program, for traces. The texts are valid until the thread's next failure.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct motet_frame {
    /// Name of the function.
    pub function: *const c_char,
    /// File; empty if the program was stripped.
    pub file: *const c_char,
    /// Line, from 1; 0 if it is not known.
    pub line: u32,
    /// Column in bytes, from 1; 0 if it is not known.
    pub column: u32,
}

/// A problem in source text. The texts are valid until the thread's next failure.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct motet_diagnostic {
    /// Stable code, such as `E0201`.
    pub code: *const c_char,
    /// What is wrong.
    pub message: *const c_char,
    /// What to try; empty if there is nothing useful to say.
    pub help: *const c_char,
    /// File.
    pub file: *const c_char,
    /// Line, from 1; 0 if it is not known.
    pub line: u32,
    /// Column in bytes, from 1; 0 if it is not known.
    pub column: u32,
    /// 1 for an error, 0 for a warning.
    pub is_error: i32,
}

/// Receives output of programs: `length` bytes, not NUL-terminated. It must not call functions on the isolate that
/// writes.
pub type motet_write = Option<unsafe extern "C" fn(bytes: *const c_char, length: usize, user: *mut c_void)>;

/// Takes leave of `user` data, or of the data of an object. Called once, by the thread of the isolate or config; for
/// objects whenever the isolate's collector finds that the program cannot reach them, at the latest when the isolate is
/// freed. It must not call functions on that isolate.
pub type motet_destructor = Option<unsafe extern "C" fn(data: *mut c_void)>;

/// Learns of a reload that another thread asked for: `status` is 0, or says why the old version runs on (the thread's last
/// error has the message). It must not call functions on the isolate.
pub type motet_reloaded = Option<
    unsafe extern "C" fn(
        isolate: motet_isolate,
        module: motet_module,
        status: i32,
        report: *const motet_reload_report,
        user: *mut c_void,
    ),
>;

/// A function of the host that programs call.
///
/// `args` are `count` values; what they refer to is valid until the callback returns. `*result` is nil and may be set; a
/// `ref` in it is not consumed. The callback returns 0 or, to make the call fail in the program, what `motet_raise`
/// or any failed function handed back. References made meanwhile are released when the callback returns, except
/// those given to `motet_ref_keep`. The callback may use values of `isolate`; it cannot run programs in it.
pub type motet_function = Option<
    unsafe extern "C" fn(
        isolate: motet_isolate,
        args: *const motet_value,
        count: usize,
        result: *mut motet_value,
        user: *mut c_void,
    ) -> i32,
>;

//! What the backend is told about the language of a program. Data only: the backend knows no language.

use alloc::string::String;

/// Types that helpers of native functions take and give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CType {
    /// Of helpers that do not return; never of a parameter.
    Never,
    /// No information: `void`.
    Nil,
    /// `bool`.
    Bool,
    /// `int64_t`.
    Int,
    /// `double`.
    Float,
    /// `m_str`.
    Str,
}

/// A native function for certain argument types, and the C function that does its work. A native function may have
/// several rows; the first whose parameter types are those of the arguments is taken.
#[derive(Clone, Copy, Debug)]
pub struct NativeC {
    /// Name in the module, such as `moon.print`.
    pub name: &'static str,
    /// Types of the arguments.
    pub params: &'static [CType],
    /// Type of the result.
    pub result: CType,
    /// The C function: defined by the run-time part of the file (`m_…`) or by [`LanguageC::helpers`].
    pub helper: &'static str,
    /// Whether the helper takes the place of the call (`const m_place *`) as its first argument, for errors.
    pub fails: bool,
}

/// What becomes of the program's result.
#[derive(Clone, Copy, Debug)]
pub enum ResultForm {
    /// Nothing.
    Ignored,
    /// It is handed to this native function, unless it is no value.
    Shown(&'static str),
    /// An integer is the exit status, modulo 256.
    Status,
}

/// Words and form of uncaught run-time errors: `PATH:LINE:COL: ` then `word`, then the message.
#[derive(Clone, Copy, Debug)]
pub struct ErrorForm {
    /// What stands between the place and the message.
    pub word: &'static str,
    /// Whether the source line follows, and carets below it.
    pub excerpt: bool,
    /// Exit status.
    pub status: u8,
    /// Message of an integer division by zero.
    pub division_by_zero: &'static str,
    /// Message of an integer remainder by zero.
    pub remainder_by_zero: &'static str,
    /// Message of dividing the least integer by -1; `None`: it wraps.
    pub division_overflow: Option<&'static str>,
    /// Message of the remainder of the least integer by -1; `None`: it is 0.
    pub remainder_overflow: Option<&'static str>,
    /// Message when calls are nested too deeply.
    pub stack_overflow: &'static str,
    /// Message when no memory is left.
    pub out_of_memory: &'static str,
    /// Message for a global variable that has no value yet, from its name.
    pub undefined: fn(&str) -> String,
}

/// One language.
#[derive(Clone, Copy, Debug)]
pub struct LanguageC {
    /// Native functions with a C form.
    pub natives: &'static [NativeC],
    /// C text that defines the helpers which the run-time part of the file lacks. All names in it begin with the
    /// language's name and `_`.
    pub helpers: &'static str,
    /// Uncaught errors.
    pub errors: ErrorForm,
    /// Native function that gives the display text of a value, for interpolation.
    pub text: Option<&'static str>,
    /// What becomes of the result.
    pub result: ResultForm,
}

impl LanguageC {
    /// The row for a native function and types of arguments.
    pub(crate) fn native(&self, name: &str, args: &[Option<CType>]) -> Option<&'static NativeC> {
        let fits = |n: &&NativeC| {
            n.name == name && n.params.len() == args.len() && n.params.iter().zip(args).all(|(p, a)| *a == Some(*p))
        };
        self.natives.iter().find(fits)
    }

    /// Whether there is any row for a native function.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.natives.iter().any(|n| n.name == name)
    }
}

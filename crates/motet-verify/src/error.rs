//! What verification can find. Each kind names one thing that a correct
//! compiler cannot emit, and belongs to one numbered rule of
//! `docs/bytecode.md`.

use core::fmt;

use motet_bytecode::FuncIdx;

/// Why a module was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifyError {
    /// What is wrong.
    pub kind: VerifyErrorKind,
    /// The function in which it was found, if it is about one.
    pub func: Option<FuncIdx>,
    /// Byte offset in the function's code; 0 if it is not about one instruction.
    pub pc: u32,
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $rule:literal $name:ident $text:literal;)*) => {
        /// What is wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum VerifyErrorKind {
            $($(#[doc = $doc])+ $name,)*
        }

        impl VerifyErrorKind {
            /// Every kind.
            pub const ALL: &'static [VerifyErrorKind] = &[$(VerifyErrorKind::$name),*];

            /// Number of the rule that is broken: `n` for rule V*n*.
            #[must_use]
            pub fn rule(self) -> u8 {
                match self { $(VerifyErrorKind::$name => $rule,)* }
            }

            /// One line for people.
            #[must_use]
            pub fn message(self) -> &'static str {
                match self { $(VerifyErrorKind::$name => $text,)* }
            }
        }
    };
}

kinds! {
    /// A table has too many entries.
    1 TooManyEntries "a table has more entries than the limit";
    /// A function has too many parameters, locals or captures, or too deep a stack.
    1 FunctionTooLarge "a function exceeds a size limit";
    /// A name is too long.
    1 NameTooLong "a name is longer than the limit";
    /// The flow analysis would need too much time or memory.
    1 FlowTooComplex "control flow is too complex to analyse";
    /// An index in a table names nothing.
    2 BadTableIndex "a table entry refers to something that does not exist";
    /// A layout has a name twice, or its canonical flag is wrong.
    3 BadLayout "a record layout contradicts its class";
    /// A class has two fields of one name.
    3 DuplicateField "a class has two fields of one name";
    /// The initial content of a global does not fit its type.
    4 BadGlobalInit "a global's initial value does not fit its type";
    /// A function has fewer locals than parameters.
    5 ParamsExceedLocals "a function has more parameters than locals";
    /// A function has more optional parameters than parameters, or a typed one.
    5 BadOptional "optional parameters that are typed, or more of them than parameters";
    /// A generator or async function declares a result other than `any`.
    5 TypedSuspension "a generator or async function must have the result type any";
    /// `init`, `main`, an initialiser or a test has parameters or captures.
    5 BadEntryPoint "an entry point has parameters or captured variables";
    /// A function with captures is used without them.
    6 CapturesMissing "a function with captured variables is used without them";
    /// The code is empty.
    7 EmptyCode "a function has no code";
    /// There is no such op.
    7 UnknownOpcode "an unknown opcode";
    /// The code ends within an instruction.
    7 TruncatedInstruction "the code ends within an instruction";
    /// An operand has bits that mean nothing.
    7 BadOperand "an operand without meaning";
    /// An index operand names nothing.
    8 OperandOutOfRange "an operand refers to something that does not exist";
    /// A constant operand is of the wrong sort.
    8 WrongConstant "a constant of the wrong sort for this instruction";
    /// A label is not the start of an instruction.
    9 BadLabel "a jump to something that is not an instruction";
    /// A branch that does not go forward does not land on `loop_head`.
    10 NoLoopHead "a backward jump to something other than a loop head";
    /// Execution would run past the last instruction.
    11 FallsOffEnd "execution can run past the end of the code";
    /// A protected range is empty, or its ends or handler are not instructions, or the handler is not behind it.
    12 BadHandler "a malformed protected range";
    /// Two protected ranges overlap without one holding the other, or the inner one does not come first.
    12 HandlerNesting "protected ranges that are not nested, innermost first";
    /// An instruction of a protected range takes values from below its depth.
    12 HandlerDepth "the operand stack falls below the depth of a protected range";
    /// The operand stack has too few values.
    13 StackUnderflow "the operand stack has too few values";
    /// The operand stack exceeds the declared depth.
    13 StackOverflow "the operand stack exceeds its declared depth";
    /// Paths meet with stacks of different depth, or with iteration state where the other has a value.
    14 JoinMismatch "paths meet with different operand stacks";
    /// An operand is not of the type that the instruction demands.
    15 TypeMismatch "an operand of the wrong type";
    /// A local that is not of type `any` is read before it is assigned.
    16 Unassigned "a local variable is read before it is assigned";
    /// `yield` outside a generator.
    17 YieldOutsideGenerator "yield outside a generator";
    /// The debug information does not fit the module.
    18 BadDebug "debug information does not fit the code";
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule V{}: {}", self.kind.rule(), self.kind.message())?;
        match self.func {
            Some(func) => write!(f, " (function {}, offset {})", func.0, self.pc),
            None => Ok(()),
        }
    }
}

impl core::error::Error for VerifyError {}

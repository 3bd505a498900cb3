//! The table of diagnostic codes. A code, once released, keeps its meaning.

macro_rules! codes {
    ($($variant:ident $code:literal $title:literal;)*) => {
        /// A stable diagnostic code. The page `docs/diagnostics.md` has one anchor per code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $title] $variant,)*
        }

        impl Code {
            /// Every code, in table order.
            pub const ALL: &'static [Code] = &[$(Code::$variant),*];

            /// The code as shown to users, such as `E0203`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $code,)* }
            }

            /// One line that says what the code means.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Code::$variant => $title,)* }
            }
        }
    };
}

codes! {
    InvalidCharacter "E0101" "a character that the language does not use";
    UnterminatedString "E0102" "a string or interpolation without its end";
    UnterminatedComment "E0103" "a block comment without its end";
    InvalidEscape "E0104" "an unknown escape sequence in a string";
    InvalidNumber "E0105" "a malformed number or one out of range";
    TokenTooLong "E0106" "an identifier, number or string beyond its length limit";
    UnexpectedToken "E0110" "a token that cannot stand here";
    TooDeep "E0111" "nesting beyond the supported depth";
    TooLarge "E0112" "a file, literal or function beyond its size limit";
    InvalidTarget "E0113" "something that cannot be assigned to";
    MisplacedControl "E0114" "break, continue or return where it has no meaning";
    DuplicateName "E0202" "a name declared twice";
    UnknownName "E0203" "a name that is not declared";
    UnknownType "E0204" "a type that is not declared";
    TypeMismatch "E0205" "a value of another type than required";
    WrongArity "E0206" "a call with the wrong number of arguments";
    CannotInfer "E0207" "a type that cannot be inferred; add an annotation";
    UnknownMember "E0208" "a field or member that does not exist";
    BadImport "E0209" "an import that cannot be resolved";
    CompileTime "E0210" "an error that the language reports when it compiles";
    NoNativeForm "E0301" "a construct for which no native code can be made yet";
    InternalCheck "E0900" "the compiler produced an inconsistent program; please report it";
}

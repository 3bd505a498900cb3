//! The built-in classes of Recorz: one table, from which a world is made.
//!
//! Invariants: a superclass stands before its subclasses; variables and classes whose names begin with `_` belong to the
//! library, and reflection does not tell of them.

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassDef {
    /// Its name.
    pub name: &'static str,
    /// Its superclass; none of `Object`.
    pub superclass: Option<Builtin>,
    /// Instance variables that it adds.
    pub variables: &'static [&'static str],
}

macro_rules! classes {
    ($($name:ident $(($text:literal))? < $superclass:ident [$($variable:literal)*];)*) => {
        /// A built-in class; its number is its place in [`CLASSES`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        #[allow(missing_docs)]
        pub enum Builtin {
            Object,
            $($name,)*
        }

        /// All built-in classes.
        pub static CLASSES: &[ClassDef] = &[
            ClassDef { name: "Object", superclass: None, variables: &[] },
            $(ClassDef {
                name: classes!(@name $name $($text)?),
                superclass: Some(Builtin::$superclass),
                variables: &[$($variable),*],
            },)*
        ];

        const ALL: &[Builtin] = &[Builtin::Object, $(Builtin::$name,)*];
    };
    (@name $name:ident) => { stringify!($name) };
    (@name $name:ident $text:literal) => { $text };
}

classes! {
    Behavior < Object ["_number"];
    ClassDescription < Behavior [];
    Class < ClassDescription [];
    Metaclass < ClassDescription [];
    UndefinedObject < Object [];
    Boolean < Object [];
    True < Boolean [];
    False < Boolean [];
    Magnitude < Object [];
    Character < Magnitude ["_code"];
    LookupKey < Magnitude ["key"];
    Association < LookupKey ["value"];
    Number < Magnitude [];
    Integer < Number [];
    SmallInteger < Integer [];
    LargePositiveInteger < Integer [];
    LargeNegativeInteger < Integer [];
    Fraction < Number ["_numerator" "_denominator"];
    Float < Number [];
    ScaledDecimal < Number ["_numerator" "_denominator" "_scale"];
    Point < Object ["x" "y"];
    BlockClosure < Object [];
    Context < Object ["_sender" "_receiver" "_detail" "_alive"];
    CompiledMethod < Object ["_class" "_selector"];
    Message < Object ["selector" "arguments"];
    Collection < Object [];
    Bag < Collection ["_counts"];
    Set < Collection ["_table"];
    IdentitySet < Set [];
    Dictionary < Collection ["_table"];
    IdentityDictionary < Dictionary [];
    SequenceableCollection < Collection [];
    ArrayedCollection < SequenceableCollection [];
    Array < ArrayedCollection [];
    String < ArrayedCollection [];
    Symbol < ArrayedCollection [];
    ByteArray < ArrayedCollection [];
    Interval < ArrayedCollection ["_first" "_last" "_step"];
    OrderedCollection < SequenceableCollection ["_items" "_start"];
    SortedCollection < OrderedCollection ["_block"];
    Stream < Object ["_items" "_position" "_species" "_depth"];
    ReadStream < Stream [];
    WriteStream < Stream [];
    ReadWriteStream < Stream [];
    Exception < Object ["_text" "_frame" "_mark" "_value" "_process"];
    ExceptionSet < Object ["_classes"];
    Error < Exception [];
    ArithmeticError < Error [];
    ZeroDivide < ArithmeticError [];
    MessageNotUnderstood < Error ["_message" "_receiver"];
    IndexOutOfRange < Error [];
    NotFound < Error [];
    EmptyCollection < Error [];
    InvalidArgument < Error [];
    WrongArgumentCount < Error [];
    BlockCannotReturn < Error [];
    ShouldNotImplement < Error [];
    Notification < Exception [];
    Warning < Notification [];
    Handler ("_Handler") < Object ["_classes" "_block" "_outer" "_result" "_again" "_alive"];
    Failure ("_Failure") < Object ["_text"];
    Process < Object ["_task" "_block" "_state" "_name"];
    Semaphore < Object ["_signals" "_waiting"];
    ProcessorScheduler < Object [];
    Delay < Object ["_nanoseconds"];
    Time < Magnitude ["_seconds"];
    Date < Magnitude ["_days"];
    Random < Object ["_state"];
    SystemDictionary < Object [];
    Transcript < Object [];
    Display < Object [];
    KernelInstaller < Object ["_objects" "_startup" "_selector"];
    Workspace < Object ["_contents" "_last"];
    TestRunner < Object ["_passed" "_failed" "_label"];
}

impl Builtin {
    /// Its place in [`CLASSES`].
    #[must_use]
    pub const fn number(self) -> usize {
        self as usize
    }

    /// The class of a number.
    #[must_use]
    pub fn numbered(number: usize) -> Option<Builtin> {
        ALL.get(number).copied()
    }

    /// The class of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Builtin> {
        CLASSES.iter().position(|c| c.name == name).map(|at| ALL[at])
    }

    /// Its row.
    #[must_use]
    pub fn row(self) -> &'static ClassDef {
        &CLASSES[self.number()]
    }

    /// Whether it is `other` or inherits from it.
    #[must_use]
    pub fn is_within(self, other: Builtin) -> bool {
        let mut class = Some(self);
        while let Some(this) = class {
            if this == other {
                return true;
            }
            class = this.row().superclass;
        }
        false
    }
}

/// Whether a name belongs to the library, so that programs do not see it.
#[must_use]
pub fn is_private(name: &str) -> bool {
    name.starts_with('_')
}

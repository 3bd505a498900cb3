//! Snapshots: the classes, methods, globals and objects of an image as bytes, and back.
//!
//! The form depends neither on the machine nor on the tier: methods are kept as source texts, which the front end compiles
//! again, and blocks by the unit in which they were written and their place in it. Objects keep identity and sharing. What
//! runs is not saved: activations, processes, and objects that exist natively only become nil.
//!
//! Body of an image (see [`container`] for what is around it), each part a list: classes; old methods (replaced ones of which
//! blocks remain); methods; packages; do-its of which blocks remain; class names; native functions; units; names of globals;
//! objects; then the values of the globals, the class variables and the variables of class objects.
//!
//! Restoring goes in steps, between which the engine compiles: [`restore::open`] checks everything that does not depend on code
//! and defines classes and globals; then the methods and do-its are compiled; [`restore::finish`] makes the objects.
//!
//! Invariants: bytes never lead to a panic, to code of another shape than its unit's, or to more memory than they pay for;
//! no walk over objects uses the native stack.

pub mod container;
mod objects;
pub(crate) mod restore;
pub(crate) mod save;
pub mod text;

pub(crate) use restore::Pending;

/// What a reference begins with.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Ref {
    Nil,
    True,
    False,
    Unset,
    /// A number.
    Int,
    /// Eight bytes.
    Float,
    /// An object's number.
    Object,
    /// A class name's number.
    Class,
    /// A native function's number.
    Native,
    /// A unit's number and a place: a block that captures nothing.
    Block,
    /// A code point.
    Character,
}

impl Ref {
    const ALL: [Ref; 11] = [
        Ref::Nil,
        Ref::True,
        Ref::False,
        Ref::Unset,
        Ref::Int,
        Ref::Float,
        Ref::Object,
        Ref::Class,
        Ref::Native,
        Ref::Block,
        Ref::Character,
    ];
}

/// What an object begins with.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Kind {
    /// A text.
    Symbol,
    /// A text.
    String,
    /// Bytes.
    Bytes,
    /// Sign and magnitude.
    Big,
    /// References.
    Array,
    /// A class name's number, references.
    Record,
    /// A unit's number, a place, references.
    Closure,
    /// A reference.
    Cell,
    /// Entries: hash, two references.
    Table,
    /// Something that is not saved.
    Gone,
}

impl Kind {
    const ALL: [Kind; 10] = [
        Kind::Symbol,
        Kind::String,
        Kind::Bytes,
        Kind::Big,
        Kind::Array,
        Kind::Record,
        Kind::Closure,
        Kind::Cell,
        Kind::Table,
        Kind::Gone,
    ];
}

/// What a unit begins with.
#[derive(Clone, Copy)]
#[repr(u8)]
enum UnitKind {
    /// A method that a program installed: a class name's number, a selector.
    Method,
    /// A method of the library, likewise.
    Library,
    /// The number of an old method.
    Old,
    /// The number of a do-it.
    DoIt,
}

impl UnitKind {
    const ALL: [UnitKind; 4] = [UnitKind::Method, UnitKind::Library, UnitKind::Old, UnitKind::DoIt];
}

/// Most classes, methods and the like of an image: more than anybody has, few enough for all machines' indices.
const MOST: usize = 1 << 24;

//! Signatures of the predeclared functions.
//!
//! Types are written in a small prefix notation: `I B S F U` the scalars and
//! Unit, `!` Never, `*` anything, `T` the type parameter, `aX` array, `oX`
//! object, `?X` optional.

use alloc::{string::String, vec::Vec};

use motet_ir::{HostFunction, HostType};

/// How a builtin is checked and lowered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// By its signature, as a call of the native function `moon.NAME`.
    Plain,
    /// String, array or object.
    Len,
    /// Array or object.
    Copy,
    /// Array of Int, Float or String.
    Sort,
    /// One or more Ints, or as many Floats.
    Num,
    /// Written in Moon.
    SortBy,
}

/// One builtin.
#[derive(Clone, Copy, Debug)]
pub struct Builtin<'a> {
    /// Name in the source.
    pub name: &'a str,
    /// Name of the native function.
    pub native: &'a str,
    /// Parameter types, in the notation of the module, separated by commas.
    pub params: &'a str,
    /// Result type.
    pub result: &'a str,
    /// How it is checked.
    pub rule: Rule,
    /// It neither raises nor has effects, and depends on scalar arguments only.
    pub pure: bool,
}

impl Builtin<'_> {
    /// Whether it may be used as a value.
    #[must_use]
    pub fn is_value(&self) -> bool {
        self.rule == Rule::Plain && !self.params.contains(['T', '*']) && !self.result.contains('T')
    }
}

macro_rules! builtins {
    ($($name:ident $params:literal $result:literal $rule:ident $pure:literal;)*) => {
        /// Every builtin.
        pub const BUILTINS: &[Builtin<'static>] = &[$(Builtin {
            name: stringify!($name),
            native: concat!("moon.", stringify!($name)),
            params: $params,
            result: $result,
            rule: Rule::$rule,
            pure: $pure,
        }),*];
    };
}

builtins! {
    gc "" "U" Plain false;
    print "*" "U" Plain false;
    write "*" "U" Plain false;
    eprint "*" "U" Plain false;
    str "*" "S" Plain false;
    len "*" "I" Len false;
    push "aT,T" "U" Plain false;
    pop "aT" "T" Plain false;
    insert "aT,I,T" "U" Plain false;
    remove_at "aT,I" "T" Plain false;
    array "I,T" "aT" Plain false;
    copy "*" "*" Copy false;
    slice "aT,I,I" "aT" Plain false;
    concat "aT,aT" "aT" Plain false;
    reverse "aT" "U" Plain false;
    sort "*" "U" Sort false;
    sort_by "aT,*" "U" SortBy false;
    index_of "aT,T" "I" Plain false;
    has "oT,S" "B" Plain false;
    get "oT,S" "?T" Plain false;
    del "oT,S" "B" Plain false;
    keys "oT" "aS" Plain false;
    values "oT" "aT" Plain false;
    substr "S,I,I" "S" Plain true;
    char_at "S,I" "S" Plain false;
    ord "S" "I" Plain false;
    chr "I" "S" Plain false;
    compare "S,S" "I" Plain true;
    find "S,S" "I" Plain true;
    contains "S,S" "B" Plain true;
    starts_with "S,S" "B" Plain true;
    ends_with "S,S" "B" Plain true;
    split "S,S" "aS" Plain false;
    join "aS,S" "S" Plain false;
    replace "S,S,S" "S" Plain false;
    upper "S" "S" Plain true;
    lower "S" "S" Plain true;
    trim "S" "S" Plain true;
    repeat "S,I" "S" Plain false;
    int "F" "I" Plain false;
    float "I" "F" Plain true;
    parse_int "S" "?I" Plain true;
    parse_float "S" "?F" Plain true;
    abs "*" "*" Num true;
    min "*,*" "*" Num true;
    max "*,*" "*" Num true;
    sqrt "F" "F" Plain true;
    floor "F" "F" Plain true;
    ceil "F" "F" Plain true;
    round "F" "F" Plain true;
    trunc "F" "F" Plain true;
    sin "F" "F" Plain true;
    cos "F" "F" Plain true;
    tan "F" "F" Plain true;
    atan "F" "F" Plain true;
    exp "F" "F" Plain true;
    ln "F" "F" Plain true;
    pow "F,F" "F" Plain true;
    atan2 "F,F" "F" Plain true;
    bit_and "I,I" "I" Plain true;
    bit_or "I,I" "I" Plain true;
    bit_xor "I,I" "I" Plain true;
    shl "I,I" "I" Plain true;
    shr "I,I" "I" Plain true;
    ushr "I,I" "I" Plain true;
    bit_not "I" "I" Plain true;
    unwrap "?T" "T" Plain false;
    unwrap_or "?T,T" "T" Plain false;
    is_nil "?T" "B" Plain true;
    panic "S" "!" Plain false;
    assert "B,S" "U" Plain false;
    clock "" "F" Plain false;
    args "" "aS" Plain false;
    read_line "" "?S" Plain false;
    read_file "S" "S" Plain false;
    write_file "S,S" "U" Plain false;
    exit "I" "!" Plain false;
}

/// Signatures of the host's functions in the notation of builtins.
#[derive(Debug)]
pub struct HostSignature {
    name: String,
    params: String,
    result: String,
}

impl HostSignature {
    /// The signature of a function.
    #[must_use]
    pub fn new(function: &HostFunction) -> Self {
        let params: Vec<String> = function.params.iter().map(|p| notation(p, false)).collect();
        let result = notation(&function.result, true);
        Self { name: function.name.clone(), params: params.join(","), result }
    }

    /// The function as a builtin.
    #[must_use]
    pub fn builtin(&self) -> Builtin<'_> {
        let (params, result) = (&self.params, &self.result);
        Builtin { name: &self.name, native: &self.name, params, result, rule: Rule::Plain, pure: false }
    }
}

fn notation(ty: &HostType, result: bool) -> String {
    let mut out = String::new();
    let mut ty = ty;
    loop {
        out.push(match ty {
            HostType::Any => '*',
            HostType::Nil if result => 'U',
            HostType::Nil => '*',
            HostType::Bool => 'B',
            HostType::Int => 'I',
            HostType::Float => 'F',
            HostType::Str => 'S',
            HostType::List(_) => 'a',
            HostType::Map(_) => 'o',
            HostType::Optional(_) => '?',
        });
        let (HostType::List(inner) | HostType::Map(inner) | HostType::Optional(inner)) = ty else { return out };
        ty = inner;
    }
}

/// The part of the prelude that is written in Moon.
pub const SOURCE: &str = include_str!("prelude.moon");

/// Name under which [`SOURCE`] appears among the sources.
pub const SOURCE_NAME: &str = "<prelude>";

//! The native functions of SOM, by topic. Those named `som.Class>>selector` are primitives: a method declared
//! `primitive` of the class and selector is bound to it.
//!
//! Invariants: natives check the number and kinds of their arguments, and end the program when these are wrong; they
//! never call guest code; they account for work and memory that the program chose.

use motet_runtime::{Control, NativeDef, Value, count_natives, join_natives};

use super::world::fail;

/// Rows of natives: name and function, and what engines may do inline.
macro_rules! natives {
    ($($name:literal => $run:expr $(, $inline:ident)?;)*) => {
        /// The natives of this topic.
        pub(crate) const TABLE: &[motet_runtime::NativeDef] = &[$(
            motet_runtime::NativeDef {
                name: concat!("som.", $name),
                run: $run,
                inline: natives!(@inline $($inline)?),
            },
        )*];
    };
    (@inline) => { None };
    (@inline $inline:ident) => { Some(motet_runtime::Inline::$inline) };
}

mod arrays;
mod classes;
pub(crate) mod load;
pub(crate) mod numbers;
mod objects;
mod setup;
mod system;
pub(crate) mod text;

const TOPICS: &[&[NativeDef]] = &[
    arrays::TABLE,
    classes::TABLE,
    load::TABLE,
    numbers::TABLE,
    objects::TABLE,
    setup::TABLE,
    system::TABLE,
    text::TABLE,
];

static JOINED: [NativeDef; count_natives(TOPICS)] = join_natives(TOPICS);

/// All natives of SOM.
pub static ALL: &[NativeDef] = &JOINED;

/// Exactly `N` arguments, the receiver included.
pub(crate) fn take<const N: usize>(args: &[Value]) -> Result<[Value; N], Control> {
    match <[Value; N]>::try_from(args) {
        Ok(args) => Ok(args),
        Err(_) => fail("a primitive was called with a wrong number of arguments"),
    }
}

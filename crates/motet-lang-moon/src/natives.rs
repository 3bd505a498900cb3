//! The prelude as native functions, by topic.
//!
//! Invariant: the type checker has proven count and kinds of the arguments of
//! every call from Moon; a call from elsewhere that breaks them gets an error.

mod collections;
mod numbers;
mod system;
mod text;

use motet_builtins::arguments::{any, bad_argument, float, int, items, text};
use motet_runtime::{Inline, NativeDef, NativeFn};

macro_rules! natives {
    ($($name:literal $run:path $(, $inline:ident)?;)*) => {
        /// All native functions of Moon.
        pub static NATIVES: &[NativeDef] = &[$(NativeDef {
            name: $name,
            run: $run as NativeFn,
            inline: natives!(@inline $($inline)?),
        }),*];
    };
    (@inline) => { None };
    (@inline $inline:ident) => { Some(Inline::$inline) };
}

natives! {
    "moon.unit" system::unit;
    "moon.gc" system::gc;
    "moon.print" system::print;
    "moon.write" system::write;
    "moon.eprint" system::eprint;
    "moon.str" system::str;
    "moon.panic" system::panic;
    "moon.assert" system::assert;
    "moon.clock" system::clock;
    "moon.args" system::args;
    "moon.read_line" system::read_line;
    "moon.read_file" system::read_file;
    "moon.write_file" system::write_file;
    "moon.exit" system::exit;
    "moon.unwrap" system::unwrap, NotNil;
    "moon.unwrap_or" system::unwrap_or;
    "moon.is_nil" system::is_nil;
    "moon.len" collections::len, Len;
    "moon.push" collections::push, Push;
    "moon.pop" collections::pop;
    "moon.insert" collections::insert;
    "moon.remove_at" collections::remove_at;
    "moon.array" collections::array;
    "moon.copy" collections::copy;
    "moon.slice" collections::slice;
    "moon.concat" collections::concat;
    "moon.reverse" collections::reverse;
    "moon.sort" collections::sort;
    "moon.index_of" collections::index_of;
    "moon.has" collections::has, Has;
    "moon.get" collections::get;
    "moon.del" collections::del;
    "moon.keys" collections::keys;
    "moon.values" collections::values;
    "moon.substr" text::substr;
    "moon.char_at" text::char_at;
    "moon.ord" text::ord;
    "moon.chr" text::chr;
    "moon.compare" text::compare;
    "moon.find" text::find;
    "moon.contains" text::contains;
    "moon.starts_with" text::starts_with;
    "moon.ends_with" text::ends_with;
    "moon.split" text::split;
    "moon.join" motet_builtins::text::join;
    "moon.replace" motet_builtins::text::replace;
    "moon.upper" text::upper;
    "moon.lower" text::lower;
    "moon.trim" text::trim;
    "moon.repeat" text::repeat;
    "moon.parse_int" text::parse_int;
    "moon.parse_float" text::parse_float;
    "moon.int" numbers::int;
    "moon.float" numbers::float;
    "moon.abs" numbers::abs;
    "moon.min" numbers::min;
    "moon.max" numbers::max;
    "moon.sqrt" numbers::sqrt;
    "moon.floor" numbers::floor;
    "moon.ceil" numbers::ceil;
    "moon.round" numbers::round;
    "moon.trunc" numbers::trunc;
    "moon.sin" numbers::sin;
    "moon.cos" numbers::cos;
    "moon.tan" numbers::tan;
    "moon.atan" numbers::atan;
    "moon.exp" numbers::exp;
    "moon.ln" numbers::ln;
    "moon.pow" numbers::pow;
    "moon.atan2" numbers::atan2;
    "moon.bit_and" numbers::bit_and;
    "moon.bit_or" numbers::bit_or;
    "moon.bit_xor" numbers::bit_xor;
    "moon.bit_not" numbers::bit_not;
    "moon.shl" numbers::shl;
    "moon.shr" numbers::shr;
    "moon.ushr" numbers::ushr;
}

/// A half-open range clamped to `0..len`; empty if it runs backwards.
fn clamp(from: i64, to: i64, len: usize) -> (usize, usize) {
    let clip = |v: i64| usize::try_from(v.max(0)).unwrap_or(usize::MAX).min(len);
    let (from, to) = (clip(from), clip(to));
    (from, to.max(from))
}

//! The library as native functions, by topic.
//!
//! An `extern` function of the library's Rae text, or of a program, is the
//! native `rae.NAME`, without a prefix `rae_ext_`; overloads share one native,
//! which looks at the kinds of its arguments. What only the lowering calls is
//! listed first, with its parameters.
//!
//! Invariant: natives check count and kinds of their arguments, so that no
//! bytecode can harm them, and charge for work that is not constant.

mod codecs;
mod lists;
mod maps;
mod numbers;
mod strings;
mod system;
#[cfg(test)]
mod tests;
mod values;

use motet_builtins::arguments::{any, bad_argument, float, int, items, text};
use motet_runtime::{Inline, NativeDef, NativeFn, NativeResult, Runtime, Value};

macro_rules! natives {
    ($($name:literal $run:path $(, $inline:ident)?;)*) => {
        /// All native functions of Rae.
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
    // Values. A deep copy; overwriting the content of an object with that of a fresh one of the same type.
    "rae.copy" values::copy;                    // (v) -> v
    "rae.assign" values::assign;                // (dst, src) -> none
    "rae.ref_get" values::ref_get;              // (reference) -> Any; cell, or record {base, key}: base a list (key: index) or record (key: slot)
    "rae.ref_set" values::ref_set;              // (reference, v) -> none; out of range: nothing
    "rae.text" values::text_of;                 // (Any) -> String, as Concat does
    "rae.float_text" values::text_of;           // (Float) -> String
    "rae.uint64_text" values::uint64_text;      // (Int) -> String
    "rae.char_text" values::char_text;          // (Int) -> String; no code point: U+FFFD
    "rae.enum_text" values::enum_text;          // (ordinal, "a\nb\nc") -> String; out of range: ""
    "rae.list_text" values::list_text;          // (List(String) of texts of the elements, length, cap) -> "{ #(…), length, cap }"
    "rae.is_same" values::same;                 // (Any, Any) -> Bool
    "rae.u64_div" numbers::u64_div;             // (Int, Int) -> Int; these take the bits as unsigned
    "rae.u64_rem" numbers::u64_rem;
    "rae.u64_less" numbers::u64_less;           // (Int, Int) -> Bool
    "rae.u64_to_float" numbers::u64_to_float;   // (Int) -> Float (Float64)
    "rae.float_to_u64" numbers::float_to_u64;   // (Float) -> Int
    "rae.log" system::log;                      // (Any) -> none
    "rae.log_s" system::log_s;                  // (Any) -> none
    // Tasks: both ask the engine, so that their results have type Any.
    "rae.spawn" values::spawn;                  // (func value, args…) -> Any: task; arguments copied by the caller
    "rae.task_get" values::task_get;            // (task) -> Any; sleep likewise gives Any
    "rae.main_missing" system::main_missing;    // () -> error
    // Lists, arrays, buffers.
    "rae.new_list" lists::new_list;             // (cap) -> List
    "rae.new_array" lists::new_array;           // (n, default) -> fixed list; copies the default deeply
    "rae.fixed" lists::fixed;                   // (List) -> the same list, fixed from now on
    "rae.set_length" lists::set_length;         // (list, n, default) -> none
    "rae.cap" lists::cap;                       // (list) -> Int
    "rae.buffer_get" lists::buffer_get;         // (buffer, index, default) -> Any
    "rae.buffer_set" lists::buffer_set;         // (buffer, index, v, default) -> none
    // T.fromJson: (text, field, default) -> the field's value.
    "rae.json_int" strings::json_int;
    "rae.json_float" strings::json_float;
    "rae.json_bool" strings::json_bool;
    "rae.json_string" strings::json_string;

    // List(T) of the library.
    "rae.createList" lists::new_list;
    "rae.add" lists::add, Push;
    "rae.length" lists::length, Len;
    "rae.at" lists::at;
    "rae.get" lists::get;
    "rae.set" lists::set;
    "rae.insert" lists::insert;
    "rae.remove" lists::remove;
    "rae.removeAt" lists::remove;
    "rae.swapRemove" lists::swap_remove;
    "rae.removeLast" lists::remove_last;
    "rae.pop" lists::pop;
    "rae.__list_pop" lists::pop;
    "rae.truncate" lists::truncate;
    "rae.clear" lists::clear;
    "rae.swap" lists::swap;
    "rae.sort" lists::sort;
    "rae.sortDesc" lists::sort_desc;
    "rae.reverse" lists::reverse;
    "rae.isEmpty" lists::is_empty;
    "rae.contains" lists::contains;
    "rae.indexOf" lists::index_of;
    "rae.drop" lists::free;
    "rae.free" lists::free;
    "rae.grow" lists::grow;
    "rae.join" motet_builtins::text::join;
    "rae.rae_buf_alloc" lists::buf_alloc;
    "rae.rae_buf_free" lists::free;
    "rae.rae_buf_copy" lists::buf_copy;
    "rae.rae_buf_get" lists::buf_get;
    "rae.rae_buf_set" lists::buf_set;
    "rae.rae_buf_drop_at" lists::buf_drop_at;
    "rae.__buf_alloc" lists::int_buf_alloc;
    "rae.__buf_free" lists::free;
    "rae.__buf_copy" lists::buf_copy;
    "rae.__buf_get" lists::buf_get;
    "rae.__buf_set" lists::buf_set;

    // Maps: the table of slots beside the list of keys.
    "rae.__map_slots" maps::slots;
    "rae.__map_find" maps::find;
    "rae.__map_place" maps::place;
    "rae.__map_remove" maps::remove;
    "rae.__map_order" maps::order;

    // Strings and characters.
    "rae.sub" strings::sub;
    "rae.concat" strings::concat;
    "rae.compare" strings::compare;
    "rae.equals" strings::equals;
    "rae.hash" strings::hash;
    "rae.lastIndexOf" strings::last_index_of;
    "rae.startsWith" strings::starts_with;
    "rae.endsWith" strings::ends_with;
    "rae.toLower" strings::to_lower;
    "rae.__char_lower" strings::to_lower;
    "rae.__char_upper" strings::to_upper;
    "rae.trim" strings::trim;
    "rae.split" strings::split;
    "rae.replace" motet_builtins::text::replace;
    "rae.toInt" numbers::to_int;
    "rae.toFloat" numbers::to_float;
    "rae.stringCopy" values::copy;
    "rae.toCStr" strings::to_c_str;
    "rae.fromCStr" strings::from_c_str;
    "rae.__char_text" values::char_text;
    "rae.__bytes_text" strings::bytes_text;
    "rae.rae_str_len" lists::length;
    "rae.rae_str_compare" strings::compare;
    "rae.rae_str_eq" strings::equals;
    "rae.rae_str_hash" strings::hash;
    "rae.rae_str_concat" strings::concat;
    "rae.rae_str_sub" strings::sub;
    "rae.rae_str_at" lists::at;
    "rae.rae_str_to_f64" numbers::to_float64;
    "rae.rae_str_to_i64" numbers::to_int;
    "rae.rae_string_copy" values::copy;
    "rae.rae_int_to_float" numbers::to_float;
    "rae.rae_float_to_int" numbers::to_int;

    // Numbers.
    "rae.sin" numbers::sin;
    "rae.cos" numbers::cos;
    "rae.tan" numbers::tan;
    "rae.asin" numbers::asin;
    "rae.acos" numbers::acos;
    "rae.atan" numbers::atan;
    "rae.sqrt" numbers::sqrt;
    "rae.exp" numbers::exp;
    "rae.floor" numbers::floor;
    "rae.ceil" numbers::ceil;
    "rae.round" numbers::round;
    "rae.atan2" numbers::atan2;
    "rae.pow" numbers::pow;
    "rae.math_log" numbers::math_log;
    "rae.abs" numbers::abs;
    "rae.popcount" numbers::popcount;
    "rae.leadingZeros" numbers::leading_zeros;
    "rae.trailingZeros" numbers::trailing_zeros;
    "rae.seed" numbers::seed;
    "rae.random" numbers::random;
    "rae.randomInt" numbers::random;
    "rae.rae_seed" numbers::seed;
    "rae.rae_random" numbers::random;
    "rae.rae_random_int" numbers::random;

    // The process and the world outside.
    "rae.nextTick" system::next_tick;
    "rae.nowMs" system::now_ms;
    "rae.nowNs" system::now_ns;
    "rae.sleep" system::sleep;
    "rae.exit" system::exit;
    "rae.getEnv" system::get_env;
    "rae.readLine" system::read_line;
    "rae.readChar" system::read_char;
    "rae.readFile" system::read_file;
    "rae.readFileBytes" system::read_file_bytes;
    "rae.readFileTextRange" system::read_file_range;
    "rae.writeFile" system::write_file;
    "rae.rename" system::rename;
    "rae.delete" system::delete;
    "rae.makeDir" system::make_dir;
    "rae.exists" system::exists;
    "rae.lockFile" system::lock_file;
    "rae.unlockFile" system::unlock_file;
    "rae.fileModTime" system::file_mod_time;
    "rae.processRssKb" system::process_rss_kb;
    "rae.__list_dir" system::list_dir;
    "rae.rae_io_read_line" system::read_line;
    "rae.rae_io_read_char" system::read_char;
    "rae.rae_sys_exit" system::exit;
    "rae.rae_sys_get_env" system::get_env;
    "rae.rae_sys_read_file" system::read_file_text;
    "rae.rae_sys_write_file" system::write_file;
    "rae.rae_sys_rename" system::rename;
    "rae.rae_sys_delete" system::delete;
    "rae.rae_sys_make_dir" system::make_dir;
    "rae.rae_sys_exists" system::exists;
    "rae.rae_sys_lock_file" system::lock_file;
    "rae.rae_sys_unlock_file" system::unlock_file;
    "rae.rae_sys_file_mtime" system::file_mod_time;
    "rae.rae_sys_rss_kb" system::process_rss_kb;
    "rae.rae_sys_list_dir" system::list_dir;
    "rae.rae_sys_read_file_bytes" system::read_file_bytes;
    "rae.rae_sys_read_file_text" system::read_file_range;
    "rae.rae_mem_stats_outstanding" system::nothing_outstanding;
    "rae.rae_mem_stats_buf_outstanding" system::nothing_outstanding;
    "rae.rae_mem_stats_buf_outstanding_bytes" system::nothing_outstanding;
    "rae.rae_mem_alloc_total" system::nothing_outstanding;

    // Channels of tasks, and compression.
    "rae.__channel_new" values::channel_new;
    "rae.__channel_send" values::channel_send;
    "rae.__channel_pending" values::channel_pending;
    "rae.__channel_receive" values::channel_receive;
    "rae.__channel_received" values::channel_received;
    "rae.__channel_free" values::channel_free;
    "rae.__deflate" codecs::deflate;
    "rae.__inflate" codecs::inflate;
    "rae.__crc32" codecs::crc32;
    "rae.__adler32" codecs::adler32;
}

/// A list as argument.
fn list(rt: &Runtime, args: &[Value], n: usize) -> NativeResult {
    args.get(n).copied().filter(|&v| rt.heap.items(v).is_some()).ok_or_else(|| bad_argument(n))
}

/// A list that may change its length as argument.
fn growing(rt: &Runtime, args: &[Value], n: usize) -> NativeResult {
    let v = list(rt, args, n)?;
    if rt.heap.is_fixed(v) { Err(bad_argument(n)) } else { Ok(v) }
}

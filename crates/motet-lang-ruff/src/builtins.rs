//! The names of the builtins and what calls of them do to their arguments.
//!
//! Invariants: [`NATIVES`] lists every builtin that a program may mention and
//! that is native, once; the native of `len` is linked as `ruff.len`. A native
//! whose result is, or contains, one of its arguments or a part of one either
//! marks that part as shared itself or retains ([`Effect::Retains`]), in which
//! case the caller has marked the argument.

use motet_ir::NativeEffects;

/// What a native does to its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Reads them.
    Reads,
    /// May keep them, or parts of them, in its result or elsewhere.
    Retains,
    /// May update the first in place when nobody else holds it, and keep the others.
    Consumes,
}

impl Effect {
    /// In the terms of the IR.
    #[must_use]
    pub fn effects(self) -> NativeEffects {
        match self {
            Effect::Reads => NativeEffects::default(),
            Effect::Retains => NativeEffects { retains: true, ..NativeEffects::default() },
            Effect::Consumes => NativeEffects { consumes_first: true, retains: true, ..NativeEffects::default() },
        }
    }
}

/// Natives by effect; the names within a row are separated by blanks.
pub const NATIVES: &[(Effect, &str)] = &[
    // Parts that a function takes out of a container, or puts into one, it marks as shared itself; so one that
    // returns parts of its arguments only reads them.
    (
        Effect::Reads,
        "slice chunk windows take skip flatten zip enumerate unique values items get get_default Set Queue Stack \
         queue_peek queue_to_array stack_peek stack_to_array set_to_array random_choice \
         print println eprint debug input exit error assert assert_equal assert_true assert_false assert_contains \
         abs sqrt floor ceil round sin cos tan log exp pow min max bit_and bit_or bit_xor bit_not bit_shl bit_shr \
         range sum to_string str to_int to_float parse_int parse_float to_bool is_truthy type type_of is_int is_float \
         is_string is_bool is_array is_dict is_null is_function bytes dict format len to_upper upper to_lower lower \
         capitalize trim trim_start trim_end substring substr char_at contains starts_with ends_with is_empty index_of \
         replace replace_str split join repeat pad_left pad_start pad_right pad_end lines words str_reverse \
         count_chars truncate slugify to_camel_case to_snake_case to_kebab_case keys has_key invert set_has queue_size \
         queue_is_empty stack_size stack_is_empty async_sleep get_task_pool_size set_task_pool_size shared_has \
         shared_delete shared_add_int sleep read_file read_file_lossy read_lines write_file append_file \
         read_binary_file write_binary_file file_exists path_exists path_is_dir path_is_file path_is_symlink file_size \
         delete_file rename_file copy_file create_dir os_rmdir os_chdir list_dir join_path path_join dirname basename \
         path_extension path_absolute io_read_bytes io_write_bytes io_append_bytes io_read_at io_write_at io_seek_read \
         io_file_metadata io_truncate io_copy_range os_getcwd os_environ env_list env env_or env_set env_int env_float \
         env_bool env_required args execute execute_status spawn_process pipe_commands kv_set kv_get now now_unix \
         now_utc_seconds now_utc current_timestamp time performance_now time_us time_ns format_date parse_date \
         format_duration elapsed random random_int random_id uuid_v4 set_random_seed clear_random_seed parse_json \
         to_json to_json_pretty parse_toml to_toml parse_yaml to_yaml parse_csv to_csv encode_base64 decode_base64 \
         regex_match regex_find_all regex_replace regex_split sha256 md5 sha256_file md5_file hash_password \
         verify_password aes_encrypt aes_decrypt aes_encrypt_bytes aes_decrypt_bytes rsa_generate_keypair rsa_encrypt \
         rsa_decrypt rsa_sign rsa_verify jwt_encode jwt_decode jwt_verify http_get http_delete http_post http_put \
         http_request http_get_binary parallel_http async_read_file async_write_file async_read_files \
         async_write_files async_http_get async_http_post ssg_render_pages ssg_build_output_paths arg_parser channel",
    ),
    (
        Effect::Retains,
        "array promise_all await_all async_timeout shared_set shared_get http_response json_response \
         html_response redirect_response set_header set_headers http_server http_listen",
    ),
    (
        Effect::Consumes,
        "pop remove_at queue_dequeue stack_pop remove push append insert concat reverse clear sort merge update set_add \
         set_remove set_union set_intersect set_difference queue_enqueue stack_push",
    ),
];

/// Natives that only lowered code calls. Each is linked as `ruff.` plus its name.
pub mod internal {
    /// `(v, i)`: element `i` of an array, or null.
    pub const ELEMENT: &str = "$element";
    /// `slice`, which may work in place on its first argument.
    pub const SLICE: &str = "$slice";
    /// `(v, n)`: the elements from `n` on as an array; null if `v` is no array.
    pub const REST: &str = "$rest";
    /// `(v, key)`: entry of a dictionary, or null.
    pub const ENTRY: &str = "$entry";
    /// `(v, key…)`: the dictionary without these keys; null if `v` is no dictionary.
    pub const WITHOUT: &str = "$without";
    /// `(v)`: length of an array, an int; -1 if `v` is no array.
    pub const ARRAY_LEN: &str = "$array_len";
    /// `(v, key)`: a bool, whether `v` is a dictionary with this key.
    pub const HAS_ENTRY: &str = "$has_entry";
    /// `(v)`: number of payloads of a variant, an int.
    pub const PAYLOAD_LEN: &str = "$payload_len";
    /// `(v, i)`: payload `i` of a variant, or null.
    pub const PAYLOAD: &str = "$payload";
    /// `(v)`: a bound of `range` as an int; raises `range() requires numeric arguments`.
    pub const BOUND: &str = "$bound";
    /// `(v)`: a bool, whether `v` is an array, an iterator or a generator.
    pub const IS_SEQUENCE: &str = "$is_sequence";
    /// `(key)`: the key of a dictionary literal: strings as they are, ints as text, else raises
    /// `Dict keys must be strings`.
    pub const KEY: &str = "$key";
    /// `(text, payload…)`: a tagged value such as `Shape::Rect(1,2)`.
    pub const MAKE_TAG: &str = "$make_tag";
}

/// Names of float constants and their values.
pub const CONSTANTS: &[(&str, f64)] = &[("PI", core::f64::consts::PI), ("E", core::f64::consts::E)];

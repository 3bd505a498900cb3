/*
 * The C API of Motet: compile and run programs of several small languages.
 *
 * Generated from crates/motet-capi; change it there, and run `cargo xtask docs`.
 * docs/embedding-c.md explains it; examples/c has complete programs.
 *
 * - Every function that can fail returns a motet_status: 0 is success. motet_error_message() and the functions beside
 *   it say what went wrong. A result parameter is set to nothing (a null handle, nil, 0) first, so it can be read after
 *   a failure.
 * - Handles are numbers in a struct, null by default ({0}). Null, freed and wrong-type handles are errors.
 * - Texts are UTF-8. A pointer argument is null, or valid for what the function reads or writes through it, during the
 *   call; where null means something, that is said. Functions keep no pointer except user data.
 * - Engines and programs may be used in all threads at once. Configs, isolates, and what is in them, belong to the thread
 *   that made them; in others they are errors, except for motet_interrupt() and motet_request_reload(). Each thread has
 *   a last error of its own.
 * - Callbacks must return: no longjmp and no C++ exception may leave them.
 */

#ifndef MOTET_H
#define MOTET_H

#include <stddef.h>
#include <stdint.h>

// As a length: the text ends at its first NUL byte.
#define MOTET_NUL_TERMINATED SIZE_MAX

// Number of the binary interface. Programs compiled with a header of another number must not use the library:
// compare it with `motet_abi_version()`.
#define MOTET_ABI_VERSION 1



// What became of a call. 0 is success. Everything else leaves the handles that were passed as they are, and fills the
// calling thread's last error (`motet_error_message` and the functions beside it).
enum motet_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // It worked.
  MOTET_STATUS_OK = 0,
  // A pointer or handle that must not be null is.
  MOTET_STATUS_NULL = 1,
  // The handle was freed before, or was never one, or belongs to another isolate.
  MOTET_STATUS_STALE = 2,
  // The handle is one for something else.
  MOTET_STATUS_WRONG_TYPE = 3,
  // The object belongs to another thread.
  MOTET_STATUS_WRONG_THREAD = 4,
  // The isolate is running a program: what was asked for is not possible inside a callback.
  MOTET_STATUS_BUSY = 5,
  // A text is not UTF-8.
  MOTET_STATUS_NOT_UTF8 = 6,
  // An argument is out of its range.
  MOTET_STATUS_BAD_ARGUMENT = 7,
  // The source text has errors; `motet_error_diagnostic` lists them.
  MOTET_STATUS_COMPILE = 8,
  // The bytes are no `.pbc` file, or one that breaks a rule.
  MOTET_STATUS_BAD_PROGRAM = 9,
  // The isolate lacks something that the program needs.
  MOTET_STATUS_LINK = 10,
  // There is no function, variable, element or entry of this name or position.
  MOTET_STATUS_NOT_FOUND = 11,
  // The value is of another kind.
  MOTET_STATUS_WRONG_KIND = 12,
  // The program stopped with an error that it did not catch.
  MOTET_STATUS_RUNTIME = 13,
  // The program used up its fuel or its time.
  MOTET_STATUS_LIMIT = 14,
  // The program was interrupted.
  MOTET_STATUS_INTERRUPTED = 15,
  // The program ended itself; `motet_error_exit_status` says with what.
  MOTET_STATUS_EXIT = 16,
  // A file could not be read or written.
  MOTET_STATUS_IO = 17,
  // The tier or the build cannot do this.
  MOTET_STATUS_UNSUPPORTED = 18,
  // `motet_raise` was called; callbacks hand it back.
  MOTET_STATUS_RAISED = 19,
  // The handle or name is taken.
  MOTET_STATUS_TAKEN = 20,
  // A defect of Motet; the isolate should be freed.
  MOTET_STATUS_INTERNAL = 21,
  // The running program cannot be replaced in its present state; it runs on as it was.
  MOTET_STATUS_REFUSED = 22,
  // `motet_tail_call` was called; callbacks hand it back.
  MOTET_STATUS_TAIL_CALL = 23,
  // The `.pbc` file is not signed by one of the keys.
  MOTET_STATUS_UNSIGNED = 24,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum motet_status motet_status;
#else
typedef int32_t motet_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Sort of a run-time error.
enum motet_error_sort
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // The last error is no run-time error.
  MOTET_ERROR_SORT_NONE = 0,
  // Defined by the language, or raised by the host.
  MOTET_ERROR_SORT_LANGUAGE = 1,
  // More nested calls than allowed.
  MOTET_ERROR_SORT_STACK_OVERFLOW = 2,
  // The heap limit was reached.
  MOTET_ERROR_SORT_OUT_OF_MEMORY = 3,
  // The host did not grant what the operation needs.
  MOTET_ERROR_SORT_CAPABILITY_DENIED = 4,
  // All tasks wait for each other.
  MOTET_ERROR_SORT_DEADLOCK = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum motet_error_sort motet_error_sort;
#else
typedef int32_t motet_error_sort;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What sort of value a `motet_value` is.
enum motet_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // No value.
  MOTET_KIND_NIL = 0,
  // A boolean: `integer` is 0 or 1.
  MOTET_KIND_BOOL = 1,
  // A 64-bit integer: `integer`.
  MOTET_KIND_INT = 2,
  // A float: `number`.
  MOTET_KIND_FLOAT = 3,
  // A string: `text` and `length`; `ref`, if it came from the isolate.
  MOTET_KIND_STRING = 4,
  // A list: `ref`.
  MOTET_KIND_LIST = 5,
  // A map: `ref`.
  MOTET_KIND_MAP = 6,
  // A function: `ref`.
  MOTET_KIND_FUNCTION = 7,
  // A record or instance of a class of the program: `ref`.
  MOTET_KIND_RECORD = 8,
  // An object of the host (`motet_object_new`), or one of the program's libraries: `ref`.
  MOTET_KIND_OBJECT = 9,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum motet_kind motet_kind;
#else
typedef int32_t motet_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What runs programs. All tiers give the same output, errors and traces.
enum motet_tier
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // The register interpreter.
  MOTET_TIER_VM = 0,
  // The reference evaluator: slow, for comparisons. It runs source text only, not `.pbc`.
  MOTET_TIER_AST = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum motet_tier motet_tier;
#else
typedef int32_t motet_tier;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// A permission. None is granted unless `motet_config_allow` does.
enum motet_capability
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // Read files.
  MOTET_CAPABILITY_FS_READ = 0,
  // Write files.
  MOTET_CAPABILITY_FS_WRITE = 1,
  // Delete files.
  MOTET_CAPABILITY_FS_DELETE = 2,
  // Run programs.
  MOTET_CAPABILITY_PROCESS_EXEC = 3,
  // Run shell commands.
  MOTET_CAPABILITY_SHELL_EXEC = 4,
  // Read environment variables.
  MOTET_CAPABILITY_ENV_READ = 5,
  // Change environment variables.
  MOTET_CAPABILITY_ENV_WRITE = 6,
  // Make network connections.
  MOTET_CAPABILITY_NET_CLIENT = 7,
  // Accept network connections.
  MOTET_CAPABILITY_NET_SERVER = 8,
  // Use databases.
  MOTET_CAPABILITY_DATABASE = 9,
  // Read clocks, and wait.
  MOTET_CAPABILITY_CLOCK = 10,
  // Use randomness.
  MOTET_CAPABILITY_RANDOM = 11,
  // Read standard input.
  MOTET_CAPABILITY_STDIN = 12,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum motet_capability motet_capability;
#else
typedef int32_t motet_capability;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What becomes of the running program after a reload that another thread asked for.
enum motet_after
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // It goes on: calls that run finish in their old code.
  MOTET_AFTER_CONTINUE = 0,
  // If what runs is the module's program itself, it starts over: `main` with the global variables as they are in languages
  // that have it, else the top-level code with fresh ones. Everything else goes on.
  MOTET_AFTER_RESTART_MAIN = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum motet_after motet_after;
#else
typedef int32_t motet_after;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// The languages. Of use in all threads at once.
typedef struct motet_engine {
  // 0: no object.
  uint64_t id;
} motet_engine;

// How to set up an isolate. Of use in the thread that made it.
typedef struct motet_config {
  // 0: no object.
  uint64_t id;
} motet_config;

// Receives output of programs: `length` bytes, not NUL-terminated. It must not call functions on the isolate that
// writes.
typedef void (*motet_write)(const char *bytes, size_t length, void *user);

// Takes leave of `user` data, or of the data of an object. Called once, by the thread of the isolate or config; for
// objects whenever the isolate's collector finds that the program cannot reach them, at the latest when the isolate is
// freed. It must not call functions on that isolate.
typedef void (*motet_destructor)(void *data);

// A heap, limits, and the programs in it. Of use in the thread that made it, except for `motet_interrupt`.
typedef struct motet_isolate {
  // 0: no object.
  uint64_t id;
} motet_isolate;

// A program that was loaded into an isolate. Goes away with the isolate.
typedef struct motet_module {
  // 0: no object.
  uint64_t id;
} motet_module;

// What `motet_reload` did.
typedef struct motet_reload_report {
  // Number of the version that runs now; the first is 1.
  uint32_t version;
  // Whether the main function, or else the top-level code, differs: 0 or 1.
  int32_t main_changed;
  // Number of functions whose code differs.
  size_t changed;
  // Number of functions that only the new version has.
  size_t added;
  // Number of functions that only the old version had.
  size_t removed;
  // Number of global variables that kept their values.
  size_t globals_kept;
  // Number of global variables that only the new version has.
  size_t globals_new;
  // Number of global variables whose type no longer admits the value: they begin anew.
  size_t globals_reset;
  // Number of record types whose instances were given another shape.
  size_t migrated;
  // The names behind the numbers, for people: lines like `changed: update, draw`. Valid until the isolate's next reload.
  const char *names;
} motet_reload_report;

// Learns of a reload that another thread asked for: `status` is 0, or says why the old version runs on (the thread's last
// error has the message). It must not call functions on the isolate.
typedef void (*motet_reloaded)(struct motet_isolate isolate,
                               struct motet_module module,
                               int32_t status,
                               const struct motet_reload_report *report,
                               void *user);

// A value of an isolate that is kept alive until it is released. Goes away with the isolate.
typedef struct motet_ref {
  // 0: no object.
  uint64_t id;
} motet_ref;

// A value on its way between host and program.
typedef struct motet_value {
  // A `motet_kind`; says which of the other members count.
  int32_t kind;
  // The integer; 0 or 1 for a boolean.
  int64_t integer;
  // The float.
  double number;
  // The UTF-8 bytes of a string. From the isolate: followed by a NUL byte, and valid until `ref` is released.
  // To the isolate: may be null if `ref` is the string.
  const char *text;
  // Number of bytes; to the isolate also `MOTET_NUL_TERMINATED`.
  size_t length;
  // The value itself, for all kinds that live in the isolate's heap; {0} for the others.
  struct motet_ref ref;
} motet_value;

// A function of the host that programs call.
//
// `args` are `count` values; what they refer to is valid until the callback returns. `*result` is nil and may be set; a
// `ref` in it is not consumed. The callback returns 0 or, to make the call fail in the program, what `motet_raise`
// or any failed function handed back. References made meanwhile are released when the callback returns, except
// those given to `motet_ref_keep`. The callback may use values of `isolate`; it cannot run programs in it.
typedef int32_t (*motet_function)(struct motet_isolate isolate,
                                  const struct motet_value *args,
                                  size_t count,
                                  struct motet_value *result,
                                  void *user);

// A type of objects of the host that programs can use; belongs to a `motet_config`.
typedef struct motet_type {
  // 0: no object.
  uint64_t id;
} motet_type;

// A compiled program. Of use in all threads at once.
typedef struct motet_program {
  // 0: no object.
  uint64_t id;
} motet_program;

// A module. The texts are valid until the isolate's next `motet_module_at`.
typedef struct motet_module_info {
  // The module.
  struct motet_module module;
  // Name under which it was registered; empty for modules that were only loaded.
  const char *name;
  // Language of its main file.
  const char *language;
  // Number of the version that runs, from 1.
  uint32_t version;
  // Number of its functions, library code included.
  size_t functions;
  // Bytes of its portable code; 0 with `MOTET_TIER_AST`.
  size_t code_bytes;
} motet_module_info;

// An active call of a program, for traces. The texts are valid until the thread's next failure.
typedef struct motet_frame {
  // Name of the function.
  const char *function;
  // File; empty if the program was stripped.
  const char *file;
  // Line, from 1; 0 if it is not known.
  uint32_t line;
  // Column in bytes, from 1; 0 if it is not known.
  uint32_t column;
} motet_frame;

// A problem in source text. The texts are valid until the thread's next failure.
typedef struct motet_diagnostic {
  // Stable code, such as `E0201`.
  const char *code;
  // What is wrong.
  const char *message;
  // What to try; empty if there is nothing useful to say.
  const char *help;
  // File.
  const char *file;
  // Line, from 1; 0 if it is not known.
  uint32_t line;
  // Column in bytes, from 1; 0 if it is not known.
  uint32_t column;
  // 1 for an error, 0 for a warning.
  int32_t is_error;
} motet_diagnostic;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The library's version, such as `1.2.3`.
const char *motet_version(void);

// The library's `MOTET_ABI_VERSION`.
uint32_t motet_abi_version(void);

// Makes an engine, which knows all languages of the library.
motet_status motet_engine_new(struct motet_engine *engine);

// Frees an engine. Isolates that were made with it stay as they are.
motet_status motet_engine_free(struct motet_engine engine);

// Name of a language, such as `rae`, from 0; `MOTET_STATUS_NOT_FOUND` after the last. The text lives as long as the
// process.
motet_status motet_engine_language(struct motet_engine engine,
                                   size_t index,
                                   const char **name);

// Makes a config: no limits but the built-in ones, no capability, output dropped, nothing offered.
motet_status motet_config_new(struct motet_config *config);

// Frees a config. Isolates that were made with it stay as they are; user data of its functions is destroyed after the
// last of them.
motet_status motet_config_free(struct motet_config config);

// Chooses what runs programs: a `motet_tier`.
motet_status motet_config_tier(struct motet_config config, int32_t tier);

// Bounds the fuel of each isolate: about one unit per call and per turn of a loop. Programs cannot catch its end.
motet_status motet_config_fuel(struct motet_config config,
                               uint64_t units);

// Bounds the heap of each isolate.
motet_status motet_config_heap(struct motet_config config, uint64_t bytes);

// Bounds the number of nested calls in each isolate.
motet_status motet_config_depth(struct motet_config config, uint64_t calls);

// Grants a `motet_capability` to programs.
motet_status motet_config_allow(struct motet_config config, int32_t capability);

// Connects programs to the process's standard output, error and input, and gives them arguments. `args` are `count`
// texts, which are copied. Output is buffered until a run ends. Functions of `motet_config_output` have precedence.
motet_status motet_config_console(struct motet_config config,
                                  const char *const *args,
                                  size_t count);

// Hands output of programs (`out`) and their diagnostics (`err`) to functions of the host; either may be null. `user`
// is passed to both, and to `destructor` (which may be null) in the end.
motet_status motet_config_output(struct motet_config config,
                                 motet_write out,
                                 motet_write err,
                                 void *user,
                                 motet_destructor destructor);

// Calls a function for each request of `motet_request_reload` that was served, or failed. `user` is passed to it, and to
// `destructor` (which may be null) in the end.
motet_status motet_config_on_reload(struct motet_config config,
                                    motet_reloaded code,
                                    void *user,
                                    motet_destructor destructor);

// Offers a function under a name, an identifier, to programs of the isolates that are made afterwards.
//
// `params` and `result` are types: `any`, `nil`, `bool`, `int`, `float`, `string`, `[T]` for a list, `{T}` for a map with
// string keys, `T?` for a value or nil; parameters are separated by commas, and trailing ones of the form `T?` may be left
// out in calls (the callback then receives nil). Number and kinds of arguments are checked before the callback is called,
// an integer for a `float` is converted; the kind of the result is checked after it. With `params` null the callback
// receives whatever the program passes; languages with static types then see a function without parameters. A null
// `result` means `any`.
//
// `user` is passed to the callback and in the end to `destructor` (which may be null), also when this call fails.
motet_status motet_config_function(struct motet_config config,
                                   const char *name,
                                   const char *params,
                                   const char *result,
                                   motet_function code,
                                   void *user,
                                   motet_destructor destructor);

// Adds a type of objects. Its name stands in messages, and is the type's own in this config.
motet_status motet_config_type(struct motet_config config, const char *name, struct motet_type *type);

// Lets programs call `object.name(…)` on objects of a type. The callback's first argument is the object; `params` does
// not count it. Otherwise as `motet_config_function`.
motet_status motet_type_method(struct motet_config config,
                               struct motet_type type,
                               const char *name,
                               const char *params,
                               const char *result,
                               motet_function code,
                               void *user,
                               motet_destructor destructor);

// Lets programs read `object.name`. The callback's only argument is the object. `result` is its type, or null.
motet_status motet_type_getter(struct motet_config config,
                               struct motet_type type,
                               const char *name,
                               const char *result,
                               motet_function code,
                               void *user,
                               motet_destructor destructor);

// Lets programs assign `object.name`. The callback's arguments are the object and the new value; `value` is its type, or
// null.
motet_status motet_type_setter(struct motet_config config,
                               struct motet_type type,
                               const char *name,
                               const char *value,
                               motet_function code,
                               void *user,
                               motet_destructor destructor);

// Compiles a text in a language (`motet_engine_language`), for isolates that offer the same host functions as this one.
// `name` is the file name for messages, and the base of imports.
motet_status motet_compile(struct motet_isolate isolate,
                           const char *language,
                           const char *name,
                           const char *text,
                           size_t length,
                           struct motet_program *program);

// Compiles a file, in the language of its extension, and what it imports. The file may also be a `.pbc` file of
// somebody who is trusted.
motet_status motet_compile_file(struct motet_isolate isolate,
                                const char *path,
                                struct motet_program *program);

// Makes a program from the bytes of a `.pbc` file, which are copied. All of it is verified. With `strict` not 0 the
// limits for files of strangers apply: at most 8 MiB, and so on.
motet_status motet_program_from_pbc(const char *bytes,
                                    size_t length,
                                    int32_t strict,
                                    struct motet_program *program);

// As `motet_program_from_pbc`, of a file that one of the keys signed, which is checked before anything else in it is
// believed. `keys` holds public keys as `motet key public` prints them, one a line.
motet_status motet_program_from_signed_pbc(const char *bytes,
                                           size_t length,
                                           int32_t strict,
                                           const char *keys,
                                           struct motet_program *program);

// The bytes of the program's `.pbc` file, with names, places and source text if `debug` is not 0. They are valid until
// the program is freed.
motet_status motet_program_to_pbc(struct motet_program program,
                                  int32_t debug,
                                  const char **bytes,
                                  size_t *length);

// Name of the language of the program's main file. The text lives as long as the process.
motet_status motet_program_language(struct motet_program program, const char **name);

// Frees a program. Isolates that loaded it keep what they need.
motet_status motet_program_free(struct motet_program program);

// Makes an isolate. The config may be used again, and freed at any time.
motet_status motet_isolate_new(struct motet_engine engine,
                               struct motet_config config,
                               struct motet_isolate *isolate);

// Frees an isolate with all its modules and references. `MOTET_STATUS_BUSY` inside its own callbacks.
motet_status motet_isolate_free(struct motet_isolate isolate);

// Loads a program. Nothing of it runs.
motet_status motet_load(struct motet_isolate isolate,
                        struct motet_program program,
                        struct motet_module *module);

// Runs a loaded program: its top-level code, and its `main` function in languages that have one. `result` may be null.
motet_status motet_run(struct motet_isolate isolate,
                       struct motet_module module,
                       struct motet_value *result);

// Calls a function of a program by name: one that it declares at its top level, or a top-level variable that holds
// one. With a null module: in the program that was loaded last among those that have it. `result` may be null.
motet_status motet_call(struct motet_isolate isolate,
                        struct motet_module module,
                        const char *function,
                        const struct motet_value *args,
                        size_t count,
                        struct motet_value *result);

// Calls a function value, such as one from `motet_function_ref` or one that the program passed to the host. `result`
// may be null.
motet_status motet_call_ref(struct motet_isolate isolate,
                            struct motet_ref function,
                            const struct motet_value *args,
                            size_t count,
                            struct motet_value *result);

// Looks a function up, to be called more often than once.
motet_status motet_function_ref(struct motet_isolate isolate,
                                struct motet_module module,
                                const char *name,
                                struct motet_ref *function);

// Reads a top-level variable of a program.
motet_status motet_global_get(struct motet_isolate isolate,
                              struct motet_module module,
                              const char *name,
                              struct motet_value *value);

// Sets a top-level variable of a program. A variable with a static type takes values of that type only.
motet_status motet_global_set(struct motet_isolate isolate,
                              struct motet_module module,
                              const char *name,
                              const struct motet_value *value);

// Allows `units` more of fuel from now on, whatever was left: about one per call and per turn of a loop.
motet_status motet_refuel(struct motet_isolate isolate, uint64_t units);

// Lets programs run for at most `nanoseconds` from now on.
motet_status motet_set_time_left(struct motet_isolate isolate, uint64_t nanoseconds);

// Stops the program that runs now in an isolate of any thread, at its next call or turn of a loop: what runs it fails with
// `MOTET_STATUS_INTERRUPTED`. The program cannot catch that. If none runs, nothing happens, or the next call is stopped.
motet_status motet_interrupt(struct motet_isolate isolate);

// Fuel that programs used since the isolate was made.
motet_status motet_fuel_used(struct motet_isolate isolate, uint64_t *units);

// Size of the isolate's heap in bytes.
motet_status motet_heap_bytes(struct motet_isolate isolate, uint64_t *bytes);

// Keeps a reference that was made in a callback, or in a scope, until `motet_ref_release`.
motet_status motet_ref_keep(struct motet_isolate isolate, struct motet_ref ref);

// Releases a reference: the isolate's collector may free the value, and `text` pointers to it are of no use any more.
motet_status motet_ref_release(struct motet_isolate isolate,
                               struct motet_ref ref);

// Opens a scope: references that are made from now on are released by `motet_scope_close`, except those given to
// `motet_ref_keep`. Scopes nest; each callback has one of its own.
motet_status motet_scope_open(struct motet_isolate isolate);

// Closes the scope that was opened last.
motet_status motet_scope_close(struct motet_isolate isolate);

// Loads a program under a name, for `motet_module_find`. Nothing of it runs. `MOTET_STATUS_TAKEN` if there is a module of
// this name.
motet_status motet_register(struct motet_isolate isolate,
                            const char *name,
                            struct motet_program program,
                            struct motet_module *module);

// Replaces the program of a module. Calls that are suspended finish in their old code; all others find the new one,
// also through function values and references. Global variables keep their values where name and type still fit; new ones
// get theirs; records take the new shape. Then a function `onReload` or `on_reload` of the new version is called, if
// there is one. On any failure the old version stays as it was. `report` may be null.
motet_status motet_reload(struct motet_isolate isolate,
                          struct motet_module module,
                          struct motet_program program,
                          struct motet_reload_report *report);

// As `motet_reload`, from any thread: the `.pbc` bytes, which are copied, replace the module's program at the next call or
// turn of a loop of what runs in the isolate, or before the next run. `after` is a `motet_after`. The function
// given to `motet_config_on_reload` learns what became of it.
motet_status motet_request_reload(struct motet_isolate isolate,
                                  struct motet_module module,
                                  const char *bytes,
                                  size_t length,
                                  int32_t after);

// Serves the requests of other threads that wait, as every run does: for isolates where nothing runs for a while.
motet_status motet_serve_requests(struct motet_isolate isolate);

// Runs a module: the function `entry` without arguments, or, if that is null or empty, the program itself. A program that
// ran before starts over: if its language has a `main` function that runs again and global variables keep their values,
// otherwise the top-level code runs with fresh ones. `result` may be null.
motet_status motet_execute(struct motet_isolate isolate,
                           struct motet_module module,
                           const char *entry,
                           struct motet_value *result);

// The module that was registered under a name.
motet_status motet_module_find(struct motet_isolate isolate, const char *name, struct motet_module *module);

// Number of modules in an isolate, those without a name included.
motet_status motet_module_count(struct motet_isolate isolate, size_t *count);

// What is known about a module, from 0, in the order in which they were loaded.
motet_status motet_module_at(struct motet_isolate isolate, size_t index, struct motet_module_info *info);

// Takes a module out of the isolate; its handle is stale afterwards. Functions of it that others hold stay callable.
motet_status motet_unload(struct motet_isolate isolate,
                          struct motet_module module);

// Makes a list of `count` values.
motet_status motet_list_new(struct motet_isolate isolate,
                            const struct motet_value *elements,
                            size_t count,
                            struct motet_value *list);

// Makes a map of `count` entries in this order; of equal keys the last counts.
motet_status motet_map_new(struct motet_isolate isolate,
                           const struct motet_value *keys,
                           const struct motet_value *values,
                           size_t count,
                           struct motet_value *map);

// Number of elements of a list, or of entries of a map.
motet_status motet_length(struct motet_isolate isolate, struct motet_ref container, size_t *length);

// An element of a list, from 0.
motet_status motet_list_get(struct motet_isolate isolate,
                            struct motet_ref list,
                            size_t index,
                            struct motet_value *element);

// What a map has under a key.
motet_status motet_map_get(struct motet_isolate isolate,
                           struct motet_ref map,
                           const struct motet_value *key,
                           struct motet_value *value);

// The keys of a map, as a list in the map's order.
motet_status motet_map_keys(struct motet_isolate isolate, struct motet_ref map, struct motet_value *keys);

// A field of a record or of an instance of a class.
motet_status motet_record_get(struct motet_isolate isolate,
                              struct motet_ref record,
                              const char *name,
                              struct motet_value *value);

// Makes a string in the isolate, with a reference: for strings that are passed more often than once.
motet_status motet_string_new(struct motet_isolate isolate,
                              const char *text,
                              size_t length,
                              struct motet_value *string);

// Another reference to a value, with a life of its own.
motet_status motet_ref_copy(struct motet_isolate isolate, struct motet_ref ref, struct motet_value *copy);

// Makes an object of a type of the isolate's config. `bytes` is what it holds in memory, for the heap limit.
// `destructor` (which may be null) is called with `data` when the object is gone, also when this call fails.
motet_status motet_object_new(struct motet_isolate isolate,
                              struct motet_type type,
                              void *data,
                              size_t bytes,
                              motet_destructor destructor,
                              struct motet_value *object);

// The data of an object, if it is of this type. It is valid as long as the reference, or the program, keeps the object.
motet_status motet_object_data(struct motet_isolate isolate,
                               struct motet_ref object,
                               struct motet_type type,
                               void **data);

// For callbacks: makes the call fail in the program with a message, which it can catch:
// `return motet_raise("no such file", MOTET_NUL_TERMINATED);`
motet_status motet_raise(const char *message, size_t length);

// For callbacks: calls a function of the program when the callback has returned; its result becomes the callback's, and
// its errors pass through. The callback's result must have been declared as `any`, or null:
// `return motet_tail_call(isolate, args[0].ref, &args[1], 1);`
motet_status motet_tail_call(struct motet_isolate isolate,
                             struct motet_ref function,
                             const struct motet_value *args,
                             size_t count);

// For callbacks: ends the program with a status, which it cannot catch: `return motet_raise_exit(3);`
motet_status motet_raise_exit(int32_t exit_status);

// For callbacks: accounts for work in units of fuel, about one per element or per 64 bytes. Hand a failure back.
motet_status motet_charge(struct motet_isolate isolate,
                          uint64_t units);

// For callbacks: fails unless the isolate has a `motet_capability`; `operation` is for the message. Hand a failure back.
motet_status motet_require(struct motet_isolate isolate,
                           int32_t capability,
                           const char *operation);

// No value, for `motet_value` variables.
struct motet_value motet_nil(void);

// A boolean.
struct motet_value motet_bool(int32_t value);

// An integer.
struct motet_value motet_int(int64_t value);

// A float.
struct motet_value motet_float(double value);

// A string of UTF-8 bytes, which are read when the value is used; `length` may be `MOTET_NUL_TERMINATED`.
struct motet_value motet_string(const char *text, size_t length);

// Status of the calling thread's last failure; `MOTET_STATUS_OK` if there was none. Successful calls do not change it.
motet_status motet_error_status(void);

// What went wrong, in words, up to the first NUL byte. Never null. As all texts of the last error, it is valid until the
// thread's next failure.
const char *motet_error_message(void);

// What went wrong, for people, in several lines: the diagnostics of a compilation in the language's own form, or the
// message of a run-time error with an excerpt of the source and the call stack. Otherwise the message. Never null.
const char *motet_error_report(void);

// What sort of run-time error it was.
motet_error_sort motet_error_kind(void);

// With what the program ended itself, after `MOTET_STATUS_EXIT`; otherwise 0.
int32_t motet_error_exit_status(void);

// Number of calls that were active when the program stopped.
size_t motet_error_frame_count(void);

// An active call, from 0, innermost first.
motet_status motet_error_frame(size_t index, struct motet_frame *frame);

// Number of problems that the compilation found.
size_t motet_error_diagnostic_count(void);

// A problem that the compilation found, from 0.
motet_status motet_error_diagnostic(size_t index, struct motet_diagnostic *diagnostic);

// Text of a status, such as `stale handle`. It lives as long as the process; never null.
const char *motet_status_text(int32_t status);

// Forgets the thread's last failure.
motet_status motet_error_clear(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* MOTET_H */

/*
 * The calls of Rae's plan: compile a path, execute an entry of a module, replace a module, register natives. They are a
 * thin layer over motet.h: each thread has one machine, which is made by the first call, and modules go by their names.
 *
 * Generated from crates/motet-capi; change it there, and run `cargo xtask docs`.
 *
 * - Programs of all languages can be compiled, by the extension of the file.
 * - All functions return a motet_status; motet_error_message() and motet_error_report() say what went wrong.
 * - Programs are granted clocks, randomness and standard input, and nothing else. For limits, other capabilities, calls
 *   with arguments or several machines in a thread use motet.h.
 */

#ifndef MOTET_RAE_H
#define MOTET_RAE_H

#include <stddef.h>
#include <stdint.h>
#include "motet.h"

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Compiles a file and what it imports, in the language of its extension; a `.pbc` file is loaded. The chunk is freed with
// `motet_program_free`.
motet_status rae_vm_compile(const char *path,
                            motet_program *chunk);

// Puts a chunk into the registry under a name. Nothing runs. `MOTET_STATUS_TAKEN` if the name is in use.
motet_status rae_vm_registry_load(const char *name, motet_program chunk);

// Replaces the chunk under a name; see `motet_reload`. Global variables keep their values, running calls finish in their
// old code. To start `main` over, execute it. `rae_vm_registry_reload` is the same.
motet_status rae_vm_registry_replace(const char *name,
                                     motet_program chunk);

// As `rae_vm_registry_replace`.
motet_status rae_vm_registry_reload(const char *name, motet_program chunk);

// `MOTET_STATUS_OK` if there is a module of this name.
motet_status rae_vm_registry_find(const char *name);

// Takes a module out of the registry.
motet_status rae_vm_registry_unload(const char *name);

// Offers a function of the host to the modules of this thread's machine; see `motet_config_function`. To be called before
// anything is compiled or loaded in the thread (or after `rae_vm_shutdown`).
motet_status rae_vm_registry_register_native(const char *name,
                                             const char *params,
                                             const char *result,
                                             motet_function callback,
                                             void *user,
                                             motet_destructor destructor);

// Executes an entry of a module: a function without parameters. Null, empty or `main` is the program itself, whose global
// variables get their values first if it has not run yet. Output goes to standard output.
motet_status rae_vm_execute(const char *name,
                            const char *entry);

// The isolate of this thread's machine, for the functions of `motet.h`.
motet_status rae_vm_isolate(motet_isolate *isolate_of_thread);

// Frees this thread's machine with all its modules. The next call makes a new one.
motet_status rae_vm_shutdown(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* MOTET_RAE_H */

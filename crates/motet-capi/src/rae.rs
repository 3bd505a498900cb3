//! The calls of Rae's plan, on top of the functions of `motet.h`: one virtual machine per thread, modules by name.

use std::{
    cell::Cell,
    ffi::{c_char, c_void},
    ptr,
};

use crate::{
    boundary::{Out, enter},
    config::{motet_config_allow, motet_config_console, motet_config_free, motet_config_function, motet_config_new},
    engine::{motet_engine_free, motet_engine_new},
    failure::{Failure, fail},
    isolate::{motet_isolate_free, motet_isolate_new},
    program::motet_compile_file,
    registry::{motet_execute, motet_module_find, motet_register, motet_reload, motet_unload},
    types::{
        motet_capability, motet_config, motet_destructor, motet_engine, motet_function, motet_isolate, motet_module,
        motet_program, motet_status,
    },
};

/// The thread's virtual machine.
#[derive(Clone, Copy, Default)]
struct Machine {
    config: motet_config,
    isolate: motet_isolate,
}

thread_local! {
    static MACHINE: Cell<Machine> = const { Cell::new(Machine { config: motet_config { id: 0 }, isolate: motet_isolate { id: 0 } }) };
}

/// A failure that is the thread's last error already.
fn passed(status: motet_status) -> Result<(), Failure> {
    if status == motet_status::Ok {
        return Ok(());
    }
    let last = crate::failure::last();
    Err(last.map_or_else(|| Failure::new(status, "unknown failure"), |last| last.again()))
}

fn machine() -> Result<Machine, Failure> {
    let mut machine = MACHINE.get();
    if machine.config.id == 0 {
        // SAFETY: the pointers are to local variables; no arguments means no pointers to them.
        passed(unsafe { motet_config_new(&raw mut machine.config) })?;
        // SAFETY: likewise.
        passed(unsafe { motet_config_console(machine.config, ptr::null(), 0) })?;
        for granted in [motet_capability::Clock, motet_capability::Random, motet_capability::Stdin] {
            passed(motet_config_allow(machine.config, granted as i32))?;
        }
        MACHINE.set(machine);
    }
    Ok(machine)
}

fn isolate() -> Result<motet_isolate, Failure> {
    let mut machine = machine()?;
    if machine.isolate.id == 0 {
        let mut engine = motet_engine::default();
        // SAFETY: the pointers are to local variables.
        passed(unsafe { motet_engine_new(&raw mut engine) })?;
        // SAFETY: likewise.
        passed(unsafe { motet_isolate_new(engine, machine.config, &raw mut machine.isolate) })?;
        passed(motet_engine_free(engine))?;
        MACHINE.set(machine);
    }
    Ok(machine.isolate)
}

/// # Safety
/// `name` is null or NUL-terminated.
unsafe fn module(name: *const c_char) -> Result<(motet_isolate, motet_module), Failure> {
    let isolate = isolate()?;
    let mut module = motet_module::default();
    // SAFETY: the caller's promise; the other pointer is to a local variable.
    passed(unsafe { motet_module_find(isolate, name, &raw mut module) })?;
    Ok((isolate, module))
}

/// Compiles a file and what it imports, in the language of its extension; a `.pbc` file is loaded. The chunk is freed with
/// `motet_program_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rae_vm_compile(path: *const c_char, chunk: *mut motet_program) -> motet_status {
    enter(|| {
        let isolate = isolate()?;
        // SAFETY: the contract of the header.
        passed(unsafe { motet_compile_file(isolate, path, chunk) })
    })
}

/// Puts a chunk into the registry under a name. Nothing runs. `MOTET_STATUS_TAKEN` if the name is in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rae_vm_registry_load(name: *const c_char, chunk: motet_program) -> motet_status {
    enter(|| {
        let isolate = isolate()?;
        let mut module = motet_module::default();
        // SAFETY: the contract of the header; the other pointer is to a local variable.
        passed(unsafe { motet_register(isolate, name, chunk, &raw mut module) })
    })
}

/// Replaces the chunk under a name; see `motet_reload`. Global variables keep their values, running calls finish in their
/// old code. To start `main` over, execute it. `rae_vm_registry_reload` is the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rae_vm_registry_replace(name: *const c_char, chunk: motet_program) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let (isolate, module) = unsafe { module(name) }?;
        // SAFETY: a null report is allowed.
        passed(unsafe { motet_reload(isolate, module, chunk, ptr::null_mut()) })
    })
}

/// As `rae_vm_registry_replace`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rae_vm_registry_reload(name: *const c_char, chunk: motet_program) -> motet_status {
    // SAFETY: the contract of the header.
    unsafe { rae_vm_registry_replace(name, chunk) }
}

/// `MOTET_STATUS_OK` if there is a module of this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rae_vm_registry_find(name: *const c_char) -> motet_status {
    // SAFETY: the contract of the header.
    enter(|| unsafe { module(name) }.map(|_| ()))
}

/// Takes a module out of the registry.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rae_vm_registry_unload(name: *const c_char) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let (isolate, module) = unsafe { module(name) }?;
        passed(motet_unload(isolate, module))
    })
}

/// Offers a function of the host to the modules of this thread's machine; see `motet_config_function`. To be called before
/// anything is compiled or loaded in the thread (or after `rae_vm_shutdown`).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rae_vm_registry_register_native(
    name: *const c_char,
    params: *const c_char,
    result: *const c_char,
    callback: motet_function,
    user: *mut c_void,
    destructor: motet_destructor,
) -> motet_status {
    enter(|| {
        let machine = machine()?;
        if machine.isolate.id != 0 {
            return fail(motet_status::Busy, "natives are registered before anything is compiled or loaded");
        }
        // SAFETY: the contract of the header.
        passed(unsafe { motet_config_function(machine.config, name, params, result, callback, user, destructor) })
    })
}

/// Executes an entry of a module: a function without parameters. Null, empty or `main` is the program itself, whose global
/// variables get their values first if it has not run yet. Output goes to standard output.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rae_vm_execute(name: *const c_char, entry: *const c_char) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let (isolate, module) = unsafe { module(name) }?;
        // SAFETY: likewise: not null, so NUL-terminated.
        let whole = entry.is_null() || unsafe { std::ffi::CStr::from_ptr(entry) } == c"main";
        let entry = if whole { ptr::null() } else { entry };
        // SAFETY: likewise; a null result is allowed.
        passed(unsafe { motet_execute(isolate, module, entry, ptr::null_mut()) })
    })
}

/// The isolate of this thread's machine, for the functions of `motet.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rae_vm_isolate(isolate_of_thread: *mut motet_isolate) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let out = unsafe { Out::new(isolate_of_thread, motet_isolate::default()) }?;
        out.set(isolate()?);
        Ok(())
    })
}

/// Frees this thread's machine with all its modules. The next call makes a new one.
#[unsafe(no_mangle)]
pub extern "C" fn rae_vm_shutdown() -> motet_status {
    enter(|| {
        let mut machine = MACHINE.get();
        if machine.isolate.id != 0 {
            passed(motet_isolate_free(machine.isolate))?;
            machine.isolate = motet_isolate::default();
            MACHINE.set(machine);
        }
        if machine.config.id != 0 {
            passed(motet_config_free(machine.config))?;
            MACHINE.set(Machine::default());
        }
        Ok(())
    })
}

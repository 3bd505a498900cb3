//! The registry: programs under names, and their replacement while they run.

use std::{
    ffi::{CString, c_char, c_void},
    sync::Arc,
};

use motet::{After, ReloadOutcome, ReloadReport};

use crate::{
    boundary::{Out, c_bytes, c_str, enter},
    callbacks::{Home, User},
    failure::{Failure, c_text, fail, remember},
    isolate::{Cell, failure, failure_of_name, optional_result},
    table,
    types::{
        motet_after, motet_isolate, motet_module, motet_module_info, motet_program, motet_reload_report, motet_status,
        motet_value,
    },
};

/// Texts that C may be reading; each is replaced by the next call of the function that made it.
#[derive(Default)]
pub(crate) struct Texts {
    reload: CString,
    name: CString,
    language: CString,
}

/// Loads a program under a name, for `motet_module_find`. Nothing of it runs. `MOTET_STATUS_TAKEN` if there is a module of
/// this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_register(
    isolate: motet_isolate,
    name: *const c_char,
    program: motet_program,
    module: *mut motet_module,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let (out, name) = unsafe { (Out::new(module, motet_module::default())?, c_str(name, "the name")?) };
        let cell = table::isolate(isolate.id)?;
        let program = table::program(program.id)?;
        let handle = cell.with(|isolate| {
            if isolate.module(name).is_some() {
                return fail(motet_status::Taken, format!("there is a module `{name}` already: reload it"));
            }
            isolate.register(name, program.program()).map_err(|e| failure(isolate, &e))
        })?;
        out.set(cell.add_module(handle));
        Ok(())
    })
}

/// Replaces the program of a module. Calls that are suspended finish in their old code; all others find the new one,
/// also through function values and references. Global variables keep their values where name and type still fit; new ones
/// get theirs; records take the new shape. Then a function `onReload` or `on_reload` of the new version is called, if
/// there is one. On any failure the old version stays as it was. `report` may be null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_reload(
    isolate: motet_isolate,
    module: motet_module,
    program: motet_program,
    report: *mut motet_reload_report,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let out = unsafe { Out::new(report, motet_reload_report::NOTHING) }.ok();
        let cell = table::isolate(isolate.id)?;
        let handle = cell.module(module)?;
        let program = table::program(program.id)?;
        let report =
            cell.with(|isolate| isolate.reload(handle, program.program()).map_err(|e| failure(isolate, &e)))?;
        if let Some(out) = out {
            out.set(summary(&cell, &report));
        }
        Ok(())
    })
}

fn summary(cell: &Cell, report: &ReloadReport) -> motet_reload_report {
    let parts = [
        ("changed", &report.changed),
        ("added", &report.added),
        ("removed", &report.removed),
        ("globals kept", &report.globals_kept),
        ("globals new", &report.globals_new),
        ("globals reset", &report.globals_reset),
        ("migrated", &report.migrated),
    ];
    let lines = parts.iter().filter(|(_, names)| !names.is_empty());
    let text: String = lines.map(|(what, names)| format!("{what}: {}\n", names.join(", "))).collect();
    let mut texts = cell.texts.borrow_mut();
    texts.reload = c_text(&text);
    motet_reload_report {
        version: report.version,
        main_changed: i32::from(report.main_changed),
        changed: report.changed.len(),
        added: report.added.len(),
        removed: report.removed.len(),
        globals_kept: report.globals_kept.len(),
        globals_new: report.globals_new.len(),
        globals_reset: report.globals_reset.len(),
        migrated: report.migrated.len(),
        names: texts.reload.as_ptr(),
    }
}

/// A function of the host that learns of reloads which other threads asked for.
#[derive(Clone)]
pub(crate) struct Listener {
    code: unsafe extern "C" fn(motet_isolate, motet_module, i32, *const motet_reload_report, *mut c_void),
    user: Arc<User>,
}

impl Listener {
    pub(crate) fn new(
        code: unsafe extern "C" fn(motet_isolate, motet_module, i32, *const motet_reload_report, *mut c_void),
        user: Arc<User>,
    ) -> Self {
        Self { code, user }
    }

    pub(crate) fn tell(&self, home: &Home, outcome: &ReloadOutcome) {
        let Some(cell) = home.cell() else { return };
        let module = cell.module_of(outcome.module).unwrap_or_default();
        let (status, report) = match &outcome.result {
            Ok(report) => (motet_status::Ok, summary(&cell, report)),
            Err(e) => (remember(Failure::plain(e)), motet_reload_report::NOTHING),
        };
        // SAFETY: the header's contract for callbacks; the report is valid during the call.
        unsafe { (self.code)(cell.handle_of_self(), module, status as i32, &raw const report, self.user.data) }
    }
}

/// As `motet_reload`, from any thread: the `.pbc` bytes, which are copied, replace the module's program at the next call or
/// turn of a loop of what runs in the isolate, or before the next run. `after` is a `motet_after`. The function
/// given to `motet_config_on_reload` learns what became of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_request_reload(
    isolate: motet_isolate,
    module: motet_module,
    bytes: *const c_char,
    length: usize,
    after: i32,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let bytes = unsafe { c_bytes(bytes, length, "the bytes") }?;
        let far = table::far(isolate.id)?;
        let handle = far.module(module)?;
        let after = match after {
            a if a == motet_after::Continue as i32 => After::Continue,
            a if a == motet_after::RestartMain as i32 => After::RestartMain,
            _ => return fail(motet_status::BadArgument, format!("{after} is no motet_after")),
        };
        far.remote.reload(handle, bytes.to_vec(), after);
        Ok(())
    })
}

/// Serves the requests of other threads that wait, as every run does: for isolates where nothing runs for a while.
#[unsafe(no_mangle)]
pub extern "C" fn motet_serve_requests(isolate: motet_isolate) -> motet_status {
    enter(|| {
        table::isolate(isolate.id)?.with(|isolate| {
            isolate.serve_requests();
            Ok(())
        })
    })
}

/// Runs a module: the function `entry` without arguments, or, if that is null or empty, the program itself. A program that
/// ran before starts over: if its language has a `main` function that runs again and global variables keep their values,
/// otherwise the top-level code runs with fresh ones. `result` may be null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_execute(
    isolate: motet_isolate,
    module: motet_module,
    entry: *const c_char,
    result: *mut motet_value,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let out = unsafe { optional_result(result) };
        // SAFETY: likewise.
        let entry = if entry.is_null() { "" } else { unsafe { c_str(entry, "the entry") }? };
        let cell = table::isolate(isolate.id)?;
        let handle = cell.module(module)?;
        cell.run_for(out, |isolate| {
            let value = isolate.execute(handle, entry).map_err(|e| failure_of_name(isolate, &e))?;
            Ok(isolate.adopt(value))
        })
    })
}

/// The module that was registered under a name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_module_find(
    isolate: motet_isolate,
    name: *const c_char,
    module: *mut motet_module,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let (out, name) = unsafe { (Out::new(module, motet_module::default())?, c_str(name, "the name")?) };
        let cell = table::isolate(isolate.id)?;
        let found = cell.with(|isolate| Ok(isolate.module(name)))?;
        let Some(found) = found.and_then(|handle| cell.module_of(handle)) else {
            return fail(motet_status::NotFound, format!("there is no module `{name}`"));
        };
        out.set(found);
        Ok(())
    })
}

/// Number of modules in an isolate, those without a name included.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_module_count(isolate: motet_isolate, count: *mut usize) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let out = unsafe { Out::new(count, 0) }?;
        out.set(table::isolate(isolate.id)?.with(|isolate| Ok(isolate.modules().len()))?);
        Ok(())
    })
}

/// What is known about a module, from 0, in the order in which they were loaded.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_module_at(
    isolate: motet_isolate,
    index: usize,
    info: *mut motet_module_info,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let out = unsafe { Out::new(info, motet_module_info::NOTHING) }?;
        let cell = table::isolate(isolate.id)?;
        let modules = cell.with(|isolate| Ok(isolate.modules()))?;
        let Some(found) = modules.get(index) else {
            return fail(motet_status::NotFound, format!("there are {} modules", modules.len()));
        };
        let mut texts = cell.texts.borrow_mut();
        texts.name = c_text(&found.name);
        texts.language = c_text(&found.language);
        out.set(motet_module_info {
            module: cell.module_of(found.handle).unwrap_or_default(),
            name: texts.name.as_ptr(),
            language: texts.language.as_ptr(),
            version: found.version,
            functions: found.functions,
            code_bytes: found.code_bytes,
        });
        Ok(())
    })
}

/// Takes a module out of the isolate; its handle is stale afterwards. Functions of it that others hold stay callable.
#[unsafe(no_mangle)]
pub extern "C" fn motet_unload(isolate: motet_isolate, module: motet_module) -> motet_status {
    enter(|| {
        let cell = table::isolate(isolate.id)?;
        let handle = cell.module(module)?;
        cell.with(|isolate| isolate.unload(handle).map_err(|e| failure(isolate, &e)))?;
        cell.forget_module(module);
        Ok(())
    })
}

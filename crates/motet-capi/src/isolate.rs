//! Isolates: loading and running programs, calls, globals, limits.

use std::{
    cell::{self, RefCell},
    collections::HashMap,
    ffi::c_char,
    ptr,
    rc::Rc,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use motet::{Context, Error, Handle, Isolate, ModuleHandle, Remote};

use crate::{
    boundary::{Out, c_str, enter, items},
    callbacks::Home,
    config::Blueprint,
    convert::{Imported, export},
    failure::{Failure, fail},
    registry::Texts,
    table::{self, Kind, Object, check, new_id, stale},
    types::{
        motet_config, motet_engine, motet_isolate, motet_module, motet_program, motet_ref, motet_status, motet_value,
    },
};

/// An isolate and what C holds of it.
pub(crate) struct Cell {
    id: u64,
    /// Borrowed while a program runs.
    isolate: RefCell<Isolate>,
    /// What host functions see, while one runs and nobody uses it; else null.
    context: cell::Cell<*mut Context<'static>>,
    refs: RefCell<HashMap<u64, Root>>,
    /// References to be released when a scope ends, innermost scope last.
    scopes: RefCell<Vec<Vec<u64>>>,
    /// How many of the scopes belong to callbacks that run now, or are outside of them.
    fixed_scopes: cell::Cell<usize>,
    pub(crate) far: Arc<Far>,
    /// A panic left the isolate in an unknown state.
    broken: cell::Cell<bool>,
    pub(crate) texts: RefCell<Texts>,
    /// What the running callback wants to be called.
    tail: RefCell<Option<(Handle, Imported)>>,
    pub(crate) blueprint: Rc<Blueprint>,
}

/// What other threads can reach of an isolate.
pub(crate) struct Far {
    pub(crate) remote: Remote,
    /// The modules that C holds.
    modules: Mutex<HashMap<u64, ModuleHandle>>,
}

impl Far {
    fn modules(&self) -> MutexGuard<'_, HashMap<u64, ModuleHandle>> {
        // Only whole operations happen with the lock held.
        self.modules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The module that a handle means.
    pub(crate) fn module(&self, module: motet_module) -> Result<ModuleHandle, Failure> {
        check(module.id, Kind::Module)?;
        let found = self.modules().get(&module.id).copied();
        found.map_or_else(|| stale(Kind::Module), Ok)
    }
}

/// A failure of something in an isolate.
pub(crate) fn failure(isolate: &Isolate, error: &Error) -> Failure {
    Failure::of(error, |frame| isolate.sources_of(frame).cloned())
}

/// A failure of something that was asked for by name.
pub(crate) fn failure_of_name(isolate: &Isolate, error: &Error) -> Failure {
    match error {
        Error::Link(message) => Failure::new(motet_status::NotFound, message.clone()),
        other => failure(isolate, other),
    }
}

/// A value that C holds.
struct Root {
    handle: Handle,
    /// Its bytes and a NUL byte, if it is a string that C may be reading. Never changed.
    _text: Option<Box<[u8]>>,
}

/// Notices panics that pass through the isolate.
struct Watch<'a>(&'a Cell);

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.broken.set(true);
        }
    }
}

impl Cell {
    /// Gives access to the isolate between runs.
    pub(crate) fn with<R>(&self, body: impl FnOnce(&mut Isolate) -> Result<R, Failure>) -> Result<R, Failure> {
        let Ok(mut isolate) = self.isolate.try_borrow_mut() else {
            return fail(motet_status::Busy, "the isolate is running a program; this cannot be done in a callback");
        };
        if self.broken.get() {
            return fail(motet_status::Internal, "an internal error left the isolate unusable; free it");
        }
        let _watch = Watch(self);
        body(&mut isolate)
    }

    /// Runs something between runs, and gives its result to C if that wants it.
    pub(crate) fn run_for(
        &self,
        out: Option<Out<motet_value>>,
        body: impl FnOnce(&mut Isolate) -> Result<Handle, Failure>,
    ) -> Result<(), Failure> {
        let value = self.with(|isolate| {
            let handle = body(isolate)?;
            out.as_ref().map(|_| self.export_handle(isolate, &handle)).transpose()
        })?;
        if let (Some(out), Some(value)) = (out, value) {
            out.set(value);
        }
        Ok(())
    }

    /// Gives access to values, between runs and in host functions.
    pub(crate) fn visit<R>(
        &self,
        body: impl for<'h> FnOnce(&mut Context<'h>) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let context = self.context.replace(ptr::null_mut());
        if context.is_null() {
            return self.with(|isolate| isolate.visit(body));
        }
        let _watch = Watch(self);
        let _back = Put { place: &self.context, context };
        // SAFETY: `lend` stored the pointer and does not use its context before the callback returned, which takes the
        // pointer away; and it was taken out of its place just now, so nobody else makes a reference of it meanwhile.
        body(unsafe { &mut *context })
    }

    /// Lets the functions of the API use the context of a host function while `callback` runs. References that are made
    /// meanwhile are released.
    pub(crate) fn lend<R>(&self, cx: &mut Context<'_>, callback: impl FnOnce() -> R) -> R {
        let context: *mut Context<'_> = cx;
        // The brand of the lifetime is lost here; `visit` hands out a new one each time.
        let _back = Put { place: &self.context, context: self.context.replace(context.cast()) };
        callback()
    }

    /// Opens a scope for references that the host function's callback will see.
    pub(crate) fn open_callback(&self) -> CallbackScope<'_> {
        let mut scopes = self.scopes.borrow_mut();
        scopes.push(Vec::new());
        CallbackScope { cell: self, outer: self.fixed_scopes.replace(scopes.len()) }
    }

    /// Notes what the engine is to call after the callback that runs now.
    pub(crate) fn put_tail(&self, callee: Handle, args: Imported) -> Result<(), Failure> {
        if self.context.get().is_null() {
            return fail(motet_status::BadArgument, "no callback of this isolate is running");
        }
        self.tail.replace(Some((callee, args)));
        Ok(())
    }

    /// What the callback that ran just now wants to be called.
    pub(crate) fn take_tail(&self) -> Option<(Handle, Imported)> {
        self.tail.take()
    }

    fn add_root(&self, root: Root) -> motet_ref {
        let id = new_id(Kind::Ref);
        self.refs.borrow_mut().insert(id, root);
        if let Some(scope) = self.scopes.borrow_mut().last_mut() {
            scope.push(id);
        }
        motet_ref { id }
    }

    pub(crate) fn add_ref(&self, handle: Handle) -> motet_ref {
        self.add_root(Root { handle, _text: None })
    }

    /// A reference to a string. The pointer is to `text`, and valid as long as the reference.
    pub(crate) fn add_text(&self, handle: Handle, text: Box<[u8]>) -> (motet_ref, *const c_char) {
        let bytes = text.as_ptr().cast();
        (self.add_root(Root { handle, _text: Some(text) }), bytes)
    }

    /// What a reference refers to.
    pub(crate) fn handle(&self, r: motet_ref) -> Result<Handle, Failure> {
        check(r.id, Kind::Ref)?;
        let found = self.refs.borrow().get(&r.id).map(|root| root.handle.clone());
        found.map_or_else(|| stale(Kind::Ref), Ok)
    }

    fn release(&self, ids: &[u64]) {
        for id in ids {
            // Dropped outside of the borrow.
            let root = self.refs.borrow_mut().remove(id);
            drop(root);
        }
    }

    /// The module that a handle means.
    pub(crate) fn module(&self, module: motet_module) -> Result<ModuleHandle, Failure> {
        self.far.module(module)
    }

    /// Gives a module that was loaded just now a handle.
    pub(crate) fn add_module(&self, handle: ModuleHandle) -> motet_module {
        let id = new_id(Kind::Module);
        self.far.modules().insert(id, handle);
        motet_module { id }
    }

    /// The handle of a module.
    pub(crate) fn module_of(&self, handle: ModuleHandle) -> Option<motet_module> {
        self.far.modules().iter().find(|(_, m)| **m == handle).map(|(&id, _)| motet_module { id })
    }

    /// Makes the handle of a module stale.
    pub(crate) fn forget_module(&self, module: motet_module) {
        self.far.modules().remove(&module.id);
    }

    /// Values of C as rooted values.
    ///
    /// # Safety
    /// The texts of the values are null or valid for their lengths.
    unsafe fn import_all(&self, isolate: &mut Isolate, values: &[motet_value]) -> Result<Imported, Failure> {
        // SAFETY: the caller's promise.
        isolate.visit(|cx| unsafe { Imported::all(self, cx, values) })
    }

    pub(crate) fn export_handle(&self, isolate: &mut Isolate, handle: &Handle) -> Result<motet_value, Failure> {
        let exported = isolate.visit(|cx| {
            let local = cx.open(handle)?;
            export(self, cx, local)
        });
        exported.map_err(|fault| Failure::of_fault(&fault))
    }
}

/// Puts a context back into its place.
struct Put<'a> {
    place: &'a cell::Cell<*mut Context<'static>>,
    context: *mut Context<'static>,
}

impl Drop for Put<'_> {
    fn drop(&mut self) {
        self.place.set(self.context);
    }
}

/// The scope of a callback.
pub(crate) struct CallbackScope<'a> {
    cell: &'a Cell,
    outer: usize,
}

impl Drop for CallbackScope<'_> {
    fn drop(&mut self) {
        // Scopes that the callback opened and did not close end with it.
        let own = self.cell.fixed_scopes.replace(self.outer);
        let ended = self.cell.scopes.borrow_mut().split_off(own.saturating_sub(1));
        for scope in ended {
            self.cell.release(&scope);
        }
    }
}

/// Makes an isolate. The config may be used again, and freed at any time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_isolate_new(
    engine: motet_engine,
    config: motet_config,
    isolate: *mut motet_isolate,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let out = unsafe { Out::new(isolate, motet_isolate::default()) }?;
        let engine = table::engine(engine.id)?;
        let blueprint = table::config(config.id)?;
        let id = new_id(Kind::Isolate);
        let cell = Rc::new_cyclic(|weak| {
            let mut isolate = engine.isolate(blueprint.build(weak));
            if let Some(listener) = blueprint.listener() {
                let home = Home::new(weak);
                isolate.on_reload(move |outcome| listener.tell(&home, outcome));
            }
            let far = Arc::new(Far { remote: isolate.remote(), modules: Mutex::default() });
            Cell {
                id,
                far,
                isolate: RefCell::new(isolate),
                context: cell::Cell::new(ptr::null_mut()),
                refs: RefCell::default(),
                scopes: RefCell::default(),
                fixed_scopes: cell::Cell::new(0),
                broken: cell::Cell::new(false),
                texts: RefCell::default(),
                tail: RefCell::default(),
                blueprint,
            }
        });
        table::add(id, Object::Isolate(cell))?;
        out.set(motet_isolate { id });
        Ok(())
    })
}

/// Frees an isolate with all its modules and references. `MOTET_STATUS_BUSY` inside its own callbacks.
#[unsafe(no_mangle)]
pub extern "C" fn motet_isolate_free(isolate: motet_isolate) -> motet_status {
    enter(|| {
        let cell = table::isolate(isolate.id)?;
        if cell.isolate.try_borrow_mut().is_err() {
            return fail(motet_status::Busy, "the isolate is running a program; free it after that");
        }
        let object = table::remove(isolate.id, Kind::Isolate)?;
        // Destructors of objects run here, when nothing is borrowed.
        drop((object, cell));
        Ok(())
    })
}

/// Loads a program. Nothing of it runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_load(
    isolate: motet_isolate,
    program: motet_program,
    module: *mut motet_module,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let out = unsafe { Out::new(module, motet_module::default()) }?;
        let cell = table::isolate(isolate.id)?;
        let program = table::program(program.id)?;
        let handle = cell.with(|isolate| isolate.load(program.program()).map_err(|e| failure(isolate, &e)))?;
        out.set(cell.add_module(handle));
        Ok(())
    })
}

/// Runs a loaded program: its top-level code, and its `main` function in languages that have one. `result` may be null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_run(
    isolate: motet_isolate,
    module: motet_module,
    result: *mut motet_value,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let out = unsafe { optional_result(result) };
        let cell = table::isolate(isolate.id)?;
        let module = cell.module(module)?;
        cell.run_for(out, |isolate| {
            let value = isolate.run(module).map_err(|e| failure(isolate, &e))?;
            Ok(isolate.adopt(value))
        })
    })
}

/// A place for a result that may be null.
///
/// # Safety
/// As for [`Out::new`].
pub(crate) unsafe fn optional_result(result: *mut motet_value) -> Option<Out<motet_value>> {
    // SAFETY: the caller's promise.
    unsafe { Out::new(result, motet_value::NIL) }.ok()
}

/// Calls a function of a program by name: one that it declares at its top level, or a top-level variable that holds
/// one. With a null module: in the program that was loaded last among those that have it. `result` may be null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_call(
    isolate: motet_isolate,
    module: motet_module,
    function: *const c_char,
    args: *const motet_value,
    count: usize,
    result: *mut motet_value,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let (out, name, args) =
            unsafe { (optional_result(result), c_str(function, "the name")?, items(args, count, "the arguments")?) };
        let cell = table::isolate(isolate.id)?;
        let module = if module.id == 0 { None } else { Some(cell.module(module)?) };
        cell.run_for(out, |isolate| {
            // SAFETY: the contract of the header.
            let args = unsafe { cell.import_all(isolate, args) }?;
            let called = match module {
                Some(module) => isolate.call::<_, Handle>((module, name), args),
                None => isolate.call::<_, Handle>(name, args),
            };
            called.map_err(|e| failure_of_name(isolate, &e))
        })
    })
}

/// Calls a function value, such as one from `motet_function_ref` or one that the program passed to the host. `result`
/// may be null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_call_ref(
    isolate: motet_isolate,
    function: motet_ref,
    args: *const motet_value,
    count: usize,
    result: *mut motet_value,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let (out, args) = unsafe { (optional_result(result), items(args, count, "the arguments")?) };
        let cell = table::isolate(isolate.id)?;
        let function = cell.handle(function)?;
        cell.run_for(out, |isolate| {
            // SAFETY: the contract of the header.
            let args = unsafe { cell.import_all(isolate, args) }?;
            isolate.call::<_, Handle>(&function, args).map_err(|e| failure(isolate, &e))
        })
    })
}

/// Looks a function up, to be called more often than once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_function_ref(
    isolate: motet_isolate,
    module: motet_module,
    name: *const c_char,
    function: *mut motet_ref,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let (out, name) = unsafe { (Out::new(function, motet_ref::default())?, c_str(name, "the name")?) };
        let cell = table::isolate(isolate.id)?;
        let module = cell.module(module)?;
        let found = cell.with(|isolate| Ok(isolate.function(module, name)))?;
        let Some(handle) = found else {
            return fail(motet_status::NotFound, format!("the program has no function `{name}`"));
        };
        out.set(cell.add_ref(handle));
        Ok(())
    })
}

/// Reads a top-level variable of a program.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_global_get(
    isolate: motet_isolate,
    module: motet_module,
    name: *const c_char,
    value: *mut motet_value,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let (out, name) = unsafe { (Out::new(value, motet_value::NIL)?, c_str(name, "the name")?) };
        let cell = table::isolate(isolate.id)?;
        let module = cell.module(module)?;
        let value = cell.with(|isolate| {
            let handle = isolate.get::<Handle>(module, name).map_err(|e| failure_of_name(isolate, &e))?;
            cell.export_handle(isolate, &handle)
        })?;
        out.set(value);
        Ok(())
    })
}

/// Sets a top-level variable of a program. A variable with a static type takes values of that type only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_global_set(
    isolate: motet_isolate,
    module: motet_module,
    name: *const c_char,
    value: *const motet_value,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let (name, value) = unsafe { (c_str(name, "the name")?, items(value, 1, "the value")?) };
        let cell = table::isolate(isolate.id)?;
        let module = cell.module(module)?;
        cell.with(|isolate| {
            // SAFETY: the contract of the header.
            let Imported(handles) = unsafe { cell.import_all(isolate, value) }?;
            let Some(handle) = handles.first() else { return Ok(()) };
            isolate.set(module, name, handle).map_err(|e| failure_of_name(isolate, &e))
        })
    })
}

/// Allows `units` more of fuel from now on, whatever was left: about one per call and per turn of a loop.
#[unsafe(no_mangle)]
pub extern "C" fn motet_refuel(isolate: motet_isolate, units: u64) -> motet_status {
    enter(|| {
        table::isolate(isolate.id)?.with(|isolate| {
            isolate.refuel(units);
            Ok(())
        })
    })
}

/// Lets programs run for at most `nanoseconds` from now on.
#[unsafe(no_mangle)]
pub extern "C" fn motet_set_time_left(isolate: motet_isolate, nanoseconds: u64) -> motet_status {
    enter(|| {
        table::isolate(isolate.id)?.with(|isolate| {
            isolate.set_time_left(nanoseconds);
            Ok(())
        })
    })
}

/// Stops the program that runs now in an isolate of any thread, at its next call or turn of a loop: what runs it fails with
/// `MOTET_STATUS_INTERRUPTED`. The program cannot catch that. If none runs, nothing happens, or the next call is stopped.
#[unsafe(no_mangle)]
pub extern "C" fn motet_interrupt(isolate: motet_isolate) -> motet_status {
    enter(|| {
        table::far(isolate.id)?.remote.interrupt();
        Ok(())
    })
}

/// Fuel that programs used since the isolate was made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_fuel_used(isolate: motet_isolate, units: *mut u64) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let out = unsafe { Out::new(units, 0) }?;
        out.set(table::isolate(isolate.id)?.with(|isolate| Ok(isolate.stats().fuel))?);
        Ok(())
    })
}

/// Size of the isolate's heap in bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_heap_bytes(isolate: motet_isolate, bytes: *mut u64) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let out = unsafe { Out::new(bytes, 0) }?;
        out.set(table::isolate(isolate.id)?.with(|isolate| Ok(isolate.stats().heap_bytes as u64))?);
        Ok(())
    })
}

/// Keeps a reference that was made in a callback, or in a scope, until `motet_ref_release`.
#[unsafe(no_mangle)]
pub extern "C" fn motet_ref_keep(isolate: motet_isolate, r#ref: motet_ref) -> motet_status {
    enter(|| {
        let cell = table::isolate(isolate.id)?;
        cell.handle(r#ref)?;
        for scope in cell.scopes.borrow_mut().iter_mut().rev() {
            // What is to be kept was most often made last.
            if let Some(at) = scope.iter().rposition(|&id| id == r#ref.id) {
                scope.swap_remove(at);
                break;
            }
        }
        Ok(())
    })
}

/// Releases a reference: the isolate's collector may free the value, and `text` pointers to it are of no use any more.
#[unsafe(no_mangle)]
pub extern "C" fn motet_ref_release(isolate: motet_isolate, r#ref: motet_ref) -> motet_status {
    enter(|| {
        let cell = table::isolate(isolate.id)?;
        cell.handle(r#ref)?;
        cell.release(&[r#ref.id]);
        Ok(())
    })
}

/// Opens a scope: references that are made from now on are released by `motet_scope_close`, except those given to
/// `motet_ref_keep`. Scopes nest; each callback has one of its own.
#[unsafe(no_mangle)]
pub extern "C" fn motet_scope_open(isolate: motet_isolate) -> motet_status {
    enter(|| {
        table::isolate(isolate.id)?.scopes.borrow_mut().push(Vec::new());
        Ok(())
    })
}

/// Closes the scope that was opened last.
#[unsafe(no_mangle)]
pub extern "C" fn motet_scope_close(isolate: motet_isolate) -> motet_status {
    enter(|| {
        let cell = table::isolate(isolate.id)?;
        if cell.scopes.borrow().len() <= cell.fixed_scopes.get() {
            return fail(motet_status::BadArgument, "no scope was opened here");
        }
        let scope = cell.scopes.borrow_mut().pop().unwrap_or_default();
        cell.release(&scope);
        Ok(())
    })
}

impl Cell {
    /// The isolate's handle.
    pub(crate) fn handle_of_self(&self) -> motet_isolate {
        motet_isolate { id: self.id }
    }
}

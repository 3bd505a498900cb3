//! Configs: limits, capabilities, the outside world, and what the host offers to programs.

use std::{
    cell::RefCell,
    ffi::{c_char, c_void},
    rc::{Rc, Weak},
    sync::Arc,
};

use motet::{Access, Capabilities, Capability, Config, HostModule, Limits, ObjectType, Tier};

use crate::{
    boundary::{Out, c_str, enter, items},
    callbacks::{Function, Home, User},
    failure::{Failure, fail},
    host::{CHost, Writer},
    isolate::Cell,
    registry::Listener,
    signature::{intern, one_type, types},
    table::{self, Kind, Object, check, new_id, stale},
    types::{
        motet_config, motet_destructor, motet_function, motet_reloaded, motet_status, motet_tier, motet_type,
        motet_write,
    },
};

/// What isolates are made from.
#[derive(Default)]
pub(crate) struct Blueprint(RefCell<Parts>);

#[derive(Default)]
struct Parts {
    tier: Tier,
    fuel: Option<u64>,
    heap_bytes: Option<usize>,
    depth: Option<usize>,
    capabilities: Capabilities,
    console: bool,
    args: Vec<String>,
    out: Option<Writer>,
    err: Option<Writer>,
    listener: Option<Listener>,
    functions: Vec<Function>,
    types: Vec<TypeParts>,
}

struct TypeParts {
    id: u64,
    name: &'static str,
    members: Vec<(Access, Function)>,
}

impl Blueprint {
    /// What the facade needs for an isolate. Host functions find their isolate through `cell`.
    pub(crate) fn build(&self, cell: &Weak<Cell>) -> Config {
        let parts = self.0.borrow();
        let defaults = Limits::default();
        let limits = Limits {
            fuel: parts.fuel,
            heap_bytes: parts.heap_bytes.unwrap_or(defaults.heap_bytes),
            depth: parts.depth.unwrap_or(defaults.depth),
            ..defaults
        };
        let mut module = HostModule::new();
        for function in &parts.functions {
            let (function, home) = (function.clone(), Home::new(cell));
            let (name, params, result) = (function.name(), function.params(), function.result());
            module.dynamic_function(name, params, result, move |cx, args| function.call(&home, cx, args));
        }
        for described in &parts.types {
            let mut ty = ObjectType::new(described.name);
            for (access, function) in &described.members {
                let (function, home) = (function.clone(), Home::new(cell));
                ty.member(function.name(), *access, move |cx, args| function.call(&home, cx, args));
            }
            module.object_type(ty);
        }
        let host = CHost::new(parts.console, parts.args.clone(), parts.out.clone(), parts.err.clone());
        Config::new(host).tier(parts.tier).limits(limits).capabilities(parts.capabilities).module(module)
    }

    /// Who learns of reloads that other threads asked for.
    pub(crate) fn listener(&self) -> Option<Listener> {
        self.0.borrow().listener.clone()
    }

    /// Name of a type of this config.
    pub(crate) fn type_name(&self, id: u64) -> Result<&'static str, Failure> {
        check(id, Kind::Type)?;
        let found = self.0.borrow().types.iter().find(|t| t.id == id).map(|t| t.name);
        found.map_or_else(|| stale(Kind::Type), Ok)
    }

    /// Adds a member to a type; hands back what it replaces.
    fn member(&self, ty: motet_type, access: Access, function: Function) -> Result<Vec<(Access, Function)>, Failure> {
        let mut parts = self.0.borrow_mut();
        let Some(found) = parts.types.iter_mut().find(|t| t.id == ty.id) else { return stale(Kind::Type) };
        let replaced = found.members.extract_if(.., |(a, f)| (*a, f.name()) == (access, function.name())).collect();
        found.members.push((access, function));
        Ok(replaced)
    }
}

impl Parts {
    /// Adds a function; hands back what it replaces.
    fn put(&mut self, function: Function) -> Vec<Function> {
        let replaced = self.functions.extract_if(.., |f| f.name() == function.name()).collect();
        self.functions.push(function);
        replaced
    }
}

/// Makes a config: no limits but the built-in ones, no capability, output dropped, nothing offered.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_config_new(config: *mut motet_config) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let out = unsafe { Out::new(config, motet_config::default()) }?;
        let id = new_id(Kind::Config);
        table::add(id, Object::Config(Rc::default()))?;
        out.set(motet_config { id });
        Ok(())
    })
}

/// Frees a config. Isolates that were made with it stay as they are; user data of its functions is destroyed after the
/// last of them.
#[unsafe(no_mangle)]
pub extern "C" fn motet_config_free(config: motet_config) -> motet_status {
    enter(|| {
        let object = table::remove(config.id, Kind::Config)?;
        // Destructors run here, when nothing is borrowed.
        drop(object);
        Ok(())
    })
}

/// Changes one thing of a config.
fn change(config: motet_config, body: impl FnOnce(&mut Parts) -> Result<(), Failure>) -> motet_status {
    enter(|| {
        let blueprint = table::config(config.id)?;
        let mut parts = blueprint.0.borrow_mut();
        body(&mut parts)
    })
}

/// Chooses what runs programs: a `motet_tier`.
#[unsafe(no_mangle)]
pub extern "C" fn motet_config_tier(config: motet_config, tier: i32) -> motet_status {
    change(config, |parts| {
        parts.tier = match tier {
            t if t == motet_tier::Vm as i32 => Tier::Vm,
            t if t == motet_tier::Ast as i32 => Tier::Ast,
            _ => return fail(motet_status::BadArgument, format!("{tier} is no tier")),
        };
        Ok(())
    })
}

/// Bounds the fuel of each isolate: about one unit per call and per turn of a loop. Programs cannot catch its end.
#[unsafe(no_mangle)]
pub extern "C" fn motet_config_fuel(config: motet_config, units: u64) -> motet_status {
    change(config, |parts| {
        parts.fuel = Some(units);
        Ok(())
    })
}

/// Bounds the heap of each isolate.
#[unsafe(no_mangle)]
pub extern "C" fn motet_config_heap(config: motet_config, bytes: u64) -> motet_status {
    change(config, |parts| {
        parts.heap_bytes = Some(usize::try_from(bytes).unwrap_or(usize::MAX));
        Ok(())
    })
}

/// Bounds the number of nested calls in each isolate.
#[unsafe(no_mangle)]
pub extern "C" fn motet_config_depth(config: motet_config, calls: u64) -> motet_status {
    change(config, |parts| {
        parts.depth = Some(usize::try_from(calls).unwrap_or(usize::MAX));
        Ok(())
    })
}

/// Grants a `motet_capability` to programs.
#[unsafe(no_mangle)]
pub extern "C" fn motet_config_allow(config: motet_config, capability: i32) -> motet_status {
    change(config, |parts| {
        let found = usize::try_from(capability).ok().and_then(|c| Capability::ALL.get(c));
        let Some(found) = found else {
            return fail(motet_status::BadArgument, format!("{capability} is no capability"));
        };
        parts.capabilities = parts.capabilities.with(*found);
        Ok(())
    })
}

/// Connects programs to the process's standard output, error and input, and gives them arguments. `args` are `count`
/// texts, which are copied. Output is buffered until a run ends. Functions of `motet_config_output` have precedence.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_config_console(
    config: motet_config,
    args: *const *const c_char,
    count: usize,
) -> motet_status {
    change(config, |parts| {
        // SAFETY: the contract of the header.
        let args = unsafe { items(args, count, "the arguments") }?;
        // SAFETY: likewise.
        let args = args.iter().map(|&arg| unsafe { c_str(arg, "an argument") }.map(String::from));
        parts.args = args.collect::<Result<_, _>>()?;
        parts.console = true;
        Ok(())
    })
}

/// Hands output of programs (`out`) and their diagnostics (`err`) to functions of the host; either may be null. `user`
/// is passed to both, and to `destructor` (which may be null) in the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_config_output(
    config: motet_config,
    out: motet_write,
    err: motet_write,
    user: *mut c_void,
    destructor: motet_destructor,
) -> motet_status {
    let user = Arc::new(User::new(user, destructor));
    let mut replaced = Vec::new();
    // What was there before is destroyed when nothing is borrowed.
    change(config, |parts| {
        if let Some(code) = out {
            replaced.extend(parts.out.replace(Writer::new(code, user.clone())));
        }
        if let Some(code) = err {
            replaced.extend(parts.err.replace(Writer::new(code, user.clone())));
        }
        Ok(())
    })
}

/// Calls a function for each request of `motet_request_reload` that was served, or failed. `user` is passed to it, and to
/// `destructor` (which may be null) in the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_config_on_reload(
    config: motet_config,
    code: motet_reloaded,
    user: *mut c_void,
    destructor: motet_destructor,
) -> motet_status {
    let user = Arc::new(User::new(user, destructor));
    let mut replaced = None;
    // What was there before is destroyed when nothing is borrowed.
    change(config, |parts| {
        let Some(code) = code else { return fail(motet_status::Null, "the callback is null") };
        replaced = parts.listener.replace(Listener::new(code, user.clone()));
        Ok(())
    })
}

/// Offers a function under a name, an identifier, to programs of the isolates that are made afterwards.
///
/// `params` and `result` are types: `any`, `nil`, `bool`, `int`, `float`, `string`, `[T]` for a list, `{T}` for a map with
/// string keys, `T?` for a value or nil; parameters are separated by commas, and trailing ones of the form `T?` may be left
/// out in calls (the callback then receives nil). Number and kinds of arguments are checked before the callback is called,
/// an integer for a `float` is converted; the kind of the result is checked after it. With `params` null the callback
/// receives whatever the program passes; languages with static types then see a function without parameters. A null
/// `result` means `any`.
///
/// `user` is passed to the callback and in the end to `destructor` (which may be null), also when this call fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_config_function(
    config: motet_config,
    name: *const c_char,
    params: *const c_char,
    result: *const c_char,
    code: motet_function,
    user: *mut c_void,
    destructor: motet_destructor,
) -> motet_status {
    let user = User::new(user, destructor);
    enter(|| {
        // Destructors of what fails or is replaced run when nothing is borrowed.
        // SAFETY: the contract of the header.
        let function = unsafe { function(name, params, result, code, user) }?;
        let blueprint = table::config(config.id)?;
        let replaced = blueprint.0.borrow_mut().put(function);
        drop(replaced);
        Ok(())
    })
}

/// A function from its parts.
///
/// # Safety
/// The texts are null or NUL-terminated.
unsafe fn function(
    name: *const c_char,
    params: *const c_char,
    result: *const c_char,
    code: motet_function,
    user: User,
) -> Result<Function, Failure> {
    // SAFETY: the caller's promise.
    let name = unsafe { c_str(name, "the name") }?;
    let Some(code) = code else { return fail(motet_status::Null, "the callback is null") };
    // SAFETY: the caller's promise.
    let params = if params.is_null() { None } else { Some(types(unsafe { c_str(params, "the parameters") }?)?) };
    // SAFETY: the caller's promise.
    let result = if result.is_null() { None } else { Some(one_type(unsafe { c_str(result, "the result") }?)?) };
    let first = name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    if !first || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return fail(motet_status::BadArgument, format!("`{name}` is no identifier"));
    }
    Ok(Function::new(intern(name), params, result, code, user))
}

/// Adds a type of objects. Its name stands in messages, and is the type's own in this config.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_config_type(
    config: motet_config,
    name: *const c_char,
    r#type: *mut motet_type,
) -> motet_status {
    // SAFETY: the contract of the header.
    let out = unsafe { Out::new(r#type, motet_type::default()) };
    change(config, |parts| {
        let out = out?;
        // SAFETY: the contract of the header.
        let name = unsafe { c_str(name, "the name") }?;
        if parts.types.iter().any(|t| t.name == name) {
            return fail(motet_status::Taken, format!("there is a type `{name}` already"));
        }
        let id = new_id(Kind::Type);
        parts.types.push(TypeParts { id, name: intern(name), members: Vec::new() });
        out.set(motet_type { id });
        Ok(())
    })
}

/// Lets programs call `object.name(…)` on objects of a type. The callback's first argument is the object; `params` does
/// not count it. Otherwise as `motet_config_function`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_type_method(
    config: motet_config,
    r#type: motet_type,
    name: *const c_char,
    params: *const c_char,
    result: *const c_char,
    code: motet_function,
    user: *mut c_void,
    destructor: motet_destructor,
) -> motet_status {
    // SAFETY: the contract of the header.
    unsafe { member(config, r#type, Access::Call, name, params, result, code, User::new(user, destructor)) }
}

/// Lets programs read `object.name`. The callback's only argument is the object. `result` is its type, or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_type_getter(
    config: motet_config,
    r#type: motet_type,
    name: *const c_char,
    result: *const c_char,
    code: motet_function,
    user: *mut c_void,
    destructor: motet_destructor,
) -> motet_status {
    // SAFETY: the contract of the header; the text for the parameters is NUL-terminated.
    unsafe { member(config, r#type, Access::Get, name, c"".as_ptr(), result, code, User::new(user, destructor)) }
}

/// Lets programs assign `object.name`. The callback's arguments are the object and the new value; `value` is its type, or
/// null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_type_setter(
    config: motet_config,
    r#type: motet_type,
    name: *const c_char,
    value: *const c_char,
    code: motet_function,
    user: *mut c_void,
    destructor: motet_destructor,
) -> motet_status {
    // SAFETY: the contract of the header; the text for the result is NUL-terminated.
    unsafe { member(config, r#type, Access::Set, name, value, c"any".as_ptr(), code, User::new(user, destructor)) }
}

/// # Safety
/// The texts are null or NUL-terminated.
#[allow(clippy::too_many_arguments)]
unsafe fn member(
    config: motet_config,
    ty: motet_type,
    access: Access,
    name: *const c_char,
    params: *const c_char,
    result: *const c_char,
    code: motet_function,
    user: User,
) -> motet_status {
    enter(|| {
        let blueprint = table::config(config.id)?;
        let owner = blueprint.type_name(ty.id)?;
        // SAFETY: the caller's promise.
        let function = unsafe { function(name, params, result, code, user) }?;
        let replaced = blueprint.member(ty, access, function.of_type(owner))?;
        drop(replaced);
        Ok(())
    })
}

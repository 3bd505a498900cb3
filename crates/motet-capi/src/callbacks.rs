//! Functions of the host that programs call.

use std::{
    ffi::{c_char, c_void},
    ptr,
    rc::{Rc, Weak},
    sync::Arc,
};

use motet::{Capability, Context, ErrorKind, Fault, Handle, HostType, IntoGuest, Local, Request};

use crate::{
    boundary::{c_str, c_text, enter, items},
    convert::{Imported, export, import},
    failure::{Failure, fail, last},
    isolate::Cell,
    table,
    types::{motet_destructor, motet_error_sort, motet_isolate, motet_kind, motet_ref, motet_status, motet_value},
};

type Code = unsafe extern "C" fn(motet_isolate, *const motet_value, usize, *mut motet_value, *mut c_void) -> i32;

/// Data of the host, and what takes leave of it.
pub(crate) struct User {
    pub(crate) data: *mut c_void,
    destructor: motet_destructor,
}

impl User {
    pub(crate) fn new(data: *mut c_void, destructor: motet_destructor) -> Self {
        Self { data, destructor }
    }
}

// SAFETY: the data is used and destroyed by the thread of the config or isolate that holds it: both stay in the table of
// the thread that made them (see `table`), which nothing takes them out of but their end.
unsafe impl Send for User {}
// SAFETY: as above.
unsafe impl Sync for User {}

/// The way of a host function to its isolate.
#[derive(Clone)]
pub(crate) struct Home(Weak<Cell>);

// SAFETY: host functions are called, cloned and dropped by the thread of the isolate, as its cell is.
unsafe impl Send for Home {}

impl Home {
    pub(crate) fn new(cell: &Weak<Cell>) -> Self {
        Self(cell.clone())
    }

    /// The isolate, unless it is being freed.
    pub(crate) fn cell(&self) -> Option<Rc<Cell>> {
        self.0.upgrade()
    }
}

impl Drop for User {
    fn drop(&mut self) {
        if let Some(destructor) = self.destructor {
            // SAFETY: the header's contract for destructors: called once, with the data that came with it.
            unsafe { destructor(self.data) }
        }
    }
}

/// A callback and what it expects. Clones share the user data.
#[derive(Clone)]
pub(crate) struct Function(Arc<Inner>);

struct Inner {
    name: &'static str,
    /// The type whose member it is.
    owner: Option<&'static str>,
    params: Option<Vec<HostType>>,
    result: Option<HostType>,
    code: Code,
    user: User,
}

impl Function {
    pub(crate) fn new(
        name: &'static str,
        params: Option<Vec<HostType>>,
        result: Option<HostType>,
        code: Code,
        user: User,
    ) -> Self {
        Self(Arc::new(Inner { name, owner: None, params, result, code, user }))
    }

    /// The function as a member of a type: it takes an object of the type first.
    pub(crate) fn of_type(self, owner: &'static str) -> Self {
        let mut inner = self.0;
        if let Some(inner) = Arc::get_mut(&mut inner) {
            inner.owner = Some(owner);
        }
        Self(inner)
    }

    pub(crate) fn name(&self) -> &'static str {
        self.0.name
    }

    /// For languages with static types.
    pub(crate) fn params(&self) -> Vec<HostType> {
        self.0.params.clone().unwrap_or_default()
    }

    pub(crate) fn result(&self) -> HostType {
        self.0.result.clone().unwrap_or(HostType::Any)
    }

    /// Runs the callback.
    pub(crate) fn call<'h>(&self, home: &Home, cx: &mut Context<'h>, args: &[Local<'h>]) -> Result<Local<'h>, Fault> {
        let inner = &*self.0;
        let cell = home.cell().ok_or_else(|| Fault::new("the isolate is being freed"))?;
        let values = self.arguments(cx, args)?;
        let scope = cell.open_callback();
        let values = values.into_iter().zip(0..).map(|(v, at)| match inner.param(at) {
            Some(HostType::Float) if v.kind() == "integer" => {
                let number: f64 = cx.to_host(v)?;
                Ok(motet_value { kind: motet_kind::Float as i32, number, ..motet_value::NIL })
            }
            _ => export(&cell, cx, v),
        });
        let values: Vec<motet_value> = values.collect::<Result<_, Fault>>()?;
        let mut result = motet_value::NIL;
        let status = cell.lend(cx, || {
            // SAFETY: the header's contract for callbacks; arguments and result are valid during the call.
            unsafe {
                (inner.code)(cell.handle_of_self(), values.as_ptr(), values.len(), &raw mut result, inner.user.data)
            }
        });
        if status == motet_status::TailCall as i32
            && let Some((callee, args)) = cell.take_tail()
        {
            return inner.tail(cx, &callee, args);
        }
        if status != motet_status::Ok as i32 {
            return Err(fault(inner.name, cx, status));
        }
        // SAFETY: the header's contract for values: a text is null or valid for its length.
        let local = unsafe { import(&cell, cx, &result) }.map_err(|f| Fault::new(f.message).context(inner.name))?;
        drop(scope);
        inner.checked(cx, local)
    }

    /// The arguments, as many as there are parameters.
    fn arguments<'h>(&self, cx: &mut Context<'h>, args: &[Local<'h>]) -> Result<Vec<Local<'h>>, Fault> {
        let inner = &*self.0;
        let mut out = args.to_vec();
        let own = usize::from(inner.owner.is_some());
        if let Some(owner) = inner.owner {
            let this = args.first().copied().and_then(|this| cx.object::<User>(this)).map(|(name, _)| name);
            if this != Some(owner) {
                return Err(Fault::new(format!("{}: expected an object of type {owner}", inner.name)));
            }
        }
        let Some(params) = &inner.params else { return Ok(out) };
        let given = args.len().saturating_sub(own);
        if given > params.len() {
            let message = format!("{}: expected {} arguments, got {given}", inner.name, params.len());
            return Err(Fault::new(message));
        }
        for (at, param) in params.iter().enumerate() {
            match args.get(at + own) {
                Some(&arg) if conforms(cx, arg, param)? => {}
                Some(&arg) => {
                    let (want, got) = (describe(param), arg.kind());
                    return Err(Fault::new(format!("{}, argument {}: expected {want}, got {got}", inner.name, at + 1)));
                }
                None if matches!(param, HostType::Optional(_)) => out.push(cx.to_guest(())?),
                None => return Err(Fault::new(format!("{}: argument {} is missing", inner.name, at + 1))),
            }
        }
        Ok(out)
    }
}

impl Inner {
    /// Type of an argument, the object included.
    fn param(&self, at: usize) -> Option<&HostType> {
        let at = at.checked_sub(usize::from(self.owner.is_some()))?;
        self.params.as_ref()?.get(at)
    }

    /// Lets the engine call a function of the program after the host function.
    fn tail<'h>(&self, cx: &mut Context<'h>, callee: &Handle, args: Imported) -> Result<Local<'h>, Fault> {
        if self.result.as_ref().is_some_and(|r| *r != HostType::Any) {
            // Nobody could check what the call returns.
            return Err(Fault::new(format!("{}: the result must be declared as `any` for a tail call", self.name)));
        }
        Request::call(cx, callee, args)?.into_guest(cx)
    }

    /// The result, if it is what was promised: compiled code relies on it.
    fn checked<'h>(&self, cx: &mut Context<'h>, result: Local<'h>) -> Result<Local<'h>, Fault> {
        let Some(promised) = &self.result else { return Ok(result) };
        if *promised == HostType::Float && result.kind() == "integer" {
            let number: f64 = cx.to_host(result)?;
            return cx.to_guest(number);
        }
        // A function without a result may as well say so with `nil`.
        if conforms_exactly(cx, result, promised)? {
            return Ok(result);
        }
        let (want, got) = (describe(promised), result.kind());
        Err(Fault::new(format!("{}: the host promised {want} and returned {got}", self.name)))
    }
}

/// Whether a value is of a type; integers are floats too, at the outside.
fn conforms<'h>(cx: &mut Context<'h>, value: Local<'h>, ty: &HostType) -> Result<bool, Fault> {
    Ok((*ty == HostType::Float && value.kind() == "integer") || conforms_exactly(cx, value, ty)?)
}

/// Whether a value and all that is in it are of a type. Types have a bounded depth.
fn conforms_exactly<'h>(cx: &mut Context<'h>, value: Local<'h>, ty: &HostType) -> Result<bool, Fault> {
    Ok(match ty {
        HostType::Any => true,
        HostType::Nil => value.is_nil(),
        HostType::Bool => value.kind() == "boolean",
        HostType::Int => value.kind() == "integer",
        HostType::Float => value.kind() == "float",
        HostType::Str => value.kind() == "string",
        HostType::Optional(inner) => value.is_nil() || conforms_exactly(cx, value, inner)?,
        HostType::List(inner) => {
            if value.kind() != "list" {
                return Ok(false);
            }
            let length = cx.length(value).unwrap_or(0);
            if **inner == HostType::Any {
                return Ok(true);
            }
            cx.charge(length)?;
            for at in 0..length {
                let Some(item) = cx.item(value, at) else { return Ok(false) };
                if !conforms_exactly(cx, item, inner)? {
                    return Ok(false);
                }
            }
            true
        }
        HostType::Map(inner) => {
            if value.kind() != "map" {
                return Ok(false);
            }
            for key in cx.keys(value)? {
                let Some(item) = cx.entry(value, key) else { return Ok(false) };
                if key.kind() != "string" || !conforms_exactly(cx, item, inner)? {
                    return Ok(false);
                }
            }
            true
        }
    })
}

fn describe(ty: &HostType) -> String {
    match ty {
        HostType::Any => "any value".to_string(),
        HostType::Nil => "nil".to_string(),
        HostType::Bool => "boolean".to_string(),
        HostType::Int => "integer".to_string(),
        HostType::Float => "float".to_string(),
        HostType::Str => "string".to_string(),
        HostType::List(inner) if **inner == HostType::Any => "list".to_string(),
        HostType::Map(inner) if **inner == HostType::Any => "map".to_string(),
        HostType::List(inner) => format!("list of {}", describe(inner)),
        HostType::Map(inner) => format!("map of {}", describe(inner)),
        HostType::Optional(inner) => format!("{} or nil", describe(inner)),
    }
}

/// What the program sees of a callback that failed.
fn fault(name: &str, cx: &mut Context<'_>, status: i32) -> Fault {
    let Some(last) = last().filter(|last| last.status as i32 == status) else {
        return Fault::new(format!("{name}: the host function failed with status {status}"));
    };
    let message = last.message.to_string_lossy();
    match last.status {
        motet_status::Exit => Fault::exit(last.detail.exit_status),
        motet_status::Interrupted => Fault::interrupt(),
        motet_status::Raised => Fault::new(message),
        // A limit of this isolate is passed still; one of another is an error here.
        motet_status::Limit if let Err(limit) = cx.charge(0) => limit,
        _ => match last.detail.sort {
            Some(motet_error_sort::OutOfMemory) => Fault::of_kind(ErrorKind::OutOfMemory, message),
            Some(motet_error_sort::CapabilityDenied) => Fault::of_kind(ErrorKind::CapabilityDenied, message),
            Some(motet_error_sort::StackOverflow) => Fault::of_kind(ErrorKind::StackOverflow, message),
            Some(motet_error_sort::Deadlock) => Fault::of_kind(ErrorKind::Deadlock, message),
            Some(motet_error_sort::None | motet_error_sort::Language) | None => Fault::new(message).context(name),
        },
    }
}

/// For callbacks: makes the call fail in the program with a message, which it can catch:
/// `return motet_raise("no such file", MOTET_NUL_TERMINATED);`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_raise(message: *const c_char, length: usize) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let message = unsafe { c_text(message, length, "the message") }?;
        fail(motet_status::Raised, message)
    })
}

/// For callbacks: calls a function of the program when the callback has returned; its result becomes the callback's, and
/// its errors pass through. The callback's result must have been declared as `any`, or null:
/// `return motet_tail_call(isolate, args[0].ref, &args[1], 1);`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_tail_call(
    isolate: motet_isolate,
    function: motet_ref,
    args: *const motet_value,
    count: usize,
) -> motet_status {
    let mut ready = false;
    let status = enter(|| {
        // SAFETY: the contract of the header.
        let args = unsafe { items(args, count, "the arguments") }?;
        let cell = table::isolate(isolate.id)?;
        let callee = cell.handle(function)?;
        let args = cell.visit(|cx| {
            // SAFETY: likewise.
            unsafe { Imported::all(&cell, cx, args) }
        })?;
        cell.put_tail(callee, args)?;
        ready = true;
        Ok(())
    });
    if ready { motet_status::TailCall } else { status }
}

/// For callbacks: ends the program with a status, which it cannot catch: `return motet_raise_exit(3);`
#[unsafe(no_mangle)]
pub extern "C" fn motet_raise_exit(exit_status: i32) -> motet_status {
    enter(|| {
        let mut failure =
            Failure::new(motet_status::Exit, format!("the host ended the program with status {exit_status}"));
        failure.detail.exit_status = exit_status;
        Err(failure)
    })
}

/// For callbacks: accounts for work in units of fuel, about one per element or per 64 bytes. Hand a failure back.
#[unsafe(no_mangle)]
pub extern "C" fn motet_charge(isolate: motet_isolate, units: u64) -> motet_status {
    enter(|| {
        table::isolate(isolate.id)?.visit(|cx| {
            cx.charge(usize::try_from(units).unwrap_or(usize::MAX)).map_err(|fault| Failure::of_fault(&fault))
        })
    })
}

/// For callbacks: fails unless the isolate has a `motet_capability`; `operation` is for the message. Hand a failure back.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn motet_require(
    isolate: motet_isolate,
    capability: i32,
    operation: *const c_char,
) -> motet_status {
    enter(|| {
        // SAFETY: the contract of the header.
        let operation = unsafe { c_str(operation, "the operation") }?;
        let found = usize::try_from(capability).ok().and_then(|c| Capability::ALL.get(c));
        let Some(&found) = found else {
            return fail(motet_status::BadArgument, format!("{capability} is no capability"));
        };
        table::isolate(isolate.id)?.visit(|cx| cx.require(found, operation).map_err(|fault| Failure::of_fault(&fault)))
    })
}

/// No value, for `motet_value` variables.
#[unsafe(no_mangle)]
pub extern "C" fn motet_nil() -> motet_value {
    motet_value::NIL
}

/// A boolean.
#[unsafe(no_mangle)]
pub extern "C" fn motet_bool(value: i32) -> motet_value {
    motet_value { kind: motet_kind::Bool as i32, integer: i64::from(value != 0), ..motet_value::NIL }
}

/// An integer.
#[unsafe(no_mangle)]
pub extern "C" fn motet_int(value: i64) -> motet_value {
    motet_value { kind: motet_kind::Int as i32, integer: value, ..motet_value::NIL }
}

/// A float.
#[unsafe(no_mangle)]
pub extern "C" fn motet_float(value: f64) -> motet_value {
    motet_value { kind: motet_kind::Float as i32, number: value, ..motet_value::NIL }
}

/// A string of UTF-8 bytes, which are read when the value is used; `length` may be `MOTET_NUL_TERMINATED`.
#[unsafe(no_mangle)]
pub extern "C" fn motet_string(text: *const c_char, length: usize) -> motet_value {
    let text = if length == 0 { ptr::null() } else { text };
    motet_value { kind: motet_kind::String as i32, text, length, ..motet_value::NIL }
}

//! The state that engines and native code share: heap, symbols, classes,
//! functions' names, natives, languages, host, limits.

use alloc::{
    borrow::Cow,
    boxed::Box,
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};
use core::any::Any;

use hashbrown::HashTable;

use crate::{
    AnyState, Capabilities, Capability, ClassId, ClassKind, Classes, Control, ErrorKind, Heap, Host, MaybeSend,
    NativeResult, Semantics, Shared, Symbol, Symbols, Trap, TypeTag, Value, symbols::name_hash,
};

/// Identity of a function in an isolate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FuncId(pub u32);

/// Identity of a native function in an isolate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NativeId(pub u32);

/// A native function: arguments in order, all of them; it checks count and kinds itself.
pub type NativeFn = fn(&mut Runtime, &[Value]) -> NativeResult;

/// One row of a language's or host's native library.
#[derive(Clone, Copy)]
pub struct NativeDef {
    /// Qualified name, such as `ruff.push`.
    pub name: &'static str,
    /// The code.
    pub run: NativeFn,
    /// What an engine may do instead.
    pub inline: Option<Inline>,
}

/// Number of rows in all tables together.
#[must_use]
pub const fn count_natives(tables: &[&[NativeDef]]) -> usize {
    let (mut count, mut i) = (0, 0);
    while i < tables.len() {
        count += tables[i].len();
        i += 1;
    }
    count
}

/// The rows of all tables, in order; `COUNT` is [`count_natives`] of them, and the first table is not empty.
#[must_use]
pub const fn join_natives<const COUNT: usize>(tables: &[&[NativeDef]]) -> [NativeDef; COUNT] {
    let mut all = [tables[0][0]; COUNT];
    let (mut at, mut i) = (0, 0);
    while i < tables.len() {
        let mut j = 0;
        while j < tables[i].len() {
            all[at] = tables[i][j];
            at += 1;
            j += 1;
        }
        i += 1;
    }
    all
}

/// A native function in an isolate.
#[derive(Clone, Debug)]
pub struct NativeEntry {
    /// Qualified name; that of a host function has no dot.
    pub name: Cow<'static, str>,
    /// The code.
    pub run: NativeFn,
    /// What an engine may do instead.
    pub inline: Option<Inline>,
}

/// What an engine may do in place of a call of a native function, for the commonest kinds of arguments. With other
/// arguments it calls the function, whose code must do the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inline {
    /// One list: the number of its elements, an integer.
    Len,
    /// A list and a value: appends the value; nil.
    Push,
    /// A list that nobody else holds and a value, which gets a second holder: appends the value; the list.
    Append,
    /// One value that is not nil: the value.
    NotNil,
    /// A map and a key that is present: true.
    Has,
    /// A map and a key: 1 if it is present, 0 if it is not and is a string that does not look like an integer (does not
    /// begin with a digit or a minus sign).
    HasInt,
    /// One float: the largest integer that is not greater, as a float.
    Floor,
}

impl Inline {
    /// Kind of the result, if it is always the same.
    #[must_use]
    pub fn result(self) -> Option<TypeTag> {
        Some(match self {
            Inline::Len | Inline::HasInt => TypeTag::Int,
            Inline::Push => TypeTag::Nil,
            Inline::Append => TypeTag::List,
            Inline::NotNil => return None,
            Inline::Has => TypeTag::Bool,
            Inline::Floor => TypeTag::Float,
        })
    }
}

/// How a function behaves when called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FuncKind {
    /// Runs at once.
    #[default]
    Normal,
    /// Makes a suspended fiber.
    Generator,
    /// Runs at once; the result becomes a promise.
    Async,
}

/// What everybody may know about a function.
#[derive(Clone, Debug)]
pub struct FuncInfo {
    /// Name for messages and traces.
    pub name: Shared<str>,
    /// Language index in the isolate.
    pub language: u32,
    /// Number of parameters.
    pub params: u32,
    /// How many of the last ones may be left out.
    pub optional: u32,
    /// Normal, generator or async.
    pub kind: FuncKind,
    /// Left out of traces.
    pub hidden: bool,
    /// How many values a closure over it captures, if values of any kind will do for all of them.
    pub captures: Option<u32>,
    /// Where it comes from, if it is a function of a module.
    pub origin: Option<crate::Origin>,
}

/// Units of work after which native code looks at the clock: milliseconds.
const LOOK_AFTER: u64 = 1 << 20;

impl FuncInfo {
    /// What is known of an id that no function has.
    #[must_use]
    pub fn nobody() -> Self {
        FuncInfo {
            name: Shared::from("?"),
            language: 0,
            params: 0,
            optional: 0,
            kind: FuncKind::Normal,
            hidden: true,
            captures: None,
            origin: None,
        }
    }
}

/// Bounds for one isolate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Units of work: one per call and per turn of a loop, and per element in native functions. `None`: unlimited.
    pub fuel: Option<u64>,
    /// Heap size in bytes.
    pub heap_bytes: usize,
    /// Nested guest calls.
    pub depth: usize,
    /// Nanoseconds of the host's monotonic clock after which the program stops. `None`: never.
    pub deadline_nanos: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        let heap_bytes = if size_of::<usize>() > 4 { 4 << 30 } else { 1 << 20 };
        Self { fuel: None, heap_bytes, depth: 2_000_000, deadline_nanos: None }
    }
}

/// Somebody who may want the current run to stop.
pub trait Interrupt: crate::MaybeSend {
    /// Whether the run should stop, or pause if it can be resumed, with [`Trap::Interrupted`].
    fn is_wanted(&mut self) -> bool;
}

/// State of an isolate, without any engine's stacks.
pub struct Runtime {
    /// All heap cells.
    pub heap: Heap,
    /// Interned names.
    pub symbols: Symbols,
    /// Classes and layouts.
    pub classes: Classes,
    /// Functions of all loaded modules.
    pub funcs: Vec<FuncInfo>,
    /// Native functions.
    pub natives: Vec<NativeEntry>,
    /// Run sides of the languages.
    pub languages: Vec<&'static dyn Semantics>,
    /// The world outside.
    pub host: Box<dyn Host>,
    /// What the program may do.
    pub capabilities: Capabilities,
    /// Bounds.
    pub limits: Limits,
    /// Values kept alive for native libraries.
    pub roots: Vec<Value>,
    /// Units of work done; a host may set it back to 0 between runs.
    pub charged: u64,
    /// [`Runtime::charged`] when native code last looked at the clock.
    looked_at: u64,
    /// Whom engines ask from time to time whether to stop or pause the run.
    pub interrupt: Option<Box<dyn Interrupt>>,
    /// Work at which the engine pauses a run that it can resume.
    pub pause_at: Option<u64>,
    /// Who makes modules of text while programs run, if anybody does.
    pub compiler: Option<Box<dyn crate::Compiler>>,
    /// Tasks switch only when they wait, yield, sleep or end. A language whose tasks are to be like that says so before
    /// it makes the first one.
    pub cooperative: bool,
    /// The running task; see [`Runtime::current_task`].
    running_task: u64,
    /// Errors that handlers received, for traces; see [`crate::Semantics::keeps_trace`].
    pub kept: crate::KeptErrors,
    /// The saved state that the host wants programs to begin with, until the program's language has taken it.
    pub image: Option<Vec<u8>>,
    /// Where the host wants a saved state written; see [`Runtime::write_image`].
    pub save_image: Option<String>,
    /// From whom the host's completions come, if anybody may send some.
    pub mailbox: Option<Box<dyn crate::Mailbox>>,
    /// Tasks that the host has to finish.
    pub(crate) pending: usize,
    /// Numbers of tasks that finished since the engine last looked.
    pub(crate) finished: Vec<u64>,
    /// Number of the newest task.
    pub(crate) last_task: u64,
    /// The server that the program wants to be served by its host, after the run that it ended for that.
    pub serving: Option<Value>,
    /// Whether methods changed since the engine last looked.
    pub(crate) new_methods: bool,
    /// Private state of native libraries, by library name.
    pub state: BTreeMap<&'static str, Box<AnyState>>,
    /// Native functions that are closures, by slot.
    pub(crate) closures: Vec<Option<crate::NativeClosure>>,
    /// The latest native function of each name.
    native_index: HashTable<NativeId>,
}

impl Runtime {
    /// An empty isolate on a host.
    #[must_use]
    pub fn new(host: Box<dyn Host>, limits: Limits) -> Self {
        Self {
            heap: Heap::new(limits.heap_bytes),
            symbols: Symbols::default(),
            classes: Classes::default(),
            funcs: Vec::new(),
            natives: Vec::new(),
            languages: Vec::new(),
            host,
            capabilities: Capabilities::NONE,
            limits,
            roots: Vec::new(),
            charged: 0,
            looked_at: 0,
            interrupt: None,
            pause_at: None,
            compiler: None,
            cooperative: false,
            running_task: 0,
            kept: crate::KeptErrors::default(),
            image: None,
            save_image: None,
            mailbox: None,
            pending: 0,
            finished: Vec::new(),
            last_task: 0,
            serving: None,
            new_methods: false,
            state: BTreeMap::new(),
            closures: Vec::new(),
            native_index: HashTable::new(),
        }
    }

    /// Adds a language and its native library; a second registration of a name changes nothing.
    pub fn add_language(&mut self, semantics: &'static dyn Semantics) {
        if self.languages.iter().any(|l| l.name() == semantics.name()) {
            return;
        }
        self.add_natives(semantics.natives());
        self.languages.push(semantics);
    }

    /// Adds native functions; later definitions of a name win.
    pub fn add_natives(&mut self, defs: &[NativeDef]) {
        self.natives.reserve(defs.len());
        let natives = &self.natives;
        self.native_index.reserve(defs.len(), |id| name_hash(&natives[id.0 as usize].name));
        for def in defs {
            self.add_native(NativeEntry { name: def.name.into(), run: def.run, inline: def.inline });
        }
    }

    /// Adds a native function; the latest of a name is the one that programs loaded from now on find.
    pub(crate) fn add_native(&mut self, native: NativeEntry) -> NativeId {
        let id = NativeId(self.natives.len() as u32);
        self.natives.push(native);
        let natives = &self.natives;
        let name = |id: &NativeId| &*natives[id.0 as usize].name;
        let new = name(&id);
        match self.native_index.find_mut(name_hash(new), |old| name(old) == new) {
            Some(latest) => *latest = id,
            None => {
                self.native_index.insert_unique(name_hash(new), id, |id| name_hash(name(id)));
            }
        }
        id
    }

    /// A native function by qualified name.
    #[must_use]
    pub fn find_native(&self, name: &str) -> Option<NativeId> {
        self.native_index.find(name_hash(name), |id| self.natives[id.0 as usize].name == name).copied()
    }

    /// A language by name.
    #[must_use]
    pub fn find_language(&self, name: &str) -> Option<u32> {
        self.languages.iter().position(|l| l.name() == name).map(|i| i as u32)
    }

    /// Run side of a language.
    #[must_use]
    pub fn language(&self, index: u32) -> &'static dyn Semantics {
        self.languages[index as usize]
    }

    /// The class of a variant such as `Ok`, defining it on first use. `fields` is the number of payload values.
    pub fn variant_class(&mut self, language: &str, name: &str, fields: usize) -> ClassId {
        let key = Classes::variant_key(language, name);
        if let Some(id) = self.classes.find(&key) {
            return id;
        }
        let names: Vec<Symbol> = (0..fields).map(|i| self.symbols.intern(&alloc::format!("{i}"))).collect();
        let language = self.find_language(language).unwrap_or(0);
        self.classes.define(&key, name, language, ClassKind::Variant, &names)
    }

    /// A variant value with its payload.
    pub fn variant(&mut self, language: &str, name: &str, payload: &[Value]) -> Value {
        let class = self.variant_class(language, name, payload.len());
        let names: Vec<Symbol> = (0..payload.len()).map(|i| self.symbols.intern(&alloc::format!("{i}"))).collect();
        let shape = self.classes.shape_for(class, &names);
        self.heap.record(shape, payload)
    }

    /// Class of a record value.
    #[must_use]
    pub fn class_of(&self, v: Value) -> Option<ClassId> {
        self.heap.shape_of(v).map(|s| self.classes.shape(s).class)
    }

    /// Gives a class a method: a callable that takes the receiver first.
    pub fn add_method(&mut self, class: ClassId, name: &str, method: Value) {
        let language = self.language(self.classes.class(class).language);
        let symbol = self.symbols.intern(name);
        let info = self.classes.class_mut(class);
        info.methods.insert(symbol, method);
        info.operators |= language.is_operator(name);
    }

    /// To be called when what [`Semantics::method`] answered before may not hold any more: engines forget it before the next
    /// send.
    pub fn methods_changed(&mut self) {
        self.new_methods = true;
        self.heap.ask_for_look();
    }

    /// Whether methods changed since this was last asked; for engines.
    #[inline]
    pub fn take_methods_changed(&mut self) -> bool {
        core::mem::take(&mut self.new_methods)
    }

    /// Field of a record by name.
    #[must_use]
    pub fn field(&self, v: Value, name: Symbol) -> Option<Value> {
        let slot = self.classes.shape(self.heap.shape_of(v)?).slot(name)?;
        self.heap.fields(v)?.get(slot).copied()
    }

    /// Field names and values of a record in slot order.
    #[must_use]
    pub fn record_fields(&self, v: Value) -> Vec<(Symbol, Value)> {
        let (Some(shape), Some(fields)) = (self.heap.shape_of(v), self.heap.fields(v)) else { return Vec::new() };
        self.classes.shape(shape).fields.iter().copied().zip(fields.iter().copied()).collect()
    }

    /// Sets a field of a record in place, adding it when the record has none of this name. False (and nothing
    /// happens) when the record's class has typed fields and the change would break what typed code relies on.
    pub fn set_field(&mut self, v: Value, name: Symbol, value: Value) -> bool {
        let Some(shape) = self.heap.shape_of(v) else { return false };
        let layout = self.classes.shape(shape);
        let types = &self.classes.class(layout.class).field_types;
        match layout.slot(name) {
            Some(slot) => {
                if let Some(want) = types.get(slot).copied().flatten()
                    && !crate::ops::passes_cast(self, value, want)
                {
                    return false;
                }
                if let Some(f) = self.heap.fields_mut(v).and_then(|f| f.get_mut(slot)) {
                    *f = value;
                }
                true
            }
            None if types.is_empty() => {
                let shape = self.classes.shape_with(shape, name);
                self.heap.grow_record(v, shape, value);
                true
            }
            None => false,
        }
    }

    /// What a foreign object has under a name; see [`crate::Foreign::member`].
    #[must_use]
    pub fn foreign_member(&self, v: Value, name: Symbol, access: crate::Access) -> Option<Value> {
        self.heap.foreign_ref(v)?.member(self.symbols.name(name), access)
    }

    /// Name of a callable for messages.
    #[must_use]
    pub fn callable_name(&self, v: Value) -> Option<String> {
        if let Some(id) = v.as_native() {
            return Some(self.natives[id.0 as usize].name.to_string());
        }
        let id = v.as_func().or_else(|| self.heap.closure_func(v))?;
        Some(String::from(&*self.funcs[id.0 as usize].name))
    }

    /// To be called by native functions that have waited: if somebody wants the run to stop meanwhile, the engine looks at
    /// that at the next call or turn of a loop.
    pub fn waited(&mut self) {
        if self.is_interrupted() {
            self.heap.ask_for_look();
        }
    }

    /// Whether somebody wants the current run to stop.
    pub fn is_interrupted(&mut self) -> bool {
        self.interrupt.as_mut().is_some_and(|i| i.is_wanted())
    }

    /// Accounts for `units` of work done by native code (one per element or per 64 bytes).
    ///
    /// # Errors
    /// [`Trap::OutOfFuel`] when the fuel limit is passed; [`Trap::Deadline`] when so much work was done that the clock was
    /// worth a look, and the deadline has passed.
    pub fn charge(&mut self, units: usize) -> Result<(), Control> {
        self.charged = self.charged.saturating_add(units as u64);
        match self.limits.fuel {
            Some(fuel) if self.charged > fuel => Err(Control::Trap(Trap::OutOfFuel)),
            // Hosts may set the count back.
            _ if self.charged.wrapping_sub(self.looked_at) >= LOOK_AFTER => self.look_at_clock(),
            _ => Ok(()),
        }
    }

    /// Engines look at the clock themselves between instructions; this is for work within one.
    #[cold]
    fn look_at_clock(&mut self) -> Result<(), Control> {
        self.looked_at = self.charged;
        match self.limits.deadline_nanos {
            Some(deadline) if self.host.monotonic_nanos() >= deadline => Err(Control::Trap(Trap::Deadline)),
            _ => Ok(()),
        }
    }

    /// To be called before allocating an amount that the program chose: fails instead of exceeding the heap limit.
    ///
    /// # Errors
    /// A catchable out-of-memory error.
    pub fn reserve(&mut self, bytes: usize) -> Result<(), Control> {
        if bytes > self.heap.limit().saturating_sub(self.heap.bytes().min(self.heap.limit())) && bytes > 1 << 16 {
            return Err(out_of_memory());
        }
        self.charge(bytes / 64)
    }

    /// As [`Runtime::reserve`], for operations of the language itself, which cost no work of their own.
    ///
    /// # Errors
    /// A catchable out-of-memory error.
    #[inline]
    pub fn room(&self, bytes: usize) -> Result<(), Control> {
        if bytes > 1 << 16 && bytes > self.heap.limit().saturating_sub(self.heap.bytes()) {
            return Err(out_of_memory());
        }
        Ok(())
    }

    /// Number of the task that runs; 0 for the first one of a run, which is the call that the host made.
    #[must_use]
    pub fn current_task(&self) -> u64 {
        self.running_task
    }

    /// Engines say here which task runs from now on.
    pub fn enter_task(&mut self, id: u64) {
        self.running_task = id;
    }

    /// Writes a saved state as a whole: to where the host wants it ([`Runtime::save_image`]), which needs no permission,
    /// or else to the file `default`, which does. The path.
    ///
    /// # Errors
    /// A catchable error in the system's words, or that the permission is missing.
    pub fn write_image(&mut self, default: &str, bytes: &[u8]) -> Result<String, Control> {
        let path = match self.save_image.clone() {
            Some(path) => path,
            None => {
                self.require(Capability::FsWrite, "writing an image")?;
                default.to_string()
            }
        };
        match self.host.write_image(&path, bytes) {
            Ok(()) => Ok(path),
            Err(e) => Err(Control::error(alloc::format!("cannot write the image `{path}`: {}", e.0))),
        }
    }

    /// Fails unless the host granted the capability.
    ///
    /// # Errors
    /// A catchable error that names the operation and the flag.
    pub fn require(&mut self, capability: Capability, operation: &str) -> Result<(), Control> {
        if self.capabilities.has(capability) {
            return Ok(());
        }
        Err(Control::error_of(
            ErrorKind::CapabilityDenied,
            alloc::format!(
                "Capability denied: {} required for {operation}; rerun with {}",
                capability.name(),
                capability.flag()
            ),
        ))
    }

    /// Private state of a native library, made on first use.
    pub fn state_of<T: Any + Default + MaybeSend>(&mut self, library: &'static str) -> &mut T {
        let slot = self.state.entry(library).or_insert_with(|| Box::new(T::default()));
        if !slot.is::<T>() {
            *slot = Box::new(T::default());
        }
        slot.downcast_mut().expect("just made of this type")
    }
}

/// The catchable error for a full heap.
#[must_use]
pub fn out_of_memory() -> Control {
    Control::error_of(ErrorKind::OutOfMemory, "out of memory: the heap limit was reached")
}

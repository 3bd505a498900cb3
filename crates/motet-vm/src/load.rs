//! Verified modules become functions, globals, classes and constants of an isolate.

use alloc::{boxed::Box, collections::BTreeMap, format, string::String, vec::Vec};

use motet_bytecode::{ClassKind, Const, FuncIdx, FunctionKind, GlobalInit, Module, Type};
use motet_regcode::Op;
use motet_runtime::{
    ClassId, Classes, Control, FuncId, FuncInfo, FuncKind, Inline, LoadRequest, NativeId, Origin, Shared, Symbol, Trap,
    TypeTag, Value,
};
use motet_verify::VerifiedModule;

use crate::{
    Vm,
    vm::{Code, CodeInfo, ParamCheck},
};

/// A module loaded into a [`Vm`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModuleId(pub u32);

/// Why a verified module cannot be loaded here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// The isolate does not have this language.
    UnknownLanguage(String),
    /// The isolate does not have this native function.
    UnknownNative(String),
}

impl core::fmt::Display for LoadError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            LoadError::UnknownLanguage(name) => {
                write!(f, "the module needs the language `{name}`, which is not part of this build")
            }
            LoadError::UnknownNative(name) => {
                write!(f, "the module needs the native function `{name}`, which this build does not have")
            }
        }
    }
}

/// A version of a module, and where its tables went.
pub(crate) struct Loaded {
    /// The module that it is a version of.
    pub(crate) id: ModuleId,
    pub(crate) module: Shared<VerifiedModule>,
    /// Isolate id of each function.
    pub(crate) funcs: Vec<u32>,
    /// Isolate index of each global.
    pub(crate) globals: Vec<u32>,
    /// Isolate index of each constant.
    pub(crate) consts: Vec<u32>,
    /// Isolate id of each native function, and the op that does its work inline.
    pub(crate) natives: Vec<(u32, Option<Op>)>,
    /// Isolate id and shape of each class.
    pub(crate) classes: Vec<(u32, u32)>,
    /// Shape and permutation of each layout.
    pub(crate) layouts: Vec<(u32, u32)>,
    /// Isolate index of each language.
    pub(crate) languages: Vec<u32>,
}

impl Loaded {
    /// The value of one of its functions.
    pub(crate) fn func(&self, func: FuncIdx) -> Value {
        Value::func(FuncId(self.funcs[func.index()]))
    }
}

/// A place of the registry.
pub(crate) struct Entry {
    /// The version that new calls enter; `None` after it was unloaded.
    pub(crate) current: Option<Shared<Loaded>>,
    /// Number of that version, from 1.
    pub(crate) version: u32,
    /// Whether its program was begun.
    pub(crate) started: bool,
}

impl Vm {
    /// Links a module into the isolate. Nothing runs.
    ///
    /// # Errors
    /// When a language or native function is missing.
    pub fn load(&mut self, module: Shared<VerifiedModule>) -> Result<ModuleId, LoadError> {
        let m: &Module = &module;
        let languages = self.languages(m)?;
        let natives = self.natives(m)?;
        let id = ModuleId(self.modules.len() as u32);
        let funcs: Vec<u32> = m.functions.iter().map(|_| self.new_func()).collect();
        let classes = self.add_classes(m, &languages);
        let globals: Vec<u32> = m.globals.iter().map(|_| self.new_global()).collect();
        let loaded = self.link(id, module.clone(), languages, natives, funcs, globals, classes);
        for i in 0..m.functions.len() {
            self.define(&loaded, i);
        }
        self.add_methods(&loaded);
        for (i, g) in m.globals.iter().enumerate() {
            let at = loaded.globals[i] as usize;
            self.globals[at] = initial(&loaded, g);
            self.global_types[at] = self.type_tag(g.ty, &loaded.classes);
            self.global_names[at] = Shared::from(g.name.as_str());
        }
        self.modules.push(Entry { current: Some(loaded), version: 1, started: false });
        self.refresh();
        Ok(id)
    }

    /// Compiles the text of a request and links its module while frames run: the call of its init function, or of
    /// whoever is told about errors, or why there is none. Code that nobody holds after that call can be given back, as is
    /// done now with that of earlier texts; this may move the registers of the newest frame, at `base`: how far.
    pub(crate) fn load_text(&mut self, request: &LoadRequest, base: *mut Value) -> (Control, isize) {
        self.rt.roots.push(request.failed);
        let moved = self.forget_texts(base);
        self.rt.roots.pop();
        (self.load_request(request), moved)
    }

    fn load_request(&mut self, request: &LoadRequest) -> Control {
        let module = match self.rt.compile(request) {
            Ok(compiled) => compiled.downcast::<Shared<VerifiedModule>>(),
            Err(answer) => return answer,
        };
        let Ok(module) = module else { return Control::Trap(Trap::Corrupt) };
        // Linking repairs the cached pointers from the stack's own state.
        self.sync_depth();
        match self.load(*module) {
            Ok(id) => {
                let init = self.init(id);
                self.modules[id.0 as usize].current = None;
                self.text_bytes += self.versions.last().map_or(0, |v| crate::reload::size_of_module(&v.module));
                Control::call(init, Vec::new())
            }
            Err(e) => Control::error(format!("{e}")),
        }
    }

    /// The newest version of a module that is still there, also of one that was unloaded or belongs to a program that
    /// loaded it itself.
    #[must_use]
    pub fn known_module(&self, id: ModuleId) -> Option<&Shared<VerifiedModule>> {
        self.versions.iter().rev().find(|v| v.id == id).map(|v| &v.module)
    }

    /// Links what no other version knows of: layouts, constants, results of natives.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn link(
        &mut self,
        id: ModuleId,
        module: Shared<VerifiedModule>,
        languages: Vec<u32>,
        mut natives: Vec<(u32, Option<Op>)>,
        funcs: Vec<u32>,
        globals: Vec<u32>,
        classes: Vec<(u32, u32)>,
    ) -> Shared<Loaded> {
        let m: &Module = &module;
        let layouts = self.add_layouts(m, &classes);
        let consts = self.add_constants(m, &funcs);
        self.native_results.resize(self.rt.natives.len(), None);
        for (native, (id, inline)) in m.natives.iter().zip(&mut natives) {
            let Some(want) = self.type_tag(native.result, &classes) else { continue };
            if self.rt.natives[*id as usize].inline.is_some_and(|i| i.result() != Some(want)) {
                *inline = None;
            }
            // Code relies on each declaration of a function, also on one of another row or module.
            let known = self.native_results[*id as usize];
            let contradiction = known.is_some_and(|known| known != want);
            self.native_results[*id as usize] = Some(if contradiction { self.impossible() } else { want });
        }
        let loaded =
            Loaded { id, module: module.clone(), funcs, globals, consts, natives, classes, layouts, languages };
        let loaded = Shared::new(loaded);
        self.links += 1;
        self.versions.push(loaded.clone());
        loaded
    }

    /// Symbols of the constants that a function's code takes for names.
    pub(crate) fn intern_names(&mut self, loaded: &Loaded, func: FuncIdx) -> BTreeMap<u32, u32> {
        use motet_bytecode::Op;
        let m: &Module = &loaded.module;
        let mut symbols = BTreeMap::new();
        for (_, op) in motet_bytecode::instructions(&m.functions[func.index()].code).map_while(Result::ok) {
            let name = match op {
                Op::Field { name } | Op::SetField { name } | Op::OwnField { name } | Op::PlaceSetField { name } => name,
                Op::Send { selector, .. } | Op::SendSpread { selector } | Op::SendFrom { selector, .. } => selector,
                _ => continue,
            };
            if let Const::Str(text) | Const::Selector(text) = &m.constants[name.index()] {
                symbols.entry(name.0).or_insert_with(|| self.rt.symbols.intern(text).0);
            }
        }
        symbols
    }

    /// An id for a function.
    pub(crate) fn new_func(&mut self) -> u32 {
        if let Some(id) = self.free_funcs.pop() {
            return id;
        }
        // Ids of functions are the same in the runtime and here.
        self.rt.funcs.truncate(self.codes.len());
        while self.rt.funcs.len() <= self.codes.len() {
            self.rt.funcs.push(FuncInfo::nobody());
        }
        let code = self.no_code();
        self.codes.push(code);
        self.infos.push(CodeInfo::default());
        self.codes.len() as u32 - 1
    }

    /// The entry of an id that no function has.
    pub(crate) fn no_code(&mut self) -> Code {
        let entry = self.stub(Op::Translate);
        Code { entry, checks: core::ptr::null(), regs: 1, signature: 0 }
    }

    /// A place for a global.
    pub(crate) fn new_global(&mut self) -> u32 {
        if let Some(index) = self.free_globals.pop() {
            return index;
        }
        self.globals.push(Value::UNSET);
        self.global_types.push(None);
        self.global_names.push(Shared::from("?"));
        self.globals.len() as u32 - 1
    }

    /// Puts a function of a version behind its id.
    pub(crate) fn define(&mut self, loaded: &Shared<Loaded>, index: usize) {
        let f = &loaded.module.functions[index];
        let at = loaded.funcs[index] as usize;
        let language = loaded.languages[f.language as usize];
        let kind = match f.kind {
            FunctionKind::Normal => FuncKind::Normal,
            FunctionKind::Generator => FuncKind::Generator,
            FunctionKind::Async => FuncKind::Async,
        };
        let types = f.locals.iter().take(usize::from(f.params)).enumerate();
        let params: Vec<(usize, TypeTag)> =
            types.filter_map(|(i, ty)| self.type_tag(*ty, &loaded.classes).map(|t| (i, t))).collect();
        let checks: Box<[ParamCheck]> = params.iter().map(|&(i, want)| ParamCheck::new(&self.rt, i, want)).collect();
        self.codes[at] = Code {
            entry: self.stub(Op::Translate),
            checks: checks.as_ptr(),
            regs: u32::from(f.params) + 1,
            signature: u32::from(f.params) | (checks.len() as u32) << 16,
        };
        let semantics = &self.rt.languages[language as usize];
        self.infos[at] = CodeInfo {
            loaded: Some(loaded.clone()),
            func: index as u32,
            language,
            promotes: semantics.promotes(),
            zero_is_false: semantics.zero_is_false(),
            cuts_indices: semantics.cuts_indices(),
            kind,
            params,
            checks,
            stale: false,
            reg: None,
        };
        let (params, optional) = (u32::from(f.params), u32::from(f.optional));
        let (name, origin) = (Shared::from(f.name.as_str()), Origin { module: loaded.id.0, index: index as u32 });
        let captures = f.captures.iter().all(|ty| *ty == Type::Any).then_some(f.captures.len() as u32);
        self.rt.funcs[at] =
            FuncInfo { name, language, params, optional, kind, hidden: f.hidden, captures, origin: Some(origin) };
    }

    /// Gives the classes of a version its methods.
    pub(crate) fn add_methods(&mut self, loaded: &Loaded) {
        for (c, (id, _)) in loaded.module.classes.iter().zip(&loaded.classes) {
            for (name, func) in &c.methods {
                self.rt.add_method(ClassId(*id), name, loaded.func(*func));
            }
        }
    }

    pub(crate) fn languages(&self, m: &Module) -> Result<Vec<u32>, LoadError> {
        let find = |name: &String| self.rt.find_language(name).ok_or_else(|| LoadError::UnknownLanguage(name.clone()));
        m.languages.iter().map(find).collect()
    }

    pub(crate) fn natives(&self, m: &Module) -> Result<Vec<(u32, Option<Op>)>, LoadError> {
        let find = |n: &motet_bytecode::Native| {
            let id = self.rt.find_native(&n.name).ok_or_else(|| LoadError::UnknownNative(n.name.clone()))?;
            Ok((id.0, self.rt.natives[id.0 as usize].inline.map(inline_op)))
        };
        m.natives.iter().map(find).collect()
    }

    fn add_classes(&mut self, m: &Module, languages: &[u32]) -> Vec<(u32, u32)> {
        let mut classes = Vec::with_capacity(m.classes.len());
        for (i, key) in self.class_keys(m).into_iter().enumerate() {
            classes.push(self.define_class(m, i, &key, languages));
        }
        self.declare_field_types(m, &classes);
        classes
    }

    /// What counts as the same class across modules: the same declaration in a later module of this name (reload, REPL) is
    /// the same class; other field types make another one.
    pub(crate) fn class_keys(&self, m: &Module) -> Vec<String> {
        let mut seen = BTreeMap::<&str, u32>::new();
        let mut keys = Vec::with_capacity(m.classes.len());
        for c in &m.classes {
            let language = &m.languages[c.language as usize];
            if is_shared_variant(c) {
                keys.push(Classes::variant_key(language, &c.name));
                continue;
            }
            let nth = seen.entry(&c.name).and_modify(|n| *n += 1).or_insert(0);
            let types: Vec<Type> = c.fields.iter().map(|f| f.ty).collect();
            // Numbers of classes mean something in one module only.
            let foreign = types.iter().any(|t| matches!(t, Type::Record(_)));
            let module = if foreign { self.links + 1 } else { 0 };
            keys.push(format!("class {} {language} {} #{nth} {types:?} {module}", m.name, c.name));
        }
        keys
    }

    /// A class of the isolate for one of the module: its id and shape.
    pub(crate) fn define_class(&mut self, m: &Module, index: usize, key: &str, languages: &[u32]) -> (u32, u32) {
        let c = &m.classes[index];
        let fields: Vec<Symbol> = c.fields.iter().map(|f| self.rt.symbols.intern(&f.name)).collect();
        let kind = match c.kind {
            ClassKind::Variant => motet_runtime::ClassKind::Variant,
            ClassKind::Struct => motet_runtime::ClassKind::Struct,
        };
        let id = self.rt.classes.define(key, &c.name, languages[c.language as usize], kind, &fields);
        (id.0, self.rt.classes.class(id).shape.0)
    }

    /// Tells the isolate the field types of all classes.
    pub(crate) fn declare_field_types(&mut self, m: &Module, classes: &[(u32, u32)]) {
        for (c, (id, _)) in m.classes.iter().zip(classes) {
            let types = c.fields.iter().map(|f| self.type_tag(f.ty, classes)).collect();
            self.rt.classes.set_field_types(ClassId(*id), types);
        }
    }

    pub(crate) fn add_layouts(&mut self, m: &Module, classes: &[(u32, u32)]) -> Vec<(u32, u32)> {
        let mut layouts = Vec::with_capacity(m.layouts.len());
        for l in &m.layouts {
            let (class, declared) = classes[l.class.index()];
            let names: Vec<Symbol> = l.names.iter().map(|n| self.rt.symbols.intern(n)).collect();
            if !l.canonical {
                let shape = self.rt.classes.shape_for(motet_runtime::ClassId(class), &names);
                layouts.push((shape.0, u32::MAX));
                continue;
            }
            // Position of each pushed value in the declared layout.
            let shape = self.rt.classes.shape(motet_runtime::ShapeId(declared));
            let places: Vec<u16> = names.iter().filter_map(|n| shape.slot(*n)).map(|s| s as u16).collect();
            let permutation = if places.iter().enumerate().all(|(i, p)| i == usize::from(*p)) {
                u32::MAX
            } else {
                // There are few, and versions of a module mostly have the same.
                let known = self.permutations.iter().position(|p| *p == places);
                known.unwrap_or_else(|| {
                    self.permutations.push(places);
                    self.permutations.len() - 1
                }) as u32
            };
            layouts.push((declared, permutation));
        }
        layouts
    }

    fn add_constants(&mut self, m: &Module, funcs: &[u32]) -> Vec<u32> {
        let mut places = Vec::with_capacity(m.constants.len());
        for c in &m.constants {
            let value = match c {
                Const::Nil | Const::Selector(_) => Value::NIL,
                Const::Bool(b) => Value::bool(*b),
                Const::Int(n) => Value::int(*n),
                Const::Float(x) => Value::float(*x),
                Const::Func(f) => Value::func(FuncId(funcs[f.index()])),
                Const::Str(s) => self.rt.heap.str(s),
            };
            let at = self.free_consts.pop().unwrap_or_else(|| {
                self.consts.push(Value::NIL);
                self.consts.len() as u32 - 1
            });
            self.consts[at as usize] = value;
            places.push(at);
        }
        places
    }

    /// The run-time test for a static type; `None` for `any`, which needs none.
    pub(crate) fn type_tag(&mut self, ty: Type, classes: &[(u32, u32)]) -> Option<TypeTag> {
        Some(match ty {
            Type::Any => return None,
            Type::Never => self.impossible(),
            Type::Nil => TypeTag::Nil,
            Type::Bool => TypeTag::Bool,
            Type::Int => TypeTag::Int,
            Type::Float => TypeTag::Float,
            Type::Str => TypeTag::Str,
            Type::List => TypeTag::List,
            Type::Map => TypeTag::Map,
            Type::Func => TypeTag::Func,
            Type::Record(c) => TypeTag::Record(ClassId(classes[c.index()].0)),
        })
    }

    /// A test that no value passes: code behind a value of type `never` may take it for anything. It is the class under
    /// a key that no module can define, so there are no records of it.
    fn impossible(&mut self) -> TypeTag {
        TypeTag::Record(self.rt.classes.define("never", "never", 0, motet_runtime::ClassKind::Struct, &[]))
    }
}

/// Variants without typed fields are the same class wherever they are named.
pub(crate) fn is_shared_variant(c: &motet_bytecode::Class) -> bool {
    c.kind == ClassKind::Variant && c.fields.iter().all(|f| f.ty == Type::Any)
}

/// What a global of a version holds at first.
pub(crate) fn initial(loaded: &Loaded, global: &motet_bytecode::Global) -> Value {
    match global.init {
        GlobalInit::Unset => Value::UNSET,
        GlobalInit::Nil => Value::NIL,
        GlobalInit::Func(f) => loaded.func(f),
        GlobalInit::Native(n) => Value::native(NativeId(loaded.natives[n.index()].0)),
    }
}

/// The op that does a native's work inline.
fn inline_op(inline: Inline) -> Op {
    match inline {
        Inline::Len => Op::Len,
        Inline::Push => Op::Push,
        Inline::Append => Op::Append,
        Inline::NotNil => Op::NotNil,
        Inline::Has => Op::Has,
        Inline::HasInt => Op::HasInt,
        Inline::Floor => Op::Floor,
    }
}

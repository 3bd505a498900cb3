//! Modules become functions, globals, classes and constants of an isolate.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use motet_ir::{CheckError, ClassKind, FuncIdx, FunctionKind, GlobalInit, Module, Type};
use motet_runtime::{
    ClassId, Classes, Control, FuncId, FuncInfo, FuncKind, LoadRequest, NativeId, Origin, Shared, Symbol, Trap,
    TypeTag, Value,
};

use crate::{Evaluator, resolve::Resolver, tree::Code};

/// A module loaded into an [`Evaluator`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModuleId(pub u32);

/// Why a module cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// The isolate does not have this language.
    UnknownLanguage(String),
    /// The isolate does not have this native function.
    UnknownNative(String),
    /// The module breaks a rule of the IR: a defect of whoever produced it.
    Malformed(CheckError),
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
            LoadError::Malformed(e) => write!(f, "the module is malformed: {e}"),
        }
    }
}

impl core::error::Error for LoadError {}

/// A version of a module, and where its tables went.
pub(crate) struct Loaded {
    pub(crate) module: Shared<Module>,
    pub(crate) links: Shared<Links>,
}

impl Loaded {
    /// The value of one of its functions.
    pub(crate) fn func(&self, func: FuncIdx) -> Value {
        Value::func(FuncId(self.links.funcs[func.index()]))
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

/// The isolate's counterparts of a module's tables.
pub(crate) struct Links {
    pub(crate) funcs: Vec<u32>,
    pub(crate) globals: Vec<u32>,
    pub(crate) languages: Vec<u32>,
    pub(crate) natives: Vec<NativeId>,
    pub(crate) classes: Vec<ClassId>,
}

impl Links {
    /// The run-time test for a static type; `None` for those that need none.
    pub(crate) fn type_tag(&self, ty: Type) -> Option<TypeTag> {
        Some(match ty {
            Type::Never | Type::Any => return None,
            Type::Nil => TypeTag::Nil,
            Type::Bool => TypeTag::Bool,
            Type::Int => TypeTag::Int,
            Type::Float => TypeTag::Float,
            Type::Str => TypeTag::Str,
            Type::List => TypeTag::List,
            Type::Map => TypeTag::Map,
            Type::Func => TypeTag::Func,
            Type::Record(c) => TypeTag::Record(self.classes[c.index()]),
        })
    }
}

impl Evaluator {
    /// Links a module into the isolate. Nothing runs.
    ///
    /// # Errors
    /// When the module is malformed, or a language or native function is missing.
    pub fn load(&mut self, module: Module) -> Result<ModuleId, LoadError> {
        motet_ir::check(&module).map_err(LoadError::Malformed)?;
        let mut links = self.find_names(&module)?;
        links.funcs = module.functions.iter().map(|_| self.new_func()).collect();
        links.globals = module.globals.iter().map(|_| self.new_global()).collect();
        for (index, key) in class_keys(&module).into_iter().enumerate() {
            let class = self.define_class(&module, index, &key, &links.languages);
            links.classes.push(class);
        }
        let id = ModuleId(self.modules.len() as u32);
        let loaded = self.define(id, module, links);
        self.complete_classes(&loaded);
        for (global, &at) in loaded.module.globals.iter().zip(&loaded.links.globals) {
            self.globals[at as usize] = initial(&loaded, global);
            self.global_types[at as usize] = loaded.links.type_tag(global.ty);
            self.global_names[at as usize] = Shared::from(global.name.as_str());
        }
        self.modules.push(Entry { current: Some(loaded), version: 1, started: false });
        Ok(id)
    }

    /// Compiles the text of a request and links its module while frames run: the call of its init function, or of
    /// whoever is told about errors, or why there is none.
    pub(crate) fn load_text(&mut self, request: &LoadRequest) -> Control {
        let module = match self.rt.compile(request) {
            Ok(compiled) => compiled.downcast::<Module>(),
            Err(answer) => return answer,
        };
        let Ok(module) = module else { return Control::Trap(Trap::Corrupt) };
        match self.load(*module) {
            Ok(id) => Control::call(self.init(id), Vec::new()),
            Err(e) => Control::error(format!("{e}")),
        }
    }

    /// The current version of a module, also of one that a program loaded itself.
    #[must_use]
    pub fn known_module(&self, id: ModuleId) -> Option<&Shared<Module>> {
        self.modules.get(id.0 as usize)?.current.as_ref().map(|loaded| &loaded.module)
    }

    /// Links that are found by name.
    ///
    /// # Errors
    /// When a language or native function is missing.
    pub(crate) fn find_names(&self, module: &Module) -> Result<Links, LoadError> {
        let languages = module
            .languages
            .iter()
            .map(|name| self.rt.find_language(name).ok_or_else(|| LoadError::UnknownLanguage(name.clone())));
        let languages = languages.collect::<Result<Vec<u32>, _>>()?;
        let natives = module.natives.iter().map(|native| {
            self.rt.find_native(&native.name).ok_or_else(|| LoadError::UnknownNative(native.name.clone()))
        });
        let natives = natives.collect::<Result<Vec<NativeId>, _>>()?;
        Ok(Links { funcs: Vec::new(), globals: Vec::new(), languages, natives, classes: Vec::new() })
    }

    /// An id for a function.
    pub(crate) fn new_func(&mut self) -> u32 {
        self.rt.funcs.push(FuncInfo::nobody());
        self.codes.push(Shared::new(Code::default()));
        self.codes.len() as u32 - 1
    }

    /// A place for a global.
    pub(crate) fn new_global(&mut self) -> u32 {
        self.globals.push(Value::UNSET);
        self.global_types.push(None);
        self.global_names.push(Shared::from("?"));
        self.globals.len() as u32 - 1
    }

    /// Puts the functions of a version behind their ids.
    pub(crate) fn define(&mut self, id: ModuleId, module: Module, links: Links) -> Shared<Loaded> {
        for (index, (f, &at)) in (0..).zip(module.functions.iter().zip(&links.funcs)) {
            self.rt.funcs[at as usize] = FuncInfo {
                name: Shared::from(f.name.as_str()),
                language: links.languages[f.language as usize],
                params: f.params,
                optional: f.optional,
                kind: func_kind(f.kind),
                hidden: f.hidden,
                captures: f.captures.iter().all(|c| c.ty == Type::Any).then_some(f.captures.len() as u32),
                origin: Some(Origin { module: id.0, index }),
            };
        }
        let mut constants = Vec::new();
        let version = Shared::new(());
        for index in 0..module.functions.len() {
            let resolver = Resolver::new(&module, &links, &mut self.rt, &mut constants);
            let mut code = resolver.function(index, id.0);
            code.version = version.clone();
            self.codes[links.funcs[index] as usize] = Shared::new(code);
        }
        // Constants of versions without code go.
        self.constants.retain(|(version, _)| Shared::strong_count(version) > 1);
        self.constants.push((version, constants));
        Shared::new(Loaded { module: Shared::new(module), links: Shared::new(links) })
    }

    /// A class of the isolate for one of the module.
    pub(crate) fn define_class(&mut self, module: &Module, index: usize, key: &str, languages: &[u32]) -> ClassId {
        let class = &module.classes[index];
        let fields: Vec<Symbol> = class.fields.iter().map(|f| self.rt.symbols.intern(&f.name)).collect();
        let kind = match class.kind {
            ClassKind::Variant => motet_runtime::ClassKind::Variant,
            ClassKind::Struct => motet_runtime::ClassKind::Struct,
        };
        self.rt.classes.define(key, &class.name, languages[class.language as usize], kind, &fields)
    }

    /// Gives the classes of a version its methods and the types of their fields, which native functions ask for.
    pub(crate) fn complete_classes(&mut self, loaded: &Loaded) {
        for (class, id) in loaded.module.classes.iter().zip(&loaded.links.classes) {
            let types = class.fields.iter().map(|f| loaded.links.type_tag(f.ty)).collect();
            self.rt.classes.set_field_types(*id, types);
            for (name, func) in &class.methods {
                self.rt.add_method(*id, name, loaded.func(*func));
            }
        }
    }
}

/// What counts as the same class across modules.
pub(crate) fn class_keys(module: &Module) -> Vec<String> {
    let mut seen = BTreeMap::<&str, u32>::new();
    let mut keys = Vec::with_capacity(module.classes.len());
    for class in &module.classes {
        let language = &module.languages[class.language as usize];
        keys.push(match class.kind {
            ClassKind::Variant => Classes::variant_key(language, &class.name),
            ClassKind::Struct => {
                let nth = seen.entry(&class.name).and_modify(|n| *n += 1).or_insert(0);
                format!("struct {} {language} {} #{nth}", module.name, class.name)
            }
        });
    }
    keys
}

/// What a global of a version holds at first.
pub(crate) fn initial(loaded: &Loaded, global: &motet_ir::Global) -> Value {
    match global.init {
        GlobalInit::Unset => Value::UNSET,
        GlobalInit::Nil => Value::NIL,
        GlobalInit::Func(f) => loaded.func(f),
        GlobalInit::Native(n) => Value::native(loaded.links.natives[n.index()]),
    }
}

pub(crate) fn func_kind(kind: FunctionKind) -> FuncKind {
    match kind {
        FunctionKind::Normal => FuncKind::Normal,
        FunctionKind::Generator => FuncKind::Generator,
        FunctionKind::Async => FuncKind::Async,
    }
}

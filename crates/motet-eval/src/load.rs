//! Modules become functions, globals, classes and constants of an isolate.

use alloc::{collections::BTreeMap, format, rc::Rc, string::String, vec::Vec};

use motet_ir::{CheckError, ClassKind, FunctionKind, GlobalInit, Module, Type};
use motet_runtime::{ClassId, Classes, FuncId, FuncInfo, FuncKind, NativeId, Symbol, TypeTag, Value};

use crate::{Evaluator, resolve::Resolver};

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

/// A module and where its tables went.
pub(crate) struct Loaded {
    pub(crate) module: Rc<Module>,
    pub(crate) func_base: u32,
    pub(crate) global_base: u32,
}

/// The isolate's counterparts of a module's tables.
pub(crate) struct Links {
    pub(crate) func_base: u32,
    pub(crate) global_base: u32,
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
        let languages = module
            .languages
            .iter()
            .map(|name| self.rt.find_language(name).ok_or_else(|| LoadError::UnknownLanguage(name.clone())));
        let languages = languages.collect::<Result<Vec<u32>, _>>()?;
        let natives = module.natives.iter().map(|native| {
            self.rt.find_native(&native.name).ok_or_else(|| LoadError::UnknownNative(native.name.clone()))
        });
        let natives = natives.collect::<Result<Vec<NativeId>, _>>()?;
        let id = ModuleId(self.modules.len() as u32);
        let (func_base, global_base) = (self.codes.len() as u32, self.globals.len() as u32);
        let mut links = Links { func_base, global_base, languages, natives, classes: Vec::new() };
        self.add_functions(&module, &links);
        self.add_classes(&module, &mut links);
        self.add_globals(&module, &links);
        for index in 0..module.functions.len() {
            let resolver = Resolver::new(&module, &links, &mut self.rt, &mut self.constants);
            let code = resolver.function(index, id.0);
            self.codes.push(Rc::new(code));
        }
        self.modules.push(Loaded { module: Rc::new(module), func_base, global_base });
        Ok(id)
    }

    fn add_functions(&mut self, module: &Module, links: &Links) {
        for f in &module.functions {
            self.rt.funcs.push(FuncInfo {
                name: Rc::from(f.name.as_str()),
                language: links.languages[f.language as usize],
                params: f.params,
                kind: func_kind(f.kind),
                hidden: f.hidden,
            });
        }
    }

    fn add_classes(&mut self, module: &Module, links: &mut Links) {
        let mut seen = BTreeMap::<&str, u32>::new();
        for class in &module.classes {
            let language = &module.languages[class.language as usize];
            let fields: Vec<Symbol> = class.fields.iter().map(|f| self.rt.symbols.intern(&f.name)).collect();
            let (key, kind) = match class.kind {
                ClassKind::Variant => (Classes::variant_key(language, &class.name), motet_runtime::ClassKind::Variant),
                ClassKind::Struct => {
                    let nth = seen.entry(&class.name).and_modify(|n| *n += 1).or_insert(0);
                    // Other field types make another class; numbers of classes mean something in one module only.
                    let types: Vec<Type> = class.fields.iter().map(|f| f.ty).collect();
                    let foreign = types.iter().any(|t| matches!(t, Type::Record(_)));
                    let at = if foreign { self.modules.len() } else { 0 };
                    let key = format!("struct {} {language} {} #{nth} {types:?} {at}", module.name, class.name);
                    (key, motet_runtime::ClassKind::Struct)
                }
            };
            let language = links.languages[class.language as usize];
            let id = self.rt.classes.define(&key, &class.name, language, kind, &fields);
            for (name, func) in &class.methods {
                self.rt.add_method(id, name, Value::func(FuncId(links.func_base + func.0)));
            }
            links.classes.push(id);
        }
        // Native functions tell by these which parts of a record are of one kind.
        for (class, id) in module.classes.iter().zip(&links.classes) {
            let types = class.fields.iter().map(|f| links.type_tag(f.ty)).collect();
            self.rt.classes.set_field_types(*id, types);
        }
    }

    fn add_globals(&mut self, module: &Module, links: &Links) {
        for global in &module.globals {
            self.globals.push(match global.init {
                GlobalInit::Unset => Value::UNSET,
                GlobalInit::Nil => Value::NIL,
                GlobalInit::Func(f) => Value::func(FuncId(links.func_base + f.0)),
                GlobalInit::Native(n) => Value::native(links.natives[n.index()]),
            });
            self.global_types.push(links.type_tag(global.ty));
            self.global_names.push(Rc::from(global.name.as_str()));
        }
    }
}

pub(crate) fn func_kind(kind: FunctionKind) -> FuncKind {
    match kind {
        FunctionKind::Normal => FuncKind::Normal,
        FunctionKind::Generator => FuncKind::Generator,
        FunctionKind::Async => FuncKind::Async,
    }
}

//! Verified modules become functions, globals, classes and constants of an isolate.

use alloc::{format, string::String, vec::Vec};

use motet_bytecode::{ClassKind, Const, FunctionKind, GlobalInit, Module, Type};
use motet_regcode::Op;
use motet_runtime::{ClassId, Classes, FuncId, FuncInfo, FuncKind, Inline, NativeId, Shared, Symbol, TypeTag, Value};
use motet_verify::VerifiedModule;

use crate::{
    Vm,
    vm::{Code, CodeInfo, Loaded, ParamCheck},
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

impl Vm {
    /// Links a module into the isolate. Nothing runs.
    ///
    /// # Errors
    /// When a language or native function is missing.
    pub fn load(&mut self, module: Shared<VerifiedModule>) -> Result<ModuleId, LoadError> {
        let m: &Module = &module;
        let languages = self.languages(m)?;
        let mut natives = self.natives(m)?;
        let func_base = self.codes.len() as u32;
        let global_base = self.globals.len() as u32;
        let const_base = self.consts.len() as u32;
        self.add_functions(m, &languages);
        let classes = self.add_classes(m, &languages, func_base);
        let layouts = self.add_layouts(m, &classes);
        let symbols = self.add_constants(m, func_base);
        for g in &m.globals {
            self.globals.push(match g.init {
                GlobalInit::Unset => Value::UNSET,
                GlobalInit::Nil => Value::NIL,
                GlobalInit::Func(f) => Value::func(FuncId(func_base + f.0)),
                GlobalInit::Native(n) => Value::native(NativeId(natives[n.index()].0)),
            });
            self.global_names.push(self.rt.symbols.intern(&g.name));
            let ty = self.type_tag(g.ty, &classes);
            self.global_types.push(ty);
        }
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
        let id = ModuleId(self.modules.len() as u32);
        for (i, f) in m.functions.iter().enumerate() {
            let types = f.locals.iter().take(usize::from(f.params)).enumerate();
            let params: Vec<(usize, TypeTag)> =
                types.filter_map(|(i, ty)| self.type_tag(*ty, &classes).map(|t| (i, t))).collect();
            let checks: alloc::boxed::Box<[ParamCheck]> =
                params.iter().map(|&(i, want)| ParamCheck::new(&self.rt, i, want)).collect();
            let at = func_base as usize + i;
            self.codes[at].signature = u32::from(f.params) | (checks.len() as u32) << 16;
            self.codes[at].checks = checks.as_ptr();
            self.infos[at].params = params;
            self.infos[at].checks = checks;
        }
        self.modules.push(Loaded { module, func_base, global_base, const_base, natives, classes, layouts, symbols });
        self.refresh();
        Ok(id)
    }

    fn languages(&self, m: &Module) -> Result<Vec<u32>, LoadError> {
        let find = |name: &String| self.rt.find_language(name).ok_or_else(|| LoadError::UnknownLanguage(name.clone()));
        m.languages.iter().map(find).collect()
    }

    fn natives(&self, m: &Module) -> Result<Vec<(u32, Option<Op>)>, LoadError> {
        let find = |n: &motet_bytecode::Native| {
            let id = self.rt.find_native(&n.name).ok_or_else(|| LoadError::UnknownNative(n.name.clone()))?;
            Ok((id.0, self.rt.natives[id.0 as usize].inline.map(inline_op)))
        };
        m.natives.iter().map(find).collect()
    }

    fn add_functions(&mut self, m: &Module, languages: &[u32]) {
        let module = self.modules.len() as u32;
        // Ids of functions are the same in the runtime and here.
        while self.rt.funcs.len() < self.codes.len() {
            self.rt.funcs.push(FuncInfo {
                name: Shared::from("?"),
                language: 0,
                params: 0,
                kind: FuncKind::Normal,
                hidden: true,
            });
        }
        for (i, f) in m.functions.iter().enumerate() {
            let kind = match f.kind {
                FunctionKind::Normal => FuncKind::Normal,
                FunctionKind::Generator => FuncKind::Generator,
                FunctionKind::Async => FuncKind::Async,
            };
            self.rt.funcs.push(FuncInfo {
                name: Shared::from(f.name.as_str()),
                language: languages[f.language as usize],
                params: u32::from(f.params),
                kind,
                hidden: f.hidden,
            });
            let stub = &raw mut self.stubs[Op::Translate as usize];
            self.codes.push(Code {
                entry: stub,
                checks: core::ptr::null(),
                regs: u32::from(f.params) + 1,
                signature: u32::from(f.params),
            });
            let language = languages[f.language as usize];
            let semantics = &self.rt.languages[language as usize];
            self.infos.push(CodeInfo {
                module,
                func: i as u32,
                language,
                promotes: semantics.promotes(),
                zero_is_false: semantics.zero_is_false(),
                kind,
                params: Vec::new(),
                checks: alloc::boxed::Box::default(),
                reg: None,
            });
        }
    }

    fn add_classes(&mut self, m: &Module, languages: &[u32], func_base: u32) -> Vec<(u32, u32)> {
        let mut classes = Vec::with_capacity(m.classes.len());
        let mut seen = alloc::collections::BTreeMap::<&str, u32>::new();
        for c in &m.classes {
            let language = &m.languages[c.language as usize];
            let fields: Vec<Symbol> = c.fields.iter().map(|f| self.rt.symbols.intern(&f.name)).collect();
            let typed = c.fields.iter().any(|f| f.ty != Type::Any);
            let kind = match c.kind {
                ClassKind::Variant => motet_runtime::ClassKind::Variant,
                ClassKind::Struct => motet_runtime::ClassKind::Struct,
            };
            let key = if c.kind == ClassKind::Variant && !typed {
                Classes::variant_key(language, &c.name)
            } else {
                // The same declaration in a later module of this name (reload, REPL) is the same class; other
                // field types make another one.
                let nth = seen.entry(&c.name).and_modify(|n| *n += 1).or_insert(0);
                let types: Vec<Type> = c.fields.iter().map(|f| f.ty).collect();
                // Numbers of classes mean something in one module only.
                let foreign = types.iter().any(|t| matches!(t, Type::Record(_)));
                let module = if foreign { self.modules.len() } else { 0 };
                format!("class {} {language} {} #{nth} {types:?} {module}", m.name, c.name)
            };
            let id = self.rt.classes.define(&key, &c.name, languages[c.language as usize], kind, &fields);
            for (name, func) in &c.methods {
                self.rt.add_method(id, name, Value::func(FuncId(func_base + func.0)));
            }
            classes.push((id.0, self.rt.classes.class(id).shape.0));
        }
        for (c, (id, _)) in m.classes.iter().zip(&classes) {
            let types = c.fields.iter().map(|f| self.type_tag(f.ty, &classes)).collect();
            self.rt.classes.set_field_types(motet_runtime::ClassId(*id), types);
        }
        classes
    }

    fn add_layouts(&mut self, m: &Module, classes: &[(u32, u32)]) -> Vec<(u32, u32)> {
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
                self.permutations.push(places);
                self.permutations.len() as u32 - 1
            };
            layouts.push((declared, permutation));
        }
        layouts
    }

    fn add_constants(&mut self, m: &Module, func_base: u32) -> Vec<u32> {
        let mut symbols = Vec::with_capacity(m.constants.len());
        for c in &m.constants {
            let (value, symbol) = match c {
                Const::Nil => (Value::NIL, u32::MAX),
                Const::Bool(b) => (Value::bool(*b), u32::MAX),
                Const::Int(n) => (Value::int(*n), u32::MAX),
                Const::Float(x) => (Value::float(*x), u32::MAX),
                Const::Func(f) => (Value::func(FuncId(func_base + f.0)), u32::MAX),
                Const::Str(s) => (self.rt.heap.str(s), self.rt.symbols.intern(s).0),
                Const::Selector(s) => (Value::NIL, self.rt.symbols.intern(s).0),
            };
            self.consts.push(value);
            symbols.push(symbol);
        }
        symbols
    }

    /// The run-time test for a static type; `None` for `any`, which needs none.
    fn type_tag(&mut self, ty: Type, classes: &[(u32, u32)]) -> Option<TypeTag> {
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

/// The op that does a native's work inline.
fn inline_op(inline: Inline) -> Op {
    match inline {
        Inline::Len => Op::Len,
        Inline::Push => Op::Push,
        Inline::Append => Op::Append,
        Inline::NotNil => Op::NotNil,
        Inline::Has => Op::Has,
        Inline::HasInt => Op::HasInt,
    }
}

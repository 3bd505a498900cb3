//! The tables of a module while a language is lowered to it.
//!
//! Invariant: indices are given once and stay; a reserved function may be called before it is there.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use motet_source::{Code, Diagnostic, FileId, Span};

use crate::{
    FuncIdx, Function, Global, GlobalIdx, GlobalInit, MAX_DEPTH, Module, Native, NativeEffects, NativeIdx, Type,
};

/// Functions, globals and native functions of a module in the making.
#[derive(Debug, Default)]
pub struct Tables {
    functions: Vec<Option<Function>>,
    globals: Vec<Global>,
    natives: Vec<Native>,
    by_name: BTreeMap<String, NativeIdx>,
}

impl Tables {
    /// A place for a function that comes later.
    pub fn reserve_function(&mut self) -> FuncIdx {
        self.functions.push(None);
        FuncIdx(self.functions.len() as u32 - 1)
    }

    /// The function of a reserved place.
    pub fn set_function(&mut self, index: FuncIdx, function: Function) {
        if let Some(place) = self.functions.get_mut(index.index()) {
            *place = Some(function);
        }
    }

    /// Places whose function is missing.
    #[must_use]
    pub fn missing_functions(&self) -> Vec<FuncIdx> {
        let missing = self.functions.iter().enumerate().filter(|(_, function)| function.is_none());
        missing.map(|(at, _)| FuncIdx(at as u32)).collect()
    }

    /// A new global for anything, without a value.
    pub fn new_global(&mut self, name: String) -> GlobalIdx {
        self.globals.push(Global { name, ty: Type::Any, init: GlobalInit::Unset });
        GlobalIdx(self.globals.len() as u32 - 1)
    }

    /// The native function of a qualified name; the first mention says what it gives and does.
    pub fn native(&mut self, name: String, result: Type, effects: NativeEffects) -> NativeIdx {
        if let Some(&index) = self.by_name.get(&name) {
            return index;
        }
        let index = NativeIdx(self.natives.len() as u32);
        self.natives.push(Native { name: name.clone(), result, effects });
        self.by_name.insert(name, index);
        index
    }

    /// The module of one language.
    ///
    /// # Errors
    /// A function nested deeper than walkers of the IR bear, or one that is missing.
    pub fn finish(self, language: &str, init: FuncIdx) -> Result<Module, Diagnostic> {
        let functions: Option<Vec<Function>> = self.functions.into_iter().collect();
        let Some(functions) = functions else {
            let message = "a function was not lowered";
            return Err(Diagnostic::error(Code::InternalCheck, FileId(0), Span::default(), message));
        };
        if let Some(function) = functions.iter().find(|function| function.body.depth() > MAX_DEPTH) {
            let message = format!("`{}` is nested too deeply", function.name);
            return Err(Diagnostic::error(Code::TooDeep, function.source, function.span, message));
        }
        Ok(Module {
            languages: vec![language.to_string()],
            functions,
            globals: self.globals,
            natives: self.natives,
            init,
            ..Module::default()
        })
    }
}

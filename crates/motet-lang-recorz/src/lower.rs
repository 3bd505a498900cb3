//! Syntax trees to IR: the state of lowering and its tables. Programs and chunk files, names, captured variables,
//! expressions, messages, inlined control structures, blocks and literals are in the submodules.
//!
//! Invariants: no expression is lowered twice; a block that is not inlined becomes a function whose index follows that of
//! its method or do-it, in source order; local 0 of a method is its receiver.

mod block;
mod captures;
mod expr;
mod frame;
mod inline;
mod literal;
mod method;
mod model;
mod program;
mod send;
#[cfg(test)]
mod tests;

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use motet_ir::{
    Arg, Expr as Ir, ExprKind as Kind, FuncIdx, Function, FunctionKind, GlobalIdx, NativeEffects, NativeIdx, Tables,
    Type, build,
};
use motet_source::{Code, Diagnostic, FileId, Span};

pub(crate) use frame::{Frame, FrameKind};
pub(crate) use model::Model;
pub(crate) use program::{File, Outcome, lower, lower_live};

/// A result of lowering; the first error rejects the unit.
type Lowered<T> = Result<T, Diagnostic>;

/// State of lowering one module.
pub(crate) struct Lowerer {
    /// Name of the language, which its natives' names begin with.
    language: &'static str,
    /// File of what is lowered.
    file: FileId,
    /// What is known of classes and globals.
    model: Model,
    /// Functions being lowered, innermost last.
    frames: Vec<Frame>,
    /// Whose method is lowered.
    target: Option<Target>,
    /// Whether the library is lowered, which may use intrinsics and is left out of traces.
    in_library: bool,
    tables: Tables,
    /// Cells of globals, by name: where the module keeps them.
    bindings: BTreeMap<String, GlobalIdx>,
    /// What fetches cells of globals and built-in classes before anything else runs.
    early: Vec<Ir>,
    /// What fetches what the code behind needs of classes that the program defines.
    fetches: Vec<Ir>,
    /// Class variables, by class and name.
    class_variables: BTreeMap<(String, String), GlobalIdx>,
    /// Class objects for sends to super, by class and side.
    class_objects: BTreeMap<(String, bool), GlobalIdx>,
    /// The function of no arguments that answers nil.
    nil_block: Option<FuncIdx>,
    /// Everything that may name a method or class of the library.
    words: crate::library::Reach,
}

/// The class and side of a method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The class.
    pub class: String,
    /// Whether its class side.
    pub meta: bool,
}

impl Target {
    /// `Foo` or `Foo class`.
    fn name(&self) -> String {
        if self.meta { format!("{} class", self.class) } else { self.class.clone() }
    }
}

impl Lowerer {
    pub(crate) fn new(language: &'static str, model: Model) -> Self {
        Self {
            language,
            file: FileId(0),
            model,
            frames: Vec::new(),
            target: None,
            in_library: false,
            tables: Tables::default(),
            bindings: BTreeMap::new(),
            early: Vec::new(),
            fetches: Vec::new(),
            class_variables: BTreeMap::new(),
            class_objects: BTreeMap::new(),
            nil_block: None,
            words: crate::library::Reach::default(),
        }
    }

    fn error<T>(&self, code: Code, span: Span, message: impl Into<String>) -> Lowered<T> {
        Err(Diagnostic::error(code, self.file, span, message))
    }

    // ---- tables

    /// A function without parameters, captures and locals.
    fn plain_function(&self, name: &str, body: Ir) -> Function {
        Function {
            name: name.to_string(),
            language: 0,
            source: self.file,
            span: body.span,
            params: 0,
            optional: 0,
            locals: Vec::new(),
            captures: Vec::new(),
            result: Type::Any,
            kind: FunctionKind::Normal,
            hidden: true,
            body,
        }
    }

    /// The native `language.name`.
    fn native(&mut self, name: &str, result: Type) -> NativeIdx {
        let effects = NativeEffects { retains: true, ..NativeEffects::default() };
        self.tables.native(format!("{}.{name}", self.language), result, effects)
    }

    /// A call of the native `language.name`.
    fn native_call(&mut self, name: &str, args: Vec<Ir>, span: Span) -> Ir {
        let native = self.native(name, Type::Any);
        let never = args.iter().any(|a| a.ty == Type::Never);
        let args = args.into_iter().map(|expr| Arg { expr, spread: false }).collect();
        build::expr(Kind::CallNative(native, args), if never { Type::Never } else { Type::Any }, span)
    }

    /// Fetches something once, before the code behind runs (or before any, if `early`), and keeps it in a global.
    fn fetched(&mut self, name: String, value: Ir, early: bool) -> GlobalIdx {
        let global = self.tables.new_global(name);
        let span = value.span;
        let fetches = if early { &mut self.early } else { &mut self.fetches };
        fetches.push(build::expr(Kind::SetGlobal(global, value.into()), Type::Nil, span));
        global
    }

    /// Gives up functions that were not finished because of an error.
    fn abandon(&mut self) {
        for index in self.tables.missing_functions() {
            let function = self.plain_function("?", build::nil(Span::default()));
            self.tables.set_function(index, function);
        }
        self.frames.clear();
        self.target = None;
    }

    /// Where the cell of a global is kept.
    fn binding(&mut self, name: &str) -> GlobalIdx {
        if let Some(&global) = self.bindings.get(name) {
            return global;
        }
        self.words.word(name);
        let span = Span::default();
        let call = self.native_call("binding", vec![build::str(name, span)], span);
        let global = self.fetched(name.to_string(), call, true);
        self.bindings.insert(name.to_string(), global);
        global
    }

    /// Where the cell of a class variable is kept.
    fn class_variable(&mut self, class: &str, name: &str) -> GlobalIdx {
        let key = (class.to_string(), name.to_string());
        if let Some(&global) = self.class_variables.get(&key) {
            return global;
        }
        let span = Span::default();
        let call = self.native_call("class_variable", vec![build::str(class, span), build::str(name, span)], span);
        let global = self.fetched(format!("{class}.{name}"), call, false);
        self.class_variables.insert(key, global);
        global
    }

    /// Where a class object (or metaclass object) is kept, of which the superclass is where `super` begins.
    fn class_object(&mut self, target: &Target) -> GlobalIdx {
        let key = (target.class.clone(), target.meta);
        if let Some(&global) = self.class_objects.get(&key) {
            return global;
        }
        let span = Span::default();
        let args = vec![build::str(target.class.as_str(), span), build::bool(target.meta, span)];
        let call = self.native_call("class_object", args, span);
        let early = self.model.is_built_in(&target.class);
        let global = self.fetched(target.name(), call, early);
        self.class_objects.insert(key, global);
        global
    }

    /// A function that takes nothing and answers nil: what stands for blocks where they do not matter.
    fn nil_block(&mut self) -> FuncIdx {
        match self.nil_block {
            Some(index) => index,
            None => {
                let index = self.tables.reserve_function();
                let function = self.plain_function("[]", build::nil(Span::default()));
                self.tables.set_function(index, function);
                self.nil_block = Some(index);
                index
            }
        }
    }
}

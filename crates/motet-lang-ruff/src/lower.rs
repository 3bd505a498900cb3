//! Syntax trees to IR: the state of lowering and its tables. Statements,
//! expressions, calls, variables, patterns, functions and imports are in the
//! submodules.
//!
//! Invariants: every value that gets a second holder passes through a `Share`
//! node when it is stored ([`Lowerer::retained`]); no expression or statement is lowered
//! twice; errors of the compile stage are diagnostics of kind
//! [`crate::render::COMPILE_KIND`].

mod call;
mod expression;
mod function;
mod import;
mod pattern;
mod statement;
mod unit;
mod variable;

pub(crate) use function::pattern_names;

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_ir::{
    Arg, Class, ClassIdx, ClassKind, Expr, ExprKind, Field, FuncIdx, Function, Global, GlobalIdx, GlobalInit, LocalIdx,
    Module, Native, NativeEffects, NativeIdx, TestEntry, Type, build,
};
use motet_source::{Code, Diagnostic, FileId, Span};

use crate::{
    ast::DeclKind,
    builtins::{CONSTANTS, Effect, NATIVES, internal},
    prelude::SNIPPETS,
    program::{Import, Unit},
    render::COMPILE_KIND,
    resolve::Frame,
    symbol::{Interner, NameMap, NameSet, Sym},
};

/// What a builtin name stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Builtin {
    Native(Effect),
    /// A function of the host.
    Host,
    Snippet(usize),
    Constant(f64),
}

/// State of the file being lowered.
#[derive(Default)]
pub(crate) struct FileContext {
    pub file: FileId,
    pub unit: Option<usize>,
    pub globals: NameMap<Sym, GlobalIdx>,
    /// Names that top-level code of the file can make global.
    pub may_global: NameSet<Sym>,
    /// Top-level functions whose name is never assigned.
    pub stable: NameMap<Sym, FuncIdx>,
    /// Top-level functions by name; the last definition.
    pub functions: NameMap<Sym, FuncIdx>,
    /// Places of top-level functions that a later definition replaces.
    pub replaced: Vec<FuncIdx>,
    /// How top-level declarations declare their names, wherever they stand.
    pub declared_somewhere: NameMap<Sym, DeclKind>,
    /// Top-level declarations lowered so far.
    pub declared: NameMap<Sym, DeclKind>,
    /// Globals that top-level code lowered so far may have assigned.
    pub touched: NameSet<Sym>,
    /// Operators may run methods.
    pub overloads: bool,
    /// The standard snippets: functions are hidden.
    pub prelude: bool,
}

/// Something that is certainly assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Local(LocalIdx),
    Global(GlobalIdx),
}

/// What a branch certainly assigned; `None` if its end cannot be reached.
pub(crate) type BranchEnd = Option<Vec<Key>>;

pub(crate) struct Lowerer<'u> {
    pub names: Interner,
    pub units: &'u [Unit],
    pub errors: Vec<Diagnostic>,
    pub tests: Vec<TestEntry>,
    pub want_tests: bool,
    pub replay_until: u32,
    pub frames: Vec<Frame>,
    pub cx: FileContext,
    /// Per global: it certainly holds a value.
    global_sure: Vec<bool>,
    log: Vec<Key>,
    builtins: NameMap<Sym, Builtin>,
    functions: Vec<Option<Function>>,
    globals: Vec<Global>,
    classes: Vec<Class>,
    class_names: BTreeMap<String, ClassIdx>,
    natives: Vec<Native>,
    native_names: BTreeMap<String, NativeIdx>,
    snippets: BTreeMap<usize, FuncIdx>,
    snippet_queue: Vec<usize>,
    pub unit_globals: Vec<import::UnitGlobals>,
    /// Parameters per function, where known.
    arities: BTreeMap<FuncIdx, usize>,
    /// Logs of the enclosing frames.
    saved_logs: Vec<Vec<Key>>,
    /// Text of the names of the modules whose bodies run, each followed by an arrow.
    chain: Option<GlobalIdx>,
}

/// Lowers all units; unit 0 is the main file.
pub(crate) fn lower(
    names: Interner,
    units: &[Unit],
    prelude_file: FileId,
    want_tests: bool,
    replay_until: u32,
    host: &[motet_ir::HostFunction],
) -> Result<Module, Vec<Diagnostic>> {
    let mut lowerer = Lowerer::new(names, units, want_tests, replay_until);
    for function in host {
        let name = lowerer.names.intern(&function.name);
        lowerer.builtins.insert(name, Builtin::Host);
    }
    lowerer.reserve_units();
    for unit in 0..units.len() {
        lowerer.lower_unit(unit);
    }
    lowerer.lower_snippets(prelude_file);
    lowerer.finish()
}

impl<'u> Lowerer<'u> {
    fn new(mut names: Interner, units: &'u [Unit], want_tests: bool, replay_until: u32) -> Self {
        let mut builtins = NameMap::default();
        for (effect, row) in NATIVES {
            for name in row.split_ascii_whitespace() {
                builtins.insert(names.intern(name), Builtin::Native(*effect));
            }
        }
        for (i, snippet) in SNIPPETS.iter().enumerate() {
            if !snippet.name.starts_with('$') {
                builtins.insert(names.intern(snippet.name), Builtin::Snippet(i));
            }
        }
        for (name, value) in CONSTANTS {
            builtins.insert(names.intern(name), Builtin::Constant(*value));
        }
        Self {
            names,
            units,
            errors: Vec::new(),
            tests: Vec::new(),
            want_tests,
            replay_until,
            frames: Vec::new(),
            cx: FileContext::default(),
            global_sure: Vec::new(),
            log: Vec::new(),
            builtins,
            functions: Vec::new(),
            globals: Vec::new(),
            classes: Vec::new(),
            class_names: BTreeMap::new(),
            natives: Vec::new(),
            native_names: BTreeMap::new(),
            snippets: BTreeMap::new(),
            snippet_queue: Vec::new(),
            unit_globals: Vec::new(),
            arities: BTreeMap::new(),
            saved_logs: Vec::new(),
            chain: None,
        }
    }

    fn finish(self) -> Result<Module, Vec<Diagnostic>> {
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        let functions: Option<Vec<Function>> = self.functions.into_iter().collect();
        let Some(functions) = functions else {
            let d = Diagnostic::error(Code::InternalCheck, FileId(0), Span::default(), "a function was not lowered");
            return Err(alloc::vec![d.with_kind(COMPILE_KIND)]);
        };
        Ok(Module {
            languages: alloc::vec!["ruff".to_string()],
            functions,
            globals: self.globals,
            classes: self.classes,
            natives: self.natives,
            init: self.unit_globals.first().map_or(FuncIdx(0), |u| u.body),
            tests: self.tests,
            ..Module::default()
        })
    }

    /// Records an error of the compile stage; only the first counts.
    pub(crate) fn compile_error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        if self.errors.is_empty() {
            self.errors.push(Diagnostic::error(code, self.cx.file, span, message).with_kind(COMPILE_KIND));
        }
    }

    pub(crate) fn text(&self, sym: Sym) -> String {
        self.names.text(sym).to_string()
    }

    /// The running function's frame.
    pub(crate) fn frame(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::new(motet_ir::FunctionKind::Normal, true, true));
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    pub(crate) fn temp(&mut self, name: &str) -> LocalIdx {
        self.frame().new_local(name, Type::Any)
    }

    // ---- tables

    pub(crate) fn reserve_function(&mut self) -> FuncIdx {
        self.functions.push(None);
        FuncIdx(self.functions.len() as u32 - 1)
    }

    pub(crate) fn define_function(&mut self, index: FuncIdx, function: Function) {
        if let Some(slot) = self.functions.get_mut(index.index()) {
            *slot = Some(function);
        }
    }

    pub(crate) fn new_global(&mut self, name: String, init: GlobalInit) -> GlobalIdx {
        self.globals.push(Global { name, ty: Type::Any, init });
        self.global_sure.push(init != GlobalInit::Unset);
        GlobalIdx(self.globals.len() as u32 - 1)
    }

    pub(crate) fn builtin(&self, sym: Sym) -> Option<Builtin> {
        self.builtins.get(&sym).copied()
    }

    /// The native `ruff.name`.
    pub(crate) fn native(&mut self, name: &str, result: Type, effects: NativeEffects) -> NativeIdx {
        if let Some(&index) = self.native_names.get(name) {
            return index;
        }
        let index = NativeIdx(self.natives.len() as u32);
        self.natives.push(Native { name: format!("ruff.{name}"), result, effects });
        self.native_names.insert(name.to_string(), index);
        index
    }

    /// A function of the host: natives whose name has no dot. It may keep its arguments.
    pub(crate) fn host_native(&mut self, sym: Sym) -> NativeIdx {
        let name = self.text(sym);
        let known = self.natives.iter().position(|n| n.name == name);
        let index = known.unwrap_or(self.natives.len());
        if known.is_none() {
            self.natives.push(Native { name, result: Type::Any, effects: Effect::Retains.effects() });
        }
        NativeIdx(index as u32)
    }

    /// A call of an internal native.
    pub(crate) fn internal(&mut self, name: &str, result: Type, args: Vec<Expr>, span: Span) -> Expr {
        let part = matches!(name, internal::ELEMENT | internal::ENTRY | internal::PAYLOAD);
        let native = self.native(name, result, NativeEffects { part, ..NativeEffects::default() });
        let args = args.into_iter().map(|expr| Arg { expr, spread: false }).collect();
        build::expr(ExprKind::CallNative(native, args), result, span)
    }

    /// The function of a snippet, compiled at the end.
    pub(crate) fn snippet(&mut self, index: usize) -> FuncIdx {
        if let Some(&func) = self.snippets.get(&index) {
            return func;
        }
        let func = self.reserve_function();
        self.snippets.insert(index, func);
        self.snippet_queue.push(index);
        func
    }

    pub(crate) fn snippet_named(&mut self, name: &str) -> FuncIdx {
        let index = SNIPPETS.iter().position(|s| s.name == name).unwrap_or(0);
        self.snippet(index)
    }

    pub(crate) fn next_snippet(&mut self) -> Option<(usize, FuncIdx)> {
        let index = self.snippet_queue.pop()?;
        Some((index, self.snippets.get(&index).copied()?))
    }

    /// The class of this name; the first mention decides its declared fields unless a declaration does.
    pub(crate) fn class(&mut self, name: &str, kind: ClassKind, fields: &[String]) -> ClassIdx {
        self.class_keyed(name.to_string(), name, kind, fields)
    }

    /// The struct class that a name means in the current file: a struct of the file, else one it
    /// imports, else one that no file declares.
    pub(crate) fn struct_class(&mut self, name: Sym, fields: &[String]) -> ClassIdx {
        let text = self.text(name);
        let key = match self.struct_owner(name) {
            Some(unit) => format!("{text} of file {unit}"),
            None => text.clone(),
        };
        self.class_keyed(key, &text, ClassKind::Struct, fields)
    }

    /// The file whose struct a name means in the current file.
    fn struct_owner(&self, name: Sym) -> Option<usize> {
        let current = self.cx.unit?;
        let unit = self.units.get(current)?;
        if unit.program.structs.contains(&name) {
            return Some(current);
        }
        unit.program.imported.iter().rev().find_map(|(module, names)| {
            let Some(Import::Unit(k)) = unit.imports.get(module) else { return None };
            let exported = self.units.get(*k)?.exports.iter().any(|e| e.name == name && !e.is_value);
            let taken = names.as_ref().is_none_or(|names| names.contains(&name));
            (exported && taken).then_some(*k)
        })
    }

    fn class_keyed(&mut self, key: String, name: &str, kind: ClassKind, fields: &[String]) -> ClassIdx {
        if let Some(&index) = self.class_names.get(&key) {
            return index;
        }
        let mut seen = alloc::collections::BTreeSet::new();
        let fields = fields.iter().filter(|f| seen.insert(f.as_str()));
        let fields = fields.map(|f| Field { name: f.clone(), ty: Type::Any }).collect();
        let index = ClassIdx(self.classes.len() as u32);
        self.classes.push(Class { name: name.to_string(), language: 0, kind, fields, methods: Vec::new() });
        self.class_names.insert(key, index);
        index
    }

    /// Adds a method, replacing one of the same name.
    pub(crate) fn add_method(&mut self, class: ClassIdx, name: String, func: FuncIdx) {
        let Some(class) = self.classes.get_mut(class.index()) else { return };
        match class.methods.iter_mut().find(|m| m.0 == name) {
            Some(method) => method.1 = func,
            None => class.methods.push((name, func)),
        }
    }

    pub(crate) fn has_fields(&self, class: ClassIdx, names: &[(String, Expr)]) -> bool {
        let Some(class) = self.classes.get(class.index()) else { return false };
        class.fields.len() == names.len() && class.fields.iter().all(|f| names.iter().any(|n| n.0 == f.name))
    }

    // ---- certain assignment

    pub(crate) fn mark_local(&mut self, local: LocalIdx) {
        if !self.frame().is_sure(local) {
            self.frame().set_sure(local, true);
            self.log.push(Key::Local(local));
        }
    }

    pub(crate) fn mark_global(&mut self, global: GlobalIdx) {
        if let Some(flag) = self.global_sure.get_mut(global.index()).filter(|f| !**f) {
            *flag = true;
            self.log.push(Key::Global(global));
        }
    }

    pub(crate) fn global_is_sure(&self, global: GlobalIdx) -> bool {
        self.global_sure.get(global.index()).copied().unwrap_or(false)
    }

    /// Where a branch starts.
    pub(crate) fn mark(&self) -> usize {
        self.log.len()
    }

    /// Forgets what was assigned since `mark` and hands it back.
    pub(crate) fn end_branch(&mut self, mark: usize, diverges: bool) -> BranchEnd {
        let added = self.log.split_off(mark.min(self.log.len()));
        for key in &added {
            match *key {
                Key::Local(local) => self.frame().set_sure(local, false),
                Key::Global(global) => {
                    if let Some(flag) = self.global_sure.get_mut(global.index()) {
                        *flag = false;
                    }
                }
            }
        }
        (!diverges).then_some(added)
    }

    /// Adopts what all branches that can be left assigned.
    pub(crate) fn join_branches(&mut self, ends: Vec<BranchEnd>) {
        let mut ends = ends.into_iter().flatten();
        let Some(mut common) = ends.next() else { return };
        for end in ends {
            let set: alloc::collections::BTreeSet<Key> = end.into_iter().collect();
            common.retain(|key| set.contains(key));
        }
        for key in common {
            match key {
                Key::Local(local) => self.mark_local(local),
                Key::Global(global) => self.mark_global(global),
            }
        }
    }

    pub(crate) fn take_log(&mut self) -> Vec<Key> {
        core::mem::take(&mut self.log)
    }

    pub(crate) fn restore_log(&mut self, log: Vec<Key>) {
        self.log = log;
    }
}

//! Classes of SOM to IR: the tables of a module, and the function that defines the classes and runs the program.
//!
//! Invariants: instance variables lie at fixed positions, inherited ones first, those of class sides behind the number of
//! the class; classes are defined superclasses first; what the program reads of globals, symbols and literal arrays is
//! fetched once, before anything runs.

mod body;
mod control;
mod frame;
mod message;
mod reach;
mod scan;

use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use motet_ir::{
    Arg, Elem, Expr as Ir, ExprKind as Kind, FuncIdx, Function, FunctionKind, GlobalIdx, Local, Module, NativeEffects,
    Options, Tables, Type, build,
};
use motet_source::{Code, Diagnostic, FileId, Span};

use self::{frame::Frame, reach::Reach, scan::Facts};
use super::{LANGUAGE, library::CORE, program::Unit};
use crate::ast::{Ident, Literal, Method};
use crate::world::MAX_VARIABLES;

/// Selectors whose meaning for the engine's values is known, so that sends may be replaced by it; a program that gives
/// one of them to a class of its own sends it instead.
pub(crate) const INLINED: &[&str] = &[
    "ifTrue:",
    "ifFalse:",
    "ifTrue:ifFalse:",
    "ifFalse:ifTrue:",
    "and:",
    "or:",
    "&&",
    "||",
    "not",
    "whileTrue:",
    "whileFalse:",
    "ifNil:",
    "ifNotNil:",
    "ifNil:ifNotNil:",
    "ifNotNil:ifNil:",
    "isNil",
    "notNil",
    "==",
    "~=",
    "to:do:",
    "to:by:do:",
    "downTo:do:",
    "downTo:by:do:",
    "timesRepeat:",
];

/// Behind the name of a field in the world, once for each inherited field of the same name, which it hides.
pub(crate) const REPEATED: &str = "'";

/// Variables of the two sides of a class, inherited ones included.
#[derive(Default)]
struct Layout<'a> {
    instance: Vec<&'a str>,
    class: Vec<&'a str>,
}

impl<'a> Layout<'a> {
    fn side(&mut self, meta: bool) -> &mut Vec<&'a str> {
        if meta { &mut self.class } else { &mut self.instance }
    }
}

/// What a running world knows of a class that this module does not define.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outside {
    /// Variables of instances, inherited ones included.
    pub instance: Vec<String>,
    /// Variables of the class, inherited ones included.
    pub class: Vec<String>,
}

/// What to do after the classes are defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start<'a> {
    /// `system initialize: arguments`.
    Main,
    /// Sends a message to a class and shows the result.
    Call(&'a str, &'a str),
    /// Answers the first class.
    Load,
}

pub(crate) struct Lowerer<'a> {
    units: &'a [Unit<'a>],
    /// By name.
    classes: BTreeMap<&'a str, usize>,
    layouts: Vec<Layout<'a>>,
    /// Selectors of [`INLINED`] that classes of the program have.
    overridden: BTreeSet<&'static str>,
    tables: Tables,
    bindings: BTreeMap<String, GlobalIdx>,
    symbols: BTreeMap<String, GlobalIdx>,
    lookups: BTreeMap<(usize, bool), GlobalIdx>,
    /// Fetches what the globals of the module hold.
    fetch: Vec<Ir>,
    /// Functions that stand for the arguments of control-flow messages to something else, by number of parameters.
    no_blocks: BTreeMap<u32, FuncIdx>,
    /// Methods of the library that are needed.
    reach: Reach<'a>,
    /// Class whose method is lowered, and its side.
    unit: usize,
    meta: bool,
    method: &'a str,
    frames: Vec<Frame<'a>>,
    facts: Facts,
    diagnostics: Vec<Diagnostic>,
}

/// Lowers classes.
///
/// # Errors
/// Classes and names that are missing or wrong.
pub(crate) fn lower<'a>(
    name: &str,
    units: &'a [Unit<'a>],
    outside: &'a BTreeMap<String, Outside>,
    overridden: &[String],
    start: Start<'a>,
    options: &Options,
) -> Result<Module, Vec<Diagnostic>> {
    let mut lowerer = Lowerer {
        units,
        classes: units.iter().enumerate().rev().map(|(at, unit)| (unit.class.name.text, at)).collect(),
        layouts: units.iter().map(|_| Layout::default()).collect(),
        overridden: BTreeSet::new(),
        tables: Tables::default(),
        bindings: BTreeMap::new(),
        symbols: BTreeMap::new(),
        lookups: BTreeMap::new(),
        fetch: Vec::new(),
        no_blocks: BTreeMap::new(),
        reach: Reach::of(units, if let Start::Call(_, selector) = start { Some(selector) } else { None }),
        unit: 0,
        meta: false,
        method: "",
        frames: Vec::new(),
        facts: Facts::default(),
        diagnostics: Vec::new(),
    };
    let init = lowerer.tables.reserve_function();
    lowerer.find_overridden(overridden);
    let order = lowerer.order(outside);
    lowerer.lay_out(&order, outside);
    if let Start::Call(class, _) = start
        && !lowerer.classes.contains_key(class)
    {
        lowerer.complain(0, Code::UnknownName, Span::new(0, 0), format!("class {class} is not found"));
    }
    if !lowerer.diagnostics.is_empty() {
        return Err(lowerer.diagnostics);
    }
    let mut parts = Vec::new();
    for &unit in &order {
        parts.push(lowerer.definition(unit));
    }
    for &unit in &order {
        parts.extend(lowerer.methods(unit));
    }
    if start != Start::Load {
        let path = super::program::folders(name, options).join("\n");
        let span = Span::new(0, 0);
        parts.push(lowerer.native_call("som.class_path", vec![build::str(path, span)], span));
    }
    let last = lowerer.start(start);
    parts.append(&mut lowerer.fetch);
    parts.extend(last);
    lowerer.finish(init, parts)
}

fn any(kind: Kind, span: Span) -> Ir {
    build::expr(kind, Type::Any, span)
}

fn is_type(value: Ir, ty: Type, span: Span) -> Ir {
    build::expr(Kind::IsType(Box::new(value), ty), Type::Bool, span)
}

impl<'a> Lowerer<'a> {
    // ---- classes

    fn find_overridden(&mut self, more: &[String]) {
        self.overridden.extend(INLINED.iter().filter(|&&s| more.iter().any(|m| m == s)));
        for unit in self.units.iter().filter(|u| !u.built_in && !CORE.contains(&u.class.name.text)) {
            for method in unit.class.instance.methods.iter().chain(&unit.class.class.methods) {
                self.overridden.extend(INLINED.iter().find(|&&s| s == method.selector));
            }
        }
    }

    fn superclass(&self, unit: usize) -> Option<&'a str> {
        let class = &self.units[unit].class;
        match &class.superclass {
            Some(name) if name.text == "nil" => None,
            Some(name) => Some(name.text),
            None if class.name.text == "Object" => None,
            None => Some("Object"),
        }
    }

    /// The classes, superclasses first.
    fn order(&mut self, outside: &BTreeMap<String, Outside>) -> Vec<usize> {
        let mut order = Vec::new();
        let mut done = vec![false; self.units.len()];
        for first in 0..self.units.len() {
            let (mut chain, mut at) = (Vec::new(), Some(first));
            while let Some(unit) = at.filter(|&unit| !done[unit]) {
                if chain.contains(&unit) {
                    let name = self.units[unit].class.name;
                    let message = format!("class {} inherits from itself", name.text);
                    self.complain(unit, Code::InvalidTarget, name.span, message);
                    break;
                }
                chain.push(unit);
                at = match self.superclass(unit) {
                    None => None,
                    Some(name) => {
                        let found = self.classes.get(name).copied();
                        if found.is_none() && !outside.contains_key(name) {
                            let span = self.units[unit].class.superclass.map_or(Span::new(0, 0), |s| s.span);
                            self.complain(unit, Code::UnknownName, span, format!("class {name} is not found"));
                        }
                        found
                    }
                };
            }
            while let Some(unit) = chain.pop() {
                if !core::mem::replace(&mut done[unit], true) {
                    order.push(unit);
                }
            }
        }
        order
    }

    /// The variables of all classes.
    fn lay_out(&mut self, order: &[usize], outside: &'a BTreeMap<String, Outside>) {
        for &unit in order {
            let mut layout = Layout::default();
            if let Some(name) = self.superclass(unit) {
                if let Some(&above) = self.classes.get(name) {
                    layout.instance.clone_from(&self.layouts[above].instance);
                    layout.class.clone_from(&self.layouts[above].class);
                } else if let Some(above) = outside.get(name) {
                    layout.instance.extend(above.instance.iter().map(String::as_str));
                    layout.class.extend(above.class.iter().map(String::as_str));
                }
            }
            for meta in [false, true] {
                let class = &self.units[unit].class;
                let own = if meta { &class.class.fields } else { &class.instance.fields };
                let all = layout.side(meta).len() + own.len();
                if let Some(field) = own.get(MAX_VARIABLES.saturating_sub(all - own.len())) {
                    let message = format!("a class has at most {MAX_VARIABLES} fields");
                    self.complain(unit, Code::TooLarge, field.span, message);
                    layout.side(meta).extend(own.iter().map(|field| field.text));
                    continue;
                }
                for (at, field) in own.iter().enumerate() {
                    if own[..at].iter().any(|other| other.text == field.text) {
                        let message = format!("field '{}' is declared twice", field.text);
                        self.complain(unit, Code::DuplicateName, field.span, message);
                    }
                    layout.side(meta).push(field.text);
                }
            }
            self.layouts[unit] = layout;
        }
    }

    fn complain(&mut self, unit: usize, code: Code, span: Span, message: String) {
        self.diagnostics.push(Diagnostic::error(code, self.units[unit].file, span, message));
    }

    /// Defines a class at run time.
    fn definition(&mut self, unit: usize) -> Ir {
        let class = &self.units[unit].class;
        let span = class.name.span;
        let layout = &self.layouts[unit];
        let words = |own: &[Ident<'_>], all: &[&str]| {
            let inherited = &all[..all.len() - own.len()];
            let word = |field: &Ident<'_>| {
                let before = inherited.iter().filter(|name| **name == field.text).count();
                format!("{}{}", field.text, REPEATED.repeat(before))
            };
            own.iter().map(word).collect::<Vec<_>>().join(" ")
        };
        let instance = words(&class.instance.fields, &layout.instance);
        let class_side = words(&class.class.fields, &layout.class);
        let superclass = match self.superclass(unit) {
            Some(name) => build::str(name, span),
            None => build::nil(span),
        };
        let args = vec![
            build::str(class.name.text, span),
            superclass,
            build::str(instance, span),
            build::str(class_side, span),
        ];
        self.native_call("som.define", args, span)
    }

    /// Installs the methods of a class at run time.
    fn methods(&mut self, unit: usize) -> Vec<Ir> {
        let mut parts = Vec::new();
        self.unit = unit;
        let class = &self.units[unit].class;
        for meta in [false, true] {
            self.meta = meta;
            let side = if meta { &class.class } else { &class.instance };
            for method in &side.methods {
                if self.units[unit].built_in && !self.reach.contains(&method.selector) {
                    continue;
                }
                let span = method.span;
                let func = if method.primitive {
                    build::nil(span)
                } else {
                    let index = self.method(method);
                    build::expr(Kind::Func(index), Type::Func, span)
                };
                let args = vec![
                    build::str(class.name.text, span),
                    build::bool(meta, span),
                    build::str(method.selector.as_str(), span),
                    func,
                ];
                parts.push(self.native_call("som.install", args, span));
            }
        }
        parts
    }

    /// Name of the running method for traces.
    fn method_name(&self) -> String {
        let side = if self.meta { " class" } else { "" };
        format!("{}{side}>>{}", self.units[self.unit].class.name.text, self.method)
    }

    fn method(&mut self, method: &'a Method<'a>) -> FuncIdx {
        self.method = method.selector.as_str();
        let index = self.tables.reserve_function();
        self.facts = scan::scan(self, method);
        self.lower_method(index, method);
        index
    }

    /// What runs when everything is defined.
    fn start(&mut self, start: Start<'a>) -> Vec<Ir> {
        let span = Span::new(0, 0);
        let main = self.units.first().map_or("Main", |unit| unit.class.name.text);
        match start {
            Start::Main => {
                let system = self.binding("system", span);
                let system = any(Kind::CellGet(Box::new(system)), span);
                let arguments = self.native_call("som.arguments", vec![build::str(main, span)], span);
                vec![build::send(system, "initialize:", vec![arguments], span), build::nil(span)]
            }
            Start::Call(class, selector) => {
                let class = self.binding(class, span);
                let class = any(Kind::CellGet(Box::new(class)), span);
                let result = build::send(class, selector, Vec::new(), span);
                vec![build::send(result, "println", Vec::new(), span), build::nil(span)]
            }
            Start::Load => {
                let class = self.binding(main, span);
                vec![any(Kind::CellGet(Box::new(class)), span)]
            }
        }
    }

    fn finish(mut self, init: FuncIdx, parts: Vec<Ir>) -> Result<Module, Vec<Diagnostic>> {
        let span = Span::new(0, 0);
        let function = Function {
            name: "<program>".into(),
            language: 0,
            source: FileId(0),
            span,
            params: 0,
            optional: 0,
            locals: Vec::new(),
            captures: Vec::new(),
            result: Type::Any,
            kind: FunctionKind::Normal,
            hidden: false,
            body: build::block(parts, span),
        };
        self.tables.set_function(init, function);
        if !self.diagnostics.is_empty() {
            return Err(self.diagnostics);
        }
        self.tables.finish(LANGUAGE, init).map_err(|error| vec![error])
    }

    // ---- tables

    fn native_call(&mut self, name: &'static str, args: Vec<Ir>, span: Span) -> Ir {
        self.typed_native_call(name, Type::Any, args, span)
    }

    fn typed_native_call(&mut self, name: &'static str, result: Type, args: Vec<Ir>, span: Span) -> Ir {
        let effects = NativeEffects { retains: true, ..NativeEffects::default() };
        let native = self.tables.native(name.to_string(), result, effects);
        let never = args.iter().any(|a| a.ty == Type::Never);
        let args = args.into_iter().map(|expr| Arg { expr, spread: false }).collect();
        build::expr(Kind::CallNative(native, args), if never { Type::Never } else { result }, span)
    }

    /// A global of the module that holds what an expression gives before anything runs.
    fn fetched(&mut self, name: String, value: Ir, span: Span) -> GlobalIdx {
        let global = self.tables.new_global(name);
        self.fetch.push(build::expr(Kind::SetGlobal(global, Box::new(value)), Type::Nil, span));
        global
    }

    /// The cell of a global of the language.
    fn binding(&mut self, name: &str, span: Span) -> Ir {
        let global = match self.bindings.get(name) {
            Some(&global) => global,
            None => {
                let cell = self.native_call("som.binding", vec![build::str(name, span)], span);
                let global = self.fetched(format!("$binding {name}"), cell, span);
                self.bindings.insert(name.to_string(), global);
                global
            }
        };
        any(Kind::Global(global), span)
    }

    fn symbol(&mut self, name: &str, span: Span) -> Ir {
        let global = match self.symbols.get(name) {
            Some(&global) => global,
            None => {
                let symbol = self.native_call("som.symbol", vec![build::str(name, span)], span);
                let global = self.fetched(format!("#{name}"), symbol, span);
                self.symbols.insert(name.to_string(), global);
                global
            }
        };
        any(Kind::Global(global), span)
    }

    /// The class above the running method's.
    fn above(&mut self, span: Span) -> Ir {
        let key = (self.unit, self.meta);
        let global = match self.lookups.get(&key) {
            Some(&global) => global,
            None => {
                let name = self.units[self.unit].class.name.text;
                let args = vec![build::str(name, span), build::bool(self.meta, span)];
                let value = self.native_call("som.above", args, span);
                let global = self.fetched(format!("$above {name}"), value, span);
                self.lookups.insert(key, global);
                global
            }
        };
        any(Kind::Global(global), span)
    }

    fn literal(&mut self, literal: &Literal<'a>, span: Span) -> Ir {
        match literal {
            Literal::Nil => build::nil(span),
            Literal::Bool(value) => build::bool(*value, span),
            Literal::Int(value) => build::int(*value, span),
            Literal::Float(value) => build::float(*value, span),
            Literal::Str(text) => build::str(text.as_ref(), span),
            Literal::Symbol(name) => self.symbol(name, span),
            Literal::Large(negative, _, digits) => {
                let text = format!("{}{digits}", if *negative { "-" } else { "" });
                let value = self.native_call("som.large", vec![build::str(text, span)], span);
                let global = self.fetched("$large".into(), value, span);
                any(Kind::Global(global), span)
            }
            Literal::Array(items) => {
                let value = self.array(items, span);
                let global = self.fetched("$array".into(), value, span);
                any(Kind::Global(global), span)
            }
            // The surface has no such literals.
            Literal::Scaled(..) | Literal::Char(_) | Literal::Bytes(_) => build::nil(span),
        }
    }

    fn array(&mut self, items: &[Literal<'a>], span: Span) -> Ir {
        let items = items.iter().map(|item| Elem::One(self.literal(item, span))).collect();
        let list = build::expr(Kind::List(items), Type::List, span);
        self.native_call("som.array", vec![list], span)
    }

    /// A block that answers nil: it stands for the blocks of control-flow messages to objects that do not know them.
    fn no_block(&mut self, params: u32, span: Span) -> Ir {
        let index = match self.no_blocks.get(&params) {
            Some(&index) => index,
            None => {
                let index = self.tables.reserve_function();
                let local = |_| Local { name: "$argument".into(), ty: Type::Any };
                let function = Function {
                    name: format!("[] in {}", self.method_name()),
                    language: 0,
                    source: self.units[self.unit].file,
                    span,
                    params,
                    optional: params,
                    locals: (0..params).map(local).collect(),
                    captures: Vec::new(),
                    result: Type::Any,
                    kind: FunctionKind::Normal,
                    hidden: true,
                    body: build::nil(span),
                };
                self.tables.set_function(index, function);
                self.no_blocks.insert(params, index);
                index
            }
        };
        build::expr(Kind::Func(index), Type::Func, span)
    }
}

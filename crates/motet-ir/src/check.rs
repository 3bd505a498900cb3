//! The checker: what it accepts, every later stage may rely on.
//!
//! It proves the invariants of the crate's header. Node rules look at one node
//! and the static types of its operands (`check/rules.rs`); labels and definite
//! assignment need the order of evaluation (`check/flow.rs`), which recurses
//! and therefore runs only after the depth has been measured.
//!
//! A node may carry a wider type than its rule gives, never a narrower one. A
//! local of type `Any` that was not assigned holds `Unset`; one of any other
//! type must be assigned on every path before it is read.

mod flow;
mod rules;

pub use flow::read_before_assigned;

use alloc::{format, string::String, vec::Vec};
use core::fmt;

use alloc::collections::{BTreeMap, BTreeSet};

use motet_source::{FileId, Span};

use crate::{Expr, FuncIdx, Function, GlobalInit, MAX_DEPTH, Module, Type};

/// Why a module is malformed: always a defect of whoever produced it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckError {
    /// Function whose body or header is malformed; `None` for the module's tables.
    pub function: Option<FuncIdx>,
    /// Span of the node, in the function's file.
    pub span: Span,
    /// The broken rule.
    pub message: String,
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(function) = self.function {
            write!(f, "function {}, ", function.0)?;
        }
        write!(f, "bytes {}-{}: {}", self.span.start, self.span.end, self.message)
    }
}

impl core::error::Error for CheckError {}

/// Proves that `module` keeps every invariant of the IR, in time linear in its size.
///
/// # Errors
/// The first broken rule.
pub fn check(module: &Module) -> Result<(), CheckError> {
    let tables = Tables::new(module);
    tables.check_module().map_err(|message| CheckError { function: None, span: Span::default(), message })?;
    for index in 0..module.functions.len() {
        check_in(&tables, FuncIdx(index as u32))?;
    }
    Ok(())
}

/// Proves the invariants of one function, whose module's tables are assumed to be in order.
///
/// # Errors
/// The first broken rule.
pub fn check_function(module: &Module, function: FuncIdx) -> Result<(), CheckError> {
    check_in(&Tables::new(module), function)
}

fn check_in(tables: &Tables<'_>, index: FuncIdx) -> Result<(), CheckError> {
    let Some(function) = tables.module.functions.get(index.index()) else {
        let message = format!("there is no function {}", index.0);
        return Err(CheckError { function: None, span: Span::default(), message });
    };
    let fail = |(span, message)| CheckError { function: Some(index), span, message };
    tables.check_header(function).map_err(|message| fail((function.span, message)))?;
    if function.body.depth() > MAX_DEPTH {
        return Err(fail((function.body.span, format!("the tree is deeper than {MAX_DEPTH}"))));
    }
    let mut found = Ok(());
    function.body.walk(|node| {
        if found.is_ok() {
            found = rules::check_node(tables, function, node).map_err(|message| (node.span, message));
        }
    });
    found.map_err(fail)?;
    if !function.body.ty.fits(function.result) {
        let message = format!("the body is {:?}, the result {:?}", function.body.ty, function.result);
        return Err(fail((function.body.span, message)));
    }
    flow::check_flow(function).map_err(fail)
}

/// The module and what is looked up in it often.
struct Tables<'a> {
    module: &'a Module,
    /// Per class: field name → position.
    fields: Vec<BTreeMap<&'a str, usize>>,
}

impl<'a> Tables<'a> {
    fn new(module: &'a Module) -> Self {
        let fields = module
            .classes
            .iter()
            .map(|class| class.fields.iter().enumerate().map(|(i, field)| (field.name.as_str(), i)).collect())
            .collect();
        Self { module, fields }
    }

    fn check_module(&self) -> Result<(), String> {
        let module = self.module;
        for (i, global) in module.globals.iter().enumerate() {
            self.check_stored(global.ty).map_err(|e| format!("global {i}: {e}"))?;
            self.check_global_init(global.init, global.ty).map_err(|e| format!("global {i}: {e}"))?;
        }
        for (i, native) in module.natives.iter().enumerate() {
            self.check_type(native.result).map_err(|e| format!("native {i}: {e}"))?;
        }
        for i in 0..module.classes.len() {
            self.check_class(i).map_err(|e| format!("class {i}: {e}"))?;
        }
        self.check_entry(module.init).map_err(|e| format!("init: {e}"))?;
        if let Some(main) = module.main {
            self.check_entry(main).map_err(|e| format!("main: {e}"))?;
        }
        if !module.live.is_empty() && module.live.len() != module.globals.len() {
            return Err("live: not one entry per global".into());
        }
        for (i, initializer) in module.live.iter().enumerate().filter_map(|(i, l)| Some((i, l.initializer?))) {
            self.check_entry(initializer).map_err(|e| format!("live {i}: {e}"))?;
        }
        for test in &module.tests {
            self.check_entry(test.func).map_err(|e| format!("test {:?}: {e}", test.name))?;
        }
        Ok(())
    }

    fn check_global_init(&self, init: GlobalInit, ty: Type) -> Result<(), String> {
        let given = match init {
            GlobalInit::Unset => return Ok(()),
            GlobalInit::Nil => Type::Nil,
            GlobalInit::Func(f) => {
                self.plain_function(f)?;
                Type::Func
            }
            GlobalInit::Native(n) => {
                rules::in_range(n.index(), self.module.natives.len(), "native")?;
                Type::Func
            }
        };
        rules::demand(given, ty, "the initial value")
    }

    fn check_class(&self, index: usize) -> Result<(), String> {
        let class = &self.module.classes[index];
        rules::in_range(class.language as usize, self.module.languages.len(), "language")?;
        for field in &class.fields {
            self.check_stored(field.ty).map_err(|e| format!("field {}: {e}", field.name))?;
        }
        if self.fields[index].len() != class.fields.len() {
            return Err("two fields of one name".into());
        }
        let mut names = BTreeSet::new();
        for (name, method) in &class.methods {
            if self.plain_function(*method)?.params == 0 {
                return Err(format!("method {name} takes no receiver"));
            }
            if !names.insert(name) {
                return Err(format!("two methods of the name {name}"));
            }
        }
        Ok(())
    }

    fn check_entry(&self, func: FuncIdx) -> Result<(), String> {
        match self.plain_function(func)?.params {
            0 => Ok(()),
            _ => Err("the entry function takes parameters".into()),
        }
    }

    fn check_header(&self, function: &Function) -> Result<(), String> {
        rules::in_range(function.language as usize, self.module.languages.len(), "language")?;
        if function.source != FileId(0) && self.module.sources.get(function.source).is_none() {
            return Err(format!("there is no source file {}", function.source.0));
        }
        if function.params as usize > function.locals.len() {
            return Err("more parameters than locals".into());
        }
        let Some(required) = function.params.checked_sub(function.optional) else {
            return Err("more optional parameters than parameters".into());
        };
        let optional = &function.locals[required as usize..function.params as usize];
        if optional.iter().any(|local| local.ty != Type::Any) {
            return Err("an optional parameter is typed".into());
        }
        self.check_type(function.result)?;
        for (i, local) in function.locals.iter().enumerate() {
            self.check_stored(local.ty).map_err(|e| format!("local {i}: {e}"))?;
        }
        for (i, capture) in function.captures.iter().enumerate() {
            self.check_stored(capture.ty).map_err(|e| format!("capture {i}: {e}"))?;
        }
        Ok(())
    }

    /// The type names an existing class, if any.
    fn check_type(&self, ty: Type) -> Result<(), String> {
        match ty {
            Type::Record(c) => rules::in_range(c.index(), self.module.classes.len(), "class"),
            Type::Never
            | Type::Any
            | Type::Nil
            | Type::Bool
            | Type::Int
            | Type::Float
            | Type::Str
            | Type::List
            | Type::Map
            | Type::Func => Ok(()),
        }
    }

    /// A type that a variable or field may have.
    fn check_stored(&self, ty: Type) -> Result<(), String> {
        if ty == Type::Never {
            return Err("nothing can be stored with type Never".into());
        }
        self.check_type(ty)
    }

    /// A function that may be used without a closure.
    fn plain_function(&self, func: FuncIdx) -> Result<&'a Function, String> {
        let function = self.function(func)?;
        match function.captures.len() {
            0 => Ok(function),
            _ => Err(format!("function {} has captures and needs a closure", func.0)),
        }
    }

    fn function(&self, func: FuncIdx) -> Result<&'a Function, String> {
        self.module.functions.get(func.index()).ok_or_else(|| format!("there is no function {}", func.0))
    }
}

/// A broken rule and where.
type Fault = (Span, String);

fn fault(at: &Expr, message: impl Into<String>) -> Fault {
    (at.span, message.into())
}

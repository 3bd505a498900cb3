//! Static types as the backend sees them: finer than the IR's where the IR says `Any` of something that can be only
//! one thing.
//!
//! Invariant: a function's inferred result covers every value that it returns; what the inference has not settled
//! after [`PASSES`] passes is [`Ty::Other`].

use alloc::vec::Vec;

use motet_ir::{ClassIdx, Expr, ExprKind, Function, FunctionKind, Module, NativeIdx, Type};

use crate::{CType, LanguageC};

/// Static type of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ty {
    /// Does not finish.
    Never,
    /// `nil`.
    Nil,
    /// Always this native function as a value: a language's word for "no value".
    Token(NativeIdx),
    /// Bool.
    Bool,
    /// Int.
    Int,
    /// Float.
    Float,
    /// Str.
    Str,
    /// Record of this class in its own layout.
    Record(ClassIdx),
    /// Anything that has no C form.
    Other,
}

impl Ty {
    /// The least type that covers both.
    pub(crate) fn join(self, other: Ty) -> Ty {
        match (self, other) {
            (Ty::Never, t) | (t, Ty::Never) => t,
            (a, b) if a == b => a,
            _ => Ty::Other,
        }
    }

    /// Whether values of the type carry no information.
    pub(crate) fn is_empty(self) -> bool {
        matches!(self, Ty::Never | Ty::Nil | Ty::Token(_))
    }

    /// The type as natives' rows name it.
    pub(crate) fn native(self) -> Option<CType> {
        match self {
            Ty::Nil => Some(CType::Nil),
            Ty::Bool => Some(CType::Bool),
            Ty::Int => Some(CType::Int),
            Ty::Float => Some(CType::Float),
            Ty::Str => Some(CType::Str),
            Ty::Never | Ty::Token(_) | Ty::Record(_) | Ty::Other => None,
        }
    }
}

impl From<CType> for Ty {
    fn from(ty: CType) -> Self {
        match ty {
            CType::Never => Ty::Never,
            CType::Nil => Ty::Nil,
            CType::Bool => Ty::Bool,
            CType::Int => Ty::Int,
            CType::Float => Ty::Float,
            CType::Str => Ty::Str,
        }
    }
}

impl From<Type> for Ty {
    fn from(ty: Type) -> Self {
        match ty {
            Type::Never => Ty::Never,
            Type::Nil => Ty::Nil,
            Type::Bool => Ty::Bool,
            Type::Int => Ty::Int,
            Type::Float => Ty::Float,
            Type::Str => Ty::Str,
            Type::Record(class) => Ty::Record(class),
            Type::Any | Type::List | Type::Map | Type::Func => Ty::Other,
        }
    }
}

/// Whether a value of the type may be a language's word for "no value", which is all that it has a C form as.
fn is_vague(ty: Type) -> bool {
    matches!(ty, Type::Any | Type::Func)
}

/// Passes over all functions after which inference gives up.
const PASSES: usize = 24;

/// Types of a module.
pub(crate) struct Typing<'a> {
    module: &'a Module,
    language: &'a LanguageC,
    /// Result of each function.
    results: Vec<Ty>,
}

impl<'a> Typing<'a> {
    /// Infers the results of functions whose declared result says too little.
    pub(crate) fn new(module: &'a Module, language: &'a LanguageC) -> Self {
        let is_open = |f: &Function| f.kind == FunctionKind::Normal && is_vague(f.result);
        let start = |f: &Function| match f.result {
            _ if f.kind != FunctionKind::Normal => Ty::Other,
            vague if is_vague(vague) => Ty::Never,
            declared => Ty::from(declared),
        };
        let mut typing = Typing { module, language, results: module.functions.iter().map(start).collect() };
        let open: Vec<usize> =
            module.functions.iter().enumerate().filter(|(_, f)| is_open(f)).map(|(i, _)| i).collect();
        // Callees tend to stand before their callers.
        for pass in 0..=PASSES {
            let mut changed = false;
            for &i in &open {
                let Some(function) = module.functions.get(i) else { continue };
                let old = typing.results.get(i).copied().unwrap_or(Ty::Other);
                let mut new = old.join(typing.of(&function.body));
                function.body.walk(|e| {
                    if let ExprKind::Return(value) = &e.kind {
                        new = new.join(typing.of(value));
                    }
                });
                if new != old {
                    changed = true;
                    let settled = if pass == PASSES { Ty::Other } else { new };
                    if let Some(result) = typing.results.get_mut(i) {
                        *result = settled;
                    }
                }
            }
            if !changed {
                break;
            }
        }
        typing
    }

    /// Result of a function.
    pub(crate) fn result(&self, function: usize) -> Ty {
        self.results.get(function).copied().unwrap_or(Ty::Other)
    }

    /// Static type of an expression.
    pub(crate) fn of(&self, e: &Expr) -> Ty {
        match (&e.kind, e.ty) {
            (ExprKind::Native(n), _) => Ty::Token(*n),
            (ExprKind::Call(f, _), vague) if is_vague(vague) => self.result(f.index()),
            (ExprKind::CallNative(n, args), Type::Any) => {
                let row = self.native_row(*n, args.iter().map(|a| &a.expr));
                row.map_or(Ty::Other, |row| Ty::from(row.result))
            }
            (ExprKind::Block(parts), vague) if is_vague(vague) => parts.last().map_or(Ty::Nil, |last| self.of(last)),
            (ExprKind::If(_, a, b), vague) if is_vague(vague) => self.of(a).join(self.of(b)),
            (ExprKind::Share(a), vague) if is_vague(vague) => self.of(a),
            (_, ty) => Ty::from(ty),
        }
    }

    /// The row for a call of a native function.
    pub(crate) fn native_row<'e>(
        &self,
        native: NativeIdx,
        args: impl Iterator<Item = &'e Expr>,
    ) -> Option<&'static crate::NativeC> {
        let name = &self.module.natives.get(native.index())?.name;
        let types: Vec<Option<CType>> = args.map(|a| self.of(a).native()).collect();
        self.language.native(name, &types)
    }
}

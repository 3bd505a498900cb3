//! Static types.
//!
//! Invariant: a type is at most as deep as the parser lets types nest, or made
//! by substitution and at most [`MAX_SIZE`] large.

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    vec::Vec,
};

use crate::{
    decls::Decls,
    names::{Name, Names},
};

/// Largest [`Ty::size`] that substitution makes; no program that people write comes near.
pub const MAX_SIZE: usize = 4_096;

/// Storage of an integer: the language calculates in 64 bits whatever the storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Width {
    /// 8, 16, 32 or 64.
    pub bits: u8,
    /// Whether stored values may be negative.
    pub signed: bool,
}

/// A type.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Ty {
    /// After a problem, or inside a generic function what only its specialisations decide: fits everywhere.
    #[default]
    Unknown,
    Void,
    Any,
    /// Of `none` alone.
    None,
    Int(Width),
    Float,
    Float64,
    Bool,
    Char,
    Str,
    /// Number of the enum.
    Enum(usize),
    /// Number of the type declaration, arguments.
    Struct(usize, Vec<Ty>),
    /// Element, number of elements if it is known.
    Array(Box<Ty>, Option<i64>),
    Buffer(Box<Ty>),
    Task(Box<Ty>),
    Opt(Box<Ty>),
    /// Whether it can be written through, what it refers to.
    Ref(bool, Box<Ty>),
    /// A type parameter.
    Param(Name),
}

impl Ty {
    /// The ordinary integer.
    pub const INT: Ty = Ty::Int(Width { bits: 64, signed: true });

    /// What a reference refers to; other types as they are.
    #[must_use]
    pub fn referent(&self) -> &Ty {
        match self {
            Ty::Ref(_, inner) => inner,
            other => other,
        }
    }

    /// The payload of an optional; other types as they are.
    #[must_use]
    pub fn unwrap_opt(&self) -> &Ty {
        match self {
            Ty::Opt(inner) => inner,
            other => other,
        }
    }

    /// Whether it is `view T` or `mod T`, also under `opt`.
    #[must_use]
    pub fn is_reference(&self) -> bool {
        matches!(self.unwrap_opt(), Ty::Ref(..))
    }

    /// Without references and without `opt`, as implicit unwrapping sees it.
    #[must_use]
    pub fn plain(&self) -> &Ty {
        let mut ty = self;
        while let Ty::Ref(_, inner) | Ty::Opt(inner) = ty {
            ty = inner;
        }
        ty
    }

    /// Whether nothing can be said about it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Ty::Unknown | Ty::Param(_))
    }

    /// Whether values of it are records or containers.
    #[must_use]
    pub fn is_aggregate(&self) -> bool {
        matches!(self, Ty::Struct(..) | Ty::Array(..))
    }

    /// Whether values fit into a register: they are never shared.
    #[must_use]
    pub fn is_scalar(&self) -> bool {
        matches!(
            self,
            Ty::Int(_) | Ty::Float | Ty::Float64 | Ty::Bool | Ty::Char | Ty::Enum(_) | Ty::Unknown | Ty::Param(_)
        )
    }

    /// The name of the numeric kind in messages about conversions.
    #[must_use]
    pub fn numeric(&self) -> Option<&'static str> {
        match self {
            Ty::Int(_) | Ty::Enum(_) => Some("Int"),
            Ty::Float => Some("Float"),
            Ty::Float64 => Some("Float64"),
            _ => None,
        }
    }

    /// Number of types that it is made of.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Ty::Struct(_, args) => args.iter().map(Ty::size).sum::<usize>() + 1,
            Ty::Array(t, _) | Ty::Buffer(t) | Ty::Task(t) | Ty::Opt(t) | Ty::Ref(_, t) => t.size() + 1,
            _ => 1,
        }
    }

    /// The type with parameters replaced. A result beyond [`MAX_SIZE`] is `Unknown`: types that contain themselves
    /// with larger arguments would otherwise grow with every field access or call.
    #[must_use]
    pub fn substitute(&self, bound: &[(Name, Ty)]) -> Ty {
        let largest = bound.iter().map(|b| b.1.size()).max().unwrap_or(1);
        if self.size().saturating_mul(largest) > MAX_SIZE { Ty::Unknown } else { self.replace(bound) }
    }

    fn replace(&self, bound: &[(Name, Ty)]) -> Ty {
        let boxed = |t: &Ty| Box::new(t.replace(bound));
        match self {
            Ty::Param(name) => bound.iter().find(|b| b.0 == *name).map_or_else(|| self.clone(), |b| b.1.clone()),
            Ty::Struct(n, args) => Ty::Struct(*n, args.iter().map(|a| a.replace(bound)).collect()),
            Ty::Array(t, n) => Ty::Array(boxed(t), *n),
            Ty::Buffer(t) => Ty::Buffer(boxed(t)),
            Ty::Task(t) => Ty::Task(boxed(t)),
            Ty::Opt(t) => Ty::Opt(boxed(t)),
            Ty::Ref(m, t) => Ty::Ref(*m, boxed(t)),
            _ => self.clone(),
        }
    }

    /// As it is written.
    #[must_use]
    pub fn show(&self, decls: &Decls, names: &Names) -> String {
        let one = |word: &str, t: &Ty| format!("{word}({})", t.show(decls, names));
        match self {
            Ty::Unknown => "?".into(),
            Ty::Void => "Void".into(),
            Ty::Any => "Any".into(),
            Ty::None => "none".into(),
            Ty::Int(w) if w.bits == 64 && w.signed => "Int".into(),
            Ty::Int(w) => format!("{}Int{}", if w.signed { "" } else { "U" }, w.bits),
            Ty::Float => "Float".into(),
            Ty::Float64 => "Float64".into(),
            Ty::Bool => "Bool".into(),
            Ty::Char => "Char32".into(),
            Ty::Str => "String".into(),
            Ty::Enum(n) => decls.enums.get(*n).map_or(String::new(), |e| names.text(e.name).to_string()),
            Ty::Struct(n, args) => {
                let name = decls.types.get(*n).map_or("", |t| names.text(t.name));
                let args: Vec<String> = args.iter().map(|a| a.show(decls, names)).collect();
                if args.is_empty() { name.into() } else { format!("{name}({})", args.join(", ")) }
            }
            Ty::Array(t, n) => {
                format!("Array({}, cap: {})", t.show(decls, names), n.map_or("?".into(), |n| n.to_string()))
            }
            Ty::Buffer(t) => one("Buffer", t),
            Ty::Task(t) => one("Task", t),
            Ty::Opt(t) => format!("opt {}", t.show(decls, names)),
            Ty::Ref(m, t) => format!("{} {}", if *m { "mod" } else { "view" }, t.show(decls, names)),
            Ty::Param(name) => names.text(*name).into(),
        }
    }
}

/// Finds the parameters in `pattern` for which it becomes `ty`; false if there are none.
#[must_use]
pub fn unify(pattern: &Ty, ty: &Ty, bound: &mut Vec<(Name, Ty)>, params: &[Name]) -> bool {
    match (pattern, ty) {
        (Ty::Param(name), _) if params.contains(name) => match bound.iter().find(|b| b.0 == *name) {
            Some((_, known)) => accepts(known.plain(), ty.plain()),
            None => {
                let ty = if *ty == Ty::None { Ty::Unknown } else { ty.plain().clone() };
                bound.push((*name, ty));
                true
            }
        },
        (Ty::Ref(_, p), _) => unify(p, ty.referent(), bound, params),
        (_, Ty::Ref(_, t)) => unify(pattern, t, bound, params),
        (Ty::Opt(p), Ty::Opt(t)) => unify(p, t, bound, params),
        (Ty::Opt(_), Ty::None) => true,
        (Ty::Opt(p), _) => unify(p, ty, bound, params),
        (_, Ty::Opt(t)) => unify(pattern, t, bound, params),
        (Ty::Struct(a, ps), Ty::Struct(b, ts)) => {
            a == b && ps.len() == ts.len() && ps.iter().zip(ts).all(|(p, t)| unify(p, t, bound, params))
        }
        (Ty::Array(p, n), Ty::Array(t, m)) => (n == m || n.is_none() || m.is_none()) && unify(p, t, bound, params),
        (Ty::Buffer(p), Ty::Buffer(t)) | (Ty::Task(p), Ty::Task(t)) => unify(p, t, bound, params),
        _ => accepts(pattern, ty),
    }
}

/// Whether a place of type `to` takes a value of type `from`; numbers of different kinds are told apart, widths not.
#[must_use]
pub fn accepts(to: &Ty, from: &Ty) -> bool {
    match (to, from) {
        (Ty::Unknown | Ty::Param(_) | Ty::Any, _) | (_, Ty::Unknown | Ty::Param(_)) => true,
        (Ty::Opt(_), Ty::None) => true,
        (Ty::Ref(_, t), f) => accepts(t, f.referent()),
        (t, Ty::Ref(_, f)) => accepts(t, f),
        (Ty::Opt(t), f) => accepts(t, f.plain()),
        (t, Ty::Opt(f)) => accepts(t, f),
        (Ty::Int(_) | Ty::Enum(_), Ty::Int(_)) | (Ty::Int(_), Ty::Enum(_)) => true,
        (Ty::Struct(a, ps), Ty::Struct(b, ts)) => {
            a == b && ps.len() == ts.len() && ps.iter().zip(ts).all(|(p, t)| accepts(p, t))
        }
        (Ty::Array(p, n), Ty::Array(t, m)) => (n == m || n.is_none() || m.is_none()) && accepts(p, t),
        (Ty::Buffer(p), Ty::Buffer(t)) | (Ty::Task(p), Ty::Task(t)) => accepts(p, t),
        _ => to == from,
    }
}

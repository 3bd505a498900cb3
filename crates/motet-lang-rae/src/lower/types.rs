//! Types: their IR types, classes, default values.

use alloc::{format, string::String, vec, vec::Vec};

use motet_ir::{self as ir, build};
use motet_source::Span;

use super::{Generated, Lowerer, V, Work};
use crate::{
    ast::{Decl, Expr, TypeDecl},
    decls::Origin,
    types::Ty,
};

/// The expression of a field's default, and the unit in which it stands.
type Declared<'a> = (usize, &'a Expr);

impl<'a> Lowerer<'a> {
    /// The IR type of values of a type.
    pub(super) fn repr(&mut self, ty: &Ty) -> ir::Type {
        match ty {
            Ty::Int(_) | Ty::Char | Ty::Enum(_) => ir::Type::Int,
            Ty::Float | Ty::Float64 => ir::Type::Float,
            Ty::Bool => ir::Type::Bool,
            Ty::Str => ir::Type::Str,
            Ty::Void => ir::Type::Nil,
            Ty::Array(..) | Ty::Buffer(_) => ir::Type::List,
            Ty::Struct(..) if self.is_list(ty) => ir::Type::List,
            Ty::Struct(..) if is_closed(ty) => ir::Type::Record(self.class(ty)),
            Ty::Ref(_, t) if is_object(t) => self.repr(t),
            Ty::Struct(..)
            | Ty::Ref(..)
            | Ty::Unknown
            | Ty::Any
            | Ty::None
            | Ty::Task(_)
            | Ty::Opt(_)
            | Ty::Param(_) => ir::Type::Any,
        }
    }

    pub(super) fn is_list(&self, ty: &Ty) -> bool {
        matches!((ty, self.list_type), (Ty::Struct(n, _), Some(list)) if *n == list)
    }

    /// The element type of a `List(T)`.
    pub(super) fn list_element(&self, ty: &Ty) -> Option<Ty> {
        match ty.plain() {
            Ty::Struct(n, args) if Some(*n) == self.list_type => args.first().cloned(),
            _ => None,
        }
    }

    /// The class of a struct type without open parameters.
    pub(super) fn class(&mut self, ty: &Ty) -> ir::ClassIdx {
        if let Some(&class) = self.classes.get(ty) {
            return class;
        }
        let class = ir::ClassIdx(self.module.classes.len() as u32);
        let mut name = self.show(ty);
        let mut fields: Vec<(String, Ty)> = Vec::new();
        if let Ty::Struct(n, args) = ty
            && let Some(info) = self.decls.types.get(*n)
        {
            let bound: Vec<_> = info.params.iter().copied().zip(args.iter().cloned()).collect();
            let texts = info.fields.iter();
            fields = texts.map(|(f, t)| (self.names.text(*f).into(), t.substitute(&bound))).collect();
            let library = self.units.get(info.origin.unit).is_some_and(|u| u.library);
            if library && self.decls.is_project_type(info.name) {
                name.insert_str(0, "library ");
            }
        }
        self.classes.insert(ty.clone(), class);
        let blank =
            ir::Class { name, language: 0, kind: ir::ClassKind::Struct, fields: Vec::new(), methods: Vec::new() };
        self.module.classes.push(blank);
        let mut lowered = Vec::with_capacity(fields.len());
        for (name, ty) in fields {
            // A field declared twice has been reported.
            if lowered.iter().all(|f: &ir::Field| f.name != name) {
                lowered.push(ir::Field { name, ty: self.repr(&ty) });
            }
        }
        if let Some(c) = self.module.classes.get_mut(class.index()) {
            c.fields = lowered;
        }
        class
    }

    /// The class of references to elements and fields: the object, and the number in it.
    pub(super) fn reference_class(&mut self) -> ir::ClassIdx {
        if let Some(class) = self.reference_class {
            return class;
        }
        let class = ir::ClassIdx(self.module.classes.len() as u32);
        let field = |name: &str, ty| ir::Field { name: name.into(), ty };
        self.module.classes.push(ir::Class {
            name: "$ref".into(),
            language: 0,
            kind: ir::ClassKind::Struct,
            fields: vec![field("base", ir::Type::Any), field("key", ir::Type::Int)],
            methods: Vec::new(),
        });
        self.reference_class = Some(class);
        class
    }

    // ---- default values

    /// The default value of a type.
    pub(super) fn default_of(&mut self, ty: &Ty, span: Span) -> ir::Expr {
        match ty {
            Ty::Int(_) | Ty::Char | Ty::Enum(_) => build::int(0, span),
            Ty::Float | Ty::Float64 => build::float(0.0, span),
            Ty::Bool => build::bool(false, span),
            Ty::Str => build::str("", span),
            Ty::Struct(..) if self.is_list(ty) => self.empty_list(span),
            Ty::Struct(..) if is_closed(ty) => {
                let result = self.repr(ty);
                let new = self.generated(Generated::New(ty.clone()));
                build::call(new, Vec::new(), result, span)
            }
            Ty::Array(element, cap) => {
                let element = self.default_of(element, span);
                let cap = build::int(cap.unwrap_or(0), span);
                self.call_native("rae.new_array", ir::Type::List, vec![cap, element], span)
            }
            Ty::Buffer(_) => self.empty_list(span),
            Ty::Ref(_, t) if is_object(t) => self.default_of(t, span),
            Ty::Ref(_, t) => {
                let value = self.default_of(t, span);
                build::expr(ir::ExprKind::NewCell(value.into()), ir::Type::Any, span)
            }
            Ty::Struct(..) | Ty::Unknown | Ty::Void | Ty::Any | Ty::None | Ty::Task(_) | Ty::Opt(_) | Ty::Param(_) => {
                build::nil(span)
            }
        }
    }

    pub(super) fn empty_list(&mut self, span: Span) -> ir::Expr {
        let cap = build::int(0, span);
        self.call_native("rae.new_list", ir::Type::List, vec![cap], span)
    }

    /// The function that stands for a part of the language.
    pub(super) fn generated(&mut self, what: Generated) -> ir::FuncIdx {
        if let Some(&f) = self.generated.get(&what) {
            return f;
        }
        let (word, ty) = match &what {
            Generated::New(t) => ("new", t),
            Generated::Text(t) => ("text", t),
            Generated::Quoted(t) => ("quoted", t),
            Generated::ToJson(t) => ("toJson", t),
            Generated::FromJson(t) => ("fromJson", t),
        };
        let name = format!("${word}({})", self.show(ty));
        let ty = ty.clone();
        let repr = self.repr(&ty);
        let (params, result) = match what {
            Generated::New(_) => (vec![], repr),
            Generated::Text(_) | Generated::Quoted(_) | Generated::ToJson(_) => (vec![repr], ir::Type::Str),
            Generated::FromJson(_) => (vec![ir::Type::Str], repr),
        };
        let at = self.reserve(name, params, result, true, Span::default());
        self.generated.insert(what.clone(), at);
        self.queue.push_back(Work::Generated { what, at });
        at
    }

    /// The fields of a struct type: name, type, and the expression of the declared default with its unit.
    pub(super) fn fields_of(&self, ty: &Ty) -> Vec<(String, Ty, Option<Declared<'a>>)> {
        let Ty::Struct(n, args) = ty else { return Vec::new() };
        let Some(info) = self.decls.types.get(*n) else { return Vec::new() };
        let bound: Vec<_> = info.params.iter().copied().zip(args.iter().cloned()).collect();
        let declared = self.type_decl(info.origin);
        let fields = info.fields.iter().enumerate();
        fields
            .map(|(i, (name, t))| {
                let default = declared.and_then(|d| d.fields.get(i)).and_then(|f| f.default.as_ref());
                let default = default.map(|e| (info.origin.unit, e));
                (self.names.text(*name).into(), t.substitute(&bound), default)
            })
            .collect()
    }

    fn type_decl(&self, origin: Origin) -> Option<&'a TypeDecl> {
        match self.units.get(origin.unit)?.tree.decls.get(origin.item)? {
            Decl::Type(d) => Some(d),
            _ => None,
        }
    }

    /// The value of a field that a literal leaves out.
    pub(super) fn field_default(&mut self, ty: &Ty, default: Option<Declared<'a>>, span: Span) -> ir::Expr {
        let Some((unit, e)) = default else { return self.default_of(ty, span) };
        let v = self.elsewhere(unit, |s| {
            let v = s.expr(e, Some(ty));
            s.fits(e, &v.ty, ty);
            v
        });
        self.owned(v, ty)
    }

    /// Lowers an expression of another place: the default of a field.
    fn elsewhere(&mut self, unit: usize, work: impl FnOnce(&mut Self) -> V) -> V {
        let old = (self.unit, self.decls.in_library);
        let scope = core::mem::take(&mut self.body.scope);
        self.enter_unit(unit);
        let v = work(self);
        self.enter_unit(old.0);
        self.decls.in_library = old.1;
        self.body.scope = scope;
        v
    }

    /// Makes a unit the one that is lowered.
    pub(super) fn enter_unit(&mut self, unit: usize) {
        self.unit = unit;
        if let Some(u) = self.units.get(unit) {
            self.file = u.file;
            self.strings = &u.strings;
            self.decls.in_library = u.library;
        }
    }
}

/// Whether values are heap objects with an identity: references to them are the objects themselves.
pub(super) fn is_object(ty: &Ty) -> bool {
    matches!(ty, Ty::Struct(..) | Ty::Array(..) | Ty::Buffer(_) | Ty::Task(_))
}

/// Whether a value must be copied when it gets a second owner.
pub(super) fn needs_copy(ty: &Ty) -> bool {
    match ty {
        Ty::Struct(..) | Ty::Array(..) => true,
        Ty::Opt(t) | Ty::Ref(_, t) => needs_copy(t),
        _ => false,
    }
}

/// Whether the type has no open parts.
pub(super) fn is_closed(ty: &Ty) -> bool {
    match ty {
        Ty::Unknown | Ty::Param(_) => false,
        Ty::Struct(_, args) => args.iter().all(is_closed),
        Ty::Array(t, _) | Ty::Buffer(t) | Ty::Task(t) | Ty::Opt(t) | Ty::Ref(_, t) => is_closed(t),
        _ => true,
    }
}

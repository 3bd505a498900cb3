//! Types as written → interned types.

use alloc::{format, vec::Vec};

use motet_source::Code;

use super::{Lowerer, R};
use crate::{
    ast::{Ident, TypeExpr, TypeKind},
    names::Name,
    types::{Kind, Ty},
};

impl Lowerer<'_> {
    pub(super) fn ty(&mut self, ty: &TypeExpr) -> R<Ty> {
        match &ty.kind {
            TypeKind::Optional(inner) => {
                let inner = self.ty(inner)?;
                Ok(self.types.optional(inner))
            }
            TypeKind::Func { params, result } => {
                let params = params.iter().map(|p| self.ty(p)).collect::<R<Vec<Ty>>>()?;
                let result = self.ty(result)?;
                Ok(self.types.intern(Kind::Func(params, result)))
            }
            TypeKind::Named { module: Some(module), name, args } => self.module_type(ty, *module, *name, args),
            TypeKind::Named { module: None, name, args } => self.named_type(ty, *name, args),
        }
    }

    fn unknown_type<T>(&self, ty: &TypeExpr, name: Ident) -> R<T> {
        self.fail(Code::UnknownType, ty.span, format!("unknown type: {}", self.names.text(name.name)))
    }

    fn named_type(&mut self, ty: &TypeExpr, name: Ident, args: &[TypeExpr]) -> R<Ty> {
        // A declared type of the name hides a predeclared one only for the extensions' own names.
        if args.is_empty() {
            if let Some(t) = self.declared_type(name.name) {
                return Ok(t);
            }
            return match name.name {
                Name::INT => Ok(Ty::INT),
                Name::BOOL => Ok(Ty::BOOL),
                Name::STRING => Ok(Ty::STRING),
                Name::UNIT => Ok(Ty::UNIT),
                Name::FLOAT if !self.core => Ok(Ty::FLOAT),
                _ => self.unknown_type(ty, name),
            };
        }
        let generic = match name.name {
            Name::ARRAY => Kind::Array,
            Name::OBJECT => Kind::Object,
            _ => return self.unknown_type(ty, name),
        };
        let [only] = args else {
            let message = format!("{}<T> expects exactly one type argument", self.names.text(name.name));
            return self.fail(Code::UnknownType, ty.span, message);
        };
        let inner = self.ty(only)?;
        Ok(self.types.intern(generic(inner)))
    }

    /// A type parameter or struct of this name.
    pub(super) fn declared_type(&self, name: Name) -> Option<Ty> {
        let param = self.type_params.get(&name);
        param.or_else(|| self.units.get(self.unit)?.structs.get(&name)).copied()
    }

    fn module_type(&mut self, ty: &TypeExpr, module: Ident, name: Ident, args: &[TypeExpr]) -> R<Ty> {
        match self.module_struct(module, name)? {
            Some(t) if args.is_empty() => Ok(t),
            _ => self.unknown_type(ty, name),
        }
    }

    /// The struct `module.name`, if the module has one.
    pub(super) fn module_struct(&mut self, module: Ident, name: Ident) -> R<Option<Ty>> {
        let Some(&unit) = self.units.get(self.unit).and_then(|u| u.imports.get(&module.name)) else {
            let text = self.names.text(module.name);
            return self.fail(Code::UnknownName, module.span, format!("undefined variable: {text}"));
        };
        let text = self.names.text(name.name);
        let found = self.units.get(unit).and_then(|u| u.structs.get(&name.name)).copied();
        if found.is_some() && !text.starts_with('_') {
            return Ok(found);
        }
        let module_text = self.names.text(module.name);
        self.fail(Code::UnknownMember, module.span.to(name.span), format!("no member {text} in module {module_text}"))
    }

    /// Whether the name is that of a predeclared type.
    pub(super) fn is_predefined_type(&self, name: Name) -> bool {
        matches!(name, Name::INT | Name::BOOL | Name::STRING | Name::UNIT | Name::FLOAT | Name::ARRAY | Name::OBJECT)
            || matches!(self.names.text(name), "Never" | "Nil")
    }
}

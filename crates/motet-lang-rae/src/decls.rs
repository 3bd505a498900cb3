//! What the files of a program declare, with resolved types.
//!
//! Invariants: indices into the tables stay valid; a later declaration of a
//! type or global hides an earlier one of the same name for everything that is
//! resolved afterwards, so that programs hide the library but not from itself.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use motet_source::{Code, Diagnostic, FileId, Span};

use crate::{
    ast::{
        BinOp, BindingKind, Decl, EnumDecl, Expr, ExprKind, FuncDecl, Ident, Mode, TypeArg, TypeDecl, TypeRef, UnOp,
        Unit,
    },
    lexer::MAX_ERRORS,
    names::{Name, Names},
    types::{Ty, Width},
};

/// An enum.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct EnumInfo {
    pub name: Name,
    pub members: Vec<Name>,
}

/// A struct type.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct TypeInfo {
    pub name: Name,
    pub params: Vec<Name>,
    pub fields: Vec<(Name, Ty)>,
}

/// A value parameter of a function.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct ParamInfo {
    pub name: Name,
    pub mode: Option<Mode>,
    /// A reference type for `view` and `mod`.
    pub ty: Ty,
}

/// A function.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct FuncInfo {
    pub name: Name,
    pub type_params: Vec<Name>,
    pub params: Vec<ParamInfo>,
    pub result: Ty,
}

/// A global variable or constant.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct GlobalInfo {
    pub name: Name,
    pub kind: BindingKind,
    /// `Unknown` until its initialiser is checked, if no type is written.
    pub ty: Ty,
    /// The value of an integer constant.
    pub value: Option<i64>,
}

/// Everything declared so far.
#[derive(Debug, Default)]
#[allow(missing_docs)]
pub struct Decls {
    pub enums: Vec<EnumInfo>,
    pub types: Vec<TypeInfo>,
    pub funcs: Vec<FuncInfo>,
    pub globals: Vec<GlobalInfo>,
    type_names: BTreeMap<Name, Ty>,
    func_names: BTreeMap<Name, Vec<usize>>,
    global_names: BTreeMap<Name, usize>,
}

impl Decls {
    /// The enum or struct type of this name; a generic one with its own parameters as arguments.
    #[must_use]
    pub fn named_type(&self, name: Name) -> Option<&Ty> {
        self.type_names.get(&name)
    }

    /// The functions of this name, in order of declaration.
    #[must_use]
    pub fn functions(&self, name: Name) -> &[usize] {
        self.func_names.get(&name).map_or(&[], |f| f)
    }

    /// The global of this name.
    #[must_use]
    pub fn global(&self, name: Name) -> Option<usize> {
        self.global_names.get(&name).copied()
    }

    /// The type of a field of a struct type.
    #[must_use]
    pub fn field(&self, ty: &Ty, name: Name) -> Option<Ty> {
        let Ty::Struct(n, args) = ty else { return None };
        let info = self.types.get(*n)?;
        let bound: Vec<(Name, Ty)> = info.params.iter().copied().zip(args.iter().cloned()).collect();
        info.fields.iter().find(|f| f.0 == name).map(|f| f.1.substitute(&bound))
    }
}

/// Adds the declarations of one unit after the other.
pub struct Declarer<'a> {
    /// The tables.
    pub decls: &'a mut Decls,
    /// Texts of names.
    pub names: &'a Names,
    /// File of the unit.
    pub file: FileId,
    /// Problems found.
    pub errors: &'a mut Vec<Diagnostic>,
}

impl Declarer<'_> {
    fn note(&mut self, code: Code, span: Span, message: impl Into<String>) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(Diagnostic::error(code, self.file, span, message));
        }
    }

    fn text(&self, name: Name) -> &str {
        self.names.text(name)
    }

    /// First the names of all types, so that they may refer to each other.
    pub fn declare_types(&mut self, unit: &Unit) {
        for decl in &unit.decls {
            match decl {
                Decl::Type(d) => self.declare_type(d),
                Decl::Enum(d) => self.declare_enum(d),
                Decl::Func(_) | Decl::Global(_) => {}
            }
        }
    }

    fn declare_type(&mut self, d: &TypeDecl) {
        let params: Vec<Name> = d.type_params.iter().map(|p| p.name).collect();
        let ty = Ty::Struct(self.decls.types.len(), params.iter().map(|p| Ty::Param(*p)).collect());
        self.decls.types.push(TypeInfo { name: d.name.name, params, fields: Vec::new() });
        self.decls.type_names.insert(d.name.name, ty);
    }

    fn declare_enum(&mut self, d: &EnumDecl) {
        let ty = Ty::Enum(self.decls.enums.len());
        let members = d.members.iter().map(|m| m.name).collect();
        self.decls.enums.push(EnumInfo { name: d.name.name, members });
        self.decls.type_names.insert(d.name.name, ty);
    }

    /// Then constants, fields and signatures. `library`: parameters may do without modes.
    pub fn declare_rest(&mut self, unit: &Unit, library: bool) {
        self.declare_globals(unit);
        for decl in &unit.decls {
            match decl {
                Decl::Type(d) => self.declare_fields(d),
                Decl::Func(d) => self.declare_func(d, library),
                Decl::Enum(_) | Decl::Global(_) => {}
            }
        }
    }

    fn declare_globals(&mut self, unit: &Unit) {
        for decl in &unit.decls {
            let Decl::Global(b) = decl else { continue };
            let ty = b.ty.as_ref().map_or(Ty::Unknown, |t| self.resolve(t, &[]));
            let value = if b.kind == BindingKind::Const { b.value.as_ref() } else { None };
            let value = value.and_then(|e| self.integer(e));
            self.decls.global_names.insert(b.name.name, self.decls.globals.len());
            self.decls.globals.push(GlobalInfo { name: b.name.name, kind: b.kind, ty, value });
        }
    }

    fn declare_fields(&mut self, d: &TypeDecl) {
        let Some(Ty::Struct(n, _)) = self.decls.named_type(d.name.name).cloned() else { return };
        let params: Vec<Name> = d.type_params.iter().map(|p| p.name).collect();
        let mut fields: Vec<(Name, Ty)> = Vec::new();
        for f in &d.fields {
            if f.ty.is_reference() {
                self.note(Code::TypeMismatch, f.ty.span, "view/mod not allowed in struct fields");
            }
            if fields.iter().any(|known| known.0 == f.name.name) {
                let message = format!("field '{}' is declared twice", self.text(f.name.name));
                self.note(Code::DuplicateName, f.name.span, message);
            }
            let ty = self.resolve(&f.ty, &params);
            fields.push((f.name.name, ty));
        }
        if let Some(info) = self.decls.types.get_mut(n) {
            info.fields = fields;
        }
    }

    fn declare_func(&mut self, d: &FuncDecl, library: bool) {
        let type_params: Vec<Name> = d.type_params.iter().map(|p| p.name).collect();
        let mut params = Vec::new();
        for p in &d.params {
            let ty = self.resolve(&p.ty, &type_params);
            let exempt = library || d.is_extern || !type_params.is_empty() || matches!(ty, Ty::Enum(_) | Ty::Any);
            let shown = self.text(p.name.name);
            match p.ty.mode {
                None if !exempt => {
                    let message = format!(
                        "parameter '{shown}' must specify view/copy/mod/own; bare parameter types are not allowed"
                    );
                    self.note(Code::TypeMismatch, p.ty.span, message);
                }
                Some(Mode::Val) => {
                    let bare = self.text(p.ty.name.name);
                    let message =
                        format!("parameter '{shown}' uses deprecated 'val {bare}'; use 'copy {bare}' instead");
                    self.note(Code::TypeMismatch, p.ty.span, message);
                }
                _ => {}
            }
            params.push(ParamInfo { name: p.name.name, mode: p.ty.mode, ty });
        }
        let result = match d.results.as_slice() {
            [] => Ty::Void,
            [(_, ty)] => self.resolve(ty, &type_params),
            _ => Ty::Unknown,
        };
        self.decls.func_names.entry(d.name.name).or_default().push(self.decls.funcs.len());
        self.decls.funcs.push(FuncInfo { name: d.name.name, type_params, params, result });
    }

    // ---- types

    /// The type that is written there; `params` are the type parameters in scope.
    pub fn resolve(&mut self, ty: &TypeRef, params: &[Name]) -> Ty {
        let mut out = self.resolve_name(ty, params);
        if let Some(mode) = ty.mode.filter(|m| m.is_reference()) {
            out = Ty::Ref(mode == Mode::Mod, out.into());
        }
        if ty.optional { Ty::Opt(out.into()) } else { out }
    }

    fn resolve_name(&mut self, ty: &TypeRef, params: &[Name]) -> Ty {
        if params.contains(&ty.name.name) {
            return Ty::Param(ty.name.name);
        }
        let mut args = Vec::new();
        let mut cap = None;
        let text: String = self.text(ty.name.name).into();
        for arg in &ty.args {
            match arg {
                TypeArg::Type(t) => args.push(self.resolve(t, params)),
                TypeArg::Value(name, value) => cap = self.value_argument(&text, *name, value),
            }
        }
        if let Some(known) = self.decls.named_type(ty.name.name).cloned() {
            return self.apply(known, args, ty);
        }
        let one = |args: &[Ty]| args.first().cloned().unwrap_or(Ty::Unknown).into();
        match builtin(&text) {
            Some(known) => known,
            None => match text.as_str() {
                "Array" => Ty::Array(one(&args), cap),
                "Buffer" => Ty::Buffer(one(&args)),
                "Task" => Ty::Task(one(&args)),
                _ => {
                    self.note(Code::UnknownType, ty.name.span, format!("unknown type '{text}'"));
                    Ty::Unknown
                }
            },
        }
    }

    /// A declared type with its arguments, all of which must be there.
    fn apply(&mut self, known: Ty, args: Vec<Ty>, ty: &TypeRef) -> Ty {
        let Ty::Struct(n, own) = known else { return known };
        if args.len() == own.len() {
            return Ty::Struct(n, args);
        }
        let message = format!(
            "type '{}' takes {} type argument(s), but {} were given",
            self.text(ty.name.name),
            own.len(),
            args.len()
        );
        self.note(Code::WrongArity, ty.span, message);
        Ty::Struct(n, own.iter().map(|_| Ty::Unknown).collect())
    }

    fn value_argument(&mut self, ty: &str, name: Ident, value: &Expr) -> Option<i64> {
        if ty != "Array" {
            let message = format!("'{ty}' does not take value generic arguments; only built-in types do");
            self.note(Code::TypeMismatch, name.span, message);
            return None;
        }
        let shown = self.text(name.name);
        if shown != "cap" {
            let message = format!("Array takes a 'cap:' value argument; got '{shown}'");
            self.note(Code::TypeMismatch, name.span, message);
            return None;
        }
        if matches!(value.ungroup().kind, ExprKind::Float(_)) {
            let message = "generic value argument 'cap' must be an Int, not a Float";
            self.note(Code::TypeMismatch, value.span, message);
            return None;
        }
        match self.integer(value) {
            Some(n) if n < 0 => {
                let message = format!("generic value argument 'cap' must not be negative (got {n})");
                self.note(Code::TypeMismatch, value.span, message);
                None
            }
            Some(n) => Some(n),
            None => {
                let message = "generic value argument 'cap' must be a compile-time constant (a literal, a 'const' \
                               binding, or arithmetic on them)";
                self.note(Code::TypeMismatch, value.span, message);
                None
            }
        }
    }

    /// The value of an integer expression that is known at compile time.
    #[must_use]
    pub fn integer(&self, e: &Expr) -> Option<i64> {
        integer(self.decls, e)
    }
}

/// The value of an integer expression that is known at compile time.
#[must_use]
pub fn integer(decls: &Decls, e: &Expr) -> Option<i64> {
    match &e.kind {
        ExprKind::Int(n) => Some(*n),
        ExprKind::Group(a) => integer(decls, a),
        ExprKind::Unary(UnOp::Neg, a) => Some(integer(decls, a)?.wrapping_neg()),
        ExprKind::Unary(UnOp::BitNot, a) => Some(!integer(decls, a)?),
        ExprKind::Ident(name) => decls.globals.get(decls.global(*name)?)?.value,
        ExprKind::Binary(op, a, b) => {
            let (a, b) = (integer(decls, a)?, integer(decls, b)?);
            match op {
                BinOp::Add => Some(a.wrapping_add(b)),
                BinOp::Sub => Some(a.wrapping_sub(b)),
                BinOp::Mul => Some(a.wrapping_mul(b)),
                BinOp::Div if b != 0 => Some(a.wrapping_div(b)),
                BinOp::Rem if b != 0 => Some(a.wrapping_rem(b)),
                BinOp::BitAnd => Some(a & b),
                BinOp::BitOr => Some(a | b),
                BinOp::BitXor => Some(a ^ b),
                BinOp::Shl => Some(a.wrapping_shl(b as u32)),
                BinOp::Shr => Some(a.wrapping_shr(b as u32)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// A type of the language itself without arguments.
#[must_use]
pub fn builtin(text: &str) -> Option<Ty> {
    let int = |bits, signed| Some(Ty::Int(Width { bits, signed }));
    match text {
        "Int" | "Int64" => int(64, true),
        "Int32" => int(32, true),
        "Int16" => int(16, true),
        "Int8" => int(8, true),
        "UInt64" => int(64, false),
        "UInt32" => int(32, false),
        "UInt16" => int(16, false),
        "UInt8" => int(8, false),
        "Float" | "Float32" => Some(Ty::Float),
        "Float64" => Some(Ty::Float64),
        "Bool" => Some(Ty::Bool),
        "Char" | "Char32" => Some(Ty::Char),
        "String" => Some(Ty::Str),
        "Any" => Some(Ty::Any),
        "Void" => Some(Ty::Void),
        _ => None,
    }
}

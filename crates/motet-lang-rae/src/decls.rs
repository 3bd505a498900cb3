//! What the files of a program declare, with resolved types.
//!
//! Invariants: indices into the tables stay valid; a later declaration of a
//! type or global hides an earlier one of the same name for everything that is
//! resolved afterwards, so that programs hide the library but not from itself.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use motet_source::{Code, Diagnostic, FileId, Span};

use crate::{
    ast::{
        BinOp, BindingKind, Decl, EnumDecl, Expr, ExprKind, FuncDecl, Ident, Mode, TypeArg, TypeDecl, TypeRef, UnOp,
    },
    lexer::MAX_ERRORS,
    names::{Name, Names},
    program::SourceUnit,
    suggest,
    types::{Ty, Width},
};

/// Where something is declared: number of the unit, number of the declaration in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Origin {
    pub unit: usize,
    pub item: usize,
}

/// An enum.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct EnumInfo {
    pub name: Name,
    pub origin: Origin,
    pub members: Vec<Name>,
}

/// A struct type.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct TypeInfo {
    pub name: Name,
    pub origin: Origin,
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
    /// `None` for functions of the host.
    pub origin: Option<Origin>,
    /// Whether it has no body.
    pub is_native: bool,
    pub type_params: Vec<Name>,
    pub params: Vec<ParamInfo>,
    pub result: Ty,
}

/// A global variable or constant.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct GlobalInfo {
    pub name: Name,
    pub origin: Origin,
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
    /// Whether the library is being declared or lowered: it sees nothing of the program.
    pub in_library: bool,
    library: Scope,
    project: Scope,
    func_names: BTreeMap<Name, Vec<usize>>,
    /// Origin of a struct type → its number.
    type_at: BTreeMap<(usize, usize), usize>,
}

/// The names of the library, or of the program.
#[derive(Debug, Default)]
struct Scope {
    types: BTreeMap<Name, Ty>,
    globals: BTreeMap<Name, usize>,
}

impl Decls {
    /// The enum or struct type of this name; a generic one with its own parameters as arguments.
    #[must_use]
    pub fn named_type(&self, name: Name) -> Option<&Ty> {
        let own = if self.in_library { None } else { self.project.types.get(&name) };
        own.or_else(|| self.library.types.get(&name))
    }

    /// Whether the program declares a type of this name.
    #[must_use]
    pub fn is_project_type(&self, name: Name) -> bool {
        self.project.types.contains_key(&name)
    }

    /// Names of all globals and functions, for suggestions.
    pub fn value_names(&self) -> impl Iterator<Item = Name> + '_ {
        let globals = [&self.project, &self.library].into_iter().flat_map(|s| s.globals.keys().copied());
        globals.chain(self.func_names.keys().copied())
    }

    /// Names of all declared types, for suggestions.
    pub fn type_names(&self) -> impl Iterator<Item = Name> + '_ {
        [&self.project, &self.library].into_iter().flat_map(|s| s.types.keys().copied())
    }

    fn scope(&mut self) -> &mut Scope {
        if self.in_library { &mut self.library } else { &mut self.project }
    }

    /// Adds a function.
    pub fn add_function(&mut self, info: FuncInfo) {
        self.func_names.entry(info.name).or_default().push(self.funcs.len());
        self.funcs.push(info);
    }

    /// The functions of this name, in order of declaration.
    #[must_use]
    pub fn functions(&self, name: Name) -> &[usize] {
        self.func_names.get(&name).map_or(&[], |f| f)
    }

    /// The global of this name.
    #[must_use]
    pub fn global(&self, name: Name) -> Option<usize> {
        let own = if self.in_library { None } else { self.project.globals.get(&name) };
        own.or_else(|| self.library.globals.get(&name)).copied()
    }

    /// The declared type of a field, with its own parameters, and its number.
    #[must_use]
    pub fn field_at(&self, ty: &Ty, name: Name) -> Option<(usize, Ty)> {
        let Ty::Struct(n, _) = ty else { return None };
        let place = self.types.get(*n)?.fields.iter().position(|f| f.0 == name)?;
        Some((place, self.field(ty, name)?))
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
    /// Number of the unit.
    pub unit: usize,
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
    pub fn declare_types(&mut self, unit: &SourceUnit) {
        for (item, decl) in unit.tree.decls.iter().enumerate() {
            let origin = Origin { unit: self.unit, item };
            match decl {
                Decl::Type(d) => self.declare_type(d, origin),
                Decl::Enum(d) => self.declare_enum(d, origin),
                Decl::Func(_) | Decl::Global(_) => {}
            }
        }
    }

    /// Two types of one name are a mistake within the program; the program's hide those of the library.
    fn name_type(&mut self, name: Ident, ty: Ty) {
        if self.decls.scope().types.insert(name.name, ty).is_some() && !self.decls.in_library {
            let message = format!("type '{}' is already declared", self.text(name.name));
            self.note(Code::DuplicateName, name.span, message);
        }
    }

    fn declare_type(&mut self, d: &TypeDecl, origin: Origin) {
        let params: Vec<Name> = d.type_params.iter().map(|p| p.name).collect();
        let ty = Ty::Struct(self.decls.types.len(), params.iter().map(|p| Ty::Param(*p)).collect());
        self.decls.type_at.insert((origin.unit, origin.item), self.decls.types.len());
        self.decls.types.push(TypeInfo { name: d.name.name, origin, params, fields: Vec::new() });
        self.name_type(d.name, ty);
    }

    fn declare_enum(&mut self, d: &EnumDecl, origin: Origin) {
        let ty = Ty::Enum(self.decls.enums.len());
        let mut members: Vec<Name> = Vec::new();
        let mut known = BTreeSet::new();
        for m in &d.members {
            if !known.insert(m.name) {
                let message = format!("enum '{}' names '{}' twice", self.text(d.name.name), self.text(m.name));
                self.note(Code::DuplicateName, m.span, message);
            }
            members.push(m.name);
        }
        self.decls.enums.push(EnumInfo { name: d.name.name, origin, members });
        self.name_type(d.name, ty);
    }

    /// Then fields and signatures, when all constants are known.
    pub fn declare_rest(&mut self, unit: &SourceUnit) {
        for (item, decl) in unit.tree.decls.iter().enumerate() {
            let origin = Origin { unit: self.unit, item };
            match decl {
                Decl::Type(d) => self.declare_fields(d, origin),
                Decl::Func(d) => self.declare_func(d, origin),
                Decl::Enum(_) | Decl::Global(_) => {}
            }
        }
    }

    /// Then globals.
    pub fn declare_globals(&mut self, unit: &SourceUnit) {
        for (item, decl) in unit.tree.decls.iter().enumerate() {
            let Decl::Global(b) = decl else { continue };
            let ty = b.ty.as_ref().map_or(Ty::Unknown, |t| self.resolve(t, &[]));
            let value = if b.kind == BindingKind::Const { b.value.as_ref() } else { None };
            let value = value.and_then(|e| self.integer(e));
            let place = self.decls.globals.len();
            if self.decls.scope().globals.insert(b.name.name, place).is_some() && !self.decls.in_library {
                let message = format!("'{}' is already declared", self.text(b.name.name));
                self.note(Code::DuplicateName, b.name.span, message);
            }
            let origin = Origin { unit: self.unit, item };
            self.decls.globals.push(GlobalInfo { name: b.name.name, origin, kind: b.kind, ty, value });
        }
    }

    fn declare_fields(&mut self, d: &TypeDecl, origin: Origin) {
        let Some(&n) = self.decls.type_at.get(&(origin.unit, origin.item)) else { return };
        let params: Vec<Name> = d.type_params.iter().map(|p| p.name).collect();
        let mut fields: Vec<(Name, Ty)> = Vec::new();
        let mut known = BTreeSet::new();
        for f in &d.fields {
            if f.ty.is_reference() {
                self.note(Code::TypeMismatch, f.ty.span, "view/mod not allowed in struct fields");
            }
            if !known.insert(f.name.name) {
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

    fn declare_func(&mut self, d: &FuncDecl, origin: Origin) {
        let type_params: Vec<Name> = d.type_params.iter().map(|p| p.name).collect();
        let mut params: Vec<ParamInfo> = Vec::new();
        let library = self.decls.in_library;
        for p in &d.params {
            let ty = self.resolve(&p.ty, &type_params);
            let exempt = library || d.is_extern || !type_params.is_empty() || matches!(ty, Ty::Enum(_) | Ty::Any);
            let shown = self.text(p.name.name);
            if params.iter().any(|known| known.name == p.name.name) {
                let message = format!("parameter '{shown}' is declared twice");
                self.note(Code::DuplicateName, p.name.span, message);
            }
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
        let (name, is_native) = (d.name.name, d.body.is_none());
        self.decls.add_function(FuncInfo { name, origin: Some(origin), is_native, type_params, params, result });
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
                    let known = self.decls.type_names().map(|n| self.names.text(n));
                    let hint = suggest::among(&text, known.chain(BUILTIN_TYPES.iter().copied()));
                    self.note(Code::UnknownType, ty.name.span, format!("unknown type '{text}'{hint}"));
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

/// Names of types of the language itself, for suggestions.
const BUILTIN_TYPES: &[&str] =
    &["Int", "Float", "Float64", "Bool", "String", "Char32", "Any", "Array", "Buffer", "Task"];

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

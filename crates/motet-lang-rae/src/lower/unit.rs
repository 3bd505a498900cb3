//! The whole program: declarations of all files, then globals, then bodies.

use alloc::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    string::String,
    vec,
    vec::Vec,
};

use motet_ir::{self as ir, HostFunction, HostType, Options, build};
use motet_source::{Code, Diagnostic, FileId, Span};

use super::{Body, GlobalPlace, Lowerer, select::package_of, types::is_object};
use crate::{
    ast::{Binding, BindingKind, Decl, DirectiveKind, Mode},
    decls::{Declarer, Decls, FuncInfo, ParamInfo},
    lexer::MAX_ERRORS,
    names::{Name, Names},
    prelude::PRELUDE,
    program::{LIBRARY, SourceUnit},
    types::Ty,
};

/// Checks and lowers a program. `order`: the units, each after those that it imports.
pub fn lower(
    units: &[SourceUnit],
    order: &[usize],
    names: &mut Names,
    options: &Options,
) -> (Option<ir::Module>, Vec<Diagnostic>) {
    let mut decls = Decls::default();
    let mut errors = Vec::new();
    for function in &options.host {
        names.intern(&function.name);
    }
    for library in [true, false] {
        declare(units, library, &mut decls, names, &mut errors);
    }
    let list_name = names.find("List");
    decls.in_library = true;
    let list_type = list_name.and_then(|n| match decls.named_type(n) {
        Some(Ty::Struct(n, _)) => Some(*n),
        _ => None,
    });
    for function in &options.host {
        let info = host_function(function, names, list_type);
        decls.add_function(info);
    }
    let mut lowerer = Lowerer {
        names,
        units,
        whole: options.whole,
        decls,
        errors,
        reported: BTreeSet::new(),
        module: ir::Module { languages: vec![String::from("rae")], ..ir::Module::default() },
        natives: BTreeMap::new(),
        classes: BTreeMap::new(),
        instances: BTreeMap::new(),
        generated: BTreeMap::new(),
        queue: VecDeque::new(),
        globals: Vec::new(),
        celled_globals: BTreeSet::new(),
        qualifiers: Vec::new(),
        visible: Vec::new(),
        list_type,
        reference_class: None,
        too_many: false,
        unit: 0,
        file: FileId(0),
        strings: &[],
        body: Body::default(),
    };
    lowerer.scopes();
    lowerer.program(order);
    let Lowerer { mut errors, module, .. } = lowerer;
    errors.sort_by_key(|d| (d.file, d.span.start));
    errors.truncate(MAX_ERRORS);
    let module = errors.is_empty().then_some(module);
    (module, errors)
}

fn declare(units: &[SourceUnit], library: bool, decls: &mut Decls, names: &Names, errors: &mut Vec<Diagnostic>) {
    decls.in_library = library;
    for step in 0..3 {
        for (unit, source) in units.iter().enumerate().filter(|u| u.1.library == library) {
            let mut declarer = Declarer { decls: &mut *decls, names, file: source.file, unit, errors: &mut *errors };
            match step {
                0 => declarer.declare_types(source),
                1 => declarer.declare_globals(source),
                _ => declarer.declare_rest(source),
            }
        }
    }
}

/// A function of the host with types of the language.
fn host_function(function: &HostFunction, names: &mut Names, list: Option<usize>) -> FuncInfo {
    let params = function.params.iter().map(|p| ParamInfo {
        name: names.intern("value"),
        mode: Some(Mode::View),
        ty: Ty::Ref(false, host_type(p, list).into()),
    });
    let params = params.collect();
    let result = match &function.result {
        HostType::Nil => Ty::Void,
        other => host_type(other, list),
    };
    let name = names.intern(&function.name);
    FuncInfo { name, origin: None, is_native: true, type_params: Vec::new(), params, result }
}

fn host_type(ty: &HostType, list: Option<usize>) -> Ty {
    match ty {
        HostType::Any | HostType::Nil | HostType::Map(_) => Ty::Any,
        HostType::Bool => Ty::Bool,
        HostType::Int => Ty::INT,
        HostType::Float => Ty::Float,
        HostType::Str => Ty::Str,
        HostType::List(t) => match list {
            Some(n) => Ty::Struct(n, vec![host_type(t, list)]),
            None => Ty::Any,
        },
        HostType::Optional(t) => match host_type(t, list) {
            Ty::Any => Ty::Any,
            ty @ Ty::Opt(_) => ty,
            ty => Ty::Opt(ty.into()),
        },
    }
}

impl<'a> Lowerer<'a> {
    /// By which words each file reaches which modules.
    fn scopes(&mut self) {
        let mut by_module: BTreeMap<&str, usize> = BTreeMap::new();
        for (i, unit) in self.units.iter().enumerate() {
            by_module.insert(unit.module.as_str(), i);
        }
        for unit in self.units {
            let mut words: BTreeMap<Name, Vec<usize>> = BTreeMap::new();
            let mut visible = BTreeSet::new();
            let mut add = |word: &str, target: usize| {
                if let Some(name) = self.names.find(word) {
                    words.entry(name).or_default().push(target);
                }
            };
            for (module, _) in PRELUDE {
                let path = alloc::format!("{LIBRARY}{module}");
                if let Some(&target) = by_module.get(path.as_str()) {
                    add(module, target);
                    visible.insert(target);
                }
            }
            for d in &unit.tree.directives {
                let path = self.names.text(d.path);
                let path = path.strip_suffix(".rae").unwrap_or(path);
                let last = path.rsplit('/').next().unwrap_or(path);
                // The module may lie anywhere below the root: its last component tells.
                let targets = self.units.iter().enumerate().filter(|(_, u)| {
                    let module = u.module.strip_prefix(LIBRARY).unwrap_or(&u.module);
                    module == path || module.rsplit('/').next() == Some(last)
                });
                for (target, found) in targets {
                    match d.alias {
                        Some(alias) => add(self.names.text(alias.name), target),
                        None => add(last, target),
                    }
                    if found.library && path.contains('/') {
                        add(package_of(path), target);
                    }
                    if d.kind == DirectiveKind::Open {
                        visible.insert(target);
                    }
                }
            }
            if !unit.library {
                // All files of the program are one package, and each knows its name.
                for (target, other) in self.units.iter().enumerate().filter(|(_, u)| !u.library) {
                    add(other.module.rsplit('/').next().unwrap_or(&other.module), target);
                }
            }
            if unit.library {
                // A package sees all of itself and what it imports.
                visible.extend((0..self.units.len()).filter(|&i| self.units.get(i).is_some_and(|u| u.library)));
            }
            self.qualifiers.push(words);
            self.visible.push(visible);
        }
    }

    fn program(&mut self, order: &[usize]) {
        self.find_celled_globals();
        self.check_types();
        let init = self.reserve("<main>".into(), Vec::new(), ir::Type::Any, false, Span::default());
        self.module.init = init;
        self.body = Body { result: Ty::Any, ..Body::default() };
        let mut parts = Vec::new();
        self.globals = vec![GlobalPlace::Open; self.decls.globals.len()];
        let library = order.iter().filter(|&&u| self.units.get(u).is_some_and(|u| u.library));
        let project = order.iter().filter(|&&u| self.units.get(u).is_some_and(|u| !u.library));
        let units: Vec<usize> = library.chain(project).copied().collect();
        let globals = self.globals_in_order(&units);
        for &(g, unit, b) in &globals {
            self.enter_unit(unit);
            if b.ty.is_some() && b.kind != BindingKind::Const {
                self.place_global(g, b);
            }
        }
        for (g, unit, b) in globals {
            self.enter_unit(unit);
            parts.extend(self.global(g, b));
        }
        self.enter_unit(0);
        parts.push(self.call_main());
        let body = build::block(parts, Span::default());
        self.finish_function(init, body, Span::default());
        self.all_functions();
        self.drain();
    }

    /// Every function of the program, called or not.
    fn all_functions(&mut self) {
        for f in 0..self.decls.funcs.len() {
            let Some(info) = self.decls.funcs.get(f) else { continue };
            let Some(origin) = info.origin else { continue };
            if self.is_library(origin) {
                continue;
            }
            let (generic, native) = (!info.type_params.is_empty(), info.is_native);
            self.enter_unit(origin.unit);
            if generic && !native {
                self.function(f, &[], None);
            } else if !native {
                let span = self.span_of(origin);
                self.instance(f, &[], span);
            }
            self.drain();
        }
    }

    fn span_of(&self, origin: crate::decls::Origin) -> Span {
        match self.units.get(origin.unit).and_then(|u| u.tree.decls.get(origin.item)) {
            Some(Decl::Func(d)) => d.name.span,
            _ => Span::default(),
        }
    }

    fn find_celled_globals(&mut self) {
        let mut celled = BTreeSet::new();
        for unit in self.units {
            for decl in &unit.tree.decls {
                if let Decl::Func(d) = decl
                    && let Some(body) = &d.body
                {
                    let reference = d.results.iter().any(|r| r.1.is_reference());
                    celled.extend(self.scan(body, reference).celled);
                }
            }
        }
        self.celled_globals = celled;
    }

    fn globals_in_order(&self, units: &[usize]) -> Vec<(usize, usize, &'a Binding)> {
        let mut by_unit: BTreeMap<usize, Vec<(usize, usize, &'a Binding)>> = BTreeMap::new();
        for (g, info) in self.decls.globals.iter().enumerate() {
            let decl = self.units.get(info.origin.unit).and_then(|u| u.tree.decls.get(info.origin.item));
            if let Some(Decl::Global(b)) = decl {
                by_unit.entry(info.origin.unit).or_default().push((g, info.origin.unit, b));
            }
        }
        units.iter().filter_map(|u| by_unit.remove(u)).flatten().collect()
    }

    /// Reserves the storage of a global, whose type is known.
    fn place_global(&mut self, g: usize, b: &'a Binding) {
        let ty = self.decls.globals.get(g).map_or(Ty::Unknown, |g| g.ty.clone());
        let celled = self.celled_globals.contains(&b.name.name) && !is_object(&ty);
        let repr = if celled { ir::Type::Any } else { self.repr(&ty) };
        let at = ir::GlobalIdx(self.module.globals.len() as u32);
        let name = String::from(self.text(b.name.name));
        let name = if self.in_library() { alloc::format!("rae:{name}") } else { name };
        self.module.globals.push(ir::Global { name, ty: repr, init: ir::GlobalInit::Unset });
        if let Some(place) = self.globals.get_mut(g) {
            *place = if celled { GlobalPlace::Cell(at) } else { GlobalPlace::Plain(at) };
        }
    }

    /// The initialisation of a global.
    fn global(&mut self, g: usize, b: &'a Binding) -> Option<ir::Expr> {
        let declared = self.decls.globals.get(g).map_or(Ty::Unknown, |g| g.ty.clone());
        let span = b.span;
        let v = b.value.as_ref().map(|e| self.expr(e, Some(&declared).filter(|_| b.ty.is_some())));
        let mut ty = declared;
        if let (Some(value), Some(v)) = (&b.value, &v) {
            if b.ty.is_some() {
                self.fits(value, &v.ty, &ty);
            } else {
                ty = self.inferred(Some(value), Some(v));
                if let Some(info) = self.decls.globals.get_mut(g) {
                    info.ty = ty.clone();
                }
            }
            self.global_constant(b, value);
        }
        let value = match v {
            Some(v) => self.owned(v, &ty),
            None => self.default_of(&ty, span),
        };
        let constant = matches!(
            value.kind,
            ir::ExprKind::Int(_) | ir::ExprKind::Float(_) | ir::ExprKind::Str(_) | ir::ExprKind::Bool(_)
        );
        if constant && b.kind == BindingKind::Const {
            if let Some(place) = self.globals.get_mut(g) {
                *place = GlobalPlace::Constant(value);
            }
            return None;
        }
        if b.ty.is_none() || b.kind == BindingKind::Const {
            self.place_global(g, b);
        }
        match self.globals.get(g)? {
            GlobalPlace::Plain(at) => {
                let at = *at;
                let repr = self.repr(&ty);
                let kind = ir::ExprKind::SetGlobal(at, build::cast(repr, value).into());
                Some(build::expr(kind, ir::Type::Nil, span))
            }
            GlobalPlace::Cell(at) => {
                let cell = build::expr(ir::ExprKind::NewCell(value.into()), ir::Type::Any, span);
                Some(build::expr(ir::ExprKind::SetGlobal(*at, cell.into()), ir::Type::Nil, span))
            }
            GlobalPlace::Open | GlobalPlace::Constant(_) => None,
        }
    }

    fn call_main(&mut self) -> ir::Expr {
        let span = Span::default();
        let main = self.names.find("main").map(|n| self.decls.functions(n).to_vec()).unwrap_or_default();
        let own = |s: &Self, f: usize| {
            let info = s.decls.funcs.get(f);
            info.and_then(|i| i.origin).is_some_and(|o| o.unit == 0) && info.is_some_and(|i| !i.is_native)
        };
        let found = main.iter().copied().find(|&f| own(self, f));
        let Some(f) = found else {
            if !self.whole {
                return build::nil(span);
            }
            return self.call_native("rae.main_missing", ir::Type::Any, vec![], span);
        };
        let (params, result) = match self.decls.funcs.get(f) {
            Some(info) => (info.params.len() + info.type_params.len(), info.result.clone()),
            None => (0, Ty::Void),
        };
        if params > 0 {
            let at = self.decls.funcs.get(f).and_then(|i| i.origin).map_or(span, |o| self.span_of(o));
            self.note(Code::WrongArity, at, "'main' takes no parameters");
            return build::nil(span);
        }
        let func = self.instance(f, &[], span);
        self.module.main = Some(func);
        let repr = self.repr(&result);
        let call = build::call(func, vec![], repr, span);
        match result {
            Ty::Int(_) => call,
            _ => build::block(vec![call, build::nil(span)], span),
        }
    }

    /// Struct types that contain themselves have no size.
    fn check_types(&mut self) {
        for n in 0..self.decls.types.len() {
            let Some(info) = self.decls.types.get(n) else { continue };
            if self.is_library(info.origin) || !info.params.is_empty() {
                continue;
            }
            let origin = info.origin;
            if self.contains_itself(&Ty::Struct(n, Vec::new())) {
                self.enter_unit(origin.unit);
                let decl = self.units.get(origin.unit).and_then(|u| u.tree.decls.get(origin.item));
                if let Some(Decl::Type(d)) = decl {
                    let message = alloc::format!(
                        "type '{0}' contains itself; use 'opt {0}' or 'List({0})' for a field that leads back to it",
                        self.text(d.name.name)
                    );
                    self.note(Code::TypeMismatch, d.name.span, message);
                }
            }
        }
    }

    fn contains_itself(&self, ty: &Ty) -> bool {
        let mut known: BTreeSet<Ty> = BTreeSet::new();
        let mut open = vec![ty.clone()];
        while let Some(next) = open.pop() {
            for (_, field, _) in self.fields_of(&next) {
                let mut field = &field;
                while let Ty::Array(t, _) = field {
                    field = t;
                }
                if field == ty {
                    return true;
                }
                let inside = matches!(field, Ty::Struct(..)) && !self.is_list(field);
                if inside && known.len() < super::MAX_INSTANCES && known.insert(field.clone()) {
                    open.push(field.clone());
                }
            }
        }
        false
    }
}

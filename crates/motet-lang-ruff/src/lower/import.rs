//! Imports: module bodies run once, at the first executing `import`; exports
//! are copied when a body ends.

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use motet_ir::{
    BinOp, ClassKind, Expr as Ir, ExprKind as Kind, Family, FuncIdx, Function, FunctionKind, GlobalIdx, GlobalInit,
    Local, LocalIdx, Type, build,
};
use motet_source::{FileId, Span};

use super::{
    Lowerer,
    variable::{any_typed, nil_typed, raise, share},
};
use crate::{
    program::Import,
    symbol::{NameMap, Sym},
};

/// Functions and globals of one file.
pub(crate) struct UnitGlobals {
    /// Runs the top-level statements.
    pub body: FuncIdx,
    /// Runs `body` unless that has been done, then copies the exports.
    pub import: FuncIdx,
    /// Unset: not run; 1: running; 2: done.
    state: GlobalIdx,
    /// Copies of the exported values.
    exports: NameMap<Sym, GlobalIdx>,
}

/// States of a module body.
const RUNNING: i64 = 1;
const DONE: i64 = 2;

impl Lowerer<'_> {
    pub(crate) fn reserve_units(&mut self) {
        let units = self.units;
        for (u, unit) in units.iter().enumerate() {
            let body = self.reserve_function();
            if u == 0 {
                let globals = UnitGlobals { body, import: body, state: GlobalIdx(0), exports: NameMap::default() };
                self.unit_globals.push(globals);
                continue;
            }
            let import = self.reserve_function();
            let state = self.new_global(format!("$state:{}", unit.name), GlobalInit::Unset);
            let mut exports = NameMap::default();
            for export in unit.exports.iter().filter(|e| e.is_value) {
                let name = format!("$export:{}:{}", unit.name, self.names.text(export.name));
                let global = self.new_global(name, GlobalInit::Unset);
                exports.insert(export.name, global);
            }
            self.unit_globals.push(UnitGlobals { body, import, state, exports });
        }
        if units.len() > 1 {
            self.chain = Some(self.new_global("$importing".to_string(), GlobalInit::Unset));
        }
    }

    /// The function that other files call to import unit `u`, whose file is the current one.
    pub(crate) fn define_import(&mut self, u: usize) {
        let Some(chain) = self.chain else { return };
        let units = self.units;
        let Some(unit) = units.get(u) else { return };
        let span = Span::default();
        let (body, import, state) = match self.unit_globals.get(u) {
            Some(g) => (g.body, g.import, g.state),
            None => return,
        };
        let (saved, error) = (LocalIdx(0), LocalIdx(1));
        let text = |s: String| build::str(s, span);
        let get = |g| any_typed(Kind::Global(g), span);
        let set = |g, value| nil_typed(Kind::SetGlobal(g, Box::new(value)), span);
        let unset = |g| build::expr(Kind::IsUnset(Box::new(any_typed(Kind::GlobalOrUnset(g), span))), Type::Bool, span);
        let saved_value = || build::local(saved, Type::Any, span);
        let concat = |parts| build::expr(Kind::Concat(parts), Type::Str, span);

        let message = any_typed(Kind::Field(Box::new(build::local(error, Type::Any, span)), "message".into()), span);
        let failed = concat(vec![text(format!("Failed to evaluate module '{}': ", unit.name)), message]);
        let handler = build::block(
            vec![
                set(state, build::unset(span)),
                set(chain, saved_value()),
                build::expr(Kind::Raise(Box::new(failed)), Type::Never, span),
            ],
            span,
        );
        let run = any_typed(Kind::Call(body, Vec::new()), span);
        let run = build::block(vec![run, build::nil(span)], span);
        let mut parts = vec![
            build::if_(
                unset(chain),
                build::set_local(saved, text(String::new()), span),
                build::set_local(saved, get(chain), span),
                span,
            ),
            set(chain, concat(vec![saved_value(), text(format!("{} -> ", unit.name))])),
            set(state, build::int(RUNNING, span)),
            nil_typed(Kind::Try { body: Box::new(run), var: error, handler: Box::new(handler) }, span),
            set(chain, saved_value()),
        ];
        for export in unit.exports.iter().filter(|e| e.is_value) {
            let copy = self.unit_globals.get(u).and_then(|g| g.exports.get(&export.name)).copied();
            let Some(copy) = copy else { continue };
            let value = self.global_value(export.name, span);
            let store = set(copy, share(value.clone()));
            parts.push(match value.kind {
                Kind::Global(global) => {
                    let name = self.names.text(export.name);
                    let missing = format!("Exported symbol '{name}' was not defined in module '{}'", unit.name);
                    build::if_(unset(global), raise(missing, span), store, span)
                }
                _ => store,
            });
        }
        parts.push(set(state, build::int(DONE, span)));
        let first = build::block(parts, span);
        let circular = concat(vec![text("Circular import detected: ".into()), get(chain), text(unit.name.clone())]);
        let circular = build::expr(Kind::Raise(Box::new(circular)), Type::Never, span);
        let running = build::binary(Family::Same, BinOp::Eq, get(state), build::int(RUNNING, span), span);
        let again = build::if_(running, circular, build::nil(span), span);
        let local = |name: &str| Local { name: name.into(), ty: Type::Any };
        let function = Function {
            name: format!("$import:{}", unit.name),
            language: 0,
            source: FileId(0),
            span,
            params: 0,
            optional: 0,
            locals: vec![local("$saved"), local("$error")],
            captures: Vec::new(),
            result: Type::Any,
            kind: FunctionKind::Normal,
            hidden: true,
            body: build::block(vec![build::if_(unset(state), first, again, span), build::nil(span)], span),
        };
        self.define_function(import, function);
    }

    pub(crate) fn import(&mut self, module: Sym, names: Option<&[Sym]>, span: Span) -> Ir {
        let units = self.units;
        let text = self.text(module);
        let found = self.cx.unit.and_then(|u| units.get(u)).and_then(|u| u.imports.get(&module));
        let k = match found {
            Some(Import::Unit(k)) => *k,
            Some(Import::Failed(message)) => return raise(message.clone(), span),
            Some(Import::Missing) | None => {
                let message = format!(
                    "Module not found: {text}; Check that '{text}' exists as a flat <module>.ruff file or a nested src/... path under the package root, and confirm the import name matches the on-disk layout."
                );
                return raise(message, span);
            }
        };
        let (Some(unit), Some(globals)) = (units.get(k), self.unit_globals.get(k)) else { return build::nil(span) };
        let run = globals.import;
        let exports: Vec<(Sym, Option<GlobalIdx>)> =
            unit.exports.iter().map(|e| (e.name, globals.exports.get(&e.name).copied())).collect();
        let run = any_typed(Kind::Call(run, Vec::new()), span);
        let mut parts = vec![self.effect(run)];
        let value = |global| share(any_typed(Kind::Global(global), span));
        match names {
            Some(names) => {
                for &name in names {
                    match exports.iter().find(|e| e.0 == name) {
                        Some(&(_, Some(global))) => parts.push(self.bind_import(name, value(global), span)),
                        Some((_, None)) => {}
                        None => {
                            let name = self.names.text(name);
                            parts.push(raise(format!("Symbol '{name}' not found in module '{text}'"), span));
                        }
                    }
                }
            }
            None => {
                let mut fields = Vec::new();
                for &(name, global) in &exports {
                    if let Some(global) = global {
                        parts.push(self.bind_import(name, value(global), span));
                        fields.push((self.text(name), value(global)));
                    }
                }
                if !exports.iter().any(|e| e.0 == module) {
                    let names: Vec<String> = fields.iter().map(|f| f.0.clone()).collect();
                    let class = self.class(&format!("<module {text}>"), ClassKind::Struct, &names);
                    let ty = if self.has_fields(class, &fields) { Type::Record(class) } else { Type::Any };
                    let record = build::expr(Kind::Record(class, fields), ty, span);
                    parts.push(self.bind_import(module, record, span));
                }
            }
        }
        build::block(parts, span)
    }

    fn bind_import(&mut self, name: Sym, value: Ir, span: Span) -> Ir {
        self.bind_case(name, value, span, &mut Vec::new())
    }

    /// Names that an import statement binds.
    pub(crate) fn imported_names(&self, unit: Option<usize>, module: Sym, names: Option<&[Sym]>) -> Vec<Sym> {
        if let Some(names) = names {
            return names.to_vec();
        }
        let found = unit.and_then(|u| self.units.get(u)).and_then(|u| u.imports.get(&module));
        let mut out = vec![module];
        if let Some(Import::Unit(k)) = found
            && let Some(unit) = self.units.get(*k)
        {
            out.extend(unit.exports.iter().filter(|e| e.is_value).map(|e| e.name));
        }
        out
    }
}

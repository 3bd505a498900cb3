//! Rules V1–V6 and V18: everything about tables that does not need code.

use alloc::{collections::BTreeSet, string::String};

use motet_bytecode::{
    Class, Const, Debug, FuncIdx, Function, FunctionDebug, FunctionKind, GlobalInit, Layout, Limits, Module, Type,
};

use crate::VerifyErrorKind as Kind;

type Result = core::result::Result<(), (Kind, Option<FuncIdx>)>;

/// Checks all tables.
pub fn check(module: &Module, limits: &Limits) -> Result {
    sizes(module, limits)?;
    names(module, limits)?;
    constants(module)?;
    for class in &module.classes {
        check_class(module, class)?;
    }
    for layout in &module.layouts {
        check_layout(module, layout)?;
    }
    for native in &module.natives {
        check_type(module, native.result)?;
    }
    globals(module)?;
    for (i, function) in module.functions.iter().enumerate() {
        let func = Some(FuncIdx(i as u32));
        check_function(module, function, limits).map_err(|(kind, _)| (kind, func))?;
    }
    entry_points(module)?;
    module.debug.as_ref().map_or(Ok(()), |debug| check_debug(module, debug))
}

fn sizes(module: &Module, limits: &Limits) -> Result {
    let tables = [
        module.globals.len(),
        module.classes.len(),
        module.layouts.len(),
        module.natives.len(),
        module.languages.len(),
        module.tests.len(),
        module.debug.as_ref().map_or(0, |d| d.sources.len()),
    ];
    let members = |c: &Class| c.fields.len() > limits.members || c.methods.len() > limits.members;
    if module.functions.len() > limits.functions
        || module.constants.len() > limits.constants
        || tables.iter().any(|&n| n > limits.table)
        || module.classes.iter().any(members)
        || module.layouts.iter().any(|l| l.names.len() > limits.members)
    {
        return Err((Kind::TooManyEntries, None));
    }
    Ok(())
}

fn names(module: &Module, limits: &Limits) -> Result {
    let fits = |name: &String| name.len() <= limits.name_bytes;
    let class =
        |c: &Class| fits(&c.name) && c.fields.iter().all(|f| fits(&f.name)) && c.methods.iter().all(|m| fits(&m.0));
    let all = fits(&module.name)
        && module.languages.iter().all(fits)
        && module.functions.iter().all(|f| fits(&f.name))
        && module.globals.iter().all(|g| fits(&g.name))
        && module.classes.iter().all(class)
        && module.layouts.iter().all(|l| l.names.iter().all(fits))
        && module.natives.iter().all(|n| fits(&n.name))
        && module.tests.iter().all(|t| fits(&t.name));
    if all { Ok(()) } else { Err((Kind::NameTooLong, None)) }
}

fn constants(module: &Module) -> Result {
    for constant in &module.constants {
        if let Const::Func(func) = constant {
            without_captures(module, *func)?;
        }
    }
    Ok(())
}

/// Rule V6 for a table entry that names a function.
fn without_captures(module: &Module, func: FuncIdx) -> Result {
    match module.functions.get(func.index()) {
        None => Err((Kind::BadTableIndex, None)),
        Some(f) if !f.captures.is_empty() => Err((Kind::CapturesMissing, None)),
        Some(_) => Ok(()),
    }
}

fn check_type(module: &Module, ty: Type) -> Result {
    match ty {
        Type::Record(class) if class.index() >= module.classes.len() => Err((Kind::BadTableIndex, None)),
        _ => Ok(()),
    }
}

fn check_language(module: &Module, language: u32) -> Result {
    if (language as usize) < module.languages.len() { Ok(()) } else { Err((Kind::BadTableIndex, None)) }
}

fn check_class(module: &Module, class: &Class) -> Result {
    check_language(module, class.language)?;
    let mut seen = BTreeSet::new();
    for field in &class.fields {
        check_type(module, field.ty)?;
        if !seen.insert(field.name.as_str()) {
            return Err((Kind::DuplicateField, None));
        }
    }
    class.methods.iter().try_for_each(|(_, func)| without_captures(module, *func))
}

fn check_layout(module: &Module, layout: &Layout) -> Result {
    let Some(class) = module.classes.get(layout.class.index()) else {
        return Err((Kind::BadTableIndex, None));
    };
    let names: BTreeSet<&str> = layout.names.iter().map(String::as_str).collect();
    let declared = class.fields.iter().map(|f| f.name.as_str());
    let canonical = names.len() == class.fields.len() && declared.into_iter().all(|name| names.contains(name));
    if names.len() != layout.names.len() || canonical != layout.canonical {
        return Err((Kind::BadLayout, None));
    }
    Ok(())
}

fn globals(module: &Module) -> Result {
    for global in &module.globals {
        check_type(module, global.ty)?;
        let content = match global.init {
            GlobalInit::Unset => Type::Never,
            GlobalInit::Nil => Type::Nil,
            GlobalInit::Func(func) => {
                without_captures(module, func)?;
                Type::Func
            }
            GlobalInit::Native(native) if native.index() < module.natives.len() => Type::Func,
            GlobalInit::Native(_) => return Err((Kind::BadTableIndex, None)),
        };
        if !content.fits(global.ty) {
            return Err((Kind::BadGlobalInit, None));
        }
    }
    Ok(())
}

fn check_function(module: &Module, function: &Function, limits: &Limits) -> Result {
    let params = usize::from(function.params);
    if params > limits.params
        || function.locals.len() > limits.locals
        || function.captures.len() > limits.members
        || usize::from(function.max_stack) > limits.stack
        || function.code.len() > limits.code_bytes
    {
        return Err((Kind::FunctionTooLarge, None));
    }
    if params > function.locals.len() {
        return Err((Kind::ParamsExceedLocals, None));
    }
    let required = params.checked_sub(usize::from(function.optional));
    let optional = required.and_then(|required| function.locals.get(required..params));
    if optional.is_none_or(|types| types.iter().any(|&ty| ty != Type::Any)) {
        return Err((Kind::BadOptional, None));
    }
    check_language(module, function.language)?;
    check_type(module, function.result)?;
    function.locals.iter().chain(&function.captures).try_for_each(|&ty| check_type(module, ty))?;
    match function.kind {
        FunctionKind::Generator | FunctionKind::Async if function.result != Type::Any => {
            Err((Kind::TypedSuspension, None))
        }
        FunctionKind::Normal | FunctionKind::Generator | FunctionKind::Async => Ok(()),
    }
}

fn entry_points(module: &Module) -> Result {
    if !module.live.is_empty() && module.live.len() != module.globals.len() {
        return Err((Kind::BadTableIndex, None));
    }
    let initializers = module.live.iter().filter_map(|l| l.initializer);
    let tests = module.tests.iter().map(|t| t.func);
    for func in core::iter::once(module.init).chain(module.main).chain(initializers).chain(tests) {
        match module.functions.get(func.index()) {
            None => return Err((Kind::BadTableIndex, None)),
            Some(f) if f.params > 0 || !f.captures.is_empty() => return Err((Kind::BadEntryPoint, Some(func))),
            Some(_) => {}
        }
    }
    Ok(())
}

fn check_debug(module: &Module, debug: &Debug) -> Result {
    if debug.functions.len() != module.functions.len() {
        return Err((Kind::BadDebug, None));
    }
    for (i, (function, names)) in module.functions.iter().zip(&debug.functions).enumerate() {
        if !debug_fits(debug, function, names) {
            return Err((Kind::BadDebug, Some(FuncIdx(i as u32))));
        }
    }
    Ok(())
}

fn debug_fits(debug: &Debug, function: &Function, names: &FunctionDebug) -> bool {
    let ascending = names.spans.windows(2).all(|pair| matches!(pair, [a, b] if a.pc < b.pc));
    let ordered = names.spans.iter().all(|s| s.span.start <= s.span.end && (s.pc as usize) < function.code.len());
    (names.source as usize) < debug.sources.len()
        && names.locals.len() == function.locals.len()
        && names.captures.len() == function.captures.len()
        && names.span.start <= names.span.end
        && names.spans.first().is_some_and(|s| s.pc == 0)
        && ascending
        && ordered
}

//! Mutants of `.pbc` modules.
//!
//! Two kinds: changed bytes (with the content hash repaired, so that decoding
//! goes on), and changed modules, where one decision of the compiler is
//! replaced: an operand, a type, a jump, a table entry. The second kind gets
//! deep into verification, the first one finds what the encoder never writes.

use motet_bytecode::{
    Compression, Const, Container, FuncIdx, FunctionKind, GlobalInit, Limits, Module, Op, Signature, Type, decode,
    encode, instructions, operand::ClassIdx, write_sections,
};

use crate::rng::Rng;

/// A mutant of an encoded module.
#[must_use]
pub fn mutate(bytes: &[u8], rng: &mut Rng) -> Vec<u8> {
    if rng.one_in(2)
        && let Ok(mut module) = decode(bytes)
    {
        for _ in 0..=rng.below(3) {
            mutate_module(&mut module, rng);
        }
        return encode(&module);
    }
    if let Some((sections, signature)) = sections(bytes).filter(|_| rng.one_in(2)) {
        return mutate_sections(sections, signature, rng);
    }
    let mut out = bytes.to_vec();
    for _ in 0..=rng.below(4) {
        mutate_bytes(&mut out, rng);
    }
    repair_hash(&mut out);
    out
}

/// Numbers and unpacked contents of sections.
type Sections = Vec<(u8, Vec<u8>)>;

/// The sections of a file, and its signature.
fn sections(bytes: &[u8]) -> Option<(Sections, Option<Signature>)> {
    let container = Container::open(bytes, &Limits::strict()).ok()?;
    let part = |(id, content): (u8, std::borrow::Cow<'_, [u8]>)| (id, content.into_owned());
    let sections = container.sections().map(|found| found.ok().map(part)).collect::<Option<_>>()?;
    Some((sections, container.signature().copied()))
}

/// A well-formed container around sections that are damaged, moved, dropped, doubled or renamed.
fn mutate_sections(mut sections: Sections, signature: Option<Signature>, rng: &mut Rng) -> Vec<u8> {
    let at = rng.below(sections.len());
    match rng.below(12) {
        0 => {
            sections.remove(at);
        }
        1 => sections.insert(at, sections[at].clone()),
        2 => {
            let other = rng.below(sections.len());
            sections.swap(at, other);
        }
        3 => sections[at].0 = rng.next_u64() as u8,
        4 => sections.push((*rng.pick(&[8, 0x80, 0x81, 0x82, 0xff]), vec![0; rng.below(40)])),
        _ => {
            for _ in 0..=rng.below(3) {
                mutate_bytes(&mut sections[at].1, rng);
            }
        }
    }
    let compression = *rng.pick(&[Compression::None, Compression::Lz4]);
    write_sections(&sections, compression, signature.filter(|_| !rng.one_in(4)).as_ref())
}

/// A file with some bytes changed and no hash made right.
#[must_use]
pub fn damage(bytes: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..=rng.below(2) {
        mutate_bytes(&mut out, rng);
    }
    out
}

/// Makes the hashes of a file right, as far as its head can be read.
pub fn repair_hash(bytes: &mut [u8]) {
    motet_bytecode::rehash(bytes);
}

fn mutate_bytes(out: &mut Vec<u8>, rng: &mut Rng) {
    let len = out.len();
    if len == 0 {
        return;
    }
    let at = rng.below(len);
    match rng.below(8) {
        0 => out[at] ^= 1 << rng.below(8),
        1 => out[at] = rng.next_u64() as u8,
        2 => out[at] = *rng.pick(&[0, 1, 0x7f, 0x80, 0xff]),
        3 => out[at] = out[at].wrapping_add(*rng.pick(&[1, 255])),
        // A count inflated to many bytes.
        4 => {
            out.splice(at..at + 1, [0xff, 0xff, 0xff, 0xff, 0x0f]);
        }
        5 => {
            out.drain(at..(at + 1 + rng.below(8)).min(len));
        }
        6 => {
            let piece = out[at..(at + 1 + rng.below(16)).min(len)].to_vec();
            let to = rng.below(len);
            out.splice(to..to, piece);
        }
        _ => out.truncate(at),
    }
}

fn mutate_module(module: &mut Module, rng: &mut Rng) {
    match rng.below(12) {
        0..=5 => mutate_code(module, rng),
        6 => mutate_function(module, rng),
        7 => mutate_constant(module, rng),
        8 => mutate_tables(module, rng),
        9 => mutate_handlers(module, rng),
        10 => mutate_debug(module, rng),
        _ => mutate_classes(module, rng),
    }
}

fn some_type(module: &Module, rng: &mut Rng) -> Type {
    *rng.pick(&[
        Type::Never,
        Type::Any,
        Type::Nil,
        Type::Bool,
        Type::Int,
        Type::Float,
        Type::Str,
        Type::List,
        Type::Map,
        Type::Func,
        Type::Record(ClassIdx(rng_class(module))),
    ])
}

fn rng_class(module: &Module) -> u32 {
    module.classes.len().saturating_sub(1) as u32
}

/// A number near something meaningful.
fn some_number(rng: &mut Rng, near: usize) -> u32 {
    match rng.below(6) {
        0 => 0,
        1 => near as u32,
        2 => near.saturating_sub(1) as u32,
        3 => u32::MAX,
        4 => rng.next_u64() as u32,
        _ => rng.below(near + 2) as u32,
    }
}

fn mutate_code(module: &mut Module, rng: &mut Rng) {
    if module.functions.is_empty() {
        return;
    }
    let index = rng.below(module.functions.len());
    let sizes = [module.constants.len(), module.functions.len(), module.globals.len(), module.natives.len()];
    let function = &mut module.functions[index];
    let mut ops: Vec<(u32, Op)> = instructions(&function.code).map_while(Result::ok).collect();
    if ops.is_empty() {
        return;
    }
    let at = rng.below(ops.len());
    let (pc, op) = ops[at];
    match rng.below(6) {
        // Another operand: an index, a label, a count.
        0 | 1 => {
            let (mut raw, count) = op.raw();
            if count > 0 {
                let near =
                    *rng.pick(&[sizes[0], sizes[1], sizes[2], sizes[3], function.locals.len(), function.code.len(), 4]);
                raw[rng.below(count)] = some_number(rng, near);
                if let Some(changed) = Op::from_raw(op.number(), raw) {
                    patch(&mut function.code, pc, op, changed);
                    return;
                }
            }
        }
        // A jump to the start of some instruction.
        2 => {
            let target = ops[rng.below(ops.len())].0;
            let (mut raw, count) = op.raw();
            if op.label().is_some() && count > 0 {
                for word in raw.iter_mut().take(count) {
                    if Some(*word) == op.label().map(|l| l.0) {
                        *word = target;
                    }
                }
                if let Some(changed) = Op::from_raw(op.number(), raw) {
                    patch(&mut function.code, pc, op, changed);
                    return;
                }
            }
        }
        // Another op with the same operands.
        3 => {
            if let Some(changed) = Op::from_raw(rng.below(256) as u8, op.raw().0) {
                patch(&mut function.code, pc, op, changed);
                return;
            }
        }
        // An instruction repeated or left out; labels are then off, which is a case of its own.
        4 => {
            ops.insert(at, (pc, op));
            function.code = assemble(&ops);
            return;
        }
        _ => {
            ops.remove(at);
            function.code = assemble(&ops);
            return;
        }
    }
    let byte = rng.below(function.code.len());
    function.code[byte] = rng.next_u64() as u8;
}

/// Replaces an instruction in place when the new one has its length.
fn patch(code: &mut [u8], pc: u32, old: Op, new: Op) {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    old.encode(&mut before);
    new.encode(&mut after);
    let at = pc as usize;
    if before.len() == after.len()
        && let Some(bytes) = code.get_mut(at..at + after.len())
    {
        bytes.copy_from_slice(&after);
    }
}

fn assemble(ops: &[(u32, Op)]) -> Vec<u8> {
    let mut code = Vec::new();
    for (_, op) in ops {
        op.encode(&mut code);
    }
    code
}

fn mutate_function(module: &mut Module, rng: &mut Rng) {
    if module.functions.is_empty() {
        return;
    }
    let ty = some_type(module, rng);
    let index = rng.below(module.functions.len());
    let other = module.functions[rng.below(module.functions.len())].clone();
    let function = &mut module.functions[index];
    match rng.below(10) {
        0 => function.params = some_number(rng, function.locals.len()) as u16,
        1 => function.max_stack = some_number(rng, function.max_stack as usize) as u16,
        2 => function.result = ty,
        3 if !function.locals.is_empty() => {
            let at = rng.below(function.locals.len());
            function.locals[at] = ty;
        }
        4 => {
            function.locals.pop();
        }
        5 => function.captures.push(ty),
        6 => {
            function.captures.pop();
        }
        7 => function.kind = *rng.pick(&[FunctionKind::Normal, FunctionKind::Generator, FunctionKind::Async]),
        8 => function.language = some_number(rng, 2),
        _ => function.code = other.code,
    }
}

fn mutate_constant(module: &mut Module, rng: &mut Rng) {
    if module.constants.is_empty() {
        return;
    }
    let functions = module.functions.len();
    let at = rng.below(module.constants.len());
    module.constants[at] = match rng.below(8) {
        0 => Const::Nil,
        1 => Const::Bool(rng.one_in(2)),
        2 => Const::Int(rng.next_u64() as i64),
        3 => Const::Int(*rng.pick(&[i64::MIN, i64::MAX, -1, 0])),
        4 => Const::Float(f64::from_bits(rng.next_u64())),
        5 => Const::Str("é\0\u{10ffff}".repeat(rng.below(4))),
        6 => Const::Func(FuncIdx(some_number(rng, functions))),
        _ => Const::Selector("len".into()),
    };
}

fn mutate_tables(module: &mut Module, rng: &mut Rng) {
    let ty = some_type(module, rng);
    let functions = module.functions.len();
    match rng.below(8) {
        0 => module.init = FuncIdx(some_number(rng, functions)),
        1 => {
            module.globals.pop();
        }
        2 => {
            if let Some(global) = module.globals.last_mut() {
                global.ty = ty;
            }
        }
        3 => {
            let at = rng.below(module.globals.len());
            if let Some(global) = module.globals.get_mut(at) {
                global.init = GlobalInit::Func(FuncIdx(some_number(rng, functions)));
            }
        }
        4 if module.natives.len() > 1 => {
            let (a, b) = (rng.below(module.natives.len()), rng.below(module.natives.len()));
            module.natives.swap(a, b);
        }
        5 => {
            let at = rng.below(module.natives.len());
            if let Some(native) = module.natives.get_mut(at) {
                native.result = ty;
                native.effects.pure = rng.one_in(2);
                native.effects.consumes_first = rng.one_in(2);
            }
        }
        6 => module.languages.push((*rng.pick(&["ruff", "moon", "none", ""])).into()),
        _ => {
            module.functions.pop();
        }
    }
}

fn mutate_handlers(module: &mut Module, rng: &mut Rng) {
    let Some(function) = module.functions.iter_mut().find(|f| !f.handlers.is_empty()) else { return };
    let near = function.code.len();
    let at = rng.below(function.handlers.len());
    let copy = function.handlers[at];
    let handler = &mut function.handlers[at];
    match rng.below(5) {
        0 => handler.start = some_number(rng, near),
        1 => handler.end = some_number(rng, near),
        2 => handler.handler = some_number(rng, near),
        3 => handler.depth = some_number(rng, 4) as u16,
        _ => function.handlers.push(copy),
    }
}

fn mutate_debug(module: &mut Module, rng: &mut Rng) {
    let Some(debug) = &mut module.debug else { return };
    let at = rng.below(debug.functions.len());
    match rng.below(4) {
        0 => module.debug = None,
        1 => debug.sources.clear(),
        2 => {
            debug.functions.pop();
        }
        _ => {
            if let Some(span) = debug.functions.get_mut(at).and_then(|f| f.spans.last_mut()) {
                span.span.start = some_number(rng, 100);
                span.span.end = span.span.start.saturating_add(some_number(rng, 10));
            }
        }
    }
}

fn mutate_classes(module: &mut Module, rng: &mut Rng) {
    let functions = module.functions.len();
    let ty = some_type(module, rng);
    let at = rng.below(module.classes.len());
    if let Some(class) = module.classes.get_mut(at) {
        match rng.below(4) {
            0 => {
                class.fields.pop();
            }
            1 => {
                if let Some(field) = class.fields.last_mut() {
                    field.ty = ty;
                }
            }
            2 => class.methods.push(("to_string".into(), FuncIdx(some_number(rng, functions)))),
            _ => class.language = some_number(rng, 2),
        }
    }
    let at = rng.below(module.layouts.len());
    if let Some(layout) = module.layouts.get_mut(at) {
        match rng.below(3) {
            0 => layout.canonical = !layout.canonical,
            1 => {
                layout.names.pop();
            }
            _ => layout.class = ClassIdx(some_number(rng, module.classes.len())),
        }
    }
}

//! `.pbc` bytes → `Module`. Mirrors `encode.rs` function by function.
//!
//! Invariants: hostile bytes never panic and never make it allocate more than
//! a small multiple of the input; what is accepted encodes to the same bytes
//! again, apart from optional sections that were skipped. Whether the module
//! makes sense is for verification to say.

use alloc::{string::String, vec::Vec};

use crate::container::Container;
use crate::encode::{HAS_OPTIONAL, section};
use crate::module::{
    Class, ClassKind, Const, Debug, Field, Function, FunctionDebug, FunctionKind, Global, GlobalInit, Handler, Layout,
    LiveGlobal, Module, Native, NativeEffects, PcSpan, Source, Span, TestEntry,
};
use crate::reader::{DecodeError, DecodeErrorKind as Kind, Reader};
use crate::{ClassIdx, FuncIdx, Limits, NativeIdx, Type};

type Result<T> = core::result::Result<T, DecodeError>;

/// Decodes a file within [`Limits::trusted`].
///
/// # Errors
/// [`DecodeError`] with the place of the first byte that cannot be understood.
pub fn decode(bytes: &[u8]) -> Result<Module> {
    decode_with(bytes, &Limits::trusted())
}

/// Decodes a file, signed or not; a signature is not looked at.
///
/// # Errors
/// [`DecodeError`] with the place of the first byte that cannot be understood.
pub fn decode_with(bytes: &[u8], limits: &Limits) -> Result<Module> {
    Container::open(bytes, limits)?.decode(limits)
}

impl Container<'_> {
    /// Unpacks and decodes the sections.
    ///
    /// # Errors
    /// [`DecodeError`] with the place of the first byte that cannot be understood.
    pub fn decode(&self, limits: &Limits) -> Result<Module> {
        let mut module = Module::default();
        let mut next_required = section::PROGRAM;
        for (id, _, _) in self.sizes() {
            let fail = |kind| Err(DecodeError { kind, section: Some(id), offset: 0 });
            match id {
                section::OPTIONAL.. => {}
                _ if id > section::FUNCTIONS => return fail(Kind::UnknownSection),
                _ if id != next_required => return fail(Kind::BadSections),
                _ => next_required += 1,
            }
        }
        if next_required <= section::FUNCTIONS {
            return Err(DecodeError { kind: Kind::BadSections, section: Some(next_required), offset: 0 });
        }
        for part in self.sections() {
            let (id, content) = part?;
            let mut body = Reader::of_section(&content, id);
            if read_section(&mut module, id, &mut body, limits)? {
                body.finish()?;
            }
        }
        Ok(module)
    }
}

/// Reads one section; tells whether it is known.
fn read_section(module: &mut Module, id: u8, reader: &mut Reader<'_>, limits: &Limits) -> Result<bool> {
    match id {
        section::PROGRAM => program(module, reader, limits)?,
        section::CONSTANTS => module.constants = list(reader, 1, limits.constants, constant)?,
        section::CLASSES => module.classes = list(reader, 5, limits.table, |r| class(r, limits))?,
        section::LAYOUTS => module.layouts = list(reader, 3, limits.table, |r| layout(r, limits))?,
        section::NATIVES => module.natives = list(reader, 3, limits.table, |r| native(r, limits))?,
        section::GLOBALS => module.globals = list(reader, 3, limits.table, |r| global(r, limits))?,
        section::FUNCTIONS => module.functions = list(reader, 11, limits.functions, |r| function(r, limits))?,
        section::DEBUG => module.debug = Some(debug(reader, limits)?),
        section::LIVE => live(module, reader, limits)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// A counted list of things that take at least `least` bytes each.
fn list<'a, T>(
    reader: &mut Reader<'a>,
    least: usize,
    limit: usize,
    mut read: impl FnMut(&mut Reader<'a>) -> Result<T>,
) -> Result<Vec<T>> {
    let count = reader.count(least, limit)?;
    // Grown as elements are read: an element in memory is larger than in the file.
    let mut items = Vec::with_capacity(count.min(64));
    for _ in 0..count {
        items.push(read(reader)?);
    }
    items.shrink_to_fit();
    Ok(items)
}

fn name(reader: &mut Reader<'_>, limits: &Limits) -> Result<String> {
    reader.text(limits.name_bytes)
}

fn names(reader: &mut Reader<'_>, limit: usize, limits: &Limits) -> Result<Vec<String>> {
    list(reader, 1, limit, |r| name(r, limits))
}

fn program(module: &mut Module, reader: &mut Reader<'_>, limits: &Limits) -> Result<()> {
    module.name = name(reader, limits)?;
    module.languages = names(reader, limits.table, limits)?;
    module.init = FuncIdx(reader.u32()?);
    module.tests = list(reader, 2, limits.table, |r| {
        let name = name(r, limits)?;
        Ok(TestEntry { name, func: FuncIdx(r.u32()?) })
    })?;
    Ok(())
}

/// A tag and what it must be below.
fn tag(reader: &mut Reader<'_>, end: u8) -> Result<u8> {
    let error = reader.error(Kind::BadTag);
    let tag = reader.u8()?;
    if tag < end { Ok(tag) } else { Err(error) }
}

fn constant(reader: &mut Reader<'_>) -> Result<Const> {
    Ok(match tag(reader, 8)? {
        0 => Const::Nil,
        1 => Const::Bool(false),
        2 => Const::Bool(true),
        3 => Const::Int(reader.i64()?),
        4 => Const::Float(f64::from_bits(reader.fixed_u64()?)),
        5 => Const::Str(reader.text(usize::MAX)?),
        6 => Const::Func(FuncIdx(reader.u32()?)),
        _ => Const::Selector(reader.text(usize::MAX)?),
    })
}

fn ty(reader: &mut Reader<'_>) -> Result<Type> {
    Ok(match tag(reader, 11)? {
        0 => Type::Never,
        1 => Type::Any,
        2 => Type::Nil,
        3 => Type::Bool,
        4 => Type::Int,
        5 => Type::Float,
        6 => Type::Str,
        7 => Type::List,
        8 => Type::Map,
        9 => Type::Func,
        _ => Type::Record(ClassIdx(reader.u32()?)),
    })
}

fn class(reader: &mut Reader<'_>, limits: &Limits) -> Result<Class> {
    Ok(Class {
        name: name(reader, limits)?,
        language: reader.u32()?,
        kind: if tag(reader, 2)? == 0 { ClassKind::Struct } else { ClassKind::Variant },
        fields: list(reader, 2, limits.members, |r| Ok(Field { name: name(r, limits)?, ty: ty(r)? }))?,
        methods: list(reader, 2, limits.members, |r| {
            let name = name(r, limits)?;
            Ok((name, FuncIdx(r.u32()?)))
        })?,
    })
}

fn layout(reader: &mut Reader<'_>, limits: &Limits) -> Result<Layout> {
    let class = ClassIdx(reader.u32()?);
    let canonical = reader.bool()?;
    Ok(Layout { class, canonical, names: names(reader, limits.members, limits)? })
}

fn native(reader: &mut Reader<'_>, limits: &Limits) -> Result<Native> {
    let name = name(reader, limits)?;
    let result = ty(reader)?;
    let bits = tag(reader, 8)?;
    let effects = NativeEffects { pure: bits & 1 != 0, consumes_first: bits & 2 != 0, retains: bits & 4 != 0 };
    Ok(Native { name, result, effects })
}

fn global(reader: &mut Reader<'_>, limits: &Limits) -> Result<Global> {
    let name = name(reader, limits)?;
    let ty = ty(reader)?;
    let init = match tag(reader, 4)? {
        0 => GlobalInit::Unset,
        1 => GlobalInit::Nil,
        2 => GlobalInit::Func(FuncIdx(reader.u32()?)),
        _ => GlobalInit::Native(NativeIdx(reader.u32()?)),
    };
    Ok(Global { name, ty, init })
}

fn function(reader: &mut Reader<'_>, limits: &Limits) -> Result<Function> {
    let name = name(reader, limits)?;
    let language = reader.u32()?;
    let error = reader.error(Kind::BadTag);
    let kind_byte = reader.u8()?;
    let kind = match kind_byte & !HAS_OPTIONAL {
        0 => FunctionKind::Normal,
        1 => FunctionKind::Generator,
        2 => FunctionKind::Async,
        _ => return Err(error),
    };
    Ok(Function {
        name,
        language,
        kind,
        hidden: reader.bool()?,
        params: reader.u16()?,
        optional: match kind_byte & HAS_OPTIONAL {
            0 => 0,
            _ => match reader.u16()? {
                0 => return Err(error),
                n => n,
            },
        },
        locals: list(reader, 1, limits.locals, ty)?,
        captures: list(reader, 1, limits.members, ty)?,
        result: ty(reader)?,
        max_stack: reader.u16()?,
        handlers: list(reader, 4, usize::MAX, handler)?,
        code: {
            let len = reader.count(1, limits.code_bytes)?;
            reader.bytes(len)?.to_vec()
        },
    })
}

fn handler(reader: &mut Reader<'_>) -> Result<Handler> {
    Ok(Handler { start: reader.u32()?, end: reader.u32()?, handler: reader.u32()?, depth: reader.u16()? })
}

fn debug(reader: &mut Reader<'_>, limits: &Limits) -> Result<Debug> {
    let sources = list(reader, 2, limits.table, |r| {
        let name = name(r, limits)?;
        let text = if r.bool()? { Some(r.text(usize::MAX)?) } else { None };
        Ok(Source { name, text })
    })?;
    Ok(Debug { sources, functions: list(reader, 6, limits.functions, |r| function_debug(r, limits))? })
}

fn live(module: &mut Module, reader: &mut Reader<'_>, limits: &Limits) -> Result<()> {
    let error = reader.error(Kind::BadSections);
    module.main = optional(reader)?;
    module.live = list(reader, 2, limits.table, |r| Ok(LiveGlobal { source: r.u32()?, initializer: optional(r)? }))?;
    // Nothing to say is said by leaving the section out.
    if module.main.is_none() && module.live.is_empty() { Err(error) } else { Ok(()) }
}

/// A function, plus 1; 0 for none.
fn optional(reader: &mut Reader<'_>) -> Result<Option<FuncIdx>> {
    Ok(reader.u32()?.checked_sub(1).map(FuncIdx))
}

fn function_debug(reader: &mut Reader<'_>, limits: &Limits) -> Result<FunctionDebug> {
    let source = reader.u32()?;
    let span = Span { start: reader.u32()?, end: reader.u32()? };
    let locals = names(reader, limits.locals, limits)?;
    let captures = names(reader, limits.members, limits)?;
    let (mut pc, mut start) = (0u32, span.start);
    let spans = list(reader, 3, usize::MAX, |r| {
        let error = r.error(Kind::BadNumber);
        pc = pc.checked_add(r.u32()?).ok_or(error)?;
        start = apply(start, r.i64()?).ok_or(error)?;
        let end = apply(start, r.i64()?).ok_or(error)?;
        Ok(PcSpan { pc, span: Span { start, end } })
    })?;
    Ok(FunctionDebug { source, span, spans, locals, captures })
}

fn apply(base: u32, difference: i64) -> Option<u32> {
    i64::from(base).checked_add(difference).and_then(|sum| u32::try_from(sum).ok())
}

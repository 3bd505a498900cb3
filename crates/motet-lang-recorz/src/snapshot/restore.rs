//! Reading an image, in steps between which its methods and do-its are compiled.

use alloc::{
    boxed::Box,
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};

use motet_runtime::{FuncId, Origin, Runtime, Value};

use super::{
    MOST, UnitKind, container,
    objects::{Links, Maker, Problem},
};
use crate::{
    bytes::{Malformed, Reader},
    live::{
        Context, Piece, Unit,
        state::{LiveState, Package, origin_of},
    },
    world::{ClassNo, Definition, RECORZ, World},
};

/// An image whose classes and globals are there, and whose objects are not.
#[derive(Debug)]
pub(crate) struct Pending {
    /// The whole file, which was checked.
    bytes: Vec<u8>,
    /// Functions of the old methods and do-its that were compiled since, in order.
    pub(crate) old: Vec<Origin>,
    pub(crate) do_its: Vec<Origin>,
}

impl Pending {
    fn body(&self) -> &[u8] {
        self.bytes.get(container::HEADER..).unwrap_or_default()
    }
}

/// What is wrong with bytes whose checksum is right: whoever made them did not follow the form.
const DAMAGED: &str = "snapshot is damaged";

struct SavedClass<'a> {
    name: &'a str,
    is_user: bool,
    superclass: Option<&'a str>,
    variables: Vec<String>,
    side_variables: Vec<String>,
    class_variables: Vec<String>,
    package: Option<&'a str>,
    comment: Option<&'a str>,
}

struct SavedMethod<'a> {
    class: &'a str,
    meta: bool,
    protocol: Option<&'a str>,
    source: &'a str,
}

enum SavedUnit<'a> {
    Method { class: usize, selector: &'a str, is_user: bool },
    Old(usize),
    DoIt(usize),
}

/// Everything before the objects.
struct Tables<'a> {
    classes: Vec<SavedClass<'a>>,
    old: Vec<SavedMethod<'a>>,
    methods: Vec<SavedMethod<'a>>,
    packages: Vec<Package>,
    do_its: Vec<String>,
    names: Vec<(&'a str, bool, u32)>,
    natives: Vec<String>,
    units: Vec<SavedUnit<'a>>,
    globals: Vec<String>,
    /// Before the number of objects.
    objects: Reader<'a>,
}

type Read<T> = Result<T, Malformed>;

fn list<'a, T>(r: &mut Reader<'a>, item: impl Fn(&mut Reader<'a>) -> Read<T>) -> Read<Vec<T>> {
    (0..r.length()?).map(|_| item(r)).collect()
}

fn tables(body: &[u8]) -> Read<Tables<'_>> {
    let mut r = Reader::new(body);
    let r = &mut r;
    Ok(Tables {
        classes: list(r, |r| {
            Ok(SavedClass {
                name: r.text()?,
                is_user: r.flag()?,
                superclass: r.maybe()?,
                variables: r.texts()?,
                side_variables: r.texts()?,
                class_variables: r.texts()?,
                package: r.maybe()?,
                comment: r.maybe()?,
            })
        })?,
        old: list(r, |r| {
            let (class, meta) = (r.text()?, r.flag()?);
            r.text()?;
            Ok(SavedMethod { class, meta, protocol: None, source: r.text()? })
        })?,
        methods: list(r, |r| {
            let (class, meta) = (r.text()?, r.flag()?);
            r.text()?;
            Ok(SavedMethod { class, meta, protocol: r.maybe()?, source: r.text()? })
        })?,
        packages: list(r, |r| {
            Ok(Package {
                name: r.text()?.to_string(),
                comment: r.maybe()?.map(ToString::to_string),
                do_its: r.texts()?,
            })
        })?,
        do_its: r.texts()?,
        names: list(r, |r| Ok((r.text()?, r.flag()?, r.number32()?)))?,
        natives: r.texts()?,
        units: list(r, |r| {
            let kind = *UnitKind::ALL.get(usize::from(r.byte()?)).ok_or(Malformed)?;
            Ok(match kind {
                UnitKind::Method | UnitKind::Library => SavedUnit::Method {
                    class: r.index(MOST)?,
                    selector: r.text()?,
                    is_user: matches!(kind, UnitKind::Method),
                },
                UnitKind::Old => SavedUnit::Old(r.index(MOST)?),
                UnitKind::DoIt => SavedUnit::DoIt(r.index(MOST)?),
            })
        })?,
        globals: r.texts()?,
        objects: r.clone(),
    })
}

/// Checks an image; defines its classes, packages and globals, without values.
///
/// # Errors
/// Why not, in words.
pub(crate) fn open(rt: &mut Runtime, bytes: Vec<u8>) -> Result<(), String> {
    let body = container::open(&bytes)?;
    let tables = tables(body).map_err(|Malformed| DAMAGED)?;
    World::with(rt, &RECORZ, |world, rt| {
        tables.classes.iter().try_for_each(|class| define(world, rt, class))?;
        for name in &tables.globals {
            let cell = world.binding(&mut rt.heap, name);
            if rt.heap.cell_get(cell).is_some_and(Value::is_unset) {
                rt.heap.cell_set(cell, Value::NIL);
            }
        }
        Ok::<(), String>(())
    })?;
    let state = LiveState::of(rt);
    state.packages = tables.packages;
    state.alive.extend(tables.names.iter().map(|(name, _, _)| (*name).to_string()));
    state.pending = Some(Pending { bytes, old: Vec::new(), do_its: Vec::new() });
    Ok(())
}

fn define(world: &mut World, rt: &mut Runtime, class: &SavedClass<'_>) -> Result<(), String> {
    fn words(names: &[String]) -> Option<Vec<&str>> {
        Some(names.iter().map(String::as_str).collect())
    }
    if !class.is_user && world.find_class(class.name).is_none() {
        return Err("snapshot version mismatch".into());
    }
    let definition = Definition {
        name: class.name,
        superclass: class.superclass.filter(|_| class.is_user),
        instance_variables: words(&class.variables).filter(|_| class.is_user),
        class_variables: words(&class.class_variables),
        package: class.package,
        comment: class.comment,
        options: true,
    };
    let (number, _) = world.define_class(rt, &definition)?;
    match words(&class.side_variables) {
        Some(names) if !names.is_empty() && number != ClassNo(0) && class.is_user => {
            world.define_class_side(rt, number, &names)
        }
        _ => Ok(()),
    }
}

/// A text of many parts, and where each lies.
#[derive(Default)]
struct Joined {
    text: String,
}

impl Joined {
    fn add(&mut self, part: &str) -> (u32, u32) {
        let start = self.text.len() as u32;
        self.text.push_str(part);
        let end = self.text.len() as u32;
        self.text.push('\n');
        (start, end)
    }
}

/// The image's methods as one text for the front end; `None` when there are none.
pub(crate) fn methods(rt: &mut Runtime) -> Option<(String, Context)> {
    with_tables(rt, |rt, tables| methods_of(rt, &tables))
}

/// Runs something with the tables of the image that is being restored.
fn with_tables<T>(rt: &mut Runtime, run: impl FnOnce(&mut Runtime, Tables<'_>) -> Option<T>) -> Option<T> {
    let pending = LiveState::of(rt).pending.take()?;
    let result = tables(pending.body()).ok().and_then(|tables| run(rt, tables));
    LiveState::of(rt).pending = Some(pending);
    result
}

fn methods_of(rt: &mut Runtime, tables: &Tables<'_>) -> Option<(String, Context)> {
    let mut joined = Joined::default();
    let mut piece = |method: &SavedMethod<'_>, dormant: bool| {
        let (start, end) = joined.add(method.source);
        Piece {
            class: method.class.to_string(),
            meta: method.meta,
            protocol: method.protocol.map(ToString::to_string),
            start,
            end,
            dormant,
        }
    };
    let mut pieces: Vec<Piece> = tables.old.iter().map(|old| piece(old, true)).collect();
    pieces.extend(tables.methods.iter().map(|method| piece(method, false)));
    let needs = tables.units.iter().filter_map(|unit| match unit {
        SavedUnit::Method { selector, is_user: false, .. } => Some((*selector).to_string()),
        _ => None,
    });
    let needs: Vec<String> = needs.collect();
    if pieces.is_empty() && needs.is_empty() {
        return None;
    }
    let mut context = Context::of(rt, &RECORZ, Unit::Methods(pieces));
    context.needs.extend(needs);
    Some((joined.text, context))
}

/// The image's do-its of which blocks remain, likewise.
pub(crate) fn do_its(rt: &mut Runtime) -> Option<(String, Context)> {
    with_tables(rt, |rt, tables| {
        if tables.do_its.is_empty() {
            return None;
        }
        let mut joined = Joined::default();
        let places = tables.do_its.iter().map(|source| joined.add(source)).collect();
        let context = Context::of(rt, &RECORZ, Unit::Dormant(places));
        Some((joined.text, context))
    })
}

/// Makes the image's objects and gives everything its value.
///
/// # Errors
/// A catchable error when memory is short, or why not, in words.
pub(crate) fn finish(rt: &mut Runtime) -> Result<(), motet_runtime::Control> {
    let Some(pending) = LiveState::of(rt).pending.take() else { return Ok(()) };
    let made = match tables(pending.body()) {
        Ok(tables) => make(rt, &pending, &tables),
        Err(Malformed) => Err(Problem::Malformed),
    };
    made.map_err(|problem| match problem {
        Problem::Malformed => crate::natives::signal(rt, crate::classes::Builtin::Error, DAMAGED),
        Problem::Other(text) => crate::natives::signal(rt, crate::classes::Builtin::Error, text),
        Problem::Control(control) => control,
    })
}

fn make(rt: &mut Runtime, pending: &Pending, tables: &Tables<'_>) -> Result<(), Problem> {
    let links = links(rt, pending, tables)?;
    let mut maker = Maker { rt, links: &links, objects: Vec::new() };
    let mut r = tables.objects.clone();
    maker.shells(&mut r)?;
    let mut roots = r.clone();
    for name in &tables.globals {
        match World::of(maker.rt, &RECORZ).binding_of(name).and_then(|cell| maker.rt.heap.cell_get(cell)) {
            Some(v) if !v.is_nil() => maker.reuse(&mut roots, v)?,
            _ => super::objects::skip_reference(&mut roots)?,
        }
    }
    maker.contents(&mut tables.objects.clone())?;
    for &v in &maker.objects {
        crate::natives::rehash(maker.rt, v);
    }
    for name in &tables.globals {
        let v = maker.reference(&mut r)?;
        World::with(maker.rt, &RECORZ, |world, rt| world.set_binding(rt, name, v));
    }
    class_variables(&mut maker, &mut r)?;
    class_objects(&mut maker, &mut r)?;
    if r.is_done() { Ok(()) } else { Err(Problem::Malformed) }
}

fn class_variables(maker: &mut Maker<'_>, r: &mut Reader<'_>) -> Result<(), Problem> {
    for _ in 0..r.length()? {
        let class = *maker.links.classes.get(r.index(MOST)?).ok_or(Problem::Malformed)?;
        for _ in 0..r.length()? {
            let name = r.text()?;
            let v = maker.reference(r)?;
            let cell = World::with(maker.rt, &RECORZ, |world, rt| world.add_class_variable(rt, class, name));
            maker.rt.heap.cell_set(cell, v);
        }
    }
    Ok(())
}

fn class_objects(maker: &mut Maker<'_>, r: &mut Reader<'_>) -> Result<(), Problem> {
    for _ in 0..r.length()? {
        let class = *maker.links.classes.get(r.index(MOST)?).ok_or(Problem::Malformed)?;
        let object = World::of(maker.rt, &RECORZ).class(class).object;
        for at in 1..=r.length()? {
            let v = maker.reference(r)?;
            // The first field is the class's number.
            match maker.rt.heap.fields_mut(object).and_then(|fields| fields.get_mut(at)) {
                Some(field) if !v.is_unset() => *field = v,
                _ => return Err(Problem::Malformed),
            }
        }
    }
    Ok(())
}

/// What the numbers of an image mean here.
fn links(rt: &mut Runtime, pending: &Pending, tables: &Tables<'_>) -> Result<Links, Problem> {
    let other = Problem::Other("snapshot version mismatch");
    let mut classes = Vec::with_capacity(tables.names.len());
    for &(name, meta, identity) in &tables.names {
        let world = World::of(rt, &RECORZ);
        let Some(class) = world.find_class(name) else { return Err(other) };
        let class = if meta { class.meta() } else { class };
        let object = world.class(class).object;
        if identity != 0 {
            rt.heap.set_identity(object, identity);
        }
        classes.push(class);
    }
    let mut natives = Vec::with_capacity(tables.natives.len());
    for name in &tables.natives {
        match rt.find_native(name).filter(|_| name.starts_with("recorz.")) {
            Some(native) => natives.push(Value::native(native)),
            None => return Err(other),
        }
    }
    let mut units = Vec::with_capacity(tables.units.len());
    for unit in &tables.units {
        units.push(match *unit {
            SavedUnit::Method { class, selector, .. } => {
                let class = *classes.get(class).ok_or(Problem::Malformed)?;
                let selector = rt.symbols.intern(selector);
                let func = World::of(rt, &RECORZ).own_method(class, selector).map(|m| m.func);
                func.and_then(|func| origin_of(rt, func))
            }
            SavedUnit::Old(at) => pending.old.get(at).copied(),
            SavedUnit::DoIt(at) => pending.do_its.get(at).copied(),
        });
    }
    let by_place = |(id, f): (usize, &motet_runtime::FuncInfo)| Some((f.origin?, FuncId(id as u32)));
    let functions: BTreeMap<Origin, FuncId> = rt.funcs.iter().enumerate().filter_map(by_place).collect();
    let blocks = move |unit: usize, place: u32| {
        let first = (*units.get(unit)?)?;
        functions.get(&Origin { index: first.index.checked_add(place)?, ..first }).copied()
    };
    Ok(Links { classes, natives, blocks: Box::new(blocks) })
}

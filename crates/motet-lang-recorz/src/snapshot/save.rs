//! Writing an image.

use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet},
    string::{String, ToString},
    vec::Vec,
};

use motet_runtime::{FuncId, Origin, Runtime, Symbol, Value};

use super::{Ref, UnitKind, container};
use crate::{
    bytes::Writer,
    classes::Builtin,
    live::state::{LiveState, Package},
    world::{ClassNo, Method, RECORZ, World},
};

/// A unit that blocks come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Method(ClassNo, Symbol),
    Old(usize),
    DoIt(usize),
}

/// The image of a runtime.
#[must_use]
pub(crate) fn image(rt: &mut Runtime) -> Vec<u8> {
    World::of(rt, &RECORZ);
    LiveState::of(rt);
    let (Some(world), Some(live)) = (World::get(rt, &RECORZ), LiveState::get(rt)) else { return Vec::new() };
    let mut saver = Saver::new(rt, world, live);
    let roots = saver.roots();
    let objects = saver.objects();
    let mut body = Writer::default();
    saver.write_classes(&mut body);
    saver.write_old_methods(&mut body);
    saver.write_methods(&mut body);
    write_packages(&mut body, &live.packages);
    body.texts(saver.do_its.iter().map(|&at| &*live.do_its[at].source));
    saver.write_names(&mut body);
    saver.write_units(&mut body);
    body.texts(saver.global_names().into_iter());
    body.length(saver.found.len());
    body.append(objects);
    body.append(roots);
    container::seal(&body.finish())
}

pub(super) struct Saver<'a> {
    pub(super) rt: &'a Runtime,
    pub(super) world: &'a World,
    live: &'a LiveState,
    /// Objects in the order in which they were found: their numbers.
    pub(super) found: Vec<Value>,
    /// Numbers by address.
    numbers: BTreeMap<u64, u32>,
    /// Numbers of symbols by text.
    symbols: BTreeMap<Box<str>, u32>,
    class_names: Vec<ClassNo>,
    class_numbers: BTreeMap<ClassNo, u32>,
    natives: Vec<String>,
    native_numbers: BTreeMap<String, u32>,
    /// Units by place of their function.
    places: BTreeMap<Origin, Unit>,
    units: Vec<Unit>,
    unit_numbers: BTreeMap<Unit, u32>,
    /// Old methods and do-its in use, by their place in the live system's lists.
    old: Vec<usize>,
    do_its: Vec<usize>,
}

impl<'a> Saver<'a> {
    fn new(rt: &'a Runtime, world: &'a World, live: &'a LiveState) -> Self {
        let mut saver = Saver {
            rt,
            world,
            live,
            found: Vec::new(),
            numbers: BTreeMap::new(),
            symbols: BTreeMap::new(),
            class_names: Vec::new(),
            class_numbers: BTreeMap::new(),
            natives: Vec::new(),
            native_numbers: BTreeMap::new(),
            places: BTreeMap::new(),
            units: Vec::new(),
            unit_numbers: BTreeMap::new(),
            old: Vec::new(),
            do_its: Vec::new(),
        };
        saver.find_units();
        saver
    }

    fn find_units(&mut self) {
        for (at, old) in self.live.replaced.iter().enumerate() {
            self.places.insert(old.origin, Unit::Old(at));
        }
        for (at, do_it) in self.live.do_its.iter().enumerate() {
            self.places.insert(do_it.origin, Unit::DoIt(at));
        }
        for (class, selector, method) in self.all_methods() {
            if let Some(origin) = crate::live::state::origin_of(self.rt, method.func) {
                self.places.insert(origin, Unit::Method(class, selector));
            }
        }
    }

    /// All methods, by class.
    fn all_methods(&self) -> Vec<(ClassNo, Symbol, &'a Method)> {
        let world = self.world;
        let sides = world.all_classes().flat_map(|class| [class, class.meta()]);
        let methods = sides.flat_map(|side| world.selectors(side).into_iter().map(move |selector| (side, selector)));
        methods.filter_map(|(side, s)| Some((side, s, world.own_method(side, s)?))).collect()
    }

    // ---- references

    pub(super) fn reference(&mut self, v: Value, w: &mut Writer) {
        use motet_runtime::Tag;
        let put = |w: &mut Writer, r: Ref| w.byte(r as u8);
        match v.tag() {
            Tag::Nil => put(w, Ref::Nil),
            Tag::Unset => put(w, Ref::Unset),
            Tag::Bool => put(w, if v.as_bool() == Some(true) { Ref::True } else { Ref::False }),
            Tag::Int => {
                put(w, Ref::Int);
                w.signed(v.as_int().unwrap_or(0));
            }
            Tag::Float => {
                put(w, Ref::Float);
                w.fixed64(v.as_float().unwrap_or(0.0).to_bits());
            }
            Tag::Native => {
                put(w, Ref::Native);
                let number = self.native(v);
                w.number(u64::from(number));
            }
            Tag::Func => match self.block(v.as_func()) {
                Some((unit, place)) => {
                    put(w, Ref::Block);
                    w.number(u64::from(unit));
                    w.number(u64::from(place));
                }
                None => put(w, Ref::Nil),
            },
            Tag::Record => match self.special_record(v) {
                Some((r, n)) => {
                    put(w, r);
                    w.number(u64::from(n));
                }
                None => self.object(v, w),
            },
            Tag::Str | Tag::List | Tag::Map | Tag::Closure | Tag::Cell | Tag::Foreign => self.object(v, w),
        }
    }

    /// Characters and classes, which every image has.
    fn special_record(&mut self, v: Value) -> Option<(Ref, u32)> {
        if let Some(class) = self.world.class_from(self.rt, v) {
            return Some((Ref::Class, self.class_name(class)));
        }
        if self.world.class_of(self.rt, v) != Builtin::Character.class() {
            return None;
        }
        let code = self.rt.heap.fields(v)?.first()?.as_int()?;
        Some((Ref::Character, u32::try_from(code).ok()?))
    }

    fn object(&mut self, v: Value, w: &mut Writer) {
        let next = self.found.len() as u32;
        let number = match self.rt.heap.text(v) {
            Some(text) => match self.symbols.get(text) {
                Some(&number) => number,
                None => {
                    self.symbols.insert(text.into(), next);
                    next
                }
            },
            None => *self.numbers.entry(v.bits()).or_insert(next),
        };
        if number == next {
            self.found.push(v);
        }
        w.byte(Ref::Object as u8);
        w.number(u64::from(number));
    }

    pub(super) fn class_name(&mut self, class: ClassNo) -> u32 {
        let next = self.class_names.len() as u32;
        let number = *self.class_numbers.entry(class).or_insert(next);
        if number == next {
            self.class_names.push(class);
        }
        number
    }

    fn native(&mut self, v: Value) -> u32 {
        let entry = v.as_native().and_then(|id| self.rt.natives.get(id.0 as usize));
        let name = entry.map_or(String::new(), |entry| entry.name.to_string());
        let next = self.natives.len() as u32;
        let number = *self.native_numbers.entry(name.clone()).or_insert(next);
        if number == next {
            self.natives.push(name);
        }
        number
    }

    /// The unit of a function and its place in it.
    pub(super) fn block(&mut self, func: Option<FuncId>) -> Option<(u32, u32)> {
        let origin = self.rt.funcs.get(func?.0 as usize)?.origin?;
        let (&first, &unit) = self.places.range(..=origin).next_back()?;
        if first.module != origin.module {
            return None;
        }
        let next = self.units.len() as u32;
        let number = *self.unit_numbers.entry(unit).or_insert(next);
        if number == next {
            self.units.push(unit);
            match unit {
                Unit::Old(at) => self.old.push(at),
                Unit::DoIt(at) => self.do_its.push(at),
                Unit::Method(class, _) => {
                    self.class_name(class);
                }
            }
        }
        Some((number, origin.index - first.index))
    }

    // ---- parts

    /// Names of globals that have a value and are not merely the names of their classes.
    fn global_names(&self) -> Vec<&'a str> {
        let world = self.world;
        let is_saved = |name: &str| {
            let object = world.find_class(name).map(|n| world.class(n).object);
            world.global(self.rt, name).is_some_and(|v| object.is_none_or(|object| !object.is_identical(v)))
        };
        world.globals().map(|(name, _)| name).filter(|name| is_saved(name)).collect()
    }

    /// Globals, class variables, variables of class objects.
    fn roots(&mut self) -> Writer {
        let mut w = Writer::default();
        let world = self.world;
        for name in self.global_names() {
            self.reference(world.global(self.rt, name).unwrap_or(Value::NIL), &mut w);
        }
        let classes: Vec<ClassNo> = world.all_classes().collect();
        let with_variables: Vec<ClassNo> =
            classes.iter().copied().filter(|&n| !world.class(n).class_variables.is_empty()).collect();
        w.length(with_variables.len());
        for class in with_variables {
            let name = self.class_name(class);
            w.number(u64::from(name));
            let variables = &world.class(class).class_variables;
            w.length(variables.len());
            for (name, cell) in variables {
                w.text(name);
                self.reference(self.rt.heap.cell_get(*cell).unwrap_or(Value::NIL), &mut w);
            }
        }
        let objects: Vec<(ClassNo, &[Value])> = classes
            .iter()
            .filter_map(|&n| Some((n, self.rt.heap.fields(world.class(n).object)?.get(1..)?)))
            .filter(|(_, fields)| fields.iter().any(|v| !v.is_nil()))
            .collect();
        w.length(objects.len());
        for (class, fields) in objects {
            let name = self.class_name(class);
            w.number(u64::from(name));
            w.length(fields.len());
            fields.iter().for_each(|&v| self.reference(v, &mut w));
        }
        w
    }

    /// Classes that a program defined, superclasses first, and built-in ones that it changed.
    fn write_classes(&self, w: &mut Writer) {
        let world = self.world;
        let is_saved = |n: &ClassNo| {
            let (class, meta) = (world.class(*n), world.class(n.meta()));
            class.is_user
                || !class.class_variables.is_empty()
                || class.package.is_some()
                || class.comment.is_some()
                || !meta.instance_variables.is_empty()
        };
        let (mut ordered, mut done) = (Vec::new(), BTreeSet::new());
        for class in world.all_classes().filter(is_saved) {
            let mut lineage: Vec<ClassNo> = world.lineage(class).filter(|n| !n.is_meta() && is_saved(n)).collect();
            lineage.reverse();
            ordered.extend(lineage.into_iter().filter(|&n| done.insert(n)));
        }
        w.length(ordered.len());
        for number in ordered {
            let class = world.class(number);
            w.text(&class.name);
            w.flag(class.is_user);
            w.maybe(class.superclass.map(|s| &*world.class(s).name));
            w.texts(class.instance_variables.iter());
            w.texts(world.class(number.meta()).instance_variables.iter());
            w.texts(class.class_variables.iter().map(|(name, _)| name).collect::<Vec<_>>().into_iter());
            w.maybe(class.package.as_deref());
            w.maybe(class.comment.as_deref());
        }
    }

    fn write_old_methods(&self, w: &mut Writer) {
        w.length(self.old.len());
        for &at in &self.old {
            let old = &self.live.replaced[at];
            w.text(&self.world.class(old.class).name);
            w.flag(old.class.is_meta());
            w.text(self.rt.symbols.name(old.selector));
            w.text(&old.source);
        }
    }

    /// In the order of their installation.
    fn write_methods(&self, w: &mut Writer) {
        let mut methods = self.all_methods();
        methods.retain(|(_, _, method)| method.source.is_some());
        methods.sort_by_key(|(_, _, method)| method.serial);
        w.length(methods.len());
        for (class, selector, method) in methods {
            w.text(&self.world.class(class).name);
            w.flag(class.is_meta());
            w.text(self.rt.symbols.name(selector));
            w.maybe(method.protocol.as_deref());
            w.text(method.source.as_deref().unwrap_or_default());
        }
    }

    fn write_names(&self, w: &mut Writer) {
        w.length(self.class_names.len());
        for &class in &self.class_names {
            w.text(&self.world.class(class).name);
            w.flag(class.is_meta());
            w.number(u64::from(self.rt.heap.serial(self.world.class(class).object)));
        }
        w.texts(self.natives.iter());
    }

    fn write_units(&self, w: &mut Writer) {
        w.length(self.units.len());
        for unit in &self.units {
            match *unit {
                Unit::Method(class, selector) => {
                    let is_user = self.world.own_method(class, selector).is_some_and(|m| m.source.is_some());
                    w.byte(if is_user { UnitKind::Method } else { UnitKind::Library } as u8);
                    w.number(u64::from(self.class_numbers.get(&class).copied().unwrap_or_default()));
                    w.text(self.rt.symbols.name(selector));
                }
                Unit::Old(at) => {
                    w.byte(UnitKind::Old as u8);
                    w.length(self.old.iter().position(|&o| o == at).unwrap_or_default());
                }
                Unit::DoIt(at) => {
                    w.byte(UnitKind::DoIt as u8);
                    w.length(self.do_its.iter().position(|&d| d == at).unwrap_or_default());
                }
            }
        }
    }
}

fn write_packages(w: &mut Writer, packages: &[Package]) {
    w.length(packages.len());
    for package in packages {
        w.text(&package.name);
        w.maybe(package.comment.as_deref());
        w.texts(package.do_its.iter());
    }
}

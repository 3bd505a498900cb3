//! What the front end is told about the running image when a program compiles text: the form of
//! `motet_runtime::LoadRequest::context` and `motet_ir::Options::context` in Recorz.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use motet_runtime::Runtime;

use super::state::LiveState;
use crate::{
    bytes::{Malformed, Reader, Writer},
    world::{ClassNo, Dialect, World},
};

/// What a text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Statements. The module's init function runs them with the Workspace as `self`, and answers the value of the last.
    DoIt {
        /// The package to which they belong.
        package: Option<String>,
    },
    /// Methods. The init function installs them in order, and answers the last one's selector as a symbol.
    Methods(Vec<Piece>),
    /// Do-its that are compiled and not run: each is the text between two places. The init function only hands each one's
    /// function to `recorz.do_it`, as for do-its that run.
    Dormant(Vec<(u32, u32)>),
    /// Nothing: only what [`Context::needs`] says is wanted of the library. The init function ends with `recorz.resend`.
    Library,
}

/// A method's source in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Name of the class.
    pub class: String,
    /// Whether it is a method of the class side.
    pub meta: bool,
    /// Its protocol.
    pub protocol: Option<String>,
    /// Place of the source in the text: first byte.
    pub start: u32,
    /// Place of the source in the text: byte after the last.
    pub end: u32,
    /// It is compiled and not installed: the init function hands it to `recorz.replaced`, which takes the same
    /// arguments as `recorz.install`.
    pub dormant: bool,
}

/// A class of the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownClass {
    /// Its name.
    pub name: String,
    /// Name of its superclass.
    pub superclass: Option<String>,
    /// Whether a program defined it.
    pub is_user: bool,
    /// Instance variables that it adds.
    pub instance_variables: Vec<String>,
    /// Instance variables that its class side adds.
    pub class_side_variables: Vec<String>,
    /// Class variables that it adds.
    pub class_variables: Vec<String>,
}

/// The running image, as far as compiling depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// What the text is.
    pub unit: Unit,
    /// All classes, superclasses first.
    pub classes: Vec<KnownClass>,
    /// Names that have a binding with a value: classes and other globals, workspace variables.
    pub globals: Vec<String>,
    /// Library methods that were compiled already, without native ones: `Class>>selector`, `Class class>>selector`.
    pub installed: Vec<String>,
    /// Selectors of methods that programs gave to built-in classes.
    pub overridden: Vec<String>,
    /// Selectors and classes that count as mentioned by the text, so that library methods of these names are compiled with
    /// it: classes of which there may be instances, at least.
    pub needs: Vec<String>,
}

/// The first byte: the form of the rest.
const FORM: u8 = 1;

impl Context {
    /// The image as it is now.
    #[must_use]
    pub fn of(rt: &mut Runtime, dialect: &'static Dialect, unit: Unit) -> Self {
        World::of(rt, dialect);
        let mut context = Self {
            unit,
            classes: Vec::new(),
            globals: Vec::new(),
            installed: Vec::new(),
            overridden: Vec::new(),
            needs: LiveState::of(rt).alive.iter().cloned().collect(),
        };
        let Some(world) = World::get(rt, dialect) else { return context };
        for number in world.all_classes() {
            context.add_class(world, number);
            for side in [number, number.meta()] {
                let name = world.class_name(side);
                for selector in world.selectors(side) {
                    let method = world.own_method(side, selector);
                    if method.is_some_and(|m| !m.is_user && m.func.as_native().is_none()) {
                        context.installed.push(alloc::format!("{name}>>{}", rt.symbols.name(selector)));
                    }
                }
            }
        }
        let bound = world.globals().filter(|(_, cell)| rt.heap.cell_get(*cell).is_some_and(|v| !v.is_unset()));
        context.globals = bound.map(|(name, _)| name.to_string()).collect();
        context.overridden = world.overridden().map(ToString::to_string).collect();
        context
    }

    fn add_class(&mut self, world: &World, number: ClassNo) {
        let class = world.class(number);
        let texts = |names: &[alloc::boxed::Box<str>]| names.iter().map(|n| n.to_string()).collect();
        self.classes.push(KnownClass {
            name: class.name.to_string(),
            superclass: class.superclass.map(|s| world.class(s).name.to_string()),
            is_user: class.is_user,
            instance_variables: texts(&class.instance_variables),
            class_side_variables: texts(&world.class(number.meta()).instance_variables),
            class_variables: class.class_variables.iter().map(|(name, _)| name.to_string()).collect(),
        });
    }

    /// As bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.byte(FORM);
        match &self.unit {
            Unit::DoIt { package } => {
                w.byte(0);
                w.maybe(package.as_deref());
            }
            Unit::Methods(pieces) => {
                w.byte(1);
                w.length(pieces.len());
                for piece in pieces {
                    w.text(&piece.class);
                    w.flag(piece.meta);
                    w.maybe(piece.protocol.as_deref());
                    w.number(u64::from(piece.start));
                    w.number(u64::from(piece.end));
                    w.flag(piece.dormant);
                }
            }
            Unit::Dormant(places) => {
                w.byte(2);
                w.length(places.len());
                for (start, end) in places {
                    w.number(u64::from(*start));
                    w.number(u64::from(*end));
                }
            }
            Unit::Library => w.byte(3),
        }
        w.length(self.classes.len());
        for class in &self.classes {
            w.text(&class.name);
            w.maybe(class.superclass.as_deref());
            w.flag(class.is_user);
            for names in [&class.instance_variables, &class.class_side_variables, &class.class_variables] {
                w.texts(names.iter());
            }
        }
        for names in [&self.globals, &self.installed, &self.overridden, &self.needs] {
            w.texts(names.iter());
        }
        w.finish()
    }

    /// From bytes; `None` when they are no context.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        read(&mut Reader::new(bytes)).ok()
    }
}

fn read(r: &mut Reader<'_>) -> Result<Context, Malformed> {
    if r.byte()? != FORM {
        return Err(Malformed);
    }
    let unit = match r.byte()? {
        0 => Unit::DoIt { package: r.maybe()?.map(ToString::to_string) },
        1 => Unit::Methods((0..r.length()?).map(|_| read_piece(r)).collect::<Result<_, _>>()?),
        2 => Unit::Dormant((0..r.length()?).map(|_| Ok((r.number32()?, r.number32()?))).collect::<Result<_, _>>()?),
        3 => Unit::Library,
        _ => return Err(Malformed),
    };
    let classes = (0..r.length()?).map(|_| read_class(r)).collect::<Result<_, _>>()?;
    let (globals, installed, overridden, needs) = (r.texts()?, r.texts()?, r.texts()?, r.texts()?);
    let context = Context { unit, classes, globals, installed, overridden, needs };
    if r.is_done() { Ok(context) } else { Err(Malformed) }
}

fn read_piece(r: &mut Reader<'_>) -> Result<Piece, Malformed> {
    Ok(Piece {
        class: r.text()?.to_string(),
        meta: r.flag()?,
        protocol: r.maybe()?.map(ToString::to_string),
        start: r.number32()?,
        end: r.number32()?,
        dormant: r.flag()?,
    })
}

fn read_class(r: &mut Reader<'_>) -> Result<KnownClass, Malformed> {
    Ok(KnownClass {
        name: r.text()?.to_string(),
        superclass: r.maybe()?.map(ToString::to_string),
        is_user: r.flag()?,
        instance_variables: r.texts()?,
        class_side_variables: r.texts()?,
        class_variables: r.texts()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{boxed::Box, vec};
    use motet_runtime::{Limits, NullHost};

    #[test]
    fn a_context_is_read_as_it_was_written() {
        let mut rt = Runtime::new(Box::new(NullHost), Limits::default());
        rt.add_natives(crate::natives::ALL);
        let piece =
            Piece { class: "Foo".into(), meta: true, protocol: Some("p".into()), start: 3, end: 9, dormant: false };
        for unit in
            [Unit::DoIt { package: None }, Unit::Methods(vec![piece.clone(), piece]), Unit::Dormant(vec![(0, 7)])]
        {
            let context = Context::of(&mut rt, &crate::world::RECORZ, unit);
            let bytes = context.encode();
            assert_eq!(Context::decode(&bytes).as_ref(), Some(&context));
            assert!(context.globals.iter().any(|g| g == "Transcript"));
            for cut in 0..bytes.len() {
                assert_eq!(Context::decode(&bytes[..cut]), None);
            }
        }
    }
}

//! The class table, lookup and class-side variables.

use alloc::{boxed::Box, string::String, vec, vec::Vec};

use motet_runtime::{Limits, NullHost, Runtime, Value};

use super::{Definition, Installed, RECORZ, World};
use crate::classes::Builtin;

fn runtime() -> Runtime {
    let mut rt = Runtime::new(Box::new(NullHost), Limits::default());
    rt.add_natives(crate::natives::ALL);
    rt
}

fn define(rt: &mut Runtime, name: &str, superclass: Option<&str>, variables: Option<&str>) -> Result<String, String> {
    World::with(rt, &RECORZ, |world, rt| {
        let definition = Definition {
            name,
            superclass,
            instance_variables: variables.map(super::words),
            options: superclass.is_some() || variables.is_some(),
            ..Definition::default()
        };
        let (number, _) = world.define_class(rt, &definition)?;
        Ok(world.all_instance_variables(number).join(" "))
    })
}

#[test]
fn classes_follow_the_rules_of_headers() {
    let mut rt = runtime();
    let repeats = "KernelInstaller class chunk repeats an instance variable name";
    let inherited = "KernelInstaller class chunk repeats an inherited instance variable name";
    let changed = "KernelInstaller does not support changing dynamic class instance variables";
    type Case = (&'static str, Option<&'static str>, Option<&'static str>, Result<&'static str, &'static str>);
    let cases: &[Case] = &[
        ("A", Some("Object"), Some("a b"), Ok("a b")),
        ("B", Some("A"), Some("c"), Ok("a b c")),
        ("B", None, None, Ok("a b c")),
        ("C", Some("Missing"), None, Ok("")),
        ("Missing", None, None, Ok("")),
        ("D", Some("Object"), Some("x x"), Err(repeats)),
        ("D", Some("B"), Some("a"), Err(inherited)),
        ("A", Some("Object"), Some("a"), Err(changed)),
        ("A", Some("Object"), Some("a b"), Ok("a b")),
        ("B", Some("Object"), Some("c"), Err(changed)),
        ("A", Some("B"), None, Err("class A cannot inherit from itself")),
    ];
    for (name, superclass, variables, expected) in cases {
        let got = define(&mut rt, name, *superclass, *variables);
        assert_eq!(got.as_deref().map_err(String::as_str), *expected, "{name} {superclass:?} {variables:?}");
    }
}

#[test]
fn every_value_has_a_class_and_every_class_a_metaclass() {
    let mut rt = runtime();
    let list = rt.heap.list(Vec::new());
    let symbol = rt.heap.str("abc");
    World::of(&mut rt, &RECORZ);
    let object = World::get(&rt, &RECORZ).unwrap().class(Builtin::Object.class()).object;
    let values = [
        (Value::int(3), "SmallInteger"),
        (Value::int(1 << 61), "LargePositiveInteger"),
        (Value::int(-(1 << 61)), "SmallInteger"),
        (Value::int(i64::MIN), "LargeNegativeInteger"),
        (Value::float(0.5), "Float"),
        (Value::NIL, "UndefinedObject"),
        (Value::TRUE, "True"),
        (Value::FALSE, "False"),
        (list, "Array"),
        (symbol, "Symbol"),
        (object, "Object class"),
    ];
    let world = World::get(&rt, &RECORZ).unwrap();
    for (v, name) in values {
        assert_eq!(world.class_name(world.class_of(&rt, v)), name);
    }
    let metaclass = world.class(Builtin::Metaclass.class().meta()).object;
    let meta = world.class_of(&rt, metaclass);
    assert_eq!(
        (world.class_name(meta), world.class(meta).object.is_identical(world.global(&rt, "Metaclass").unwrap())),
        ("Metaclass".into(), true)
    );
    let root = world.class(Builtin::Object.class().meta()).superclass.unwrap();
    assert_eq!(world.class_name(root), "Class");
    assert_eq!(world.class_from(&rt, object), Some(Builtin::Object.class()));
    assert!(world.global(&rt, "Transcript").is_some_and(|v| world.class_of(&rt, v) == Builtin::Transcript.class()));
}

#[test]
fn class_side_variables_reach_subclasses_and_methods_are_found_through_superclasses() {
    let mut rt = runtime();
    define(&mut rt, "A", Some("Object"), None).unwrap();
    define(&mut rt, "B", Some("A"), None).unwrap();
    let foo = rt.symbols.intern("foo");
    World::with(&mut rt, &RECORZ, |world, rt| {
        let (a, b) = (world.find_class("A").unwrap(), world.find_class("B").unwrap());
        assert!(world.lookup(b, foo).is_none());
        for source in [None, Some("foo ^1")] {
            let method = Installed { selector: "foo", func: Value::int(1), source, protocol: None };
            world.install(rt, a, &method);
        }
        assert!(world.lookup(b, foo).is_some() && world.lookup(b.meta(), foo).is_none());
        world.define_class_side(rt, a, &["n", "m", "o"]).unwrap();
        for class in [a, b] {
            let object = world.class(class).object;
            assert_eq!(rt.heap.fields(object).map(<[Value]>::len), Some(4));
            assert_eq!(world.class_from(rt, object), Some(class));
            assert_eq!(world.class_of(rt, object), class.meta());
        }
        assert_eq!(world.all_instance_variables(b.meta()), vec!["_number", "n", "m", "o"]);
        assert!(world.remove(rt, a, foo) && !world.remove(rt, a, foo));
        assert!(world.lookup(b, foo).is_none());
    });
}

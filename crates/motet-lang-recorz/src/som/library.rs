//! The built-in class library: SOM sources, one class each, by name.

macro_rules! sources {
    ($($name:literal),* $(,)?) => {
        /// Names and texts, by name.
        const SOURCES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../library/som/", $name, ".som")))),*];
    };
}

sources![
    "Array",
    "Block",
    "Block1",
    "Block2",
    "Block3",
    "Boolean",
    "Class",
    "Dictionary",
    "Double",
    "False",
    "HashEntry",
    "Hashtable",
    "Integer",
    "Metaclass",
    "Method",
    "Nil",
    "Object",
    "Pair",
    "Primitive",
    "Set",
    "String",
    "Symbol",
    "System",
    "True",
    "Vector",
];

/// The classes of values that the engine makes; every program has them, superclasses first.
pub(crate) const CORE: &[&str] = &[
    "Object",
    "Class",
    "Metaclass",
    "Method",
    "Primitive",
    "Nil",
    "Boolean",
    "True",
    "False",
    "Integer",
    "Double",
    "String",
    "Symbol",
    "Array",
    "Block",
    "Block1",
    "Block2",
    "Block3",
    "System",
];

/// Source text of a class of the library.
pub(crate) fn source(name: &str) -> Option<&'static str> {
    SOURCES.binary_search_by(|(other, _)| other.cmp(&name)).ok().map(|at| SOURCES[at].1)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::parser::parse_class;

    #[test]
    fn every_source_parses_and_is_found_by_its_name() {
        assert!(SOURCES.is_sorted());
        for (name, text) in SOURCES {
            let classes = parse_class(text, motet_source::FileId(0)).unwrap_or_else(|e| panic!("{name}: {e:?}"));
            assert_eq!(classes.len(), 1, "{name}");
            assert_eq!(classes[0].name.text, *name);
            assert_eq!(source(name), Some(*text));
        }
        for name in CORE {
            assert!(source(name).is_some(), "{name}");
        }
    }

    #[test]
    fn object_has_33_methods_in_the_order_of_the_reference() {
        let classes = parse_class(source("Object").unwrap(), motet_source::FileId(0)).unwrap();
        let methods: Vec<&str> = classes[0].instance.methods.iter().map(|m| m.selector.as_str()).collect();
        assert_eq!(methods.len(), 33);
        assert_eq!((methods[0], methods[9], methods[32]), ("class", ",", "instVarNamed:"));
    }
}

//! Methods: installation, removal and lookup.

use alloc::{boxed::Box, vec::Vec};

use motet_runtime::{Runtime, Symbol, Value};

use super::{ClassNo, World};

/// A method of a class.
#[derive(Clone, Debug)]
pub struct Method {
    /// What to call, with the receiver first.
    pub func: Value,
    /// Its source text; none of the library's.
    pub source: Option<Box<str>>,
    /// Its protocol.
    pub protocol: Option<Box<str>>,
    /// Order of installation.
    pub serial: u32,
    /// Whether a program installed it.
    pub is_user: bool,
    /// Where the anchor holds it.
    place: u32,
}

/// A method to install.
#[derive(Clone, Copy, Debug)]
pub struct Installed<'a> {
    /// The selector.
    pub selector: &'a str,
    /// What to call, with the receiver first.
    pub func: Value,
    /// Its source text; none of the library's methods.
    pub source: Option<&'a str>,
    /// Its protocol.
    pub protocol: Option<&'a str>,
}

impl World {
    /// Gives a class a method, replacing one of the same selector.
    pub fn install(&mut self, rt: &mut Runtime, number: ClassNo, method: &Installed<'_>) {
        let selector = rt.symbols.intern(method.selector);
        let is_user = method.source.is_some();
        if is_user && !self.class(number).is_user {
            self.overridden.insert(Box::from(method.selector));
        }
        self.note_replaced(rt, number, selector);
        let before = self.class(number).methods.get(&selector).map(|old| (old.place, old.serial));
        let serial = before.map_or(self.serial + 1, |(_, serial)| serial);
        self.serial = self.serial.max(serial);
        let place = match before {
            // Native functions are not kept.
            Some((place, _)) if place != u32::MAX => {
                self.keep_at(&mut rt.heap, place, method.func);
                place
            }
            _ => self.keep(&mut rt.heap, method.func),
        };
        let entry = Method {
            func: method.func,
            source: method.source.map(Box::from),
            protocol: method.protocol.map(Box::from),
            serial,
            is_user,
            place,
        };
        self.class_mut(number).methods.insert(selector, entry);
        self.changed(rt);
    }

    /// Takes a method away from a class; whether it had one.
    pub fn remove(&mut self, rt: &mut Runtime, number: ClassNo, selector: Symbol) -> bool {
        self.note_replaced(rt, number, selector);
        let Some(method) = self.class_mut(number).methods.remove(&selector) else { return false };
        self.keep_at(&mut rt.heap, method.place, Value::NIL);
        self.changed(rt);
        true
    }

    /// Blocks of a method that goes may stay, and snapshots need its source then.
    fn note_replaced(&self, rt: &mut Runtime, number: ClassNo, selector: Symbol) {
        if !core::ptr::eq(self.dialect, &super::RECORZ) {
            return;
        }
        if let Some(method) = self.own_method(number, selector)
            && let Some(source) = &method.source
        {
            crate::live::state::note_replaced(rt, number, selector, method.func, source);
        }
    }

    /// The method that a native function is by its name, if it is one.
    pub(super) fn add_native_method(&mut self, rt: &mut Runtime, name: &str) {
        let Some((class, selector)) = name.split_once('.').and_then(|(_, name)| name.split_once(">>")) else { return };
        let (class, is_meta) = match class.strip_suffix(" class") {
            Some(class) => (class, true),
            None => (class, false),
        };
        let (Some(class), Some(native)) = (self.find_class(class), rt.find_native(name)) else {
            debug_assert!(false, "{name} is a method of no class");
            return;
        };
        let number = if is_meta { class.meta() } else { class };
        let selector = rt.symbols.intern(selector);
        self.serial += 1;
        let method = Method {
            func: Value::native(native),
            source: None,
            protocol: None,
            serial: self.serial,
            is_user: false,
            place: u32::MAX,
        };
        self.class_mut(number).methods.insert(selector, method);
    }

    /// A class's own method.
    #[must_use]
    pub fn own_method(&self, number: ClassNo, selector: Symbol) -> Option<&Method> {
        self.class(number).methods.get(&selector)
    }

    /// The class that has the method which instances of a class use, and the method.
    #[must_use]
    pub fn find_method(&self, number: ClassNo, selector: Symbol) -> Option<(ClassNo, &Method)> {
        self.lineage(number).find_map(|n| Some((n, self.own_method(n, selector)?)))
    }

    /// What a message to instances of a class calls.
    #[must_use]
    pub fn lookup(&self, number: ClassNo, selector: Symbol) -> Option<Value> {
        if let Some(&found) = self.cache.borrow().get(&(number, selector)) {
            return found;
        }
        let found = self.find_method(number, selector).map(|(_, method)| method.func);
        self.cache.borrow_mut().insert((number, selector), found);
        found
    }

    /// Selectors of a class's own methods, in the order of their installation.
    #[must_use]
    pub fn selectors(&self, number: ClassNo) -> Vec<Symbol> {
        let mut all: Vec<(u32, Symbol)> = self.class(number).methods.iter().map(|(&s, m)| (m.serial, s)).collect();
        all.sort_unstable();
        all.into_iter().map(|(_, selector)| selector).collect()
    }

    /// Selectors of methods that programs gave to built-in classes, which compilers therefore do not inline.
    pub fn overridden(&self) -> impl Iterator<Item = &str> {
        self.overridden.iter().map(|s| &**s)
    }

    /// Whether no program has given built-in classes equality or hashes of its own.
    #[must_use]
    pub fn compares_plainly(&self) -> bool {
        self.overridden.is_empty() || !["=", "hash"].iter().any(|&s| self.overridden.contains(s))
    }

    /// Some class understands other messages than before.
    pub(super) fn changed(&mut self, rt: &mut Runtime) {
        self.cache.get_mut().clear();
        rt.methods_changed();
    }
}

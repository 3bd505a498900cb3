//! The rules of class definitions, for compilers, which refuse a header before it runs, and for worlds.

use alloc::{format, string::String, vec::Vec};

use super::Definition;

/// Classes by name.
pub trait ClassTree {
    /// Whether there is such a class, and whether a program defined it.
    fn is_class(&self, name: &str) -> Option<bool>;

    /// Name of a class's superclass.
    fn superclass_of(&self, name: &str) -> Option<&str>;

    /// Instance variables that a class (or its metaclass) adds.
    fn own_variables(&self, name: &str, meta: bool) -> Vec<&str>;

    /// Names of all classes.
    fn class_names(&self) -> Vec<&str>;
}

/// Most instance variables of a class, inherited ones included.
pub const MAX_VARIABLES: usize = 4_000;

/// A change of the variables of a class that may have instances or methods.
const CHANGED: &str = "KernelInstaller does not support changing dynamic class instance variables";

/// The class and its superclasses, nearest first.
fn lineage<'t>(tree: &'t impl ClassTree, name: &'t str) -> impl Iterator<Item = &'t str> {
    let first = tree.is_class(name).map(|_| name);
    core::iter::successors(first, |name| tree.superclass_of(name)).take(tree.class_names().len())
}

/// All instance variables of a class or metaclass, those of the nearest class first.
fn all_variables<'t>(tree: &'t impl ClassTree, name: &'t str, meta: bool) -> Vec<&'t str> {
    lineage(tree, name).flat_map(|name| tree.own_variables(name, meta)).collect()
}

fn check_names(variables: &[&str], inherited: &[&str]) -> Result<(), String> {
    if variables.len() + inherited.len() > MAX_VARIABLES {
        return Err(format!("a class has at most {MAX_VARIABLES} instance variables"));
    }
    if variables.iter().enumerate().any(|(i, name)| variables[..i].contains(name)) {
        return Err("KernelInstaller class chunk repeats an instance variable name".into());
    }
    if variables.iter().any(|name| inherited.contains(name)) {
        return Err("KernelInstaller class chunk repeats an inherited instance variable name".into());
    }
    Ok(())
}

/// Whether a definition with options may stand.
///
/// # Errors
/// The text of the error.
pub fn check_definition(tree: &impl ClassTree, definition: &Definition<'_>) -> Result<(), String> {
    let name = definition.name;
    let is_user = tree.is_class(name);
    let before = tree.superclass_of(name);
    let superclass = definition.superclass.or(before).unwrap_or("Object");
    if let Some(variables) = &definition.instance_variables {
        check_names(variables, &all_variables(tree, superclass, false))?;
    }
    let Some(is_user) = is_user else { return Ok(()) };
    if definition.instance_variables.as_ref().is_some_and(|variables| *variables != tree.own_variables(name, false)) {
        return Err(CHANGED.into());
    }
    if definition.superclass.is_none_or(|superclass| before == Some(superclass)) {
        return Ok(());
    }
    if lineage(tree, superclass).any(|n| n == name) {
        return Err(format!("class {name} cannot inherit from itself"));
    }
    let Some(before) = before.filter(|_| is_user) else {
        return Err(format!("the superclass of {name} cannot be changed"));
    };
    // Code relies on the positions of variables, which stand behind the inherited ones.
    let same = |meta| all_variables(tree, before, meta) == all_variables(tree, superclass, meta);
    let has_none = || {
        let mut below = tree.class_names().into_iter().filter(|below| lineage(tree, below).any(|n| n == name));
        below.all(|below| tree.own_variables(below, false).is_empty())
    };
    if (same(false) || has_none()) && same(true) { Ok(()) } else { Err(CHANGED.into()) }
}

/// Whether a class side may get these instance variables.
///
/// # Errors
/// The text of the error.
pub fn check_variables(tree: &impl ClassTree, (name, meta): (&str, bool), variables: &[&str]) -> Result<(), String> {
    let own = tree.own_variables(name, meta);
    if own == variables {
        return Ok(());
    }
    if !own.is_empty() {
        return Err(CHANGED.into());
    }
    let inherited = tree.superclass_of(name).map(|s| all_variables(tree, s, meta)).unwrap_or_default();
    check_names(variables, &inherited)?;
    // Variables of classes below would move.
    let moved = tree.class_names().into_iter().any(|below| {
        below != name && lineage(tree, below).any(|n| n == name) && !tree.own_variables(below, meta).is_empty()
    });
    if moved { Err(CHANGED.into()) } else { Ok(()) }
}

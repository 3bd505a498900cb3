//! Source text from definitions: classes and packages in the chunk format.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::fmt::Write as _;

use motet_runtime::Runtime;

use super::state::LiveState;
use crate::world::{ClassNo, RECORZ, World};

/// A class as chunks.
#[must_use]
pub(crate) fn file_out_class(rt: &Runtime, class: ClassNo) -> String {
    let mut out = String::new();
    if let Some(world) = World::get(rt, &RECORZ) {
        write_class(world, class, &mut out);
    }
    out
}

/// A package as chunks: its classes in name order, its do-its; `None` if nobody declared it and no class belongs to it.
#[must_use]
pub(crate) fn file_out_package(rt: &Runtime, name: &str) -> Option<String> {
    let world = World::get(rt, &RECORZ)?;
    let known = LiveState::get(rt).and_then(|live| live.packages.iter().find(|p| p.name == name));
    let classes = classes_of(world, name);
    if known.is_none() && classes.is_empty() {
        return None;
    }
    let mut out = String::new();
    let _ = write!(out, "RecorzKernelPackage: '{name}'");
    if let Some(comment) = known.and_then(|p| p.comment.as_ref()) {
        let _ = write!(out, " comment: '{comment}'");
    }
    out.push_str("\n!\n");
    classes.into_iter().for_each(|class| write_class(world, class, &mut out));
    for do_it in known.iter().flat_map(|p| &p.do_its) {
        let _ = write!(out, "RecorzKernelDoIt:\n{do_it}\n!\n");
    }
    Some(out)
}

/// The classes of a package, by name.
#[must_use]
pub(crate) fn classes_of(world: &World, package: &str) -> Vec<ClassNo> {
    let is_in = |n: &ClassNo| world.class(*n).package.as_deref() == Some(package);
    let mut classes: Vec<ClassNo> = world.all_classes().filter(is_in).collect();
    classes.sort_by(|a, b| world.class(*a).name.cmp(&world.class(*b).name));
    classes
}

fn write_class(world: &World, number: ClassNo, out: &mut String) {
    let class = world.class(number);
    let _ = write!(out, "RecorzKernelClass: #{}", class.name);
    // Built-in classes are only reopened: their variables are their own business.
    if class.is_user {
        if let Some(superclass) = class.superclass {
            let _ = write!(out, " superclass: #{}", world.class(superclass).name);
        }
        if let Some(package) = &class.package {
            let _ = write!(out, " package: '{package}'");
        }
        if let Some(comment) = &class.comment {
            let _ = write!(out, " comment: '{comment}'");
        }
        let _ = write!(out, " instanceVariableNames: '{}'", class.instance_variables.join(" "));
        if !class.class_variables.is_empty() {
            let names: Vec<&str> = class.class_variables.iter().map(|(name, _)| &**name).collect();
            let _ = write!(out, " classVariableNames: '{}'", names.join(" "));
        }
    }
    out.push_str("\n!\n");
    write_methods(world, number, out);
    let side = world.class(number.meta());
    let has_methods = world
        .selectors(number.meta())
        .iter()
        .any(|&s| world.own_method(number.meta(), s).is_some_and(|m| m.source.is_some()));
    if has_methods || class.is_user && !side.instance_variables.is_empty() {
        let _ = write!(out, "RecorzKernelClassSide: #{}", class.name);
        if class.is_user && !side.instance_variables.is_empty() {
            let _ = write!(out, " instanceVariableNames: '{}'", side.instance_variables.join(" "));
        }
        out.push_str("\n!\n");
        write_methods(world, number.meta(), out);
    }
}

/// A program's methods of one side of a class.
fn write_methods(world: &World, side: ClassNo, out: &mut String) {
    let mut before: Option<String> = None;
    for selector in world.selectors(side) {
        let Some(method) = world.own_method(side, selector) else { continue };
        let Some(source) = &method.source else { continue };
        let protocol = method.protocol.as_deref();
        if let Some(protocol) = protocol.filter(|p| before.as_deref() != Some(*p)) {
            let _ = write!(out, "RecorzKernelProtocol: '{protocol}'\n!\n");
        }
        before = protocol.map(ToString::to_string);
        for line in source.lines().map(str::trim).filter(|line| !line.is_empty()) {
            out.push_str(line);
            out.push('\n');
        }
        out.push_str("!\n");
    }
}

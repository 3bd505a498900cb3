//! What the live system knows besides the world: packages, the do-its that were compiled, methods that were replaced.
//!
//! Invariant: nothing here is a value, so nothing needs rooting. Functions are named by module and position, which the
//! runtime's table of functions tells for every block.

use alloc::{boxed::Box, collections::BTreeSet, string::String, vec::Vec};

use motet_runtime::{Origin, Runtime, Symbol, Value};

use crate::world::ClassNo;

/// Under which name the runtime keeps it.
const NAME: &str = "recorz.live";
/// Units that are not worth looking who needs them.
const FEW: usize = 256;

/// A package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) comment: Option<String>,
    /// Sources of its do-its, in order.
    pub(crate) do_its: Vec<String>,
}

/// A do-it that was compiled.
#[derive(Clone, Debug)]
pub(crate) struct DoIt {
    pub(crate) origin: Origin,
    pub(crate) source: Box<str>,
}

/// A method that was replaced or removed; blocks of it may still be around.
#[derive(Clone, Debug)]
pub(crate) struct Replaced {
    pub(crate) origin: Origin,
    pub(crate) class: ClassNo,
    pub(crate) selector: Symbol,
    pub(crate) source: Box<str>,
}

/// The state of the live system.
#[derive(Debug, Default)]
pub(crate) struct LiveState {
    pub(crate) packages: Vec<Package>,
    /// Do-its that something may still need, besides those of packages.
    pub(crate) do_its: Vec<DoIt>,
    pub(crate) replaced: Vec<Replaced>,
    /// Length of both lists at which it pays to look who needs them.
    crowded: usize,
    /// Source of the running program.
    pub(crate) program: Option<String>,
    /// The image that is being restored.
    pub(crate) pending: Option<crate::snapshot::Pending>,
    /// The program's file, while its text is compiled as live text: errors then end the program as compile errors do.
    pub(crate) file: Option<String>,
    /// Built-in classes of which there may be instances, as far as not every image has them.
    pub(crate) alive: BTreeSet<String>,
    /// Messages to be sent again when the library's method is there: lists among the runtime's roots.
    pub(crate) resend: Vec<Value>,
    /// Line of the file before the text that is compiled.
    pub(crate) line: u32,
}

impl LiveState {
    /// The state, made on first use.
    pub(crate) fn of(rt: &mut Runtime) -> &mut LiveState {
        rt.state_of::<LiveState>(NAME)
    }

    /// The state, if there is one.
    pub(crate) fn get(rt: &Runtime) -> Option<&LiveState> {
        rt.state.get(NAME)?.downcast_ref()
    }

    /// The package of a name, made if there is none.
    pub(crate) fn package(&mut self, name: &str) -> &mut Package {
        let at = self.packages.iter().position(|p| p.name == name).unwrap_or_else(|| {
            self.packages.push(Package { name: name.into(), ..Package::default() });
            self.packages.len() - 1
        });
        &mut self.packages[at]
    }
}

/// Where a function that is a value comes from.
pub(crate) fn origin_of(rt: &Runtime, func: Value) -> Option<Origin> {
    let id = func.as_func().or_else(|| rt.heap.closure_func(func))?;
    rt.funcs.get(id.0 as usize)?.origin
}

/// Notes a do-it that was compiled.
pub(crate) fn note_do_it(rt: &mut Runtime, func: Value, source: &str) {
    let Some(origin) = origin_of(rt, func) else { return };
    LiveState::of(rt).do_its.push(DoIt { origin, source: source.into() });
    prune(rt);
}

/// Notes a method that is replaced or removed.
pub(crate) fn note_replaced(rt: &mut Runtime, class: ClassNo, selector: Symbol, func: Value, source: &str) {
    let Some(origin) = origin_of(rt, func) else { return };
    LiveState::of(rt).replaced.push(Replaced { origin, class, selector, source: source.into() });
    prune(rt);
}

/// Forgets units of modules that are gone, when there are many.
fn prune(rt: &mut Runtime) {
    let state = LiveState::of(rt);
    if state.do_its.len() + state.replaced.len() < state.crowded.max(FEW) {
        return;
    }
    let alive: BTreeSet<u32> = rt.funcs.iter().filter_map(|f| Some(f.origin?.module)).collect();
    let state = LiveState::of(rt);
    state.do_its.retain(|d| alive.contains(&d.origin.module));
    state.replaced.retain(|r| alive.contains(&r.origin.module));
    state.crowded = (state.do_its.len() + state.replaced.len()) * 2;
}

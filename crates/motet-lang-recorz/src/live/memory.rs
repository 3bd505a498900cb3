//! `KernelInstaller memoryReport`: what the image takes, in the form of the kernel's report.

use alloc::string::String;
use core::fmt::Write as _;

use motet_runtime::{Runtime, Value};

use super::state::LiveState;
use crate::world::{RECORZ, World};

/// The report: each figure with its limit, or `-` where only the heap's limit holds. `named` is the number of named
/// objects.
#[must_use]
pub(crate) fn report(rt: &Runtime, named: Value) -> String {
    let mut out = String::from("MEMORY\nPROFILE DEV\n");
    let heap = &rt.heap;
    let mut line = |name: &str, used: usize, limit: Option<usize>| {
        let _ = match limit {
            Some(limit) => writeln!(out, "{name} {used}/{limit}"),
            None => writeln!(out, "{name} {used}/-"),
        };
    };
    let stats = heap.stats();
    line("HEAP", heap.bytes(), Some(heap.limit()));
    line("HWM", stats.peak.max(heap.bytes()), Some(heap.limit()));
    let Some(world) = World::get(rt, &RECORZ) else { return out };
    let user = world.all_classes().filter(|n| world.class(*n).is_user).count();
    let packages = LiveState::get(rt).map_or(0, |live| live.packages.len());
    let (mut sources, mut bytes) = (0, 0);
    for side in world.all_classes().flat_map(|n| [n, n.meta()]) {
        for source in world.selectors(side).iter().filter_map(|&s| world.own_method(side, s)?.source.as_deref()) {
            sources += 1;
            bytes += source.len();
        }
    }
    let strings = LiveState::get(rt).map_or(0, |live| live.do_its.iter().map(|d| d.source.len()).sum());
    line("DCLS", user, None);
    line("PKGS", packages, None);
    line("NOBJ", named.as_int().and_then(|n| usize::try_from(n).ok()).unwrap_or(0), None);
    line("MSRC", sources, None);
    line("MSRP", bytes, None);
    line("LSTR", strings, None);
    line("RSTR", heap.bytes(), Some(heap.limit()));
    line("SSTR", bytes + strings, None);
    out
}

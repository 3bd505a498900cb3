//! Decides how handlers reach each other: by tail calls where the optimiser is
//! known to turn them into jumps, else from a loop.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(motet_tail_calls)");
    println!("cargo::rerun-if-changed=build.rs");
    let var = |name: &str| std::env::var(name).unwrap_or_default();
    let optimised = matches!(var("OPT_LEVEL").as_str(), "2" | "3" | "s" | "z");
    let arch = var("CARGO_CFG_TARGET_ARCH");
    let jumps =
        matches!(arch.as_str(), "x86" | "x86_64" | "arm" | "aarch64" | "riscv32" | "riscv64" | "loongarch64" | "s390x");
    if optimised && jumps && std::env::var_os("CARGO_FEATURE_PORTABLE_DISPATCH").is_none() {
        println!("cargo::rustc-cfg=motet_tail_calls");
    }
}

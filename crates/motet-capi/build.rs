//! Gives the shared library the name under which programs find it at run time: it changes with `MOTET_ABI_VERSION`.

fn main() {
    println!("cargo:rerun-if-changed=src/types.rs");
    let types = std::fs::read_to_string("src/types.rs").expect("the crate has it");
    let version = types.lines().find_map(|l| l.strip_prefix("pub const MOTET_ABI_VERSION: u32 = "));
    let version = version.expect("the constant is there").trim_end_matches(';');
    match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("macos") => println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libmotet.{version}.dylib"),
        Ok("windows") => {}
        _ => println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libmotet.so.{version}"),
    }
}

//! Hands the linker script to the linker.
fn main() {
    let here = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    println!("cargo:rerun-if-changed=link.ld");
    println!("cargo:rerun-if-env-changed=MOTET_BOARD_RAM");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("none") {
        println!("cargo:rustc-link-arg-bins=-T{here}/link.ld");
        println!("cargo:rustc-link-arg-bins=--gc-sections");
        if let Ok(ram) = std::env::var("MOTET_BOARD_RAM") {
            println!("cargo:rustc-link-arg-bins=--defsym=BOARD_RAM={ram}");
        }
    }
}

//! Hands the memory map to the linker, and the programs to embed to the compiler.
//!
//! Environment, all optional: `MOTET_BOARD_SOURCE`, a source file to embed; `MOTET_BOARD_MODULES`, `.pbc` files to
//! embed, separated by `:`; `MOTET_BOARD_LAYOUT`, `ram` or `flash`; `MOTET_BOARD_RAM` and `MOTET_BOARD_STACK`, sizes in bytes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The program of an image that names none.
const PROGRAM: &str = "hello";

fn main() {
    for name in ["SOURCE", "MODULES", "LAYOUT", "RAM", "STACK"] {
        println!("cargo:rerun-if-env-changed=MOTET_BOARD_{name}");
    }
    embed();
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("none") {
        link();
    }
}

fn setting(name: &str) -> Option<String> {
    env::var(format!("MOTET_BOARD_{name}")).ok().filter(|v| !v.is_empty())
}

fn link() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let layout = setting("LAYOUT").unwrap_or_else(|| "ram".into());
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));
    let map = here.join(format!("link/{layout}.ld"));
    fs::copy(&map, out.join("layout.ld")).unwrap_or_else(|e| panic!("{}: {e}", map.display()));
    println!("cargo:rerun-if-changed=link");
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rustc-link-arg-bins=-T{}", here.join("link/board.ld").display());
    println!("cargo:rustc-link-arg-bins=--gc-sections");
    for (setting_name, symbol) in [("RAM", "BOARD_RAM"), ("STACK", "BOARD_STACK")] {
        if let Some(value) = setting(setting_name) {
            println!("cargo:rustc-link-arg-bins=--defsym={symbol}={value}");
        }
    }
}

/// Writes `embedded.rs`: the source text and the modules as constants.
fn embed() {
    let mut text = String::new();
    let source = setting("SOURCE").map(PathBuf::from);
    let name = |path: &Path| path.file_name().map_or(PROGRAM.into(), |n| n.to_string_lossy().into_owned());
    match &source {
        Some(path) => {
            let path = absolute(path);
            let _ = writeln!(
                text,
                "pub const SOURCE: Option<(&str, &[u8])> = Some(({:?}, include_bytes!({path:?})));",
                name(&path)
            );
        }
        None => text.push_str("pub const SOURCE: Option<(&str, &[u8])> = None;\n"),
    }
    text.push_str("pub const MODULES: &[(&str, &[u8])] = &[\n");
    for path in setting("MODULES").unwrap_or_default().split(':').filter(|p| !p.is_empty()) {
        let path = absolute(Path::new(path));
        let _ = writeln!(text, "    ({:?}, include_bytes!({path:?})),", name(&path));
    }
    text.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));
    fs::write(out.join("embedded.rs"), text).expect("the build folder can be written");
}

fn absolute(path: &Path) -> PathBuf {
    let found = fs::canonicalize(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    println!("cargo:rerun-if-changed={}", found.display());
    found
}

//! `cargo xtask install-c`: the C API for programs outside of the repository.
//!
//! Invariants: every file appears under its name complete, by renaming; the installed folder may be moved, because the
//! pkg-config files find it from where they are. This file needs nothing but the standard library, so that the tests of
//! the C API can use it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// What a platform calls libraries.
struct Names {
    /// As cargo builds it.
    built: &'static str,
    /// As programs link it.
    linked: &'static str,
    /// As programs find it at run time, for a number of the binary interface.
    loaded: fn(u32) -> String,
}

#[cfg(target_os = "macos")]
const NAMES: Names =
    Names { built: "libmotet_capi.dylib", linked: "libmotet.dylib", loaded: |abi| format!("libmotet.{abi}.dylib") };
#[cfg(not(target_os = "macos"))]
const NAMES: Names =
    Names { built: "libmotet_capi.so", linked: "libmotet.so", loaded: |abi| format!("libmotet.so.{abi}") };

/// What a program that links the static library has to link too.
#[cfg(target_os = "macos")]
const SYSTEM_LIBRARIES: &str = "-framework CoreFoundation -framework Security -liconv -lSystem -lm";
#[cfg(not(target_os = "macos"))]
const SYSTEM_LIBRARIES: &str = "-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc";

const USAGE: &str = "usage: cargo xtask install-c --prefix DIR [--libs DIR]";

/// Reads the arguments, builds if need be, installs.
pub fn run(root: &Path, args: &[String]) -> Result<(), String> {
    let (mut prefix, mut libs) = (None, None);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let slot = match arg.as_str() {
            "--prefix" => &mut prefix,
            "--libs" => &mut libs,
            _ => return Err(format!("unknown argument `{arg}`; {USAGE}")),
        };
        *slot = Some(PathBuf::from(args.next().ok_or(USAGE)?));
    }
    let prefix = prefix.ok_or(USAGE)?;
    let libs = match libs {
        Some(libs) => libs,
        None => build(root)?,
    };
    install(root, &libs, &prefix)?;
    println!("installed below {}; programs are built with", prefix.display());
    println!("  PKG_CONFIG_PATH={}/lib/pkgconfig pkg-config --cflags --libs motet", prefix.display());
    Ok(())
}

/// Builds the libraries with optimisation; hands back the folder where they are.
fn build(root: &Path) -> Result<PathBuf, String> {
    let cc = env::var("CC").unwrap_or_else(|_| "cc".into());
    if Command::new(&cc).arg("--version").output().is_err() {
        return Err(format!(
            "there is no C compiler `{cc}`: the libraries cannot be linked without one. Install one (Debian and Ubuntu: \
             `apt-get install gcc`), or name one in the variable CC."
        ));
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status =
        Command::new(&cargo).args(["build", "--release", "--package", "motet-capi"]).current_dir(root).status();
    match status {
        Ok(status) if status.success() => {}
        Ok(_) => return Err("the libraries could not be built; see above".into()),
        Err(e) => return Err(format!("{}: {e}", cargo.to_string_lossy())),
    }
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |t| root.join(t));
    Ok(target.join("release"))
}

/// Installs what is in the folder `libs`, and the headers of the repository.
pub fn install(root: &Path, libs: &Path, prefix: &Path) -> Result<(), String> {
    let header = root.join("include/motet.h");
    let header = fs::read_to_string(&header).map_err(|e| format!("{}: {e}", header.display()))?;
    let abi = header.lines().find_map(|line| line.strip_prefix("#define MOTET_ABI_VERSION ")?.trim().parse().ok());
    let abi: u32 = abi.ok_or("include/motet.h does not say its MOTET_ABI_VERSION")?;
    let (include, lib) = (prefix.join("include"), prefix.join("lib"));
    for folder in [&include, &lib.join("pkgconfig")] {
        fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    for name in ["motet.h", "motet_rae.h"] {
        copy(&root.join("include").join(name), &include.join(name))?;
    }
    let loaded = (NAMES.loaded)(abi);
    copy(&libs.join(NAMES.built), &lib.join(&loaded))?;
    link(&loaded, &lib.join(NAMES.linked))?;
    copy(&libs.join("libmotet_capi.a"), &lib.join("libmotet.a"))?;
    let version = env!("CARGO_PKG_VERSION");
    let pc = |what: &str, libs: &str| {
        format!(
            "prefix=${{pcfiledir}}/../..\nincludedir=${{prefix}}/include\nlibdir=${{prefix}}/lib\n\n\
             Name: Motet\nDescription: Bytecode compiler and virtual machine for several small languages ({what})\n\
             Version: {version}\nCflags: -I${{includedir}}\nLibs: {libs}\n"
        )
    };
    let shared = pc("shared library", "-L${libdir} -lmotet");
    let fixed = pc("static library", &format!("${{libdir}}/libmotet.a {SYSTEM_LIBRARIES}"));
    write(&lib.join("pkgconfig/motet.pc"), |path| fs::write(path, shared))?;
    write(&lib.join("pkgconfig/motet-static.pc"), |path| fs::write(path, fixed))
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    if !from.is_file() {
        return Err(format!("{} is missing: build it with `cargo build --package motet-capi`", from.display()));
    }
    write(to, |path| fs::copy(from, path).map(drop))
}

#[cfg(unix)]
fn link(target: &str, path: &Path) -> Result<(), String> {
    write(path, |path| std::os::unix::fs::symlink(target, path))
}

#[cfg(not(unix))]
fn link(target: &str, path: &Path) -> Result<(), String> {
    copy(&path.with_file_name(target), path)
}

/// Makes a file under another name, then gives it its own.
fn write(path: &Path, make: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<(), String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    // From an installation that was cut short.
    let _ = fs::remove_file(&temporary);
    let made = make(&temporary).and_then(|()| fs::rename(&temporary, path));
    made.map_err(|e| {
        let _ = fs::remove_file(&temporary);
        format!("{}: {e}", path.display())
    })
}

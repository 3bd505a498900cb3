//! Programs in C against the installed library, outside of the repository: the examples with both libraries, and tests of
//! handles, values, callbacks and threads under the address and undefined-behaviour sanitizers where the compiler has them.
//!
//! Without a C compiler, `make` or `pkg-config` the tests say so and pass.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

#[path = "../../../xtask/src/install.rs"]
#[allow(dead_code)]
mod install;

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository is there")
}

/// Runs a command; its standard output, or everything it said.
fn output(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() {
        Ok(out.into_owned())
    } else {
        Err(format!("{command:?}: {}\n{out}{err}", output.status))
    }
}

/// A folder of the test's own that goes with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("motet-capi-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The C compiler, if there are all tools.
fn compiler() -> Option<&'static str> {
    static COMPILER: OnceLock<Option<String>> = OnceLock::new();
    let found = COMPILER.get_or_init(|| {
        let cc = env::var("CC").unwrap_or_else(|_| "cc".into());
        for tool in [cc.as_str(), "make", "pkg-config"] {
            if Command::new(tool).arg("--version").output().is_err() {
                eprintln!("SKIPPED: there is no `{tool}`; programs in C are not tested");
                return None;
            }
        }
        Some(cc)
    });
    found.as_deref()
}

/// Installs the libraries that were built for this test.
fn installed(folder: &Folder) -> PathBuf {
    let libs = env::current_exe().expect("the test has a path").parent().expect("and a folder").to_path_buf();
    let prefix = folder.0.join("prefix");
    install::install(&root(), &libs, &prefix).expect("the installation");
    // It can be moved, as the pkg-config files promise.
    let moved = folder.0.join("moved");
    fs::rename(&prefix, &moved).expect("a move");
    moved
}

/// Whether programs with these options can be built and run.
fn works(cc: &str, folder: &Folder, options: &[&str]) -> bool {
    let (source, program) = (folder.0.join("probe.c"), folder.0.join("probe"));
    fs::write(&source, "int main(void) { return 0; }\n").expect("a file");
    let built = output(Command::new(cc).args(options).arg(&source).arg("-o").arg(&program));
    built.is_ok() && output(&mut Command::new(&program)).is_ok()
}

fn run_tests(name: &str, programs: &[&str]) {
    let Some(cc) = compiler() else { return };
    let folder = Folder::new(name);
    let prefix = installed(&folder);
    let lib = prefix.join("lib");
    let mut options = vec!["-std=c11", "-Wall", "-Wextra", "-Werror", "-g"];
    let sanitizers = "-fsanitize=address,undefined";
    if works(cc, &folder, &[sanitizers]) {
        options.extend([sanitizers, "-fno-sanitize-recover=all"]);
    } else {
        eprintln!("SKIPPED: {cc} has no sanitizers here; the programs run without");
    }
    for name in programs {
        let program = folder.0.join(name);
        let mut build = Command::new(cc);
        build.args(&options).arg(root().join(format!("crates/motet-capi/tests/c/{name}.c"))).arg("-o").arg(&program);
        build.arg("-I").arg(prefix.join("include")).arg("-L").arg(&lib).args(["-lmotet", "-lpthread"]);
        build.arg(format!("-Wl,-rpath,{}", lib.display()));
        output(&mut build).unwrap_or_else(|e| panic!("{e}"));
        let said = output(Command::new(&program).arg(&folder.0)).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(said, format!("{name}: ok\n"));
    }
}

#[test]
fn bad_handles_and_pointers_are_errors() {
    run_tests("handles", &["handles"]);
}

#[test]
fn values_cross_in_both_directions() {
    run_tests("values", &["values"]);
}

#[test]
fn host_functions_and_objects_keep_their_promises() {
    run_tests("callbacks", &["callbacks"]);
}

#[test]
fn threads_keep_to_their_own_objects() {
    run_tests("threads", &["threads"]);
}

#[test]
fn modules_are_replaced_while_the_host_runs() {
    run_tests("registry", &["registry"]);
}

#[test]
fn the_headers_are_c_and_cpp() {
    let Some(cc) = compiler() else { return };
    let include = root().join("include");
    for header in fs::read_dir(&include).expect("the headers").flatten() {
        for (language, standard) in [("c", "-std=c11"), ("c", "-std=c2x"), ("c++", "-std=c++17")] {
            let mut check = Command::new(cc);
            check.args(["-x", language, standard, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-I"]);
            check.arg(&include).arg(header.path());
            match output(&mut check) {
                Ok(_) => {}
                Err(e) if language == "c++" && e.contains("cc1plus") => {
                    eprintln!("SKIPPED: there is no C++ compiler; the header is only checked as C");
                }
                Err(e) => panic!("{e}"),
            }
        }
    }
}

#[test]
fn the_first_program_of_the_page_runs() {
    let Some(cc) = compiler() else { return };
    let folder = Folder::new("page");
    let prefix = installed(&folder);
    let page = fs::read_to_string(root().join("docs/embedding-c.md")).expect("the page");
    let program = page.split_once("```c\n").and_then(|(_, rest)| rest.split_once("```")).expect("a program in C").0;
    fs::write(folder.0.join("hello.c"), program).expect("a file");
    let mut config = Command::new("pkg-config");
    config.args(["--cflags", "--libs", "motet"]).env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"));
    let options = output(&mut config).unwrap_or_else(|e| panic!("{e}"));
    let mut build = Command::new(cc);
    build.current_dir(&folder.0).args(["-Wall", "hello.c", "-o", "hello"]).args(options.split_whitespace());
    build.arg(format!("-Wl,-rpath,{}", prefix.join("lib").display()));
    output(&mut build).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(output(&mut Command::new(folder.0.join("hello"))), Ok("hello, world\n42\n".to_string()));
}

/// Runs an example; `.expected` beside the test has its output.
fn check_example(folder: &Path, name: &str, args: &[&str]) {
    let said = output(Command::new(folder.join(name)).args(args).current_dir(folder)).unwrap_or_else(|e| panic!("{e}"));
    let expected = root().join(format!("crates/motet-capi/tests/c/{name}.expected"));
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&expected, &said).expect("the file can be written");
    }
    assert_eq!(said, fs::read_to_string(&expected).expect("the expected output"), "{name}");
}

fn run_examples(name: &str, variables: &[&str]) {
    if compiler().is_none() {
        return;
    }
    let folder = Folder::new(name);
    let prefix = installed(&folder);
    let examples = folder.0.join("examples");
    fs::create_dir(&examples).expect("a folder");
    for file in fs::read_dir(root().join("examples/c")).expect("the examples").flatten() {
        if file.path().is_file() {
            fs::copy(file.path(), examples.join(file.file_name())).expect("a copy");
        }
    }
    let mut make = Command::new("make");
    make.current_dir(&examples).args(variables).arg("CFLAGS=-O1 -Werror");
    make.arg(format!("PKG_CONFIG_PATH={}", prefix.join("lib/pkgconfig").display()));
    output(&mut make).unwrap_or_else(|e| panic!("{e}"));
    check_example(&examples, "game", &["behaviour.ruff", "faster.ruff", "broken.ruff", "endless.ruff"]);
    check_example(&examples, "rules", &[]);
    if motet::LANGUAGES.iter().any(|l| l.name == "rae") {
        check_example(&examples, "hello_rae", &["hello.rae", "hello_again.rae"]);
    }
    output(Command::new(examples.join("plugins")).args(["--make", "."]).current_dir(&examples))
        .unwrap_or_else(|e| panic!("{e}"));
    check_example(&examples, "plugins", &["upper.pbc", "count.pbc", "hang.pbc", "damaged.pbc"]);
}

#[test]
fn the_examples_run_with_the_shared_library() {
    run_examples("shared", &[]);
}

#[test]
fn the_examples_run_with_the_static_library() {
    run_examples("static", &["STATIC=1"]);
}

//! `cargo xtask board`: images for the board, their budgets, and their tests.
//!
//! `platform/riscv32/budgets.json` is the one table of configurations: what each holds, how it is built, and what it may
//! cost. `platform/riscv32/Makefile` calls this.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Map, Value, json};

use crate::{Outcome, fail};

const TARGET: &str = "riscv32i-unknown-none-elf";
const TOOLS: &str = "scripts/board-tools.sh prepares the tools";
/// The configuration of `recorz.elf`, which `run` and `disasm` mean.
const USUAL: &str = "recorz";
/// How much of a figure's budget a change may save before the budget must follow, in percent.
const SLACK: u64 = 10;

const HELP: &str = "\
Images for the board: QEMU's `virt` with RV32I and 2 MiB of RAM, without an operating system.

Usage: cargo xtask board <command> [--config NAME] [--source FILE] [--modules FILE,…]

Commands:
  build      build the configuration (recorz unless named; `all-configs` for each) into platform/riscv32/build/
  run        build it and run it under QEMU (Ctrl-A X leaves)
  disasm     write its disassembly to standard output
  test       build all configurations and compare what they do with the corpus and the expected conversations
  budget     build all configurations and compare their sizes and memory with platform/riscv32/budgets.json
      --update   write the figures there instead
  clean      remove what was built

  --config NAME      vm: no compiler; recorz: with Recorz; all: with all languages
  --source FILE      embed this source text; it runs first
  --modules A,B      embed these .pbc files; they run in this order
";

/// What the command line asks for.
struct Wish {
    config: String,
    source: Option<PathBuf>,
    modules: Vec<PathBuf>,
    update: bool,
}

/// Runs a command.
pub fn run(root: &Path, args: &[String]) -> Outcome {
    let wish = wish(&args[1.min(args.len())..])?;
    match args.first().map(String::as_str) {
        Some("build") if wish.config == "all-configs" => {
            for name in names(&table(root)?) {
                report(root, &name, &build(root, &name, &wish)?)?;
            }
            Ok(())
        }
        Some("build") => report(root, &wish.config, &build(root, &wish.config, &wish)?),
        Some("run") => {
            let image = build(root, &wish.config, &wish)?;
            start(&image)
        }
        Some("disasm") => disassemble(&build(root, &wish.config, &wish)?),
        Some("test") => test(root, &wish),
        Some("budget") => budget(root, &wish),
        Some("clean") => match fs::remove_dir_all(folder(root)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => fail(e.to_string()),
            _ => Ok(()),
        },
        None | Some("help" | "-h" | "--help") => {
            print!("{HELP}");
            Ok(())
        }
        Some(other) => fail(format!("unknown command `board {other}`\n\n{HELP}")),
    }
}

fn wish(args: &[String]) -> Result<Wish, Vec<String>> {
    let mut wish = Wish { config: USUAL.into(), source: None, modules: Vec::new(), update: false };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().cloned().ok_or_else(|| vec![format!("`{arg}` needs a value")]);
        match arg.as_str() {
            "--config" => wish.config = value()?,
            "--source" => wish.source = Some(value()?.into()),
            "--modules" => wish.modules.extend(value()?.split([',', ' ']).filter(|m| !m.is_empty()).map(PathBuf::from)),
            "--update" => wish.update = true,
            other => return fail(format!("unknown option `{other}`\n\n{HELP}")),
        }
    }
    Ok(wish)
}

fn folder(root: &Path) -> PathBuf {
    root.join("platform/riscv32/build")
}

fn table_path(root: &Path) -> PathBuf {
    root.join("platform/riscv32/budgets.json")
}

/// The table of configurations.
fn table(root: &Path) -> Result<Map<String, Value>, Vec<String>> {
    let path = table_path(root);
    let text = fs::read_to_string(&path).map_err(|e| vec![format!("{}: {e}", path.display())])?;
    match serde_json::from_str(&text) {
        Ok(Value::Object(table)) => Ok(table),
        Ok(_) => fail(format!("{}: an object is expected", path.display())),
        Err(e) => fail(format!("{}: {e}", path.display())),
    }
}

fn names(table: &Map<String, Value>) -> Vec<String> {
    table.keys().cloned().collect()
}

/// The cargo that this one is run by, without what it tells its children.
fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    for name in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        command.env_remove(name);
    }
    command
}

/// Whether the compiler has the target's library; else it is built from source (`scripts/board-tools.sh` says when).
fn has_target() -> bool {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output();
    let Ok(output) = sysroot else { return false };
    let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_string();
    Path::new(&sysroot).join("lib/rustlib").join(TARGET).is_dir()
}

/// Whether the sources of the library are there.
fn has_library_source() -> bool {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output();
    let Ok(output) = sysroot else { return false };
    let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_string();
    Path::new(&sysroot).join("lib/rustlib/src/rust/library/core/src/lib.rs").is_file()
}

/// Builds an image; returns its path.
fn build(root: &Path, name: &str, wish: &Wish) -> Result<PathBuf, Vec<String>> {
    let table = table(root)?;
    let Some(config) = table.get(name) else {
        return fail(format!("no configuration `{name}`; there are: {}", names(&table).join(", ")));
    };
    let words = |key: &str| config[key].as_str().unwrap_or_default().to_string();
    let mut command = cargo(root);
    command.args(["build", "--locked", "--profile", "board", "-p", "motet-board", "--bin", "motet-board"]);
    command.args(["--target", TARGET, "--message-format=json-render-diagnostics", "--features", &words("features")]);
    if !has_target() {
        if !has_library_source() {
            return fail(format!("neither the target {TARGET} nor the sources of the library are installed; {TOOLS}"));
        }
        command.args(["-Zbuild-std=core,alloc"]).env("RUSTC_BOOTSTRAP", "1");
    }
    command.env("CARGO_PROFILE_BOARD_OPT_LEVEL", words("opt-level"));
    command.env("MOTET_BOARD_LAYOUT", words("layout")).env("MOTET_BOARD_STACK", words("stack"));
    let absolute = |path: &Path| fs::canonicalize(path).map_err(|e| vec![format!("{}: {e}", path.display())]);
    let source = match &wish.source {
        Some(source) => Some(absolute(source)?),
        None if wish.modules.is_empty() => Some(root.join("platform/riscv32").join(words("source"))),
        None => None,
    };
    let mut modules = wish.modules.iter().map(|m| absolute(m)).collect::<Result<Vec<_>, _>>()?;
    match source {
        // Without a compiler, the program is compiled here.
        Some(source) if !words("features").contains("compiler") => modules.insert(0, compile(root, &source)?),
        Some(source) => {
            command.env("MOTET_BOARD_SOURCE", source);
        }
        None => {}
    }
    let joined = modules.iter().map(|m| m.display().to_string()).collect::<Vec<_>>().join(":");
    command.env("MOTET_BOARD_MODULES", joined);
    let output = command.stderr(Stdio::inherit()).output().map_err(|e| vec![format!("cargo: {e}")])?;
    if !output.status.success() {
        return fail(format!("the image `{name}` cannot be built; if something is missing, {TOOLS}"));
    }
    let built = String::from_utf8_lossy(&output.stdout).lines().rev().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        message["executable"].as_str().map(PathBuf::from)
    });
    let built = built.ok_or_else(|| vec!["cargo does not say where the image is".to_string()])?;
    let image = folder(root).join(format!("{name}.elf"));
    fs::create_dir_all(folder(root)).and_then(|()| fs::copy(&built, &image)).map_err(|e| vec![e.to_string()])?;
    Ok(image)
}

/// Compiles a program to a module, with the command built here.
fn compile(root: &Path, source: &Path) -> Result<PathBuf, Vec<String>> {
    fs::create_dir_all(folder(root)).map_err(|e| vec![e.to_string()])?;
    let stem = source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let module = folder(root).join(format!("{stem}.pbc"));
    let mut command = cargo(root);
    command.args(["run", "--quiet", "--locked", "-p", "motet-board", "--", "compile"]).arg(source).arg(&module);
    run_it(command, "the program to embed cannot be compiled")?;
    Ok(module)
}

fn run_it(mut command: Command, problem: &str) -> Outcome {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => fail(problem.to_string()),
        Err(e) => fail(format!("{problem}: {e}")),
    }
}

/// Sizes of an image.
#[derive(Clone, Copy, Default)]
struct Sizes {
    text: u64,
    data: u64,
    bss: u64,
}

/// Reads the section table of an ELF file for 32-bit little-endian machines.
fn sizes(image: &Path) -> Result<Sizes, Vec<String>> {
    let bytes = fs::read(image).map_err(|e| vec![format!("{}: {e}", image.display())])?;
    let number = |at: usize, length: usize| -> u64 {
        let field = bytes.get(at..at + length).unwrap_or_default();
        field.iter().rev().fold(0, |n, &b| n << 8 | u64::from(b))
    };
    if bytes.get(..6) != Some(b"\x7fELF\x01\x01") {
        return fail(format!("{}: not an ELF file for a 32-bit little-endian machine", image.display()));
    }
    let (table, entry, count) = (number(32, 4) as usize, number(46, 2) as usize, number(48, 2) as usize);
    let mut sizes = Sizes::default();
    for i in 0..count {
        let at = table + i * entry;
        let (kind, flags, size) = (number(at + 4, 4), number(at + 8, 4), number(at + 20, 4));
        // Write 1, allocate 2, execute 4; kind 8 takes no space in the file.
        match (flags & 2 != 0, kind == 8, flags & 1 != 0) {
            (true, true, _) => sizes.bss += size,
            (true, false, true) => sizes.data += size,
            (true, false, false) => sizes.text += size,
            (false, ..) => {}
        }
    }
    Ok(sizes)
}

/// Prints the sizes of an image beside its budget.
fn report(root: &Path, name: &str, image: &Path) -> Outcome {
    let sizes = sizes(image)?;
    let table = table(root)?;
    let config = &table[name];
    println!("{}", image.strip_prefix(root).unwrap_or(image).display());
    for (what, size) in [("text", sizes.text), ("data", sizes.data), ("bss", sizes.bss)] {
        println!("  {what:<6} {size:>9} bytes   budget {:>9}", config["budget"][what].as_u64().unwrap_or(0));
    }
    println!("  (text holds code and constants, and lies in the {}; `budget` measures memory, too)", place(config));
    Ok(())
}

fn place(config: &Value) -> &'static str {
    if config["layout"] == "flash" { "flash" } else { "RAM" }
}

fn start(image: &Path) -> Outcome {
    let mut command = Command::new("qemu-system-riscv32");
    command.args(["-machine", "virt", "-m", "3M", "-nographic", "-bios", "none", "-kernel"]).arg(image);
    use std::io::{IsTerminal as _, Write as _};
    let missing = |e: std::io::Error| {
        vec![format!("qemu-system-riscv32: {e}\nit is missing: {TOOLS} (Debian's qemu-system-misc)")]
    };
    if std::io::stdin().is_terminal() {
        let status = command.status().map_err(missing)?;
        return if status.success() { Ok(()) } else { fail(format!("the board ended with {status}")) };
    }
    // The end of the input is a Ctrl-D, so that the board is switched off then.
    let mut child = command.stdin(Stdio::piped()).spawn().map_err(missing)?;
    if let Some(mut input) = child.stdin.take() {
        // Fails when the board was switched off meanwhile.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut input).and_then(|_| input.write_all(b"\x04"));
    }
    let status = child.wait().map_err(|e| vec![e.to_string()])?;
    if status.success() { Ok(()) } else { fail(format!("the board ended with {status}")) }
}

fn disassemble(image: &Path) -> Outcome {
    for tool in ["llvm-objdump", "riscv64-unknown-elf-objdump", "riscv64-linux-gnu-objdump"] {
        if let Ok(status) = Command::new(tool).args(["-d", "-C"]).arg(image).status() {
            return if status.success() { Ok(()) } else { fail(format!("{tool}: {status}")) };
        }
    }
    fail(format!("no disassembler for RISC-V (llvm-objdump) is installed; {TOOLS} (Debian's llvm)"))
}

/// Builds all images with what they embed by themselves.
fn build_all(root: &Path) -> Result<Vec<(String, PathBuf)>, Vec<String>> {
    let wish = Wish { config: String::new(), source: None, modules: Vec::new(), update: false };
    names(&table(root)?).into_iter().map(|name| Ok((name.clone(), build(root, &name, &wish)?))).collect()
}

/// The desk's side of the board's crate.
fn desk(root: &Path, args: &[&std::ffi::OsStr]) -> Command {
    let mut command = cargo(root);
    command.args(["run", "--quiet", "--locked", "-p", "motet-board", "--"]).args(args);
    command
}

fn test(root: &Path, _wish: &Wish) -> Outcome {
    let images = build_all(root)?;
    let mut args = vec!["test".as_ref()];
    for wanted in ["vm", "recorz", "all"] {
        let image = images.iter().find(|(name, _)| name == wanted);
        args.push(image.ok_or_else(|| vec![format!("budgets.json lacks the configuration `{wanted}`")])?.1.as_os_str());
    }
    run_it(desk(root, &args), "the board does not do what it should")
}

/// Figures of a run: what `motet-board measure` prints.
fn measure(root: &Path, image: &Path) -> Result<Map<String, Value>, Vec<String>> {
    let output = desk(root, &["measure".as_ref(), image.as_os_str()]).stderr(Stdio::inherit()).output();
    let output = output.map_err(|e| vec![e.to_string()])?;
    let text = String::from_utf8_lossy(&output.stdout);
    let words: Vec<&str> = text.split_whitespace().collect();
    let figures = words.chunks(2).filter_map(|c| Some((c[0].to_string(), json!(c.get(1)?.parse::<u64>().ok()?))));
    let figures: Map<String, Value> = figures.collect();
    if figures.len() == 3 { Ok(figures) } else { fail(format!("{}: cannot be measured", image.display())) }
}

fn budget(root: &Path, wish: &Wish) -> Outcome {
    let mut table = table(root)?;
    let mut problems = Vec::new();
    println!(
        "{:<8} {:>14} {:>10} {:>8} {:>12} {:>11} {:>14}",
        "image", "text", "data", "bss", "peak heap", "stack", "instructions"
    );
    for (name, image) in build_all(root)? {
        let sizes = sizes(&image)?;
        let mut figures = measure(root, &image)?;
        figures.insert("text".into(), json!(sizes.text));
        figures.insert("data".into(), json!(sizes.data));
        figures.insert("bss".into(), json!(sizes.bss));
        let figure = |key: &str| figures[key].as_u64().unwrap_or(0);
        println!(
            "{name:<8} {:>14} {:>10} {:>8} {:>12} {:>11} {:>14}",
            figure("text"),
            figure("data"),
            figure("bss"),
            figure("heap"),
            figure("stack"),
            figure("instructions")
        );
        if wish.update {
            // A little room, so that not every change of the compiler is a failure.
            let rounded: Map<String, Value> = figures
                .iter()
                .map(|(k, v)| (k.clone(), json!((v.as_u64().unwrap_or(0) * 104 / 100).next_multiple_of(1024))))
                .collect();
            table[&name]["budget"] = Value::Object(rounded);
            continue;
        }
        for (key, value) in &figures {
            let (value, most) = (value.as_u64().unwrap_or(0), table[&name]["budget"][key].as_u64().unwrap_or(0));
            if value > most {
                problems.push(format!(
                    "{name}: {key} is {value}, the budget {most}: make it smaller, or justify `--update`"
                ));
            } else if most > 16 * 1024 && value + most * SLACK / 100 < most {
                println!(
                    "{name}: {key} is {value}, far below its budget of {most}: `cargo xtask board budget --update`"
                );
            }
        }
    }
    if wish.update {
        let text = serde_json::to_string_pretty(&Value::Object(table)).map_err(|e| vec![e.to_string()])?;
        fs::write(table_path(root), text + "\n").map_err(|e| vec![e.to_string()])?;
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

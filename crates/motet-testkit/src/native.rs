//! Programs as C: emitted, compiled with the system's C compiler, and run.
//!
//! The compiler is `cc`, or what `CC` names. Sanitizers are used if the compiler has them.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use motet::Program;

use crate::case::Observed;

/// Flags under which emitted text must compile.
const FLAGS: [&str; 6] = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-g"];

/// Sanitizers that end a program in which something is undefined.
const SANITIZE: [&str; 2] = ["-fsanitize=undefined,address", "-fno-sanitize-recover=all"];

/// Longest run of a test program.
const PATIENCE: Duration = Duration::from_secs(60);

/// Status of programs that a sanitizer ends; no test program ends with it.
const SANITIZER_STATUS: i32 = 86;

/// A C compiler that works.
#[derive(Clone, Debug)]
pub struct CCompiler {
    program: String,
    flags: Vec<&'static str>,
}

impl CCompiler {
    /// The system's compiler; `None` when there is none.
    pub fn find() -> Option<&'static CCompiler> {
        static FOUND: OnceLock<Option<CCompiler>> = OnceLock::new();
        FOUND.get_or_init(Self::probe).as_ref()
    }

    fn probe() -> Option<CCompiler> {
        let program = std::env::var("CC").unwrap_or_else(|_| "cc".into());
        let plain = CCompiler { program, flags: FLAGS.to_vec() };
        let sanitizing = CCompiler { flags: FLAGS.into_iter().chain(SANITIZE).collect(), ..plain.clone() };
        let folder = Scratch::new().ok()?;
        let works = |compiler: &CCompiler| {
            let ran = compiler.build("int main(void) { return 7; }\n", folder.path());
            ran.and_then(|program| execute(&program, "")).is_ok_and(|seen| seen.exit == 7)
        };
        [sanitizing, plain].into_iter().find(works)
    }

    /// Whether programs are compiled with sanitizers.
    #[must_use]
    pub fn sanitizes(&self) -> bool {
        self.flags.contains(&SANITIZE[0])
    }

    fn build(&self, text: &str, folder: &Path) -> Result<PathBuf, String> {
        let (source, program) = (folder.join("program.c"), folder.join("program"));
        fs::write(&source, text).map_err(|e| e.to_string())?;
        let compiled = Command::new(&self.program)
            .args(&self.flags)
            .arg(&source)
            .arg("-o")
            .arg(&program)
            .arg("-lm")
            .output()
            .map_err(|e| format!("{}: {e}", self.program))?;
        if compiled.status.success() {
            return Ok(program);
        }
        Err(format!("the emitted text does not compile:\n{}", String::from_utf8_lossy(&compiled.stderr)))
    }
}

/// A folder that is removed with its content.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> std::io::Result<Self> {
        static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("motet-c-{}-{number}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that stays in the temporary directory harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Compiles the C text of a program and runs it.
///
/// # Errors
/// The compiler's messages, or why the program could not be run to its end.
pub fn run_c(compiler: &CCompiler, text: &str, input: &str) -> Result<Observed, String> {
    let folder = Scratch::new().map_err(|e| e.to_string())?;
    let program = compiler.build(text, folder.path())?;
    let seen = execute(&program, input)?;
    if seen.exit == SANITIZER_STATUS {
        return Err(format!("a sanitizer ended the program:\n{}", seen.err));
    }
    Ok(seen)
}

/// The program's C form, its output compared with what it should do.
///
/// # Errors
/// What differs.
pub fn compare_c(compiler: &CCompiler, program: &Program, input: &str, expected: &Observed) -> Result<(), String> {
    let text = program.emit_c().map_err(|e| e.to_string())?;
    let seen = run_c(compiler, &text, input)?;
    if seen == *expected {
        return Ok(());
    }
    Err(format!("expected {expected:#?}\ngot {seen:#?}"))
}

fn execute(program: &Path, input: &str) -> Result<Observed, String> {
    let mut child = Command::new(program)
        .env("ASAN_OPTIONS", format!("exitcode={SANITIZER_STATUS}"))
        .env("UBSAN_OPTIONS", format!("exitcode={SANITIZER_STATUS}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| e.to_string())?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program need not read its input.
        let _ = stdin.write_all(input.as_bytes());
    }
    let reader = |pipe: Option<Box<dyn std::io::Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut pipe) = pipe {
                let _ = pipe.read_to_end(&mut bytes);
            }
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let out = reader(child.stdout.take().map(|p| Box::new(p) as _));
    let err = reader(child.stderr.take().map(|p| Box::new(p) as _));
    let start = Instant::now();
    let status = loop {
        match child.try_wait().map_err(|e| e.to_string())? {
            Some(status) => break status,
            None if start.elapsed() > PATIENCE => {
                let _ = child.kill();
                let _ = child.wait();
                return Err("the program does not end".into());
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    let joined = |thread: std::thread::JoinHandle<String>| thread.join().map_err(|_| "a reader failed".to_string());
    let (out, err) = (joined(out)?, joined(err)?);
    let exit = status.code().ok_or_else(|| format!("the program was ended by a signal ({status})\n{err}"))?;
    Ok(Observed { out, err, exit })
}

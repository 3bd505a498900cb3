//! What the board does: runs what is embedded in the image or lies in the flash, then reads lines.
//!
//! Each program has an isolate of its own. What is left to the programs is divided so that their language notices
//! before the allocator does.
#![allow(unsafe_code)]

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};
use core::ptr;

use motet::{Config, Engine, Error, FormatLimits, Isolate, Limits, ModuleHandle, Program, Stop, Value};
use motet_board::pack;

use crate::host::{BoardHost, CtrlC, capabilities};
use crate::uart::Uart;
use crate::{heap, repl};

/// What the build embedded.
mod embedded {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

/// Where a pack of modules may lie: the second half of the flash.
const FLASH: *const u8 = 0x2200_0000 as *const u8;
/// Bytes that a pack may have.
const FLASH_SIZE: usize = 32 << 20;

/// What the machine is doing, for reports of failures.
static mut PHASE: &str = "bootstrap";
/// The isolate that runs a program.
static mut RUNNING: *const Isolate = ptr::null();

/// What the machine is doing.
pub fn phase() -> &'static str {
    // SAFETY: one hart without interrupts.
    unsafe { PHASE }
}

pub(crate) fn set_phase(phase: &'static str) {
    // SAFETY: one hart without interrupts.
    unsafe { PHASE = phase }
}

/// Writes the calls that are active in the program that runs, if one does, innermost first.
pub fn write_calls(out: &mut dyn fmt::Write) {
    // SAFETY: set only while the isolate lives and runs. It is in the middle of something; what is read are the tables
    // of functions and frames, which are whole whenever code of functions runs.
    let Some(isolate) = (unsafe { RUNNING.as_ref() }) else { return };
    let mut number = 0;
    isolate.each_call(&mut |function| {
        if number < 16 {
            let _ = writeln!(out, "vm: call[{number}]={function}");
        }
        number += 1;
    });
    if number > 16 {
        let _ = writeln!(out, "vm: … {} more calls", number - 16);
    }
}

/// Everything after the start; returns the status for the power-off device.
pub fn run(restarted: bool) -> u32 {
    let engine = Engine::new();
    let mut status = 0;
    if restarted {
        let _ = writeln!(Uart, "restarted; everything defined before is gone");
    } else {
        if let Some((name, text)) = embedded::SOURCE {
            status = run_file(&engine, name, text, None, false);
        }
        for (name, bytes) in embedded::MODULES {
            status = status.max(run_file(&engine, name, bytes, None, false));
        }
        // SAFETY: the flash can always be read; nobody writes there.
        let flash = unsafe { core::slice::from_raw_parts(FLASH, FLASH_SIZE) };
        match pack::read(flash) {
            None => {}
            Some(Err(pack::Damaged)) => {
                let _ = writeln!(Uart, "error: the pack of modules in the flash is damaged");
                status = 1;
            }
            Some(Ok(pack)) => {
                status = status.max(run_pack(&engine, &pack));
                if pack.flags & pack::THEN_OFF != 0 {
                    return status;
                }
            }
        }
    }
    repl::run(&engine, status)
}

fn run_pack(engine: &Engine, pack: &pack::Pack<'_>) -> u32 {
    let mut worst = 0;
    let framed = pack.flags & pack::FRAMED != 0;
    let mut image = None;
    for entry in &pack.entries {
        if entry.name.ends_with(".image") {
            // The state that the next program begins with.
            image = Some(entry.content.to_vec());
            continue;
        }
        if framed {
            heap::reset_peak();
            let _ = writeln!(Uart, "\x02{}", entry.name);
        }
        // Messages show the file without its folders.
        let name = entry.name.rsplit('/').next().unwrap_or(entry.name);
        let status = run_file(engine, name, entry.content, image.take(), framed);
        if framed {
            let _ = writeln!(Uart, "\x03{status} {}", heap::peak());
        }
        worst = worst.max(status);
    }
    worst
}

/// Runs a module or a source text. `quiet`: shows only the output.
fn run_file(engine: &Engine, name: &str, content: &[u8], image: Option<Vec<u8>>, quiet: bool) -> u32 {
    set_phase("compile");
    let program = match program(engine, name, content, image.is_some()) {
        Ok(program) => program,
        Err(e) => {
            complain(name, &e, quiet);
            return 1;
        }
    };
    let mut isolate = isolate(engine, quiet, image);
    set_phase("startup");
    let module = match isolate.load(&program) {
        Ok(module) => module,
        Err(e) => {
            complain(name, &e, quiet);
            return 1;
        }
    };
    drop(program);
    let outcome = run_module(&mut isolate, module);
    match outcome {
        Ok(value) => {
            if let Some(text) = isolate.result_text(module, value) {
                let _ = writeln!(Uart, "{text}");
            }
            isolate.exit_status(module, value).unwrap_or(0) as u32 & 0xff
        }
        Err(Error::Stopped(stop)) => match *stop {
            Stop::Exit(status) => status as u32 & 0xff,
            stop => {
                let text = isolate.report(module, &stop);
                let language = engine.language(isolate.language(module));
                if !quiet {
                    let _ = Uart.write_str(&text);
                }
                match stop {
                    Stop::Trap { .. } => 124,
                    _ => language.map_or(1, |l| u32::from(l.uncaught_status())),
                }
            }
        },
        Err(e) => {
            complain(name, &e, quiet);
            1
        }
    }
}

/// Runs a module; a failure meanwhile can tell what ran.
pub fn run_module(isolate: &mut Isolate, module: ModuleHandle) -> Result<Value, Error> {
    watched(isolate, &mut |isolate| isolate.run(module))
}

/// Runs something in an isolate; a failure meanwhile can tell what ran.
pub fn watched(
    isolate: &mut Isolate,
    work: &mut dyn FnMut(&mut Isolate) -> Result<Value, Error>,
) -> Result<Value, Error> {
    set_phase("run");
    // SAFETY: cleared before the isolate can go.
    unsafe { RUNNING = isolate }
    let outcome = work(isolate);
    // SAFETY: one hart without interrupts.
    unsafe { RUNNING = ptr::null() }
    set_phase("startup");
    outcome
}

fn complain(name: &str, error: &Error, quiet: bool) {
    if quiet {
        return;
    }
    match error {
        Error::Compile(e) => {
            let _ = Uart.write_str(&e.rendered);
        }
        other => {
            let _ = writeln!(Uart, "error: {name}: {other}");
            if !other.help().is_empty() {
                let _ = writeln!(Uart, "help: {}", other.help());
            }
        }
    }
}

/// A program from a module or a source text.
#[cfg_attr(not(feature = "compiler"), allow(unused_variables))]
fn program(engine: &Engine, name: &str, content: &[u8], image: bool) -> Result<Program, Error> {
    let limits = FormatLimits::default();
    #[cfg(feature = "compiler")]
    {
        let mut options = motet::CompileOptions::default();
        options.frontend.image = image;
        options.frontend.whole = true;
        let program = engine.program_from_file(name, content, &mut motet::NoLoader, &options, &limits)?;
        // The tree goes before the code is proven and loaded: there is no room for both.
        let code = program.bytecode(true)?;
        drop(program);
        Program::from_bytecode(code, &FormatLimits::trusted())
    }
    #[cfg(not(feature = "compiler"))]
    {
        if Program::is_pbc(content) {
            return Program::from_pbc(content, &limits);
        }
        Err(Error::Link(format!("not a .pbc file, and this image has no compiler ({} bytes)", content.len())))
    }
}

/// An isolate whose limits fit what memory is left; `image`: the saved state that its programs begin with.
pub fn isolate(engine: &Engine, quiet: bool, image: Option<Vec<u8>>) -> Isolate {
    let mut config = Config::new(BoardHost { quiet }).capabilities(capabilities());
    if let Some(image) = image {
        config = config.image(image);
    }
    let mut isolate = engine.isolate(config);
    let free = heap::capacity() - heap::used();
    let limits = Limits { heap_bytes: free / 20 * 9, depth: free / 64, ..Limits::default() };
    let rt = isolate.runtime_mut();
    rt.limits = limits;
    rt.heap.set_limit(limits.heap_bytes);
    rt.interrupt = Some(alloc::boxed::Box::new(CtrlC));
    isolate
}

/// One line about the memory.
pub fn memory() -> String {
    format!(
        "heap: {} of {} bytes in use, {} at most; stack: {} of {} bytes at most",
        heap::used(),
        heap::capacity(),
        heap::peak(),
        crate::stack::peak(),
        crate::stack::capacity()
    )
}

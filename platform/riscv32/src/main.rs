//! Motet on a RISC-V machine without an operating system.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
extern crate alloc;

#[cfg(target_os = "none")]
mod heap;
#[cfg(target_os = "none")]
mod start;
#[cfg(target_os = "none")]
mod uart;

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("this program is for a RISC-V board: `cargo xtask board build`");
    std::process::exit(2);
}

#[cfg(target_os = "none")]
mod app {
    use alloc::string::String;
    use motet::{Config, Engine, Host, Limits};
    use core::fmt::Write as _;

    struct BoardHost;
    impl Host for BoardHost {
        fn write_out(&mut self, bytes: &[u8]) { crate::uart::write(bytes) }
        fn write_err(&mut self, bytes: &[u8]) { crate::uart::write(bytes) }
        fn monotonic_nanos(&mut self) -> u64 { crate::start::time() * 100 }
    }

    pub fn run() {
        let mut u = crate::uart::Uart;
        let _ = writeln!(u, "motet board: heap {} KiB", crate::heap::capacity() / 1024);
        let engine = Engine::new();
        let _ = writeln!(u, "peak {} after engine", crate::heap::peak());
        let t0 = crate::start::time();
        let program = match engine.compile("moon", "hello.moon", SRC) {
            Ok(p) => p,
            Err(e) => { let _ = writeln!(u, "error: {e}"); return; }
        };
        let _ = writeln!(u, "peak {} after compile, {} us", crate::heap::peak(), (crate::start::time()-t0)/10);
        let mut isolate = engine.isolate(Config::new(BoardHost).limits(Limits { heap_bytes: 256 << 10, ..Limits::default() }));
        let _ = writeln!(u, "peak {} after isolate, {} us", crate::heap::peak(), (crate::start::time()-t0)/10);
        let module = match isolate.load(&program) { Ok(m) => m, Err(e) => { let _ = writeln!(u, "error: {e}"); return; } };
        let _ = writeln!(u, "peak {} after load, {} us", crate::heap::peak(), (crate::start::time()-t0)/10);
        match isolate.run(module) {
            Ok(v) => { let _ = writeln!(u, "result {:?}", v.as_int()); }
            Err(e) => { let _ = writeln!(u, "error: {e}"); }
        }
        let _ = writeln!(u, "peak {} after run, {} us", crate::heap::peak(), (crate::start::time()-t0)/10);
    }
    const SRC: &str = "fn fib(n: Int) -> Int { if n < 2 { n } else { fib(n-1) + fib(n-2) } }\nprint(\"hello\"); fib(20)";
}

//! Conversations with the line reader, and failures: each must end in a clear message and a reader that listens.

use std::path::Path;

use super::machine::Machine;
use motet_board::pack::{Entry, Pack, write};

/// One conversation: what is typed, and what must come after it, in this order.
struct Session {
    name: &'static str,
    /// Images that take part, by the stem of their file name.
    images: &'static [&'static str],
    turns: &'static [(&'static [u8], &'static str)],
    status: i32,
}

const SESSIONS: &[Session] = &[
    Session {
        name: "definitions stay, and the status is as asked for",
        images: &["all"],
        turns: &[
            (b":lang moon\r", "moon> "),
            (b"let x = 20;\r", "moon> "),
            (b"fn twice(n: Int) -> Int { n * 2 }\r", "moon> "),
            (b"twice(x) + 2\r", "\n42\n"),
            (b":quit 7\r", ""),
        ],
        status: 7,
    },
    Session {
        name: "a text that goes on over several lines, erased characters and a line given up",
        images: &["all"],
        turns: &[
            (b":lang moon\r", "moon> "),
            (b"fn f() -> Int {\r", "...> "),
            (b"let a = 4\x7f5;\r", "...> "),
            (b"a }\r", "moon> "),
            (b"f()\r", "\n5\n"),
            (b"fn g( {\x03", "^C"),
            (b"6 * 7\r", "\n42\n"),
            (b"\x04", ""),
        ],
        status: 0,
    },
    Session {
        name: "bytes that are no text and lines that are too long are refused",
        images: &["vm", "recorz", "all"],
        turns: &[
            (b"\xff\xc0\x80\r", "not valid UTF-8"),
            (&[b'x'; 5000], ""),
            (b"\r", "line too long"),
            (b"\x01\x02\x1b[A\x00:stats\r", "heap: "),
            (b":nonsense\r", "unknown command"),
            (b"\x04", ""),
        ],
        status: 0,
    },
    Session {
        name: "deep recursion, endless data and endless loops are errors of the language",
        images: &["all"],
        turns: &[
            (b":lang moon\r", "moon> "),
            (b"fn deep(n: Int) -> Int { 1 + deep(n + 1) }\r", "moon> "),
            (b"deep(1)\r", "stack overflow"),
            (b"let xs = [1]; while true { push(xs, 1); }\r", "out of memory"),
            (b":reset\r", "moon> "),
            (b"let s = \"ab\"; while true { s = s + s; }\r", "out of memory"),
            (b"while true {}\r\x03", "interrupted"),
            (b"6 * 7\r", "\n42\n"),
            (b"\x04", ""),
        ],
        status: 0,
    },
    Session {
        name: "one world takes all entries of Recorz",
        images: &["recorz", "all"],
        turns: &[
            (b":lang recorz\r", "recorz> "),
            (b"x := 20.\r", "recorz> "),
            (b"x + 22\r", "\n42\n"),
            (b"RecorzKernelClass: #Tally superclass: #Object instanceVariableNames: 'n'\r", "...> "),
            (b"!\radd: k\r    n := (n ifNil: [0]) + k.\r    ^n\r!\r\r", "recorz> "),
            (b"t := Tally new.\r", "a Tally"),
            (b"t add: 4. t add: 5\r", "\n9\n"),
            (b"#(3 1 2) asSortedCollection: [:a :b | a > b]\r", "(3 2 1 )"),
            (b"(2 raisedTo: 100) printNl.\r", "1267650600228229401496703205376"),
            (b"\x04", ""),
        ],
        status: 0,
    },
    Session {
        name: "errors, deep recursion and endless data leave Recorz alive",
        images: &["recorz", "all"],
        turns: &[
            (b":lang recorz\r", "recorz> "),
            (b"3 zork\r", "MessageNotUnderstood"),
            (b"1/0\r", "ZeroDivide"),
            (b"3 + ) 4\r", "error"),
            (b"b := nil. b := [:n | (b value: n + 1) + 1]. b value: 1\r", "nesting too deep"),
            (b"c := OrderedCollection new. [true] whileTrue: [c add: 1]\r", "out of memory"),
            (b"c := nil.\r", "recorz> "),
            (b"[true] whileTrue: []\r\x03", "interrupted"),
            (b"6 * 7\r", "\n42\n"),
            (b"\x04", ""),
        ],
        status: 0,
    },
    Session {
        name: "errors of compiling and of running leave the reader alive",
        images: &["all"],
        turns: &[
            (b":lang moon\r", "moon> "),
            (b"1 +\r\r", "error"),
            (b"let xs = [1]; xs[5]\r", "error"),
            (b":lang klingon\r", "no language `klingon`"),
            (b"6 * 7\r", "\n42\n"),
            (b"\x04", ""),
        ],
        status: 0,
    },
    Session {
        name: "traps and panics are told, and the reader starts anew",
        images: &["vm", "recorz", "all"],
        turns: &[
            (b":trap\r", "panic: trap\nvm: mcause=0x00000002 (illegal instruction) mepc=0x"),
            (b"", "restarted; everything defined before is gone"),
            (b":panic\r", "panic: as asked for"),
            (b"", "restarted; everything defined before is gone"),
            (b":stack\r", "panic: native stack overflow"),
            (b"", "restarted; everything defined before is gone"),
            (b":memory\r", "panic: out of memory"),
            (b"", "restarted; everything defined before is gone"),
            (b":stats\r", "heap: "),
            (b"\x04", ""),
        ],
        status: 0,
    },
];

/// Problems of all conversations with an image.
pub fn run(image: &Path) -> Vec<String> {
    let stem = image.file_stem().map_or(String::new(), |s| s.to_string_lossy().into_owned());
    let mut problems = Vec::new();
    let mut count = 0;
    for session in SESSIONS.iter().filter(|s| s.images.contains(&stem.as_str())) {
        count += 1;
        if let Err(e) = converse(image, session) {
            problems.push(format!("{stem}: {}: {e}", session.name));
        }
    }
    let snapshots: Check = snapshots;
    let own = [("an image goes out as text and comes back", snapshots)];
    for (name, check) in PACKS.iter().chain(own.iter().filter(|_| stem != "vm")) {
        count += 1;
        if let Err(e) = check(image) {
            problems.push(format!("{stem}: {name}: {e}"));
        }
    }
    println!("{stem}: {} of {count} conversations went as expected", count - problems.len());
    problems
}

fn converse(image: &Path, session: &Session) -> Result<(), String> {
    let mut machine = Machine::start(image, None)?;
    machine.expect("> ")?;
    for (typed, expected) in session.turns {
        machine.send(typed);
        machine.expect(expected)?;
    }
    let (_, status) = machine.end()?;
    if status != session.status {
        return Err(format!("ended with status {status} instead of {}", session.status));
    }
    Ok(())
}

type Check = fn(&Path) -> Result<(), String>;

const PACKS: &[(&str, Check)] =
    &[("damaged modules are refused one by one", damaged_modules), ("a damaged pack is told", damaged_pack)];

/// A module of Moon.
fn module() -> Result<Vec<u8>, String> {
    let engine = motet_testkit_engine();
    let program = engine.compile("moon", "hello.moon", "print(\"hello\")").map_err(|e| e.to_string())?;
    program.to_pbc(true).map_err(|e| e.to_string())
}

fn motet_testkit_engine() -> motet::Engine {
    motet::Engine::new()
}

fn damaged_modules(image: &Path) -> Result<(), String> {
    let good = module()?;
    let mut flipped = good.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x40;
    let cut = &good[..good.len() - 5];
    let entries = [("flipped.pbc", &flipped[..]), ("cut.pbc", cut), ("noise.pbc", b"\x7fELF?")];
    let entries = entries.map(|(name, content)| Entry { name, content });
    let mut machine = Machine::start(image, Some(&write(&Pack { flags: 0, entries: entries.to_vec() })))?;
    for (name, _) in [("flipped.pbc", 0), ("cut.pbc", 0), ("noise.pbc", 0)] {
        machine.expect(&format!("error: {name}: "))?;
    }
    machine.expect("> ")?;
    machine.send(b"\x04");
    match machine.end()? {
        (_, 1) => Ok(()),
        (_, status) => Err(format!("ended with status {status} instead of 1")),
    }
}

/// A world is saved on one board and resumed on another; a damaged text is refused.
fn snapshots(image: &Path) -> Result<(), String> {
    let mut machine = Machine::start(image, None)?;
    machine.expect("> ")?;
    machine.send(b":lang recorz\r");
    machine.expect("recorz> ")?;
    machine.send(b"KernelInstaller rememberObject: (OrderedCollection with: 40 with: 2) named: 'kept'.\r");
    machine.expect("recorz> ")?;
    machine.send(b"KernelInstaller saveSnapshot\r");
    machine.expect("recorz-snapshot-end")?;
    machine.send(b"\x04");
    let (text, _) = machine.end()?;
    let lines: Vec<&str> =
        text.lines().map(str::trim).filter(|l| l.starts_with("recorz-snapshot-") && !l.contains('>')).collect();

    let mut machine = Machine::start(image, None)?;
    machine.expect("> ")?;
    machine.send(b":lang recorz\r");
    machine.expect("recorz> ")?;
    // Without one line of the middle.
    for (i, line) in lines.iter().enumerate().filter(|(i, _)| *i != lines.len() / 2) {
        machine.send(line.as_bytes());
        machine.send(b"\r");
        if i + 1 < lines.len() {
            machine.expect("recorz> ")?;
        }
    }
    machine.expect("error: snapshot size mismatch")?;
    for line in &lines {
        machine.send(line.as_bytes());
        machine.send(b"\r");
    }
    machine.expect("resumed from an image of")?;
    machine.send(b"(KernelInstaller objectNamed: 'kept') inject: 0 into: [:a :b | a + b]\r");
    machine.expect("\n42\n")?;
    machine.send(b"\x04");
    match machine.end()? {
        (_, 0) => Ok(()),
        (_, status) => Err(format!("ended with status {status}")),
    }
}

fn damaged_pack(image: &Path) -> Result<(), String> {
    let good = module()?;
    let mut bytes = write(&Pack { flags: 0, entries: vec![Entry { name: "a.pbc", content: &good }] });
    // The length of the entry's name.
    bytes[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut machine = Machine::start(image, Some(&bytes))?;
    machine.expect("error: the pack of modules in the flash is damaged")?;
    machine.expect("> ")?;
    machine.send(b":stats\r");
    machine.expect("heap: ")
}

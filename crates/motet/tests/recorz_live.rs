//! The live system of Recorz: compiling at run time, file-out, tests and snapshots, on both tiers and at several levels of
//! optimisation; images that one of them saves go on in the others.
#![cfg(all(feature = "std", feature = "lang-recorz"))]

use std::sync::{Arc, Mutex};

use motet::{CompileOptions, Config, Engine, Error, Host, HostError, Level, Limits, NoLoader, Stop, Tier};

/// Tiers and levels.
const MODES: [(Tier, Level); 4] =
    [(Tier::Ast, Level::O0), (Tier::Vm, Level::O0), (Tier::Vm, Level::O1), (Tier::Vm, Level::O2)];

#[derive(Default)]
struct Seen {
    out: Vec<u8>,
    err: Vec<u8>,
    image: Option<Vec<u8>>,
}

struct TestHost(Arc<Mutex<Seen>>);

impl Host for TestHost {
    fn write_out(&mut self, bytes: &[u8]) {
        self.0.lock().unwrap().out.extend_from_slice(bytes);
    }

    fn write_err(&mut self, bytes: &[u8]) {
        self.0.lock().unwrap().err.extend_from_slice(bytes);
    }

    fn write_image(&mut self, _path: &str, bytes: &[u8]) -> Result<(), HostError> {
        self.0.lock().unwrap().image = Some(bytes.to_vec());
        Ok(())
    }
}

/// What a run left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Outcome {
    out: String,
    /// Diagnostics, and the report of an uncaught error.
    err: String,
    status: i32,
    image: Option<Vec<u8>>,
}

/// Runs a program, in an image or not.
fn run(mode: (Tier, Level), stress: bool, text: &str, image: Option<&[u8]>) -> Outcome {
    run_with(mode, Limits::default(), stress, text, image)
}

/// Runs a program in an image within limits.
fn run_within(mode: (Tier, Level), limits: Limits, text: &str, image: &[u8]) -> Outcome {
    run_with(mode, limits, false, text, Some(image))
}

fn run_with(mode: (Tier, Level), limits: Limits, stress: bool, text: &str, image: Option<&[u8]>) -> Outcome {
    let engine = Engine::new();
    let language = engine.language("recorz").expect("it is part of the build");
    let mut options = CompileOptions { level: mode.1, ..CompileOptions::default() };
    options.frontend.whole = true;
    options.frontend.image = image.is_some();
    let program = match engine.compile_with(language, "main.rz", text, &mut NoLoader, &options) {
        Ok(program) => program,
        Err(e) => return Outcome { err: format!("{e}\n"), status: 1, ..Outcome::default() },
    };
    let seen = Arc::new(Mutex::new(Seen::default()));
    let host = TestHost(seen.clone());
    let mut config = Config::new(host).tier(mode.0).level(mode.1).limits(limits).gc_stress(stress).save_image("x");
    if let Some(image) = image {
        config = config.image(image.to_vec());
    }
    let mut isolate = engine.isolate(config);
    let module = isolate.load(&program).expect("it loads");
    let (status, report) = match isolate.run(module) {
        Ok(_) => (0, String::new()),
        Err(Error::Stopped(stop)) => match *stop {
            Stop::Exit(status) => (status, String::new()),
            ref stop => (1, isolate.report(module, stop)),
        },
        Err(other) => (70, other.to_string()),
    };
    drop(isolate);
    let mut seen = seen.lock().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Outcome { out: text(&seen.out), err: text(&seen.err) + &report, status, image: seen.image.take() }
}

/// The program prints this in all modes.
#[track_caller]
fn check(text: &str, expected: &str) {
    for mode in MODES {
        let got = run(mode, false, text, None);
        assert_eq!((got.out.as_str(), got.err.as_str(), got.status), (expected, "", 0), "{mode:?}");
    }
}

/// The first program saves an image and prints this; the second one goes on in it and prints that. Every mode's image goes
/// on in the next mode, and saved again at once it is the same.
#[track_caller]
fn check_image(first: &str, printed: &str, second: &str, expected: &str) {
    for (at, &mode) in MODES.iter().enumerate() {
        let saved = run(mode, false, first, None);
        assert_eq!((saved.out.as_str(), saved.err.as_str(), saved.status), (printed, "", 0), "{mode:?}");
        let image = saved.image.expect("an image was written");
        let next = MODES[(at + 1) % MODES.len()];
        let again = run(next, false, "KernelInstaller saveSnapshot", Some(&image));
        assert_eq!((again.out.as_str(), again.err.as_str(), again.status), ("", "", 0), "{mode:?} in {next:?}");
        let again = again.image.expect("an image was written again");
        for image in [&image, &again] {
            let went_on = run(next, false, second, Some(image));
            let got = (went_on.out.as_str(), went_on.err.as_str(), went_on.status);
            assert_eq!(got, (expected, "", 0), "{mode:?} in {next:?}");
        }
        let third = run(next, false, "KernelInstaller saveSnapshot", Some(&again)).image;
        assert!(third.as_ref() == Some(&again), "{mode:?} in {next:?}: the image changes");
    }
}

const PROBE: &str = "| cls obj |
cls := KernelInstaller fileInClassChunks: 'RecorzKernelClass: #Probe superclass: #Object instanceVariableNames: ''value''
!
setValue: v
    value := v.
    ^self
!
sum
    ^value + 1
!'.
obj := cls new.
KernelInstaller rememberObject: obj named: 'probe'.
obj setValue: 40.
Transcript show: obj sum printString; cr.
KernelInstaller installMethodSource: 'sum
    ^value + 100' onClass: cls.
Transcript show: obj sum printString; cr.
Workspace evaluate: '| p | p := KernelInstaller objectNamed: ''probe''. p setValue: 1. Transcript show: p sum printString. Transcript cr.'.
";

#[test]
fn methods_change_under_living_objects() {
    check(PROBE, "41\n140\n101\n");
}

#[test]
fn tests_run_by_class_and_package() {
    check(
        "Workspace fileIn: 'RecorzKernelPackage: ''Specs'' comment: ''demo''
!
RecorzKernelClass: #MathSpec superclass: #Object package: ''Specs'' instanceVariableNames: ''''
!
testPass
    ^4 = 4
!
testFail
    ^3 > 4
!
helper
    ^1
!
RecorzKernelClass: #AnotherSpec superclass: #Object package: ''Specs'' instanceVariableNames: ''''
!
testBoom
    ^self zork
!
RecorzKernelDoIt:
Transcript show: ''loaded''. Transcript cr.'.
TestRunner runClassNamed: 'MathSpec'.
Transcript show: TestRunner passed printString; cr.
TestRunner runPackageNamed: 'Specs'.
TestRunner total printNl. TestRunner failed printNl. TestRunner lastLabel displayNl.
",
        "loaded\nPASS MathSpec>>testPass\nFAIL MathSpec>>testFail\nSUMMARY MathSpec P=1 F=1 T=2\n1\n\
         FAIL AnotherSpec>>testBoom\nPASS MathSpec>>testPass\nFAIL MathSpec>>testFail\nSUMMARY Specs P=1 F=2 T=3\n\
         3\n2\nMathSpec>>testFail\n",
    );
}

#[test]
fn classes_are_made_and_changed_by_message() {
    check(
        "Object subclass: #Foo instanceVariableNames: 'a b' classVariableNames: 'Shared' package: 'P'.
Foo compile: 'a: x a := x. Shared := x'.
Foo compile: 'a ^a'.
Foo class instanceVariableNames: 'made'.
Foo class compile: 'make made := (made isNil ifTrue: [0] ifFalse: [made]) + 1. ^self new a: made; yourself'.
Foo subclass: #Bar.
Bar compile: 'a ^super a * 10'.
Foo make a printNl. Foo make a printNl. Bar make a printNl.
Foo removeSelector: #a.
([Foo make a] on: MessageNotUnderstood do: [:e | e messageText displayNl. 0]) printNl.
([Foo removeSelector: #zork] on: NotFound do: [:e | 'none']) printNl.
",
        "1\n2\n10\na Foo does not understand #a\n0\n'none'\n",
    );
}

#[test]
fn evaluation_answers_and_ends_at_a_return() {
    check(
        "(Workspace evaluate: '3 + 4') printNl.
(Workspace evaluate: 'RecorzKernelDoIt: 3 > 2 ifTrue: [^#early]. #late') printNl.
x := 5.
(Workspace evaluate: 'y := x * 2. y + 1') printNl.
(Smalltalk at: #y) printNl.
([Workspace evaluate: 'foo bar'] on: Error do: [:e | e messageText]) displayNl.
([Workspace evaluate: '3 +'] on: Error do: [:e | e messageText]) displayNl.
([Workspace evaluate: '1/0'] on: ZeroDivide do: [:e | e return: 77]) printNl.
(Workspace evaluate: '[:a | a * x]') printNl.
((Workspace evaluate: '[:a | a * x]') value: 3) printNl.
([:n | Workspace evaluate: 'x + ' , n printString] value: 8) printNl.
",
        "7\n#early\n11\n10\nundefined variable 'foo'\nUnexpected token EOF\n77\na BlockClosure\n15\n13\n",
    );
}

#[test]
fn the_buffer_holds_what_was_executed() {
    check(
        "Workspace setContents: '6 * 7'.
Workspace evaluateCurrent printNl.
Workspace contents displayNl.
Workspace evaluate: '1 + 1'.
Workspace contents displayNl.
Workspace recoverLastSource.
Workspace contents displayNl.
Workspace rerun printNl.
Workspace setContents: 'RecorzKernelClass: #Q
!
q
    ^9
!'.
Workspace fileInCurrent.
(KernelInstaller classNamed: 'Q') new q printNl.
Workspace contents size printNl.
",
        "42\nRecorzKernelDoIt:\n6 * 7\nRecorzKernelDoIt:\n6 * 7\nRecorzKernelDoIt:\n1 + 1\n2\n9\n34\n",
    );
}

#[test]
fn errors_of_the_installer_have_their_texts() {
    check(
        "| try |
try := [:block | (block on: Error do: [:e | e messageText]) displayNl].
try value: [KernelInstaller classNamed: 'Nope'].
try value: [KernelInstaller objectNamed: 'nope'].
try value: [KernelInstaller fileInClassChunks: 'foo ^1'].
try value: [Workspace fileIn: 'foo ^1'].
try value: [KernelInstaller fileInClassChunks: 'RecorzKernelClass: #A instanceVariableNames: ''x x'''].
try value: [KernelInstaller fileInClassChunks: 'RecorzKernelClass: #B instanceVariableNames: ''x'''. 1].
try value: [KernelInstaller fileInClassChunks: 'RecorzKernelClass: #B instanceVariableNames: ''y'''].
try value: [KernelInstaller fileInClassChunks: 'RecorzKernelClass: #C superclass: #B instanceVariableNames: ''x'''].
try value: [KernelInstaller installMethodSource: 'foo ^^' onClass: Object].
",
        "KernelInstaller classNamed: could not resolve class\nKernelInstaller objectNamed: could not resolve object\n\
         KernelInstaller file-in stream is missing an initial RecorzKernelClass chunk\n\
         KernelInstaller file-in stream is missing an initial RecorzKernelClass chunk\n\
         KernelInstaller class chunk repeats an instance variable name\n1\n\
         KernelInstaller does not support changing dynamic class instance variables\n\
         KernelInstaller class chunk repeats an inherited instance variable name\nUnexpected token RETURN\n",
    );
}

#[test]
fn what_is_filed_out_files_in_again() {
    let source = "RecorzKernelPackage: 'P' comment: 'about p'
!
RecorzKernelClass: #Foo superclass: #Object package: 'P' comment: 'a foo' instanceVariableNames: 'a b'
!
RecorzKernelProtocol: 'reading'
!
a
    ^a

!
b
    ^b
!
RecorzKernelProtocol: 'writing'
!
a: x
    a := x
!
RecorzKernelClassSide: #Foo
!
of: x
    ^self new a: x; yourself
!
RecorzKernelClass: #Bar superclass: #Foo package: 'P' instanceVariableNames: ''
!
RecorzKernelDoIt:
(Foo of: 3) a printNl.
!
RecorzKernelDoIt:
Transcript show: (KernelInstaller fileOutPackageNamed: 'P').
Workspace fileOutClassNamed: 'Foo'.
(Workspace contents = (KernelInstaller fileOutClassNamed: 'Foo')) printNl.
!
";
    let expected = "3
RecorzKernelPackage: 'P' comment: 'about p'
!
RecorzKernelClass: #Bar superclass: #Foo package: 'P' instanceVariableNames: ''
!
RecorzKernelClass: #Foo superclass: #Object package: 'P' comment: 'a foo' instanceVariableNames: 'a b'
!
RecorzKernelProtocol: 'reading'
!
a
^a
!
b
^b
!
RecorzKernelProtocol: 'writing'
!
a: x
a := x
!
RecorzKernelClassSide: #Foo
!
of: x
^self new a: x; yourself
!
RecorzKernelDoIt:
(Foo of: 3) a printNl.
!
RecorzKernelDoIt:
Transcript show: (KernelInstaller fileOutPackageNamed: 'P').
Workspace fileOutClassNamed: 'Foo'.
(Workspace contents = (KernelInstaller fileOutClassNamed: 'Foo')) printNl.
!
true
";
    check(source, expected);
}

const TALLY: &str = "| cls acc |
cls := KernelInstaller fileInClassChunks: 'RecorzKernelClass: #Tally superclass: #Object instanceVariableNames: ''value''
!
value
    ^value
!
setValue: v
    value := v.
    ^self
!'.
acc := cls new.
KernelInstaller rememberObject: acc named: 'acc'.
acc setValue: 41.
Transcript show: 'saving'; cr.
KernelInstaller saveSnapshot.
Transcript show: 'never'; cr.
";

const RELOAD: &str = "| acc |
acc := KernelInstaller objectNamed: 'acc'.
Transcript show: acc value printString; cr.
acc setValue: acc value + 1.
Transcript show: (KernelInstaller objectNamed: 'acc') value printString; cr.
";

#[test]
fn a_program_goes_on_in_an_image() {
    check_image(TALLY, "saving\n", RELOAD, "41\n42\n");
}

#[test]
fn objects_keep_identity_sharing_and_kind() {
    check_image(
        "A := Array new: 8.
A at: 1 put: A; at: 2 put: 'text'; at: 3 put: (A at: 2); at: 4 put: #sym; at: 5 put: (2 raisedTo: 100) negated.
A at: 6 put: #[1 2 255]; at: 7 put: 1/3; at: 8 put: $x.
D := Dictionary new. D at: 'k' put: A; at: Object put: #class; at: 2.5 put: 1.0e100.
S := Set withAll: #(3 1 2). I := IdentitySet new. I add: A; add: (A at: 2); add: $z.
O := OrderedCollection withAll: 'abc'. B := Bag withAll: #(5 5 6). P := 3 @ 4.
N := nil -> true.
KernelInstaller saveSnapshot",
        "",
        "((A at: 1) == A) printNl. ((A at: 2) == (A at: 3)) printNl. (A at: 2) printNl. ((A at: 4) == #sym) printNl.
(A at: 5) printNl. (A at: 6) printNl. (A at: 7) printNl. ((A at: 8) == $x) printNl.
((D at: 'k') == A) printNl. (D at: Object) printNl.  (D at: 2.5) printNl.
S printNl. (I includes: A) printNl. (I includes: (A at: 2)) printNl. (I includes: 'text') printNl. (I includes: $z) printNl.
O printNl. (B occurrencesOf: 5) printNl. P printNl. N printNl. D size printNl.
",
        "true\ntrue\n'text'\ntrue\n-1267650600228229401496703205376\nByteArray (1 2 255 )\n1/3\ntrue\ntrue\n#class\n\
         1.0e100\nSet (3 1 2 )\ntrue\ntrue\nfalse\ntrue\nOrderedCollection ($a $b $c )\n2\n3@4\nnil->true\n3\n",
    );
}

#[test]
fn collections_of_an_image_grow() {
    check_image(
        "list := OrderedCollection new. list add: 1; add: 'two'. table := Dictionary new. table at: #a put: 1.
KernelInstaller saveSnapshot.",
        "",
        "list add: 3; addFirst: 0; addAll: #(4 5). table at: #b put: 2. list printNl. table printNl.",
        "OrderedCollection (0 1 'two' 3 4 5 )\nDictionary (#a->1 #b->2 )\n",
    );
}

#[test]
fn blocks_keep_their_variables() {
    check_image(
        "RecorzKernelClass: #Maker superclass: #Object instanceVariableNames: 'base'
!
base: b
    base := b
!
adder
    | count |
    count := 0.
    ^[:x | count := count + 1. x + base + count]
!
escape
    ^[:x | ^x]
!
RecorzKernelDoIt:
M := Maker new base: 100; yourself.
F := M adder.
(F value: 1) printNl.
G := [:n | n < 2 ifTrue: [1] ifFalse: [n * (G value: n - 1)]].
E := M escape.
H := [:a | | t | t := a * 2. [t + 1]] value: 5.
Sorted := #(3 1 2) asSortedCollection: [:p :q | p > q].
K := [] fork.
!
RecorzKernelClass: #Maker
!
adder
    ^nil
!
RecorzKernelDoIt:
KernelInstaller saveSnapshot
",
        "102\n",
        "(F value: 1) printNl. (G value: 10) printNl. M adder printNl. H value printNl.
([E value: 3] on: BlockCannotReturn do: [:e | e messageText]) displayNl.
Sorted add: 5. Sorted printNl. K isNil printNl.
",
        "103\n3628800\nnil\n11\nBlock attempted to return to a dead home context\nSortedCollection (5 3 2 1 )\nfalse\n",
    );
}

#[test]
fn classes_keep_variables_sides_and_extensions() {
    check_image(
        "RecorzKernelClass: #Ticket superclass: #Object instanceVariableNames: 'n' classVariableNames: 'Next'
!
take
    Next isNil ifTrue: [Next := 1].
    n := Next.
    Next := Next + 1
!
n
    ^n
!
mark
    n := 3.
    Next := 4
!
RecorzKernelClassSide: #Ticket instanceVariableNames: 'made'
!
new
    made := (made isNil ifTrue: [0] ifFalse: [made]) + 1.
    ^super new take; yourself
!
made
    ^made
!
RecorzKernelClass: #Integer
!
doubled
    ^self * 2
!
RecorzKernelDoIt:
T := Ticket new. Ticket new.
KernelInstaller configureStartup: T selectorNamed: 'mark'.
KernelInstaller saveSnapshot
",
        "",
        "T n printNl. Ticket new n printNl. Ticket made printNl. 21 doubled printNl.
(Ticket includesSelector: #take) printNl. Ticket selectors size printNl.
KernelInstaller clearStartup.
(KernelInstaller fileOutClassNamed: 'Ticket') size printNl.
",
        "3\n4\n3\n42\ntrue\n3\n364\n",
    );
}

#[test]
fn a_program_in_an_image_may_define_classes_and_fail() {
    let image = run(MODES[2], false, TALLY, None).image.expect("an image was written");
    let program = "RecorzKernelClass: #Tally
!
doubled
    ^value * 2
!
RecorzKernelDoIt:
(KernelInstaller objectNamed: 'acc') doubled printNl.
!
broken
    ^(
!
RecorzKernelDoIt:
'never' displayNl.
";
    for mode in MODES {
        let got = run(mode, false, program, Some(&image));
        assert_eq!((got.out.as_str(), got.status), ("82\n", 1), "{mode:?}: {got:?}");
        assert!(got.err.starts_with("error: main.rz:9: ") || got.err.starts_with("error: main.rz:10: "), "{}", got.err);
    }
}

#[test]
fn live_code_survives_collections_at_every_safepoint() {
    for mode in [MODES[0], MODES[3]] {
        assert_eq!(run(mode, true, PROBE, None).out, "41\n140\n101\n", "{mode:?}");
        let image = run(mode, true, TALLY, None).image.expect("an image was written");
        assert_eq!(run(mode, true, RELOAD, Some(&image)).out, "41\n42\n", "{mode:?}");
    }
}

#[test]
fn damaged_images_are_refused() {
    let image = run(MODES[2], false, TALLY, None).image.expect("an image was written");
    let refused = |bytes: &[u8]| {
        let got = run(MODES[2], false, RELOAD, Some(bytes));
        assert!(got.status != 0 || got.out == "41\n42\n", "{got:?}");
        got.err
    };
    let changed = |at: usize| {
        let mut bytes = image.clone();
        bytes[at] ^= 0x40;
        bytes
    };
    assert!(refused(&[]).contains("snapshot magic mismatch"));
    assert!(refused(b"RCZ").contains("snapshot magic mismatch"));
    assert!(refused(&changed(0)).contains("snapshot magic mismatch"));
    assert!(refused(&changed(8)).contains("snapshot version mismatch"));
    assert!(refused(&changed(16)).contains("snapshot size mismatch"));
    assert!(refused(&image[..image.len() - 1]).contains("snapshot size mismatch"));
    assert!(refused(&changed(image.len() - 1)).contains("snapshot checksum mismatch"));
}

/// Programs whose images have all kinds of objects, and what looks at them.
const RICH: [(&str, &str); 3] = [
    (TALLY, RELOAD),
    (
        "A := {nil. 'text'. #sym. 2 raisedTo: 100. #[1 2]. 1/3. $x. 2.5}. A at: 1 put: A.
D := Dictionary new. D at: 'k' put: A; at: Object put: 3.
I := IdentitySet new. I add: A; add: $z.
O := OrderedCollection withAll: 'abc'. P := 3 @ 4. S := ReadStream on: #(1 2 3).
KernelInstaller saveSnapshot",
        "A size printNl. (A at: 2) printNl. (A at: 4) printNl. (D at: 'k') size printNl. (I includes: A) printNl. O printNl.
P printNl. S next printNl. (D collect: [:e | e class]) size printNl. (A at: 5) printNl. (A at: 6) printNl.",
    ),
    (
        "RecorzKernelClass: #Maker superclass: #Object instanceVariableNames: 'base' classVariableNames: 'Count'
!
adder
    | count |
    count := 0.
    Count := 1.
    ^[:x | count := count + 1. x > 5 ifTrue: [^nil]. x + count + Count]
!
RecorzKernelClassSide: #Maker instanceVariableNames: 'made'
!
made
    ^made ifNil: [made := 1]
!
RecorzKernelDoIt:
F := Maker new adder. Maker made.
G := [:n | n < 2 ifTrue: [1] ifFalse: [n * (G value: n - 1)]].
Sorted := #(3 1 2) asSortedCollection: [:p :q | p > q].
KernelInstaller configureStartup: Maker selectorNamed: 'made'.
KernelInstaller saveSnapshot",
        "(F value: 1) printNl. ([F value: 9] on: Error do: [:e | 0]) printNl. (G value: 5) printNl. Sorted add: 2; printNl.
Maker made printNl. Maker new adder printNl.",
    ),
];

#[test]
fn hostile_images_with_a_right_checksum_do_no_harm() {
    use motet_lang_recorz::snapshot::container::{open, seal};
    let rounds = std::env::var("MOTET_FUZZ_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(60);
    let mut random = 12345_u64;
    let mut next = |end: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % end
    };
    for (first, second) in RICH {
        let image = run(MODES[2], false, first, None).image.expect("an image was written");
        let body = open(&image).expect("it is one").to_vec();
        for round in 0..rounds {
            let mut hostile = body.clone();
            if round % 5 == 0 {
                hostile.truncate(next(body.len()));
            } else {
                for _ in 0..=round % 4 {
                    let at = next(hostile.len());
                    hostile[at] = if round % 2 == 0 { next(256) as u8 } else { hostile[at] ^ 1 << next(8) };
                }
            }
            // Whatever it does, it ends with a result, an error in words or a limit.
            let limits = Limits { fuel: Some(2_000_000), depth: 2_000, heap_bytes: 64 << 20, ..Limits::default() };
            let got = run_within(MODES[round % 4], limits, second, &seal(&hostile));
            assert!(
                got.status == 0 || got.err.contains("error: ") || got.err.contains("fuel"),
                "round {round}: {got:?}"
            );
            assert!(!got.err.contains("internal error"), "round {round}: {got:?}");
        }
    }
}

#[test]
fn the_memory_report_has_its_lines() {
    for mode in MODES {
        let text = "KernelInstaller rememberObject: 3 named: 'x'. Transcript show: KernelInstaller memoryReport";
        let out = run(mode, false, text, None).out;
        let names: Vec<&str> = out.lines().map(|l| l.split(' ').next().unwrap_or("")).collect();
        let expected = "MEMORY PROFILE HEAP HWM DCLS PKGS NOBJ MSRC MSRP LSTR RSTR SSTR";
        assert_eq!(names.join(" "), expected, "{mode:?}");
        assert!(out.contains("NOBJ 1/"), "{out}");
    }
}

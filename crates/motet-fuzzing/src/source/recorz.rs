//! Hostile Recorz and SOM: words of both surfaces, chunk lines, deep nesting of every bracket, values that are deep or
//! contain themselves.

use super::Bomb;
use crate::rng::Rng;

pub(super) const TOKENS: &[&str] = &[
    "x",
    "y",
    "X",
    "Foo",
    "self",
    "super",
    "nil",
    "true",
    "thisContext",
    "Object",
    "OrderedCollection",
    "Transcript",
    ":=",
    "^",
    ".",
    ";",
    "|",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "#(",
    "#[",
    "#",
    ":",
    "[:x |",
    "[:x :y | | t |",
    "| a b |",
    "+",
    "-",
    "*",
    "/",
    "//",
    "\\\\",
    "<",
    ">=",
    "=",
    "==",
    "~=",
    "->",
    "@",
    ",",
    "&",
    "-1",
    "- 1",
    "--1",
    "0",
    "42",
    "9223372036854775808",
    "16rFF",
    "36rZ",
    "1r0",
    "-2r1",
    "1.5",
    "1e400",
    "1e-9",
    "2.",
    "1/2",
    "3.14s2",
    "$a",
    "$ ",
    "$'",
    "'a'",
    "'it''s'",
    "'",
    "\"c\"",
    "\"",
    "#sym",
    "#at:put:",
    "#+",
    "#'q r'",
    "#[1 2 255]",
    "#[256]",
    "#(1 $a foo (2) #x)",
    "printNl",
    "size",
    "value",
    "new",
    "class",
    "factorial",
    "at:",
    "at: 1 put:",
    "add:",
    "do:",
    "collect:",
    "inject: 0 into:",
    "ifTrue:",
    "ifFalse:",
    "ifTrue: [1] ifFalse:",
    "and:",
    "or:",
    "whileTrue:",
    "to: 3 do: [:i |",
    "timesRepeat: [",
    "ifNil:",
    "ifNotNil: [:v |",
    "on: Error do: [:e |",
    "ensure: [",
    "signal",
    "error:",
    "perform: #foo",
    "perform: #+ with:",
    "doesNotUnderstand:",
    "subclass: #Foo",
    "compile: 'a ^1'",
    "KernelInstaller fileInClassChunks:",
    "Workspace evaluate:",
    "<primitive: 1>",
    "<primitive: #x>",
    "\n!\n",
    "\nRecorzKernelDoIt:\n",
    "\nRecorzKernelClass: #Foo superclass: #Object instanceVariableNames: 'a b'\n!\n",
    "\nRecorzKernelClass: #Integer\n!\n",
    "\nRecorzKernelClassSide: #Foo\n!\n",
    "\nRecorzKernelProtocol: 'p'\n!\n",
    "\nRecorzKernelPackage: 'P'\n!\n",
    "\nfoo\n    ^",
    "\nfoo: a bar: b\n    ^",
    "\n+ other\n    ^",
    "!",
    "%",
    "é",
    "\n",
    "\u{0}",
    "`",
    "\\",
];

pub(super) const SOM_TOKENS: &[&str] = &[
    "x",
    "y",
    "X",
    "Foo",
    "Main",
    "Object",
    "self",
    "super",
    "nil",
    "true",
    "system",
    "primitive",
    ":=",
    "^",
    ".",
    "|",
    "[",
    "]",
    "(",
    ")",
    "#(",
    "#",
    ":",
    "[:x |",
    "[:x :y | | t |",
    "| a b |",
    "=",
    "= (",
    ")",
    "= primitive",
    "----",
    "-----",
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "<",
    ">=",
    "==",
    "~=",
    "<>",
    "&&",
    "||",
    "-->",
    "-1",
    "--1",
    "0",
    "42",
    "9223372036854775808",
    "1.5",
    "2.",
    "'a'",
    "'\\n\\''",
    "'\\q'",
    "'",
    "\"c\"",
    "\"",
    "#sym",
    "#at:put:",
    "#+",
    "#'q r'",
    "#(1 2 'x' #y)",
    "println",
    "print",
    "length",
    "value",
    "value:",
    "value: 1 with:",
    "new",
    "class",
    "asString",
    "at:",
    "at: 1 put:",
    "do:",
    "collect:",
    "inject: 0 into:",
    "ifTrue:",
    "ifTrue: [1] ifFalse:",
    "and:",
    "whileTrue:",
    "to: 3 do: [:i |",
    "timesRepeat: [",
    "ifNil:",
    "perform: #foo",
    "error:",
    "escapedBlock:",
    "doesNotUnderstand: s arguments: a = (",
    "\nrun = (",
    "\nfoo: a bar: b = (",
    "\n+ other = (",
    "Foo = Object (",
    "Foo = nil (",
    "Main = (",
    "\n",
    "é",
    "\u{0}",
    "!",
    "$a",
    "{",
    "}",
    ";",
    "\\",
];

/// Most texts get a frame, without which they would be refused for that alone.
pub(super) fn in_chunk(text: &str, rng: &mut Rng) -> String {
    match rng.below(4) {
        0 => text.to_string(),
        1 => format!("RecorzKernelDoIt:\n{text}\n"),
        2 => format!(
            "RecorzKernelClass: #Foo superclass: #Object instanceVariableNames: 'a b'\n!\nfoo: x\n    {text}\n!\n\
             RecorzKernelDoIt:\n(Foo new foo: 3) printNl.\n"
        ),
        _ => format!("x := 3. y := #(1 2).\n{text}\n"),
    }
}

/// A text as the body of a class or of its method `run`.
pub(super) fn in_class(text: &str, rng: &mut Rng) -> String {
    match rng.below(4) {
        0 => text.to_string(),
        1 => format!("Main = (\n{text}\n)\n"),
        _ => format!("Main = (\n  | x y |\n  foo: x = ( ^x )\n  run = (\n    {text}\n  )\n)\n"),
    }
}

pub(super) fn bombs(n: usize) -> Vec<Bomb> {
    let around = |open: &str, middle: &str, close: &str| format!("{}{middle}{}", open.repeat(n), close.repeat(n));
    // What compiles as a whole takes its time.
    let many = n.min(100_000);
    let bomb = |name, text: String| Bomb { name, text };
    let method = |name, text: String| Bomb {
        name,
        text: format!("RecorzKernelClass: #Foo superclass: #Object\n!\nfoo\n    {text}\n!\n"),
    };
    vec![
        bomb("nested blocks", around("[", "1", "]")),
        bomb("nested blocks with parameters", around("[:x | ", "x", "]")),
        bomb("nested brace arrays", around("{", "1", "}")),
        bomb("nested literal arrays", format!("{}1{}", "#(".repeat(n), ")".repeat(n))),
        bomb("nested parentheses in an array", format!("#({}{})", "(".repeat(n), ")".repeat(n))),
        bomb("unary chain", format!("3{}", " negated".repeat(n))),
        bomb("binary chain", format!("3{}", " + 1".repeat(n))),
        bomb("keyword parts", format!("3{}", " a: 1".repeat(many))),
        bomb("cascade", format!("3 foo{}", "; foo".repeat(many))),
        bomb("nested keyword arguments", around("(3 max: ", "1", ")")),
        bomb("assignments in a row", format!("{}3", "a := ".repeat(n))),
        bomb("nested conditionals", around("3 > 2 ifTrue: [", "1", "]")),
        bomb("nested loops", around("1 to: 1 do: [:i | ", "i", "]")),
        bomb("nested handlers", around("[", "1", "] on: Error do: [:e | 1]")),
        bomb("statements", "x := 1. ".repeat(many)),
        bomb("periods", format!("1{}", ".".repeat(n))),
        bomb("temporaries", format!("| {} | 3", (0..many).map(|i| format!("t{i} ")).collect::<String>())),
        bomb("parameters", format!("[{} | 3] value", (0..many).map(|i| format!(":p{i} ")).collect::<String>())),
        bomb("one long string", format!("'{}'", "a".repeat(n))),
        bomb("quotes", "'".repeat(n)),
        bomb("comments", "\"a\" ".repeat(n)),
        bomb("one long symbol", format!("#{}", "a".repeat(n))),
        bomb("keywords of a symbol", format!("#{}", "a:".repeat(n))),
        bomb("digits of a radix integer", format!("16r{}", "F".repeat(many))),
        bomb("exponent", format!("1e{}", "9".repeat(n))),
        bomb("operators", format!("3 {} 4", "+".repeat(n))),
        bomb("minus signs", format!("3 {}4", "-".repeat(n))),
        bomb("carets", "^".repeat(n)),
        bomb("colons", ":".repeat(n)),
        bomb("separators", format!("RecorzKernelDoIt:\n3\n{}", "!\n".repeat(n))),
        bomb("chunks", "RecorzKernelDoIt: 3\n!\n".repeat(many.min(20_000))),
        bomb("classes", (0..many.min(5_000)).map(|i| format!("RecorzKernelClass: #C{i} superclass: #Object\n!\n")).collect()),
        bomb("class chain", {
            let link = |i: usize| format!("RecorzKernelClass: #C{} superclass: #C{i}\n!\n", i + 1);
            (0..many.min(5_000)).map(link).collect()
        }),
        bomb("class of itself", "RecorzKernelClass: #A superclass: #A\n!\nRecorzKernelDoIt: A new foo\n".into()),
        bomb("classes in a ring", "RecorzKernelClass: #A superclass: #B\n!\nRecorzKernelClass: #B superclass: #A\n!\nRecorzKernelDoIt: A new foo\n".into()),
        bomb("instance variables", {
            let names: String = (0..many).map(|i| format!("v{i} ")).collect();
            format!("RecorzKernelClass: #A superclass: #Object instanceVariableNames: '{names}'\n!\nRecorzKernelDoIt: A new\n")
        }),
        method("returns in blocks", around("[", "^1", "] value")),
        method("pragmas", "<primitive: 1>".repeat(many)),
        method("supers", format!("^super{}", " foo".repeat(n))),
    ]
}

/// The bombs of all languages in a method, and SOM's own.
pub(super) fn som_bombs(all: Vec<Bomb>, n: usize) -> Vec<Bomb> {
    let around = |open: &str, middle: &str, close: &str| format!("{}{middle}{}", open.repeat(n), close.repeat(n));
    let many = n.min(100_000);
    let body = |name, text: String| Bomb { name, text: format!("Main = (\n  run = (\n{text}\n  )\n)\n") };
    let mut bombs: Vec<Bomb> = all.into_iter().map(|b| body(b.name, b.text)).collect();
    bombs.extend([
        body("nested blocks", around("[", "1", "]")),
        body("nested literal arrays", around("#(", "1", ")")),
        body("unary chain", format!("3{}", " negated".repeat(n))),
        body("binary chain", format!("3{}", " + 1".repeat(n))),
        body("keyword parts", format!("3{}", " a: 1".repeat(many))),
        body("assignments in a row", format!("| a | {}3", "a := ".repeat(n))),
        body("nested conditionals", around("3 > 2 ifTrue: [", "1", "]")),
        body("one long string", format!("'{}'", "\\n".repeat(n))),
        body("operators", format!("3 {} 4", "+".repeat(n))),
        Bomb { name: "dashes", text: format!("Main = (\n  run = ( 3 println )\n  {}\n)\n", "-".repeat(n)) },
        Bomb {
            name: "methods",
            text: format!(
                "Main = (\n{})\n",
                (0..many.min(20_000)).map(|i| format!("m{i} = ( ^{i} )\n")).collect::<String>()
            ),
        },
        Bomb {
            name: "fields",
            text: format!(
                "Main = (\n| {}|\nrun = ( 3 println )\n)\n",
                (0..many).map(|i| format!("f{i} ")).collect::<String>()
            ),
        },
        Bomb { name: "class of itself", text: "Main = Main (\n  run = ( 3 println )\n)\n".into() },
    ]);
    bombs
}

/// Programs that build, print, compare and drop deep or cyclic values.
pub(super) fn deep_values() -> Vec<Bomb> {
    let bomb = |name, text: &str| Bomb { name, text: text.to_string() };
    vec![
        bomb(
            "deep array",
            "| a |\na := #().\n100000 timesRepeat: [a := Array with: a].\n(([a printString size > 0] on: Error do: [:e | true])) displayNl.\n",
        ),
        bomb(
            "deep arrays are compared",
            "| a b |\na := #(). b := #().\n100000 timesRepeat: [a := Array with: a. b := Array with: b].\n([(a = b)] on: Error do: [:e | true]) displayNl.\n",
        ),
        bomb(
            "array that holds itself",
            "| a |\na := Array new: 1. a at: 1 put: a.\n([a printString size > 0] on: Error do: [:e | true]) displayNl.\n([a = a copy. true] on: Error do: [:e | true]) displayNl.\n",
        ),
        bomb(
            "collection that holds itself",
            "| c |\nc := OrderedCollection new. c add: c.\n([c printString size > 0] on: Error do: [:e | true]) displayNl.\n([c hash. true] on: Error do: [:e | true]) displayNl.\n",
        ),
        bomb(
            "deep blocks",
            "| f |\nf := [0].\n100000 timesRepeat: [| g | g := f. f := [g value + 1]].\n([f value = 100000] on: Error do: [:e | true]) displayNl.\n",
        ),
        bomb(
            "deep recursion",
            "RecorzKernelClass: #Integer\n!\ndown\n    ^self = 0 ifTrue: [0] ifFalse: [(self - 1) down + 1]\n!\nRecorzKernelDoIt:\n(100000 down = 100000) displayNl.\n",
        ),
        bomb(
            "endless recursion",
            "RecorzKernelClass: #Integer\n!\ndown\n    ^(self + 1) down + 1\n!\nRecorzKernelDoIt:\n([0 down] on: Error do: [:e | true]) displayNl.\n",
        ),
        bomb(
            "deep handlers",
            "RecorzKernelClass: #Integer\n!\ndown\n    ^self = 0 ifTrue: [Error signal: 'end'] ifFalse: [[(self - 1) down] ensure: [self yourself]]\n!\nRecorzKernelDoIt:\n([2000 down] on: Error do: [:e | e messageText = 'end' or: [true]]) displayNl.\n",
        ),
        bomb(
            "endless handlers",
            "RecorzKernelClass: #Integer\n!\ndown\n    ^[(self + 1) down] on: ZeroDivide do: [:e | 0]\n!\nRecorzKernelDoIt:\n([0 down] on: Error do: [:e | true]) displayNl.\n",
        ),
    ]
}

/// The same for SOM.
pub(super) fn som_deep_values() -> Vec<Bomb> {
    let run = |name, fields: &str, text: &str| Bomb {
        name,
        text: format!("Main = (\n{fields}\n  run = (\n{text}\n  )\n)\n"),
    };
    vec![
        run(
            "deep recursion",
            "  down: n = ( ^ n = 0 ifTrue: [ 0 ] ifFalse: [ (self down: n - 1) + 1 ] )",
            "    ((self down: 100000) = 100000) println",
        ),
        run(
            "deep arrays",
            "",
            "    | a | a := Array new: 1. 1 to: 100000 do: [ :i | | b | b := Array new: 1. b at: 1 put: a. a := b ]. (a length = 1) println",
        ),
        run(
            "deep blocks",
            "",
            "    | f | f := [ 0 ]. 1 to: 100000 do: [ :i | | g | g := f. f := [ g value + 1 ] ]. (f value = 100000) println",
        ),
    ]
}

//! Lowering: what becomes of small programs.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_ir::{ExprKind as Kind, Frontend, Module, NoLoader, Options, check};

use crate::Recorz;

fn compile(text: &str) -> motet_ir::Compilation {
    Recorz.compile("t.rz", text, &mut NoLoader, &Options { whole: true, ..Options::default() })
}

fn module(text: &str) -> Module {
    let compilation = compile(text);
    let module = compilation.module.unwrap_or_else(|| panic!("{text}: {:?}", compilation.diagnostics));
    if let Err(error) = check(&module) {
        panic!("{text}: {error:?}");
    }
    module
}

/// How many nodes of some sort the program's own functions have.
fn count(module: &Module, mut wanted: impl FnMut(&Kind) -> bool) -> usize {
    let mut found = 0;
    for function in module.functions.iter().filter(|f| !f.hidden) {
        function.body.walk(|node| found += usize::from(wanted(&node.kind)));
    }
    found
}

#[test]
fn variables_live_in_cells_only_if_blocks_share_their_changes() {
    let cases = [
        ("| a | a := 1. #(1) do: [:x | a printNl]", 0),
        ("| a | a := 1. #(1) do: [:x | a := x]. a printNl", 1),
        ("| a b | b := [a]. a := 1. b value printNl", 1),
        ("| a | a := [:k | a value: k]. a printNl", 1),
        ("| a | 1 to: 3 do: [:i | a := i. #(1) do: [:x | a printNl]]", 1),
        ("1 to: 3 do: [:i | | a | a := i. #(1) do: [:x | a printNl. i printNl]]", 0),
        ("1 to: 3 do: [:i | | a | #(1) do: [:x | a := x]. a printNl]", 1),
        ("| a | a := 0. [a < 3] whileTrue: [a := a + 1]. [a] value printNl", 0),
        ("| a | a := 0. a > 1 ifTrue: [a := 2] ifFalse: [a := 3]. #(1) do: [:x | a printNl]", 0),
        ("#(1) do: [:x | x > 1 ifTrue: [^x]]", 1),
        ("1 to: 3 do: [:x | x > 1 ifTrue: [^x]]", 0),
    ];
    for (text, cells) in cases {
        assert_eq!(count(&module(text), |kind| matches!(kind, Kind::NewCell(_))), cells, "{text}");
    }
}

#[test]
fn control_structures_are_inlined_unless_the_program_defines_them() {
    let closures = |text: &str| count(&module(text), |kind| matches!(kind, Kind::Closure(..)));
    let sends = |text: &str, name: &str| count(&module(text), |kind| matches!(kind, Kind::Send(_, n, _) if n == name));
    let text = "| a | a := 3. a > 2 ifTrue: [a printNl]. [a > 5] whileFalse: [a := a + 1]";
    assert_eq!((closures(text), sends(text, "whileFalse:"), sends(text, "+")), (0, 0, 0));
    let own = "RecorzKernelClass: #Foo superclass: #Object\n!\nifTrue: x\n    ^1\n!\nRecorzKernelDoIt:\n| a | a := 3. ";
    assert_eq!(sends(&format!("{own} a > 2 ifTrue: [a printNl]"), "ifTrue:"), 1);
    let plus = "RecorzKernelClass: #Foo superclass: #Object\n!\n+ x\n    ^1\n!\nRecorzKernelDoIt:\n3 + 4";
    assert_eq!(sends(plus, "+"), 0);
    assert_eq!(sends(&plus.replace("#Foo superclass: #Object", "#Number"), "+"), 1);
}

#[test]
fn functions_of_blocks_follow_that_of_their_method() {
    let module = module("#(1) do: [:x | [x] value]. 3 > 2 ifFalse: [[1] value] ifTrue: [[2] value]. [3] value");
    let own: Vec<(usize, &str)> =
        module.functions.iter().enumerate().filter(|(_, f)| !f.hidden).map(|(i, f)| (i, f.name.as_str())).collect();
    let first = own[0].0;
    let spans: Vec<u32> = own[1..].iter().map(|(i, _)| module.functions[*i].span.start).collect();
    assert!(own[0].1 == "<program>" && own.iter().enumerate().all(|(at, (i, _))| *i == first + at));
    assert_eq!(own.len(), 6);
    assert!(spans.is_sorted());
}

#[test]
fn errors_are_told_in_the_words_of_the_language() {
    let class = "RecorzKernelClass: #Foo superclass: #Object instanceVariableNames: 'a'\n!\n";
    let cases = [
        ("foo := 3. foo bar: baz", "t.rz:1: undefined variable 'baz'"),
        ("3 foo.\nself := 3", "t.rz:2: cannot assign to 'self'"),
        ("| a a | a", "t.rz:1: duplicate variable 'a'"),
        ("[:a | | a | a] value: 3", "t.rz:1: duplicate variable 'a'"),
        ("'abc", "t.rz:1: Unterminated string literal"),
        ("(3 + 4", "t.rz:1: Expected RPAREN, found EOF"),
        ("3 foo: super", "t.rz:1: super may only be used as a message receiver"),
        (&format!("{class}bar\n    ^zork"), "t.rz:4: undefined variable 'zork'"),
        (&format!("{class}bar\n    zork := 3"), "t.rz:4: undefined variable 'zork'"),
        (
            &format!("{class}RecorzKernelClass: #Foo superclass: #Object instanceVariableNames: 'b'"),
            "t.rz:3: KernelInstaller does not support changing dynamic class instance variables",
        ),
        (
            "RecorzKernelClass: #Foo instanceVariableNames: 'a a'",
            "t.rz:1: KernelInstaller class chunk repeats an instance variable name",
        ),
        (
            &format!("{class}RecorzKernelClass: #Bar superclass: #Foo instanceVariableNames: 'a'"),
            "t.rz:3: KernelInstaller class chunk repeats an inherited instance variable name",
        ),
        (
            "RecorzKernelProtocol: 'x'\n!\nfoo\n    ^1",
            "t.rz:3: KernelInstaller file-in stream is missing an initial RecorzKernelClass chunk",
        ),
        ("RecorzKernelClassSide: #Nope", "t.rz:1: KernelInstaller class side chunk names an unknown class Nope"),
    ];
    for (text, expected) in cases {
        let compilation = compile(text);
        let shown = Recorz.render(&compilation.diagnostics, &compilation.sources);
        assert_eq!(shown, format!("error: {expected}\n"), "{text}");
        assert!(compilation.module.is_none());
    }
}

#[test]
fn what_stands_before_an_error_runs_first() {
    let chunks =
        "RecorzKernelDoIt:\n1 printNl\n!\nRecorzKernelDoIt:\n2 printNl. 3 foo: )\n!\nRecorzKernelDoIt:\n4 printNl";
    let compilation = compile(chunks);
    let before = compilation.before.expect("the first do-it");
    assert!(check(&before).is_ok());
    assert_eq!(count(&before, |kind| matches!(kind, Kind::Int(1 | 2 | 4))), 1);
    assert!(compile("1 printNl. 3 foo: )").before.is_none());
}

#[test]
fn do_its_share_what_they_assign_and_nothing_else() {
    let two = |first: &str, second: &str| {
        compile(&format!("RecorzKernelDoIt:\n{first}\n!\nRecorzKernelDoIt:\n{second}")).diagnostics.len()
    };
    assert_eq!(two("x := 1", "x printNl"), 0);
    assert_eq!(two("| x | x := 1", "x printNl"), 1);
    assert_eq!(two("1 printNl", "x printNl. x := 1"), 0);
    assert_eq!(two("Late foo", "[:y | y] value: 1"), 0);
    assert_eq!(two("Object subclass: #Foo instanceVariableNames: 'a' package: 'P'", "Foo new"), 0);
}

#[test]
fn deep_and_long_programs_are_compiled_or_refused() {
    let chain = |n: usize| (0..n).fold(String::from("3"), |text, _| text + " foo");
    module(&chain(500));
    assert!(compile(&chain(50_000)).module.is_none());
    let nested = (0..100).fold("1".to_string(), |text, _| format!("(3 > 2 ifTrue: [{text}])"));
    let _ = compile(&nested);
    let long = (0..5_000).map(|i| format!("a{i} := {i}. a{i} printNl.\n")).collect::<String>();
    module(&long);
}

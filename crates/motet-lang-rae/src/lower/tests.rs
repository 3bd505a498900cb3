//! What the checker refuses, in the words of the reference, and what it lets pass.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_source::Sources;

use crate::{frontend::problems, render_rae};

const TYPES: &str = "type P { x: Int, s: String }\nenum E { a, b }\nfunc made() ret P { ret P {} }\n\
                     func part(p: view P) ret view P { ret p }\nfunc maybe() ret opt Int { ret none }\n\
                     func keep(s: own String) { }\nfunc find(p: view P) ret opt view P { ret p }\n\
                     func whole(p: view P, n: mod Int, s: view String) ret Int { ret 1 }\n";

/// All problems as `PATH:LINE:COL: MESSAGE` without the prefix.
fn shown(text: &str, prefix: &str) -> String {
    let errors = problems(text);
    let mut sources = Sources::default();
    sources.add("t", text);
    let heads = errors.iter().map(|d| {
        let all = render_rae(d, &sources);
        all.lines().next().unwrap_or("").trim_start_matches(prefix).to_string()
    });
    heads.collect::<Vec<_>>().join(" | ")
}

/// Problems of declarations.
fn check_file(input: &str, expected: &str) {
    assert_eq!(shown(&format!("{input}\n"), "t:"), expected, "for {input:?}");
}

/// Problems of statements, as `column: message`; all of them are on one line.
fn check_body(input: &str, expected: &str) {
    let text = format!("{TYPES}func body(p: view P, m: mod P, own2: own P, n: view Int) {{\n{input}\n}}\n");
    assert_eq!(shown(&text, "t:10:"), expected, "for {input:?}");
}

#[test]
fn assignments_respect_how_a_name_is_held() {
    for (input, expected) in [
        ("const c: Int = 1 c = 2", "20: cannot assign to constant 'c'"),
        ("n = 2", "3: cannot assign to read-only view parameter 'n'; declare it 'mod' to allow writes"),
        ("own2 = P {}", "6: cannot assign to read-only view identifier 'own2'"),
        ("own2.x = 1", "8: cannot mutate through read-only view 'own2'"),
        ("m.x = 1 m = P {}", ""),
        ("let a: P = {} a.x = 3 a.x++", ""),
        ("let v: view P => m v.x = 1", "24: cannot mutate through read-only view 'v'"),
        (
            "let xs: List(Int) = {} loop x in xs { xs.clear() }",
            "47: cannot mutate a List while a collection loop borrows its elements",
        ),
        ("let y: Int = 1 let y: Int = 2", "20: 'y' is already declared in this block"),
        ("let p: Int = 1", "5: 'p' is already declared in this block"),
        ("if true { let p: Int = 1 }", ""),
    ] {
        check_body(input, expected);
    }
}

#[test]
fn references_and_owners_are_kept_apart() {
    for (input, expected) in [
        ("let r: mod P => p", "1: cannot bind 'mod' to a read-only view: a view cannot be promoted to mutable access"),
        (
            "let q: P = part(p: p)",
            "1: this call returns a reference; copying what it refers to must be spelled out: bind it first ('let source: \
             view T => ...'), then copy from the named binding",
        ),
        (
            "let q: view P => made()",
            "1: cannot bind a reference to a call that returns ownership; write 'let name: T = ...' to take the value, or \
             use a reference-returning accessor (viewAt, modAt, viewGet, modGet)",
        ),
        (
            "let q: view Int => 3",
            "1: cannot bind a reference to a literal: a literal is a fresh value with no storage to view; write 'let name: \
             T = ...' to own it",
        ),
        (
            "if let q: view Int => maybe() { }",
            "4: this call returns an owned optional; a view/mod binding refuses ownership and nothing else would own the \
             value — take it with 'if let <name>: T = ...' (spec 4.2)",
        ),
        (
            "if let q: P = find(p: p) { }",
            "4: this call returns an optional REFERENCE; narrow it with 'if let <name>: view T => ...' (or mod) instead of \
             taking ownership",
        ),
        ("if let q: P = made() { }", "4: 'if let' narrows an optional, but this call does not return 'opt'"),
        (
            "let o: opt Int = 1 if let q: Int = o { }",
            "23: 'if let <name>: T = ...' takes ownership, so it needs a call producing 'opt T'; narrowing a stored \
             optional copies — bind 'view T =>' and copy inside the branch if a copy is wanted (spec 4.2)",
        ),
        (
            "keep(s: p.s)",
            "9: argument for 's' does not own its value, but the parameter is 'own String'. Write '\"{p.s}\"' (or another \
             expression that produces a fresh value) to give the callee its own copy, or 'own <expr>' to transfer \
             ownership deliberately",
        ),
        ("keep(s: \"{p.s}\") keep(s: own m.s)", ""),
        (
            "let t: Task(Int) = spawn whole(p: p, n: n, s: \"\")",
            "26: cannot spawn: parameter 'p' is a view of non-scalar data, which would be shared across the task boundary; \
             pass it as own or copy",
        ),
    ] {
        check_body(input, expected);
    }
    check_file(
        "type P { x: Int }\nfunc f() ret P { ret P {} }\nfunc g() ret view P { ret view f() }\n\
         func h() ret view P { ret view P {} }\nfunc k(p: own P) ret mod P { ret mod p }",
        "3:27: cannot return a reference to a temporary: this call returns a value, which does not outlive the function | \
         4:27: cannot take reference to a temporary literal | 5:34: reference escapes local storage",
    );
}

#[test]
fn values_fit_their_places() {
    for (input, expected) in [
        (
            "let a: Int = 1 let f: Float = a * 1.5",
            "33: cannot implicitly convert Int to Float; Rae has no implicit numeric conversions - write `value as Float`",
        ),
        ("let a: Int = 1 let f: Float = 1.5 * a let g: Float = -3 let h: Float = a as Float", ""),
        (
            "let d: Float64 = 1.0 let e: Float64 = 0.0 - d",
            "43: cannot implicitly convert Float to Float64; Rae has no implicit numeric conversions - write `value as \
             Float64`",
        ),
        ("let a: P = E.a", "12: cannot convert E to P; they are different types"),
        ("let a: String = 1", "17: cannot convert Int to String; they are different types"),
        ("log(\"a\" + 1)", "9: cannot convert Int to String; they are different types"),
        ("log('a' as Int)", "5: unsupported conversion: `as` converts between numeric types"),
        ("let a: P = { y: 1 }", "14: P has no field 'y'"),
        ("log(E.c)", "7: enum 'E' has no member 'c'"),
        ("log(q)", "5: unknown identifier 'q'"),
        ("q()", "1: unknown function 'q'"),
        ("made(1)", "1: 'made' takes 0 argument(s), but 1 were given"),
        (
            "log(createList(Float))",
            "5: call to 'createList' is missing value arguments: it needs 1 after its type argument, but 0 were given",
        ),
        (
            "let xs: List(Int) = {} log(xs[0])",
            "32: a List is not indexed with '[]'; use '.at(index: i)', '.viewAt(index: i)', or '.modAt(index: i)' and \
             handle the optional result. '[]' is for Array(T, cap: N), whose length is part of its type",
        ),
        (
            "let a: Array(Int, cap: 3) = Array(Int, cap: 3) log(a[3])",
            "55: index 3 is out of bounds for Array(cap: 3); valid indices are 0..2",
        ),
        ("break", "1: 'break' is only valid inside a loop"),
        ("if true { continue }", "11: 'continue' is only valid inside a loop"),
        ("loop x in p { }", "11: collection loops currently require a List(T) expression"),
        (
            "let xs: List(Int) = {} loop x: Float in xs { }",
            "32: collection loop binding type must match the List element type",
        ),
        (
            "const c: Int = n",
            "1: 'const' initializer must be evaluable at compile time (only literals, earlier constants, enum cases, and \
             arithmetic on them are allowed)",
        ),
        (
            "let xs: List(Int) = createList(cap: 4) let o: opt Int = xs.at(index: 0) let i: Int = xs.at(index: 1) + 1",
            "",
        ),
    ] {
        check_body(input, expected);
    }
}

#[test]
fn matches_name_what_they_must() {
    for (input, expected) in [
        ("match n { case 1 { } }", "1: match on Int requires a 'default' arm (its value space is open-ended)"),
        ("match p.s { case \"\" { } }", "1: match on String requires a 'default' arm (its value space is open-ended)"),
        (
            "match true { case true { } default { } }",
            "1: match on Bool must not use a 'default' arm; handle 'case true' and 'case false'",
        ),
        ("match true { case true { } }", ""),
        (
            "match E.a { case E.a { } default { } }",
            "1: match on enum 'E' must not use a 'default' arm; name every variant (remove 'default' and add the missing \
             cases, or group them with an or-pattern)",
        ),
        ("match E.a { case E.b { } }", "1: non-exhaustive match on enum 'E': missing case 'E.a' (add it)"),
        ("match n { case \"\" { } default { } }", "16: cannot compare Int with String"),
    ] {
        check_body(input, expected);
    }
}

#[test]
fn declarations_are_complete() {
    for (input, expected) in [
        ("func f(a: val Int) { }", "1:11: parameter 'a' uses deprecated 'val Int'; use 'copy Int' instead"),
        ("enum E { a }\nfunc f(e: E, x: Any) { }\nfunc g(T: type, x: T) { }", ""),
        ("type A { r: view Int }", "1:13: view/mod not allowed in struct fields"),
        ("type A { r: Nope }", "1:13: unknown type 'Nope'"),
        (
            "var a: Array(Int, cap: b)\nvar b: Int = 1",
            "1:24: generic value argument 'cap' must be a compile-time constant (a literal, a 'const' binding, or arithmetic \
          on them)",
        ),
        ("var a: Array(Int, cap: -1)", "1:24: generic value argument 'cap' must not be negative (got -1)"),
        ("var a: Array(Int, cap: 1.5)", "1:24: generic value argument 'cap' must be an Int, not a Float"),
        ("var a: Array(Int, size: 1)", "1:19: Array takes a 'cap:' value argument; got 'size'"),
        ("var a: List(Int, cap: 4)", "1:18: 'List' does not take value generic arguments; only built-in types do"),
        ("const n: Int = 2 * 3\nvar a: Array(Int, cap: n + 1)", ""),
        ("type List(T: type) { mine: T }\nfunc f(l: view List(Int)) ret Int { ret l.mine }", ""),
    ] {
        check_file(input, expected);
    }
}

/// Programs that are deeper or longer than any person writes end in a diagnostic or compile, on a small stack.
#[test]
fn extreme_programs_neither_crash_nor_hang() {
    let repeated = |text: &str, n: usize| text.repeat(n);
    let body = |text: String| format!("func f(x: view Int) ret Int {{ ret x }}\nfunc main() {{\n{text}\n}}\n");
    let elements = (0..900).map(|n| format!("else if n is {n} {{ log({n}) }}\n")).collect::<String>();
    for (text, expected) in [
        (body(format!("let a: Float = 1.5 log(a{})", repeated(" + a", 880))), ""),
        (body(format!("let a: opt Int = 1 log(a{})", repeated(" + a", 880))), ""),
        (body(format!("log(1{})", repeated(".f()", 500))), ""),
        (body(format!("log({}1{})", repeated("f(", 150), repeated(")", 150))), ""),
        (body(format!("let n: Int = 1 if n is -1 {{ }} {elements}")), ""),
        (body(format!("{}log(1){}", repeated("if true { ", 190), repeated("}", 190))), ""),
        (
            "type B(T: type) { v: opt T }\nfunc g(T: type, x: view B(T)) {\nlet y: B(B(T)) = {}\ng(y)\n}\n\
             func main() {\nlet b: B(Int) = {}\ng(b)\n}\n"
                .to_string(),
            "4:1: this call needs too many specialisations of generic functions",
        ),
        (
            "type A { b: Array(A, cap: 1) }\nfunc main() { }\n".to_string(),
            "1:6: type 'A' contains itself; use 'opt A' or 'List(A)' for a field that leads back to it",
        ),
    ] {
        assert_eq!(shown(&text, "t:"), expected, "for {}", &text[..text.len().min(80)]);
    }
}

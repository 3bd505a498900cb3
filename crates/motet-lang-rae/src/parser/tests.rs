//! What the parser reads and what it says about the rest.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_source::{Diagnostic, FileId, Sources};

use crate::{dump, lexer, names::Names, parser, render_rae};

fn front(text: &str) -> Result<String, Vec<Diagnostic>> {
    let mut names = Names::default();
    let tokens = lexer::lex(text, FileId(0), &mut names)?;
    let unit = parser::parse(&tokens, FileId(0), &mut names)?;
    Ok(dump(&unit, &names, &tokens.strings))
}

/// The tree, or all problems as `line:column: message`.
fn shown(text: &str) -> String {
    match front(text) {
        Ok(tree) => tree,
        Err(errors) => {
            let mut sources = Sources::default();
            sources.add("t", text);
            let heads = errors.iter().map(|d| {
                let all = render_rae(d, &sources);
                all.lines().next().unwrap_or("").trim_start_matches("t:").to_string()
            });
            heads.collect::<Vec<_>>().join(" | ")
        }
    }
}

fn check(input: &str, expected: &str) {
    assert_eq!(shown(input), expected, "for {input:?}");
}

/// One expression, as the listing shows it.
fn check_expr(input: &str, expected: &str) {
    let tree = shown(&format!("func f() {{\n{input}\n}}\n"));
    let line = tree.lines().last().unwrap_or("").trim().trim_start_matches("expr ").to_string();
    assert_eq!(line, expected, "for {input:?}");
}

/// Problems of statements in a body; they stand on line 2.
fn check_body(input: &str, expected: &str) {
    check(&format!("func f() {{\n{input}\n}}\n"), expected);
}

#[test]
fn operators_bind_as_the_table_says() {
    for (input, expected) in [
        ("2 + 3 * 4 - 6 / 2", "((2 + (3 * 4)) - (6 / 2))"),
        ("1 + 2 shl 3", "(1 + (2 shl 3))"),
        ("511 bitand 255 is 255", "((511 bitand 255) is 255)"),
        ("not a > 5", "((not a) > 5)"),
        ("a is not none", "(a is not none)"),
        ("a is not b or c and d", "((a is not b) or (c and d))"),
        ("-x.y[0].z()", "(-x.y[0].z())"),
        ("1.0 as Float as Int", "((1.0 as Float) as Int)"),
        ("-a as Int * 2", "(((-a) as Int) * 2)"),
        ("1 < 2 is true", "((1 < 2) is true)"),
        ("x++\n- 1", "((x++) - 1)"),
        ("f(a, b: mod c, d: own e)", "f(a, b: (mod c), d: (own e))"),
        ("1 shl 2 shl 3", "((1 shl 2) shl 3)"),
        ("(a bitand b) bitor c", "((a bitand b) bitor c)"),
        ("0xFF bitxor 0x0F", "(255 bitxor 15)"),
        ("1.toFloat()", "1.toFloat()"),
        ("[1 2, 3]", "[1, 2, 3]"),
        ("{ a: 1 \"b\": 2 }", "{ a: 1, b: 2 }"),
        ("Window(List(T)) { n: {} }", "Window[List[T]] { n: {} }"),
        ("K.none", "K.none"),
        (
            "y(match x { case 1 => a case 2 => b, default => c })",
            "y(match x { case 1 => a, case 2 => b, default => c })",
        ),
        ("\"a {b.c(d: \"e\")} f\"", "\"a \" {b.c(d: \"e\")} \" f\""),
        ("'\\u{41}'", "'A'"),
        ("r#\"a \"b\" {c} \\n\"#", "\"a \\\"b\\\" {c} \\\\n\""),
        ("createList(T: Int, cap: 4)", "createList(T: Int, cap: 4)"),
    ] {
        check_expr(input, expected);
    }
}

#[test]
fn declarations_and_statements_are_listed() {
    check(
        "import util/greet\nopen \"json\"\nimport ../a-b/c\nenum K { none, type }\n\
         type P(A: type): pub { x: A = 1, y: opt view List(Int) }\nconst n: Int = 3\n\
         func g(T: type, a: view T, b: Array(Int, cap: n)) pub ret opt T {\n  ret none\n}\n\
         func n(a: Int) extern ret Int\n",
        "MODULE\n  import util/greet\n  open json\n  import ../a-b/c\n  enum K\n    none\n    type\n  type P\n    \
         param A: type\n    field x: A = 1\n    field y: opt view List[Int]\n  const n: Int = 3\n  func g\n    \
         param T: type\n    param a: view T\n    param b: Array[Int, cap: n]\n    return opt T\n    body\n      ret none\n  \
         extern func n\n    param a: Int\n    return Int\n",
    );
    check(
        "func f() {\n  if a { b() } else if c { d() } else { e() }\n  loop i: Int = 0, i < 3, i++ { break }\n  \
         loop x: view T in xs { continue }\n  if let v: mod T => p.q { v = 1 }\n  match x { case 1, -2 { } default { } }\n  \
         def y: Int = 2\n  let a: p, let b: q = g()\n  defer { ret }\n  ret\n}\n",
        "MODULE\n  func f\n    body\n      if (a)\n        then\n          expr b()\n      else if (c)\n        then\n          \
         expr d()\n        else\n          expr e()\n      loop let i: Int = 0, (i < 3), (i++)\n        break\n      \
         loop x: view T in xs\n        continue\n      if (let v: mod T => p.q)\n        then\n          assign v = 1\n      \
         match x\n        case 1, (-2)\n        default\n      var y: Int = 2\n      let a: p, let b: q = g()\n      \
         defer\n        ret\n      ret\n",
    );
}

#[test]
fn every_rule_of_syntax_has_its_message() {
    for (input, expected) in [
        (
            "f(1, 2)",
            "2:6: expected argument name (subsequent arguments must be named) | 2:6: expected ':' after argument name",
        ),
        ("let if: Int = 1", "2:5: 'if' is a reserved keyword"),
        ("let r: view T = x", "2:15: use '=>' for alias bindings (view/mod)"),
        ("let r: T => x", "2:10: '=>' is only legal when the target type is mod T or view T"),
        ("var r: view T => x", "2:15: aliases are bind-once; declare with 'let', not 'var'"),
        ("const c: Int => x", "2:14: 'const' is a value, not an alias binding; use '='"),
        ("let r: view T", "2:1: alias bindings (view/mod) must be explicitly initialized"),
        ("x => y", "2:3: rebinding an alias is illegal. '=>' is only for 'let' bindings."),
        ("let x", "2:1: 'let' without a type annotation needs an initializer to infer the type"),
        ("const x: Int", "2:1: 'const' requires an initializer"),
        (
            "let p: P = P { x: 1 }",
            "2:12: with 'let', the binding's type must be written on the left-hand side only. Remove the type name from the \
             RHS.",
        ),
        ("let p: P = P {}", "MODULE\n  func f\n    body\n      let p: P = P {}\n"),
        ("ret { x: 1 }", "2:5: structural literals in 'ret' must be explicitly typed (e.g. 'ret Color { ... }')."),
        (
            "log(a bitand b bitor c)",
            "2:16: mixing different bitwise operators requires parentheses (e.g. `(a bitand b) bitor c`)",
        ),
        (
            "log(x is some)",
            "2:10: 'some' is not a Rae keyword; write 'is not none' to test for a value, or 'is none' for its absence",
        ),
        ("let x: List(view T) = y", "2:13: references (view/mod) cannot be used as generic type arguments"),
        (
            "let x: Array(Float, 16) = y",
            "2:21: value generic arguments must be named (write 'cap: N', not a bare number)",
        ),
        ("match x { default { } default { } }", "2:23: match already has a default arm"),
        ("log(match x { case _ => 1 })", "2:20: use 'default' instead of '_' in match expressions"),
        ("match x { }", "2:1: match must have at least one case"),
        ("f(a,)", "2:4: trailing comma not allowed in argument list"),
        ("log([1,])", "2:7: trailing comma not allowed in list literal"),
        ("let x: L = { 1, }", "2:15: trailing comma not allowed in collection literal"),
        ("let x: L = { a: 1, }", "2:18: trailing comma not allowed in object literal"),
        ("log(-)", "2:6: expected expression after unary operator"),
        ("log(\"{}\")", "2:7: unexpected token in expression"),
        ("loop i: Int = 0 { }", "2:17: expected ',' after loop init"),
        ("if x y", "2:6: expected '{' to start block"),
        ("let a: b, = f()", "2:11: destructuring assignments require at least two bindings"),
        ("let a: b, let c: d = 3", "2:22: destructuring assignments require a call expression on the right-hand side"),
        ("log(1", "3:1: expected ')' after arguments"),
        ("log([1)", "2:7: expected ']' after list literal"),
        (
            "if let x = f() { }",
            "2:4: 'if let' needs the binding's type: 'view T'/'mod T' with '=>', or 'T' with '=' (spec 4.2)",
        ),
    ] {
        check_body(input, expected);
    }
}

#[test]
fn problems_of_several_declarations_are_all_reported() {
    check(
        "func a() {\n  let = 1\n}\nfunc b(x: Int T: type) { }\npub func c() { }\nstray\nfunc d(,) { }\n",
        "2:7: expected identifier after binding keyword | 4:16: expected parameter name | 5:1: Function property 'pub' cannot \
         be defined before function. It must be put into the properties section after the function parameters like this: \
         'func name() pub' | 6:1: expected 'type', 'enum' or 'func' | 7:8: expected parameter name",
    );
}

#[test]
fn tokens_have_their_own_messages() {
    for (input, expected) in [
        ("let x: Int = 007\n", "1:14: integer literal cannot contain leading zeros"),
        ("let x: Int = 0x\n", "1:14: hexadecimal literal requires at least one digit after '0x'"),
        ("let x: String = \"a\n", "1:17: unterminated string literal"),
        ("let x: String = \"\\q\\'\"\n", "1:18: invalid escape sequence '\\q' | 1:20: invalid escape sequence '\\''"),
        ("#[ #[ ]#\n", "1:1: unterminated block comment"),
        ("let x: String = r#\"a\"\n", "1:17: unterminated raw string"),
        ("let x: Char = ''\n", "1:15: empty char literal"),
        ("let x: Char = 'a\n", "1:15: unterminated char literal"),
        ("let x: Char = 'é'\n", "1:15: char literal must contain exactly one character"),
        ("let x: String = \"\\u41\"\n", "1:18: expected '{' after \\u"),
        ("let x: String = \"\\u{41\"\n", "1:18: unterminated unicode escape"),
        ("let x: Int = 1;\n", "1:15: unexpected character ';'"),
        ("let x: Int = 1\r\n", "1:15: Rae files must use LF (\\n) line endings. CRLF found. Run `rae format` to fix."),
        (
            "let x: Int = 1\r \n",
            "1:15: Rae files must use LF (\\n) line endings. CR (\\r) found. Run `rae format` to fix.",
        ),
        (
            "let x: Int = 1",
            "1:15: Rae files must end with a newline (\\n). Missing final newline at end of file. Run `rae format` to fix.",
        ),
    ] {
        check(input, expected);
    }
    let long = "\n".repeat(1_001);
    check(
        &long,
        "1001:1: file exceeds the hard cap of 1000 lines. The cap is not overridable — split this file into smaller \
         domain-specific modules.",
    );
    check(&"\n".repeat(1_000), "MODULE\n");
}

#[test]
fn deep_and_long_input_is_refused_without_harm() {
    let body = |inner: &str| format!("func f() {{ log({inner}) }}\n");
    for text in [
        body(&"(".repeat(5_000)),
        body(&format!("{}1", "- ".repeat(5_000))),
        body(&format!("1{}", " + 1".repeat(5_000))),
        body(&format!("a{}", ".b".repeat(5_000))),
        body(&"\"{".repeat(5_000)),
        body(&"[".repeat(5_000)),
        body(&"A(A".repeat(5_000)),
        format!("func f() {}\n", "{ if a ".repeat(5_000)),
        format!("let x: {}\n", "L(".repeat(5_000)),
    ] {
        let problems = front(&text).err().map_or(0, |e| e.len());
        assert!(problems > 0, "for {:?}", text.get(..40));
    }
}

#[test]
fn tokens_are_listed_with_their_places() {
    let check = |text: &str, expected: &str| {
        let listed = crate::list_tokens(text, FileId(0)).unwrap_or_else(|d| format!("error: {}\n", d[0].message));
        assert_eq!(listed, expected, "for {text:?}");
    };
    check("", "TOK_EOF \"\" at 1:1\n");
    check(
        "let s = \"a{b}c\" # end\n",
        "TOK_LET \"let\" at 1:1\nTOK_IDENT \"s\" at 1:5\nTOK_ASSIGN \"=\" at 1:7\nTOK_STRING_START \"\"a{\" at 1:9\n\
         TOK_IDENT \"b\" at 1:12\nTOK_STRING_END \"}c\"\" at 1:13\nTOK_COMMENT \"# end\" at 1:17\nTOK_EOF \"\" at 2:1\n",
    );
    check(
        "#[ a ]# 1++ => 0.5 'x' r\"y\"\n",
        "TOK_BLOCK_COMMENT \"#[ a ]#\" at 1:1\nTOK_INTEGER \"1\" at 1:9\nTOK_INC \"++\" at 1:10\n\
         TOK_ARROW \"=>\" at 1:13\nTOK_FLOAT \"0.5\" at 1:16\nTOK_CHAR \"'x'\" at 1:20\n\
         TOK_RAW_STRING \"r\"y\"\" at 1:24\nTOK_EOF \"\" at 2:1\n",
    );
    check("\"a\n", "error: unterminated string literal\n");
}

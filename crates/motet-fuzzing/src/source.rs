//! Hostile source text: token soup, mutated programs, and nesting bombs.

mod pohlang;
mod recorz;

use crate::Language;
use crate::rng::Rng;

pub use pohlang::reindent;

const RUFF_TOKENS: &[&str] = &[
    "let",
    "mut",
    "const",
    "func",
    "return",
    "enum",
    "match",
    "case",
    "default",
    "if",
    "else",
    "loop",
    "while",
    "for",
    "in",
    "break",
    "continue",
    "try",
    "except",
    "int",
    "float",
    "string",
    "bool",
    "import",
    "from",
    "export",
    "struct",
    "impl",
    "self",
    "null",
    "spawn",
    "test",
    "test_group",
    "yield",
    "async",
    "await",
    "true",
    "false",
    "Ok",
    "Err",
    "Some",
    "None",
    "throw",
    "print",
    "len",
    "x",
    "y",
    "foo",
    "_",
    "0",
    "1",
    "9223372036854775807",
    "9223372036854775808",
    "1.5",
    "1..5",
    "12x",
    "\"a\"",
    "\"${x}\"",
    "\"${",
    "\"\\q\"",
    "\"",
    "${",
    ":=",
    "=",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "+=",
    "&&",
    "||",
    "??",
    "?.",
    "?",
    "|>",
    "->",
    "::",
    "...",
    ".",
    ",",
    ":",
    ";",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "!",
    "&",
    "|",
    "^",
    "@",
    "#",
    "//",
    "/*",
    "*/",
    "\n",
    " ",
    "é",
    "\u{0}",
    "'",
    "\\",
];

const MOON_TOKENS: &[&str] = &[
    "let",
    "fn",
    "return",
    "if",
    "else",
    "true",
    "false",
    "while",
    "for",
    "in",
    "break",
    "continue",
    "struct",
    "import",
    "as",
    "Int",
    "Bool",
    "String",
    "Unit",
    "Array",
    "Object",
    "Float",
    "nil",
    "print",
    "push",
    "gc",
    "x",
    "y",
    "foo",
    "_",
    "0",
    "1",
    "9223372036854775807",
    "9223372036854775808",
    "0xff",
    "1_0",
    "1.5",
    "2e9",
    "1..5",
    "..=",
    "..",
    ".",
    "\"a\"",
    "\"",
    "\"\\q\"",
    "\"\\u{41}\"",
    "+",
    "-",
    "*",
    "/",
    "%",
    "!",
    "=",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "&&",
    "||",
    "&",
    "|",
    "->",
    "?",
    "+=",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "#",
    "#{",
    ",",
    ":",
    ";",
    "\n",
    " ",
    "//",
    "é",
    "\u{0}",
    "\r",
    "\t",
    "@",
];

const RAE_TOKENS: &[&str] = &[
    "let",
    "var",
    "const",
    "def",
    "func",
    "ret",
    "type",
    "enum",
    "match",
    "case",
    "default",
    "if",
    "else",
    "loop",
    "parallelLoop",
    "in",
    "break",
    "continue",
    "defer",
    "taskScope",
    "spawn",
    "view",
    "mod",
    "own",
    "copy",
    "val",
    "opt",
    "none",
    "is",
    "not",
    "and",
    "or",
    "bitand",
    "bitor",
    "bitxor",
    "bitnot",
    "shl",
    "shr",
    "as",
    "true",
    "false",
    "import",
    "open",
    "export",
    "extern",
    "pub",
    "priv",
    "Int",
    "Float",
    "Float64",
    "String",
    "Bool",
    "Char32",
    "UInt8",
    "List",
    "StringMap",
    "Array",
    "Buffer",
    "Task",
    "Any",
    "T",
    "x",
    "y",
    "foo",
    "P",
    "self",
    "some",
    "cap",
    "log",
    "logS",
    "add",
    "at",
    "length",
    "createList",
    "toString",
    "main",
    "0",
    "1",
    "9223372036854775807",
    "9223372036854775808",
    "0xff",
    "0x",
    "007",
    "1.5",
    "1e3",
    "1.",
    ".",
    "\"a\"",
    "\"{x}\"",
    "\"{",
    "\"{}",
    "}",
    "{",
    "(",
    ")",
    "[",
    "]",
    "r\"a\"",
    "r#\"x\"#",
    "'a'",
    "''",
    "'\\u{41}'",
    "'\\\\",
    "\"\\q\"",
    "\"\\u{110000}\"",
    "=",
    "=>",
    "+",
    "-",
    "*",
    "/",
    "%",
    "++",
    "--",
    "<",
    ">",
    "<=",
    ">=",
    ",",
    ":",
    ";",
    "#",
    "#[",
    "]#",
    "==",
    "@",
    "é",
    "\n",
    " ",
    "\u{0}",
    "\r",
];

/// Random tokens of a language in random order.
#[must_use]
pub fn soup(language: Language, rng: &mut Rng) -> String {
    let tokens = match language {
        Language::Ruff => RUFF_TOKENS,
        Language::Moon => MOON_TOKENS,
        Language::Rae => RAE_TOKENS,
        Language::PohLang => pohlang::TOKENS,
        Language::Recorz => recorz::TOKENS,
        Language::Som => recorz::SOM_TOKENS,
    };
    let mut out = String::new();
    for _ in 0..rng.below(200) {
        out.push_str(rng.pick::<&str>(tokens));
        if !rng.one_in(4) {
            out.push(' ');
        }
    }
    match language {
        Language::Rae => in_function(&out, rng),
        Language::PohLang => pohlang::in_program(&out, rng),
        Language::Recorz => recorz::in_chunk(&out, rng),
        Language::Som => recorz::in_class(&out, rng),
        Language::Ruff | Language::Moon => out,
    }
}

/// Rae's statements stand in functions, and its files end with a line break: without them most cases would be refused
/// for that alone.
fn in_function(text: &str, rng: &mut Rng) -> String {
    match rng.below(8) {
        0 => text.to_string(),
        1..=3 => format!("{text}\n"),
        _ => format!("func main() {{\n{text}\n}}\n"),
    }
}

/// A program with some pieces removed, repeated, swapped or replaced.
#[must_use]
pub fn mutate(text: &str, language: Language, rng: &mut Rng) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=rng.below(5) {
        if chars.is_empty() {
            break;
        }
        let at = rng.below(chars.len());
        let end = (at + 1 + rng.below(20)).min(chars.len());
        match rng.below(5) {
            0 => {
                chars.drain(at..end);
            }
            1 => {
                let piece: Vec<char> = chars[at..end].to_vec();
                let to = rng.below(chars.len());
                chars.splice(to..to, piece);
            }
            2 => {
                let token: Vec<char> = soup(language, rng).chars().take(12).collect();
                chars.splice(at..end, token);
            }
            3 => chars[at] = *rng.pick(&['(', ')', '{', '}', '[', ']', '"', '\n', '\u{0}', 'é', '0', '$']),
            _ => chars.truncate(at),
        }
    }
    if language == Language::Rae && !rng.one_in(8) {
        chars.push('\n');
    }
    chars.into_iter().collect()
}

/// A program with other blanks, line breaks and comments between its tokens. Lines with texts stay as they are.
#[must_use]
pub fn respace(text: &str, rng: &mut Rng) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let plain = !line.contains(['"', '\'', '#']);
        for c in line.chars() {
            if c == ' ' && plain && rng.one_in(5) {
                out.push_str(rng.pick::<&str>(&[
                    "\n",
                    "\n\n",
                    "  ",
                    " # c\n",
                    " #[ c ]# ",
                    "\n# c\n",
                    "\n#[ c\n c ]#\n",
                ]));
            } else {
                out.push(c);
            }
        }
        out.push(if plain && rng.one_in(6) { ' ' } else { '\n' });
    }
    out + "\n"
}

/// A named hostile text. Compiling it must end in a diagnostic or a program, within seconds.
pub struct Bomb {
    /// What it is.
    pub name: &'static str,
    /// The text.
    pub text: String,
}

/// Texts of `n` nested or chained pieces each.
#[must_use]
pub fn bombs(language: Language, n: usize) -> Vec<Bomb> {
    let around = |open: &str, middle: &str, close: &str| format!("{}{middle}{}", open.repeat(n), close.repeat(n));
    let mut all = vec![
        Bomb { name: "open parentheses", text: "(".repeat(n) },
        Bomb { name: "nested parentheses", text: around("(", "1", ")") },
        Bomb { name: "nested brackets", text: around("[", "1", "]") },
        Bomb { name: "closing brackets", text: "]".repeat(n) },
        Bomb { name: "unary minus", text: format!("{}1", "- ".repeat(n)) },
        Bomb { name: "unary not", text: format!("{}true", "!".repeat(n)) },
        Bomb { name: "operator chain", text: format!("1{}", " + 1".repeat(n)) },
        Bomb { name: "logic chain", text: format!("true{}", " && true".repeat(n)) },
        Bomb { name: "index chain", text: format!("x{}", "[0]".repeat(n)) },
        Bomb { name: "call chain", text: format!("x{}", "()".repeat(n)) },
        Bomb { name: "one long identifier", text: "a".repeat(n) },
        Bomb { name: "one long number", text: "1".repeat(n) },
        Bomb { name: "one long string", text: format!("\"{}\"", "a".repeat(n)) },
        Bomb { name: "one long unterminated string", text: format!("\"{}", "a".repeat(n)) },
        Bomb { name: "blank lines", text: "\n".repeat(n) },
        Bomb { name: "many errors", text: "@ ".repeat(n) },
    ];
    match language {
        Language::Ruff => all.extend([
            Bomb { name: "nested blocks", text: around("if true {", "", "}") },
            Bomb { name: "nested functions", text: around("func f() {", "", "}") },
            Bomb { name: "nested dictionaries", text: format!("x := {}", around("{\"a\":", "1", "}")) },
            Bomb { name: "nested interpolation", text: format!("x := {}", around("\"${", "1", "}\"")) },
            Bomb { name: "else-if chain", text: format!("if 1 == 1 {{ 1 }}{}", " else if 1 == 1 { 1 }".repeat(n)) },
            Bomb { name: "pipe chain", text: format!("x := 1{}", " |> abs".repeat(n)) },
            Bomb { name: "member chain", text: format!("y := x{}", ".a".repeat(n)) },
            Bomb { name: "nested patterns", text: format!("let {} := 1", around("[", "a", "]")) },
            Bomb { name: "many statements", text: "x := 1\n".repeat(n) },
            Bomb { name: "semicolons", text: ";".repeat(n) },
            Bomb { name: "nested block comments", text: "/*".repeat(n) },
            Bomb { name: "nested lambdas", text: format!("x := {}", around("func() { return ", "1", "}")) },
        ]),
        Language::Moon => all.extend([
            Bomb { name: "nested blocks", text: around("{", "1", "}") },
            Bomb { name: "nested if", text: around("if true {", "1", "} else { 1 }") },
            Bomb { name: "nested lambdas", text: around("fn() -> Int { ", "1", "}") },
            Bomb { name: "nested objects", text: around("#{a:", "1", "}") },
            Bomb {
                name: "else-if chain",
                text: format!("if true {{ 1 }}{} else {{ 1 }}", " else if true { 1 }".repeat(n)),
            },
            Bomb { name: "nested types", text: format!("let x: {} = 1;", around("Array<", "Int", ">")) },
            Bomb { name: "optional types", text: format!("let x: Int{} = nil;", "?".repeat(n)) },
            Bomb { name: "function types", text: format!("let x: {}Int = 1;", "fn() -> ".repeat(n)) },
            Bomb { name: "many statements", text: "let x = 1;\n".repeat(n) },
            Bomb { name: "field chain", text: format!("let x = 1; x{}", ".a".repeat(n)) },
        ]),
        Language::Rae => all = rae_bombs(all, n),
        Language::PohLang => all = pohlang::bombs(all, n),
        Language::Recorz => all.extend(recorz::bombs(n)),
        Language::Som => all = recorz::som_bombs(all, n),
    }
    all
}

/// The bombs of all languages in a function, and Rae's own.
fn rae_bombs(all: Vec<Bomb>, n: usize) -> Vec<Bomb> {
    let around = |open: &str, middle: &str, close: &str| format!("{}{middle}{}", open.repeat(n), close.repeat(n));
    // What compiles as a whole takes its time.
    let many = n.min(100_000);
    let body = |name, text: String| Bomb { name, text: format!("func main() {{\n{text}\n}}\n") };
    let file = |name, text: String| Bomb { name, text: format!("{text}\nfunc main() {{}}\n") };
    let mut bombs: Vec<Bomb> = all.into_iter().map(|b| body(b.name, b.text)).collect();
    bombs.extend([
        body("words of negation", format!("log({}true)", "not ".repeat(n))),
        body("logic in words", format!("log(true{})", " and true".repeat(n))),
        body("nested blocks", around("if true {", "", "}")),
        body("nested loops", around("loop true {", "", "}")),
        body("nested defers", around("defer {", "", "}")),
        body("nested interpolation", format!("log({})", around("\"{", "1", "}\""))),
        body("nested literals", format!("let x: List(Int) = {}", around("{", "1", "}"))),
        body("nested matches", format!("log({})", around("match 1 { default => ", "1", " }"))),
        body("else-if chain", format!("if true {{ }}{}", " else if true { }".repeat(many))),
        body("cases", format!("match 1 {{ {} default {{ }} }}", "case 1 { } ".repeat(many))),
        body("patterns", format!("match 1 {{ case 1{} {{ }} default {{ }} }}", ", 1".repeat(many))),
        body("method chain", format!("log(1{})", ".toString().toInt()".repeat(n))),
        body("casts", format!("log(1{})", " as Int".repeat(n))),
        body("statements of one line", "log(1) ".repeat(many)),
        body("shadowed names", around("{ let x: Int = 1 ", "", "}").replace("{ let", "if true { let")),
        file("nested types", format!("var x: {}", around("List(", "Int", ")"))),
        file(
            "fields",
            format!("type P {{ {} }}", (0..many).map(|i| format!("f{i}: Int, ")).collect::<String>() + "z: Int"),
        ),
        file("members", format!("enum E {{ {} }}", (0..many).map(|i| format!("m{i} ")).collect::<String>())),
        file("functions", "func f() {} ".repeat(many)),
        file(
            "growing types",
            "type P(T: type) { x: T }\nfunc f(T: type, x: view T) { f(x: P(T) { x: x }) }\nfunc g() { f(x: 1) }".into(),
        ),
        file("doubling types", format!("type D(T: type) {{ x: T, y: T }}\nvar x: {}", around("D(", "Int", ")"))),
        file("nested comments", "#[".repeat(n)),
        file("lines", "\n".repeat(n)),
    ]);
    bombs
}

/// Small programs that build, print, compare and drop deep or cyclic values.
#[must_use]
pub fn deep_values(language: Language) -> Vec<Bomb> {
    let bomb = |name, text: &str| Bomb { name, text: text.to_string() };
    match language {
        Language::Ruff => vec![
            bomb(
                "deep list",
                "mut a := [1]\nmut b := [1]\nmut i := 0\nwhile i < 100000 { a := [a]\n b := [b]\n i += 1 }\n\
                 same := a == b\nprint(len(to_string(a)) > 0)\n",
            ),
            bomb(
                "deep dictionary",
                "mut a := {\"k\": 1}\nmut i := 0\nwhile i < 100000 { a := {\"k\": a}\n i += 1 }\nprint(len(to_string(a)) > 0)\n",
            ),
            bomb(
                "deep closures",
                "func id() { return 0 }\nfunc wrap(f) { return func() { return f() + 1 } }\nmut f := id\nmut i := 0\n\
                 while i < 100000 { f := wrap(f)\n i += 1 }\ntry { print(f() == 100000) } except e { print(true) }\n",
            ),
            bomb("endless recursion", "func f(n) { return f(n + 1) + 1 }\ntry { f(0) } except e { print(true) }\n"),
            bomb(
                "deep recursion",
                "func f(n) { if n == 0 { return 0 }\n return f(n - 1) + 1 }\ntry { print(f(100000) == 100000) } except e { print(true) }\n",
            ),
            bomb("endless sort", "xs := sort(range(200000))\nprint(len(xs) == 200000)\n"),
        ],
        Language::Moon => vec![
            bomb(
                "deep optional structs",
                "struct N { next: N? }\nlet n = N#{ next: nil };\nfor i in 0..100000 { n = N#{ next: n }; }\nprint(len(str(n)) > 0);\n",
            ),
            bomb(
                "cyclic struct",
                "struct N { next: N? }\nlet n = N#{ next: nil };\nn.next = n;\nprint(len(str(n)) > 0);\nprint(n == n);\n",
            ),
            bomb(
                "deep recursion",
                "fn f(n: Int) -> Int { if n == 0 { 0 } else { f(n - 1) + 1 } }\nprint(f(1000000) == 1000000);\n",
            ),
            bomb(
                "deep closures",
                "let f = fn() -> Int { 0 };\nfor i in 0..100000 { let g = f; f = fn() -> Int { g() + 1 }; }\nprint(f() == 100000);\n",
            ),
        ],
        Language::Rae => vec![
            bomb(
                "deep optional structs",
                "type N { v: Int, next: opt N }\nfunc build(n: view Int) ret N {\n  if n is 0 { ret N {} }\n  ret N { v: n, next: \
                 build(n: n - 1) }\n}\nfunc main() {\n  let n: N = build(n: 5000)\n  let m: N = n\n  log(\"{m}\".length() > 0)\n}\n",
            ),
            bomb(
                "deep recursion",
                "func f(n: view Int) ret Int {\n  if n is 0 { ret 0 }\n  ret f(n: n - 1) + 1\n}\nfunc main() { log(f(n: 5000) is 5000) }\n",
            ),
            bomb(
                "long list",
                "func main() {\n  let xs: List(Int) = createList(Int, cap: 0)\n  loop i: Int = 0, i < 200000, i++ { xs.add(value: i * 7919 \
                 % 65536) }\n  let ys: List(Int) = xs\n  log(ys.length is 200000)\n}\n",
            ),
        ],
        Language::PohLang => pohlang::deep_values(),
        Language::Recorz => recorz::deep_values(),
        Language::Som => recorz::som_deep_values(),
    }
}

//! The customary layout: what changes, what stays, and that it is stable.

use std::{fs, path::Path};

use motet_lang_rae::{dump, format, lexer, names::Names, parser};
use motet_source::FileId;

fn formatted(text: &str) -> String {
    match format(text, FileId(0)) {
        Ok(out) => out,
        Err(problems) => problems.iter().map(|d| format!("error: {}\n", d.message)).collect(),
    }
}

/// The syntax tree; `None` for what does not parse.
fn tree(text: &str) -> Option<String> {
    let mut names = Names::default();
    let tokens = lexer::lex_any_lines(text, FileId(0), &mut names).ok()?;
    let unit = parser::parse(&tokens, FileId(0), &mut names).ok()?;
    Some(dump(&unit, &names, &tokens.strings))
}

/// Formatting gives this, keeps the tree, and once is enough.
fn check(input: &str, expected: &str) {
    let out = formatted(input);
    assert_eq!(out, expected, "for {input:?}");
    if !out.starts_with("error: ") {
        assert_eq!(tree(input), tree(&out), "for {input:?}");
        assert_eq!(formatted(&out), out, "formatted again");
    }
}

/// The same within a function.
fn check_body(input: &str, expected: &str) {
    let inside: String =
        expected.lines().map(|l| if l.is_empty() { "\n".into() } else { format!("  {l}\n") }).collect();
    check(&format!("func f() {{\n{input}\n}}\n"), &format!("func f() {{\n{inside}}}\n"));
}

#[test]
fn statements_have_lines_of_their_own_and_blanks_around_operators() {
    check_body("let x:Int=1+2*-3", "let x: Int = 1 + 2 * -3\n");
    check_body("log( 1 )log(2)", "log(1)\nlog(2)\n");
    check_body("x=a  -b\n y = - -a", "x = a - b\ny = - -a\n");
    check_body("i ++\nx = ++ i  -1", "i++\nx = ++i - 1\n");
    check_body("if(x){ret}else if not (y) { ret 1 }", "if (x) { ret } else if not (y) { ret 1 }\n");
    check_body("if x {\nret\n}\nelse {\n a()\n}", "if x {\n  ret\n} else {\n  a()\n}\n");
    check_body("loop i:Int=0,i<n,i++{log(i)}", "loop i: Int = 0, i < n, i++ { log(i) }\n");
    check_body("xs [ 0 ] = ys .at (index:1) as Int", "xs[0] = ys.at(index: 1) as Int\n");
    check_body("let r:mod Int=>a . b", "let r: mod Int => a.b\n");
    check_body("match x {case 1,2{ a() }default{ b() }}", "match x {\n  case 1, 2 { a() }\n  default { b() }\n}\n");
    check_body("log(\"{ a+1 } {b . c}\")", "log(\"{a + 1} {b.c}\")\n");
    check_body("a()\n\n\n\nb()\n\n", "a()\n\nb()\n");
    check_body("if x { }\ndefer {\n\n}", "if x {}\ndefer {}\n");
}

#[test]
fn lists_of_one_line_have_commas_and_those_of_several_lines_none() {
    check("type P { x: Int, y: Int }\n", "type P { x: Int, y: Int }\n");
    check("enum E { a b  c }\n", "enum E { a, b, c }\n");
    check("enum E {\n a, b\n c }\n", "enum E {\n  a, b\n  c\n}\n");
    check("type P {\n  x: Int,\n  y: Int\n}\n", "type P {\n  x: Int\n  y: Int\n}\n");
    check_body("f(a,\n b: 1\n)", "f(\n  a\n  b: 1\n)\n");
    check_body("f(\n a )", "f(\n  a\n)\n");
    check_body("f(a\n)", "f(a)\n");
    check_body("let p: P = {\nx: 1, y: 2 }", "let p: P = {\n  x: 1, y: 2\n}\n");
    check_body("f({\n x: 1\n}, b: [ 1,2 ])", "f({\n  x: 1\n}, b: [1, 2])\n");
    check_body(
        "let n: Int = match x { case 1 => 2 default => 3, }",
        "let n: Int = match x { case 1 => 2, default => 3 }\n",
    );
    check_body(
        "let n: Int = match x {\ncase 1 => 2,\ndefault => 3, }",
        "let n: Int = match x {\n  case 1 => 2\n  default => 3\n}\n",
    );
}

#[test]
fn commas_stay_where_the_next_item_would_go_on_with_the_last() {
    check_body("xs = [\n1,\n-2,\n3,\n(4),\n[5],\n++i\n]", "xs = [\n  1,\n  -2\n  3,\n  (4),\n  [5],\n  ++i\n]\n");
    check_body("xs = {\nA,\n{ x: 1 },\n{ x: 2 }\n}", "xs = {\n  A,\n  { x: 1 }\n  { x: 2 }\n}\n");
}

#[test]
fn lines_within_expressions_stay_and_are_indented() {
    check_body("let x: Int = a +\nb *\nf(\n1\n)", "let x: Int = a +\n  b *\n  f(\n    1\n  )\n");
    check_body("xs\n.add(value: 1)\n.b()", "xs\n  .add(value: 1)\n  .b()\n");
    check_body("f\n(x)\nlet p: P =\n{ a: 1 }", "f(x)\nlet p: P = { a: 1 }\n");
    check_body("ret\nf()", "ret\nf()\n");
}

#[test]
fn comments_stay_where_they_are() {
    check(
        "# a\n\n#b  \nfunc f() { # c\n\n # d\n\n a() # e\n # f\n}\n# g",
        "# a\n\n#b\nfunc f() { # c\n  # d\n\n  a() # e\n  # f\n}\n# g\n",
    );
    check("#[ a\r\n b ]# var x:Int #[ c ]#\n", "#[ a\n b ]#\nvar x: Int #[ c ]#\n");
    check_body("y( #[ c ]# 1 #[ d ]#, b: 2)", "y(#[ c ]# 1, #[ d ]# b: 2)\n");
    check_body(
        "f(\n# one\n1, # two\nb: 2 # three\n # four\n)",
        "f(\n  # one\n  1 # two\n  b: 2 # three\n  # four\n)\n",
    );
    check_body("let x: Int = a + # why\nb", "let x: Int = a + # why\n  b\n");
    check_body("if x {\n a()\n}\n# then\nelse {\n b()\n}", "if x {\n  a()\n}\n# then\nelse {\n  b()\n}\n");
    check("", "");
    check("\n\n# only\n\n", "# only\n");
}

#[test]
fn regions_between_off_and_on_are_copied() {
    check(
        "func f() {\n a( 1 )\n# raefmt: off\n  let  m = [1,0,\n     0,1]\n  # raefmt: on\n b( 2 )\n}\n",
        "func f() {\n  a(1)\n  # raefmt: off\n  let  m = [1,0,\n     0,1]\n  # raefmt: on\n  b(2)\n}\n",
    );
    check(
        "func  f() {\n# raefmt: off\n  if x  {\n# raefmt: on\n a( )\n}\n}\n",
        "func f() {\n  # raefmt: off\n  if x  {\n# raefmt: on\n    a()\n  }\n}\n",
    );
    check("var  a: Int\n# raefmt: off\nvar  b: Int\n", "var a: Int\n# raefmt: off\nvar  b: Int\n");
    check(
        "let a = [\n1\n# raefmt: off\n,  2\n# raefmt: on\n, -3\n]\n",
        "let a = [\n  1\n  # raefmt: off\n,  2\n# raefmt: on\n  ,\n  -3\n]\n",
    );
}

#[test]
fn line_ends_are_put_right() {
    check("func f() {\r\n  a()\r\n\r\n  # c\r\n}\r\n", "func f() {\n  a()\n\n  # c\n}\n");
    check("func f() {\r  a()\r}", "func f() {\n  a()\n}\n");
    check("import ../a/b-c as d open x", "import ../a/b-c as d\nopen x\n");
}

#[test]
fn what_does_not_parse_is_refused() {
    check("func f( {}\n", "error: expected parameter name\n");
    check("let s = \"a\n", "error: unterminated string literal\n");
    let long: String = (0..600).map(|i| format!("func f{i}() {{ a() b() }}\n")).collect();
    assert!(formatted(&long).starts_with("error: file exceeds the hard cap of 1000 lines"));
}

#[test]
fn programs_of_the_corpus_keep_their_trees() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/rae")];
    folders.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/prelude"));
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).expect("the corpus exists").flatten().map(|e| e.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rae") {
                let text = fs::read_to_string(&path).expect("programs are text");
                let Some(before) = tree(&text) else { continue };
                // Everything on as few and on as many lines as possible, too.
                for variant in
                    [text.replace("\n  ", "\r\n "), text.replace(' ', "\n "), text.replace(", ", ",\n"), text]
                {
                    let Some(tree_before) = tree(&variant) else { continue };
                    let out = formatted(&variant);
                    assert_eq!(tree(&out), Some(tree_before), "{}:\n{out}", path.display());
                    assert_eq!(formatted(&out), out, "{}", path.display());
                }
                assert!(!before.is_empty());
                seen += 1;
            }
        }
    }
    assert!(seen > 40, "{seen} programs");
}

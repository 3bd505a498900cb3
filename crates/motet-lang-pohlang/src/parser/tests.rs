//! What parses to what, and what is refused with which message.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

extern crate std;

use motet_source::FileId;

use crate::dump;

/// The tree of a program's body, or the message of its first problem.
fn parsed(body: &str) -> String {
    let text = format!("Start Program\n{body}\nEnd Program\n");
    match super::parse(&text, FileId(0), false) {
        Ok(program) => dump(&program).trim_end().to_string(),
        Err(problems) => problems[0].message.clone(),
    }
}

#[track_caller]
fn check(body: &str, expected: &str) {
    assert_eq!(parsed(body), expected, "{body}");
}

#[track_caller]
fn check_all(cases: &[(&str, &str)]) {
    for (body, expected) in cases {
        check(body, expected);
    }
}

/// The tree of an expression.
#[track_caller]
fn check_expressions(cases: &[(&str, &str)]) {
    for (expr, expected) in cases {
        check(&format!("Return {expr}"), &format!("return {expected}"));
    }
}

const HINT: &str = ".\nHint: Check for unmatched brackets [], braces {}, or parentheses ()";

#[track_caller]
fn check_refused(cases: &[(&str, &str)]) {
    for (body, piece) in cases {
        check(body, &format!("Could not parse expression: {piece}{HINT}"));
    }
}

#[test]
fn operators_bind_from_loosest_to_tightest() {
    check_expressions(&[
        ("2 + 3 * 4 - 6 / 2", "(- (+ 2 (* 3 4)) (/ 6 2))"),
        ("(2 plus 3) times 4", "(* (+ 2 3) 4)"),
        ("10 - 3 - 2", "(- (- 10 3) 2)"),
        ("100 divided by 10 times 2", "(* (/ 100 10) 2)"),
        ("1 + 2 is 3 and 2 * 2 is 4", "(and (= (+ 1 2) 3) (= (* 2 2) 4))"),
        ("0 or 1 and 0", "(or 0 (and 1 0))"),
        ("not 1 is 2", "(not (= 1 2))"),
        ("not not 5", "(not (not 5))"),
        ("Not a And Not b Or c", "(or (and (not a) (not b)) c)"),
        ("3 plus 4 plus \"x\" plus 3", "(+ (+ (+ 3 4) \"x\") 3)"),
        ("\"r: \" plus 2 is 2", "(= (+ \"r: \" 2) 2)"),
        ("(a) * (b)", "(* a b)"),
        ("round -2.5 plus \" \"", "(+ (round -2.5) \" \")"),
    ]);
}

#[test]
fn comparisons_have_many_spellings() {
    for (op, words) in [
        (
            ">=",
            "is greater than or equal to|Is Greater Than Or Equal To|Greater Or Equal|greater or equal|>=|is at least",
        ),
        ("<=", "is less than or equal to|Is Less Than Or Equal To|Less Or Equal|less or equal|<=|is at most"),
        ("!=", "is not equal to|Is Not Equal To|Not Equals|not equals|is not|Is Not|!="),
        ("=", "is equal to|Is Equal To|Equals|equals|is|Is|==|="),
        (">", "is greater than|Is Greater Than|Greater Than|greater than|>"),
        ("<", "is less than|Is Less Than|Less Than|less than|<"),
    ] {
        for word in words.split('|') {
            check(&format!("Return a {word} b or c"), &format!("return (or ({op} a b) c)"));
        }
    }
    check_refused(&[
        ("Return 1 < 2 < 3", "2 < 3"),
        ("Return 3 < 2 is 0", "3 < 2"),
        ("Return a IS b", "a IS b"),
        ("Return a AND b", "a AND b"),
    ]);
}

#[test]
fn phrases_bind_tighter_than_indexes_and_operators() {
    check_expressions(&[
        ("total of xs plus 1", "(+ (total_of xs) 1)"),
        ("round 3.7 times 2", "(* (round 3.7) 2)"),
        ("first in m[1]", "(index (first_in m) 1)"),
        ("make uppercase (m[1])", "(make_uppercase (index m 1))"),
        ("make uppercase m [1]", "(index (make_uppercase m) 1)"),
        ("Make a list of 1, 2 plus 5", "(+ (list 1 2) 5)"),
        ("join reverse of xs with \"+\"", "(join_with (reverse_of xs) \"+\")"),
        ("split(\"a b\", \" \")[1]", "(index (call split \"a b\" \" \") 1)"),
        ("xs[0] plus xs[-2][1]", "(+ (index xs 0) (index (index xs -2) 1))"),
        ("insert 9 at -1 in range(3)", "(insert_at 9 -1 (call range 3))"),
        ("contains \"2\" in (Make a list of 1, 2)", "(contains_in \"2\" (list 1 2))"),
        ("first in split \"x-y\" by \"-\"", "(first_in (split_by \"x-y\" \"-\"))"),
        ("TOTAL OF range(4)", "(total_of (call range 4))"),
        ("new json array plus new json object", "(+ (new_array) (new_object))"),
        ("append \" two\" into file at \"t.txt\"", "(append_file \" two\" \"t.txt\")"),
        ("append v to xs", "(append_to v xs)"),
        ("write 2.50 into file at \"n\"", "(write_file 2.5 \"n\")"),
        ("read lines from file at p", "(read_lines p)"),
        ("set \"z\" in json o to 1", "(set_json \"z\" o 1)"),
        ("get \"z\" from json back plus 1", "(+ (get_json \"z\" back) 1)"),
        ("get path parameter \"id\"", "(path_parameter \"id\")"),
        ("convert to pretty json o", "(to_pretty_json o)"),
        (
            "append (make uppercase (w[0]) plus count of w) to out",
            "(append_to (+ (make_uppercase (index w 0)) (count_of w)) out)",
        ),
        ("render template \"{{k}}\" with d", "(render_template \"{{k}}\" d)"),
        ("reverse words", "(reverse_of words)"),
        ("list files in \".\"", "(list_files \".\")"),
    ]);
}

#[test]
fn calls_take_their_arguments_in_three_ways() {
    check_expressions(&[
        ("add with 1 and 2 plus 3", "(call add 1 (+ 2 3))"),
        ("id with 3 is 3", "(call id (= 3 3))"),
        ("10 plus add with 1, 2", "(+ 10 (call add 1 2))"),
        ("10 plus add with 1 and 2", "(and (+ 10 (call add 1)) 2)"),
        ("a or f With 1, 2 and 3", "(or a (call f 1 2 3))"),
        ("join with range(4), \"-\"", "(call join (call range 4) \"-\")"),
        ("len (\"ab\")", "(call len \"ab\")"),
        ("m::f(1, 2)", "(call m::f 1 2)"),
        ("f()", "(call f)"),
        ("find(Make a list of \"q\", \"x\")", "(call find (list \"q\") \"x\")"),
        ("find((Make a list of \"q\", \"w\"), \"w\")", "(call find (list \"q\" \"w\") \"w\")"),
        ("f with g with 1, 2", "(call f (call g 1) 2)"),
        ("f(f(x))", "(call f (call f x))"),
        // An argument does not parse, so that the phrase is tried further in.
        ("f with 1 and x[0] is 2", "(call f 1 (= (index x 0) 2))"),
    ]);
    check_all(&[("Return ()", "Empty parentheses () are not allowed"), ("Return f(1,)", "Empty expression")]);
    check_refused(&[("Return f g(1)", "f g(1)"), ("Return m::x", "m::x"), ("Return m::f with 1", "m::f with 1")]);
}

#[test]
fn collections_are_phrases() {
    check_expressions(&[
        ("Make a list of 1, \"two\", None", "(list 1 \"two\" None)"),
        ("Make a mutable list of (Make a list of 1, 2), 3", "(list (list 1 2) 3)"),
        ("Make a list of Make a list of 1, 2", "(list (list 1) 2)"),
        ("Make a list of ,", "(list)"),
        ("Make a list", "(list)"),
        ("Make a list of", "(list)"),
        ("make a mutable dictionary with", "(dictionary)"),
        ("Make a list of 1, 2 and 3", "(list 1 2 3)"),
        ("count of Make a list of 1, 2 and 3", "(count_of (list 1 2 3))"),
        ("Make a list of 1 and 2 is 3", "(and (list 1) (= 2 3))"),
        ("a and Make a list of 1, 2", "(and a (list 1 2))"),
        ("Make a dictionary with \"a\" as 1, \"b\" set to 2", "(dictionary (\"a\" 1) (\"b\" 2))"),
        ("Make a dictionary with \"a\" set to x and \"b\" as y", "(dictionary (\"a\" x) (\"b\" y))"),
        ("Make a dictionary with \"a\" set to x and y", "(and (dictionary (\"a\" x)) y)"),
        ("Make a dictionary with \"a, b and c\" as (Make a list of 1, 2)", "(dictionary (\"a, b and c\" (list 1 2)))"),
    ]);
    check_all(&[
        ("Return Make a dictionary with \"a\" 1", "Expected 'as' in dictionary literal item"),
        ("Return Make a dictionary with a as 1", "Expected quoted key in dictionary literal"),
        ("Return [1, 2]", "Bracket list literals '[]' are not supported. Use: Make a list of ..."),
        ("Return {1}", "Brace dictionary literals '{}' are not supported. Use: Make a dictionary with ..."),
        ("Return List contains 1, 2", "Legacy 'List contains' is not supported. Use: Make a list of ..."),
        (
            "Return Dictionary contains \"a\"",
            "Legacy 'Dictionary contains' is not supported. Use: Make a dictionary with ...",
        ),
    ]);
}

#[test]
fn literals_are_read_as_the_reference_says() {
    check_expressions(&[
        ("2.50", "2.5"),
        ("-3", "-3"),
        ("+5", "5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1E-7", "0.0000001"),
        ("-inf", "-inf"),
        ("Infinity", "inf"),
        ("NaN", "NaN"),
        ("TRUE", "True"),
        ("null", "None"),
        ("None", "None"),
        ("none", "none"),
        ("5x_é", "5x_é"),
        ("\"say \\\"hi\\\" now\"", "\"say \\\\\\\"hi\\\\\\\" now\""),
        ("'it is'", "\"it is\""),
        ("\"a plus b\"", "\"a plus b\""),
        ("\"größer plus ü\" plus 'ж'", "(+ \"größer plus ü\" \"ж\")"),
        ("\"\"", "\"\""),
    ]);
    check_refused(&[
        ("Return -n", "-n"),
        ("Return - 3", "- 3"),
        ("Return -(3)", "-(3)"),
        ("Return 5+3", "5+3"),
        ("Return n*2", "n*2"),
        ("Return n -1", "n -1"),
        ("Return n plus", "n plus"),
        ("Return 'a plus b'", "'a"),
        ("Return \"", "\""),
        ("Return (((", "((("),
        ("Return a) plus (b", "a) plus (b"),
        ("Return a;", "a;"),
        ("Return 1_000.5", "1_000.5"),
    ]);
}

#[test]
fn errors_and_responses_have_phrases() {
    check_expressions(&[
        ("error of type \"matherror\" with message \"too big\"", "(error \"matherror\" \"too big\")"),
        ("error of type Stock with message (\"only \" plus 3)", "(error \"Stock\" (+ \"only \" 3))"),
        ("error of type Stock with message \"only \" plus 3", "(+ (error \"Stock\" \"only \") 3)"),
        ("error type of e", "(error_type e)"),
        ("error message of e", "(error_message e)"),
        ("html response with \"a\" plus b", "(+ (html_response \"a\") b)"),
        ("json response with x and status 404", "(json_status_response x 404)"),
        ("json response with a and b and status 404", "(json_status_response (and a b) 404)"),
        ("Json Response With Make a dictionary with \"n\" set to 5", "(json_response (dictionary (\"n\" 5)))"),
        ("error response with status 400 and message \"bad\"", "(error_response 400 \"bad\")"),
        ("x is 1 and status is 2", "(and (= x 1) (= status 2))"),
        ("create web server on port 8085", "(create_server 8085)"),
    ]);
}

#[test]
fn simple_statements_are_known_by_their_first_words() {
    check_all(&[
        ("Set a 5", "set a 5"),
        ("Set b to a", "set b a"),
        ("Set Write to 5", "set Write 5"),
        ("Increase a 2", "change a + 2"),
        ("Decrease a by b plus 1", "change a - (+ b 1)"),
        ("Increase a", "change a + 1"),
        ("Ask for x", "ask x"),
        ("Ask for x with \"Name? \"", "ask x \"Name? \""),
        ("Ask for x with \"Age? \" expect Number", "ask number x \"Age? \""),
        ("Ask for x expect Number", "ask number x"),
        ("Ask for", "Expected variable name after 'Ask for'"),
        ("Use f", "use (call f)"),
        ("Call f with 1 and 2, 3", "use (call f 1 2 3)"),
        ("Call len with \"abc\"", "use (call len \"abc\")"),
        ("Return", "return"),
        ("Return(1)", "return 1"),
        ("THROW \"x\"", "throw \"x\""),
        ("Write \"one\" to file at \"t.txt\"", "write (write_file \"one\" \"t.txt\")"),
        ("Append \"one\" to file at p", "write (append_file \"one\" p)"),
        ("Append 1 to xs", "Expected 'Append <content> to file at <path>'"),
        ("Delete file at \"t\"", "write (delete_file \"t\")"),
        ("Write \"z\" into file at \"b\"", "write \"z\\\" into file at \\\"b\""),
        ("Import \"lib\"", "import \"lib\""),
        ("Import lib", "Expected quoted path"),
        ("Import system \"m\"", "import system \"m\" _ ()"),
        ("Import system \"m\" as n exposing a, b and c", "import system \"m\" n (a b c)"),
        ("Import system m", "Expected quoted module name"),
        ("Import system \"m\" as", "Expected alias name after 'as'"),
        ("Import system \"m\" as n what", "Unexpected content after alias in system import"),
        ("Import system \"m\" what", "Unexpected trailing content in system import"),
        ("Import system \"m\" exposing", "Expected at least one symbol after 'exposing'"),
        ("Import system \"m\" exposing a, b-c", "Invalid symbol name in exposing list"),
        ("Create web server on port 80", "create-server 80"),
        ("Serve static files from \"public\"", "serve-static \"public\""),
        ("Start server now", "start-server"),
        ("If a Write \"t\" Otherwise Write \"f\"", "choose a \"t\" \"f\""),
        ("If a Write \"t\" Otherwise \"f\"", "choose a \"t\" \"f\""),
        ("If a is \"x Write y\" Write 1", "choose (= a \"x Write y\") 1"),
        ("Add middleware \"cors\" to server", "middleware \"cors\""),
        (
            "Add middleware \"auth\" with token \"s3\" and token_name \"X-Key\" to server",
            "middleware \"auth\"\n  token \"s3\"\n  token_name \"X-Key\"",
        ),
    ]);
}

#[test]
fn blocks_end_with_their_end() {
    check_all(&[
        ("If a:\n  Write 1\nOtherwise\n  Write 2\nEnd If", "if a\n  write 1\notherwise\n  write 2"),
        ("If a\nIf b\nEnd\nEnd", "if a\n  if b"),
        ("While n > 0\nDecrease n\nEnd", "while (> n 0)\n  change n - 1"),
        ("While n\nEnd While", "while n"),
        ("Repeat 2.9 times\nWrite 1\nEnd", "repeat 2.9\n  write 1"),
        ("Repeat count of xs times\nEnd Repeat", "repeat (count_of xs)"),
        ("Make f with a, b set to a plus 1\nReturn a\nEnd", "make f (a (b (+ a 1)))\n  return a"),
        (
            "Make f with a defaulting to (Make a dictionary with \"k\" set to 1, \"l\" as 2), b Write a",
            "make f ((a (dictionary (\"k\" 1) (\"l\" 2))) b) a",
        ),
        ("Make f\nEnd Function", "make f ()"),
        ("Make f with\nEnd Make", "make f ()"),
        ("Make f with ,\nEnd", "make f ()"),
        ("Make twice with n Write n times 2", "make twice (n) (* n 2)"),
        ("Make area with w, h set to w Write w times h", "make area (w (h w)) (* w h)"),
        (
            "Define function greet with parameter who defaulting to \"you\" as \"Hi \" plus who",
            "make greet ((who \"you\")) (+ \"Hi \" who)",
        ),
        ("Define function f with a, b as a plus b", "make f (a b) (+ a b)"),
        (
            "TRY THIS:\nthrow 1\nif error of type \"A\" as e\nWrite e\nif error of type b\nIF ERROR as z\nfinally:\nWrite 2\nEND TRY",
            "try\n  throw 1\nerror \"A\" e\n  write e\nerror \"b\" _\nerror z\nfinally\n  write 2",
        ),
        ("try this:\nIf errors > 3 Write 1\nEnd", "try\n  choose (> errors 3) 1"),
    ]);
    check_all(&[
        ("If a\nEnd while", "Expected 'End If' or 'End', found 'End while'"),
        ("If a\nOtherwise:\nEnd", "Expected 'End If' or 'End', found 'Otherwise:'"),
        ("If a\nOtherwise If b\nEnd", "Expected 'End If' or 'End', found 'Otherwise If b'"),
        ("If a", "Expected 'End If' or 'End', found 'End Program'"),
        ("While a\nend", "Expected 'End' after While"),
        ("Repeat 3 times\nEnd If", "Expected 'End' after Repeat"),
        ("Make f with a\nend function", "Expected 'End' after function block"),
        ("try this:\nEnd If", "Expected 'if error', 'finally', or 'end try', found 'End If'"),
        ("try this:\nfinally", "Expected 'if error', 'finally', or 'end try', found 'finally'"),
        ("Make f x\nEnd", "Expected 'with'"),
        ("Make f with a b\nEnd", "Invalid parameter: a b"),
        ("Make f with a set to (\nEnd", "Invalid parameter default: ("),
        ("Define function f with a", "Expected 'as <expr>'"),
        ("Make \"f\" with a\nEnd", "Expected function name"),
    ]);
}

#[test]
fn routes_go_as_far_as_lines_are_indented_more() {
    check(
        "Add route \"/hi/:name\" with method \"get\" to server:\n    Set who to 1\n\n    If who\n        Write 1\n    End\nAdd route \"/n\" with method \"GET\" to server:\n\n\tWrite 2\nWrite 3",
        "route \"/hi/:name\" \"get\"\n  set who 1\n  if who\n    write 1\nroute \"/n\" \"GET\"\n  write 2\nwrite 3",
    );
    check(
        "If a\n    add route \"/\" with method \"GET\" to server:\n      Write 1\n    Write 2\nEnd",
        "if a\n  route \"/\" \"GET\"\n    write 1\n  write 2",
    );
    check("Add route \"/\" with method \"GET\" to server:\n    While a\nWrite 1", "Expected 'End' after While");
}

#[test]
fn rejected_programs_have_the_messages_of_the_reference() {
    check_all(&[
        ("Set xs to [1, 2]", "Bracket list literals '[]' are not supported. Use: Make a list of ..."),
        ("Set x", "Empty expression"),
        ("Print \"x\"", "Unsupported statement: Print \"x\""),
        ("set x to 5", "Unsupported statement: set x to 5"),
    ]);
    check_refused(&[("Write 5 # five", "5 # five"), ("Write \"a", "\"a")]);
}

#[test]
fn the_frame_of_a_program_is_checked() {
    for (text, expected) in [
        ("# c\n\n// d\nstart program\r\n\r\nWrite 1\r\nEND PROGRAM\r\n\r\n", "write 1\n"),
        ("\u{feff}Start Program\nEnd Program", ""),
        ("", "[file: Line 1: Col 1] Expected 'Start Program'"),
        ("# c\nWrite 1\n", "[file: Line 2: Col 1] Expected 'Start Program'"),
        ("Start Program\nWrite 1\n", "[file: Line 3: Col 1] Expected 'End Program'"),
        ("Start Program\nEnd Program\n\n# c\n", "[file: Line 4: Col 1] Unexpected content after 'End Program'"),
    ] {
        let found = match super::parse(text, FileId(0), false) {
            Ok(program) => dump(&program),
            Err(problems) => problems[0].message.clone(),
        };
        assert_eq!(found, expected, "{text:?}");
    }
    let tree = super::parse("Write 1\nSet x to 2", FileId(0), true).map(|program| dump(&program));
    assert_eq!(tree, Ok("write 1\nset x 2\n".to_string()));
}

#[test]
fn several_problems_are_found_at_once_with_their_places() {
    let text = "Start Program\nPrint 1\nWhile )\nWrite 5+3\nEnd\nWrite 1\nEnd Program\n";
    let problems = super::parse(text, FileId(0), false).unwrap_err();
    let pieces: Vec<&str> = problems.iter().map(|d| &text[d.span.start as usize..d.span.end as usize]).collect();
    assert_eq!(pieces, ["Print 1", ")", "5+3"]);
}

#[test]
fn entries_of_a_session_go_on_while_a_block_is_open() {
    for (text, expected) in [
        ("Write 1\n", false),
        ("If a\n", true),
        ("If a\nWrite 1\nOtherwise\n", true),
        ("If a\nEnd\n", false),
        ("Make f with x\nWhile x\nEnd\n", true),
        ("try this:\nif error as e\n", true),
        ("Start Program\nWrite 1\n", true),
        ("Start Program\nEnd Program\n", false),
        ("Write )\n", false),
        ("While )\n", false),
        ("Set x\n", false),
        ("Add route \"/\" with method \"GET\" to server:\n", true),
        ("Add route \"/\" with method \"GET\" to server:\n    Write 1\n", true),
        ("Add route \"/\" with method \"GET\" to server:\n    While 1\n\n", true),
        ("Add route \"/\" with method \"GET\" to server:\n    Write 1\n\n", false),
    ] {
        assert_eq!(super::is_incomplete(text), expected, "{text:?}");
    }
}

/// A program with one long line, and the code of its first problem, found in bounded time.
#[track_caller]
fn hostile(line: &str) -> &'static str {
    let start = std::time::Instant::now();
    let text = format!("Start Program\n{line}\nEnd Program\n");
    let found = super::parse(&text, FileId(0), false).map_or_else(|p| p[0].code.as_str(), |_| "");
    let elapsed = start.elapsed();
    assert!(elapsed.as_secs() < 4, "{}…: {elapsed:?}", &line[..40]);
    found
}

#[test]
fn hostile_lines_take_bounded_time() {
    let many = |part: &str| part.repeat(100_000 / part.len());
    for (line, expected) in [
        (format!("Write {}", many("(")), "E0110"),
        (format!("Write {}", many(")")), "E0110"),
        (format!("Write {}1{}", many("("), many(")")), "E0111"),
        (format!("Write {}", "a plus ".repeat(300)), "E0110"),
        (format!("Write {}a", many("a plus ")), "E0111"),
        (format!("Write {}a", many("a and ")), "E0111"),
        (format!("Write {}a", many("a or ")), "E0111"),
        (format!("Write {}a", many("not ")), "E0111"),
        (format!("Write {}a", many("a is ")), "E0110"),
        (format!("Write {}{}", many("join "), many("with ")), "E0110"),
        (format!("Write {}a", many("join a with ")), "E0111"),
        (format!("Write {}{}b", many("join "), many("a with ")), "E0110"),
        (format!("Write {}{}", many("insert "), many("at in ")), "E0110"),
        (format!("Write {}a", many("f with ")), "E0112"),
        (format!("Write {}a", "f with ".repeat(250)), ""),
        (format!("Write {}a", "f with ".repeat(390)), "E0111"),
        (format!("Write a{} ", " [ 0 ]".repeat(390)), ""),
        (format!("Write {}(", "f with ".repeat(200)), "E0110"),
        (format!("Write {}", "f with a, (".repeat(200)), "E0110"),
        (format!("Write {}( {}", "f with ".repeat(200), many("or ( ")), "E0110"),
        (format!("Write {} {}", "f with x or ".repeat(200), many("and a, ")), "E0111"),
        (format!("Write {}( or b", "f with a or f with b and ".repeat(200)), "E0110"),
        (format!("Write a{}", many("[0]")), "E0111"),
        (format!("Write {}", many("[")), "E0110"),
        (format!("Write {}a", many("make uppercase ")), "E0111"),
        (format!("Write {}a", many("count of make a list of ")), "E0111"),
        (format!("Write Make a list of 1{}", many(" and 1")), ""),
        (format!("Write Make a list of 1{}", many(", 1")), ""),
        (format!("Write Make a dictionary with \"a\" as 1{}", many(" and \"a\" as 1")), ""),
        (format!("Write Make a dictionary with \"a\" as 1{}", many(" and \"")), "E0111"),
        (format!("Write json response with 1{}", many(" and status 1")), "E0110"),
        (format!("Write {}", many("\"")), ""),
        (format!("Write {}", many("é")), ""),
        (format!("If {}", many("\" Write \"")), "E0110"),
        (format!("Make f with {} Write 1", many("a, ")), ""),
        (format!("Define function f with {}", many("as (")), "E0110"),
        (format!("Import system \"a\" exposing {}a", many("a, ")), ""),
        (many("a "), "E0110"),
        (many("If a\n"), "E0111"),
        (many("try this:\n"), "E0111"),
    ] {
        assert_eq!(hostile(&line), expected, "{}…", line.chars().take(60).collect::<String>());
    }
}

#[test]
fn routes_in_routes_are_bounded() {
    let mut text = String::new();
    for depth in 0..2_000 {
        text.push_str(&format!("{}Add route \"/\" with method \"GET\" to server:\n", " ".repeat(depth)));
    }
    assert_eq!(hostile(&text), "E0111");
}

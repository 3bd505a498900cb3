//! The library against the examples and messages of the reference.
//!
//! A case is an expression of calls and JSON literals, evaluated natively, and
//! the printed form of its value or `error: MESSAGE`. Texts between `'` are
//! literals too, without escapes.

use alloc::{boxed::Box, format, string::String, vec::Vec};

use motet_runtime::{Capabilities, Control, Host, HostError, Limits, NativeResult, Runtime, Tag, Value};

use super::{ALL, builtin};
use crate::{Phrase, display};

/// A clock that stands still, and the files of the system.
struct Still;

impl Host for Still {
    fn write_out(&mut self, _bytes: &[u8]) {}

    fn write_err(&mut self, _bytes: &[u8]) {}

    fn unix_nanos(&mut self) -> i128 {
        1_705_276_800_999_000_000
    }

    #[cfg(feature = "std")]
    fn read_file(&mut self, path: &str, limit: u64) -> Result<Vec<u8>, HostError> {
        motet_builtins::system::read(path, limit).map_err(HostError)
    }

    #[cfg(feature = "std")]
    fn write_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), HostError> {
        motet_builtins::system::write(path, bytes).map_err(HostError)
    }
}

fn runtime_within(limits: Limits) -> Runtime {
    let mut rt = Runtime::new(Box::new(Still), limits);
    rt.capabilities = Capabilities::ALL;
    rt.add_natives(ALL);
    rt
}

fn runtime() -> Runtime {
    runtime_within(Limits::default())
}

fn call(rt: &mut Runtime, name: &str, args: &[Value]) -> NativeResult {
    let id = rt.find_native(&format!("pohlang.{name}")).unwrap_or_else(|| panic!("no native {name}"));
    (rt.natives[id.0 as usize].run)(rt, args)
}

/// Evaluates one expression; the rest is left behind it.
fn eval<'a>(rt: &mut Runtime, source: &'a str) -> (NativeResult, &'a str) {
    let source = source.trim_start();
    if let Some((text, rest)) = source.strip_prefix('\'').and_then(|s| s.split_once('\'')) {
        return (Ok(rt.heap.str(text)), rest);
    }
    let word = source.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(source.len());
    if source[word..].starts_with('(') {
        let (name, mut rest) = (&source[..word], &source[word + 1..]);
        let mut args = Vec::new();
        while !rest.trim_start().starts_with(')') {
            let (v, after) = eval(rt, rest);
            match v {
                Ok(v) => args.push(v),
                Err(e) => return (Err(e), ""),
            }
            rest = after.trim_start().trim_start_matches(',');
        }
        return (call(rt, name, &args), &rest.trim_start()[1..]);
    }
    let end = literal_end(source);
    let special = match source[..end].trim() {
        "nan" => Some(f64::NAN),
        "inf" => Some(f64::INFINITY),
        "-inf" => Some(f64::NEG_INFINITY),
        _ => None,
    };
    if let Some(n) = special {
        return (Ok(Value::float(n)), &source[end..]);
    }
    let text = rt.heap.str(&source[..end]);
    (call(rt, "parse_json", &[text]), &source[end..])
}

/// Where a JSON literal ends.
fn literal_end(source: &str) -> usize {
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for (i, c) in source.char_indices() {
        if quoted {
            quoted = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            '"' => quoted = true,
            '[' | '{' => depth += 1,
            ',' | ')' if depth == 0 => return i,
            ']' | '}' => depth -= 1,
            _ => {}
        }
    }
    source.len()
}

fn outcome(rt: &mut Runtime, result: NativeResult) -> String {
    match result {
        Ok(v) => display::text(rt, v).expect("it fits"),
        Err(Control::Error(e)) => format!("error: {}", e.message),
        Err(other) => format!("{other:?}"),
    }
}

fn check(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        let mut rt = runtime();
        let (result, _) = eval(&mut rt, source);
        assert_eq!(&outcome(&mut rt, result), expected, "{source}");
    }
}

#[test]
fn every_phrase_and_every_builtin_has_a_native() {
    let rt = runtime();
    let web = [
        Phrase::CreateServer,
        Phrase::HtmlResponse,
        Phrase::JsonStatusResponse,
        Phrase::JsonResponse,
        Phrase::PathParameter,
        Phrase::ErrorResponse,
    ];
    let phrases = Phrase::ALL.iter().filter(|p| !web.contains(p)).map(|p| p.native());
    let names = phrases.chain(builtin::BUILTINS.iter().map(|b| b.1));
    let missing: Vec<&str> = names.filter(|n| rt.find_native(n).is_none()).collect();
    let hosted =
        ["append_file", "file_exists", "delete_file", "create_directory", "list_files", "copy_file", "move_file"];
    let missing: Vec<&&str> =
        missing.iter().filter(|n| cfg!(feature = "std") || !hosted.contains(&&n["pohlang.".len()..])).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn values_print_as_the_reference_says() {
    check(&[
        (r#"[10, "two", 3.5, [1, 2], null, true, false]"#, "[10, two, 3.5, [1, 2], None, True, False]"),
        (r#"{"name": "Ann", "b": {"c": []}, "a": {}}"#, r#"{"name": Ann, "b": {"c": []}, "a": {}}"#),
        (r#"["", ""]"#, "[, ]"),
        ("[[]]", "[[]]"),
    ]);
}

#[test]
fn messages_show_values_in_their_debug_form() {
    let mut rt = runtime();
    for (source, expected) in [
        ("5", "Num(5.0)"),
        ("2.5", "Num(2.5)"),
        (r#""a\"b""#, r#"Str("a\"b")"#),
        ("true", "Bool(true)"),
        ("null", "Null"),
        (r#"[1, "q"]"#, r#"List([Num(1.0), Str("q")])"#),
        (r#"{"a": 1, "b": [null]}"#, r#"Dict({"a": Num(1.0), "b": List([Null])})"#),
    ] {
        let v = eval(&mut rt, source).0.expect("a literal");
        assert_eq!(display::debug(&mut rt, v).expect("it fits"), expected);
    }
}

#[test]
fn values_are_equal_when_they_print_alike_and_dictionaries_when_their_entries_are() {
    for (a, b, expected) in [
        ("1", "\"1\"", true),
        ("1", "2", false),
        ("true", "\"True\"", true),
        ("null", "\"None\"", true),
        ("null", "false", false),
        ("null", "null", true),
        ("true", "1", false),
        ("1e20", "1e21", true),
        ("nan", "nan", true),
        ("inf", "-inf", false),
        ("1e-17", "0", true),
        ("[1, 2]", "[1, 2]", true),
        ("[1, 2]", "[\"1\", 2]", true),
        ("[1, 2]", "[\"1, 2\"]", true),
        ("[1, 2]", "\"[1, 2]\"", true),
        ("[1, 2]", "[2, 1]", false),
        ("[]", "[]", true),
        ("[]", "{}", false),
        ("[]", "[\"\"]", true),
        ("\"[]\"", "[\"\"]", true),
        (r#"{"a": 1, "b": 2}"#, r#"{"b": 2, "a": 1}"#, true),
        (r#"{"a": 1, "b": 2}"#, r#"{"b": 2, "a": "1"}"#, true),
        (r#"{"a": 1, "b": 2}"#, r#"{"b": 2}"#, false),
        (r#"{"a": 1}"#, r#"{"b": 1}"#, false),
        (r#"{"a": "1, \"b\": 2"}"#, r#"{"a": 1, "b": 2}"#, false),
        (r#"{"a": {"x": 1, "y": 2}}"#, r#"{"a": {"y": 2, "x": 1}}"#, true),
        (r#"[{"x": 1, "y": 2}, 3]"#, r#"[{"y": 2, "x": 1}, "3"]"#, true),
        (r#"{"a": [1]}"#, r#"{"a": "[1]"}"#, true),
        (r#"{"a": 1}"#, r#""{\"a\": 1}""#, true),
        ("error('t', 'm')", "error('t', 'm')", true),
        ("error('t', 'm')", "\"t occurred: m\"", true),
        ("error('t', 'm')", "error('t', 'n')", false),
    ] {
        let mut rt = runtime();
        let (x, y) = (eval(&mut rt, a).0.expect("a value"), eval(&mut rt, b).0.expect("a value"));
        assert_eq!(display::same(&mut rt, x, y).expect("it fits"), expected, "{a} is {b}");
        assert_eq!(display::same(&mut rt, y, x).expect("it fits"), expected, "{b} is {a}");
        assert!(display::same(&mut rt, x, x).expect("it fits"), "{a}");
    }
}

#[test]
fn numbers_follow_the_reference() {
    check(&[
        ("total_of([5, -2, 7.5])", "10.5"),
        ("total_of([])", "0"),
        ("total_of(7)", "7"),
        ("total_of('7')", "error: total of expects a list or a number, got 7"),
        ("total_of(null)", "error: total of expects a list or a number, got None"),
        (r#"total_of([1, "x", 3])"#, "error: total of expects numbers; item 1 was x"),
        ("smallest_in([5, -2, 7.5])", "-2"),
        ("largest_in([5, -2, 7.5])", "7.5"),
        ("smallest_in(3)", "3"),
        ("smallest_in([])", "error: smallest in an empty list is undefined"),
        ("largest_in([])", "error: largest in an empty list is undefined"),
        ("largest_in([1, [2]])", "error: largest in expects numbers; item 1 was [2]"),
        ("smallest_in(true)", "error: smallest in expects a list or a number, got True"),
        ("absolute(-42.5)", "42.5"),
        ("absolute('1')", "error: abs requires a number"),
        ("round(2.5)", "3"),
        ("round(-2.5)", "-3"),
        ("round(0.49999999999999994)", "0"),
        ("round(null)", "error: round requires a number"),
        ("round_down(-1.5)", "-2"),
        ("round_down([])", "error: floor requires a number"),
        ("round_up(-1.5)", "-1"),
        ("round_up('x')", "error: ceil requires a number"),
    ]);
}

#[test]
fn texts_follow_the_reference() {
    check(&[
        ("make_uppercase('straße ﬁ')", "STRASSE FI"),
        ("make_uppercase(true)", "TRUE"),
        ("make_lowercase('ÀB')", "àb"),
        ("make_lowercase([\"A\", null])", "[a, none]"),
        ("trim_spaces(' \u{a0}\u{3000}hi there\t')", "hi there"),
        ("trim_spaces(1.50)", "1.5"),
        ("join_with([0, \"a\", [1]], '-')", "0-a-[1]"),
        ("join_with([1, 2], 0)", "102"),
        ("join_with(5, '-')", "5"),
        ("join_with([], '-')", ""),
        ("split_by('a,b,,c', ',')", "[a, b, , c]"),
        ("split_by('xyz', '')", "[x, y, z]"),
        ("split_by('', '')", "[]"),
        ("count_of(split_by('', ','))", "1"),
        ("split_by(12345, 3)", "[12, 45]"),
        ("split_by('añb', 'ñ')", "[a, b]"),
        ("split_by('a--b-', '--')", "[a, b-]"),
    ]);
}

#[test]
fn collections_follow_the_reference() {
    check(&[
        ("count_of([1, 2])", "2"),
        ("count_of({\"a\": 1})", "1"),
        ("count_of('añb')", "3"),
        ("count_of(12345)", "0"),
        ("count_of(null)", "0"),
        ("first_in([1, 2])", "1"),
        ("last_in([1, 2])", "2"),
        ("first_in('ñb')", "ñ"),
        ("last_in('bñ')", "ñ"),
        ("first_in([])", "error: first called on empty list"),
        ("last_in([])", "error: last called on empty list"),
        ("first_in('')", "error: first called on empty string"),
        ("last_in('')", "error: last called on empty string"),
        ("first_in(1)", "error: first requires a list or string"),
        ("last_in({})", "error: last requires a list or string"),
        ("reverse_of([1, 2, 3])", "[3, 2, 1]"),
        ("reverse_of('abñ')", "ñba"),
        ("reverse_of(5)", "error: reverse requires a list or string"),
        ("contains_in(2, [1, 2])", "True"),
        ("contains_in('2', [1, 2])", "False"),
        ("contains_in(null, [null])", "True"),
        ("contains_in(true, [1])", "False"),
        ("contains_in(0.1, [0.10000000000000001])", "True"),
        ("contains_in([1], [[1]])", "False"),
        ("contains_in(inf, append_to([], inf))", "False"),
        ("contains_in('el', 'hello')", "True"),
        ("contains_in('', '')", "True"),
        ("contains_in(2, '123')", "True"),
        ("contains_in('k', {\"k\": 1})", "True"),
        ("contains_in(1, {\"1\": 1})", "True"),
        ("contains_in('x', {\"k\": 1})", "False"),
        ("contains_in(1, 1)", "error: contains expects a list, string, or dictionary as second argument"),
        ("remove_from([1, 2, 3, 2], 2)", "[1, 3, 2]"),
        ("remove_from([1, 2], 3)", "[1, 2]"),
        ("remove_from([[1]], [1])", "[[1]]"),
        ("remove_from('abc', 'b')", "error: remove expects a list as second argument"),
        ("append_to([1], 'z')", "[1, z]"),
        ("append_to('a', 'z')", "error: append expects a list as second argument"),
        ("insert_at([0, 1, 2], 9, 1)", "[0, 9, 1, 2]"),
        ("insert_at([0, 1, 2], 9, -1)", "[0, 1, 9, 2]"),
        ("insert_at([0, 1, 2], 9, 99)", "[0, 1, 2, 9]"),
        ("insert_at([0, 1, 2], 9, -99)", "[9, 0, 1, 2]"),
        ("insert_at([0, 1, 2], 9, 1.9)", "[0, 9, 1, 2]"),
        ("insert_at([0, 1, 2], 9, -0.9)", "[9, 0, 1, 2]"),
        ("insert_at([0], 9, nan)", "[9, 0]"),
        ("insert_at([0], 9, -inf)", "[9, 0]"),
        ("insert_at([0], 9, '1')", "error: insert at expects a number as index"),
        ("insert_at('x', 9, 1)", "error: insert at expects a list as third argument"),
    ]);
}

#[test]
fn functions_called_by_name_take_any_number_of_arguments() {
    check(&[
        ("call_range(4)", "[0, 1, 2, 3]"),
        ("call_range(2, 12, 4)", "[2, 6, 10]"),
        ("call_range(3, 0, -1)", "[3, 2, 1]"),
        ("call_range(2.9, 4.9)", "[2, 3]"),
        ("call_range(0, 5, 0.5)", "[]"),
        ("call_range()", "[]"),
        ("call_range('3')", "[]"),
        ("call_range(0, 3, null)", "[]"),
        ("call_range(1, 2, 1, 'x')", "[1]"),
        ("call_range(-3)", "[]"),
        ("call_range(nan)", "[]"),
        ("call_range(1e18)", "error: out of memory: the heap limit was reached"),
        ("call_range(-inf, inf)", "error: out of memory: the heap limit was reached"),
        ("call_join()", ""),
        ("call_join([1, 2])", "12"),
        ("call_join([1, 2], '-', 3)", "1-2"),
        ("call_join('x', '-')", "x"),
        ("call_split('a b')", "[]"),
        ("call_split('a b', ' ')", "[a, b]"),
        ("call_length()", "0"),
        ("call_len('four')", "4"),
        ("call_sum()", "0"),
        ("call_sum([1, 2], 5)", "3"),
        ("call_min()", "error: smallest in requires at least one argument"),
        ("call_max()", "error: largest in requires at least one argument"),
        ("call_min(3, 1)", "3"),
        ("call_max([3, 5])", "5"),
        ("call_abs()", "error: abs requires one argument"),
        ("call_abs(-1)", "1"),
        ("call_round()", "error: round requires one argument"),
        ("call_floor()", "error: floor requires one argument"),
        ("call_ceil()", "error: ceil requires one argument"),
        ("call_ceil(null)", "error: ceil requires a number"),
        ("call_uppercase()", ""),
        ("call_lowercase('AB')", "ab"),
        ("call_trim(' x ')", "x"),
        ("call_first()", "error: first requires one argument"),
        ("call_last()", "error: last requires one argument"),
        ("call_reverse()", "error: reverse requires one argument"),
        ("call_reverse([1, 2])", "[2, 1]"),
        ("call_now()", "1705276800"),
        ("call_length(call_now())", "10"),
    ]);
}

#[test]
fn error_values_follow_the_reference() {
    check(&[
        ("error('matherror', 'too big')", "Error occurred: a math error - too big"),
        ("error('Stock', [1, null])", "Stock occurred: [1, None]"),
        ("error_type(error('matherror', 1))", "MathError"),
        ("error_type(error('Stock', 1))", "Stock"),
        ("error_message(error('Stock', 1))", "1"),
        ("error_message('x')", "error: error message of: argument must be an error value"),
        ("error_type(null)", "error: error type of: argument must be an error value"),
        ("[1, 2]", "[1, 2]"),
        ("append_to([1], error('E', 'm'))", "[1, E occurred: m]"),
    ]);
}

#[test]
fn json_follows_the_reference() {
    check(&[
        (r#"to_json({"z": 1, "a": [2.5, "q", null, true], "B": {}})"#, r#"{"B":{},"a":[2.5,"q",null,true],"z":1.0}"#),
        ("to_json(1e16)", "1e16"),
        ("to_json(1e15)", "1000000000000000.0"),
        ("to_json(nan)", "null"),
        ("to_json(append_to([-0.0], inf))", "[-0.0,null]"),
        ("to_json('a\"b\\c\u{8}\u{c}\t\u{1}é')", r#""a\"b\\c\b\f\t\u0001é""#),
        (
            r#"to_pretty_json({"b": [1, {}], "a": [], "c": {"d": "e"}})"#,
            "{\n  \"a\": [],\n  \"b\": [\n    1.0,\n    {}\n  ],\n  \"c\": {\n    \"d\": \"e\"\n  }\n}",
        ),
        ("to_json(error('E', 'why'))", "error: Cannot convert error to JSON: why"),
        ("to_json(append_to([1], error('E', 'why')))", "error: Cannot convert error to JSON: why"),
        ("parse_json('[1, 2.50, {\"k\": null}]')", "[1, 2.5, {\"k\": None}]"),
        ("parse_json('{\"b\": 1, \"a\": 2, \"b\": 3}')", "{\"b\": 3, \"a\": 2}"),
        ("parse_json('123456789012345678901234567890')", "9223372036854775807"),
        ("parse_json('\"\\u00e9\\n\"')", "é\n"),
        ("parse_json(5)", "error: parse json from: input must be a string"),
        (
            "parse_json('[1,')",
            "error: Failed to parse JSON: Failed to parse JSON: EOF while parsing a value at line 1 column 3",
        ),
        (
            "parse_json('[1')",
            "error: Failed to parse JSON: Failed to parse JSON: EOF while parsing a list at line 1 column 2",
        ),
        (
            "parse_json('')",
            "error: Failed to parse JSON: Failed to parse JSON: EOF while parsing a value at line 1 column 0",
        ),
        ("parse_json('hello')", "error: Failed to parse JSON: Failed to parse JSON: expected value at line 1 column 1"),
        (
            "parse_json('1 2')",
            "error: Failed to parse JSON: Failed to parse JSON: trailing characters at line 1 column 3",
        ),
        (
            "parse_json('1e999')",
            "error: Failed to parse JSON: Failed to parse JSON: number out of range at line 1 column 5",
        ),
        (
            "parse_json('{\"a\" 1}')",
            "error: Failed to parse JSON: Failed to parse JSON: expected `:` at line 1 column 6",
        ),
        (
            "parse_json('{1: 2}')",
            "error: Failed to parse JSON: Failed to parse JSON: key must be a string at line 1 column 2",
        ),
        (
            "parse_json('[1,\n]')",
            "error: Failed to parse JSON: Failed to parse JSON: trailing comma at line 2 column 1",
        ),
        ("get_json('a', {\"a\": [1]})", "[1]"),
        ("get_json('b', {\"a\": 1})", "error: Key 'b' not found in JSON object"),
        ("get_json(1, {\"1\": 1})", "error: get from json: key must be a string"),
        ("get_json('a', [1])", "error: get from json: first argument must be a JSON object (dictionary)"),
        ("set_json({\"a\": 1, \"b\": 2}, 'a', 3)", "{\"a\": 3, \"b\": 2}"),
        ("set_json(new_object(), 'a', new_array())", "{\"a\": []}"),
        ("set_json({}, 1, 2)", "error: set in json: key must be a string"),
        ("set_json('x', 'a', 2)", "error: set in json: first argument must be a JSON object (dictionary)"),
        ("push_json([1], 2)", "[1, 2]"),
        ("push_json({}, 2)", "error: push to json: first argument must be a JSON array (list)"),
        ("json_length({\"a\": 1})", "1"),
        ("json_length([])", "0"),
        ("json_length('abc')", "error: json length of: argument must be a JSON array or object"),
    ]);
}

#[test]
fn integers_of_hosts_count_as_numbers() {
    let mut rt = runtime();
    let three = Value::int(3);
    let list = rt.heap.list(Vec::from([three, Value::float(4.0)]));
    for (native, args, expected) in [
        ("total_of", &[list][..], "7"),
        ("smallest_in", &[three], "3"),
        ("absolute", &[Value::int(-3)], "3"),
        ("call_range", &[three], "[0, 1, 2]"),
        ("contains_in", &[Value::float(3.0), list], "True"),
        ("insert_at", &[list, Value::float(9.0), Value::int(1)], "[3, 9, 4]"),
    ] {
        let result = call(&mut rt, native, args);
        assert_eq!(outcome(&mut rt, result), expected, "{native}");
    }
    assert!(display::same(&mut rt, three, Value::float(3.0)).expect("it fits"));
}

#[test]
fn functions_are_no_json() {
    let mut rt = runtime();
    let native = rt.find_native("pohlang.call_len").map(Value::native).expect("there");
    let result = call(&mut rt, "to_json", &[native]);
    assert_eq!(outcome(&mut rt, result), "error: Cannot convert function to JSON");
    assert_eq!(display::text(&mut rt, native).expect("it fits"), "<function len>");
}

#[test]
fn templates_follow_the_reference() {
    const PEOPLE: &str = r#"{"us": [{"n": "Ann"}, {"n": "Bob"}], "top": {"n": "Ann"}, "k": 3, "on": true, "one": 1}"#;
    for (template, expected) in [
        (
            "{{#if on}}ON {{/if}}{{#if off}}OFF {{/if}}{{k}} {{top.n}} {{ k }} [{{zz}}]{{#each us}}<{{n}}{{k}}>{{/each}}",
            "ON 3.0 Ann {{ k }} []<Ann><Bob>",
        ),
        ("{{on}} {{top}} {{us}} {{top.n.x}}|", "true {\"n\":\"Ann\"} [{\"n\":\"Ann\"},{\"n\":\"Bob\"}] |"),
        ("{{#if one}}not a boolean{{/if}}{{#if on}}{{k}}{{/if}}", "3.0"),
        ("{{#each top}}{{/each}}", "error: Failed to render template: Array 'top' not found"),
        ("{{#each nope}}{{/each}}", "error: Failed to render template: Array 'nope' not found"),
        ("{{#if on}}", "error: Failed to render template: Missing {/if} tag"),
        ("{{#each us}}", "error: Failed to render template: Missing {/each} tag"),
        ("{{#if on", "error: Failed to render template: Unclosed {#if tag"),
        ("{{#each us", "error: Failed to render template: Unclosed {#each tag"),
        ("{k} {{}} {{ {{{k}}} {{k", "{k} {{}} {{ {3.0} {{k"),
        ("ünï {{k}} çödé", "ünï 3.0 çödé"),
    ] {
        let mut rt = runtime();
        let data = eval(&mut rt, PEOPLE).0.expect("a dictionary");
        let template_value = rt.heap.str(template);
        let result = call(&mut rt, "render_template", &[template_value, data]);
        assert_eq!(outcome(&mut rt, result), expected, "{template}");
    }
    check(&[
        ("render_template(1, {})", "error: render template: template must be a string"),
        ("render_template('a{{b}}', 5)", "a"),
        ("render_template('a', error('E', 'why'))", "error: Cannot convert error to JSON: why"),
    ]);
}

#[test]
fn changes_happen_in_place_exactly_when_nobody_else_holds_the_collection() {
    for (native, collection, rest, before) in [
        ("append_to", "[1]", "['x']", "[1]"),
        ("insert_at", "[1]", "['x', 0]", "[1]"),
        ("remove_from", "[1]", "[1]", "[1]"),
        ("push_json", "[1]", "['x']", "[1]"),
        ("set_json", "{\"a\": 1}", "['a', 2]", "{\"a\": 1}"),
    ] {
        for shared in [false, true] {
            let mut rt = runtime();
            let v = eval(&mut rt, collection).0.expect("a collection");
            let rest = eval(&mut rt, &rest.replace('\'', "\"")).0.expect("a list");
            let mut args = Vec::from([v]);
            args.extend(rt.heap.items(rest).cloned().unwrap_or_default());
            if shared {
                rt.heap.share(v);
            }
            let changed = call(&mut rt, native, &args).expect("it works");
            assert_eq!(changed.is_identical(v), !shared, "{native}");
            if shared {
                assert_eq!(display::text(&mut rt, v).expect("it fits"), before, "{native}");
            }
        }
    }
}

#[test]
fn parts_that_are_handed_out_or_put_in_are_marked() {
    for source in [
        "first_in([[1]])",
        "last_in([[1]])",
        "call_first([[1]])",
        "get_json('a', {\"a\": [1]})",
        "first_in(reverse_of([[1], 2]))",
        "last_in(append_to([], [1]))",
        "first_in(insert_at([], [1], 0))",
        "get_json('a', set_json({}, 'a', [1]))",
    ] {
        let mut rt = runtime();
        let part = eval(&mut rt, source).0.expect("it works");
        assert!(part.tag() != Tag::List || rt.heap.is_shared(part), "{source}");
    }
}

#[test]
fn deep_and_wide_values_need_no_native_stack() {
    let mut rt = runtime();
    let mut deep = rt.heap.list(Vec::new());
    for _ in 0..200_000 {
        deep = rt.heap.list(Vec::from([deep]));
    }
    let text = display::text(&mut rt, deep).expect("it fits");
    assert_eq!(text.len(), 400_002);
    let json = call(&mut rt, "to_json", &[deep]).expect("it fits");
    assert_eq!(rt.heap.text(json), Some(&*text));
    let result = call(&mut rt, "parse_json", &[json]);
    let expected = "error: Failed to parse JSON: Failed to parse JSON: recursion limit exceeded at line 1 column 128";
    assert_eq!(outcome(&mut rt, result), expected);
    let mut other = rt.heap.list(Vec::new());
    for _ in 0..200_000 {
        other = rt.heap.list(Vec::from([other]));
    }
    assert!(display::same(&mut rt, deep, other).expect("it fits"));
    assert!(display::debug(&mut rt, deep).is_ok());
}

#[test]
fn what_would_not_fit_into_memory_is_an_error_and_long_work_uses_fuel() {
    // A value that prints as 2 to the power of 60 texts.
    fn wide(rt: &mut Runtime) -> Value {
        let mut v = rt.heap.str("x");
        for _ in 0..60 {
            v = rt.heap.list(Vec::from([v, v]));
        }
        v
    }
    let full = "error: out of memory: the heap limit was reached";
    for native in ["to_json", "to_pretty_json", "make_uppercase", "trim_spaces", "join_with", "error_of_wide"] {
        let mut rt = runtime_within(Limits { heap_bytes: 1 << 20, ..Limits::default() });
        let v = wide(&mut rt);
        let kind = rt.heap.str("E");
        let result = if native == "error_of_wide" {
            call(&mut rt, "error", &[kind, v])
        } else {
            call(&mut rt, native, &[v, kind])
        };
        assert_eq!(outcome(&mut rt, result), full, "{native}");
        let mut rt = runtime_within(Limits { fuel: Some(1000), ..Limits::default() });
        let v = wide(&mut rt);
        assert!(matches!(call(&mut rt, "to_json", &[v]), Err(Control::Trap(_))));
        let (mut rt, kind) = (runtime(), Value::NIL);
        let (v, other) = (wide(&mut rt), wide(&mut rt));
        assert!(display::same(&mut rt, v, other).expect("equal parts are compared once"));
        let (v, other) = (rt.heap.list(Vec::from([v, kind])), rt.heap.list(Vec::from([other, Value::TRUE])));
        rt.limits.fuel = Some(10_000);
        assert!(matches!(display::same(&mut rt, v, other), Err(Control::Trap(_))));
    }
    let mut rt = runtime_within(Limits { heap_bytes: 1 << 20, ..Limits::default() });
    let ones = rt.heap.string("1".repeat(60_000));
    let separator = rt.heap.str("");
    let result = call(&mut rt, "split_by", &[ones, separator]);
    assert_eq!(outcome(&mut rt, result), full);
}

/// Values that programs pass where they should not.
fn odd_values(rt: &mut Runtime) -> Vec<Value> {
    let mut values = Vec::from([Value::NIL, Value::TRUE, Value::FALSE, Value::UNSET, Value::int(i64::MIN)]);
    let numbers =
        [0.0, -0.0, 1.0, -1.0, 1.5, 3.0, 1e-17, 1e18, -1e19, 1e308, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    values.extend(numbers.map(Value::float));
    for text in
        ["", "a", "k", "äöü🎉", "[1, {\"k\": null}]", "[1,", "{{k}} {{#if k}}{{/if}}", "{{#each l}}x{{/each}}", "] ["]
    {
        values.push(rt.heap.str(text));
    }
    for literal in ["[]", "[[], 1, \"a\", null]", "{}", "{\"k\": true, \"l\": [{\"k\": 1}, 2], \"\": \"x\"}"] {
        let value = eval(rt, literal).0.expect("a literal");
        rt.heap.share(value);
        values.push(value);
    }
    values.push(eval(rt, "error('E', 'm')").0.expect("an error value"));
    values.extend(rt.find_native("pohlang.call_len").map(Value::native));
    values
}

#[test]
fn no_arguments_whatever_make_a_native_panic_or_change_them() {
    let mut rt = runtime_within(Limits { heap_bytes: 64 << 20, ..Limits::default() });
    rt.capabilities = Capabilities::NONE;
    let values = odd_values(&mut rt);
    let shown =
        |rt: &mut Runtime| -> Vec<String> { values.iter().map(|&v| display::debug(rt, v).expect("it fits")).collect() };
    let before = shown(&mut rt);
    let mut state = 1_u64;
    for native in ALL {
        for _ in 0..400 {
            let mut args = [Value::NIL; 4];
            for slot in &mut args {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                *slot = values[(state >> 33) as usize % values.len()];
            }
            let count = (state >> 60) as usize % 5;
            if let Ok(v) = (native.run)(&mut rt, &args[..count]) {
                assert!(display::debug(&mut rt, v).is_ok(), "{}", native.name);
            }
        }
    }
    assert_eq!(shown(&mut rt), before);
}

#[cfg(feature = "std")]
#[test]
fn files_follow_the_reference_and_need_capabilities() {
    extern crate std;
    let mut rt = runtime();
    let dir = std::env::temp_dir().join(format!("motet-pohlang-{}", std::process::id()));
    let dir = dir.to_string_lossy().into_owned();
    let cases = [
        ("create_directory('DIR/a/b')", "None"),
        ("write_file('one', 'DIR/a/t')", "None"),
        ("append_file(' two', 'DIR/a/t')", "None"),
        ("read_file('DIR/a/t')", "one two"),
        ("write_file('l1\r\nl2\n', 'DIR/a/t')", "None"),
        ("read_lines('DIR/a/t')", "[l1, l2]"),
        ("write_file(2.50, 'DIR/a/t')", "None"),
        ("read_file('DIR/a/t')", "2.5"),
        ("write_file(1e20, 'DIR/a/t')", "None"),
        ("read_file('DIR/a/t')", "100000000000000000000"),
        ("write_file(-0.0, 'DIR/a/t')", "None"),
        ("append_file(true, 'DIR/a/t')", "None"),
        ("read_file('DIR/a/t')", "-0true"),
        ("write_file([], 'DIR/a/t')", "error: write to file: content must be string, number, or boolean"),
        ("append_file(null, 'DIR/a/t')", "error: append to file: content must be string, number, or boolean"),
        ("write_file('x', 1)", "error: write to file at: path must be a string"),
        ("append_file('x', 1)", "error: append to file at: path must be a string"),
        ("read_file(1)", "error: read file at: path must be a string"),
        ("read_lines(1)", "error: read lines from: path must be a string"),
        ("file_exists('DIR/a/t')", "True"),
        ("file_exists('DIR/a')", "True"),
        ("file_exists('DIR/z')", "False"),
        ("file_exists(1)", "error: file exists at: path must be a string"),
        ("copy_file('DIR/a/t', 'DIR/a/c')", "None"),
        ("move_file('DIR/a/c', 'DIR/a/Z')", "None"),
        ("list_files('DIR/a')", "[Z, b, t]"),
        ("list_files(1)", "error: list files in: path must be a string"),
        (
            "list_files('DIR/none')",
            "error: Failed to list directory 'DIR/none': No such file or directory (os error 2)",
        ),
        (
            "copy_file('DIR/none', 'DIR/c')",
            "error: Failed to copy file from 'DIR/none' to 'DIR/c': No such file or directory (os error 2)",
        ),
        (
            "move_file('DIR/none', 'DIR/c')",
            "error: Failed to move file from 'DIR/none' to 'DIR/c': No such file or directory (os error 2)",
        ),
        ("copy_file(1, 'x')", "error: copy file from: source path must be a string"),
        ("copy_file('x', 1)", "error: copy file to: destination path must be a string"),
        ("move_file(1, 'x')", "error: move file from: source path must be a string"),
        ("move_file('x', 1)", "error: move file to: destination path must be a string"),
        ("read_file('DIR/none')", "error: Failed to read file 'DIR/none': No such file or directory (os error 2)"),
        (
            "read_lines('DIR/none')",
            "error: Failed to read lines from 'DIR/none': No such file or directory (os error 2)",
        ),
        (
            "write_file('x', 'DIR/none/f')",
            "error: Failed to write file 'DIR/none/f': No such file or directory (os error 2)",
        ),
        (
            "append_file('x', 'DIR/none/f')",
            "error: Failed to append to file 'DIR/none/f': No such file or directory (os error 2)",
        ),
        ("delete_file('DIR/a/t')", "None"),
        ("delete_file('DIR/a/t')", "error: Failed to delete file 'DIR/a/t': No such file or directory (os error 2)"),
        ("delete_file(1)", "error: delete file at: path must be a string"),
        ("create_directory(1)", "error: create directory at: path must be a string"),
    ];
    for (source, expected) in cases {
        let source = source.replace("DIR", &dir);
        let (result, _) = eval(&mut rt, &source);
        assert_eq!(outcome(&mut rt, result), expected.replace("DIR", &dir), "{source}");
    }
    let bad = format!("{dir}/a/bad");
    std::fs::write(&bad, [0xff, 0xfe]).expect("it can be written");
    let path = rt.heap.str(&bad);
    let result = call(&mut rt, "read_file", &[path]);
    let expected = format!("error: Failed to read file '{bad}': stream did not contain valid UTF-8");
    assert_eq!(outcome(&mut rt, result), expected);
    std::fs::remove_dir_all(&dir).expect("it is there");
    rt.capabilities = Capabilities::NONE;
    for (source, capability) in [
        ("read_file('f')", "filesystem-read required for read file at; rerun with --allow-fs-read"),
        ("read_lines('f')", "filesystem-read required for read lines from; rerun with --allow-fs-read"),
        ("file_exists('f')", "filesystem-read required for file exists at; rerun with --allow-fs-read"),
        ("list_files('f')", "filesystem-read required for list files in; rerun with --allow-fs-read"),
        ("write_file('x', 'f')", "filesystem-write required for write into file; rerun with --allow-fs-write"),
        ("append_file('x', 'f')", "filesystem-write required for append into file; rerun with --allow-fs-write"),
        ("create_directory('f')", "filesystem-write required for create directory at; rerun with --allow-fs-write"),
        ("delete_file('f')", "filesystem-delete required for delete file at; rerun with --allow-fs-delete"),
        ("copy_file('f', 'g')", "filesystem-read required for copy file; rerun with --allow-fs-read"),
        ("move_file('f', 'g')", "filesystem-write required for move file; rerun with --allow-fs-write"),
        ("call_now()", "clock required for now; rerun with --allow-clock"),
    ] {
        let (result, _) = eval(&mut rt, source);
        assert_eq!(outcome(&mut rt, result), format!("error: Capability denied: {capability}"), "{source}");
    }
}

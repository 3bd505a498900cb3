//! The library against the examples and messages of the reference.
//!
//! A case is an expression of calls and JSON literals, evaluated natively, and
//! the display text of its value, `error: MESSAGE`, or `[out] OUTPUT`.

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    vec::Vec,
};

use motet_runtime::{
    BinOp, Capabilities, Control, FuncId, FuncInfo, FuncKind, Host, HostError, Limits, Lock, NativeResult, Runtime,
    Semantics, Shared, Thrown, Trap, UnOp, Value, ops,
};

use crate::semantics::{RuffSemantics, display::text, kind, new_struct};

/// Keeps what is written; counts sleep instead of sleeping.
struct Recorder {
    out: Shared<Lock<String>>,
    nanos: u64,
    args: Vec<String>,
}

impl Host for Recorder {
    fn write_out(&mut self, bytes: &[u8]) {
        self.out.lock().push_str(&String::from_utf8_lossy(bytes));
    }

    fn write_err(&mut self, bytes: &[u8]) {
        self.out.lock().push_str("[err] ");
        self.write_out(bytes);
    }

    fn read_line(&mut self) -> Option<String> {
        Some("typed \n".to_string())
    }

    fn unix_nanos(&mut self) -> i128 {
        1_705_276_800_000_000_000
    }

    fn monotonic_nanos(&mut self) -> u64 {
        self.nanos
    }

    fn sleep_nanos(&mut self, nanos: u64) {
        self.nanos += nanos;
    }

    fn random(&mut self, buffer: &mut [u8]) -> Result<(), HostError> {
        buffer.iter_mut().enumerate().for_each(|(i, b)| *b = i as u8);
        Ok(())
    }

    fn args(&mut self) -> Vec<String> {
        self.args.clone()
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

fn runtime() -> (Runtime, Shared<Lock<String>>) {
    let out = Shared::new(Lock::new(String::new()));
    let args = ["--n", "3", "-v", "file"].map(String::from).to_vec();
    let host = Recorder { out: out.clone(), nanos: 0, args };
    let mut rt = Runtime::new(Box::new(host), Limits::default());
    rt.capabilities = Capabilities::ALL;
    rt.add_language(&RuffSemantics);
    (rt, out)
}

fn call(rt: &mut Runtime, name: &str, args: &[Value]) -> NativeResult {
    let id = rt.find_native(&format!("ruff.{name}")).unwrap_or_else(|| panic!("no native {name}"));
    (rt.natives[id.0 as usize].run)(rt, args)
}

/// Evaluates one expression; `rest` is left behind it.
fn eval<'a>(rt: &mut Runtime, source: &'a str) -> (NativeResult, &'a str) {
    let source = source.trim_start();
    let word = source.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(source.len());
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

fn outcome(rt: &Runtime, result: &NativeResult) -> String {
    match result {
        Ok(v) => text(rt, *v),
        Err(Control::Error(e)) => format!("error: {}", e.message),
        Err(Control::Exit(n)) => format!("exit {n}"),
        Err(other) => format!("{other:?}"),
    }
}

fn check(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        let (mut rt, out) = runtime();
        let (result, _) = eval(&mut rt, source);
        let got = match expected.strip_prefix("[out] ") {
            Some(_) => format!("[out] {}", *out.lock()),
            None => outcome(&rt, &result),
        };
        assert_eq!(&got, expected, "{source}");
    }
}

#[test]
fn output_and_assertions_follow_the_reference() {
    check(&[
        (r#"print("a", "", 5)"#, "[out] a  5\n"),
        ("print()", "[out] \n"),
        ("eprint(1)", "[out] [err] 1\n"),
        (
            r#"debug(1, 1.5, "a", true, null, [1, "b"], {"k": 1.5})"#,
            "[out] [DEBUG] Int(1) Float(1.5) String(\"a\") Bool(true) Null Array[Int(1), String(\"b\")] Dict{k: Float(1.5)}\n",
        ),
        (r#"input("? ")"#, "typed"),
        ("input(1)", "error: input() requires a string prompt when provided"),
        ("input(1, 2)", "error: input expects 0 to 1 arguments, got 2"),
        ("exit(3)", "exit 3"),
        (r#"error("boom")"#, "error: boom"),
        ("error(42)", "error: Int(42)"),
        ("assert(0)", "error: Assertion failed"),
        (r#"assert(0, "no")"#, "error: no"),
        ("assert_equal(1, 2)", "error: Assertion failed: expected Int(2), got Int(1)"),
        ("assert_true(false)", "error: Assertion failed: expected true, got false"),
        ("assert_true(1)", "error: assert_true requires a boolean argument"),
        ("assert_contains([1], 2)", "error: Assertion failed: Array[1] does not contain Int(2)"),
    ]);
}

#[test]
fn numbers_and_conversions_follow_the_reference() {
    check(&[
        ("range(4)", "[0, 1, 2, 3]"),
        ("range(10, 0, -4)", "[10, 6, 2]"),
        ("range(1, 2, 0)", "error: range() step cannot be zero"),
        ("range(9000000000000000000)", "error: out of memory: the heap limit was reached"),
        ("min(3, 5)", "3"),
        ("pow(2, 10)", "1024"),
        ("floor(-2.5)", "-3"),
        ("round(2.5)", "3"),
        ("type(abs(-3))", "float"),
        (r#"sqrt("x")"#, "error: sqrt() expects numeric argument 'value' , got Str(\"x\")"),
        ("sqrt(-1)", "error: sqrt() domain error: value must be >= 0"),
        ("bit_shl(1, 64)", "error: bit_shl() expects a shift amount between 0 and 63"),
        ("bit_and(1.5, 1)", "error: bit_and() expects integer argument 'left' , got Float(1.5)"),
        (r#"sum([1, 2.5, "x"])"#, "3.5"),
        (r#"to_int(" 41 ")"#, "41"),
        (r#"to_int("x")"#, "error: Cannot convert 'x' to int"),
        ("to_int([])", "error: Cannot convert array to int"),
        (r#"parse_int("12x")"#, "error: Cannot parse '12x' as integer"),
        (r#"to_float("1e3")"#, "1000"),
        (r#"to_bool("FALSE")"#, "false"),
        (r#"format("%s has %d of %f (100%%)", "Ann", 3.9, 2)"#, "Ann has 3 of 2 (100%)"),
        (r#"format("%s|%s", [1], null)"#, "[Array]|null"),
        (r#"format("%d", "x")"#, "error: format() %d requires numeric argument, got Str(\"x\")"),
        ("bytes([256])", "error: bytes() requires integers in range 0-255, got 256"),
        ("len()", "error: len expects 1 arguments, got 0"),
    ]);
}

#[test]
fn strings_follow_the_reference() {
    check(&[
        (r#"len("Hello, Wörld")"#, "12"),
        (r#"to_upper("Hello, Wörld")"#, "HELLO, WÖRLD"),
        (r#"substring("Hello, Wörld", 7, 12)"#, "Wörld"),
        (r#"substring("abc", 3, 1)"#, ""),
        (r#"char_at("Hello, Wörld", 8)"#, "ö"),
        (r#"contains("Hello", "lo")"#, "1"),
        (r#"index_of("Hello, Wörld", "ö")"#, "8"),
        (r#"split("a,b,,c", ",")"#, "[a, b, , c]"),
        (r#"len(split("abc", ""))"#, "5"),
        (r#"join([1, 2.5, true, "x"], "-")"#, "1-2.5-true-x"),
        (r#"pad_left("7", 3, "0")"#, "007"),
        (r#"pad_right("ab", 4, ".")"#, "ab.."),
        (r#"words(" two  words ")"#, "[two, words]"),
        (r#"capitalize("hELLO")"#, "Hello"),
        (r#"slugify("Big News! Today_now")"#, "big-news-today-now"),
        (r#"to_camel_case("user first_name")"#, "userFirstName"),
        (r#"to_snake_case("userFirstName")"#, "user_first_name"),
        (r#"to_kebab_case("UserName")"#, "user-name"),
        (r#"truncate("abcdefgh", 6, "..")"#, "abcd.."),
        ("upper(1)", "error: upper() requires a string argument"),
        (r#"repeat("abcdefgh", 9000000000000000000)"#, "error: out of memory: the heap limit was reached"),
    ]);
}

#[test]
fn arrays_follow_the_reference() {
    check(&[
        ("push([3, 1, 2], 4)", "[3, 1, 2, 4]"),
        ("pop([3, 1, 2])", "[[3, 1], 2]"),
        ("pop([])", "[[], 0]"),
        ("insert([3, 1, 2], 1, 9)", "[3, 9, 1, 2]"),
        ("insert([1], 5, 1)", "error: insert() index 5 out of bounds for array of length 1"),
        ("remove([3, 1, 2], 1)", "[3, 2]"),
        ("remove_at([3, 1, 2], 0)", "[[1, 2], 3]"),
        ("slice([3, 1, 2], -2, 3)", "[1, 2]"),
        (r#"sort(["b", "a", "C"])"#, "[C, a, b]"),
        (r#"sort([3, "x", 1.5, null, 2])"#, "[1.5, 2, 3, x, null]"),
        ("sort()", "error: sort expects 1 argument, got 0"),
        (r#"unique([1, 1, 2, "1", [1], [2], [1]])"#, "[1, 2, 1, [1], [2]]"),
        ("chunk([1, 2, 3], 2)", "[[1, 2], [3]]"),
        ("chunk([1, 2, 3], 0)", "[[1, 2, 3]]"),
        ("flatten([[1], [2, [3]]])", "[1, 2, [3]]"),
        (r#"zip([1, 2], ["a", "b", "c"])"#, "[[1, a], [2, b]]"),
        (r#"enumerate(["x"])"#, "[[0, x]]"),
        ("windows([1, 2, 3], 2)", "[[1, 2], [2, 3]]"),
        ("contains([1], 1.0)", "false"),
        ("push(1, 2)", "error: push() requires an array as the first argument"),
    ]);
}

#[test]
fn dictionaries_and_collections_follow_the_reference() {
    check(&[
        (r#"items({"b": 2, "a": 1})"#, "[[a, 1], [b, 2]]"),
        (r#"get({"b": 2}, "z")"#, "null"),
        (r#"get({"b": 2}, "z", 9)"#, "9"),
        ("get_default(1, 2, 3)", "error: get_default() requires 3 arguments: dict, key, default_value"),
        (r#"get({"5": 2}, 5)"#, "2"),
        (r#"merge({"b": 2, "a": 1}, {"c": 3, "a": 7})"#, r#"{"a": 7, "b": 2, "c": 3}"#),
        (r#"remove({"b": 2, "a": 1}, "b")"#, r#"[{"a": 1}, 2]"#),
        (r#"invert({"b": 2, "a": 1})"#, r#"{"1": a, "2": b}"#),
        ("set_to_array(set_difference(set_add(Set([1, 2, 2]), 3), Set([1])))", "[2, 3]"),
        ("set_to_array(set_add(Set([1, [2]]), 1.0))", "[1, [2]]"),
        ("set_to_array(set_remove(Set([1, [2], 3]), [2]))", "[1, 3]"),
        ("set_to_array(set_union(Set([1, 2]), Set([2, 3])))", "[1, 2, 3]"),
        ("Set()", "<unknown>"),
        ("len(set_add(Set([1, 2, 2]), 3))", "3"),
        (r#"queue_dequeue(queue_enqueue(queue_enqueue(Queue(), "j1"), "j2"))"#, "[<unknown>, j1]"),
        ("queue_peek(Queue())", "null"),
        ("stack_pop(stack_push(Stack([1]), 2))", "[<unknown>, 2]"),
        (r#"len({"a": 1})"#, "1"),
        ("len(5)", "error: len() requires an array, dict, bytes, set, queue, stack, or string"),
    ]);
}

#[test]
fn formats_follow_the_reference() {
    check(&[
        (
            r#"parse_json("{\"b\": [1, 2.5, null, true], \"a\": {\"k\": \"x\"}}")"#,
            r#"{"a": {"k": x}, "b": [1, 2.5, null, true]}"#,
        ),
        (r#"parse_json("{x}")"#, "error: JSON parse error: key must be a string at line 1 column 2"),
        (r#"parse_json(repeat("[", 100000))"#, "error: JSON parse error: nesting is too deep at line 1 column 65"),
        (
            r#"to_json({"z": 1.0, "a": "q\"\n", "n": [null, {"e": []}]})"#,
            r#"{"a":"q\"\n","n":[null,{"e":[]}],"z":1.0}"#,
        ),
        (r#"to_json_pretty({"k": [1, 2], "e": {}})"#, "{\n  \"e\": {},\n  \"k\": [\n    1,\n    2\n  ]\n}"),
        (r#"regex_match("abc123", "^[a-z]+\\d+$")"#, "true"),
        (r#"regex_find_all("a1 b22", "\\d+")"#, "[1, 22]"),
        (r#"regex_replace("x=1", "(\\w)=(\\d)", "$2=$1")"#, "1=x"),
        (r#"regex_split("a; b,c", "[;,] *")"#, "[a, b, c]"),
        (r#"regex_split("a", "(")"#, "[a]"),
        (r#"sha256("ruff")"#, "acadbba99747a5451261c15ae4f389a22e9273135dc696de72c8ceae660cf2b0"),
        (r#"encode_base64("hi")"#, "aGk="),
        (r#"len(decode_base64("aGk="))"#, "2"),
        (r#"parse_csv("a,b\n1,\"x, y\"\n2.5,z\n")"#, r#"[{"a": 1, "b": x, y}, {"a": 2.5, "b": z}]"#),
        (r#"to_csv([{"b": 1, "a": "x,y"}])"#, "b,a\n1,\"x,y\"\n"),
        ("to_csv([])", "error: CSV requires non-empty array"),
        (r#"jwt_decode(jwt_encode({"id": 7}, "k"), "k")"#, r#"{"id": 7}"#),
        (r#"jwt_verify(jwt_encode({"id": 7}, "k"), "other")"#, "false"),
        (r#"jwt_verify(jwt_encode({"exp": 7}, "k"), "k")"#, "false"),
    ]);
}

#[test]
fn clock_paths_and_randomness_follow_the_reference() {
    check(&[
        (r#"format_date(86400, "YYYY-MM-DD HH:mm:ss")"#, "1970-01-02 00:00:00"),
        (r#"parse_date("2024-01-15", "YYYY-MM-DD")"#, "1705276800"),
        (
            r#"parse_date("2023-02-29", "YYYY-MM-DD")"#,
            "error: parse_date failed: '2023-02-29' is not a date of the form YYYY-MM-DD",
        ),
        ("format_duration(1500)", "1.50s"),
        ("format_duration(0.5)", "500.00μs"),
        ("format_duration(0.0001)", "100ns"),
        ("now_utc()", "2024-01-15T00:00:00Z"),
        (r#"join_path("a", "b", "c.txt")"#, "a/b/c.txt"),
        (r#"join_path("a", "/b")"#, "/b"),
        (r#"dirname("/x/y.txt")"#, "/x"),
        (r#"dirname("y.txt")"#, ""),
        (r#"dirname("/")"#, "/"),
        (r#"basename("/x/y.txt")"#, "y.txt"),
        (r#"path_extension("a.tar.gz")"#, "gz"),
        (r#"len(uuid_v4())"#, "36"),
        (r#"http_get("x")"#, "error: http_get is not supported by this build"),
    ]);
    let (mut rt, _) = runtime();
    eval(&mut rt, "set_random_seed(42)").0.expect("seeds");
    for (source, expected) in [("random()", "0.5265574090027738"), ("random_int(1, 100)", "55")] {
        let (result, _) = eval(&mut rt, source);
        assert_eq!(outcome(&rt, &result), expected);
    }
}

#[test]
fn promises_wait_on_the_host_clock() {
    let (mut rt, _) = runtime();
    let wait = |rt: &mut Runtime, source: &str| {
        let v = eval(rt, source).0.expect("makes a promise");
        let before = rt.host.monotonic_nanos();
        let result = RuffSemantics.wait(rt, v);
        (outcome(rt, &result), (rt.host.monotonic_nanos() - before) / 1_000_000)
    };
    assert_eq!(wait(&mut rt, "async_sleep(25)"), ("null".to_string(), 25));
    assert_eq!(wait(&mut rt, "promise_all([])"), ("[]".to_string(), 0));
    assert_eq!(wait(&mut rt, "promise_all(array(async_sleep(5), async_sleep(9)))"), ("[null, null]".to_string(), 9));
    let late = "error: Promise rejected: Timeout after 10ms".to_string();
    assert_eq!(wait(&mut rt, "async_timeout(async_sleep(50), 10)"), (late, 10));
    rt.limits.deadline_nanos = Some(0);
    let v = eval(&mut rt, "async_sleep(1000000)").0.expect("makes a promise");
    assert!(matches!(RuffSemantics.wait(&mut rt, v), Err(Control::Trap(Trap::Deadline))));
    check(&[
        ("async_sleep(-1)", "error: async_sleep() requires non-negative milliseconds, got -1"),
        ("promise_all([1])", "error: Promise.all() array element 0 is not a Promise"),
        (r#"shared_get("k")"#, "error: shared_get key 'k' not found"),
    ]);
}

#[test]
fn operators_report_errors_in_the_words_of_the_language() {
    let (mut rt, _) = runtime();
    let s = rt.heap.str("a");
    let list = rt.heap.list(Vec::new());
    let cases = [
        (BinOp::Add, Value::int(i64::MAX), Value::int(1), "error: Integer overflow: 9223372036854775807 + 1"),
        (BinOp::Div, Value::int(1), Value::int(0), "error: Division by zero"),
        (BinOp::Rem, Value::float(1.0), Value::int(0), "error: Modulo by zero"),
        (BinOp::Add, s, Value::int(1), "error: Invalid binary operation: string + int"),
        (BinOp::Lt, list, Value::NIL, "error: Invalid binary operation: array < null"),
        (BinOp::Eq, Value::int(1), Value::float(1.0), "true"),
        (BinOp::Eq, Value::float(0.1 + 0.2), Value::float(0.3), "true"),
        (BinOp::Ne, Value::float(f64::NAN), Value::float(f64::NAN), "true"),
        (BinOp::Eq, Value::int(1), Value::TRUE, "false"),
        (BinOp::Rem, Value::float(5.5), Value::int(2), "1.5"),
    ];
    for (op, a, b, expected) in cases {
        let result = ops::binary(&mut rt, 0, op, a, b);
        assert_eq!(outcome(&rt, &result), expected);
    }
    let result = ops::unary(&mut rt, 0, UnOp::Not, Value::int(0));
    assert_eq!(outcome(&rt, &result), "error: Invalid unary operation: ! Int(0)");
    let key = rt.heap.str("bob");
    let dict = eval(&mut rt, r#"{"ann": 3}"#).0.expect("a dict");
    let result = ops::index(&mut rt, 0, dict, key);
    assert_eq!(outcome(&rt, &result), "error: Missing map key: \"bob\"");
    let result = ops::index(&mut rt, 0, list, Value::int(-1));
    assert_eq!(outcome(&rt, &result), "error: Index out of bounds: -1");
}

#[test]
fn int_keys_are_their_decimal_text() {
    let (mut rt, _) = runtime();
    let dict = eval(&mut rt, "{}").0.expect("a dict");
    for (k, v) in [(10, "c"), (9, "a")] {
        let v = rt.heap.str(v);
        ops::set_index(&mut rt, 0, dict, Value::int(k), v).expect("sets");
    }
    assert_eq!(text(&rt, dict), r#"{"9": a, "10": c}"#);
    let key = rt.heap.str("10");
    let found = ops::index(&mut rt, 0, dict, key);
    assert_eq!(outcome(&rt, &found), "c");
    let v = rt.heap.str("x");
    ops::set_index(&mut rt, 0, dict, key, v).expect("sets");
    assert_eq!(rt.heap.entries(dict).map(|m| m.len()), Some(2));
    let word = rt.heap.str("w");
    ops::set_index(&mut rt, 0, dict, word, v).expect("sets");
    assert_eq!(text(&rt, dict), r#"{"10": x, "9": a, "w": x}"#);
}

#[test]
fn natives_change_only_what_nobody_else_holds() {
    let (mut rt, _) = runtime();
    for (source, name) in [("[1]", "push"), ("Set([1])", "set_add"), ("Queue([1])", "queue_enqueue")] {
        let v = eval(&mut rt, source).0.expect("a container");
        let own = call(&mut rt, name, &[v, Value::int(2)]).expect("adds");
        assert!(own.is_identical(v), "{name} in place");
        rt.heap.share(v);
        let copy = call(&mut rt, name, &[v, Value::int(3)]).expect("adds");
        assert!(!copy.is_identical(v), "{name} on a copy");
        assert_eq!(call(&mut rt, "len", &[v]).ok().and_then(Value::as_int), Some(2));
    }
    let inner = eval(&mut rt, r#"{"k": [1]}"#).0.expect("a dict");
    let key = rt.heap.str("k");
    let held = call(&mut rt, "get", &[inner, key]).expect("there");
    assert!(rt.heap.is_shared(held));
}

#[test]
fn deep_and_cyclic_values_are_printed_and_compared_without_recursion() {
    let (mut rt, _) = runtime();
    let deep = |rt: &mut Runtime| {
        let mut v = rt.heap.list(Vec::new());
        for i in 0..1_000_000 {
            v = if i % 2 == 0 { rt.heap.list([v].to_vec()) } else { rt.variant("ruff", "Ok", &[v]) };
        }
        v
    };
    let (a, b) = (deep(&mut rt), deep(&mut rt));
    assert_eq!(text(&rt, a).len(), 2 + 500_000 * 2 + 500_000 * 4);
    let same = ops::binary(&mut rt, 0, BinOp::Eq, a, b);
    assert_eq!(outcome(&rt, &same), "true");
    let json = call(&mut rt, "to_json", &[a]);
    assert!(json.is_err());
    assert!(call(&mut rt, "debug", &[a]).is_ok());
    let (x, y) = (rt.heap.list(Vec::new()), rt.heap.list(Vec::new()));
    rt.heap.push(x, x);
    rt.heap.push(y, y);
    let same = ops::binary(&mut rt, 0, BinOp::Eq, x, y);
    assert_eq!(outcome(&rt, &same), "true");
    assert!(text(&rt, x).ends_with('…'));
}

#[test]
fn exceptions_have_message_stack_and_line() {
    let (mut rt, _) = runtime();
    let func = |name: &str, hidden: bool| FuncInfo {
        name: Shared::from(name),
        language: 0,
        params: 0,
        optional: 0,
        kind: FuncKind::Normal,
        captures: None,
        hidden,
        origin: None,
    };
    rt.funcs = Vec::from([func("risky", false), func("map", true), func("outer", false), func("main", true)]);
    let calls = [FuncId(0), FuncId(1), FuncId(2), FuncId(3)];
    let message = rt.heap.str("too big");
    let e = RuffSemantics.exception(&mut rt, Thrown::Value(message), &calls);
    let other = RuffSemantics.exception(&mut rt, Thrown::Value(message), &calls[2..]);
    let again = RuffSemantics.exception(&mut rt, Thrown::Value(message), &calls);
    for e in [e, again] {
        assert_eq!(text(&rt, e), "Error { line: 0, message: too big, stack: [outer, risky] }");
    }
    assert_eq!(text(&rt, other), "Error { line: 0, message: too big, stack: [outer] }");
    let (disk, cable) = (rt.heap.str("disk"), rt.heap.str("cable"));
    let failure = new_struct(&mut rt, "Failure", &[("message", disk), ("cause", cable)]);
    let e = RuffSemantics.exception(&mut rt, Thrown::Value(failure), &[]);
    assert_eq!(text(&rt, e), "Error { cause: cable, line: 0, message: disk, stack: [] }");
    let e = RuffSemantics.exception(&mut rt, Thrown::Value(Value::int(42)), &[]);
    assert_eq!(text(&rt, e), "Error { line: 0, message: Int(42), stack: [] }");
}

#[test]
fn every_listed_builtin_exists() {
    let (rt, _) = runtime();
    let listed = crate::builtins::NATIVES.iter().flat_map(|(_, names)| names.split_whitespace());
    let missing: Vec<&str> = listed.filter(|n| rt.find_native(&format!("ruff.{n}")).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let print = rt.find_native("ruff.print").map(Value::native).expect("there");
    assert_eq!((text(&rt, print).as_str(), kind::type_name(&rt, print)), ("<native function: print>", "function"));
}

#[test]
fn variants_are_shown_and_named() {
    let (mut rt, _) = runtime();
    let (ok, none) = (rt.variant("ruff", "Ok", &[Value::int(1)]), rt.variant("ruff", "None", &[]));
    let rect = rt.variant("ruff", "Shape::Rect", &[Value::int(1), Value::int(2)]);
    let shown: Vec<String> = [ok, none, rect].iter().map(|&v| text(&rt, v)).collect();
    assert_eq!(shown, ["Ok(1)", "None", "Shape::Rect(1,2)"]);
    let names: Vec<&str> = [ok, none, rect].iter().map(|&v| kind::type_name(&rt, v)).collect();
    assert_eq!(names, ["result", "option", "tagged"]);
}

#[cfg(feature = "std")]
#[test]
fn system_functions_work_and_need_capabilities() {
    extern crate std;
    let (mut rt, _) = runtime();
    let dir = std::env::temp_dir().join(format!("motet-ruff-{}", std::process::id()));
    let dir = dir.to_string_lossy().into_owned();
    let cases = [
        ("create_dir(\"DIR/a\")", "true"),
        ("write_file(\"DIR/a/f\", \"l1\\nl2\")", "true"),
        (
            "write_file(\"DIR/a/f\", \"x\")",
            "error: Cannot write file 'DIR/a/f': file already exists (pass overwrite=true to replace it)",
        ),
        ("append_file(\"DIR/a/f\", \"!\")", "true"),
        ("read_lines(\"DIR/a/f\")", "[l1, l2!]"),
        ("io_read_at(\"DIR/a/f\", 1, 2)", "<unknown>"),
        ("file_size(\"DIR/a/f\")", "6"),
        ("list_dir(\"DIR/a\")", "[f]"),
        ("delete_file(\"DIR/a\")", "error: Cannot delete file 'DIR/a': path is a directory"),
        ("read_file(\"DIR/none\")", "error: Cannot read file 'DIR/none': No such file or directory (os error 2)"),
        ("delete_file(\"DIR/a/f\")", "true"),
        ("os_rmdir(\"DIR/a\")", "true"),
        ("os_rmdir(\"DIR\")", "true"),
        ("execute(\"echo hi\")", "hi\n"),
        ("execute(\"echo no >&2; exit 2\")", "error: execute() command failed with exit code 2: no"),
        ("pipe_commands([[\"printf\", \"b\\na\\n\"], [\"sort\"]])", "a\nb\n"),
        (
            "spawn_process([\"sleep\", \"5\"], {\"timeout_ms\": 30})",
            "ProcessResult { exitcode: -1, stderr: , stderr_truncated: false, stdout: , stdout_truncated: false, \
          success: false, timed_out: true }",
        ),
        ("env_set(\"MOTET_X\", \"7\")", "null"),
        ("env_int(\"MOTET_X\")", "7"),
        ("execute(\"echo $MOTET_X\")", "7\n"),
        ("env_bool(\"MOTET_X\")", "error: Environment variable 'MOTET_X' value '7' is not a valid bool"),
        ("parse_toml(\"a = 1\\n[t]\\nd = 2024-01-15\\n\")", "{\"a\": 1, \"t\": {\"d\": 2024-01-15}}"),
        ("to_toml({\"b\": {\"c\": [1, 2]}, \"a\": \"x\"})", "a = \"x\"\n\n[b]\nc = [1, 2]\n"),
        (
            "parse_yaml(\"a: 1\\nb:\\n  - x\\n  - true\\nc: &k {d: ~}\\ne: *k\\n\")",
            "{\"a\": 1, \"b\": [x, true], \"c\": {\"d\": null}, \"e\": {\"d\": null}}",
        ),
        ("to_yaml({\"a\": [1, {\"b\": \"true\"}], \"e\": {}})", "a:\n- 1\n- b: 'true'\ne: {}\n"),
    ];
    for (source, expected) in cases {
        let source = source.replace("DIR", &dir);
        let (result, _) = eval(&mut rt, &source);
        assert_eq!(outcome(&rt, &result), expected.replace("DIR", &dir), "{source}");
    }
    rt.capabilities = Capabilities::NONE;
    let (result, _) = eval(&mut rt, "write_file(\"f\", \"x\")");
    let denied = "error: Capability denied: filesystem-write required for write_file; rerun with --allow-fs-write";
    assert_eq!(outcome(&rt, &result), denied);
}

#[cfg(feature = "crypto")]
#[test]
fn encryption_and_signatures_round_trip() {
    check(&[
        (r#"aes_decrypt(aes_encrypt("secret", "key"), "key")"#, "secret"),
        (
            r#"aes_decrypt(aes_encrypt("secret", "key"), "other")"#,
            "error: aes_decrypt failed: decryption failed: wrong key or corrupted data",
        ),
        ("rsa_generate_keypair(512)", "error: RSA key size must be 2048 or 4096 bits"),
        (
            r#"rsa_encrypt("x", "no key")"#,
            "error: rsa_encrypt failed: invalid public key: ASN.1 error: PEM error: PEM preamble contains invalid data (NUL byte)",
        ),
    ]);
}

#[test]
fn argument_parsers_are_built_step_by_step() {
    let (mut rt, _) = runtime();
    let parser = "$parser_add($parser_add(arg_parser(), \"--n\", \"type\", \"int\", \"help\", \"count\"), \"--verbose\", \"-v\", \"type\", \"bool\")";
    let result = eval(&mut rt, &format!("$parser_parse({parser})")).0;
    assert_eq!(outcome(&rt, &result), r#"{"_positional": [file], "n": 3, "verbose": true}"#);
    let result = eval(&mut rt, &format!("$parser_help({parser})")).0;
    assert_eq!(outcome(&rt, &result), "\n\n\n\nOptions:\n      --n <int>\n        count\n  -v, --verbose\n");
    let result = eval(&mut rt, "$parser_parse(arg_parser())").0;
    assert_eq!(outcome(&rt, &result), "error: Unknown argument: --n");
}

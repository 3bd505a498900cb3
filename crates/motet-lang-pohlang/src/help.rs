//! What somebody who made a mistake most likely wanted to write.
//!
//! Invariant: the work for one problem is bounded: longer pieces than [`MAX_PIECE`] get no help.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use crate::{Phrase, diagnose::What};

/// Longest piece that is looked at, in bytes.
const MAX_PIECE: usize = 400;

/// Words that begin statements, as the language spells them.
const STATEMENTS: [&str; 25] = [
    "Write",
    "Append",
    "Delete",
    "Ask for",
    "Ask",
    "Set",
    "Increase",
    "Decrease",
    "If",
    "Otherwise",
    "End",
    "End Program",
    "Import",
    "While",
    "Repeat",
    "Make",
    "Define function",
    "Define",
    "Use",
    "Call",
    "Return",
    "Try this:",
    "Throw",
    "Start server",
    "Add route",
];

/// How other languages write something.
const SAY: [&str; 10] = ["print", "println", "echo", "say", "display", "show", "puts", "output", "console.log", "log"];

/// How other languages begin a statement, and what to write instead.
const FOREIGN: [(&[&str], &str); 13] = [
    (&["let", "var", "const", "dim", "assign", "store"], "use `Set`: Set x to 5"),
    (&["else"], "did you mean `Otherwise`?"),
    (&["elseif", "elif", "elsif"], "there is no other branch with a condition: put an `If` block below `Otherwise`"),
    (&["for", "foreach", "loop", "do"], "use `Repeat 5 times` … `End`, or `While` with a counter that you increase"),
    (&["function", "def", "func", "fn", "sub", "procedure"], "use `Make name with a, b` … `End`"),
    (&["catch", "except", "rescue"], "did you mean `if error as e`?"),
    (&["try"], "did you mean `try this:`?"),
    (&["raise"], "did you mean `throw`?"),
    (&["break", "continue"], "loops run until their condition is false: use a variable in the condition of `While`"),
    (&["switch", "match", "case"], "use `If` blocks, one inside the `Otherwise` of the other"),
    (&["input", "read", "get", "scan"], "use `Ask for`: Ask for name"),
    (&["include", "require", "from", "using"], "use `Import`: Import \"file\""),
    (
        &["class", "struct", "object"],
        "use a dictionary: Set item to Make a dictionary with \"name\" set to \"tea\", \"price\" set to 4",
    ),
];

/// What to do about a problem of `text[start..end]`, if that is clear.
pub(crate) fn help(what: What, text: &str, start: usize, end: usize) -> Option<String> {
    let piece = text.get(start..end)?.trim();
    if piece.len() > MAX_PIECE {
        return None;
    }
    match what {
        What::Unsupported => statement(piece),
        What::NoExpression if line_of(text, start).starts_with("Repeat ") => {
            Some("a number is needed here: Repeat 5 times".into())
        }
        What::NoExpression => expression(piece, line_of(text, start)),
        What::Named("Invalid parameter default") => expression(piece, ""),
        What::Named("Invalid parameter") => Some("parameters are names with commas between: Make add with a, b".into()),
        What::Empty => Some(missing(line_of(text, start))),
        What::EmptyParentheses => Some("put a value between the parentheses, or leave them out".into()),
        What::NoStart if is_near(piece, "Start Program") => {
            Some("did you mean `Start Program`, on a line of its own?".into())
        }
        What::NoStart => Some("the first line of a program is `Start Program`, its last line `End Program`".into()),
        What::NoEnd => Some("add the last line: End Program".into()),
        What::AfterEnd => Some("`End Program` is the last line: move this line above it".into()),
        What::Found(message) => block_end(piece, message.contains("End If")),
        What::Unclosed(_) => block_end(piece, false),
        What::Fixed(message) => fixed(message),
        What::Named(_) | What::TooDeep | What::TooComplex => None,
    }
}

/// Whether an unsupported statement is only there because a block before it was not understood.
pub(crate) fn is_left_over(piece: &str) -> bool {
    let words = ["end", "end if", "end while", "end repeat", "end function", "end make", "end try", "otherwise"];
    words.iter().any(|w| piece.trim().eq_ignore_ascii_case(w))
}

/// The line around a place.
fn line_of(text: &str, at: usize) -> &str {
    let (before, after) = (text.get(..at).unwrap_or(""), text.get(at..).unwrap_or(""));
    let start = before.rfind('\n').map_or(0, |i| i + 1);
    let end = at + after.find('\n').unwrap_or(after.len());
    let line = text.get(start..end).unwrap_or("").trim();
    if line.len() > MAX_PIECE { "" } else { line }
}

fn mean(word: &str) -> Option<String> {
    Some(format!("did you mean `{word}`?"))
}

/// A line that is no statement.
fn statement(line: &str) -> Option<String> {
    let first = line.split([' ', '(', '\t']).next().unwrap_or(line);
    let bare = first.trim_end_matches(':');
    if is_left_over(line) {
        return Some(match bare {
            "Otherwise" | "otherwise" => "`Otherwise` belongs between an `If` line and its `End`".into(),
            _ => "no block is open here: this line has nothing to close".into(),
        });
    }
    if let Some(help) = assignment(line) {
        return Some(help);
    }
    let said = line.strip_prefix(bare).map(|rest| rest.trim().trim_start_matches('(').trim_end_matches(';'));
    if let Some(said) = said.filter(|s| SAY.iter().any(|w| bare.eq_ignore_ascii_case(w)) && !s.is_empty()) {
        let text = if said.contains('(') { said } else { said.trim_end_matches(')') };
        return Some(format!("use `Write`: Write {text}"));
    }
    if let Some((_, help)) = FOREIGN.iter().find(|f| f.0.iter().any(|w| bare.eq_ignore_ascii_case(w))) {
        return Some((*help).to_string());
    }
    if first == "Set" && line.contains('[') {
        return Some(
            "one entry cannot be set by itself: make the new collection, as in Set d to set \"key\" in json d to 5"
                .into(),
        );
    }
    if let Some((name, rest)) = line.split_once('(')
        && is_name(name)
        && !STATEMENTS.iter().any(|k| k.eq_ignore_ascii_case(name))
        && let Some(arguments) = rest.strip_suffix(')')
    {
        let with = if arguments.is_empty() { String::new() } else { format!(" with {arguments}") };
        return Some(format!("to call the function: Use {name}{with}"));
    }
    // The first two words, then the first alone; exact but for upper and lower case, then nearly so.
    let two = line.match_indices(' ').nth(1).map_or(line, |(at, _)| &line[..at]);
    let known = || STATEMENTS.iter().copied();
    let same = |word: &str| known().find(|k| k.eq_ignore_ascii_case(word) && *k != word);
    let near = |word: &str| nearest(word, known()).filter(|found| *found != word);
    if let Some(found) = same(two).or_else(|| same(bare)).or_else(|| near(two)).or_else(|| near(bare)) {
        return mean(found);
    }
    match first {
        "Make" => Some("a function is written `Make name with a, b` … `End`".into()),
        "If" | "While" | "Repeat" => Some(format!("`{first}` needs a condition or a number after it")),
        _ => None,
    }
}

/// `x = 5`, `x += 5`, `x++`.
fn assignment(line: &str) -> Option<String> {
    if let Some(name) = line.strip_suffix("++").filter(|n| is_name(n)) {
        return Some(format!("use: Increase {name} by 1"));
    }
    let (left, right) = line.split_once('=')?;
    let right = right.trim();
    if right.is_empty() || right.starts_with('=') {
        return None;
    }
    let (name, word) = match left.trim_end().chars().last()? {
        '+' => (left.trim_end().trim_end_matches('+').trim(), "Increase {} by"),
        '-' => (left.trim_end().trim_end_matches('-').trim(), "Decrease {} by"),
        ':' => (left.trim_end().trim_end_matches(':').trim(), "Set {} to"),
        _ => (left.trim(), "Set {} to"),
    };
    // `let x = 5`, `int x = 5`
    let name = name.rsplit(' ').next().filter(|n| is_name(n))?;
    Some(format!("use: {} {right}", word.replace("{}", name)))
}

/// A piece that is no expression, in a line.
fn expression(piece: &str, line: &str) -> Option<String> {
    if piece.contains(['“', '”', '„', '‘', '’']) {
        return Some("write quotation marks straight: \"hello\"".into());
    }
    if line.matches('"').count() % 2 == 1 {
        return Some("a quotation mark is missing: text stands between two, as in \"hello\"".into());
    }
    if let Some(name) = line.strip_prefix("Set ").and_then(|rest| rest.split_once('=')).map(|(name, _)| name.trim())
        && is_name(name)
        && piece.starts_with('=')
    {
        return Some(format!("use `to`: Set {name} to {}", piece.trim_start_matches('=').trim()));
    }
    let outside = without_texts(piece);
    if outside.contains('#') || outside.contains("//") {
        return Some("a comment needs a line of its own".into());
    }
    if outside.contains(';') {
        return Some("one statement a line; there is no `;`".into());
    }
    if piece.starts_with('\'') && !(piece.len() > 1 && piece.ends_with('\'')) {
        return Some("words such as `plus` or `is` end a text in single quotation marks: use double ones".into());
    }
    let count = |c: char| outside.matches(c).count();
    for (open, close) in [('(', ')'), ('[', ']'), ('{', '}')] {
        if count(open) > count(close) {
            return Some(format!("a `{close}` is missing"));
        }
        if count(close) > count(open) {
            return Some(format!("there is a `{close}` without its `{open}`"));
        }
    }
    operators(piece, &outside).or_else(|| phrase(piece)).or_else(|| words(piece, &outside))
}

/// Mistakes with operators.
fn operators(piece: &str, outside: &str) -> Option<String> {
    let text = |s: &str| Some(s.to_string());
    if outside.contains('%') || outside.contains(" mod ") {
        return text("there is no sign for the remainder: n minus 3 times round down (n divided by 3)");
    }
    if outside.contains("**") || outside.contains('^') {
        return text("there is no sign for powers: multiply in a loop");
    }
    if outside.contains("&&") || outside.contains("||") {
        return text("use `and`, `or`");
    }
    if outside.starts_with('!') && !outside.starts_with("!=") {
        return text("use `not`");
    }
    for operator in [" plus", " minus", " times", " divided by", " +", " -", " *", " /", " is", " and", " or"] {
        if outside.ends_with(operator) {
            return Some(format!("something is missing after `{}`", operator.trim()));
        }
    }
    if let Some(rest) = piece.strip_prefix('-') {
        return Some(format!("a minus sign belongs to digits only; write: 0 - {}", rest.trim()));
    }
    let spaced = [" < ", " > ", " = ", " <= ", " >= ", " == ", " != ", " is "];
    if spaced.iter().any(|o| outside.contains(o)) {
        return text("one comparison at a time: 1 < n and n < 9");
    }
    let is_operator = |c: char| matches!(c, '+' | '-' | '*' | '/' | '<' | '>' | '=');
    if let Some(at) = outside.find(is_operator)
        && at > 0
    {
        let sign: String = outside[at..].chars().take_while(|c| is_operator(*c)).collect();
        let (left, right) = (outside[..at].trim(), outside[at + sign.len()..].trim());
        if is_simple(left) && is_simple(right) {
            return Some(format!("signs need a blank on both sides: {left} {sign} {right}"));
        }
        return text("signs such as + and < need a blank on both sides");
    }
    None
}

/// A phrase that is nearly right.
fn phrase(piece: &str) -> Option<String> {
    let collections = ["Make a list of …", "Make a dictionary with …"];
    let forms = collections.iter().chain(Phrase::ALL.iter().flat_map(|p| p.forms().iter()));
    let words: Vec<&str> = piece.split_whitespace().take(8).collect();
    let mut best: Option<(usize, &str)> = None;
    for form in forms {
        let parts: Vec<&str> = form.split(' ').take_while(|w| *w != "…").collect();
        if words.len() < parts.len() || words.len() == parts.len() && form.ends_with('…') {
            continue;
        }
        let pairs = parts.iter().zip(&words);
        let far = pairs.clone().any(|(a, b)| distance(a, b) > (a.len() / 3).clamp(1, 2));
        let sum: usize = pairs.map(|(a, b)| distance(a, b)).sum();
        // Words that are all right, but something else of the phrase is not.
        let incomplete = sum == 0 && form.matches('…').count() > 1;
        if !far && (sum > 0 || incomplete) && best.is_none_or(|b| sum < b.0) {
            best = Some((sum, form));
        }
    }
    let (sum, form) = best?;
    Some(if sum > 0 { format!("did you mean `{form}`?") } else { format!("this is written `{form}`") })
}

/// Words that are no phrase.
fn words(piece: &str, outside: &str) -> Option<String> {
    let all: Vec<&str> = outside.split_whitespace().collect();
    if let Some(word) = all.iter().find_map(|w| comparison(w)) {
        return mean(word);
    }
    if all.len() > 1 && all.iter().all(|w| is_simple(w.trim_end_matches([',', '.', '!', '?', ':']))) {
        return Some(if piece.contains('"') {
            "something is missing between these words, such as `plus` or a comma".into()
        } else {
            format!("text needs quotation marks: \"{piece}\"")
        });
    }
    None
}

/// The comparison that a word stands for in other words.
fn comparison(word: &str) -> Option<&'static str> {
    match word.to_lowercase().as_str() {
        "equal" | "equal." | "same" => Some("is equal to"),
        "isnt" | "isn't" | "unequal" | "aint" | "not" => Some("is not"),
        "bigger" | "larger" | "more" | "above" | "greater" => Some("is greater than"),
        "smaller" | "fewer" | "lower" | "below" | "less" => Some("is less than"),
        _ => None,
    }
}

/// A block that does not end as it should.
fn block_end(piece: &str, in_if: bool) -> Option<String> {
    let lower = piece.to_lowercase();
    if lower.starts_with("end program") || piece.is_empty() {
        return Some("a line `End` is missing before this one".into());
    }
    if in_if && (lower.starts_with("otherwise if") || lower.starts_with("else if")) {
        return Some("there is no other branch with a condition: put an `If` block below `Otherwise`".into());
    }
    if in_if && lower.starts_with("otherwise") {
        return mean("Otherwise");
    }
    if lower.starts_with("end") {
        return mean(if in_if { "End If" } else { "End" });
    }
    None
}

/// What follows a word that stands alone.
fn missing(line: &str) -> String {
    let mut words = line.split_whitespace();
    match (words.next(), words.next()) {
        (Some("Set"), Some(name)) if is_name(name) => format!("a value is missing: Set {name} to 5"),
        (Some("Write"), None) => "say what to write: Write \"hello\"".into(),
        (Some("Increase"), Some(name)) => format!("say by how much: Increase {name} by 1"),
        (Some("Decrease"), Some(name)) => format!("say by how much: Decrease {name} by 1"),
        (Some("If" | "While"), _) => "a condition is missing: While n < 10".into(),
        (Some("Repeat"), _) => "a number is missing: Repeat 5 times".into(),
        _ => "a value is missing here, such as a number, a name or \"text\"".into(),
    }
}

/// Messages that are always the same.
fn fixed(message: &str) -> Option<String> {
    let text = match message {
        _ if message.starts_with("Bracket list") => "as in: Make a list of 1, 2",
        _ if message.starts_with("Brace dictionary") => "as in: Make a dictionary with \"name\" set to \"tea\"",
        "Expected function name" => "give it a name of one word: Make double with n Write n times 2",
        "Expected 'with'" => "name what it takes after `with`: Make double with n Write n times 2",
        "Expected 'as <expr>'" => "say what it gives after `as`: Define function double with n as n times 2",
        "Expected variable name after 'Ask for'" => "give it a name of one word: Ask for age",
        "Expected 'Append <content> to file at <path>'" => {
            "to put something at the end of a list: Set xs to append 5 to xs"
        }
        "Expected quoted path" => "put the name of the file in quotation marks: Import \"tools\"",
        "Expected quoted module name" => "put the name of the module in quotation marks: Import system \"tools\"",
        "Expected 'Add route <path> with method <method> to server:'" => {
            "as in: Add route \"/hello\" with method \"GET\" to server:"
        }
        "Expected 'Add middleware \"<type>\" to server'" => "as in: Add middleware \"cors\" to server",
        _ => return None,
    };
    Some(text.to_string())
}

/// The piece with everything between double quotation marks left out, so that lengths differ.
fn without_texts(piece: &str) -> String {
    piece.split('"').step_by(2).collect::<Vec<_>>().join("\"\"").trim().to_string()
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// A name, a number or a text.
fn is_simple(text: &str) -> bool {
    is_name(text) || text.parse::<f64>().is_ok() || text == "\"\""
}

fn is_near(a: &str, b: &str) -> bool {
    a.len() <= 2 * b.len() && distance(a, b) <= 3
}

/// The candidate that is nearest to `word`, if it is near enough to be meant.
fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).clamp(1, 3);
    candidates.map(|c| (distance(word, c), c)).filter(|(d, _)| *d <= limit).min_by_key(|(d, _)| *d).map(|(_, c)| c)
}

/// Number of inserted, removed, changed or swapped characters between two words, whatever their case.
fn distance(a: &str, b: &str) -> usize {
    let letters = |s: &str| s.chars().flat_map(char::to_lowercase).take(40).collect::<Vec<char>>();
    let (a, b) = (letters(a), letters(b));
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = alloc::vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = core::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use motet_source::FileId;

    use crate::parser::parse;

    /// The help of the first problem of a program with this body.
    fn check(body: &str, expected: &str) {
        let text = alloc::format!("Start Program\n{body}\nEnd Program\n");
        let Err(found) = parse(&text, FileId::default(), false) else { panic!("no problem: {body}") };
        assert_eq!(found[0].help.as_deref().unwrap_or("no help"), expected, "{body}");
    }

    #[test]
    fn statements_of_other_languages_are_translated() {
        check("Print \"x\"", "use `Write`: Write \"x\"");
        check("print(\"x\");", "use `Write`: Write \"x\"");
        check("Make", "a function is written `Make name with a, b` … `End`");
        check("Set xs to [1, 2]", "as in: Make a list of 1, 2");
        check("x = 5", "use: Set x to 5");
        check("let x = y plus 1", "use: Set x to y plus 1");
        check("x += 2", "use: Increase x by 2");
        check("x++", "use: Increase x by 1");
        check("f(1, 2)", "to call the function: Use f with 1, 2");
        check("If 1 is 1\nWrite 1\nElse\nWrite 2\nEnd", "did you mean `Otherwise`?");
        check("Function f(x)\nReturn x\nEnd", "use `Make name with a, b` … `End`");
        check(
            "For each x in xs\nWrite x\nEnd",
            "use `Repeat 5 times` … `End`, or `While` with a counter that you increase",
        );
        check("Set x = 5", "use `to`: Set x to 5");
    }

    #[test]
    fn misspelt_words_are_recognised() {
        check("Wirte 5", "did you mean `Write`?");
        check("write 5", "did you mean `Write`?");
        check("set x to 5", "did you mean `Set`?");
        check("If 1 is 1\nWrite 1\nOtherwize\nWrite 2\nEnd", "did you mean `Otherwise`?");
        check("If 1 is 1\nWrite 1\notherwise\nWrite 2\nEnd", "did you mean `Otherwise`?");
        check("Set n to cuont of xs", "did you mean `count of …`?");
        check("Set xs to Make a lsit of 1, 2", "did you mean `Make a list of …`?");
        check("Set t to join xs by \",\"", "this is written `join … with …`");
        check("If x isnt 5 Write 1", "did you mean `is not`?");
        check("If x is bigger than 5 Write 1", "did you mean `is greater than`?");
    }

    #[test]
    fn signs_and_quotation_marks_are_explained() {
        check("Write 5+3", "signs need a blank on both sides: 5 + 3");
        check("Write n plus", "something is missing after `plus`");
        check("Write -n", "a minus sign belongs to digits only; write: 0 - n");
        check("Write 1 < 2 < 3", "one comparison at a time: 1 < n and n < 9");
        check("Write \"a", "a quotation mark is missing: text stands between two, as in \"hello\"");
        check("Write “a”", "write quotation marks straight: \"hello\"");
        check("Write (1 plus 2", "a `)` is missing");
        check("Write 1 plus 2)", "there is a `)` without its `(`");
        check("Write 5 # five", "a comment needs a line of its own");
        check("Write hello world", "text needs quotation marks: \"hello world\"");
    }

    #[test]
    fn blocks_say_what_they_need() {
        check("While 1 < 2\nWrite 1", "a line `End` is missing before this one");
        check("If 1 < 2\nWrite 1", "a line `End` is missing before this one");
        check("Write 1\nEnd", "no block is open here: this line has nothing to close");
        check("Set x", "a value is missing: Set x to 5");
    }
}

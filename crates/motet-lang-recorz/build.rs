//! Splits the class library's sources (library/*.rz) into methods and lists the words in each, so that nothing has to be
//! parsed when a program starts.

use std::{collections::BTreeMap, collections::BTreeSet, env, fmt::Write, fs, path::PathBuf};

struct Method {
    class: String,
    meta: bool,
    selector: String,
    source: String,
    words: BTreeSet<String>,
}

fn main() {
    println!("cargo::rerun-if-changed=library");
    println!("cargo::rerun-if-changed=build.rs");
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap()).join("library");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "rz"));
    files.sort();
    let mut methods = Vec::new();
    for file in files {
        read(&fs::read_to_string(file).unwrap(), &mut methods);
    }
    let out = PathBuf::from(env::var("OUT_DIR").unwrap()).join("library.rs");
    fs::write(out, table(&methods)).unwrap();
}

/// The methods of a chunk file.
fn read(text: &str, methods: &mut Vec<Method>) {
    let (mut class, mut meta) = (String::new(), false);
    let chunks = text.split('\n').collect::<Vec<_>>();
    for chunk in chunks.split(|line| line.trim() == "!") {
        let chunk = chunk.join("\n");
        let mut chunk = chunk.trim();
        while let Some((_, rest)) = chunk.strip_prefix('"').and_then(|comment| comment.split_once('"')) {
            chunk = rest.trim_start();
        }
        let header = chunk.strip_prefix("RecorzKernelClass: #").map(|name| (name, false));
        let header = header.or_else(|| chunk.strip_prefix("RecorzKernelClassSide: #").map(|name| (name, true)));
        match header {
            Some((name, side)) => (class, meta) = (name.trim().to_string(), side),
            // Nothing, or a comment.
            None if chunk.is_empty() || (chunk.starts_with('"') && chunk.ends_with('"')) => {}
            None => {
                // The pattern is no message.
                let words = words(chunk.split_once('\n').map_or("", |(_, body)| body));
                methods.push(Method {
                    class: class.clone(),
                    meta,
                    selector: selector(chunk),
                    source: chunk.into(),
                    words,
                });
            }
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The selector of a message pattern, which is the first line.
fn selector(source: &str) -> String {
    let line = source.lines().next().unwrap_or_default();
    let parts: Vec<&str> = line.split_whitespace().collect();
    if parts[0].ends_with(':') { parts.iter().step_by(2).copied().collect() } else { parts[0].to_string() }
}

/// Names, selectors and symbols in a text. Keywords at one depth of brackets and in one message are one selector.
fn words(source: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let mut open: Vec<String> = vec![String::new()];
    let text: Vec<char> = source.chars().collect();
    let mut at = 0;
    let flush = |open: &mut Vec<String>, words: &mut BTreeSet<String>| {
        if let Some(last) = open.last_mut() {
            words.insert(std::mem::take(last));
        }
    };
    while at < text.len() {
        let c = text[at];
        let start = at;
        at += 1;
        match c {
            '"' | '\'' => {
                while text[at] != c {
                    at += 1;
                }
                at += 1;
            }
            '$' => at += 1,
            '#' if at < text.len() && (is_name(text[at])) => {
                while at < text.len() && (is_name(text[at]) || text[at] == ':') {
                    at += 1;
                }
                words.insert(text[start + 1..at].iter().collect());
            }
            '(' | '[' | '{' => open.push(String::new()),
            ')' | ']' | '}' => {
                flush(&mut open, &mut words);
                open.pop();
            }
            '.' | ';' | '^' => flush(&mut open, &mut words),
            '0'..='9' => {
                while at < text.len() && is_name(text[at]) {
                    at += 1;
                }
            }
            _ if is_name(c) => {
                while at < text.len() && is_name(text[at]) {
                    at += 1;
                }
                let name: String = text[start..at].iter().collect();
                if text.get(at) == Some(&':') && text.get(at + 1) != Some(&'=') {
                    at += 1;
                    let last = open.last_mut().unwrap();
                    last.push_str(&name);
                    last.push(':');
                } else {
                    words.insert(name);
                }
            }
            _ if "+-*/\\~<>=@%&?,|".contains(c) => {
                while at < text.len() && "+-*/\\~<>=@%&?,".contains(text[at]) {
                    at += 1;
                }
                words.insert(text[start..at].iter().collect());
            }
            _ => {}
        }
    }
    while !open.is_empty() {
        flush(&mut open, &mut words);
        open.pop();
    }
    words.remove("");
    words
}

/// The tables as Rust source.
fn table(methods: &[Method]) -> String {
    let all: BTreeSet<&str> =
        methods.iter().flat_map(|m| m.words.iter().map(String::as_str).chain([&*m.selector, &*m.class])).collect();
    let numbers: BTreeMap<&str, usize> = all.iter().enumerate().map(|(at, word)| (*word, at)).collect();
    let mut out = String::from("/// Words of the sources, sorted.\nstatic WORDS: &[&str] = &[\n");
    for word in &all {
        writeln!(out, "    {word:?},").unwrap();
    }
    out.push_str("];\n\n/// Methods by selector, for each word.\nstatic BY_SELECTOR: &[&[u16]] = &[\n");
    for word in &all {
        let found: Vec<usize> = (0..methods.len()).filter(|&at| methods[at].selector == *word).collect();
        writeln!(out, "    &{found:?},").unwrap();
    }
    out.push_str("];\n\n/// All methods.\nstatic METHODS: &[Piece] = &[\n");
    for m in methods {
        let words: Vec<usize> = m.words.iter().map(|word| numbers[word.as_str()]).collect();
        let class = m.class.trim_start_matches('_');
        writeln!(
            out,
            "    Piece {{ class: Builtin::{class}, meta: {}, selector: {:?}, source: {:?}, words: &{words:?} }},",
            m.meta, m.selector, m.source
        )
        .unwrap();
    }
    out.push_str("];\n");
    out
}

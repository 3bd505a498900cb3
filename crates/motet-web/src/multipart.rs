//! Forms with files: `multipart/form-data` (RFC 7578).
//!
//! Invariants: the parser looks at each byte a bounded number of times; what it finds refers to the body.

/// A part of a form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    /// Name of the field.
    pub(crate) name: String,
    /// Name of the file, if the part is one.
    pub(crate) filename: Option<String>,
    /// `Content-Type`, if there is one.
    pub(crate) content_type: Option<String>,
    /// Content.
    pub(crate) content: &'a [u8],
}

/// Most parts of a form.
const MAX_PARTS: usize = 1000;
/// Most bytes of a part's header fields.
const MAX_HEAD: usize = 8192;

/// The boundary of a form, from `Content-Type`; `None` for other types.
pub(crate) fn boundary(content_type: &str) -> Option<String> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let found = parameter(parameters, "boundary")?;
    (1..=70).contains(&found.len()).then_some(found)
}

/// The parts of a body; `None` if it is not a whole form.
pub(crate) fn parts<'a>(body: &'a [u8], boundary: &str) -> Option<Vec<Part<'a>>> {
    let line = format!("\r\n--{boundary}");
    let first = &line.as_bytes()[2..];
    // Text before the first boundary is nobody's.
    let mut rest =
        if body.starts_with(first) { &body[first.len()..] } else { &body[find(body, line.as_bytes())? + line.len()..] };
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        let end = find(rest, b"\r\n")?;
        if !rest[..end].iter().all(|b| matches!(b, b' ' | b'\t')) || parts.len() == MAX_PARTS {
            return None;
        }
        rest = &rest[end..];
        let window = &rest[..rest.len().min(MAX_HEAD)];
        let head_end = find(window, b"\r\n\r\n")?;
        let head = std::str::from_utf8(&rest[..head_end]).ok()?;
        let content = &rest[head_end + 4..];
        // An empty part's boundary begins with the line break that ends its head.
        let from_break = &rest[head_end + 2..];
        let (content, behind) = if from_break.starts_with(line.as_bytes()) {
            (&content[..0], &from_break[line.len()..])
        } else {
            let end = find(content, line.as_bytes())?;
            (&content[..end], &content[end + line.len()..])
        };
        parts.push(part(head, content)?);
        rest = behind;
    }
}

fn part<'a>(head: &str, content: &'a [u8]) -> Option<Part<'a>> {
    let mut part = Part { name: String::new(), filename: None, content_type: None, content };
    let mut named = false;
    for line in head.split("\r\n").filter(|l| !l.is_empty()) {
        let (name, value) = line.split_once(':')?;
        if name.eq_ignore_ascii_case("content-disposition") {
            let (kind, parameters) = value.split_once(';')?;
            if !kind.trim().eq_ignore_ascii_case("form-data") {
                return None;
            }
            part.name = parameter(parameters, "name")?;
            part.filename = parameter(parameters, "filename").map(|f| base_name(&f));
            named = true;
        } else if name.eq_ignore_ascii_case("content-type") {
            part.content_type = Some(value.trim().to_string());
        }
    }
    named.then_some(part)
}

/// A file's name without folders, whichever system it comes from, and without control characters.
fn base_name(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let base: String = base.chars().filter(|c| !c.is_control()).collect();
    if matches!(base.as_str(), "." | "..") { String::new() } else { base }
}

/// A parameter of a header field: `name=value`, `name="value"`.
fn parameter(text: &str, wanted: &str) -> Option<String> {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ';']);
        let (name, behind) = rest.split_once('=')?;
        let (value, behind) = value(behind)?;
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = behind;
    }
}

/// A value and what follows it. In quotes, browsers write `%22` for a quote; others a backslash before it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return Some((text[..end].trim().to_string(), &text[end..]));
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value.replace("%22", "\""), &quoted[at + 1..])),
            // A backslash before anything else is one of a Windows path.
            '\\' if quoted[at + 1..].starts_with(['"', '\\']) => value.extend(chars.next().map(|(_, c)| c)),
            c => value.push(c),
        }
    }
    None
}

/// Where `wanted`, which is not empty, begins. Takes linear time: the bytes that `wanted` begins with are those of a line
/// break or a boundary, of which none but the first is a carriage return.
fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.iter().position(|b| *b == first)?;
        if text[at..].starts_with(wanted) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: Option<&[(&str, Option<&str>, &str)]>) {
        let found = parts(body.as_bytes(), "XX");
        let found = found.as_ref().map(|parts| {
            let part =
                |p: &Part<'_>| (p.name.clone(), p.filename.clone(), String::from_utf8_lossy(p.content).into_owned());
            parts.iter().map(part).collect::<Vec<_>>()
        });
        let expected = expected.map(|parts| {
            parts.iter().map(|(n, f, c)| (n.to_string(), f.map(String::from), c.to_string())).collect::<Vec<_>>()
        });
        assert_eq!(found, expected, "{body:?}");
    }

    const FIELD: &str = "Content-Disposition: form-data; name=\"a\"\r\n";

    #[test]
    fn forms_are_taken_apart() {
        check(&format!("--XX\r\n{FIELD}\r\none\r\ntwo\r\n--XX--\r\n"), Some(&[("a", None, "one\r\ntwo")]));
        check(&format!("before\r\n--XX \r\n{FIELD}\r\n\r\n--XX--"), Some(&[("a", None, "")]));
        check(&format!("--XX\r\n{FIELD}\r\n--XX--"), Some(&[("a", None, "")]));
        check("--XX--", Some(&[]));
        let file = "Content-Type: text/plain\r\ncontent-disposition: form-data; filename=\"C:\\x\\y.txt\"; name=f\r\n";
        check(
            &format!("--XX\r\n{FIELD}\r\n-\r\n--XX\r\n{file}\r\n--X\r\n--XX--"),
            Some(&[("a", None, "-"), ("f", Some("y.txt"), "--X")]),
        );
        let evil = "Content-Disposition: form-data; name=\"q%22\\\"\"; filename=\"../../etc/..\"\r\n";
        check(&format!("--XX\r\n{evil}\r\n.\r\n--XX--"), Some(&[("q\"\"", Some(""), ".")]));
    }

    #[test]
    fn broken_forms_are_none() {
        let broken = [
            "",
            "--",
            "--XX",
            "--XX\r\n",
            "--YY\r\n",
            "--XX\r\n\r\nx\r\n--XX--",
            "--XXX\r\n\r\n",
            "--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--",
            "--XX\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--XX--",
            "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nno end",
        ];
        for body in broken {
            check(body, None);
        }
    }

    #[test]
    fn boundaries_are_found() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(boundary(text).as_deref(), expected, "{text}");
        check("multipart/form-data; boundary=abc", Some("abc"));
        check("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"", Some("a b"));
        check("multipart/form-data", None);
        check("multipart/form-data; boundary=", None);
        check("text/plain; boundary=abc", None);
    }
}

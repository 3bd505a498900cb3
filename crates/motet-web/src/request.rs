//! What handlers get to see of a request.

use hyper::HeaderMap;
use motet::web::{File, Request};

use crate::multipart;

/// Most fields of a query or form; more are left out.
const MAX_FIELDS: usize = 1000;

/// Header fields as pairs; values of a name that comes again follow after a comma.
pub(crate) fn headers(map: &HeaderMap) -> Vec<(String, String)> {
    let mut pairs = Vec::with_capacity(map.keys_len());
    for name in map.keys() {
        let values: Vec<_> = map.get_all(name).iter().map(|v| String::from_utf8_lossy(v.as_bytes())).collect();
        // Cookies have a separator of their own.
        let separator = if name == "cookie" { "; " } else { ", " };
        pairs.push((name.as_str().to_string(), values.join(separator)));
    }
    pairs
}

/// Puts a body into a request, taken apart if it is a form. False for a form that is broken.
pub(crate) fn take_body(request: &mut Request, content_type: &str, body: &[u8]) -> bool {
    if body.is_empty() {
        return true;
    }
    if let Some(boundary) = multipart::boundary(content_type) {
        let Some(parts) = multipart::parts(body, &boundary) else { return false };
        for part in parts {
            let content = String::from_utf8_lossy(part.content).into_owned();
            let Some(filename) = part.filename else {
                request.form.push((part.name, content));
                continue;
            };
            let content_type = part.content_type.unwrap_or_else(|| "application/octet-stream".into());
            request.files.push(File { field: part.name, filename, content_type, size: part.content.len(), content });
        }
        return true;
    }
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        request.form = std::str::from_utf8(body).map(fields).unwrap_or_default();
    }
    request.body = String::from_utf8_lossy(body).into_owned();
    true
}

/// The fields of a query or form: `a=1&b=two+words`.
pub(crate) fn fields(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|p| !p.is_empty()).take(MAX_FIELDS);
    let decode = |text: &str| percent_decoded(&text.replace('+', " "));
    let pair = |p: &str| p.split_once('=').map_or((decode(p), String::new()), |(n, v)| (decode(n), decode(v)));
    pairs.map(pair).collect()
}

/// A text with `%41` and the like decoded; what is no UTF-8 then becomes U+FFFD.
pub(crate) fn percent_decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_string();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let digit = |at: usize| behind.get(at).and_then(|b| char::from(*b).to_digit(16));
        if first == b'%'
            && let (Some(high), Some(low)) = (digit(0), digit(1))
        {
            bytes.push((high * 16 + low) as u8);
            rest = &behind[2..];
        } else {
            bytes.push(first);
            rest = behind;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded() {
        let check = |text: &str, expected: &[(&str, &str)]| {
            let expected: Vec<_> = expected.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
            assert_eq!(fields(text), expected, "{text}");
        };
        check("", &[]);
        check(
            "a=1&b=two+words&c&=x&&d=%3D%26%C3%A9",
            &[("a", "1"), ("b", "two words"), ("c", ""), ("", "x"), ("d", "=&é")],
        );
        check("a=%&b=%4&c=%zz&d=%ff", &[("a", "%"), ("b", "%4"), ("c", "%zz"), ("d", "\u{fffd}")]);
    }
}

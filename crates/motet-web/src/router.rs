//! Which route answers a path.
//!
//! Invariant: a route whose path is the request's, letter for letter, comes before all patterns; else the earliest
//! pattern of the method that matches.

use std::collections::HashMap;

/// Routes, ready to be found.
#[derive(Debug, Default)]
pub struct Router {
    /// The earliest route of each method and path, patterns too: a request may spell one.
    exact: HashMap<String, HashMap<String, usize>>,
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    method: String,
    segments: Vec<Segment>,
    route: usize,
}

#[derive(Debug)]
enum Segment {
    Text(String),
    /// `:name`: one segment that is not empty.
    Name(String),
    /// `*`: everything that is left.
    Rest,
}

/// Parts of a path, by the names that the route gives them.
pub(crate) type Params = Vec<(String, String)>;

impl Router {
    /// Routes in the order of their definition: method and path.
    #[must_use]
    pub fn new(routes: &[(String, String)]) -> Self {
        let mut router = Router::default();
        for (route, (method, path)) in routes.iter().enumerate() {
            router.exact.entry(method.clone()).or_default().entry(path.clone()).or_insert(route);
            if !path.contains([':', '*']) {
                continue;
            }
            let segments = path.split('/').map(|text| match text.strip_prefix(':') {
                Some(name) if !name.is_empty() => Segment::Name(name.to_string()),
                _ if text == "*" => Segment::Rest,
                _ => Segment::Text(text.to_string()),
            });
            router.patterns.push(Pattern { method: method.clone(), segments: segments.collect(), route });
        }
        router
    }

    /// The route for a request, and what the names in its path stand for. The path is taken as it was sent, not
    /// percent-decoded.
    #[must_use]
    pub fn find(&self, method: &str, path: &str) -> Option<(usize, Params)> {
        if let Some(route) = self.exact.get(method).and_then(|paths| paths.get(path)) {
            return Some((*route, Params::new()));
        }
        let found = self.patterns.iter().filter(|p| p.method == method);
        found.into_iter().find_map(|p| Some((p.route, matches(&p.segments, path)?)))
    }
}

fn matches(segments: &[Segment], path: &str) -> Option<Params> {
    let mut params = Params::new();
    let mut rest = Some(path);
    for segment in segments {
        let all = rest?;
        if matches!(segment, Segment::Rest) {
            params.push(("*".to_string(), all.to_string()));
            return Some(params);
        }
        let (text, behind) = all.split_once('/').map_or((all, None), |(text, behind)| (text, Some(behind)));
        match segment {
            Segment::Text(wanted) if wanted == text => {}
            Segment::Name(name) if !text.is_empty() => params.push((name.clone(), text.to_string())),
            _ => return None,
        }
        rest = behind;
    }
    rest.is_none().then_some(params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exact_path_wins_then_the_earliest_pattern() {
        let routes = [
            ("GET", "/users/:id"),
            ("GET", "/users/me"),
            ("GET", "/files/*"),
            ("GET", "/:a/:b/end"),
            ("POST", "/users/:id"),
            ("GET", "/users/:other"),
            ("GET", "/"),
            ("GET", "/odd:name"),
        ];
        let routes: Vec<_> = routes.iter().map(|(m, p)| (m.to_string(), p.to_string())).collect();
        let router = Router::new(&routes);
        let check = |method: &str, path: &str, expected: Option<(usize, &[(&str, &str)])>| {
            let found = router.find(method, path);
            let found = found.as_ref().map(|(route, params)| {
                (*route, params.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect::<Vec<_>>())
            });
            assert_eq!(found, expected.map(|(route, params)| (route, params.to_vec())), "{method} {path}");
        };
        check("GET", "/users/me", Some((1, &[])));
        check("GET", "/users/7", Some((0, &[("id", "7")])));
        check("GET", "/users/:id", Some((0, &[])));
        check("GET", "/users/%41", Some((0, &[("id", "%41")])));
        check("POST", "/users/7", Some((4, &[("id", "7")])));
        check("GET", "/files/a/b.txt", Some((2, &[("*", "a/b.txt")])));
        check("GET", "/files/", Some((2, &[("*", "")])));
        check("GET", "/files", None);
        check("GET", "/x/y/end", Some((3, &[("a", "x"), ("b", "y")])));
        check("GET", "/x//end", None);
        check("GET", "/users/", None);
        check("GET", "/users/7/", None);
        check("GET", "/", Some((6, &[])));
        check("GET", "", None);
        check("GET", "/odd:name", Some((7, &[])));
        check("GET", "/oddity", None);
        check("DELETE", "/users/7", None);
    }
}

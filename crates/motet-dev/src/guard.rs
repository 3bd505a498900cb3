//! Who may use the server: the page that was opened with the secret token, and nobody else.
//!
//! Other users of the machine do not know the token. Pages of other sites can make a browser send requests, but their origin is
//! refused; a name that they made to point to this machine is not the name in the `Host` header that is expected; and the
//! cookie is not sent with their requests (`SameSite=Strict`).

use crate::http::Request;

/// Bytes of the token.
const TOKEN: usize = 24;

/// The rules of one server.
#[derive(Clone, Debug)]
pub struct Guard {
    /// The secret.
    pub token: String,
    port: u16,
}

/// What a request may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything.
    Welcome,
    /// It shows the token in its query: it gets the cookie.
    Introduce,
    /// Nothing, for this reason.
    Refuse(&'static str),
}

impl Guard {
    /// Rules for a server on this port, with a new token.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn new(port: u16) -> std::io::Result<Guard> {
        let mut bytes = [0; TOKEN];
        getrandom::fill(&mut bytes).map_err(|e| std::io::Error::other(e.to_string()))?;
        Ok(Guard { token: bytes.iter().map(|b| format!("{b:02x}")).collect(), port })
    }

    /// Value of the header that hands over the cookie.
    #[must_use]
    pub fn cookie(&self) -> String {
        format!("{}={}; Path=/; HttpOnly; SameSite=Strict", self.cookie_name(), self.token)
    }

    fn cookie_name(&self) -> String {
        // Cookies of all ports of a machine are in one pot.
        format!("motet-dev-{}", self.port)
    }

    /// Whether a request may be answered.
    #[must_use]
    pub fn judge(&self, request: &Request) -> Verdict {
        let own = [format!("127.0.0.1:{}", self.port), format!("localhost:{}", self.port)];
        let Some(host) = request.header("host").filter(|h| own.iter().any(|o| o == h)) else {
            return Verdict::Refuse("the request is for another host");
        };
        let origins = request.headers.iter().filter(|h| h.0 == "origin");
        if origins.map(|o| o.1.as_str()).any(|o| o.strip_prefix("http://") != Some(host)) {
            return Verdict::Refuse("the request comes from another site");
        }
        let shown = request.path == "/" && request.value("token").is_some_and(|t| self.is_token(t));
        if shown && request.method == "GET" {
            return Verdict::Introduce;
        }
        let fetched = request.header("sec-fetch-site").is_some_and(|s| s != "same-origin" && s != "none");
        if fetched {
            return Verdict::Refuse("the request comes from another site");
        }
        let name = self.cookie_name();
        let mut cookies = request.headers.iter().filter(|h| h.0 == "cookie").flat_map(|h| h.1.split(';'));
        let by_cookie = cookies.any(|c| c.trim().split_once('=').is_some_and(|(n, v)| n == name && self.is_token(v)));
        let bearer = request.header("authorization").and_then(|a| a.strip_prefix("Bearer "));
        if by_cookie || bearer.is_some_and(|t| self.is_token(t)) {
            return Verdict::Welcome;
        }
        Verdict::Refuse("the token is missing or wrong; open the address that `motet dev` printed")
    }

    /// Compares without telling by the time where the difference is.
    fn is_token(&self, text: &str) -> bool {
        let same = text.bytes().zip(self.token.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
        text.len() == self.token.len() && same == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_page_with_the_token_is_welcome() {
        let guard = Guard { token: "secret".into(), port: 80 };
        let check = |path: &str, headers: &[(&str, &str)], welcome: bool| {
            let query = path.split_once("?token=").map(|(_, t)| vec![("token".to_string(), t.to_string())]);
            let request = Request {
                method: "GET".into(),
                path: path.split('?').next().unwrap_or("").into(),
                query: query.unwrap_or_default(),
                headers: headers.iter().map(|h| (h.0.to_string(), h.1.to_string())).collect(),
                body: Vec::new(),
            };
            let verdict = guard.judge(&request);
            assert_eq!(!matches!(verdict, Verdict::Refuse(_)), welcome, "{path} {headers:?}");
        };
        let (host, cookie) = (("host", "localhost:80"), ("cookie", "a=b; motet-dev-80=secret"));
        check("/api/tree", &[host, cookie], true);
        check("/api/tree", &[("host", "127.0.0.1:80"), ("authorization", "Bearer secret")], true);
        check("/?token=secret", &[host], true);
        check("/api/tree?token=secret", &[host], false);
        check("/?token=secre", &[host], false);
        check("/api/tree", &[host], false);
        check("/api/tree", &[host, ("cookie", "motet-dev-80=other!")], false);
        check("/api/tree", &[host, ("cookie", "motet-dev-81=secret")], false);
        check("/api/tree", &[("host", "evil.example:80"), cookie], false);
        check("/api/tree", &[host, host, cookie], false);
        check("/api/tree", &[cookie], false);
        check("/api/tree", &[host, cookie, ("origin", "http://localhost:80")], true);
        check("/api/tree", &[host, cookie, ("origin", "http://evil.example")], false);
        check("/api/tree", &[host, cookie, ("origin", "null")], false);
        check("/api/tree", &[host, cookie, ("sec-fetch-site", "cross-site")], false);
    }
}

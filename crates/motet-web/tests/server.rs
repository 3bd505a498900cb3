//! The server, asked by a real client.

#[path = "server/support.rs"]
mod support;

use std::thread;
use std::time::{Duration, Instant};

use motet::Tier;
use motet_web::{Options, Server};
use support::{get, parse, quick, raw, request, serve, site};

#[track_caller]
fn check(server: &Server, method: &str, path: &str, status: u16, body: &str) {
    let reply = request(server.address(), method, path, &[], b"");
    assert_eq!((reply.status, reply.body.as_str()), (status, body), "{method} {path}");
}

const HELLO: &str = "func hello(r) { return html(\"hello\") }\nroute(app, \"GET\", \"/hello\", hello)";

#[test]
fn routes_get_what_the_request_says() {
    let program = r#"
        greeting := "Hi "
        func name(r) { return html(greeting + r["params"]["name"]) }
        func all(r) { return html(r["method"] + " " + r["path"] + " " + r["query"]["q"] + " " + r["headers"]["x-a"] + " " + r["body"]) }
        func form(r) { return html(r["form"]["a"] + "|" + r["form"]["b"]) }
        func nothing(r) { return 5 }
        func wrong(r) { return r["nosuch"]["x"] + 1 / 0 }
        route(app, "GET", "/hi/:name", name)
        route(app, "POST", "/all", all)
        route(app, "POST", "/form", form)
        route(app, "GET", "/nothing", nothing)
        route(app, "GET", "/wrong", wrong)
        route(app, "GET", "/204", func(r) { return status(204) })
        route(app, "GET", "/418", func(r) { return status(418) })
        route(app, "GET", "/100", func(r) { return status(100) })
        route(app, "GET", "/crash", func(r) { return crash() })
    "#;
    for tier in [Tier::Vm, Tier::Ast] {
        let program = format!("app := server()\n{program}\nstart(app)\n");
        let (site, listener) = site(&program, tier, &quick());
        let server = Server::start(site, listener, quick(), false).expect("starts");
        check(&server, "GET", "/hi/Bo", 200, "Hi Bo");
        check(&server, "GET", "/hi/B%C3%B6?x=1", 200, "Hi B%C3%B6");
        check(&server, "GET", "/zip", 404, "{\"error\":\"Not Found\",\"status\":404}");
        check(&server, "POST", "/hi/Bo", 404, "{\"error\":\"Not Found\",\"status\":404}");
        check(&server, "HEAD", "/hi/Bo", 404, "");
        check(&server, "GET", "/204", 204, "");
        check(&server, "GET", "/418", 418, "{\"error\":\"x\",\"status\":418}");
        assert_eq!(get(server.address(), "/100").status, 500);
        let reply = request(server.address(), "POST", "/all?q=a+b%21", &[("X-A", "1")], "täxt".as_bytes());
        assert_eq!((reply.status, reply.body.as_str()), (200, "POST /all a b! 1 täxt"));
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        assert_eq!(request(server.address(), "POST", "/form", &[kind], b"a=1+2&b=%3C").body, "1 2|<");
        assert!(get(server.address(), "/nothing").body.starts_with("<h1>Handler executed</h1>"));
        let wrong = get(server.address(), "/wrong");
        assert_eq!(wrong.status, 500);
        assert!(wrong.body.starts_with("{\"error\":\"Handler error: "), "{}", wrong.body);
        assert_eq!(wrong.header("content-type"), "application/json");
        if tier == Tier::Ast {
            // The interpreter's own code does not unwind: there a panic ends the process.
            assert_eq!(get(server.address(), "/crash").status, 500);
            check(&server, "GET", "/hi/Bo", 200, "Hi Bo");
        }
        assert!(server.stop());
    }
}

#[test]
fn uploads_arrive_as_files_and_fields() {
    let server = serve(
        r#"
        func up(r) {
            f := r["files"][0]
            return html(r["form"]["title"] + "|" + f["name"] + "|" + f["filename"] + "|" + f["type"] + "|" + f["content"])
        }
        route(app, "POST", "/up", up)"#,
        quick(),
    );
    let kind = ("Content-Type", "multipart/form-data; boundary=zz");
    let body = "--zz\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA b\r\n--zz\r\n\
                Content-Disposition: form-data; name=\"doc\"; filename=\"../x.txt\"\r\nContent-Type: text/plain\r\n\r\n\
                one\r\ntwo\r\n--zz--\r\n";
    let reply = request(server.address(), "POST", "/up", &[kind], body.as_bytes());
    assert_eq!((reply.status, reply.body.as_str()), (200, "A b|doc|x.txt|text/plain|one\r\ntwo"));
    assert_eq!(request(server.address(), "POST", "/up", &[kind], &body.as_bytes()[..60]).status, 400);
    server.stop();
}

#[test]
fn middleware_works_around_every_response() {
    let program = format!(
        "{HELLO}\nmiddleware(app, \"security\")\nmiddleware(app, \"cors\")\nmiddleware(app, \"timing\")\nmiddleware(app, \"auth\")"
    );
    let server = serve(&program, quick());
    let refused = get(server.address(), "/hello");
    assert_eq!((refused.status, refused.body.as_str()), (401, "{\"error\":\"Unauthorized\",\"status\":401}"));
    for (path, status) in [("/hello", 200), ("/none", 404)] {
        let reply = request(server.address(), "GET", path, &[("x-key", "s3")], b"");
        assert_eq!(reply.status, status);
        for (name, value) in [
            ("access-control-allow-origin", "*"),
            ("access-control-allow-methods", "GET"),
            ("access-control-allow-headers", "X-A"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("x-xss-protection", "1; mode=block"),
            ("strict-transport-security", "max-age=31536000; includeSubDomains"),
        ] {
            assert_eq!(reply.header(name), value, "{name}");
        }
        assert!(reply.header("x-response-time").ends_with("ms"));
    }
    let asks = [("Origin", "http://a.example"), ("Access-Control-Request-Method", "GET")];
    let reply = request(server.address(), "OPTIONS", "/hello", &asks, b"");
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (204, "*"));
    assert_eq!(request(server.address(), "OPTIONS", "/hello", &[], b"").status, 401);
    server.stop();
}

#[test]
fn slow_handlers_do_not_hold_up_others() {
    let server = serve(
        &format!(
            "{HELLO}\nfunc slow(r) {{ doze(600)\n return html(\"slow\") }}\nroute(app, \"GET\", \"/slow\", slow)\n\
             func busy(r) {{ n := 0\n while n < 3000000 {{ n = n + 1 }}\n return html(n) }}\nroute(app, \"GET\", \"/busy\", busy)"
        ),
        quick(),
    );
    let address = server.address();
    for _ in 0..20 {
        assert_eq!(get(address, "/hello").body, "hello");
    }
    let others: Vec<_> = ["/slow", "/busy"].into_iter().cycle().take(24).collect();
    let others: Vec<_> = others.into_iter().map(|path| thread::spawn(move || get(address, path))).collect();
    thread::sleep(Duration::from_millis(50));
    let start = Instant::now();
    for _ in 0..20 {
        assert_eq!(get(address, "/hello").body, "hello");
    }
    assert!(start.elapsed() < Duration::from_millis(1500), "{:?}", start.elapsed());
    for other in others {
        let reply = other.join().expect("no panic");
        assert!(reply.status == 200 && (reply.body == "slow" || reply.body == "3000000"), "{reply:?}");
    }
    server.stop();
}

#[test]
fn limits_hold_and_harm_nobody_else() {
    let options = Options {
        request_timeout: Duration::from_millis(300),
        read_timeout: Duration::from_millis(700),
        max_body: 1000,
        max_heap: 24 << 20,
        max_response: 5000,
        workers: 2,
        queue: 2,
        ..quick()
    };
    let server = serve(
        &format!(
            r#"{HELLO}
            func forever(r) {{ while true {{ }} }}
            func hungry(r) {{ xs := [1]
                while true {{ xs = xs + xs }} }}
            func deep(r) {{ return deep(r) }}
            func big(r) {{ s := "x"
                while len(s) < 8000 {{ s = s + s }}
                return html(s) }}
            func echo(r) {{ return html(r["body"]) }}
            func slow(r) {{ doze(200)
                return html("slow") }}
            route(app, "GET", "/forever", forever)
            route(app, "GET", "/hungry", hungry)
            route(app, "GET", "/deep", deep)
            route(app, "GET", "/big", big)
            route(app, "POST", "/echo", echo)
            route(app, "GET", "/slow", slow)"#
        ),
        options,
    );
    let address = server.address();
    for _ in 0..2 {
        for (path, status) in [("/forever", 503), ("/hungry", 500), ("/big", 500)] {
            let reply = get(address, path);
            assert_eq!((reply.status, reply.header("content-type")), (status, "application/json"), "{path} {reply:?}");
            check(&server, "GET", "/hello", 200, "hello");
        }
    }
    assert_eq!(request(address, "POST", "/echo", &[], &[b'a'; 1000]).body.len(), 1000);
    assert_eq!(request(address, "POST", "/echo", &[], &[b'a'; 1001]).status, 413);
    let chunked = format!(
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        "c8\r\n".to_string() + &"y".repeat(200) + "\r\n"
    );
    let many = chunked.clone() + &("c8\r\n".to_string() + &"y".repeat(200) + "\r\n").repeat(6) + "0\r\n\r\n";
    assert_eq!(parse(&raw(address, many.as_bytes())).status, 413);
    // A body that stops coming.
    let start = Instant::now();
    assert_eq!(parse(&raw(address, chunked.as_bytes())).status, 408);
    assert!(start.elapsed() < Duration::from_secs(3));
    // Two run, two wait, the others are told to come back.
    let asked: Vec<_> = (0..12).map(|_| thread::spawn(move || get(address, "/slow").status)).collect();
    let statuses: Vec<u16> = asked.into_iter().map(|a| a.join().expect("no panic")).collect();
    assert!(statuses.contains(&503) && statuses.contains(&200), "{statuses:?}");
    assert!(statuses.iter().all(|s| matches!(s, 200 | 503)), "{statuses:?}");
    check(&server, "GET", "/hello", 200, "hello");
    server.stop();
}

#[test]
fn hostile_bytes_stop_nobody() {
    let options = Options { read_timeout: Duration::from_millis(500), connections: 20, ..quick() };
    let server = serve(HELLO, options);
    let address = server.address();
    let long = "x".repeat(100_000);
    let many: String = (0..300).map(|i| format!("X-{i}: 1\r\n")).collect();
    let cases: [(&str, &[u16]); 13] = [
        ("", &[0]),
        ("\r\n\r\n\r\n", &[0, 400]),
        ("GET\r\n\r\n", &[400]),
        ("GET /hello HTTP/9.9\r\n\r\n", &[400]),
        ("GET /hello HTTP/1.1\r\nHost\r\n\r\n", &[400]),
        ("\u{0}\u{1}\u{2}", &[400, 0]),
        (&format!("GET /{long} HTTP/1.1\r\n\r\n"), &[400, 414, 431]),
        (&format!("GET /hello HTTP/1.1\r\nX: {long}\r\n\r\n"), &[400, 431]),
        (&format!("GET /hello HTTP/1.1\r\n{many}\r\n"), &[431, 400]),
        ("GET /hello HTTP/1.1\r\nContent-Length: -1\r\n\r\n", &[400]),
        ("GET /hello HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", &[400]),
        ("POST /hello HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", &[400, 404]),
        ("GET /hel", &[0, 400, 408]),
    ];
    for (bytes, allowed) in cases {
        let status = parse(&raw(address, bytes.as_bytes())).status;
        assert!(allowed.contains(&status), "{:?}: {status}", &bytes[..bytes.len().min(60)]);
        assert_eq!(get(address, "/hello").body, "hello");
    }
    // Requests one behind the other, sent before any answer.
    let pipeline =
        "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n".repeat(20) + "GET /none HTTP/1.1\r\nConnection: close\r\n\r\n";
    let replies = raw(address, pipeline.as_bytes());
    assert_eq!((replies.matches("200 OK").count(), replies.matches("404 Not Found").count()), (20, 1), "{replies}");
    // Clients that hold all connections without saying anything are sent away.
    let idle: Vec<_> = (0..25).map(|_| support::connect(address)).collect();
    assert_eq!(get(address, "/hello").body, "hello");
    drop(idle);
    server.stop();
}

#[test]
fn static_files_are_served_and_nothing_else() {
    let folder = std::env::temp_dir().join(format!("motet-web-files-{}", std::process::id()));
    let public = folder.join("public");
    std::fs::create_dir_all(public.join("sub")).expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("written");
    write("secret.txt", "secret");
    write("public/a.txt", "a");
    write("public/with space.css", "css");
    write("public/index.html", "<p>root");
    write("public/sub/index.html", "<p>sub");
    write("public/.env", "hidden");
    write("public/big.bin", &"b".repeat(3 << 20));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(folder.join("secret.txt"), public.join("out.txt")).expect("a link");
        std::os::unix::fs::symlink(&folder, public.join("up")).expect("a link");
        std::os::unix::fs::symlink(public.join("a.txt"), public.join("in.txt")).expect("a link");
    }
    let path = public.to_string_lossy().replace('\\', "/");
    let server = serve(&format!("{HELLO}\nfiles(app, \"{path}\")"), quick());
    let check = |path: &str, status: u16, body: &str| {
        let reply = get(server.address(), path);
        assert_eq!(reply.status, status, "{path} {reply:?}");
        assert!(status != 200 || reply.body == body, "{path} {reply:?}");
        assert!(!reply.body.contains("secret") && !reply.body.contains("hidden"), "{path}");
        reply
    };
    let a = check("/a.txt", 200, "a");
    assert_eq!(a.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(a.header("cache-control"), "public, max-age=3600");
    let again = request(server.address(), "GET", "/a.txt", &[("If-None-Match", a.header("etag"))], b"");
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    assert_eq!(check("/with%20space.css?v=1", 200, "css").header("content-type"), "text/css; charset=utf-8");
    check("/", 200, "<p>root");
    check("/sub", 200, "<p>sub");
    check("/sub/", 200, "<p>sub");
    check("/hello", 200, "hello");
    assert_eq!(get(server.address(), "/big.bin").body.len(), 3 << 20);
    let head = request(server.address(), "HEAD", "/a.txt", &[], b"");
    assert_eq!((head.status, head.header("content-length"), head.body.as_str()), (200, "1", ""));
    assert_eq!(request(server.address(), "POST", "/a.txt", &[], b"").status, 404);
    for path in [
        "/../secret.txt",
        "/sub/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/..%5csecret.txt",
        "/.%2e/secret.txt",
        "/sub/%2e%2e/%2e%2e/secret.txt",
        "/a.txt%00",
        "/..\\secret.txt",
        "/sub%00/../../secret.txt",
    ] {
        check(path, 403, "");
    }
    #[cfg(unix)]
    {
        check("/out.txt", 403, "");
        check("/up/secret.txt", 403, "");
        check("/in.txt", 200, "a");
    }
    for path in ["/.env", "/none.txt", "/a.txt/x", "/%2e%2e%2e", "/%252e%252e/secret.txt"] {
        check(path, 404, "");
    }
    server.stop();
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn stopping_lets_requests_end_and_accepts_no_more() {
    let server = serve(
        &format!("{HELLO}\nfunc slow(r) {{ doze(400)\n return html(\"slow\") }}\nroute(app, \"GET\", \"/slow\", slow)"),
        quick(),
    );
    let address = server.address();
    // An idle connection does not hold the end up.
    let mut idle = support::connect(address);
    std::io::Write::write_all(&mut idle, b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").expect("sent");
    let running = thread::spawn(move || get(address, "/slow"));
    thread::sleep(Duration::from_millis(150));
    let start = Instant::now();
    assert!(server.stop(), "all ended");
    assert!(start.elapsed() < Duration::from_millis(1500));
    assert_eq!(running.join().expect("no panic").body, "slow");
    assert!(std::net::TcpStream::connect(address).is_err());
}

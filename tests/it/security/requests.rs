//! Requests that no browser sends: other spellings of paths and providers, bodies that are too large or too deep, requests
//! that two servers would delimit differently, and budgets that an attacker tries to multiply.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use super::route_table;
use crate::support::app::{Node, TestApp, parameter};
use crate::support::browser::Browser;

/// Sends bytes and reads until the server closes, or says no more for a while.
async fn raw(node: &Node, bytes: Vec<u8>) -> String {
    let address = node.base.trim_start_matches("http://").to_owned();
    let exchange = move || {
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_millis(500))).expect("a timeout");
        // The server may refuse before it has read all.
        stream.write_all(&bytes).ok();
        let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => answer.extend_from_slice(&buffer[..length]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        String::from_utf8_lossy(&answer).into_owned()
    };
    actix_web::rt::task::spawn_blocking(exchange).await.expect("a task")
}

/// The statuses of the answers in a text.
fn statuses(text: &str) -> Vec<u16> {
    text.split("HTTP/1.1 ").skip(1).filter_map(|answer| answer.get(..3)?.parse().ok()).collect()
}

#[actix_web::test]
async fn path_in_another_spelling_is_the_same_route_or_none() {
    let app = TestApp::new();
    let node = app.node_with(&crate::ops::admin::settings()).await;
    let before = app.row_counts().await;
    for path in ["/user", "/user/providers", "/user/sessions", "/admin/users", "/api/auth/whoami", "/api/account/info"]
    {
        let (first, rest) = path[1..].split_at(1);
        for spelled in [
            path.to_owned(),
            format!("/{path}"),
            format!("{path}/"),
            format!("{path}//"),
            format!("/.{path}"),
            format!("/nothing/..{path}"),
            format!("{path}/."),
            format!("{path}/x/.."),
            format!("/%{:02x}{rest}", first.as_bytes()[0]),
            format!("/%25{:02x}{rest}", first.as_bytes()[0]),
            format!("{path};a=b"),
            format!("{path}%2f"),
            format!("{path}%3f"),
            format!("{path}%00"),
            format!("{path}%20"),
            format!("{path}.json"),
            format!("\\{}", &path[1..]),
            path.to_uppercase(),
            format!("/v1%2f{}", &path[1..]),
            format!("http://evil.test{path}"),
        ] {
            for method in ["GET", "POST", "get", "X-GET"] {
                let more = "X-HTTP-Method-Override: GET\r\nX-Original-URL: /healthz\r\nX-Rewrite-URL: /healthz\r\n";
                let request =
                    format!("{method} {spelled} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{more}\r\n");
                let answer = raw(&node, request.into_bytes()).await;
                let found = statuses(&answer);
                let is_refused =
                    found.is_empty() || (found.len() == 1 && [400, 401, 404, 405, 421].contains(&found[0]));
                assert!(is_refused, "{method} {spelled}: {answer}");
                assert!(!answer.to_lowercase().contains("set-cookie"), "{method} {spelled}: {answer}");
            }
        }
    }
    assert_eq!(app.row_counts().await, before);
}

#[actix_web::test]
async fn provider_in_another_spelling_is_the_same_provider_or_none() {
    let app = TestApp::new();
    let node = app.node().await;
    for (provider, is_google) in [
        ("google", true),
        ("c:google", true),
        ("goo%67le", true),
        ("%67%6f%6f%67%6c%65", true),
        ("Google", false),
        ("goo%2567le", false),
        ("google%00", false),
        ("google%20", false),
        ("google%0d%0aSet-Cookie:%20a=b", false),
        ("google%2f", false),
        ("google%2fcallback", false),
        ("google%2f..%2fgithub", false),
        ("google;a=b", false),
        ("google%3fa=b", false),
        ("google%23", false),
        ("..%2fgoogle", false),
        ("%2e%2e", false),
        ("..", false),
        ("%2e%2e%2f%2e%2e%2fadmin", false),
        ("%c0%ae%c0%ae", false),
        ("%ff", false),
        ("%EF%BD%87oogle", false),
        ("google%E2%80%8B", false),
        ("c:c:google", false),
        ("<script>", false),
        ("%", false),
        ("%zz", false),
    ] {
        for start in ["signin", "signup", "v1/signin"] {
            let path = format!("/{start}/provider/{provider}");
            for (host, forwarded) in [("127.0.0.1", "app.test"), ("evil.localhost", "evil.test")] {
                let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
                let more = format!(
                    "X-Forwarded-Host: {forwarded}\r\nX-Forwarded-Prefix: /evil\r\nForwarded: host={forwarded}\r\n"
                );
                let answer = raw(&node, format!("{head}{more}\r\n").into_bytes()).await;
                let location = answer.lines().find_map(|line| {
                    let (name, value) = line.split_once(": ")?;
                    name.eq_ignore_ascii_case("location").then_some(value)
                });
                let location = location.unwrap_or_default();
                if is_google {
                    let authorize: url::Url = location.parse().unwrap_or_else(|_| panic!("{path}: {answer}"));
                    let expected = format!("{}/signin/provider/google/callback", node.base);
                    assert_eq!(parameter(&authorize, "redirect_uri"), Some(expected), "{path}");
                    continue;
                }
                let found = statuses(&answer);
                assert!(found.iter().all(|status| [400, 404].contains(status)) && found.len() <= 1, "{path}: {answer}");
                assert!(location.is_empty() && !answer.contains("<script>"), "{path}: {answer}");
                assert!(!answer.to_lowercase().contains("set-cookie"), "{path}: {answer}");
            }
        }
    }
}

#[actix_web::test]
async fn ambiguous_request_is_refused_and_hides_no_second_one() {
    let app = TestApp::new();
    let node = app.node().await;
    let hidden = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    let token = |more: &str, body: &str| format!("POST /token HTTP/1.1\r\nHost: 127.0.0.1\r\n{more}\r\n{body}");
    let long = "x".repeat(200_000);
    for (name, request) in [
        ("two lengths", token("Content-Length: 2\r\nContent-Length: 30\r\n", &format!("{{}}{hidden}"))),
        ("a list of lengths", token("Content-Length: 2, 30\r\n", &format!("{{}}{hidden}"))),
        (
            "a length and chunks",
            token("Content-Length: 60\r\nTransfer-Encoding: chunked\r\n", &format!("0\r\n\r\n{hidden}")),
        ),
        (
            "chunks and a length",
            token("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", &format!("0\r\n\r\n{hidden}")),
        ),
        ("an unknown coding", token("Transfer-Encoding: xchunked\r\n", hidden)),
        ("chunks that are not last", token("Transfer-Encoding: chunked, identity\r\n", &format!("0\r\n\r\n{hidden}"))),
        ("a blank before the colon", token("Content-Length : 2\r\n", &format!("{{}}{hidden}"))),
        ("a negative length", token("Content-Length: -1\r\n", hidden)),
        ("a length with a sign", token("Content-Length: +2\r\n", &format!("{{}}{hidden}"))),
        ("a length in words", token("Content-Length: two\r\n", hidden)),
        (
            "a chunk that is no number",
            token("Transfer-Encoding: chunked\r\n", &format!("zz\r\n{{}}\r\n0\r\n\r\n{hidden}")),
        ),
        ("a header of 200 kB", token(&format!("X-Long: {long}\r\n"), "")),
        ("a path of 200 kB", format!("GET /{long} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")),
        ("a thousand headers", token(&"X-A: b\r\n".repeat(1000), "")),
        ("NUL in a header", token("X-A: b\0c\r\n", "")),
        ("no HTTP at all", "\x16\x03\x01\x02\x00\x01\x00\x01\x7c\x03\x03\r\n\r\n".to_owned()),
    ] {
        let answer = raw(&node, request.into_bytes()).await;
        let found = statuses(&answer);
        let is_refused = found.len() <= 1 && found.iter().all(|status| (400..500).contains(status));
        assert!(is_refused, "{name}: {found:?} {}", answer.chars().take(500).collect::<String>());
    }
    assert_eq!(Browser::new().get(&format!("{}/healthz", node.base)).await.status, 200);
}

#[actix_web::test]
async fn body_that_is_no_request_changes_nothing_on_any_route() {
    let app = TestApp::new();
    let node = app.node_with(&format!("aufy.sign_up.fields = '{{}}'\n{}", crate::ops::admin::settings())).await;
    let before = app.row_counts().await;
    let fill = |template: &str| template.replace("{provider}", "google").replace("{id}", "0");
    let of_nhost = route_table::NHOST.iter().map(|(method, path, _)| (*method, fill(path)));
    let of_aufy = route_table::AUFY.iter().flat_map(|(method, path, _)| {
        ["/api/auth", "/api/account"].map(|prefix| (*method, format!("{prefix}{}", fill(path))))
    });
    let backends = route_table::BACKENDS.iter().map(|(method, path, _)| (*method, fill(path)));
    let routes: Vec<_> = of_nhost.chain(of_aufy).chain(backends).filter(|(method, _)| *method != "GET").collect();
    let deep = format!("{{\"refreshToken\":{}", "[".repeat(30_000));
    let twice = r#"{"refreshToken":"8a9f8c1e-2f5b-4b6e-9c53-d5b1f0f5a001","refreshToken":"x","code":"a","code":"b"}"#;
    let fields = (0..5000).map(|number| format!("a{number}=b")).collect::<Vec<_>>().join("&");
    let bodies: [(&str, Vec<u8>); 11] = [
        ("70 kB", vec![b'x'; 70_000]),
        ("1 MiB", vec![b' '; 1 << 20]),
        ("an array nested deep", deep.into_bytes()),
        ("members twice", twice.into()),
        ("a number of 30 kB", format!("{{\"refreshToken\":{}}}", "9".repeat(30_000)).into_bytes()),
        ("bytes that are no text", vec![0xff; 100]),
        ("a list", b"[\"8a9f8c1e-2f5b-4b6e-9c53-d5b1f0f5a001\"]".to_vec()),
        ("null", b"null".to_vec()),
        ("half of an object", b"{\"refreshToken\":".to_vec()),
        ("5,000 fields", fields.into_bytes()),
        ("a surrogate", br#"{"refreshToken":"\ud800"}"#.to_vec()),
    ];
    for (method, path) in &routes {
        for (name, body) in &bodies {
            let url = format!("{}{path}", node.base);
            let headers = [("Origin", node.base.as_str()), ("Content-Type", "application/json")];
            let Some(response) = Browser::new().try_send(method, &url, &headers, body.clone()).await else {
                // Refused while it was being sent.
                assert!(body.len() > 65_536, "{method} {path} with {name}: no answer");
                continue;
            };
            let is_refused = (400..500).contains(&response.status) || matches!(response.status, 302 | 303);
            assert!(is_refused, "{method} {path} with {name}: {} {}", response.status, response.text());
            assert!(response.body.len() < 4096, "{method} {path} with {name}: {} bytes", response.body.len());
        }
    }
    assert_eq!(app.row_counts().await, before);
    println!("bodies that are no requests: {} routes, {} bodies", routes.len(), bodies.len());
}

#[actix_web::test]
async fn budget_of_a_client_is_one_whatever_its_requests_look_like() {
    const BUDGET: usize = 5;
    let app = TestApp::new();
    let limit = format!("rate_limit = {{ token_per_minute = {BUDGET} }}");
    let node = app.node_with(&format!("server.trusted_proxies = ['127.0.0.0/8']\n{limit}")).await;
    let request = |number: usize| {
        let path = ["/token", "/v1/token", "/token?a=b", "/%74oken", "/token/exchange", "/api/auth/token/refresh"];
        let path = path[number % 6];
        let body = json!({"refreshToken": format!("{number}"), "email": format!("{number}@example.org")}).to_string();
        // What a client writes stands left of what the proxy adds; other headers are its own.
        let claimed = format!(
            "X-Forwarded-For: 203.0.113.{number}\r\nX-Forwarded-For: 192.0.2.{number}, 198.51.100.7\r\n\
             X-Real-IP: 203.0.113.{number}\r\nForwarded: for=203.0.113.{number}\r\nTrue-Client-IP: 203.0.113.{number}\r\n\
             CF-Connecting-IP: 203.0.113.{number}\r\nX-Client-IP: 203.0.113.{number}\r\nUser-Agent: {number}\r\n\
             Cookie: a={number}\r\nAuthorization: Bearer {number}\r\nOrigin: https://app.test\r\n"
        );
        let length = body.len();
        let head = format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{claimed}");
        format!("{head}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
    };
    let answers = join_all((0..48).map(|number| raw(&node, request(number)))).await;
    let limited = answers.iter().filter(|answer| statuses(answer) == [429]).count();
    let all: Vec<_> = answers.iter().flat_map(|answer| statuses(answer)).collect();
    assert_eq!((answers.len() - limited, all.len()), (BUDGET, 48), "{all:?}");
}

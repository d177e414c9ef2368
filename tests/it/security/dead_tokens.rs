//! Tokens that are no proof, at every path and with every method: routes of both dialects and of operators, methods that
//! a route does not have, and paths that do not exist. Whoever presents such a token gets what anybody gets without one.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::Value;

use super::route_table;
use super::routes::{Fixture, Token};
use crate::support::browser::Browser;

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

const OPS: [&str; 9] = [
    "/.well-known/jwks.json",
    "/healthz",
    "/livez",
    "/readyz",
    "/version",
    "/oauth/token",
    "/v1/healthz",
    "/v1/readyz",
    "/v1/version",
];

const UNKNOWN: [&str; 16] = [
    "/",
    "/nothing",
    "/user/",
    "/users",
    "/user/nothing",
    "/user/providers/google/more",
    "/v1",
    "/v2/user",
    "/token/",
    "/metrics",
    "/healthz/more",
    "/api/auth",
    "/api/auth/nothing",
    "/api/account/",
    "/admin",
    "/admin/users",
];

/// Tokens that this server issued, and no longer takes.
const DEAD: [Token; 4] = [Token::Expired, Token::SignedOut, Token::SignedOutEverywhere, Token::Disabled];

/// Ends the session that an access token names, also if it has ended or its user is disabled; that gives nothing.
const SIGN_OUT: &str = "/api/auth/signout";

/// Every path, with the parts that vary filled in.
fn paths() -> Vec<String> {
    let fill = |prefix: &str, template: &str| {
        let path = template.replace("{provider}", "google").replace("{id}", "00000000-0000-4000-8000-000000000000");
        format!("{prefix}{path}")
    };
    let nhost = route_table::NHOST.iter().map(|(_, template, _)| fill("", template));
    let versioned = ["/v1/user", "/v1/user/providers", "/v1/token"].map(str::to_owned);
    let aufy = route_table::AUFY.iter().flat_map(|(_, path, _)| [fill("/api/auth", path), fill("/api/account", path)]);
    let others = OPS.iter().chain(&UNKNOWN).map(|path| (*path).to_owned());
    let mut paths: Vec<_> = nhost.chain(versioned).chain(aufy).chain(others).collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// The answers of all paths to all methods: status, and the body if it is a success.
async fn answers(
    fixture: &Fixture,
    paths: &[String],
    token: Option<&str>,
) -> BTreeMap<(String, &'static str), (u16, String)> {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let mut headers = vec![("Content-Type", "application/json"), ("Accept", "application/json")];
    headers.extend(bearer.as_deref().map(|bearer| ("Authorization", bearer)));
    let (headers, browser) = (&headers, &Browser::new());
    let mut answers = BTreeMap::new();
    for path in paths {
        let all = METHODS.map(|method| {
            let url = format!("{}{path}", fixture.node.base);
            let body = if matches!(method, "GET" | "HEAD") { "" } else { "{}" };
            async move { (method, browser.send(method, &url, headers, body.into()).await) }
        });
        for (method, response) in join_all(all).await {
            assert!(response.status < 500, "{method} {path}: {} {}", response.status, response.text());
            let body = if response.status < 300 { response.text() } else { String::new() };
            answers.insert((path.clone(), method), (response.status, body));
        }
    }
    answers
}

/// Presents the token everywhere, and expects what a request without one gets.
async fn walk(fixture: &Fixture, paths: &[String], what: &str, token: &str) {
    let before = fixture.app.row_counts().await;
    let (without, with) = (answers(fixture, paths, None).await, answers(fixture, paths, Some(token)).await);
    let user = fixture.nhost["user"]["id"].as_str().expect("an id");
    for (request, (status, body)) in &with {
        let (expected, anybody) = &without[request];
        // The inspector is open in development mode, and shows what has happened meanwhile.
        if request.0 != "/admin" {
            assert!(!body.contains(user) && !body.contains("mira"), "{what} {request:?}: {body}");
            // A start has a random state in its body.
            let is_start =
                request.0.contains("/signin/provider/google") || request.0.contains("/signup/provider/google");
            if *status < 300 && !is_start {
                assert_eq!((status, body), (expected, anybody), "{what} {request:?}");
            }
        }
        assert!(*status >= 300 || *expected < 300, "{what} {request:?}: {status}, without a token {expected}");
    }
    assert_eq!(fixture.app.row_counts().await, before, "{what}");
}

fn encode(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

/// Changes of a valid token that nobody with the key made.
fn forgeries(token: &str, jwks: &[u8]) -> Vec<(&'static str, String)> {
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let decode = |part: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
    };
    let (mut changed_header, mut later) = (decode(header), decode(payload));
    later["exp"] = (later["exp"].as_i64().expect("a time") + 1).into();
    changed_header["alg"] = "none".into();
    let none = encode(&changed_header);
    let mut hmac = Header::new(Algorithm::HS256);
    hmac.kid = changed_header["kid"].as_str().map(str::to_owned);
    let confused = jsonwebtoken::encode(&hmac, &decode(payload), &EncodingKey::from_secret(jwks)).expect("signed");
    vec![
        ("alg none", format!("{none}.{payload}.")),
        ("alg none, signature kept", format!("{none}.{payload}.{signature}")),
        ("claims changed", format!("{header}.{}.{signature}", encode(&later))),
        ("signature removed", format!("{header}.{payload}.")),
        ("signed with the public keys", confused),
    ]
}

#[actix_web::test]
async fn dead_tokens_get_what_anybody_gets_at_every_path_and_method() {
    let paths: Vec<_> = paths().into_iter().filter(|path| path != SIGN_OUT).collect();
    for token in DEAD {
        for is_aufy in [false, true] {
            let mut fixture = Fixture::new().await;
            let presented = fixture.token(token, is_aufy).await.expect("a token");
            walk(&fixture, &paths, &format!("{token:?}, aufy: {is_aufy}"), &presented).await;
        }
    }
}

#[actix_web::test]
async fn forged_tokens_get_what_anybody_gets_at_every_path_and_method() {
    let paths = paths();
    let mut fixture = Fixture::new().await;
    let jwks = Browser::new().get(&format!("{}/.well-known/jwks.json", fixture.node.base)).await.body;
    for is_aufy in [false, true] {
        let valid = fixture.token(Token::Fresh, is_aufy).await.expect("a token");
        for (what, forged) in forgeries(&valid, &jwks) {
            walk(&fixture, &paths, what, &forged).await;
        }
    }
    for garbage in ["x.y.z", "", "null", "x"] {
        walk(&fixture, &paths, garbage, garbage).await;
    }
}

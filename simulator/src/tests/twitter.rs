//! OAuth 1.0a, signed by the test's own code.

use actix_web::http::header::AUTHORIZATION;
use actix_web::http::{Method, StatusCode};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use url::form_urlencoded;

use super::{CLIENT_ID, CLIENT_SECRET, NOW, REDIRECT_URI, Reply, SimulatedProvider, TestServer, fields};
use crate::{Failure, Persona};

fn encode(text: &str) -> String {
    let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    encoded.replace('+', "%20").replace('*', "%2A").replace("%7E", "~")
}

/// A request and how it is signed.
struct Call<'a> {
    method: Method,
    url: &'a str,
    query: &'a [(&'a str, &'a str)],
    oauth: &'a [(&'a str, &'a str)],
    secret: &'a str,
    nonce: &'a str,
    time: i64,
}

impl<'a> Call<'a> {
    fn new(method: Method, url: &'a str, oauth: &'a [(&'a str, &'a str)], secret: &'a str, nonce: &'a str) -> Self {
        Self { method, url, query: &[], oauth, secret, nonce, time: NOW }
    }

    async fn send(&self, server: &TestServer) -> Reply {
        let time = self.time.to_string();
        let mut oauth = vec![
            ("oauth_consumer_key", CLIENT_ID),
            ("oauth_nonce", self.nonce),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", &time),
            ("oauth_version", "1.0"),
        ];
        oauth.extend(self.oauth);
        let mut pairs: Vec<String> =
            oauth.iter().chain(self.query).map(|(key, value)| format!("{}={}", encode(key), encode(value))).collect();
        pairs.sort();
        let base = format!("{}&{}&{}", self.method, encode(self.url), encode(&pairs.join("&")));
        let key = format!("{}&{}", encode(CLIENT_SECRET), encode(self.secret));
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
        let signature = STANDARD.encode(hmac::sign(&key, base.as_bytes()));
        oauth.push(("oauth_signature", &signature));
        let header: Vec<String> = oauth.iter().map(|(key, value)| format!(r#"{key}="{}""#, encode(value))).collect();
        let header = format!("OAuth {}", header.join(", "));
        let query: Vec<String> = self.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let url = format!("{}?{}", self.url, query.join("&"));
        server.send(self.method.clone(), url.trim_end_matches('?'), &[(AUTHORIZATION.as_str(), &header)], None).await
    }
}

fn part(reply: &Reply, key: &str) -> String {
    let found = form_urlencoded::parse(reply.body.as_bytes()).find(|(known, _)| known == key);
    found.unwrap_or_else(|| panic!("{key} is missing in {}", reply.body)).1.into_owned()
}

/// Obtains a request token with its secret.
async fn begin(server: &TestServer, nonce: &str) -> (String, String) {
    let url = server.at(SimulatedProvider::Twitter).request_token.unwrap();
    let callback = format!("{REDIRECT_URI}&state=abc.def");
    let reply = Call::new(Method::POST, &url, &[("oauth_callback", &callback)], "", nonce).send(server).await;
    assert_eq!((reply.status, reply.content_type.as_str()), (StatusCode::OK, "application/x-www-form-urlencoded"));
    assert_eq!(part(&reply, "oauth_callback_confirmed"), "true");
    (part(&reply, "oauth_token"), part(&reply, "oauth_token_secret"))
}

async fn agree(server: &TestServer, token: &str, login: &str) -> Reply {
    let url = format!("{}?oauth_token={token}&login={login}", server.at(SimulatedProvider::Twitter).authorize);
    server.send(Method::GET, &url, &[], None).await
}

async fn exchange(server: &TestServer, token: &str, verifier: &str, secret: &str, nonce: &str) -> Reply {
    let oauth = [("oauth_token", token), ("oauth_verifier", verifier)];
    Call::new(Method::POST, &server.at(SimulatedProvider::Twitter).token, &oauth, secret, nonce).send(server).await
}

async fn look(server: &TestServer, answer: &Reply, query: &[(&str, &str)], nonce: &str) -> Reply {
    let (token, secret) = (part(answer, "oauth_token"), part(answer, "oauth_token_secret"));
    let (url, oauth) = (server.at(SimulatedProvider::Twitter).userinfo, [("oauth_token", token.as_str())]);
    Call { query, ..Call::new(Method::GET, &url, &oauth, &secret, nonce) }.send(server).await
}

#[actix_web::test]
async fn twitter_sign_in_needs_three_signed_calls() {
    let server = TestServer::start();
    for (login, with_secret) in [("mira", true), ("jonas", false)] {
        let (token, secret) = begin(&server, &format!("b-{login}")).await;
        let back = agree(&server, &token, login).await;
        assert_eq!((back.param("state").as_deref(), back.param("kept").as_deref()), (Some("abc.def"), Some("1")));
        assert_eq!((back.param("oauth_token").as_ref(), back.param("code")), (Some(&token), None));
        // Twitter accepts a signature without the request token's secret.
        let secret = if with_secret { secret.as_str() } else { "" };
        let verifier = back.param("oauth_verifier").unwrap();
        let answer = exchange(&server, &token, &verifier, secret, &format!("x-{login}")).await;
        assert_eq!(answer.content_type, "application/x-www-form-urlencoded");
        let id = Persona::find(login).unwrap().subject(SimulatedProvider::Twitter);
        assert_eq!(part(&answer, "user_id"), id);
        assert!(part(&answer, "oauth_token").starts_with(&format!("{id}-")));

        let without = look(&server, &answer, &[], &format!("1-{login}")).await.json();
        assert_eq!((&without["id_str"], without.get("email")), (&json!(id), None));
        let query = [("include_email", "true"), ("skip_status", "true")];
        let with = look(&server, &answer, &query, &format!("2-{login}")).await.json();
        let confirmed = (login == "mira").then(|| json!("mira@example.org"));
        assert_eq!(with.get("email"), confirmed.as_ref(), "only confirmed emails are returned");
    }
}

#[actix_web::test]
async fn twitter_checks_signature_nonce_and_timestamp() {
    let server = TestServer::start();
    let url = server.at(SimulatedProvider::Twitter).request_token.unwrap();
    let oauth = [("oauth_callback", REDIRECT_URI)];
    let call = |secret, nonce, time| Call { time, ..Call::new(Method::POST, &url, &oauth, secret, nonce) };
    for (secret, nonce, time, expected) in [
        ("wrong", "n1", NOW, Some(32)),
        ("", "n1", NOW, None),
        ("", "n1", NOW, Some(32)),
        ("", "n1", NOW + 1, None),
        ("", "n2", NOW - 300, None),
        ("", "n3", NOW - 301, Some(135)),
        ("", "n4", NOW + 301, Some(135)),
        ("", "", NOW, Some(32)),
    ] {
        let reply = call(secret, nonce, time).send(&server).await;
        let Some(code) = expected else {
            assert_eq!(reply.status, StatusCode::OK, "{nonce} {time}: {}", reply.body);
            continue;
        };
        assert_eq!((reply.status, &reply.json()["errors"][0]["code"]), (StatusCode::UNAUTHORIZED, &json!(code)));
    }
    let nowhere = Call::new(Method::POST, &url, &[("oauth_callback", "nowhere")], "", "n5").send(&server).await;
    assert_eq!((nowhere.status, &nowhere.json()["errors"][0]["code"]), (StatusCode::FORBIDDEN, &json!(415)));
}

#[actix_web::test]
async fn twitter_verifier_works_once_for_its_token() {
    let server = TestServer::start();
    let ((first, _), (second, _)) = (begin(&server, "b1").await, begin(&server, "b2").await);
    let verifier = agree(&server, &first, "mira").await.param("oauth_verifier").unwrap();
    let stolen = exchange(&server, &second, &verifier, "", "x1").await;
    assert_eq!((stolen.status, stolen.content_type.as_str()), (StatusCode::UNAUTHORIZED, "text/plain"));
    assert_eq!(exchange(&server, &first, &verifier, "", "x2").await.status, StatusCode::OK);
    assert_eq!(exchange(&server, &first, &verifier, "", "x3").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(agree(&server, &first, "mira").await.status, StatusCode::BAD_REQUEST, "it is over");

    let (third, _) = begin(&server, "b3").await;
    let verifier = agree(&server, &third, "mira").await.param("oauth_verifier").unwrap();
    server.simulator.fail(SimulatedProvider::Twitter, Failure::BadCode);
    assert_eq!(exchange(&server, &third, &verifier, "", "x4").await.status, StatusCode::UNAUTHORIZED);
    let calls = server.simulator.counts().twitter;
    assert_eq!((calls.request_token, calls.token), (3, 4));
}

#[actix_web::test]
async fn twitter_denial_and_consent_page_redirect() {
    let server = TestServer::start();
    let (token, _) = begin(&server, "b1").await;
    let denied = agree(&server, &token, "deny").await;
    assert_eq!((denied.param("denied").as_ref(), denied.param("state").as_deref()), (Some(&token), Some("abc.def")));
    assert_eq!(denied.param("oauth_verifier"), None);
    let page = agree(&server, &token, "").await;
    let fields = fields(&page.body);
    let mut form: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    form.push(("choice", "rosa"));
    let reply = server.send(Method::POST, &server.simulator.url("/twitter/consent"), &[], Some(&form)).await;
    assert!(reply.param("oauth_verifier").is_some());
}

#[actix_web::test]
async fn twitter_revoked_token_is_rejected() {
    let server = TestServer::start();
    let (token, _) = begin(&server, "b1").await;
    let verifier = agree(&server, &token, "mira").await.param("oauth_verifier").unwrap();
    let answer = exchange(&server, &token, &verifier, "", "x1").await;
    let (token, secret) = (part(&answer, "oauth_token"), part(&answer, "oauth_token_secret"));
    let (url, oauth) = (server.at(SimulatedProvider::Twitter).revoke.unwrap(), [("oauth_token", token.as_str())]);
    let taken = Call::new(Method::POST, &url, &oauth, &secret, "r1").send(&server).await;
    assert_eq!(taken.json()["access_token"], token);
    let reply = look(&server, &answer, &[], "l1").await;
    assert_eq!((reply.status, &reply.json()["errors"][0]["code"]), (StatusCode::UNAUTHORIZED, &json!(89)));
}

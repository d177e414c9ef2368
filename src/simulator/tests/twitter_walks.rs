//! The three steps of OAuth 1.0a, signed by a few lines of the test's own.

use actix_web::http::header::AUTHORIZATION;
use actix_web::http::{Method, StatusCode};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use url::form_urlencoded;

use super::{CLIENT_ID, CLIENT_SECRET, House, NOW, RETURN, Reply, Stage, fields};
use crate::simulator::{Failure, Person};

fn encode(text: &str) -> String {
    let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    encoded.replace('+', "%20").replace('*', "%2A").replace("%7E", "~")
}

/// What is signed, and how.
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

    async fn send(&self, stage: &Stage) -> Reply {
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
        stage.send(self.method.clone(), url.trim_end_matches('?'), &[(AUTHORIZATION.as_str(), &header)], None).await
    }
}

fn part(reply: &Reply, key: &str) -> String {
    let found = form_urlencoded::parse(reply.body.as_bytes()).find(|(known, _)| known == key);
    found.unwrap_or_else(|| panic!("{key} is missing in {}", reply.body)).1.into_owned()
}

/// A request token and its secret.
async fn begin(stage: &Stage, nonce: &str) -> (String, String) {
    let url = stage.at(House::Twitter).request_token.unwrap();
    let callback = format!("{RETURN}&state=abc.def");
    let reply = Call::new(Method::POST, &url, &[("oauth_callback", &callback)], "", nonce).send(stage).await;
    assert_eq!((reply.status, reply.content_type.as_str()), (StatusCode::OK, "application/x-www-form-urlencoded"));
    assert_eq!(part(&reply, "oauth_callback_confirmed"), "true");
    (part(&reply, "oauth_token"), part(&reply, "oauth_token_secret"))
}

async fn agree(stage: &Stage, token: &str, login: &str) -> Reply {
    let url = format!("{}?oauth_token={token}&login={login}", stage.at(House::Twitter).authorize);
    stage.send(Method::GET, &url, &[], None).await
}

async fn exchange(stage: &Stage, token: &str, verifier: &str, secret: &str, nonce: &str) -> Reply {
    let oauth = [("oauth_token", token), ("oauth_verifier", verifier)];
    Call::new(Method::POST, &stage.at(House::Twitter).token, &oauth, secret, nonce).send(stage).await
}

async fn look(stage: &Stage, answer: &Reply, query: &[(&str, &str)], nonce: &str) -> Reply {
    let (token, secret) = (part(answer, "oauth_token"), part(answer, "oauth_token_secret"));
    let (url, oauth) = (stage.at(House::Twitter).userinfo, [("oauth_token", token.as_str())]);
    Call { query, ..Call::new(Method::GET, &url, &oauth, &secret, nonce) }.send(stage).await
}

#[actix_web::test]
async fn three_signed_steps_lead_to_the_profile() {
    let stage = Stage::open();
    for (login, with_secret) in [("mira", true), ("jonas", false)] {
        let (token, secret) = begin(&stage, &format!("b-{login}")).await;
        let back = agree(&stage, &token, login).await;
        assert_eq!((back.sent("state").as_deref(), back.sent("kept").as_deref()), (Some("abc.def"), Some("1")));
        assert_eq!((back.sent("oauth_token").as_ref(), back.sent("code")), (Some(&token), None));
        // The real one tolerates a client that forgot the request token's secret.
        let secret = if with_secret { secret.as_str() } else { "" };
        let verifier = back.sent("oauth_verifier").unwrap();
        let answer = exchange(&stage, &token, &verifier, secret, &format!("x-{login}")).await;
        assert_eq!(answer.content_type, "application/x-www-form-urlencoded");
        let id = Person::find(login).unwrap().subject(House::Twitter);
        assert_eq!(part(&answer, "user_id"), id);
        assert!(part(&answer, "oauth_token").starts_with(&format!("{id}-")));

        let without = look(&stage, &answer, &[], &format!("1-{login}")).await.json();
        assert_eq!((&without["id_str"], without.get("email")), (&json!(id), None));
        let query = [("include_email", "true"), ("skip_status", "true")];
        let with = look(&stage, &answer, &query, &format!("2-{login}")).await.json();
        let confirmed = (login == "mira").then(|| json!("mira@example.org"));
        assert_eq!(with.get("email"), confirmed.as_ref(), "only confirmed addresses are told");
    }
}

#[actix_web::test]
async fn a_signature_a_nonce_and_a_timestamp_have_to_be_right() {
    let stage = Stage::open();
    let url = stage.at(House::Twitter).request_token.unwrap();
    let oauth = [("oauth_callback", RETURN)];
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
        let reply = call(secret, nonce, time).send(&stage).await;
        let Some(code) = expected else {
            assert_eq!(reply.status, StatusCode::OK, "{nonce} {time}: {}", reply.body);
            continue;
        };
        assert_eq!((reply.status, &reply.json()["errors"][0]["code"]), (StatusCode::UNAUTHORIZED, &json!(code)));
    }
    let nowhere = Call::new(Method::POST, &url, &[("oauth_callback", "nowhere")], "", "n5").send(&stage).await;
    assert_eq!((nowhere.status, &nowhere.json()["errors"][0]["code"]), (StatusCode::FORBIDDEN, &json!(415)));
}

#[actix_web::test]
async fn a_verifier_is_good_once_and_for_its_own_token() {
    let stage = Stage::open();
    let ((first, _), (second, _)) = (begin(&stage, "b1").await, begin(&stage, "b2").await);
    let verifier = agree(&stage, &first, "mira").await.sent("oauth_verifier").unwrap();
    let stolen = exchange(&stage, &second, &verifier, "", "x1").await;
    assert_eq!((stolen.status, stolen.content_type.as_str()), (StatusCode::UNAUTHORIZED, "text/plain"));
    assert_eq!(exchange(&stage, &first, &verifier, "", "x2").await.status, StatusCode::OK);
    assert_eq!(exchange(&stage, &first, &verifier, "", "x3").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(agree(&stage, &first, "mira").await.status, StatusCode::BAD_REQUEST, "it is over");

    let (third, _) = begin(&stage, "b3").await;
    let verifier = agree(&stage, &third, "mira").await.sent("oauth_verifier").unwrap();
    stage.simulator.fail(House::Twitter, Failure::BadCode);
    assert_eq!(exchange(&stage, &third, &verifier, "", "x4").await.status, StatusCode::UNAUTHORIZED);
    let calls = stage.simulator.counts().twitter;
    assert_eq!((calls.request_token, calls.token), (3, 4));
}

#[actix_web::test]
async fn whoever_says_no_and_whoever_uses_the_page_come_back_too() {
    let stage = Stage::open();
    let (token, _) = begin(&stage, "b1").await;
    let denied = agree(&stage, &token, "deny").await;
    assert_eq!((denied.sent("denied").as_ref(), denied.sent("state").as_deref()), (Some(&token), Some("abc.def")));
    assert_eq!(denied.sent("oauth_verifier"), None);
    let page = agree(&stage, &token, "").await;
    let fields = fields(&page.body);
    let mut form: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    form.push(("choice", "rosa"));
    let reply = stage.send(Method::POST, &stage.simulator.url("/twitter/consent"), &[], Some(&form)).await;
    assert!(reply.sent("oauth_verifier").is_some());
}

#[actix_web::test]
async fn a_token_that_was_taken_back_opens_nothing() {
    let stage = Stage::open();
    let (token, _) = begin(&stage, "b1").await;
    let verifier = agree(&stage, &token, "mira").await.sent("oauth_verifier").unwrap();
    let answer = exchange(&stage, &token, &verifier, "", "x1").await;
    let (token, secret) = (part(&answer, "oauth_token"), part(&answer, "oauth_token_secret"));
    let (url, oauth) = (stage.at(House::Twitter).revoke.unwrap(), [("oauth_token", token.as_str())]);
    let taken = Call::new(Method::POST, &url, &oauth, &secret, "r1").send(&stage).await;
    assert_eq!(taken.json()["access_token"], token);
    let reply = look(&stage, &answer, &[], "l1").await;
    assert_eq!((reply.status, &reply.json()["errors"][0]["code"]), (StatusCode::UNAUTHORIZED, &json!(89)));
}

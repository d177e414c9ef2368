//! Clients with a key (`private_key_jwt`).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::KeyPair;
use serde_json::{Value, json};

use super::{JWT_BEARER, SECRET, clients, form, post};
use crate::support::app::{Database, ISSUER, Node, START_TIME, TestApp, access_token};
use crate::support::browser::{Browser, Response};

struct Keys {
    robot: KeyPair,
    other: KeyPair,
}

impl Keys {
    fn new() -> Self {
        Self { robot: KeyPair::generate().expect("a key"), other: KeyPair::generate().expect("a key") }
    }

    /// The clients `robot` and `other`, with a key each.
    fn settings(&self) -> String {
        let client = |name: &str, key: &KeyPair| {
            format!("[clients.{name}]\npublic_key = '''{}'''\nproviders = ['google']\n", key.public_key_pem())
        };
        format!("{}{}{}", clients(), client("robot", &self.robot), client("other", &self.other))
    }
}

fn claims(node: &Node, id: &str) -> Value {
    let now = START_TIME.seconds();
    let audience = format!("{}/oauth/token", node.base);
    json!({"iss": "robot", "sub": "robot", "aud": audience, "iat": now, "exp": now + 120, "jti": id})
}

fn sign(key: &KeyPair, claims: &Value) -> String {
    let key = EncodingKey::from_ec_pem(key.serialize_pem().as_bytes()).expect("a key");
    jsonwebtoken::encode(&Header::new(Algorithm::ES256), claims, &key).expect("signed")
}

async fn present(node: &Node, good: &str, assertion: &str) -> Response {
    post(node, &[], &format!("{good}&client_assertion={assertion}&client_assertion_type={JWT_BEARER}")).await
}

#[actix_web::test]
async fn assertion_is_accepted_for_each_name_of_this_server() {
    let (app, keys) = (TestApp::new(), Keys::new());
    let node = app.node_with(&keys.settings()).await;
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    let good = form(access_token(&session), &[]);
    let base = &node.base;
    for (number, audience) in
        [format!("{base}/oauth/token"), format!("{base}/v1/oauth/token"), base.clone(), ISSUER.to_owned()]
            .iter()
            .enumerate()
    {
        let mut claims = claims(&node, &number.to_string());
        claims["aud"] = audience.as_str().into();
        present(&node, &good, &sign(&keys.robot, &claims)).await.assert_accepted();
    }
    let named = format!("{good}&client_id=robot");
    present(&node, &named, &sign(&keys.robot, &claims(&node, "named"))).await.assert_accepted();
    let misnamed = format!("{good}&client_id=other");
    let refused = present(&node, &misnamed, &sign(&keys.robot, &claims(&node, "misnamed"))).await;
    refused.assert_oauth_error(401, "invalid_client");
}

#[actix_web::test]
async fn assertion_is_accepted_once_by_all_nodes_together() {
    for database in Database::ALL {
        let (Some(app), keys) = (TestApp::on(database), Keys::new()) else { continue };
        let nodes = [app.node_with(&keys.settings()).await, app.node_with(&keys.settings()).await];
        let session = nodes[0].session(&mut Browser::new(), "google", "mira").await;
        let good = form(access_token(&session), &[]);
        let mut claims = claims(&nodes[0], "one");
        claims["aud"] = ISSUER.into();
        let assertion = sign(&keys.robot, &claims);
        let answers = join_all((0..16).map(|number| present(&nodes[number % 2], &good, &assertion))).await;
        let (accepted, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 400);
        assert_eq!(accepted.len(), 1, "{database:?}");
        accepted[0].assert_accepted();
        refused.iter().for_each(|answer| drop(answer.assert_oauth_error(401, "invalid_client")));
        // The same id of another client is another assertion.
        (claims["iss"], claims["sub"]) = ("other".into(), "other".into());
        present(&nodes[1], &good, &sign(&keys.other, &claims)).await.assert_accepted();
        // As long as it would be valid otherwise, and afterwards.
        for seconds in [179, 60] {
            app.wait(seconds);
            present(&nodes[0], &good, &assertion).await.assert_oauth_error(401, "invalid_client");
        }
    }
}

#[actix_web::test]
async fn assertion_that_is_not_the_clients_is_refused() {
    let (app, keys) = (TestApp::new(), Keys::new());
    let node = app.node_with(&keys.settings()).await;
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    let good = form(access_token(&session), &[]);
    let now = START_TIME.seconds();
    let mut assertions = Vec::new();
    for (name, value) in [
        ("aud", json!("https://other.test/oauth/token")),
        ("aud", json!([format!("{}/oauth/token", node.base), "https://other.test"])),
        ("exp", json!(now - 61)),
        ("exp", json!(now + 361)),
        ("exp", json!(null)),
        ("nbf", json!(now + 61)),
        ("jti", json!(null)),
        ("iss", json!("other")),
    ] {
        let mut claims = claims(&node, &format!("{name} {value}"));
        claims[name] = value;
        assertions.push(sign(&keys.robot, &claims));
    }
    let good_claims = claims(&node, "good");
    assertions.push(sign(&keys.other, &good_claims));
    for client in ["worker", "nobody"] {
        let mut claims = good_claims.clone();
        (claims["iss"], claims["sub"]) = (client.into(), client.into());
        assertions.push(sign(&keys.robot, &claims));
    }
    // Not signed, and signed with what everybody knows.
    let encode = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    assertions.push(format!("{}.{}.", encode(&json!({"alg": "none"})), encode(&good_claims)));
    for secret in [keys.robot.public_key_pem(), SECRET.to_owned(), String::new()] {
        let key = EncodingKey::from_secret(secret.as_bytes());
        assertions.push(jsonwebtoken::encode(&Header::new(Algorithm::HS256), &good_claims, &key).expect("signed"));
    }
    assertions.extend(["x.y.z".to_owned(), access_token(&session).to_owned()]);
    let mut answers = Vec::new();
    for assertion in &assertions {
        answers.push(present(&node, &good, assertion).await.assert_oauth_error(401, "invalid_client"));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    // None of them has spent the id.
    present(&node, &good, &sign(&keys.robot, &good_claims)).await.assert_accepted();
    assert_eq!(app.query("SELECT COUNT(*) FROM audit_events WHERE action = 'token-exchange'").await, 1);
}

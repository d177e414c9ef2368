//! `POST /oauth/token`: who a client must prove to be, and what it gets for whom.

mod assertions;
mod authentication;
mod issued;
mod refusals;
mod subjects;

use actix_web::http::header::CONTENT_TYPE;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use url::form_urlencoded;

use crate::support::app::{Node, TestApp};
use crate::support::browser::{Browser, Response};

pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
pub const USER_ID: &str = "urn:vouchsafe:params:oauth:token-type:user-id";
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The secret of the clients `worker` and `nightly`.
pub const SECRET: &str = "N1b6Tq0Zs3V8yR5cW2xK7mP4aD9fG6hJ1lQ8eU3iO0s";

/// The SHA-256 of the secret.
pub fn secret_hash() -> String {
    hex::encode(digest(&SHA256, SECRET.as_bytes()))
}

/// Clients with secrets: `worker` may use Google, with one scope; `nightly` may use GitHub and act offline.
pub fn clients() -> String {
    let hash = secret_hash();
    format!(
        "clients.worker = {{ secret_sha256 = '{hash}', providers = ['google'], scopes = ['openid'] }}\n\
         clients.nightly = {{ secret_sha256 = '{hash}', providers = ['github'], offline = true }}\n"
    )
}

/// The parameters of a good request for Google, with `changes`: another value, or none.
pub fn form(subject_token: &str, changes: &[(&str, Option<&str>)]) -> String {
    let good = [
        ("grant_type", GRANT_TYPE),
        ("audience", "google"),
        ("subject_token", subject_token),
        ("subject_token_type", ACCESS_TOKEN),
    ];
    let kept = good.into_iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let changed = changes.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(kept.chain(changed)).finish()
}

/// The header of `client_secret_basic`.
pub fn basic(client: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{client}:{secret}")))
}

/// Posts a form with these further headers.
pub async fn post(node: &Node, headers: &[(&str, &str)], form: &str) -> Response {
    let all = [(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded")];
    let all: Vec<_> = all.into_iter().chain(headers.iter().copied()).collect();
    Browser::new().send("POST", &format!("{}/oauth/token", node.base), &all, form.as_bytes().to_vec()).await
}

/// Posts a form as the client `worker`.
pub async fn post_as_worker(node: &Node, form: &str) -> Response {
    post(node, &[("Authorization", &basic("worker", SECRET))], form).await
}

impl Response {
    /// Asserts an error of RFC 6749 section 5.2; returns its body.
    #[track_caller]
    pub fn assert_oauth_error(&self, status: u16, code: &str) -> Value {
        let (body, text) = (self.json(), self.text());
        assert_eq!((self.status, body["error"].as_str()), (status, Some(code)), "{text}");
        let description = body["error_description"].as_str().unwrap_or_default();
        let is_allowed = |byte: u8| matches!(byte, 0x20..=0x7e) && byte != b'"' && byte != b'\\';
        assert!(!description.is_empty() && description.bytes().all(is_allowed), "{text}");
        assert_eq!(self.header("cache-control"), Some("no-store"), "{text}");
        let challenge = self.header("www-authenticate");
        assert_eq!(challenge, (status == 401).then_some("Basic realm=\"token\""), "{text}");
        body
    }

    /// Asserts that client and subject were accepted: here no tokens are kept.
    #[track_caller]
    pub fn assert_accepted(&self) {
        let body = self.assert_oauth_error(400, "invalid_target");
        assert!(body["error_description"].as_str().is_some_and(|text| text.contains("are not kept")), "{body}");
    }
}

/// How many events of a client the audit trail has, with this outcome.
pub async fn events(app: &TestApp, client: &str, outcome: &str) -> i64 {
    app.query(&format!(
        "SELECT COUNT(*) FROM audit_events WHERE action = 'token-exchange' AND actor = 'client:{client}' \
         AND outcome = '{outcome}' AND client_ip = '127.0.0.1'"
    ))
    .await
}

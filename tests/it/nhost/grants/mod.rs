//! `GET /user/providers/{provider}/token`: provider tokens that the service keeps and refreshes.

mod ahead;
mod answers;
mod consent;
mod ends;
mod refresh;

use serde_json::Value;
use vouchsafe_simulator::SimulatedProvider;

use crate::support::app::{Node, TestApp, access_token, refresh_token};
use crate::support::browser::Browser;

/// A user whose tokens are kept, on a node that asks nobody ahead of time.
struct Kept {
    app: TestApp,
    node: Node,
    browser: Browser,
    session: Value,
}

impl Kept {
    async fn of(provider: &str) -> Self {
        Self::on(TestApp::new(), provider).await
    }

    async fn on(app: TestApp, provider: &str) -> Self {
        let webhook =
            "webhooks.app = { url = 'http://127.0.0.1:9/', secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }";
        let node = app.managed_node(&format!("session.access_token_ttl = '10d'\n{webhook}")).await;
        let mut browser = Browser::new();
        let session = node.session(&mut browser, provider, "mira").await;
        Self { app, node, browser, session }
    }

    async fn token(&self, provider: &str, query: &str) -> crate::support::browser::Response {
        self.node.provider_token(&self.browser, provider, query, &self.session).await
    }

    /// The token that is handed out.
    async fn access_token(&self, provider: &str) -> String {
        let response = self.token(provider, "").await;
        assert_eq!(response.status, 200, "{}", response.text());
        access_token(&response.json()).to_owned()
    }

    /// How often the token endpoint was asked: one code and the refreshes.
    fn calls(&self, provider: SimulatedProvider) -> u64 {
        let counts = self.app.simulator.counts();
        match provider {
            SimulatedProvider::Google => counts.google.token,
            SimulatedProvider::Github => counts.github.token,
            other => panic!("{other:?} is not among the providers of an app"),
        }
    }

    async fn state(&self) -> String {
        self.app.text("SELECT state FROM grants").await.expect("a grant")
    }
}

#[actix_web::test]
async fn valid_token_is_handed_out_without_a_write_or_a_call() {
    let kept = Kept::of("google").await;
    let response = kept.token("google", "").await;
    assert_eq!((response.status, response.header("cache-control")), (200, Some("no-store")), "{}", response.text());
    let body = response.json();
    let keys: Vec<_> = body.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(keys, ["accessToken", "expiresAt", "expiresIn", "scopes", "tokenType"]);
    assert_eq!((&body["tokenType"], &body["expiresIn"]), (&"Bearer".into(), &3599.into()));
    assert!(body["scopes"].as_array().expect("a list").len() >= 3, "{body}");
    let userinfo = kept.app.simulator.endpoints(SimulatedProvider::Google).userinfo;
    assert_eq!(kept.browser.get_as(&userinfo, access_token(&body)).await.status, 200, "the provider accepts it");
    assert_eq!(kept.access_token("google").await, access_token(&body), "as often as it is asked for");
    assert_eq!(kept.calls(SimulatedProvider::Google), 1);
    assert_eq!(kept.app.query("SELECT fence FROM grants").await, 1, "nothing was written");
}

#[actix_web::test]
async fn tokens_are_also_handed_out_once_without_the_refresh_token() {
    let kept = Kept::of("google").await;
    let once = kept.node.tokens(&kept.browser, "google", &kept.session).await.json();
    assert!(once["refreshToken"].is_null() && once["accessToken"].is_string(), "{once}");
    kept.node.tokens(&kept.browser, "google", &kept.session).await.assert_error(400, "invalid-request");
    assert_eq!(kept.token("google", "").await.status, 200);
}

#[actix_web::test]
async fn request_for_a_token_is_checked() {
    let kept = Kept::of("google").await;
    for query in ["min_validity=-1", "min_validity=x", "min_validity=3601", "account=a&account=b"] {
        kept.token("google", query).await.assert_error(400, "invalid-request");
    }
    kept.token("google", "account=nobody").await.assert_error(404, "invalid-request");
    kept.token("github", "").await.assert_error(404, "invalid-request");
    kept.token("nobody", "").await.assert_error(400, "invalid-request");
    let once = kept.app.node().await;
    let refused = once.provider_token(&kept.browser, "google", "", &kept.session).await;
    refused.assert_error(400, "invalid-request");
    assert!(refused.json()["reason"].as_str().expect("a reason").contains("/callback/tokens"));
    let url = format!("{}/user/providers/google/token", kept.node.base);
    kept.browser.get_as(&url, "x.y.z").await.assert_error(401, "invalid-request");
    let mut other = Browser::new();
    let aiko = kept.node.session(&mut other, "github", "aiko").await;
    kept.node.provider_token(&other, "google", "", &aiko).await.assert_error(404, "invalid-request");
    let session = kept.node.refresh(&kept.browser, refresh_token(&kept.session)).await.json();
    let sign_out = format!("{}/signout", kept.node.base);
    let body = serde_json::json!({"refreshToken": refresh_token(&session)});
    assert_eq!(kept.browser.post_json(&sign_out, &body).await.status, 200);
    kept.node.provider_token(&kept.browser, "google", "", &session).await.assert_error(401, "invalid-request");
}

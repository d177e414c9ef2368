//! A running instance of the app, and the requests that most tests send to it.

use actix_web::dev::ServerHandle;
use serde_json::Value;
use url::Url;

use super::browser::{Browser, Response, hidden_fields};

/// One running instance of the app.
pub struct Node {
    pub base: String,
    /// `None` for a separate process.
    handle: Option<ServerHandle>,
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(handle) = &self.handle {
            drop(handle.stop(false));
        }
    }
}

impl Node {
    /// A node with a server that is already running.
    pub fn at(base: String, handle: ServerHandle) -> Self {
        Self { base, handle: Some(handle) }
    }

    /// A node in a separate process.
    pub fn external(base: String) -> Self {
        Self { base, handle: None }
    }

    /// Starts a sign-in and authorizes as `persona`; returns the callback's URL, not yet followed.
    pub async fn authorize(&self, browser: &mut Browser, provider: &str, query: &str, persona: &str) -> String {
        let start = browser.get(&format!("{}/signin/provider/{provider}?{query}", self.base)).await;
        let authorize = start.location();
        let answered = browser.get(&format!("{authorize}&login={persona}")).await;
        answered.location()
    }

    /// Signs in; returns the final redirect.
    pub async fn sign_in(&self, browser: &mut Browser, provider: &str, query: &str, persona: &str) -> Url {
        let callback = self.authorize(browser, provider, query, persona).await;
        browser.get(&callback).await.location_url()
    }

    /// Links the identity of `persona` by `connect=`, with consent on the confirmation page; returns the final redirect.
    pub async fn connect(&self, browser: &mut Browser, provider: &str, query: &str, persona: &str) -> Url {
        let start = browser.get(&format!("{}/signin/provider/{provider}?{query}", self.base)).await.location_url();
        if !start.path().contains("/simulator/") {
            return start;
        }
        let callback = browser.get(&format!("{start}&login={persona}")).await.location();
        let target = browser.get(&callback).await.location_url();
        if !target.path().ends_with("/link/confirm") {
            return target;
        }
        self.decide_link(browser, "yes").await.location_url()
    }

    /// Signs in; returns the session.
    pub async fn session(&self, browser: &mut Browser, provider: &str, persona: &str) -> Value {
        let target = self.sign_in(browser, provider, "", persona).await;
        self.session_of(browser, &target).await
    }

    /// The session for the refresh token in a return URL.
    pub async fn session_of(&self, browser: &mut Browser, target: &Url) -> Value {
        let refresh_token = parameter(target, "refreshToken").unwrap_or_else(|| panic!("no refresh token in {target}"));
        let response = self.refresh(browser, &refresh_token).await;
        assert_eq!(response.status, 200, "{}", response.text());
        response.json()
    }

    /// Posts a decision as the form of the link confirmation page does.
    pub async fn decide_link(&self, browser: &mut Browser, decision: &str) -> Response {
        let url = format!("{}/link/confirm", self.base);
        let page = browser.get(&url).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let form = format!("{}&answer={decision}", hidden_fields(&page.text()));
        let headers = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Origin", self.base.as_str()),
            ("Sec-Fetch-Site", "same-origin"),
        ];
        browser.fetch("POST", &url, &headers, form.trim_start_matches('&')).await
    }

    /// `POST /token`.
    pub async fn refresh(&self, browser: &Browser, refresh_token: &str) -> Response {
        browser.post_json(&format!("{}/token", self.base), &serde_json::json!({"refreshToken": refresh_token})).await
    }

    /// `GET /user/providers/{provider}/token` with an access token.
    pub async fn provider_token(&self, browser: &Browser, provider: &str, query: &str, session: &Value) -> Response {
        let url = format!("{}/user/providers/{provider}/token?{query}", self.base);
        browser.get_as(&url, access_token(session)).await
    }

    /// `GET …/callback/tokens` with an access token.
    pub async fn tokens(&self, browser: &Browser, provider: &str, session: &Value) -> Response {
        let url = format!("{}/signin/provider/{provider}/callback/tokens", self.base);
        browser.get_as(&url, access_token(session)).await
    }
}

/// A parameter of a URL.
pub fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The access token of an Nhost session.
pub fn access_token(session: &Value) -> &str {
    session["accessToken"].as_str().expect("an access token")
}

/// The refresh token of an Nhost session.
pub fn refresh_token(session: &Value) -> &str {
    session["refreshToken"].as_str().expect("a refresh token")
}

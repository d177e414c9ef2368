//! The Aufy dialect, over HTTP, as its clients use it.

mod cross_site;
mod link;
mod parity;
mod session;
mod sign_in;
mod sign_up;
mod start;

use serde_json::Value;
use url::Url;

use crate::support::app::Node;
use crate::support::browser::{Browser, Response};

/// The origin of the app's pages.
pub const PAGE: &str = "https://app.test";

/// The callback URL of the app.
pub const BACK: &str = "https://app.test/signed-in";

pub const SIGN_IN: &str = "Aufy.ExternalSignInScheme";
pub const SIGN_UP: &str = "Aufy.ExternalSignUpScheme";
pub const REFRESH: &str = "Aufy.RefreshToken";
pub const ACCESS: &str = "Aufy.AccessToken";

impl Node {
    pub fn auth(&self, route: &str) -> String {
        format!("{}/api/auth/{route}", self.base)
    }

    pub fn account(&self, route: &str) -> String {
        format!("{}/api/account/{route}", self.base)
    }

    /// Starts a challenge with this query and authorizes as `persona`; returns the callback's URL, not yet followed.
    pub async fn challenge(&self, browser: &mut Browser, provider: &str, query: &str, persona: &str) -> String {
        let start = browser.get(&self.auth(&format!("external/challenge/{provider}?{query}"))).await;
        let authorize = start.location();
        browser.get(&format!("{authorize}&login={persona}")).await.location()
    }

    /// Authorizes as `persona` and follows the callback; returns the app's URL. The browser keeps the ticket cookie.
    pub async fn hand_over(&self, browser: &mut Browser, provider: &str, persona: &str) -> Url {
        let callback = self.challenge(browser, provider, &format!("callbackUrl={BACK}"), persona).await;
        browser.get(&callback).await.location_url()
    }

    /// Signs in; returns the tokens. The browser keeps the refresh token cookie.
    pub async fn enter(&self, browser: &mut Browser, provider: &str, persona: &str) -> Value {
        assert_eq!(self.hand_over(browser, provider, persona).await.as_str(), BACK);
        let response = self.post(browser, "auth/signin/external", None, "").await;
        assert_eq!(response.status, 200, "{}", response.text());
        response.json()
    }

    /// Posts as a page of the app does, optionally with an access token.
    pub async fn post(&self, browser: &mut Browser, route: &str, bearer: Option<&str>, body: &str) -> Response {
        let bearer = bearer.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("Origin", PAGE), ("Accept", "application/json"), ("Content-Type", "application/json")];
        headers.extend(bearer.as_deref().map(|bearer| ("Authorization", bearer)));
        browser.fetch("POST", &format!("{}/api/{route}", self.base), &headers, body).await
    }

    pub async fn whoami(&self, browser: &mut Browser, bearer: Option<&str>) -> Response {
        let bearer = bearer.map(|token| format!("Bearer {token}"));
        let headers: Vec<_> = bearer.as_deref().map(|bearer| ("Authorization", bearer)).into_iter().collect();
        browser.fetch("GET", &self.auth("whoami"), &headers, "").await
    }
}

/// The access token of a token response.
pub fn access_token(tokens: &Value) -> &str {
    tokens["access_token"].as_str().expect("an access token")
}

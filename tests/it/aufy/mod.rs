//! The journeys of the Aufy dialect, as its clients make them.

mod cross_site;
mod hooks;
mod link;
mod parity;
mod session;
mod sign_in;
mod sign_up;
mod start;

use serde_json::Value;
use url::Url;

use crate::support::app::Node;
use crate::support::browser::{Answer, Browser};

/// The origin of the app's pages.
pub const PAGE: &str = "https://app.test";

/// Where the app wants the browser back.
pub const BACK: &str = "https://app.test/signed-in";

pub const SIGN_IN: &str = "Aufy.ExternalSignInScheme";
pub const SIGN_UP: &str = "Aufy.ExternalSignUpScheme";
pub const REFRESH: &str = "Aufy.RefreshToken";
pub const ACCESS: &str = "Aufy.AccessToken";

impl Node {
    fn auth(&self, route: &str) -> String {
        format!("{}/api/auth/{route}", self.base)
    }

    fn account(&self, route: &str) -> String {
        format!("{}/api/account/{route}", self.base)
    }

    /// Out and back as `person`, with a query for the challenge; answers the callback's URL, not yet followed.
    async fn challenge(&self, browser: &mut Browser, provider: &str, query: &str, person: &str) -> String {
        let start = browser.get(&self.auth(&format!("external/challenge/{provider}?{query}"))).await;
        let authorize = start.location();
        browser.get(&format!("{authorize}&login={person}")).await.location()
    }

    /// Out and back as `person`; answers where the app is told of it. The hand-over cookie is in the jar.
    async fn hand_over(&self, browser: &mut Browser, provider: &str, person: &str) -> Url {
        let callback = self.challenge(browser, provider, &format!("callbackUrl={BACK}"), person).await;
        browser.get(&callback).await.location_url()
    }

    /// A whole sign-in; answers the tokens. The refresh token is in the jar.
    async fn enter(&self, browser: &mut Browser, provider: &str, person: &str) -> Value {
        assert_eq!(self.hand_over(browser, provider, person).await.as_str(), BACK);
        let answer = self.post(browser, "auth/signin/external", None, "").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// What a page of the app posts, perhaps with an access token, as its client does with every call.
    async fn post(&self, browser: &mut Browser, route: &str, bearer: Option<&str>, body: &str) -> Answer {
        let bearer = bearer.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("Origin", PAGE), ("Accept", "application/json"), ("Content-Type", "application/json")];
        headers.extend(bearer.as_deref().map(|bearer| ("Authorization", bearer)));
        browser.fetch("POST", &format!("{}/api/{route}", self.base), &headers, body).await
    }

    async fn whoami(&self, browser: &mut Browser, bearer: Option<&str>) -> Answer {
        let bearer = bearer.map(|token| format!("Bearer {token}"));
        let headers: Vec<_> = bearer.as_deref().map(|bearer| ("Authorization", bearer)).into_iter().collect();
        browser.fetch("GET", &self.auth("whoami"), &headers, "").await
    }
}

/// The access token of an answer with tokens.
fn access_token(tokens: &Value) -> &str {
    tokens["access_token"].as_str().expect("an access token")
}

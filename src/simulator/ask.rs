//! What an authorization request asks for, read as strictly as the real providers read it.

use url::Url;

use super::CLIENT_ID;
use super::form::Form;
use super::house::House;

/// A request that may be put to a person.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) back: Back,
    /// The redirect URI letter by letter: the token call must repeat it exactly.
    pub(super) redirect_uri: String,
    pub(super) scope: String,
    pub(super) nonce: Option<String>,
    pub(super) challenge: Option<String>,
    pub(super) offline: bool,
}

/// Where an answer goes, good or bad.
#[derive(Debug)]
pub(super) struct Back {
    pub(super) url: Url,
    pub(super) state: Option<String>,
}

/// Why a request is not put to anybody.
#[derive(Debug)]
pub(super) enum Unfit {
    /// It cannot be told where the answer should go: the person gets a page.
    Page { code: &'static str, detail: &'static str },
    /// The client is told.
    Sent { back: Box<Back>, error: &'static str, description: &'static str },
}

impl Ask {
    /// Reads a query or the hidden fields of the consent page.
    pub(super) fn read(house: House, form: &Form) -> Result<Self, Unfit> {
        if form.get("client_id") != Some(CLIENT_ID) {
            return Err(Unfit::Page { code: "invalid_client", detail: "The OAuth client was not found." });
        }
        let redirect_uri = form.get("redirect_uri").unwrap_or_default().to_owned();
        let Some(url) = web_address(&redirect_uri) else {
            return Err(Unfit::Page {
                code: "redirect_uri_mismatch",
                detail: "The redirect URI has to be an http or https address without a fragment.",
            });
        };
        let back = Back { url, state: form.get("state").map(str::to_owned) };
        let scope = form.get("scope").unwrap_or_default().to_owned();
        let challenge = form.get("code_challenge").map(str::to_owned);
        if let Some((error, description)) = objection(house, form, &scope) {
            return Err(Unfit::Sent { back: Box::new(back), error, description });
        }
        Ok(Self {
            back,
            redirect_uri,
            scope,
            nonce: form.get("nonce").map(str::to_owned),
            challenge,
            offline: house == House::Oidc || form.get("access_type") == Some("offline"),
        })
    }
}

impl Back {
    /// The address with these parameters added and `state` untouched.
    pub(super) fn with(mut self, parameters: &[(&str, &str)]) -> Url {
        {
            let mut query = self.url.query_pairs_mut();
            if let Some(state) = &self.state {
                query.append_pair("state", state);
            }
            query.extend_pairs(parameters);
        }
        self.url
    }
}

fn web_address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.fragment().is_none()).then_some(url)
}

fn objection(house: House, form: &Form, scope: &str) -> Option<(&'static str, &'static str)> {
    if form.get("response_type") != Some("code") {
        return Some(("unsupported_response_type", "Only response_type=code is supported."));
    }
    if house.is_openid() && !scope.split(' ').any(|word| word == "openid") {
        return Some(("invalid_scope", "The scope openid is missing."));
    }
    match (form.get("code_challenge"), form.get("code_challenge_method")) {
        (None, None) => None,
        (Some(challenge), Some("S256")) if challenge.len() == 43 => None,
        (Some(_), Some("S256")) => Some(("invalid_request", "A S256 code challenge has 43 characters.")),
        _ => Some(("invalid_request", "Only code_challenge_method=S256 is supported.")),
    }
}

//! Errors of the profile endpoints, in the format of each provider.

use actix_web::HttpResponse;
use actix_web::http::header::WWW_AUTHENTICATE;
use serde_json::{Value, json};

use crate::provider::SimulatedProvider;

/// Why a profile request is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProfileError {
    /// A required header is missing: `User-Agent` at GitHub, `Client-Id` at Twitch.
    MissingHeader,
    /// No valid access token.
    InvalidToken,
    /// The token's scope does not cover the document.
    InsufficientScope,
    /// The query is malformed, or its `appsecret_proof` is wrong (Facebook).
    BadRequest,
}

impl ProfileError {
    pub(super) fn answer(self, provider: SimulatedProvider, is_openid: bool) -> HttpResponse {
        if is_openid {
            return self.openid(provider);
        }
        if (self, provider) == (Self::MissingHeader, SimulatedProvider::Github) {
            return HttpResponse::Forbidden().content_type("text/plain").body(
                "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.",
            );
        }
        let mut response = match (self, provider) {
            // GitHub hides that the resource exists.
            (Self::InsufficientScope, SimulatedProvider::Github) => HttpResponse::NotFound(),
            (_, SimulatedProvider::Facebook) | (Self::BadRequest, _) => HttpResponse::BadRequest(),
            (Self::InsufficientScope, _) => HttpResponse::Forbidden(),
            (Self::MissingHeader | Self::InvalidToken, _) => HttpResponse::Unauthorized(),
        };
        response.json(self.body(provider))
    }

    fn openid(self, provider: SimulatedProvider) -> HttpResponse {
        let (error, description) = match (self, provider) {
            (Self::InsufficientScope, _) => ("insufficient_scope", "the scope openid is missing"),
            (_, SimulatedProvider::Google) => ("invalid_request", "Invalid Credentials"),
            _ => ("invalid_token", "invalid token provided"),
        };
        let body = match provider {
            SimulatedProvider::Azuread | SimulatedProvider::Entraid => json!({
                "error": { "code": "InvalidAuthenticationToken", "message": description, "innerError": {} }
            }),
            _ => json!({ "error": error, "error_description": description }),
        };
        HttpResponse::Unauthorized()
            .insert_header((WWW_AUTHENTICATE, format!(r#"Bearer realm="simulator", error="{error}""#)))
            .json(body)
    }

    fn body(self, provider: SimulatedProvider) -> Value {
        let is_unknown = self == Self::InvalidToken;
        match provider {
            SimulatedProvider::Github => {
                let (message, status) = if is_unknown { ("Bad credentials", "401") } else { ("Not Found", "404") };
                json!({ "message": message, "documentation_url": "https://docs.github.com/rest", "status": status })
            }
            SimulatedProvider::Discord if is_unknown => json!({ "message": "401: Unauthorized", "code": 0 }),
            SimulatedProvider::Discord => json!({ "message": "Missing Access", "code": 50001 }),
            SimulatedProvider::Spotify => json!({ "error": { "status": 401, "message": "The access token expired" } }),
            SimulatedProvider::Twitch => {
                let message = if is_unknown { "Invalid OAuth token" } else { "Client ID and OAuth token do not match" };
                json!({ "error": "Unauthorized", "status": 401, "message": message })
            }
            SimulatedProvider::Gitlab if is_unknown => json!({ "message": "401 Unauthorized" }),
            SimulatedProvider::Gitlab => json!({
                "error": "insufficient_scope",
                "error_description": "The request requires higher privileges than provided by the access token.",
                "scope": "api read_api read_user",
            }),
            SimulatedProvider::Bitbucket if is_unknown => json!({
                "type": "error",
                "error": { "message": "Access token expired. Use your refresh token to obtain a new access token." },
            }),
            SimulatedProvider::Bitbucket => json!({
                "type": "error",
                "error": { "message": "Your credentials lack one or more required privilege scopes." },
            }),
            SimulatedProvider::Strava => json!({
                "message": "Authorization Error",
                "errors": [{ "resource": "Athlete", "field": "access_token", "code": "invalid" }],
            }),
            SimulatedProvider::Facebook => {
                let (code, message) = match self {
                    Self::BadRequest => (100, "Invalid appsecret_proof provided in the API argument"),
                    _ => (190, "Invalid OAuth access token."),
                };
                json!({ "error": { "message": message, "type": "OAuthException", "code": code, "fbtrace_id": "Asim" } })
            }
            SimulatedProvider::Windowslive => {
                json!({ "error": { "code": "request_token_invalid", "message": "The access token isn't valid." } })
            }
            SimulatedProvider::X => {
                let (title, status) = if is_unknown { ("Unauthorized", 401) } else { ("Forbidden", 403) };
                json!({ "title": title, "type": "about:blank", "status": status, "detail": title })
            }
            _ => json!({ "message": "Unauthorized" }),
        }
    }
}

//! Why a caller is told nothing, as each house says it.

use actix_web::HttpResponse;
use actix_web::http::header::WWW_AUTHENTICATE;
use serde_json::{Value, json};

use crate::simulator::house::House;

/// A reason to tell nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stranger {
    /// The house's extra header is missing: `User-Agent` at GitHub, `Client-Id` at Twitch.
    Unnamed,
    /// There is no token that opens anything.
    Unknown,
    /// The token does not open this.
    Unentitled,
    /// The query is not well formed, or its proof is wrong (Facebook).
    Unproven,
}

impl Stranger {
    pub(super) fn answer(self, house: House, is_openid: bool) -> HttpResponse {
        if is_openid {
            return self.openid(house);
        }
        if (self, house) == (Self::Unnamed, House::Github) {
            return HttpResponse::Forbidden().content_type("text/plain").body(
                "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.",
            );
        }
        let mut response = match (self, house) {
            // GitHub does not say that there is something to be seen.
            (Self::Unentitled, House::Github) => HttpResponse::NotFound(),
            (_, House::Facebook) | (Self::Unproven, _) => HttpResponse::BadRequest(),
            (Self::Unentitled, _) => HttpResponse::Forbidden(),
            (Self::Unnamed | Self::Unknown, _) => HttpResponse::Unauthorized(),
        };
        response.json(self.body(house))
    }

    fn openid(self, house: House) -> HttpResponse {
        let (error, description) = match (self, house) {
            (Self::Unentitled, _) => ("insufficient_scope", "the scope openid is missing"),
            (_, House::Google) => ("invalid_request", "Invalid Credentials"),
            _ => ("invalid_token", "invalid token provided"),
        };
        let body = match house {
            House::Azuread | House::Entraid => json!({
                "error": { "code": "InvalidAuthenticationToken", "message": description, "innerError": {} }
            }),
            _ => json!({ "error": error, "error_description": description }),
        };
        HttpResponse::Unauthorized()
            .insert_header((WWW_AUTHENTICATE, format!(r#"Bearer realm="simulator", error="{error}""#)))
            .json(body)
    }

    fn body(self, house: House) -> Value {
        let is_unknown = self == Self::Unknown;
        match house {
            House::Github => {
                let (message, status) = if is_unknown { ("Bad credentials", "401") } else { ("Not Found", "404") };
                json!({ "message": message, "documentation_url": "https://docs.github.com/rest", "status": status })
            }
            House::Discord if is_unknown => json!({ "message": "401: Unauthorized", "code": 0 }),
            House::Discord => json!({ "message": "Missing Access", "code": 50001 }),
            House::Spotify => json!({ "error": { "status": 401, "message": "The access token expired" } }),
            House::Twitch => {
                let message = if is_unknown { "Invalid OAuth token" } else { "Client ID and OAuth token do not match" };
                json!({ "error": "Unauthorized", "status": 401, "message": message })
            }
            House::Gitlab if is_unknown => json!({ "message": "401 Unauthorized" }),
            House::Gitlab => json!({
                "error": "insufficient_scope",
                "error_description": "The request requires higher privileges than provided by the access token.",
                "scope": "api read_api read_user",
            }),
            House::Bitbucket if is_unknown => json!({
                "type": "error",
                "error": { "message": "Access token expired. Use your refresh token to obtain a new access token." },
            }),
            House::Bitbucket => json!({
                "type": "error",
                "error": { "message": "Your credentials lack one or more required privilege scopes." },
            }),
            House::Strava => json!({
                "message": "Authorization Error",
                "errors": [{ "resource": "Athlete", "field": "access_token", "code": "invalid" }],
            }),
            House::Facebook => {
                let (code, message) = match self {
                    Self::Unproven => (100, "Invalid appsecret_proof provided in the API argument"),
                    _ => (190, "Invalid OAuth access token."),
                };
                json!({ "error": { "message": message, "type": "OAuthException", "code": code, "fbtrace_id": "Asim" } })
            }
            House::Windowslive => {
                json!({ "error": { "code": "request_token_invalid", "message": "The access token isn't valid." } })
            }
            House::X => {
                let (title, status) = if is_unknown { ("Unauthorized", 401) } else { ("Forbidden", 403) };
                json!({ "title": title, "type": "about:blank", "status": status, "detail": title })
            }
            _ => json!({ "message": "Unauthorized" }),
        }
    }
}

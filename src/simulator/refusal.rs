//! Why the token endpoint gives nothing, in the words and statuses of each house.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::house::House;

/// A reason to give no tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The client did not prove who it is.
    Client,
    /// The request is not well formed; the text says how.
    Request(&'static str),
    /// No such grant type here.
    GrantType,
    /// The code or refresh token is wrong, expired or spent.
    Grant,
    /// The redirect URI is not the one of the authorization request.
    RedirectUri,
    /// The PKCE verifier does not fit, is missing, or is there without a challenge.
    Verifier,
    /// The simulator itself failed.
    Broken,
}

impl Refusal {
    /// Status and body as this house answers.
    pub(super) fn answer(self, house: House) -> (StatusCode, Value) {
        if self == Self::Broken {
            return (StatusCode::INTERNAL_SERVER_ERROR, json!({ "error": "server_error" }));
        }
        match house {
            House::Google => self.plainly(self.google()),
            House::Github => (StatusCode::OK, self.github()),
            House::Oidc => self.plainly(self.oidc()),
        }
    }

    fn plainly(self, (error, description): (&str, &str)) -> (StatusCode, Value) {
        let status = if self == Self::Client { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
        (status, json!({ "error": error, "error_description": description }))
    }

    fn google(self) -> (&'static str, &'static str) {
        match self {
            Self::Client => ("invalid_client", "Unauthorized"),
            Self::Request(what) => ("invalid_request", what),
            Self::GrantType => ("unsupported_grant_type", "Invalid grant_type."),
            Self::Grant => ("invalid_grant", "Malformed auth code."),
            Self::RedirectUri => ("redirect_uri_mismatch", "Bad Request"),
            Self::Verifier => ("invalid_grant", "Invalid code verifier."),
            Self::Broken => ("server_error", "Internal error."),
        }
    }

    fn oidc(self) -> (&'static str, &'static str) {
        match self {
            Self::Client => ("invalid_client", "client authentication failed"),
            Self::Request(what) => ("invalid_request", what),
            Self::GrantType => ("unsupported_grant_type", "unsupported grant_type requested"),
            // One answer for all of these: whoever guesses learns nothing.
            Self::Grant | Self::RedirectUri | Self::Verifier => ("invalid_grant", "grant request is invalid"),
            Self::Broken => ("server_error", "internal error"),
        }
    }

    fn github(self) -> Value {
        const HELP: &str =
            "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/";
        let (error, description) = match self {
            Self::Client => {
                ("incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect.")
            }
            Self::Request(what) => ("invalid_request", what),
            Self::GrantType => ("unsupported_grant_type", "The grant type is not supported."),
            Self::Grant | Self::Verifier => ("bad_verification_code", "The code passed is incorrect or expired."),
            Self::RedirectUri => (
                "redirect_uri_mismatch",
                "The redirect_uri MUST match the registered callback URL for this application.",
            ),
            Self::Broken => ("server_error", "Internal error."),
        };
        let anchor = error.replace('_', "-");
        json!({ "error": error, "error_description": description, "error_uri": format!("{HELP}#{anchor}") })
    }
}

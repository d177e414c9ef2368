//! Errors of the token endpoint, in the format of each provider.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::provider::SimulatedProvider;
use time::OffsetDateTime;
use time::macros::format_description;

/// Why a token request is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenError {
    /// Client authentication failed.
    Client,
    /// The request is malformed; with a description.
    Request(&'static str),
    /// Unsupported grant type.
    GrantType,
    /// The code is wrong, expired or used.
    Code,
    /// The refresh token is wrong, expired, used or revoked.
    RefreshToken,
    /// The redirect URI differs from the authorization request's.
    RedirectUri,
    /// The PKCE verifier is wrong, missing, or sent without a challenge.
    Verifier,
    /// The simulator itself failed.
    Internal,
}

impl TokenError {
    /// Status and body in the provider's format.
    pub(super) fn response(self, provider: SimulatedProvider, now: i64) -> (StatusCode, Value) {
        if self == Self::Internal {
            return (StatusCode::INTERNAL_SERVER_ERROR, json!({ "error": "server_error" }));
        }
        let body = match provider {
            SimulatedProvider::Github => return (StatusCode::OK, self.github()),
            SimulatedProvider::Twitch => self.twitch(),
            SimulatedProvider::Strava => self.strava(),
            SimulatedProvider::Facebook => self.facebook(),
            SimulatedProvider::Azuread | SimulatedProvider::Entraid => self.microsoft(now),
            _ => {
                let (error, description) = self.error_and_description(provider);
                json!({ "error": error, "error_description": description })
            }
        };
        let uses_401 = matches!(
            provider,
            SimulatedProvider::Google
                | SimulatedProvider::Linkedin
                | SimulatedProvider::Gitlab
                | SimulatedProvider::Azuread
                | SimulatedProvider::Entraid
                | SimulatedProvider::Oidc
        );
        let status = if self == Self::Client && uses_401 { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
        (status, body)
    }

    /// Error and description at the providers that follow RFC 6749.
    fn error_and_description(self, provider: SimulatedProvider) -> (&'static str, &'static str) {
        match (self, provider) {
            (Self::Request(what), _) => ("invalid_request", what),
            (Self::GrantType, SimulatedProvider::Google) => ("unsupported_grant_type", "Invalid grant_type."),
            (Self::GrantType, _) => ("unsupported_grant_type", "unsupported grant_type requested"),
            (Self::Client, SimulatedProvider::Google) => ("invalid_client", "Unauthorized"),
            (Self::Client, SimulatedProvider::Spotify) => ("invalid_client", "Invalid client"),
            (Self::Client, SimulatedProvider::X) => ("unauthorized_client", "Missing valid authorization header"),
            (Self::Client, _) => ("invalid_client", "client authentication failed"),
            // The same for all, so that guessing reveals nothing.
            (_, SimulatedProvider::Oidc) => ("invalid_grant", "grant request is invalid"),
            (_, SimulatedProvider::Gitlab) => (
                "invalid_grant",
                "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.",
            ),
            (Self::RefreshToken, SimulatedProvider::Linkedin) => {
                ("invalid_request", "The provided refresh token is invalid")
            }
            (_, SimulatedProvider::Linkedin) => (
                "invalid_request",
                "Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code. Or authorization code expired.",
            ),
            (Self::Code, SimulatedProvider::X) => {
                ("invalid_request", "Value passed for the authorization code was invalid.")
            }
            (Self::RefreshToken, SimulatedProvider::X) => {
                ("invalid_request", "Value passed for the token was invalid.")
            }
            (_, SimulatedProvider::X) => {
                ("invalid_request", "Value passed for the code verifier or redirect uri did not match.")
            }
            (Self::Code, _) => ("invalid_grant", bad_code(provider)),
            (Self::RefreshToken, SimulatedProvider::Spotify) => ("invalid_grant", "Invalid refresh token"),
            (Self::RefreshToken, _) => ("invalid_grant", "The refresh token is invalid, expired or revoked."),
            (Self::RedirectUri, SimulatedProvider::Google) => ("redirect_uri_mismatch", "Bad Request"),
            (Self::RedirectUri, SimulatedProvider::Spotify) => ("invalid_grant", "Invalid redirect URI"),
            (Self::RedirectUri, SimulatedProvider::Discord) => {
                ("invalid_grant", "Invalid \"redirect_uri\" in request.")
            }
            (Self::RedirectUri, _) => ("invalid_grant", "The redirect URI does not match."),
            (Self::Verifier, _) => ("invalid_grant", "Invalid code verifier."),
            (Self::Internal, _) => ("server_error", "internal error"),
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
            Self::Code | Self::RefreshToken | Self::Verifier => {
                ("bad_verification_code", "The code passed is incorrect or expired.")
            }
            Self::RedirectUri => (
                "redirect_uri_mismatch",
                "The redirect_uri MUST match the registered callback URL for this application.",
            ),
            Self::Internal => ("server_error", "Internal error."),
        };
        let anchor = error.replace('_', "-");
        json!({ "error": error, "error_description": description, "error_uri": format!("{HELP}#{anchor}") })
    }

    fn twitch(self) -> Value {
        let message = match self {
            Self::RefreshToken => {
                return json!({ "error": "Bad Request", "status": 400, "message": "Invalid refresh token" });
            }
            Self::Client => "invalid client secret",
            Self::Request(what) => what,
            Self::GrantType => "invalid grant type",
            Self::RedirectUri => "Parameter redirect_uri does not match registered URI",
            Self::Code | Self::Verifier | Self::Internal => "Invalid authorization code",
        };
        json!({ "status": 400, "message": message })
    }

    fn strava(self) -> Value {
        let (resource, field) = match self {
            Self::Client => ("Application", "client_id"),
            Self::Request(_) | Self::GrantType => ("Application", "grant_type"),
            Self::RedirectUri => ("Application", "redirect_uri"),
            Self::RefreshToken => ("RefreshToken", "refresh_token"),
            Self::Code | Self::Verifier | Self::Internal => ("AuthorizationCode", "code"),
        };
        let error = json!({ "resource": resource, "field": field, "code": "invalid" });
        json!({ "message": "Bad Request", "errors": [error] })
    }

    fn facebook(self) -> Value {
        let (code, message) = match self {
            Self::Client => (1, "Error validating client secret."),
            Self::Request(what) => (100, what),
            Self::GrantType => (100, "Invalid grant_type."),
            Self::RefreshToken => (190, "Error validating access token: Session has expired."),
            Self::RedirectUri => (191, "Error validating verification code. The redirect_uri differs."),
            Self::Code | Self::Verifier | Self::Internal => (100, "This authorization code has expired."),
        };
        json!({ "error": { "message": message, "type": "OAuthException", "code": code, "fbtrace_id": "AsimulatedTrace" } })
    }

    fn microsoft(self, now: i64) -> Value {
        let (error, number, message) = match self {
            Self::Client => ("invalid_client", 7_000_215, "Invalid client secret provided."),
            Self::Request(what) => ("invalid_request", 90_014, what),
            Self::GrantType => ("unsupported_grant_type", 70_003, "The app requested an unsupported grant type."),
            Self::RedirectUri => ("invalid_grant", 500_112, "The reply address does not match."),
            Self::Verifier => ("invalid_grant", 501_481, "The Code_Verifier does not match the code_challenge."),
            Self::Code | Self::RefreshToken | Self::Internal => {
                ("invalid_grant", 70_008, "The provided authorization code or refresh token has expired.")
            }
        };
        let (trace, correlation) = ("00000000-aaaa-bbbb-cccc-000000000000", "00000000-dddd-eeee-ffff-000000000000");
        let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");
        let time =
            OffsetDateTime::from_unix_timestamp(now).ok().and_then(|time| time.format(format).ok()).unwrap_or_default();
        let description = format!(
            "AADSTS{number}: {message}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {time}"
        );
        json!({
            "error": error,
            "error_description": description,
            "error_codes": [number],
            "timestamp": time,
            "trace_id": trace,
            "correlation_id": correlation,
        })
    }
}

fn bad_code(provider: SimulatedProvider) -> &'static str {
    match provider {
        SimulatedProvider::Google => "Malformed auth code.",
        SimulatedProvider::Discord => "Invalid \"code\" in request.",
        SimulatedProvider::Spotify => "Invalid authorization code",
        SimulatedProvider::Bitbucket => "The specified code is not valid.",
        SimulatedProvider::Windowslive => "The provided value for the 'code' parameter is not valid.",
        _ => "The code has expired or has been revoked.",
    }
}

//! `GET /signin/provider/{provider}`: off to the provider.

use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use regex::Regex;
use serde_json::Value;

use super::errors::{self, NhostError};
use super::names::provider_name;
use super::views;
use crate::domain::id::ProviderName;
use crate::domain::secret::Secret;
use crate::flow::directory::{Begin, NotBegun};
use crate::flow::error::Code;
use crate::http::cookies;
use crate::http::front::Front;
use crate::http::query::Parameters;
use crate::session::code;
use crate::user::options::SignUpOptions;

const KNOWN: [&str; 9] = [
    "allowedRoles",
    "defaultRole",
    "displayName",
    "locale",
    "metadata",
    "redirectTo",
    "connect",
    "state",
    "codeChallenge",
];

/// The page's pattern: letters, numbers and symbols of any script, and a few marks.
#[allow(clippy::expect_used, reason = "a constant that a test reads")]
static DISPLAY_NAME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[\p{L}\p{N}\p{S} ,.'-]{1,32}$").expect("a pattern"));

pub(super) async fn start(
    request: HttpRequest,
    front: web::Data<Front>,
    provider: web::Path<String>,
) -> Result<HttpResponse, NhostError> {
    let wish = read(&front, &request, &provider)?;
    match front.directory.begin(wish).await {
        Ok(begun) => {
            let mut response = HttpResponse::Found();
            for old in cookies::make_room(&front, &request) {
                response.cookie(old);
            }
            response.cookie(cookies::of_flow(&front, &begun));
            Ok(response.insert_header((header::LOCATION, begun.authorize_url.as_str())).finish())
        }
        Err(NotBegun { error, return_url: Some(return_url) }) if error.code != Code::Unavailable => {
            log::warn!(provider:% = provider; "a sign-in did not start: {error}");
            let code = errors::of_flow(error.code);
            let target = return_url.with(&[("error", code.text()), ("errorDescription", code.message())]);
            Ok(views::found(&target))
        }
        Err(NotBegun { error, .. }) => Err(NhostError::of_sign_in(&error)),
    }
}

/// Where the provider sends browsers: registered there, so always the same text.
fn redirect_uri(front: &Front, provider: &ProviderName) -> String {
    format!("{}/signin/provider/{provider}/callback", front.public_base)
}

fn read(front: &Front, request: &HttpRequest, provider: &str) -> Result<Begin, NhostError> {
    let provider = provider_name(front, provider)?;
    let mut query = Parameters::read(request.query_string().as_bytes(), &KNOWN)
        .map_err(|error| NhostError::invalid_request(error.to_string()))?;
    let mut checked = |name: &'static str, is_fine: fn(&str) -> bool, reason: &'static str| match query.take(name) {
        Some(text) if !is_fine(&text) => Err(NhostError::invalid_request(reason)),
        text => Ok(text),
    };
    let display_name = checked(
        "displayName",
        |text| DISPLAY_NAME.is_match(text),
        "displayName is 1 to 32 letters, numbers, symbols, spaces and ,.'-",
    )?;
    let locale = checked("locale", |text| (2..=3).contains(&text.chars().count()), "locale is 2 or 3 characters")?;
    let code_challenge = checked("codeChallenge", code::is_challenge, "codeChallenge is 43 characters of base64url")?;
    let metadata = match query.take("metadata") {
        None => None,
        Some(text) => match serde_json::from_str(&text) {
            Ok(Value::Object(object)) => Some(Value::Object(object)),
            _ => return Err(NhostError::invalid_request("metadata is a JSON object")),
        },
    };
    Ok(Begin {
        redirect_uri: redirect_uri(front, &provider),
        provider,
        return_url: query.take("redirectTo"),
        client_state: query.take("state").filter(|state| !state.is_empty()),
        connect: query.take("connect").filter(|token| !token.is_empty()).map(Secret::new),
        code_challenge,
        options: SignUpOptions {
            allowed_roles: query.take("allowedRoles").map(|roles| roles.split(',').map(str::to_owned).collect()),
            default_role: query.take("defaultRole"),
            display_name,
            locale,
            metadata,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_name_is_of_any_script_but_of_no_trick() {
        for good in ["John Smith", "Mira O'Kafor-Weber, jr.", "李雷", "Ünï 7", "€$+", &"x".repeat(32)] {
            assert!(DISPLAY_NAME.is_match(good), "{good}");
        }
        for bad in ["", &"x".repeat(33), "a\nb", "a\u{0}b", "<b>\u{202e}", "a\u{200b}b", "a;b", "a\n"] {
            assert!(!DISPLAY_NAME.is_match(bad), "{bad:?}");
        }
    }
}

//! Client authentication: a Basic header (form-encoded first, RFC 6749 section 2.3.1) or body fields, as the provider
//! accepts; never both. A public client sends only its id.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

use crate::form::Form;
use crate::provider::SimulatedProvider;
use crate::token_error::TokenError;
use crate::traits::ClientAuthentication;
use crate::{Client, Failure, Simulator, apple};

pub(crate) fn check(
    simulator: &Simulator,
    provider: SimulatedProvider,
    request: &HttpRequest,
    form: &Form,
) -> Result<Client, TokenError> {
    let header = request.headers().get(AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
    let in_body = form.get("client_secret");
    let proof = provider.traits().client;
    let (id, secret) = match (header, in_body) {
        (Some(_), Some(_)) => return Err(TokenError::Request("The client authenticates in two ways at once.")),
        (Some(header), None) if matches!(proof, ClientAuthentication::Basic | ClientAuthentication::Either) => {
            let (id, secret) = basic(header).ok_or(TokenError::Client)?;
            (id, Some(secret))
        }
        (None, Some(secret)) if proof != ClientAuthentication::Basic => {
            (form.get("client_id").unwrap_or_default().to_owned(), Some(secret.to_owned()))
        }
        (None, None) => (form.get("client_id").unwrap_or_default().to_owned(), None),
        _ => return Err(TokenError::Client),
    };
    let client = simulator.client(&id).ok_or(TokenError::Client)?;
    let other_client_id = form.get("client_id").is_some_and(|named| named != id);
    let is_authentic = match (proof, &secret) {
        (ClientAuthentication::Signed, Some(secret)) => apple::is_valid_secret(simulator, &id, secret),
        (ClientAuthentication::Signed, None) => false,
        (_, secret) => *secret == client.secret,
    };
    if !is_authentic || other_client_id || simulator.0.faults.strikes(provider, Failure::BadClient) {
        return Err(TokenError::Client);
    }
    Ok(client)
}

fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, credentials) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((decoded(id)?, decoded(secret)?))
}

/// Decodes one form-encoded value; `None` for characters that must be encoded.
fn decoded(text: &str) -> Option<String> {
    // A bare `=` or `/` means that the client did not encode the value.
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._*+%~".contains(&byte)) {
        return None;
    }
    form_urlencoded::parse(text.as_bytes()).next().map(|(word, _)| word.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(credentials: &str) -> String {
        format!("Basic {}", STANDARD.encode(credentials))
    }

    #[test]
    fn credentials_are_form_decoded() {
        let expected = Some(("client-01".to_owned(), "s3cr/t+=".to_owned()));
        assert_eq!(basic(&header("client-01:s3cr%2Ft%2B%3D")), expected);
        assert_eq!(basic("basic Y2xpZW50LTAxOnMzY3IlMkZ0JTJCJTNE"), expected);
    }

    #[test]
    fn unencoded_credentials_are_rejected() {
        assert_eq!(basic(&header("client-01:s3cr/t+=")), None);
    }
}

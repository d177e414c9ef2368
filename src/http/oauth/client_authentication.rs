//! Reads how a client proves who it is: `client_secret_basic`, `client_secret_post` (RFC 6749 section 2.3.1) or
//! `private_key_jwt` (RFC 7523 section 2.2), of which a request has exactly one.

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

use super::error::{OAuthError, database_error};
use super::request::TokenRequest;
use crate::clients::{AuthenticatedClient, AuthenticationError, Credential};
use crate::domain::audit::RequestOrigin;
use crate::domain::log;
use crate::domain::secret::Secret;
use crate::http::extract::Rejection;
use crate::http::rate_limit::RouteFamily;
use crate::http::state::HttpState;

/// The type of assertions.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The client that sent the request. A failure counts against the budget of its address.
pub(super) async fn authenticate(
    http: &HttpState,
    request: &HttpRequest,
    form: &TokenRequest,
    origin: &RequestOrigin,
) -> Result<AuthenticatedClient, OAuthError> {
    let authenticated = match presented(request.headers(), form) {
        Ok(credential) => authenticated(http, form, &credential).await,
        Err(error) => Err(error),
    };
    match (authenticated, &http.rate_limits, origin.client_ip) {
        (Err(error), Some(limits), Some(client)) => {
            let route = RouteFamily::Token.route();
            let checked = limits.check(RouteFamily::Token, client);
            Err(match checked.inspect_err(|_| http.metrics.http.rate_limited.count(route)) {
                Ok(()) => error,
                Err(wait) => Rejection::TooManyRequests { retry_after: wait.as_secs().saturating_add(1) }.into(),
            })
        }
        (authenticated, ..) => authenticated,
    }
}

async fn authenticated(
    http: &HttpState,
    form: &TokenRequest,
    credential: &Credential,
) -> Result<AuthenticatedClient, OAuthError> {
    let client = http.clients.authenticate(credential, http.clock.now()).await.map_err(|error| match error {
        AuthenticationError::Store(error) => database_error(&error),
        error => {
            log::debug!("{error}");
            OAuthError::invalid_client()
        }
    })?;
    // A `client_id` beside another method names the same client (RFC 7521 section 4.2).
    let is_same = form.client_id.text().is_none_or(|id| id == client.name());
    if is_same { Ok(client) } else { Err(OAuthError::invalid_client()) }
}

/// The only credential of a request.
fn presented(headers: &HeaderMap, form: &TokenRequest) -> Result<Credential, OAuthError> {
    let mut lines = headers.get_all(AUTHORIZATION);
    let (header, is_repeated) = (lines.next(), lines.next().is_some());
    let is_asserted = form.client_assertion.is_some() || form.client_assertion_type.is_some();
    let count = [header.is_some(), form.client_secret.is_some(), is_asserted].into_iter().filter(|one| *one).count();
    if is_repeated || count > 1 {
        return Err(OAuthError::invalid_request("the client authenticates in more than one way"));
    }
    if let Some(header) = header {
        return header.to_str().ok().and_then(basic).ok_or_else(OAuthError::invalid_client);
    }
    if is_asserted {
        if form.client_assertion_type.text() != Some(JWT_BEARER) {
            return Err(OAuthError::invalid_request(
                "client_assertion_type is urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ));
        }
        let assertion = form.client_assertion.0.clone();
        return assertion.map(Credential::Assertion).ok_or_else(OAuthError::invalid_client);
    }
    let credential = form.client_id.0.clone().zip(form.client_secret.0.clone());
    credential.map(|(client, secret)| Credential::Secret { client, secret }).ok_or_else(OAuthError::invalid_client)
}

/// Name and secret are form-encoded each before they are joined (RFC 6749 section 2.3.1).
fn basic(header: &str) -> Option<Credential> {
    let (scheme, token) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = Secret::new(String::from_utf8(STANDARD.decode(token.trim()).ok()?).ok()?);
    let (client, secret) = pair.expose().split_once(':')?;
    Some(Credential::Secret { client: decoded(client)?, secret: Secret::new(decoded(secret)?) })
}

/// The value of a form-encoded text.
fn decoded(text: &str) -> Option<String> {
    if text.contains(['&', '=']) {
        return None;
    }
    form_urlencoded::parse(text.as_bytes()).next().map(|(name, _)| name.into_owned())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;
    use crate::http::extract::text_map;

    fn presented_by(headers: &[&str], form: &str) -> Result<String, String> {
        let mut map = HeaderMap::new();
        for header in headers {
            map.append(AUTHORIZATION, HeaderValue::from_str(header).expect("a header"));
        }
        let form: TokenRequest = text_map::from_bytes(form.as_bytes()).expect("a form");
        match presented(&map, &form) {
            Ok(Credential::Secret { client, secret }) => Ok(format!("{client} {}", secret.expose())),
            Ok(Credential::Assertion(assertion)) => Ok(assertion.expose().to_owned()),
            Err(error) => Err(error.code().text().to_owned()),
        }
    }

    fn of_pair(pair: &str) -> String {
        format!("Basic {}", STANDARD.encode(pair))
    }

    #[test]
    fn credential_is_read_from_each_method() {
        let assertion = format!("client_assertion=x.y.z&client_assertion_type={JWT_BEARER}");
        for (headers, form, expected) in [
            (vec![of_pair("worker:s3cret")], "", "worker s3cret"),
            (vec![of_pair("a%2Bb:x+y%3A%25").replace("Basic", "bAsIc")], "", "a+b x y:%"),
            (vec![of_pair("worker:a:b")], "client_secret=", "worker a:b"),
            (vec![], "client_id=worker&client_secret=a%26b", "worker a&b"),
            (vec![], assertion.as_str(), "x.y.z"),
        ] {
            let headers: Vec<_> = headers.iter().map(String::as_str).collect();
            assert_eq!(presented_by(&headers, form), Ok(expected.to_owned()), "{headers:?} {form}");
        }
    }

    #[test]
    fn request_without_one_credential_is_refused() {
        let basic = of_pair("worker:x");
        for (headers, form, expected) in [
            (vec![], "", "invalid_client"),
            (vec![], "client_id=worker", "invalid_client"),
            (vec![], "client_secret=x", "invalid_client"),
            (vec!["Bearer x"], "", "invalid_client"),
            (vec!["Basic"], "", "invalid_client"),
            (vec!["Basic ???"], "", "invalid_client"),
            (vec![&of_pair("worker")], "", "invalid_client"),
            (vec![&of_pair("a&b:x")], "", "invalid_client"),
            (vec![], "client_assertion=x.y.z", "invalid_request"),
            (vec![], "client_assertion=x.y.z&client_assertion_type=other", "invalid_request"),
            (vec![basic.as_str(), basic.as_str()], "", "invalid_request"),
            (vec![&basic], "client_id=worker&client_secret=x", "invalid_request"),
            (vec![&basic], "client_assertion=x.y.z", "invalid_request"),
            (vec![], "client_id=worker&client_secret=x&client_assertion_type=y", "invalid_request"),
        ] {
            assert_eq!(presented_by(&headers, form), Err(expected.to_owned()), "{headers:?} {form}");
        }
    }
}

//! OAuth 1.0a (RFC 5849): temporary credentials, the redirect, token credentials and signed calls.
//!
//! Only X still needs it. Every call is signed with HMAC-SHA1 over its method, URL and parameters.

mod signature;

use http::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use http::{Method, Request, StatusCode};
use serde_json::Value;
use url::Url;

pub use self::signature::ConsumerCredentials;
use self::signature::RequestSigner;
use super::endpoint_error::EndpointError;
use super::http::{HttpClient, HttpError};
use crate::domain::clock::Timestamp;
use crate::domain::random::RandomSource;
use crate::domain::secret::Secret;
use crate::domain::tokens::ProviderTokens;
use crate::metrics::Endpoint;

/// Temporary credentials, valid until the user has agreed (RFC 5849 section 2.1).
#[derive(Clone, Debug)]
pub struct TemporaryCredentials {
    /// The request token, which the browser carries.
    pub token: Secret,
    /// Its secret, which never leaves the server.
    pub secret: Secret,
    /// Whether the provider confirms our callback URL.
    pub is_callback_confirmed: bool,
}

/// Token credentials, which a user's consent leads to (RFC 5849 section 2.3).
#[derive(Clone, Debug)]
pub struct TokenCredentials {
    /// The access token.
    pub token: Secret,
    /// Its secret.
    pub secret: Secret,
}

impl TokenCredentials {
    /// The token in the form in which it is stored.
    #[must_use]
    pub fn into_provider_tokens(self) -> ProviderTokens {
        ProviderTokens {
            access_token: self.token,
            token_secret: Some(self.secret),
            expires_in: None,
            expires_at: None,
            refresh_token: None,
            scopes: Vec::new(),
        }
    }
}

/// Requests temporary credentials (RFC 5849 section 2.1). `callback_url` contains our own `state`.
///
/// # Errors
/// [`EndpointError`], never with the body of the answer.
pub async fn request_token(
    http: &HttpClient,
    endpoint: &Url,
    consumer: &ConsumerCredentials,
    callback_url: &str,
    now: Timestamp,
    random: &dyn RandomSource,
) -> Result<TemporaryCredentials, EndpointError> {
    let signer = RequestSigner::new(consumer, now, random).with("oauth_callback", callback_url);
    let answer = FormResponse::read(post(http, Endpoint::RequestToken, endpoint, &signer).await?)?;
    Ok(TemporaryCredentials {
        token: answer.required("oauth_token")?,
        secret: answer.required("oauth_token_secret")?,
        is_callback_confirmed: answer.required("oauth_callback_confirmed")?.expose() == "true",
    })
}

/// The URL that the browser is sent to (RFC 5849 section 2.2).
#[must_use]
pub fn authorize_url(endpoint: &Url, temporary_token: &Secret) -> Url {
    let mut url = endpoint.clone();
    url.query_pairs_mut().append_pair("oauth_token", temporary_token.expose());
    url
}

/// Exchanges the temporary credentials and the verifier for token credentials (RFC 5849 section 2.3). The caller has
/// checked that the callback names the same temporary token.
///
/// # Errors
/// [`EndpointError`]; the verifier cannot be used again.
#[expect(clippy::too_many_arguments, reason = "each of them is signed or is the address")]
pub async fn access_token(
    http: &HttpClient,
    endpoint: &Url,
    consumer: &ConsumerCredentials,
    temporary_token: &Secret,
    temporary_secret: &Secret,
    verifier: &Secret,
    now: Timestamp,
    random: &dyn RandomSource,
) -> Result<TokenCredentials, EndpointError> {
    let signer = RequestSigner::new(consumer, now, random)
        .with_token(temporary_token, temporary_secret)
        .with("oauth_verifier", verifier.expose());
    let answer = FormResponse::read(post(http, Endpoint::Token, endpoint, &signer).await?)?;
    Ok(TokenCredentials { token: answer.required("oauth_token")?, secret: answer.required("oauth_token_secret")? })
}

/// Gets a JSON document for the owner of the token; the URL's own query is signed as well.
///
/// # Errors
/// [`HttpError`]
pub async fn get_json(
    http: &HttpClient,
    url: &Url,
    consumer: &ConsumerCredentials,
    token: &Secret,
    secret: &Secret,
    now: Timestamp,
    random: &dyn RandomSource,
) -> Result<Value, HttpError> {
    let signer = RequestSigner::new(consumer, now, random).with_token(token, secret);
    let headers = [("Authorization".to_owned(), signer.header("GET", url))];
    http.get_json(Endpoint::Userinfo, url, None, &headers).await
}

async fn post(
    http: &HttpClient,
    kind: Endpoint,
    endpoint: &Url,
    signer: &RequestSigner<'_>,
) -> Result<Vec<u8>, HttpError> {
    let mut request = Request::new(Vec::new());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = endpoint.as_str().parse().map_err(|_| HttpError::InvalidUrl)?;
    let header = HeaderValue::from_str(&signer.header("POST", endpoint)).map_err(|_| HttpError::InvalidRequest)?;
    request.headers_mut().insert(AUTHORIZATION, header);
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/x-www-form-urlencoded"));
    let response = http.send(kind, request).await?;
    match response.status() {
        StatusCode::OK => Ok(response.into_body()),
        status => Err(HttpError::Status(status.as_u16())),
    }
}

/// A form, whatever its content type: this provider sends no useful one.
pub(super) struct FormResponse(Vec<(String, Secret)>);

impl FormResponse {
    pub(super) fn read(body: Vec<u8>) -> Result<Self, EndpointError> {
        let body = String::from_utf8(body).map_err(|_| EndpointError::Malformed("body"))?;
        let pairs = url::form_urlencoded::parse(body.as_bytes());
        Ok(Self(pairs.map(|(name, value)| (name.into_owned(), Secret::new(value))).collect()))
    }

    /// The value of a field that must be present exactly once.
    pub(super) fn required(&self, name: &'static str) -> Result<Secret, EndpointError> {
        let mut found = self.0.iter().filter(|(key, _)| key == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) if !value.is_empty() => Ok(value.clone()),
            _ => Err(EndpointError::Malformed(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::random::OsRandom;
    use crate::oauth::test_server::{TestServer, client};

    const NOW: Timestamp = Timestamp::from_seconds(1_760_000_000);
    const FORM: &str = "text/html";

    fn consumer() -> ConsumerCredentials {
        ConsumerCredentials { key: "ck-demo-01".to_owned(), secret: Secret::new("cs demo/01") }
    }

    async fn request_temporary(provider: &TestServer) -> Result<TemporaryCredentials, EndpointError> {
        let callback = "https://auth.example.test/signin/provider/twitter/callback?state=abc.def";
        request_token(&client(), &provider.url("/r"), &consumer(), callback, NOW, &OsRandom).await
    }

    #[actix_web::test]
    async fn temporary_credentials_are_requested_with_callback() {
        let body = "oauth_token=rt%2B1&oauth_token_secret=rts&oauth_callback_confirmed=true";
        let provider = TestServer::always(200, FORM, body);
        let found = request_temporary(&provider).await.unwrap();
        assert_eq!((found.token.expose(), found.secret.expose(), found.is_callback_confirmed), ("rt+1", "rts", true));
        let requests = provider.requests();
        let header = requests[0].header("authorization").unwrap();
        assert!(header.starts_with("OAuth oauth_callback=\"https%3A%2F%2Fauth.example.test%2Fsignin"), "{header}");
        assert!(header.contains("oauth_timestamp=\"1760000000\"") && requests[0].body.is_empty());
        let url = authorize_url(&"https://api.example/oauth/authorize".parse().unwrap(), &found.token);
        assert_eq!(url.as_str(), "https://api.example/oauth/authorize?oauth_token=rt%2B1");
    }

    #[actix_web::test]
    async fn answer_with_missing_or_repeated_field_is_refused() {
        for (body, missing) in [
            ("", "oauth_token"),
            ("oauth_token=&oauth_token_secret=b&oauth_callback_confirmed=true", "oauth_token"),
            ("oauth_token=a&oauth_token=c&oauth_token_secret=b&oauth_callback_confirmed=true", "oauth_token"),
            ("oauth_token=a&oauth_callback_confirmed=true", "oauth_token_secret"),
            ("oauth_token=a&oauth_token_secret=b", "oauth_callback_confirmed"),
        ] {
            let found = request_temporary(&TestServer::always(200, FORM, body)).await;
            assert_eq!(found.err(), Some(EndpointError::Malformed(missing)), "{body}");
        }
        let unconfirmed = "oauth_token=a&oauth_token_secret=b&oauth_callback_confirmed=no";
        let found = request_temporary(&TestServer::always(200, FORM, unconfirmed)).await;
        assert!(!found.unwrap().is_callback_confirmed);
        let refused =
            request_temporary(&TestServer::always(401, "application/json", r#"{"errors":[{"code":32}]}"#)).await;
        assert_eq!(refused.err(), Some(EndpointError::Http(HttpError::Status(401))));
    }

    #[actix_web::test]
    async fn token_credentials_are_issued_for_verifier() {
        let provider = TestServer::always(200, FORM, "oauth_token=at&oauth_token_secret=ats&user_id=7");
        let [token, secret, verifier] = ["rt", "rts", "ver"].map(Secret::new);
        let endpoint = provider.url("/a");
        let (http, consumer) = (client(), consumer());
        let found = access_token(&http, &endpoint, &consumer, &token, &secret, &verifier, NOW, &OsRandom).await;
        let found = found.unwrap();
        assert_eq!((found.token.expose(), found.secret.expose()), ("at", "ats"));
        let requests = provider.requests();
        let header = requests[0].header("authorization").unwrap();
        assert!(header.contains("oauth_token=\"rt\"") && header.contains("oauth_verifier=\"ver\""), "{header}");

        let provider = TestServer::always(200, "application/json", r#"{"id_str":"7"}"#);
        let url = provider.url("/me?include_email=true");
        let profile = get_json(&http, &url, &consumer, &token, &secret, NOW, &OsRandom).await.unwrap();
        assert_eq!(profile["id_str"], "7");
        let requests = provider.requests();
        assert_eq!(requests[0].path, "/me?include_email=true");
        assert!(!requests[0].header("authorization").unwrap().contains("include_email"), "it is signed, not repeated");
    }
}

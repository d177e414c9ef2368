//! Exchanges an authorization code for tokens (RFC 6749 section 4.1.3, with PKCE of RFC 7636 section 4.5).
//!
//! The request is sent exactly once: a code is used up by the first attempt, whatever the answer.

use std::fmt;
use std::time::Duration;

use oauth2::{AuthorizationCode, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, TokenResponse as _};
use serde_json::{Map, Value};
use url::Url;

use super::oauth2_client::{ExtraMembers, token_client};
use super::response::normalise;
use crate::domain::clock::Timestamp;
use crate::domain::scopes;
use crate::domain::secret::Secret;
use crate::domain::tokens::ProviderTokens;
use crate::metrics::Endpoint;
use crate::oauth::client::ClientCredentials;
use crate::oauth::endpoint_error::EndpointError;
use crate::oauth::http::HttpClient;

/// A code exchange.
#[derive(Clone, Copy, Debug)]
pub struct CodeExchange<'a> {
    /// The provider's token endpoint.
    pub token_endpoint: &'a Url,
    /// Our credentials.
    pub client: &'a ClientCredentials,
    /// The redirect URI of the authorization request, byte for byte.
    pub redirect_uri: &'a str,
    /// The code of the callback.
    pub code: &'a Secret,
    /// The PKCE verifier, if a challenge was sent.
    pub code_verifier: Option<&'a Secret>,
}

/// A successful token response (RFC 6749 section 5.1).
#[derive(Clone, Debug)]
pub struct TokenResponse {
    /// A bearer token; never empty.
    pub access_token: Secret,
    /// For new tokens later.
    pub refresh_token: Option<Secret>,
    /// The lifetime of the access token in seconds, at most 68 years, if the provider sent it.
    pub expires_in: Option<u64>,
    /// The id_token (OpenID Connect Core section 3.1.3.3), not yet validated.
    pub id_token: Option<Secret>,
    /// The granted scopes, if the provider stated them; otherwise they are those of the request (RFC 6749 section 5.1).
    pub scopes: Option<Vec<String>>,
    /// Non-standard members, such as the profile itself.
    pub extra_fields: ExtraFields,
}

impl TokenResponse {
    /// The tokens in the form in which they are stored. `now` is when they arrived.
    #[must_use]
    pub fn into_provider_tokens(self, now: Timestamp) -> ProviderTokens {
        ProviderTokens {
            access_token: self.access_token,
            token_secret: None,
            expires_in: self.expires_in,
            expires_at: self.expires_in.map(|seconds| now.plus(Duration::from_secs(seconds))),
            refresh_token: self.refresh_token,
            scopes: self.scopes.unwrap_or_default(),
        }
    }
}

/// Non-standard members of a token response. They may describe a user, so `Debug` hides them.
#[derive(Clone, Default)]
pub struct ExtraFields(Map<String, Value>);

impl ExtraFields {
    /// The member of that name, unless it is `null`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }
}

impl fmt::Debug for ExtraFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Exchanges a code for tokens, with exactly one request.
///
/// # Errors
/// [`EndpointError`]; the code cannot be used again.
pub async fn exchange_code(http: &HttpClient, exchange: CodeExchange<'_>) -> Result<TokenResponse, EndpointError> {
    let redirect_uri =
        RedirectUrl::new(exchange.redirect_uri.to_owned()).map_err(|_| EndpointError::Malformed("redirect_uri"))?;
    let client = token_client(exchange.client, exchange.token_endpoint).set_redirect_uri(redirect_uri);
    let mut request = client.exchange_code(AuthorizationCode::new(exchange.code.expose().to_owned()));
    if let Some(verifier) = exchange.code_verifier {
        request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier.expose().to_owned()));
    }
    for (name, value) in exchange.client.assertion() {
        request = request.add_extra_param(name, value);
    }
    let send = async |request| normalise(&http.send(Endpoint::Token, request).await?);
    Ok(request.request_async(&send).await.map_err(from_oauth2_error)?.into())
}

/// The crate's own errors hold the whole body, so nothing of them is kept.
pub(super) fn from_oauth2_error<T: oauth2::ErrorResponse>(error: RequestTokenError<EndpointError, T>) -> EndpointError {
    match error {
        RequestTokenError::Request(error) => error,
        _ => EndpointError::Malformed("body"),
    }
}

type Oauth2Response = oauth2::StandardTokenResponse<ExtraMembers, oauth2::basic::BasicTokenType>;

impl From<Oauth2Response> for TokenResponse {
    fn from(tokens: Oauth2Response) -> Self {
        Self {
            access_token: Secret::new(tokens.access_token().secret()),
            refresh_token: tokens.refresh_token().map(|token| Secret::new(token.secret())),
            expires_in: tokens.expires_in().map(|life| life.as_secs()),
            id_token: tokens.extra_fields().id_token.clone(),
            scopes: tokens.scopes().map(|scopes| split_further(scopes)),
            extra_fields: ExtraFields(tokens.extra_fields().extra_fields.clone()),
        }
    }
}

/// The crate splits at spaces only, and some providers separate scopes with commas.
fn split_further(scopes: &[Scope]) -> Vec<String> {
    scopes.iter().flat_map(|scope| scopes::split(scope.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::domain::client_authentication::ClientAuthentication;
    use crate::oauth::http::HttpError;
    use crate::oauth::test_server::{RecordedRequest, TestServer, client};

    const REDIRECT_URI: &str = "https://Auth.example.test:443/a/../cb?x=%41";

    async fn exchange(
        provider: &TestServer,
        authentication: ClientAuthentication,
        verifier: Option<&str>,
    ) -> (Result<TokenResponse, EndpointError>, Vec<RecordedRequest>) {
        let credentials =
            ClientCredentials { id: "id:%+ü".into(), secret: Some(Secret::new("se:c%r+ü/=")), authentication };
        let found = exchange_code(
            &client(),
            CodeExchange {
                token_endpoint: &provider.url("/token?tenant=t"),
                client: &credentials,
                redirect_uri: REDIRECT_URI,
                code: &Secret::new("4/0A code&="),
                code_verifier: verifier.map(Secret::new).as_ref(),
            },
        )
        .await;
        (found, provider.requests())
    }

    fn full() -> TestServer {
        let body = r#"{"access_token":"AT","token_type":"Bearer","expires_in":"3599","refresh_token":"RT",
                       "id_token":"h.p.s","scope":["openid","email"],"athlete":{"id":7}}"#;
        TestServer::always(201, "application/json", body)
    }

    #[actix_web::test]
    async fn answer_is_read_completely() {
        let (tokens, _) = exchange(&full(), ClientAuthentication::ClientSecretPost, None).await;
        let tokens = tokens.unwrap();
        assert_eq!(tokens.access_token.expose(), "AT");
        assert_eq!(tokens.refresh_token.as_ref().map(Secret::expose), Some("RT"));
        assert_eq!(tokens.id_token.as_ref().map(Secret::expose), Some("h.p.s"));
        assert_eq!(tokens.expires_in, Some(3599));
        assert_eq!(tokens.scopes, Some(vec!["openid".to_owned(), "email".to_owned()]));
        assert_eq!(tokens.extra_fields.get("athlete"), Some(&serde_json::json!({"id": 7})));
        assert!(["access_token", "id_token"].iter().all(|name| tokens.extra_fields.get(name).is_none()));
        let shown = format!("{tokens:?}");
        assert!(!shown.contains("AT") && !shown.contains("RT") && !shown.contains("h.p.s"), "{shown}");
    }

    #[actix_web::test]
    async fn scopes_are_split_at_spaces_and_commas_and_may_be_absent() {
        for (scope, expected) in [
            (r#""scope":"repo,user:email""#, Some("repo user:email")),
            (r#""scope":"a  b, c""#, Some("a b c")),
            (r#""scope":"""#, Some("")),
            (r#""scope":null"#, None),
            (r#""x":1"#, None),
        ] {
            let body = format!(r#"{{"access_token":"AT","token_type":"Bearer",{scope}}}"#);
            let provider = TestServer::always(200, "application/json", &body);
            let (tokens, _) = exchange(&provider, ClientAuthentication::ClientSecretPost, None).await;
            let scopes = tokens.expect("tokens").scopes.map(|scopes| scopes.join(" "));
            assert_eq!(scopes.as_deref(), expected, "{scope}");
        }
    }

    #[actix_web::test]
    async fn request_holds_our_values_byte_for_byte() {
        let (_, requests) = exchange(&full(), ClientAuthentication::ClientSecretPost, Some("VERIFIER")).await;
        assert_eq!(requests.len(), 1);
        let request = &requests[0];
        assert_eq!(request.path, "/token?tenant=t");
        assert_eq!(request.header("accept"), Some("application/json"));
        assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
        assert_eq!(request.header("user-agent"), Some(concat!("vouchsafe/", env!("CARGO_PKG_VERSION"))));
        for (field, value) in [
            ("grant_type", "authorization_code"),
            ("code", "4/0A code&="),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", "VERIFIER"),
        ] {
            assert_eq!(request.field(field), [value], "{field}");
        }
    }

    #[actix_web::test]
    async fn credentials_are_sent_by_one_method_only() {
        let none: &[String] = &[];
        let (_, requests) = exchange(&full(), ClientAuthentication::ClientSecretBasic, None).await;
        let basic = requests[0].header("authorization").and_then(|value| value.strip_prefix("Basic ")).unwrap();
        let basic = String::from_utf8(STANDARD.decode(basic).unwrap()).unwrap();
        // RFC 6749 section 2.3.1: each half is form-encoded first, so the only colon is the one between them.
        assert_eq!(basic, "id%3A%25%2B%C3%BC:se%3Ac%25r%2B%C3%BC%2F%3D");
        assert_eq!((&*requests[0].field("client_id"), &*requests[0].field("client_secret")), (none, none));
        assert_eq!(requests[0].field("code_verifier"), none);

        let (_, requests) = exchange(&full(), ClientAuthentication::ClientSecretPost, None).await;
        assert_eq!(requests[0].header("authorization"), None);
        assert_eq!(requests[0].field("client_id"), ["id:%+ü"]);
        assert_eq!(requests[0].field("client_secret"), ["se:c%r+ü/="]);

        let (_, requests) = exchange(&full(), ClientAuthentication::None, None).await;
        assert_eq!(requests[0].header("authorization"), None);
        assert_eq!(requests[0].field("client_id"), ["id:%+ü"]);
        assert_eq!(requests[0].field("client_secret"), none);

        let (_, requests) = exchange(&full(), ClientAuthentication::PrivateKeyJwt, None).await;
        assert_eq!(requests[0].header("authorization"), None);
        assert_eq!(requests[0].field("client_secret"), none);
        assert_eq!(requests[0].field("client_assertion"), ["se:c%r+ü/="]);
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        assert_eq!(requests[0].field("client_assertion_type"), [kind]);
    }

    #[actix_web::test]
    async fn code_is_sent_once_whatever_the_answer() {
        for (status, body, error) in [
            (400, r#"{"error":"invalid_grant"}"#, EndpointError::Rejected { error: "invalid_grant".into() }),
            (401, r#"{"error":"invalid_client"}"#, EndpointError::Rejected { error: "invalid_client".into() }),
            (200, r#"{"error":"bad_code"}"#, EndpointError::Rejected { error: "bad_code".into() }),
            (200, "{}", EndpointError::Malformed("access_token")),
            (200, "", EndpointError::Malformed("body")),
            (204, "", EndpointError::Malformed("body")),
            (307, "", EndpointError::Http(HttpError::Status(307))),
            (500, "", EndpointError::Http(HttpError::Status(500))),
            (503, r#"{"error":"temporarily_unavailable"}"#, EndpointError::Http(HttpError::Status(503))),
        ] {
            let provider = TestServer::always(status, "application/json", body);
            let (found, requests) = exchange(&provider, ClientAuthentication::ClientSecretBasic, None).await;
            assert_eq!(found.err(), Some(error), "{status} {body}");
            assert_eq!(requests.len(), 1, "{status} {body}");
        }
    }
}

//! Client credentials and how a request carries them (RFC 6749 section 2.3, RFC 7523).
//!
//! The method is fixed for each provider: a code can be used once, so there is no second try by another method. Pure.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Method, Request};
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::http::HttpError;
use crate::domain::client_authentication::ClientAuthentication;
use crate::domain::secret::Secret;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const FORM: &str = "application/x-www-form-urlencoded";

/// Our registration at a provider, and how we authenticate.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    /// The client id.
    pub id: String,
    /// The client secret, or the assertion that was signed for this call; a public client has none.
    pub secret: Option<Secret>,
    /// The method by which both are sent.
    pub authentication: ClientAuthentication,
}

impl ClientCredentials {
    /// The fields of an assertion, for a form that already names the client.
    pub(super) fn assertion(&self) -> Vec<(&'static str, &str)> {
        match (self.authentication, &self.secret) {
            (ClientAuthentication::PrivateKeyJwt, Some(assertion)) => {
                vec![("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion.expose())]
            }
            _ => Vec::new(),
        }
    }

    /// The fields that authenticate the client in a form.
    fn fields(&self) -> Vec<(&'static str, &str)> {
        let mut fields = match self.authentication {
            ClientAuthentication::ClientSecretBasic => Vec::new(),
            _ => vec![("client_id", self.id.as_str())],
        };
        if let (ClientAuthentication::ClientSecretPost, Some(secret)) = (self.authentication, &self.secret) {
            fields.push(("client_secret", secret.expose()));
        }
        fields.extend(self.assertion());
        fields
    }

    /// Whether the client is named by a header instead of the form.
    pub(super) fn uses_header(&self) -> bool {
        self.authentication == ClientAuthentication::ClientSecretBasic
    }

    /// The `Authorization: Basic` header; both halves are form-encoded first (RFC 6749 section 2.3.1).
    pub(super) fn basic(&self) -> Result<HeaderValue, HttpError> {
        let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let secret = self.secret.as_ref().map(Secret::expose).unwrap_or_default();
        let pair = format!("{}:{}", encoded(&self.id), encoded(secret));
        let value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair)));
        value.map_err(|_| HttpError::InvalidRequest)
    }

    /// A form of `fields` with client authentication.
    pub(super) fn form(&self, endpoint: &Url, fields: &[(&str, &str)]) -> Result<Request<Vec<u8>>, HttpError> {
        let mut request = form(endpoint, self.fields().iter().chain(fields))?;
        if self.uses_header() {
            request.headers_mut().insert(AUTHORIZATION, self.basic()?);
        }
        Ok(request)
    }
}

/// A form of `fields` without client authentication.
pub(super) fn form<'a>(
    endpoint: &Url,
    fields: impl IntoIterator<Item = &'a (&'a str, &'a str)>,
) -> Result<Request<Vec<u8>>, HttpError> {
    let body = Serializer::new(String::new()).extend_pairs(fields.into_iter().copied()).finish();
    let mut request = Request::new(body.into_bytes());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = endpoint.as_str().parse().map_err(|_| HttpError::InvalidUrl)?;
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
    Ok(request)
}

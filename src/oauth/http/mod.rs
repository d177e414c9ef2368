//! The guarded HTTP client: the only way in which this service calls a provider.
//!
//! It follows no redirect, checks the address that it connects to, limits time and size, and trusts the web's roots
//! and the operator's. Only this module names awc; it uses [`super::public_ip`].

mod error;
mod policy;
mod resolver;

use std::sync::Arc;
use std::time::Duration;

use actix_tls::connect::{Connector as TcpConnector, Resolver};
use awc::error::PayloadError;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use serde_json::Value;
use url::Url;

pub use self::error::HttpError;
pub use self::policy::{HttpPolicy, NetworkAccess};
use self::resolver::GuardedResolver;
use crate::domain::secret::Secret;

/// The largest body of an answer.
const MAX_BODY_BYTES: usize = 1024 * 1024;
/// The largest metadata document or key set: they stay in memory.
const MAX_METADATA_BYTES: usize = 256 * 1024;
const MAX_CONNECTIONS: usize = 16;
/// The longest wait for a name, a connection or a handshake, each.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const USER_AGENT: &str = concat!("vouchsafe/", env!("CARGO_PKG_VERSION"));

/// A client with a small connection pool, for one worker and one provider.
#[derive(Clone)]
pub struct HttpClient {
    client: awc::Client,
    policy: HttpPolicy,
}

impl HttpClient {
    /// A client that keeps to `policy`. It belongs to the thread it was made on.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the guarded client is the one place that may build an awc client")]
    pub fn new(policy: &HttpPolicy) -> Self {
        let resolver = GuardedResolver { networks: policy.networks };
        let connect_timeout = policy.timeout.min(CONNECT_TIMEOUT);
        let connector = awc::Connector::new()
            .connector(TcpConnector::new(Resolver::custom(resolver)).service())
            .rustls_0_23(Arc::clone(&policy.tls))
            .timeout(connect_timeout)
            .handshake_timeout(connect_timeout)
            .limit(MAX_CONNECTIONS);
        // awc's own timeout ends with the head of an answer; ours covers head and body.
        let client = awc::Client::builder()
            .connector(connector)
            .disable_timeout()
            .disable_redirects()
            .add_default_header(("User-Agent", USER_AGENT))
            .finish();
        Self { client, policy: policy.clone() }
    }

    /// Gets a JSON document: status 200 and nothing else. `headers` replace our `Accept` and `User-Agent`.
    ///
    /// # Errors
    /// Those of [`Self::send`], [`HttpError::Status`] and [`HttpError::NotJson`].
    pub async fn get_json(
        &self,
        url: &Url,
        bearer: Option<&Secret>,
        headers: &[(String, String)],
    ) -> Result<Value, HttpError> {
        let mut request = get(url)?;
        for (name, value) in headers {
            let name: HeaderName = name.parse().map_err(|_| HttpError::InvalidRequest)?;
            let value = value.parse().map_err(|_| HttpError::InvalidRequest)?;
            request.headers_mut().insert(name, value);
        }
        if let Some(token) = bearer {
            let value = HeaderValue::from_str(&format!("Bearer {}", token.expose()));
            let value = value.map_err(|_| HttpError::InvalidRequest)?;
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        json(&self.send(request).await?)
    }

    /// Gets a metadata document or key set of at most 256 KiB, without credentials.
    ///
    /// # Errors
    /// As [`Self::get_json`].
    pub async fn get_metadata(&self, url: &Url) -> Result<Value, HttpError> {
        json(&self.send_limited(get(url)?, MAX_METADATA_BYTES).await?)
    }

    /// Whether the policy allows calls to `url`.
    ///
    /// # Errors
    /// [`HttpError::InvalidUrl`], [`HttpError::InsecureUrl`] or [`HttpError::PrivateNetwork`].
    pub fn check_url(&self, url: &Url) -> Result<(), HttpError> {
        self.policy.check_url(url)
    }

    /// Sends a request once and returns the answer, whatever its status.
    ///
    /// # Errors
    /// Every [`HttpError`] except those about status, JSON and roots.
    pub async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, HttpError> {
        self.send_limited(request, MAX_BODY_BYTES).await
    }

    async fn send_limited(
        &self,
        request: Request<Vec<u8>>,
        max_body_bytes: usize,
    ) -> Result<Response<Vec<u8>>, HttpError> {
        let (head, body) = request.into_parts();
        // The parsed URL is checked and called: the parser writes an address such as 127.1 in full.
        let url = Url::parse(&head.uri.to_string()).map_err(|_| HttpError::InvalidUrl)?;
        self.policy.check_url(&url)?;
        let method =
            awc::http::Method::from_bytes(head.method.as_str().as_bytes()).map_err(|_| HttpError::InvalidRequest)?;
        let mut request = self.client.request(method, url.as_str());
        for (name, value) in &head.headers {
            request = request.insert_header((name.as_str(), value.as_bytes()));
        }
        let call = async {
            let mut response = request.send_body(body).await.map_err(|error| HttpError::from_awc(&error, &url))?;
            let body = response.body().limit(max_body_bytes).await.map_err(|error| match error {
                PayloadError::Overflow => HttpError::TooLarge,
                _ => HttpError::Interrupted,
            })?;
            let mut answer = Response::builder().status(response.status().as_u16());
            for (name, value) in response.headers() {
                answer = answer.header(name.as_str(), value.as_bytes());
            }
            answer.body(body.to_vec()).map_err(|_| HttpError::Interrupted)
        };
        tokio::time::timeout(self.policy.timeout, call).await.map_err(|_| HttpError::Timeout)?
    }
}

fn get(url: &Url) -> Result<Request<Vec<u8>>, HttpError> {
    let mut request = Request::new(Vec::new());
    *request.method_mut() = Method::GET;
    *request.uri_mut() = url.as_str().parse().map_err(|_| HttpError::InvalidUrl)?;
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    Ok(request)
}

fn json(response: &Response<Vec<u8>>) -> Result<Value, HttpError> {
    if response.status() != StatusCode::OK {
        return Err(HttpError::Status(response.status().as_u16()));
    }
    // A signed or encrypted document was not asked for, and its payload may not be read as JSON.
    let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if matches!(kind.as_str(), "application/jwt" | "text/html") {
        return Err(HttpError::NotJson);
    }
    serde_json::from_slice(response.body()).map_err(|_| HttpError::NotJson)
}

#[cfg(test)]
mod tests;

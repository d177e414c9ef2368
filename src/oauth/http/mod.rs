//! The guarded HTTP client: the only way in which this service calls a provider.
//!
//! It follows no redirect, checks the address that it connects to, limits time and size, and trusts the web's roots
//! and the operator's. Only this module names awc; it uses [`super::public_ip`].

mod delivery;
mod error;
mod policy;
#[cfg(feature = "cli")]
mod probe;
mod resolver;

use std::sync::Arc;
use std::time::Duration;

use actix_tls::connect::{Connector as TcpConnector, Resolver};
use actix_web::web::Bytes;
use awc::ClientRequest;
use awc::error::PayloadError;
use awc::http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
};
use awc::http::{Method, StatusCode};
use serde_json::Value;
use url::Url;

pub use self::error::HttpError;
pub use self::policy::{HttpPolicy, NetworkAccess};
#[cfg(feature = "cli")]
pub use self::probe::ProbeAnswer;
use self::resolver::GuardedResolver;
use super::strict_json;
use crate::domain::clock::Stopwatch;
use crate::domain::secret::Secret;
use crate::metrics::{Endpoint, UpstreamError, UpstreamMetrics};

/// The largest body of an answer.
const MAX_BODY_BYTES: usize = 1024 * 1024;
/// The largest metadata document or key set: they stay in memory.
const MAX_METADATA_BYTES: usize = 256 * 1024;
/// The most calls at once: 640 a second if an answer takes 100 ms.
const MAX_CONNECTIONS: usize = 64;
/// The longest wait for a name, a connection or a handshake, each.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const ACCEPT_JSON: (HeaderName, HeaderValue) = (ACCEPT, HeaderValue::from_static("application/json"));
const USER_AGENT: &str = concat!("vouchsafe/", env!("CARGO_PKG_VERSION"));

/// A client with a pool of kept connections, for one worker and one provider.
#[derive(Clone)]
pub struct HttpClient {
    client: awc::Client,
    policy: HttpPolicy,
    metrics: Arc<UpstreamMetrics>,
}

impl HttpClient {
    /// A client that keeps to `policy`. It belongs to the thread it was made on.
    #[must_use]
    pub fn new(policy: &HttpPolicy, metrics: Arc<UpstreamMetrics>) -> Self {
        Self::with_keep_alive(policy, metrics, KEEP_ALIVE)
    }

    /// The same with a new connection for each call: one that is kept may be closed by the server just as the request is
    /// sent, and then it is unknown whether it arrived.
    #[must_use]
    pub fn without_reuse(policy: &HttpPolicy, metrics: Arc<UpstreamMetrics>) -> Self {
        Self::with_keep_alive(policy, metrics, Duration::ZERO)
    }

    #[expect(clippy::disallowed_methods, reason = "the guarded client is the one place that may build an awc client")]
    fn with_keep_alive(policy: &HttpPolicy, metrics: Arc<UpstreamMetrics>, keep_alive: Duration) -> Self {
        let resolver = GuardedResolver { networks: policy.networks };
        let connect_timeout = policy.timeout.min(CONNECT_TIMEOUT);
        let connector = awc::Connector::new()
            .connector(TcpConnector::new(Resolver::custom(resolver)).service())
            .rustls_0_23(Arc::clone(&policy.tls))
            .timeout(connect_timeout)
            .handshake_timeout(connect_timeout)
            .conn_keep_alive(keep_alive)
            .limit(MAX_CONNECTIONS);
        // awc's own timeout ends with the head of an answer; ours covers head and body.
        let client = awc::Client::builder()
            .connector(connector)
            .disable_timeout()
            .disable_redirects()
            .add_default_header(("User-Agent", USER_AGENT))
            .finish();
        Self { client, policy: policy.clone(), metrics }
    }

    /// Gets a JSON document: status 200 and nothing else. `headers` replace our `Accept` and `User-Agent`.
    ///
    /// # Errors
    /// Those of [`Self::send`], [`HttpError::Status`] and [`HttpError::NotJson`].
    pub async fn get_json(
        &self,
        endpoint: Endpoint,
        url: &Url,
        bearer: Option<&Secret>,
        headers: &[(String, String)],
    ) -> Result<Value, HttpError> {
        self.get(endpoint, url, bearer, headers).await?.json(strict_json::parse)
    }

    /// As [`Self::get_json`], of an object only the `wanted` members, or all.
    ///
    /// # Errors
    /// As [`Self::get_json`].
    pub async fn get_members(
        &self,
        endpoint: Endpoint,
        url: &Url,
        bearer: Option<&Secret>,
        headers: &[(String, String)],
        wanted: Option<&[&str]>,
    ) -> Result<Value, HttpError> {
        let answer = self.get(endpoint, url, bearer, headers).await?;
        answer.json(|body| match wanted {
            Some(wanted) => strict_json::parse_members(body, |name| wanted.contains(&name)),
            None => strict_json::parse(body),
        })
    }

    async fn get(
        &self,
        endpoint: Endpoint,
        url: &Url,
        bearer: Option<&Secret>,
        headers: &[(String, String)],
    ) -> Result<Answer, HttpError> {
        let mut request = self.request(Method::GET, url)?.insert_header(ACCEPT_JSON);
        for (name, value) in headers {
            request = request.insert_header(header(name.as_bytes(), value.as_bytes())?);
        }
        if let Some(token) = bearer {
            let value = HeaderValue::try_from(format!("Bearer {}", token.expose()));
            request = request.insert_header((AUTHORIZATION, value.map_err(|_| HttpError::InvalidRequest)?));
        }
        self.call(endpoint, request, url, (Bytes::new(), MAX_BODY_BYTES)).await
    }

    /// Gets a metadata document or key set of at most 256 KiB, without credentials.
    ///
    /// # Errors
    /// As [`Self::get_json`].
    pub async fn get_metadata(&self, endpoint: Endpoint, url: &Url) -> Result<Value, HttpError> {
        let request = self.request(Method::GET, url)?.insert_header(ACCEPT_JSON);
        self.call(endpoint, request, url, (Bytes::new(), MAX_METADATA_BYTES)).await?.json(strict_json::parse)
    }

    /// Whether the policy allows calls to `url`.
    ///
    /// # Errors
    /// [`HttpError::InvalidUrl`], [`HttpError::InsecureUrl`] or [`HttpError::PrivateNetwork`].
    pub fn check_url(&self, url: &Url) -> Result<(), HttpError> {
        self.policy.check_url(url)
    }

    /// Sends a request once and returns the answer, whatever its status. Of its headers `Content-Type` and
    /// `Retry-After` are kept.
    ///
    /// # Errors
    /// Every [`HttpError`] except those about status, JSON and roots.
    pub async fn send(
        &self,
        endpoint: Endpoint,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, HttpError> {
        let (request, url, body) = self.prepare(request)?;
        let answer = self.call(endpoint, request, &url, (body, MAX_BODY_BYTES)).await?;
        let mut response = http::Response::builder().status(answer.status.as_u16());
        if let Some(kind) = answer.content_type {
            response = response.header(http::header::CONTENT_TYPE, kind.as_bytes());
        }
        if let Some(time) = answer.retry_after {
            response = response.header(http::header::RETRY_AFTER, time.as_bytes());
        }
        response.body(answer.body.into()).map_err(|_| HttpError::Interrupted)
    }

    fn prepare(&self, request: http::Request<Vec<u8>>) -> Result<(ClientRequest, Url, Bytes), HttpError> {
        let (head, body) = request.into_parts();
        let url = Url::parse(&head.uri.to_string()).map_err(|_| HttpError::InvalidUrl)?;
        let method = Method::from_bytes(head.method.as_str().as_bytes()).map_err(|_| HttpError::InvalidRequest)?;
        let mut request = self.request(method, &url)?;
        for (name, value) in &head.headers {
            request = request.insert_header(header(name.as_str().as_bytes(), value.as_bytes())?);
        }
        Ok((request, url, body.into()))
    }

    /// A request to a URL that the policy allows. The parsed URL is checked and called: the parser writes an address such
    /// as 127.1 in full.
    fn request(&self, method: Method, url: &Url) -> Result<ClientRequest, HttpError> {
        self.policy.check_url(url)?;
        Ok(self.client.request(method, url.as_str()))
    }

    async fn call(
        &self,
        endpoint: Endpoint,
        request: ClientRequest,
        url: &Url,
        (body, max_body_bytes): (Bytes, usize),
    ) -> Result<Answer, HttpError> {
        let stopwatch = Stopwatch::start();
        let call = async {
            let mut response = request.send_body(body).await.map_err(|error| HttpError::from_awc(&error, url))?;
            let announced = length(response.headers());
            let body = response.body().limit(max_body_bytes).await.map_err(|error| match error {
                PayloadError::Overflow => HttpError::TooLarge,
                _ => HttpError::Interrupted,
            })?;
            // awc takes the end of the connection for the end of the body.
            if announced.is_some_and(|announced| announced != body.len()) {
                return Err(HttpError::Interrupted);
            }
            let content_type = response.headers().get(CONTENT_TYPE).cloned();
            let retry_after = response.headers().get(RETRY_AFTER).cloned();
            Ok(Answer { status: response.status(), content_type, retry_after, body })
        };
        let answer = tokio::time::timeout(self.policy.timeout, call).await.unwrap_or(Err(HttpError::Timeout));
        let error = match &answer {
            Ok(answer) => UpstreamError::of_status(answer.status.as_u16()),
            Err(error) => Some(error.kind()),
        };
        self.metrics.record(endpoint, stopwatch.elapsed(), error);
        answer
    }
}

/// What a server answered, as far as anyone reads it.
struct Answer {
    status: StatusCode,
    content_type: Option<HeaderValue>,
    retry_after: Option<HeaderValue>,
    body: Bytes,
}

impl Answer {
    fn json(&self, parse: impl FnOnce(&[u8]) -> Option<Value>) -> Result<Value, HttpError> {
        if self.status != StatusCode::OK {
            return Err(HttpError::Status(self.status.as_u16()));
        }
        // A signed or encrypted document was not asked for, and its payload may not be read as JSON.
        let kind = self.content_type.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if ["application/jwt", "text/html"].iter().any(|refused| kind.eq_ignore_ascii_case(refused)) {
            return Err(HttpError::NotJson);
        }
        parse(&self.body).ok_or(HttpError::NotJson)
    }
}

/// The announced length of a body.
fn length(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn header(name: &[u8], value: &[u8]) -> Result<(HeaderName, HeaderValue), HttpError> {
    let name = HeaderName::from_bytes(name).map_err(|_| HttpError::InvalidRequest)?;
    Ok((name, HeaderValue::from_bytes(value).map_err(|_| HttpError::InvalidRequest)?))
}

#[cfg(test)]
mod tests;

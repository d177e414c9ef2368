//! The guarded HTTP client: the one way from here to anybody else's server.
//!
//! It speaks TLS, follows no redirect, reads at most 1 MiB, ends every call in time, and reaches no private
//! network unless the policy says so. Its errors hold neither URL nor body. No other file names awc; it may
//! call [`super::public_ip`] and `resolver`.

mod resolver;

use std::sync::Arc;
use std::time::Duration;

use actix_tls::connect::{Connector as TcpConnector, Resolver};
use awc::error::{ConnectError, PayloadError, SendRequestError};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use url::{Host, Url};

use self::resolver::{GuardedResolver, PrivateIp};
use super::public_ip::is_public;
use crate::domain::secret::Secret;

const MAX_BODY_BYTES: usize = 1024 * 1024;
const MAX_CONNECTIONS: usize = 16;
/// The longest wait for a name, a connection or a handshake, each.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const USER_AGENT: &str = concat!("vouchsafe/", env!("CARGO_PKG_VERSION"));

/// Whom we trust, how long we wait, and whether private networks are within reach. Shared by all workers.
#[derive(Clone, Debug)]
pub struct HttpPolicy {
    tls: Arc<ClientConfig>,
    timeout: Duration,
    allow_private_networks: bool,
}

/// Why a call brought no answer. It never holds a URL, a header or a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The whole call, or its connection, took too long.
    #[error("the provider did not answer in time")]
    Timeout,
    /// The host is in a private network, and the policy does not allow those.
    #[error("the host is in a private network")]
    PrivateNetwork,
    /// No address or no connection.
    #[error("no connection to the provider")]
    Connect,
    /// The TLS handshake failed; the text is one of ours.
    #[error("no secure connection to the provider: {0}")]
    Tls(&'static str),
    /// The connection broke, or what came is not HTTP.
    #[error("the provider's answer broke off")]
    Interrupted,
    /// The body is longer than 1 MiB.
    #[error("the provider's answer is too large")]
    TooLarge,
    /// Another status than 200 where only that is an answer.
    #[error("the provider answered with status {0}")]
    Status(u16),
    /// The body is not JSON, or says that it is something else.
    #[error("the provider's answer is not JSON")]
    NotJson,
    /// Not an absolute `https` URL with a host and without credentials.
    #[error("not a URL that may be called")]
    InvalidUrl,
    /// A method or header that HTTP does not know.
    #[error("not a request that can be sent")]
    InvalidRequest,
    /// The additional roots are not certificates in PEM.
    #[error("the additional root certificates cannot be read")]
    InvalidRoots,
}

impl HttpError {
    /// Whether the provider is away, rather than of another opinion.
    #[must_use]
    pub fn is_outage(self) -> bool {
        matches!(self, Self::Timeout | Self::Connect | Self::Tls(_) | Self::Interrupted | Self::Status(500..))
    }
}

impl HttpPolicy {
    /// A policy that trusts the web's roots and those in `extra_roots_pem`. `timeout` is for a whole call.
    ///
    /// With `allow_private_networks` also plain `http` may be called: there is no certificate for a private name.
    ///
    /// # Errors
    /// [`HttpError::InvalidRoots`] if the PEM text holds no certificate or a broken one.
    pub fn new(
        timeout: Duration,
        allow_private_networks: bool,
        extra_roots_pem: Option<&[u8]>,
    ) -> Result<Self, HttpError> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(pem) = extra_roots_pem {
            let certificates = CertificateDer::pem_slice_iter(pem)
                .collect::<Result<Vec<_>, _>>()
                .map_err(|_| HttpError::InvalidRoots)?;
            if certificates.is_empty() {
                return Err(HttpError::InvalidRoots);
            }
            for certificate in certificates {
                roots.add(certificate).map_err(|_| HttpError::InvalidRoots)?;
            }
        }
        // The provider is named, so that a second one in the tree can never make this panic.
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| HttpError::Tls("no protocol version"))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { tls: Arc::new(tls), timeout, allow_private_networks })
    }

    /// Whether the policy lets us call `url`. A host name is looked at again when it has become an address.
    fn check_url(&self, url: &Url) -> Result<(), HttpError> {
        let is_scheme_fine = url.scheme() == "https" || (url.scheme() == "http" && self.allow_private_networks);
        if !is_scheme_fine || !url.username().is_empty() || url.password().is_some() {
            return Err(HttpError::InvalidUrl);
        }
        // The connector does not ask the resolver about a literal address.
        let address = match url.host().ok_or(HttpError::InvalidUrl)? {
            Host::Domain(_) => return Ok(()),
            Host::Ipv4(address) => address.into(),
            Host::Ipv6(address) => address.into(),
        };
        if self.allow_private_networks || is_public(address) { Ok(()) } else { Err(HttpError::PrivateNetwork) }
    }
}

/// A client with a small pool of its own, for one worker and one provider.
#[derive(Clone)]
pub struct HttpClient {
    client: awc::Client,
    policy: HttpPolicy,
}

impl HttpClient {
    /// A client that keeps to `policy`. It belongs to the thread it was made on.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "this is the one way out that the others are told to take")]
    pub fn new(policy: &HttpPolicy) -> Self {
        let resolver = GuardedResolver { allow_private_networks: policy.allow_private_networks };
        let connect_timeout = policy.timeout.min(CONNECT_TIMEOUT);
        let connector = awc::Connector::new()
            .connector(TcpConnector::new(Resolver::custom(resolver)).service())
            .rustls_0_23(Arc::clone(&policy.tls))
            .timeout(connect_timeout)
            .handshake_timeout(connect_timeout)
            .limit(MAX_CONNECTIONS);
        // awc's own time limit ends with the head of an answer; ours is around head and body.
        let client = awc::Client::builder()
            .connector(connector)
            .disable_timeout()
            .disable_redirects()
            .add_default_header(("User-Agent", USER_AGENT))
            .finish();
        Self { client, policy: policy.clone() }
    }

    /// Gets a JSON document: status 200 and nothing else. `headers` win over our `Accept` and `User-Agent`.
    ///
    /// # Errors
    /// Those of [`Self::send`], [`HttpError::Status`] and [`HttpError::NotJson`].
    pub async fn get_json(
        &self,
        url: &Url,
        bearer: Option<&Secret>,
        headers: &[(String, String)],
    ) -> Result<Value, HttpError> {
        let mut request = Request::new(Vec::new());
        *request.method_mut() = Method::GET;
        *request.uri_mut() = url.as_str().parse().map_err(|_| HttpError::InvalidUrl)?;
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
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
        let response = self.send(request).await?;
        if response.status() != StatusCode::OK {
            return Err(HttpError::Status(response.status().as_u16()));
        }
        // A signed or encrypted document is not what we asked for, and its payload is not to be trusted as JSON.
        let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if matches!(kind.as_str(), "application/jwt" | "text/html") {
            return Err(HttpError::NotJson);
        }
        serde_json::from_slice(response.body()).map_err(|_| HttpError::NotJson)
    }

    /// Sends a request once and brings whatever is answered, redirects included.
    ///
    /// # Errors
    /// Every [`HttpError`] but those about status, JSON and roots.
    pub async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, HttpError> {
        let (head, body) = request.into_parts();
        // What is checked is what is called: the parser writes an address such as 127.1 in full.
        let url = Url::parse(&head.uri.to_string()).map_err(|_| HttpError::InvalidUrl)?;
        self.policy.check_url(&url)?;
        let method =
            awc::http::Method::from_bytes(head.method.as_str().as_bytes()).map_err(|_| HttpError::InvalidRequest)?;
        let mut request = self.client.request(method, url.as_str());
        for (name, value) in &head.headers {
            request = request.insert_header((name.as_str(), value.as_bytes()));
        }
        let call = async {
            let mut response = request.send_body(body).await.map_err(|error| classify(&error))?;
            let body = response.body().limit(MAX_BODY_BYTES).await.map_err(|error| match error {
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

fn classify(error: &SendRequestError) -> HttpError {
    match error {
        SendRequestError::Url(_) => HttpError::InvalidUrl,
        SendRequestError::Http(_) => HttpError::InvalidRequest,
        SendRequestError::Timeout | SendRequestError::Connect(ConnectError::Timeout) => HttpError::Timeout,
        SendRequestError::Connect(ConnectError::Resolver(error)) if error.is::<PrivateIp>() => {
            HttpError::PrivateNetwork
        }
        SendRequestError::Connect(ConnectError::Disconnected) => HttpError::Interrupted,
        SendRequestError::Connect(ConnectError::Io(error)) => error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>())
            .map_or(HttpError::Connect, |error| HttpError::Tls(tls_fault(error))),
        SendRequestError::Connect(_) => HttpError::Connect,
        _ => HttpError::Interrupted,
    }
}

/// In our words: the library's repeat what the other side wrote into its certificate.
fn tls_fault(error: &rustls::Error) -> &'static str {
    use rustls::CertificateError as Certificate;
    match error {
        rustls::Error::InvalidCertificate(fault) => match fault {
            Certificate::Expired | Certificate::ExpiredContext { .. } => "its certificate has expired",
            Certificate::UnknownIssuer => "its certificate comes from an unknown issuer",
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                "its certificate is for another name"
            }
            _ => "its certificate is not valid",
        },
        _ => "the handshake failed",
    }
}

#[cfg(test)]
mod tests;

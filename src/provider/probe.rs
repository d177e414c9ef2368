//! Asks a provider, for a diagnosis, what a sign-in would ask: metadata, keys, and a code exchange with a made-up code.

use super::model::{Endpoints, ProbeWords, Protocol, Provider};
use super::oauth1::SigningContext;
use crate::domain::clock::Timestamp;
use crate::domain::random::RandomSource;
use crate::domain::secret::Secret;
use crate::oauth::discovery::{DiscoveryError, discover};
use crate::oauth::endpoint_error::EndpointError;
use crate::oauth::http::{HttpClient, HttpError, ProbeAnswer};
use crate::oauth::jwks::{JwksError, fetch_jwks};
use crate::oauth::token_endpoint::exchange::CodeExchange;
use crate::oauth::token_endpoint::probe::{error_of, probe_exchange};

/// No provider issues such a code.
const MADE_UP_CODE: &str = "vouchsafe-doctor-made-up-code";

/// A verifier of the least length (RFC 7636 section 4.1).
const MADE_UP_VERIFIER: &str = "vouchsafe-doctor-made-up-verifier-0123456789";

/// What a provider answered.
#[derive(Debug)]
pub struct Probe {
    /// The endpoints, or why they are not known.
    pub endpoints: Result<Endpoints, DiscoveryError>,
    /// The algorithms that the metadata lists; `None` if nothing had to be discovered.
    pub listed_algorithms: Option<Vec<String>>,
    /// The keys; `None` if id_tokens are not used.
    pub keys: Option<Result<KeyUse, JwksError>>,
    /// What the provider thinks of our credentials; `None` if there is no endpoint to ask.
    pub credentials: Option<Result<Verdict, HttpError>>,
    /// How far its clock is ahead of ours, in seconds.
    pub clock_ahead: Option<i64>,
}

/// Whether id_tokens can be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUse {
    /// With at least one published key.
    Usable,
    /// With none: each is weak, broken, or for another algorithm.
    Unusable,
}

/// What the answer to a made-up code says about our credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The client is known: only the code is wrong.
    Accepted,
    /// The client is unknown or its secret is wrong.
    Rejected,
    /// The redirect URI is not registered.
    RedirectUriRejected,
    /// There is no token endpoint at this URL; with the status.
    NoEndpoint(u16),
    /// The answer does not tell; with its error code or status.
    Unclear(String),
}

impl Provider {
    /// Asks the provider, with at most three calls. The code is made up, so nothing is issued.
    pub async fn probe(
        &self,
        http: &HttpClient,
        redirect_uri: &str,
        now: impl Fn() -> Timestamp,
        random: &dyn RandomSource,
    ) -> Probe {
        let (endpoints, listed_algorithms) = match (self.endpoints(), &self.protocol) {
            (None, Protocol::Oidc { issuer, .. }) => match discover(http, issuer).await {
                Ok(metadata) => {
                    let listed = metadata.id_token_signing_alg_values_supported.clone();
                    (Ok(Endpoints::discovered(self, metadata)), Some(listed))
                }
                Err(error) => (Err(error), None),
            },
            (Some(endpoints), _) => (Ok(endpoints), None),
            (None, _) => (Err(DiscoveryError::InvalidIssuer), None),
        };
        let mut probe = Probe { endpoints, listed_algorithms, keys: None, credentials: None, clock_ahead: None };
        let Ok(endpoints) = &probe.endpoints else { return probe };
        if let (Protocol::Oidc { .. }, Some(jwks)) = (&self.protocol, &endpoints.jwks) {
            let use_of = |has_key| if has_key { KeyUse::Usable } else { KeyUse::Unusable };
            let keys = fetch_jwks(http, jwks).await;
            let algorithms = &endpoints.id_token_algorithms;
            probe.keys = Some(keys.map(|keys| use_of(algorithms.iter().any(|name| keys.has_key_for(name)))));
        }
        if matches!(self.protocol, Protocol::OAuth1) {
            let signing = SigningContext { now: now(), random };
            probe.credentials = Some(self.probe_request_token(http, endpoints, redirect_uri, signing).await);
            return probe;
        }
        let Ok(client) = self.credentials(now(), random) else { return probe };
        let (code, verifier) = (Secret::new(MADE_UP_CODE), Secret::new(MADE_UP_VERIFIER));
        let exchange = CodeExchange {
            token_endpoint: &endpoints.token,
            client: &client,
            redirect_uri,
            code: &code,
            code_verifier: Some(&verifier).filter(|_| self.uses_pkce),
        };
        let answer = probe_exchange(http, &exchange).await;
        if let Ok(ProbeAnswer { date: Some(date), .. }) = &answer {
            probe.clock_ahead = Some(date.seconds() - now().seconds());
        }
        probe.credentials = Some(answer.map(|answer| judge(&answer, &self.probe)));
        probe
    }

    /// OAuth 1.0a checks credentials and callback before anything else.
    async fn probe_request_token(
        &self,
        http: &HttpClient,
        endpoints: &Endpoints,
        redirect_uri: &str,
        signing: SigningContext<'_>,
    ) -> Result<Verdict, HttpError> {
        match self.request_token(http, endpoints, redirect_uri, signing).await {
            Ok(_) => Ok(Verdict::Accepted),
            Err(EndpointError::Http(HttpError::Status(401))) => Ok(Verdict::Rejected),
            Err(EndpointError::Http(HttpError::Status(403))) => Ok(Verdict::RedirectUriRejected),
            Err(EndpointError::Http(HttpError::Status(status @ (404 | 405)))) => Ok(Verdict::NoEndpoint(status)),
            Err(EndpointError::Http(error)) => Err(error),
            Err(error) => Ok(Verdict::Unclear(error.to_string())),
        }
    }
}

/// The provider's own wording first: it may use a standard code for something else.
fn judge(answer: &ProbeAnswer, words: &ProbeWords) -> Verdict {
    let body = String::from_utf8_lossy(&answer.body).to_ascii_lowercase();
    let says = |words: &[String]| words.iter().any(|word| body.contains(word.as_str()));
    let error = error_of(answer);
    if says(&words.rejected) {
        Verdict::Rejected
    } else if says(&words.accepted) {
        Verdict::Accepted
    } else if says(&words.redirect) {
        Verdict::RedirectUriRejected
    } else {
        match (error.as_deref(), answer.status) {
            (Some("invalid_grant"), _) => Verdict::Accepted,
            (Some("invalid_client" | "unauthorized_client"), _) => Verdict::Rejected,
            (Some("redirect_uri_mismatch"), _) => Verdict::RedirectUriRejected,
            (_, 401) => Verdict::Rejected,
            (None, status @ (200..=399 | 404 | 405 | 410)) => Verdict::NoEndpoint(status),
            (Some(error), _) => Verdict::Unclear(error.to_owned()),
            (None, status) => Verdict::Unclear(format!("status {status}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{provider, settings_for};
    use super::*;

    fn verdict(name: &str, status: u16, body: &str) -> Verdict {
        let provider = provider(name, &settings_for(name)).expect("a provider");
        let answer = ProbeAnswer { status, location: None, date: None, body: body.as_bytes().to_vec() };
        judge(&answer, &provider.probe)
    }

    #[test]
    fn answer_is_judged_in_the_words_of_each_provider() {
        use Verdict::{Accepted, NoEndpoint, RedirectUriRejected, Rejected, Unclear};
        for (name, status, body, expected) in [
            ("google", 400, r#"{"error":"invalid_grant","error_description":"Malformed auth code."}"#, Accepted),
            ("google", 401, r#"{"error":"invalid_client","error_description":"Unauthorized"}"#, Rejected),
            ("google", 400, r#"{"error":"redirect_uri_mismatch"}"#, RedirectUriRejected),
            ("google", 404, "<html>", NoEndpoint(404)),
            ("google", 200, "<html>Welcome", NoEndpoint(200)),
            ("google", 302, "", NoEndpoint(302)),
            ("google", 503, "<html>", Unclear("status 503".to_owned())),
            ("google", 400, r#"{"error":"invalid_request"}"#, Unclear("invalid_request".to_owned())),
            ("gitlab", 401, "", Rejected),
            ("github", 200, r#"{"error":"bad_verification_code"}"#, Accepted),
            ("github", 200, "error=incorrect_client_credentials", Rejected),
            ("github", 200, r#"{"error":"redirect_uri_mismatch"}"#, RedirectUriRejected),
            ("twitch", 400, r#"{"status":400,"message":"Invalid authorization code"}"#, Accepted),
            ("twitch", 403, r#"{"status":403,"message":"invalid client secret"}"#, Rejected),
            ("strava", 400, r#"{"errors":[{"resource":"AuthorizationCode","field":"code"}]}"#, Accepted),
            ("strava", 400, r#"{"errors":[{"resource":"Application","field":"client_id"}]}"#, Rejected),
            ("facebook", 400, r#"{"error":{"message":"This authorization code has expired."}}"#, Accepted),
            ("facebook", 400, r#"{"error":{"message":"Error validating client secret."}}"#, Rejected),
            ("slack", 200, r#"{"ok":false,"error":"invalid_code"}"#, Accepted),
            ("slack", 200, r#"{"ok":false,"error":"bad_client_secret"}"#, Rejected),
            ("entraid", 401, r#"{"error":"invalid_client","error_description":"AADSTS7000215"}"#, Rejected),
        ] {
            assert_eq!(verdict(name, status, body), expected, "{name} {status} {body}");
        }
    }
}

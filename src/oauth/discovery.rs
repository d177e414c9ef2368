//! What a provider says about itself (OpenID Connect Discovery 1.0).
//!
//! The document may only speak for the issuer that we asked, may only send us to `https`, and teaches us no
//! algorithm that we do not know. Calls [`super::http`]; whoever asks keeps the answer.

use serde_json::Value;
use url::{Host, Url};

use super::algorithm::SigningAlgorithm;
use super::http::{HttpClient, HttpError};

/// The part of a provider's metadata that we use (OpenID Connect Discovery section 3, RFC 9207 section 3).
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderMetadata {
    /// Equal to the issuer that was asked, byte for byte.
    pub issuer: String,
    /// Where browsers are sent.
    pub authorization_endpoint: Url,
    /// Where codes become tokens.
    pub token_endpoint: Url,
    /// Where a person is described.
    pub userinfo_endpoint: Option<Url>,
    /// Where the keys are.
    pub jwks_uri: Url,
    /// Where a token is given back (RFC 7009).
    pub revocation_endpoint: Option<Url>,
    /// Where an authorization request is pushed to (RFC 9126).
    pub pushed_authorization_request_endpoint: Option<Url>,
    /// Whether every authorization response names its issuer.
    pub authorization_response_iss_parameter_supported: bool,
    /// The PKCE methods; `None` when nothing is said.
    pub code_challenge_methods_supported: Option<Vec<String>>,
    /// The client authentication methods; `None` when nothing is said.
    pub token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// The signature algorithms, as far as we know them; `RS256` when nothing is said.
    pub id_token_signing_alg_values_supported: Vec<String>,
}

/// Why a provider's word about itself is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryError {
    /// The document could not be fetched.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The configured issuer is not an `https` URL without query and fragment.
    #[error("the issuer is not an https URL without query and fragment")]
    InvalidIssuer,
    /// The document speaks for another issuer.
    #[error("the provider's metadata is that of another issuer")]
    IssuerMismatch,
    /// A member is missing or of the wrong type.
    #[error("the provider's metadata has no usable `{0}`")]
    Malformed(&'static str),
    /// An endpoint is not `https`.
    #[error("the provider's `{0}` is not an https URL")]
    InsecureEndpoint(&'static str),
}

/// Fetches `{issuer}/.well-known/openid-configuration` and checks it. `http` is accepted for this machine only.
///
/// # Errors
/// [`DiscoveryError`]; nothing of the document may be used then.
pub async fn discover(http: &HttpClient, issuer: &str) -> Result<ProviderMetadata, DiscoveryError> {
    let url = Url::parse(issuer).map_err(|_| DiscoveryError::InvalidIssuer)?;
    if !is_secure(&url) || url.query().is_some() || url.fragment().is_some() {
        return Err(DiscoveryError::InvalidIssuer);
    }
    // Section 4.1: a slash at the end of the issuer goes before the rest is added.
    let address = format!("{}/.well-known/openid-configuration", issuer.strip_suffix('/').unwrap_or(issuer));
    let address = Url::parse(&address).map_err(|_| DiscoveryError::InvalidIssuer)?;
    read(&http.get_json(&address, None, &[]).await?, issuer)
}

fn read(document: &Value, issuer: &str) -> Result<ProviderMetadata, DiscoveryError> {
    let named = document.get("issuer").and_then(Value::as_str).ok_or(DiscoveryError::Malformed("issuer"))?;
    if named != issuer {
        return Err(DiscoveryError::IssuerMismatch);
    }
    let needed = |name| endpoint(document, name)?.ok_or(DiscoveryError::Malformed(name));
    let announces_issuer = "authorization_response_iss_parameter_supported";
    let algorithms = texts(document, "id_token_signing_alg_values_supported")?;
    Ok(ProviderMetadata {
        issuer: issuer.to_owned(),
        authorization_endpoint: needed("authorization_endpoint")?,
        token_endpoint: needed("token_endpoint")?,
        userinfo_endpoint: endpoint(document, "userinfo_endpoint")?,
        jwks_uri: needed("jwks_uri")?,
        revocation_endpoint: endpoint(document, "revocation_endpoint")?,
        pushed_authorization_request_endpoint: endpoint(document, "pushed_authorization_request_endpoint")?,
        authorization_response_iss_parameter_supported: match document.get(announces_issuer) {
            None => false,
            Some(value) => value.as_bool().ok_or(DiscoveryError::Malformed(announces_issuer))?,
        },
        code_challenge_methods_supported: texts(document, "code_challenge_methods_supported")?,
        token_endpoint_auth_methods_supported: texts(document, "token_endpoint_auth_methods_supported")?,
        // Section 3: RS256 must be among them, so it is what a silent provider uses.
        id_token_signing_alg_values_supported: algorithms
            .unwrap_or_else(|| vec!["RS256".to_owned()])
            .into_iter()
            .filter(|name| SigningAlgorithm::named(name).is_some())
            .collect(),
    })
}

fn endpoint(document: &Value, name: &'static str) -> Result<Option<Url>, DiscoveryError> {
    let Some(value) = document.get(name) else { return Ok(None) };
    let text = value.as_str().ok_or(DiscoveryError::Malformed(name))?;
    let url = Url::parse(text).map_err(|_| DiscoveryError::Malformed(name))?;
    if is_secure(&url) { Ok(Some(url)) } else { Err(DiscoveryError::InsecureEndpoint(name)) }
}

fn texts(document: &Value, name: &'static str) -> Result<Option<Vec<String>>, DiscoveryError> {
    let Some(value) = document.get(name) else { return Ok(None) };
    let texts = value.as_array().ok_or(DiscoveryError::Malformed(name))?;
    let texts = texts.iter().map(|text| text.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
    texts.map(Some).ok_or(DiscoveryError::Malformed(name))
}

/// `https`, or a server on this very machine, as in development and tests.
fn is_secure(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::json;

    use super::*;
    use crate::oauth::test_server::{TestServer, client, respond};

    const ISSUER: &str = "https://idp.example/tenant";

    fn document() -> Value {
        json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://idp.example/authorize",
            "token_endpoint": "https://api.idp.example/token",
            "userinfo_endpoint": "https://api.idp.example/me",
            "jwks_uri": "https://idp.example/keys",
            "revocation_endpoint": "https://idp.example/revoke",
            "pushed_authorization_request_endpoint": "https://idp.example/par",
            "authorization_response_iss_parameter_supported": true,
            "code_challenge_methods_supported": ["plain", "S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "id_token_signing_alg_values_supported": ["none", "HS256", "RS256", "ES256", "ES512"],
            "something_else": {"a": 1},
        })
    }

    fn with(member: &str, value: Value) -> Result<ProviderMetadata, DiscoveryError> {
        let mut document = document();
        document[member] = value;
        read(&document, ISSUER)
    }

    #[test]
    fn a_whole_document_is_read_and_unknown_algorithms_are_forgotten() {
        let metadata = read(&document(), ISSUER).unwrap();
        assert_eq!(metadata.issuer, ISSUER);
        assert_eq!(metadata.token_endpoint.as_str(), "https://api.idp.example/token");
        assert_eq!(metadata.userinfo_endpoint.unwrap().as_str(), "https://api.idp.example/me");
        assert_eq!(metadata.revocation_endpoint.unwrap().as_str(), "https://idp.example/revoke");
        assert_eq!(metadata.pushed_authorization_request_endpoint.unwrap().as_str(), "https://idp.example/par");
        assert!(metadata.authorization_response_iss_parameter_supported);
        assert_eq!(metadata.code_challenge_methods_supported.unwrap(), ["plain", "S256"]);
        assert_eq!(metadata.id_token_signing_alg_values_supported, ["RS256", "ES256"]);
    }

    #[test]
    fn what_may_be_missing_may_be_missing() {
        let mut document = document();
        for optional in [
            "userinfo_endpoint",
            "revocation_endpoint",
            "pushed_authorization_request_endpoint",
            "authorization_response_iss_parameter_supported",
            "code_challenge_methods_supported",
            "token_endpoint_auth_methods_supported",
            "id_token_signing_alg_values_supported",
        ] {
            document.as_object_mut().unwrap().remove(optional);
        }
        let metadata = read(&document, ISSUER).unwrap();
        assert!(!metadata.authorization_response_iss_parameter_supported);
        assert_eq!((metadata.userinfo_endpoint, metadata.code_challenge_methods_supported), (None, None));
        assert_eq!(metadata.id_token_signing_alg_values_supported, ["RS256"]);
        for needed in ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"] {
            let mut document = self::document();
            document.as_object_mut().unwrap().remove(needed);
            assert_eq!(read(&document, ISSUER), Err(DiscoveryError::Malformed(needed)));
        }
    }

    #[test]
    fn the_document_speaks_for_the_very_issuer_that_was_asked() {
        for other in ["https://idp.example/tenant/", "https://IDP.example/tenant", "https://idp.example/tenan", ""] {
            assert_eq!(with("issuer", json!(other)), Err(DiscoveryError::IssuerMismatch), "{other}");
        }
        assert_eq!(with("issuer", json!([ISSUER])), Err(DiscoveryError::Malformed("issuer")));
    }

    #[test]
    fn endpoints_are_https_or_on_this_machine() {
        for name in [
            "authorization_endpoint",
            "token_endpoint",
            "userinfo_endpoint",
            "jwks_uri",
            "revocation_endpoint",
            "pushed_authorization_request_endpoint",
        ] {
            for insecure in ["http://idp.example/x", "http://10.0.0.1/x", "file:///etc/passwd", "javascript:alert(1)"] {
                assert_eq!(with(name, json!(insecure)), Err(DiscoveryError::InsecureEndpoint(name)), "{insecure}");
            }
            for broken in [json!(null), json!(7), json!("/x"), json!("")] {
                assert_eq!(with(name, broken.clone()), Err(DiscoveryError::Malformed(name)), "{broken}");
            }
            for fine in ["http://127.0.0.1:9/x", "http://[::1]/x", "http://localhost:9/x", "https://other.example/x"] {
                assert!(with(name, json!(fine)).is_ok(), "{fine}");
            }
        }
    }

    #[test]
    fn a_member_of_the_wrong_type_is_not_taken_for_missing() {
        for (name, value) in [
            ("authorization_response_iss_parameter_supported", json!("true")),
            ("code_challenge_methods_supported", json!("S256")),
            ("token_endpoint_auth_methods_supported", json!([1])),
            ("id_token_signing_alg_values_supported", json!(null)),
        ] {
            assert_eq!(with(name, value), Err(DiscoveryError::Malformed(name)));
        }
    }

    #[actix_web::test]
    async fn the_document_is_fetched_from_below_the_issuer() {
        for path in ["", "/", "/realms/a", "/realms/a/"] {
            let text = Arc::new(Mutex::new(String::new()));
            let body = Arc::clone(&text);
            let provider = TestServer::start(move |_| respond(200, "application/json", &body.lock().unwrap()));
            let issuer = format!("{}{path}", provider.base.as_str().trim_end_matches('/'));
            let mut document = document();
            document["issuer"] = json!(issuer);
            *text.lock().unwrap() = document.to_string();
            assert_eq!(discover(&client(), &issuer).await.map(|metadata| metadata.issuer), Ok(issuer.clone()));
            let expected = format!("{}/.well-known/openid-configuration", path.trim_end_matches('/'));
            assert_eq!(provider.requests()[0].path, expected, "{issuer}");
        }
    }

    #[actix_web::test]
    async fn an_issuer_that_is_no_issuer_is_not_even_asked() {
        for bad in
            ["", "idp.example", "http://idp.example", "https://idp.example?a=b", "https://idp.example#a", "file:///"]
        {
            assert_eq!(discover(&client(), bad).await, Err(DiscoveryError::InvalidIssuer), "{bad}");
        }
    }
}

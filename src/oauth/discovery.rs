//! Provider metadata (OpenID Connect Discovery 1.0).
//!
//! The document must be about the issuer that was asked, its endpoints must be URLs that the HTTP client may call, and
//! unknown algorithms in it are ignored. The caller caches the result.

use serde_json::Value;
use url::Url;

use super::algorithm::SigningAlgorithm;
use super::http::{HttpClient, HttpError};
use crate::metrics::Endpoint;

/// The longest endpoint URL, in bytes.
const MAX_URL_BYTES: usize = 2048;

/// The metadata that we use (OpenID Connect Discovery section 3, RFC 9207 section 3).
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderMetadata {
    /// Equal to the issuer that was asked, byte for byte.
    pub issuer: String,
    /// Where browsers are sent.
    pub authorization_endpoint: Url,
    /// Where codes are exchanged.
    pub token_endpoint: Url,
    /// Where the claims about a user are.
    pub userinfo_endpoint: Option<Url>,
    /// Where the keys are.
    pub jwks_uri: Url,
    /// Where tokens are revoked (RFC 7009).
    pub revocation_endpoint: Option<Url>,
    /// Where authorization requests are pushed to (RFC 9126).
    pub pushed_authorization_request_endpoint: Option<Url>,
    /// Whether every authorization response names its issuer.
    pub authorization_response_iss_parameter_supported: bool,
    /// The known ones of the listed signature algorithms; `RS256` where none are listed.
    pub id_token_signing_alg_values_supported: Vec<String>,
}

/// Why metadata is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryError {
    /// The document could not be fetched.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The configured issuer is not a URL without query and fragment.
    #[error("the issuer is not a URL without query and fragment")]
    InvalidIssuer,
    /// The document is about the named issuer, not about the one that was asked.
    #[error("the metadata is that of another issuer, `{0}`")]
    IssuerMismatch(String),
    /// A member is missing or of the wrong type.
    #[error("the metadata has no usable `{0}`")]
    Malformed(&'static str),
    /// An endpoint is not a URL that may be called.
    #[error("the metadata's `{0}` cannot be used: {1}")]
    ForbiddenEndpoint(&'static str, HttpError),
}

/// Fetches `{issuer}/.well-known/openid-configuration` and checks it.
///
/// # Errors
/// [`DiscoveryError`]; nothing of the document may be used then.
pub async fn discover(http: &HttpClient, issuer: &str) -> Result<ProviderMetadata, DiscoveryError> {
    let url = Url::parse(issuer).map_err(|_| DiscoveryError::InvalidIssuer)?;
    http.check_url(&url)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(DiscoveryError::InvalidIssuer);
    }
    // Section 4.1: a slash at the end of the issuer is removed before the rest is added.
    let url = format!("{}/.well-known/openid-configuration", issuer.strip_suffix('/').unwrap_or(issuer));
    let url = Url::parse(&url).map_err(|_| DiscoveryError::InvalidIssuer)?;
    read(&http.get_metadata(Endpoint::Discovery, &url).await?, issuer, http)
}

pub(super) fn read(document: &Value, issuer: &str, http: &HttpClient) -> Result<ProviderMetadata, DiscoveryError> {
    let named = document.get("issuer").and_then(Value::as_str).ok_or(DiscoveryError::Malformed("issuer"))?;
    if named != issuer {
        let printable = named.chars().filter(|c| !c.is_control()).take(200);
        return Err(DiscoveryError::IssuerMismatch(printable.collect()));
    }
    let endpoint = |name| endpoint(document, name, http);
    let required = |name| endpoint(name)?.ok_or(DiscoveryError::Malformed(name));
    let announces_issuer = "authorization_response_iss_parameter_supported";
    let algorithms = texts(document, "id_token_signing_alg_values_supported")?;
    Ok(ProviderMetadata {
        issuer: issuer.to_owned(),
        authorization_endpoint: required("authorization_endpoint")?,
        token_endpoint: required("token_endpoint")?,
        userinfo_endpoint: endpoint("userinfo_endpoint")?,
        jwks_uri: required("jwks_uri")?,
        revocation_endpoint: endpoint("revocation_endpoint")?,
        pushed_authorization_request_endpoint: endpoint("pushed_authorization_request_endpoint")?,
        authorization_response_iss_parameter_supported: match document.get(announces_issuer) {
            None => false,
            Some(value) => value.as_bool().ok_or(DiscoveryError::Malformed(announces_issuer))?,
        },
        // Section 3: RS256 must be supported, so it is what a provider without a list uses.
        id_token_signing_alg_values_supported: algorithms
            .unwrap_or_else(|| vec!["RS256".to_owned()])
            .into_iter()
            .filter(|name| SigningAlgorithm::named(name).is_some())
            .collect(),
    })
}

fn endpoint(document: &Value, name: &'static str, http: &HttpClient) -> Result<Option<Url>, DiscoveryError> {
    let Some(value) = document.get(name) else { return Ok(None) };
    let text = value.as_str().filter(|text| text.len() <= MAX_URL_BYTES).ok_or(DiscoveryError::Malformed(name))?;
    let url = Url::parse(text).map_err(|_| DiscoveryError::Malformed(name))?;
    http.check_url(&url).map_err(|error| DiscoveryError::ForbiddenEndpoint(name, error))?;
    Ok(Some(url))
}

fn texts(document: &Value, name: &'static str) -> Result<Option<Vec<String>>, DiscoveryError> {
    let Some(value) = document.get(name) else { return Ok(None) };
    let texts = value.as_array().ok_or(DiscoveryError::Malformed(name))?;
    let texts = texts.iter().map(|text| text.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
    texts.map(Some).ok_or(DiscoveryError::Malformed(name))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::oauth::http::{HttpPolicy, NetworkAccess};
    use crate::oauth::test_server::{TestServer, client, respond};

    fn with_networks(networks: NetworkAccess) -> HttpClient {
        HttpClient::new(&HttpPolicy::new(Duration::from_secs(5), networks, None).unwrap(), Arc::default())
    }

    fn in_development() -> HttpClient {
        with_networks(NetworkAccess::PublicAndLoopback)
    }

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
            "id_token_signing_alg_values_supported": ["none", "HS256", "RS256", "ES256", "ES512", "Ed25519"],
            "something_else": {"a": 1},
        })
    }

    fn with(member: &str, value: Value) -> Result<ProviderMetadata, DiscoveryError> {
        let mut document = document();
        document[member] = value;
        read(&document, ISSUER, &in_development())
    }

    #[actix_web::test]
    async fn metadata_is_read_without_unknown_algorithms() {
        let metadata = read(&document(), ISSUER, &in_development()).unwrap();
        assert_eq!(metadata.issuer, ISSUER);
        assert_eq!(metadata.token_endpoint.as_str(), "https://api.idp.example/token");
        assert_eq!(metadata.userinfo_endpoint.unwrap().as_str(), "https://api.idp.example/me");
        assert_eq!(metadata.revocation_endpoint.unwrap().as_str(), "https://idp.example/revoke");
        assert_eq!(metadata.pushed_authorization_request_endpoint.unwrap().as_str(), "https://idp.example/par");
        assert!(metadata.authorization_response_iss_parameter_supported);
        assert_eq!(metadata.id_token_signing_alg_values_supported, ["RS256", "ES256", "Ed25519"]);
    }

    #[actix_web::test]
    async fn metadata_without_optional_members_is_read() {
        let mut document = document();
        for optional in [
            "userinfo_endpoint",
            "revocation_endpoint",
            "pushed_authorization_request_endpoint",
            "authorization_response_iss_parameter_supported",
            "id_token_signing_alg_values_supported",
        ] {
            document.as_object_mut().unwrap().remove(optional);
        }
        let metadata = read(&document, ISSUER, &in_development()).unwrap();
        assert!(!metadata.authorization_response_iss_parameter_supported);
        assert_eq!(metadata.userinfo_endpoint, None);
        assert_eq!(metadata.id_token_signing_alg_values_supported, ["RS256"]);
        for needed in ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"] {
            let mut document = self::document();
            document.as_object_mut().unwrap().remove(needed);
            assert_eq!(read(&document, ISSUER, &in_development()), Err(DiscoveryError::Malformed(needed)));
        }
    }

    #[actix_web::test]
    async fn metadata_of_another_issuer_is_refused() {
        for other in ["https://idp.example/tenant/", "https://IDP.example/tenant", "https://idp.example/tenan", ""] {
            assert_eq!(with("issuer", json!(other)), Err(DiscoveryError::IssuerMismatch(other.to_owned())), "{other}");
        }
        assert_eq!(with("issuer", json!([ISSUER])), Err(DiscoveryError::Malformed("issuer")));
    }

    #[actix_web::test]
    async fn endpoint_that_may_not_be_called_is_refused() {
        for name in [
            "authorization_endpoint",
            "token_endpoint",
            "userinfo_endpoint",
            "jwks_uri",
            "revocation_endpoint",
            "pushed_authorization_request_endpoint",
        ] {
            for (url, error) in [
                ("http://idp.example/x", HttpError::InsecureUrl("http://idp.example".to_owned())),
                ("http://10.0.0.1/x", HttpError::InsecureUrl("http://10.0.0.1".to_owned())),
                ("https://10.0.0.1/x", HttpError::PrivateNetwork("10.0.0.1".to_owned())),
                ("file:///etc/passwd", HttpError::InvalidUrl),
                ("javascript:alert(1)", HttpError::InvalidUrl),
                ("https://user@idp.example/", HttpError::InvalidUrl),
            ] {
                assert_eq!(with(name, json!(url)), Err(DiscoveryError::ForbiddenEndpoint(name, error)), "{url}");
            }
            let too_long = json!(format!("https://idp.example/{}", "x".repeat(MAX_URL_BYTES)));
            for malformed in [json!(null), json!(7), json!("/x"), json!(""), too_long] {
                assert_eq!(with(name, malformed.clone()), Err(DiscoveryError::Malformed(name)), "{malformed}");
            }
            for fine in ["http://127.0.0.1:9/x", "http://[::1]/x", "http://localhost:9/x", "https://other.example/x"] {
                assert!(with(name, json!(fine)).is_ok(), "{fine}");
            }
        }
        let mut local = document();
        local["token_endpoint"] = json!("http://127.0.0.1:9/token");
        assert!(read(&local, ISSUER, &with_networks(NetworkAccess::Public)).is_err());
        local["token_endpoint"] = json!("http://keycloak.internal/token");
        assert!(read(&local, ISSUER, &with_networks(NetworkAccess::Any)).is_ok());
    }

    #[actix_web::test]
    async fn member_of_wrong_type_is_not_taken_for_missing() {
        for (name, value) in [
            ("authorization_response_iss_parameter_supported", json!("true")),
            ("id_token_signing_alg_values_supported", json!("RS256")),
            ("id_token_signing_alg_values_supported", json!([1])),
            ("id_token_signing_alg_values_supported", json!(null)),
        ] {
            assert_eq!(with(name, value), Err(DiscoveryError::Malformed(name)));
        }
    }

    #[actix_web::test]
    async fn metadata_is_fetched_below_the_issuer() {
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
    async fn issuer_that_may_not_be_called_is_not_asked() {
        for (issuer, error) in [
            ("", DiscoveryError::InvalidIssuer),
            ("idp.example", DiscoveryError::InvalidIssuer),
            ("http://idp.example", HttpError::InsecureUrl("http://idp.example".to_owned()).into()),
            ("https://idp.example?a=b", DiscoveryError::InvalidIssuer),
            ("https://idp.example#a", DiscoveryError::InvalidIssuer),
            ("file:///", HttpError::InvalidUrl.into()),
        ] {
            assert_eq!(discover(&in_development(), issuer).await, Err(error), "{issuer}");
        }
    }

    #[actix_web::test]
    async fn metadata_over_256_kib_is_refused() {
        let body = format!("{{\"x\":\"{}\"}}", "x".repeat(256 * 1024));
        let provider = TestServer::always(200, "application/json", &body);
        let issuer = provider.base.as_str();
        assert_eq!(discover(&client(), issuer).await, Err(DiscoveryError::Http(HttpError::TooLarge)));
    }
}

//! Pushed authorization requests (RFC 9126): the request goes to the provider directly, and the browser carries only a
//! reference to it.

use http::StatusCode;
use url::Url;

use super::authorize::AuthorizationRequest;
use super::client::ClientCredentials;
use super::endpoint_error::EndpointError;
use super::http::{HttpClient, HttpError};
use super::strict_json;
use super::token_endpoint::error_code;
use crate::metrics::Endpoint;

/// Pushes `request` to `endpoint` and returns the URL that the browser is sent to.
///
/// # Errors
/// [`EndpointError`] if the provider refuses, does not answer, or answers without a `request_uri`.
pub async fn push_authorization(
    http: &HttpClient,
    endpoint: &Url,
    client: &ClientCredentials,
    request: &AuthorizationRequest<'_>,
) -> Result<Url, EndpointError> {
    let pairs = request.pairs();
    // Client authentication adds the id, unless it goes into a header.
    let pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (*name, value.as_ref()))
        .filter(|(name, _)| *name != "client_id" || client.uses_header())
        .collect();
    let response = http.send(Endpoint::Par, client.form(endpoint, &pairs)?).await?;
    let members = strict_json::parse_object(response.body());
    if !matches!(response.status(), StatusCode::CREATED | StatusCode::OK) {
        let error = members.as_ref().and_then(|members| members.get("error"));
        return Err(match error {
            Some(error) if response.status().is_client_error() => EndpointError::Rejected { error: error_code(error) },
            _ => HttpError::Status(response.status().as_u16()).into(),
        });
    }
    let members = members.ok_or(EndpointError::Malformed("body"))?;
    let reference = members.get("request_uri").and_then(|uri| uri.as_str()).filter(|uri| !uri.is_empty());
    let reference = reference.ok_or(EndpointError::Malformed("request_uri"))?;
    let mut url = request.endpoint.clone();
    url.query_pairs_mut().append_pair("client_id", &client.id).append_pair("request_uri", reference);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::client_authentication::ClientAuthentication;
    use crate::domain::secret::Secret;
    use crate::oauth::test_server::{RecordedRequest, TestServer, client};

    async fn push(
        status: u16,
        body: &str,
        method: ClientAuthentication,
    ) -> (Result<Url, EndpointError>, RecordedRequest) {
        let provider = TestServer::always(status, "application/json", body);
        let credentials =
            ClientCredentials { id: "CID".to_owned(), secret: Some(Secret::new("SEC")), authentication: method };
        let request = AuthorizationRequest {
            endpoint: &"https://idp.example/authorize".parse().unwrap(),
            client_id: "CID",
            redirect_uri: "https://auth.example.test/cb",
            scopes: &["openid".to_owned(), "email".to_owned()],
            scope_separator: " ",
            encode_spaces_as_percent20: false,
            state: "ST",
            code_challenge: Some("CHALLENGE"),
            nonce: Some("N0"),
            parameters: &BTreeMap::new(),
        };
        let found = push_authorization(&client(), &provider.url("/par"), &credentials, &request).await;
        (found, provider.requests()[0].clone())
    }

    #[actix_web::test]
    async fn url_holds_client_id_and_reference_only() {
        let answer = r#"{"request_uri":"urn:example:1","expires_in":60}"#;
        for method in [ClientAuthentication::ClientSecretPost, ClientAuthentication::ClientSecretBasic] {
            let (url, request) = push(201, answer, method).await;
            let expected = "https://idp.example/authorize?client_id=CID&request_uri=urn%3Aexample%3A1";
            assert_eq!(url.as_ref().map(Url::as_str), Ok(expected));
            for (field, value) in [("client_id", "CID"), ("state", "ST"), ("scope", "openid email"), ("nonce", "N0")] {
                assert_eq!(request.field(field), [value], "{field}");
            }
            let is_basic = method == ClientAuthentication::ClientSecretBasic;
            assert_eq!(request.header("authorization").is_some(), is_basic);
            assert_eq!(request.field("client_secret").is_empty(), is_basic);
        }
    }

    #[actix_web::test]
    async fn refusal_or_answer_without_reference_is_an_error() {
        for (status, body, error) in [
            (400, r#"{"error":"invalid_request"}"#, EndpointError::Rejected { error: "invalid_request".into() }),
            (503, "", HttpError::Status(503).into()),
            (503, r#"{"error":"temporarily_unavailable"}"#, HttpError::Status(503).into()),
            (201, "{}", EndpointError::Malformed("request_uri")),
            (201, "", EndpointError::Malformed("body")),
        ] {
            assert_eq!(push(status, body, ClientAuthentication::None).await.0, Err(error), "{status} {body}");
        }
    }
}

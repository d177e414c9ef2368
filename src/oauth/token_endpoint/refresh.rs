//! Exchanges a refresh token for new tokens (RFC 6749 section 6), with the same client authentication as for a code.
//!
//! There is no second try: a rotating refresh token can be used once.

use oauth2::RefreshToken;
use url::Url;

use super::exchange::{TokenResponse, from_oauth2_error};
use super::oauth2_client::token_client;
use super::response::normalise;
use crate::domain::secret::Secret;
use crate::metrics::Endpoint;
use crate::oauth::client::ClientCredentials;
use crate::oauth::endpoint_error::EndpointError;
use crate::oauth::http::HttpClient;

/// A refresh request.
#[derive(Clone, Copy, Debug)]
pub struct RefreshRequest<'a> {
    /// The provider's token endpoint.
    pub token_endpoint: &'a Url,
    /// Our credentials.
    pub client: &'a ClientCredentials,
    /// The newest refresh token.
    pub refresh_token: &'a Secret,
    /// For the few providers that require it here, too.
    pub redirect_uri: Option<&'a str>,
}

/// Requests new tokens. If the answer has no refresh token, the old one stays valid.
///
/// # Errors
/// [`EndpointError`]; after [`EndpointError::Rejected`] the user has to sign in again.
pub async fn refresh(http: &HttpClient, refresh: RefreshRequest<'_>) -> Result<TokenResponse, EndpointError> {
    let client = token_client(refresh.client, refresh.token_endpoint);
    let token = RefreshToken::new(refresh.refresh_token.expose().to_owned());
    let mut request = client.exchange_refresh_token(&token);
    for (name, value) in refresh.client.assertion() {
        request = request.add_extra_param(name, value);
    }
    if let Some(redirect_uri) = refresh.redirect_uri {
        request = request.add_extra_param("redirect_uri", redirect_uri);
    }
    let send = async |request| {
        let response = http.send(Endpoint::Token, request).await?;
        match response.status().as_u16() {
            status @ (429 | 503) => Err(EndpointError::Busy { status, retry_after: retry_after(&response) }),
            _ => normalise(&response),
        }
    };
    Ok(request.request_async(&send).await.map_err(from_oauth2_error)?.into())
}

fn retry_after(response: &http::Response<Vec<u8>>) -> Option<u64> {
    response.headers().get(http::header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::RETRY_AFTER;

    use super::*;
    use crate::domain::client_authentication::ClientAuthentication;
    use crate::oauth::test_server::{RecordedRequest, TestServer, client, respond};

    async fn send(
        provider: &TestServer,
        redirect_uri: Option<&str>,
    ) -> (Result<TokenResponse, EndpointError>, RecordedRequest) {
        let credentials = ClientCredentials {
            id: "CID".to_owned(),
            secret: Some(Secret::new("SEC")),
            authentication: ClientAuthentication::ClientSecretPost,
        };
        let request = RefreshRequest {
            token_endpoint: &provider.url("/token"),
            client: &credentials,
            refresh_token: &Secret::new("old%=+"),
            redirect_uri,
        };
        let found = refresh(&client(), request).await;
        let requests = provider.requests();
        assert_eq!(requests.len(), 1, "once, whatever is answered");
        (found, requests[0].clone())
    }

    #[actix_web::test]
    async fn refresh_sends_the_grant_and_nothing_else() {
        let provider = TestServer::always(200, "application/json", r#"{"access_token":"AT2","refresh_token":"new"}"#);
        let (tokens, request) = send(&provider, None).await;
        assert_eq!(tokens.unwrap().refresh_token, Some(Secret::new("new")));
        let mut fields: Vec<_> = url::form_urlencoded::parse(request.body.as_bytes()).collect();
        fields.sort();
        let expected = [
            ("client_id", "CID"),
            ("client_secret", "SEC"),
            ("grant_type", "refresh_token"),
            ("refresh_token", "old%=+"),
        ];
        assert_eq!(fields, expected.map(|(name, value)| (name.into(), value.into())));
    }

    #[actix_web::test]
    async fn answer_without_refresh_token_has_none() {
        let provider = TestServer::always(200, "application/json", r#"{"access_token":"AT2"}"#);
        let (tokens, request) = send(&provider, Some("https://auth.example.test/cb")).await;
        assert_eq!(tokens.unwrap().refresh_token, None);
        assert_eq!(request.field("redirect_uri"), ["https://auth.example.test/cb"]);
    }

    #[actix_web::test]
    async fn refusal_is_an_error_with_its_code() {
        let provider = TestServer::always(400, "application/json", r#"{"error":"invalid_grant"}"#);
        let (refused, _) = send(&provider, None).await;
        assert_eq!(refused.err(), Some(EndpointError::Rejected { error: "invalid_grant".to_owned() }));
    }

    #[actix_web::test]
    async fn provider_that_has_too_much_to_do_says_when_to_try_again() {
        for (status, header, retry_after) in
            [(429, Some("7"), Some(7)), (503, None, None), (503, Some("Fri, 31 Dec 1999 23:59:59 GMT"), None)]
        {
            let provider = TestServer::start(move |_| {
                let mut answer = respond(status, "text/plain", "later");
                if let Some(header) = header {
                    answer.headers_mut().insert(RETRY_AFTER, header.parse().unwrap());
                }
                answer
            });
            let (busy, _) = send(&provider, None).await;
            assert_eq!(busy.err(), Some(EndpointError::Busy { status, retry_after }), "{header:?}");
        }
    }
}

//! Fetches claims from the userinfo endpoint (OpenID Connect Core section 5.3).
//!
//! The answer must be about the subject of the id_token. Aggregated and distributed claims are not followed.

use serde_json::Value;
use url::Url;

use super::http::{HttpClient, HttpError};
use crate::domain::secret::Secret;
use crate::metrics::Endpoint;

/// Why userinfo cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserinfoError {
    /// The document could not be fetched.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// It does not name its subject.
    #[error("the userinfo answer has no `sub`")]
    MissingSubject,
    /// It is about another subject than the id_token.
    #[error("the userinfo answer is about another subject")]
    SubjectMismatch,
}

/// Fetches the claims about the owner of `access_token`. `sub` must be a text, and equal to `expected_subject` where there is
/// one (OpenID Connect Core section 5.3.2).
///
/// # Errors
/// [`UserinfoError`]; nothing of the answer may be used then.
pub async fn fetch_userinfo(
    http: &HttpClient,
    endpoint: &Url,
    access_token: &Secret,
    headers: &[(String, String)],
    expected_subject: Option<&str>,
) -> Result<Value, UserinfoError> {
    let document = http.get_json(Endpoint::Userinfo, endpoint, Some(access_token), headers).await?;
    let subject = document.get("sub").and_then(Value::as_str).filter(|subject| !subject.is_empty());
    let subject = subject.ok_or(UserinfoError::MissingSubject)?;
    if expected_subject.is_some_and(|expected| expected != subject) {
        return Err(UserinfoError::SubjectMismatch);
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::test_server::{TestServer, client};

    async fn fetch(
        status: u16,
        content_type: &str,
        body: &str,
        expected: Option<&str>,
    ) -> Result<Value, UserinfoError> {
        let provider = TestServer::always(status, content_type, body);
        let headers = [("X-Api-Version".to_owned(), "7".to_owned())];
        let found = fetch_userinfo(&client(), &provider.url("/me"), &Secret::new("AT"), &headers, expected).await;
        let requests = provider.requests();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].header("authorization"), Some("Bearer AT"));
        assert_eq!(requests[0].header("x-api-version"), Some("7"));
        found
    }

    #[actix_web::test]
    async fn answer_must_be_about_the_expected_subject() {
        let json = "application/json; charset=utf-8";
        let mira = r#"{"sub":"mira","name":"Mira"}"#;
        assert_eq!(fetch(200, json, mira, Some("mira")).await.unwrap()["name"], "Mira");
        assert!(fetch(200, json, mira, None).await.is_ok());
        for other in ["Mira", "mirainvalid", "mira ", ""] {
            assert_eq!(fetch(200, json, mira, Some(other)).await, Err(UserinfoError::SubjectMismatch), "{other:?}");
        }
        for answer in ["{}", r#"{"sub":""}"#, r#"{"sub":7}"#, r#"{"sub":null}"#, "[]", "7"] {
            assert_eq!(fetch(200, json, answer, None).await, Err(UserinfoError::MissingSubject), "{answer}");
        }
    }

    #[actix_web::test]
    async fn answer_must_be_json_with_status_200() {
        let mira = r#"{"sub":"mira"}"#;
        for (status, content_type, error) in [
            (200, "application/jwt", HttpError::NotJson),
            (200, "Application/JWT; a=b", HttpError::NotJson),
            (201, "application/json", HttpError::Status(201)),
            (401, "application/json", HttpError::Status(401)),
            (302, "application/json", HttpError::Status(302)),
        ] {
            assert_eq!(
                fetch(status, content_type, mira, None).await,
                Err(UserinfoError::Http(error)),
                "{content_type}"
            );
        }
        assert_eq!(fetch(200, "application/json", "a.b.c", None).await, Err(UserinfoError::Http(HttpError::NotJson)));
    }
}

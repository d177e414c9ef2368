//! One call for a diagnosis, which reads more of the answer than a sign-in does.

use actix_web::web::Bytes;
use awc::ClientRequest;
use awc::http::Method;
use awc::http::header::{DATE, HeaderMap, HeaderName, LOCATION};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use url::Url;

use super::{ACCEPT_JSON, HttpClient, HttpError, MAX_METADATA_BYTES};
use crate::domain::clock::Timestamp;

/// An answer of any status.
#[derive(Clone, Debug)]
pub struct ProbeAnswer {
    /// The status.
    pub status: u16,
    /// The target of a redirect, without query and fragment.
    pub location: Option<String>,
    /// The server's time.
    pub date: Option<Timestamp>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpClient {
    /// Sends a request once and returns the answer, whatever its status.
    ///
    /// # Errors
    /// As [`HttpClient::send`].
    pub async fn probe(&self, request: http::Request<Vec<u8>>) -> Result<ProbeAnswer, HttpError> {
        let (request, url, body) = self.prepare(request)?;
        self.run_probe(request, &url, body).await
    }

    /// Gets a document, whatever the status of the answer.
    ///
    /// # Errors
    /// As [`HttpClient::send`].
    pub async fn probe_url(&self, url: &Url) -> Result<ProbeAnswer, HttpError> {
        let request = self.request(Method::GET, url)?.insert_header(ACCEPT_JSON);
        self.run_probe(request, url, Bytes::new()).await
    }

    async fn run_probe(&self, request: ClientRequest, url: &Url, body: Bytes) -> Result<ProbeAnswer, HttpError> {
        let call = async {
            let mut response = request.send_body(body).await.map_err(|error| HttpError::from_awc(&error, url))?;
            let body = response.body().limit(MAX_METADATA_BYTES).await.map_err(|_| HttpError::TooLarge)?;
            let text = |name| text(response.headers(), name);
            Ok(ProbeAnswer {
                status: response.status().as_u16(),
                location: Some(text(LOCATION)).filter(|text| !text.is_empty()).map(|text| target(url, &text)),
                date: date(&text(DATE)),
                body: body.into(),
            })
        };
        tokio::time::timeout(self.policy.timeout, call).await.map_err(|_| HttpError::Timeout)?
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// Where a redirect leads, as far as it may be shown: a query may hold a secret.
fn target(url: &Url, location: &str) -> String {
    let Ok(mut target) = url.join(location) else { return "an invalid URL".to_owned() };
    target.set_query(None);
    target.set_fragment(None);
    target.into()
}

/// The preferred format of RFC 9110 section 5.6.7 is one of RFC 2822, too.
fn date(text: &str) -> Option<Timestamp> {
    let date = OffsetDateTime::parse(text, &Rfc2822).ok()?;
    Some(Timestamp::from_seconds(date.unix_timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_header_is_read() {
        assert_eq!(date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Timestamp::from_seconds(784_111_777)));
        for malformed in ["", "784111777", "Sunday"] {
            assert_eq!(date(malformed), None, "{malformed}");
        }
    }

    #[test]
    fn header_is_read_as_text_if_it_is_one() {
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, "/keys".parse().expect("a value"));
        assert_eq!((text(&headers, LOCATION), text(&headers, DATE)), ("/keys".to_owned(), String::new()));
    }

    #[test]
    fn redirect_target_is_shown_without_its_query() {
        let url: Url = "https://auth.example/x/keys".parse().expect("a URL");
        assert_eq!(target(&url, "/login?token=hush#frag"), "https://auth.example/login");
        assert_eq!(target(&url, "https://www.auth.example/"), "https://www.auth.example/");
    }
}

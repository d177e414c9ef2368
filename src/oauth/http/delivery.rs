//! One call to a receiver of events, whose answer is a status.

use super::{HttpClient, HttpError};

/// What is read of an answer, so that its connection can be used again. Nobody needs it.
const MAX_BODY_BYTES: usize = 64 * 1024;

impl HttpClient {
    /// Sends a request once and returns the status of the answer.
    ///
    /// # Errors
    /// As [`HttpClient::send`], but the body of an answer may be anything.
    pub async fn deliver(&self, request: http::Request<Vec<u8>>) -> Result<u16, HttpError> {
        let (request, url, body) = self.prepare(request)?;
        let call = async {
            let mut response = request.send_body(body).await.map_err(|error| HttpError::from_awc(&error, &url))?;
            drop(response.body().limit(MAX_BODY_BYTES).await);
            Ok(response.status().as_u16())
        };
        tokio::time::timeout(self.policy.timeout, call).await.map_err(|_| HttpError::Timeout)?
    }
}

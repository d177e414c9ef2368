//! A code exchange with a code that no provider has issued: the refusal shows whether the provider knows the client.

use serde_json::Value;

use super::exchange::CodeExchange;
use super::response::error_code;
use crate::oauth::http::{HttpClient, HttpError, ProbeAnswer};
use crate::oauth::strict_json;

/// Sends the exchange and returns the answer, whatever it is.
///
/// # Errors
/// [`HttpError`]
pub async fn probe_exchange(http: &HttpClient, exchange: &CodeExchange<'_>) -> Result<ProbeAnswer, HttpError> {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", exchange.code.expose()),
        ("redirect_uri", exchange.redirect_uri),
    ];
    fields.extend(exchange.code_verifier.map(|verifier| ("code_verifier", verifier.expose())));
    http.probe(exchange.client.form(exchange.token_endpoint, &fields)?).await
}

/// The `error` of an answer (RFC 6749 section 5.2), in JSON or in a form.
#[must_use]
pub fn error_of(answer: &ProbeAnswer) -> Option<String> {
    if let Some(members) = strict_json::parse_object(&answer.body) {
        return members.get("error").filter(|error| error.is_string()).map(error_code);
    }
    let error = url::form_urlencoded::parse(&answer.body).find(|(name, _)| name == "error");
    error.map(|(_, value)| error_code(&Value::String(value.into_owned())))
}

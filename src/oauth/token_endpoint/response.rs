//! Normalises the answers of token endpoints to RFC 6749 section 5.
//!
//! Providers answer success with 201, errors with 200, lifetimes as text, scopes as lists, and forms instead of JSON.
//! After normalisation one strict parser reads them all. Pure.

use http::header::CONTENT_TYPE;
use http::{Response, StatusCode};
use serde_json::{Map, Value};

use crate::oauth::endpoint_error::EndpointError;
use crate::oauth::http::HttpError;
use crate::oauth::strict_json;

/// The longest lifetime of a token, in seconds (68 years); longer ones are cut.
const MAX_LIFETIME_SECONDS: u64 = i32::MAX as u64;
const MAX_ERROR_CODE_LENGTH: usize = 64;
/// The greatest length of a token in bytes, ten times that of any known provider. It limits the rows of the vault.
const MAX_TOKEN_BYTES: usize = 64 * 1024;

/// A 200 answer in JSON with `access_token`, `token_type` and well-typed optional members.
///
/// # Errors
/// [`EndpointError`]: the provider's refusal, another status, or an answer that cannot be normalised.
pub(super) fn normalise(response: &Response<Vec<u8>>) -> Result<Response<Vec<u8>>, EndpointError> {
    let status = response.status();
    let members = parse_body(response);
    // An `error` counts with a status of success (GitHub answers 200) and of client errors.
    let refusal = members.as_ref().and_then(|members| members.get("error")).filter(|error| !error.is_null());
    if let Some(error) = refusal
        && (status.is_success() || status.is_client_error())
    {
        return Err(EndpointError::Rejected { error: error_code(error) });
    }
    if !status.is_success() {
        return Err(HttpError::Status(status.as_u16()).into());
    }
    let mut members = members.ok_or(EndpointError::Malformed("body"))?;
    normalise_members(&mut members)?;
    let body = serde_json::to_vec(&members).map_err(|_| EndpointError::Malformed("body"))?;
    let mut answer = Response::new(body);
    *answer.status_mut() = StatusCode::OK;
    Ok(answer)
}

/// The body as an object: JSON, or a form where the content type allows one.
fn parse_body(response: &Response<Vec<u8>>) -> Option<Map<String, Value>> {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    strict_json::parse_object(response.body()).or_else(|| match kind.as_str() {
        "application/x-www-form-urlencoded" | "text/plain" => parse_form(response.body()),
        _ => None,
    })
}

/// A form without repeated fields (RFC 6749 section 3.2).
fn parse_form(body: &[u8]) -> Option<Map<String, Value>> {
    let mut members = Map::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        if members.insert(name.into_owned(), Value::String(value.into_owned())).is_some() {
            return None;
        }
    }
    (members.contains_key("access_token") || members.contains_key("error")).then_some(members)
}

fn is_token(text: &str) -> bool {
    (1..=MAX_TOKEN_BYTES).contains(&text.len())
}

fn normalise_members(members: &mut Map<String, Value>) -> Result<(), EndpointError> {
    match members.get("token_type").filter(|kind| !kind.is_null()) {
        None => {}
        Some(Value::String(kind)) if kind.eq_ignore_ascii_case("bearer") => {}
        Some(_) => return Err(EndpointError::Malformed("token_type")),
    }
    members.insert("token_type".into(), "bearer".into());
    let has_token = members.get("access_token").and_then(Value::as_str).is_some_and(is_token);
    if !has_token {
        return Err(EndpointError::Malformed("access_token"));
    }
    for optional in ["refresh_token", "id_token"] {
        match members.get(optional) {
            None | Some(Value::Null) => {}
            Some(Value::String(token)) if is_token(token) => continue,
            Some(Value::String(token)) if token.is_empty() => {}
            Some(_) => return Err(EndpointError::Malformed(optional)),
        }
        members.remove(optional);
    }
    if let Some(lifetime) = members.remove("expires_in").filter(|lifetime| !lifetime.is_null()) {
        let lifetime = seconds(&lifetime).ok_or(EndpointError::Malformed("expires_in"))?;
        members.insert("expires_in".into(), lifetime.min(MAX_LIFETIME_SECONDS).into());
    }
    // Bitbucket calls it `scopes`.
    let scope =
        [members.remove("scope"), members.remove("scopes")].into_iter().flatten().find(|scope| !scope.is_null());
    if let Some(scope) = scope {
        let scope = join_scopes(&scope).ok_or(EndpointError::Malformed("scope"))?;
        members.insert("scope".into(), scope.into());
    }
    Ok(())
}

/// An integer, as a number or as text.
fn seconds(lifetime: &Value) -> Option<u64> {
    match lifetime {
        Value::String(text) => text.parse().ok(),
        number => number.as_u64(),
    }
}

fn join_scopes(scope: &Value) -> Option<String> {
    match scope {
        Value::String(text) => Some(text.clone()),
        Value::Array(several) => {
            let several: Option<Vec<&str>> = several.iter().map(Value::as_str).collect();
            several.map(|several| several.join(" "))
        }
        _ => None,
    }
}

/// An error code that is safe to show and log: 1 to 64 of `a-z` and `_`, whatever the provider sent.
pub(in crate::oauth) fn error_code(error: &Value) -> String {
    let text = error.as_str().unwrap_or_default();
    let code: String =
        text.chars().filter(|c| c.is_ascii_lowercase() || *c == '_').take(MAX_ERROR_CODE_LENGTH).collect();
    if code.is_empty() { "unspecified".to_owned() } else { code }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn normalised(status: u16, kind: &str, body: &str) -> Result<Value, EndpointError> {
        let response = Response::builder().status(status).header(CONTENT_TYPE, kind).body(body.as_bytes().to_vec());
        normalise(&response.unwrap()).map(|answer| {
            assert_eq!((answer.status(), answer.headers().len()), (StatusCode::OK, 0));
            serde_json::from_slice(answer.body()).unwrap()
        })
    }

    fn json_answer(answer: Value) -> Result<Value, EndpointError> {
        normalised(200, "application/json", &answer.to_string())
    }

    #[test]
    fn unusual_success_answers_are_normalised() {
        let plain = json!({"access_token": "AT", "token_type": "bearer"});
        for answer in [
            json!({"access_token": "AT"}),
            json!({"access_token": "AT", "token_type": null}),
            json!({"access_token": "AT", "token_type": "BEARER"}),
            json!({"access_token": "AT", "refresh_token": null, "id_token": "", "expires_in": null, "scope": null}),
            json!({"access_token": "AT", "error": null}),
        ] {
            let mut found = json_answer(answer.clone()).unwrap();
            found.as_object_mut().unwrap().remove("error");
            assert_eq!(found, plain, "{answer}");
        }
        for (kind, body) in [
            ("application/x-www-form-urlencoded; charset=utf-8", "access_token=AT&token_type=bearer"),
            ("text/plain", "access_token=AT"),
            ("text/plain", "{\"access_token\":\"AT\"}"),
            ("application/octet-stream", "{\"access_token\":\"AT\"}"),
        ] {
            assert_eq!(normalised(201, kind, body).as_ref(), Ok(&plain), "{kind}");
        }
    }

    #[test]
    fn lifetimes_and_scopes_are_read_in_every_notation() {
        for (life, seconds) in [
            (json!(3600), 3600),
            (json!("3600"), 3600),
            (json!(0), 0),
            (json!(1_000_000_000_000_u64), MAX_LIFETIME_SECONDS),
            (json!("1000000000000"), MAX_LIFETIME_SECONDS),
        ] {
            assert_eq!(json_answer(json!({"access_token": "AT", "expires_in": life})).unwrap()["expires_in"], seconds);
        }
        for (member, scope, text) in [
            ("scope", json!("a b"), "a b"),
            ("scope", json!("a,b"), "a,b"),
            ("scope", json!(["a", "b"]), "a b"),
            ("scope", json!([]), ""),
            ("scopes", json!("a b"), "a b"),
        ] {
            assert_eq!(json_answer(json!({"access_token": "AT", member: scope})).unwrap()["scope"], text);
        }
    }

    #[test]
    fn token_of_the_greatest_length_is_kept() {
        let token = "x".repeat(65_536);
        assert_eq!(json_answer(json!({"access_token": token})).unwrap()["access_token"], token);
    }

    #[test]
    fn answer_that_cannot_be_normalised_is_malformed() {
        for (answer, member) in [
            (json!({}), "access_token"),
            (json!({"access_token": ""}), "access_token"),
            (json!({"access_token": 7}), "access_token"),
            (json!({"access_token": "AT", "token_type": "mac"}), "token_type"),
            (json!({"access_token": "AT", "token_type": "DPoP"}), "token_type"),
            (json!({"access_token": "AT", "token_type": ["bearer"]}), "token_type"),
            (json!({"access_token": "AT", "expires_in": -1}), "expires_in"),
            (json!({"access_token": "AT", "expires_in": "soon"}), "expires_in"),
            (json!({"access_token": "AT", "expires_in": 1.5}), "expires_in"),
            (json!({"access_token": "AT", "id_token": {"a": 1}}), "id_token"),
            (json!({"access_token": "AT", "refresh_token": 7}), "refresh_token"),
            (json!({"access_token": "x".repeat(65_537)}), "access_token"),
            (json!({"access_token": "AT", "refresh_token": "x".repeat(65_537)}), "refresh_token"),
            (json!({"access_token": "AT", "scope": 7}), "scope"),
            (json!({"access_token": "AT", "scope": ["a", 7]}), "scope"),
        ] {
            assert_eq!(json_answer(answer.clone()), Err(EndpointError::Malformed(member)), "{answer}");
        }
        for (kind, body) in [
            ("application/json", ""),
            ("application/json", "access_token=AT"),
            ("application/json", "[]"),
            ("application/json", r#"{"access_token":"A","access_token":"B"}"#),
            ("text/html", "<html>"),
            ("text/plain", "access_token=A&access_token=B"),
            ("text/plain", "welcome"),
        ] {
            assert_eq!(normalised(200, kind, body), Err(EndpointError::Malformed("body")), "{body}");
        }
    }

    #[test]
    fn refusal_keeps_only_its_error_code() {
        let long = "x".repeat(100);
        for (error, code) in [
            ("\"invalid_grant\"", "invalid_grant"),
            ("\"bad code\\u0000<b>=AT\"", "badcodeb"),
            ("\"\"", "unspecified"),
            ("{\"message\":\"x\"}", "unspecified"),
            ("7", "unspecified"),
            (&format!("\"{long}\""), &long[..64]),
        ] {
            let body = format!("{{\"error\":{error},\"error_description\":\"AT\",\"access_token\":\"AT\"}}");
            for status in [200, 400, 401] {
                let refusal = Err(EndpointError::Rejected { error: code.to_owned() });
                assert_eq!(normalised(status, "application/json", &body), refusal, "{status} {error}");
            }
        }
        let form = normalised(200, "application/x-www-form-urlencoded", "error=bad_verification_code");
        assert_eq!(form, Err(EndpointError::Rejected { error: "bad_verification_code".into() }));
    }

    #[test]
    fn other_status_is_an_error_whatever_the_body() {
        for (status, body) in [
            (302, r#"{"access_token":"AT"}"#),
            (400, r#"{"status":400,"message":"Invalid authorization code"}"#),
            (404, "<html>"),
            (500, r#"{"error":"server_error"}"#),
            (503, ""),
        ] {
            let error = Err(EndpointError::Http(HttpError::Status(status)));
            assert_eq!(normalised(status, "application/json", body), error, "{status}");
        }
    }
}

//! Verifies OAuth 1.0a signatures (RFC 5849, section 3) of received requests.

use std::fmt::Write;

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::{Url, form_urlencoded};

use super::Fault;
use crate::{Client, Failure, SimulatedProvider, Simulator};

/// Accepted clock difference of a client.
const CLOCK_SKEW_SECONDS: i64 = 300;

type Pairs = Vec<(String, String)>;

/// A request whose signature is valid.
#[derive(Debug)]
pub(super) struct Signed {
    /// The client that signed it.
    pub(super) client: Client,
    /// The parameters in the header.
    header: Pairs,
}

impl Signed {
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        value(&self.header, key)
    }
}

fn value<'a>(pairs: &'a [(String, String)], key: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
}

/// Verifies a request; `secrets` returns the token secrets that it may be signed with.
pub(super) fn check(
    simulator: &Simulator,
    request: &HttpRequest,
    body: &str,
    secrets: impl FnOnce(&Signed) -> Vec<String>,
) -> Result<Signed, Fault> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let header = header.and_then(read).ok_or(Fault::Signature)?;
    let client = value(&header, "oauth_consumer_key").and_then(|id| simulator.client(id)).ok_or(Fault::Signature)?;
    let signed = Signed { client, header };
    let is_hmac = signed.get("oauth_signature_method") == Some("HMAC-SHA1");
    let is_rejected = simulator.0.faults.strikes(SimulatedProvider::Twitter, Failure::BadClient);
    if !is_hmac || is_rejected || signed.get("oauth_version").is_some_and(|version| version != "1.0") {
        return Err(Fault::Signature);
    }
    let time: i64 = signed.get("oauth_timestamp").and_then(|text| text.parse().ok()).ok_or(Fault::Signature)?;
    let now = simulator.now();
    if (now - time).abs() > CLOCK_SKEW_SECONDS {
        return Err(Fault::Timestamp);
    }
    let signature = signed.get("oauth_signature").and_then(|text| STANDARD.decode(text).ok());
    let signature = signature.ok_or(Fault::Signature)?;
    let url = address(simulator, request).ok_or(Fault::Signature)?;
    let base = base_string(request.method().as_str(), &url, &parameters(&signed, request, body));
    let holds = secrets(&signed).iter().any(|secret| {
        let key = format!("{}&{}", encode(signed.client.secret.as_deref().unwrap_or_default()), encode(secret));
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
        hmac::verify(&key, base.as_bytes(), &signature).is_ok()
    });
    let nonce = signed.get("oauth_nonce").filter(|nonce| !nonce.is_empty()).ok_or(Fault::Signature)?;
    // Only nonces of valid signatures are recorded, so that others cannot use them up.
    if !holds || !simulator.0.nonces.insert(&format!("{time} {nonce}"), time + 2 * CLOCK_SKEW_SECONDS, now) {
        return Err(Fault::Signature);
    }
    Ok(signed)
}

/// The URL that the client called, as seen by the client.
fn address(simulator: &Simulator, request: &HttpRequest) -> Option<String> {
    let (_, below) = request.path().split_once("/twitter/")?;
    Some(Url::parse(&simulator.url(&format!("/twitter/{below}"))).ok()?.into())
}

/// All signed parameters: the header's without the signature, the query's, and those of a form body.
fn parameters(signed: &Signed, request: &HttpRequest, body: &str) -> Pairs {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let form = if content_type.starts_with("application/x-www-form-urlencoded") { body } else { "" };
    let in_header = signed.header.iter().filter(|(key, _)| key != "oauth_signature" && key != "realm").cloned();
    let elsewhere = [request.query_string(), form];
    in_header.chain(elsewhere.iter().flat_map(|text| form_urlencoded::parse(text.as_bytes()).into_owned())).collect()
}

/// The signature base string (RFC 5849, section 3.4.1).
fn base_string(method: &str, url: &str, parameters: &[(String, String)]) -> String {
    let mut pairs: Pairs = parameters.iter().map(|(key, value)| (encode(key), encode(value))).collect();
    pairs.sort();
    let pairs: Vec<String> = pairs.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
    format!("{method}&{}&{}", encode(url), encode(&pairs.join("&")))
}

/// Parses an `OAuth` header; `None` for duplicates or wrong encoding.
fn read(header: &str) -> Option<Pairs> {
    let (scheme, rest) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("oauth") {
        return None;
    }
    let mut pairs = Pairs::new();
    for pair in rest.split(',') {
        let (key, value) = pair.trim().split_once('=')?;
        let value = decode(value.strip_prefix('"')?.strip_suffix('"')?)?;
        if pairs.iter().any(|(known, _)| known == key) {
            return None;
        }
        pairs.push((key.to_owned(), value));
    }
    Some(pairs)
}

/// Percent-encodes all but letters, digits and `-._~` (RFC 5849, section 3.6).
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Decodes text that [`encode`] could have produced.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first == '%' {
            bytes.push(u8::from_str_radix(rest.get(1..3)?, 16).ok()?);
            rest = &rest[3..];
        } else {
            bytes.extend(first.to_string().as_bytes());
            rest = &rest[first.len_utf8()..];
        }
    }
    String::from_utf8(bytes).ok().filter(|decoded| encode(decoded) == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLBACK: &str = "https://auth.example.test/signin/provider/twitter/callback?state=abc.def";

    fn sign(key: &str, base: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
        STANDARD.encode(hmac::sign(&key, base.as_bytes()))
    }

    fn base(method: &str, url: &str, more: &[(&str, &str)]) -> String {
        let usual = [
            ("oauth_consumer_key", "ck-demo-01"),
            ("oauth_nonce", "nonceDemo0001"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "1760000000"),
            ("oauth_version", "1.0"),
        ];
        let pairs = usual.iter().chain(more).map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        base_string(method, url, &pairs.collect::<Vec<_>>())
    }

    #[test]
    fn signatures_match_known_vectors() {
        let (at, key) = ("https://api.twitter.com", "cs%20demo%2F01&");
        let begin = base("POST", &format!("{at}/oauth/request_token"), &[("oauth_callback", CALLBACK)]);
        assert_eq!(sign(key, &begin), "zmUZ+wKQgZgPooLzxudygZHn0wY=");
        let token = [("oauth_token", "rt-demo"), ("oauth_verifier", "ver-demo")];
        let exchange = base("POST", &format!("{at}/oauth/access_token"), &token);
        assert_eq!(sign(key, &exchange), "nGyIKlrF/592jsY22HQ8wOYy4+E=");
        assert_eq!(sign(&format!("{key}rts-demo"), &exchange), "vMUsIMPdFrwJN9ufn+mpqI+AZm0=");
        let profile = format!("{at}/1.1/account/verify_credentials.json");
        let look = base("GET", &profile, &[("oauth_token", "at-demo"), ("include_email", "true")]);
        assert_eq!(sign(&format!("{key}ats-demo"), &look), "Vr/728gcc4fOUgwaPE4bej0D29Q=");
    }

    #[test]
    fn badly_encoded_header_is_rejected() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let good = read(r#"OAuth oauth_nonce="a%2Bb", oauth_token="x""#);
        assert_eq!(good, Some(vec![pair("oauth_nonce", "a+b"), pair("oauth_token", "x")]));
        for bad in [r#"OAuth a="b+c""#, r#"OAuth a="%2b""#, r#"OAuth a="%2""#, r#"OAuth a="1", a="2""#, "OAuth a=1"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}

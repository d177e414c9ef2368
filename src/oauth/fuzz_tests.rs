//! Changed tokens, keys, metadata, profiles and answers.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::http::{HttpClient, HttpPolicy, NetworkAccess};
use super::id_token::{IdTokenError, IdTokenValidation, validate_id_token};
use super::jwks::Jwks;
use super::oauth1::FormResponse;
use super::profile::email_verification::EmailVerificationRule;
use super::profile::field_selector::FieldSelector;
use super::profile::{EmailMap, ProfileMap};
use super::{discovery, strict_json};
use crate::domain::clock::Timestamp;
use crate::domain::profile::EmailTrust;
use crate::domain::secret::Secret;
use crate::fuzz::fuzz;

const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://idp.example/tenant";
const HEADER: &str = r#"{"alg":"EdDSA","kid":"ed"}"#;
const CLAIMS: &str =
    r#"{"iss":"https://idp.example/tenant","aud":"CID","sub":"mira","exp":1800000300,"iat":1800000000,"nonce":"N0"}"#;

fn key() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a key")
}

fn key_set() -> Value {
    json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": URL_SAFE_NO_PAD.encode(key().public_key())}]})
}

fn signed(header: &str, claims: &str) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(key().sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn validate(token: &str) -> Result<Value, IdTokenError> {
    let validation = IdTokenValidation {
        issuers: &[ISSUER.to_owned()],
        client_id: "CID",
        algorithms: &["EdDSA".to_owned()],
        nonce: Some(&Secret::new("N0")),
        max_age: None,
        access_token: None,
        now: Timestamp::from_seconds(NOW),
    };
    validate_id_token(&Secret::new(token), &Jwks::parse(&key_set()).expect("keys"), &validation)
}

/// Texts are claims. Whatever the issuer signs, only claims for us, of now and of this sign-in are accepted.
#[test]
fn fuzz_id_token() {
    let good = signed(HEADER, CLAIMS);
    assert!(validate(&good).is_ok());
    fuzz(
        "id_token",
        &["\"azp\":", "\"nbf\":", "\"sub\":", "CID", "N0", "1800000000", "\"crit\":[]", "\"alg\":", "EdDSA"],
        |text| {
            assert!(validate(text).is_err(), "a text that nobody signed");
            let at = text.len() % good.len();
            let with_text = [&good[..at], text, &good[at..]].concat();
            assert!(text.is_empty() || validate(&with_text).is_err(), "a signed token with something in it");
            if validate(&signed(text, CLAIMS)).is_ok() {
                let header = strict_json::parse_object(text.as_bytes()).expect("an object");
                assert!(
                    (header["alg"] == "EdDSA" || header["alg"] == "Ed25519") && !header.contains_key("crit"),
                    "{text}"
                );
            }
            let Ok(claims) = validate(&signed(HEADER, text)) else { return false };
            let time = |name: &str| claims.get(name).map(|time| time.as_i64().expect("whole seconds"));
            assert_eq!((&claims["iss"], &claims["nonce"]), (&json!(ISSUER), &json!("N0")));
            let audience = claims["aud"].as_array().cloned().unwrap_or_else(|| vec![claims["aud"].clone()]);
            assert!(audience.contains(&json!("CID")) && audience.iter().all(Value::is_string));
            assert!(claims.get("azp").map_or(audience.len() == 1, |party| party == "CID"));
            assert!(
                time("exp").is_some_and(|time| time > NOW - 60) && time("iat").is_some_and(|time| time <= NOW + 60)
            );
            assert!(time("nbf").is_none_or(|time| time <= NOW + 60));
            assert!(claims["sub"].as_str().is_some_and(|subject| !subject.is_empty() && subject.len() <= 255));
            // Not compared: a number with many digits may be read as the next one.
            assert!(validate(&signed(HEADER, &claims.to_string())).is_ok(), "written again");
            true
        },
    );
}

#[test]
fn fuzz_jwks() {
    let known = key_set()["keys"][0].clone();
    fuzz("jwks", &["\"kty\":", "\"use\":\"enc\"", "\"d\":", "AQAB", "\"keys\":", "\"alg\":\"HS256\""], |text| {
        let Ok(document) = serde_json::from_str::<Value>(text) else { return false };
        let Ok(keys) = Jwks::parse(&document) else { return false };
        assert!(keys.count() <= 100);
        let again: Value = serde_json::from_str(&document.to_string()).expect("JSON");
        assert_eq!(Jwks::parse(&again).expect("a set").count(), keys.count(), "written again");
        let mut more = document.clone();
        more["keys"].as_array_mut().expect("keys").insert(0, known.clone());
        assert!(Jwks::parse(&more).expect("a set").contains("ed"), "no key takes another away");
        keys.count() > 0
    });
}

#[test]
fn fuzz_discovery() {
    let policy = HttpPolicy::new(Duration::from_secs(5), NetworkAccess::Public, None).expect("a policy");
    let http = HttpClient::new(&policy, Arc::default());
    fuzz(
        "discovery",
        &["_endpoint\":", "http://", "file:///", "https://127.0.0.1", "https://[::1]", "HS256", "ES256", "@", "#"],
        |text| {
            let Ok(document) = serde_json::from_str::<Value>(text) else { return false };
            let Ok(metadata) = discovery::read(&document, ISSUER, &http) else { return false };
            assert_eq!(metadata.issuer, ISSUER);
            let endpoints = [
                ("authorization_endpoint", Some(&metadata.authorization_endpoint)),
                ("token_endpoint", Some(&metadata.token_endpoint)),
                ("userinfo_endpoint", metadata.userinfo_endpoint.as_ref()),
                ("jwks_uri", Some(&metadata.jwks_uri)),
                ("revocation_endpoint", metadata.revocation_endpoint.as_ref()),
                ("pushed_authorization_request_endpoint", metadata.pushed_authorization_request_endpoint.as_ref()),
            ];
            let mut again = json!({
                "issuer": ISSUER,
                "authorization_response_iss_parameter_supported": metadata.authorization_response_iss_parameter_supported,
                "id_token_signing_alg_values_supported": metadata.id_token_signing_alg_values_supported,
            });
            for (name, url) in endpoints {
                let Some(url) = url else { continue };
                assert_eq!(url.scheme(), "https", "{url}");
                assert!(url.username().is_empty() && url.password().is_none(), "{url}");
                again[name] = url.as_str().into();
            }
            let symmetric = |name: &String| name.starts_with("HS") || name.eq_ignore_ascii_case("none");
            assert!(!metadata.id_token_signing_alg_values_supported.iter().any(symmetric));
            assert_eq!(discovery::read(&again, ISSUER, &http), Ok(metadata), "written again");
            true
        },
    );
}

#[test]
fn fuzz_profile() {
    let claim = |name: &str| Some(name.parse::<FieldSelector>().expect("a selector"));
    let map = ProfileMap {
        id: vec!["sub".parse().expect("a path")],
        email: Some(EmailMap {
            email: "email".parse().expect("a selector"),
            verified: Some("email_verified".parse().expect("a path")),
            rule: EmailVerificationRule::Boolean,
        }),
        name: claim("name"),
        picture: claim("picture"),
        picture_url: None,
        simulated_pictures: None,
        locale: claim("locale"),
    };
    let provider = "acme".parse().expect("a name");
    fuzz(
        "profile",
        &["\"sub\":", "\"email_verified\":", "true", "\"picture\":", "https://10.0.0.1/", "javascript:"],
        |text| {
            let Ok(document) = serde_json::from_str::<Value>(text) else { return false };
            let Ok(profile) = map.read(&provider, std::slice::from_ref(&document)) else { return false };
            let is_plain = |text: &str, max: usize| {
                !text.is_empty() && text.chars().count() <= max && !text.chars().any(char::is_control)
            };
            assert!(is_plain(&profile.subject, 255));
            // A number is written as text.
            let number = document["sub"].to_string();
            assert!(document["sub"] == profile.subject.as_str() || number == profile.subject);
            assert!(profile.name.iter().chain(&profile.locale).all(|name| is_plain(name, 128)));
            assert!(profile.picture.as_ref().is_none_or(|url| url.starts_with("https://") && url.len() <= 2048));
            let is_verified = profile.email.as_ref().is_some_and(|claim| claim.trust == EmailTrust::Verified);
            assert!(!is_verified || document["email_verified"] == true, "only the word true");
            let again = map.read(&provider, &[document, json!({"sub": "other", "email_verified": true})]);
            let again = again.expect("a profile");
            assert_eq!(
                (&again.subject, again.email == profile.email || profile.email.is_none()),
                (&profile.subject, true)
            );
            true
        },
    );
}

#[test]
fn fuzz_oauth1_answer() {
    let read = |body: &[u8]| {
        let answer = FormResponse::read(body.to_vec()).ok()?;
        Some((answer.required("oauth_token").ok()?, answer.required("oauth_token_secret").ok()?))
    };
    fuzz("oauth1_answer", &["oauth_token=", "oauth_token_secret=", "oauth%5ftoken=", "+", "%f0"], |text| {
        // As bytes that are no UTF-8, too.
        let bytes: Vec<u8> = text.chars().filter_map(|c| u8::try_from(u32::from(c)).ok()).collect();
        read(&bytes);
        let Some((token, secret)) = read(text.as_bytes()) else { return false };
        let pairs = [("oauth_token", token.expose()), ("oauth_token_secret", secret.expose())];
        let again = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        assert!(read(again.as_bytes()).is_some_and(|read| read == (token.clone(), secret.clone())), "written again");
        for more in ["oauth_token=x", "oauth_token", "%6fauth_token=", "oauth_token_secret=x"] {
            assert!(read(format!("{text}&{more}").as_bytes()).is_none(), "twice: {more}");
        }
        true
    });
}

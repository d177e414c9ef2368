//! Tests of id_tokens that an app presents.

use serde_json::{Value, json};

use super::signing::{keys, signed};
use super::{NOW, provider, settings_for};
use crate::domain::secret::Secret;
use crate::settings::ProviderSettings;

const HASHED: &str = "cc738730c72e8ece716178e8af77e3454d89dfa870d9fbb83fac40a42cba978f";

fn is_accepted_with(change: Value, nonce: Option<&str>) -> bool {
    let settings = ProviderSettings { audiences: vec!["com.example.app".to_owned()], ..settings_for("apple") };
    let apple = provider("apple", &settings).expect("a provider");
    let mut claims = json!({"iss": "https://appleid.apple.com", "aud": "com.example.app", "sub": "7",
        "iat": NOW.seconds(), "exp": NOW.seconds() + 300});
    for (name, value) in change.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    let endpoints = apple.endpoints().expect("endpoints");
    let nonce = nonce.map(Secret::new);
    let found = apple.check_client_id_token(&endpoints, &Secret::new(signed(&claims)), nonce.as_ref(), &keys(), NOW);
    found.is_ok_and(|profile| profile.is_some_and(|profile| profile.subject == "7"))
}

#[test]
fn client_token_needs_our_client_or_audience() {
    for (audience, is_accepted) in [
        (json!("com.example.app"), true),
        (json!("CID"), true),
        (json!("com.example.other"), false),
        (json!(["com.example.other", "CID"]), false),
    ] {
        assert_eq!(is_accepted_with(json!({"aud": audience}), None), is_accepted, "{audience}");
    }
    assert!(!is_accepted_with(json!({"exp": NOW.seconds() - 300}), None));
}

#[test]
fn client_token_needs_the_text_whose_hash_is_its_nonce() {
    let raw = "raw-nonce-0001";
    for (in_token, given, is_accepted) in [
        (json!(HASHED), Some(raw), true),
        (json!(HASHED), Some(HASHED), false),
        (json!(raw), Some(raw), false),
        (json!(raw), Some("raw-nonce-0002"), false),
        (json!(raw), None, false),
        (json!(""), None, false),
    ] {
        assert_eq!(is_accepted_with(json!({"nonce": in_token}), given), is_accepted, "{in_token} {given:?}");
    }
    assert!(is_accepted_with(json!({}), Some(raw)), "a token without a nonce has nothing to compare");
}

#[test]
fn provider_without_id_tokens_accepts_none() {
    let github = provider("github", &settings_for("github")).expect("a provider");
    let endpoints = github.endpoints().expect("endpoints");
    assert_eq!(github.check_client_id_token(&endpoints, &Secret::new("a.b.c"), None, &keys(), NOW).ok(), Some(None));
}

//! id_tokens that an app brings.

use serde_json::{Value, json};

use super::signing::{keys, signed};
use super::{NOW, provider, settings_for};
use crate::domain::secret::Secret;
use crate::settings::ProviderSettings;

const HASHED: &str = "cc738730c72e8ece716178e8af77e3454d89dfa870d9fbb83fac40a42cba978f";

fn is_believed(change: Value, nonce: Option<&str>) -> bool {
    let settings = ProviderSettings { audiences: vec!["com.example.app".to_owned()], ..settings_for("apple") };
    let apple = provider("apple", &settings).expect("a provider");
    let mut claims = json!({"iss": "https://appleid.apple.com", "aud": "com.example.app", "sub": "7",
        "iat": NOW.seconds(), "exp": NOW.seconds() + 300});
    for (name, value) in change.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    let nonce = nonce.map(Secret::new);
    let found = apple.check_client_id_token(&Secret::new(signed(&claims)), nonce.as_ref(), &keys(), NOW);
    found.is_ok_and(|person| person.is_some_and(|person| person.subject == "7"))
}

#[test]
fn a_token_for_the_app_or_for_us_is_believed_and_for_others_not() {
    for (audience, believed) in [
        (json!("com.example.app"), true),
        (json!("CID"), true),
        (json!("com.example.other"), false),
        (json!(["com.example.other", "CID"]), false),
    ] {
        assert_eq!(is_believed(json!({"aud": audience}), None), believed, "{audience}");
    }
    assert!(!is_believed(json!({"exp": NOW.seconds() - 300}), None));
}

#[test]
fn the_nonce_is_known_as_it_is_or_hashed() {
    let raw = "raw-nonce-0001";
    for (said, known, believed) in [
        (json!(raw), Some(raw), true),
        (json!(HASHED), Some(raw), true),
        (json!(raw), Some("raw-nonce-0002"), false),
        (json!(raw), Some(HASHED), false),
        (json!(raw), None, false),
        (json!(""), None, false),
    ] {
        assert_eq!(is_believed(json!({"nonce": said}), known), believed, "{said} {known:?}");
    }
    assert!(is_believed(json!({}), Some(raw)), "a token without one has nothing to compare");
}

#[test]
fn a_provider_without_id_tokens_takes_none() {
    let github = provider("github", &settings_for("github")).expect("a provider");
    assert_eq!(github.check_client_id_token(&Secret::new("a.b.c"), None, &keys(), NOW).ok(), Some(None));
}

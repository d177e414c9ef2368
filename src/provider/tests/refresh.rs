//! Tests of id_tokens in the answer to a refresh.

use serde_json::{Value, json};

use super::super::identify::{IdTokenContext, IdentifyError};
use super::signing::{keys, signed};
use super::{NOW, provider, settings_for};
use crate::domain::secret::Secret;
use crate::oauth::id_token::{ClaimFault, IdTokenError};
use crate::oauth::token_endpoint::exchange::{ExtraFields, TokenResponse};

fn check(change: Value) -> Result<(), IdentifyError> {
    let google = provider("google", &settings_for("google")).expect("a provider");
    let mut claims = json!({"iss": "https://accounts.google.com", "aud": "CID", "sub": "104",
        "iat": NOW.seconds(), "exp": NOW.seconds() + 300});
    for (name, value) in change.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    let tokens = TokenResponse {
        access_token: Secret::new("AT"),
        refresh_token: None,
        expires_in: None,
        id_token: Some(Secret::new(signed(&claims))),
        scopes: None,
        extra_fields: ExtraFields::default(),
    };
    let (keys, endpoints) = (keys(), google.endpoints().expect("endpoints"));
    let context = IdTokenContext {
        tokens: &tokens,
        nonce: None,
        max_age: None,
        endpoints: &endpoints,
        keys: Some(&keys),
        now: NOW,
    };
    google.check_refreshed_id_token(context, &["103".to_owned(), "104".to_owned()])
}

#[test]
fn refreshed_id_token_of_another_user_is_refused() {
    assert!(check(json!({})).is_ok());
    assert!(matches!(check(json!({"sub": "105"})), Err(IdentifyError::AnotherUser)));
    let another_issuer = IdTokenError::Claim { name: "iss", fault: ClaimFault::Mismatch };
    let refused = check(json!({"iss": "https://evil.example"}));
    assert!(matches!(refused, Err(IdentifyError::IdToken(error)) if error == another_issuer));
}

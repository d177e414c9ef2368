//! Validates an id_token that an app presents, which it got from the provider's own library on a phone.
//!
//! Issuer, audience, signature and time are checked as for any other id_token; the nonce is the app's.

use serde_json::Value;

use super::identify::IdentifyError;
use super::model::{Endpoints, Protocol, Provider};
use super::nonce::sha256_hex;
use crate::domain::client_nonce::ClientNonce;
use crate::domain::clock::Timestamp;
use crate::domain::profile::ExternalProfile;
use crate::domain::secret::Secret;
use crate::oauth::id_token::{ClaimFault, IdTokenError, IdTokenValidation, validate_id_token};
use crate::oauth::jwks::Jwks;

impl Provider {
    /// The user of an id_token that an app presents; `None` if this provider has no id_tokens. Its audience is our
    /// client or one of `audiences`.
    ///
    /// If the token has a nonce, it must be the SHA-256 of `nonce` in hexadecimal ([`ClientNonce`]).
    ///
    /// # Errors
    /// [`IdentifyError`]; after [`IdTokenError::UnknownKey`] the caller fetches keys and tries once more.
    pub fn check_client_id_token(
        &self,
        endpoints: &Endpoints,
        id_token: &Secret,
        nonce: Option<&Secret>,
        keys: &Jwks,
        now: Timestamp,
    ) -> Result<Option<ExternalProfile>, IdentifyError> {
        let Protocol::Oidc { .. } = &self.protocol else { return Ok(None) };
        let issuers = self.issuers();
        let mut outcome = Err(IdTokenError::UnknownKey);
        for client_id in std::iter::once(&self.client.id).chain(&self.audiences) {
            let validation = IdTokenValidation {
                issuers: &issuers,
                client_id,
                algorithms: &endpoints.id_token_algorithms,
                nonce: None,
                max_age: None,
                access_token: None,
                now,
            };
            outcome = validate_id_token(id_token, keys, &validation);
            let is_for_another = matches!(
                outcome,
                Err(IdTokenError::Claim { name: "aud" | "azp", fault: ClaimFault::Mismatch | ClaimFault::Missing })
            );
            if !is_for_another {
                break;
            }
        }
        let claims = outcome?;
        check_nonce(&claims, nonce, self.client_nonce)?;
        Ok(Some(self.read(&[claims])?))
    }
}

fn check_nonce(claims: &Value, given: Option<&Secret>, style: ClientNonce) -> Result<(), IdTokenError> {
    let fault = |fault| IdTokenError::Claim { name: "nonce", fault };
    let Some(nonce) = claims.get("nonce") else { return Ok(()) };
    let nonce = Secret::new(nonce.as_str().ok_or_else(|| fault(ClaimFault::WrongType))?);
    let given = given.ok_or_else(|| fault(ClaimFault::Mismatch))?;
    let expected = match style {
        ClientNonce::Sha256Hex => sha256_hex(given),
        ClientNonce::Plain => given.clone(),
    };
    if nonce == expected { Ok(()) } else { Err(fault(ClaimFault::Mismatch)) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn token_nonce_is_the_hash_of_the_given_one() {
        let raw = Secret::new("raw-nonce-0001");
        let hashed = "cc738730c72e8ece716178e8af77e3454d89dfa870d9fbb83fac40a42cba978f";
        for (claims, given, is_accepted) in [
            (json!({"nonce": hashed}), Some(&raw), true),
            (json!({"nonce": "raw-nonce-0001"}), Some(&raw), false),
            (json!({"nonce": hashed}), Some(&Secret::new(hashed)), false),
            (json!({"nonce": hashed.to_uppercase()}), Some(&raw), false),
            (json!({}), Some(&raw), true),
            (json!({}), None, true),
            (json!({"nonce": hashed}), None, false),
            (json!({"nonce": "other"}), Some(&raw), false),
            (json!({"nonce": [hashed]}), Some(&raw), false),
            (json!({"nonce": null}), Some(&raw), false),
        ] {
            assert_eq!(check_nonce(&claims, given, ClientNonce::Sha256Hex).is_ok(), is_accepted, "{claims}");
        }
    }

    #[test]
    fn token_nonce_is_the_given_one_where_the_definition_says_so() {
        let raw = Secret::new("raw-nonce-0001");
        let is_accepted = |nonce: &str| check_nonce(&json!({"nonce": nonce}), Some(&raw), ClientNonce::Plain).is_ok();
        assert!(is_accepted("raw-nonce-0001"));
        assert!(!is_accepted("cc738730c72e8ece716178e8af77e3454d89dfa870d9fbb83fac40a42cba978f"));
    }
}

//! An id_token that an app got by itself, from the provider's own library on a phone: is it for us, and fresh?
//!
//! Issuer, audience, signature and time are judged as for any other; only the nonce is the app's and not ours.

use serde_json::Value;

use super::authorize::sha256_hex;
use super::identify::IdentifyError;
use super::{Protocol, Provider};
use crate::domain::clock::Timestamp;
use crate::domain::profile::ExternalProfile;
use crate::domain::secret::Secret;
use crate::oauth::id_token::{ClaimFault, IdTokenError, IdTokenValidation, validate_id_token};
use crate::oauth::jwks::Jwks;

impl Provider {
    /// The person in an id_token that an app presents; `None` if this provider proves nobody by one. It is meant for
    /// our client or for one of the `audiences`.
    ///
    /// If the token names a nonce, `nonce` has to be it, or the text whose SHA-256 in hexadecimal it is.
    ///
    /// # Errors
    /// [`IdentifyError`]; an [`IdTokenError::UnknownKey`] in it asks for fresh keys and a second look.
    pub fn check_client_id_token(
        &self,
        id_token: &Secret,
        nonce: Option<&Secret>,
        keys: &Jwks,
        now: Timestamp,
    ) -> Result<Option<ExternalProfile>, IdentifyError> {
        let Protocol::Oidc { issuer, additional_issuers, algorithms } = &self.protocol else { return Ok(None) };
        let issuers: Vec<String> = std::iter::once(issuer).chain(additional_issuers).cloned().collect();
        let mut outcome = Err(IdTokenError::UnknownKey);
        for client_id in std::iter::once(&self.client.id).chain(&self.audiences) {
            let expectation =
                IdTokenValidation { issuers: &issuers, client_id, algorithms, nonce: None, access_token: None, now };
            outcome = validate_id_token(id_token, keys, &expectation);
            let is_for_another = matches!(
                outcome,
                Err(IdTokenError::Claim { name: "aud" | "azp", fault: ClaimFault::Mismatch | ClaimFault::Missing })
            );
            if !is_for_another {
                break;
            }
        }
        let claims = outcome?;
        check_nonce(&claims, nonce)?;
        Ok(Some(self.read(&[claims])?))
    }
}

fn check_nonce(claims: &Value, given: Option<&Secret>) -> Result<(), IdTokenError> {
    let fault = |fault| IdTokenError::Claim { name: "nonce", fault };
    let Some(nonce) = claims.get("nonce") else { return Ok(()) };
    let nonce = Secret::new(nonce.as_str().ok_or_else(|| fault(ClaimFault::WrongType))?);
    let given = given.ok_or_else(|| fault(ClaimFault::Mismatch))?;
    if nonce == *given || nonce == sha256_hex(given) { Ok(()) } else { Err(fault(ClaimFault::Mismatch)) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_nonce_fits_raw_or_hashed_and_a_token_without_one_asks_for_none() {
        let raw = Secret::new("raw-nonce-0001");
        let sha256_hex = "cc738730c72e8ece716178e8af77e3454d89dfa870d9fbb83fac40a42cba978f";
        for (claims, given, is_fine) in [
            (json!({"nonce": sha256_hex}), Some(&raw), true),
            (json!({"nonce": "raw-nonce-0001"}), Some(&raw), true),
            (json!({}), Some(&raw), true),
            (json!({}), None, true),
            (json!({"nonce": sha256_hex}), None, false),
            (json!({"nonce": "other"}), Some(&raw), false),
            (json!({"nonce": [sha256_hex]}), Some(&raw), false),
            (json!({"nonce": null}), Some(&raw), false),
        ] {
            assert_eq!(check_nonce(&claims, given).is_ok(), is_fine, "{claims}");
        }
    }
}

//! Access tokens in the Nhost format: JWTs (RFC 7519) with roles and user id in one namespaced claim, as Hasura reads
//! them.

use std::sync::Arc;
use std::time::Duration;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;
use uuid::Uuid;

use super::keys::{KeyError, SigningKeys};
use super::verified_tokens::{VerifiedToken, VerifiedTokens};
use crate::domain::claims::Claims;
use crate::domain::clock::Timestamp;
use crate::domain::hooks::TokenClaims;
use crate::domain::id::{SessionId, UserId};
use crate::domain::random::RandomSource;
use crate::domain::secret::Secret;

/// The `typ` of these tokens.
const TYP: &str = "JWT";

/// What a token says.
#[derive(Clone, Copy, Debug)]
pub struct AccessTokenClaims<'a> {
    /// The token's own id.
    pub token_id: Uuid,
    /// The user.
    pub user_id: UserId,
    /// The session that it belongs to.
    pub session_id: SessionId,
    /// The role of requests that name none.
    pub default_role: &'a str,
    /// All roles of the user.
    pub roles: &'a [String],
    /// Further members of the namespaced claim; no name starts like the standard ones.
    pub claims: &'a Claims,
    /// What the embedding app adds.
    pub custom: &'a TokenClaims,
}

/// The subject of a verified access token. Only a signed claim: the session may have ended since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The user.
    pub user_id: UserId,
    /// The session; `None` if another holder of the key issued the token.
    pub session_id: Option<SessionId>,
}

/// Why a token was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It was valid.
    #[error("the access token has expired")]
    Expired,
    /// It is malformed, or not one of these tokens.
    #[error("the access token is not valid")]
    NotValid,
}

/// Issues and verifies access tokens.
#[derive(Clone, Debug)]
pub struct AccessTokens {
    keys: Arc<SigningKeys>,
    issuer: String,
    namespace: Arc<str>,
    ttl: Duration,
    verified: Arc<VerifiedTokens>,
}

impl AccessTokens {
    /// `namespace` names the claim with roles and user id; `ttl` is the lifetime of a token.
    #[must_use]
    pub fn new(
        keys: Arc<SigningKeys>,
        random: &dyn RandomSource,
        issuer: String,
        namespace: String,
        ttl: Duration,
    ) -> Self {
        Self { keys, issuer, namespace: namespace.into(), ttl, verified: Arc::new(VerifiedTokens::new(random)) }
    }

    /// The lifetime of a token in seconds.
    #[must_use]
    pub fn ttl_seconds(&self) -> u64 {
        self.ttl.as_secs()
    }

    /// The keys that tokens are verified with.
    #[must_use]
    pub fn keys(&self) -> &SigningKeys {
        &self.keys
    }

    /// Issues a token.
    ///
    /// # Errors
    /// [`KeyError`] if the key does not sign.
    pub fn issue(&self, content: AccessTokenClaims<'_>, now: Timestamp) -> Result<Secret, KeyError> {
        let expires_at = now.plus(self.ttl);
        let token = self.keys.sign(TYP, &IssuedClaims { tokens: self, content, issued_at: now, expires_at })?;
        let principal = Principal { user_id: content.user_id, session_id: Some(content.session_id) };
        self.verified.remember(&token, VerifiedToken::new(principal, now, expires_at));
        Ok(token)
    }

    /// Verifies a token.
    ///
    /// # Errors
    /// [`TokenError`]
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Principal, TokenError> {
        self.verify_times(token, now).map(|verified| verified.principal)
    }

    /// The claim that holds roles and user id.
    pub(super) fn namespace(&self) -> &Arc<str> {
        &self.namespace
    }

    pub(super) fn verify_times(&self, token: &str, now: Timestamp) -> Result<VerifiedToken, TokenError> {
        self.verified.get_or_verify(token, || self.verify_signed(token)).ok_or(TokenError::NotValid)?.at(now)
    }

    /// What a token of ours says; the caller compares its times.
    fn verify_signed(&self, token: &str) -> Option<VerifiedToken> {
        let (typ, claims) = self.keys.decode(token)?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let time_claim = |name: &str| claims.get(name).and_then(Value::as_i64).map(Timestamp::from_seconds);
        let id = |name: &str| text(name).and_then(|id| Uuid::parse_str(id).ok());
        let is_ours = typ.is_none_or(|typ| typ.eq_ignore_ascii_case(TYP))
            && text("iss") == Some(self.issuer.as_str())
            && claims.get(&*self.namespace).is_some();
        let principal = Principal { user_id: id("sub").map(UserId)?, session_id: id("sid").map(SessionId) };
        let verified = VerifiedToken { principal, begins_at: time_claim("iat")?, expires_at: time_claim("exp")? };
        is_ours.then_some(verified)
    }
}

/// The claims of a token, written straight into it.
struct IssuedClaims<'a> {
    tokens: &'a AccessTokens,
    content: AccessTokenClaims<'a>,
    issued_at: Timestamp,
    expires_at: Timestamp,
}

impl Serialize for IssuedClaims<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { tokens, content, issued_at, expires_at } = self;
        let mut claims = serializer.serialize_map(None)?;
        claims.serialize_entry("sub", &content.user_id)?;
        claims.serialize_entry("iss", &tokens.issuer)?;
        claims.serialize_entry("iat", &issued_at.seconds())?;
        claims.serialize_entry("exp", &expires_at.seconds())?;
        claims.serialize_entry("jti", &content.token_id)?;
        claims.serialize_entry("sid", &content.session_id)?;
        claims.serialize_entry(&*tokens.namespace, &HasuraClaims(*content))?;
        for (name, value) in content.custom.top_level().iter().filter(|(name, _)| **name != *tokens.namespace) {
            claims.serialize_entry(name, value)?;
        }
        claims.end()
    }
}

/// The members of the namespaced claim.
struct HasuraClaims<'a>(AccessTokenClaims<'a>);

impl Serialize for HasuraClaims<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(content) = self;
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("x-hasura-allowed-roles", content.roles)?;
        members.serialize_entry("x-hasura-default-role", content.default_role)?;
        members.serialize_entry("x-hasura-user-id", &content.user_id)?;
        members.serialize_entry("x-hasura-user-is-anonymous", "false")?;
        let custom = content.custom.namespaced();
        for (name, text) in custom.iter().chain(content.claims.iter().filter(|(name, _)| !custom.contains_key(*name))) {
            members.serialize_entry(name, text)?;
        }
        members.end()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use jsonwebtoken::{Algorithm, EncodingKey, Header};
    use serde_json::json;

    use super::*;
    use crate::domain::random::OsRandom;
    use crate::session::keys;
    use crate::settings::{JwtAlgorithm, JwtKey};

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn key(algorithm: JwtAlgorithm) -> JwtKey {
        JwtKey { id: None, algorithm, key: keys::generate(algorithm, &OsRandom).expect("a key") }
    }

    fn tokens(keys: &[JwtKey]) -> AccessTokens {
        let keys = Arc::new(SigningKeys::new(keys).expect("fit keys"));
        AccessTokens::new(keys, &OsRandom, "https://auth.test".into(), "https://ns".into(), Duration::from_secs(900))
    }

    fn mira() -> Principal {
        Principal { user_id: UserId(Uuid::from_u128(7)), session_id: Some(SessionId(Uuid::from_u128(9))) }
    }

    fn issue(tokens: &AccessTokens) -> Secret {
        let claims = Claims::from(["team", "plan"].map(|name| (format!("x-hasura-{name}"), "7".to_owned())));
        let custom = [("X-Hasura-Plan", "pro"), ("tenant", "north"), ("https://ns", "ours")];
        let custom = custom.into_iter().try_fold(TokenClaims::new(), |claims, (name, value)| claims.with(name, value));
        let content = AccessTokenClaims {
            token_id: Uuid::from_u128(8),
            user_id: mira().user_id,
            session_id: SessionId(Uuid::from_u128(9)),
            default_role: "user",
            roles: &["me".to_owned(), "user".to_owned()],
            claims: &claims,
            custom: &custom.expect("allowed"),
        };
        tokens.issue(content, NOW).expect("issued")
    }

    #[test]
    fn issued_token_verifies_with_every_algorithm() {
        use JwtAlgorithm::{ES256, EdDSA, HS256, HS384, HS512, RS256};
        for algorithm in [HS256, HS384, HS512, RS256, ES256, EdDSA] {
            let tokens = tokens(&[key(algorithm)]);
            let token = issue(&tokens);
            let verified = tokens.verify_signed(token.expose()).expect("a token of ours");
            let remembered = tokens.verified.get_or_verify(token.expose(), || None);
            assert_eq!((verified.principal, remembered), (mira(), Some(verified)), "{algorithm:?}");
        }
    }

    #[test]
    fn claims_are_those_that_hasura_reads() {
        let token = issue(&tokens(&[key(JwtAlgorithm::ES256)]));
        let payload = token.expose().split('.').nth(1).expect("a payload");
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64url")).expect("JSON");
        let id = mira().user_id.to_string();
        assert_eq!(
            claims,
            json!({
                "sub": id, "iss": "https://auth.test", "iat": 1_800_000_000, "exp": 1_800_000_900,
                "jti": "00000000-0000-0000-0000-000000000008", "sid": "00000000-0000-0000-0000-000000000009",
                "https://ns": {
                    "x-hasura-allowed-roles": ["me", "user"], "x-hasura-default-role": "user",
                    "x-hasura-user-id": id, "x-hasura-user-is-anonymous": "false", "x-hasura-team": "7",
                    "x-hasura-plan": "pro"
                },
                "tenant": "north"
            })
        );
    }

    #[test]
    fn token_is_valid_from_issue_to_expiry_with_skew() {
        let tokens = tokens(&[key(JwtAlgorithm::HS256)]);
        let token = issue(&tokens);
        assert!(tokens.verify(token.expose(), Timestamp::from_seconds(1_800_000_899)).is_ok());
        assert!(tokens.verify(token.expose(), Timestamp::from_seconds(1_800_000_900)).is_err());
        assert!(tokens.verify(token.expose(), Timestamp::from_seconds(1_799_999_940)).is_ok());
        assert!(tokens.verify(token.expose(), Timestamp::from_seconds(1_799_999_939)).is_err());
    }

    #[test]
    fn token_of_other_key_issuer_or_form_is_refused() {
        let ours = key(JwtAlgorithm::ES256);
        let tokens_of_ours = tokens(std::slice::from_ref(&ours));
        let token = issue(&tokens_of_ours);
        let others = [
            tokens(&[key(JwtAlgorithm::ES256)]),
            AccessTokens { issuer: "https://other.test".to_owned(), ..tokens(std::slice::from_ref(&ours)) },
            AccessTokens { namespace: "https://other".into(), ..tokens(std::slice::from_ref(&ours)) },
        ];
        assert!(tokens_of_ours.verify(token.expose(), NOW).is_ok());
        for other in others {
            assert_eq!(other.verify(token.expose(), NOW), Err(TokenError::NotValid));
        }
        let (head, rest) = token.expose().split_once('.').expect("dots");
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        let payload = rest.split_once('.').expect("dots").0;
        for bad in
            ["", "a.b.c", &format!("{none}.{payload}."), &format!("{head}.{payload}."), &format!("{}x", token.expose())]
        {
            assert_eq!(tokens_of_ours.verify(bad, NOW), Err(TokenError::NotValid), "{bad}");
        }
        // The public key as an HMAC secret.
        let public = serde_json::to_vec(&tokens_of_ours.keys().public_jwks().keys[0]).expect("JSON");
        let mut header = Header::new(Algorithm::HS256);
        header.kid = tokens_of_ours.keys().public_jwks().keys[0].common.key_id.clone();
        let claims = json!({"sub": mira().user_id, "iss": "https://auth.test", "iat": 1_800_000_000, "exp": 1_900_000_000, "https://ns": {}});
        let forged = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(&public)).expect("encoded");
        assert_eq!(tokens_of_ours.verify(&forged, NOW), Err(TokenError::NotValid));
    }

    #[test]
    fn mistyped_or_missing_claim_is_refused() {
        let shared = key(JwtAlgorithm::HS256);
        let tokens = tokens(std::slice::from_ref(&shared));
        let good = json!({"sub": mira().user_id, "iss": "https://auth.test", "iat": 1_800_000_000, "exp": 1_800_000_900, "https://ns": {}});
        let sign = |claims: &Value| {
            let key = EncodingKey::from_secret(shared.key.expose().as_bytes());
            jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).expect("encoded")
        };
        assert_eq!(tokens.verify(&sign(&good), NOW), Ok(Principal { session_id: None, ..mira() }));
        for (name, value) in [
            ("exp", json!("1800000900")),
            ("exp", json!(null)),
            ("exp", json!(1_800_000_900.5)),
            ("iat", json!("now")),
            ("iat", json!(null)),
            ("iss", json!(["https://auth.test"])),
            ("sub", json!("mira")),
            ("sub", json!(null)),
        ] {
            let mut claims = good.clone();
            claims[name] = value.clone();
            assert_eq!(tokens.verify(&sign(&claims), NOW), Err(TokenError::NotValid), "{name}: {value}");
        }
    }

    #[test]
    fn token_with_a_critical_header_is_refused() {
        let shared = key(JwtAlgorithm::HS256);
        let tokens = tokens(std::slice::from_ref(&shared));
        let claims = json!({"sub": mira().user_id, "iss": "https://auth.test", "iat": 1_800_000_000, "exp": 1_800_000_900, "https://ns": {}});
        for crit in [vec![], vec!["b64".to_owned()]] {
            let header = Header { crit: Some(crit), ..Header::new(Algorithm::HS256) };
            let key = EncodingKey::from_secret(shared.key.expose().as_bytes());
            let token = jsonwebtoken::encode(&header, &claims, &key).expect("encoded");
            assert_eq!(tokens.verify(&token, NOW), Err(TokenError::NotValid));
        }
    }

    #[test]
    fn old_key_verifies_after_a_new_one_signs() {
        let (old, new) = (key(JwtAlgorithm::ES256), key(JwtAlgorithm::ES256));
        let token = issue(&tokens(std::slice::from_ref(&old)));
        assert!(tokens(&[new.clone(), old]).verify(token.expose(), NOW).is_ok());
        assert!(tokens(&[new]).verify(token.expose(), NOW).is_err());
    }
}

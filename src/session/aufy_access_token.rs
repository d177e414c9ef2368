//! Access tokens in the Aufy format.
//!
//! They are signed with the same keys as [`super::access_token`]; `typ` and `aud` keep the two formats apart.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use super::access_token::{Principal, TokenError};
use super::keys::{KeyError, SigningKeys};
use super::verified_tokens::{VerifiedToken, VerifiedTokens};
use crate::domain::clock::Timestamp;
use crate::domain::hooks::TokenClaims;
use crate::domain::id::{SessionId, UserId};
use crate::domain::random::RandomSource;
use crate::domain::secret::Secret;

/// The `typ` of these tokens.
const TYP: &str = "account+jwt";

/// What a token says.
#[derive(Clone, Copy, Debug)]
pub struct AufyTokenClaims<'a> {
    /// The user.
    pub user_id: UserId,
    /// The session that it belongs to.
    pub session_id: SessionId,
    /// The display name.
    pub name: &'a str,
    /// The email address, if there is one.
    pub email: Option<&'a str>,
    /// All roles.
    pub roles: &'a [String],
    /// What the embedding app adds.
    pub custom: &'a TokenClaims,
}

/// Issues and verifies these tokens.
#[derive(Clone, Debug)]
pub struct AufyAccessTokens {
    keys: Arc<SigningKeys>,
    random: Arc<dyn RandomSource>,
    issuer: String,
    audience: String,
    ttl: Duration,
    verified: Arc<VerifiedTokens>,
}

impl AufyAccessTokens {
    /// `audience` is the `aud` claim; `ttl` is the lifetime of a token.
    #[must_use]
    pub fn new(
        keys: Arc<SigningKeys>,
        random: Arc<dyn RandomSource>,
        issuer: String,
        audience: String,
        ttl: Duration,
    ) -> Self {
        let verified = Arc::new(VerifiedTokens::new(random.as_ref()));
        Self { keys, random, issuer, audience, ttl, verified }
    }

    /// The lifetime of a token.
    #[must_use]
    pub fn ttl(&self) -> Duration {
        self.ttl
    }

    /// Issues a token.
    ///
    /// # Errors
    /// [`KeyError`] if the key does not sign.
    pub fn issue(&self, content: AufyTokenClaims<'_>, now: Timestamp) -> Result<Secret, KeyError> {
        let expires_at = now.plus(self.ttl);
        let mut claims = json!({
            "nameid": content.user_id,
            "unique_name": content.name,
            "role": content.roles,
            "iss": self.issuer,
            "aud": self.audience,
            "iat": now.seconds(),
            "nbf": now.seconds(),
            "exp": expires_at.seconds(),
            "jti": self.random.uuid(),
            "sid": content.session_id,
        });
        if let Some(email) = content.email {
            claims["email"] = email.into();
        }
        for (name, value) in content.custom.top_level() {
            claims[name.as_str()] = value.clone();
        }
        let token = self.keys.sign(TYP, &claims)?;
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

    pub(super) fn verify_times(&self, token: &str, now: Timestamp) -> Result<VerifiedToken, TokenError> {
        self.verified.get_or_verify(token, || self.verify_signed(token)).ok_or(TokenError::NotValid)?.at(now)
    }

    /// Whether the header names this format. Nothing is verified.
    pub(super) fn is_format_of(token: &str) -> bool {
        jsonwebtoken::decode_header(token).is_ok_and(|header| header.typ.as_deref() == Some(TYP))
    }

    /// What a token of ours says; the caller compares its times.
    fn verify_signed(&self, token: &str) -> Option<VerifiedToken> {
        let (typ, claims) = self.keys.decode(token)?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let time_claim = |name: &str| claims.get(name).and_then(Value::as_i64).map(Timestamp::from_seconds);
        let is_ours = typ.as_deref() == Some(TYP)
            && text("iss") == Some(self.issuer.as_str())
            && text("aud") == Some(self.audience.as_str());
        let id = |name: &str| text(name).and_then(|id| Uuid::parse_str(id).ok());
        let principal = Principal { user_id: id("nameid").map(UserId)?, session_id: id("sid").map(SessionId) };
        let verified = VerifiedToken { principal, begins_at: time_claim("nbf")?, expires_at: time_claim("exp")? };
        is_ours.then_some(verified)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    use crate::domain::claims::Claims;
    use crate::domain::random::OsRandom;
    use crate::session::access_token::{AccessTokenClaims, AccessTokens};
    use crate::session::keys;
    use crate::settings::{JwtAlgorithm, JwtKey};

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
    const TTL: Duration = Duration::from_secs(900);

    fn keys() -> Arc<SigningKeys> {
        let key = JwtKey {
            id: None,
            algorithm: JwtAlgorithm::ES256,
            key: keys::generate(JwtAlgorithm::ES256, &OsRandom).expect("a key"),
        };
        Arc::new(SigningKeys::new(&[key]).expect("fit"))
    }

    fn tokens(keys: &Arc<SigningKeys>) -> AufyAccessTokens {
        let issuer = "https://auth.test".to_owned();
        AufyAccessTokens::new(Arc::clone(keys), Arc::new(OsRandom), issuer, "apps".to_owned(), TTL)
    }

    fn mira() -> UserId {
        UserId(Uuid::from_u128(7))
    }

    fn session() -> SessionId {
        SessionId(Uuid::from_u128(9))
    }

    fn principal() -> Principal {
        Principal { user_id: mira(), session_id: Some(session()) }
    }

    fn issue(tokens: &AufyAccessTokens) -> Secret {
        let roles = ["me".to_owned(), "user".to_owned()];
        let custom = TokenClaims::new().with("tenant", "north").and_then(|claims| claims.with("x-hasura-plan", "pro"));
        let content = AufyTokenClaims {
            user_id: mira(),
            session_id: session(),
            name: "Mira",
            email: Some("mira@example.org"),
            roles: &roles,
            custom: &custom.expect("allowed"),
        };
        tokens.issue(content, NOW).expect("issued")
    }

    #[test]
    fn claims_name_the_user_and_tokens_are_distinct() {
        let tokens = tokens(&keys());
        let token = issue(&tokens);
        assert_eq!(tokens.ttl(), TTL);
        assert_ne!(token, issue(&tokens));
        let verified = tokens.verify_signed(token.expose());
        assert_eq!(verified.map(|verified| verified.principal), Some(principal()));
        assert_eq!(tokens.verified.get_or_verify(token.expose(), || None), verified);
        let payload = token.expose().split('.').nth(1).expect("a payload");
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64url")).expect("JSON");
        let expected = json!({
            "nameid": mira(), "unique_name": "Mira", "email": "mira@example.org", "role": ["me", "user"],
            "iss": "https://auth.test", "aud": "apps", "iat": 1_800_000_000, "nbf": 1_800_000_000,
            "exp": 1_800_000_900, "jti": claims["jti"], "sid": session(), "tenant": "north",
        });
        assert_eq!(claims, expected);
        assert!(claims["jti"].as_str().is_some_and(|id| Uuid::parse_str(id).is_ok()));
    }

    #[test]
    fn expired_token_is_distinguished_from_invalid() {
        let tokens = tokens(&keys());
        let token = issue(&tokens);
        let at = |seconds: i64| tokens.verify(token.expose(), Timestamp::from_seconds(1_800_000_000 + seconds));
        assert_eq!((at(899), at(900)), (Ok(principal()), Err(TokenError::Expired)));
        assert_eq!((at(-60), at(-61)), (Ok(principal()), Err(TokenError::NotValid)));
    }

    #[test]
    fn token_of_the_other_format_is_refused() {
        let keys = keys();
        let (account, issuer) = (tokens(&keys), "https://auth.test".to_owned());
        // Even if the namespace is the name of a claim of the other format.
        let access = AccessTokens::new(Arc::clone(&keys), &OsRandom, issuer, "role".to_owned(), TTL);
        let content = AccessTokenClaims {
            token_id: Uuid::from_u128(1),
            user_id: mira(),
            session_id: session(),
            default_role: "user",
            roles: &[],
            claims: &Claims::default(),
            custom: &TokenClaims::new(),
        };
        let other = access.issue(content, NOW).expect("issued");
        assert_eq!(access.ttl_seconds(), 900);
        assert_eq!(account.verify(other.expose(), NOW), Err(TokenError::NotValid));
        assert!(access.verify(issue(&account).expose(), NOW).is_err());
        let mut claims = json!({"sub": mira(), "nameid": mira(), "iss": "https://auth.test", "aud": "apps", "role": {}, "sid": session()});
        claims.as_object_mut().expect("an object").extend(
            [("iat", NOW), ("nbf", NOW), ("exp", NOW.plus(TTL))]
                .map(|(name, at)| (name.to_owned(), at.seconds().into())),
        );
        let (aufy, nhost) = (keys.sign(TYP, &claims).expect("signed"), keys.sign("JWT", &claims).expect("signed"));
        let is_aufy = AufyAccessTokens::is_format_of;
        assert!(is_aufy(aufy.expose()) && !is_aufy(nhost.expose()) && !is_aufy("text"));
        assert_eq!(
            (account.verify(aufy.expose(), NOW), access.verify(nhost.expose(), NOW)),
            (Ok(principal()), Ok(principal()))
        );
        assert_eq!(account.verify(nhost.expose(), NOW), Err(TokenError::NotValid));
        assert!(access.verify(aufy.expose(), NOW).is_err());
    }

    #[test]
    fn token_of_other_audience_issuer_or_key_is_refused() {
        let ours = keys();
        let token = issue(&tokens(&ours));
        let others = [
            tokens(&keys()),
            AufyAccessTokens { issuer: "https://other.test".to_owned(), ..tokens(&ours) },
            AufyAccessTokens { audience: "others".to_owned(), ..tokens(&ours) },
        ];
        for other in others {
            assert_eq!(other.verify(token.expose(), NOW), Err(TokenError::NotValid));
        }
        for bad in ["", "a.b.c", "1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b"] {
            assert_eq!(tokens(&ours).verify(bad, NOW), Err(TokenError::NotValid));
        }
    }
}

//! What a sign-in hands out: a session with its refresh token, or a one-time code; and the provider's tokens for the
//! vault.

use super::messages::{Credential, Exchange, IssuedSession, SignIn, SignedIn, UserError};
use super::proof::LiveSession;
use super::repo::UserService;
use crate::domain::claims::Claims;
use crate::domain::clock::Timestamp;
use crate::domain::fail_point;
use crate::domain::hooks::TokenClaims;
use crate::domain::id::{SessionId, UserId};
use crate::domain::secret::Secret;
use crate::domain::sha256::sha256;
use crate::session::refresh::SessionHandle;
use crate::session::{one_time_code, pkce};
use crate::store::one_time_codes::NewCode;
use crate::store::sessions::Session;
use crate::store::sets::NewCredential;
use crate::store::vault::NewEntry;
use crate::store::{Transaction, one_time_codes, retry_lost_races, sessions, users, vault};

impl UserService {
    /// Stores the provider's tokens and issues the credential that the app asked for.
    pub(super) async fn issue_credential(
        &self,
        transaction: &Transaction,
        request: &SignIn,
        user_id: UserId,
        now: Timestamp,
    ) -> Result<SignedIn, UserError> {
        fail_point::reached("identity");
        self.store_tokens(transaction, request, user_id, now).await?;
        fail_point::reached("deposit");
        let (credential, signed_in) = self.new_credential(request, user_id, now)?;
        match credential {
            NewCredential::Session(session) => sessions::add(transaction, &session).await?,
            NewCredential::Code(code) => one_time_codes::add(transaction, code).await?,
        }
        Ok(signed_in)
    }

    /// The row of a new credential, and what the app receives.
    pub(super) fn new_credential(
        &self,
        request: &SignIn,
        user_id: UserId,
        now: Timestamp,
    ) -> Result<(NewCredential, SignedIn), UserError> {
        let (claims, token_claims) = (request.profile.claims.clone(), self.token_claims(request, user_id)?);
        match &request.credential {
            Credential::RefreshToken => {
                let (session, refresh_token) = self.new_session(user_id, claims.clone(), now)?;
                let live = LiveSession::new(user_id, session.id);
                let signed_in = SignedIn::Session { refresh_token, session: live, claims, token_claims };
                Ok((NewCredential::Session(session), signed_in))
            }
            Credential::Code { challenge } => {
                let code = one_time_code::new_code(self.random.as_ref());
                let row = NewCode {
                    code_hash: sha256(code.expose()),
                    user_id,
                    challenge: challenge.clone(),
                    expires_at: now.plus(self.session.code_ttl),
                    claims,
                };
                Ok((NewCredential::Code(row), SignedIn::Code(code)))
            }
        }
    }

    pub(super) async fn store_tokens(
        &self,
        transaction: &Transaction,
        request: &SignIn,
        user_id: UserId,
        now: Timestamp,
    ) -> Result<(), UserError> {
        if let Some(entry) = sealed_entry(request, user_id, now)? {
            vault::put(transaction, entry).await?;
        }
        self.store_grant(transaction, request, user_id, now).await
    }

    /// A new session; the secret is its first refresh token.
    pub(super) fn new_session(
        &self,
        user_id: UserId,
        claims: Claims,
        now: Timestamp,
    ) -> Result<(Session, Secret), UserError> {
        let handle = SessionHandle::new(self.random.as_ref());
        let token = self.refresh_tokens.token(handle, 0).ok_or(UserError::CredentialNotCreated)?;
        let session = Session {
            id: SessionId(self.random.uuid()),
            user_id,
            handle_hash: handle.hash(),
            generation: 0,
            rotated_at: now,
            expires_at: now.plus(self.session.refresh_token_ttl),
            claims,
        };
        Ok((session, token))
    }

    /// Exchanges a one-time code for a session. Like everywhere, the user's row is locked first.
    pub(super) async fn exchange(&self, request: &Exchange) -> Result<IssuedSession, UserError> {
        retry_lost_races(async || {
            let transaction = self.store.begin().await?;
            let issued = self.exchange_within(&transaction, request).await?;
            transaction.commit().await?;
            Ok(issued)
        })
        .await
    }

    /// Exchanges within a transaction, to be committed by the caller unless this fails.
    pub(super) async fn exchange_within(
        &self,
        transaction: &Transaction,
        request: &Exchange,
    ) -> Result<IssuedSession, UserError> {
        let (now, code_hash) = (self.clock.now(), sha256(request.code.expose()));
        let owner = one_time_codes::find_owner(transaction, code_hash).await?.ok_or(UserError::CodeNotValid)?;
        users::lock_for_update(transaction, owner).await?.ok_or(UserError::CodeNotValid)?;
        let challenge = pkce::challenge(request.verifier.expose());
        let taken = one_time_codes::take(transaction, code_hash, &challenge, now).await?;
        let (user_id, claims) = taken.ok_or(UserError::CodeNotValid)?;
        fail_point::reached("code");
        let user = self.find(transaction, user_id).await?;
        let (session, refresh_token) = self.new_session(user_id, claims.clone(), now)?;
        sessions::add(transaction, &session).await?;
        let token_claims = TokenClaims::default();
        Ok(IssuedSession { refresh_token, session_id: session.id, user, claims, token_claims })
    }
}

/// The provider's tokens, sealed for a user.
pub(super) fn sealed_entry(request: &SignIn, user_id: UserId, now: Timestamp) -> Result<Option<NewEntry>, UserError> {
    let Some(tokens) = &request.sealable_tokens else { return Ok(None) };
    Ok(Some(NewEntry {
        user_id,
        provider: tokens.provider().clone(),
        sealed: tokens.seal_for(user_id).map_err(|_| UserError::CredentialNotCreated)?,
        created_at: now,
        expires_at: tokens.expires_at(),
    }))
}

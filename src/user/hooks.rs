//! Asks the hooks of the embedding app: before anything is written, outside of any transaction.
//!
//! Whom a sign-in concerns is known only as it is decided. A decision that needs an answer of the app fails with
//! [`UserError::NotConsulted`], having written nothing; the app is asked, and the sign-in is decided once more.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;

use super::messages::{Credential, Intent, SignIn, UserError};
use super::policy::{self, Decision, Requested};
use super::repo::UserService;
use super::sign_in::restrict;
use crate::domain::clock::Timestamp;
use crate::domain::hooks::{
    AnySignUpHooks, AnyTokenHooks, NewUser, SignUpError, TokenClaims, TokenUser, Unavailable, UserDraft, Veto,
};
use crate::domain::id::UserId;
use crate::domain::log;
use crate::domain::profile::ExternalProfile;
use crate::settings::SignUp;
use crate::store::users::User;
use crate::store::{pending_names, users};

/// The hooks of an embedding app.
#[derive(Clone)]
pub struct Hooks {
    /// Called when a user signs up.
    pub sign_up: Option<Arc<dyn AnySignUpHooks>>,
    /// Called when an access token is issued.
    pub tokens: Option<Arc<dyn AnyTokenHooks>>,
    /// How long the hooks of one request may take together.
    pub deadline: Duration,
}

impl Hooks {
    /// The deadline, unless the app sets another one.
    pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(2);

    /// The longest deadline: a request to `UserRepo` has ten seconds.
    pub const MAX_DEADLINE: Duration = Duration::from_secs(8);

    pub(super) fn are_absent(&self) -> bool {
        self.sign_up.is_none() && self.tokens.is_none()
    }
}

impl Default for Hooks {
    fn default() -> Self {
        Self { sign_up: None, tokens: None, deadline: Self::DEFAULT_DEADLINE }
    }
}

/// A hook gave no usable answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    /// No answer in time.
    #[error("a hook of the app did not answer within its deadline")]
    Timeout,
    /// It panicked.
    #[error("a hook of the app panicked")]
    Panicked,
    /// It said that it cannot answer.
    #[error("a hook of the app cannot answer: {0}")]
    Unavailable(#[from] Unavailable),
    /// It gave a new user roles that the settings do not allow.
    #[error(
        "a hook of the app set roles outside of sign_up.allowed_roles, or a default role that is none of the roles"
    )]
    RoleNotAllowed,
}

/// What the hooks said about a sign-in.
#[derive(Clone, Debug, Default)]
pub struct Consulted {
    /// The user that would be created.
    new_user: Option<Result<User, Veto>>,
    /// What the access token of this user says besides.
    token: Option<(UserId, TokenClaims)>,
}

impl UserService {
    /// Whether the sign-in returns an access token for which the app has claims.
    pub(super) fn needs_token_claims(&self, request: &SignIn) -> bool {
        self.hooks.tokens.is_some() && request.returns_access_token && request.credential == Credential::RefreshToken
    }

    /// The user to create, as the app left them; `profile` has the name that the provider sent earlier.
    ///
    /// # Errors
    /// [`UserError::Policy`], [`UserError::Vetoed`] or [`UserError::NotConsulted`]
    pub(super) fn new_user(
        &self,
        request: &SignIn,
        profile: &ExternalProfile,
        now: Timestamp,
    ) -> Result<User, UserError> {
        if let Some(answer) = &request.consulted.new_user {
            return answer.clone().map(|user| User { created_at: now, ..user }).map_err(UserError::Vetoed);
        }
        let user = request.options.build_user(self.random.uuid(), profile, &self.sign_up, now)?;
        if self.hooks.sign_up.is_some() { Err(UserError::NotConsulted) } else { Ok(user) }
    }

    /// The app's claims for the access token that the sign-in returns.
    ///
    /// # Errors
    /// [`UserError::NotConsulted`]
    pub(super) fn token_claims(&self, request: &SignIn, user_id: UserId) -> Result<TokenClaims, UserError> {
        if !self.needs_token_claims(request) {
            return Ok(TokenClaims::default());
        }
        let answer = request.consulted.token.as_ref().filter(|(id, _)| *id == user_id);
        answer.map(|(_, claims)| claims.clone()).ok_or(UserError::NotConsulted)
    }

    /// Asks the hooks about a sign-in, as far as it needs them. Nothing is written.
    pub(super) async fn consult(&self, request: &SignIn) -> Result<Consulted, UserError> {
        let requested = match request.intent {
            Intent::SignIn(_) => Requested::SignIn,
            Intent::SignUp => Requested::SignUp,
            Intent::Connect(_) => return Ok(Consulted::default()),
        };
        let facts = self.gather_facts(&self.store, &request.profile, requested).await?;
        match restrict(policy::decide(facts, self.rules()), request.intent) {
            Decision::Create(_) => self.consult_about_new_user(request).await,
            Decision::SignIn(id) | Decision::LinkByEmail(id) if self.needs_token_claims(request) => {
                let Some(user) = users::find(&self.store, id).await? else { return Ok(Consulted::default()) };
                Ok(Consulted { new_user: None, token: Some((id, self.claims_for(&user).await?)) })
            }
            _ => Ok(Consulted::default()),
        }
    }

    async fn consult_about_new_user(&self, request: &SignIn) -> Result<Consulted, UserError> {
        let mut profile = request.profile.clone();
        if profile.name.is_none() {
            profile.name = pending_names::find(&self.store, &profile.provider, &profile.subject).await?;
        }
        let (id, now) = (self.random.uuid(), self.clock.now());
        // A refusal is recorded in the audit trail, by the transaction.
        let Ok(user) = request.options.build_user(id, &profile, &self.sign_up, now) else {
            return Ok(Consulted::default());
        };
        let ask = async {
            let mut user = user;
            if let Some(hooks) = &self.hooks.sign_up {
                match verdict(hooks.map(&request.profile, draft_of(&user)).await)? {
                    Ok(draft) => apply(draft, &mut user, &self.sign_up)?,
                    Err(veto) => return Ok(Consulted { new_user: Some(Err(veto)), token: None }),
                }
                if let Err(veto) = verdict(hooks.may(&new_user(&user, &request.profile)).await)? {
                    return Ok(Consulted { new_user: Some(Err(veto)), token: None });
                }
            }
            let token = match &self.hooks.tokens {
                Some(hooks) if self.needs_token_claims(request) => {
                    Some((user.id, hooks.claims_of(&token_user(&user)).await?))
                }
                _ => None,
            };
            Ok(Consulted { new_user: Some(Ok(user)), token })
        };
        self.within_deadline(ask).await
    }

    /// Asks what an access token of this user says besides.
    ///
    /// # Errors
    /// [`UserError::Hook`]
    pub(super) async fn claims_for(&self, user: &User) -> Result<TokenClaims, UserError> {
        let Some(hooks) = &self.hooks.tokens else { return Ok(TokenClaims::default()) };
        let user = token_user(user);
        self.within_deadline(async { Ok(hooks.claims_of(&user).await?) }).await
    }

    async fn within_deadline<T>(&self, ask: impl Future<Output = Result<T, HookError>>) -> Result<T, UserError> {
        let answer = tokio::time::timeout(self.hooks.deadline, AssertUnwindSafe(ask).catch_unwind()).await;
        Ok(answer.map_err(|_| HookError::Timeout)?.map_err(|_| HookError::Panicked)??)
    }

    /// Notifies the embedding app of a new user.
    pub(super) fn notify_created(&self, created: Option<&User>, profile: &ExternalProfile) {
        if let (Some(user), Some(hooks)) = (created, &self.hooks.sign_up) {
            let notify = AssertUnwindSafe(|| hooks.created(&new_user(user, profile)));
            if std::panic::catch_unwind(notify).is_err() {
                log::error!("{}", HookError::Panicked);
            }
        }
    }
}

fn draft_of(user: &User) -> UserDraft {
    UserDraft {
        display_name: user.display_name.clone(),
        avatar_url: user.avatar_url.clone(),
        locale: user.locale.clone(),
        roles: user.roles.clone(),
        default_role: user.default_role.clone(),
        metadata: user.metadata.clone(),
    }
}

/// A refusal is an answer, too.
fn verdict<T>(answer: Result<T, SignUpError>) -> Result<Result<T, Veto>, HookError> {
    match answer {
        Ok(answer) => Ok(Ok(answer)),
        Err(SignUpError::Veto(veto)) => Ok(Err(veto)),
        Err(SignUpError::Unavailable(error)) => Err(error.into()),
    }
}

/// Takes over what the app set.
fn apply(draft: UserDraft, user: &mut User, settings: &SignUp) -> Result<(), HookError> {
    let UserDraft { display_name, avatar_url, locale, mut roles, default_role, metadata } = draft;
    let is_allowed = |role: &String| settings.allowed_roles.contains(role);
    if !roles.iter().all(is_allowed) || !roles.contains(&default_role) {
        return Err(HookError::RoleNotAllowed);
    }
    roles.sort();
    roles.dedup();
    if !display_name.trim().is_empty() {
        user.display_name = display_name;
    }
    if settings.allowed_locales.contains(&locale) {
        user.locale = locale;
    }
    if metadata.as_ref().is_none_or(serde_json::Value::is_object) {
        user.metadata = metadata;
    }
    (user.avatar_url, user.roles, user.default_role) = (avatar_url, roles, default_role);
    Ok(())
}

fn new_user<'a>(user: &'a User, profile: &'a ExternalProfile) -> NewUser<'a> {
    NewUser {
        user_id: user.id,
        profile,
        display_name: &user.display_name,
        email: user.email.as_deref(),
        is_email_verified: user.email_verified,
        roles: &user.roles,
        metadata: user.metadata.as_ref(),
    }
}

fn token_user(user: &User) -> TokenUser<'_> {
    TokenUser {
        user_id: user.id,
        display_name: &user.display_name,
        email: user.email.as_deref(),
        is_email_verified: user.email_verified,
        default_role: &user.default_role,
        roles: &user.roles,
        metadata: user.metadata.as_ref(),
    }
}

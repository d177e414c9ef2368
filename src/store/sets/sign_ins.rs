//! Carries out sign-ins that were decided: of users who are known, and of users to be created.

use std::sync::LazyLock;

use sea_orm::Value;
use uuid::Uuid;

use super::{client_ip, column, flags, flow_id, statement};
use crate::domain::audit::Event;
use crate::domain::clock::Timestamp;
use crate::domain::id::{ProviderName, UserId};
use crate::store::one_time_codes::NewCode;
use crate::store::sessions::{Session, write_claims};
use crate::store::users::{AccountStatus, User};
use crate::store::vault::NewEntry;
use crate::store::webhook_messages::NewMessage;
use crate::store::{Store, StoreError};

/// What a sign-in stores besides its user.
#[derive(Clone, Debug)]
pub struct SignInRows {
    /// The user.
    pub user_id: UserId,
    /// The provider.
    pub provider: ProviderName,
    /// The provider's id of the user.
    pub subject: String,
    /// The email address that the provider names, as written.
    pub email: Option<String>,
    /// Whether the provider states that it verified that address.
    pub is_email_verified: bool,
    /// The provider's tokens.
    pub entry: Option<NewEntry>,
    /// What the app receives.
    pub credential: NewCredential,
    /// The event of the audit trail.
    pub event: Event,
    /// What webhooks are told of it.
    pub messages: Vec<NewMessage>,
    /// Now.
    pub now: Timestamp,
}

/// What the app receives: a session, or a code for one.
#[derive(Clone, Debug)]
pub enum NewCredential {
    /// A session.
    Session(Session),
    /// A one-time code.
    Code(NewCode),
}

impl NewCredential {
    fn session(&self) -> Option<&Session> {
        match self {
            Self::Session(session) => Some(session),
            Self::Code(_) => None,
        }
    }

    fn code(&self) -> Option<&NewCode> {
        match self {
            Self::Session(_) => None,
            Self::Code(code) => Some(code),
        }
    }
}

/// A sign-in of a user who has the identity.
#[derive(Clone, Debug)]
pub struct KnownUser {
    /// The user as the decision saw it, which is enabled; the sign-in has no effect on a user who has changed.
    pub status: AccountStatus,
    /// What is stored.
    pub rows: SignInRows,
}

/// A sign-in that creates its user.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The user.
    pub user: User,
    /// The id of the identity's row.
    pub identity_id: Uuid,
    /// What else is stored.
    pub rows: SignInRows,
}

/// The columns of [`SignInRows`], in the order of [`columns`].
const COLUMNS: &str = "$1::uuid[], $2::text[], $3::text[], $4::text[], $5::bool[], $6::bigint[], $7::bytea[], \
    $8::bigint[], $9::uuid[], $10::bytea[], $11::text[], $12::bigint[], $13::text[], $14::text[], $15::text[], \
    $16::text[]";
const NAMES: &str = "user_id, provider, subject, email, email_verified, seen_at, sealed, sealed_until, session_id, \
    secret_hash, challenge, ends_at, claims, action, client_ip, flow_id";

/// Stores what belongs to each row of `done`.
const STORE: &str = r#"
    "stored" AS (
        INSERT INTO "vault_entries" (user_id, provider, sealed, created_at, expires_at)
        SELECT user_id, provider, sealed, seen_at, sealed_until FROM "done" WHERE sealed <> ''
        ON CONFLICT (user_id, provider) DO UPDATE
        SET sealed = excluded.sealed, created_at = excluded.created_at, expires_at = excluded.expires_at),
    "begun" AS (
        INSERT INTO "sessions"
            (id, user_id, handle_hash, generation, superseded_at, created_at, rotated_at, expires_at, claims)
        SELECT session_id, user_id, secret_hash, 0, '', seen_at, seen_at, ends_at, NULLIF(claims, '')::json
        FROM "done" WHERE challenge = ''),
    "coded" AS (
        INSERT INTO "one_time_codes" (code_hash, user_id, challenge, expires_at, claims)
        SELECT secret_hash, user_id, challenge, ends_at, NULLIF(claims, '')::json FROM "done" WHERE challenge <> ''),
    "audited" AS (
        INSERT INTO "audit_events" (occurred_at, action, outcome, user_id, session_id, provider, client_ip, flow_id)
        SELECT seen_at, action, 'done', user_id, CASE WHEN challenge = '' THEN session_id END, provider,
            NULLIF(client_ip, ''), NULLIF(flow_id, '') FROM "done")
    SELECT n FROM "done""#;

static KNOWN: LazyLock<String> = LazyLock::new(|| {
    format!(
        r#"WITH "m" AS MATERIALIZED (
            SELECT m.* FROM unnest({COLUMNS}, $17::text[], $18::bool[])
                WITH ORDINALITY AS m({NAMES}, known_email, is_known_verified, n)
            JOIN "users" u ON u.id = m.user_id
            WHERE NOT u.disabled AND u.email_verified = m.is_known_verified
                AND u.email_canonical IS NOT DISTINCT FROM NULLIF(m.known_email, '')
            FOR NO KEY UPDATE OF u SKIP LOCKED),
        "identified" AS (
            UPDATE "identities" i
            SET email = NULLIF(m.email, ''), email_verified = m.email_verified, updated_at = m.seen_at
            FROM "m" WHERE i.provider = m.provider AND i.subject = m.subject AND i.user_id = m.user_id
            RETURNING m.n),
        "done" AS MATERIALIZED (SELECT m.* FROM "m" JOIN "identified" USING (n)),
        "seen" AS (UPDATE "users" u SET last_seen_at = d.seen_at FROM "done" d WHERE u.id = d.user_id),
        {STORE}"#
    )
});

static NEW: LazyLock<String> = LazyLock::new(|| {
    format!(
        r#"WITH "done" AS MATERIALIZED (
            SELECT * FROM unnest({COLUMNS}, $17::uuid[], $18::text[], $19::text[], $20::text[], $21::text[],
                $22::text[], $23::text[]) WITH ORDINALITY
                AS m({NAMES}, identity_id, display_name, avatar_url, locale, canonical, default_role, metadata, n)),
        "created" AS (
            INSERT INTO "users" (id, created_at, last_seen_at, display_name, avatar_url, locale, email,
                email_canonical, email_verified, default_role, metadata, disabled)
            SELECT user_id, seen_at, seen_at, display_name, avatar_url, locale, NULLIF(email, ''),
                NULLIF(canonical, ''), email_verified, default_role, NULLIF(metadata, '')::json, false FROM "done"),
        "allowed" AS (
            INSERT INTO "user_roles" (user_id, role) SELECT * FROM unnest($24::uuid[], $25::text[])),
        "identified" AS (
            INSERT INTO "identities" (id, user_id, provider, subject, email, email_verified, created_at, updated_at)
            SELECT identity_id, user_id, provider, subject, NULLIF(email, ''), email_verified, seen_at, seen_at
            FROM "done"),
        {STORE}"#
    )
});

impl Store {
    /// Carries out sign-ins of known users. `false`: the user or the identity is not what it was, or another
    /// transaction holds the user's row; that sign-in had no effect. No two are of the same user.
    ///
    /// # Errors
    /// [`StoreError`]; then none had an effect.
    pub async fn sign_in_known_users(&self, sign_ins: &[KnownUser]) -> Result<Vec<bool>, StoreError> {
        if self.has_one_writer() {
            let done = self.sign_in_on_sqlite(sign_ins).await?;
            return Ok(flags(&done, sign_ins.len()));
        }
        let mut all = columns(sign_ins, |sign_in| &sign_in.rows);
        all.push(column(sign_ins, |sign_in| sign_in.status.email_canonical.clone()));
        all.push(column(sign_ins, |sign_in| Some(sign_in.status.is_email_verified)));
        let done = self.run_with_messages(statement(&KNOWN, all), sign_ins, |sign_in| &sign_in.rows.messages).await?;
        Ok(flags(&done, sign_ins.len()))
    }

    /// Creates accounts and signs their users in.
    ///
    /// # Errors
    /// [`StoreError`]; then none had an effect. [`StoreError::Conflict`] if one of them has an identity or an email that
    /// another account has.
    pub async fn create_accounts(&self, accounts: &[NewAccount]) -> Result<(), StoreError> {
        if self.has_one_writer() {
            return self.create_accounts_on_sqlite(accounts).await;
        }
        let mut all = columns(accounts, |account| &account.rows);
        all.push(column(accounts, |account| Some(account.identity_id)));
        let text = |of: fn(&User) -> Option<String>| column(accounts, |account: &NewAccount| of(&account.user));
        all.push(text(|user| Some(user.display_name.clone())));
        all.push(text(|user| Some(user.avatar_url.clone())));
        all.push(text(|user| Some(user.locale.clone())));
        all.push(text(|user| user.email_canonical.clone()));
        all.push(text(|user| Some(user.default_role.clone())));
        all.push(text(|user| user.metadata.as_ref().map(ToString::to_string)));
        let roles: Vec<_> =
            accounts.iter().flat_map(|one| one.user.roles.iter().map(|role| (one.user.id.0, role.clone()))).collect();
        all.push(column(&roles, |(user_id, _)| Some(*user_id)));
        all.push(column(&roles, |(_, role)| Some(role.clone())));
        self.run_with_messages(statement(&NEW, all), accounts, |account| &account.rows.messages).await?;
        Ok(())
    }
}

fn columns<T>(items: &[T], rows: impl Fn(&T) -> &SignInRows) -> Vec<Value> {
    let items: Vec<&SignInRows> = items.iter().map(rows).collect();
    let items = items.as_slice();
    vec![
        column(items, |rows| Some(rows.user_id.0)),
        column(items, |rows| Some(rows.provider.as_str().to_owned())),
        column(items, |rows| Some(rows.subject.clone())),
        column(items, |rows| rows.email.clone()),
        column(items, |rows| Some(rows.is_email_verified)),
        column(items, |rows| Some(rows.now.millis())),
        column(items, |rows| rows.entry.as_ref().map(|entry| entry.sealed.clone())),
        column(items, |rows| rows.entry.as_ref().map(|entry| entry.expires_at.millis())),
        column(items, |rows| rows.credential.session().map(|session| session.id.0)),
        column(items, |rows| {
            Some(match &rows.credential {
                NewCredential::Session(session) => session.handle_hash.to_vec(),
                NewCredential::Code(code) => code.code_hash.to_vec(),
            })
        }),
        column(items, |rows| rows.credential.code().map(|code| code.challenge.clone())),
        column(items, |rows| {
            Some(match &rows.credential {
                NewCredential::Session(session) => session.expires_at.millis(),
                NewCredential::Code(code) => code.expires_at.millis(),
            })
        }),
        column(items, |rows| {
            let claims = match &rows.credential {
                NewCredential::Session(session) => &session.claims,
                NewCredential::Code(code) => &code.claims,
            };
            write_claims(claims).map(|claims| claims.to_string())
        }),
        column(items, |rows| Some(rows.event.action.as_str().to_owned())),
        column(items, |rows| client_ip(&rows.event)),
        column(items, |rows| flow_id(&rows.event)),
    ]
}

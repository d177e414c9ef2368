//! Carries out sign-ins that were decided.

use std::sync::LazyLock;

use serde::Serialize;

use super::{rows, run};
use crate::domain::audit::Event;
use crate::store::sessions::write_claims;
use crate::store::sets::sign_ins::{KnownUser, NewAccount, NewCredential, SignInRows};
use crate::store::sets::{client_ip, flow_id, messages_of, number};
use crate::store::{Store, StoreError, webhook_messages};

/// The rows of a set, which the first of the statements reads from the parameter, so that JSON is read once. Its name hides
/// no table of an embedding app.
const TEMPORARY: &str = r#"
    CREATE TEMP TABLE IF NOT EXISTS vouchsafe_sign_ins (n, item, user_id, provider, subject, email, email_verified, seen_at,
        sealed, sealed_until, session_id, secret_hash, challenge, ends_at, claims, action, client_ip, flow_id);
    DELETE FROM temp.vouchsafe_sign_ins;
    INSERT INTO temp.vouchsafe_sign_ins
    SELECT m.key + 1, m.value, unhex(m.value ->> 'user_id'), m.value ->> 'provider', m.value ->> 'subject',
        m.value ->> 'email', m.value ->> 'email_verified', m.value ->> 'seen_at', unhex(m.value ->> 'sealed'),
        m.value ->> 'sealed_until', unhex(m.value ->> 'session_id'), unhex(m.value ->> 'secret_hash'),
        m.value ->> 'challenge', m.value ->> 'ends_at', m.value ->> 'claims', m.value ->> 'action',
        m.value ->> 'client_ip', m.value ->> 'flow_id'
    FROM json_each(?1) m"#;

/// Stores what belongs to each of them.
const STORE: &str = r#"
    INSERT INTO "vault_entries" (user_id, provider, sealed, created_at, expires_at)
    SELECT user_id, provider, sealed, seen_at, sealed_until FROM temp.vouchsafe_sign_ins WHERE sealed IS NOT NULL
    ON CONFLICT (user_id, provider) DO UPDATE
    SET sealed = excluded.sealed, created_at = excluded.created_at, expires_at = excluded.expires_at;
    INSERT INTO "sessions"
        (id, user_id, handle_hash, generation, superseded_at, created_at, rotated_at, expires_at, claims)
    SELECT session_id, user_id, secret_hash, 0, '', seen_at, seen_at, ends_at, claims
    FROM temp.vouchsafe_sign_ins WHERE challenge IS NULL;
    INSERT INTO "one_time_codes" (code_hash, user_id, challenge, expires_at, claims)
    SELECT secret_hash, user_id, challenge, ends_at, claims FROM temp.vouchsafe_sign_ins WHERE challenge IS NOT NULL;
    INSERT INTO "audit_events" (occurred_at, action, outcome, user_id, session_id, provider, client_ip, flow_id)
    SELECT seen_at, action, 'done', user_id, session_id, provider, client_ip, flow_id FROM temp.vouchsafe_sign_ins;
    SELECT n FROM temp.vouchsafe_sign_ins"#;

/// Those whose user or identity is not what it was when the sign-in was decided are left out.
pub(super) static KNOWN: LazyLock<String> = LazyLock::new(|| {
    format!(
        r#"{TEMPORARY}
        CROSS JOIN "users" u ON u.id = unhex(m.value ->> 'user_id')
        CROSS JOIN "identities" i ON i.provider = m.value ->> 'provider' AND i.subject = m.value ->> 'subject'
        WHERE NOT u.disabled AND u.email_verified = m.value ->> 'is_known_verified'
            AND u.email_canonical IS m.value ->> 'known_email' AND i.user_id = u.id;
        UPDATE "identities" SET email = s.email, email_verified = s.email_verified, updated_at = s.seen_at
        FROM temp.vouchsafe_sign_ins s WHERE "identities".provider = s.provider AND "identities".subject = s.subject;
        UPDATE "users" SET last_seen_at = s.seen_at FROM temp.vouchsafe_sign_ins s WHERE "users".id = s.user_id;
        {STORE}"#
    )
});

pub(super) static NEW: LazyLock<String> = LazyLock::new(|| {
    format!(
        r#"{TEMPORARY};
        INSERT INTO "users" (id, created_at, last_seen_at, display_name, avatar_url, locale, email, email_canonical,
            email_verified, default_role, metadata, disabled)
        SELECT user_id, seen_at, seen_at, item ->> 'display_name', item ->> 'avatar_url', item ->> 'locale', email,
            item ->> 'canonical', email_verified, item ->> 'default_role', item ->> 'metadata', false
        FROM temp.vouchsafe_sign_ins;
        INSERT INTO "user_roles" (user_id, role)
        SELECT s.user_id, r.value FROM temp.vouchsafe_sign_ins s CROSS JOIN json_each(s.item, '$.roles') r;
        INSERT INTO "identities" (id, user_id, provider, subject, email, email_verified, created_at, updated_at)
        SELECT unhex(item ->> 'identity_id'), user_id, provider, subject, email, email_verified, seen_at, seen_at
        FROM temp.vouchsafe_sign_ins;
        {STORE}"#
    )
});

#[derive(Serialize)]
struct Row<'a> {
    user_id: String,
    provider: &'a str,
    subject: &'a str,
    email: Option<&'a str>,
    email_verified: bool,
    seen_at: i64,
    sealed: Option<String>,
    sealed_until: Option<i64>,
    session_id: Option<String>,
    secret_hash: String,
    challenge: Option<&'a str>,
    ends_at: i64,
    claims: Option<String>,
    action: &'static str,
    client_ip: Option<String>,
    flow_id: Option<String>,
}

#[derive(Serialize)]
struct KnownRow<'a> {
    #[serde(flatten)]
    row: Row<'a>,
    known_email: Option<&'a str>,
    is_known_verified: bool,
}

#[derive(Serialize)]
struct NewRow<'a> {
    #[serde(flatten)]
    row: Row<'a>,
    identity_id: String,
    display_name: &'a str,
    avatar_url: &'a str,
    locale: &'a str,
    canonical: Option<&'a str>,
    default_role: &'a str,
    metadata: Option<String>,
    roles: &'a [String],
}

impl Store {
    /// [`Store::sign_in_known_users`] on SQLite.
    pub(in crate::store::sets) async fn sign_in_on_sqlite(
        &self,
        sign_ins: &[KnownUser],
    ) -> Result<Vec<usize>, StoreError> {
        let transaction = self.begin().await?;
        let done = run(&transaction, &KNOWN, vec![rows(sign_ins.iter().map(known_row))?]).await?;
        let done: Vec<usize> = done.iter().map(number).collect::<Result<_, _>>()?;
        let messages = messages_of(&done, sign_ins, |sign_in| &sign_in.rows.messages);
        webhook_messages::add(&transaction, &messages).await?;
        transaction.commit().await?;
        Ok(done)
    }

    /// [`Store::create_accounts`] on SQLite.
    pub(in crate::store::sets) async fn create_accounts_on_sqlite(
        &self,
        accounts: &[NewAccount],
    ) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        run(&transaction, &NEW, vec![rows(accounts.iter().map(new_row))?]).await?;
        let messages: Vec<_> = accounts.iter().flat_map(|account| account.rows.messages.clone()).collect();
        webhook_messages::add(&transaction, &messages).await?;
        transaction.commit().await
    }
}

fn known_row(sign_in: &KnownUser) -> KnownRow<'_> {
    KnownRow {
        row: row(&sign_in.rows),
        known_email: sign_in.status.email_canonical.as_deref(),
        is_known_verified: sign_in.status.is_email_verified,
    }
}

fn new_row(NewAccount { user, identity_id, rows }: &NewAccount) -> NewRow<'_> {
    NewRow {
        row: row(rows),
        identity_id: hex::encode(identity_id),
        display_name: &user.display_name,
        avatar_url: &user.avatar_url,
        locale: &user.locale,
        canonical: user.email_canonical.as_deref(),
        default_role: &user.default_role,
        metadata: user.metadata.as_ref().map(ToString::to_string),
        roles: &user.roles,
    }
}

fn row(rows: &SignInRows) -> Row<'_> {
    let event: &Event = &rows.event;
    let (session_id, secret_hash, challenge, ends_at, claims) = match &rows.credential {
        NewCredential::Session(session) => {
            (Some(session.id.0), &session.handle_hash, None, session.expires_at, &session.claims)
        }
        NewCredential::Code(code) => (None, &code.code_hash, Some(&*code.challenge), code.expires_at, &code.claims),
    };
    Row {
        user_id: hex::encode(rows.user_id.0),
        provider: rows.provider.as_str(),
        subject: &rows.subject,
        email: rows.email.as_deref(),
        email_verified: rows.is_email_verified,
        seen_at: rows.now.millis(),
        sealed: rows.entry.as_ref().map(|entry| hex::encode(&entry.sealed)),
        sealed_until: rows.entry.as_ref().map(|entry| entry.expires_at.millis()),
        session_id: session_id.map(hex::encode),
        secret_hash: hex::encode(secret_hash),
        challenge,
        ends_at: ends_at.millis(),
        claims: write_claims(claims).map(|claims| claims.to_string()),
        action: event.action.as_str(),
        client_ip: client_ip(event),
        flow_id: flow_id(event),
    }
}

//! What a sign-in needs to know before it is decided: who has the identity, and whether anybody owns its email.

use super::{Columns, answers, column, sqlite, statement};
use crate::domain::id::{ProviderName, UserId};
use crate::store::users::AccountStatus;
use crate::store::{Store, StoreError};

const SQL: &str = r#"
    SELECT m.n, u.id, u.disabled, u.email_canonical, u.email_verified,
        EXISTS(SELECT FROM "users" e WHERE m.email <> '' AND e.email_canonical = m.email AND e.email_verified) AS is_owned,
        EXISTS(SELECT FROM "pending_names" p WHERE p.provider = m.provider AND p.subject = m.subject) AS is_named
    FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS m(provider, subject, email, n)
    LEFT JOIN "identities" i ON i.provider = m.provider AND i.subject = m.subject
    LEFT JOIN "users" u ON u.id = i.user_id"#;

/// The identity that signs in.
#[derive(Clone, Debug)]
pub struct IdentityQuery {
    /// The provider.
    pub provider: ProviderName,
    /// The provider's id of the user.
    pub subject: String,
    /// The canonical form of the email that the provider names.
    pub email_canonical: Option<String>,
}

/// What the database knows about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityFacts {
    /// The user who has the identity.
    pub owner: Option<AccountStatus>,
    /// Whether a user has verified this email.
    pub is_email_owned: bool,
    /// Whether a name is kept for the identity.
    pub has_pending_name: bool,
}

impl Store {
    /// Reads the facts about each identity.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn find_facts(&self, queries: &[IdentityQuery]) -> Result<Vec<Option<IdentityFacts>>, StoreError> {
        if self.has_one_writer() {
            let statement = sqlite::statement(sqlite::facts::SQL, [sqlite::facts::parameter(queries)?]);
            return answers(&self.reader, statement, queries.len(), read).await;
        }
        let columns = [
            column(queries, |query| Some(query.provider.as_str().to_owned())),
            column(queries, |query| Some(query.subject.clone())),
            column(queries, |query| query.email_canonical.clone()),
        ];
        answers(&self.reader, statement(SQL, columns), queries.len(), read).await
    }
}

fn read(mut columns: Columns<'_>) -> Result<IdentityFacts, StoreError> {
    let (id, is_disabled, email_canonical, is_email_verified): (Option<uuid::Uuid>, Option<bool>, _, Option<bool>) =
        (columns.next()?, columns.next()?, columns.next()?, columns.next()?);
    let owner = match (id, is_disabled, is_email_verified) {
        (Some(id), Some(is_disabled), Some(is_email_verified)) => {
            Some(AccountStatus { id: UserId(id), is_disabled, email_canonical, is_email_verified })
        }
        _ => None,
    };
    Ok(IdentityFacts { owner, is_email_owned: columns.next()?, has_pending_name: columns.next()? })
}

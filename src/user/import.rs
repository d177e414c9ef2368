//! Imports users from another service with their ids, identities and roles.
//!
//! Each batch is one transaction, in the order of the ids. Existing users are not changed, so that an interrupted import
//! continues when it is run again. A dry run decides and writes nothing.

mod convert;

use std::collections::{HashMap, HashSet};
use std::fmt;

use self::convert::{ImportedUser, convert, user_id};
use crate::domain::clock::Timestamp;
use crate::domain::email::InvalidEmail;
use crate::domain::id::{ProviderName, UserId};
use crate::domain::profile::ExternalProfile;
use crate::settings::SignUp;
use crate::store::import::{Service, SourceDatabase, SourceUser};
use crate::store::{Executor, Store, StoreError, identities, retry_lost_races, users};

/// The counts of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Users that were imported.
    pub imported: u64,
    /// Their identities.
    pub identities: u64,
    /// Users that existed before.
    pub existing: u64,
    /// Users that were not imported.
    pub skipped: u64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { imported, identities, existing, skipped } = self;
        writeln!(f, "users: {imported} imported, {existing} already there, {skipped} skipped")?;
        write!(f, "identities: {identities} imported")
    }
}

/// Why a user is not imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SkipReason {
    /// Anonymous users cannot sign in here.
    #[error("the user is anonymous")]
    Anonymous,
    /// The row is kept there, the user is gone.
    #[error("the user was deleted")]
    Deleted,
    /// There is no SAML here.
    #[error("the user signs in by SAML, which is not supported")]
    Saml,
    /// A phone number or a wallet is all that identifies the user.
    #[error("the user has neither an email nor an account at a provider")]
    NoIdentity,
    /// The email cannot be parsed.
    #[error("the email is not valid: {0}")]
    InvalidEmail(#[from] InvalidEmail),
    /// Another user here has verified the email.
    #[error("the email is verified by {0}")]
    EmailTaken(UserId),
    /// An identity has an invalid provider name or no id at the provider, or comes twice.
    #[error("identity {0} is not valid")]
    InvalidIdentity(String),
    /// Another user here has an identity.
    #[error("the identity at {0} is linked to {1}")]
    IdentityTaken(ProviderName, UserId),
    /// The metadata is not JSON.
    #[error("the metadata is not valid JSON")]
    InvalidMetadata,
}

/// How to import.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// The service that the users come from.
    pub service: Service,
    /// Names of providers there and here, before the usual ones.
    pub renamed_providers: Vec<(String, String)>,
    /// Users per transaction.
    pub batch_size: u32,
    /// Whether emails that the service marks as verified are verified here, too. Whether it had proof is for the operator
    /// to know: Nhost before the fix of CVE-2026-41574 set that mark without.
    pub trust_verified: bool,
    /// Whether nothing is written.
    pub is_dry_run: bool,
}

/// A running import.
#[derive(Debug)]
pub struct Import {
    store: Store,
    options: ImportOptions,
    defaults: Defaults,
    /// In a dry run, what it would have written so far.
    planned: Option<PlannedUsers>,
    /// The counts so far.
    pub summary: Summary,
}

/// What users get whose service does not say.
#[derive(Debug)]
pub struct Defaults {
    /// Roles and locale of new users.
    pub sign_up: SignUp,
    /// The time of the import.
    pub now: Timestamp,
}

#[derive(Debug, Default)]
struct PlannedUsers {
    verified_emails: HashMap<String, UserId>,
    identities: HashMap<(ProviderName, String), UserId>,
}

enum Decision {
    Imported { identities: u64 },
    Existing,
    Skipped(SkipReason),
}

impl Import {
    /// An import into `store`.
    #[must_use]
    pub fn new(store: Store, options: ImportOptions, defaults: Defaults) -> Self {
        let planned = options.is_dry_run.then(PlannedUsers::default);
        Self { store, options, defaults, planned, summary: Summary::default() }
    }

    /// Imports all users; `on_skipped` is called for each that is not imported.
    ///
    /// # Errors
    /// [`StoreError`]; completed batches are kept, and the next run continues after them.
    pub async fn run(
        &mut self,
        source: &mut SourceDatabase,
        mut on_skipped: impl FnMut(&str, &SkipReason),
    ) -> Result<(), StoreError> {
        let mut after: Option<String> = None;
        loop {
            let rows = source.users(after.as_deref(), self.options.batch_size).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(last.id.clone());
            for (row, decision) in rows.iter().zip(self.import_batch(&rows).await?) {
                match decision {
                    Decision::Imported { identities } => {
                        self.summary.imported += 1;
                        self.summary.identities += identities;
                    }
                    Decision::Existing => self.summary.existing += 1,
                    Decision::Skipped(reason) => {
                        self.summary.skipped += 1;
                        on_skipped(&row.id, &reason);
                    }
                }
            }
        }
    }

    async fn import_batch(&mut self, rows: &[SourceUser]) -> Result<Vec<Decision>, StoreError> {
        let convert = |row: &SourceUser| convert(row, &self.options, &self.defaults);
        if let Some(planned) = &mut self.planned {
            return decide_all(&self.store, rows, convert, Some(planned)).await;
        }
        retry_lost_races(async || {
            let transaction = self.store.begin().await?;
            let decisions = decide_all(&transaction, rows, convert, None).await?;
            transaction.commit().await?;
            Ok(decisions)
        })
        .await
    }
}

/// Decides on each user of a batch. Without `planned` an imported user is written at once, so that the next decision
/// sees them.
async fn decide_all(
    executor: &impl Executor,
    rows: &[SourceUser],
    convert: impl Fn(&SourceUser) -> Result<ImportedUser, SkipReason>,
    mut planned: Option<&mut PlannedUsers>,
) -> Result<Vec<Decision>, StoreError> {
    let ids: Vec<_> = rows.iter().map(|row| user_id(&row.id)).collect();
    let existing: HashSet<UserId> = users::find_existing(executor, &ids).await?;
    let mut decisions = Vec::with_capacity(rows.len());
    for row in rows {
        if existing.contains(&user_id(&row.id)) {
            decisions.push(Decision::Existing);
            continue;
        }
        let imported = match convert(row) {
            Ok(imported) => imported,
            Err(reason) => {
                decisions.push(Decision::Skipped(reason));
                continue;
            }
        };
        if let Some(reason) = find_conflict(executor, &imported, planned.as_deref()).await? {
            decisions.push(Decision::Skipped(reason));
            continue;
        }
        decisions.push(Decision::Imported { identities: imported.identities.len() as u64 });
        match planned.as_deref_mut() {
            Some(planned) => planned.add(imported),
            None => write(executor, &imported).await?,
        }
    }
    Ok(decisions)
}

/// Whether another user here has the verified email or an identity.
async fn find_conflict(
    executor: &impl Executor,
    imported: &ImportedUser,
    planned: Option<&PlannedUsers>,
) -> Result<Option<SkipReason>, StoreError> {
    if let Some(email) = &imported.user.email_canonical {
        let owner = users::find_status_by_verified_email(executor, email).await?.map(|owner| owner.id);
        let owner = owner.or_else(|| planned?.verified_emails.get(email).copied());
        if let Some(owner) = owner {
            return Ok(Some(SkipReason::EmailTaken(owner)));
        }
    }
    for (_, _, ExternalProfile { provider, subject, .. }) in &imported.identities {
        let owner = identities::find_owner(executor, provider, subject).await?.map(|owner| owner.id);
        let owner = owner.or_else(|| planned?.identities.get(&(provider.clone(), subject.clone())).copied());
        if let Some(owner) = owner {
            return Ok(Some(SkipReason::IdentityTaken(provider.clone(), owner)));
        }
    }
    Ok(None)
}

impl PlannedUsers {
    fn add(&mut self, ImportedUser { user, identities, .. }: ImportedUser) {
        let email = user.email_canonical.filter(|_| user.email_verified);
        self.verified_emails.extend(email.map(|email| (email, user.id)));
        let identities = identities.into_iter().map(|(_, _, profile)| ((profile.provider, profile.subject), user.id));
        self.identities.extend(identities);
    }
}

async fn write(executor: &impl Executor, imported: &ImportedUser) -> Result<(), StoreError> {
    let ImportedUser { user, last_seen_at, identities } = imported;
    users::add(executor, user).await?;
    if let Some(moment) = last_seen_at {
        users::record_activity(executor, user.id, *moment).await?;
    }
    for (id, created_at, profile) in identities {
        identities::add(executor, *id, user.id, profile, None, *created_at).await?;
    }
    Ok(())
}

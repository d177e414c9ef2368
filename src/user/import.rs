//! People who come from Nhost, with their ids, identities and roles: whole or not at all, and never twice.
//!
//! Batches are judged and written one transaction each, in the order of their ids. Who is here already is left as
//! they are, so that a run that was interrupted goes on by running again. A dry run judges and does not write.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde_json::Value;
use uuid::Uuid;

use crate::domain::claims::Claims;
use crate::domain::clock::Timestamp;
use crate::domain::email::{EmailAddress, InvalidEmail};
use crate::domain::id::{ProviderName, UserId};
use crate::domain::profile::ExternalProfile;
use crate::store::nhost::{NhostDatabase, NhostIdentity, NhostUser};
use crate::store::users::User;
use crate::store::{Executor, Store, StoreError, identities, users};

/// Whoever loses a race against a sign-in looks again: the winner's row is now a fact.
const ATTEMPTS: usize = 3;

/// How many of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// People who are here now.
    pub imported: u64,
    /// Their identities.
    pub identities: u64,
    /// People who were here before.
    pub existing: u64,
    /// People who stay where they are.
    pub skipped: u64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { imported, identities, existing, skipped } = self;
        writeln!(f, "users: {imported} taken over, {existing} already there, {skipped} left out")?;
        write!(f, "identities: {identities} taken over")
    }
}

/// Why a user stays where they are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SkipReason {
    /// There is no way to sign in as nobody.
    #[error("they are anonymous")]
    Anonymous,
    /// The address is not one that we keep.
    #[error("their address cannot be kept: {0}")]
    Address(#[from] InvalidEmail),
    /// The address belongs to somebody else here.
    #[error("their address belongs to {0}")]
    EmailTaken(UserId),
    /// A provider's name is not one, or a provider's id of the user is empty.
    #[error("their identity {0} cannot be kept")]
    Identity(Uuid),
    /// An identity belongs to somebody else here.
    #[error("their identity at {0} belongs to {1}")]
    IdentityTaken(ProviderName, UserId),
    /// The metadata is not JSON that can be kept.
    #[error("their metadata cannot be kept")]
    Metadata,
}

/// One run.
#[derive(Debug)]
pub struct Import {
    store: Store,
    batch: u32,
    /// Who would be here by now, had the run written: their addresses and identities.
    planned: Option<PlannedUsers>,
    /// What was done so far.
    pub summary: Summary,
}

#[derive(Debug, Default)]
struct PlannedUsers {
    addresses: HashMap<String, UserId>,
    identities: HashMap<(ProviderName, String), UserId>,
}

/// A user as they will be here.
struct ImportedUser {
    user: User,
    last_seen_at: Option<Timestamp>,
    identities: Vec<(Uuid, Timestamp, ExternalProfile)>,
}

enum Decision {
    Imported { identities: u64 },
    Existing,
    SkipReason(SkipReason),
}

impl Import {
    /// A run into `store`, with `batch` users in one transaction.
    #[must_use]
    pub fn new(store: Store, batch: u32) -> Self {
        Self { store, batch, planned: None, summary: Summary::default() }
    }

    /// A run that compares with `store` and writes nothing.
    #[must_use]
    pub fn dry(store: Store, batch: u32) -> Self {
        Self { planned: Some(PlannedUsers::default()), ..Self::new(store, batch) }
    }

    /// Takes everybody over, and tells who is left out and why.
    ///
    /// # Errors
    /// [`StoreError`]; the batches before are here, and the next run goes on after them.
    pub async fn run(
        &mut self,
        source: &mut NhostDatabase,
        mut on_skipped: impl FnMut(UserId, &SkipReason),
    ) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let rows = source.users(after, self.batch).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(last.id);
            for (row, verdict) in rows.iter().zip(self.batch(&rows).await?) {
                match verdict {
                    Decision::Imported { identities } => {
                        self.summary.imported += 1;
                        self.summary.identities += identities;
                    }
                    Decision::Existing => self.summary.existing += 1,
                    Decision::SkipReason(why) => {
                        self.summary.skipped += 1;
                        on_skipped(UserId(row.id), &why);
                    }
                }
            }
        }
    }

    async fn batch(&mut self, rows: &[NhostUser]) -> Result<Vec<Decision>, StoreError> {
        if let Some(planned) = &mut self.planned {
            return decide_all(&self.store, rows, Some(planned)).await;
        }
        let mut attempt = 1;
        loop {
            match write_all(&self.store, rows).await {
                Err(StoreError::Conflict) if attempt < ATTEMPTS => attempt += 1,
                outcome => return outcome,
            }
        }
    }
}

async fn write_all(store: &Store, rows: &[NhostUser]) -> Result<Vec<Decision>, StoreError> {
    let transaction = store.begin().await?;
    let verdicts = decide_all(&transaction, rows, None).await?;
    transaction.commit().await?;
    Ok(verdicts)
}

/// Judges all of a batch. Without promises whoever is taken over is written at once, and the next one is judged by it.
async fn decide_all(
    access: &impl Executor,
    rows: &[NhostUser],
    mut planned: Option<&mut PlannedUsers>,
) -> Result<Vec<Decision>, StoreError> {
    let ids: Vec<_> = rows.iter().map(|row| UserId(row.id)).collect();
    let there: HashSet<UserId> = users::find_existing(access, &ids).await?;
    let mut verdicts = Vec::with_capacity(rows.len());
    for row in rows {
        if there.contains(&UserId(row.id)) {
            verdicts.push(Decision::Existing);
            continue;
        }
        let imported_user = match imported_user(row) {
            Ok(imported_user) => imported_user,
            Err(why) => {
                verdicts.push(Decision::SkipReason(why));
                continue;
            }
        };
        if let Some(why) = find_conflict(access, &imported_user, planned.as_deref()).await? {
            verdicts.push(Decision::SkipReason(why));
            continue;
        }
        verdicts.push(Decision::Imported { identities: imported_user.identities.len() as u64 });
        match planned.as_deref_mut() {
            Some(planned) => planned.add(imported_user),
            None => add(access, &imported_user).await?,
        }
    }
    Ok(verdicts)
}

/// What somebody who is here already has against the imported_user.
async fn find_conflict(
    access: &impl Executor,
    imported_user: &ImportedUser,
    planned: Option<&PlannedUsers>,
) -> Result<Option<SkipReason>, StoreError> {
    if let Some(address) = &imported_user.user.email_canonical {
        let owner = users::find_status_by_email(access, address).await?.map(|owner| owner.id);
        let owner = owner.or_else(|| planned?.addresses.get(address).copied());
        if let Some(owner) = owner {
            return Ok(Some(SkipReason::EmailTaken(owner)));
        }
    }
    for (_, _, ExternalProfile { provider, subject, .. }) in &imported_user.identities {
        let owner = identities::find_owner(access, provider, subject).await?.map(|owner| owner.id);
        let owner = owner.or_else(|| planned?.identities.get(&(provider.clone(), subject.clone())).copied());
        if let Some(owner) = owner {
            return Ok(Some(SkipReason::IdentityTaken(provider.clone(), owner)));
        }
    }
    Ok(None)
}

impl PlannedUsers {
    fn add(&mut self, ImportedUser { user, identities, .. }: ImportedUser) {
        self.addresses.extend(user.email_canonical.map(|address| (address, user.id)));
        let identities = identities.into_iter().map(|(_, _, profile)| ((profile.provider, profile.subject), user.id));
        self.identities.extend(identities);
    }
}

async fn add(access: &impl Executor, imported_user: &ImportedUser) -> Result<(), StoreError> {
    let ImportedUser { user, last_seen_at, identities } = imported_user;
    users::add(access, user).await?;
    if let Some(moment) = last_seen_at {
        users::record_activity(access, user.id, *moment).await?;
    }
    for (id, created_at, profile) in identities {
        identities::add(access, *id, user.id, profile, None, *created_at).await?;
    }
    Ok(())
}

/// A user in our words. Nhost keeps no address with an identity, so that the provider tells it at the next sign-in.
fn imported_user(row: &NhostUser) -> Result<ImportedUser, SkipReason> {
    if row.is_anonymous {
        return Err(SkipReason::Anonymous);
    }
    let address = row.email.as_deref().map(EmailAddress::parse).transpose()?;
    let metadata: Option<Value> =
        row.metadata.as_deref().map(serde_json::from_str).transpose().map_err(|_| SkipReason::Metadata)?;
    let mut roles = row.roles.clone();
    roles.push(row.default_role.clone());
    roles.sort();
    roles.dedup();
    let identities = row.identities.iter().map(identity).collect::<Result<Vec<_>, _>>()?;
    let mut seen = HashSet::new();
    if let Some((id, ..)) =
        identities.iter().find(|(_, _, profile)| !seen.insert((&profile.provider, &profile.subject)))
    {
        return Err(SkipReason::Identity(*id));
    }
    let user = User {
        id: UserId(row.id),
        created_at: row.created_at,
        display_name: row.display_name.clone(),
        avatar_url: row.avatar_url.clone(),
        locale: row.locale.clone(),
        email_verified: address.is_some() && row.email_verified,
        email: address.as_ref().map(|address| address.written().to_owned()),
        email_canonical: address.map(|address| address.canonical().to_owned()),
        default_role: row.default_role.clone(),
        roles,
        metadata: metadata.filter(|metadata| !metadata.is_null()),
        is_disabled: row.is_disabled,
    };
    Ok(ImportedUser { user, last_seen_at: row.last_seen_at, identities })
}

fn identity(row: &NhostIdentity) -> Result<(Uuid, Timestamp, ExternalProfile), SkipReason> {
    let provider = row.provider.strip_prefix("c:").unwrap_or(&row.provider).parse();
    let provider = provider.ok().filter(|_| !row.subject.is_empty()).ok_or(SkipReason::Identity(row.id))?;
    let profile = ExternalProfile {
        provider,
        subject: row.subject.clone(),
        email: None,
        name: None,
        picture: None,
        locale: None,
        claims: Claims::default(),
    };
    Ok((row.id, row.created_at, profile))
}

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
use crate::domain::email::{EmailAddress, NotAnAddress};
use crate::domain::id::{ProviderName, UserId};
use crate::domain::profile::{EmailTrust, ExternalProfile};
use crate::store::nhost::{Nhost, NhostIdentity, NhostPerson};
use crate::store::people::Person;
use crate::store::{Access, Store, StoreError, identities, people};

/// Whoever loses a race against a sign-in looks again: the winner's row is now a fact.
const ATTEMPTS: usize = 3;

/// How many of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// People who are here now.
    pub taken_over: u64,
    /// Their identities.
    pub identities: u64,
    /// People who were here before.
    pub already_there: u64,
    /// People who stay where they are.
    pub left_out: u64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { taken_over, identities, already_there, left_out } = self;
        writeln!(f, "people: {taken_over} taken over, {already_there} already there, {left_out} left out")?;
        write!(f, "identities: {identities} taken over")
    }
}

/// Why a person stays where they are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LeftOut {
    /// There is no way to sign in as nobody.
    #[error("they are anonymous")]
    Anonymous,
    /// The address is not one that we keep.
    #[error("their address cannot be kept: {0}")]
    Address(#[from] NotAnAddress),
    /// The address belongs to somebody else here.
    #[error("their address belongs to {0}")]
    AddressTaken(UserId),
    /// A provider's name is not one, or a provider's id of the person is empty.
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
    promised: Option<Promised>,
    /// What was done so far.
    pub summary: Summary,
}

#[derive(Debug, Default)]
struct Promised {
    addresses: HashMap<String, UserId>,
    identities: HashMap<(ProviderName, String), UserId>,
}

/// A person as they will be here.
struct Newcomer {
    person: Person,
    last_seen_at: Option<Timestamp>,
    identities: Vec<(Uuid, Timestamp, ExternalProfile)>,
}

enum Verdict {
    TakenOver { identities: u64 },
    AlreadyThere,
    LeftOut(LeftOut),
}

impl Import {
    /// A run into `store`, with `batch` people in one transaction.
    #[must_use]
    pub fn new(store: Store, batch: u32) -> Self {
        Self { store, batch, promised: None, summary: Summary::default() }
    }

    /// A run that compares with `store` and writes nothing.
    #[must_use]
    pub fn dry(store: Store, batch: u32) -> Self {
        Self { promised: Some(Promised::default()), ..Self::new(store, batch) }
    }

    /// Takes everybody over, and tells who is left out and why.
    ///
    /// # Errors
    /// [`StoreError`]; the batches before are here, and the next run goes on after them.
    pub async fn run(&mut self, source: &mut Nhost, mut tell: impl FnMut(UserId, &LeftOut)) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let rows = source.people(after, self.batch).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(last.id);
            for (row, verdict) in rows.iter().zip(self.batch(&rows).await?) {
                match verdict {
                    Verdict::TakenOver { identities } => {
                        self.summary.taken_over += 1;
                        self.summary.identities += identities;
                    }
                    Verdict::AlreadyThere => self.summary.already_there += 1,
                    Verdict::LeftOut(why) => {
                        self.summary.left_out += 1;
                        tell(UserId(row.id), &why);
                    }
                }
            }
        }
    }

    async fn batch(&mut self, rows: &[NhostPerson]) -> Result<Vec<Verdict>, StoreError> {
        if let Some(promised) = &mut self.promised {
            return judge_all(&self.store, rows, Some(promised)).await;
        }
        let mut attempt = 1;
        loop {
            match write_all(&self.store, rows).await {
                Err(StoreError::Taken) if attempt < ATTEMPTS => attempt += 1,
                outcome => return outcome,
            }
        }
    }
}

async fn write_all(store: &Store, rows: &[NhostPerson]) -> Result<Vec<Verdict>, StoreError> {
    let transaction = store.begin().await?;
    let verdicts = judge_all(&transaction, rows, None).await?;
    transaction.commit().await?;
    Ok(verdicts)
}

/// Judges all of a batch. Without promises whoever is taken over is written at once, and the next one is judged by it.
async fn judge_all(
    access: &impl Access,
    rows: &[NhostPerson],
    mut promised: Option<&mut Promised>,
) -> Result<Vec<Verdict>, StoreError> {
    let ids: Vec<_> = rows.iter().map(|row| UserId(row.id)).collect();
    let there: HashSet<UserId> = people::of_these(access, &ids).await?;
    let mut verdicts = Vec::with_capacity(rows.len());
    for row in rows {
        if there.contains(&UserId(row.id)) {
            verdicts.push(Verdict::AlreadyThere);
            continue;
        }
        let newcomer = match newcomer(row) {
            Ok(newcomer) => newcomer,
            Err(why) => {
                verdicts.push(Verdict::LeftOut(why));
                continue;
            }
        };
        if let Some(why) = objection(access, &newcomer, promised.as_deref()).await? {
            verdicts.push(Verdict::LeftOut(why));
            continue;
        }
        verdicts.push(Verdict::TakenOver { identities: newcomer.identities.len() as u64 });
        match promised.as_deref_mut() {
            Some(promised) => promised.add(newcomer),
            None => add(access, &newcomer).await?,
        }
    }
    Ok(verdicts)
}

/// What somebody who is here already has against the newcomer.
async fn objection(
    access: &impl Access,
    newcomer: &Newcomer,
    promised: Option<&Promised>,
) -> Result<Option<LeftOut>, StoreError> {
    if let Some(address) = &newcomer.person.email_canonical {
        let holder = people::find_standing_by_address(access, address).await?.map(|holder| holder.id);
        let holder = holder.or_else(|| promised?.addresses.get(address).copied());
        if let Some(holder) = holder {
            return Ok(Some(LeftOut::AddressTaken(holder)));
        }
    }
    for (_, _, ExternalProfile { provider, subject, .. }) in &newcomer.identities {
        let owner = identities::find_owner(access, provider, subject).await?.map(|owner| owner.id);
        let owner = owner.or_else(|| promised?.identities.get(&(provider.clone(), subject.clone())).copied());
        if let Some(owner) = owner {
            return Ok(Some(LeftOut::IdentityTaken(provider.clone(), owner)));
        }
    }
    Ok(None)
}

impl Promised {
    fn add(&mut self, Newcomer { person, identities, .. }: Newcomer) {
        self.addresses.extend(person.email_canonical.map(|address| (address, person.id)));
        let identities = identities.into_iter().map(|(_, _, profile)| ((profile.provider, profile.subject), person.id));
        self.identities.extend(identities);
    }
}

async fn add(access: &impl Access, newcomer: &Newcomer) -> Result<(), StoreError> {
    let Newcomer { person, last_seen_at, identities } = newcomer;
    people::add(access, person).await?;
    if let Some(moment) = last_seen_at {
        people::note_seen(access, person.id, *moment).await?;
    }
    for (id, created_at, profile) in identities {
        identities::add(access, *id, person.id, profile, None, *created_at).await?;
    }
    Ok(())
}

/// A person in our words. Nhost keeps no address with an identity, so that the provider tells it at the next sign-in.
fn newcomer(row: &NhostPerson) -> Result<Newcomer, LeftOut> {
    if row.is_anonymous {
        return Err(LeftOut::Anonymous);
    }
    let address = row.email.as_deref().map(EmailAddress::parse).transpose()?;
    let metadata: Option<Value> =
        row.metadata.as_deref().map(serde_json::from_str).transpose().map_err(|_| LeftOut::Metadata)?;
    let mut roles = row.roles.clone();
    roles.push(row.default_role.clone());
    roles.sort();
    roles.dedup();
    let identities = row.identities.iter().map(identity).collect::<Result<Vec<_>, _>>()?;
    let mut seen = HashSet::new();
    if let Some((id, ..)) =
        identities.iter().find(|(_, _, profile)| !seen.insert((&profile.provider, &profile.subject)))
    {
        return Err(LeftOut::Identity(*id));
    }
    let person = Person {
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
    Ok(Newcomer { person, last_seen_at: row.last_seen_at, identities })
}

fn identity(row: &NhostIdentity) -> Result<(Uuid, Timestamp, ExternalProfile), LeftOut> {
    let provider = row.provider.strip_prefix("c:").unwrap_or(&row.provider).parse();
    let provider = provider.ok().filter(|_| !row.subject.is_empty()).ok_or(LeftOut::Identity(row.id))?;
    let profile = ExternalProfile {
        provider,
        subject: row.subject.clone(),
        email: None,
        email_trust: EmailTrust::Unknown,
        name: None,
        picture: None,
        locale: None,
        claims: Claims::default(),
    };
    Ok((row.id, row.created_at, profile))
}

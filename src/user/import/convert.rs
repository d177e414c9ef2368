//! Converts a user of another service.

use std::collections::HashSet;

use serde_json::{Value, json};
use uuid::{Builder, Uuid};

use super::{Defaults, ImportOptions, SkipReason};
use crate::domain::claims::Claims;
use crate::domain::clock::Timestamp;
use crate::domain::email::EmailAddress;
use crate::domain::id::UserId;
use crate::domain::profile::ExternalProfile;
use crate::domain::sha256::sha256;
use crate::store::import::{SourceIdentity, SourceUser};
use crate::store::users::User;

/// A user to be written, with the id, creation time and profile of each identity.
pub(super) struct ImportedUser {
    pub(super) user: User,
    pub(super) last_seen_at: Option<Timestamp>,
    pub(super) identities: Vec<(Uuid, Timestamp, ExternalProfile)>,
}

/// The id here: the same if it is a UUID, else one that is always derived from it.
pub(super) fn user_id(id: &str) -> UserId {
    UserId(same_or_derived("user", id))
}

/// A UUID of version 8 (RFC 9562 section 5.8) out of the hash of the name.
fn same_or_derived(kind: &str, name: &str) -> Uuid {
    let derived = || {
        let hash = sha256(&format!("imported {kind} {name}"));
        Builder::from_custom_bytes(std::array::from_fn(|index| hash[index])).into_uuid()
    };
    Uuid::try_parse(name).unwrap_or_else(|_| derived())
}

/// Converts a user. No email comes with an identity; the provider names it at the next sign-in.
///
/// # Errors
/// [`SkipReason`]
pub(super) fn convert(
    row: &SourceUser,
    options: &ImportOptions,
    defaults: &Defaults,
) -> Result<ImportedUser, SkipReason> {
    let service = options.service;
    if row.is_deleted {
        return Err(SkipReason::Deleted);
    }
    if row.is_anonymous {
        return Err(SkipReason::Anonymous);
    }
    let email = row.email.as_deref().map(EmailAddress::parse).transpose()?;
    let external = || row.identities.iter().filter(|identity| !service.is_local(&identity.provider));
    if external().any(|identity| identity.provider.starts_with("sso:")) {
        return Err(SkipReason::Saml);
    }
    if email.is_none() && external().next().is_none() {
        return Err(SkipReason::NoIdentity);
    }
    let created_at = row.created_at.unwrap_or(defaults.now);
    let identities = external().map(|identity| convert_identity(identity, options, created_at));
    let identities = identities.collect::<Result<Vec<_>, _>>()?;
    check_distinct(&identities)?;
    let (default_role, roles) = roles(row, defaults);
    let UserId(id) = user_id(&row.id);
    let user = User {
        id: UserId(id),
        created_at,
        display_name: row.display_name.clone().unwrap_or_default(),
        avatar_url: row.avatar_url.clone().unwrap_or_default(),
        locale: row.locale.clone().unwrap_or_else(|| defaults.sign_up.default_locale.clone()),
        email_verified: email.is_some() && row.email_verified && options.trust_verified,
        email: email.as_ref().map(|email| email.written().to_owned()),
        email_canonical: email.map(|email| email.canonical().to_owned()),
        default_role,
        roles,
        metadata: metadata(row, id)?,
        is_disabled: row.is_disabled,
    };
    Ok(ImportedUser { user, last_seen_at: row.last_seen_at, identities })
}

fn check_distinct(identities: &[(Uuid, Timestamp, ExternalProfile)]) -> Result<(), SkipReason> {
    let mut seen = HashSet::new();
    let repeated = identities.iter().find(|(_, _, profile)| !seen.insert((&profile.provider, &profile.subject)));
    repeated.map_or(Ok(()), |(id, ..)| Err(SkipReason::InvalidIdentity(id.to_string())))
}

/// The user's own roles, else those of new users.
fn roles(row: &SourceUser, defaults: &Defaults) -> (String, Vec<String>) {
    let sign_up = &defaults.sign_up;
    let default_role = row.default_role.clone().unwrap_or_else(|| sign_up.default_role.clone());
    let mut roles = row.roles.clone().unwrap_or_else(|| sign_up.allowed_roles.clone());
    roles.push(default_role.clone());
    roles.sort();
    roles.dedup();
    (default_role, roles)
}

/// The user's own metadata; who gets another id finds the old one there.
fn metadata(row: &SourceUser, id: Uuid) -> Result<Option<Value>, SkipReason> {
    let own: Option<Value> =
        row.metadata.as_deref().map(serde_json::from_str).transpose().map_err(|_| SkipReason::InvalidMetadata)?;
    let is_same_id = Uuid::try_parse(&row.id).is_ok_and(|own| own == id);
    let own = own.filter(|own| !own.is_null());
    Ok(if is_same_id { own } else { own.or_else(|| Some(json!({"imported_id": row.id}))) })
}

fn convert_identity(
    row: &SourceIdentity,
    options: &ImportOptions,
    created_at: Timestamp,
) -> Result<(Uuid, Timestamp, ExternalProfile), SkipReason> {
    let renamed = options.renamed_providers.iter().find(|(there, _)| *there == row.provider).map(|(_, here)| here);
    let provider = renamed.map_or_else(|| options.service.provider_name(&row.provider), String::as_str).parse();
    let invalid = || SkipReason::InvalidIdentity(row.id.clone());
    let provider = provider.ok().filter(|_| !row.subject.is_empty()).ok_or_else(invalid)?;
    let profile = ExternalProfile {
        provider,
        subject: row.subject.clone(),
        email: None,
        name: None,
        picture: None,
        locale: None,
        claims: Claims::default(),
    };
    let id = if row.id.is_empty() { format!("{} {}", row.provider, row.subject) } else { row.id.clone() };
    Ok((same_or_derived("identity", &id), row.created_at.unwrap_or(created_at), profile))
}

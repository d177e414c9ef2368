//! Converts a user of Nhost.

use std::collections::HashSet;

use serde_json::Value;
use uuid::Uuid;

use super::SkipReason;
use crate::domain::claims::Claims;
use crate::domain::clock::Timestamp;
use crate::domain::email::EmailAddress;
use crate::domain::id::UserId;
use crate::domain::profile::ExternalProfile;
use crate::store::nhost::{NhostIdentity, NhostUser};
use crate::store::users::User;

/// A user to be written, with the id, creation time and profile of each identity.
pub(super) struct ImportedUser {
    pub(super) user: User,
    pub(super) last_seen_at: Option<Timestamp>,
    pub(super) identities: Vec<(Uuid, Timestamp, ExternalProfile)>,
}

/// Converts a user. Nhost stores no email with an identity; the provider names it at the next sign-in.
///
/// # Errors
/// [`SkipReason`]
pub(super) fn convert(row: &NhostUser, trust_verified: bool) -> Result<ImportedUser, SkipReason> {
    if row.is_anonymous {
        return Err(SkipReason::Anonymous);
    }
    let email = row.email.as_deref().map(EmailAddress::parse).transpose()?;
    let metadata: Option<Value> =
        row.metadata.as_deref().map(serde_json::from_str).transpose().map_err(|_| SkipReason::InvalidMetadata)?;
    let mut roles = row.roles.clone();
    roles.push(row.default_role.clone());
    roles.sort();
    roles.dedup();
    let identities = row.identities.iter().map(convert_identity).collect::<Result<Vec<_>, _>>()?;
    let mut seen = HashSet::new();
    let is_repeated =
        |(_, _, profile): &&(_, _, ExternalProfile)| !seen.insert((profile.provider.clone(), profile.subject.clone()));
    if let Some((id, ..)) = identities.iter().find(is_repeated) {
        return Err(SkipReason::InvalidIdentity(*id));
    }
    let user = User {
        id: UserId(row.id),
        created_at: row.created_at,
        display_name: row.display_name.clone(),
        avatar_url: row.avatar_url.clone(),
        locale: row.locale.clone(),
        email_verified: email.is_some() && row.email_verified && trust_verified,
        email: email.as_ref().map(|email| email.written().to_owned()),
        email_canonical: email.map(|email| email.canonical().to_owned()),
        default_role: row.default_role.clone(),
        roles,
        metadata: metadata.filter(|metadata| !metadata.is_null()),
        is_disabled: row.is_disabled,
    };
    Ok(ImportedUser { user, last_seen_at: row.last_seen_at, identities })
}

fn convert_identity(row: &NhostIdentity) -> Result<(Uuid, Timestamp, ExternalProfile), SkipReason> {
    let provider = row.provider.strip_prefix("c:").unwrap_or(&row.provider).parse();
    let provider = provider.ok().filter(|_| !row.subject.is_empty()).ok_or(SkipReason::InvalidIdentity(row.id))?;
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

//! What operators ask of `UserRepo`.

use std::net::IpAddr;

use actix::Message;

use super::error::AdminError;
use super::records::{AuditPage, SessionRecord, UserDetails, UserPage, UserRecord};
use super::selector::Selector;
use crate::domain::audit::{Actor, RequestOrigin};
use crate::domain::id::{ProviderName, SessionId, UserId};

/// The most rows of one page.
pub const MAX_LIMIT: u64 = 500;

/// Who acts, for the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Who it is.
    pub actor: Actor,
    /// The address of a request.
    pub client_ip: Option<IpAddr>,
}

impl Operator {
    pub(super) fn origin(&self) -> RequestOrigin {
        RequestOrigin::new(self.client_ip, None)
    }
}

/// Lists users in the order of their ids.
#[derive(Clone, Debug, Default, Message)]
#[rtype(result = "Result<UserPage, AdminError>")]
pub struct ListUsers {
    /// The last id of the page before.
    pub after: Option<UserId>,
    /// How many at most; [`MAX_LIMIT`] is not exceeded.
    pub limit: u64,
    /// Only users who are disabled, or only those who are not.
    pub is_disabled: Option<bool>,
    /// Only users with an identity at this provider.
    pub provider: Option<ProviderName>,
}

/// Finds all users that a selector fits: several, if none has proven the address.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Vec<UserRecord>, AdminError>")]
pub struct FindUsers(pub Selector);

/// Finds a user with identities.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<UserDetails, AdminError>")]
pub struct ShowUser(pub UserId);

/// Lists the sessions of a user that have not ended, the most recently used first.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<Vec<SessionRecord>, AdminError>")]
pub struct ListSessions(pub UserId);

/// Lists the audit events about a user, who may have been erased, the latest first.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<AuditPage, AdminError>")]
pub struct ListEvents {
    /// The user.
    pub user: UserId,
    /// The last number of the page before.
    pub before: Option<i64>,
    /// How many at most; [`MAX_LIMIT`] is not exceeded.
    pub limit: u64,
}

/// Disables or enables a user. Disabling ends all sessions.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<UserRecord, AdminError>")]
pub struct SetDisabled {
    /// Who acts.
    pub by: Operator,
    /// The user.
    pub user: UserId,
    /// Whether the user may not sign in.
    pub is_disabled: bool,
}

/// Marks the address of a user as proven.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<UserRecord, AdminError>")]
pub struct VerifyEmail {
    /// Who acts.
    pub by: Operator,
    /// The user.
    pub user: UserId,
    /// The address, which must be the user's current one.
    pub email: String,
}

/// Changes the roles of a user.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<UserRecord, AdminError>")]
pub struct SetRoles {
    /// Who acts.
    pub by: Operator,
    /// The user.
    pub user: UserId,
    /// The change.
    pub change: RoleChange,
}

/// Which roles a user has from now on. The default role must be among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleChange {
    /// All of them, instead of the present ones.
    pub set: Option<Vec<String>>,
    /// Roles that are added.
    pub add: Vec<String>,
    /// Roles that are removed.
    pub remove: Vec<String>,
    /// The role that access tokens name first; added to the roles.
    pub default: Option<String>,
}

/// Ends sessions of a user. One that has ended is no error.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<u64, AdminError>")]
pub struct EndSessions {
    /// Who acts.
    pub by: Operator,
    /// The user.
    pub user: UserId,
    /// Only this session.
    pub session: Option<SessionId>,
}

/// Erases a user with everything that is theirs, and queues the revocation of their provider tokens.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), AdminError>")]
pub struct EraseUser {
    /// Who acts.
    pub by: Operator,
    /// The user.
    pub user: UserId,
}

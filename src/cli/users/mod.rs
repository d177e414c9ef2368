//! `vouchsafe users …`: what operators see of users, and do to them. `vouchsafe erase` is `vouchsafe users erase`.
//!
//! Each act is recorded in the audit trail with the user of the operating system. The routes below `/admin` do the same
//! while the service runs.

mod output;

use std::convert::Infallible;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use uuid::Uuid;

use self::output::Output;
use super::Flags;
use crate::app::users::{
    self, Access, AdminError, EndSessions, EraseUser, FindUsers, ListEvents, ListSessions, ListUsers, Operator,
    RoleChange, Selector, SetDisabled, SetRoles, ShowUser, UserAdmin, VerifyEmail,
};
use crate::domain::audit::Actor;
use crate::domain::id::{ProviderName, SessionId, UserId};
use crate::settings::Settings;

/// What the user of the operating system is called if it has no name.
const UNKNOWN: &str = "unknown";

#[derive(Debug, Subcommand)]
pub(super) enum Users {
    /// List users in the order of their ids
    List {
        /// Only users who are disabled
        #[arg(long, conflicts_with = "enabled")]
        disabled: bool,
        /// Only users who are not disabled
        #[arg(long)]
        enabled: bool,
        /// Only users with an identity at this provider
        #[arg(long, value_name = "NAME")]
        provider: Option<ProviderName>,
        /// The last id of the page before
        #[arg(long, value_name = "ID")]
        cursor: Option<Uuid>,
        #[command(flatten)]
        page: Page,
        #[command(flatten)]
        common: Common,
    },
    /// Find users by id, identity or address, also by one that nobody has proven
    Find(Target),
    /// Show a user with identities
    Show(Target),
    /// Disable a user and end all sessions
    Disable(Target),
    /// Enable a user
    Enable(Target),
    /// Mark the address of a user as proven
    VerifyEmail {
        #[command(flatten)]
        target: Target,
        /// The address; it must be the current one of the user
        #[arg(value_name = "ADDRESS")]
        email: String,
    },
    /// Show the roles of a user, or change them
    Roles {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        change: RoleOptions,
    },
    /// List the sessions of a user that have not ended
    Sessions(Target),
    /// List the provider tokens that are kept for a user: their state, never the tokens
    Grants(Target),
    /// End all sessions of a user, or one
    SignOut {
        #[command(flatten)]
        target: Target,
        /// Only this session
        #[arg(long, value_name = "ID")]
        session: Option<Uuid>,
    },
    /// Delete a user and all their data
    Erase(Target),
    /// List the audit events about a user, the latest first; an erased user is named by id
    Audit {
        #[command(flatten)]
        target: Target,
        /// The last number of the page before
        #[arg(long, value_name = "NUMBER")]
        cursor: Option<i64>,
        #[command(flatten)]
        page: Page,
    },
}

/// A user, and what every command takes.
#[derive(Args, Clone, Debug)]
pub(super) struct Target {
    /// An id (a UUID, or as SQLite prints it, X'…'), an identity (google:1234), or an address that the user has proven
    #[arg(value_name = "USER", value_parser = selector)]
    user: Selector,
    #[command(flatten)]
    common: Common,
}

impl Target {
    pub(super) fn sources(&self) -> &Flags {
        &self.common.sources
    }
}

#[derive(Args, Clone, Debug)]
pub(super) struct Common {
    /// Print JSON, as the routes below /admin do
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sources: Flags,
}

#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Page {
    /// How many rows
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=500))]
    limit: u64,
}

#[derive(Args, Clone, Debug)]
pub(super) struct RoleOptions {
    /// Add these roles, separated by commas
    #[arg(long, value_name = "ROLES", value_delimiter = ',')]
    add: Vec<String>,
    /// Remove these roles
    #[arg(long, value_name = "ROLES", value_delimiter = ',')]
    remove: Vec<String>,
    /// Replace all roles by these
    #[arg(long, value_name = "ROLES", value_delimiter = ',', conflicts_with_all = ["add", "remove"])]
    only: Option<Vec<String>>,
    /// The role that access tokens name first; it is added to the roles
    #[arg(long, value_name = "ROLE")]
    default: Option<String>,
}

fn selector(text: &str) -> Result<Selector, Infallible> {
    text.parse()
}

impl RoleOptions {
    fn change(&self) -> RoleChange {
        let Self { add, remove, only, default } = self.clone();
        RoleChange { set: only, add, remove, default }
    }
}

impl Users {
    fn common(&self) -> &Common {
        match self {
            Self::List { common, .. } => common,
            Self::Find(target)
            | Self::Show(target)
            | Self::Disable(target)
            | Self::Enable(target)
            | Self::Sessions(target)
            | Self::Grants(target)
            | Self::Erase(target)
            | Self::VerifyEmail { target, .. }
            | Self::Roles { target, .. }
            | Self::SignOut { target, .. }
            | Self::Audit { target, .. } => &target.common,
        }
    }

    pub(super) fn sources(&self) -> &Flags {
        &self.common().sources
    }

    fn access(&self) -> Access {
        match self {
            Self::List { .. }
            | Self::Find(_)
            | Self::Show(_)
            | Self::Sessions(_)
            | Self::Grants(_)
            | Self::Audit { .. } => Access::Read,
            Self::Roles { change, .. } if change.change() == RoleChange::default() => Access::Read,
            _ => Access::Write,
        }
    }
}

/// Carries out a command. A database that does not exist is not created.
///
/// # Errors
/// Those of the settings and the database, and what was not found; then nothing was changed.
pub(super) fn run(settings: &Settings, command: Users) -> Result<ExitCode, Box<dyn std::error::Error>> {
    actix_web::rt::System::new().block_on(async {
        let Some(admin) = users::open(settings, command.access()).await? else {
            let hint = "start it in the folder of the server, or name its settings with --config";
            return Err(format!("there is no database of vouchsafe here; {hint}").into());
        };
        let output = Output { is_json: command.common().json };
        carry_out(&admin, command, output).await?;
        Ok(ExitCode::SUCCESS)
    })
}

async fn carry_out(admin: &UserAdmin, command: Users, output: Output) -> Result<(), AdminError> {
    let by = || Operator { actor: Actor::Cli(os_user()), client_ip: None };
    let id = async |target: Target| admin.resolve(&target.user).await;
    match command {
        Users::List { disabled, enabled, provider, cursor, page, .. } => {
            let is_disabled = (disabled || enabled).then_some(disabled);
            let request = ListUsers { after: cursor.map(UserId), limit: page.limit, is_disabled, provider };
            output.users(admin.list(request).await?);
        }
        Users::Find(target) => output.found(admin.find(FindUsers(target.user)).await?),
        Users::Show(target) => output.details(&admin.show(ShowUser(id(target).await?)).await?),
        Users::Disable(target) => {
            let request = SetDisabled { by: by(), user: id(target).await?, is_disabled: true };
            output.changed(&admin.set_disabled(&request).await?, "is disabled, and all sessions have ended");
        }
        Users::Enable(target) => {
            let request = SetDisabled { by: by(), user: id(target).await?, is_disabled: false };
            output.changed(&admin.set_disabled(&request).await?, "is enabled");
        }
        Users::VerifyEmail { target, email } => {
            let request = VerifyEmail { by: by(), user: id(target).await?, email };
            output.changed(&admin.verify_email(&request).await?, "has proven the address");
        }
        Users::Roles { target, change } => {
            let (user, change) = (id(target).await?, change.change());
            let user = if change == RoleChange::default() {
                admin.show(ShowUser(user)).await?.user
            } else {
                admin.set_roles(&SetRoles { by: by(), user, change }).await?
            };
            output.roles(&user);
        }
        Users::Sessions(target) => output.sessions(&admin.sessions(ListSessions(id(target).await?)).await?),
        Users::Grants(target) => output.grants(&admin.grants(id(target).await?).await?),
        Users::SignOut { target, session } => {
            let request = EndSessions { by: by(), user: id(target).await?, session: session.map(SessionId) };
            output.ended(admin.end_sessions(&request).await?);
        }
        Users::Erase(target) => {
            let user = id(target).await?;
            admin.erase(&EraseUser { by: by(), user }).await?;
            output.erased(user);
        }
        Users::Audit { target, cursor, page } => {
            let request = ListEvents { user: id(target).await?, before: cursor, limit: page.limit };
            output.events(&admin.events(request).await?);
        }
    }
    Ok(())
}

/// The user of the operating system, by the process's id: an environment variable could name anybody.
#[cfg(unix)]
fn os_user() -> String {
    let name = uzers::get_current_username().and_then(|name| name.into_string().ok());
    name.unwrap_or_else(|| UNKNOWN.to_owned())
}

#[cfg(not(unix))]
fn os_user() -> String {
    UNKNOWN.to_owned()
}

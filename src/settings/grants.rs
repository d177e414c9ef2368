//! The section `grants`: provider tokens that the service keeps and refreshes (`providers.X.custody = "managed"`).

use std::time::Duration;

use super::reader::Section;

/// How grants are refreshed and ended.
#[derive(Clone, Debug)]
pub struct Grants {
    /// `grants.refresh_ahead`: how long before its expiry an access token is refreshed unasked; `None`: it is not.
    pub refresh_ahead: Option<Duration>,
    /// `grants.refresh_timeout`: how long an answer of the provider is waited for, however long its caller waits.
    pub refresh_timeout: Duration,
    /// `grants.max_refreshes_ahead`: how many of one provider run at once on a node.
    pub max_refreshes_ahead: usize,
    /// `grants.revoke_on_sign_out`: whether the end of a user's last session by signing out ends the grants.
    pub revoke_on_sign_out: bool,
}

impl Grants {
    /// How long a node has the lease of a grant: longer than it waits for the provider, so that an answer in time is also
    /// written in time.
    #[must_use]
    pub fn lease(&self) -> Duration {
        self.refresh_timeout * 3 / 2
    }
}

pub(super) fn read(mut section: Section<'_>) -> Grants {
    let ahead = section.duration("refresh_ahead", Duration::ZERO..=Duration::from_secs(86_400));
    let timeout = section.duration("refresh_timeout", Duration::from_secs(1)..=Duration::from_secs(120));
    Grants {
        refresh_ahead: Some(ahead.unwrap_or(Duration::from_secs(300))).filter(|ahead| !ahead.is_zero()),
        refresh_timeout: timeout.unwrap_or(Duration::from_secs(20)),
        max_refreshes_ahead: section.number("max_refreshes_ahead", 1..=1000).unwrap_or(4),
        revoke_on_sign_out: section.boolean("revoke_on_sign_out").unwrap_or(false),
    }
}

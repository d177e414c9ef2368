//! What became of sign-ins, for whoever has to explain one: a timeline of typed events, kept for a while.
//!
//! A record holds no text that came from outside: [`fault`] names what went wrong out of a closed list, and of a
//! provider's error only codes of an allow-list are kept ([`codes`]). [`verdict`] derives the cause from a record.

pub mod archive;
mod classify;
pub mod codes;
pub mod fault;
#[cfg(feature = "pages")]
pub mod live;
pub mod report;
pub mod ring;
#[cfg(feature = "pages")]
pub mod summary;
pub mod verdict;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use self::fault::Fault;
use crate::domain::clock::Timestamp;
use crate::domain::id::{FlowTag, ProviderName, UserId};
use crate::provider::Provider;
use crate::user::messages::AccountMatch;

/// One event of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// The flow began, and the browser was redirected to the provider.
    Started,
    /// The browser came back with a callback.
    CameBack,
    /// The callback belongs to this flow: state, browser, provider, time, issuer.
    StateAccepted,
    /// This callback, and no other, marked the flow used.
    MarkedUsed,
    /// Another callback had marked the flow used.
    UsedBefore,
    /// The provider refused our credentials or the code; these are the credentials.
    Authenticated(Credentials),
    /// The provider issued tokens for the code.
    Exchanged,
    /// The id_token is valid.
    IdTokenAccepted,
    /// The profile was read.
    Identified,
    /// The rules found the account.
    Decided(AccountMatch),
    /// The user is signed in, or the identity linked.
    SignedIn,
    /// The account exists, and its email must be verified first.
    AwaitsVerification,
    /// The app has to redeem the ticket.
    AwaitsApp,
    /// The app redeems the ticket.
    Redeemed,
    /// The user has to confirm the link.
    AwaitsConfirmation,
    /// Nobody came back.
    Abandoned,
    /// It failed.
    Failed(Fault),
}

impl Event {
    /// Its name in log lines.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::CameBack => "came-back",
            Self::StateAccepted => "state-accepted",
            Self::MarkedUsed => "marked-used",
            Self::UsedBefore => "used-before",
            Self::Authenticated(_) => "authenticated",
            Self::Exchanged => "exchanged",
            Self::IdTokenAccepted => "id-token-accepted",
            Self::Identified => "identified",
            Self::Decided(_) => "decided",
            Self::SignedIn => "signed-in",
            Self::AwaitsVerification => "awaits-verification",
            Self::AwaitsApp => "awaits-app",
            Self::Redeemed => "redeemed",
            Self::AwaitsConfirmation => "awaits-confirmation",
            Self::Abandoned => "abandoned",
            Self::Failed(_) => "failed",
        }
    }
}

/// How we authenticate at a provider, as far as that may explain a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Credentials {
    /// Not at all.
    None,
    /// By a secret.
    Secret,
    /// By a secret that begins or ends with white space.
    SecretWithWhiteSpace,
    /// By an assertion signed with a private key.
    PrivateKey,
}

impl Credentials {
    /// Ours at this provider.
    #[must_use]
    pub fn of(provider: &Provider) -> Self {
        match &provider.client.secret {
            _ if provider.signer.is_some() => Self::PrivateKey,
            None => Self::None,
            Some(secret) if secret.expose().trim() != secret.expose() => Self::SecretWithWhiteSpace,
            Some(_) => Self::Secret,
        }
    }
}

/// What one request did for a flow. A flow has several: its callback, a repeated one, the redemption of its ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// The flow.
    pub flow: FlowTag,
    /// The provider.
    pub provider: ProviderName,
    /// The dialect of the request.
    pub dialect: Option<Cow<'static, str>>,
    /// The user, once one is known.
    pub user: Option<UserId>,
    /// What happened, in order.
    pub events: Vec<(Timestamp, Event)>,
}

impl Attempt {
    /// When it ended.
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.events.last().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Secret;
    use crate::provider::tests::{provider, settings_for};
    use crate::settings::ProviderSettings;

    #[test]
    fn event_has_the_same_name_in_logs_and_in_records() {
        use Event::{
            Abandoned, AwaitsApp, CameBack, Exchanged, IdTokenAccepted, MarkedUsed, SignedIn, Started, UsedBefore,
        };
        for event in
            [Started, CameBack, MarkedUsed, UsedBefore, Exchanged, IdTokenAccepted, SignedIn, AwaitsApp, Abandoned]
        {
            assert_eq!(serde_json::to_value(event).expect("JSON"), event.name());
        }
    }

    #[test]
    fn credentials_are_named_by_what_may_explain_a_refusal() {
        let google = |secret: Option<&str>| {
            let client_secret = secret.map(Secret::new);
            provider("google", &ProviderSettings { client_secret, ..settings_for("google") }).expect("a provider")
        };
        let without_secret = {
            let mut google = google(Some("SEC"));
            google.client.secret = None;
            google
        };
        assert_eq!(Credentials::of(&without_secret), Credentials::None);
        assert_eq!(Credentials::of(&google(Some("SEC"))), Credentials::Secret);
        assert_eq!(Credentials::of(&google(Some("SEC "))), Credentials::SecretWithWhiteSpace);
        let apple = provider("apple", &settings_for("apple")).expect("a provider");
        assert_eq!(Credentials::of(&apple), Credentials::PrivateKey);
    }

    #[test]
    fn attempt_ends_with_its_last_event() {
        let at = Timestamp::from_seconds;
        let provider = "google".parse().expect("a name");
        let events = vec![(at(1), Event::Started), (at(2), Event::CameBack)];
        let attempt = Attempt { flow: FlowTag::of("state"), provider, dialect: None, user: None, events };
        assert_eq!(attempt.ended_at(), Some(at(2)));
        assert_eq!(Attempt { events: Vec::new(), ..attempt }.ended_at(), None);
    }
}

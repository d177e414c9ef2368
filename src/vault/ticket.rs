//! Tickets: what a provider vouched for, kept until the person comes in, and taken once.
//!
//! A ticket lies sealed in its row; the browser has nothing but its handle. The row is found by the hash of sort
//! and handle together, so that one who shows a ticket at the wrong door neither gets it nor loses it.

use std::sync::Arc;
use std::time::Duration;

use actix::{Context, Handler, Message, ResponseFuture};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::vault::{TokenVault, VaultError};
use crate::domain::clock::Timestamp;
use crate::domain::entropy::Entropy;
use crate::domain::hash::hash;
use crate::domain::profile::ExternalProfile;
use crate::domain::seal::{MasterKey, SealError, Sealer};
use crate::domain::secret::Secret;
use crate::domain::tokens::ProviderTokens;
use crate::store::tickets;

/// What a ticket is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// To sign in, or to add an identity to an account.
    SignIn,
    /// To become somebody new, after a form was filled in.
    SignUp,
    /// To add an identity to the account of somebody who has yet to agree.
    Link,
}

impl Sort {
    fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::SignUp => "sign-up",
            Self::Link => "link",
        }
    }
}

/// How long tickets are good.
#[derive(Clone, Copy, Debug)]
pub struct Lives {
    /// Of [`Sort::SignIn`].
    pub sign_in: Duration,
    /// Of [`Sort::SignUp`].
    pub sign_up: Duration,
    /// Of [`Sort::Link`].
    pub link: Duration,
}

impl Lives {
    /// Of this sort.
    #[must_use]
    pub fn of(self, sort: Sort) -> Duration {
        match sort {
            Sort::SignIn => self.sign_in,
            Sort::SignUp => self.sign_up,
            Sort::Link => self.link,
        }
    }
}

/// What a ticket stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Whom the provider vouches for.
    pub profile: ExternalProfile,
    /// What the provider gave.
    pub tokens: ProviderTokens,
    /// The flow that ended in it, by the name under which the log speaks of it.
    pub flow: String,
}

/// Seals and opens tickets.
#[derive(Clone, Debug)]
pub struct Tickets {
    sealer: Sealer,
    entropy: Arc<dyn Entropy>,
    lives: Lives,
}

/// The first line inside the seal; the tokens are the second, so that they are wiped like everywhere else.
#[derive(Serialize, Deserialize)]
struct Head {
    profile: ExternalProfile,
    flow: String,
    expires_at: Timestamp,
}

impl Tickets {
    /// Tickets whose seals are made with the first of `keys` and open with all.
    ///
    /// # Errors
    /// [`SealError::NotSealed`] if there is no key.
    pub fn new(keys: &[MasterKey], entropy: Arc<dyn Entropy>, lives: Lives) -> Result<Self, SealError> {
        Ok(Self { sealer: Sealer::new(keys, "vault: tickets")?, entropy, lives })
    }

    fn seal(&self, ticket: &Ticket, sort: Sort, handle: &Secret, expires_at: Timestamp) -> Result<Vec<u8>, SealError> {
        let head = Head { profile: ticket.profile.clone(), flow: ticket.flow.clone(), expires_at };
        let head = serde_json::to_vec(&head).map_err(|_| SealError::NotSealed)?;
        let tokens = ticket.tokens.to_plaintext();
        let plaintext = Zeroizing::new([head.as_slice(), b"\n", tokens.as_slice()].concat());
        self.sealer.seal(&plaintext, &[sort.name(), handle.expose()], self.entropy.as_ref())
    }

    fn open(&self, sealed: &[u8], sort: Sort, handle: &Secret, now: Timestamp) -> Result<Option<Ticket>, SealError> {
        let plaintext = self.sealer.open(sealed, &[sort.name(), handle.expose()])?;
        let mut lines = plaintext.splitn(2, |byte| *byte == b'\n');
        let (head, tokens) = lines.next().zip(lines.next()).ok_or(SealError::Broken)?;
        let Head { profile, flow, expires_at } = serde_json::from_slice(head).map_err(|_| SealError::Broken)?;
        let tokens = ProviderTokens::from_plaintext(tokens).ok_or(SealError::Broken)?;
        // The row says so too; the seal cannot be moved to a row that says otherwise.
        Ok((now < expires_at).then_some(Ticket { profile, tokens, flow }))
    }
}

fn row_of(sort: Sort, handle: &Secret) -> [u8; 32] {
    hash(&format!("ticket {} {}", sort.name(), handle.expose()))
}

/// Lays a ticket on the shelf; answers its handle.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Secret, VaultError>")]
pub struct LayTicket {
    /// What it stands for.
    pub ticket: Ticket,
    /// What it is good for.
    pub sort: Sort,
}

impl Handler<LayTicket> for TokenVault {
    type Result = ResponseFuture<Result<Secret, VaultError>>;

    fn handle(&mut self, question: LayTicket, _: &mut Context<Self>) -> Self::Result {
        let chamber = self.chamber();
        Box::pin(async move {
            let LayTicket { ticket, sort } = question;
            let handle = Secret::new(chamber.tickets.entropy.text::<32>());
            let expires_at = chamber.clock.now().plus(chamber.tickets.lives.of(sort));
            let sealed = chamber.tickets.seal(&ticket, sort, &handle, expires_at)?;
            let new = tickets::NewTicket { handle_hash: row_of(sort, &handle), sealed, expires_at };
            tickets::lay(&chamber.store, new).await?;
            Ok(handle)
        })
    }
}

/// Takes a ticket, for good. `None`: there is none of this sort, or no more.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Option<Ticket>, VaultError>")]
pub struct TakeTicket {
    /// Its handle.
    pub handle: Secret,
    /// What it has to be good for.
    pub sort: Sort,
}

impl Handler<TakeTicket> for TokenVault {
    type Result = ResponseFuture<Result<Option<Ticket>, VaultError>>;

    fn handle(&mut self, question: TakeTicket, _: &mut Context<Self>) -> Self::Result {
        let chamber = self.chamber();
        Box::pin(async move {
            let TakeTicket { handle, sort } = question;
            let now = chamber.clock.now();
            match tickets::take(&chamber.store, row_of(sort, &handle), now).await? {
                Some(sealed) => Ok(chamber.tickets.open(&sealed, sort, &handle, now)?),
                None => Ok(None),
            }
        })
    }
}

/// Looks at whom a ticket stands for, and leaves it where it is.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Option<ExternalProfile>, VaultError>")]
pub struct LookAtTicket {
    /// Its handle.
    pub handle: Secret,
    /// What it has to be good for.
    pub sort: Sort,
}

impl Handler<LookAtTicket> for TokenVault {
    type Result = ResponseFuture<Result<Option<ExternalProfile>, VaultError>>;

    fn handle(&mut self, question: LookAtTicket, _: &mut Context<Self>) -> Self::Result {
        let chamber = self.chamber();
        Box::pin(async move {
            let LookAtTicket { handle, sort } = question;
            let now = chamber.clock.now();
            match tickets::look(&chamber.store, row_of(sort, &handle), now).await? {
                Some(sealed) => Ok(chamber.tickets.open(&sealed, sort, &handle, now)?.map(|ticket| ticket.profile)),
                None => Ok(None),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::claims::Claims;
    use crate::domain::entropy::SystemEntropy;
    use crate::domain::profile::EmailTrust;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn tickets() -> Tickets {
        let lives = Lives {
            sign_in: Duration::from_secs(60),
            sign_up: Duration::from_secs(360),
            link: Duration::from_secs(300),
        };
        Tickets::new(&[MasterKey::new("k", [1; 32])], Arc::new(SystemEntropy), lives).expect("a key")
    }

    fn ticket() -> Ticket {
        let profile = ExternalProfile {
            provider: "google".parse().expect("a name"),
            subject: "104".to_owned(),
            email: Some("mira@example.org".to_owned()),
            email_trust: EmailTrust::Verified,
            name: None,
            picture: None,
            locale: None,
            claims: Claims::default(),
        };
        let access_token = Secret::new("the-access-token");
        let tokens = ProviderTokens {
            access_token,
            token_secret: None,
            expires_in: None,
            expires_at: None,
            refresh_token: None,
        };
        Ticket { profile, tokens, flow: "f".to_owned() }
    }

    #[test]
    fn a_ticket_opens_for_its_sort_and_handle_in_time_and_shows_nothing() {
        let (tickets, handle) = (tickets(), Secret::new("h"));
        let expires_at = NOW.plus(tickets.lives.of(Sort::SignIn));
        let sealed = tickets.seal(&ticket(), Sort::SignIn, &handle, expires_at).expect("sealed");
        assert_eq!(tickets.open(&sealed, Sort::SignIn, &handle, NOW), Ok(Some(ticket())));
        assert_eq!(tickets.open(&sealed, Sort::SignIn, &handle, expires_at), Ok(None));
        assert_eq!(tickets.open(&sealed, Sort::SignUp, &handle, NOW), Err(SealError::Broken));
        assert_eq!(tickets.open(&sealed, Sort::SignIn, &Secret::new("i"), NOW), Err(SealError::Broken));
        assert_ne!(row_of(Sort::SignIn, &handle), row_of(Sort::SignUp, &handle));
        let text = String::from_utf8_lossy(&sealed).into_owned();
        assert!(!text.contains("mira") && !text.contains("the-access-token"));
    }
}

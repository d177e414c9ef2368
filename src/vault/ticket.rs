//! Tickets: sign-ins that the app has yet to redeem, once.
//!
//! A ticket is sealed in its row; the browser has only its handle. The row is found by the hash of purpose and handle,
//! so that a ticket that is used for another purpose is neither redeemed nor lost.

use std::sync::Arc;
use std::time::Duration;

use actix::{Context, Handler, Message, ResponseFuture};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::vault::{TokenVault, VaultError};
use crate::domain::clock::Timestamp;
use crate::domain::id::FlowTag;
use crate::domain::profile::ExternalProfile;
use crate::domain::random::RandomSource;
use crate::domain::seal::{MasterKey, SealError, Sealer};
use crate::domain::secret::Secret;
use crate::domain::sha256::sha256;
use crate::domain::tokens::ProviderTokens;
use crate::metrics::TicketEvent;
use crate::store::tickets;

/// What a ticket can be redeemed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketPurpose {
    /// Signing in, or linking an identity to an account.
    SignIn,
    /// Signing up, after the user filled in a form.
    SignUp,
    /// Linking an identity after the user has confirmed it.
    Link,
}

impl TicketPurpose {
    fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::SignUp => "sign-up",
            Self::Link => "link",
        }
    }
}

/// How long tickets can be redeemed.
#[derive(Clone, Copy, Debug)]
pub struct TicketTtls {
    /// Of [`TicketPurpose::SignIn`].
    pub sign_in: Duration,
    /// Of [`TicketPurpose::SignUp`].
    pub sign_up: Duration,
    /// Of [`TicketPurpose::Link`].
    pub link: Duration,
}

impl TicketTtls {
    /// The TTL for this purpose.
    #[must_use]
    pub fn of(self, purpose: TicketPurpose) -> Duration {
        match purpose {
            TicketPurpose::SignIn => self.sign_in,
            TicketPurpose::SignUp => self.sign_up,
            TicketPurpose::Link => self.link,
        }
    }
}

/// A sign-in to be redeemed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The provider's profile of the user.
    pub profile: ExternalProfile,
    /// The provider's tokens.
    pub tokens: ProviderTokens,
    /// The tag of its flow in logs.
    pub flow: FlowTag,
}

/// Seals and opens tickets.
#[derive(Clone, Debug)]
pub struct Tickets {
    sealer: Sealer,
    random: Arc<dyn RandomSource>,
    ttls: TicketTtls,
}

/// The first line of the plaintext; the tokens are the second, in the form that is wiped from memory.
#[derive(Serialize, Deserialize)]
struct Head {
    profile: ExternalProfile,
    flow: FlowTag,
    expires_at: Timestamp,
}

impl Tickets {
    /// Seals with the first of `keys`, opens with all.
    ///
    /// # Errors
    /// [`SealError::NotSealed`] if there is no key.
    pub fn new(keys: &[MasterKey], random: Arc<dyn RandomSource>, ttls: TicketTtls) -> Result<Self, SealError> {
        Ok(Self { sealer: Sealer::new(keys, "vault: tickets")?, random, ttls })
    }

    fn seal(
        &self,
        ticket: &Ticket,
        purpose: TicketPurpose,
        handle: &Secret,
        expires_at: Timestamp,
    ) -> Result<Vec<u8>, SealError> {
        let head = Head { profile: ticket.profile.clone(), flow: ticket.flow, expires_at };
        let head = serde_json::to_vec(&head).map_err(|_| SealError::NotSealed)?;
        let tokens = ticket.tokens.to_plaintext();
        let plaintext = Zeroizing::new([head.as_slice(), b"\n", tokens.as_slice()].concat());
        self.sealer.seal(&plaintext, &[purpose.name(), handle.expose()], self.random.as_ref())
    }

    fn open(
        &self,
        sealed: &[u8],
        purpose: TicketPurpose,
        handle: &Secret,
        now: Timestamp,
    ) -> Result<Option<Ticket>, SealError> {
        let plaintext = self.sealer.open(sealed, &[purpose.name(), handle.expose()])?;
        let mut lines = plaintext.splitn(2, |byte| *byte == b'\n');
        let (head, tokens) = lines.next().zip(lines.next()).ok_or(SealError::Broken)?;
        let Head { profile, flow, expires_at } = serde_json::from_slice(head).map_err(|_| SealError::Broken)?;
        let tokens = ProviderTokens::from_plaintext(tokens).ok_or(SealError::Broken)?;
        // The row has the same time; a row with another one cannot extend it.
        Ok((now < expires_at).then_some(Ticket { profile, tokens, flow }))
    }
}

fn handle_hash(purpose: TicketPurpose, handle: &Secret) -> [u8; 32] {
    sha256(&format!("ticket {} {}", purpose.name(), handle.expose()))
}

/// Stores a ticket. Returns its handle.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Secret, VaultError>")]
pub struct StoreTicket {
    /// The ticket.
    pub ticket: Ticket,
    /// Its purpose.
    pub purpose: TicketPurpose,
}

impl Handler<StoreTicket> for TokenVault {
    type Result = ResponseFuture<Result<Secret, VaultError>>;

    fn handle(&mut self, request: StoreTicket, _: &mut Context<Self>) -> Self::Result {
        let state = self.state();
        Box::pin(async move {
            let StoreTicket { ticket, purpose } = request;
            let handle = Secret::new(state.tickets.random.text::<32>());
            let expires_at = state.clock.now().plus(state.tickets.ttls.of(purpose));
            let sealed = state.tickets.seal(&ticket, purpose, &handle, expires_at)?;
            let new = tickets::NewTicket { handle_hash: handle_hash(purpose, &handle), sealed, expires_at };
            tickets::add(&state.store, new).await?;
            state.metrics.tickets.count(TicketEvent::Stored);
            Ok(handle)
        })
    }
}

/// Takes a ticket. `None` if it is unknown for this purpose, taken or expired.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Option<Ticket>, VaultError>")]
pub struct TakeTicket {
    /// Its handle.
    pub handle: Secret,
    /// The purpose that it must have.
    pub purpose: TicketPurpose,
}

impl Handler<TakeTicket> for TokenVault {
    type Result = ResponseFuture<Result<Option<Ticket>, VaultError>>;

    fn handle(&mut self, request: TakeTicket, _: &mut Context<Self>) -> Self::Result {
        let state = self.state();
        Box::pin(async move {
            let TakeTicket { handle, purpose } = request;
            let now = state.clock.now();
            match tickets::take(&state.store, handle_hash(purpose, &handle), now).await? {
                Some(sealed) => {
                    state.metrics.tickets.count(TicketEvent::Taken);
                    Ok(state.tickets.open(&sealed, purpose, &handle, now)?)
                }
                None => Ok(None),
            }
        })
    }
}

/// Opens a ticket to redeem it. It stays: the transaction that uses it takes it by its hash, so that a failure leaves it
/// usable. `None`: there is none of this purpose, or no more.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Option<OpenedTicket>, VaultError>")]
pub struct OpenTicket {
    /// Its handle.
    pub handle: Secret,
    /// The purpose that it must have.
    pub purpose: TicketPurpose,
}

/// A ticket that can be redeemed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedTicket {
    /// The ticket.
    pub ticket: Ticket,
    /// What its row is found by.
    pub handle_hash: [u8; 32],
}

impl Handler<OpenTicket> for TokenVault {
    type Result = ResponseFuture<Result<Option<OpenedTicket>, VaultError>>;

    fn handle(&mut self, request: OpenTicket, _: &mut Context<Self>) -> Self::Result {
        let state = self.state();
        Box::pin(async move {
            let OpenTicket { handle, purpose } = request;
            let (now, handle_hash) = (state.clock.now(), handle_hash(purpose, &handle));
            let Some(sealed) = tickets::peek(&state.store, handle_hash, now).await? else { return Ok(None) };
            let ticket = state.tickets.open(&sealed, purpose, &handle, now)?;
            Ok(ticket.map(|ticket| OpenedTicket { ticket, handle_hash }))
        })
    }
}

/// Reads the profile of a ticket and leaves it in place.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Option<ExternalProfile>, VaultError>")]
pub struct PeekTicket {
    /// Its handle.
    pub handle: Secret,
    /// The purpose that it must have.
    pub purpose: TicketPurpose,
}

impl Handler<PeekTicket> for TokenVault {
    type Result = ResponseFuture<Result<Option<ExternalProfile>, VaultError>>;

    fn handle(&mut self, request: PeekTicket, _: &mut Context<Self>) -> Self::Result {
        let state = self.state();
        Box::pin(async move {
            let PeekTicket { handle, purpose } = request;
            let now = state.clock.now();
            match tickets::peek(&state.store, handle_hash(purpose, &handle), now).await? {
                Some(sealed) => Ok(state.tickets.open(&sealed, purpose, &handle, now)?.map(|ticket| ticket.profile)),
                None => Ok(None),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::claims::Claims;
    use crate::domain::profile::{EmailClaim, EmailTrust};
    use crate::domain::random::OsRandom;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn tickets() -> Tickets {
        let ttls = TicketTtls {
            sign_in: Duration::from_secs(60),
            sign_up: Duration::from_secs(360),
            link: Duration::from_secs(300),
        };
        Tickets::new(&[MasterKey::new("k", [1; 32])], Arc::new(OsRandom), ttls).expect("a key")
    }

    fn ticket() -> Ticket {
        let profile = ExternalProfile {
            provider: "google".parse().expect("a name"),
            subject: "104".to_owned(),
            email: Some(EmailClaim { email: "mira@example.org".to_owned(), trust: EmailTrust::Verified }),
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
            scopes: vec!["openid".to_owned()],
        };
        Ticket { profile, tokens, flow: FlowTag::of("state") }
    }

    #[test]
    fn ticket_opens_for_its_purpose_and_handle_until_it_expires() {
        let (tickets, handle) = (tickets(), Secret::new("h"));
        let expires_at = NOW.plus(tickets.ttls.of(TicketPurpose::SignIn));
        let sealed = tickets.seal(&ticket(), TicketPurpose::SignIn, &handle, expires_at).expect("sealed");
        assert_eq!(tickets.open(&sealed, TicketPurpose::SignIn, &handle, NOW), Ok(Some(ticket())));
        assert_eq!(tickets.open(&sealed, TicketPurpose::SignIn, &handle, expires_at), Ok(None));
        assert_eq!(tickets.open(&sealed, TicketPurpose::SignUp, &handle, NOW), Err(SealError::Broken));
        assert_eq!(tickets.open(&sealed, TicketPurpose::SignIn, &Secret::new("i"), NOW), Err(SealError::Broken));
        assert_ne!(handle_hash(TicketPurpose::SignIn, &handle), handle_hash(TicketPurpose::SignUp, &handle));
        let text = String::from_utf8_lossy(&sealed).into_owned();
        assert!(!text.contains("mira") && !text.contains("the-access-token"));
    }
}

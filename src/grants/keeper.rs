//! The actor `GrantKeeper`, one per worker. It has no state but what is under way: the rows are in the database.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Context, Handler, ResponseFuture};
use tokio::time::{sleep, timeout};

use super::messages::{GetToken, GrantError, HandedOut, Maintain};
use super::refresh::Attempt;
use super::shared_tasks::{Ended, SharedTasks};
use super::statements::{ClaimGrants, CompleteGrants, FindGrants};
use super::verdict::{Verdict, verdict};
use crate::actor::batch::Batcher;
use crate::domain::clock::Clock;
use crate::domain::custody::Custody;
use crate::domain::id::ProviderName;
use crate::domain::log;
use crate::domain::random::RandomSource;
use crate::events::Events;
use crate::metrics::{BatchKind, GrantEvent, Metrics};
use crate::oauth::http::HttpClient;
use crate::provider::Provider;
use crate::provider::providers::Providers;
use crate::settings::Grants as GrantSettings;
use crate::store::grants::{Grant, GrantOwner};
use crate::store::{Store, StoreError};
use crate::vault::grant_cipher::GrantCipher;

/// How long a caller waits for a refresh. The refresh itself goes on.
const PATIENCE: Duration = Duration::from_secs(8);

/// The first pause before the row of a refresh on another node is read again; each further one is half as long again.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// The longest pause.
const MAX_PAUSE: Duration = Duration::from_millis(250);

/// What the keeper needs.
#[derive(Clone)]
pub struct GrantParts {
    /// The database.
    pub store: Store,
    /// Seals and opens the tokens.
    pub cipher: GrantCipher,
    /// The configured providers.
    pub providers: Providers,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn RandomSource>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Who is told what happened.
    pub events: Events,
    /// How grants are refreshed.
    pub settings: GrantSettings,
    /// The public URL, for the few providers that want the redirect URI in a refresh.
    pub public_base: Arc<str>,
}

impl std::fmt::Debug for GrantParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GrantParts").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// What the actor's tasks share.
pub(super) struct Keeper {
    pub(super) parts: GrantParts,
    find: Batcher<FindGrants>,
    pub(super) claim: Batcher<ClaimGrants>,
    pub(super) complete: Batcher<CompleteGrants>,
    pub(super) tasks: SharedTasks,
    pub(super) clients: RefCell<HashMap<ProviderName, HttpClient>>,
    /// How many refreshes ahead of expiry are under way, by provider.
    pub(super) ahead: RefCell<HashMap<ProviderName, usize>>,
}

/// The actor.
pub struct GrantKeeper(Rc<Keeper>);

impl std::fmt::Debug for GrantKeeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GrantKeeper").field("tasks", &self.0.tasks.len()).finish_non_exhaustive()
    }
}

impl GrantKeeper {
    /// Creates the actor.
    #[must_use]
    pub fn new(parts: GrantParts) -> Self {
        let GrantParts { store, clock, random, metrics, .. } = &parts;
        let lease = parts.settings.lease();
        let (size, store) = (store.max_batch(), store.clone());
        let claims = ClaimGrants { store: store.clone(), clock: Arc::clone(clock), lease };
        let completions = CompleteGrants { store: store.clone(), clock: Arc::clone(clock), random: Arc::clone(random) };
        Self(Rc::new(Keeper {
            find: Batcher::new(FindGrants(store), size, metrics.batches(BatchKind::FindGrants)),
            claim: Batcher::new(claims, size, metrics.batches(BatchKind::ClaimGrants)),
            complete: Batcher::new(completions, size, metrics.batches(BatchKind::CompleteGrants)),
            tasks: SharedTasks::default(),
            clients: RefCell::default(),
            ahead: RefCell::default(),
            parts,
        }))
    }
}

impl Actor for GrantKeeper {
    type Context = Context<Self>;
}

impl Handler<GetToken> for GrantKeeper {
    type Result = ResponseFuture<Result<HandedOut, GrantError>>;

    fn handle(&mut self, request: GetToken, _: &mut Self::Context) -> Self::Result {
        let keeper = Rc::clone(&self.0);
        Box::pin(async move {
            let unavailable = || Err(GrantError::ProviderUnavailable { retry_after: 1 });
            let answer = timeout(PATIENCE, keeper.get_token(&request)).await.unwrap_or_else(|_| unavailable());
            if answer.is_ok() {
                keeper.parts.metrics.grants.count(GrantEvent::HandedOut);
            }
            answer
        })
    }
}

impl Handler<Maintain> for GrantKeeper {
    type Result = ResponseFuture<Result<(), StoreError>>;

    fn handle(&mut self, _: Maintain, _: &mut Self::Context) -> Self::Result {
        let keeper = Rc::clone(&self.0);
        Box::pin(async move { keeper.maintain().await })
    }
}

impl Keeper {
    async fn get_token(self: &Rc<Self>, request: &GetToken) -> Result<HandedOut, GrantError> {
        let provider = self.parts.providers.get(&request.provider).ok_or(GrantError::UnknownProvider)?;
        if provider.custody != Custody::Managed {
            return Err(GrantError::NotManaged);
        }
        loop {
            let grant = self.find(request).await?.ok_or(GrantError::NoGrant)?;
            let union = || union(&grant.scopes, &request.scopes);
            let verdict = verdict(&grant, provider.rotation, request.min_validity, self.parts.clock.now());
            let missing: Vec<_> =
                request.scopes.iter().filter(|scope| !grant.scopes.contains(scope)).cloned().collect();
            if verdict != Verdict::Reauthorize && !missing.is_empty() {
                provider.further_scopes(missing)?;
                return Err(GrantError::MissingScopes { scopes: union() });
            }
            let ended = match verdict {
                Verdict::HandOut => return self.hand_out(request, grant),
                Verdict::Reauthorize => return Err(GrantError::NeedsReauthorization { scopes: union() }),
                Verdict::PutOff(at) => return Err(unavailable(at.since(self.parts.clock.now()))),
                Verdict::Lose(loss) => {
                    self.lose((&grant).into(), loss, "no answer to the last refresh").await?;
                    continue;
                }
                Verdict::Refresh => self.start(provider, grant, Attempt::First),
                Verdict::RefreshAgain => self.start(provider, grant, Attempt::Further),
                Verdict::Wait => {
                    let keeper = Rc::clone(self);
                    self.tasks.join(grant.id, || keeper.wait(grant, request.provider.clone()))
                }
            };
            match ended.await {
                // After a panic the row tells, too.
                Ok(Ended::ReadAgain) | Err(_) => {}
                Ok(Ended::Unavailable(retry_after)) => return Err(GrantError::ProviderUnavailable { retry_after }),
            }
        }
    }

    /// The grant that a request is about.
    async fn find(&self, request: &GetToken) -> Result<Option<Grant>, GrantError> {
        let key = (request.access.user_id(), request.provider.clone());
        let mut grants = self.find.carry_out(key).await.map_err(StoreError::from)??.into_iter();
        Ok(match &request.account {
            Some(account) => grants.find(|grant| grant.subject == *account),
            None => grants.next(),
        })
    }

    /// Begins a refresh, or joins the one that is under way.
    pub(super) fn start(
        self: &Rc<Self>,
        provider: &Arc<Provider>,
        grant: Grant,
        attempt: Attempt,
    ) -> tokio::sync::oneshot::Receiver<Ended> {
        let (keeper, provider) = (Rc::clone(self), Arc::clone(provider));
        self.tasks.join(grant.id, || keeper.refresh(provider, grant, attempt))
    }

    /// Reads the row until the refresh on another worker or node is over.
    async fn wait(self: Rc<Self>, grant: Grant, provider: ProviderName) -> Ended {
        let mut pause = FIRST_PAUSE;
        loop {
            sleep(pause).await;
            pause = (pause * 3 / 2).min(MAX_PAUSE);
            let Ok(Ok(found)) = self.find.carry_out((grant.user_id, provider.clone())).await else {
                return Ended::Unavailable(1);
            };
            let is_over = |now: &Grant| {
                now.fence != grant.fence
                    || now.state != grant.state
                    || now.lease_until.is_none_or(|until| until <= self.parts.clock.now())
            };
            if found.iter().find(|found| found.id == grant.id).is_none_or(is_over) {
                return Ended::ReadAgain;
            }
        }
    }

    fn hand_out(&self, request: &GetToken, grant: Grant) -> Result<HandedOut, GrantError> {
        let Grant { user_id, subject, scopes, sealed, .. } = grant;
        let owner = GrantOwner { user_id, provider: request.provider.clone(), subject };
        let tokens = self.parts.cipher.open(&owner, &sealed).inspect_err(|error| {
            log::error!(provider:% = owner.provider; "the tokens of a grant do not open: {error}");
        })?;
        let now = self.parts.clock.now();
        Ok(HandedOut {
            access_token: tokens.access_token,
            expires_at: tokens.expires_at,
            expires_in: tokens.expires_at.map(|at| at.since(now).as_secs()),
            scopes,
            account: owner.subject,
        })
    }
}

fn unavailable(time: Duration) -> GrantError {
    GrantError::ProviderUnavailable {
        retry_after: time.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX).max(1),
    }
}

/// What was granted and what is wanted.
fn union(granted: &[String], wanted: &[String]) -> Vec<String> {
    let further = wanted.iter().filter(|scope| !granted.contains(scope));
    granted.iter().chain(further).cloned().collect()
}

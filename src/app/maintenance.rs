//! Periodic maintenance: deletes expired rows, revokes provider tokens that are due, and after a start or a reload rekeys
//! the vault. Runs in one worker of the process; failures are retried in the next round.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::worker::Worker;
use crate::actor::handle::ActorHandle;
use crate::domain::clock::Clock;
use crate::domain::event::{Event, SessionEnd};
use crate::events::Events;
use crate::metrics::{Metrics, SessionEvent, TicketEvent, VaultEvent};
use crate::store::retention::{self, Ended};
use crate::store::{Store, StoreError, revocations, webhook_messages};
use crate::vault::rekey::{Rekey, RekeyGrants};
use crate::vault::vault::TokenVault;

/// Time between two rounds.
const INTERVAL: Duration = Duration::from_secs(60);

/// Runs until the process ends.
pub(super) async fn run(clock: Arc<dyn Clock>, store: Store, worker: Rc<Worker>, metrics: Arc<Metrics>) {
    let mut ticks = tokio::time::interval(INTERVAL);
    let mut rekeyed_version = None;
    loop {
        ticks.tick().await;
        let generation = worker.generation();
        if let Err(error) = end_expired(clock.as_ref(), &store, &generation.events, &metrics).await {
            log::warn!("ending expired sessions failed; it will be retried: {error}");
        }
        match retention::delete_expired(&store, clock.now(), generation.settings.audit.retention).await {
            Ok(deleted) => {
                log::debug!(rows = deleted.rows; "expired rows deleted");
                metrics.sessions.add(SessionEvent::Expired, deleted.sessions);
                metrics.vault.add(VaultEvent::Expired, deleted.vault_entries);
                metrics.tickets.add(TicketEvent::Expired, deleted.tickets);
                if deleted.unrevoked > 0 {
                    log::warn!(tokens = deleted.unrevoked; "tokens could not be revoked in time and were deleted");
                }
            }
            Err(error) => log::warn!("deleting expired rows failed; it will be retried: {error}"),
        }
        // Keys change only then.
        let version = Some(generation.version());
        if rekeyed_version != version && rekey(&generation.http.vault).await {
            rekeyed_version = version;
        }
        match generation.http.sign_ins.revoke_due().await {
            Ok(revoked) => log::debug!(revoked; "tokens revoked"),
            Err(error) => log::warn!("revoking tokens failed; it will be retried: {error}"),
        }
        match revocations::count(&store).await {
            Ok(pending) => drop(metrics.database.pending_revocations.set(i64::try_from(pending).unwrap_or(i64::MAX))),
            Err(error) => log::debug!("pending revocations were not counted: {error}"),
        }
        match webhook_messages::count_pending(&store).await {
            Ok(pending) => drop(metrics.webhooks_pending.set(i64::try_from(pending).unwrap_or(i64::MAX))),
            Err(error) => log::debug!("pending messages of webhooks were not counted: {error}"),
        }
    }
}

/// Deletes what has expired and others are told of, before the rest is deleted by the thousand.
async fn end_expired(clock: &dyn Clock, store: &Store, events: &Events, metrics: &Metrics) -> Result<(), StoreError> {
    while events.is_on() {
        let at = clock.now();
        let Some((ended, transaction)) = retention::take_expired(store, at).await? else { break };
        let (mut sessions, mut tokens) = (0, 0);
        let event = |ended| match ended {
            Ended::Session(user_id, session_id) => {
                sessions += 1;
                Event::SessionEnded { at, user_id, session_id, reason: SessionEnd::Expired }
            }
            Ended::Tokens(user_id, provider) => {
                tokens += 1;
                Event::TokensLost { at, user_id, provider }
            }
        };
        let told: Vec<_> = ended.into_iter().map(event).collect();
        events.commit(transaction, &told).await?;
        if told.is_empty() {
            // Others hold what has expired.
            break;
        }
        metrics.sessions.add(SessionEvent::Expired, sessions);
        metrics.vault.add(VaultEvent::Expired, tokens);
    }
    Ok(())
}

/// Rekeys rows that are sealed under an old key; `false` to retry.
async fn rekey(vault: &ActorHandle<TokenVault>) -> bool {
    let rekeyed = async {
        let mut after = None;
        loop {
            after = vault
                .send(Rekey { after })
                .await
                .map_err(|error| error.to_string())?
                .map_err(|error| error.to_string())?;
            if after.is_none() {
                break;
            }
        }
        let mut after = None;
        loop {
            let next = vault.send(RekeyGrants { after }).await.map_err(|error| error.to_string())?;
            after = next.map_err(|error| error.to_string())?;
            if after.is_none() {
                return Ok::<_, String>(());
            }
        }
    };
    let rekeyed = rekeyed.await;
    if let Err(error) = &rekeyed {
        log::warn!("rekeying the vault failed; it will be retried: {error}");
    }
    rekeyed.is_ok()
}

//! Periodic maintenance: deletes expired rows, revokes provider tokens that are due, and once per start rekeys the
//! vault. Runs in one worker of the process; failures are retried in the next round.

use std::sync::Arc;
use std::time::Duration;

use crate::actor::handle::ActorHandle;
use crate::domain::clock::Clock;
use crate::flow::service::SignInService;
use crate::store::{Store, used_flows};
use crate::user::messages::Sweep as SweepUsers;
use crate::user::repo::UserRepo;
use crate::vault::rekey::Rekey;
use crate::vault::vault::{Sweep as SweepVault, TokenVault};

/// Time between two rounds.
const INTERVAL: Duration = Duration::from_secs(60);

/// Runs until the process ends.
pub(super) async fn run(
    clock: Arc<dyn Clock>,
    store: Store,
    users: ActorHandle<UserRepo>,
    vault: ActorHandle<TokenVault>,
    sign_ins: SignInService,
) {
    let mut ticks = tokio::time::interval(INTERVAL);
    let mut is_rekeyed = false;
    loop {
        ticks.tick().await;
        let used_flows = used_flows::delete_expired(&store, clock.now()).await;
        let users_result = users.send(SweepUsers).await;
        let tokens = vault.send(SweepVault).await;
        is_rekeyed = is_rekeyed || rekey(&vault).await;
        let revoked = sign_ins.revoke_due().await;
        match (used_flows, users_result, tokens, revoked) {
            (Ok(used_flows), Ok(Ok(users)), Ok(Ok(tokens)), Ok(revoked)) => {
                log::debug!(used_flows, users, tokens, revoked; "expired rows deleted");
            }
            _ => log::warn!("maintenance failed; it will be retried"),
        }
    }
}

/// Rekeys rows that are sealed under an old key. Once per start, because keys change only then; `false` to retry.
async fn rekey(vault: &ActorHandle<TokenVault>) -> bool {
    let mut after = None;
    loop {
        let error = match vault.send(Rekey { after }).await {
            Ok(Ok(None)) => return true,
            Ok(Ok(next)) => {
                after = next;
                continue;
            }
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        log::warn!("rekeying the vault failed; it will be retried: {error}");
        return false;
    }
}

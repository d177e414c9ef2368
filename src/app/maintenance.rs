//! One worker of the process throws away what is over, gives back what is due, and after a start seals anew what is
//! under an old key. What fails is tried again at the next turn.

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

/// How often.
const INTERVAL: Duration = Duration::from_secs(60);

/// Sweeps for as long as the thread lives.
pub(super) async fn run(
    clock: Arc<dyn Clock>,
    store: Store,
    users: ActorHandle<UserRepo>,
    vault: ActorHandle<TokenVault>,
    sign_ins: SignInService,
) {
    let mut turns = tokio::time::interval(INTERVAL);
    let mut is_resealed = false;
    loop {
        turns.tick().await;
        let claims = used_flows::delete_expired(&store, clock.now()).await;
        let people = users.send(SweepUsers).await;
        let tokens = vault.send(SweepVault).await;
        is_resealed = is_resealed || reseal(&vault).await;
        let revoked = sign_ins.revoke_due().await;
        match (claims, people, tokens, revoked) {
            (Ok(claims), Ok(Ok(people)), Ok(Ok(tokens)), Ok(revoked)) => {
                log::debug!(claims, people, tokens, revoked; "swept what is over");
            }
            _ => log::warn!("what is over could not be swept; it will be tried again"),
        }
    }
}

/// Once for each start, because that is when keys change. `false`: not to the end, so that it begins again.
async fn reseal(vault: &ActorHandle<TokenVault>) -> bool {
    let mut after = None;
    loop {
        let why = match vault.send(Rekey { after }).await {
            Ok(Ok(None)) => return true,
            Ok(Ok(next)) => {
                after = next;
                continue;
            }
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        log::warn!("the vault was not sealed anew to its end: {why}");
        return false;
    }
}

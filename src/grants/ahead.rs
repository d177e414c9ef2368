//! What is done for grants that nobody asks for: leases that are over are ended, and tokens refreshed before they expire.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::keeper::Keeper;
use super::refresh::Attempt;
use super::verdict::{Verdict, verdict};
use crate::domain::custody::Custody;
use crate::domain::id::ProviderName;
use crate::provider::Provider;
use crate::store::StoreError;
use crate::store::grants::{Grant, lease};

/// How many leases that are over one round ends at most.
const MAX_ENDED: u64 = 500;

impl Keeper {
    pub(super) async fn maintain(self: Rc<Self>) -> Result<(), StoreError> {
        self.end_leases().await?;
        if self.parts.settings.refresh_ahead.is_some() {
            self.refresh_ahead().await?;
        }
        Ok(())
    }

    /// Ends the refreshes of nodes that have stopped, as a caller would who reads the row.
    async fn end_leases(self: &Rc<Self>) -> Result<(), StoreError> {
        let now = self.parts.clock.now();
        for grant in lease::expired(&self.parts.store, now, MAX_ENDED).await? {
            let name: Option<ProviderName> = grant.provider.parse().ok();
            let Some(provider) = name.and_then(|name| self.parts.providers.get(&name)) else { continue };
            match verdict(&grant, provider.rotation, Duration::ZERO, now) {
                Verdict::Lose(loss) => self.lose((&grant).into(), loss, "no answer to the last refresh").await?,
                Verdict::RefreshAgain => drop(self.start(provider, grant, Attempt::Further)),
                _ => {}
            }
        }
        Ok(())
    }

    async fn refresh_ahead(self: &Rc<Self>) -> Result<(), StoreError> {
        let managed = self.parts.providers.iter().filter(|provider| provider.custody == Custody::Managed);
        for provider in managed {
            let under_way = self.ahead.borrow().get(&provider.name).copied().unwrap_or_default();
            let room = self.parts.settings.max_refreshes_ahead.saturating_sub(under_way);
            if room == 0 || !self.parts.providers.is_available(&provider.name) {
                continue;
            }
            let now = self.parts.clock.now();
            let due = lease::due(&self.parts.store, provider.name.as_str(), now, room as u64).await?;
            for grant in due {
                self.begin_ahead(provider, grant);
            }
        }
        Ok(())
    }

    fn begin_ahead(self: &Rc<Self>, provider: &Arc<Provider>, grant: Grant) {
        let name = provider.name.clone();
        *self.ahead.borrow_mut().entry(name.clone()).or_default() += 1;
        let (keeper, ended) = (Rc::clone(self), self.start(provider, grant, Attempt::First));
        actix::spawn(async move {
            drop(ended.await);
            if let Some(under_way) = keeper.ahead.borrow_mut().get_mut(&name) {
                *under_way = under_way.saturating_sub(1);
            }
        });
    }
}

//! How much may be under way at once: in all, and with each provider, so that one that hangs does not stop the others.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::id::ProviderName;

/// The part of all permits that one provider can hold.
const SHARE: usize = 4;

/// Counts what one worker has under way; clones count together.
#[derive(Clone, Debug)]
pub(super) struct Admission {
    total: Arc<Semaphore>,
    per_provider: usize,
    providers: Rc<RefCell<HashMap<ProviderName, Arc<Semaphore>>>>,
}

/// The right to be under way, until it is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    _total: OwnedSemaphorePermit,
    _provider: OwnedSemaphorePermit,
}

impl Admission {
    /// At most `max` in all, and a quarter of them with one provider.
    pub(super) fn new(max: usize) -> Self {
        let max = max.min(Semaphore::MAX_PERMITS);
        Self { total: Arc::new(Semaphore::new(max)), per_provider: (max / SHARE).max(1), providers: Rc::default() }
    }

    /// A permit for a call to this provider, which must be configured; `None` if there are too many.
    pub(super) fn admit(&self, provider: &ProviderName) -> Option<Permit> {
        let mut providers = self.providers.borrow_mut();
        let of_provider = match providers.get(provider) {
            Some(known) => known,
            None => providers.entry(provider.clone()).or_insert_with(|| Arc::new(Semaphore::new(self.per_provider))),
        };
        let provider = Arc::clone(of_provider).try_acquire_owned().ok()?;
        let total = Arc::clone(&self.total).try_acquire_owned().ok()?;
        Some(Permit { _total: total, _provider: provider })
    }

    /// Whether [`Self::admit`] would give a permit now.
    pub(super) fn has_room(&self, provider: &ProviderName) -> bool {
        let providers = self.providers.borrow();
        let is_full = providers.get(provider).is_some_and(|of_provider| of_provider.available_permits() == 0);
        !is_full && self.total.available_permits() > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_provider_leaves_room_for_the_others_up_to_the_total() {
        let [slow, github, google] = ["slow", "github", "google"].map(|name| name.parse().expect("a name"));
        let admission = Admission::new(8);
        let held: Vec<_> = (0..3).map(|_| admission.clone().admit(&slow)).collect();
        assert_eq!(held.iter().filter(|permit| permit.is_some()).count(), 2);
        assert!(admission.admit(&github).is_some());
        drop(held);
        assert!(admission.admit(&slow).is_some());

        let one = Admission::new(1);
        let held = one.admit(&github);
        assert!(held.is_some() && one.admit(&google).is_none());
        drop(held);
        assert!(one.admit(&google).is_some());
    }

    #[test]
    fn full_provider_has_no_room_until_a_permit_returns() {
        let [slow, github] = ["slow", "github"].map(|name| name.parse().expect("a name"));
        let admission = Admission::new(4);
        assert!(admission.has_room(&slow));
        let held = admission.admit(&slow);
        assert!(held.is_some() && !admission.has_room(&slow) && admission.has_room(&github));
        drop(held);
        assert!(admission.has_room(&slow));

        let one = Admission::new(1);
        let held = one.admit(&github);
        assert!(held.is_some() && !one.has_room(&slow), "the total is spent");
    }
}

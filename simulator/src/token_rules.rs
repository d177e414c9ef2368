//! How a provider issues tokens, if not as the real one does; and a ledger of what became of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Simulator;
use super::failure::Failure;
use super::provider::SimulatedProvider;

/// How a provider issues tokens. A failure may be active at the same time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokenRules {
    /// How long access tokens are valid, in seconds; `None`: as at the real provider.
    pub expires_in: Option<u32>,
    /// Every refresh replaces the refresh token, and a replaced one that comes again revokes the whole grant.
    pub revoke_on_reuse: bool,
    /// For how many milliseconds the token endpoint holds each answer back, after it has done what the request asks for.
    pub hold_answers_ms: u32,
}

/// What became of one grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GrantRecord {
    /// The id that all its tokens share.
    pub id: String,
    /// Who granted it.
    pub person: String,
    /// How often it was refreshed with success.
    pub refreshes: u64,
    /// How often a replaced refresh token was presented.
    pub reused: u64,
    /// Whether it is revoked, by a request or because of reuse.
    pub revoked: bool,
}

/// A provider with rules. Grants are recorded only there, because a demo would run out of memory in the end.
#[derive(Debug, Default)]
struct Ruled {
    rules: TokenRules,
    grants: BTreeMap<String, GrantRecord>,
}

#[derive(Debug, Default)]
pub(super) struct RuledProviders(Mutex<HashMap<SimulatedProvider, Ruled>>);

impl RuledProviders {
    fn all(&self) -> MutexGuard<'_, HashMap<SimulatedProvider, Ruled>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn clear(&self) {
        self.all().clear();
    }
}

impl Simulator {
    /// Makes a provider issue tokens by these rules, and begins a ledger of its grants.
    pub fn set_token_rules(&self, provider: SimulatedProvider, rules: TokenRules) {
        self.0.ruled.all().entry(provider).or_default().rules = rules;
    }

    /// Makes a provider issue tokens as the real one does, and forgets its ledger.
    pub fn clear_token_rules(&self, provider: SimulatedProvider) {
        self.0.ruled.all().remove(&provider);
    }

    /// The rules of a provider.
    #[must_use]
    pub fn token_rules(&self, provider: SimulatedProvider) -> Option<TokenRules> {
        self.0.ruled.all().get(&provider).map(|ruled| ruled.rules)
    }

    /// The grants that a provider with [`TokenRules`] gave or refreshed, by id.
    #[must_use]
    pub fn grants(&self, provider: SimulatedProvider) -> Vec<GrantRecord> {
        let all = self.0.ruled.all();
        let records = all.get(&provider).into_iter().flat_map(|ruled| ruled.grants.values());
        records
            .map(|record| GrantRecord { revoked: self.0.revoked_grants.contains(&record.id), ..record.clone() })
            .collect()
    }

    /// How long access tokens are valid, in seconds; `None` until they are revoked.
    pub(super) fn access_token_seconds(&self, provider: SimulatedProvider) -> Option<i64> {
        let ruled = self.token_rules(provider).and_then(|rules| rules.expires_in).map(i64::from);
        ruled.or(provider.traits().access_token_seconds)
    }

    pub(super) fn revokes_on_reuse(&self, provider: SimulatedProvider) -> bool {
        let is_ruled = self.token_rules(provider).is_some_and(|rules| rules.revoke_on_reuse);
        is_ruled || self.0.faults.has(provider, Failure::ReuseDetection)
    }

    /// How long the token endpoint holds its answers back.
    pub(super) fn answer_delay(&self, provider: SimulatedProvider) -> Option<Duration> {
        let delay = self.token_rules(provider)?.hold_answers_ms;
        (delay > 0).then(|| Duration::from_millis(u64::from(delay)))
    }

    /// Enters something that happened to a grant.
    pub(super) fn record_grant(
        &self,
        provider: SimulatedProvider,
        id: &str,
        person: &str,
        enter: impl FnOnce(&mut GrantRecord),
    ) {
        if let Some(ruled) = self.0.ruled.all().get_mut(&provider) {
            let record = ruled.grants.entry(id.to_owned()).or_insert_with(|| GrantRecord {
                id: id.to_owned(),
                person: person.to_owned(),
                refreshes: 0,
                reused: 0,
                revoked: false,
            });
            enter(record);
        }
    }
}

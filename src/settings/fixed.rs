//! Settings that a reload cannot change: what listens, what is mounted, where the data is, and what has a fixed size.

use super::Settings;

/// From these others are derived, so that nothing can be reloaded when they change.
const BASIC: [&str; 2] = ["mode", "server.public_url"];

macro_rules! fixed {
    ($($key:literal: $($field:ident).+,)+) => {
        /// The keys of the fixed settings.
        #[cfg(test)]
        pub(super) const KEYS: &[&str] = &[$($key),+];

        impl Settings {
            /// The keys of fixed settings that differ in `other`.
            #[must_use]
            pub fn changed_fixed_keys(&self, other: &Self) -> Vec<&'static str> {
                let all = [$(($key, self.$($field).+ != other.$($field).+)),+];
                all.into_iter().filter(|(_, has_changed)| *has_changed).map(|(key, _)| key).collect()
            }

            /// These settings with the fixed ones of `other`.
            #[must_use]
            pub fn with_fixed_of(mut self, other: &Self) -> Self {
                $(Clone::clone_from(&mut self.$($field).+, &other.$($field).+);)+
                self
            }
        }
    };
}

fixed! {
    "mode": mode,
    "server.bind": server.bind,
    "server.public_url": server.public_url,
    "server.workers": server.workers,
    "server.trusted_proxies": server.trusted_proxies,
    "server.max_in_flight": server.max_in_flight,
    "server.max_connections": server.max_connections,
    "server.body_timeout": server.body_timeout,
    "server.shutdown_timeout": server.shutdown_timeout,
    "server.shutdown_delay": server.shutdown_delay,
    "metrics.bind": metrics.bind,
    "database.url": database.url,
    "database.max_connections": database.max_connections,
    "database.max_batch": database.max_batch,
    "database.schema": database.schema,
    "database.sqlite_synchronous": database.sqlite_synchronous,
    "nhost.paths": nhost.paths,
    "nhost.conceal_errors": nhost.conceal_errors,
    "aufy.enabled": aufy.enabled,
    "aufy.auth_path": aufy.auth_path,
    "aufy.account_path": aufy.account_path,
    "aufy.same_site": aufy.same_site,
    "flow.ttl": flow.ttl,
    "flow.max_active": flow.max_active,
    "flow.records": flow.records,
    "flow.record_ttl": flow.record_ttl,
    "development.directory": development.directory,
    "development.simulator": development.simulator,
}

impl Settings {
    /// Whether others are derived from the setting with this key.
    #[must_use]
    pub(crate) fn is_basic(key: &str) -> bool {
        BASIC.contains(&key)
    }
}

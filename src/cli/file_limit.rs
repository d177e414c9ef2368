//! Fits the number of connections to the process's limit of open files, so that accepting never fails for lack of one.

use log::Level;

use crate::settings::{Mode, Settings};

/// Files that are neither connections nor proportional to a setting: listeners, event queues, logs, key files.
const FIXED_FILES: u64 = 64;

/// `server.max_connections`, or less if the limit of open files is lower. Raises the soft limit if it can.
pub(super) fn max_connections(settings: &Settings) -> usize {
    let wanted = settings.server.max_connections;
    let database_connections = u64::from(settings.database.max_connections);
    let upstream_connections = u64::try_from(settings.server.max_in_flight).unwrap_or(u64::MAX);
    let needed = (wanted as u64)
        .saturating_add(FIXED_FILES)
        .saturating_add(database_connections)
        .saturating_add(upstream_connections);
    let Some(limit) = raise_limit(needed) else { return wanted };
    let available = available(limit, database_connections, upstream_connections);
    if available < wanted {
        // A developer's machine has no such number of clients.
        let level = if settings.mode == Mode::Production { Level::Warn } else { Level::Debug };
        log::log!(
            level,
            "server.max_connections is {available} instead of {wanted}: the limit of open files is {limit}"
        );
    }
    wanted.min(available)
}

/// How many of `limit` files are left for connections. Upstream connections get an eighth at most, because few requests
/// wait for a provider at once when files are scarce.
fn available(limit: u64, database_connections: u64, upstream_connections: u64) -> usize {
    let reserved = FIXED_FILES + database_connections + upstream_connections.min(limit / 8);
    usize::try_from(limit.saturating_sub(reserved).max(limit / 4)).unwrap_or(usize::MAX)
}

#[cfg(unix)]
fn raise_limit(needed: u64) -> Option<u64> {
    rlimit::increase_nofile_limit(needed).ok()
}

#[cfg(not(unix))]
fn raise_limit(_needed: u64) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn available_connections_leave_files_for_the_rest() {
        assert_eq!(available(200, 16, 512), 200 - 64 - 16 - 25);
        assert_eq!(available(1_048_576, 16, 512), 1_048_576 - 64 - 16 - 512);
        assert_eq!(available(64, 16, 512), 16);
    }
}

//! Metrics that are read when they are scraped: what other parts know anyhow.

use super::state::AppState;

/// All metrics as text.
pub(super) fn encode(state: &AppState) -> String {
    let (metrics, health) = (&state.parts.metrics, &state.parts.health);
    metrics.set_health(health.is_ready(), health.is_database_reachable());
    metrics.active_flows.set(i64::try_from(state.active_flows.count()).unwrap_or(i64::MAX));
    state.snapshot().1.published.report_breakers(state.parts.clock.now());
    metrics.encode()
}

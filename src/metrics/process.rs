//! The process itself.

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::registry::{Gauges, labels, register};
use crate::domain::clock::Timestamp;

/// The process itself.
#[derive(Debug)]
pub(super) struct ProcessMetrics {
    pub(super) ready: Gauge,
    resident_memory: Option<Gauge>,
}

impl ProcessMetrics {
    pub(super) fn new(registry: &mut Registry, started_at: Timestamp) -> Self {
        let build = register(registry, "build_info", "Always 1; the version is a label", Gauges::default());
        build.get_or_create(&labels([("version", env!("CARGO_PKG_VERSION"))])).set(1);
        let ready = register(
            registry,
            "ready",
            "1 if this node is ready: the database answers, and the node is not shutting down",
            Gauge::default(),
        );
        // The names that dashboards of any process use.
        let started: Gauge = Gauge::default();
        started.set(started_at.seconds());
        let help = "Start time of the process since the Unix epoch, in seconds";
        registry.register("process_start_time_seconds", help, started);
        let resident_memory = resident_bytes().map(|_| {
            let gauge: Gauge = Gauge::default();
            registry.register(
                "process_resident_memory_bytes",
                "Resident memory of the process, in bytes",
                gauge.clone(),
            );
            gauge
        });
        Self { ready, resident_memory }
    }

    pub(super) fn sample(&self) {
        if let (Some(gauge), Some(bytes)) = (&self.resident_memory, resident_bytes()) {
            gauge.set(bytes);
        }
    }
}

/// `None` where the system does not say.
fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<i64>().ok()?.checked_mul(1024)
}

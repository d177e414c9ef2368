//! Registers metrics with all their label values, so that each series is exported as zero from the start.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

use super::label::{ByLabel, Label};

/// What every name of ours begins with.
const PREFIX: &str = "vouchsafe_";

/// The labels of one series.
pub(super) type Labels = Vec<(&'static str, String)>;

pub(super) type Counters = Family<Labels, Counter>;
pub(super) type Gauges = Family<Labels, Gauge>;
pub(super) type Histograms = Family<Labels, Histogram, fn() -> Histogram>;

/// What is measured in our own process: a request, a statement.
const LOCAL_SECONDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// What travels to a provider and back.
const REMOTE_SECONDS: [f64; 9] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Sizes up to the largest batch that is usual.
const SIZES: [f64; 7] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

pub(super) fn local_seconds() -> Histogram {
    Histogram::new(LOCAL_SECONDS)
}

pub(super) fn remote_seconds() -> Histogram {
    Histogram::new(REMOTE_SECONDS)
}

pub(super) fn sizes() -> Histogram {
    Histogram::new(SIZES)
}

/// The labels of a series.
pub(super) fn labels<const N: usize>(pairs: [(&'static str, &str); N]) -> Labels {
    pairs.map(|(name, value)| (name, value.to_owned())).into()
}

/// Registers a metric or a family of metrics under a name of ours; of a counter, without the suffix `_total`.
pub(super) fn register<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(format!("{PREFIX}{name}"), help, metric.clone());
    metric
}

/// Registers counters, one for each value of a label.
pub(super) fn counters<L: Label>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    label: &'static str,
) -> ByLabel<L, Counter> {
    let family = register(registry, name, help, Counters::default());
    ByLabel::new(|value: L| family.get_or_create_owned(&labels([(label, value.text())])))
}

/// Registers histograms, one for each value of a label.
pub(super) fn histograms<L: Label>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    label: &'static str,
    new: fn() -> Histogram,
) -> ByLabel<L, Histogram> {
    let family = register(registry, name, help, Histograms::new_with_constructor(new));
    ByLabel::new(|value: L| family.get_or_create_owned(&labels([(label, value.text())])))
}

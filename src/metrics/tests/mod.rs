//! Tests of what is exported, and of the files that name it.

mod files;

use std::collections::{BTreeMap, BTreeSet};

use std::time::Duration;

use super::*;

const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// Metrics with one provider and the pools of both databases.
fn metrics() -> (Metrics, Arc<ProviderMetrics>) {
    let metrics = Metrics::new(START);
    for pool in [Pool::Writer, Pool::Readers, Pool::Shared] {
        metrics.database.watch(pool, || PoolSize { open: 3, idle: 1, max: 8 });
    }
    let provider = metrics.provider(&"github".parse().expect("a name"));
    (metrics, provider)
}

/// What is exported, parsed.
#[derive(Debug, Default)]
struct Family {
    help: String,
    kind: String,
    /// Each series with its value, without the buckets of histograms.
    series: BTreeMap<String, f64>,
    /// The values of each label.
    labels: BTreeMap<String, BTreeSet<String>>,
}

/// The families in the order of their registration.
fn parse(text: &str) -> Vec<(String, Family)> {
    let mut families: Vec<(String, Family)> = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').expect("a name and a help");
            families.push((name.to_owned(), Family { help: help.to_owned(), ..Family::default() }));
        } else {
            let (name, family) = families.last_mut().expect("a help comes first");
            match line.strip_prefix("# TYPE ") {
                Some(rest) => {
                    let (_, kind) = rest.split_once(' ').expect("a type");
                    assert!(rest.starts_with(&format!("{name} ")), "{rest}");
                    family.kind = kind.to_owned();
                }
                None => add_series(family, line),
            }
        }
    }
    families
}

fn add_series(family: &mut Family, line: &str) {
    let (series, value) = line.rsplit_once(' ').expect("a value");
    let labels = series.split_once('{').map_or("", |(_, labels)| labels.trim_end_matches('}'));
    for pair in labels.split(',').filter(|pair| !pair.is_empty()) {
        let (label, value) = pair.split_once('=').expect("a label");
        if label != "le" {
            family.labels.entry(label.to_owned()).or_default().insert(value.trim_matches('"').to_owned());
        }
    }
    if !series.contains("_bucket{") {
        family.series.insert(series.to_owned(), value.parse().expect("a number"));
    }
}

/// The value of a series.
fn value(metrics: &Metrics, series: &str) -> f64 {
    let families = parse(&metrics.encode());
    let found = families.iter().find_map(|(_, family)| family.series.get(series));
    *found.unwrap_or_else(|| panic!("no series {series}"))
}

#[test]
fn all_counters_are_exported_as_zero() {
    let (metrics, _) = metrics();
    let families = parse(&metrics.encode());
    let mut count = 0;
    for (name, family) in families.iter().filter(|(_, family)| family.kind != "gauge") {
        assert!(!family.series.is_empty(), "{name} has no series");
        for (series, value) in &family.series {
            assert!(*value == 0.0, "{series} is {value}");
            count += 1;
        }
    }
    assert!(count > 200, "only {count} series");
}

#[test]
fn counted_events_are_exported_with_their_labels() {
    let (metrics, provider) = metrics();
    metrics.http.record(Route::Token, "POST", 401, Duration::from_millis(3));
    metrics.http.record(Route::Token, "PROPFIND", 204, Duration::ZERO);
    provider.sign_ins.of(Dialect::Aufy).count(Outcome::NewUser);
    provider.upstream.record(Endpoint::Token, Duration::from_secs(2), UpstreamError::of_status(503));
    metrics.sessions.add(SessionEvent::Ended, 3);
    metrics.database.record(Operation::Commit, Duration::from_millis(1));
    for (series, expected) in [
        (r#"vouchsafe_http_requests_total{route="token",method="POST",status="4xx"}"#, 1.0),
        (r#"vouchsafe_http_requests_total{route="token",method="other",status="2xx"}"#, 1.0),
        (r#"vouchsafe_http_request_duration_seconds_count{route="token"}"#, 2.0),
        (r#"vouchsafe_http_request_duration_seconds_sum{route="token"}"#, 0.003),
        (r#"vouchsafe_sign_ins_total{provider="github",dialect="aufy",outcome="new_user"}"#, 1.0),
        (r#"vouchsafe_upstream_request_duration_seconds_sum{provider="github",endpoint="token"}"#, 2.0),
        (r#"vouchsafe_upstream_errors_total{provider="github",endpoint="token",error="status_5xx"}"#, 1.0),
        (r#"vouchsafe_sessions_total{event="ended"}"#, 3.0),
        (r#"vouchsafe_database_operation_duration_seconds_count{operation="commit"}"#, 1.0),
        (r#"vouchsafe_database_connections{pool="shared",state="in_use"}"#, 2.0),
        ("process_start_time_seconds", 1_800_000_000.0),
    ] {
        assert!((value(&metrics, series) - expected).abs() < 1e-9, "{series}");
    }
}

#[test]
fn pools_of_one_kind_are_added_up() {
    let (metrics, _) = metrics();
    metrics.database.watch(Pool::Shared, || PoolSize { open: 5, idle: 5, max: 8 });
    assert!(value(&metrics, r#"vouchsafe_database_connections{pool="shared",state="idle"}"#) == 6.0);
    assert!(value(&metrics, r#"vouchsafe_database_connections_max{pool="shared"}"#) == 16.0);
}

#[test]
fn two_instances_do_not_share_series() {
    let ((first, _), (second, _)) = (metrics(), metrics());
    first.sessions.count(SessionEvent::Begun);
    let series = r#"vouchsafe_sessions_total{event="begun"}"#;
    assert!(value(&first, series) == 1.0 && value(&second, series) == 0.0);
}

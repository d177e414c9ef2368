//! Holds the table in `docs/metrics.md`, the dashboard and the alerts against what is exported.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use regex::Regex;
use serde_json::Value;

use super::{Family, metrics, parse};

/// Labels whose values are the operator's: names of providers, and the version.
const OPEN_LABELS: [&str; 2] = ["provider", "version"];

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn code(values: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    values.into_iter().map(|value| format!("`{}`", value.as_ref())).collect::<Vec<_>>().join(", ")
}

/// The tables of all metrics and of the values of their labels.
fn tables(families: &[(String, Family)]) -> String {
    let row = |(name, family): &(String, Family)| {
        let (kind, labels, help) = (&family.kind, code(family.labels.keys()), &family.help);
        format!("| `{name}` | {kind} | {labels} | {help} |\n")
    };
    let rows: String = families.iter().map(row).collect();
    let mut labels: BTreeMap<(&str, String), Vec<&str>> = BTreeMap::new();
    for (name, family) in families {
        for (label, values) in family.labels.iter().filter(|(label, _)| !OPEN_LABELS.contains(&label.as_str())) {
            labels.entry((label.as_str(), code(values))).or_default().push(name.as_str());
        }
    }
    let row = |((label, values), names): (&(&str, String), &Vec<&str>)| {
        format!("| `{label}` | {} | {values} |\n", code(names))
    };
    let values: String = labels.iter().map(row).collect();
    format!(
        "| Name | Type | Labels | Meaning |\n|---|---|---|---|\n{rows}\n## Labels\n\n\
         `provider` is the name of a configured provider. The other labels have these values:\n\n\
         | Label | Of | Values |\n|---|---|---|\n{values}"
    )
}

/// `UPDATE_GOLDENS=1` writes the tables.
#[test]
fn docs_list_every_metric() {
    let page = read("docs/metrics.md");
    let start = page.find("| Name |").expect("the table");
    let tables = tables(&parse(&metrics().0.encode()));
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        std::fs::write(path("docs/metrics.md"), format!("{}{tables}", &page[..start])).expect("written");
        return;
    }
    assert_eq!(&page[start..], tables, "UPDATE_GOLDENS=1 writes the tables");
}

/// The names by which a query reaches series.
fn series_names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (name, family) in parse(&metrics().0.encode()) {
        if family.kind == "histogram" {
            names.extend(["bucket", "sum", "count"].map(|suffix| format!("{name}_{suffix}")));
        } else {
            names.insert(name);
        }
    }
    names
}

/// The metrics that a text names, of ours and of the process.
fn named(text: &str) -> BTreeSet<String> {
    let names = Regex::new(r"\b(?:vouchsafe|process)_[a-z0-9_]+").expect("a pattern");
    names.find_iter(text).map(|name| name.as_str().to_owned()).collect()
}

/// All texts of the members with this name, at any depth.
fn members<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(all) => {
            for (key, value) in all {
                match value {
                    Value::String(text) if key == name => found.push(text),
                    value => members(value, name, found),
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|value| members(value, name, found)),
        _ => {}
    }
}

#[test]
fn dashboard_queries_only_metrics_that_exist() {
    let dashboard: Value = serde_json::from_str(&read("packaging/grafana/vouchsafe.json")).expect("JSON");
    let mut queries = Vec::new();
    members(&dashboard, "expr", &mut queries);
    assert!(queries.len() >= 12, "only {} queries", queries.len());
    let known = series_names();
    for query in queries {
        let names = named(query);
        assert!(!names.is_empty() && names.is_subset(&known), "{query}");
    }
    let mut ids: Vec<_> = dashboard["panels"].as_array().expect("panels").iter().map(|panel| &panel["id"]).collect();
    let count = ids.len();
    ids.sort_by_key(|id| id.as_u64());
    ids.dedup();
    assert_eq!(ids.len(), count, "an id of a panel is used twice");
}

#[test]
fn alerts_query_only_metrics_that_exist() {
    let text = read("packaging/prometheus/alerts.yml");
    let (names, known) = (named(&text), series_names());
    assert!(names.is_subset(&known), "unknown: {:?}", names.difference(&known).collect::<Vec<_>>());
    let (alerts, expressions) = (text.matches("- alert:").count(), text.matches("expr:").count());
    assert_eq!((alerts, expressions), (5, 5));
}

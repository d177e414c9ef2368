//! Compares `docs/nhost.md` with the rows.

use std::path::Path;

use super::table::{PROVIDERS, ROWS, Row, Target};

/// The table of `docs/nhost.md`, written from the rows.
fn table() -> String {
    let line = |variable: &str, row: &Row, provider: &str| match row.target {
        Target::None(why) => format!("| `{variable}` | none | {why} |\n"),
        Target::Key(key, _) => {
            let note = if row.note.is_empty() { String::new() } else { format!(" {}", row.note) };
            format!("| `{variable}` | `{}` |{note} |\n", key.replace("{p}", provider))
        }
    };
    let lines = ROWS.iter().flat_map(|row| match row.only {
        [] => vec![line(row.variable, row, "{p}")],
        only => {
            let of = PROVIDERS.iter().filter(|(_, name)| only.contains(name));
            of.map(|(nhost, name)| line(&row.variable.replace("{P}", nhost), row, name)).collect()
        }
    });
    format!("| Variable | Key | |\n|---|---|---|\n{}", lines.collect::<String>())
}

/// `UPDATE_GOLDENS=1` writes the table.
#[test]
fn the_docs_show_every_row() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/nhost.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let start = page.find("| Variable |").expect("the table");
    let end = page[start..].find("\n\n").map_or(page.len(), |length| start + length + 1);
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        std::fs::write(&path, format!("{}{}{}", &page[..start], table(), &page[end..])).expect("written");
        return;
    }
    assert_eq!(&page[start..end], table(), "UPDATE_GOLDENS=1 writes the table");
}

#[test]
fn the_docs_name_every_provider() {
    let page = include_str!("../../../docs/nhost.md");
    for (nhost, _) in PROVIDERS {
        assert!(page.contains(&format!("`{nhost}`")), "{nhost}");
    }
}

//! `docs/operations.md` agrees with the code.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::operations_page::{names, repository, text};

fn sources(folder: &Path, into: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|end| end == "rs") {
            *into += &std::fs::read_to_string(path).expect("a source file");
        }
    }
}

/// The text as the code has it: one line, although the source may break a long one.
fn on_one_line(source: &str) -> String {
    source.replace("\\\n", "").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn messages_of_the_page_are_those_of_the_code() {
    let mut code = String::new();
    for folder in ["src", "migration/src"] {
        sources(&repository().join(folder), &mut code);
    }
    let code = on_one_line(&code);
    let page = text();
    let (_, table) = page.split_once("## What to do when …").expect("the section");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    let messages: Vec<&str> = rows.filter_map(|row| Some(row.split_once('`')?.0)).collect();
    assert!(messages.len() > 20, "{messages:?}");
    for message in messages {
        for part in message.split('…').map(str::trim).filter(|part| !part.is_empty()) {
            assert!(code.contains(part), "no message of the code contains: {part}");
        }
    }
}

#[test]
fn marked_commands_are_those_that_tests_run() {
    let page = text();
    let run = ["backup-sqlite", "restore-sqlite", "backup-postgres", "restore-postgres", "compose-secrets"];
    assert_eq!(names(&page).into_iter().collect::<BTreeSet<_>>(), BTreeSet::from(run));
}

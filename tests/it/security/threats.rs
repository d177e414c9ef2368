//! `docs/threats.md`: every attack of the catalogue has a row, and every test and row of the hostile provider that the page
//! names exists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The parts of the catalogue, and how many attacks each has.
const PARTS: [(char, usize); 14] = [
    ('A', 12),
    ('B', 10),
    ('C', 28),
    ('D', 5),
    ('E', 14),
    ('F', 5),
    ('G', 11),
    ('H', 9),
    ('I', 9),
    ('J', 8),
    ('K', 9),
    ('L', 11),
    ('M', 8),
    ('N', 5),
];

/// A row of the page.
struct Threat<'a> {
    id: &'a str,
    attack: &'a str,
    tests: &'a str,
    /// What no test covers.
    rest: &'a str,
}

fn threats(page: &str) -> Vec<Threat<'_>> {
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| |"));
    rows.map(|line| {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [id, attack, tests, rest @ ..] = &cells[..] else { panic!("not a row: {line}") };
        assert!(rest.len() <= 1, "more than four cells: {line}");
        Threat { id, attack, tests, rest: rest.first().copied().unwrap_or_default() }
    })
    .collect()
}

/// The inline code of a cell.
fn named(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// Whether the file has this function.
fn exists(test: &str, files: &mut BTreeMap<String, String>) -> bool {
    let Some((file, function)) = test.split_once("::") else { return false };
    let path = if file.starts_with("src/") { file.to_owned() } else { format!("tests/it/{file}") };
    let read = |path: &String| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path));
    let text = files.entry(path.clone()).or_insert_with(|| read(&path).unwrap_or_default());
    text.contains(&format!("fn {function}("))
}

#[test]
fn every_threat_names_the_tests_that_hold_it() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/threats.md")).expect("a page");
    let threats = threats(&page);
    let ids: Vec<_> = threats.iter().map(|threat| threat.id.to_owned()).collect();
    let expected: Vec<_> =
        PARTS.iter().flat_map(|(part, count)| (1..=*count).map(move |number| format!("{part}{number}"))).collect();
    assert_eq!(ids, expected, "each once, in order");

    let rows = super::hostile::names();
    let mut files = BTreeMap::new();
    let (mut missing, mut tests) = (Vec::new(), BTreeSet::new());
    let [mut covered, mut partly, mut not_applicable, mut not_covered] = [0; 4];
    for Threat { id, attack, tests: cell, rest } in &threats {
        let mut is_held = false;
        for name in named(cell) {
            let is_known = match name.strip_prefix("hostile: ") {
                Some(row) => rows.iter().any(|known| known.starts_with(row)),
                None => exists(name, &mut files),
            };
            if !is_known {
                missing.push(format!("{id}: {name}"));
            }
            is_held = true;
            tests.insert(name);
        }
        let (counter, note) = match (is_held, rest.is_empty()) {
            (true, true) => (&mut covered, None),
            (true, false) => (&mut partly, Some("not covered in full")),
            (false, false) if rest.starts_with("not applicable: ") => (&mut not_applicable, Some("")),
            (false, false) => (&mut not_covered, Some("")),
            (false, true) => panic!("{id} names neither a test nor a reason"),
        };
        *counter += 1;
        if let Some(note) = note {
            println!("{id:4} {attack}: {note}{} {rest}", if note.is_empty() { "" } else { ":" });
        }
    }
    assert_eq!(missing, Vec::<String>::new(), "named, but not there");
    println!(
        "threats: {} in all, {covered} covered, {partly} but for what the page names, {not_applicable} not applicable, \
         {not_covered} not covered; by {} tests and rows",
        threats.len(),
        tests.len()
    );
}

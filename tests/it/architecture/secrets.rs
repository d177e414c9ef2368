//! A secret is compared by `Secret` alone, in a time that says nothing of where two texts differ: no other code compares the
//! text of one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Comparisons that reveal nothing: with a constant of the protocol, with itself, with the word of a setting.
const ALLOWED: [(&str, &str); 3] = [
    ("flow/record/mod.rs", "secret.expose().trim() != secret.expose()"),
    ("oauth/oauth1/mod.rs", "expose() == \"true\""),
    ("store/database/mod.rs", "options.url.expose() == OF_APP"),
];

/// The places of a text where exposed text is on one side of a comparison, each with what follows.
fn comparisons(text: &str) -> Vec<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_operand = |c: char| c.is_alphanumeric() || "_.()? ".contains(c);
    let is_compared = |at: &usize| {
        let (before, after) = (text[..*at].trim_end_matches(is_operand), &text[*at..]);
        let before = if before.ends_with("&&") { before } else { before.trim_end_matches(['&', '*', ' ']) };
        let rest = after.trim_start_matches(is_operand);
        let chain = &after[..after.len() - rest.len()];
        let is_operator = |text: &str, is_at: fn(&str, &str) -> bool| is_at(text, "==") || is_at(text, "!=");
        is_operator(before, |text, operator| text.ends_with(operator))
            || is_operator(rest, |text, operator| text.starts_with(operator))
            || [".eq(", ".ne("].iter().any(|call| chain.contains(call))
    };
    let places = text.match_indices("expose()").map(|(at, _)| at).filter(is_compared);
    let shown = |at: usize| text[text.floor_char_boundary(at.saturating_sub(60))..].chars().take(160).collect();
    places.map(shown).collect()
}

#[test]
fn nothing_compares_the_text_of_a_secret() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = BTreeMap::new();
    super::read(&root, &root, &mut files);
    let is_test = |path: &str| path.ends_with("tests.rs") || path.contains("tests/") || path.contains("testing");
    let (mut found, mut allowed) = (Vec::new(), BTreeSet::new());
    for (path, text) in files.iter().filter(|(path, _)| !is_test(path)) {
        let code = ["mod tests {", "mod testing {"].iter().fold(text.as_str(), |text, tests| {
            text.split_once(&format!("#[cfg(test)]\n{tests}")).map_or(text, |(code, _)| code)
        });
        for place in comparisons(code) {
            match ALLOWED.iter().find(|(file, code)| file == path && place.contains(code)) {
                Some(known) => drop(allowed.insert(known)),
                None => found.push(format!("{path}: {place}")),
            }
        }
    }
    assert!(found.is_empty(), "compare `Secret`s instead:\n{}", found.join("\n"));
    assert_eq!(allowed.len(), ALLOWED.len(), "{allowed:?}");
}

#[test]
fn comparison_is_found_on_both_sides_and_over_lines() {
    for compared in [
        "if a.expose() == b { }",
        "a.b()?.expose().trim()\n    != c",
        "a == *b.expose()",
        "a == &sha256(b.expose())",
        "a.expose().eq(b)",
        "a.map(|a| a.expose()) == Some(b)",
    ] {
        assert_eq!(comparisons(compared).len(), 1, "{compared}");
    }
    for other in ["f(a.expose(), b == c)", "a == b && c.expose().is_empty()", "a.expose().len() > 3", "a == b"] {
        assert_eq!(comparisons(other), Vec::<String>::new(), "{other}");
    }
}

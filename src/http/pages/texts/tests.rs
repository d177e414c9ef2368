use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use actix_web::test::TestRequest;
use regex::Regex;

use super::*;
use crate::settings::LANGUAGES;

/// The keys of a file, each with its variables.
fn keys(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let entry = Regex::new(r"(?m)^([a-z][a-z0-9-]*) =((?:.*)(?:\n[ ]+.*)*)").expect("a pattern");
    let variable = Regex::new(r"\{\s*\$([a-z]+)").expect("a pattern");
    let variables = |text: &str| variable.captures_iter(text).map(|found| found[1].to_owned()).collect();
    entry.captures_iter(source).map(|found| (found[1].to_owned(), variables(&found[2]))).collect()
}

/// The Rust files below a folder, without tests.
fn sources(folder: &Path, texts: &mut Vec<String>) {
    let tests = Regex::new(r"#\[cfg\(test\)\]\s+(?:pub(?:\(super\))? )?mod tests \{").expect("a pattern");
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, texts);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).expect("a file");
            // Other items for tests may precede what is used.
            texts.push(tests.split(&text).next().unwrap_or_default().to_owned());
        }
    }
}

#[test]
fn every_language_has_the_same_messages_with_the_same_variables() {
    assert_eq!(SOURCES.map(|(code, _)| code), LANGUAGES);
    let english = keys(SOURCES[0].1);
    assert!(english.len() > 5, "{english:?}");
    for (code, source) in SOURCES {
        if let Err((_, errors)) = FluentResource::try_new(source.to_owned()) {
            panic!("{code}: {errors:?}");
        }
        assert_eq!(keys(source), english, "{code}");
    }
}

/// A key is written as a literal wherever it is used, so that it can be found.
#[test]
fn every_message_is_used_and_every_used_message_exists() {
    let mut texts = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http"), &mut texts);
    let literal = Regex::new(r#""([a-z]+(?:-[a-z0-9]+)+)""#).expect("a pattern");
    let call = Regex::new(r#"\btexts\s*\.(?:text|with)\(\s*"([^"]+)""#).expect("a pattern");
    let found = |pattern: &Regex| -> BTreeSet<String> {
        let of = |text: &String| pattern.captures_iter(text).map(|found| found[1].to_owned()).collect::<Vec<_>>();
        texts.iter().flat_map(of).collect()
    };
    let english: BTreeSet<_> = keys(SOURCES[0].1).into_keys().collect();
    let (called, written) = (found(&call), found(&literal));
    assert!(!called.is_empty());
    assert_eq!(called.difference(&english).collect::<Vec<_>>(), Vec::<&String>::new(), "used, but not there");
    assert_eq!(english.difference(&written).collect::<Vec<_>>(), Vec::<&String>::new(), "there, but not used");
}

#[test]
fn language_is_the_one_that_the_browser_prefers_among_those_offered() {
    let all = Languages::new(&LANGUAGES.map(str::to_owned), "en");
    let two = Languages::new(&["sv".to_owned(), "de".to_owned()], "sv");
    for (languages, query, accept, expected) in [
        (&all, "", None, "en"),
        (&all, "", Some("de"), "de"),
        (&all, "", Some("pt-BR, fr-CH;q=0.9, de;q=0.8"), "fr"),
        (&all, "", Some("de;q=0.5, es-419;q=0.8"), "es"),
        (&all, "", Some("de;q=0, fr;q=0.1"), "fr"),
        (&all, "", Some("*, de;q=0.5"), "en"),
        (&all, "", Some("not a language,,;q"), "en"),
        (&all, "lang=sv", Some("de"), "sv"),
        (&all, "a=b&ui_locales=tlh+de-AT+en", None, "de"),
        (&all, "lang=%00", Some("de"), "en"),
        (&two, "", Some("en"), "sv"),
        (&two, "lang=fr", Some("de"), "sv"),
    ] {
        let mut request = TestRequest::with_uri(&format!("/signin?{query}"));
        if let Some(accept) = accept {
            request = request.insert_header((header::ACCEPT_LANGUAGE, accept));
        }
        let texts = languages.texts_for(&request.to_http_request());
        assert_eq!(texts.language(), expected, "{query} {accept:?}");
    }
}

#[test]
fn value_from_right_to_left_is_isolated_from_the_text_around_it() {
    let texts = Texts::of(&"de".parse().expect("a language"));
    assert_eq!(texts.with("sign-in-button", &[("provider", "Google")]), "Weiter mit Google");
    assert_eq!(texts.with("sign-in-button", &[("provider", "مزود")]), "Weiter mit \u{2068}مزود\u{2069}");
}

/// A language from right to left, to test pages with.
pub fn right_to_left() -> Texts {
    Texts(Box::leak(Box::new(Language::new("ar", "page-legal = معلومات قانونية"))))
}

#[test]
fn missing_message_is_in_english() {
    let texts = right_to_left();
    assert_eq!((texts.direction(), texts.text("page-legal").as_str()), ("rtl", "معلومات قانونية"));
    assert_eq!(texts.text("page-terms"), "Terms");
    assert_eq!(texts.text("nothing"), "nothing");
}

//! Compares the requests to each provider, byte for byte, with a reviewed file. `UPDATE_GOLDENS=1` writes the files.

use std::fmt::Write;

use regex::Regex;

use super::claims_of;
use super::fixture::{Fixture, path};
use super::journey::{Journey, walk};
use crate::oauth::test_server::RecordedRequest;

/// The journey as text, with names in place of values that differ each time.
fn transcript(journey: &Journey) -> String {
    let mut text = format!("authorize\nGET {}\n", split(journey.authorize.as_str(), ['?', '&']));
    for (step, requests) in &journey.steps {
        writeln!(text, "\n{step}").expect("text");
        if requests.is_empty() {
            writeln!(text, "(nothing is asked)").expect("text");
        }
        for request in requests {
            text.push_str(&format_request(request));
        }
    }
    text
}

/// Parameters on lines of their own, so that a change is one line.
fn split(text: &str, at: [char; 2]) -> String {
    at.iter().fold(text.to_owned(), |text, mark| text.replace(*mark, &format!("\n  {mark}")))
}

fn format_request(request: &RecordedRequest) -> String {
    let mut text = format!("{} https:/{}\n", request.method, split(&request.path, ['?', '&']));
    let mut headers: Vec<_> = request
        .headers
        .iter()
        .filter(|(name, _)| !["host", "content-length", "date"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", without_variable_parts(value)))
        .collect();
    headers.sort();
    text.push_str(&headers.join("\n"));
    text.push('\n');
    for field in request.body.split('&').filter(|field| !field.is_empty()) {
        writeln!(text, "  {}", without_variable_parts(field)).expect("text");
    }
    text
}

fn without_variable_parts(text: &str) -> String {
    let version = Regex::new(r"vouchsafe/[0-9.]+").expect("a pattern");
    let signed = Regex::new(r#"(oauth_nonce|oauth_signature)="[^"]*""#).expect("a pattern");
    let jwt = Regex::new(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+").expect("a pattern");
    let text = version.replace(text, "vouchsafe/VERSION");
    let text = signed.replace_all(&text, "$1=\"…\"");
    jwt.replace(&text, |found: &regex::Captures<'_>| format!("SIGNED {}", claims_of(&found[0]))).into_owned()
}

#[actix_web::test]
async fn requests_match_the_golden_files() {
    let mut differing = Vec::new();
    for fixture in Fixture::all() {
        let journey = walk(&fixture, &fixture.provider()).await;
        let (found, file) = (transcript(&journey), path("golden", &format!("{}.txt", fixture.name)));
        if std::env::var_os("UPDATE_GOLDENS").is_some() {
            std::fs::write(&file, &found).expect("written");
        }
        let expected = std::fs::read_to_string(&file).unwrap_or_default();
        if found != expected {
            differing.push(format!("{}: requests\n{found}\nbut expected\n{expected}", fixture.name));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n\n"));
}

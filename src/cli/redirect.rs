//! `vouchsafe config check-redirect URL`: which rule allows a return URL, or how the nearest one differs.

use std::process::ExitCode;

use super::print;
use crate::domain::return_url::Refusal;
use crate::settings::Settings;

/// Prints the rule that allows `url`, with exit code 0, or why none does, with exit code 1.
pub(super) fn check(settings: &Settings, url: &str) -> ExitCode {
    let rules = &settings.client.return_urls;
    let setting = |position: usize| match position.checked_sub(1) {
        None => "client.url".to_owned(),
        Some(position) => format!("client.allowed_redirect_urls[{position}]"),
    };
    let rule = |position| format!("{}, {}", setting(position), rules.rule(position));
    match rules.explain(url) {
        Ok((position, used)) => {
            let needs_code = if used.is_any_port() { "\nonly for sign-ins with a codeChallenge" } else { "" };
            print(&format!("allowed by {}\nused as {}{needs_code}", rule(position), used.as_str()))
        }
        Err(refusal) => {
            let nearest = match &refusal {
                Refusal::Malformed(_) => String::new(),
                Refusal::Missed { position, .. } => format!("\nthe nearest rule is {}", rule(*position)),
            };
            print(&format!("refused: {refusal}{nearest}"));
            ExitCode::FAILURE
        }
    }
}

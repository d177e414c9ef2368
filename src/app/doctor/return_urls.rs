//! The return URLs: entries that are valid and probably not meant.

use super::catalogue::Check;
use super::finding::Finding;
use crate::domain::return_url::RuleLint;
use crate::settings::{Mode, Settings};

pub(super) fn examine(settings: &Settings) -> Vec<Finding> {
    let key = |position: usize| match position {
        0 => "client.url".to_owned(),
        position => format!("client.allowed_redirect_urls[{}]", position - 1),
    };
    let list = &settings.client.return_urls;
    let mut found: Vec<_> = list
        .lint()
        .into_iter()
        .map(|(position, lint)| {
            let (check, message) = match lint {
                RuleLint::Duplicate(earlier) => {
                    (Check::ReturnUrlDuplicate, format!("it says the same as {}", key(earlier)))
                }
                RuleLint::Shadowed(by) => (Check::ReturnUrlShadowed, format!("{} allows all of it", key(by))),
                RuleLint::TrailingDot => (Check::ReturnUrlTrailingDot, "its host ends with a dot".to_owned()),
                RuleLint::PlainHttp => (Check::ReturnUrlPlainHttp, "it is http, and not on this machine".to_owned()),
            };
            Finding::new(check, key(position), message)
        })
        .collect();
    if settings.mode == Mode::Production && list.is_default_below(&settings.server.public_url) {
        found.push(Finding::new(Check::ReturnUrlOwn, "client.url", "it is at or below server.public_url"));
    }
    found
}

//! The section `webhooks`: one inner section per receiver.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use super::reader::Section;
use super::reader::error::{Problem, closest, did_you_mean};
use super::reader::url::AllowHttp;
use crate::domain::event::EventType;
use crate::domain::webhook_secret::WebhookSecrets;

/// The longest name of a webhook.
const MAX_NAME_LENGTH: usize = 32;

/// One receiver of events.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// `url`
    pub url: Url,
    /// `secret` or the content of `secret_file`: all of them sign.
    pub secrets: WebhookSecrets,
    /// `events`: the types that it receives.
    pub events: BTreeSet<EventType>,
}

pub(super) fn read(mut section: Section<'_>, http: AllowHttp) -> BTreeMap<String, Webhook> {
    let mut webhooks = BTreeMap::new();
    for name in section.names() {
        if !is_name(&name) {
            section.error(&name, format!("a webhook's name is 1 to {MAX_NAME_LENGTH} of a-z, 0-9, '-' and '_'"));
        }
        if let Some(webhook) = read_one(section.section(&name), http) {
            webhooks.insert(name, webhook);
        }
    }
    webhooks
}

fn is_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    (1..=MAX_NAME_LENGTH).contains(&name.len()) && name.bytes().all(is_allowed)
}

fn read_one(mut section: Section<'_>, http: AllowHttp) -> Option<Webhook> {
    section.require("url", "is missing");
    let url = section.url("url", http);
    let key = section.secret_key("secret");
    let secret = section.secret("secret");
    if secret.is_none() {
        section.error("secret", "is missing; create one with `echo whsec_$(openssl rand -base64 32)`");
    }
    let parse = |text: &str| WebhookSecrets::parse(text).map_err(|error| section.error(&key, error.to_string())).ok();
    let secrets = secret.and_then(|secret| parse(secret.expose()));
    let events = match section.list("events") {
        None => EventType::ALL.iter().copied().collect(),
        Some(names) => {
            let read = |(position, name): (usize, &String)| {
                let unknown = |_| section.error(&format!("events[{position}]"), unknown_type(name));
                name.parse().map_err(unknown).ok()
            };
            names.iter().enumerate().filter_map(read).collect()
        }
    };
    Some(Webhook { url: url?, secrets: secrets?, events })
}

fn unknown_type(name: &str) -> Problem {
    let names: Vec<_> = EventType::ALL.iter().map(|kind| kind.as_str()).collect();
    let problem = Problem::from(format!("expected one of {}", names.join(", ")));
    closest(name, names).map(did_you_mean).into_iter().fold(problem, Problem::suggest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn load(text: &str) -> Result<Settings, String> {
        Settings::from_toml(&format!("mode = 'development'\n{text}")).map_err(|error| error.to_string())
    }

    #[test]
    fn webhook_receives_all_events_unless_some_are_named() {
        let settings = load(&format!(
            "[webhooks.all]\nurl = 'https://a.example/hook'\nsecret = '{SECRET}'\n\
             [webhooks.some]\nurl = 'http://127.0.0.1:1/hook'\nsecret = '{SECRET}'\nevents = ['user.created']"
        ))
        .expect("settings");
        assert_eq!(settings.webhooks["all"].events.len(), EventType::ALL.len());
        assert_eq!(settings.webhooks["some"].events, [EventType::UserCreated].into());
        assert!(!format!("{settings:?}").contains("MfKQ9r8"), "a secret prints as stars");
    }

    #[test]
    fn faulty_webhook_is_an_error_that_does_not_repeat_its_secret() {
        let error = load(&format!(
            "[webhooks.'My Hook']\nurl = 'http://a.example'\nsecret = '{}'\nevents = ['user.create']",
            &SECRET[1..]
        ))
        .expect_err("an error");
        for part in ["My Hook", "must be https", "whsec_ and 24 to 64 bytes", "did you mean `user.created`?"] {
            assert!(error.contains(part), "{part}: {error}");
        }
        assert!(!error.contains("MfKQ9r8"), "{error}");
        let error = load("[webhooks.x]").expect_err("an error");
        assert!(error.contains("webhooks.x.url") && error.contains("webhooks.x.secret"), "{error}");
    }
}

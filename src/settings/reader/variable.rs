//! Names of environment variables: `server.bind` is `VOUCHSAFE__SERVER__BIND`.

use std::collections::BTreeSet;

use super::error::{SettingsError, closest, did_you_mean};

/// The prefix of every variable that sets a key.
const KEY_PREFIX: &str = "VOUCHSAFE__";

/// The prefix of all our variables.
const PREFIX: &str = "VOUCHSAFE_";

/// Variables with our prefix that set no key: the name of the settings file.
const OTHERS: [&str; 1] = ["VOUCHSAFE_CONFIG"];

/// The prefix of variables that only tests set.
const TEST_PREFIX: &str = "VOUCHSAFE_TEST_";

/// What the name of a variable means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Variable {
    /// The path of a key.
    Key(Vec<String>),
    /// It begins like ours, but is none of ours: probably a misspelling.
    Unknown,
    /// It is not ours, or sets no key.
    Ignored,
}

pub(super) fn parse(name: &str) -> Variable {
    let has_prefix = |prefix: &str| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    if has_prefix(KEY_PREFIX) {
        let key = name[KEY_PREFIX.len()..].to_ascii_lowercase();
        Variable::Key(key.split("__").map(str::to_owned).collect())
    } else if has_prefix(PREFIX) && !has_prefix(TEST_PREFIX) && !OTHERS.contains(&name) && !is_service_link(name) {
        Variable::Unknown
    } else {
        Variable::Ignored
    }
}

/// Whether Kubernetes or Docker sets the variable in every container beside a service named `vouchsafe`.
fn is_service_link(name: &str) -> bool {
    let rest = &name[PREFIX.len()..];
    let is_port = |rest: &str| rest.is_empty() || rest.starts_with('_') && rest.contains(|c: char| c.is_ascii_digit());
    rest == "SERVICE_HOST" || rest.starts_with("SERVICE_PORT") || rest.strip_prefix("PORT").is_some_and(is_port)
}

/// The error about an unknown variable, with the variable that it probably stands for.
pub(super) fn unknown(name: String, known: &BTreeSet<String>) -> SettingsError {
    let single = |key: &str| format!("{PREFIX}{}", key.replace('.', "_").to_ascii_uppercase());
    let keys: Vec<_> = known.iter().map(|key| (single(key), key)).collect();
    let candidates = keys.iter().map(|(single, _)| single.as_str()).chain(OTHERS);
    let suggestion = closest(&name, candidates).map(|similar| {
        let key = keys.iter().find(|(single, _)| single == similar);
        let variable = key.map(|(_, key)| format!("{KEY_PREFIX}{}", key.replace('.', "__").to_ascii_uppercase()));
        did_you_mean(&variable.unwrap_or_else(|| similar.to_owned()))
    });
    let suggestion = suggestion.or_else(|| Some(format!("a key is written like {KEY_PREFIX}SERVER__BIND")));
    SettingsError { key: name, reason: "is not a known variable".to_owned(), suggestion }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_kubernetes_docker_and_tests_are_ignored() {
        for name in [
            "PATH",
            "VOUCHSAFE",
            "VOUCHSAFE_CONFIG",
            "VOUCHSAFE_TEST_STRICT",
            "VOUCHSAFE_PORT",
            "VOUCHSAFE_PORT_4000_TCP",
            "VOUCHSAFE_PORT_4000_TCP_ADDR",
            "VOUCHSAFE_SERVICE_HOST",
            "VOUCHSAFE_SERVICE_PORT_HTTP",
        ] {
            assert_eq!(parse(name), Variable::Ignored, "{name}");
        }
        for name in ["VOUCHSAFE_SERVER_BIND", "vouchsafe_mode", "VOUCHSAFE_PORTS", "VOUCHSAFE_CONFIG_FILE"] {
            assert_eq!(parse(name), Variable::Unknown, "{name}");
        }
        assert_eq!(parse("vouchsafe__Flow__ttl"), Variable::Key(vec!["flow".to_owned(), "ttl".to_owned()]));
    }

    #[test]
    fn an_unknown_variable_is_suggested_by_its_key() {
        let known = BTreeSet::from(["server.bind".to_owned(), "database.max_connections".to_owned()]);
        for (name, variable) in [
            ("VOUCHSAFE_SERVER_BIND", "VOUCHSAFE__SERVER__BIND"),
            ("VOUCHSAFE_SERVER__BIND", "VOUCHSAFE__SERVER__BIND"),
            ("VOUCHSAFE_DATABASE_MAX_CONECTIONS", "VOUCHSAFE__DATABASE__MAX_CONNECTIONS"),
            ("VOUCHSAFE_CONFG", "VOUCHSAFE_CONFIG"),
        ] {
            let suggestion = unknown(name.to_owned(), &known).suggestion;
            assert_eq!(suggestion, Some(format!("did you mean `{variable}`?")), "{name}");
        }
    }
}

//! The texts of a provider's credentials: faults of copying, placeholders, ids in the wrong place.

use super::catalogue::Check;
use super::finding::Finding;
use crate::domain::id::ProviderName;
use crate::settings::ProviderSettings;

/// Parts of texts that stand for something else, in lower case.
const PLACEHOLDERS: [&str; 14] = [
    "changeme",
    "change-me",
    "change_me",
    "your-",
    "your_",
    "our-id-there",
    "our-secret-there",
    "client-id-here",
    "placeholder",
    "xxxx",
    "…",
    "...",
    "${",
    "<",
];

/// A provider, how a client id looks there, and whether one does.
type Shape = (&'static str, &'static str, fn(&str) -> bool);

/// How a client id looks at providers that are not moved elsewhere by the settings.
const SHAPES: [Shape; 4] = [
    ("google", "it ends with .apps.googleusercontent.com", |id| id.ends_with(".apps.googleusercontent.com")),
    ("entraid", "it is a UUID", is_uuid),
    ("azuread", "it is a UUID", is_uuid),
    ("facebook", "it has digits only", |id| id.bytes().all(|byte| byte.is_ascii_digit())),
];

pub(super) fn examine(name: &ProviderName, settings: &ProviderSettings) -> Vec<Finding> {
    let key = |key: &str| format!("providers.{name}.{key}");
    let secret = settings.client_secret.as_ref().map(|secret| ("client_secret", secret.expose()));
    let texts = [Some(("client_id", settings.client_id.as_str())), secret];
    let mut found: Vec<_> = texts.into_iter().flatten().filter_map(|(name, text)| of_text(&key(name), text)).collect();
    if secret.is_some_and(|(_, secret)| secret == settings.client_id) {
        found.push(Finding::new(Check::CredentialSwapped, key("client_secret"), "it is the client id"));
    }
    let shape = SHAPES.iter().find(|(known, ..)| *known == name.as_str() && settings.token_url.is_none());
    if let Some((_, shape, is_valid)) = shape
        && found.is_empty()
        && !is_valid(&settings.client_id)
    {
        let message = format!("a client id of this provider looks different: {shape}");
        found.push(Finding::new(Check::CredentialSwapped, key("client_id"), message));
    }
    if name.as_str() == "apple" {
        for (field, id) in [("team_id", &settings.team_id), ("key_id", &settings.key_id)] {
            if id.as_deref().is_some_and(|id| !is_apple_id(id)) {
                found.push(Finding::new(Check::AppleIds, key(field), "it has another length or other characters"));
            }
        }
    }
    found
}

/// The message never shows the text, which may be a secret.
fn of_text(key: &str, text: &str) -> Option<Finding> {
    let lower = text.to_lowercase();
    let is_quote = |c: char| matches!(c, '"' | '\'' | '`' | '“' | '”' | '‘' | '’');
    let what = if text.chars().any(char::is_whitespace) {
        "it contains white space"
    } else if text.starts_with(is_quote) || text.ends_with(is_quote) {
        "it contains the quotes around it"
    } else if text.chars().any(|c| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')) {
        "it contains an invisible character"
    } else if PLACEHOLDERS.iter().any(|placeholder| lower.contains(placeholder)) {
        return Some(Finding::new(Check::CredentialPlaceholder, key, "it reads like a placeholder"));
    } else {
        return None;
    };
    Some(Finding::new(Check::CredentialText, key, what))
}

fn is_uuid(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok()
}

fn is_apple_id(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

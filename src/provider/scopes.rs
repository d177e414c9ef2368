//! Which scopes a request asks the provider for.

use std::borrow::Cow;

use super::model::Provider;
use crate::domain::id::ProviderName;

/// The longest scope that is repeated in an error, in characters.
const MAX_SHOWN: usize = 128;

/// An app asks for a scope that neither definition nor settings allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the scope `{scope}` is neither in the scopes of {provider} nor in providers.{provider}.allowed_scopes")]
pub struct ScopeNotAllowed {
    provider: ProviderName,
    /// Without characters that no scope has, so that it is safe in a log.
    scope: String,
}

impl Provider {
    /// The scopes among `asked` that a request of this provider does not have anyway.
    ///
    /// # Errors
    /// [`ScopeNotAllowed`] for the first that an app may not ask for.
    pub fn further_scopes(&self, mut asked: Vec<String>) -> Result<Vec<String>, ScopeNotAllowed> {
        asked.retain(|scope| !self.scopes.contains(scope));
        match asked.iter().find(|scope| !self.allowed_scopes.contains(scope)) {
            None => Ok(asked),
            Some(scope) => {
                let is_allowed = |c: &char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '`');
                let scope = scope.chars().filter(is_allowed).take(MAX_SHOWN).collect();
                Err(ScopeNotAllowed { provider: self.name.clone(), scope })
            }
        }
    }

    /// All scopes of a request with these `further` ones.
    #[must_use]
    pub fn requested_scopes(&self, further: &[String]) -> Cow<'_, [String]> {
        if further.is_empty() { Cow::Borrowed(&self.scopes) } else { Cow::Owned([&self.scopes, further].concat()) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{provider, settings_for};
    use super::*;
    use crate::settings::ProviderSettings;

    #[test]
    fn app_asks_for_allowed_scopes_and_no_other() {
        let texts = |scopes: &[&str]| scopes.iter().map(|scope| (*scope).to_owned()).collect::<Vec<_>>();
        let settings = ProviderSettings { allowed_scopes: texts(&["calendar", "drive"]), ..settings_for("google") };
        let google = provider("google", &settings).expect("a provider");
        assert_eq!(google.further_scopes(texts(&["email", "drive"])), Ok(texts(&["drive"])));
        let all = google.requested_scopes(&texts(&["drive"])).join(" ");
        assert_eq!(all, "openid email profile drive");
        assert!(matches!(google.requested_scopes(&[]), Cow::Borrowed(_)));
        let refused = google.further_scopes(texts(&["drive", "mail\n\u{1b}\"`x"])).expect_err("refused").to_string();
        assert!(refused.contains("`mailx`") && refused.contains("providers.google.allowed_scopes"), "{refused}");
    }
}

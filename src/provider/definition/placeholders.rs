//! Fills in the `{variables}` of a definition: tenants, versions, base URLs of self-hosted providers, our client id.

use std::collections::BTreeMap;

use url::Url;

use super::DefinitionError;

/// Stays in an issuer until a token names its tenant.
const TENANT_PLACEHOLDER: &str = "tenantid";

/// The values of the variables.
#[derive(Clone, Debug, Default)]
pub(super) struct Placeholders(BTreeMap<String, String>);

impl Placeholders {
    /// Adds variables whose values may contain those that are already here.
    pub(super) fn extend(&mut self, more: &BTreeMap<String, String>) -> Result<(), DefinitionError> {
        for (name, text) in more {
            let text = self.fill(text)?;
            self.0.insert(name.clone(), text);
        }
        Ok(())
    }

    pub(super) fn set(&mut self, name: &str, text: &str) {
        self.0.insert(name.to_owned(), text.to_owned());
    }

    /// `text` with every variable replaced.
    pub(super) fn fill(&self, text: &str) -> Result<String, DefinitionError> {
        let mut parts = text.split('{');
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let unclosed = || DefinitionError::Invalid(format!("`{text}` has an unclosed brace"));
            let (name, rest) = part.split_once('}').ok_or_else(unclosed)?;
            match self.0.get(name) {
                Some(value) => filled.push_str(value),
                None if name == TENANT_PLACEHOLDER => filled.push_str("{tenantid}"),
                None => return Err(DefinitionError::Missing(name.to_owned())),
            }
            filled.push_str(rest);
        }
        Ok(filled)
    }

    /// The same for a URL.
    pub(super) fn url(&self, text: &str) -> Result<Url, DefinitionError> {
        let filled = self.fill(text)?;
        Url::parse(&filled).map_err(|_| DefinitionError::Invalid(format!("`{filled}` is not a URL")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced_and_unknown_ones_named() {
        let mut placeholders = Placeholders::default();
        placeholders.set("base", "https://git.example");
        let more = [("api".to_owned(), "{base}/api/v3".to_owned())];
        assert_eq!(placeholders.extend(&more.into()), Ok(()));
        assert_eq!(
            placeholders.fill("{api}/user?x={base}").as_deref(),
            Ok("https://git.example/api/v3/user?x=https://git.example")
        );
        assert_eq!(placeholders.fill("https://x/{tenantid}/v2").as_deref(), Ok("https://x/{tenantid}/v2"));
        assert_eq!(placeholders.fill("https://x/{tenant}"), Err(DefinitionError::Missing("tenant".to_owned())));
        for invalid in ["https://x/{base", "base"] {
            assert!(matches!(placeholders.url(invalid), Err(DefinitionError::Invalid(_))), "{invalid}");
        }
    }
}

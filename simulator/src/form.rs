//! Request parameters, each at most once (RFC 6749, section 3.1); empty values count as absent.

use url::form_urlencoded;

/// Parsed parameters in their original order.
#[derive(Debug, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Parses a query or a form body; `None` for a duplicate parameter.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (key, value) in form_urlencoded::parse(text.as_bytes()) {
            if pairs.iter().any(|(known, _)| *known == key) {
                return None;
            }
            pairs.push((key.into_owned(), value.into_owned()));
        }
        Some(Self(pairs))
    }

    /// The value, if present and not empty.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(known, value)| known == key && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Sets or replaces a value.
    pub(super) fn set(&mut self, key: &str, value: &str) {
        self.0.retain(|(known, _)| known != key);
        self.0.push((key.to_owned(), value.to_owned()));
    }

    /// All pairs.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicate_parameter_is_rejected() {
        assert!(Form::parse("a=1&b=2&a=1").is_none());
    }

    #[test]
    fn empty_parameter_is_absent() {
        let form = Form::parse("a=&b=x+y").unwrap();
        assert_eq!((form.get("a"), form.get("b")), (None, Some("x y")));
    }
}

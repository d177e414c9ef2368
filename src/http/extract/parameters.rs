//! Parameters from outside, read strictly: what is given twice is refused, because two readers might take two sides.

use std::collections::HashMap;

use url::form_urlencoded;

/// A parameter of this name was given twice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is given more than once")]
pub struct DuplicateParameter(pub &'static str);

/// The parameters of a query or form that somebody knows; others are ignored.
#[derive(Debug)]
pub struct Parameters(HashMap<&'static str, String>);

impl Parameters {
    /// Reads form-encoded text.
    ///
    /// # Errors
    /// [`DuplicateParameter`]
    pub fn read(text: &[u8], known: &[&'static str]) -> Result<Self, DuplicateParameter> {
        let mut parameters = HashMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            let Some(name) = known.iter().find(|known| **known == name) else { continue };
            if parameters.insert(*name, value.into_owned()).is_some() {
                return Err(DuplicateParameter(name));
            }
        }
        Ok(Self(parameters))
    }

    /// Whether none was given, or all were taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a parameter. The text `undefined` is what JavaScript writes for nothing, and is taken as that.
    pub fn take(&mut self, name: &'static str) -> Option<String> {
        self.0.remove(name).filter(|value| value != "undefined")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_twice_is_refused_and_strangers_are_ignored() {
        let mut read =
            Parameters::read(b"state=a+b%26&x=1&x=2&connect=undefined", &["state", "connect"]).expect("fine");
        assert_eq!(read.take("state").as_deref(), Some("a b&"));
        assert_eq!(read.take("connect"), None);
        assert_eq!(Parameters::read(b"code=1&code=2", &["code"]).err(), Some(DuplicateParameter("code")));
        assert_eq!(Parameters::read(b"code=1&c%6fde=2", &["code"]).err(), Some(DuplicateParameter("code")));
    }
}

//! Errors of the settings: which key, what is wrong with it, and what to write instead.
//!
//! No error shows a value, because the value may be a secret.

use std::fmt;

/// One invalid setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    /// The dotted key, such as `server.bind` or `keys.jwt[0].algorithm`; for a file that is not TOML, its path.
    pub key: String,
    /// What is wrong with it, and which variable or flag set it if the file did not.
    pub reason: String,
    /// What to write instead.
    pub suggestion: Option<String>,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.reason)?;
        self.suggestion.as_ref().map_or(Ok(()), |suggestion| write!(f, "; {suggestion}"))
    }
}

/// All errors of one load, at least one; prints one per line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsErrors(pub(in crate::settings) Vec<SettingsError>);

impl SettingsErrors {
    /// The errors in the order in which the settings are read, unknown keys last.
    pub fn iter(&self) -> std::slice::Iter<'_, SettingsError> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a SettingsErrors {
    type Item = &'a SettingsError;
    type IntoIter = std::slice::Iter<'a, SettingsError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for SettingsErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, error) in self.iter().enumerate() {
            let separator = if position == 0 { "" } else { "\n" };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SettingsErrors {}

/// What is wrong with a value, before its key is known.
pub(in crate::settings) struct Problem {
    pub reason: String,
    pub suggestion: Option<String>,
}

impl Problem {
    pub fn suggest(self, suggestion: impl Into<String>) -> Self {
        Self { suggestion: Some(suggestion.into()), ..self }
    }
}

impl<T: Into<String>> From<T> for Problem {
    fn from(reason: T) -> Self {
        Self { reason: reason.into(), suggestion: None }
    }
}

/// The candidate that `word` probably stands for: at most one letter in three differs.
pub(in crate::settings) fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= (word.chars().count() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `did you mean …?`, in one wording everywhere.
pub(in crate::settings) fn did_you_mean(word: &str) -> String {
    format!("did you mean `{word}`?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_print_one_per_line_with_key_reason_and_suggestion() {
        let error = |key: &str, suggestion: Option<&str>| SettingsError {
            key: key.to_owned(),
            reason: "is odd".to_owned(),
            suggestion: suggestion.map(str::to_owned),
        };
        let errors = SettingsErrors(vec![error("a.b", Some("try c")), error("d", None)]);
        assert_eq!(errors.to_string(), "a.b: is odd; try c\nd: is odd");
        assert_eq!(errors.iter().count(), 2);
    }

    #[test]
    fn only_a_similar_word_is_suggested() {
        let known = ["bind", "public_url", "workers"];
        assert_eq!(closest("bnid", known), Some("bind"));
        assert_eq!(closest("PUBLIC-URL", known), Some("public_url"));
        assert_eq!(closest("worker", known), Some("workers"));
        assert_eq!(closest("trusted", known), None);
    }
}

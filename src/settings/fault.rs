//! What is wrong with the settings, said so that it can be mended at once.
//!
//! A fault names its key and never shows the value, because the value may be a secret.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The dotted key, such as `server.bind` or `keys.jwt[0].algorithm`; for a file that is no TOML, its path.
    pub key: String,
    /// What is wrong with it, and which variable or flag set it if the file did not.
    pub reason: String,
    /// What to write instead.
    pub suggestion: Option<String>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.reason)?;
        self.suggestion.as_ref().map_or(Ok(()), |suggestion| write!(f, "; {suggestion}"))
    }
}

/// Everything that is wrong, one line each; there is at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(pub(super) Vec<Fault>);

impl Faults {
    /// The faults, in the order in which the settings are read, unknown keys last.
    pub fn iter(&self) -> std::slice::Iter<'_, Fault> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Faults {
    type Item = &'a Fault;
    type IntoIter = std::slice::Iter<'a, Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, fault) in self.iter().enumerate() {
            let separator = if position == 0 { "" } else { "\n" };
            write!(f, "{separator}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// A fault that does not know its key yet.
pub(super) struct Complaint {
    pub reason: String,
    pub suggestion: Option<String>,
}

impl Complaint {
    pub fn suggest(self, suggestion: impl Into<String>) -> Self {
        Self { suggestion: Some(suggestion.into()), ..self }
    }
}

impl<T: Into<String>> From<T> for Complaint {
    fn from(reason: T) -> Self {
        Self { reason: reason.into(), suggestion: None }
    }
}

/// The candidate that `word` was probably meant to be: at most one letter in three is different.
pub(super) fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= (word.chars().count() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `did you mean …?`, in one wording everywhere.
pub(super) fn did_you_mean(word: &str) -> String {
    format!("did you mean `{word}`?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_print_one_per_line_with_key_reason_and_suggestion() {
        let fault = |key: &str, suggestion: Option<&str>| Fault {
            key: key.to_owned(),
            reason: "is odd".to_owned(),
            suggestion: suggestion.map(str::to_owned),
        };
        let faults = Faults(vec![fault("a.b", Some("try c")), fault("d", None)]);
        assert_eq!(faults.to_string(), "a.b: is odd; try c\nd: is odd");
        assert_eq!(faults.iter().count(), 2);
    }

    #[test]
    fn only_a_near_word_is_suggested() {
        let known = ["bind", "public_url", "workers"];
        assert_eq!(closest("bnid", known), Some("bind"));
        assert_eq!(closest("PUBLIC-URL", known), Some("public_url"));
        assert_eq!(closest("worker", known), Some("workers"));
        assert_eq!(closest("trusted", known), None);
    }
}

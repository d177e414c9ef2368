//! How far a provider vouches for an address: which of its words count as a yes, and which as a no.
//!
//! The rule belongs to the provider, and only what its page names counts. A text is not a truth value unless the
//! provider is known to write them so. Pure.

use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::domain::profile::EmailTrust;

/// What counts as the provider's word that an address was proven.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailProof {
    /// JSON `true` is a yes, `false` a no.
    #[default]
    Flag,
    /// So are the texts `true` and `false` (Apple, LinkedIn).
    FlagOrText,
    /// So are the texts `1` and `0` (Entra's `xms_edov`).
    FlagOrDigit,
    /// The moment of the confirmation, as RFC 3339 writes it (GitLab); nothing is a no.
    Moment,
    /// The member holds the address itself, and the provider fills it only with proven ones (X).
    OnlyWhenProven,
    /// The provider says nothing that could be believed, whatever stands there.
    Never,
}

impl EmailProof {
    /// What `word` says of `email`.
    #[must_use]
    pub fn judge(self, word: Option<&Value>, email: &str) -> EmailTrust {
        let text = word.and_then(Value::as_str);
        match (self, word) {
            (Self::Flag | Self::FlagOrText | Self::FlagOrDigit, Some(Value::Bool(is_proven))) => said(*is_proven),
            (Self::FlagOrText, _) if text == Some("true") => EmailTrust::Verified,
            (Self::FlagOrText, _) if text == Some("false") => EmailTrust::Unverified,
            (Self::FlagOrDigit, _) if text == Some("1") => EmailTrust::Verified,
            (Self::FlagOrDigit, _) if text == Some("0") => EmailTrust::Unverified,
            (Self::Moment, _) if text.is_some_and(is_moment) => EmailTrust::Verified,
            (Self::OnlyWhenProven, _) if text == Some(email) && email.contains('@') => EmailTrust::Verified,
            _ => EmailTrust::Unknown,
        }
    }
}

fn said(is_proven: bool) -> EmailTrust {
    if is_proven { EmailTrust::Verified } else { EmailTrust::Unverified }
}

fn is_moment(text: &str) -> bool {
    OffsetDateTime::parse(text, &Rfc3339).is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_rule_believes_its_own_spellings_and_no_other() {
        use EmailProof::{Flag, FlagOrDigit, FlagOrText, Moment, Never, OnlyWhenProven};
        use EmailTrust::{Unknown, Unverified, Verified};
        let moment = "2020-01-02T03:10:00.000Z";
        for (word, [flag, text, digit, at, only]) in [
            (json!(true), [Verified, Verified, Verified, Unknown, Unknown]),
            (json!(false), [Unverified, Unverified, Unverified, Unknown, Unknown]),
            (json!("true"), [Unknown, Verified, Unknown, Unknown, Unknown]),
            (json!("false"), [Unknown, Unverified, Unknown, Unknown, Unknown]),
            (json!("TRUE"), [Unknown; 5]),
            (json!("1"), [Unknown, Unknown, Verified, Unknown, Unknown]),
            (json!("0"), [Unknown, Unknown, Unverified, Unknown, Unknown]),
            (json!(1), [Unknown; 5]),
            (json!(0), [Unknown; 5]),
            (json!(null), [Unknown; 5]),
            (json!([true]), [Unknown; 5]),
            (json!(moment), [Unknown, Unknown, Unknown, Verified, Unknown]),
            (json!("a@b.c"), [Unknown, Unknown, Unknown, Unknown, Verified]),
            (json!("x@b.c"), [Unknown; 5]),
        ] {
            let rules = [Flag, FlagOrText, FlagOrDigit, Moment, OnlyWhenProven];
            for (rule, trust) in rules.into_iter().zip([flag, text, digit, at, only]) {
                assert_eq!(rule.judge(Some(&word), "a@b.c"), trust, "{rule:?} {word}");
            }
            assert_eq!(Never.judge(Some(&word), "a@b.c"), Unknown, "{word}");
        }
        for rule in [Flag, FlagOrText, FlagOrDigit, Moment, OnlyWhenProven, Never] {
            assert_eq!(rule.judge(None, "a@b.c"), Unknown, "{rule:?}");
        }
    }
}

//! How far a provider vouches for an address: which of its words count as a yes, and which as a no.
//!
//! The rule belongs to the provider, and only what its page names counts. A text is not a truth value unless the
//! provider is known to write them so. Pure.

use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::domain::profile::EmailTrust;

/// What counts as the provider's value that an address was proven.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailVerificationRule {
    /// JSON `true` is a yes, `false` a no.
    #[default]
    Boolean,
    /// So are the texts `true` and `false` (Apple, LinkedIn).
    BooleanOrText,
    /// So are the texts `1` and `0` (Entra's `xms_edov`).
    BooleanOrDigit,
    /// The timestamp of the confirmation, as RFC 3339 writes it (GitLab); nothing is a no.
    Timestamp,
    /// The member holds the address itself, and the provider fills it only with proven ones (X).
    EqualsEmail,
    /// The provider says nothing that could be believed, whatever stands there.
    Never,
}

impl EmailVerificationRule {
    /// What `value` says of `email`.
    #[must_use]
    pub fn evaluate(self, value: Option<&Value>, email: &str) -> EmailTrust {
        let text = value.and_then(Value::as_str);
        match (self, value) {
            (Self::Boolean | Self::BooleanOrText | Self::BooleanOrDigit, Some(Value::Bool(is_verified))) => {
                from_bool(*is_verified)
            }
            (Self::BooleanOrText, _) if text == Some("true") => EmailTrust::Verified,
            (Self::BooleanOrText, _) if text == Some("false") => EmailTrust::Unverified,
            (Self::BooleanOrDigit, _) if text == Some("1") => EmailTrust::Verified,
            (Self::BooleanOrDigit, _) if text == Some("0") => EmailTrust::Unverified,
            (Self::Timestamp, _) if text.is_some_and(is_timestamp) => EmailTrust::Verified,
            (Self::EqualsEmail, _) if text == Some(email) && email.contains('@') => EmailTrust::Verified,
            _ => EmailTrust::Unknown,
        }
    }
}

fn from_bool(is_verified: bool) -> EmailTrust {
    if is_verified { EmailTrust::Verified } else { EmailTrust::Unverified }
}

fn is_timestamp(text: &str) -> bool {
    OffsetDateTime::parse(text, &Rfc3339).is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_rule_believes_its_own_spellings_and_no_other() {
        use EmailTrust::{Unknown, Unverified, Verified};
        use EmailVerificationRule::{Boolean, BooleanOrDigit, BooleanOrText, EqualsEmail, Never, Timestamp};
        let timestamp = "2020-01-02T03:10:00.000Z";
        for (value, [flag, text, digit, at, only]) in [
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
            (json!(timestamp), [Unknown, Unknown, Unknown, Verified, Unknown]),
            (json!("a@b.c"), [Unknown, Unknown, Unknown, Unknown, Verified]),
            (json!("x@b.c"), [Unknown; 5]),
        ] {
            let rules = [Boolean, BooleanOrText, BooleanOrDigit, Timestamp, EqualsEmail];
            for (rule, trust) in rules.into_iter().zip([flag, text, digit, at, only]) {
                assert_eq!(rule.evaluate(Some(&value), "a@b.c"), trust, "{rule:?} {value}");
            }
            assert_eq!(Never.evaluate(Some(&value), "a@b.c"), Unknown, "{value}");
        }
        for rule in [Boolean, BooleanOrText, BooleanOrDigit, Timestamp, EqualsEmail, Never] {
            assert_eq!(rule.evaluate(None, "a@b.c"), Unknown, "{rule:?}");
        }
    }
}

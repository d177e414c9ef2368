//! Which values of a provider's field count as proof of an email, and which as its absence.
//!
//! Each provider has one rule, and values outside of the rule count for nothing: text is not a boolean unless the
//! provider is known to write booleans so. Pure.

use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::domain::profile::EmailTrust;

/// How a provider states whether an email is verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailVerificationRule {
    /// JSON `true` or `false`.
    #[default]
    Boolean,
    /// A boolean, or the text `true` or `false` (Apple, LinkedIn).
    BooleanOrText,
    /// A boolean, or the text `1` or `0` (Entra's `xms_edov`).
    BooleanOrDigit,
    /// The time of the confirmation in RFC 3339 (GitLab); `null` proves nothing.
    Timestamp,
    /// The field repeats the email and holds verified ones only (X).
    EqualsEmail,
    /// The provider makes no reliable statement.
    Never,
}

impl EmailVerificationRule {
    /// What `value` states about `email`.
    #[must_use]
    pub fn evaluate(self, value: Option<&Value>, email: &str) -> EmailTrust {
        let text = value.and_then(Value::as_str);
        match (self, value) {
            (Self::Boolean | Self::BooleanOrText | Self::BooleanOrDigit, Some(Value::Bool(is_verified))) => {
                if *is_verified {
                    EmailTrust::Verified
                } else {
                    EmailTrust::Unverified
                }
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

fn is_timestamp(text: &str) -> bool {
    OffsetDateTime::parse(text, &Rfc3339).is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rule_accepts_only_its_own_values() {
        use EmailTrust::{Unknown, Unverified, Verified};
        use EmailVerificationRule::{Boolean, BooleanOrDigit, BooleanOrText, EqualsEmail, Never, Timestamp};
        let timestamp = "2020-01-02T03:10:00.000Z";
        for (value, [boolean, text, digit, time, equal]) in [
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
            for (rule, trust) in rules.into_iter().zip([boolean, text, digit, time, equal]) {
                assert_eq!(rule.evaluate(Some(&value), "a@b.c"), trust, "{rule:?} {value}");
            }
            assert_eq!(Never.evaluate(Some(&value), "a@b.c"), Unknown, "{value}");
        }
        for rule in [Boolean, BooleanOrText, BooleanOrDigit, Timestamp, EqualsEmail, Never] {
            assert_eq!(rule.evaluate(None, "a@b.c"), Unknown, "{rule:?}");
        }
    }
}

//! Reads an email together with its proof. Both come out of one document: the proof of one document never vouches
//! for the address of another. Pure.

use serde_json::Value;

use super::email_verification::EmailVerificationRule;
use super::field_selector::FieldSelector;
use crate::domain::json_path::JsonPath;
use crate::domain::profile::{EmailClaim, EmailTrust};

/// Where the email and its proof are.
#[derive(Clone, Debug)]
pub struct EmailMap {
    /// The address.
    pub email: FieldSelector,
    /// The proof, if the provider has a field for it.
    pub verified: Option<JsonPath>,
    /// How to read the proof.
    pub rule: EmailVerificationRule,
}

impl EmailMap {
    /// All paths.
    pub(super) fn paths(&self) -> impl Iterator<Item = &JsonPath> {
        self.email.paths().chain(&self.verified)
    }

    /// The email of one document with the proof of the same document.
    #[must_use]
    pub fn read(&self, document: &Value) -> Option<EmailClaim> {
        let email = self.email.text(document)?;
        let proof = self.verified.as_ref().and_then(|path| path.find(document));
        let trust = self.rule.evaluate(proof, &email);
        Some(EmailClaim { email, trust })
    }

    /// The email of the first document that states whether it is verified, else of the first that has one.
    #[must_use]
    pub fn read_first(&self, documents: &[Value]) -> Option<EmailClaim> {
        let mut claims = documents.iter().filter_map(|document| self.read(document)).peekable();
        let first = claims.peek().cloned();
        claims.find(|claim| claim.trust != EmailTrust::Unknown).or(first)
    }

    /// Whether another document may say more: the email is missing, or it is there without the statement that this
    /// provider can make about it.
    #[must_use]
    pub fn is_incomplete(&self, document: &Value) -> bool {
        let can_be_proven = self.verified.is_some() && self.rule != EmailVerificationRule::Never;
        self.read(document).is_none_or(|claim| can_be_proven && claim.trust == EmailTrust::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map() -> EmailMap {
        EmailMap {
            email: "email".parse().unwrap(),
            verified: Some("email_verified".parse().unwrap()),
            rule: EmailVerificationRule::Boolean,
        }
    }

    #[test]
    fn email_and_proof_come_from_one_document() {
        use EmailTrust::{Unknown, Unverified, Verified};
        for (id_token, userinfo, expected) in [
            (json!({"email_verified": true}), json!({"email": "v@x.org"}), Some(("v@x.org", Unknown))),
            (
                json!({"email_verified": true}),
                json!({"email": "v@x.org", "email_verified": false}),
                Some(("v@x.org", Unverified)),
            ),
            (json!({"email": "a@x.org"}), json!({"email_verified": true}), Some(("a@x.org", Unknown))),
            (
                json!({"email": "a@x.org"}),
                json!({"email": "b@x.org", "email_verified": true}),
                Some(("b@x.org", Verified)),
            ),
            (
                json!({"email": "a@x.org", "email_verified": false}),
                json!({"email": "b@x.org", "email_verified": true}),
                Some(("a@x.org", Unverified)),
            ),
            (json!({"email": "a@x.org"}), json!({"email": "b@x.org"}), Some(("a@x.org", Unknown))),
            (json!({"email": ""}), json!({}), None),
        ] {
            let expected = expected.map(|(email, trust)| EmailClaim { email: email.to_owned(), trust });
            assert_eq!(map().read_first(&[id_token.clone(), userinfo.clone()]), expected, "{id_token} {userinfo}");
        }
    }

    #[test]
    fn email_without_its_statement_is_incomplete() {
        let without_proof = EmailMap { verified: None, ..map() };
        let never = EmailMap { rule: EmailVerificationRule::Never, ..map() };
        for (document, map, is_incomplete) in [
            (json!({"email": "a@x.org", "email_verified": true}), map(), false),
            (json!({"email": "a@x.org", "email_verified": false}), map(), false),
            (json!({"email": "a@x.org"}), map(), true),
            (json!({"email_verified": true}), map(), true),
            (json!({"email": "a@x.org"}), without_proof.clone(), false),
            (json!({"email": "a@x.org"}), never, false),
            (json!({}), without_proof, true),
        ] {
            assert_eq!(map.is_incomplete(&document), is_incomplete, "{document}");
        }
    }
}

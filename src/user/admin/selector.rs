//! How operators name a user.

use std::convert::Infallible;
use std::str::FromStr;

use uuid::Uuid;

use crate::domain::id::{ProviderName, UserId};

/// A user by id, by identity or by address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// By id.
    Id(UserId),
    /// By an identity: the provider and its id of the user.
    Identity(ProviderName, String),
    /// By an email address.
    Email(String),
}

impl FromStr for Selector {
    type Err = Infallible;

    /// An id is a UUID in any of its forms, or the blob literal that SQLite prints for it (`X'0F…'`); an identity is
    /// `provider:subject`. Everything else is an address, which never contains a colon.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let blob = text.strip_prefix(['X', 'x']).and_then(|rest| rest.strip_prefix('\'')?.strip_suffix('\''));
        if let Ok(id) = Uuid::try_parse(blob.unwrap_or(text)) {
            return Ok(Self::Id(UserId(id)));
        }
        let identity = text.split_once(':').and_then(|(name, subject)| Some((name.parse().ok()?, subject.to_owned())));
        Ok(match identity {
            Some((provider, subject)) => Self::Identity(provider, subject),
            None => Self::Email(text.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_is_read_in_every_form_in_which_it_is_printed() {
        let id = Uuid::from_u128(0x0f0e_0d0c_0b0a_4908_8706_0504_0302_0100);
        for text in [
            "0f0e0d0c-0b0a-4908-8706-050403020100",
            "0F0E0D0C0B0A49088706050403020100",
            "X'0F0E0D0C0B0A49088706050403020100'",
            "x'0f0e0d0c0b0a49088706050403020100'",
        ] {
            assert_eq!(text.parse(), Ok(Selector::Id(UserId(id))), "{text}");
        }
    }

    #[test]
    fn identity_has_a_provider_before_the_first_colon_and_the_rest_is_an_address() {
        let google = || "google".parse().expect("a name");
        for subject in ["1234", "a:b", "mira@example.org", ""] {
            assert_eq!(format!("google:{subject}").parse(), Ok(Selector::Identity(google(), subject.to_owned())));
        }
        for text in ["mira@example.org", "X'0f'", "", "Google:1234", "'; DROP TABLE users"] {
            assert_eq!(text.parse(), Ok(Selector::Email(text.to_owned())), "{text}");
        }
    }
}

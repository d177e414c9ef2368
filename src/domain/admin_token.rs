//! The bearer tokens by which operators use the `/admin` routes. Only their SHA-256 is kept.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::constant_time;

use super::sha256::sha256;

/// A shorter token could be guessed.
const MIN_LENGTH: usize = 32;

/// The longest name, which each event of the audit trail repeats.
const MAX_NAME_LENGTH: usize = 32;

/// The name of a token that has none.
const DEFAULT_NAME: &str = "default";

/// The tokens, each with a name. Empty: there are no such routes. Cheap to clone.
#[derive(Clone, Default)]
pub struct AdminTokens(Arc<[AdminToken]>);

struct AdminToken {
    name: Arc<str>,
    sha256: [u8; 32],
}

/// Why a text is no list of tokens; never repeats any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTokens {
    /// A token is too short, or contains other characters than those of RFC 6750 section 2.1.
    #[error("line {0}: expected a token of at least 32 characters out of A-Z, a-z, 0-9 and -._~+/=")]
    Token(usize),
    /// A name is empty, too long, or contains other characters.
    #[error("line {0}: expected a name of 1 to 32 characters out of A-Z, a-z, 0-9 and -._ before the colon")]
    Name(usize),
    /// Two tokens have one name, or no name.
    #[error("line {0}: another token has the same name; write NAME:TOKEN in each line")]
    RepeatedName(usize),
    /// The same token has two names.
    #[error("line {0}: the token is listed twice")]
    RepeatedToken(usize),
    /// There is no token.
    #[error("expected a token")]
    Empty,
}

impl AdminTokens {
    /// Reads one `TOKEN` or `NAME:TOKEN` in each line; empty lines are ignored.
    ///
    /// # Errors
    /// [`InvalidTokens`]
    pub fn parse(text: &str) -> Result<Self, InvalidTokens> {
        let mut tokens: Vec<AdminToken> = Vec::new();
        for (number, line) in (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| !line.is_empty()) {
            let (name, token) = line.split_once(':').unwrap_or((DEFAULT_NAME, line));
            if token.len() < MIN_LENGTH || !token.bytes().all(is_token_byte) {
                return Err(InvalidTokens::Token(number));
            }
            if !(1..=MAX_NAME_LENGTH).contains(&name.len()) || !name.bytes().all(is_name_byte) {
                return Err(InvalidTokens::Name(number));
            }
            let token = AdminToken { name: name.into(), sha256: sha256(token) };
            if tokens.iter().any(|other| other.name == token.name) {
                return Err(InvalidTokens::RepeatedName(number));
            }
            if tokens.iter().any(|other| other.sha256 == token.sha256) {
                return Err(InvalidTokens::RepeatedToken(number));
            }
            tokens.push(token);
        }
        if tokens.is_empty() { Err(InvalidTokens::Empty) } else { Ok(Self(tokens.into())) }
    }

    /// The first token of a text that [`Self::parse`] accepts, without its name.
    #[must_use]
    pub fn first(text: &str) -> Option<&str> {
        let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
        Some(line.split_once(':').map_or(line, |(_, token)| token))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a session of the operator with this token is bound to: it ends with the token, and reveals nothing of it.
    #[cfg(feature = "pages")]
    #[must_use]
    pub fn binding_of(&self, presented: &str) -> Option<[u8; 32]> {
        self.name_of(presented).map(|_| binding(&sha256(presented)))
    }

    /// The name of the token that a session is bound to; `None` if that token is not listed any more.
    #[cfg(feature = "pages")]
    #[must_use]
    pub fn name_of_binding(&self, bound_to: &[u8; 32]) -> Option<Arc<str>> {
        let is_bound =
            |token: &&AdminToken| constant_time::verify_slices_are_equal(&binding(&token.sha256), bound_to).is_ok();
        self.0.iter().find(is_bound).map(|token| Arc::clone(&token.name))
    }

    /// The name of a token. How long it takes says nothing about the tokens.
    #[must_use]
    pub fn name_of(&self, presented: &str) -> Option<Arc<str>> {
        let presented = sha256(presented);
        self.0.iter().fold(None, |found, token| {
            let is_equal = constant_time::verify_slices_are_equal(&token.sha256, &presented).is_ok();
            if is_equal { Some(Arc::clone(&token.name)) } else { found }
        })
    }
}

impl fmt::Debug for AdminTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|token| &token.name)).finish()
    }
}

#[cfg(feature = "pages")]
fn binding(token: &[u8; 32]) -> [u8; 32] {
    sha256(&format!("session of an operator {}", hex::encode(token)))
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "0123456789abcdef0123456789abcdef";
    const SECOND: &str = "-._~+/==89abcdef0123456789abcdef";

    #[test]
    fn token_is_found_by_its_whole_text_only() {
        let tokens = AdminTokens::parse(&format!("\nmira:{FIRST} \r\n\n ops-2:{SECOND}\n")).expect("tokens");
        assert_eq!(tokens.name_of(FIRST).as_deref(), Some("mira"));
        assert_eq!(tokens.name_of(SECOND).as_deref(), Some("ops-2"));
        for other in ["", &FIRST[1..], &format!("{FIRST}0"), &format!("mira:{FIRST}"), &FIRST.to_uppercase()] {
            assert_eq!(tokens.name_of(other), None, "{other}");
        }
        assert_eq!(AdminTokens::parse(FIRST).expect("a token").name_of(FIRST).as_deref(), Some("default"));
        assert_eq!(AdminTokens::default().name_of(FIRST), None);
    }

    #[cfg(feature = "pages")]
    #[test]
    fn session_is_bound_to_its_token_and_not_to_its_name() {
        let tokens = AdminTokens::parse(&format!("mira:{FIRST}\nops:{SECOND}")).expect("tokens");
        let bound_to = tokens.binding_of(FIRST).expect("a token");
        assert_eq!(tokens.name_of_binding(&bound_to).as_deref(), Some("mira"));
        assert_eq!(tokens.binding_of(&FIRST[1..]), None);
        assert_eq!(tokens.name_of_binding(&sha256(FIRST)), None, "what is compared with a token is no binding");
        let renamed = AdminTokens::parse(&format!("rosa:{FIRST}")).expect("a token");
        assert_eq!(renamed.name_of_binding(&bound_to).as_deref(), Some("rosa"));
        let replaced = AdminTokens::parse(&format!("mira:{SECOND}")).expect("a token");
        assert_eq!(replaced.name_of_binding(&bound_to), None);
    }

    #[test]
    fn list_of_tokens_is_checked_and_never_printed() {
        for (text, expected) in [
            ("", InvalidTokens::Empty),
            (" \n", InvalidTokens::Empty),
            (&FIRST[1..], InvalidTokens::Token(1)),
            (&format!("{FIRST} {SECOND}"), InvalidTokens::Token(1)),
            (&format!("{FIRST}\na:b:{FIRST}"), InvalidTokens::Token(2)),
            (&format!(":{FIRST}"), InvalidTokens::Name(1)),
            (&format!("\n{}:{FIRST}", "n".repeat(33)), InvalidTokens::Name(2)),
            (&format!("{FIRST}\n{SECOND}"), InvalidTokens::RepeatedName(2)),
            (&format!("a:{FIRST}\nb:{FIRST}"), InvalidTokens::RepeatedToken(2)),
        ] {
            let error = AdminTokens::parse(text).expect_err(text);
            assert_eq!(error, expected, "{text}");
            assert!(!error.to_string().contains("456789"), "{error}");
        }
        let tokens = AdminTokens::parse(&format!("mira:{FIRST}")).expect("tokens");
        assert_eq!(format!("{tokens:?}"), r#"["mira"]"#);
    }
}

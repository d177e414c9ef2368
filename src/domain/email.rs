//! Addresses: as they were written, and in the one form by which they are compared.
//!
//! Nothing is folded in silence: an address whose compatibility form (NFKC) differs from itself is
//! refused, so that no look-alike ever equals a real one.

use unicode_normalization::is_nfkc;

/// The greatest length of an address in bytes (RFC 5321 section 4.5.3.1.3).
const MOST: usize = 254;

/// An address that could be delivered to, in both forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailAddress {
    written: String,
    canonical: String,
}

/// Why a text is not an address that we keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAddress {
    /// No `@`, more than one, or nothing on one side of it.
    #[error("an address has exactly one @ with something on both sides")]
    Shape,
    /// A character that no address of ours may hold, or a form that looks like another.
    #[error("the address holds a character that is not allowed")]
    Character,
    /// The part after the `@` is not a host name.
    #[error("the part after the @ is not a host name")]
    Domain,
    /// More than 254 bytes.
    #[error("the address is too long")]
    Length,
}

impl EmailAddress {
    /// Reads an address. Its canonical form has an ASCII host name (IDNA) and ASCII letters in lower case.
    ///
    /// # Errors
    /// [`NotAnAddress`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, NotAnAddress> {
        if text.len() > MOST {
            return Err(NotAnAddress::Length);
        }
        if !is_nfkc(text) || text.chars().any(is_refused) {
            return Err(NotAnAddress::Character);
        }
        let (local, domain) = text.split_once('@').ok_or(NotAnAddress::Shape)?;
        if local.is_empty() || domain.is_empty() || domain.contains('@') {
            return Err(NotAnAddress::Shape);
        }
        if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
            return Err(NotAnAddress::Shape);
        }
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| NotAnAddress::Domain)?;
        if domain.is_empty() || domain.ends_with('.') || domain.split('.').any(str::is_empty) {
            return Err(NotAnAddress::Domain);
        }
        let canonical = format!("{}@{domain}", local.to_ascii_lowercase());
        if canonical.len() > MOST {
            return Err(NotAnAddress::Length);
        }
        Ok(Self { written: text.to_owned(), canonical })
    }

    /// The address as it was written.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.written
    }

    /// The form that is compared and unique.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

fn is_refused(c: char) -> bool {
    c.is_control()
        || c.is_whitespace()
        || matches!(c, ',' | ';' | ':' | '"' | '(' | ')' | '<' | '>' | '[' | ']' | '\\')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn equal_addresses_have_one_canonical_form() {
        for (written, canonical) in [
            ("Mira@Example.ORG", "mira@example.org"),
            ("u@bücher.de", "u@xn--bcher-kva.de"),
            ("u@BÜCHER.de", "u@xn--bcher-kva.de"),
            ("first.last+tag@example.org", "first.last+tag@example.org"),
            ("Ünï@example.org", "Ünï@example.org"),
        ] {
            assert_eq!(EmailAddress::parse(written).map(|a| a.canonical), Ok(canonical.to_owned()), "{written}");
        }
    }

    #[test]
    fn what_could_pass_for_another_address_is_refused() {
        for bad in [
            "",
            "@",
            "a@",
            "@b.c",
            "a",
            "a@b@c.d",
            "a@x.com,b@y.com",
            "a b@c.d",
            "a\u{0}@c.d",
            "a\r\n@c.d",
            "a\u{ff20}x.com",
            "\u{ff41}@x.com",
            "\u{fb01}n@x.com",
            "a@x..y",
            "a@x.y.",
            "a@.x.y",
            "\"a\"@x.y",
            "(c)a@x.y",
            ".a@x.y",
            "a.@x.y",
            "a..b@x.y",
            "a@x_y.z",
            "a@-x.y",
            "a\u{202e}b@x.y",
            "a\u{200b}@x.y",
            "a@[127.0.0.1]",
            "<a@x.y>",
            "mailto:a@x.y",
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(EmailAddress::parse(&format!("{}@x.y", "a".repeat(260))), Err(NotAnAddress::Length));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn the_canonical_form_is_its_own_canonical_form(text in "[a-zA-ZäöüßéİıK0-9.@+_-]{1,40}") {
            if let Ok(address) = EmailAddress::parse(&text) {
                let again = EmailAddress::parse(address.canonical());
                prop_assert_eq!(again.map(|a| a.canonical), Ok(address.canonical));
            }
        }
    }
}

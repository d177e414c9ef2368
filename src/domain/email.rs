//! E-mail addresses: as written, and in the canonical form in which they are compared.
//!
//! Stricter than RFC 5321, so that two addresses that look alike are never equal: an address whose compatibility form
//! (NFKC) differs from itself is refused instead of converted.

use unicode_normalization::is_nfkc;

/// The greatest length of an address in bytes (RFC 5321 section 4.5.3.1.3).
const MAX_LENGTH: usize = 254;

/// A valid e-mail address in both forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailAddress {
    written: String,
    canonical: String,
}

/// Why a text is not an accepted e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEmail {
    /// No `@`, more than one, or nothing on one side of it.
    #[error("an address has exactly one @ with something on both sides")]
    Shape,
    /// A character that is not allowed, or one that looks like another.
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
    /// Parses an address. Its canonical form has an ASCII host name (IDNA) and ASCII letters in lower case.
    ///
    /// # Errors
    /// [`InvalidEmail`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        if text.len() > MAX_LENGTH {
            return Err(InvalidEmail::Length);
        }
        if !is_compatibility_form(text) || text.chars().any(is_refused) {
            return Err(InvalidEmail::Character);
        }
        let (local, domain) = text.split_once('@').ok_or(InvalidEmail::Shape)?;
        if local.is_empty() || domain.is_empty() || domain.contains('@') {
            return Err(InvalidEmail::Shape);
        }
        if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
            return Err(InvalidEmail::Shape);
        }
        let local = local.to_ascii_lowercase();
        // A lower-case letter may combine with an accent where the capital did not.
        if !is_compatibility_form(&local) {
            return Err(InvalidEmail::Character);
        }
        let domain = canonical_domain(domain).ok_or(InvalidEmail::Domain)?;
        let canonical = format!("{local}@{domain}");
        if canonical.len() > MAX_LENGTH {
            return Err(InvalidEmail::Length);
        }
        Ok(Self { written: text.to_owned(), canonical })
    }

    /// The address as it was written.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.written
    }

    /// The form in which addresses are compared.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

/// A host name in its canonical form: IDNA's A-labels, ASCII letters in lower case. `None` if it is not one, or
/// if IDNA maps it to a name that reads differently (because of a soft hyphen, or another kind of dot).
#[must_use]
pub fn canonical_domain(text: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_strict(text).ok()?;
    let is_read_as_meant = text.split('.').count() == ascii.split('.').count()
        && text.split('.').zip(ascii.split('.')).all(|(written, label)| {
            written.eq_ignore_ascii_case(label) || written.to_lowercase() == idna::domain_to_unicode(label).0
        });
    (is_read_as_meant && ascii.split('.').all(|label| !label.is_empty())).then_some(ascii)
}

/// ASCII text always is.
fn is_compatibility_form(text: &str) -> bool {
    text.is_ascii() || is_nfkc(text)
}

fn is_refused(c: char) -> bool {
    c.is_control()
        || c.is_whitespace()
        || matches!(c, ',' | ';' | ':' | '"' | '(' | ')' | '<' | '>' | '[' | ']' | '\\')
        || !c.is_ascii() && is_invisible(c)
}

/// Default-ignorable code points of Unicode, which are invisible.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests;

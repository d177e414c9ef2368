//! The section `compat`: behaviour that Nhost's clients expect although there is a safer way.

use super::Mode;
use super::reader::Section;
use super::warnings::Risk;

/// Compatibility with Nhost's clients at the price of safety.
#[derive(Clone, Debug)]
pub struct Compat {
    /// `compat.connect_in_url`: whether a start takes the user's access token as `connect=`.
    pub connect_in_url: bool,
    /// `compat.refresh_token_in_url`: whether a sign-in without a code challenge ends with a refresh token in the URL.
    pub refresh_token_in_url: bool,
}

pub(super) fn read(mut section: Section<'_>, mode: Mode) -> Compat {
    let compat = Compat {
        connect_in_url: section.boolean("connect_in_url").unwrap_or(true),
        refresh_token_in_url: section.boolean("refresh_token_in_url").unwrap_or(true),
    };
    if mode == Mode::Production {
        match (compat.connect_in_url, compat.refresh_token_in_url) {
            (true, true) => section.warn("connect_in_url, compat.refresh_token_in_url", Risk::TokensInUrl),
            (true, false) => section.warn("connect_in_url", Risk::TokensInUrl),
            (false, true) => section.warn("refresh_token_in_url", Risk::TokensInUrl),
            (false, false) => {}
        }
    }
    compat
}

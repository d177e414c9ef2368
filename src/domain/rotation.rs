//! What a provider does to a refresh token that is used.

use serde::Deserialize;

/// The fate of a refresh token after its use (RFC 9700 section 4.14.2). It decides whether a refresh whose answer was lost
/// may be sent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// It stays valid and can be used again.
    Keeps,
    /// A new one takes its place. Using the old one again fails or works, and does no harm.
    Rotates,
    /// A new one takes its place. Using the old one again revokes the new one, too; assumed where nothing is documented.
    #[default]
    RevokesOnReuse,
}

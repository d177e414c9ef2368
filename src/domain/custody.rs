//! Who looks after the tokens of a provider.

/// Where the tokens of a sign-in go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Custody {
    /// They are handed out once, and the app looks after them.
    #[default]
    Once,
    /// The service keeps the refresh token, and hands out a live access token at any time.
    Managed,
}

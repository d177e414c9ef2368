//! How often each endpoint was called, so that a test can say "exactly once".

use super::house::House;

/// Calls at one house.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Visits of the authorization page, skipped ones included.
    pub authorize: u64,
    /// Calls of the token endpoint: codes and refresh tokens, accepted or not.
    pub token: u64,
    /// Calls for the profile.
    pub userinfo: u64,
    /// Calls for the list of addresses (GitHub).
    pub emails: u64,
    /// Calls for the public keys.
    pub jwks: u64,
    /// Calls for the discovery document.
    pub discovery: u64,
    /// Calls that took a token back.
    pub revoke: u64,
}

/// Calls at all houses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// At the simulated Google.
    pub google: Calls,
    /// At the simulated GitHub.
    pub github: Calls,
    /// At the plain OpenID provider.
    pub oidc: Calls,
}

impl Counts {
    pub(super) fn of(&mut self, house: House) -> &mut Calls {
        match house {
            House::Google => &mut self.google,
            House::Github => &mut self.github,
            House::Oidc => &mut self.oidc,
        }
    }
}

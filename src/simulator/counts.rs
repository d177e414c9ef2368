//! How often each endpoint was called, so that a test can say "exactly once".

use super::house::House;

/// A kind of endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The page that a browser is sent to.
    Authorize,
    /// Where everything begins at Twitter.
    RequestToken,
    /// Where codes, verifiers and refresh tokens are presented.
    Token,
    /// The profile.
    Userinfo,
    /// The list of addresses (GitHub, Bitbucket).
    Emails,
    /// The public keys.
    Jwks,
    /// The discovery document.
    Discovery,
    /// Where a token is taken back.
    Revoke,
}

/// Calls at one house.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Visits of the authorization page, skipped ones included.
    pub authorize: u64,
    /// Calls for a request token (Twitter).
    pub request_token: u64,
    /// Calls of the token endpoint: codes and refresh tokens, accepted or not.
    pub token: u64,
    /// Calls for the profile.
    pub userinfo: u64,
    /// Calls for the list of addresses (GitHub, Bitbucket).
    pub emails: u64,
    /// Calls for the public keys.
    pub jwks: u64,
    /// Calls for the discovery document.
    pub discovery: u64,
    /// Calls that took a token back.
    pub revoke: u64,
}

impl Calls {
    fn at(&mut self, place: Place) -> &mut u64 {
        match place {
            Place::Authorize => &mut self.authorize,
            Place::RequestToken => &mut self.request_token,
            Place::Token => &mut self.token,
            Place::Userinfo => &mut self.userinfo,
            Place::Emails => &mut self.emails,
            Place::Jwks => &mut self.jwks,
            Place::Discovery => &mut self.discovery,
            Place::Revoke => &mut self.revoke,
        }
    }
}

/// One field for each house: the field, the house, and whom it plays.
macro_rules! counts {
    ($($field:ident $house:ident $played:literal)*) => {
        /// Calls at all houses.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Counts {
            $(#[doc = concat!("At the simulated ", $played, ".")] pub $field: Calls,)*
        }

        impl Counts {
            /// Calls at one house.
            #[must_use]
            pub fn of(&self, house: House) -> Calls {
                match house {
                    $(House::$house => self.$field,)*
                }
            }

            fn of_mut(&mut self, house: House) -> &mut Calls {
                match house {
                    $(House::$house => &mut self.$field,)*
                }
            }
        }
    };
}

counts! {
    apple Apple "Apple"
    github Github "GitHub"
    google Google "Google"
    linkedin Linkedin "`LinkedIn`"
    discord Discord "Discord"
    spotify Spotify "Spotify"
    twitch Twitch "Twitch"
    gitlab Gitlab "GitLab"
    bitbucket Bitbucket "Bitbucket"
    workos Workos "`WorkOS`"
    azuread Azuread "Azure AD"
    entraid Entraid "Microsoft Entra ID"
    strava Strava "Strava"
    facebook Facebook "Facebook"
    windowslive Windowslive "Windows Live"
    twitter Twitter "Twitter"
    x X "X"
    oidc Oidc "plain OpenID provider"
}

impl Counts {
    pub(super) fn add(&mut self, house: House, place: Place) {
        *self.of_mut(house).at(place) += 1;
    }
}

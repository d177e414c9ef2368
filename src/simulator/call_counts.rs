//! How often each endpoint was called, so that a test can say "exactly once".

use super::provider::SimulatedProvider;

/// A kind of endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
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

/// Calls at one provider.
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
    fn at(&mut self, endpoint: Endpoint) -> &mut u64 {
        match endpoint {
            Endpoint::Authorize => &mut self.authorize,
            Endpoint::RequestToken => &mut self.request_token,
            Endpoint::Token => &mut self.token,
            Endpoint::Userinfo => &mut self.userinfo,
            Endpoint::Emails => &mut self.emails,
            Endpoint::Jwks => &mut self.jwks,
            Endpoint::Discovery => &mut self.discovery,
            Endpoint::Revoke => &mut self.revoke,
        }
    }
}

/// One field for each provider: the field, the provider, and whom it plays.
macro_rules! counts {
    ($($field:ident $provider:ident $played:literal)*) => {
        /// Calls at all providers.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Counts {
            $(#[doc = concat!("At the simulated ", $played, ".")] pub $field: Calls,)*
        }

        impl Counts {
            /// Calls at one provider.
            #[must_use]
            pub fn of(&self, provider: SimulatedProvider) -> Calls {
                match provider {
                    $(SimulatedProvider::$provider => self.$field,)*
                }
            }

            fn of_mut(&mut self, provider: SimulatedProvider) -> &mut Calls {
                match provider {
                    $(SimulatedProvider::$provider => &mut self.$field,)*
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
    pub(super) fn add(&mut self, provider: SimulatedProvider, endpoint: Endpoint) {
        *self.of_mut(provider).at(endpoint) += 1;
    }
}

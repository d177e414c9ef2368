//! Counts calls per provider and endpoint, so that a test can assert "exactly once".

use serde::{Deserialize, Serialize};

use super::provider::SimulatedProvider;

/// A kind of endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// The authorization page.
    Authorize,
    /// Request tokens (Twitter).
    RequestToken,
    /// The token endpoint.
    Token,
    /// The profile.
    Userinfo,
    /// The list of emails (GitHub, Bitbucket).
    Emails,
    /// The key set.
    Jwks,
    /// The discovery document.
    Discovery,
    /// Token revocation.
    Revoke,
}

impl Endpoint {
    /// Every kind of endpoint.
    pub(super) const ALL: [Self; 8] = [
        Self::Authorize,
        Self::RequestToken,
        Self::Token,
        Self::Userinfo,
        Self::Emails,
        Self::Jwks,
        Self::Discovery,
        Self::Revoke,
    ];
}

/// Calls at one provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Calls {
    /// Authorization requests, with or without the page.
    pub authorize: u64,
    /// Requests for a request token (Twitter).
    pub request_token: u64,
    /// Token requests, accepted or not.
    pub token: u64,
    /// Profile requests.
    pub userinfo: u64,
    /// Requests for the list of emails (GitHub, Bitbucket).
    pub emails: u64,
    /// Key set requests.
    pub jwks: u64,
    /// Discovery requests.
    pub discovery: u64,
    /// Revocation requests.
    pub revoke: u64,
    /// Codes that were presented again.
    pub reused_codes: u64,
    /// Replaced refresh tokens that were presented again.
    pub reused_refresh_tokens: u64,
}

impl Calls {
    pub(super) fn at(&mut self, endpoint: Endpoint) -> &mut u64 {
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

/// Declares one field per provider: field, variant, label.
macro_rules! counts {
    ($($field:ident $provider:ident $label:literal)*) => {
        /// Calls at all providers.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
        pub struct Counts {
            $(#[doc = concat!("At the simulated ", $label, ".")] pub $field: Calls,)*
        }

        impl Counts {
            /// Calls at one provider.
            #[must_use]
            pub fn of(&self, provider: SimulatedProvider) -> Calls {
                match provider {
                    $(SimulatedProvider::$provider => self.$field,)*
                }
            }

            pub(super) fn of_mut(&mut self, provider: SimulatedProvider) -> &mut Calls {
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
    oauth2 Oauth2 "plain OAuth 2.0 provider"
}

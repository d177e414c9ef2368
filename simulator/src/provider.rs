//! The list of simulated providers.

/// One simulated provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SimulatedProvider {
    /// Sign in with Apple: `form_post` responses, a signed client secret.
    Apple,
    /// OAuth 2.0 as GitHub does it.
    Github,
    /// OpenID Connect as Google does it.
    Google,
    /// OpenID Connect as LinkedIn does it.
    Linkedin,
    /// OAuth 2.0 as Discord does it.
    Discord,
    /// OAuth 2.0 as Spotify does it.
    Spotify,
    /// OAuth 2.0 as Twitch does it.
    Twitch,
    /// OAuth 2.0 as GitLab does it.
    Gitlab,
    /// OAuth 2.0 as Bitbucket does it.
    Bitbucket,
    /// `WorkOS` single sign-on.
    Workos,
    /// Microsoft's directory, version 1 endpoints.
    Azuread,
    /// Microsoft's directory, version 2 endpoints.
    Entraid,
    /// OAuth 2.0 as Strava does it: no user has an email.
    Strava,
    /// OAuth 2.0 as Facebook does it.
    Facebook,
    /// Microsoft's former personal accounts.
    Windowslive,
    /// OAuth 1.0a as Twitter does it.
    Twitter,
    /// OAuth 2.0 as X does it.
    X,
    /// Plain OpenID Connect.
    Oidc,
    /// Plain OAuth 2.0, without OpenID Connect.
    Oauth2,
}

impl SimulatedProvider {
    /// Every provider.
    pub const ALL: [Self; 19] = [
        Self::Apple,
        Self::Github,
        Self::Google,
        Self::Linkedin,
        Self::Discord,
        Self::Spotify,
        Self::Twitch,
        Self::Gitlab,
        Self::Bitbucket,
        Self::Workos,
        Self::Azuread,
        Self::Entraid,
        Self::Strava,
        Self::Facebook,
        Self::Windowslive,
        Self::Twitter,
        Self::X,
        Self::Oidc,
        Self::Oauth2,
    ];

    /// The name in paths and settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.names().0
    }

    /// The provider of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.name() == name)
    }

    /// The display name.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.names().1
    }

    /// The protocol, for people.
    pub(super) fn protocol(self) -> &'static str {
        match self {
            Self::Twitter => "OAuth 1.0a",
            _ if self.is_openid() => "OpenID Connect",
            _ => "OAuth 2.0",
        }
    }

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Apple => ("apple", "Apple"),
            Self::Github => ("github", "GitHub"),
            Self::Google => ("google", "Google"),
            Self::Linkedin => ("linkedin", "LinkedIn"),
            Self::Discord => ("discord", "Discord"),
            Self::Spotify => ("spotify", "Spotify"),
            Self::Twitch => ("twitch", "Twitch"),
            Self::Gitlab => ("gitlab", "GitLab"),
            Self::Bitbucket => ("bitbucket", "Bitbucket"),
            Self::Workos => ("workos", "WorkOS"),
            Self::Azuread => ("azuread", "Azure AD"),
            Self::Entraid => ("entraid", "Microsoft Entra ID"),
            Self::Strava => ("strava", "Strava"),
            Self::Facebook => ("facebook", "Facebook"),
            Self::Windowslive => ("windowslive", "Windows Live"),
            Self::Twitter => ("twitter", "Twitter"),
            Self::X => ("x", "X"),
            Self::Oidc => ("oidc", "OpenID provider"),
            Self::Oauth2 => ("oauth2", "OAuth 2.0 provider"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discriminants_match_positions() {
        // Key rings are indexed by the discriminant.
        for (number, provider) in SimulatedProvider::ALL.into_iter().enumerate() {
            assert_eq!(provider as usize, number, "{provider:?}");
            assert_eq!(serde_json::to_value(provider).unwrap(), provider.name());
            assert_eq!(SimulatedProvider::from_name(provider.name()), Some(provider));
        }
    }
}

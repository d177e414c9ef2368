//! The simulated providers and what sets them apart: names, paths, habits. Plain data.

use url::Url;

/// One simulated provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum House {
    /// OpenID Connect as Google does it.
    Google,
    /// OAuth 2.0 as GitHub does it.
    Github,
    /// OpenID Connect as the specification says, nothing more.
    Oidc,
}

/// Where a house answers. Absolute addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Who the house says it is: `iss` in its authorization responses and identity tokens.
    pub issuer: String,
    /// The page that a browser is sent to.
    pub authorize: String,
    /// Where a code becomes tokens.
    pub token: String,
    /// The profile behind an access token.
    pub userinfo: String,
    /// The list of addresses (GitHub).
    pub emails: Option<String>,
    /// The public keys (OpenID).
    pub jwks: Option<String>,
    /// The discovery document (OpenID).
    pub discovery: Option<String>,
    /// Where a token is taken back (Google).
    pub revoke: Option<String>,
}

impl House {
    /// Every house.
    pub const ALL: [Self; 3] = [Self::Google, Self::Github, Self::Oidc];

    /// The name in paths and settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Github => "github",
            Self::Oidc => "oidc",
        }
    }

    /// The name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Google => "Google",
            Self::Github => "GitHub",
            Self::Oidc => "OpenID provider",
        }
    }

    /// Where the house answers when the simulator is reached below `base`.
    #[must_use]
    pub fn endpoints(self, base: &Url) -> Endpoints {
        self.below(base.as_str().trim_end_matches('/'))
    }

    /// The same below any prefix; below none these are the paths of the routes.
    pub(super) fn below(self, prefix: &str) -> Endpoints {
        let at = |path: &str| format!("{prefix}/{}{path}", self.name());
        match self {
            Self::Google => Endpoints {
                issuer: at(""),
                authorize: at("/o/oauth2/v2/auth"),
                token: at("/token"),
                userinfo: at("/v1/userinfo"),
                emails: None,
                jwks: Some(at("/oauth2/v3/certs")),
                discovery: Some(at("/.well-known/openid-configuration")),
                revoke: Some(at("/revoke")),
            },
            Self::Github => Endpoints {
                issuer: at("/login/oauth"),
                authorize: at("/login/oauth/authorize"),
                token: at("/login/oauth/access_token"),
                userinfo: at("/user"),
                emails: Some(at("/user/emails")),
                jwks: None,
                discovery: None,
                revoke: None,
            },
            Self::Oidc => Endpoints {
                issuer: at(""),
                authorize: at("/authorize"),
                token: at("/token"),
                userinfo: at("/userinfo"),
                emails: None,
                jwks: Some(at("/jwks")),
                discovery: Some(at("/.well-known/openid-configuration")),
                revoke: None,
            },
        }
    }

    pub(super) fn is_openid(self) -> bool {
        self != Self::Github
    }

    /// Whether the client may write its secret into the body, not only into the header.
    pub(super) fn takes_secret_in_body(self) -> bool {
        self != Self::Oidc
    }

    /// How long an access token lives, in seconds; GitHub's live until they are revoked.
    pub(super) fn access_token_seconds(self) -> Option<i64> {
        match self {
            Self::Google => Some(3599),
            Self::Github => None,
            Self::Oidc => Some(3600),
        }
    }

    /// The first letters of (codes, access tokens, refresh tokens), as the real ones have them.
    pub(super) fn prefixes(self) -> [&'static str; 3] {
        match self {
            Self::Google => ["4/0", "ya29.", "1//0"],
            Self::Github => ["", "gho_", "ghr_"],
            Self::Oidc => ["", "", ""],
        }
    }
}

//! What sets the providers apart where they differ only in traits: plain data, one row each.

use super::provider::SimulatedProvider;

/// How a provider does what all providers do.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProviderTraits {
    pub(super) client: ClientAuthentication,
    /// The signs that part the scopes of a request.
    pub(super) scope_separators: &'static [char],
    /// Whether a PKCE challenge may be the verifier itself.
    pub(super) allows_plain_challenge: bool,
    pub(super) id_token: IdTokenPolicy,
    /// Whether authorization responses say who answers (RFC 9207).
    pub(super) sends_issuer: bool,
    pub(super) refresh_token_policy: RefreshTokenPolicy,
    pub(super) rotation: Rotation,
    /// How long an access token lives, in seconds; `None` until it is revoked.
    pub(super) seconds: Option<i64>,
    pub(super) token_type: &'static str,
    pub(super) granted: ScopeFormat,
    /// The first letters of (codes, access tokens, refresh tokens), as the real ones have them.
    pub(super) prefixes: [&'static str; 3],
}

/// How the client proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClientAuthentication {
    /// In the body; a Basic header is refused.
    Body,
    /// In a Basic header; the body is refused.
    Basic,
    /// Either way.
    Either,
    /// In the body, by a token that the client signs (Apple).
    Signed,
}

/// When there is an identity token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdTokenPolicy {
    Never,
    Always,
    /// If the scope `openid` was asked for.
    WithOpenidScope,
}

/// When a code brings a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefreshTokenPolicy {
    Never,
    Always,
    /// If this scope was asked for.
    Scope(&'static str),
    /// If `access_type=offline` was asked for (Google).
    Offline,
}

/// What a refresh does to the refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rotation {
    /// It stays, and the answer has none.
    Keep,
    /// It stays, and the answer repeats it with the seconds that it has left.
    KeepAndReturn,
    /// The answer has a new one; the old one goes on.
    Add,
    /// The answer has a new one; the old one is dead.
    Rotate,
    /// The same, and the old access token is dead too.
    RotateAll,
}

/// How the token answer tells the granted scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScopeFormat {
    Omitted,
    Spaces,
    Commas,
    /// In the long spelling that Google gives them.
    Google,
    List,
    /// Under the key `scopes`.
    Scopes,
}

const DEFAULT_TRAITS: ProviderTraits = ProviderTraits {
    client: ClientAuthentication::Either,
    scope_separators: &[' '],
    allows_plain_challenge: false,
    id_token: IdTokenPolicy::Never,
    sends_issuer: false,
    refresh_token_policy: RefreshTokenPolicy::Always,
    rotation: Rotation::Rotate,
    seconds: Some(3600),
    token_type: "Bearer",
    granted: ScopeFormat::Spaces,
    prefixes: ["", "", ""],
};

impl SimulatedProvider {
    pub(super) fn traits(self) -> ProviderTraits {
        match self {
            Self::Apple => ProviderTraits {
                client: ClientAuthentication::Signed,
                id_token: IdTokenPolicy::Always,
                rotation: Rotation::Keep,
                granted: ScopeFormat::Omitted,
                prefixes: ["c", "a", "r"],
                ..DEFAULT_TRAITS
            },
            Self::Github => ProviderTraits {
                scope_separators: &[' ', ','],
                sends_issuer: true,
                refresh_token_policy: RefreshTokenPolicy::Never,
                seconds: None,
                token_type: "bearer",
                granted: ScopeFormat::Commas,
                prefixes: ["", "gho_", "ghr_"],
                ..DEFAULT_TRAITS
            },
            Self::Google => ProviderTraits {
                id_token: IdTokenPolicy::WithOpenidScope,
                sends_issuer: true,
                refresh_token_policy: RefreshTokenPolicy::Offline,
                rotation: Rotation::Keep,
                seconds: Some(3599),
                granted: ScopeFormat::Google,
                prefixes: ["4/0", "ya29.", "1//0"],
                ..DEFAULT_TRAITS
            },
            Self::Linkedin => ProviderTraits {
                client: ClientAuthentication::Body,
                id_token: IdTokenPolicy::WithOpenidScope,
                // As it treats its partners: everybody else gets no refresh token.
                rotation: Rotation::KeepAndReturn,
                seconds: Some(5_183_999),
                granted: ScopeFormat::Commas,
                prefixes: ["AQT", "AQX", "AQW"],
                ..DEFAULT_TRAITS
            },
            Self::Discord => {
                ProviderTraits { id_token: IdTokenPolicy::WithOpenidScope, seconds: Some(604_800), ..DEFAULT_TRAITS }
            }
            Self::Spotify => {
                ProviderTraits { rotation: Rotation::Keep, prefixes: ["AQ", "BQ", "AQ"], ..DEFAULT_TRAITS }
            }
            Self::Twitch => ProviderTraits {
                client: ClientAuthentication::Body,
                id_token: IdTokenPolicy::WithOpenidScope,
                rotation: Rotation::Add,
                seconds: Some(14_346),
                token_type: "bearer",
                granted: ScopeFormat::List,
                ..DEFAULT_TRAITS
            },
            Self::Gitlab => ProviderTraits {
                allows_plain_challenge: true,
                id_token: IdTokenPolicy::WithOpenidScope,
                rotation: Rotation::RotateAll,
                seconds: Some(7200),
                ..DEFAULT_TRAITS
            },
            Self::Bitbucket => ProviderTraits {
                client: ClientAuthentication::Basic,
                token_type: "bearer",
                granted: ScopeFormat::Scopes,
                ..DEFAULT_TRAITS
            },
            Self::Workos => ProviderTraits {
                client: ClientAuthentication::Body,
                refresh_token_policy: RefreshTokenPolicy::Never,
                seconds: Some(600),
                granted: ScopeFormat::Omitted,
                prefixes: ["01", "01", "01"],
                ..DEFAULT_TRAITS
            },
            Self::Azuread => ProviderTraits {
                allows_plain_challenge: true,
                id_token: IdTokenPolicy::Always,
                rotation: Rotation::Add,
                seconds: Some(3599),
                prefixes: ["0.", "eyJ0", "0."],
                ..DEFAULT_TRAITS
            },
            Self::Entraid => ProviderTraits {
                id_token: IdTokenPolicy::WithOpenidScope,
                refresh_token_policy: RefreshTokenPolicy::Scope("offline_access"),
                rotation: Rotation::Add,
                seconds: Some(3599),
                prefixes: ["0.", "Ew", "0."],
                ..DEFAULT_TRAITS
            },
            Self::Strava => ProviderTraits {
                client: ClientAuthentication::Body,
                scope_separators: &[','],
                seconds: Some(21_600),
                granted: ScopeFormat::Omitted,
                ..DEFAULT_TRAITS
            },
            Self::Facebook => ProviderTraits {
                client: ClientAuthentication::Body,
                scope_separators: &[' ', ','],
                refresh_token_policy: RefreshTokenPolicy::Never,
                seconds: Some(5_183_944),
                token_type: "bearer",
                granted: ScopeFormat::Omitted,
                prefixes: ["AQ", "EAA", ""],
                ..DEFAULT_TRAITS
            },
            Self::Windowslive => ProviderTraits {
                scope_separators: &[' ', ','],
                refresh_token_policy: RefreshTokenPolicy::Scope("wl.offline_access"),
                rotation: Rotation::Add,
                token_type: "bearer",
                prefixes: ["M", "Ew", "MC"],
                ..DEFAULT_TRAITS
            },
            // It has a protocol of its own: only the lifetime counts.
            Self::Twitter => {
                ProviderTraits { refresh_token_policy: RefreshTokenPolicy::Never, seconds: None, ..DEFAULT_TRAITS }
            }
            Self::X => ProviderTraits {
                client: ClientAuthentication::Basic,
                allows_plain_challenge: true,
                refresh_token_policy: RefreshTokenPolicy::Scope("offline.access"),
                seconds: Some(7200),
                token_type: "bearer",
                ..DEFAULT_TRAITS
            },
            Self::Oidc => ProviderTraits {
                client: ClientAuthentication::Basic,
                id_token: IdTokenPolicy::WithOpenidScope,
                sends_issuer: true,
                ..DEFAULT_TRAITS
            },
        }
    }

    /// The single scopes of a list.
    pub(super) fn scopes(self, scope: &str) -> impl Iterator<Item = &str> {
        scope.split(self.traits().scope_separators).filter(|word| !word.is_empty())
    }

    /// Whether a list has this scope.
    pub(super) fn has_scope(self, scope: &str, wanted: &str) -> bool {
        self.scopes(scope).any(|word| word == wanted)
    }

    /// Whether it signs anything.
    pub(super) fn is_openid(self) -> bool {
        self.traits().id_token != IdTokenPolicy::Never
    }
}

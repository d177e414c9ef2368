//! Differences between the providers that are plain data: one row each.

use super::provider::SimulatedProvider;

/// Traits of a provider.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProviderTraits {
    pub(super) client: ClientAuthentication,
    /// Accepted separators of requested scopes.
    pub(super) scope_separators: &'static [char],
    /// Whether the `plain` PKCE method is accepted.
    pub(super) allows_plain_challenge: bool,
    pub(super) id_token: IdTokenPolicy,
    /// Whether authorization responses contain `iss` (RFC 9207).
    pub(super) sends_issuer: bool,
    pub(super) refresh_token_policy: RefreshTokenPolicy,
    pub(super) rotation: Rotation,
    /// Lifetime of an access token; `None` until it is revoked.
    pub(super) access_token_seconds: Option<i64>,
    pub(super) token_type: &'static str,
    pub(super) granted: ScopeFormat,
    /// Prefixes of codes, access tokens and refresh tokens.
    pub(super) prefixes: [&'static str; 3],
}

/// How the client authenticates at the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClientAuthentication {
    /// In the body; a Basic header is rejected.
    Body,
    /// In a Basic header; body fields are rejected.
    Basic,
    /// Either way.
    Either,
    /// In the body, with a signed secret (Apple).
    Signed,
}

/// When an `id_token` is issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdTokenPolicy {
    Never,
    Always,
    /// If the scope `openid` was requested.
    WithOpenidScope,
}

/// When a code yields a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefreshTokenPolicy {
    Never,
    Always,
    /// If this scope was requested.
    Scope(&'static str),
    /// If `access_type=offline` was requested (Google).
    Offline,
}

/// What a refresh does to the refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rotation {
    /// It stays valid and is not repeated.
    Keep,
    /// It stays valid and is repeated with its remaining lifetime.
    KeepAndReturn,
    /// A new one is issued; the old one stays valid.
    Add,
    /// A new one is issued; the old one becomes invalid.
    Rotate,
    /// Like `Rotate`, and the old access token becomes invalid too.
    RotateAll,
}

/// Format of the granted scopes in a token response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScopeFormat {
    Omitted,
    Spaces,
    Commas,
    /// Google's long names.
    Google,
    List,
    /// Space-separated, under the key `scopes`.
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
    access_token_seconds: Some(3600),
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
                access_token_seconds: None,
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
                access_token_seconds: Some(3599),
                granted: ScopeFormat::Google,
                prefixes: ["4/0", "ya29.", "1//0"],
                ..DEFAULT_TRAITS
            },
            Self::Linkedin => ProviderTraits {
                client: ClientAuthentication::Body,
                id_token: IdTokenPolicy::WithOpenidScope,
                // As for partners; other clients get no refresh token.
                rotation: Rotation::KeepAndReturn,
                access_token_seconds: Some(5_183_999),
                granted: ScopeFormat::Commas,
                prefixes: ["AQT", "AQX", "AQW"],
                ..DEFAULT_TRAITS
            },
            Self::Discord => ProviderTraits {
                id_token: IdTokenPolicy::WithOpenidScope,
                access_token_seconds: Some(604_800),
                ..DEFAULT_TRAITS
            },
            Self::Spotify => {
                ProviderTraits { rotation: Rotation::Keep, prefixes: ["AQ", "BQ", "AQ"], ..DEFAULT_TRAITS }
            }
            Self::Twitch => ProviderTraits {
                client: ClientAuthentication::Body,
                id_token: IdTokenPolicy::WithOpenidScope,
                rotation: Rotation::Add,
                access_token_seconds: Some(14_346),
                token_type: "bearer",
                granted: ScopeFormat::List,
                ..DEFAULT_TRAITS
            },
            Self::Gitlab => ProviderTraits {
                allows_plain_challenge: true,
                id_token: IdTokenPolicy::WithOpenidScope,
                rotation: Rotation::RotateAll,
                access_token_seconds: Some(7200),
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
                access_token_seconds: Some(600),
                granted: ScopeFormat::Omitted,
                prefixes: ["01", "01", "01"],
                ..DEFAULT_TRAITS
            },
            Self::Azuread => ProviderTraits {
                allows_plain_challenge: true,
                id_token: IdTokenPolicy::Always,
                rotation: Rotation::Add,
                access_token_seconds: Some(3599),
                prefixes: ["0.", "eyJ0", "0."],
                ..DEFAULT_TRAITS
            },
            Self::Entraid => ProviderTraits {
                id_token: IdTokenPolicy::WithOpenidScope,
                refresh_token_policy: RefreshTokenPolicy::Scope("offline_access"),
                rotation: Rotation::Add,
                access_token_seconds: Some(3599),
                prefixes: ["0.", "Ew", "0."],
                ..DEFAULT_TRAITS
            },
            Self::Strava => ProviderTraits {
                client: ClientAuthentication::Body,
                scope_separators: &[','],
                access_token_seconds: Some(21_600),
                granted: ScopeFormat::Omitted,
                ..DEFAULT_TRAITS
            },
            Self::Facebook => ProviderTraits {
                client: ClientAuthentication::Body,
                scope_separators: &[' ', ','],
                refresh_token_policy: RefreshTokenPolicy::Never,
                access_token_seconds: Some(5_183_944),
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
            // OAuth 1.0a: only the lifetime is used.
            Self::Twitter => ProviderTraits {
                refresh_token_policy: RefreshTokenPolicy::Never,
                access_token_seconds: None,
                ..DEFAULT_TRAITS
            },
            Self::X => ProviderTraits {
                client: ClientAuthentication::Basic,
                allows_plain_challenge: true,
                refresh_token_policy: RefreshTokenPolicy::Scope("offline.access"),
                access_token_seconds: Some(7200),
                token_type: "bearer",
                ..DEFAULT_TRAITS
            },
            Self::Oauth2 => DEFAULT_TRAITS,
            Self::Oidc => ProviderTraits {
                client: ClientAuthentication::Basic,
                id_token: IdTokenPolicy::WithOpenidScope,
                sends_issuer: true,
                ..DEFAULT_TRAITS
            },
        }
    }

    /// Splits a scope list.
    pub(super) fn scopes(self, scope: &str) -> impl Iterator<Item = &str> {
        scope.split(self.traits().scope_separators).filter(|word| !word.is_empty())
    }

    /// Whether a scope list contains this scope.
    pub(super) fn has_scope(self, scope: &str, wanted: &str) -> bool {
        self.scopes(scope).any(|word| word == wanted)
    }

    /// Whether the provider issues id_tokens.
    pub(super) fn is_openid(self) -> bool {
        self.traits().id_token != IdTokenPolicy::Never
    }
}

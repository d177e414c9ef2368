//! What sets the houses apart where they differ only in habits: plain data, one row each.

use super::house::House;

/// How a house does what all houses do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Habits {
    pub(super) client: ClientProof,
    /// The signs that part the scopes of a request.
    pub(super) between: &'static [char],
    /// Whether a PKCE challenge may be the verifier itself.
    pub(super) plain_challenge: bool,
    pub(super) id_token: IdToken,
    /// Whether authorization responses say who answers (RFC 9207).
    pub(super) says_issuer: bool,
    pub(super) offer: Offer,
    pub(super) renewal: Renewal,
    /// How long an access token lives, in seconds; `None` until it is revoked.
    pub(super) seconds: Option<i64>,
    pub(super) token_type: &'static str,
    pub(super) granted: Granted,
    /// The first letters of (codes, access tokens, refresh tokens), as the real ones have them.
    pub(super) prefixes: [&'static str; 3],
}

/// How the client proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClientProof {
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
pub(super) enum IdToken {
    Never,
    Always,
    /// If the scope `openid` was asked for.
    Asked,
}

/// When a code brings a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    Never,
    Always,
    /// If this scope was asked for.
    Scope(&'static str),
    /// If `access_type=offline` was asked for (Google).
    Offline,
}

/// What a refresh does to the refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Renewal {
    /// It stays, and the answer has none.
    Silent,
    /// It stays, and the answer repeats it with the seconds that it has left.
    Same,
    /// The answer has a new one; the old one goes on.
    Beside,
    /// The answer has a new one; the old one is dead.
    Instead,
    /// The same, and the old access token is dead too.
    InsteadOfBoth,
}

/// How the token answer tells the granted scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Granted {
    Untold,
    Spaces,
    Commas,
    /// In the long spelling that Google gives them.
    Google,
    List,
    /// Under the key `scopes`.
    Scopes,
}

const USUAL: Habits = Habits {
    client: ClientProof::Either,
    between: &[' '],
    plain_challenge: false,
    id_token: IdToken::Never,
    says_issuer: false,
    offer: Offer::Always,
    renewal: Renewal::Instead,
    seconds: Some(3600),
    token_type: "Bearer",
    granted: Granted::Spaces,
    prefixes: ["", "", ""],
};

impl House {
    pub(super) fn habits(self) -> Habits {
        match self {
            Self::Apple => Habits {
                client: ClientProof::Signed,
                id_token: IdToken::Always,
                renewal: Renewal::Silent,
                granted: Granted::Untold,
                prefixes: ["c", "a", "r"],
                ..USUAL
            },
            Self::Github => Habits {
                between: &[' ', ','],
                says_issuer: true,
                offer: Offer::Never,
                seconds: None,
                token_type: "bearer",
                granted: Granted::Commas,
                prefixes: ["", "gho_", "ghr_"],
                ..USUAL
            },
            Self::Google => Habits {
                id_token: IdToken::Asked,
                says_issuer: true,
                offer: Offer::Offline,
                renewal: Renewal::Silent,
                seconds: Some(3599),
                granted: Granted::Google,
                prefixes: ["4/0", "ya29.", "1//0"],
                ..USUAL
            },
            Self::Linkedin => Habits {
                client: ClientProof::Body,
                id_token: IdToken::Asked,
                // As it treats its partners: everybody else gets no refresh token.
                renewal: Renewal::Same,
                seconds: Some(5_183_999),
                granted: Granted::Commas,
                prefixes: ["AQT", "AQX", "AQW"],
                ..USUAL
            },
            Self::Discord => Habits { id_token: IdToken::Asked, seconds: Some(604_800), ..USUAL },
            Self::Spotify => Habits { renewal: Renewal::Silent, prefixes: ["AQ", "BQ", "AQ"], ..USUAL },
            Self::Twitch => Habits {
                client: ClientProof::Body,
                id_token: IdToken::Asked,
                renewal: Renewal::Beside,
                seconds: Some(14_346),
                token_type: "bearer",
                granted: Granted::List,
                ..USUAL
            },
            Self::Gitlab => Habits {
                plain_challenge: true,
                id_token: IdToken::Asked,
                renewal: Renewal::InsteadOfBoth,
                seconds: Some(7200),
                ..USUAL
            },
            Self::Bitbucket => {
                Habits { client: ClientProof::Basic, token_type: "bearer", granted: Granted::Scopes, ..USUAL }
            }
            Self::Workos => Habits {
                client: ClientProof::Body,
                offer: Offer::Never,
                seconds: Some(600),
                granted: Granted::Untold,
                prefixes: ["01", "01", "01"],
                ..USUAL
            },
            Self::Azuread => Habits {
                plain_challenge: true,
                id_token: IdToken::Always,
                renewal: Renewal::Beside,
                seconds: Some(3599),
                prefixes: ["0.", "eyJ0", "0."],
                ..USUAL
            },
            Self::Entraid => Habits {
                id_token: IdToken::Asked,
                offer: Offer::Scope("offline_access"),
                renewal: Renewal::Beside,
                seconds: Some(3599),
                prefixes: ["0.", "Ew", "0."],
                ..USUAL
            },
            Self::Strava => Habits {
                client: ClientProof::Body,
                between: &[','],
                seconds: Some(21_600),
                granted: Granted::Untold,
                ..USUAL
            },
            Self::Facebook => Habits {
                client: ClientProof::Body,
                between: &[' ', ','],
                offer: Offer::Never,
                seconds: Some(5_183_944),
                token_type: "bearer",
                granted: Granted::Untold,
                prefixes: ["AQ", "EAA", ""],
                ..USUAL
            },
            Self::Windowslive => Habits {
                between: &[' ', ','],
                offer: Offer::Scope("wl.offline_access"),
                renewal: Renewal::Beside,
                token_type: "bearer",
                prefixes: ["M", "Ew", "MC"],
                ..USUAL
            },
            // It has a protocol of its own: only the lifetime counts.
            Self::Twitter => Habits { offer: Offer::Never, seconds: None, ..USUAL },
            Self::X => Habits {
                client: ClientProof::Basic,
                plain_challenge: true,
                offer: Offer::Scope("offline.access"),
                seconds: Some(7200),
                token_type: "bearer",
                ..USUAL
            },
            Self::Oidc => Habits { client: ClientProof::Basic, id_token: IdToken::Asked, says_issuer: true, ..USUAL },
        }
    }

    /// The single scopes of a list.
    pub(super) fn scopes(self, scope: &str) -> impl Iterator<Item = &str> {
        scope.split(self.habits().between).filter(|word| !word.is_empty())
    }

    /// Whether a list has this scope.
    pub(super) fn has_scope(self, scope: &str, wanted: &str) -> bool {
        self.scopes(scope).any(|word| word == wanted)
    }

    /// Whether it signs anything.
    pub(super) fn is_openid(self) -> bool {
        self.habits().id_token != IdToken::Never
    }
}

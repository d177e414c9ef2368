//! The table of endpoint paths, close to those of the real providers.

use url::Url;

use super::CLIENT_ID;
use super::provider::SimulatedProvider;

/// The absolute endpoint URLs of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Common prefix of all URLs: GitLab's base URL, Microsoft's authority.
    pub base: String,
    /// `iss` in authorization responses and id_tokens. Microsoft's contains `{tenantid}` unless a tenant is named.
    pub issuer: String,
    /// The authorization endpoint.
    pub authorize: String,
    /// The token endpoint; at Twitter `access_token`.
    pub token: String,
    /// The profile endpoint; empty at Apple, which has none.
    pub userinfo: String,
    /// The `OpenID` Connect userinfo endpoint, if it is another than `userinfo`.
    pub openid_userinfo: Option<String>,
    /// The list of emails (GitHub, Bitbucket).
    pub emails: Option<String>,
    /// The key set (OpenID).
    pub jwks: Option<String>,
    /// The discovery document (OpenID).
    pub discovery: Option<String>,
    /// The revocation endpoint; at GitHub its path names the client, here the default one.
    pub revoke: Option<String>,
    /// The request token endpoint (Twitter).
    pub request_token: Option<String>,
}

/// The version in Facebook's URLs; others of the same form are served as well.
const GRAPH_VERSION: &str = "v22.0";

/// Microsoft's placeholder for "any tenant".
pub(super) const ANY_TENANT: &str = "common";

/// Paths below the provider's prefix; empty if there is none.
struct Paths {
    issuer: &'static str,
    authorize: &'static str,
    token: &'static str,
    userinfo: &'static str,
    openid_userinfo: &'static str,
    emails: &'static str,
    jwks: &'static str,
    discovery: &'static str,
    revoke: &'static str,
    request_token: &'static str,
}

const NONE: Paths = Paths {
    issuer: "",
    authorize: "",
    token: "",
    userinfo: "",
    openid_userinfo: "",
    emails: "",
    jwks: "",
    discovery: "",
    revoke: "",
    request_token: "",
};

const WELL_KNOWN: &str = "/.well-known/openid-configuration";

impl SimulatedProvider {
    /// The endpoints when the simulator is mounted at `base`, without a tenant.
    #[must_use]
    pub fn endpoints(self, base: &Url) -> Endpoints {
        self.endpoints_in(base, ANY_TENANT)
    }

    /// The endpoints for a client of one tenant (Microsoft).
    #[must_use]
    pub fn endpoints_in(self, base: &Url, tenant: &str) -> Endpoints {
        let prefix = base.as_str().trim_end_matches('/');
        let fill = |text: String| {
            text.replace("{tenant}", tenant).replace("{version}", GRAPH_VERSION).replace("{client}", CLIENT_ID)
        };
        let tenant_in_issuer = match tenant {
            ANY_TENANT | "organizations" => "{tenantid}",
            "consumers" => super::CONSUMER_TENANT,
            tenant => tenant,
        };
        let mut found = self.below(prefix, fill);
        found.issuer = found.issuer.replace("{tid}", tenant_in_issuer);
        found
    }

    /// The paths as actix route patterns.
    pub(super) fn patterns(self) -> Endpoints {
        self.below("", |pattern| pattern.replace("{version}", r"{version:v\d+\.\d+}"))
    }

    fn below(self, prefix: &str, fill: impl Fn(String) -> String) -> Endpoints {
        let paths = self.paths();
        let at = |path: &str| fill(format!("{prefix}/{}{path}", self.name()));
        let maybe = |path: &str| (!path.is_empty()).then(|| at(path));
        Endpoints {
            base: at(""),
            issuer: at(paths.issuer),
            authorize: at(paths.authorize),
            token: at(paths.token),
            userinfo: maybe(paths.userinfo).unwrap_or_default(),
            openid_userinfo: maybe(paths.openid_userinfo),
            emails: maybe(paths.emails),
            jwks: maybe(paths.jwks),
            discovery: maybe(paths.discovery),
            revoke: maybe(paths.revoke),
            request_token: maybe(paths.request_token),
        }
    }

    fn paths(self) -> Paths {
        match self {
            Self::Apple => Paths {
                authorize: "/auth/authorize",
                token: "/auth/token",
                jwks: "/auth/keys",
                discovery: WELL_KNOWN,
                revoke: "/auth/revoke",
                ..NONE
            },
            Self::Github => Paths {
                issuer: "/login/oauth",
                authorize: "/login/oauth/authorize",
                token: "/login/oauth/access_token",
                userinfo: "/user",
                emails: "/user/emails",
                revoke: "/applications/{client}/token",
                ..NONE
            },
            Self::Google => Paths {
                authorize: "/o/oauth2/v2/auth",
                token: "/token",
                userinfo: "/v1/userinfo",
                jwks: "/oauth2/v3/certs",
                discovery: WELL_KNOWN,
                revoke: "/revoke",
                ..NONE
            },
            Self::Linkedin => Paths {
                issuer: "/oauth",
                authorize: "/oauth/v2/authorization",
                token: "/oauth/v2/accessToken",
                userinfo: "/v2/userinfo",
                jwks: "/oauth/openid/jwks",
                discovery: "/oauth/.well-known/openid-configuration",
                ..NONE
            },
            Self::Discord => Paths {
                authorize: "/api/oauth2/authorize",
                token: "/api/oauth2/token",
                userinfo: "/api/users/@me",
                openid_userinfo: "/api/oauth2/userinfo",
                jwks: "/api/oauth2/keys",
                discovery: WELL_KNOWN,
                revoke: "/api/oauth2/token/revoke",
                ..NONE
            },
            Self::Spotify => Paths { authorize: "/authorize", token: "/api/token", userinfo: "/v1/me", ..NONE },
            Self::Twitch => Paths {
                issuer: "/oauth2",
                authorize: "/oauth2/authorize",
                token: "/oauth2/token",
                userinfo: "/helix/users",
                openid_userinfo: "/oauth2/userinfo",
                jwks: "/oauth2/keys",
                discovery: "/oauth2/.well-known/openid-configuration",
                revoke: "/oauth2/revoke",
                ..NONE
            },
            Self::Gitlab => Paths {
                authorize: "/oauth/authorize",
                token: "/oauth/token",
                userinfo: "/api/v4/user",
                openid_userinfo: "/oauth/userinfo",
                jwks: "/oauth/discovery/keys",
                discovery: WELL_KNOWN,
                revoke: "/oauth/revoke",
                ..NONE
            },
            Self::Bitbucket => Paths {
                authorize: "/site/oauth2/authorize",
                token: "/site/oauth2/access_token",
                userinfo: "/2.0/user",
                emails: "/2.0/user/emails",
                ..NONE
            },
            Self::Workos => {
                Paths { authorize: "/sso/authorize", token: "/sso/token", userinfo: "/sso/profile", ..NONE }
            }
            Self::Azuread => Paths {
                issuer: "/sts/{tid}/",
                authorize: "/{tenant}/oauth2/authorize",
                token: "/{tenant}/oauth2/token",
                userinfo: "/{tenant}/openid/userinfo",
                jwks: "/{tenant}/discovery/keys",
                discovery: "/{tenant}/.well-known/openid-configuration",
                ..NONE
            },
            Self::Entraid => Paths {
                issuer: "/{tid}/v2.0",
                authorize: "/{tenant}/oauth2/v2.0/authorize",
                token: "/{tenant}/oauth2/v2.0/token",
                userinfo: "/oidc/userinfo",
                jwks: "/{tenant}/discovery/v2.0/keys",
                discovery: "/{tenant}/v2.0/.well-known/openid-configuration",
                ..NONE
            },
            Self::Strava => Paths {
                authorize: "/api/v3/oauth/authorize",
                token: "/api/v3/oauth/token",
                userinfo: "/api/v3/athlete",
                revoke: "/oauth/deauthorize",
                ..NONE
            },
            Self::Facebook => Paths {
                authorize: "/{version}/dialog/oauth",
                token: "/{version}/oauth/access_token",
                userinfo: "/me",
                revoke: "/{version}/me/permissions",
                ..NONE
            },
            Self::Windowslive => {
                Paths { authorize: "/oauth20_authorize.srf", token: "/oauth20_token.srf", userinfo: "/v5.0/me", ..NONE }
            }
            Self::Twitter => Paths {
                authorize: "/oauth/authenticate",
                token: "/oauth/access_token",
                userinfo: "/1.1/account/verify_credentials.json",
                revoke: "/1.1/oauth/invalidate_token",
                request_token: "/oauth/request_token",
                ..NONE
            },
            Self::X => Paths {
                authorize: "/i/oauth2/authorize",
                token: "/2/oauth2/token",
                userinfo: "/2/users/me",
                revoke: "/2/oauth2/revoke",
                ..NONE
            },
            Self::Oidc => Paths {
                authorize: "/authorize",
                token: "/token",
                userinfo: "/userinfo",
                jwks: "/jwks",
                discovery: WELL_KNOWN,
                ..NONE
            },
            Self::Oauth2 => {
                Paths { authorize: "/authorize", token: "/token", userinfo: "/user", revoke: "/revoke", ..NONE }
            }
        }
    }
}

//! The settings as types: what every other room sees of them.
//!
//! A value that exists has been checked; durations are typed and secrets print stars.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use crate::domain::claims::ClaimRule;
use crate::domain::email_lists::EmailLists;
use crate::domain::id::ProviderName;
use crate::domain::origin::{CorsOrigins, CsrfOrigins};
use crate::domain::return_url::AllowList;
use crate::domain::seal::MasterKey;
use crate::domain::secret::Secret;
use crate::settings::aufy::Aufy;
use crate::settings::provider::ProviderSettings;

/// How much is taken on trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// On loopback, with generated keys, simulated providers and a demo page.
    Development,
    /// None of that.
    Production,
}

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `mode`
    pub mode: Mode,
    /// `[server]`
    pub server: Server,
    /// `[database]`
    pub database: Database,
    /// `[client]`
    pub client: Client,
    /// `[compat]`
    pub compat: Compat,
    /// `[nhost]`
    pub nhost: Nhost,
    /// `[aufy]`
    pub aufy: Aufy,
    /// `[keys]`
    pub keys: Keys,
    /// `[flow]`
    pub flow: Flow,
    /// `[vault]`
    pub vault: Vault,
    /// `[session]`
    pub session: Session,
    /// `[audit]`
    pub audit: Audit,
    /// `[sign_up]`
    pub sign_up: SignUp,
    /// `[upstream]`
    pub upstream: Upstream,
    /// `[development]`
    pub development: Development,
    /// `[providers.NAME]`
    pub providers: BTreeMap<ProviderName, ProviderSettings>,
}

/// Where we listen and how the world calls us.
#[derive(Clone, Debug)]
pub struct Server {
    /// `server.bind`: address and port to listen on.
    pub bind: SocketAddr,
    /// `server.public_url`: how browsers and providers reach us; never taken from a request. Without a trailing slash.
    pub public_url: Url,
    /// `server.workers`: threads that answer requests; 0 is one per core.
    pub workers: usize,
    /// `server.trusted_proxies`: whose word on the client's address is taken.
    pub trusted_proxies: Vec<IpNet>,
    /// `server.max_in_flight`: requests that one worker has in its hands at most; what is over it gets 503.
    pub max_in_flight: usize,
    /// `server.shutdown_timeout`: from the signal to end to the end, at most.
    pub shutdown_timeout: Duration,
    /// `server.shutdown_delay`: the part of it in which new connections are still taken, while `/healthz` says no.
    pub shutdown_delay: Duration,
    /// `server.max_connections`: open connections of the whole process.
    pub max_connections: usize,
    /// `server.body_timeout`: from the head of a request to the last byte of its body.
    pub body_timeout: Duration,
}

/// Which pages may receive users and call us.
#[derive(Clone, Debug)]
pub struct Client {
    /// `client.url` and `client.allowed_redirect_urls`: where a browser may be sent back to.
    pub return_urls: AllowList,
    /// `client.allowed_origins`: whose pages may read answers to requests with credentials.
    pub cors_origins: CorsOrigins,
    /// `client.allowed_origins` and our own origin: whose pages may change something by cookie.
    pub csrf_origins: CsrfOrigins,
}

/// What Nhost's clients expect although it is less safe than the alternative.
#[derive(Clone, Debug)]
pub struct Compat {
    /// `compat.connect_in_url`: whether a start takes the user's access token as `connect=`.
    pub connect_in_url: bool,
    /// `compat.refresh_token_in_url`: whether a sign-in without a code challenge ends with a refresh token in the URL.
    pub refresh_token_in_url: bool,
}

impl Server {
    /// [`Self::public_url`] as text without a trailing slash: what paths are appended to.
    #[must_use]
    pub fn public_base(&self) -> String {
        self.public_url.as_str().trim_end_matches('/').to_owned()
    }

    /// Whether browsers reach us by `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

/// Where the rows are.
#[derive(Clone, Debug)]
pub struct Database {
    /// `database.url`: `sqlite://PATH`, `sqlite::memory:` or `postgres://…`; may hold a password.
    pub url: Secret,
    /// `database.max_connections`: of the whole process.
    pub max_connections: u32,
    /// `database.schema`: the PostgreSQL schema of our tables, on SQLite the prefix of their names; an identifier of
    /// `a-z`, `0-9` and `_`.
    pub schema: String,
    /// `database.sqlite_synchronous`
    pub sqlite_synchronous: SqliteSynchronous,
}

/// SQLite's `synchronous` setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqliteSynchronous {
    /// A commit survives a power failure.
    Full,
    /// A power failure may undo the last commits; a crash of the process does not.
    Normal,
}

/// The Nhost dialect.
#[derive(Clone, Debug)]
pub struct Nhost {
    /// `nhost.paths`: where its routes answer, each `""` or like `/v1`.
    pub paths: Vec<String>,
    /// `nhost.conceal_errors`: whether an error that tells about an account is told as `invalid-request`.
    pub conceal_errors: bool,
}

/// Keys; both lists are empty only in development, where they are generated.
#[derive(Clone, Debug)]
pub struct Keys {
    /// `keys.jwt`: the first signs, all verify.
    pub jwt: Vec<JwtKey>,
    /// `keys.vault`: the first seals, all open.
    pub vault: Vec<MasterKey>,
}

/// A key for access tokens.
#[derive(Clone, Debug)]
pub struct JwtKey {
    /// The `kid`; a thumbprint is used when none is set.
    pub id: Option<String>,
    /// The algorithm.
    pub algorithm: JwtAlgorithm,
    /// The text of the key file: a private key in PEM for the asymmetric ones, else the shared secret itself.
    pub key: Secret,
}

/// An algorithm for access tokens (RFC 7518 section 3.1, RFC 8037).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "these are the registered names")]
pub enum JwtAlgorithm {
    HS256,
    HS384,
    HS512,
    RS256,
    ES256,
    EdDSA,
}

/// A sign-in from start to callback.
#[derive(Clone, Debug)]
pub struct Flow {
    /// `flow.ttl`: from start to callback.
    pub ttl: Duration,
    /// `flow.max_active`: flows kept in memory; the longest idle is passivated for a new one.
    pub max_active: usize,
}

/// The provider tokens that wait to be fetched.
#[derive(Clone, Debug)]
pub struct Vault {
    /// `vault.ttl`: from the callback to the last moment of fetching.
    pub ttl: Duration,
}

/// Our own tokens.
#[derive(Clone, Debug)]
pub struct Session {
    /// `session.access_token_ttl`
    pub access_token_ttl: Duration,
    /// `session.refresh_token_ttl`: starts anew with each use.
    pub refresh_token_ttl: Duration,
    /// `session.refresh_grace`: how long the immediate predecessor still gets the same successor.
    pub refresh_grace: Duration,
    /// `session.issuer`: the `iss` of access tokens; `server.public_url` when not set.
    pub issuer: String,
    /// `session.claims_namespace`: the claim that holds roles and user id.
    pub claims_namespace: String,
    /// `session.code_ttl`: life of the one-time code of a flow with `codeChallenge`.
    pub code_ttl: Duration,
    /// `session.reauthentication_window`: how long after a sign-in its session may change with whom the person can sign in.
    pub reauthentication_window: Duration,
    /// `session.custom_claims`: what access tokens say besides.
    pub custom_claims: CustomClaims,
}

/// The audit trail.
#[derive(Clone, Debug)]
pub struct Audit {
    /// `audit.retention`: how long a line is kept.
    pub retention: Duration,
}

/// What access tokens say besides, by where it comes from.
#[derive(Clone, Debug, Default)]
pub struct CustomClaims {
    /// Paths that begin with `metadata.`: read from the person whenever a token is issued.
    pub metadata: Vec<ClaimRule>,
    /// Paths that begin with `profile.`: read from the provider's own document when a session begins.
    pub profile: Vec<ClaimRule>,
}

/// Who may become a new person, and what they start with.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// `sign_up.enabled`
    pub enabled: bool,
    /// `sign_up.create_on_sign_in`: whether signing in is enough; else new people come by the routes of signing up.
    pub create_on_sign_in: bool,
    /// `sign_up.new_users_disabled`
    pub new_users_disabled: bool,
    /// `sign_up.email_required`: of new people.
    pub email_required: bool,
    /// `sign_up.verified_email_required`
    pub verified_email_required: bool,
    /// `sign_up.link_by_verified_email`: whether an address that is proven on both sides leads to the account.
    pub link_by_verified_email: bool,
    /// `sign_up.allowed_emails`, `allowed_email_domains`, `blocked_emails` and `blocked_email_domains`
    pub emails: EmailLists,
    /// `sign_up.default_role`
    pub default_role: String,
    /// `sign_up.allowed_roles`; holds `default_role`.
    pub allowed_roles: Vec<String>,
    /// `sign_up.default_locale`
    pub default_locale: String,
    /// `sign_up.allowed_locales`; holds `default_locale`.
    pub allowed_locales: Vec<String>,
    /// `sign_up.gravatar`
    pub gravatar: Gravatar,
}

/// Pictures of people of whom the provider has none, at gravatar.com. We name them and never fetch them.
#[derive(Clone, Debug)]
pub struct Gravatar {
    /// `sign_up.gravatar.enabled`
    pub enabled: bool,
    /// `sign_up.gravatar.default`: what is shown of who has none; a word of Gravatar's or the URL of a picture.
    pub default: String,
    /// `sign_up.gravatar.rating`: `g`, `pg`, `r` or `x`.
    pub rating: String,
}

/// Calls to providers.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// The content of `upstream.ca_file`: certificates in PEM, trusted in addition to the web's roots.
    pub extra_roots: Option<Vec<u8>>,
    /// `upstream.allow_private_networks`
    pub allow_private_networks: bool,
    /// `upstream.timeout`: of one call, from connecting to the last byte.
    pub timeout: Duration,
}

/// Only used in development mode.
#[derive(Clone, Debug)]
pub struct Development {
    /// `development.directory`: generated keys and the database live here.
    pub directory: PathBuf,
    /// `development.simulator`: whether it plays the providers that are not configured.
    pub simulator: bool,
}

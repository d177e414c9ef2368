//! Nhost's variables, one row each: the key that a variable sets, the format of its text, and a note.
//!
//! `docs/nhost.md` shows the same rows; a test compares it. The first row that matches a name counts.

/// The format of the text of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Any text.
    Text,
    /// Like [`Self::Text`], with `\n` for the line breaks of a PEM.
    Pem,
    /// `true` or `false`.
    Bool,
    /// The opposite of `true` or `false`.
    InvertedBool,
    /// A whole number of seconds.
    Seconds,
    /// Separated by commas, blanks left out.
    List,
    /// A port, bound on all addresses (on loopback in development).
    Port,
    /// One path.
    Path,
    /// Hasura's JWT secret in JSON.
    JwtSecret,
    /// A JSON object of claims and their paths.
    Claims,
    /// A JSON object of claims and their defaults.
    ClaimDefaults,
    /// 32 bytes in hexadecimal.
    VaultKey,
    /// `true` creates a section.
    Switch,
}

/// What a variable sets.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    /// A key.
    Key(&'static str, Format),
    /// Nothing, for a reason.
    None(&'static str),
}

/// One variable, or several with a common prefix.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// The name. `*` at its end matches any ending, `{P}` one of [`PROVIDERS`].
    pub variable: &'static str,
    /// The providers that have the variable; empty for all.
    pub only: &'static [&'static str],
    /// What it sets.
    pub target: Target,
    /// A note for the operator; may be empty.
    pub note: &'static str,
}

/// Nhost's names of providers in variables, and the names in paths and settings.
pub(super) const PROVIDERS: [(&str, &str); 16] = [
    ("APPLE", "apple"),
    ("AZUREAD", "azuread"),
    ("BITBUCKET", "bitbucket"),
    ("DISCORD", "discord"),
    ("ENTRAID", "entraid"),
    ("FACEBOOK", "facebook"),
    ("GITHUB", "github"),
    ("GITLAB", "gitlab"),
    ("GOOGLE", "google"),
    ("LINKEDIN", "linkedin"),
    ("SPOTIFY", "spotify"),
    ("STRAVA", "strava"),
    ("TWITCH", "twitch"),
    ("TWITTER", "twitter"),
    ("WINDOWS_LIVE", "windowslive"),
    ("WORKOS", "workos"),
];

const fn key(variable: &'static str, key: &'static str, format: Format, note: &'static str) -> Row {
    Row { variable, only: &[], target: Target::Key(key, format), note }
}

const fn special(variable: &'static str, only: &'static [&'static str], key: &'static str, format: Format) -> Row {
    Row { variable, only, target: Target::Key(key, format), note: "" }
}

const fn nothing(variable: &'static str, why: &'static str) -> Row {
    Row { variable, only: &[], target: Target::None(why), note: "" }
}

const OWN_DATABASE: &str = "it is the database of Nhost and your app; give Vouchsafe one of its own \
                            with database.url, and import the users with `vouchsafe import nhost`";
const NO_HASURA: &str = "Hasura is not called";
const ANY_CASE: &str = "not case-sensitive here";
const NO_PASSWORDS: &str = "users sign in with providers only";
const NO_MAIL: &str = "no e-mail or text message is sent";

/// All rows.
pub(super) const ROWS: &[Row] = &[
    key("AUTH_PORT", "server.bind", Format::Port, "on all addresses in production, on loopback in development"),
    key("AUTH_API_PREFIX", "nhost.paths", Format::Path, "default: `/` and `/v1`"),
    key("AUTH_SERVER_URL", "server.public_url", Format::Text, "also the issuer, unless session.issuer is set"),
    key("AUTH_CLIENT_URL", "client.url", Format::Text, ""),
    key(
        "AUTH_ACCESS_CONTROL_ALLOWED_REDIRECT_URLS",
        "client.allowed_redirect_urls",
        Format::List,
        "one `*`, in the left-most label of a host; other patterns are refused",
    ),
    key(
        "HASURA_GRAPHQL_JWT_SECRET",
        "keys.jwt",
        Format::JwtSecret,
        "its `issuer` and `claims_namespace` set session.issuer and session.claims_namespace",
    ),
    key("AUTH_ACCESS_TOKEN_EXPIRES_IN", "session.access_token_ttl", Format::Seconds, "seconds"),
    key("AUTH_REFRESH_TOKEN_EXPIRES_IN", "session.refresh_token_ttl", Format::Seconds, "seconds"),
    key("AUTH_ENCRYPTION_KEY", "keys.vault", Format::VaultKey, "32 bytes; shorter keys are refused"),
    key("AUTH_DISABLE_SIGNUP", "sign_up.enabled", Format::InvertedBool, "inverted"),
    key("AUTH_DISABLE_AUTO_SIGNUP", "sign_up.create_on_sign_in", Format::InvertedBool, "inverted"),
    key("AUTH_DISABLE_NEW_USERS", "sign_up.new_users_disabled", Format::Bool, ""),
    key(
        "AUTH_EMAIL_SIGNIN_EMAIL_VERIFIED_REQUIRED",
        "sign_up.verified_email_required",
        Format::Bool,
        "defaults to true at Nhost, to false here",
    ),
    key("AUTH_USER_DEFAULT_ROLE", "sign_up.default_role", Format::Text, ""),
    key("AUTH_USER_DEFAULT_ALLOWED_ROLES", "sign_up.allowed_roles", Format::List, "defaults to `me` at Nhost"),
    key("AUTH_LOCALE_DEFAULT", "sign_up.default_locale", Format::Text, ""),
    key("AUTH_LOCALE_ALLOWED_LOCALES", "sign_up.allowed_locales", Format::List, ""),
    key("AUTH_ACCESS_CONTROL_ALLOWED_EMAILS", "sign_up.allowed_emails", Format::List, ANY_CASE),
    key("AUTH_ACCESS_CONTROL_ALLOWED_EMAIL_DOMAINS", "sign_up.allowed_email_domains", Format::List, ANY_CASE),
    key("AUTH_ACCESS_CONTROL_BLOCKED_EMAILS", "sign_up.blocked_emails", Format::List, ANY_CASE),
    key("AUTH_ACCESS_CONTROL_BLOCKED_EMAIL_DOMAINS", "sign_up.blocked_email_domains", Format::List, ANY_CASE),
    key("AUTH_CONCEAL_ERRORS", "nhost.conceal_errors", Format::Bool, ""),
    key("AUTH_GRAVATAR_ENABLED", "sign_up.gravatar.enabled", Format::Bool, "defaults to true at Nhost, to false here"),
    key("AUTH_GRAVATAR_DEFAULT", "sign_up.gravatar.default", Format::Text, ""),
    key("AUTH_GRAVATAR_RATING", "sign_up.gravatar.rating", Format::Text, ""),
    key(
        "AUTH_JWT_CUSTOM_CLAIMS",
        "session.custom_claims",
        Format::Claims,
        "only paths into `metadata`; paths into Hasura's tables are ignored",
    ),
    key(
        "AUTH_JWT_CUSTOM_CLAIMS_DEFAULTS",
        "session.custom_claim_defaults",
        Format::ClaimDefaults,
        "only for claims that exist",
    ),
    nothing("HASURA_GRAPHQL_GRAPHQL_URL", NO_HASURA),
    nothing("HASURA_GRAPHQL_ADMIN_SECRET", NO_HASURA),
    nothing("HASURA_GRAPHQL_DATABASE_URL", OWN_DATABASE),
    nothing("POSTGRES_CONNECTION", OWN_DATABASE),
    nothing("AUTH_REQUIRE_ELEVATED_CLAIM", "no route asks for an elevated token"),
    nothing("AUTH_RATE_LIMIT_*", "see the section rate_limit"),
    nothing("AUTH_TURNSTILE_SECRET", "there is no form to protect"),
    key(
        "AUTH_PROVIDER_{P}_ENABLED",
        "providers.{p}",
        Format::Switch,
        "unless true, the other variables of the provider are unused",
    ),
    key("AUTH_PROVIDER_{P}_CLIENT_ID", "providers.{p}.client_id", Format::Text, ""),
    key("AUTH_PROVIDER_{P}_CLIENT_SECRET", "providers.{p}.client_secret", Format::Text, ""),
    key("AUTH_PROVIDER_{P}_SCOPE", "providers.{p}.scopes", Format::List, ""),
    special("AUTH_PROVIDER_{P}_AUTHORIZATION_URL", &["github"], "providers.{p}.authorization_url", Format::Text),
    special("AUTH_PROVIDER_{P}_TOKEN_URL", &["github"], "providers.{p}.token_url", Format::Text),
    special("AUTH_PROVIDER_{P}_USER_PROFILE_URL", &["github"], "providers.{p}.userinfo_url", Format::Text),
    special("AUTH_PROVIDER_{P}_AUDIENCE", &["apple", "google"], "providers.{p}.audiences", Format::List),
    special("AUTH_PROVIDER_{P}_TEAM_ID", &["apple"], "providers.{p}.team_id", Format::Text),
    special("AUTH_PROVIDER_{P}_KEY_ID", &["apple"], "providers.{p}.key_id", Format::Text),
    special("AUTH_PROVIDER_{P}_PRIVATE_KEY", &["apple"], "providers.{p}.private_key", Format::Pem),
    special("AUTH_PROVIDER_{P}_TENANT", &["azuread", "entraid"], "providers.{p}.tenant", Format::Text),
    special("AUTH_PROVIDER_{P}_DEFAULT_ORGANIZATION", &["workos"], "providers.{p}.default_organization", Format::Text),
    special("AUTH_PROVIDER_{P}_DEFAULT_CONNECTION", &["workos"], "providers.{p}.default_connection", Format::Text),
    special("AUTH_PROVIDER_{P}_DEFAULT_DOMAIN", &["workos"], "providers.{p}.default_domain", Format::Text),
    special("AUTH_PROVIDER_{P}_CONSUMER_KEY", &["twitter"], "providers.{p}.client_id", Format::Text),
    special("AUTH_PROVIDER_{P}_CONSUMER_SECRET", &["twitter"], "providers.{p}.client_secret", Format::Text),
    nothing("AUTH_ANONYMOUS_*", NO_PASSWORDS),
    nothing("AUTH_PASSWORD_*", NO_PASSWORDS),
    nothing("AUTH_MFA_*", NO_PASSWORDS),
    nothing("AUTH_OTP_*", NO_PASSWORDS),
    nothing("AUTH_WEBAUTHN_*", NO_PASSWORDS),
    nothing("AUTH_EMAIL_*", NO_MAIL),
    nothing("AUTH_SMTP_*", NO_MAIL),
    nothing("AUTH_SMS_*", NO_MAIL),
    nothing("AUTH_*", "unknown here"),
];

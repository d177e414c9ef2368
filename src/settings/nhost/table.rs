//! Nhost's variables, one row each: which key a variable becomes, how its text is read, and what to know about it.
//!
//! `docs/nhost.md` shows the same rows; a test holds it against them. The first row that fits a name counts.

/// How the text of a variable is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// As it is.
    Text,
    /// Like [`Self::Text`], with `\n` for the line breaks of a PEM.
    Pem,
    /// A truth in one of the spellings that Nhost takes.
    Truth,
    /// The opposite of such a truth.
    Opposite,
    /// A whole number of seconds.
    Seconds,
    /// Separated by commas, blanks left out.
    List,
    /// A port, on every address (on loopback in development).
    Port,
    /// One path.
    Path,
    /// The JSON of Hasura's secret.
    JwtSecret,
    /// A JSON object of claims and their paths.
    Claims,
    /// A JSON object of claims and what they say where nothing is found.
    ClaimDefaults,
    /// 32 bytes in hexadecimal.
    VaultKey,
    /// A truth that turns a section on.
    Switch,
}

/// What becomes of a variable.
#[derive(Clone, Copy, Debug)]
pub(super) enum Becomes {
    /// This key.
    Key(&'static str, Read),
    /// Nothing, for this reason.
    Nothing(&'static str),
}

/// One variable, or several of one beginning.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// The name. `*` at its end is any ending, `{P}` one of [`PROVIDERS`].
    pub variable: &'static str,
    /// Only for these providers; none means all.
    pub only: &'static [&'static str],
    /// What becomes of it.
    pub becomes: Becomes,
    /// What to know about it, or nothing.
    pub note: &'static str,
}

/// Nhost's names of providers in variables, and the names in its paths, which are ours.
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

const fn key(variable: &'static str, key: &'static str, read: Read, note: &'static str) -> Row {
    Row { variable, only: &[], becomes: Becomes::Key(key, read), note }
}

const fn special(variable: &'static str, only: &'static [&'static str], key: &'static str, read: Read) -> Row {
    Row { variable, only, becomes: Becomes::Key(key, read), note: "" }
}

const fn nothing(variable: &'static str, why: &'static str) -> Row {
    Row { variable, only: &[], becomes: Becomes::Nothing(why), note: "" }
}

const OWN_DATABASE: &str = "it is Nhost's database, where the tables of your app are; give Vouchsafe one of its own \
                            with database.url, and take the people over with `vouchsafe import nhost`";
const NO_HASURA: &str = "Hasura is never asked";
const ANY_CASE: &str = "capitals make no difference here";
const NO_PASSWORDS: &str = "people sign in with providers alone";
const NO_MAIL: &str = "no mail and no text message is sent";

/// All rows.
pub(super) const ROWS: &[Row] = &[
    key("AUTH_PORT", "server.bind", Read::Port, "on every address in production, on loopback in development"),
    key("AUTH_API_PREFIX", "nhost.paths", Read::Path, "without it the routes are at `/` and at `/v1`"),
    key("AUTH_SERVER_URL", "server.public_url", Read::Text, "also the issuer, unless session.issuer says otherwise"),
    key("AUTH_CLIENT_URL", "client.url", Read::Text, ""),
    key(
        "AUTH_ACCESS_CONTROL_ALLOWED_REDIRECT_URLS",
        "client.allowed_redirect_urls",
        Read::List,
        "one `*`, in the left-most part of a host; other patterns are refused",
    ),
    key(
        "HASURA_GRAPHQL_JWT_SECRET",
        "keys.jwt",
        Read::JwtSecret,
        "`issuer` and `claims_namespace` in it become session.issuer and session.claims_namespace",
    ),
    key("AUTH_ACCESS_TOKEN_EXPIRES_IN", "session.access_token_ttl", Read::Seconds, "seconds"),
    key("AUTH_REFRESH_TOKEN_EXPIRES_IN", "session.refresh_token_ttl", Read::Seconds, "seconds"),
    key("AUTH_ENCRYPTION_KEY", "keys.vault", Read::VaultKey, "32 bytes; shorter keys are refused"),
    key("AUTH_DISABLE_SIGNUP", "sign_up.enabled", Read::Opposite, "the other way round"),
    key("AUTH_DISABLE_AUTO_SIGNUP", "sign_up.create_on_sign_in", Read::Opposite, "the other way round"),
    key("AUTH_DISABLE_NEW_USERS", "sign_up.new_users_disabled", Read::Truth, ""),
    key(
        "AUTH_EMAIL_SIGNIN_EMAIL_VERIFIED_REQUIRED",
        "sign_up.verified_email_required",
        Read::Truth,
        "true at Nhost when it is not set, false here",
    ),
    key("AUTH_USER_DEFAULT_ROLE", "sign_up.default_role", Read::Text, ""),
    key("AUTH_USER_DEFAULT_ALLOWED_ROLES", "sign_up.allowed_roles", Read::List, "`me` at Nhost when it is not set"),
    key("AUTH_LOCALE_DEFAULT", "sign_up.default_locale", Read::Text, ""),
    key("AUTH_LOCALE_ALLOWED_LOCALES", "sign_up.allowed_locales", Read::List, ""),
    key("AUTH_ACCESS_CONTROL_ALLOWED_EMAILS", "sign_up.allowed_emails", Read::List, ANY_CASE),
    key("AUTH_ACCESS_CONTROL_ALLOWED_EMAIL_DOMAINS", "sign_up.allowed_email_domains", Read::List, ANY_CASE),
    key("AUTH_ACCESS_CONTROL_BLOCKED_EMAILS", "sign_up.blocked_emails", Read::List, ANY_CASE),
    key("AUTH_ACCESS_CONTROL_BLOCKED_EMAIL_DOMAINS", "sign_up.blocked_email_domains", Read::List, ANY_CASE),
    key("AUTH_CONCEAL_ERRORS", "nhost.conceal_errors", Read::Truth, ""),
    key(
        "AUTH_GRAVATAR_ENABLED",
        "sign_up.gravatar.enabled",
        Read::Truth,
        "true at Nhost when it is not set, false here",
    ),
    key("AUTH_GRAVATAR_DEFAULT", "sign_up.gravatar.default", Read::Text, ""),
    key("AUTH_GRAVATAR_RATING", "sign_up.gravatar.rating", Read::Text, ""),
    key(
        "AUTH_JWT_CUSTOM_CLAIMS",
        "session.custom_claims",
        Read::Claims,
        "paths into `metadata`; others lead to tables of Hasura's and are left out",
    ),
    key(
        "AUTH_JWT_CUSTOM_CLAIMS_DEFAULTS",
        "session.custom_claim_defaults",
        Read::ClaimDefaults,
        "of claims that are there",
    ),
    nothing("HASURA_GRAPHQL_GRAPHQL_URL", NO_HASURA),
    nothing("HASURA_GRAPHQL_ADMIN_SECRET", NO_HASURA),
    nothing("HASURA_GRAPHQL_DATABASE_URL", OWN_DATABASE),
    nothing("POSTGRES_CONNECTION", OWN_DATABASE),
    nothing("AUTH_REQUIRE_ELEVATED_CLAIM", "no route asks for an elevated token"),
    nothing("AUTH_RATE_LIMIT_*", "how often somebody may come is for the proxy to say"),
    nothing("AUTH_TURNSTILE_SECRET", "there is no form to guard"),
    key(
        "AUTH_PROVIDER_{P}_ENABLED",
        "providers.{p}",
        Read::Switch,
        "unless true, the provider's other variables count for nothing",
    ),
    key("AUTH_PROVIDER_{P}_CLIENT_ID", "providers.{p}.client_id", Read::Text, ""),
    key("AUTH_PROVIDER_{P}_CLIENT_SECRET", "providers.{p}.client_secret", Read::Text, ""),
    key("AUTH_PROVIDER_{P}_SCOPE", "providers.{p}.scopes", Read::List, ""),
    special("AUTH_PROVIDER_{P}_AUTHORIZATION_URL", &["github"], "providers.{p}.authorization_url", Read::Text),
    special("AUTH_PROVIDER_{P}_TOKEN_URL", &["github"], "providers.{p}.token_url", Read::Text),
    special("AUTH_PROVIDER_{P}_USER_PROFILE_URL", &["github"], "providers.{p}.userinfo_url", Read::Text),
    special("AUTH_PROVIDER_{P}_AUDIENCE", &["apple", "google"], "providers.{p}.audiences", Read::List),
    special("AUTH_PROVIDER_{P}_TEAM_ID", &["apple"], "providers.{p}.team_id", Read::Text),
    special("AUTH_PROVIDER_{P}_KEY_ID", &["apple"], "providers.{p}.key_id", Read::Text),
    special("AUTH_PROVIDER_{P}_PRIVATE_KEY", &["apple"], "providers.{p}.private_key", Read::Pem),
    special("AUTH_PROVIDER_{P}_TENANT", &["azuread", "entraid"], "providers.{p}.tenant", Read::Text),
    special("AUTH_PROVIDER_{P}_DEFAULT_ORGANIZATION", &["workos"], "providers.{p}.default_organization", Read::Text),
    special("AUTH_PROVIDER_{P}_DEFAULT_CONNECTION", &["workos"], "providers.{p}.default_connection", Read::Text),
    special("AUTH_PROVIDER_{P}_DEFAULT_DOMAIN", &["workos"], "providers.{p}.default_domain", Read::Text),
    special("AUTH_PROVIDER_{P}_CONSUMER_KEY", &["twitter"], "providers.{p}.client_id", Read::Text),
    special("AUTH_PROVIDER_{P}_CONSUMER_SECRET", &["twitter"], "providers.{p}.client_secret", Read::Text),
    nothing("AUTH_ANONYMOUS_*", NO_PASSWORDS),
    nothing("AUTH_PASSWORD_*", NO_PASSWORDS),
    nothing("AUTH_MFA_*", NO_PASSWORDS),
    nothing("AUTH_OTP_*", NO_PASSWORDS),
    nothing("AUTH_WEBAUTHN_*", NO_PASSWORDS),
    nothing("AUTH_EMAIL_*", NO_MAIL),
    nothing("AUTH_SMTP_*", NO_MAIL),
    nothing("AUTH_SMS_*", NO_MAIL),
    nothing("AUTH_*", "it is not known here"),
];

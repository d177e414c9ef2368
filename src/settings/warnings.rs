//! Warnings about settings that are valid but dangerous, each with its key, the danger and the remedy.
//!
//! They are logged at the start; with `--strict` they are errors. `docs/warnings.md` lists them; a test compares it.

use std::fmt;

/// A setting that is valid but dangerous.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The dotted key, or several separated by commas.
    pub key: String,
    /// What the danger is.
    pub risk: Risk,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {} [{}]", self.key, self.risk.danger(), self.risk.remedy(), self.risk.code())
    }
}

macro_rules! risks {
    ($($(#[$doc:meta])* $name:ident: $code:literal, $keys:literal, $danger:literal, $remedy:literal;)*) => {
        /// What can go wrong with a valid setting.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Risk {
            $($(#[$doc])* $name,)*
        }

        impl Risk {
            /// Every risk that is known.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// A stable name, such as `tokens-in-url`.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// The keys that it is about.
            #[must_use]
            pub fn keys(self) -> &'static str {
                match self { $(Self::$name => $keys),* }
            }

            /// What can happen, to follow the key.
            #[must_use]
            pub fn danger(self) -> &'static str {
                match self { $(Self::$name => $danger),* }
            }

            /// What to do about it.
            #[must_use]
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$name => $remedy),* }
            }
        }
    };
}

risks! {
    /// Compatible but unsafe routes are on in production.
    TokensInUrl: "tokens-in-url", "`compat.connect_in_url`, `compat.refresh_token_in_url`",
        "tokens travel in URLs, where histories, logs and other sites may see them",
        "set it to false when all clients use codeChallenge and POST /link/provider";
    /// Users can write what their tokens claim.
    ClaimFromUserMetadata: "claim-from-user-metadata", "`session.custom_claims`",
        "users choose their metadata when they sign up, so they choose this claim too",
        "read it from `profile.`, or do not authorize by it";
    /// Block lists are bypassed by unproven e-mail addresses.
    BlockedEmailsUnproven: "blocked-emails-unproven", "`sign_up.blocked_emails`, `sign_up.blocked_email_domains`",
        "a user without an e-mail address, or with an unverified one, bypasses the list",
        "set sign_up.email_required and sign_up.verified_email_required to true";
    /// The database is reached without TLS.
    DatabaseUnencrypted: "database-unencrypted", "`database.url`",
        "the connection to another machine may be unencrypted",
        "add ?sslmode=verify-full to the URL";
    /// Commits are lost in a power failure.
    CommitsNotFlushed: "commits-not-flushed", "`database.sqlite_synchronous`",
        "a power failure may undo sign-ins and let provider tokens be fetched twice",
        "set it to \"full\"";
    /// Others can read a secret.
    SecretFileReadable: "secret-file-readable", "every key that ends in `_file`",
        "the file can be read by others on this machine",
        "chmod 600";
    /// Others can read the settings file, which holds secrets.
    SettingsFileReadable: "settings-file-readable", "every secret in the settings file",
        "is a secret in a settings file that others on this machine can read",
        "chmod 600 the file, or move the secret to a file of its own";
    /// A client can forge its address.
    EveryProxyTrusted: "every-proxy-trusted", "`server.trusted_proxies`",
        "every client is trusted as a proxy and can forge its address in rate limits and the audit trail",
        "list the addresses of your proxies only";
    /// Providers may be on private networks.
    PrivateNetworksAllowed: "private-networks-allowed", "`upstream.allow_private_networks`",
        "a provider's answer can make this service call hosts behind your firewall",
        "set it to false unless a provider is on a private network";
    /// Access tokens cannot be revoked.
    AccessTokensLongLived: "access-tokens-long-lived", "`session.access_token_ttl`",
        "other services accept an access token until it expires, even after sign-out",
        "use 1h or less";
    /// Nothing limits guessing and flooding.
    RateLimitsOff: "rate-limits-off", "`rate_limit.enabled`",
        "one client can send any number of requests",
        "set it to true unless your proxy limits requests";
    /// Codes are not bound to the browser.
    PkceOff: "pkce-off", "`providers.*.pkce`",
        "a stolen authorization code can be used by others",
        "set it to true unless the provider refuses PKCE";
    /// A client may ask for tokens that nobody has.
    ClientProviderUnknown: "client-provider-unknown", "`clients.*.providers`",
        "a provider in the list is not configured, so each of the client's requests for it is refused",
        "configure the provider, or correct or remove its name";
    /// A client may ask for tokens that are not kept.
    ClientProviderOnce: "client-provider-once", "`clients.*.providers`",
        "the tokens of a provider in the list are not kept, so each of the client's requests for it is refused",
        "set providers.NAME.custody to \"managed\", or remove the name";
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// `UPDATE_GOLDENS=1` writes the table.
    #[test]
    fn the_docs_list_every_warning() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/warnings.md");
        let page = std::fs::read_to_string(&path).expect("docs/warnings.md");
        let start = page.find("| Code |").expect("the table");
        let row =
            |risk: &Risk| format!("| `{}` | {} | {} | {} |\n", risk.code(), risk.keys(), risk.danger(), risk.remedy());
        let rows: String = Risk::ALL.iter().map(row).collect();
        let table = format!("| Code | Key | Danger | Remedy |\n|---|---|---|---|\n{rows}");
        if std::env::var_os("UPDATE_GOLDENS").is_some() {
            std::fs::write(&path, format!("{}{table}", &page[..start])).expect("written");
            return;
        }
        assert_eq!(&page[start..], table, "UPDATE_GOLDENS=1 writes the table");
    }
}

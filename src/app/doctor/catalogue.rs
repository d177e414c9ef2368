//! Everything that can be found: its id, how bad it is, what it means and what to do. `docs/doctor.md` lists it.

use super::finding::Severity;

macro_rules! checks {
    ($($name:ident: $id:literal, $severity:ident, $meaning:literal, $remedy:literal;)*) => {
        /// What can be found.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Check {
            $(#[doc = $meaning] $name,)*
        }

        impl Check {
            /// All of them.
            #[cfg(test)]
            pub(super) const ALL: &[Self] = &[$(Self::$name),*];

            /// A stable name.
            pub(super) fn id(self) -> &'static str {
                match self { $(Self::$name => $id),* }
            }

            pub(super) fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity),* }
            }

            /// What it means.
            #[cfg(test)]
            pub(super) fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning),* }
            }

            /// What to do; `{subject}` stands for what it is about, mostly a setting. Empty for what is right.
            pub(super) fn remedy(self) -> &'static str {
                match self { $(Self::$name => $remedy),* }
            }
        }
    };
}

checks! {
    SettingsInvalid: "settings-invalid", Error,
        "the settings cannot be used, so nothing else was looked at", "correct {subject}";
    SettingsUsable: "settings-usable", Ok, "the settings can be used", "";
    PublicUrlReached: "public-url-reached", Ok, "`server.public_url` leads to a service with our keys", "";
    PublicUrlUnreachable: "public-url-unreachable", Error,
        "the service runs, but not behind `server.public_url` as seen from this machine",
        "check the name, the firewall and the proxy that server.public_url leads to";
    PublicUrlTls: "public-url-tls", Error,
        "no secure connection to `server.public_url`",
        "install a valid certificate at the proxy that server.public_url leads to";
    PublicUrlRedirects: "public-url-redirects", Error,
        "`server.public_url` is redirected, which callbacks of providers and API clients do not follow",
        "set server.public_url to the target of the redirect, or serve it without one";
    PublicUrlForeign: "public-url-foreign", Error,
        "something else answers at `server.public_url`",
        "point the proxy at server.bind, or correct host and path of server.public_url";
    PublicUrlOtherKeys: "public-url-other-keys", Error,
        "the service at `server.public_url` has other signing keys than these settings",
        "restart it with these settings, or correct server.public_url or keys.jwt";
    PublicUrlPort: "public-url-port", Warning,
        "`server.public_url` is on this machine, and its port is not the one of `server.bind`",
        "give server.public_url and server.bind the same port";
    ServiceNotRunning: "service-not-running", Warning,
        "nothing answers at `server.bind`, so that `server.public_url` could not be checked",
        "start the service and run this again, or use --offline; check server.bind if it runs";
    ProxyNotTrusted: "proxy-not-trusted", Warning,
        "https ends at a proxy that `server.trusted_proxies` does not list, so that all clients have the proxy's address \
         in rate limits and the audit trail",
        "list the address of the proxy in server.trusted_proxies";
    ProxyNotOnThisMachine: "proxy-not-listed", Warning,
        "`server.bind` is on loopback, so the proxy connects from this machine, which `server.trusted_proxies` does not \
         list",
        "add 127.0.0.1 (and ::1) to server.trusted_proxies, or bind to an address that the proxy can reach";
    DevelopmentMode: "development-mode", Warning,
        "development mode with a `server.public_url` that is not on this machine",
        "set mode = \"production\"; development mode generates keys and answers loopback hosts only";
    KeysUsable: "keys-usable", Ok, "keys sign and seal", "";
    JwtKeyUnusable: "jwt-key-unusable", Error,
        "a signing key cannot be read, is too weak, or does not fit its algorithm",
        "create a key as config/default.toml says at keys.jwt, and set {subject} to it";
    JwtKeyShort: "jwt-key-short", Warning,
        "a shared secret is shorter than the hash of its algorithm (RFC 7518 section 3.2)",
        "set {subject} to 48 bytes for HS384 and 64 for HS512, or use ES256";
    KeyGuessable: "key-guessable", Error,
        "a key has too few different characters to be random",
        "replace {subject}: `openssl rand -hex 32`";
    KeysEqual: "keys-equal", Error,
        "one key has two uses or two ids, so that a rotation rotates nothing and a leak of one is a leak of both",
        "give {subject} a key of its own: `openssl rand -hex 32`";
    KeyFolderWritable: "key-folder-writable", Error,
        "others on this machine can replace a secret's file, because they can write its folder",
        "chmod o-w the folder of {subject}";
    DatabaseReady: "database-ready", Ok, "the database can be used", "";
    DatabaseUnreachable: "database-unreachable", Error,
        "the database does not answer, or cannot be read", "correct database.url, or start the database";
    DatabaseReadOnly: "database-read-only", Error,
        "the database cannot be written",
        "let the service's user write the file of database.url and its folder, or name the primary server";
    DatabaseVolatile: "database-volatile", Error,
        "production with a database in memory: a restart deletes all users",
        "set database.url to a file or to PostgreSQL";
    DatabaseFileReadable: "database-file-readable", Warning,
        "others on this machine can read the database file", "chmod 600 the file of database.url";
    DatabaseFolderWritable: "database-folder-writable", Warning,
        "others on this machine can replace the database file, because they can write its folder",
        "chmod o-w the folder of database.url";
    DatabaseOutdated: "database-outdated", Warning,
        "migrations are pending", "make a backup; the next start with this database.url migrates";
    DatabaseOtherVersion: "database-other-version", Error,
        "a newer version has migrated the tables, or the table of migrations is not ours",
        "start the newer version, restore the backup, or set database.schema to another name";
    DatabaseForeignTables: "database-foreign-tables", Error,
        "a table of one of our names exists that is not ours", "set database.schema to another name, or rename the table";
    DatabaseNoSchema: "database-no-schema", Error,
        "the schema is missing, and the role may not create it",
        "create database.schema and make the role of database.url its owner";
    DatabaseVersionOld: "database-version-old", Error,
        "PostgreSQL older than 14 is not supported", "upgrade the server of database.url";
    DatabaseConnections: "database-connections", Error,
        "the process may open more connections than the server grants",
        "lower database.max_connections, or raise the server's limit";
    DatabaseNotDurable: "database-not-durable", Warning,
        "the server does not wait for the disk (`synchronous_commit = off`): a crash may undo sign-ins",
        "set synchronous_commit = on for the role or the database of database.url";
    DatabaseEncoding: "database-encoding", Error,
        "texts of the database are not UTF-8", "create the database of database.url with ENCODING 'UTF8'";
    ClockRight: "clock-right", Ok, "this machine's clock agrees with the providers'", "";
    ClockSkew: "clock-skew", Error,
        "this machine's clock differs by more than 60 seconds from the providers', so that tokens are refused",
        "synchronise the clock of this machine (NTP)";
    ProviderIncomplete: "provider-incomplete", Error,
        "a provider's settings make no provider", "complete {subject}";
    ProviderKey: "provider-key", Error,
        "a provider's private key cannot be used (PEM, PKCS#8; for Apple P-256)",
        "set {subject} to the file that the provider let you download";
    AppleIds: "apple-ids", Error,
        "Apple's ids of team and key have ten capital letters and digits", "copy {subject} from Apple's developer site";
    CredentialText: "credential-text", Error,
        "white space, quotes or invisible characters in a client id or secret: a fault of copying",
        "copy {subject} again, without them";
    CredentialPlaceholder: "credential-placeholder", Error,
        "a client id or secret is a placeholder", "set {subject} to the value from the provider";
    CredentialSwapped: "credential-shape", Error,
        "a client id or secret does not look like one of this provider: perhaps both are swapped",
        "compare {subject} with the provider's console";
    OpenidScope: "openid-scope", Error,
        "the scope `openid` is not requested, so that no id_token comes", "add \"openid\" to {subject}";
    RedirectUris: "redirect-uris", Ok, "the redirect URIs to register at the provider", "";
    ProviderUnreachable: "provider-unreachable", Error,
        "a provider does not answer", "check the network of this machine, {subject} and the provider's status page";
    DiscoveryFailed: "discovery-failed", Error,
        "the provider's metadata cannot be used", "correct {subject}, or set the endpoints one by one";
    IssuerMismatch: "issuer-mismatch", Error,
        "the metadata is that of another issuer", "set {subject} to the issuer that the metadata names, byte for byte";
    JwksUnreachable: "jwks-unreachable", Error,
        "the provider's keys cannot be fetched", "correct {subject}";
    JwksUnusable: "jwks-unusable", Error,
        "none of the provider's keys fits an allowed algorithm, so that no id_token can be verified",
        "compare {subject} with the algorithms of the provider's keys";
    AlgorithmsUnsupported: "algorithms-unsupported", Error,
        "the provider lists none of the allowed algorithms", "set {subject} to one that the provider's metadata lists";
    CredentialsAccepted: "credentials-accepted", Ok, "the provider knows client id and secret", "";
    CredentialsRejected: "credentials-rejected", Error,
        "the provider refuses client id or secret",
        "copy {subject}.client_id and the secret again; a secret may have expired";
    RedirectUriRejected: "redirect-uri-rejected", Error,
        "the provider refuses the redirect URI", "register the redirect URI for {subject}; see redirect-uris";
    TokenEndpointMissing: "token-endpoint-missing", Error,
        "there is no token endpoint at the URL", "correct {subject}.token_url, or issuer, base_url or tenant";
    CredentialsUnknown: "credentials-unknown", Ok,
        "the provider's answer does not tell whether it knows client id and secret", "";
    ReturnUrlDuplicate: "return-url-duplicate", Warning,
        "a return URL is listed twice", "remove {subject}";
    ReturnUrlShadowed: "return-url-shadowed", Warning,
        "another entry allows whatever this one allows", "remove {subject}, or narrow the other entry";
    ReturnUrlTrailingDot: "return-url-trailing-dot", Error,
        "the host of a return URL ends with a dot, which browsers count as another host", "remove the dot from {subject}";
    ReturnUrlPlainHttp: "return-url-plain-http", Warning,
        "tokens travel over plain http to another machine", "use https in {subject}";
    ReturnUrlOwn: "return-url-own", Warning,
        "browsers return to this service, which has no page for them", "set client.url to a page of your app";
    NetworkUnreachable: "network-unreachable", Error,
        "neither database nor any provider could be reached, so that nothing could be looked at",
        "run it where the service runs, or check the network; see database.url";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::settings::Risk;

    fn table() -> String {
        let row = |check: &Check| {
            let remedy = check.remedy().replace("{subject}.", "providers.*.").replace("{subject}", "the setting");
            format!("| `{}` | {} | {} | {remedy} |\n", check.id(), check.severity().name(), check.meaning())
        };
        let risk = |risk: &Risk| {
            let meaning = format!("{}: {}", risk.keys(), risk.danger());
            format!("| `{}` | warning | {meaning} | {} |\n", risk.code(), risk.remedy())
        };
        let rows = Check::ALL.iter().map(row).chain(Risk::ALL.iter().map(risk)).collect::<String>();
        format!("| Id | Severity | Meaning | Remedy |\n|---|---|---|---|\n{rows}")
    }

    /// `UPDATE_GOLDENS=1` writes the table.
    #[test]
    fn the_docs_list_every_finding() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/doctor.md");
        let page = std::fs::read_to_string(&path).expect("docs/doctor.md");
        let start = page.find("| Id |").expect("the table");
        if std::env::var_os("UPDATE_GOLDENS").is_some() {
            std::fs::write(&path, format!("{}{}", &page[..start], table())).expect("written");
            return;
        }
        assert_eq!(&page[start..], table(), "UPDATE_GOLDENS=1 writes the table");
    }

    #[test]
    fn ids_are_unique_and_all_but_good_news_has_a_remedy() {
        let mut ids: BTreeSet<&str> = Risk::ALL.iter().map(|risk| risk.code()).collect();
        for check in Check::ALL {
            assert!(ids.insert(check.id()), "{} is used twice", check.id());
            assert_eq!(check.remedy().is_empty(), check.severity() == Severity::Ok, "{}", check.id());
        }
    }
}

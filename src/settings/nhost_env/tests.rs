//! Whole environments of Nhost.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use super::table::{ROWS, Row, Target};
use crate::domain::secret::Secret;
use crate::settings::{Explanation, JwtAlgorithm, Settings, SettingsErrors, Sources, load};

const SECRET: &str = "a shared secret of at least 32 bytes";
const VAULT: &str = "abababababababababababababababababababababababababababababababab";

fn sources(file: &str, environment: &[(&str, &str)]) -> Sources {
    let environment = environment.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let file = (!file.is_empty()).then(|| (PathBuf::from("vouchsafe.toml"), file.to_owned()));
    Sources { file, environment, flags: Vec::new() }
}

fn load(file: &str, environment: &[(&str, &str)]) -> Result<Settings, SettingsErrors> {
    Settings::load(sources(file, environment))
}

fn explain(file: &str, environment: &[(&str, &str)]) -> Explanation {
    Settings::explain(sources(file, environment)).expect("TOML")
}

/// The status of each variable, one sentence each.
fn statuses(file: &str, environment: &[(&str, &str)]) -> Vec<String> {
    explain(file, environment).nhost.iter().map(|status| format!("{} {status}", status.variable)).collect()
}

/// The errors of a development mode with these variables, one sentence each.
fn errors(environment: &[(&str, &str)]) -> Vec<String> {
    let errors = load("", environment).expect_err("errors");
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn a_whole_nhost_environment_is_understood() {
    let jwt =
        format!(r#"{{"type":"HS256","key":"{SECRET}","kid":"k1","issuer":"hasura-auth","claims_namespace":"ns"}}"#);
    let settings = load(
        "",
        &[
            ("VOUCHSAFE__MODE", "production"),
            ("VOUCHSAFE__DATABASE__URL", "postgres://h/n"),
            ("AUTH_PORT", "4001"),
            ("AUTH_API_PREFIX", "/auth"),
            ("AUTH_SERVER_URL", "https://auth.example.com/v1"),
            ("AUTH_CLIENT_URL", "https://app.example.com"),
            ("AUTH_ACCESS_CONTROL_ALLOWED_REDIRECT_URLS", "https://*.example.com, ,myapp://callback,"),
            ("HASURA_GRAPHQL_JWT_SECRET", &jwt),
            ("AUTH_ENCRYPTION_KEY", VAULT),
            ("AUTH_ACCESS_TOKEN_EXPIRES_IN", "1800"),
            ("AUTH_REFRESH_TOKEN_EXPIRES_IN", "86400"),
            ("AUTH_DISABLE_SIGNUP", "true"),
            ("AUTH_DISABLE_AUTO_SIGNUP", "true"),
            ("AUTH_DISABLE_NEW_USERS", "1"),
            ("AUTH_CONCEAL_ERRORS", "true"),
            ("AUTH_ACCESS_CONTROL_ALLOWED_EMAILS", "a@x.org,"),
            ("AUTH_ACCESS_CONTROL_ALLOWED_EMAIL_DOMAINS", "y.org,Z.org"),
            ("AUTH_ACCESS_CONTROL_BLOCKED_EMAILS", "B@y.org"),
            ("AUTH_ACCESS_CONTROL_BLOCKED_EMAIL_DOMAINS", "v.org"),
            ("AUTH_GRAVATAR_ENABLED", "true"),
            ("AUTH_GRAVATAR_DEFAULT", "mp"),
            ("AUTH_GRAVATAR_RATING", "pg"),
            ("AUTH_EMAIL_SIGNIN_EMAIL_VERIFIED_REQUIRED", "True"),
            ("AUTH_USER_DEFAULT_ROLE", "guest"),
            ("AUTH_USER_DEFAULT_ALLOWED_ROLES", "guest,me"),
            ("AUTH_LOCALE_DEFAULT", "de"),
            ("AUTH_LOCALE_ALLOWED_LOCALES", "de,en"),
            ("AUTH_PROVIDER_GITHUB_ENABLED", "true"),
            ("AUTH_PROVIDER_GITHUB_CLIENT_ID", "id"),
            ("AUTH_PROVIDER_GITHUB_CLIENT_SECRET", "secret"),
            ("AUTH_PROVIDER_GITHUB_SCOPE", "user:email,,read:org"),
            ("AUTH_PROVIDER_GITHUB_USER_PROFILE_URL", "https://git.example.com/user"),
            ("AUTH_PROVIDER_GOOGLE_CLIENT_ID", "never enabled"),
            ("AUTH_PROVIDER_APPLE_ENABLED", "true"),
            ("AUTH_PROVIDER_APPLE_CLIENT_ID", "com.example.web"),
            ("AUTH_PROVIDER_APPLE_TEAM_ID", "TEAM123456"),
            ("AUTH_PROVIDER_APPLE_KEY_ID", "KEY1234567"),
            ("AUTH_PROVIDER_APPLE_PRIVATE_KEY", r"-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----"),
            ("AUTH_PROVIDER_APPLE_AUDIENCE", "com.example.app"),
            ("AUTH_PROVIDER_WINDOWS_LIVE_ENABLED", "true"),
            ("AUTH_PROVIDER_WINDOWS_LIVE_CLIENT_ID", "w"),
            ("AUTH_PROVIDER_WINDOWS_LIVE_CLIENT_SECRET", "w"),
            ("AUTH_PROVIDER_TWITTER_ENABLED", "true"),
            ("AUTH_PROVIDER_TWITTER_CONSUMER_KEY", "t"),
            ("AUTH_PROVIDER_TWITTER_CONSUMER_SECRET", "ts"),
            ("AUTH_SMTP_PASS", "left alone"),
        ],
    );
    let settings = settings.expect("settings");
    assert_eq!(settings.server.bind.to_string(), "0.0.0.0:4001");
    assert_eq!(settings.server.public_base(), "https://auth.example.com/v1");
    assert_eq!(settings.nhost.paths, ["/auth"]);
    assert_eq!(settings.client.return_urls.default_url().as_str(), "https://app.example.com/");
    let key = &settings.keys.jwt[0];
    assert_eq!((key.id.as_deref(), key.algorithm, &key.key), (Some("k1"), JwtAlgorithm::HS256, &Secret::new(SECRET)));
    assert_eq!((settings.session.issuer.as_str(), settings.session.claims_namespace.as_str()), ("hasura-auth", "ns"));
    assert_eq!(settings.keys.vault.len(), 1);
    assert_eq!(settings.session.access_token_ttl, Duration::from_secs(1800));
    assert_eq!(settings.session.refresh_token_ttl, Duration::from_secs(86_400));
    let sign_up = &settings.sign_up;
    assert!(!sign_up.enabled && sign_up.new_users_disabled && sign_up.verified_email_required);
    assert!(!sign_up.create_on_sign_in && settings.nhost.conceal_errors);
    let blocked =
        ["a@x.org", "c@x.org", "a@y.org", "b@y.org", "c@z.org", "a@v.org"].map(|one| sign_up.emails.blocks(one));
    assert_eq!(blocked, [false, true, false, true, false, true]);
    let gravatar = &sign_up.gravatar;
    assert_eq!((gravatar.enabled, gravatar.default.as_str(), gravatar.rating.as_str()), (true, "mp", "pg"));
    assert_eq!((sign_up.default_role.as_str(), sign_up.default_locale.as_str()), ("guest", "de"));
    assert_eq!(
        (&*sign_up.allowed_roles, &*sign_up.allowed_locales),
        (&["guest", "me"].map(str::to_owned)[..], &["de", "en"].map(str::to_owned)[..])
    );
    let names: Vec<_> = settings.providers.keys().map(|name| name.as_str()).collect();
    assert_eq!(names, ["apple", "github", "twitter", "windowslive"]);
    let of = |name: &str| &settings.providers[&name.parse().expect("a name")];
    assert_eq!(of("github").scopes.as_deref(), Some(&["user:email", "read:org"].map(str::to_owned)[..]));
    assert_eq!(of("github").userinfo_url.as_ref().map(AsRef::as_ref), Some("https://git.example.com/user"));
    assert_eq!(of("apple").audiences, ["com.example.app"]);
    assert!(of("apple").private_key.as_ref().is_some_and(|key| key.expose().contains("-----\nMII\n-----")));
    assert_eq!((of("twitter").client_id.as_str(), &of("twitter").client_secret), ("t", &Some(Secret::new("ts"))));
}

#[test]
fn our_settings_override_nhosts_and_the_status_says_so() {
    let file = "mode = \"development\"\nclient.url = \"https://file.example.com\"\n[providers.github]\nclient_secret_file = \"missing\"";
    let environment = [
        ("VOUCHSAFE__SESSION__ACCESS_TOKEN_TTL", "5m"),
        ("AUTH_ACCESS_TOKEN_EXPIRES_IN", "not even a number"),
        ("AUTH_CLIENT_URL", "https://nhost.example.com"),
        ("AUTH_PROVIDER_GITHUB_ENABLED", "true"),
        ("AUTH_PROVIDER_GITHUB_CLIENT_ID", "id"),
        ("AUTH_PROVIDER_GITHUB_CLIENT_SECRET", "hunter2"),
    ];
    assert_eq!(
        statuses(file, &environment),
        [
            "AUTH_ACCESS_TOKEN_EXPIRES_IN is overridden: session.access_token_ttl is set by VOUCHSAFE__SESSION__ACCESS_TOKEN_TTL",
            "AUTH_CLIENT_URL is overridden: client.url is set by vouchsafe.toml",
            "AUTH_PROVIDER_GITHUB_CLIENT_ID sets providers.github.client_id",
            "AUTH_PROVIDER_GITHUB_CLIENT_SECRET is overridden: providers.github.client_secret_file is set by vouchsafe.toml",
            "AUTH_PROVIDER_GITHUB_ENABLED sets providers.github",
        ]
    );
    // The missing file is an error; Nhost's secret is not used instead.
    let keys: Vec<_> = load(file, &environment).expect_err("an error").iter().map(|error| error.key.clone()).collect();
    assert_eq!(keys, ["providers.github.client_secret_file"]);
    let settings =
        load("mode = \"development\"\nkeys.jwt = []", &[("HASURA_GRAPHQL_JWT_SECRET", "{")]).expect("settings");
    assert!(settings.keys.jwt.is_empty(), "the list of the file overrides it");
}

#[test]
fn flags_override_nhosts_variables_and_members_of_its_secret() {
    let mut sources = sources(
        "",
        &[
            ("AUTH_PORT", "1"),
            ("VOUCHSAFE__SESSION__ISSUER", "https://ours"),
            (
                "HASURA_GRAPHQL_JWT_SECRET",
                &format!(r#"{{"type":"HS256","key":"{SECRET}","issuer":"theirs","header":{{}}}}"#),
            ),
        ],
    );
    sources.flags.push(("server.bind".to_owned(), "127.0.0.1:2".to_owned()));
    let settings = Settings::load(sources.clone()).expect("settings");
    assert_eq!((settings.server.bind.port(), settings.session.issuer.as_str()), (2, "https://ours"));
    let found: Vec<_> = Settings::explain(sources).expect("TOML").nhost.iter().map(ToString::to_string).collect();
    assert_eq!(found[0], "is overridden: server.bind is set by the command line");
    assert!(found[1].starts_with("sets keys.jwt (its `issuer`"), "{}", found[1]);
    assert!(
        found[1].ends_with("session.issuer is set by VOUCHSAFE__SESSION__ISSUER; its member `header` is ignored"),
        "{}",
        found[1]
    );
}

#[test]
fn every_invalid_value_is_reported_with_its_variable() {
    assert_eq!(
        errors(&[
            ("AUTH_ACCESS_TOKEN_EXPIRES_IN", "15m"),
            ("AUTH_DISABLE_SIGNUP", "yes"),
            ("AUTH_PORT", "70000"),
            ("AUTH_PROVIDER_GITHUB_ENABLED", "on"),
            ("AUTH_PROVIDER_GOOGLE_ENABLED", "true"),
            ("HASURA_GRAPHQL_JWT_SECRET", r#"{"type":"RS256","key":"public"}"#),
            ("AUTH_ENCRYPTION_KEY", "abcd"),
            ("AUTH_LOCALE_DEFAULT", "english"),
            ("AUTH_ACCESS_CONTROL_ALLOWED_REDIRECT_URLS", "https://ok.example.com,https://a.*.example.com"),
        ])
        .into_iter()
        .map(|error| error.split_once("; ").map_or(error.clone(), |(reason, _)| reason.to_owned()))
        .collect::<Vec<_>>(),
        [
            "session.access_token_ttl: expected a whole number of seconds (set by AUTH_ACCESS_TOKEN_EXPIRES_IN)",
            "sign_up.enabled: expected true or false (set by AUTH_DISABLE_SIGNUP)",
            "server.bind: expected a port from 0 to 65535 (set by AUTH_PORT)",
            "providers.github: expected true or false (set by AUTH_PROVIDER_GITHUB_ENABLED)",
            "keys.jwt: the JSON has no `signing_key` (set by HASURA_GRAPHQL_JWT_SECRET)",
            "client.allowed_redirect_urls[1]: a * may stand once, in the left-most label of a host with at least two more labels (set by AUTH_ACCESS_CONTROL_ALLOWED_REDIRECT_URLS)",
            "keys.vault.key: expected 32 bytes as 64 hexadecimal digits or base64 (set by AUTH_ENCRYPTION_KEY)",
            "sign_up.default_locale: expected a language of two or three letters like en (set by AUTH_LOCALE_DEFAULT)",
            "providers.google.client_id: is required (its section is set by AUTH_PROVIDER_GOOGLE_ENABLED)",
            "providers.google.client_secret: is required, or client_secret_file (its section is set by AUTH_PROVIDER_GOOGLE_ENABLED)",
        ]
    );
}

#[test]
fn a_malformed_jwt_secret_is_refused_and_never_shown() {
    for (text, reason) in [
        ("hunter2", "expected a JSON object"),
        (r#"["hunter2"]"#, "expected a JSON object"),
        (r#"{"key":"hunter2"}"#, "the JSON has no `type`"),
        (r#"{"type":"HS256","key":""}"#, "the JSON has no `key`"),
        (r#"{"type":"HS256","key":"hunter2"}"#, "is shorter than 32 bytes"),
        (r#"{"type":"RS384","signing_key":"hunter2"}"#, "expected one of HS256"),
        (r#"{"type":"RS256","signing_key":"hunter2"}"#, "is not a private key in PEM"),
    ] {
        let found = errors(&[("HASURA_GRAPHQL_JWT_SECRET", text)]);
        assert!(
            found.len() == 1 && found[0].contains(reason) && found[0].contains("HASURA_GRAPHQL_JWT_SECRET"),
            "{found:?}"
        );
        assert!(!format!("{found:?} {:?}", statuses("", &[("HASURA_GRAPHQL_JWT_SECRET", text)])).contains("hunter2"));
    }
}

#[test]
fn an_unused_variable_changes_nothing_and_says_why() {
    let environment = [
        ("AUTH_API_PREFIX", ""),
        ("AUTH_PROVIDER_DISCORD_ENABLED", "false"),
        ("AUTH_PROVIDER_DISCORD_SCOPE", "x"),
        ("AUTH_PROVIDER_GITHUB_TEAM_ID", "only for apple"),
        ("AUTH_PROVIDER_GITLAB_CLIENT_ID", "x"),
        ("AUTH_USER_DEFAULT_ALLOWED_ROLES", " , "),
        ("POSTGRES_CONNECTION", "postgres://u:hunter2@h/n"),
        ("PATH", "/bin"),
    ];
    let found = statuses("", &environment);
    assert_eq!(
        found[..6],
        [
            "AUTH_API_PREFIX is unused: it is empty",
            "AUTH_PROVIDER_DISCORD_ENABLED is unused: discord stays disabled",
            "AUTH_PROVIDER_DISCORD_SCOPE is unused: AUTH_PROVIDER_DISCORD_ENABLED is not true",
            "AUTH_PROVIDER_GITHUB_TEAM_ID is not supported: unknown here",
            "AUTH_PROVIDER_GITLAB_CLIENT_ID is unused: AUTH_PROVIDER_GITLAB_ENABLED is not true",
            "AUTH_USER_DEFAULT_ALLOWED_ROLES is unused: it is empty",
        ]
    );
    assert!(found[6].starts_with("POSTGRES_CONNECTION is not supported: it is the database of Nhost"), "{}", found[6]);
    assert_eq!(found.len(), 7);
    let (with, without) = (load("", &environment).expect("settings"), load("", &[]).expect("settings"));
    assert_eq!(format!("{with:?}"), format!("{without:?}"));
    assert_eq!(with.database.url, without.database.url);
}

#[test]
fn claims_from_metadata_are_set_and_others_are_listed() {
    let environment = [
        (
            "AUTH_JWT_CUSTOM_CLAIMS",
            r#"{"team":"metadata.team.id","orgs":"memberships[].org.id","all":"metadata.x[*]","user-id":"metadata.id"}"#,
        ),
        ("AUTH_JWT_CUSTOM_CLAIMS_DEFAULTS", r#"{"team":"none","orgs":"0"}"#),
    ];
    let found = statuses("", &environment);
    assert!(found[0].starts_with("AUTH_JWT_CUSTOM_CLAIMS sets session.custom_claims ("), "{}", found[0]);
    assert!(
        found[0]
            .ends_with("; its member `all` is ignored; its member `orgs` is ignored; its member `user-id` is ignored"),
        "{}",
        found[0]
    );
    assert!(found[1].ends_with("; its member `orgs` is ignored"), "{}", found[1]);
    let file = "mode = 'development'\nsession.custom_claims = { team = 'metadata.team.id' }\n\
                        session.custom_claim_defaults = { team = 'none' }";
    let (from_nhost, from_us) = (load("", &environment).expect("settings"), load(file, &[]).expect("settings"));
    assert_eq!(format!("{:?}", from_nhost.session), format!("{:?}", from_us.session));
    let error = &errors(&[("AUTH_JWT_CUSTOM_CLAIMS", "team")])[0];
    assert!(error.starts_with("session.custom_claims: expected a JSON object (set by AUTH_JWT"), "{error}");
    // Nothing in it is supported, which is not an error.
    let nothing = [("AUTH_JWT_CUSTOM_CLAIMS", "{}"), ("AUTH_JWT_CUSTOM_CLAIMS_DEFAULTS", r#"{"a":1}"#)];
    assert!(load("", &nothing).is_ok());
    assert_eq!(statuses("", &nothing)[0], "AUTH_JWT_CUSTOM_CLAIMS is unused: nothing in it is supported");
}

#[test]
fn every_row_sets_a_known_key() {
    let text = "[providers.x]\n[[keys.jwt]]\n[[keys.vault]]".to_owned();
    let file = Some((PathBuf::new(), text));
    let Ok((reading, ..)) = load::read(Sources { file, ..Sources::default() }) else { panic!("it is TOML") };
    let known: BTreeSet<String> = reading.finish().1;
    for Row { variable, target, .. } in ROWS {
        if let Target::Key(key, _) = target {
            assert!(known.contains(&key.replace("{p}", "x")), "{variable} sets {key}");
        }
    }
}

//! Nhost's environments as their operators have them, and the page that tells of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::table::{Becomes, PROVIDERS, ROWS, Row};
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

/// What became of the variables, one sentence each.
fn fates(file: &str, environment: &[(&str, &str)]) -> Vec<String> {
    explain(file, environment).nhost.iter().map(|fate| format!("{} {fate}", fate.variable)).collect()
}

/// The errors of a development mode with these variables, one sentence each.
fn errors(environment: &[(&str, &str)]) -> Vec<String> {
    let errors = load("", environment).expect_err("errors");
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn a_whole_environment_of_nhost_is_a_whole_setting() {
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
            ("AUTH_PROVIDER_GOOGLE_CLIENT_ID", "never turned on"),
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
    let barred =
        ["a@x.org", "c@x.org", "a@y.org", "b@y.org", "c@z.org", "a@v.org"].map(|one| sign_up.emails.blocks(one));
    assert_eq!(barred, [false, true, false, true, false, true]);
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
fn our_own_words_win_over_nhosts_and_the_explanation_says_so() {
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
        fates(file, &environment),
        [
            "AUTH_ACCESS_TOKEN_EXPIRES_IN counts for nothing: session.access_token_ttl is set by VOUCHSAFE__SESSION__ACCESS_TOKEN_TTL",
            "AUTH_CLIENT_URL counts for nothing: client.url is set by vouchsafe.toml",
            "AUTH_PROVIDER_GITHUB_CLIENT_ID became providers.github.client_id",
            "AUTH_PROVIDER_GITHUB_CLIENT_SECRET counts for nothing: providers.github.client_secret_file is set by vouchsafe.toml",
            "AUTH_PROVIDER_GITHUB_ENABLED became providers.github",
        ]
    );
    // The file of the secret is missing, so that it is told and not Nhost's secret used.
    let keys: Vec<_> = load(file, &environment).expect_err("an error").iter().map(|error| error.key.clone()).collect();
    assert_eq!(keys, ["providers.github.client_secret_file"]);
    let settings =
        load("mode = \"development\"\nkeys.jwt = []", &[("HASURA_GRAPHQL_JWT_SECRET", "{")]).expect("settings");
    assert!(settings.keys.jwt.is_empty(), "a list of the file stands in its place");
}

#[test]
fn flags_win_over_nhosts_names_and_a_part_of_a_secret_may_be_overruled() {
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
    let told: Vec<_> = Settings::explain(sources).expect("TOML").nhost.iter().map(ToString::to_string).collect();
    assert_eq!(told[0], "counts for nothing: server.bind is set by the command line");
    assert!(told[1].starts_with("became keys.jwt (`issuer`"), "{}", told[1]);
    assert!(
        told[1].ends_with("session.issuer is set by VOUCHSAFE__SESSION__ISSUER; `header` in it is not read"),
        "{}",
        told[1]
    );
}

#[test]
fn every_value_that_cannot_be_used_is_told_at_once_with_its_variable() {
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
fn a_secret_of_another_shape_is_refused_and_never_shown() {
    for (text, reason) in [
        ("hunter2", "expected a JSON object"),
        (r#"["hunter2"]"#, "expected a JSON object"),
        (r#"{"key":"hunter2"}"#, "the JSON has no `type`"),
        (r#"{"type":"HS256","key":""}"#, "the JSON has no `key`"),
        (r#"{"type":"HS256","key":"hunter2"}"#, "is shorter than 32 bytes"),
        (r#"{"type":"RS384","signing_key":"hunter2"}"#, "expected one of HS256"),
        (r#"{"type":"RS256","signing_key":"hunter2"}"#, "is no private key in PEM"),
    ] {
        let told = errors(&[("HASURA_GRAPHQL_JWT_SECRET", text)]);
        assert!(
            told.len() == 1 && told[0].contains(reason) && told[0].contains("HASURA_GRAPHQL_JWT_SECRET"),
            "{told:?}"
        );
        assert!(!format!("{told:?} {:?}", fates("", &[("HASURA_GRAPHQL_JWT_SECRET", text)])).contains("hunter2"));
    }
}

#[test]
fn what_is_empty_off_or_without_a_counterpart_changes_nothing_and_says_why() {
    let environment = [
        ("AUTH_API_PREFIX", ""),
        ("AUTH_PROVIDER_DISCORD_ENABLED", "false"),
        ("AUTH_PROVIDER_DISCORD_SCOPE", "x"),
        ("AUTH_PROVIDER_GITHUB_TEAM_ID", "apple's alone"),
        ("AUTH_PROVIDER_GITLAB_CLIENT_ID", "x"),
        ("AUTH_USER_DEFAULT_ALLOWED_ROLES", " , "),
        ("POSTGRES_CONNECTION", "postgres://u:hunter2@h/n"),
        ("PATH", "/bin"),
    ];
    let told = fates("", &environment);
    assert_eq!(
        told[..6],
        [
            "AUTH_API_PREFIX counts for nothing: it is empty",
            "AUTH_PROVIDER_DISCORD_ENABLED counts for nothing: it leaves discord off",
            "AUTH_PROVIDER_DISCORD_SCOPE counts for nothing: AUTH_PROVIDER_DISCORD_ENABLED is not true",
            "AUTH_PROVIDER_GITHUB_TEAM_ID has no counterpart: it is not known here",
            "AUTH_PROVIDER_GITLAB_CLIENT_ID counts for nothing: AUTH_PROVIDER_GITLAB_ENABLED is not true",
            "AUTH_USER_DEFAULT_ALLOWED_ROLES counts for nothing: it is empty",
        ]
    );
    assert!(told[6].starts_with("POSTGRES_CONNECTION has no counterpart: it is Nhost's database"), "{}", told[6]);
    assert_eq!(told.len(), 7);
    let (with, without) = (load("", &environment).expect("settings"), load("", &[]).expect("settings"));
    assert_eq!(format!("{with:?}"), format!("{without:?}"));
    assert_eq!(with.database.url, without.database.url);
}

#[test]
fn claims_of_the_metadata_are_taken_and_those_of_hasuras_tables_are_named() {
    let environment = [
        (
            "AUTH_JWT_CUSTOM_CLAIMS",
            r#"{"team":"metadata.team.id","orgs":"memberships[].org.id","all":"metadata.x[*]","user-id":"metadata.id"}"#,
        ),
        ("AUTH_JWT_CUSTOM_CLAIMS_DEFAULTS", r#"{"team":"none","orgs":"0"}"#),
    ];
    let told = fates("", &environment);
    assert!(told[0].starts_with("AUTH_JWT_CUSTOM_CLAIMS became session.custom_claims ("), "{}", told[0]);
    assert!(
        told[0].ends_with("; `all` in it is not read; `orgs` in it is not read; `user-id` in it is not read"),
        "{}",
        told[0]
    );
    assert!(told[1].ends_with("; `orgs` in it is not read"), "{}", told[1]);
    let in_our_words = "mode = 'development'\nsession.custom_claims = { team = 'metadata.team.id' }\n\
                        session.custom_claim_defaults = { team = 'none' }";
    let (theirs, ours) = (load("", &environment).expect("settings"), load(in_our_words, &[]).expect("settings"));
    assert_eq!(format!("{:?}", theirs.session), format!("{:?}", ours.session));
    let error = &errors(&[("AUTH_JWT_CUSTOM_CLAIMS", "team")])[0];
    assert!(error.starts_with("session.custom_claims: expected a JSON object (set by AUTH_JWT"), "{error}");
    // Nothing of it is ours: then nothing is set, and that is no error.
    let nothing = [("AUTH_JWT_CUSTOM_CLAIMS", "{}"), ("AUTH_JWT_CUSTOM_CLAIMS_DEFAULTS", r#"{"a":1}"#)];
    assert!(load("", &nothing).is_ok());
    assert_eq!(fates("", &nothing)[0], "AUTH_JWT_CUSTOM_CLAIMS counts for nothing: there is nothing in it");
}

#[test]
fn every_row_names_a_key_that_is_known() {
    let text = "[providers.x]\n[[keys.jwt]]\n[[keys.vault]]".to_owned();
    let file = Some((PathBuf::new(), text));
    let Ok((reading, ..)) = load::read(Sources { file, ..Sources::default() }) else { panic!("it is TOML") };
    let known: BTreeSet<String> = reading.finish().1;
    for Row { variable, becomes, .. } in ROWS {
        if let Becomes::Key(key, _) = becomes {
            assert!(known.contains(&key.replace("{p}", "x")), "{variable} becomes {key}");
        }
    }
}

/// The table of the page, as the rows say it.
fn written() -> String {
    let line = |variable: &str, row: &Row, provider: &str| match row.becomes {
        Becomes::Nothing(why) => format!("| `{variable}` | none | {why} |\n"),
        Becomes::Key(key, _) => {
            let note = if row.note.is_empty() { String::new() } else { format!(" {}", row.note) };
            format!("| `{variable}` | `{}` |{note} |\n", key.replace("{p}", provider))
        }
    };
    let lines = ROWS.iter().flat_map(|row| match row.only {
        [] => vec![line(row.variable, row, "{p}")],
        only => {
            let of = PROVIDERS.iter().filter(|(_, ours)| only.contains(ours));
            of.map(|(theirs, ours)| line(&row.variable.replace("{P}", theirs), row, ours)).collect()
        }
    });
    format!("| Variable | Key | |\n|---|---|---|\n{}", lines.collect::<String>())
}

/// `UPDATE_GOLDENS=1` writes it.
#[test]
fn the_page_shows_every_row() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/nhost.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let start = page.find("| Variable |").expect("the table");
    let end = page[start..].find("\n\n").map_or(page.len(), |length| start + length + 1);
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        std::fs::write(&path, format!("{}{}{}", &page[..start], written(), &page[end..])).expect("written");
        return;
    }
    assert_eq!(&page[start..end], written(), "UPDATE_GOLDENS=1 writes the table anew");
}

#[test]
fn the_page_names_every_provider() {
    let page = include_str!("../../../docs/nhost.md");
    for (theirs, _) in PROVIDERS {
        assert!(page.contains(&format!("`{theirs}`")), "{theirs}");
    }
}

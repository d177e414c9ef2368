//! Error messages of invalid settings.

use super::{development, keys, layered, only};
use crate::settings::Settings;

#[test]
fn an_invalid_custom_claim_is_an_error() {
    let text = "[session.custom_claims]\nuser-id = 'metadata.id'\na = 'roles'\nb = 'profile.x['\n\
                [session.custom_claim_defaults]\nc = 'x'";
    assert_eq!(
        keys(&development(text)),
        [
            "session.custom_claims.user-id",
            "session.custom_claims.a",
            "session.custom_claims.b",
            "session.custom_claim_defaults.c"
        ]
    );
}

#[test]
fn all_errors_are_reported_at_once() {
    let result = layered(
        "mode = \"development\"\nclint = 1\n[server]\nbind = \"here\"\nworkers = -1\n[flow]\nttl = \"2h\"",
        &[("VOUCHSAFE__VAULT__TTL", "soon")],
        &[("session.code_ttl", "1ms")],
    );
    assert_eq!(keys(&result), ["server.bind", "server.workers", "flow.ttl", "vault.ttl", "session.code_ttl", "clint"]);
    assert_eq!(result.expect_err("errors").to_string().lines().count(), 6);
}

#[test]
fn an_unknown_key_is_refused_with_a_suggestion() {
    for (text, key, suggestion) in [
        ("[sever]\nbind = \"127.0.0.1:1\"", "sever", Some("did you mean `server`?")),
        ("[server]\npublic_ulr = \"x\"", "server.public_ulr", Some("did you mean `server.public_url`?")),
        ("public_url = \"x\"", "public_url", Some("did you mean `server.public_url`?")),
        ("[server]\nttl = \"1s\"", "server.ttl", None),
        ("unheard_of = 1", "unheard_of", None),
        ("[[keys.jwt]]\nalgoritm = \"HS256\"", "keys.jwt[0].algoritm", Some("did you mean `keys.jwt.algorithm`?")),
    ] {
        let errors = development(text).expect_err(text);
        let error = errors.iter().find(|error| error.key == key).unwrap_or_else(|| panic!("{key} in {errors}"));
        assert_eq!(error.reason, "is not a known key");
        assert_eq!(error.suggestion.as_deref(), suggestion, "{text}");
    }
}

#[test]
fn an_unknown_variable_or_flag_is_refused_and_named() {
    let result = layered("mode = \"development\"", &[("VOUCHSAFE__SERVR__BIND", "x")], &[("flow.tll", "1m")]);
    let shown = result.expect_err("unknown keys").to_string();
    assert_eq!(
        shown,
        "flow.tll: is not a known key (set by the command line); did you mean `flow.ttl`?\n\
         servr: is not a known key (set by VOUCHSAFE__SERVR__BIND); did you mean `server`?"
    );
}

#[test]
fn a_variable_with_one_underscore_is_refused_with_a_suggestion() {
    let error = only(layered("mode = \"development\"", &[("VOUCHSAFE_SERVER_BIND", "127.0.0.1:1")], &[]));
    assert_eq!(
        error.to_string(),
        "VOUCHSAFE_SERVER_BIND: is not a known variable; did you mean `VOUCHSAFE__SERVER__BIND`?"
    );
}

#[test]
fn an_error_of_a_variable_names_the_variable() {
    let error = only(layered("mode = \"development\"", &[("VOUCHSAFE__NHOST__PATHS", "/v1,auth")], &[]));
    assert_eq!(error.key, "nhost.paths[1]");
    assert!(error.reason.ends_with("(set by VOUCHSAFE__NHOST__PATHS)"), "{error}");
}

#[test]
fn a_wrong_type_is_refused_with_what_was_expected() {
    for (text, reason, suggestion) in [
        ("sign_up.enabled = \"true\"", "expected true or false, not text", Some("leave out the quotes")),
        ("sign_up.enabled = 1", "expected true or false, not a number", None),
        ("sign_up.default_role = 7", "expected text, not a number", Some("put it in quotes")),
        ("sign_up.default_role = \" \"", "is empty", None),
        ("sign_up = true", "is a section, not true or false", None),
        ("sign_up.allowed_roles = \"me\"", "expected a list of texts, not text", Some("write allowed_roles = [\"…\"]")),
        ("flow.max_active = 0", "expected a whole number from 1 to 10000000", None),
        ("flow.max_active = 1.5", "expected a whole number from 1 to 10000000", None),
    ] {
        let error = only(development(text));
        assert_eq!((error.reason.as_str(), error.suggestion.as_deref()), (reason, suggestion), "{text}");
    }
    let errors = Settings::from_toml("mode = \"developmnt\"").expect_err("no mode");
    assert_eq!(errors.0[0].to_string(), "mode: expected one of development, production; did you mean `development`?");
}

#[test]
fn a_duration_without_a_unit_is_refused_with_examples() {
    for text in ["flow.ttl = 600", "flow.ttl = \"600\"", "flow.ttl = \"0s\"", "upstream.timeout = \"61s\""] {
        let error = only(development(text));
        assert!(error.reason.starts_with("expected a duration from 1"), "{error}");
        assert!(error.suggestion.is_some_and(|suggestion| suggestion.contains("10s")));
    }
}

#[test]
fn every_invalid_rule_is_reported_by_its_position() {
    let rules =
        "url = \"https://*.example.com\"\nallowed_redirect_urls = [\"https://*\", \"app://ok\", \"javascript://x\"]";
    let result = development(&format!("[client]\n{rules}"));
    assert_eq!(keys(&result), ["client.url", "client.allowed_redirect_urls[0]", "client.allowed_redirect_urls[2]"]);
}

#[test]
fn paths_are_empty_or_begin_with_a_slash_and_differ() {
    for (paths, key) in [
        ("[\"v1\"]", "nhost.paths[0]"),
        ("[\"\", \"/v1/\"]", "nhost.paths[1]"),
        ("[\"/\", \"\"]", "nhost.paths[1]"),
        ("[]", "nhost.paths"),
    ] {
        assert_eq!(only(development(&format!("nhost.paths = {paths}"))).key, key);
    }
}

#[test]
fn development_listens_on_loopback_only() {
    assert_eq!(only(development("server.bind = \"0.0.0.0:4000\"")).key, "server.bind");
    assert!(development("server.bind = \"127.0.0.2:0\"").is_ok());
}

#[test]
fn a_database_of_an_unknown_kind_is_refused() {
    for bad in ["mysql://x", "sqlite:", "sqlite://", "postgres:x", "vouchsafe.db"] {
        assert_eq!(only(development(&format!("database.url = \"{bad}\""))).key, "database.url", "{bad}");
    }
    for good in ["sqlite::memory:", "sqlite://vouchsafe.db", "postgres://u:p@h/n", "postgresql://h/n"] {
        assert!(development(&format!("database.url = \"{good}\"")).is_ok(), "{good}");
    }
}

#[test]
fn a_public_url_has_no_query_fragment_or_user() {
    for bad in ["https://x.org/?a", "https://x.org/#a", "https://u:p@x.org", "x.org", "ftp://x.org"] {
        assert_eq!(only(development(&format!("server.public_url = \"{bad}\""))).key, "server.public_url", "{bad}");
    }
}

#[test]
fn a_locale_has_two_or_three_letters() {
    let error = only(development("sign_up.allowed_locales = [\"en\", \"english\"]"));
    assert_eq!(error.key, "sign_up.allowed_locales[1]");
    assert_eq!(only(development("sign_up.default_locale = \"e\"")).key, "sign_up.default_locale");
}

#[test]
fn invalid_toml_is_reported_with_line_and_column() {
    let error = only(Settings::from_toml("[server]\nbind = \"127.0.0.1:1\"\n  workers = = 1\n"));
    assert!(error.reason.starts_with("line 3, column 13: "), "{error}");
}

#[test]
fn a_schema_is_a_plain_identifier() {
    for bad in ["", "Vouchsafe", "a-b", "a b", "1a", "_a", "pg_auth", "sqlite_x", "information_schema", "a;drop", "é"]
    {
        assert_eq!(only(development(&format!("database.schema = \"{bad}\""))).key, "database.schema", "{bad}");
    }
    let longest = "a".repeat(40);
    assert_eq!(only(development(&format!("database.schema = \"{longest}a\""))).key, "database.schema");
    for good in ["vouchsafe", "auth_2", &longest] {
        let settings = development(&format!("database.schema = \"{good}\"")).expect("settings");
        assert_eq!(settings.database.schema, good);
    }
}

#[test]
fn allowed_origins_default_to_those_of_the_return_urls() {
    let client = |lines: &str| {
        let text = format!("[client]\nurl = \"https://app.example.com/in\"\n{lines}");
        development(&text).expect("settings").client
    };
    let rules = "allowed_redirect_urls = [\"https://*.preview.example.com\", \"https://b.example.com/x\"]";
    let default = client(rules);
    for (origin, is_allowed) in [
        ("https://app.example.com", true),
        ("https://b.example.com", true),
        ("https://a.preview.example.com", false),
        ("http://localhost:5173", true),
        ("https://evil.com", false),
    ] {
        assert_eq!(default.cors_origins.allows(origin), is_allowed, "{origin}");
        assert_eq!(default.csrf_origins.allows(origin), is_allowed, "{origin}");
    }
    let set = client("allowed_origins = [\"https://c.example.com\"]");
    assert!(set.cors_origins.allows("https://c.example.com") && !set.cors_origins.allows("https://app.example.com"));
    for bad in ["https://*.example.com", "https://app.example.com/", "app.example.com", "null"] {
        let error = only(development(&format!("client.allowed_origins = [\"{bad}\"]")));
        assert_eq!(error.key, "client.allowed_origins[0]", "{bad}");
    }
}

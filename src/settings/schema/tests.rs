//! The schema accepts what the service accepts, and refuses what is wrong in a way that an editor can show.

use std::path::Path;

use jsonschema::Validator;
use serde_json::Value;

use crate::settings::Settings;

fn validator() -> Validator {
    let schema = Settings::schema();
    assert!(jsonschema::meta::is_valid(&schema), "{schema}");
    jsonschema::draft202012::new(&schema).expect("a schema")
}

fn document(toml: &str) -> Value {
    serde_json::to_value(toml.parse::<toml::Table>().expect("TOML")).expect("JSON")
}

fn errors(validator: &Validator, toml: &str) -> Vec<String> {
    validator.iter_errors(&document(toml)).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The settings in the fenced blocks of a page.
fn examples(page: &str) -> Vec<String> {
    let blocks = page.split("```toml\n").skip(1);
    blocks.filter_map(|rest| rest.split("```").next()).map(str::to_owned).collect()
}

#[test]
fn default_file_and_examples_match_the_schema() {
    let (validator, root) = (validator(), Path::new(env!("CARGO_MANIFEST_DIR")));
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect("a file");
    let mut texts: Vec<(String, String)> =
        ["config/default.toml", "docs/nodes/vouchsafe.toml"].map(|path| (path.to_owned(), read(path))).into();
    let pages = [
        "admin.md",
        "metrics.md",
        "nhost.md",
        "operations.md",
        "production.md",
        "providers/README.md",
        "token-exchange.md",
        "webhooks.md",
    ];
    for page in pages.map(|page| format!("docs/{page}")) {
        texts.extend(examples(&read(&page)).into_iter().map(|text| (page.clone(), text)));
    }
    assert!(texts.len() >= 7, "only {} texts were found", texts.len());
    for (path, text) in texts {
        assert_eq!(errors(&validator, &text), Vec::<String>::new(), "{path}\n{text}");
    }
}

#[test]
fn every_kind_of_mistake_is_refused() {
    let validator = validator();
    for wrong in [
        "moode = 'production'",
        "mode = 'test'",
        "[server]\nworkers = '3'",
        "[server]\nworkers = 2000",
        "[server]\nbody_timeout = 10",
        "[server]\nbody_timeout = '10 s'",
        "[server]\ntrusted_proxies = '10.0.0.0/8'",
        "[aufy]\nenabled = 'true'",
        "[aufy.sign_up]\nfield = '{}'",
        "[keys]\njwt = [{ algorithm = 'HS1', key = 'x' }]",
        "[keys]\nvault = [{ id = 'a', file = 'x' }]",
        "[providers.Google]\nclient_id = 'x'",
        "[providers.google]\nclient_idd = 'x'",
        "[providers.acme]\nissuer = ''",
        "[providers.acme]\ntoken_url = 'example.com'",
        "[providers.acme.claims]\nsubject = 'sub'",
        "[session]\ncustom_claims = { a = 1 }",
    ] {
        assert!(!errors(&validator, wrong).is_empty(), "{wrong}");
    }
    for right in [
        "[keys]\njwt = { algorithm = 'HS256', key = 'x' }",
        "[keys]\njwt = [{ algorithm = 'ES256', key_file = 'x' }]",
        "[session]\ncustom_claims = { a = 'metadata.a' }",
        "[providers.acme]\ntype = 'oidc'\nissuer = 'https://a.example'\nparameters = { prompt = 'login' }",
    ] {
        assert_eq!(errors(&validator, right), Vec::<String>::new(), "{right}");
    }
}

#[test]
fn settings_have_types_defaults_and_descriptions() {
    let schema = Settings::schema();
    let at = |path: &str| schema.pointer(&format!("/properties/{}", path.replace('.', "/properties/"))).cloned();
    let bind = at("server.bind").expect("server.bind");
    assert_eq!((&bind["type"], &bind["default"]), (&"string".into(), &"127.0.0.1:4000".into()));
    assert!(bind["description"].as_str().is_some_and(|text| text.contains("port to listen on")), "{bind}");
    assert_eq!(at("server.workers").expect("server.workers")["maximum"], 1024);
    assert_eq!(at("aufy.same_site").expect("aufy.same_site")["enum"][1], "lax");
    let provider = schema.pointer("/properties/providers/additionalProperties/properties").expect("a provider");
    assert!(provider["scopes"]["description"].as_str().is_some_and(|text| text.contains("requested scopes")));
    let mut missing = Vec::new();
    collect_undescribed(&schema, "", &mut missing);
    // These are explained at the key that holds them.
    let inner = ["keys.jwt.", "keys.vault.", "sign_up.gravatar.", "providers.claims."];
    missing.retain(|key| !inner.iter().any(|prefix| key.starts_with(prefix)));
    assert_eq!(missing, Vec::<String>::new());
}

/// The keys without a description that hold no further keys.
fn collect_undescribed(schema: &Value, path: &str, missing: &mut Vec<String>) {
    let inner = [schema, &schema["additionalProperties"], &schema["oneOf"][0]];
    let properties: Vec<_> = inner.iter().filter_map(|schema| schema["properties"].as_object()).collect();
    if properties.is_empty() && schema.get("description").is_none() {
        missing.push(path.to_owned());
    }
    for (name, schema) in properties.into_iter().flatten() {
        let key = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        collect_undescribed(schema, &key, missing);
    }
}

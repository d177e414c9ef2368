//! Parts 1D to 1F: starts that ask for what is not allowed, and profiles that name the account of another user.

use std::path::Path;

use serde_json::{Value, json};
use url::form_urlencoded::byte_serialize;

use super::row::{Expected, Table};

const TAKEN: Expected = Expected::Refused { error: "unverified-user", token: 1, userinfo: 1 };

/// The address of the first row's account.
const VICTIM: &str = "h0@example.org";

pub fn rows(table: &mut Table) {
    table.good("1E", "the account that others are after", |_| ());
    for address in [VICTIM, "H0@EXAMPLE.ORG", "h0@Example.org"] {
        for proof in
            [json!(false), json!(null), json!("true"), json!("TRUE"), json!(1), json!([true]), json!({"a": true})]
        {
            table.row(
                "1E",
                format!("the address {address} of another account with the proof {proof}"),
                TAKEN,
                move |lie| {
                    lie.userinfo["email"] = json!(address);
                    lie.userinfo["email_verified"] = proof.clone();
                },
            );
        }
    }
    roles(table);
    return_urls(table);
    for parameter in [
        "redirect_uri",
        "client_id",
        "response_type",
        "scope",
        "nonce",
        "code_challenge",
        "REDIRECT_URI",
        "request",
        "response_mode",
    ] {
        table.good("1B", format!("start with {parameter}, which is not passed on"), move |lie| {
            lie.start = format!("?{parameter}=https://evil.test&{parameter}=token");
        });
    }
}

fn roles(table: &mut Table) {
    for (name, start, error) in [
        ("defaultRole=admin", "?defaultRole=admin", "default-role-must-be-in-allowed-roles"),
        ("allowedRoles=admin", "?allowedRoles=admin&defaultRole=admin", "role-not-allowed"),
        ("allowedRoles=user,admin", "?allowedRoles=user,admin", "role-not-allowed"),
    ] {
        table.row("1D", format!("start with {name}"), Expected::Refused { error, token: 1, userinfo: 1 }, move |lie| {
            lie.start = start.to_owned();
        });
    }
}

/// The corpus of return URLs, without those that the settings of the tests allow.
fn return_urls(table: &mut Table) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/return_url.json");
    let corpus: Vec<Value> = serde_json::from_slice(&std::fs::read(path).expect("a corpus")).expect("JSON");
    let allowed = [
        "https://app.example.com",
        "https://app.example.com/x?y=1#z",
        "https://a-1.preview.example.com/",
        "myapp://cb/x",
        "MYAPP://CB",
    ];
    for text in corpus.iter().filter_map(Value::as_str).filter(|text| !text.is_empty() && !allowed.contains(text)) {
        let text = text.replace("app.example.com", "app.test").replace("preview.example.com", "preview.test");
        let encoded: String = byte_serialize(text.as_bytes()).collect();
        let name: String = text.chars().take(80).collect();
        table.row(
            "1F",
            format!("redirectTo {name:?}"),
            Expected::NotStarted { error: "redirectTo-not-allowed" },
            move |lie| {
                lie.start = format!("?redirectTo={encoded}");
            },
        );
    }
    for text in ["https://app.test/x?y=1", "HTTPS://APP.test/", "https://pr-1.preview.test/", "myapp://cb/x"] {
        let encoded: String = byte_serialize(text.as_bytes()).collect();
        table.good("1F", format!("redirectTo {text}"), move |lie| lie.start = format!("?redirectTo={encoded}"));
    }
}

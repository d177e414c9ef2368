//! Parts 1A and 1B: callbacks that are not those of the flow, the browser or the provider.

use serde_json::json;

use super::lie::{Arrival, CANARY};
use super::row::{PROVIDER, REQUEST, STATE, Table, r0};

pub fn rows(table: &mut Table) {
    states(table);
    codes(table);
    issuers(table);
    errors(table);
    for (name, error, arrival) in [
        ("another browser", STATE, Arrival::OtherBrowser),
        ("a browser with a changed cookie", STATE, Arrival::ChangedCookie),
        ("the callback of another provider", STATE, Arrival::OtherProvider),
    ] {
        table.row("1A", format!("callback at {name}"), r0(error), move |lie| lie.arrival = arrival);
    }
}

fn states(table: &mut Table) {
    table.row("1A", "state is missing", r0(REQUEST), |lie| lie.parameter("state", None));
    for (name, value) in [
        ("empty", ""),
        ("a word", "x"),
        ("followed by a character", "{state}A"),
        ("followed by a blank", "{state} "),
        ("followed by NUL", "{state}\0"),
        ("in braces", "{{state}}"),
        ("twice in one", "{state}{state}"),
        ("a path", "../{state}"),
        ("of 10 kB", "LONG"),
    ] {
        table.row("1A", format!("state: {name}"), r0(STATE), move |lie| {
            let value = value.replace("LONG", &"s".repeat(10_000));
            lie.parameter("state", Some(&value));
        });
    }
    for (name, more) in [("the same", "{state}"), ("another", "x"), ("an empty one", "")] {
        table.row("1A", format!("state twice: {name}"), r0(REQUEST), move |lie| {
            lie.callback.push(("state".into(), more.into()))
        });
    }
}

fn codes(table: &mut Table) {
    table.row("1A", "code is missing", r0(REQUEST), |lie| lie.parameter("code", None));
    table.row("1A", "code is empty", r0(REQUEST), |lie| lie.parameter("code", Some("")));
    for length in [2049, 5000, 8192] {
        table.row("1A", format!("code of {length} bytes"), r0(REQUEST), move |lie| {
            lie.parameter("code", Some(&format!("{CANARY}{}", "c".repeat(length - CANARY.len()))));
        });
    }
    for (name, more) in [("the same", format!("{CANARY}-code")), ("an empty one", String::new())] {
        table.row("1A", format!("code twice: {name}"), r0(REQUEST), move |lie| {
            lie.callback.push(("code".into(), more.clone()))
        });
    }
    // Responses of other flows (implicit, hybrid) instead of a code.
    for name in ["access_token", "id_token", "response", "token"] {
        table.row("1B", format!("{name} instead of a code"), r0(REQUEST), move |lie| {
            lie.parameter("code", None);
            lie.parameter(name, Some("k9canary-front-channel"));
        });
    }
    table.row("1B", "temporary credentials of OAuth 1.0a beside the code", r0(REQUEST), |lie| {
        lie.parameter("oauth_token", Some("k9canary-oauth-token"));
    });
}

/// Makes another issuer of the right one.
type Spoil = fn(&str) -> String;

fn issuers(table: &mut Table) {
    let wrong: [(&str, Spoil); 12] = [
        ("that of another provider", |_| "https://evil.test".to_owned()),
        ("empty", |_| String::new()),
        ("followed by 1", |issuer| format!("{issuer}1")),
        ("followed by a slash", |issuer| format!("{issuer}/")),
        ("followed by a blank", |issuer| format!("{issuer} ")),
        ("followed by a query", |issuer| format!("{issuer}?")),
        ("followed by a fragment", |issuer| format!("{issuer}#")),
        ("in capitals", str::to_uppercase),
        ("with https", |issuer| issuer.replace("http:", "https:")),
        ("without its path", |issuer| issuer.rsplit_once('/').expect("a path").0.to_owned()),
        ("encoded twice", |issuer| issuer.replace(':', "%3A")),
        ("with dots", |issuer| format!("{issuer}/../{}", issuer.rsplit('/').next().unwrap_or_default())),
    ];
    for (name, spoil) in wrong {
        for is_announced in [true, false] {
            let name = format!("iss is {name}, {}", if is_announced { "and announced" } else { "and not announced" });
            table.row("1B", name, r0(REQUEST), move |lie| {
                lie.metadata["authorization_response_iss_parameter_supported"] = json!(is_announced);
                let value = spoil(&lie.issuer);
                lie.parameter("iss", Some(&value));
            });
        }
    }
    table.row("1B", "iss is announced and missing", r0(REQUEST), |lie| {
        lie.metadata["authorization_response_iss_parameter_supported"] = json!(true);
    });
    table.row("1B", "iss twice", r0(REQUEST), |lie| {
        let issuer = lie.issuer.clone();
        lie.callback.extend([("iss".to_owned(), issuer.clone()), ("iss".to_owned(), issuer)]);
    });
}

fn errors(table: &mut Table) {
    for error in [
        "access_denied",
        "server_error",
        "login_required",
        "<script>alert(1)</script>",
        "x\r\nSet-Cookie: a=b",
        "\u{202e}evil",
        "\0",
    ] {
        table.row("1A", format!("error {error:?}"), r0(PROVIDER), move |lie| {
            lie.parameter("code", None);
            lie.parameter("error", Some(error));
            lie.parameter("error_description", Some("<img src=x onerror=alert(1)>\r\nLocation: https://evil.test"));
            lie.parameter("error_uri", Some("javascript:alert(1)"));
        });
        table.row("1A", format!("error {error:?} beside a code"), r0(PROVIDER), move |lie| {
            lie.parameter("error", Some(error))
        });
    }
    table.row("1A", "error of 10 kB", r0(PROVIDER), |lie| lie.parameter("error", Some(&"e".repeat(10_000))));
    table.row("1A", "error without state", r0(REQUEST), |lie| {
        lie.parameter("state", None);
        lie.parameter("error", Some("access_denied"));
    });
    table.row("1A", "error twice", r0(REQUEST), |lie| {
        lie.callback.extend([("error".to_owned(), "a".to_owned()), ("error".to_owned(), "b".to_owned())]);
    });
}

//! Parts 1B, 1D, 1I and 1N: each endpoint of the provider with each fault of HTTP and JSON, and each member that is used,
//! with each wrong type and value.

use serde_json::{Value, json};

use super::lie::{METADATA, other_jwk};
use super::provider::Reply;
use super::row::{EXCHANGE, Expected, INTERNAL, Kind, PROFILE, Table, r1, r2, remove, short};

pub fn rows(table: &mut Table) {
    for (endpoint, part, expected) in [
        (METADATA, "1I", Expected::NotStarted { error: INTERNAL }),
        ("jwks", "1I", r1(PROFILE)),
        ("token", "1I", r1(EXCHANGE)),
        ("me", "1I", r2(PROFILE)),
    ] {
        faults(table, endpoint, part, expected);
    }
    metadata(table);
    keys(table);
    token_responses(table);
    userinfo(table);
    repeated_members(table);
    oauth2_subjects(table);
}

/// Answers that are none.
fn faults(table: &mut Table, endpoint: &'static str, part: &'static str, expected: Expected) {
    for status in [201, 204, 301, 302, 303, 307, 308, 400, 401, 403, 404, 418, 429, 500, 502, 503] {
        // A success of another number is one at the token endpoint.
        if endpoint == "token" && matches!(status, 201) {
            continue;
        }
        table.row(part, format!("{endpoint} answers {status}"), expected, move |lie| {
            let mut reply = lie.raw(endpoint);
            reply.status = status;
            // A redirect leads to the honest answer, which is not fetched.
            reply.location = Some(format!("{}/other", lie.issuer));
            lie.replies.insert("other", lie.raw(endpoint));
            lie.replies.insert(endpoint, reply);
        });
    }
    let deep = format!("{{\"a\":{}", "[".repeat(100_000));
    for (name, kind, body) in [
        ("nothing", "application/json", String::new()),
        ("a page", "text/html", "<html></html>".to_owned()),
        ("half of an object", "application/json", "{\"issuer\":".to_owned()),
        ("a list", "application/json", "[]".to_owned()),
        ("null", "application/json", "null".to_owned()),
        ("a number", "application/json", "7".to_owned()),
        ("a text", "application/json", "\"x\"".to_owned()),
        ("an empty object", "application/json", "{}".to_owned()),
        ("an array nested 100,000 deep", "application/json", deep),
        ("NaN", "application/json", "{\"a\":NaN}".to_owned()),
    ] {
        table.row(part, format!("{endpoint} sends {name}"), expected, move |lie| {
            lie.replies.insert(endpoint, Reply::of(200, kind, &body));
        });
    }
    for (name, kind) in [("as text/html", "text/html"), ("as application/jwt", "application/jwt")] {
        // The token endpoint's JSON is read whatever its type says.
        if endpoint == "token" {
            continue;
        }
        table.row(part, format!("{endpoint} sends the right answer {name}"), expected, move |lie| {
            let mut reply = lie.raw(endpoint);
            reply.content_type = kind;
            lie.replies.insert(endpoint, reply);
        });
    }
    for (name, is_broken_off, length) in [("breaks off", true, 0), ("sends 2 MiB", false, 2 << 20)] {
        table.row(part, format!("{endpoint} {name}"), expected, move |lie| {
            let mut reply = lie.raw(endpoint);
            let text = String::from_utf8_lossy(&reply.body).into_owned();
            let end = if is_broken_off { text.len() / 2 } else { text.len() };
            reply.body = format!("{}{}", &text[..end], " ".repeat(length)).into_bytes();
            reply.is_broken_off = is_broken_off;
            lie.replies.insert(endpoint, reply);
        });
    }
}

fn metadata(table: &mut Table) {
    let refused = Expected::NotStarted { error: INTERNAL };
    for name in ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"] {
        table.row("1I", format!("metadata without {name}"), refused, move |lie| remove(&mut lie.metadata, name));
    }
    for name in ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"] {
        for value in [
            json!(null),
            json!(7),
            json!([]),
            json!(""),
            json!("relative/path"),
            json!("//host/x"),
            json!("file:///etc/passwd"),
            json!("http://10.0.0.1/x"),
            json!("https://169.254.169.254/latest"),
            json!("http://app.test/x"),
        ] {
            table.row("1I", format!("metadata with {name}: {value}"), refused, move |lie| {
                lie.metadata[name] = value.clone()
            });
        }
    }
    for (name, spoil) in [
        ("another", (|_| "https://evil.test".to_owned()) as fn(&str) -> String),
        ("followed by a slash", |issuer| format!("{issuer}/")),
        ("followed by 1", |issuer| format!("{issuer}1")),
        ("in capitals", str::to_uppercase),
        ("with https", |issuer| issuer.replace("http:", "https:")),
        ("with a blank", |issuer| format!("{issuer} ")),
    ] {
        table.row("1I", format!("metadata of an issuer {name}"), refused, move |lie| {
            lie.metadata["issuer"] = json!(spoil(&lie.issuer))
        });
    }
    for value in [json!("true"), json!(1), json!(null)] {
        table.row("1I", format!("metadata that announces iss as {value}"), refused, move |lie| {
            lie.metadata["authorization_response_iss_parameter_supported"] = value.clone();
        });
    }
    for value in [json!("ES256"), json!(null), json!([7]), json!({})] {
        table.row("1I", format!("metadata with algorithms {value}"), refused, move |lie| {
            lie.metadata["id_token_signing_alg_values_supported"] = value.clone();
        });
    }
    for value in [json!([]), json!(["none"]), json!(["HS256", "none"]), json!(["RS256"]), json!(["EdDSA"])] {
        table.row("1I", format!("metadata with only the algorithms {value}"), r1(PROFILE), move |lie| {
            lie.metadata["id_token_signing_alg_values_supported"] = value.clone();
        });
    }
}

fn keys(table: &mut Table) {
    for (name, value) in [
        ("use", json!("enc")),
        ("use", json!(null)),
        ("key_ops", json!(["encrypt"])),
        ("key_ops", json!("verify")),
        ("alg", json!("HS256")),
        ("alg", json!("ES384")),
        ("alg", json!(7)),
        ("kty", json!("RSA")),
        ("kty", json!("oct")),
        ("kty", json!(null)),
        ("crv", json!("P-384")),
        ("crv", json!("secp256k1")),
        ("x", json!("AQAB")),
        ("x", json!("")),
        ("x", json!(7)),
        ("d", json!("AQAB")),
        ("kid", json!(7)),
        ("kid", json!("another")),
    ] {
        table.row("1C", format!("the key with {name}: {value}"), r1(PROFILE), move |lie| {
            lie.keys["keys"][0][name] = value.clone()
        });
    }
    table.row("1C", "the key off its curve", r1(PROFILE), |lie| {
        lie.keys["keys"][0]["y"] = lie.keys["keys"][0]["x"].clone()
    });
    table.row("1C", "the key with padding", r1(PROFILE), |lie| {
        let x = lie.keys["keys"][0]["x"].as_str().expect("a text").to_owned();
        lie.keys["keys"][0]["x"] = json!(format!("{x}="));
    });
    for value in [json!([]), json!({}), json!(null), json!("x"), json!([null, 7, [], {}])] {
        table.row("1C", format!("the keys {value}"), r1(PROFILE), move |lie| lie.keys["keys"] = value.clone());
    }
    table.row("1C", "only the key of another issuer, with the same id", r1(PROFILE), |lie| {
        let mut key = other_jwk();
        key["kid"] = json!("k");
        lie.keys = json!({"keys": [key]});
    });
}

fn token_responses(table: &mut Table) {
    let values = || [json!(null), json!(7), json!(true), json!([]), json!({}), json!("")];
    for value in values() {
        table.row("1I", format!("token response with access_token: {value}"), r1(EXCHANGE), move |lie| {
            lie.token["access_token"] = value.clone()
        });
    }
    table.row("1I", "token response without access_token", r1(EXCHANGE), |lie| remove(&mut lie.token, "access_token"));
    table.row("1N", "token response with an access_token of 100 kB", r1(EXCHANGE), |lie| {
        lie.token["access_token"] = json!("k9canary".repeat(12_500))
    });
    for value in [json!(7), json!(true), json!([]), json!({})] {
        for name in ["id_token", "refresh_token", "token_type"] {
            let value = value.clone();
            table.row("1I", format!("token response with {name}: {value}"), r1(EXCHANGE), move |lie| {
                lie.token[name] = value.clone()
            });
        }
    }
    for value in [json!("mac"), json!("DPoP"), json!("N_A"), json!("")] {
        table.row("1I", format!("token response with token_type: {value}"), r1(EXCHANGE), move |lie| {
            lie.token["token_type"] = value.clone()
        });
    }
    for value in [json!(-1), json!(1.5), json!("x"), json!("-1"), json!(true), json!([]), json!({}), json!(1e300)] {
        table.row("1I", format!("token response with expires_in: {value}"), r1(EXCHANGE), move |lie| {
            lie.token["expires_in"] = value.clone()
        });
    }
    for value in [json!(7), json!({}), json!([7])] {
        table.row("1N", format!("token response with scope: {value}"), r1(EXCHANGE), move |lie| {
            lie.token["scope"] = value.clone()
        });
    }
    for value in [json!(null), json!("")] {
        table.row("1C", format!("token response with id_token: {value}"), r1(PROFILE), move |lie| {
            lie.token["id_token"] = value.clone()
        });
    }
    table.row("1C", "token response without id_token", r1(PROFILE), |lie| remove(&mut lie.token, "id_token"));
    for error in ["invalid_grant", "invalid_client", "<script>", "x\r\ny", "k9canary-in-an-error"] {
        for status in [200, 400, 401] {
            table.row("1I", format!("token response {status} with error {error:?}"), r1(EXCHANGE), move |lie| {
                lie.replies.insert(
                    "token",
                    Reply::of(
                        status,
                        "application/json",
                        json!({"error": error, "error_description": error, "access_token": "k9canary-with-an-error"}),
                    ),
                );
            });
        }
    }
    for name in ["access_token", "id_token", "token_type"] {
        table.row("1N", format!("token response with {name} twice"), r1(EXCHANGE), move |lie| {
            let text = lie.token.to_string().replacen('{', &format!("{{\"{name}\":{},", lie.token[name]), 1);
            lie.replies.insert("token", Reply::json(text));
        });
    }
    table.row("1I", "token response as a form that is called JSON", r1(EXCHANGE), |lie| {
        lie.replies.insert("token", Reply::json("access_token=k9canary-form&token_type=bearer"));
    });
    table.row("1N", "token response with a byte order mark", r1(EXCHANGE), |lie| {
        lie.replies.insert("token", Reply::json(format!("\u{feff}{}", lie.token)));
    });
}

fn userinfo(table: &mut Table) {
    table.row("1D", "userinfo without sub", r2(PROFILE), |lie| remove(&mut lie.userinfo, "sub"));
    for value in [json!(null), json!(7), json!(true), json!([]), json!({}), json!(""), json!("another")] {
        table.row("1D", format!("userinfo with sub: {value}"), r2(PROFILE), move |lie| {
            lie.userinfo["sub"] = value.clone()
        });
    }
    for (name, spoil) in [
        ("invalid appended", (|sub| format!("{sub}invalid")) as fn(&str) -> String),
        ("a blank appended", |sub| format!("{sub} ")),
        ("NUL appended", |sub| format!("{sub}\0")),
        ("in capitals", str::to_uppercase),
        ("an accent", |sub| format!("{sub}\u{301}")),
    ] {
        table.row("1D", format!("userinfo with sub: {name}"), r2(PROFILE), move |lie| {
            lie.userinfo["sub"] = json!(spoil(&lie.row))
        });
    }
    table.row("1D", "userinfo with sub in a list", r2(PROFILE), |lie| lie.userinfo["sub"] = json!([lie.row]));
    // The id_token names all that a sign-in needs but the user's name.
    for sub in [json!("another"), json!(null), json!(7)] {
        table.row(
            "1D",
            format!("userinfo with sub: {sub}, beside an id_token with an email"),
            r2(PROFILE),
            move |lie| {
                lie.claims["email"] = lie.userinfo["email"].clone();
                lie.claims["email_verified"] = json!(true);
                lie.userinfo["sub"] = sub.clone();
            },
        );
    }
}

/// Documents that two parsers could read differently.
fn repeated_members(table: &mut Table) {
    let not_started = Expected::NotStarted { error: INTERNAL };
    for (endpoint, members, expected) in [
        (METADATA, ["issuer", "token_endpoint", "unused"], not_started),
        ("jwks", ["keys", "kid", "x"], r1(PROFILE)),
        ("me", ["sub", "email", "unused"], r2(PROFILE)),
    ] {
        for member in members {
            table.row("1N", format!("{endpoint} sends {member} twice"), expected, move |lie| {
                let mut document = match endpoint {
                    METADATA => lie.metadata.clone(),
                    "jwks" => lie.keys.clone(),
                    _ => lie.userinfo.clone(),
                };
                if document.get("unused").is_none() && member == "unused" {
                    document["unused"] = json!({"a": [1]});
                }
                let (text, name) = (document.to_string(), format!("\"{member}\":"));
                let at = text.find(&name).expect("the member");
                let value = serde_json::Deserializer::from_str(&text[at + name.len()..]).into_iter::<Value>().next();
                let value = value.expect("a value").expect("JSON");
                lie.replies.insert(endpoint, Reply::json(format!("{}{name}{value},{}", &text[..at], &text[at..])));
            });
        }
    }
}

/// The ids of providers without id_tokens.
fn oauth2_subjects(table: &mut Table) {
    let mut with_id = |text: String, expected| {
        let value: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        table.row("1D", format!("OAuth 2.0 provider with the id {}", short(&value)), expected, move |lie| {
            lie.replies.insert("me", Reply::json(format!("{{\"sub\":{text}}}")));
        });
        table.0.last_mut().expect("a row").kind = Kind::OAuth2;
    };
    let long = format!("\"{}\"", "x".repeat(256));
    let refused = [
        "null",
        "true",
        "{}",
        "[]",
        "[1]",
        "1e2",
        "123.0",
        "1.5",
        "18446744073709551616",
        "\"\"",
        "\"a\\u0000\"",
        "\"a\\nb\"",
        "\"\\u007f\"",
        &long,
    ];
    for text in refused {
        with_id(text.to_owned(), r2(PROFILE));
    }
    for text in ["123", "\"123\"", "-1", "18446744073709551615", "\"a b\"", "\"\\u00e4\""] {
        with_id(text.to_owned(), Expected::SignedIn);
    }
}

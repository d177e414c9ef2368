//! Part 1C: id_tokens that are not what they should be. Each claim and each member of the header, with each wrong type
//! and value.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::lie::{CLIENT_SECRET, Signer, b64, jwk, other_jwk, public_key};
use super::row::{PROFILE, Table, r1, remove};

pub fn rows(table: &mut Table) {
    claims(table);
    times(table);
    headers(table);
    signatures(table);
    rs256(table);
    forms(table);
}

fn claims(table: &mut Table) {
    let refused = r1(PROFILE);
    for name in ["iss", "aud", "sub", "exp", "iat", "nonce"] {
        table.row("1C", format!("claim {name} is missing"), refused, move |lie| remove(&mut lie.claims, name));
    }
    let wrong_types = || [json!(null), json!(true), json!(7), json!(1.5), json!([]), json!({})];
    for name in ["iss", "sub", "nonce", "azp", "at_hash"] {
        table.claim(name, refused, wrong_types());
    }
    for (name, spoil) in [
        ("1 appended", (|text| format!("{text}1")) as fn(&str) -> String),
        ("a slash appended", |text| format!("{text}/")),
        ("a blank appended", |text| format!("{text} ")),
        ("NUL appended", |text| format!("{text}\0")),
        ("a blank in front", |text| format!(" {text}")),
        ("the last character missing", |text| text[..text.len() - 1].to_owned()),
        ("in capitals", str::to_uppercase),
        ("empty", |_| String::new()),
    ] {
        for claim in ["iss", "aud", "nonce"] {
            table.row("1C", format!("claim {claim}: {name}"), refused, move |lie| {
                let text = lie.claims[claim].as_str().expect("a text").to_owned();
                // The nonce is not known yet, and holds no letters that could be capitals only.
                lie.claims[claim] = match (claim, name) {
                    ("nonce", "in capitals") => json!("{NONCE}"),
                    ("nonce", "the last character missing") => json!("{nonce"),
                    _ => json!(spoil(&text)),
                };
            });
        }
    }
    table.claim("aud", refused, wrong_types());
    table.claim(
        "aud",
        refused,
        [json!(["other"]), json!(["cid", 7]), json!(["cid", "other"]), json!({"cid": true}), json!([["cid"]])],
    );
    table.claim("azp", refused, [json!("other"), json!("CID"), json!("")]);
    table.row("1C", "claim aud: two, and azp is the other", refused, |lie| {
        lie.claims["aud"] = json!(["cid", "other"]);
        lie.claims["azp"] = json!("other");
    });
    table.claim("iss", refused, [json!(["x"]), json!("https://evil.test"), json!("{issuer}")]);
    table.row("1C", "claim iss: the right one in a list", refused, |lie| lie.claims["iss"] = json!([lie.issuer]));
    table.row("1C", "claim iss: https for http", refused, |lie| {
        lie.claims["iss"] = json!(lie.issuer.replace("http:", "https:"))
    });
    table.row("1C", "claim nonce: the right one in a list", refused, |lie| lie.claims["nonce"] = json!(["{nonce}"]));
    let long = "s".repeat(256);
    table.claim(
        "sub",
        refused,
        [
            json!(""),
            json!(long),
            json!("a\0b"),
            json!("a\nb"),
            json!("m\u{e4}x"),
            json!("\u{202e}x"),
            json!("s".repeat(10_000)),
        ],
    );
    table.claim("at_hash", refused, [json!("AAAAAAAAAAAAAAAAAAAAAA"), json!("")]);
    table.row("1C", "claim at_hash: of another token", refused, |lie| {
        lie.claims["at_hash"] = json!(lie.at_hash());
        lie.token["access_token"] = json!("k9canary-another-access-token");
    });
    table.row("1C", "claim at_hash: padded", refused, |lie| {
        lie.claims["at_hash"] = json!(format!("{}==", lie.at_hash()))
    });
}

fn times(table: &mut Table) {
    let refused = r1(PROFILE);
    let wrong_types = || {
        [json!(null), json!(true), json!("9999999999"), json!(""), json!([9_999_999_999_i64]), json!({}), json!(1e308)]
    };
    for name in ["exp", "iat", "nbf"] {
        table.claim(name, refused, wrong_types());
        table.row("1C", format!("claim {name}: a fraction"), refused, move |lie| {
            lie.claims[name] = json!(lie.now as f64 + 30.5)
        });
        table.row("1C", format!("claim {name}: beyond 64 bits"), refused, move |lie| {
            lie.texts.1 = Some(with_text(&lie.claims, name, "99999999999999999999"));
        });
    }
    table.claim("exp", refused, [json!(0), json!(-1), json!(i64::MIN)]);
    table.claim("iat", refused, [json!(0), json!(-1), json!(i64::MAX), json!(i64::MIN)]);
    table.claim("nbf", refused, [json!(i64::MAX)]);
    // The service has a clock of its own; within this margin it is the same time.
    for (name, offset) in [
        ("exp", -75),
        ("exp", -360),
        ("exp", -86_400),
        ("iat", 600),
        ("iat", 86_400),
        ("iat", -86_400 - 30),
        ("iat", -604_800),
        ("nbf", 600),
        ("nbf", 86_400),
    ] {
        table.row("1C", format!("claim {name}: {offset} s from now"), refused, move |lie| {
            lie.claims[name] = json!(lie.now + offset)
        });
    }
}

/// The claims as text, with this member as it is written here.
fn with_text(claims: &Value, name: &str, text: &str) -> String {
    let mut claims = claims.clone();
    remove(&mut claims, name);
    claims.to_string().replacen('{', &format!("{{\"{name}\":{text},"), 1)
}

fn headers(table: &mut Table) {
    let refused = r1(PROFILE);
    let algorithms =
        ["none", "None", "NONE", "nOnE", "", "HS256", "es256", "ES256 ", "RS256", "PS256", "ES384", "EdDSA", "ES256K"];
    table.header("alg", refused, algorithms.map(Value::from));
    table.header("alg", refused, [json!(null), json!(7), json!(["ES256"]), json!({})]);
    table.row("1C", "header alg is missing", refused, |lie| remove(&mut lie.header, "alg"));
    table.header(
        "kid",
        refused,
        [
            json!("unknown"),
            json!(""),
            json!("../../k"),
            json!("k\0"),
            json!("K"),
            json!("k' OR '1'='1"),
            json!("k".repeat(10_000)),
        ],
    );
    table.header("kid", refused, [json!(null), json!(7), json!(["k"]), json!({}), json!("ed"), json!("rs")]);
    table.header(
        "typ",
        refused,
        [json!("at+jwt"), json!("Logout+JWT"), json!("secevent+jwt"), json!(null), json!(7), json!(["JWT"])],
    );
    table.header("crit", refused, [json!([]), json!(["b64"]), json!(["exp"]), json!("exp"), json!(null), json!({})]);
    for (name, header, signer) in [
        ("none without a signature", json!({"alg": "none"}), Signer::Bytes(Vec::new())),
        ("ES256 without a signature", json!({"alg": "ES256", "kid": "k"}), Signer::Bytes(Vec::new())),
        ("RS256 by a published key, where ES256 is announced", json!({"alg": "RS256", "kid": "rs"}), Signer::Rsa),
        ("EdDSA by a published key, where ES256 is announced", json!({"alg": "EdDSA", "kid": "ed"}), Signer::Ed25519),
        ("HS256 by the point of the key", json!({"alg": "HS256", "kid": "k"}), Signer::Hmac(public_key())),
        (
            "HS256 by the coordinates of the key",
            json!({"alg": "HS256", "kid": "k"}),
            Signer::Hmac(public_key()[1..].to_vec()),
        ),
        ("HS256 by the JWK", json!({"alg": "HS256", "kid": "k"}), Signer::Hmac(jwk().to_string().into_bytes())),
        ("HS256 by the client's secret", json!({"alg": "HS256"}), Signer::Hmac(CLIENT_SECRET.into())),
        ("HS256 by nothing", json!({"alg": "HS256"}), Signer::Hmac(vec![0])),
    ] {
        table.row("1C", format!("header {name}"), refused, move |lie| {
            (lie.header, lie.signer) = (header.clone(), signer.clone());
        });
    }
    // A key or its address in the token is the attacker's.
    for (name, value) in [
        ("jwk", other_jwk()),
        ("jku", json!("{issuer}/other")),
        ("x5u", json!("{issuer}/other")),
        ("x5c", json!(["MIIB"])),
    ] {
        table.row("1C", format!("header {name} with a key of its own"), refused, move |lie| {
            lie.header[name] = if value.is_string() { json!(format!("{}/other", lie.issuer)) } else { value.clone() };
            lie.signer = Signer::Other;
        });
    }
}

fn flipped(token: &str, part: usize) -> String {
    let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
    let middle = parts[part].len() / 2;
    let other = if parts[part].as_bytes()[middle] == b'A' { "B" } else { "A" };
    parts[part].replace_range(middle..=middle, other);
    parts.join(".")
}

fn signatures(table: &mut Table) {
    let refused = r1(PROFILE);
    for (name, signer) in [
        ("by a key that is not published", Signer::Other),
        ("by the published key of another type", Signer::Ed25519),
        ("in the encoding of X.509", Signer::Der),
        ("of zeros", Signer::Bytes(vec![0; 64])),
        ("of ones", Signer::Bytes(vec![0xff; 64])),
        ("of one byte", Signer::Bytes(vec![1])),
        ("of 10 kB", Signer::Bytes(vec![7; 10_000])),
    ] {
        table.row("1C", format!("signature {name}"), refused, move |lie| lie.signer = signer.clone());
    }
    for (name, signer) in [("of zeros", Signer::Bytes(vec![0; 64])), ("by a key that is not published", Signer::Other)]
    {
        table.row("1C", format!("signature {name}, without kid"), refused, move |lie| {
            remove(&mut lie.header, "kid");
            lie.signer = signer.clone();
        });
    }
    for (name, tamper) in [
        ("one character of the header is another", (|token| flipped(token, 0)) as fn(&str) -> String),
        ("one character of the payload is another", |token| flipped(token, 1)),
        ("one character of the signature is another", |token| flipped(token, 2)),
        ("the signature lacks four characters", |token| token[..token.len() - 4].to_owned()),
        ("the signature has four characters more", |token| format!("{token}AAAA")),
        ("the payload is that of another token", |token| {
            let parts: Vec<_> = token.split('.').collect();
            format!("{}.{}.{}", parts[0], b64(r#"{"sub":"another"}"#), parts[2])
        }),
    ] {
        table.row("1C", format!("signature: {name}"), refused, move |lie| lie.tamper = tamper);
    }
}

/// A valid signature of another announced algorithm, but for one character.
fn rs256(table: &mut Table) {
    table.row("1C", "RS256, where it is announced, with a changed signature", r1(PROFILE), |lie| {
        lie.metadata["id_token_signing_alg_values_supported"] = json!(["RS256"]);
        lie.header = json!({"alg": "RS256", "kid": "rs"});
        lie.signer = Signer::Rsa;
        lie.tamper = |token| flipped(token, 2);
    });
}

fn forms(table: &mut Table) {
    let refused = r1(PROFILE);
    for (name, tamper) in [
        ("one part", (|_| "token".to_owned()) as fn(&str) -> String),
        ("two parts", |token| token.rsplit_once('.').expect("parts").0.to_owned()),
        ("four parts", |token| format!("{token}.AA")),
        ("five parts, as if encrypted", |token| format!("{token}.AA.AA")),
        ("a dot in front", |token| format!(".{token}")),
        ("a blank in front", |token| format!(" {token}")),
        ("a line break at the end", |token| format!("{token}\\n")),
        ("padding", |token| format!("{token}==")),
        ("the other alphabet of base64", |token| {
            let (message, _) = token.rsplit_once('.').expect("parts");
            format!("{message}.{}", STANDARD.encode([0xfb; 64]))
        }),
        ("empty parts", |_| "..".to_owned()),
    ] {
        table.row("1C", format!("form: {name}"), refused, move |lie| lie.tamper = tamper);
    }
    for member in ["iss", "aud", "sub", "exp", "iat", "nonce"] {
        table.row("1C", format!("payload with {member} twice"), refused, move |lie| {
            let again = format!("{{\"{member}\":{},", lie.claims[member]);
            lie.texts.1 = Some(lie.claims.to_string().replacen('{', &again, 1));
        });
        table.row("1C", format!("payload with {member} twice, once escaped"), refused, move |lie| {
            let escaped = format!("\\u{:04x}{}", u32::from(member.as_bytes()[0]), &member[1..]);
            lie.texts.1 =
                Some(lie.claims.to_string().replacen('{', &format!("{{\"{escaped}\":{},", lie.claims[member]), 1));
        });
    }
    table.row("1C", "header with alg twice", refused, |lie| {
        lie.texts.0 = Some(r#"{"alg":"ES256","alg":"ES256","kid":"k"}"#.to_owned())
    });
    for (name, payload) in [
        ("a list", "[]"),
        ("a text", "\"x\""),
        ("null", "null"),
        ("nothing", ""),
        ("no JSON", "{"),
        ("nested 10,000 deep", "["),
    ] {
        table.row("1N", format!("payload is {name}"), refused, move |lie| {
            lie.texts.1 = Some(if name.starts_with("nested") {
                format!("{{\"a\":{}", payload.repeat(10_000))
            } else {
                payload.to_owned()
            });
        });
    }
    for (name, change) in [
        ("a byte order mark in front", (|text| format!("\u{feff}{text}")) as fn(&str) -> String),
        ("bytes behind it", |text| format!("{text}x")),
        ("another object behind it", |text| format!("{text}{{}}")),
        ("a comma at the end", |text| text.replace('}', ",}")),
    ] {
        table.row("1C", format!("payload with {name}"), refused, move |lie| {
            lie.texts.1 = Some(change(&lie.claims.to_string()))
        });
    }
}

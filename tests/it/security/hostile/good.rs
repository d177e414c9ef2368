//! Good neighbours: what is unusual and allowed. Each signs in, so that a refusal of everything would be noticed.

use serde_json::{Value, json};

use super::lie::{Arrival, Signer, jwk, other_jwk};
use super::provider::Reply;
use super::row::{Table, remove};

pub fn rows(table: &mut Table) {
    table.good("1A", "nothing", |_| ());
    table.good("1A", "a form post", |lie| lie.arrival = Arrival::FormPost);
    for (name, value) in [
        ("session_state", "x"),
        ("scope", "openid email"),
        ("authuser", "0"),
        ("error_description", "none"),
        ("user", "{}"),
    ] {
        table.good("1A", format!("callback with {name}"), move |lie| lie.parameter(name, Some(value)));
    }
    table.good("1A", "a code of 2048 bytes", |lie| {
        lie.parameter("code", Some(&format!("k9canary{}", "c".repeat(2040))))
    });
    for is_announced in [true, false] {
        table.good("1B", format!("the right iss, announced: {is_announced}"), move |lie| {
            lie.metadata["authorization_response_iss_parameter_supported"] = json!(is_announced);
            let issuer = lie.issuer.clone();
            lie.parameter("iss", Some(&issuer));
        });
    }
    claims(table);
    headers(table);
    keys(table);
    endpoints(table);
    profiles(table);
}

fn claims(table: &mut Table) {
    for (name, offset) in [
        ("exp", -15),
        ("exp", 3600),
        ("exp", 86_400 * 365),
        ("iat", 45),
        ("iat", -3600),
        ("iat", -86_000),
        ("nbf", 45),
        ("nbf", 0),
        ("nbf", -86_400),
    ] {
        table.good("1C", format!("claim {name}: {offset} s from now"), move |lie| {
            lie.claims[name] = json!(lie.now + offset)
        });
    }
    table.good("1C", "claim aud: a list of one", |lie| lie.claims["aud"] = json!(["cid"]));
    table.good("1C", "claim aud: two, and azp is ours", |lie| {
        lie.claims["aud"] = json!(["other", "cid"]);
        lie.claims["azp"] = json!("cid");
    });
    table.good("1C", "claim azp: ours", |lie| lie.claims["azp"] = json!("cid"));
    table.good("1C", "claim at_hash: the right one", |lie| lie.claims["at_hash"] = json!(lie.at_hash()));
    for (name, value) in [
        ("c_hash", json!("x")),
        ("acr", json!("0")),
        ("amr", json!(["pwd"])),
        ("auth_time", json!(1)),
        ("sid", json!(7)),
        ("x", json!({"a": [1]})),
    ] {
        table.good("1C", format!("claim {name}, which is not used"), move |lie| lie.claims[name] = value.clone());
    }
    for subject in ["x".repeat(255), " a b ".to_owned(), "a|b:c/d@e".to_owned(), "0".to_owned(), "\\\"'<>".to_owned()] {
        table.good("1C", format!("claim sub of {} characters: {:.20}", subject.len(), subject), move |lie| {
            lie.claims["sub"] = json!(subject);
            lie.userinfo["sub"] = json!(subject);
        });
    }
}

fn headers(table: &mut Table) {
    table.good("1C", "no kid", |lie| remove(&mut lie.header, "kid"));
    for value in ["JWT", "jwt", "JOSE"] {
        table.good("1C", format!("header typ: {value}"), move |lie| lie.header["typ"] = json!(value));
    }
    for (name, value) in [("jwk", other_jwk()), ("x5t", json!("x")), ("cty", json!("JWT")), ("unknown", json!({}))] {
        table.good("1C", format!("header {name}, which is not used"), move |lie| lie.header[name] = value.clone());
    }
    table.good("1C", "header jku, which is not followed", |lie| {
        lie.header["jku"] = json!(format!("{}/other", lie.issuer))
    });
    for (algorithm, kid, signer) in [("RS256", "rs", Signer::Rsa), ("EdDSA", "ed", Signer::Ed25519)] {
        table.good("1C", format!("{algorithm}, where it is announced"), move |lie| {
            lie.metadata["id_token_signing_alg_values_supported"] = json!(["ES256", algorithm]);
            lie.header = json!({"alg": algorithm, "kid": kid});
            lie.signer = signer.clone();
        });
    }
}

fn keys(table: &mut Table) {
    table.good("1C", "one key without kid", |lie| {
        let mut key = jwk();
        remove(&mut key, "kid");
        lie.keys = json!({"keys": [key]});
        remove(&mut lie.header, "kid");
    });
    table.good("1C", "several keys without kid", |lie| {
        let mut keys = vec![other_jwk(), jwk()];
        keys.extend(lie.keys["keys"].as_array().expect("keys")[1..].to_vec());
        keys.iter_mut().for_each(|key| remove(key, "kid"));
        lie.keys = json!({ "keys": keys });
        remove(&mut lie.header, "kid");
    });
    for (name, junk) in [
        ("weak keys", json!({"kty": "RSA", "kid": "w", "n": "AQAB", "e": "AQAB"})),
        ("private keys", json!({"kty": "oct", "k": "AAAA"})),
        ("keys that are none", json!(7)),
        ("a key for encryption", json!({"kty": "RSA", "use": "enc", "kid": "k", "n": "AQAB", "e": "AQAB"})),
    ] {
        table.good("1C", format!("{name} beside the key"), move |lie| {
            lie.keys["keys"].as_array_mut().expect("keys").insert(0, junk.clone());
        });
    }
    table.good("1C", "another key of the same id", |lie| {
        let mut key = other_jwk();
        key["kid"] = json!("k");
        lie.keys["keys"].as_array_mut().expect("keys").insert(0, key);
    });
    for (name, value) in
        [("use", json!("sig")), ("alg", json!("ES256")), ("key_ops", json!(["verify"])), ("x5c", json!(["x"]))]
    {
        table.good("1C", format!("the key with {name}: {value}"), move |lie| lie.keys["keys"][0][name] = value.clone());
    }
}

fn endpoints(table: &mut Table) {
    for value in [json!("bearer"), json!("BEARER"), json!(null)] {
        table.good("1I", format!("token response with token_type: {value}"), move |lie| {
            lie.token["token_type"] = value.clone()
        });
    }
    for name in ["token_type", "expires_in", "refresh_token"] {
        table.good("1I", format!("token response without {name}"), move |lie| remove(&mut lie.token, name));
    }
    for value in [json!("3600"), json!(0), json!(u64::MAX), json!(null)] {
        table.good("1I", format!("token response with expires_in: {value}"), move |lie| {
            lie.token["expires_in"] = value.clone()
        });
    }
    for value in [json!("openid"), json!("openid email x:y"), json!(["openid", "email"]), json!(null), json!("")] {
        table.good("1N", format!("token response with scope: {value}"), move |lie| lie.token["scope"] = value.clone());
    }
    table.good("1I", "token response with unknown members", |lie| lie.token["x"] = json!({"y": [1]}));
    table.good("1I", "token response 201", |lie| {
        let mut reply = lie.raw("token");
        reply.status = 201;
        lie.replies.insert("token", reply);
    });
    table.good("1I", "metadata with unknown members", |lie| lie.metadata["x"] = json!({"y": [1]}));
    table.good("1I", "metadata without userinfo", |lie| remove(&mut lie.metadata, "userinfo_endpoint"));
    table.good("1I", "metadata that lists none and HS256, too", |lie| {
        lie.metadata["id_token_signing_alg_values_supported"] = json!(["none", "HS256", "ES256"]);
    });
    table.good("1I", "keys as application/jwk-set+json", |lie| {
        lie.replies.insert("jwks", Reply::of(200, "application/jwk-set+json", &lie.keys));
    });
}

fn profiles(table: &mut Table) {
    let userinfo = |table: &mut Table, name: &'static str, value: Value| {
        let short: String = value.to_string().chars().take(40).collect();
        table.good("1N", format!("userinfo with {name}: {short}"), move |lie| lie.userinfo[name] = value.clone());
    };
    for value in [json!("true"), json!("TRUE"), json!(1), json!(null), json!([true]), json!(false)] {
        userinfo(table, "email_verified", value);
    }
    for value in [
        json!(7),
        json!(null),
        json!([]),
        json!(""),
        json!("no address"),
        json!("a@b@c.test"),
        json!("a,b@c.test"),
        json!("x\r\n@c.test"),
        json!("\u{ff41}@c.test"),
    ] {
        userinfo(table, "email", value);
    }
    for value in [
        json!("\u{202e}ariM"),
        json!("a\0b"),
        json!("<script>"),
        json!("=cmd()"),
        json!("\u{301}".repeat(100_000)),
        json!("x".repeat(100_000)),
        json!(7),
        json!([]),
    ] {
        userinfo(table, "name", value);
    }
    for value in [
        json!("javascript:alert(1)"),
        json!("data:text/html,x"),
        json!("http://10.0.0.1/x"),
        json!("https://127.0.0.1/x"),
        json!(7),
    ] {
        userinfo(table, "picture", value);
    }
    userinfo(table, "locale", json!("\u{202e}"));
    for name in ["role", "roles", "default_role", "is_admin", "metadata"] {
        userinfo(table, name, json!(["admin"]));
    }
    table.good("1D", "aggregated and distributed claims, which are not followed", |lie| {
        lie.userinfo["_claim_names"] = json!({"email": "s", "address": "s"});
        lie.userinfo["_claim_sources"] =
            json!({"s": {"endpoint": format!("{}/other", lie.issuer), "access_token": "x"}});
    });
}

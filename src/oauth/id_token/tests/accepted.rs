//! Tokens that differ from the valid one and are valid, too.

use super::*;

#[test]
fn allowed_variation_is_accepted() {
    let rows: &[Row<()>] = &[
        ("a second accepted issuer", |c| c.claim("iss", json!("https://second.example")), ()),
        ("aud as a list of one", |c| c.claim("aud", json!(["CID"])), ()),
        (
            "two audiences with azp",
            |c| {
                c.claim("aud", json!(["CID", "other"]));
                c.claim("azp", json!("CID"));
            },
            (),
        ),
        ("azp beside one audience", |c| c.claim("azp", json!("CID")), ()),
        ("expired within the skew", |c| c.now = NOW + 300 + 59, ()),
        ("issued in the future within the skew", |c| c.now = NOW - 60, ()),
        (
            "almost a day old",
            |c| {
                c.claim("iat", json!(NOW - 86_400));
                c.claim("auth_time", json!("whenever"));
            },
            (),
        ),
        ("not valid before a time within the skew", |c| c.claim("nbf", json!(NOW + 60)), ()),
        (
            "authenticated max_age and the skew ago",
            |c| {
                c.max_age = Some(300);
                c.claim("auth_time", json!(NOW - 360));
            },
            (),
        ),
        (
            "authenticated within the largest max_age",
            |c| {
                c.max_age = Some(u64::MAX);
                c.claim("auth_time", json!(i64::MIN));
            },
            (),
        ),
        ("a nonce that was not requested", |c| c.nonce = None, ()),
        (
            "no nonce and none expected",
            |c| {
                c.nonce = None;
                c.without("nonce");
            },
            (),
        ),
        ("the right at_hash", |c| c.claim("at_hash", json!(left_half(&digest::SHA256))), ()),
        ("a subject of 255 characters", |c| c.claim("sub", json!("x".repeat(255))), ()),
        ("a subject that ends with a space", |c| c.claim("sub", json!("mira ")), ()),
        ("no typ", |c| c.header = json!({"alg": "RS256", "kid": "rsa"}), ()),
        (
            "no kid, one usable key of its kind",
            |c| {
                c.header = json!({"alg": "RS256"});
                c.keys = json!({"keys": [ec_jwk(), rsa_jwk(&RSA, "rsa")]});
            },
            (),
        ),
        ("no kid, two keys of its kind", |c| c.header = json!({"alg": "RS256"}), ()),
        (
            "two keys of the same kid",
            |c| {
                c.keys = json!({"keys": [rsa_jwk(&OTHER_RSA, "rsa"), rsa_jwk(&RSA, "rsa")]});
            },
            (),
        ),
        (
            "keys and URLs in the header are ignored",
            |c| {
                c.header["jku"] = json!("http://127.0.0.1:9/keys");
                c.header["x5u"] = json!("http://127.0.0.1:9/cert");
                c.header["jwk"] = rsa_jwk(&OTHER_RSA, "rsa");
                c.header["x5c"] = json!(["AA"]);
            },
            (),
        ),
        (
            "PS256",
            |c| {
                c.signed_by("PS256", "rsa", |m| rsa_sign(&RSA, &RSA_PSS_SHA256, m));
                c.algorithms = vec!["PS256".into()];
                c.keys["keys"][1].as_object_mut().unwrap().remove("alg");
            },
            (),
        ),
        (
            "RS512 with its own at_hash",
            |c| {
                c.signed_by("RS512", "rsa", |m| rsa_sign(&RSA, &RSA_PKCS1_SHA512, m));
                c.algorithms = vec!["RS256".into(), "RS512".into()];
                c.keys["keys"][1]["alg"] = json!("RS512");
                c.claim("at_hash", json!(left_half(&digest::SHA512)));
            },
            (),
        ),
        (
            "ES256",
            |c| {
                c.signed_by("ES256", "ec", |m| EC.sign(&SystemRandom::new(), m.as_bytes()).unwrap().as_ref().into());
                c.algorithms = vec!["ES256".into()];
            },
            (),
        ),
        (
            "Ed25519, the other name of EdDSA",
            |c| {
                c.signed_by("Ed25519", "ed", |m| ED.sign(m.as_bytes()).as_ref().into());
                c.algorithms = vec!["EdDSA".into()];
            },
            (),
        ),
        (
            "EdDSA with its own at_hash",
            |c| {
                c.signed_by("EdDSA", "ed", |m| ED.sign(m.as_bytes()).as_ref().into());
                c.algorithms = vec!["EdDSA".into()];
                c.claim("at_hash", json!(left_half(&digest::SHA512)));
            },
            (),
        ),
    ];
    for (name, change, ()) in rows {
        let mut case = Case::valid();
        change(&mut case);
        assert_eq!(case.validate().err(), None, "{name}");
    }
}

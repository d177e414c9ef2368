//! Tokens with a wrong signature, key, header or form.

use super::*;

#[test]
fn forged_signature_or_header_is_refused() {
    let rows: &[Row<IdTokenError>] = &[
        (
            "alg none without a signature",
            |c| {
                c.header["alg"] = json!("none");
                c.sign = |_| Vec::new();
            },
            AlgorithmNotAllowed,
        ),
        (
            "alg none, although it is configured",
            |c| {
                c.header["alg"] = json!("none");
                c.algorithms.push("none".into());
            },
            AlgorithmNotAllowed,
        ),
        ("alg None", |c| c.header["alg"] = json!("None"), AlgorithmNotAllowed),
        ("alg nOnE", |c| c.header["alg"] = json!("nOnE"), AlgorithmNotAllowed),
        ("alg in lower case", |c| c.header["alg"] = json!("rs256"), AlgorithmNotAllowed),
        ("no alg", |c| c.header = json!({"kid": "rsa"}), Malformed("alg")),
        ("alg as a list", |c| c.header["alg"] = json!(["RS256"]), Malformed("alg")),
        (
            "HS256 keyed with the public key",
            |c| {
                c.signed_by("HS256", "rsa", |m| {
                    let key = hmac::Key::new(hmac::HMAC_SHA256, RSA.public_key().as_ref());
                    hmac::sign(&key, m.as_bytes()).as_ref().into()
                });
            },
            AlgorithmNotAllowed,
        ),
        (
            "HS256 keyed with the public key, although it is configured",
            |c| {
                c.signed_by("HS256", "rsa", |m| {
                    let key = hmac::Key::new(hmac::HMAC_SHA256, RSA.public_key().as_ref());
                    hmac::sign(&key, m.as_bytes()).as_ref().into()
                });
                c.algorithms.push("HS256".into());
            },
            AlgorithmNotAllowed,
        ),
        (
            "a valid PS256 where RS256 is configured",
            |c| {
                c.signed_by("PS256", "rsa", |m| rsa_sign(&RSA, &RSA_PSS_SHA256, m));
            },
            AlgorithmNotAllowed,
        ),
        (
            "a valid ES256 where RS256 is configured",
            |c| {
                c.signed_by("ES256", "ec", |m| EC.sign(&SystemRandom::new(), m.as_bytes()).unwrap().as_ref().into());
            },
            AlgorithmNotAllowed,
        ),
        (
            "an allowed algorithm that the key is not for",
            |c| {
                c.signed_by("PS256", "rsa", |m| rsa_sign(&RSA, &RSA_PSS_SHA256, m));
                c.algorithms.push("PS256".into());
            },
            UnsuitableKey,
        ),
        (
            "a key of another shape",
            |c| {
                c.header["kid"] = json!("ec");
            },
            UnsuitableKey,
        ),
        ("no algorithm configured at all", |c| c.algorithms.clear(), AlgorithmNotAllowed),
        ("an empty signature", |c| c.sign = |_| Vec::new(), BadSignature),
        ("a signature by another key", |c| c.sign = |m| rsa_sign(&OTHER_RSA, &RSA_PKCS1_SHA256, m), BadSignature),
        ("the signature of another message", |c| c.sign = |_| rsa_sign(&RSA, &RSA_PKCS1_SHA256, "a.b"), BadSignature),
        ("one flipped bit in the signature", |c| c.tamper = |t| with_part(&t, 2, flip), BadSignature),
        (
            "one changed letter in the payload",
            |c| {
                c.tamper = |t| with_part(&t, 1, |_| b64(Case::valid().claims.to_string().replace("mira\"", "mirb\"")));
            },
            BadSignature,
        ),
        (
            "a changed header",
            |c| {
                c.tamper = |t| with_part(&t, 0, |_| b64(json!({"alg": "RS256", "kid": "rsa"}).to_string()));
            },
            BadSignature,
        ),
        ("an unknown kid", |c| c.header["kid"] = json!("new"), UnknownKey),
        ("a kid that looks like a path", |c| c.header["kid"] = json!("../../rsa"), UnknownKey),
        ("a kid of 10 kB", |c| c.header["kid"] = json!("k".repeat(10_000)), UnknownKey),
        ("a kid with NUL", |c| c.header["kid"] = json!("rsa\0"), UnknownKey),
        ("an empty kid", |c| c.header["kid"] = json!(""), UnknownKey),
        ("a kid of another type", |c| c.header["kid"] = json!(7), Malformed("kid")),
        (
            "no kid and a signature by an unknown key",
            |c| {
                c.header = json!({"alg": "RS256"});
                c.keys = json!({"keys": [rsa_jwk(&OTHER_RSA, "other")]});
            },
            UnknownKey,
        ),
        (
            "no kid and the key behind eight others",
            |c| {
                c.header = json!({"alg": "RS256"});
                let mut keys = vec![rsa_jwk(&OTHER_RSA, "other"); 8];
                keys.push(rsa_jwk(&RSA, "rsa"));
                c.keys = json!({ "keys": keys });
            },
            UnknownKey,
        ),
        ("a key for encryption", |c| c.keys["keys"][1]["use"] = json!("enc"), UnknownKey),
        ("no keys", |c| c.keys = json!({"keys": []}), UnknownKey),
        (
            "a critical extension",
            |c| {
                c.header["crit"] = json!(["b64"]);
                c.header["b64"] = json!(false);
            },
            Malformed("crit"),
        ),
        ("an empty list of critical extensions", |c| c.header["crit"] = json!([]), Malformed("crit")),
        ("an access token", |c| c.header["typ"] = json!("at+jwt"), Malformed("typ")),
        ("a logout token", |c| c.header["typ"] = json!("Logout+JWT"), Malformed("typ")),
        ("a typ of another type", |c| c.header["typ"] = json!(1), Malformed("typ")),
        ("two parts", |c| c.tamper = |t| t.rsplit_once('.').unwrap().0.into(), Malformed("parts")),
        ("one part", |c| c.tamper = |_| "token".into(), Malformed("parts")),
        ("nothing", |c| c.tamper = |_| String::new(), Malformed("parts")),
        ("four parts", |c| c.tamper = |t| t + ".AA", Malformed("parts")),
        ("five parts, as if encrypted", |c| c.tamper = |t| t + ".AA.AA", Malformed("parts")),
        ("a leading space", |c| c.tamper = |t| format!(" {t}"), Malformed("header")),
        ("a final line break", |c| c.tamper = |t| t + "\n", Malformed("signature")),
        ("padding", |c| c.tamper = |t| t + "==", Malformed("signature")),
        ("the other base64 alphabet", |c| c.tamper = |t| with_part(&t, 2, |_| "+/+/".into()), Malformed("signature")),
        (
            "stray bits at the end",
            |c| {
                // 256 bytes end in a character of which two bits count.
                c.tamper = |t| with_part(&t, 2, |s| format!("{}B", &s[..s.len() - 1]));
            },
            Malformed("signature"),
        ),
        ("a header that is a list", |c| c.header = json!([]), Malformed("header")),
        (
            "a repeated member in the header",
            |c| {
                c.tamper = |t| with_part(&t, 0, |_| b64(r#"{"alg":"RS256","alg":"RS256","kid":"rsa"}"#));
            },
            Malformed("header"),
        ),
    ];
    assert_refused(rows);
}

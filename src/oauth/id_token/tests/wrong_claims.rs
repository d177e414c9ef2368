//! Tokens that are properly signed and say something wrong.

use super::*;

#[test]
fn every_wrong_claim_is_refused() {
    let rows: &[Row<IdTokenError>] = &[
        ("iss missing", |c| c.without("iss"), claim("iss", Missing)),
        ("iss with more", |c| c.claim("iss", json!("https://idp.example1")), claim("iss", Mismatch)),
        ("iss with a slash", |c| c.claim("iss", json!("https://idp.example/")), claim("iss", Mismatch)),
        ("iss without TLS", |c| c.claim("iss", json!("http://idp.example")), claim("iss", Mismatch)),
        ("iss in capitals", |c| c.claim("iss", json!("https://IDP.example")), claim("iss", Mismatch)),
        ("iss as a list", |c| c.claim("iss", json!(["https://idp.example"])), claim("iss", WrongType)),
        ("aud missing", |c| c.without("aud"), claim("aud", Missing)),
        ("aud with more", |c| c.claim("aud", json!("CID1")), claim("aud", Mismatch)),
        ("aud empty", |c| c.claim("aud", json!([])), claim("aud", Mismatch)),
        ("aud of others", |c| c.claim("aud", json!(["other"])), claim("aud", Mismatch)),
        ("aud a number", |c| c.claim("aud", json!(7)), claim("aud", WrongType)),
        ("aud null", |c| c.claim("aud", json!(null)), claim("aud", WrongType)),
        ("aud of mixed types", |c| c.claim("aud", json!(["CID", 7])), claim("aud", WrongType)),
        ("two audiences without azp", |c| c.claim("aud", json!(["CID", "other"])), claim("azp", Missing)),
        (
            "azp of another",
            |c| {
                c.claim("aud", json!(["CID", "other"]));
                c.claim("azp", json!("other"));
            },
            claim("azp", Mismatch),
        ),
        ("azp of another beside one audience", |c| c.claim("azp", json!("other")), claim("azp", Mismatch)),
        ("azp a list", |c| c.claim("azp", json!(["CID"])), claim("azp", WrongType)),
        ("exp missing", |c| c.without("exp"), claim("exp", Missing)),
        ("exp at the end of the skew", |c| c.now = NOW + 300 + 60, claim("exp", Expired)),
        ("exp long ago", |c| c.claim("exp", json!(NOW - 3600)), claim("exp", Expired)),
        ("exp a text", |c| c.claim("exp", json!("9999999999")), claim("exp", WrongType)),
        ("exp a fraction", |c| c.claim("exp", json!(9_999_999_999.5)), claim("exp", WrongType)),
        ("exp negative", |c| c.claim("exp", json!(-1)), claim("exp", Expired)),
        ("exp the least number", |c| c.claim("exp", json!(i64::MIN)), claim("exp", Expired)),
        ("exp 1e308", |c| c.claim("exp", json!(1e308)), claim("exp", WrongType)),
        ("exp beyond i64", |c| c.claim("exp", json!(u64::MAX)), claim("exp", WrongType)),
        ("exp null", |c| c.claim("exp", json!(null)), claim("exp", WrongType)),
        ("iat missing", |c| c.without("iat"), claim("iat", Missing)),
        ("iat beyond the skew", |c| c.now = NOW - 61, claim("iat", NotYetValid)),
        ("iat a week ago", |c| c.claim("iat", json!(NOW - 7 * 86_400)), claim("iat", Expired)),
        ("iat a day and a second ago", |c| c.claim("iat", json!(NOW - 86_401)), claim("iat", Expired)),
        ("iat the least number", |c| c.claim("iat", json!(i64::MIN)), claim("iat", Expired)),
        ("iat a text", |c| c.claim("iat", json!("1800000000")), claim("iat", WrongType)),
        ("nbf in the future", |c| c.claim("nbf", json!(NOW + 61)), claim("nbf", NotYetValid)),
        ("nbf a text", |c| c.claim("nbf", json!("0")), claim("nbf", WrongType)),
        ("nbf null", |c| c.claim("nbf", json!(null)), claim("nbf", WrongType)),
        ("auth_time missing", |c| c.max_age = Some(300), claim("auth_time", Missing)),
        (
            "auth_time a text",
            |c| {
                c.max_age = Some(300);
                c.claim("auth_time", json!("1800000000"));
            },
            claim("auth_time", WrongType),
        ),
        (
            "auth_time too long ago",
            |c| {
                c.max_age = Some(300);
                c.claim("auth_time", json!(NOW - 361));
            },
            claim("auth_time", Expired),
        ),
        (
            "auth_time in the future",
            |c| {
                c.max_age = Some(300);
                c.claim("auth_time", json!(NOW + 61));
            },
            claim("auth_time", NotYetValid),
        ),
        ("sub missing", |c| c.without("sub"), claim("sub", Missing)),
        ("sub empty", |c| c.claim("sub", json!("")), claim("sub", Missing)),
        ("sub a number", |c| c.claim("sub", json!(7)), claim("sub", WrongType)),
        ("sub null", |c| c.claim("sub", json!(null)), claim("sub", WrongType)),
        ("sub of 256 characters", |c| c.claim("sub", json!("x".repeat(256))), claim("sub", WrongType)),
        ("sub with NUL", |c| c.claim("sub", json!("mira\0")), claim("sub", WrongType)),
        ("sub with a mark that turns the text", |c| c.claim("sub", json!("mira\u{202e}")), claim("sub", WrongType)),
        ("nonce missing", |c| c.without("nonce"), claim("nonce", Missing)),
        ("nonce with more", |c| c.claim("nonce", json!("N01")), claim("nonce", Mismatch)),
        ("nonce of another flow", |c| c.nonce = Some("N1"), claim("nonce", Mismatch)),
        ("nonce a list", |c| c.claim("nonce", json!(["N0"])), claim("nonce", WrongType)),
        (
            "at_hash of another token",
            |c| c.claim("at_hash", json!("Zk1demo_at_hash_value_0")),
            claim("at_hash", Mismatch),
        ),
        (
            "at_hash by another hash",
            |c| {
                c.claim("at_hash", json!(left_half(&digest::SHA512)));
            },
            claim("at_hash", Mismatch),
        ),
        ("at_hash a number", |c| c.claim("at_hash", json!(7)), claim("at_hash", WrongType)),
        ("at_hash null", |c| c.claim("at_hash", json!(null)), claim("at_hash", WrongType)),
        (
            "two subjects",
            |c| {
                c.payload = Some(c.claims.to_string().replacen('{', "{\"sub\":\"evil\",", 1));
            },
            Malformed("payload"),
        ),
        (
            "two nonces, spelled differently",
            |c| {
                c.payload = Some(c.claims.to_string().replacen('{', "{\"n\\u006fnce\":\"N0\",", 1));
            },
            Malformed("payload"),
        ),
        ("a byte order mark", |c| c.payload = Some(format!("\u{feff}{}", c.claims)), Malformed("payload")),
        ("bytes after the object", |c| c.payload = Some(format!("{}x", c.claims)), Malformed("payload")),
        ("a payload that is a list", |c| c.payload = Some("[]".into()), Malformed("payload")),
        ("an empty payload", |c| c.payload = Some(String::new()), Malformed("payload")),
    ];
    assert_refused(rows);
}

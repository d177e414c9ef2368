//! Tokens that are properly signed and say something wrong.

use super::*;

#[test]
fn every_wrong_claim_is_refused() {
    let rows: &[Row<IdTokenError>] = &[
        ("iss missing", |c| c.without("iss"), claim("iss", Missing)),
        ("iss with more", |c| c.claim("iss", json!("https://idp.example1")), claim("iss", Different)),
        ("iss with a slash", |c| c.claim("iss", json!("https://idp.example/")), claim("iss", Different)),
        ("iss without TLS", |c| c.claim("iss", json!("http://idp.example")), claim("iss", Different)),
        ("iss in capitals", |c| c.claim("iss", json!("https://IDP.example")), claim("iss", Different)),
        ("iss as a list", |c| c.claim("iss", json!(["https://idp.example"])), claim("iss", Mistyped)),
        ("aud missing", |c| c.without("aud"), claim("aud", Missing)),
        ("aud with more", |c| c.claim("aud", json!("CID1")), claim("aud", Different)),
        ("aud empty", |c| c.claim("aud", json!([])), claim("aud", Different)),
        ("aud of others", |c| c.claim("aud", json!(["other"])), claim("aud", Different)),
        ("aud a number", |c| c.claim("aud", json!(7)), claim("aud", Mistyped)),
        ("aud null", |c| c.claim("aud", json!(null)), claim("aud", Mistyped)),
        ("aud of mixed types", |c| c.claim("aud", json!(["CID", 7])), claim("aud", Mistyped)),
        ("two audiences without azp", |c| c.claim("aud", json!(["CID", "other"])), claim("azp", Missing)),
        (
            "azp of another",
            |c| {
                c.claim("aud", json!(["CID", "other"]));
                c.claim("azp", json!("other"));
            },
            claim("azp", Different),
        ),
        ("azp of another beside one audience", |c| c.claim("azp", json!("other")), claim("azp", Different)),
        ("azp a list", |c| c.claim("azp", json!(["CID"])), claim("azp", Mistyped)),
        ("exp missing", |c| c.without("exp"), claim("exp", Missing)),
        ("exp at the end of the skew", |c| c.now = NOW + 300 + 60, claim("exp", TooEarly)),
        ("exp long ago", |c| c.claim("exp", json!(NOW - 3600)), claim("exp", TooEarly)),
        ("exp a text", |c| c.claim("exp", json!("9999999999")), claim("exp", Mistyped)),
        ("exp a fraction", |c| c.claim("exp", json!(9_999_999_999.5)), claim("exp", Mistyped)),
        ("exp negative", |c| c.claim("exp", json!(-1)), claim("exp", TooEarly)),
        ("exp the least number", |c| c.claim("exp", json!(i64::MIN)), claim("exp", TooEarly)),
        ("exp 1e308", |c| c.claim("exp", json!(1e308)), claim("exp", Mistyped)),
        ("exp beyond i64", |c| c.claim("exp", json!(u64::MAX)), claim("exp", Mistyped)),
        ("exp null", |c| c.claim("exp", json!(null)), claim("exp", Mistyped)),
        ("iat missing", |c| c.without("iat"), claim("iat", Missing)),
        ("iat beyond the skew", |c| c.now = NOW - 61, claim("iat", TooLate)),
        ("iat a week ago", |c| c.claim("iat", json!(NOW - 7 * 86_400)), claim("iat", TooEarly)),
        ("iat a day and a second ago", |c| c.claim("iat", json!(NOW - 86_401)), claim("iat", TooEarly)),
        ("iat the least number", |c| c.claim("iat", json!(i64::MIN)), claim("iat", TooEarly)),
        ("iat a text", |c| c.claim("iat", json!("1800000000")), claim("iat", Mistyped)),
        ("nbf in the future", |c| c.claim("nbf", json!(NOW + 61)), claim("nbf", TooLate)),
        ("nbf a text", |c| c.claim("nbf", json!("0")), claim("nbf", Mistyped)),
        ("nbf null", |c| c.claim("nbf", json!(null)), claim("nbf", Mistyped)),
        ("sub missing", |c| c.without("sub"), claim("sub", Missing)),
        ("sub empty", |c| c.claim("sub", json!("")), claim("sub", Missing)),
        ("sub a number", |c| c.claim("sub", json!(7)), claim("sub", Mistyped)),
        ("sub null", |c| c.claim("sub", json!(null)), claim("sub", Mistyped)),
        ("sub of 256 characters", |c| c.claim("sub", json!("x".repeat(256))), claim("sub", Mistyped)),
        ("sub with NUL", |c| c.claim("sub", json!("mira\0")), claim("sub", Mistyped)),
        ("sub with a mark that turns the text", |c| c.claim("sub", json!("mira\u{202e}")), claim("sub", Mistyped)),
        ("nonce missing", |c| c.without("nonce"), claim("nonce", Missing)),
        ("nonce with more", |c| c.claim("nonce", json!("N01")), claim("nonce", Different)),
        ("nonce of another flow", |c| c.nonce = Some("N1"), claim("nonce", Different)),
        ("nonce a list", |c| c.claim("nonce", json!(["N0"])), claim("nonce", Mistyped)),
        (
            "at_hash of another token",
            |c| c.claim("at_hash", json!("Zk1demo_at_hash_value_0")),
            claim("at_hash", Different),
        ),
        (
            "at_hash by another hash",
            |c| {
                c.claim("at_hash", json!(left_half(&digest::SHA512)));
            },
            claim("at_hash", Different),
        ),
        ("at_hash a number", |c| c.claim("at_hash", json!(7)), claim("at_hash", Mistyped)),
        ("at_hash null", |c| c.claim("at_hash", json!(null)), claim("at_hash", Mistyped)),
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

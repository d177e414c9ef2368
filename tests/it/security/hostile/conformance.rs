//! The relying-party tests of the OpenID Foundation's conformance suite, by name: which rows or tests here do the same, or
//! why a test does not apply.

use std::collections::BTreeSet;
use std::path::Path;

use super::row::Row;

/// How a module of the suite is covered.
enum By {
    /// By rows of the table.
    Rows(&'static [&'static str]),
    /// By tests.
    Tests(&'static [&'static str]),
    /// Not at all, because it is about something that is not offered.
    NotApplicable(&'static str),
}
use By::{NotApplicable, Rows, Tests};

const NO_LOGOUT: &str = "there is no logout at providers: a sign-out ends our session";
const NO_REGISTRATION: &str = "clients are registered by the operator, and issuers are configured";
const NO_JARM: &str = "authorization responses are no JWTs (JARM): without a code they are refused";
const NO_ENCRYPTION: &str = "no key for encryption is published: id_tokens of five parts are refused";
const HYBRID: &str = "only the code flow is used, in which there is no such claim: ignored";
const NO_DPOP: &str = "access tokens are bearer tokens: other types are refused";
const CODE_FLOW: &str = "only the code flow is used, in which it is optional: accepted when absent";

/// Basic RP, by redirect.
const BASIC: [(&str, By); 14] = [
    ("client-test", Rows(&["nothing"])),
    ("client-test-invalid-iss", Rows(&["claim iss: 1 appended"])),
    ("client-test-missing-sub", Rows(&["claim sub is missing"])),
    ("client-test-invalid-aud", Rows(&["claim aud: 1 appended"])),
    ("client-test-missing-iat", Rows(&["claim iat is missing"])),
    ("client-test-kid-absent-single-jwks", Rows(&["one key without kid"])),
    ("client-test-kid-absent-multiple-jwks", Rows(&["several keys without kid"])),
    ("client-test-idtoken-sig-rs256", Rows(&["RS256, where it is announced"])),
    ("client-test-idtoken-sig-none", Rows(&["header none without a signature"])),
    ("client-test-invalid-sig-rs256", Rows(&["RS256, where it is announced, with a changed signature"])),
    (
        "client-test-userinfo-invalid-sub",
        Rows(&[
            "userinfo with sub: invalid appended",
            "userinfo with sub: \"another\", beside an id_token with an email",
        ]),
    ),
    ("client-test-nonce-invalid", Rows(&["claim nonce: 1 appended"])),
    ("client-test-scope-userinfo-claims", Tests(&["honest_response_signs_in_and_is_completed_by_userinfo"])),
    ("client-test-client-secret-basic", Tests(&["credentials_are_sent_by_one_method_only"])),
];

/// The others: Config RP, Dynamic RP, the comprehensive plan, and what the FAPI plans add.
const OTHERS: [(&str, By); 56] = [
    ("config: client-test-discovery-openid-config", Rows(&["nothing"])),
    ("config: client-test-discovery-jwks-uri-keys", Rows(&["nothing"])),
    ("config: client-test-discovery-issuer-mismatch", Rows(&["metadata of an issuer followed by 1"])),
    ("config: client-test-idtoken-sig-none", Rows(&["header none without a signature"])),
    ("config: client-test-signing-key-rotation-just-before-signing", Tests(&["rotated_keys_are_fetched_and_accepted"])),
    ("config: client-test-signing-key-rotation", Tests(&["rotated_keys_are_fetched_and_accepted"])),
    ("dynamic: client-test-discovery-webfinger-acct", NotApplicable(NO_REGISTRATION)),
    ("dynamic: client-test-discovery-webfinger-url", NotApplicable(NO_REGISTRATION)),
    ("dynamic: client-test-dynamic-registration", NotApplicable(NO_REGISTRATION)),
    ("dynamic: client-test-request-uri-signed-rs256", NotApplicable("requests are pushed (RFC 9126), not signed")),
    (
        "dynamic: client-test-request-uri-signed-none",
        NotApplicable("requests are pushed (RFC 9126), not passed by URL"),
    ),
    ("dynamic: client-test-userinfo-signed", Rows(&["me sends the right answer as application/jwt"])),
    ("formpost: client-test-form-post-error", Rows(&["form post: error \"login_required\""])),
    ("client-test-missing-aud", Rows(&["claim aud is missing"])),
    ("client-test-invalid-sig-hs256", Rows(&["header HS256 by the client's secret"])),
    ("client-test-invalid-sig-es256", Rows(&["signature: one character of the signature is another"])),
    ("client-test-invalid-athash", Rows(&["claim at_hash: of another token"])),
    ("client-test-missing-athash", NotApplicable(CODE_FLOW)),
    ("client-test-invalid-chash", NotApplicable("only the code flow is used, in which no c_hash is sent: ignored")),
    ("client-test-missing-chash", NotApplicable(CODE_FLOW)),
    ("client-test-userinfo-bearer-header", Tests(&["answer_must_be_about_the_expected_subject"])),
    ("client-test-userinfo-bearer-body", NotApplicable("the token is sent in the header only, as RFC 6750 recommends")),
    ("client-test-aggregated-claims", Rows(&["aggregated and distributed claims, which are not followed"])),
    ("client-test-distributed-claims", Rows(&["aggregated and distributed claims, which are not followed"])),
    ("client-test-mtls-endpoint-aliases", NotApplicable("clients do not authenticate by TLS certificates")),
    ("client-test-nonce-unless-code-flow", Rows(&["claim nonce is missing"])),
    ("client-refresh-token-test", Tests(&["refresh_sends_the_grant_and_nothing_else"])),
    ("client-refresh-token-test-invalid-issuer", Tests(&["refreshed_id_token_of_another_user_is_refused"])),
    ("client-refresh-token-test-invalid-sub", Tests(&["refresh_with_id_token_of_another_user_is_refused"])),
    ("client-3rd-party-init-login", NotApplicable("no initiate_login_uri is offered; a sign-in begins at the app")),
    ("rp-backchannel-rpinitlogout-alg-none", NotApplicable(NO_LOGOUT)),
    ("rp-backchannel-rpinitlogout-wrong-alg", NotApplicable(NO_LOGOUT)),
    ("rp-backchannel-rpinitlogout-wrong-aud", NotApplicable(NO_LOGOUT)),
    ("rp-backchannel-rpinitlogout-wrong-iss", NotApplicable(NO_LOGOUT)),
    ("rp-backchannel-rpinitlogout-no-event", NotApplicable(NO_LOGOUT)),
    ("rp-backchannel-rpinitlogout-wrong-event", NotApplicable(NO_LOGOUT)),
    ("rp-backchannel-rpinitlogout-with-nonce", NotApplicable(NO_LOGOUT)),
    ("rp-init-logout-no-state", NotApplicable(NO_LOGOUT)),
    ("rp-init-logout-other-state", NotApplicable(NO_LOGOUT)),
    ("session-management", NotApplicable(NO_LOGOUT)),
    ("fapi: invalid-missing-exp", Rows(&["claim exp is missing"])),
    ("fapi: invalid-expired-exp", Rows(&["claim exp: -360 s from now"])),
    ("fapi: invalid-missing-iss", Rows(&["claim iss is missing"])),
    ("fapi: invalid-missing-nonce", Rows(&["claim nonce is missing"])),
    ("fapi: invalid-secondary-aud", Rows(&["claim aud: [\"cid\",\"other\"]"])),
    ("fapi: valid-aud-as-array", Rows(&["claim aud: a list of one"])),
    ("fapi: invalid-null-alg", Rows(&["header none without a signature", "header alg: null"])),
    ("fapi: invalid-alternate-alg", Rows(&["header RS256 by a published key, where ES256 is announced"])),
    ("fapi: iat-is-week-in-past", Rows(&["claim iat: -604800 s from now"])),
    ("fapi: invalid-authorization-response-iss", Rows(&["iss is followed by 1, and announced"])),
    ("fapi: remove-authorization-response-iss", Rows(&["iss is announced and missing"])),
    ("fapi: authorization-response-with-invalid-state-fails", Rows(&["state: followed by a character"])),
    ("fapi: authorization-response-with-invalid-missing-state-fails", Rows(&["state is missing"])),
    ("fapi: token-type-case-insensitivity", Rows(&["token response with token_type: \"BEARER\""])),
    ("fapi: no-scope-in-token-endpoint-response", Rows(&["nothing"])),
    ("fapi: discovery-issuer-mismatch", Rows(&["metadata of an issuer another"])),
];

/// What the library openid-client (27c6be8, August 2026) is run against in its own conformance runs: modules of the basic, the
/// comprehensive, the hybrid, the implicit and the FAPI plans.
const OPENID_CLIENT: [(&str, By); 59] = [
    ("client-secret-basic", Tests(&["credentials_are_sent_by_one_method_only"])),
    ("discovery-issuer-mismatch", Rows(&["metadata of an issuer followed by 1"])),
    ("encrypted-idtoken", NotApplicable(NO_ENCRYPTION)),
    ("encrypted-idtoken-usingrsa15", NotApplicable(NO_ENCRYPTION)),
    ("ensure-authorization-response-with-invalid-missing-state-fails", Rows(&["state is missing"])),
    ("ensure-authorization-response-with-invalid-state-fails", Rows(&["state: followed by a character"])),
    ("ensure-jarm-signature-is-not-none", NotApplicable(NO_JARM)),
    ("ensure-jarm-with-expired-exp-fails", NotApplicable(NO_JARM)),
    ("ensure-jarm-with-invalid-aud-fails", NotApplicable(NO_JARM)),
    ("ensure-jarm-with-invalid-iss-fails", NotApplicable(NO_JARM)),
    ("ensure-jarm-with-invalid-sig-fails", NotApplicable(NO_JARM)),
    ("ensure-jarm-without-aud-fails", NotApplicable(NO_JARM)),
    ("ensure-jarm-without-exp-fails", NotApplicable(NO_JARM)),
    ("ensure-jarm-without-iss-fails", NotApplicable(NO_JARM)),
    (
        "fapi1-advanced-final-client-test",
        NotApplicable("FAPI is not claimed; the sign-in itself is that of happy-path"),
    ),
    ("happy-path", Rows(&["nothing"])),
    ("happy-path-no-dpop-nonce", NotApplicable(NO_DPOP)),
    ("iat-is-week-in-past", Rows(&["claim iat: -604800 s from now"])),
    ("idtoken-sig-none", Rows(&["header none without a signature"])),
    ("idtoken-sig-rs256", Rows(&["RS256, where it is announced"])),
    ("invalid-alternate-alg", Rows(&["header RS256 by a published key, where ES256 is announced"])),
    ("invalid-aud", Rows(&["claim aud: 1 appended"])),
    ("invalid-authorization-response-iss", Rows(&["iss is followed by 1, and announced"])),
    ("invalid-chash", NotApplicable(HYBRID)),
    ("invalid-expired-exp", Rows(&["claim exp: -360 s from now"])),
    ("invalid-iss", Rows(&["claim iss: 1 appended"])),
    ("invalid-missing-aud", Rows(&["claim aud is missing"])),
    ("invalid-missing-exp", Rows(&["claim exp is missing"])),
    ("invalid-missing-iss", Rows(&["claim iss is missing"])),
    ("invalid-missing-nonce", Rows(&["claim nonce is missing"])),
    ("invalid-missing-shash", NotApplicable(HYBRID)),
    ("invalid-nonce", Rows(&["claim nonce: 1 appended"])),
    ("invalid-null-alg", Rows(&["header none without a signature", "header alg: null"])),
    ("invalid-secondary-aud", Rows(&["claim aud: [\"cid\",\"other\"]"])),
    ("invalid-shash", NotApplicable(HYBRID)),
    ("invalid-sig-es256", Rows(&["signature: one character of the signature is another"])),
    ("invalid-sig-hs256", Rows(&["header HS256 by the client's secret"])),
    ("invalid-sig-rs256", Rows(&["RS256, where it is announced, with a changed signature"])),
    ("invalid-signature", Rows(&["signature by a key that is not published"])),
    ("kid-absent-multiple-jwks", Rows(&["several keys without kid"])),
    ("kid-absent-single-jwks", Rows(&["one key without kid"])),
    ("missing-athash", NotApplicable(CODE_FLOW)),
    ("missing-aud", Rows(&["claim aud is missing"])),
    ("missing-chash", NotApplicable(CODE_FLOW)),
    ("missing-iat", Rows(&["claim iat is missing"])),
    ("missing-sub", Rows(&["claim sub is missing"])),
    ("no-scope-in-token-endpoint-response", Rows(&["nothing"])),
    ("nonce-invalid", Rows(&["claim nonce: 1 appended"])),
    ("nonce-unless-code-flow", Rows(&["claim nonce is missing"])),
    ("oidcc-client-test", Rows(&["nothing"])),
    ("remove-authorization-response-iss", Rows(&["iss is announced and missing"])),
    ("rs-dpop-auth-scheme-case-insensitivity", NotApplicable(NO_DPOP)),
    ("scope-userinfo-claims", Tests(&["honest_response_signs_in_and_is_completed_by_userinfo"])),
    ("token-endpoint-response-without-expires_in", Rows(&["token response without expires_in"])),
    ("token-type-case-insensitivity", Rows(&["token response with token_type: \"BEARER\""])),
    ("userinfo-bearer-header", Tests(&["answer_must_be_about_the_expected_subject"])),
    ("userinfo-invalid-sub", Rows(&["userinfo with sub: invalid appended"])),
    ("userinfo-signed", Rows(&["me sends the right answer as application/jwt"])),
    ("valid-aud-as-array", Rows(&["claim aud: a list of one"])),
];

#[test]
fn relying_party_tests_of_the_openid_foundation_are_covered_or_do_not_apply() {
    let table = super::table();
    let known: BTreeSet<_> = table.iter().map(|row| row.name.as_str()).collect();
    let mut sources = String::new();
    for folder in ["src", "tests/it"] {
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut sources);
    }
    let (mut covered, mut not_applicable) = (0, 0);
    let mut print = |name: &str, by: &By, prefix: &str| {
        let line = match by {
            Rows(rows) => {
                for row in *rows {
                    let row = format!("{prefix}{row}");
                    assert!(known.contains(row.as_str()), "{name}: no row {row:?}");
                }
                format!("row{} {prefix}{}", if rows.len() > 1 { "s" } else { "" }, rows.join("; "))
            }
            Tests(tests) => {
                for test in *tests {
                    assert!(sources.contains(&format!("fn {test}(")), "{name}: no test {test}");
                }
                format!("test {}", tests.join("; "))
            }
            NotApplicable(why) => {
                not_applicable += 1;
                println!("{name:66} not applicable: {why}");
                return;
            }
        };
        covered += 1;
        println!("{name:66} {line}");
    };
    for (name, by) in &BASIC {
        print(&format!("basic: {name}"), by, "");
    }
    for (name, by) in &BASIC {
        print(&format!("formpost: {name}"), by, "form post: ");
    }
    for (name, by) in &OTHERS {
        print(name, by, "");
    }
    for (name, by) in &OPENID_CLIENT {
        print(&format!("openid-client: {name}"), by, "");
    }
    println!("relying-party tests: {covered} covered, {not_applicable} not applicable");
    assert_eq!(covered + not_applicable, 2 * BASIC.len() + OTHERS.len() + OPENID_CLIENT.len());
}

/// Every Rust file below a folder.
fn read(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            *text += &std::fs::read_to_string(&path).expect("text");
        }
    }
}

/// The rows that are repeated with a form post: those of the basic plan, and an error.
pub fn form_posts(rows: &[Row]) -> Vec<Row> {
    let is_basic = |name: &str| BASIC.iter().any(|(_, by)| matches!(by, Rows(rows) if rows.contains(&name)));
    let repeated = rows.iter().filter(|row| is_basic(&row.name) || row.name == "error \"login_required\"");
    repeated.map(Row::as_form_post).collect()
}

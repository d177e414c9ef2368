//! The secrets with which webhooks are signed (Standard Webhooks 1.0.0, symmetric signatures).

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::clock::Timestamp;

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// How many bytes the specification allows.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// The secrets of one webhook: all of them sign, so that a receiver can change from one to the other. Cheap to clone.
#[derive(Clone)]
pub struct WebhookSecrets(Arc<[hmac::Key]>);

/// The text is no list of secrets; never repeats any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected whsec_ and 24 to 64 bytes in base64, as of `echo whsec_$(openssl rand -base64 32)`; several are separated by blanks or lines"
)]
pub struct InvalidWebhookSecret;

impl WebhookSecrets {
    /// Reads one secret or several, separated by white space.
    ///
    /// # Errors
    /// [`InvalidWebhookSecret`]
    pub fn parse(text: &str) -> Result<Self, InvalidWebhookSecret> {
        let keys: Vec<_> = text.split_whitespace().map(key).collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(InvalidWebhookSecret) } else { Ok(Self(keys.into())) }
    }

    /// The value of `webhook-signature` for a message that is sent at `now`: one signature for each secret.
    #[must_use]
    pub fn sign(&self, id: &str, now: Timestamp, body: &str) -> String {
        let signed = format!("{id}.{}.{body}", now.seconds());
        let signature = |key| format!("v1,{}", STANDARD.encode(hmac::sign(key, signed.as_bytes())));
        self.0.iter().map(signature).collect::<Vec<_>>().join(" ")
    }
}

fn key(secret: &str) -> Result<hmac::Key, InvalidWebhookSecret> {
    let encoded = secret.strip_prefix(PREFIX).ok_or(InvalidWebhookSecret)?;
    let bytes = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| InvalidWebhookSecret)?);
    if LENGTHS.contains(&bytes.len()) {
        Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
    } else {
        Err(InvalidWebhookSecret)
    }
}

impl fmt::Debug for WebhookSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const TIME: Timestamp = Timestamp::from_seconds(1_614_265_330);
    const BODY: &str = r#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn example_of_the_specification_is_signed_alike() {
        assert_eq!(WebhookSecrets::parse(SECRET).expect("a secret").sign(ID, TIME, BODY), SIGNATURE);
    }

    #[test]
    fn each_secret_signs() {
        let other = format!("whsec_{}", STANDARD.encode([7; 32]));
        let both = WebhookSecrets::parse(&format!("{other}\n{SECRET} ")).expect("secrets").sign(ID, TIME, BODY);
        let signatures: Vec<_> = both.split(' ').collect();
        assert_eq!((signatures.len(), signatures[1]), (2, SIGNATURE));
        assert_ne!(signatures[0], SIGNATURE);
    }

    #[test]
    fn text_that_is_no_secret_is_refused() {
        let short = format!("whsec_{}", STANDARD.encode([7; 23]));
        let long = format!("whsec_{}", STANDARD.encode([7; 65]));
        for text in ["", " ", "whsec_", "secret", &SECRET[6..], &short, &long, &format!("{SECRET} x")] {
            assert_eq!(WebhookSecrets::parse(text).err(), Some(InvalidWebhookSecret), "{text}");
        }
    }
}

//! From a provider's JSON to a person in our words, by a map of where what stands.
//!
//! Only the fields below are ever read: no role and no flag of ours comes from a provider. The id is taken
//! exactly or not at all; everything else may be missing. Pure.

pub mod email_verification;
pub mod field_selector;

use serde_json::Value;
use url::{Host, Url};

use self::email_verification::EmailVerificationRule;
use self::field_selector::FieldSelector;
use super::public_ip::is_public;
use crate::domain::claims::Claims;
use crate::domain::id::ProviderName;
use crate::domain::json_path::JsonPath;
use crate::domain::profile::ExternalProfile;

/// The greatest length of an id, in bytes.
const MAX_ID_BYTES: usize = 255;
/// The greatest length of a name or locale, in characters; what is longer is cut.
const MAX_NAME_CHARS: usize = 128;
/// The greatest length of a picture's URL, in bytes; a longer one is dropped.
const MAX_PICTURE_BYTES: usize = 2048;

/// Where in a provider's document each field stands.
#[derive(Clone, Debug)]
pub struct ProfileMap {
    /// The immutable id: a text or a whole number.
    pub id: JsonPath,
    /// The address.
    pub email: Option<FieldSelector>,
    /// What says whether the address was proven.
    pub email_verified: Option<JsonPath>,
    /// Which of its words count.
    pub email_verification: EmailVerificationRule,
    /// The name to show.
    pub name: Option<FieldSelector>,
    /// An `https` URL.
    pub picture: Option<FieldSelector>,
    /// That URL with `{member}` in it, for a provider that gives only the parts.
    pub picture_url: Option<String>,
    /// A language tag.
    pub locale: Option<FieldSelector>,
}

/// Why a document does not describe a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// There is nothing where the id should be.
    #[error("the profile has no id")]
    NoId,
    /// The id is not a text of 1 to 255 bytes without control characters, nor a whole number of at most 64 bits.
    #[error("the profile's id is not a text or a whole number")]
    UnusableId,
}

impl ProfileMap {
    /// Reads the person out of `document`.
    ///
    /// # Errors
    /// [`ProfileError`] if the id is missing or cannot be kept exactly.
    pub fn read(&self, provider: &ProviderName, document: &Value) -> Result<ExternalProfile, ProfileError> {
        let text = |places: &Option<FieldSelector>| places.as_ref()?.text(document);
        let email = text(&self.email);
        let word = self.email_verified.as_ref().and_then(|path| path.find(document));
        let email_trust =
            email.as_deref().map(|email| self.email_verification.evaluate(word, email)).unwrap_or_default();
        let fill_template = || fill_template(self.picture_url.as_deref()?, document);
        Ok(ExternalProfile {
            provider: provider.clone(),
            subject: subject(self.id.find(document).ok_or(ProfileError::NoId)?)?,
            email,
            email_trust,
            name: text(&self.name).as_deref().and_then(clean),
            picture: text(&self.picture).or_else(fill_template).as_deref().and_then(picture),
            locale: text(&self.locale).as_deref().and_then(clean),
            claims: Claims::new(),
        })
    }
}

/// `template` with each `{member}` replaced; nothing if one is missing or could change the URL around it.
fn fill_template(template: &str, document: &Value) -> Option<String> {
    let mut parts = template.split('{');
    let mut url = parts.next()?.to_owned();
    for part in parts {
        let (member, rest) = part.split_once('}')?;
        let value = document.get(member)?.as_str()?;
        let is_plain = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        url.extend(is_plain.then_some([value, rest])?);
    }
    Some(url)
}

/// A number that does not fit 64 bits has been rounded by the JSON parser: two people could become one.
fn subject(id: &Value) -> Result<String, ProfileError> {
    match id {
        Value::String(text) if text.is_empty() => Err(ProfileError::NoId),
        Value::String(text) if text.len() <= MAX_ID_BYTES && !text.chars().any(char::is_control) => Ok(text.clone()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Ok(number.to_string()),
        _ => Err(ProfileError::UnusableId),
    }
}

/// A name without what would disturb the text around it: control characters and marks that turn its direction.
/// `None` if nothing is left.
#[must_use]
pub fn clean(text: &str) -> Option<String> {
    let disturbs = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let kept: String = text.chars().filter(|c| !disturbs(*c)).collect();
    let kept: String = kept.trim().chars().take(MAX_NAME_CHARS).collect();
    (!kept.is_empty()).then_some(kept)
}

/// An address that a browser may be told to load. We never load it ourselves.
fn picture(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let is_elsewhere = match url.host()? {
        Host::Domain(_) => true,
        Host::Ipv4(address) => is_public(address.into()),
        Host::Ipv6(address) => is_public(address.into()),
    };
    let has_credentials = !url.username().is_empty() || url.password().is_some();
    (url.scheme() == "https" && is_elsewhere && !has_credentials && url.as_str().len() <= MAX_PICTURE_BYTES)
        .then(|| url.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::profile::EmailTrust;

    /// The standard claims (OpenID Connect Core section 5.1).
    fn openid() -> ProfileMap {
        let claim = |name: &str| Some(name.parse::<FieldSelector>().unwrap());
        ProfileMap {
            id: "sub".parse().unwrap(),
            email: claim("email"),
            email_verified: Some("email_verified".parse().unwrap()),
            email_verification: EmailVerificationRule::Boolean,
            name: claim("name"),
            picture: claim("picture"),
            picture_url: None,
            locale: claim("locale"),
        }
    }

    fn read(document: &Value) -> Result<ExternalProfile, ProfileError> {
        openid().read(&"acme".parse().unwrap(), document)
    }

    fn id(json: &str) -> Result<String, ProfileError> {
        read(&serde_json::from_str(&format!("{{\"sub\":{json}}}")).unwrap()).map(|profile| profile.subject)
    }

    fn with(member: &str, value: Value) -> ExternalProfile {
        read(&json!({"sub": "7", "email": "mira@example.org", member: value})).unwrap()
    }

    #[test]
    fn a_whole_profile_is_read() {
        let profile =
            read(&json!({"sub": "104477889900112233445", "email": "mira@example.org", "email_verified": true,
            "name": "Mira Okafor", "picture": "https://pictures.example/a=s96-c", "locale": "de",
            "role": "admin", "provider": "evil"}));
        assert_eq!(
            profile,
            Ok(ExternalProfile {
                provider: "acme".parse().unwrap(),
                subject: "104477889900112233445".into(),
                email: Some("mira@example.org".into()),
                email_trust: EmailTrust::Verified,
                name: Some("Mira Okafor".into()),
                picture: Some("https://pictures.example/a=s96-c".into()),
                locale: Some("de".into()),
                claims: Claims::new(),
            })
        );
    }

    #[test]
    fn an_id_is_kept_exactly_or_refused() {
        for (json, exact) in [
            ("\"abc\"", "abc"),
            ("\" a \"", " a "),
            ("\"ÄÖ\"", "ÄÖ"),
            ("123", "123"),
            ("\"123\"", "123"),
            ("0", "0"),
            ("-5", "-5"),
            ("9007199254740993", "9007199254740993"),
            ("18446744073709551615", "18446744073709551615"),
        ] {
            assert_eq!(id(json).as_deref(), Ok(exact), "{json}");
        }
        assert_eq!(id(&format!("\"{}\"", "x".repeat(255))).map(|id| id.len()), Ok(255));
        for missing in ["null", "\"\""] {
            assert_eq!(id(missing), Err(ProfileError::NoId), "{missing}");
        }
        for refused in
            ["123.0", "1e2", "18446744073709551616", "-9223372036854775809", "true", "{}", "[1]", "\"a\\u0000\"", "-0"]
        {
            assert_eq!(id(refused), Err(ProfileError::UnusableId), "{refused}");
        }
        assert_eq!(id(&format!("\"{}\"", "x".repeat(256))), Err(ProfileError::UnusableId));
        assert_eq!(read(&json!({})), Err(ProfileError::NoId));
        assert_eq!(read(&json!("sub")), Err(ProfileError::NoId));
    }

    #[test]
    fn only_a_plain_yes_or_no_is_a_word_about_the_address() {
        for (value, trust) in [
            (json!(true), EmailTrust::Verified),
            (json!(false), EmailTrust::Unverified),
            (json!("true"), EmailTrust::Unknown),
            (json!("yes"), EmailTrust::Unknown),
            (json!(1), EmailTrust::Unknown),
            (json!(null), EmailTrust::Unknown),
            (json!([true]), EmailTrust::Unknown),
        ] {
            assert_eq!(with("email_verified", value.clone()).email_trust, trust, "{value}");
        }
        assert_eq!(with("x", json!(1)).email_trust, EmailTrust::Unknown);
        let nobody = read(&json!({"sub": "7", "email": "", "email_verified": true})).unwrap();
        assert_eq!((nobody.email, nobody.email_trust), (None, EmailTrust::Unknown), "nothing there to be proven");
    }

    #[test]
    fn names_lose_what_disturbs_them_and_stop_in_time() {
        let name = |value: Value| with("name", value).name;
        assert_eq!(name(json!(" Mi\u{0}\nra\u{202e} \u{2066}O\u{200f} ")).as_deref(), Some("Mira O"));
        assert_eq!(name(json!("ä".repeat(200))), Some("ä".repeat(128)));
        for nothing in [json!(""), json!(" \u{202e}\t"), json!(null), json!(7), json!({"a": "b"})] {
            assert_eq!(name(nothing.clone()), None, "{nothing}");
        }
    }

    #[test]
    fn only_an_https_url_out_in_the_open_is_a_picture() {
        let picture = |value: &str| with("picture", json!(value)).picture;
        assert_eq!(picture("https://p.example/\"x\"").as_deref(), Some("https://p.example/%22x%22"));
        for bad in [
            "",
            "/me.png",
            "http://p.example/a",
            "javascript:alert(1)",
            "data:image/png;base64,AA",
            "https://127.0.0.1/a",
            "https://0x7f.1/a",
            "https://[::1]/a",
            "https://169.254.169.254/latest",
            "https://u:p@p.example/a",
            "https:///",
            &format!("https://p.example/{}", "a".repeat(2048)),
        ] {
            assert_eq!(picture(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_picture_may_be_made_of_parts_that_cannot_break_out() {
        let map = ProfileMap {
            picture: None,
            picture_url: Some("https://cdn.example/avatars/{id}/{avatar}.png".to_owned()),
            ..openid()
        };
        let picture = |avatar: Value| {
            let document = json!({"sub": "7", "id": "204", "avatar": avatar});
            map.read(&"acme".parse().unwrap(), &document).unwrap().picture
        };
        assert_eq!(picture(json!("a_0f")).as_deref(), Some("https://cdn.example/avatars/204/a_0f.png"));
        for bad in [json!(null), json!(""), json!("../x"), json!("x?y"), json!(7)] {
            assert_eq!(picture(bad.clone()), None, "{bad}");
        }
    }
}

//! Turns a provider's JSON into an [`ExternalProfile`], by a map of where each field is.
//!
//! Only the fields below are read: no role and no flag of ours comes from a provider. The id is taken exactly or the
//! document is refused; every other field may be missing. Pure.

mod email;
pub mod email_verification;
pub mod field_selector;

use serde_json::Value;
use url::{Host, Url};

pub use self::email::EmailMap;
use self::field_selector::FieldSelector;
use super::public_ip::is_public;
use crate::domain::claims::Claims;
use crate::domain::id::ProviderName;
use crate::domain::json_path::JsonPath;
use crate::domain::profile::ExternalProfile;

/// The greatest length of an id, in bytes.
const MAX_ID_BYTES: usize = 255;
/// The greatest length of a name or locale, in characters; longer ones are cut.
const MAX_NAME_CHARS: usize = 128;
/// The greatest length of a picture's URL, in bytes; longer ones are dropped.
const MAX_PICTURE_BYTES: usize = 2048;

/// Where each field is in a provider's documents.
#[derive(Clone, Debug)]
pub struct ProfileMap {
    /// The immutable id, a text or an integer: the first path that leads to one.
    pub id: Vec<JsonPath>,
    /// The email and its proof.
    pub email: Option<EmailMap>,
    /// The display name.
    pub name: Option<FieldSelector>,
    /// An `https` URL.
    pub picture: Option<FieldSelector>,
    /// The same URL as a template with `{member}`, for a provider that sends only the parts.
    pub picture_url: Option<String>,
    /// Pictures below this URL are accepted, too: those of simulated users, which are on loopback.
    pub simulated_pictures: Option<String>,
    /// A language tag.
    pub locale: Option<FieldSelector>,
}

/// Why a document does not describe a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// There is nothing where the id should be.
    #[error("the profile has no id")]
    NoId,
    /// The id is neither a text of 1 to 255 bytes without control characters nor an integer of at most 64 bits.
    #[error("the profile's id is not a text or an integer")]
    UnusableId,
}

impl ProfileMap {
    fn picture(&self, url: String) -> Option<String> {
        let is_simulated = self.simulated_pictures.as_deref().is_some_and(|base| url.starts_with(base));
        if is_simulated { Some(url) } else { picture(&url) }
    }

    /// Reads a user out of `documents`, which describe the same subject; the earlier one wins, field by field.
    ///
    /// # Errors
    /// [`ProfileError`] if the id is missing or cannot be kept exactly.
    pub fn read(&self, provider: &ProviderName, documents: &[Value]) -> Result<ExternalProfile, ProfileError> {
        let text =
            |selector: &Option<FieldSelector>| documents.iter().find_map(|document| selector.as_ref()?.text(document));
        let from_template =
            || documents.iter().find_map(|document| fill_template(self.picture_url.as_deref()?, document));
        let id = documents.iter().find_map(|document| self.id.iter().find_map(|path| path.find(document)));
        Ok(ExternalProfile {
            provider: provider.clone(),
            subject: subject(id.ok_or(ProfileError::NoId)?)?,
            email: self.email.as_ref().and_then(|map| map.read_first(documents)),
            name: text(&self.name).as_deref().and_then(clean),
            picture: text(&self.picture).or_else(from_template).and_then(|url| self.picture(url)),
            locale: text(&self.locale).as_deref().and_then(clean),
            claims: Claims::new(),
        })
    }

    /// The members of a document that [`Self::read`] looks at.
    pub fn members(&self) -> impl Iterator<Item = &str> {
        let Self { id, email, name, picture, picture_url, simulated_pictures: _, locale } = self;
        let selected = [name, picture, locale].into_iter().flatten().flat_map(FieldSelector::paths);
        let paths = id.iter().chain(email.iter().flat_map(EmailMap::paths)).chain(selected);
        let template = picture_url.as_deref().unwrap_or_default();
        paths.filter_map(JsonPath::first_member).chain(placeholders(template))
    }

    /// Whether another document may add the email, its proof or the name.
    #[must_use]
    pub fn is_incomplete(&self, document: &Value) -> bool {
        let has_no_name = self.name.as_ref().is_some_and(|selector| selector.text(document).is_none());
        has_no_name || self.email.as_ref().is_some_and(|map| map.is_incomplete(document))
    }
}

/// Each `member` of a template with `{member}`.
fn placeholders(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0))
}

/// `template` with each `{member}` replaced; `None` if one is missing or could change the URL around it.
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

/// A number beyond 64 bits has been rounded by the JSON parser, so two users could become one.
fn subject(id: &Value) -> Result<String, ProfileError> {
    match id {
        Value::String(text) if text.is_empty() => Err(ProfileError::NoId),
        Value::String(text) if text.len() <= MAX_ID_BYTES && !text.chars().any(char::is_control) => Ok(text.clone()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Ok(number.to_string()),
        _ => Err(ProfileError::UnusableId),
    }
}

/// A name without control characters and marks that change the text direction; `None` if nothing is left.
#[must_use]
pub fn clean(text: &str) -> Option<String> {
    let is_removed = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let kept: String = text.chars().filter(|c| !is_removed(*c)).collect();
    let kept: String = kept.trim().chars().take(MAX_NAME_CHARS).collect();
    (!kept.is_empty()).then_some(kept)
}

/// A URL that a browser may load. The server never does.
fn picture(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let is_public_host = match url.host()? {
        Host::Domain(_) => true,
        Host::Ipv4(ip) => is_public(ip.into()),
        Host::Ipv6(ip) => is_public(ip.into()),
    };
    let has_credentials = !url.username().is_empty() || url.password().is_some();
    (url.scheme() == "https" && is_public_host && !has_credentials && url.as_str().len() <= MAX_PICTURE_BYTES)
        .then(|| url.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::email_verification::EmailVerificationRule;
    use super::*;
    use crate::domain::profile::{EmailClaim, EmailTrust};

    /// The standard claims (OpenID Connect Core section 5.1).
    fn openid() -> ProfileMap {
        let claim = |name: &str| Some(name.parse::<FieldSelector>().unwrap());
        ProfileMap {
            id: vec!["sub".parse().unwrap()],
            email: Some(EmailMap {
                email: "email".parse().unwrap(),
                verified: Some("email_verified".parse().unwrap()),
                rule: EmailVerificationRule::Boolean,
            }),
            name: claim("name"),
            picture: claim("picture"),
            picture_url: None,
            simulated_pictures: None,
            locale: claim("locale"),
        }
    }

    fn read(document: &Value) -> Result<ExternalProfile, ProfileError> {
        openid().read(&"acme".parse().unwrap(), std::slice::from_ref(document))
    }

    fn id(json: &str) -> Result<String, ProfileError> {
        read(&serde_json::from_str(&format!("{{\"sub\":{json}}}")).unwrap()).map(|profile| profile.subject)
    }

    fn with(member: &str, value: Value) -> ExternalProfile {
        read(&json!({"sub": "7", "email": "mira@example.org", member: value})).unwrap()
    }

    #[test]
    fn profile_every_field_is_read() {
        let profile =
            read(&json!({"sub": "104477889900112233445", "email": "mira@example.org", "email_verified": true,
            "name": "Mira Okafor", "picture": "https://pictures.example/a=s96-c", "locale": "de",
            "role": "admin", "provider": "evil"}));
        assert_eq!(
            profile,
            Ok(ExternalProfile {
                provider: "acme".parse().unwrap(),
                subject: "104477889900112233445".into(),
                email: Some(EmailClaim { email: "mira@example.org".into(), trust: EmailTrust::Verified }),
                name: Some("Mira Okafor".into()),
                picture: Some("https://pictures.example/a=s96-c".into()),
                locale: Some("de".into()),
                claims: Claims::new(),
            })
        );
    }

    #[test]
    fn members_that_are_read_are_known() {
        let map = ProfileMap {
            picture_url: Some("https://cdn.example/{id}/{avatar}.png".to_owned()),
            name: Some(serde_json::from_value(json!(["full", "first + last.text"])).unwrap()),
            locale: Some("tags[0].name".parse().unwrap()),
            ..openid()
        };
        let mut members: Vec<_> = map.members().collect();
        members.sort_unstable();
        let all = ["avatar", "email", "email_verified", "first", "full", "id", "last", "picture", "sub", "tags"];
        assert_eq!(members, all);
    }

    #[test]
    fn id_is_kept_exactly_or_refused() {
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
    fn earlier_document_wins_field_by_field() {
        let [first, second] =
            [json!({"sub": "7", "name": "A"}), json!({"sub": "8", "name": "B", "locale": "de", "email": "b@x.org"})];
        let profile = openid().read(&"acme".parse().unwrap(), &[first, second]).unwrap();
        assert_eq!((profile.subject.as_str(), profile.name.as_deref()), ("7", Some("A")));
        assert_eq!(
            (profile.locale.as_deref(), profile.email.map(|claim| claim.email)),
            (Some("de"), Some("b@x.org".into()))
        );
    }

    #[test]
    fn document_without_name_email_or_proof_is_incomplete() {
        let whole = json!({"sub": "7", "name": "A", "email": "a@x.org", "email_verified": true});
        assert!(!openid().is_incomplete(&whole));
        for member in ["name", "email", "email_verified"] {
            let mut document = whole.clone();
            document.as_object_mut().unwrap().remove(member);
            assert!(openid().is_incomplete(&document), "{member}");
        }
    }

    #[test]
    fn name_loses_control_characters_and_is_cut() {
        let name = |value: Value| with("name", value).name;
        assert_eq!(name(json!(" Mi\u{0}\nra\u{202e} \u{2066}O\u{200f} ")).as_deref(), Some("Mira O"));
        assert_eq!(name(json!("ä".repeat(200))), Some("ä".repeat(128)));
        for nothing in [json!(""), json!(" \u{202e}\t"), json!(null), json!(7), json!({"a": "b"})] {
            assert_eq!(name(nothing.clone()), None, "{nothing}");
        }
    }

    #[test]
    fn picture_only_public_https_url_is_accepted() {
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
            "https://u@p.example/a",
            "https://:p@p.example/a",
            "https:///",
            &format!("https://p.example/{}", "a".repeat(2048)),
        ] {
            assert_eq!(picture(bad), None, "{bad}");
        }
    }

    #[test]
    fn picture_on_loopback_is_accepted_for_simulated_users_only() {
        let map = ProfileMap { simulated_pictures: Some("http://127.0.0.1:4000/simulator/people/".into()), ..openid() };
        let picture = |url: &str| {
            let document = json!({"sub": "104", "picture": url});
            map.read(&"acme".parse().unwrap(), &[document]).unwrap().picture
        };
        let own = "http://127.0.0.1:4000/simulator/people/mira.svg";
        assert_eq!((picture(own).as_deref(), with("picture", json!(own)).picture), (Some(own), None));
        assert_eq!(picture("http://127.0.0.1:4000/elsewhere"), None);
    }

    #[test]
    fn picture_template_refuses_parts_that_change_the_url() {
        let map = ProfileMap {
            picture: None,
            picture_url: Some("https://cdn.example/avatars/{id}/{avatar}.png".to_owned()),
            simulated_pictures: None,
            ..openid()
        };
        let picture = |avatar: Value| {
            let document = json!({"sub": "7", "id": "204", "avatar": avatar});
            map.read(&"acme".parse().unwrap(), &[document]).unwrap().picture
        };
        assert_eq!(picture(json!("a_0f")).as_deref(), Some("https://cdn.example/avatars/204/a_0f.png"));
        for bad in [json!(null), json!(""), json!("../x"), json!("x?y"), json!(7)] {
            assert_eq!(picture(bad.clone()), None, "{bad}");
        }
    }
}

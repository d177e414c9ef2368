//! The personas that can sign in at every simulated provider: four with missing or unverified data, and any number
//! of generated ones.

use std::borrow::Cow;

use actix_web::{HttpResponse, web};

use super::Simulator;
use super::ids::{BASE32, Seed, ULID};
use super::page;
use super::provider::SimulatedProvider;

type Text = Cow<'static, str>;

/// A user of the simulated providers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Persona {
    /// The value of `login=` (or `login_hint=`) that selects this persona without the page.
    pub id: Text,
    /// The name on the consent page.
    pub display_name: Text,
    /// The name in the provider's profile, if any.
    pub name: Option<Text>,
    /// The email, if any.
    pub email: Option<Text>,
    /// Whether the provider calls the email verified.
    pub email_verified: bool,
    /// Whether the provider has a picture.
    pub has_picture: bool,
    /// A language tag; few providers send it.
    pub locale: Option<&'static str>,
    /// The login name at GitHub and other providers with login names.
    pub github_login: Text,
    google_subject: Text,
    github_id: u64,
}

impl Persona {
    /// The personas on the consent page: `mira`, `jonas`, `aiko`, `rosa`.
    #[must_use]
    pub fn all() -> [Self; 4] {
        [
            Self {
                id: "mira".into(),
                display_name: "Mira Okafor".into(),
                name: Some("Mira Okafor".into()),
                email: Some("mira@example.org".into()),
                email_verified: true,
                has_picture: true,
                locale: Some("en"),
                github_login: "okafor-m".into(),
                google_subject: "104477889900112233445".into(),
                github_id: 48_215_533,
            },
            Self {
                id: "jonas".into(),
                display_name: "Jonas Weber".into(),
                name: Some("Jonas Weber".into()),
                email: Some("jonas@example.net".into()),
                email_verified: false,
                has_picture: true,
                locale: Some("de"),
                github_login: "jweber".into(),
                google_subject: "108800335577990022446".into(),
                github_id: 7_204_118,
            },
            Self {
                id: "aiko".into(),
                display_name: "Aiko Tanaka".into(),
                name: Some("Aiko Tanaka".into()),
                email: None,
                email_verified: false,
                has_picture: true,
                locale: Some("ja"),
                github_login: "aikot".into(),
                google_subject: "112233009988776655441".into(),
                github_id: 91_540_276,
            },
            Self {
                id: "rosa".into(),
                display_name: "Rosa Lindqvist".into(),
                name: None,
                email: Some("rosa@example.com".into()),
                email_verified: true,
                has_picture: false,
                locale: None,
                github_login: "rlindqvist".into(),
                google_subject: "116611224433557799002".into(),
                github_id: 133_070_905,
            },
        ]
    }

    /// A persona of the consent page, or `user-<number>` (up to twelve digits, no leading zero): generated, with a
    /// verified email.
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        Self::all().into_iter().find(|persona| persona.id == id).or_else(|| Self::numbered(id))
    }

    fn numbered(id: &str) -> Option<Self> {
        let digits = id.strip_prefix("user-")?;
        let number: u64 = digits.parse().ok()?;
        if digits.len() > 12 || number.to_string() != digits {
            return None;
        }
        Some(Self {
            id: id.to_owned().into(),
            display_name: format!("User {number}").into(),
            name: Some(format!("User {number}").into()),
            email: Some(format!("user-{number}@example.org").into()),
            email_verified: true,
            has_picture: true,
            locale: Some("en"),
            github_login: id.to_owned().into(),
            google_subject: format!("1{number:020}").into(),
            github_id: 1_000_000_000 + number,
        })
    }

    /// The immutable user id at a provider; numbers as digits. At Azure AD this is `oid`, at Entra ID `sub`.
    #[must_use]
    pub fn subject(&self, provider: SimulatedProvider) -> String {
        let seed = self.seed(provider.name());
        match provider {
            SimulatedProvider::Apple => {
                format!("{:06}.{}.{:04}", seed.number(6) % 10_000, seed.hex(32), self.seed("apple-tail").number(4))
            }
            SimulatedProvider::Google => self.google_subject.clone().into_owned(),
            SimulatedProvider::Oidc => format!("person:{}", self.id),
            SimulatedProvider::Linkedin => seed.letters(10, BASE32),
            SimulatedProvider::Spotify => format!("31{}", seed.letters(26, BASE32)),
            SimulatedProvider::Bitbucket => format!("{{{}}}", seed.uuid()),
            SimulatedProvider::Workos => format!("prof_01{}", seed.letters(24, ULID)),
            SimulatedProvider::Azuread => self.object_id(),
            SimulatedProvider::Entraid => seed.pairwise(),
            SimulatedProvider::Windowslive => seed.hex(16),
            SimulatedProvider::Github
            | SimulatedProvider::Discord
            | SimulatedProvider::Twitch
            | SimulatedProvider::Gitlab
            | SimulatedProvider::Strava
            | SimulatedProvider::Facebook
            | SimulatedProvider::Twitter
            | SimulatedProvider::X => self.number(provider).to_string(),
        }
    }

    /// The user id at a provider with numeric ids.
    pub(super) fn number(&self, provider: SimulatedProvider) -> u64 {
        match provider {
            SimulatedProvider::Github => self.github_id,
            SimulatedProvider::Gitlab => self.seed("gitlab").number(7),
            SimulatedProvider::Twitch => self.seed("twitch").number(9),
            // Above 2^53, to catch clients that parse the 64-bit number as a float.
            SimulatedProvider::Strava | SimulatedProvider::Facebook => self.seed(provider.name()).number(17),
            // X and Twitter share accounts.
            SimulatedProvider::Twitter | SimulatedProvider::X => self.seed("twitter").number(18),
            _ => self.seed(provider.name()).number(18),
        }
    }

    /// Microsoft's `oid`: the same for every client.
    #[must_use]
    pub fn object_id(&self) -> String {
        self.seed("microsoft").uuid()
    }

    /// The Microsoft tenant: Rosa has a personal account, Jonas is in another tenant, all others are in the client's.
    #[must_use]
    pub fn tenant(&self) -> &'static str {
        match self.id.as_ref() {
            "rosa" => super::CONSUMER_TENANT,
            "jonas" => super::FOREIGN_TENANT,
            _ => super::TENANT,
        }
    }

    pub(super) fn seed(&self, kind: &str) -> Seed {
        Seed::new(kind, &self.id)
    }

    /// The email, if it is verified.
    pub(super) fn verified_email(&self) -> Option<&str> {
        self.email.as_deref().filter(|_| self.email_verified)
    }

    pub(super) fn picture(&self, simulator: &Simulator) -> Option<String> {
        self.has_picture.then(|| simulator.url(&format!("/people/{}.svg", self.id)))
    }

    /// Given and family name, if the name has two parts.
    pub(super) fn name_parts(&self) -> Option<(&str, &str)> {
        self.name.as_deref()?.split_once(' ')
    }

    pub(super) fn initials(&self) -> String {
        self.display_name.split(' ').filter_map(|part| part.chars().next()).collect()
    }

    /// The hue of the portrait, in degrees.
    pub(super) fn hue(&self) -> u32 {
        self.id.bytes().fold(7, |hue, byte| (hue * 31 + u32::from(byte)) % 360)
    }
}

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/people/{id}.svg").get(picture));
}

async fn picture(id: web::Path<String>) -> HttpResponse {
    match Persona::find(&id).filter(|persona| persona.has_picture) {
        Some(persona) => HttpResponse::Ok()
            .content_type("image/svg+xml")
            .insert_header(("cache-control", "public, max-age=3600"))
            .body(page::portrait(&persona)),
        None => HttpResponse::NotFound().finish(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_personas_exist() {
        let persona = Persona::find("user-42").unwrap();
        assert_eq!(persona.email.as_deref(), Some("user-42@example.org"));
        assert_ne!(
            persona.subject(SimulatedProvider::Google),
            Persona::find("user-43").unwrap().subject(SimulatedProvider::Google)
        );
    }

    #[test]
    fn numbered_persona_has_one_spelling() {
        for id in ["user-", "user-007", "user-+7", "user-1234567890123", "nobody"] {
            assert_eq!(Persona::find(id), None, "{id}");
        }
    }

    #[test]
    fn subjects_are_unique_per_provider() {
        for provider in SimulatedProvider::ALL {
            let people = Persona::all().into_iter().chain((0..96).filter_map(|n| Persona::find(&format!("user-{n}"))));
            let subjects: std::collections::HashSet<_> = people.map(|persona| persona.subject(provider)).collect();
            assert_eq!(subjects.len(), 100, "{provider:?}");
        }
    }

    #[test]
    fn subjects_have_the_provider_format() {
        let mira = Persona::find("mira").unwrap();
        let length = |provider| mira.subject(provider).len();
        assert_eq!(
            [length(SimulatedProvider::Apple), length(SimulatedProvider::Bitbucket), length(SimulatedProvider::Workos)],
            [6 + 32 + 4 + 2, 38, 31]
        );
        assert_eq!(
            [
                length(SimulatedProvider::Windowslive),
                length(SimulatedProvider::Entraid),
                length(SimulatedProvider::Discord)
            ],
            [16, 43, 18]
        );
        assert_eq!(mira.subject(SimulatedProvider::Twitter), mira.subject(SimulatedProvider::X));
        assert!(mira.number(SimulatedProvider::Strava) > 1 << 53);
    }
}

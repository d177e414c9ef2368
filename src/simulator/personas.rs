//! The cast: people who can sign in at every simulated provider, each with something missing or unproven, and
//! any number of further ones by name.

use std::borrow::Cow;

use actix_web::{HttpResponse, web};

use super::Simulator;
use super::ids::{SMALL, Seed, ULID};
use super::page;
use super::provider::SimulatedProvider;

type Text = Cow<'static, str>;

/// Somebody who can sign in at the simulated providers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Persona {
    /// What `login=` (or `login_hint=`) says to choose this person without a click.
    pub id: Text,
    /// The name on the consent page.
    pub display_name: Text,
    /// The name that the provider tells, if it tells one.
    pub name: Option<Text>,
    /// The address, if there is one.
    pub email: Option<Text>,
    /// Whether the provider vouches for the address.
    pub email_verified: bool,
    /// Whether the provider has a picture.
    pub has_picture: bool,
    /// A language tag, told by few providers.
    pub locale: Option<&'static str>,
    /// The login name at GitHub, and wherever else there are such names.
    pub github_login: Text,
    google_subject: Text,
    github_id: u64,
}

impl Persona {
    /// The people on the consent page: `mira`, `jonas`, `aiko`, `rosa`.
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

    /// Somebody of the cast, or `user-<number>` (up to twelve digits, no leading zero): a person with a verified
    /// address, made on the spot.
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        Self::all().into_iter().find(|person| person.id == id).or_else(|| Self::numbered(id))
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

    /// The immutable id of the person at a provider, a number written in digits. At Azure AD this is `oid`, at Entra
    /// ID `sub`.
    #[must_use]
    pub fn subject(&self, provider: SimulatedProvider) -> String {
        let seed = self.seed(provider.name());
        match provider {
            SimulatedProvider::Apple => {
                format!("{:06}.{}.{:04}", seed.number(6) % 10_000, seed.hex(32), self.seed("apple-tail").number(4))
            }
            SimulatedProvider::Google => self.google_subject.clone().into_owned(),
            SimulatedProvider::Oidc => format!("person:{}", self.id),
            SimulatedProvider::Linkedin => seed.letters(10, SMALL),
            SimulatedProvider::Spotify => format!("31{}", seed.letters(26, SMALL)),
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

    /// The id at a provider whose ids are numbers.
    pub(super) fn number(&self, provider: SimulatedProvider) -> u64 {
        match provider {
            SimulatedProvider::Github => self.github_id,
            SimulatedProvider::Gitlab => self.seed("gitlab").number(7),
            SimulatedProvider::Twitch => self.seed("twitch").number(9),
            // Longer than they are today: the field has 64 bits, and whoever reads it as a float is found out.
            SimulatedProvider::Strava | SimulatedProvider::Facebook => self.seed(provider.name()).number(17),
            // The same account.
            SimulatedProvider::Twitter | SimulatedProvider::X => self.seed("twitter").number(18),
            _ => self.seed(provider.name()).number(18),
        }
    }

    /// The id in Microsoft's directory, `oid`: the same for every client.
    #[must_use]
    pub fn object_id(&self) -> String {
        self.seed("microsoft").uuid()
    }

    /// The tenant of Microsoft's directory that the person belongs to: Rosa has a personal account, Jonas is in
    /// somebody else's tenant, everybody else is in ours.
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

    /// The address, if the provider would vouch for it.
    pub(super) fn verified_email(&self) -> Option<&str> {
        self.email.as_deref().filter(|_| self.email_verified)
    }

    pub(super) fn picture(&self, simulator: &Simulator) -> Option<String> {
        self.has_picture.then(|| simulator.url(&format!("/people/{}.svg", self.id)))
    }

    /// Given name and family name, as far as a name has two parts.
    pub(super) fn name_parts(&self) -> Option<(&str, &str)> {
        self.name.as_deref()?.split_once(' ')
    }

    pub(super) fn initials(&self) -> String {
        self.display_name.split(' ').filter_map(|part| part.chars().next()).collect()
    }

    /// A hue that stays the same for the same person.
    pub(super) fn hue(&self) -> u32 {
        self.id.bytes().fold(7, |hue, byte| (hue * 31 + u32::from(byte)) % 360)
    }
}

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/people/{id}.svg").get(picture));
}

async fn picture(id: web::Path<String>) -> HttpResponse {
    match Persona::find(&id).filter(|person| person.has_picture) {
        Some(person) => HttpResponse::Ok()
            .content_type("image/svg+xml")
            .insert_header(("cache-control", "public, max-age=3600"))
            .body(page::portrait(&person)),
        None => HttpResponse::NotFound().finish(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_personas_exist() {
        let person = Persona::find("user-42").unwrap();
        assert_eq!(person.email.as_deref(), Some("user-42@example.org"));
        assert_ne!(
            person.subject(SimulatedProvider::Google),
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
            let subjects: std::collections::HashSet<_> = people.map(|person| person.subject(provider)).collect();
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

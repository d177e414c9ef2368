//! The personas that can sign in at every simulated provider: some with unusual profiles, and any number of generated
//! and registered ones.

mod built_in;
mod portrait;
mod registered;

use std::borrow::Cow;

use actix_web::{HttpResponse, web};

use super::Simulator;
use super::ids::{BASE32, Seed, ULID};
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
    pub locale: Option<Text>,
    /// The login name at GitHub and other providers with login names.
    pub github_login: Text,
    /// The id that all user ids are derived from.
    account: Text,
    google_subject: Text,
    github_id: u64,
}

impl Persona {
    /// A persona with a verified email (`<id>@example.org`), a picture and, everywhere, an account of its own.
    #[must_use]
    pub fn new(id: impl Into<Text>, name: impl Into<Text>) -> Self {
        let (id, name) = (id.into(), name.into());
        let seed = |kind| Seed::new(kind, &id);
        Self {
            google_subject: format!("112{}", seed("google").number(18)).into(),
            github_id: seed("github").number(9),
            account: id.clone(),
            display_name: name.clone(),
            name: Some(name),
            email: Some(format!("{id}@example.org").into()),
            email_verified: true,
            has_picture: true,
            locale: Some("en".into()),
            github_login: id.clone(),
            id,
        }
    }

    /// A persona of [`Persona::all`], or `user-<number>` (up to twelve digits, no leading zero): generated, with a
    /// verified email.
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        Self::numbered(id).or_else(|| Self::all().into_iter().find(|persona| persona.id == id))
    }

    fn numbered(id: &str) -> Option<Self> {
        let digits = id.strip_prefix("user-")?;
        let number: u64 = digits.parse().ok()?;
        if digits.len() > 12 || number.to_string() != digits {
            return None;
        }
        Some(Self {
            google_subject: format!("1{number:020}").into(),
            github_id: 1_000_000_000 + number,
            ..Self::new(id.to_owned(), format!("User {number}"))
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
            SimulatedProvider::Oidc => format!("person:{}", self.account),
            SimulatedProvider::Oauth2 => seed.uuid(),
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
        Seed::new(kind, &self.account)
    }

    /// The email, if it is verified.
    pub(super) fn verified_email(&self) -> Option<&str> {
        self.email.as_deref().filter(|_| self.email_verified)
    }

    /// Whether the email is an address at Apple's relay.
    pub(super) fn has_relay_email(&self) -> bool {
        self.email.as_deref().is_some_and(|email| email.ends_with("@privaterelay.appleid.com"))
    }

    pub(super) fn picture(&self, simulator: &Simulator) -> Option<String> {
        self.picture_path().map(|path| simulator.url(&path))
    }

    /// The path of the picture below the simulator's base.
    pub(super) fn picture_path(&self) -> Option<String> {
        self.has_picture.then(|| format!("/people/{}.svg", self.id))
    }

    /// Given and family name, if the name has two parts.
    pub(super) fn name_parts(&self) -> Option<(&str, &str)> {
        self.name.as_deref()?.split_once(' ')
    }

    pub(super) fn initials(&self) -> String {
        self.display_name.split(' ').filter_map(|part| part.chars().next()).collect()
    }
}

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/people/{id}.svg").get(picture));
}

async fn picture(simulator: web::Data<Simulator>, id: web::Path<String>) -> HttpResponse {
    match simulator.persona(&id).filter(|persona| persona.has_picture) {
        Some(persona) => HttpResponse::Ok()
            .content_type("image/svg+xml")
            .insert_header(("cache-control", "public, max-age=3600"))
            .body(portrait::portrait(&persona)),
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
            let people = Persona::all().into_iter().chain((0..89).filter_map(|n| Persona::find(&format!("user-{n}"))));
            let subjects: std::collections::HashSet<_> = people.map(|persona| persona.subject(provider)).collect();
            // Twelve and 89, of whom two share an account.
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

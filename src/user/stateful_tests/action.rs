//! What users and operators do.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;

use crate::domain::email::EmailAddress;
use crate::domain::profile::{EmailClaim, EmailTrust, ExternalProfile};

/// Emails of two users in several spellings, one of a third, and one that cannot be parsed.
const EMAILS: [&str; 6] = ["a@x.org", "A@X.ORG", "b@x.org", "b@X.org", "c@y.org", "a@x.org,b@x.org"];

/// A user of a provider.
#[derive(Clone, Debug)]
pub(super) struct ProviderUser {
    pub(super) provider: &'static str,
    pub(super) subject: &'static str,
    email: Option<&'static str>,
    pub(super) trust: EmailTrust,
}

impl ProviderUser {
    pub(super) fn profile(&self) -> ExternalProfile {
        ExternalProfile {
            provider: self.provider.parse().expect("a name"),
            subject: self.subject.to_owned(),
            email: self.email.map(|email| EmailClaim { email: email.to_owned(), trust: self.trust }),
            name: None,
            picture: None,
            locale: None,
            claims: BTreeMap::new(),
        }
    }

    pub(super) fn canonical(&self) -> Option<String> {
        EmailAddress::parse(self.email?).ok().map(|email| email.canonical().to_owned())
    }
}

/// An action. Users and sessions are chosen by their index among those that exist.
#[derive(Clone, Debug)]
pub(super) enum Action {
    SignIn {
        provider_user: ProviderUser,
        by_code: bool,
    },
    SignUp(ProviderUser),
    /// By the proof that a session had at its beginning.
    Connect(Index, ProviderUser),
    /// Two sign-ins at once.
    Race(ProviderUser, ProviderUser),
    Refresh(Index),
    Exchange(Index),
    /// By the proof that a session had at its beginning.
    Unlink(Index, &'static str),
    SignOut(Index),
    SignOutEverywhere(Index),
    Disable(Index),
    Enable(Index),
}

/// The settings of `[sign_up]`.
pub(super) fn rules() -> impl Strategy<Value = String> {
    let names =
        ["enabled", "create_on_sign_in", "verified_email_required", "link_by_verified_email", "new_users_disabled"];
    // Mostly permissive, so that there are users.
    let weights = [0.9, 0.9, 0.3, 0.8, 0.1].map(proptest::bool::weighted);
    let lists = proptest::bool::weighted(0.2)
        .prop_map(|is_set| if is_set { "allowed_email_domains = ['x.org']\n" } else { "" });
    (weights, lists).prop_map(move |(set, lists)| {
        let switches = names.iter().zip(set).map(|(name, is_set)| format!("{name} = {is_set}\n"));
        switches.chain([lists.to_owned()]).collect()
    })
}

fn provider() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("google"), Just("github"), Just("oidc")]
}

fn provider_user() -> impl Strategy<Value = ProviderUser> {
    let trust =
        prop_oneof![2 => Just(EmailTrust::Verified), 1 => Just(EmailTrust::Unverified), 1 => Just(EmailTrust::Unknown)];
    let (providers, subjects) = (provider(), prop_oneof![Just("1"), Just("2")]);
    (providers, subjects, proptest::option::weighted(0.9, proptest::sample::select(&EMAILS[..])), trust)
        .prop_map(|(provider, subject, email, trust)| ProviderUser { provider, subject, email, trust })
}

pub(super) fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        6 => (provider_user(), any::<bool>()).prop_map(|(provider_user, by_code)| Action::SignIn { provider_user, by_code }),
        2 => provider_user().prop_map(Action::SignUp),
        3 => (any::<Index>(), provider_user()).prop_map(|(which, user)| Action::Connect(which, user)),
        2 => (provider_user(), provider_user()).prop_map(|(one, other)| Action::Race(one, other)),
        3 => any::<Index>().prop_map(Action::Refresh),
        2 => any::<Index>().prop_map(Action::Exchange),
        2 => (any::<Index>(), provider()).prop_map(|(which, provider)| Action::Unlink(which, provider)),
        1 => any::<Index>().prop_map(Action::SignOut),
        1 => any::<Index>().prop_map(Action::SignOutEverywhere),
        2 => any::<Index>().prop_map(Action::Disable),
        2 => any::<Index>().prop_map(Action::Enable),
    ]
}

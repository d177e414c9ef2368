//! Who comes, and what they and the operator do.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;

use crate::domain::email::EmailAddress;
use crate::domain::profile::{EmailClaim, EmailTrust, ExternalProfile};

/// Addresses of two users, one of them in several spellings, and one that nobody can read.
const ADDRESSES: [&str; 5] = ["a@x.org", "A@X.ORG", "b@x.org", "b@X.org", "a@x.org,b@x.org"];

/// Somebody at a provider.
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
        EmailAddress::parse(self.email?).ok().map(|address| address.canonical().to_owned())
    }
}

/// What any_user does. People and sessions are named by their place among those that there are.
#[derive(Clone, Debug)]
pub(super) enum Action {
    SignIn {
        provider_user: ProviderUser,
        by_code: bool,
    },
    SignUp(ProviderUser),
    Connect(Index, ProviderUser),
    /// Two at once: who is first is open.
    Race(ProviderUser, ProviderUser),
    Refresh(Index),
    Exchange(Index),
    /// Somebody unlinks a provider, by the session that they began last.
    Unlink(Index, &'static str),
    SignOut(Index),
    SignOutEverywhere(Index),
    Disable(Index),
    Enable(Index),
}

/// The operator's rules, as text.
pub(super) fn rules() -> impl Strategy<Value = String> {
    let names =
        ["enabled", "create_on_sign_in", "verified_email_required", "link_by_verified_email", "new_users_disabled"];
    // Mostly open, so that there are users.
    let wanted = [0.9, 0.9, 0.3, 0.8, 0.1].map(proptest::bool::weighted);
    wanted.prop_map(move |set| names.iter().zip(set).map(|(name, is_set)| format!("{name} = {is_set}\n")).collect())
}

fn provider() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("google"), Just("github"), Just("oidc")]
}

fn provider_user() -> impl Strategy<Value = ProviderUser> {
    let trust =
        prop_oneof![2 => Just(EmailTrust::Verified), 1 => Just(EmailTrust::Unverified), 1 => Just(EmailTrust::Unknown)];
    let (providers, subjects) = (provider(), prop_oneof![Just("1"), Just("2")]);
    (providers, subjects, proptest::option::weighted(0.9, proptest::sample::select(&ADDRESSES[..])), trust)
        .prop_map(|(provider, subject, email, trust)| ProviderUser { provider, subject, email, trust })
}

pub(super) fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        6 => (provider_user(), any::<bool>()).prop_map(|(provider_user, by_code)| Action::SignIn { provider_user, by_code }),
        2 => provider_user().prop_map(Action::SignUp),
        3 => (any::<Index>(), provider_user()).prop_map(|(who, provider_user)| Action::Connect(who, provider_user)),
        2 => (provider_user(), provider_user()).prop_map(|(one, other)| Action::Race(one, other)),
        3 => any::<Index>().prop_map(Action::Refresh),
        2 => any::<Index>().prop_map(Action::Exchange),
        2 => (any::<Index>(), provider()).prop_map(|(who, provider)| Action::Unlink(who, provider)),
        1 => any::<Index>().prop_map(Action::SignOut),
        1 => any::<Index>().prop_map(Action::SignOutEverywhere),
        2 => any::<Index>().prop_map(Action::Disable),
        2 => any::<Index>().prop_map(Action::Enable),
    ]
}

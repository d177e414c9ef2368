//! Providers, people and failures as JSON.

use serde_json::{Value, json};

use crate::Simulator;
use crate::call_counts::Endpoint;
use crate::failure::{CATALOGUE, Form};
use crate::personas::Persona;
use crate::provider::SimulatedProvider;
use crate::traits::ClientAuthentication;

pub(super) fn providers(simulator: &Simulator) -> Value {
    SimulatedProvider::ALL.into_iter().map(|provider| self::provider(simulator, provider)).collect()
}

pub(super) fn provider(simulator: &Simulator, provider: SimulatedProvider) -> Value {
    let at = simulator.endpoints(provider);
    let is_one = |text: &String| !text.is_empty();
    let client_authentication = match provider.traits().client {
        _ if provider == SimulatedProvider::Twitter => json!(["oauth1"]),
        ClientAuthentication::Body => json!(["client_secret_post"]),
        ClientAuthentication::Basic => json!(["client_secret_basic"]),
        ClientAuthentication::Either => json!(["client_secret_post", "client_secret_basic"]),
        ClientAuthentication::Signed => json!(["client_secret_post, with a signed secret"]),
    };
    let failure = simulator
        .0
        .faults
        .active(provider)
        .map(|(failure, times)| json!({ "name": failure.name(), "endpoint": failure.endpoint(), "times": times }));
    json!({
        "name": provider.name(),
        "label": provider.label(),
        "protocol": provider.protocol(),
        "base": at.base,
        "issuer": at.issuer,
        "discovery": at.discovery,
        "authorization_endpoint": at.authorize,
        "token_endpoint": at.token,
        "userinfo_endpoint": Some(at.userinfo).filter(is_one),
        "openid_userinfo_endpoint": at.openid_userinfo,
        "emails_endpoint": at.emails,
        "jwks_uri": at.jwks,
        "revocation_endpoint": at.revoke,
        "request_token_endpoint": at.request_token,
        "client_authentication": client_authentication,
        "failure": failure,
        "tokens": simulator.token_rules(provider),
    })
}

pub(super) fn people(simulator: &Simulator) -> Value {
    simulator.people().iter().map(person).collect()
}

pub(super) fn person(persona: &Persona) -> Value {
    let subjects =
        SimulatedProvider::ALL.map(|provider| (provider.name().to_owned(), json!(persona.subject(provider))));
    json!({
        "id": persona.id,
        "name": persona.name,
        "email": persona.email,
        "email_verified": persona.email_verified,
        "picture": persona.has_picture,
        "locale": persona.locale,
        "login": persona.github_login,
        "description": persona.description(),
        "subjects": Value::Object(subjects.into_iter().collect()),
    })
}

pub(super) fn failures() -> Value {
    let failure = |(name, form, description): &(&str, Form, &str)| {
        let endpoints = matches!(form, Form::At(_)).then_some(Endpoint::ALL);
        json!({ "name": name, "endpoints": endpoints, "description": description })
    };
    CATALOGUE.iter().map(failure).collect()
}

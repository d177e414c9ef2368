//! What the providers that sign claim of a person, in the identity token and at the userinfo endpoint.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::IdTokenRequest;
use crate::simulator::personas::Persona;
use crate::simulator::provider::SimulatedProvider;
use crate::simulator::{CONSUMER_TENANT, Simulator, TENANT_DOMAIN};

/// Claims: what a person does not have is missing.
#[derive(Default)]
pub(in crate::simulator) struct Claims(Map<String, Value>);

impl Claims {
    pub(in crate::simulator) fn put(&mut self, key: &str, value: Option<impl Serialize>) {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), json!(value));
        }
    }

    pub(in crate::simulator) fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    fn put_names(&mut self, person: &Persona) {
        self.put("name", person.name.as_deref());
        self.put("given_name", person.name_parts().map(|(given, _)| given));
        self.put("family_name", person.name_parts().map(|(_, family)| family));
    }

    fn put_email(&mut self, person: &Persona) {
        self.put("email", person.email.as_deref());
        self.put("email_verified", person.email.as_ref().map(|_| person.email_verified));
    }
}

/// The claims of the identity token, but for those about the token itself.
pub(super) fn id_token_claims(
    simulator: &Simulator,
    provider: SimulatedProvider,
    person: &Persona,
    asked: &IdTokenRequest<'_>,
) -> Claims {
    let has = |wanted: &str| provider.has_scope(asked.scope, wanted);
    let mut claims = Claims::default();
    match provider {
        // OpenID Connect Core, section 5.4: in the code flow the rest is for the userinfo endpoint.
        SimulatedProvider::Oidc => {}
        SimulatedProvider::Apple => {
            if has("email") {
                claims.put("email", person.email.as_deref());
                claims.put("email_verified", person.email.as_ref().map(|_| apple_flag(person)));
            }
            claims.put("auth_time", Some(simulator.now()));
            claims.put("nonce_supported", Some(true));
        }
        SimulatedProvider::Linkedin => {
            linkedin(simulator, person, asked.scope, &mut claims);
            // Here both are text.
            claims.put("email_verified", claims.0.get("email_verified").map(ToString::to_string));
            claims.put("locale", claims.0.contains_key("locale").then_some("en_US"));
        }
        SimulatedProvider::Entraid => {
            if has("profile") {
                claims.put("name", person.name.as_deref());
                claims.put("preferred_username", Some(account(person)));
            }
            if has("email") {
                claims.put("email", person.email.as_deref());
                let is_work = person.tenant() != CONSUMER_TENANT && person.email.is_some();
                claims.put("xms_edov", is_work.then_some(person.email_verified));
            }
            claims.put("oid", Some(person.object_id()));
            claims.put("tid", Some(person.tenant()));
            claims.put("nbf", Some(simulator.now()));
            claims.put("ver", Some("2.0"));
        }
        SimulatedProvider::Azuread => {
            claims = userinfo_claims(simulator, provider, person, asked.scope);
            claims.put("ver", Some("1.0"));
        }
        SimulatedProvider::Twitch => {
            // Nothing is told here that the question did not name one by one.
            let named: Value = asked.claims.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
            let shown = userinfo_claims(simulator, provider, person, asked.scope);
            claims.0 = shown.0.into_iter().filter(|(key, _)| named["id_token"].get(key).is_some()).collect();
        }
        _ => claims = userinfo_claims(simulator, provider, person, asked.scope),
    }
    claims.put("sub", Some(subject(provider, person)));
    claims
}

/// The claims of the userinfo endpoint.
pub(in crate::simulator) fn userinfo_claims(
    simulator: &Simulator,
    provider: SimulatedProvider,
    person: &Persona,
    scope: &str,
) -> Claims {
    let has = |wanted: &str| provider.has_scope(scope, wanted);
    let picture = person.picture(simulator);
    let mut claims = Claims::default();
    claims.put("sub", Some(subject(provider, person)));
    match provider {
        SimulatedProvider::Google => {
            if has("email") || has("https://www.googleapis.com/auth/userinfo.email") {
                claims.put_email(person);
            }
            if has("profile") || has("https://www.googleapis.com/auth/userinfo.profile") {
                claims.put_names(person);
                claims.put("picture", picture);
            }
        }
        SimulatedProvider::Linkedin => linkedin(simulator, person, scope, &mut claims),
        SimulatedProvider::Entraid => {
            if has("profile") {
                claims.put_names(person);
                // Everybody's, although it shows nothing without a token.
                claims.put("picture", Some(simulator.url("/entraid/v1.0/me/photo/$value")));
            }
            if has("email") {
                claims.put("email", person.email.as_deref());
            }
        }
        SimulatedProvider::Azuread => {
            // Whatever was asked for.
            claims.put_names(person);
            claims.put("oid", Some(person.object_id()));
            claims.put("tid", Some(person.tenant()));
            claims.put("upn", Some(account(person)));
            claims.put("unique_name", Some(account(person)));
            claims.put("email", person.email.as_deref());
        }
        SimulatedProvider::Twitch => {
            if has("user:read:email") {
                claims.put_email(person);
            }
            claims.put("preferred_username", Some(&person.github_login));
            claims.put("picture", picture);
        }
        SimulatedProvider::Discord => {
            if has("email") {
                claims.put_email(person);
            }
            claims.put("preferred_username", Some(&person.github_login));
            claims.put("nickname", person.name.as_deref());
            claims.put("picture", picture);
            claims.put("locale", person.locale);
        }
        SimulatedProvider::Gitlab => {
            if has("email") {
                claims.put_email(person);
            }
            claims.put("name", person.name.as_deref());
            claims.put("nickname", Some(&person.github_login));
            claims.put("picture", picture);
        }
        // The plain provider writes `null` where there is nothing: it may be either.
        _ => {
            if has("email") {
                claims.put("email", Some(&person.email));
                claims.put("email_verified", Some(person.email.as_ref().map(|_| person.email_verified)));
            }
            if has("profile") {
                claims.put("name", Some(&person.name));
                claims.put("given_name", Some(person.name_parts().map(|(given, _)| given)));
                claims.put("family_name", Some(person.name_parts().map(|(_, family)| family)));
                claims.put("picture", Some(picture));
                claims.put("locale", Some(person.locale));
            }
        }
    }
    claims
}

fn linkedin(simulator: &Simulator, person: &Persona, scope: &str, claims: &mut Claims) {
    if SimulatedProvider::Linkedin.has_scope(scope, "email") {
        claims.put_email(person);
    }
    if SimulatedProvider::Linkedin.has_scope(scope, "profile") {
        claims.put_names(person);
        claims.put("picture", person.picture(simulator));
        claims.put("locale", Some(json!({ "country": "US", "language": "en" })));
    }
}

/// Apple writes the flag both ways: as text of Mira, as a boolean of everybody else.
fn apple_flag(person: &Persona) -> Value {
    if person.id == "mira" { json!(person.email_verified.to_string()) } else { json!(person.email_verified) }
}

/// `sub`. Azure AD's is pairwise like Entra ID's, and is not the id that counts there.
fn subject(provider: SimulatedProvider, person: &Persona) -> String {
    if provider == SimulatedProvider::Azuread {
        person.seed("azuread-sub").pairwise()
    } else {
        person.subject(provider)
    }
}

/// A name to sign in with that looks like an address and proves none.
fn account(person: &Persona) -> String {
    format!("{}@{TENANT_DOMAIN}", person.github_login)
}

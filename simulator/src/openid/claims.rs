//! Claims in id_tokens and userinfo responses.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::IdTokenRequest;
use crate::personas::Persona;
use crate::provider::SimulatedProvider;
use crate::{CONSUMER_TENANT, Simulator, TENANT_DOMAIN};

/// A claims object; absent values are left out.
#[derive(Default)]
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    pub(super) fn put(&mut self, key: &str, value: Option<impl Serialize>) {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), json!(value));
        }
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }

    pub(super) fn write_booleans_as_text(&mut self) {
        for value in self.0.values_mut().filter(|value| value.is_boolean()) {
            *value = json!(value.to_string());
        }
    }

    pub(super) fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    fn put_names(&mut self, persona: &Persona) {
        self.put("name", persona.name.as_deref());
        self.put("given_name", persona.name_parts().map(|(given, _)| given));
        self.put("family_name", persona.name_parts().map(|(_, family)| family));
    }

    fn put_email(&mut self, persona: &Persona) {
        self.put("email", persona.email.as_deref());
        self.put("email_verified", persona.email.as_ref().map(|_| persona.email_verified));
    }
}

/// The user claims of an `id_token`.
pub(super) fn id_token_claims(
    simulator: &Simulator,
    provider: SimulatedProvider,
    persona: &Persona,
    asked: &IdTokenRequest<'_>,
) -> Claims {
    let has = |wanted: &str| provider.has_scope(asked.scope, wanted);
    let mut claims = Claims::default();
    match provider {
        // OpenID Connect Core, section 5.4: in the code flow the rest is left to the userinfo endpoint.
        SimulatedProvider::Oidc => {}
        SimulatedProvider::Apple => {
            if has("email") {
                claims.put("email", persona.email.as_deref());
                claims.put("email_verified", persona.email.as_ref().map(|_| apple_flag(persona)));
                claims.put("is_private_email", persona.has_relay_email().then_some(true));
            }
            claims.put("auth_time", Some(simulator.now()));
            claims.put("nonce_supported", Some(true));
        }
        SimulatedProvider::Linkedin => {
            linkedin(simulator, persona, asked.scope, &mut claims);
            // In the id_token both are text.
            claims.put("email_verified", claims.0.get("email_verified").map(ToString::to_string));
            claims.put("locale", claims.0.contains_key("locale").then_some("en_US"));
        }
        SimulatedProvider::Entraid => {
            if has("profile") {
                claims.put("name", persona.name.as_deref());
                claims.put("preferred_username", Some(user_principal_name(persona)));
            }
            if has("email") {
                claims.put("email", persona.email.as_deref());
                let is_work = persona.tenant() != CONSUMER_TENANT && persona.email.is_some();
                claims.put("xms_edov", is_work.then_some(persona.email_verified));
            }
            claims.put("oid", Some(persona.object_id()));
            claims.put("tid", Some(persona.tenant()));
            claims.put("nbf", Some(simulator.now()));
            claims.put("ver", Some("2.0"));
        }
        SimulatedProvider::Azuread => {
            claims = userinfo_claims(simulator, provider, persona, asked.scope);
            claims.put("ver", Some("1.0"));
        }
        SimulatedProvider::Twitch => {
            // Only claims that the request names.
            let requested: Value = asked.claims.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
            let all = userinfo_claims(simulator, provider, persona, asked.scope);
            claims.0 = all.0.into_iter().filter(|(key, _)| requested["id_token"].get(key).is_some()).collect();
        }
        _ => claims = userinfo_claims(simulator, provider, persona, asked.scope),
    }
    claims.put("sub", Some(subject(provider, persona)));
    claims
}

/// The claims of the userinfo endpoint.
pub(super) fn userinfo_claims(
    simulator: &Simulator,
    provider: SimulatedProvider,
    persona: &Persona,
    scope: &str,
) -> Claims {
    let has = |wanted: &str| provider.has_scope(scope, wanted);
    let picture = persona.picture(simulator);
    let mut claims = Claims::default();
    claims.put("sub", Some(subject(provider, persona)));
    match provider {
        SimulatedProvider::Google => {
            if has("email") || has("https://www.googleapis.com/auth/userinfo.email") {
                claims.put_email(persona);
            }
            if has("profile") || has("https://www.googleapis.com/auth/userinfo.profile") {
                claims.put_names(persona);
                claims.put("picture", picture);
            }
        }
        SimulatedProvider::Linkedin => linkedin(simulator, persona, scope, &mut claims),
        SimulatedProvider::Entraid => {
            if has("profile") {
                claims.put_names(persona);
                // The same for all users; it needs a token.
                claims.put("picture", Some(simulator.url("/entraid/v1.0/me/photo/$value")));
            }
            if has("email") {
                claims.put("email", persona.email.as_deref());
            }
        }
        SimulatedProvider::Azuread => {
            // Regardless of the scope.
            claims.put_names(persona);
            claims.put("oid", Some(persona.object_id()));
            claims.put("tid", Some(persona.tenant()));
            claims.put("upn", Some(user_principal_name(persona)));
            claims.put("unique_name", Some(user_principal_name(persona)));
            claims.put("email", persona.email.as_deref());
        }
        SimulatedProvider::Twitch => {
            if has("user:read:email") {
                claims.put_email(persona);
            }
            claims.put("preferred_username", Some(&persona.github_login));
            claims.put("picture", picture);
        }
        SimulatedProvider::Discord => {
            if has("email") {
                claims.put_email(persona);
            }
            claims.put("preferred_username", Some(&persona.github_login));
            claims.put("nickname", persona.name.as_deref());
            claims.put("picture", picture);
            claims.put("locale", persona.locale.as_deref());
        }
        SimulatedProvider::Gitlab => {
            if has("email") {
                claims.put_email(persona);
            }
            claims.put("name", persona.name.as_deref());
            claims.put("nickname", Some(&persona.github_login));
            claims.put("picture", picture);
        }
        // `null` instead of leaving a value out: clients must accept both.
        _ => {
            if has("email") {
                claims.put("email", Some(&persona.email));
                claims.put("email_verified", Some(persona.email.as_ref().map(|_| persona.email_verified)));
            }
            if has("profile") {
                claims.put("name", Some(&persona.name));
                claims.put("given_name", Some(persona.name_parts().map(|(given, _)| given)));
                claims.put("family_name", Some(persona.name_parts().map(|(_, family)| family)));
                claims.put("picture", Some(picture));
                claims.put("locale", Some(&persona.locale));
            }
        }
    }
    claims
}

fn linkedin(simulator: &Simulator, persona: &Persona, scope: &str, claims: &mut Claims) {
    if SimulatedProvider::Linkedin.has_scope(scope, "email") {
        claims.put_email(persona);
    }
    if SimulatedProvider::Linkedin.has_scope(scope, "profile") {
        claims.put_names(persona);
        claims.put("picture", persona.picture(simulator));
        claims.put("locale", Some(json!({ "country": "US", "language": "en" })));
    }
}

/// Apple sends `email_verified` as text or as a boolean: text for Mira, a boolean for all others.
fn apple_flag(persona: &Persona) -> Value {
    if persona.id == "mira" { json!(persona.email_verified.to_string()) } else { json!(persona.email_verified) }
}

/// `sub`. At Azure AD it is pairwise, and not the user id (`oid`).
fn subject(provider: SimulatedProvider, persona: &Persona) -> String {
    if provider == SimulatedProvider::Azuread {
        persona.seed("azuread-sub").pairwise()
    } else {
        persona.subject(provider)
    }
}

/// The user principal name: looks like an email and proves none.
fn user_principal_name(persona: &Persona) -> String {
    format!("{}@{TENANT_DOMAIN}", persona.github_login)
}

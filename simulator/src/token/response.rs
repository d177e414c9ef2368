//! Token responses in the format of each provider.

use serde_json::{Value, json};

use crate::Simulator;
use crate::failure::Failure;
use crate::openid::{self, IdTokenRequest};
use crate::personas::Persona;
use crate::profile;
use crate::provider::SimulatedProvider;
use crate::signed_token::{self, Access, Refresh};
use crate::token_error::TokenError;
use crate::traits::{IdTokenPolicy, ScopeFormat};

const DAY: i64 = 24 * 3600;

/// What a token response is made from.
pub(super) struct Grant {
    pub(super) id: String,
    pub(super) client: String,
    pub(super) persona: Persona,
    pub(super) scope: String,
    pub(super) nonce: Option<String>,
    pub(super) claims: Option<String>,
    pub(super) auth_time: Option<i64>,
    /// Whether it was granted for a code.
    pub(super) is_first: bool,
}

/// The refresh token of a response.
pub(super) enum NextRefreshToken {
    None,
    New,
    /// The presented one, with its remaining lifetime.
    Unchanged {
        text: String,
        seconds: i64,
    },
}

pub(super) fn tokens(
    simulator: &Simulator,
    provider: SimulatedProvider,
    grant: Grant,
    successor: NextRefreshToken,
) -> Result<Value, TokenError> {
    let now = simulator.now();
    let traits = provider.traits();
    let lifetime = simulator.access_token_seconds(provider);
    let access = Access {
        id: simulator.fresh_id(),
        grant: grant.id.clone(),
        client: grant.client.clone(),
        persona: grant.persona.id.clone().into_owned(),
        scope: grant.scope.clone(),
        expires_at: lifetime.map(|seconds| now + seconds),
    };
    let access_token = signed_token::encode(provider, &access).ok_or(TokenError::Internal)?;
    let mut answer = json!({ "access_token": access_token, "token_type": traits.token_type });
    if let Some(seconds) = lifetime {
        answer["expires_in"] = json!(seconds);
    }
    if let Some((key, scope)) = granted(provider, &grant.scope) {
        answer[key] = scope;
    }
    add_provider_members(simulator, provider, &grant, &mut answer);
    misstate_expiry(simulator, provider, &mut answer);
    let is_asked = traits.id_token == IdTokenPolicy::WithOpenidScope && provider.has_scope(&grant.scope, "openid");
    let is_due = is_asked || traits.id_token == IdTokenPolicy::Always;
    if is_due && !simulator.0.faults.strikes(provider, Failure::NoIdToken) {
        let asked = IdTokenRequest {
            client: &grant.client,
            scope: &grant.scope,
            nonce: grant.nonce,
            claims: grant.claims.as_deref(),
            auth_time: grant.auth_time,
            access_token: Some(&access_token),
        };
        let id_token = openid::id_token(simulator, provider, &grant.persona, asked);
        answer["id_token"] = json!(id_token.ok_or(TokenError::Internal)?);
    }
    let (text, seconds) = match successor {
        NextRefreshToken::None => return Ok(answer),
        NextRefreshToken::Unchanged { text, seconds } => (text, seconds),
        NextRefreshToken::New => {
            let seconds = if provider == SimulatedProvider::Linkedin { 365 * DAY } else { 30 * DAY };
            let refresh = Refresh {
                id: access.id,
                grant: grant.id,
                client: grant.client,
                persona: access.persona,
                scope: grant.scope,
                expires_at: now + seconds,
            };
            (signed_token::encode(provider, &refresh).ok_or(TokenError::Internal)?, seconds)
        }
    };
    answer["refresh_token"] = json!(text);
    if provider == SimulatedProvider::Linkedin {
        answer["refresh_token_expires_in"] = json!(seconds);
    }
    Ok(answer)
}

/// Adds members that only this provider sends.
fn add_provider_members(simulator: &Simulator, provider: SimulatedProvider, grant: &Grant, answer: &mut Value) {
    let now = simulator.now();
    let expires = now + simulator.access_token_seconds(provider).unwrap_or_default();
    match provider {
        SimulatedProvider::Gitlab => answer["created_at"] = json!(now),
        SimulatedProvider::Workos => answer["profile"] = profile::workos(&grant.persona),
        SimulatedProvider::Strava => {
            answer["expires_at"] = json!(expires);
            if grant.is_first {
                answer["athlete"] = profile::athlete(simulator, &grant.persona, false);
            }
        }
        SimulatedProvider::Entraid => answer["ext_expires_in"] = answer["expires_in"].clone(),
        SimulatedProvider::Azuread => {
            // The version 1 endpoints send numbers as text.
            let seconds = (expires - now).to_string();
            answer["expires_in"] = json!(seconds);
            answer["ext_expires_in"] = json!(seconds);
            answer["expires_on"] = json!(expires.to_string());
            answer["not_before"] = json!((now - 300).to_string());
            answer["resource"] = json!("00000002-0000-0000-c000-000000000000");
        }
        _ => {}
    }
}

/// Applies the failures of `expires_in`.
fn misstate_expiry(simulator: &Simulator, provider: SimulatedProvider, answer: &mut Value) {
    let Some(members) = answer.as_object_mut().filter(|members| members.contains_key("expires_in")) else {
        return;
    };
    if simulator.0.faults.strikes(provider, Failure::NoExpiresIn) {
        members.retain(|key, _| !matches!(key.as_str(), "expires_in" | "ext_expires_in" | "expires_at" | "expires_on"));
    } else if simulator.0.faults.strikes(provider, Failure::ExpiresInText) {
        members.entry("expires_in").and_modify(|seconds| {
            if let Some(number) = seconds.as_i64() {
                *seconds = json!(number.to_string());
            }
        });
    }
}

/// The granted scopes in the provider's format, with their key.
fn granted(provider: SimulatedProvider, scope: &str) -> Option<(&'static str, Value)> {
    // The version 1 endpoints ignore the requested scope.
    let scope = if provider == SimulatedProvider::Azuread { "User.Read" } else { scope };
    let words: Vec<&str> = provider.scopes(scope).collect();
    let long = |word: &&str| match *word {
        "email" => "https://www.googleapis.com/auth/userinfo.email".to_owned(),
        "profile" => "https://www.googleapis.com/auth/userinfo.profile".to_owned(),
        other => other.to_owned(),
    };
    match provider.traits().granted {
        ScopeFormat::Omitted => None,
        ScopeFormat::Spaces => Some(("scope", json!(words.join(" ")))),
        ScopeFormat::Commas => Some(("scope", json!(words.join(",")))),
        ScopeFormat::Google => Some(("scope", json!(words.iter().map(long).collect::<Vec<_>>().join(" ")))),
        ScopeFormat::List => Some(("scope", json!(words))),
        ScopeFormat::Scopes => Some(("scopes", json!(words.join(" ")))),
    }
}

//! Grants: a code, a refresh token or (at Facebook) an access token is exchanged for tokens.

use serde_json::Value;

use super::response::{self, Grant, NextRefreshToken};
use crate::bearer::is_valid;
use crate::failure::Failure;
use crate::form::Form;
use crate::personas::Persona;
use crate::pkce::Challenge;
use crate::provider::SimulatedProvider;
use crate::revoke::revoke_grant;
use crate::signed_token::{self, Access, Code, Refresh};
use crate::token_error::TokenError;
use crate::traits::Rotation;
use crate::{Client, Simulator};

pub(super) fn by_code(
    simulator: &Simulator,
    provider: SimulatedProvider,
    client: &Client,
    form: &Form,
) -> Result<Value, TokenError> {
    if simulator.0.faults.strikes(provider, Failure::RedirectUriMismatch) {
        return Err(TokenError::RedirectUri);
    }
    let code: Code = form.get("code").and_then(|text| signed_token::decode(provider, text)).ok_or(TokenError::Code)?;
    let now = simulator.now();
    let is_used = !simulator.0.used.insert(&code.grant, code.expires_at, now);
    if is_used {
        simulator.count(provider, |calls| &mut calls.reused_codes);
    }
    let is_bad = now >= code.expires_at || is_used || code.client != client.id;
    if is_bad || simulator.0.faults.strikes(provider, Failure::BadCode) {
        return Err(TokenError::Code);
    }
    match form.get("redirect_uri") {
        Some(uri) if uri == code.redirect_uri => {}
        // WorkOS's own client omits it.
        None if provider == SimulatedProvider::Workos => {}
        _ => return Err(TokenError::RedirectUri),
    }
    let verifier = form.get("code_verifier");
    if provider == SimulatedProvider::X && verifier.is_none() {
        return Err(TokenError::Request("Missing required parameter [code_verifier]."));
    }
    if !Challenge::matches(code.challenge.as_ref(), verifier) {
        return Err(TokenError::Verifier);
    }
    let persona = simulator.persona(&code.persona).ok_or(TokenError::Code)?;
    let is_narrowed = simulator.0.faults.strikes(provider, Failure::NarrowedScope);
    let grant = Grant {
        id: code.grant,
        client: code.client,
        persona,
        scope: if is_narrowed { without_last(provider, &code.scope) } else { code.scope },
        nonce: code.nonce,
        claims: code.claims,
        auth_time: code.auth_time,
        is_first: true,
    };
    simulator.record_grant(provider, &grant.id, &grant.persona.id, |_| {});
    let successor = if code.offline { NextRefreshToken::New } else { NextRefreshToken::None };
    response::tokens(simulator, provider, grant, successor)
}

pub(super) fn by_refresh_token(
    simulator: &Simulator,
    provider: SimulatedProvider,
    client: &Client,
    form: &Form,
) -> Result<Value, TokenError> {
    let text = form.get("refresh_token").unwrap_or_default();
    let token: Refresh = signed_token::decode(provider, text).ok_or(TokenError::RefreshToken)?;
    let now = simulator.now();
    let faults = &simulator.0.faults;
    let is_revoked = simulator.0.revoked_grants.contains(&token.grant) || faults.has(provider, Failure::Revoked);
    let is_invalid = now >= token.expires_at || is_revoked || token.client != client.id;
    if is_invalid || faults.strikes(provider, Failure::RefreshRefused) {
        return Err(TokenError::RefreshToken);
    }
    let detects_reuse = simulator.revokes_on_reuse(provider);
    let rotation = if detects_reuse { Rotation::Rotate } else { provider.traits().rotation };
    let successor = match rotation {
        Rotation::Keep => NextRefreshToken::None,
        Rotation::KeepAndReturn => {
            NextRefreshToken::Unchanged { text: text.to_owned(), seconds: token.expires_at - now }
        }
        Rotation::Add => NextRefreshToken::New,
        Rotation::Rotate | Rotation::RotateAll => {
            if !simulator.0.used.insert(&token.id, token.expires_at, now) {
                simulator.count(provider, |calls| &mut calls.reused_refresh_tokens);
                simulator.record_grant(provider, &token.grant, &token.persona, |record| record.reused += 1);
                if detects_reuse {
                    revoke_grant(simulator, &token.grant);
                }
                return Err(TokenError::RefreshToken);
            }
            NextRefreshToken::New
        }
    };
    let persona = simulator.persona(&token.persona).ok_or(TokenError::RefreshToken)?;
    let successor =
        if faults.strikes(provider, Failure::NoNewRefreshToken) { NextRefreshToken::None } else { successor };
    simulator.record_grant(provider, &token.grant, &token.persona, |record| record.refreshes += 1);
    let is_narrowed = faults.strikes(provider, Failure::NarrowedScope);
    let scope = if is_narrowed { without_last(provider, &token.scope) } else { token.scope };
    response::tokens(simulator, provider, renewed(token.grant, token.client, persona, scope), successor)
}

/// Facebook has no refresh tokens; it exchanges a valid access token for a new one.
pub(super) fn by_access_token(
    simulator: &Simulator,
    provider: SimulatedProvider,
    client: &Client,
    form: &Form,
) -> Result<Value, TokenError> {
    let access: Access = form
        .get("fb_exchange_token")
        .and_then(|text| signed_token::decode(provider, text))
        .ok_or(TokenError::RefreshToken)?;
    let is_valid = is_valid(simulator, provider, &access) && access.client == client.id;
    if !is_valid || simulator.0.faults.strikes(provider, Failure::RefreshRefused) {
        return Err(TokenError::RefreshToken);
    }
    let persona = simulator.persona(&access.persona).ok_or(TokenError::RefreshToken)?;
    let grant = renewed(access.grant, access.client, persona, access.scope);
    response::tokens(simulator, provider, grant, NextRefreshToken::None)
}

fn renewed(id: String, client: String, persona: Persona, scope: String) -> Grant {
    Grant { id, client, persona, scope, nonce: None, claims: None, auth_time: None, is_first: false }
}

/// The scope without its last word, unless that is the only one.
fn without_last(provider: SimulatedProvider, scope: &str) -> String {
    let words: Vec<&str> = provider.scopes(scope).collect();
    match words.split_last() {
        Some((_, rest)) if !rest.is_empty() => rest.join(&provider.traits().scope_separators[0].to_string()),
        _ => scope.to_owned(),
    }
}

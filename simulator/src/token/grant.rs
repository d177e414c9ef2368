//! Grants: a code, a refresh token or (at Facebook) an access token is exchanged for tokens.

use serde_json::Value;

use super::response::{self, Grant, NextRefreshToken};
use crate::Simulator;
use crate::bearer::is_valid;
use crate::failure::Failure;
use crate::form::Form;
use crate::personas::Persona;
use crate::pkce::Challenge;
use crate::provider::SimulatedProvider;
use crate::signed_token::{self, Access, Code, Refresh};
use crate::token_error::TokenError;
use crate::traits::Rotation;

pub(super) fn by_code(simulator: &Simulator, provider: SimulatedProvider, form: &Form) -> Result<Value, TokenError> {
    if simulator.0.faults.has(provider, Failure::RedirectUriMismatch) {
        return Err(TokenError::RedirectUri);
    }
    let code: Code = form.get("code").and_then(|text| signed_token::decode(provider, text)).ok_or(TokenError::Code)?;
    let now = simulator.now();
    let is_used = !simulator.0.used.insert(&code.grant, code.expires_at, now);
    if now >= code.expires_at || is_used || simulator.0.faults.has(provider, Failure::BadCode) {
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
    let persona = Persona::find(&code.persona).ok_or(TokenError::Code)?;
    let grant =
        Grant { id: code.grant, persona, scope: code.scope, nonce: code.nonce, claims: code.claims, is_first: true };
    let successor = if code.offline { NextRefreshToken::New } else { NextRefreshToken::None };
    response::tokens(simulator, provider, grant, successor)
}

pub(super) fn by_refresh_token(
    simulator: &Simulator,
    provider: SimulatedProvider,
    form: &Form,
) -> Result<Value, TokenError> {
    let text = form.get("refresh_token").unwrap_or_default();
    let token: Refresh = signed_token::decode(provider, text).ok_or(TokenError::RefreshToken)?;
    let now = simulator.now();
    let is_invalid = now >= token.expires_at || simulator.0.revoked_grants.contains(&token.grant);
    if is_invalid || simulator.0.faults.has(provider, Failure::RefreshRefused) {
        return Err(TokenError::RefreshToken);
    }
    let successor = match provider.traits().rotation {
        Rotation::Keep => NextRefreshToken::None,
        Rotation::KeepAndReturn => {
            NextRefreshToken::Unchanged { text: text.to_owned(), seconds: token.expires_at - now }
        }
        Rotation::Add => NextRefreshToken::New,
        Rotation::Rotate | Rotation::RotateAll => {
            if !simulator.0.used.insert(&token.id, token.expires_at, now) {
                return Err(TokenError::RefreshToken);
            }
            NextRefreshToken::New
        }
    };
    let persona = Persona::find(&token.persona).ok_or(TokenError::RefreshToken)?;
    let grant = Grant { id: token.grant, persona, scope: token.scope, nonce: None, claims: None, is_first: false };
    response::tokens(simulator, provider, grant, successor)
}

/// Facebook has no refresh tokens; it exchanges a valid access token for a new one.
pub(super) fn by_access_token(
    simulator: &Simulator,
    provider: SimulatedProvider,
    form: &Form,
) -> Result<Value, TokenError> {
    let access: Access = form
        .get("fb_exchange_token")
        .and_then(|text| signed_token::decode(provider, text))
        .ok_or(TokenError::RefreshToken)?;
    if !is_valid(simulator, provider, &access) || simulator.0.faults.has(provider, Failure::RefreshRefused) {
        return Err(TokenError::RefreshToken);
    }
    let persona = Persona::find(&access.persona).ok_or(TokenError::RefreshToken)?;
    let grant = Grant { id: access.grant, persona, scope: access.scope, nonce: None, claims: None, is_first: false };
    response::tokens(simulator, provider, grant, NextRefreshToken::None)
}

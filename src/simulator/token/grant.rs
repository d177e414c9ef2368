//! From a code, a refresh token or (at Facebook) an access token to what the answer is made of.

use serde_json::Value;

use super::response::{self, Grant, NextRefreshToken};
use crate::simulator::Simulator;
use crate::simulator::bearer::is_valid;
use crate::simulator::failure::Failure;
use crate::simulator::form::Form;
use crate::simulator::personas::Persona;
use crate::simulator::pkce::Challenge;
use crate::simulator::provider::SimulatedProvider;
use crate::simulator::signed_token::{self, Access, Code, Refresh};
use crate::simulator::token_error::TokenError;
use crate::simulator::traits::Rotation;

pub(super) fn by_code(simulator: &Simulator, provider: SimulatedProvider, form: &Form) -> Result<Value, TokenError> {
    let code: Code = form.get("code").and_then(|text| signed_token::decode(provider, text)).ok_or(TokenError::Code)?;
    let now = simulator.now();
    let spent = !simulator.0.used.insert(&code.grant, code.until, now);
    if now >= code.until || spent || simulator.0.faults.has(provider, Failure::BadCode) {
        return Err(TokenError::Code);
    }
    match form.get("redirect_uri") {
        Some(uri) if uri == code.redirect_uri => {}
        // WorkOS's own client leaves it out.
        None if provider == SimulatedProvider::Workos => {}
        _ => return Err(TokenError::RedirectUri),
    }
    let verifier = form.get("code_verifier");
    if provider == SimulatedProvider::X && verifier.is_none() {
        return Err(TokenError::Request("Missing required parameter [code_verifier]."));
    }
    if !Challenge::fits(code.challenge.as_ref(), verifier) {
        return Err(TokenError::Verifier);
    }
    let person = Persona::find(&code.person).ok_or(TokenError::Code)?;
    let grant =
        Grant { id: code.grant, person, scope: code.scope, nonce: code.nonce, claims: code.claims, is_first: true };
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
    let is_dead = now >= token.until || simulator.0.revoked_grants.contains(&token.grant);
    if is_dead || simulator.0.faults.has(provider, Failure::RefreshRefused) {
        return Err(TokenError::RefreshToken);
    }
    let successor = match provider.traits().rotation {
        Rotation::Keep => NextRefreshToken::None,
        Rotation::KeepAndReturn => NextRefreshToken::Unchanged { text: text.to_owned(), seconds: token.until - now },
        Rotation::Add => NextRefreshToken::New,
        Rotation::Rotate | Rotation::RotateAll => {
            if !simulator.0.used.insert(&token.id, token.until, now) {
                return Err(TokenError::RefreshToken);
            }
            NextRefreshToken::New
        }
    };
    let person = Persona::find(&token.person).ok_or(TokenError::RefreshToken)?;
    let grant = Grant { id: token.grant, person, scope: token.scope, nonce: None, claims: None, is_first: false };
    response::tokens(simulator, provider, grant, successor)
}

/// Facebook gives no refresh token, but a fresh access token for one that is still good.
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
    let person = Persona::find(&access.person).ok_or(TokenError::RefreshToken)?;
    let grant = Grant { id: access.grant, person, scope: access.scope, nonce: None, claims: None, is_first: false };
    response::tokens(simulator, provider, grant, NextRefreshToken::None)
}

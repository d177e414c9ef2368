//! From a code, a refresh token or (at Facebook) an access token to what the answer is made of.

use serde_json::Value;

use super::answer::{self, Grant, Successor};
use crate::simulator::Simulator;
use crate::simulator::bearer::is_good;
use crate::simulator::failure::Failure;
use crate::simulator::form::Form;
use crate::simulator::habits::Renewal;
use crate::simulator::house::House;
use crate::simulator::people::Person;
use crate::simulator::pkce::Challenge;
use crate::simulator::refusal::Refusal;
use crate::simulator::slip::{self, Access, Code, Refresh};

pub(super) fn by_code(simulator: &Simulator, house: House, form: &Form) -> Result<Value, Refusal> {
    let code: Code = form.get("code").and_then(|text| slip::read(house, text)).ok_or(Refusal::Code)?;
    let now = simulator.now();
    let spent = !simulator.0.spent.write(&code.grant, code.until, now);
    if now >= code.until || spent || simulator.0.troubles.has(house, Failure::BadCode) {
        return Err(Refusal::Code);
    }
    match form.get("redirect_uri") {
        Some(uri) if uri == code.redirect_uri => {}
        // WorkOS's own client leaves it out.
        None if house == House::Workos => {}
        _ => return Err(Refusal::RedirectUri),
    }
    let verifier = form.get("code_verifier");
    if house == House::X && verifier.is_none() {
        return Err(Refusal::Request("Missing required parameter [code_verifier]."));
    }
    if !Challenge::fits(code.challenge.as_ref(), verifier) {
        return Err(Refusal::Verifier);
    }
    let person = Person::find(&code.person).ok_or(Refusal::Code)?;
    let grant =
        Grant { id: code.grant, person, scope: code.scope, nonce: code.nonce, claims: code.claims, is_first: true };
    let successor = if code.offline { Successor::New } else { Successor::None };
    answer::tokens(simulator, house, grant, successor)
}

pub(super) fn by_refresh_token(simulator: &Simulator, house: House, form: &Form) -> Result<Value, Refusal> {
    let text = form.get("refresh_token").unwrap_or_default();
    let token: Refresh = slip::read(house, text).ok_or(Refusal::RefreshToken)?;
    let now = simulator.now();
    let is_dead = now >= token.until || simulator.0.revoked.has(&token.grant);
    if is_dead || simulator.0.troubles.has(house, Failure::RefreshRefused) {
        return Err(Refusal::RefreshToken);
    }
    let successor = match house.habits().renewal {
        Renewal::Silent => Successor::None,
        Renewal::Same => Successor::Same { text: text.to_owned(), seconds: token.until - now },
        Renewal::Beside => Successor::New,
        Renewal::Instead | Renewal::InsteadOfBoth => {
            if !simulator.0.spent.write(&token.id, token.until, now) {
                return Err(Refusal::RefreshToken);
            }
            Successor::New
        }
    };
    let person = Person::find(&token.person).ok_or(Refusal::RefreshToken)?;
    let grant = Grant { id: token.grant, person, scope: token.scope, nonce: None, claims: None, is_first: false };
    answer::tokens(simulator, house, grant, successor)
}

/// Facebook gives no refresh token, but a fresh access token for one that is still good.
pub(super) fn by_access_token(simulator: &Simulator, house: House, form: &Form) -> Result<Value, Refusal> {
    let access: Access =
        form.get("fb_exchange_token").and_then(|text| slip::read(house, text)).ok_or(Refusal::RefreshToken)?;
    if !is_good(simulator, house, &access) || simulator.0.troubles.has(house, Failure::RefreshRefused) {
        return Err(Refusal::RefreshToken);
    }
    let person = Person::find(&access.person).ok_or(Refusal::RefreshToken)?;
    let grant = Grant { id: access.grant, person, scope: access.scope, nonce: None, claims: None, is_first: false };
    answer::tokens(simulator, house, grant, Successor::None)
}

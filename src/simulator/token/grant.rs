//! From a code or a refresh token to tokens.

use serde_json::{Value, json};

use crate::simulator::Simulator;
use crate::simulator::form::Form;
use crate::simulator::house::House;
use crate::simulator::keys::s256;
use crate::simulator::openid;
use crate::simulator::people::Person;
use crate::simulator::refusal::Refusal;
use crate::simulator::slip::{self, Access, Code, Refresh};

const REFRESH_SECONDS: i64 = 30 * 24 * 3600;

/// What every answer is made of.
struct Grant {
    id: String,
    person: Person,
    scope: String,
    nonce: Option<String>,
}

pub(super) fn by_code(simulator: &Simulator, house: House, form: &Form) -> Result<Value, Refusal> {
    let code: Code = form.get("code").and_then(|text| slip::read(house, text)).ok_or(Refusal::Grant)?;
    let now = simulator.now();
    if now >= code.until || !simulator.0.spent.write(&code.grant, code.until, now) {
        return Err(Refusal::Grant);
    }
    if form.get("redirect_uri") != Some(code.redirect_uri.as_str()) {
        return Err(Refusal::RedirectUri);
    }
    let proven = match (&code.challenge, form.get("code_verifier")) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => is_verifier(verifier) && s256(verifier) == *challenge,
        // A verifier without a challenge means that somebody took the challenge out (RFC 9700, section 4.8).
        (Some(_), None) | (None, Some(_)) => false,
    };
    if !proven {
        return Err(Refusal::Verifier);
    }
    let person = Person::find(&code.person).ok_or(Refusal::Grant)?;
    let grant = Grant { id: code.grant, person, scope: code.scope, nonce: code.nonce };
    answer(simulator, house, grant, code.offline)
}

pub(super) fn by_refresh_token(simulator: &Simulator, house: House, form: &Form) -> Result<Value, Refusal> {
    let token: Refresh = form.get("refresh_token").and_then(|text| slip::read(house, text)).ok_or(Refusal::Grant)?;
    let now = simulator.now();
    if now >= token.until || simulator.0.revoked.has(&token.grant) {
        return Err(Refusal::Grant);
    }
    let rotates = house == House::Oidc;
    if rotates && !simulator.0.spent.write(&token.id, token.until, now) {
        return Err(Refusal::Grant);
    }
    let person = Person::find(&token.person).ok_or(Refusal::Grant)?;
    let grant = Grant { id: token.grant, person, scope: token.scope, nonce: None };
    answer(simulator, house, grant, rotates)
}

/// RFC 7636, section 4.1.
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

fn answer(simulator: &Simulator, house: House, grant: Grant, with_refresh: bool) -> Result<Value, Refusal> {
    let now = simulator.now();
    let seconds = house.access_token_seconds();
    let access = Access {
        id: simulator.fresh_id(),
        grant: grant.id.clone(),
        person: grant.person.id.clone().into_owned(),
        scope: grant.scope.clone(),
        until: seconds.map(|seconds| now + seconds),
    };
    let access_token = slip::write(house, &access).ok_or(Refusal::Broken)?;
    let mut answer = json!({
        "access_token": access_token,
        "token_type": if house == House::Github { "bearer" } else { "Bearer" },
        "scope": granted(house, &grant.scope),
    });
    if let Some(seconds) = seconds {
        answer["expires_in"] = json!(seconds);
    }
    if house.is_openid() {
        let claims = openid::id_token_claims(simulator, house, &grant.person, &grant.scope, &access_token, grant.nonce);
        answer["id_token"] = json!(simulator.keys(house).sign(&claims).ok_or(Refusal::Broken)?);
    }
    if with_refresh && house.is_openid() {
        let refresh = Refresh {
            id: simulator.fresh_id(),
            grant: grant.id,
            person: access.person,
            scope: grant.scope,
            until: now + REFRESH_SECONDS,
        };
        answer["refresh_token"] = json!(slip::write(house, &refresh).ok_or(Refusal::Broken)?);
    }
    Ok(answer)
}

/// The granted scopes as the house spells them.
fn granted(house: House, scope: &str) -> String {
    let words = scope.split(' ').filter(|word| !word.is_empty());
    match house {
        House::Google => words
            .map(|word| match word {
                "email" => "https://www.googleapis.com/auth/userinfo.email",
                "profile" => "https://www.googleapis.com/auth/userinfo.profile",
                other => other,
            })
            .collect::<Vec<_>>()
            .join(" "),
        House::Github => words.collect::<Vec<_>>().join(","),
        House::Oidc => words.collect::<Vec<_>>().join(" "),
    }
}

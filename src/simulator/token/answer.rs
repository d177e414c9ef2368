//! The token answer as each house words it.

use serde_json::{Value, json};

use crate::simulator::Simulator;
use crate::simulator::habits::{Granted, IdToken};
use crate::simulator::house::House;
use crate::simulator::openid::{self, Asked};
use crate::simulator::people::Person;
use crate::simulator::profile;
use crate::simulator::refusal::Refusal;
use crate::simulator::slip::{self, Access, Refresh};

const DAY: i64 = 24 * 3600;

/// What every answer is made of.
pub(super) struct Grant {
    pub(super) id: String,
    pub(super) person: Person,
    pub(super) scope: String,
    pub(super) nonce: Option<String>,
    pub(super) claims: Option<String>,
    /// Whether it is for a code.
    pub(super) is_first: bool,
}

/// The refresh token of an answer.
pub(super) enum Successor {
    None,
    New,
    /// The one that was presented, with what it has left.
    Same {
        text: String,
        seconds: i64,
    },
}

pub(super) fn tokens(
    simulator: &Simulator,
    house: House,
    grant: Grant,
    successor: Successor,
) -> Result<Value, Refusal> {
    let now = simulator.now();
    let habits = house.habits();
    let access = Access {
        id: simulator.fresh_id(),
        grant: grant.id.clone(),
        person: grant.person.id.clone().into_owned(),
        scope: grant.scope.clone(),
        until: habits.seconds.map(|seconds| now + seconds),
    };
    let access_token = slip::write(house, &access).ok_or(Refusal::Broken)?;
    let mut answer = json!({ "access_token": access_token, "token_type": habits.token_type });
    if let Some(seconds) = habits.seconds {
        answer["expires_in"] = json!(seconds);
    }
    if let Some((key, scope)) = granted(house, &grant.scope) {
        answer[key] = scope;
    }
    decorate(simulator, house, &grant, &mut answer);
    let is_asked = habits.id_token == IdToken::Asked && house.has_scope(&grant.scope, "openid");
    if is_asked || habits.id_token == IdToken::Always {
        let asked = Asked {
            scope: &grant.scope,
            nonce: grant.nonce,
            claims: grant.claims.as_deref(),
            access_token: Some(&access_token),
        };
        let id_token = openid::id_token(simulator, house, &grant.person, asked);
        answer["id_token"] = json!(id_token.ok_or(Refusal::Broken)?);
    }
    let (text, seconds) = match successor {
        Successor::None => return Ok(answer),
        Successor::Same { text, seconds } => (text, seconds),
        Successor::New => {
            let seconds = if house == House::Linkedin { 365 * DAY } else { 30 * DAY };
            let refresh = Refresh {
                id: access.id,
                grant: grant.id,
                person: access.person,
                scope: grant.scope,
                until: now + seconds,
            };
            (slip::write(house, &refresh).ok_or(Refusal::Broken)?, seconds)
        }
    };
    answer["refresh_token"] = json!(text);
    if house == House::Linkedin {
        answer["refresh_token_expires_in"] = json!(seconds);
    }
    Ok(answer)
}

/// The members that only this house has.
fn decorate(simulator: &Simulator, house: House, grant: &Grant, answer: &mut Value) {
    let now = simulator.now();
    let expires = now + house.habits().seconds.unwrap_or_default();
    match house {
        House::Gitlab => answer["created_at"] = json!(now),
        House::Workos => answer["profile"] = profile::workos(&grant.person),
        House::Strava => {
            answer["expires_at"] = json!(expires);
            if grant.is_first {
                answer["athlete"] = profile::athlete(simulator, &grant.person, false);
            }
        }
        House::Entraid => answer["ext_expires_in"] = answer["expires_in"].clone(),
        House::Azuread => {
            // The old endpoints write all numbers as text.
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

/// The granted scopes as the house spells them, and the key that they stand under.
fn granted(house: House, scope: &str) -> Option<(&'static str, Value)> {
    // The old endpoints do not listen to what is asked for.
    let scope = if house == House::Azuread { "User.Read" } else { scope };
    let words: Vec<&str> = house.scopes(scope).collect();
    let long = |word: &&str| match *word {
        "email" => "https://www.googleapis.com/auth/userinfo.email".to_owned(),
        "profile" => "https://www.googleapis.com/auth/userinfo.profile".to_owned(),
        other => other.to_owned(),
    };
    match house.habits().granted {
        Granted::Untold => None,
        Granted::Spaces => Some(("scope", json!(words.join(" ")))),
        Granted::Commas => Some(("scope", json!(words.join(",")))),
        Granted::Google => Some(("scope", json!(words.iter().map(long).collect::<Vec<_>>().join(" ")))),
        Granted::List => Some(("scope", json!(words))),
        Granted::Scopes => Some(("scopes", json!(words.join(" ")))),
    }
}

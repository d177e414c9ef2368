//! What the houses that sign publish and sign: discovery, keys, identity tokens.

mod claims;
mod discovery;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::counts::Place;
use super::house::House;
use super::keys::at_hash;
use super::people::Person;
use super::{CLIENT_ID, Simulator, tenant};

pub(super) use claims::told_at_userinfo;

/// What an identity token answers.
pub(super) struct Asked<'a> {
    pub(super) scope: &'a str,
    pub(super) nonce: Option<String>,
    /// The `claims` parameter of the question.
    pub(super) claims: Option<&'a str>,
    /// The access token that comes with it.
    pub(super) access_token: Option<&'a str>,
}

pub(super) fn routes(house: House, config: &mut web::ServiceConfig) {
    let patterns = house.patterns();
    if let Some(path) = patterns.discovery {
        config.service(web::resource(path).get(
            move |simulator: web::Data<Simulator>, request: HttpRequest| async move {
                if let Err(trouble) = simulator.enter(house, Place::Discovery).await {
                    return trouble;
                }
                let tenant = request.match_info().get("tenant").unwrap_or("common");
                if !tenant::exists(tenant) {
                    return HttpResponse::BadRequest().json(json!({ "error": "invalid_tenant" }));
                }
                published(Some(discovery::document(&simulator, house, tenant)))
            },
        ));
    }
    if let Some(path) = patterns.jwks {
        config.service(web::resource(path).get(move |simulator: web::Data<Simulator>| async move {
            if let Err(trouble) = simulator.enter(house, Place::Jwks).await {
                return trouble;
            }
            published(simulator.keys(house).published())
        }));
    }
}

fn published(document: Option<Value>) -> HttpResponse {
    match document {
        Some(document) => HttpResponse::Ok().insert_header((CACHE_CONTROL, "public, max-age=3600")).json(document),
        None => HttpResponse::InternalServerError().finish(),
    }
}

/// A signed identity token; `None` if the machine cannot make a key.
pub(super) fn id_token(simulator: &Simulator, house: House, person: &Person, asked: Asked<'_>) -> Option<String> {
    let now = simulator.now();
    let mut claims = claims::told_in_token(simulator, house, person, &asked);
    let seconds = match house {
        House::Apple => 24 * 3600,
        House::Twitch => 900,
        _ => 3600,
    };
    claims.put("iss", Some(issuer(simulator, house, person)));
    claims.put("aud", Some(CLIENT_ID));
    claims.put("iat", Some(now));
    claims.put("exp", Some(now + seconds));
    if matches!(house, House::Google | House::Twitch) {
        claims.put("azp", Some(CLIENT_ID));
    }
    if matches!(house, House::Apple | House::Google | House::Oidc) {
        claims.put("at_hash", asked.access_token.map(at_hash));
    }
    // LinkedIn does not listen.
    if house != House::Linkedin {
        claims.put("nonce", asked.nonce);
    }
    simulator.keys(house).sign(&claims.into_value())
}

/// Microsoft's issuer is of the person's tenant, whichever tenant is in the path.
fn issuer(simulator: &Simulator, house: House, person: &Person) -> String {
    simulator.endpoints_in(house, person.tenant()).issuer
}

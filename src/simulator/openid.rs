//! What the OpenID houses publish and say of people: discovery, keys, identity tokens, profiles, revocation.

use actix_web::http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::bearer::bearer;
use super::form::Form;
use super::house::House;
use super::keys::at_hash;
use super::people::Person;
use super::slip::{self, Access, Refresh};
use super::{CLIENT_ID, Simulator};

/// Longer than any token that a revocation concerns.
const REMEMBER_REVOKED_SECONDS: i64 = 60 * 24 * 3600;

pub(super) fn routes(house: House, config: &mut web::ServiceConfig) {
    let paths = house.below("");
    let profile = move |simulator: web::Data<Simulator>, request: HttpRequest| async move {
        userinfo(&simulator, house, &request)
    };
    config.service(web::resource(paths.userinfo).get(profile).post(profile));
    if let Some(path) = paths.discovery {
        config.service(web::resource(path).get(move |simulator: web::Data<Simulator>| async move {
            simulator.count(house, |calls| calls.discovery += 1);
            published(Some(discovery(&simulator, house)))
        }));
    }
    if let Some(path) = paths.jwks {
        config.service(web::resource(path).get(move |simulator: web::Data<Simulator>| async move {
            simulator.count(house, |calls| calls.jwks += 1);
            published(simulator.keys(house).published())
        }));
    }
    if let Some(path) = paths.revoke {
        config.service(web::resource(path).post(move |simulator: web::Data<Simulator>, body: String| async move {
            revoke(&simulator, house, &body)
        }));
    }
}

fn published(document: Option<Value>) -> HttpResponse {
    match document {
        Some(document) => HttpResponse::Ok().insert_header((CACHE_CONTROL, "public, max-age=3600")).json(document),
        None => HttpResponse::InternalServerError().finish(),
    }
}

fn discovery(simulator: &Simulator, house: House) -> Value {
    let endpoints = simulator.endpoints(house);
    let mut document = json!({
        "issuer": endpoints.issuer,
        "authorization_endpoint": endpoints.authorize,
        "token_endpoint": endpoints.token,
        "userinfo_endpoint": endpoints.userinfo,
        "jwks_uri": endpoints.jwks,
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
    });
    if house.takes_secret_in_body() {
        document["token_endpoint_auth_methods_supported"] = json!(["client_secret_post", "client_secret_basic"]);
    }
    if let Some(revoke) = endpoints.revoke {
        document["revocation_endpoint"] = json!(revoke);
    }
    if house == House::Oidc {
        document["authorization_response_iss_parameter_supported"] = json!(true);
    }
    document
}

/// What the identity token says. Google tells the profile here; the plain house keeps it for its userinfo
/// endpoint, as section 5.4 of OpenID Connect Core has it for the code flow.
pub(super) fn id_token_claims(
    simulator: &Simulator,
    house: House,
    person: &Person,
    scope: &str,
    access_token: &str,
    nonce: Option<String>,
) -> Value {
    let mut claims = match house {
        House::Google => profile(simulator, house, person, scope),
        House::Github | House::Oidc => json!({ "sub": person.subject(house) }),
    };
    let now = simulator.now();
    claims["iss"] = json!(simulator.endpoints(house).issuer);
    claims["aud"] = json!(CLIENT_ID);
    claims["iat"] = json!(now);
    claims["exp"] = json!(now + 3600);
    claims["at_hash"] = json!(at_hash(access_token));
    if house == House::Google {
        claims["azp"] = json!(CLIENT_ID);
    }
    if let Some(nonce) = nonce {
        claims["nonce"] = json!(nonce);
    }
    claims
}

/// The claims that a scope opens. What a person does not have is missing at Google and `null` at the plain
/// house, where it may be either.
fn profile(simulator: &Simulator, house: House, person: &Person, scope: &str) -> Value {
    let mut claims = json!({ "sub": person.subject(house) });
    let mut tell = |key: &str, value: Value| {
        if house == House::Oidc || !value.is_null() {
            claims[key] = value;
        }
    };
    let asks = |word: &str| scope.split(' ').any(|scope| scope == word);
    if asks("email") || asks("https://www.googleapis.com/auth/userinfo.email") {
        tell("email", json!(person.email));
        tell("email_verified", json!(person.email.as_ref().map(|_| person.email_verified)));
    }
    if asks("profile") || asks("https://www.googleapis.com/auth/userinfo.profile") {
        tell("name", json!(person.name));
        tell("given_name", json!(person.name_parts().map(|(given, _)| given)));
        tell("family_name", json!(person.name_parts().map(|(_, family)| family)));
        tell("picture", json!(person.picture(simulator)));
        if house == House::Oidc {
            tell("locale", json!(person.locale));
        }
    }
    claims
}

fn userinfo(simulator: &Simulator, house: House, request: &HttpRequest) -> HttpResponse {
    simulator.count(house, |calls| calls.userinfo += 1);
    match bearer(simulator, house, request) {
        Some((person, scope)) => HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "no-store"))
            .json(profile(simulator, house, &person, &scope)),
        None => {
            let (error, description) = match house {
                House::Google => ("invalid_request", "Invalid Credentials"),
                House::Github | House::Oidc => ("invalid_token", "invalid token provided"),
            };
            HttpResponse::Unauthorized()
                .insert_header((WWW_AUTHENTICATE, format!(r#"Bearer realm="simulator", error="{error}""#)))
                .json(json!({ "error": error, "error_description": description }))
        }
    }
}

fn revoke(simulator: &Simulator, house: House, body: &str) -> HttpResponse {
    simulator.count(house, |calls| calls.revoke += 1);
    let form = Form::parse(body);
    let token = form.as_ref().and_then(|form| form.get("token")).unwrap_or_default();
    let grant = slip::read::<Access>(house, token)
        .map(|access| access.grant)
        .or_else(|| slip::read::<Refresh>(house, token).map(|refresh| refresh.grant));
    let Some(grant) = grant else {
        return HttpResponse::BadRequest()
            .json(json!({ "error": "invalid_token", "error_description": "Token expired or revoked" }));
    };
    // Either token takes the whole grant with it.
    let now = simulator.now();
    simulator.0.revoked.write(&grant, now + REMEMBER_REVOKED_SECONDS, now);
    HttpResponse::Ok().json(json!({}))
}

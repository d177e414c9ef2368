//! `GET {auth}/whoami` and `GET {account}/info`: the signed-in user.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::auth::{Bearer, LiveUser};
use super::errors::Problem;
use super::provider_path;
use crate::http::state::HttpState;
use crate::user::messages::{Find, Identities, LiveSession, RequireLive};

/// `GET {auth}/whoami`
pub(super) async fn whoami(LiveUser(user): LiveUser) -> HttpResponse {
    HttpResponse::Ok().json(json!({"username": user.display_name, "email": user.email, "roles": user.roles}))
}

/// `GET {account}/info`: 404 for a deleted user, where `whoami` answers 401.
pub(super) async fn info(http: web::Data<HttpState>, Bearer(principal): Bearer) -> Result<HttpResponse, Problem> {
    let session = http.users.send(RequireLive(principal)).await??;
    Ok(HttpResponse::Ok().json(account_json(&http, session).await?))
}

/// An account and the providers that are linked to it.
pub(super) async fn account_json(http: &HttpState, session: LiveSession) -> Result<Value, Problem> {
    let user = http.users.send(Find { session }).await??;
    let identities = http.users.send(Identities { session }).await??;
    let logins = identities.iter().map(|identity| provider_path::display_name_of(http, &identity.provider));
    let logins: Vec<&str> = logins.collect();
    Ok(json!({
        "email": user.email,
        "username": user.display_name,
        "roles": user.roles,
        "logins": logins,
        "hasPassword": false,
    }))
}

//! `/admin/users`: what operators see of users, and do to them.

use actix_web::{HttpResponse, web};
use uuid::Uuid;

use super::errors::Problem;
use super::guard::AdminPrincipal;
use crate::domain::id::UserId;
use crate::http::state::HttpState;
use crate::user::admin::ShowUser;

/// The id in a path.
fn user_id(text: &str) -> Result<UserId, Problem> {
    Uuid::try_parse(text).map(UserId).map_err(|_| Problem::bad_request("the id of a user is a UUID"))
}

/// `GET /admin/users/{id}`: a user with identities.
pub(super) async fn show(
    _: AdminPrincipal,
    http: web::Data<HttpState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let user = http.users.send(ShowUser(user_id(&id)?)).await??;
    Ok(HttpResponse::Ok().json(user))
}

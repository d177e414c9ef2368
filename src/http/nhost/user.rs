//! `GET /user`: the signed-in user.

use actix_web::{HttpResponse, web};

use super::auth::Live;
use super::errors::NhostError;
use super::responses;
use crate::http::state::HttpState;
use crate::user::messages::Find;

pub(super) async fn user(http: web::Data<HttpState>, Live(session): Live) -> Result<HttpResponse, NhostError> {
    let user = http.users.send(Find { session }).await??;
    Ok(HttpResponse::Ok().json(responses::user_json(&user)))
}

//! `GET /user`: the signed-in user.

use actix_web::HttpResponse;

use super::auth::LiveUser;
use super::responses;

pub(super) async fn user(LiveUser(user): LiveUser) -> HttpResponse {
    HttpResponse::Ok().json(responses::UserBody::from(&user))
}

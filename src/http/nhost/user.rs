//! `GET /user`: who am I.

use actix_web::{HttpRequest, HttpResponse, web};

use super::errors::NhostError;
use super::{bearer, views};
use crate::http::state::HttpState;

pub(super) async fn user(request: HttpRequest, http: web::Data<HttpState>) -> Result<HttpResponse, NhostError> {
    Ok(HttpResponse::Ok().json(views::user_json(&bearer::user(&http, &request).await?)))
}

//! `GET /user`: who am I.

use actix_web::{HttpRequest, HttpResponse, web};

use super::errors::NhostError;
use super::{bearer, views};
use crate::http::front::Front;

pub(super) async fn user(request: HttpRequest, front: web::Data<Front>) -> Result<HttpResponse, NhostError> {
    Ok(HttpResponse::Ok().json(views::user(&bearer::person(&front, &request).await?)))
}

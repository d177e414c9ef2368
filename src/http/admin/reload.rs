//! `POST /admin/reload`: reads the settings again.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::json;

use super::errors::Problem;
use super::guard::AdminPrincipal;
use crate::domain::log;
use crate::http::state::HttpState;

/// Answers when the new settings are in use, or with all that is wrong with them.
pub(super) async fn reload(principal: AdminPrincipal, http: web::Data<HttpState>) -> Result<HttpResponse, Problem> {
    log::info!(actor:% = principal.operator().actor; "reload of the settings requested");
    match http.reloader.reload().await {
        Ok(needs_restart) => Ok(HttpResponse::Ok().json(json!({"needsRestart": needs_restart}))),
        Err(errors) => Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, errors)),
    }
}

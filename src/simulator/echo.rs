//! An app to come back to, for those who cannot look into a redirect: it says what it was brought.

use std::collections::BTreeMap;

use actix_web::http::header;
use actix_web::{HttpResponse, web};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/landing", web::get().to(land));
}

async fn land(brought: web::Query<BTreeMap<String, String>>) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(brought.into_inner())
}

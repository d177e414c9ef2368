//! `/echo`: a redirect target that returns its query as JSON, for clients that cannot read a redirect.

use std::collections::BTreeMap;

use actix_web::http::header;
use actix_web::{HttpResponse, web};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/echo", web::get().to(echo));
}

async fn echo(query: web::Query<BTreeMap<String, String>>) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(query.into_inner())
}

//! `GET /demo/flow`: the id of a sign-in that succeeded, which its app never sees.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::domain::clock::Timestamp;
use crate::domain::id::ProviderName;
use crate::flow::record::report::{FlowFilter, FlowReport};
use crate::http::extract::bearer::bearer_token;
use crate::http::extract::{Query, Rejection};
use crate::http::state::HttpState;

/// How many records are looked at.
const MAX_REPORTS: usize = 500;

/// When the browser left, and for which provider, if the page knows it.
#[derive(Deserialize)]
pub(super) struct Departure {
    since: String,
    provider: Option<String>,
}

/// The flow of the user of the access token that began first after the browser left the page; `null` if there is no
/// record of it.
pub(super) async fn find(
    request: HttpRequest,
    http: web::Data<HttpState>,
    Query(Departure { since, provider }): Query<Departure>,
) -> Result<HttpResponse, Rejection> {
    let principal =
        bearer_token(&request).and_then(|token| http.access_tokens.verify(token.expose(), http.clock.now()).ok());
    let principal = principal.ok_or(Rejection::InvalidParameters("a valid access token is needed"))?;
    let since = Timestamp::parse_rfc3339(&since).ok_or(Rejection::InvalidParameters("since is a time"))?;
    let provider = provider.map(|name| name.parse::<ProviderName>()).transpose();
    let provider = provider.map_err(|_| Rejection::InvalidParameters("provider is the name of one"))?;
    let filter = FlowFilter { provider, since: Some(since), limit: MAX_REPORTS, ..FlowFilter::default() };
    let mut reports = http.sign_ins.reports(&filter).await.map_err(|_| Rejection::Unavailable)?;
    reports.retain(|report| report.user == Some(principal.user_id) && began_at(report).is_some_and(|at| at >= since));
    let first = reports.iter().min_by_key(|report| began_at(report));
    Ok(HttpResponse::Ok().json(json!({"flow": first.map(|report| report.flow)})))
}

fn began_at(report: &FlowReport) -> Option<Timestamp> {
    report.timeline.first().and_then(|event| Timestamp::parse_rfc3339(&event.at))
}

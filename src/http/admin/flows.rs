//! `/admin/flows`: what became of sign-ins.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::errors::Problem;
use super::guard::AdminPrincipal;
use crate::domain::cause::Outcome;
use crate::domain::clock::Timestamp;
use crate::domain::id::{FlowTag, ProviderName};
use crate::flow::record::report::FlowFilter;
use crate::http::extract::Query;
use crate::http::state::HttpState;

/// How many flows are listed unless `limit` says otherwise, and at most.
const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 500;

type Answer = Result<HttpResponse, Problem>;
type State = web::Data<HttpState>;

/// The query of `GET /admin/flows`.
#[derive(Debug, Deserialize)]
pub(super) struct FlowQuery {
    provider: Option<String>,
    outcome: Option<String>,
    since: Option<String>,
    limit: Option<String>,
}

fn filter(query: &FlowQuery) -> Result<FlowFilter, Problem> {
    let bad = |reason: &str| Problem::bad_request(reason);
    let provider = query.provider.as_deref().map(str::parse::<ProviderName>).transpose();
    let outcome = query.outcome.as_deref().map(|text| {
        Outcome::ALL.iter().copied().find(|outcome| outcome.as_str() == text).ok_or_else(|| {
            let names: Vec<_> = Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect();
            bad(&format!("outcome is one of {}", names.join(", ")))
        })
    });
    let since = query
        .since
        .as_deref()
        .map(|text| Timestamp::parse_rfc3339(text).ok_or_else(|| bad("since is a time such as 2026-11-29T01:20:00Z")));
    let limit = query
        .limit
        .as_deref()
        .map_or(Some(DEFAULT_LIMIT), |text| text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit)));
    Ok(FlowFilter {
        provider: provider.map_err(|error| bad(&error.to_string()))?,
        outcome: outcome.transpose()?,
        since: since.transpose()?,
        limit: limit.ok_or_else(|| bad(&format!("limit is a number from 1 to {MAX_LIMIT}")))?,
    })
}

/// `GET /admin/flows`: the latest flows, the newest first.
pub(super) async fn list(_: AdminPrincipal, http: State, Query(query): Query<FlowQuery>) -> Answer {
    Ok(HttpResponse::Ok().json(json!({"flows": http.sign_ins.reports(&filter(&query)?).await?})))
}

/// `GET /admin/flows/{id}`: one flow.
pub(super) async fn show(_: AdminPrincipal, http: State, id: web::Path<String>) -> Answer {
    let flow: FlowTag = id.parse().map_err(|_| Problem::bad_request("the id of a flow is 16 hexadecimal digits"))?;
    match http.sign_ins.report(flow).await? {
        Some(report) => Ok(HttpResponse::Ok().json(report)),
        None => Err(Problem::unknown_flow()),
    }
}

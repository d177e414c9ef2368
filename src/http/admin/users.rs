//! `/admin/users`: what operators see of users, and do to them.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::errors::Problem;
use super::guard::AdminPrincipal;
use crate::domain::id::{ProviderName, SessionId, UserId};
use crate::http::extract::{Json, Query};
use crate::http::state::HttpState;
use crate::user::admin::{
    EndSessions, EraseUser, FindUsers, ListEvents, ListSessions, ListUsers, MAX_LIMIT, RoleChange, Selector,
    SetDisabled, SetRoles, ShowUser, VerifyEmail,
};

/// How many rows a page has unless `limit` says otherwise.
const DEFAULT_LIMIT: u64 = 50;

type Answer = Result<HttpResponse, Problem>;
type State = web::Data<HttpState>;

/// The query of `GET /admin/users`. Without `email` and `identity` it is a list.
#[derive(Debug, Deserialize)]
pub(super) struct UserQuery {
    cursor: Option<String>,
    limit: Option<String>,
    email: Option<String>,
    identity: Option<String>,
    disabled: Option<String>,
    provider: Option<String>,
}

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(super) struct PageQuery {
    cursor: Option<String>,
    limit: Option<String>,
}

/// The body of `POST /admin/users/{id}/verify-email`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VerifyEmailBody {
    email: String,
}

/// The body of `PUT /admin/users/{id}/roles`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RolesBody {
    roles: Vec<String>,
    default_role: Option<String>,
}

fn uuid(text: &str, what: &str) -> Result<Uuid, Problem> {
    Uuid::try_parse(text).map_err(|_| Problem::bad_request(format!("{what} is a UUID")))
}

fn user_id(text: &str) -> Result<UserId, Problem> {
    uuid(text, "the id of a user").map(UserId)
}

fn limit(text: Option<&str>) -> Result<u64, Problem> {
    let Some(text) = text else { return Ok(DEFAULT_LIMIT) };
    let limit = text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| Problem::bad_request(format!("limit is a number from 1 to {MAX_LIMIT}")))
}

fn filter(query: &UserQuery) -> Result<ListUsers, Problem> {
    let is_disabled = match query.disabled.as_deref() {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => return Err(Problem::bad_request("disabled is true or false")),
    };
    let provider = query.provider.as_deref().map(str::parse::<ProviderName>).transpose();
    let after = query.cursor.as_deref().map(|text| uuid(text, "cursor").map(UserId)).transpose()?;
    let provider = provider.map_err(|error| Problem::bad_request(error.to_string()))?;
    Ok(ListUsers { after, limit: limit(query.limit.as_deref())?, is_disabled, provider })
}

/// `GET /admin/users`: a page of users, or those with an address or an identity.
pub(super) async fn list(_: AdminPrincipal, http: State, Query(query): Query<UserQuery>) -> Answer {
    let selector = match (&query.email, &query.identity) {
        (None, None) => return Ok(HttpResponse::Ok().json(http.users.send(filter(&query)?).await??)),
        (Some(email), None) => Selector::Email(email.clone()),
        (None, Some(identity)) => match identity.parse() {
            Ok(selector @ Selector::Identity(..)) => selector,
            _ => return Err(Problem::bad_request("identity is PROVIDER:SUBJECT, such as google:1234")),
        },
        (Some(_), Some(_)) => return Err(Problem::bad_request("email and identity cannot be combined")),
    };
    let users = http.users.send(FindUsers(selector)).await??;
    Ok(HttpResponse::Ok().json(json!({"users": users, "next": null})))
}

/// `GET /admin/users/{id}`: a user with identities.
pub(super) async fn show(_: AdminPrincipal, http: State, id: web::Path<String>) -> Answer {
    Ok(HttpResponse::Ok().json(http.users.send(ShowUser(user_id(&id)?)).await??))
}

/// `POST /admin/users/{id}/disable`
pub(super) async fn disable(principal: AdminPrincipal, http: State, id: web::Path<String>) -> Answer {
    set_disabled(&principal, &http, &id, true).await
}

/// `POST /admin/users/{id}/enable`
pub(super) async fn enable(principal: AdminPrincipal, http: State, id: web::Path<String>) -> Answer {
    set_disabled(&principal, &http, &id, false).await
}

async fn set_disabled(principal: &AdminPrincipal, http: &HttpState, id: &str, is_disabled: bool) -> Answer {
    let request = SetDisabled { by: principal.operator(), user: user_id(id)?, is_disabled };
    Ok(HttpResponse::Ok().json(http.users.send(request).await??))
}

/// `POST /admin/users/{id}/verify-email`
pub(super) async fn verify_email(
    principal: AdminPrincipal,
    http: State,
    id: web::Path<String>,
    Json(body): Json<VerifyEmailBody>,
) -> Answer {
    let request = VerifyEmail { by: principal.operator(), user: user_id(&id)?, email: body.email };
    Ok(HttpResponse::Ok().json(http.users.send(request).await??))
}

/// `PUT /admin/users/{id}/roles`: replaces the roles.
pub(super) async fn set_roles(
    principal: AdminPrincipal,
    http: State,
    id: web::Path<String>,
    Json(body): Json<RolesBody>,
) -> Answer {
    let change = RoleChange { set: Some(body.roles), default: body.default_role, ..RoleChange::default() };
    let request = SetRoles { by: principal.operator(), user: user_id(&id)?, change };
    Ok(HttpResponse::Ok().json(http.users.send(request).await??))
}

/// `GET /admin/users/{id}/sessions`: those that have not ended.
pub(super) async fn sessions(_: AdminPrincipal, http: State, id: web::Path<String>) -> Answer {
    let sessions = http.users.send(ListSessions(user_id(&id)?)).await??;
    Ok(HttpResponse::Ok().json(json!({"sessions": sessions})))
}

/// `POST /admin/users/{id}/sign-out`: ends all sessions.
pub(super) async fn sign_out(principal: AdminPrincipal, http: State, id: web::Path<String>) -> Answer {
    let request = EndSessions { by: principal.operator(), user: user_id(&id)?, session: None };
    http.users.send(request).await??;
    Ok(HttpResponse::NoContent().finish())
}

/// `DELETE /admin/users/{id}/sessions/{session}`: ends one. An ended or unknown one is no error.
pub(super) async fn end_session(principal: AdminPrincipal, http: State, path: web::Path<(String, String)>) -> Answer {
    let (user, session) = (user_id(&path.0)?, SessionId(uuid(&path.1, "the id of a session")?));
    http.users.send(EndSessions { by: principal.operator(), user, session: Some(session) }).await??;
    Ok(HttpResponse::NoContent().finish())
}

/// `DELETE /admin/users/{id}`: erases a user with everything that is theirs.
pub(super) async fn erase(principal: AdminPrincipal, http: State, id: web::Path<String>) -> Answer {
    http.users.send(EraseUser { by: principal.operator(), user: user_id(&id)? }).await??;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /admin/users/{id}/audit`: the events about a user, who may have been erased.
pub(super) async fn audit(
    _: AdminPrincipal,
    http: State,
    id: web::Path<String>,
    Query(page): Query<PageQuery>,
) -> Answer {
    let before = page.cursor.as_deref().map(str::parse).transpose();
    let before = before.map_err(|_| Problem::bad_request("cursor is the `next` of another page"))?;
    let request = ListEvents { user: user_id(&id)?, before, limit: limit(page.limit.as_deref())? };
    Ok(HttpResponse::Ok().json(http.users.send(request).await??))
}

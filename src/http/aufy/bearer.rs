//! Who asks: the access token in the cookie or in the `Authorization` header (RFC 6750 section 2.1), whichever is
//! good. `GET {auth}/whoami` and `GET {account}/info`.

use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::dialect::Dialect;
use super::errors::Problem;
use super::{cookies, names};
use crate::domain::secret::Secret;
use crate::http::front::Front;
use crate::session::access::Speaker;
use crate::session::account::NotAdmitted;
use crate::user::messages::{Find, Identities, Person, UserError};
use crate::user::policy::Refusal;

/// The token in the header, if there is one.
pub(super) fn in_header(request: &HttpRequest) -> Option<Secret> {
    let (scheme, token) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::new(token.trim()))
}

/// Whose token it is; nobody is looked up.
///
/// # Errors
/// [`Problem::unauthorized`]
pub(super) fn speaker(front: &Front, dialect: &Dialect, request: &HttpRequest) -> Result<Speaker, Problem> {
    let now = front.clock.now();
    let brought = [cookies::brought(request, cookies::ACCESS), in_header(request)];
    let mut is_expired = false;
    for token in brought.iter().flatten() {
        match dialect.tokens.verify(token.expose(), now) {
            Ok(speaker) => return Ok(speaker),
            Err(NotAdmitted::Expired) => is_expired = true,
            Err(NotAdmitted::NotValid) => {}
        }
    }
    // A browser throws a cookie away when its time is over; then the other one tells that there was one.
    let is_thrown_away = brought.iter().all(Option::is_none) && cookies::brought(request, cookies::REFRESH).is_some();
    Err(Problem::unauthorized(is_expired || is_thrown_away))
}

/// The person, who is still there and may go on.
///
/// # Errors
/// [`Problem`]; clients forget a person who may not go on, so that is a 401, too.
pub(super) async fn person(front: &Front, dialect: &Dialect, request: &HttpRequest) -> Result<Person, Problem> {
    match find(front, dialect, request).await? {
        Err(UserError::Refused(Refusal::Unknown)) => Err(Problem::unauthorized(false)),
        found => Ok(found?),
    }
}

async fn find(front: &Front, dialect: &Dialect, request: &HttpRequest) -> Result<Result<Person, UserError>, Problem> {
    let user_id = speaker(front, dialect, request)?.user_id;
    Ok(front.users.ask(Find { user_id }).await?)
}

/// `GET {auth}/whoami`
pub(super) async fn whoami(
    request: HttpRequest,
    front: web::Data<Front>,
    dialect: web::Data<Dialect>,
) -> Result<HttpResponse, Problem> {
    let person = person(&front, &dialect, &request).await?;
    let known = json!({"username": person.display_name, "email": person.email, "roles": person.roles});
    Ok(HttpResponse::Ok().json(known))
}

/// `GET {account}/info`
pub(super) async fn info(
    request: HttpRequest,
    front: web::Data<Front>,
    dialect: web::Data<Dialect>,
) -> Result<HttpResponse, Problem> {
    let person = find(&front, &dialect, &request).await??;
    Ok(HttpResponse::Ok().json(account(&front, &person).await?))
}

/// An account with the providers that lead to it.
pub(super) async fn account(front: &Front, person: &Person) -> Result<Value, Problem> {
    let identities = front.users.ask(Identities { user_id: person.id }).await??;
    let logins = identities.iter().map(|identity| names::shown_by_name(front, &identity.provider));
    let logins: Vec<&str> = logins.collect();
    Ok(json!({
        "email": person.email,
        "username": person.display_name,
        "roles": person.roles,
        "logins": logins,
        "hasPassword": false,
    }))
}

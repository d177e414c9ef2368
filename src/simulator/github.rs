//! What GitHub's API says of a person: the profile without an address, and the addresses on their own.

use actix_web::http::header::USER_AGENT;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::Simulator;
use super::bearer::bearer;
use super::house::House;
use super::people::Person;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    let paths = House::Github.below("");
    config.service(web::resource(paths.userinfo).get(user));
    if let Some(path) = paths.emails {
        config.service(web::resource(path).get(emails));
    }
}

async fn user(simulator: web::Data<Simulator>, request: HttpRequest) -> HttpResponse {
    simulator.count(House::Github, |calls| calls.userinfo += 1);
    match caller(&simulator, &request) {
        Ok((person, _)) => HttpResponse::Ok().json(profile(&simulator, &person)),
        Err(stranger) => stranger.answer(),
    }
}

async fn emails(simulator: web::Data<Simulator>, request: HttpRequest) -> HttpResponse {
    simulator.count(House::Github, |calls| calls.emails += 1);
    match caller(&simulator, &request) {
        Ok((person, scope)) if scope.split([' ', ',']).any(|word| word == "user:email" || word == "user") => {
            HttpResponse::Ok().json(addresses(&person))
        }
        Ok(_) => HttpResponse::NotFound().json(complaint("Not Found", "404")),
        Err(stranger) => stranger.answer(),
    }
}

/// Why a caller is told nothing.
enum Stranger {
    /// There is no `User-Agent`.
    Unnamed,
    /// There is no token that opens anything.
    Unknown,
}

impl Stranger {
    fn answer(self) -> HttpResponse {
        match self {
            Self::Unnamed => HttpResponse::Forbidden().content_type("text/plain").body(
                "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.",
            ),
            Self::Unknown => HttpResponse::Unauthorized().json(complaint("Bad credentials", "401")),
        }
    }
}

fn caller(simulator: &Simulator, request: &HttpRequest) -> Result<(Person, String), Stranger> {
    if request.headers().get(USER_AGENT).is_none_or(|value| value.is_empty()) {
        return Err(Stranger::Unnamed);
    }
    bearer(simulator, House::Github, request).ok_or(Stranger::Unknown)
}

fn complaint(message: &str, status: &str) -> Value {
    json!({ "message": message, "documentation_url": "https://docs.github.com/rest", "status": status })
}

fn profile(simulator: &Simulator, person: &Person) -> Value {
    json!({
        "login": person.github_login,
        "id": person.github_id(),
        "avatar_url": person.picture(simulator),
        "html_url": format!("https://github.com/{}", person.github_login),
        "type": "User",
        "site_admin": false,
        "name": person.name,
        "company": null,
        "location": null,
        // The public address, which hardly anybody sets.
        "email": null,
        "bio": null,
        "created_at": "2019-03-04T10:11:12Z",
        "updated_at": "2026-02-03T04:05:06Z",
    })
}

/// Mira's list has an old unproven address in front, so that whoever takes the first one is found out.
fn addresses(person: &Person) -> Value {
    let Some(email) = &person.email else {
        return json!([]);
    };
    let primary = json!({
        "email": email,
        "primary": true,
        "verified": person.email_verified,
        "visibility": "private",
    });
    if person.id != "mira" {
        return json!([primary]);
    }
    let noreply = format!("{}+{}@users.noreply.github.com", person.github_id(), person.github_login);
    json!([
        { "email": "old@example.net", "primary": false, "verified": false, "visibility": null },
        primary,
        { "email": noreply, "primary": false, "verified": true, "visibility": null },
    ])
}

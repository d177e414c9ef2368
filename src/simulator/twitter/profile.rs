//! The profile behind a signed call.

use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::{Fault, by_access_token};
use crate::simulator::Simulator;
use crate::simulator::bearer::is_good;
use crate::simulator::form::Form;
use crate::simulator::house::House;
use crate::simulator::people::Person;
use crate::simulator::slip::{self, Access};

pub(super) fn verify_credentials(
    simulator: &Simulator,
    request: &HttpRequest,
    body: &str,
) -> Result<HttpResponse, Fault> {
    let signed = by_access_token(simulator, request, body)?;
    let token = signed.get("oauth_token").and_then(|token| token.split_once('-')).ok_or(Fault::Token)?.1;
    let access: Access = slip::read(House::Twitter, token).ok_or(Fault::Token)?;
    let person = Person::find(&access.person).ok_or(Fault::Token)?;
    if !is_good(simulator, House::Twitter, &access) {
        return Err(Fault::Token);
    }
    let mut profile = json!({
        "id": person.number(House::Twitter),
        "id_str": person.subject(House::Twitter),
        "name": person.name.as_deref().unwrap_or(&person.github_login),
        "screen_name": person.github_login,
        "location": "",
        "description": "",
        "url": null,
        "protected": false,
        "followers_count": 3,
        "friends_count": 4,
        "created_at": "Mon Jan 10 10:11:12 +0000 2022",
        // The badge of an account, which says nothing of its address.
        "verified": false,
        "lang": null,
        "profile_image_url_https": person.picture(simulator),
        "default_profile_image": !person.has_picture,
    });
    let query = Form::parse(request.query_string()).unwrap_or_default();
    if let Some(email) = person.verified_email()
        && query.get("include_email") == Some("true")
    {
        profile["email"] = json!(email);
    }
    Ok(HttpResponse::Ok().json(profile))
}

//! The profile behind a signed call.

use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::{Fault, by_access_token};
use crate::simulator::Simulator;
use crate::simulator::bearer::is_valid;
use crate::simulator::form::Form;
use crate::simulator::personas::Persona;
use crate::simulator::provider::SimulatedProvider;
use crate::simulator::signed_token::{self, Access};

pub(super) fn verify_credentials(
    simulator: &Simulator,
    request: &HttpRequest,
    body: &str,
) -> Result<HttpResponse, Fault> {
    let signed = by_access_token(simulator, request, body)?;
    let token = signed.get("oauth_token").and_then(|token| token.split_once('-')).ok_or(Fault::Token)?.1;
    let access: Access = signed_token::decode(SimulatedProvider::Twitter, token).ok_or(Fault::Token)?;
    let person = Persona::find(&access.person).ok_or(Fault::Token)?;
    if !is_valid(simulator, SimulatedProvider::Twitter, &access) {
        return Err(Fault::Token);
    }
    let mut profile = json!({
        "id": person.number(SimulatedProvider::Twitter),
        "id_str": person.subject(SimulatedProvider::Twitter),
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

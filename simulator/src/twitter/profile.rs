//! `verify_credentials`: the profile of a user at Twitter.

use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::{Fault, by_access_token};
use crate::Simulator;
use crate::bearer::is_valid;
use crate::form::Form;
use crate::provider::SimulatedProvider;
use crate::signed_token::{self, Access};

pub(super) fn verify_credentials(
    simulator: &Simulator,
    request: &HttpRequest,
    body: &str,
) -> Result<HttpResponse, Fault> {
    let signed = by_access_token(simulator, request, body)?;
    let token = signed.get("oauth_token").and_then(|token| token.split_once('-')).ok_or(Fault::Token)?.1;
    let access: Access = signed_token::decode(SimulatedProvider::Twitter, token).ok_or(Fault::Token)?;
    let persona = simulator.persona(&access.persona).ok_or(Fault::Token)?;
    if !is_valid(simulator, SimulatedProvider::Twitter, &access) {
        return Err(Fault::Token);
    }
    let mut profile = json!({
        "id": persona.number(SimulatedProvider::Twitter),
        "id_str": persona.subject(SimulatedProvider::Twitter),
        "name": persona.name.as_deref().unwrap_or(&persona.github_login),
        "screen_name": persona.github_login,
        "location": "",
        "description": "",
        "url": null,
        "protected": false,
        "followers_count": 3,
        "friends_count": 4,
        "created_at": "Mon Jan 10 10:11:12 +0000 2022",
        // The account badge; says nothing about the email.
        "verified": false,
        "lang": null,
        "profile_image_url_https": persona.picture(simulator),
        "default_profile_image": !persona.has_picture,
    });
    let query = Form::parse(request.query_string()).unwrap_or_default();
    if let Some(email) = persona.verified_email()
        && query.get("include_email") == Some("true")
    {
        profile["email"] = json!(email);
    }
    Ok(HttpResponse::Ok().json(profile))
}

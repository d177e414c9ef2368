//! The profile endpoints: which token may read them, and the document of each provider.

mod error;
mod github;
mod plain;

use actix_web::http::header::{CACHE_CONTROL, USER_AGENT};
use actix_web::{HttpRequest, HttpResponse, web};
use aws_lc_rs::hmac;
use serde_json::Value;

use super::Simulator;
use super::bearer::{Caller, bearer};
use super::call_counts::Endpoint;
use super::failure::Failure;
use super::form::Form;
use super::openid;
use super::provider::SimulatedProvider;
use error::ProfileError;

pub(super) use plain::{athlete, workos};

/// Which document a profile endpoint returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ProfileKind {
    /// The provider's own format.
    Profile,
    /// OpenID Connect claims.
    Claims,
    /// The list of emails.
    Emails,
}

pub(super) fn routes(provider: SimulatedProvider, config: &mut web::ServiceConfig) {
    let patterns = provider.patterns();
    let is_openid = provider.is_openid() && patterns.openid_userinfo.is_none();
    let kind = if is_openid { ProfileKind::Claims } else { ProfileKind::Profile };
    let mut paths = vec![(patterns.userinfo, kind)];
    paths.extend(patterns.openid_userinfo.map(|path| (path, ProfileKind::Claims)));
    paths.extend(patterns.emails.map(|path| (path, ProfileKind::Emails)));
    if provider == SimulatedProvider::Facebook {
        paths.push((format!(r"{}/{{version:v\d+\.\d+}}/me", patterns.base), ProfileKind::Profile));
    }
    if provider == SimulatedProvider::Github {
        // Where GitHub Enterprise has its API.
        paths.push((format!("{}/api/v3/user", patterns.base), ProfileKind::Profile));
        paths.push((format!("{}/api/v3/user/emails", patterns.base), ProfileKind::Emails));
    }
    for (path, kind) in paths.into_iter().filter(|(path, _)| !path.is_empty()) {
        let serve = move |simulator: web::Data<Simulator>, request: HttpRequest| async move {
            serve(&simulator, provider, kind, &request).await
        };
        let resource = web::resource(path).get(serve);
        config.service(if kind == ProfileKind::Claims { resource.post(serve) } else { resource });
    }
}

async fn serve(
    simulator: &Simulator,
    provider: SimulatedProvider,
    kind: ProfileKind,
    request: &HttpRequest,
) -> HttpResponse {
    let endpoint = if kind == ProfileKind::Emails { Endpoint::Emails } else { Endpoint::Userinfo };
    let answer = || match body(simulator, provider, kind, request) {
        Ok(body) => HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(body),
        Err(error) => error.answer(provider, kind == ProfileKind::Claims),
    };
    simulator.call(provider, endpoint, answer).await
}

fn body(
    simulator: &Simulator,
    provider: SimulatedProvider,
    kind: ProfileKind,
    request: &HttpRequest,
) -> Result<Value, ProfileError> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if provider == SimulatedProvider::Github && header(USER_AGENT.as_str()).is_none_or(str::is_empty) {
        return Err(ProfileError::MissingHeader);
    }
    let mut caller = bearer(simulator, provider, request).ok_or(ProfileError::InvalidToken)?;
    let is_twitch = provider == SimulatedProvider::Twitch && kind == ProfileKind::Profile;
    if is_twitch && header("client-id") != Some(&caller.client) {
        return Err(ProfileError::MissingHeader);
    }
    let query = Form::parse(request.query_string()).ok_or(ProfileError::BadRequest)?;
    if provider == SimulatedProvider::Facebook
        && query.get("appsecret_proof").is_some_and(|proof| proof != appsecret_proof(simulator, &caller))
    {
        return Err(ProfileError::BadRequest);
    }
    if !is_in_scope(&caller, kind) {
        return Err(ProfileError::InsufficientScope);
    }
    if simulator.0.faults.strikes(provider, Failure::OtherUser) {
        caller.persona = simulator.somebody_else(&caller.persona);
    }
    Ok(match (kind, provider) {
        (ProfileKind::Claims, _) => openid::userinfo(simulator, provider, &caller.persona, &caller.scope),
        (ProfileKind::Profile, SimulatedProvider::Github) => github::user(simulator, &caller.persona),
        (ProfileKind::Emails, SimulatedProvider::Github) => github::emails(&caller.persona),
        (ProfileKind::Emails, _) => plain::bitbucket_emails(simulator, &caller.persona),
        (ProfileKind::Profile, _) => plain::profile(simulator, &caller, &query),
    })
}

/// Whether the token's scope covers the document.
fn is_in_scope(caller: &Caller, kind: ProfileKind) -> bool {
    let has = |wanted: &str| caller.has_scope(wanted);
    match (caller.provider, kind) {
        (SimulatedProvider::Azuread, _) => true,
        (_, ProfileKind::Claims) => has("openid"),
        (SimulatedProvider::Github, ProfileKind::Emails) => has("user:email") || has("user"),
        (SimulatedProvider::Discord, _) => has("identify"),
        (SimulatedProvider::Gitlab, _) => has("read_user") || has("api") || has("read_api"),
        (SimulatedProvider::Bitbucket, ProfileKind::Profile) => has("account"),
        (SimulatedProvider::Bitbucket, ProfileKind::Emails) => has("email") || has("account"),
        (SimulatedProvider::Windowslive, _) => has("wl.basic"),
        (SimulatedProvider::X, _) => has("users.read") && has("tweet.read"),
        _ => true,
    }
}

/// The expected `appsecret_proof`.
fn appsecret_proof(simulator: &Simulator, caller: &Caller) -> String {
    let secret = simulator.client(&caller.client).and_then(|client| client.secret).unwrap_or_default();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::sign(&key, caller.token.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

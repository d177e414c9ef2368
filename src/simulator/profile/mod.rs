//! The profile behind an access token: who may see it, and how each house writes it.

mod github;
mod plain;
mod stranger;

use actix_web::http::header::{CACHE_CONTROL, USER_AGENT};
use actix_web::{HttpRequest, HttpResponse, web};
use aws_lc_rs::hmac;
use serde_json::Value;

use super::bearer::{Caller, bearer};
use super::counts::Place;
use super::form::Form;
use super::house::House;
use super::openid;
use super::{CLIENT_ID, CLIENT_SECRET, Simulator};
use stranger::Stranger;

pub(super) use plain::{athlete, workos};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    /// The house's own profile.
    Profile,
    /// The claims of OpenID Connect.
    Claims,
    /// The list of addresses.
    Emails,
}

pub(super) fn routes(house: House, config: &mut web::ServiceConfig) {
    let patterns = house.patterns();
    let is_openid = house.is_openid() && patterns.openid_userinfo.is_none();
    let wish = if is_openid { Wish::Claims } else { Wish::Profile };
    let mut paths = vec![(patterns.userinfo, wish)];
    paths.extend(patterns.openid_userinfo.map(|path| (path, Wish::Claims)));
    paths.extend(patterns.emails.map(|path| (path, Wish::Emails)));
    if house == House::Facebook {
        paths.push((format!(r"{}/{{version:v\d+\.\d+}}/me", patterns.base), Wish::Profile));
    }
    for (path, wish) in paths.into_iter().filter(|(path, _)| !path.is_empty()) {
        let tell = move |simulator: web::Data<Simulator>, request: HttpRequest| async move {
            tell(&simulator, house, wish, &request).await
        };
        let resource = web::resource(path).get(tell);
        config.service(if wish == Wish::Claims { resource.post(tell) } else { resource });
    }
}

async fn tell(simulator: &Simulator, house: House, wish: Wish, request: &HttpRequest) -> HttpResponse {
    let place = if wish == Wish::Emails { Place::Emails } else { Place::Userinfo };
    if let Err(trouble) = simulator.enter(house, place).await {
        return trouble;
    }
    match told(simulator, house, wish, request) {
        Ok(body) => HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(body),
        Err(stranger) => stranger.answer(house, wish == Wish::Claims),
    }
}

fn told(simulator: &Simulator, house: House, wish: Wish, request: &HttpRequest) -> Result<Value, Stranger> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if house == House::Github && header(USER_AGENT.as_str()).is_none_or(str::is_empty) {
        return Err(Stranger::Unnamed);
    }
    let caller = bearer(simulator, house, request).ok_or(Stranger::Unknown)?;
    if house == House::Twitch && wish == Wish::Profile && header("client-id") != Some(CLIENT_ID) {
        return Err(Stranger::Unnamed);
    }
    let query = Form::parse(request.query_string()).ok_or(Stranger::Unproven)?;
    if house == House::Facebook && query.get("appsecret_proof").is_some_and(|proof| proof != app_proof(&caller.token)) {
        return Err(Stranger::Unproven);
    }
    if !opens(&caller, wish) {
        return Err(Stranger::Unentitled);
    }
    Ok(match (wish, house) {
        (Wish::Claims, _) => openid::told_at_userinfo(simulator, house, &caller.person, &caller.scope).into_value(),
        (Wish::Profile, House::Github) => github::user(simulator, &caller.person),
        (Wish::Emails, House::Github) => github::addresses(&caller.person),
        (Wish::Emails, _) => plain::bitbucket_addresses(simulator, &caller.person),
        (Wish::Profile, _) => plain::profile(simulator, &caller, &query),
    })
}

/// Whether the scope lets the caller in at all.
fn opens(caller: &Caller, wish: Wish) -> bool {
    let has = |wanted: &str| caller.has_scope(wanted);
    match (caller.house, wish) {
        (House::Azuread, _) => true,
        (_, Wish::Claims) => has("openid"),
        (House::Github, Wish::Emails) => has("user:email") || has("user"),
        (House::Discord, _) => has("identify"),
        (House::Gitlab, _) => has("read_user") || has("api") || has("read_api"),
        (House::Bitbucket, Wish::Profile) => has("account"),
        (House::Bitbucket, Wish::Emails) => has("email") || has("account"),
        (House::Windowslive, _) => has("wl.basic"),
        (House::X, _) => has("users.read") && has("tweet.read"),
        _ => true,
    }
}

/// What `appsecret_proof` has to be.
fn app_proof(token: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, CLIENT_SECRET.as_bytes());
    hmac::sign(&key, token.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

//! Linking a provider to an account: `POST /link/provider/{provider}`, and a page of our own on which the person agrees.
//!
//! Whoever is led through a linking that they did not begin sees two accounts named that do not belong together; and
//! nothing is linked without their word, in the browser and the session in which it began.

use actix_web::cookie::{Cookie, SameSite, time::Duration as CookieDuration};
use actix_web::http::header;
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use url::{Url, form_urlencoded};

use super::codes::{self, ErrorCode};
use super::errors::NhostError;
use super::names::{provider_name, redirect_uri};
use super::{bearer, views};
use crate::domain::id::{SessionId, UserId};
use crate::domain::profile::ExternalProfile;
use crate::domain::secret::Secret;
use crate::flow::directory::Begin;
use crate::flow::error::Code;
use crate::flow::link::{Pending, TTL};
use crate::flow::snapshot::Destination;
use crate::flow::supervisor::Arrived;
use crate::flow::ticket::Redeem;
use crate::http::front::Front;
use crate::http::{client_address, departure};
use crate::session::access::Speaker;
use crate::user::messages::{FindFresh, Intent, Person};
use crate::user::options::SignUpOptions;
use crate::vault::ticket::{LookAtTicket, Sort, TakeTicket};

const PAGE: &str = include_str!("link/confirm.html");
const STYLE: &str = include_str!("link/confirm.css");
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LinkBody {
    #[serde(default)]
    redirect_to: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    provider_specific_params: ForTheProvider,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ForTheProvider {
    #[serde(default)]
    connection: Option<String>,
    #[serde(default)]
    organization: Option<String>,
}

/// `POST /link/provider/{provider}`: where the app sends its browser. The cookie has to reach that browser, so the app
/// asks with credentials.
pub(super) async fn begin(
    request: HttpRequest,
    front: web::Data<Front>,
    provider: web::Path<String>,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, NhostError> {
    let Speaker { user_id, session_id } = bearer::speaker(&front, &request)?;
    let provider = provider_name(&front, &provider)?;
    let bytes = body.map_err(views::unreadable)?;
    let body: LinkBody = if bytes.is_empty() { LinkBody::default() } else { views::body(Ok(bytes))? };
    front.users.ask(FindFresh { user_id, session_id }).await??;
    let session_id = session_id.ok_or_else(NhostError::unauthorized)?;
    let ForTheProvider { connection, organization } = body.provider_specific_params;
    let parameters = [("connection", connection), ("organization", organization)];
    let wish = Begin {
        redirect_uri: redirect_uri(&front, &provider),
        provider,
        return_url: body.redirect_to,
        client_state: body.state.filter(|state| !state.is_empty()),
        connect: None,
        code_challenge: None,
        is_sign_up: false,
        options: SignUpOptions::default(),
        destination: Destination::Link(user_id, session_id),
        parameters: parameters.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect(),
    };
    let begun = front.directory.begin(wish).await.map_err(|not_begun| {
        log::warn!("a linking did not start: {}", not_begun.error);
        NhostError::of_sign_in(&not_begun.error)
    })?;
    Ok(departure::told(&front, &request, &begun))
}

/// Back from the provider: on to the page that asks, with what waits for the answer in a cookie.
pub(super) fn ask_first(
    front: &Front,
    arrived: &Arrived,
    handle: &Secret,
    (user_id, session_id): (UserId, SessionId),
) -> Result<(String, Cookie<'static>), NhostError> {
    let pending = Pending {
        handle: handle.clone(),
        user_id,
        session_id,
        return_url: arrived.return_url.as_str().to_owned(),
        client_state: arrived.client_state.clone(),
        expires_at: front.clock.now().plus(TTL),
    };
    let sealed = pending.seal(&front.link_sealer, front.entropy.as_ref()).map_err(|error| {
        log::error!("{error}");
        NhostError::from(ErrorCode::InternalServerError)
    })?;
    let mut cookie = cookie(front, sealed);
    cookie.set_max_age(CookieDuration::try_from(TTL).unwrap_or(CookieDuration::MINUTE));
    Ok((format!("{}/link/confirm", front.public_base), cookie))
}

fn name(front: &Front) -> &'static str {
    if front.is_https { "__Host-vouchsafe-link" } else { "vouchsafe-link" }
}

fn cookie(front: &Front, value: String) -> Cookie<'static> {
    Cookie::build(name(front), value).path("/").http_only(true).secure(front.is_https).same_site(SameSite::Lax).finish()
}

fn pending(front: &Front, request: &HttpRequest) -> Option<Pending> {
    Pending::open(request.cookie(name(front))?.value(), &front.link_sealer, front.clock.now())
}

/// `GET /link/confirm`: the page, with both accounts on it.
pub(super) async fn page(request: HttpRequest, front: web::Data<Front>) -> Result<HttpResponse, NhostError> {
    let Some(pending) = pending(&front, &request) else { return Ok(over(&front, None)) };
    let (user_id, session_id) = (pending.user_id, Some(pending.session_id));
    let person = front.users.ask(FindFresh { user_id, session_id }).await??;
    let look = LookAtTicket { handle: pending.handle.clone(), sort: Sort::Link };
    let Some(profile) = front.vault.ask(look).await?? else { return Ok(over(&front, Some(&pending))) };
    let label = front.providers.get(&profile.provider).map_or(profile.provider.as_str(), |known| &known.label);
    let here = format!("{}/link/confirm", front.public_base);
    let page = PAGE
        .replace("{style}", &escaped(&format!("{here}.css")))
        .replace("{action}", &escaped(&here))
        .replace("{provider}", &escaped(label))
        .replace("{theirs}", &escaped(&theirs(&profile)))
        .replace("{ours}", &escaped(&ours(&person)));
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, policy(&pending)));
    Ok(response.body(page))
}

/// Browsers hold the form's answer against the policy, too: it leads to where the app wanted its browser back.
fn policy(pending: &Pending) -> String {
    match Url::parse(&pending.return_url) {
        Ok(url) if url.origin().is_tuple() => format!("{POLICY} {}", url.origin().ascii_serialization()),
        Ok(url) => format!("{POLICY} {}:", url.scheme()),
        Err(_) => POLICY.to_owned(),
    }
}

/// `GET /link/confirm.css`
pub(super) async fn style() -> HttpResponse {
    HttpResponse::Ok().content_type("text/css; charset=utf-8").body(STYLE)
}

/// `POST /link/confirm`: the person's word, which counts once.
pub(super) async fn answer(
    request: HttpRequest,
    front: web::Data<Front>,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, NhostError> {
    let body = body.map_err(views::unreadable)?;
    let site = request.headers().get("sec-fetch-site");
    if site.is_some_and(|site| site != "same-origin") {
        return Err(NhostError::invalid_request("only our own page may answer"));
    }
    let Some(pending) = pending(&front, &request) else { return Ok(over(&front, None)) };
    let has_agreed = form_urlencoded::parse(&body).any(|(name, value)| name == "answer" && value == "yes");
    let (handle, sort) = (pending.handle.clone(), Sort::Link);
    if !has_agreed {
        front.vault.ask(TakeTicket { handle, sort }).await??;
        return Ok(back(&front, &pending, Some(("access-denied", "The person did not agree to the link"))));
    }
    let (user_id, session_id) = (pending.user_id, Some(pending.session_id));
    front.users.ask(FindFresh { user_id, session_id }).await??;
    let (intent, options) = (Intent::Connect(user_id), SignUpOptions::default());
    let redeem = Redeem { handle, sort, intent, options, address: client_address::of(&front, &request) };
    let failure = match front.directory.redeem(redeem).await {
        Ok(_) => None,
        Err(error) if error.code == Code::Unavailable => return Err(NhostError::of_sign_in(&error)),
        Err(error) => {
            log::warn!("an identity was not linked: {error}");
            let code = codes::told(&front, error.code);
            Some((code.text(), code.message()))
        }
    };
    Ok(back(&front, &pending, failure))
}

/// To where the app wanted its browser back, without the cookie.
fn back(front: &Front, pending: &Pending, failure: Option<(&str, &str)>) -> HttpResponse {
    let checked = front.return_urls.check(&pending.return_url);
    let return_url = checked.unwrap_or_else(|_| front.return_urls.default_url().clone());
    let mut parameters = Vec::new();
    if let Some((error, description)) = failure {
        parameters.extend([("error", error), ("errorDescription", description)]);
    }
    if let Some(state) = &pending.client_state {
        parameters.push(("state", state));
    }
    leave(front, &return_url.with(&parameters))
}

/// Nothing waits in this browser, or no more.
fn over(front: &Front, pending: Option<&Pending>) -> HttpResponse {
    let code = ErrorCode::InvalidState;
    match pending {
        Some(pending) => back(front, pending, Some((code.text(), code.message()))),
        None => {
            let parameters = [("error", code.text()), ("errorDescription", code.message())];
            leave(front, &front.return_urls.default_url().with(&parameters))
        }
    }
}

fn leave(front: &Front, target: &str) -> HttpResponse {
    let mut removal = cookie(front, String::new());
    removal.make_removal();
    HttpResponse::SeeOther().cookie(removal).insert_header((header::LOCATION, target)).finish()
}

fn theirs(profile: &ExternalProfile) -> String {
    named(profile.name.as_deref().unwrap_or(&profile.subject), profile.email.as_deref())
}

fn ours(person: &Person) -> String {
    named(&person.display_name, person.email.as_deref())
}

fn named(name: &str, email: Option<&str>) -> String {
    match email {
        Some(email) if email != name => format!("{name} ({email})"),
        _ => name.to_owned(),
    }
}

/// Text between tags and in quoted attributes. A brace is written as its number, too, so that no name is taken for a
/// place of the page.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '"' | '\'' | '{' | '}' => escaped.push_str(&format!("&#{};", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_markup_nor_a_place_of_the_page() {
        assert_eq!(escaped("<b>{ours} & 'x\""), "&#60;b&#62;&#123;ours&#125; &#38; &#39;x&#34;");
    }
}

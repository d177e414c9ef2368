//! Linking a provider to an account: `POST /link/provider/{provider}`, and a page of our own on which the user agrees.
//!
//! Whoever is led through a linking that they did not begin sees two accounts label_with_email that do not belong together; and
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
use crate::flow::cookie::Destination;
use crate::flow::error::FailureCode;
use crate::flow::link::{PendingLink, TTL};
use crate::flow::service::Begin;
use crate::flow::supervisor::CallbackResult;
use crate::flow::ticket::RedeemTicket;
use crate::http::authorization_redirect;
use crate::http::extract::client_ip;
use crate::http::state::HttpState;
use crate::user::messages::{Find, Intent, RequireFresh, User};
use crate::user::options::SignUpOptions;
use crate::vault::ticket::{PeekTicket, TakeTicket, TicketPurpose};

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
    provider_specific_params: ProviderParams,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProviderParams {
    #[serde(default)]
    connection: Option<String>,
    #[serde(default)]
    organization: Option<String>,
}

/// `POST /link/provider/{provider}`: where the app sends its browser. The cookie has to reach that browser, so the app
/// asks with credentials.
pub(super) async fn begin(
    request: HttpRequest,
    http: web::Data<HttpState>,
    provider: web::Path<String>,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, NhostError> {
    let session = bearer::fresh_session(&http, &request).await?;
    let provider = provider_name(&http, &provider)?;
    let bytes = body.map_err(views::body_error)?;
    let body: LinkBody = if bytes.is_empty() { LinkBody::default() } else { views::body(Ok(bytes))? };
    let ProviderParams { connection, organization } = body.provider_specific_params;
    let parameters = [("connection", connection), ("organization", organization)];
    let begin = Begin {
        redirect_uri: redirect_uri(&http, &provider),
        provider,
        return_url: body.redirect_to,
        client_state: body.state.filter(|state| !state.is_empty()),
        connect: None,
        code_challenge: None,
        is_sign_up: false,
        options: SignUpOptions::default(),
        destination: Destination::Link(session.user_id(), session.id()),
        parameters: parameters.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect(),
    };
    let begun = http.sign_ins.begin(begin).await.map_err(|not_begun| {
        log::warn!("a linking did not start: {}", not_begun.error);
        NhostError::from_sign_in(&not_begun.error)
    })?;
    Ok(authorization_redirect::json_url(&http, &request, &begun))
}

/// Back from the provider: on to the page that asks, with what waits for the answer in a cookie.
pub(super) fn confirmation_redirect(
    http: &HttpState,
    result: &CallbackResult,
    handle: &Secret,
    (user_id, session_id): (UserId, SessionId),
) -> Result<(String, Cookie<'static>), NhostError> {
    let pending = PendingLink {
        handle: handle.clone(),
        user_id,
        session_id,
        return_url: result.return_url.as_str().to_owned(),
        client_state: result.client_state.clone(),
        expires_at: http.clock.now().plus(TTL),
    };
    let sealed = pending.seal(&http.link_sealer, http.random.as_ref()).map_err(|error| {
        log::error!("{error}");
        NhostError::from(ErrorCode::InternalServerError)
    })?;
    let mut cookie = cookie(http, sealed);
    cookie.set_max_age(CookieDuration::try_from(TTL).unwrap_or(CookieDuration::MINUTE));
    Ok((format!("{}/link/confirm", http.public_base), cookie))
}

fn name(http: &HttpState) -> &'static str {
    if http.is_https { "__Host-vouchsafe-link" } else { "vouchsafe-link" }
}

fn cookie(http: &HttpState, value: String) -> Cookie<'static> {
    Cookie::build(name(http), value).path("/").http_only(true).secure(http.is_https).same_site(SameSite::Lax).finish()
}

fn pending(http: &HttpState, request: &HttpRequest) -> Option<PendingLink> {
    PendingLink::open(request.cookie(name(http))?.value(), &http.link_sealer, http.clock.now())
}

/// `GET /link/confirm`: the page, with both accounts on it.
pub(super) async fn page(request: HttpRequest, http: web::Data<HttpState>) -> Result<HttpResponse, NhostError> {
    let Some(pending) = pending(&http, &request) else { return Ok(pending_expired(&http, None)) };
    let session = http.users.send(RequireFresh(pending.principal())).await??;
    let user = http.users.send(Find { session: session.into() }).await??;
    let look = PeekTicket { handle: pending.handle.clone(), purpose: TicketPurpose::Link };
    let Some(profile) = http.vault.send(look).await?? else { return Ok(pending_expired(&http, Some(&pending))) };
    let label = http.providers.get(&profile.provider).map_or(profile.provider.as_str(), |known| &known.label);
    let here = format!("{}/link/confirm", http.public_base);
    let page = PAGE
        .replace("{style}", &escape_html(&format!("{here}.css")))
        .replace("{action}", &escape_html(&here))
        .replace("{provider}", &escape_html(label))
        .replace("{identity_label}", &escape_html(&identity_label(&profile)))
        .replace("{account_label}", &escape_html(&account_label(&user)));
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, policy(&pending)));
    Ok(response.body(page))
}

/// Browsers hold the form's answer against the policy, too: it leads to where the app wanted its browser return_to_app.
fn policy(pending: &PendingLink) -> String {
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

/// `POST /link/confirm`: the user's word, which counts once.
pub(super) async fn answer(
    request: HttpRequest,
    http: web::Data<HttpState>,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, NhostError> {
    let body = body.map_err(views::body_error)?;
    let site = request.headers().get("sec-fetch-site");
    if site.is_some_and(|site| site != "same-origin") {
        return Err(NhostError::invalid_request("only our own page may answer"));
    }
    let Some(pending) = pending(&http, &request) else { return Ok(pending_expired(&http, None)) };
    let is_confirmed = form_urlencoded::parse(&body).any(|(name, value)| name == "answer" && value == "yes");
    let (handle, purpose) = (pending.handle.clone(), TicketPurpose::Link);
    if !is_confirmed {
        http.vault.send(TakeTicket { handle, purpose }).await??;
        return Ok(return_to_app(&http, &pending, Some(("access-denied", "The person did not agree to the link"))));
    }
    let session = http.users.send(RequireFresh(pending.principal())).await??;
    let (intent, options) = (Intent::Connect(session), SignUpOptions::default());
    let redeem = RedeemTicket { handle, purpose, intent, options, address: client_ip::client_ip(&http, &request) };
    let failure = match http.sign_ins.redeem_ticket(redeem).await {
        Ok(_) => None,
        Err(error) if error.code == FailureCode::Unavailable => return Err(NhostError::from_sign_in(&error)),
        Err(error) => {
            log::warn!("an identity was not linked: {error}");
            let code = codes::public_code(&http, error.code);
            Some((code.text(), code.message()))
        }
    };
    Ok(return_to_app(&http, &pending, failure))
}

/// To where the app wanted its browser return_to_app, without the cookie.
fn return_to_app(http: &HttpState, pending: &PendingLink, failure: Option<(&str, &str)>) -> HttpResponse {
    let checked = http.return_urls.check(&pending.return_url);
    let return_url = checked.unwrap_or_else(|_| http.return_urls.default_url().clone());
    let mut parameters = Vec::new();
    if let Some((error, description)) = failure {
        parameters.extend([("error", error), ("errorDescription", description)]);
    }
    if let Some(state) = &pending.client_state {
        parameters.push(("state", state));
    }
    see_other(http, &return_url.with_params(&parameters))
}

/// Nothing waits in this browser, or no more.
fn pending_expired(http: &HttpState, pending: Option<&PendingLink>) -> HttpResponse {
    let code = ErrorCode::InvalidState;
    match pending {
        Some(pending) => return_to_app(http, pending, Some((code.text(), code.message()))),
        None => {
            let parameters = [("error", code.text()), ("errorDescription", code.message())];
            see_other(http, &http.return_urls.default_url().with_params(&parameters))
        }
    }
}

fn see_other(http: &HttpState, target: &str) -> HttpResponse {
    let mut removal = cookie(http, String::new());
    removal.make_removal();
    HttpResponse::SeeOther().cookie(removal).insert_header((header::LOCATION, target)).finish()
}

fn identity_label(profile: &ExternalProfile) -> String {
    label_with_email(
        profile.name.as_deref().unwrap_or(&profile.subject),
        profile.email.as_ref().map(|claim| claim.email.as_str()),
    )
}

fn account_label(user: &User) -> String {
    label_with_email(&user.display_name, user.email.as_deref())
}

fn label_with_email(name: &str, email: Option<&str>) -> String {
    match email {
        Some(email) if email != name => format!("{name} ({email})"),
        _ => name.to_owned(),
    }
}

/// Text between tags and in quoted attributes. A brace is written as its number, too, so that no name is taken for a
/// place of the page.
fn escape_html(text: &str) -> String {
    let mut escape_html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '"' | '\'' | '{' | '}' => escape_html.push_str(&format!("&#{};", u32::from(c))),
            c => escape_html.push(c),
        }
    }
    escape_html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_markup_nor_a_place_of_the_page() {
        assert_eq!(escape_html("<b>{account_label} & 'x\""), "&#60;b&#62;&#123;account_label&#125; &#38; &#39;x&#34;");
    }
}

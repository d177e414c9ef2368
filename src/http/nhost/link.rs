//! Linking a provider to an account: `POST /link/provider/{provider}`, and the page on which the user confirms it.
//!
//! Someone who is tricked into a link that they did not begin sees that the two accounts on the page do not belong
//! together. Nothing is linked unless the user confirms it, in the browser and session in which the link began.

use actix_web::cookie::{Cookie, time::Duration as CookieDuration};
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::auth::Fresh;
use super::codes::{self, ErrorCode};
use super::errors::NhostError;
use super::provider_params::ProviderParams;
use super::provider_path::{ProviderPath, redirect_uri};
use crate::domain::log::{self, Scope};
use crate::domain::profile::ExternalProfile;
use crate::domain::secret::Secret;
use crate::domain::sha256::sha256;
use crate::flow::error::FailureCode;
use crate::flow::intent::{BeginIntent, LinkingSession};
use crate::flow::link::{PendingLink, TTL};
use crate::flow::service::{Begin, BeginError};
use crate::flow::supervisor::CallbackResult;
use crate::flow::ticket::RedeemTicket;
use crate::http::extract::{ClientIp, Form, Object, OptionalJson};
use crate::http::negotiation::prefers_page;
use crate::http::pages::PageContext;
use crate::http::pages::link_confirmation::LinkConfirmation;
use crate::http::state::HttpState;
use crate::http::{authorization_redirect, cookies};
use crate::user::messages::{Find, Intent, RequireFresh, User};
use crate::user::options::SignUpOptions;
use crate::vault::ticket::{PeekTicket, TakeTicket, TicketPurpose};

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LinkBody {
    #[serde(default)]
    redirect_to: Option<String>,
    #[serde(default)]
    state: Option<String>,
    /// Separated by spaces or commas.
    #[serde(default)]
    scopes: Option<String>,
    #[serde(default)]
    provider_specific_params: Object<ProviderParams>,
}

/// `POST /link/provider/{provider}`: the URL to which the app sends its browser. The app asks with credentials, so that
/// the flow's cookie reaches the browser.
pub(super) async fn begin(
    request: HttpRequest,
    http: web::Data<HttpState>,
    Fresh(session): Fresh,
    ProviderPath(provider): ProviderPath,
    OptionalJson(body): OptionalJson<LinkBody>,
) -> Result<HttpResponse, NhostError> {
    let body = body.unwrap_or_default();
    let Object(parameters) = body.provider_specific_params;
    let begin = Begin {
        redirect_uri: redirect_uri(&http, &provider),
        provider,
        return_url: body.redirect_to,
        client_state: body.state.filter(|state| !state.is_empty()),
        intent: BeginIntent::Link(session),
        options: SignUpOptions::default(),
        asked: parameters.with_scopes(body.scopes.as_deref()),
    };
    let begun = http.sign_ins.begin(begin).await.map_err(|BeginError { error, .. }| {
        log::log!(http.sign_ins.log_level(&error), "link not started: {error}");
        NhostError::from_sign_in(&http, &error)
    })?;
    Ok(authorization_redirect::json_url(&http, &request, &begun))
}

/// The page's URL and the cookie of the pending link, for a browser that comes back from the provider.
pub(super) fn confirmation_redirect(
    http: &HttpState,
    result: &CallbackResult,
    handle: &Secret,
    session: LinkingSession,
) -> Result<(String, Cookie<'static>), NhostError> {
    let pending = PendingLink {
        handle: handle.clone(),
        session,
        return_url: result.return_url.as_str().to_owned(),
        client_state: result.client_state.clone(),
        expires_at: http.clock.now().plus(TTL),
    };
    let sealed = pending.seal(&http.link_sealer, http.random.as_ref()).map_err(|error| {
        log::error!("pending link not sealed: {error}");
        NhostError::from(ErrorCode::InternalServerError)
    })?;
    let mut cookie = cookie(http, sealed);
    cookie.set_max_age(CookieDuration::try_from(TTL).unwrap_or(CookieDuration::MINUTE));
    Ok((page_url(http), cookie))
}

fn page_url(http: &HttpState) -> String {
    format!("{}/link/confirm", http.public_base)
}

fn cookie(http: &HttpState, value: String) -> Cookie<'static> {
    cookies::cookie(http, cookies::link_name(http).to_owned(), value)
}

fn pending_link(http: &HttpState, request: &HttpRequest) -> Option<PendingLink> {
    PendingLink::open(&cookies::read_cookie(request, cookies::link_name(http))?, &http.link_sealer, http.clock.now())
}

/// `GET /link/confirm`: the page with both accounts.
pub(super) async fn page(request: HttpRequest, http: web::Data<HttpState>) -> Result<HttpResponse, NhostError> {
    let Some(pending) = pending_link(&http, &request) else { return no_pending_link(&http, &request) };
    let session = http.users.send(RequireFresh(pending.session.principal())).await??;
    let user = http.users.send(Find { session: session.into() }).await??;
    let Some(profile) = pending_profile(&http, &pending).await? else {
        let code = ErrorCode::InvalidState;
        return Ok(return_to_app(&http, &pending, Err((code.text(), code.message()))));
    };
    let name = profile.provider.as_str();
    let (provider, icon) =
        http.providers.get(&profile.provider).map_or((name, name), |known| (&known.label, &known.icon));
    let confirmation = LinkConfirmation {
        context: &PageContext::of(&http, &request),
        provider,
        icon,
        identity: &identity_label(&profile),
        account: &account_label(&user),
        action: &page_url(&http),
        return_url: &pending.return_url,
        default_url: http.return_urls.default_url().as_str(),
        form_token: &form_token(&pending),
    };
    Ok(confirmation.into_response())
}

/// What the form of the page sends.
#[derive(Deserialize)]
pub(super) struct Answer {
    answer: Option<String>,
    token: Option<Secret>,
}

/// Proof that a form comes from our page: only the browser with the sealed cookie can read the page, and only we know
/// the handle in the cookie.
fn form_token(pending: &PendingLink) -> Secret {
    Secret::new(URL_SAFE_NO_PAD.encode(sha256(&format!("link confirmation {}", pending.handle.expose()))))
}

/// Whether the browser says that the form was posted by another page.
fn is_other_page(http: &HttpState, request: &HttpRequest) -> bool {
    let mut origins = request.headers().get_all(header::ORIGIN);
    let is_own =
        |origin: &HeaderValue| origin.to_str().ok().and_then(|origin| origin.parse().ok()) == http.public_origin;
    let site = request.headers().get("sec-fetch-site");
    !origins.all(is_own) || site.is_some_and(|site| site != "same-origin")
}

/// `POST /link/confirm`: the user's decision, which counts once.
pub(super) async fn answer(
    request: HttpRequest,
    http: web::Data<HttpState>,
    Form(Answer { answer, token }): Form<Answer>,
    ClientIp(ip): ClientIp,
) -> Result<HttpResponse, NhostError> {
    if is_other_page(&http, &request) {
        return Err(NhostError::other_page());
    }
    let Some(pending) = pending_link(&http, &request) else { return no_pending_link(&http, &request) };
    if token != Some(form_token(&pending)) {
        return Err(NhostError::other_page());
    }
    let (handle, purpose) = (pending.handle.clone(), TicketPurpose::Link);
    if answer.as_deref() != Some("yes") {
        http.vault.send(TakeTicket { handle, purpose }).await??;
        return Ok(return_to_app(&http, &pending, Err(("access-denied", "You chose not to link this account"))));
    }
    let session = http.users.send(RequireFresh(pending.session.principal())).await??;
    let (intent, options) = (Intent::Connect(session), SignUpOptions::default());
    let profile = pending_profile(&http, &pending).await?;
    let redeem = RedeemTicket { handle, purpose, intent, options, ip };
    let outcome = match http.sign_ins.redeem_ticket(redeem).await {
        Ok(_) => Ok(profile.as_ref().map(|profile| profile.provider.as_str())),
        Err(error) if error.code == FailureCode::Unavailable => return Err(NhostError::from_sign_in(&http, &error)),
        Err(error) => {
            log::log!(http.sign_ins.log_level(&error), "identity not linked: {error}");
            let code = codes::public_code(&http, error.code);
            Err((code.text(), code.message()))
        }
    };
    Ok(return_to_app(&http, &pending, outcome))
}

/// Who the user is at the provider; `None` if the ticket is used or expired.
async fn pending_profile(http: &HttpState, pending: &PendingLink) -> Result<Option<ExternalProfile>, NhostError> {
    let peek = PeekTicket { handle: pending.handle.clone(), purpose: TicketPurpose::Link };
    Ok(http.vault.send(peek).await??)
}

/// Which provider was linked, or an error with its description.
type LinkOutcome<'a> = Result<Option<&'a str>, (&'a str, &'a str)>;

/// Redirects to the app's return URL, which is checked again, and removes the cookie.
fn return_to_app(http: &HttpState, pending: &PendingLink, outcome: LinkOutcome<'_>) -> HttpResponse {
    let checked = http.return_urls.check(&pending.return_url);
    let return_url = checked.unwrap_or_else(|_| http.return_urls.default_url().clone());
    let flow = Scope::current().flow().map(|flow| flow.to_string());
    let mut parameters = Vec::new();
    match outcome {
        Ok(provider) => parameters.extend(provider.map(|provider| ("linked", provider))),
        Err((error, description)) => {
            parameters.extend([("error", error), ("errorDescription", description)]);
            parameters.extend(flow.as_ref().map(|flow| ("flow", flow.as_str())));
        }
    }
    if let Some(state) = &pending.client_state {
        parameters.push(("state", state));
    }
    see_other(http, &return_url.with_params(&parameters))
}

/// The answer if this browser has no pending link, and so no return URL: a page that says so, or a redirect to the
/// default.
fn no_pending_link(http: &HttpState, request: &HttpRequest) -> Result<HttpResponse, NhostError> {
    let code = ErrorCode::InvalidState;
    if !prefers_page(request) {
        let parameters = [("error", code.text()), ("errorDescription", code.message())];
        return Ok(see_other(http, &http.return_urls.default_url().with_params(&parameters)));
    }
    let mut response = HttpResponse::from_error(NhostError::no_pending_link());
    response.add_cookie(&removal(http)).map_err(|_| NhostError::from(ErrorCode::InternalServerError))?;
    Ok(response)
}

fn see_other(http: &HttpState, target: &str) -> HttpResponse {
    HttpResponse::SeeOther().cookie(removal(http)).insert_header((header::LOCATION, target)).finish()
}

fn removal(http: &HttpState) -> Cookie<'static> {
    cookies::removed(http, cookies::link_name(http).to_owned())
}

fn identity_label(profile: &ExternalProfile) -> String {
    let email = profile.email.as_ref().map(|claim| claim.email.as_str());
    label_with_email(profile.name.as_deref().unwrap_or(&profile.subject), email)
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

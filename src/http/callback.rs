//! What every dialect does alike with a callback: reads what the provider sent through the browser, and resumes the
//! flow. Each dialect turns the outcome into its own answer.

#[cfg(test)]
mod fuzz_tests;

use actix_web::cookie::Cookie;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

use super::extract::{ClientIp, Rejection, text_map};
use super::state::HttpState;
use super::{cookies, form_post};
use crate::domain::id::ProviderName;
use crate::domain::secret::Secret;
use crate::flow::callback::{Callback, ProviderErrorResponse};
use crate::flow::error::{FailureCode, SignInError};
use crate::flow::supervisor::{CallbackResult, Resume};

/// The most characters of a provider's error text that are passed on.
const MAX_ERROR_TEXT: usize = 300;

/// The parameters of a callback (RFC 6749 section 4.1.2, RFC 9207, OAuth 1.0a, and Apple's `user`).
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CallbackParams {
    state: Option<String>,
    code: Option<Secret>,
    error: Option<String>,
    error_description: Option<String>,
    error_uri: Option<String>,
    iss: Option<String>,
    user: Option<Secret>,
    oauth_token: Option<Secret>,
    oauth_verifier: Option<Secret>,
    /// Twitter's name for a denied consent; the value is the request token.
    denied: Option<Secret>,
}

impl CallbackParams {
    /// All but `state`, as they are kept between a form post and the navigation after it.
    fn without_state(&self) -> [(&'static str, Option<&str>); 9] {
        fn text(secret: Option<&Secret>) -> Option<&str> {
            secret.map(Secret::expose)
        }
        [
            ("code", text(self.code.as_ref())),
            ("error", self.error.as_deref()),
            ("error_description", self.error_description.as_deref()),
            ("error_uri", self.error_uri.as_deref()),
            ("iss", self.iss.as_deref()),
            ("user", text(self.user.as_ref())),
            ("oauth_token", text(self.oauth_token.as_ref())),
            ("oauth_verifier", text(self.oauth_verifier.as_ref())),
            ("denied", text(self.denied.as_ref())),
        ]
    }

    /// The provider's error response. Twitter reports a denied consent as `denied`.
    fn provider_error(&self) -> Option<ProviderErrorResponse> {
        let error = self.error.as_deref().or_else(|| self.denied.as_ref().map(|_| "access_denied"));
        error.filter(|error| !error.is_empty()).map(|error| ProviderErrorResponse {
            error: truncate(error),
            description: self.error_description.as_deref().map(truncate).unwrap_or_default(),
            uri: self.error_uri.as_deref().map(truncate).unwrap_or_default(),
        })
    }
}

/// A callback whose flow was resumed.
#[derive(Debug)]
pub struct ReceivedCallback {
    /// The `state` parameter.
    pub state: String,
    /// The provider's error response; untrusted text.
    pub provider_error: Option<ProviderErrorResponse>,
    /// The flow's result.
    pub result: Result<CallbackResult, SignInError>,
}

impl ReceivedCallback {
    /// A failure before the flow was marked used: the browser may send the same callback again.
    #[must_use]
    pub fn retryable_error(&self) -> Option<&SignInError> {
        let (Err(error) | Ok(CallbackResult { outcome: Err(error), .. })) = &self.result else { return None };
        (error.code == FailureCode::Unavailable && error.leaves_flow_open()).then_some(error)
    }
}

/// Resumes the flow of a callback; `redirect_uri` is the one that the provider was given for this route.
///
/// # Errors
/// [`Rejection::InvalidParameters`] without `state`.
pub async fn receive(
    http: &HttpState,
    request: &HttpRequest,
    provider: ProviderName,
    redirect_uri: String,
    mut params: CallbackParams,
) -> Result<ReceivedCallback, Rejection> {
    let state = params.state.take().ok_or(Rejection::InvalidParameters("state is missing"))?;
    if params.without_state().iter().all(|(_, value)| value.is_none())
        && let Some(form) = form_post::stored(http, request, &state)
    {
        params = text_map::from_bytes(&form)?;
    }
    let provider_error = params.provider_error();
    let callback = Callback {
        code: params.code.or(params.oauth_verifier),
        error: provider_error.clone(),
        iss: params.iss,
        oauth_token: params.oauth_token,
        user: params.user.map(|user| user.expose().to_owned()),
    };
    let sealed = cookies::sealed_flow(http, request, &state);
    let browser_cookies = cookies::without_flow(http, request);
    let ip = ClientIp::of(request)?.0;
    let resume = Resume { provider, redirect_uri, callback, cookies: browser_cookies, ip };
    let result = http.sign_ins.resume(&state, sealed.as_deref(), resume).await;
    Ok(ReceivedCallback { state, provider_error, result })
}

/// Answers a form post (`response_mode=form_post`) with a redirect to the same URL, the form in a cookie: a cross-site
/// POST carries no `SameSite=Lax` cookie, the navigation does. `None` if the flow's cookie came with the post, which is
/// then received as it is.
///
/// # Errors
/// [`Rejection::InvalidParameters`]
pub fn redirect_form_post(
    http: &HttpState,
    request: &HttpRequest,
    form: &CallbackParams,
) -> Result<Option<HttpResponse>, Rejection> {
    if !request.query_string().is_empty() {
        return Err(Rejection::InvalidParameters("a form comes without a query"));
    }
    let state = form.state.as_deref().ok_or(Rejection::InvalidParameters("state is missing"))?;
    if cookies::sealed_flow(http, request, state).is_some() {
        return Ok(None);
    }
    let pairs = form.without_state().into_iter().filter_map(|(name, value)| {
        let is_error_text = name.starts_with("error");
        Some((name, value.map(|value| if is_error_text { truncate(value) } else { value.to_owned() })?))
    });
    let text = Zeroizing::new(Serializer::new(String::new()).extend_pairs(pairs).finish());
    let query = Serializer::new(String::new()).append_pair("state", state).finish();
    let cookie = form_post::store_cookie(http, state, &text);
    let cookie = cookie.ok_or(Rejection::InvalidParameters("the form is too long"))?;
    let location = (header::LOCATION, format!("{}?{query}", request.path()));
    Ok(Some(HttpResponse::SeeOther().cookie(cookie).insert_header(location).finish()))
}

fn truncate(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_ERROR_TEXT).collect()
}

/// The cookies that remove what this browser keeps for the flow.
pub fn removal_cookies(http: &HttpState, request: &HttpRequest, state: &str) -> impl Iterator<Item = Cookie<'static>> {
    cookies::flow_removal(http, state).into_iter().chain(form_post::removal(http, request))
}

/// A redirect that ends the flow in this browser.
#[must_use]
pub fn redirect_clearing_cookies(http: &HttpState, request: &HttpRequest, state: &str, target: &str) -> HttpResponse {
    let mut response = HttpResponse::Found();
    for removal in removal_cookies(http, request, state) {
        response.cookie(removal);
    }
    response.insert_header((header::LOCATION, target)).finish()
}

//! Back from the provider, as far as every dialect does the same: reading what the provider sent through the
//! browser, and bringing it to its flow. What becomes of the outcome is each dialect's own word.

use actix_web::cookie::Cookie;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

use super::extract::client_ip;
use super::extract::parameters::{DuplicateParameter, Parameters};
use super::state::HttpState;
use super::{cookies, form_post};
use crate::domain::id::ProviderName;
use crate::domain::secret::Secret;
use crate::flow::error::{FailureCode, SignInError, Step};
use crate::flow::machine::{Callback, ProviderErrorResponse};
use crate::flow::supervisor::{CallbackResult, Resume};

const PARAMETERS: [&str; 10] = [
    "state",
    "code",
    "error",
    "error_description",
    "error_uri",
    "iss",
    "user",
    "oauth_token",
    "oauth_verifier",
    "denied",
];

/// The longest text of a provider's own error that is passed on, in characters.
const MAX_ERROR_TEXT: usize = 300;

/// It is not what a provider sends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// A parameter was given more than once.
    #[error(transparent)]
    DuplicateParameter(#[from] DuplicateParameter),
    /// It belongs to no flow.
    #[error("state is missing")]
    MissingState,
    /// It came both ways at once.
    #[error("a form comes without a query")]
    FormWithQuery,
    /// No provider says so much.
    #[error("the form is too long")]
    TooLong,
}

/// A callback that was brought to its flow.
#[derive(Debug)]
pub struct ReceivedCallback {
    /// The flow's `state`, as it was given.
    pub state: String,
    /// What the provider itself reported; text from outside.
    pub fault: Option<ProviderErrorResponse>,
    /// What became of it.
    pub result: Result<CallbackResult, SignInError>,
}

impl ReceivedCallback {
    /// The failure after which the same callback may come again, because nothing was claimed.
    #[must_use]
    pub fn retryable_error(&self) -> Option<&SignInError> {
        let (Err(error) | Ok(CallbackResult { outcome: Err(error), .. })) = &self.result else { return None };
        let is_before_use = matches!(error.step, Step::Start | Step::Callback | Step::Resolve | Step::MarkUsed);
        (error.code == FailureCode::Unavailable && is_before_use).then_some(error)
    }
}

/// Brings what stands in `parameters` to its flow; `redirect_uri` is where the provider was told to send it.
///
/// # Errors
/// [`CallbackError`]
pub async fn receive(
    http: &HttpState,
    request: &HttpRequest,
    provider: ProviderName,
    redirect_uri: String,
    parameters: &[u8],
) -> Result<ReceivedCallback, CallbackError> {
    let mut parameters = Parameters::read(parameters, &PARAMETERS)?;
    let state = parameters.take("state").ok_or(CallbackError::MissingState)?;
    if parameters.is_empty()
        && let Some(form) = form_post::stored(http, request, &state)
    {
        parameters = Parameters::read(&form, &PARAMETERS)?;
    }
    // OAuth 1.0a says no in a word of its own.
    let error = parameters.take("error").or_else(|| parameters.take("denied").map(|_| "access_denied".to_owned()));
    let fault = error.filter(|error| !error.is_empty()).map(|error| ProviderErrorResponse {
        error: truncate(&error),
        description: parameters.take("error_description").as_deref().map(truncate).unwrap_or_default(),
        uri: parameters.take("error_uri").as_deref().map(truncate).unwrap_or_default(),
    });
    let callback = Callback {
        code: parameters.take("code").or_else(|| parameters.take("oauth_verifier")).map(Secret::new),
        error: fault.clone(),
        iss: parameters.take("iss"),
        oauth_token: parameters.take("oauth_token").map(Secret::new),
        user: parameters.take("user"),
    };
    let sealed = cookies::sealed_flow(http, request, &state);
    let resume = Resume { provider, redirect_uri, callback, address: client_ip::client_ip(http, request) };
    let result = http.sign_ins.resume(&state, sealed.as_deref(), resume).await;
    Ok(ReceivedCallback { state, fault, result })
}

/// Sends the browser of a posted form (`response_mode=form_post`) back to where it came to, as a navigation of our own,
/// and lets it keep the form meanwhile.
///
/// A post from another site carries no `SameSite=Lax` cookie; the navigation does. `None`: the cookie came with
/// the post, which is then taken as it is.
///
/// # Errors
/// [`CallbackError`]
pub fn redirect_form_post(
    http: &HttpState,
    request: &HttpRequest,
    form: &[u8],
) -> Result<Option<HttpResponse>, CallbackError> {
    if !request.query_string().is_empty() {
        return Err(CallbackError::FormWithQuery);
    }
    let mut form = Parameters::read(form, &PARAMETERS)?;
    let state = form.take("state").ok_or(CallbackError::MissingState)?;
    if cookies::sealed_flow(http, request, &state).is_some() {
        return Ok(None);
    }
    let pairs = PARAMETERS.into_iter().filter_map(|name| {
        let value = form.take(name)?;
        // No more of it will be passed on.
        Some((name, if name.starts_with("error") { truncate(&value) } else { value }))
    });
    let text = Zeroizing::new(Serializer::new(String::new()).extend_pairs(pairs).finish());
    let query = Serializer::new(String::new()).append_pair("state", &state).finish();
    let mut response = HttpResponse::SeeOther();
    response.cookie(form_post::store_cookie(http, &state, &text).ok_or(CallbackError::TooLong)?);
    Ok(Some(response.insert_header((header::LOCATION, format!("{}?{query}", request.path()))).finish()))
}

fn truncate(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_ERROR_TEXT).collect()
}

/// The cookies that take away what this browser keeps for the flow.
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

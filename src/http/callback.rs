//! Back from the provider, as far as every dialect does the same: reading what the provider sent through the
//! browser, and bringing it to its flow. What becomes of the outcome is each dialect's own word.

use actix_web::cookie::Cookie;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

use super::front::Front;
use super::query::{GivenTwice, Parameters};
use super::{client_address, cookies, posted_form};
use crate::domain::id::ProviderName;
use crate::domain::secret::Secret;
use crate::flow::error::{Code, SignInError, Step};
use crate::flow::machine::{Callback, ProviderFault};
use crate::flow::supervisor::{Arrived, Resume};

const KNOWN: [&str; 10] = [
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
const MOST: usize = 300;

/// It is not what a provider sends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotACallback {
    /// A parameter was given more than once.
    #[error(transparent)]
    GivenTwice(#[from] GivenTwice),
    /// It belongs to no flow.
    #[error("state is missing")]
    NoState,
    /// It came both ways at once.
    #[error("a form comes without a query")]
    FormWithQuery,
    /// No provider says so much.
    #[error("the form is too long")]
    TooLong,
}

/// A callback that was brought to its flow.
#[derive(Debug)]
pub struct Landed {
    /// The flow's `state`, as it was given.
    pub state: String,
    /// What the provider itself reported; text from outside.
    pub fault: Option<ProviderFault>,
    /// What became of it.
    pub arrived: Result<Arrived, SignInError>,
}

impl Landed {
    /// The failure after which the same callback may come again, because nothing was claimed.
    #[must_use]
    pub fn open_failure(&self) -> Option<&SignInError> {
        let (Err(error) | Ok(Arrived { outcome: Err(error), .. })) = &self.arrived else { return None };
        let is_before_claim = matches!(error.step, Step::Start | Step::Callback | Step::Resolve | Step::Claim);
        (error.code == Code::Unavailable && is_before_claim).then_some(error)
    }
}

/// Brings what stands in `parameters` to its flow; `redirect_uri` is where the provider was told to send it.
///
/// # Errors
/// [`NotACallback`]
pub async fn land(
    front: &Front,
    request: &HttpRequest,
    provider: ProviderName,
    redirect_uri: String,
    parameters: &[u8],
) -> Result<Landed, NotACallback> {
    let mut parameters = Parameters::read(parameters, &KNOWN)?;
    let state = parameters.take("state").ok_or(NotACallback::NoState)?;
    if parameters.is_empty()
        && let Some(form) = posted_form::kept(front, request, &state)
    {
        parameters = Parameters::read(&form, &KNOWN)?;
    }
    // OAuth 1.0a says no in a word of its own.
    let error = parameters.take("error").or_else(|| parameters.take("denied").map(|_| "access_denied".to_owned()));
    let fault = error.filter(|error| !error.is_empty()).map(|error| ProviderFault {
        error: capped(&error),
        description: parameters.take("error_description").as_deref().map(capped).unwrap_or_default(),
        uri: parameters.take("error_uri").as_deref().map(capped).unwrap_or_default(),
    });
    let callback = Callback {
        code: parameters.take("code").or_else(|| parameters.take("oauth_verifier")).map(Secret::new),
        error: fault.clone(),
        iss: parameters.take("iss"),
        oauth_token: parameters.take("oauth_token").map(Secret::new),
        user: parameters.take("user"),
    };
    let sealed = cookies::sealed_flow(front, request, &state);
    let resume = Resume { provider, redirect_uri, callback, address: client_address::of(front, request) };
    let arrived = front.directory.resume(&state, sealed.as_deref(), resume).await;
    Ok(Landed { state, fault, arrived })
}

/// Sends the browser of a posted form (`response_mode=form_post`) back to where it came to, as a navigation of our own,
/// and lets it keep the form meanwhile.
///
/// A post from another site carries no `SameSite=Lax` cookie; the navigation does. `None`: the cookie came with
/// the post, which is then taken as it is.
///
/// # Errors
/// [`NotACallback`]
pub fn bounce(front: &Front, request: &HttpRequest, form: &[u8]) -> Result<Option<HttpResponse>, NotACallback> {
    if !request.query_string().is_empty() {
        return Err(NotACallback::FormWithQuery);
    }
    let mut form = Parameters::read(form, &KNOWN)?;
    let state = form.take("state").ok_or(NotACallback::NoState)?;
    if cookies::sealed_flow(front, request, &state).is_some() {
        return Ok(None);
    }
    let pairs = KNOWN.into_iter().filter_map(|name| {
        let value = form.take(name)?;
        // No more of it will be passed on.
        Some((name, if name.starts_with("error") { capped(&value) } else { value }))
    });
    let text = Zeroizing::new(Serializer::new(String::new()).extend_pairs(pairs).finish());
    let query = Serializer::new(String::new()).append_pair("state", &state).finish();
    let mut response = HttpResponse::SeeOther();
    response.cookie(posted_form::keep(front, &state, &text).ok_or(NotACallback::TooLong)?);
    Ok(Some(response.insert_header((header::LOCATION, format!("{}?{query}", request.path()))).finish()))
}

fn capped(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MOST).collect()
}

/// The cookies that take away what this browser keeps for the flow.
pub fn removals(front: &Front, request: &HttpRequest, state: &str) -> impl Iterator<Item = Cookie<'static>> {
    cookies::removal_of(front, state).into_iter().chain(posted_form::removal(front, request))
}

/// A redirect that ends the flow in this browser.
#[must_use]
pub fn found_without_cookie(front: &Front, request: &HttpRequest, state: &str, target: &str) -> HttpResponse {
    let mut response = HttpResponse::Found();
    for removal in removals(front, request, state) {
        response.cookie(removal);
    }
    response.insert_header((header::LOCATION, target)).finish()
}

//! The authorization endpoint. Stateless: the consent form carries the whole request, and the response is a redirect.
//! `login=mira` (or `login_hint=mira`, or `login=deny`) skips the page.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY};
use actix_web::{HttpRequest, HttpResponse, web};
use url::form_urlencoded;

use super::authorization_request::{AuthorizationRequest, AuthorizeError, ResponseTarget};
use super::call_counts::Endpoint;
use super::endpoints::ANY_TENANT;
use super::failure::Failure;
use super::form::Form;
use super::personas::Persona;
use super::provider::SimulatedProvider;
use super::signed_token::{self, Code};
use super::{Simulator, apple, page, tenant, twitter};

/// The choice that denies the request.
pub(super) const DENY: &str = "deny";

/// The form field that names the pressed button.
pub(super) const CHOICE: &str = "choice";

const CODE_SECONDS: i64 = 600;

pub(super) fn routes(provider: SimulatedProvider, config: &mut web::ServiceConfig) {
    config
        .service(web::resource(provider.patterns().authorize).get(
            move |simulator: web::Data<Simulator>, request: HttpRequest| async move {
                simulator.call(provider, Endpoint::Authorize, || show(&simulator, provider, &request)).await
            },
        ))
        .service(web::resource(consent_path(provider)).post(
            move |simulator: web::Data<Simulator>, body: String| async move { decide(&simulator, provider, &body) },
        ));
}

/// The path that a provider's consent form posts to.
pub(super) fn consent_path(provider: SimulatedProvider) -> String {
    format!("/{}/consent", provider.name())
}

fn show(simulator: &Simulator, provider: SimulatedProvider, request: &HttpRequest) -> HttpResponse {
    let tenant = request.match_info().get("tenant");
    let (form, authorization) = match read(simulator, provider, request.query_string(), tenant) {
        Ok(read) => read,
        Err(authorize_error) => return refuse(simulator, provider, authorize_error, StatusCode::FOUND),
    };
    let chosen = ["login", "login_hint"].into_iter().find_map(|key| choice(simulator, form.get(key)?));
    match chosen {
        Some(choice) => answer(simulator, provider, authorization, &choice, StatusCode::FOUND),
        None => page::consent(simulator, provider, &form, &authorization),
    }
}

fn decide(simulator: &Simulator, provider: SimulatedProvider, body: &str) -> HttpResponse {
    let (form, authorization) = match read(simulator, provider, body, None) {
        Ok(read) => read,
        Err(authorize_error) => return refuse(simulator, provider, authorize_error, StatusCode::SEE_OTHER),
    };
    match form.get(CHOICE).and_then(|id| choice(simulator, id)) {
        Some(Choice::Persona(persona)) if simulator.0.faults.has(provider, Failure::PageBeforeReturn) => {
            repeat_as_get(simulator, provider, &form, &persona)
        }
        Some(choice) => answer(simulator, provider, authorization, &choice, StatusCode::SEE_OTHER),
        None => page::consent(simulator, provider, &form, &authorization),
    }
}

/// Redirects to the same request with the choice in it, because a browser does not return to the answer of a form.
fn repeat_as_get(simulator: &Simulator, provider: SimulatedProvider, form: &Form, persona: &Persona) -> HttpResponse {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    pairs.extend_pairs(form.pairs().filter(|(key, _)| !matches!(*key, CHOICE | "tenant" | "login")));
    let query = pairs.append_pair("login", &persona.id).finish();
    let at = simulator.endpoints_in(provider, form.get("tenant").unwrap_or(ANY_TENANT)).authorize;
    HttpResponse::SeeOther().insert_header((LOCATION, format!("{at}?{query}"))).finish()
}

/// Parses a request; a tenant in the path becomes a field, so that the consent form carries it.
fn read(
    simulator: &Simulator,
    provider: SimulatedProvider,
    text: &str,
    tenant: Option<&str>,
) -> Result<(Form, AuthorizationRequest), AuthorizeError> {
    let mut form = Form::parse(text)
        .ok_or(AuthorizeError::Page { code: "invalid_request", detail: "A parameter of the request comes twice." })?;
    if let Some(tenant) = tenant {
        form.set("tenant", tenant);
    }
    let authorization = if provider == SimulatedProvider::Twitter {
        twitter::authorization_request(simulator, &form)?
    } else {
        AuthorizationRequest::read(simulator, provider, &form)?
    };
    Ok((form, authorization))
}

enum Choice {
    Persona(Box<Persona>),
    Deny,
}

fn choice(simulator: &Simulator, id: &str) -> Option<Choice> {
    if id == DENY { Some(Choice::Deny) } else { simulator.persona(id).map(Box::new).map(Choice::Persona) }
}

fn answer(
    simulator: &Simulator,
    provider: SimulatedProvider,
    mut authorization: AuthorizationRequest,
    choice: &Choice,
    status: StatusCode,
) -> HttpResponse {
    let faults = &simulator.0.faults;
    let choice = if faults.strikes(provider, Failure::Refused) { &Choice::Deny } else { choice };
    if faults.strikes(provider, Failure::OtherState) {
        authorization.target.state = Some("of-another-sign-in".to_owned());
    }
    if let Some(token) = &authorization.request_token {
        let parameters = match choice {
            Choice::Deny => Some(vec![("denied", token.clone())]),
            Choice::Persona(persona) => twitter::verified(token, persona),
        };
        return match parameters {
            Some(parameters) => deliver(simulator, provider, authorization.target, &parameters, status),
            None => HttpResponse::InternalServerError().finish(),
        };
    }
    let Choice::Persona(persona) = choice else {
        let (error, description) = denial(provider);
        let authorize_error = AuthorizeError::Redirect { target: Box::new(authorization.target), error, description };
        return refuse(simulator, provider, authorize_error, status);
    };
    if faults.strikes(provider, Failure::TemporarilyUnavailable) {
        let authorize_error = AuthorizeError::Redirect {
            target: Box::new(authorization.target),
            error: "temporarily_unavailable",
            description: "Try again later.",
        };
        return refuse(simulator, provider, authorize_error, status);
    }
    if authorization.tenant.as_deref().is_some_and(|tenant| !tenant::allows(tenant, persona)) {
        let detail = "The selected account does not exist in this tenant.";
        return page::error(provider, "AADSTS50020", detail);
    }
    match parameters(simulator, provider, &authorization, persona) {
        Some(parameters) => deliver(simulator, provider, authorization.target, &parameters, status),
        None => HttpResponse::InternalServerError().finish(),
    }
}

/// The parameters of a successful response; `None` if they cannot be encoded.
fn parameters(
    simulator: &Simulator,
    provider: SimulatedProvider,
    authorization: &AuthorizationRequest,
    persona: &Persona,
) -> Option<Vec<(&'static str, String)>> {
    let code = Code {
        grant: simulator.fresh_id(),
        client: authorization.client.clone(),
        persona: persona.id.clone().into_owned(),
        scope: authorization.scope.clone(),
        redirect_uri: authorization.redirect_uri.clone(),
        challenge: authorization.challenge.clone(),
        nonce: authorization.nonce.clone(),
        claims: authorization.claims.clone(),
        auth_time: authorization.asks_auth_time.then(|| simulator.now()),
        offline: authorization.offline,
        expires_at: simulator.now() + CODE_SECONDS,
    };
    let mut parameters = issuer(simulator, provider);
    parameters.push(("code", signed_token::encode(provider, &code)?));
    match provider {
        SimulatedProvider::Google => {
            parameters.extend([("scope", code.scope), ("authuser", "0".into()), ("prompt", "consent".into())]);
        }
        SimulatedProvider::Azuread | SimulatedProvider::Entraid => {
            parameters.push(("session_state", simulator.random_uuid().to_string()))
        }
        SimulatedProvider::Strava | SimulatedProvider::Twitch => parameters.push(("scope", code.scope)),
        SimulatedProvider::Apple => parameters.extend(apple::form_post_parameters(simulator, authorization, persona)?),
        _ => {}
    }
    Some(parameters)
}

fn issuer(simulator: &Simulator, provider: SimulatedProvider) -> Vec<(&'static str, String)> {
    if simulator.0.faults.strikes(provider, Failure::OtherResponseIssuer) {
        return vec![("iss", "https://another-issuer.test".to_owned())];
    }
    if provider.traits().sends_issuer { vec![("iss", simulator.endpoints(provider).issuer)] } else { Vec::new() }
}

/// Error and description of a denied request.
fn denial(provider: SimulatedProvider) -> (&'static str, &'static str) {
    match provider {
        SimulatedProvider::Apple => ("user_cancelled_authorize", ""),
        SimulatedProvider::Github => ("access_denied", "The user has denied your application access."),
        SimulatedProvider::Linkedin => ("user_cancelled_login", "The user cancelled LinkedIn login"),
        SimulatedProvider::Strava => ("access_denied", ""),
        SimulatedProvider::Facebook => ("access_denied", "Permissions error"),
        _ => ("access_denied", "The user denied the request."),
    }
}

fn refuse(
    simulator: &Simulator,
    provider: SimulatedProvider,
    authorize_error: AuthorizeError,
    status: StatusCode,
) -> HttpResponse {
    match authorize_error {
        AuthorizeError::Page { code, detail } => page::error(provider, code, detail),
        AuthorizeError::Redirect { target, error, description } => {
            let mut parameters = issuer(simulator, provider);
            parameters.push(("error", error.to_owned()));
            if !description.is_empty() {
                parameters.push(("error_description", description.to_owned()));
            }
            if provider == SimulatedProvider::Facebook && error == "access_denied" {
                parameters.extend([("error_code", "200".into()), ("error_reason", "user_denied".into())]);
            }
            send(provider, *target, &parameters, status)
        }
    }
}

/// Sends a successful response, or shows the page before it.
fn deliver(
    simulator: &Simulator,
    provider: SimulatedProvider,
    target: ResponseTarget,
    parameters: &[(&str, String)],
    status: StatusCode,
) -> HttpResponse {
    if target.form_post || !simulator.0.faults.strikes(provider, Failure::PageBeforeReturn) {
        return send(provider, target, parameters, status);
    }
    let parameters: Vec<(&str, &str)> = parameters.iter().map(|(key, value)| (*key, value.as_str())).collect();
    page::before_return(provider, target.with(&parameters).as_str())
}

fn send(
    provider: SimulatedProvider,
    target: ResponseTarget,
    parameters: &[(&str, String)],
    status: StatusCode,
) -> HttpResponse {
    let parameters: Vec<(&str, &str)> = parameters.iter().map(|(key, value)| (*key, value.as_str())).collect();
    if target.form_post {
        return page::form_post(provider, &target, &parameters);
    }
    let mut to = target.with(&parameters);
    if provider == SimulatedProvider::Facebook {
        // Facebook appends this fragment.
        to.set_fragment(Some("_=_"));
    }
    HttpResponse::build(status)
        .insert_header((LOCATION, to.as_str()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .finish()
}

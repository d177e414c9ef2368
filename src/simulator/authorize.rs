//! The page that a browser is sent to. It keeps nothing: the consent form carries the whole request, and the
//! answer is a redirect. `login=mira` (or `login_hint=mira`, or `login=deny`) answers without a page.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY};
use actix_web::{HttpRequest, HttpResponse, web};

use super::ask::{Ask, Back, Unfit};
use super::counts::Place;
use super::form::Form;
use super::house::House;
use super::people::Person;
use super::slip::{self, Code};
use super::{Simulator, apple, page, tenant, twitter};

/// The choice that is nobody.
pub(super) const DENY: &str = "deny";

/// The consent form's own field: which button was pressed.
pub(super) const CHOICE: &str = "choice";

const CODE_SECONDS: i64 = 600;

pub(super) fn routes(house: House, config: &mut web::ServiceConfig) {
    config
        .service(web::resource(house.patterns().authorize).get(
            move |simulator: web::Data<Simulator>, request: HttpRequest| async move {
                match simulator.enter(house, Place::Authorize).await {
                    Ok(()) => show(&simulator, house, &request),
                    Err(trouble) => trouble,
                }
            },
        ))
        .service(web::resource(consent_path(house)).post(
            move |simulator: web::Data<Simulator>, body: String| async move { decide(&simulator, house, &body) },
        ));
}

/// Where the consent form of a house is sent.
pub(super) fn consent_path(house: House) -> String {
    format!("/{}/consent", house.name())
}

fn show(simulator: &Simulator, house: House, request: &HttpRequest) -> HttpResponse {
    let tenant = request.match_info().get("tenant");
    let (form, ask) = match read(simulator, house, request.query_string(), tenant) {
        Ok(read) => read,
        Err(unfit) => return refuse(simulator, house, unfit, StatusCode::FOUND),
    };
    let chosen = ["login", "login_hint"].into_iter().find_map(|key| choice(form.get(key)?));
    match chosen {
        Some(choice) => answer(simulator, house, ask, &choice, StatusCode::FOUND),
        None => page::consent(simulator, house, &form, &ask),
    }
}

fn decide(simulator: &Simulator, house: House, body: &str) -> HttpResponse {
    let (form, ask) = match read(simulator, house, body, None) {
        Ok(read) => read,
        Err(unfit) => return refuse(simulator, house, unfit, StatusCode::SEE_OTHER),
    };
    match form.get(CHOICE).and_then(choice) {
        Some(choice) => answer(simulator, house, ask, &choice, StatusCode::SEE_OTHER),
        None => page::consent(simulator, house, &form, &ask),
    }
}

/// A tenant in the path becomes a field, so that the consent form carries it on.
fn read(simulator: &Simulator, house: House, text: &str, tenant: Option<&str>) -> Result<(Form, Ask), Unfit> {
    let mut form = Form::parse(text)
        .ok_or(Unfit::Page { code: "invalid_request", detail: "A parameter of the request comes twice." })?;
    if let Some(tenant) = tenant {
        form.set("tenant", tenant);
    }
    let ask = if house == House::Twitter { twitter::ask(simulator, &form)? } else { Ask::read(house, &form)? };
    Ok((form, ask))
}

enum Choice {
    Somebody(Person),
    Nobody,
}

fn choice(id: &str) -> Option<Choice> {
    if id == DENY { Some(Choice::Nobody) } else { Person::find(id).map(Choice::Somebody) }
}

fn answer(simulator: &Simulator, house: House, ask: Ask, choice: &Choice, status: StatusCode) -> HttpResponse {
    if let Some(token) = &ask.request_token {
        let parameters = match choice {
            Choice::Nobody => Some(vec![("denied", token.clone())]),
            Choice::Somebody(person) => twitter::verified(token, person),
        };
        return match parameters {
            Some(parameters) => send(house, ask.back, &parameters, status),
            None => HttpResponse::InternalServerError().finish(),
        };
    }
    let Choice::Somebody(person) = choice else {
        let (error, description) = denial(house);
        let unfit = Unfit::Sent { back: Box::new(ask.back), error, description };
        return refuse(simulator, house, unfit, status);
    };
    if ask.tenant.as_deref().is_some_and(|tenant| !tenant::admits(tenant, person)) {
        let detail = "The selected account does not exist in this tenant.";
        return page::refusal(house, "AADSTS50020", detail);
    }
    match parameters(simulator, house, &ask, person) {
        Some(parameters) => send(house, ask.back, &parameters, status),
        None => HttpResponse::InternalServerError().finish(),
    }
}

/// The code, and what else the house sends along; `None` if it cannot be written.
fn parameters(simulator: &Simulator, house: House, ask: &Ask, person: &Person) -> Option<Vec<(&'static str, String)>> {
    let code = Code {
        grant: simulator.fresh_id(),
        person: person.id.clone().into_owned(),
        scope: ask.scope.clone(),
        redirect_uri: ask.redirect_uri.clone(),
        challenge: ask.challenge.clone(),
        nonce: ask.nonce.clone(),
        claims: ask.claims.clone(),
        offline: ask.offline,
        until: simulator.now() + CODE_SECONDS,
    };
    let mut parameters = issuer(simulator, house);
    parameters.push(("code", slip::write(house, &code)?));
    match house {
        House::Google => {
            parameters.extend([("scope", code.scope), ("authuser", "0".into()), ("prompt", "consent".into())]);
        }
        House::Azuread | House::Entraid => parameters.push(("session_state", simulator.0.entropy.uuid().to_string())),
        House::Strava | House::Twitch => parameters.push(("scope", code.scope)),
        House::Apple => parameters.extend(apple::companions(simulator, ask, person)?),
        _ => {}
    }
    Some(parameters)
}

fn issuer(simulator: &Simulator, house: House) -> Vec<(&'static str, String)> {
    if house.habits().says_issuer { vec![("iss", simulator.endpoints(house).issuer)] } else { Vec::new() }
}

/// How a house says that the person said no.
fn denial(house: House) -> (&'static str, &'static str) {
    match house {
        House::Apple => ("user_cancelled_authorize", ""),
        House::Github => ("access_denied", "The user has denied your application access."),
        House::Linkedin => ("user_cancelled_login", "The user cancelled LinkedIn login"),
        House::Strava => ("access_denied", ""),
        House::Facebook => ("access_denied", "Permissions error"),
        _ => ("access_denied", "The person said no."),
    }
}

fn refuse(simulator: &Simulator, house: House, unfit: Unfit, status: StatusCode) -> HttpResponse {
    match unfit {
        Unfit::Page { code, detail } => page::refusal(house, code, detail),
        Unfit::Sent { back, error, description } => {
            let mut parameters = issuer(simulator, house);
            parameters.push(("error", error.to_owned()));
            if !description.is_empty() {
                parameters.push(("error_description", description.to_owned()));
            }
            if house == House::Facebook && error == "access_denied" {
                parameters.extend([("error_code", "200".into()), ("error_reason", "user_denied".into())]);
            }
            send(house, *back, &parameters, status)
        }
    }
}

fn send(house: House, back: Back, parameters: &[(&str, String)], status: StatusCode) -> HttpResponse {
    let parameters: Vec<(&str, &str)> = parameters.iter().map(|(key, value)| (*key, value.as_str())).collect();
    if back.posted {
        return page::posted(house, &back, &parameters);
    }
    let mut to = back.with(&parameters);
    if house == House::Facebook {
        // A habit that only front ends notice.
        to.set_fragment(Some("_=_"));
    }
    HttpResponse::build(status)
        .insert_header((LOCATION, to.as_str()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .finish()
}

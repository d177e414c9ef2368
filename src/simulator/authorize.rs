//! The page that a browser is sent to. It keeps nothing: the consent form carries the whole request, and the
//! answer is a redirect. `login=mira` (or `login_hint=mira`, or `login=deny`) answers without a page.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY};
use actix_web::{HttpRequest, HttpResponse, web};

use super::Simulator;
use super::ask::{Ask, Unfit};
use super::form::Form;
use super::house::House;
use super::page;
use super::people::Person;
use super::slip::{self, Code};

/// The choice that is nobody.
pub(super) const DENY: &str = "deny";

/// The consent form's own field: which button was pressed.
pub(super) const CHOICE: &str = "choice";

const CODE_SECONDS: i64 = 600;

pub(super) fn routes(house: House, config: &mut web::ServiceConfig) {
    config
        .service(web::resource(house.below("").authorize).get(
            move |simulator: web::Data<Simulator>, request: HttpRequest| async move {
                show(&simulator, house, request.query_string())
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

fn show(simulator: &Simulator, house: House, query: &str) -> HttpResponse {
    simulator.count(house, |calls| calls.authorize += 1);
    let (form, ask) = match read(house, query) {
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
    let (form, ask) = match read(house, body) {
        Ok(read) => read,
        Err(unfit) => return refuse(simulator, house, unfit, StatusCode::SEE_OTHER),
    };
    match form.get(CHOICE).and_then(choice) {
        Some(choice) => answer(simulator, house, ask, &choice, StatusCode::SEE_OTHER),
        None => page::consent(simulator, house, &form, &ask),
    }
}

fn read(house: House, text: &str) -> Result<(Form, Ask), Unfit> {
    let form = Form::parse(text)
        .ok_or(Unfit::Page { code: "invalid_request", detail: "A parameter of the request comes twice." })?;
    let ask = Ask::read(house, &form)?;
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
    let Choice::Somebody(person) = choice else {
        let description = match house {
            House::Github => "The user has denied your application access.",
            House::Google | House::Oidc => "The person said no.",
        };
        let unfit = Unfit::Sent { back: Box::new(ask.back), error: "access_denied", description };
        return refuse(simulator, house, unfit, status);
    };
    let code = Code {
        grant: simulator.fresh_id(),
        person: person.id.clone().into_owned(),
        scope: ask.scope,
        redirect_uri: ask.redirect_uri,
        challenge: ask.challenge,
        nonce: ask.nonce,
        offline: ask.offline,
        until: simulator.now() + CODE_SECONDS,
    };
    let Some(text) = slip::write(house, &code) else {
        return HttpResponse::InternalServerError().finish();
    };
    let issuer = simulator.endpoints(house).issuer;
    let mut parameters = vec![("iss", issuer.as_str()), ("code", text.as_str())];
    if house == House::Google {
        parameters.extend([("scope", code.scope.as_str()), ("authuser", "0"), ("prompt", "consent")]);
    }
    redirect(status, ask.back.with(&parameters).as_str())
}

fn refuse(simulator: &Simulator, house: House, unfit: Unfit, status: StatusCode) -> HttpResponse {
    match unfit {
        Unfit::Page { code, detail } => page::refusal(house, code, detail),
        Unfit::Sent { back, error, description } => {
            let issuer = simulator.endpoints(house).issuer;
            let parameters = [("error", error), ("error_description", description), ("iss", issuer.as_str())];
            redirect(status, back.with(&parameters).as_str())
        }
    }
}

fn redirect(status: StatusCode, to: &str) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((LOCATION, to))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .finish()
}

//! The control API: JSON over HTTP, for tests in any language. Its README section is the reference.

mod describe;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::call_counts::Endpoint;
use super::provider::SimulatedProvider;
use super::{Client, Failure, Persona, Simulator, TokenRules, overview};

/// A failure as tests name it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedFailure {
    name: String,
    endpoint: Option<Endpoint>,
    times: Option<u32>,
}

impl Simulator {
    /// The control API below `/control`, and the overview page at the root, to be mounted beside [`Simulator::routes`].
    ///
    /// Whoever reaches them controls the simulator.
    pub fn control_routes(&self) -> impl FnOnce(&mut web::ServiceConfig) + Clone + 'static {
        let simulator = self.clone();
        move |config| {
            config.app_data(web::Data::new(simulator));
            overview::routes(config);
            config.service(
                web::scope("/control")
                    .route("", web::get().to(everything))
                    .route("/providers", web::get().to(providers))
                    .route("/providers/{provider}", web::get().to(provider))
                    .route("/providers/{provider}/failure", web::put().to(fail))
                    .route("/providers/{provider}/failure", web::delete().to(recover))
                    .route("/providers/{provider}/release", web::post().to(release))
                    .route("/providers/{provider}/tokens", web::put().to(set_token_rules))
                    .route("/providers/{provider}/tokens", web::delete().to(clear_token_rules))
                    .route("/providers/{provider}/grants", web::get().to(grants))
                    .route("/failures", web::get().to(failures))
                    .route("/people", web::get().to(people))
                    .route("/people/{id}", web::put().to(put_person))
                    .route("/clients", web::get().to(clients))
                    .route("/clients", web::post().to(register_client))
                    .route("/counts", web::get().to(counts))
                    .route("/keys/rotate", web::post().to(rotate_keys))
                    .route("/reset", web::post().to(reset))
                    .default_service(web::to(|| async { error(404, "there is no such resource") })),
            );
        }
    }
}

type Data = web::Data<Simulator>;

async fn everything(simulator: Data) -> HttpResponse {
    json_response(&json!({
        "base": simulator.url(""),
        "providers": describe::providers(&simulator),
        "people": describe::people(&simulator),
        "failures": describe::failures(),
        "clients": simulator.0.clients.all(),
        "counts": simulator.counts(),
    }))
}

async fn providers(simulator: Data) -> HttpResponse {
    json_response(&describe::providers(&simulator))
}

async fn provider(simulator: Data, request: HttpRequest) -> HttpResponse {
    match named(&request) {
        Ok(provider) => json_response(&describe::provider(&simulator, provider)),
        Err(refusal) => refusal.response(),
    }
}

async fn fail(simulator: Data, request: HttpRequest, body: String) -> HttpResponse {
    let (provider, wanted) = match (named(&request), parse::<NamedFailure>(&body)) {
        (Ok(provider), Ok(wanted)) => (provider, wanted),
        (Err(refusal), _) | (_, Err(refusal)) => return refusal.response(),
    };
    let Some(failure) = Failure::from_name(&wanted.name, wanted.endpoint) else {
        return error(400, "there is no such failure; /control/failures lists them and their endpoints");
    };
    match wanted.times {
        Some(0) => return error(400, "times has to be at least 1"),
        Some(times) => simulator.fail_times(provider, failure, times),
        None => simulator.fail(provider, failure),
    }
    json_response(&describe::provider(&simulator, provider))
}

async fn recover(simulator: Data, request: HttpRequest) -> HttpResponse {
    act(&request, |provider| simulator.recover(provider))
}

async fn release(simulator: Data, request: HttpRequest) -> HttpResponse {
    act(&request, |provider| simulator.release(provider))
}

async fn set_token_rules(simulator: Data, request: HttpRequest, body: String) -> HttpResponse {
    match (named(&request), parse::<TokenRules>(&body)) {
        (Ok(provider), Ok(rules)) => {
            simulator.set_token_rules(provider, rules);
            json_response(&describe::provider(&simulator, provider))
        }
        (Err(refusal), _) | (_, Err(refusal)) => refusal.response(),
    }
}

async fn clear_token_rules(simulator: Data, request: HttpRequest) -> HttpResponse {
    act(&request, |provider| simulator.clear_token_rules(provider))
}

async fn grants(simulator: Data, request: HttpRequest) -> HttpResponse {
    match named(&request) {
        Ok(provider) => json_response(&json!(simulator.grants(provider))),
        Err(refusal) => refusal.response(),
    }
}

async fn failures() -> HttpResponse {
    json_response(&describe::failures())
}

async fn people(simulator: Data) -> HttpResponse {
    json_response(&describe::people(&simulator))
}

/// Creates or changes a person: members that are given replace, `null` removes (as in RFC 7396).
async fn put_person(simulator: Data, id: web::Path<String>, body: String) -> HttpResponse {
    let members: Map<String, Value> = match parse(&body) {
        Ok(members) => members,
        Err(refusal) => return refusal.response(),
    };
    let id = id.into_inner();
    let mut persona = simulator.persona(&id).unwrap_or_else(|| Persona::new(id.clone(), id));
    for (key, value) in members {
        let text = match &value {
            Value::String(text) => Some(Some(text.clone().into())),
            Value::Null => Some(None),
            _ => None,
        };
        match (key.as_str(), text, value.as_bool()) {
            ("name", Some(name), _) => {
                persona.display_name = name.clone().unwrap_or_else(|| persona.id.clone());
                persona.name = name;
            }
            ("email", Some(email), _) => persona.email = email,
            ("locale", Some(locale), _) => persona.locale = locale,
            ("login", Some(Some(login)), _) => persona.github_login = login,
            ("email_verified", _, Some(is_verified)) => persona.email_verified = is_verified,
            ("picture", _, Some(has_picture)) => persona.has_picture = has_picture,
            _ => return error(400, "name, email, locale and login are text, email_verified and picture true or false"),
        }
    }
    simulator.put_persona(persona.clone());
    json_response(&describe::person(&persona))
}

async fn clients(simulator: Data) -> HttpResponse {
    json_response(&json!(simulator.0.clients.all()))
}

async fn register_client(simulator: Data, body: String) -> HttpResponse {
    match parse::<Client>(&body) {
        Ok(client) if client.id.is_empty() => error(400, "the id is empty"),
        Ok(client) => {
            simulator.register_client(client.clone());
            HttpResponse::Created().json(client)
        }
        Err(refusal) => refusal.response(),
    }
}

async fn counts(simulator: Data) -> HttpResponse {
    json_response(&json!(simulator.counts()))
}

async fn rotate_keys(simulator: Data) -> HttpResponse {
    simulator.rotate_keys();
    HttpResponse::NoContent().finish()
}

async fn reset(simulator: Data) -> HttpResponse {
    simulator.reset();
    HttpResponse::NoContent().finish()
}

fn act(request: &HttpRequest, action: impl FnOnce(SimulatedProvider)) -> HttpResponse {
    match named(request) {
        Ok(provider) => {
            action(provider);
            HttpResponse::NoContent().finish()
        }
        Err(refusal) => refusal.response(),
    }
}

/// Why a request is refused.
enum Refusal {
    UnknownProvider,
    Body(serde_json::Error),
}

impl Refusal {
    fn response(&self) -> HttpResponse {
        match self {
            Self::UnknownProvider => error(404, "there is no such provider"),
            Self::Body(fault) => error(400, &fault.to_string()),
        }
    }
}

fn named(request: &HttpRequest) -> Result<SimulatedProvider, Refusal> {
    SimulatedProvider::from_name(request.match_info().query("provider")).ok_or(Refusal::UnknownProvider)
}

fn parse<T: DeserializeOwned>(body: &str) -> Result<T, Refusal> {
    serde_json::from_str(body).map_err(Refusal::Body)
}

fn json_response(value: &Value) -> HttpResponse {
    HttpResponse::Ok().insert_header(("cache-control", "no-store")).json(value)
}

fn error(status: u16, message: &str) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(status).unwrap_or_default();
    HttpResponse::build(status).json(json!({ "error": message }))
}

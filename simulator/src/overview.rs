//! The overview page: providers with their endpoints, people and failures.

use actix_web::{HttpResponse, web};
use maud::{Markup, html};

use super::failure::{CATALOGUE, Form};
use super::page::document;
use super::provider::SimulatedProvider;
use super::{CLIENT_ID, CLIENT_SECRET, Simulator};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("", web::get().to(overview)).route("/", web::get().to(overview));
}

async fn overview(simulator: web::Data<Simulator>) -> HttpResponse {
    let main = html! {
        h1 { "Simulated sign-in providers" }
        p.lead { "For tests: they behave as the real ones, and fail on demand." }
        h2 { "Client" }
        p {
            "Id " code { (CLIENT_ID) } ", secret " code { (CLIENT_SECRET) } ", any redirect URI. "
            code { "POST " (simulator.url("/control/clients")) } " registers others."
        }
        h2 { "Providers" }
        @for provider in SimulatedProvider::ALL { (provider_details(&simulator, provider)) }
        h2 { "People" }
        p { code { "login_hint=" i { "id" } } " or " code { "login=" i { "id" } } " in an authorization request chooses one without the page, " code { "login=deny" } " refuses. " code { "user-1" } ", " code { "user-2" } " and so on are generated." }
        table {
            tr { th { "Id" } th { "Name" } th { "Email" } th { "Profile" } }
            @for persona in simulator.people() {
                tr {
                    td { code { (persona.id) } }
                    td.long { (persona.name.as_deref().unwrap_or("–")) }
                    td { (persona.email.as_deref().unwrap_or("–")) }
                    td { (persona.description()) }
                }
            }
        }
        h2 { "Failures" }
        p {
            code { "PUT " (simulator.url("/control/providers/")) i { "provider" } "/failure" } " with "
            code { r#"{"name": "wrong_audience"}"# } " or " code { r#"{"name": "server_error", "endpoint": "token", "times": 1}"# }
            " begins one, " code { "DELETE" } " ends it."
        }
        table {
            tr { th { "Name" } th { "What happens" } }
            @for (name, form, description) in &CATALOGUE {
                tr {
                    td { code { (name) } @if matches!(form, Form::At(_)) { " of an endpoint" } }
                    td { (description) }
                }
            }
        }
        p { "All of this as JSON: " a href=(simulator.url("/control")) { (simulator.url("/control")) } }
    };
    document("Simulated providers", "overview", HttpResponse::Ok(), &main, None)
}

fn provider_details(simulator: &Simulator, provider: SimulatedProvider) -> Markup {
    let at = simulator.endpoints(provider);
    let rows = [
        ("Issuer", Some(at.issuer)),
        ("Discovery", at.discovery),
        ("Request token", at.request_token),
        ("Authorization", Some(at.authorize)),
        ("Token", Some(at.token)),
        ("Profile", Some(at.userinfo).filter(|url| !url.is_empty())),
        ("OpenID userinfo", at.openid_userinfo),
        ("Emails", at.emails),
        ("Keys", at.jwks),
        ("Revocation", at.revoke),
    ];
    html! {
        details {
            summary {
                (provider.label()) " "
                small { code { (provider.name()) } ", " (provider.protocol()) }
                @if let Some(failure) = simulator.failure(provider) { " " b { "fails: " (failure.name()) } }
            }
            table {
                @for (name, url) in rows {
                    @if let Some(url) = url { tr { th { (name) } td { code { (url) } } } }
                }
            }
        }
    }
}

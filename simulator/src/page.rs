//! HTML pages of the simulated providers, self-contained: no external resources.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::{HttpResponse, HttpResponseBuilder};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Simulator;
use super::authorization_request::{AuthorizationRequest, ResponseTarget};
use super::authorize::{CHOICE, DENY, consent_path};
use super::form::Form;
use super::personas::Persona;
use super::provider::SimulatedProvider;

const STYLE: &str = include_str!("page.css");

/// The others are shown on request.
const SHOWN_AT_ONCE: usize = 4;

const SUBMIT_SCRIPT: &str = "document.forms[0].submit()";

/// The page that asks which persona signs in. The form carries the request, because the server keeps no state.
pub(super) fn consent(
    simulator: &Simulator,
    provider: SimulatedProvider,
    form: &Form,
    authorization: &AuthorizationRequest,
) -> HttpResponse {
    let root = simulator.0.base.path().trim_end_matches('/');
    let action = format!("{root}{}", consent_path(provider));
    let people = simulator.people();
    let (first, rest) = people.split_at(people.len().min(SHOWN_AT_ONCE));
    let main = html! {
        h1 { "Who are you today?" }
        p.lead {
            b { (authorization.client) } " at " b { (host(authorization)) } " would like to know "
            (scope_descriptions(provider, &authorization.scope)) "."
        }
        form method="post" action=(action) {
            @for (key, value) in form.pairs().filter(|(key, _)| *key != CHOICE) { (hidden(key, value)) }
            div.people { @for persona in first { (button(root, persona)) } }
            details.more {
                summary { "More people" }
                div.people { @for persona in rest { (button(root, persona)) } }
            }
            button.no name=(CHOICE) value=(DENY) data-testid="deny" { "Say no" }
        }
    };
    document(&title(provider), provider.name(), HttpResponse::Ok(), &main, None)
}

/// A `form_post` response: a form that submits itself, or by a click where scripts are disabled.
pub(super) fn form_post(
    provider: SimulatedProvider,
    target: &ResponseTarget,
    parameters: &[(&str, &str)],
) -> HttpResponse {
    let state = target.state.as_deref().map(|state| ("state", state));
    let main = html! {
        h1 { "Going back" }
        form method="post" action=(target.url) {
            @for (key, value) in state.iter().chain(parameters) { (hidden(key, value)) }
            button.no data-testid="continue" { "Continue" }
        }
    };
    document(&title(provider), provider.name(), HttpResponse::Ok(), &main, Some(SUBMIT_SCRIPT))
}

/// A page between the choice and the return to the client.
pub(super) fn before_return(provider: SimulatedProvider, url: &str) -> HttpResponse {
    let main = html! {
        h1 { "One more page" }
        p.lead {
            "The link below carries the response. Follow it, come back to this page, and follow it again: the client gets "
            "the same response twice."
        }
        a.no href=(url) data-testid="continue" { "Continue" }
    };
    let mut response = document(&title(provider), provider.name(), HttpResponse::Ok(), &main, None);
    // The failure happened once; coming back has to show this page again.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, max-age=600"));
    response
}

/// The error page for requests without a valid redirect URI.
pub(super) fn error(provider: SimulatedProvider, code: &str, detail: &str) -> HttpResponse {
    let status = match (provider, code) {
        (SimulatedProvider::Google, "invalid_client") => StatusCode::UNAUTHORIZED,
        (SimulatedProvider::Github, "invalid_client") => StatusCode::NOT_FOUND,
        _ => StatusCode::BAD_REQUEST,
    };
    let main = html! {
        h1 { "This request cannot be answered" }
        p.lead { (detail) }
        p.code { "Error " (status.as_u16()) ": " (code) }
    };
    document(&title(provider), provider.name(), HttpResponse::build(status), &main, None)
}

fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// A persona to choose; the simulator's path is `root`.
fn button(root: &str, persona: &Persona) -> Markup {
    let email = persona.email.as_deref().unwrap_or("no address");
    html! {
        button.person name=(CHOICE) value=(persona.id) data-testid=(format!("person-{}", persona.id)) {
            @match persona.picture_path() {
                Some(path) => img.face src=(format!("{root}{path}")) alt="" width="48" height="48";,
                None => span.face aria-hidden="true" { (persona.initials()) },
            }
            span.who {
                b { (persona.display_name) }
                span { (email) }
                small { (persona.description()) }
            }
        }
    }
}

fn host(authorization: &AuthorizationRequest) -> String {
    let url = &authorization.target.url;
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Describes scopes in plain words; unknown scopes stay as they are.
fn scope_descriptions(provider: SimulatedProvider, scope: &str) -> String {
    let mut scope_descriptions: Vec<&str> = Vec::new();
    for word in scope.split([' ', ',']).filter(|word| !word.is_empty()) {
        scope_descriptions.push(match word {
            "openid" => "who you are",
            "email" | "user:email" | "user-read-email" | "user:read:email" | "users.email" | "wl.emails" => {
                "your address"
            }
            "name" => "your name",
            "profile" | "read:user" | "user" | "identify" | "user-read-private" | "read_user" | "account"
            | "users.read" | "profile:read_all" | "public_profile" | "wl.basic" => "your name and picture",
            "offline_access" | "offline.access" | "wl.offline_access" => "to stay connected",
            other => other,
        });
    }
    if provider == SimulatedProvider::Github && !scope_descriptions.contains(&"your name and picture") {
        scope_descriptions.insert(0, "your public profile");
    }
    match scope_descriptions.split_last() {
        None => "that you are here".to_owned(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

fn title(provider: SimulatedProvider) -> String {
    format!("Simulated {}", provider.label())
}

/// A page; `class` selects its colours and width.
pub(super) fn document(
    title: &str,
    class: &str,
    mut response: HttpResponseBuilder,
    main: &Markup,
    script: Option<&str>,
) -> HttpResponse {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(digest(&SHA256, text.as_bytes())));
    // No form-action: browsers apply it to the redirect that follows the form, which leads to another origin.
    let mut policy = format!(
        "default-src 'none'; style-src {}; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'",
        hash(STYLE)
    );
    if let Some(script) = script {
        policy.push_str("; script-src ");
        policy.push_str(&hash(script));
    }
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                // Otherwise the browser asks for one, now that pictures are allowed.
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body class=(class) {
                main {
                    header { span.mark aria-hidden="true" {} span { (title) } }
                    (main)
                    footer { "A simulation: no data leaves this machine." }
                }
                @if let Some(script) = script { script { (PreEscaped(script)) } }
            }
        }
    };
    response
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((X_FRAME_OPTIONS, "DENY"))
        .body(page.into_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_described_in_plain_words() {
        assert_eq!(scope_descriptions(SimulatedProvider::Oidc, "openid email"), "who you are and your address");
        assert_eq!(scope_descriptions(SimulatedProvider::Github, "user:email"), "your public profile and your address");
        assert_eq!(scope_descriptions(SimulatedProvider::Github, ""), "your public profile");
    }
}

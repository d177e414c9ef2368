//! The simulated providers' pages: written on the server, every value escaped, nothing loaded from anywhere.

use std::fmt::Write;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::{HttpResponse, HttpResponseBuilder};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::authorization_request::{AuthorizationRequest, ResponseTarget};
use super::authorize::{CHOICE, DENY, consent_path};
use super::form::Form;
use super::personas::Persona;
use super::provider::SimulatedProvider;
use super::{CLIENT_ID, Simulator};

const STYLE: &str = include_str!("page.css");

const POST_AT_ONCE: &str = "document.forms[0].submit()";

/// Asks whom to play. The form carries the request on, because nothing of it is kept here.
pub(super) fn consent(
    simulator: &Simulator,
    provider: SimulatedProvider,
    form: &Form,
    authorization: &AuthorizationRequest,
) -> HttpResponse {
    let mut fields = String::new();
    for (key, value) in form.pairs().filter(|(key, _)| *key != CHOICE) {
        let _ = write!(fields, r#"<input type="hidden" name="{}" value="{}">"#, escape(key), escape(value));
    }
    let mut people = String::new();
    for person in Persona::all() {
        let _ = write!(people, "{}", button(&person));
    }
    let path = simulator.0.base.path().trim_end_matches('/');
    let main = format!(
        r#"<h1>Who are you today?</h1>
<p class="lead"><b>{client}</b> at <b>{host}</b> would like to know {scope_descriptions}.</p>
<form method="post" action="{action}">{fields}
<div class="people">{people}</div>
<button class="no" name="{CHOICE}" value="{DENY}" data-testid="deny">Say no</button>
</form>"#,
        client = CLIENT_ID,
        host = escape(&host(authorization)),
        scope_descriptions = escape(&scope_descriptions(provider, &authorization.scope)),
        action = escape(&format!("{path}{}", consent_path(provider))),
    );
    document(provider, HttpResponse::Ok(), &main, None)
}

/// Sends an answer on as a form that posts itself, or by a click where scripts are off.
pub(super) fn form_post(
    provider: SimulatedProvider,
    target: &ResponseTarget,
    parameters: &[(&str, &str)],
) -> HttpResponse {
    let state = target.state.as_deref().map(|state| ("state", state));
    let mut fields = String::new();
    for (key, value) in state.iter().chain(parameters) {
        let _ = write!(fields, r#"<input type="hidden" name="{}" value="{}">"#, escape(key), escape(value));
    }
    let main = format!(
        r#"<h1>Going back</h1>
<form method="post" action="{}">{fields}
<button class="no" data-testid="continue">Continue</button>
</form>"#,
        escape(target.url.as_str()),
    );
    document(provider, HttpResponse::Ok(), &main, Some(POST_AT_ONCE))
}

/// Says why nobody was asked, when it cannot be told where an answer should go.
pub(super) fn error(provider: SimulatedProvider, code: &str, detail: &str) -> HttpResponse {
    let status = match (provider, code) {
        (SimulatedProvider::Google, "invalid_client") => StatusCode::UNAUTHORIZED,
        (SimulatedProvider::Github, "invalid_client") => StatusCode::NOT_FOUND,
        _ => StatusCode::BAD_REQUEST,
    };
    let main = format!(
        r#"<h1>This request cannot be answered</h1>
<p class="lead">{}</p>
<p class="code">Error {}: {}</p>"#,
        escape(detail),
        status.as_u16(),
        escape(code),
    );
    document(provider, HttpResponse::build(status), &main, None)
}

/// A picture of a person: initials on a colour of their own.
pub(super) fn portrait(person: &Persona) -> String {
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" width="96" height="96"><rect width="96" height="96" fill="hsl({hue} 45% 42%)"/><text x="48" y="50" fill="#fff" font-family="system-ui, sans-serif" font-size="36" font-weight="600" text-anchor="middle" dominant-baseline="central">{initials}</text></svg>"##,
        hue = person.hue(),
        initials = escape(&person.initials()),
    )
}

fn button(person: &Persona) -> String {
    let (address, note) = match (&person.email, person.email_verified) {
        (Some(email), true) => (email.as_ref(), "verified address"),
        (Some(email), false) => (email.as_ref(), "unverified address"),
        (None, _) => ("no address", "the provider knows none"),
    };
    let note = if person.name.is_none() { format!("{note}, tells no name and no picture") } else { note.to_owned() };
    format!(
        r#"<button class="person" name="{CHOICE}" value="{id}" data-testid="person-{id}"><span class="face {id}" aria-hidden="true">{initials}</span><span class="who"><b>{display_name}</b><span>{address}</span><small>{note}</small></span></button>"#,
        id = escape(&person.id),
        initials = escape(&person.initials()),
        display_name = escape(&person.display_name),
        address = escape(address),
        note = escape(&note),
    )
}

fn host(authorization: &AuthorizationRequest) -> String {
    let url = &authorization.target.url;
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The scopes in plain words; one that is not known is named as it is.
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

fn document(
    provider: SimulatedProvider,
    mut response: HttpResponseBuilder,
    main: &str,
    script: Option<&str>,
) -> HttpResponse {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(digest(&SHA256, text.as_bytes())));
    // No form-action: browsers apply it to the redirect that follows the form, and that leads elsewhere.
    let mut policy = format!("default-src 'none'; style-src {}; base-uri 'none'; frame-ancestors 'none'", hash(STYLE));
    let script = script.map(|script| {
        let _ = write!(policy, "; script-src {}", hash(script));
        format!("<script>{script}</script>")
    });
    let body = format!(
        r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Simulated {label}</title>
<style>{STYLE}</style></head>
<body class="{name}"><main>
<header><span class="mark" aria-hidden="true"></span><span>Simulated {label}</span></header>
{main}
<footer>A simulation: no data leaves this machine.</footer>
</main>{script}</body></html>"#,
        label = provider.label(),
        name = provider.name(),
        script = script.unwrap_or_default(),
    );
    response
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((X_FRAME_OPTIONS, "DENY"))
        .body(body)
}

/// Text that is text in HTML, in elements and in quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
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

    #[test]
    fn escape_covers_attributes() {
        assert_eq!(escape(r#""><script>&'"#), "&quot;&gt;&lt;script&gt;&amp;&#39;");
    }
}

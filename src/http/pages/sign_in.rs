//! The sign-in page: a button for each provider, in the operator's order.
//!
//! The buttons are links, so that no script is needed, and relative, so that they work wherever the page is mounted. A
//! button leads to the page itself, which keeps in a cookie that it was used and redirects to the start: a start costs
//! nothing more because of that.

use std::cmp::Reverse;

use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use maud::{Markup, html};
use url::form_urlencoded;

use super::icons::icon;
use super::{Form, Page, PageContext, Texts};
use crate::domain::id::ProviderName;
use crate::http::cookies;
use crate::http::state::HttpState;
use crate::provider::Provider;

/// How long the cookie keeps which provider was used last.
const REMEMBERED: CookieDuration = CookieDuration::days(180);

/// What the page needs to know of its dialect.
pub trait SignInTarget {
    /// The URL at which a sign-in with this provider starts, relative to the page and without a query.
    fn start(&self, provider: &ProviderName) -> String;

    /// The parameters of a start that have been checked.
    fn parameters(&self) -> Vec<(&'static str, &str)>;
}

/// The page.
#[must_use]
pub fn page(http: &HttpState, request: &HttpRequest, target: &impl SignInTarget) -> HttpResponse {
    let context = PageContext::of(http, request);
    let last = cookies::read_cookie(request, cookie_name(http)).filter(|_| http.theme.remembers_provider);
    let providers = ordered(http, last.as_deref());
    let texts = context.texts;
    let main = html! {
        @if providers.is_empty() {
            h1 { (texts.text("sign-in-none")) }
            p { (texts.text("sign-in-none-next")) }
            (context.contact())
        } @else {
            h1 { (texts.text("sign-in-title")) }
            // Safari drops the role of a list whose markers the style removes.
            ul class="providers" role="list" {
                @for provider in providers {
                    li { (button(http, texts, provider, last.as_deref(), target)) }
                }
            }
        }
    };
    let title = texts.text("sign-in-title");
    Page { context: &context, status: StatusCode::OK, title: &title, main, form: Form::None }.into_response()
}

/// The answer to a button: redirects to the start, and keeps in a cookie that this provider was used.
#[must_use]
pub fn go(http: &HttpState, provider: &ProviderName, target: &impl SignInTarget) -> HttpResponse {
    let mut response = HttpResponse::SeeOther();
    if http.theme.remembers_provider {
        let mut cookie = cookies::cookie(http, cookie_name(http).to_owned(), provider.as_str().to_owned());
        cookie.set_max_age(REMEMBERED);
        response.cookie(cookie);
    }
    response.insert_header((header::LOCATION, start(provider, target))).finish()
}

fn cookie_name(http: &HttpState) -> &'static str {
    if http.is_https { "__Host-vouchsafe-provider" } else { "vouchsafe-provider" }
}

fn start(provider: &ProviderName, target: &impl SignInTarget) -> String {
    let (path, query) = (target.start(provider), query(&target.parameters()));
    if query.is_empty() { path } else { format!("{path}?{query}") }
}

fn query(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

/// The providers with a button: the last one used, then those that the operator orders, then the others by label.
fn ordered<'a>(http: &'a HttpState, last: Option<&str>) -> Vec<&'a Provider> {
    let theme = &http.theme;
    let shown = http.providers.iter().filter(|provider| !theme.hidden_providers.contains(&provider.name));
    let mut providers: Vec<&Provider> = shown.map(AsRef::as_ref).collect();
    providers.sort_by_cached_key(|provider| {
        let place = theme.providers.iter().position(|name| *name == provider.name);
        let is_last = last == Some(provider.name.as_str());
        (Reverse(is_last), place.unwrap_or(usize::MAX), provider.label.to_lowercase())
    });
    providers
}

fn button(
    http: &HttpState,
    texts: Texts,
    provider: &Provider,
    last: Option<&str>,
    target: &impl SignInTarget,
) -> Markup {
    let is_last = last == Some(provider.name.as_str());
    let class = if is_last { "button quiet last" } else { "button quiet" };
    let href = if http.theme.remembers_provider {
        let mut parameters = target.parameters();
        parameters.insert(0, ("provider", provider.name.as_str()));
        format!("?{}", query(&parameters))
    } else {
        start(&provider.name, target)
    };
    html! {
        a class=(class) href=(href) rel="nofollow" {
            (icon(&provider.icon))
            span class="label" {
                (texts.with("sign-in-button", &[("provider", &provider.label)]))
                @if !http.providers.is_available(&provider.name) {
                    " "
                    span class="alert" { (texts.text("sign-in-not-answering")) }
                }
            }
            @if is_last {
                " "
                span class="badge" { (texts.text("sign-in-last-used")) }
            }
        }
    }
}

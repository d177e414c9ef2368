//! The document of the page. Its scripts fill it in; what depends on the settings is in it from the start.

use actix_web::{HttpRequest, HttpResponse, web};
use maud::{DOCTYPE, Markup, html};

use crate::http::pages::icons::icon;
use crate::http::state::HttpState;
use crate::provider::{Protocol, Provider};

const FAVICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='9' fill='%230f766e'/%3E%3Cpath d='M9 16.5l5 5 9-11' fill='none' stroke='white' stroke-width='3.5' stroke-linecap='round' stroke-linejoin='round'/%3E%3C/svg%3E";

/// Other pages of the service, relative to this one; those that are mounted.
struct OtherPages {
    sign_in: Option<&'static str>,
    description: Option<&'static str>,
    inspector: Option<&'static str>,
    flows: Option<&'static str>,
}

impl OtherPages {
    fn of(request: &HttpRequest) -> Self {
        let base = request.path();
        let is_mounted = |path: &str| request.resource_map().has_resource(&format!("{base}{path}"));
        let if_mounted = |page: &'static str| is_mounted(page).then_some(page);
        let flows = is_mounted("admin/inspector/flows/0").then_some("admin/inspector/flows/");
        Self {
            sign_in: if_mounted("signin"),
            description: if_mounted("openapi"),
            inspector: flows.map(|_| "admin"),
            flows,
        }
    }
}

/// `GET /`
pub(super) async fn index(request: HttpRequest, http: web::Data<HttpState>) -> HttpResponse {
    let mut providers: Vec<&Provider> = http.providers.iter().map(AsRef::as_ref).collect();
    providers.sort_by_key(|provider| provider.label.to_lowercase());
    let pages = OtherPages::of(&request);
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { "Vouchsafe demo" }
                link rel="icon" href=(FAVICON);
                link rel="stylesheet" href="demo/demo.css";
                script type="module" src="demo/demo.js" {}
            }
            body data-flows=[pages.flows] {
                (header(&pages))
                main {
                    div.column {
                        (without_script(&pages))
                        div #message .message data-testid="message" role="status" aria-live="polite" tabindex="-1" hidden {}
                        (signed_out(&providers))
                        (signed_in())
                        (results())
                    }
                    div.column {
                        (account())
                        @if providers.iter().any(|provider| is_simulated(provider)) { (breaking(&pages)) }
                        section.card aria-labelledby="log-title" {
                            h2 #log-title { "Requests of this page" }
                            p #log-empty .soft { "None yet. Requests are listed here, tokens are not." }
                            ol #log .log data-testid="log" reversed {}
                        }
                    }
                }
            }
        }
    };
    super::document("text/html; charset=utf-8", document.into_string())
}

fn is_simulated(provider: &Provider) -> bool {
    provider.claims.simulated_pictures.is_some()
}

fn header(pages: &OtherPages) -> Markup {
    let links = [(pages.sign_in, "Sign-in page"), (pages.inspector, "Inspector"), (pages.description, "API")];
    html! {
        header.top {
            span.mark aria-hidden="true" {}
            div {
                p.name { "Vouchsafe" }
                p.motto { "Sign in with external providers, and fetch the provider’s tokens once." }
            }
            nav aria-label="Pages of this service" {
                @for (page, label) in links {
                    @if let Some(page) = page { a href=(page) data-testid=(format!("page-{page}")) { (label) } }
                }
            }
        }
    }
}

fn without_script(pages: &OtherPages) -> Markup {
    html! {
        noscript {
            div.message data-testid="no-script" {
                b { "This demo needs JavaScript" }
                span {
                    "It is an app, and shows what an app gets. The service itself needs none"
                    @match pages.sign_in {
                        Some(page) => { ": " a href=(page) { "sign in on the service’s own page" } "." },
                        None => ".",
                    }
                }
            }
        }
    }
}

fn signed_out(providers: &[&Provider]) -> Markup {
    html! {
        section #signed-out .card data-testid="signed-out" aria-labelledby="choose" hidden {
            h1 #choose { "Sign in" }
            p.soft { "Choose a provider. It asks who you are and sends you back here." }
            div #providers .providers {
                @for provider in providers {
                    button data-name=(provider.name) data-label=(provider.label) data-simulated[is_simulated(provider)]
                        data-openid[matches!(provider.protocol, Protocol::Oidc { .. })]
                        data-testid=(format!("signin-{}", provider.name)) aria-label=(format!("Continue with {}", provider.label)) {
                        (icon(&provider.icon)) span { (provider.label) }
                    }
                }
            }
            @if providers.is_empty() { p { "No provider is configured: add one to the settings, or turn the simulator on." } }
            label.switch {
                input #pkce type="checkbox" role="switch" data-testid="pkce" checked;
                span {
                    b { "With PKCE" }
                    span.soft { "You return with a code that only this tab can exchange. Without PKCE the URL itself carries a refresh token." }
                }
            }
        }
    }
}

fn signed_in() -> Markup {
    html! {
        section #signed-in .card data-testid="signed-in" aria-labelledby="user-name" hidden {
            div.person {
                span #avatar .avatar data-testid="avatar" aria-hidden="true" {}
                div {
                    h1 #user-name data-testid="user-name" {}
                    p.address {
                        span #user-email data-testid="user-email" {}
                        span #user-verified .badge data-testid="user-verified" {}
                    }
                }
            }
            dl #facts .facts {}
            div.actions {
                button #fetch-tokens .primary data-testid="fetch-tokens" { "Fetch the provider’s tokens" }
                button #refresh data-testid="refresh" { "Refresh session" }
                button #whoami data-testid="whoami" { "Who am I" }
                button #signout .quiet data-testid="signout" { "Sign out" }
            }
        }
    }
}

/// What buttons show, and what an app gets when a sign-in fails.
fn results() -> Markup {
    html! {
        section #tokens-card .card aria-labelledby="tokens-title" hidden {
            h2 #tokens-title {}
            p #tokens-note .soft {}
            pre #tokens-result data-testid="tokens-result" tabindex="0" role="group" aria-labelledby="tokens-title" {}
        }
        section #whoami-card .card aria-labelledby="whoami-title" hidden {
            h2 #whoami-title { "Your user" }
            pre #whoami-result data-testid="whoami-result" tabindex="0" role="group" aria-labelledby="whoami-title" {}
        }
        section #outcome-card .card data-testid="outcome" aria-labelledby="outcome-title" hidden {
            h2 #outcome-title { "What your app got" }
            p.soft { "The service redirected the browser to your app’s return URL with these parameters." }
            dl #outcome .facts {}
            p #outcome-page .soft {}
        }
    }
}

/// The session, the linked providers and the other sessions of whoever is signed in.
fn account() -> Markup {
    html! {
        section #session-card .card aria-labelledby="session-title" hidden {
            h2 #session-title { "Your session" }
            dl.facts {
                dt { "Access token" }
                dd #countdown .countdown data-testid="countdown" {}
                dt { "Refresh token" }
                dd { code #refresh-token data-testid="refresh-token" {} }
            }
            details {
                summary { "Claims of the access token" }
                pre #claims data-testid="claims" tabindex="0" role="group" aria-label="Claims of the access token" {}
            }
        }
        section #linked-card .card data-testid="linked" aria-labelledby="linked-title" hidden {
            h2 #linked-title { "Ways to sign in" }
            ul #linked .rows {}
            p #last-way .soft { "The last one cannot be unlinked: it is the only way into this account." }
            form #link-form .actions {
                label.field { span { "Another provider" } select #link-provider data-testid="link-provider" {} }
                button data-testid="link" { "Link" }
            }
        }
        section #sessions-card .card data-testid="sessions" aria-labelledby="sessions-title" hidden {
            h2 #sessions-title { "Where you are signed in" }
            ul #sessions .rows {}
            div.actions { button #signout-all .quiet data-testid="signout-all" { "Sign out everywhere" } }
        }
    }
}

fn breaking(pages: &OtherPages) -> Markup {
    html! {
        section #breaking-card .card data-testid="breaking" aria-labelledby="breaking-title" hidden {
            h2 #breaking-title { "Break something" }
            p.soft { "The simulated provider fails once, in the way that you choose." }
            form #breaking-form .stack {
                label.field { span { "What goes wrong" } select #failure data-testid="failure" aria-describedby="failure-hint" {} }
                label.field { span { "Provider" } select #failure-provider data-testid="failure-provider" {} }
                p #failure-hint .soft {}
                div.actions { button data-testid="break" { "Sign in and see it fail" } }
            }
            details {
                summary { "Where nobody is redirected" }
                p.soft { "Some requests name no app that could be trusted. The service then shows a page of its own:" }
                ul.links #error-pages data-testid="error-pages" {
                    li { a href="v1/signin/provider/nobody" { "an unknown provider" } }
                    li { a href="v1/signin/provider/google?redirectTo=https%3A%2F%2Felsewhere.example%2F" { "a return URL that is not allowed" } }
                    li { a href="v1/signin/provider/google?state=a&state=b" { "a parameter that comes twice" } }
                }
            }
            @if pages.flows.is_some() { p.soft { "Each outcome links to its record in the inspector." } }
        }
    }
}

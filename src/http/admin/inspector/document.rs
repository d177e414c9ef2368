//! What every page of the inspector has: head, navigation, style sheet, and a policy that allows our own files only.

use std::sync::LazyLock;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use maud::{DOCTYPE, Markup, html};

use super::viewer::Viewer;
use crate::domain::sha256::sha256;
use crate::http::admin::errors::Problem;
use crate::http::extract::Rejection;
use crate::http::state::HttpState;

const STYLE: &str = include_str!("assets/inspector.css");
const SCRIPT: &str = include_str!("assets/inspector.js");

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// An icon of one shape, so that browsers ask for none.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath \
     d='M2 13V9h3v4zm4.5 0V6h3v7zM11 13V3h3v10z' fill='%232f6fb5'/%3E%3C/svg%3E";

/// The hash of the files is in their URLs, so that browsers keep them until they change.
static VERSION: LazyLock<String> = LazyLock::new(|| hex::encode(&sha256(&[STYLE, SCRIPT].concat())[..6]));

/// The part of the navigation to which a page belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    /// Sign-ins.
    SignIns,
    /// Users.
    Users,
    /// Neither.
    None,
}

/// A page.
pub(super) struct Document<'a> {
    /// The title of the tab.
    pub(super) title: &'a str,
    /// Its place in the navigation.
    pub(super) section: Section,
    /// Who looks at it, if anybody is signed in.
    pub(super) viewer: Option<&'a Viewer>,
    /// Whether it has the script.
    pub(super) script: bool,
    /// The content of `main`.
    pub(super) main: Markup,
}

impl Document<'_> {
    /// The page as a response.
    pub(super) fn respond(self, http: &HttpState, status: StatusCode) -> HttpResponse {
        let path = &http.inspector.path;
        let asset = |name: &str| format!("{path}/inspector/assets/{name}?v={}", *VERSION);
        let document = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="robots" content="noindex";
                    title { (self.title) " · Vouchsafe inspector" }
                    link rel="icon" href=(ICON);
                    link rel="stylesheet" href=(asset("inspector.css"));
                    @if self.script {
                        script src=(asset("inspector.js")) defer {}
                    }
                }
                body {
                    a.skip href="#main" { "To the content" }
                    (self.head(path))
                    main #main { (self.main) }
                }
            }
        };
        HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
            // With `no-referrer` browsers would send `Origin: null` with a form.
            .insert_header((header::REFERRER_POLICY, "same-origin"))
            .body(document.into_string())
    }

    fn head(&self, path: &str) -> Markup {
        let current = |section| (self.section == section).then_some("page");
        html! {
            header {
                div.top {
                    span.brand { "Vouchsafe " span { "inspector" } }
                    @if let Some(viewer) = self.viewer {
                        nav aria-label="Pages" {
                            a href=(path) aria-current=[current(Section::SignIns)] { "Sign-ins" }
                            a href={ (path) "/inspector/users" } aria-current=[current(Section::Users)] { "Users" }
                        }
                        @if let Some(session) = viewer.session() {
                            form.who method="post" action={ (path) "/inspector/sign-out" } {
                                input type="hidden" name="token" value=(session.form_token().expose());
                                span { (viewer.name) }
                                button.quiet { "Sign out" }
                            }
                        }
                    }
                }
                @if self.viewer.is_some_and(|viewer| viewer.session().is_none()) {
                    p.banner {
                        "Development mode without a token in " code { "admin.token_file" } ": whoever is at this machine "
                        "sees these pages, and nobody can act here."
                    }
                }
            }
        }
    }
}

/// `GET /admin/inspector/assets/{name}`: the style sheet and the script, which hold nothing of this server.
pub(super) async fn asset(name: web::Path<String>) -> Result<HttpResponse, Problem> {
    let (kind, text) = match name.as_str() {
        "inspector.css" => ("text/css; charset=utf-8", STYLE),
        "inspector.js" => ("text/javascript; charset=utf-8", SCRIPT),
        _ => return Err(Rejection::NotFound.into()),
    };
    let cache = (header::CACHE_CONTROL, "public, max-age=31536000, immutable");
    Ok(HttpResponse::Ok().content_type(kind).insert_header(cache).body(text))
}

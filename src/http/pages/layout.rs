//! What every page has: one document, one style sheet, and a policy that allows nothing else.

use actix_web::HttpResponse;
use actix_web::http::header;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::domain::sha256::sha256;

/// A page with one form at most and no script.
pub struct Page<'a> {
    /// The title of the tab.
    pub title: &'a str,
    /// The style sheet, which becomes part of the page.
    pub style: &'static str,
    /// The content of `main`.
    pub main: Markup,
    /// Where the answer to the page's form may redirect to, as a source of the policy's `form-action`.
    pub redirect_source: Option<String>,
}

impl Page<'_> {
    /// The page as a response.
    #[must_use]
    pub fn into_response(self) -> HttpResponse {
        let policy = self.policy();
        let document = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (self.title) }
                    style { (PreEscaped(self.style)) }
                }
                body { main { (self.main) } }
            }
        };
        HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CONTENT_SECURITY_POLICY, policy))
            // With `no-referrer` browsers would send `Origin: null` with the form.
            .insert_header((header::REFERRER_POLICY, "same-origin"))
            .body(document.into_string())
    }

    /// Browsers check `form-action` against redirects of the form's response, too.
    fn policy(&self) -> String {
        let style_hash = STANDARD.encode(sha256(self.style));
        let redirect = self.redirect_source.as_deref().unwrap_or_default();
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{style_hash}'; base-uri 'none'; frame-ancestors 'none'; \
             form-action 'self' {redirect}"
        );
        policy.trim_end().to_owned()
    }
}

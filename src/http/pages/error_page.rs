//! The page of an error: what happened, what to do next, and what the operator needs to find out more.
//!
//! It has no script and no form, and holds nothing of the request.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use maud::{Markup, html};

use super::{Form, Page, PageContext, Texts};
use crate::domain::log::Scope;
use crate::http::error_kind::{ErrorKind, NextStep};
use crate::http::state::HttpState;

/// An error as a person reads of it.
#[derive(Debug)]
pub struct ErrorPage<'a> {
    /// For whom it is.
    pub context: PageContext,
    /// The status of the response.
    pub status: StatusCode,
    /// What happened.
    pub kind: ErrorKind,
    /// The code that a program would get.
    pub code: &'a str,
    /// The embedding app's own message, instead of our sentence. It is text, never markup.
    pub own_words: Option<&'a str>,
    /// What to change in the request, for who writes the app.
    pub reason: Option<&'a str>,
    /// When to try again, in seconds.
    pub retry_after: Option<u64>,
    /// Whether following the same link again sends the same request.
    pub can_try_again: bool,
    /// Where a new sign-in begins.
    pub start_again: Option<String>,
    /// The way back to the app.
    pub home: String,
}

impl<'a> ErrorPage<'a> {
    /// The page of an error whose only way out is the app.
    #[must_use]
    pub fn new(http: &HttpState, request: &HttpRequest, status: StatusCode, kind: ErrorKind, code: &'a str) -> Self {
        Self {
            context: PageContext::of(http, request),
            status,
            kind,
            code,
            own_words: None,
            reason: None,
            retry_after: None,
            can_try_again: request.method() != Method::POST,
            start_again: None,
            home: http.return_urls.default_url().as_str().to_owned(),
        }
    }

    /// The page as a response.
    #[must_use]
    pub fn into_response(self) -> HttpResponse {
        let (texts, name) = (self.context.texts, self.context.theme.name.as_str());
        let title = texts.with(self.kind.title(), &[("name", name)]);
        let main = html! {
            h1 { (title) }
            p {
                @match self.own_words {
                    Some(words) => (words),
                    None => (texts.with(self.kind.sentence(), &[("name", name)])),
                }
            }
            p { (self.next_step(texts, name)) }
            div class="actions" { (self.actions(texts, name)) }
            (self.details(texts))
        };
        Page { context: &self.context, status: self.status, title: &title, main, form: Form::None }.into_response()
    }

    fn next_step(&self, texts: Texts, name: &str) -> String {
        let values = &[("name", name)];
        match (self.kind.next(), self.retry_after) {
            (NextStep::TryAgain, Some(seconds)) if seconds > 1 => {
                texts.with("error-next-wait", &[("seconds", &seconds.to_string())])
            }
            (NextStep::TryAgain, _) => texts.text("error-next-moment"),
            (NextStep::StartAgain, _) => texts.with("error-next-again", values),
            (NextStep::ChooseAnother, _) => texts.with("error-next-another", values),
            (NextStep::SignIn, _) => texts.with("error-next-sign-in", values),
            (NextStep::Back, _) => texts.with("error-next-back", values),
            (NextStep::Ask, _) => texts.with("error-next-ask", values),
        }
    }

    /// The buttons, the most helpful one first.
    fn actions(&self, texts: Texts, name: &str) -> Markup {
        let start_again = match self.kind.next() {
            NextStep::StartAgain => self.start_again.as_ref().map(|url| (url, "error-action-again")),
            NextStep::ChooseAnother => self.start_again.as_ref().map(|url| (url, "error-action-another")),
            _ => None,
        };
        let tries_again = self.kind.next() == NextStep::TryAgain && self.can_try_again;
        let is_only = start_again.is_none() && !tries_again;
        html! {
            // An empty reference is the URL of the page, which is not repeated here.
            @if tries_again { a class="button" href="" { (texts.text("error-action-retry")) } }
            @if let Some((url, key)) = start_again { a class="button" href=(url) { (texts.text(key)) } }
            a class=(if is_only { "button" } else { "button quiet" }) href=(self.home) {
                (texts.with("error-action-back", &[("name", name)]))
            }
        }
    }

    /// What the operator asks for.
    fn details(&self, texts: Texts) -> Markup {
        let scope = Scope::current();
        let flow = scope.flow().map(|flow| flow.to_string());
        let request = flow.is_none().then(Scope::current_request).flatten().map(|request| request.to_string());
        html! {
            dl class="facts" {
                @if let Some(reason) = self.reason {
                    dt { (texts.text("error-fact-reason")) }
                    dd lang="en" dir="ltr" { (reason) }
                }
                dt { (texts.text("error-fact-code")) }
                dd { code { (self.code) } }
                @if let Some(flow) = flow {
                    dt { (texts.text("error-fact-flow")) }
                    dd { code { (flow) } }
                }
                @if let Some(request) = request {
                    dt { (texts.text("error-fact-request")) }
                    dd { code { (request) } }
                }
                @if let Some((url, text)) = &self.context.theme.contact {
                    dt { (texts.text("error-fact-contact")) }
                    dd { a href=(url) { (text) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::pages::layout::tests::{context, text};
    use crate::settings::LANGUAGES;

    fn page(context: PageContext, kind: ErrorKind) -> ErrorPage<'static> {
        ErrorPage {
            context,
            status: StatusCode::BAD_REQUEST,
            kind,
            code: "<code>",
            own_words: None,
            reason: None,
            retry_after: None,
            can_try_again: true,
            start_again: None,
            home: "myapp://cb/\"><i>".to_owned(),
        }
    }

    #[test]
    fn every_error_has_its_texts_in_every_language() {
        let english = context("", false).texts;
        for language in LANGUAGES {
            let texts = context(&format!("default_language = '{language}'"), false).texts;
            assert_eq!(texts.language(), language);
            for kind in ErrorKind::ALL {
                for key in [kind.title(), kind.sentence()] {
                    let text = texts.with(key, &[("name", "Example")]);
                    assert!(text != key && !text.contains(['{', '$']), "{language}: {key}: {text}");
                    let is_translated = text != english.with(key, &[("name", "Example")]);
                    assert_eq!(is_translated, language != "en", "{language}: {key}");
                }
            }
        }
    }

    #[actix_rt::test]
    async fn apps_own_words_are_text() {
        let own_words = Some("Ask <b>Mira</b> & \"co\"");
        let page = ErrorPage { own_words, ..page(context("", true), ErrorKind::RejectedByApp) };
        let text = text(page.into_response()).await;
        assert!(text.contains("<p>Ask &lt;b&gt;Mira&lt;/b&gt; &amp; &quot;co&quot;</p>"), "{text}");
        assert!(text.contains("dir=\"rtl\"") && !text.contains("<i>") && !text.contains("<code><code>"), "{text}");
    }

    #[actix_rt::test]
    async fn page_offers_the_most_helpful_way_out_first() {
        const BACK: &str = "Back to Vouchsafe demo";
        for (kind, start_again, expected) in [
            (ErrorKind::FlowExpired, Some("/signin"), "<a class=\"button\" href=\"/signin\">Start again</a>"),
            (
                ErrorKind::ProviderNotAvailable,
                Some("/signin"),
                "<a class=\"button\" href=\"/signin\">Choose another way</a>",
            ),
            (ErrorKind::Unavailable, Some("/signin"), "<a class=\"button\" href=\"\">Try again</a>"),
            (ErrorKind::NotFound, Some("/signin"), BACK),
            (ErrorKind::FlowExpired, None, BACK),
        ] {
            let start_again = start_again.map(str::to_owned);
            let text = text(ErrorPage { start_again, ..page(context("", false), kind) }.into_response()).await;
            let (_, actions) = text.split_once("class=\"actions\">").expect("buttons");
            let (first, _) = actions.split_once("</a>").expect("a button");
            assert!(format!("{first}</a>").contains(expected), "{kind:?}: {actions}");
        }
    }
}

//! What every page has: one document in the reader's language, one style sheet, and a policy that allows nothing else.

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::texts::Texts;
use super::theme::Theme;
use crate::http::state::HttpState;

/// For whom a page is rendered: the operator's theme, and the reader's language.
#[derive(Clone, Debug)]
pub struct PageContext {
    /// What the settings determine.
    pub theme: Arc<Theme>,
    /// The texts in the reader's language.
    pub texts: Texts,
}

impl PageContext {
    /// The context of a page that answers `request`.
    #[must_use]
    pub fn of(http: &HttpState, request: &HttpRequest) -> Self {
        Self { theme: Arc::clone(&http.theme), texts: http.theme.languages.texts_for(request) }
    }

    /// Whom the reader may ask, if the operator says so.
    #[must_use]
    pub fn contact(&self) -> Markup {
        html! {
            @if let Some((url, name)) = &self.theme.contact {
                p { (self.texts.text("page-contact")) " " a href=(url) { (name) } }
            }
        }
    }
}

/// A page without scripts.
#[derive(Debug)]
pub struct Page<'a> {
    /// For whom it is.
    pub context: &'a PageContext,
    /// The status of the response.
    pub status: StatusCode,
    /// The title of the tab, which is followed by the name of the app.
    pub title: &'a str,
    /// The content of `main`.
    pub main: Markup,
    /// Whether the page has a form.
    pub form: Form,
}

/// The form of a page.
#[derive(Debug, PartialEq, Eq)]
pub enum Form {
    /// There is none.
    None,
    /// It is posted to us. Browsers check the policy against redirects of the answer, too: these may lead to this
    /// source of a Content-Security-Policy.
    ToUs {
        /// An origin, or a scheme with its colon.
        redirect_source: Option<String>,
    },
}

impl Page<'_> {
    /// The page as a response.
    #[must_use]
    pub fn into_response(self) -> HttpResponse {
        let policy = self.policy();
        let (texts, theme) = (self.context.texts, &self.context.theme);
        let document = html! {
            (DOCTYPE)
            html lang=(texts.language()) dir=(texts.direction()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content=(theme.color_scheme);
                    meta name="robots" content="noindex";
                    title { (self.title) " · " (theme.name) }
                    // Browsers would ask for /favicon.ico.
                    link rel="icon" href="data:,";
                    style { (PreEscaped(&theme.style)) }
                }
                body {
                    header {
                        @match &theme.logo {
                            Some(logo) => img src=(logo.0) alt=(theme.name);
                            None => bdi { (theme.name) }
                        }
                    }
                    main { (self.main) }
                    @if !theme.legal_links.is_empty() {
                        footer { nav aria-label=(texts.text("page-legal")) { (legal_links(theme, texts)) } }
                    }
                }
            }
        };
        HttpResponse::build(self.status)
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CONTENT_SECURITY_POLICY, policy))
            .insert_header((header::CONTENT_LANGUAGE, texts.language()))
            .insert_header((header::VARY, "Accept-Language"))
            // With `no-referrer` browsers would send `Origin: null` with a form.
            .insert_header((header::REFERRER_POLICY, "same-origin"))
            .body(document.into_string())
    }

    fn policy(&self) -> String {
        let form = match &self.form {
            Form::None => "'none'".to_owned(),
            Form::ToUs { redirect_source: None } => "'self'".to_owned(),
            Form::ToUs { redirect_source: Some(source) } => format!("'self' {source}"),
        };
        format!(
            "default-src 'none'; style-src {}; img-src data:; base-uri 'none'; frame-ancestors 'none'; \
             form-action {form}",
            self.context.theme.style_source
        )
    }
}

fn legal_links(theme: &Theme, texts: Texts) -> Markup {
    html! {
        @for (key, url) in &theme.legal_links {
            a href=(url) { (texts.text(key)) }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use actix_web::body::to_bytes;

    use super::*;
    use crate::http::pages::texts::tests::right_to_left;
    use crate::settings::Settings;

    /// A context in English, or in a language from right to left, with these settings.
    pub fn context(settings: &str, is_right_to_left: bool) -> PageContext {
        let settings = Settings::from_toml(&format!("mode = 'development'\n[pages]\n{settings}")).expect("settings");
        let theme = Arc::new(Theme::new(&settings.pages));
        let request = actix_web::test::TestRequest::default().to_http_request();
        let texts = if is_right_to_left { right_to_left() } else { theme.languages.texts_for(&request) };
        PageContext { theme, texts }
    }

    pub async fn text(response: HttpResponse) -> String {
        let body = to_bytes(response.into_body()).await.expect("a body");
        String::from_utf8_lossy(&body).into_owned()
    }

    async fn rendered(context: &PageContext) -> String {
        let page = Page { context, status: StatusCode::OK, title: "<t>", main: html! { "<m>" }, form: Form::None };
        text(page.into_response()).await
    }

    #[actix_rt::test]
    async fn what_operators_write_is_never_markup() {
        let settings = "name = '<script>&\"'\nterms_url = 'https://app.test/\"><i>'";
        let page = rendered(&context(settings, false)).await;
        for markup in ["<script>", "<t>", "<m>", "<i>", "\"\"", "/\">"] {
            assert!(!page.contains(markup), "{markup} in {page}");
        }
        assert!(page.contains("<bdi>&lt;script&gt;&amp;&quot;</bdi>"), "{page}");
    }

    #[actix_rt::test]
    async fn page_has_the_direction_of_its_language() {
        let page = rendered(&context("imprint_url = 'https://app.test/i'", false)).await;
        assert!(page.contains("<html lang=\"en\" dir=\"ltr\">"), "{page}");
        assert!(page.contains("<a href=\"https://app.test/i\">Imprint</a>"), "{page}");
        let page = rendered(&context("", true)).await;
        assert!(page.contains("<html lang=\"ar\" dir=\"rtl\">"), "{page}");
        assert!(!page.contains("<footer>"), "{page}");
    }

    #[actix_rt::test]
    async fn policy_allows_the_style_sheet_of_the_page_and_nothing_else() {
        use base64::Engine;
        let context = context("accent = '#ffcc00'", false);
        let form = Form::ToUs { redirect_source: Some("myapp:".to_owned()) };
        let page = Page { context: &context, status: StatusCode::OK, title: "", main: html! {}, form };
        let response = page.into_response();
        let policy = response.headers().get(header::CONTENT_SECURITY_POLICY).expect("a policy").clone();
        let page = text(response).await;
        let (_, rest) = page.split_once("<style>").expect("a style sheet");
        let (style, _) = rest.split_once("</style>").expect("its end");
        let hash = base64::engine::general_purpose::STANDARD.encode(crate::domain::sha256::sha256(style));
        let expected = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; frame-ancestors 'none'; \
             form-action 'self' myapp:"
        );
        assert_eq!(policy, expected.as_str());
    }
}

//! The page on which a user confirms that a provider's account becomes a way to sign in to theirs.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use maud::{Markup, html};
use url::Url;

use super::icons::icon;
use super::{Form, Page, PageContext};
use crate::domain::secret::Secret;

/// What the page shows. Names come from providers and users, and are untrusted.
pub struct LinkConfirmation<'a> {
    /// For whom it is.
    pub context: &'a PageContext,
    /// The provider's label.
    pub provider: &'a str,
    /// The name of the provider's icon.
    pub icon: &'a str,
    /// The account at the provider.
    pub identity: &'a str,
    /// The account here.
    pub account: &'a str,
    /// The URL that the form is posted to.
    pub action: &'a str,
    /// Proof that the form comes from this page.
    pub form_token: &'a Secret,
    /// The URL to which the browser returns afterwards.
    pub return_url: &'a str,
    /// The return URL of sign-ins that name none, whose host the app's name stands for.
    pub default_url: &'a str,
}

impl LinkConfirmation<'_> {
    /// The page as a response.
    #[must_use]
    pub fn into_response(self) -> HttpResponse {
        let texts = self.context.texts;
        let name = self.context.theme.name.as_str();
        let asking = self.other_host().unwrap_or_else(|| name.to_owned());
        let values = &[("provider", self.provider), ("name", name)];
        let title = texts.with("link-title", values);
        let main = html! {
            h1 { (title) }
            p { (texts.with("link-asks", &[("name", &asking)])) }
            dl class="accounts" {
                (account(&icon(self.icon), &texts.with("link-identity", values), self.identity))
                (account(&html! {}, &texts.with("link-account", values), self.account))
            }
            p { (texts.with("link-meaning", values)) }
            p { (texts.text("link-warning")) }
            form method="post" action=(self.action) {
                input type="hidden" name="token" value=(self.form_token.expose());
                button name="answer" value="yes" { (texts.text("link-yes")) }
                button class="quiet" name="answer" value="no" { (texts.text("link-no")) }
            }
        };
        let form = Form::ToUs { redirect_source: source_of(self.return_url) };
        Page { context: self.context, status: StatusCode::OK, title: &title, main, form }.into_response()
    }

    /// The host to which the browser returns, or its scheme, if it is not what the app's name stands for.
    fn other_host(&self) -> Option<String> {
        let (back, default) = (Url::parse(self.return_url).ok()?, Url::parse(self.default_url).ok()?);
        if back.origin() == default.origin() {
            return None;
        }
        let is_web = matches!(back.scheme(), "https" | "http");
        back.host_str().filter(|_| is_web).map(str::to_owned).or_else(|| Some(format!("{}:", back.scheme())))
    }
}

/// One of the two accounts.
fn account(icon: &Markup, label: &str, text: &str) -> Markup {
    html! {
        div {
            dt { (icon) (label) }
            dd { bdi { (text) } }
        }
    }
}

/// The origin of a URL, or its scheme if apps have registered one.
fn source_of(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let origin = url.origin();
    Some(if origin.is_tuple() { origin.ascii_serialization() } else { format!("{}:", url.scheme()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::pages::layout::tests::{context, text};

    fn page<'a>(context: &'a PageContext, token: &'a Secret, return_url: &'a str) -> LinkConfirmation<'a> {
        LinkConfirmation {
            context,
            provider: "<i>",
            icon: "\"><svg onload>",
            identity: "<b>{account} & 'x\"",
            account: "</dd><script>",
            action: "https://auth.test/link/confirm?\"",
            return_url,
            default_url: "https://app.test/",
            form_token: token,
        }
    }

    #[actix_rt::test]
    async fn names_on_the_page_are_never_markup() {
        let (context, token) = (context("", false), Secret::new("\"><u>"));
        let response = page(&context, &token, "myapp://callback").into_response();
        let policy = response.headers().get("content-security-policy").and_then(|value| value.to_str().ok());
        assert!(policy.is_some_and(|policy| policy.ends_with("form-action 'self' myapp:")), "{policy:?}");
        let text = text(response).await;
        for markup in ["<i>", "<b>", "<u>", "<script>", "onload", "?\"\""] {
            assert!(!text.contains(markup), "{text}");
        }
    }

    #[actix_rt::test]
    async fn asking_app_is_named_by_its_host_unless_it_is_the_one_of_the_settings() {
        let (context, token) = (context("name = 'Example'", false), Secret::new("t"));
        for (return_url, expected) in [
            ("https://app.test/settings?a=b", "Example asks"),
            ("https://x.preview.test/", "x.preview.test asks"),
            ("myapp://callback", "myapp: asks"),
        ] {
            let text = text(page(&context, &token, return_url).into_response()).await;
            assert!(text.contains(&format!("<p>{expected}")), "{expected} in {text}");
        }
    }
}

//! The page on which a user confirms that a provider's account becomes a way to sign in to theirs.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use maud::html;
use url::Url;

use super::{Form, Page, PageContext};
use crate::domain::secret::Secret;

/// What the page shows. Names come from providers and users, and are untrusted.
pub struct LinkConfirmation<'a> {
    /// For whom it is.
    pub context: &'a PageContext,
    /// The provider's label.
    pub provider: &'a str,
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
}

impl LinkConfirmation<'_> {
    /// The page as a response.
    #[must_use]
    pub fn into_response(self) -> HttpResponse {
        let Self { context, provider, identity, account, action, form_token, return_url } = self;
        let main = html! {
            h1 { "Link " (provider) " to your account?" }
            dl {
                dt { "At " (provider) " you are" }
                dd { (identity) }
                dt { "Here you are" }
                dd { (account) }
            }
            p {
                "If you agree, whoever signs in with that " (provider) " account comes into this one. If you did not "
                "ask for this, or one of the names is not yours, do not agree."
            }
            form method="post" action=(action) {
                input type="hidden" name="token" value=(form_token.expose());
                button name="answer" value="yes" { "Link them" }
                button class="quiet" name="answer" value="no" { "Do not link" }
            }
        };
        let form = Form::ToUs { redirect_source: source_of(return_url) };
        Page { context, status: StatusCode::OK, title: "Link an account", main, form }.into_response()
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

    #[actix_rt::test]
    async fn names_on_the_page_are_never_markup() {
        let page = LinkConfirmation {
            context: &context("", false),
            provider: "<i>",
            identity: "<b>{account} & 'x\"",
            account: "</dd><script>",
            action: "https://auth.test/link/confirm?\"",
            return_url: "myapp://callback",
            form_token: &Secret::new("\"><u>"),
        };
        let response = page.into_response();
        let policy = response.headers().get("content-security-policy").and_then(|value| value.to_str().ok());
        assert!(policy.is_some_and(|policy| policy.ends_with("form-action 'self' myapp:")), "{policy:?}");
        let text = text(response).await;
        for markup in ["<i>", "<b>", "<u>", "<script>", "?\"\""] {
            assert!(!text.contains(markup), "{text}");
        }
    }
}

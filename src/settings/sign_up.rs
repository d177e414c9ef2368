//! The section `sign_up`: who may sign up, and what new users start with.

use super::reader::Section;
use super::reader::error::Problem;
use super::warnings::Risk;
use crate::domain::email_lists::{EmailList, EmailLists};

const LOCALE: &str = "a language of two or three letters like en";

/// Who may sign up, and what new users start with.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// `sign_up.enabled`
    pub enabled: bool,
    /// `sign_up.create_on_sign_in`: whether a sign-in creates the account; if not, only the routes of signing up do.
    pub create_on_sign_in: bool,
    /// `sign_up.new_users_disabled`
    pub new_users_disabled: bool,
    /// `sign_up.email_required`: of new users.
    pub email_required: bool,
    /// `sign_up.verified_email_required`
    pub verified_email_required: bool,
    /// `sign_up.link_by_verified_email`: whether an e-mail verified on both sides leads to the existing account.
    pub link_by_verified_email: bool,
    /// `sign_up.allowed_emails`, `allowed_email_domains`, `blocked_emails` and `blocked_email_domains`
    pub emails: EmailLists,
    /// `sign_up.default_role`
    pub default_role: String,
    /// `sign_up.allowed_roles`; holds `default_role`.
    pub allowed_roles: Vec<String>,
    /// `sign_up.default_locale`
    pub default_locale: String,
    /// `sign_up.allowed_locales`; holds `default_locale`.
    pub allowed_locales: Vec<String>,
    /// `sign_up.gravatar`
    pub gravatar: Gravatar,
}

/// Pictures at gravatar.com for users without one. Only their URL is used; they are never fetched here.
#[derive(Clone, Debug)]
pub struct Gravatar {
    /// `sign_up.gravatar.enabled`
    pub enabled: bool,
    /// `sign_up.gravatar.default`: shown for unknown addresses; a keyword of Gravatar or the URL of a picture.
    pub default: String,
    /// `sign_up.gravatar.rating`: `g`, `pg`, `r` or `x`.
    pub rating: String,
}

pub(super) fn read(mut section: Section<'_>) -> SignUp {
    let is_role = |role: &str| !role.trim().is_empty();
    let default_role = section.text("default_role").unwrap_or_else(|| "user".to_owned());
    let allowed_roles = section.checked_list("allowed_roles", "the name of a role", is_role);
    let default_locale = section.parsed("default_locale", LOCALE, |text| is_locale(text).then(|| text.to_owned()));
    let default_locale = default_locale.unwrap_or_else(|| "en".to_owned());
    let allowed_locales = section.checked_list("allowed_locales", LOCALE, is_locale);
    let emails = EmailLists {
        allowed: emails(&mut section, "allowed_emails"),
        allowed_domains: domains(&mut section, "allowed_email_domains"),
        blocked: emails(&mut section, "blocked_emails"),
        blocked_domains: domains(&mut section, "blocked_email_domains"),
    };
    let email_required = section.boolean("email_required").unwrap_or(false);
    let verified_email_required = section.boolean("verified_email_required").unwrap_or(false);
    if !(email_required && verified_email_required) {
        for (key, list) in [("blocked_emails", &emails.blocked), ("blocked_email_domains", &emails.blocked_domains)] {
            if !list.is_empty() {
                section.warn(key, Risk::BlockedEmailsUnproven);
            }
        }
    }
    SignUp {
        enabled: section.boolean("enabled").unwrap_or(true),
        create_on_sign_in: section.boolean("create_on_sign_in").unwrap_or(true),
        new_users_disabled: section.boolean("new_users_disabled").unwrap_or(false),
        email_required,
        verified_email_required,
        link_by_verified_email: section.boolean("link_by_verified_email").unwrap_or(true),
        emails,
        allowed_roles: including(
            allowed_roles.unwrap_or_else(|| vec!["user".to_owned(), "me".to_owned()]),
            &default_role,
        ),
        default_role,
        allowed_locales: including(allowed_locales.unwrap_or_else(|| vec!["en".to_owned()]), &default_locale),
        default_locale,
        gravatar: gravatar(section.section("gravatar")),
    }
}

fn is_locale(text: &str) -> bool {
    (2..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// The default is always allowed; else nobody could sign up.
fn including(mut allowed: Vec<String>, default: &str) -> Vec<String> {
    if !allowed.iter().any(|one| one == default) {
        allowed.push(default.to_owned());
    }
    allowed
}

fn emails(section: &mut Section<'_>, key: &str) -> EmailList {
    let is_email = |text: &str| EmailList::from_emails([text]).is_some();
    let list = section.checked_list(key, "an e-mail address like mira@example.org", is_email);
    EmailList::from_emails(list.iter().flatten().map(String::as_str)).unwrap_or_default()
}

fn domains(section: &mut Section<'_>, key: &str) -> EmailList {
    let is_domain = |text: &str| EmailList::from_domains([text]).is_some();
    let list = section.checked_list(key, "a domain like example.org, without an @ or a *", is_domain);
    EmailList::from_domains(list.iter().flatten().map(String::as_str)).unwrap_or_default()
}

fn gravatar(mut section: Section<'_>) -> Gravatar {
    let rating = section.text("rating").unwrap_or_else(|| "g".to_owned());
    if !["g", "pg", "r", "x"].contains(&rating.as_str()) {
        section.error("rating", Problem::from("expected one of g, pg, r, x"));
    }
    Gravatar {
        enabled: section.boolean("enabled").unwrap_or(false),
        default: section.text("default").unwrap_or_else(|| "blank".to_owned()),
        rating,
    }
}

#[cfg(test)]
mod tests {
    use crate::settings::Settings;

    fn load(text: &str) -> Result<Settings, Vec<String>> {
        let settings = Settings::from_toml(&format!("mode = \"development\"\n{text}"));
        settings.map_err(|errors| errors.0.into_iter().map(|error| error.key).collect())
    }

    #[test]
    fn an_invalid_email_domain_or_rating_is_an_error() {
        let errors = load(
            "[sign_up]\nallowed_emails = ['a@x.org', 'x.org']\nallowed_email_domains = ['*.x.org']\n\
             blocked_emails = ['a@x.org,b@x.org']\nblocked_email_domains = ['@x.org']\ngravatar.rating = 'z'",
        );
        let expected = [
            "sign_up.allowed_emails[1]",
            "sign_up.allowed_email_domains[0]",
            "sign_up.blocked_emails[0]",
            "sign_up.blocked_email_domains[0]",
            "sign_up.gravatar.rating",
        ];
        assert_eq!(errors.expect_err("errors"), expected);
    }

    #[test]
    fn each_list_of_emails_is_read() {
        for (key, entry, is_blocked) in [
            ("allowed_emails", "A@X.org", [false, true, true]),
            ("allowed_email_domains", "X.org", [false, false, true]),
            ("blocked_emails", "A@X.org", [true, false, false]),
            ("blocked_email_domains", "X.org", [true, true, false]),
        ] {
            let settings = load(&format!("[sign_up]\n{key} = ['{entry}']")).expect("settings");
            let blocks = |address: &&str| settings.sign_up.emails.blocks(address);
            assert_eq!(["a@x.org", "b@x.org", "c@y.org"].each_ref().map(blocks), is_blocked, "{key}");
        }
    }
}

//! The section `sign_up`: who may become a new person, and what they start with.

use super::error::Problem;
use super::model::{Gravatar, SignUp};
use super::reader::Section;
use crate::domain::email_lists::{EmailList, EmailLists};

const LOCALE: &str = "a language of two or three letters like en";

pub(super) fn sign_up(mut section: Section<'_>) -> SignUp {
    let is_role = |role: &str| !role.trim().is_empty();
    let default_role = section.text("default_role").unwrap_or_else(|| "user".to_owned());
    let allowed_roles = section.checked_list("allowed_roles", "the name of a role", is_role);
    let default_locale = section.parsed("default_locale", LOCALE, |text| is_locale(text).then(|| text.to_owned()));
    let default_locale = default_locale.unwrap_or_else(|| "en".to_owned());
    let allowed_locales = section.checked_list("allowed_locales", LOCALE, is_locale);
    let emails = EmailLists {
        allowed: addresses(&mut section, "allowed_emails"),
        allowed_domains: domains(&mut section, "allowed_email_domains"),
        blocked: addresses(&mut section, "blocked_emails"),
        blocked_domains: domains(&mut section, "blocked_email_domains"),
    };
    SignUp {
        enabled: section.truth("enabled").unwrap_or(true),
        create_on_sign_in: section.truth("create_on_sign_in").unwrap_or(true),
        new_users_disabled: section.truth("new_users_disabled").unwrap_or(false),
        email_required: section.truth("email_required").unwrap_or(false),
        verified_email_required: section.truth("verified_email_required").unwrap_or(false),
        link_by_verified_email: section.truth("link_by_verified_email").unwrap_or(true),
        emails,
        allowed_roles: with(allowed_roles.unwrap_or_else(|| vec!["user".to_owned(), "me".to_owned()]), &default_role),
        default_role,
        allowed_locales: with(allowed_locales.unwrap_or_else(|| vec!["en".to_owned()]), &default_locale),
        default_locale,
        gravatar: gravatar(section.section("gravatar")),
    }
}

fn is_locale(text: &str) -> bool {
    (2..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// A default that is not allowed would lock everybody out, so it always is.
fn with(mut allowed: Vec<String>, default: &str) -> Vec<String> {
    if !allowed.iter().any(|one| one == default) {
        allowed.push(default.to_owned());
    }
    allowed
}

fn addresses(section: &mut Section<'_>, key: &str) -> EmailList {
    let is_address = |text: &str| EmailList::from_emails([text]).is_some();
    let list = section.checked_list(key, "an address like mira@example.org", is_address);
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
        enabled: section.truth("enabled").unwrap_or(false),
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
    fn what_is_no_address_no_domain_and_no_rating_is_a_fault() {
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
    fn each_list_finds_its_place() {
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

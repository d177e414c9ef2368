//! The section `aufy`: the Aufy dialect, in which the app completes a sign-in itself.

use std::time::Duration;

use super::nhost::Nhost;
use super::reader::Section;
use super::reader::error::Problem;
use crate::domain::sign_up_schema::SignUpSchema;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

/// The Aufy dialect.
#[derive(Clone, Debug)]
pub struct Aufy {
    /// `aufy.enabled`
    pub enabled: bool,
    /// `aufy.auth_path`: like `/api/auth`.
    pub auth_path: String,
    /// `aufy.account_path`: like `/api/account`.
    pub account_path: String,
    /// `aufy.audience`: the `aud` of this dialect's access tokens.
    pub audience: String,
    /// `aufy.same_site`: of its cookies by https; by plain http they are `Lax`.
    pub same_site: SameSite,
    /// `aufy.automatic_linking`: whether a verified e-mail address may lead to an existing account.
    pub automatic_linking: bool,
    /// `aufy.sign_in_ticket_ttl`: from the callback to `signin/external`.
    pub sign_in_ticket_ttl: Duration,
    /// `aufy.sign_up_ticket_ttl`: from the callback to `signup/external`.
    pub sign_up_ticket_ttl: Duration,
    /// `aufy.sign_up.fields` or the content of `aufy.sign_up.fields_file`: what new users fill in.
    pub fields: Option<SignUpSchema>,
    /// `aufy.sign_up.fields_on_sign_in`: whether `signin/external` takes the fields as well.
    pub fields_on_sign_in: bool,
}

/// The `SameSite` attribute of cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// Sent with requests of any site.
    None,
    /// Sent with requests of our site and with navigations from other sites.
    Lax,
    /// Sent with requests of our site only.
    Strict,
}

pub(super) fn read(mut section: Section<'_>, nhost: &Nhost) -> Aufy {
    let auth_path = path(&mut section, "auth_path", "/api/auth", nhost);
    let account_path = path(&mut section, "account_path", "/api/account", nhost);
    if auth_path == account_path {
        section.error("account_path", "is also the path of auth_path");
    }
    let same_site = [("none", SameSite::None), ("lax", SameSite::Lax), ("strict", SameSite::Strict)];
    let (fields, fields_on_sign_in) = sign_up(section.section("sign_up"));
    Aufy {
        enabled: section.boolean("enabled").unwrap_or(true),
        auth_path,
        account_path,
        audience: section.text("audience").unwrap_or_else(|| "aufy".to_owned()),
        same_site: section.choice("same_site", &same_site).unwrap_or(SameSite::None),
        automatic_linking: section.boolean("automatic_linking").unwrap_or(true),
        sign_in_ticket_ttl: section.duration("sign_in_ticket_ttl", SECOND..=HOUR).unwrap_or(60 * SECOND),
        sign_up_ticket_ttl: section.duration("sign_up_ticket_ttl", SECOND..=HOUR).unwrap_or(360 * SECOND),
        fields,
        fields_on_sign_in,
    }
}

fn path(section: &mut Section<'_>, key: &str, default: &str, nhost: &Nhost) -> String {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let is_path = |text: &str| text.starts_with('/') && !text.ends_with('/') && text.bytes().all(is_allowed);
    let expected = "a path like \"/api/auth\", without a slash at its end";
    let path = section.parsed(key, expected, |text| is_path(text).then(|| text.to_owned()));
    let path = path.unwrap_or_else(|| default.to_owned());
    if nhost.paths.contains(&path) {
        section.error(key, "is also one of nhost.paths");
    }
    path
}

fn sign_up(mut section: Section<'_>) -> (Option<SignUpSchema>, bool) {
    if section.is_set("fields") && section.is_set("fields_file") {
        section.error("fields", Problem::from("is set together with `fields_file`").suggest("keep one of the two"));
    }
    let inline = section.text("fields").map(|text| ("fields", text));
    let in_file = section.file("fields_file").and_then(|bytes| match String::from_utf8(bytes) {
        Ok(text) => Some(("fields_file", text)),
        Err(_) => {
            section.error("fields_file", "the file is not text");
            None
        }
    });
    let fields = inline
        .or(in_file)
        .and_then(|(key, text)| SignUpSchema::parse(&text).map_err(|error| section.error(key, error.to_string())).ok());
    (fields, section.boolean("fields_on_sign_in").unwrap_or(false))
}

//! The section `aufy`: the dialect in which an app asks for the person when it is ready.

use std::time::Duration;

use super::error::Problem;
use super::model::Nhost;
use super::reader::Section;
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
    /// `aufy.same_site`: of its cookies on https; over plain http they are `Lax`.
    pub same_site: SameSite,
    /// `aufy.automatic_linking`: whether a proven address may lead to an account that is there.
    pub automatic_linking: bool,
    /// `aufy.sign_in_ticket_ttl`: from the callback to `signin/external`.
    pub sign_in_ticket_ttl: Duration,
    /// `aufy.sign_up_ticket_ttl`: from the callback to `signup/external`.
    pub sign_up_ticket_ttl: Duration,
    /// `aufy.sign_up.fields` or the content of `aufy.sign_up.fields_file`: what new people fill in.
    pub fields: Option<SignUpSchema>,
    /// `aufy.sign_up.fields_on_sign_in`: whether `signin/external` takes the fields, too.
    pub fields_on_sign_in: bool,
}

/// From where a browser sends cookies along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// From pages of any site.
    None,
    /// From pages of our site, and with navigations from elsewhere.
    Lax,
    /// From pages of our site alone.
    Strict,
}

pub(super) fn aufy(mut section: Section<'_>, nhost: &Nhost) -> Aufy {
    let auth_path = path(&mut section, "auth_path", "/api/auth", nhost);
    let account_path = path(&mut section, "account_path", "/api/account", nhost);
    if auth_path == account_path {
        section.error("account_path", "is the path of auth_path, too");
    }
    let reach = [("none", SameSite::None), ("lax", SameSite::Lax), ("strict", SameSite::Strict)];
    let (fields, fields_on_sign_in) = sign_up(section.section("sign_up"));
    Aufy {
        enabled: section.truth("enabled").unwrap_or(true),
        auth_path,
        account_path,
        audience: section.text("audience").unwrap_or_else(|| "aufy".to_owned()),
        same_site: section.choice("same_site", &reach).unwrap_or(SameSite::None),
        automatic_linking: section.truth("automatic_linking").unwrap_or(true),
        sign_in_ticket_ttl: section.duration("sign_in_ticket_ttl", SECOND..=HOUR).unwrap_or(60 * SECOND),
        sign_up_ticket_ttl: section.duration("sign_up_ticket_ttl", SECOND..=HOUR).unwrap_or(360 * SECOND),
        fields,
        fields_on_sign_in,
    }
}

fn path(section: &mut Section<'_>, key: &str, default: &str, nhost: &Nhost) -> String {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let is_path = |text: &str| text.starts_with('/') && !text.ends_with('/') && text.bytes().all(is_fine);
    let expected = "a path like \"/api/auth\", without a slash at its end";
    let path = section.parsed(key, expected, |text| is_path(text).then(|| text.to_owned()));
    let path = path.unwrap_or_else(|| default.to_owned());
    if nhost.paths.contains(&path) {
        section.error(key, "is one of nhost.paths, too");
    }
    path
}

fn sign_up(mut section: Section<'_>) -> (Option<SignUpSchema>, bool) {
    if section.is_set("fields") && section.is_set("fields_file") {
        section.error("fields", Problem::from("stands beside `fields_file`").suggest("keep one of the two"));
    }
    let written = section.text("fields").map(|text| ("fields", text));
    let in_file = section.file("fields_file").and_then(|bytes| match String::from_utf8(bytes) {
        Ok(text) => Some(("fields_file", text)),
        Err(_) => {
            section.error("fields_file", "the file is no text");
            None
        }
    });
    let fields = written
        .or(in_file)
        .and_then(|(key, text)| SignUpSchema::parse(&text).map_err(|error| section.error(key, error.to_string())).ok());
    (fields, section.truth("fields_on_sign_in").unwrap_or(false))
}

//! The section `pages`: how our own pages look, in which languages, and what they link to.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::reader::Section;
use super::reader::error::Problem;
use super::reader::url::AllowHttp;
use super::{Client, Mode, Server};
use crate::domain::email_lists::EmailList;
use crate::domain::id::ProviderName;

/// The languages for which there are texts.
pub const LANGUAGES: [&str; 5] = ["en", "de", "fr", "es", "sv"];

/// The logo is part of each page, so it is small.
const MAX_LOGO: usize = 32 * 1024;

/// How our own pages look, in which languages, and what they link to.
#[derive(Clone, Debug)]
pub struct Pages {
    /// `pages.name`: the name of the app; the host of `client.url` if not set.
    pub name: String,
    /// `pages.logo_file`
    pub logo: Option<Logo>,
    /// `pages.accent`
    pub accent: Color,
    /// `pages.radius`: of corners, in pixels.
    pub radius: u8,
    /// `pages.color_scheme`
    pub color_scheme: ColorScheme,
    /// `pages.languages`: those that are offered.
    pub languages: Vec<String>,
    /// `pages.default_language`: one of them.
    pub default_language: String,
    /// `pages.terms_url`
    pub terms_url: Option<Url>,
    /// `pages.privacy_url`
    pub privacy_url: Option<Url>,
    /// `pages.imprint_url`
    pub imprint_url: Option<Url>,
    /// `pages.contact`: whom users ask if a sign-in fails.
    pub contact: Option<Contact>,
    /// `pages.providers`: those whose buttons come first, in this order.
    pub providers: Vec<ProviderName>,
    /// `pages.hidden_providers`: those without a button.
    pub hidden_providers: Vec<ProviderName>,
    /// `pages.remember_provider`: whether a cookie keeps which button was used last.
    pub remember_provider: bool,
}

/// A colour in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color(pub [u8; 3]);

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColorScheme {
    /// As the browser prefers.
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// A picture as a `data:` URL.
#[derive(Clone, PartialEq, Eq)]
pub struct Logo(pub Arc<str>);

impl fmt::Debug for Logo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Logo").field(&self.0.len()).finish()
    }
}

/// Whom users may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contact {
    /// An e-mail address.
    Email(String),
    /// A page.
    Url(Url),
}

pub(super) fn read(mut section: Section<'_>, mode: Mode, server: Option<&Server>, client: Option<&Client>) -> Pages {
    let name = section.text("name").unwrap_or_else(|| default_name(mode, server, client));
    let logo = logo(&mut section);
    let schemes = [("auto", ColorScheme::Auto), ("light", ColorScheme::Light), ("dark", ColorScheme::Dark)];
    let (languages, default_language) = languages(&mut section);
    Pages {
        name,
        logo,
        accent: section.parsed("accent", "a colour like #0f766e", color).unwrap_or(Color([0x0f, 0x76, 0x6e])),
        radius: section.number("radius", 0..=32).unwrap_or(10),
        color_scheme: section.choice("color_scheme", &schemes).unwrap_or(ColorScheme::Auto),
        languages,
        default_language,
        terms_url: section.url("terms_url", AllowHttp::Anywhere),
        privacy_url: section.url("privacy_url", AllowHttp::Anywhere),
        imprint_url: section.url("imprint_url", AllowHttp::Anywhere),
        contact: section.parsed("contact", "an e-mail address, or a URL of http or https", contact),
        providers: providers(&mut section, "providers"),
        hidden_providers: providers(&mut section, "hidden_providers"),
        remember_provider: section.boolean("remember_provider").unwrap_or(true),
    }
}

fn default_name(mode: Mode, server: Option<&Server>, client: Option<&Client>) -> String {
    if mode == Mode::Development {
        return "Vouchsafe demo".to_owned();
    }
    let client = client.and_then(|client| Url::parse(client.return_urls.default_url().as_str()).ok());
    // The host in the URL of an app's own scheme names nothing.
    let client = client.filter(|url| matches!(url.scheme(), "https" | "http"));
    let url = client.or_else(|| server.map(|server| server.public_url.clone()));
    url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

fn color(text: &str) -> Option<Color> {
    let mut color = [0; 3];
    hex::decode_to_slice(text.strip_prefix('#')?, &mut color).ok()?;
    Some(Color(color))
}

fn logo(section: &mut Section<'_>) -> Option<Logo> {
    let content = section.file("logo_file")?;
    let problem = match media_type(&content) {
        _ if content.len() > MAX_LOGO => {
            Problem::from("the file is larger than 32 KiB").suggest("the logo is part of each page")
        }
        Some(media_type) => return Some(Logo(format!("data:{media_type};base64,{}", STANDARD.encode(content)).into())),
        None => Problem::from("the file is not a picture: expected SVG, PNG, JPEG or WebP"),
    };
    section.error("logo_file", problem);
    None
}

/// The media type of a picture, by how it begins.
fn media_type(content: &[u8]) -> Option<&'static str> {
    let text = content.trim_ascii_start();
    match content {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ if text.starts_with(b"<svg") || text.starts_with(b"<?xml") => Some("image/svg+xml"),
        _ => None,
    }
}

fn languages(section: &mut Section<'_>) -> (Vec<String>, String) {
    let expected = format!("one of {}", LANGUAGES.join(", "));
    let languages = section.checked_list("languages", &expected, |text| LANGUAGES.contains(&text));
    let is_empty = languages.as_ref().is_some_and(Vec::is_empty);
    if is_empty {
        section.error("languages", "is empty");
    }
    let languages = languages.unwrap_or_else(|| LANGUAGES.map(str::to_owned).into());
    let default = section.text("default_language");
    if let Some(default) = default.as_ref().filter(|default| !is_empty && !languages.contains(default)) {
        let problem = Problem::from("is not in pages.languages");
        let is_known = LANGUAGES.contains(&default.as_str());
        section.error("default_language", if is_known { problem } else { problem.suggest(expected) });
    }
    let english = || languages.iter().find(|language| *language == "en").or(languages.first()).cloned();
    let default = default.or_else(english).unwrap_or_default();
    (languages, default)
}

fn contact(text: &str) -> Option<Contact> {
    if EmailList::from_emails([text]).is_some() {
        return Some(Contact::Email(text.to_owned()));
    }
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    Some(Contact::Url(url))
}

fn providers(section: &mut Section<'_>, key: &str) -> Vec<ProviderName> {
    let is_name = |text: &str| text.parse::<ProviderName>().is_ok();
    let names = section.checked_list(key, "the name of a provider like google", is_name).unwrap_or_default();
    names.iter().filter_map(|name| name.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn load(text: &str) -> Result<Pages, Vec<String>> {
        let settings = Settings::from_toml(&format!("mode = \"development\"\n[pages]\n{text}"));
        settings.map(|settings| settings.pages).map_err(|errors| errors.0.into_iter().map(|error| error.key).collect())
    }

    #[test]
    fn each_setting_that_no_page_could_use_is_an_error() {
        let text = "accent = 'teal'\nradius = 40\ncolor_scheme = 'night'\nlanguages = ['en', 'tlh']\n\
                    default_language = 'sv'\nterms_url = 'javascript:alert(1)'\nprivacy_url = 'example.com'\n\
                    imprint_url = ''\ncontact = 'javascript:alert(1)'\nproviders = ['Google+']\n\
                    hidden_providers = ['']\nremember_provider = 'no'\nname = ' '";
        let mut errors = load(text).expect_err("errors");
        errors.sort_unstable();
        let keys = [
            "accent",
            "color_scheme",
            "contact",
            "default_language",
            "hidden_providers[0]",
            "imprint_url",
            "languages[1]",
            "name",
            "privacy_url",
            "providers[0]",
            "radius",
            "remember_provider",
            "terms_url",
        ];
        assert_eq!(errors, keys.map(|key| format!("pages.{key}")));
        assert_eq!(load("languages = []").err(), Some(vec!["pages.languages".to_owned()]));
    }

    #[test]
    fn logo_is_a_small_picture_of_a_known_type() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("logo");
        let line = format!("logo_file = '{}'", path.display());
        let mut large = b"\x89PNG".to_vec();
        large.resize(MAX_LOGO + 1, 0);
        for (content, expected) in [
            (b"\n<svg xmlns='http://www.w3.org/2000/svg'/>".as_slice(), Some("data:image/svg+xml;base64,")),
            (b"\x89PNG\r\n", Some("data:image/png;base64,")),
            (b"\xff\xd8\xff\xe0", Some("data:image/jpeg;base64,")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some("data:image/webp;base64,")),
            (b"<!doctype html><svg>", None),
            (&large, None),
        ] {
            std::fs::write(&path, content).expect("written");
            match (load(&line), expected) {
                (Ok(Pages { logo: Some(Logo(url)), .. }), Some(start)) => assert!(url.starts_with(start), "{url}"),
                (Err(keys), None) => assert_eq!(keys, ["pages.logo_file"]),
                (result, _) => panic!("{result:?}"),
            }
        }
        std::fs::remove_file(&path).expect("removed");
        assert_eq!(load(&line).err(), Some(vec!["pages.logo_file".to_owned()]));
    }

    #[test]
    fn default_language_is_one_of_those_that_are_offered() {
        let default = |text: &str| load(text).map(|pages| pages.default_language);
        assert_eq!(default(""), Ok("en".to_owned()));
        assert_eq!(default("languages = ['sv', 'de']"), Ok("sv".to_owned()));
        assert_eq!(default("languages = ['sv', 'de']\ndefault_language = 'de'"), Ok("de".to_owned()));
    }
}

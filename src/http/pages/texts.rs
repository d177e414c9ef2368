//! The texts of pages: messages of Fluent in `texts/`, one file for each language, and the choice of the language.
//!
//! To add a language: its file, a row of [`SOURCES`] and its code in [`crate::settings::LANGUAGES`].

use std::fmt;
use std::sync::LazyLock;

use actix_web::HttpRequest;
use actix_web::http::header::{self, AcceptLanguage, Header, Preference, Quality};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use fluent_langneg::{NegotiationStrategy, negotiate_languages};
use unic_langid::{CharacterDirection, LanguageIdentifier};

/// The files, English first: its texts are used where another language has none.
const SOURCES: [(&str, &str); 5] = [
    ("en", include_str!("texts/en.ftl")),
    ("de", include_str!("texts/de.ftl")),
    ("fr", include_str!("texts/fr.ftl")),
    ("es", include_str!("texts/es.ftl")),
    ("sv", include_str!("texts/sv.ftl")),
];

/// Parsed when the first page is shown.
static ALL: LazyLock<Vec<Language>> =
    LazyLock::new(|| SOURCES.into_iter().map(|(code, source)| Language::new(code, source)).collect());

/// A language with its messages.
struct Language {
    code: &'static str,
    id: LanguageIdentifier,
    bundle: FluentBundle<FluentResource>,
}

impl Language {
    /// What is not valid in `source` is left out; a test holds that there is nothing.
    fn new(code: &'static str, source: &str) -> Self {
        let id: LanguageIdentifier = code.parse().unwrap_or_default();
        let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(valid, _)| valid);
        let mut bundle = FluentBundle::new_concurrent(vec![id.clone()]);
        // `isolated` does it where it is needed, so that labels in Latin script hold no invisible characters.
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(resource);
        Self { code, id, bundle }
    }

    fn format(&self, key: &str, args: &FluentArgs<'_>) -> Option<String> {
        let pattern = self.bundle.get_message(key)?.value()?;
        let text = self.bundle.format_pattern(pattern, Some(args), &mut Vec::new());
        Some(text.into_owned())
    }
}

/// The languages that an operator offers.
#[derive(Clone, Debug)]
pub struct Languages {
    offered: Vec<LanguageIdentifier>,
    default: LanguageIdentifier,
}

impl Languages {
    /// The languages of these codes; `default` is one of them.
    #[must_use]
    pub fn new(offered: &[String], default: &str) -> Self {
        let id = |code: &str| code.parse::<LanguageIdentifier>().unwrap_or_default();
        Self { offered: offered.iter().map(|code| id(code)).collect(), default: id(default) }
    }

    /// The texts in the language of a request: its parameter `lang` or `ui_locales`, else its `Accept-Language`.
    #[must_use]
    pub fn texts_for(&self, request: &HttpRequest) -> Texts {
        let requested = of_query(request.query_string()).unwrap_or_else(|| of_header(request));
        self.texts(&requested)
    }

    fn texts(&self, requested: &[LanguageIdentifier]) -> Texts {
        let strategy = NegotiationStrategy::Lookup;
        let chosen = negotiate_languages(requested, &self.offered, Some(&self.default), strategy);
        Texts::of(chosen.first().copied().unwrap_or(&self.default))
    }
}

/// The languages that the query names, separated by blanks.
fn of_query(query: &str) -> Option<Vec<LanguageIdentifier>> {
    if query.is_empty() {
        return None;
    }
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, value) = pairs.find(|(name, _)| matches!(name.as_ref(), "lang" | "ui_locales"))?;
    Some(value.split(' ').filter_map(|tag| tag.parse().ok()).collect())
}

/// The languages that the browser accepts, by preference (RFC 9110, section 12.5.4).
fn of_header(request: &HttpRequest) -> Vec<LanguageIdentifier> {
    if !request.headers().contains_key(header::ACCEPT_LANGUAGE) {
        return Vec::new();
    }
    let Ok(AcceptLanguage(mut items)) = AcceptLanguage::parse(request) else { return Vec::new() };
    items.retain(|item| item.quality > Quality::ZERO);
    let ranked = AcceptLanguage(items).ranked();
    // `*` stands for the default, and ends what is preferred to it.
    let specific = ranked.iter().map_while(|preference| match preference {
        Preference::Specific(tag) => Some(tag.as_str()),
        Preference::Any => None,
    });
    specific.filter_map(|tag| tag.parse().ok()).collect()
}

/// The texts in one language.
#[derive(Clone, Copy)]
pub struct Texts(&'static Language);

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Texts").field(&self.0.code).finish()
    }
}

impl Texts {
    fn of(id: &LanguageIdentifier) -> Self {
        let all: &'static [Language] = &ALL;
        Self(all.iter().find(|language| language.id == *id).unwrap_or(&all[0]))
    }

    /// The code of the language, for the attribute `lang`.
    #[must_use]
    pub fn language(&self) -> &'static str {
        self.0.code
    }

    /// The direction of writing, for the attribute `dir`.
    #[must_use]
    pub fn direction(&self) -> &'static str {
        if self.0.id.character_direction() == CharacterDirection::RTL { "rtl" } else { "ltr" }
    }

    /// The text of `key`. It is plain text: a page escapes it.
    #[must_use]
    pub fn text(&self, key: &str) -> String {
        self.with(key, &[])
    }

    /// The text of `key` with values for its variables.
    #[must_use]
    pub fn with(&self, key: &str, values: &[(&'static str, &str)]) -> String {
        let args: FluentArgs<'_> = values.iter().map(|(name, value)| (*name, isolated(value))).collect();
        let english = || ALL.first().and_then(|english| english.format(key, &args));
        self.0.format(key, &args).or_else(english).unwrap_or_else(|| key.to_owned())
    }
}

/// A value that may be written from right to left, between marks that keep it from reordering the text around it.
fn isolated(value: &str) -> String {
    const FIRST_RIGHT_TO_LEFT: char = '\u{590}';
    if value.chars().any(|c| c >= FIRST_RIGHT_TO_LEFT) { format!("\u{2068}{value}\u{2069}") } else { value.to_owned() }
}

#[cfg(test)]
pub(super) mod tests;

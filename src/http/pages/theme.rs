//! What the settings determine of every page: the style sheet in the operator's colours, the name, logo and links.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::color::{self, BLACK, WHITE};
use super::texts::Languages;
use crate::domain::id::ProviderName;
use crate::domain::sha256::sha256;
use crate::settings::{Color, ColorScheme, Contact, Logo, Pages};

/// What does not depend on the operator.
const STYLE: &str = include_str!("layout/style.css");

/// Made once for each version of the settings.
#[derive(Clone, Debug)]
pub struct Theme {
    /// The name of the app.
    pub name: String,
    /// The picture that replaces the name at the top.
    pub logo: Option<Logo>,
    /// The links at the bottom, each with the key of its text.
    pub legal_links: Vec<(&'static str, String)>,
    /// Whom users may ask, as a URL and as text.
    pub contact: Option<(String, String)>,
    /// The languages that are offered.
    pub languages: Languages,
    /// The providers whose buttons come first.
    pub providers: Vec<ProviderName>,
    /// The providers without a button.
    pub hidden_providers: Vec<ProviderName>,
    /// Whether a cookie keeps which button was used last.
    pub remembers_provider: bool,
    /// The style sheet.
    pub(super) style: String,
    /// Its hash, as a source of a Content-Security-Policy.
    pub(super) style_source: String,
    pub(super) color_scheme: &'static str,
}

impl Theme {
    /// The theme of these settings.
    #[must_use]
    pub fn new(pages: &Pages) -> Self {
        let style = style(pages);
        let links = [
            ("page-terms", &pages.terms_url),
            ("page-privacy", &pages.privacy_url),
            ("page-imprint", &pages.imprint_url),
        ];
        let contact = pages.contact.as_ref().map(|contact| match contact {
            Contact::Email(email) => (format!("mailto:{email}"), email.clone()),
            Contact::Url(url) => (url.to_string(), url.to_string()),
        });
        Self {
            name: pages.name.clone(),
            logo: pages.logo.clone(),
            legal_links: links.into_iter().filter_map(|(key, url)| Some((key, url.as_ref()?.to_string()))).collect(),
            contact,
            languages: Languages::new(&pages.languages, &pages.default_language),
            providers: pages.providers.clone(),
            hidden_providers: pages.hidden_providers.clone(),
            remembers_provider: pages.remember_provider,
            style_source: format!("'sha256-{}'", STANDARD.encode(sha256(&style))),
            style,
            color_scheme: match pages.color_scheme {
                ColorScheme::Auto => "light dark",
                ColorScheme::Light => "light",
                ColorScheme::Dark => "dark",
            },
        }
    }
}

/// The neutral colours of a scheme, as declarations, and its brightest and its least bright background.
struct Neutrals {
    declarations: &'static str,
    backgrounds: [Color; 2],
    /// What the accent is mixed with until text in it is readable.
    contrast: Color,
}

const LIGHT: Neutrals = Neutrals {
    declarations: "--ground:#f5f6f8;--paper:#fff;--ink:#1a1f26;--soft:#57606c;--line:#d9dee5;--hover:#f1f3f6;\
                   --alert:#8a4b00",
    backgrounds: [WHITE, Color([0xf1, 0xf3, 0xf6])],
    contrast: BLACK,
};

const DARK: Neutrals = Neutrals {
    declarations: "--ground:#0f1215;--paper:#171b20;--ink:#e8ebef;--soft:#a5aeb9;--line:#343c45;--hover:#1f252b;\
                   --alert:#f0b45b",
    backgrounds: [Color([0x1f, 0x25, 0x2b]), Color([0x0f, 0x12, 0x15])],
    contrast: WHITE,
};

fn style(pages: &Pages) -> String {
    let radius = format!("--radius:{}px", pages.radius);
    let variables = match pages.color_scheme {
        ColorScheme::Auto => format!(
            ":root{{color-scheme:light dark;{radius};{}}}@media(prefers-color-scheme:dark){{:root{{{}}}}}",
            declarations(&LIGHT, pages.accent),
            declarations(&DARK, pages.accent)
        ),
        ColorScheme::Light => format!(":root{{color-scheme:light;{radius};{}}}", declarations(&LIGHT, pages.accent)),
        ColorScheme::Dark => format!(":root{{color-scheme:dark;{radius};{}}}", declarations(&DARK, pages.accent)),
    };
    variables + &STYLE.lines().map(str::trim).collect::<String>()
}

/// `--accent` fills buttons, `--on-accent` is text on it, `--accent-ink` is text, borders and outlines in its colour.
fn declarations(scheme: &Neutrals, accent: Color) -> String {
    let ink = color::readable(accent, scheme.contrast, scheme.backgrounds);
    let (accent, on_accent, ink) = (color::css(accent), color::css(color::on(accent)), color::css(ink));
    format!("{};--accent:{accent};--on-accent:{on_accent};--accent-ink:{ink}", scheme.declarations)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn theme(text: &str) -> Theme {
        let settings = Settings::from_toml(&format!("mode = 'development'\n[pages]\n{text}"));
        Theme::new(&settings.expect("settings").pages)
    }

    /// The declared value of a variable, first in the light scheme and then in the dark one.
    fn declared(style: &str, name: &str) -> Vec<String> {
        let name = format!("{name}:");
        let values = style.split(&name).skip(1);
        let end = |text: &str| text.split([';', '}']).next().unwrap_or_default().to_owned();
        values.map(end).filter(|value| value.starts_with('#')).collect()
    }

    #[test]
    fn every_accent_is_readable_in_both_schemes() {
        for accent in ["#000000", "#ffffff", "#ffcc00", "#808080", "#0f766e", "#ff0000", "#0000ff", "#777777"] {
            let style = theme(&format!("accent = '{accent}'")).style;
            let all = |name| declared(&style, name).iter().map(|text| color::parsed(text)).collect::<Vec<_>>();
            let (fills, texts, inks) = (all("--accent"), all("--on-accent"), all("--accent-ink"));
            assert_eq!((fills.len(), texts.len(), inks.len()), (2, 2, 2), "{style}");
            for (fill, text) in fills.iter().zip(&texts) {
                assert!(color::contrast(*fill, *text) >= 4.5, "{accent}: {text:?} on {fill:?}");
            }
            for (ink, scheme) in inks.iter().zip([LIGHT, DARK]) {
                for background in scheme.backgrounds {
                    assert!(color::contrast(*ink, background) >= 4.5, "{accent}: {ink:?} on {background:?}");
                }
            }
        }
    }

    #[test]
    fn style_sheet_has_the_scheme_that_is_set() {
        let auto = theme("").style;
        assert!(auto.contains("prefers-color-scheme:dark"), "{auto}");
        for (scheme, ground) in [("light", "#f5f6f8"), ("dark", "#0f1215")] {
            let style = theme(&format!("color_scheme = '{scheme}'")).style;
            assert!(!style.contains("prefers-color-scheme"), "{style}");
            assert_eq!(declared(&style, "--ground"), [ground]);
        }
    }

    #[test]
    fn style_sheet_knows_no_left_and_right() {
        let physical = regex::Regex::new(r"\b(left|right|top|bottom)\b").expect("a pattern");
        let found = physical.find(STYLE).map(|found| found.as_str());
        assert_eq!(found, None, "only logical properties suit both directions of writing");
        assert!(STYLE.contains("prefers-reduced-motion"));
    }
}

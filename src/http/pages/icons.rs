//! Icons of providers: plain drawings of our own, in the colours of the brands.

use maud::{Markup, PreEscaped};

/// The icon by the name of a provider's `icon`, for an inline drawing of 24 pixels; a key for names without one. It is
/// hidden from assistive technology: the label beside it names the provider.
#[must_use]
pub fn icon(name: &str) -> Markup {
    PreEscaped(svg(name).trim_end().to_owned())
}

fn svg(name: &str) -> &'static str {
    match name {
        "apple" => include_str!("icons/apple.svg"),
        "bitbucket" => include_str!("icons/bitbucket.svg"),
        "discord" => include_str!("icons/discord.svg"),
        "facebook" => include_str!("icons/facebook.svg"),
        "github" => include_str!("icons/github.svg"),
        "gitlab" => include_str!("icons/gitlab.svg"),
        "google" => include_str!("icons/google.svg"),
        "linkedin" => include_str!("icons/linkedin.svg"),
        "microsoft" => include_str!("icons/microsoft.svg"),
        "slack" => include_str!("icons/slack.svg"),
        "spotify" => include_str!("icons/spotify.svg"),
        "strava" => include_str!("icons/strava.svg"),
        "twitch" => include_str!("icons/twitch.svg"),
        "workos" => include_str!("icons/workos.svg"),
        "x" => include_str!("icons/x.svg"),
        _ => include_str!("icons/key.svg"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::settings::PROVIDER_DEFINITIONS;

    #[test]
    fn every_built_in_provider_has_an_icon_of_its_own() {
        let mut names = BTreeSet::new();
        for (name, text) in PROVIDER_DEFINITIONS {
            let table: toml::Table = text.parse().expect("TOML");
            let icon = table.get("icon").and_then(toml::Value::as_str).unwrap_or(name).to_owned();
            assert_ne!(svg(&icon), svg("key"), "{name}");
            names.insert(format!("{icon}.svg"));
        }
        names.insert("key.svg".to_owned());
        let folder = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http/pages/icons"));
        let files = folder.expect("a folder").flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        assert_eq!(files.collect::<BTreeSet<_>>(), names);
    }

    #[test]
    fn icons_are_small_hidden_from_screen_readers_and_without_styles_or_links() {
        let names = ["apple", "bitbucket", "discord", "facebook", "github", "gitlab", "google", "linkedin"];
        let others = ["microsoft", "slack", "spotify", "strava", "twitch", "workos", "x", "key"];
        for name in names.into_iter().chain(others) {
            let svg = svg(name);
            assert!(svg.starts_with("<svg viewBox=\"0 0 24 24\"") && svg.ends_with("</svg>\n"), "{svg}");
            assert!(svg.len() < 600 && svg.contains(" aria-hidden=\"true\""), "{name}: {} bytes", svg.len());
            for word in ["style", "href", "url(", "class", "id="] {
                assert!(!svg.contains(word), "{name}: {word}");
            }
        }
    }
}

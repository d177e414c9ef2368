//! Pictures of the personas: drawings of a few shapes, the same for each persona at each call.

use maud::{Markup, PreEscaped, html};

use super::Persona;

/// What a portrait is composed of. Colours are CSS colours.
#[derive(Clone, Copy, Debug)]
struct Look {
    background: &'static str,
    skin: &'static str,
    hair: &'static str,
    clothes: &'static str,
    style: Style,
    has_glasses: bool,
    has_beard: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Short,
    Parted,
    Bob,
    Long,
    Curls,
    Bun,
    Shaved,
}

const BACKGROUNDS: [&str; 8] = ["#cfe8e2", "#dbe4fa", "#fbe0dc", "#fdeec6", "#e6dcf7", "#d6eed0", "#fadbe8", "#d3ebf7"];
const SKINS: [&str; 6] = ["#fbdcc4", "#f0c39c", "#dca478", "#b97a50", "#8d5637", "#70462f"];
const HAIR: [&str; 6] = ["#2a211d", "#4d3224", "#7d4a26", "#b3651f", "#d9ac5b", "#93908c"];
const CLOTHES: [&str; 8] = ["#0f766e", "#3b5ccc", "#c2513c", "#b7791f", "#7a4fb5", "#4d7c2f", "#b0417a", "#3a5a6e"];
const STYLES: [Style; 7] =
    [Style::Short, Style::Parted, Style::Bob, Style::Long, Style::Curls, Style::Bun, Style::Shaved];

impl Look {
    /// The look of a persona: chosen for those of the consent page, derived from the account for all others.
    fn of(persona: &Persona) -> Self {
        let look = |[background, skin, hair, clothes]: [usize; 4], style, has_glasses, has_beard| Self {
            background: BACKGROUNDS[background],
            skin: SKINS[skin],
            hair: HAIR[hair],
            clothes: CLOTHES[clothes],
            style,
            has_glasses,
            has_beard,
        };
        match persona.account.as_ref() {
            "mira" => look([3, 4, 0, 0], Style::Curls, false, false),
            "jonas" => look([1, 0, 4, 1], Style::Short, true, true),
            "aiko" => look([6, 1, 0, 4], Style::Bob, false, false),
            "noor" => look([0, 2, 1, 2], Style::Long, true, false),
            "mallory" => look([4, 0, 3, 7], Style::Parted, false, false),
            "tess" => look([7, 1, 2, 3], Style::Bun, false, false),
            "ines" => look([2, 3, 1, 5], Style::Long, false, false),
            "uma" => look([5, 5, 0, 6], Style::Bun, true, false),
            "zoe" => look([1, 2, 3, 6], Style::Curls, true, false),
            "bart" => look([3, 1, 5, 7], Style::Shaved, false, true),
            _ => Self::derived(persona),
        }
    }

    fn derived(persona: &Persona) -> Self {
        let mut rest = persona.seed("portrait").number(18);
        let mut pick = |choices: usize| {
            let choices = choices as u64;
            let picked = rest % choices;
            rest /= choices;
            usize::try_from(picked).unwrap_or_default()
        };
        Self {
            background: BACKGROUNDS[pick(BACKGROUNDS.len())],
            skin: SKINS[pick(SKINS.len())],
            hair: HAIR[pick(HAIR.len())],
            clothes: CLOTHES[pick(CLOTHES.len())],
            style: STYLES[pick(STYLES.len())],
            has_glasses: pick(4) == 0,
            has_beard: pick(5) == 0,
        }
    }

    fn draw(self) -> Markup {
        html! {
            svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" width="96" height="96" {
                rect width="96" height="96" fill=(self.background) {}
                g fill=(self.hair) { (self.style.behind()) }
                path d="M10 98c1-20 17-27 38-27s37 7 38 27z" fill=(self.clothes) {}
                g fill=(self.skin) {
                    path d="M39 58h18v13c0 12-18 12-18 0z" {}
                    path d="M39 62c5 5 13 5 18 0v6c-6 5-12 5-18 0z" fill="#000" opacity=".13" {}
                    circle cx="29" cy="46" r="4.5" {}
                    circle cx="67" cy="46" r="4.5" {}
                    rect x="29" y="21" width="38" height="46" rx="19" {}
                }
                g fill=(self.hair) {
                    (self.style.before())
                    @if self.has_beard {
                        path d="M29 47c4 4 7 5 11 4 5-2 11-2 16 0 4 1 7 0 11-4v2c0 26-38 26-38 0z" {}
                    }
                }
                (face(self.has_glasses, self.has_beard))
            }
        }
    }
}

impl Style {
    /// The hair behind the head.
    fn behind(self) -> PreEscaped<&'static str> {
        PreEscaped(match self {
            Self::Bob => r#"<path d="M23 66V42a25 25 0 0 1 50 0v24q-4 6-14 3H37q-10 3-14-3z"/>"#,
            Self::Long => r#"<path d="M21 86V42a27 27 0 0 1 54 0v44q-6 4-15 0H36q-9 4-15 0z"/>"#,
            Self::Curls => {
                r#"<circle cx="27" cy="34" r="13"/><circle cx="40" cy="23" r="13"/><circle cx="56" cy="23" r="13"/><circle cx="69" cy="34" r="13"/><circle cx="25" cy="50" r="10"/><circle cx="71" cy="50" r="10"/>"#
            }
            Self::Bun => r#"<circle cx="48" cy="13" r="10"/>"#,
            Self::Short | Self::Parted | Self::Shaved => "",
        })
    }

    /// The hair on the head.
    fn before(self) -> PreEscaped<&'static str> {
        PreEscaped(match self {
            Self::Short => {
                r#"<path d="M28 44C23 24 34 15 48 15s25 9 20 29c-1-7-4-11-8-13-8 3-18 3-24 0-4 2-7 6-8 13z"/>"#
            }
            Self::Parted => {
                r#"<path d="M28 45c-5-20 5-30 21-30s23 11 19 30c-1-8-4-12-9-14-9 1-17-2-21-7 0 7-8 10-10 21z"/>"#
            }
            Self::Bob => r#"<path d="M28 43c0-15 8-23 20-23s20 8 20 23q-20-7-40 0z"/>"#,
            Self::Long => r#"<path d="M28 50c-2-20 6-30 20-30s22 10 20 30c-2-11-8-19-20-22-12 3-18 11-20 22z"/>"#,
            Self::Curls => {
                r#"<circle cx="35" cy="27" r="7"/><circle cx="44" cy="24" r="7"/><circle cx="53" cy="24" r="7"/><circle cx="61" cy="27" r="7"/>"#
            }
            Self::Bun => r#"<path d="M28 45c-3-17 6-26 20-26s23 9 20 26c-4-10-11-15-20-15s-16 5-20 15z"/>"#,
            Self::Shaved => {
                r#"<path d="M29 40c0-13 8-20 19-20s19 7 19 20c-5-8-11-11-19-11s-14 3-19 11z" opacity=".35"/>"#
            }
        })
    }
}

/// Eyes, cheeks and mouth; the mouth is light within a beard.
fn face(has_glasses: bool, has_beard: bool) -> Markup {
    html! {
        g fill="#2b211c" { circle cx="40" cy="45" r="2.4" {} circle cx="56" cy="45" r="2.4" {} }
        g fill="#e8604c" opacity=".22" { circle cx="35" cy="52" r="4" {} circle cx="61" cy="52" r="4" {} }
        path d="M41 55q7 7 14 0" fill="none" stroke=(if has_beard { "#fff" } else { "#2b211c" })
            stroke-width="2.2" stroke-linecap="round" {}
        @if has_glasses {
            g fill="none" stroke="#33404a" stroke-width="1.8" {
                circle cx="40" cy="45" r="6.5" {}
                circle cx="56" cy="45" r="6.5" {}
                path d="M46.5 44q1.5-1 3 0" {}
            }
        }
    }
}

/// The picture of a persona, as SVG.
pub(super) fn portrait(persona: &Persona) -> String {
    Look::of(persona).draw().into_string()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn portraits_are_small_and_differ() {
        let built_in = Persona::all();
        let accounts: HashSet<_> = built_in.iter().map(|persona| persona.account.clone()).collect();
        let pictures: HashSet<_> = built_in.iter().map(portrait).collect();
        assert_eq!(pictures.len(), accounts.len());
        let numbered: HashSet<_> =
            (1..=200).filter_map(|n| Persona::find(&format!("user-{n}"))).map(|p| portrait(&p)).collect();
        assert_eq!(numbered.len(), 200);
        for picture in pictures.iter().chain(&numbered) {
            assert!(picture.len() < 1_500, "{} bytes: {picture}", picture.len());
        }
    }

    #[test]
    fn portrait_belongs_to_the_account_and_not_to_the_name() {
        let (before, after) = (Persona::find("tess").unwrap(), Persona::find("tess-moved").unwrap());
        assert_eq!(portrait(&before), portrait(&after));
        let renamed = Persona { display_name: "<script>".into(), ..Persona::new("kim", "Kim") };
        assert_eq!(portrait(&renamed), portrait(&Persona::new("kim", "Kim")));
    }
}

//! Colours by contrast (WCAG 2.2, relative luminance and contrast ratio).

use crate::settings::Color;

pub(super) const BLACK: Color = Color([0, 0, 0]);
pub(super) const WHITE: Color = Color([255, 255, 255]);

/// What WCAG asks for between text and its background.
const READABLE: f64 = 4.5;

/// The colour as CSS writes it.
pub(super) fn css(Color(channels): Color) -> String {
    format!("#{}", hex::encode(channels))
}

/// Black or white, whichever can be read on `background`; one of them always can.
pub(super) fn on(background: Color) -> Color {
    if contrast(WHITE, background) >= READABLE { WHITE } else { BLACK }
}

/// `color`, mixed with as little of `with` as makes it readable on the backgrounds.
pub(super) fn readable(color: Color, with: Color, backgrounds: [Color; 2]) -> Color {
    let is_readable = |color: &Color| backgrounds.iter().all(|background| contrast(*color, *background) >= READABLE);
    (0..=20).map(|step| mix(color, with, step)).find(is_readable).unwrap_or(with)
}

/// A colour of which `share` twentieths are `b`.
fn mix(Color(a): Color, Color(b): Color, share: u32) -> Color {
    let channel = |n: usize| {
        let mixed = (u32::from(a[n]) * (20 - share) + u32::from(b[n]) * share) / 20;
        u8::try_from(mixed).unwrap_or(u8::MAX)
    };
    Color([channel(0), channel(1), channel(2)])
}

/// The contrast ratio of two colours, from 1 to 21.
pub(super) fn contrast(a: Color, b: Color) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(Color(channels): Color) -> f64 {
    let [r, g, b] = channels.map(|channel| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

#[cfg(test)]
pub(super) fn parsed(text: &str) -> Color {
    let mut channels = [0; 3];
    let digits = text.trim_start_matches('#');
    let digits = if digits.len() == 3 { digits.chars().flat_map(|c| [c, c]).collect() } else { digits.to_owned() };
    hex::decode_to_slice(digits, &mut channels).expect("a colour");
    Color(channels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_the_specification() {
        assert!((contrast(BLACK, WHITE) - 21.0).abs() < 0.001);
        assert!((contrast(parsed("#777777"), WHITE) - 4.478).abs() < 0.001);
        assert_eq!((on(parsed("#777777")), on(parsed("#767676"))), (BLACK, WHITE));
    }
}

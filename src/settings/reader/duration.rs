//! Durations as a whole number and a unit: `500ms`, `10s`, `15m`, `1h`, `30d`.
//!
//! Own code instead of a crate, because sums (`1h30m`), fractions and bare numbers are refused.

use std::time::Duration;

/// The upper limit of durations without a natural one; short enough to be added to any time.
pub(in crate::settings) const TEN_YEARS: Duration = Duration::from_secs(3_650 * 86_400);

/// Units from the longest to the shortest, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Parses a duration; `None` if it is malformed or overflows.
pub(in crate::settings) fn parse(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*millis).map(Duration::from_millis)
}

/// Formats a duration in the longest unit that needs no fraction; fractions of a millisecond are dropped.
pub(in crate::settings) fn format(duration: Duration) -> String {
    let millis = duration.as_millis();
    let whole = UNITS.iter().find(|(_, unit)| millis >= u128::from(*unit) && millis.is_multiple_of(u128::from(*unit)));
    whole.map_or_else(|| "0s".to_owned(), |(name, unit)| format!("{}{name}", millis / u128::from(*unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_formats_as_it_was_written() {
        for (text, millis) in [
            ("0s", 0),
            ("500ms", 500),
            ("10s", 10_000),
            ("90s", 90_000),
            ("15m", 900_000),
            ("1h", 3_600_000),
            ("30d", 2_592_000_000),
        ] {
            assert_eq!(parse(text), Some(Duration::from_millis(millis)), "{text}");
            assert_eq!(format(Duration::from_millis(millis)), text);
        }
        assert_eq!(format(Duration::from_secs(120)), "2m");
    }

    #[test]
    fn a_number_without_a_unit_is_refused() {
        for bad in ["", "10", "m", "10 m", "1.5h", "-1s", "+1s", "10M", "1h30m", "ten minutes", "99999999999999999d"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}

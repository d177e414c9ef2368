//! Durations as people write them: a whole number and a unit, `500ms`, `10s`, `15m`, `1h`, `30d`.

use std::time::Duration;

/// From the longest to the shortest, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads one; `None` if it is something else or longer than can be counted.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*millis).map(Duration::from_millis)
}

/// Prints one in the longest unit that needs no fraction; what is below a millisecond is left out.
pub(super) fn print(duration: Duration) -> String {
    let millis = duration.as_millis();
    let whole = UNITS.iter().find(|(_, unit)| millis >= u128::from(*unit) && millis.is_multiple_of(u128::from(*unit)));
    whole.map_or_else(|| "0s".to_owned(), |(name, unit)| format!("{}{name}", millis / u128::from(*unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_prints_as_it_was_written() {
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
            assert_eq!(print(Duration::from_millis(millis)), text);
        }
        assert_eq!(print(Duration::from_secs(120)), "2m");
    }

    #[test]
    fn a_number_without_a_unit_is_no_duration() {
        for bad in ["", "10", "m", "10 m", "1.5h", "-1s", "+1s", "10M", "1h30m", "ten minutes", "99999999999999999d"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}

//! Times and durations as operators read them: in UTC, and as short as they can be.

use std::time::Duration;

use maud::{Markup, html};

use crate::domain::clock::Timestamp;

/// A time: its clock if it is of today, else with its date. The whole of it is in the title.
pub(super) fn time(at: &str, now: Timestamp) -> Markup {
    let (date, clock) = (at.get(..10).unwrap_or(at), at.get(11..19).unwrap_or(at));
    let is_today = now.rfc3339().starts_with(date);
    html! {
        time datetime=(at) title=(at) { @if !is_today { (date) " " } (clock) }
    }
}

/// How long ago something was.
pub(super) fn age(at: Timestamp, now: Timestamp) -> String {
    match now.since(at).as_secs() {
        seconds @ 0..60 => format!("{seconds} s ago"),
        seconds @ 60..3_600 => format!("{} min ago", seconds / 60),
        seconds @ 3_600..172_800 => format!("{} h ago", seconds / 3_600),
        seconds => format!("{} days ago", seconds / 86_400),
    }
}

/// A duration with the unit that fits it.
pub(super) fn duration(duration: Duration) -> String {
    match duration.as_millis() {
        millis @ 0..1_000 => format!("{millis} ms"),
        millis @ 1_000..60_000 => format!("{}.{} s", millis / 1_000, millis % 1_000 / 100),
        millis => format!("{} min {} s", millis / 60_000, millis % 60_000 / 1_000),
    }
}

/// The time between two times of a timeline; `None` if one of them cannot be read.
pub(super) fn between(from: &str, to: &str) -> Option<Duration> {
    Some(Timestamp::parse_rfc3339(to)?.since(Timestamp::parse_rfc3339(from)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short_and_whole_in_the_title() {
        let (at, now) = ("2027-01-15T08:00:09.415Z", Timestamp::from_seconds(1_800_000_000));
        let expected = |text: &str| format!("<time datetime=\"{at}\" title=\"{at}\">{text}</time>");
        assert_eq!(time(at, now).into_string(), expected("08:00:09"));
        let tomorrow = now.plus(Duration::from_secs(86_400));
        assert_eq!(time(at, tomorrow).into_string(), expected("2027-01-15 08:00:09"));
    }

    #[test]
    fn durations_have_the_unit_that_fits() {
        for (millis, expected) in
            [(0, "0 ms"), (999, "999 ms"), (1_250, "1.2 s"), (59_999, "59.9 s"), (61_000, "1 min 1 s")]
        {
            assert_eq!(duration(Duration::from_millis(millis)), expected);
        }
        let now = Timestamp::from_seconds(1_000_000);
        for (seconds, expected) in [(5, "5 s ago"), (120, "2 min ago"), (7_200, "2 h ago"), (172_800, "2 days ago")] {
            assert_eq!(age(now.minus(Duration::from_secs(seconds)), now), expected);
        }
        assert_eq!(between("2027-01-15T08:00:00Z", "2027-01-15T08:00:01.5Z"), Some(Duration::from_millis(1_500)));
        assert_eq!(between("", "2027-01-15T08:00:01Z"), None);
    }
}

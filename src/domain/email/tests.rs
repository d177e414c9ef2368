//! Accepted and refused addresses, and properties of any text.

use proptest::prelude::*;

use super::*;

/// Accepted addresses and their canonical form.
const ACCEPTED: [(&str, &str); 24] = [
    ("mira@example.org", "mira@example.org"),
    ("Mira@Example.ORG", "mira@example.org"),
    ("MIRA@EXAMPLE.ORG", "mira@example.org"),
    ("first.last+tag@example.org", "first.last+tag@example.org"),
    ("o'neil@example.org", "o'neil@example.org"),
    ("a/b=c?d{e}@example.org", "a/b=c?d{e}@example.org"),
    ("under_score@example.org", "under_score@example.org"),
    ("-@example.org", "-@example.org"),
    ("1@1.example", "1@1.example"),
    ("victim%example.org@evil.test", "victim%example.org@evil.test"),
    ("root@localhost", "root@localhost"),
    ("u@bücher.de", "u@xn--bcher-kva.de"),
    ("u@BÜCHER.de", "u@xn--bcher-kva.de"),
    ("u@xn--bcher-kva.de", "u@xn--bcher-kva.de"),
    ("u@XN--BCHER-KVA.DE", "u@xn--bcher-kva.de"),
    ("u@xn--bcher-kva.bücher.de", "u@xn--bcher-kva.xn--bcher-kva.de"),
    ("u@straße.de", "u@xn--strae-oqa.de"),
    ("u@例え.jp", "u@xn--r8jz45g.jp"),
    // Beyond ASCII the local part is compared byte for byte, because its meaning depends on the mail server.
    ("Ünï@example.org", "Ünï@example.org"),
    ("ünï@example.org", "ünï@example.org"),
    ("\u{131}@example.org", "\u{131}@example.org"),
    ("\u{130}@example.org", "\u{130}@example.org"),
    ("李雷@example.org", "李雷@example.org"),
    ("раураl@example.org", "раураl@example.org"),
];

/// Refused: not an address, or looks like another.
const REFUSED: [&str; 51] = [
    "T\u{308}@example.org",
    "",
    "@",
    "a",
    "a@",
    "@b.c",
    "a@b@c.d",
    "a@x.com,b@y.com",
    "a@x.com;b@y.com",
    "a@x.com b@y.com",
    "a b@c.d",
    " a@c.d",
    "a@c.d ",
    "a@c.d\n",
    "a\r\n@c.d",
    "a\u{0}@c.d",
    "a\u{7f}@c.d",
    "a\u{85}@c.d",
    "a\u{a0}@c.d",
    "a@c.d\u{3000}",
    // Other characters for @, letters, ligatures and dots; the Kelvin sign; a combining accent.
    "a\u{ff20}x.com",
    "a\u{fe6b}x.com",
    "\u{ff41}@x.com",
    "\u{fb01}n@x.com",
    "a@\u{ff58}.com",
    "a@x\u{3002}com",
    "a@x\u{ff0e}com",
    "\u{212a}@x.com",
    "u\u{308}@x.com",
    // Invisible characters.
    "a\u{200b}@x.y",
    "a\u{ad}@x.y",
    "a\u{202e}b@x.y",
    "a\u{e0061}@x.y",
    "a\u{fe0f}@x.y",
    "a@x\u{ad}y.z",
    "a@x\u{200d}y.z",
    "a@x..y",
    "a@x.y.",
    "a@.x.y",
    "a@-x.y",
    "a@x-.y",
    "a@x_y.z",
    "a@xn--a.de",
    "a@[127.0.0.1]",
    "\"a\"@x.y",
    "(c)a@x.y",
    ".a@x.y",
    "a.@x.y",
    "a..b@x.y",
    "<a@x.y>",
    "mailto:a@x.y",
];

#[test]
fn equal_addresses_have_one_canonical_form() {
    for (written, canonical) in ACCEPTED {
        let address = EmailAddress::parse(written);
        assert_eq!(address.as_ref().map(EmailAddress::canonical), Ok(canonical), "{written}");
        assert_eq!(address.as_ref().map(EmailAddress::written), Ok(written));
    }
}

#[test]
fn an_address_that_looks_like_another_is_refused() {
    for bad in REFUSED {
        assert!(EmailAddress::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn an_address_has_254_bytes_at_most_in_both_forms() {
    let long = |local: usize, domain: &str| EmailAddress::parse(&format!("{}@{domain}", "a".repeat(local)));
    assert!(long(244, "example.x").is_ok());
    assert_eq!(long(245, "example.x"), Err(InvalidEmail::Length));
    assert_eq!(long(236, "büücher.example"), Err(InvalidEmail::Length), "its canonical form is the longer one");
    assert_eq!(EmailAddress::parse(&format!("a@{}.x", "b".repeat(64))), Err(InvalidEmail::Domain));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_canonical_form_is_its_own_canonical_form(text in "[a-zA-ZäöüßéİıKΣς0-9.@+_\u{ad}\u{3002}-]{1,40}") {
        if let Ok(address) = EmailAddress::parse(&text) {
            let again = EmailAddress::parse(address.canonical()).map(|again| again.canonical);
            prop_assert_eq!(again, Ok(address.canonical));
        }
    }

    #[test]
    fn of_any_text_the_canonical_form_is_its_own_or_there_is_none(local in "\\PC{1,12}", domain in "\\PC{1,12}") {
        if let Ok(address) = EmailAddress::parse(&format!("{local}@{domain}")) {
            prop_assert!(address.canonical.is_char_boundary(local.len()), "nothing is folded before the @");
            prop_assert!(address.canonical[..local.len()].eq_ignore_ascii_case(&local));
            prop_assert!(address.canonical[local.len()..].is_ascii());
            let again = EmailAddress::parse(address.canonical()).map(|again| again.canonical);
            prop_assert_eq!(again, Ok(address.canonical));
        }
    }

    #[test]
    fn the_case_of_ascii_letters_makes_no_difference(local in "[a-z0-9.+]{1,12}", upper in any::<u64>()) {
        let lower = format!("{local}@example.org");
        let mixed: String = lower.char_indices()
            .map(|(at, c)| if upper >> (at % 64) & 1 == 1 { c.to_ascii_uppercase() } else { c })
            .collect();
        let canonical = |text: &str| EmailAddress::parse(text).map(|address| address.canonical);
        prop_assert_eq!(canonical(&mixed), canonical(&lower));
    }
}

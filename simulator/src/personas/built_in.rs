//! The personas that need no registration.

use super::Persona;

impl Persona {
    /// The personas that need no registration, those of the consent page's first view first.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all = Self::first().to_vec();
        all.extend(Self::more());
        all
    }

    fn first() -> [Self; 4] {
        [
            Self {
                github_login: "okafor-m".into(),
                google_subject: "104477889900112233445".into(),
                github_id: 48_215_533,
                ..Self::new("mira", "Mira Okafor")
            },
            Self {
                email: Some("jonas@example.net".into()),
                email_verified: false,
                locale: Some("de".into()),
                github_login: "jweber".into(),
                google_subject: "108800335577990022446".into(),
                github_id: 7_204_118,
                ..Self::new("jonas", "Jonas Weber")
            },
            Self {
                email: None,
                email_verified: false,
                locale: Some("ja".into()),
                github_login: "aikot".into(),
                google_subject: "112233009988776655441".into(),
                github_id: 91_540_276,
                ..Self::new("aiko", "Aiko Tanaka")
            },
            Self {
                name: None,
                email: Some("rosa@example.com".into()),
                has_picture: false,
                locale: None,
                github_login: "rlindqvist".into(),
                google_subject: "116611224433557799002".into(),
                github_id: 133_070_905,
                ..Self::new("rosa", "Rosa Lindqvist")
            },
        ]
    }

    fn more() -> [Self; 8] {
        [
            Self { email: Some("x7k2m9q4pz@privaterelay.appleid.com".into()), ..Self::new("noor", "Noor Haddad") },
            Self {
                email: Some("mira@example.org".into()),
                email_verified: false,
                ..Self::new("mallory", "Mallory Reed")
            },
            Self::new("tess", "Tess Moreau"),
            Self {
                id: "tess-moved".into(),
                email: Some("tess.moreau@example.net".into()),
                ..Self::new("tess", "Tess Moreau")
            },
            Self { email: Some("Ines+News@Example.ORG".into()), ..Self::new("ines", "Inês Duarte") },
            Self { email: Some("uma@bücher.example".into()), ..Self::new("uma", "Uma") },
            Self {
                // A quotation mark, markup, right-to-left text with an override, a joined emoji, and a letter outside
                // the basic plane.
                name: Some("Zoë \"<b>Ó</b>\" عمر\u{202e}txt.exe 👩‍👩‍👧 𝒵 O'Neil".into()),
                ..Self::new("zoe", "Zoe")
            },
            Self { name: Some("Bartholomäus ".repeat(100).trim_end().to_owned().into()), ..Self::new("bart", "Bart") },
        ]
    }

    /// What distinguishes this persona, for the pages.
    pub(crate) fn description(&self) -> String {
        let mut words = vec![match (&self.email, self.email_verified) {
            (Some(_), true) => "verified address",
            (Some(_), false) => "unverified address",
            (None, _) => "the provider knows none",
        }];
        match (self.name.is_none(), self.has_picture) {
            (true, false) => words.push("no name and no picture"),
            (true, true) => words.push("no name"),
            (false, false) => words.push("no picture"),
            (false, true) => {}
        }
        if self.has_relay_email() {
            words.push("at Apple's relay");
        }
        match self.id.as_ref() {
            "mallory" => words.push("the same as Mira's"),
            "tess-moved" => words.push("the account of Tess after her address changed"),
            "ines" => words.push("with capitals and a plus sign"),
            "uma" => words.push("of an internationalized domain, and a name of one word"),
            "zoe" => words.push("and odd characters in the name"),
            "bart" => words.push("and a very long name"),
            _ => {}
        }
        words.join(", ")
    }
}

//! Writes the table of `docs/accounts.md` from the code: what every combination comes to, with all that makes no
//! difference left out. `UPDATE_TABLE=1 cargo test --lib policy` writes it anew.

use std::collections::BTreeMap;
use std::path::Path;

use super::tests::{COMBINATIONS, every_account, every_rule, for_everything};
use super::*;

const BEGIN: &str = "<!-- the table: written by a test -->\n";
const END: &str = "<!-- the end of the table -->\n";

/// A setting.
const SWITCH: [&str; 2] = ["off", "on"];

const FREE: &str = "free";

/// A column: its head, and what may stand in it.
type Column = (&'static str, &'static [&'static str]);

/// A table: for each place in its columns the words that are true of all combinations there, as bits.
#[derive(Default)]
struct Cells {
    words: Vec<String>,
    true_words: BTreeMap<Vec<usize>, u32>,
}

/// A row in the making: what stands in its columns, and what is true of it.
type Row = (Vec<String>, u32);

impl Cells {
    fn note(&mut self, key: Vec<usize>, true_words: u32) {
        *self.true_words.entry(key).or_insert(u32::MAX) &= true_words;
    }

    /// Notes the only words that are true.
    fn say(&mut self, key: Vec<usize>, words: String) {
        let index = self.words.iter().position(|known| *known == words).unwrap_or_else(|| {
            self.words.push(words);
            self.words.len() - 1
        });
        self.note(key, 1 << index);
    }

    fn markdown(&self, columns: &[Column]) -> String {
        let cells: Vec<_> = self.true_words.iter().map(|(key, bits)| (key.as_slice(), *bits)).collect();
        let heads: Vec<_> = columns.iter().map(|(head, _)| *head).chain(["Outcome"]).collect();
        let mut text = format!("| {} |\n|{}\n", heads.join(" | "), "---|".repeat(heads.len()));
        for (row, bits) in collapse(columns, 0, &cells) {
            let words = self.words.get(bits.trailing_zeros() as usize);
            let words = words.unwrap_or_else(|| panic!("no words are true of all combinations at {row:?}"));
            text += &format!("| {} | {words} |\n", row.join(" | "));
        }
        text
    }
}

/// The rows from column `depth` on. Values of a column are provider_email apart only if no words are true of both.
fn collapse(columns: &[Column], depth: usize, cells: &[(&[usize], u32)]) -> Vec<Row> {
    let Some((_, words)) = columns.get(depth) else { return vec![(Vec::new(), cells[0].1)] };
    let mut groups: Vec<(Vec<usize>, Vec<Row>)> = Vec::new();
    for place in 0..words.len() {
        let here: Vec<_> = cells.iter().filter(|(key, _)| key[depth] == place).copied().collect();
        if here.is_empty() {
            continue;
        }
        let rest = collapse(columns, depth + 1, &here);
        let common = groups.iter().position(|(_, other)| is_common(other, &rest));
        match common.map(|index| &mut groups[index]) {
            Some((places, other)) => {
                places.push(place);
                other.iter_mut().zip(rest).for_each(|(row, (_, bits))| row.1 &= bits);
            }
            None => groups.push((vec![place], rest)),
        }
    }
    let is_any = groups.len() == 1;
    let rows = groups.into_iter().flat_map(|(places, rest)| {
        let missing: Vec<_> = (0..words.len()).filter(|place| !places.contains(place)).collect();
        let word = match missing.as_slice() {
            _ if is_any => "–".to_owned(),
            [one] if words[*one] == FREE => format!("not {FREE}"),
            _ => places.into_iter().map(|place| words[place]).collect::<Vec<_>>().join(" or "),
        };
        rest.into_iter().map(move |(row, bits)| ([vec![word.clone()], row].concat(), bits))
    });
    rows.collect()
}

fn is_common(some: &[Row], others: &[Row]) -> bool {
    some.len() == others.len() && some.iter().zip(others).all(|(one, other)| one.0 == other.0 && one.1 & other.1 != 0)
}

fn refused(refusal: PolicyError) -> String {
    format!("refused: {refusal}")
}

fn spoken(decision: Decision) -> String {
    match decision {
        Decision::Create(InitialState::SignedIn) => "a new account, signed in".to_owned(),
        Decision::Create(InitialState::PendingVerification) => {
            "a new account, no session until the address is proven".to_owned()
        }
        Decision::Create(InitialState::Disabled) => "a new account that is disabled, and refused as such".to_owned(),
        Decision::Refuse(refusal) => refused(refusal),
        Decision::SignIn(_) | Decision::LinkByEmail(_) | Decision::Connect(_) => {
            panic!("{decision:?} is no new_user's")
        }
    }
}

const MAIN: [Column; 5] = [
    (
        "Wanted",
        &[
            "sign in",
            "sign up, with `enabled` off",
            "sign up",
            "connect to an account that is gone",
            "connect to an account that may not go on",
            "connect to an account that may go on",
        ],
    ),
    ("The identity is", &[FREE, "an account's that may go on", "an account's that may not"]),
    ("The provider", &["vouches for the address", "does not, or tells none"]),
    (
        "The address is",
        &[
            FREE,
            "an account's, unproven",
            "an account's with another identity there",
            "an account's that may go on",
            "an account's that may not",
        ],
    ),
    ("`link_by_verified_email`", &SWITCH),
];

fn place_in_main(facts: Facts, rules: Rules) -> Vec<usize> {
    let may = |account| check_access(account, rules).is_ok();
    let requested = match facts.requested {
        Requested::SignIn => 0,
        Requested::SignUp => 1 + usize::from(rules.sign_up_enabled),
        Requested::Connect(None) => 3,
        Requested::Connect(Some(account)) => 4 + usize::from(may(account)),
    };
    let owner = facts.owner.map_or(0, |owner| if may(owner) { 1 } else { 2 });
    let is_vouched_for = facts.address.is_some_and(|provider_email| provider_email.trust == EmailTrust::Verified);
    let email_owner = match facts.email_owner {
        None => 0,
        Some(EmailOwner { account, .. }) if account.address.is_none_or(|held| !held.is_proven) => 1,
        Some(EmailOwner { has_identity_at_provider: true, .. }) => 2,
        Some(EmailOwner { account, .. }) if may(account) => 3,
        Some(_) => 4,
    };
    vec![requested, owner, usize::from(!is_vouched_for), email_owner, rules.link_by_verified_email.into()]
}

/// The refusals that a row may name outright.
const REFUSALS: [PolicyError; 5] = [
    PolicyError::Unknown,
    PolicyError::SignUpDisabled,
    PolicyError::AlreadyLinked,
    PolicyError::AlreadyExists,
    PolicyError::Unverified,
];

/// All that a row may say besides, those last that only point to another table. The first that are true are
/// taken.
const WORDS: [&str; 8] = [
    "the owner of the identity is signed in",
    "linked to the account that asks",
    "linked to the account that has the address, which is signed in",
    "refused as table 2 says",
    "refused as table 2 says",
    "refused as table 2 says",
    "refused like a new_user where table 3 refuses one, else because an address is not proven",
    "a new_user: table 3",
];

/// What each of [`REFUSALS`] and [`WORDS`] means for a combination, if it means anything.
fn meanings(facts: Facts, rules: Rules) -> impl Iterator<Item = Option<Decision>> {
    let (asking, is_stranger) = match facts.requested {
        Requested::Connect(asking) => (asking, false),
        Requested::SignIn | Requested::SignUp => (None, true),
    };
    let email_owner = facts.email_owner.map(|email_owner| email_owner.account);
    let if_denied = |who: Option<Account>| Some(Decision::Refuse(check_access(who?, rules).err()?));
    let new_user = is_stranger.then(|| decide(Facts { owner: None, email_owner: None, ..facts }, rules));
    let as_a_new_user = new_user.map(|new_user| match new_user {
        Decision::Refuse(_) => new_user,
        _ => Decision::Refuse(PolicyError::Unverified),
    });
    REFUSALS.map(|refusal| Some(Decision::Refuse(refusal))).into_iter().chain([
        facts.owner.map(|who| Decision::SignIn(who.id)),
        asking.map(|who| Decision::Connect(who.id)),
        email_owner.map(|who| Decision::LinkByEmail(who.id)),
        if_denied(asking),
        if_denied(facts.owner),
        if_denied(email_owner),
        as_a_new_user,
        new_user,
    ])
}

/// Table 1.
fn who_may_become_whom() -> Cells {
    let words = REFUSALS.map(refused).into_iter().chain(WORDS.map(str::to_owned)).collect();
    let mut cells = Cells { words, ..Cells::default() };
    for_everything(|facts, rules| {
        let decision = Some(decide(facts, rules));
        let true_words = meanings(facts, rules).enumerate().filter(|(_, meaning)| *meaning == decision);
        cells.note(place_in_main(facts, rules), true_words.fold(0, |bits, (index, _)| bits | 1 << index));
    });
    cells
}

const ADMIT: [Column; 4] = [
    ("The address of the account", &["is proven", "is unproven", "is missing"]),
    ("The lists", &["let it in", "keep it out", "do not look"]),
    ("The account", &["is enabled", "is disabled"]),
    ("`verified_email_required`", &SWITCH),
];

/// Table 2.
fn who_may_go_on() -> Cells {
    let mut cells = Cells::default();
    for account in every_account(1) {
        for rules in every_rule() {
            let address = account.address.map_or(2, |held| usize::from(!held.is_proven));
            let lists = account.address.map_or(2, |held| usize::from(held.is_blocked));
            let key = vec![address, lists, account.is_disabled.into(), rules.verified_email_required.into()];
            let outcome = check_access(account, rules).map_or_else(refused, |()| "may go on".to_owned());
            cells.say(key, outcome);
        }
    }
    cells
}

const STRANGER: [Column; 6] = [
    ("A new_user comes by", &["signing in, with `create_on_sign_in` off", "signing in", "signing up"]),
    ("`enabled`", &SWITCH),
    ("The address", &["is kept out by the lists", "is not provider_email", "is vouched for", "is not vouched for"]),
    ("`email_required`", &SWITCH),
    ("`new_users_disabled`", &SWITCH),
    ("`verified_email_required`", &SWITCH),
];

/// Table 3.
fn what_becomes_of_a_stranger() -> Cells {
    let mut cells = Cells::default();
    for_everything(|facts, rules| {
        if facts.owner.is_some() || facts.email_owner.is_some() {
            return;
        }
        let requested = match (facts.requested, rules.create_on_sign_in) {
            (Requested::SignIn, false) => 0,
            (Requested::SignIn, true) => 1,
            (Requested::SignUp, _) => 2,
            (Requested::Connect(_), _) => return,
        };
        let address = match facts.address {
            Some(provider_email) if provider_email.is_blocked => 0,
            None => 1,
            Some(provider_email) if provider_email.trust == EmailTrust::Verified => 2,
            Some(_) => 3,
        };
        let switches = [rules.email_required, rules.new_users_disabled, rules.verified_email_required];
        let mut key = vec![requested, rules.sign_up_enabled.into(), address];
        key.extend(switches.map(usize::from));
        cells.say(key, spoken(decide(facts, rules)));
    });
    cells
}

#[test]
fn the_written_table_is_what_the_code_decides() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/accounts.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let (before, rest) = page.split_once(BEGIN).expect("a place for the table");
    let (_, after) = rest.split_once(END).expect("the end of its place");
    let written = format!(
        "{before}{BEGIN}The three tables stand for {COMBINATIONS} combinations of facts and settings, each of which a \
         test tries. `–` means that\nit makes no difference.\n\n### 1. Who may become whom\n\n{}\n### 2. Which account \
         may go on\n\n{}\n### 3. What becomes of a new_user\n\n{}{END}{after}",
        who_may_become_whom().markdown(&MAIN),
        who_may_go_on().markdown(&ADMIT),
        what_becomes_of_a_stranger().markdown(&STRANGER),
    );
    if std::env::var_os("UPDATE_TABLE").is_some() {
        std::fs::write(&path, &written).expect("written");
    } else {
        assert!(page == written, "the table is out of date; UPDATE_TABLE=1 cargo test --lib policy writes it");
    }
}

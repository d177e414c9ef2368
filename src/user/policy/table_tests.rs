//! Writes the tables of `docs/accounts.md` from the code. A row stands for all combinations that it describes; what
//! makes no difference is left out. `UPDATE_TABLE=1 cargo test --lib policy` writes them.

use std::collections::BTreeMap;
use std::path::Path;

use super::tests::{COMBINATIONS, all_accounts, all_rules, for_all};
use super::*;

const BEGIN: &str = "<!-- the tables: written by a test -->\n";
const END: &str = "<!-- the end of the tables -->\n";

/// A setting.
const SWITCH: [&str; 2] = ["off", "on"];

const FREE: &str = "free";

/// A column: its heading and its possible values.
type Column = (&'static str, &'static [&'static str]);

/// A table: for the values of each row, the outcomes that hold for all of its combinations, as bits.
#[derive(Default)]
struct Table {
    outcomes: Vec<String>,
    rows: BTreeMap<Vec<usize>, u32>,
}

/// A merged row: what it shows in each column, and the outcomes that hold.
type Row = (Vec<String>, u32);

impl Table {
    fn add(&mut self, row: Vec<usize>, outcomes: u32) {
        *self.rows.entry(row).or_insert(u32::MAX) &= outcomes;
    }

    fn add_outcome(&mut self, row: Vec<usize>, outcome: String) {
        let index = self.outcomes.iter().position(|known| *known == outcome).unwrap_or_else(|| {
            self.outcomes.push(outcome);
            self.outcomes.len() - 1
        });
        self.add(row, 1 << index);
    }

    fn markdown(&self, columns: &[Column]) -> String {
        let rows: Vec<_> = self.rows.iter().map(|(row, outcomes)| (row.as_slice(), *outcomes)).collect();
        let headings: Vec<_> = columns.iter().map(|(heading, _)| *heading).chain(["Outcome"]).collect();
        let mut text = format!("| {} |\n|{}\n", headings.join(" | "), "---|".repeat(headings.len()));
        for (row, outcomes) in merge(columns, 0, &rows) {
            let outcome = self.outcomes.get(outcomes.trailing_zeros() as usize);
            let outcome = outcome.unwrap_or_else(|| panic!("no outcome holds for all combinations of {row:?}"));
            text += &format!("| {} | {outcome} |\n", row.join(" | "));
        }
        text
    }
}

/// Merges rows from column `depth` on: values of a column are told apart only if no outcome holds for both.
fn merge(columns: &[Column], depth: usize, rows: &[(&[usize], u32)]) -> Vec<Row> {
    let Some((_, values)) = columns.get(depth) else { return vec![(Vec::new(), rows[0].1)] };
    let mut groups: Vec<(Vec<usize>, Vec<Row>)> = Vec::new();
    for value in 0..values.len() {
        let here: Vec<_> = rows.iter().filter(|(row, _)| row[depth] == value).copied().collect();
        if here.is_empty() {
            continue;
        }
        let rest = merge(columns, depth + 1, &here);
        let group = groups.iter().position(|(_, other)| can_merge(other, &rest));
        match group.map(|index| &mut groups[index]) {
            Some((values, other)) => {
                values.push(value);
                other.iter_mut().zip(rest).for_each(|(row, (_, outcomes))| row.1 &= outcomes);
            }
            None => groups.push((vec![value], rest)),
        }
    }
    let is_any = groups.len() == 1;
    let merged = groups.into_iter().flat_map(|(group, rest)| {
        let missing: Vec<_> = (0..values.len()).filter(|value| !group.contains(value)).collect();
        let text = match missing.as_slice() {
            _ if is_any => "–".to_owned(),
            [one] if values[*one] == FREE => format!("not {FREE}"),
            _ => group.into_iter().map(|value| values[value]).collect::<Vec<_>>().join(" or "),
        };
        rest.into_iter().map(move |(row, outcomes)| ([vec![text.clone()], row].concat(), outcomes))
    });
    merged.collect()
}

fn can_merge(some: &[Row], others: &[Row]) -> bool {
    some.len() == others.len() && some.iter().zip(others).all(|(one, other)| one.0 == other.0 && one.1 & other.1 != 0)
}

fn refused(error: PolicyError) -> String {
    format!("refused: {error}")
}

fn describe_new_user(decision: Decision) -> String {
    match decision {
        Decision::Create(InitialState::SignedIn) => "a new account, signed in".to_owned(),
        Decision::Create(InitialState::PendingVerification) => {
            "a new account, no session until the email is verified".to_owned()
        }
        Decision::Create(InitialState::Disabled) => "a new account that is disabled; refused as such".to_owned(),
        Decision::Refuse(error) => refused(error),
        Decision::SignIn(_) | Decision::LinkByEmail(_) | Decision::Connect(_) => panic!("{decision:?}"),
    }
}

const DECISIONS: [Column; 5] = [
    (
        "Requested",
        &[
            "sign in",
            "sign up, with `enabled` off",
            "sign up",
            "connect to an account without access",
            "connect to an account with access",
        ],
    ),
    ("The identity is", &[FREE, "of an account with access", "of an account without access"]),
    ("The provider", &["verified the email", "did not, or names none"]),
    (
        "The email is",
        &[
            FREE,
            "of an account with another identity at the provider",
            "of an account with access",
            "of an account without access",
        ],
    ),
    ("`link_by_verified_email`", &SWITCH),
];

fn row_of(facts: Facts, rules: Rules) -> Vec<usize> {
    let has_access = |account| check_access(account, rules).is_ok();
    let requested = match facts.requested {
        Requested::SignIn => 0,
        Requested::SignUp => 1 + usize::from(rules.sign_up_enabled),
        Requested::Connect(account) => 3 + usize::from(has_access(account)),
    };
    let owner = facts.owner.map_or(0, |owner| if has_access(owner) { 1 } else { 2 });
    let is_verified = facts.email.is_some_and(|email| email.is_verified);
    let email_owner = match facts.email_owner {
        None => 0,
        Some(EmailOwner { has_identity_at_provider: true, .. }) => 1,
        Some(owner) if has_access(owner.account()) => 2,
        Some(_) => 3,
    };
    vec![requested, owner, usize::from(!is_verified), email_owner, rules.link_by_verified_email.into()]
}

/// The refusals that a row may name outright.
const REFUSALS: [PolicyError; 5] = [
    PolicyError::Unknown,
    PolicyError::SignUpDisabled,
    PolicyError::AlreadyLinked,
    PolicyError::AlreadyExists,
    PolicyError::Unverified,
];

/// The other outcomes that a row may name. The first that holds is shown, so those that point to another table are
/// last.
const OUTCOMES: [&str; 8] = [
    "the account of the identity is signed in",
    "linked to the account that asks",
    "linked to the account of the email, which is signed in",
    "refused as table 2 says",
    "refused as table 2 says",
    "refused as table 2 says",
    "refused as table 3 refuses a new user, else because the email is not verified",
    "a new user: table 3",
];

/// The decision that each of [`REFUSALS`] and [`OUTCOMES`] stands for in a combination, if it stands for one.
fn meanings(facts: Facts, rules: Rules) -> impl Iterator<Item = Option<Decision>> {
    let (asking, is_sign_in) = match facts.requested {
        Requested::Connect(asking) => (Some(asking), false),
        Requested::SignIn | Requested::SignUp => (None, true),
    };
    let email_owner = facts.email_owner.map(EmailOwner::account);
    let if_denied = |account: Option<Account>| Some(Decision::Refuse(check_access(account?, rules).err()?));
    let new_user = is_sign_in.then(|| decide(Facts { owner: None, email_owner: None, ..facts }, rules));
    let unverified = new_user.map(|new_user| match new_user {
        Decision::Refuse(_) => new_user,
        _ => Decision::Refuse(PolicyError::Unverified),
    });
    REFUSALS.map(|error| Some(Decision::Refuse(error))).into_iter().chain([
        facts.owner.map(|account| Decision::SignIn(account.id)),
        asking.map(|account| Decision::Connect(account.id)),
        email_owner.map(|account| Decision::LinkByEmail(account.id)),
        if_denied(asking),
        if_denied(facts.owner),
        if_denied(email_owner),
        unverified,
        new_user,
    ])
}

/// Table 1.
fn decisions() -> Table {
    let outcomes = REFUSALS.map(refused).into_iter().chain(OUTCOMES.map(str::to_owned)).collect();
    let mut table = Table { outcomes, ..Table::default() };
    for_all(|facts, rules| {
        let decision = Some(decide(facts, rules));
        let holding = meanings(facts, rules).enumerate().filter(|(_, meaning)| *meaning == decision);
        table.add(row_of(facts, rules), holding.fold(0, |bits, (index, _)| bits | 1 << index));
    });
    table
}

const ACCESS: [Column; 4] = [
    ("The email lists", &["admit the account", "exclude it"]),
    ("The account", &["is enabled", "is disabled"]),
    ("Its email", &["is verified or missing", "is unverified"]),
    ("`verified_email_required`", &SWITCH),
];

/// Table 2.
fn access() -> Table {
    let mut table = Table::default();
    for account in all_accounts(1) {
        for rules in all_rules() {
            let row = [account.is_blocked, account.is_disabled, account.is_unverified, rules.verified_email_required];
            let outcome = check_access(account, rules).map_or_else(refused, |()| "access".to_owned());
            table.add_outcome(row.map(usize::from).to_vec(), outcome);
        }
    }
    table
}

const NEW_USERS: [Column; 6] = [
    ("A new user", &["signs in, with `create_on_sign_in` off", "signs in", "signs up"]),
    ("`enabled`", &SWITCH),
    ("The email", &["is excluded by the lists", "is missing", "is verified", "is unverified"]),
    ("`email_required`", &SWITCH),
    ("`new_users_disabled`", &SWITCH),
    ("`verified_email_required`", &SWITCH),
];

/// Table 3.
fn new_users() -> Table {
    let mut table = Table::default();
    for_all(|facts, rules| {
        if facts.owner.is_some() || facts.email_owner.is_some() {
            return;
        }
        let requested = match (facts.requested, rules.create_on_sign_in) {
            (Requested::SignIn, false) => 0,
            (Requested::SignIn, true) => 1,
            (Requested::SignUp, _) => 2,
            (Requested::Connect(_), _) => return,
        };
        let email = match facts.email {
            Some(email) if email.is_blocked => 0,
            None => 1,
            Some(email) => 2 + usize::from(!email.is_verified),
        };
        let switches = [rules.email_required, rules.new_users_disabled, rules.verified_email_required];
        let mut row = vec![requested, rules.sign_up_enabled.into(), email];
        row.extend(switches.map(usize::from));
        table.add_outcome(row, describe_new_user(decide(facts, rules)));
    });
    table
}

#[test]
fn tables_in_the_docs_are_what_the_code_decides() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/accounts.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let (before, rest) = page.split_once(BEGIN).expect("the mark before the tables");
    let (_, after) = rest.split_once(END).expect("the mark after the tables");
    let written = format!(
        "{before}{BEGIN}The three tables cover all {COMBINATIONS} combinations of facts and settings, each of which a \
         test tries. `–` means that\nit makes no difference.\n\n### 1. Decisions\n\n{}\n### 2. Access to an account\n\n\
         {}\n### 3. New users\n\n{}{END}{after}",
        decisions().markdown(&DECISIONS),
        access().markdown(&ACCESS),
        new_users().markdown(&NEW_USERS),
    );
    if std::env::var_os("UPDATE_TABLE").is_some() {
        std::fs::write(&path, &written).expect("written");
    } else {
        assert!(page == written, "the tables are out of date; UPDATE_TABLE=1 cargo test --lib policy writes them");
    }
}

//! Prints users as tables for people, or as JSON for programs.
//!
//! Names and addresses come from providers, so that what a terminal would not show as text is escaped.
#![expect(clippy::print_stdout, reason = "the results of commands")]

use serde::Serialize;
use serde_json::json;

use crate::app::users::{AuditPage, GrantRecord, SessionRecord, UserDetails, UserPage, UserRecord};
use crate::domain::id::UserId;

/// What stands for a value that is missing.
const NONE: &str = "-";

/// Columns are separated by this.
const GAP: &str = "  ";

/// How results are printed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output {
    pub(super) is_json: bool,
}

impl Output {
    pub(super) fn users(self, page: UserPage) {
        if self.is_json {
            return print_json(&page);
        }
        print_users(&page.users);
        if let Some(next) = page.next {
            eprintln!("vouchsafe: there are more; continue with --cursor {next}");
        }
    }

    pub(super) fn found(self, users: Vec<UserRecord>) {
        self.users(UserPage { users, next: None });
    }

    pub(super) fn details(self, details: &UserDetails) {
        if self.is_json {
            return print_json(details);
        }
        let user = &details.user;
        let state = if user.disabled { "disabled" } else { "enabled" };
        let metadata = user.metadata.as_ref().map_or_else(|| NONE.to_owned(), ToString::to_string);
        let rows = [
            ("id", user.id.to_string()),
            ("email", email(user)),
            ("name", user.display_name.clone()),
            ("state", state.to_owned()),
            ("default role", user.default_role.clone()),
            ("roles", user.roles.join(", ")),
            ("locale", user.locale.clone()),
            ("metadata", metadata),
            ("created", user.created_at.clone()),
            ("last seen", user.last_seen_at.clone()),
        ];
        for (name, value) in rows {
            println!("{name:12}{GAP}{}", printable(&value));
        }
        println!();
        let rows = details.identities.iter().map(|identity| {
            let proof = if identity.email_verified { "" } else { " (unproven)" };
            let email = identity.email.as_ref().map_or_else(|| NONE.to_owned(), |email| format!("{email}{proof}"));
            [
                format!("{}:{}", identity.provider, identity.subject),
                email,
                identity.created_at.clone(),
                identity.last_seen_at.clone(),
            ]
        });
        print_table(["IDENTITY", "EMAIL THERE", "LINKED", "LAST SEEN"], rows.collect());
    }

    /// A user after a change.
    pub(super) fn changed(self, user: &UserRecord, what: &str) {
        if self.is_json {
            return print_json(user);
        }
        println!("{} {} {what}", user.id, printable(&email(user)));
    }

    pub(super) fn roles(self, user: &UserRecord) {
        if self.is_json {
            return print_json(user);
        }
        for role in &user.roles {
            let mark = if *role == user.default_role { " (default)" } else { "" };
            println!("{}{mark}", printable(role));
        }
    }

    pub(super) fn sessions(self, sessions: &[SessionRecord]) {
        if self.is_json {
            return print_json(&json!({"sessions": sessions}));
        }
        let rows = sessions.iter().map(|session| {
            [
                session.id.to_string(),
                session.created_at.clone(),
                session.last_used_at.clone(),
                session.expires_at.clone(),
            ]
        });
        print_table(["SESSION", "BEGAN", "LAST USED", "EXPIRES"], rows.collect());
    }

    pub(super) fn grants(self, grants: &[GrantRecord]) {
        if self.is_json {
            return print_json(&json!({"grants": grants}));
        }
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| NONE.to_owned());
        let rows = grants.iter().map(|grant| {
            [
                grant.provider.clone(),
                grant.provider_user_id.clone(),
                grant.state.as_str().to_owned(),
                text(&grant.valid_until),
                text(&grant.last_error),
                grant.scopes.join(" "),
            ]
        });
        print_table(["PROVIDER", "ACCOUNT", "STATE", "VALID UNTIL", "LAST ERROR", "SCOPES"], rows.collect());
    }

    pub(super) fn ended(self, sessions: u64) {
        if self.is_json {
            return print_json(&json!({"ended": sessions}));
        }
        println!("sessions ended: {sessions}");
    }

    pub(super) fn erased(self, user: UserId) {
        if self.is_json {
            return print_json(&json!({"erased": user}));
        }
        println!("{user} was erased; a running server revokes the tokens that were kept");
    }

    pub(super) fn events(self, page: &AuditPage) {
        if self.is_json {
            return print_json(page);
        }
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| NONE.to_owned());
        let rows = page.events.iter().map(|event| {
            [
                event.id.to_string(),
                event.occurred_at.clone(),
                event.action.clone(),
                event.outcome.clone(),
                text(&event.actor),
                text(&event.provider),
                text(&event.client_ip),
                text(&event.flow),
            ]
        });
        print_table(["NUMBER", "TIME", "ACTION", "OUTCOME", "BY", "PROVIDER", "CLIENT", "FLOW"], rows.collect());
        if let Some(next) = page.next {
            eprintln!("vouchsafe: there are more; continue with --cursor {next}");
        }
    }
}

fn print_json(value: &impl Serialize) {
    // These types serialize without errors.
    println!("{}", serde_json::to_string_pretty(value).unwrap_or_default());
}

fn print_users(users: &[UserRecord]) {
    let rows = users.iter().map(|user| {
        let state = if user.disabled { "disabled" } else { "enabled" };
        [
            user.id.to_string(),
            email(user),
            user.display_name.clone(),
            user.roles.join(","),
            state.to_owned(),
            user.last_seen_at.clone(),
        ]
    });
    print_table(["ID", "EMAIL", "NAME", "ROLES", "STATE", "LAST SEEN"], rows.collect());
}

/// The address of a user; an unproven one is marked, because anybody may claim it.
fn email(user: &UserRecord) -> String {
    match &user.email {
        None => NONE.to_owned(),
        Some(email) if user.email_verified => email.clone(),
        Some(email) => format!("{email} (unproven)"),
    }
}

fn print_table<const N: usize>(head: [&str; N], rows: Vec<[String; N]>) {
    let rows: Vec<[String; N]> = rows.into_iter().map(|row| row.map(|cell| printable(&cell))).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([head[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |cells: [&str; N]| {
        let cells: Vec<String> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        println!("{}", cells.join(GAP).trim_end());
    };
    line(head);
    for row in &rows {
        line(row.each_ref().map(String::as_str));
    }
}

/// Text with everything escaped that could move a terminal's cursor or turn the direction of writing.
fn printable(text: &str) -> String {
    let is_harmful = |sign: char| {
        sign.is_control()
            || matches!(sign, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let mut printable = String::with_capacity(text.len());
    for sign in text.chars() {
        if is_harmful(sign) {
            printable.extend(sign.escape_unicode());
        } else {
            printable.push(sign);
        }
    }
    printable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_interprets_is_escaped() {
        assert_eq!(printable("Mira Okafor 🙂"), "Mira Okafor 🙂");
        assert_eq!(printable("a\u{1b}[2Jb\n\u{202e}c\u{9b}"), "a\\u{1b}[2Jb\\u{a}\\u{202e}c\\u{9b}");
    }
}

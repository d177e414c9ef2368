//! Rows of the table: the lie, and what it must lead to.

use std::rc::Rc;

use serde_json::Value;

use super::lie::{Arrival, Lie};

/// The outcome of a row, and the requests that the provider may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    SignedIn,
    /// The browser is not sent to the provider, which gets no request but those for its metadata.
    NotStarted {
        error: &'static str,
    },
    /// Refused with this error, after so many requests to the token and the userinfo endpoint.
    Refused {
        error: &'static str,
        token: u32,
        userinfo: u32,
    },
}

/// Refused before any request.
pub const fn r0(error: &'static str) -> Expected {
    Expected::Refused { error, token: 0, userinfo: 0 }
}

/// Refused by the token response or the id_token; userinfo is not asked.
pub const fn r1(error: &'static str) -> Expected {
    Expected::Refused { error, token: 1, userinfo: 0 }
}

/// Refused by userinfo.
pub const fn r2(error: &'static str) -> Expected {
    Expected::Refused { error, token: 1, userinfo: 1 }
}

pub const PROFILE: &str = "oauth-profile-fetch-failed";
pub const EXCHANGE: &str = "oauth-token-echange-failed";
pub const PROVIDER: &str = "oauth-provider-error";
pub const STATE: &str = "invalid-state";
pub const REQUEST: &str = "invalid-request";
pub const INTERNAL: &str = "internal-server-error";

/// What the settings say of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Oidc,
    OAuth2,
}

pub type Change = Rc<dyn Fn(&mut Lie)>;

pub struct Row {
    /// The part of the catalogue of attacks.
    pub part: &'static str,
    pub name: String,
    pub kind: Kind,
    pub expected: Expected,
    pub change: Change,
}

impl Row {
    /// The same row with the callback as a form post.
    pub fn as_form_post(&self) -> Self {
        let change = Rc::clone(&self.change);
        let change = move |lie: &mut Lie| {
            change(lie);
            lie.arrival = Arrival::FormPost;
        };
        Self { part: self.part, name: format!("form post: {}", self.name), change: Rc::new(change), ..*self }
    }
}

/// A table that grows.
#[derive(Default)]
pub struct Table(pub Vec<Row>);

impl Table {
    pub fn row(
        &mut self,
        part: &'static str,
        name: impl Into<String>,
        expected: Expected,
        change: impl Fn(&mut Lie) + 'static,
    ) {
        self.0.push(Row { part, name: name.into(), kind: Kind::Oidc, expected, change: Rc::new(change) });
    }

    /// An honest sign-in but for something that is allowed.
    pub fn good(&mut self, part: &'static str, name: impl Into<String>, change: impl Fn(&mut Lie) + 'static) {
        self.row(part, name, Expected::SignedIn, change);
    }

    /// A claim with each of these values.
    pub fn claim(&mut self, name: &'static str, expected: Expected, values: impl IntoIterator<Item = Value>) {
        for value in values {
            self.row("1C", format!("claim {name}: {}", short(&value)), expected, move |lie| {
                lie.claims[name] = value.clone()
            });
        }
    }

    /// A member of the header with each of these values.
    pub fn header(&mut self, name: &'static str, expected: Expected, values: impl IntoIterator<Item = Value>) {
        for value in values {
            self.row("1C", format!("header {name}: {}", short(&value)), expected, move |lie| {
                lie.header[name] = value.clone()
            });
        }
    }
}

/// Without `name`.
pub fn remove(document: &mut Value, name: &str) {
    document.as_object_mut().expect("an object").remove(name);
}

/// A value as a name of a row.
pub fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text,
    }
}

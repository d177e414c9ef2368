//! The pages to which a browser may be sent after signing in: a closed list, so that no URL from outside is followed.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::domain::id::{FlowTag, UserId};

/// A page that can be linked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// A flow.
    Flow(FlowTag),
    /// The search for users.
    Users,
    /// A user.
    User(UserId),
}

impl Destination {
    /// The page at the end of a request's path.
    pub(super) fn of_path(path: &str) -> Option<Self> {
        path.rsplit_once("/inspector/")?.1.parse().ok()
    }
}

impl FromStr for Destination {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.split_once('/') {
            None if text == "users" => Ok(Self::Users),
            Some(("flows", flow)) => flow.parse().map(Self::Flow).map_err(drop),
            Some(("users", user)) => Uuid::try_parse(user).map(|id| Self::User(UserId(id))).map_err(drop),
            _ => Err(()),
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flow(flow) => write!(f, "flows/{flow}"),
            Self::Users => f.write_str("users"),
            Self::User(user) => write!(f, "users/{user}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_inspector_are_destinations() {
        let user = "users/0f0e0d0c-0b0a-4908-8706-050403020100";
        for text in ["users", user, "flows/0123456789abcdef"] {
            let destination: Destination = text.parse().expect(text);
            assert_eq!(destination.to_string(), text);
            assert_eq!(Destination::of_path(&format!("/auth/admin/inspector/{text}")), Some(destination));
        }
        for text in [
            "",
            "https://elsewhere.test/",
            "//elsewhere.test",
            "/\\elsewhere.test",
            "users/",
            "users/../../x",
            "flows/0123456789abcdef?x",
            "flows//0123456789abcdef",
            "live",
            "users/nobody",
        ] {
            assert!(text.parse::<Destination>().is_err(), "{text}");
        }
    }
}

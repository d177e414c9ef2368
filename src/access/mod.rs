//! Who is signed in, for the handlers of an embedding app.
//!
//! [`SignedIn`] and [`SignedInUser`] are extractors, [`require_role`] is a middleware. They ask the
//! [`Vouchsafe`](crate::Vouchsafe) in the `app_data` of the nearest scope, and refuse with an [`AccessError`].

mod accounts;
mod credential;
mod error;
mod role;
mod signed_in;
mod signed_in_user;

pub use self::accounts::{Identity, Session, User};
pub use self::error::{AccessError, AccessErrorHandler, AccessRejection};
pub use self::role::{RequireRole, require_role};
pub use self::signed_in::SignedIn;
pub use self::signed_in_user::SignedInUser;

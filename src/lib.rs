//! A sign-in server: signs users in with external providers (OpenID Connect, OAuth 2.0 and 1.0a) and stores their tokens.
//!
//! It runs on its own (the `vouchsafe` program) or inside an actix-web app. This is an app with one route of its own, only
//! for users who are signed in:
//!
//! ```no_run
//! use actix_web::{App, HttpServer, Responder, get, web};
//! use vouchsafe::{Settings, SignedIn, Vouchsafe};
//!
//! #[get("/notes")]
//! async fn notes(user: SignedIn) -> impl Responder {
//!     format!("the notes of {}", user.user_id)
//! }
//!
//! #[actix_web::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let settings = Settings::from_toml("server.public_url = 'http://127.0.0.1:4000/auth'\nmode = 'development'")?;
//!     let vouchsafe = Vouchsafe::build(settings).await?;
//!     HttpServer::new(move || {
//!         App::new()
//!             .app_data(vouchsafe.clone())
//!             .service(web::scope("/auth").configure(vouchsafe.routes()))
//!             .service(notes)
//!     })
//!     .bind("127.0.0.1:4000")?
//!     .run()
//!     .await?;
//!     Ok(())
//! }
//! ```
//!
//! In development mode providers are simulated: open `/auth/signin/provider/google`, and the browser comes back with a
//! refresh token, which `POST /auth/token` exchanges for an access token.
//!
//! # Where to go from here
//!
//! - [`Vouchsafe`] is the service: its routes, its users and sessions, and its reload. [`Builder`] makes one from
//!   [`Settings`] and from parts of yours: a database connection, a clock, providers, return URLs.
//! - [`SignedIn`] and [`SignedInUser`] tell your handlers who is signed in; [`require_role`] guards a scope.
//! - [`Event`] tells your actors what happened, after it was committed: [`Builder::events`].
//! - [`SignUpHooks`] decide who may sign up and what becomes of a profile; [`TokenHooks`] add claims to access tokens.
//!
//! # Features
//!
//! All are additive. At least one database is needed.
//!
//! | Feature | Brings |
//! |---|---|
//! | `sqlite`, `postgres` | the databases |
//! | `nhost`, `aufy` | the routes, errors and cookies that the clients of each expect |
//! | `pages` | HTML pages, such as the confirmation of a link; `nhost` needs it |
//! | `simulator` | simulated providers and the demo page in development mode |
//! | `cli` | the command line of the program; an app that embeds the library leaves it out |
//!
//! An app on PostgreSQL takes `default-features = false, features = ["postgres", "nhost"]`.
//!
//! The library installs no logger and no signal handler, never ends the process, and has no global state: two instances run
//! beside each other. It logs through the crate `log`.

#![cfg_attr(
    not(all(feature = "sqlite", feature = "postgres", feature = "nhost", feature = "aufy", feature = "cli")),
    allow(
        dead_code,
        unused_imports,
        reason = "each database, each dialect and the command line use parts that the others do not"
    )
)]

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("enable a database: the feature `sqlite` or `postgres`");

mod access;
mod actor;
mod app;
#[doc(hidden)]
pub mod bench;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
mod clients;
mod domain;
mod events;
mod flow;
#[cfg(test)]
mod fuzz;
mod grants;
mod http;
mod metrics;
mod oauth;
mod provider;
mod session;
pub mod settings;
mod store;
mod user;
mod vault;

pub use access::{
    AccessError, AccessErrorHandler, AccessRejection, Identity, RequireRole, Session, SignedIn, SignedInUser, User,
    require_role,
};
pub use actor::health::Health;
pub use app::{
    BuildError, Builder, Cause, Event, EventType, FlowFilter, FlowReport, METRICS_CONTENT_TYPE, Outcome, ReloadError,
    Reloaded, ReportedEvent, SessionEnd, StoreError, Vouchsafe,
};
pub use domain::claims::Claims;
pub use domain::clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use domain::email::{EmailAddress, InvalidEmail};
pub use domain::hooks::{
    ClaimError, NewUser, SignUpError, SignUpHooks, TokenClaims, TokenHooks, TokenUser, Unavailable, UserDraft, Veto,
};
pub use domain::id::{FlowTag, InvalidFlowTag, InvalidProviderName, ProviderName, SessionId, UserId};
pub use domain::profile::{EmailClaim, EmailTrust, ExternalProfile};
pub use domain::random::{OsRandom, RandomSource};
pub use domain::secret::Secret;
pub use settings::{CustomProvider, Settings};
#[doc(no_inline)]
pub use store::sea_orm;

//! A sign-in server: signs users in with external providers (OpenID Connect, OAuth 2.0 and 1.0a) and stores their tokens.
//!
//! It runs on its own (the `vouchsafe` binary) or inside a bigger actix-web app. To embed it, build it from
//! [`Settings`] and mount its routes in the app factory:
//!
//! ```no_run
//! use actix_web::{App, HttpServer, web};
//! use vouchsafe::{Settings, Vouchsafe};
//!
//! #[actix_web::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let settings = Settings::from_toml("server.public_url = 'http://127.0.0.1:4000/auth'\nmode = 'development'")?;
//!     let vouchsafe = Vouchsafe::build(settings).await?;
//!     HttpServer::new(move || App::new().service(web::scope("/auth").configure(vouchsafe.routes())))
//!         .bind("127.0.0.1:4000")?
//!         .run()
//!         .await?;
//!     Ok(())
//! }
//! ```
//!
//! The modules and their imports are described in `docs/architecture.md`.

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
pub mod domain;
mod events;
mod flow;
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
pub use domain::hooks::{
    ClaimError, NewUser, SignUpError, SignUpHooks, TokenClaims, TokenHooks, TokenUser, Unavailable, UserDraft, Veto,
};
pub use domain::id::{SessionId, UserId};
pub use settings::{CustomProvider, Settings};
#[doc(no_inline)]
pub use store::sea_orm;

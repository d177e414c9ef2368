//! The token endpoint for backends: RFC 8693 token exchange. It is the same in both dialects, and speaks neither.

mod client_authentication;
mod error;
mod request;
mod token_exchange;

use actix_web::web;

use super::extract::RejectionHandler;
use super::measured::Measured;
use super::rate_limit::RouteFamily::Token;
use super::routing::{Selection, resource};
use error::OAuthError;

/// The path of the token endpoint, below that of a dialect.
pub const TOKEN_PATH: &str = "/oauth/token";

/// Registers the route in the scope of a dialect at `base`.
pub fn configure(config: &mut web::ServiceConfig, base: &str, routes: Selection<'_>) {
    config.service(routes.pick(base, "/oauth/token", |path| {
        // Backends are few and ask often, so only failed authentications count against the budget of an address.
        resource(path)
            .app_data(RejectionHandler(|rejection| OAuthError::from(rejection).into()))
            .route(web::post().to(token_exchange::exchange))
            .wrap(Measured(Token.route()))
    }));
}

//! The inspector: pages on which operators watch sign-ins, look at users and act on them.
//!
//! A token of `admin.token_file` opens a [`session`] in the browser, whose cookie opens nothing else: the JSON routes go on
//! refusing cookies. [`viewer`] admits requests; whatever changes something takes an `Act`, which only a form of a page in
//! the same session can send. In development mode without a token the pages are open on this machine, and only show.

mod acts;
mod destination;
mod document;
mod error_page;
mod flow_page;
mod live;
mod overview;
mod panels;
mod rows;
mod session;
mod sign_in;
mod table;
mod times;
mod user_page;
mod users;
mod viewer;

use actix_web::guard::Get;
use actix_web::middleware::from_fn;
use actix_web::web;

use crate::http::current_state::CurrentState;
use crate::http::routing::{not_found, resource};
pub use session::{EndedSessions, InspectorState, PURPOSE};

/// Registers the pages in the scope of the routes for operators.
pub(super) fn configure(config: &mut web::ServiceConfig, current: &CurrentState) {
    // Other methods are refused by the JSON routes.
    let overview = web::resource("").guard(Get()).wrap(from_fn(viewer::admit)).route(web::get().to(overview::page));
    let pages = web::scope("/inspector")
        .app_data(current.clone())
        .wrap(from_fn(viewer::admit))
        .service(resource("/assets/{name}").route(web::get().to(document::asset)))
        .service(resource("/live").route(web::get().to(live::stream)))
        .service(resource("/sign-in").route(web::post().to(sign_in::sign_in)))
        .service(resource("/sign-out").route(web::post().to(sign_in::sign_out)))
        .service(resource("/flows").route(web::get().to(flow_page::find)))
        .service(resource("/flows/{id}").route(web::get().to(flow_page::page)))
        .service(resource("/users").route(web::get().to(users::page)))
        .service(resource("/users/{id}").route(web::get().to(user_page::page)))
        .service(resource("/users/{id}/disable").route(web::post().to(acts::disable)))
        .service(resource("/users/{id}/enable").route(web::post().to(acts::enable)))
        .service(resource("/users/{id}/verify-email").route(web::post().to(acts::verify_email)))
        .service(resource("/users/{id}/sign-out").route(web::post().to(acts::sign_out)))
        .service(resource("/users/{id}/sessions/{session}/end").route(web::post().to(acts::end_session)))
        .default_service(not_found());
    config.service(overview).service(pages);
}

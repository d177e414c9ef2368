//! The Nhost dialect, over HTTP.

mod callback;
mod email;
mod grants;
pub(crate) mod id_token;
mod link;
pub(crate) mod provider_params;
mod pushed_requests;
mod session;
mod session_list;
mod sign_in;
mod sign_up;
mod start;
mod tokens;
mod unlink;

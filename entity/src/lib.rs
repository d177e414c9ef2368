//! The SeaORM entities of Vouchsafe, one file per table.
//!
//! Table names carry neither schema nor prefix; the store adds them. Times are milliseconds since the Unix epoch, because
//! text timestamps of different precision do not sort. Whatever is used once is stored as a hash; provider tokens are
//! stored sealed.

pub mod audit_event;
pub mod flow_record;
pub mod grant;
pub mod idempotent_response;
pub mod identity;
pub mod one_time_code;
pub mod pending_name;
pub mod revocation;
pub mod session;
pub mod ticket;
pub mod used_flow;
pub mod user;
pub mod user_role;
pub mod vault_entry;
pub mod webhook_message;

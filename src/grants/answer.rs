//! What a provider's answer to a refresh means for the refresh token that was sent. Pure.

use std::time::Duration;

use crate::domain::rotation::Rotation;
use crate::oauth::endpoint_error::EndpointError;
use crate::oauth::http::HttpError;

/// Errors by which a provider says that it cannot answer now.
const TRANSIENT: [&str; 3] = ["server_error", "slow_down", "temporarily_unavailable"];

/// Errors about our registration or our request, which the user cannot mend by signing in.
const ABOUT_US: [&str; 5] =
    ["invalid_client", "invalid_request", "invalid_scope", "unauthorized_client", "unsupported_grant_type"];

/// The delay after an answer that names none.
const DELAY: Duration = Duration::from_secs(5);

/// The delay after an error that an operator has to mend.
const LONG_DELAY: Duration = Duration::from_secs(60);

/// No longer delay is accepted from a provider.
const MAX_DELAY: Duration = Duration::from_secs(3600);

/// What becomes of a grant whose refresh brought no tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The refresh token was not used: it stays, and is tried again after this time.
    NotUsed(Duration),
    /// It may have been used. Reuse revokes nothing, so it is tried once more, after this time.
    TryOnceMore(Duration),
    /// The grant is lost.
    Lost,
}

/// The meaning of an error. `attempts` is how many refreshes with this token ended without a known result.
pub(super) fn failure(error: &EndpointError, rotation: Rotation, attempts: u32) -> Failure {
    match error {
        EndpointError::Rejected { error } if TRANSIENT.contains(&error.as_str()) => Failure::NotUsed(DELAY),
        EndpointError::Rejected { error } if ABOUT_US.contains(&error.as_str()) => Failure::NotUsed(LONG_DELAY),
        // `invalid_grant`, and what other providers call it.
        EndpointError::Rejected { .. } => Failure::Lost,
        EndpointError::Busy { retry_after, .. } => {
            Failure::NotUsed(retry_after.map_or(DELAY, Duration::from_secs).clamp(Duration::from_secs(1), MAX_DELAY))
        }
        EndpointError::Http(error) if error.is_unsent() => Failure::NotUsed(DELAY),
        // A gateway gave up on the provider behind it, which may have answered.
        EndpointError::Http(HttpError::Status(504)) => unknown_result(rotation, attempts),
        EndpointError::Http(HttpError::Status(_)) => Failure::NotUsed(DELAY),
        EndpointError::Http(_) | EndpointError::Malformed(_) => unknown_result(rotation, attempts),
    }
}

/// It is unknown whether the token was used.
pub(super) fn unknown_result(rotation: Rotation, attempts: u32) -> Failure {
    match rotation {
        Rotation::Keeps => Failure::TryOnceMore(DELAY),
        Rotation::Rotates if attempts == 0 => Failure::TryOnceMore(DELAY),
        Rotation::Rotates | Rotation::RevokesOnReuse => Failure::Lost,
    }
}

/// Why a refresh brought no tokens, as the row and the operator are told: a name of ours, or the provider's error code.
pub(super) fn reason(error: &EndpointError) -> String {
    match error {
        EndpointError::Rejected { error } => error.clone(),
        EndpointError::Busy { status, .. } | EndpointError::Http(HttpError::Status(status)) => {
            format!("status {status}")
        }
        EndpointError::Http(HttpError::Timeout) => "no answer in time".to_owned(),
        EndpointError::Http(error) if error.is_unsent() => "no connection".to_owned(),
        EndpointError::Http(_) | EndpointError::Malformed(_) => "unusable answer".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_has_its_meaning() {
        use Rotation::{Keeps, RevokesOnReuse, Rotates};
        let rejected = |error: &str| EndpointError::Rejected { error: error.to_owned() };
        let status = |status| EndpointError::Http(HttpError::Status(status));
        let not_used = |seconds| Failure::NotUsed(Duration::from_secs(seconds));
        let again = Failure::TryOnceMore(DELAY);
        let busy = |status, retry_after| EndpointError::Busy { status, retry_after };
        for (error, rotation, attempts, expected) in [
            (rejected("invalid_grant"), Keeps, 0, Failure::Lost),
            (rejected("bad_refresh_token"), Keeps, 0, Failure::Lost),
            (rejected("unspecified"), Keeps, 0, Failure::Lost),
            (rejected("temporarily_unavailable"), RevokesOnReuse, 0, not_used(5)),
            (rejected("invalid_client"), RevokesOnReuse, 0, not_used(60)),
            (busy(429, Some(17)), RevokesOnReuse, 0, not_used(17)),
            (busy(429, Some(0)), RevokesOnReuse, 0, not_used(1)),
            (busy(429, Some(1_000_000)), RevokesOnReuse, 0, not_used(3600)),
            (busy(503, None), RevokesOnReuse, 0, not_used(5)),
            (status(500), RevokesOnReuse, 0, not_used(5)),
            (status(403), RevokesOnReuse, 0, not_used(5)),
            (EndpointError::Http(HttpError::Connect), RevokesOnReuse, 0, not_used(5)),
            (EndpointError::Http(HttpError::ConnectTimeout), RevokesOnReuse, 0, not_used(5)),
            (EndpointError::Http(HttpError::Tls("x")), RevokesOnReuse, 0, not_used(5)),
            (EndpointError::Http(HttpError::Timeout), RevokesOnReuse, 0, Failure::Lost),
            (EndpointError::Http(HttpError::Timeout), Rotates, 0, again.clone()),
            (EndpointError::Http(HttpError::Timeout), Rotates, 1, Failure::Lost),
            (EndpointError::Http(HttpError::Timeout), Keeps, 7, again.clone()),
            (EndpointError::Http(HttpError::Interrupted), RevokesOnReuse, 0, Failure::Lost),
            (EndpointError::Http(HttpError::TooLarge), Rotates, 0, again.clone()),
            (status(504), RevokesOnReuse, 0, Failure::Lost),
            (status(504), Keeps, 0, again),
            (EndpointError::Malformed("body"), RevokesOnReuse, 0, Failure::Lost),
        ] {
            assert_eq!(failure(&error, rotation, attempts), expected, "{error:?} {rotation:?} {attempts}");
        }
    }
}

//! The names of all failures, as the control API and the overview page show them.

use super::{Failure, IdTokenFlaw};
use crate::call_counts::Endpoint;

/// A failure of the whole provider, or of an endpoint that is yet to be named.
pub(crate) enum Form {
    Whole(Failure),
    At(fn(Endpoint) -> Failure),
}

const fn flaw(flaw: IdTokenFlaw) -> Form {
    Form::Whole(Failure::IdToken(flaw))
}

/// Name, failure, what happens.
pub(crate) const CATALOGUE: [(&str, Form, &str); 41] = [
    ("refused", Form::Whole(Failure::Refused), "Whoever is chosen, the request is refused (access_denied)"),
    (
        "temporarily_unavailable",
        Form::Whole(Failure::TemporarilyUnavailable),
        "Authorization requests are answered with temporarily_unavailable",
    ),
    ("other_state", Form::Whole(Failure::OtherState), "Authorization responses have another state"),
    (
        "other_response_issuer",
        Form::Whole(Failure::OtherResponseIssuer),
        "Authorization responses name another issuer (iss)",
    ),
    (
        "page_before_return",
        Form::Whole(Failure::PageBeforeReturn),
        "Successful authorization responses are a page with a link, which can be followed twice",
    ),
    ("bad_client", Form::Whole(Failure::BadClient), "The client's credentials are rejected"),
    ("bad_code", Form::Whole(Failure::BadCode), "All codes are rejected (invalid_grant)"),
    (
        "redirect_uri_mismatch",
        Form::Whole(Failure::RedirectUriMismatch),
        "The redirect URI of token requests is not the registered one",
    ),
    ("refresh_refused", Form::Whole(Failure::RefreshRefused), "All refresh tokens are rejected (invalid_grant)"),
    (
        "reuse_detection",
        Form::Whole(Failure::ReuseDetection),
        "Every refresh replaces the refresh token; a replaced one that comes again revokes the grant",
    ),
    (
        "no_new_refresh_token",
        Form::Whole(Failure::NoNewRefreshToken),
        "A refresh returns no refresh token; the old one stays valid",
    ),
    ("no_expires_in", Form::Whole(Failure::NoExpiresIn), "Token responses have no expires_in"),
    ("expires_in_text", Form::Whole(Failure::ExpiresInText), "Token responses have expires_in as text"),
    ("narrowed_scope", Form::Whole(Failure::NarrowedScope), "The last of the requested scopes is not granted"),
    ("no_id_token", Form::Whole(Failure::NoIdToken), "Token responses have no id_token"),
    ("wrong_audience", flaw(IdTokenFlaw::Audience), "The id_token is for another client"),
    ("wrong_issuer", flaw(IdTokenFlaw::Issuer), "The id_token names another issuer"),
    ("wrong_nonce", flaw(IdTokenFlaw::Nonce), "The id_token has the nonce of another sign-in"),
    ("no_nonce", flaw(IdTokenFlaw::NoNonce), "The id_token has no nonce"),
    ("expired", flaw(IdTokenFlaw::Stale), "The id_token was issued two hours ago and has expired"),
    ("not_yet_valid", flaw(IdTokenFlaw::Future), "The id_token will be issued in two hours"),
    ("wrong_at_hash", flaw(IdTokenFlaw::AccessTokenHash), "The id_token belongs to another access token (at_hash)"),
    ("unsigned", flaw(IdTokenFlaw::Unsigned), "The id_token is not signed (alg none)"),
    ("symmetric", flaw(IdTokenFlaw::Symmetric), "The id_token is signed with HS256 and the public key as the secret"),
    ("wrong_signature", flaw(IdTokenFlaw::Signature), "The signature of the id_token is wrong"),
    ("unknown_key", flaw(IdTokenFlaw::UnknownKey), "The id_token is signed with a key that is not published"),
    ("new_key", flaw(IdTokenFlaw::NewKey), "The id_token is signed with a new key, and earlier ones are not published"),
    ("text_booleans", Form::Whole(Failure::TextBooleans), "Truth values of claims are text"),
    ("clock_ahead", Form::Whole(Failure::ClockAhead), "The Date of token responses is one hour ahead"),
    ("other_issuer", Form::Whole(Failure::OtherIssuer), "The discovery document names another issuer"),
    ("no_keys", Form::Whole(Failure::NoKeys), "The key set is empty"),
    ("other_user", Form::Whole(Failure::OtherUser), "The profile is of another user"),
    ("token_expired", Form::Whole(Failure::TokenExpired), "Access tokens have expired"),
    ("revoked", Form::Whole(Failure::Revoked), "Access tokens and refresh tokens are revoked"),
    ("slow", Form::At(Failure::Slow), "The endpoint responds only when it is released"),
    (
        "late_answer",
        Form::At(Failure::LateAnswer),
        "The endpoint does what the request asks for, and responds only when it is released",
    ),
    ("server_error", Form::At(Failure::ServerError), "The endpoint responds with status 500 and HTML"),
    ("malformed_json", Form::At(Failure::MalformedJson), "The endpoint responds with truncated JSON"),
    ("forbidden", Form::At(Failure::Forbidden), "The endpoint responds with status 403"),
    (
        "too_many_requests",
        Form::At(Failure::TooManyRequests),
        "The endpoint responds with status 429 and Retry-After: 30",
    ),
    (
        "wrong_content_type",
        Form::At(Failure::WrongContentType),
        "The endpoint's response is right, and its Content-Type is text/plain",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_one_name() {
        for (number, (name, form, _)) in CATALOGUE.iter().enumerate() {
            let failure = match form {
                Form::Whole(failure) => *failure,
                Form::At(failure) => failure(Endpoint::Token),
            };
            assert_eq!(failure.name(), *name);
            assert_eq!(Failure::from_name(name, failure.endpoint()), Some(failure));
            assert!(!CATALOGUE[..number].iter().any(|(other, ..)| other == name), "{name}");
        }
        assert_eq!(Failure::from_name("slow", None), None);
        assert_eq!(Failure::from_name("refused", Some(Endpoint::Token)), None);
    }

    #[test]
    fn readme_names_existing_failures() {
        let readme = include_str!("../../README.md");
        let (_, table) = readme.split_once("## Known bugs, provoked").unwrap();
        let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
        let names = rows.flat_map(|row| row.split('|').next().unwrap_or_default().split('`').step_by(2));
        let names: Vec<&str> =
            names.filter(|name| name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')).collect();
        assert!(names.len() >= 14, "{names:?}");
        for name in names {
            assert!(CATALOGUE.iter().any(|(known, ..)| *known == name), "{name}");
        }
        assert!(readme.contains(&format!("{} by name", CATALOGUE.len())));
    }
}

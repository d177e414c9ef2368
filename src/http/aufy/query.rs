//! Queries as clients of the dialect write them: names in any letter case, and a `callbackUrl` that is not encoded.
//!
//! Parts end at `&`, names at the first `=`. A value that is a URL as it stands is not decoded, even if it has a query
//! of its own.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use percent_encoding::percent_decode_str;

use super::errors::Problem;

/// `callbackUrl`, which must be there: where the browser returns to.
pub(super) struct CallbackUrl(pub(super) String);

/// `usecookie`: whether the access token is sent as a cookie. Default: no.
pub(super) struct UseCookie(pub(super) bool);

impl FromRequest for CallbackUrl {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let url = parameter(request.query_string(), "callbackUrl");
        let url = url.and_then(|url| {
            url.filter(|url| !url.is_empty()).ok_or_else(|| Problem::bad_request("callbackUrl is missing"))
        });
        ready(url.map(Self))
    }
}

impl FromRequest for UseCookie {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(use_cookie(request.query_string()).map(Self))
    }
}

/// The value of a parameter, whose name is compared without regard to letter case.
///
/// # Errors
/// A problem if it is given more than once or is not UTF-8.
pub(super) fn parameter(query: &str, name: &str) -> Result<Option<String>, Problem> {
    let has_name =
        |text: &str| percent_decode_str(text).decode_utf8().is_ok_and(|text| text.eq_ignore_ascii_case(name));
    let mut found =
        query.split('&').map(|part| part.split_once('=').unwrap_or((part, ""))).filter(|(n, _)| has_name(n));
    let Some((_, value)) = found.next() else { return Ok(None) };
    if found.next().is_some() {
        return Err(Problem::bad_request(format!("{name} is given more than once")));
    }
    if value.contains("://") {
        return Ok(Some(value.to_owned()));
    }
    let decoded = percent_decode_str(value).decode_utf8();
    decoded.map(|value| Some(value.into_owned())).map_err(|_| Problem::bad_request(format!("{name} is not UTF-8")))
}

/// # Errors
/// A problem unless it is `true` or `false`, in any letter case.
fn use_cookie(query: &str) -> Result<bool, Problem> {
    match parameter(query, "usecookie")? {
        None => Ok(false),
        Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        Some(_) => Err(Problem::bad_request("usecookie is true or false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callback_url_is_read_encoded_or_not() {
        let raw = "https://spa.test/profile?link=github";
        let encoded = "https%3A%2F%2Fspa.test%2Fprofile%3Flink%3Dgithub";
        for query in [
            format!("callbackUrl={raw}"),
            format!("CallbackUrl={raw}&x=1"),
            format!("x&CALLBACKURL={encoded}"),
            format!("callback%55rl={encoded}"),
        ] {
            assert_eq!(parameter(&query, "callbackUrl"), Ok(Some(raw.to_owned())), "{query}");
        }
        // A URL that is not encoded keeps its own escapes.
        let escaped = "https://spa.test/?q=a%26b";
        assert_eq!(parameter(&format!("callbackUrl={escaped}"), "callbackUrl"), Ok(Some(escaped.to_owned())));
        assert_eq!(parameter("callback=x&y", "callbackUrl"), Ok(None));
        assert!(parameter("callbackUrl=a&CallbackUrl=b", "callbackUrl").is_err());
        assert!(parameter("callbackUrl=%ff", "callbackUrl").is_err());
    }

    #[test]
    fn usecookie_is_true_or_false_in_any_letter_case() {
        for (query, expected) in
            [("", false), ("usecookie=true", true), ("useCookie=TRUE", true), ("USECOOKIE=False", false)]
        {
            assert_eq!(use_cookie(query), Ok(expected), "{query}");
        }
        for query in ["usecookie=1", "usecookie", "usecookie=", "usecookie=true&useCookie=true"] {
            assert!(use_cookie(query).is_err(), "{query}");
        }
    }
}

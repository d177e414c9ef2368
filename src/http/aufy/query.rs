//! Queries as the dialect's clients write them: names in any letter case, and a `callbackUrl` that is not encoded.
//!
//! Parts end at `&`, names at the first `=`. A value that reads as a URL as it stands is taken as it stands, even
//! if it has a query of its own.

use percent_encoding::percent_decode_str;

use super::errors::Problem;

/// The value of a parameter. The name is compared without regard to letter case.
///
/// # Errors
/// A problem if it is given more than once, or is no text.
pub(super) fn parameter(query: &str, name: &str) -> Result<Option<String>, Problem> {
    let is_it = |text: &str| percent_decode_str(text).decode_utf8().is_ok_and(|text| text.eq_ignore_ascii_case(name));
    let mut found = query.split('&').map(|part| part.split_once('=').unwrap_or((part, ""))).filter(|(n, _)| is_it(n));
    let Some((_, value)) = found.next() else { return Ok(None) };
    if found.next().is_some() {
        return Err(Problem::bad_request(format!("{name} is given more than once")));
    }
    if value.contains("://") {
        return Ok(Some(value.to_owned()));
    }
    let decoded = percent_decode_str(value).decode_utf8();
    decoded.map(|value| Some(value.into_owned())).map_err(|_| Problem::bad_request(format!("{name} is no text")))
}

/// `usecookie`: whether the access token is to be a cookie.
///
/// # Errors
/// A problem if it is neither `true` nor `false`, in any letter case.
pub(super) fn wants_cookie(query: &str) -> Result<bool, Problem> {
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
    fn a_callback_url_is_read_as_clients_write_it() {
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
        // What is not encoded once is not decoded once.
        let escaped = "https://spa.test/?q=a%26b";
        assert_eq!(parameter(&format!("callbackUrl={escaped}"), "callbackUrl"), Ok(Some(escaped.to_owned())));
        assert_eq!(parameter("callback=x&y", "callbackUrl"), Ok(None));
        assert!(parameter("callbackUrl=a&CallbackUrl=b", "callbackUrl").is_err());
        assert!(parameter("callbackUrl=%ff", "callbackUrl").is_err());
    }

    #[test]
    fn usecookie_is_yes_or_no_in_any_letter_case() {
        for (query, wants) in
            [("", false), ("usecookie=true", true), ("useCookie=TRUE", true), ("USECOOKIE=False", false)]
        {
            assert_eq!(wants_cookie(query), Ok(wants), "{query}");
        }
        for query in ["usecookie=1", "usecookie", "usecookie=", "usecookie=true&useCookie=true"] {
            assert!(wants_cookie(query).is_err(), "{query}");
        }
    }
}

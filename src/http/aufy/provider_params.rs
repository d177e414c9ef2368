//! What an app asks of the provider: optional parameters of the challenge.

use url::form_urlencoded;

use super::errors::Problem;
use crate::domain::scopes;
use crate::flow::service::AskedOfProvider;

/// Parameters of OpenID Connect Core section 3.1.2.1; the provider's definition decides which are used.
const PASSED_ON: [&str; 4] = ["prompt", "login_hint", "ui_locales", "acr_values"];

/// Reads them from a query, whose names are compared without regard to letter case.
///
/// # Errors
/// A problem if one is given more than once, or `max_age` is no number.
pub(super) fn asked_of_provider(query: &str) -> Result<AskedOfProvider, Problem> {
    let mut asked = AskedOfProvider::default();
    // One parameter is `callbackUrl`.
    if !query.contains('&') {
        return Ok(asked);
    }
    let (mut has_scopes, mut has_max_age) = (false, false);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let is_repeated = if name.eq_ignore_ascii_case("scopes") {
            asked.scopes = scopes::split(&value);
            std::mem::replace(&mut has_scopes, true)
        } else if name.eq_ignore_ascii_case("max_age") {
            let seconds = value.parse::<u32>().map_err(|_| Problem::bad_request("max_age is a number of seconds"));
            asked.max_age = Some(seconds?.into());
            std::mem::replace(&mut has_max_age, true)
        } else if let Some(known) = PASSED_ON.iter().find(|known| name.eq_ignore_ascii_case(known)) {
            asked.parameters.insert((*known).to_owned(), value.into_owned()).is_some()
        } else {
            false
        };
        if is_repeated {
            return Err(Problem::bad_request(format!("{name} is given more than once")));
        }
    }
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_in_any_letter_case_and_once() {
        let query = "callbackUrl=https://spa.test/&Scopes=a+b%2Cc&LOGIN_HINT=m%40x&prompt=consent&max_age=0&x=1";
        let asked = asked_of_provider(query).expect("valid");
        assert_eq!((asked.scopes.join(" ").as_str(), asked.max_age), ("a b c", Some(0)));
        let parameters: Vec<_> = asked.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(parameters, ["login_hint=m@x", "prompt=consent"]);
        assert_eq!(asked_of_provider("callbackUrl=https://spa.test/"), Ok(AskedOfProvider::default()));
        for wrong in
            ["max_age=-1", "max_age=4294967296", "max_age=", "max_age=1.5", "scopes=a&scopes=a", "prompt=a&PROMPT=b"]
        {
            assert!(asked_of_provider(&format!("x&{wrong}")).is_err(), "{wrong}");
        }
    }
}

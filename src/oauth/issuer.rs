//! Who answered? The issuer in an authorization response (RFC 9207), against mix-up between providers.
//!
//! Pure; it is asked before a code is sent anywhere.

/// The authorization response does not come from the provider that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// The provider announces that it always says who it is, and this response does not.
    #[error("the response does not name its issuer")]
    Missing,
    /// It names somebody else, or nobody that it could be compared with is known.
    #[error("the response names another issuer")]
    Mismatch,
}

/// Compares the `iss` parameter of a response with the issuer that the flow was started with.
///
/// The comparison is that of plain strings (RFC 9207 section 2.4), with nothing made equal beforehand. Without an
/// `expected` issuer a received one says nothing; `is_required` is the provider's
/// `authorization_response_iss_parameter_supported`.
///
/// # Errors
/// [`IssuerError`] says whether the issuer is missing or another.
pub fn check_issuer(received: Option<&str>, expected: Option<&str>, is_required: bool) -> Result<(), IssuerError> {
    match (received, expected) {
        (Some(received), Some(expected)) if received == expected => Ok(()),
        (Some(_), None) if !is_required => Ok(()),
        (Some(_), _) => Err(IssuerError::Mismatch),
        (None, _) if is_required => Err(IssuerError::Missing),
        (None, _) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPECTED: Option<&str> = Some("https://idp.example");

    #[test]
    fn only_the_very_same_text_is_the_same_issuer() {
        assert_eq!(check_issuer(EXPECTED, EXPECTED, true), Ok(()));
        assert_eq!(check_issuer(EXPECTED, EXPECTED, false), Ok(()));
        for other in [
            "",
            "https://idp.example/",
            "https://IDP.example",
            "HTTPS://idp.example",
            "http://idp.example",
            "https://idp.example:443",
            "https%3A%2F%2Fidp.example",
            "https://idp.example ",
            "https://idp.examplf",
        ] {
            assert_eq!(check_issuer(Some(other), EXPECTED, false), Err(IssuerError::Mismatch), "{other:?}");
            assert_eq!(check_issuer(Some(other), EXPECTED, true), Err(IssuerError::Mismatch), "{other:?}");
        }
    }

    #[test]
    fn a_missing_issuer_matters_only_where_it_was_announced() {
        assert_eq!(check_issuer(None, EXPECTED, false), Ok(()));
        assert_eq!(check_issuer(None, EXPECTED, true), Err(IssuerError::Missing));
        assert_eq!(check_issuer(None, None, true), Err(IssuerError::Missing));
        assert_eq!(check_issuer(None, None, false), Ok(()));
    }

    #[test]
    fn an_issuer_that_cannot_be_compared_is_no_proof() {
        assert_eq!(check_issuer(EXPECTED, None, false), Ok(()));
        assert_eq!(check_issuer(EXPECTED, None, true), Err(IssuerError::Mismatch));
    }
}

//! Checks the issuer of an authorization response (RFC 9207), against mix-up attacks between providers. Pure; called before a
//! code is sent anywhere.

/// The authorization response does not come from the provider of the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// The provider announces that every response names its issuer, and this one does not.
    #[error("the response does not name its issuer")]
    Missing,
    /// It names another issuer, or none is known to compare it with.
    #[error("the response names another issuer")]
    Mismatch,
}

/// Compares the `iss` parameter of a response with the issuer of the flow's provider.
///
/// Strings are compared without normalisation (RFC 9207 section 2.4). Without an `expected` issuer a received one is
/// ignored; `is_required` is the provider's `authorization_response_iss_parameter_supported`.
///
/// # Errors
/// [`IssuerError`]
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
    fn issuer_must_be_equal_byte_for_byte() {
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
    fn missing_issuer_is_refused_where_announced() {
        assert_eq!(check_issuer(None, EXPECTED, false), Ok(()));
        assert_eq!(check_issuer(None, EXPECTED, true), Err(IssuerError::Missing));
        assert_eq!(check_issuer(None, None, true), Err(IssuerError::Missing));
        assert_eq!(check_issuer(None, None, false), Ok(()));
    }

    #[test]
    fn issuer_without_expected_one_is_refused_where_announced() {
        assert_eq!(check_issuer(EXPECTED, None, false), Ok(()));
        assert_eq!(check_issuer(EXPECTED, None, true), Err(IssuerError::Mismatch));
    }
}

use super::*;
use crate::domain::log;
use crate::flow::cookie::tests::flow;

const EXPECTED: ExpectedProvider<'_> =
    ExpectedProvider { fingerprint: "fp", issuer: Some("https://idp.test"), is_issuer_required: false };

fn with_code() -> Callback {
    Callback { code: Some(Secret::new("c")), oauth_token: Some(Secret::new("rt")), ..Callback::default() }
}

fn with_iss(iss: &str) -> Callback {
    Callback { iss: Some(iss.to_owned()), ..with_code() }
}

#[test]
fn flow_of_another_provider_or_past_its_deadline_is_refused() {
    let (flow, other) = (flow(), "github".parse().expect("a name"));
    let just_in_time = Timestamp::from_millis(flow.expires_at.millis() - 1);
    let check = |provider, now| check_expected(&flow, provider, now).err().map(|error| error.code);
    assert_eq!(check(&flow.provider, just_in_time), None);
    assert_eq!(check(&flow.provider, flow.expires_at), Some(FailureCode::FlowExpired));
    assert_eq!(check(&other, just_in_time), Some(FailureCode::InvalidState));
}

#[test]
fn callback_that_does_not_belong_to_the_flow_is_refused() {
    let flow = flow();
    let another_token = Callback { oauth_token: Some(Secret::new("other")), ..with_code() };
    let without_token = Callback { oauth_token: None, ..with_code() };
    let empty_code = Callback { code: Some(Secret::new("")), ..with_code() };
    let error = Callback { error: Some(ProviderErrorResponse::default()), ..with_code() };
    let only_error = Callback { error: Some(ProviderErrorResponse::default()), ..Callback::default() };
    let code_of = |bytes| Callback { code: Some(Secret::new("c".repeat(bytes))), ..with_code() };
    let denied = ProviderErrorResponse { error: "access_denied".to_owned(), ..ProviderErrorResponse::default() };
    let denied = Callback { error: Some(denied), ..Callback::default() };
    for (callback, expected, refused) in [
        (code_of(2048), EXPECTED, None),
        (code_of(2049), EXPECTED, Some(FailureCode::InvalidCallback)),
        (denied, EXPECTED, Some(FailureCode::ConsentDenied)),
        (with_code(), EXPECTED, None),
        (with_iss("https://idp.test"), EXPECTED, None),
        (with_code(), ExpectedProvider { fingerprint: "other", ..EXPECTED }, Some(FailureCode::InvalidState)),
        (with_iss("https://idp.test/"), EXPECTED, Some(FailureCode::InvalidCallback)),
        (with_code(), ExpectedProvider { is_issuer_required: true, ..EXPECTED }, Some(FailureCode::InvalidCallback)),
        (Callback::default(), EXPECTED, Some(FailureCode::InvalidCallback)),
        (empty_code, EXPECTED, Some(FailureCode::InvalidCallback)),
        (another_token, EXPECTED, Some(FailureCode::InvalidCallback)),
        (without_token, EXPECTED, Some(FailureCode::InvalidCallback)),
        (error, EXPECTED, Some(FailureCode::ProviderError)),
        (only_error, EXPECTED, Some(FailureCode::ProviderError)),
    ] {
        let found = authorization_code(&flow, callback.clone(), expected).err().map(|error| error.code);
        assert_eq!(found, refused, "{callback:?} {expected:?}");
    }
}

#[test]
fn failures_before_the_mark_leave_the_flow_open() {
    for (step, code, is_open) in [
        (Step::Callback, FailureCode::InvalidCallback, true),
        (Step::Resolve, FailureCode::Unavailable, true),
        (Step::MarkUsed, FailureCode::Unavailable, true),
        (Step::Callback, FailureCode::FlowExpired, true),
        (Step::Callback, FailureCode::ProviderError, false),
        (Step::Callback, FailureCode::ConsentDenied, false),
        (Step::Exchange, FailureCode::ExchangeFailed, false),
        (Step::Identify, FailureCode::ProfileFailed, false),
        (Step::SignIn, FailureCode::Unavailable, false),
    ] {
        assert_eq!(SignInError::new(step, code).leaves_flow_open(), is_open, "{step:?} {code:?}");
    }
}

#[test]
fn reported_error_is_safe_to_log() {
    let error = format!("bad\n\u{1b}[31m{}", "x".repeat(100));
    let reported = ProviderErrorResponse { error, ..ProviderErrorResponse::default() }.reported();
    assert_eq!(reported.to_string(), format!("the provider reported \"bad31m{}\"", "x".repeat(58)));
}

#[test]
fn only_failures_of_used_flows_are_logged_as_warnings() {
    for (step, code, level) in [
        (Step::Callback, FailureCode::InvalidCallback, log::Level::Debug),
        (Step::Callback, FailureCode::FlowExpired, log::Level::Debug),
        (Step::Callback, FailureCode::ConsentDenied, log::Level::Info),
        (Step::Callback, FailureCode::ProviderError, log::Level::Warn),
        (Step::MarkUsed, FailureCode::Unavailable, log::Level::Warn),
        (Step::MarkUsed, FailureCode::InvalidTicket, log::Level::Debug),
        (Step::Start, FailureCode::ReturnUrlNotAllowed, log::Level::Debug),
        (Step::Exchange, FailureCode::ExchangeFailed, log::Level::Warn),
    ] {
        assert_eq!(SignInError::new(step, code).log_level(), level, "{step:?} {code:?}");
    }
}

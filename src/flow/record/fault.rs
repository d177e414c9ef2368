//! What went wrong in a flow, out of a closed list: finer than the code that the browser gets, and without any text that
//! came from outside.

use serde::{Deserialize, Serialize};

use super::codes::ErrorCode;
use crate::user::policy::PolicyError;

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The callback does not belong to a flow of this browser.
    State(StateFault),
    /// The callback's parameters do not fit.
    Callback(CallbackFault),
    /// The user denied consent.
    Denied,
    /// The provider reported this error through the browser.
    Reported(ErrorCode),
    /// A call to the provider brought no answer.
    Upstream(Call, Upstream),
    /// The provider refused a call with this error.
    Refused(Call, ErrorCode),
    /// A member of the provider's answer is missing or invalid.
    Malformed(Call),
    /// The provider's metadata is that of another issuer.
    OtherIssuer,
    /// The provider failed several times in a row and is not called for a moment.
    CircuitOpen,
    /// The id_token is not valid.
    IdToken(IdTokenFault),
    /// The profile does not identify a user.
    Profile(ProfileFault),
    /// The rules refuse the sign-in.
    Policy(PolicyError),
    /// The embedding app refused a new user.
    Vetoed,
    /// A hook of the embedding app gave no usable answer.
    Hook,
    /// What the app asked for at the start is refused.
    Start(StartFault),
    /// The database failed.
    Database,
    /// Too much is under way, or something did not answer in time.
    Overloaded,
    /// A defect or a misconfiguration of this server.
    Internal,
}

/// Why a callback does not belong to a flow of this browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum StateFault {
    /// Its `state` is none of ours.
    #[error("the state is not one of this server's")]
    Foreign,
    /// The browser sent no cookie at all.
    #[error("the browser sent no cookies")]
    NoCookies,
    /// The browser sent cookies, but none of a sign-in.
    #[error("the browser sent no cookie of a sign-in")]
    NoFlowCookies,
    /// The browser sent cookies of other sign-ins.
    #[error("the browser sent cookies of other sign-ins only")]
    OtherFlows,
    /// The cookie cannot be opened.
    #[error("the cookie cannot be opened")]
    Unreadable,
    /// The flow is another provider's, or another dialect's.
    #[error("the sign-in is another provider's")]
    OtherProvider,
    /// The provider's settings changed since the flow began.
    #[error("the provider's settings changed since the sign-in began")]
    SettingsChanged,
    /// The flow has expired.
    #[error("the sign-in has expired")]
    Expired,
}

/// What does not fit in a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum CallbackFault {
    /// It does not name its issuer, which the provider says it would.
    #[error("the response does not name its issuer")]
    NoIssuer,
    /// It names another issuer.
    #[error("the response names another issuer")]
    OtherIssuer,
    /// Its temporary credentials are not the flow's (OAuth 1.0a).
    #[error("the temporary credentials are not those of this sign-in")]
    OtherTemporaryCredentials,
    /// It has neither a code nor an error.
    #[error("there is no code")]
    NoCode,
    /// Its code is longer than any provider's.
    #[error("the code is too long")]
    CodeTooLong,
}

/// A call to a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// Its metadata.
    Discovery,
    /// Its keys.
    Keys,
    /// The authorization request or the temporary credentials, before the browser is redirected.
    Authorization,
    /// Tokens for the code.
    Token,
    /// The profile.
    Profile,
}

/// Why a call brought no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Upstream {
    /// No answer in time.
    Timeout,
    /// No address or no connection.
    Unreachable,
    /// No secure connection.
    Tls,
    /// The connection broke off.
    Interrupted,
    /// An answer with this status.
    Status(u16),
    /// The answer is not JSON, or too large.
    NotJson,
    /// The settings do not allow this URL: a private network, or http.
    Forbidden,
    /// The URL cannot be called.
    InvalidUrl,
}

/// What is wrong with an id_token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdTokenFault {
    /// There is none.
    Missing,
    /// It cannot be read.
    Malformed,
    /// Its algorithm is not allowed.
    Algorithm,
    /// Its key is not among the provider's.
    UnknownKey,
    /// Its signature is wrong.
    Signature,
    /// It is for another client.
    Audience,
    /// It is another issuer's.
    Issuer,
    /// It is another sign-in's.
    Nonce,
    /// The user's authentication is too old, or its time is missing.
    AuthTime,
    /// It has expired.
    Expired,
    /// It is from the future.
    NotYetValid,
    /// Another claim is missing or wrong.
    Claim,
}

/// Why a profile does not identify a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProfileFault {
    /// It has no id.
    NoId,
    /// It is another user's than the id_token.
    OtherSubject,
    /// There is no endpoint that has it.
    NoEndpoint,
    /// It says that the user may not sign in: blocked there, or of another tenant.
    NotAllowed,
}

/// What is refused at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StartFault {
    /// The return URL is not on the allow-list.
    ReturnUrl,
    /// The provider is not configured.
    ProviderOff,
    /// The options do not fit into the cookie.
    OptionsTooLarge,
    /// The app may not ask for a scope.
    Scope,
    /// The session that asks for a link is not valid, or not fresh.
    Session,
    /// Sign-up is turned off.
    SignUpOff,
    /// The ticket is unknown, used or expired.
    Ticket,
}

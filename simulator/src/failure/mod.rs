//! Failures on demand: one at a time per provider, to test how a client copes.

mod catalogue;
mod injector;

use super::call_counts::Endpoint;

pub(super) use catalogue::{CATALOGUE, Form};
pub(super) use injector::FaultInjector;

/// A failure of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// Whoever is chosen, the request is refused with `access_denied` (or what the provider sends instead).
    Refused,
    /// Authorization requests are answered with `temporarily_unavailable`.
    TemporarilyUnavailable,
    /// Authorization responses have another `state` than the request.
    OtherState,
    /// Authorization responses name another issuer (RFC 9207), as in a mix-up attack.
    OtherResponseIssuer,
    /// Successful authorization responses are a page with a link, which can be followed more than once. A form post
    /// stays one.
    PageBeforeReturn,
    /// The client's credentials are rejected, as after its secret expired.
    BadClient,
    /// All codes and verifiers are rejected.
    BadCode,
    /// The redirect URI of a token request is not the registered one.
    RedirectUriMismatch,
    /// All refresh tokens are rejected.
    RefreshRefused,
    /// Every refresh replaces the refresh token, and a replaced one that comes again revokes the whole grant.
    ReuseDetection,
    /// A refresh returns no refresh token; the old one stays valid.
    NoNewRefreshToken,
    /// Token responses do not say when the access token expires.
    NoExpiresIn,
    /// Token responses have `expires_in` as text.
    ExpiresInText,
    /// The last of the requested scopes is not granted.
    NarrowedScope,
    /// Token responses have no id_token.
    NoIdToken,
    /// The id_tokens have a flaw.
    IdToken(IdTokenFlaw),
    /// Truth values of claims are text: `"true"` and `"false"`.
    TextBooleans,
    /// The token endpoint's `Date` is one hour ahead.
    ClockAhead,
    /// The discovery document names another issuer.
    OtherIssuer,
    /// The key set is empty.
    NoKeys,
    /// The profile is of another user.
    OtherUser,
    /// The access tokens have expired.
    TokenExpired,
    /// All grants are revoked: access tokens and refresh tokens are rejected.
    Revoked,
    /// An endpoint responds only after [`Simulator::release`](crate::Simulator::release).
    Slow(Endpoint),
    /// An endpoint does what a request asks for, and responds only after
    /// [`Simulator::release`](crate::Simulator::release).
    LateAnswer(Endpoint),
    /// An endpoint responds with status 500 and an HTML page.
    ServerError(Endpoint),
    /// An endpoint responds with status 200 and truncated JSON.
    MalformedJson(Endpoint),
    /// An endpoint responds with status 403, as email endpoints do when the app lacks a permission.
    Forbidden(Endpoint),
    /// An endpoint responds with status 429 and `Retry-After: 30`.
    TooManyRequests(Endpoint),
    /// The body of an endpoint's response is right, and its `Content-Type` is `text/plain`.
    WrongContentType(Endpoint),
}

/// What is wrong with an id_token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdTokenFlaw {
    /// It is for another client.
    Audience,
    /// It names another issuer.
    Issuer,
    /// It has the nonce of another sign-in.
    Nonce,
    /// It has no nonce.
    NoNonce,
    /// It was issued two hours ago: the provider's clock is behind.
    Stale,
    /// It will be issued in two hours: the provider's clock is ahead.
    Future,
    /// Its `at_hash` is of another access token.
    AccessTokenHash,
    /// It is not signed: `alg` is `none`.
    Unsigned,
    /// It is signed with HS256; the secret is the public key as PEM.
    Symmetric,
    /// Its signature is wrong.
    Signature,
    /// It is signed with a key that is not published.
    UnknownKey,
    /// It is signed with a new key, and only that one is published: all earlier keys are replaced.
    NewKey,
}

impl Failure {
    /// The failure of this name; for a failure of one endpoint also which.
    ///
    /// `None` if there is none, or if the endpoint is missing or does not belong to it.
    #[must_use]
    pub fn from_name(name: &str, endpoint: Option<Endpoint>) -> Option<Self> {
        let (_, form, _) = CATALOGUE.iter().find(|(known, ..)| *known == name)?;
        match (form, endpoint) {
            (Form::Whole(failure), None) => Some(*failure),
            (Form::At(failure), Some(endpoint)) => Some(failure(endpoint)),
            _ => None,
        }
    }

    /// The name in the control API.
    #[must_use]
    pub fn name(self) -> &'static str {
        let is_this = |form: &Form| match (form, self.endpoint()) {
            (Form::Whole(failure), None) => *failure == self,
            (Form::At(failure), Some(endpoint)) => failure(endpoint) == self,
            _ => false,
        };
        CATALOGUE.iter().find(|(_, form, _)| is_this(form)).map_or("", |(name, ..)| name)
    }

    /// The endpoint that fails, if it is a failure of one endpoint.
    #[must_use]
    pub fn endpoint(self) -> Option<Endpoint> {
        match self {
            Self::Slow(endpoint)
            | Self::LateAnswer(endpoint)
            | Self::ServerError(endpoint)
            | Self::MalformedJson(endpoint)
            | Self::Forbidden(endpoint)
            | Self::TooManyRequests(endpoint)
            | Self::WrongContentType(endpoint) => Some(endpoint),
            _ => None,
        }
    }
}

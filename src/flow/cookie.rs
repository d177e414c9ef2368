//! A flow as a value, and its sealed form: the cookie of the browser that began it.
//!
//! The cookie holds all that is needed to resume the flow on another node, after a restart, or after eviction.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::intent::{FlowIntent, LinkingSession};
use super::state::FlowId;
use crate::domain::clock::Timestamp;
use crate::domain::id::ProviderName;
use crate::domain::random::RandomSource;
use crate::domain::seal::{SealError, Sealer};
use crate::domain::secret::Secret;
use crate::user::messages::Credential;
use crate::user::options::SignUpOptions;

/// The maximum size of a sealed flow, in bytes of cookie text. Browsers silently drop cookies above 4 kB, and a browser
/// may have several flows.
pub const MAX_SEALED_LEN: usize = 2560;

/// The first byte of the plaintext. A new version of the fields gets a new number.
const FORMAT: u8 = 1;

/// The same with [`SealedRequest`] at the end. A node that does not know it refuses it, and so does not ignore `max_age`.
const FORMAT_WITH_REQUEST: u8 = 2;

/// The purpose of the sealing key.
pub const PURPOSE: &str = "flow: browser cookie";

/// A flow between its start and its callback.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Its id, the `state`.
    pub id: FlowId,
    /// The provider.
    pub provider: ProviderName,
    /// The fingerprint of the provider's settings at the start.
    pub fingerprint: String,
    /// The redirect URI; authorization and token request must send the same.
    pub redirect_uri: String,
    /// Where the browser returns to; checked again when it does.
    pub return_url: String,
    /// The app's `state`, returned to it in the end.
    pub client_state: Option<String>,
    /// What the flow is for.
    pub intent: FlowIntent,
    /// Options for a new account.
    pub options: SignUpOptions,
    /// The PKCE verifier.
    pub verifier: Option<Secret>,
    /// The nonce of OpenID Connect.
    pub nonce: Option<Secret>,
    /// Of OAuth 1.0a: the temporary credentials of this sign-in.
    pub temporary: Option<TemporaryCredentials>,
    /// The scopes that the app asked for, besides those of the provider.
    pub scopes: Vec<String>,
    /// The greatest age of the user's authentication at the provider, in seconds, if the app asked for one.
    pub max_age: Option<u64>,
    /// The deadline of the callback.
    pub expires_at: Timestamp,
}

/// TemporaryCredentials credentials (RFC 5849 section 1.1).
#[derive(Clone, Debug, PartialEq)]
pub struct TemporaryCredentials {
    /// The request token, part of URLs.
    pub token: Secret,
    /// Its secret, which is not.
    pub secret: Secret,
}

/// The sealed fields, written with `postcard`: the browser sends them with every request, so they are kept small.
#[derive(Serialize, Deserialize)]
struct SealedFlow<'a> {
    provider: ProviderName,
    fingerprint: Cow<'a, str>,
    redirect_uri: Cow<'a, str>,
    return_url: Cow<'a, str>,
    client_state: Option<Cow<'a, str>>,
    intent: SealedIntent<'a>,
    options: Option<SealedOptions<'a>>,
    verifier: Option<Cow<'a, str>>,
    nonce: Option<Cow<'a, str>>,
    temporary: Option<(Cow<'a, str>, Cow<'a, str>)>,
    expires_at: Timestamp,
}

/// What the app asked of the provider. Few do, so the others do not carry it.
#[derive(Default, Serialize, Deserialize)]
struct SealedRequest<'a> {
    scopes: Cow<'a, [String]>,
    max_age: Option<u64>,
}

/// [`SignUpOptions`], with the metadata as JSON text.
#[derive(Serialize, Deserialize)]
struct SealedOptions<'a> {
    allowed_roles: Option<Cow<'a, [String]>>,
    default_role: Option<Cow<'a, str>>,
    display_name: Option<Cow<'a, str>>,
    locale: Option<Cow<'a, str>>,
    metadata: Option<String>,
}

impl<'a> SealedOptions<'a> {
    /// `None` for the default.
    fn new(options: &'a SignUpOptions) -> Option<Self> {
        (*options != SignUpOptions::default()).then(|| Self {
            allowed_roles: options.allowed_roles.as_deref().map(Cow::from),
            default_role: options.default_role.as_deref().map(Cow::from),
            display_name: options.display_name.as_deref().map(Cow::from),
            locale: options.locale.as_deref().map(Cow::from),
            metadata: options.metadata.as_ref().map(serde_json::Value::to_string),
        })
    }

    fn open(self) -> Result<SignUpOptions, SealError> {
        let metadata = self.metadata.map(|text| serde_json::from_str(&text)).transpose();
        Ok(SignUpOptions {
            allowed_roles: self.allowed_roles.map(Cow::into_owned),
            default_role: self.default_role.map(Cow::into_owned),
            display_name: self.display_name.map(Cow::into_owned),
            locale: self.locale.map(Cow::into_owned),
            metadata: metadata.map_err(|_| SealError::Broken)?,
        })
    }
}

/// [`FlowIntent`], with the `codeChallenge` of a credential in the place of the credential.
#[derive(Serialize, Deserialize)]
enum SealedIntent<'a> {
    SignIn(Option<Cow<'a, str>>),
    SignUp(Option<Cow<'a, str>>),
    HandOver(bool),
    Link(LinkingSession),
}

impl<'a> From<&'a FlowIntent> for SealedIntent<'a> {
    fn from(intent: &'a FlowIntent) -> Self {
        fn challenge(credential: &Credential) -> Option<Cow<'_, str>> {
            match credential {
                Credential::RefreshToken => None,
                Credential::Code { challenge } => Some(challenge.as_str().into()),
            }
        }
        match intent {
            FlowIntent::SignIn(credential) => Self::SignIn(challenge(credential)),
            FlowIntent::SignUp(credential) => Self::SignUp(challenge(credential)),
            FlowIntent::HandOver { sign_up_form } => Self::HandOver(*sign_up_form),
            FlowIntent::Link(session) => Self::Link(*session),
        }
    }
}

impl From<SealedIntent<'_>> for FlowIntent {
    fn from(sealed: SealedIntent<'_>) -> Self {
        fn credential(challenge: Option<Cow<'_, str>>) -> Credential {
            match challenge {
                None => Credential::RefreshToken,
                Some(challenge) => Credential::Code { challenge: challenge.into_owned() },
            }
        }
        match sealed {
            SealedIntent::SignIn(challenge) => Self::SignIn(credential(challenge)),
            SealedIntent::SignUp(challenge) => Self::SignUp(credential(challenge)),
            SealedIntent::HandOver(sign_up_form) => Self::HandOver { sign_up_form },
            SealedIntent::Link(session) => Self::Link(session),
        }
    }
}

impl Flow {
    /// The value of the flow's cookie.
    ///
    /// # Errors
    /// [`SealError::NotSealed`]
    pub fn seal(&self, sealer: &Sealer, random: &dyn RandomSource) -> Result<String, SealError> {
        fn exposed(secret: Option<&Secret>) -> Option<Cow<'_, str>> {
            secret.map(|secret| secret.expose().into())
        }
        let fields = SealedFlow {
            provider: self.provider.clone(),
            fingerprint: self.fingerprint.as_str().into(),
            redirect_uri: self.redirect_uri.as_str().into(),
            return_url: self.return_url.as_str().into(),
            client_state: self.client_state.as_deref().map(Cow::from),
            intent: (&self.intent).into(),
            options: SealedOptions::new(&self.options),
            verifier: exposed(self.verifier.as_ref()),
            nonce: exposed(self.nonce.as_ref()),
            temporary: self.temporary.as_ref().map(|own| (own.token.expose().into(), own.secret.expose().into())),
            expires_at: self.expires_at,
        };
        // With room for the usual fields: a buffer that grows leaves copies of secrets behind.
        let buffer = Vec::with_capacity(512 + self.scopes.iter().map(|scope| scope.len() + 2).sum::<usize>());
        let plaintext = if self.scopes.is_empty() && self.max_age.is_none() {
            postcard::to_extend(&(FORMAT, fields), buffer)
        } else {
            let request = SealedRequest { scopes: self.scopes.as_slice().into(), max_age: self.max_age };
            postcard::to_extend(&(FORMAT_WITH_REQUEST, fields, request), buffer)
        };
        let plaintext = Zeroizing::new(plaintext.map_err(|_| SealError::NotSealed)?);
        sealer.seal_text(&plaintext, &[self.id.as_str()], random)
    }

    /// Opens a cookie of the flow with this id.
    ///
    /// # Errors
    /// [`SealError`]
    pub fn open(sealed: &str, id: FlowId, sealer: &Sealer) -> Result<Self, SealError> {
        let plaintext = sealer.open_text(sealed, &[id.as_str()])?;
        let (format, fields) = plaintext.split_first().ok_or(SealError::Broken)?;
        let fields = match *format {
            FORMAT => postcard::from_bytes(fields).map(|fields| (fields, SealedRequest::default())),
            FORMAT_WITH_REQUEST => postcard::from_bytes(fields),
            _ => return Err(SealError::Broken),
        };
        let (fields, request): (SealedFlow<'_>, SealedRequest<'_>) = fields.map_err(|_| SealError::Broken)?;
        Ok(Self {
            id,
            provider: fields.provider,
            fingerprint: fields.fingerprint.into_owned(),
            redirect_uri: fields.redirect_uri.into_owned(),
            return_url: fields.return_url.into_owned(),
            client_state: fields.client_state.map(Cow::into_owned),
            intent: fields.intent.into(),
            options: fields.options.map_or_else(|| Ok(SignUpOptions::default()), SealedOptions::open)?,
            verifier: fields.verifier.map(Secret::new),
            nonce: fields.nonce.map(Secret::new),
            temporary: fields
                .temporary
                .map(|(token, secret)| TemporaryCredentials { token: Secret::new(token), secret: Secret::new(secret) }),
            scopes: request.scopes.into_owned(),
            max_age: request.max_age,
            expires_at: fields.expires_at,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::id::{SessionId, UserId};
    use crate::domain::random::OsRandom;
    use crate::domain::seal::MasterKey;

    pub(in crate::flow) fn flow() -> Flow {
        let now = Timestamp::from_seconds(1_800_000_000);
        Flow {
            id: FlowId::new(now, &OsRandom),
            provider: "google".parse().expect("a name"),
            fingerprint: "fp".to_owned(),
            redirect_uri: "https://auth.test/signin/provider/google/callback".to_owned(),
            return_url: "https://app.test/".to_owned(),
            client_state: Some("s t".to_owned()),
            intent: FlowIntent::HandOver { sign_up_form: true },
            options: SignUpOptions {
                allowed_roles: Some(vec!["me".to_owned()]),
                locale: Some("de".to_owned()),
                metadata: Some(serde_json::json!({"a": [1, {"b": null}]})),
                ..SignUpOptions::default()
            },
            verifier: Some(Secret::new("v".repeat(43))),
            nonce: Some(Secret::new("n")),
            temporary: Some(TemporaryCredentials { token: Secret::new("rt"), secret: Secret::new("rts") }),
            scopes: Vec::new(),
            max_age: None,
            expires_at: now.plus(std::time::Duration::from_secs(600)),
        }
    }

    fn sealer() -> Sealer {
        Sealer::new(&[MasterKey::new("k", [1; 32])], PURPOSE).expect("a key")
    }

    #[test]
    fn sealed_flow_opens_under_its_own_state_only() {
        let flow = flow();
        let sealed = flow.seal(&sealer(), &OsRandom).expect("sealed");
        assert_eq!(Flow::open(&sealed, flow.id, &sealer()), Ok(flow.clone()));
        let other = FlowId::new(Timestamp::from_seconds(1), &OsRandom);
        assert_eq!(Flow::open(&sealed, other, &sealer()), Err(SealError::Broken));
        assert_eq!(Flow::open("nonsense", flow.id, &sealer()), Err(SealError::Broken));
    }

    #[test]
    fn sealed_flow_keeps_every_intent() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned();
        let session = LinkingSession { user_id: UserId(Uuid::from_u128(1)), session_id: SessionId(Uuid::from_u128(2)) };
        for intent in [
            FlowIntent::SignIn(Credential::RefreshToken),
            FlowIntent::SignIn(Credential::Code { challenge: challenge.clone() }),
            FlowIntent::SignUp(Credential::RefreshToken),
            FlowIntent::SignUp(Credential::Code { challenge }),
            FlowIntent::HandOver { sign_up_form: false },
            FlowIntent::Link(session),
        ] {
            let flow = Flow { intent, ..flow() };
            let sealed = flow.seal(&sealer(), &OsRandom).expect("sealed");
            assert_eq!(Flow::open(&sealed, flow.id, &sealer()), Ok(flow));
        }
    }

    #[test]
    fn sealed_flow_carries_what_was_asked_of_the_provider_and_nothing_otherwise() {
        let plain = flow();
        let length = |flow: &Flow| flow.seal(&sealer(), &OsRandom).expect("sealed").len();
        for (scopes, max_age) in [(vec!["a:b".to_owned(), "c".to_owned()], None), (Vec::new(), Some(300))] {
            let flow = Flow { scopes, max_age, ..plain.clone() };
            let sealed = flow.seal(&sealer(), &OsRandom).expect("sealed");
            assert_eq!(Flow::open(&sealed, flow.id, &sealer()), Ok(flow.clone()));
            assert!(length(&flow) > length(&plain));
        }
        // The first format is that of nodes without these fields.
        let sealed = plain.seal(&sealer(), &OsRandom).expect("sealed");
        let plaintext = sealer().open_text(&sealed, &[plain.id.as_str()]).expect("opened");
        assert_eq!(plaintext.first(), Some(&FORMAT));
        assert!(postcard::take_from_bytes::<SealedFlow<'_>>(&plaintext[1..]).expect("fields").1.is_empty());
    }

    #[test]
    fn sealed_flow_of_another_format_is_refused() {
        let flow = flow();
        for plaintext in
            [&[][..], &[0, 0], &[FORMAT_WITH_REQUEST + 1, 0], &[FORMAT, 0xff], &[FORMAT_WITH_REQUEST, 0xff]]
        {
            let sealed = sealer().seal_text(plaintext, &[flow.id.as_str()], &OsRandom).expect("sealed");
            assert_eq!(Flow::open(&sealed, flow.id, &sealer()), Err(SealError::Broken));
        }
    }

    #[test]
    fn sealed_flow_without_options_is_small() {
        let flow = Flow { client_state: None, temporary: None, options: SignUpOptions::default(), ..flow() };
        let sealed = flow.seal(&sealer(), &OsRandom).expect("sealed");
        assert!(sealed.len() < 400, "{} bytes", sealed.len());
    }
}

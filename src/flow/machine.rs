//! What comes next: the rules of a flow as a plain value, without actor, network or database.
//!
//! The supervisor tells the machine what happened; the machine answers what to do. It holds the order of the
//! steps, so that no step can be left out: a code is exchanged only after the claim, a person signed in only
//! after they were identified.

use super::cookie::Flow;
use super::error::{FailureCode, SignInError, Step};
use crate::domain::clock::Timestamp;
use crate::domain::id::ProviderName;
use crate::domain::secret::Secret;
use crate::oauth::issuer::check_issuer;

/// What a provider sends through the browser (RFC 6749 sections 4.1.2 and 4.1.2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Callback {
    /// The authorization code.
    pub code: Option<Secret>,
    /// The provider's own error.
    pub error: Option<ProviderErrorResponse>,
    /// Who answers (RFC 9207).
    pub iss: Option<String>,
    /// Of OAuth 1.0a: the temporary credentials that were agreed to; their verifier stands in `code`.
    pub oauth_token: Option<Secret>,
    /// Of Apple: a form field that nobody signed.
    pub user: Option<String>,
}

/// An error as a provider words it; text from outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderErrorResponse {
    /// `error`
    pub error: String,
    /// `error_description`
    pub description: String,
    /// `error_uri`
    pub uri: String,
}

/// What the provider would say of itself now, to be held against the flow and the callback.
#[derive(Clone, Copy, Debug)]
pub struct CallbackContext<'a> {
    /// The provider in the path of the callback.
    pub path: &'a ProviderName,
    /// The fingerprint of its settings today; `None` if it is not turned on.
    pub fingerprint: Option<&'a str>,
    /// What `iss` has to be.
    pub issuer: Option<&'a str>,
    /// Whether `iss` has to be there.
    pub is_issuer_required: bool,
    /// The time now.
    pub now: Timestamp,
}

/// Where a flow stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    /// At the provider.
    AwaitingCallback,
    /// Back, with a code.
    CallbackReceived(Secret),
    /// Ours alone.
    MarkedUsed,
    /// Tokens in hand.
    Exchanged,
    /// The person known.
    Identified,
    /// Ended, well or not.
    Finished,
}

/// The rules of one flow.
#[derive(Clone, Debug)]
pub struct Machine {
    stage: Stage,
    expires_at: Timestamp,
}

/// What to do about a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Claim the flow.
    Proceed,
    /// Nothing: it was taken before.
    AlreadyUsed,
}

impl Machine {
    /// A flow whose browser is at the provider.
    #[must_use]
    pub fn new(flow: &Flow) -> Self {
        Self { stage: Stage::AwaitingCallback, expires_at: flow.expires_at }
    }

    /// Whether the flow has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.stage == Stage::Finished
    }

    /// A callback came. Nothing has been sent anywhere yet.
    ///
    /// # Errors
    /// [`SignInError`]; the flow stays where it was, unless the provider itself ended it.
    pub fn accept(
        &mut self,
        flow: &Flow,
        callback: Callback,
        context: CallbackContext<'_>,
    ) -> Result<Admission, SignInError> {
        let refuse = |code| Err(SignInError::new(Step::Callback, code));
        if *context.path != flow.provider || context.now >= self.expires_at {
            return refuse(FailureCode::InvalidState);
        }
        if self.stage != Stage::AwaitingCallback {
            return Ok(Admission::AlreadyUsed);
        }
        let Some(fingerprint) = context.fingerprint else { return refuse(FailureCode::ProviderDisabled) };
        if fingerprint != flow.fingerprint {
            return refuse(FailureCode::InvalidState);
        }
        check_issuer(callback.iss.as_deref(), context.issuer, context.is_issuer_required)
            .map_err(|mismatch| SignInError::with_source(Step::Callback, FailureCode::InvalidCallback, mismatch))?;
        let is_of_this_flow = flow.temporary.as_ref().map(|own| &own.token) == callback.oauth_token.as_ref();
        if callback.error.is_none() && !is_of_this_flow {
            return refuse(FailureCode::InvalidCallback);
        }
        match (callback.error, callback.code) {
            (Some(_), _) => {
                self.stage = Stage::Finished;
                refuse(FailureCode::ProviderError)
            }
            (None, Some(code)) if !code.is_empty() => {
                self.stage = Stage::CallbackReceived(code);
                Ok(Admission::Proceed)
            }
            (None, _) => refuse(FailureCode::InvalidCallback),
        }
    }

    /// The claim was decided. Answers the code to exchange, for the one who got it.
    ///
    /// # Errors
    /// [`FailureCode::Internal`] if that was not the next step.
    pub fn marked_used(&mut self, is_ours: bool) -> Result<Option<Secret>, SignInError> {
        match std::mem::replace(&mut self.stage, Stage::Finished) {
            Stage::CallbackReceived(code) if is_ours => {
                self.stage = Stage::MarkedUsed;
                Ok(Some(code))
            }
            Stage::CallbackReceived(_) => Ok(None),
            _ => Err(out_of_order(Step::MarkUsed)),
        }
    }

    /// The claim could not be decided: nothing happened, and the callback may come again.
    pub fn not_marked_used(&mut self) {
        if matches!(self.stage, Stage::CallbackReceived(_)) {
            self.stage = Stage::AwaitingCallback;
        }
    }

    /// Tokens came for the code.
    ///
    /// # Errors
    /// [`FailureCode::Internal`] if that was not the next step.
    pub fn exchanged(&mut self) -> Result<(), SignInError> {
        self.advance(&Stage::MarkedUsed, Stage::Exchanged, Step::Exchange)
    }

    /// The person is known.
    ///
    /// # Errors
    /// [`FailureCode::Internal`] if that was not the next step.
    pub fn identified(&mut self) -> Result<(), SignInError> {
        self.advance(&Stage::Exchanged, Stage::Identified, Step::Identify)
    }

    /// It is written down.
    ///
    /// # Errors
    /// [`FailureCode::Internal`] if that was not the next step.
    pub fn signed_in(&mut self) -> Result<(), SignInError> {
        self.advance(&Stage::Identified, Stage::Finished, Step::SignIn)
    }

    /// A step failed after the claim: there is no second try.
    pub fn failed(&mut self) {
        self.stage = Stage::Finished;
    }

    fn advance(&mut self, from: &Stage, to: Stage, step: Step) -> Result<(), SignInError> {
        if self.stage == *from {
            self.stage = to;
            Ok(())
        } else {
            self.stage = Stage::Finished;
            Err(out_of_order(step))
        }
    }
}

fn out_of_order(step: Step) -> SignInError {
    SignInError::new(step, FailureCode::Internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::cookie::tests::flow;

    const ISSUER: Option<&str> = Some("https://idp.test");

    fn with_code() -> Callback {
        Callback { code: Some(Secret::new("c")), oauth_token: Some(Secret::new("rt")), ..Callback::default() }
    }

    fn context(flow: &Flow) -> CallbackContext<'_> {
        CallbackContext {
            path: &flow.provider,
            fingerprint: Some("fp"),
            issuer: ISSUER,
            is_issuer_required: false,
            now: flow.id.began_at(),
        }
    }

    fn refusal(flow: &Flow, callback: Callback, context: CallbackContext<'_>) -> Option<FailureCode> {
        Machine::new(flow).accept(flow, callback, context).err().map(|error| error.code)
    }

    #[test]
    fn the_steps_follow_one_another_to_the_end() {
        let flow = flow();
        let mut machine = Machine::new(&flow);
        assert_eq!(machine.accept(&flow, with_code(), context(&flow)).expect("admitted"), Admission::Proceed);
        assert_eq!(machine.marked_used(true).expect("in order"), Some(Secret::new("c")));
        machine.exchanged().expect("in order");
        machine.identified().expect("in order");
        machine.signed_in().expect("in order");
        assert!(machine.is_finished());
    }

    #[test]
    fn no_step_can_be_left_out_or_done_twice() {
        let flow = flow();
        let mut machine = Machine::new(&flow);
        assert!(machine.exchanged().is_err());
        let mut machine = Machine::new(&flow);
        assert!(machine.marked_used(true).is_err());
        let mut machine = Machine::new(&flow);
        machine.accept(&flow, with_code(), context(&flow)).expect("admitted");
        machine.marked_used(true).expect("in order");
        assert!(machine.marked_used(true).is_err());
        assert!(machine.is_finished());
        for skip in [Machine::identified, Machine::signed_in] {
            let mut machine = Machine::new(&flow);
            machine.accept(&flow, with_code(), context(&flow)).expect("admitted");
            machine.marked_used(true).expect("in order");
            assert!(skip(&mut machine).is_err());
        }
    }

    #[test]
    fn a_second_callback_finds_it_taken() {
        let flow = flow();
        let mut machine = Machine::new(&flow);
        machine.accept(&flow, with_code(), context(&flow)).expect("admitted");
        assert_eq!(machine.accept(&flow, with_code(), context(&flow)).expect("known"), Admission::AlreadyUsed);
        assert_eq!(machine.marked_used(false).expect("in order"), None);
        assert_eq!(machine.accept(&flow, with_code(), context(&flow)).expect("known"), Admission::AlreadyUsed);
    }

    #[test]
    fn a_claim_that_was_not_decided_leaves_the_flow_open() {
        let flow = flow();
        let mut machine = Machine::new(&flow);
        machine.accept(&flow, with_code(), context(&flow)).expect("admitted");
        machine.not_marked_used();
        assert_eq!(machine.accept(&flow, with_code(), context(&flow)).expect("admitted"), Admission::Proceed);
    }

    #[test]
    fn what_does_not_belong_to_the_flow_is_refused_before_anything_is_sent() {
        let flow = flow();
        let other = "github".parse().expect("a name");
        let late = flow.expires_at;
        let just_in_time = Timestamp::from_millis(late.millis() - 1);
        let iss = |iss: &str| Callback { iss: Some(iss.to_owned()), ..with_code() };
        for (callback, context, refused) in [
            (with_code(), CallbackContext { path: &other, ..context(&flow) }, Some(FailureCode::InvalidState)),
            (with_code(), CallbackContext { now: late, ..context(&flow) }, Some(FailureCode::InvalidState)),
            (with_code(), CallbackContext { now: just_in_time, ..context(&flow) }, None),
            (with_code(), CallbackContext { fingerprint: None, ..context(&flow) }, Some(FailureCode::ProviderDisabled)),
            (
                with_code(),
                CallbackContext { fingerprint: Some("other"), ..context(&flow) },
                Some(FailureCode::InvalidState),
            ),
            (iss("https://idp.test"), context(&flow), None),
            (iss("https://idp.test/"), context(&flow), Some(FailureCode::InvalidCallback)),
            (
                with_code(),
                CallbackContext { is_issuer_required: true, ..context(&flow) },
                Some(FailureCode::InvalidCallback),
            ),
            (Callback::default(), context(&flow), Some(FailureCode::InvalidCallback)),
            (
                Callback { code: Some(Secret::new("")), ..Callback::default() },
                context(&flow),
                Some(FailureCode::InvalidCallback),
            ),
            (
                Callback { error: Some(ProviderErrorResponse::default()), ..with_code() },
                context(&flow),
                Some(FailureCode::ProviderError),
            ),
        ] {
            assert_eq!(refusal(&flow, callback.clone(), context), refused, "{callback:?} {context:?}");
        }
    }
}

//! The extractor [`SignedInUser`].

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::accounts::User;
use super::credential::{authenticate, instance};
use super::error::{AccessError, AccessRejection};
use super::signed_in::SignedIn;
use crate::app::Vouchsafe;
use crate::session::access_token::Principal;

/// The user of a valid access token whose session has not ended and who has access, looked up in the database: one
/// statement, shared with other requests that arrive at the same time.
///
/// The token is read as for [`SignedIn`]. `Option<SignedInUser>` is `None` also while the database does not answer;
/// `Result<SignedInUser, AccessError>` tells the difference.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SignedInUser {
    /// The user, with the roles of this moment.
    pub user: User,
    /// What the token says.
    pub token: SignedIn,
}

impl FromRequest for SignedInUser {
    type Error = AccessRejection;
    type Future = Pin<Box<dyn Future<Output = Result<Self, AccessRejection>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { look_up(&request).await.map_err(|error| AccessRejection::new(error, &request)) })
    }
}

async fn look_up(request: &HttpRequest) -> Result<SignedInUser, AccessError> {
    instance(request)?.look_up(authenticate(request)?).await
}

impl Vouchsafe {
    /// Looks up the user of a verified access token, as [`SignedInUser`] does. It is for connections that outlive a
    /// request, such as WebSockets.
    ///
    /// # Errors
    /// [`AccessError`]
    pub async fn look_up(&self, token: SignedIn) -> Result<SignedInUser, AccessError> {
        let principal = Principal { user_id: token.user_id, session_id: token.session_id };
        let user = self.require_user(principal).await??.into();
        Ok(SignedInUser { user, token })
    }
}

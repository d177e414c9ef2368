//! Code where a page of data ends, one file per provider that needs it.

mod github;

use serde::Deserialize;
use serde_json::Value;

use super::Endpoints;
use crate::domain::secret::Secret;
use crate::oauth::http::{HttpClient, HttpError};

/// Which code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quirk {
    /// The addresses of a person are a second call.
    Github,
}

impl Quirk {
    /// The profile with what only this provider's own calls can tell.
    ///
    /// # Errors
    /// [`HttpError`] if a call fails that the profile cannot do without.
    pub async fn complete(
        self,
        http: &HttpClient,
        endpoints: &Endpoints,
        access_token: &Secret,
        profile: Value,
    ) -> Result<Value, HttpError> {
        match self {
            Self::Github => github::complete(http, endpoints, access_token, profile).await,
        }
    }
}

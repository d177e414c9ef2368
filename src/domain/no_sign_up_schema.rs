//! Sign-up fields in builds without the Aufy dialect, which is the only one that has them: none can be required.

/// The build has no JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("needs a build with the feature `aufy`")]
pub struct InvalidSchema;

/// A schema, which no such build has.
#[derive(Clone, Debug)]
pub enum SignUpSchema {}

impl SignUpSchema {
    /// Refuses every schema.
    ///
    /// # Errors
    /// [`InvalidSchema`]
    pub fn parse(_: &str) -> Result<Self, InvalidSchema> {
        Err(InvalidSchema)
    }
}

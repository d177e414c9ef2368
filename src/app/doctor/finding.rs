//! What was found, as data.

use serde::Serialize;

use super::catalogue::Check;
use crate::settings::{SettingsError, Warning};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    /// It is as it should be, or could not be told.
    Ok,
    /// It works, but probably not as intended.
    Warning,
    /// It does not work.
    Error,
}

impl Severity {
    /// The word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One finding. It holds no secret.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Finding {
    /// The stable name of what was found.
    pub(crate) id: &'static str,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// What it is about: mostly a setting.
    pub(crate) subject: String,
    /// What was seen.
    pub(crate) message: String,
    /// What to do; empty if nothing has to be done.
    pub(crate) remedy: String,
}

impl Finding {
    pub(super) fn new(check: Check, subject: impl Into<String>, message: impl Into<String>) -> Self {
        let subject = subject.into();
        let remedy = check.remedy().replace("{subject}", &subject);
        Self { id: check.id(), severity: check.severity(), message: message.into(), remedy, subject }
    }

    /// The finding that a setting is invalid.
    pub(crate) fn of_settings_error(error: &SettingsError) -> Self {
        let finding = Self::new(Check::SettingsInvalid, error.key.as_str(), error.reason.as_str());
        match &error.suggestion {
            Some(suggestion) => Self { remedy: format!("{}: {suggestion}", finding.remedy), ..finding },
            None => finding,
        }
    }

    /// The finding that a setting is dangerous.
    pub(super) fn of_warning(warning: &Warning) -> Self {
        Self {
            id: warning.risk.code(),
            severity: Severity::Warning,
            subject: warning.key.clone(),
            message: warning.risk.danger().to_owned(),
            remedy: warning.risk.remedy().to_owned(),
        }
    }
}

/// All findings of one examination.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// The version that looked.
    pub(crate) version: &'static str,
    /// Whether there was anything to look at.
    pub(crate) could_look: bool,
    /// In the order of `docs/doctor.md`.
    pub(crate) findings: Vec<Finding>,
}

impl Report {
    pub(crate) fn new(could_look: bool, findings: Vec<Finding>) -> Self {
        Self { version: env!("CARGO_PKG_VERSION"), could_look, findings }
    }

    /// How many findings of a severity there are.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

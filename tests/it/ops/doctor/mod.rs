//! `vouchsafe doctor` as a process, against real databases and the simulated providers.

mod case;
mod good;
mod matrix;
mod output;
mod setup;

use std::path::Path;

use serde_json::Value;

use super::cli::{Run, run};

/// The result of `vouchsafe doctor --json`.
pub struct Diagnosis {
    pub code: i32,
    pub findings: Vec<Value>,
    pub text: String,
}

/// Runs the program on another thread, so that the servers of this one answer meanwhile.
pub async fn run_beside(folder: &Path, arguments: &[&str]) -> Run {
    let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    let folder = folder.to_owned();
    let run = move || run(&folder, &arguments.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
    actix_web::rt::task::spawn_blocking(run).await.expect("it ran")
}

/// Runs `doctor --json` in `folder` with the settings in a file there.
pub async fn diagnose(folder: &Path, settings: &str, options: &[&str]) -> Diagnosis {
    use std::os::unix::fs::PermissionsExt;

    let path = folder.join("doctor.toml");
    std::fs::write(&path, settings).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("changed");
    let arguments = [&["doctor", "--json", "--config", "doctor.toml"], options].concat();
    let run = run_beside(folder, &arguments).await;
    let report: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}{}", run.out, run.err));
    let findings = report["findings"].as_array().expect("findings").clone();
    Diagnosis { code: run.code, findings, text: run.out }
}

impl Diagnosis {
    /// The first finding with this id.
    pub fn finding(&self, id: &str) -> Option<&Value> {
        self.findings.iter().find(|finding| finding["id"] == id)
    }

    /// The ids of errors and warnings.
    pub fn complaints(&self) -> Vec<&str> {
        let is_bad = |finding: &&Value| finding["severity"] != "ok";
        self.findings.iter().filter(is_bad).filter_map(|finding| finding["id"].as_str()).collect()
    }
}

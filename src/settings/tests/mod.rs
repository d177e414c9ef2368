//! Tests of whole files and environments.

mod default_file;
mod errors;
mod fuzz;
mod precedence;
mod production;
mod providers;
mod secrets;
mod warnings;

use std::path::PathBuf;

use super::{Settings, SettingsError, SettingsErrors, Sources};

/// Loads a file of development mode.
fn development(text: &str) -> Result<Settings, SettingsErrors> {
    Settings::from_toml(&format!("mode = \"development\"\n{text}"))
}

/// Loads a file with an environment and flags.
fn layered(text: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Settings, SettingsErrors> {
    Settings::load(Sources {
        file: Some((PathBuf::from("vouchsafe.toml"), text.to_owned())),
        environment: pairs(environment),
        flags: pairs(flags),
    })
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

/// The keys of all errors.
fn keys(result: &Result<Settings, SettingsErrors>) -> Vec<&str> {
    result.as_ref().err().into_iter().flatten().map(|error| error.key.as_str()).collect()
}

/// The only error.
fn only(result: Result<Settings, SettingsErrors>) -> SettingsError {
    let errors = result.expect_err("an error");
    let [error] = errors.0.as_slice() else { panic!("not one error: {errors}") };
    error.clone()
}

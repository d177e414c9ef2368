//! The settings as an operator meets them: whole files, whole environments, and what is said about them.

mod default_file;
mod faults;
mod precedence;
mod production;
mod providers;
mod secrets;

use std::path::PathBuf;

use super::{Fault, Faults, Settings, Sources};

/// Loads a file of development mode.
fn development(text: &str) -> Result<Settings, Faults> {
    Settings::from_toml(&format!("mode = \"development\"\n{text}"))
}

/// Loads a file with an environment and flags.
fn layered(text: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Settings, Faults> {
    Settings::load(Sources {
        file: Some((PathBuf::from("vouchsafe.toml"), text.to_owned())),
        environment: pairs(environment),
        flags: pairs(flags),
    })
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

/// The keys of all faults.
fn keys(result: &Result<Settings, Faults>) -> Vec<&str> {
    result.as_ref().err().into_iter().flatten().map(|fault| fault.key.as_str()).collect()
}

/// The only fault.
fn only(result: Result<Settings, Faults>) -> Fault {
    let faults = result.expect_err("a fault");
    let [fault] = faults.0.as_slice() else { panic!("not one fault: {faults}") };
    fault.clone()
}

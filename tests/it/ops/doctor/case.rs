//! One misconfiguration: good settings, what spoils them, and what has to be found.

use vouchsafe_simulator::{Failure, SimulatedProvider};

use super::setup::World;
use super::{Diagnosis, diagnose};
use crate::support::app::Database;

/// The good settings that a case starts from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// Production, looked at offline.
    Production,
    /// Development on this machine, looked at offline.
    Offline(&'static [SimulatedProvider]),
    /// Development on this machine, with calls.
    Online(&'static [SimulatedProvider]),
}

/// Changes the settings, and whatever is around them.
type Spoil = fn(&World, String) -> String;

/// One misconfiguration.
pub struct Case {
    name: &'static str,
    base: Base,
    database: Database,
    is_migrated: bool,
    sql: &'static [&'static str],
    fault: Option<(SimulatedProvider, Failure)>,
    spoil: Spoil,
    id: &'static str,
    setting: &'static str,
    also: &'static [&'static str],
}

/// A case in which `id` has to be found, about or with a remedy that names `setting`.
pub fn case(base: Base, name: &'static str, id: &'static str, setting: &'static str, spoil: Spoil) -> Case {
    Case {
        name,
        base,
        database: Database::Sqlite,
        is_migrated: false,
        sql: &[],
        fault: None,
        spoil,
        id,
        setting,
        // The service of most cases does not run.
        also: if matches!(base, Base::Online(_)) { &["service-not-running"] } else { &[] },
    }
}

impl Case {
    pub fn on(self, database: Database) -> Self {
        Self { database, ..self }
    }

    /// With the tables of a first start, changed by these statements.
    pub fn migrated(self, sql: &'static [&'static str]) -> Self {
        Self { is_migrated: true, sql, ..self }
    }

    pub fn fault(self, provider: SimulatedProvider, failure: Failure) -> Self {
        Self { fault: Some((provider, failure)), ..self }
    }

    /// What else may be found, because it follows.
    pub fn also(self, also: &'static [&'static str]) -> Self {
        Self { also, ..self }
    }

    /// Runs it; returns what is wrong with the answer. `None`: PostgreSQL is not installed.
    pub async fn run(self) -> Option<Result<(), String>> {
        let world = World::on(self.database)?;
        let text = match self.base {
            Base::Production => world.production(),
            Base::Offline(providers) | Base::Online(providers) => world.development(providers),
        };
        if self.is_migrated {
            drop(world.app.node().await);
        }
        for statement in self.sql {
            world.app.execute(statement).await;
        }
        if let Some((provider, failure)) = self.fault {
            world.app.simulator.fail(provider, failure);
        }
        let spoilt = (self.spoil)(&world, text.clone());
        let is_online = matches!(self.base, Base::Online(_));
        let options: &[&str] = if is_online { &[] } else { &["--offline"] };
        let diagnosis = diagnose(world.folder(), &spoilt, options).await;
        Some(self.judge(&diagnosis).map_err(|why| format!("{}: {why}\n{}", self.name, diagnosis.text)))
    }

    fn judge(&self, diagnosis: &Diagnosis) -> Result<(), String> {
        let finding = diagnosis.finding(self.id).ok_or_else(|| format!("{} was not found", self.id))?;
        let [subject, remedy] = ["subject", "remedy"].map(|key| finding[key].as_str().unwrap_or_default());
        if remedy.is_empty() || !(subject.contains(self.setting) || remedy.contains(self.setting)) {
            return Err(format!("neither subject nor remedy names {}", self.setting));
        }
        let others: Vec<_> =
            diagnosis.complaints().into_iter().filter(|id| *id != self.id && !self.also.contains(id)).collect();
        if !others.is_empty() {
            return Err(format!("{others:?} were found, too"));
        }
        let is_error = finding["severity"] == "error";
        let expected = match self.id {
            "settings-invalid" | "network-unreachable" => 2,
            _ => i32::from(is_error),
        };
        // What follows from a warning may be an error.
        let is_expected = diagnosis.code == expected || !is_error && diagnosis.code < 2 && !self.also.is_empty();
        if is_expected { Ok(()) } else { Err(format!("the exit code is {}, not {expected}", diagnosis.code)) }
    }
}

/// `text` with `from` replaced, which must be there.
pub fn swap(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} in\n{text}");
    text.replacen(from, to, 1)
}

/// `text` with a line added to a section.
pub fn with_line(text: &str, section: &str, line: &str) -> String {
    swap(text, &format!("[{section}]\n"), &format!("[{section}]\n{line}\n"))
}

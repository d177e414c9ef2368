//! Personas that were registered at one simulator.

use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};

use super::Persona;
use crate::Simulator;

impl Simulator {
    /// Adds a persona, or replaces the one with the same id: after a change of the email, for example. Codes and tokens
    /// that were issued before lead to the new one.
    pub fn put_persona(&self, persona: Persona) {
        self.registered_people().insert(persona.id.clone().into_owned(), persona);
    }

    /// The persona with this id: a registered one, or as [`Persona::find`].
    #[must_use]
    pub fn persona(&self, id: &str) -> Option<Persona> {
        let registered = self.registered_people().get(id).cloned();
        registered.or_else(|| Persona::find(id))
    }

    /// All personas that the consent page offers.
    #[must_use]
    pub fn people(&self) -> Vec<Persona> {
        let registered = self.registered_people();
        let mut people = Persona::all();
        people.retain(|persona| !registered.contains_key(persona.id.as_ref()));
        people.extend(registered.values().cloned());
        people
    }

    fn registered_people(&self) -> MutexGuard<'_, BTreeMap<String, Persona>> {
        self.0.people.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another persona than this one.
    pub(crate) fn somebody_else(&self, persona: &Persona) -> Persona {
        let others = self.people().into_iter().filter(|other| other.id != persona.id);
        others.into_iter().next().unwrap_or_else(|| persona.clone())
    }
}

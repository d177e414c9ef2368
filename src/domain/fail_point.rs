//! Places between two steps of a journey where a test may end the process, as `kill -9` would.
//!
//! A release has none of them: they are compiled in where debug assertions are.

/// The environment variable that names a file, which names the place. What is under way is lost there.
#[cfg(debug_assertions)]
const VARIABLE: &str = "VOUCHSAFE_TEST_DIE_AT";

/// The process got here.
#[cfg(debug_assertions)]
pub fn reached(place: &str) {
    let chosen = std::env::var_os(VARIABLE).and_then(|file| std::fs::read_to_string(file).ok());
    if chosen.is_some_and(|chosen| chosen == place) {
        std::process::abort();
    }
}

/// The process got here.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn reached(_: &str) {}

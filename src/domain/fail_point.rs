//! Places in the code where a test can end the process, as `kill -9` would.
//!
//! They exist only in builds with debug assertions.

/// The environment variable with the path of a file that holds the name of the place.
#[cfg(debug_assertions)]
const VARIABLE: &str = "VOUCHSAFE_TEST_DIE_AT";

/// Marks a place; aborts the process if a test chose it.
#[cfg(debug_assertions)]
pub fn reached(place: &str) {
    let chosen = std::env::var_os(VARIABLE).and_then(|file| std::fs::read_to_string(file).ok());
    if chosen.is_some_and(|chosen| chosen == place) {
        std::process::abort();
    }
}

/// Marks a place; aborts the process if a test chose it.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn reached(_: &str) {}

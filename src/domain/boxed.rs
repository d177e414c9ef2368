//! Futures on the heap.

use std::pin::Pin;

/// A boxed future that is made in its box. [`Box::pin`] gets one that was made on the stack, and copies all of it, the
/// parts for later steps included: several kilobytes for a statement of the database.
pub fn boxed<F>(make: impl FnOnce() -> F) -> Pin<Box<F>> {
    let slot = Box::new_uninit();
    Box::into_pin(Box::write(slot, make()))
}

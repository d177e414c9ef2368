//! When a flow reached each of its steps, for one line in the log.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use crate::domain::clock::{Clock, Timestamp};
use crate::domain::fail_point;

/// The steps that a flow reached, shared by its supervisor and the callback that runs.
#[derive(Debug)]
pub(super) struct Timeline {
    clock: Arc<dyn Clock>,
    steps: RefCell<Vec<(&'static str, Timestamp)>>,
}

impl Timeline {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, steps: RefCell::default() }
    }

    /// The flow reached this step.
    pub(super) fn record(&self, step: &'static str) {
        self.steps.borrow_mut().push((step, self.clock.now()));
        fail_point::reached(step);
    }
}

impl fmt::Display for Timeline {
    /// `callback+0ms mark-used+3ms …`, counted from the first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = self.steps.borrow();
        let Some((_, began)) = steps.first() else { return Ok(()) };
        for (position, (step, at)) in steps.iter().enumerate() {
            let separator = if position == 0 { "" } else { " " };
            write!(f, "{separator}{step}+{}ms", at.since(*began).as_millis())?;
        }
        Ok(())
    }
}

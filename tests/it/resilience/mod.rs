//! Crashes, outages, concurrency and more than one node.

mod concurrency;
mod crash_recovery;
mod database_outage;
mod model;
mod multiple_nodes;

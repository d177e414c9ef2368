//! The section `metrics`: where metrics are served.

use std::net::SocketAddr;

use super::Mode;
use super::reader::Section;
use super::reader::error::Problem;

/// Where metrics are served.
#[derive(Clone, Copy, Debug)]
pub struct Metrics {
    /// `metrics.bind`: address and port of the listener of its own; `None`: there is none.
    pub bind: Option<SocketAddr>,
}

pub(super) fn read(mut section: Section<'_>, mode: Mode, server: Option<SocketAddr>) -> Metrics {
    let bind: Option<SocketAddr> =
        section.parsed("bind", "an address and a port like 127.0.0.1:9464", |text| text.parse().ok());
    if let Some(bind) = bind {
        if mode == Mode::Development && !bind.ip().is_loopback() {
            section.error("bind", "development mode listens on loopback only");
        }
        if server.is_some_and(|server| overlaps(bind, server)) {
            let problem = Problem::from("is the address of server.bind");
            section.error("bind", problem.suggest("metrics need a port of their own"));
        }
    }
    Metrics { bind }
}

/// Whether both cannot be listened on. Port 0 is a free one.
fn overlaps(one: SocketAddr, other: SocketAddr) -> bool {
    let is_same_ip = one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && one.port() != 0 && is_same_ip
}

//! `vouchsafe healthcheck`: asks the service on this machine whether it is ready, for container images without a shell.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use crate::settings::Settings;

/// The limit of connecting, writing and reading, each.
const TIMEOUT: Duration = Duration::from_secs(2);

/// A status line is shorter.
const MAX_LINE: u64 = 256;

/// Asks `/healthz` at `server.bind`. Only the answer 200 is a success.
///
/// # Errors
/// If there is no answer.
pub(super) fn healthcheck(settings: &Settings) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let target = reachable(settings.server.bind);
    let path = if cfg!(feature = "nhost") { settings.nhost.paths.first().map_or("", String::as_str) } else { "" };
    let line = status_line(target, path)
        .map_err(|error| format!("{target} does not answer; is the service running? {error}"))?;
    if line.split(' ').nth(1) == Some("200") {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("vouchsafe: {target} is not ready: {}", line.trim());
    Ok(ExitCode::FAILURE)
}

/// The address at which a listener on `bind` is reached from this machine.
pub(super) fn reachable(bind: SocketAddr) -> SocketAddr {
    let ip = match bind.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, bind.port())
}

fn status_line(target: SocketAddr, path: &str) -> io::Result<String> {
    let mut connection = TcpStream::connect_timeout(&target, TIMEOUT)?;
    connection.set_read_timeout(Some(TIMEOUT))?;
    connection.set_write_timeout(Some(TIMEOUT))?;
    write!(connection, "GET {path}/healthz HTTP/1.1\r\nHost: {target}\r\nConnection: close\r\n\r\n")?;
    let mut line = String::new();
    BufReader::new(connection.take(MAX_LINE)).read_line(&mut line)?;
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unspecified_address_is_reached_on_loopback() {
        for (bind, target) in [
            ("0.0.0.0:4000", "127.0.0.1:4000"),
            ("[::]:4000", "[::1]:4000"),
            ("127.0.0.1:1", "127.0.0.1:1"),
            ("10.1.2.3:80", "10.1.2.3:80"),
        ] {
            assert_eq!(reachable(bind.parse().expect("an address")).to_string(), target);
        }
    }
}

//! Requests to the service on this machine, at `server.bind`.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::settings::{ADMIN_PATH, Settings};

/// The longest answer that is read.
const MAX_ANSWER: u64 = 1 << 20;

/// What the service answered.
pub(super) struct Answer {
    /// The status code.
    pub(super) status: u16,
    /// The body.
    pub(super) body: String,
}

impl Answer {
    /// What an error response of a route for operators says.
    pub(super) fn detail(&self) -> String {
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        body["detail"].as_str().unwrap_or("there is no such route; is it another service?").to_owned()
    }
}

/// Asks a route. `timeout` is the limit of connecting, writing and reading, each.
///
/// # Errors
/// A sentence for the user, if there is no answer.
pub(super) fn ask(settings: &Settings, method: &str, path: &str, timeout: Duration) -> Result<Answer, String> {
    request(settings, method, path, "", timeout)
}

/// Asks a route for operators, with one of their tokens.
///
/// # Errors
/// As [`ask`].
pub(super) fn ask_as_operator(
    settings: &Settings,
    method: &str,
    route: &str,
    token: &str,
    timeout: Duration,
) -> Result<Answer, String> {
    let path = format!("{}{ADMIN_PATH}{route}", crate::app::mount_point(settings));
    request(settings, method, &path, &format!("Authorization: Bearer {token}\r\n"), timeout)
}

fn request(settings: &Settings, method: &str, path: &str, headers: &str, timeout: Duration) -> Result<Answer, String> {
    let target = reachable(settings.server.bind);
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {target}\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n"
    );
    send(target, &head, timeout).map_err(|error| {
        format!("{target} does not answer; is the service running? It is asked at server.bind: {error}")
    })
}

fn send(target: SocketAddr, head: &str, timeout: Duration) -> io::Result<Answer> {
    let mut connection = TcpStream::connect_timeout(&target, timeout)?;
    connection.set_read_timeout(Some(timeout))?;
    connection.set_write_timeout(Some(timeout))?;
    connection.write_all(head.as_bytes())?;
    let mut answer = String::new();
    connection.take(MAX_ANSWER).read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::InvalidData)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    Ok(Answer { status, body: body.to_owned() })
}

/// The address at which a listener on `bind` is reached from this machine.
fn reachable(bind: SocketAddr) -> SocketAddr {
    let ip = match bind.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, bind.port())
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

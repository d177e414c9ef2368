//! Requests to the routes for operators of the service on this machine.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The longest answer that is read.
const MAX_ANSWER: u64 = 1 << 20;

/// Status and body of a request without a body, which is answered within `timeout`.
pub(super) fn send(
    method: &str,
    target: SocketAddr,
    path: &str,
    token: &str,
    timeout: Duration,
) -> io::Result<(u16, String)> {
    let mut connection = TcpStream::connect_timeout(&target, timeout)?;
    connection.set_read_timeout(Some(timeout))?;
    connection.set_write_timeout(Some(timeout))?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {target}\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\n\
         Connection: close\r\n\r\n"
    );
    connection.write_all(head.as_bytes())?;
    let mut answer = String::new();
    connection.take(MAX_ANSWER).read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::InvalidData)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    Ok((status, body.to_owned()))
}

/// What an error response says.
pub(super) fn detail(body: &str) -> String {
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    body["detail"].as_str().unwrap_or("there is no such route; is it another service?").to_owned()
}

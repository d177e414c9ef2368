//! Deadlines of requests and the limit of connections.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::app::TestApp;
use crate::support::service::{Service, wait_until};

/// The end of every wait.
const TIMEOUT: Duration = Duration::from_secs(20);

fn connect(base: &str) -> TcpStream {
    let stream = TcpStream::connect(base.trim_start_matches("http://")).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_millis(20))).expect("a timeout");
    stream
}

/// Sends `body` again and again until the server closes the connection; returns its response.
async fn drip(base: &str, head: String, body: &'static [u8]) -> String {
    let base = base.to_owned();
    actix_web::rt::task::spawn_blocking(move || drip_blocking(&base, &head, body)).await.expect("a task")
}

fn drip_blocking(base: &str, head: &str, body: &[u8]) -> String {
    let mut stream = connect(base);
    stream.write_all(head.as_bytes()).expect("sent");
    let (mut response, mut buffer) = (Vec::new(), [0; 4096]);
    let end = Instant::now() + TIMEOUT;
    loop {
        assert!(Instant::now() < end, "still open: {}", String::from_utf8_lossy(&response));
        // Fails when the server has closed its side, which the next read tells.
        stream.write_all(body).ok();
        match stream.read(&mut buffer) {
            Ok(0) => return String::from_utf8(response).expect("text"),
            Ok(length) => response.extend(&buffer[..length]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => return String::from_utf8(response).expect("text"),
        }
    }
}

#[actix_web::test]
async fn slow_body_gets_408_and_the_connection_is_closed() {
    let app = TestApp::new();
    let node = app.node_with("server.body_timeout = '200ms'\naufy.enabled = true").await;
    for (path, error) in
        [("/signin/idtoken", "\"error\":\"invalid-request\""), ("/api/auth/external/callback/google", "\"status\":408")]
    {
        for (coding, body) in [("Content-Length: 4096", "a"), ("Transfer-Encoding: chunked", "1\r\na\r\n")] {
            let origin = &node.base;
            let head = format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {origin}\r\n{coding}\r\n\r\n");
            let response = drip(&node.base, head, body.as_bytes()).await;
            assert!(response.starts_with("HTTP/1.1 408 "), "{path} {coding}: {response}");
            assert!(response.contains(error), "{path} {coding}: {response}");
        }
    }
}

#[actix_web::test]
async fn unread_slow_body_does_not_keep_the_connection() {
    let app = TestApp::new();
    let node = app.node().await;
    let head = "GET /version HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    let response = drip(&node.base, head.to_owned(), b"1\r\na\r\n").await;
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
}

#[actix_web::test]
async fn slow_connections_beyond_the_file_limit_leave_health_reachable() {
    let app = TestApp::new();
    // The deadline of bodies alone would not free a connection within the test.
    let service = Service::start_limited(&app, "server.body_timeout = '5m'", "ulimit -n 200").await;
    let slow: Vec<_> = (0..260)
        .map(|_| {
            let mut stream = connect(&service.node.base);
            stream
                .write_all(b"POST /signin/idtoken HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n{")
                .expect("sent");
            stream
        })
        .collect();
    wait_until("health is reachable", async || service.node.is_ready().await).await;
    drop(slow);
}

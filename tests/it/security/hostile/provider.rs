//! The hostile provider: one server for all rows, with an issuer of its own for each. It sends what a row says, byte for byte,
//! and counts who asks.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::app::listen;

/// How long a connection waits for its client.
const PATIENCE: Duration = Duration::from_secs(40);

/// What comes after the bytes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Close,
    /// Nothing more, until the client closes.
    Silence,
    /// These bytes again and again, until the client closes.
    Repeat(&'static [u8]),
}

/// The bytes of an answer, and its end.
pub type Wire = fn(&Reply) -> (Vec<u8>, End);

/// What an endpoint sends.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub content_type: &'static str,
    pub location: Option<String>,
    pub body: Vec<u8>,
    /// Whether the connection breaks after the body, which is announced to be longer.
    pub is_broken_off: bool,
    /// Instead of a well-formed answer.
    pub wire: Option<Wire>,
}

impl Reply {
    pub fn json(body: impl ToString) -> Self {
        Self::of(200, "application/json", body)
    }

    pub fn of(status: u16, content_type: &'static str, body: impl ToString) -> Self {
        let body = body.to_string().into_bytes();
        Self { status, content_type, location: None, body, is_broken_off: false, wire: None }
    }

    /// The head of the answer with these header lines.
    pub fn head(&self, more: &str) -> Vec<u8> {
        let location = self.location.iter().map(|location| format!("Location: {location}\r\n"));
        let location: String = location.collect();
        let Self { status, content_type, .. } = self;
        format!("HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nConnection: close\r\n{location}{more}\r\n")
            .into()
    }

    fn bytes(&self) -> (Vec<u8>, End) {
        if let Some(wire) = self.wire {
            return wire(self);
        }
        let length = self.body.len() + usize::from(self.is_broken_off);
        // Neither has a body (RFC 9110).
        let is_empty = matches!(self.status, 204 | 304);
        let head = self.head(&if is_empty { String::new() } else { format!("Content-Length: {length}\r\n") });
        let body = if is_empty { &[] } else { &self.body[..] };
        ([&head, body].concat(), End::Close)
    }
}

/// The requests to the endpoints of one row.
#[derive(Clone, Debug, Default)]
pub struct Requests {
    /// How many came to each endpoint.
    pub hits: BTreeMap<String, u32>,
    /// The bodies that came to the token endpoint.
    pub token_bodies: Vec<String>,
}

#[derive(Default)]
struct State {
    replies: BTreeMap<(String, String), Reply>,
    requests: BTreeMap<String, Requests>,
}

pub struct HostileProvider {
    pub origin: String,
    state: Arc<Mutex<State>>,
    is_over: Arc<AtomicBool>,
}

impl Drop for HostileProvider {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        let address = self.origin.rsplit_once('/').map_or("", |(_, address)| address);
        // Wakes the thread that accepts connections.
        drop(TcpStream::connect(address));
    }
}

impl HostileProvider {
    pub fn new() -> Self {
        Self::start(None)
    }

    /// A provider that speaks TLS.
    pub fn with_tls(config: ServerConfig) -> Self {
        Self::start(Some(Arc::new(config)))
    }

    fn start(tls: Option<Arc<ServerConfig>>) -> Self {
        let (listener, origin) = listen();
        let origin = if tls.is_some() { origin.replace("http:", "https:") } else { origin };
        let (state, is_over) = (Arc::<Mutex<State>>::default(), Arc::<AtomicBool>::default());
        let (shared, over) = (Arc::clone(&state), Arc::clone(&is_over));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let (state, tls) = (Arc::clone(&shared), tls.clone());
                // Whoever goes away in the middle of an answer is no failure of the test.
                std::thread::spawn(move || serve(&state, stream, tls).ok());
            }
        });
        Self { origin, state, is_over }
    }

    /// Has an endpoint of a row send this from now on.
    pub fn set(&self, row: &str, endpoint: &str, reply: Reply) {
        self.state.lock().expect("not poisoned").replies.insert((row.to_owned(), endpoint.to_owned()), reply);
    }

    pub fn requests(&self, row: &str) -> Requests {
        self.state.lock().expect("not poisoned").requests.get(row).cloned().unwrap_or_default()
    }
}

fn serve(state: &Mutex<State>, stream: TcpStream, tls: Option<Arc<ServerConfig>>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    match tls {
        None => answer_one(state, stream),
        Some(config) => {
            let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
            answer_one(state, StreamOwned::new(connection, stream))
        }
    }
}

/// Answers one request.
fn answer_one(state: &Mutex<State>, mut stream: impl Read + Write) -> std::io::Result<()> {
    let (path, body) = read_request(&mut stream)?;
    let (bytes, end) = answer(state, &path, &body).bytes();
    stream.write_all(&bytes)?;
    stream.flush()?;
    match end {
        End::Close => {}
        End::Silence => while stream.read(&mut [0; 16])? > 0 {},
        End::Repeat(bytes) => loop {
            stream.write_all(bytes)?;
        },
    }
    Ok(())
}

/// The path and the body of a request.
fn read_request(stream: &mut impl Read) -> std::io::Result<(String, Vec<u8>)> {
    let (mut read, mut buffer) = (Vec::new(), [0; 8192]);
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        read.extend_from_slice(&buffer[..count]);
        let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&read[..end]).to_lowercase();
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok()).unwrap_or(0);
        if read.len() >= end + 4 + length {
            let path = String::from_utf8_lossy(&read[..end]).split(' ').nth(1).unwrap_or_default().to_owned();
            return Ok((path, read.split_off(end + 4)));
        }
    }
}

/// The path is `/{row}/{endpoint}`.
fn answer(state: &Mutex<State>, path: &str, body: &[u8]) -> Reply {
    let (row, endpoint) = path.trim_start_matches('/').split_once('/').unwrap_or((path, ""));
    let endpoint = endpoint.split('?').next().unwrap_or_default();
    let mut state = state.lock().expect("not poisoned");
    let requests = state.requests.entry(row.to_owned()).or_default();
    *requests.hits.entry(endpoint.to_owned()).or_default() += 1;
    if endpoint == "token" {
        requests.token_bodies.push(String::from_utf8_lossy(body).into_owned());
    }
    let reply = state.replies.get(&(row.to_owned(), endpoint.to_owned())).cloned();
    reply.unwrap_or_else(|| Reply::of(404, "text/plain", ""))
}

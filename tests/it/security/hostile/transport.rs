//! Parts 1B and 1I below HTTP: connections that hang, break off or never end, answers that two parsers would delimit
//! differently, names that do not resolve, and TLS that proves nothing. Each at each endpoint; nothing is asked twice.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::json;

use super::lie::METADATA;
use super::provider::{End, HostileProvider, Reply, Wire};
use super::row::{EXCHANGE, Expected, INTERNAL, Kind, PROFILE, Row, Table, r0, r1, r2};
use super::{check_log, check_rows_of_database, provider_of, run, run_all, section};
use crate::support::app::Database;
use crate::support::process::{Process, real_time_app};

/// The time of a call in these tests, so that one that hangs ends soon.
fn with_short_timeout(text: &str, more: &str) -> String {
    assert!(text.contains("timeout = '20s'"), "{text}");
    text.replace("timeout = '20s'", &format!("timeout = '3s'{more}"))
}

const NOT_STARTED: Expected = Expected::NotStarted { error: INTERNAL };

const ENDPOINTS: [(&str, Expected); 4] =
    [(METADATA, NOT_STARTED), ("jwks", r1(PROFILE)), ("token", r1(EXCHANGE)), ("me", r2(PROFILE))];

/// A chunk of blanks.
const CHUNK: &[u8] = &{
    let mut chunk = [b' '; 3 + 2 + 0xff8 + 2];
    (chunk[0], chunk[1], chunk[2], chunk[3], chunk[4]) = (b'f', b'f', b'8', b'\r', b'\n');
    (chunk[3 + 2 + 0xff8], chunk[3 + 2 + 0xff8 + 1]) = (b'\r', b'\n');
    chunk
};

fn with_length(reply: &Reply, length: impl std::fmt::Display) -> Vec<u8> {
    reply.head(&format!("Content-Length: {length}\r\n"))
}

fn chunked(reply: &Reply, chunks: &[&[u8]]) -> Vec<u8> {
    let mut bytes = reply.head("Transfer-Encoding: chunked\r\n");
    for chunk in chunks {
        bytes.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
        bytes.extend([chunk, &b"\r\n"[..]].concat());
    }
    bytes
}

/// The body in the format of gzip, not compressed: nobody asked for it.
fn gzip(body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).expect("short");
    let crc = body.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    });
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 1];
    let ends = (!crc).to_le_bytes().into_iter().chain(u32::from(length).to_le_bytes());
    let block = length.to_le_bytes().into_iter().chain((!length).to_le_bytes()).chain(body.iter().copied());
    head.into_iter().chain(block).chain(ends).collect()
}

/// Answers that are none.
fn faults() -> [(&'static str, Wire); 20] {
    [
        ("says nothing", |_| (Vec::new(), End::Silence)),
        ("closes at once", |_| (Vec::new(), End::Close)),
        ("says half a head", |_| (b"HTTP/1.1 200 OK\r\nContent-Ty".to_vec(), End::Silence)),
        ("closes in the head", |_| (b"HTTP/1.1 200 OK\r\nContent-Ty".to_vec(), End::Close)),
        ("says no more than a head", |reply| (with_length(reply, reply.body.len()), End::Silence)),
        ("says half a body", |reply| {
            let half = &reply.body[..reply.body.len() / 2];
            ([&with_length(reply, reply.body.len()), half].concat(), End::Silence)
        }),
        ("closes in the body", |reply| ([&with_length(reply, 5000), &reply.body[..]].concat(), End::Close)),
        ("closes in a chunk", |reply| {
            let half = &reply.body[..reply.body.len() / 2];
            ([&chunked(reply, &[]), &b"fff\r\n"[..], half].concat(), End::Close)
        }),
        ("closes before the last chunk", |reply| (chunked(reply, &[&reply.body[..8]]), End::Close)),
        // As HTTP/1.0 allowed; the client reads no body then.
        ("has no length", |reply| ([&reply.head(""), &reply.body[..]].concat(), End::Close)),
        ("is no HTTP", |_| (b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec(), End::Close)),
        ("has a status that is none", |_| (b"HTTP/1.1 2x0 OK\r\nContent-Length: 2\r\n\r\n{}".to_vec(), End::Close)),
        ("sends a head without end", |_| (b"HTTP/1.1 200 OK\r\n".to_vec(), End::Repeat(b"X-A: b\r\n"))),
        ("sends a header of 1 MiB", |reply| {
            let more = format!("X-Long: {}\r\nContent-Length: {}\r\n", "x".repeat(1 << 20), reply.body.len());
            ([&reply.head(&more), &reply.body[..]].concat(), End::Close)
        }),
        ("sends 10,000 headers", |reply| {
            let more = format!("{}Content-Length: {}\r\n", "X-A: b\r\n".repeat(10_000), reply.body.len());
            ([&reply.head(&more), &reply.body[..]].concat(), End::Close)
        }),
        ("sends chunks without end", |reply| (chunked(reply, &[]), End::Repeat(CHUNK))),
        ("sends a body without end", |reply| (reply.head(""), End::Repeat(&[b' '; 4096]))),
        ("has two lengths", |reply| {
            let more = format!("Content-Length: {}\r\nContent-Length: {}\r\n", reply.body.len(), reply.body.len() + 9);
            ([&reply.head(&more), &reply.body[..]].concat(), End::Close)
        }),
        ("has a chunk of 2^64 bytes", |reply| {
            let head = reply.head("Transfer-Encoding: chunked\r\n");
            ([&head, &b"10000000000000000\r\n"[..], &reply.body].concat(), End::Close)
        }),
        ("is compressed unasked", |reply| {
            let body = gzip(&reply.body);
            let more = format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n", body.len());
            ([reply.head(&more), body].concat(), End::Close)
        }),
    ]
}

/// Unusual answers that are well-formed.
fn good() -> [(&'static str, Wire); 3] {
    [
        ("answers in chunks", |reply| {
            let (start, rest) = reply.body.split_at(reply.body.len() / 2);
            ([chunked(reply, &[start, rest]), b"0\r\n\r\n".to_vec()].concat(), End::Close)
        }),
        // Whether all of it has come is what its JSON says.
        ("closes before the last chunk, after its JSON", |reply| (chunked(reply, &[&reply.body[..]]), End::Close)),
        ("answers with fifty headers", |reply| {
            let more = format!("{}Content-Length: {}\r\n", "X-A: b\r\n".repeat(50), reply.body.len());
            ([&reply.head(&more), &reply.body[..]].concat(), End::Close)
        }),
    ]
}

fn rows() -> Vec<Row> {
    let mut table = Table::default();
    for (endpoint, expected) in ENDPOINTS {
        for (name, wire) in faults() {
            table.row("1I", format!("{endpoint} {name}"), expected, move |lie| {
                lie.replies.insert(endpoint, Reply { wire: Some(wire), ..lie.raw(endpoint) });
            });
        }
        for (name, wire) in good() {
            table.good("1I", format!("{endpoint} {name}"), move |lie| {
                lie.replies.insert(endpoint, Reply { wire: Some(wire), ..lie.raw(endpoint) });
            });
        }
    }
    // Endpoints elsewhere: a port without a listener, and a name that no server knows (RFC 6761).
    for (name, origin) in [("a closed port", "http://127.0.0.1:1"), ("an unknown name", "https://nowhere.invalid")] {
        for (member, expected) in
            [("jwks_uri", r1(PROFILE)), ("token_endpoint", r0(EXCHANGE)), ("userinfo_endpoint", r1(PROFILE))]
        {
            table.row("1I", format!("{member} at {name}"), expected, move |lie| {
                lie.metadata[member] = json!(format!("{origin}/x"))
            });
        }
    }
    table.0
}

#[actix_web::test]
async fn broken_connections_are_refused_and_leave_nothing() {
    let rows = rows();
    let app = real_time_app(Database::Sqlite).expect("SQLite");
    let hostile = HostileProvider::new();
    let sections: String = (0..rows.len()).map(|at| section(&hostile.origin, &provider_of(at), Kind::Oidc)).collect();
    let process = Process::start(&app, "trace", |text| with_short_timeout(&text, "") + &sections);
    run_all(&process.base, &hostile, &rows, 8).await;
    check_rows_of_database(&app, &rows).await;
    check_log(&process);
    println!("hostile provider, broken connections: {} rows", rows.len());
}

/// A server's certificate for a name, valid until the end of a year, with its key.
fn tls(issuer: &CertifiedIssuer<'static, KeyPair>, name: &str, last_year: i32) -> ServerConfig {
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
    params.not_after = date_time_ymd(last_year, 12, 31);
    let key = KeyPair::generate().expect("a key");
    let certificate = params.signed_by(&key, issuer).expect("a certificate").der().clone();
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    ServerConfig::builder_with_provider(std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a certificate")
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::<String>::new()).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority")
}

#[actix_web::test]
async fn tls_that_proves_nothing_gets_no_request() {
    let (ours, theirs) = (authority(), authority());
    let servers = [
        ("its right certificate", tls(&ours, "127.0.0.1", 2999)),
        ("a certificate of an unknown authority", tls(&theirs, "127.0.0.1", 2999)),
        ("a certificate for another name", tls(&ours, "elsewhere.test", 2999)),
        ("an expired certificate", tls(&ours, "127.0.0.1", 2020)),
    ];
    let servers = servers.map(|(name, config)| (name, HostileProvider::with_tls(config)));
    let app = real_time_app(Database::Sqlite).expect("SQLite");
    std::fs::write(app.folder().join("roots.pem"), ours.pem()).expect("written");
    let (honest, mut table) = (servers[0].1.origin.clone(), Table::default());
    table.good("1I", format!("provider with {}", servers[0].0), |_| ());
    let mut sections = section(&honest, &provider_of(0), Kind::Oidc);
    // The whole provider, and its token endpoint alone.
    for (name, server) in &servers[1..] {
        sections += &section(&server.origin, &provider_of(table.0.len()), Kind::Oidc);
        table.row("1I", format!("provider with {name}"), NOT_STARTED, |_| ());
        sections += &section(&honest, &provider_of(table.0.len()), Kind::Oidc);
        let origin = server.origin.clone();
        table.row("1I", format!("token endpoint with {name}"), r0(EXCHANGE), move |lie| {
            lie.metadata["token_endpoint"] = json!(format!("{origin}/{}/token", lie.row))
        });
    }
    let roots = format!(", ca_file = '{}/roots.pem'", app.folder().display());
    let process = Process::start(&app, "trace", |text| with_short_timeout(&text, &roots) + &sections);
    for (position, row) in table.0.iter().enumerate() {
        // Of two rows for each of the other servers the first is its own.
        let at = if position % 2 == 0 { 0 } else { position.div_ceil(2) };
        run(&process.base, &servers[at].1, position, row).await.unwrap_or_else(|error| panic!("{}: {error}", row.name));
    }
    for (name, server) in &servers[1..] {
        for position in 0..table.0.len() {
            assert_eq!(server.requests(&provider_of(position)).hits.len(), 0, "{name} got a request");
        }
    }
    check_rows_of_database(&app, &table.0).await;
    check_log(&process);
}

//! Whom the client believes to be the host it called: a TLS server of this machine, with one certificate each time.
//!
//! The certificates beside this file were made for these tests; their key opens nothing else.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;

const ROOT: &[u8] = include_bytes!("root.pem");
const HERE: &[u8] = include_bytes!("here.pem");
const ELSEWHERE: &[u8] = include_bytes!("elsewhere.pem");
const EXPIRED: &[u8] = include_bytes!("expired.pem");
const KEY: &[u8] = include_bytes!("key.der");

/// Answers one request, if the handshake gets that far; says whether it did.
fn serve(certificate: &[u8]) -> (String, JoinHandle<bool>) {
    let certificate = CertificateDer::from_pem_slice(certificate).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], PrivateKeyDer::try_from(KEY).unwrap())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let socket = listener.accept().unwrap().0;
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), socket);
        let is_asked = stream.read(&mut [0; 4096]).is_ok_and(|length| length > 0);
        let answer =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
        is_asked && stream.write_all(answer.as_bytes()).is_ok()
    });
    (format!("https://127.0.0.1:{port}/"), server)
}

async fn call(certificate: &[u8], roots: Option<&[u8]>) -> (Result<Value, HttpError>, bool) {
    let (url, server) = serve(certificate);
    let client = HttpClient::new(&HttpPolicy::new(LONG, true, roots).unwrap());
    let found = get(&client, &url).await;
    (found, server.join().unwrap())
}

#[actix_web::test]
async fn a_host_with_a_good_certificate_under_an_additional_root_is_believed() {
    assert_eq!(call(HERE, Some(ROOT)).await, (Ok(serde_json::json!({})), true));
}

#[actix_web::test]
async fn a_host_that_cannot_show_who_it_is_gets_no_request() {
    for (certificate, roots, fault) in [
        (HERE, None, "its certificate comes from an unknown issuer"),
        (HERE, Some(HERE), "its certificate comes from an unknown issuer"),
        (ELSEWHERE, Some(ROOT), "its certificate is for another name"),
        (EXPIRED, Some(ROOT), "its certificate has expired"),
    ] {
        assert_eq!(call(certificate, roots).await, (Err(HttpError::Tls(fault)), false), "{fault}");
    }
}

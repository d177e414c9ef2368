//! Tests of certificate checks against a TLS server on this machine.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;

/// A certificate authority of one test.
struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key.
struct Signed {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn root(&self) -> Vec<u8> {
        self.0.pem().into_bytes()
    }

    fn sign(&self, name: &str, last_year: i32) -> Signed {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_after = date_time_ymd(last_year, 12, 31);
        let key = KeyPair::generate().unwrap();
        Signed { certificate: params.signed_by(&key, &self.0).unwrap(), key }
    }
}

/// Answers one request, if the handshake succeeds, and returns whether it did.
fn serve(signed: &Signed) -> (String, JoinHandle<bool>) {
    let key = PrivateKeyDer::try_from(signed.key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![signed.certificate.der().clone()], key)
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

async fn call(signed: &Signed, roots: Option<&[u8]>) -> (Result<Value, HttpError>, bool) {
    let (url, server) = serve(signed);
    let client = HttpClient::new(&HttpPolicy::new(LONG, NetworkAccess::Any, roots).unwrap(), Arc::default());
    let found = get(&client, &url).await;
    (found, server.join().unwrap())
}

#[actix_web::test]
async fn certificate_under_additional_root_is_accepted() {
    let authority = Authority::new("ours");
    let here = authority.sign("127.0.0.1", 2999);
    assert_eq!(call(&here, Some(&authority.root())).await, (Ok(serde_json::json!({})), true));
}

#[actix_web::test]
async fn host_with_invalid_certificate_gets_no_request() {
    let (authority, other_authority) = (Authority::new("ours"), Authority::new("another"));
    let here = authority.sign("127.0.0.1", 2999);
    let elsewhere = authority.sign("elsewhere.test", 2999);
    let expired = authority.sign("127.0.0.1", 2020);
    for (signed, roots, fault) in [
        (&here, None, "its certificate comes from an unknown issuer"),
        (&here, Some(other_authority.root()), "its certificate comes from an unknown issuer"),
        (&elsewhere, Some(authority.root()), "its certificate is for another name"),
        (&expired, Some(authority.root()), "its certificate has expired"),
    ] {
        assert_eq!(call(signed, roots.as_deref()).await, (Err(HttpError::Tls(fault)), false), "{fault}");
    }
}

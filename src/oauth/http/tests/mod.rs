//! Tests of the HTTP client against real servers on this machine.

mod once;
mod tls;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use actix_web::HttpResponse;
use actix_web::web::Bytes;
use futures_util::stream;

use super::*;
use crate::oauth::test_server::{TestServer, client};

const LONG: Duration = Duration::from_secs(5);

fn restricted_client() -> HttpClient {
    HttpClient::new(&HttpPolicy::new(LONG, NetworkAccess::Public, None).unwrap(), Arc::default())
}

async fn get(client: &HttpClient, url: &str) -> Result<Value, HttpError> {
    client.get_json(Endpoint::Userinfo, &Url::parse(url).unwrap(), None, &[]).await
}

#[actix_web::test]
async fn request_has_our_headers_unless_replaced() {
    let provider = TestServer::always(200, "application/json", "{\"id\":9007199254740993}");
    let headers = [("accept".to_owned(), "application/vnd.acme+json".to_owned())];
    let plain = client().get_json(Endpoint::Userinfo, &provider.url("/a?b=c"), None, &[]).await.unwrap();
    assert_eq!(plain["id"].to_string(), "9007199254740993");
    assert!(
        client().get_json(Endpoint::Userinfo, &provider.url("/a"), Some(&Secret::new("AT")), &headers).await.is_ok()
    );
    let requests = provider.requests();
    assert_eq!(requests[0].path, "/a?b=c");
    assert_eq!(requests[0].header("accept"), Some("application/json"));
    assert_eq!(requests[0].header("user-agent"), Some(USER_AGENT));
    assert_eq!(requests[0].header("authorization"), None);
    assert_eq!(requests[1].header("accept"), Some("application/vnd.acme+json"));
    assert_eq!(requests[1].header("authorization"), Some("Bearer AT"));
}

#[actix_web::test]
async fn invalid_header_is_not_sent() {
    let provider = TestServer::always(200, "application/json", "{}");
    let broken = Secret::new("AT\r\nHost: evil");
    let url = provider.url("/");
    assert_eq!(client().get_json(Endpoint::Userinfo, &url, Some(&broken), &[]).await, Err(HttpError::InvalidRequest));
    for (name, value) in [("X Y", "a"), ("X-Y", "a\nb"), ("", "a")] {
        let headers = [(name.to_owned(), value.to_owned())];
        assert_eq!(
            client().get_json(Endpoint::Userinfo, &url, None, &headers).await,
            Err(HttpError::InvalidRequest),
            "{name}"
        );
    }
    assert_eq!(provider.requests().len(), 0);
}

#[actix_web::test]
async fn redirect_is_not_followed() {
    let target_server = TestServer::always(200, "application/json", "{}");
    let target = target_server.url("/caught").to_string();
    for status in [301, 302, 303, 307, 308] {
        let target = target.clone();
        let provider = TestServer::start(move |_| {
            let status = actix_web::http::StatusCode::from_u16(status).unwrap();
            HttpResponse::build(status).insert_header(("Location", target.as_str())).finish()
        });
        let found = client().get_json(Endpoint::Userinfo, &provider.url("/"), Some(&Secret::new("AT")), &[]).await;
        assert_eq!(found, Err(HttpError::Status(status)));
    }
    assert_eq!(target_server.requests().len(), 0);
    assert!(get(&client(), &target).await.is_ok(), "the target answers when it is called");
}

#[actix_web::test]
async fn body_over_one_mebibyte_is_refused() {
    let text = |length: usize| format!("\"{}\"", "x".repeat(length - 2));
    let provider = TestServer::always(200, "application/json", &text(1_048_576));
    assert!(get(&client(), provider.base.as_str()).await.is_ok());
    let provider = TestServer::always(200, "application/json", &text(1_048_577));
    assert_eq!(get(&client(), provider.base.as_str()).await, Err(HttpError::TooLarge));
    let endless = TestServer::start(|_| {
        HttpResponse::Ok()
            .streaming(stream::repeat_with(|| Ok::<_, actix_web::Error>(Bytes::from_static(&[b' '; 4096]))))
    });
    assert_eq!(get(&client(), endless.base.as_str()).await, Err(HttpError::TooLarge));
}

#[actix_web::test]
async fn metadata_over_256_kibibytes_is_refused() {
    for (length, is_read) in [(262_144, true), (262_145, false)] {
        let text = format!("\"{}\"", "x".repeat(length - 2));
        let provider = TestServer::always(200, "application/json", &text);
        assert_eq!(client().get_metadata(Endpoint::Discovery, &provider.url("/")).await.is_ok(), is_read, "{length}");
    }
}

/// The time of a call and that of its connection are the same here, and a connection includes the handshake.
#[track_caller]
fn assert_timeout(found: Result<Value, HttpError>) {
    assert!(matches!(found, Err(HttpError::ConnectTimeout | HttpError::Timeout)), "{found:?}");
}

#[actix_web::test]
async fn silent_server_times_out_before_and_inside_the_body() {
    let impatient = HttpClient::new(
        &HttpPolicy::new(Duration::from_millis(200), NetworkAccess::Any, None).unwrap(),
        Arc::default(),
    );
    // The listener's backlog accepts the connection; nobody ever reads it.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    assert_timeout(get(&impatient, &url).await);
    let url = format!("https://{}/", silent.local_addr().unwrap());
    assert_timeout(get(&impatient, &url).await);
    let stalling = TestServer::start(|_| {
        use futures_util::StreamExt as _;
        let start = stream::once(async { Ok::<_, actix_web::Error>(Bytes::from_static(b"{")) });
        HttpResponse::Ok().content_type("application/json").streaming(start.chain(stream::pending()))
    });
    assert_eq!(get(&impatient, stalling.base.as_str()).await, Err(HttpError::Timeout));
}

#[actix_web::test]
async fn body_that_ends_before_its_announced_length_is_refused() {
    for (announced, is_read) in [(2, true), (3, false)] {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", server.local_addr().unwrap());
        let answering = std::thread::spawn(move || {
            let (mut connection, _) = server.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                connection.read_exact(&mut byte).unwrap();
                request.extend(byte);
            }
            let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {announced}");
            connection.write_all(format!("{head}\r\n\r\n{{}}").as_bytes()).unwrap();
        });
        let found = get(&client(), &url).await;
        answering.join().unwrap();
        assert_eq!(found, if is_read { Ok(serde_json::json!({})) } else { Err(HttpError::Interrupted) });
    }
}

#[actix_web::test]
async fn timed_out_calls_release_their_connections() {
    let provider = TestServer::start(|path| match path {
        "/hang" => HttpResponse::Ok().streaming(stream::pending::<Result<Bytes, actix_web::Error>>()),
        _ => HttpResponse::Ok().json(serde_json::json!({})),
    });
    let impatient = HttpClient::new(
        &HttpPolicy::new(Duration::from_millis(500), NetworkAccess::Any, None).unwrap(),
        Arc::default(),
    );
    let hang = provider.url("/hang");
    let calls = (0..2 * MAX_CONNECTIONS).map(|_| get(&impatient, hang.as_str()));
    let found = futures_util::future::join_all(calls).await;
    assert!(found.iter().all(|found| *found == Err(HttpError::Timeout)), "{found:?}");
    assert!(get(&impatient, provider.base.as_str()).await.is_ok());
}

#[actix_web::test]
async fn calls_in_a_row_share_a_connection() {
    let provider = TestServer::always(200, "application/json", "{}");
    let client = client();
    for _ in 0..3 {
        get(&client, provider.base.as_str()).await.unwrap();
        let form = http::Request::post(provider.base.as_str()).body(b"a=b".to_vec()).unwrap();
        client.clone().send(Endpoint::Token, form).await.unwrap();
    }
    let peers: std::collections::HashSet<_> = provider.requests().iter().map(|request| request.peer).collect();
    assert_eq!((provider.requests().len(), peers.len()), (6, 1));
}

#[actix_web::test]
async fn refused_connection_is_an_error() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", closed.local_addr().unwrap());
    drop(closed);
    assert_eq!(get(&client(), &url).await, Err(HttpError::Connect));
}

#[actix_web::test]
async fn private_network_is_refused_in_every_notation() {
    let target_server = TcpListener::bind("127.0.0.1:0").unwrap();
    target_server.set_nonblocking(true).unwrap();
    let port = target_server.local_addr().unwrap().port();
    let client = restricted_client();
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "0177.0.0.1",
        "2130706433",
        "0",
        "localhost",
        "LOCALHOST",
        "１２７.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "100.100.100.200",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[fe80::1]",
        "[fd00::1]",
    ] {
        let refused = get(&client, &format!("https://{host}:{port}/")).await;
        assert!(matches!(refused, Err(HttpError::PrivateNetwork(_))), "{host}: {refused:?}");
    }
    assert!(target_server.accept().is_err(), "no connection");
    // The control: the same server is reached once private networks are allowed.
    let unrestricted = HttpClient::new(
        &HttpPolicy::new(Duration::from_millis(200), NetworkAccess::Any, None).unwrap(),
        Arc::default(),
    );
    assert_timeout(get(&unrestricted, &format!("https://127.1:{port}/")).await);
    assert!(target_server.accept().is_ok());
}

#[actix_web::test]
async fn url_without_https_is_refused_by_name() {
    for bad in ["ftp://idp.example/", "file:///a", "data:,a", "https://user@idp.example/", "https://:p@idp.example/"] {
        assert_eq!(get(&restricted_client(), bad).await, Err(HttpError::InvalidUrl), "{bad}");
    }
    let insecure = get(&restricted_client(), "http://idp.example:8080/path?secret=1").await.unwrap_err();
    assert_eq!(insecure, HttpError::InsecureUrl("http://idp.example:8080".to_owned()));
    assert!(insecure.to_string().contains("upstream.allow_private_networks"), "{insecure}");
    assert_eq!(get(&client(), "ftp://127.0.0.1/").await, Err(HttpError::InvalidUrl));
    let relative = http::Request::new(Vec::new());
    assert_eq!(client().send(Endpoint::Token, relative).await.err(), Some(HttpError::InvalidUrl));
}

#[actix_web::test]
async fn loopback_access_allows_http_on_this_machine_only() {
    let provider = TestServer::always(200, "application/json", "{}");
    let policy = HttpPolicy::new(LONG, NetworkAccess::PublicAndLoopback, None).unwrap();
    let client = HttpClient::new(&policy, Arc::default());
    let port = provider.base.port().unwrap();
    for host in ["127.0.0.1", "localhost"] {
        assert!(get(&client, &format!("http://{host}:{port}/")).await.is_ok(), "{host}");
    }
    for url in ["http://idp.example/", "http://10.0.0.1/", "http://localhost.idp.example/"] {
        assert!(matches!(get(&client, url).await, Err(HttpError::InsecureUrl(_))), "{url}");
    }
    let private = get(&client, "https://10.0.0.1/").await;
    assert_eq!(private, Err(HttpError::PrivateNetwork("10.0.0.1".to_owned())));
}

#[actix_web::test]
async fn server_without_tls_is_refused() {
    let provider = TestServer::always(200, "application/json", "{}");
    let url = provider.base.as_str().replace("http:", "https:");
    assert_eq!(get(&client(), &url).await, Err(HttpError::Tls("the handshake failed")));
}

#[test]
fn unreadable_roots_are_an_error() {
    for broken in [
        "",
        "no certificate",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
    ] {
        let policy = HttpPolicy::new(LONG, NetworkAccess::Public, Some(broken.as_bytes()));
        assert_eq!(policy.err(), Some(HttpError::InvalidRoots), "{broken}");
    }
    assert!(HttpPolicy::new(LONG, NetworkAccess::Public, None).is_ok());
}

#[test]
fn policy_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone>(_: &T) {}
    shared(&HttpPolicy::new(LONG, NetworkAccess::Public, None).unwrap());
}

#[test]
fn tls_error_names_its_cause() {
    let error = HttpError::Tls("its certificate has expired");
    assert_eq!(error.to_string(), "no secure connection to the provider: its certificate has expired");
}

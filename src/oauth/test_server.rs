//! A provider's endpoints for tests: a real server on 127.0.0.1 that records the requests.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::Bytes;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use url::Url;

use super::http::{HttpClient, HttpPolicy, NetworkAccess};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct RecordedRequest {
    /// The client's end of the connection.
    pub(crate) peer: Option<SocketAddr>,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl RecordedRequest {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The values of one field of the form in the body.
    pub(crate) fn field(&self, name: &str) -> Vec<String> {
        let pairs = url::form_urlencoded::parse(self.body.as_bytes());
        pairs.filter(|(key, _)| key == name).map(|(_, value)| value.into_owned()).collect()
    }
}

pub(crate) struct TestServer {
    pub(crate) base: Url,
    request: Arc<Mutex<Vec<RecordedRequest>>>,
    handle: ServerHandle,
}

impl TestServer {
    /// Starts a server that answers with `answer(path)`.
    pub(crate) fn start(answer: impl Fn(&str) -> HttpResponse + Clone + Send + 'static) -> Self {
        let request = Arc::new(Mutex::new(Vec::new()));
        let memory = Arc::clone(&request);
        let server = HttpServer::new(move || {
            let (answer, memory) = (answer.clone(), Arc::clone(&memory));
            App::new().default_service(web::to(move |request: HttpRequest, body: Bytes| {
                let headers = request.headers().iter();
                memory.lock().unwrap().push(RecordedRequest {
                    peer: request.peer_addr(),
                    method: request.method().to_string(),
                    path: request.uri().to_string(),
                    headers: headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().into())).collect(),
                    body: String::from_utf8(body.to_vec()).unwrap(),
                });
                let response = answer(request.path());
                async move { response }
            }))
        });
        let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
        let base = Url::parse(&format!("http://{}", server.addrs()[0])).unwrap();
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { base, request, handle }
    }

    /// Starts a server with one answer to every request.
    pub(crate) fn always(status: u16, content_type: &str, body: &str) -> Self {
        let (content_type, body) = (content_type.to_owned(), body.to_owned());
        Self::start(move |_| respond(status, &content_type, &body))
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        self.base.join(path).unwrap()
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.request.lock().unwrap().clone()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

pub(crate) fn respond(status: u16, content_type: &str, body: &str) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(status).unwrap();
    HttpResponse::build(status).content_type(content_type).body(body.to_owned())
}

/// A client that may call this machine.
pub(crate) fn client() -> HttpClient {
    HttpClient::new(&HttpPolicy::new(Duration::from_secs(5), NetworkAccess::Any, None).unwrap(), Arc::default())
}

//! A browser that keeps its cookies and follows one redirect at a time.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::time::Duration;

use actix_web::web::Bytes;
use awc::error::PayloadError;
use awc::http::header::{HeaderMap, LOCATION, SET_COOKIE};
use awc::{Client, ClientRequest, Connector};
use futures_util::{Stream, StreamExt as _};
use serde_json::Value;
use url::Url;

use super::contract;

/// A browser with its own cookies.
pub struct Browser {
    client: Client,
    pub jar: BTreeMap<String, String>,
}

/// A response.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Browser {
    #[allow(clippy::disallowed_methods, reason = "the test browser is not the server's HTTP client")]
    pub fn new() -> Self {
        // Well before the server closes an idle connection, so that no request is sent into a closing one.
        let connector = Connector::new().conn_keep_alive(Duration::from_secs(2));
        let client =
            Client::builder().connector(connector).disable_redirects().timeout(Duration::from_secs(30)).finish();
        Self { client, jar: BTreeMap::new() }
    }

    fn with_cookies(&self, request: ClientRequest) -> ClientRequest {
        if self.jar.is_empty() {
            return request;
        }
        let cookies: Vec<String> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.insert_header(("Cookie", cookies.join("; ")))
    }

    /// Navigates, and stores the cookies of the response.
    pub async fn get(&mut self, url: &str) -> Response {
        let response = self.peek(url).await;
        self.store_cookies(&response);
        response
    }

    /// Navigates without storing cookies, so that requests can run concurrently.
    pub async fn peek(&self, url: &str) -> Response {
        read("GET", url, self.with_cookies(self.client.get(url)).send().await.expect("a response")).await
    }

    /// Like the method above; `None` if the connection fails.
    pub async fn try_peek(&self, url: &str) -> Option<Response> {
        Some(read("GET", url, self.with_cookies(self.client.get(url)).send().await.ok()?).await)
    }

    /// Posts a form from a page of the same site.
    pub async fn post_form(&mut self, url: &str, form: &str) -> Response {
        let request = self.with_cookies(self.client.post(url)).content_type("application/x-www-form-urlencoded");
        let response = read("POST", url, request.send_body(form.to_owned()).await.expect("a response")).await;
        self.store_cookies(&response);
        response
    }

    /// Posts a form from a page of another site: without `SameSite=Lax` cookies.
    pub async fn post_form_cross_site(&mut self, url: &str, form: &str) -> Response {
        let jar = std::mem::take(&mut self.jar);
        let response = self.post_form(url, form).await;
        let set = std::mem::replace(&mut self.jar, jar);
        self.jar.extend(set);
        response
    }

    pub async fn post_json(&self, url: &str, body: &Value) -> Response {
        read("POST", url, self.client.post(url).send_json(body).await.expect("a response")).await
    }

    pub async fn post_json_as(&self, url: &str, token: &str, body: &Value) -> Response {
        read("POST", url, self.client.post(url).bearer_auth(token).send_json(body).await.expect("a response")).await
    }

    /// Posts JSON with cookies and stores those of the response: `credentials: "include"`.
    pub async fn post_json_with_cookies(&mut self, url: &str, token: &str, body: &Value) -> Response {
        let request = self.with_cookies(self.client.post(url)).bearer_auth(token);
        let response = read("POST", url, request.send_json(body).await.expect("a response")).await;
        self.store_cookies(&response);
        response
    }

    pub async fn get_as(&self, url: &str, token: &str) -> Response {
        read("GET", url, self.client.get(url).bearer_auth(token).send().await.expect("a response")).await
    }

    /// Sends any other request, without cookies.
    pub async fn send(&self, method: &str, url: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Response {
        self.try_send(method, url, headers, body).await.expect("a response")
    }

    /// Like the method above; `None` if the connection fails.
    pub async fn try_send(&self, method: &str, url: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Option<Response> {
        let name = awc::http::Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.client.request(name, url);
        for header in headers {
            request = request.insert_header(*header);
        }
        Some(read(method, url, request.send_body(body).await.ok()?).await)
    }

    /// Sends a request of a page's script, with cookies, and stores those of the response.
    pub async fn fetch(&mut self, method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Response {
        let name = awc::http::Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.with_cookies(self.client.request(name, url));
        for header in headers {
            request = request.insert_header(*header);
        }
        let response = read(method, url, request.send_body(body.to_owned()).await.expect("a response")).await;
        self.store_cookies(&response);
        response
    }

    /// Requests a response without an end, such as an event stream, with cookies.
    pub async fn listen(&self, url: &str) -> Listening {
        let response = self.with_cookies(self.client.get(url)).send().await.expect("a response");
        Listening { status: response.status().as_u16(), body: Box::pin(response), text: String::new() }
    }

    fn store_cookies(&mut self, response: &Response) {
        for line in response.headers.get_all(SET_COOKIE) {
            let line = line.to_str().expect("text");
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').expect("a cookie");
            if attributes.contains("Max-Age=0") {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// A response that is still being received.
pub struct Listening {
    pub status: u16,
    body: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>>,
    text: String,
}

impl Listening {
    /// Waits until what has arrived contains `part`, or the answer ends; returns all of it.
    pub async fn until(&mut self, part: &str) -> &str {
        while !self.text.contains(part)
            && let Some(Ok(bytes)) = self.body.next().await
        {
            self.text += &String::from_utf8_lossy(&bytes);
        }
        &self.text
    }

    /// Waits for the end of the answer; returns all of it.
    pub async fn read_to_end(&mut self) -> &str {
        self.until("\0").await
    }
}

/// Reads an answer, and holds it against the description of the routes.
async fn read<S>(method: &str, url: &str, mut response: awc::ClientResponse<S>) -> Response
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    let body = response.body().limit(4 << 20).await.expect("a body").to_vec();
    let response = Response { status: response.status().as_u16(), headers: response.headers().clone(), body };
    contract::check(method, url, &response);
    response
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {:?}", self.text()))
    }

    /// The target of the redirect.
    pub fn location(&self) -> String {
        assert!(matches!(self.status, 302 | 303), "not a redirect: {} {}", self.status, self.text());
        self.headers.get(LOCATION).expect("a location").to_str().expect("text").to_owned()
    }

    pub fn location_url(&self) -> Url {
        self.location().parse().expect("a URL")
    }

    /// All `Set-Cookie` values.
    pub fn cookies(&self) -> Vec<String> {
        self.headers.get_all(SET_COOKIE).map(|line| line.to_str().expect("text").to_owned()).collect()
    }

    /// The only `Set-Cookie` value of this name.
    #[track_caller]
    pub fn cookie(&self, name: &str) -> String {
        let start = format!("{name}=");
        let all = self.cookies();
        let mut found = all.iter().filter(|cookie| cookie.starts_with(&start));
        let cookie = found.next().unwrap_or_else(|| panic!("no {name} in {all:?}")).clone();
        assert!(found.next().is_none(), "more than one {name} in {all:?}");
        cookie
    }

    /// Asserts problem details with this status and detail.
    #[track_caller]
    pub fn assert_problem(&self, status: u16, detail: &str) {
        let text = self.text();
        assert_eq!((self.status, self.header("content-type")), (status, Some("application/problem+json")), "{text}");
        let body = self.json();
        assert_eq!(body["status"], status, "{text}");
        for name in ["type", "title"] {
            assert!(body[name].as_str().is_some_and(|value| !value.is_empty()), "{name}: {text}");
        }
        assert!(body["detail"].as_str().is_some_and(|found| found.contains(detail)), "{detail}: {text}");
        assert_eq!(self.header("cache-control"), Some("no-store"), "{text}");
        assert_eq!(self.header("www-authenticate").is_some(), status == 401, "{text}");
    }

    /// Asserts an error of the Nhost dialect with this status and code.
    #[track_caller]
    pub fn assert_error(&self, status: u16, error: &str) {
        let body = self.json();
        let text = self.text();
        assert_eq!(
            (self.status, body["status"].as_u64(), body["error"].as_str()),
            (status, Some(status.into()), Some(error)),
            "{text}"
        );
        assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{text}");
        assert_eq!(self.header("cache-control"), Some("no-store"), "{text}");
    }
}

/// The input fields of a page with one form, as a form body.
pub fn hidden_fields(page: &str) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for field in page.split("<input").skip(1) {
        let attribute = |name: &str| Some(field.split_once(&format!("{name}=\""))?.1.split_once('"')?.0.to_owned());
        if let (Some(name), Some(value)) = (attribute("name"), attribute("value")) {
            let value =
                value.replace("&quot;", "\"").replace("&#34;", "\"").replace("&#x27;", "'").replace("&lt;", "<");
            form.append_pair(&name, &value.replace("&gt;", ">").replace("&amp;", "&"));
        }
    }
    form.finish()
}

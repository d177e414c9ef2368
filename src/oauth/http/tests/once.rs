//! Calls whose answer is of use whatever its status.

use super::*;

fn request(url: &Url) -> http::Request<Vec<u8>> {
    http::Request::post(url.as_str()).header("x-test", "1").body(b"body".to_vec()).unwrap()
}

#[actix_web::test]
async fn delivery_answers_with_the_status_and_needs_no_body() {
    for status in [204, 302, 404, 500] {
        let receiver = TestServer::always(status, "text/plain", "");
        assert_eq!(client().deliver(request(&receiver.url("/hook?a=b"))).await, Ok(status));
        let requests = receiver.requests();
        assert_eq!((requests.len(), requests[0].method.as_str(), requests[0].body.as_str()), (1, "POST", "body"));
        assert_eq!((requests[0].path.as_str(), requests[0].header("x-test")), ("/hook?a=b", Some("1")));
    }
    let endless = TestServer::start(|_| {
        HttpResponse::Ok()
            .streaming(stream::repeat_with(|| Ok::<_, actix_web::Error>(Bytes::from_static(&[b' '; 4096]))))
    });
    assert_eq!(client().deliver(request(&endless.base)).await, Ok(200));
}

#[actix_web::test]
async fn connection_of_a_delivery_is_used_again_if_the_answer_is_short() {
    let receiver = TestServer::always(200, "text/plain", &"x".repeat(65_536));
    let client = client();
    for _ in 0..2 {
        assert_eq!(client.deliver(request(&receiver.base)).await, Ok(200));
    }
    let requests = receiver.requests();
    assert_eq!(requests[0].peer, requests[1].peer);
}

#[cfg(feature = "cli")]
#[actix_web::test]
async fn probe_shows_the_target_of_a_redirect_if_there_is_one() {
    let provider = TestServer::start(|path| match path {
        "/moved" => HttpResponse::Found().insert_header(("location", "/keys?token=hush")).body("gone"),
        _ => HttpResponse::NotFound().body("none"),
    });
    let moved = client().probe_url(&provider.url("/moved")).await.unwrap();
    assert_eq!((moved.status, moved.body.as_slice()), (302, b"gone".as_slice()));
    assert_eq!(moved.location, Some(provider.url("/keys").to_string()));
    assert!(moved.date.is_some());
    let missing = client().probe(request(&provider.url("/other"))).await.unwrap();
    assert_eq!((missing.status, missing.location), (404, None));
    assert_eq!(provider.requests()[1].body, "body");
}

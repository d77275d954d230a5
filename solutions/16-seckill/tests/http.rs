//! The sale over HTTP, as a client sees it: what is not a request gets 400 and a reason, and every outcome its status.
#![cfg(feature = "suite")]

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use seckill::core::ids::UnixMillis;
use seckill::core::limiter::Limiter;
use seckill::core::sale::Sale;
use seckill::core::window::Limit;
use seckill::shell::conn::Conn;
use seckill::shell::http::{App, router};
use seckill::shell::ledger::Ledger;
use seckill::shell::limiter::Admission;
use seckill::shell::orders::Publisher;
use seckill::shell::service::Seckill;
use seckill::shell::stock::Stock;
use tower::ServiceExt;

struct Shop {
    _redis: testbed::Redis,
    _mysql: testbed::Mysql,
    app: App,
}

/// A sale of one unit, open for `hours` around now (in milliseconds), whose Kafka is nowhere; two requests a minute and buyer.
#[expect(
    clippy::disallowed_methods,
    reason = "a sale's hours lie around the real now"
)]
async fn shop(hours: (i64, i64)) -> Shop {
    let redis = testbed::redis().await.unwrap();
    let mysql = testbed::mysql().await.unwrap();
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis() as i64;
    let at = |offset: i64| UnixMillis((now + offset) as u64);
    let sale = Sale::new(
        "phone".parse().unwrap(),
        1,
        1,
        (at(hours.0), at(hours.1)),
        Duration::from_secs(60),
    )
    .unwrap();
    let stock = Stock::new(
        Conn::single(redis.url()).await.unwrap(),
        redis.prefix(),
        sale.clone(),
    );
    stock.warm_up(&[]).await.unwrap();
    let ledger = Ledger::connect(mysql.url(), 2).await.unwrap();
    ledger.prepare(&sale).await.unwrap();
    let publisher = Publisher::new(
        "127.0.0.1:1",
        "nowhere",
        sale.id(),
        Duration::from_millis(200),
    )
    .unwrap();
    let limit = Limit::new(2, Duration::from_secs(60)).unwrap();
    let seckill = Arc::new(Seckill::new(
        stock,
        Admission::PerInstance(Limiter::new(limit)),
        publisher,
    ));
    Shop {
        _redis: redis,
        _mysql: mysql,
        app: App { seckill, ledger },
    }
}

async fn ask(shop: &Shop, request: Request<Body>) -> (StatusCode, String) {
    let response = router(shop.app.clone()).oneshot(request).await.unwrap();
    let (status, body) = (response.status(), response.into_body());
    (
        status,
        String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap(),
    )
}

fn post(body: &str) -> Request<Body> {
    let json = (header::CONTENT_TYPE, "application/json");
    Request::post("/orders")
        .header(json.0, json.1)
        .body(Body::from(body.to_owned()))
        .unwrap()
}

#[tokio::test]
async fn what_is_not_a_request_gets_400_and_a_reason() {
    let shop = shop((-1000, 60_000)).await;
    for body in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"buyer":-1}"#,
        r#"{"buyer":"1"}"#,
        r#"{"buyer":1,"stock":9}"#,
    ] {
        let (status, said) = ask(&shop, post(body)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}: {said}");
        assert!(
            said.contains(r#""outcome":"bad_request","reason":"#),
            "{body}: {said}"
        );
    }
    let no_type = Request::post("/orders")
        .body(Body::from(r#"{"buyer":1}"#))
        .unwrap();
    assert_eq!(ask(&shop, no_type).await.0, StatusCode::BAD_REQUEST);
    let no_id = Request::get("/orders/xyz").body(Body::empty()).unwrap();
    assert_eq!(ask(&shop, no_id).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn each_outcome_has_its_status() {
    let shop = shop((-1000, 60_000)).await;
    let (status, accepted) = ask(&shop, post(r#"{"buyer":1}"#)).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{accepted}");
    let order = accepted
        .split('"')
        .find(|part| part.len() == 32)
        .unwrap()
        .to_owned();
    // Kafka is nowhere, so the order is on its way and the ledger has not heard of it.
    let pending = Request::get(format!("/orders/{order}"))
        .body(Body::empty())
        .unwrap();
    assert_eq!(
        ask(&shop, pending).await,
        (StatusCode::NOT_FOUND, r#"{"outcome":"pending"}"#.to_owned())
    );

    let again = ask(&shop, post(r#"{"buyer":1}"#)).await;
    assert_eq!(
        (again.0, again.1.contains(&order)),
        (StatusCode::ACCEPTED, true),
        "{}",
        again.1
    );
    let response = router(shop.app.clone())
        .oneshot(post(r#"{"buyer":1}"#))
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    let retry_after: u64 = response.headers()[header::RETRY_AFTER]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&retry_after), "{retry_after}");
    assert_eq!(
        ask(&shop, post(r#"{"buyer":2}"#)).await,
        (StatusCode::CONFLICT, r#"{"outcome":"sold_out"}"#.to_owned())
    );
}

#[tokio::test]
async fn outside_the_hours_is_403() {
    let (status, body) = ask(&shop((50_000, 60_000)).await, post(r#"{"buyer":1}"#)).await;
    assert_eq!(
        (
            status,
            body.starts_with(r#"{"outcome":"not_yet","opens_in_ms":"#)
        ),
        (StatusCode::FORBIDDEN, true)
    );
    let closed = ask(&shop((-2000, -1000)).await, post(r#"{"buyer":1}"#)).await;
    assert_eq!(
        closed,
        (StatusCode::FORBIDDEN, r#"{"outcome":"closed"}"#.to_owned())
    );
}

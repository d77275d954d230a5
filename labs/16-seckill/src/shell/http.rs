//! The sale over HTTP: `POST /orders` with `{"buyer": 1}`, `GET /orders/{id}`, and `GET /buyers/{id}/order` for a buyer who asks what
//! became of it: the gate may say "sold out" to one who has a unit already.
//!
//! | outcome | status | body |
//! |---|---|---|
//! | a unit | 202 | `{"outcome":"accepted","order":"..."}`: the order is on its way, its id is final |
//! | none left | 409 | `{"outcome":"sold_out"}` |
//! | asked too often | 429 | `Retry-After` in whole seconds, rounded up |
//! | before or after the hours | 403 | `not_yet` with `opens_in_ms`, or `closed` |
//! | nobody knows | 503 | `try_again` |
//! | not a request | 400 | what is wrong with it |

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::ledger::{Ledger, Status};
use super::service::{Answer, Seckill};
use crate::core::ids::{BuyerId, OrderId};

/// What a handler needs.
#[derive(Clone)]
pub struct App {
    /// The sale.
    pub seckill: Arc<Seckill>,
    /// For the status of an order.
    pub ledger: Ledger,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Buy {
    buyer: u64,
}

#[derive(Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum Body {
    Accepted { order: String },
    TooManyRequests { retry_after_ms: u64 },
    NotYet { opens_in_ms: u64 },
    Closed,
    TryAgain,
    Order { status: &'static str },
    Pending,
    NoOrder,
    BadRequest { reason: String },
}

/// The routes.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/orders", post(buy))
        .route("/orders/{id}", get(status))
        .route("/buyers/{buyer}/order", get(order_of))
        .with_state(app)
}

async fn buy(State(app): State<App>, body: Result<Json<Buy>, JsonRejection>) -> Response {
    let buyer = match body {
        Ok(Json(Buy { buyer })) => BuyerId(buyer),
        Err(rejection) => {
            return answer(
                StatusCode::BAD_REQUEST,
                &Body::BadRequest {
                    reason: rejection.body_text(),
                },
            );
        }
    };
    match app.seckill.buy(buyer).await {
        Ok(Answer::Accepted { order, .. }) => answer(
            StatusCode::ACCEPTED,
            &Body::Accepted {
                order: order.to_string(),
            },
        ),
        Ok(Answer::SoldOut) => sold_out(),
        Ok(Answer::TooMany { retry_after }) => {
            let body = Body::TooManyRequests {
                retry_after_ms: millis(retry_after),
            };
            let mut response = answer(StatusCode::TOO_MANY_REQUESTS, &body);
            let seconds = millis(retry_after).div_ceil(1000);
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
        Ok(Answer::NotYet { opens_in }) => answer(
            StatusCode::FORBIDDEN,
            &Body::NotYet {
                opens_in_ms: millis(opens_in),
            },
        ),
        Ok(Answer::Closed) => answer(StatusCode::FORBIDDEN, &Body::Closed),
        Ok(Answer::TryAgain) => answer(StatusCode::SERVICE_UNAVAILABLE, &Body::TryAgain),
        // The buyer learns that it failed, the log learns why.
        Err(error) => {
            tracing::error!(%buyer, %error, "buy");
            answer(StatusCode::SERVICE_UNAVAILABLE, &Body::TryAgain)
        }
    }
}

async fn order_of(State(app): State<App>, Path(buyer): Path<u64>) -> Response {
    match app.seckill.stock().claim_of(BuyerId(buyer)).await {
        Ok(Some(claim)) => {
            let order = claim.order.to_string();
            answer(StatusCode::OK, &Body::Accepted { order })
        }
        Ok(None) => answer(StatusCode::NOT_FOUND, &Body::NoOrder),
        Err(error) => {
            tracing::error!(%buyer, %error, "order of");
            answer(StatusCode::SERVICE_UNAVAILABLE, &Body::TryAgain)
        }
    }
}

async fn status(State(app): State<App>, Path(id): Path<String>) -> Response {
    let order: OrderId = match id.parse() {
        Ok(order) => order,
        Err(error) => {
            return answer(
                StatusCode::BAD_REQUEST,
                &Body::BadRequest {
                    reason: format!("{error}"),
                },
            );
        }
    };
    match app.ledger.status(order).await {
        Ok(Some(Status::Placed)) => answer(StatusCode::OK, &Body::Order { status: "placed" }),
        Ok(Some(Status::Paid)) => answer(StatusCode::OK, &Body::Order { status: "paid" }),
        Ok(Some(Status::Cancelled)) => answer(
            StatusCode::OK,
            &Body::Order {
                status: "cancelled",
            },
        ),
        Ok(Some(Status::Refused)) => answer(StatusCode::OK, &Body::Order { status: "refused" }),
        Ok(None) => answer(StatusCode::NOT_FOUND, &Body::Pending),
        Err(error) => {
            tracing::error!(%order, %error, "status");
            answer(StatusCode::SERVICE_UNAVAILABLE, &Body::TryAgain)
        }
    }
}

/// The answer that nine in ten get, so it is made of constants.
fn sold_out() -> Response {
    let json = [(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    )];
    (StatusCode::CONFLICT, json, r#"{"outcome":"sold_out"}"#).into_response()
}

fn answer(status: StatusCode, body: &Body) -> Response {
    (status, Json(body)).into_response()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

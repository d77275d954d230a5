//! `/api`: runs, progress, news. Small questions, answers in JSON.

use std::time::Duration;

use axum::Router;
use axum::body::{self, Body};
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::Response;
use axum::routing::{any, get};
use futures_util::stream;
use serde_json::json;

use super::labs::{self, Trouble};
use super::news::Listener;
use super::wire::{answer, lines, refuse};
use crate::App;
use crate::core::ask::Ask;
use crate::core::queue::Full;

/// The longest question.
const LONGEST: usize = 4 * 1024;

/// The routes.
pub fn routes() -> Router<App> {
    let wrong_method = || async {
        let sentence = "This address does not know that method.";
        refuse(StatusCode::METHOD_NOT_ALLOWED, sentence)
    };
    let nothing = || async { refuse(StatusCode::NOT_FOUND, "There is nothing at this address.") };
    Router::new()
        .route("/api/runs", get(list).post(submit).fallback(wrong_method))
        .route(
            "/api/runs/{id}",
            get(read).delete(cancel).fallback(wrong_method),
        )
        .route("/api/progress", get(progress).fallback(wrong_method))
        .route("/api/events", get(events).fallback(wrong_method))
        .route("/api", any(nothing))
        .route("/api/", any(nothing))
        .route("/api/{*rest}", any(nothing))
}

async fn list(State(app): State<App>) -> Response {
    answer(StatusCode::OK, &app.hub.list())
}

async fn submit(State(app): State<App>, request: Request) -> Response {
    match ask(request, app.patience.body).await {
        Ok(ask) => start(&app, ask).await,
        Err(refusal) => refusal,
    }
}

/// Reads what is asked; its form alone is judged.
async fn ask(request: Request, patience: Duration) -> Result<Ask, Response> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        let sentence = "What is to run is asked for in application/json.";
        return Err(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, sentence));
    }
    let bytes = tokio::time::timeout(patience, body::to_bytes(request.into_body(), LONGEST)).await;
    let bytes = match bytes {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => {
            let sentence = "The question is longer than 4 KiB, or was cut off.";
            return Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, sentence));
        }
        Err(_) => {
            let sentence = "The rest of the question did not come in time.";
            return Err(refuse(StatusCode::REQUEST_TIMEOUT, sentence));
        }
    };
    serde_json::from_slice(&bytes).map_err(|error| {
        let sentence = format!("This is not a question that a page of the book asks: {error}.");
        refuse(StatusCode::BAD_REQUEST, &sentence)
    })
}

async fn start(app: &App, ask: Ask) -> Response {
    let root = app.hub.program().root.clone();
    let known = tokio::task::spawn_blocking(move || labs::look_up(&root, &ask)).await;
    let known = match known {
        Ok(Ok(known)) => known,
        Ok(Err(trouble)) => return say(&trouble),
        Err(_) => {
            return refuse(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The labs could not be read.",
            );
        }
    };
    match app.hub.submit(known) {
        Ok((id, ahead)) => answer(StatusCode::ACCEPTED, &json!({"id": id, "ahead": ahead})),
        Err(Full::Waiting(waiting)) => {
            let sentence =
                format!("{waiting} runs wait already: stop one, or wait for one to end.");
            refuse(StatusCode::TOO_MANY_REQUESTS, &sentence)
        }
        Err(Full::Leaving) => refuse(
            StatusCode::SERVICE_UNAVAILABLE,
            "The server is being stopped.",
        ),
    }
}

async fn read(State(app): State<App>, Path(id): Path<String>, uri: Uri) -> Response {
    let from = number(&uri, "from").unwrap_or(0);
    let Some(reader) = app.hub.read(&id, from) else {
        return no_run();
    };
    let lines_of = |mut reader: super::hub::Reader| async move {
        let line = reader.next().await?;
        Some((Ok::<_, std::convert::Infallible>(line), reader))
    };
    lines(Body::from_stream(stream::unfold(reader, lines_of)))
}

async fn cancel(State(app): State<App>, Path(id): Path<String>) -> Response {
    if app.hub.cancel(&id) {
        answer(StatusCode::ACCEPTED, &json!({"id": id}))
    } else {
        no_run()
    }
}

fn no_run() -> Response {
    refuse(StatusCode::NOT_FOUND, "There is no such run any more.")
}

async fn progress(State(app): State<App>) -> Response {
    let root = app.hub.program().root.clone();
    match tokio::task::spawn_blocking(move || labs::progress(&root)).await {
        Ok(Ok(progress)) => answer(StatusCode::OK, &progress),
        Ok(Err(trouble)) => say(&trouble),
        Err(_) => refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The progress could not be read.",
        ),
    }
}

async fn events(State(app): State<App>, uri: Uri) -> Response {
    let build = number(&uri, "build").unwrap_or(0);
    let listener = Listener::new(app.news.clone(), build);
    let lines_of = |mut listener: Listener| async move {
        let line = listener.next().await?;
        Some((Ok::<_, std::convert::Infallible>(line), listener))
    };
    lines(Body::from_stream(stream::unfold(listener, lines_of)))
}

fn say(trouble: &Trouble) -> Response {
    match trouble {
        Trouble::Unknown(sentence) => refuse(StatusCode::UNPROCESSABLE_ENTITY, sentence),
        Trouble::Files(sentence) => refuse(StatusCode::INTERNAL_SERVER_ERROR, sentence),
    }
}

/// `?name=17`.
fn number(uri: &Uri, name: &str) -> Option<u64> {
    let pairs = uri.query()?.split('&');
    let mut pairs = pairs.filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name)?.1.parse().ok()
}

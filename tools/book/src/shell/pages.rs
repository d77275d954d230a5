//! The built pages, with what makes them live: the token, and which build a page is of.
//!
//! Both are put in when a page is sent, never into the files: what lies in target/ gives nobody the right to run something.

use axum::body::{self, Body};
use axum::extract::{self, Request};
use axum::http::header::{self, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use tower::ServiceExt as _;
use tower_http::services::{ServeDir, ServeFile};

use super::news::State;
use super::wire::refuse;
use crate::App;

/// The longest page: print.html has the whole book.
const LONGEST: usize = 64 * 1024 * 1024;

/// A page, or what a page loads.
pub async fn page(extract::State(app): extract::State<App>, mut request: Request) -> Response {
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        let sentence = "Pages can only be read.";
        return refuse(StatusCode::METHOD_NOT_ALLOWED, sentence);
    }
    // `//host/path` would be sent on to `//host/path/`, which is another site.
    if request.uri().path().starts_with("//") {
        return refuse(StatusCode::NOT_FOUND, "There is nothing at this address.");
    }
    let mut news = app.news.clone();
    // The first build takes a second; a page that is asked for meanwhile waits for it.
    let ready = news.wait_for(State::is_ready).await;
    let Some(state) = ready.ok().map(|state| state.clone()) else {
        return refuse(
            StatusCode::SERVICE_UNAVAILABLE,
            "The server is being stopped.",
        );
    };
    let Some(dir) = &state.pages else {
        return no_book(state.failed.as_deref().unwrap_or_default());
    };
    let build = state.build;
    // A page is changed on its way out, so what a browser remembers of the file says nothing about it.
    for name in [
        header::IF_MODIFIED_SINCE,
        header::IF_UNMODIFIED_SINCE,
        header::RANGE,
    ] {
        request.headers_mut().remove(name);
    }
    let files = ServeDir::new(dir).not_found_service(ServeFile::new(dir.join("404.html")));
    let Ok(response) = files.oneshot(request).await;
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let mut response = response.map(Body::new);
    if is_page {
        return live(&app, build, response).await;
    }
    let again = HeaderValue::from_static("no-cache");
    response.headers_mut().insert(header::CACHE_CONTROL, again);
    response
}

async fn live(app: &App, build: u64, response: Response) -> Response {
    let (mut head, content) = response.into_parts();
    let Ok(content) = body::to_bytes(content, LONGEST).await else {
        return refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            "This page cannot be read.",
        );
    };
    let text = String::from_utf8_lossy(&content);
    let token = app.door.token();
    let live = format!(
        "<head>\n        <meta name=\"lab-token\" content=\"{token}\">\n        <meta name=\"lab-build\" content=\"{build}\">"
    );
    let text = text.replacen("<head>", &live, 1);
    for name in [
        header::CONTENT_LENGTH,
        header::LAST_MODIFIED,
        header::ACCEPT_RANGES,
    ] {
        head.headers.remove(name);
    }
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    head.headers.insert(header::CONTENT_TYPE, kind);
    Response::from_parts(head, Body::from(text))
}

/// There is no good build yet: why, and a page that looks again by itself.
fn no_book(why: &str) -> Response {
    let why = why.replace('&', "&amp;").replace('<', "&lt;");
    let text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"2\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>The book could not be built</title></head>\
         <body><h1>The book could not be built</h1><pre style=\"white-space: pre-wrap\">{why}</pre>\
         <p>This page looks again every two seconds.</p></body></html>\n"
    );
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

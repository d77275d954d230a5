//! In front of every answer: the door's question, and the headers that tell a browser what our pages may do.
//!
//! mdBook writes scripts into its pages, so `unsafe-inline` stays; what a page may load, ask and be framed by does not go beyond this server.

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::wire::refuse;
use crate::App;
use crate::core::door::Caller;

const POLICY: &str = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors ";

/// Lets a request through or refuses it.
pub async fn ask(State(app): State<App>, request: Request, next: Next) -> Response {
    // Without scripts, mdBook's pages show the table of contents in a frame.
    let framed = request.uri().path() == "/toc.html";
    let mut response = match refusal(&app, &request) {
        Some(sentence) => refuse(StatusCode::FORBIDDEN, sentence),
        None => next.run(request).await,
    };
    let policy = [POLICY, if framed { "'self'" } else { "'none'" }].concat();
    let policy =
        HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

fn refusal(app: &App, request: &Request) -> Option<&'static str> {
    let headers = request.headers();
    let caller = Caller {
        host: only(headers, header::HOST),
        authority: request
            .uri()
            .authority()
            .map(|authority| authority.as_str()),
        origin: headers
            .contains_key(header::ORIGIN)
            .then(|| only(headers, header::ORIGIN).unwrap_or_default()),
        token: only(headers, HeaderName::from_static("x-lab-token")),
    };
    let path = request.uri().path();
    let verdict = if path == "/api" || path.starts_with("/api/") {
        let reads = [Method::GET, Method::HEAD].contains(request.method());
        app.door.interface(&caller, !reads)
    } else {
        app.door.page(&caller)
    };
    verdict.err().map(crate::core::door::Refusal::sentence)
}

/// The value of a header that is there exactly once.
fn only(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then(|| value.to_str().ok())?
}

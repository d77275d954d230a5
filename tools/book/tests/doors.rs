//! Who is refused, over real sockets: other sites' pages, other names, other tokens, tricks with names and paths.

mod common;

use common::Site;

const RUN: &str = r#"{"do":"test","lab":"sale","stage":1}"#;

/// Every refusal here is of a request that could start something; none may.
async fn nothing_has_run(site: &Site) {
    assert_eq!(
        site.client.get("/api/runs").await.json()["runs"],
        serde_json::json!([])
    );
}

#[tokio::test]
async fn a_name_that_was_rebound_to_us_gets_neither_page_nor_answer() {
    let site = Site::open().await;
    let client = &site.client;
    let (port, token) = (client.port, &client.token);
    for host in [
        "evil.example",
        &format!("evil.example:{port}"),
        "127.0.0.1:1",
        "",
    ] {
        let headers = format!(
            "Host: {host}\r\nOrigin: http://{host}\r\nX-Lab-Token: {token}\r\nContent-Type: application/json\r\n"
        );
        let page = client.send("GET /", &headers, "").await;
        assert!(page.is_refused(403).contains("127.0.0.1"));
        assert!(!page.head.contains(token));
        client
            .send("GET /api/runs", &headers, "")
            .await
            .is_refused(403);
        client
            .send("POST /api/runs", &headers, RUN)
            .await
            .is_refused(403);
    }
    // Two of them, none, and one in the request line.
    let two = format!("Host: 127.0.0.1:{port}\r\nHost: evil.example\r\n");
    assert!([400, 403].contains(&client.send("GET /", &two, "").await.status));
    assert!([400, 403].contains(&client.send("GET /", "", "").await.status));
    let line = "GET http://evil.example/";
    client.send(line, &client.own(), "").await.is_refused(403);
    nothing_has_run(&site).await;
}

#[tokio::test]
async fn another_sites_post_is_refused_whatever_it_sends() {
    let site = Site::open().await;
    let client = &site.client;
    let (port, token) = (client.port, &client.token);
    let host = format!("Host: 127.0.0.1:{port}\r\n");
    let json = "Content-Type: application/json\r\n";
    for origin in [
        "http://evil.example",
        "null",
        "http://127.0.0.1:1",
        "https://localhost",
        "",
    ] {
        // A form has no token; somebody who has stolen one is still of another site.
        for token in [String::new(), format!("X-Lab-Token: {token}\r\n")] {
            let headers = format!("{host}Origin: {origin}\r\n{token}{json}");
            client
                .send("POST /api/runs", &headers, RUN)
                .await
                .is_refused(403);
            client
                .send("GET /api/runs", &headers, "")
                .await
                .is_refused(403);
        }
    }
    let no_origin = format!("{host}X-Lab-Token: {token}\r\n{json}");
    assert!(
        client
            .send("POST /api/runs", &no_origin, RUN)
            .await
            .is_refused(403)
            .contains("Origin")
    );
    client
        .send("DELETE /api/runs/x-1", &no_origin, "")
        .await
        .is_refused(403);
    // A form's own way: text/plain, from a page that says nothing.
    let form = format!("{host}Content-Type: text/plain\r\n");
    client
        .send("POST /api/runs", &form, RUN)
        .await
        .is_refused(403);
    // A preflight is not answered with a yes.
    let preflight = format!(
        "{host}Origin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: x-lab-token\r\n"
    );
    let answer = client.send("OPTIONS /api/runs", &preflight, "").await;
    answer.is_refused(403);
    assert_eq!(answer.header("access-control-allow-origin"), None);
    nothing_has_run(&site).await;
}

#[tokio::test]
async fn a_token_is_of_one_server() {
    let (site, other) = (Site::open().await, Site::open().await);
    let client = &site.client;
    let port = client.port;
    let own = format!(
        "Host: localhost:{port}\r\nOrigin: http://localhost:{port}\r\nContent-Type: application/json\r\n"
    );
    assert!(
        client
            .send("POST /api/runs", &own, RUN)
            .await
            .is_refused(403)
            .contains("X-Lab-Token")
    );
    for token in ["", "x", &other.client.token, &format!("{}0", client.token)] {
        let headers = format!("{own}X-Lab-Token: {token}\r\n");
        for what in ["POST /api/runs", "DELETE /api/runs/x-1"] {
            client.send(what, &headers, RUN).await.is_refused(403);
        }
        for path in ["/api/runs", "/api/runs/x-1", "/api/progress", "/api/events"] {
            client
                .send(&format!("GET {path}"), &headers, "")
                .await
                .is_refused(403);
        }
    }
    nothing_has_run(&site).await;
}

#[tokio::test]
async fn names_that_nobody_has_are_refused_and_touch_no_path() {
    let site = Site::open().await;
    let long = "x".repeat(3_000);
    for lab in [
        "",
        "..",
        "../..",
        "%2e%2e",
        "sale/../sale",
        "01-sale",
        "1",
        "sale\\u0000",
        "--help",
        "$(touch pids)",
        &long,
    ] {
        let run = format!(r#"{{"do":"test","lab":"{lab}","stage":1}}"#);
        site.client.post(&run).await.is_refused(422);
        let run = format!(r#"{{"do":"break","lab":"sale","design":"{lab}"}}"#);
        site.client.post(&run).await.is_refused(422);
    }
    let meant = r#"{"do":"test","lab":"sael","stage":1}"#;
    let sentence = site.client.post(meant).await.is_refused(422);
    assert_eq!(sentence, "There is no lab `sael`. Did you mean `sale`?");
    site.client
        .post(r#"{"do":"test","lab":"sale","stage":3}"#)
        .await
        .is_refused(422);
    nothing_has_run(&site).await;
    assert!(site.checkout.pids().is_empty());
}

#[tokio::test]
async fn a_question_has_its_form() {
    let site = Site::open().await;
    let client = &site.client;
    for body in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"do":"verify"}"#,
        r#"{"do":"test","lab":"sale","stage":1,"env":{}}"#,
    ] {
        client.post(body).await.is_refused(400);
    }
    let long = format!(
        r#"{{"do":"test","lab":"{}","stage":1}}"#,
        "x".repeat(10_000)
    );
    client.post(&long).await.is_refused(413);
    let chunked = format!(
        "POST /api/runs HTTP/1.1\r\n{}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2710\r\n{}\r\n0\r\n\r\n",
        client.own(),
        "x".repeat(10_000)
    );
    client.raw(&chunked).await.is_refused(413);
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
        "",
    ] {
        let headers = client.own().replace("application/json", kind);
        client
            .send("POST /api/runs", &headers, RUN)
            .await
            .is_refused(415);
    }
    for what in [
        "PUT /api/runs",
        "POST /api/events",
        "DELETE /api/runs",
        "PATCH /api/runs/x-1",
    ] {
        client.send(what, &client.own(), "").await.is_refused(405);
    }
    for path in ["/api", "/api/", "/api/x", "/api/runs/x-1/y"] {
        client.get(path).await.is_refused(404);
    }
    for id in ["x-1", "%2e%2e", "..%2f..", &"9".repeat(5_000)] {
        client.get(&format!("/api/runs/{id}")).await.is_refused(404);
        client.cancel(id).await.is_refused(404);
    }
    nothing_has_run(&site).await;
}

#[tokio::test]
async fn no_path_leaves_the_pages() {
    let site = Site::open().await;
    site.checkout.write("book/secret", "secret");
    assert_eq!(site.client.get("/").await.status, 200);
    for path in [
        "/../Cargo.toml",
        "/../../Cargo.toml",
        "/%2e%2e/%2e%2e/%2e%2e/Cargo.toml",
        "/..%2f..%2f..%2fCargo.toml",
        "/sale/../../../../Cargo.toml",
        "/%5c..%5c..%5cCargo.toml",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/etc/passwd",
        "/%00",
        "/%ff",
        "/secret",
        "/src/index.md",
        "/book.toml",
    ] {
        let answer = site.client.get(path).await;
        assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        for word in ["[workspace]", "root:", "secret", "[book]"] {
            assert!(!text.contains(word), "{path}: {text}");
        }
    }
    for what in ["POST /", "PUT /index.html", "DELETE /index.html"] {
        site.client
            .send(what, &site.client.own(), "")
            .await
            .is_refused(405);
    }
    // Sent on to a folder, never to another site.
    let folder = site.client.get("/sale").await;
    assert_eq!(folder.header("location"), Some("/sale/"));
    site.client.get("//sale").await.is_refused(404);
}

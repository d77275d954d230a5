//! The pages: what is put into them, what goes with them, and what happens when a source changes.

mod common;

use common::{Site, read_until};

#[tokio::test]
async fn a_page_has_the_token_and_what_it_loads_has_not() {
    let site = Site::open().await;
    let token = site.client.token.clone();
    for path in [
        "/",
        "/index.html",
        "/sale/",
        "/sale/index.html",
        "/toc.html",
        "/print.html",
    ] {
        let page = site.client.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(
            page.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(
            page.header("cross-origin-resource-policy"),
            Some("same-origin")
        );
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'self';"), "{policy}");
        let frames = if path == "/toc.html" {
            "'self'"
        } else {
            "'none'"
        };
        assert!(
            policy.ends_with(&format!("frame-ancestors {frames}")),
            "{policy}"
        );
        let meta = format!("<meta name=\"lab-token\" content=\"{token}\">");
        assert_eq!(page.text().matches(&meta).count(), 1, "{path}");
    }
    let missing = site.client.get("/nowhere.html").await;
    assert_eq!(missing.status, 404);
    assert!(missing.text().contains("Document not found"));

    let page = site.client.get("/").await.text();
    let values = ["src=\"", "href=\""].map(|attribute| page.split(attribute).skip(1));
    let loads: Vec<_> = values
        .into_iter()
        .flatten()
        .filter_map(|rest| rest.split('"').next())
        .filter(|name| {
            [".js", ".css", ".svg", ".png"]
                .iter()
                .any(|end| name.ends_with(end))
        })
        .collect();
    assert!(loads.len() > 5, "{loads:?}");
    for name in loads {
        let loaded = site.client.get(&format!("/{name}")).await;
        assert_eq!(loaded.status, 200, "{name}");
        let kind = match name.rsplit('.').next().unwrap() {
            "js" => "text/javascript",
            "css" => "text/css",
            "svg" => "image/svg+xml",
            _ => "image/png",
        };
        assert_eq!(loaded.header("content-type"), Some(kind), "{name}");
        assert_eq!(loaded.header("x-content-type-options"), Some("nosniff"));
        assert!(!String::from_utf8_lossy(&loaded.body).contains(&token));
    }
    // The files on disk give nobody the right to run something.
    let head = site.client.send("HEAD /", &site.client.own(), "").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[tokio::test]
async fn an_edit_is_shown_and_a_broken_one_leaves_the_last_good_page() {
    let site = Site::open().await;
    let before = site.client.get("/").await.text();
    // Our preprocessor ran, and not the command of book.toml, which would fail.
    assert!(before.contains("data-run=") && before.contains("cargo lab test sale --stage 1"));
    assert!(
        before.contains("The first page.") && before.contains("name=\"lab-build\" content=\"1\"")
    );
    let mut news = site.client.stream("/api/events?build=1").await;

    site.checkout
        .write("book/src/index.md", "# Welcome\n\nEdited.\n");
    read_until(&mut news, r#"{"type":"reload"}"#).await;
    assert!(site.client.get("/").await.text().contains("Edited."));

    site.checkout.write(
        "book/src/SUMMARY.md",
        "# Summary\n\n- [Gone](gone.md)\n- [Bad(index.md)\n",
    );
    let told = read_until(&mut news, "build-failed").await;
    assert!(!told.contains("reload"), "{told}");
    assert!(
        site.client.get("/").await.text().contains("Edited."),
        "the last good one"
    );
    // mdBook has emptied its folder when it finds this one, twice.
    let good = std::fs::read_to_string(site.checkout.root().join("book/book.toml")).unwrap();
    site.checkout
        .write("book/src/SUMMARY.md", "# Summary\n\n[Welcome](index.md)\n");
    for name in ["none.css", "no-such.css"] {
        let bad = format!("{good}additional-css = [\"{name}\"]\n");
        site.checkout.write("book/book.toml", &bad);
        read_until(&mut news, name).await;
        assert!(
            site.client.get("/").await.text().contains("Edited."),
            "the last good one"
        );
    }
    // A page that is opened now is told too.
    let mut late = site.client.stream("/api/events?build=2").await;
    read_until(&mut late, "build-failed").await;

    site.checkout.write("book/book.toml", &good);
    read_until(&mut news, "build-mended").await;
    assert_eq!(site.client.get("/sale/index.html").await.status, 404);
}

#[tokio::test]
async fn what_the_pages_quote_is_watched_too() {
    let site = Site::open().await;
    site.client.get("/").await;
    let mut news = site.client.stream("/api/events?build=1").await;
    let lab = std::fs::read_to_string(site.checkout.root().join("tests/01-sale/lab.toml")).unwrap();
    site.checkout.write(
        "tests/01-sale/lab.toml",
        &lab.replace("A small sale", "A sale"),
    );
    read_until(&mut news, r#"{"type":"reload"}"#).await;
}

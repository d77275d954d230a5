//! A run from its question to its end, over real sockets and with real processes.

mod common;

use std::time::Duration;

use book::core::queue::Limits;
use book::shell::connections::Patience;
use common::{Site, eventually, lives, output, read_until};
use serde_json::json;

const QUICK: &str = r#"{"do":"test","lab":"sale","stage":1}"#;
const STUBBORN: &str = r#"{"do":"test","lab":"sale","stage":2}"#;
const TALKS: &str = r#"{"do":"break","lab":"sale","design":"decr-then-rollback"}"#;

fn chaos(seed: u64) -> String {
    json!({"do": "chaos", "lab": "sale", "seed": seed}).to_string()
}

fn ending(events: &[serde_json::Value]) -> (String, serde_json::Value) {
    let end = events.last().unwrap();
    assert_eq!(end["type"], "end", "{end}");
    (
        end["outcome"].as_str().unwrap().to_owned(),
        end["code"].clone(),
    )
}

#[tokio::test]
async fn a_stage_runs_and_its_output_comes_with_its_colours() {
    let site = Site::open().await;
    let answer = site.client.post(QUICK).await;
    assert_eq!(answer.status, 202);
    assert_eq!(answer.json()["ahead"], 0);
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let events = site.client.events(&id, 0).await;
    assert_eq!(events[0]["type"], "started");
    assert_eq!(output(&events), "\u{1b}[32mok\u{1b}[0m inv1 ✓\n");
    assert_eq!(ending(&events), ("passed".to_owned(), json!(0)));
    let numbers: Vec<_> = events
        .iter()
        .map(|event| event["seq"].as_u64().unwrap())
        .collect();
    assert!(numbers.windows(2).all(|two| two[0] < two[1]));
    // Whoever comes back reads on; whoever was there to the end hears nothing.
    assert_eq!(site.client.events(&id, numbers[1]).await, events[1..]);
    assert_eq!(site.client.events(&id, 99).await.len(), 0);
    let list = site.client.get("/api/runs").await.json();
    assert_eq!(list["runs"][0]["id"], json!(id));
    assert_eq!(
        list["runs"][0]["run"],
        serde_json::from_str::<serde_json::Value>(QUICK).unwrap()
    );
    assert_eq!(list["runs"][0]["state"], "ended");
}

#[tokio::test]
async fn both_outputs_come_in_the_order_in_which_they_were_written() {
    let site = Site::open().await;
    let id = site.client.start(&chaos(1)).await;
    let events = site.client.events(&id, 0).await;
    let expected: String = (1..=9).map(|n| format!("out {n}\nerr {n}\n")).collect();
    assert_eq!(output(&events), expected);
    assert_eq!(ending(&events), ("failed".to_owned(), json!(1)));
}

#[tokio::test]
async fn the_program_is_told_of_colours_and_has_no_input() {
    let site = Site::open().await;
    let id = site.client.start(&chaos(2)).await;
    let events = site.client.events(&id, 0).await;
    let root = site.checkout.root().display().to_string();
    assert_eq!(
        output(&events),
        format!("colour 1 columns 80 no-colour none root {root} in {root}\n")
    );
    assert_eq!(ending(&events), ("failed".to_owned(), json!(3)));
}

#[tokio::test]
async fn what_is_cancelled_is_gone_with_its_descendants() {
    let site = Site::open().await;
    let id = site.client.start(STUBBORN).await;
    let mut socket = site.client.stream(&format!("/api/runs/{id}")).await;
    read_until(&mut socket, "begun").await;
    let pids = site.checkout.some_pids(3).await;
    assert!(pids.iter().all(|pid| lives(*pid)), "the fault is there");
    assert_eq!(site.client.cancel(&id).await.status, 202);
    read_until(&mut socket, r#""outcome":"cancelled""#).await;
    // What was killed is gone when the kernel says so.
    eventually("all are gone", || {
        (!pids.iter().any(|pid| lives(*pid))).then_some(())
    })
    .await;
    assert_eq!(site.client.cancel(&id).await.status, 202, "again is fine");
}

#[tokio::test]
async fn who_stays_behind_and_holds_the_pipe_does_not_hold_the_run() {
    let site = Site::open().await;
    let id = site.client.start(&chaos(3)).await;
    let events = site.client.events(&id, 0).await;
    assert_eq!(output(&events), "done\n");
    assert_eq!(ending(&events), ("passed".to_owned(), json!(0)));
    let pids = site.checkout.some_pids(1).await;
    eventually("it is gone", || (!lives(pids[0])).then_some(())).await;
}

#[tokio::test]
async fn one_runs_eight_wait_and_the_next_is_told() {
    let mut site = Site::open().await;
    let first = site.client.start(STUBBORN).await;
    site.checkout.some_pids(3).await;
    let mut waiting = Vec::new();
    for ahead in 1..=8 {
        let answer = site.client.post(QUICK).await;
        assert_eq!(answer.json()["ahead"], ahead);
        waiting.push(answer.json()["id"].as_str().unwrap().to_owned());
    }
    assert!(site.client.post(QUICK).await.is_refused(429).contains('8'));
    let mut socket = site
        .client
        .stream(&format!("/api/runs/{}", waiting[1]))
        .await;
    read_until(&mut socket, r#""ahead":2"#).await;
    site.client.cancel(&first).await;
    // One after the other, in their order.
    let all = read_until(&mut socket, r#""type":"end""#).await;
    assert!(
        all.contains(r#""ahead":1"#) && all.contains("passed"),
        "{all}"
    );
    site.client.events(&waiting[7], 0).await;
    let list = site.client.get("/api/runs").await.json();
    assert_eq!(
        list["runs"].as_array().unwrap().len(),
        8,
        "the oldest is forgotten"
    );
    site.close().await;
}

#[tokio::test]
async fn a_killed_browser_ends_its_run() {
    let limits = Limits {
        unread: Duration::from_millis(300),
        ..Limits::default()
    };
    let site = Site::with(limits, Patience::default()).await;
    let id = site.client.start(STUBBORN).await;
    let mut socket = site.client.stream(&format!("/api/runs/{id}")).await;
    read_until(&mut socket, "begun").await;
    let pids = site.checkout.some_pids(3).await;
    drop(socket);
    eventually("all are gone", || {
        (!pids.iter().any(|pid| lives(*pid))).then_some(())
    })
    .await;
    let events = site.client.events(&id, 0).await;
    assert_eq!(ending(&events).0, "cancelled");
    assert!(output(&events).contains("no page reads this run"));
}

#[tokio::test]
async fn a_run_ends_when_its_time_is_up() {
    let limits = Limits {
        longest: Duration::from_millis(300),
        ..Limits::default()
    };
    let site = Site::with(limits, Patience::default()).await;
    let id = site.client.start(TALKS).await;
    let events = site.client.events(&id, 0).await;
    assert_eq!(ending(&events).0, "cancelled");
    assert!(output(&events).contains("a run may take"));
}

#[tokio::test]
async fn a_client_that_never_reads_slows_nobody_and_is_let_go() {
    let limits = Limits {
        unread: Duration::from_millis(300),
        ..Limits::default()
    };
    let patience = Patience {
        write: Duration::from_millis(500),
        ..Patience::default()
    };
    let site = Site::with(limits, patience).await;
    let id = site.client.start(TALKS).await;
    let deaf = site.client.stream(&format!("/api/runs/{id}")).await;
    let pids = site.checkout.some_pids(1).await;
    // Nothing was read; its connection ends, so nobody reads the run, so it ends.
    eventually("it is gone", || (!lives(pids[0])).then_some(())).await;
    let events = site.client.events(&id, 0).await;
    assert_eq!(ending(&events).0, "cancelled");
    let text = output(&events);
    assert!(text.len() < 300 * 1024, "{}", text.len());
    assert!(text.contains("is left out here"));
    // It went on talking: the numbers say how many times more than is kept.
    let seq = events.last().unwrap()["seq"].as_u64().unwrap();
    assert!(seq > 100, "{seq}");
    drop(deaf);
}

#[tokio::test]
async fn without_the_command_a_run_is_lost_and_says_why() {
    let site = Site::open().await;
    std::fs::remove_file(site.checkout.lab()).unwrap();
    let id = site.client.start(QUICK).await;
    let events = site.client.events(&id, 0).await;
    assert_eq!(ending(&events), ("lost".to_owned(), json!(null)));
    assert!(output(&events).contains("could not be started"));
}

#[tokio::test]
async fn a_server_that_ends_ends_its_run() {
    let mut site = Site::open().await;
    let id = site.client.start(STUBBORN).await;
    let mut socket = site.client.stream(&format!("/api/runs/{id}")).await;
    read_until(&mut socket, "begun").await;
    let pids = site.checkout.some_pids(3).await;
    site.close().await;
    eventually("all are gone", || {
        (!pids.iter().any(|pid| lives(*pid))).then_some(())
    })
    .await;
}

#[tokio::test]
async fn progress_comes_from_the_file_that_the_command_writes() {
    let site = Site::open().await;
    let nothing = site.client.get("/api/progress").await.json();
    assert_eq!(nothing["labs"], json!({}));
    assert_eq!(
        nothing["chapters"]["sale"],
        json!({"folder": "01-sale", "title": "A small sale", "stages": [1, 2]})
    );
    let mut news = site.client.stream("/api/events").await;
    read_until(&mut news, "200 OK").await;
    let store = lab::progress::Store::of(site.checkout.root());
    store
        .update(|progress| progress.stage_mut("sale", 1).passed = Some(7))
        .unwrap();
    read_until(&mut news, r#"{"type":"progress"}"#).await;
    let passed = site.client.get("/api/progress").await.json();
    assert_eq!(passed["labs"]["sale"]["1"]["passed"], 7);
    // A damaged file is said, and stays where it is.
    site.checkout.write(".lab/progress.json", "{");
    assert!(
        site.client
            .get("/api/progress")
            .await
            .is_refused(500)
            .contains("damaged")
    );
    assert!(store.file().exists());
}
